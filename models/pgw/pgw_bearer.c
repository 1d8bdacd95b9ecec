/* pgw_bearer.c - a dedicated bearer at the P-GW: it asks the S-GW for what its rules need.
 *
 *   Create Bearer Request -> S-GW | Create Bearer Response <-      (TS 23.401 5.4.1)
 *   Update Bearer Request -> S-GW | Update Bearer Response <-      (TS 23.401 5.4.2.1, 5.4.3)
 *   Delete Bearer Request -> S-GW | Delete Bearer Response <-      (TS 23.401 5.4.4.1)
 *   lost, which the S-GW may say by Delete Bearer Command (5.4.4.2): the same, and its rules are reported as lost
 *
 * One request at a time; rules that change meanwhile are looked at when its answer is there: what the bearer
 * has been told is compared with what its rules say. There is one bearer per QCI and ARP of a PDN connection
 * (TS 29.212 4.5.2.2). Clauses but for TS 29.274 7.6 are unverified.
 * SIMPLIFIED: an answer that comes after the P-GW has given up is dropped, and the bearer it speaks of stays
 * with the S-GW until the PDN connection ends. */
#include "models/pgw/pgw_int.h"

#include "sim/trace.h"

static const char *const states[] = {"end", "wait Create Bearer Response", "active", "wait Update Bearer Response",
                                     "wait Delete Bearer Response"};
static const char *const events[] = {"rules changed", "Create Bearer Response", "Update Bearer Response",
                                     "Delete Bearer Response", "bearer lost", "timer T3-RESPONSE"};
enum { T_T3 };

/* A machine with all it belongs to. */
struct place {
    struct pgw *p;
    struct pgw_session *s;
    struct pgw_bearer *b;
    struct pgw_dedicated *d;
};

static struct place place_of(struct fsm *f)
{
    struct place at = {.p = f->node->self};
    at.d = (struct pgw_dedicated *)(void *)((char *)f - offsetof(struct pgw_dedicated, fsm));
    at.b = ctx_find(&at.p->bearers, at.d->bearer);
    at.s = ctx_find(&at.p->sessions, at.b->session);
    return at;
}
static const struct pgw_dedicated *dedicated_of(const struct fsm *f)
{
    return (const struct pgw_dedicated *)(const void *)((const char *)f - offsetof(struct pgw_dedicated, fsm));
}
static const struct pgw_bearer *bearer_of(const struct fsm *f)
{
    const struct pgw *p = f->node->self;
    return ctx_find(&p->bearers, dedicated_of(f)->bearer);
}

/* ---- requests -------------------------------------------------------------------------------- */

static void request_done(const struct place *at)
{
    struct gtp_msg *out = at->d->out;
    at->d->out = NULL;
    if (out) {
        idmap_del(&at->p->dedicated_of_seq, pgw_key(at->s->sgw, out->seq));
        msg_unref(at->p->epc->net, &out->m);
    }
}

static struct gtp_msg *request(const struct place *at, enum gtp_type type)
{
    struct gtp_msg *m = gtp_new(at->p->epc->gtp, type);

    request_done(at);
    if (!at->d->command)
        at->p->seq = gtp_next_seq(at->p->seq);
    m->seq = at->d->command ? at->d->command : at->p->seq;
    m->teid = at->s->sgw_teid;
    at->d->out = m;
    at->d->tries = 0;
    idmap_put(&at->p->dedicated_of_seq, pgw_key(at->s->sgw, m->seq), slab_index(at->d));
    return m;
}

/* The transaction of the phone that this request answers; 0: none. It is answered once. */
static uint8_t take_pti(const struct place *at)
{
    uint8_t pti = at->d->command ? at->d->pti : 0;
    at->d->command = 0;
    return pti;
}

#define PUT_PTI(body, at)                                                                                    \
    do {                                                                                                     \
        uint8_t pti = take_pti(at);                                                                          \
        if (pti)                                                                                             \
            IE_PUT(body, pti) = pti;                                                                         \
    } while (0)

