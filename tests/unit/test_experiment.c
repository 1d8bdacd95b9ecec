/* test_experiment.c - how many replications (app/experiment/replicate.h), and how long they warm up (warmup.h). */
#include "app/experiment/replicate.h"
#include "app/experiment/warmup.h"
#include "tests/analytic/analytic.h"

#include <CUnit/CUnit.h>
#include <math.h>

static struct scn *short_node(void)
{
    static const char *const sets[] = {"run.until=40s", "run.warmup=10s", NULL};
    return analytic_load("validation/node", sets);
}

static void run_until_precise(const struct scn *scn, const struct replicate_opts *how, struct kpi *kpi,
                              struct replicate_end *end)
{
    GPtrArray *errors = g_ptr_array_new_with_free_func(g_free);
    struct replicate_opts opts = *how;

    opts.scn = scn;
    opts.seed = 1;
    opts.metric = METRIC_SETUP_TIME;
    opts.level = 0.95;
    kpi_init(kpi);
    CU_ASSERT_FATAL(replicate(&opts, kpi, end, errors));
    CU_ASSERT_PTR_NULL(end->broken);
    g_ptr_array_free(errors, TRUE);
}

/* The first number of means, `least` or more, whose interval is narrow enough. */
static unsigned first_precise(const GArray *means, unsigned least, double e)
{
    for (unsigned n = least; n <= means->len; n++) {
        double low, high;
        stats_t_interval((const double *)(void *)means->data, n, 0.95, &low, &high);
        if ((high - low) / 2 <= e / (1 + e) * (high + low) / 2)
            return n;
    }
    return 0;
}

void test_experiment_stops_when_precise(void)
{
    struct scn *scn = short_node();
    struct replicate_end end;
    struct kpi all, some;

    CU_ASSERT_PTR_NOT_NULL_FATAL(scn);
    run_until_precise(scn, &(struct replicate_opts){.replications = 60, .threads = 2}, &all, &end);
    CU_ASSERT_EQUAL(all.finished, 60);
    unsigned expected = first_precise(all.means[METRIC_SETUP_TIME], 5, 0.05);
    CU_ASSERT(expected > 5 && expected < 60); /* or else this shows nothing */
    for (unsigned threads = 1; threads <= 3; threads++) {
        run_until_precise(
            scn,
            &(struct replicate_opts){.replications = 60, .threads = threads, .precision = 0.05, .least = 5}, &some,
            &end);
        CU_ASSERT_EQUAL(some.finished, expected);
        CU_ASSERT_EQUAL(some.wanted, expected);
        CU_ASSERT_EQUAL(end.end, SIM_END_NONE);
        CU_ASSERT_FALSE(end.imprecise);
        for (unsigned i = 0; i < expected; i++)
            CU_ASSERT_EQUAL(g_array_index(some.means[METRIC_SETUP_TIME], double, i),
                            g_array_index(all.means[METRIC_SETUP_TIME], double, i));
        kpi_clear(&some);
    }
    kpi_clear(&all);
    scn_free(scn);
}

void test_experiment_stops_at_the_bounds(void)
{
    struct scn *scn = short_node();
    struct replicate_end end;
    struct kpi kpi;

    CU_ASSERT_PTR_NOT_NULL_FATAL(scn);
    run_until_precise(scn, &(struct replicate_opts){.replications = 8, .threads = 2, .precision = 0.001, .least = 3},
                      &kpi, &end);
    CU_ASSERT_EQUAL(kpi.finished, 8);
    CU_ASSERT_TRUE(end.imprecise);
    CU_ASSERT_EQUAL(end.end, SIM_END_NONE);
    kpi_clear(&kpi);
    run_until_precise(scn, &(struct replicate_opts){.replications = 30, .threads = 2, .precision = 0.9, .least = 4},
                      &kpi, &end);
    CU_ASSERT_EQUAL(kpi.finished, 4);
    CU_ASSERT_FALSE(end.imprecise);
    kpi_clear(&kpi);
    scn_free(scn);
}

/* The station under test begins empty and is loaded to 95 %: waits grow for a while. The pilot runs begin at 0
 * whatever the scenario's own warm-up. */
void test_experiment_finds_the_warmup(void)
{
    static const char *const sets[] = {"run.until=300s", "run.warmup=auto", "node[HSS].service[LIR].time=exp(95ms)",
                                       NULL};
    struct scn *scn = analytic_load("validation/node", sets);
    GPtrArray *errors = g_ptr_array_new_with_free_func(g_free);
    struct replicate_end end;
    struct warmup w;

    CU_ASSERT_PTR_NOT_NULL_FATAL(scn);
    CU_ASSERT_EQUAL(scn->run.warmup, SCN_WARMUP_AUTO);
    struct replicate_opts opts = {.scn = scn, .seed = 1, .threads = 2, .metric = METRIC_SETUP_TIME};
    CU_ASSERT_TRUE(warmup_find(&opts, &w, &end, errors));
    CU_ASSERT_EQUAL(w.verdict, SERIES_GOOD);
    CU_ASSERT(w.found > 0 && w.found < 150 * SIM_S);
    CU_ASSERT_EQUAL(w.length, 300 * SIM_S);
    CU_ASSERT(w.series.used > 100);
    CU_ASSERT_EQUAL(scn->run.warmup, SCN_WARMUP_AUTO);
    series_clear(&w.series);
    g_ptr_array_free(errors, TRUE);
    scn_free(scn);
}
