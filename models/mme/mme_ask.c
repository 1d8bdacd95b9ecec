/* mme_ask.c - what a phone asks for itself: a bearer, or to be rid of one (TS 23.401 5.4.5; TS 24.301 6.5.3, 6.5.4; TS 29.274 7.2.5, 7.6)
 *
 *   eNB -> BEARER RESOURCE ALLOCATION | MODIFICATION REQUEST | Bearer Resource Command -> S-GW
 *        | Create, Update or Delete Bearer Request with the command's number: the bearer's machine answers the phone,
 *          with the phone's transaction (mme_job.c, mme_bearer.c)
 *        | Bearer Resource Failure Indication, or nothing: BEARER RESOURCE ALLOCATION | MODIFICATION REJECT
 *
 * A request that is repeated (T3480, T3481 of the phone) while it is worked on changes nothing. */
#include "models/mme/mme_int.h"

enum { AK_END, AK_WAIT_TRIGGERED, AK_STATES };
enum { AK_RX_REQUEST, AK_TRIGGERED, AK_RX_FAILURE, AK_TMR_T3, AK_STOP, AK_EVENTS };
enum { AK_T_T3 };
static const char *const states[] = {"end", "wait triggered request"};
static const char *const events[] = {"bearer resource request", "triggered request", "Bearer Resource Failure Indication",
                                     "T3-RESPONSE", "stop"};

static struct mme_ask *ask_of(struct fsm *f)
{
    return (struct mme_ask *)(void *)f;
}
static const struct mme_ask *const_ask_of(const struct fsm *f)
{
    return (const struct mme_ask *)(const void *)f;
}

/* ---- refusing --------------------------------------------------------------------------------------- */

void mme_refuse_bearer(struct mme_ue *u, uint8_t pti, bool release, uint8_t cause)
{
    struct nas_msg *m = mme_esm(u, release ? NAS_bearer_modification_reject : NAS_bearer_allocation_reject, 0, pti);
    if (release)
        nas_body(m, bearer_modification_reject)->cause = cause;
    else
        nas_body(m, bearer_allocation_reject)->cause = cause;
    mme_send_nas(u, mme_protect(u, m));
}

static bool refuse(struct fsm *f, uint8_t cause)
{
    const struct mme_ask *a = ask_of(f);
    mme_refuse_bearer(a->ue, a->pti, a->release, cause);
    return true;
}

/* The connection that the request is about; NULL: there is none, or not the bearer that it names. */
static struct mme_pdn *asked_about(const struct mme_ue *u, const struct nas_msg *m)
{
    struct mme_pdn *p;
    if (m->m.type == NAS_bearer_allocation_request) {
        p = mme_find_pdn(u, nas_body(m, bearer_allocation_request)->linked_ebi);
    } else {
        const struct mme_bearer *b = mme_find_bearer(u, nas_body(m, bearer_modification_request)->linked_ebi);
        p = b && b->ebi != b->pdn->ebi ? b->pdn : NULL;
    }
    return p && mme_pdn_is_up(p) ? p : NULL;
}

static bool is_unknown(const struct fsm *f, const void *arg)
{
    return !asked_about(const_ask_of(f)->ue, arg);
}

static bool refuse_unknown(struct fsm *f, const void *arg)
{
    (void)arg;
    return refuse(f, ESM_INVALID_EBI);
}

/* TS 29.274 annex C has the causes (unverified). */
static bool pass_failure(struct fsm *f, const void *arg)
{
    uint8_t cause = gtp_body((const struct gtp_msg *)arg, bearer_resource_failure)->cause;
    return refuse(f, cause == GTP_CONTEXT_NOT_FOUND  ? ESM_INVALID_EBI
                     : cause == GTP_TFT_SEMANTIC     ? ESM_SEMANTIC_ERROR_TFT
                     : cause == GTP_NO_RESOURCES     ? ESM_INSUFFICIENT_RESOURCES
                     : cause == GTP_REQUEST_REJECTED ? ESM_REJECTED_BY_GW
                                                     : ESM_NETWORK_FAILURE);
}

static bool no_answer(struct fsm *f, const void *arg)
{
    (void)arg;
    return refuse(f, ESM_NETWORK_FAILURE);
}

/* ---- the command ------------------------------------------------------------------------------------ */

static bool transmit(struct mme_ask *a)
{
    const struct mme *mme = a->ue->mme;
    a->tries++;
    fsm_timer_start(&a->fsm, AK_T_T3, mme_timer(a->ue, TIMER_GTP_T3));
    node_send(mme->node, mme->cfg.sgw, IFACE_S11, msg_ref(a->kept));
    return true;
}

static void fill(struct gtp_bearer_resource_cmd *b, const struct nas_msg *m)
{
    b->pti = m->pti;
    if (m->m.type == NAS_bearer_allocation_request) {
        b->tad = nas_body(m, bearer_allocation_request)->tad;
        IE_PUT(b, flow_qos) = nas_body(m, bearer_allocation_request)->qos;
    } else {
        b->tad = nas_body(m, bearer_modification_request)->tad;
        IE_PUT(b, ebi) = nas_body(m, bearer_modification_request)->linked_ebi;
    }
}

