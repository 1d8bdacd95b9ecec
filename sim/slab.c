/* slab.c - slabs: growing and giving back; the hot path is inline in slab.h.
 *
 * Chunks are about 64 KiB, so that a small simulation stays small. They are cut from arenas, and each
 * new arena is as large as all before it (up to 32 MiB): few system calls, and huge pages for the
 * slabs that need them. */
#include "sim/slab.h"

#include "sim/bigmem.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_BYTES     ((size_t)64 << 10)
#define ARENA_MAX_BYTES ((size_t)32 << 20)

void slab_init(struct slab *s, size_t item_size)
{
    g_assert(item_size > 0);
    memset(s, 0, sizeof(*s));
    s->item_size = item_size;
    s->stride = (sizeof(struct slab_head) + item_size + 7) & ~(size_t)7;
    s->fresh = 1;
    s->shift = 4;
    while ((s->stride << (s->shift + 1)) <= CHUNK_BYTES)
        s->shift++;
}

void slab_clear(struct slab *s)
{
    size_t item_size = s->item_size;
    for (uint32_t k = 0; k < s->arenas; k++)
        free(s->arena[k]);
    g_free(s->arena);
    g_free(s->chunk);
    slab_init(s, item_size);
}

static void add_arena(struct slab *s)
{
    size_t chunk_bytes = s->stride << s->shift;
    size_t want = s->chunks ? s->chunks : 1;

    if (want * chunk_bytes > ARENA_MAX_BYTES)
        want = MAX(ARENA_MAX_BYTES / chunk_bytes, 1);
    s->arena = g_renew(void *, s->arena, s->arenas + 1);
    s->arena_next = bigmem_alloc(want * chunk_bytes);
    s->arena_left = (uint32_t)want;
    s->arena[s->arenas++] = s->arena_next;
}

void slab_grow(struct slab *s)
{
    size_t chunk_bytes = s->stride << s->shift;

    if (s->fresh == SLAB_IN_USE)
        g_error("slab: more than 2^32 items");
    if (s->arena_left == 0)
        add_arena(s);
    if ((s->chunks & (s->chunks - 1)) == 0)
        s->chunk = g_renew(char *, s->chunk, s->chunks ? 2 * (size_t)s->chunks : 1);
    s->chunk[s->chunks++] = s->arena_next;
    for (size_t at = 0; at < chunk_bytes; at += s->stride)
        SLAB_POISON(s->arena_next + at + sizeof(struct slab_head), s->stride - sizeof(struct slab_head));
    s->arena_next += chunk_bytes;
    s->arena_left--;
}

void slab_bad_free(const struct slab *s, const void *item)
{
    g_error("slab: item %u of %" G_GSIZE_FORMAT " bytes freed twice", slab_index(item), s->item_size);
}
