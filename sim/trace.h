/* trace.h - what happened, offered as records to whoever subscribed.
 *
 * A record nobody subscribed to is never built: ask trace_on() first. Records are handed to sinks in
 * the order of the events that made them; a sink must not touch the model. */
#ifndef SIM_TRACE_H
#define SIM_TRACE_H

#include "sim/sim.h"

struct msg;
struct node;
struct link;
struct fsm_def;

enum trace_kind {
    TRACE_MSG,   /* a message was sent over a link (one record per hop, at sending time)    */
    TRACE_MARK,  /* a moment that metrics are made of (models/marks.def)                    */
    TRACE_STATE, /* a state machine took a row                                              */
    TRACE_TIMER, /* a state machine's timer started, stopped or fired                       */
    TRACE_NOTE,  /* a model says something for people: why it waits, what it decided        */
    TRACE_KIND_COUNT
};

enum trace_outcome {
    OUTCOME_DELIVERED, /* arrives at `arrival`                                          */
    OUTCOME_LOST,      /* the link lost it                                              */
    OUTCOME_DROPPED,   /* a fault took it                                               */
    OUTCOME_DOWN,      /* the link or the peer is down                                  */
    OUTCOME_INTERNAL,  /* handed over inside one box: no arrow                          */
    OUTCOME_CARRIED,   /* on its way inside other messages; OUTCOME_ARRIVED follows if it gets there */
    OUTCOME_ARRIVED,   /* a carried message is there now: no hop of its own             */
};

enum trace_timer_action { TIMER_STARTED, TIMER_STOPPED, TIMER_FIRED };

struct trace_rec {
    enum trace_kind kind;
    sim_time time;
    sim_flow flow;
    uint32_t cause;
    const struct node *node; /* where it happened (the sender of a message)             */
    const char *clause;      /* the standard's clause of the row that ran, or NULL       */
    union {
        struct {
            const struct msg *msg; /* take a reference to keep it                        */
            const struct node *to;
            uint16_t iface;
            uint8_t outcome; /* enum trace_outcome                                       */
            uint8_t copy;    /* 1: made by a duplicate fault                             */
            uint32_t nth;    /* 1 = first transmission, 2 = first repetition ...         */
            sim_time arrival;
        } msg;
        struct {
            uint32_t id;   /* models/marks.def                                           */
            int64_t value; /* what the mark says of it (a status code ...), or 0         */
            const struct node *about; /* whom it is about: `node` itself, or another     */
        } mark;
        struct {
            const struct fsm_def *def;
            uint8_t from, event, to;
        } state;
        struct {
            const struct fsm_def *def;
            uint8_t index; /* which of the machine's timers                              */
            uint8_t action;
            sim_time duration;
        } timer;
        struct {
            const char *text;  /* static text                                            */
            const void *about; /* kind-specific, e.g. a precondition table; see net.h    */
            uint32_t code;     /* models/notes.h                                         */
        } note;
    };
};

typedef void (*trace_fn)(struct sim *sim, const struct trace_rec *rec, void *user);

/* Offers records whose kind is in `mask` (bits 1u << kind) to fn. With recorded_only, only records
 * of recorded flows are offered. The sink stays until sim_free(). */
void trace_add_sink(struct sim *sim, uint32_t mask, bool recorded_only, trace_fn fn, void *user);

static inline bool trace_on(const struct sim *sim, enum trace_kind kind)
{
    return __builtin_expect((sim->trace_mask[sim->flow / SIM_FLOW_RECORDED] >> kind) & 1, 0);
}

/* Hands a record to the sinks; fills time, flow, cause and clause (from sim->row) itself. */
void trace_emit(struct sim *sim, struct trace_rec *rec);

#endif
