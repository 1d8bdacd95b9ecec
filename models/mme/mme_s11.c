/* mme_s11.c - requests and answers on S11 (TS 29.274 7.6).
 *
 *   Create Session, Modify Bearer, Delete Session Request -> S-GW, repeated by T3-RESPONSE | the answer has
 *                                                                                            its number
 *   S-GW -> Create, Update, Delete Bearer Request; a repeated one gets the same answer, or waits for it
 *
 * A PDN connection has one request under way at most. */
#include "models/mme/mme_int.h"

enum { RQ_END, RQ_WAIT_ANSWER, RQ_STATES };
enum { RQ_SEND, RQ_RX_ANSWER, RQ_TMR_T3, RQ_STOP, RQ_EVENTS };
enum { RQ_T_T3 };
static const char *const states[] = {"end", "wait answer"};
static const char *const events[] = {"request", "answer", "T3-RESPONSE", "stop"};

static struct mme_request *request_of(struct fsm *f)
{
    return (struct mme_request *)(void *)((char *)f - offsetof(struct mme_request, fsm));
}

static struct mme_pdn *pdn_of(struct fsm *f)
{
    return (struct mme_pdn *)(void *)((char *)request_of(f) - offsetof(struct mme_pdn, request));
}

static void transmit(struct mme_pdn *p)
{
    const struct mme *mme = p->ue->mme;
    p->request.tries++;
    fsm_timer_start(&p->request.fsm, RQ_T_T3, mme_timer(p->ue, TIMER_GTP_T3));
    node_send(mme->node, mme->cfg.sgw, IFACE_S11, msg_ref(p->request.kept));
}

static void forget(struct mme_pdn *p)
{
    if (p->request.kept)
        msg_unref(p->ue->mme->epc->net, &p->request.kept->m);
    p->request.kept = NULL;
}

static bool may_repeat(const struct fsm *f, const void *arg)
{
    (void)arg;
    return request_of((struct fsm *)f)->tries < MME_N3;
}

static bool send_request(struct fsm *f, const void *arg)
{
    struct mme_pdn *p = pdn_of(f);
    (void)arg;
    p->request.tries = 0;
    p->request.lost = false;
    transmit(p);
    return true;
}

static bool repeat(struct fsm *f, const void *arg)
{
    (void)arg;
    transmit(pdn_of(f));
    return true;
}

static bool done(struct fsm *f, const void *arg)
{
    (void)arg;
    forget(pdn_of(f));
    return true;
}

static bool give_up(struct fsm *f, const void *arg)
{
    request_of(f)->lost = true;
    return done(f, arg);
}

static const struct fsm_row rows[] = {
    /*  in              on            if          do            then            on failure  clause           */
    ROW(RQ_END,         RQ_SEND,      NULL,       send_request, RQ_WAIT_ANSWER, RQ_END,     "TS 29.274 7.6"),
    ROW(RQ_WAIT_ANSWER, RQ_RX_ANSWER, NULL,       done,         RQ_END,         RQ_END,     "TS 29.274 7.6"),
    ROW(RQ_WAIT_ANSWER, RQ_TMR_T3,    may_repeat, repeat,       RQ_WAIT_ANSWER, RQ_END,     "TS 29.274 7.6"),
    ROW(RQ_WAIT_ANSWER, RQ_TMR_T3,    NULL,       give_up,      RQ_END,         RQ_END,     "TS 29.274 7.6"),
    ROW(RQ_WAIT_ANSWER, RQ_STOP,      NULL,       done,         RQ_END,         RQ_END,     "TS 29.274 7.6"),
};
static const struct fsm_timer timers[] = {
    [RQ_T_T3] = {"T3-RESPONSE", RQ_TMR_T3, 0, FSM_IN(RQ_WAIT_ANSWER)},
};

/* Told when this machine has come to rest, since the PDN connection may end with that. */
static void ended(struct fsm *f)
{
    struct mme_pdn *p = pdn_of(f);
    if (p->request.lost)
        fsm_event(&p->fsm, PD_NO_ANSWER, NULL);
}

struct fsm_def mme_s11_def = {
    .name = "mme-s11",
    .title = "A request of the MME on S11 (TS 29.274 7.6)",
    .state_names = states, .nstates = RQ_STATES, .event_names = events, .nevents = RQ_EVENTS,
    .rows = rows, .nrows = G_N_ELEMENTS(rows), .timers = timers, .ntimers = G_N_ELEMENTS(timers),
    .policy = FSM_ASSERT, .ended = ended, .plumbing = true,
};

/* ---- requests --------------------------------------------------------------------------------------- */

void mme_request_stop(struct mme_pdn *p)
{
    if (p->request.fsm.state == RQ_WAIT_ANSWER)
        fsm_event(&p->request.fsm, RQ_STOP, NULL);
}

void mme_request_send(struct mme_pdn *p, struct gtp_msg *m)
{
    struct mme *mme = p->ue->mme;
    mme_request_stop(p);
    mme->seq = (mme->seq + 1) & 0xffffff;
    m->seq = p->request.seq = mme->seq;
    gtp_seal(mme->epc->gtp, m);
    p->request.kept = m;
    fsm_event(&p->request.fsm, RQ_SEND, NULL);
}

static struct mme_pdn *find_asker(const struct mme_ue *u, const struct gtp_msg *m)
{
    struct mme_pdn *p = u->pdns;
    while (p && !(p->request.fsm.state == RQ_WAIT_ANSWER && p->request.seq == m->seq))
        p = p->next;
    return p;
}

static void rx_answer(struct mme_ue *u, struct gtp_msg *m, uint8_t event)
{
    struct mme_pdn *p = find_asker(u, m);
    if (!p)
        return;
    fsm_event(&p->request.fsm, RQ_RX_ANSWER, m);
    fsm_event(&p->fsm, event, m);
}

/* ---- answers ---------------------------------------------------------------------------------------- */

void mme_answer(struct mme_ue *u, struct gtp_msg *m)
{
    struct mme *mme = u->mme;
    gtp_seal(mme->epc->gtp, m);
    if (u->kept[u->next_kept])
        msg_unref(mme->epc->net, &u->kept[u->next_kept]->m);
    u->kept[u->next_kept] = msg_ref(m);
    u->next_kept = (u->next_kept + 1) % MME_KEPT;
    node_send(mme->node, mme->cfg.sgw, IFACE_S11, &m->m);
}

/* Whether this request was seen before: then the answer goes again, if there is one yet. */
static bool is_repeated(struct mme_ue *u, const struct gtp_msg *m)
{
    for (const struct mme_job *j = u->jobs; j; j = j->next)
        if (j->request->seq == m->seq && j->request->m.type == m->m.type)
            return true;
    for (int i = 0; i < MME_KEPT; i++) {
        if (u->kept[i] && u->kept[i]->seq == m->seq && u->kept[i]->m.type == m->m.type + 1) {
            node_send(u->mme->node, u->mme->cfg.sgw, IFACE_S11, msg_ref(u->kept[i]));
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
    case GTP_create_bearer_req:
    case GTP_update_bearer_req:
    case GTP_delete_bearer_req:
        if (!u)
            context_not_found(mme, m);
        else if (!is_repeated(u, m))
            mme_rx_bearer_request(u, m);
        break;
    default: /* SIMPLIFIED: Downlink Data Notification comes with paging */
        break;
    }
}
