/* pcscf_rx.c - the P-CSCF asks the PCRF for the media of a call (TS 29.213 B.2.1, TS 29.214 4.4, TS 24.229 5.2).
 *
 *   <- 183, 180 or 200 with an answer | AAR -> | <- AAA | the response is passed back at once: the bearer comes
 *      (or does not) beside it
 *   <- 200 (INVITE), with the gates still shut by the operator's wish (no early media) | AAR -> | <- AAA | passed back
 *   <- answer with other media, bandwidth, codec or direction | AAR -> | <- AAA | passed back
 *   BYE passed on; INVITE refused or cancelled | STR -> | <- STA
 *   <- ASR | ASA ->, the call is ended: before the answer 503 and CANCEL, after it BYE both ways | STR ->
 *      CANCEL and BYE say why: Reason: SIP;cause=503 (RFC 3326)
 *   <- RAR | RAA ->; if it says that nothing is left (Abort-Cause), the call is ended likewise
 *
 * Refused by the PCRF: 5063 (service not allowed) gives 403, 5061 and 5062 (media it does not accept) 488,
 * anything else and no AAA at all 503. An INVITE gets this status, and its other side CANCEL, or ACK and
 * BYE. A later exchange has been agreed already: its answer is passed on, and then the call is ended.
 * (Statuses and clauses of rows are from memory.)
 *
 * SIMPLIFIED: an offer in a response, whose answer is in PRACK or ACK, is not followed; no preliminary
 * information is sent with the INVITE; loss of one medium of several leaves the call as it is; after a refused
 * INVITE a 200 that crosses the CANCEL is passed back and nobody takes it. */
#include "models/cscf/pcscf_rx.h"

#include "models/proto/sip/sip_dialog.h"
#include "sim/cause.h"

#define MAX_HELD 4 /* responses to one request */

/* One leg of a call: between this P-CSCF and its phone. */
struct pcscf_call {
    struct fsm fsm; /* first member */
    struct cscf *cscf;
    uint64_t id;    /* token, and the Session-Id */
    uint64_t key;   /* of Call-ID and phone      */
    struct node *phone;
    sim_flow flow;
    uint32_t ip;        /* of the phone                          */
    uint32_t pcrf_host; /* of the PCRF that answered, + 1        */
    uint64_t invite;    /* the INVITE on its way, or gone        */
    uint64_t waiting;   /* the request whose responses are held  */
    struct sip_msg *held[MAX_HELD];
    uint32_t held_cause;
    uint8_t n_held;
    bool originating;   /* the phone is the caller               */
    bool confirmed;     /* the 200 (INVITE) has been passed back */
    bool session;       /* the PCRF has granted something        */
    bool offer_from_phone;
    struct sdp *offer;  /* the last one seen, or NULL            */
    struct ie_media_list asked, allowed, agreed; /* agreed: as SDP has it, whether or not gates are still shut */
    /* the dialog: [0] the caller, [1] the called side */
    struct sip_uri party[2], contact[2];
    uint64_t call_id, tag[2];
    uint32_t cseq[2];
    uint32_t invite_cseq;
    struct sip_hop *record_route; /* of the 200 (INVITE), as received */
};

struct pcscf_policy {
    struct slab calls;
    struct idmap by_key; /* -> slab index */
};

enum { RC_END, RC_OPEN, RC_WAIT_AAA, RC_ALLOWED, RC_WAIT_STA, RC_STATES };
static const char *const states[] = {"end", "open", "wait AAA", "allowed", "wait STA"};
enum { RC_INVITE, RC_ASK, RC_RX_AAA, RC_RX_RAR, RC_RX_ASR, RC_CLOSE, RC_RX_STA, RC_TMR_TX, RC_EVENTS };
static const char *const events[] = {"INVITE passed on", "new media", "AAA", "RAR", "ASR", "call ends", "STA", "timer Tx"};
enum { T_TX };

static struct pcscf_call *call_of(const struct fsm *f)
{
    return (struct pcscf_call *)(void *)f;
}

