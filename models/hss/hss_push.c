/* hss_push.c - what the HSS asks by itself: CLR of a former MME, RTR of an S-CSCF.
 *
 *   CLR -> MME | <- CLA                                  TS 29.272 5.2.1.2 (unverified)
 *   RTR -> S-CSCF | <- RTA: the user is not registered   TS 29.228 6.1.3
 *
 * The S-CSCF answers when it has told the phone and whoever else subscribed (TS 24.228, network-initiated
 * deregistration by the HSS); until then the user still counts as registered.
 *
 * SIMPLIFIED: a request that is not answered is not repeated (Diameter runs on a reliable transport); the HSS
 * then goes on as if it had been. What an error answer says is not looked at either. */
#include "models/hss/hss_int.h"

struct push {
    uint32_t id;
    struct fsm fsm;
    struct hss *hss;
    uint32_t party;
    uint32_t host;   /* of the receiver, + 1    */
    uint32_t reason; /* of RTR: DEREG_...       */
    struct node *to;
};

enum { PUSH_IDLE, PUSH_WAIT, PUSH_STATES };
enum { PUSH_SEND, PUSH_RX_ANSWER, PUSH_TMR, PUSH_EVENTS };
enum { PUSH_T_TX };

static struct push *push_of(struct fsm *f)
{
    return (struct push *)(void *)((char *)f - offsetof(struct push, fsm));
}

/* A request of this HSS, from the context and about its user. */
static struct dia_msg *request(const struct push *p, enum dia_type type)
{
    struct dia_msg *m = dia_new(p->hss->dia, type);
    m->session = p->id;
    m->party = p->party;
    m->origin = p->hss->host;
    m->realm = m->to_realm = p->hss->domain;
    m->to_host = p->host;
    return m;
}

static bool send(struct fsm *f, struct dia_msg *m, uint16_t iface)
{
    const struct push *p = push_of(f);
    dia_seal(p->hss->dia, m);
    fsm_timer_start(f, PUSH_T_TX, p->hss->dia->sip->timer[TIMER_DIAMETER_TX]);
    node_send(f->node, p->to, iface, &m->m);
    return true;
}

static void ended(struct fsm *f)
{
    struct push *p = push_of(f);
    ctx_free(&p->hss->pushes, p);
}

static const struct fsm_timer timers[] = {
    [PUSH_T_TX] = {"Tx", PUSH_TMR, 0, FSM_IN(PUSH_WAIT)},
};

/* ---- CLR ------------------------------------------------------------------------------------- */

static const char *const clr_states[] = {"idle", "wait CLA"};
static const char *const clr_events[] = {"user has moved", "CLA", "no answer"};

static bool cancel_location(struct fsm *f, const void *arg)
{
    struct dia_msg *m = request(push_of(f), DIA_CLR);
    struct dia_CLR *b = dia_body(m, CLR);
    (void)arg;
    b->imsi = epc_imsi(push_of(f)->party);
    b->type = CANCEL_MME_UPDATE;
    return send(f, m, IFACE_S6A);
}

/* clang-format off */
static const struct fsm_row clr_rows[] = {
    /*  in         on              if    do               then       on failure  clause */
    ROW(PUSH_IDLE, PUSH_SEND,      NULL, cancel_location, PUSH_WAIT, PUSH_IDLE,  "TS 29.272 5.2.1.2.3"),
    ROW(PUSH_WAIT, PUSH_RX_ANSWER, NULL, NULL,            PUSH_IDLE, PUSH_IDLE,  "TS 29.272 5.2.1.2.3"),
    ROW(PUSH_WAIT, PUSH_TMR,       NULL, NULL,            PUSH_IDLE, PUSH_IDLE,  "RFC 6733 5.5.4"),
};
/* clang-format on */
struct fsm_def hss_clr_def = {
    .name = "hss-cancel",
    .title = "Cancellation of a former location by the HSS (TS 29.272 5.2.1.2)",
    .state_names = clr_states,
    .nstates = PUSH_STATES,
    .event_names = clr_events,
    .nevents = PUSH_EVENTS,
    .rows = clr_rows,
    .nrows = G_N_ELEMENTS(clr_rows),
    .timers = timers,
    .ntimers = G_N_ELEMENTS(timers),
    .policy = FSM_ASSERT,
    .ended = ended,
};

