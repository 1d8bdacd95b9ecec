/* diff_results.c - imssim diff of two results (see diff.h). */
#include "app/diff.h"

#include "analysis/stats.h"
#include "analysis/store_read.h"
#include "analysis/table.h"
#include "app/results.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One point of some results. */
struct side {
    const char *name;
    struct store_reader *reader;
    GPtrArray *points;
    const struct store_point *point;
};

struct pair {
    const struct diff_args *args;
    struct side side[2];
    double level;    /* of A, and of the intervals of means */
    bool same_level; /* B's intervals have it too           */
    bool paired;     /* the same random world               */
    GError *error;
};

/* ---- opening ----------------------------------------------------------------------------------------- */

/* Before "#N", if that is how it ends. g_free. */
static char *path_part(const char *name, uint64_t *point)
{
    const char *hash = strrchr(name, '#');

    *point = 0;
    if (!hash || !hash[1] || strspn(hash + 1, "0123456789") != strlen(hash + 1) ||
        g_file_test(name, G_FILE_TEST_EXISTS))
        return g_strdup(name);
    *point = g_ascii_strtoull(hash + 1, NULL, 10);
    return g_strndup(name, (gsize)(hash - name));
}

bool diff_is_results(const char *name)
{
    uint64_t point;
    char *path = path_part(name, &point);
    bool is = g_file_test(path, G_FILE_TEST_IS_DIR) || g_str_has_suffix(path, ".db");

    if (!is && !g_file_test(path, G_FILE_TEST_EXISTS)) {
        char *below = g_build_filename("results", path, STORE_FILE, NULL), *scenario = scn_find(path);
        is = g_file_test(below, G_FILE_TEST_IS_REGULAR) && !g_file_test(scenario, G_FILE_TEST_EXISTS);
        g_free(below);
        g_free(scenario);
    }
    g_free(path);
    return is;
}

static bool open_side(struct pair *p, struct side *s, const char *name)
{
    uint64_t point;
    char *path = path_part(name, &point), *file = results_find("diff", path);

    s->name = name;
    s->reader = file ? store_reader_open(file, &p->error) : NULL;
    s->points = s->reader ? store_points(s->reader, &p->error) : NULL;
    g_free(path);
    g_free(file);
    if (!s->points)
        return false;
    if (point > s->points->len || (!point && s->points->len > 1)) {
        app_usage_error("diff", "%s: there are %u points; say which: %.*s#1 to #%u", name, s->points->len,
                        (int)strcspn(name, "#"), name, s->points->len);
        return false;
    }
    s->point = g_ptr_array_index(s->points, point ? point - 1 : 0);
    return true;
}

static void close_side(struct side *s)
{
    if (s->points)
        g_ptr_array_unref(s->points);
    if (s->reader)
        store_reader_close(s->reader);
}

/* Rows of a query on both sides; NULL after a failure. */
static GPtrArray *rows_of(struct pair *p, int side, const char *sql)
{
    return p->error ? NULL : store_rows(p->side[side].reader, p->side[side].point, sql, &p->error);
}

/* ---- times ------------------------------------------------------------------------------------------- */

struct difference {
    double a, b, low, high;
    bool known;
};

/* Means of replications; values may be missing. */
static struct difference compare_means(const struct pair *p, const GArray *a, const GArray *b)
{
    struct difference d = {NAN, NAN, NAN, NAN, false};
    const double *x = (const double *)(const void *)a->data, *y = (const double *)(const void *)b->data;
    bool all = true;

    for (guint i = 0; i < a->len; i++)
        all &= isfinite(x[i]) != 0;
    for (guint i = 0; i < b->len; i++)
        all &= isfinite(y[i]) != 0;
    if (!all)
        return d;
    d.known = p->paired && a->len == b->len
                  ? stats_paired_interval(y, x, a->len, p->level, &d.low, &d.high)
                  : stats_welch_interval(y, b->len, x, a->len, p->level, &d.low, &d.high);
    return d;
}

