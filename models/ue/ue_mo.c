/* ue_mo.c - a call at the phone that makes it (RFC 3261 13.2, RFC 3262 4, RFC 3311 5.1, RFC 3312 5-7;
 * X.S0013-009 6.2).
 *
 *   user dials | [the phone gets its own bearers] INVITE (O1) -> | <- 183/180 reliable (A1) | PRACK [O2 if ready now] -> | <- 200 [A2]
 *              | UPDATE (O2) -> when own resources come later | <- 200 (A2) | <- 180 | PRACK -> | <- 200
 *              | <- 200 (INVITE) | ACK -> | ... | BYE -> | <- 200
 *
 * PRACK is never held back. It carries the second offer if one is due when the provisional response arrives;
 * otherwise UPDATE carries it when it becomes due (ue_offer.c). Which flow results is a consequence of when the
 * resources are there.
 *
 * SIMPLIFIED: a failed reservation ends the attempt (CANCEL) whatever the strength of the precondition. */
#include "models/ue/ue_int.h"

enum { MO_END, MO_DIALLING, MO_CALLING, MO_EARLY, MO_RINGING, MO_ACTIVE, MO_CANCELLING, MO_RELEASING, MO_RELEASED, MO_STATES };
static const char *const states[] = {"end", "dialling", "calling", "early", "ringing", "active", "cancelling", "releasing", "released"};
static const char *const events[] = {
    "user dials", "INVITE built", "100", "1xx", "reliable 1xx", "2xx (INVITE)", "300-699 (INVITE)", "time-out",
    "PRACK built", "PRACK+offer built", "2xx (PRACK)", "PRACK refused", "resources ready", "resources failed", "offer refused",
    "dialog lost", "ACK built", "user hangs up", "CANCEL decided", "BYE built", "final (BYE)", "BYE", "200 (BYE) built"};

#define CALL struct ue_call *c = call_of(f)
#define RX(arg) (((const struct ue_rx *)(arg))->m)
#define UNUSED (void)arg

/* ---- guards ---------------------------------------------------------------------------------------- */

/* RFC 3262 4: the same RSeq again is a repetition; a gap means one is missing: both are ignored, since
 * the called side repeats what was not acknowledged. */
static bool not_next(const struct fsm *f, const void *arg)
{
    const struct ue_call *c = const_call_of(f);
    return c->last_rseq && RX(arg)->rseq != c->last_rseq + 1;
}

static bool is_ringing(const struct fsm *f, const void *arg)
{
    (void)f;
    return RX(arg)->status == 180;
}

static bool ends_dialog(const struct fsm *f, const void *arg)
{
    (void)f;
    return RX(arg)->status == 481 || RX(arg)->status == 408;
}

static bool ack_was_sent(const struct fsm *f, const void *arg)
{
    UNUSED;
    return const_call_of(f)->acked;
}

/* The phone is not registered. */
static bool has_no_service(const struct fsm *f, const void *arg)
{
    UNUSED;
    return const_call_of(f)->ue->routes == NULL;
}

/* The phone asks for its bearers before it sends anything about the call. */
static bool reserves_first(const struct fsm *f, const void *arg)
{
    return const_call_of(f)->ue->cfg->reservation == UE_RESERVE_OWN && !has_no_service(f, arg);
}

/* ---- the attempt ----------------------------------------------------------------------------------- */

static bool dial(struct fsm *f, const void *arg)
{
    CALL;
    UNUSED;
    node_mark(f->node, MARK_DIALLED, 0);
    ue_task(c, MO_DO_INVITE, 0, "INVITE");
    return true;
}

static bool reserve_first(struct fsm *f, const void *arg)
{
    UNUSED;
    node_mark(f->node, MARK_DIALLED, 0);
    ue_reserve_event(call_of(f), RES_START_DIAL);
    return true;
}

static bool build_invite(struct fsm *f, const void *arg)
{
    UNUSED;
    ue_task(call_of(f), MO_DO_INVITE, 0, "INVITE");
    return true;
}

static bool no_bearers(struct fsm *f, const void *arg)
{
    CALL;
    UNUSED;
    c->status = 580;
    node_mark(f->node, MARK_FAILED, c->status);
    return true;
}

/* The phone tells its user. */
static bool no_room(struct fsm *f, const void *arg)
{
    CALL;
    UNUSED;
    c->status = 486;
    node_mark(f->node, MARK_DIALLED, 0);
    node_mark(f->node, MARK_FAILED, c->status);
    return true;
}

