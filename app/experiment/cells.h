/* cells.h - what the cells of a simulation did, for its results. */
#ifndef APP_EXPERIMENT_CELLS_H
#define APP_EXPERIMENT_CELLS_H

#include "scenarios/load/build.h"

#include <glib.h>

/* Adds a row (struct cell_row) per cell: its counters so far, less those in `before`, which are of an earlier time, or NULL. */
void cells_count(const struct world *w, const GArray *before, GArray *rows);

#endif
