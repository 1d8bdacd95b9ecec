/* ue_mt.c - a call at the phone that is called (RFC 3261 13.3, RFC 3262 3, RFC 3311 5.2, RFC 3312 5-8;
 * X.S0013-009 6.2).
 *
 *   -> INVITE (O1) | the phone has all the calls it can have: 486 ->
 *                  | both ends ready:            180 reliable (A1) ->, alert on its PRACK
 *                  | only the caller is ready:   [183 ->] wait, then the same
 *                  | the caller is not ready:    183 reliable (A1, conf) ->, -> PRACK / UPDATE (O2), 200 (A2) ->,
 *                  |                             both ready: 180 reliable without SDP ->, alert when it is sent
 *                  | user answers: 200 (INVITE) ->, -> ACK ... -> BYE, 200 ->
 *
 * A reliable 1xx is not sent while another is unacknowledged, and 200 (INVITE) waits while one with SDP
 * is (RFC 3262 3). Alerting never starts before both ends have resources, even with optional strength
 * (X.S0013-009 6.1).
 *
 * SIMPLIFIED: a failed reservation refuses the call with 580 whatever the strength of the precondition. */
#include "models/ue/ue_int.h"

enum { MT_END, MT_OFFERED, MT_WAITING, MT_PROGRESS, MT_RINGING, MT_ALERTING, MT_ANSWERED, MT_ACTIVE, MT_RELEASING, MT_RELEASED, MT_STATES };
static const char *const states[] = {"end", "offered", "deferred", "progress", "ringing", "alerting", "answered", "active", "releasing", "released"};
static const char *const events[] = {
    "INVITE", "first answer built", "PRACK", "offer taken", "180 built", "resources ready", "resources failed",
    "no PRACK in 64*T1", "user answers", "user rejects", "200 (INVITE) built", "refusal built", "ACK", "no ACK in 64*T1", "CANCEL",
    "user hangs up", "dialog lost", "BYE built", "BYE", "200 (BYE) built", "final (BYE)", "time-out"};

#define CALL struct ue_call *c = call_of(f)
#define RX(arg) (((const struct ue_rx *)(arg))->m)
#define TXN(arg) (((const struct ue_rx *)(arg))->txn)
#define UNUSED (void)arg

/* ---- guards ---------------------------------------------------------------------------------------- */

static bool reliable(const struct ue_call *c)
{
    return c->peer_reliable && c->ue->cfg->reliable;
}

static bool both_ready(const struct ue_call *c)
{
    return sdp_session_local_ready(&c->sdp) && sdp_session_remote_ready(&c->sdp);
}

static bool plain_ring(const struct fsm *f, const void *arg)
{
    const struct ue_call *c = const_call_of(f);
    UNUSED;
    return !reliable(c) && sdp_session_local_ready(&c->sdp);
}

static bool no_reliable(const struct fsm *f, const void *arg)
{
    UNUSED;
    return !reliable(const_call_of(f));
}

static bool can_ring(const struct fsm *f, const void *arg)
{
    UNUSED;
    return both_ready(const_call_of(f));
}

/* Only own resources are missing, and the answer waits for them. It cannot when reserving begins with it. */
static bool defers(const struct fsm *f, const void *arg)
{
    const struct ue_call *c = const_call_of(f);
    const struct ue_cfg *cfg = c->ue->cfg;
    UNUSED;
    return sdp_session_remote_ready(&c->sdp) && !cfg->answer_at_once && cfg->reservation != UE_RESERVE_AT_ANSWER;
}

static bool unacknowledged(const struct fsm *f, const void *arg)
{
    UNUSED;
    return sip_uas_unacked(&const_call_of(f)->uas);
}

static bool sdp_unacknowledged(const struct fsm *f, const void *arg)
{
    UNUSED;
    return sip_uas_unacked_sdp(&const_call_of(f)->uas);
}

static bool acknowledges(const struct fsm *f, const void *arg)
{
    const struct ue_call *c = const_call_of(f);
    return sip_uas_acknowledges(&c->uas, RX(arg), c->invite_cseq);
}

/* ---- the offer ------------------------------------------------------------------------------------- */

