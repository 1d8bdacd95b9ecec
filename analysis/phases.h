/* phases.h - what a stretch of a time is called: the tables of phases.def. */
#ifndef ANALYSIS_PHASES_H
#define ANALYSIS_PHASES_H

#include <stdbool.h>
#include <stddef.h>

enum phase_set {
    PHASES_NONE, /* each message or activity is a phase of its own */
#define SET(id, ...) PHASES_##id,
#include "analysis/phases.def"
    PHASE_SET_COUNT
};

enum phase_side { PHASE_SIDE_ANY, PHASE_SIDE_CALLER, PHASE_SIDE_CALLED };

struct phase {
    enum phase_set set;
    enum phase_side side;
    const char *name;
    const char *const *subjects; /* messages and activities, up to NULL */
};
/* All phases, those of a set together and in causal order; up to a NULL name. */
extern const struct phase phase_table[];

/* Most phases of one set. */
#define PHASES_MAX 20
/* How many phases a set has; the i-th of them (0 = first), and the place of a phase among those of its set. */
int phase_count(enum phase_set set);
const struct phase *phase_at(enum phase_set set, int i);
int phase_place(const struct phase *phase);

/* The next phase of a set for a part about `subject` (may be NULL) at a node of the caller's side alone or of the called
 * side alone (`side`; ANY: of both, or none), when `now` is the one before (NULL: there is none yet). NULL: no phase
 * has it yet. */
const struct phase *phase_next(enum phase_set set, const struct phase *now, const char *subject, enum phase_side side);

#endif
