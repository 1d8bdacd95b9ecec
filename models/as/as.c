/* as.c - the proxy that an application server is (RFC 3261 16; TS 24.229 5.7.4, unverified sub-clause), and its machine:
 * one per request on its way.
 *
 *   S-CSCF: INVITE Route: <AS>, <S-CSCF with odi> -> | pops its entry, Record-Route | -> S-CSCF, which goes on
 *   whatever follows in the dialog comes through here too, unless it does not record-route
 *
 * SIMPLIFIED: it changes nothing and refuses nobody: no third-party call control, no B2BUA, no request of its own. */
#include "models/as/as_int.h"

enum {
    AS_RX_INITIAL, AS_RX_IN_DIALOG, AS_RX_ACK, AS_RX_REGISTER, AS_RX_DEREGISTER, AS_RX_100, AS_RX_1XX, AS_RX_FINAL, AS_RX_CANCEL,
    AS_TIMEOUT, AS_TMR_C, AS_EVENTS
};
enum { AS_END, AS_FORWARDED, AS_PROCEEDING, AS_STATES };
enum { AS_T_C };
static const char *const states[] = {"end", "forwarded", "proceeding"};
static const char *const events[] = {"initial request", "request in dialog", "ACK", "REGISTER", "REGISTER, Expires 0", "100", "101-199", "200-699",
                                     "CANCEL", "timer B/F", "timer C"};

static struct as *as_of(const struct node *n)
{
    return n->self;
}

static struct sip_stack *sip_of_request(const struct as_request *r)
{
    return r->as->world->sip;
}

/* ---- sending on ------------------------------------------------------------------------------------ */

static bool refuse_with(struct as_request *r, uint16_t status)
{
    sip_send_status(sip_of_request(r), r->st, status);
    return false;
}

/* Takes its own Route entries off: an S-CSCF comes next, the only neighbour on ISC. NULL: none does. */
static struct node *next_hop(struct sip_stack *sip, struct sip_msg *m, const struct node *self)
{
    while (m->route && sip_uri_node(sip, m->route->uri) == self)
        sip_pop_route(sip, m);
    struct node *to = m->route ? sip_uri_node(sip, m->route->uri) : NULL;
    return to && to->kinds & KIND_S_CSCF ? to : NULL;
}

static bool forward(struct fsm *f, const void *arg)
{
    struct as_request *r = as_request_of(f);
    struct sip_stack *sip = sip_of_request(r);
    struct sip_msg *m = r->work;
    struct node *to = next_hop(sip, m, f->node);
    (void)arg;
    if (!to)
        return refuse_with(r, 404);
    if (m->max_forwards == 0)
        return refuse_with(r, 483);
    sip_count_hop(m);
    r->work = NULL;
    if (r->invite)
        fsm_timer_start(f, AS_T_C, sip_timer(sip, IFACE_ISC, SIP_TC));
    r->ct = sip_send_request(sip, f->node, to, IFACE_ISC, m, r->id);
    return true;
}

static bool forward_initial(struct fsm *f, const void *arg)
{
    struct as_request *r = as_request_of(f);
    if (r->as->cfg.record_route)
        sip_push_record_route(sip_of_request(r), r->work, r->as->uri);
    return forward(f, arg);
}

/* ACK for a 2xx has no transaction: it is sent on as it comes. */
static bool forward_ack(struct fsm *f, const void *arg)
{
    struct as_request *r = as_request_of(f);
    struct sip_stack *sip = sip_of_request(r);
    struct sip_msg *m = r->work;
    struct node *to = next_hop(sip, m, f->node);
    (void)arg;
    if (!to || m->max_forwards == 0)
        return false; /* nobody may answer an ACK */
    sip_count_hop(m);
    r->work = NULL;
    sip_send_ack(sip, f->node, to, IFACE_ISC, m);
    return true;
}

/* ---- responses ------------------------------------------------------------------------------------- */

/* The response as it is passed back from here; NULL when no Via is left. */
static struct sip_msg *back(struct sip_stack *sip, const struct sip_msg *response)
{
    if (!response->via->next)
        return NULL;
    struct sip_msg *m = sip_copy(sip, response);
    sip_pop_via(sip, m);
    return m;
}

static bool relay(struct fsm *f, const void *arg)
{
    struct as_request *r = as_request_of(f);
    struct sip_msg *m = back(sip_of_request(r), arg);
    if (m)
        sip_send_response(sip_of_request(r), r->st, m);
    return true;
}

/* Each 101-199 restarts timer C (RFC 3261 16.7 step 2). */
static bool relay_provisional(struct fsm *f, const void *arg)
{
    if (as_request_of(f)->invite)
        fsm_timer_start(f, AS_T_C, sip_timer(sip_of_request(as_request_of(f)), IFACE_ISC, SIP_TC));
    return relay(f, arg);
}

static bool cancel_on(struct fsm *f, const void *arg)
{
    struct as_request *r = as_request_of(f);
    sip_send_cancel(sip_of_request(r), r->ct, arg ? sip_cause(arg) : 0);
    return true;
}