static void no_prack(struct sip_uas *u)
{
    struct ue_call *c = (struct ue_call *)(void *)((char *)u - offsetof(struct ue_call, uas));
    fsm_event(&c->fsm, MT_NO_PRACK, NULL);
}

static void no_ack(struct sip_uas *u)
{
    struct ue_call *c = (struct ue_call *)(void *)((char *)u - offsetof(struct ue_call, uas));
    fsm_event(&c->fsm, MT_NO_ACK, NULL);
}

/* Option tags that the caller requires and this phone does not have (RFC 3261 8.2.2.3). Preconditions need
 * reliable provisional responses too (RFC 3312 11). */
static uint8_t not_supported(const struct ue_call *c, const struct sip_msg *m)
{
    const struct ue_cfg *cfg = c->ue->cfg;
    unsigned have = (cfg->reliable ? SIP_OPT_100REL : 0) | (cfg->reliable && cfg->media.preconditions ? SIP_OPT_PRECONDITION : 0);
    return (uint8_t)(m->require & ~have);
}

/* Plans a final refusal. */
static void refuse(struct ue_call *c, uint16_t status)
{
    c->status = status;
    ue_task(c, MT_DO_REFUSE, status, "refusal");
}

static void begin_dialog(struct ue_call *c, const struct sip_msg *m)
{
    const struct call_tokens *t = c->plan.tokens;
    struct sip_stack *sip = call_sip(c);
    node_mark(c->fsm.node, MARK_INVITE_RECEIVED, 0);
    sip_dialog_from_invite(sip, &c->dialog, m);
    if (t)
        sip_pin(sip, c->id, t->to_tag);
    c->peer_reliable = (m->supported | m->require) & SIP_OPT_100REL;
    sip_uas_init(&c->uas, sip, c->fsm.node, c->invite, IFACE_GM);
    c->uas.no_prack = no_prack;
    c->uas.no_ack = no_ack;
}

static bool turn_away(struct fsm *f, const void *arg)
{
    CALL;
    (void)f;
    begin_dialog(c, RX(arg));
    c->turned_away = true;
    refuse(c, 486);
    return true;
}

static bool take_invite(struct fsm *f, const void *arg)
{
    CALL;
    const struct sip_msg *m = RX(arg);
    begin_dialog(c, m);
    int bad = not_supported(c, m) ? 420 : m->sdp ? sdp_session_take_offer(&c->sdp, m->sdp) : 488;
    if (bad) {
        refuse(c, (uint16_t)bad);
        return true;
    }
    node_note(f->node, NOTE_SDP_TAKEN, "", &c->sdp);
    ue_reserve_event(c, RES_START_INVITE);
    ue_task(c, MT_DO_FIRST, 0, "first answer");
    return true;
}

static void alert(struct ue_call *c)
{
    struct ue_world *w = c->ue->world;
    if (c->waiting)
        cause_held(c->fsm.node->sim, c->waiting);
    node_mark(c->fsm.node, MARK_ALERTED, 0);
    node_note(c->fsm.node, NOTE_ALERT, "", &c->sdp);
    w->people->alerted(w->people_self, c->fsm.node, c->id);
}

static bool blocked(struct ue_call *c)
{
    if (!c->waiting)
        c->waiting = c->fsm.node->sim->cause;
    node_note(c->fsm.node, NOTE_BLOCKED, "", &c->sdp);
    return true;
}

/* 180 with the answer: the user is alerted when its PRACK comes. */
static bool ring_with_answer(struct fsm *f, const void *arg)
{
    CALL;
    UNUSED;
    struct sip_msg *m = ue_invite_response(c, 180);
    ue_put_answer(c, m);
    sip_uas_send_reliable(&c->uas, m);
    return true;
}

/* 180 without SDP: nothing is left to agree on, the user is alerted as it is sent. */
static bool ring_bare(struct fsm *f, const void *arg)
{
    CALL;
    UNUSED;
    c->ring_wanted = false;
    sip_uas_send_reliable(&c->uas, ue_invite_response(c, 180));
    alert(c);
    return true;
}

/* The caller does not know reliable responses: the answer has to wait for the 200. */
static bool ring_unreliably(struct fsm *f, const void *arg)
{
    CALL;
    UNUSED;
    sip_send_response(call_sip(c), c->invite, ue_invite_response(c, 180));
    alert(c);
    return true;
}

