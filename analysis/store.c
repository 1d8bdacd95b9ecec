/* store.c - writes the results of a run (see store.h).
 *
 * Rows go into a transaction that opens with the first replication added and is committed when it is
 * COMMIT_US old, after the totals were written anew. The very first one also takes away the runs that this
 * one replaces. */
#include "analysis/store.h"

#include "analysis/store_int.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define COMMIT_US 500000

/* ---- rows ------------------------------------------------------------------------------------------- */

char *store_decimal(unsigned __int128 value, char buf[40])
{
    char *p = buf + 39;

    *p = '\0';
    do
        *--p = (char)('0' + (int)(value % 10));
    while (value /= 10);
    return p;
}

sqlite3_stmt *store_insert_into(struct store *s, const char *table)
{
    sqlite3_stmt *stmt = g_hash_table_lookup(s->inserts, table);
    unsigned columns = 0;

    if (stmt)
        return stmt;
    GString *sql = g_string_new(NULL);
    g_string_printf(sql, "INSERT INTO \"%s\" VALUES (", table);
    for (const struct store_column *c = store_table_by_name(table)->columns; c->name; c++)
        g_string_append(sql, columns++ ? ", ?" : "?");
    g_string_append_c(sql, ')');
    sqlite3_prepare_v2(s->file.db, sql->str, -1, &stmt, NULL);
    g_string_free(sql, TRUE);
    if (stmt)
        g_hash_table_insert(s->inserts, (char *)(uintptr_t)table, stmt);
    return stmt;
}

static void bind(sqlite3_stmt *stmt, int column, char kind, va_list *args)
{
    char buf[40];

    switch (kind) {
    case 'i': /* int64_t */
        sqlite3_bind_int64(stmt, column, va_arg(*args, int64_t));
        break;
    case 'p': { /* int64_t; NULL if negative */
        int64_t value = va_arg(*args, int64_t);
        if (value >= 0)
            sqlite3_bind_int64(stmt, column, value);
        break;
    }
    case 'r': /* double; NaN is NULL */
        sqlite3_bind_double(stmt, column, va_arg(*args, double));
        break;
    case 'x': /* unsigned __int128, as text */
        sqlite3_bind_text(stmt, column, store_decimal(va_arg(*args, unsigned __int128), buf), -1,
                          SQLITE_TRANSIENT);
        break;
    default: /* 't': text or NULL; it outlives the step */
        sqlite3_bind_text(stmt, column, va_arg(*args, const char *), -1, SQLITE_STATIC);
        break;
    }
}

/* Adds a row to the table; `kinds` has a letter per column (see bind()). Whether it worked is seen when the
 * transaction is committed: SQLite gives up all of it. */
bool store_put(struct store *s, const char *table, const char *kinds, ...)
{
    sqlite3_stmt *stmt = store_insert_into(s, table);
    va_list args;

    if (!stmt)
        return false;
    sqlite3_clear_bindings(stmt);
    va_start(args, kinds);
    for (int i = 0; kinds[i]; i++)
        bind(stmt, i + 1, kinds[i], &args);
    va_end(args);
    bool done = sqlite3_step(stmt) == SQLITE_DONE;
    sqlite3_reset(stmt);
    return done;
}

bool store_sql_for_point(struct store *s, const char *sql, const char *text)
{
    sqlite3_stmt *stmt = NULL;
    bool done = sqlite3_prepare_v2(s->file.db, sql, -1, &stmt, NULL) == SQLITE_OK &&
                sqlite3_bind_int64(stmt, 1, s->point) == SQLITE_OK &&
                (!text || sqlite3_bind_text(stmt, 2, text, -1, SQLITE_STATIC) == SQLITE_OK) &&
                sqlite3_step(stmt) == SQLITE_DONE;
    sqlite3_finalize(stmt);
    return done;
}

/* ---- the run ---------------------------------------------------------------------------------------- */

/* Parameters that change no number of a replication. */
static bool changes_results(const char *name)
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
    if (!changes_results(name))
        return;
    /* the zeros that end the strings keep name and value apart */
    g_checksum_update(s->hash, (const guchar *)name, (gssize)strlen(name) + 1);
    g_checksum_update(s->hash, (const guchar *)(value ? value : ""), value ? (gssize)strlen(value) + 1 : 0);
}

static char *now_utc(void)
{
    GDateTime *now = g_date_time_new_now_utc();
    char *text = g_date_time_format_iso8601(now);

    g_date_time_unref(now);
    return text;
}

