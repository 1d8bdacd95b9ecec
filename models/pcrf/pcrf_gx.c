/* pcrf_gx.c - an IP connection of a phone, as the P-GW reports it (TS 29.212 4.5).
 *
 *   P-GW -> CCR-I | <- CCA-I: default QoS as asked, event triggers
 *        <- RAR: rules to install, to change, to remove | RAA ->       (when an Rx session wants it)
 *   P-GW -> CCR-U: what became of rules | <- CCA-U, and the Rx sessions concerned are told
 *   P-GW -> CCR-U: what the phone asks for itself, or gives up | <- CCA-U: rules for that (pcrf_ue.c)
 *   P-GW -> CCR-T | <- CCA-T, and all Rx sessions are aborted
 *
 * The clauses of rows are from memory. SIMPLIFIED: no rules are predefined or installed with the
 * connection; a RAR is not repeated; of two connections with one address Rx binds to that of APN "ims". */
#include "models/pcrf/pcrf_int.h"

#include <string.h>

enum { GX_END, GX_OPEN, GX_WAIT_RAA, GX_STATES };
static const char *const states[] = {"end", "open", "wait RAA"};
static const char *const events[] = {"CCR-I", "CCR-U", "CCR-U (resources)", "CCR-T", "rules changed", "RAA", "timer Tx"};
enum { T_TX };

/* What the P-GW is to report unless an Rx session asks for more. */
#define TRIGGERS (1u << EVENT_LOSS_OF_BEARER | 1u << EVENT_RECOVERY_OF_BEARER)

static struct dia_msg *answer(const struct gx_session *gx, const struct dia_msg *request)
{
    struct dia_msg *m = dia_answer(gx->pcrf->epc->dia, DIA_CCA, request, DIA_SUCCESS);
    struct dia_CCA *b = dia_body(m, CCA);
    b->type = request->body.CCR.type;
    b->number = request->body.CCR.number;
    return m;
}

static void send(const struct gx_session *gx, struct dia_msg *m)
{
    pcrf_send(gx->pcrf, gx->peer.node, IFACE_GX, m);
}

/* ---- the connection --------------------------------------------------------------------------------- */

/* apn NULL: not told. */
static void begin(struct gx_session *gx, uint32_t ip, const char *apn)
{
    struct pcrf *p = gx->pcrf;
    bool ims = apn && strcmp(apn, "ims") == 0;
    gx->ip = ip;
    gx->events = TRIGGERS;
    if (ip && (ims || !idmap_get(&p->gx_by_ip, ip)))
        idmap_put(&p->gx_by_ip, ip, gx->id);
}

void pcrf_gx_warm(struct gx_session *gx, uint32_t ip, const char *apn)
{
    begin(gx, ip, apn);
    fsm_place(&gx->fsm, GX_OPEN);
}

static bool open_session(struct fsm *f, const void *arg)
{
    struct gx_session *gx = gx_of(f);
    const struct dia_msg *m = arg;
    const struct dia_CCR *asked = dia_body(m, CCR);
    begin(gx, IE_HAS(asked, address) ? asked->address : 0, IE_HAS(asked, apn) ? asked->apn : NULL);
    struct dia_msg *cca = answer(gx, m);
    struct dia_CCA *b = dia_body(cca, CCA);
    IE_PUT(b, events) = gx->events;
    if (IE_HAS(asked, default_qos))
        IE_PUT(b, default_qos) = asked->default_qos;
    if (IE_HAS(asked, ambr))
        IE_PUT(b, ambr) = asked->ambr;
    send(gx, cca);
    return true;
}

static bool take_report(struct fsm *f, const void *arg)
{
    struct gx_session *gx = gx_of(f);
    const struct dia_msg *m = arg;
    const struct dia_CCR *b = dia_body(m, CCR);
    send(gx, answer(gx, m));
    if (IE_HAS(b, report)) {
        pcrf_rx_report(gx, &b->report);
        pcrf_ue_report(gx, &b->report);
    }
    return true;
}

static bool close_session(struct fsm *f, const void *arg)
{
    struct gx_session *gx = gx_of(f);
    send(gx, answer(gx, arg));
    pcrf_rx_close(gx);
    return true;
}

