/* ue_rrc.c - the phone's RRC connection (TS 36.331): set-up, security, radio bearers, release.
 *
 *   [random access: ue_random.c] -> RRCConnectionRequest, RRCConnectionSetup, -> RRCConnectionSetupComplete [NAS]
 *   DLInformationTransfer [NAS], -> ULInformationTransfer [NAS]
 *   UECapabilityEnquiry, SecurityModeCommand, RRCConnectionReconfiguration: answered
 *   RRCConnectionRelease
 *
 * "Idle" is the end state: the connection's context goes with it.
 *
 * A phone that does not hear its eNB for T310 gives the connection up. SIMPLIFIED: no barring and no wait time (T302) after
 * a reject, NAS tries again in its own time; no measurement, no re-establishment, no handover. */
#include "models/ue/ue_access_int.h"

#include <string.h>

enum { RC_IDLE, RC_WAIT_SETUP, RC_CONNECTED, RC_SECURED, RC_STATES };
static const char *const rc_states[] = {"idle", "wait setup", "connected", "secured"};
enum {
    RC_SEND, RC_RX_SETUP, RC_RX_REJECT, RC_TMR_T300, RC_RX_TRANSFER, RC_RX_CAPABILITY, RC_RX_SECURITY,
    RC_RX_RECONFIGURATION, RC_RX_RELEASE, RC_ABANDON, RC_LEFT, RC_TMR_T3440, RC_OUT_OF_SYNC, RC_IN_SYNC, RC_TMR_T310,
    RC_EVENTS
};
static const char *const rc_events[] = {
    "NAS message to send", "RRCConnectionSetup", "RRCConnectionReject", "T300", "DLInformationTransfer",
    "UECapabilityEnquiry", "SecurityModeCommand", "RRCConnectionReconfiguration", "RRCConnectionRelease", "NAS gives up",
    "UE has left", "T3440", "out of sync", "in sync", "T310"};
enum { T_T300, T_T3440, T_T310 };

/* UE category 4 (TS 36.306 4.1). */
#define RADIO_CAPABILITY 4

void ue_rrc_put(struct ue_conn *c, struct rrc_msg *m)
{
    struct ue_access *a = c->access;
    m->ue = c->rnti;
    rrc_seal(a->epc->rrc, m);
    node_send(ue_node(a), a->cfg->enb, IFACE_UU, &m->m);
}

static struct rrc_msg *new_msg(const struct ue_conn *c, enum rrc_type type)
{
    return rrc_new(c->access->epc->rrc, type);
}

/* ---- set-up ---------------------------------------------------------------------------------- */

/* Keeps what is to be sent; an older message that still waits is overtaken by events. */
static bool keep(struct fsm *f, const void *arg)
{
    struct ue_conn *c = rrc_conn(f);
    struct nas_msg *older = c->first;
    c->first = msg_ref((void *)arg);
    if (older)
        msg_unref(f->node->net, &older->m);
    return true;
}

/* The identity is the S-TMSI or else a random value; here one that differs from phone to phone. */
void ue_rrc_put_request(struct ue_conn *c, uint32_t rnti)
{
    const struct ue_access *a = c->access;
    struct rrc_msg *m = new_msg(c, RRC_connection_request);
    struct rrc_connection_request *body = rrc_body(m, connection_request);
    if (a->guti.m_tmsi)
        IE_PUT(body, s_tmsi) = (struct ie_s_tmsi){.mme_code = a->guti.mme_code, .m_tmsi = a->guti.m_tmsi};
    else
        IE_PUT(body, random) = (a->party + 1) * 2654435761u;
    body->cause = c->cause;
    c->rnti = rnti;
    ue_rrc_put(c, m);
}

/* Where there is a radio, random access comes first. */
static bool request(struct fsm *f, const void *arg)
{
    struct ue_conn *c = rrc_conn(f);
    keep(f, arg);
    if (!ue_random_begin(c))
        ue_rrc_put_request(c, 0);
    fsm_timer_start(f, T_T300, c->access->epc->timer[TIMER_RRC_T300]);
    return true;
}

