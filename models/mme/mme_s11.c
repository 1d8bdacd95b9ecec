/* mme_s11.c - requests and answers on S11 (TS 29.274 7.6).
 *
 *   Create Session, Modify Bearer, Delete Session, Release Access Bearers Request -> S-GW, repeated by T3-RESPONSE
 *                                                                    | the answer has its number
 *   Delete Bearer Command -> S-GW, repeated until | Delete Bearer Request for this bearer
 *   S-GW -> Create, Update, Delete Bearer Request; a repeated one gets the same answer, or waits for it
 *   S-GW -> Downlink Data Notification | Acknowledge at once, and the phone is looked for
 *
 * A PDN connection has one request under way at most, and the phone one of its own. Create and Update Bearer Requests for a
 * phone that has no bearers now wait until it has. */
#include "models/mme/mme_int.h"

enum { RQ_END, RQ_WAIT_ANSWER, RQ_STATES };
enum { RQ_SEND, RQ_RX_ANSWER, RQ_TMR_T3, RQ_STOP, RQ_EVENTS };
enum { RQ_T_T3 };
static const char *const states[] = {"end", "wait answer"};
static const char *const events[] = {"request", "answer", "T3-RESPONSE", "stop"};

static struct mme_request *request_of(const struct fsm *f)
{
    return (struct mme_request *)f;
}

static void transmit(struct mme_request *r)
{
    const struct mme *mme = r->ue->mme;
    r->tries++;
    fsm_timer_start(&r->fsm, RQ_T_T3, mme_timer(r->ue, TIMER_GTP_T3));
    node_send(mme->node, mme->cfg.sgw, IFACE_S11, msg_ref(r->kept));
}

static bool may_repeat(const struct fsm *f, const void *arg)
{
    (void)arg;
    return request_of(f)->tries < MME_N3;
}

static bool send_request(struct fsm *f, const void *arg)
{
    (void)arg;
    transmit(request_of(f));
    return true;
}

static bool give_up(struct fsm *f, const void *arg)
{
    (void)arg;
    request_of(f)->lost = true;
    return true;
}

static const struct fsm_row rows[] = {
    /*  in              on            if          do            then            on failure  clause           */
    ROW(RQ_END,         RQ_SEND,      NULL,       send_request, RQ_WAIT_ANSWER, RQ_END,     "TS 29.274 7.6"),
    ROW(RQ_WAIT_ANSWER, RQ_RX_ANSWER, NULL,       NULL,         RQ_END,         RQ_END,     "TS 29.274 7.6"),
    ROW(RQ_WAIT_ANSWER, RQ_TMR_T3,    may_repeat, send_request, RQ_WAIT_ANSWER, RQ_END,     "TS 29.274 7.6"),
    ROW(RQ_WAIT_ANSWER, RQ_TMR_T3,    NULL,       give_up,      RQ_END,         RQ_END,     "TS 29.274 7.6"),
    ROW(RQ_WAIT_ANSWER, RQ_STOP,      NULL,       NULL,         RQ_END,         RQ_END,     "TS 29.274 7.6"),
};
static const struct fsm_timer timers[] = {
    [RQ_T_T3] = {"T3-RESPONSE", RQ_TMR_T3, 0, FSM_IN(RQ_WAIT_ANSWER)},
};

static void free_request(struct mme_request *r)
{
    struct mme_request **at = &r->ue->work->requests;
    while (*at != r)
        at = &(*at)->next;
    *at = r->next;
    fsm_stop(&r->fsm);
    msg_unref(r->ue->mme->epc->net, &r->kept->m);
    slab_free(&r->ue->mme->requests, r);
}

/* Told when the request is gone, since what it belongs to may end with that. */
static void ended(struct fsm *f)
{
    const struct mme_request r = *request_of(f);
    free_request(request_of(f));
    if (r.lost && r.pdn)
        fsm_event(&r.pdn->fsm, PD_NO_ANSWER, NULL);
    else if (r.lost && !r.ebi)
        fsm_event(&r.ue->work->release, MR_NO_ANSWER, NULL);
}

