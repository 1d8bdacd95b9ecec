/* store_study.h - results of a sweep on disk: many points, replications in any order, to be continued and merged.
 *
 * The same tables as those of a run (store.h), and: what each factor is at each point; what failed and why; and for
 * each replication, until its point is complete, all that it measured in one piece, packed (pack.h), so that totals can
 * be made later, by another process, from parts made on other machines. When a point is complete, its totals are written and
 * one pack takes the place of those of its replications; more replications can still be added.
 *
 * Points are known by the hash of their effective parameters and their seed: a study whose design changes keeps what it
 * has. In the end their ids are their places in the design, whatever the way there; points that the design does not have
 * any more come after.
 *
 * The whole is a folder, as of a run. A part is a single file, written under another name in one transaction and named
 * when it is complete: on a shared file system, somebody else sees all of it or nothing. */
#ifndef ANALYSIS_STORE_STUDY_H
#define ANALYSIS_STORE_STUDY_H

#include "analysis/store.h"

#include <glib.h>
#include <stdbool.h>

struct study_store;

enum study_open {
    STUDY_NEW,     /* nothing may be there       */
    STUDY_RESUME,  /* goes on with what is there */
    STUDY_RESTART, /* takes away what is there   */
};

/* What the whole is. Strings are copied. */
struct study_head {
    const char *program, *name, *title, *scenario, *file;
    const char *sweep_xml;   /* the sweep's file                                           */
    const char *base_xml;    /* its base scenario in effect                                */
    const char *fingerprint; /* of sweep and base: parts that share it belong together     */
    const char *shard;       /* "2/8": it is a part; NULL: the whole                       */
    uint64_t seed;
    double level;
    sim_time warmup;      /* of the base   */
    unsigned points;      /* of the design */
    guint64 replications; /* of all points, as planned */
};

/* A value in effect; may be NULL, as the unit may. */
struct study_value {
    const char *name, *value, *unit, *origin;
};

/* Opens the folder `path` or, of a part, makes the file. `base` are the base's values in effect. NULL and an error when
 * there is something that is not ours, is another sweep or a run, is in use, cannot be written, or
 * (STUDY_NEW) is there at all. */
struct study_store *study_store_open(const char *path, const struct study_head *head, const struct study_value *base,
                                     size_t n_base, enum study_open how, GError **error);
/* Whether the file is a finished part with this fingerprint and shard. */
bool study_store_part_is_there(const char *path, const struct study_head *head);

/* ---- points ---------------------------------------------------------------------------------------------- */

struct study_level {
    const char *factor, *text, *unit;
    double number; /* NaN: none */
};
struct study_point {
    unsigned position;
    uint64_t seed;
    unsigned planned; /* replications */
    sim_time warmup;
    const struct study_level *levels;
    size_t n_levels;
    const struct study_value *values; /* in effect; none: the scenario is wrong */
    size_t n_values;
};
/* What there is of a point. */
struct study_have {
    gint64 id;
    unsigned twin;    /* place of another point of this design with the same parameters; 0: there is none */
    unsigned through; /* replications 1 .. through are in its total                                      */
    GArray *single;   /* unsigned, ascending: other replications                                         */
};
/* Finds or makes the point. have->single is to be there, empty. */
bool study_store_point(struct study_store *s, const struct study_point *p, struct study_have *have, GError **error);
/* Fills `kpi` (initialised, empty, with its level) with replications 1 .. through. */
bool study_store_total(struct study_store *s, gint64 point, struct kpi *kpi, GError **error);
/* One of the other replications; metrics_result_clear() and g_free. NULL and an error. */
struct metrics_result *study_store_single(struct study_store *s, gint64 point, unsigned replication, GError **error);

/* What the first replication by itself says of means goes into `kpi`, which got it from a pack. */
bool study_store_alone(struct study_store *s, gint64 point, struct kpi *kpi, GError **error);

/* Adds a replication that finished. */
bool study_store_add(struct study_store *s, gint64 point, const struct store_replication *r, GError **error);
/* Notes what is wrong with a replication, or (0) with the point. */
bool study_store_problem(struct study_store *s, gint64 point, unsigned replication, const char *why, GError **error);
/* Writes the totals of a point. All that finished of replications 1 .. last are in `kpi`; later ones are taken away. With
 * `failed`, some did not finish, and may be tried again. */
bool study_store_complete(struct study_store *s, gint64 point, struct kpi *kpi, unsigned last, bool failed, GError **error);

/* ---- the end --------------------------------------------------------------------------------------------- */

/* Commits what was added, if that is due. */
bool study_store_tick(struct study_store *s, GError **error);
/* Marks how it ended, commits all and closes the database; study_store_free() is still to be called. STORE_PARTIAL becomes
 * STORE_FINISHED when nothing is missing after all. */
bool study_store_finish(struct study_store *s, enum store_state state, const char *why, GError **error);
void study_store_free(struct study_store *s);

#endif
