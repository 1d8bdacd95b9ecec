/* store_file.c - the folder of results and the database in it: making, recognising, locking (see store.h).
 *
 * A database is ours by its application id; an empty file is nobody's. The folder is locked by flock(): the
 * lock goes with the process, and leaves no file behind. */
#include "analysis/store_int.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

G_DEFINE_QUARK(imssim - store - error - quark, store_error)

/* ---- errors and small statements ------------------------------------------------------------------- */

bool store_failed(GError **error, enum store_error code, const char *path, const char *text)
{
    g_set_error(error, STORE_ERROR, (int)code, "%s: %s", path, text);
    return false;
}

bool store_failed_db(GError **error, sqlite3 *db, const char *path)
{
    int code = sqlite3_errcode(db) & 0xff, system = sqlite3_system_errno(db);

    if (code == SQLITE_NOTADB || code == SQLITE_CORRUPT)
        return store_failed(error, STORE_ERROR_FOREIGN, path, "is no database of imssim");
    if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
        return store_failed(error, STORE_ERROR_BUSY, path, "is in use by another program");
    if (code == SQLITE_FULL)
        return store_failed(error, STORE_ERROR_IO, path, "cannot be written: no space left");
    g_set_error(error, STORE_ERROR, STORE_ERROR_IO, "%s: cannot be read or written: %s%s%s", path,
                sqlite3_errmsg(db), system ? ": " : "", system ? g_strerror(system) : "");
    return false;
}

bool store_exec(sqlite3 *db, const char *path, const char *sql, GError **error)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK || store_failed_db(error, db, path);
}

bool store_int(sqlite3 *db, const char *path, const char *sql, gint64 *out, GError **error)
{
    sqlite3_stmt *s = NULL;
    int code = sqlite3_prepare_v2(db, sql, -1, &s, NULL);

    if (code == SQLITE_OK)
        code = sqlite3_step(s);
    if (code == SQLITE_ROW)
        *out = sqlite3_column_int64(s, 0);
    else
        store_failed_db(error, db, path);
    sqlite3_finalize(s);
    return code == SQLITE_ROW;
}

bool store_is_ours(sqlite3 *db, const char *path, GError **error)
{
    gint64 application, version;

    if (!store_int(db, path, "PRAGMA application_id", &application, error) ||
        !store_int(db, path, "PRAGMA user_version", &version, error))
        return false;
    if (application != STORE_APPLICATION)
        return store_failed(error, STORE_ERROR_FOREIGN, path, "is no database of imssim");
    if (version == STORE_VERSION)
        return true;
    g_set_error(error, STORE_ERROR, STORE_ERROR_FOREIGN,
                "%s: has schema version %" G_GINT64_FORMAT "; this program knows version %d", path, version,
                STORE_VERSION);
    return false;
}

/* ---- the folder ------------------------------------------------------------------------------------ */

static bool make_folder(struct store_file *f, const char *dir, GError **error)
{
    struct stat st;

    if (stat(dir, &st) == 0)
        return S_ISDIR(st.st_mode) || store_failed(error, STORE_ERROR_FOREIGN, dir, "is not a folder");
    if (errno != ENOENT)
        return store_failed(error, STORE_ERROR_IO, dir, g_strerror(errno));
    char *parent = g_path_get_dirname(dir);
    bool made = strcmp(parent, dir) == 0 || make_folder(f, parent, error);
    g_free(parent);
    if (!made)
        return false;
    if (g_mkdir(dir, 0777) == 0)
        g_ptr_array_add(f->made, g_strdup(dir));
    else if (errno != EEXIST) { /* "a/." exists once "a" does */
        char *text = g_strdup_printf("cannot be made: %s", g_strerror(errno));
        store_failed(error, STORE_ERROR_IO, dir, text);
        g_free(text);
        return false;
    }
    return true;
}

