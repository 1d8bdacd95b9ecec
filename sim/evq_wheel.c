/* evq_wheel.c - the far future: a wheel of buckets that fits its width to the traffic.
 *
 * The structure is a calendar queue (Brown, CACM 31(10), 1988) whose far part is a hierarchy of
 * radix levels, and whose current bucket is sorted before it is used, as in a ladder queue (Tang, Goh,
 * Thng, ACM TOMACS 15(3), 2005). Most events are filed once, in the list they will be taken from.
 *
 * Shape: a bucket is about as wide as the time in which one event runs, and the ring has at least as
 * many buckets as there are events. By Little's law the ring then spans more than the mean delay.
 * Both follow from what was measured while running; they decide speed alone, never the order. */
#include "sim/evq.h"

#include "sim/bigmem.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

/* Shape tuning; the numbers are from docs/kernel-queue.md. */
#define EVENTS_PER_BUCKET 1.0
#define BUCKETS_PER_EVENT 2
#define BACK_TO_HEAP      16   /* so few events pending: leave the wheel */
#define MIN_CHECK         4096 /* pops between two looks at the shape    */
#define INSERTION_SORT    20
#define FETCH_BUCKETS     32 /* how far to fetch ahead                 */

/* ---- bitmaps --------------------------------------------------------------------------------- */

static void unmark(struct evq_wheel *w, uint32_t list)
{
    if (list >= EVQ_UPPER_LISTS) {
        uint32_t bucket = list - EVQ_UPPER_LISTS;
        w->bits[bucket / 64] &= ~((uint64_t)1 << (bucket % 64));
        if (w->bits[bucket / 64] == 0)
            w->summary[bucket / 4096] &= ~((uint64_t)1 << (bucket / 64 % 64));
    } else {
        w->upper[list / 256][list / 64 % 4] &= ~((uint64_t)1 << (list % 64));
    }
}

/* The first bit at `from` or after that is set in an array of `words`, or -1. */
static int64_t find_bit(const uint64_t *bits, uint32_t words, uint32_t from)
{
    uint32_t word = from / 64;
    if (word >= words)
        return -1;
    uint64_t rest = bits[word] & (~(uint64_t)0 << (from % 64));
    while (rest == 0) {
        if (++word >= words)
            return -1;
        rest = bits[word];
    }
    return (int64_t)word * 64 + __builtin_ctzll(rest);
}

/* The first bucket of the ring at `from` or after whose list is not empty, or -1. */
static int64_t find_bucket(const struct evq_wheel *w, uint32_t from)
{
    uint32_t words = (1u << w->ring_bits) / 64;
    uint32_t word = from / 64;
    if (word >= words)
        return -1;
    uint64_t rest = w->bits[word] & (~(uint64_t)0 << (from % 64));
    if (rest == 0) {
        int64_t next = find_bit(w->summary, (words + 63) / 64, word + 1);
        if (next < 0)
            return -1;
        word = (uint32_t)next;
        rest = w->bits[word];
    }
    return (int64_t)word * 64 + __builtin_ctzll(rest);
}

/* ---- taking out ------------------------------------------------------------------------------ */

void evq_wheel_remove(struct evq_core *q, uint32_t slot)
{
    struct evq_wheel *w = &q->wheel;
    const struct event *e = &q->event[slot];
    uint32_t list = (e->place & EVQ_PLACE_MASK) - EVQ_LISTS;

    if (e->next)
        q->event[e->next].prev = e->prev;
    if (e->prev) {
        q->event[e->prev].next = e->next;
    } else {
        w->head[list] = e->next;
        if (e->next == 0)
            unmark(w, list);
    }
    w->count--;
}

void evq_bottom_remove(struct evq_core *q, uint32_t slot)
{
    const struct event *e = &q->event[slot];
    struct evq_key key = {.time = e->time, .seq = e->seq};
    uint32_t low = q->bottom_at, high = q->bottom_count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (evq_before(&q->bottom[middle], &key))
            low = middle + 1;
        else
            high = middle;
    }
    g_assert(low < q->bottom_count && q->bottom[low].slot == slot);
    q->bottom[low].slot = 0;
}

/* ---- sorting a bucket ------------------------------------------------------------------------ */

