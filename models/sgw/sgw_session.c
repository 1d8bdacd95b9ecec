/* sgw_session.c - PDN connections at the S-GW: made, given a way to the phone, deleted.
 *
 *   MME -> Create Session Request -> P-GW | Create Session Response <-      (TS 23.401 5.3.2.1 steps 12-16)
 *   MME -> Modify Bearer Request (the eNB's S1-U F-TEIDs) | Response        (steps 23, 24)
 *   MME -> Release Access Bearers Request | Response                        (TS 23.401 5.3.5 steps 2, 3)
 *   MME -> Delete Session Request -> P-GW | Delete Session Response <-      (TS 23.401 5.3.8.2)
 *
 * The clauses are the contents' of TS 29.274; unverified but for 7.6.
 * SIMPLIFIED: a PDN connection that the MME makes anew without having deleted it is forgotten without a word to the
 * P-GW, which notices the same by itself. The P-GW is not told of Modify Bearer (no location reporting). */
#include "models/sgw/sgw_int.h"

enum { SS_END, SS_WAIT_CREATED, SS_WAIT_DELETED, SS_STATES };
static const char *const states[] = {"end", "wait Create Session Response", "wait Delete Session Response"};
static const char *const events[] = {"Create Session Request", "Create Session Response", "Modify Bearer Request",
                                     "Release Access Bearers Request", "Delete Session Request", "Delete Session Response", "timer T3-RESPONSE"};

/* ---- Create Session -------------------------------------------------------------------------- */

static struct sgw_pdn *with_default_bearer(struct sgw *s, struct sgw_ue *ue, uint8_t ebi)
{
    struct sgw_pdn *pdn = sgw_pdn_new(s, ue);
    sgw_bearer_new(s, pdn)->ebi = ebi;
    return pdn;
}

static void note_asker(struct sgw_ue *ue, struct sgw_pdn *pdn, uint32_t mme, uint32_t teid, uint32_t seq)
{
    pdn->seq = seq;
    ue->mme = mme;
    ue->mme_teid = teid;
}

struct sgw_pdn *sgw_session_warm(struct sgw *s, struct sgw_ue *ue, const struct epc_warm *w, const struct epc_warm_pdn *asked)
{
    struct sgw_pdn *pdn = with_default_bearer(s, ue, asked->ebi);
    note_asker(ue, pdn, w->mme->id, w->mme_id, asked->asked);
    pdn->pgw = w->pgw->id;
    return pdn;
}

/* The contexts of a connection that is made; those of before when the MME asks again. */
static struct sgw_pdn *prepare(struct sgw_relay *r, const struct gtp_msg *m)
{
    struct sgw *s = r->sgw;
    const struct gtp_create_session_req *b = gtp_body(m, create_session_req);
    uint8_t ebi = b->bearers.item[0].ebi;
    struct sgw_ue *ue = sgw_ue_of(r);

    if (!ue)
        sgw_relay_join(r, ue = sgw_ue_new(s, b->imsi));
    struct sgw_pdn *pdn = sgw_ue_pdn(s, ue, ebi);
    if (pdn && pdn->seq != m->seq) {
        sgw_pdn_free(s, pdn, r);
        pdn = NULL;
    }
    if (!pdn)
        pdn = with_default_bearer(s, ue, ebi);
    note_asker(ue, pdn, r->asker, b->sender.teid, m->seq);
    r->asker_teid = ue->mme_teid;
    r->pdn = pdn->id;
    return pdn;
}

static bool is_unusable(const struct fsm *f, const void *arg)
{
    const struct gtp_create_session_req *b = gtp_body((const struct gtp_msg *)arg, create_session_req);
    const struct node *pgw = IE_HAS(b, pgw) ? epc_node(sgw_const_relay_of(f)->sgw->epc, b->pgw.ipv4) : NULL;
    return !IE_HAS(b, imsi) || b->bearers.n == 0 || !pgw || !(pgw->kinds & KIND_PGW);
}

static bool reject(struct fsm *f, const void *arg)
{
    struct sgw_relay *r = sgw_relay_of(f);
    struct gtp_msg *m = sgw_relay_answer(r, GTP_create_session_rsp);

    m->teid = gtp_body((const struct gtp_msg *)arg, create_session_req)->sender.teid;
    m->body.create_session_rsp.cause = GTP_REQUEST_REJECTED;
    return sgw_relay_reply(r, m);
}