static bool send(const struct place *at)
{
    at->d->tries++;
    node_send(at->p->node, net_node(at->p->epc->net, at->s->sgw), IFACE_S5, msg_ref(at->d->out));
    fsm_timer_start(&at->d->fsm, T_T3, at->p->epc->timer[TIMER_GTP_T3]);
    return true;
}

static bool seal_and_send(const struct place *at)
{
    gtp_seal(at->p->epc->gtp, at->d->out);
    return send(at);
}

static bool tries_left(const struct fsm *f, const void *arg)
{
    (void)arg;
    return dedicated_of(f)->tries < PGW_TRIES;
}

static bool ask_again(struct fsm *f, const void *arg)
{
    struct place at = place_of(f);
    (void)arg;
    return send(&at);
}

static bool ask_create(struct fsm *f, const void *arg)
{
    struct place at = place_of(f);
    struct gtp_create_bearer_req *b = &request(&at, GTP_create_bearer_req)->body.create_bearer_req;
    struct ie_bearer *item = &b->bearers.item[0];

    (void)arg;
    b->linked_ebi = ((const struct pgw_bearer *)ctx_find(&at.p->bearers, at.s->bearers))->ebi;
    b->bearers.n = 1;
    item->parts = BEARER_QOS | BEARER_TFT | BEARER_CHARGING;
    item->n_fteids = 1;
    item->fteid[0] = pgw_fteid(at.p, FTEID_S5U_PGW, at.b->id);
    item->qos = pgw_rules_qos(at.p, at.b);
    item->charging_id = at.b->charging_id;
    pgw_rules_tft(at.p, at.b, &item->tft);
    item->tft.op = TFT_CREATE;
    PUT_PTI(b, &at);
    return seal_and_send(&at);
}

static bool ask_update(struct fsm *f, const void *arg)
{
    struct place at = place_of(f);
    struct gtp_update_bearer_req *b = &request(&at, GTP_update_bearer_req)->body.update_bearer_req;
    struct ie_bearer *item = &b->bearers.item[0];

    (void)arg;
    b->ambr = at.s->ambr;
    b->bearers.n = 1;
    item->ebi = at.b->ebi;
    item->parts = pgw_rules_tft(at.p, at.b, &item->tft) ? BEARER_TFT : 0;
    item->qos = pgw_rules_qos(at.p, at.b);
    if (!pgw_same_qos(&item->qos, &at.d->told))
        item->parts |= BEARER_QOS;
    PUT_PTI(b, &at);
    return seal_and_send(&at);
}

static bool ask_delete(struct fsm *f, const void *arg)
{
    struct place at = place_of(f);
    struct gtp_delete_bearer_req *b = &request(&at, GTP_delete_bearer_req)->body.delete_bearer_req;

    (void)arg;
    IE_PUT(b, ebis) = (struct ie_ebis){.n = 1, .ebi = {at.b->ebi}};
    PUT_PTI(b, &at);
    return seal_and_send(&at);
}

/* A moment of the phone that has the bearer. */
static void mark(const struct place *at, enum mark_id id)
{
    const struct epc *epc = at->p->epc;
    if (trace_on(at->p->node->sim, TRACE_MARK))
        node_mark_about(at->p->node, id, sip_party(epc->sip, epc_party(at->s->imsi))->node, at->b->qci);
}

/* ---- answers --------------------------------------------------------------------------------- */

static bool accepted(uint8_t cause, const struct ie_bearers *list)
{
    if (list->n && list->item[0].parts & BEARER_CAUSE)
        return list->item[0].cause == GTP_ACCEPTED;
    return cause == GTP_ACCEPTED;
}

static const struct ie_fteid *sgw_end(const struct ie_bearer *item)
{
    for (unsigned i = 0; i < item->n_fteids; i++)
        if (item->fteid[i].iface == FTEID_S5U_SGW)
            return &item->fteid[i];
    return NULL;
}