static bool put_definitions(struct store *s)
{
    bool done = store_sql_for_point(s, "DELETE FROM definition WHERE ?1 IS NOT NULL", NULL);

    for (int i = 0; i < METRIC_COUNT && done; i++) {
        const struct metric_decl *d = &metric_table[i];
        done = store_put(s, "definition", "ttttt", "time", d->name, d->unit, d->ends, d->source);
    }
    for (int i = 0; i < RATIO_COUNT && done; i++) {
        const struct ratio_decl *d = &ratio_table[i];
        done = store_put(s, "definition", "ttttt", "ratio", d->name, "%", d->words, d->source);
    }
    return done;
}

static bool remove_runs(struct store *s)
{
    for (const struct store_table *t = store_tables(); t->name; t++) {
        char *sql = g_strdup_printf("DELETE FROM \"%s\"", t->name);
        bool done =
            strcmp(t->name, "meta") == 0 || sqlite3_exec(s->file.db, sql, NULL, NULL, NULL) == SQLITE_OK;
        g_free(sql);
        if (!done)
            return false;
    }
    return true;
}

/* The rows of the run itself. */
static bool begin_run(struct store *s, GError **error)
{
    sqlite3 *db = s->file.db;
    const char *path = s->file.path;
    char seed[24], *now = now_utc();

    bool done = (s->append || remove_runs(s)) &&
                store_int(db, path, "SELECT ifnull(max(id), 0) + 1 FROM run", &s->id, error) &&
                store_int(db, path, "SELECT ifnull(max(id), 0) + 1 FROM point", &s->point, error) &&
                put_definitions(s);
    g_snprintf(seed, sizeof seed, "%" G_GUINT64_FORMAT, s->run.seed);
    done = done && store_put(s, "run",
                       "ittt"
                       "iii"
                       "tt"
                       "ttttt",
                       s->id, s->run.scenario, s->run.title, seed, (int64_t)s->run.warmup,
                       (int64_t)s->run.replications, (int64_t)0, store_state_name(STORE_RUNNING), NULL,
                       s->run.program, now, NULL, s->run.file, s->run.xml);
    done = done && store_put(s, "point", "iit", s->point, s->id, g_checksum_get_string(s->hash));
    for (guint i = 0; i + 3 < s->parameters->len && done; i += 4) {
        char **p = (char **)s->parameters->pdata + i;
        done = store_put(s, "parameter", "iitttt", s->point, (int64_t)(i / 4 + 1), p[0], p[1], p[2], p[3]);
    }
    g_free(now);
    s->begun = done;
    return done || (error && *error ? false : store_failed_db(error, db, path));
}

/* ---- numbers ---------------------------------------------------------------------------------------- */

static bool put_metric(struct store *s, unsigned replication, int metric, struct stats *t, double low,
                       double high)
{
    static const unsigned permille[] = {500, 900, 950, 990};
    int64_t q[G_N_ELEMENTS(permille)];

    for (size_t i = 0; i < G_N_ELEMENTS(permille); i++)
        q[i] = stats_quantile_known(t->n, permille[i]) ? stats_quantile(t, permille[i]) : -1;
    return store_put(s, "metric",
               "iiti"
               "rri"
               "pppp"
               "ii"
               "xxrr",
               s->point, (int64_t)replication, metric_table[metric].name, (int64_t)t->n, stats_mean(t),
               stats_sd(t), t->min, q[0], q[1], q[2], q[3], t->max, (int64_t)stats_is_exact(t),
               (unsigned __int128)t->sum, t->square, low, high);
}

struct bins {
    struct store *s;
    unsigned replication;
    const char *metric;
    bool done;
};

static void put_bin(int64_t low, int64_t high, uint64_t count, void *user)
{
    struct bins *b = user;
    b->done = b->done && store_put(b->s, "histogram", "itiiii", b->s->point, b->metric, (int64_t)b->replication,
                             low, high, (int64_t)count);
}

