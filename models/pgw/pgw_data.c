/* pgw_data.c - packets through the P-GW: tunnels on one side, the IMS on the other; the gates of the rules.
 *
 *   S-GW -> G-PDU -> IP packet to the node it is for (SGi), or to the P-GW's own DHCP server
 *   SGi -> IP packet -> the phone's bearer whose TFT fits, else its default bearer -> G-PDU -> S-GW
 *                                 (TS 23.401 4.7.2.2, TS 23.203 6.2.2.1, TS 29.281; clauses unverified)
 *
 * On SGi a G-PDU with TEID 0 stands for the plain packet. SIMPLIFIED: no Error Indication; uplink packets are not
 * checked against the TFT of the bearer they came on; phones reach only the nodes on SGi, not each other. */
#include "models/pgw/pgw_int.h"

enum { PD_READY, PD_STATES };
enum { PD_RX_UPLINK, PD_RX_DOWNLINK, PD_EVENTS };
static const char *const states[] = {"ready"};
static const char *const events[] = {"G-PDU uplink", "packet downlink"};

/* What the machine's event carries. */
struct packet {
    const struct gtp_msg *m;
    const struct pgw_bearer *bearer; /* it came or goes on; NULL: none          */
    const struct pgw_rule *rule;     /* it belongs to; NULL: none               */
    struct node *to;                 /* uplink: whom it is for; NULL: no one here */
};

static struct pgw *pgw_of(struct fsm *f)
{
    return f->node->self;
}

static bool is_nowhere(const struct fsm *f, const void *arg)
{
    (void)f;
    return !((const struct packet *)arg)->bearer;
}

static bool is_closed_up(const struct fsm *f, const void *arg)
{
    const struct pgw_rule *r = ((const struct packet *)arg)->rule;
    (void)f;
    return r && r->def.flow_status != FLOW_ENABLED && r->def.flow_status != FLOW_ENABLED_UPLINK;
}

static bool is_closed_down(const struct fsm *f, const void *arg)
{
    const struct pgw_rule *r = ((const struct packet *)arg)->rule;
    (void)f;
    return r && r->def.flow_status != FLOW_ENABLED && r->def.flow_status != FLOW_ENABLED_DOWNLINK;
}

static bool is_for_dhcp(const struct fsm *f, const void *arg)
{
    const struct pgw *p = f->node->self;
    const struct gtp_msg *m = ((const struct packet *)arg)->m;
    const struct msg *inner = gtp_body(m, g_pdu)->inner;
    return p->epc->dhcp && inner && inner->proto == p->epc->dhcp->ie.proto;
}

static bool is_for_no_one(const struct fsm *f, const void *arg)
{
    (void)f;
    return !((const struct packet *)arg)->to;
}

static bool discard(struct fsm *f, const void *arg)
{
    (void)arg;
    pgw_of(f)->no_tunnel++;
    return true;
}

static bool discard_at_gate(struct fsm *f, const void *arg)
{
    (void)arg;
    pgw_of(f)->gated++;
    return true;
}

static bool discard_lost(struct fsm *f, const void *arg)
{
    (void)arg;
    pgw_of(f)->no_way++;
    return true;
}

static bool forward(struct pgw *p, const struct gtp_msg *in, struct node *to, uint16_t iface, uint32_t teid)
{
    struct gtp_msg *out = gtp_new(p->epc->gtp, GTP_g_pdu);

    out->teid = teid;
    out->body.g_pdu.packet = in->body.g_pdu.packet;
    out->body.g_pdu.inner = in->body.g_pdu.inner ? msg_ref(in->body.g_pdu.inner) : NULL;
    gtp_seal(p->epc->gtp, out);
    node_send(p->node, to, iface, &out->m);
    return true;
}

static bool to_dhcp(struct fsm *f, const void *arg)
{
    const struct packet *k = arg;
    struct pgw *p = pgw_of(f);
    pgw_dhcp_rx(p, ctx_find(&p->sessions, k->bearer->session), gtp_body(k->m, g_pdu)->inner);
    return true;
}

static bool to_sgi(struct fsm *f, const void *arg)
{
    const struct packet *k = arg;
    return forward(pgw_of(f), k->m, k->to, IFACE_SGI, 0);
}

static bool to_sgw(struct fsm *f, const void *arg)
{
    struct pgw *p = pgw_of(f);
    const struct packet *k = arg;
    const struct pgw_session *s = ctx_find(&p->sessions, k->bearer->session);
    return forward(p, k->m, net_node(p->epc->net, s->sgw), IFACE_S5, k->bearer->sgw_teid);
}