static void insertion_sort(struct evq_key *a, uint32_t n)
{
    for (uint32_t i = 1; i < n; i++) {
        struct evq_key key = a[i];
        uint32_t k = i;
        for (; k > 0 && evq_before(&key, &a[k - 1]); k--)
            a[k] = a[k - 1];
        a[k] = key;
    }
}

static void merge(const struct evq_key *a, uint32_t na, const struct evq_key *b, uint32_t nb,
                  struct evq_key *to)
{
    while (na && nb) {
        if (evq_before(b, a)) {
            *to++ = *b++;
            nb--;
        } else {
            *to++ = *a++;
            na--;
        }
    }
    memcpy(to, na ? a : b, (na ? na : nb) * sizeof(*to));
}

static bool is_sorted(const struct evq_key *a, uint32_t n)
{
    for (uint32_t i = 1; i < n; i++)
        if (evq_before(&a[i], &a[i - 1]))
            return false;
    return true;
}

/* Bottom-up merge sort of q->bottom; what is in order already (a bucket of equal times) costs one pass. */
static void sort_bottom(struct evq_core *q)
{
    uint32_t n = q->bottom_count;

    if (n <= INSERTION_SORT) {
        insertion_sort(q->bottom, n);
        return;
    }
    if (is_sorted(q->bottom, n))
        return;
    for (uint32_t i = 0; i < n; i += INSERTION_SORT)
        insertion_sort(q->bottom + i, MIN(INSERTION_SORT, n - i));
    for (uint64_t run = INSERTION_SORT; run < n; run *= 2) {
        for (uint64_t i = 0; i < n; i += 2 * run) {
            uint32_t na = (uint32_t)MIN(run, n - i), nb = (uint32_t)MIN(run, n - i - na);
            merge(q->bottom + i, na, q->bottom + i + na, nb, q->scratch + i);
        }
        struct evq_key *sorted = q->scratch;
        q->scratch = q->bottom;
        q->bottom = sorted;
    }
}

static void grow_bottom(struct evq_core *q)
{
    uint32_t room = q->bottom_room ? 2 * q->bottom_room : 64;
    q->bottom = bigmem_resize(q->bottom, q->bottom_count * sizeof(*q->bottom), room * sizeof(*q->bottom));
    free(q->scratch);
    q->scratch = bigmem_alloc(room * sizeof(*q->scratch));
    q->bottom_room = room;
}

/* ---- turning the wheel ----------------------------------------------------------------------- */

static uint32_t take_list(struct evq_wheel *w, uint32_t list)
{
    uint32_t slot = w->head[list];
    if (slot) {
        w->head[list] = 0;
        unmark(w, list);
    }
    return slot;
}

static void move_cursor(struct evq_core *q, uint64_t bucket)
{
    q->wheel.cursor = bucket;
    q->near_last = (sim_time)(((bucket + 1) << q->wheel.shift) - 1);
}

/* Starts to load the events of buckets soon to be opened, and what the handlers of those whose loading
 * was started a while ago will look at. All reads are of memory that is there; what was cancelled in
 * the meantime is fetched in vain. */
static void fetch_ahead(struct evq_core *q)
{
    struct evq_wheel *w = &q->wheel;
    uint64_t mask = ((uint64_t)1 << w->ring_bits) - 1;

    if (w->ahead < w->cursor)
        w->ahead = w->cursor;
    for (int i = 0; i < 2 && w->ahead < w->cursor + FETCH_BUCKETS; i++) {
        int64_t found = find_bucket(w, (uint32_t)(w->ahead & mask) + 1);
        if (found < 0)
            return;
        w->ahead = (w->ahead & ~mask) + (uint64_t)found;
        uint32_t *soon = &w->soon[w->soon_at++ % EVQ_SOON];
        const struct event *e = &q->event[*soon];
        __builtin_prefetch(e->ctx);
        __builtin_prefetch(&q->event[e->next], 1);
        *soon = w->head[EVQ_UPPER_LISTS + (uint32_t)found];
        __builtin_prefetch(&q->event[*soon], 1);
    }
}

