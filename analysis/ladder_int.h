/* ladder_int.h - what the files of the ladder share. */
#ifndef ANALYSIS_LADDER_INT_H
#define ANALYSIS_LADDER_INT_H

#include "analysis/ladder.h"

/* ladder.c: what the hops of one end-to-end message have in common; 0: it goes one hop. */
uint64_t ladder_key(const struct net *net, const struct msg *m);
/* ladder_columns.c: the nodes of a flow in the order of the columns, those of the steps only; fills in
 * step->from and step->to. */
void ladder_columns(struct ladder *ladder);
/* ladder_events.c: what stands between the arrows. */
void ladder_events(struct ladder *ladder, bool all);

/* ladder_words.c: what the drawn forms say alike. */
enum ladder_class { LADDER_REQUEST, LADDER_PROVISIONAL, LADDER_SUCCESS, LADDER_FAILURE };
/* What a message is, as far as its name tells. */
enum ladder_class ladder_class(const struct ladder *ladder, const struct ladder_step *step);
bool ladder_arrives(const struct ladder *ladder, const struct ladder_step *step);
/* Milliseconds since the start of the flow: "26.000". */
void ladder_put_ms(const struct ladder *ladder, sim_time time, GString *out);
/* Rounded for reading: "1.95 s". */
void ladder_put_duration(sim_time duration, GString *out);
/* "6 messages, 30 hops, 1 lost" */
void ladder_put_counts(const struct ladder *ladder, GString *out);
/* What stands on the arrow of a drawing: what a message carries says more than its own name. */
static inline const char *ladder_drawn(const struct ladder_step *step)
{
    return step->carried ? step->carried : step->name;
}
/* "7 INVITE (O1), transmission 2" */
void ladder_put_label(const struct ladder *ladder, const struct ladder_step *step, GString *out);

/* Tells a ladder from top to bottom, an empty line between end-to-end messages. */
struct ladder_teller {
    void (*step)(const struct ladder *ladder, const struct ladder_step *step, GString *out);
    void (*event)(const struct ladder *ladder, const struct ladder_event *event, GString *out);
    void (*pause)(const struct ladder *ladder, sim_time duration, GString *out); /* nothing happened */
    GString *out;
};
void ladder_tell(const struct ladder *ladder, const struct ladder_teller *teller);

#endif