static bool no_service(struct fsm *f, const void *arg)
{
    CALL;
    UNUSED;
    c->status = 503;
    node_mark(f->node, MARK_FAILED, c->status);
    return true;
}

static bool send_invite(struct fsm *f, const void *arg)
{
    CALL;
    struct sip_stack *sip = call_sip(c);
    UNUSED;
    const struct call_tokens *t = c->plan.tokens;
    struct sip_dialog *d = &c->dialog;
    uint32_t callee = ((struct ue *)c->callee->self)->party;
    d->call_id = sip_token(sip, 0);
    d->local = (struct sip_uri){.kind = SIP_URI_IDENTITY, .id = c->ue->party};
    bool number = c->ue->cfg->dials_numbers && sip_party(sip, callee)->tel;
    d->remote = (struct sip_uri){.kind = number ? SIP_URI_TEL : SIP_URI_IDENTITY, .id = callee};
    d->target = d->remote;
    if (t) {
        sip_pin(sip, d->call_id, t->call_id);
        sip_pin(sip, d->local_tag, t->from_tag);
        sip_pin_next_branch(sip, t->invite_branch);
    }

    struct sip_msg *m = sip_dialog_request(sip, d, SIP_INVITE);
    c->invite_cseq = m->cseq;
    m->route = sip_hop_ref(c->ue->routes);
    struct sdp *offer = sdp_session_offer(&c->sdp);
    if (offer)
        ue_put_sdp(c, m, offer);
    node_mark(f->node, MARK_INVITE_SENT, 0);
    ue_send(c, m);
    ue_reserve_event(c, RES_START_INVITE);
    return true;
}

/* First response that makes the dialog; SDP in it answers the offer. */
static bool take_response(struct ue_call *c, const struct sip_msg *m)
{
    bool first = c->dialog.remote_tag == 0;
    int refused = 0;
    if (m->to_tag)
        sip_dialog_from_response(call_sip(c), &c->dialog, m);
    if (m->sdp && sdp_session_offer_outstanding(&c->sdp)) {
        refused = sdp_session_take_answer(&c->sdp, m->sdp);
        node_note(c->fsm.node, NOTE_SDP_TAKEN, "", &c->sdp);
        if (first || c->sdp.exchanges == 1)
            ue_reserve_event(c, RES_START_ANSWER);
    }
    return refused == 0;
}

static void note_progress(struct ue_call *c, const struct sip_msg *m)
{
    if (!c->early)
        node_mark(c->fsm.node, MARK_PROGRESS, m->status);
    c->early = true;
    if (m->status == 180 && !c->ringing) {
        c->ringing = true;
        node_mark(c->fsm.node, MARK_RINGBACK, 0);
    }
}

static void cancel_bad_answer(struct ue_call *c)
{
    c->status = 488;
    ue_task(c, MO_DO_CANCEL, 0, "CANCEL");
}

static bool take_progress(struct fsm *f, const void *arg)
{
    CALL;
    take_response(c, RX(arg));
    note_progress(c, RX(arg));
    return true;
}

/* The offer is decided on when the response arrives: PRACK is not held back. */
static bool take_reliable(struct fsm *f, const void *arg)
{
    CALL;
    const struct sip_msg *m = RX(arg);
    c->last_rseq = m->rseq;
    bool good = take_response(c, m);
    note_progress(c, m);
    bool offer = good && sdp_session_offer_due(&c->sdp);
    ue_task(c, offer ? MO_DO_PRACK_OFFER : MO_DO_PRACK, m->rseq, "PRACK");
    if (!good)
        cancel_bad_answer(c);
    else if (!offer && !sdp_session_local_ready(&c->sdp))
        node_note(f->node, NOTE_BLOCKED, "", &c->sdp);
    return true;
}

static struct sip_msg *prack(struct ue_call *c, const void *rseq)
{
    struct sip_msg *m = sip_dialog_request(call_sip(c), &c->dialog, SIP_PRACK);
    m->rack_rseq = (uint32_t) * (const uint64_t *)rseq;
    m->rack_cseq = c->invite_cseq;
    return m;
}

static bool send_prack(struct fsm *f, const void *arg)
{
    CALL;
    ue_send(c, prack(c, arg));
    return true;
}

