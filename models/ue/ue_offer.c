/* ue_offer.c - offers that a phone makes inside a call (RFC 3311 5.1, RFC 3261 14.1, RFC 3312 7; hold: TS 24.610).
 *
 *   its resources have come, or its user wants something else | UPDATE (O) -> | <- 200 (A)
 *                             once the call is answered, likewise | INVITE (O) -> | <- 200 (A) | ACK ->
 *   <- 491: again after a while that depends on who made the Call-ID; <- 500 with Retry-After: again after that time
 *   <- 481, 408 or nothing: the dialog is over; <- anything else: all stays as it was agreed
 *
 * What an offer says, and whether one is due, follows from the session (sdp_session.h). UPDATE tells of resources, and is the only
 * way before the call is answered; then the phone's group says by which request the wishes of a user travel.
 *
 * SIMPLIFIED: a re-INVITE is not cancelled; when the user hangs up, BYE overtakes it. */
#include "models/ue/ue_int.h"

enum { OF_CLOSED, OF_IDLE, OF_BUILDING, OF_OFFERED, OF_BACKOFF, OF_STATES };
static const char *const states[] = {"closed", "idle", "building", "offered", "backing off"};
static const char *const events[] = {"dialog begins", "offer may be due", "offer built", "2xx (UPDATE)", "2xx (re-INVITE)",
                                     "ACK built", "2xx (re-INVITE) again", "refused", "time-out", "retry timer", "call ends"};
enum { T_RETRY };

static struct ue_call *offer_call(struct fsm *f)
{
    return (struct ue_call *)(void *)((char *)f - offsetof(struct ue_call, offer));
}
static const struct ue_call *const_offer_call(const struct fsm *f)
{
    return (const struct ue_call *)(const void *)((const char *)f - offsetof(struct ue_call, offer));
}

#define CALL struct ue_call *c = offer_call(f)
#define RX(arg) (((const struct ue_rx *)(arg))->m)
#define UNUSED (void)arg

/* ---- guards ---------------------------------------------------------------------------------------- */

/* A called phone that has not been told by ACK has to have its answer acknowledged by PRACK (RFC 3311 5.1). */
static bool is_acknowledged(const struct ue_call *c)
{
    return c->confirmed || ue_is_caller(c) || (c->peer_reliable && c->ue->cfg->reliable && !sip_uas_unacked_sdp(&c->uas));
}

static bool is_due(const struct fsm *f, const void *arg)
{
    const struct ue_call *c = const_offer_call(f);
    UNUSED;
    return sdp_session_offer_due(&c->sdp) && is_acknowledged(c) && ue_answer_is_idle(c);
}

static bool is_not_due(const struct fsm *f, const void *arg)
{
    return !is_due(f, arg);
}

static bool goes_by_invite(const struct fsm *f, const void *arg)
{
    const struct ue_call *c = const_offer_call(f);
    UNUSED;
    return c->confirmed && c->ue->cfg->reinvites && sdp_session_wishes(&c->sdp);
}

static bool is_pending(const struct fsm *f, const void *arg)
{
    (void)f;
    return RX(arg)->status == 491;
}

static bool is_busy(const struct fsm *f, const void *arg)
{
    (void)f;
    return RX(arg)->status == 500 && RX(arg)->retry_after;
}

static bool ends_dialog(const struct fsm *f, const void *arg)
{
    (void)f;
    return RX(arg)->status == 481 || RX(arg)->status == 408;
}

/* The first ACK for this 2xx has gone; it has not arrived. */
static bool was_acknowledged(const struct fsm *f, const void *arg)
{
    return RX(arg)->cseq <= const_offer_call(f)->acked_cseq;
}

/* ---- requests --------------------------------------------------------------------------------------- */

static bool plan_offer(struct fsm *f, const void *arg)
{
    CALL;
    bool invite = goes_by_invite(f, arg);
    ue_task_for(c, f, OF_DO_OFFER, 0, invite ? "INVITE" : "UPDATE");
    return true;
}

static void send_offer(struct ue_call *c, enum sip_method method)
{
    c->offer_tells = sdp_session_must_tell(&c->sdp);
    c->offer_wishes = sdp_session_wishes(&c->sdp);
    struct sip_msg *m = sip_dialog_request(call_sip(c), &c->dialog, method);
    ue_put_sdp(c, m, sdp_session_offer(&c->sdp));
    ue_send(c, m);
}

static bool send_update(struct fsm *f, const void *arg)
{
    UNUSED;
    send_offer(offer_call(f), SIP_UPDATE);
    return true;
}

