/* variants.h - one scenario with other values here and there: each variant meets the same random world, so
 * that differences between them are due to the values alone (common random numbers).
 *
 * The unit of work is one replication of one variant; workers own whole simulations. What comes out does not
 * depend on the number of threads. */
#ifndef APP_EXPERIMENT_VARIANTS_H
#define APP_EXPERIMENT_VARIANTS_H

#include "analysis/metrics.h"
#include "scenarios/load/load.h"

#include <glib.h>
#include <stdbool.h>

struct variant {
    const struct scn *scn;
    /* Filled: of each replication, the mean or percentile of the metric, ns; NaN: it has too few values.
     * g_free. */
    double *value;
    uint64_t n; /* values of the metric, all replications together            */
    char *why;  /* NULL, or why a replication did not come to its end; g_free */
};

struct variants_opts {
    int metric;
    unsigned permille; /* the percentile; 0: the mean */
    uint64_t seed;
    unsigned replications, threads;
    const volatile int *interrupt;
    /* Called in the caller's thread a few times a second and once at the end: replications done, and of how
     * many, seconds of real time so far; or NULL. */
    void (*progress)(unsigned done, unsigned wanted, double elapsed_s, void *user);
    void *user;
};

/* Runs all replications of all variants. False: interrupted; then values are missing. */
bool variants_run(const struct variants_opts *opts, struct variant *v, size_t n);
/* Gives back what was filled. */
void variants_clear(struct variant *v, size_t n);

/* Mean over the replications, ns; NaN when one of them has none. */
double variant_mean(const struct variant *v, unsigned replications);
/* Mean of the differences a - b of the same replications, and Student's interval around it at this level;
 * false, and no interval, when there are fewer than two. */
bool variants_difference(const struct variant *a, const struct variant *b, unsigned replications,
                         double level, double *mean, double *low, double *high);

#endif
