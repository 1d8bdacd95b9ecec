/* ladder_int.h - what the files of the ladder share. */
#ifndef ANALYSIS_LADDER_INT_H
#define ANALYSIS_LADDER_INT_H

#include "analysis/ladder.h"

/* ladder.c: what the hops of one end-to-end message have in common; 0: it goes one hop. */
uint64_t ladder_key(const struct net *net, const struct msg *m);
/* ladder_columns.c: the nodes of a flow in the order of the columns, those of the steps only; fills in
 * step->from and step->to. */
void ladder_columns(struct ladder *ladder);
/* ladder_events.c: what stands between the arrows. */
void ladder_events(struct ladder *ladder, bool all);

#endif