/* ---- what the phone asks for -------------------------------------------------------------------------- */

static bool is_deletion(const void *ccr)
{
    return dia_body((const struct dia_msg *)ccr, CCR)->filter_operation == FILTERS_DELETION;
}

static bool is_addition_granted(const struct fsm *f, const void *arg)
{
    return !is_deletion(arg) && pcrf_ue_may_have(gx_of(f), dia_body((const struct dia_msg *)arg, CCR));
}

static bool is_known_deletion(const struct fsm *f, const void *arg)
{
    return is_deletion(arg) && pcrf_ue_knows(gx_of(f), dia_body((const struct dia_msg *)arg, CCR));
}

static bool grant_resources(struct fsm *f, const void *arg)
{
    struct gx_session *gx = gx_of(f);
    struct dia_msg *cca = answer(gx, arg);
    pcrf_ue_grant(gx, dia_body((const struct dia_msg *)arg, CCR), dia_body(cca, CCA));
    send(gx, cca);
    return true;
}

/* A call leg that still used the rule hears that it is lost. */
static bool remove_resources(struct fsm *f, const void *arg)
{
    struct gx_session *gx = gx_of(f);
    struct dia_msg *cca = answer(gx, arg);
    struct ie_rule_report gone = {.n = 1, .status = RULE_INACTIVE};
    pcrf_ue_remove(gx, dia_body((const struct dia_msg *)arg, CCR), dia_body(cca, CCA));
    gone.item[0] = dia_body(cca, CCA)->remove.item[0];
    send(gx, cca);
    pcrf_rx_report(gx, &gone);
    return true;
}

static bool refuse_resources(struct fsm *f, const void *arg)
{
    struct gx_session *gx = gx_of(f);
    struct dia_msg *cca = answer(gx, arg);
    cca->result = is_deletion(arg) ? DIA_GX_FILTERS_REJECTED : DIA_GX_BEARER_NOT_AUTHORIZED;
    send(gx, cca);
    return true;
}

/* ---- rules ------------------------------------------------------------------------------------------ */

uint32_t pcrf_provision(struct gx_session *gx, const struct provision *what)
{
    gx->asks++;
    fsm_event(&gx->fsm, GX_PROVISION, what);
    return gx->asks;
}

static bool send_rar(struct fsm *f, const void *arg)
{
    struct gx_session *gx = gx_of(f);
    const struct provision *what = arg;
    struct dia_msg *m = pcrf_request(gx->pcrf, DIA_GX_RAR, &gx->peer);
    struct dia_GX_RAR *b = dia_body(m, GX_RAR);
    b->type = REAUTH_AUTHORIZE_ONLY;
    if (what->events & ~gx->events)
        IE_PUT(b, events) = gx->events |= what->events;
    if (what->remove && what->remove->n)
        IE_PUT(b, remove) = *what->remove;
    if (what->install && what->install->n)
        IE_PUT(b, install) = *what->install;
    gx->raas++;
    fsm_timer_start(f, T_TX, gx->pcrf->epc->timer[TIMER_DIAMETER_TX]);
    send(gx, m);
    return true;
}

static bool more_raas(const struct fsm *f, const void *arg)
{
    (void)arg;
    return gx_of(f)->raas > 1;
}

/* The P-GW took the rules (their bearers come later), or says which ones it refuses. */
static bool take_raa(struct fsm *f, const void *arg)
{
    struct gx_session *gx = gx_of(f);
    const struct dia_msg *m = arg;
    const struct dia_GX_RAA *b = dia_body(m, GX_RAA);
    gx->raas--;
    pcrf_rx_confirm(gx);
    if (IE_HAS(b, report)) {
        pcrf_rx_report(gx, &b->report);
        pcrf_ue_report(gx, &b->report);
    }
    return true;
}

static bool no_raa(struct fsm *f, const void *arg)
{
    struct gx_session *gx = gx_of(f);
    (void)arg;
    gx->raas = 0;
    pcrf_rx_unconfirmed(gx);
    return true;
}

