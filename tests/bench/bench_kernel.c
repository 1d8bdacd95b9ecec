/* bench_kernel.c - how many events per second the bare kernel runs.
 *
 *   bench_kernel [-q auto|heap|wheel] [NAME ...]      all benchmarks when none is named
 *
 * Prints one JSON object per line and benchmark. Every rate comes with what it counts. All go through
 * the public interface (sim.h): slots, handles, FIFO ties and dispatch through a function pointer
 * are paid for. -q makes the kernel use one structure only, for comparison.
 *
 * Each benchmark runs in a process of its own, so that peak memory is its own: a warm-up in which every
 * pending event has been replaced about twice, then several short runs, of which the median is told. */
#include "sim/evq.h"
#include "sim/rng.h"
#include "sim/sim.h"

#include <glib.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define RUNS        7
#define RUN_SECONDS 0.12

struct bench;

/* What a benchmark knows while it runs. */
struct state {
    const struct bench *bench;
    struct rng *rng;
    sim_handle *timer; /* sip: [dialog]                          */
    uint64_t steps;    /* sip: messages handled                  */
    uint64_t waiting;  /* mm1: customers in the system           */
};

struct bench {
    const char *name;
    const char *event; /* what is counted */
    void (*start)(struct sim *sim, struct state *st);
    sim_time (*delay)(struct rng *rng);
    uint64_t (*count)(const struct sim *sim, const struct state *st);
    uint32_t size;
};

/* ---- hold model: a population of events, each of which schedules its successor --------------- */

static sim_time delay_exp(struct rng *rng)
{
    return (sim_time)(rng_exp(rng) * 1e9);
}

/* Nine short ones for each long one; the mean is 1 s as everywhere. */
static sim_time delay_bimodal(struct rng *rng)
{
    double mean = rng_u64(rng) % 10 ? 0.1e9 : 9.1e9;
    return (sim_time)(rng_exp(rng) * mean);
}

static sim_time delay_constant(struct rng *rng)
{
    (void)rng;
    return SIM_S;
}

static sim_time delay_quantised(struct rng *rng)
{
    return ((sim_time)(rng_exp(rng) * 1e3) + 1) * SIM_MS;
}

static void hold(struct sim *sim, void *ctx, uint64_t arg)
{
    struct state *st = ctx;
    sim_after(sim, st->bench->delay(st->rng), 0, NULL, hold, st, arg);
}

static void start_hold(struct sim *sim, struct state *st)
{
    bool constant = st->bench->delay == delay_constant;

    for (uint32_t i = 0; i < st->bench->size; i++) {
        sim_time delay = constant ? (sim_time)rng_below(st->rng, SIM_S) : st->bench->delay(st->rng);
        sim_after(sim, delay, 0, NULL, hold, st, i);
    }
}

static uint64_t count_events(const struct sim *sim, const struct state *st)
{
    (void)st;
    return sim->events;
}

/* ---- SIP-like: dialogs whose every message stops a timer and starts one ---------------------- */

static void timer_fired(struct sim *sim, void *ctx, uint64_t dialog)
{
    (void)sim;
    ((struct state *)ctx)->timer[dialog] = 0;
}

/* RFC 3261 durations: T1, T2, 64 * T1; a message every 100 ms leaves most of them unfired. */
static sim_time pick_duration(struct rng *rng)
{
    static const sim_time durations[4] = {500 * SIM_MS, 4 * SIM_S, 32 * SIM_S, 32 * SIM_S};
    return durations[rng_u64(rng) >> 62];
}

static void message(struct sim *sim, void *ctx, uint64_t dialog)
{
    struct state *st = ctx;
    sim_time next = (sim_time)(rng_exp(st->rng) * 0.1e9);

    st->steps++;
    sim_cancel(sim, &st->timer[dialog]);
    st->timer[dialog] = sim_timer(sim, pick_duration(st->rng), 0, NULL, timer_fired, st, dialog);
    sim_after(sim, next, 0, NULL, message, st, dialog);
}

