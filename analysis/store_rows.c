/* store_rows.c - rows of all tables that hold numbers: of one replication, or of all of a point (see store.h). */
#include "analysis/store_int.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

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

sqlite3_stmt *store_insert_into(struct store_rows *w, const char *table)
{
    sqlite3_stmt *stmt = g_hash_table_lookup(w->inserts, table);
    unsigned columns = 0;

    if (stmt)
        return stmt;
    GString *sql = g_string_new(NULL);
    g_string_printf(sql, "INSERT INTO \"%s\" VALUES (", table);
    for (const struct store_column *c = store_table_by_name(table)->columns; c->name; c++)
        g_string_append(sql, columns++ ? ", ?" : "?");
    g_string_append_c(sql, ')');
    sqlite3_prepare_v2(w->db, sql->str, -1, &stmt, NULL);
    g_string_free(sql, TRUE);
    if (stmt)
        g_hash_table_insert(w->inserts, (char *)(uintptr_t)table, stmt);
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
    case 'b': { /* GString, as bytes; it outlives the step */
        const GString *bytes = va_arg(*args, const GString *);
        sqlite3_bind_blob64(stmt, column, bytes->str, bytes->len, SQLITE_STATIC);
        break;
    }
    default: /* 't': text or NULL; it outlives the step */
        sqlite3_bind_text(stmt, column, va_arg(*args, const char *), -1, SQLITE_STATIC);
        break;
    }
}

/* Adds a row to the table; `kinds` has a letter per column (see bind()). Whether it worked is seen when the
 * transaction is committed: SQLite gives up all of it. */
