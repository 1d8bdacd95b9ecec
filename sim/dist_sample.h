/* dist_sample.h - the values behind empirical(file.csv); for dist.c. */
#ifndef SIM_DIST_SAMPLE_H
#define SIM_DIST_SAMPLE_H

#include "sim/time.h"

#include <glib.h>
#include <stddef.h>

/* Reference-counted, read only. */
struct dist_sample {
    gint refs;
    char *name;      /* of the file, as written in the expression */
    size_t n;        /* at least 1                                */
    sim_time *value; /* ns, ascending                             */
};

/* Reads a file of one column: first a header that ends in "_" and a unit of time ("delay_ms"), then one
 * number to a line, >= 0, rounded to the ns. Empty lines and lines that begin with # are skipped. For file
 * and base_dir see dist_parse(). NULL and `error` on failure. */
struct dist_sample *dist_sample_load(const char *file, const char *base_dir, GError **error);
/* Both ignore NULL. */
void dist_sample_ref(struct dist_sample *s);
void dist_sample_unref(struct dist_sample *s);

#endif
