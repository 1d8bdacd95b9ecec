/* cscf.c - the proxy that all CSCFs are (RFC 3261 16), and its machine: one per request on its way.
 *
 * Reading the table from top to bottom is reading a request's life in any CSCF. The roles' own work is in
 * pcscf.c, icscf.c, scscf.c. */
#include "models/cscf/cscf_int.h"
#include "models/cscf/pcscf_rx.h"

enum { PX_END, PX_WAIT_UAA, PX_WAIT_LIA, PX_FORWARDED, PX_PROCEEDING, PX_HELD, PX_EVALUATING, PX_WAIT_SAA, PX_AT_AS, PX_AS_TRIES, PX_ASKING_ENUM,
       PX_RESOLVING, PX_STATES };
static const char *const states[] = {"end", "wait UAA", "wait LIA", "forwarded", "proceeding", "held", "evaluating", "wait SAA", "at AS", "AS tries", "asking ENUM",
                                     "resolving"};
static const char *const events[] = {"REGISTER", "UAA", "initial request", "request in dialog", "ACK", "to I-CSCF role", "to S-CSCF role", "LIA", "100", "101-199",
                                     "200-699", "CANCEL", "timer B/F", "timer C", "timer Tx", "S-CSCF is silent", "AAA", "call aborted", "filter criteria", "unknown user", "SAA",
                                     "back from AS", "timer isc.response", "ENUM answer", "to other domain", "domain resolved"};

/* ---- sending on ------------------------------------------------------------------------------------ */

bool cscf_refuse(struct pending *p, uint16_t status)
{
    sip_send_status(p->cscf->world->sip, p->st, status);
    return false;
}

bool cscf_forward(struct pending *p, struct node *to, uint16_t otherwise)
{
    struct sip_stack *sip = p->cscf->world->sip;
    struct sip_msg *m = p->work;
    struct node *n = p->fsm.node;
    if (!to)
        return cscf_refuse(p, otherwise);
    if (m->max_forwards == 0)
        return cscf_refuse(p, 483);
    uint16_t iface = cscf_iface_to(to);
    sip_count_hop(m);
    if (iface == IFACE_GM)
        pcscf_to_phone(m);
    p->work = NULL;
    p->out = iface;
    if (m->method == SIP_INVITE && p->fsm.state != PX_AT_AS)
        fsm_timer_start(&p->fsm, PX_T_C, sip_timer(sip, iface, SIP_TC));
    if (p->cscf->cfg.pcrf)
        msg_ref(m);
    p->ct = sip_send_request(sip, n, to, iface, m, p->id);
    if (p->cscf->cfg.pcrf) {
        pcscf_rx_request(p, m, to);
        msg_unref(sip->net, &m->m);
    }
    return true;
}

/* Where a request inside a dialog goes: the next Route entry, else the Request-URI (RFC 3261 16.6). A box that
 * played two roles for the INVITE has two entries in a row. */
static struct node *next_hop(struct sip_stack *sip, struct sip_msg *m, const struct node *self)
{
    while (m->route && sip_uri_node(sip, m->route->uri) == self)
        sip_pop_route(sip, m);
    return sip_uri_node(sip, m->route ? m->route->uri : m->ruri);
}

static bool forward_in_dialog(struct fsm *f, const void *arg)
{
    struct pending *p = pending_of(f);
    (void)arg;
    return cscf_forward(p, next_hop(p->cscf->world->sip, p->work, f->node), 404);
}

/* ACK for a 2xx has no transaction: it is sent on as it comes. */
static bool forward_ack(struct fsm *f, const void *arg)
{
    struct pending *p = pending_of(f);
    struct sip_stack *sip = p->cscf->world->sip;
    struct sip_msg *m = p->work;
    struct node *to = next_hop(sip, m, f->node);
    (void)arg;
    if (!to || m->max_forwards == 0)
        return false; /* nobody may answer an ACK */
    sip_count_hop(m);
    p->work = NULL;
    sip_send_ack(sip, f->node, to, cscf_iface_to(to), m);
    return true;
}

/* ---- which role a request is for ------------------------------------------------------------------- */

static bool from_phone(const struct fsm *f, const void *arg)
{
    (void)arg;
    return (f->node->kinds & KIND_P_CSCF) && (const_pending_of(f)->from->kinds & KIND_UE);
}

/* The last Route entry is ours and the Request-URI is a contact: the phone is next. */
static bool to_phone(const struct fsm *f, const void *arg)
{
    const struct sip_msg *m = arg;
    return (f->node->kinds & KIND_P_CSCF) && m->ruri.kind == SIP_URI_CONTACT;
}

