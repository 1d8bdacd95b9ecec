/* study_print.c - points of a sweep as a table, JSON, CSV (see study_print.h). */
#include "app/experiment/study_print.h"

#include "analysis/csv.h"
#include "analysis/json.h"
#include "analysis/table.h"

#include <math.h>
#include <string.h>

static const struct store_factor *factors_of(const struct store_point *p)
{
    return (const struct store_factor *)(void *)p->factors->data;
}

/* ---- for people ------------------------------------------------------------------------------------------- */

/* Points of one sweep have the same factors; some may have none left, when the design changed. */
static const struct store_point *widest(const GPtrArray *points)
{
    const struct store_point *best = g_ptr_array_index(points, 0);

    for (guint i = 1; i < points->len; i++) {
        const struct store_point *p = g_ptr_array_index(points, i);
        best = p->factors->len > best->factors->len ? p : best;
    }
    return best;
}

static struct table *make_table(const GPtrArray *points, const struct metric_decl *metric)
{
    const struct store_point *p = widest(points);
    GString *headings = g_string_new("point"), *align = g_string_new("r");

    for (guint i = 0; i < p->factors->len; i++) {
        g_string_append_printf(headings, "\t%s", factors_of(p)[i].name);
        g_string_append_c(align, 'l');
    }
    g_string_append_printf(headings, "\treps\tn\t%s, %s\tinterval\tp50\tp95\tp99\tSER\tstate", metric->name, metric->unit);
    g_string_append(align, "rrrlrrrrl");
    struct table *t = table_new(headings->str, align->str);
    g_string_free(headings, TRUE);
    g_string_free(align, TRUE);
    return t;
}

static void number_cell(struct table *t, double value, double unit)
{
    if (isnan(value))
        table_cell(t, "-");
    else
        table_cellf(t, "%.3f", value / unit);
}

static bool add_row(struct store_reader *r, const struct store_point *p, guint factors, const struct metric_decl *metric,
                    struct table *t, GError **error)
{
    double unit = metric_unit_ns(metric), ser, low, high;
    struct store_time time;

    if (!store_time(r, p, STORE_ALL, metric->name, &time, error) || !store_ratio(r, p, "SER", &ser, &low, &high, error))
        return false;
    table_cellf(t, "%" G_GINT64_FORMAT, p->id);
    for (guint i = 0; i < factors; i++)
        table_cell(t, i < p->factors->len ? factors_of(p)[i].value : "");
    table_cellf(t, "%u", p->replications);
    table_cellf(t, "%" G_GUINT64_FORMAT, time.n);
    number_cell(t, time.mean, unit);
    if (isnan(time.low))
        table_cell(t, "-");
    else
        table_cellf(t, "%.3f .. %.3f", time.low / unit, time.high / unit);
    number_cell(t, time.p[KPI_P50], unit);
    number_cell(t, time.p[KPI_P95], unit);
    number_cell(t, time.p[KPI_P99], unit);
    if (isnan(ser))
        table_cell(t, "-");
    else
        table_cellf(t, "%.2f %%", 100 * ser);
    table_cell(t, strcmp(p->state, "running") == 0 ? "incomplete" : p->state);
    return true;
}

bool study_print(struct store_reader *r, const struct metric_decl *metric, guint most, GString *out, GError **error)
{
    GPtrArray *points = store_points(r, error);
    bool good = points != NULL;

    if (!good)
        return false;
    struct table *t = make_table(points, metric);
    guint shown = most ? MIN(most, points->len) : points->len, factors = widest(points)->factors->len;
    for (guint i = 0; i < shown && good; i++)
        good = add_row(r, g_ptr_array_index(points, i), factors, metric, t, error);
    table_print(t, 0, out);
    if (shown < points->len)
        g_string_append_printf(out, "... and %u more points (--all shows them)\n", points->len - shown);
    table_free(t);
    g_ptr_array_unref(points);
    return good;
}

/* ---- as JSON ------------------------------------------------------------------------------------------------ */

static void json_factors(const struct store_point *p, struct json *j)
{
    json_open(j, "factors", '{');
    for (guint i = 0; i < p->factors->len; i++) {
        const struct store_factor *f = &factors_of(p)[i];
        json_open(j, f->name, '{');
        json_string(j, "value", f->value);
        json_real(j, "number", f->number);
        json_string(j, "unit", f->unit);
        json_close(j, '}');
    }
    json_close(j, '}');
}

static void json_ends(struct json *j, const char *key, double low, double high)
{
    if (isnan(low)) {
        json_null(j, key);
        return;
    }
    json_open(j, key, '[');
    json_real(j, NULL, low);
    json_real(j, NULL, high);
    json_close(j, ']');
}