/* The same with timers that take the way of all other events. */
static void message_queued(struct sim *sim, void *ctx, uint64_t dialog)
{
    struct state *st = ctx;
    sim_time next = (sim_time)(rng_exp(st->rng) * 0.1e9);

    st->steps++;
    sim_cancel(sim, &st->timer[dialog]);
    st->timer[dialog] = sim_after(sim, pick_duration(st->rng), 0, NULL, timer_fired, st, dialog);
    sim_after(sim, next, 0, NULL, message_queued, st, dialog);
}

static void start_dialogs(struct sim *sim, struct state *st, sim_fn fn)
{
    st->timer = g_new0(sim_handle, st->bench->size);
    for (uint32_t i = 0; i < st->bench->size; i++)
        sim_after(sim, (sim_time)(rng_exp(st->rng) * 0.1e9), 0, NULL, fn, st, i);
}

static void start_sip(struct sim *sim, struct state *st)
{
    start_dialogs(sim, st, message);
}

static void start_sip_queued(struct sim *sim, struct state *st)
{
    start_dialogs(sim, st, message_queued);
}

static uint64_t count_steps(const struct sim *sim, const struct state *st)
{
    (void)sim;
    return st->steps;
}

/* ---- M/M/1 at 90 % load, as raw events: an arrival and a departure per customer -------------- */

static void departure(struct sim *sim, void *ctx, uint64_t arg)
{
    struct state *st = ctx;
    if (--st->waiting)
        sim_after(sim, (sim_time)(rng_exp(st->rng) * 0.9e9), 0, NULL, departure, st, arg);
}

static void arrival(struct sim *sim, void *ctx, uint64_t arg)
{
    struct state *st = ctx;
    if (st->waiting++ == 0)
        sim_after(sim, (sim_time)(rng_exp(st->rng) * 0.9e9), 0, NULL, departure, st, arg);
    sim_after(sim, (sim_time)(rng_exp(st->rng) * 1e9), 0, NULL, arrival, st, arg);
}

static void start_mm1(struct sim *sim, struct state *st)
{
    sim_after(sim, 0, 0, NULL, arrival, st, 0);
}

/* ---- measuring ------------------------------------------------------------------------------- */

#define POP_INSERT "one pop + one insert, with dispatch, handle and one random delay"
#define STEP       "one step of a dialog: one pop + one cancel + two inserts, with dispatch and handles; "
#define SIP_STEP   STEP "timers by sim_timer"
#define SIP_QUEUED STEP "timers by sim_after"
#define MM1_EVENT  "arrival or departure at 90 % load: one pop + one insert, dispatch, one exponential draw"

static const struct bench benches[] = {
    {"mm1",                MM1_EVENT,  start_mm1,        NULL,            count_events, 1      },
    {"hold-exp-10",        POP_INSERT, start_hold,       delay_exp,       count_events, 10     },
    {"hold-exp-30",        POP_INSERT, start_hold,       delay_exp,       count_events, 30     },
    {"hold-exp-1e2",       POP_INSERT, start_hold,       delay_exp,       count_events, 100    },
    {"hold-exp-3e2",       POP_INSERT, start_hold,       delay_exp,       count_events, 300    },
    {"hold-exp-1e3",       POP_INSERT, start_hold,       delay_exp,       count_events, 1000   },
    {"hold-exp-1e4",       POP_INSERT, start_hold,       delay_exp,       count_events, 10000  },
    {"hold-exp-1e5",       POP_INSERT, start_hold,       delay_exp,       count_events, 100000 },
    {"hold-exp-1e6",       POP_INSERT, start_hold,       delay_exp,       count_events, 1000000},
    {"hold-bimodal-1e3",   POP_INSERT, start_hold,       delay_bimodal,   count_events, 1000   },
    {"hold-bimodal-1e5",   POP_INSERT, start_hold,       delay_bimodal,   count_events, 100000 },
    {"hold-bimodal-1e6",   POP_INSERT, start_hold,       delay_bimodal,   count_events, 1000000},
    {"hold-constant-1e3",  POP_INSERT, start_hold,       delay_constant,  count_events, 1000   },
    {"hold-constant-1e5",  POP_INSERT, start_hold,       delay_constant,  count_events, 100000 },
    {"hold-constant-1e6",  POP_INSERT, start_hold,       delay_constant,  count_events, 1000000},
    {"hold-quantised-1e3", POP_INSERT, start_hold,       delay_quantised, count_events, 1000   },
    {"hold-quantised-1e5", POP_INSERT, start_hold,       delay_quantised, count_events, 100000 },
    {"hold-quantised-1e6", POP_INSERT, start_hold,       delay_quantised, count_events, 1000000},
    {"sip-1e3",            SIP_STEP,   start_sip,        NULL,            count_steps,  1000   },
    {"sip-5e4",            SIP_STEP,   start_sip,        NULL,            count_steps,  50000  },
    {"sip-queued-1e3",     SIP_QUEUED, start_sip_queued, NULL,            count_steps,  1000   },
    {"sip-queued-5e4",     SIP_QUEUED, start_sip_queued, NULL,            count_steps,  50000  },
};

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Processor time of this process: a machine that does other things as well does not count. */
static double cpu_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Runs the simulation for `span` of virtual time; returns what was counted and how long it took. */
static uint64_t run_span(struct sim *sim, struct state *st, sim_time span, double *seconds)
{
    uint64_t before = st->bench->count(sim, st);
    double start = cpu_seconds();

    sim_run(sim, sim_now(sim) + span);
    *seconds = cpu_seconds() - start;
    return st->bench->count(sim, st) - before;
}

