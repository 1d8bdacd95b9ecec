/* store_merge.c - puts the parts of a sweep together (see store_merge.h). */
#include "analysis/store_merge.h"

#include "analysis/store_study_int.h"

#include <string.h>

/* ---- what a part says of itself --------------------------------------------------------------------------------- */

struct part {
    const char *file;
    char *fingerprint;
    unsigned shard, shards;
};
struct merging {
    GArray *parts; /* struct part */
    struct study_head head;
    GArray *base; /* struct study_value */
    GStringChunk *strings;
    struct store_merged *out;
};

static void clear_part(gpointer part)
{
    g_free(((struct part *)part)->fingerprint);
}

static bool failed(GError **error, const char *file, const char *format, ...) G_GNUC_PRINTF(3, 4);
static bool failed(GError **error, const char *file, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    char *text = g_strdup_vprintf(format, args);
    va_end(args);
    store_failed(error, STORE_ERROR_FOREIGN, file, text);
    g_free(text);
    return false;
}

static sqlite3 *open_part(const char *file, GError **error)
{
    sqlite3 *db = NULL;

    if (sqlite3_open_v2(file, &db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK)
        store_failed_db(error, db, file);
    else if (store_is_ours(db, file, error))
        return db;
    sqlite3_close(db);
    return NULL;
}

/* The text that a statement gives, or NULL. g_free. */
static char *text_of(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *q = NULL;
    char *text = NULL;

    if (sqlite3_prepare_v2(db, sql, -1, &q, NULL) == SQLITE_OK && sqlite3_step(q) == SQLITE_ROW)
        text = g_strdup((const char *)sqlite3_column_text(q, 0));
    sqlite3_finalize(q);
    return text;
}

static const char *keep(struct merging *m, const unsigned char *text)
{
    return text ? g_string_chunk_insert(m->strings, (const char *)text) : NULL;
}

/* The first part speaks for all. */
static bool read_head(struct merging *m, sqlite3 *db, const char *file, GError **error)
{
    sqlite3_stmt *q = NULL;
    gint64 points = 0, replications = 0;
    bool good = sqlite3_prepare_v2(db,
                                   "SELECT program, sweep, title, scenario, file, sweep_xml, xml, seed, confidence_ratio,"
                                   " warmup_ns FROM run",
                                   -1, &q, NULL) == SQLITE_OK &&
                sqlite3_step(q) == SQLITE_ROW &&
                store_int(db, file, "SELECT value FROM meta WHERE key = 'points'", &points, error) &&
                store_int(db, file, "SELECT value FROM meta WHERE key = 'replications_planned'", &replications, error);
    const char *const *texts[] = {&m->head.program, &m->head.name,      &m->head.title,   &m->head.scenario,
                                  &m->head.file,    &m->head.sweep_xml, &m->head.base_xml};

    for (size_t i = 0; good && i < G_N_ELEMENTS(texts); i++)
        *(const char **)(uintptr_t)texts[i] = keep(m, sqlite3_column_text(q, (int)i));
    if (good) {
        m->head.seed = g_ascii_strtoull((const char *)sqlite3_column_text(q, 7), NULL, 10);
        m->head.level = sqlite3_column_double(q, 8);
        m->head.warmup = sqlite3_column_int64(q, 9);
        m->head.points = (unsigned)points;
        m->head.replications = (guint64)replications;
        m->head.fingerprint = g_array_index(m->parts, struct part, 0).fingerprint;
    }
    sqlite3_finalize(q);
    return good || (error && *error ? false : store_failed_db(error, db, file));
}

static bool read_base(struct merging *m, sqlite3 *db, const char *file, GError **error)
{
    sqlite3_stmt *q = NULL;

    if (sqlite3_prepare_v2(db, "SELECT name, value, unit, origin FROM parameter WHERE point = 0 ORDER BY position", -1, &q,
                           NULL) != SQLITE_OK)
        return store_failed_db(error, db, file);
    while (sqlite3_step(q) == SQLITE_ROW) {
        struct study_value v = {keep(m, sqlite3_column_text(q, 0)), keep(m, sqlite3_column_text(q, 1)),
                                keep(m, sqlite3_column_text(q, 2)), keep(m, sqlite3_column_text(q, 3))};
        g_array_append_val(m->base, v);
        if (strcmp(v.name, "run.metric") == 0)
            m->out->metric = g_strdup(v.value);
    }
    sqlite3_finalize(q);
    return true;
}

static bool read_part(struct merging *m, const char *file, GError **error)
{
    sqlite3 *db = open_part(file, error);

    if (!db)
        return false;
    char *shard = text_of(db, "SELECT value FROM meta WHERE key = 'shard'");
    struct part p = {.file = file, .fingerprint = text_of(db, "SELECT value FROM meta WHERE key = 'fingerprint'")};
    bool good = shard && p.fingerprint && sscanf(shard, "%u/%u", &p.shard, &p.shards) == 2;
    if (good) {
        g_array_append_val(m->parts, p);
    } else {
        failed(error, file, "is no part of a sweep (imssim sweep --shard)");
        g_free(p.fingerprint);
    }
    if (good && m->parts->len == 1)
        good = read_head(m, db, file, error) && read_base(m, db, file, error);
    g_free(shard);
    sqlite3_close(db);
    return good;
}

/* Whether they are one study, each part once. */
static bool belong_together(struct merging *m, bool partial, GError **error)
{
    const struct part *first = &g_array_index(m->parts, struct part, 0);
    const char **seen = g_new0(const char *, first->shards + 1);
    GString *which = g_string_new(NULL);
    bool good = true;

    for (guint i = 0; i < m->parts->len && good; i++) {
        const struct part *p = &g_array_index(m->parts, struct part, i);
        if (strcmp(p->fingerprint, first->fingerprint) != 0 || p->shards != first->shards)
            good = failed(error, p->file, "is part of another study than %s: another sweep, scenario, setting or number of parts",
                          first->file);
        else if (seen[p->shard])
            good = failed(error, p->file, "is part %u/%u, and so is %s: each once", p->shard, p->shards, seen[p->shard]);
        else
            seen[p->shard] = p->file;
    }
    m->out->parts = first->shards;
    for (unsigned k = 1; k <= first->shards && good; k++)
        if (!seen[k] && m->out->missing++ < 20)
            g_string_append_printf(which, "%s%u/%u", which->len ? ", " : "", k, first->shards);
    if (m->out->missing > 20)
        g_string_append_printf(which, " and %u more", m->out->missing - 20);
    if (good && m->out->missing && !partial)
        good = failed(error, first->file, "is one of %u parts; missing: %s", first->shards, which->str);
    m->out->which = m->out->missing ? g_strdup(which->str) : NULL;
    g_string_free(which, TRUE);
    g_free(seen);
    return good;
}

/* ---- copying ------------------------------------------------------------------------------------------------------ */

/* A point may be in two parts, with different replications. */
static bool is_shared(const char *table)
{
    static const char *const shared[] = {"point", "factor", "parameter", "problem"};

    for (size_t i = 0; i < G_N_ELEMENTS(shared); i++)
        if (strcmp(shared[i], table) == 0)
            return true;
    return false;
}

static bool copy_tables(struct study_store *s)
{
    bool done = true;

    for (const struct store_table *t = store_tables(); t->name && done; t++) {
        bool point = strcmp(t->name, "point") == 0;
        if (!point && strcmp(t->columns->name, "point") != 0)
            continue;
        char *sql = g_strdup_printf("INSERT %s INTO main.\"%s\" SELECT * FROM part.\"%s\" WHERE %s > 0",
                                    is_shared(t->name) ? "OR IGNORE" : "", t->name, t->name, point ? "id" : "point");
        done = store_sql(&s->rows, sql, "");
        g_free(sql);
    }
    return done;
}

static bool copy_part(struct study_store *s, const char *file, GError **error)
{
    if (!study_commit(s, error))
        return false;
    if (!store_sql(&s->rows, "ATTACH ?1 AS part", "t", file))
        return store_failed_db(error, s->file.db, file);
    bool done = study_begin(s, error);
    if (done && !copy_tables(s)) {
        bool twice = (sqlite3_errcode(s->file.db) & 0xff) == SQLITE_CONSTRAINT;
        if (twice)
            failed(error, file, "has replications that another part has too");
        else
            store_failed_db(error, s->file.db, file);
        done = study_give_up(s, error);
    }
    done = done && study_commit(s, error);
    sqlite3_exec(s->file.db, "DETACH part", NULL, NULL, NULL);
    return done;
}

/* Of points with the same parameters and seed, the first counts; nobody knew of the other's part. */
static bool drop_twins(struct study_store *s, GError **error)
{
    static const char twins[] = "(SELECT p.id FROM point p JOIN point q ON q.hash = p.hash AND q.seed = p.seed AND q.id < p.id)";
    bool done = study_begin(s, error);

    for (const struct store_table *t = store_tables(); t->name && done; t++) {
        if (strcmp(t->columns->name, "point") != 0)
            continue;
        char *sql = g_strdup_printf("DELETE FROM \"%s\" WHERE point IN %s", t->name, twins);
        done = store_sql(&s->rows, sql, "");
        g_free(sql);
    }
    char *sql = g_strdup_printf("DELETE FROM point WHERE id IN %s", twins);
    done = done && store_sql(&s->rows, sql, "");
    g_free(sql);
    return done || study_give_up(s, error);
}

/* ---- totals ------------------------------------------------------------------------------------------------------- */

struct row {
    gint64 id, warmup;
    unsigned planned, whole, single, problems;
};

static GArray *rows_of(struct study_store *s, GError **error)
{
    sqlite3_stmt *q = NULL;
    GArray *rows = g_array_new(FALSE, FALSE, sizeof(struct row));
    int code = sqlite3_prepare_v2(
        s->file.db,
        "SELECT id, warmup_ns, replications_planned_count,"
        " (SELECT count(*) FROM pack WHERE pack.point = id AND pack.replication = 0),"
        " (SELECT count(*) FROM pack WHERE pack.point = id AND pack.replication > 0),"
        " (SELECT count(*) FROM problem WHERE problem.point = id) FROM point ORDER BY id",
        -1, &q, NULL);

    while (code == SQLITE_OK && sqlite3_step(q) == SQLITE_ROW) {
        struct row row = {sqlite3_column_int64(q, 0),           sqlite3_column_int64(q, 1),
                          (unsigned)sqlite3_column_int64(q, 2), (unsigned)sqlite3_column_int64(q, 3),
                          (unsigned)sqlite3_column_int64(q, 4), (unsigned)sqlite3_column_int64(q, 5)};
        g_array_append_val(rows, row);
    }
    if (sqlite3_finalize(q) != SQLITE_OK)
        store_failed_db(error, s->file.db, s->file.path);
    return rows;
}

static bool add_up(struct study_store *s, const struct row *row, GError **error)
{
    struct kpi kpi;
    bool done = true;

    kpi_init(&kpi);
    kpi.level = s->level;
    kpi.warmup = row->warmup;
    for (unsigned i = 1; i <= row->planned && done; i++) {
        struct metrics_result *r = study_store_single(s, row->id, i, NULL);
        if (!r)
            continue; /* it failed */
        kpi_add(&kpi, r);
        kpi.finished++;
        metrics_result_clear(r);
        g_free(r);
    }
    done = kpi.finished == row->single || store_failed(error, STORE_ERROR_FOREIGN, s->file.path,
                                                       "a part was written by a program that measures other things");
    /* what one long run says of a mean is in its rows, but not in its pack */
    done = done && study_store_alone(s, row->id, &kpi, error) &&
           study_store_complete(s, row->id, &kpi, row->planned, row->problems > 0, error);
    kpi_clear(&kpi);
    return done;
}

static bool make_totals(struct study_store *s, struct store_merged *out, GError **error)
{
    GError *problem = NULL;
    GArray *rows = rows_of(s, &problem);

    for (guint i = 0; i < rows->len && !problem; i++) {
        const struct row *row = &g_array_index(rows, struct row, i);
        unsigned known = row->single + row->problems;
        out->replications += row->single;
        out->failed += row->problems > 0;
        if (row->whole || (row->problems && !row->single))
            continue;
        if (known >= row->planned)
            add_up(s, row, &problem);
        else
            out->lacking += row->planned - known;
        if (!problem)
            study_store_tick(s, &problem);
    }
    g_array_unref(rows);
    if (!problem)
        return true;
    g_propagate_error(error, problem);
    return false;
}

/* ---- all of it ------------------------------------------------------------------------------------------------------ */

static bool merge_into(const char *dir, struct merging *m, enum study_open how, GError **error)
{
    struct study_store *s = study_store_open(dir, &m->head, (const struct study_value *)(void *)m->base->data, m->base->len,
                                             how, error);
    struct store_merged *out = m->out;
    bool done = s != NULL;
    char *why = NULL;

    for (guint i = 0; i < m->parts->len && done; i++)
        done = copy_part(s, g_array_index(m->parts, struct part, i).file, error);
    done = done && drop_twins(s, error) && make_totals(s, out, error);
    if (out->missing)
        why = g_strdup_printf("%u of %u parts are missing", out->missing, out->parts);
    enum store_state state = out->missing || out->lacking ? STORE_INTERRUPTED : out->failed ? STORE_FAILED : STORE_FINISHED;
    done = done && study_store_finish(s, state, why, error);
    if (s)
        s->kept = done;
    study_store_free(s);
    g_free(why);
    return done;
}

bool store_merge(const char *dir, char *const *files, bool partial, enum study_open how, struct store_merged *out,
                 GError **error)
{
    struct merging m = {.parts = g_array_new(FALSE, FALSE, sizeof(struct part)),
                        .base = g_array_new(FALSE, FALSE, sizeof(struct study_value)),
                        .strings = g_string_chunk_new(4096),
                        .out = out};
    bool done = true;

    *out = (struct store_merged){0};
    g_array_set_clear_func(m.parts, clear_part);
    for (char *const *file = files; *file && done; file++)
        done = read_part(&m, *file, error);
    done = done && belong_together(&m, partial, error);
    if (done) {
        out->name = g_strdup(m.head.name);
        out->points = m.head.points;
    }
    done = done && merge_into(dir, &m, how, error);
    g_array_unref(m.parts);
    g_array_unref(m.base);
    g_string_chunk_free(m.strings);
    return done;
}

void store_merged_clear(struct store_merged *m)
{
    g_free(m->name);
    g_free(m->metric);
    g_free(m->which);
    *m = (struct store_merged){0};
}
