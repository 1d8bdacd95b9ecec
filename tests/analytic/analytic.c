/* analytic.c - running scenarios for comparison with closed forms (see analytic.h). */
#include "tests/analytic/analytic.h"

#include "models/registry.h"
#include "scenarios/load/load.h"

#include <CUnit/CUnit.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- running ------------------------------------------------------------------------------------------- */

static char *path_of(const char *scenario)
{
    char *path = g_strdup_printf("%s/tests/data/analytic/%s.xml", IMSSIM_TEST_SRCDIR, scenario);
    if (g_file_test(path, G_FILE_TEST_EXISTS))
        return path;
    g_free(path);
    return g_strdup_printf("%s/scenarios/%s.xml", IMSSIM_TEST_SRCDIR, scenario);
}

static void say(GPtrArray *errors)
{
    for (guint i = 0; i < errors->len; i++)
        printf("\n%s", (const char *)g_ptr_array_index(errors, i));
    if (errors->len)
        CU_FAIL("the scenario is wrong");
    g_ptr_array_free(errors, TRUE);
}

struct scn *study_load(const struct study *study)
{
    GPtrArray *errors = g_ptr_array_new_with_free_func(g_free);
    struct scn_load_opts opts = {.sets = (char **)study->sets, .names = world_names()};
    char *path = path_of(study->scenario);

    registry_init();
    struct scn *scn = scn_load(path, &opts, NULL, errors);
    g_free(path);
    say(errors);
    return scn;
}

/* One replication, measured as `imssim run` measures it. */
static void run(const struct study *study, struct world *w, struct metrics_result *result)
{
    sim_time warmup = w->scn->run.warmup;
    struct metrics *metrics = metrics_new(w->net, warmup);

    if (study->begin)
        study->begin(w, study->user);
    if (warmup > 0) {
        world_run(w, warmup);
        metrics_warm(metrics);
    }
    enum sim_end end = world_run(w, SIM_NEVER);
    CU_ASSERT_TRUE(world_finished(end));
    CU_ASSERT_EQUAL(w->net->sent + w->net->duplicated,
                    w->net->delivered + w->net->lost + w->net->dropped + w->net->in_flight);
    metrics_finish(metrics, NULL, NULL, result);
    study->end(w, result, study->user);
    world_free(w);
    metrics_free(metrics);
}

void study_run(const struct study *study)
{
    struct scn *scn = study_load(study);
    unsigned runs = study->runs;

#ifdef ANALYTIC_SANITIZED
    runs = MIN(runs, ANALYTIC_RUNS_SANITIZED);
#endif
    for (unsigned i = 0; scn && i < runs; i++) {
        GPtrArray *errors = g_ptr_array_new_with_free_func(g_free);
        struct world_opts opts = {.seed = scn->run.seed, .replication = i};
        struct metrics_result result;
        struct world *w = world_new(scn, &opts, errors);
        say(errors);
        if (!w)
            break;
        metrics_result_init(&result);
        run(study, w, &result);
        metrics_result_clear(&result);
    }
    scn_free(scn);
}

/* ---- what came out ---------------------------------------------------------------------------------------
 */

void sample_add(struct sample *s, double value)
{
    CU_ASSERT_FATAL(s->n < SAMPLE_MAX);
    s->value[s->n++] = value;
}

double sample_mean(const struct sample *s)
{
    double sum = 0;
    for (unsigned i = 0; i < s->n; i++)
        sum += s->value[i];
    return sum / s->n;
}

double sample_half(const struct sample *s, double level)
{
    double low = NAN, high = NAN;
    stats_t_interval(s->value, s->n, level, &low, &high);
    return (high - low) / 2;
}

static bool wanted(void)
{
    return g_getenv("IMSSIM_VALIDATION") != NULL;
}

void table_begin(const char *what)
{
    if (wanted())
        printf("\n\n### %s\n\n| quantity | closed form | simulated | 95 %% interval | within | runs "
               "|\n|---|---|---|---|---|---|",
               what);
}

void expect(const char *what, const struct sample *s, double exact, const char *unit, double width)
{
#ifdef ANALYTIC_SANITIZED
    const double level = 0.999;
    width = INFINITY;
#else
    const double level = 0.99;
#endif
    double mean = sample_mean(s), half = sample_half(s, level), half95 = sample_half(s, 0.95);
    bool covers = fabs(mean - exact) <= half, narrow = half <= width * fabs(mean);

    if (wanted())
        printf("\n| %s | %.5g%s | %.5g | %.5g .. %.5g | %.1f %% | %u |", what, exact, unit, mean,
               mean - half95, mean + half95, 100 * half95 / fabs(mean), s->n);
    else if (!covers || !narrow)
        printf("\n%s: %.6g%s expected, %.6g found, %g %% interval %.6g .. %.6g (%.1f %%; at most %.1f %%)",
               what, exact, unit, mean, 100 * level, mean - half, mean + half, 100 * half / fabs(mean),
               100 * width);
    if (wanted() && (!covers || !narrow))
        printf("  <-- %s%s", covers ? "" : "NOT COVERED ", narrow ? "" : "WIDE");
    CU_ASSERT_TRUE(covers);
    CU_ASSERT_TRUE(narrow);
}

const struct station_stats *station_of(const struct metrics_result *r, const char *node)
{
    static const struct station_stats none;

    for (guint i = 0; i < r->stations->len; i++) {
        const struct station_row *row = &g_array_index(r->stations, struct station_row, i);
        if (strcmp(row->name, node) == 0)
            return &row->stats;
    }
    CU_FAIL("no station of this name did anything");
    return &none;
}
