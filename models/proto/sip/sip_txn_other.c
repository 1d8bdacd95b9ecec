/* sip_txn_other.c - the transactions of all requests but INVITE and ACK: client (RFC 3261 17.1.2) and
 * server (17.2.2).
 *
 * client:  request -> (E repeats) | <- 1xx (E = T2) | <- final: passed up, repetitions absorbed until timer K
 * server:  -> request | final -> : repeated for repeated requests until timer J */
#include "models/proto/sip/sip_txn_int.h"

/* ---- client --------------------------------------------------------------------------------------- */

enum { NICT_END, NICT_TRYING, NICT_PROCEEDING, NICT_COMPLETED, NICT_STATES };
static const char *const nict_states[] = {"terminated", "trying", "proceeding", "completed"};
static const char *const nict_events[] = {"send request", "1xx", "200-699", "timer E", "timer F", "timer K"};
enum { T_E, T_F, T_K };

static bool nict_send(struct fsm *f, const void *arg)
{
    struct sip_txn *t = txn_of(f);
    (void)arg;
    t->interval = txn_timer(t, SIP_T1);
    if (!t->reliable)
        fsm_timer_start(f, T_E, t->interval);
    fsm_timer_start(f, T_F, txn_timer(t, SIP_TF));
    txn_send(t, t->request);
    return true;
}

static bool nict_repeat(struct fsm *f, const void *arg)
{
    struct sip_txn *t = txn_of(f);
    (void)arg;
    t->interval = MIN(2 * t->interval, txn_timer(t, SIP_T2));
    fsm_timer_start(f, T_E, t->interval);
    txn_send(t, t->request);
    return true;
}

static bool nict_repeat_slowly(struct fsm *f, const void *arg)
{
    struct sip_txn *t = txn_of(f);
    (void)arg;
    fsm_timer_start(f, T_E, txn_timer(t, SIP_T2));
    txn_send(t, t->request);
    return true;
}

static bool nict_up(struct fsm *f, const void *arg)
{
    txn_up(txn_of(f), arg);
    return true;
}

static bool nict_done(struct fsm *f, const void *arg)
{
    struct sip_txn *t = txn_of(f);
    sip_txn_drop(t, &t->request);
    fsm_timer_start(f, T_K, t->reliable ? 0 : txn_timer(t, SIP_TK));
    txn_up(t, arg);
    return true;
}

static bool nict_timeout(struct fsm *f, const void *arg)
{
    struct sip_txn *t = txn_of(f);
    (void)arg;
    tu_of(f->node)->timeout(f->node, t->id, t->user, t->method);
    return true;
}

static const struct fsm_row nict_rows[] = {
    /*  in                on              if    do                  then              on failure  clause                  */
    ROW(NICT_END,         NICT_SEND,      NULL, nict_send,          NICT_TRYING,      NICT_END,   "RFC 3261 17.1.2.2"),
    ROW(NICT_TRYING,      NICT_TMR_E,     NULL, nict_repeat,        NICT_TRYING,      NICT_END,   "RFC 3261 17.1.2.2"),
    ROW(NICT_TRYING,      NICT_TMR_F,     NULL, nict_timeout,       NICT_END,         NICT_END,   "RFC 3261 17.1.2.2"),
    ROW(NICT_TRYING,      NICT_RX_1XX,    NULL, nict_up,            NICT_PROCEEDING,  NICT_END,   "RFC 3261 17.1.2.2"),
    ROW(NICT_TRYING,      NICT_RX_FINAL,  NULL, nict_done,          NICT_COMPLETED,   NICT_END,   "RFC 3261 17.1.2.2"),
    ROW(NICT_PROCEEDING,  NICT_TMR_E,     NULL, nict_repeat_slowly, NICT_PROCEEDING,  NICT_END,   "RFC 3261 17.1.2.2"),
    ROW(NICT_PROCEEDING,  NICT_TMR_F,     NULL, nict_timeout,       NICT_END,         NICT_END,   "RFC 3261 17.1.2.2"),
    ROW(NICT_PROCEEDING,  NICT_RX_1XX,    NULL, nict_up,            NICT_PROCEEDING,  NICT_END,   "RFC 3261 17.1.2.2"),
    ROW(NICT_PROCEEDING,  NICT_RX_FINAL,  NULL, nict_done,          NICT_COMPLETED,   NICT_END,   "RFC 3261 17.1.2.2"),
    ROW(NICT_COMPLETED,   NICT_RX_FINAL,  NULL, NULL,               NICT_COMPLETED,   NICT_END,   "RFC 3261 17.1.2.2"),
    ROW(NICT_COMPLETED,   NICT_TMR_K,     NULL, NULL,               NICT_END,         NICT_END,   "RFC 3261 17.1.2.2"),
};
static const struct fsm_timer nict_timers[] = {
    [T_E] = {"timer E", NICT_TMR_E, 0, FSM_IN(NICT_TRYING) | FSM_IN(NICT_PROCEEDING)},
    [T_F] = {"timer F", NICT_TMR_F, 1, FSM_IN(NICT_TRYING) | FSM_IN(NICT_PROCEEDING)},
    [T_K] = {"timer K", NICT_TMR_K, 0, FSM_IN(NICT_COMPLETED)},
};
struct fsm_def sip_nict_def = {
    .name = "sip-client",
    .title = "SIP non-INVITE client transaction (RFC 3261 17.1.2)",
    .state_names = nict_states, .nstates = NICT_STATES, .event_names = nict_events, .nevents = NICT_EVENTS,
    .rows = nict_rows, .nrows = G_N_ELEMENTS(nict_rows), .timers = nict_timers, .ntimers = G_N_ELEMENTS(nict_timers),
    .policy = FSM_IGNORE, .plumbing = true, .ended = sip_txn_ended,
};

