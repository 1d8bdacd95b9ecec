/* evq.h - pending events, in (time, seq) order; inside of the kernel.
 *
 * Every event is a slot of one growing array; a handle is the slot and its generation. A pending
 * event is in exactly one place:
 *
 *   now      list of the events of the present instant, in the order they were scheduled;
 *   lane     waiting behind the front event of its lane (see below);
 *   heap     d-ary heap of the near future: time <= near_last;
 *   bottom   sorted array: one bucket of the wheel, being consumed;
 *   wheel    doubly linked list of a bucket in the far future (evq_wheel.c).
 *
 * With few events near_last is the end of time, so that the heap holds all; with many the heap only
 * takes what is scheduled into the bucket that is being consumed. docs/kernel-queue.md has the measurements.
 *
 * A lane is a FIFO list of events that share a delay: they fall due in the order they were made. Only
 * its front event is in heap or wheel; one that leaves brings the next one in, with its own (time,
 * seq). A timer that is cancelled before it gets to the front costs two list operations in all. */
#ifndef SIM_EVQ_H
#define SIM_EVQ_H

#include "sim/sim.h"

/* One event: one cache line. */
struct event {
    sim_time time;
    uint64_t seq;
    sim_fn fn;
    void *ctx;
    uint64_t arg;
    sim_flow flow;
    uint32_t cause;
    uint32_t gen;
    uint32_t place; /* enum evq_place or list + EVQ_LISTS; lane number in the top byte */
    uint32_t next;  /* in a list: slot after it; in the heap: position there; free: next free */
    uint32_t prev;  /* in a list: slot before it, or 0 */
};

enum evq_place {
    EVQ_FREE,
    EVQ_NOW,
    EVQ_LANE,
    EVQ_HEAP,
    EVQ_BOTTOM,
    EVQ_LISTS = 8, /* and above: list of the wheel */
};
#define EVQ_PLACE_MASK 0xffffffu
#define EVQ_LANE_SHIFT 24

/* What is compared: a copy of the event's order, so that comparing does not touch the event. */
struct evq_key {
    sim_time time;
    uint64_t seq;
    uint32_t slot;
};

struct evq_lane {
    sim_time delay;
    uint32_t front;       /* slot of the event that is in heap or wheel, or 0: lane not in use */
    uint32_t first, last; /* those waiting behind it */
};
#define EVQ_LANES     128 /* lane number + 1 fits a byte */
#define EVQ_LANE_WAYS 4

/* The wheel: lists of events that are later than near_last. Times are cut into buckets of 1 << shift ns,
 * buckets into epochs of 1 << ring_bits. The next 1 << ring_bits buckets after the cursor each have a
 * list in the ring. What is later is filed by its epoch: under the highest byte in which its epoch
 * differs from the cursor's, in the list of that byte's value. */
#define EVQ_LEVELS        7
#define EVQ_UPPER_LISTS   (EVQ_LEVELS * 256)
#define EVQ_SOON          4
#define EVQ_RING_MIN_BITS 8
#define EVQ_RING_MAX_BITS 21

struct evq_wheel {
    uint32_t *head;    /* [list]: first slot, or 0; the upper lists, then the ring                 */
    uint64_t *bits;    /* [bucket of the ring / 64]: which lists are not empty                     */
    uint64_t *summary; /* [bucket / 4096]: which words of `bits` are not 0                         */
    uint64_t upper[EVQ_LEVELS][4];
    uint64_t cursor; /* number of the bucket that ends at near_last */
    uint32_t shift, ring_bits;
    uint32_t count;      /* events in all lists */
    uint32_t room;       /* ring lists there is memory for */
    uint64_t check_at;   /* `pops` at which to look whether the shape still fits */
    uint64_t since_pops; /* `pops` and clock when it was last looked at */
    sim_time since;
    uint64_t ahead;          /* the bucket up to which events were fetched ahead of their turn */
    uint32_t soon[EVQ_SOON]; /* slots fetched last, as a ring */
    uint32_t soon_at;
};

#define EVQ_HEAP_WAYS 4 /* children per node of the heap */
/* More events than this in the heap: time for the wheel (docs/kernel-queue.md). */
#define EVQ_HEAP_LIMIT 48

enum evq_mode { EVQ_AUTO, EVQ_HEAP_ONLY, EVQ_WHEEL_ONLY };

struct evq_core {
    struct event *event; /* [slot]; slot 0 is never used                                           */
    uint32_t room;       /* slots in the array */
    uint32_t fresh;      /* first slot that was never used */
    uint32_t free;       /* head of the free list, or 0 */
    uint32_t pending;    /* events pending, everywhere */
    uint64_t seq;        /* of the last event scheduled */

    uint32_t now_first, now_last;

    struct evq_key *heap; /* [0 .. heap_count - 1]                                                  */
    uint32_t heap_count, heap_room;