struct fsm_def mme_s11_def = {
    .name = "mme-s11",
    .title = "A request of the MME on S11 (TS 29.274 7.6)",
    .state_names = states, .nstates = RQ_STATES, .event_names = events, .nevents = RQ_EVENTS,
    .rows = rows, .nrows = G_N_ELEMENTS(rows), .timers = timers, .ntimers = G_N_ELEMENTS(timers),
    .policy = FSM_ASSERT, .ended = ended, .plumbing = true,
};

/* ---- requests --------------------------------------------------------------------------------------- */

void mme_requests_free(struct mme_ue *u)
{
    while (u->work->requests)
        free_request(u->work->requests);
}

void mme_request_stop(struct mme_pdn *p)
{
    struct mme_request *r = p->ue->work->requests;
    while (r && r->pdn != p)
        r = r->next;
    if (r)
        fsm_event(&r->fsm, RQ_STOP, NULL);
}

/* Takes over the message. */
static struct mme_request *ask(struct mme_ue *u, struct mme_pdn *p, struct gtp_msg *m)
{
    struct mme *mme = u->mme;
    struct mme_request *r = slab_alloc0(&mme->requests, NULL);
    fsm_start(&r->fsm, &mme_s11_def, mme->node);
    mme->seq = gtp_next_seq(mme->seq);
    m->seq = r->seq = mme->seq;
    gtp_seal(mme->epc->gtp, m);
    r->ue = u;
    r->pdn = p;
    r->kept = m;
    r->next = u->work->requests;
    u->work->requests = r;
    return r;
}

void mme_request_send(struct mme_pdn *p, struct gtp_msg *m)
{
    mme_request_stop(p);
    fsm_event(&ask(p->ue, p, m)->fsm, RQ_SEND, NULL);
}

/* The S-GW has one TEID per phone, which each of its PDN connections knows. */
static uint32_t sgw_teid(const struct mme_ue *u)
{
    return u->pdns ? u->pdns->sgw_teid : 0;
}

void mme_request_release(struct mme_ue *u)
{
    struct gtp_msg *m = gtp_new(u->mme->epc->gtp, GTP_release_access_bearers_req);
    m->teid = sgw_teid(u);
    fsm_event(&ask(u, NULL, m)->fsm, RQ_SEND, NULL);
}

static struct mme_request *find_command(const struct mme_ue *u, uint8_t ebi)
{
    struct mme_request *r = u->work->requests;
    while (r && r->ebi != ebi)
        r = r->next;
    return r;
}

void mme_command_delete(struct mme_ue *u, uint8_t ebi)
{
    struct gtp_msg *m = gtp_new(u->mme->epc->gtp, GTP_delete_bearer_cmd);
    struct mme_request *r;
    m->teid = sgw_teid(u);
    gtp_body(m, delete_bearer_cmd)->bearers = (struct ie_ebis){.n = 1, .ebi = {ebi}};
    r = ask(u, NULL, m);
    r->ebi = ebi;
    fsm_event(&r->fsm, RQ_SEND, NULL);
}

static struct mme_request *find_asked(const struct mme_ue *u, const struct gtp_msg *m)
{
    struct mme_request *r = u->work->requests;
    while (r && r->seq != m->seq)
        r = r->next;
    return r;
}

static void rx_answer(struct mme_ue *u, struct gtp_msg *m, uint8_t event)
{
    struct mme_request *r = find_asked(u, m);
    struct mme_pdn *p = r ? r->pdn : NULL;
    if (!r)
        return;
    fsm_event(&r->fsm, RQ_RX_ANSWER, m);
    if (p)
        fsm_event(&p->fsm, event, m);
    else
        fsm_event(&u->work->release, MR_RX_RELEASED, m);
}

/* What a Delete Bearer Command was about is being deleted. */
static void end_commands(struct mme_ue *u, const struct ie_ebis *ebis)
{
    for (unsigned i = 0; i < ebis->n; i++) {
        struct mme_request *r = ebis->ebi[i] ? find_command(u, ebis->ebi[i]) : NULL;
        if (r)
            fsm_event(&r->fsm, RQ_RX_ANSWER, NULL);
    }
}

/* ---- requests of the S-GW that wait for the phone --------------------------------------------------- */

static bool must_wait(const struct mme_ue *u)
{
    bool there = mme_is_usable(u) && u->work->service.state == SV_END && u->bearers && u->bearers->enb.teid;
    return mme_ue_is_registered(u) && !there;
}