static bool ask_pgw(struct fsm *f, const void *arg)
{
    struct sgw_relay *r = sgw_relay_of(f);
    const struct gtp_msg *in = arg;
    struct sgw_pdn *pdn = prepare(r, in);
    struct gtp_msg *out = sgw_relay_request(r, GTP_create_session_req, 0);
    struct gtp_create_session_req *b = &out->body.create_session_req;

    *b = in->body.create_session_req;
    pdn->pgw = epc_node(r->sgw->epc, b->pgw.ipv4)->id;
    b->set &= ~IE_BIT(b, pgw);
    b->sender = sgw_fteid(r->sgw, FTEID_S5C_SGW, pdn->id ^ SGW_S5_SIDE);
    b->bearers.item[0].n_fteids = 1;
    b->bearers.item[0].fteid[0] = sgw_fteid(r->sgw, FTEID_S5U_SGW, pdn->bearers ^ SGW_S5_SIDE);
    return sgw_relay_send(r, pdn->pgw, IFACE_S5);
}

static bool is_accepted(const struct fsm *f, const void *arg)
{
    const struct gtp_create_session_rsp *b = gtp_body((const struct gtp_msg *)arg, create_session_rsp);
    (void)f;
    return b->cause == GTP_ACCEPTED && IE_HAS(b, pgw) && b->bearers.n && b->bearers.item[0].n_fteids;
}

static void note_pgw(struct sgw_pdn *pdn, struct sgw_bearer *bearer, uint32_t control, uint32_t user)
{
    pdn->pgw_teid = control;
    bearer->pgw_teid = user;
}

static bool created(struct fsm *f, const void *arg)
{
    struct sgw_relay *r = sgw_relay_of(f);
    struct sgw_pdn *pdn = sgw_pdn_of(r);
    struct sgw_bearer *bearer = ctx_find(&r->sgw->bearers, pdn->bearers);
    struct gtp_msg *m = sgw_relay_answer(r, GTP_create_session_rsp);
    struct gtp_create_session_rsp *b = &m->body.create_session_rsp;
    struct ie_bearer *item = &b->bearers.item[0];

    *b = gtp_body((const struct gtp_msg *)arg, create_session_rsp)[0];
    note_pgw(pdn, bearer, b->pgw.teid, item->fteid[0].teid);
    IE_PUT(b, sender) = sgw_fteid(r->sgw, FTEID_S11_SGW, r->ue);
    item->n_fteids = 2;
    item->fteid[1] = item->fteid[0];
    item->fteid[0] = sgw_fteid(r->sgw, FTEID_S1U_SGW, bearer->id);
    return sgw_relay_reply(r, m);
}

static bool not_created(struct sgw_relay *r, uint8_t cause)
{
    struct gtp_msg *m = sgw_relay_answer(r, GTP_create_session_rsp);

    m->body.create_session_rsp.cause = cause;
    sgw_pdn_free(r->sgw, sgw_pdn_of(r), r);
    return sgw_relay_reply(r, m);
}

static bool refused(struct fsm *f, const void *arg)
{
    return not_created(sgw_relay_of(f), gtp_body((const struct gtp_msg *)arg, create_session_rsp)->cause);
}

static bool pgw_is_silent(struct fsm *f, const void *arg)
{
    (void)arg;
    return not_created(sgw_relay_of(f), GTP_PEER_NOT_RESPONDING);
}

/* ---- Modify Bearer --------------------------------------------------------------------------- */

static bool is_unknown(const struct fsm *f, const void *arg)
{
    (void)arg;
    return !sgw_ue_of(sgw_const_relay_of(f));
}

static bool refuse_modify(struct fsm *f, const void *arg)
{
    struct sgw_relay *r = sgw_relay_of(f);
    struct gtp_msg *m = sgw_relay_answer(r, GTP_modify_bearer_rsp);
    (void)arg;
    m->body.modify_bearer_rsp.cause = GTP_CONTEXT_NOT_FOUND;
    return sgw_relay_reply(r, m);
}

static void note_enb(struct sgw_bearer *bearer, const struct node *enb, uint32_t teid)
{
    bearer->enb = enb->id;
    bearer->enb_teid = teid;
}

void sgw_session_warm_ends(struct sgw *s, struct sgw_pdn *pdn, const struct epc_warm *w, const struct epc_warm_pdn *ends)
{
    struct sgw_bearer *bearer = ctx_find(&s->bearers, pdn->bearers);
    note_pgw(pdn, bearer, ends->pgw_s5c, ends->pgw_s5u);
    note_enb(bearer, w->enb, ends->enb_s1u);
}

/* Notes where the eNB wants a bearer's packets; says so in the answer's bearer context. */
static void point_to_enb(struct sgw *s, const struct sgw_ue *ue, const struct ie_bearer *in, struct ie_bearer *out)
{
    const struct ie_fteid *end = sgw_find_fteid(in, FTEID_S1U_ENB);
    const struct node *enb = end ? epc_node(s->epc, end->ipv4) : NULL;
    struct sgw_bearer *bearer = sgw_ue_bearer(s, ue, in->ebi);

    *out = (struct ie_bearer){.ebi = in->ebi, .parts = BEARER_CAUSE, .cause = GTP_CONTEXT_NOT_FOUND};
    if (!bearer || !enb)
        return;
    note_enb(bearer, enb, end->teid);
    out->cause = GTP_ACCEPTED;
    out->n_fteids = 1;
    out->fteid[0] = sgw_fteid(s, FTEID_S1U_SGW, bearer->id);
}

