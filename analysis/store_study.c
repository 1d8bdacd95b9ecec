/* store_study.c - writes the results of a sweep: points and replications (see store_study.h). Opening and closing are in
 * store_study_file.c. */
#include "analysis/store_study_int.h"

#include "analysis/pack.h"

#include <math.h>
#include <string.h>

#define COMMIT_US 500000

/* ---- transactions ------------------------------------------------------------------------------------------ */

bool study_give_up(struct study_store *s, GError **error)
{
    if (error && !*error)
        store_failed_db(error, s->file.db, s->file.path);
    sqlite3_exec(s->file.db, "ROLLBACK", NULL, NULL, NULL);
    s->open = false;
    return false;
}

bool study_begin(struct study_store *s, GError **error)
{
    if (s->open)
        return true;
    if (!store_exec(s->file.db, s->file.path, "BEGIN IMMEDIATE", error))
        return false;
    s->open = true;
    s->opened_us = g_get_monotonic_time();
    return true;
}

bool study_commit(struct study_store *s, GError **error)
{
    if (s->open && sqlite3_exec(s->file.db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
        return study_give_up(s, error);
    s->open = false;
    return true;
}

bool study_store_tick(struct study_store *s, GError **error)
{
    /* a part is one transaction: nobody would see more of it */
    if (!s->open || s->part || g_get_monotonic_time() - s->opened_us < COMMIT_US)
        return true;
    return study_commit(s, error);
}

/* ---- finding points ------------------------------------------------------------------------------------------ */

char *study_key(const char *hash, uint64_t seed)
{
    return g_strdup_printf("%s %" G_GUINT64_FORMAT, hash, seed);
}

static char *hash_of(const struct study_point *p)
{
    GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);

    for (size_t i = 0; i < p->n_values; i++) {
        const struct study_value *v = &p->values[i];
        if (!store_changes_results(v->name))
            continue;
        g_checksum_update(sum, (const guchar *)v->name, (gssize)strlen(v->name) + 1);
        g_checksum_update(sum, (const guchar *)(v->value ? v->value : ""), v->value ? (gssize)strlen(v->value) + 1 : 0);
    }
    /* a scenario that cannot be loaded is known by what it should have been */
    for (size_t i = 0; i < p->n_levels && !p->n_values; i++) {
        g_checksum_update(sum, (const guchar *)p->levels[i].factor, (gssize)strlen(p->levels[i].factor) + 1);
        g_checksum_update(sum, (const guchar *)p->levels[i].text, (gssize)strlen(p->levels[i].text) + 1);
    }
    char *text = g_strdup(g_checksum_get_string(sum));
    g_checksum_free(sum);
    return text;
}

/* The point's own place if nobody has it, else one beyond all. */
static gint64 free_id(struct study_store *s, unsigned position)
{
    if (!g_hash_table_contains(s->ids, GINT_TO_POINTER(position)))
        return position;
    return ++s->beyond;
}

static bool put_levels(struct study_store *s, const struct study_point *p)
{
    bool done = store_sql_for_point(&s->rows, "DELETE FROM factor WHERE point = ?1", NULL);

    for (size_t i = 0; i < p->n_levels && done; i++) {
        const struct study_level *l = &p->levels[i];
        done = store_put(&s->rows, "factor", "iittrt", s->rows.point, (int64_t)i + 1, l->factor, l->text, l->number,
                         l->unit ? l->unit : "");
    }
    return done;
}

/* What differs from the base. */
static bool put_values(struct study_store *s, const struct study_point *p)
{
    bool done = true;

    for (size_t i = 0; i < p->n_values && done; i++) {
        const struct study_value *v = &p->values[i];
        const char *base;
        if (g_hash_table_lookup_extended(s->base, v->name, NULL, (gpointer *)(void *)&base) &&
            g_strcmp0(base, v->value) == 0)
            continue;
        done = store_put(&s->rows, "parameter", "iitttt", s->rows.point, (int64_t)i + 1, v->name, v->value, v->unit,
                         v->origin);
    }
    return done;
}

static bool new_point(struct study_store *s, const struct study_point *p, const char *hash, gint64 id)
{
    char seed[24];

    s->rows.point = id;
    g_snprintf(seed, sizeof seed, "%" G_GUINT64_FORMAT, p->seed);
    g_hash_table_add(s->ids, GINT_TO_POINTER((gint)id));
    return store_put(&s->rows, "point",
                     "iitt"
                     "iiit",
                     id, (int64_t)1, hash, seed, (int64_t)p->warmup, (int64_t)p->planned, (int64_t)0,
                     store_state_name(STORE_RUNNING)) &&
           put_levels(s, p) && put_values(s, p);
}

/* A point that was there before: its factors may have other names by now, and what has no say in the results (limits,
 * titles) other values. */
static bool old_point(struct study_store *s, const struct study_point *p, gint64 id)
{
    s->rows.point = id;
    return store_sql(&s->rows, "UPDATE point SET replications_planned_count = ?1, warmup_ns = ?2 WHERE id = ?3", "iii",
                     (int64_t)p->planned, (int64_t)p->warmup, id) &&
           put_levels(s, p) && store_sql_for_point(&s->rows, "DELETE FROM parameter WHERE point = ?1", NULL) &&
           put_values(s, p);
}

static bool read_packs(struct study_store *s, struct study_have *have)
{
    sqlite3_stmt *q = NULL;
    int code = sqlite3_prepare_v2(s->file.db, "SELECT replication, through FROM pack WHERE point = ?1 ORDER BY replication",
                                  -1, &q, NULL);

    if (code == SQLITE_OK)
        sqlite3_bind_int64(q, 1, have->id);
    while (code == SQLITE_OK && sqlite3_step(q) == SQLITE_ROW) {
        unsigned replication = (unsigned)sqlite3_column_int64(q, 0);
        if (replication == 0)
            have->through = (unsigned)sqlite3_column_int64(q, 1);
        else
            g_array_append_val(have->single, replication);
    }
    return sqlite3_finalize(q) == SQLITE_OK;
}

bool study_store_point(struct study_store *s, const struct study_point *p, struct study_have *have, GError **error)
{
    if (!study_begin(s, error))
        return false;
    char *hash = hash_of(p), *key = study_key(hash, p->seed);
    struct place *known = g_hash_table_lookup(s->places, key);
    bool done = true;

    if (known && known->position) {
        have->twin = known->position;
        have->id = known->id;
    } else if (known) {
        have->id = known->id;
        known->position = p->position;
        done = old_point(s, p, known->id) && read_packs(s, have);
    } else {
        struct place *place = g_new(struct place, 1);
        *place = (struct place){free_id(s, p->position), p->position};
        have->id = place->id;
        g_hash_table_insert(s->places, g_strdup(key), place);
        done = new_point(s, p, hash, place->id);
    }
    g_free(hash);
    g_free(key);
    return done || study_give_up(s, error);
}

/* ---- reading what there is ----------------------------------------------------------------------------------- */

static struct metrics_result *read_pack(struct study_store *s, gint64 point, unsigned replication, GError **error)
{
    struct metrics_result *r = g_new(struct metrics_result, 1);
    sqlite3_stmt *q = NULL;
    bool there = sqlite3_prepare_v2(s->file.db, "SELECT bytes FROM pack WHERE point = ?1 AND replication = ?2", -1, &q,
                                    NULL) == SQLITE_OK;

    metrics_result_init(r);
    if (there) {
        sqlite3_bind_int64(q, 1, point);
        sqlite3_bind_int64(q, 2, replication);
        there = sqlite3_step(q) == SQLITE_ROW;
    }
    bool read = there && unpack_result(sqlite3_column_blob(q, 0), (size_t)sqlite3_column_bytes(q, 0), r);
    sqlite3_finalize(q);
    if (read)
        return r;
    if (there)
        store_failed(error, STORE_ERROR_FOREIGN, s->file.path,
                     "was written by a program that measures other things: it cannot be gone on with");
    else
        store_failed_db(error, s->file.db, s->file.path);
    metrics_result_clear(r);
    g_free(r);
    return NULL;
}

struct metrics_result *study_store_single(struct study_store *s, gint64 point, unsigned replication, GError **error)
{
    return read_pack(s, point, replication, error);
}

static double real_at(sqlite3_stmt *q, int column)
{
    return sqlite3_column_type(q, column) == SQLITE_NULL ? NAN : sqlite3_column_double(q, column);
}

/* What the kpi keeps of each replication by itself. */
static void take_row(sqlite3_stmt *q, struct kpi *kpi)
{
    int i = metric_by_name((const char *)sqlite3_column_text(q, 1));

    if (i < 0)
        return;
    double mean = sqlite3_column_double(q, 2);
    g_array_append_val(kpi->means[i], mean);
    for (int k = 0; k < KPI_QUANTILES; k++) {
        double value = real_at(q, 3 + k);
        g_array_append_val(kpi->quantile[i][k], value);
    }
}

bool study_store_alone(struct study_store *s, gint64 point, struct kpi *kpi, GError **error)
{
    sqlite3_stmt *q = NULL;
    int code = sqlite3_prepare_v2(s->file.db,
                                  "SELECT name, ci_low_ns, ci_high_ns FROM metric WHERE point = ?1 AND ci_low_ns IS NOT NULL"
                                  " AND replication = (SELECT min(number) FROM replication WHERE point = ?1)",
                                  -1, &q, NULL);

    if (code == SQLITE_OK)
        sqlite3_bind_int64(q, 1, point);
    while (code == SQLITE_OK && (code = sqlite3_step(q)) == SQLITE_ROW) {
        int i = metric_by_name((const char *)sqlite3_column_text(q, 0));
        if (i >= 0)
            kpi->alone[i] = (struct kpi_ends){KPI_OF_BATCHES, sqlite3_column_double(q, 1), sqlite3_column_double(q, 2)};
        code = SQLITE_OK;
    }
    sqlite3_finalize(q);
    return code == SQLITE_DONE || store_failed_db(error, s->file.db, s->file.path);
}

bool study_store_total(struct study_store *s, gint64 point, struct kpi *kpi, GError **error)
{
    struct metrics_result *sum = read_pack(s, point, STORE_ALL, error);
    sqlite3_stmt *q = NULL;
    int code;

    if (!sum)
        return false;
    metrics_result_merge(&kpi->sum, sum);
    metrics_result_clear(sum);
    g_free(sum);
    code = sqlite3_prepare_v2(s->file.db,
                              "SELECT m.replication, m.name, mean_ns, p50_ns, p90_ns, p95_ns, p99_ns"
                              " FROM metric m WHERE point = ?1 AND m.replication BETWEEN 1 AND"
                              " (SELECT through FROM pack WHERE point = ?1 AND replication = 0) ORDER BY m.replication",
                              -1, &q, NULL);
    if (code == SQLITE_OK)
        sqlite3_bind_int64(q, 1, point);
    while (code == SQLITE_OK && (code = sqlite3_step(q)) == SQLITE_ROW) {
        take_row(q, kpi);
        code = SQLITE_OK;
    }
    sqlite3_finalize(q);
    if (code != SQLITE_DONE)
        return store_failed_db(error, s->file.db, s->file.path);
    return study_store_alone(s, point, kpi, error);
}

/* ---- adding --------------------------------------------------------------------------------------------------- */

bool study_store_add(struct study_store *s, gint64 point, const struct store_replication *r, GError **error)
{
    if (!study_begin(s, error))
        return false;
    s->rows.point = point;
    g_string_truncate(s->bytes, 0);
    bool done = store_put_replication(&s->rows, r, s->level, 0);
    pack_result(r->result, s->bytes);
    done = done && store_put(&s->rows, "pack", "iiib", point, (int64_t)r->number, (int64_t)r->number, s->bytes) &&
           store_sql(&s->rows, "DELETE FROM problem WHERE point = ?1 AND replication IN (0, ?2)", "ii", point,
                     (int64_t)r->number);
    return done || study_give_up(s, error);
}

bool study_store_problem(struct study_store *s, gint64 point, unsigned replication, const char *why, GError **error)
{
    if (!study_begin(s, error))
        return false;
    bool done = store_sql(&s->rows, "INSERT OR REPLACE INTO problem VALUES (?1, ?2, ?3)", "iit", point,
                          (int64_t)replication, why) &&
                store_sql(&s->rows, "UPDATE point SET state = ?1 WHERE id = ?2", "ti", store_state_name(STORE_FAILED), point);
    return done || study_give_up(s, error);
}

/* Replications that a precision turned out not to need. */
static bool drop_later(struct study_store *s, unsigned last)
{
    static const char *const tables[] = {"replication", "metric", "phase", "cell", "station", "procedure_count", "pack", "problem"};
    bool done = true;

    for (size_t i = 0; i < G_N_ELEMENTS(tables) && done; i++) {
        char *sql = g_strdup_printf("DELETE FROM \"%s\" WHERE point = ?1 AND %s > ?2", tables[i],
                                    strcmp(tables[i], "replication") == 0 ? "number" : "replication");
        done = store_sql(&s->rows, sql, "ii", s->rows.point, (int64_t)last);
        g_free(sql);
    }
    return done;
}

/* One pack in the place of many. */
static bool pack_total(struct study_store *s, struct kpi *kpi, unsigned last)
{
    g_string_truncate(s->bytes, 0);
    pack_result(&kpi->sum, s->bytes);
    return store_sql_for_point(&s->rows, "DELETE FROM pack WHERE point = ?1", NULL) &&
           store_put(&s->rows, "pack", "iiib", s->rows.point, (int64_t)STORE_ALL, (int64_t)last, s->bytes);
}

bool study_store_complete(struct study_store *s, gint64 point, struct kpi *kpi, unsigned last, bool failed, GError **error)
{
    if (!study_begin(s, error))
        return false;
    s->rows.point = point;
    bool done = drop_later(s, last) && (kpi->finished == 0 || store_put_totals(&s->rows, kpi, STORE_BINS)) &&
                (failed || pack_total(s, kpi, last)) &&
                store_sql(&s->rows, "UPDATE point SET replications_finished_count = ?1, state = ?2, warmup_ns = ?3 WHERE id = ?4",
                          "itii", (int64_t)kpi->finished, store_state_name(failed ? STORE_FAILED : STORE_FINISHED),
                          (int64_t)kpi->warmup, point);
    return done || study_give_up(s, error);
}