static bool put_times(struct store *s, unsigned replication, const struct metrics_result *r, struct kpi *kpi)
{
    bool all = replication == STORE_ALL;

    for (int i = 0; i < METRIC_COUNT; i++) {
        struct bins bins = {s, replication, metric_table[i].name, true};
        double low = NAN, high = NAN;
        struct stats time;
        if (!r->time[i].n)
            continue;
        if (all)
            kpi_mean_interval(kpi, i, &low, &high);
        stats_init(&time); /* a copy: quantiles sort */
        stats_merge(&time, &r->time[i]);
        stats_each_bin(&time, all ? STATS_CELLS : STORE_BINS, put_bin, &bins);
        bool done = bins.done && put_metric(s, replication, i, &time, low, high);
        stats_clear(&time);
        if (!done)
            return false;
    }
    return true;
}

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
                done = store_put(s, "sample", "itiii", s->point, metric_table[i].name, (int64_t)replication,
                           (int64_t)k + 1, value[k]);
            g_free(value);
            s->sampled[i] = true;
        } else if (s->sampled[i] && !stats_is_exact(&kpi->sum.time[i])) {
            done =
                store_sql_for_point(s, "DELETE FROM sample WHERE point = ?1 AND metric = ?2", metric_table[i].name);
            s->sampled[i] = false;
        }
        if (!done)
            return false;
    }
    return true;
}

static bool put_stations(struct store *s, unsigned replication, const struct metrics_result *r)
{
    double observed = (double)r->observed_ns;

    for (guint i = 0; i < r->stations->len; i++) {
        const struct station_row *row = &g_array_index(r->stations, struct station_row, i);
        const struct station_stats *t = &row->stats;
        if (replication != STORE_ALL && !row->servers)
            continue; /* may be as many as there are phones */
        double busy = observed > 0 ? (double)t->busy_ns / observed : NAN;
        if (!store_put(s, "station",
                 "iitp"
                 "iii"
                 "xxx"
                 "rrrir",
                 s->point, (int64_t)replication, row->name,
                 row->servers ? (int64_t)row->servers : INT64_C(-1), (int64_t)t->arrived, (int64_t)t->served,
                 (int64_t)t->refused, (unsigned __int128)t->busy_ns, (unsigned __int128)t->queue_ns,
                 (unsigned __int128)t->sojourn_ns, row->servers ? busy / row->servers : NAN, busy,
                 observed > 0 ? (double)t->queue_ns / observed : NAN, (int64_t)t->queue_max,
                 t->served ? (double)t->sojourn_ns / (double)t->served : NAN))
            return false;
    }
    return true;
}

static bool put_counts(struct store *s, const struct metrics_result *r)
{
    for (int i = 0; i < METRICS_STATUS_MAX; i++)
        if (r->failed_status[i] &&
            !store_put(s, "failure", "iii", s->point, (int64_t)i, (int64_t)r->failed_status[i]))
            return false;
    for (uint16_t i = 0; i < r->nifaces; i++)
        for (int p = 0; p < r->nprotos; p++)
            for (uint16_t type = 0; type < r->protos[p]->ntypes; type++) {
                struct net_count c = r->counts[p][i * r->protos[p]->ntypes + type];
                if (c.messages &&
                    !store_put(s, "counter", "itttii", s->point, r->ifaces[i].name, r->protos[p]->name,
                         r->protos[p]->type_name(type), (int64_t)c.messages, (int64_t)c.bytes))
                    return false;
            }
    return true;
}

static bool put_procedure_counts(struct store *s, unsigned replication, const struct metrics_result *r)
{
    for (int i = 0; i < PROCEDURE_COUNT; i++) {
        const struct procedure_counts *c = &r->procedure[i];
        if (c->begun && !store_put(s, "procedure_count", "iitiiiii", s->point, (int64_t)replication,
                             procedure_table[i].name, (int64_t)c->begun, (int64_t)c->done, (int64_t)c->failed,
                             (int64_t)c->given_up, (int64_t)c->open))
            return false;
    }
    return true;
}

static bool put_causes(struct store *s, const struct metrics_result *r)
{
    for (guint i = 0; i < r->causes->len; i++) {
        const struct cause_count *c = &g_array_index(r->causes, struct cause_count, i);
        if (!store_put(s, "procedure_failure", "itii", s->point, procedure_table[c->procedure].name, c->cause,
                 (int64_t)c->count))
            return false;
    }
    return true;
}

