/* test_store.c - results on disk (analysis/store.h, store_read.h), bins (stats.h) and CSV (csv.h).
 * Replications are made up: no simulation runs. What users see of it, tests/results.sh checks. */
#include "analysis/csv.h"
#include "analysis/metrics_int.h"
#include "analysis/plot.h"
#include "analysis/store.h"
#include "analysis/store_read.h"

#include <CUnit/CUnit.h>
#include <glib/gstdio.h>
#include <math.h>
#include <sqlite3.h>
#include <string.h>

#define MS INT64_C(1000000)

/* ---- bins ------------------------------------------------------------------------------------------- */

struct seen {
    guint64 n, bins;
    int64_t last_high, values[8];
    bool ordered;   /* bins are ascending                     */
    unsigned found; /* how often one of the values lies in one */
};

static void see_bin(int64_t low, int64_t high, uint64_t count, void *user)
{
    struct seen *s = user;

    s->ordered &= low > s->last_high && high >= low && count > 0;
    s->last_high = high;
    s->n += count;
    s->bins++;
    for (size_t i = 0; i < G_N_ELEMENTS(s->values); i++)
        s->found += s->values[i] >= low && s->values[i] <= high;
}

void test_store_bins_hold_their_values(void)
{
    static const int64_t values[] = {0, 1, 511, 512, 1023, 1024, 123456789, INT64_MAX};
    static const unsigned per_octave[] = {1, 32, STATS_CELLS};

    for (size_t k = 0; k < G_N_ELEMENTS(per_octave); k++) {
        struct seen seen = {.last_high = -1, .ordered = true};
        struct stats s;
        stats_init(&s);
        for (size_t i = 0; i < G_N_ELEMENTS(values); i++) {
            stats_add(&s, values[i]);
            seen.values[i] = values[i];
        }
        stats_each_bin(&s, per_octave[k], see_bin, &seen);
        CU_ASSERT(seen.ordered);
        CU_ASSERT_EQUAL(seen.n, G_N_ELEMENTS(values));
        CU_ASSERT_EQUAL(seen.found, G_N_ELEMENTS(values));
        CU_ASSERT_EQUAL(seen.last_high, INT64_MAX);
        CU_ASSERT(stats_is_exact(&s));
        stats_clear(&s);
    }
}

static uint64_t add_times;

static void add_text(int64_t low, int64_t high, uint64_t count, void *user)
{
    g_string_append_printf(user, "%" G_GINT64_FORMAT "-%" G_GINT64_FORMAT ":%" G_GUINT64_FORMAT " ", low,
                           high, count * add_times);
}

/* The same values, kept one by one and counted in cells: a set becomes a histogram when it outgrows
 * STATS_EXACT_MAX, so each of 100 values is there 41 times as often. */
void test_store_bins_of_kept_and_of_counted_values_agree(void)
{
    GString *kept = g_string_new(NULL), *counted = g_string_new(NULL);
    struct stats few, many;

    stats_init(&few);
    stats_init(&many);
    for (int64_t i = 0; i < 4100; i++) {
        stats_add(&many, (i % 100) * (i % 100) * 977);
        if (i < 100)
            stats_add(&few, i * i * 977);
    }
    CU_ASSERT(stats_is_exact(&few));
    CU_ASSERT(!stats_is_exact(&many));
    add_times = 41;
    stats_each_bin(&few, 32, add_text, kept);
    add_times = 1;
    stats_each_bin(&many, 32, add_text, counted);
    CU_ASSERT(kept->len > 0);
    CU_ASSERT_STRING_EQUAL(kept->str, counted->str);
    stats_clear(&few);
    stats_clear(&many);
    g_string_free(kept, TRUE);
    g_string_free(counted, TRUE);
}

/* ---- CSV -------------------------------------------------------------------------------------------- */

void test_store_csv_quotes_as_rfc_4180(void)
{
    GString *out = g_string_new(NULL);
    struct csv csv = csv_to(out);

    csv_text(&csv, "plain");
    csv_text(&csv, "a,b");
    csv_text(&csv, "say \"hi\"");
    csv_text(&csv, "two\nlines");
    csv_text(&csv, "");
    csv_text(&csv, NULL);
    csv_end(&csv);
    csv_int(&csv, INT64_MIN);
    csv_real(&csv, 0.1);
    csv_real(&csv, 1.0 / 3);
    csv_real(&csv, NAN);
    csv_fixed(&csv, 2.0 / 3, 3);
    csv_end(&csv);
    CU_ASSERT_STRING_EQUAL(out->str, "plain,\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\",\"\",\r\n"
                                     "-9223372036854775808,0.1,0.3333333333333333,,0.667\r\n");
    g_string_free(out, TRUE);
}