/* Makes this bucket the current one: its events become the sorted bottom, which was used up. */
static void open_bucket(struct evq_core *q, uint64_t bucket)
{
    struct evq_wheel *w = &q->wheel;
    uint32_t index = (uint32_t)(bucket & (((uint64_t)1 << w->ring_bits) - 1));
    uint32_t slot = take_list(w, EVQ_UPPER_LISTS + index);
    uint32_t n = 0;

    move_cursor(q, bucket);
    q->bottom_at = q->bottom_count = 0;
    while (slot) {
        struct event *e = &q->event[slot];
        uint32_t next = e->next;
        if (n == q->bottom_room) {
            q->bottom_count = n;
            grow_bottom(q);
        }
        q->bottom[n++] = (struct evq_key){.time = e->time, .seq = e->seq, .slot = slot};
        e->place = (e->place & ~EVQ_PLACE_MASK) | EVQ_BOTTOM;
        slot = next;
    }
    q->bottom_count = n;
    w->count -= n;
    fetch_ahead(q);
    if (n > 1) {
        /* Lists grow at the front: backwards is by seq. */
        for (uint32_t i = 0, k = n - 1; i < k; i++, k--) {
            struct evq_key swap = q->bottom[i];
            q->bottom[i] = q->bottom[k];
            q->bottom[k] = swap;
        }
        sort_bottom(q);
    }
}

/* The first epoch after the cursor's that has events in an upper list: the epoch itself, or the start of a
 * larger span that holds it. UINT64_MAX if there is none. */
static uint64_t next_upper_epoch(const struct evq_wheel *w)
{
    uint64_t epoch = w->cursor >> w->ring_bits;
    for (uint32_t level = 0; level < EVQ_LEVELS; level++) {
        int64_t digit = find_bit(w->upper[level], 4, (uint32_t)(epoch >> (8 * level) & 255) + 1);
        if (digit >= 0)
            return (epoch >> (8 * level + 8) << 8 | (uint64_t)digit) << (8 * level);
    }
    return UINT64_MAX;
}

/* Moves to the first bucket of an epoch; spreads the upper list that covers it. */
static void enter_epoch(struct evq_core *q, uint64_t epoch)
{
    struct evq_wheel *w = &q->wheel;
    uint64_t old = w->cursor >> w->ring_bits;
    uint32_t level = (63u - (uint32_t)__builtin_clzll(old ^ epoch)) / 8;
    uint32_t slot = take_list(w, level * 256 + (uint32_t)(epoch >> (8 * level) & 255));

    open_bucket(q, epoch << w->ring_bits);
    while (slot) {
        struct event *e = &q->event[slot];
        uint32_t next = e->next;
        w->count--;
        e->place &= ~EVQ_PLACE_MASK;
        if (e->time > q->near_last)
            evq_wheel_insert(q, slot);
        else
            evq_heap_insert(q, slot);
        slot = next;
    }
}

static bool reshape(struct evq_core *q);

bool evq_advance(struct evq_core *q, sim_time limit)
{
    struct evq_wheel *w = &q->wheel;

    if (__builtin_expect(q->pops >= w->check_at, 0) && reshape(q))
        return true;
    while (q->bottom_count == q->bottom_at && q->heap_count == 0) {
        uint64_t epoch = w->cursor >> w->ring_bits;
        uint32_t index = (uint32_t)(w->cursor & (((uint64_t)1 << w->ring_bits) - 1));
        int64_t found = find_bucket(w, index + 1);

        if (found >= 0) {
            uint64_t bucket = (epoch << w->ring_bits) + (uint64_t)found;
            if (bucket << w->shift > (uint64_t)limit)
                return false;
            open_bucket(q, bucket);
            return true;
        }
        /* Buckets before the cursor's are those of the next epoch. */
        epoch = find_bucket(w, 0) >= 0 ? epoch + 1 : next_upper_epoch(w);
        g_assert(epoch != UINT64_MAX);
        if (epoch << w->ring_bits << w->shift > (uint64_t)limit)
            return false;
        enter_epoch(q, epoch);
    }
    return true;
}

/* ---- shape ----------------------------------------------------------------------------------- */

static bool in_main_queue(const struct event *e)
{
    uint32_t place = e->place & EVQ_PLACE_MASK;
    return place == EVQ_HEAP || place == EVQ_BOTTOM || place >= EVQ_LISTS;
}

