/* store_read.c - reads results.db (see store_read.h). */
#include "analysis/store_read.h"

#include "analysis/csv.h"
#include "analysis/json.h"
#include "analysis/store_int.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

/* What is handed to `write` in one piece, about. */
#define PIECE 65536

struct store_reader {
    sqlite3 *db;
    char *path;
};

struct store_reader *store_reader_open(const char *path, GError **error)
{
    struct store_reader *r = g_new0(struct store_reader, 1);

    r->path = g_strdup(path);
    if (sqlite3_open_v2(path, &r->db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK) {
        store_failed_db(error, r->db, path);
    } else {
        sqlite3_busy_timeout(r->db, 10000);
        /* one state of things, even while somebody writes */
        if (store_is_ours(r->db, path, error) && store_exec(r->db, path, "BEGIN", error))
            return r;
    }
    store_reader_close(r);
    return NULL;
}

void store_reader_close(struct store_reader *r)
{
    sqlite3_close(r->db);
    g_free(r->path);
    g_free(r);
}

static sqlite3_stmt *prepare(struct store_reader *r, const char *sql, GError **error)
{
    sqlite3_stmt *s = NULL;

    if (sqlite3_prepare_v2(r->db, sql, -1, &s, NULL) != SQLITE_OK)
        store_failed_db(error, r->db, r->path);
    return s;
}

/* Ends a statement whose last step gave `code`. */
static bool end(struct store_reader *r, sqlite3_stmt *s, int code, GError **error)
{
    if (code != SQLITE_DONE)
        store_failed_db(error, r->db, r->path);
    sqlite3_finalize(s);
    return code == SQLITE_DONE;
}

static const char *text_at(sqlite3_stmt *s, int column)
{
    return (const char *)sqlite3_column_text(s, column);
}

/* ---- rows as texts ----------------------------------------------------------------------------------- */

struct text_row {
    int columns;
    char *text[];
};

static void free_row(gpointer data)
{
    char **text = data;
    struct text_row *row_of = (struct text_row *)(void *)((char *)data - offsetof(struct text_row, text));
    for (int i = 0; i < row_of->columns; i++)
        g_free(text[i]);
    g_free(row_of);
}

GPtrArray *store_rows(struct store_reader *r, const struct store_point *p, const char *sql, GError **error)
{
    GPtrArray *rows = g_ptr_array_new_with_free_func(free_row);
    sqlite3_stmt *s = prepare(r, sql, error);
    int code = SQLITE_ERROR;

    if (s)
        sqlite3_bind_int64(s, 1, p->id);
    while (s && (code = sqlite3_step(s)) == SQLITE_ROW) {
        int columns = sqlite3_column_count(s);
        struct text_row *new = g_malloc(sizeof *new + (gsize)columns * sizeof new->text[0]);
        new->columns = columns;
        for (int i = 0; i < columns; i++)
            new->text[i] = g_strdup(text_at(s, i));
        g_ptr_array_add(rows, new->text);
    }
    if (s && end(r, s, code, error))
        return rows;
    g_ptr_array_free(rows, TRUE);
    return NULL;
}

void store_rows_free(GPtrArray *rows)
{
    g_ptr_array_free(rows, TRUE);
}

/* ---- whole tables ------------------------------------------------------------------------------------ */

static char *select_all(const struct store_table *t, bool provenance)
{
    GString *sql = g_string_new("SELECT ");
    unsigned columns = 0;

    for (const struct store_column *c = t->columns; c->name; c++)
        if (provenance || !c->provenance)
            g_string_append_printf(sql, "%s\"%s\"", columns++ ? ", " : "", c->name);
    g_string_append_printf(sql, " FROM \"%s\" ORDER BY %s", t->name, t->key);
    return g_string_free(sql, FALSE);
}

static void csv_cell(struct csv *csv, sqlite3_stmt *s, int i)
{
    switch (sqlite3_column_type(s, i)) {
    case SQLITE_INTEGER:
        csv_int(csv, sqlite3_column_int64(s, i));
        break;
    case SQLITE_FLOAT:
        csv_real(csv, sqlite3_column_double(s, i));
        break;
    default:
        csv_text(csv, text_at(s, i));
        break;
    }
}

static void json_cell(struct json *json, sqlite3_stmt *s, int i)
{
    const char *key = sqlite3_column_name(s, i);

    switch (sqlite3_column_type(s, i)) {
    case SQLITE_INTEGER:
        json_int(json, key, sqlite3_column_int64(s, i));
        break;
    case SQLITE_FLOAT:
        json_real(json, key, sqlite3_column_double(s, i));
        break;
    default:
        json_string(json, key, text_at(s, i));
        break;
    }
}

struct writing {
    GString *text;
    struct csv csv;
    struct json json;
    enum store_format format;
    store_write_fn write;
    void *user;
    bool going;
};

static void row(struct writing *w, sqlite3_stmt *s)
{
    int columns = sqlite3_column_count(s);

    if (w->format == STORE_JSON)
        json_open(&w->json, NULL, '{');
    for (int i = 0; i < columns; i++) {
        if (w->format == STORE_JSON)
            json_cell(&w->json, s, i);
        else
            csv_cell(&w->csv, s, i);
    }
    if (w->format == STORE_JSON)
        json_close(&w->json, '}');
    else
        csv_end(&w->csv);
}

static void write_piece(struct writing *w, gsize at_least)
{
    if (w->going && w->text->len > at_least) {
        w->going = w->write(w->text, w->user);
        g_string_truncate(w->text, 0);
    }
}

static bool write_table(struct store_reader *r, const struct store_table *t, bool provenance,
                        struct writing *w, const char *key, GError **error)
{
    char *sql = select_all(t, provenance);
    sqlite3_stmt *s = prepare(r, sql, error);
    int code = SQLITE_DONE;

