/* sgw_bearer.c - dedicated bearers at the S-GW: what the P-GW asks for is asked of the MME, with the S-GW's own
 * tunnel ends, and the answer goes back the same way.
 *
 *   P-GW -> Create Bearer Request -> MME | Create Bearer Response <-      (TS 23.401 5.4.1)
 *   P-GW -> Update Bearer Request -> MME | Update Bearer Response <-      (TS 23.401 5.4.2.1)
 *   P-GW -> Delete Bearer Request -> MME | Delete Bearer Response <-      (TS 23.401 5.4.4.1)
 *   MME -> Delete Bearer Command -> P-GW, which then requests it          (TS 23.401 5.4.4.2)
 *
 * Any number run in parallel. The clauses are the contents' of TS 29.274; unverified but for 7.6.
 * SIMPLIFIED: only dedicated bearers are deleted this way, no PDN connections; the request that a command leads to has a
 * sequence number of its own. */
#include "models/sgw/sgw_int.h"

enum { SB_END, SB_WAIT_CREATED, SB_WAIT_UPDATED, SB_WAIT_DELETED, SB_STATES };
static const char *const states[] = {"end", "wait Create Bearer Response", "wait Update Bearer Response",
                                     "wait Delete Bearer Response"};
static const char *const events[] = {"Create Bearer Request", "Create Bearer Response", "Update Bearer Request",
                                     "Update Bearer Response", "Delete Bearer Request", "Delete Bearer Response",
                                     "Delete Bearer Command", "timer T3-RESPONSE"};

static bool is_unknown(const struct fsm *f, const void *arg)
{
    (void)arg;
    return !sgw_pdn_of(sgw_const_relay_of(f));
}

static struct gtp_msg *request(struct sgw_relay *r, enum gtp_type type)
{
    return sgw_relay_request(r, type, sgw_ue_of(r)->mme_teid);
}

static bool send_to_mme(struct sgw_relay *r)
{
    return sgw_relay_send(r, sgw_ue_of(r)->mme, IFACE_S11);
}

/* ---- Create Bearer --------------------------------------------------------------------------- */

static bool create_answer(struct sgw_relay *r, uint8_t cause)
{
    struct gtp_msg *m = sgw_relay_answer(r, GTP_create_bearer_rsp);
    m->body.create_bearer_rsp.cause = cause;
    return sgw_relay_reply(r, m);
}

static bool refuse_create(struct fsm *f, const void *arg)
{
    (void)arg;
    return create_answer(sgw_relay_of(f), GTP_CONTEXT_NOT_FOUND);
}

static struct sgw_bearer *by_pgw_teid(const struct sgw_relay *r, const struct ie_bearer *item)
{
    const struct ie_fteid *end = sgw_find_fteid(item, FTEID_S5U_PGW);
    struct sgw_bearer *b = ctx_find(&r->sgw->bearers, sgw_pdn_of(r)->bearers);
    while (b && !(end && b->pgw_teid == end->teid))
        b = ctx_find(&r->sgw->bearers, b->next);
    return b;
}

/* The bearer is there: the answer to the P-GW was lost. */
static bool is_done(const struct fsm *f, const void *arg)
{
    const struct gtp_create_bearer_req *b = gtp_body((const struct gtp_msg *)arg, create_bearer_req);
    return b->bearers.n && by_pgw_teid(sgw_const_relay_of(f), &b->bearers.item[0]) != NULL;
}

/* What the P-GW is told of a bearer: the S-GW's end of its tunnel, and its own to know it by. */
static struct ie_bearer for_pgw(const struct sgw_relay *r, const struct sgw_bearer *b)
{
    const struct node *pgw = net_node(r->sgw->epc->net, sgw_pdn_of(r)->pgw);
    return (struct ie_bearer){
        .ebi = b->ebi,
        .parts = BEARER_CAUSE,
        .cause = GTP_ACCEPTED,
        .n_fteids = 2,
        .fteid = {sgw_fteid(r->sgw, FTEID_S5U_SGW, b->id ^ SGW_S5_SIDE),
                  {.iface = FTEID_S5U_PGW, .teid = b->pgw_teid, .ipv4 = epc_ip(pgw)}},
    };
}

static bool answer_again(struct fsm *f, const void *arg)
{
    struct sgw_relay *r = sgw_relay_of(f);
    const struct gtp_create_bearer_req *in = gtp_body((const struct gtp_msg *)arg, create_bearer_req);
    struct gtp_msg *m = sgw_relay_answer(r, GTP_create_bearer_rsp);
    struct gtp_create_bearer_rsp *out = &m->body.create_bearer_rsp;

    out->cause = GTP_ACCEPTED;
    for (unsigned i = 0; i < in->bearers.n; i++) {
        const struct sgw_bearer *b = by_pgw_teid(r, &in->bearers.item[i]);
        if (b)
            out->bearers.item[out->bearers.n++] = for_pgw(r, b);
    }
    return sgw_relay_reply(r, m);
}

