/* store.c - writes the results of a run (see store.h).
 *
 * Rows go into a transaction that opens with the first replication added and is committed when it is
 * COMMIT_US old, after the totals were written anew. The very first one also takes away the runs that this
 * one replaces. */
#include "analysis/store.h"

#include "analysis/store_int.h"

#include <stdlib.h>
#include <string.h>

#define COMMIT_US 500000

/* ---- the run ---------------------------------------------------------------------------------------- */

/* Parameters that change no number of a replication. */
bool store_changes_results(const char *name)
{
    static const char *const without[] = {"name", "title", "run.seed", "run.replications"};

    for (size_t i = 0; i < G_N_ELEMENTS(without); i++)
        if (strcmp(name, without[i]) == 0)
            return false;
    return !g_str_has_prefix(name, "run.max-") && !g_str_has_prefix(name, "view.");
}

void store_parameter(struct store *s, const char *name, const char *value, const char *unit,
                     const char *origin)
{
    const char *const texts[] = {name, value, unit, origin};

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        g_ptr_array_add(s->parameters, g_strdup(texts[i]));
    if (!store_changes_results(name))
        return;
    /* the zeros that end the strings keep name and value apart */
    g_checksum_update(s->hash, (const guchar *)name, (gssize)strlen(name) + 1);
    g_checksum_update(s->hash, (const guchar *)(value ? value : ""), value ? (gssize)strlen(value) + 1 : 0);
}

/* The rows of the run itself. */
static bool begin_run(struct store *s, GError **error)
{
    sqlite3 *db = s->file.db;
    const char *path = s->file.path;
    char seed[24], *now = store_now();

    bool done = (s->append || store_remove_all(&s->rows)) &&
                store_int(db, path, "SELECT ifnull(max(id), 0) + 1 FROM run", &s->id, error) &&
                store_int(db, path, "SELECT ifnull(max(id), 0) + 1 FROM point", &s->rows.point, error) &&
                store_put_definitions(&s->rows);
    g_snprintf(seed, sizeof seed, "%" G_GUINT64_FORMAT, s->run.seed);
    done = done && store_put(&s->rows, "run",
                       "itttt"
                       "irii"
                       "tt"
                       "tttttt",
                       s->id, NULL, s->run.scenario, s->run.title, seed, (int64_t)s->run.warmup, s->run.level,
                       (int64_t)s->run.replications, (int64_t)0, store_state_name(STORE_RUNNING), NULL,
                       s->run.program, now, NULL, s->run.file, s->run.xml, NULL);
    done = done && store_put(&s->rows, "point",
                             "iitt"
                             "iiit",
                             s->rows.point, s->id, g_checksum_get_string(s->hash), seed, (int64_t)s->run.warmup,
                             (int64_t)s->run.replications, (int64_t)0, store_state_name(STORE_RUNNING));

    for (guint i = 0; i + 3 < s->parameters->len && done; i += 4) {
        char **p = (char **)s->parameters->pdata + i;
        done = store_put(&s->rows, "parameter", "iitttt", s->rows.point, (int64_t)(i / 4 + 1), p[0], p[1], p[2], p[3]);
    }
    g_free(now);
    s->begun = done;
    return done || (error && *error ? false : store_failed_db(error, db, path));
}

/* ---- replications ------------------------------------------------------------------------------------ */

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* The values themselves, as long as all replications together have few. */
static bool put_samples(struct store *s, unsigned replication, const struct metrics_result *r,
                        const struct kpi *kpi)
{
    for (int i = 0; i < METRIC_COUNT; i++) {
        const struct stats *t = &r->time[i];
        bool done = true;
        if (stats_is_exact(&kpi->sum.time[i]) && t->n) {
            int64_t *value = g_memdup2(t->exact, t->n * sizeof *value);
            qsort(value, t->n, sizeof *value, compare);
            for (uint64_t k = 0; k < t->n && done; k++)
                done = store_put(&s->rows, "sample", "itiii", s->rows.point, metric_table[i].name, (int64_t)replication,
                           (int64_t)k + 1, value[k]);
            g_free(value);
            s->sampled[i] = true;
        } else if (s->sampled[i] && !stats_is_exact(&kpi->sum.time[i])) {
            done =
                store_sql_for_point(&s->rows, "DELETE FROM sample WHERE point = ?1 AND metric = ?2", metric_table[i].name);
            s->sampled[i] = false;
        }
        if (!done)
            return false;
    }
    return true;
}

static bool put_replication(struct store *s, const struct store_replication *r, struct kpi *kpi)
{
    return store_put_replication(&s->rows, r, kpi->level, STORE_BINS) && put_samples(s, r->number, r->result, kpi) &&
           store_put_calls(s, r) && store_put_procedures(s, r) && store_put_hops(s, r);
}

/* ---- transactions ----------------------------------------------------------------------------------- */

static bool give_up(struct store *s, GError **error)
{
    if (!error || !*error)
        store_failed_db(error, s->file.db, s->file.path);
    sqlite3_exec(s->file.db, "ROLLBACK", NULL, NULL, NULL);
    s->open = false;
    s->begun = s->committed;
    return false;
}

