/* test_pack.c - results as bytes (analysis/pack.h), and simulations that run into an assertion (app/experiment/bug.h). */
#include "analysis/kpi.h"
#include "analysis/pack.h"
#include "app/experiment/bug.h"
#include "app/experiment/one.h"
#include "tests/analytic/analytic.h"

#include <CUnit/CUnit.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What people and programs see of a result. */
static char *seen(struct metrics_result *r)
{
    GString *out = g_string_new(NULL);
    struct kpi kpi;

    kpi_init(&kpi);
    kpi.scenario = "s";
    kpi.finished = kpi.wanted = 1;
    kpi_add(&kpi, r);
    for (int i = 0; i < METRIC_COUNT; i++)
        kpi.alone[i] = (struct kpi_ends){KPI_TOO_FEW, 0, 0}; /* series are not packed */
    kpi_print(&kpi, true, out);
    kpi_print_json(&kpi, out);
    kpi_clear(&kpi);
    return g_string_free(out, FALSE);
}

/* One run of a shipped scenario. */
static struct one run(const char *scenario, const char *const *sets)
{
    struct scn *scn = analytic_load(scenario, sets);
    struct one_opts opts = {.scn = scn, .seed = 1};
    struct one one;

    CU_ASSERT_PTR_NOT_NULL_FATAL(scn);
    one_run(&opts, &one);
    CU_ASSERT_PTR_NOT_NULL_FATAL(one.result);
    scn_free(scn);
    return one;
}

static void check_round_trip(const char *scenario, const char *const *sets, size_t largest)
{
    struct one one = run(scenario, sets);
    struct metrics_result back;
    GString *bytes = g_string_new(NULL), *again = g_string_new(NULL);

    pack_result(one.result, bytes);
    metrics_result_init(&back);
    CU_ASSERT_TRUE_FATAL(unpack_result(bytes->str, bytes->len, &back));
    pack_result(&back, again);
    CU_ASSERT_EQUAL(bytes->len, again->len);
    CU_ASSERT_EQUAL(memcmp(bytes->str, again->str, MIN(bytes->len, again->len)), 0);
    if (bytes->len >= largest)
        printf("\n%s: %zu bytes", scenario, bytes->len);
    CU_ASSERT(bytes->len < largest);
    char *before = seen(one.result), *after = seen(&back);
    CU_ASSERT_STRING_EQUAL(before, after);
    g_free(before);
    g_free(after);
    metrics_result_clear(&back);
    one_clear(&one);
    g_string_free(bytes, TRUE);
    g_string_free(again, TRUE);
}

void test_pack_knows_all_protocols(void)
{
    const struct scn_name_list *protocols = &world_names()->protocol;
    const char *name;

    CU_ASSERT_PTR_NOT_NULL(protocols->nth(0));
    for (size_t i = 0; (name = protocols->nth(i)); i++)
        CU_ASSERT_TRUE(pack_knows_protocol(name));
}

void test_pack_is_lossless(void)
{
    static const char *const few[] = {"run.until=30s", "run.warmup=5s", NULL};
    static const char *const many[] = {"run.until=330s", "run.warmup=5s", NULL};

    check_round_trip("mmd-3", NULL, 800);
    check_round_trip("volte-call", NULL, 4000); /* phones and bearers */
    check_round_trip("mmd-load", few, 20000);
    check_round_trip("mmd-load", many, 40000); /* histograms */
}

/* Whatever is cut off or changed, it is said, or what comes out is a result all the same: nothing is read beyond the end. */
void test_pack_is_not_trusted(void)
{
    struct one one = run("mmd-3", NULL);
    GString *bytes = g_string_new(NULL);
    struct metrics_result back;
    unsigned refused = 0;

    pack_result(one.result, bytes);
    metrics_result_init(&back);
    for (size_t n = 0; n < bytes->len; n++) {
        char *part = g_memdup2(bytes->str, n + 1); /* so that a tool sees what is read beyond n */
        CU_ASSERT_FALSE(unpack_result(part, n, &back));
        CU_ASSERT_EQUAL(back.calls.dialled, 0);
        g_free(part);
    }
    for (size_t n = 0; n < bytes->len; n++) {
        char *changed = g_memdup2(bytes->str, bytes->len);
        changed[n] ^= 0x95;
        bool read = unpack_result(changed, bytes->len, &back);
        refused += !read;
        if (read) {
            metrics_result_clear(&back);
            metrics_result_init(&back);
        }
        g_free(changed);
    }
    CU_ASSERT(refused > 0);
    metrics_result_clear(&back);
    one_clear(&one);
    g_string_free(bytes, TRUE);
}

/* ---- bugs ------------------------------------------------------------------------------------------------ */

static void fail_at(struct sim *sim, void *ctx, uint64_t arg)
{
    (void)ctx;
    sim_assert(sim, arg == 0);
}

/* Events 0 .. last, of which the fourth is a bug. */
struct doomed {
    struct sim *sim;
    uint64_t last, events;
};

static void simulate(void *data)
{
    struct doomed *d = data;

    d->sim = sim_new(&(struct sim_opts){.seed = 1});
    for (uint64_t i = 0; i <= d->last; i++)
        sim_at(d->sim, (sim_time)i * SIM_MS, 0, 0, fail_at, NULL, i == 3);
    sim_run(d->sim, SIM_NEVER);
    d->events = d->sim->events;
}

/* A thread that meets an assertion comes back, and others do not notice. */
void test_bug_is_caught(void)
{
    struct doomed good = {.last = 2}, bad = {.last = 5}, after = {.last = 2};
    int out = dup(STDERR_FILENO), none = open("/dev/null", O_WRONLY);

    CU_ASSERT_TRUE(bug_catch(simulate, &good));
    CU_ASSERT_EQUAL(good.events, 3);
    dup2(none, STDERR_FILENO); /* it prints what is wrong */
    bool whole = bug_catch(simulate, &bad);
    dup2(out, STDERR_FILENO);
    close(out);
    close(none);
    CU_ASSERT_FALSE(whole);
    CU_ASSERT_EQUAL(bad.events, 0);
    CU_ASSERT_TRUE(bug_catch(simulate, &after));
    CU_ASSERT_EQUAL(after.events, 3);
    sim_free(good.sim);
    sim_free(bad.sim);
    sim_free(after.sim);
}