    g_free(sql);
    if (!s)
        return false;
    if (w->format == STORE_JSON) {
        json_open(&w->json, key, '[');
    } else {
        for (int i = 0; i < sqlite3_column_count(s); i++)
            csv_text(&w->csv, sqlite3_column_name(s, i));
        csv_end(&w->csv);
    }
    while (w->going && (code = sqlite3_step(s)) == SQLITE_ROW) {
        row(w, s);
        write_piece(w, PIECE);
    }
    if (w->format == STORE_JSON)
        json_close(&w->json, ']');
    return end(r, s, w->going ? code : SQLITE_DONE, error);
}

bool store_export(struct store_reader *r, const struct store_table *table, enum store_format format,
                  bool provenance, store_write_fn write, void *user, GError **error)
{
    GString *text = g_string_new(NULL);
    struct writing w = {text, csv_to(text), json_to(text), format, write, user, true};
    bool read = true;

    if (table) {
        read = write_table(r, table, provenance, &w, NULL, error);
    } else {
        json_open(&w.json, NULL, '{');
        for (const struct store_table *t = store_tables(); t->name && read; t++)
            read = store_table_is_internal(t) ||
                   write_table(r, t, provenance, &w, t->name, error);
        json_close(&w.json, '}');
    }
    write_piece(&w, 0);
    g_string_free(text, TRUE);
    return read && w.going;
}

bool store_count(struct store_reader *r, const struct store_table *table, gint64 *count, GError **error)
{
    char *sql = g_strdup_printf("SELECT count(*) FROM \"%s\"", table->name);
    bool read = store_int(r->db, r->path, sql, count, error);

    g_free(sql);
    return read;
}

/* ---- points ------------------------------------------------------------------------------------------ */

static void clear_factor(gpointer factor)
{
    struct store_factor *f = factor;

    g_free(f->name);
    g_free(f->value);
    g_free(f->unit);
}

void store_point_free(struct store_point *p)
{
    g_array_unref(p->factors);
    g_free(p->sweep);
    g_free(p->scenario);
    g_free(p->title);
    g_free(p->seed);
    g_free(p->state);
    g_free(p);
}

static double real_at(sqlite3_stmt *s, int column)
{
    return sqlite3_column_type(s, column) == SQLITE_NULL ? NAN : sqlite3_column_double(s, column);
}

/* Both in order of points. */
static bool read_factors(struct store_reader *r, GPtrArray *points, GError **error)
{
    sqlite3_stmt *s =
        prepare(r, "SELECT point, name, value, unit, number FROM factor ORDER BY point, position", error);
    int code = SQLITE_ERROR;
    guint i = 0;

    while (s && (code = sqlite3_step(s)) == SQLITE_ROW) {
        gint64 id = sqlite3_column_int64(s, 0);
        while (i < points->len && ((struct store_point *)g_ptr_array_index(points, i))->id < id)
            i++;
        struct store_factor f = {g_strdup(text_at(s, 1)), g_strdup(text_at(s, 2)), g_strdup(text_at(s, 3)),
                                 real_at(s, 4)};
        if (i < points->len && ((struct store_point *)g_ptr_array_index(points, i))->id == id)
            g_array_append_val(((struct store_point *)g_ptr_array_index(points, i))->factors, f);
        else
            clear_factor(&f);
    }
    return s && end(r, s, code, error);
}

GPtrArray *store_points(struct store_reader *r, GError **error)
{
    sqlite3_stmt *s = prepare(r,
                              "SELECT p.id, sweep, scenario, title, p.seed, p.state, p.replications_planned_count,"
                              " p.replications_finished_count, confidence_ratio, p.warmup_ns FROM point p JOIN run ON run.id = p.run ORDER BY p.id",
                              error);
    GPtrArray *points = g_ptr_array_new_with_free_func((GDestroyNotify)store_point_free);
    int code = SQLITE_ERROR;

    while (s && (code = sqlite3_step(s)) == SQLITE_ROW) {
        struct store_point *p = g_new0(struct store_point, 1);
        p->id = sqlite3_column_int64(s, 0);
        p->sweep = g_strdup(text_at(s, 1));
        p->scenario = g_strdup(text_at(s, 2));
        p->title = g_strdup(text_at(s, 3));
        p->seed = g_strdup(text_at(s, 4));
        p->state = g_strdup(text_at(s, 5));
        p->planned = (unsigned)sqlite3_column_int64(s, 6);
        p->replications = (unsigned)sqlite3_column_int64(s, 7);
        p->level = sqlite3_column_double(s, 8);
        p->warmup = sqlite3_column_int64(s, 9);
        p->factors = g_array_new(FALSE, FALSE, sizeof(struct store_factor));
        g_array_set_clear_func(p->factors, clear_factor);
        g_ptr_array_add(points, p);
    }
    bool read = s && end(r, s, code, error) && read_factors(r, points, error);
    if (read && points->len)
        return points;
    if (read)
        store_failed(error, STORE_ERROR_EMPTY, r->path, "holds no run");
    g_ptr_array_free(points, TRUE);
    return NULL;
}

/* A statement with the point as ?1, a text as ?2 and a number as ?3. */
static sqlite3_stmt *ask(struct store_reader *r, const char *sql, const struct store_point *p,
                         const char *text, unsigned number, GError **error)
{
    sqlite3_stmt *s = prepare(r, sql, error);

    if (!s)
        return NULL;
    sqlite3_bind_int64(s, 1, p->id);
    if (text)
        sqlite3_bind_text(s, 2, text, -1, SQLITE_TRANSIENT);
    sqlite3_bind_int64(s, 3, number);
    return s;
}

GPtrArray *store_times(struct store_reader *r, const struct store_point *p, GError **error)
{
    sqlite3_stmt *s =
        ask(r, "SELECT name FROM metric WHERE point = ?1 AND replication = 0", p, NULL, 0, error);
    GPtrArray *names = g_ptr_array_new();
    bool there[METRIC_COUNT] = {false};
    int code = SQLITE_ERROR;

    while (s && (code = sqlite3_step(s)) == SQLITE_ROW) {
        int i = metric_by_name(text_at(s, 0));
        if (i >= 0)
            there[i] = true;
    }
    if (!s || !end(r, s, code, error)) {
        g_ptr_array_free(names, TRUE);
        return NULL;
    }
    for (int i = 0; i < METRIC_COUNT; i++)
        if (there[i])
            g_ptr_array_add(names, (char *)(uintptr_t)metric_table[i].name);
    return names;
}

bool store_time(struct store_reader *r, const struct store_point *p, unsigned replication, const char *metric,
                struct store_time *out, GError **error)
{
    sqlite3_stmt *s = ask(r,
                          "SELECT values_count, mean_ns, sd_ns, ci_low_ns, ci_high_ns, p50_ns, p50_low_ns, p50_high_ns,"
                          " p90_ns, p90_low_ns, p90_high_ns, p95_ns, p95_low_ns, p95_high_ns, p99_ns, p99_low_ns,"
                          " p99_high_ns FROM metric WHERE point = ?1 AND name = ?2 AND replication = ?3",
                          p, metric, replication, error);
    int code = s ? sqlite3_step(s) : SQLITE_ERROR;
    bool there = code == SQLITE_ROW;

