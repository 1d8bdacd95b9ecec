/* idmap.c - growing, deleting; see idmap.h. */
#include "sim/idmap.h"

#include "sim/bigmem.h"

#include <stdlib.h>
#include <string.h>

void idmap_init(struct idmap *m)
{
    *m = (struct idmap){.entry = NULL};
}

void idmap_clear(struct idmap *m)
{
    free(m->entry);
    idmap_init(m);
}

void idmap_grow(struct idmap *m)
{
    struct idmap_entry *old = m->entry;
    size_t size = old ? (size_t)1 << m->bits : 0;

    m->bits = old ? m->bits + 1 : 4;
    m->entry = bigmem_alloc(sizeof(struct idmap_entry) << m->bits);
    memset(m->entry, 0, sizeof(struct idmap_entry) << m->bits);
    size_t mask = ((size_t)1 << m->bits) - 1;
    for (size_t k = 0; k < size; k++) {
        if (old[k].key == 0)
            continue;
        size_t i = idmap_home(m, old[k].key);
        while (m->entry[i].key != 0)
            i = (i + 1) & mask;
        m->entry[i] = old[k];
    }
    free(old);
}

/* Closes the gap: an entry further down the run moves into it unless that would put it before its
 * home (Knuth, TAOCP 3, 6.4, algorithm R). */
bool idmap_del(struct idmap *m, uint64_t key)
{
    struct idmap_entry *e = idmap_find(m, key);
    if (!e)
        return false;
    size_t mask = ((size_t)1 << m->bits) - 1;
    size_t gap = (size_t)(e - m->entry);
    for (size_t i = (gap + 1) & mask; m->entry[i].key != 0; i = (i + 1) & mask) {
        size_t home = idmap_home(m, m->entry[i].key);
        if (((i - home) & mask) >= ((i - gap) & mask)) {
            m->entry[gap] = m->entry[i];
            gap = i;
        }
    }
    m->entry[gap].key = 0;
    m->count--;
    return true;
}