bool store_put(struct store_rows *w, const char *table, const char *kinds, ...)
{
    sqlite3_stmt *stmt = store_insert_into(w, table);
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

bool store_sql(struct store_rows *w, const char *sql, const char *kinds, ...)
{
    sqlite3_stmt *stmt = NULL;
    va_list args;

    if (sqlite3_prepare_v2(w->db, sql, -1, &stmt, NULL) != SQLITE_OK)
        return false;
    va_start(args, kinds);
    for (int i = 0; kinds[i]; i++)
        bind(stmt, i + 1, kinds[i], &args);
    va_end(args);
    bool done = sqlite3_step(stmt) == SQLITE_DONE;
    sqlite3_finalize(stmt);
    return done;
}

bool store_sql_for_point(struct store_rows *w, const char *sql, const char *text)
{
    sqlite3_stmt *stmt = NULL;
    bool done = sqlite3_prepare_v2(w->db, sql, -1, &stmt, NULL) == SQLITE_OK &&
                sqlite3_bind_int64(stmt, 1, w->point) == SQLITE_OK &&
                (!text || sqlite3_bind_text(stmt, 2, text, -1, SQLITE_STATIC) == SQLITE_OK) &&
                sqlite3_step(stmt) == SQLITE_DONE;
    sqlite3_finalize(stmt);
    return done;
}

/* ---- numbers ---------------------------------------------------------------------------------------- */

/* Of all replications or, in a kpi of its own, of one. */
static bool put_metric(struct store_rows *w, unsigned replication, int metric, struct kpi *kpi)
{
    struct stats *t = &kpi->sum.time[metric];
    double ends[KPI_QUANTILES][2], low = NAN, high = NAN;
    int64_t q[KPI_QUANTILES];

    kpi_mean_interval(kpi, metric, &low, &high);
    for (int i = 0; i < KPI_QUANTILES; i++) {
        unsigned permille = kpi_quantiles[i].permille;
        q[i] = stats_quantile_known(t->n, permille) ? stats_quantile(t, permille) : -1;
        ends[i][0] = ends[i][1] = NAN;
        kpi_quantile_interval(kpi, metric, i, &ends[i][0], &ends[i][1]);
    }
    return store_put(w, "metric",
                     "iiti"
                     "rri"
                     "pppp"
                     "ii"
                     "xxrr"
                     "rrrrrrrr",
                     w->point, (int64_t)replication, metric_table[metric].name, (int64_t)t->n, stats_mean(t),
                     stats_sd(t), t->min, q[0], q[1], q[2], q[3], t->max, (int64_t)stats_is_exact(t),
                     (unsigned __int128)t->sum, t->square, low, high, ends[0][0], ends[0][1], ends[1][0], ends[1][1],
                     ends[2][0], ends[2][1], ends[3][0], ends[3][1]);
}

struct bins {
    struct store_rows *w;
    unsigned replication;
    const char *metric;
    bool done;
};

static void put_bin(int64_t low, int64_t high, uint64_t count, void *user)
{
    struct bins *b = user;
    b->done = b->done && store_put(b->w, "histogram", "itiiii", b->w->point, b->metric, (int64_t)b->replication,
                             low, high, (int64_t)count);
}

static bool put_times(struct store_rows *w, unsigned replication, struct kpi *kpi, unsigned per_octave)
{
    for (int i = 0; i < METRIC_COUNT; i++) {
        struct bins bins = {w, replication, metric_table[i].name, true};
        if (!kpi->sum.time[i].n)
            continue;
        if (per_octave)
            stats_each_bin(&kpi->sum.time[i], per_octave, put_bin, &bins);
        if (!bins.done || !put_metric(w, replication, i, kpi))
            return false;
    }
    return true;
}

static bool put_phases(struct store_rows *w, unsigned replication, const struct metrics_result *r)
{
    for (int m = 0; m < METRIC_COUNT; m++) {
        const struct phase_sums *sums = &r->phases[m];
        double n = (double)sums->explained;
        for (int i = 0; i <= PHASES_MAX; i++)
            if (sums->ns[i] && !store_put(w, "phase", "iititixr", w->point, (int64_t)replication, metric_table[m].name,
                                          (int64_t)i + 1, i < PHASES_MAX ? phase_at(metric_table[m].phases, i)->name : "other",
                                          (int64_t)sums->explained, (unsigned __int128)sums->ns[i], (double)sums->ns[i] / n))
                return false;
    }
    return true;
}

static bool put_cells(struct store_rows *w, unsigned replication, const struct metrics_result *r)
{
    double observed = (double)r->observed_ns;

    for (guint i = 0; i < r->cells->len; i++) {
        const struct cell_row *c = &g_array_index(r->cells, struct cell_row, i);
        if (!store_put(w, "cell", "iitiixrrrr", w->point, (int64_t)replication, c->name, (int64_t)c->asked, (int64_t)c->refused,
                       (unsigned __int128)c->bearer_ns, observed > 0 ? (double)c->bearer_ns / observed : NAN,
                       observed > 0 ? (double)c->up / 1e9 / observed : NAN, observed > 0 ? (double)c->down / 1e9 / observed : NAN,
                       observed > 0 ? (double)c->control / 1e9 / observed : NAN))
            return false;
    }
    return true;
}

static bool put_stations(struct store_rows *w, unsigned replication, const struct metrics_result *r)
{
    double observed = (double)r->observed_ns;

    for (guint i = 0; i < r->stations->len; i++) {
        const struct station_row *row = &g_array_index(r->stations, struct station_row, i);
        const struct station_stats *t = &row->stats;
        if (replication != STORE_ALL && !row->servers)
            continue; /* may be as many as there are phones */
        double busy = observed > 0 ? (double)t->busy_ns / observed : NAN;
        if (!store_put(w, "station",
                 "iitp"
                 "iii"
                 "xxx"
                 "rrrir",
                 w->point, (int64_t)replication, row->name,
                 row->servers ? (int64_t)row->servers : INT64_C(-1), (int64_t)t->arrived, (int64_t)t->served,
                 (int64_t)t->refused, (unsigned __int128)t->busy_ns, (unsigned __int128)t->queue_ns,
                 (unsigned __int128)t->sojourn_ns, row->servers ? busy / row->servers : NAN, busy,
                 observed > 0 ? (double)t->queue_ns / observed : NAN, (int64_t)t->queue_max,
                 t->served ? (double)t->sojourn_ns / (double)t->served : NAN))
            return false;
    }
    return true;
}

static bool put_counts(struct store_rows *w, const struct metrics_result *r)
{
    for (int i = 0; i < METRICS_STATUS_MAX; i++)
        if (r->failed_status[i] &&
            !store_put(w, "failure", "iii", w->point, (int64_t)i, (int64_t)r->failed_status[i]))
            return false;
    for (uint16_t i = 0; i < r->nifaces; i++)
        for (int p = 0; p < r->nprotos; p++)
            for (uint16_t type = 0; type < r->protos[p]->ntypes; type++) {
                struct net_count c = r->counts[p][i * r->protos[p]->ntypes + type];
                if (c.messages &&
                    !store_put(w, "counter", "itttii", w->point, r->ifaces[i].name, r->protos[p]->name,
                         r->protos[p]->type_name(type), (int64_t)c.messages, (int64_t)c.bytes))
                    return false;
            }
    return true;
}

static bool put_procedure_counts(struct store_rows *w, unsigned replication, const struct metrics_result *r)
{
    for (int i = 0; i < PROCEDURE_COUNT; i++) {
        const struct procedure_counts *c = &r->procedure[i];
        if (c->begun && !store_put(w, "procedure_count", "iitiiiii", w->point, (int64_t)replication,
                             procedure_table[i].name, (int64_t)c->begun, (int64_t)c->done, (int64_t)c->failed,
                             (int64_t)c->given_up, (int64_t)c->open))
            return false;
    }
    return true;
}

static bool put_causes(struct store_rows *w, const struct metrics_result *r)
{
    for (guint i = 0; i < r->causes->len; i++) {
        const struct cause_count *c = &g_array_index(r->causes, struct cause_count, i);
        if (!store_put(w, "procedure_failure", "itii", w->point, procedure_table[c->procedure].name, c->cause,
                 (int64_t)c->count))
            return false;
    }
    return true;
}

static bool put_ratios(struct store_rows *w, const struct kpi *kpi)
{
    const struct metrics_result *r = &kpi->sum;

    for (int i = 0; i < RATIO_COUNT; i++) {
        const struct ratio_decl *d = &ratio_table[i];
        uint64_t k = ratio_part(r, d->numerator), n = ratio_part(r, d->denominator);
        double low = NAN, high = NAN;
        stats_wilson_interval(k, n, kpi->level, &low, &high);
        if (!store_put(w, "ratio", "itiirrr", w->point, d->name, (int64_t)k, (int64_t)n,
                 n ? (double)k / (double)n : NAN, low, high))
            return false;
    }
    return true;
}

/* What holds for all replications so far, written anew. */
bool store_put_totals(struct store_rows *w, struct kpi *kpi, unsigned per_octave)
{
    static const char *const old[] = {
        "DELETE FROM metric WHERE point = ?1 AND replication = 0",
        "DELETE FROM phase WHERE point = ?1 AND replication = 0",
        "DELETE FROM cell WHERE point = ?1 AND replication = 0",
        "DELETE FROM station WHERE point = ?1 AND replication = 0",
        "DELETE FROM histogram WHERE point = ?1 AND replication = 0",
        "DELETE FROM ratio WHERE point = ?1",
        "DELETE FROM failure WHERE point = ?1",
        "DELETE FROM procedure_count WHERE point = ?1 AND replication = 0",
        "DELETE FROM procedure_failure WHERE point = ?1",
        "DELETE FROM counter WHERE point = ?1",
    };

    for (size_t i = 0; i < G_N_ELEMENTS(old); i++)
        if (!store_sql_for_point(w, old[i], NULL))
            return false;
    return put_times(w, STORE_ALL, kpi, per_octave) && put_phases(w, STORE_ALL, &kpi->sum) && put_cells(w, STORE_ALL, &kpi->sum) &&
           put_stations(w, STORE_ALL, &kpi->sum) &&
           put_ratios(w, kpi) && put_counts(w, &kpi->sum) &&
           put_procedure_counts(w, STORE_ALL, &kpi->sum) && put_causes(w, &kpi->sum);
}

static bool put_series(struct store_rows *w, int metric, const struct series *whole)
{
    struct series s;
    bool done = true;

    series_init(&s);
    series_merge(&s, whole);
    series_coarsen(&s, STORE_STRETCHES);
    for (uint32_t i = 0; i < s.used && done; i++)
        done = s.bin[i].n == 0 ||
               store_put(w, "series", "itiiix", w->point, metric_table[metric].name, i * s.width, (i + 1) * s.width,
                         (int64_t)s.bin[i].n, (unsigned __int128)s.bin[i].sum);
    series_clear(&s);
    return done;
}

static bool put_occupancy(struct store_rows *w, const struct occupancy *o, const struct occupancy_row *row)
{
    bool done = true;

    for (uint32_t i = 0; i < o->used && done; i++) {
        const struct occupancy_cell *c = &row->cell[i];
        double observed = (double)o->observed[i];
        if (observed > 0)
            done = store_put(w, "occupancy", "itiiixxrr", w->point, row->name, i * o->width, (i + 1) * o->width, o->observed[i],
                             (unsigned __int128)c->busy_ns, (unsigned __int128)c->queue_ns,
                             (double)c->busy_ns / observed / row->servers, (double)c->queue_ns / observed);
    }
    return done;
}

bool store_put_over_time(struct store_rows *w, const struct kpi *kpi)
{
    const struct occupancy *o = &kpi->sum.occupancy;
    bool done = store_sql_for_point(w, "DELETE FROM series WHERE point = ?1", NULL) &&
                store_sql_for_point(w, "DELETE FROM occupancy WHERE point = ?1", NULL);

    for (guint i = 0; o->rows && i < o->rows->len && done; i++)
        done = put_occupancy(w, o, &g_array_index(o->rows, struct occupancy_row, i));

    for (int i = 0; i < METRIC_COUNT && done; i++)
        done = put_series(w, i, &kpi->sum.whole[i]);
    return done;
}

bool store_put_replication(struct store_rows *w, const struct store_replication *r, double level, unsigned per_octave)
{
    struct metrics_result *m = r->result;
    const struct call_counts *c = &m->calls;
    struct kpi alone;

    kpi_init(&alone);
    alone.level = level;
    alone.finished = 1;
    kpi_add(&alone, m);
    bool done = store_put(w, "replication",
                          "iit"
                          "iii"
                          "iiiiiiiii"
                          "iiiiiii",
                          w->point, (int64_t)r->number, r->end, (int64_t)r->at, (int64_t)m->observed_ns,
                          (int64_t)m->events, (int64_t)c->not_offered, (int64_t)c->dialled, (int64_t)c->unsent,
                          (int64_t)c->attempted, (int64_t)c->answered, (int64_t)c->completed, (int64_t)c->failed,
                          (int64_t)c->cancelled, (int64_t)c->open, (int64_t)m->sent, (int64_t)m->duplicated,
                          (int64_t)m->delivered, (int64_t)m->lost, (int64_t)m->dropped, (int64_t)m->in_flight,
                          (int64_t)m->refused) &&
                put_times(w, r->number, &alone, per_octave) && put_phases(w, r->number, m) &&
                put_cells(w, r->number, m) && put_stations(w, r->number, m) &&
                put_procedure_counts(w, r->number, m);
    kpi_clear(&alone);
    return done;
}

/* ---- what every file has ------------------------------------------------------------------------------- */

char *store_now(void)
{
    GDateTime *now = g_date_time_new_now_utc();
    char *text = g_date_time_format_iso8601(now);

    g_date_time_unref(now);
    return text;
}

bool store_put_definitions(struct store_rows *w)
{
    bool done = store_sql_for_point(w, "DELETE FROM definition WHERE ?1 IS NOT NULL", NULL);

    for (int i = 0; i < METRIC_COUNT && done; i++) {
        const struct metric_decl *d = &metric_table[i];
        done = store_put(w, "definition", "ttttt", "time", d->name, d->unit, d->ends, d->source);
    }
    for (int i = 0; i < RATIO_COUNT && done; i++) {
        const struct ratio_decl *d = &ratio_table[i];
        done = store_put(w, "definition", "ttttt", "ratio", d->name, "%", d->words, d->source);
    }
    return done;
}

bool store_remove_all(struct store_rows *w)
{
    for (const struct store_table *t = store_tables(); t->name; t++) {
        char *sql = g_strdup_printf("DELETE FROM \"%s\"%s", t->name,
                                    strcmp(t->name, "meta") == 0 ? " WHERE key <> 'schema'" : "");
        bool done = sqlite3_exec(w->db, sql, NULL, NULL, NULL) == SQLITE_OK;
        g_free(sql);
        if (!done)
            return false;
    }
    return true;
}

void store_rows_init(struct store_rows *w, sqlite3 *db)
{
    *w = (struct store_rows){.db = db, .inserts = g_hash_table_new(g_str_hash, g_str_equal)};
}

void store_rows_finalize(struct store_rows *w)
{
    for (const struct store_table *t = store_tables(); t->name; t++)
        sqlite3_finalize(g_hash_table_lookup(w->inserts, t->name));
    g_hash_table_remove_all(w->inserts);
}

void store_rows_clear(struct store_rows *w)
{
    store_rows_finalize(w);
    g_hash_table_destroy(w->inserts);
}
