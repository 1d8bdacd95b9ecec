/* test_kernel.c - the kernel: order of events, handles, limits, flows, causes, trace.
 *
 * Small cases worked out by hand; test_kernel_order.c has the random ones. */
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

/* ---- watching -------------------------------------------------------------------------------------- */

struct watching {
    GString *text;
    sim_time step;
};

static void write_event(struct sim *sim, void *ctx, uint64_t arg)
{
    (void)arg;
    g_string_append_printf(ctx, "e%d ", (int)sim->now);
}

static sim_time write_look(struct sim *sim, sim_time at, void *user)
{
    struct watching *w = user;
    g_string_append_printf(w->text, "%d@%d ", (int)at, (int)sim->now);
    return at + w->step;
}

/* After what is due then, before what is later, and nobody notices. */
void test_kernel_watcher_is_not_noticed(void)
{
    for (int watched = 0; watched < 2; watched++) {
        struct sim *sim = new_sim(1);
        struct watching w = {g_string_new(NULL), 10};
        static const sim_time times[] = {3, 10, 10, 11, 35};
        if (watched)
            sim_watch(sim, 10, write_look, &w);
        for (size_t i = 0; i < G_N_ELEMENTS(times); i++)
            sim_at(sim, times[i], 0, 0, write_event, w.text, 0);
        CU_ASSERT_EQUAL(sim_run(sim, 15), SIM_END_TIME);
        CU_ASSERT_EQUAL(sim_now(sim), 15);
        CU_ASSERT_EQUAL(sim_run(sim, 20), SIM_END_TIME);
        CU_ASSERT_EQUAL(sim_run(sim, SIM_NEVER), SIM_END_IDLE);
        CU_ASSERT_EQUAL(sim_now(sim), 35);
        CU_ASSERT_EQUAL(sim->events, 5);
        CU_ASSERT_STRING_EQUAL(w.text->str, watched ? "e3 e10 e10 10@10 e11 20@20 30@20 e35 " : "e3 e10 e10 e11 e35 ");
        g_string_free(w.text, TRUE);
        sim_free(sim);
    }
}

/* A limit on events is met where it is met without: the clock does not go on to where somebody looks. */
void test_kernel_watcher_and_limits(void)
{
    struct sim *sim = sim_new(&(struct sim_opts){.seed = 1, .max_events = 2});
    struct watching w = {g_string_new(NULL), 1};

    sim_watch(sim, 5, write_look, &w);
    for (sim_time t = 4; t <= 12; t += 4)
        sim_at(sim, t, 0, 0, write_event, w.text, 0);
    CU_ASSERT_EQUAL(sim_run(sim, 100), SIM_END_EVENTS);
    CU_ASSERT_EQUAL(sim_now(sim), 8);
    CU_ASSERT_STRING_EQUAL(w.text->str, "e4 5@4 6@4 7@4 e8 ");
    g_string_free(w.text, TRUE);
    sim_free(sim);
}

/* ---- order, by hand -------------------------------------------------------------------------- */

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

/* ---- handles --------------------------------------------------------------------------------- */

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

/* ---- running --------------------------------------------------------------------------------- */

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

/* ---- flows and causes ------------------------------------------------------------------------ */

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
    sim_flow_begin(sim, recorded ? SIM_FLOW_RECORDED : 0);
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

/* Forgotten parts are nobody's cause; the others stay what they were. */
void test_kernel_causes_are_forgotten(void)
{
    struct sim *sim = new_sim(1);
    uint32_t last = 0;

    for (sim_time t = 0; t < 100; t++)
        last = cause_add(sim, last, 0, NULL, t, t + 1);
    cause_forget(sim, 60);
    CU_ASSERT_PTR_NULL(cause_get(sim, 59));
    CU_ASSERT_EQUAL(cause_get(sim, 60)->start, 59);
    CU_ASSERT_EQUAL(cause_get(sim, last)->end, 100);
    for (uint32_t c = last; cause_get(sim, c); c = cause_get(sim, c)->parent)
        CU_ASSERT_EQUAL(cause_get(sim, c)->start, c - 1);
    size_t room = cause_room(sim);
    for (sim_time t = 100; t < 10000; t++) {
        last = cause_add(sim, last, 0, NULL, t, t + 1);
        cause_forget(sim, last - 40);
    }
    CU_ASSERT_EQUAL(cause_room(sim), room);
    CU_ASSERT_EQUAL(cause_get(sim, last)->parent, last - 1);
    sim_free(sim);
}

/* ---- trace ----------------------------------------------------------------------------------- */

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
    sim_flow_begin(sim, arg ? SIM_FLOW_RECORDED : 0);
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
    CU_ASSERT_FALSE(trace_on(sim, TRACE_STATE)); /* nobody wants it of a flow that is not recorded */
    sim->flow = 1 | SIM_FLOW_RECORDED;
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