static bool of_replications(struct pair *p, const char *metric, struct difference *d)
{
    GArray *mean[2] = {NULL, NULL};
    bool there = true;

    *d = (struct difference){NAN, NAN, NAN, NAN, false};
    for (int i = 0; i < 2 && there; i++) {
        mean[i] = store_metric(p->side[i].reader, p->side[i].point, metric, "mean_ns", false, &p->error);
        there = mean[i] != NULL;
    }
    if (there)
        *d = compare_means(p, mean[0], mean[1]);
    for (int i = 0; i < 2; i++)
        if (mean[i])
            g_array_unref(mean[i]);
    return there;
}

static bool time_of(struct pair *p, int metric, struct difference *d, struct store_time t[2])
{
    const char *name = metric_table[metric].name;

    for (int i = 0; i < 2; i++)
        if (!store_time(p->side[i].reader, p->side[i].point, STORE_ALL, name, &t[i], &p->error))
            return false;
    if (!t[0].n && !t[1].n)
        return false;
    if (!of_replications(p, name, d))
        return false;
    d->a = t[0].n ? t[0].mean : NAN;
    d->b = t[1].n ? t[1].mean : NAN;
    return true;
}

static void number_cell(struct table *t, const char *format, double value)
{
    char buf[G_ASCII_DTOSTR_BUF_SIZE];

    table_cell(t, isfinite(value) ? g_ascii_formatd(buf, sizeof buf, format, value) : "-");
}

static void difference_cells(struct table *t, const struct difference *d, double unit)
{
    number_cell(t, "%.3f", d->a / unit);
    number_cell(t, "%.3f", d->b / unit);
    number_cell(t, "%+.3f", (d->b - d->a) / unit);
    if (d->known)
        table_cellf(t, "%+.3f .. %+.3f", d->low / unit, d->high / unit);
    else
        table_cell(t, "-");
    if (isfinite(d->a) && isfinite(d->b) && d->a > 0)
        table_cellf(t, "%+.1f %%", 100 * (d->b - d->a) / d->a);
    else
        table_cell(t, "-");
}

static struct table *table_at(const struct pair *p, const char *first, const char *align)
{
    char *headings = g_strdup_printf("%s\tA\tB\tB - A\t%.4g %% interval\tchange", first, 100 * p->level);
    struct table *t = table_new(headings, align);

    g_free(headings);
    return t;
}

static void print_times(struct pair *p, GString *out)
{
    struct table *t = table_at(p, "mean of\tunit", "llrrrlr");

    for (int i = 0; i < METRIC_COUNT && !p->error; i++) {
        struct difference d;
        struct store_time times[2];
        if ((p->args->metric >= 0 && i != p->args->metric) || !time_of(p, i, &d, times))
            continue;
        table_cell(t, metric_table[i].name);
        table_cell(t, metric_table[i].unit);
        difference_cells(t, &d, metric_unit_ns(&metric_table[i]));
    }
    if (table_rows(t))
        table_print(t, 0, out);
    else
        g_string_append(out, "Neither has a time that could be compared.\n");
    table_free(t);
}

/* Percentiles of what was asked for, or of setup_time; the values alone. */
static void print_percentiles(struct pair *p, GString *out)
{
    int metric = p->args->metric >= 0 ? p->args->metric : METRIC_SETUP_TIME;
    const struct metric_decl *m = &metric_table[metric];
    double unit = metric_unit_ns(m);
    struct store_time t[2];
    struct difference d;

    if (p->error || !time_of(p, metric, &d, t))
        return;
    char *headings = g_strdup_printf("percentile of %s, %s\tA\tB\tB - A", m->name, m->unit);
    struct table *table = table_new(headings, "lrrr");
    for (int q = 0; q < KPI_QUANTILES; q++) {
        table_cell(table, kpi_quantiles[q].name);
        number_cell(table, "%.3f", t[0].p[q] / unit);
        number_cell(table, "%.3f", t[1].p[q] / unit);
        number_cell(table, "%+.3f", (t[1].p[q] - t[0].p[q]) / unit);
    }
    g_string_append_c(out, '\n');
    table_print(table, 0, out);
    table_free(table);
    g_free(headings);
}

/* ---- phases, ratios, parameters ---------------------------------------------------------------------- */

static double phase_mean(const GPtrArray *rows, const char *name)
{
    for (guint i = 0; i < rows->len; i++) {
        char **row = g_ptr_array_index(rows, i);
        if (strcmp(row[1], name) == 0)
            return g_ascii_strtod(row[2], NULL);
    }
    return 0;
}