static bool open_downlink(struct fsm *f, const void *arg)
{
    struct sgw_relay *r = sgw_relay_of(f);
    const struct gtp_modify_bearer_req *in = gtp_body((const struct gtp_msg *)arg, modify_bearer_req);
    struct sgw_ue *ue = sgw_ue_of(r);
    struct gtp_msg *m = sgw_relay_answer(r, GTP_modify_bearer_rsp);
    struct gtp_modify_bearer_rsp *out = &m->body.modify_bearer_rsp;
    unsigned done = 0, n = IE_HAS(in, bearers) ? in->bearers.n : 0;

    if (IE_HAS(in, sender))
        m->teid = ue->mme_teid = in->sender.teid;
    if (n)
        IE_SET(out, bearers);
    for (unsigned i = 0; i < n; i++) {
        point_to_enb(r->sgw, ue, &in->bearers.item[i], &out->bearers.item[out->bearers.n++]);
        done += out->bearers.item[i].cause == GTP_ACCEPTED;
    }
    for (unsigned i = 0; IE_HAS(in, removed) && i < in->removed.n; i++) {
        struct sgw_bearer *lost = sgw_ue_bearer(r->sgw, ue, in->removed.ebi[i]);
        if (lost)
            lost->enb_teid = 0;
    }
    out->cause = done == n ? GTP_ACCEPTED : done ? GTP_ACCEPTED_PARTIALLY : GTP_CONTEXT_NOT_FOUND;
    sgw_relay_reply(r, m);
    sgw_notify_event(r->sgw, ue, NT_OPEN);
    return true;
}

/* ---- Release Access Bearers ------------------------------------------------------------------ */

static bool release_answer(struct sgw_relay *r, uint8_t cause)
{
    struct gtp_msg *m = sgw_relay_answer(r, GTP_release_access_bearers_rsp);
    m->body.release_access_bearers_rsp.cause = cause;
    return sgw_relay_reply(r, m);
}

static bool refuse_release(struct fsm *f, const void *arg)
{
    (void)arg;
    return release_answer(sgw_relay_of(f), GTP_CONTEXT_NOT_FOUND);
}

static void close_downlink(struct sgw *s, const struct sgw_ue *ue)
{
    const struct sgw_pdn *pdn = ctx_find(&s->pdns, ue->pdns);
    for (; pdn; pdn = ctx_find(&s->pdns, pdn->next))
        for (struct sgw_bearer *b = ctx_find(&s->bearers, pdn->bearers); b; b = ctx_find(&s->bearers, b->next))
            b->enb = b->enb_teid = 0;
}

void sgw_session_warm_idle(struct sgw *s, const struct sgw_ue *ue)
{
    close_downlink(s, ue);
}

static bool release_access(struct fsm *f, const void *arg)
{
    struct sgw_relay *r = sgw_relay_of(f);
    (void)arg;
    close_downlink(r->sgw, sgw_ue_of(r));
    return release_answer(r, GTP_ACCEPTED);
}

/* ---- Delete Session -------------------------------------------------------------------------- */

static struct sgw_pdn *to_delete(const struct sgw_relay *r, const struct gtp_msg *m)
{
    const struct gtp_delete_session_req *b = gtp_body(m, delete_session_req);
    const struct sgw_ue *ue = sgw_ue_of(r);
    return ue && IE_HAS(b, linked_ebi) ? sgw_ue_pdn(r->sgw, ue, b->linked_ebi) : NULL;
}

static bool is_not_there(const struct fsm *f, const void *arg)
{
    return !to_delete(sgw_const_relay_of(f), arg);
}

static bool delete_answer(struct sgw_relay *r, uint8_t cause)
{
    struct gtp_msg *m = sgw_relay_answer(r, GTP_delete_session_rsp);
    m->body.delete_session_rsp.cause = cause;
    return sgw_relay_reply(r, m);
}

static bool nothing_to_delete(struct fsm *f, const void *arg)
{
    (void)arg;
    return delete_answer(sgw_relay_of(f), GTP_CONTEXT_NOT_FOUND);
}

/* The P-GW has not answered yet, so there is no TEID to name the connection by: the MME will ask again. */
static bool is_being_made(const struct fsm *f, const void *arg)
{
    return to_delete(sgw_const_relay_of(f), arg)->pgw_teid == 0;
}

