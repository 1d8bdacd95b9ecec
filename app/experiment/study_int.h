/* study_int.h - what the files of a study share. */
#ifndef APP_EXPERIMENT_STUDY_INT_H
#define APP_EXPERIMENT_STUDY_INT_H

#include "app/experiment/one.h"
#include "app/experiment/study.h"
#include "app/experiment/warmup.h"

/* What is to be done of a point: replications first .. last. */
struct portion {
    const struct design_point *point;
    unsigned first, last;
    bool whole; /* all of them, so totals can be made */
};

/* A point under way. The caller's thread only. */
struct point {
    const struct design_point *design;
    struct scn *scn;
    uint64_t seed;
    struct study_have have;
    bool whole, piloting, stuck; /* stuck: there is no use in going on         */
    bool failed;                 /* something did not finish                   */
    unsigned last;               /* replications are 1 .. last, of this part   */
    unsigned begun;              /* handed out, or there already: up to this   */
    unsigned out;                /* with the workers                           */
    unsigned wanted, taken;      /* whole: in the totals, in order             */
    unsigned beyond;             /* came back though no longer wanted          */
    double precision;
    unsigned least;
    int metric;
    struct kpi kpi;
    struct unit **back; /* [room]: came back, by replication, not yet taken */
    unsigned room;
};

/* One replication, or (0) the pilot runs of a point. A worker fills it. */
struct unit {
    struct study *study;
    struct point *point;
    unsigned replication;
    struct one one;
    struct warmup pilot;
    bool piloted, bug;
    char *why;
    double seconds; /* of processor time */
};

struct study {
    const struct study_opts *opts;
    struct study_store *store;
    struct study_end *end;
    GThreadPool *pool;
    GAsyncQueue *done;
    GArray *order; /* struct portion */
    guint next;    /* of them */
    GPtrArray *active;
    unsigned out; /* units with the workers */
    gint64 told;
    volatile int stop; /* read by simulations */
};

/* What this process is to do, in order (struct portion); NULL and an error when the filter makes no sense. */
GArray *study_order(const struct study_opts *opts, GError **error);
/* Loads a point's scenario and finds it in the store. *wrong becomes what is wrong with the scenario (g_free), or stays NULL.
 * False and an error when the store fails. */
bool study_load_point(struct study *s, struct point *p, const struct portion *portion, char **wrong, GError **error);

#endif
