/* sim.h - the kernel: one simulation, its clock and its events.
 *
 * A `struct sim` is a whole simulation: clock, pending events, random streams, causes, trace. Any
 * number of them live in one process; a thread owns each one whole. Nothing in here knows telecom.
 *
 * Order: events run in (time, seq) order, where seq counts schedule calls; ties are FIFO. A zero
 * delay is an event too. Time never goes back.
 *
 * Two ways to wait, one kind of handle:
 *   sim_after/sim_at  any delay: the event queue (evq.h);
 *   sim_timer         a delay that many others share to the nanosecond (protocol timers): a FIFO lane
 *                     per duration, where insert and cancel are a list link. The order of events
 *                     is the same (time, seq) as if it had gone through the queue.
 *
 * Flow and cause: each event carries the id of the user action it serves and the cause (cause.h)
 * that led to it. Both are passed on from the event that is running; models never handle them. */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include "sim/time.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim;

/* What runs when an event is due. ctx and arg are what was given when it was scheduled. */
typedef void (*sim_fn)(struct sim *sim, void *ctx, uint64_t arg);

/* Names one pending event: slot (low 32 bits) and generation (high 32). 0 names none. A handle whose
 * event has run or was cancelled is stale: using it is harmless and does nothing. */
typedef uint64_t sim_handle;

/* Flow id: which user action something serves. 0 = none. The top bits are marks: */
typedef uint32_t sim_flow;
#define SIM_FLOW_RECORDED 0x80000000u /* its causes are logged, and sinks for recorded flows see it   */
#define SIM_FLOW_KEPT     0x40000000u /* ... and what happens in it is wanted at the end of the run   */
#define SIM_FLOW_SAMPLED  0x20000000u /* ... and it stands for many when phases are reckoned           */
#define SIM_FLOW_MARKS    (SIM_FLOW_RECORDED | SIM_FLOW_KEPT | SIM_FLOW_SAMPLED)

/* Which of the flows that users begin are recorded: every k-th of both kinds, 0 = none. */
struct sim_recorded {
    uint32_t kept_every, sampled_every;
};
/* The marks of the n-th one (0 = first). */
static inline sim_flow sim_flow_marks(const struct sim_recorded *r, uint64_t n)
{
    sim_flow kept = r->kept_every && n % r->kept_every == 0 ? SIM_FLOW_RECORDED | SIM_FLOW_KEPT : 0;
    return kept | (r->sampled_every && n % r->sampled_every == 0 ? SIM_FLOW_RECORDED | SIM_FLOW_SAMPLED : 0);
}

struct cause_log;
struct trace;
struct rng_set;
struct evq_core;
struct fsm_row;

/* Why sim_run() came back. */
enum sim_end {
    SIM_END_NONE = 0,  /* has not ended                                  */
    SIM_END_IDLE,      /* nothing is pending any more: finished          */
    SIM_END_TIME,      /* reached `until`: finished                      */
    SIM_END_STOP,      /* sim_stop() was called by the model: finished   */
    SIM_END_EVENTS,    /* limit on events: not finished                  */
    SIM_END_WALL,      /* limit on wall time: not finished               */
    SIM_END_MEMORY,    /* limit on memory: not finished                  */
    SIM_END_INTERRUPT, /* interrupted from outside (SIGINT): not finished */
};
const char *sim_end_name(enum sim_end end);

/* The head of struct sim is public so that reading the clock costs nothing. Read only, except where
 * a comment says otherwise. */
struct sim {
    sim_time now;
    sim_flow flow;             /* of the event that runs now; a model may set it (sim_flow_begin)      */
    uint32_t cause;            /* of the event that runs now (index in the cause log, 0 = none)        */
    uint32_t trace_mask[2];    /* bit k set: somebody subscribed to records of kind k (trace.h); [1] of recorded flows */
    uint64_t events;           /* events run so far                                                    */
    uint64_t seed;             /* as given                                                             */
    uint32_t replication;      /* as given                                                             */
    const struct fsm_row *row; /* the state-machine row whose handler runs now, or NULL (fsm.h)        */
    struct evq_core *q;        /* pending events                                                       */
    struct cause_log *causes;  /* cause.h                                                              */
    struct trace *trace;       /* trace.h                                                              */
    struct rng_set *streams;   /* rng.h                                                                */
    const char *(*where_name)(const struct sim *sim, uint32_t where); /* cause.h: names a `where`      */
    const char *(*label_name)(unsigned label); /* cause.h: names a label of the model                  */
    void *user;                /* the model's root (net.h sets it)                                     */
};