static bool wait_for_resources(struct fsm *f, const void *arg)
{
    CALL;
    (void)f;
    UNUSED;
    if (c->ue->cfg->progress)
        sip_send_response(call_sip(c), c->invite, ue_invite_response(c, 183));
    return blocked(c);
}

static bool build_ring(struct fsm *f, const void *arg)
{
    UNUSED;
    ue_task(call_of(f), MT_DO_RING, 0, "180 Ringing");
    return true;
}

/* Rings if both ends are ready now; else says what is missing. */
static void ring_if_ready(struct ue_call *c)
{
    if (both_ready(c))
        ue_task(c, MT_DO_RING, 0, "180 Ringing");
    else
        blocked(c);
}

/* 183 with the answer and, while the caller's resources are missing, the wish to be told of them. */
static bool progress_with_answer(struct fsm *f, const void *arg)
{
    CALL;
    UNUSED;
    struct sip_msg *m = ue_invite_response(c, 183);
    ue_put_answer(c, m);
    sip_uas_send_reliable(&c->uas, m);
    ue_reserve_event(c, RES_START_ANSWER);
    ring_if_ready(c);
    return true;
}

static bool check_ring(struct fsm *f, const void *arg)
{
    UNUSED;
    ring_if_ready(call_of(f));
    return true;
}

static bool ring_later(struct fsm *f, const void *arg)
{
    UNUSED;
    call_of(f)->ring_wanted = true;
    return true;
}

/* ---- PRACK ----------------------------------------------------------------------------------------- */

static bool acknowledged(struct ue_call *c, const void *arg)
{
    sip_uas_prack(&c->uas, RX(arg), c->invite_cseq);
    bool taken = ue_take_request(c, arg, "200 OK (PRACK)");
    ue_offer_event(c, OF_DUE, NULL); /* what had to wait for it */
    return taken;
}

static bool take_prack(struct fsm *f, const void *arg)
{
    CALL;
    (void)f;
    if (acknowledged(c, arg) && (RX(arg)->sdp || c->ring_wanted))
        ring_if_ready(c);
    if (c->ok_wanted)
        ue_task(c, MT_DO_ANSWER, 0, "200 OK (INVITE)");
    return true;
}

static bool take_prack_alert(struct fsm *f, const void *arg)
{
    CALL;
    (void)f;
    acknowledged(c, arg);
    alert(c);
    return true;
}

/* The PRACK of a 180 that the 200 has overtaken (RFC 3262 3). */
static bool take_prack_late(struct fsm *f, const void *arg)
{
    (void)f;
    acknowledged(call_of(f), arg);
    return true;
}

/* RFC 3262 3: a PRACK that matches nothing. */
static bool refuse_prack(struct fsm *f, const void *arg)
{
    sip_send_status(call_sip(call_of(f)), TXN(arg), 481);
    return true;
}

/* ---- the answer ------------------------------------------------------------------------------------ */

static bool build_answer(struct fsm *f, const void *arg)
{
    UNUSED;
    node_mark(f->node, MARK_ANSWERED, 0);
    ue_task(call_of(f), MT_DO_ANSWER, 0, "200 OK (INVITE)");
    return true;
}

static bool answer_later(struct fsm *f, const void *arg)
{
    UNUSED;
    call_of(f)->ok_wanted = true;
    return true;
}

static bool answer(struct fsm *f, const void *arg)
{
    CALL;
    UNUSED;
    struct sip_msg *m = ue_invite_response(c, 200);
    ue_put_answer(c, m); /* only when no provisional response has carried it */
    node_mark(f->node, MARK_OK_SENT, 0);
    c->ok_wanted = false;
    sip_uas_send_ok(&c->uas, m);
    return true;
}

static bool take_ack(struct fsm *f, const void *arg)
{
    CALL;
    UNUSED;
    sip_uas_ack(&c->uas);
    node_mark(f->node, MARK_CONFIRMED, 0);
    c->status = 200;
    c->confirmed = true;
    ue_offer_event(c, OF_DUE, NULL);
    return true;
}