/* The Service-Route led here, from a P-CSCF. */
static bool is_originating(const struct fsm *f, const void *arg)
{
    const struct sip_msg *m = arg;
    return (f->node->kinds & KIND_S_CSCF) && m->route && (const_pending_of(f)->from->kinds & KIND_P_CSCF);
}

static bool is_terminating(const struct fsm *f, const void *arg)
{
    const struct sip_msg *m = arg;
    return (f->node->kinds & KIND_S_CSCF) && m->route;
}

static bool is_entry(const struct fsm *f, const void *arg)
{
    (void)arg;
    return f->node->kinds & KIND_I_CSCF;
}

/* An I-CSCF has put the URI of this S-CSCF there. */
static bool is_for_registrar(const struct fsm *f, const void *arg)
{
    const struct sip_msg *m = arg;
    return (f->node->kinds & KIND_S_CSCF) && m->ruri.kind == SIP_URI_HOST && m->ruri.id == const_pending_of(f)->cscf->cfg.host;
}

static bool is_register(const struct fsm *f, const void *arg)
{
    (void)arg;
    return const_pending_of(f)->work && const_pending_of(f)->work->method == SIP_REGISTER;
}

static bool is_subscription(const struct fsm *f, const void *arg)
{
    const struct sip_msg *m = const_pending_of(f)->work;
    (void)arg;
    return (f->node->kinds & KIND_S_CSCF) && m && m->method == SIP_SUBSCRIBE && m->ruri.kind == SIP_URI_IDENTITY &&
           scscf_user_find(const_pending_of(f)->cscf, m->ruri.id);
}

/* ---- responses ------------------------------------------------------------------------------------- */

static bool is_registration_of_phone(const struct pending *p, const struct sip_msg *m)
{
    return m->method == SIP_REGISTER && (p->from->kinds & KIND_UE);
}

/* The response as it is passed back from here; NULL when no Via is left. p is NULL when its context is gone. */
static struct sip_msg *back(struct cscf *c, struct pending *p, const struct sip_msg *response)
{
    struct sip_stack *sip = c->world->sip;
    if (!response->via->next)
        return NULL;
    struct sip_msg *m = sip_copy(sip, response);
    sip_pop_via(sip, m);
    if (c->node->kinds & KIND_P_CSCF)
        pcscf_response(c, m, net_node(sip->net, m->via->node));
    if (p && is_registration_of_phone(p, m))
        pcscf_register_response(p, m);
    return m;
}

static bool relay(struct fsm *f, const void *arg)
{
    struct pending *p = pending_of(f);
    struct sip_msg *m = back(p->cscf, p, arg);
    if (m)
        sip_send_response(p->cscf->world->sip, p->st, m);
    if (p->call)
        pcscf_rx_relayed(p, arg);
    if (is_registration_of_phone(p, arg))
        pcscf_register_relayed(p, arg);
    return true;
}

/* Each 101-199 restarts timer C (RFC 3261 16.7 step 2). */
static bool relay_provisional(struct fsm *f, const void *arg)
{
    const struct sip_msg *m = arg;
    struct pending *p = pending_of(f);
    if (m->method == SIP_INVITE)
        fsm_timer_start(f, PX_T_C, sip_timer(p->cscf->world->sip, p->out, SIP_TC));
    return relay(f, arg);
}

void cscf_relay(struct pending *p, const struct sip_msg *m)
{
    if (m->status < 200)
        relay_provisional(&p->fsm, m);
    else
        relay(&p->fsm, m);
}

static bool cancel_on(struct fsm *f, const void *arg)
{
    struct pending *p = pending_of(f);
    /* Of a CANCEL the Reason is passed on (RFC 3326 2); timer C has none. */
    sip_send_cancel(p->cscf->world->sip, p->ct, arg ? sip_cause(arg) : 0);
    return true;
}

static bool cancelled(struct fsm *f, const void *arg)
{
    (void)arg;
    return cscf_refuse(pending_of(f), 487);
}

static bool no_answer(struct fsm *f, const void *arg)
{
    (void)arg;
    return cscf_refuse(pending_of(f), 408);
}

static bool is_invite(const struct fsm *f, const void *arg)
{
    (void)arg;
    return const_pending_of(f)->invite;
}

/* No 408 for another request than INVITE: it would come too late to be of use (unverified clause). */
static bool stay_silent(struct fsm *f, const void *arg)
{
    struct pending *p = pending_of(f);
    (void)arg;
    sip_st_abandon(p->cscf->world->sip, p->st);
    return true;
}