static void hold(struct mme_ue *u, struct gtp_msg *m)
{
    struct mme_held **end = &u->work->held, *h = slab_alloc0(&u->mme->held, NULL);
    *h = (struct mme_held){.m = msg_ref(m), .from = cause_keep(u->mme->node->sim)};
    while (*end)
        end = &(*end)->next;
    *end = h;
}

/* The first one, or NULL; the caller has its message to give up. */
static struct gtp_msg *take_held(struct mme_ue *u, struct cause_kept *from)
{
    struct mme_held *h = u->work->held;
    struct gtp_msg *m = h ? h->m : NULL;
    if (!h)
        return NULL;
    *from = h->from;
    u->work->held = h->next;
    slab_free(&u->mme->held, h);
    return m;
}

void mme_held_go(struct mme_ue *u)
{
    struct sim *sim = u->mme->node->sim;
    struct cause_kept from;
    for (struct gtp_msg *m = take_held(u, &from); m; m = take_held(u, &from)) {
        struct cause_kept running = cause_take_up(sim, from, u->mme->node->id);
        mme_rx_bearer_request(u, m);
        cause_back(sim, running);
        msg_unref(u->mme->epc->net, &m->m);
    }
}

void mme_held_refuse(struct mme_ue *u)
{
    struct sim *sim = u->mme->node->sim;
    struct cause_kept from;
    for (struct gtp_msg *m = take_held(u, &from); m; m = take_held(u, &from)) {
        struct cause_kept running = cause_take_up(sim, from, u->mme->node->id);
        mme_refuse_bearer_request(u, m, GTP_UNABLE_TO_PAGE);
        cause_back(sim, running);
        msg_unref(u->mme->epc->net, &m->m);
    }
}

void mme_held_free(struct mme_ue *u)
{
    struct cause_kept from;
    for (struct gtp_msg *m = take_held(u, &from); m; m = take_held(u, &from))
        msg_unref(u->mme->epc->net, &m->m);
}

static void hold_and_reach(struct mme_ue *u, struct gtp_msg *m)
{
    if (u->unreachable) {
        mme_refuse_bearer_request(u, m, GTP_UNABLE_TO_PAGE);
        return;
    }
    hold(u, m);
    mme_reach_phone(u);
}

/* ---- Downlink Data Notification --------------------------------------------------------------------- */

static void acknowledge(struct mme *mme, const struct gtp_msg *m, uint32_t teid, uint8_t cause)
{
    struct gtp_msg *r = gtp_answer(mme->epc->gtp, GTP_ddn_ack, m, teid);
    gtp_body(r, ddn_ack)->cause = cause;
    gtp_seal(mme->epc->gtp, r);
    node_send(mme->node, mme->cfg.sgw, IFACE_S11, &r->m);
}

/* A phone that is there gets its tunnel by what goes on. */
static void notified(struct mme_ue *u, const struct gtp_msg *m)
{
    bool good = mme_ue_is_registered(u) ? !u->unreachable : u->connected;
    acknowledge(u->mme, m, sgw_teid(u), good ? GTP_ACCEPTED : GTP_UNABLE_TO_PAGE);
    if (!good || !mme_ue_is_registered(u))
        return;
    u->work->notified = true;
    mme_reach_phone(u);
}

void mme_data_fails(struct mme_ue *u)
{
    struct gtp_msg *m;
    if (!u->work->notified)
        return;
    u->work->notified = false;
    m = gtp_new(u->mme->epc->gtp, GTP_ddn_failure);
    u->mme->seq = gtp_next_seq(u->mme->seq);
    m->seq = u->mme->seq;
    m->teid = sgw_teid(u);
    gtp_body(m, ddn_failure)->cause = GTP_UNABLE_TO_PAGE;
    gtp_seal(u->mme->epc->gtp, m);
    node_send(u->mme->node, u->mme->cfg.sgw, IFACE_S11, &m->m);
}

/* ---- answers ---------------------------------------------------------------------------------------- */

