/* store_merge.h - puts the parts of a sweep together.
 *
 * Parts belong together when they have the same fingerprint and are K/N of the same N. The result is what one process
 * would have written: totals are made from all that was measured, in the order of replications. */
#ifndef ANALYSIS_STORE_MERGE_H
#define ANALYSIS_STORE_MERGE_H

#include "analysis/store_study.h"

#include <glib.h>
#include <stdbool.h>

struct store_merged {
    char *name, *metric;         /* of the sweep; and run.metric of its base                  */
    unsigned parts, missing;     /* how many there should be, and how many are not there      */
    char *which;                 /* the missing ones: "3/8, 7/8"; NULL: none                  */
    unsigned points, failed;     /* of the design; and of these, failed                      */
    guint64 replications, lacking; /* found; and not there though their parts are              */
};

/* Merges the files into the folder `dir`, which must not hold results of the sweep unless how is STUDY_RESTART. Without
 * `partial`, a missing part is an error. False and an error (STORE_ERROR) when they do not belong together, one is there twice, one is
 * missing, or something cannot be read or written; then `dir` is as it was. */
bool store_merge(const char *dir, char *const *files, bool partial, enum study_open how, struct store_merged *out,
                 GError **error);
void store_merged_clear(struct store_merged *m);

#endif