static bool no_answer(struct fsm *f, const void *arg)
{
    (void)arg;
    return refuse_with(as_request_of(f), 408);
}

static bool is_invite(const struct fsm *f, const void *arg)
{
    (void)arg;
    return ((const struct as_request *)f)->invite;
}

/* No 408 for another request than INVITE: it would come too late to be of use. */
static bool stay_silent(struct fsm *f, const void *arg)
{
    struct as_request *r = as_request_of(f);
    (void)arg;
    sip_st_abandon(sip_of_request(r), r->st);
    return true;
}

static const struct fsm_row rows[] = {
    /*  in             on                if                   do                 then           on failure  clause             */
    ROW(AS_END,        AS_RX_REGISTER,   as_is_bad_register,  as_bad_register,   AS_END,        AS_END,     "RFC 3261 10.3"),
    ROW(AS_END,        AS_RX_REGISTER,   NULL,                as_register,       AS_END,        AS_END,     "TS 24.229 5.7.1.1"),
    ROW(AS_END,        AS_RX_DEREGISTER, NULL,                as_deregister,     AS_END,        AS_END,     "TS 24.229 5.7.1.1"),
    ROW(AS_END,        AS_RX_INITIAL,    NULL,                forward_initial,   AS_FORWARDED,  AS_END,     "TS 24.229 5.7.4"),
    ROW(AS_END,        AS_RX_IN_DIALOG,  NULL,                forward,           AS_FORWARDED,  AS_END,     "RFC 3261 16.6"),
    ROW(AS_END,        AS_RX_ACK,        NULL,                forward_ack,       AS_END,        AS_END,     "RFC 3261 16.6"),

    ROW(AS_FORWARDED,  AS_RX_100,        NULL,                NULL,              AS_PROCEEDING, AS_END,     "RFC 3261 16.7"),
    ROW(AS_FORWARDED,  AS_RX_1XX,        NULL,                relay_provisional, AS_PROCEEDING, AS_END,     "RFC 3261 16.7"),
    ROW(AS_PROCEEDING, AS_RX_1XX,        NULL,                relay_provisional, AS_PROCEEDING, AS_END,     "RFC 3261 16.7"),
    ROW(AS_FORWARDED,  AS_RX_FINAL,      NULL,                relay,             AS_END,        AS_END,     "RFC 3261 16.7"),
    ROW(AS_PROCEEDING, AS_RX_FINAL,      NULL,                relay,             AS_END,        AS_END,     "RFC 3261 16.7"),
    ROW(AS_FORWARDED,  AS_RX_CANCEL,     NULL,                cancel_on,         AS_FORWARDED,  AS_END,     "RFC 3261 16.10"),
    ROW(AS_PROCEEDING, AS_RX_CANCEL,     NULL,                cancel_on,         AS_PROCEEDING, AS_END,     "RFC 3261 16.10"),
    ROW(AS_FORWARDED,  AS_TIMEOUT,       is_invite,           no_answer,         AS_END,        AS_END,     "RFC 3261 16.8"),
    ROW(AS_FORWARDED,  AS_TIMEOUT,       NULL,                stay_silent,       AS_END,        AS_END,     "RFC 4320 4.2"),
    ROW(AS_PROCEEDING, AS_TIMEOUT,       NULL,                no_answer,         AS_END,        AS_END,     "RFC 3261 16.8"),
    ROW(AS_FORWARDED,  AS_TMR_C,         NULL,                no_answer,         AS_END,        AS_END,     "RFC 3261 16.8"),
    ROW(AS_PROCEEDING, AS_TMR_C,         NULL,                cancel_on,         AS_PROCEEDING, AS_END,     "RFC 3261 16.8"),
};
static const struct fsm_timer timers[] = {
    [AS_T_C] = {"timer C", AS_TMR_C, 0, FSM_IN(AS_FORWARDED) | FSM_IN(AS_PROCEEDING)},
};

static void ended(struct fsm *f)
{
    struct as_request *r = as_request_of(f);
    struct as_world *w = r->as->world;
    if (r->work)
        msg_unref(w->sip->net, &r->work->m);
    r->id = 0;
    slab_free(&w->requests, r);
}

struct fsm_def as_def = {
    .name = "as",
    .title = "A request at an application server (RFC 3261 16; TS 24.229 5.7)",
    .state_names = states, .nstates = AS_STATES, .event_names = events, .nevents = AS_EVENTS,
    .rows = rows, .nrows = G_N_ELEMENTS(rows), .timers = timers, .ntimers = G_N_ELEMENTS(timers),
    .policy = FSM_IGNORE, .ended = ended,
};

/* ---- events from the transaction layer --------------------------------------------------------------- */

static struct as_request *find(const struct as_world *w, uint64_t id)
{
    if (!slab_in_use(&w->requests, sip_token_index(id)))
        return NULL;
    struct as_request *r = slab_at(&w->requests, sip_token_index(id));
    return r->id == id ? r : NULL;
}

