/* plot_int.h - what the kinds of graphs share. */
#ifndef ANALYSIS_PLOT_INT_H
#define ANALYSIS_PLOT_INT_H

#include "analysis/plot.h"

#include <glib.h>

/* A graph in the making. */
struct plot_text {
    char *name;      /* of the files, without endings                                        */
    GString *data;   /* NAME.dat: blocks separated by two empty lines, "index" 0, 1 ...       */
    unsigned blocks; /* so far                                                               */
    GString *script; /* settings: title, axes, key                                           */
    GString *curves; /* what `plot` draws, separated by commas                               */
    GString *caption;
    char *held;        /* what other factors are at all points that are drawn, or NULL      */
    GPtrArray *panels; /* those that are finished, from above: settings, curves, settings ... */
};

/* Empty; takes the name. */
void plot_text_init(struct plot_text *t, char *name);
void plot_text_clear(struct plot_text *t);
/* Writes its files into the folder `dir`, which is made if need be, and has gnuplot draw them; `what` it is, in words, and
 * which program made it stand in the script. False and an error (PLOT_ERROR_TOOL, G_FILE_ERROR) when that fails. */
bool plot_write(const struct plot_text *t, const char *what, const char *program, const char *dir, GError **error);

/* Begins a block of data; `columns` heads it as a comment. Returns its index. */
unsigned plot_block(struct plot_text *t, const char *columns);
/* One line of it: n numbers; NaN stays out. */
void plot_row(struct plot_text *t, const double *value, size_t n);
/* The key of a panel: to the right of it. */
#define PLOT_PANEL_KEY "set key at screen 0.76, graph 0.5 left center vertical maxcols 1 samplen 3 font ',12'\n"
/* Ends a panel: what follows, settings and curves, is of another one below it, with the same x axis. */
void plot_next_panel(struct plot_text *t);
/* Adds a curve: the text that follows the file name. */
void plot_curve(struct plot_text *t, unsigned block, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* Appends `text` as a gnuplot string in single quotes. */
void plot_quote(GString *out, const char *text);
/* "set NAME 'TEXT'" */
void plot_set(struct plot_text *t, const char *name, const char *text);
/* A number as gnuplot reads it, whatever the locale; buf has G_ASCII_DTOSTR_BUF_SIZE. */
const char *plot_number(char *buf, double value);
/* Title and x axis from the metric. */
void plot_head(struct plot_text *t, const struct plot *plot, bool time_on_x);
/* What the results are: scenario, n, replications, seed, state. */
void plot_caption(struct plot_text *t, const struct plot *plot, const guint64 *n);

/* Says in an error what the results have instead of the metric; returns false. */
bool plot_no_values(const struct plot *plot, const struct plot_series *s, GError **error);
/* The distributions (GArray of struct store_bin), in the order of series; g_ptr_array_unref. NULL and an
 * error when a series has fewer than two values of the metric. */
GPtrArray *plot_distributions(const struct plot *plot, GError **error);
guint64 plot_count(const GArray *bins);
/* The value of rank ceil(n q), q in (0, 1]; of a bin, its middle. */
double plot_quantile(const GArray *bins, double q);
/* From the smallest to the largest value of all; when a few are far away, up to the largest 99.9th
 * percentile instead. True, and a word in the caption, when that leaves some out. */
bool plot_extent(struct plot_text *t, const GPtrArray *all, double *low, double *high);

/* ---- graphs over virtual time -------------------------------------------------------------------------- */

/* A unit of time for an axis. */
struct plot_clock {
    double ns;
    const char *name; /* "s" */
};
/* One in which so much time is read easily; sets the x axis, which ends there. */
struct plot_clock plot_clock(struct plot_text *t, sim_time length);

/* ---- graphs over many points (plot_points.c) ----------------------------------------------------------- */

/* Where each point is on an axis. */
struct plot_axis {
    char *label;      /* "gm (ms)" */
    double *value;    /* of each series of the plot */
    GPtrArray *names; /* char *: the values are no numbers but places in here; else NULL */
};
/* The axis of a factor, or parameter; NULL: of the calls offered per second. Of a distribution, its mean counts. With
 * names_too what is no number is put side by side. NULL and an error; plot_axis_clear() when it worked. */
bool plot_axis(const struct plot *plot, const char *name, bool names_too, struct plot_axis *axis, GError **error);
void plot_axis_clear(struct plot_axis *axis);
/* The axis of plot->x; if it is not said, of the offered load, or where that is the same of the first factor that varies
 * and is a number. An error when nothing varies. */
bool plot_x_axis(const struct plot *plot, struct plot_axis *axis, GError **error);
/* The first factor other than `but` (or NULL) that is not the same at all points, or NULL. */
const char *plot_varying_factor(const struct plot *plot, const char *but, bool names_too);
/* Sets the range to what is kept, with the origin if that costs little. */
void plot_x_range(struct plot_text *t, const struct plot_axis *axis, const bool *keep, size_t n);
/* Indices of series by ascending place; y may be NULL. g_free. */
guint *plot_order(const struct plot *plot, const struct plot_axis *x, const struct plot_axis *y);
/* Of points at the same place that differ in some other factor, those stay where it is what it is at the first point.
 * Which series stay, g_free; what the others were chosen by goes into t->held. y may be NULL. */
bool *plot_hold(struct plot_text *t, const struct plot *plot, const struct plot_axis *x, const struct plot_axis *y);
/* What the results are, of points with `least` to `most` calls. */
void plot_points_caption(struct plot_text *t, const struct plot *plot, const bool *keep, guint64 least, guint64 most);

/* The kinds. Each fills the text; false and an error. */
bool plot_ecdf(const struct plot *plot, struct plot_text *t, GError **error);
bool plot_histogram(const struct plot *plot, struct plot_text *t, GError **error);
bool plot_percentiles(const struct plot *plot, struct plot_text *t, GError **error);
bool plot_heatmap(const struct plot *plot, struct plot_text *t, GError **error);
bool plot_phases(const struct plot *plot, struct plot_text *t, GError **error);
bool plot_welch(const struct plot *plot, struct plot_text *t, GError **error);
bool plot_utilisation(const struct plot *plot, struct plot_text *t, GError **error);
bool plot_success(const struct plot *plot, struct plot_text *t, GError **error);

#endif
