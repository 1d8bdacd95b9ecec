/* plot.h - graphs of results, drawn by gnuplot.
 *
 * A graph is four files side by side: NAME.dat (the numbers), NAME.gp (a gnuplot script that reads them and
 * can be run again by hand in that folder), NAME.svg and NAME.png. The colours are those of Okabe and Ito,
 * which people who see colours differently can tell apart; lines also differ in dashes, points in form. */
#ifndef ANALYSIS_PLOT_H
#define ANALYSIS_PLOT_H

#include "analysis/store_read.h"

#include <glib.h>
#include <stdbool.h>

/* Most curves that one graph of distributions has. */
#define PLOT_SERIES_MAX 6

/* PLOT(id, "name", whether it has a metric, most results in one graph (0: any number), what it is of,
 *      "what it shows") */
#define PLOT_KINDS(PLOT)                                                                                     \
    PLOT(ECDF, "ecdf", true, PLOT_SERIES_MAX, ANY, "empirical distribution function with a 95 % band")       \
    PLOT(HISTOGRAM, "histogram", true, PLOT_SERIES_MAX, ANY, "density")                                      \
    PLOT(PERCENTILES, "percentiles", true, 0, ANY,                                                           \
         "p50, p90, p95 and p99 with 95 % intervals against load or a parameter")                            \
    PLOT(HEATMAP, "heatmap", true, 0, ANY, "mean, or a percentile, over two factors of a sweep")             \
    PLOT(SUCCESS, "success", false, 0, ANY,                                                                  \
         "shares that succeed and that are blocked against load or a parameter")                             \
    PLOT(PHASES, "phases", true, 0, ANY, "where the time goes, phase by phase, against load or a parameter") \
    PLOT(WELCH, "welch", true, PLOT_SERIES_MAX, RUNS,                                                        \
         "Welch plot: how the mean settles from the beginning, and where MSER-5 cuts")                       \
    PLOT(UTILISATION, "utilisation", false, 1, RUNS,                                                         \
         "utilisation and queue of the busiest stations over virtual time")

enum plot_kind {
#define PLOT(id, name, metric, most, of, what) PLOT_##id,
    PLOT_KINDS(PLOT)
#undef PLOT
        PLOT_KIND_COUNT
};
struct plot_decl {
    const char *name;
    bool metric;
    size_t most;
    enum plot_of { PLOT_OF_ANY, PLOT_OF_RUNS } of; /* runs: not of points of a sweep */
    const char *what;
};
extern const struct plot_decl plot_table[PLOT_KIND_COUNT];

#define PLOT_ERROR (plot_error_quark())
enum plot_error {
    PLOT_ERROR_DATA, /* the results do not allow this graph */
    PLOT_ERROR_TOOL, /* gnuplot is not there, or failed     */
};
GQuark plot_error_quark(void);

/* One point of some results. */
struct plot_series {
    struct store_reader *reader;
    const struct store_point *point;
    const char *label;
};
struct plot {
    const struct plot_series *series;
    size_t n;
    const struct metric_decl *metric;
    /* Of graphs over many points: factors or parameters on the axes; NULL: see plot_x_axis(), of the heat map
     * the first two factors that vary. */
    const char *x, *y;
    int quantile;        /* heat map: of which percentile, index of kpi_quantiles; -1: of the mean */
    const char *program; /* "imssim 0.1.0" */
};

/* Whether the results allow this graph; if not, PLOT_ERROR_DATA says why. */
bool plot_allowed(const struct plot *plot, enum plot_kind kind, GError **error);
/* Draws into the folder `dir`, which is made if need be; false and an error when that fails. *name becomes
 * the name of the files without their endings; g_free. */
bool plot_draw(const struct plot *plot, enum plot_kind kind, const char *dir, char **name, GError **error);

/* A bar of a tornado: an effect, and its interval where it is known (else NaN). */
struct plot_bar {
    const char *label;
    double value, low, high;
};
/* Draws effects as horizontal bars, in the order given from the top, into NAME.svg and the other files in the folder `dir`;
 * false and an error when that fails. `axis` says what a bar is, with its unit. */
bool plot_tornado(const char *name, const char *title, const char *axis, const char *caption, const struct plot_bar *bars, size_t n,
                  const char *program, const char *dir, GError **error);

#endif
