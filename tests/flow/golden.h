/* golden.h - compares a play with a flow of X.S0013-009 6.2, hop by hop: tests/golden/scenario_steps.csv. */
#ifndef TESTS_FLOW_GOLDEN_H
#define TESTS_FLOW_GOLDEN_H

#include "tests/flow/steps.h"

/* The SIP hops sent in [from, to), all hops of a message before those of the next, are the steps of this flow, of which there
 * are so many: message, nodes, offers and answers, CSeq, RSeq and RAck. Nodes have the names of the table unless `cast` (ends
 * with a role NULL; or NULL) says who plays them. */
void golden_check(const struct play *p, const char *flow, guint steps, const struct steps_role *cast, sim_time from, sim_time to);

#endif