static struct pcscf_call *find(const struct cscf_world *w, uint64_t id)
{
    uint32_t i = sip_token_index(id);
    if (!w->policy || !slab_in_use(&w->policy->calls, i))
        return NULL;
    struct pcscf_call *c = slab_at(&w->policy->calls, i);
    return c->id == id ? c : NULL;
}

/* ---- Diameter ---------------------------------------------------------------------------------------- */

static void send(struct cscf *s, struct node *to, struct dia_msg *m)
{
    m->origin = s->cfg.host;
    m->realm = s->cfg.domain;
    dia_seal(s->world->dia, m);
    node_send(s->node, to, IFACE_RX, &m->m);
}

static void send_request(struct pcscf_call *c, struct dia_msg *m)
{
    m->session = c->id;
    m->to_host = c->pcrf_host;
    m->to_realm = c->cscf->cfg.pcrf_domain;
    fsm_timer_start(&c->fsm, T_TX, c->cscf->world->sip->timer[TIMER_DIAMETER_TX]);
    send(c->cscf, c->cscf->cfg.pcrf, m);
}

static void answer(struct pcscf_call *c, const struct dia_msg *request)
{
    enum dia_type type = request->m.type == DIA_ASR ? DIA_ASA : DIA_RX_RAA;
    send(c->cscf, c->cscf->cfg.pcrf, dia_answer(c->cscf->world->dia, type, request, DIA_SUCCESS));
}

static bool send_aar(struct fsm *f, const void *arg)
{
    struct pcscf_call *c = call_of(f);
    struct dia_msg *m = dia_new(c->cscf->world->dia, DIA_AAR);
    struct dia_AAR *b = dia_body(m, AAR);
    c->asked = *(const struct ie_media_list *)arg;
    IE_PUT(b, address) = c->ip;
    IE_PUT(b, application) = "urn:urn-7:3gpp-service.ims.icsi.mmtel";
    IE_PUT(b, media) = c->asked;
    IE_PUT(b, status) = SERVICE_INFO_FINAL;
    if (c->cscf->cfg.rx_actions && !c->session)
        IE_PUT(b, actions) = c->cscf->cfg.rx_actions;
    IE_PUT(b, type) = c->session ? RX_UPDATE : RX_INITIAL;
    if (!c->session)
        node_mark_about(f->node, MARK_BEARER_ASKED, c->phone, 0);
    send_request(c, m);
    return true;
}

/* ---- requests of the P-CSCF in the dialog (TS 24.229 5.2.8.1.2) --------------------------------------- */

/* The route set away from the phone: what is recorded beyond this box. */
static struct sip_hop *routes(const struct pcscf_call *c)
{
    struct sip_stack *sip = c->cscf->world->sip;
    struct sip_hop *h = c->record_route, *set = NULL;
    if (!c->originating) { /* the entries behind ours, as they stand */
        while (h && sip_uri_node(sip, h->uri) == c->fsm.node)
            h = h->next;
        return sip_hop_ref(h);
    }
    for (; h; h = h->next) /* those in front of ours, the other way round */
        if (sip_uri_node(sip, h->uri) != c->fsm.node)
            set = sip_hop_new(sip, h->uri, set);
    return set;
}

/* BYE, or ACK for the 200, as if the other side had sent it; to the called side (1) or the caller (0). BYE says why
 * (RFC 3326). */
static void send_in_dialog(struct pcscf_call *c, enum sip_method method, unsigned to, uint16_t cause)
{
    struct sip_stack *sip = c->cscf->world->sip;
    struct sip_msg *m = sip_request(sip, method);
    m->ruri = c->contact[to];
    m->from = c->party[!to];
    m->from_tag = c->tag[!to];
    m->to = c->party[to];
    m->to_tag = c->tag[to];
    m->call_id = c->call_id;
    m->cseq = method == SIP_ACK ? c->invite_cseq : ++c->cseq[!to];
    sip_set_cause(sip, m, cause);
    bool to_phone = (to == 0) == c->originating;
    if (!to_phone)
        m->route = routes(c);
    struct node *next = to_phone ? c->phone : sip_uri_node(sip, m->route ? m->route->uri : m->ruri);
    if (!next)
        msg_unref(sip->net, &m->m);
    else if (method == SIP_ACK)
        sip_send_ack(sip, c->fsm.node, next, to_phone ? IFACE_GM : IFACE_MW, m);
    else
        sip_send_request(sip, c->fsm.node, next, to_phone ? IFACE_GM : IFACE_MW, m, 0);
}