/* ... and its Route led to this S-CSCF. */
static bool is_routed_subscription(const struct fsm *f, const void *arg)
{
    return ((const struct sip_msg *)arg)->route && is_subscription(f, arg);
}

static const struct fsm_row rows[] = {
    /*  in             on               if                    do                    then           on failure   clause             */
    ROW(PX_END,        PX_RX_REGISTER,  from_phone,           pcscf_register,       PX_FORWARDED,  PX_END,      "TS 24.229 5.2.2.1"),
    ROW(PX_END,        PX_RX_REGISTER,  is_for_registrar,     scscf_register,       PX_END,        PX_END,      "TS 24.229 5.4.1"),
    ROW(PX_END,        PX_RX_REGISTER,  is_entry,             icscf_authorise,      PX_WAIT_UAA,   PX_END,      "TS 24.229 5.3.1.2"),
    ROW(PX_WAIT_UAA,   PX_RX_UAA,       icscf_is_refused,     icscf_refuse,         PX_END,        PX_END,      "TS 24.229 5.3.1.2"),
    ROW(PX_WAIT_UAA,   PX_RX_UAA,       NULL,                 icscf_to_registrar,   PX_FORWARDED,  PX_END,      "TS 24.229 5.3.1.2"),
    ROW(PX_WAIT_UAA,   PX_TMR_CX,       NULL,                 icscf_no_answer,      PX_END,        PX_END,      "TS 24.229 5.3.1.2"),
    ROW(PX_FORWARDED,  PX_TO_S_CSCF,    is_register,          scscf_register,       PX_END,        PX_END,      "TS 24.229 5.4.1"),
    ROW(PX_FORWARDED,  PX_TO_S_CSCF,    is_subscription,      scscf_subscribe,      PX_END,        PX_END,      "TS 24.229 5.4.2.1.1"),
    ROW(PX_FORWARDED,  PX_TMR_RESELECT, NULL,                 icscf_authorise_anew, PX_WAIT_UAA,   PX_END,      "TS 24.229 5.3.1.3"),
    ROW(PX_FORWARDED,  PX_TIMEOUT,      icscf_may_choose_anew, icscf_authorise_anew, PX_WAIT_UAA,  PX_END,      "TS 24.229 5.3.1.3"),
    ROW(PX_END,        PX_RX_INITIAL,   from_phone,           pcscf_originating,    PX_FORWARDED,  PX_END,      "TS 24.229 5.2.6.3"),
    ROW(PX_END,        PX_RX_INITIAL,   to_phone,             pcscf_terminating,    PX_FORWARDED,  PX_END,      "TS 24.229 5.2.6.4"),
    ROW(PX_END,        PX_RX_INITIAL,   is_routed_subscription, scscf_subscribe,      PX_END,        PX_END,      "TS 24.229 5.4.2.1.1"),
    ROW(PX_END,        PX_RX_INITIAL,   scscf_is_returned_late, scscf_refuse_late,  PX_END,        PX_END,      "TS 24.229 5.4.3.2"),
    ROW(PX_END,        PX_RX_INITIAL,   scscf_is_returned,    scscf_take_back,      PX_EVALUATING, PX_END,      "TS 24.229 5.4.3.4"),
    ROW(PX_END,        PX_RX_INITIAL,   is_originating,       scscf_originating,    PX_EVALUATING, PX_END,      "TS 24.229 5.4.3.2"),
    ROW(PX_END,        PX_RX_INITIAL,   is_terminating,       scscf_terminating,    PX_EVALUATING, PX_END,      "TS 24.229 5.4.3.3"),
    ROW(PX_END,        PX_RX_INITIAL,   is_entry,             icscf_query,          PX_WAIT_LIA,   PX_END,      "TS 24.229 5.3.2.1"),
    ROW(PX_FORWARDED,  PX_TO_I_CSCF,    NULL,                 icscf_query,          PX_WAIT_LIA,   PX_END,      "TS 24.229 5.3.2.1"),
    ROW(PX_WAIT_LIA,   PX_RX_LIA,       icscf_is_unknown,     icscf_user_unknown,   PX_END,        PX_END,      "TS 24.229 5.3.2.1"),
    ROW(PX_WAIT_LIA,   PX_RX_LIA,       icscf_is_unregistered, icscf_not_registered, PX_END,       PX_END,      "TS 24.229 5.3.2.1"),
    ROW(PX_WAIT_LIA,   PX_RX_LIA,       NULL,                 icscf_to_scscf,       PX_FORWARDED,  PX_END,      "TS 24.229 5.3.2.1"),
    ROW(PX_WAIT_LIA,   PX_TMR_CX,       NULL,                 icscf_no_answer,      PX_END,        PX_END,      "TS 24.229 5.3.2.1"),
    ROW(PX_WAIT_LIA,   PX_RX_CANCEL,    NULL,                 cancelled,            PX_END,        PX_END,      "RFC 3261 16.10"),
    ROW(PX_FORWARDED,  PX_TO_S_CSCF,    NULL,                 scscf_terminating,    PX_EVALUATING, PX_END,      "TS 24.229 5.4.3.3"),
    ROW(PX_EVALUATING, PX_TAKE_USER,    NULL,                 scscf_ask_for_user,   PX_WAIT_SAA,   PX_END,      "TS 29.228 6.1.2.1"),
    ROW(PX_WAIT_SAA,   PX_RX_SAA,       scscf_got_no_user,    scscf_refuse_user,    PX_END,        PX_END,      "TS 24.229 5.4.3.3"),
    ROW(PX_WAIT_SAA,   PX_RX_SAA,       NULL,                 scscf_serve_called,   PX_EVALUATING, PX_END,      "TS 24.229 5.4.3.3"),
    ROW(PX_WAIT_SAA,   PX_TMR_CX,       NULL,                 icscf_no_answer,      PX_END,        PX_END,      "RFC 6733 5.5.4"),
    ROW(PX_WAIT_SAA,   PX_RX_CANCEL,    NULL,                 cancelled,            PX_END,        PX_END,      "RFC 3261 16.10"),
    ROW(PX_EVALUATING, PX_EVALUATE,     scscf_matches,        scscf_trigger,        PX_AT_AS,      PX_END,      "TS 23.218 6.4, 6.5"),
    ROW(PX_EVALUATING, PX_EVALUATE,     scscf_knows_number,   scscf_use_number,     PX_EVALUATING, PX_END,      "RFC 6116 3"),
    ROW(PX_EVALUATING, PX_EVALUATE,     scscf_calls_number,   scscf_ask_enum,       PX_ASKING_ENUM, PX_END,     "TS 24.229 5.4.3.2"),
    ROW(PX_ASKING_ENUM, PX_RX_ENUM,     scscf_is_listed,      scscf_translate,      PX_EVALUATING, PX_END,      "TS 24.229 5.4.3.2"),
    ROW(PX_ASKING_ENUM, PX_RX_ENUM,     scscf_is_unheard,     icscf_no_answer,      PX_END,        PX_END,      "RFC 3261 21.5.5"),
    ROW(PX_ASKING_ENUM, PX_RX_ENUM,     NULL,                 scscf_no_such_number, PX_END,        PX_END,      "RFC 3261 21.4.5"),
    ROW(PX_ASKING_ENUM, PX_RX_CANCEL,   NULL,                 cancelled,            PX_END,        PX_END,      "RFC 3261 16.10"),
    ROW(PX_EVALUATING, PX_EVALUATE,     scscf_serves_caller,  scscf_route_on,       PX_FORWARDED,  PX_END,      "TS 24.229 5.4.3.2"),
    ROW(PX_EVALUATING, PX_EVALUATE,     NULL,                 scscf_deliver,        PX_FORWARDED,  PX_END,      "TS 24.229 5.4.3.3"),
    ROW(PX_AT_AS,      PX_RX_100,       NULL,                 scscf_as_tries,       PX_AS_TRIES,   PX_END,      "RFC 3261 16.7"),
    ROW(PX_AS_TRIES,   PX_RX_100,       NULL,                 NULL,                 PX_AS_TRIES,   PX_END,      "RFC 3261 16.7"),
    ROW(PX_AT_AS,      PX_RETURNED,     NULL,                 scscf_as_tries,       PX_FORWARDED,  PX_END,      "TS 24.229 5.4.3.4"),
    ROW(PX_AS_TRIES,   PX_RETURNED,     NULL,                 NULL,                 PX_PROCEEDING, PX_END,      "TS 24.229 5.4.3.4"),
    ROW(PX_AT_AS,      PX_RX_1XX,       NULL,                 relay_provisional,    PX_PROCEEDING, PX_END,      "RFC 3261 16.7"),
    ROW(PX_AS_TRIES,   PX_RX_1XX,       NULL,                 relay_provisional,    PX_PROCEEDING, PX_END,      "RFC 3261 16.7"),
    ROW(PX_AT_AS,      PX_RX_FINAL,     scscf_passes_over_failed, scscf_pass_over,  PX_EVALUATING, PX_END,      "TS 24.229 5.4.3.2"),
    ROW(PX_AS_TRIES,   PX_RX_FINAL,     scscf_passes_over_failed, scscf_pass_over,  PX_EVALUATING, PX_END,      "TS 24.229 5.4.3.2"),
    ROW(PX_AT_AS,      PX_RX_FINAL,     NULL,                 relay,                PX_END,        PX_END,      "RFC 3261 16.7"),
    ROW(PX_AS_TRIES,   PX_RX_FINAL,     NULL,                 relay,                PX_END,        PX_END,      "RFC 3261 16.7"),
    ROW(PX_AT_AS,      PX_TMR_ISC,      scscf_passes_over,    scscf_pass_over,      PX_EVALUATING, PX_END,      "TS 24.229 5.4.3.2"),
    ROW(PX_AT_AS,      PX_TMR_ISC,      NULL,                 scscf_end_unanswered, PX_END,        PX_END,      "TS 24.229 5.4.3.2"),
    ROW(PX_AT_AS,      PX_TIMEOUT,      scscf_passes_over,    scscf_pass_over,      PX_EVALUATING, PX_END,      "TS 24.229 5.4.3.2"),
    ROW(PX_AT_AS,      PX_TIMEOUT,      NULL,                 scscf_end_unanswered, PX_END,        PX_END,      "TS 24.229 5.4.3.2"),
    ROW(PX_AT_AS,      PX_RX_CANCEL,    NULL,                 cancel_on,            PX_FORWARDED,  PX_END,      "RFC 3261 16.10"),
    ROW(PX_AS_TRIES,   PX_RX_CANCEL,    NULL,                 cancel_on,            PX_PROCEEDING, PX_END,      "RFC 3261 16.10"),
    ROW(PX_AS_TRIES,   PX_TMR_C,        NULL,                 cancel_on,            PX_PROCEEDING, PX_END,      "RFC 3261 16.8"),
    ROW(PX_FORWARDED,  PX_RESOLVE,      NULL,                 cscf_resolve,         PX_RESOLVING,  PX_END,      "RFC 3263 4"),
    ROW(PX_RESOLVING,  PX_RESOLVED,     cscf_is_unresolved,   cscf_refuse_unresolved, PX_END,      PX_END,      "RFC 3263 4"),
    ROW(PX_RESOLVING,  PX_RESOLVED,     NULL,                 cscf_forward_resolved, PX_FORWARDED, PX_END,      "RFC 3263 4"),
    ROW(PX_RESOLVING,  PX_RX_CANCEL,    NULL,                 cancelled,            PX_END,        PX_END,      "RFC 3261 16.10"),
    ROW(PX_END,        PX_RX_IN_DIALOG, NULL,                 forward_in_dialog,    PX_FORWARDED,  PX_END,      "RFC 3261 16.6"),
    ROW(PX_END,        PX_RX_ACK,       NULL,                 forward_ack,          PX_END,        PX_END,      "RFC 3261 16.6"),

    ROW(PX_FORWARDED,  PX_RX_100,       NULL,                 NULL,                 PX_PROCEEDING, PX_END,      "RFC 3261 16.7"),
    ROW(PX_PROCEEDING, PX_RX_100,       NULL,                 NULL,                 PX_PROCEEDING, PX_END,      "RFC 3261 16.7"),
    ROW(PX_FORWARDED,  PX_RX_1XX,       pcscf_must_ask,       pcscf_hold,           PX_HELD,       PX_END,      "TS 29.213 B.2.1"),
    ROW(PX_PROCEEDING, PX_RX_1XX,       pcscf_must_ask,       pcscf_hold,           PX_HELD,       PX_END,      "TS 29.213 B.2.1"),
    ROW(PX_FORWARDED,  PX_RX_FINAL,     pcscf_must_ask,       pcscf_hold,           PX_HELD,       PX_END,      "TS 29.213 B.2.1"),
    ROW(PX_PROCEEDING, PX_RX_FINAL,     pcscf_must_ask,       pcscf_hold,           PX_HELD,       PX_END,      "TS 29.213 B.2.1"),
    ROW(PX_HELD,       PX_RX_1XX,       NULL,                 pcscf_hold_behind,    PX_HELD,       PX_END,      "TS 29.213 B.2.1"),
    ROW(PX_HELD,       PX_RX_FINAL,     NULL,                 pcscf_hold_behind,    PX_HELD,       PX_END,      "TS 29.213 B.2.1"),
    ROW(PX_HELD,       PX_RX_AAA,       pcscf_invite_refused, pcscf_end_invite,     PX_END,        PX_END,      "TS 24.229 5.2.7"),
    ROW(PX_HELD,       PX_RX_AAA,       pcscf_held_is_final,  pcscf_let_pass,       PX_END,        PX_END,      "TS 29.213 B.2.1"),
    ROW(PX_HELD,       PX_RX_AAA,       NULL,                 pcscf_let_pass,       PX_PROCEEDING, PX_END,      "TS 29.213 B.2.1"),
    ROW(PX_HELD,       PX_RX_CANCEL,    NULL,                 cancel_on,            PX_HELD,       PX_END,      "RFC 3261 16.10"),
    ROW(PX_HELD,       PX_ABORT,        NULL,                 pcscf_end_invite,     PX_END,        PX_END,      "TS 24.229 5.2.8.1"),
    ROW(PX_PROCEEDING, PX_ABORT,        NULL,                 pcscf_end_invite,     PX_END,        PX_END,      "TS 24.229 5.2.8.1"),
    ROW(PX_FORWARDED,  PX_RX_1XX,       NULL,                 relay_provisional,    PX_PROCEEDING, PX_END,      "RFC 3261 16.7"),
    ROW(PX_PROCEEDING, PX_RX_1XX,       NULL,                 relay_provisional,    PX_PROCEEDING, PX_END,      "RFC 3261 16.7"),
    ROW(PX_FORWARDED,  PX_RX_FINAL,     NULL,                 relay,                PX_END,        PX_END,      "RFC 3261 16.7"),
    ROW(PX_PROCEEDING, PX_RX_FINAL,     NULL,                 relay,                PX_END,        PX_END,      "RFC 3261 16.7"),
    ROW(PX_FORWARDED,  PX_RX_CANCEL,    NULL,                 cancel_on,            PX_FORWARDED,  PX_END,      "RFC 3261 16.10"),
    ROW(PX_PROCEEDING, PX_RX_CANCEL,    NULL,                 cancel_on,            PX_PROCEEDING, PX_END,      "RFC 3261 16.10"),
    ROW(PX_FORWARDED,  PX_TIMEOUT,      is_invite,            no_answer,            PX_END,        PX_END,      "RFC 3261 16.8"),
    ROW(PX_FORWARDED,  PX_TIMEOUT,      NULL,                 stay_silent,          PX_END,        PX_END,      "RFC 4320 4.2"),
    ROW(PX_PROCEEDING, PX_TIMEOUT,      NULL,                 no_answer,            PX_END,        PX_END,      "RFC 3261 16.8"),
    ROW(PX_FORWARDED,  PX_TMR_C,        NULL,                 no_answer,            PX_END,        PX_END,      "RFC 3261 16.8"),
    ROW(PX_PROCEEDING, PX_TMR_C,        NULL,                 cancel_on,            PX_PROCEEDING, PX_END,      "RFC 3261 16.8"),
};
static const struct fsm_timer timers[] = {
    [PX_T_C] = {"timer C", PX_TMR_C, 0, FSM_IN(PX_FORWARDED) | FSM_IN(PX_PROCEEDING) | FSM_IN(PX_AS_TRIES)},
    [PX_T_CX] = {"Tx", PX_TMR_CX, 1, FSM_IN(PX_WAIT_LIA) | FSM_IN(PX_WAIT_UAA) | FSM_IN(PX_WAIT_SAA)},
    [PX_T_ISC] = {"isc.response", PX_TMR_ISC, 1, FSM_IN(PX_AT_AS)},
    [PX_T_RESELECT] = {"ims.reselect", PX_TMR_RESELECT, 1, FSM_IN(PX_FORWARDED)},
};

