/* pgw_dhcp.c - the P-GW as DHCP server of the phones behind it (TS 29.061 13a; RFC 2131 4.3.5, RFC 3361).
 *
 *   DHCPINFORM, on a bearer -> | DHCPACK -> on the default bearer: the P-CSCFs of its network, by address or by name, and
 *                                           who knows names
 *
 * Clauses are from memory. SIMPLIFIED: addresses come with the PDN connection and are not leased by DHCP. */
#include "models/pgw/pgw_int.h"

enum { DH_READY, DH_STATES };
static const char *const states[] = {"ready"};
enum { DH_RX_INFORM, DH_EVENTS };
static const char *const events[] = {"DHCPINFORM"};

/* What the event carries. */
struct question {
    const struct dhcp_msg *m;
    const struct pgw_session *session;
};

/* They take turns in being named first, as in PCO. */
static struct ie_sip_servers servers(struct pgw *p)
{
    unsigned first = p->turn++ % p->cfg.n_p_cscf;
    const uint32_t *server = p->cfg.names ? p->cfg.p_cscf_host : p->cfg.p_cscf;
    struct ie_sip_servers s = {.n = (uint8_t)MIN(p->cfg.n_p_cscf, IE_MAX_ADDRESSES), .named = p->cfg.names};
    for (unsigned i = 0; i < s.n; i++)
        s.server[i] = server[(first + i) % p->cfg.n_p_cscf];
    return s;
}

static bool answer(struct fsm *f, const void *arg)
{
    struct pgw *p = f->node->self;
    const struct question *q = arg;
    struct dhcp_msg *m = dhcp_new(p->epc->dhcp, DHCP_ack);
    struct dhcp_ack *b = dhcp_body(m, ack);
    m->xid = q->m->xid;
    m->client = q->m->client;
    b->server = epc_ip(f->node);
    if (p->cfg.dns)
        IE_PUT(b, dns) = p->cfg.dns;
    if (p->cfg.n_p_cscf)
        IE_PUT(b, sip_servers) = servers(p);
    dhcp_seal(p->epc->dhcp, m);
    struct ie_packet packet = {.src = b->server,
                               .dst = m->client,
                               .src_port = DHCP_SERVER_PORT,
                               .dst_port = DHCP_CLIENT_PORT,
                               .protocol = 17};
    pgw_data_send(p, q->session, &packet, &m->m);
    msg_unref(f->node->net, &m->m);
    return true;
}

/* clang-format off */
static const struct fsm_row rows[] = {
    /*  in        on            if    do      then      on failure  clause */
    ROW(DH_READY, DH_RX_INFORM, NULL, answer, DH_READY, DH_READY,   "RFC 2131 4.3.5"),
};
/* clang-format on */

struct fsm_def pgw_dhcp_def = {
    .name = "pgw-dhcp",
    .title = "The P-GW as DHCP server (RFC 2131 4.3.5, RFC 3361)",
    .state_names = states, .nstates = DH_STATES, .event_names = events, .nevents = DH_EVENTS,
    .rows = rows, .nrows = G_N_ELEMENTS(rows), .policy = FSM_ASSERT,
};

void pgw_dhcp_new(struct pgw *p)
{
    fsm_init(&pgw_dhcp_def);
    fsm_start(&p->dhcp, &pgw_dhcp_def, p->node);
}

void pgw_dhcp_rx(struct pgw *p, const struct pgw_session *s, const struct msg *m)
{
    struct question q = {(const struct dhcp_msg *)m, s};
    if (m->type == DHCP_inform)
        fsm_event(&p->dhcp, DH_RX_INFORM, &q);
}
