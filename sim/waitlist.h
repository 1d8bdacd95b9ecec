/* waitlist.h - very many that wait very long, and seldom in vain: timers of 16 bytes each.
 *
 * A million phones each have a timer of an hour that is nearly always stopped before it fires. As events they would fill
 * the queue with a million entries of a cache line each. A waitlist links items of one slab in the order in which they are
 * due, and has one event pending: that of the first. When all wait equally long, starting and stopping are list links.
 *
 * An item that is due is taken from the list, and `due` is called for it: in the flow and with the cause of nobody. */
#ifndef SIM_WAITLIST_H
#define SIM_WAITLIST_H

#include "sim/sim.h"
#include "sim/slab.h"

/* In each item. All zero: it does not wait. */
struct waitlist_node {
    sim_time due; /* 0: does not wait */
    uint32_t prev, next; /* slab indices */
};

struct waitlist {
    struct sim *sim;
    const struct slab *slab;
    size_t offset; /* of the node in an item */
    void (*due)(struct sim *sim, void *item);
    uint32_t first, last;
    uint32_t hint; /* the item put in last, or a neighbour of it */
    uint32_t count;
    sim_handle event; /* of the first */
};

void waitlist_init(struct waitlist *w, struct sim *sim, const struct slab *slab, size_t offset,
                   void (*due)(struct sim *sim, void *item));
/* An item that does not wait begins to, until `due` > now. Items that are due at the same time come in the order of these
 * calls. Cheap when no other is due later, or when it belongs next to the one before. */
void waitlist_start(struct waitlist *w, void *item, sim_time due);
/* Nothing happens if it does not wait. Before an item is given back to its slab. */
void waitlist_stop(struct waitlist *w, void *item);
/* Forgets all, and the event: before the simulation goes. */
void waitlist_clear(struct waitlist *w);

#endif
