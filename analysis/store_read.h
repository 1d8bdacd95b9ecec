/* store_read.h - reads results.db: whole tables as CSV or JSON, and what graphs are made of. */
#ifndef ANALYSIS_STORE_READ_H
#define ANALYSIS_STORE_READ_H

#include "analysis/store.h"

#include <glib.h>
#include <stdbool.h>

struct store_reader;

/* Opens a database that imssim wrote; NULL and an error (STORE_ERROR) when it is not one. */
struct store_reader *store_reader_open(const char *path, GError **error);
void store_reader_close(struct store_reader *r);

/* ---- whole tables ------------------------------------------------------------------------------------ */

enum store_format { STORE_CSV, STORE_JSON };

/* Takes what is written, piece by piece; false: stop. */
typedef bool (*store_write_fn)(const GString *text, void *user);

/* Writes a table in the order of its primary key, without columns of provenance unless they are asked for.
 * JSON: an array of objects; with table NULL an object that has all tables. False, without an error, when
 * `write` said so. */
bool store_export(struct store_reader *r, const struct store_table *table, enum store_format format,
                  bool provenance, store_write_fn write, void *user, GError **error);
/* Rows of a table. */
bool store_count(struct store_reader *r, const struct store_table *table, gint64 *count, GError **error);

/* ---- what graphs are made of ------------------------------------------------------------------------- */

/* What a factor of a sweep is at a point. */
struct store_factor {
    char *name, *value, *unit;
    double number; /* NaN: none */
};
/* One point of a run or of a sweep. */
struct store_point {
    gint64 id;
    char *sweep; /* NULL: of a single run */
    char *scenario, *title, *seed, *state;
    unsigned planned, replications; /* the latter: finished */
    double level;                   /* of intervals         */
    sim_time warmup;
    GArray *factors;                /* struct store_factor  */
};
void store_point_free(struct store_point *p);
/* All points (struct store_point *, store_point_free), in order; STORE_ERROR_EMPTY when there is none. */
GPtrArray *store_points(struct store_reader *r, GError **error);

/* Rows of a query on one point, whose id is ?1, as texts: char ** with NULL where nothing is known (g_strfreev does not do:
 * store_rows_free). NULL on failure. */
GPtrArray *store_rows(struct store_reader *r, const struct store_point *p, const char *sql, GError **error);
void store_rows_free(GPtrArray *rows);
/* What is known of a time at a point: STORE_ALL replications, or one. Times in ns; what is not known is NaN. */
struct store_time {
    guint64 n;
    double mean, sd, low, high; /* low .. high: interval of the mean */
    double p[KPI_QUANTILES], p_low[KPI_QUANTILES], p_high[KPI_QUANTILES];
};
/* n 0: no values. False and an error when it cannot be read. */
bool store_time(struct store_reader *r, const struct store_point *p, unsigned replication, const char *metric,
                struct store_time *out, GError **error);
/* A ratio over all replications: value and interval, NaN when it has none. */
bool store_ratio(struct store_reader *r, const struct store_point *p, const char *name, double *value, double *low,
                 double *high, GError **error);

/* Names of the times that a point has values of, in the order of metrics.def; g_free the array alone. */
GPtrArray *store_times(struct store_reader *r, const struct store_point *p, GError **error);

/* Values low .. high, `count` of them; a value by itself has low = high. */
struct store_bin {
    gint64 low, high;
    guint64 count;
};
/* The distribution of a time, ascending (struct store_bin): the values themselves if they were kept, else
 * bins. Replication STORE_ALL: all of them together. NULL on failure. */
GArray *store_distribution(struct store_reader *r, const struct store_point *p, unsigned replication,
                           const char *metric, GError **error);
/* The same of each replication by itself: by replication, ascending. */
struct store_part {
    gint64 replication;
    struct store_bin bin;
};
GArray *store_parts(struct store_reader *r, const struct store_point *p, const char *metric, GError **error);
/* A column of metric, e.g. "p95_ns", by replication (double; NaN: unknown), 1 first; of STORE_ALL alone when
 * `all`. */
GArray *store_metric(struct store_reader *r, const struct store_point *p, const char *metric,
                     const char *column, bool all, GError **error);
/* A time in the order of its beginning, from 0 on, all replications together: fills `series`, which is empty and stays so
 * when nothing is known (series_clear()). *length becomes the mean of how long replications are. False and an error when it
 * cannot be read. */
bool store_series(struct store_reader *r, const struct store_point *p, const char *metric, struct series *series,
                  sim_time *length, GError **error);
/* Values in effect of the parameters whose name is `name`, or ends with it when it begins with "."; char *,
 * g_free. */
GPtrArray *store_parameters(struct store_reader *r, const struct store_point *p, const char *name,
                            GError **error);

#endif
