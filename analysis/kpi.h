/* kpi.h - what `imssim run` answers: the table of key performance indicators.
 *
 * Each number has its unit, each time its two end points, each mean over replications its interval, and
 * where there are too few values for a number there is a "-" and a line that says why. */
#ifndef ANALYSIS_KPI_H
#define ANALYSIS_KPI_H

#include "analysis/metrics.h"

#include <glib.h>

#define KPI_LEVEL 0.95 /* of all intervals, unless told otherwise */

/* The percentiles that are shown. */
enum { KPI_P50, KPI_P90, KPI_P95, KPI_P99, KPI_QUANTILES };
extern const struct kpi_quantile {
    unsigned permille;
    const char *name; /* "p50" */
} kpi_quantiles[KPI_QUANTILES];

struct kpi {
    const char *program;          /* "imssim 0.1.0" */
    const char *scenario, *title; /* title may be NULL */
    uint64_t seed;
    double level; /* of all intervals */
    int metric;   /* whose phases the table shows                         */
    sim_time warmup;
    bool warmup_found;            /* by MSER-5, not given */
    unsigned wanted, finished;   /* replications */
    const char *incomplete;      /* NULL, or why not all that was wanted is here */
    const char *note;            /* NULL, or what else there is to say of it     */
    struct metrics_result sum;   /* over the replications */
    /* double, ns: of each replication that has the metric, in order; NaN where it has too few values */
    GArray *means[METRIC_COUNT], *quantile[METRIC_COUNT][KPI_QUANTILES];
    struct kpi_ends {
        int basis; /* enum kpi_basis */
        double low, high;
    } alone[METRIC_COUNT]; /* around the mean, from the first replication by itself */
};

/* Empty; the strings must live on. */
void kpi_init(struct kpi *k);
void kpi_clear(struct kpi *k);
/* Adds one replication, whose values it may sort. To be called in the order of replications, with the level set. */
void kpi_add(struct kpi *k, struct metrics_result *replication);

/* What an interval comes from, or why there is none. */
enum kpi_basis {
    KPI_OF_REPLICATIONS, /* Student's t over replications                                          */
    KPI_OF_BATCHES,      /* batch means of the only replication (series.h)                         */
    KPI_OF_RANKS,        /* order statistics, values taken as independent                          */
    KPI_TOO_FEW,         /* replications; or values of the only one                                */
    KPI_CORRELATED,      /* the only replication is too short: its batches depend on each other    */
};
static inline bool kpi_known(enum kpi_basis basis)
{
    return basis <= KPI_OF_RANKS;
}
/* Around the mean of a time, in ns. */
enum kpi_basis kpi_mean_interval(const struct kpi *k, int metric, double *low, double *high);
/* Around a percentile, in ns; too few also when the percentile itself is unknown. Ranks are used when every value
 * has a replication of its own, or when there is only one replication. */
enum kpi_basis kpi_quantile_interval(struct kpi *k, int metric, int quantile, double *low, double *high);

/* Appends the table for people. `by_message` counts each kind of message by itself. */
void kpi_print(struct kpi *k, bool by_message, GString *out);
/* Appends the same as one JSON object; times in ns, ratios from 0 to 1. */
void kpi_print_json(struct kpi *k, GString *out);

#endif