/* ---- a folder to write to --------------------------------------------------------------------------- */

struct place {
    char *dir, *db, *summary;
    GError *error;
};

static struct place place_new(void)
{
    struct place p = {.dir = g_dir_make_tmp("imssim-store-XXXXXX", NULL)};

    p.db = g_build_filename(p.dir, STORE_FILE, NULL);
    p.summary = g_build_filename(p.dir, STORE_SUMMARY, NULL);
    return p;
}

static void place_free(struct place *p)
{
    g_unlink(p->db);
    g_unlink(p->summary);
    CU_ASSERT_EQUAL(g_rmdir(p->dir), 0); /* and nothing else is in it */
    g_clear_error(&p->error);
    g_free(p->dir);
    g_free(p->db);
    g_free(p->summary);
}

static struct store *open_run(struct place *p, const char *scenario, bool append)
{
    struct store_run run = {.program = "test 1",
                            .scenario = scenario,
                            .file = "test.xml",
                            .xml = "<scenario/>",
                            .seed = UINT64_MAX,
                            .replications = 3};
    struct store *s = store_new(p->dir, &run, append, false, &p->error);

    if (s) {
        store_parameter(s, "run.seed", "1", "", "default");
        store_parameter(s, "link.latency", "5ms", "time", "default");
        store_parameter(s, "node[A].i-host", NULL, "", "default");
    }
    return s;
}

/* A replication with `n` set-up times of 100 ms, 101 ms ... */
static bool add(struct store *s, struct kpi *kpi, unsigned number, unsigned n, GError **error)
{
    struct metrics_result result;
    GArray *calls = g_array_new(FALSE, FALSE, sizeof(struct store_call));
    GArray *procedures = g_array_new(FALSE, FALSE, sizeof(struct store_procedure));

    metrics_result_init(&result);
    result.calls.dialled = n;
    result.observed_ns = 1000 * MS;
    for (unsigned i = 0; i < n; i++) {
        struct store_call call = {.number = i + 1, .caller = "UE-1", .called = "UE-2", .ended = true};
        memset(call.time, 0xff, sizeof call.time);
        memset(call.side, 0xff, sizeof call.side);
        call.time[MARK_DIALLED] = (int64_t)i * MS;
        call.side[1][MARK_BEARER_UP - MARK_CALL_COUNT] = (int64_t)i * MS + 1;
        g_array_append_val(calls, call);
        bool fails = i % 2;
        struct store_procedure attach = {i + 1, "UE-1", PROCEDURE_ATTACH, fails ? PROCEDURE_FAILED : PROCEDURE_OPEN,
                                         (int64_t)i * MS, fails ? (int64_t)i * MS + 5 : -1, 15};
        g_array_append_val(procedures, attach);
        stats_add(&result.time[METRIC_SETUP_TIME], (100 + (int64_t)i) * MS);
    }
    result.procedure[PROCEDURE_ATTACH] = (struct procedure_counts){.begun = n, .decided = n / 2, .failed = n / 2, .open = n - n / 2};
    metrics_count_cause(result.causes, PROCEDURE_ATTACH, 15, n / 2);
    struct store_replication r = {number, "end of time", 1000 * MS, &result, calls, procedures, NULL};
    kpi_add(kpi, &result);
    kpi->finished++;
    bool added = store_add(s, &r, kpi, error);
    metrics_result_clear(&result);
    g_array_free(calls, TRUE);
    g_array_free(procedures, TRUE);
    return added;
}

static gint64 ask(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *s = NULL;
    gint64 answer = -1;

    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
        sqlite3_prepare_v2(db, sql, -1, &s, NULL) == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW)
        answer = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    sqlite3_close(db);
    return answer;
}