static void confirm_dialog(struct pcscf_call *c, const struct sip_msg *ok)
{
    struct sip_stack *sip = c->cscf->world->sip;
    c->tag[1] = ok->to_tag;
    c->contact[1] = ok->contact;
    sip_hop_unref(sip, c->record_route);
    c->record_route = sip_hop_ref(ok->record_route);
}

/* ---- responses that wait ------------------------------------------------------------------------------ */

static void drop_held(struct pcscf_call *c)
{
    for (unsigned i = 0; i < c->n_held; i++)
        msg_unref(c->cscf->world->sip->net, &c->held[i]->m);
    c->n_held = 0;
}

/* The PCRF has decided: 0, or the status to refuse with. */
static void resume(struct pcscf_call *c, uint16_t status)
{
    struct pending *p = cscf_find(c->cscf->world, c->waiting);
    if (p)
        fsm_event(&p->fsm, PX_RX_AAA, &status);
}

/* The network ends the call. Whoever frees the INVITE's context closes the session (pcscf_rx_ended). */
static void end_call(struct pcscf_call *c, uint16_t status)
{
    struct pending *p = cscf_find(c->cscf->world, c->invite);
    if (p) {
        fsm_event(&p->fsm, PX_ABORT, &status);
    } else if (c->confirmed) {
        send_in_dialog(c, SIP_BYE, 0, status);
        send_in_dialog(c, SIP_BYE, 1, status);
        fsm_event(&c->fsm, RC_CLOSE, NULL);
    }
}

/* ---- the machine -------------------------------------------------------------------------------------- */

static bool is_granted(const struct fsm *f, const void *arg)
{
    (void)f;
    return ((const struct dia_msg *)arg)->result == DIA_SUCCESS;
}

static bool has_session(const struct fsm *f, const void *arg)
{
    (void)arg;
    return call_of(f)->session;
}

static bool nothing_left(const struct fsm *f, const void *arg)
{
    const struct dia_RX_RAR *b = dia_body((const struct dia_msg *)arg, RX_RAR);
    (void)f;
    return IE_HAS(b, cause);
}

static bool granted(struct fsm *f, const void *arg)
{
    struct pcscf_call *c = call_of(f);
    c->pcrf_host = ((const struct dia_msg *)arg)->origin + 1;
    c->session = true;
    c->allowed = c->asked;
    resume(c, 0);
    return true;
}

static uint16_t status_for(uint32_t result)
{
    switch (result) {
    case DIA_RX_NOT_AUTHORIZED:
        return 403;
    case DIA_RX_INVALID_SERVICE:
    case DIA_RX_FILTER_RESTRICTIONS:
        return 488;
    }
    return 503;
}

static void refuse(struct pcscf_call *c, uint16_t status)
{
    resume(c, status);
    end_call(c, status);
}

static bool refused(struct fsm *f, const void *arg)
{
    if (!call_of(f)->session)
        node_mark_about(f->node, MARK_BEARER_LOST, call_of(f)->phone, 0);
    refuse(call_of(f), status_for(((const struct dia_msg *)arg)->result));
    return true;
}

/* The PCRF may have taken the AAR: the session counts as begun, and will be ended. */
static bool no_aaa(struct fsm *f, const void *arg)
{
    (void)arg;
    if (!call_of(f)->session)
        node_mark_about(f->node, MARK_BEARER_LOST, call_of(f)->phone, 0);
    call_of(f)->session = true;
    refuse(call_of(f), 503);
    return true;
}

static bool take_note(struct fsm *f, const void *arg)
{
    answer(call_of(f), arg);
    return true;
}

static bool resources_gone(struct fsm *f, const void *arg)
{
    answer(call_of(f), arg);
    end_call(call_of(f), 503);
    return true;
}

