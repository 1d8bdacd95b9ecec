/* sim.c - the kernel: scheduling, the run loop and its limits. See sim.h. */
#include "sim/sim.h"

#include "sim/cause_log.h"
#include "sim/evq.h"
#include "sim/rng.h"
#include "sim/trace_list.h"

#include <glib.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* How often, in events, the run loop looks up from its work. */
#define LOOK_EVERY    1024
#define MEASURE_EVERY 4096

struct kernel {
    struct sim pub; /* must stay first: struct sim * and struct kernel * are the same address */
    struct evq_core queue;
    struct sim_opts opts;
    uint32_t flows; /* flow ids given out */
    uint32_t left;  /* events until the loop looks at stop, limits and flag */
    bool stop, running;
    char *broken;        /* an invariant, in words; or NULL */
    gint64 wall_us;      /* real time spent in earlier sim_run() calls */
    gint64 wall_start;   /* of this one */
    uint64_t measure_at; /* event number at which to look at time and memory */
    sim_time watch_at;   /* when somebody wants to look; SIM_NEVER: nobody */
    sim_watch_fn watch;
    void *watch_user;
};

static inline struct kernel *kernel_of(struct sim *sim)
{
    return (struct kernel *)sim;
}

static inline const struct evq_core *queue_of(const struct sim *sim)
{
    return &((const struct kernel *)sim)->queue;
}

const char *sim_end_name(enum sim_end end)
{
    switch (end) {
    case SIM_END_NONE:
        return "not ended";
    case SIM_END_IDLE:
        return "nothing left to do";
    case SIM_END_TIME:
        return "end of time";
    case SIM_END_STOP:
        return "stopped by the model";
    case SIM_END_EVENTS:
        return "limit on events";
    case SIM_END_WALL:
        return "limit on wall time";
    case SIM_END_MEMORY:
        return "limit on memory";
    case SIM_END_INTERRUPT:
        return "interrupted";
    }
    return "?";
}

struct sim *sim_new(const struct sim_opts *opts)
{
    struct kernel *k = g_new0(struct kernel, 1);
    struct sim *sim = &k->pub;

    k->opts = *opts;
    k->watch_at = SIM_NEVER;
    evq_init(&k->queue, &sim->now);
    sim->seed = opts->seed;
    sim->replication = opts->replication;
    sim->q = &k->queue;
    sim->causes = cause_log_new();
    sim->trace = trace_new();
    sim->streams = rng_set_new(opts->seed, opts->replication);
    return sim;
}

void sim_free(struct sim *sim)
{
    if (!sim)
        return;
    struct kernel *k = kernel_of(sim);
    evq_clear(&k->queue);
    rng_set_free(sim->streams);
    trace_free(sim->trace);
    cause_log_free(sim->causes);
    g_free(k->broken);
    g_free(k);
}

/* ---- scheduling ------------------------------------------------------------------------------ */

/* A slot for an event at t, filled in but for its place. */
static inline uint32_t new_event(struct evq_core *q, sim_time t, sim_flow flow, uint32_t cause, sim_fn fn,
                                 void *ctx, uint64_t arg)
{
    uint32_t slot = evq_take_slot(q);
    struct event *e = &q->event[slot];
    e->time = t;
    e->seq = ++q->seq;
    e->fn = fn;
    e->ctx = ctx;
    e->arg = arg;
    e->flow = flow;
    e->cause = cause;
    e->place = 0;
    return slot;
}

static inline sim_time due(struct sim *sim, sim_time delay)
{
    sim_time t;
    sim_assert(sim, delay >= 0);
    return __builtin_add_overflow(sim->now, delay, &t) ? SIM_NEVER : t;
}

/* The cause of an event scheduled at t: a part of its own in a recorded flow. */
static inline uint32_t delay_cause(struct sim *sim, sim_time t, sim_why why, const char *what)
{
    if (__builtin_expect(!(sim->flow & SIM_FLOW_RECORDED), 1))
        return 0;
    return t > sim->now ? cause_add(sim, sim->cause, why, what, sim->now, t) : sim->cause;
}