void mme_answer(struct mme_ue *u, struct gtp_msg *m)
{
    struct mme *mme = u->mme;
    gtp_seal(mme->epc->gtp, m);
    if (u->work->kept[u->work->next_kept])
        msg_unref(mme->epc->net, &u->work->kept[u->work->next_kept]->m);
    u->work->kept[u->work->next_kept] = msg_ref(m);
    u->work->next_kept = (u->work->next_kept + 1) % MME_KEPT;
    node_send(mme->node, mme->cfg.sgw, IFACE_S11, &m->m);
}

/* Whether this request was seen before: then the answer goes again, if there is one yet. */
static bool is_repeated(struct mme_ue *u, const struct gtp_msg *m)
{
    for (const struct mme_job *j = u->work->jobs; j; j = j->next)
        if (j->request->seq == m->seq && j->request->m.type == m->m.type)
            return true;
    for (const struct mme_held *h = u->work->held; h; h = h->next)
        if (h->m->seq == m->seq && h->m->m.type == m->m.type)
            return true;
    for (int i = 0; i < MME_KEPT; i++) {
        if (u->work->kept[i] && u->work->kept[i]->seq == m->seq && u->work->kept[i]->m.type == m->m.type + 1) {
            node_send(u->mme->node, u->mme->cfg.sgw, IFACE_S11, msg_ref(u->work->kept[i]));
            return true;
        }
    }
    return false;
}

/* Nobody has this TEID: the cause alone, to TEID 0 (TS 29.274 5.5.2; unverified). */
static void context_not_found(struct mme *mme, const struct gtp_msg *m)
{
    struct gtp_msg *r;
    if (m->m.type == GTP_create_bearer_req) {
        r = gtp_answer(mme->epc->gtp, GTP_create_bearer_rsp, m, 0);
        gtp_body(r, create_bearer_rsp)->cause = GTP_CONTEXT_NOT_FOUND;
    } else if (m->m.type == GTP_update_bearer_req) {
        r = gtp_answer(mme->epc->gtp, GTP_update_bearer_rsp, m, 0);
        gtp_body(r, update_bearer_rsp)->cause = GTP_CONTEXT_NOT_FOUND;
    } else {
        r = gtp_answer(mme->epc->gtp, GTP_delete_bearer_rsp, m, 0);
        gtp_body(r, delete_bearer_rsp)->cause = GTP_CONTEXT_NOT_FOUND;
    }
    gtp_seal(mme->epc->gtp, r);
    node_send(mme->node, mme->cfg.sgw, IFACE_S11, &r->m);
}

static void rx_bearer_request(struct mme *mme, struct mme_ue *u, struct gtp_msg *m)
{
    if (!u)
        context_not_found(mme, m);
    else if (is_repeated(u, m))
        return;
    else if (!mme_ask_triggered(u, m) && m->m.type != GTP_delete_bearer_req) {
        mme_refuse_bearer_request(u, m, GTP_REQUEST_REJECTED);
    } else if (m->m.type == GTP_delete_bearer_req) {
        end_commands(u, &gtp_body(m, delete_bearer_req)->ebis);
        mme_rx_bearer_request(u, m);
    } else if (must_wait(u))
        hold_and_reach(u, m);
    else
        mme_rx_bearer_request(u, m);
}

void mme_rx_s11(struct mme *mme, struct mme_ue *u, struct gtp_msg *m)
{
    switch (m->m.type) {
    case GTP_create_session_rsp:
        if (u)
            rx_answer(u, m, PD_RX_CREATE_RSP);
        break;
    case GTP_modify_bearer_rsp:
        if (u)
            rx_answer(u, m, PD_RX_MODIFY_RSP);
        break;
    case GTP_delete_session_rsp:
        if (u)
            rx_answer(u, m, PD_RX_DELETE_RSP);
        break;
    case GTP_release_access_bearers_rsp:
        if (u)
            rx_answer(u, m, PD_EVENTS);
        break;
    case GTP_create_bearer_req:
    case GTP_update_bearer_req:
    case GTP_delete_bearer_req:
        rx_bearer_request(mme, u, m);
        break;
    case GTP_bearer_resource_failure:
        if (u)
            mme_ask_failed(u, m);
        break;
    case GTP_ddn:
        if (u)
            notified(u, m);
        else
            acknowledge(mme, m, 0, GTP_CONTEXT_NOT_FOUND);
        break;
    }
}