static void json_time(const struct store_time *t, const char *name, struct json *j)
{
    char key[32];

    json_open(j, name, '{');
    json_uint(j, "n", t->n);
    json_real(j, "mean_ns", t->mean);
    json_real(j, "sd_ns", t->sd);
    json_ends(j, "mean_interval_ns", t->low, t->high);
    for (int q = 0; q < KPI_QUANTILES; q++) {
        g_snprintf(key, sizeof key, "%s_ns", kpi_quantiles[q].name);
        json_real(j, key, t->p[q]);
        g_snprintf(key, sizeof key, "%s_interval_ns", kpi_quantiles[q].name);
        json_ends(j, key, t->p_low[q], t->p_high[q]);
    }
    json_close(j, '}');
}

static bool json_point(struct store_reader *r, const struct store_point *p, const struct metric_decl *metric,
                       struct json *j, GError **error)
{
    double ser, low, high;
    struct store_time time;

    if (!store_time(r, p, STORE_ALL, metric->name, &time, error) || !store_ratio(r, p, "SER", &ser, &low, &high, error))
        return false;
    json_open(j, NULL, '{');
    json_int(j, "point", p->id);
    json_string(j, "state", p->state);
    json_uint(j, "replications", p->replications);
    json_factors(p, j);
    json_time(&time, metric->name, j);
    json_real(j, "SER_ratio", ser);
    json_ends(j, "SER_interval_ratio", low, high);
    json_close(j, '}');
    return true;
}

bool study_print_json(struct store_reader *r, const struct metric_decl *metric, GString *out, GError **error)
{
    GPtrArray *points = store_points(r, error);
    struct json j = json_to(out);
    bool good = points != NULL;

    json_open(&j, NULL, '[');
    for (guint i = 0; good && i < points->len; i++)
        good = json_point(r, g_ptr_array_index(points, i), metric, &j, error);
    json_close(&j, ']');
    if (points)
        g_ptr_array_unref(points);
    return good;
}

/* ---- as CSV ------------------------------------------------------------------------------------------------- */

static void csv_head(const struct store_point *p, struct csv *c)
{
    static const char *const columns[] = {"metric",    "values_count", "mean_ms", "ci_low_ms", "ci_high_ms",
                                          "p50_ms",    "p50_low_ms",   "p50_high_ms", "p90_ms", "p90_low_ms",
                                          "p90_high_ms", "p95_ms",     "p95_low_ms", "p95_high_ms", "p99_ms",
                                          "p99_low_ms", "p99_high_ms"};

    csv_text(c, "point");
    for (guint i = 0; i < p->factors->len; i++)
        csv_text(c, factors_of(p)[i].name);
    csv_text(c, "replications_count");
    csv_text(c, "state");
    for (size_t i = 0; i < G_N_ELEMENTS(columns); i++)
        csv_text(c, columns[i]);
    csv_end(c);
}

static void csv_ms(struct csv *c, double ns)
{
    csv_fixed(c, ns / (double)SIM_MS, 6);
}

static void csv_row(const struct store_point *p, guint factors, const char *metric, const struct store_time *t, struct csv *c)
{
    csv_int(c, p->id);
    for (guint i = 0; i < factors; i++)
        csv_text(c, i < p->factors->len ? factors_of(p)[i].value : NULL);
    csv_int(c, p->replications);
    csv_text(c, p->state);
    csv_text(c, metric);
    csv_int(c, (int64_t)t->n);
    csv_ms(c, t->mean);
    csv_ms(c, t->low);
    csv_ms(c, t->high);
    for (int q = 0; q < KPI_QUANTILES; q++) {
        csv_ms(c, t->p[q]);
        csv_ms(c, t->p_low[q]);
        csv_ms(c, t->p_high[q]);
    }
    csv_end(c);
}

bool study_summary(struct store_reader *r, GString *out, GError **error)
{
    GPtrArray *points = store_points(r, error);
    struct csv c = csv_to(out);
    bool good = points != NULL;

    if (!good)
        return false;
    const struct store_point *wide = widest(points);
    csv_head(wide, &c);
    for (guint i = 0; i < points->len && good; i++) {
        const struct store_point *p = g_ptr_array_index(points, i);
        GPtrArray *times = store_times(r, p, error);
        good = times != NULL;
        for (guint k = 0; good && k < times->len; k++) {
            struct store_time t;
            good = store_time(r, p, STORE_ALL, g_ptr_array_index(times, k), &t, error);
            csv_row(p, wide->factors->len, g_ptr_array_index(times, k), &t, &c);
        }
        if (times)
            g_ptr_array_free(times, TRUE);
    }
    g_ptr_array_unref(points);
    return good;
}