static bool complete(struct fsm *f, const void *arg)
{
    struct ue_conn *c = rrc_conn(f);
    struct rrc_msg *m = new_msg(c, RRC_connection_setup_complete);
    ue_random_resolved(c);
    c->rnti = ((const struct rrc_msg *)arg)->ue;
    rrc_body(m, connection_setup_complete)->nas = &c->first->m;
    c->first = NULL;
    ue_rrc_put(c, m);
    return true;
}

/* From here on the phone has no connection; this context goes when its handlers are through. */
static bool leave(struct fsm *f, const void *arg)
{
    (void)arg;
    rrc_conn(f)->access->conn = NULL;
    return true;
}

/* No connection, or no longer one: NAS decides what follows, which may be a new one. */
static bool tell_nas(struct fsm *f, const void *arg)
{
    leave(f, arg);
    ue_esm_no_connection(rrc_conn(f));
    ue_emm_no_connection(rrc_conn(f)->access);
    return true;
}

/* The network releases the connection of a phone that has detached; if it does not, the phone does. */
static bool await_release(struct fsm *f, const void *arg)
{
    (void)arg;
    fsm_timer_stop(f, T_T3440); /* it may have left before */
    fsm_timer_start(f, T_T3440, rrc_conn(f)->access->epc->timer[TIMER_NAS_T3440]);
    return true;
}

/* ---- radio link (TS 36.331 5.3.11) ------------------------------------------------------------ */

static bool await_sync(struct fsm *f, const void *arg)
{
    (void)arg;
    fsm_timer_start(f, T_T310, rrc_conn(f)->access->epc->timer[TIMER_RRC_T310]);
    return true;
}

static bool in_sync(struct fsm *f, const void *arg)
{
    (void)arg;
    fsm_timer_stop(f, T_T310);
    return true;
}

/* ---- NAS messages ---------------------------------------------------------------------------- */

static bool carry_up(struct fsm *f, const void *arg)
{
    struct ue_conn *c = rrc_conn(f);
    struct rrc_msg *m = new_msg(c, RRC_ul_information_transfer);
    fsm_timer_stop(f, T_T3440); /* NAS has use for the connection again */
    rrc_body(m, ul_information_transfer)->nas = msg_ref((void *)arg);
    ue_rrc_put(c, m);
    return true;
}

static bool hand_over(struct fsm *f, const void *arg)
{
    const struct rrc_msg *m = arg;
    ue_nas_rx(rrc_conn(f)->access, nas_of(rrc_body(m, dl_information_transfer)->nas));
    return true;
}

/* ---- capability, security, radio bearers ----------------------------------------------------- */

static bool tell_capability(struct fsm *f, const void *arg)
{
    struct ue_conn *c = rrc_conn(f);
    struct rrc_msg *m = new_msg(c, RRC_ue_capability_information);
    (void)arg;
    rrc_body(m, ue_capability_information)->radio_capability = RADIO_CAPABILITY;
    ue_rrc_put(c, m);
    return true;
}

static bool is_unknown(const struct fsm *f, const void *arg)
{
    const struct rrc_msg *m = arg;
    (void)f;
    return !ue_knows_algorithms(rrc_body(m, security_mode_command)->algorithms);
}

static bool refuse_security(struct fsm *f, const void *arg)
{
    (void)arg;
    ue_rrc_put(rrc_conn(f), new_msg(rrc_conn(f), RRC_security_mode_failure));
    return true;
}

static bool secure(struct fsm *f, const void *arg)
{
    (void)arg;
    ue_rrc_put(rrc_conn(f), new_msg(rrc_conn(f), RRC_security_mode_complete));
    return true;
}