static void ended(struct fsm *f)
{
    struct pending *p = pending_of(f);
    struct cscf_world *w = p->cscf->world;
    if (p->call)
        pcscf_rx_ended(p);
    if (p->work)
        msg_unref(w->sip->net, &p->work->m);
    if (p->spare)
        msg_unref(w->sip->net, &p->spare->m);
    if (p->waits_at)
        cscf_stop_waiting(p);
    p->id = 0;
    slab_free(&w->pending, p);
}

struct fsm_def cscf_def = {
    .name = "cscf",
    .title = "A request on its way through a CSCF (RFC 3261 16; TS 24.229 5.2, 5.3, 5.4)",
    .state_names = states, .nstates = PX_STATES, .event_names = events, .nevents = PX_EVENTS,
    .rows = rows, .nrows = G_N_ELEMENTS(rows), .timers = timers, .ntimers = G_N_ELEMENTS(timers),
    .policy = FSM_IGNORE, .ended = ended,
};

/* ---- events from the transaction layer and from Cx --------------------------------------------------- */

struct pending *cscf_find(const struct cscf_world *w, uint64_t id)
{
    if (!slab_in_use(&w->pending, sip_token_index(id)))
        return NULL;
    struct pending *p = slab_at(&w->pending, sip_token_index(id));
    return p->id == id ? p : NULL;
}

