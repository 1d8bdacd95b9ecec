/* warmup.h - how long a scenario takes to settle: MSER-5 over a few pilot runs. */
#ifndef APP_EXPERIMENT_WARMUP_H
#define APP_EXPERIMENT_WARMUP_H

#include "app/experiment/replicate.h"

/* Replications 1 .. WARMUP_PILOTS, from the very beginning, averaged: one alone is too noisy to tell. */
#define WARMUP_PILOTS 5

struct warmup {
    enum series_verdict verdict;
    sim_time found;       /* when good */
    struct series series; /* of the metric, from the beginning; series_clear() */
    sim_time length;      /* how far it goes */
};

/* Makes the pilot runs of opts->scn, as opts says otherwise, and finds the end of the warm-up of opts->metric.
 * False when they did not come to their end: `end` says why (end->broken to be freed) or `errors` do. */
bool warmup_find(const struct replicate_opts *opts, struct warmup *w, struct replicate_end *end,
                 GPtrArray *errors);

#endif