static const struct fsm_row rows[] = {
    /*  in           on            if         do             then         on failure  clause             */
    ROW(GX_END,      GX_RX_CCR_I,  NULL,      open_session,  GX_OPEN,     GX_END,     "TS 29.212 4.5.1"),
    ROW(GX_OPEN,     GX_PROVISION, NULL,      send_rar,      GX_WAIT_RAA, GX_END,     "TS 29.212 4.5.2.1"),
    ROW(GX_WAIT_RAA, GX_PROVISION, NULL,      send_rar,      GX_WAIT_RAA, GX_END,     "TS 29.212 4.5.2.1"),
    ROW(GX_WAIT_RAA, GX_RX_RAA,    more_raas, take_raa,      GX_WAIT_RAA, GX_END,     "TS 29.212 4.5.2.1"),
    ROW(GX_WAIT_RAA, GX_RX_RAA,    NULL,      take_raa,      GX_OPEN,     GX_END,     "TS 29.212 4.5.2.1"),
    ROW(GX_WAIT_RAA, GX_TMR_TX,    NULL,      no_raa,        GX_OPEN,     GX_END,     "RFC 6733 5.5.4"),
    ROW(GX_OPEN,     GX_RX_CCR_U,  NULL,      take_report,   GX_OPEN,     GX_END,     "TS 29.212 4.5.12"),
    ROW(GX_WAIT_RAA, GX_RX_CCR_U,  NULL,      take_report,   GX_WAIT_RAA, GX_END,     "TS 29.212 4.5.12"),
    ROW(GX_OPEN,     GX_RX_CCR_RESOURCES, is_addition_granted, grant_resources,  GX_OPEN,     GX_END, "TS 29.212 4.5.1"),
    ROW(GX_OPEN,     GX_RX_CCR_RESOURCES, is_known_deletion,   remove_resources, GX_OPEN,     GX_END, "TS 29.212 4.5.1"),
    ROW(GX_OPEN,     GX_RX_CCR_RESOURCES, NULL,                refuse_resources, GX_OPEN,     GX_END, "TS 29.212 4.5.1"),
    ROW(GX_WAIT_RAA, GX_RX_CCR_RESOURCES, is_addition_granted, grant_resources,  GX_WAIT_RAA, GX_END, "TS 29.212 4.5.1"),
    ROW(GX_WAIT_RAA, GX_RX_CCR_RESOURCES, is_known_deletion,   remove_resources, GX_WAIT_RAA, GX_END, "TS 29.212 4.5.1"),
    ROW(GX_WAIT_RAA, GX_RX_CCR_RESOURCES, NULL,                refuse_resources, GX_WAIT_RAA, GX_END, "TS 29.212 4.5.1"),
    ROW(GX_OPEN,     GX_RX_CCR_T,  NULL,      close_session, GX_END,      GX_END,     "TS 29.212 4.5.7"),
    ROW(GX_WAIT_RAA, GX_RX_CCR_T,  NULL,      close_session, GX_END,      GX_END,     "TS 29.212 4.5.7"),
};
static const struct fsm_timer timers[] = {
    [T_TX] = {"Tx", GX_TMR_TX, 0, FSM_IN(GX_WAIT_RAA)},
};

static void ended(struct fsm *f)
{
    struct gx_session *gx = gx_of(f);
    struct pcrf *p = gx->pcrf;
    pcrf_ue_clear(gx);
    idmap_del(&p->gx_of, pcrf_key(gx->peer.session, gx->peer.host));
    if (gx->ip && idmap_get(&p->gx_by_ip, gx->ip) == gx->id)
        idmap_del(&p->gx_by_ip, gx->ip);
    ctx_free(&p->gx, gx);
}

struct fsm_def pcrf_gx_def = {
    .name = "pcrf-gx",
    .title = "IP connection of a phone at the PCRF (TS 29.212 4.5)",
    .state_names = states, .nstates = GX_STATES, .event_names = events, .nevents = GX_EVENTS,
    .rows = rows, .nrows = G_N_ELEMENTS(rows), .timers = timers, .ntimers = G_N_ELEMENTS(timers),
    .policy = FSM_IGNORE, .ended = ended,
};