static bool ask_create(struct fsm *f, const void *arg)
{
    struct sgw_relay *r = sgw_relay_of(f);
    struct gtp_msg *out = request(r, GTP_create_bearer_req);
    struct gtp_create_bearer_req *b = &out->body.create_bearer_req;

    *b = gtp_body((const struct gtp_msg *)arg, create_bearer_req)[0];
    for (unsigned i = 0; i < b->bearers.n; i++) {
        struct ie_bearer *item = &b->bearers.item[i];
        struct sgw_bearer *bearer = sgw_bearer_new(r->sgw, sgw_pdn_of(r));
        bearer->pgw_teid = item->fteid[0].teid;
        item->n_fteids = 2;
        item->fteid[1] = item->fteid[0];
        item->fteid[0] = sgw_fteid(r->sgw, FTEID_S1U_SGW, bearer->id);
    }
    return send_to_mme(r);
}

/* The bearer that was asked for at this place of the request; NULL: it is gone. */
static struct sgw_bearer *asked(const struct sgw_relay *r, unsigned i)
{
    return ctx_find(&r->sgw->bearers, r->out->body.create_bearer_req.bearers.item[i].fteid[0].teid);
}

/* The answer about it: known by the S-GW's TEID, or by its place when it has none (a refused one). */
static const struct ie_bearer *answer_about(const struct ie_bearers *list, unsigned i, uint32_t teid)
{
    for (unsigned k = 0; k < list->n; k++) {
        const struct ie_fteid *own = sgw_find_fteid(&list->item[k], FTEID_S1U_SGW);
        if (own && own->teid == teid)
            return &list->item[k];
    }
    return i < list->n && !sgw_find_fteid(&list->item[i], FTEID_S1U_SGW) ? &list->item[i] : NULL;
}

/* Takes what the MME says about a new bearer into its context; false: there will be none. */
static bool take_bearer(struct sgw *s, struct sgw_bearer *b, const struct ie_bearer *item, uint8_t cause)
{
    const struct ie_fteid *end = item ? sgw_find_fteid(item, FTEID_S1U_ENB) : NULL;
    const struct node *enb = end ? epc_node(s->epc, end->ipv4) : NULL;

    if (item && item->parts & BEARER_CAUSE)
        cause = item->cause;
    if (!enb || item->ebi == 0 || cause != GTP_ACCEPTED)
        return false;
    b->ebi = item->ebi;
    b->enb = enb->id;
    b->enb_teid = end->teid;
    return true;
}

static bool created(struct fsm *f, const void *arg)
{
    struct sgw_relay *r = sgw_relay_of(f);
    const struct gtp_create_bearer_rsp *in = gtp_body((const struct gtp_msg *)arg, create_bearer_rsp);
    struct gtp_msg *m = sgw_relay_answer(r, GTP_create_bearer_rsp);
    struct gtp_create_bearer_rsp *out = &m->body.create_bearer_rsp;

    *out = *in;
    out->bearers.n = 0;
    for (unsigned i = 0; i < r->out->body.create_bearer_req.bearers.n; i++) {
        struct sgw_bearer *b = asked(r, i);
        const struct ie_bearer *item = answer_about(&in->bearers, i, b->id);
        struct ie_bearer *told = &out->bearers.item[out->bearers.n++];
        *told = for_pgw(r, b);
        if (take_bearer(r->sgw, b, item, in->cause)) {
            told->ebi = b->ebi;
            continue;
        }
        told->cause = item && item->parts & BEARER_CAUSE ? item->cause : in->cause;
        if (told->cause == GTP_ACCEPTED)
            told->cause = GTP_REQUEST_REJECTED;
        sgw_bearer_free(r->sgw, b);
    }
    return sgw_relay_reply(r, m);
}

static bool create_is_unanswered(struct fsm *f, const void *arg)
{
    struct sgw_relay *r = sgw_relay_of(f);
    (void)arg;
    for (unsigned i = 0; i < r->out->body.create_bearer_req.bearers.n; i++)
        sgw_bearer_free(r->sgw, asked(r, i));
    return create_answer(r, GTP_PEER_NOT_RESPONDING);
}

/* ---- Update Bearer --------------------------------------------------------------------------- */

static bool update_answer(struct sgw_relay *r, uint8_t cause)
{
    struct gtp_msg *m = sgw_relay_answer(r, GTP_update_bearer_rsp);
    m->body.update_bearer_rsp.cause = cause;
    return sgw_relay_reply(r, m);
}

