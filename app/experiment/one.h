/* one.h - one replication: a simulation is built, run and measured. */
#ifndef APP_EXPERIMENT_ONE_H
#define APP_EXPERIMENT_ONE_H

#include "analysis/store.h"
#include "scenarios/load/build.h"

#include <glib.h>
#include <stdbool.h>

struct one_opts {
    const struct scn *scn;
    uint64_t seed;
    uint32_t replication; /* 0 = first */
    /* What is kept beside numbers: single calls (and procedures of phones) if there are at most so many; the messages
     * of every k-th call (0: of none). */
    uint32_t calls_max, record_every;
    uint32_t explain_every; /* of how many calls one is explained; 0: none */
    bool over_time; /* also what happened when, from the very beginning (result->whole, result->occupancy) */
    const volatile int *interrupt;
    bool check; /* all invariants (models/check) while it runs; else some at the end */
    /* For tests of the checks: called when it has ended, before it is looked at; or NULL. */
    void (*meddle)(struct world *w, void *user);
    void *meddle_user;
    gint64 *now; /* its clock, written now and then, atomically; or NULL */
};

struct one {
    bool built;
    enum sim_end end;
    sim_time at;       /* where its clock stood */
    GPtrArray *errors; /* char *: why it could not be built; NULL: it could */
    size_t causes_most; /* room for causes of recorded flows that it took */
    char *broken;      /* an invariant that did not hold, in words; or NULL */
    uint64_t compared;   /* how often a phone was compared with its nodes   */
    const char *excused; /* ... and why not more often, in words, or NULL   */
    struct metrics_result *result;     /* NULL: it never began */
    GArray *calls, *procedures, *hops; /* struct store_call, store_procedure, store_hop; NULL: not kept */
};

/* Fills `one`, which holds nothing. In any thread. */
void one_run(const struct one_opts *opts, struct one *one);
void one_clear(struct one *one);

#endif