    *out = (struct store_time){0, NAN, NAN, NAN, NAN, {NAN, NAN, NAN, NAN}, {NAN, NAN, NAN, NAN}, {NAN, NAN, NAN, NAN}};
    if (there) {
        out->n = (guint64)sqlite3_column_int64(s, 0);
        out->mean = real_at(s, 1);
        out->sd = real_at(s, 2);
        out->low = real_at(s, 3);
        out->high = real_at(s, 4);
        for (int q = 0; q < KPI_QUANTILES; q++) {
            out->p[q] = real_at(s, 5 + 3 * q);
            out->p_low[q] = real_at(s, 6 + 3 * q);
            out->p_high[q] = real_at(s, 7 + 3 * q);
        }
    }
    return s && end(r, s, there ? SQLITE_DONE : code, error);
}

bool store_ratio(struct store_reader *r, const struct store_point *p, const char *name, double *value, double *low,
                 double *high, GError **error)
{
    sqlite3_stmt *s = ask(r, "SELECT value_ratio, ci_low_ratio, ci_high_ratio FROM ratio WHERE point = ?1 AND name = ?2", p,
                          name, 0, error);
    int code = s ? sqlite3_step(s) : SQLITE_ERROR;
    bool there = code == SQLITE_ROW;

    *value = there ? real_at(s, 0) : NAN;
    *low = there ? real_at(s, 1) : NAN;
    *high = there ? real_at(s, 2) : NAN;
    return s && end(r, s, there ? SQLITE_DONE : code, error);
}

/* ---- values ------------------------------------------------------------------------------------------ */

static GArray *bins_of(struct store_reader *r, sqlite3_stmt *s, GError **error)
{
    GArray *bins = g_array_new(FALSE, FALSE, sizeof(struct store_bin));
    int code = SQLITE_ERROR;

    while (s && (code = sqlite3_step(s)) == SQLITE_ROW) {
        struct store_bin bin = {sqlite3_column_int64(s, 0), sqlite3_column_int64(s, 1),
                                (guint64)sqlite3_column_int64(s, 2)};
        g_array_append_val(bins, bin);
    }
    if (s && end(r, s, code, error))
        return bins;
    g_array_free(bins, TRUE);
    return NULL;
}

GArray *store_distribution(struct store_reader *r, const struct store_point *p, unsigned replication,
                           const char *metric, GError **error)
{
    const char *values = "SELECT value_ns, value_ns, count(*) FROM sample"
                         " WHERE point = ?1 AND metric = ?2 AND ?3 IN (0, replication)"
                         " GROUP BY value_ns ORDER BY value_ns";
    const char *bins = "SELECT low_ns, high_ns, values_count FROM histogram"
                       " WHERE point = ?1 AND metric = ?2 AND replication = ?3 ORDER BY low_ns";
    GArray *found = bins_of(r, ask(r, values, p, metric, replication, error), error);

    if (!found || found->len)
        return found;
    g_array_free(found, TRUE);
    return bins_of(r, ask(r, bins, p, metric, replication, error), error);
}

static GArray *parts_of(struct store_reader *r, sqlite3_stmt *s, GError **error)
{
    GArray *parts = g_array_new(FALSE, FALSE, sizeof(struct store_part));
    int code = SQLITE_ERROR;

    while (s && (code = sqlite3_step(s)) == SQLITE_ROW) {
        struct store_part part = {
            sqlite3_column_int64(s, 0),
            {sqlite3_column_int64(s, 1), sqlite3_column_int64(s, 2), (guint64)sqlite3_column_int64(s, 3)}
        };
        g_array_append_val(parts, part);
    }
    if (s && end(r, s, code, error))
        return parts;
    g_array_free(parts, TRUE);
    return NULL;
}

GArray *store_parts(struct store_reader *r, const struct store_point *p, const char *metric, GError **error)
{
    const char *values = "SELECT replication, value_ns, value_ns, count(*) FROM sample"
                         " WHERE point = ?1 AND metric = ?2 GROUP BY replication, value_ns"
                         " ORDER BY replication, value_ns";
    const char *bins = "SELECT replication, low_ns, high_ns, values_count FROM histogram"
                       " WHERE point = ?1 AND metric = ?2 AND replication > 0 ORDER BY replication, low_ns";
    GArray *found = parts_of(r, ask(r, values, p, metric, 0, error), error);

    if (!found || found->len)
        return found;
    g_array_free(found, TRUE);
    return parts_of(r, ask(r, bins, p, metric, 0, error), error);
}

GArray *store_metric(struct store_reader *r, const struct store_point *p, const char *metric,
                     const char *column, bool all, GError **error)
{
    char *sql = g_strdup_printf("SELECT \"%s\" FROM metric WHERE point = ?1 AND name = ?2"
                                " AND (replication = 0) = ?3 ORDER BY replication",
                                column);
    sqlite3_stmt *s = ask(r, sql, p, metric, all, error);
    GArray *values = g_array_new(FALSE, FALSE, sizeof(double));
    int code = SQLITE_ERROR;

    g_free(sql);
    while (s && (code = sqlite3_step(s)) == SQLITE_ROW) {
        double value = sqlite3_column_type(s, 0) == SQLITE_NULL ? NAN : sqlite3_column_double(s, 0);
        g_array_append_val(values, value);
    }
    if (s && end(r, s, code, error))
        return values;
    g_array_free(values, TRUE);
    return NULL;
}

GPtrArray *store_parameters(struct store_reader *r, const struct store_point *p, const char *name,
                            GError **error)
{
    sqlite3_stmt *s = ask(r,
                          "SELECT value FROM parameter_in_effect WHERE point = ?1 AND value IS NOT NULL AND"
                          " (name = ?2 OR (?2 LIKE '.%' AND substr(name, -length(?2)) = ?2))"
                          " ORDER BY position",
                          p, name, 0, error);
    GPtrArray *values = g_ptr_array_new_with_free_func(g_free);
    int code = SQLITE_ERROR;

    while (s && (code = sqlite3_step(s)) == SQLITE_ROW)
        g_ptr_array_add(values, g_strdup(text_at(s, 0)));
    if (s && end(r, s, code, error))
        return values;
    g_ptr_array_free(values, TRUE);
    return NULL;
}

static __int128 decimal_at(sqlite3_stmt *s, int column)
{
    __int128 value = 0;

    for (const char *digit = text_at(s, column); digit && g_ascii_isdigit(*digit); digit++)
        value = 10 * value + (*digit - '0');
    return value;
}

bool store_series(struct store_reader *r, const struct store_point *p, const char *metric, struct series *series,
                  sim_time *length, GError **error)
{
    sqlite3_stmt *s = ask(r,
                          "SELECT from_ns, to_ns, values_count, sum_ns, (SELECT avg(virtual_ns) FROM replication"
                          " WHERE point = ?1) FROM series WHERE point = ?1 AND metric = ?2 ORDER BY from_ns",
                          p, metric, 0, error);
    int code = SQLITE_ERROR;

    *length = 0;
    while (s && (code = sqlite3_step(s)) == SQLITE_ROW) {
        sim_time from = sqlite3_column_int64(s, 0), to = sqlite3_column_int64(s, 1);
        *length = sqlite3_column_int64(s, 4);
        if (to > from && from >= 0)
            series_put(series, to - from, from, (uint64_t)sqlite3_column_int64(s, 2), decimal_at(s, 3));
    }
    return s && end(r, s, code, error);
}
