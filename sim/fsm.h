/* fsm.h - state machines as tables of rows.
 *
 * A procedure is a table read from top to bottom in the order of the flow: in this state, on this
 * event, if this holds, do that, go there. Rows with the same (state, event) are tried in order; all
 * but the last have a guard; FSM_ANY rows come after the state's own.
 *
 * The new state is entered, and timers that do not live there are stopped, before the handler runs:
 * a handler may therefore feed its own machine. A handler that returns false sends the machine to
 * the row's failure state instead. When the machine stands in the end state and no handler of it is
 * running any more, def->ended is called: the owner frees the context there.
 *
 * A state whose name begins with "wait" has a timer that runs: what is asked for is answered or given up. A machine that
 * comes to rest in one without is a broken invariant (sim_break()). */
#ifndef SIM_FSM_H
#define SIM_FSM_H

#include "sim/sim.h"

#include <glib.h>

struct fsm;
struct node;

#define FSM_ANY 0xff    /* row applies in every state               */
#define FSM_STAY 0xfe   /* next state: the one we are in            */
#define FSM_SLOTS 2       /* timers of one machine that can run at once; see fsm_timer.slot */
#define FSM_END 0       /* state 0 of every machine is its end state (and where it starts) */

typedef bool (*fsm_guard)(const struct fsm *f, const void *arg);
typedef bool (*fsm_act)(struct fsm *f, const void *arg);

struct fsm_row {
    uint8_t in, on;
    fsm_guard guard; /* NULL: always */
    fsm_act act;     /* NULL: only the state changes */
    uint8_t then, fail;
    const char *clause; /* "RFC 3261 17.1.1.2" */
    const char *guard_name, *act_name;
};
#define ROW(in, on, guard, act, then, fail, clause) {in, on, guard, act, then, fail, clause, #guard, #act}

/* A timer of a machine: fires `event`; lives in the states of the mask, leaving them stops it. Timers
 * that share a slot must not live in the same state. */
struct fsm_timer {
    const char *name;
    uint8_t event;
    uint8_t slot;
    uint32_t states;
};
#define FSM_IN(s) (1u << (s))

/* What happens with an event that no row takes. */
enum fsm_policy {
    FSM_IGNORE, /* expected to happen (a late repetition): counted            */
    FSM_ASSERT, /* cannot happen unless the program is wrong                  */
};

struct fsm_def {
    const char *name;  /* "sip-ict"                    */
    const char *title; /* "SIP INVITE client transaction (RFC 3261 17.1.1, RFC 6026)" */
    const char *const *state_names;
    const char *const *event_names;
    uint8_t nstates, nevents;
    const struct fsm_row *rows;
    uint16_t nrows;
    const struct fsm_timer *timers;
    uint8_t ntimers;
    enum fsm_policy policy;
    void (*ended)(struct fsm *f);
    bool plumbing; /* works for other machines: what it sends bears the clause of their row, if one runs */
    /* filled by fsm_init() */
    uint16_t *index; /* [state * nevents + event] -> position in `list`      */
    uint16_t *list;  /* row numbers, each run ended by UINT16_MAX             */
    uint8_t *fired;  /* [row]: 1 when some machine of this process took it    */
    uint32_t waits;  /* states whose names begin with "wait": something is to come, and a timer runs */
    uint64_t unexpected;
};

struct fsm {
    struct fsm_def *def;
    struct node *node; /* where it runs: for trace and causes */
    sim_handle timer[FSM_SLOTS];
    uint8_t state;
    uint8_t running; /* bit per timer of def->timers */
    uint8_t depth;   /* handlers of this machine that are running */
};

/* Prepares a table for use; once per process, before any simulation runs. */
void fsm_init(struct fsm_def *def);
/* Checks a table: every state reachable and, but the end, left by some row; guards only missing on
 * the last of equals; every state named "wait" has a timer. Appends problems; returns how many. */
unsigned fsm_check(const struct fsm_def *def, GString *problems);

/* Puts a machine into its start state (FSM_END) without timers. */
static inline void fsm_start(struct fsm *f, struct fsm_def *def, struct node *node)
{
    f->def = def;
    f->node = node;
    for (int i = 0; i < FSM_SLOTS; i++)
        f->timer[i] = 0;
    f->state = FSM_END;
    f->running = 0;
    f->depth = 0;
}

/* Puts a machine that has just been started straight into a state, as if it had come to rest there: no handler runs, no
 * timer starts. For contexts that a warm start makes. */
static inline void fsm_place(struct fsm *f, uint8_t state)
{
    f->state = state;
}

/* Feeds an event. True when a row took it. The machine may be gone afterwards if it reached its end. */
bool fsm_event(struct fsm *f, uint8_t event, const void *arg);

/* Starts (or restarts) timer i of the machine: its event comes `duration` from now, unless the
 * machine leaves the states the timer lives in. */
void fsm_timer_start(struct fsm *f, unsigned i, sim_time duration);
/* The same with a label of the delay that is not "timer"; and about something else than the timer (static text). */
void fsm_timer_start_as(struct fsm *f, unsigned i, sim_time duration, unsigned label);
void fsm_timer_start_about(struct fsm *f, unsigned i, sim_time duration, unsigned label, const char *what);
void fsm_timer_stop(struct fsm *f, unsigned i);
/* When timer i ends, or SIM_NEVER: it does not run. */
sim_time fsm_timer_due(const struct fsm *f, unsigned i);
/* Stops all timers: before a context is thrown away. */
void fsm_stop(struct fsm *f);

/* Whether the machine waits for something that is on its way, or will be given up. */
static inline bool fsm_waits(const struct fsm *f)
{
    return f->def->waits >> f->state & 1;
}

const char *fsm_row_clause(const struct fsm_row *row);

/* The table as text: one row per line; as a Graphviz graph. */
void fsm_print(const struct fsm_def *def, GString *out);
void fsm_print_dot(const struct fsm_def *def, GString *out);

#endif
