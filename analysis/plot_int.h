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
};

/* Begins a block of data; `columns` heads it as a comment. Returns its index. */
unsigned plot_block(struct plot_text *t, const char *columns);
/* One line of it: n numbers; NaN stays out. */
void plot_row(struct plot_text *t, const double *value, size_t n);
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

/* The distributions (GArray of struct store_bin), in the order of series; g_ptr_array_unref. NULL and an
 * error when a series has fewer than two values of the metric. */
GPtrArray *plot_distributions(const struct plot *plot, GError **error);
guint64 plot_count(const GArray *bins);
/* The value of rank ceil(n q), q in (0, 1]; of a bin, its middle. */
double plot_quantile(const GArray *bins, double q);
/* From the smallest to the largest value of all; when a few are far away, up to the largest 99.9th
 * percentile instead. True, and a word in the caption, when that leaves some out. */
bool plot_extent(struct plot_text *t, const GPtrArray *all, double *low, double *high);

/* The kinds. Each fills the text; false and an error. */
bool plot_ecdf(const struct plot *plot, struct plot_text *t, GError **error);
bool plot_histogram(const struct plot *plot, struct plot_text *t, GError **error);
bool plot_percentiles(const struct plot *plot, struct plot_text *t, GError **error);

#endif
