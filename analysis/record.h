/* record.h - what happened in the recorded flows of one simulation, kept to be looked at afterwards.
 *
 * A recording subscribes to the trace before the simulation runs and keeps, flow by flow and in the
 * order of the events, every hop, mark and note, and state changes and timers if asked. Messages are
 * held by reference; what a note is about changes while the call goes on, so it becomes text at once. */
#ifndef ANALYSIS_RECORD_H
#define ANALYSIS_RECORD_H

#include "sim/net.h"
#include "sim/sim.h"
#include "sim/trace.h"

#include <glib.h>

/* One message moved over one interface. */
struct recorded_hop {
    struct msg *msg; /* referenced                                               */
    const struct node *to;
    sim_time arrival; /* SIM_NEVER when it does not arrive                        */
    uint32_t nth;     /* 1 = first transmission, 2 = first repetition ...         */
    uint16_t iface;
    uint8_t outcome; /* enum trace_outcome                                       */
    uint8_t copy;    /* 1: made by a duplicate fault                             */
};

/* One thing that happened. */
struct happening {
    enum trace_kind kind;
    sim_time time;           /* of a hop: when it was sent                               */
    uint32_t cause;          /* cause.h                                                  */
    const struct node *node; /* where; of a hop: the sender                     */
    uint64_t order;          /* counts over all flows                                    */
    const char *clause;      /* of the state machine row that ran, or NULL       */
    union {
        struct recorded_hop hop; /* TRACE_MSG */
        struct {
            uint32_t id; /* enum mark_id (models/names.h) */
            int64_t value;
            const struct node *about; /* the phone it is about */
        } mark; /* TRACE_MARK */
        struct {
            const struct fsm_def *def;
            uint8_t from, event, to;
        } state; /* TRACE_STATE */
        struct {
            const struct fsm_def *def;
            uint8_t index, action;
            sim_time duration;
        } timer; /* TRACE_TIMER */
        struct {
            uint32_t code;    /* enum note_code (models/names.h)                  */
            const char *text; /* static, may be ""                               */
            char *about;      /* what the note is about, in words, lines end in \n; owned; or NULL */
        } note;               /* TRACE_NOTE */
    };
};

/* All that happened in one flow. Read only. */
struct flow_record {
    struct sim *sim;
    struct net *net;
    sim_flow flow;
    size_t n;           /* 1 = the first flow recorded; 0 = all of them                */
    size_t call;        /* 1 = the first call dialled; 0 = nobody asked for it as a call */
    uint32_t first_cause; /* causes before this index were there when it began          */
    bool forgotten;
    GArray *happenings; /* struct happening, in the order they happened               */
};
static inline const struct happening *flow_at(const struct flow_record *f, size_t i)
{
    return &g_array_index(f->happenings, struct happening, i);
}

enum { RECORD_STATES = 1 << 0, RECORD_TIMERS = 1 << 1, RECORD_NO_NOTES = 1 << 2 };

struct recording;
/* Starts to record. Call before the simulation runs. `flags` asks for more than hops, marks and notes, or less. */
struct recording *recording_new(struct sim *sim, struct net *net, unsigned flags);
/* Gives everything back, message references included: before net_free(), and the simulation must not
 * be run any more. */
void recording_free(struct recording *rec);

/* The flow with this id, marks included; NULL: nothing was recorded of it. */
const struct flow_record *recording_find(const struct recording *rec, sim_flow flow);
/* Gives back what happened in a flow, or (0) in all; what is still to come of it will not be kept. */
void recording_forget(struct recording *rec, sim_flow flow);

/* Flows recorded so far. */
size_t recording_count(const struct recording *rec);
/* The n-th flow recorded (1 = first), in order of its first happening; NULL when there are not so many. */
const struct flow_record *recording_flow(const struct recording *rec, size_t n);

/* The n-th flow that a user began by dialling; NULL when there are not so many. */
const struct flow_record *recording_call(const struct recording *rec, size_t n);
/* What it is called: "call 2", "everything". */
void flow_put_name(const struct flow_record *flow, GString *out);
/* All flows as one, in the order in which things happened; made anew, valid until the next call and the end of the
 * recording. NULL when nothing was recorded. */
const struct flow_record *recording_all(struct recording *rec);

/* The first mark `id` of the flow that is not before happening `from`; NULL if there is none. */
const struct happening *flow_mark(const struct flow_record *flow, unsigned id, size_t from);

#endif
