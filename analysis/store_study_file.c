/* store_study_file.c - opens and closes the results of a sweep (see store_study.h). */
#include "analysis/store_study_int.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

/* ---- what is there ------------------------------------------------------------------------------------------ */

/* Whether the folder holds this sweep (true in *there), or nothing. */
static bool look(struct study_store *s, const struct study_head *head, enum study_open how, bool *there, GError **error)
{
    sqlite3_stmt *q = NULL;
    bool good = sqlite3_prepare_v2(s->file.db, "SELECT sweep, scenario FROM run LIMIT 1", -1, &q, NULL) == SQLITE_OK;
    char *text = NULL;

    *there = good && sqlite3_step(q) == SQLITE_ROW;
    const char *sweep = *there ? (const char *)sqlite3_column_text(q, 0) : NULL;
    if (*there && !sweep)
        text = g_strdup_printf("holds runs of scenario %s; a sweep wants a folder of its own",
                               (const char *)sqlite3_column_text(q, 1));
    else if (*there && strcmp(sweep, head->name) != 0)
        text = g_strdup_printf("holds another sweep, %s", sweep);
    else if (*there && how == STUDY_NEW)
        text = g_strdup("holds results of this sweep: --resume goes on with them, --restart begins anew");
    if (!good)
        store_failed_db(error, s->file.db, s->file.path);
    if (text)
        good = store_failed(error, STORE_ERROR_FOREIGN, s->file.path, text);
    g_free(text);
    sqlite3_finalize(q);
    return good;
}

static bool read_points(struct study_store *s)
{
    sqlite3_stmt *q = NULL;
    bool good = sqlite3_prepare_v2(s->file.db, "SELECT id, hash, seed FROM point", -1, &q, NULL) == SQLITE_OK;

    while (good && sqlite3_step(q) == SQLITE_ROW) {
        struct place *place = g_new0(struct place, 1);
        place->id = sqlite3_column_int64(q, 0);
        g_hash_table_insert(s->places,
                            study_key((const char *)sqlite3_column_text(q, 1),
                                      g_ascii_strtoull((const char *)sqlite3_column_text(q, 2), NULL, 10)),
                            place);
        g_hash_table_add(s->ids, GINT_TO_POINTER((gint)place->id));
        s->beyond = MAX(s->beyond, place->id);
    }
    sqlite3_finalize(q);
    return good;
}

/* ---- the base ------------------------------------------------------------------------------------------------ */

static bool put_base(struct study_store *s, const struct study_value *base, size_t n)
{
    bool done = store_sql(&s->rows, "DELETE FROM parameter WHERE point = 0", "");

    for (size_t i = 0; i < n && done; i++)
        done = store_put(&s->rows, "parameter", "iitttt", (int64_t)0, (int64_t)i + 1, base[i].name, base[i].value,
                         base[i].unit, base[i].origin);
    return done;
}

static bool same_base(struct study_store *s, size_t n)
{
    sqlite3_stmt *q = NULL;
    size_t same = 0, rows = 0;

    if (sqlite3_prepare_v2(s->file.db, "SELECT name, value FROM parameter WHERE point = 0", -1, &q, NULL) != SQLITE_OK)
        return false;
    while (sqlite3_step(q) == SQLITE_ROW) {
        const char *value;
        rows++;
        same += g_hash_table_lookup_extended(s->base, sqlite3_column_text(q, 0), NULL, (gpointer *)(void *)&value) &&
                g_strcmp0(value, (const char *)sqlite3_column_text(q, 1)) == 0;
    }
    sqlite3_finalize(q);
    return same == n && rows == n;
}