static void change_drbs(struct ue_conn *c, const struct rrc_connection_reconfiguration *body)
{
    if (IE_HAS(body, released))
        for (unsigned i = 0; i < body->released.n; i++)
            for (size_t e = 0; e < G_N_ELEMENTS(c->drb); e++)
                if (c->drb[e] == body->released.ebi[i])
                    c->drb[e] = 0;
    if (IE_HAS(body, drbs))
        for (unsigned i = 0; i < body->drbs.n; i++) {
            const struct ie_drb *drb = &body->drbs.item[i];
            if (drb->ebi >= EBI_FIRST && drb->ebi <= EBI_LAST)
                c->drb[drb->ebi - EBI_FIRST] = drb->id;
        }
}

/* Radio bearers first, then the answer, then NAS: an ACCEPT finds its radio bearer there. */
static bool reconfigure(struct fsm *f, const void *arg)
{
    struct ue_conn *c = rrc_conn(f);
    const struct rrc_msg *m = arg;
    const struct rrc_connection_reconfiguration *body = rrc_body(m, connection_reconfiguration);
    change_drbs(c, body);
    ue_rrc_put(c, new_msg(c, RRC_connection_reconfiguration_complete));
    if (IE_HAS(body, nas))
        for (unsigned i = 0; i < body->nas.n && c->access->conn == c; i++)
            ue_nas_rx(c->access, nas_of(body->nas.item[i]));
    if (IE_HAS(body, drbs) && c->access->conn == c)
        ue_service_bearers(c->access);
    return true;
}

