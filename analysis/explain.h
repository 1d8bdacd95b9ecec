/* explain.h - where the time between two marks of a flow went.
 *
 * The chain of causes (sim/cause.h) is walked from the second mark back to the time of the first and
 * clipped there. Its parts touch and sum exactly, to the nanosecond, to the interval. Where a chain begins
 * later than the interval, since somebody acted of his own accord, the time before is his: a part "user" in a
 * call that a user dialled, else "scenario".
 *
 * Parts are grouped by phase, as phases.h says; without a set of phases, by the message or activity they are about. */
#ifndef ANALYSIS_EXPLAIN_H
#define ANALYSIS_EXPLAIN_H

#include "analysis/phases.h"
#include "analysis/record.h"
#include "analysis/term.h"

struct explain_part {
    const char *phase;       /* "INVITE transport"; where no phase is named, the subject; never NULL     */
    const struct phase *of;  /* ... and where it stands; NULL: no phase is named                         */
    const char *subject;     /* the message or activity it is about: "INVITE", "reservation"; never NULL */
    const char *kind;        /* of delay: "propagation", "service" ... (cause_label_name())              */
    const char *where;       /* node or interface; "" when nowhere                                       */
    const struct link *link; /* NULL, or the link that was crossed                                  */
    sim_time start, end;     /* virtual time; end - start > 0                                       */
};

struct explain {
    const struct flow_record *flow;
    const char *name; /* of the interval ("setup_time"), as given; or NULL                   */
    const struct happening *from, *to; /* the marks                                           */
    enum phase_set phases;
    sim_time start, end;
    GArray *parts; /* struct explain_part, in time order, each starts where the one before ends     */
};

/* Explains the time from one mark of the flow to another one that is not before it. `name` must live on, and so must the
 * flow. */
struct explain *explain_new(const struct flow_record *flow, const char *name, const struct happening *from,
                            const struct happening *to, enum phase_set phases);
void explain_free(struct explain *ex);
/* Names the phases of the parts, as ex->phases says. Done by explain_new(). */
void explain_name_phases(struct explain *ex);

/* Appends it as tab-separated values, a stable contract: header row `phase part where start_ns end_ns`, then
 * the parts in time order; virtual time in ns since the start of the run. A part is the kind of delay; under a named
 * phase, subject and kind: "INVITE propagation". */
void explain_print_tsv(const struct explain *ex, GString *out);
/* Appends it as one JSON object. */
void explain_print_json(const struct explain *ex, GString *out);
/* The same for a part, as the two above and below print it. */
void explain_put_part(const struct explain_part *p, GString *out);
/* Appends it as a waterfall for a terminal: a bar per part, grouped by phase with sums and shares. */
void explain_print_text(const struct explain *ex, const struct term *term, GString *out);

#endif
