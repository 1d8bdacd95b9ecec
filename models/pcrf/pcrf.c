/* pcrf.c - the PCRF's dispatcher: finds the session a message belongs to, and feeds its machine.
 *
 *   P-GW   -> CCR (initial, update, termination) | RAA       pcrf_gx.c
 *   P-CSCF -> AAR | STR | RAA | ASA                          pcrf_rx.c
 *   P-GW   -> CCR-U for what a phone asks for itself          pcrf_ue.c
 *
 * A session is known by the Session-Id of whoever began it. An Rx session is bound to a Gx session by
 * the phone's address (TS 29.213 5.2). */
#include "models/pcrf/pcrf_int.h"

/* Session tokens of different nodes may be equal: the host that made one is part of the key. A hash, so
 * what is found has to be compared (find()). */
uint64_t pcrf_key(uint64_t session, uint32_t host)
{
    uint64_t key = session ^ (host + UINT64_C(1)) * UINT64_C(0x9e3779b97f4a7c15);
    return key ? key : 1;
}

/* ---- sending ---------------------------------------------------------------------------------------- */

struct dia_msg *pcrf_request(const struct pcrf *p, enum dia_type type, const struct pcrf_peer *to)
{
    struct dia_msg *m = dia_new(p->epc->dia, type);
    m->session = to->session;
    m->owner = to->host + 1;
    m->to_host = to->host + 1;
    m->to_realm = to->realm;
    return m;
}

void pcrf_send(const struct pcrf *p, struct node *to, uint16_t iface, struct dia_msg *m)
{
    m->origin = p->cfg.host;
    m->realm = p->cfg.domain;
    dia_seal(p->epc->dia, m);
    node_send(p->node, to, iface, &m->m);
}

/* A request in a session that does not exist (RFC 6733 7.1.5). */
static void unknown_session(const struct pcrf *p, const struct dia_msg *request, struct node *from, uint16_t iface)
{
    bool gx = request->m.type == DIA_CCR;
    struct dia_msg *m = dia_answer(p->epc->dia, gx ? DIA_CCA : DIA_STA, request, DIA_UNKNOWN_SESSION_ID);
    m->result_kind = DIA_RESULT_BASE;
    if (gx) {
        dia_body(m, CCA)->type = request->body.CCR.type;
        dia_body(m, CCA)->number = request->body.CCR.number;
    }
    pcrf_send(p, from, iface, m);
}

/* ---- sessions --------------------------------------------------------------------------------------- */

static struct pcrf_peer peer_of(const struct dia_msg *m, struct node *from)
{
    return (struct pcrf_peer){.node = from, .session = m->session, .host = m->origin, .realm = m->realm};
}

static struct gx_session *find_gx(const struct pcrf *p, const struct dia_msg *m)
{
    struct gx_session *gx = ctx_find(&p->gx, idmap_get(&p->gx_of, pcrf_key(m->session, m->origin)));
    return gx && gx->peer.session == m->session && gx->peer.host == m->origin ? gx : NULL;
}

static struct rx_session *find_rx(const struct pcrf *p, const struct dia_msg *m)
{
    struct rx_session *rx = ctx_find(&p->rx, idmap_get(&p->rx_of, pcrf_key(m->session, m->origin)));
    return rx && rx->peer.session == m->session && rx->peer.host == m->origin ? rx : NULL;
}

struct gx_session *pcrf_gx_new(struct pcrf *p, const struct pcrf_peer *peer)
{
    struct gx_session *gx = ctx_new(&p->gx);
    fsm_start(&gx->fsm, &pcrf_gx_def, p->node);
    gx->pcrf = p;
    gx->peer = *peer;
    idmap_put(&p->gx_of, pcrf_key(peer->session, peer->host), gx->id);
    return gx;
}

static struct rx_session *new_rx(struct pcrf *p, const struct dia_msg *m, struct node *from)
{
    struct rx_session *rx = ctx_new(&p->rx);
    fsm_start(&rx->fsm, &pcrf_rx_def, p->node);
    rx->pcrf = p;
    rx->peer = peer_of(m, from);
    idmap_put(&p->rx_of, pcrf_key(m->session, m->origin), rx->id);
    return rx;
}

/* ---- receiving -------------------------------------------------------------------------------------- */