static void write_run(struct place *p, const char *scenario, bool append, unsigned replications, unsigned n)
{
    struct store *s = open_run(p, scenario, append);
    struct kpi kpi;

    CU_ASSERT_PTR_NOT_NULL_FATAL(s);
    kpi_init(&kpi);
    kpi.scenario = scenario;
    kpi.wanted = replications;
    for (unsigned i = 1; i <= replications; i++)
        CU_ASSERT(add(s, &kpi, i, n, &p->error));
    CU_ASSERT(store_finish(s, &kpi, STORE_FINISHED, NULL, &p->error));
    store_free(s);
    kpi_clear(&kpi);
}

/* ---- the store -------------------------------------------------------------------------------------- */

void test_store_keeps_what_it_is_given(void)
{
    struct place p = place_new();

    write_run(&p, "s", false, 3, 10);
    CU_ASSERT_EQUAL(ask(p.db, "PRAGMA user_version"), STORE_VERSION);
    CU_ASSERT_EQUAL(ask(p.db, "PRAGMA application_id"), STORE_APPLICATION);
    CU_ASSERT_EQUAL(ask(p.db, "SELECT seed = '18446744073709551615' FROM run"), 1);
    CU_ASSERT_EQUAL(ask(p.db, "SELECT replications_finished_count FROM run"), 3);
    CU_ASSERT_EQUAL(ask(p.db, "SELECT count(*) FROM replication"), 3);
    CU_ASSERT_EQUAL(ask(p.db, "SELECT count(*) FROM metric WHERE replication > 0"), 3);
    CU_ASSERT_EQUAL(ask(p.db, "SELECT values_count FROM metric WHERE replication = 0"), 30);
    CU_ASSERT_EQUAL(ask(p.db, "SELECT sum_ns FROM metric WHERE replication = 0"), 3 * 1045 * MS);
    CU_ASSERT_EQUAL(ask(p.db, "SELECT p50_ns FROM metric WHERE replication = 0"), 104 * MS);
    CU_ASSERT_EQUAL(ask(p.db, "SELECT p99_ns IS NULL FROM metric WHERE replication = 0"), 1); /* too few */
    CU_ASSERT_EQUAL(ask(p.db, "SELECT ci_low_ns = mean_ns FROM metric WHERE replication = 0"), 1);
    CU_ASSERT_EQUAL(ask(p.db, "SELECT count(*) FROM sample"), 30);
    CU_ASSERT_EQUAL(ask(p.db, "SELECT sum(values_count) FROM histogram WHERE replication = 0"), 30);
    CU_ASSERT_EQUAL(ask(p.db, "SELECT sum(values_count) FROM histogram WHERE replication = 2"), 10);
    CU_ASSERT_EQUAL(ask(p.db, "SELECT count(*) FROM call WHERE called = 'UE-2' AND dialled_ns IS NOT NULL"),
                    30);
    CU_ASSERT_EQUAL(ask(p.db, "SELECT count(*) FROM call WHERE called_bearer_up_ns = dialled_ns + 1 AND caller_bearer_up_ns IS NULL"), 30);
    CU_ASSERT_EQUAL(ask(p.db, "SELECT count(*) FROM procedure WHERE kind = 'attach' AND phone = 'UE-1'"), 30);
    CU_ASSERT_EQUAL(ask(p.db, "SELECT count(*) FROM procedure WHERE outcome = 'failed' AND cause = 15 AND ended_ns = begun_ns + 5"), 15);
    CU_ASSERT_EQUAL(ask(p.db, "SELECT count(*) FROM procedure WHERE outcome = 'open' AND cause IS NULL AND ended_ns IS NULL"), 15);
    CU_ASSERT_EQUAL(ask(p.db, "SELECT failed_count FROM procedure_count WHERE replication = 0 AND kind = 'attach'"), 15);
    CU_ASSERT_EQUAL(ask(p.db, "SELECT sum(open_count) FROM procedure_count WHERE replication > 0"), 15);
    CU_ASSERT_EQUAL(ask(p.db, "SELECT procedures_count FROM procedure_failure WHERE cause = 15"), 15);
    CU_ASSERT_EQUAL(ask(p.db, "SELECT denominator_count FROM ratio WHERE name = 'attach_success'"), 15);
    CU_ASSERT_EQUAL(ask(p.db, "SELECT count(*) FROM parameter WHERE value IS NULL"), 1);
    CU_ASSERT_EQUAL(ask(p.db, "SELECT count(*) FROM definition WHERE kind = 'time'"), METRIC_COUNT);
    CU_ASSERT(g_file_test(p.summary, G_FILE_TEST_IS_REGULAR));
    place_free(&p);
}