static bool is_created(const struct fsm *f, const void *arg)
{
    const struct gtp_create_bearer_rsp *b = gtp_body((const struct gtp_msg *)arg, create_bearer_rsp);
    const struct ie_bearer *item = &b->bearers.item[0];
    (void)f;
    return accepted(b->cause, &b->bearers) && b->bearers.n && item->ebi && sgw_end(item);
}

/* What was asked for is so now; what has changed meanwhile comes next. */
static void settle(const struct place *at)
{
    const union gtp_body *asked = &at->d->out->body;
    at->d->told = at->d->out->m.type == GTP_create_bearer_req ? asked->create_bearer_req.bearers.item[0].qos
                                                              : asked->update_bearer_req.bearers.item[0].qos;
    request_done(at);
    pgw_rules_accepted(at->p, at->s, at->b);
    fsm_event(&at->d->fsm, PB_RULES, NULL);
}

static bool created(struct fsm *f, const void *arg)
{
    struct place at = place_of(f);
    const struct ie_bearer *item = &gtp_body((const struct gtp_msg *)arg, create_bearer_rsp)->bearers.item[0];

    at.b->ebi = item->ebi;
    at.b->sgw_teid = sgw_end(item)->teid;
    mark(&at, MARK_BEARER_CREATED);
    settle(&at);
    return true;
}

static bool lost(struct fsm *f, const void *arg)
{
    struct place at = place_of(f);
    (void)arg;
    mark(&at, MARK_BEARER_LOST);
    pgw_rules_lost(at.p, at.s, at.b, RULE_FAILURE_ALLOCATION);
    return true;
}

/* It was there and can be kept no longer. */
static bool report_and_delete(struct fsm *f, const void *arg)
{
    struct place at = place_of(f);
    mark(&at, MARK_BEARER_LOST);
    pgw_rules_lost(at.p, at.s, at.b, RULE_FAILURE_NONE);
    return ask_delete(f, arg);
}

static bool is_updated(const struct fsm *f, const void *arg)
{
    const struct gtp_update_bearer_rsp *b = gtp_body((const struct gtp_msg *)arg, update_bearer_rsp);
    (void)f;
    return accepted(b->cause, &b->bearers);
}

static bool is_gone(const struct fsm *f, const void *arg)
{
    (void)f;
    return gtp_body((const struct gtp_msg *)arg, update_bearer_rsp)->cause == GTP_CONTEXT_NOT_FOUND;
}

static bool updated(struct fsm *f, const void *arg)
{
    struct place at = place_of(f);
    (void)arg;
    settle(&at);
    return true;
}

static bool not_updated(struct fsm *f, const void *arg)
{
    struct place at = place_of(f);
    (void)arg;
    request_done(&at);
    pgw_rules_refused(at.p, at.s, at.b);
    fsm_event(f, PB_RULES, NULL);
    return true;
}

static bool is_unused(const struct fsm *f, const void *arg)
{
    (void)arg;
    return !pgw_rules_any(f->node->self, bearer_of(f));
}

static bool is_changed(const struct fsm *f, const void *arg)
{
    const struct pgw *p = f->node->self;
    const struct pgw_bearer *b = bearer_of(f);
    struct ie_qos qos = pgw_rules_qos(p, b);
    (void)arg;
    return pgw_rules_differ(p, b) || !pgw_same_qos(&qos, &dedicated_of(f)->told);
}

static void ended(struct fsm *f)
{
    struct place at = place_of(f);
    pgw_bearer_free(at.p, at.b);
}

