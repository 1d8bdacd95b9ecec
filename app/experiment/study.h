/* study.h - runs a sweep: all replications of all points, in threads, into a store.
 *
 * The unit of work is one replication of one point. Workers own whole simulations; the caller's thread loads the
 * scenarios of points, hands out units, and writes what comes back: it is the only one that writes. A unit that is
 * committed is finished for good. What is in the store in the end depends on the sweep alone, not on threads, on
 * interruptions or on how the work was split. */
#ifndef APP_EXPERIMENT_STUDY_H
#define APP_EXPERIMENT_STUDY_H

#include "analysis/store_study.h"
#include "app/experiment/sweep_file.h"
#include "scenarios/load/load.h"

#include <glib.h>
#include <stdbool.h>

/* Values of parameters, in order. */
struct study_values {
    GArray *all; /* struct study_value */
    GStringChunk *strings;
};

/* A sweep with everything that does not depend on the point. */
struct study_base {
    struct sweep *sweep;
    char **sets;       /* of the command line, over all; or NULL                     */
    struct scn *scn;   /* the base scenario, without factors                         */
    struct scn_doc *doc;
    struct study_values *values; /* in effect                                        */
    GPtrArray *points; /* struct design_point *                                      */
    unsigned replications; /* of each point; the most there may be when `adaptive`   */
    bool adaptive;         /* until they are precise                                 */
    uint64_t seed;
    char *fingerprint; /* of all this: what has the same one belongs together       */
    char *xml;         /* the base scenario in effect                               */
};
/* Takes the sweep over. `replications` 0: what the sweep says, or the scenario. False after problems were added to
 * `errors`; study_base_clear() in either case. */
bool study_base_init(struct study_base *b, struct sweep *sweep, char **sets, unsigned replications, GPtrArray *errors);
void study_base_clear(struct study_base *b);
/* What the store is told; `shard`: of a part. Points into the base. */
struct study_head study_base_head(const struct study_base *b, const char *program, const char *shard);
/* Opens the store for it. */
struct study_store *study_base_open(const struct study_base *b, const char *path, const struct study_head *head,
                                    enum study_open how, GError **error);

struct study_progress {
    guint64 units, units_done; /* replications wanted, and there */
    guint64 units_made;        /* of these, made by this process */
    unsigned points, points_done, points_failed;
    unsigned twins; /* points with the same parameters as another one: not made */
    double elapsed_s;
};

struct study_opts {
    const struct study_base *base;
    unsigned threads;
    const struct condition *filter; /* only such points; or NULL              */
    unsigned shard, shards;         /* only part `shard`, 1 .. shards; 0: all */
    const volatile int *interrupt;
    /* Called in the caller's thread several times a second and once at the end; or NULL. */
    void (*progress)(const struct study_progress *progress, void *user);
    void *user;
};

struct study_end {
    struct study_progress sum;
    bool interrupted;
    char *problem; /* the first thing that went wrong with a point, in words; NULL: nothing. g_free */
    double sim_s;  /* processor time that simulations took                                          */
};

/* Goes through the points and fills the store. False and an error when it cannot be written, or values cannot be compared as the filter
 * wants; what was committed stays. */
bool study_run(const struct study_opts *opts, struct study_store *store, struct study_end *end, GError **error);

#endif