static bool lock_folder(struct store_file *f, GError **error)
{
    f->lock = open(f->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (f->lock < 0)
        return store_failed(error, STORE_ERROR_IO, f->dir, g_strerror(errno));
    if (flock(f->lock, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
        return true; /* a file system without locks has to do without */
    return store_failed(error, STORE_ERROR_BUSY, f->dir, "another imssim writes its results there");
}

/* Nothing there, or a plain file. */
static bool is_free(const char *path, bool *there, off_t *size, GError **error)
{
    struct stat st;

    *there = stat(path, &st) == 0;
    *size = *there ? st.st_size : 0;
    if (!*there)
        return errno == ENOENT || store_failed(error, STORE_ERROR_IO, path, g_strerror(errno));
    if (!S_ISREG(st.st_mode))
        return store_failed(error, STORE_ERROR_FOREIGN, path, "is in the way: it is not a file");
    return true;
}

/* Whether WAL is safe: it needs memory shared between those who open the file, so one machine. */
static bool is_local(const char *dir)
{
    static const unsigned long remote[] = {
        0x6969 /* NFS */,        0x517b /* SMB */,      0xff534d42 /* CIFS */,   0xfe534d42 /* SMB2 */,
        0x0bd00bd0 /* Lustre */, 0x47504653 /* GPFS */, 0x19830326 /* BeeGFS */, 0x00c36400 /* Ceph */,
        0x01021997 /* 9P */,     0x65735546 /* FUSE */,
    };
    struct statfs fs;

    if (statfs(dir, &fs) != 0)
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(remote); i++)
        if (((unsigned long)fs.f_type & 0xffffffff) == remote[i])
            return false;
    return true;
}

/* ---- the database ---------------------------------------------------------------------------------- */

/* Of a sweep, points have the values that differ from those of point 0. */
static const char view[] = "CREATE VIEW parameter_in_effect AS\n"
                           "SELECT p.id AS point, b.position, b.name,\n"
                           "       CASE WHEN o.name IS NULL THEN b.value ELSE o.value END AS value, b.unit\n"
                           "FROM point p CROSS JOIN parameter b ON b.point = 0\n"
                           "LEFT JOIN parameter o ON o.point = p.id AND o.name = b.name\n"
                           "UNION ALL\n"
                           "SELECT o.point, o.position, o.name, o.value, o.unit FROM parameter o\n"
                           "WHERE o.point > 0\n"
                           "  AND NOT EXISTS (SELECT 1 FROM parameter b WHERE b.point = 0 AND b.name = o.name);\n";

static GString *schema_sql(void)
{
    GString *sql = g_string_new("BEGIN;\n");

    for (const struct store_table *t = store_tables(); t->name; t++) {
        g_string_append_printf(sql, "CREATE TABLE \"%s\" (", t->name);
        for (const struct store_column *c = t->columns; c->name; c++)
            g_string_append_printf(sql, "\n    \"%s\" %s,", c->name, c->type);
        g_string_append_printf(sql, "\n    PRIMARY KEY (%s)\n)%s;\n", t->key,
                               store_table_is_internal(t) ? "" : " WITHOUT ROWID");
    }
    g_string_append(sql, view);
    g_string_append_printf(sql, "INSERT INTO meta VALUES ('schema', '%d');\n", STORE_VERSION);
    g_string_append_printf(sql, "PRAGMA application_id = %d;\nPRAGMA user_version = %d;\nCOMMIT;\n",
                           STORE_APPLICATION, STORE_VERSION);
    return sql;
}

static bool make_database(struct store_file *f, GError **error)
{
    GString *sql = schema_sql();

    bool made = store_exec(f->db, f->path, sql->str, error);
    g_string_free(sql, TRUE);
    return made;
}

static bool only_scenario(struct store_file *f, const char *scenario, bool append, GError **error)
{
    sqlite3_stmt *s = NULL;
    bool only = true;

    if (sqlite3_prepare_v2(f->db,
                           "SELECT scenario, sweep FROM run WHERE sweep IS NOT NULL OR (?2 = 0 AND scenario <> ?1)"
                           " LIMIT 1",
                           -1, &s, NULL) != SQLITE_OK)
        return store_failed_db(error, f->db, f->path);
    sqlite3_bind_text(s, 1, scenario, -1, SQLITE_STATIC);
    sqlite3_bind_int(s, 2, append);
    if (sqlite3_step(s) == SQLITE_ROW) {
        bool sweep = sqlite3_column_type(s, 1) != SQLITE_NULL;
        only = false;
        g_set_error(error, STORE_ERROR, STORE_ERROR_FOREIGN,
                    sweep ? "%s: holds the sweep %s" : "%s: holds results of scenario %s; --append adds to them",
                    f->path, (const char *)sqlite3_column_text(s, sweep ? 1 : 0));
    }
    sqlite3_finalize(s);
    return only;
}

static bool open_database(struct store_file *f, const char *scenario, bool append, GError **error)
{
    bool there, summary;
    off_t size;

    if (!is_free(f->summary, &summary, &size, error) || !is_free(f->path, &there, &size, error))
        return false;
    if (summary && !there)
        return store_failed(error, STORE_ERROR_FOREIGN, f->summary,
                            "is in the way: there are no results of imssim beside it");
    int flags = SQLITE_OPEN_READWRITE | (there ? 0 : SQLITE_OPEN_CREATE);
    if (sqlite3_open_v2(f->path, &f->db, flags, NULL) != SQLITE_OK)
        return store_failed_db(error, f->db, f->path);
    sqlite3_busy_timeout(f->db, 10000);
    f->fresh = !there;
    if (size == 0 && !make_database(f, error))
        return false;
    if (!store_is_ours(f->db, f->path, error) || (scenario && !only_scenario(f, scenario, append, error)))
        return false;
    return store_exec(f->db, f->path,
                      is_local(f->dir) ? "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL"
                                       : "PRAGMA journal_mode = DELETE",
                      error) &&
           store_exec(f->db, f->path, "BEGIN IMMEDIATE; ROLLBACK", error); /* can be written? */
}

bool store_file_open(struct store_file *f, const char *dir, const char *scenario, bool append, GError **error)
{
    *f = (struct store_file){.dir = g_strdup(dir), .lock = -1};
    f->path = g_build_filename(dir, STORE_FILE, NULL);
    f->summary = g_build_filename(dir, STORE_SUMMARY, NULL);
    f->made = g_ptr_array_new_with_free_func(g_free);
    if (make_folder(f, dir, error) && lock_folder(f, error) && open_database(f, scenario, append, error))
        return true;
    store_file_close(f, true);
    return false;
}

bool store_file_make(struct store_file *f, const char *path, GError **error)
{
    *f = (struct store_file){.dir = g_path_get_dirname(path), .lock = -1, .fresh = true};
    f->path = g_strconcat(path, ".XXXXXX", NULL);
    f->made = g_ptr_array_new_with_free_func(g_free);
    int fd = g_mkstemp_full(f->path, O_RDWR | O_CLOEXEC, 0666);
    if (fd < 0) {
        char *text = g_strdup_printf("cannot be made: %s", g_strerror(errno));
        store_failed(error, STORE_ERROR_IO, path, text);
        g_free(text);
        f->fresh = false;
        store_file_close(f, true);
        return false;
    }
    close(fd);
    if (sqlite3_open_v2(f->path, &f->db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK &&
        store_exec(f->db, f->path, "PRAGMA journal_mode = DELETE", error) && make_database(f, error))
        return true;
    if (error && !*error)
        store_failed_db(error, f->db, f->path);
    store_file_close(f, true);
    return false;
}

void store_file_close(struct store_file *f, bool forget)
{
    sqlite3_close(f->db);
    if (forget && f->fresh) {
        static const char *const suffix[] = {"", "-wal", "-shm", "-journal"};
        for (size_t i = 0; i < G_N_ELEMENTS(suffix); i++) {
            char *path = g_strconcat(f->path, suffix[i], NULL);
            g_unlink(path);
            g_free(path);
        }
    }
    for (guint i = f->made->len; forget && i > 0; i--)
        g_rmdir(g_ptr_array_index(f->made, i - 1)); /* stays if somebody else uses it by now */
    if (f->lock >= 0)
        close(f->lock);
    g_ptr_array_free(f->made, TRUE);
    g_free(f->dir);
    g_free(f->path);
    g_free(f->summary);
    *f = (struct store_file){.lock = -1};
}