/* Points that are there differ from another base than before: each gets what differs from the new one. */
static bool change_base(struct study_store *s, const struct study_value *base, size_t n)
{
    return store_sql(&s->rows,
                     "CREATE TEMP TABLE effective AS SELECT e.point, e.position, e.name, e.value, e.unit,"
                     " ifnull((SELECT origin FROM parameter o WHERE o.point = e.point AND o.name = e.name),"
                     "        (SELECT origin FROM parameter o WHERE o.point = 0 AND o.name = e.name)) AS origin"
                     " FROM parameter_in_effect e",
                     "") &&
           store_sql(&s->rows, "DELETE FROM parameter", "") && put_base(s, base, n) &&
           store_sql(&s->rows,
                     "INSERT INTO parameter SELECT e.* FROM effective e LEFT JOIN parameter b"
                     " ON b.point = 0 AND b.name = e.name WHERE b.name IS NULL OR b.value IS NOT e.value",
                     "") &&
           store_sql(&s->rows, "DROP TABLE effective", "");
}

/* ---- the head ------------------------------------------------------------------------------------------------ */

static bool put_meta(struct study_store *s, const char *key, const char *value)
{
    return store_sql(&s->rows, "INSERT OR REPLACE INTO meta VALUES (?1, ?2)", "tt", key, value);
}

static bool put_head(struct study_store *s, const struct study_head *h)
{
    char seed[24], points[24], replications[24], *now = store_now();

    g_snprintf(seed, sizeof seed, "%" G_GUINT64_FORMAT, h->seed);
    g_snprintf(points, sizeof points, "%u", h->points);
    g_snprintf(replications, sizeof replications, "%" G_GUINT64_FORMAT, h->replications);
    bool done = store_put_definitions(&s->rows) && put_meta(s, "fingerprint", h->fingerprint) &&
                put_meta(s, "points", points) && put_meta(s, "replications_planned", replications) &&
                (!h->shard || put_meta(s, "shard", h->shard)) && store_sql(&s->rows, "DELETE FROM run", "") &&
                store_put(&s->rows, "run",
                          "itttt"
                          "irii"
                          "tt"
                          "tttttt",
                          (int64_t)1, h->name, h->scenario, h->title, seed, (int64_t)h->warmup, h->level,
                          (int64_t)h->replications, (int64_t)0, store_state_name(STORE_RUNNING), NULL, h->program, now,
                          NULL, h->file, h->base_xml, h->sweep_xml);
    g_free(now);
    return done;
}

/* What failed at once is tried again, and may well be another point by now. */
static bool forget_wrong(struct study_store *s)
{
    return store_sql(&s->rows,
                     "DELETE FROM factor WHERE point IN (SELECT point FROM problem WHERE replication = 0"
                     " AND point NOT IN (SELECT point FROM replication))",
                     "") &&
           store_sql(&s->rows,
                     "DELETE FROM point WHERE id IN (SELECT point FROM problem WHERE replication = 0)"
                     " AND id NOT IN (SELECT point FROM replication)",
                     "") &&
           store_sql(&s->rows, "DELETE FROM problem WHERE point NOT IN (SELECT id FROM point)", "") &&
           store_sql(&s->rows, "DELETE FROM parameter WHERE point > 0 AND point NOT IN (SELECT id FROM point)", "");
}

static bool begin_study(struct study_store *s, const struct study_head *head, const struct study_value *base, size_t n,
                        bool there, enum study_open how, GError **error)
{
    bool done = study_begin(s, error);

    if (!done)
        return false;
    if (there && how == STUDY_RESTART)
        done = store_remove_all(&s->rows);
    else if (there)
        done = forget_wrong(s);
    bool changed = there && how == STUDY_RESUME && !same_base(s, n);
    done = done && (changed ? change_base(s, base, n) : put_base(s, base, n)) && put_head(s, head) && read_points(s);
    if (!done)
        return study_give_up(s, error);
    s->kept = !s->part && study_commit(s, error);
    return s->kept || s->part;
}

static void copy_base(struct study_store *s, const struct study_value *base, size_t n)
{
    for (size_t i = 0; i < n; i++)
        g_hash_table_insert(s->base, g_strdup(base[i].name), g_strdup(base[i].value));
}