static const struct fsm_row rows[] = {
    /*  in               on                       if          do           then             on failure  clause */
    ROW(PB_END,          PB_RULES,                NULL,       ask_create,  PB_WAIT_CREATED, PB_END, "TS 23.401 5.4.1 step 2"),
    ROW(PB_WAIT_CREATED, PB_TMR_T3,               tries_left, ask_again,   PB_WAIT_CREATED, PB_END, "TS 29.274 7.6"),
    ROW(PB_WAIT_CREATED, PB_TMR_T3,               NULL,       lost,        PB_END,          PB_END, "TS 29.212 4.5.12"),
    ROW(PB_WAIT_CREATED, PB_RULES,                NULL,       NULL,        PB_WAIT_CREATED, PB_END, "TS 29.212 4.5.2.0"),
    ROW(PB_WAIT_CREATED, PB_RX_CREATE_BEARER_RSP, is_created, created,     PB_ACTIVE,       PB_END, "TS 23.401 5.4.1 step 12"),
    ROW(PB_WAIT_CREATED, PB_RX_CREATE_BEARER_RSP, NULL,       lost,        PB_END,          PB_END, "TS 29.212 4.5.12"),
    ROW(PB_ACTIVE,       PB_RULES,                is_unused,  ask_delete,  PB_WAIT_DELETED, PB_END, "TS 23.401 5.4.4.1 step 2"),
    ROW(PB_ACTIVE,       PB_RULES,                is_changed, ask_update,  PB_WAIT_UPDATED, PB_END, "TS 23.401 5.4.2.1 step 2"),
    ROW(PB_ACTIVE,       PB_RULES,                NULL,       NULL,        PB_ACTIVE,       PB_END, "TS 29.212 4.5.2.0"),
    ROW(PB_ACTIVE,       PB_LOST,                 NULL,       report_and_delete, PB_WAIT_DELETED, PB_END, "TS 29.212 4.5.12"),
    ROW(PB_WAIT_UPDATED, PB_TMR_T3,               tries_left, ask_again,   PB_WAIT_UPDATED, PB_END, "TS 29.274 7.6"),
    ROW(PB_WAIT_UPDATED, PB_TMR_T3,               NULL,       not_updated, PB_ACTIVE,       PB_END, "TS 29.212 4.5.12"),
    ROW(PB_WAIT_UPDATED, PB_RULES,                NULL,       NULL,        PB_WAIT_UPDATED, PB_END, "TS 29.212 4.5.2.0"),
    ROW(PB_WAIT_UPDATED, PB_RX_UPDATE_BEARER_RSP, is_updated, updated,     PB_ACTIVE,       PB_END, "TS 23.401 5.4.2.1 step 12"),
    ROW(PB_WAIT_UPDATED, PB_RX_UPDATE_BEARER_RSP, is_gone,    lost,        PB_END,          PB_END, "TS 29.212 4.5.12"),
    ROW(PB_WAIT_UPDATED, PB_RX_UPDATE_BEARER_RSP, NULL,       not_updated, PB_ACTIVE,       PB_END, "TS 29.212 4.5.12"),
    ROW(PB_WAIT_DELETED, PB_TMR_T3,               tries_left, ask_again,   PB_WAIT_DELETED, PB_END, "TS 29.274 7.6"),
    ROW(PB_WAIT_DELETED, PB_TMR_T3,               NULL,       NULL,        PB_END,          PB_END, "TS 29.274 7.6"),
    ROW(PB_WAIT_DELETED, PB_RX_DELETE_BEARER_RSP, NULL,       NULL,        PB_END,          PB_END, "TS 23.401 5.4.4.1 step 9"),
};
static const struct fsm_timer timers[] = {
    [T_T3] = {"gtp.T3-RESPONSE", PB_TMR_T3, 0,
              FSM_IN(PB_WAIT_CREATED) | FSM_IN(PB_WAIT_UPDATED) | FSM_IN(PB_WAIT_DELETED)},
};
struct fsm_def pgw_bearer_def = {
    .name = "pgw-bearer",
    .title = "Dedicated bearers at the P-GW (TS 29.274 7.2.3, 7.2.15, 7.2.9.2)",
    .state_names = states, .nstates = PB_STATES, .event_names = events, .nevents = PB_EVENTS,
    .rows = rows, .nrows = G_N_ELEMENTS(rows), .timers = timers, .ntimers = G_N_ELEMENTS(timers),
    .policy = FSM_IGNORE, .ended = ended,
};