static bool send_prack_offer(struct fsm *f, const void *arg)
{
    CALL;
    struct sip_msg *m = prack(c, arg);
    struct sdp *offer = sdp_session_offer(&c->sdp);
    if (offer)
        ue_put_sdp(c, m, offer);
    ue_send(c, m);
    return true;
}

/* ---- the second offer ------------------------------------------------------------------------------ */

static bool take_answer(struct fsm *f, const void *arg)
{
    CALL;
    const struct sip_msg *m = RX(arg);
    if (!m->sdp || !sdp_session_offer_outstanding(&c->sdp))
        return true;
    if (sdp_session_take_answer(&c->sdp, m->sdp) != 0)
        cancel_bad_answer(c);
    node_note(f->node, NOTE_SDP_TAKEN, "", &c->sdp);
    ue_offer_event(c, OF_DUE, NULL);
    return true;
}

/* Before the answer: without the answer to this offer or PRACK the call cannot come about. */
static bool give_up(struct fsm *f, const void *arg)
{
    CALL;
    sdp_session_withdraw(&c->sdp);
    c->status = arg ? RX(arg)->status : 408;
    ue_task(c, MO_DO_CANCEL, 0, "CANCEL");
    return true;
}

static bool give_up_offer(struct fsm *f, const void *arg)
{
    CALL;
    (void)f;
    c->status = (uint16_t) * (const uint64_t *)arg;
    ue_task(c, MO_DO_CANCEL, 0, "CANCEL");
    return true;
}

static bool reservation_failed(struct fsm *f, const void *arg)
{
    CALL;
    (void)f;
    UNUSED;
    c->status = 580;
    ue_task(c, MO_DO_CANCEL, 0, "CANCEL");
    return true;
}

/* ---- answer and release ---------------------------------------------------------------------------- */

static bool take_ok(struct fsm *f, const void *arg)
{
    CALL;
    take_response(c, RX(arg));
    node_mark(f->node, MARK_CONNECTED, RX(arg)->status);
    c->status = 200;
    c->confirmed = true;
    ue_task(c, MO_DO_ACK, 0, "ACK");
    ue_offer_event(c, OF_DUE, NULL); /* the resources may have come while the answer was still missing */
    c->ue->world->people->connected(c->ue->world->people_self, f->node, c->id);
    return true;
}

static void send_one_ack(struct ue_call *c)
{
    const struct call_tokens *t = c->plan.tokens;
    struct sip_stack *sip = call_sip(c);
    if (t && !c->acked)
        sip_pin_next_branch(sip, t->ack_branch);
    c->acked = true;
    ue_send(c, sip_dialog_ack(sip, &c->dialog, c->invite_cseq));
}

static bool send_ack(struct fsm *f, const void *arg)
{
    UNUSED;
    send_one_ack(call_of(f));
    return true;
}

static bool cancel(struct fsm *f, const void *arg)
{
    CALL;
    UNUSED;
    if (!c->status)
        c->status = 487;
    ue_close_offers(c);
    node_mark(f->node, MARK_CANCELLED, c->status);
    sip_send_cancel(call_sip(c), c->invite, 0);
    return true;
}

static bool decide_cancel(struct fsm *f, const void *arg)
{
    UNUSED;
    ue_task(call_of(f), MO_DO_CANCEL, 0, "CANCEL");
    return true;
}

static bool failed(struct fsm *f, const void *arg)
{
    CALL;
    c->status = RX(arg)->status;
    node_mark(f->node, MARK_FAILED, c->status);
    return true;
}

static bool timed_out(struct fsm *f, const void *arg)
{
    CALL;
    UNUSED;
    c->status = 408;
    node_mark(f->node, MARK_FAILED, c->status);
    return true;
}

/* The 200 crossed our CANCEL: the call is up, so it is acknowledged and released (RFC 3261 9.1). */
static bool ack_and_bye(struct fsm *f, const void *arg)
{
    CALL;
    take_response(c, RX(arg));
    send_one_ack(c);
    ue_task(c, MO_DO_BYE, 0, "BYE");
    return true;
}

/* The user hangs up; or 481, 408 or no answer at all came inside the dialog, which ends it, while other
 * refusals leave it (RFC 3261 12.2.1.2). */
static bool build_bye(struct fsm *f, const void *arg)
{
    CALL;
    (void)f;
    UNUSED;
    if (!c->leaving)
        ue_task(c, MO_DO_BYE, 0, "BYE");
    c->leaving = true;
    return true;
}