/* A response still held is let go: whoever ended the call has seen to its request. */
static bool end_session(struct fsm *f, const void *arg)
{
    struct pcscf_call *c = call_of(f);
    struct dia_msg *m = dia_new(c->cscf->world->dia, DIA_STR);
    (void)arg;
    dia_body(m, STR)->cause = TERMINATION_LOGOUT;
    node_mark_about(f->node, MARK_BEARER_ENDED, c->phone, 0);
    send_request(c, m);
    resume(c, 0);
    return true;
}

static const struct fsm_row rows[] = {
    /*  in           on         if            do              then         on failure  clause                 */
    ROW(RC_END,      RC_INVITE, NULL,         NULL,           RC_OPEN,     RC_END,     "TS 24.229 5.2.7"),
    ROW(RC_OPEN,     RC_ASK,    NULL,         send_aar,       RC_WAIT_AAA, RC_END,     "TS 29.213 B.2.1"),
    ROW(RC_WAIT_AAA, RC_RX_AAA, is_granted,   granted,        RC_ALLOWED,  RC_END,     "TS 29.213 B.2.1"),
    ROW(RC_WAIT_AAA, RC_RX_AAA, has_session,  refused,        RC_ALLOWED,  RC_END,     "TS 29.214 4.4.2"),
    ROW(RC_WAIT_AAA, RC_RX_AAA, NULL,         refused,        RC_OPEN,     RC_END,     "TS 29.214 4.4.1"),
    ROW(RC_WAIT_AAA, RC_TMR_TX, NULL,         no_aaa,         RC_ALLOWED,  RC_END,     "RFC 6733 5.5.4"),
    ROW(RC_ALLOWED,  RC_ASK,    NULL,         send_aar,       RC_WAIT_AAA, RC_END,     "TS 29.214 4.4.2"),
    ROW(RC_ALLOWED,  RC_RX_RAR, nothing_left, resources_gone, RC_ALLOWED,  RC_END,     "TS 24.229 5.2.8.1"),
    ROW(RC_ALLOWED,  RC_RX_RAR, NULL,         take_note,      RC_ALLOWED,  RC_END,     "TS 29.214 4.4.6.5"),
    ROW(RC_WAIT_AAA, RC_RX_RAR, nothing_left, resources_gone, RC_WAIT_AAA, RC_END,     "TS 24.229 5.2.8.1"),
    ROW(RC_WAIT_AAA, RC_RX_RAR, NULL,         take_note,      RC_WAIT_AAA, RC_END,     "TS 29.214 4.4.6.5"),
    ROW(RC_ALLOWED,  RC_RX_ASR, NULL,         resources_gone, RC_ALLOWED,  RC_END,     "TS 24.229 5.2.8.1"),
    ROW(RC_WAIT_AAA, RC_RX_ASR, NULL,         resources_gone, RC_WAIT_AAA, RC_END,     "TS 24.229 5.2.8.1"),
    ROW(RC_OPEN,     RC_CLOSE,  NULL,         NULL,           RC_END,      RC_END,     "TS 24.229 5.2.8"),
    ROW(RC_ALLOWED,  RC_CLOSE,  NULL,         end_session,    RC_WAIT_STA, RC_END,     "TS 29.214 4.4.4"),
    ROW(RC_WAIT_AAA, RC_CLOSE,  NULL,         end_session,    RC_WAIT_STA, RC_END,     "TS 29.214 4.4.4"),
    ROW(RC_WAIT_STA, RC_RX_ASR, NULL,         take_note,      RC_WAIT_STA, RC_END,     "TS 29.214 4.4.6.1"),
    ROW(RC_WAIT_STA, RC_RX_RAR, NULL,         take_note,      RC_WAIT_STA, RC_END,     "TS 29.214 4.4.6.5"),
    ROW(RC_WAIT_STA, RC_RX_AAA, NULL,         NULL,           RC_WAIT_STA, RC_END,     "TS 29.214 4.4.4"),
    ROW(RC_WAIT_STA, RC_RX_STA, NULL,         NULL,           RC_END,      RC_END,     "TS 29.214 4.4.4"),
    ROW(RC_WAIT_STA, RC_TMR_TX, NULL,         NULL,           RC_END,      RC_END,     "RFC 6733 5.5.4"),
};
static const struct fsm_timer timers[] = {
    [T_TX] = {"Tx", RC_TMR_TX, 0, FSM_IN(RC_WAIT_AAA) | FSM_IN(RC_WAIT_STA)},
};

