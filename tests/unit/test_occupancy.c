/* test_occupancy.c - stations over time (analysis/occupancy.h): the station of toy_net.h works from 1010,
 * 1031 and 1057 ms on, 1 ms each time. */
#include "analysis/occupancy.h"
#include "tests/unit/toy_net.h"

#include <CUnit/CUnit.h>

static uint32_t one_server(void *user, const struct node *node)
{
    (void)user;
    return node->station != NULL;
}

static uint32_t no_limit(void *user, const struct node *node)
{
    (void)user;
    (void)node;
    return 0;
}

static int64_t busy_in(const struct occupancy *o, uint32_t stretch)
{
    return (int64_t)g_array_index(o->rows, struct occupancy_row, 0).cell[stretch].busy_ns;
}

static int64_t sum_of(const struct occupancy *o, int64_t *observed)
{
    int64_t busy = 0;

    *observed = 0;
    for (uint32_t i = 0; i < o->used; i++) {
        busy += busy_in(o, i);
        *observed += o->observed[i];
    }
    return busy;
}

/* One call. With `forget`, the station forgets at that instant what it has counted. Returns where the clock
 * stands. */
static sim_time watch_call(struct occupancy *o, sim_time until, sim_time forget)
{
    struct toy_net t;

    toy_init(&t);
    occupancy_init(o);
    struct occupancy_watch *w = occupancy_watch(t.net, until, one_server, NULL, o);
    CU_ASSERT_PTR_NOT_NULL_FATAL(w);
    sim_at(t.sim, 1 * SIM_S, 0, 0, toy_dial, &t, 0);
    if (forget) {
        sim_run(t.sim, forget);
        occupancy_count(w);
        station_reset(t.b->station);
        occupancy_forgot(w);
    }
    sim_run(t.sim, until);
    occupancy_count(w);
    occupancy_watch_free(w);
    sim_time end = sim_now(t.sim);
    sim_run(t.sim, SIM_NEVER); /* what is on its way belongs to nobody yet */
    toy_clear(&t);
    return end;
}

static void expect_call(const struct occupancy *o, sim_time end)
{
    int64_t observed;

    CU_ASSERT_EQUAL(o->width, 8 * SIM_MS);
    CU_ASSERT_EQUAL(o->used, (uint32_t)((end + o->width - 1) / o->width));
    CU_ASSERT_EQUAL(busy_in(o, 1010 / 8), SIM_MS);
    CU_ASSERT_EQUAL(busy_in(o, 1031 / 8), SIM_MS);
    CU_ASSERT_EQUAL(busy_in(o, 1057 / 8), SIM_MS);
    CU_ASSERT_EQUAL(sum_of(o, &observed), 3 * SIM_MS);
    CU_ASSERT_EQUAL(observed, end);
    CU_ASSERT_STRING_EQUAL(g_array_index(o->rows, struct occupancy_row, 0).name, "B");
}

/* Whether the end is known or stretches become longer on the way, and whatever the station forgets. */
void test_occupancy_of_a_station(void)
{
    struct occupancy o;

    expect_call(&o, watch_call(&o, 2 * SIM_S, 0));
    occupancy_clear(&o);
    expect_call(&o, watch_call(&o, SIM_NEVER, 0));
    occupancy_clear(&o);
    expect_call(&o, watch_call(&o, SIM_NEVER, 1010 * SIM_MS + SIM_MS / 2)); /* in the middle of its work */
    CU_ASSERT_PTR_NOT_NULL(o.rows);
    occupancy_clear(&o);
    CU_ASSERT_PTR_NULL(o.rows);
}

void test_occupancy_merges(void)
{
    struct occupancy one, two, sum, empty;
    int64_t observed;

    occupancy_init(&sum);
    occupancy_init(&empty);
    watch_call(&one, 2 * SIM_S, 0);
    sim_time end = watch_call(&two, 1020 * SIM_MS, 0); /* shorter stretches: 4 ms */
    CU_ASSERT_EQUAL(two.width, 4 * SIM_MS);
    occupancy_merge(&sum, &empty);
    CU_ASSERT_EQUAL(sum.width, 0);
    occupancy_merge(&sum, &two);
    occupancy_merge(&sum, &one);
    occupancy_merge(&sum, &empty);
    CU_ASSERT_EQUAL(sum.width, 8 * SIM_MS);
    CU_ASSERT_EQUAL(sum.rows->len, 1);
    CU_ASSERT_EQUAL(busy_in(&sum, 1010 / 8), 2 * SIM_MS);
    CU_ASSERT_EQUAL(busy_in(&sum, 1031 / 8), SIM_MS);
    CU_ASSERT_EQUAL(sum.observed[0], 16 * SIM_MS);
    CU_ASSERT_EQUAL(sum_of(&sum, &observed), 4 * SIM_MS);
    int64_t first;
    sum_of(&one, &first);
    CU_ASSERT_EQUAL(observed, first + end);
    occupancy_clear(&one);
    occupancy_clear(&two);
    occupancy_clear(&sum);
}

void test_occupancy_of_nothing(void)
{
    struct occupancy o;
    struct toy_net t;

    toy_init(&t);
    occupancy_init(&o);
    CU_ASSERT_PTR_NULL(occupancy_watch(t.net, SIM_NEVER, no_limit, NULL, &o));
    CU_ASSERT_PTR_NULL(o.rows);
    toy_run(&t, false); /* nobody watches */
    occupancy_clear(&o);
    toy_clear(&t);
}
