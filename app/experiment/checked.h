/* checked.h - a simulation that is run under its invariants (models/check). */
#ifndef APP_EXPERIMENT_CHECKED_H
#define APP_EXPERIMENT_CHECKED_H

#include "models/check/check.h"
#include "scenarios/load/build.h"

#include <stdbool.h>

struct checked {
    struct world *world;
    struct check *check;
    bool all; /* looks at invariants on the way, and whether requests are answered; else only at the end */
};

/* Before the world runs. */
void checked_init(struct checked *k, struct world *w, bool all);
/* Does what world_run() does. */
enum sim_end checked_run(struct checked *k, sim_time until);
/* Looks once more, at what a run that ended like this has left. What does not hold, as one text, or NULL: all
 * does; g_free. */
char *checked_end(struct checked *k, enum sim_end end);
/* After the world was freed. */
void checked_clear(struct checked *k);

#endif
