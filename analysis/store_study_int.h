/* store_study_int.h - what the files of the store of sweeps share. */
#ifndef ANALYSIS_STORE_STUDY_INT_H
#define ANALYSIS_STORE_STUDY_INT_H

#include "analysis/store_int.h"
#include "analysis/store_study.h"

/* A point of the database: its id, and its place in the design (0: not known to have one). */
struct place {
    gint64 id;
    unsigned position;
};

struct study_store {
    struct store_file file;
    struct store_rows rows;
    char *name; /* of the part when it is complete; NULL: not a part */
    bool part;
    bool open; /* a transaction is */
    gint64 opened_us;
    double level;
    unsigned points;    /* of the design                                   */
    GHashTable *base;   /* char * name -> char * value (or NULL)           */
    GHashTable *places; /* char * study_key() -> struct place *            */
    GHashTable *ids;    /* set of ids in use                               */
    gint64 beyond;      /* largest id in use, at least `points`            */
    GString *bytes;     /* to pack into                                    */
    bool kept;          /* what there is may be kept                       */
};

/* Hash and seed of a point, as one; g_free. */
char *study_key(const char *hash, uint64_t seed);

bool study_begin(struct study_store *s, GError **error);
bool study_commit(struct study_store *s, GError **error);
/* Rolls back; returns false, with an error. */
bool study_give_up(struct study_store *s, GError **error);

#endif