/* Refiles all events of heap, bottom and wheel by the present near_last. */
static void refile(struct evq_core *q)
{
    q->heap_limit = q->mode == EVQ_HEAP_ONLY ? UINT32_MAX : EVQ_HEAP_LIMIT;
    q->heap_count = 0;
    q->bottom_at = q->bottom_count = 0;
    q->wheel.count = 0;
    for (uint32_t slot = 1; slot < q->fresh; slot++) {
        struct event *e = &q->event[slot];
        if (!in_main_queue(e))
            continue;
        e->place &= ~EVQ_PLACE_MASK;
        if (e->time > q->near_last)
            evq_wheel_insert(q, slot);
        else
            evq_heap_insert(q, slot);
    }
    q->wheel.check_at = q->pops + MAX(MIN_CHECK, q->fresh);
    q->wheel.since_pops = q->pops;
    q->wheel.since = *q->now;
}

void evq_rebuild_heap(struct evq_core *q)
{
    q->near_last = SIM_NEVER;
    refile(q);
}

void evq_rebuild_wheel(struct evq_core *q, uint32_t shift, uint32_t ring_bits)
{
    struct evq_wheel *w = &q->wheel;
    uint32_t ring = 1u << ring_bits;

    if (ring > w->room) {
        free(w->head);
        free(w->bits);
        free(w->summary);
        w->head = bigmem_alloc((EVQ_UPPER_LISTS + (size_t)ring) * sizeof(*w->head));
        w->bits = bigmem_alloc(ring / 8);
        w->summary = bigmem_alloc((ring / 64 + 63) / 64 * 8);
        w->room = ring;
    }
    memset(w->head, 0, (EVQ_UPPER_LISTS + (size_t)ring) * sizeof(*w->head));
    memset(w->bits, 0, ring / 8);
    memset(w->summary, 0, (ring / 64 + 63) / 64 * 8);
    memset(w->upper, 0, sizeof(w->upper));
    memset(w->soon, 0, sizeof(w->soon));
    w->ahead = 0;
    w->shift = shift;
    w->ring_bits = ring_bits;
    move_cursor(q, (uint64_t)*q->now >> shift);
    refile(q);
}

/* Mean time between two events, in ns: as measured since the last look, or else by Little's law from how
 * far ahead the pending events are. */
static double mean_gap(const struct evq_core *q)
{
    uint64_t pops = q->pops - q->wheel.since_pops;
    double sum = 0, n = 0;

    if (pops >= MIN_CHECK && *q->now > q->wheel.since)
        return (double)(*q->now - q->wheel.since) / (double)pops;
    for (uint32_t slot = 1; slot < q->fresh; slot++) {
        if (!in_main_queue(&q->event[slot]))
            continue;
        sum += (double)(q->event[slot].time - *q->now);
        n++;
    }
    return n > 0 ? sum / (n * n) : 0;
}

static uint32_t log2_above(uint64_t n)
{
    uint32_t bits = 0;
    while (bits < 63 && (uint64_t)1 << bits < n)
        bits++;
    return bits;
}

/* Finds out whether the queue has the shape that fits, and rebuilds it if not. True if it did. */
static bool reshape(struct evq_core *q)
{
    struct evq_wheel *w = &q->wheel;
    bool in_heap = q->near_last == SIM_NEVER && w->count == 0;

    uint32_t pending = q->heap_count + w->count + q->bottom_count - q->bottom_at; /* without lanes */

    if (pending < BACK_TO_HEAP && q->mode != EVQ_WHEEL_ONLY) {
        evq_rebuild_heap(q);
        return true;
    }
    double width = EVENTS_PER_BUCKET * mean_gap(q);
    uint32_t shift = width < 2 ? 0 : MIN(log2_above((uint64_t)MIN(width, 1e15)), 50u);
    uint32_t bits = log2_above((uint64_t)pending * BUCKETS_PER_EVENT);
    bits = CLAMP(bits, EVQ_RING_MIN_BITS, EVQ_RING_MAX_BITS);
    bool width_fits = shift <= w->shift + 1 && shift + 1 >= w->shift;
    bool ring_fits = bits <= w->ring_bits && bits + 2 >= w->ring_bits;
    if (in_heap || !width_fits || !ring_fits) {
        evq_rebuild_wheel(q, shift, bits);
        return true;
    }
    w->check_at = q->pops + MAX(MIN_CHECK, q->fresh);
    w->since_pops = q->pops;
    w->since = *q->now;
    return false;
}

void evq_crowded(struct evq_core *q)
{
    if (q->near_last == SIM_NEVER || q->pops >= q->wheel.check_at)
        reshape(q);
    if (q->heap_count > q->heap_limit / 2)
        q->heap_limit = q->heap_count * 2;
}