/* ---- server --------------------------------------------------------------------------------------- */

enum { NIST_END, NIST_TRYING, NIST_PROCEEDING, NIST_COMPLETED, NIST_SILENT, NIST_STATES };
static const char *const nist_states[] = {"terminated", "trying", "proceeding", "completed", "silent"};
static const char *const nist_events[] = {"request", "send 1xx", "send 200-699", "abandon", "timer J"};
enum { T_J };

static bool nist_respond(struct fsm *f, const void *arg)
{
    struct sip_txn *t = txn_of(f);
    sip_txn_drop(t, &t->response);
    t->response = msg_ref((void *)arg);
    txn_send(t, t->response);
    return true;
}

static bool nist_final(struct fsm *f, const void *arg)
{
    struct sip_txn *t = txn_of(f);
    nist_respond(f, arg);
    sip_txn_drop(t, &t->request);
    fsm_timer_start(f, T_J, t->reliable ? 0 : txn_timer(t, SIP_TJ));
    return true;
}

/* Nobody answers: repetitions are absorbed for as long as the client may send them. */
static bool nist_abandon(struct fsm *f, const void *arg)
{
    struct sip_txn *t = txn_of(f);
    (void)arg;
    sip_txn_drop(t, &t->request);
    fsm_timer_start(f, T_J, txn_timer(t, SIP_TJ));
    return true;
}

static bool nist_repeat(struct fsm *f, const void *arg)
{
    struct sip_txn *t = txn_of(f);
    (void)arg;
    txn_send(t, t->response);
    return true;
}

static const struct fsm_row nist_rows[] = {
    /*  in                on                if    do            then              on failure  clause                */
    ROW(NIST_END,         NIST_RX_REQUEST,  NULL, NULL,         NIST_TRYING,      NIST_END,   "RFC 3261 17.2.2"),
    ROW(NIST_TRYING,      NIST_RX_REQUEST,  NULL, NULL,         NIST_TRYING,      NIST_END,   "RFC 3261 17.2.2"),
    ROW(NIST_TRYING,      NIST_TX_1XX,      NULL, nist_respond, NIST_PROCEEDING,  NIST_END,   "RFC 3261 17.2.2"),
    ROW(NIST_TRYING,      NIST_TX_FINAL,    NULL, nist_final,   NIST_COMPLETED,   NIST_END,   "RFC 3261 17.2.2"),
    ROW(NIST_PROCEEDING,  NIST_RX_REQUEST,  NULL, nist_repeat,  NIST_PROCEEDING,  NIST_END,   "RFC 3261 17.2.2"),
    ROW(NIST_PROCEEDING,  NIST_TX_1XX,      NULL, nist_respond, NIST_PROCEEDING,  NIST_END,   "RFC 3261 17.2.2"),
    ROW(NIST_PROCEEDING,  NIST_TX_FINAL,    NULL, nist_final,   NIST_COMPLETED,   NIST_END,   "RFC 3261 17.2.2"),
    ROW(NIST_TRYING,      NIST_ABANDON,     NULL, nist_abandon, NIST_SILENT,      NIST_END,   "RFC 4320 4.2"),
    ROW(NIST_SILENT,      NIST_RX_REQUEST,  NULL, NULL,         NIST_SILENT,      NIST_END,   "RFC 3261 17.2.2"),
    ROW(NIST_SILENT,      NIST_TMR_J,       NULL, NULL,         NIST_END,         NIST_END,   "RFC 3261 17.2.2"),
    ROW(NIST_COMPLETED,   NIST_RX_REQUEST,  NULL, nist_repeat,  NIST_COMPLETED,   NIST_END,   "RFC 3261 17.2.2"),
    ROW(NIST_COMPLETED,   NIST_TMR_J,       NULL, NULL,         NIST_END,         NIST_END,   "RFC 3261 17.2.2"),
};
static const struct fsm_timer nist_timers[] = {
    [T_J] = {"timer J", NIST_TMR_J, 0, FSM_IN(NIST_COMPLETED) | FSM_IN(NIST_SILENT)},
};
struct fsm_def sip_nist_def = {
    .name = "sip-server",
    .title = "SIP non-INVITE server transaction (RFC 3261 17.2.2)",
    .state_names = nist_states, .nstates = NIST_STATES, .event_names = nist_events, .nevents = NIST_EVENTS,
    .rows = nist_rows, .nrows = G_N_ELEMENTS(nist_rows), .timers = nist_timers, .ntimers = G_N_ELEMENTS(nist_timers),
    .policy = FSM_IGNORE, .plumbing = true, .ended = sip_txn_ended,
};
