/* store.h - results on disk: a folder with results.db (SQLite 3) and summary.csv.
 *
 * One thread writes. What belongs to finished replications is committed together with the totals over them,
 * at least twice a second: whoever looks, and whoever finds the file of a killed run, sees a whole number of
 * replications and totals that fit them. On a local disk the database is in WAL mode while it is written, so
 * that others can read it meanwhile; at the end it becomes a single plain file.
 *
 * "The same result" means the same ordered export (export.h) without provenance: wall-clock times, versions,
 * paths. What is in here is a function of scenario, seed and number of replications, whatever the number of
 * threads.
 *
 * The tables are declared once, in store_schema.c; docs/results.md explains them. */
#ifndef ANALYSIS_STORE_H
#define ANALYSIS_STORE_H

#include "analysis/kpi.h"

#include <glib.h>

#define STORE_FILE    "results.db"
#define STORE_SUMMARY "summary.csv"
/* PRAGMA application_id of our files ("IMSS") and PRAGMA user_version of this schema. */
#define STORE_APPLICATION 0x494d5353
#define STORE_VERSION     5

/* Replication 0 stands for all of them together. */
#define STORE_ALL 0
/* Bins per power of two that are kept of each replication (the total has STATS_CELLS). */
#define STORE_BINS 32
/* Most stretches of time in which the times of a metric are kept, in the order of their beginning. */
#define STORE_STRETCHES 512
/* Calls of a run, and procedures of phones, that are kept one by one unless all are asked for. */
#define STORE_CALLS_MAX 4096

#define STORE_ERROR (store_error_quark())
enum store_error {
    STORE_ERROR_FOREIGN, /* something in the way that is not ours           */
    STORE_ERROR_BUSY,    /* another program writes there                    */
    STORE_ERROR_IO,      /* cannot be read or written                       */
    STORE_ERROR_EMPTY,   /* holds no run                                    */
};
GQuark store_error_quark(void);

/* ---- the schema ------------------------------------------------------------------------------------ */

struct store_column {
    const char *name, *type;
    bool provenance; /* not part of the result: see above */
    const char *about;
};
struct store_table {
    const char *name, *key, *about;     /* key: columns of the primary key, the order of rows */
    const struct store_column *columns; /* up to a NULL name */
};
/* All tables, up to a NULL name. */
const struct store_table *store_tables(void);
const struct store_table *store_table_by_name(const char *name);
/* Whether a table is for imssim alone, and no part of an export. */
bool store_table_is_internal(const struct store_table *table);

/* Whether a parameter has a say in what a replication does. Those that do make the hash of a point. */
bool store_changes_results(const char *name);

/* ---- writing --------------------------------------------------------------------------------------- */

enum store_state {
    STORE_RUNNING,     /* under way; or was killed                            */
    STORE_FINISHED,    /* all replications                                    */
    STORE_INTERRUPTED, /* SIGINT                                              */
    STORE_LIMIT,       /* a limit of the scenario on events, time or memory   */
    STORE_FAILED,      /* an invariant did not hold; of a sweep: some points  */
    STORE_PARTIAL,     /* of a sweep: only some points were asked for         */
};
const char *store_state_name(enum store_state state);

struct store_run {
    const char *program; /* "imssim 0.1.0" */
    const char *scenario, *title, *file;
    const char *xml; /* the effective scenario */
    uint64_t seed;
    unsigned replications; /* planned */
    sim_time warmup;
    double level; /* of intervals */
};

/* A call, kept by itself. Strings are interned. */
struct store_call {
    uint32_t number;
    const char *caller, *called; /* called may be NULL */
    sim_time time[MARK_CALL_COUNT]; /* -1: it did not come that far */
    sim_time side[2][MARK_SIDE_COUNT]; /* the same of the caller's and the called side */
    uint16_t status;
    bool ended;
};
/* The same of what a phone did by itself. */
struct store_procedure {
    uint32_t number;
    const char *phone;
    enum procedure_id procedure;
    enum procedure_outcome outcome;
    sim_time begun, ended; /* ended -1: it did not */
    int64_t cause;
};
/* A message on its way over one interface. Strings live as long as the program. */
struct store_hop {
    uint32_t call, step;     /* number of the call; 1, 2 ... in the order of sending */
    sim_time sent, received; /* received -1: it does not arrive */
    const char *interface, *protocol, *sender, *receiver, *message, *outcome, *clause;
    uint32_t transmission, size;
};
struct store_replication {
    unsigned number; /* 1 = first */
    const char *end; /* why it ended: sim_end_name() */
    sim_time at;     /* where its clock stood */
    struct metrics_result *result;
    GArray *calls; /* struct store_call; NULL: not kept */
    GArray *procedures; /* struct store_procedure; NULL: not kept */
    GArray *hops;  /* struct store_hop; NULL: not kept  */
};

struct store;

/* Opens `dir` for one run, making folder and database if they are not there; nothing of the run is written
 * yet. A run takes the place of the earlier runs of its scenario in the folder when its first replication is
 * committed; with `append` it is added to whatever runs there are. With all_calls every call and procedure handed
 * over is kept, otherwise none of the kind once there are more than STORE_CALLS_MAX.
 *
 * NULL and an error when something there is not ours, belongs to another scenario, is being written, or
 * cannot be written; then all is left, and left out, as it was. `run` is copied. */
struct store *store_new(const char *dir, const struct store_run *run, bool append, bool all_calls,
                        GError **error);
/* A value in effect, in the order of the scenario. Before the first replication. */
void store_parameter(struct store *s, const char *name, const char *value, const char *unit,
                     const char *origin);
/* Takes a replication, in order; `kpi` has it already. False: it cannot be written; what was committed
 * stays. */
bool store_add(struct store *s, const struct store_replication *replication, struct kpi *kpi, GError **error);
/* Commits what was added, if that is due. */
bool store_tick(struct store *s, struct kpi *kpi, GError **error);
/* Marks how the run ended (`why` in words, or NULL), commits all, writes the summary and closes the
 * database. store_free() is still to be called. */
bool store_finish(struct store *s, struct kpi *kpi, enum store_state state, const char *why, GError **error);
/* Closes. What was not committed is gone; if nothing was, so are the files and folders made for it. */
void store_free(struct store *s);

/* Appends the table of times and ratios as CSV (RFC 4180). */
void store_summary(struct kpi *kpi, enum store_state state, GString *out);

#endif
