/* volte_sides.h - the nodes of one side of an LTE scenario with two phones: side 1 is UE-A's, side 2 is UE-B's. */
#ifndef TESTS_FLOW_VOLTE_SIDES_H
#define TESTS_FLOW_VOLTE_SIDES_H

#include "tests/flow/play.h"

/* The node of this role: "UE", "eNB", "P-CSCF" ... */
const struct node *node_of(const struct play *p, const char *role, int side);
/* What they sent in [from, to) is what this table of tests/data/steps/ says, roles being those of node_of(). Signalling counts;
 * user data travels besides. */
void check_side(const struct play *p, const char *table, int side, sim_time from, sim_time to);
/* They hold the same of their phone (models/check), which has this many bearers. For when nothing is on its way. */
void check_agreement(const struct play *p, int side, unsigned bearers);
/* Guaranteed kbit/s of the phone's first bearer of this QCI; 0: it has none. */
uint32_t gbr_of(const struct play *p, int side, uint8_t qci);

#endif
