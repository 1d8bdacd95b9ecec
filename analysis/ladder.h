/* ladder.h - one flow as a ladder: who sends what to whom, step by step.
 *
 * A hop is one step. In order `message` the hops of one end-to-end message follow each other, message by
 * message in the order of their first sending, as the figures of the standards number them; in order
 * `time` hops follow each other as they were sent. A repetition is an end-to-end message of its own.
 * Hand-overs inside a box draw no arrow and have no number. */
#ifndef ANALYSIS_LADDER_H
#define ANALYSIS_LADDER_H

#include "analysis/record.h"
#include "analysis/term.h"

enum ladder_order { LADDER_BY_MESSAGE, LADDER_BY_TIME };

struct ladder_opts {
    enum ladder_order order;
    const char *const *protocols; /* only these, by name ("SIP"), NULL-terminated; NULL: all            */
    const char *const *hide;      /* not these messages, by name ("100 Trying"), NULL-terminated; or NULL */
    const char *const *nodes;     /* only messages between two of these, NULL-terminated; NULL: all      */
    bool all;                     /* show everything, whatever the lists of messages say; also every mark, state,
                                     timer and hand-over that was recorded                              */
};

/* An arrow. */
struct ladder_step {
    unsigned number;   /* 1, 2, 3 ...                                                      */
    unsigned group;    /* index of its end-to-end message in ladder.groups                   */
    size_t at;         /* index in flow->happenings                                          */
    int before;        /* the hop before of the same end-to-end message: index in ladder.steps, or -1 */
    unsigned from, to; /* columns                                                          */
    unsigned nth;      /* 1: first of its kind on this hop; 2, 3 ...: repetitions          */
    const char *name;  /* of the message: "180 Ringing"                                    */
    char mark[8];      /* "O1", "A1", ... or ""                                            */
    char *inside;      /* what the message carries: "[ATTACH ACCEPT [...]]"; NULL: nothing */
    char *carried;     /* the same without what that carries in its turn: "[ATTACH ACCEPT]"; or NULL */
};

/* An end-to-end message: one or more hops. */
struct ladder_group {
    unsigned first, last, count; /* indices in ladder.steps; in order `message` its hops are neighbours */
};

/* Something that happened at a node between two arrows. */
struct ladder_event {
    size_t at;       /* index in flow->happenings                             */
    unsigned after;  /* stands after this many steps                          */
    unsigned column; /* of the node                                           */
    bool strong;     /* a turning point of the call: alerted, answered ...     */
    char *text;
};

struct ladder {
    const struct flow_record *flow;
    enum ladder_order order;
    sim_time start;   /* of the flow: time 0 of the text form                       */
    GPtrArray *nodes; /* const struct node *: the columns, as nodes stand on the path */
    GArray *steps;    /* struct ladder_step                                         */
    GArray *groups;   /* struct ladder_group                                        */
    GArray *events;   /* struct ladder_event, in the order of appearance            */
};

/* The flow must live on. */
struct ladder *ladder_new(const struct flow_record *flow, const struct ladder_opts *opts);
void ladder_free(struct ladder *ladder);

static inline const struct ladder_step *ladder_step(const struct ladder *l, size_t i)
{
    return &g_array_index(l->steps, struct ladder_step, i);
}
static inline const struct happening *ladder_sent(const struct ladder *l, const struct ladder_step *s)
{
    return flow_at(l->flow, s->at);
}

/* Appends the ladder as tab-separated values, a stable contract: a header row, then per step
 * `step sent_ns received_ns interface protocol from to message offer_answer detail clause`. Times are
 * virtual, in ns since the start of the run; received_ns is empty when the message did not arrive. */
void ladder_print_tsv(const struct ladder *ladder, GString *out);

struct ladder_text_opts {
    struct term term;
    const char *title; /* or NULL                                                            */
    bool messages;     /* the wire text under each arrow                                     */
    bool changes;      /* under each arrow, what this hop changed against the hop before; with
                          `messages`, the wire text stands under the first hop only           */
    bool clauses;      /* the clause of the standard at the right of each arrow               */
};
/* Appends the ladder drawn for a terminal. Grows beyond the page when the columns need more room. */
void ladder_print_text(const struct ladder *ladder, const struct ladder_text_opts *opts, GString *out);

/* Appends the ladder as a drawing, SVG 1.1, complete in itself: time goes down, an arrow begins when its
 * message was sent and ends when it arrived, whatever the order of numbers. Stretches of time in which
 * nothing happens are shortened. `title` may be NULL. */
void ladder_print_svg(const struct ladder *ladder, const char *title, GString *out);
/* Appends the ladder as text from which Mermaid or PlantUML draw it, step by step in the ladder's order. */
void ladder_print_mermaid(const struct ladder *ladder, const char *title, GString *out);
void ladder_print_plantuml(const struct ladder *ladder, const char *title, GString *out);

/* Appends one line of words on this hop for people: repetition, loss, and what the protocol says. */
void ladder_detail(const struct ladder *ladder, const struct ladder_step *step, GString *out);

#endif
