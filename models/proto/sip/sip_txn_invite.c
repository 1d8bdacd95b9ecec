/* sip_txn_invite.c - the INVITE transactions: client (RFC 3261 17.1.1) and server (17.2.1), both with the
 * Accepted state of RFC 6026.
 *
 * client:  INVITE -> | <- 1xx ... | <- 2xx: passed up, repetitions too, until timer M
 *                                | <- 300-699: ACK ->, repetitions absorbed until timer D
 * server:  -> INVITE | 1xx -> | 2xx ->: stays for repeated INVITEs until timer L
 *                             | 300-699 ->: repeated (G) until ACK or timer H; then timer I */
#include "models/proto/sip/sip_txn_int.h"

/* ---- client --------------------------------------------------------------------------------------- */

enum { ICT_END, ICT_CALLING, ICT_PROCEEDING, ICT_COMPLETED, ICT_ACCEPTED, ICT_STATES };
static const char *const ict_states[] = {"terminated", "calling", "proceeding", "completed", "accepted"};
static const char *const ict_events[] = {"send INVITE", "1xx", "2xx", "300-699", "cancel", "timer A", "timer B", "timer D", "timer M", "cancel timer"};
enum { T_A, T_B, T_D, T_M, T_CANCEL };

static bool ict_send(struct fsm *f, const void *arg)
{
    struct sip_txn *t = txn_of(f);
    (void)arg;
    t->interval = txn_timer(t, SIP_T1);
    if (!t->reliable)
        fsm_timer_start(f, T_A, t->interval);
    fsm_timer_start(f, T_B, txn_timer(t, SIP_TB));
    txn_send(t, t->request);
    return true;
}

static bool ict_repeat(struct fsm *f, const void *arg)
{
    struct sip_txn *t = txn_of(f);
    (void)arg;
    t->interval *= 2;
    fsm_timer_start(f, T_A, t->interval);
    txn_send(t, t->request);
    return true;
}

/* RFC 3261 9.1: a CANCEL has a client transaction of its own, with the INVITE's branch. */
static void send_cancel(struct sip_txn *t)
{
    struct sip_msg *m = sip_hop_request(t->sip, t->request, SIP_CANCEL);
    t->cancelled = true;
    sip_set_cause(t->sip, m, t->cancel_cause);
    sip_send_request(t->sip, t->fsm.node, t->peer, t->iface, m, t->user);
    fsm_timer_start(&t->fsm, T_CANCEL, txn_timer(t, SIP_TB));
}

static bool ict_provisional(struct fsm *f, const void *arg)
{
    struct sip_txn *t = txn_of(f);
    if (t->cancel_wanted && !t->cancelled)
        send_cancel(t);
    txn_up(t, arg);
    return true;
}

static bool ict_cancel(struct fsm *f, const void *arg)
{
    struct sip_txn *t = txn_of(f);
    if (!t->cancelled) {
        t->cancel_cause = *(const uint16_t *)arg;
        send_cancel(t);
    }
    return true;
}

static bool ict_cancel_later(struct fsm *f, const void *arg)
{
    struct sip_txn *t = txn_of(f);
    t->cancel_wanted = true;
    t->cancel_cause = *(const uint16_t *)arg;
    return true;
}

static bool ict_accept(struct fsm *f, const void *arg)
{
    struct sip_txn *t = txn_of(f);
    fsm_timer_start(f, T_M, txn_timer(t, SIP_TM));
    sip_txn_drop(t, &t->request);
    txn_up(t, arg);
    return true;
}

static bool ict_up(struct fsm *f, const void *arg)
{
    txn_up(txn_of(f), arg);
    return true;
}

/* RFC 3261 17.1.1.3: the ACK goes where the INVITE went, with its branch; To is the response's. */
static bool ict_ack(struct fsm *f, const void *arg)
{
    struct sip_txn *t = txn_of(f);
    const struct sip_msg *response = arg;
    struct sip_msg *ack = sip_hop_request(t->sip, t->request, SIP_ACK);
    ack->to_tag = response->to_tag;
    sip_seal(t->sip, ack);
    node_send(f->node, t->peer, t->iface, &ack->m);
    return true;
}

static bool ict_refused(struct fsm *f, const void *arg)
{
    struct sip_txn *t = txn_of(f);
    ict_ack(f, arg);
    fsm_timer_start(f, T_D, t->reliable ? 0 : txn_timer(t, SIP_TD));
    txn_up(t, arg);
    return true;
}