static bool put_ratios(struct store *s, const struct kpi *kpi)
{
    const struct metrics_result *r = &kpi->sum;

    for (int i = 0; i < RATIO_COUNT; i++) {
        const struct ratio_decl *d = &ratio_table[i];
        uint64_t k = ratio_part(r, d->numerator), n = ratio_part(r, d->denominator);
        double low = NAN, high = NAN;
        stats_wilson_interval(k, n, kpi->level, &low, &high);
        if (!store_put(s, "ratio", "itiirrr", s->point, d->name, (int64_t)k, (int64_t)n,
                 n ? (double)k / (double)n : NAN, low, high))
            return false;
    }
    return true;
}

/* What holds for all replications so far, written anew. */
static bool put_totals(struct store *s, struct kpi *kpi)
{
    static const char *const old[] = {
        "DELETE FROM metric WHERE point = ?1 AND replication = 0",
        "DELETE FROM station WHERE point = ?1 AND replication = 0",
        "DELETE FROM histogram WHERE point = ?1 AND replication = 0",
        "DELETE FROM ratio WHERE point = ?1",
        "DELETE FROM failure WHERE point = ?1",
        "DELETE FROM procedure_count WHERE point = ?1 AND replication = 0",
        "DELETE FROM procedure_failure WHERE point = ?1",
        "DELETE FROM counter WHERE point = ?1",
    };

    for (size_t i = 0; i < G_N_ELEMENTS(old); i++)
        if (!store_sql_for_point(s, old[i], NULL))
            return false;
    return put_times(s, STORE_ALL, &kpi->sum, kpi) && put_stations(s, STORE_ALL, &kpi->sum) &&
           put_ratios(s, kpi) && put_counts(s, &kpi->sum) &&
           put_procedure_counts(s, STORE_ALL, &kpi->sum) && put_causes(s, &kpi->sum);
}

static bool put_replication(struct store *s, const struct store_replication *r, struct kpi *kpi)
{
    const struct metrics_result *m = r->result;
    const struct call_counts *c = &m->calls;

    return store_put(s, "replication",
               "iit"
               "iii"
               "iiiiiiiii"
               "iiiiiii",
               s->point, (int64_t)r->number, r->end, (int64_t)r->at, (int64_t)m->observed_ns,
               (int64_t)m->events, (int64_t)c->not_offered, (int64_t)c->dialled, (int64_t)c->unsent, (int64_t)c->attempted, (int64_t)c->answered,
               (int64_t)c->completed, (int64_t)c->failed, (int64_t)c->cancelled, (int64_t)c->open,
               (int64_t)m->sent, (int64_t)m->duplicated, (int64_t)m->delivered, (int64_t)m->lost,
               (int64_t)m->dropped, (int64_t)m->in_flight, (int64_t)m->refused) &&
           put_times(s, r->number, m, kpi) && put_stations(s, r->number, m) &&
           put_procedure_counts(s, r->number, m) && put_samples(s, r->number, m, kpi) &&
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

static bool put_state(struct store *s, const struct kpi *kpi, enum store_state state, const char *why)
{
    sqlite3_stmt *stmt = NULL;
    char *now = now_utc();
    bool done = sqlite3_prepare_v2(s->file.db,
                                   "UPDATE run SET replications_finished_count = ?1, state = ?2, why = ?3,"
                                   " ended_utc = ?4 WHERE id = ?5",
                                   -1, &stmt, NULL) == SQLITE_OK;
    if (done) {
        sqlite3_bind_int64(stmt, 1, kpi->finished);
        sqlite3_bind_text(stmt, 2, store_state_name(state), -1, SQLITE_STATIC);
        sqlite3_bind_text(stmt, 3, why, -1, SQLITE_STATIC);
        sqlite3_bind_text(stmt, 4, now, -1, SQLITE_STATIC);
        sqlite3_bind_int64(stmt, 5, s->id);
        done = sqlite3_step(stmt) == SQLITE_DONE;
    }
    sqlite3_finalize(stmt);
    g_free(now);
    return done;
}

static bool commit(struct store *s, struct kpi *kpi, enum store_state state, const char *why, GError **error)
{
    if (!put_totals(s, kpi) || !put_state(s, kpi, state, why) ||
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
    s->inserts = g_hash_table_new(g_str_hash, g_str_equal);
    return s;
}

static void finalize_inserts(struct store *s)
{
    for (const struct store_table *t = store_tables(); t->name; t++)
        sqlite3_finalize(g_hash_table_lookup(s->inserts, t->name));
    g_hash_table_remove_all(s->inserts);
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
    finalize_inserts(s);
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
    finalize_inserts(s);
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
    g_hash_table_destroy(s->inserts);
    g_free(s);
}