sim_handle sim_after(struct sim *sim, sim_time delay, sim_why why, const char *what, sim_fn fn, void *ctx,
                     uint64_t arg)
{
    struct evq_core *q = &kernel_of(sim)->queue;
    sim_time t = due(sim, delay);
    uint32_t slot = new_event(q, t, sim->flow, delay_cause(sim, t, why, what), fn, ctx, arg);

    if (t > sim->now)
        evq_insert(q, slot);
    else
        evq_insert_now(q, slot);
    return evq_handle(q, slot);
}

sim_handle sim_timer(struct sim *sim, sim_time delay, sim_why why, const char *what, sim_fn fn, void *ctx,
                     uint64_t arg)
{
    struct evq_core *q = &kernel_of(sim)->queue;
    sim_time t = due(sim, delay);
    uint32_t slot = new_event(q, t, sim->flow, delay_cause(sim, t, why, what), fn, ctx, arg);

    if (t > sim->now)
        evq_insert_lane(q, slot, delay);
    else
        evq_insert_now(q, slot);
    return evq_handle(q, slot);
}

sim_handle sim_at(struct sim *sim, sim_time t, sim_flow flow, uint32_t cause, sim_fn fn, void *ctx,
                  uint64_t arg)
{
    struct evq_core *q = &kernel_of(sim)->queue;
    sim_assert(sim, t >= sim->now);
    uint32_t slot = new_event(q, t, flow, cause, fn, ctx, arg);

    if (t > sim->now)
        evq_insert(q, slot);
    else
        evq_insert_now(q, slot);
    return evq_handle(q, slot);
}

bool sim_cancel(struct sim *sim, sim_handle *h)
{
    struct evq_core *q = &kernel_of(sim)->queue;
    uint32_t slot = evq_lookup(q, *h);

    *h = 0;
    if (slot == 0)
        return false;
    evq_unlink(q, slot);
    evq_free_slot(q, slot);
    return true;
}

bool sim_pending(const struct sim *sim, sim_handle h)
{
    return evq_lookup(queue_of(sim), h) != 0;
}

sim_time sim_due(const struct sim *sim, sim_handle h)
{
    const struct evq_core *q = queue_of(sim);
    uint32_t slot = evq_lookup(q, h);
    return slot ? q->event[slot].time : SIM_NEVER;
}

size_t sim_pending_count(const struct sim *sim)
{
    return queue_of(sim)->pending;
}

/* ---- running --------------------------------------------------------------------------------- */

