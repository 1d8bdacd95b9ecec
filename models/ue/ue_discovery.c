/* ue_discovery.c - the phone asks the network for its P-CSCF by DHCP (TS 24.229 9.2.1, L.2.2.1; RFC 2131 4.4.3, RFC 3361).
 *
 *   the PDN connection for SIP is up | DHCPINFORM ->, on its default bearer | <- DHCPACK with the addresses of SIP servers
 *   no answer: again after 4, 8, 16 s; then the phone makes do with what it is configured for
 *
 * It has its address from NAS, so that DHCP has nothing to lease. Clauses are from memory. SIMPLIFIED: the times are not
 * spread at random by a second. */
#include "models/ue/ue_access_int.h"

enum { MAX_ASKED = 4 };
#define UDP 17 /* IANA protocol number */

enum { DISC_END, DISC_WAIT_ACK, DISC_STATES };
static const char *const states[] = {"end", "wait DHCPACK"};
enum { DISC_BEGIN, DISC_RX_ACK, DISC_TMR_AGAIN, DISC_LEAVE, DISC_EVENTS };
static const char *const events[] = {"PDN connection is up", "DHCPACK", "DHCP timer", "UE leaves"};
enum { T_AGAIN };

static struct ue_conn *conn_of(const struct fsm *f)
{
    return (struct ue_conn *)(void *)((char *)(uintptr_t)f - offsetof(struct ue_conn, discovery));
}

static bool inform(struct fsm *f, const void *arg)
{
    struct ue_conn *c = conn_of(f);
    struct ue_access *a = c->access;
    const struct ue_bearer *b = ue_bearer_of_apn(a, ue_sip_apn(a));
    (void)arg;
    if (!b)
        return false;
    struct dhcp_msg *m = dhcp_new(a->epc->dhcp, DHCP_inform);
    m->xid = c->xid;
    m->client = b->ip;
    dhcp_body(m, inform)->wanted = (struct ie_bytes){.n = 1, .b = {DHCP_OPTION_SIP_SERVERS}};
    dhcp_seal(a->epc->dhcp, m);
    struct ie_packet packet = {.src = b->ip,
                               .dst = DHCP_BROADCAST,
                               .src_port = DHCP_CLIENT_PORT,
                               .dst_port = DHCP_SERVER_PORT,
                               .protocol = UDP};
    fsm_timer_start(f, T_AGAIN, a->epc->timer[TIMER_DHCP_AGAIN] << c->asked++);
    ue_data_send(a, b, &packet, &m->m);
    msg_unref(f->node->net, &m->m);
    return true;
}

static bool names_servers(const struct fsm *f, const void *arg)
{
    const struct dhcp_msg *m = arg;
    (void)f;
    return IE_HAS(dhcp_body(m, ack), sip_servers);
}

static bool found(struct fsm *f, const void *arg)
{
    const struct dhcp_msg *m = arg;
    const struct ie_sip_servers *s = &dhcp_body(m, ack)->sip_servers;
    UE_TELL(conn_of(f)->access, discovered, s->address, s->n);
    return true;
}

static bool found_none(struct fsm *f, const void *arg)
{
    (void)arg;
    UE_TELL(conn_of(f)->access, discovered, NULL, 0);
    return true;
}

static bool may_ask_again(const struct fsm *f, const void *arg)
{
    (void)arg;
    return conn_of(f)->asked < MAX_ASKED;
}

/* clang-format off */
static const struct fsm_row rows[] = {
    /*  in             on              if             do          then           on failure  clause */
    ROW(DISC_END,      DISC_BEGIN,     NULL,          inform,     DISC_WAIT_ACK, DISC_END,   "TS 24.229 9.2.1"),
    ROW(DISC_WAIT_ACK, DISC_RX_ACK,    names_servers, found,      DISC_END,      DISC_END,   "RFC 3361 3"),
    ROW(DISC_WAIT_ACK, DISC_RX_ACK,    NULL,          found_none, DISC_END,      DISC_END,   "RFC 3361 3"),
    ROW(DISC_WAIT_ACK, DISC_TMR_AGAIN, may_ask_again, inform,     DISC_WAIT_ACK, DISC_END,   "RFC 2131 4.1"),
    ROW(DISC_WAIT_ACK, DISC_TMR_AGAIN, NULL,          found_none, DISC_END,      DISC_END,   "RFC 2131 4.1"),
    ROW(DISC_WAIT_ACK, DISC_LEAVE,     NULL,          NULL,       DISC_END,      DISC_END,   "TS 24.301 5.5.2.2"),
};
static const struct fsm_timer timers[] = {
    [T_AGAIN] = {"dhcp.again", DISC_TMR_AGAIN, 0, FSM_IN(DISC_WAIT_ACK)},
};
/* clang-format on */

struct fsm_def ue_discovery_def = {
    .name = "ue-discovery",
    .title = "P-CSCF discovery by DHCP (TS 24.229 9.2.1)",
    .state_names = states, .nstates = DISC_STATES, .event_names = events, .nevents = DISC_EVENTS,
    .rows = rows, .nrows = G_N_ELEMENTS(rows), .timers = timers, .ntimers = G_N_ELEMENTS(timers),
    .policy = FSM_IGNORE,
};

bool ue_access_asks_dhcp(const struct ue_access *a)
{
    return a->cfg->dhcp;
}

void ue_access_discover(struct ue_access *a)
{
    if (!a->conn)
        return;
    a->conn->asked = 0;
    a->conn->xid = a->party ^ (uint32_t)a->sequence << 24;
    fsm_event(&a->conn->discovery, DISC_BEGIN, NULL);
}

void ue_discovery_leave(struct ue_access *a)
{
    if (a->conn)
        fsm_event(&a->conn->discovery, DISC_LEAVE, NULL);
}

void ue_discovery_rx(struct ue_access *a, const struct dhcp_msg *m)
{
    if (m->m.type == DHCP_ack && m->xid == a->conn->xid)
        fsm_event(&a->conn->discovery, DISC_RX_ACK, m);
}
