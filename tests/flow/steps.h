/* steps.h - compares what a play sent with a table of tests/data/steps/: a partial order, for parallel
 * branches may interleave.
 *
 * A line of a table is `row;message;from;to;after rows;source`: what is sent, by whom, to whom, what has to
 * have arrived before, and where that is written. A message is named by its type and what it carries, "UPLINK
 * NAS TRANSPORT [DETACH REQUEST]", or by its type and one part of what the ladder says of it, "SAR
 * USER_DEREGISTRATION". from and to are roles: the test says who plays them. */
#ifndef TESTS_FLOW_STEPS_H
#define TESTS_FLOW_STEPS_H

#include "tests/flow/play.h"

struct steps_role {
    const char *role, *node;
};

/* The message and what it carries: "UPLINK NAS TRANSPORT [DETACH REQUEST]". g_free. */
char *steps_label(const struct play *p, const struct hop *h);
/* What the nodes of `cast` (ends with a role NULL) sent in [from, to) over the interfaces that `on` names,
 * separated by blanks, is what the table says, each step after those that it has to follow; nothing else was
 * sent. What a fault took does not count, nor do repetitions and packets of user data. */
void steps_check(const struct play *p, const char *tables, const struct steps_role *cast, const char *on,
                 sim_time from, sim_time to);

#endif
