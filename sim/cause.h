/* cause.h - where did the time go: the log of labelled delay parts of recorded flows.
 *
 * Every part is an interval [start, end] of virtual time with a label, a place and a subject, and
 * the part before it. Parts of one chain touch: the end of one is the start of the next, so the
 * sum over any stretch of a chain is exact. Index 0 is "none". */
#ifndef SIM_CAUSE_H
#define SIM_CAUSE_H

#include "sim/sim.h"

/* CAUSE(enumerator, "text shown") - the kinds of delay. */
#define CAUSE_LABELS(CAUSE)                                                                                        \
    CAUSE(CAUSE_NONE, "none")                                                                                      \
    CAUSE(CAUSE_LINK_QUEUE, "link queue")                                                                          \
    CAUSE(CAUSE_LINK_SERIALISATION, "serialisation")                                                               \
    CAUSE(CAUSE_LINK_PROPAGATION, "propagation")                                                                   \
    CAUSE(CAUSE_LINK_RETRANSMISSION, "transport retransmission")                                                   \
    CAUSE(CAUSE_STATION_QUEUE, "station queue")                                                                    \
    CAUSE(CAUSE_SERVICE, "service")                                                                                \
    CAUSE(CAUSE_THINK, "processing")                                                                               \
    CAUSE(CAUSE_TIMER, "timer")                                                                                    \
    CAUSE(CAUSE_RESERVATION, "reservation")                                                                        \
    CAUSE(CAUSE_HELD, "held")                                                                                      \
    CAUSE(CAUSE_USER, "user")                                                                                      \
    CAUSE(CAUSE_SCENARIO, "scenario")

enum cause_label {
#define CAUSE(id, text) id,
    CAUSE_LABELS(CAUSE)
#undef CAUSE
        CAUSE_LABEL_COUNT
};
const char *cause_label_name(enum cause_label label);
/* A model has labels of its own from CAUSE_LABEL_COUNT up to this; sim->label_name names them, NULL for one that is none. */
#define CAUSE_LABEL_MAX 255
/* The text of a label, the kernel's or the model's; NULL for one that is nobody's. */
const char *cause_label_text(const struct sim *sim, unsigned label);

struct cause {
    uint32_t parent;  /* the part before, or 0: a root                                     */
    sim_why why;      /* label and place                                                   */
    uint32_t held;    /* a second part that waited here (a join), or 0                      */
    const char *what; /* subject: a message's name, a timer's, or NULL; not owned           */
    sim_time start, end;
};

/* Adds a part; returns its index. Few are ever looked at: the log grows until cause_forget(). */
uint32_t cause_add(struct sim *sim, uint32_t parent, sim_why why, const char *what, sim_time start, sim_time end);
/* Notes on the running cause that `held` was waiting for it (a message or condition kept by a model
 * until now). Does nothing when the flow is not recorded. */
void cause_held(struct sim *sim, uint32_t held);
/* Where a thing came from that a model keeps for later: a message that waits for a bearer, a request for its turn. */
struct cause_kept {
    sim_flow flow;
    uint32_t cause;
};
static inline struct cause_kept cause_keep(const struct sim *sim)
{
    return (struct cause_kept){sim->flow, sim->cause};
}
/* It is taken up again: from here on the running event serves the thing's flow. Its cause is what runs now, with a link to
 * what led here; when nothing of what runs is recorded, the time since then becomes a part of its own, labelled CAUSE_HELD
 * at `where`. Returns what to give to cause_back() afterwards. */
struct cause_kept cause_take_up(struct sim *sim, struct cause_kept thing, uint32_t where);
static inline void cause_back(struct sim *sim, struct cause_kept running)
{
    sim->flow = running.flow;
    sim->cause = running.cause;
}
/* The part with this index; valid until the next cause_add(). NULL for 0, and for one that is forgotten. */
const struct cause *cause_get(const struct sim *sim, uint32_t index);
size_t cause_count(const struct sim *sim);
/* The index that the next part will have. */
uint32_t cause_next(const struct sim *sim);
/* Parts that there is memory for: the most that were there at once, up to a factor of two. */
size_t cause_room(const struct sim *sim);
/* Gives the memory of parts before this index back; from here on they are nobody's cause. */
void cause_forget(struct sim *sim, uint32_t before);

#endif
