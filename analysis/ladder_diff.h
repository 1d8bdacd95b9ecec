/* ladder_diff.h - two ladders side by side: which messages one has and the other has not, and where one falls
 * behind.
 *
 * End-to-end messages are compared, in the order of their first sending: the longest sequence that both have
 * is what they share. Messages are alike when they have the same name, repetition or not, and go from the
 * same node to the same node. Times count from the beginning of each flow. */
#ifndef ANALYSIS_LADDER_DIFF_H
#define ANALYSIS_LADDER_DIFF_H

#include "analysis/ladder.h"

/* An end-to-end message of either ladder, or of both. */
struct ladder_diff_message {
    const char *name;
    const char *from, *to; /* names of nodes                                 */
    unsigned nth;          /* 1: not a repetition                            */
    int a, b;              /* index in the groups of a and b; -1: not there  */
    unsigned hops[2];
    sim_time sent[2];    /* -1: not there                                  */
    sim_time arrived[2]; /* at its end; -1: not there, or it does not arrive */
};

struct ladder_diff {
    GArray *messages; /* struct ladder_diff_message, in the order of both; what only a has stands before what
                         only b has */
    unsigned shared, only_a, only_b;
};

/* Both in order `message`. They must live on. NULL: more messages than can be compared (LADDER_DIFF_MAX in
 * either). */
struct ladder_diff *ladder_diff_new(const struct ladder *a, const struct ladder *b);
void ladder_diff_free(struct ladder_diff *d);
#define LADDER_DIFF_MAX 5000

/* Appends it as a table. Stretches in which nothing differs are left out; `all`: nothing is. */
void ladder_diff_print(const struct ladder_diff *d, bool all, GString *out);
/* Appends it as tab-separated values: header row, then per message `change message from to hops_a hops_b
 * sent_a_ns received_a_ns sent_b_ns received_b_ns`; change is "=", "-" (only in a) or "+" (only in b). What
 * is not there is empty. */
void ladder_diff_print_tsv(const struct ladder_diff *d, GString *out);

#endif