static bool ict_timeout(struct fsm *f, const void *arg)
{
    struct sip_txn *t = txn_of(f);
    (void)arg;
    tu_of(f->node)->timeout(f->node, t->id, t->user, SIP_INVITE);
    return true;
}

static const struct fsm_row ict_rows[] = {
    /*  in               on               if    do               then             on failure  clause                  */
    ROW(ICT_END,         ICT_SEND,        NULL, ict_send,        ICT_CALLING,     ICT_END,    "RFC 3261 17.1.1.2"),
    ROW(ICT_CALLING,     ICT_TMR_A,       NULL, ict_repeat,      ICT_CALLING,     ICT_END,    "RFC 3261 17.1.1.2"),
    ROW(ICT_CALLING,     ICT_TMR_B,       NULL, ict_timeout,     ICT_END,         ICT_END,    "RFC 3261 17.1.1.2"),
    ROW(ICT_CALLING,     ICT_CANCEL,      NULL, ict_cancel_later, ICT_CALLING,    ICT_END,    "RFC 3261 9.1"),
    ROW(ICT_CALLING,     ICT_RX_1XX,      NULL, ict_provisional, ICT_PROCEEDING,  ICT_END,    "RFC 3261 17.1.1.2"),
    ROW(ICT_CALLING,     ICT_RX_2XX,      NULL, ict_accept,      ICT_ACCEPTED,    ICT_END,    "RFC 6026 7.2"),
    ROW(ICT_CALLING,     ICT_RX_300_699,  NULL, ict_refused,     ICT_COMPLETED,   ICT_END,    "RFC 3261 17.1.1.2"),
    ROW(ICT_PROCEEDING,  ICT_RX_1XX,      NULL, ict_provisional, ICT_PROCEEDING,  ICT_END,    "RFC 3261 17.1.1.2"),
    ROW(ICT_PROCEEDING,  ICT_CANCEL,      NULL, ict_cancel,      ICT_PROCEEDING,  ICT_END,    "RFC 3261 9.1"),
    ROW(ICT_PROCEEDING,  ICT_TMR_CANCEL,  NULL, ict_timeout,     ICT_END,         ICT_END,    "RFC 3261 9.1"),
    ROW(ICT_PROCEEDING,  ICT_RX_2XX,      NULL, ict_accept,      ICT_ACCEPTED,    ICT_END,    "RFC 6026 7.2"),
    ROW(ICT_PROCEEDING,  ICT_RX_300_699,  NULL, ict_refused,     ICT_COMPLETED,   ICT_END,    "RFC 3261 17.1.1.2"),
    ROW(ICT_COMPLETED,   ICT_RX_300_699,  NULL, ict_ack,         ICT_COMPLETED,   ICT_END,    "RFC 3261 17.1.1.2"),
    ROW(ICT_COMPLETED,   ICT_TMR_D,       NULL, NULL,            ICT_END,         ICT_END,    "RFC 3261 17.1.1.2"),
    ROW(ICT_ACCEPTED,    ICT_RX_2XX,      NULL, ict_up,          ICT_ACCEPTED,    ICT_END,    "RFC 6026 7.2"),
    ROW(ICT_ACCEPTED,    ICT_TMR_M,       NULL, NULL,            ICT_END,         ICT_END,    "RFC 6026 7.2"),
};
static const struct fsm_timer ict_timers[] = {
    [T_A] = {"timer A", ICT_TMR_A, 0, FSM_IN(ICT_CALLING)},
    [T_B] = {"timer B", ICT_TMR_B, 1, FSM_IN(ICT_CALLING)},
    [T_D] = {"timer D", ICT_TMR_D, 0, FSM_IN(ICT_COMPLETED)},
    [T_M] = {"timer M", ICT_TMR_M, 0, FSM_IN(ICT_ACCEPTED)},
    [T_CANCEL] = {"64*T1 after CANCEL", ICT_TMR_CANCEL, 0, FSM_IN(ICT_PROCEEDING)},
};
struct fsm_def sip_ict_def = {
    .name = "sip-invite-client",
    .title = "SIP INVITE client transaction (RFC 3261 17.1.1, RFC 6026)",
    .state_names = ict_states, .nstates = ICT_STATES, .event_names = ict_events, .nevents = ICT_EVENTS,
    .rows = ict_rows, .nrows = G_N_ELEMENTS(ict_rows), .timers = ict_timers, .ntimers = G_N_ELEMENTS(ict_timers),
    .policy = FSM_IGNORE, .plumbing = true, .ended = sip_txn_ended,
};