void test_store_lets_go_of_samples_and_calls_when_there_are_many(void)
{
    struct place p = place_new();

    write_run(&p, "s", false, 3, 2000); /* the third is too much */
    CU_ASSERT_EQUAL(ask(p.db, "SELECT count(*) FROM sample"), 0);
    CU_ASSERT_EQUAL(ask(p.db, "SELECT count(*) FROM call"), 0);
    CU_ASSERT_EQUAL(ask(p.db, "SELECT count(*) FROM procedure"), 0);
    CU_ASSERT_EQUAL(ask(p.db, "SELECT begun_count FROM procedure_count WHERE replication = 0"), 6000);
    CU_ASSERT_EQUAL(ask(p.db, "SELECT exact FROM metric WHERE replication = 0"), 0);
    CU_ASSERT_EQUAL(ask(p.db, "SELECT sum(values_count) FROM histogram WHERE replication = 0"), 6000);
    CU_ASSERT_EQUAL(ask(p.db, "SELECT sum(values_count) FROM histogram WHERE replication > 0"), 6000);
    place_free(&p);
}

void test_store_replaces_or_appends(void)
{
    struct place p = place_new();

    write_run(&p, "s", false, 2, 10);
    write_run(&p, "s", false, 3, 10);
    CU_ASSERT_EQUAL(ask(p.db, "SELECT count(*) FROM run"), 1);
    CU_ASSERT_EQUAL(ask(p.db, "SELECT count(*) FROM replication"), 3);
    write_run(&p, "other", true, 2, 10);
    CU_ASSERT_EQUAL(ask(p.db, "SELECT count(*) FROM run"), 2);
    CU_ASSERT_EQUAL(ask(p.db, "SELECT count(DISTINCT point) FROM histogram"), 2);
    CU_ASSERT_EQUAL(ask(p.db, "SELECT count(DISTINCT hash) FROM point"), 1);
    CU_ASSERT_PTR_NULL(open_run(&p, "s", false)); /* it would take away the other */
    CU_ASSERT(g_error_matches(p.error, STORE_ERROR, STORE_ERROR_FOREIGN));
    CU_ASSERT_EQUAL(ask(p.db, "SELECT count(*) FROM run"), 2);
    place_free(&p);
}

void test_store_keeps_the_old_until_there_is_something_new(void)
{
    struct place p = place_new();
    struct kpi kpi;

    write_run(&p, "s", false, 2, 10);
    struct store *s = open_run(&p, "s", false);
    CU_ASSERT_PTR_NOT_NULL_FATAL(s);
    CU_ASSERT_PTR_NULL(open_run(&p, "s", false)); /* one writer */
    CU_ASSERT(g_error_matches(p.error, STORE_ERROR, STORE_ERROR_BUSY));
    g_clear_error(&p.error);
    kpi_init(&kpi);
    kpi.scenario = "s";
    CU_ASSERT(add(s, &kpi, 1, 10, &p.error)); /* not yet committed */
    CU_ASSERT_EQUAL(ask(p.db, "SELECT count(*) FROM replication"), 2);
    store_free(s);
    CU_ASSERT_EQUAL(ask(p.db, "SELECT count(*) FROM replication"), 2);
    kpi_clear(&kpi);
    place_free(&p);
}

void test_store_leaves_nothing_when_nothing_happened(void)
{
    struct place p = place_new(), deep = p;

    deep.dir = g_build_filename(p.dir, "a", "b", NULL);
    deep.error = NULL;
    struct store *s = open_run(&deep, "s", false);
    CU_ASSERT_PTR_NOT_NULL_FATAL(s);
    CU_ASSERT(g_file_test(deep.dir, G_FILE_TEST_IS_DIR));
    store_free(s);
    g_free(deep.dir);
    place_free(&p); /* asserts that the folder is empty */
}

