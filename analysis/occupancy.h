/* occupancy.h - what stations do over virtual time: servers at work and messages waiting, integrated over
 * equal stretches, from the very beginning.
 *
 * Integrals are differences of what stations count themselves (sim/station.h), so that they are exact. They
 * are taken at the ends of stretches by a watcher of the simulation (sim_watch()): no event is added, the
 * clock is where it would be, and nothing costs anything in between. There are at most OCCUPANCY_STRETCHES:
 * when time goes on beyond the last, two become one and all are twice as long. So a result takes bounded
 * memory however long the run, and those of replications add up, whatever the length of their stretches. */
#ifndef ANALYSIS_OCCUPANCY_H
#define ANALYSIS_OCCUPANCY_H

#include "sim/net.h"

#include <glib.h>
#include <stdint.h>

#define OCCUPANCY_STRETCHES 256

struct occupancy_cell {
    __int128 busy_ns, queue_ns; /* as in struct station_stats */
};
struct occupancy_row {
    const char *name; /* interned */
    uint32_t servers;
    struct occupancy_cell *cell; /* [OCCUPANCY_STRETCHES] */
};
struct occupancy {
    sim_time width;    /* of a stretch; 0: nothing is known */
    uint32_t used;     /* stretches */
    int64_t *observed; /* ns of each stretch, summed over simulations */
    GArray *rows;      /* struct occupancy_row, by order of nodes; NULL: nothing is known */
};

/* Empty; takes no memory yet. */
void occupancy_init(struct occupancy *o);
void occupancy_clear(struct occupancy *o);
/* Adds what `from` holds. Both must come from the same scenario. */
void occupancy_merge(struct occupancy *into, const struct occupancy *from);

/* ---- the watcher ------------------------------------------------------------------------------------- */

struct occupancy_watch;

/* Watches the stations of a simulation that has not run yet, and fills `out` (initialised, empty). `until`:
 * when it ends at the latest, or SIM_NEVER. servers(user, node) says how many servers the node's station has;
 * those with as many as needed (0) are not watched. NULL when there are no others. */
struct occupancy_watch *occupancy_watch(struct net *net, sim_time until,
                                        uint32_t (*servers)(void *user, const struct node *node), void *user,
                                        struct occupancy *out);
/* Counts up to where the clock stands: at the end, and before stations forget what they have counted ... */
void occupancy_count(struct occupancy_watch *w);
/* ... and after they did. */
void occupancy_forgot(struct occupancy_watch *w);
/* Watches no longer. Before the simulation is freed. */
void occupancy_watch_free(struct occupancy_watch *w);

#endif