static const struct fsm_row rows[] = {
    /*  in        on              if              do               then      on failure  clause          */
    ROW(PD_READY, PD_RX_UPLINK,   is_nowhere,     discard,         PD_READY, PD_READY, "TS 29.281 7.3.1"),
    ROW(PD_READY, PD_RX_UPLINK,   is_closed_up,   discard_at_gate, PD_READY, PD_READY, "TS 23.203 6.2.2.1"),
    ROW(PD_READY, PD_RX_UPLINK,   is_for_dhcp,    to_dhcp,         PD_READY, PD_READY, "RFC 2131 4.3.5"),
    ROW(PD_READY, PD_RX_UPLINK,   is_for_no_one,  discard_lost,    PD_READY, PD_READY, "TS 23.401 4.4.3.3"),
    ROW(PD_READY, PD_RX_UPLINK,   NULL,           to_sgi,          PD_READY, PD_READY, "TS 23.401 4.4.3.3"),
    ROW(PD_READY, PD_RX_DOWNLINK, is_nowhere,     discard_lost,    PD_READY, PD_READY, "TS 23.401 4.4.3.3"),
    ROW(PD_READY, PD_RX_DOWNLINK, is_closed_down, discard_at_gate, PD_READY, PD_READY, "TS 23.203 6.2.2.1"),
    ROW(PD_READY, PD_RX_DOWNLINK, NULL,           to_sgw,          PD_READY, PD_READY, "TS 23.401 4.7.2.2"),
};
struct fsm_def pgw_data_def = {
    .name = "pgw-data",
    .title = "Packets through the P-GW (TS 23.401 4.4.3.3, TS 23.203 6.2.2.1)",
    .state_names = states, .nstates = PD_STATES, .event_names = events, .nevents = PD_EVENTS,
    .rows = rows, .nrows = G_N_ELEMENTS(rows), .policy = FSM_ASSERT,
};

void pgw_data_new(struct pgw *p)
{
    fsm_init(&pgw_data_def);
    fsm_start(&p->data, &pgw_data_def, p->node);
}

void pgw_data_send(struct pgw *p, const struct pgw_session *s, const struct ie_packet *packet, struct msg *inner)
{
    const struct pgw_bearer *b = s ? ctx_find(&p->bearers, s->bearers) : NULL;
    if (!b || !b->sgw_teid)
        return;
    struct gtp_msg *m = gtp_new(p->epc->gtp, GTP_g_pdu);
    m->teid = b->sgw_teid;
    m->body.g_pdu.packet = *packet;
    m->body.g_pdu.inner = msg_ref(inner);
    gtp_seal(p->epc->gtp, m);
    node_send(p->node, net_node(p->epc->net, s->sgw), IFACE_S5, &m->m);
}

static void rx_uplink(struct pgw *p, const struct gtp_msg *m)
{
    struct packet k = {.m = m, .bearer = ctx_find(&p->bearers, m->teid)};
    unsigned precedence = UINT_MAX;
    struct node *to = epc_node(p->epc, m->body.g_pdu.packet.dst);

    k.to = to && to->kinds & (KIND_P_CSCF | KIND_DNS) ? to : NULL;
    if (k.bearer)
        k.rule = pgw_rules_match(p, k.bearer, &m->body.g_pdu.packet, FILTER_UPLINK, &precedence);
    fsm_event(&p->data, PD_RX_UPLINK, &k);
}

/* The bearer for a downlink packet: of those that can carry it, the one whose filter comes first. */
static void rx_downlink(struct pgw *p, const struct gtp_msg *m)
{
    uint32_t index = m->body.g_pdu.packet.dst ? idmap_get(&p->session_of_ip, m->body.g_pdu.packet.dst) : 0;
    const struct pgw_session *s = index ? slab_at(&p->sessions.slab, index) : NULL;
    struct packet k = {.m = m, .bearer = s ? ctx_find(&p->bearers, s->bearers) : NULL};
    unsigned precedence = UINT_MAX;

    for (const struct pgw_bearer *b = k.bearer; b; b = ctx_find(&p->bearers, b->next)) {
        const struct pgw_rule *r =
            b->sgw_teid ? pgw_rules_match(p, b, &m->body.g_pdu.packet, FILTER_DOWNLINK, &precedence) : NULL;
        if (r) {
            k.bearer = b;
            k.rule = r;
        }
    }
    fsm_event(&p->data, PD_RX_DOWNLINK, &k);
}

void pgw_data_rx(struct pgw *p, const struct gtp_msg *m, uint16_t iface)
{
    if (iface == IFACE_SGI)
        rx_downlink(p, m);
    else
        rx_uplink(p, m);
}
