/* dump.h - contexts as text, byte by byte, so that a test can compare two of them and a field that was forgotten shows.
 *
 * A node copies a context, makes pointers in the copy comparable between simulations, and prints all its bytes: a
 * field that is added later is compared without a line for it. */
#ifndef SIM_DUMP_H
#define SIM_DUMP_H

#include "sim/fsm.h"
#include "sim/net.h"

/* A pointer tells only whether it is there; a node's becomes its id + 1. In a copy: it is of no use afterwards. */
#define DUMP_HIDE(pointer) ((pointer) = (void *)(uintptr_t)((pointer) != NULL))
#define DUMP_NODE(pointer) ((pointer) = (void *)(uintptr_t)((pointer) ? (pointer)->id + 1 : 0))

/* The same for a state machine: which, where, in which state, with which timers. */
void dump_machine(struct fsm *copy);
/* What stands between fields is anything; a compiler that cannot clear it leaves nothing to compare. */
#if defined(__has_builtin)
#if __has_builtin(__builtin_clear_padding)
#define DUMP_IS_EXACT 1
#endif
#endif
#ifdef DUMP_IS_EXACT
#define DUMP(out, what, copy) (__builtin_clear_padding(&(copy)), dump_bytes(out, what, &(copy), sizeof(copy)))
#else
#define DUMP_IS_EXACT 0
#define DUMP(out, what, copy) dump_bytes(out, what, &(copy), sizeof(copy))
#endif
/* Appends a headline and the bytes in words of eight, each with its offset. */
void dump_bytes(GString *out, const char *what, const void *bytes, size_t n);

#endif
