/* bigmem.c - memory blocks that may get large; see bigmem.h. */
#include "sim/bigmem.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define HUGE_PAGE  ((size_t)2 << 20)
#define CACHE_LINE ((size_t)64)

void *bigmem_alloc(size_t size)
{
    size_t align = size >= HUGE_PAGE ? HUGE_PAGE : CACHE_LINE;
    size_t rounded = (size + align - 1) & ~(align - 1);
    void *block = rounded < size ? NULL : aligned_alloc(align, rounded ? rounded : align);

    if (!block)
        g_error("out of memory: %" G_GSIZE_FORMAT " bytes", size);
#ifdef MADV_HUGEPAGE
    if (align == HUGE_PAGE)
        (void)madvise(block, rounded, MADV_HUGEPAGE);
#endif
    return block;
}

void *bigmem_resize(void *old, size_t keep, size_t size)
{
    void *block = bigmem_alloc(size);
    if (old)
        memcpy(block, old, keep < size ? keep : size);
    free(old);
    return block;
}