static void rx_ccr(struct pcrf *p, const struct dia_msg *m, struct node *from, uint16_t iface)
{
    uint32_t type = dia_body(m, CCR)->type;
    struct gx_session *gx = find_gx(p, m);
    if (!gx && type == CC_INITIAL) {
        const struct pcrf_peer peer = peer_of(m, from);
        gx = pcrf_gx_new(p, &peer);
    }
    if (!gx)
        unknown_session(p, m, from, iface);
    else if (type == CC_UPDATE)
        fsm_event(&gx->fsm, IE_HAS(dia_body(m, CCR), filter_operation) ? GX_RX_CCR_RESOURCES : GX_RX_CCR_U, m);
    else
        fsm_event(&gx->fsm, type == CC_INITIAL ? GX_RX_CCR_I : GX_RX_CCR_T, m);
}

static void rx_rx(struct pcrf *p, const struct dia_msg *m, struct node *from, uint16_t iface)
{
    struct rx_session *rx = find_rx(p, m);
    if (!rx && m->m.type == DIA_AAR)
        rx = new_rx(p, m, from);
    if (!rx && m->m.type == DIA_STR)
        unknown_session(p, m, from, iface);
    if (!rx)
        return; /* an answer that comes too late */
    switch (m->m.type) {
    case DIA_AAR:
        fsm_event(&rx->fsm, RX_RX_AAR, m);
        break;
    case DIA_STR:
        fsm_event(&rx->fsm, RX_RX_STR, m);
        break;
    case DIA_RX_RAA:
        fsm_event(&rx->fsm, RX_RX_RAA, m);
        break;
    case DIA_ASA:
        fsm_event(&rx->fsm, RX_RX_ASA, m);
        break;
    default:
        sim_assert(p->node->sim, !"a message the PCRF never gets");
    }
}

static void receive(struct node *n, struct msg *base, struct node *from, uint16_t iface)
{
    struct pcrf *p = n->self;
    const struct dia_msg *m = (const struct dia_msg *)base;
    sim_assert(n->sim, base->proto == p->epc->dia->proto);
    if (base->type == DIA_CCR) {
        rx_ccr(p, m, from, iface);
    } else if (base->type == DIA_GX_RAA) {
        struct gx_session *gx = find_gx(p, m);
        if (gx)
            fsm_event(&gx->fsm, GX_RX_RAA, m);
    } else {
        rx_rx(p, m, from, iface);
    }
}

/* ---- making a PCRF ---------------------------------------------------------------------------------- */

void pcrf_new(const struct epc *epc, struct node *n, const struct pcrf_cfg *cfg)
{
    struct pcrf *p = g_new0(struct pcrf, 1);
    fsm_init(&pcrf_gx_def);
    fsm_init(&pcrf_rx_def);
    p->node = n;
    p->epc = epc;
    p->cfg = *cfg;
    ctx_pool_init(&p->gx, sizeof(struct gx_session));
    ctx_pool_init(&p->rx, sizeof(struct rx_session));
    ctx_pool_init(&p->ue_rules, sizeof(struct ue_rule));
    idmap_init(&p->gx_of);
    idmap_init(&p->rx_of);
    idmap_init(&p->gx_by_ip);
    n->self = p;
    n->rx = receive;
}

void pcrf_free(struct node *n)
{
    struct pcrf *p = n->self;
    ctx_pool_clear(&p->gx);
    ctx_pool_clear(&p->rx);
    ctx_pool_clear(&p->ue_rules);
    idmap_clear(&p->gx_of);
    idmap_clear(&p->rx_of);
    idmap_clear(&p->gx_by_ip);
    g_free(p);
}

size_t pcrf_contexts(const struct node *n)
{
    const struct pcrf *p = n->self;
    return ctx_count(&p->gx) + ctx_count(&p->rx) + ctx_count(&p->ue_rules);
}

unsigned pcrf_rules(const struct node *n, uint32_t ip, struct ie_rule *rules, unsigned room)
{
    const struct pcrf *p = n->self;
    const struct gx_session *gx = ctx_find(&p->gx, idmap_get(&p->gx_by_ip, ip));
    unsigned count = gx ? pcrf_ue_idle_rules(gx, rules, room) : 0;
    for (const struct rx_session *rx = gx ? pcrf_rx_find(p, gx->first) : NULL; rx; rx = pcrf_rx_find(p, rx->next))
        for (unsigned i = 0; i < rx->rules.n; i++, count++)
            if (count < room)
                rules[count] = rx->rules.item[i];
    return count;
}