/* A request within a dialog of this CSCF itself: a subscription to a registration. */
static bool own_request(struct cscf *c, uint64_t st, struct sip_msg *m)
{
    if (!m->to_tag || m->ruri.kind != SIP_URI_HOST || m->ruri.id != c->cfg.host || next_hop(c->world->sip, m, c->node) != c->node)
        return false;
    if (m->method == SIP_SUBSCRIBE) {
        scscf_resubscribe(c, st, m);
        return true;
    }
    struct pcscf_user *u = m->method == SIP_NOTIFY ? pcscf_user_by_id(c->world, m->to_tag) : NULL;
    if (u)
        sip_sub_notify(&u->sub, st, m);
    else
        sip_send_status(c->world->sip, st, 481);
    return true;
}

static void request(struct node *n, uint64_t st, struct sip_msg *m, struct node *from, uint16_t iface)
{
    struct cscf *c = cscf_of(n);
    struct cscf_world *w = c->world;
    (void)iface;
    if (own_request(c, st, m))
        return;
    uint32_t index;
    struct pending *p = slab_alloc(&w->pending, &index);
    fsm_start(&p->fsm, &cscf_def, n);
    p->cscf = c;
    p->id = sip_token(w->sip, index);
    p->st = st;
    p->ct = 0;
    p->call = 0;
    p->agreement = false;
    p->out_node = NULL;
    p->spare = NULL;
    p->profile = NULL;
    p->criterion = 0;
    p->waits_at = NULL;
    p->from = from;
    p->initial = m->to_tag == 0;
    p->invite = m->method == SIP_INVITE;
    p->work = sip_copy(w->sip, m);
    sip_st_set_user(w->sip, st, p->id);
    if (m->method == SIP_INVITE)
        sip_send_status(w->sip, st, 100);
    fsm_event(&p->fsm, m->method == SIP_ACK ? PX_RX_ACK : m->method == SIP_REGISTER ? PX_RX_REGISTER : p->initial ? PX_RX_INITIAL : PX_RX_IN_DIALOG, p->work);
}