static bool refuse_update(struct fsm *f, const void *arg)
{
    (void)arg;
    return update_answer(sgw_relay_of(f), GTP_CONTEXT_NOT_FOUND);
}

static bool ask_update(struct fsm *f, const void *arg)
{
    struct sgw_relay *r = sgw_relay_of(f);
    struct gtp_msg *out = request(r, GTP_update_bearer_req);
    out->body.update_bearer_req = gtp_body((const struct gtp_msg *)arg, update_bearer_req)[0];
    return send_to_mme(r);
}

static bool updated(struct fsm *f, const void *arg)
{
    struct sgw_relay *r = sgw_relay_of(f);
    struct gtp_msg *m = sgw_relay_answer(r, GTP_update_bearer_rsp);
    m->body.update_bearer_rsp = gtp_body((const struct gtp_msg *)arg, update_bearer_rsp)[0];
    return sgw_relay_reply(r, m);
}

static bool update_is_unanswered(struct fsm *f, const void *arg)
{
    (void)arg;
    return update_answer(sgw_relay_of(f), GTP_PEER_NOT_RESPONDING);
}

/* ---- Delete Bearer --------------------------------------------------------------------------- */

/* None of the bearers is there: the answer to the P-GW was lost, or it never heard that they failed. */
static bool is_gone(const struct fsm *f, const void *arg)
{
    const struct sgw_relay *r = sgw_const_relay_of(f);
    const struct gtp_delete_bearer_req *b = gtp_body((const struct gtp_msg *)arg, delete_bearer_req);
    const struct sgw_pdn *pdn = sgw_pdn_of(r);

    for (unsigned i = 0; pdn && IE_HAS(b, ebis) && i < b->ebis.n; i++)
        if (sgw_bearer_by_ebi(r->sgw, pdn, b->ebis.ebi[i]))
            return false;
    return true;
}

static bool nothing_to_delete(struct fsm *f, const void *arg)
{
    struct sgw_relay *r = sgw_relay_of(f);
    struct gtp_msg *m = sgw_relay_answer(r, GTP_delete_bearer_rsp);
    (void)arg;
    m->body.delete_bearer_rsp.cause = GTP_CONTEXT_NOT_FOUND;
    return sgw_relay_reply(r, m);
}

static bool ask_delete(struct fsm *f, const void *arg)
{
    struct sgw_relay *r = sgw_relay_of(f);
    struct gtp_msg *out = request(r, GTP_delete_bearer_req);
    out->body.delete_bearer_req = gtp_body((const struct gtp_msg *)arg, delete_bearer_req)[0];
    return send_to_mme(r);
}

static void forget_bearers(struct sgw_relay *r)
{
    const struct ie_ebis *ebis = &r->out->body.delete_bearer_req.ebis;
    for (unsigned i = 0; i < ebis->n; i++) {
        struct sgw_bearer *b = sgw_bearer_by_ebi(r->sgw, sgw_pdn_of(r), ebis->ebi[i]);
        if (b)
            sgw_bearer_free(r->sgw, b);
    }
}

static bool deleted(struct fsm *f, const void *arg)
{
    struct sgw_relay *r = sgw_relay_of(f);
    struct gtp_msg *m = sgw_relay_answer(r, GTP_delete_bearer_rsp);
    m->body.delete_bearer_rsp = gtp_body((const struct gtp_msg *)arg, delete_bearer_rsp)[0];
    forget_bearers(r);
    return sgw_relay_reply(r, m);
}

static bool delete_is_unanswered(struct fsm *f, const void *arg)
{
    struct sgw_relay *r = sgw_relay_of(f);
    struct gtp_msg *m = sgw_relay_answer(r, GTP_delete_bearer_rsp);
    (void)arg;
    m->body.delete_bearer_rsp.cause = GTP_PEER_NOT_RESPONDING;
    forget_bearers(r);
    return sgw_relay_reply(r, m);
}

/* ---- Delete Bearer Command ------------------------------------------------------------------- */

static const struct sgw_bearer *commanded(const struct sgw_relay *r, const void *arg)
{
    const struct gtp_delete_bearer_cmd *b = gtp_body((const struct gtp_msg *)arg, delete_bearer_cmd);
    const struct sgw_ue *ue = sgw_ue_of(r);
    return ue && b->bearers.n ? sgw_ue_bearer(r->sgw, ue, b->bearers.ebi[0]) : NULL;
}

static bool is_not_there(const struct fsm *f, const void *arg)
{
    return !commanded(sgw_const_relay_of(f), arg);
}