/* All phases of both, by position. */
static void phase_rows(const GPtrArray *const rows[2], double unit, struct table *t)
{
    for (guint i = 0, j = 0; i < rows[0]->len || j < rows[1]->len;) {
        char **a = i < rows[0]->len ? g_ptr_array_index(rows[0], i) : NULL;
        char **b = j < rows[1]->len ? g_ptr_array_index(rows[1], j) : NULL;
        int x = a ? atoi(a[0]) : G_MAXINT, y = b ? atoi(b[0]) : G_MAXINT;
        const char *name = x <= y ? a[1] : b[1];
        double mean[2] = {phase_mean(rows[0], name), phase_mean(rows[1], name)};
        table_cell(t, name);
        number_cell(t, "%.3f", mean[0] / unit);
        number_cell(t, "%.3f", mean[1] / unit);
        number_cell(t, "%+.3f", (mean[1] - mean[0]) / unit);
        i += x <= y;
        j += y <= x;
    }
}

static void print_phases(struct pair *p, GString *out)
{
    const struct metric_decl *m = &metric_table[p->args->metric >= 0 ? p->args->metric : METRIC_SETUP_TIME];
    char *sql = g_strdup_printf(
        "SELECT position, name, mean_ns FROM phase WHERE point = ?1 AND replication = 0 AND metric = '%s'"
        " ORDER BY position",
        m->name);
    GPtrArray *rows[2] = {rows_of(p, 0, sql), rows_of(p, 1, sql)};

    if (rows[0] && rows[1] && rows[0]->len && rows[1]->len) {
        char *headings = g_strdup_printf("phase of %s, %s (sampled)\tA\tB\tB - A", m->name, m->unit);
        struct table *t = table_new(headings, "lrrr");
        phase_rows((const GPtrArray *const *)rows, metric_unit_ns(m), t);
        g_string_append_c(out, '\n');
        table_print(t, 0, out);
        table_free(t);
        g_free(headings);
    }
    for (int i = 0; i < 2; i++)
        if (rows[i])
            store_rows_free(rows[i]);
    g_free(sql);
}

/* Newcombe's interval of the difference of two proportions, from Wilson's of each. */
static struct difference ratio_difference(const double v[2], const double low[2], const double high[2])
{
    double d = v[1] - v[0];
    return (struct difference){
        100 * v[0], 100 * v[1],
        100 * (d - sqrt((v[1] - low[1]) * (v[1] - low[1]) + (high[0] - v[0]) * (high[0] - v[0]))),
        100 * (d + sqrt((high[1] - v[1]) * (high[1] - v[1]) + (v[0] - low[0]) * (v[0] - low[0]))), true};
}

static void print_ratios(struct pair *p, GString *out)
{
    struct table *t = table_at(p, "ratio, %", "lrrrlr");

    for (int i = 0; i < RATIO_COUNT && !p->error; i++) {
        double v[2], low[2], high[2];
        bool there = true;
        for (int s = 0; s < 2 && there; s++)
            there = store_ratio(p->side[s].reader, p->side[s].point, ratio_table[i].name, &v[s], &low[s],
                                &high[s], &p->error) &&
                    isfinite(v[s]);
        if (!there)
            continue;
        struct difference d = ratio_difference(v, low, high);
        d.known = p->same_level; /* else those of the two ratios do not fit together */
        table_cell(t, ratio_table[i].name);
        difference_cells(t, &d, 1);
    }
    if (table_rows(t)) {
        g_string_append_c(out, '\n');
        table_print(t, 0, out);
    }
    table_free(t);
}

static void parameter_row(struct table *t, const char *name, const char *a, const char *b)
{
    table_cell(t, name);
    table_cell(t, a);
    table_cell(t, b);
}

