/* bigmem.h - memory blocks that may get large: on huge pages when they do.
 *
 * A million pending events are 64 MB, touched at random: with 4 KiB pages nearly every touch also
 * misses the translation cache. Blocks of 2 MiB and more are aligned to 2 MiB and offered to the
 * system as huge pages; a system that has none ignores it. */
#ifndef SIM_BIGMEM_H
#define SIM_BIGMEM_H

#include <stddef.h>

/* A block of at least `size` bytes, aligned to 64, content undefined. Aborts when memory runs out. Free
 * it with free(). */
void *bigmem_alloc(size_t size);
/* The same with the first `keep` bytes taken over from `old` (may be NULL), which is freed. */
void *bigmem_resize(void *old, size_t keep, size_t size);

#endif
