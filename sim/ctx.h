/* ctx.h - contexts found by a 32-bit id that their owner gives to others (TEID, S1AP ids).
 *
 * The id holds a slab index and a serial number: finding a context is an array look-up, and the id of a
 * context that is gone, whose place another one has taken, finds nothing. A context begins with its id. */
#ifndef SIM_CTX_H
#define SIM_CTX_H

#include "sim/slab.h"

#define CTX_INDEX_BITS 24 /* 16 million contexts of a kind at once */

struct ctx_pool {
    struct slab slab; /* of structs that begin with a uint32_t id */
    uint32_t serial;
};

static inline void ctx_pool_init(struct ctx_pool *p, size_t size)
{
    slab_init(&p->slab, size);
    p->serial = 0;
}

static inline void ctx_pool_clear(struct ctx_pool *p)
{
    slab_clear(&p->slab);
}

/* A zeroed context with a new id, which is never 0. */
static inline void *ctx_new(struct ctx_pool *p)
{
    uint32_t index;
    void *ctx = slab_alloc0(&p->slab, &index);
    *(uint32_t *)ctx = (p->serial++ & 0xffu) << CTX_INDEX_BITS | index;
    return ctx;
}

/* The context with this id, or NULL. */
static inline void *ctx_find(const struct ctx_pool *p, uint32_t id)
{
    uint32_t index = id & ((1u << CTX_INDEX_BITS) - 1);
    void *ctx = slab_in_use(&p->slab, index) ? slab_at(&p->slab, index) : NULL;
    return ctx && *(uint32_t *)ctx == id ? ctx : NULL;
}

static inline void ctx_free(struct ctx_pool *p, void *ctx)
{
    slab_free(&p->slab, ctx);
}

static inline uint32_t ctx_count(const struct ctx_pool *p)
{
    return slab_count(&p->slab);
}

#endif
