/* play.h - plays a scenario and keeps what happened, so that a test of a call flow reads like prose:
 *
 *     struct play *p = play("mmd-4", "call[1].hold=3s",
 *                           "<faults><drop message='PRACK' from='UE-1'/></faults>", NULL);
 *     CU_ASSERT_EQUAL(play_nth(p, "PRACK", "UE-1", 2)->sent, play_nth(p, "PRACK", "UE-1", 1)->sent + 2 *
 * SIM_S); play_end(p);
 *
 * play_end() checks what holds after every run, whatever happened in it (play_check.c). */
#ifndef TESTS_FLOW_PLAY_H
#define TESTS_FLOW_PLAY_H

#include "models/check/check.h"
#include "models/names.h"
#include "models/proto/sip/sip.h"
#include "scenarios/load/build.h"
#include "sim/trace.h"

#include <glib.h>

/* One transmission of a message over one link. */
struct hop {
    sim_time sent, arrival; /* arrival: SIM_NEVER if it does not                       */
    const char *type;       /* "200 OK (PRACK)"                                         */
    const char *from, *to;  /* nodes                                                    */
    const char *iface;      /* "Gm"                                                     */
    enum trace_outcome outcome;
    bool copy;          /* made by a duplicate fault                                */
    unsigned nth;       /* 1 = first transmission of this message by this sender    */
    char oa[8];         /* "O1", "A1" or ""                                         */
    const char *clause; /* of the row that sent it, or NULL                         */
    uint32_t size;
    sim_flow flow;
    const struct msg *msg;
    const struct sip_msg *sip; /* the same, or NULL when it is not SIP                  */
};

/* A moment (models/marks.def). */
struct moment {
    sim_time time;
    const char *node;
    enum mark_id id;
    int64_t value;
    sim_flow flow;
    uint32_t cause;
};

struct play {
    struct scn *scn;
    struct world *world;
    struct check *check; /* invariants: at the end, and wherever play_until() stops */
    enum sim_end end;
    GArray *hops;      /* struct hop, in order of sending */
    GArray *moments;   /* struct moment                   */
    unsigned stranded; /* phones that the test leaves in a call that the other one has ended */
};

/* ---- playing ------------------------------------------------------------------------------------------- */

/* Plays scenarios/NAME.xml, or tests/data/flow/NAME.xml, to its end. The strings that follow, up to NULL,
 * change it: one that begins with
 * "<" is XML put in before </scenario>, any other one is a --set. A scenario that does not load is a failure
 * of the test, and NULL. */
struct play *play(const char *name, ...) G_GNUC_NULL_TERMINATED;
/* The same without running it: go on with play_until(). */
struct play *play_ready(const char *name, ...) G_GNUC_NULL_TERMINATED;
/* The same with the changes as an array that ends with NULL. */
struct play *play_ready_with(const char *name, const char *const *changes);
struct play *play_with(const char *name, const char *const *changes);
/* Runs on to `until` (SIM_NEVER: to the end). */
void play_until(struct play *p, sim_time until);
/* Checks what holds after every run and frees. NULL does nothing. */
void play_end(struct play *p);
/* Frees without checks. */
void play_free(struct play *p);
/* Drops the messages that hops hold: their msg and sip are NULL afterwards. */
void play_let_go(struct play *p);

/* ---- what happened ---------------------------------------------------------------------------------------
 */

static inline const struct hop *play_hop(const struct play *p, unsigned i)
{
    return &g_array_index(p->hops, struct hop, i);
}
static inline const struct moment *play_moment(const struct play *p, unsigned i)
{
    return &g_array_index(p->moments, struct moment, i);
}
/* Whether the hop is of this type, sender and receiver; NULL: any. */
bool hop_is(const struct hop *h, const char *type, const char *from, const char *to);
/* The n-th transmission (from 1) of messages of this type by this sender; NULL: any. When there is none the
 * test fails and a hop at time -1 comes back. */
const struct hop *play_nth(const struct play *p, const char *type, const char *from, unsigned n);
/* How many transmissions there were of this type from here to there; NULL: any. */
unsigned play_count(const struct play *p, const char *type, const char *from, const char *to);
/* When the moment happened first, or SIM_NEVER. */
sim_time play_when(const struct play *p, enum mark_id id);
/* Its value then, or -1. */
int64_t play_value(const struct play *p, enum mark_id id);
unsigned play_moments(const struct play *p, enum mark_id id);
/* Number of hops that the standard flows count: SIP without 100 Trying, no copies. */
unsigned play_steps(const struct play *p);
/* The same hops in order `message`: all hops of one message that travels end to end, then those of the next,
 * in order of first sending. Pointers into p->hops. g_ptr_array_free. */
GPtrArray *play_in_message_order(const struct play *p);
/* First hops of messages in that order as one text: "INVITE O1, 183 Session Progress A1, PRACK, ...". g_free.
 */
char *play_story(const struct play *p);
/* Wire text, or a readable form. g_free. */
char *hop_text(const struct play *p, const struct hop *h);
/* All hops with their wire text and all moments as one text: equal for equal runs. g_free. */
char *play_transcript(const struct play *p);

/* ---- checks ----------------------------------------------------------------------------------------------
 */

/* Fails the test, and says why, unless the story is this one. */
void assert_story(const struct play *p, const char *story);
/* The transmissions of `type` by `from` were sent at the instants (in ns), counted from the first, that
 * follow up to -1: no fewer and no more. */
void assert_instants(const struct play *p, const char *type, const char *from, const sim_time *after);
/* Nothing is left: no transaction, no call, no request under way, no message. A call that is up
 * is still there. Drops the messages that hops hold (play_let_go). */
void assert_nothing_left(struct play *p);
/* What holds for all hops of any run: sizes, conservation, branches, Via, Max-Forwards, CSeq, RSeq. */
void assert_sane(const struct play *p);
/* Every transmission happened when the RFCs say, and none is missing (play_repeat.c). */
void assert_repetitions(const struct play *p);

#endif
