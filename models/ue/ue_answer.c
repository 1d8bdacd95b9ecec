/* ue_answer.c - offers that a phone is made inside a call, and its answers (RFC 3311 5.2, RFC 3261 14.2, RFC 3262 5).
 *
 *   -> UPDATE, PRACK (O) | 200 (A) ->
 *   -> INVITE (O)        | 200 (A) ->, repeated until -> ACK; without one in 64*T1 the call is ended
 *   refused: 491 while an own offer is out, 500 with Retry-After while an answer is owed or an ACK is missing, 488 with nothing
 *   in common: all stays as it was agreed
 *
 * SIMPLIFIED: users are not asked: media that the phone has is accepted. A re-INVITE without an offer is refused with 488. */
#include "models/ue/ue_int.h"

enum { AN_CLOSED, AN_IDLE, AN_TAKEN, AN_ANSWERED, AN_STATES };
static const char *const states[] = {"closed", "idle", "re-INVITE taken", "re-INVITE answered"};
static const char *const events[] = {"dialog begins", "UPDATE", "re-INVITE", "200 (UPDATE, PRACK) built", "200 (re-INVITE) built",
                                     "ACK", "no ACK in 64*T1", "call ends"};

static struct ue_call *answer_call(struct fsm *f)
{
    return (struct ue_call *)(void *)((char *)f - offsetof(struct ue_call, answer));
}

#define CALL struct ue_call *c = answer_call(f)
#define RX(arg) (((const struct ue_rx *)(arg))->m)
#define TXN(arg) (((const struct ue_rx *)(arg))->txn)
#define UNUSED (void)arg

/* ---- taking ----------------------------------------------------------------------------------------- */

/* RFC 3311 5.2: a random time of 0 to 10 s; 0 would be as good as none. */
static void refuse(struct ue_call *c, const struct ue_rx *rx, uint16_t status)
{
    struct sip_msg *r = sip_response(call_sip(c), rx->m, status);
    if (status == 500)
        r->retry_after = (uint16_t)(1 + rng_below(rng_stream(c->fsm.node->sim->streams, "sip/retry-after"), 10));
    sip_send_response(call_sip(c), rx->txn, r);
}

/* Takes the offer of a request; false: it was refused. */
static bool take_offer(struct ue_call *c, const struct ue_rx *rx)
{
    int bad = sdp_session_take_offer(&c->sdp, rx->m->sdp);
    if (bad) {
        refuse(c, rx, (uint16_t)bad);
        return false;
    }
    if (rx->m->contact.kind)
        c->dialog.target = rx->m->contact; /* RFC 3261 12.2.2 */
    node_note(c->fsm.node, NOTE_SDP_TAKEN, "", &c->sdp);
    return true;
}

bool ue_take_request(struct ue_call *c, const void *arg, const char *what)
{
    const struct ue_rx *rx = arg;
    if (rx->m->sdp && !take_offer(c, rx))
        return false;
    ue_task_answer(c, &c->answer, AN_DO_OK, rx->txn | (rx->m->sdp ? UE_WITH_ANSWER : 0), what);
    return true;
}

static bool take_update(struct fsm *f, const void *arg)
{
    CALL;
    if (ue_take_request(c, arg, "200 OK (UPDATE)") && !ue_is_caller(c))
        fsm_event(&c->fsm, MT_OFFER_TAKEN, NULL);
    return true;
}

static bool is_open(const struct fsm *f, const void *arg)
{
    UNUSED;
    return f->state != AN_CLOSED;
}

static bool has_no_offer(const struct fsm *f, const void *arg)
{
    (void)f;
    return !RX(arg)->sdp;
}

static bool refuse_empty(struct fsm *f, const void *arg)
{
    refuse(answer_call(f), arg, 488);
    return true;
}

/* One that comes before the ACK of the one before. */
static bool refuse_early(struct fsm *f, const void *arg)
{
    refuse(answer_call(f), arg, 500);
    return true;
}

static bool take_invite(struct fsm *f, const void *arg)
{
    CALL;
    if (!take_offer(c, arg))
        return false;
    c->again_st = TXN(arg);
    c->again_cseq = RX(arg)->cseq;
    ue_task_answer(c, f, AN_DO_INVITE_OK, TXN(arg), "200 OK (INVITE)");
    return true;
}

/* ---- answering -------------------------------------------------------------------------------------- */

void ue_put_answer(struct ue_call *c, struct sip_msg *m)
{
    struct sdp *answer = sdp_session_answer(&c->sdp);
    if (answer)
        ue_put_sdp(c, m, answer);
}

/* An exchange is over: what had to wait for it may go now. */
static void look_again(struct ue_call *c)
{
    ue_reserve_event(c, RES_START_ANSWER);
    ue_offer_event(c, OF_DUE, NULL);
}

