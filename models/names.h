/* names.h - the network's vocabulary: kinds of node, interfaces, timers, marks, kinds of delay.
 *
 * Each is declared once in its .def file; enumerators and tables follow from it. */
#ifndef MODELS_NAMES_H
#define MODELS_NAMES_H

#include "sim/cause.h"
#include "sim/net.h"
#include "sim/time.h"

/* Kinds of node, one bit each; a box that plays several roles has several. */
enum node_kind {
    KIND_UE = 1 << 0,
    KIND_P_CSCF = 1 << 1,
    KIND_I_CSCF = 1 << 2,
    KIND_S_CSCF = 1 << 3,
    KIND_HSS = 1 << 4,
    KIND_ENB = 1 << 5,
    KIND_MME = 1 << 6,
    KIND_SGW = 1 << 7,
    KIND_PGW = 1 << 8,
    KIND_PCRF = 1 << 9,
    KIND_AS = 1 << 10,
    KIND_DNS = 1 << 11,
};
#define KIND_CSCF (KIND_P_CSCF | KIND_I_CSCF | KIND_S_CSCF)
/* "P-CSCF" -> KIND_P_CSCF; 0 for a name that does not exist. */
uint32_t kind_by_name(const char *name);
/* The names in order, with their kinds; NULL after the last. */
const char *kind_nth(size_t i, uint32_t *kind);

enum iface_id {
#define IFACE(id, name, a, b, proto, clause) IFACE_##id,
#include "models/interfaces.def"
#undef IFACE
    IFACE_COUNT
};
extern const struct net_iface iface_table[IFACE_COUNT];
extern const char *const iface_clauses[IFACE_COUNT];
/* Index of the interface with this name, or -1. */
int iface_by_name(const char *name);

enum timer_id {
#define TIMER(id, ...) TIMER_##id,
#include "models/timers.def"
#undef TIMER
    TIMER_COUNT,
    TIMER_NONE = TIMER_COUNT
};
struct timer_decl {
    const char *name, *owner;
    enum timer_id base;
    int factor;
    sim_time value;
    const char *clause, *doc;
};
extern const struct timer_decl timer_table[TIMER_COUNT];
/* Index of the timer with this name, or -1. */
int timer_by_name(const char *name);
/* Fills in, for every timer not given (value < 0), its default. */
void timers_resolve(sim_time value[TIMER_COUNT]);

enum mark_id {
#define MARK(id, ...) MARK_##id,
#include "models/marks.def"
#undef MARK
    MARK_COUNT
};
/* Moments of calls stand first, then those of their sides; the others belong to phones. */
#define MARK_CALL_COUNT (MARK_ENDED + 1)
#define MARK_SIDE_COUNT (MARK_BEARER_DOWN + 1 - MARK_CALL_COUNT)
#define MARK_PHONE_FIRST (MARK_CALL_COUNT + MARK_SIDE_COUNT)
struct mark_decl {
    const char *name, *who, *doc;
};
extern const struct mark_decl mark_table[MARK_COUNT];

/* Kinds of delay: labels of causes (sim/cause.h) beside the kernel's. */
enum delay_id {
    DELAY_BEFORE_FIRST = CAUSE_LABEL_COUNT - 1,
#define DELAY(id, ...) DELAY_##id,
#include "models/delays.def"
    DELAY_END
};
/* The text of one; NULL for a label that is none: sim->label_name. */
const char *delay_name(unsigned label);

/* Codes of notes (TRACE_NOTE), saying what rec.note.about points to. */
enum note_code {
    NOTE_TEXT,        /* nothing                                                           */
    NOTE_SDP_SENT,    /* struct sdp_session of the sender, after an SDP was sent            */
    NOTE_SDP_TAKEN,   /* struct sdp_session of the receiver, after an SDP was taken in      */
    NOTE_BLOCKED,     /* struct sdp_session: the party waits for what its table says        */
    NOTE_READY,       /* struct sdp_session: own resources are reserved now                 */
    NOTE_ALERT,       /* struct sdp_session: the user is alerted now                        */
};

#endif