    struct evq_key *bottom; /* [bottom_at .. bottom_count - 1]; slot 0: was cancelled              */
    uint32_t bottom_at, bottom_count, bottom_room;
    struct evq_key *scratch; /* as large as bottom: for sorting                                     */

    sim_time near_last; /* later events go to the wheel */
    struct evq_wheel wheel;

    struct evq_lane lane[EVQ_LANES];

    const sim_time *now; /* the simulation's clock                                                 */
    uint64_t pops;       /* events taken out of heap and bottom so far */
    uint32_t heap_limit; /* more events in the heap than this: evq_crowded() */
    enum evq_mode mode;
};

/* An empty queue that reads the present from *now. */
void evq_init(struct evq_core *q, const sim_time *now);
void evq_clear(struct evq_core *q);
/* Which structures are used: for tests and measurements. Only while nothing is pending. */
void evq_set_mode(struct evq_core *q, enum evq_mode mode);

/* Slow paths. */
void evq_grow(struct evq_core *q);
void evq_heap_grow(struct evq_core *q);
/* Takes an event out of wherever it is; the slot stays taken. */
void evq_unlink(struct evq_core *q, uint32_t slot);
/* The front of a lane has left: the next one takes its place. */
void evq_lane_next(struct evq_core *q, uint32_t lane);
/* Finds the lane of a delay; NULL when there is none left for it. */
struct evq_lane *evq_lane_for(struct evq_core *q, sim_time delay);
void evq_heap_remove(struct evq_core *q, uint32_t at);
/* The heap has more than heap_limit events: moves to the wheel, or finds it better shape. */
void evq_crowded(struct evq_core *q);
/* Opens the next bucket of the wheel that starts at `limit` or before. False if there is none. */
bool evq_advance(struct evq_core *q, sim_time limit);
void evq_wheel_remove(struct evq_core *q, uint32_t slot);
void evq_bottom_remove(struct evq_core *q, uint32_t slot);
/* Files every event of heap, bottom and wheel anew: in the heap, or in a wheel of this shape. */
void evq_rebuild_heap(struct evq_core *q);
void evq_rebuild_wheel(struct evq_core *q, uint32_t shift, uint32_t ring_bits);

static inline bool evq_before(const struct evq_key *a, const struct evq_key *b)
{
    return a->time < b->time || (a->time == b->time && a->seq < b->seq);
}

/* ---- slots ----------------------------------------------------------------------------------- */

static inline uint32_t evq_take_slot(struct evq_core *q)
{
    uint32_t slot = q->free;
    if (slot != 0) {
        q->free = q->event[slot].next;
    } else {
        if (__builtin_expect(q->fresh >= q->room, 0))
            evq_grow(q);
        slot = q->fresh++;
        q->event[slot].gen = 1;
    }
    q->pending++;
    return slot;
}

static inline void evq_free_slot(struct evq_core *q, uint32_t slot)
{
    struct event *e = &q->event[slot];
    e->gen++;
    e->place = EVQ_FREE;
    e->next = q->free;
    q->free = slot;
    q->pending--;
}

static inline sim_handle evq_handle(const struct evq_core *q, uint32_t slot)
{
    return (sim_handle)q->event[slot].gen << 32 | slot;
}

/* The slot a handle names, or 0 if its event is not pending any more. */
static inline uint32_t evq_lookup(const struct evq_core *q, sim_handle h)
{
    uint32_t slot = (uint32_t)h;
    if (slot == 0 || slot >= q->fresh)
        return 0;
    const struct event *e = &q->event[slot];
    return e->gen == (uint32_t)(h >> 32) && e->place != EVQ_FREE ? slot : 0;
}

/* ---- lists of slots -------------------------------------------------------------------------- */

static inline void evq_append(struct evq_core *q, uint32_t *first, uint32_t *last, uint32_t slot)
{
    struct event *e = &q->event[slot];
    e->next = 0;
    e->prev = *last;
    if (*last)
        q->event[*last].next = slot;
    else
        *first = slot;
    *last = slot;
}

/* ---- heap ------------------------------------------------------------------------------------ */

static inline void evq_heap_put(struct evq_core *q, uint32_t at, struct evq_key key)
{
    q->heap[at] = key;
    q->event[key.slot].next = at;
}

static inline void evq_heap_up(struct evq_core *q, uint32_t at, struct evq_key key)
{
    while (at > 0) {
        uint32_t parent = (at - 1) / EVQ_HEAP_WAYS;
        if (!evq_before(&key, &q->heap[parent]))
            break;
        evq_heap_put(q, at, q->heap[parent]);
        at = parent;
    }
    evq_heap_put(q, at, key);
}

static inline void evq_heap_insert(struct evq_core *q, uint32_t slot)
{
    struct event *e = &q->event[slot];
    if (__builtin_expect(q->heap_count == q->heap_room, 0))
        evq_heap_grow(q);
    e->place |= EVQ_HEAP;
    evq_heap_up(q, q->heap_count++, (struct evq_key){.time = e->time, .seq = e->seq, .slot = slot});
}

