/* test_kernel_order.c - the order of events under random schedules.
 *
 * It is checked against the plainest thing that can be right: a sorted array. A random model
 * schedules, cancels and asks while it runs, and does the same to the array; every event that the
 * kernel runs has to be the array's first. All structures that the kernel can keep events in are
 * tried on their own and together. */
#include "sim/evq.h"
#include "sim/sim.h"

#include <CUnit/CUnit.h>
#include <glib.h>
#include <stdio.h>

#define TEST(suite, function) void function(void);
#include "tests/kernel.list"
#undef TEST

static struct sim *new_sim(uint64_t seed)
{
    return sim_new(&(struct sim_opts){.seed = seed});
}

/* A generator of its own, so that these tests need nothing but the kernel (Steele, Lea, Flood: SplitMix64).
 */
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

/* ---- the kernel against a sorted array ------------------------------------------------------- */

struct entry {
    sim_time time;
    uint64_t seq; /* also what the event carries as arg */
    sim_handle handle;
};

struct rival {
    GArray *sorted; /* of struct entry, first due first                */
    GArray *stale;  /* handles whose events are gone                   */
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
    struct rival r = {
        .random = seed * 1000 + 1, .profile = (unsigned)(seed % 6), .target = 100, .left = 12000};
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
    for (uint64_t seed = 0; seed < 36; seed++)
        CU_ASSERT_EQUAL(compare_order(seed, EVQ_AUTO), 0);
}

void test_kernel_order_in_heap_only(void)
{
    for (uint64_t seed = 100; seed < 112; seed++)
        CU_ASSERT_EQUAL(compare_order(seed, EVQ_HEAP_ONLY), 0);
}

void test_kernel_order_in_wheel_only(void)
{
    for (uint64_t seed = 200; seed < 236; seed++)
        CU_ASSERT_EQUAL(compare_order(seed, EVQ_WHEEL_ONLY), 0);
}

/* Too many for a sorted array: only that (time, seq) never goes down and that all arrive. */
struct crowd {
    sim_time last;
    uint64_t last_seq, ran, wrong;
};

static void crowd_event(struct sim *sim, void *ctx, uint64_t seq)
{
    struct crowd *c = ctx;
    c->wrong += sim_now(sim) < c->last || (sim_now(sim) == c->last && seq < c->last_seq);
    c->last = sim_now(sim);
    c->last_seq = seq;
    c->ran++;
}

void test_kernel_order_of_a_crowd(void)
{
    static const sim_time grains[] = {1, SIM_MS, 100 * SIM_MS}; /* up to some 2000 at the same time */
    const uint64_t size = 200000;
    sim_handle *handle = g_new(sim_handle, size);

    for (unsigned g = 0; g < G_N_ELEMENTS(grains); g++) {
        struct sim *sim = new_sim(1);
        struct crowd c = {.last = 0};
        uint64_t random = g, cancelled = 0;

        for (uint64_t i = 0; i < size; i++) {
            sim_time due = (sim_time)below(&random, 10 * SIM_S / grains[g]) * grains[g];
            handle[i] = sim_after(sim, due, 0, NULL, crowd_event, &c, i);
        }
        for (uint64_t i = 0; i < size; i += 3)
            cancelled += sim_cancel(sim, &handle[i]);
        CU_ASSERT_EQUAL(sim_run(sim, 5 * SIM_S), SIM_END_TIME);
        for (uint64_t i = 1; i < size; i += 3)
            cancelled += sim_cancel(sim, &handle[i]);
        CU_ASSERT_EQUAL(sim_run(sim, SIM_NEVER), SIM_END_IDLE);
        CU_ASSERT_EQUAL(c.wrong, 0);
        CU_ASSERT_EQUAL(c.ran + cancelled, size);
        sim_free(sim);
    }
    g_free(handle);
}