/* ---- refusal and release --------------------------------------------------------------------------- */

static bool user_rejects(struct fsm *f, const void *arg)
{
    refuse(call_of(f), (uint16_t) * (const uint64_t *)arg);
    return true;
}

static bool dialog_lost(struct fsm *f, const void *arg)
{
    refuse(call_of(f), (uint16_t) * (const uint64_t *)arg);
    return true;
}

static bool reservation_failed(struct fsm *f, const void *arg)
{
    UNUSED;
    refuse(call_of(f), 580);
    return true;
}

static bool not_acknowledged(struct fsm *f, const void *arg)
{
    UNUSED;
    refuse(call_of(f), 504); /* RFC 3262 3: "a 5xx" */
    return true;
}

static bool send_refusal(struct fsm *f, const void *arg)
{
    CALL;
    (void)f;
    uint16_t status = (uint16_t) * (const uint64_t *)arg;
    struct sip_msg *m = ue_invite_response(c, status);
    if (!m)
        return true;
    if (status == 420)
        m->unsupported = not_supported(c, sip_st_request(call_sip(c), c->invite));
    if (status == 580) {
        struct sdp *body = sdp_session_refusal(&c->sdp, NULL);
        if (body)
            sip_set_sdp(call_sip(c), m, body);
    }
    sip_send_response(call_sip(c), c->invite, m);
    return true;
}

static bool terminate(struct fsm *f, const void *arg)
{
    CALL;
    (void)f;
    ue_note_reason(c, RX(arg));
    c->status = 487;
    sip_send_response(call_sip(c), c->invite, ue_invite_response(c, 487));
    return true;
}

static bool build_bye(struct fsm *f, const void *arg)
{
    CALL;
    (void)f;
    UNUSED;
    if (!c->leaving)
        ue_task(c, MT_DO_BYE, 0, "BYE");
    c->leaving = true;
    return true;
}

static bool take_bye(struct fsm *f, const void *arg)
{
    CALL;
    ue_close_offers(c);
    ue_take_bye(c, RX(arg));
    sip_uas_clear(&c->uas);
    ue_task_answer(c, f, MT_DO_BYE_OK, TXN(arg), "200 OK (BYE)");
    return true;
}

