/* kpi.h - what `imssim run` answers: the table of key performance indicators.
 *
 * Each number has its unit, each time its two end points, each mean over replications its interval, and
 * where there are too few values for a number there is a "-" and a line that says why. */
#ifndef ANALYSIS_KPI_H
#define ANALYSIS_KPI_H

#include "analysis/metrics.h"

#include <glib.h>

#define KPI_LEVEL 0.95 /* of all intervals */

struct kpi {
    const char *program;          /* "imssim 0.1.0" */
    const char *scenario, *title; /* title may be NULL */
    uint64_t seed;
    sim_time warmup;
    unsigned wanted, finished;   /* replications */
    const char *incomplete;      /* NULL, or why not all that was wanted is here */
    struct metrics_result sum;   /* over the replications */
    GArray *means[METRIC_COUNT]; /* double, ns: of each replication that has the metric, in order */
};

/* Empty; the strings must live on. */
void kpi_init(struct kpi *k);
void kpi_clear(struct kpi *k);
/* Adds one replication. To be called in the order of replications. */
void kpi_add(struct kpi *k, const struct metrics_result *replication);

/* Appends the table for people. `by_message` counts each kind of message by itself. */
void kpi_print(struct kpi *k, bool by_message, GString *out);
/* Appends the same as one JSON object; times in ns, ratios from 0 to 1. */
void kpi_print_json(struct kpi *k, GString *out);

#endif