static double median_rate(struct sim *sim, struct state *st)
{
    double rate[RUNS], seconds;
    sim_time span = SIM_S;

    run_span(sim, st, 2 * SIM_S, &seconds);
    for (;;) { /* find how much virtual time fills a run; warms up at the same time */
        run_span(sim, st, span, &seconds);
        if (seconds > RUN_SECONDS / 2)
            break;
        span *= 2;
    }
    for (int i = 0; i < RUNS; i++) {
        uint64_t n = run_span(sim, st, span, &seconds);
        rate[i] = (double)n / seconds;
    }
    qsort(rate, RUNS, sizeof(rate[0]), compare_doubles);
    return rate[RUNS / 2];
}

static void measure(const struct bench *b, enum evq_mode mode, const char *queue)
{
    struct sim *sim = sim_new(&(struct sim_opts){.seed = 1});
    struct state st = {.bench = b, .rng = rng_stream(sim->streams, "bench")};
    struct rusage usage;

    evq_set_mode(sim->q, mode);
    b->start(sim, &st);
    double rate = median_rate(sim, &st);
    getrusage(RUSAGE_SELF, &usage);
    printf("{\"bench\":\"%s\",\"queue\":\"%s\",\"events_per_s\":%.0f,\"what_is_an_event\":\"%s\","
           "\"peak_rss_bytes\":%" PRIu64 "}\n",
           b->name, queue, rate, b->event, (uint64_t)usage.ru_maxrss * 1024);
    fflush(stdout);
    g_free(st.timer);
    sim_free(sim);
}

static bool measure_in_child(const struct bench *b, enum evq_mode mode, const char *queue)
{
    int status = 1;
    pid_t child = fork();

    if (child == 0) {
        measure(b, mode, queue);
        exit(0);
    }
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

static bool is_wanted(const char *name, char **names, int n)
{
    for (int i = 0; i < n; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return n == 0;
}

int main(int argc, char **argv)
{
    static const char *const queues[] = {"auto", "heap", "wheel"}; /* as in enum evq_mode */
    enum evq_mode mode = EVQ_AUTO;
    bool ok = true;
    int first = 1, found = 0;

    if (argc > 2 && strcmp(argv[1], "-q") == 0) {
        while (mode <= EVQ_WHEEL_ONLY && strcmp(argv[2], queues[mode]) != 0)
            mode++;
        first = 3;
    }
    if (mode <= EVQ_WHEEL_ONLY) {
        for (size_t i = 0; i < G_N_ELEMENTS(benches); i++) {
            if (!is_wanted(benches[i].name, argv + first, argc - first))
                continue;
            found++;
            ok = measure_in_child(&benches[i], mode, queues[mode]) && ok;
        }
    }
    if (found == 0) {
        fprintf(stderr, "usage: bench_kernel [-q auto|heap|wheel] [NAME ...]\nnames:");
        for (size_t i = 0; i < G_N_ELEMENTS(benches); i++)
            fprintf(stderr, " %s", benches[i].name);
        fprintf(stderr, "\n");
        return 2;
    }
    return ok ? 0 : 1;
}
