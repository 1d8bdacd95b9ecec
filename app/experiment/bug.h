/* bug.h - a broken assertion in one simulation of many: the rest goes on.
 *
 * sim_assert() prints what is wrong and aborts. A thread that called bug_catch() is taken back there instead, and the
 * simulation is abandoned as it stands: its memory is lost, but nothing of it is shared with others. */
#ifndef APP_EXPERIMENT_BUG_H
#define APP_EXPERIMENT_BUG_H

#include <stdbool.h>

/* Calls fn(data) in this thread. False: it ran into an assertion. */
bool bug_catch(void (*fn)(void *data), void *data);

#endif