static uint8_t meaning(const struct sip_msg *m)
{
    if (m->method == SIP_ACK)
        return AS_RX_ACK;
    if (m->to_tag)
        return AS_RX_IN_DIALOG;
    if (m->method == SIP_REGISTER)
        return sip_expires(m) == 0 && m->to.kind == SIP_URI_IDENTITY ? AS_RX_DEREGISTER : AS_RX_REGISTER;
    return AS_RX_INITIAL;
}

static void request(struct node *n, uint64_t st, struct sip_msg *m, struct node *from, uint16_t iface)
{
    struct as *as = as_of(n);
    struct as_world *w = as->world;
    uint32_t index;
    struct as_request *r = slab_alloc(&w->requests, &index);
    (void)from;
    (void)iface;
    fsm_start(&r->fsm, &as_def, n);
    r->as = as;
    r->id = sip_token(w->sip, index);
    r->st = st;
    r->ct = 0;
    r->invite = m->method == SIP_INVITE;
    r->work = sip_copy(w->sip, m);
    sip_st_set_user(w->sip, st, r->id);
    if (r->invite)
        sip_send_status(w->sip, st, 100);
    fsm_event(&r->fsm, meaning(m), r->work);
}

static void response(struct node *n, uint64_t ct, uint64_t user, struct sip_msg *m)
{
    struct as_world *w = as_of(n)->world;
    struct as_request *r = find(w, user);
    (void)ct;
    if (m->method == SIP_CANCEL)
        return;
    if (r) {
        fsm_event(&r->fsm, m->status == 100 ? AS_RX_100 : m->status < 200 ? AS_RX_1XX : AS_RX_FINAL, m);
        return;
    }
    if (m->method != SIP_INVITE || m->status / 100 != 2)
        return;
    /* A repeated 2xx after its context is gone is passed back as it comes (RFC 3261 16.7). */
    struct sip_msg *again = back(w->sip, m);
    if (again) {
        sip_seal(w->sip, again);
        node_send(n, net_node(w->sip->net, again->via->node), IFACE_ISC, &again->m);
    }
}

static void timeout(struct node *n, uint64_t ct, uint64_t user, enum sip_method method)
{
    struct as_request *r = find(as_of(n)->world, user);
    (void)ct;
    if (r && method != SIP_CANCEL)
        fsm_event(&r->fsm, AS_TIMEOUT, NULL);
}

static void cancel(struct node *n, uint64_t st, uint64_t user, struct sip_msg *m)
{
    struct as_request *r = find(as_of(n)->world, user);
    (void)st;
    if (r)
        fsm_event(&r->fsm, AS_RX_CANCEL, m);
}

static const struct sip_tu_ops tu = {.request = request, .response = response, .timeout = timeout, .cancel = cancel};

static void rx(struct node *n, struct msg *m, struct node *from, uint16_t iface)
{
    sip_rx(as_of(n)->world->sip, n, (struct sip_msg *)(void *)m, from, iface);
}

/* The station is full: a request is answered without a transaction (RFC 3261 21.5.4), the rest is lost. */
static void refuse(struct node *n, struct msg *base, struct node *from, uint16_t iface)
{
    struct sip_stack *sip = as_of(n)->world->sip;
    const struct sip_msg *m = (const struct sip_msg *)(const void *)base;
    if (m->status || m->method == SIP_ACK)
        return;
    struct sip_msg *r = sip_response(sip, m, 503);
    if (!r->to_tag)
        r->to_tag = sip_token(sip, 0);
    sip_seal(sip, r);
    node_send(n, from, iface, &r->m);
}

/* ---- making application servers ------------------------------------------------------------------------ */

struct as_world *as_world_new(struct sip_stack *sip)
{
    struct as_world *w = g_new0(struct as_world, 1);
    fsm_init(&as_def);
    w->sip = sip;
    slab_init(&w->requests, sizeof(struct as_request));
    w->all = g_ptr_array_new();
    return w;
}

void as_world_free(struct as_world *w)
{
    for (guint i = 0; i < w->all->len; i++) {
        struct as *as = g_ptr_array_index(w->all, i);
        slab_clear(&as->users);
        idmap_clear(&as->user_of);
        g_free(as);
    }
    g_ptr_array_free(w->all, TRUE);
    slab_clear(&w->requests);
    g_free(w);
}

void as_new(struct as_world *w, struct node *n, const struct as_cfg *cfg)
{
    struct as *as = g_new0(struct as, 1);
    as->world = w;
    as->node = n;
    as->cfg = *cfg;
    as->uri = (struct sip_uri){.kind = SIP_URI_HOST, .flags = SIP_LR, .id = cfg->host};
    slab_init(&as->users, sizeof(struct as_user));
    idmap_init(&as->user_of);
    as->endpoint.tu = &tu;
    as->endpoint.address[0] = as->endpoint.address[1] = (struct sip_uri){.kind = SIP_URI_HOST, .id = cfg->host};
    n->self = as;
    n->ops = &as->endpoint;
    n->rx = rx;
    n->refuse = refuse;
    g_ptr_array_add(w->all, as);
}

uint32_t as_host(const struct node *n)
{
    return as_of(n)->cfg.host;
}

size_t as_pending(const struct as_world *w)
{
    return slab_count(&w->requests);
}
