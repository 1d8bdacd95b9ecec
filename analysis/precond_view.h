/* precond_view.h - how the preconditions of one call (RFC 3312) come to be met, step by step.
 *
 * For each session description that travels: offer or answer, who says it, when it is sent and when it
 * arrives, the direction of each stream and the table of current, desired and confirmed status in the
 * view of its author. In between, in words, what a phone waits for, when its resources are there and when
 * the user is alerted. */
#ifndef ANALYSIS_PRECOND_VIEW_H
#define ANALYSIS_PRECOND_VIEW_H

#include "analysis/record.h"
#include "analysis/term.h"

void precond_view_print(const struct flow_record *flow, const struct term *term, GString *out);

#endif