/* A response to a request of this CSCF's own, or none (m NULL). */
static void own_response(struct cscf *c, uint64_t ct, uint64_t user, enum sip_method method, const struct sip_msg *m)
{
    struct pcscf_user *p = method == SIP_SUBSCRIBE ? pcscf_user_by_id(c->world, user) : NULL;
    struct scscf_user *s = method == SIP_NOTIFY ? scscf_user_by_id(c->world, user) : NULL;
    if (p)
        sip_sub_response(&p->sub, m);
    if (s && (!m || m->status >= 300))
        scscf_notify_failed(s, ct, m);
}

static void response(struct node *n, uint64_t ct, uint64_t user, struct sip_msg *m)
{
    struct cscf *c = cscf_of(n);
    struct pending *p = cscf_find(c->world, user);
    if (!p)
        own_response(c, ct, user, (enum sip_method)m->method, m);
    if (p && m->method != SIP_CANCEL && ct != p->ct)
        return; /* an I-CSCF has given that S-CSCF up */
    if (p && m->method != SIP_CANCEL) {
        fsm_event(&p->fsm, m->status == 100 ? PX_RX_100 : m->status < 200 ? PX_RX_1XX : PX_RX_FINAL, m);
        return;
    }
    if (m->method != SIP_INVITE || m->status / 100 != 2)
        return;
    /* A repeated 2xx after its context is gone is passed back as it comes (RFC 3261 16.7). */
    struct sip_msg *again = back(c, NULL, m);
    if (again) {
        struct node *to = net_node(c->world->sip->net, again->via->node);
        sip_seal(c->world->sip, again);
        node_send(n, to, cscf_iface_to(to), &again->m);
    }
}

