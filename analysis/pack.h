/* pack.h - all that a simulation measured, in one piece of bytes, and back.
 *
 * What is packed can be added up later, in another process, to the very same totals. Series (series.h) are not in it. A
 * pack can be read by a program that measures the same things; others refuse it. */
#ifndef ANALYSIS_PACK_H
#define ANALYSIS_PACK_H

#include "analysis/metrics.h"

#include <glib.h>
#include <stdbool.h>

/* Appends the pack. Sorts kept values. */
void pack_result(struct metrics_result *r, GString *out);
/* Fills `r` (initialised, empty). False: the bytes are of another program, or damaged; then it is empty again. */
bool unpack_result(const void *bytes, size_t size, struct metrics_result *r);
/* Whether messages of this protocol can be packed. */
bool pack_knows_protocol(const char *name);

#endif
