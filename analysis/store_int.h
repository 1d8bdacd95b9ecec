/* store_int.h - what the files of the store share. */
#ifndef ANALYSIS_STORE_INT_H
#define ANALYSIS_STORE_INT_H

#include "analysis/store.h"

#include <glib.h>
#include <sqlite3.h>

/* A folder and the database in it, open for writing. */
struct store_file {
    sqlite3 *db;
    char *dir, *path, *summary;
    GPtrArray *made; /* folders that were made for it, outermost first */
    bool fresh;      /* the database was made for it                  */
    int lock;        /* held on the folder; -1: none                  */
};

/* Sets `error` to what SQLite or `text` has to say of the file; returns false. */
bool store_failed(GError **error, enum store_error code, const char *path, const char *text);
bool store_failed_db(GError **error, sqlite3 *db, const char *path);
/* Runs statements without results. */
bool store_exec(sqlite3 *db, const char *path, const char *sql, GError **error);
/* The first column of the first row, or `none` when there is no row; error when it fails. */
bool store_int(sqlite3 *db, const char *path, const char *sql, gint64 *out, GError **error);
/* Whether the open database is ours and of a version that is known. */
bool store_is_ours(sqlite3 *db, const char *path, GError **error);

/* Makes what is missing and locks the folder. Without `append`, runs of another scenario are an error, and
 * sweeps always; `scenario` NULL: whatever is there. On failure all is as it was, and nothing is to be closed. */
bool store_file_open(struct store_file *f, const char *dir, const char *scenario, bool append,
                     GError **error);
/* Makes a database of its own for a part, under another name in the same folder as `path`; no lock, no folder, no
 * summary. */
bool store_file_make(struct store_file *f, const char *path, GError **error);
/* Value in decimal; returns a place in buf. */
char *store_decimal(unsigned __int128 value, char buf[40]);
/* Closes; with `forget`, also removes what was made. */
void store_file_close(struct store_file *f, bool forget);

/* ---- rows (store_rows.c) ------------------------------------------------------------------------------- */

/* Where rows go: into the tables of a database, of a point. */
struct store_rows {
    sqlite3 *db;
    gint64 point;
    GHashTable *inserts; /* table name -> sqlite3_stmt * */
};
void store_rows_init(struct store_rows *w, sqlite3 *db);
/* Lets go of all statements; new ones are made when needed. */
void store_rows_finalize(struct store_rows *w);
void store_rows_clear(struct store_rows *w);

/* The statement that adds a row to this table, to be bound, stepped and reset; NULL: it cannot be made. */
sqlite3_stmt *store_insert_into(struct store_rows *w, const char *table);
/* Adds a row to the table; `kinds` has a letter per column: i int64_t, p the same but NULL if negative, r double,
 * x unsigned __int128, t text that outlives the call, b GString that does, as bytes. Whether it worked is seen when the
 * transaction is committed: SQLite gives up all of it. */
bool store_put(struct store_rows *w, const char *table, const char *kinds, ...);
/* Runs a statement that gives no rows with these values (kinds as above) as ?1, ?2 ... */
bool store_sql(struct store_rows *w, const char *sql, const char *kinds, ...);
/* Runs a statement with the point as ?1 and, if there is one, a text as ?2. */
bool store_sql_for_point(struct store_rows *w, const char *sql, const char *text);

/* What holds for all replications so far, written anew; distributions with so many bins per power of two. */
bool store_put_totals(struct store_rows *w, struct kpi *kpi, unsigned per_octave);
/* What happened when, over all replications so far, written anew. Of single runs. */
bool store_put_over_time(struct store_rows *w, const struct kpi *kpi);
/* The numbers of one replication; its values may be sorted. per_octave 0: no distributions. */
bool store_put_replication(struct store_rows *w, const struct store_replication *r, double level, unsigned per_octave);
bool store_put_definitions(struct store_rows *w);
/* Empties all tables. */
bool store_remove_all(struct store_rows *w);
/* The wall clock, ISO 8601; g_free. */
char *store_now(void);

/* ---- a run that is being written --------------------------------------------------------------------- */

struct store {
    struct store_file file;
    struct store_run run; /* strings owned */
    bool append, all_calls;
    bool begun;     /* the run has its rows                       */
    bool committed; /* ... for good                               */
    bool open;      /* a transaction is                           */
    gint64 opened_us;
    gint64 id;
    struct store_rows rows;
    GPtrArray *parameters;      /* name, value, unit, origin, name, ... */
    GChecksum *hash;            /* of the parameters                    */
    bool sampled[METRIC_COUNT]; /* rows of samples are there       */
    uint64_t calls, procedures; /* rows of calls, of procedures     */
    bool calls_off, procedures_off; /* there were too many          */
};

/* Rows of single calls, procedures, messages (store_calls.c). */
bool store_put_calls(struct store *s, const struct store_replication *r);
bool store_put_procedures(struct store *s, const struct store_replication *r);
bool store_put_hops(struct store *s, const struct store_replication *r);

#endif