/* ---- wheel ----------------------------------------------------------------------------------- */

static inline void evq_wheel_mark(struct evq_wheel *w, uint32_t list)
{
    if (list >= EVQ_UPPER_LISTS) {
        uint32_t bucket = list - EVQ_UPPER_LISTS;
        w->bits[bucket / 64] |= (uint64_t)1 << (bucket % 64);
        w->summary[bucket / 4096] |= (uint64_t)1 << (bucket / 64 % 64);
    } else {
        w->upper[list / 256][list / 64 % 4] |= (uint64_t)1 << (list % 64);
    }
}

/* Files a slot with time > near_last. */
static inline void evq_wheel_insert(struct evq_core *q, uint32_t slot)
{
    struct evq_wheel *w = &q->wheel;
    struct event *e = &q->event[slot];
    uint64_t bucket = (uint64_t)e->time >> w->shift;
    uint32_t list;

    if (__builtin_expect(bucket - w->cursor < (uint64_t)1 << w->ring_bits, 1)) {
        list = EVQ_UPPER_LISTS + (uint32_t)(bucket & (((uint64_t)1 << w->ring_bits) - 1));
    } else {
        uint64_t epoch = bucket >> w->ring_bits;
        uint32_t level = (63u - (uint32_t)__builtin_clzll(epoch ^ (w->cursor >> w->ring_bits))) / 8;
        list = level * 256 + (uint32_t)(epoch >> (8 * level) & 255);
    }
    uint32_t head = w->head[list];
    e->place |= EVQ_LISTS + list;
    e->next = head;
    e->prev = 0;
    if (head)
        q->event[head].prev = slot;
    else
        evq_wheel_mark(w, list);
    w->head[list] = slot;
    w->count++;
}

/* ---- the whole ------------------------------------------------------------------------------- */

/* Files a slot whose time and seq are set and whose place is 0 (but for the lane number). */
static inline void evq_insert(struct evq_core *q, uint32_t slot)
{
    if (q->event[slot].time > q->near_last) {
        evq_wheel_insert(q, slot);
        return;
    }
    evq_heap_insert(q, slot);
    if (__builtin_expect(q->heap_count > q->heap_limit, 0))
        evq_crowded(q);
}

/* Files a slot among those of the present instant. All other events with that time were scheduled
 * before the clock got there, hence come first. */
static inline void evq_insert_now(struct evq_core *q, uint32_t slot)
{
    q->event[slot].place = EVQ_NOW;
    evq_append(q, &q->now_first, &q->now_last, slot);
}

/* Files a slot in the lane of its delay. */
static inline void evq_insert_lane(struct evq_core *q, uint32_t slot, sim_time delay)
{
    struct evq_lane *lane = evq_lane_for(q, delay);
    struct event *e = &q->event[slot];

    if (!lane) {
        e->place = 0;
        evq_insert(q, slot);
        return;
    }
    e->place = (uint32_t)(lane - q->lane + 1) << EVQ_LANE_SHIFT;
    if (lane->front) {
        e->place |= EVQ_LANE;
        evq_append(q, &lane->first, &lane->last, slot);
    } else {
        lane->front = slot;
        evq_insert(q, slot);
    }
}

/* Takes out the first event of the present instant. */
static inline uint32_t evq_pop_now(struct evq_core *q)
{
    uint32_t slot = q->now_first;
    uint32_t next = q->event[slot].next;

    q->now_first = next;
    if (next)
        q->event[next].prev = 0;
    else
        q->now_last = 0;
    return slot;
}

/* Takes out the first event if it is not later than `limit`; 0 if there is none. The slot stays taken. */
static inline uint32_t evq_pop(struct evq_core *q, sim_time limit)
{
    for (;;) {
        const struct evq_key *first = NULL;
        uint32_t slot;

        if (q->bottom_at < q->bottom_count) {
            first = &q->bottom[q->bottom_at];
            if (first->slot == 0) {
                q->bottom_at++;
                continue;
            }
        }
        if (q->heap_count && (!first || evq_before(&q->heap[0], first)))
            first = &q->heap[0];
        if (q->now_first && (!first || first->time > *q->now))
            return evq_pop_now(q);
        if (!first) {
            if (q->wheel.count == 0 || !evq_advance(q, limit))
                return 0;
            continue;
        }
        if (first->time > limit)
            return 0;
        slot = first->slot;
        if (first == &q->heap[0])
            evq_heap_remove(q, 0);
        else
            q->bottom_at++;
        q->pops++;
        uint32_t lane = q->event[slot].place >> EVQ_LANE_SHIFT;
        q->event[slot].place = 0;
        if (lane)
            evq_lane_next(q, lane);
        return slot;
    }
}

#endif