/* Those that differ; those that only one has. */
static void compare_parameters(const GPtrArray *a, const GPtrArray *b, struct table *t)
{
    GHashTable *of_b = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; i < b->len; i++) {
        char **row = g_ptr_array_index(b, i);
        g_hash_table_insert(of_b, row[0], row);
    }
    for (guint i = 0; i < a->len; i++) {
        char **x = g_ptr_array_index(a, i), **y = g_hash_table_lookup(of_b, x[0]);
        if (!y || g_strcmp0(x[1], y[1]) != 0)
            parameter_row(t, x[0], x[1] ? x[1] : "(none)", !y ? "(not there)" : y[1] ? y[1] : "(none)");
        g_hash_table_remove(of_b, x[0]);
    }
    for (guint i = 0; i < b->len; i++) {
        char **y = g_ptr_array_index(b, i);
        if (g_hash_table_contains(of_b, y[0]))
            parameter_row(t, y[0], "(not there)", y[1] ? y[1] : "(none)");
    }
    g_hash_table_unref(of_b);
}

static void print_parameters(struct pair *p, GString *out)
{
    static const char sql[] =
        "SELECT name, value FROM parameter_in_effect WHERE point = ?1 ORDER BY position";
    GPtrArray *rows[2] = {rows_of(p, 0, sql), rows_of(p, 1, sql)};

    if (rows[0] && rows[1]) {
        struct table *t = table_new("parameter\tA\tB", "lll");
        compare_parameters(rows[0], rows[1], t);
        g_string_append_c(out, '\n');
        if (table_rows(t))
            table_print(t, 0, out);
        else
            g_string_append(out, "All parameters are the same.\n");
        table_free(t);
    }
    for (int i = 0; i < 2; i++)
        if (rows[i])
            store_rows_free(rows[i]);
}

/* ---- all of it --------------------------------------------------------------------------------------- */

static void print_side(const struct side *s, char letter, GString *out)
{
    const struct store_point *p = s->point;

    g_string_append_printf(out, "%c: %s (scenario %s, %u replication%s, seed %s%s%s)\n", letter, s->name,
                           p->scenario, p->replications, p->replications == 1 ? "" : "s", p->seed,
                           strcmp(p->state, "finished") != 0 ? ", INCOMPLETE: " : "",
                           strcmp(p->state, "finished") != 0 ? p->state : "");
}

static void print_text(struct pair *p, GString *out)
{
    print_side(&p->side[0], 'A', out);
    print_side(&p->side[1], 'B', out);
    g_string_append(out, p->paired ? "The same random world: replications are compared in pairs.\n\n"
                                   : "Not the same random world: Welch's intervals.\n\n");
    print_times(p, out);
    print_percentiles(p, out);
    print_phases(p, out);
    print_ratios(p, out);
    print_parameters(p, out);
}

static void print_tsv(struct pair *p, GString *out)
{
    g_string_append(out, "metric\ta_mean_ns\tb_mean_ns\tdifference_ns\tlow_ns\thigh_ns\tpaired\n");
    for (int i = 0; i < METRIC_COUNT && !p->error; i++) {
        struct difference d;
        struct store_time t[2];
        if ((p->args->metric >= 0 && i != p->args->metric) || !time_of(p, i, &d, t))
            continue;
        const double value[] = {d.a, d.b, d.b - d.a, d.low, d.high};
        g_string_append(out, metric_table[i].name);
        for (size_t k = 0; k < G_N_ELEMENTS(value); k++) {
            char buf[G_ASCII_DTOSTR_BUF_SIZE];
            g_string_append_printf(
                out, "\t%s", isfinite(value[k]) ? g_ascii_formatd(buf, sizeof buf, "%.17g", value[k]) : "");
        }
        g_string_append_printf(out, "\t%d\n", p->paired);
    }
}

int diff_results(const struct diff_args *args, const char *a, const char *b)
{
    struct pair p = {.args = args};
    int code = APP_USAGE;

    if (open_side(&p, &p.side[0], a) && open_side(&p, &p.side[1], b)) {
        GString *out = g_string_new(NULL);
        const struct store_point *x = p.side[0].point, *y = p.side[1].point;
        p.level = x->level;
        p.same_level = !(x->level < y->level) && !(x->level > y->level);
        p.paired = strcmp(x->seed, y->seed) == 0 && x->replications == y->replications;
        args->format_id == DIFF_TSV ? print_tsv(&p, out) : print_text(&p, out);
        if (p.error)
            g_string_free(out, TRUE);
        else
            code = app_output(out, APP_DONE);
    }
    if (p.error)
        app_say("%s", p.error->message);
    g_clear_error(&p.error);
    close_side(&p.side[0]);
    close_side(&p.side[1]);
    return code;
}