static bool pass_command(struct fsm *f, const void *arg)
{
    struct sgw_relay *r = sgw_relay_of(f);
    const struct sgw_pdn *pdn = ctx_find(&r->sgw->pdns, commanded(r, arg)->pdn);
    struct gtp_msg *m = gtp_new(r->sgw->epc->gtp, GTP_delete_bearer_cmd);
    m->teid = pdn->pgw_teid;
    m->seq = sgw_next_seq(r->sgw);
    m->body.delete_bearer_cmd = gtp_body((const struct gtp_msg *)arg, delete_bearer_cmd)[0];
    gtp_seal(r->sgw->epc->gtp, m);
    node_send(r->sgw->node, net_node(r->sgw->epc->net, pdn->pgw), IFACE_S5, &m->m);
    return true;
}

static const struct fsm_row rows[] = {
    /*  in               on                       if              do                    then             on failure  clause */
    ROW(SB_END,          SB_RX_CREATE_BEARER,     is_unknown,     refuse_create,        SB_END,          SB_END, "TS 29.274 7.2.4"),
    ROW(SB_END,          SB_RX_CREATE_BEARER,     is_done,        answer_again,         SB_END,          SB_END, "TS 29.274 7.6"),
    ROW(SB_END,          SB_RX_CREATE_BEARER,     NULL,           ask_create,           SB_WAIT_CREATED, SB_END, "TS 29.274 7.2.3"),
    ROW(SB_WAIT_CREATED, SB_TMR_T3,               sgw_tries_left, sgw_ask_again,        SB_WAIT_CREATED, SB_END, "TS 29.274 7.6"),
    ROW(SB_WAIT_CREATED, SB_TMR_T3,               NULL,           create_is_unanswered, SB_END,          SB_END, "TS 29.274 7.6"),
    ROW(SB_WAIT_CREATED, SB_RX_CREATE_BEARER_RSP, NULL,           created,              SB_END,          SB_END, "TS 29.274 7.2.4"),
    ROW(SB_END,          SB_RX_UPDATE_BEARER,     is_unknown,     refuse_update,        SB_END,          SB_END, "TS 29.274 7.2.16"),
    ROW(SB_END,          SB_RX_UPDATE_BEARER,     NULL,           ask_update,           SB_WAIT_UPDATED, SB_END, "TS 29.274 7.2.15"),
    ROW(SB_WAIT_UPDATED, SB_TMR_T3,               sgw_tries_left, sgw_ask_again,        SB_WAIT_UPDATED, SB_END, "TS 29.274 7.6"),
    ROW(SB_WAIT_UPDATED, SB_TMR_T3,               NULL,           update_is_unanswered, SB_END,          SB_END, "TS 29.274 7.6"),
    ROW(SB_WAIT_UPDATED, SB_RX_UPDATE_BEARER_RSP, NULL,           updated,              SB_END,          SB_END, "TS 29.274 7.2.16"),
    ROW(SB_END,          SB_RX_DELETE_BEARER,     is_gone,        nothing_to_delete,    SB_END,          SB_END, "TS 29.274 7.2.10.2"),
    ROW(SB_END,          SB_RX_DELETE_BEARER,     NULL,           ask_delete,           SB_WAIT_DELETED, SB_END, "TS 29.274 7.2.9.2"),
    ROW(SB_WAIT_DELETED, SB_TMR_T3,               sgw_tries_left, sgw_ask_again,        SB_WAIT_DELETED, SB_END, "TS 29.274 7.6"),
    ROW(SB_WAIT_DELETED, SB_TMR_T3,               NULL,           delete_is_unanswered, SB_END,          SB_END, "TS 29.274 7.6"),
    ROW(SB_WAIT_DELETED, SB_RX_DELETE_BEARER_RSP, NULL,           deleted,              SB_END,          SB_END, "TS 29.274 7.2.10.2"),
    ROW(SB_END,          SB_RX_DELETE_COMMAND,    is_not_there,   NULL,                 SB_END,          SB_END, "TS 29.274 7.2.17.1"),
    ROW(SB_END,          SB_RX_DELETE_COMMAND,    NULL,           pass_command,         SB_END,          SB_END, "TS 29.274 7.2.17.1"),
};
static const struct fsm_timer timers[] = {
    {"gtp.T3-RESPONSE", SB_TMR_T3, 0, FSM_IN(SB_WAIT_CREATED) | FSM_IN(SB_WAIT_UPDATED) | FSM_IN(SB_WAIT_DELETED)},
};
struct fsm_def sgw_bearer_def = {
    .name = "sgw-bearer",
    .title = "Dedicated bearers at the S-GW (TS 29.274 7.2.3, 7.2.15, 7.2.9.2)",
    .state_names = states, .nstates = SB_STATES, .event_names = events, .nevents = SB_EVENTS,
    .rows = rows, .nrows = G_N_ELEMENTS(rows), .timers = timers, .ntimers = G_N_ELEMENTS(timers),
    .policy = FSM_IGNORE, .ended = sgw_relay_ended,
};
