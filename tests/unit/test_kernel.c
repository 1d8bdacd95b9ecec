/* test_kernel.c - the kernel: order of events, handles, limits, flows, causes, trace.
 *
 * The order is checked against the plainest thing that can be right: a sorted array. A random model
 * schedules, cancels and asks while it runs, and does the same to the array; every event that the
 * kernel runs has to be the array's first. */
#include "sim/cause.h"
#include "sim/evq.h"
#include "sim/fsm.h"
#include "sim/sim.h"
#include "sim/trace.h"

#include <CUnit/CUnit.h>
#include <glib.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define TEST(suite, function) void function(void);
#include "tests/kernel.list"
#undef TEST

static struct sim *new_sim(uint64_t seed)
{
    return sim_new(&(struct sim_opts){.seed = seed});
}

/* A generator of its own, so that these tests need nothing but the kernel (Steele, Lea, Flood: SplitMix64). */
static uint64_t mix(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static uint64_t below(uint64_t *state, uint64_t n)
{
    return mix(state) % n;
}

/* ---- the kernel against a sorted array ---------------------------------------------------------- */

struct entry {
    sim_time time;
    uint64_t seq; /* also what the event carries as arg */
    sim_handle handle;
};

struct rival {
    GArray *sorted;   /* of struct entry, first due first                */
    GArray *stale;    /* handles whose events are gone                   */
    uint64_t random, seq;
    unsigned profile; /* which delays                                    */
    size_t target;    /* how many events should be pending, about        */
    uint64_t left;    /* events still to be run before the model dries up */
    sim_handle self;  /* of the event that runs                          */
    unsigned wrong;
    const char *first_wrong;
};

static void expect(struct rival *r, bool ok, const char *what)
{
    if (ok)
        return;
    if (r->wrong++ == 0)
        r->first_wrong = what;
}
#define EXPECT(r, cond) expect(r, cond, #cond)

static void add_entry(struct rival *r, struct entry e)
{
    guint low = 0, high = r->sorted->len;
    while (low < high) { /* after all that are not later: ties stay in the order of scheduling */
        guint middle = (low + high) / 2;
        if (g_array_index(r->sorted, struct entry, middle).time <= e.time)
            low = middle + 1;
        else
            high = middle;
    }
    g_array_insert_val(r->sorted, low, e);
}

/* Delays of all sizes and shapes; many equal ones, on purpose. */
static sim_time draw_delay(struct rival *r)
{
    static const sim_time shared[] = {1, 7, SIM_MS, 500 * SIM_MS, 32 * SIM_S, 3600 * SIM_S};
    uint64_t kind = below(&r->random, 16), shift;

    if (kind == 0)
        return 0;
    if (kind == 1)
        return shared[below(&r->random, G_N_ELEMENTS(shared))];
    switch (r->profile) {
    case 0: /* even over 10 ms */
        return (sim_time)below(&r->random, 10 * SIM_MS);
    case 1: /* quantised: nearly all tied with others */
        return (sim_time)below(&r->random, 20) * SIM_MS;
    case 2: /* every order of magnitude */
        shift = 1 + below(&r->random, 62);
        return (sim_time)(mix(&r->random) >> shift);
    case 3: /* one constant */
        return SIM_S;
    case 4: /* very near, seldom very far */
        return kind < 14 ? (sim_time)below(&r->random, 50) : (sim_time)below(&r->random, 1000 * SIM_S);
    default: /* in clumps of a few ns, a second apart */
        return (sim_time)below(&r->random, 30) * SIM_S + (sim_time)below(&r->random, 3);
    }
}

static void rival_event(struct sim *sim, void *ctx, uint64_t arg);

static void schedule(struct sim *sim, struct rival *r)
{
    sim_time delay = draw_delay(r), t;
    struct entry e = {.seq = ++r->seq};

    e.time = __builtin_add_overflow(sim_now(sim), delay, &t) ? SIM_NEVER : t;
    switch (below(&r->random, 3)) {
    case 0:
        e.handle = sim_after(sim, delay, 0, NULL, rival_event, r, e.seq);
        break;
    case 1:
        e.handle = sim_timer(sim, delay, 0, NULL, rival_event, r, e.seq);
        break;
    default:
        e.handle = sim_at(sim, e.time, 0, 0, rival_event, r, e.seq);
    }
    EXPECT(r, sim_pending(sim, e.handle));
    EXPECT(r, sim_due(sim, e.handle) == e.time);
    add_entry(r, e);
}

static void cancel_one(struct sim *sim, struct rival *r)
{
    if (r->sorted->len == 0)
        return;
    /* Now and then near the front, where the kernel keeps things differently. */
    guint span = below(&r->random, 3) ? r->sorted->len : MIN(r->sorted->len, 5);
    guint at = (guint)below(&r->random, span);
    sim_handle h = g_array_index(r->sorted, struct entry, at).handle, again = h;

    EXPECT(r, sim_cancel(sim, &h));
    EXPECT(r, h == 0);
    EXPECT(r, !sim_cancel(sim, &again));
    g_array_append_val(r->stale, again);
    g_array_remove_index(r->sorted, at);
}

static void try_stale(struct sim *sim, struct rival *r)
{
    if (r->stale->len == 0)
        return;
    sim_handle h = g_array_index(r->stale, sim_handle, below(&r->random, r->stale->len));
    EXPECT(r, !sim_pending(sim, h));
    EXPECT(r, sim_due(sim, h) == SIM_NEVER);
    EXPECT(r, !sim_cancel(sim, &h));
}

static void rival_act(struct sim *sim, struct rival *r)
{
    uint64_t births = r->sorted->len < r->target ? 1 + below(&r->random, 4) : below(&r->random, 2);

    if (r->left == 0)
        births = 0;
    while (births--)
        schedule(sim, r);
    if (below(&r->random, 3) == 0)
        cancel_one(sim, r);
    if (below(&r->random, 8) == 0)
        try_stale(sim, r);
    if (below(&r->random, 4000) == 0)
        r->target = (size_t[]){5, 100, 700, 3000}[below(&r->random, 4)];
}

static void rival_event(struct sim *sim, void *ctx, uint64_t arg)
{
    struct rival *r = ctx;

    if (r->sorted->len == 0) {
        EXPECT(r, r->sorted->len > 0);
        return;
    }
    struct entry first = g_array_index(r->sorted, struct entry, 0);
    EXPECT(r, first.seq == arg);
    EXPECT(r, first.time == sim_now(sim));
    g_array_remove_index(r->sorted, 0);
    EXPECT(r, sim_pending_count(sim) == r->sorted->len);
    EXPECT(r, !sim_pending(sim, first.handle));
    if (below(&r->random, 16) == 0)
        g_array_append_val(r->stale, first.handle);
    if (below(&r->random, 16) == 0)
        EXPECT(r, !sim_cancel(sim, &first.handle)); /* itself */
    if (r->left > 0)
        r->left--;
    if (r->wrong == 0)
        rival_act(sim, r);
}

/* One simulation, run in random steps, with things scheduled and cancelled between the steps too. */
static unsigned compare_order(uint64_t seed, enum evq_mode mode)
{
    struct sim *sim = new_sim(seed);
    struct rival r = {.random = seed * 1000 + 1, .profile = (unsigned)(seed % 6), .target = 100, .left = 12000};
    enum sim_end end = SIM_END_NONE;

    r.sorted = g_array_new(FALSE, FALSE, sizeof(struct entry));
    r.stale = g_array_new(FALSE, FALSE, sizeof(sim_handle));
    evq_set_mode(sim->q, mode);
    for (int i = 0; i < 20; i++)
        schedule(sim, &r);
    while (end != SIM_END_IDLE && r.wrong == 0) {
        uint64_t shift = 1 + below(&r.random, 62);
        sim_time before = sim_now(sim), until;
        if (__builtin_add_overflow(before, (sim_time)(mix(&r.random) >> shift), &until))
            until = SIM_NEVER;
        end = sim_run(sim, until);
        EXPECT(&r, end == SIM_END_TIME || end == SIM_END_IDLE);
        EXPECT(&r, sim_now(sim) >= before);
        if (end == SIM_END_TIME) {
            EXPECT(&r, sim_now(sim) == until);
            EXPECT(&r, r.sorted->len > 0 && g_array_index(r.sorted, struct entry, 0).time > until);
            rival_act(sim, &r);
        } else {
            EXPECT(&r, r.sorted->len == 0);
        }
    }
    if (r.wrong)
        fprintf(stderr, "seed %" G_GUINT64_FORMAT ": %s\n", (guint64)seed, r.first_wrong);
    g_array_free(r.sorted, TRUE);
    g_array_free(r.stale, TRUE);
    sim_free(sim);
    return r.wrong;
}

void test_kernel_order_matches_sorted_list(void)
{
    for (uint64_t seed = 0; seed < 60; seed++)
        CU_ASSERT_EQUAL(compare_order(seed, EVQ_AUTO), 0);
}

void test_kernel_order_in_heap_only(void)
{
    for (uint64_t seed = 100; seed < 118; seed++)
        CU_ASSERT_EQUAL(compare_order(seed, EVQ_HEAP_ONLY), 0);
}

void test_kernel_order_in_wheel_only(void)
{
    for (uint64_t seed = 200; seed < 260; seed++)
        CU_ASSERT_EQUAL(compare_order(seed, EVQ_WHEEL_ONLY), 0);
}

/* ---- order, by hand --------------------------------------------------------------------------------- */

struct log {
    GString *text; /* a letter per event that ran */
    sim_handle victim;
};

static void write_letter(struct sim *sim, void *ctx, uint64_t arg)
{
    (void)sim;
    g_string_append_c(((struct log *)ctx)->text, (char)arg);
}

void test_kernel_ties_are_fifo(void)
{
    static const enum evq_mode modes[] = {EVQ_AUTO, EVQ_HEAP_ONLY, EVQ_WHEEL_ONLY};

    for (unsigned m = 0; m < G_N_ELEMENTS(modes); m++) {
        struct sim *sim = new_sim(1);
        struct log log = {.text = g_string_new(NULL)};
        evq_set_mode(sim->q, modes[m]);
        sim_after(sim, SIM_MS, 0, NULL, write_letter, &log, 'a');
        sim_timer(sim, SIM_MS, 0, NULL, write_letter, &log, 'b');
        sim_at(sim, SIM_MS, 0, 0, write_letter, &log, 'c');
        sim_timer(sim, SIM_MS, 0, NULL, write_letter, &log, 'd');
        sim_after(sim, SIM_MS, 0, NULL, write_letter, &log, 'e');
        sim_timer(sim, SIM_MS, 0, NULL, write_letter, &log, 'f');
        sim_after(sim, SIM_MS - 1, 0, NULL, write_letter, &log, '0');
        CU_ASSERT_EQUAL(sim_run(sim, SIM_S), SIM_END_IDLE);
        CU_ASSERT_STRING_EQUAL(log.text->str, "0abcdef");
        CU_ASSERT_EQUAL(sim_now(sim), SIM_MS);
        g_string_free(log.text, TRUE);
        sim_free(sim);
    }
}

static void write_and_schedule_now(struct sim *sim, void *ctx, uint64_t arg)
{
    write_letter(sim, ctx, arg);
    sim_after(sim, 0, 0, NULL, write_letter, ctx, arg - 'a' + 'A');
}

void test_kernel_zero_delay_runs_after_what_is_due_now(void)
{
    struct sim *sim = new_sim(1);
    struct log log = {.text = g_string_new(NULL)};

    sim_after(sim, 5, 0, NULL, write_and_schedule_now, &log, 'a');
    sim_timer(sim, 5, 0, NULL, write_letter, &log, 'b');
    sim_after(sim, 5, 0, NULL, write_and_schedule_now, &log, 'c');
    sim_after(sim, 6, 0, NULL, write_letter, &log, 'd');
    sim_timer(sim, 0, 0, NULL, write_letter, &log, '0');
    sim_at(sim, 0, 0, 0, write_letter, &log, '1');
    CU_ASSERT_EQUAL(sim_run(sim, SIM_NEVER), SIM_END_IDLE);
    CU_ASSERT_STRING_EQUAL(log.text->str, "01abcACd");
    CU_ASSERT_EQUAL(sim->events, 8);
    g_string_free(log.text, TRUE);
    sim_free(sim);
}

void test_kernel_time_near_its_end(void)
{
    struct sim *sim = new_sim(1);
    struct log log = {.text = g_string_new(NULL)};

    evq_set_mode(sim->q, EVQ_WHEEL_ONLY);
    sim_after(sim, SIM_NEVER, 0, NULL, write_letter, &log, 'b');
    sim_after(sim, SIM_NEVER - 1, 0, NULL, write_letter, &log, 'a');
    sim_timer(sim, SIM_NEVER, 0, NULL, write_letter, &log, 'c');
    CU_ASSERT_EQUAL(sim_run(sim, SIM_NEVER - 2), SIM_END_TIME);
    sim_after(sim, 10, 0, NULL, write_letter, &log, 'd'); /* saturates */
    CU_ASSERT_EQUAL(sim_run(sim, SIM_NEVER), SIM_END_IDLE);
    CU_ASSERT_STRING_EQUAL(log.text->str, "abcd");
    g_string_free(log.text, TRUE);
    sim_free(sim);
}

static void count_in_order(struct sim *sim, void *ctx, uint64_t arg)
{
    uint64_t *next = ctx;
    (void)sim;
    if (*next == arg)
        ++*next;
}

void test_kernel_more_durations_than_lanes(void)
{
    struct sim *sim = new_sim(1);
    uint64_t next = 0;

    for (uint64_t i = 0; i < 1000; i++)
        sim_timer(sim, (sim_time)(i + 1) * 977, 0, NULL, count_in_order, &next, i);
    CU_ASSERT_EQUAL(sim_pending_count(sim), 1000);
    CU_ASSERT_EQUAL(sim_run(sim, SIM_NEVER), SIM_END_IDLE);
    CU_ASSERT_EQUAL(next, 1000);
    sim_free(sim);
}

/* ---- handles -------------------------------------------------------------------------------------------- */

static void cancel_victim(struct sim *sim, void *ctx, uint64_t arg)
{
    struct log *log = ctx;
    write_letter(sim, ctx, arg);
    if (sim_cancel(sim, &log->victim))
        g_string_append_c(log->text, '!');
}

void test_kernel_handles(void)
{
    struct sim *sim = new_sim(1);
    struct log log = {.text = g_string_new(NULL)};
    sim_handle none = 0, forged = (sim_handle)77 << 32 | 12345, first, old;

    CU_ASSERT_FALSE(sim_cancel(sim, &none));
    CU_ASSERT_FALSE(sim_cancel(sim, &forged));
    CU_ASSERT_EQUAL(forged, 0);

    first = sim_after(sim, 10, 0, NULL, write_letter, &log, 'a');
    old = first;
    CU_ASSERT_NOT_EQUAL(first, 0);
    CU_ASSERT_TRUE(sim_cancel(sim, &first));
    CU_ASSERT_EQUAL(first, 0);
    /* Its slot is used again, and the old name does not reach the new event. */
    first = sim_after(sim, 10, 0, NULL, write_letter, &log, 'b');
    CU_ASSERT_EQUAL((uint32_t)first, (uint32_t)old);
    CU_ASSERT_NOT_EQUAL(first, old);
    CU_ASSERT_FALSE(sim_cancel(sim, &old));
    CU_ASSERT_TRUE(sim_pending(sim, first));

    log.victim = sim_after(sim, 20, 0, NULL, cancel_victim, &log, 'c'); /* cancels itself: nothing happens */
    CU_ASSERT_EQUAL(sim_run(sim, 20), SIM_END_IDLE);
    CU_ASSERT_STRING_EQUAL(log.text->str, "bc");

    sim_after(sim, 5, 0, NULL, cancel_victim, &log, 'd');
    log.victim = sim_after(sim, 5, 0, NULL, write_letter, &log, 'e'); /* cancelled at the instant it is due */
    sim_after(sim, 5, 0, NULL, write_letter, &log, 'f');
    sim_run(sim, SIM_NEVER);
    CU_ASSERT_STRING_EQUAL(log.text->str, "bcd!f");
    g_string_free(log.text, TRUE);
    sim_free(sim);
}

void test_kernel_due_and_pending(void)
{
    struct sim *sim = new_sim(1);
    struct log log = {.text = g_string_new(NULL)};
    sim_handle a = sim_after(sim, 10, 0, NULL, write_letter, &log, 'a');
    sim_handle b = sim_timer(sim, 30, 0, NULL, write_letter, &log, 'b');
    sim_handle c = sim_timer(sim, 30, 0, NULL, write_letter, &log, 'c');

    CU_ASSERT_EQUAL(sim_due(sim, a), 10);
    CU_ASSERT_EQUAL(sim_due(sim, c), 30);
    CU_ASSERT_EQUAL(sim_pending_count(sim), 3);
    CU_ASSERT_EQUAL(sim_run(sim, 15), SIM_END_TIME);
    CU_ASSERT_EQUAL(sim_due(sim, a), SIM_NEVER);
    CU_ASSERT_FALSE(sim_pending(sim, a));
    CU_ASSERT_TRUE(sim_cancel(sim, &b)); /* front of its lane */
    CU_ASSERT_EQUAL(sim_pending_count(sim), 1);
    CU_ASSERT_EQUAL(sim_due(sim, c), 30);
    CU_ASSERT_EQUAL(sim_due(sim, 0), SIM_NEVER);
    CU_ASSERT_EQUAL(sim_run(sim, SIM_NEVER), SIM_END_IDLE);
    CU_ASSERT_STRING_EQUAL(log.text->str, "ac");
    g_string_free(log.text, TRUE);
    sim_free(sim);
}

/* ---- running --------------------------------------------------------------------------------------------- */

void test_kernel_run_in_steps(void)
{
    struct sim *sim = new_sim(1);
    struct log log = {.text = g_string_new(NULL)};

    CU_ASSERT_EQUAL(sim_run(sim, 5), SIM_END_IDLE);
    CU_ASSERT_EQUAL(sim_now(sim), 0);
    sim_after(sim, 10, 0, NULL, write_letter, &log, 'a');
    sim_after(sim, 20, 0, NULL, write_letter, &log, 'b');
    CU_ASSERT_EQUAL(sim_run(sim, 9), SIM_END_TIME);
    CU_ASSERT_EQUAL(sim_now(sim), 9);
    CU_ASSERT_EQUAL(sim_run(sim, 3), SIM_END_TIME); /* the past: nothing happens */
    CU_ASSERT_EQUAL(sim_now(sim), 9);
    CU_ASSERT_EQUAL(sim_run(sim, 10), SIM_END_TIME); /* `until` itself is included */
    CU_ASSERT_STRING_EQUAL(log.text->str, "a");
    CU_ASSERT_EQUAL(sim_run(sim, 15), SIM_END_TIME);
    sim_after(sim, 0, 0, NULL, write_letter, &log, 'c');
    sim_after(sim, 1, 0, NULL, write_letter, &log, 'd');
    CU_ASSERT_EQUAL(sim_run(sim, 15), SIM_END_TIME);
    CU_ASSERT_STRING_EQUAL(log.text->str, "ac");
    CU_ASSERT_EQUAL(sim_run(sim, SIM_NEVER), SIM_END_IDLE);
    CU_ASSERT_STRING_EQUAL(log.text->str, "acdb");
    CU_ASSERT_EQUAL(sim_now(sim), 20);
    g_string_free(log.text, TRUE);
    sim_free(sim);
}

struct ticker {
    uint64_t ticks, stop_at, raise_at;
    volatile int flag;
};

static void tick(struct sim *sim, void *ctx, uint64_t arg)
{
    struct ticker *t = ctx;

    t->ticks++;
    if (t->ticks == t->stop_at)
        sim_stop(sim);
    if (t->ticks == t->raise_at)
        t->flag = 1;
    sim_after(sim, (sim_time)arg, 0, NULL, tick, t, arg);
}

void test_kernel_stop_and_go_on(void)
{
    struct sim *sim = new_sim(1);
    struct ticker t = {.stop_at = 7};

    sim_after(sim, 1, 0, NULL, tick, &t, 1);
    CU_ASSERT_EQUAL(sim_run(sim, SIM_NEVER), SIM_END_STOP);
    CU_ASSERT_EQUAL(t.ticks, 7);
    CU_ASSERT_EQUAL(sim_now(sim), 7);
    CU_ASSERT_EQUAL(sim_run(sim, 10), SIM_END_TIME);
    CU_ASSERT_EQUAL(t.ticks, 10);
    sim_free(sim);
}

void test_kernel_limit_on_events(void)
{
    struct sim *sim = sim_new(&(struct sim_opts){.max_events = 5000});
    struct ticker t = {0};

    sim_after(sim, 1, 0, NULL, tick, &t, 1);
    CU_ASSERT_EQUAL(sim_run(sim, 4000), SIM_END_TIME);
    CU_ASSERT_EQUAL(sim_run(sim, 5000), SIM_END_TIME); /* the last one allowed was the last one wanted */
    CU_ASSERT_EQUAL(t.ticks, 5000);
    CU_ASSERT_EQUAL(sim_run(sim, SIM_NEVER), SIM_END_EVENTS);
    CU_ASSERT_EQUAL(t.ticks, 5000);
    CU_ASSERT_EQUAL(sim->events, 5000);
    CU_ASSERT_EQUAL(sim_pending_count(sim), 1);
    sim_free(sim);

    /* What was put back after looking for it keeps its turn. */
    struct log log = {.text = g_string_new(NULL)};
    sim = sim_new(&(struct sim_opts){.max_events = 1});
    sim_after(sim, 0, 0, NULL, write_letter, &log, 'a');
    sim_after(sim, 0, 0, NULL, write_letter, &log, 'b');
    sim_after(sim, 0, 0, NULL, write_letter, &log, 'c');
    CU_ASSERT_EQUAL(sim_run(sim, SIM_NEVER), SIM_END_EVENTS);
    CU_ASSERT_EQUAL(sim_run(sim, SIM_NEVER), SIM_END_EVENTS);
    CU_ASSERT_EQUAL(sim_pending_count(sim), 2);
    CU_ASSERT_STRING_EQUAL(log.text->str, "a");
    g_string_free(log.text, TRUE);
    sim_free(sim);
}

void test_kernel_limit_on_wall_time(void)
{
    struct sim *sim = sim_new(&(struct sim_opts){.max_wall_s = 0.005});
    struct ticker t = {0};

    sim_after(sim, 1, 0, NULL, tick, &t, 1);
    CU_ASSERT_EQUAL(sim_run(sim, SIM_NEVER), SIM_END_WALL);
    CU_ASSERT_EQUAL(sim_pending_count(sim), 1);
    sim_free(sim);
}

void test_kernel_limit_on_memory(void)
{
    struct sim *sim = sim_new(&(struct sim_opts){.max_bytes = 4096});
    struct ticker t = {0};

    sim_after(sim, 1, 0, NULL, tick, &t, 1);
    CU_ASSERT_EQUAL(sim_run(sim, SIM_NEVER), SIM_END_MEMORY);
    sim_free(sim);

    sim = sim_new(&(struct sim_opts){.max_bytes = UINT64_MAX});
    sim_after(sim, 1, 0, NULL, tick, &t, 1);
    CU_ASSERT_EQUAL(sim_run(sim, 20000), SIM_END_TIME);
    sim_free(sim);
}

void test_kernel_interrupt(void)
{
    struct ticker t = {.raise_at = 100};
    struct sim *sim = sim_new(&(struct sim_opts){.interrupt = &t.flag});

    sim_after(sim, 1, 0, NULL, tick, &t, 1);
    CU_ASSERT_EQUAL(sim_run(sim, SIM_NEVER), SIM_END_INTERRUPT);
    CU_ASSERT(t.ticks >= 100 && t.ticks <= 100 + 1024);
    t.flag = 0;
    CU_ASSERT_EQUAL(sim_run(sim, 5000), SIM_END_TIME);
    CU_ASSERT_EQUAL(t.ticks, 5000);
    sim_free(sim);
}

void test_kernel_end_names(void)
{
    for (int a = SIM_END_NONE; a <= SIM_END_INTERRUPT; a++)
        for (int b = SIM_END_NONE; b < a; b++)
            CU_ASSERT_STRING_NOT_EQUAL(sim_end_name((enum sim_end)a), sim_end_name((enum sim_end)b));
}

static void schedule_in_the_past(struct sim *sim, void *ctx, uint64_t arg)
{
    sim_at(sim, sim_now(sim) - 1, 0, 0, write_letter, ctx, arg);
}

static void schedule_a_negative_delay(struct sim *sim, void *ctx, uint64_t arg)
{
    sim_after(sim, -1, 0, NULL, write_letter, ctx, arg);
}

static void run_inside_a_run(struct sim *sim, void *ctx, uint64_t arg)
{
    (void)ctx;
    (void)arg;
    sim_run(sim, SIM_NEVER);
}

/* Runs the event in a child process, which has to abort and to say when and where. */
static void expect_bug(sim_fn fn)
{
    char text[512] = "";
    int fd[2], status = 0;
    ssize_t n;

    CU_ASSERT_EQUAL_FATAL(pipe(fd), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(fd[1], STDERR_FILENO);
        signal(SIGABRT, SIG_DFL);
        struct sim *sim = sim_new(&(struct sim_opts){.seed = 42, .replication = 3});
        sim_after(sim, 1500 * SIM_MS + 7, 0, NULL, fn, NULL, 0);
        sim_run(sim, SIM_NEVER);
        _exit(0);
    }
    close(fd[1]);
    CU_ASSERT_FATAL(child > 0);
    CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
    n = read(fd[0], text, sizeof(text) - 1);
    close(fd[0]);
    CU_ASSERT(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    CU_ASSERT(n > 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "1.500000007 s"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "event 1,"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "seed 42"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "replication 3"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "sim.c:"));
}

void test_kernel_bugs_abort_and_say_where(void)
{
    expect_bug(schedule_in_the_past);
    expect_bug(schedule_a_negative_delay);
    expect_bug(run_inside_a_run);
}

/* ---- flows and causes ---------------------------------------------------------------------------------- */

struct walk {
    sim_flow flow[8];
    uint32_t cause[8];
    unsigned n;
};

static void walk_step(struct sim *sim, void *ctx, uint64_t arg)
{
    struct walk *w = ctx;

    w->flow[w->n] = sim->flow;
    w->cause[w->n++] = sim->cause;
    if (arg == 0)
        return;
    if (arg == 2)
        sim_timer(sim, 0, SIM_WHY(CAUSE_THINK, 9), "none", walk_step, w, arg - 1);
    else if (arg % 2)
        sim_after(sim, 10, SIM_WHY(CAUSE_LINK_PROPAGATION, arg), "odd", walk_step, w, arg - 1);
    else
        sim_timer(sim, 20, SIM_WHY(CAUSE_TIMER, arg), "even", walk_step, w, arg - 1);
}

static void begin_walk(struct sim *sim, void *ctx, uint64_t recorded)
{
    sim_flow_begin(sim, recorded != 0);
    walk_step(sim, ctx, 4);
}

void test_kernel_flow_is_passed_on(void)
{
    struct sim *sim = new_sim(1);
    struct walk a = {.n = 0}, b = {.n = 0};

    sim_after(sim, 1, 0, NULL, begin_walk, &a, 0);
    sim_after(sim, 2, 0, NULL, begin_walk, &b, 1);
    sim_run(sim, SIM_NEVER);
    CU_ASSERT_EQUAL_FATAL(a.n, 5);
    CU_ASSERT_EQUAL_FATAL(b.n, 5);
    for (unsigned i = 0; i < 5; i++) {
        CU_ASSERT_EQUAL(a.flow[i], 1);
        CU_ASSERT_EQUAL(b.flow[i], 2 | SIM_FLOW_RECORDED);
        CU_ASSERT_EQUAL(sim_flow_index(b.flow[i]), 2);
        CU_ASSERT_EQUAL(a.cause[i], 0);
    }
    CU_ASSERT_EQUAL(sim->flow, 0); /* outside of events there is none */
    sim_free(sim);
}

void test_kernel_causes_form_a_chain(void)
{
    struct sim *sim = new_sim(1);
    struct walk w = {.n = 0};
    sim_time end = 41;

    sim_after(sim, 1, 0, NULL, begin_walk, &w, 1);
    sim_run(sim, SIM_NEVER);
    /* delays 20, 10, 0, 10: the zero one is no part */
    CU_ASSERT_EQUAL_FATAL(cause_count(sim), 3);
    CU_ASSERT_EQUAL(w.cause[0], 0);
    CU_ASSERT_EQUAL(w.cause[2], w.cause[3]);
    for (uint32_t i = w.cause[4]; i != 0; i = cause_get(sim, i)->parent) {
        const struct cause *c = cause_get(sim, i);
        CU_ASSERT_EQUAL(c->end, end);
        CU_ASSERT_EQUAL(c->held, 0);
        end = c->start;
    }
    CU_ASSERT_EQUAL(end, 1);
    CU_ASSERT_EQUAL(cause_get(sim, 1)->why, SIM_WHY(CAUSE_TIMER, 4));
    CU_ASSERT_STRING_EQUAL(cause_get(sim, 1)->what, "even");
    CU_ASSERT_EQUAL(cause_get(sim, 2)->why >> 24, CAUSE_LINK_PROPAGATION);
    CU_ASSERT_PTR_NULL(cause_get(sim, 0));
    for (int label = 0; label < CAUSE_LABEL_COUNT; label++)
        CU_ASSERT(strlen(cause_label_name((enum cause_label)label)) > 1);
    sim_free(sim);
}

static void join(struct sim *sim, void *ctx, uint64_t arg)
{
    (void)ctx;
    cause_held(sim, (uint32_t)arg);
}

void test_kernel_causes_only_of_recorded_flows(void)
{
    struct sim *sim = new_sim(1);
    uint32_t root = cause_add(sim, 0, SIM_WHY(CAUSE_USER, 1), "dials", 0, 0);

    sim_at(sim, 5, 1 | SIM_FLOW_RECORDED, cause_add(sim, root, 0, "b", 0, 5), join, NULL, root);
    sim_run(sim, 5);
    CU_ASSERT_EQUAL(cause_count(sim), 2); /* sim_at adds none */
    CU_ASSERT_EQUAL(cause_get(sim, 2)->held, root);
    sim_at(sim, 6, 1, 0, join, NULL, root);
    sim_run(sim, 6);
    CU_ASSERT_EQUAL(cause_count(sim), 2);
    sim_free(sim);
}

/* ---- trace ----------------------------------------------------------------------------------------------- */

static void note_record(struct sim *sim, const struct trace_rec *rec, void *user)
{
    (void)sim;
    g_string_append_printf(user, "%u@%d/%u:%s ", rec->kind, (int)rec->time, sim_flow_index(rec->flow),
                           rec->clause ? rec->clause : "-");
}

static void emit_two(struct sim *sim, void *ctx, uint64_t arg)
{
    static const struct fsm_row row = {.clause = "RFC 9"};
    struct trace_rec mark = {.kind = TRACE_MARK, .mark = {.id = 1}}, state = {.kind = TRACE_STATE};

    (void)ctx;
    sim_flow_begin(sim, arg != 0);
    trace_emit(sim, &mark);
    sim->row = &row;
    trace_emit(sim, &state);
    sim->row = NULL;
}

void test_kernel_trace_sinks(void)
{
    struct sim *sim = new_sim(1);
    GString *all = g_string_new(NULL), *marks = g_string_new(NULL);

    CU_ASSERT_FALSE(trace_on(sim, TRACE_MARK));
    trace_add_sink(sim, 1u << TRACE_MARK | 1u << TRACE_STATE, true, note_record, all);
    trace_add_sink(sim, 1u << TRACE_MARK, false, note_record, marks);
    CU_ASSERT_TRUE(trace_on(sim, TRACE_MARK));
    CU_ASSERT_TRUE(trace_on(sim, TRACE_STATE));
    CU_ASSERT_FALSE(trace_on(sim, TRACE_MSG));
    sim_after(sim, 3, 0, NULL, emit_two, NULL, 0);
    sim_after(sim, 4, 0, NULL, emit_two, NULL, 1);
    sim_run(sim, SIM_NEVER);
    CU_ASSERT_STRING_EQUAL(all->str, "1@4/2:- 2@4/2:RFC 9 ");
    CU_ASSERT_STRING_EQUAL(marks->str, "1@3/1:- 1@4/2:- ");
    g_string_free(all, TRUE);
    g_string_free(marks, TRUE);
    sim_free(sim);
}
