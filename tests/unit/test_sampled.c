/* test_sampled.c - phases of many flows (analysis/sampled.h). */
#include "analysis/sampled.h"

#include "app/experiment/one.h"
#include "tests/analytic/analytic.h"

#include <CUnit/CUnit.h>

static struct one run(const char *scenario, const char *const *sets, uint32_t explain_every,
                      uint32_t record_every)
{
    struct scn *scn = analytic_load(scenario, sets);
    struct one_opts opts = {
        .scn = scn, .seed = 1, .explain_every = explain_every, .record_every = record_every};
    struct one one;

    CU_ASSERT_PTR_NOT_NULL_FATAL(scn);
    one_run(&opts, &one);
    CU_ASSERT_PTR_NOT_NULL_FATAL(one.result);
    scn_free(scn);
    return one;
}

static __int128 total(const struct phase_sums *sums)
{
    __int128 all = 0;

    for (int i = 0; i <= PHASES_MAX; i++)
        all += sums->ns[i];
    return all;
}

/* Explains all times of a run: none is left out, and phases sum to the times, to the nanosecond. */
static void check_all_explained(const char *scenario, const char *const *sets, enum metric_id one_of_them)
{
    struct one one = run(scenario, sets, 1, 0);
    const struct metrics_result *r = one.result;

    CU_ASSERT(r->time[one_of_them].n > 0);
    for (int i = 0; i < METRIC_COUNT; i++) {
        if (metric_table[i].phases == PHASES_NONE) {
            CU_ASSERT_EQUAL(r->phases[i].explained, 0);
            continue;
        }
        if (r->phases[i].explained != r->time[i].n || total(&r->phases[i]) != (__int128)r->time[i].sum)
            printf("\n%s: %s: %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " explained", scenario,
                   metric_table[i].name, r->phases[i].explained, r->time[i].n);
        CU_ASSERT_EQUAL(r->phases[i].explained, r->time[i].n);
        CU_ASSERT_TRUE(total(&r->phases[i]) == (__int128)r->time[i].sum);
    }
    one_clear(&one);
}

void test_sampled_all_times_are_explained(void)
{
    static const char *const minute[] = {"run.until=60s", "run.warmup=0s", NULL};
    static const char *const warm[] = {"run.until=60s", "run.warmup=20s", NULL};
    static const char *const storm[] = {"group[UE-A].count=40", NULL};

    check_all_explained("mmd-load", minute, METRIC_SETUP_TIME);
    check_all_explained("mmd-load", warm, METRIC_SDD);
    check_all_explained("volte-call", NULL, METRIC_ATTACH_TIME);
    check_all_explained("volte-idle-call", NULL, METRIC_PAGED_TIME);
    check_all_explained("attach-storm", storm, METRIC_REGISTRATION_TIME);
}

static void check_same(const struct metrics_result *a, const struct metrics_result *b, bool phases)
{
    CU_ASSERT_EQUAL(a->events, b->events);
    for (int i = 0; i < METRIC_COUNT; i++) {
        CU_ASSERT_EQUAL(a->time[i].n, b->time[i].n);
        CU_ASSERT_TRUE(a->time[i].sum == b->time[i].sum);
        if (!phases)
            continue;
        CU_ASSERT_EQUAL(a->phases[i].explained, b->phases[i].explained);
        for (int p = 0; p <= PHASES_MAX; p++)
            CU_ASSERT_TRUE(a->phases[i].ns[p] == b->phases[i].ns[p]);
    }
}

/* Looking changes nothing: not that some are explained, nor that messages are kept as well. */
void test_sampled_looking_changes_nothing(void)
{
    static const char *const sets[] = {"run.until=60s", "run.warmup=10s", NULL};
    struct one none = run("mmd-load", sets, 0, 0), some = run("mmd-load", sets, 7, 0),
               kept = run("mmd-load", sets, 7, 5);

    check_same(none.result, some.result, false);
    check_same(some.result, kept.result, true);
    CU_ASSERT_EQUAL(none.result->phases[METRIC_SETUP_TIME].explained, 0);
    /* dialled * 5/6, one of seven, most of which ring */
    uint64_t dialled = some.result->calls.dialled,
             explained = some.result->phases[METRIC_POST_DIAL_DELAY].explained;
    CU_ASSERT(explained > dialled / 7 * 8 / 10 && explained <= dialled / 7 + 1);
    CU_ASSERT_PTR_NULL(some.hops);
    CU_ASSERT_PTR_NOT_NULL(kept.hops);
    one_clear(&none);
    one_clear(&some);
    one_clear(&kept);
}

/* Of a call that is over nothing is kept: a run four times as long takes no more memory at once. */
void test_sampled_calls_are_forgotten(void)
{
    static const char *const shorter[] = {"run.until=60s",      "run.warmup=0s",        "calls[1].hold=2s",
                                          "calls[1].answer=1s", "calls[1].patience=4s", NULL};
    static const char *const longer[] = {"run.until=240s",     "run.warmup=0s",        "calls[1].hold=2s",
                                         "calls[1].answer=1s", "calls[1].patience=4s", NULL};
    struct one a = run("mmd-load", shorter, 1, 0), b = run("mmd-load", longer, 1, 0);

    CU_ASSERT(b.result->phases[METRIC_SETUP_TIME].explained >
              3 * a.result->phases[METRIC_SETUP_TIME].explained);
    CU_ASSERT(a.causes_most > 0);
    CU_ASSERT(b.causes_most <= a.causes_most);
    one_clear(&a);
    one_clear(&b);
}
