/* replicate.h - independent replications of one scenario, in threads.
 *
 * Each replication is a whole simulation of its own, built, run and measured in one thread. Results are
 * taken in the order of replications, never in that of finishing: the answer is the same for any number
 * of threads. */
#ifndef APP_EXPERIMENT_REPLICATE_H
#define APP_EXPERIMENT_REPLICATE_H

#include "analysis/kpi.h"
#include "analysis/store.h"
#include "scenarios/load/build.h"

#include <glib.h>
#include <stdbool.h>

/* How far it is, for a line of progress. Times in seconds of real time. */
struct replicate_progress {
    unsigned wanted, done; /* replications; with a precision, wanted is the most there may be */
    double share;          /* of the work, 0 .. 1; negative: unknown, since the run has no stated end */
    double elapsed_s;
};

struct replicate_opts {
    const struct scn *scn;
    uint64_t seed;
    unsigned replications, threads;
    /* With a precision e > 0: ends with the first number of replications, `least` or more, for which half the
     * interval around the mean of `metric` is at most e / (1 + e) of it; after `replications` in any case.
     * The number is the same for any number of threads. */
    double precision, level;
    unsigned least;
    int metric;
    const volatile int *interrupt;
    /* Called in the caller's thread about five times a second and once at the end; or NULL. */
    void (*progress)(const struct replicate_progress *progress, void *user);
    void *user;
    /* What is kept beside numbers: of replications with at most so many calls, each call (and of those with
     * at most so many procedures of phones, each of these); the messages of every k-th call (0: of none). */
    uint32_t calls_max, record_every;
    uint32_t explain_every; /* of how many calls one is explained; 0: none */
    bool over_time; /* also what happened when, from the very beginning: see struct one_opts */
    /* Invariants (models/check): while it runs, all phones, and answers; else at the end. */
    bool check;
    /* For tests of the checks: called when a run has ended, before it is looked at; or NULL. */
    void (*meddle)(struct world *world, void *user);
    void *meddle_user;
    /* Takes each replication that finished, in order, after `kpi` has it; where none did, the first. Called
     * with NULL when there is nothing to take, several times a second. In the caller's thread; or NULL.
     * False: stop. */
    bool (*took)(const struct store_replication *replication, struct kpi *kpi, void *user);
    void *took_user;
};

struct replicate_end {
    unsigned finished;
    bool imprecise;      /* all were made, and the precision was not reached */
    enum sim_end end;    /* of the first replication that did not finish; SIM_END_NONE: all did */
    unsigned which;      /* ... its number, 0 = first */
    sim_time at;         /* ... and where its clock stood */
    char *broken;        /* an invariant that did not hold, in words, or NULL; g_free */
    uint64_t compared;   /* how often a phone was compared with its nodes     */
    const char *excused; /* ... and why not more often, in words, or NULL     */
};

/* Fills `kpi` (initialised, empty) with all replications that finished; where none did, with what the first
 * one has, and kpi->finished stays 0. kpi->wanted becomes the number that were wanted in the end. False when
 * the scenario cannot be built: `errors` (strings) then says why. */
bool replicate(const struct replicate_opts *opts, struct kpi *kpi, struct replicate_end *end,
               GPtrArray *errors);

#endif