static bool send_invite(struct fsm *f, const void *arg)
{
    UNUSED;
    send_offer(offer_call(f), SIP_INVITE);
    return true;
}

static void send_ack(struct ue_call *c, uint32_t cseq)
{
    c->acked_cseq = MAX(c->acked_cseq, cseq);
    ue_send(c, sip_dialog_ack(call_sip(c), &c->dialog, cseq));
}

static bool acknowledge(struct fsm *f, const void *arg)
{
    send_ack(offer_call(f), (uint32_t) * (const uint64_t *)arg);
    return true;
}

static bool acknowledge_now(struct fsm *f, const void *arg)
{
    send_ack(offer_call(f), RX(arg)->cseq);
    return true;
}

/* ---- responses -------------------------------------------------------------------------------------- */

/* The call may end over it, so that it waits until no handler here is running (ue_offer_event()). */
static void tell_call(struct ue_call *c, uint8_t event, uint16_t status)
{
    c->main_event = (uint8_t)(event + 1);
    c->main_status = status;
}

static void tell_lost(struct ue_call *c, uint16_t status)
{
    tell_call(c, ue_is_caller(c) ? MO_DIALOG_LOST : MT_DIALOG_LOST, status);
}

/* The offer came to nothing. One that had to tell of resources is missed by whoever waits for them. */
static void offer_failed(struct ue_call *c, uint16_t status)
{
    sdp_session_withdraw(&c->sdp);
    if (c->offer_wishes)
        node_mark(c->fsm.node, MARK_CHANGE_REFUSED, status);
    sdp_session_forget_wishes(&c->sdp);
    if (c->offer_tells && ue_is_caller(c))
        tell_call(c, MO_OFFER_FAILED, status);
}

static bool take_answer(struct fsm *f, const void *arg)
{
    CALL;
    const struct sip_msg *m = RX(arg);
    if (!m->sdp || sdp_session_take_answer(&c->sdp, m->sdp) != 0)
        offer_failed(c, 488);
    else if (c->offer_wishes)
        node_mark(f->node, MARK_CHANGED, 0);
    node_note(f->node, NOTE_SDP_TAKEN, "", &c->sdp);
    ue_reserve_event(c, RES_START_ANSWER);
    fsm_event(f, OF_DUE, NULL);
    return true;
}

static bool take_answer_and_acknowledge(struct fsm *f, const void *arg)
{
    CALL;
    const struct sip_msg *m = RX(arg);
    if (m->contact.kind)
        c->dialog.target = m->contact; /* RFC 3261 12.2.1.2 */
    ue_task_for(c, f, OF_DO_ACK, m->cseq, "ACK");
    return take_answer(f, arg);
}

static bool refused(struct fsm *f, const void *arg)
{
    offer_failed(offer_call(f), RX(arg)->status);
    return true;
}

static bool dialog_lost(struct fsm *f, const void *arg)
{
    CALL;
    sdp_session_withdraw(&c->sdp);
    tell_lost(c, arg ? RX(arg)->status : 408);
    return true;
}

/* Steps of 10 ms: the owner of the Call-ID waits 2.1 to 4 s, the other side 0 to 2 s (RFC 3261 14.1, RFC 3311 5.1). */
static bool back_off(struct fsm *f, const void *arg)
{
    CALL;
    bool owner = ue_is_caller(c);
    UNUSED;
    sdp_session_withdraw(&c->sdp);
    uint64_t steps = rng_below(rng_stream(f->node->sim->streams, "sip/491"), owner ? 191 : 201);
    fsm_timer_start(f, T_RETRY, (owner ? 2100 * SIM_MS : 0) + (sim_time)steps * 10 * SIM_MS);
    return true;
}

static bool wait_as_told(struct fsm *f, const void *arg)
{
    sdp_session_withdraw(&offer_call(f)->sdp);
    fsm_timer_start(f, T_RETRY, RX(arg)->retry_after * SIM_S);
    return true;
}