static void ended(struct fsm *f)
{
    struct pcscf_call *c = call_of(f);
    struct cscf_world *w = c->cscf->world;
    drop_held(c);
    sdp_unref(&w->sip->sdps, c->offer);
    sip_hop_unref(w->sip, c->record_route);
    idmap_del(&w->policy->by_key, c->key);
    c->id = 0;
    slab_free(&w->policy->calls, c);
}

struct fsm_def pcscf_rx_def = {
    .name = "pcscf-rx",
    .title = "Media of a call at the P-CSCF (TS 29.213 B.2, TS 29.214 4.4)",
    .state_names = states, .nstates = RC_STATES, .event_names = events, .nevents = RC_EVENTS,
    .rows = rows, .nrows = G_N_ELEMENTS(rows), .timers = timers, .ntimers = G_N_ELEMENTS(timers),
    .policy = FSM_IGNORE, .ended = ended,
};

void pcscf_rx_message(struct node *n, const struct dia_msg *m, struct node *from)
{
    struct cscf *s = cscf_of(n);
    struct pcscf_call *c = find(s->world, m->session);
    if (c)
        n->sim->flow = c->flow; /* what becomes of the call belongs to it, whoever caused it */
    if (c && m->m.type == DIA_AAA)
        fsm_event(&c->fsm, RC_RX_AAA, m);
    else if (c && m->m.type == DIA_STA)
        fsm_event(&c->fsm, RC_RX_STA, m);
    else if (c && (m->m.type == DIA_ASR || m->m.type == DIA_RX_RAR))
        fsm_event(&c->fsm, m->m.type == DIA_ASR ? RC_RX_ASR : RC_RX_RAR, m);
    else if (dia_is_request(m->m.type)) {
        enum dia_type type = m->m.type == DIA_ASR ? DIA_ASA : DIA_RX_RAA;
        struct dia_msg *no = dia_answer(s->world->dia, type, m, DIA_UNKNOWN_SESSION_ID);
        no->result_kind = DIA_RESULT_BASE;
        send(s, from, no);
    }
}

/* ---- calls -------------------------------------------------------------------------------------------- */

/* Both legs of a call may run over one P-CSCF: the phone is part of the key. A hash, compared in find_leg(). */
static uint64_t key_of(uint64_t call_id, const struct node *phone)
{
    uint64_t key = call_id ^ (phone->id + UINT64_C(1)) * UINT64_C(0x9e3779b97f4a7c15);
    return key ? key : 1;
}

static struct pcscf_call *find_leg(const struct cscf_world *w, uint64_t call_id, const struct node *phone)
{
    uint32_t i = idmap_get(&w->policy->by_key, key_of(call_id, phone));
    struct pcscf_call *c = i ? slab_at(&w->policy->calls, i) : NULL;
    return c && c->call_id == call_id && c->phone == phone ? c : NULL;
}

static struct pcscf_call *new_leg(struct pending *p, const struct sip_msg *m, struct node *phone)
{
    struct cscf_world *w = p->cscf->world;
    uint32_t index;
    struct pcscf_call *c = slab_alloc0(&w->policy->calls, &index);
    fsm_start(&c->fsm, &pcscf_rx_def, p->fsm.node);
    c->cscf = p->cscf;
    c->id = sip_token(w->sip, index);
    c->key = key_of(m->call_id, phone);
    c->phone = phone;
    c->flow = w->sip->sim->flow;
    c->originating = phone == p->from;
    const struct sip_uri *own = c->originating ? &m->contact : &m->ruri;
    if (own->kind == SIP_URI_CONTACT)
        c->ip = sdp_ipv4(sip_party(w->sip, own->id)->address);
    c->invite = p->id;
    c->call_id = m->call_id;
    c->party[0] = m->from;
    c->party[1] = m->to;
    c->contact[0] = m->contact;
    c->tag[0] = m->from_tag;
    c->invite_cseq = m->cseq;
    idmap_put(&w->policy->by_key, c->key, index);
    fsm_event(&c->fsm, RC_INVITE, m);
    return c;
}

