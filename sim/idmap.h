/* idmap.h - a map from 64-bit ids to 32-bit indices.
 *
 * For identifiers that do not embed a slot themselves (a hash of a Call-ID, a public identity). Open
 * addressing with linear probing; deleting shifts the run back, so there are no tombstones and a map
 * whose entries come and go stays as fast as a new one. Key 0 is not allowed. The order of the table
 * is a pure function of the operations done; still, nothing may be output in table order. */
#ifndef SIM_IDMAP_H
#define SIM_IDMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct idmap_entry {
    uint64_t key; /* 0 = empty */
    uint32_t value;
    uint32_t unused;
};

struct idmap {
    struct idmap_entry *entry; /* NULL while nothing was ever put                    */
    uint32_t bits;             /* the table has 1 << bits entries */
    uint32_t count;
};

/* An empty map; takes no memory yet. */
void idmap_init(struct idmap *m);
/* Forgets everything and gives the memory back; the map may be used again. */
void idmap_clear(struct idmap *m);
/* Slow path of idmap_put(): makes room for one more. */
void idmap_grow(struct idmap *m);
/* Removes a key. True if it was there. */
bool idmap_del(struct idmap *m, uint64_t key);

/* Where a key would like to be: the top bits of a multiplication by 2^64 / golden ratio (Knuth, TAOCP 3,
 * 6.4), after folding the high half down so that keys that differ only there spread as well. */
static inline size_t idmap_home(const struct idmap *m, uint64_t key)
{
    key ^= key >> 32;
    return (size_t)((key * 0x9e3779b97f4a7c15u) >> (64 - m->bits));
}

/* The entry of this key, or NULL. Valid until the next put or del. */
static inline struct idmap_entry *idmap_find(const struct idmap *m, uint64_t key)
{
    if (m->count == 0)
        return NULL;
    size_t mask = ((size_t)1 << m->bits) - 1;
    for (size_t i = idmap_home(m, key); m->entry[i].key != 0; i = (i + 1) & mask)
        if (m->entry[i].key == key)
            return &m->entry[i];
    return NULL;
}

/* The value of this key, or 0: for maps of indices whose 0 means none. */
static inline uint32_t idmap_get(const struct idmap *m, uint64_t key)
{
    const struct idmap_entry *e = idmap_find(m, key);
    return e ? e->value : 0;
}

/* Sets the value of a key (not 0), new or known. */
static inline void idmap_put(struct idmap *m, uint64_t key, uint32_t value)
{
    struct idmap_entry *known = idmap_find(m, key);
    if (known) {
        known->value = value;
        return;
    }
    if (!m->entry || m->count >= ((uint32_t)1 << m->bits) / 4 * 3)
        idmap_grow(m);
    size_t mask = ((size_t)1 << m->bits) - 1;
    size_t i = idmap_home(m, key);
    while (m->entry[i].key != 0)
        i = (i + 1) & mask;
    m->entry[i] = (struct idmap_entry){.key = key, .value = value};
    m->count++;
}

static inline uint32_t idmap_count(const struct idmap *m)
{
    return m->count;
}

#endif