/* ---- server --------------------------------------------------------------------------------------- */

enum { IST_END, IST_PROCEEDING, IST_COMPLETED, IST_CONFIRMED, IST_ACCEPTED, IST_STATES };
static const char *const ist_states[] = {"terminated", "proceeding", "completed", "confirmed", "accepted"};
static const char *const ist_events[] = {"INVITE", "send 100", "send 101-199", "send 2xx", "send 300-699", "ACK", "200 ms", "timer G", "timer H", "timer I", "timer L"};
enum { T_100, T_G, T_H, T_I, T_L };

/* RFC 3261 17.2.1: if the user does not answer within 200 ms, the transaction sends 100. */
#define TRYING_AFTER (200 * SIM_MS)

static bool ist_new(struct fsm *f, const void *arg)
{
    (void)arg;
    fsm_timer_start(f, T_100, TRYING_AFTER);
    return true;
}

static bool ist_has_response(const struct fsm *f, const void *arg)
{
    (void)arg;
    return const_txn_of(f)->response != NULL;
}

static bool ist_repeat(struct fsm *f, const void *arg)
{
    struct sip_txn *t = txn_of(f);
    (void)arg;
    txn_send(t, t->response);
    return true;
}

/* Sends a response and keeps it for repetition. */
static bool ist_respond(struct fsm *f, const void *arg)
{
    struct sip_txn *t = txn_of(f);
    sip_txn_drop(t, &t->response);
    t->response = msg_ref((void *)arg);
    fsm_timer_stop(f, T_100);
    txn_send(t, t->response);
    return true;
}

static bool ist_trying(struct fsm *f, const void *arg)
{
    struct sip_txn *t = txn_of(f);
    (void)arg;
    struct sip_msg *m = sip_response(t->sip, t->request, 100);
    sip_seal(t->sip, m);
    ist_respond(f, m);
    msg_unref(t->sip->net, &m->m);
    return true;
}

static bool ist_accept(struct fsm *f, const void *arg)
{
    struct sip_txn *t = txn_of(f);
    sip_txn_drop(t, &t->response);
    sip_txn_drop(t, &t->request);
    fsm_timer_start(f, T_L, txn_timer(t, SIP_TL));
    node_send(f->node, t->peer, t->iface, msg_ref((void *)arg));
    return true;
}

/* RFC 6026 7.1: the core repeats its 2xx itself; the transaction only lets it through. */
static bool ist_send_2xx(struct fsm *f, const void *arg)
{
    struct sip_txn *t = txn_of(f);
    node_send(f->node, t->peer, t->iface, msg_ref((void *)arg));
    return true;
}

static bool ist_refuse(struct fsm *f, const void *arg)
{
    struct sip_txn *t = txn_of(f);
    ist_respond(f, arg);
    t->interval = txn_timer(t, SIP_T1);
    if (!t->reliable)
        fsm_timer_start(f, T_G, t->interval);
    fsm_timer_start(f, T_H, txn_timer(t, SIP_TH));
    return true;
}

static bool ist_repeat_final(struct fsm *f, const void *arg)
{
    struct sip_txn *t = txn_of(f);
    (void)arg;
    t->interval = MIN(2 * t->interval, txn_timer(t, SIP_T2));
    fsm_timer_start(f, T_G, t->interval);
    txn_send(t, t->response);
    return true;
}

static bool ist_confirm(struct fsm *f, const void *arg)
{
    struct sip_txn *t = txn_of(f);
    (void)arg;
    sip_txn_drop(t, &t->response);
    fsm_timer_start(f, T_I, t->reliable ? 0 : txn_timer(t, SIP_TI));
    return true;
}

static bool ist_unacknowledged(struct fsm *f, const void *arg)
{
    struct sip_txn *t = txn_of(f);
    (void)arg;
    if (tu_of(f->node)->unacknowledged)
        tu_of(f->node)->unacknowledged(f->node, t->id, t->user);
    return true;
}