void test_store_refuses_what_is_not_ours(void)
{
    struct place p = place_new();

    CU_ASSERT(g_file_set_contents(p.db, "something else entirely", -1, NULL));
    CU_ASSERT_PTR_NULL(open_run(&p, "s", false));
    CU_ASSERT(g_error_matches(p.error, STORE_ERROR, STORE_ERROR_FOREIGN));
    g_clear_error(&p.error);
    CU_ASSERT_PTR_NULL(store_reader_open(p.db, &p.error));
    CU_ASSERT(g_error_matches(p.error, STORE_ERROR, STORE_ERROR_FOREIGN));
    g_clear_error(&p.error);
    char *text = NULL;
    CU_ASSERT(g_file_get_contents(p.db, &text, NULL, NULL));
    CU_ASSERT_STRING_EQUAL(text, "something else entirely");
    g_free(text);
    g_unlink(p.db);
    g_mkdir(p.db, 0777);
    CU_ASSERT_PTR_NULL(open_run(&p, "s", false));
    CU_ASSERT(g_error_matches(p.error, STORE_ERROR, STORE_ERROR_FOREIGN));
    g_rmdir(p.db);
    place_free(&p);
}

/* ---- reading ---------------------------------------------------------------------------------------- */

static bool append(const GString *text, void *user)
{
    g_string_append_len(user, text->str, (gssize)text->len);
    return true;
}

void test_store_reads_back(void)
{
    struct place p = place_new();
    GString *out = g_string_new(NULL);

    write_run(&p, "s", false, 2, 10);
    struct store_reader *r = store_reader_open(p.db, &p.error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(r);
    CU_ASSERT(store_export(r, store_table_by_name("replication"), STORE_CSV, false, append, out, &p.error));
    CU_ASSERT(g_str_has_prefix(out->str, "point,number,end,virtual_ns,"));
    CU_ASSERT_PTR_NOT_NULL(strstr(out->str, "\r\n1,2,end of time,1000000000,1000000000,"));
    g_string_truncate(out, 0);
    CU_ASSERT(store_export(r, store_table_by_name("run"), STORE_JSON, false, append, out, &p.error));
    CU_ASSERT_PTR_NULL(strstr(out->str, "started_utc"));
    CU_ASSERT_PTR_NOT_NULL(strstr(out->str, "\"title\": null"));
    GPtrArray *points = store_points(r, &p.error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(points);
    const struct store_point *point = g_ptr_array_index(points, 0);
    CU_ASSERT_EQUAL(point->replications, 2);
    GArray *bins = store_distribution(r, point, STORE_ALL, "setup_time", &p.error);
    CU_ASSERT_EQUAL(bins->len, 10); /* twice the same ten values */
    CU_ASSERT_EQUAL(g_array_index(bins, struct store_bin, 9).high, 109 * MS);
    CU_ASSERT_EQUAL(g_array_index(bins, struct store_bin, 9).count, 2);
    g_array_unref(bins);
    GPtrArray *values = store_parameters(r, point, ".latency", &p.error);
    CU_ASSERT_EQUAL(values->len, 1);
    CU_ASSERT_STRING_EQUAL(g_ptr_array_index(values, 0), "5ms");
    g_ptr_array_unref(values);
    g_ptr_array_unref(points);
    store_reader_close(r);
    g_string_free(out, TRUE);
    place_free(&p);
}

void test_store_plot_says_what_is_missing(void)
{
    struct place p = place_new();

    write_run(&p, "s", false, 2, 10);
    struct store_reader *r = store_reader_open(p.db, &p.error);
    GPtrArray *points = store_points(r, &p.error);
    struct plot_series series = {r, g_ptr_array_index(points, 0), "here"};
    struct plot plot = {.series = &series, .n = 1, .metric = &metric_table[METRIC_SETUP_TIME], .quantile = -1, .program = "test"};
    CU_ASSERT(plot_allowed(&plot, PLOT_ECDF, &p.error));
    CU_ASSERT(plot_allowed(&plot, PLOT_HISTOGRAM, &p.error));
    CU_ASSERT_FALSE(plot_allowed(&plot, PLOT_PERCENTILES, &p.error));
    CU_ASSERT(g_error_matches(p.error, PLOT_ERROR, PLOT_ERROR_DATA));
    g_clear_error(&p.error);
    plot.metric = &metric_table[METRIC_SDT];
    CU_ASSERT_FALSE(plot_allowed(&plot, PLOT_ECDF, &p.error));
    CU_ASSERT_PTR_NOT_NULL(strstr(p.error->message, "setup_time"));
    g_ptr_array_unref(points);
    store_reader_close(r);
    place_free(&p);
}