static bool delete_at_pgw(struct fsm *f, const void *arg)
{
    struct sgw_relay *r = sgw_relay_of(f);
    const struct gtp_msg *in = arg;
    const struct sgw_pdn *pdn = to_delete(r, in);
    struct gtp_msg *out = sgw_relay_request(r, GTP_delete_session_req, pdn->pgw_teid);

    r->pdn = pdn->id;
    out->body.delete_session_req = in->body.delete_session_req;
    return sgw_relay_send(r, pdn->pgw, IFACE_S5);
}

/* Whatever the P-GW says: it has no such connection any more, and neither has the S-GW. */
static bool deleted(struct fsm *f, const void *arg)
{
    struct sgw_relay *r = sgw_relay_of(f);
    (void)arg;
    sgw_pdn_free(r->sgw, sgw_pdn_of(r), r);
    return delete_answer(r, GTP_ACCEPTED);
}

static const struct fsm_row rows[] = {
    /*  in               on                        if              do                 then             on failure  clause */
    ROW(SS_END,          SS_RX_CREATE_SESSION,     is_unusable,    reject,            SS_END,          SS_END, "TS 29.274 7.2.2"),
    ROW(SS_END,          SS_RX_CREATE_SESSION,     NULL,           ask_pgw,           SS_WAIT_CREATED, SS_END, "TS 29.274 7.2.1"),
    ROW(SS_WAIT_CREATED, SS_TMR_T3,                sgw_tries_left, sgw_ask_again,     SS_WAIT_CREATED, SS_END, "TS 29.274 7.6"),
    ROW(SS_WAIT_CREATED, SS_TMR_T3,                NULL,           pgw_is_silent,     SS_END,          SS_END, "TS 29.274 7.6"),
    ROW(SS_WAIT_CREATED, SS_RX_CREATE_SESSION_RSP, is_accepted,    created,           SS_END,          SS_END, "TS 29.274 7.2.2"),
    ROW(SS_WAIT_CREATED, SS_RX_CREATE_SESSION_RSP, NULL,           refused,           SS_END,          SS_END, "TS 29.274 7.2.2"),
    ROW(SS_END,          SS_RX_MODIFY_BEARER,      is_unknown,     refuse_modify,     SS_END,          SS_END, "TS 29.274 7.2.8"),
    ROW(SS_END,          SS_RX_MODIFY_BEARER,      NULL,           open_downlink,     SS_END,          SS_END, "TS 29.274 7.2.7"),
    ROW(SS_END,          SS_RX_RELEASE_ACCESS,     is_unknown,     refuse_release,    SS_END,          SS_END, "TS 29.274 7.2.22"),
    ROW(SS_END,          SS_RX_RELEASE_ACCESS,     NULL,           release_access,    SS_END,          SS_END, "TS 29.274 7.2.21"),
    ROW(SS_END,          SS_RX_DELETE_SESSION,     is_not_there,   nothing_to_delete, SS_END,          SS_END, "TS 29.274 7.2.10.1"),
    ROW(SS_END,          SS_RX_DELETE_SESSION,     is_being_made,  NULL,              SS_END,          SS_END, "TS 29.274 7.6"),
    ROW(SS_END,          SS_RX_DELETE_SESSION,     NULL,           delete_at_pgw,     SS_WAIT_DELETED, SS_END, "TS 29.274 7.2.9.1"),
    ROW(SS_WAIT_DELETED, SS_TMR_T3,                sgw_tries_left, sgw_ask_again,     SS_WAIT_DELETED, SS_END, "TS 29.274 7.6"),
    ROW(SS_WAIT_DELETED, SS_TMR_T3,                NULL,           deleted,           SS_END,          SS_END, "TS 29.274 7.6"),
    ROW(SS_WAIT_DELETED, SS_RX_DELETE_SESSION_RSP, NULL,           deleted,           SS_END,          SS_END, "TS 29.274 7.2.10.1"),
};
static const struct fsm_timer timers[] = {
    {"gtp.T3-RESPONSE", SS_TMR_T3, 0, FSM_IN(SS_WAIT_CREATED) | FSM_IN(SS_WAIT_DELETED)},
};
struct fsm_def sgw_session_def = {
    .name = "sgw-session",
    .title = "PDN connections at the S-GW (TS 29.274 7.2.1, 7.2.7, 7.2.21, 7.2.9.1)",
    .state_names = states, .nstates = SS_STATES, .event_names = events, .nevents = SS_EVENTS,
    .rows = rows, .nrows = G_N_ELEMENTS(rows), .timers = timers, .ntimers = G_N_ELEMENTS(timers),
    .policy = FSM_IGNORE, .ended = sgw_relay_ended,
};