/* Resident memory of this process in bytes; 0 where the system does not tell. */
static uint64_t resident_bytes(void)
{
    unsigned long total = 0, resident = 0;
    FILE *f = fopen("/proc/self/statm", "r");

    if (!f)
        return 0;
    if (fscanf(f, "%lu %lu", &total, &resident) != 2)
        resident = 0;
    fclose(f);
    return (uint64_t)resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* Limits that cost something to look at. */
static enum sim_end measure(struct kernel *k)
{
    k->measure_at = k->pub.events + MEASURE_EVERY;
    if (k->opts.max_wall_s > 0) {
        gint64 us = k->wall_us + g_get_monotonic_time() - k->wall_start;
        if ((double)us >= k->opts.max_wall_s * 1e6)
            return SIM_END_WALL;
    }
    if (k->opts.max_bytes > 0 && resident_bytes() > k->opts.max_bytes)
        return SIM_END_MEMORY;
    return SIM_END_NONE;
}

/* Nothing is due up to `until` any more. */
static enum sim_end ran_dry(struct kernel *k, sim_time until)
{
    if (k->queue.pending == 0)
        return SIM_END_IDLE;
    if (until > k->pub.now)
        k->pub.now = until;
    return SIM_END_TIME;
}

/* Whether an event is due up to `until`. Takes the first one out and puts it back, in front of all others
 * of its time: rarely asked. */
static bool more_to_do(struct kernel *k, sim_time until)
{
    uint32_t slot = evq_pop(&k->queue, until);
    if (slot == 0)
        return false;
    k->queue.event[slot].place = 0;
    evq_heap_insert(&k->queue, slot);
    return true;
}

/* Looks at everything that may end a run early; else says how many events to run until the next look. */
static enum sim_end look_up(struct kernel *k, sim_time until)
{
    uint64_t left = LOOK_EVERY;

    if (k->stop || k->broken)
        return SIM_END_STOP;
    if (k->opts.interrupt && *k->opts.interrupt)
        return SIM_END_INTERRUPT;
    if (k->pub.events >= k->measure_at) {
        enum sim_end end = measure(k);
        if (end != SIM_END_NONE)
            return end;
    }
    if (k->opts.max_events > 0) {
        if (k->pub.events >= k->opts.max_events)
            return more_to_do(k, until) ? SIM_END_EVENTS : ran_dry(k, until);
        left = MIN(left, k->opts.max_events - k->pub.events);
    }
    k->left = (uint32_t)left;
    return SIM_END_NONE;
}

void sim_watch(struct sim *sim, sim_time at, sim_watch_fn fn, void *user)
{
    struct kernel *k = kernel_of(sim);

    k->watch_at = at;
    k->watch = fn;
    k->watch_user = user;
}

/* Nothing is due any more before somebody wants to look: lets him. */
static void let_watch(struct kernel *k)
{
    sim_time at = k->watch_at;

    k->watch_at = k->watch(&k->pub, at, k->watch_user);
    sim_assert(&k->pub, k->watch_at > at);
}

static enum sim_end run_loop(struct kernel *k, sim_time until)
{
    struct sim *sim = &k->pub;
    struct evq_core *q = &k->queue;
    sim_time limit = MIN(until, k->watch_at);

    for (;;) {
        if (__builtin_expect(k->left == 0, 0)) {
            enum sim_end end = look_up(k, until);
            if (end != SIM_END_NONE)
                return end;
        }
        uint32_t slot = evq_pop(q, limit);
        if (__builtin_expect(slot == 0, 0)) {
            if (limit == until || q->pending == 0)
                return ran_dry(k, until);
            let_watch(k);
            limit = MIN(until, k->watch_at);
            continue;
        }

        const struct event *e = &q->event[slot];
        sim_fn fn = e->fn;
        void *ctx = e->ctx;
        uint64_t arg = e->arg;
        sim->now = e->time;
        sim->flow = e->flow;
        sim->cause = e->cause;
        sim->events++;
        k->left--;
        evq_free_slot(q, slot);
        fn(sim, ctx, arg);
    }
}

enum sim_end sim_run(struct sim *sim, sim_time until)
{
    struct kernel *k = kernel_of(sim);
    enum sim_end end;

    sim_assert(sim, !k->running);
    if (until < sim->now)
        return SIM_END_TIME;
    k->running = true;
    k->stop = false;
    k->left = 0;
    k->wall_start = g_get_monotonic_time();
    k->measure_at = sim->events;
    end = run_loop(k, until);
    k->wall_us += g_get_monotonic_time() - k->wall_start;
    k->running = false;
    sim->flow = 0;
    sim->cause = 0;
    sim->row = NULL;
    return end;
}

void sim_stop(struct sim *sim)
{
    kernel_of(sim)->stop = true;
    kernel_of(sim)->left = 0;
}

/* ---- flows, bugs ----------------------------------------------------------------------------- */

sim_flow sim_flow_begin(struct sim *sim, sim_flow marks)
{
    struct kernel *k = kernel_of(sim);

    sim_assert(sim, (marks & ~SIM_FLOW_MARKS) == 0 && sim_flow_index(k->flows + 1) != 0);
    sim->flow = ++k->flows | marks;
    sim->cause = 0;
    return sim->flow;
}

void sim_bug(const struct sim *sim, const char *what, const char *file, int line)
{
    fflush(stdout);
    fprintf(stderr,
            "imssim: bug at %" PRId64 ".%09d s, event %" PRIu64 ", seed %" PRIu64 ", replication %" PRIu32
            ": %s (%s:%d)\n",
            sim->now / SIM_S, (int)(sim->now % SIM_S), sim->events, sim->seed, sim->replication, what, file,
            line);
    abort();
}

/* ---- invariants ------------------------------------------------------------------------------ */

void sim_break(struct sim *sim, const char *format, ...)
{
    struct kernel *k = kernel_of(sim);
    va_list args;

    sim_stop(sim);
    if (k->broken)
        return;
    va_start(args, format);
    char *text = g_strdup_vprintf(format, args);
    va_end(args);
    k->broken = g_strdup_printf("at %" PRId64 ".%09d s: %s", sim->now / SIM_S, (int)(sim->now % SIM_S), text);
    g_free(text);
}

const char *sim_broken(const struct sim *sim)
{
    return ((const struct kernel *)sim)->broken;
}
