/* test_repeatable.c - the same scenario is the same run: twice, watched or not, alone or next to another one.
 */
#include "tests/flow/play.h"

#include <CUnit/CUnit.h>

#include <string.h>

/* A scenario in which everything random has a part. */
static const char *const random_changes[] = {
    "link[Gm].latency=exp(30ms)",
    "link[Mw].latency=uniform(1ms,9ms)",
    "link[*].loss=5%",
    "group[*].think=normal(5ms,1ms)",
    "group[*].reservation-time=exp(100ms)",
    "call[1].answer=exp(2s)",
    "call[1].hold=exp(20s)",
    "run.seed=7",
    NULL,
};

static const char *const scenarios[] = {"mmd-1",        "mmd-2", "mmd-2-no183", "mmd-3",
                                        "mmd-3-update", "mmd-4", "mmd-4-prack"};

static void assert_same(const struct play *a, const struct play *b)
{
    char *x = play_transcript(a), *y = play_transcript(b);
    CU_ASSERT_TRUE(strlen(x) > 1000);
    CU_ASSERT_STRING_EQUAL(x, y);
    CU_ASSERT_EQUAL(a->world->sim->events, b->world->sim->events);
    CU_ASSERT_EQUAL(a->world->sim->now, b->world->sim->now);
    CU_ASSERT_EQUAL(a->end, b->end);
    g_free(x);
    g_free(y);
}

void test_repeatable_twice(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(scenarios); i++) {
        struct play *a = play_with(scenarios[i], random_changes),
                    *b = play_with(scenarios[i], random_changes);
        assert_same(a, b);
        play_end(a);
        play_end(b);
    }
}

/* Another seed is another run, or the test above shows nothing. */
void test_repeatable_seed_matters(void)
{
    struct play *a = play("mmd-4", "link[Gm].latency=exp(30ms)", "run.seed=1", NULL);
    struct play *b = play("mmd-4", "link[Gm].latency=exp(30ms)", "run.seed=2", NULL);
    CU_ASSERT_NOT_EQUAL(play_when(a, MARK_RINGBACK), play_when(b, MARK_RINGBACK));
    play_end(a);
    play_end(b);
}

/* Nobody watches: no sink, no recorded flow. */
void test_repeatable_without_sinks(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(scenarios); i++) {
        struct play *p = play_with(scenarios[i], random_changes);
        for (uint32_t every = 0; every <= 1; every++) {
            struct world_opts opts = {.seed = p->scn->run.seed, .record_every = every};
            GPtrArray *errors = g_ptr_array_new_with_free_func(g_free);
            struct world *w = world_new(p->scn, &opts, errors);
            CU_ASSERT_PTR_NOT_NULL_FATAL(w);
            CU_ASSERT_EQUAL(world_run(w, SIM_NEVER), p->end);
            CU_ASSERT_EQUAL(w->sim->events, p->world->sim->events);
            CU_ASSERT_EQUAL(w->sim->now, p->world->sim->now);
            CU_ASSERT_EQUAL(w->net->sent, p->world->net->sent);
            CU_ASSERT_EQUAL(w->net->lost, p->world->net->lost);
            CU_ASSERT_EQUAL(world_transactions(w) + world_messages(w), 0);
            world_free(w);
            g_ptr_array_free(errors, TRUE);
        }
        play_end(p);
    }
}

/* Two worlds, each run a little in turn, are what they are alone; so is a run in small steps. */
void test_repeatable_side_by_side(void)
{
    struct play *alone_a = play_with("mmd-4", random_changes), *alone_b = play_with("mmd-2", random_changes);
    struct play *a = play_ready_with("mmd-4", random_changes), *b = play_ready_with("mmd-2", random_changes);
    for (sim_time t = 0; t < 400 * SIM_S; t += 37 * SIM_MS) {
        play_until(a, t);
        play_until(b, t + 11 * SIM_MS);
    }
    play_until(a, SIM_NEVER);
    play_until(b, SIM_NEVER);
    CU_ASSERT_EQUAL(a->end, SIM_END_IDLE);
    char *x = play_transcript(a), *y = play_transcript(alone_a);
    CU_ASSERT_STRING_EQUAL(x, y);
    CU_ASSERT_EQUAL(a->world->sim->events, alone_a->world->sim->events);
    g_free(x);
    g_free(y);
    x = play_transcript(b);
    y = play_transcript(alone_b);
    CU_ASSERT_STRING_EQUAL(x, y);
    CU_ASSERT_EQUAL(b->world->sim->events, alone_b->world->sim->events);
    g_free(x);
    g_free(y);
    play_end(alone_a);
    play_end(alone_b);
    play_end(a);
    play_end(b);
}

/* A run that is cut short leaves nothing dangling: calls, messages and timers in mid-air are freed. */
void test_repeatable_cut_short(void)
{
    for (sim_time t = 0; t < 3 * SIM_S; t += 17 * SIM_MS) {
        struct play *p = play_ready("mmd-4", "call[1].hold=100ms", NULL);
        play_until(p, t);
        CU_ASSERT_EQUAL(p->world->sim->now, t);
        play_end(p);
    }
}
