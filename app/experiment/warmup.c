/* warmup.c - pilot runs that find the warm-up (see warmup.h). */
#include "app/experiment/warmup.h"

bool warmup_find(const struct replicate_opts *opts, struct warmup *w, struct replicate_end *end,
                 GPtrArray *errors)
{
    struct scn pilot = *opts->scn; /* shares all it points to */
    struct replicate_opts few = *opts;
    struct kpi kpi;

    pilot.run.warmup = 0;
    few.scn = &pilot;
    few.replications = WARMUP_PILOTS;
    few.precision = 0;
    few.took = NULL;
    few.calls_max = few.record_every = few.explain_every = 0;
    few.over_time = false;
    kpi_init(&kpi);
    *w = (struct warmup){.verdict = SERIES_TOO_FEW};
    bool done = replicate(&few, &kpi, end, errors) && end->end == SIM_END_NONE && !end->broken;
    series_init(&w->series);
    if (done) {
        series_merge(&w->series, &kpi.sum.series[opts->metric]);
        w->length = (sim_time)(kpi.sum.observed_ns / WARMUP_PILOTS);
        w->verdict = series_warmup(&w->series, w->length, &w->found);
    }
    kpi_clear(&kpi);
    return done;
}