struct sim_opts {
    uint64_t seed;
    uint32_t replication;
    uint64_t max_events; /* 0 = no limit                                            */
    double max_wall_s;   /* 0 = no limit; seconds of real time                       */
    uint64_t max_bytes;  /* 0 = no limit; resident memory of the process             */
    const volatile int *interrupt; /* NULL, or a flag that a signal handler raises   */
};

/* New simulation at time 0. Never fails (memory exhaustion aborts, as in GLib). */
struct sim *sim_new(const struct sim_opts *opts);
/* Frees events, streams, causes, trace sinks' list. Pending events are dropped, not run. */
void sim_free(struct sim *sim);

static inline sim_time sim_now(const struct sim *sim)
{
    return sim->now;
}

/* ---- causes of a delay ---------------------------------------------------------------------- */

/* A delay's label and place, packed: label (enum cause_label, cause.h) in the top byte, `where` (an
 * id that sim->where_name turns into text) in the rest. */
typedef uint32_t sim_why;
#define SIM_WHY(label, where) (((uint32_t)(label) << 24) | ((uint32_t)(where)&0xffffffu))

/* ---- scheduling ------------------------------------------------------------------------------ */

/* Runs fn(sim, ctx, arg) `delay` ns from now (delay >= 0; a negative one is a bug and asserts). In a
 * recorded flow the delay becomes a cause part labelled `why`, about `what` (a string that lives as
 * long as the simulation, or NULL). Flow and cause are those of the running event. */
sim_handle sim_after(struct sim *sim, sim_time delay, sim_why why, const char *what, sim_fn fn, void *ctx,
                     uint64_t arg);

/* The same, through the lane of this duration: for delays that many events share. */
sim_handle sim_timer(struct sim *sim, sim_time delay, sim_why why, const char *what, sim_fn fn, void *ctx,
                     uint64_t arg);

/* The bare form: runs at absolute time t >= now with this flow and cause; adds no cause part. */
sim_handle sim_at(struct sim *sim, sim_time t, sim_flow flow, uint32_t cause, sim_fn fn, void *ctx,
                  uint64_t arg);

/* Takes the event out of the queue if it is still pending; sets *h to 0. True if it was pending. */
bool sim_cancel(struct sim *sim, sim_handle *h);
bool sim_pending(const struct sim *sim, sim_handle h);
/* Time at which h is due, or SIM_NEVER if it is not pending. */
sim_time sim_due(const struct sim *sim, sim_handle h);
/* How many events are pending (lanes included). */
size_t sim_pending_count(const struct sim *sim);

/* ---- running --------------------------------------------------------------------------------- */

/* Runs events with time <= until. On SIM_END_TIME the clock stands at `until`; on SIM_END_IDLE at the
 * last event. May be called again to go on. */
enum sim_end sim_run(struct sim *sim, sim_time until);
/* Has somebody look at certain times who is no part of the model: fn(sim, at, user) is called when all that is due up to `at`
 * has been done, before anything later; the clock stands at the last event or where sim_run() left it, never
 * later than `at`. It may read, and change nothing. It returns when to look next, later than `at`, or SIM_NEVER. No look counts as
 * an event, nor keeps a simulation from being idle; one that is due when a run ends comes when it goes on, if it does. One
 * watcher at a time. */
typedef sim_time (*sim_watch_fn)(struct sim *sim, sim_time at, void *user);
void sim_watch(struct sim *sim, sim_time at, sim_watch_fn fn, void *user);
/* Ends sim_run() after the event that is running. */
void sim_stop(struct sim *sim);

/* ---- flows ----------------------------------------------------------------------------------- */

/* A new flow id (1, 2, 3, ... with these marks), which becomes the flow of the running event; its cause is
 * cleared, since a user action is the root of a chain. */
sim_flow sim_flow_begin(struct sim *sim, sim_flow marks);
static inline uint32_t sim_flow_index(sim_flow f)
{
    return f & ~SIM_FLOW_MARKS;
}

/* ---- bugs ------------------------------------------------------------------------------------ */

/* A broken promise inside the program: prints virtual time, event number, seed and replication, and
 * the place, then aborts. Stays on in release builds. */
#define sim_assert(sim, cond)                                                                                     \
    do {                                                                                                           \
        if (__builtin_expect(!(cond), 0))                                                                          \
            sim_bug((sim), #cond, __FILE__, __LINE__);                                                             \
    } while (0)
void sim_bug(const struct sim *sim, const char *what, const char *file, int line) __attribute__((noreturn));

/* ---- invariants ------------------------------------------------------------------------------ */

/* An invariant of the model does not hold: notes it in words, with the virtual time in front, and ends sim_run(). The first
 * one counts; the simulation does not run any further. */
void sim_break(struct sim *sim, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* What does not hold, or NULL. Lives as long as the simulation. */
const char *sim_broken(const struct sim *sim);

#endif