static bool take_bye(struct fsm *f, const void *arg)
{
    CALL;
    ue_close_offers(c);
    ue_take_bye(c, RX(arg));
    ue_task_answer(c, f, MO_DO_BYE_OK, ((const struct ue_rx *)arg)->txn, "200 OK (BYE)");
    return true;
}

/* The called phone has answered, heard no ACK in 64*T1 and hangs up, but its 200 has never come here: the
 * INVITE is still waiting and has to be ended too. */
static bool take_bye_for_answer(struct fsm *f, const void *arg)
{
    ue_take_bye(call_of(f), RX(arg));
    ue_answer_bye_now(f, arg);
    return cancel(f, arg);
}

static const struct fsm_row rows[] = {
    /*  in             on                   if              do                   then           on failure  clause               */
    ROW(MO_END,        MO_DIAL,             ue_is_busy,     no_room,             MO_END,        MO_END,     "RFC 3261 13.2.1"),
    ROW(MO_END,        MO_DIAL,             reserves_first, reserve_first,       MO_DIALLING,   MO_END,     "RFC 3312 5.2"),
    ROW(MO_END,        MO_DIAL,             NULL,           dial,                MO_DIALLING,   MO_END,     "RFC 3261 13.2.1"),
    ROW(MO_DIALLING,   MO_RESERVED,         NULL,           build_invite,        MO_DIALLING,   MO_END,     "RFC 3312 5.2"),
    ROW(MO_DIALLING,   MO_NOT_RESERVED,     NULL,           no_bearers,          MO_END,        MO_END,     "RFC 3312 8"),
    ROW(MO_DIALLING,   MO_DO_INVITE,        has_no_service, no_service,          MO_END,        MO_END,     "TS 24.229 5.1.2A.1"),
    ROW(MO_DIALLING,   MO_DO_INVITE,        NULL,           send_invite,         MO_CALLING,    MO_END,     "RFC 3261 13.2.1"),
    ROW(MO_DIALLING,   MO_USER_HANG_UP,     NULL,           NULL,                MO_END,        MO_END,     "RFC 3261 13.2.1"),

    ROW(MO_CALLING,    MO_RX_100,           NULL,           NULL,                MO_CALLING,    MO_END,     "RFC 3261 13.2.2.1"),
    ROW(MO_CALLING,    MO_RX_1XX,           is_ringing,     take_progress,       MO_RINGING,    MO_END,     "RFC 3261 13.2.2.1"),
    ROW(MO_CALLING,    MO_RX_1XX,           NULL,           take_progress,       MO_CALLING,    MO_END,     "RFC 3261 13.2.2.1"),
    ROW(MO_CALLING,    MO_RX_1XX_REL,       is_ringing,     take_reliable,       MO_RINGING,    MO_END,     "RFC 3262 4"),
    ROW(MO_CALLING,    MO_RX_1XX_REL,       NULL,           take_reliable,       MO_EARLY,      MO_END,     "RFC 3262 4"),

    ROW(MO_EARLY,      MO_RX_1XX_REL,       not_next,       NULL,                FSM_STAY,      MO_END,     "RFC 3262 4"),
    ROW(MO_EARLY,      MO_RX_1XX_REL,       is_ringing,     take_reliable,       MO_RINGING,    MO_END,     "RFC 3262 4"),
    ROW(MO_EARLY,      MO_RX_1XX_REL,       NULL,           take_reliable,       MO_EARLY,      MO_END,     "RFC 3262 4"),
    ROW(MO_EARLY,      MO_DO_PRACK,         NULL,           send_prack,          MO_EARLY,      MO_END,     "RFC 3262 4"),
    ROW(MO_EARLY,      MO_DO_PRACK_OFFER,   NULL,           send_prack_offer,    MO_EARLY,      MO_END,     "RFC 3262 5"),
    ROW(MO_EARLY,      MO_RX_PRACK_OK,      NULL,           take_answer,         MO_EARLY,      MO_END,     "RFC 3262 5"),
    ROW(MO_EARLY,      MO_RX_1XX,           NULL,           take_progress,       MO_EARLY,      MO_END,     "RFC 3261 13.2.2.1"),

    ROW(MO_RINGING,    MO_RX_1XX_REL,       not_next,       NULL,                FSM_STAY,      MO_END,     "RFC 3262 4"),
    ROW(MO_RINGING,    MO_RX_1XX_REL,       NULL,           take_reliable,       MO_RINGING,    MO_END,     "RFC 3262 4"),
    ROW(MO_RINGING,    MO_DO_PRACK,         NULL,           send_prack,          MO_RINGING,    MO_END,     "RFC 3262 4"),
    ROW(MO_RINGING,    MO_DO_PRACK_OFFER,   NULL,           send_prack_offer,    MO_RINGING,    MO_END,     "RFC 3262 5"),
    ROW(MO_RINGING,    MO_RX_PRACK_OK,      NULL,           take_answer,         MO_RINGING,    MO_END,     "RFC 3262 5"),
    ROW(MO_RINGING,    MO_RX_1XX,           NULL,           take_progress,       MO_RINGING,    MO_END,     "RFC 3261 13.2.2.1"),

    ROW(MO_EARLY,      MO_RX_PRACK_REFUSED, NULL,           give_up,             MO_EARLY,      MO_END,     "RFC 3261 12.2.1.2"),
    ROW(MO_RINGING,    MO_RX_PRACK_REFUSED, NULL,           give_up,             MO_RINGING,    MO_END,     "RFC 3261 12.2.1.2"),
    ROW(MO_EARLY,      MO_OFFER_FAILED,     NULL,           give_up_offer,       MO_EARLY,      MO_END,     "RFC 3312 7"),
    ROW(MO_RINGING,    MO_OFFER_FAILED,     NULL,           give_up_offer,       MO_RINGING,    MO_END,     "RFC 3312 7"),
    ROW(MO_EARLY,      MO_DIALOG_LOST,      NULL,           give_up_offer,       MO_EARLY,      MO_END,     "RFC 3261 12.2.1.2"),
    ROW(MO_RINGING,    MO_DIALOG_LOST,      NULL,           give_up_offer,       MO_RINGING,    MO_END,     "RFC 3261 12.2.1.2"),
    ROW(MO_CALLING,    MO_NOT_RESERVED,     NULL,           reservation_failed,  MO_CALLING,    MO_END,     "RFC 3312 8"),
    ROW(MO_EARLY,      MO_NOT_RESERVED,     NULL,           reservation_failed,  MO_EARLY,      MO_END,     "RFC 3312 8"),
    ROW(MO_RINGING,    MO_NOT_RESERVED,     NULL,           reservation_failed,  MO_RINGING,    MO_END,     "RFC 3312 8"),

    ROW(MO_CALLING,    MO_USER_HANG_UP,     NULL,           decide_cancel,       MO_CALLING,    MO_END,     "RFC 3261 9.1"),
    ROW(MO_EARLY,      MO_USER_HANG_UP,     NULL,           decide_cancel,       MO_EARLY,      MO_END,     "RFC 3261 9.1"),
    ROW(MO_RINGING,    MO_USER_HANG_UP,     NULL,           decide_cancel,       MO_RINGING,    MO_END,     "RFC 3261 9.1"),
    ROW(MO_CALLING,    MO_DO_CANCEL,        NULL,           cancel,              MO_CANCELLING, MO_END,     "RFC 3261 9.1"),
    ROW(MO_EARLY,      MO_DO_CANCEL,        NULL,           cancel,              MO_CANCELLING, MO_END,     "RFC 3261 9.1"),
    ROW(MO_RINGING,    MO_DO_CANCEL,        NULL,           cancel,              MO_CANCELLING, MO_END,     "RFC 3261 9.1"),
    ROW(MO_CANCELLING, MO_RX_FAILURE,       NULL,           failed,              MO_END,        MO_END,     "RFC 3261 9.1"),
    ROW(MO_CANCELLING, MO_TIMEOUT,          NULL,           timed_out,           MO_END,        MO_END,     "RFC 3261 9.1"),
    ROW(MO_CANCELLING, MO_RX_2XX,           NULL,           ack_and_bye,         MO_RELEASING,  MO_END,     "RFC 3261 9.1"),

    ROW(MO_CALLING,    MO_RX_FAILURE,       NULL,           failed,              MO_END,        MO_END,     "RFC 3261 13.2.2.3"),
    ROW(MO_EARLY,      MO_RX_FAILURE,       NULL,           failed,              MO_END,        MO_END,     "RFC 3261 13.2.2.3"),
    ROW(MO_RINGING,    MO_RX_FAILURE,       NULL,           failed,              MO_END,        MO_END,     "RFC 3261 13.2.2.3"),
    ROW(MO_CALLING,    MO_TIMEOUT,          NULL,           timed_out,           MO_END,        MO_END,     "RFC 3261 17.1.1.2"),
    ROW(MO_EARLY,      MO_TIMEOUT,          NULL,           give_up,             MO_EARLY,      MO_END,     "RFC 3261 12.2.1.2"),
    ROW(MO_RINGING,    MO_TIMEOUT,          NULL,           give_up,             MO_RINGING,    MO_END,     "RFC 3261 12.2.1.2"),

    ROW(MO_EARLY,      MO_RX_BYE,           NULL,           take_bye_for_answer, MO_CANCELLING, MO_END,     "RFC 3261 15.1.2"),
    ROW(MO_RINGING,    MO_RX_BYE,           NULL,           take_bye_for_answer, MO_CANCELLING, MO_END,     "RFC 3261 15.1.2"),

    ROW(MO_CALLING,    MO_RX_2XX,           NULL,           take_ok,             MO_ACTIVE,     MO_END,     "RFC 3261 13.2.2.4"),
    ROW(MO_EARLY,      MO_RX_2XX,           NULL,           take_ok,             MO_ACTIVE,     MO_END,     "RFC 3261 13.2.2.4"),
    ROW(MO_RINGING,    MO_RX_2XX,           NULL,           take_ok,             MO_ACTIVE,     MO_END,     "RFC 3261 13.2.2.4"),
    ROW(MO_ACTIVE,     MO_DO_ACK,           NULL,           send_ack,            MO_ACTIVE,     MO_END,     "RFC 3261 13.2.2.4"),
    ROW(MO_ACTIVE,     MO_RX_2XX,           ack_was_sent,   send_ack,            MO_ACTIVE,     MO_END,     "RFC 3261 13.2.2.4"),
    ROW(MO_ACTIVE,     MO_RX_PRACK_OK,      NULL,           take_answer,         MO_ACTIVE,     MO_END,     "RFC 3262 5"),
    ROW(MO_ACTIVE,     MO_RX_PRACK_REFUSED, ends_dialog,    build_bye,           MO_ACTIVE,     MO_END,     "RFC 3261 12.2.1.2"),
    ROW(MO_ACTIVE,     MO_DIALOG_LOST,      NULL,           build_bye,           MO_ACTIVE,     MO_END,     "RFC 3261 12.2.1.2"),
    ROW(MO_ACTIVE,     MO_TIMEOUT,          NULL,           build_bye,           MO_ACTIVE,     MO_END,     "RFC 3261 12.2.1.2"),
    ROW(MO_ACTIVE,     MO_USER_HANG_UP,     NULL,           build_bye,           MO_ACTIVE,     MO_END,     "RFC 3261 15.1.1"),
    ROW(MO_ACTIVE,     MO_DO_BYE,           NULL,           ue_send_bye,         MO_RELEASING,  MO_END,     "RFC 3261 15.1.1"),
    ROW(MO_ACTIVE,     MO_RX_BYE,           NULL,           take_bye,            MO_RELEASED,   MO_END,     "RFC 3261 15.1.2"),
    ROW(MO_RELEASED,   MO_DO_BYE_OK,        NULL,           ue_answer_bye,       MO_END,        MO_END,     "RFC 3261 15.1.2"),
    ROW(MO_RELEASING,  MO_DO_BYE,           NULL,           ue_send_bye,         MO_RELEASING,  MO_END,     "RFC 3261 15.1.1"),
    ROW(MO_RELEASING,  MO_RX_2XX,           NULL,           send_ack,            MO_RELEASING,  MO_END,     "RFC 3261 13.2.2.4"),
    ROW(MO_RELEASING,  MO_RX_BYE_OK,        NULL,           ue_released,         MO_END,        MO_END,     "RFC 3261 15.1.1"),
    ROW(MO_RELEASING,  MO_RX_BYE,           NULL,           ue_answer_bye_now,   MO_RELEASING,  MO_END,     "RFC 3261 15.1.2"),
    ROW(MO_RELEASING,  MO_TIMEOUT,          NULL,           NULL,                MO_END,        MO_END,     "RFC 3261 15.1.1"),
};
struct fsm_def ue_mo_def = {
    .name = "ue-call",
    .title = "A call at the phone that makes it (RFC 3261, 3262, 3311, 3312)",
    .state_names = states, .nstates = MO_STATES, .event_names = events, .nevents = MO_EVENTS,
    .rows = rows, .nrows = G_N_ELEMENTS(rows), .policy = FSM_IGNORE, .ended = ue_call_ended,
};