struct study_store *study_store_open(const char *path, const struct study_head *head, const struct study_value *base,
                                     size_t n_base, enum study_open how, GError **error)
{
    struct store_file file;
    bool there = false;

    if (!(head->shard ? store_file_make(&file, path, error) : store_file_open(&file, path, NULL, true, error)))
        return NULL;
    struct study_store *s = g_new0(struct study_store, 1);
    s->file = file;
    s->part = head->shard != NULL;
    s->name = s->part ? g_strdup(path) : NULL;
    s->level = head->level;
    s->points = head->points;
    s->beyond = head->points;
    s->base = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    s->places = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    s->ids = g_hash_table_new(NULL, NULL);
    s->bytes = g_string_new(NULL);
    store_rows_init(&s->rows, file.db);
    copy_base(s, base, n_base);
    if (look(s, head, how, &there, error) && begin_study(s, head, base, n_base, there, how, error))
        return s;
    study_store_free(s);
    return NULL;
}

bool study_store_part_is_there(const char *path, const struct study_head *head)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *q = NULL;
    bool there = false;

    if (!g_file_test(path, G_FILE_TEST_IS_REGULAR))
        return false;
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK && store_is_ours(db, path, NULL) &&
        sqlite3_prepare_v2(db,
                           "SELECT 1 FROM meta f, meta p WHERE f.key = 'fingerprint' AND f.value = ?1"
                           " AND p.key = 'shard' AND p.value = ?2",
                           -1, &q, NULL) == SQLITE_OK) {
        sqlite3_bind_text(q, 1, head->fingerprint, -1, SQLITE_STATIC);
        sqlite3_bind_text(q, 2, head->shard, -1, SQLITE_STATIC);
        there = sqlite3_step(q) == SQLITE_ROW;
    }
    sqlite3_finalize(q);
    sqlite3_close(db);
    return there;
}

/* ---- the end -------------------------------------------------------------------------------------------------- */

/* Numbers are out of the way of others by this much while they change. */
#define FAR INT64_C(1000000000)

static bool renumber_one(struct study_store *s, gint64 from, gint64 to)
{
    bool done = store_sql(&s->rows, "UPDATE point SET id = ?2 WHERE id = ?1", "ii", from, to);

    for (const struct store_table *t = store_tables(); t->name && done; t++) {
        bool has = strcmp(t->columns->name, "point") == 0;
        char *sql = g_strdup_printf("UPDATE \"%s\" SET point = ?2 WHERE point = ?1", t->name);
        done = !has || store_sql(&s->rows, sql, "ii", from, to);
        g_free(sql);
    }
    return done;
}

static int by_id(gconstpointer a, gconstpointer b)
{
    const struct place *x = *(struct place *const *)a, *y = *(struct place *const *)b;
    return (x->id > y->id) - (x->id < y->id);
}

/* Ids become places in the design. A point that this process did not come to keeps its id, unless that is the place of
 * another one: then it goes to the end. */
static bool renumber(struct study_store *s)
{
    GPtrArray *all = g_ptr_array_new();
    GHashTable *taken = g_hash_table_new(NULL, NULL);
    GHashTableIter iter;
    gpointer place;
    bool done = true, any = false;

    g_hash_table_iter_init(&iter, s->places);
    while (g_hash_table_iter_next(&iter, NULL, &place)) {
        g_ptr_array_add(all, place);
        g_hash_table_add(taken, GINT_TO_POINTER((gint)((struct place *)place)->position));
    }
    g_ptr_array_sort(all, by_id);
    gint64 *to = g_new(gint64, all->len + 1);
    for (guint i = 0; i < all->len; i++) {
        const struct place *p = g_ptr_array_index(all, i);
        bool displaced = g_hash_table_contains(taken, GINT_TO_POINTER((gint)p->id));
        to[i] = p->position ? p->position : displaced ? ++s->beyond : p->id;
        any |= to[i] != p->id;
    }
    g_hash_table_destroy(taken);
    for (int round = 0; round < 2 && any; round++)
        for (guint i = 0; i < all->len && done; i++) {
            const struct place *p = g_ptr_array_index(all, i);
            if (to[i] != p->id)
                done = round == 0 ? renumber_one(s, p->id, to[i] + FAR) : renumber_one(s, to[i] + FAR, to[i]);
        }
    g_free(to);
    g_ptr_array_unref(all);
    return done;
}

