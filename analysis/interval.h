/* interval.h - the two moments between which a metric lies, in a recorded flow: the same that the collector of metrics.h
 * takes, found again among what was recorded. */
#ifndef ANALYSIS_INTERVAL_H
#define ANALYSIS_INTERVAL_H

#include "analysis/metrics.h"
#include "analysis/record.h"

struct interval {
    const struct metric_decl *metric;
    const struct happening *from, *to; /* marks */
};

/* Finds the n-th (1 = first) interval of this metric in the flow; of this phone, NULL: any. Calls have one of each at
 * most, which is found for `phone` when it is about its side, or about no side in particular. False: there is none. */
bool interval_find(const struct flow_record *flow, const struct metric_decl *metric, const struct node *phone, size_t n,
                   struct interval *out);

/* How many a recording has, of all its flows; and the n-th of them, in the order of flows, with its flow. */
size_t interval_count(const struct recording *rec, const struct metric_decl *metric, const struct node *phone);
const struct flow_record *interval_of(const struct recording *rec, const struct metric_decl *metric,
                                      const struct node *phone, size_t n, struct interval *out);

#endif