static void timeout(struct node *n, uint64_t ct, uint64_t user, enum sip_method method)
{
    struct pending *p = cscf_find(cscf_of(n)->world, user);
    if (!p)
        own_response(cscf_of(n), ct, user, method, NULL);
    else if (method != SIP_CANCEL && ct == p->ct)
        fsm_event(&p->fsm, PX_TIMEOUT, NULL);
}

static void cancel(struct node *n, uint64_t st, uint64_t user, struct sip_msg *m)
{
    struct pending *p = cscf_find(cscf_of(n)->world, user);
    (void)st;
    if (p)
        fsm_event(&p->fsm, PX_RX_CANCEL, m);
}

static const struct sip_tu_ops tu = {.request = request, .response = response, .timeout = timeout, .cancel = cancel};

static void rx(struct node *n, struct msg *m, struct node *from, uint16_t iface)
{
    struct cscf_world *w = cscf_of(n)->world;
    if (m->proto == w->sip->proto) {
        sip_rx(w->sip, n, (struct sip_msg *)(void *)m, from, iface);
        return;
    }
    if (dns_client_rx(w->dns, m))
        return;
    const struct dia_msg *d = (const struct dia_msg *)m;
    if (d->application == DIA_RX) {
        pcscf_rx_message(n, d, from);
        return;
    }
    if (m->type != DIA_LIA && m->type != DIA_UAA) {
        scscf_cx_rx(cscf_of(n), d, from);
        return;
    }
    struct pending *p = cscf_find(w, d->session);
    if (p)
        fsm_event(&p->fsm, m->type == DIA_LIA ? PX_RX_LIA : PX_RX_UAA, m);
}

