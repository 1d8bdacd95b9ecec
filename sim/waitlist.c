/* waitlist.c - see waitlist.h. */
#include "sim/waitlist.h"

#include <string.h>

static struct waitlist_node *node_of(const struct waitlist *w, void *item)
{
    return (struct waitlist_node *)(void *)((char *)item + w->offset);
}

static struct waitlist_node *node_at(const struct waitlist *w, uint32_t index)
{
    return node_of(w, slab_at(w->slab, index));
}

static void fire(struct sim *sim, void *ctx, uint64_t arg);

/* Sees to it that there is an event for the first, and for no other. */
static void await_first(struct waitlist *w)
{
    sim_cancel(w->sim, &w->event);
    if (w->first)
        w->event = sim_at(w->sim, node_at(w, w->first)->due, 0, 0, fire, w, 0);
}

static void fire(struct sim *sim, void *ctx, uint64_t arg)
{
    struct waitlist *w = ctx;
    void *item = slab_at(w->slab, w->first);
    (void)arg;
    w->event = 0;
    waitlist_stop(w, item);
    w->due(sim, item);
}

void waitlist_init(struct waitlist *w, struct sim *sim, const struct slab *slab, size_t offset,
                   void (*due)(struct sim *sim, void *item))
{
    memset(w, 0, sizeof *w);
    w->sim = sim;
    w->slab = slab;
    w->offset = offset;
    w->due = due;
}

/* The last one that is due no later than this; 0: none is. Looked for from the end, or from where one was put in last. */
static uint32_t place(const struct waitlist *w, sim_time due)
{
    uint32_t at = w->last;
    if (!at || node_at(w, w->first)->due > due)
        return 0;
    if (node_at(w, at)->due <= due)
        return at;
    at = w->hint && node_at(w, w->hint)->due <= due ? w->hint : w->first;
    while (node_at(w, node_at(w, at)->next)->due <= due)
        at = node_at(w, at)->next;
    return at;
}

void waitlist_start(struct waitlist *w, void *item, sim_time due)
{
    struct waitlist_node *n = node_of(w, item);
    uint32_t index = slab_index(item), before = place(w, due);
    sim_assert(w->sim, n->due == 0 && due > w->sim->now);
    n->due = due;
    n->prev = before;
    n->next = before ? node_at(w, before)->next : w->first;
    if (n->next)
        node_at(w, n->next)->prev = index;
    else
        w->last = index;
    if (before)
        node_at(w, before)->next = index;
    else
        w->first = index;
    w->hint = index;
    w->count++;
    if (!before)
        await_first(w);
}

void waitlist_stop(struct waitlist *w, void *item)
{
    struct waitlist_node *n = node_of(w, item);
    bool first = w->first == slab_index(item);
    if (n->due == 0)
        return;
    if (n->next)
        node_at(w, n->next)->prev = n->prev;
    else
        w->last = n->prev;
    if (n->prev)
        node_at(w, n->prev)->next = n->next;
    else
        w->first = n->next;
    if (w->hint == slab_index(item))
        w->hint = n->prev;
    *n = (struct waitlist_node){0};
    w->count--;
    if (first)
        await_first(w);
}

void waitlist_clear(struct waitlist *w)
{
    sim_cancel(w->sim, &w->event);
    w->first = w->last = w->hint = w->count = 0;
}
