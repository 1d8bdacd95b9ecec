/* analytic.h - compares the simulator with closed forms.
 *
 * A study runs a scenario file several times, as `imssim run --reps` does: independent replications from one
 * seed, counted from the end of the warm-up. Each run gives one number per quantity; their mean is compared
 * with what theory says. The comparison holds when the 99 % interval (Student's t) contains the theory's
 * value and is narrow enough for that to mean something.
 *
 * With IMSSIM_VALIDATION in the environment each comparison also prints its line of the tables in
 * docs/validation.md. */
#ifndef TESTS_ANALYTIC_ANALYTIC_H
#define TESTS_ANALYTIC_ANALYTIC_H

#include "analysis/metrics.h"
#include "scenarios/load/build.h"

#include <stdbool.h>

/* Under AddressSanitizer, which slows everything down, a study makes only a few runs; its intervals are then
 * wide, and only the containment of the theory's value, at 99.9 %, is asked for. */
#if defined(__SANITIZE_ADDRESS__)
#define ANALYTIC_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ANALYTIC_SANITIZED 1
#endif
#endif
#define ANALYTIC_RUNS_SANITIZED 3

/* ---- running ------------------------------------------------------------------------------------------- */

struct study {
    const char *scenario;    /* of tests/data/analytic or scenarios, without .xml                          */
    const char *const *sets; /* as --set has them, up to NULL; or NULL                                     */
    unsigned runs;
    /* Called before a run begins, to subscribe to its records; or NULL. */
    void (*begin)(struct world *w, void *user);
    /* Called when a run is over, with what `imssim run` would have shown of it. */
    void (*end)(struct world *w, struct metrics_result *result, void *user);
    void *user;
};
/* Runs it. A scenario that does not load, or a run that does not finish, is a failure of the test. */
void study_run(const struct study *study);
/* Loads the scenario; failure of the test and NULL when there is anything wrong with it. scn_free(). */
struct scn *study_load(const struct study *study);

/* ---- what came out of the runs ----------------------------------------------------------------------------
 */

#define SAMPLE_MAX 40

/* One quantity: a number from each run. */
struct sample {
    unsigned n;
    double value[SAMPLE_MAX];
};
void sample_add(struct sample *s, double value);
double sample_mean(const struct sample *s);
/* Half of the width of the interval around the mean. */
double sample_half(const struct sample *s, double level);

/* Starts a table of comparisons: its heading. */
void table_begin(const char *what);
/* Fails the test unless the 99 % interval contains `exact`, and reaches no further from the mean than `width`
 * times it. `unit` as printed. */
void expect(const char *what, const struct sample *s, double exact, const char *unit, double width);

/* Seconds. */
static inline double in_s(__int128 ns)
{
    return (double)ns / (double)SIM_S;
}
static inline double in_ms(double ns)
{
    return ns / (double)SIM_MS;
}

/* The station of this node in the result; failure of the test when it has none. */
const struct station_stats *station_of(const struct metrics_result *r, const char *node);

#endif