static bool is_whole(struct study_store *s)
{
    gint64 finished = 0;

    return store_int(s->file.db, s->file.path, "SELECT count(*) FROM point WHERE state = 'finished'", &finished, NULL) &&
           finished >= (gint64)s->points;
}

/* The first of what failed, in order of points. g_free. */
static char *first_problem(struct study_store *s)
{
    sqlite3_stmt *q = NULL;
    char *text = NULL;

    if (sqlite3_prepare_v2(s->file.db,
                           "SELECT (SELECT count(DISTINCT point) FROM problem), point, replication, why FROM problem"
                           " ORDER BY point, replication LIMIT 1",
                           -1, &q, NULL) == SQLITE_OK &&
        sqlite3_step(q) == SQLITE_ROW) {
        int replication = sqlite3_column_int(q, 2);
        char *which = replication ? g_strdup_printf(", replication %d", replication) : g_strdup("");
        text = g_strdup_printf("%d of %u points failed; the first: point %d%s: %s", sqlite3_column_int(q, 0), s->points,
                               sqlite3_column_int(q, 1), which, (const char *)sqlite3_column_text(q, 3));
        g_free(which);
    }
    sqlite3_finalize(q);
    return text;
}

static bool put_end(struct study_store *s, enum store_state state, const char *why)
{
    char *now = store_now(), *problem = why ? NULL : first_problem(s);

    if (state == STORE_PARTIAL && is_whole(s))
        state = STORE_FINISHED;
    bool done =
        store_sql(&s->rows,
                  "UPDATE point SET replications_finished_count ="
                  " (SELECT count(*) FROM replication r WHERE r.point = point.id) WHERE state <> 'finished'",
                  "") &&
        store_sql(&s->rows,
                  "UPDATE run SET state = ?1, why = ?2, ended_utc = ?3, replications_finished_count ="
                  " (SELECT ifnull(sum(replications_finished_count), 0) FROM point)",
                  "ttt", store_state_name(state), why ? why : problem, now);
    g_free(problem);
    g_free(now);
    return done;
}

static bool name_part(struct study_store *s, GError **error)
{
    sqlite3_close(s->file.db);
    s->file.db = NULL;
    if (g_rename(s->file.path, s->name) == 0) {
        s->kept = true;
        return true;
    }
    char *text = g_strdup_printf("cannot be named: %s", g_strerror(errno));
    store_failed(error, STORE_ERROR_IO, s->name, text);
    g_free(text);
    return false;
}

bool study_store_finish(struct study_store *s, enum store_state state, const char *why, GError **error)
{
    if (!study_begin(s, error))
        return false;
    if (!renumber(s) || !put_end(s, state, why))
        return study_give_up(s, error);
    if (!study_commit(s, error))
        return false;
    store_rows_finalize(&s->rows);
    if (s->part)
        return name_part(s, error);
    sqlite3_exec(s->file.db, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL);
    return true;
}

void study_store_free(struct study_store *s)
{
    if (!s)
        return;
    if (s->open)
        sqlite3_exec(s->file.db, "ROLLBACK", NULL, NULL, NULL);
    store_rows_clear(&s->rows);
    store_file_close(&s->file, !s->kept);
    g_hash_table_destroy(s->base);
    g_hash_table_destroy(s->places);
    g_hash_table_destroy(s->ids);
    g_string_free(s->bytes, TRUE);
    g_free(s->name);
    g_free(s);
}