static bool send_ok(struct fsm *f, const void *arg)
{
    CALL;
    uint64_t v = *(const uint64_t *)arg, txn = v & ~UE_WITH_ANSWER;
    struct sip_msg *request = sip_st_request(call_sip(c), txn);
    if (!request)
        return true;
    struct sip_msg *m = sip_response(call_sip(c), request, 200);
    if (m->method == SIP_UPDATE)
        m->contact = c->dialog.contact;
    if (v & UE_WITH_ANSWER)
        ue_put_answer(c, m);
    sip_send_response(call_sip(c), txn, m);
    look_again(c);
    return true;
}

static void no_ack(struct sip_uas *u)
{
    struct ue_call *c = (struct ue_call *)(void *)((char *)u - offsetof(struct ue_call, again));
    fsm_event(&c->answer, AN_NO_ACK, NULL);
}

static bool send_invite_ok(struct fsm *f, const void *arg)
{
    CALL;
    struct sip_msg *request = sip_st_request(call_sip(c), c->again_st);
    UNUSED;
    if (!request)
        return false;
    struct sip_msg *m = sip_response(call_sip(c), request, 200);
    m->contact = c->dialog.contact;
    m->allow = UE_ALLOWED;
    ue_put_answer(c, m);
    sip_uas_init(&c->again, call_sip(c), f->node, c->again_st, IFACE_GM);
    c->again.no_ack = no_ack;
    sip_uas_send_ok(&c->again, m);
    return true;
}

static bool is_for_it(const struct fsm *f, const void *arg)
{
    return RX(arg)->cseq == answer_call((struct fsm *)f)->again_cseq;
}

static bool take_ack(struct fsm *f, const void *arg)
{
    CALL;
    UNUSED;
    sip_uas_ack(&c->again);
    look_again(c);
    return true;
}

static bool not_confirmed(struct fsm *f, const void *arg)
{
    UNUSED;
    ue_offer_event(answer_call(f), OF_TIMEOUT, NULL);
    return true;
}

/* BYE overtakes an INVITE that is not answered yet (RFC 3261 15.1.2). */
static bool give_up_invite(struct fsm *f, const void *arg)
{
    CALL;
    UNUSED;
    sip_send_status(call_sip(c), c->again_st, 487);
    return true;
}

static bool stop_repeating(struct fsm *f, const void *arg)
{
    UNUSED;
    sip_uas_clear(&answer_call(f)->again);
    return true;
}

static const struct fsm_row rows[] = {
    /*  in           on               if            do              then         on failure  clause            */
    ROW(AN_CLOSED,   AN_OPEN,         NULL,         NULL,           AN_IDLE,     AN_CLOSED,  "RFC 3261 12.1"),
    ROW(FSM_ANY,     AN_RX_UPDATE,    is_open,      take_update,    FSM_STAY,    AN_IDLE,    "RFC 3311 5.2"),
    ROW(AN_IDLE,     AN_RX_INVITE,    has_no_offer, refuse_empty,   AN_IDLE,     AN_IDLE,    "RFC 3261 14.2"),
    ROW(AN_IDLE,     AN_RX_INVITE,    NULL,         take_invite,    AN_TAKEN,    AN_IDLE,    "RFC 3261 14.2"),
    ROW(FSM_ANY,     AN_RX_INVITE,    is_open,      refuse_early,   FSM_STAY,    AN_IDLE,    "RFC 3261 14.2"),
    ROW(AN_TAKEN,    AN_DO_INVITE_OK, NULL,         send_invite_ok, AN_ANSWERED, AN_IDLE,    "RFC 3261 14.2"),
    ROW(AN_ANSWERED, AN_RX_ACK,       is_for_it,    take_ack,       AN_IDLE,     AN_IDLE,    "RFC 3261 14.2"),
    ROW(AN_ANSWERED, AN_NO_ACK,       NULL,         not_confirmed,  AN_IDLE,     AN_IDLE,    "RFC 3261 14.2"),
    ROW(AN_TAKEN,    AN_CLOSE,        NULL,         give_up_invite, AN_CLOSED,   AN_CLOSED,  "RFC 3261 15.1.2"),
    ROW(AN_ANSWERED, AN_CLOSE,        NULL,         stop_repeating, AN_CLOSED,   AN_CLOSED,  "RFC 3261 15"),
    ROW(FSM_ANY,     AN_DO_OK,        NULL,         send_ok,        FSM_STAY,    AN_IDLE,    "RFC 3311 5.2"),
    ROW(FSM_ANY,     AN_CLOSE,        NULL,         NULL,           AN_CLOSED,   AN_CLOSED,  "RFC 3261 15"),
};
struct fsm_def ue_answer_def = {
    .name = "ue-answers",
    .title = "Offers that a phone is made inside a call (RFC 3311 5.2, RFC 3261 14.2)",
    .state_names = states, .nstates = AN_STATES, .event_names = events, .nevents = AN_EVENTS,
    .rows = rows, .nrows = G_N_ELEMENTS(rows), .policy = FSM_IGNORE,
};

bool ue_answer_is_idle(const struct ue_call *c)
{
    return c->answer.state == AN_IDLE;
}

bool ue_answer_event(struct ue_call *c, uint8_t ev, const void *arg)
{
    return fsm_event(&c->answer, ev, arg);
}