/* Clauses of TS 36.331 from memory: unverified. */
static const struct fsm_row rc_rows[] = {
    /*  in             on                     if          do               then           on failure     clause           */
    ROW(RC_IDLE,       RC_SEND,               NULL,       request,         RC_WAIT_SETUP, RC_IDLE,       "TS 36.331 5.3.3.2"),
    ROW(RC_WAIT_SETUP, RC_SEND,               NULL,       keep,            FSM_STAY,      FSM_STAY,      "TS 36.331 5.3.3.2"),
    ROW(RC_WAIT_SETUP, RC_RX_SETUP,           NULL,       complete,        RC_CONNECTED,  RC_IDLE,       "TS 36.331 5.3.3.4"),
    ROW(RC_WAIT_SETUP, RC_RX_REJECT,          NULL,       tell_nas,        RC_IDLE,       RC_IDLE,       "TS 36.331 5.3.3.8"),
    ROW(RC_WAIT_SETUP, RC_TMR_T300,           NULL,       tell_nas,        RC_IDLE,       RC_IDLE,       "TS 36.331 5.3.3.6"),
    ROW(RC_CONNECTED,  RC_RX_TRANSFER,        NULL,       hand_over,       FSM_STAY,      FSM_STAY,      "TS 36.331 5.6.1.3"),
    ROW(RC_CONNECTED,  RC_SEND,               NULL,       carry_up,        FSM_STAY,      FSM_STAY,      "TS 36.331 5.6.2.3"),
    ROW(RC_CONNECTED,  RC_RX_CAPABILITY,      NULL,       tell_capability, FSM_STAY,      FSM_STAY,      "TS 36.331 5.6.3.3"),
    ROW(RC_CONNECTED,  RC_RX_SECURITY,        is_unknown, refuse_security, FSM_STAY,      FSM_STAY,      "TS 36.331 5.3.4.3"),
    ROW(RC_CONNECTED,  RC_RX_SECURITY,        NULL,       secure,          RC_SECURED,    FSM_STAY,      "TS 36.331 5.3.4.3"),
    ROW(RC_SECURED,    RC_RX_CAPABILITY,      NULL,       tell_capability, FSM_STAY,      FSM_STAY,      "TS 36.331 5.6.3.3"),
    ROW(RC_SECURED,    RC_RX_RECONFIGURATION, NULL,       reconfigure,     FSM_STAY,      FSM_STAY,      "TS 36.331 5.3.5.3"),
    ROW(RC_SECURED,    RC_RX_TRANSFER,        NULL,       hand_over,       FSM_STAY,      FSM_STAY,      "TS 36.331 5.6.1.3"),
    ROW(RC_SECURED,    RC_SEND,               NULL,       carry_up,        FSM_STAY,      FSM_STAY,      "TS 36.331 5.6.2.3"),
    ROW(RC_CONNECTED,  RC_RX_RELEASE,         NULL,       tell_nas,        RC_IDLE,       RC_IDLE,       "TS 36.331 5.3.8.3"),
    ROW(RC_SECURED,    RC_RX_RELEASE,         NULL,       tell_nas,        RC_IDLE,       RC_IDLE,       "TS 36.331 5.3.8.3"),
    ROW(RC_WAIT_SETUP, RC_LEFT,               NULL,       await_release,   FSM_STAY,      FSM_STAY,      "TS 24.301 5.3.1.2"),
    ROW(RC_CONNECTED,  RC_LEFT,               NULL,       await_release,   FSM_STAY,      FSM_STAY,      "TS 24.301 5.3.1.2"),
    ROW(RC_SECURED,    RC_LEFT,               NULL,       await_release,   FSM_STAY,      FSM_STAY,      "TS 24.301 5.3.1.2"),
    ROW(RC_WAIT_SETUP, RC_TMR_T3440,          NULL,       tell_nas,        RC_IDLE,       RC_IDLE,       "TS 24.301 5.3.1.2"),
    ROW(RC_CONNECTED,  RC_TMR_T3440,          NULL,       tell_nas,        RC_IDLE,       RC_IDLE,       "TS 24.301 5.3.1.2"),
    ROW(RC_SECURED,    RC_TMR_T3440,          NULL,       tell_nas,        RC_IDLE,       RC_IDLE,       "TS 24.301 5.3.1.2"),
    ROW(RC_CONNECTED,  RC_OUT_OF_SYNC,        NULL,       await_sync,      FSM_STAY,      FSM_STAY,      "TS 36.331 5.3.11.1"),
    ROW(RC_SECURED,    RC_OUT_OF_SYNC,        NULL,       await_sync,      FSM_STAY,      FSM_STAY,      "TS 36.331 5.3.11.1"),
    ROW(RC_CONNECTED,  RC_IN_SYNC,            NULL,       in_sync,         FSM_STAY,      FSM_STAY,      "TS 36.331 5.3.11.2"),
    ROW(RC_SECURED,    RC_IN_SYNC,            NULL,       in_sync,         FSM_STAY,      FSM_STAY,      "TS 36.331 5.3.11.2"),
    ROW(RC_CONNECTED,  RC_TMR_T310,           NULL,       tell_nas,        RC_IDLE,       RC_IDLE,       "TS 36.331 5.3.11.3"),
    ROW(RC_SECURED,    RC_TMR_T310,           NULL,       tell_nas,        RC_IDLE,       RC_IDLE,       "TS 36.331 5.3.11.3"),
    ROW(FSM_ANY,       RC_ABANDON,            NULL,       leave,           RC_IDLE,       RC_IDLE,       "TS 36.331 5.3.12"),
};
static const struct fsm_timer rc_timers[] = {
    [T_T300] = {"T300", RC_TMR_T300, 0, FSM_IN(RC_WAIT_SETUP)},
    [T_T310] = {"T310", RC_TMR_T310, 0, FSM_IN(RC_CONNECTED) | FSM_IN(RC_SECURED)},
    [T_T3440] = {"T3440", RC_TMR_T3440, 1, FSM_IN(RC_WAIT_SETUP) | FSM_IN(RC_CONNECTED) | FSM_IN(RC_SECURED)},
};