static const struct fsm_row rows[] = {
    /*  in           on               if                do                           then         on failure  clause              */
    ROW(OF_CLOSED,   OF_OPEN,         NULL,             NULL,                        OF_IDLE,     OF_CLOSED,  "RFC 3261 12.1"),
    ROW(OF_IDLE,     OF_DUE,          is_due,           plan_offer,                  OF_BUILDING, OF_IDLE,    "RFC 3264 8"),
    ROW(OF_BUILDING, OF_DO_OFFER,     is_not_due,       NULL,                        OF_IDLE,     OF_IDLE,    "RFC 3311 5.1"),
    ROW(OF_BUILDING, OF_DO_OFFER,     goes_by_invite,   send_invite,                 OF_OFFERED,  OF_IDLE,    "RFC 3261 14.1"),
    ROW(OF_BUILDING, OF_DO_OFFER,     NULL,             send_update,                 OF_OFFERED,  OF_IDLE,    "RFC 3311 5.1"),
    ROW(OF_OFFERED,  OF_RX_OK,        NULL,             take_answer,                 OF_IDLE,     OF_IDLE,    "RFC 3311 5.1"),
    ROW(OF_OFFERED,  OF_RX_INVITE_OK, NULL,             take_answer_and_acknowledge, OF_IDLE,     OF_IDLE,    "RFC 3261 14.1"),
    ROW(FSM_ANY,     OF_DO_ACK,       NULL,             acknowledge,                 FSM_STAY,    OF_IDLE,    "RFC 3261 13.2.2.4"),
    ROW(FSM_ANY,     OF_RX_OK_AGAIN,  was_acknowledged, acknowledge_now,             FSM_STAY,    OF_IDLE,    "RFC 3261 13.2.2.4"),
    ROW(OF_OFFERED,  OF_RX_REFUSED,   is_pending,       back_off,                    OF_BACKOFF,  OF_IDLE,    "RFC 3261 14.1"),
    ROW(OF_OFFERED,  OF_RX_REFUSED,   is_busy,          wait_as_told,                OF_BACKOFF,  OF_IDLE,    "RFC 3311 5.2"),
    ROW(OF_OFFERED,  OF_RX_REFUSED,   ends_dialog,      dialog_lost,                 OF_IDLE,     OF_IDLE,    "RFC 3261 12.2.1.2"),
    ROW(OF_OFFERED,  OF_RX_REFUSED,   NULL,             refused,                     OF_IDLE,     OF_IDLE,    "RFC 3261 14.1"),
    ROW(FSM_ANY,     OF_TIMEOUT,      NULL,             dialog_lost,                 OF_IDLE,     OF_IDLE,    "RFC 3261 12.2.1.2"),
    ROW(OF_BACKOFF,  OF_TMR_RETRY,    is_due,           plan_offer,                  OF_BUILDING, OF_IDLE,    "RFC 3261 14.1"),
    ROW(OF_BACKOFF,  OF_TMR_RETRY,    NULL,             NULL,                        OF_IDLE,     OF_IDLE,    "RFC 3261 14.1"),
    ROW(OF_CLOSED,   OF_RX_INVITE_OK, NULL,             acknowledge_now,             OF_CLOSED,   OF_CLOSED,  "RFC 3261 13.2.2.4"),
    ROW(FSM_ANY,     OF_CLOSE,        NULL,             NULL,                        OF_CLOSED,   OF_CLOSED,  "RFC 3261 15"),
};
static const struct fsm_timer timers[] = {
    [T_RETRY] = {"offer retry", OF_TMR_RETRY, 0, FSM_IN(OF_BACKOFF)},
};
struct fsm_def ue_offer_def = {
    .name = "ue-offers",
    .title = "Offers that a phone makes inside a call (RFC 3311 5.1, RFC 3261 14.1)",
    .state_names = states, .nstates = OF_STATES, .event_names = events, .nevents = OF_EVENTS,
    .rows = rows, .nrows = G_N_ELEMENTS(rows), .timers = timers, .ntimers = G_N_ELEMENTS(timers),
    .policy = FSM_IGNORE,
};

/* ---- events ----------------------------------------------------------------------------------------- */

/* The call may be gone afterwards. */
void ue_offer_event(struct ue_call *c, uint8_t ev, const void *arg)
{
    fsm_event(&c->offer, ev, arg);
    if (c->offer.depth || !c->main_event)
        return;
    uint8_t event = (uint8_t)(c->main_event - 1);
    uint64_t status = c->main_status;
    c->main_event = 0;
    fsm_event(&c->fsm, event, &status);
}

void ue_offer_response(struct ue_call *c, const struct ue_rx *rx)
{
    const struct sip_msg *m = rx->m;
    bool again = rx->txn != c->reinvite || m->cseq == c->answered_cseq;
    if (m->status < 200)
        return;
    if (m->status >= 300) {
        ue_offer_event(c, OF_RX_REFUSED, rx);
    } else if (m->method != SIP_INVITE) {
        ue_offer_event(c, OF_RX_OK, rx);
    } else {
        if (!again)
            c->answered_cseq = m->cseq;
        ue_offer_event(c, again ? OF_RX_OK_AGAIN : OF_RX_INVITE_OK, rx);
    }
}