static const struct fsm_row rows[] = {
    /*  in            on               if                  do                    then          on failure  clause                */
    ROW(MT_END,       MT_RX_INVITE,    ue_is_busy,         turn_away,            MT_OFFERED,   MT_END,     "RFC 3261 13.3.1.3"),
    ROW(MT_END,       MT_RX_INVITE,    NULL,               take_invite,          MT_OFFERED,   MT_END,     "RFC 3261 13.3.1"),
    ROW(MT_OFFERED,   MT_DO_FIRST,     plain_ring,         ring_unreliably,      MT_ALERTING,  MT_END,     "RFC 3261 13.3.1.1"),
    ROW(MT_OFFERED,   MT_DO_FIRST,     no_reliable,        wait_for_resources,   MT_WAITING,   MT_END,     "RFC 3312 6"),
    ROW(MT_OFFERED,   MT_DO_FIRST,     can_ring,           ring_with_answer,     MT_RINGING,   MT_END,     "X.S0013-009 6.2.1.2"),
    ROW(MT_OFFERED,   MT_DO_FIRST,     defers,             wait_for_resources,   MT_WAITING,   MT_END,     "X.S0013-009 6.2.2.2"),
    ROW(MT_OFFERED,   MT_DO_FIRST,     NULL,               progress_with_answer, MT_PROGRESS,  MT_END,     "RFC 3312 7"),

    ROW(MT_WAITING,   MT_RESERVED,     NULL,               build_ring,           MT_WAITING,   MT_END,     "X.S0013-009 6.2.2.2"),
    ROW(MT_WAITING,   MT_DO_RING,      no_reliable,        ring_unreliably,      MT_ALERTING,  MT_END,     "RFC 3261 13.3.1.1"),
    ROW(MT_WAITING,   MT_DO_RING,      NULL,               ring_with_answer,     MT_RINGING,   MT_END,     "X.S0013-009 6.2.2.2"),

    ROW(MT_PROGRESS,  MT_RX_PRACK,     acknowledges,       take_prack,           MT_PROGRESS,  MT_END,     "RFC 3262 3"),
    ROW(MT_PROGRESS,  MT_OFFER_TAKEN,  NULL,               check_ring,           MT_PROGRESS,  MT_END,     "RFC 3311 5.2"),
    ROW(MT_PROGRESS,  MT_RESERVED,     NULL,               check_ring,           MT_PROGRESS,  MT_END,     "RFC 3312 6"),
    ROW(MT_PROGRESS,  MT_DO_RING,      unacknowledged,     ring_later,           MT_PROGRESS,  MT_END,     "RFC 3262 3"),
    ROW(MT_PROGRESS,  MT_DO_RING,      NULL,               ring_bare,            MT_ALERTING,  MT_END,     "RFC 3312 6"),

    ROW(MT_RINGING,   MT_RX_PRACK,     acknowledges,       take_prack_alert,     MT_ALERTING,  MT_END,     "X.S0013-009 6.1"),

    ROW(MT_ALERTING,  MT_RX_PRACK,     acknowledges,       take_prack,           MT_ALERTING,  MT_END,     "RFC 3262 3"),
    ROW(MT_ALERTING,  MT_USER_ANSWER,  NULL,               build_answer,         MT_ALERTING,  MT_END,     "RFC 3261 13.3.1.4"),
    ROW(MT_ALERTING,  MT_DO_ANSWER,    sdp_unacknowledged, answer_later,         MT_ALERTING,  MT_END,     "RFC 3262 3"),
    ROW(MT_ALERTING,  MT_DO_ANSWER,    NULL,               answer,               MT_ANSWERED,  MT_END,     "RFC 3261 13.3.1.4"),
    ROW(MT_ANSWERED,  MT_RX_PRACK,     acknowledges,       take_prack_late,      MT_ANSWERED,  MT_END,     "RFC 3262 3"),
    ROW(MT_ACTIVE,    MT_RX_PRACK,     acknowledges,       take_prack_late,      MT_ACTIVE,    MT_END,     "RFC 3262 3"),
    ROW(FSM_ANY,      MT_RX_PRACK,     NULL,               refuse_prack,         FSM_STAY,     MT_END,     "RFC 3262 3"),

    ROW(MT_ANSWERED,  MT_RX_ACK,       NULL,               take_ack,             MT_ACTIVE,    MT_END,     "RFC 3261 13.3.1.4"),
    ROW(MT_ANSWERED,  MT_NO_ACK,       NULL,               build_bye,            MT_ACTIVE,    MT_END,     "RFC 3261 13.3.1.4"),
    ROW(MT_ANSWERED,  MT_RX_BYE,       NULL,               take_bye,             MT_RELEASED,  MT_END,     "RFC 3261 15.1.2"),

    ROW(MT_OFFERED,   MT_NOT_RESERVED, NULL,               reservation_failed,   FSM_STAY,     MT_END,     "RFC 3312 8"),
    ROW(MT_WAITING,   MT_NOT_RESERVED, NULL,               reservation_failed,   FSM_STAY,     MT_END,     "RFC 3312 8"),
    ROW(MT_PROGRESS,  MT_NOT_RESERVED, NULL,               reservation_failed,   FSM_STAY,     MT_END,     "RFC 3312 8"),
    ROW(MT_OFFERED,   MT_USER_REJECT,  NULL,               user_rejects,         FSM_STAY,     MT_END,     "RFC 3261 13.3.1.3"),
    ROW(MT_WAITING,   MT_USER_REJECT,  NULL,               user_rejects,         FSM_STAY,     MT_END,     "RFC 3261 13.3.1.3"),
    ROW(MT_PROGRESS,  MT_USER_REJECT,  NULL,               user_rejects,         FSM_STAY,     MT_END,     "RFC 3261 13.3.1.3"),
    ROW(MT_RINGING,   MT_USER_REJECT,  NULL,               user_rejects,         FSM_STAY,     MT_END,     "RFC 3261 13.3.1.3"),
    ROW(MT_ALERTING,  MT_USER_REJECT,  NULL,               user_rejects,         FSM_STAY,     MT_END,     "RFC 3261 13.3.1.3"),
    ROW(MT_ALERTING,  MT_DIALOG_LOST,  NULL,               dialog_lost,          FSM_STAY,     MT_END,     "RFC 3261 12.2.1.2"),
    ROW(MT_PROGRESS,  MT_NO_PRACK,     NULL,               not_acknowledged,     FSM_STAY,     MT_END,     "RFC 3262 3"),
    ROW(MT_RINGING,   MT_NO_PRACK,     NULL,               not_acknowledged,     FSM_STAY,     MT_END,     "RFC 3262 3"),
    ROW(MT_ALERTING,  MT_NO_PRACK,     NULL,               not_acknowledged,     FSM_STAY,     MT_END,     "RFC 3262 3"),
    ROW(MT_OFFERED,   MT_DO_REFUSE,    NULL,               send_refusal,         MT_END,       MT_END,     "RFC 3261 13.3.1.3"),
    ROW(MT_WAITING,   MT_DO_REFUSE,    NULL,               send_refusal,         MT_END,       MT_END,     "RFC 3312 8"),
    ROW(MT_PROGRESS,  MT_DO_REFUSE,    NULL,               send_refusal,         MT_END,       MT_END,     "RFC 3312 8"),
    ROW(MT_RINGING,   MT_DO_REFUSE,    NULL,               send_refusal,         MT_END,       MT_END,     "RFC 3262 3"),
    ROW(MT_ALERTING,  MT_DO_REFUSE,    NULL,               send_refusal,         MT_END,       MT_END,     "RFC 3261 13.3.1.3"),
    ROW(MT_OFFERED,   MT_RX_CANCEL,    NULL,               terminate,            MT_END,       MT_END,     "RFC 3261 9.2"),
    ROW(MT_WAITING,   MT_RX_CANCEL,    NULL,               terminate,            MT_END,       MT_END,     "RFC 3261 9.2"),
    ROW(MT_PROGRESS,  MT_RX_CANCEL,    NULL,               terminate,            MT_END,       MT_END,     "RFC 3261 9.2"),
    ROW(MT_RINGING,   MT_RX_CANCEL,    NULL,               terminate,            MT_END,       MT_END,     "RFC 3261 9.2"),
    ROW(MT_ALERTING,  MT_RX_CANCEL,    NULL,               terminate,            MT_END,       MT_END,     "RFC 3261 9.2"),

    ROW(MT_ACTIVE,    MT_USER_HANG_UP, NULL,               build_bye,            MT_ACTIVE,    MT_END,     "RFC 3261 15.1.1"),
    ROW(MT_ACTIVE,    MT_DIALOG_LOST,  NULL,               build_bye,            MT_ACTIVE,    MT_END,     "RFC 3261 12.2.1.2"),
    ROW(MT_ACTIVE,    MT_DO_BYE,       NULL,               ue_send_bye,          MT_RELEASING, MT_END,     "RFC 3261 15.1.1"),
    ROW(MT_ACTIVE,    MT_RX_BYE,       NULL,               take_bye,             MT_RELEASED,  MT_END,     "RFC 3261 15.1.2"),
    ROW(MT_RELEASED,  MT_DO_BYE_OK,    NULL,               ue_answer_bye,        MT_END,       MT_END,     "RFC 3261 15.1.2"),
    ROW(MT_RELEASING, MT_RX_BYE_OK,    NULL,               ue_released,          MT_END,       MT_END,     "RFC 3261 15.1.1"),
    ROW(MT_RELEASING, MT_RX_BYE,       NULL,               ue_answer_bye_now,    MT_RELEASING, MT_END,     "RFC 3261 15.1.2"),
    ROW(MT_RELEASING, MT_TIMEOUT,      NULL,               NULL,                 MT_END,       MT_END,     "RFC 3261 15.1.1"),
};
struct fsm_def ue_mt_def = {
    .name = "ue-called",
    .title = "A call at the phone that is called (RFC 3261, 3262, 3311, 3312)",
    .state_names = states, .nstates = MT_STATES, .event_names = events, .nevents = MT_EVENTS,
    .rows = rows, .nrows = G_N_ELEMENTS(rows), .policy = FSM_IGNORE, .ended = ue_call_ended,
};