static void ended(struct fsm *f)
{
    struct ue_conn *c = rrc_conn(f);
    struct net *net = f->node->net;
    fsm_stop(&c->esm);
    fsm_stop(&c->random);
    if (c->first)
        msg_unref(net, &c->first->m);
    if (c->request)
        msg_unref(net, &c->request->m);
    slab_free(&c->access->cfg->pool->conns, c);
}

struct fsm_def ue_rrc_def = {
    .name = "ue-rrc",
    .title = "RRC connection of a phone (TS 36.331 5.3)",
    .state_names = rc_states, .nstates = RC_STATES, .event_names = rc_events, .nevents = RC_EVENTS,
    .rows = rc_rows, .nrows = G_N_ELEMENTS(rc_rows), .timers = rc_timers, .ntimers = G_N_ELEMENTS(rc_timers),
    .policy = FSM_IGNORE, .ended = ended, .plumbing = true,
};

/* ---- events ---------------------------------------------------------------------------------- */

static void new_connection(struct ue_access *a)
{
    struct ue_conn *c = slab_alloc0(&a->cfg->pool->conns, NULL);
    fsm_start(&c->rrc, &ue_rrc_def, ue_node(a));
    fsm_start(&c->esm, &ue_esm_def, ue_node(a));
    fsm_start(&c->random, &ue_random_def, ue_node(a));
    c->access = a;
    a->conn = c;
    waitlist_stop(&a->cfg->pool->idle, a);
}

void ue_rrc_warm(struct ue_access *a, struct epc_warm *w)
{
    new_connection(a);
    a->conn->cause = w->establishment;
    a->conn->rnti = w->rnti;
    for (unsigned i = 0; i < w->n; i++)
        a->conn->drb[w->pdn[i].ebi - EBI_FIRST] = w->pdn[i].drb;
    fsm_place(&a->conn->rrc, RC_SECURED);
}

void ue_rrc_warm_ask(struct epc_warm *w)
{
    w->establishment = RRC_MO_SIGNALLING;
    w->radio_capability = RADIO_CAPABILITY;
}

void ue_rrc_send(struct ue_access *a, struct nas_msg *m, uint8_t cause)
{
    if (!a->conn) {
        new_connection(a);
        a->conn->cause = cause;
    }
    fsm_event(&a->conn->rrc, RC_SEND, m);
    msg_unref(ue_node(a)->net, &m->m);
}

void ue_rrc_abandon(struct ue_access *a)
{
    if (a->conn)
        fsm_event(&a->conn->rrc, RC_ABANDON, NULL);
}

void ue_rrc_radio(struct ue_access *a, bool heard)
{
    if (a->conn)
        fsm_event(&a->conn->rrc, heard ? RC_IN_SYNC : RC_OUT_OF_SYNC, NULL);
}

void ue_rrc_left(struct ue_access *a)
{
    if (a->conn)
        fsm_event(&a->conn->rrc, RC_LEFT, NULL);
}

static int event_of(uint16_t type)
{
    switch (type) {
    case RRC_connection_setup:
        return RC_RX_SETUP;
    case RRC_connection_reject:
        return RC_RX_REJECT;
    case RRC_dl_information_transfer:
        return RC_RX_TRANSFER;
    case RRC_ue_capability_enquiry:
        return RC_RX_CAPABILITY;
    case RRC_security_mode_command:
        return RC_RX_SECURITY;
    case RRC_connection_reconfiguration:
        return RC_RX_RECONFIGURATION;
    case RRC_connection_release:
        return RC_RX_RELEASE;
    default:
        return -1;
    }
}

/* What comes for a connection that the phone has left, this one or an older one, is not for it. */
void ue_rrc_rx(struct ue_access *a, const struct rrc_msg *m)
{
    int ev = event_of(m->m.type);
    if (m->m.type == RRC_random_access_response && a->conn)
        ue_random_rx(a->conn, m);
    if (ev < 0 || !a->conn || (a->conn->rnti && m->ue != a->conn->rnti))
        return;
    fsm_event(&a->conn->rrc, (uint8_t)ev, m);
}