static void note_offer(struct pcscf_call *c, struct sdp *offer, bool from_phone)
{
    sdp_unref(&c->cscf->world->sip->sdps, c->offer);
    c->offer = sdp_ref(offer);
    c->offer_from_phone = from_phone;
}

void pcscf_rx_request(struct pending *p, const struct sip_msg *m, struct node *to)
{
    struct cscf_world *w = p->cscf->world;
    bool from_phone = p->from->kinds & KIND_UE;
    struct node *phone = from_phone ? p->from : to->kinds & KIND_UE ? to : NULL;
    struct pcscf_call *c = phone ? find_leg(w, m->call_id, phone) : NULL;
    if (phone && !c && p->initial && p->invite)
        c = new_leg(p, m, phone);
    if (!c)
        return;
    p->call = c->id;
    uint32_t *cseq = &c->cseq[from_phone != c->originating];
    *cseq = MAX(*cseq, m->cseq);
    if (m->sdp && m->sdp->oa == SDP_OA_OFFER)
        note_offer(c, m->sdp, from_phone);
    if (m->method == SIP_BYE)
        fsm_event(&c->fsm, RC_CLOSE, NULL);
}

static bool is_answer(const struct pcscf_call *c, const struct sip_msg *m)
{
    return m->status < 300 && m->sdp && m->sdp->oa == SDP_OA_ANSWER && c->offer && c->offer->oa_index == m->sdp->oa_index;
}

/* What the phones agreed on last; false: nothing yet. */
static bool agreed(const struct pcscf_call *c, const struct sip_msg *m, struct ie_media_list *list)
{
    const struct sdp *phone = c->offer_from_phone ? c->offer : m->sdp;
    if (is_answer(c, m))
        pcscf_media(list, phone, phone == m->sdp ? c->offer : m->sdp, m->sdp, c->session);
    else
        *list = c->agreed;
    return list->n;
}

void pcscf_rx_relayed(struct pending *p, const struct sip_msg *m)
{
    struct pcscf_call *c = find(p->cscf->world, p->call);
    if (c && is_answer(c, m))
        agreed(c, m, &c->agreed);
    if (!c || p->id != c->invite || m->status / 100 != 2)
        return;
    confirm_dialog(c, m);
    c->confirmed = true;
}

void pcscf_rx_ended(struct pending *p)
{
    struct pcscf_call *c = find(p->cscf->world, p->call);
    if (!c)
        return;
    if (p->id == c->waiting) {
        c->waiting = 0;
        drop_held(c);
    }
    if (p->id == c->invite && !c->confirmed)
        fsm_event(&c->fsm, RC_CLOSE, NULL);
}

/* ---- rows of cscf.c ----------------------------------------------------------------------------------- */

/* As the operator wants it. */
static void shut_gates(const struct pcscf_call *c, const struct pending *p, const struct sip_msg *m, struct ie_media_list *list)
{
    if (!c->cscf->cfg.no_early_media || c->confirmed || (p->id == c->invite && m->status / 100 == 2))
        return;
    for (unsigned i = 0; i < list->n; i++)
        if (list->item[i].flow_status != FLOW_REMOVED)
            list->item[i].flow_status = FLOW_DISABLED;
}

bool pcscf_must_ask(const struct fsm *f, const void *arg)
{
    const struct pending *p = const_pending_of(f);
    const struct sip_msg *m = arg;
    const struct pcscf_call *c = p->call ? find(p->cscf->world, p->call) : NULL;
    struct ie_media_list list;
    bool opens = c && c->cscf->cfg.no_early_media && !c->confirmed && p->id == c->invite && m->status / 100 == 2;
    if (!c || (c->fsm.state != RC_OPEN && c->fsm.state != RC_ALLOWED) || !(opens || is_answer(c, m)) || !agreed(c, m, &list))
        return false;
    shut_gates(c, p, m, &list);
    return !pcscf_media_equal(&list, &c->allowed);
}