static const struct fsm_row ist_rows[] = {
    /*  in               on               if                do                  then             on failure  clause             */
    ROW(IST_END,         IST_RX_INVITE,   NULL,             ist_new,            IST_PROCEEDING,  IST_END,    "RFC 3261 17.2.1"),
    ROW(IST_PROCEEDING,  IST_TMR_100,     NULL,             ist_trying,         IST_PROCEEDING,  IST_END,    "RFC 3261 17.2.1"),
    ROW(IST_PROCEEDING,  IST_TX_100,      NULL,             ist_respond,        IST_PROCEEDING,  IST_END,    "RFC 3261 17.2.1"),
    ROW(IST_PROCEEDING,  IST_TX_1XX,      NULL,             ist_respond,        IST_PROCEEDING,  IST_END,    "RFC 3261 17.2.1"),
    ROW(IST_PROCEEDING,  IST_RX_INVITE,   ist_has_response, ist_repeat,         IST_PROCEEDING,  IST_END,    "RFC 3261 17.2.1"),
    ROW(IST_PROCEEDING,  IST_RX_INVITE,   NULL,             NULL,               IST_PROCEEDING,  IST_END,    "RFC 3261 17.2.1"),
    ROW(IST_PROCEEDING,  IST_TX_2XX,      NULL,             ist_accept,         IST_ACCEPTED,    IST_END,    "RFC 6026 7.1"),
    ROW(IST_PROCEEDING,  IST_TX_300_699,  NULL,             ist_refuse,         IST_COMPLETED,   IST_END,    "RFC 3261 17.2.1"),
    ROW(IST_COMPLETED,   IST_TMR_G,       NULL,             ist_repeat_final,   IST_COMPLETED,   IST_END,    "RFC 3261 17.2.1"),
    ROW(IST_COMPLETED,   IST_RX_INVITE,   NULL,             ist_repeat,         IST_COMPLETED,   IST_END,    "RFC 3261 17.2.1"),
    ROW(IST_COMPLETED,   IST_RX_ACK,      NULL,             ist_confirm,        IST_CONFIRMED,   IST_END,    "RFC 3261 17.2.1"),
    ROW(IST_COMPLETED,   IST_TMR_H,       NULL,             ist_unacknowledged, IST_END,         IST_END,    "RFC 3261 17.2.1"),
    ROW(IST_CONFIRMED,   IST_RX_ACK,      NULL,             NULL,               IST_CONFIRMED,   IST_END,    "RFC 3261 17.2.1"),
    ROW(IST_CONFIRMED,   IST_TMR_I,       NULL,             NULL,               IST_END,         IST_END,    "RFC 3261 17.2.1"),
    ROW(IST_ACCEPTED,    IST_RX_INVITE,   NULL,             NULL,               IST_ACCEPTED,    IST_END,    "RFC 6026 7.1"),
    ROW(IST_ACCEPTED,    IST_TX_2XX,      NULL,             ist_send_2xx,       IST_ACCEPTED,    IST_END,    "RFC 6026 7.1"),
    ROW(IST_ACCEPTED,    IST_TMR_L,       NULL,             NULL,               IST_END,         IST_END,    "RFC 6026 7.1"),
};
static const struct fsm_timer ist_timers[] = {
    [T_100] = {"200 ms", IST_TMR_100, 0, FSM_IN(IST_PROCEEDING)},
    [T_G] = {"timer G", IST_TMR_G, 0, FSM_IN(IST_COMPLETED)},
    [T_H] = {"timer H", IST_TMR_H, 1, FSM_IN(IST_COMPLETED)},
    [T_I] = {"timer I", IST_TMR_I, 0, FSM_IN(IST_CONFIRMED)},
    [T_L] = {"timer L", IST_TMR_L, 0, FSM_IN(IST_ACCEPTED)},
};
struct fsm_def sip_ist_def = {
    .name = "sip-invite-server",
    .title = "SIP INVITE server transaction (RFC 3261 17.2.1, RFC 6026)",
    .state_names = ist_states, .nstates = IST_STATES, .event_names = ist_events, .nevents = IST_EVENTS,
    .rows = ist_rows, .nrows = G_N_ELEMENTS(ist_rows), .timers = ist_timers, .ntimers = G_N_ELEMENTS(ist_timers),
    .policy = FSM_IGNORE, .plumbing = true, .ended = sip_txn_ended,
};