/* The station is full: a request is answered without a transaction (RFC 3261 21.5.4), the rest is lost. */
static void refuse(struct node *n, struct msg *base, struct node *from, uint16_t iface)
{
    struct sip_stack *sip = cscf_of(n)->world->sip;
    const struct sip_msg *m = (const struct sip_msg *)(const void *)base;
    if (base->proto != sip->proto || m->status || m->method == SIP_ACK)
        return;
    struct sip_msg *r = sip_response(sip, m, 503);
    if (!r->to_tag)
        r->to_tag = sip_token(sip, 0);
    sip_seal(sip, r);
    node_send(n, from, iface, &r->m);
}

/* ---- making CSCFs ------------------------------------------------------------------------------------- */

struct cscf_world *cscf_world_new(struct sip_stack *sip, struct dia_stack *dia, struct dns_clients *dns)
{
    struct cscf_world *w = g_new0(struct cscf_world, 1);
    fsm_init(&cscf_def);
    fsm_init(&pcscf_reg_def);
    fsm_init(&scscf_auth_def);
    fsm_init(&scscf_reg_def);
    fsm_init(&sip_sub_def);
    w->sip = sip;
    w->dia = dia;
    w->dns = dns;
    cscf_dns_init(w);
    slab_init(&w->pending, sizeof(struct pending));
    cscf_reg_init(w);
    w->all = g_ptr_array_new_with_free_func(g_free);
    return w;
}

void cscf_world_free(struct cscf_world *w)
{
    pcscf_policy_free(w);
    slab_clear(&w->pending);
    cscf_reg_clear(w);
    cscf_dns_clear(w);
    g_ptr_array_free(w->all, TRUE);
    g_free(w);
}

void cscf_new(struct cscf_world *w, struct node *n, const struct cscf_cfg *cfg)
{
    struct cscf *c = g_new0(struct cscf, 1);
    c->world = w;
    c->node = n;
    c->cfg = *cfg;
    if (cfg->pcrf && !w->policy)
        w->policy = pcscf_policy_new();
    c->core = (struct sip_uri){.kind = SIP_URI_HOST, .flags = SIP_LR, .id = cfg->host};
    c->gm = c->core;
    c->gm.port = cfg->gm_port;
    if (cfg->gm_sigcomp)
        c->gm.flags |= SIP_SIGCOMP;
    c->endpoint.tu = &tu;
    c->endpoint.address[0] = c->core;
    c->endpoint.address[1] = c->gm;
    c->endpoint.address[0].flags = 0; /* Via has no lr */
    c->endpoint.address[1].flags &= SIP_SIGCOMP;
    n->self = c;
    n->ops = &c->endpoint;
    n->rx = rx;
    n->refuse = refuse;
    g_ptr_array_add(w->all, c);
}

struct sip_uri cscf_uri(const struct node *n, bool towards_phone)
{
    const struct cscf *c = cscf_of(n);
    return towards_phone ? c->gm : c->core;
}

size_t cscf_pending(const struct cscf_world *w)
{
    return slab_count(&w->pending);
}