/* ---- RTR ------------------------------------------------------------------------------------- */

static const char *const rtr_states[] = {"idle", "wait RTA"};
static const char *const rtr_events[] = {"deregister", "RTA", "no answer"};

static bool terminate(struct fsm *f, const void *arg)
{
    struct dia_msg *m = request(push_of(f), DIA_RTR);
    struct dia_RTR *b = dia_body(m, RTR);
    (void)arg;
    b->user_name = push_of(f)->party;
    b->reason = push_of(f)->reason;
    return send(f, m, IFACE_CX);
}

/* Unless the user has come to another S-CSCF in the meantime. */
static bool forget(struct fsm *f, const void *arg)
{
    const struct push *p = push_of(f);
    struct subscriber *s = hss_subscriber(p->hss, p->party);
    (void)arg;
    if (s && s->s_cscf == p->host) {
        s->s_cscf = s->auth_pending = 0;
        s->registration = HSS_NOT_REGISTERED;
    }
    return true;
}

/* clang-format off */
static const struct fsm_row rtr_rows[] = {
    /*  in         on              if    do         then       on failure  clause */
    ROW(PUSH_IDLE, PUSH_SEND,      NULL, terminate, PUSH_WAIT, PUSH_IDLE,  "TS 29.228 6.1.3.1"),
    ROW(PUSH_WAIT, PUSH_RX_ANSWER, NULL, forget,    PUSH_IDLE, PUSH_IDLE,  "TS 29.228 6.1.3.1"),
    ROW(PUSH_WAIT, PUSH_TMR,       NULL, forget,    PUSH_IDLE, PUSH_IDLE,  "RFC 6733 5.5.4"),
};
/* clang-format on */
struct fsm_def hss_rtr_def = {
    .name = "hss-deregister",
    .title = "Deregistration by the HSS (TS 29.228 6.1.3)",
    .state_names = rtr_states,
    .nstates = PUSH_STATES,
    .event_names = rtr_events,
    .nevents = PUSH_EVENTS,
    .rows = rtr_rows,
    .nrows = G_N_ELEMENTS(rtr_rows),
    .timers = timers,
    .ntimers = G_N_ELEMENTS(timers),
    .policy = FSM_ASSERT,
    .ended = ended,
};

/* ---- contexts -------------------------------------------------------------------------------- */

void hss_push_init(struct hss *hss)
{
    ctx_pool_init(&hss->pushes, sizeof(struct push));
}

static struct push *push_new(struct hss *hss, struct fsm_def *def, uint32_t party)
{
    struct push *p = ctx_new(&hss->pushes);
    fsm_start(&p->fsm, def, hss->node);
    p->hss = hss;
    p->party = party;
    return p;
}

void hss_send_clr(struct hss *hss, uint32_t party, uint32_t mme, uint32_t mme_host)
{
    struct push *p = push_new(hss, &hss_clr_def, party);
    p->host = mme_host;
    p->to = net_node(hss->node->net, mme - 1);
    fsm_event(&p->fsm, PUSH_SEND, NULL);
}

void hss_send_rtr(struct hss *hss, uint32_t party, uint32_t s_cscf, uint32_t reason)
{
    struct push *p = push_new(hss, &hss_rtr_def, party);
    p->host = s_cscf;
    p->to = sip_host(hss->dia->sip, s_cscf - 1)->node;
    p->reason = reason;
    sim_assert(hss->node->sim, p->to);
    fsm_event(&p->fsm, PUSH_SEND, NULL);
}

/* An answer that comes too late finds nobody. */
void hss_push_rx(struct hss *hss, const struct dia_msg *m)
{
    struct push *p = ctx_find(&hss->pushes, (uint32_t)m->session);
    sim_assert(hss->node->sim, m->m.type == DIA_CLA || m->m.type == DIA_RTA);
    if (p && p->fsm.def == (m->m.type == DIA_CLA ? &hss_clr_def : &hss_rtr_def))
        fsm_event(&p->fsm, PUSH_RX_ANSWER, m);
}
