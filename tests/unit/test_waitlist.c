/* test_waitlist.c - long timers that share an event: fired when due, in order, whatever is started and stopped meanwhile. */
#include "sim/waitlist.h"

#include "sim/cause.h"

#include <CUnit/CUnit.h>

#include <stddef.h>
#include <string.h>

enum { ITEMS = 200, STEPS = 20000 };

struct item {
    int name;
    struct waitlist_node wait;
    sim_time wanted;  /* when it is to fire, 0: not */
    uint64_t started; /* the how manieth start      */
};

static struct {
    struct waitlist list;
    struct slab slab;
    struct item *item[ITEMS];
    uint64_t starts, fired, last_start;
    sim_time last;
} it;

static void due(struct sim *sim, void *thing)
{
    struct item *i = thing;
    CU_ASSERT_EQUAL(sim->now, i->wanted);
    CU_ASSERT_TRUE(sim->now > it.last || i->started > it.last_start); /* equal ones in the order of their starts */
    it.last = sim->now;
    it.last_start = i->started;
    i->wanted = 0;
    it.fired++;
}

static struct sim *make(void)
{
    struct sim *sim = sim_new(&(struct sim_opts){.seed = 1});
    memset(&it, 0, sizeof it);
    slab_init(&it.slab, sizeof(struct item));
    waitlist_init(&it.list, sim, &it.slab, offsetof(struct item, wait), due);
    for (int i = 0; i < ITEMS; i++) {
        it.item[i] = slab_alloc0(&it.slab, NULL);
        it.item[i]->name = i;
    }
    return sim;
}

static void unmake(struct sim *sim)
{
    waitlist_clear(&it.list);
    CU_ASSERT_EQUAL(sim_pending_count(sim), 0);
    sim_free(sim);
    slab_clear(&it.slab);
}

static void start(const struct sim *sim, struct item *i, sim_time after)
{
    i->wanted = sim->now + after;
    i->started = ++it.starts;
    waitlist_start(&it.list, i, i->wanted);
}

static void stop(struct item *i)
{
    i->wanted = 0;
    waitlist_stop(&it.list, i);
}

/* All that are wanted wait, and nobody else; all have one event. */
static void check(const struct sim *sim)
{
    unsigned wanted = 0;
    for (int i = 0; i < ITEMS; i++)
        wanted += it.item[i]->wanted != 0;
    CU_ASSERT_EQUAL(it.list.count, wanted);
    CU_ASSERT_EQUAL(sim_pending_count(sim), wanted > 0);
}

/* Any durations, of any items, at any time: compared with what each item wants. */
void test_waitlist_fires_when_due(void)
{
    struct sim *sim = make();
    uint32_t x = 12345;
    for (int step = 0; step < STEPS; step++) {
        x = x * 1664525 + 1013904223;
        struct item *i = it.item[(x >> 8) % ITEMS];
        if (i->wanted && x >> 30 == 0)
            stop(i);
        else if (!i->wanted)
            start(sim, i, 1 + ((x >> 16) % (step % 3 ? 50 : 5000)));
        if (x >> 29 == 5)
            sim_run(sim, sim->now + (x >> 20) % 40);
        if (step % 100 == 0)
            check(sim);
    }
    sim_run(sim, SIM_NEVER - 1);
    check(sim);
    CU_ASSERT_TRUE(it.fired > STEPS / 10);
    unmake(sim);
}

/* What the crowd does: all wait equally long, most are stopped, in any order. */
void test_waitlist_equal_durations(void)
{
    struct sim *sim = make();
    for (int round = 0; round < 10; round++) {
        for (int i = 0; i < ITEMS; i++) {
            start(sim, it.item[(i * 7) % ITEMS], 1000);
            sim_run(sim, sim->now + 1);
        }
        for (int i = 0; i < ITEMS; i++)
            if (i % 5)
                stop(it.item[(i * 11 + round) % ITEMS]);
        check(sim);
        sim_run(sim, SIM_NEVER - 1);
        CU_ASSERT_EQUAL(it.fired, (unsigned)(round + 1) * ITEMS / 5);
    }
    stop(it.item[0]); /* does not wait */
    check(sim);
    start(sim, it.item[0], 1000);
    unmake(sim);
}

