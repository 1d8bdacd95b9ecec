/* validate_int.h - what the validations share: runs of scenarios, numbers that come out of them, checks.
 *
 * Each validation runs in one thread of its own and touches nothing of another one. */
#ifndef APP_VALIDATE_VALIDATE_INT_H
#define APP_VALIDATE_VALIDATE_INT_H

#include "analysis/explain.h"
#include "analysis/metrics.h"
#include "analysis/record.h"
#include "app/validate/validate.h"
#include "scenarios/load/build.h"

#include <stdbool.h>

#define VALIDATION(name, group, function, ...) void function(struct validation *v);
#include "app/validate/validate.def"

/* ---- running scenarios (trial.c) ------------------------------------------------------------------- */

/* A scenario that is run several times, as `imssim run --reps` does: independent replications from one seed,
 * counted from the end of the warm-up. */
struct trial {
    const char *scenario;    /* name of a shipped one: "validation/node" */
    const char *const *sets; /* as --set has them, up to NULL; or NULL   */
    unsigned runs;
    /* Called before a run begins, to subscribe to its records; or NULL. */
    void (*begin)(struct world *w, void *user);
    /* Called when a run is over, with what `imssim run` would have shown of it. */
    void (*end)(struct validation *v, struct world *w, struct metrics_result *result, void *user);
    void *user;
};
/* False: not all of it was run, as v->broken or v->stopped say. */
bool trial_run(struct validation *v, const struct trial *trial);
/* Loads the scenario. NULL: v->broken says why not. scn_free(). */
struct scn *trial_load(struct validation *v, const struct trial *trial);
/* How many of so many runs are made. */
unsigned trial_runs(const struct validation *v, unsigned runs);
/* Whether there is no use in going on. */
bool trial_over(struct validation *v);

/* One run with everything recorded, to look at. */
struct recorded {
    struct scn *scn;
    struct world *world;
    struct recording *recording;
};
/* False: v->broken says why. recorded_clear() in either case. */
bool recorded_run(struct validation *v, const char *scenario, const char *const *sets, struct recorded *r);
void recorded_clear(struct recorded *r);
/* The way from the nth mark `from` (0 = first) to the next `to`: of flow 1, 2 ..., or (0) of the first call.
 * NULL: there is none, and v->broken says so. explain_free(), before recorded_clear(). */
struct explain *recorded_way(struct validation *v, const struct recorded *r, unsigned flow, unsigned from,
                             unsigned to, unsigned nth);

/* The station of this node in the result; v->broken when it has none. */
const struct station_stats *trial_station(struct validation *v, const struct metrics_result *r,
                                          const char *node);

/* ---- numbers --------------------------------------------------------------------------------------- */

#define SAMPLE_MAX 40

/* One quantity: a number from each run. */
struct sample {
    unsigned n;
    double value[SAMPLE_MAX];
};
void sample_add(struct sample *s, double value);
double sample_mean(const struct sample *s);
/* Half of the width of the interval around the mean; NaN when there are too few. */
double sample_half(const struct sample *s, double level);

static inline double in_s(__int128 ns)
{
    return (double)ns / (double)SIM_S;
}
static inline double in_ms(double ns)
{
    return ns / (double)SIM_MS;
}

/* Probability that all of c servers are busy, offered a Erlang, when nobody may wait (Erlang B). */
double formula_erlang_b(double a, int c);

/* ---- checks (judge.c) ------------------------------------------------------------------------------ */

/* The value is this one. */
void compare_time(struct validation *v, const char *what, sim_time value, sim_time expected);
void compare_count(struct validation *v, const char *what, int64_t value, int64_t expected, const char *unit);
/* The 99 % interval contains `exact`, and reaches no further from the mean than `width` times it. */
void compare_form(struct validation *v, const char *what, const struct sample *s, double exact,
                  const char *unit, double width);
/* The mean lies between low and high (-INFINITY, INFINITY: no such end). */
void compare_band(struct validation *v, const char *what, const struct sample *s, double low, double high,
                  const char *unit);
/* The same, but nobody is bound to it. */
void compare_shown(struct validation *v, const char *what, const struct sample *s, double low, double high,
                   const char *unit);
/* Where the expectations of the checks that follow are from, if not where the table says. Static strings. */
void compare_source(struct validation *v, const char *source, const char *confidence);
/* What has to hold besides, or the rest means nothing: else the validation is broken. */
void validation_demand(struct validation *v, bool holds, const char *what);
/* It is broken, for this reason; the first one stays. */
void validation_give_up(struct validation *v, const char *format, ...) G_GNUC_PRINTF(2, 3);

#endif
