/* registry.h - everything there is, for those who list or build it. */
#ifndef MODELS_REGISTRY_H
#define MODELS_REGISTRY_H

#include "sim/fsm.h"

/* All state machines, NULL at the end. */
extern struct fsm_def *const registry_machines[];
/* Prepares all state machines; once per process, before threads. */
void registry_init(void);

#endif
