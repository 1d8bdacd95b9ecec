/* slab.h - objects of one size, handed out and taken back without asking the system each time.
 *
 * Messages, contexts and the like come and go millions of times in a run. A slab carves them out of
 * chunks that it keeps until slab_clear(); the item freed last is handed out next, so that it is still
 * in the cache. Items never move. Each has an index (1, 2, 3 ...; 0 names none), so that
 * 32 bits can stand for a pointer. Under AddressSanitizer free items are poisoned. */
#ifndef SIM_SLAB_H
#define SIM_SLAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__SANITIZE_ADDRESS__)
#define SLAB_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SLAB_ASAN 1
#endif
#endif
#ifdef SLAB_ASAN
#include <sanitizer/asan_interface.h>
#define SLAB_POISON(p, n)   ASAN_POISON_MEMORY_REGION(p, n)
#define SLAB_UNPOISON(p, n) ASAN_UNPOISON_MEMORY_REGION(p, n)
#else
#define SLAB_POISON(p, n)   ((void)(p), (void)(n))
#define SLAB_UNPOISON(p, n) ((void)(p), (void)(n))
#endif

/* In front of every item. `next` is the next free item, or SLAB_IN_USE. */
struct slab_head {
    uint32_t index;
    uint32_t next;
};
#define SLAB_IN_USE UINT32_MAX

struct slab {
    char **chunk;     /* chunk[k] holds items k << shift .. ((k + 1) << shift) - 1               */
    size_t item_size; /* as asked for */
    size_t stride;    /* with the head, rounded up to 8 */
    uint32_t shift;   /* log2 of items per chunk */
    uint32_t chunks;  /* chunks in the table */
    uint32_t used;    /* items handed out now */
    uint32_t fresh;   /* the first index that was never handed out */
    uint32_t free;    /* head of the free list, or 0 */
    uint32_t arenas;  /* blocks obtained from the system; each holds one or more chunks */
    void **arena;
    char *arena_next;    /* the part of the newest arena that is no chunk yet                        */
    uint32_t arena_left; /* ... counted in chunks */
};

/* Prepares an empty slab of items of this many bytes (> 0), aligned to 8. Takes no memory yet. */
void slab_init(struct slab *s, size_t item_size);
/* Gives all memory back; every item is gone. The slab is empty and may be used again. */
void slab_clear(struct slab *s);
/* Slow path of slab_alloc(): makes sure that item s->fresh has memory. */
void slab_grow(struct slab *s);
/* Slow path of slab_free(): an item was freed that is not in use. Aborts. */
void slab_bad_free(const struct slab *s, const void *item) __attribute__((noreturn));

static inline struct slab_head *slab_head_at(const struct slab *s, uint32_t index)
{
    char *chunk = s->chunk[index >> s->shift];
    return (struct slab_head *)(void *)(chunk + (index & ((1u << s->shift) - 1)) * s->stride);
}

/* The item with this index, which must be in use. */
static inline void *slab_at(const struct slab *s, uint32_t index)
{
    return slab_head_at(s, index) + 1;
}

/* The index of an item. */
static inline uint32_t slab_index(const void *item)
{
    return ((const struct slab_head *)item)[-1].index;
}

/* True if the index names an item that is handed out now: for checking an id that came from outside. */
static inline bool slab_in_use(const struct slab *s, uint32_t index)
{
    return index != 0 && index < s->fresh && slab_head_at(s, index)->next == SLAB_IN_USE;
}

/* Hands out an item; its content is whatever it was. Stores its index when asked to. */
static inline void *slab_alloc(struct slab *s, uint32_t *index)
{
    uint32_t i = s->free;
    struct slab_head *head;

    if (i != 0) {
        head = slab_head_at(s, i);
        s->free = head->next;
    } else {
        i = s->fresh;
        if (__builtin_expect(i >> s->shift >= s->chunks, 0))
            slab_grow(s);
        s->fresh++;
        head = slab_head_at(s, i);
        head->index = i;
    }
    head->next = SLAB_IN_USE;
    s->used++;
    if (index)
        *index = i;
    SLAB_UNPOISON(head + 1, s->item_size);
    return head + 1;
}

/* The same, filled with zero bytes. */
static inline void *slab_alloc0(struct slab *s, uint32_t *index)
{
    void *item = slab_alloc(s, index);
    return __builtin_memset(item, 0, s->item_size);
}

/* Takes an item back. NULL is allowed; freeing twice aborts. */
static inline void slab_free(struct slab *s, void *item)
{
    if (!item)
        return;
    struct slab_head *head = (struct slab_head *)item - 1;
    if (__builtin_expect(head->next != SLAB_IN_USE, 0))
        slab_bad_free(s, item);
    head->next = s->free;
    s->free = head->index;
    s->used--;
    SLAB_POISON(item, s->item_size);
}

/* The same by index; 0 is allowed. */
static inline void slab_free_at(struct slab *s, uint32_t index)
{
    if (index != 0)
        slab_free(s, slab_at(s, index));
}

/* How many items are handed out. */
static inline uint32_t slab_count(const struct slab *s)
{
    return s->used;
}

/* One past the highest index ever handed out: for walking all items with slab_in_use(). */
static inline uint32_t slab_end(const struct slab *s)
{
    return s->fresh;
}

#endif