static bool begin(struct store *s, GError **error)
{
    if (s->open)
        return true;
    if (!store_exec(s->file.db, s->file.path, "BEGIN IMMEDIATE", error))
        return false;
    s->open = true;
    s->opened_us = g_get_monotonic_time();
    return s->begun || begin_run(s, error) || give_up(s, error);
}

/* Of the run and its point. With a precision it is known at the end only how many were wanted. */
static bool put_state(struct store *s, const struct kpi *kpi, enum store_state state, const char *why)
{
    int64_t planned = state == STORE_FINISHED ? kpi->wanted : s->run.replications;
    const char *name = store_state_name(state);
    char *now = store_now();
    bool done = store_sql(&s->rows,
                          "UPDATE run SET replications_planned_count = ?1, replications_finished_count = ?2,"
                          " state = ?3, why = ?4, ended_utc = ?5 WHERE id = ?6",
                          "iittti", planned, (int64_t)kpi->finished, name, why, now, s->id) &&
                store_sql(&s->rows,
                          "UPDATE point SET replications_planned_count = ?1, replications_finished_count = ?2,"
                          " state = ?3 WHERE id = ?4",
                          "iiti", planned, (int64_t)kpi->finished, name, s->rows.point);
    g_free(now);
    return done;
}

static bool commit(struct store *s, struct kpi *kpi, enum store_state state, const char *why, GError **error)
{
    if (!store_put_totals(&s->rows, kpi, STATS_CELLS) || !store_put_over_time(&s->rows, kpi) || !put_state(s, kpi, state, why) ||
        sqlite3_exec(s->file.db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
        return give_up(s, error);
    s->open = false;
    s->committed = true;
    return true;
}

bool store_add(struct store *s, const struct store_replication *replication, struct kpi *kpi, GError **error)
{
    if (!begin(s, error))
        return false;
    if (!put_replication(s, replication, kpi))
        return give_up(s, error);
    return store_tick(s, kpi, error);
}

bool store_tick(struct store *s, struct kpi *kpi, GError **error)
{
    if (!s->open || g_get_monotonic_time() - s->opened_us < COMMIT_US)
        return true;
    return commit(s, kpi, STORE_RUNNING, NULL, error);
}

/* ---- from beginning to end --------------------------------------------------------------------------- */

struct store *store_new(const char *dir, const struct store_run *run, bool append, bool all_calls,
                        GError **error)
{
    struct store_file file;

    if (!store_file_open(&file, dir, run->scenario, append, error))
        return NULL;
    struct store *s = g_new0(struct store, 1);
    s->file = file;
    s->append = append;
    s->all_calls = all_calls;
    s->run = *run;
    s->run.program = g_strdup(run->program);
    s->run.scenario = g_strdup(run->scenario);
    s->run.title = g_strdup(run->title);
    s->run.file = g_strdup(run->file);
    s->run.xml = g_strdup(run->xml);
    s->parameters = g_ptr_array_new_with_free_func(g_free);
    s->hash = g_checksum_new(G_CHECKSUM_SHA256);
    store_rows_init(&s->rows, file.db);
    return s;
}

/* A single file from now on. A reader that is just looking can hinder that; then it stays as it is. */
static void plain_file(struct store *s)
{
    sqlite3_exec(s->file.db, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL);
}

/* ... and no larger than it has to be when a larger run was replaced. */
static void tidy(struct store *s)
{
    gint64 pages = 0, unused = 0;

    if (store_int(s->file.db, s->file.path, "PRAGMA page_count", &pages, NULL) &&
        store_int(s->file.db, s->file.path, "PRAGMA freelist_count", &unused, NULL) && unused > pages / 2)
        sqlite3_exec(s->file.db, "VACUUM", NULL, NULL, NULL);
    plain_file(s);
}

bool store_finish(struct store *s, struct kpi *kpi, enum store_state state, const char *why, GError **error)
{
    if (!begin(s, error) || !commit(s, kpi, state, why, error))
        return false;
    store_rows_finalize(&s->rows);
    tidy(s);
    GString *summary = g_string_new(NULL);
    store_summary(kpi, state, summary);
    bool done = g_file_set_contents(s->file.summary, summary->str, (gssize)summary->len, error);
    g_string_free(summary, TRUE);
    return done;
}

void store_free(struct store *s)
{
    if (!s)
        return;
    store_rows_clear(&s->rows);
    if (s->open)
        sqlite3_exec(s->file.db, "ROLLBACK", NULL, NULL, NULL);
    plain_file(s);
    store_file_close(&s->file, !s->committed);
    g_free((char *)(uintptr_t)s->run.program);
    g_free((char *)(uintptr_t)s->run.scenario);
    g_free((char *)(uintptr_t)s->run.title);
    g_free((char *)(uintptr_t)s->run.file);
    g_free((char *)(uintptr_t)s->run.xml);
    g_ptr_array_free(s->parameters, TRUE);
    g_checksum_free(s->hash);
    g_free(s);
}