static bool command(struct fsm *f, const void *arg)
{
    struct mme_ask *a = ask_of(f);
    struct mme *mme = a->ue->mme;
    const struct mme_pdn *p = asked_about(a->ue, arg);
    a->kept = gtp_new(mme->epc->gtp, GTP_bearer_resource_cmd);
    mme->seq = gtp_next_seq(mme->seq);
    a->kept->seq = GTP_COMMAND_SEQ | mme->seq;
    a->kept->teid = p->sgw_teid;
    gtp_body(a->kept, bearer_resource_cmd)->linked_ebi = p->ebi;
    fill(gtp_body(a->kept, bearer_resource_cmd), arg);
    gtp_seal(mme->epc->gtp, a->kept);
    return transmit(a);
}

static bool may_repeat(const struct fsm *f, const void *arg)
{
    (void)arg;
    return const_ask_of(f)->tries < MME_N3;
}

static bool repeat(struct fsm *f, const void *arg)
{
    (void)arg;
    return transmit(ask_of(f));
}

/* Clauses from the standards' contents, unverified, but for TS 29.274 7.6. */
static const struct fsm_row rows[] = {
    /*  in                 on             if          do              then               on failure  clause */
    ROW(AK_END,            AK_RX_REQUEST, is_unknown, refuse_unknown, AK_END,            AK_END,     "TS 24.301 6.5.3.4"),
    ROW(AK_END,            AK_RX_REQUEST, NULL,       command,        AK_WAIT_TRIGGERED, AK_END,     "TS 23.401 5.4.5 step 2"),
    ROW(AK_WAIT_TRIGGERED, AK_TMR_T3,     may_repeat, repeat,         AK_WAIT_TRIGGERED, AK_END,     "TS 29.274 7.6"),
    ROW(AK_WAIT_TRIGGERED, AK_TMR_T3,     NULL,       no_answer,      AK_END,            AK_END,     "TS 24.301 6.5.3.4"),
    ROW(AK_WAIT_TRIGGERED, AK_TRIGGERED,  NULL,       NULL,           AK_END,            AK_END,     "TS 29.274 7.6"),
    ROW(AK_WAIT_TRIGGERED, AK_RX_FAILURE, NULL,       pass_failure,   AK_END,            AK_END,     "TS 24.301 6.5.3.4"),
    ROW(AK_WAIT_TRIGGERED, AK_STOP,       NULL,       NULL,           AK_END,            AK_END,     "TS 23.401 5.3.8.2.1"),
};
static const struct fsm_timer timers[] = {
    [AK_T_T3] = {"T3-RESPONSE", AK_TMR_T3, 0, FSM_IN(AK_WAIT_TRIGGERED)},
};

void mme_ask_free(struct mme_ask *a)
{
    struct mme_ask **at = &a->ue->work->asks;
    while (*at != a)
        at = &(*at)->next;
    *at = a->next;
    fsm_stop(&a->fsm);
    if (a->kept)
        msg_unref(a->ue->mme->epc->net, &a->kept->m);
    slab_free(&a->ue->mme->asks, a);
}

static void ended(struct fsm *f)
{
    mme_ask_free(ask_of(f));
}

struct fsm_def mme_ask_def = {
    .name = "mme-request",
    .title = "What a phone asks for, at the MME (TS 24.301 6.5.3, 6.5.4; TS 29.274 7.2.5)",
    .state_names = states, .nstates = AK_STATES, .event_names = events, .nevents = AK_EVENTS,
    .rows = rows, .nrows = G_N_ELEMENTS(rows), .timers = timers, .ntimers = G_N_ELEMENTS(timers),
    .policy = FSM_IGNORE, .ended = ended,
};

/* ---- interface -------------------------------------------------------------------------------------- */

static bool is_worked_on(const struct mme_ue *u, uint8_t pti)
{
    for (const struct mme_ask *a = u->work->asks; a; a = a->next)
        if (a->pti == pti)
            return true;
    for (const struct mme_bearer *b = u->bearers; b; b = b->next)
        if (b->job && b->pti == pti)
            return true;
    return false;
}

void mme_asked(struct mme_ue *u, const struct nas_msg *m)
{
    if (is_worked_on(u, m->pti))
        return;
    struct mme_ask *a = slab_alloc0(&u->mme->asks, NULL);
    fsm_start(&a->fsm, &mme_ask_def, u->mme->node);
    a->ue = u;
    a->pti = m->pti;
    a->release = m->m.type == NAS_bearer_modification_request;
    a->next = u->work->asks;
    u->work->asks = a;
    fsm_event(&a->fsm, AK_RX_REQUEST, m);
}

static struct mme_ask *find(const struct mme_ue *u, uint32_t seq)
{
    struct mme_ask *a = u->work->asks;
    while (a && a->kept->seq != seq)
        a = a->next;
    return a;
}

bool mme_ask_triggered(struct mme_ue *u, const struct gtp_msg *m)
{
    struct mme_ask *a = m->seq & GTP_COMMAND_SEQ ? find(u, m->seq) : NULL;
    if (a)
        fsm_event(&a->fsm, AK_TRIGGERED, m);
    return a || !(m->seq & GTP_COMMAND_SEQ);
}

void mme_ask_failed(struct mme_ue *u, const struct gtp_msg *m)
{
    struct mme_ask *a = find(u, m->seq);
    if (a)
        fsm_event(&a->fsm, AK_RX_FAILURE, m);
}

void mme_asks_stop(struct mme_ue *u)
{
    while (u->work->asks)
        fsm_event(&u->work->asks->fsm, AK_STOP, NULL);
}