bool pcscf_hold(struct fsm *f, const void *arg)
{
    struct pending *p = pending_of(f);
    const struct sip_msg *m = arg;
    struct pcscf_call *c = find(p->cscf->world, p->call);
    struct ie_media_list list;
    c->waiting = p->id;
    c->held_cause = f->node->sim->cause;
    c->held[0] = msg_ref((void *)arg);
    c->n_held = 1;
    agreed(c, m, &list);
    shut_gates(c, p, m, &list);
    fsm_event(&c->fsm, RC_ASK, &list);
    return true;
}

bool pcscf_hold_behind(struct fsm *f, const void *arg)
{
    struct pending *p = pending_of(f);
    const struct sip_msg *m = arg;
    struct pcscf_call *c = find(p->cscf->world, p->call);
    for (unsigned i = 0; i < c->n_held; i++)
        if (c->held[i]->status == m->status && c->held[i]->rseq == m->rseq)
            return true; /* the same again */
    if (c->n_held < MAX_HELD)
        c->held[c->n_held++] = msg_ref((void *)arg);
    return true;
}

bool pcscf_invite_refused(const struct fsm *f, const void *arg)
{
    return *(const uint16_t *)arg && const_pending_of(f)->initial && const_pending_of(f)->invite;
}

bool pcscf_held_is_final(const struct fsm *f, const void *arg)
{
    const struct pending *p = const_pending_of(f);
    const struct pcscf_call *c = find(p->cscf->world, p->call);
    (void)arg;
    return c->held[0]->status >= 200;
}

/* The first was asked for; those behind it are looked at as if they came now. */
bool pcscf_let_pass(struct fsm *f, const void *arg)
{
    struct pending *p = pending_of(f);
    struct cscf_world *w = p->cscf->world;
    struct pcscf_call *c = find(w, p->call);
    struct sip_msg *held[MAX_HELD];
    unsigned n = c->n_held;
    (void)arg;
    for (unsigned i = 0; i < n; i++)
        held[i] = c->held[i];
    c->n_held = 0;
    c->waiting = 0;
    cause_held(f->node->sim, c->held_cause);
    for (unsigned i = 0; i < n; i++) {
        if (i == 0)
            cscf_relay(p, held[i]);
        else
            fsm_event(f, held[i]->status < 200 ? PX_RX_1XX : PX_RX_FINAL, held[i]);
        msg_unref(w->sip->net, &held[i]->m);
    }
    return true;
}

bool pcscf_end_invite(struct fsm *f, const void *arg)
{
    struct pending *p = pending_of(f);
    struct sip_stack *sip = p->cscf->world->sip;
    struct pcscf_call *c = find(p->cscf->world, p->call);
    const struct sip_msg *last = c->waiting == p->id ? c->held[c->n_held - 1] : NULL;
    uint16_t status = *(const uint16_t *)arg;
    sip_send_status(sip, p->st, status);
    if (last && last->status / 100 == 2) {
        confirm_dialog(c, last);
        send_in_dialog(c, SIP_ACK, 1, 0);
        send_in_dialog(c, SIP_BYE, 1, status);
    } else if (!last || last->status < 200) {
        sip_send_cancel(sip, p->ct, status);
    }
    return true; /* pcscf_rx_ended() drops what was held */
}

/* ---- making -------------------------------------------------------------------------------------------- */

struct pcscf_policy *pcscf_policy_new(void)
{
    struct pcscf_policy *policy = g_new0(struct pcscf_policy, 1);
    fsm_init(&pcscf_rx_def);
    slab_init(&policy->calls, sizeof(struct pcscf_call));
    idmap_init(&policy->by_key);
    return policy;
}

void pcscf_policy_free(struct cscf_world *w)
{
    if (!w->policy)
        return;
    slab_clear(&w->policy->calls);
    idmap_clear(&w->policy->by_key);
    g_free(w->policy);
}

size_t cscf_rx_sessions(const struct cscf_world *w)
{
    return w->policy ? slab_count(&w->policy->calls) : 0;
}