/* An item that starts again when it fires, and stops another one that is due at the same time. */
static void again(struct sim *sim, void *thing)
{
    struct item *i = thing;
    CU_ASSERT_EQUAL(sim->flow, 0);
    it.fired++;
    waitlist_start(&it.list, i, sim->now + 10);
    waitlist_stop(&it.list, it.item[1]);
    if (it.fired == 5)
        sim_stop(sim);
}

void test_waitlist_starts_again_when_due(void)
{
    struct sim *sim = make();
    it.list.due = again;
    waitlist_start(&it.list, it.item[0], 10);
    waitlist_start(&it.list, it.item[1], 10);
    sim_run(sim, SIM_NEVER - 1);
    CU_ASSERT_EQUAL(sim->now, 50);
    CU_ASSERT_EQUAL(it.fired, 5);
    CU_ASSERT_EQUAL(it.list.count, 1);
    unmake(sim);
}

/* ---- a thing that was kept, and its cause (sim/cause.h) --------------------------------------------------------------- */

static struct cause_kept kept;
static uint32_t taken, running;

static void keep(struct sim *sim, void *ctx, uint64_t arg)
{
    (void)ctx;
    (void)arg;
    kept = cause_keep(sim);
}

static void take_up(struct sim *sim, void *ctx, uint64_t arg)
{
    (void)ctx;
    (void)arg;
    running = sim->cause;
    struct cause_kept back = cause_take_up(sim, kept, 9);
    CU_ASSERT_EQUAL(sim->flow, kept.flow);
    taken = sim->cause;
    cause_back(sim, back);
    CU_ASSERT_EQUAL(sim->cause, running);
}

static void begin(struct sim *sim, void *ctx, uint64_t at)
{
    (void)ctx;
    sim_flow_begin(sim, SIM_FLOW_RECORDED);
    sim_after(sim, 5, SIM_WHY(CAUSE_THINK, 1), NULL, keep, NULL, 0);
    if (at)
        sim_after(sim, (sim_time)at, SIM_WHY(CAUSE_THINK, 2), NULL, take_up, NULL, 0);
}

/* Led on by an event of a flow that is recorded, it becomes a link of that one; otherwise the time it lay becomes a part. */
void test_waitlist_cause_of_kept_things(void)
{
    struct sim *sim = sim_new(&(struct sim_opts){.seed = 1});
    sim_at(sim, 100, 0, 0, begin, NULL, 20);
    sim_run(sim, SIM_NEVER - 1);
    CU_ASSERT_EQUAL(taken, running);
    CU_ASSERT_EQUAL(cause_get(sim, taken)->held, kept.cause);

    sim_at(sim, 200, 0, 0, begin, NULL, 0);
    sim_at(sim, 230, 0, 0, take_up, NULL, 0);
    sim_run(sim, SIM_NEVER - 1);
    CU_ASSERT_EQUAL(running, 0);
    const struct cause *c = cause_get(sim, taken);
    CU_ASSERT_PTR_NOT_NULL_FATAL(c);
    CU_ASSERT_EQUAL(c->why, SIM_WHY(CAUSE_HELD, 9));
    CU_ASSERT_EQUAL(c->start, 205);
    CU_ASSERT_EQUAL(c->end, 230);
    CU_ASSERT_EQUAL(c->parent, kept.cause);

    sim_at(sim, 300, 0, 0, begin, NULL, 0);
    sim_run(sim, 304);
    sim_at(sim, 305, 0, 0, take_up, NULL, 0); /* at once */
    sim_run(sim, SIM_NEVER - 1);
    CU_ASSERT_EQUAL(taken, kept.cause);
    sim_free(sim);
}
