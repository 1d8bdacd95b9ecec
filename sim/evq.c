/* evq.c - pending events: growing, cancelling, the heap, the lanes. See evq.h. */
#include "sim/evq.h"

#include "sim/bigmem.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

void evq_init(struct evq_core *q, const sim_time *now)
{
    memset(q, 0, sizeof(*q));
    q->fresh = 1;
    q->near_last = SIM_NEVER;
    q->heap_limit = EVQ_HEAP_LIMIT;
    q->now = now;
}

void evq_clear(struct evq_core *q)
{
    free(q->event);
    free(q->heap);
    free(q->bottom);
    free(q->scratch);
    free(q->wheel.head);
    free(q->wheel.bits);
    free(q->wheel.summary);
    memset(q, 0, sizeof(*q));
}

void evq_set_mode(struct evq_core *q, enum evq_mode mode)
{
    g_assert(q->pending == 0);
    q->mode = mode;
    if (mode == EVQ_WHEEL_ONLY)
        evq_rebuild_wheel(q, 10, EVQ_RING_MIN_BITS);
    else
        evq_rebuild_heap(q);
}

void evq_grow(struct evq_core *q)
{
    uint32_t room = q->room ? 2 * q->room : 256;
    if (room < q->room)
        g_error("more than 2^31 pending events");
    q->event = bigmem_resize(q->event, MIN(q->fresh, q->room) * sizeof(*q->event), room * sizeof(*q->event));
    q->event[0] = (struct event){.place = EVQ_FREE};
    q->room = room;
    q->wheel.check_at = 0; /* twice as many may be pending: the wheel wants another shape */
}

void evq_heap_grow(struct evq_core *q)
{
    q->heap_room = q->heap_room ? 2 * q->heap_room : 256;
    q->heap = bigmem_resize(q->heap, q->heap_count * sizeof(*q->heap), q->heap_room * sizeof(*q->heap));
}

static void heap_down(struct evq_core *q, uint32_t at, struct evq_key key)
{
    for (;;) {
        uint32_t child = EVQ_HEAP_WAYS * at + 1;
        if (child >= q->heap_count)
            break;
        uint32_t end = MIN(child + EVQ_HEAP_WAYS, q->heap_count);
        uint32_t best = child;
        while (++child < end)
            if (evq_before(&q->heap[child], &q->heap[best]))
                best = child;
        if (!evq_before(&q->heap[best], &key))
            break;
        evq_heap_put(q, at, q->heap[best]);
        at = best;
    }
    evq_heap_put(q, at, key);
}

void evq_heap_remove(struct evq_core *q, uint32_t at)
{
    struct evq_key last = q->heap[--q->heap_count];
    if (at == q->heap_count)
        return;
    if (at > 0 && evq_before(&last, &q->heap[(at - 1) / EVQ_HEAP_WAYS]))
        evq_heap_up(q, at, last);
    else
        heap_down(q, at, last);
}

static void list_remove(struct evq_core *q, uint32_t *first, uint32_t *last, const struct event *e)
{
    if (e->prev)
        q->event[e->prev].next = e->next;
    else
        *first = e->next;
    if (e->next)
        q->event[e->next].prev = e->prev;
    else
        *last = e->prev;
}

void evq_unlink(struct evq_core *q, uint32_t slot)
{
    struct event *e = &q->event[slot];
    uint32_t lane = e->place >> EVQ_LANE_SHIFT;

    switch (e->place & EVQ_PLACE_MASK) {
    case EVQ_NOW:
        list_remove(q, &q->now_first, &q->now_last, e);
        break;
    case EVQ_LANE:
        list_remove(q, &q->lane[lane - 1].first, &q->lane[lane - 1].last, e);
        lane = 0;
        break;
    case EVQ_HEAP:
        evq_heap_remove(q, e->next);
        break;
    case EVQ_BOTTOM:
        evq_bottom_remove(q, slot);
        break;
    default:
        g_assert((e->place & EVQ_PLACE_MASK) >= EVQ_LISTS);
        evq_wheel_remove(q, slot);
    }
    e->place = 0;
    if (lane)
        evq_lane_next(q, lane);
}

void evq_lane_next(struct evq_core *q, uint32_t number)
{
    struct evq_lane *lane = &q->lane[number - 1];
    uint32_t slot = lane->first;

    lane->front = slot;
    if (slot == 0)
        return;
    list_remove(q, &lane->first, &lane->last, &q->event[slot]);
    q->event[slot].place = number << EVQ_LANE_SHIFT;
    evq_insert(q, slot);
}

/* Each delay may use EVQ_LANE_WAYS lanes, picked by its hash: one that is its own, or else one that is
 * empty and becomes its own. */
struct evq_lane *evq_lane_for(struct evq_core *q, sim_time delay)
{
    uint32_t home = (uint32_t)(((uint64_t)delay * 0x9e3779b97f4a7c15u) >> 40);
    struct evq_lane *empty = NULL;

    for (uint32_t way = 0; way < EVQ_LANE_WAYS; way++) {
        struct evq_lane *lane = &q->lane[(home + way) % EVQ_LANES];
        if (lane->delay == delay)
            return lane;
        if (!empty && lane->front == 0)
            empty = lane;
    }
    if (empty)
        empty->delay = delay;
    return empty;
}
