/* ue_discovery.c - the phone asks the network for its P-CSCF by DHCP and DNS (TS 24.229 9.2.1, L.2.2.1; RFC 2131 4.4.3,
 * RFC 3361).
 *
 *   the PDN connection for SIP is up | DHCPINFORM ->, on its default bearer | <- DHCPACK with the addresses of SIP servers
 *                                    | or <- DHCPACK with names, and a DNS server: each is resolved (NAPTR, SRV, A:
 *                                      models/proto/dns/dns_resolve.h) until one has an address
 *   no answer: again after 4, 8, 16 s; then, or when there is nothing to be found, the phone makes do with what it is
 *   configured for
 *
 * It has its address from NAS, so that DHCP has nothing to lease. Clauses are from memory. SIMPLIFIED: the times are not
 * spread at random by a second. */
#include "models/ue/ue_access_int.h"

#include "models/proto/dns/dns_resolve.h"

enum { MAX_ASKED = 4 };
#define UDP 17 /* IANA protocol number */

enum { DISC_END, DISC_WAIT_ACK, DISC_RESOLVING, DISC_STATES };
static const char *const states[] = {"end", "wait DHCPACK", "resolving"};
enum { DISC_BEGIN, DISC_RX_ACK, DISC_TMR_AGAIN, DISC_RESOLVED, DISC_LEAVE, DISC_EVENTS };
static const char *const events[] = {"PDN connection is up", "DHCPACK", "DHCP timer", "name resolved", "UE leaves"};
enum { T_AGAIN };

/* What the phone has learnt so far of P-CSCFs. */
struct ue_discovery {
    struct fsm fsm; /* first member */
    struct ue_access *access;
    uint8_t asked;  /* times DHCPINFORM was sent              */
    uint8_t tried;  /* of the names                           */
    uint32_t xid;   /* of DHCPINFORM                          */
    uint32_t resolution;         /* by DNS, under way; 0: none */
    struct node *dns;            /* as DHCP says               */
    struct ie_sip_servers named; /* the same                   */
};

static struct ue_discovery *discovery_of(const struct fsm *f)
{
    return (struct ue_discovery *)(void *)(uintptr_t)f;
}

static struct ue_access *access_of(const struct fsm *f)
{
    return discovery_of(f)->access;
}

/* ---- DHCP ---------------------------------------------------------------------------------------------- */

static bool inform(struct fsm *f, const void *arg)
{
    struct ue_discovery *d = discovery_of(f);
    struct ue_access *a = access_of(f);
    const struct ue_bearer *b = ue_bearer_of_apn(a, ue_sip_apn(a));
    (void)arg;
    if (!b)
        return false;
    struct dhcp_msg *m = dhcp_new(a->epc->dhcp, DHCP_inform);
    m->xid = d->xid;
    m->client = b->ip;
    dhcp_body(m, inform)->wanted = (struct ie_bytes){.n = 2, .b = {DHCP_OPTION_DNS, DHCP_OPTION_SIP_SERVERS}};
    dhcp_seal(a->epc->dhcp, m);
    struct ie_packet packet = {.src = b->ip,
                               .dst = DHCP_BROADCAST,
                               .src_port = DHCP_CLIENT_PORT,
                               .dst_port = DHCP_SERVER_PORT,
                               .protocol = UDP};
    fsm_timer_start(f, T_AGAIN, a->epc->timer[TIMER_DHCP_AGAIN] << d->asked++);
    ue_data_send(a, b, &packet, &m->m);
    msg_unref(f->node->net, &m->m);
    return true;
}

static const struct dhcp_ack *ack_of(const void *arg)
{
    return dhcp_body((const struct dhcp_msg *)arg, ack);
}

static bool gives_addresses(const struct fsm *f, const void *arg)
{
    (void)f;
    return IE_HAS(ack_of(arg), sip_servers) && !ack_of(arg)->sip_servers.named;
}

static bool gives_names(const struct fsm *f, const void *arg)
{
    (void)f;
    return IE_HAS(ack_of(arg), sip_servers) && ack_of(arg)->sip_servers.named && IE_HAS(ack_of(arg), dns);
}

static bool found(struct fsm *f, const void *arg)
{
    const struct ie_sip_servers *s = &ack_of(arg)->sip_servers;
    UE_TELL(access_of(f), discovered, s->server, s->n);
    return true;
}

static bool found_none(struct fsm *f, const void *arg)
{
    (void)arg;
    UE_TELL(access_of(f), discovered, NULL, 0);
    return true;
}

static bool may_ask_again(const struct fsm *f, const void *arg)
{
    (void)arg;
    return discovery_of(f)->asked < MAX_ASKED;
}

/* ---- DNS ----------------------------------------------------------------------------------------------- */

static void resolved(struct node *n, uint64_t user, const struct dns_service *s)
{
    struct ue_discovery *d = (struct ue_discovery *)(uintptr_t)user; /* it abandons the resolution when it ends */
    (void)n;
    d->resolution = 0;
    fsm_event(&d->fsm, DISC_RESOLVED, s);
}

static bool resolve(struct fsm *f, const void *arg)
{
    struct ue_discovery *d = discovery_of(f);
    (void)arg;
    d->resolution = dns_resolve(access_of(f)->epc->resolvers, f->node, d->dns, d->named.server[d->tried++], resolved, (uintptr_t)d);
    return true;
}

static bool resolve_first(struct fsm *f, const void *arg)
{
    struct ue_discovery *d = discovery_of(f);
    d->named = ack_of(arg)->sip_servers;
    d->dns = epc_node(access_of(f)->epc, ack_of(arg)->dns);
    return d->dns && d->named.n && resolve(f, NULL);
}

static bool has_address(const struct fsm *f, const void *arg)
{
    (void)f;
    return ((const struct dns_service *)arg)->outcome == DNS_FOUND;
}

/* Another name may have one, if the server answers. */
static bool has_another(const struct fsm *f, const void *arg)
{
    const struct ue_discovery *d = discovery_of(f);
    return ((const struct dns_service *)arg)->outcome == DNS_NOT_FOUND && d->tried < d->named.n;
}

static bool found_address(struct fsm *f, const void *arg)
{
    UE_TELL(access_of(f), discovered, &((const struct dns_service *)arg)->address, 1);
    return true;
}

static bool abandon(struct fsm *f, const void *arg)
{
    (void)arg;
    dns_abandon(access_of(f)->epc->resolvers, discovery_of(f)->resolution);
    return true;
}

/* ---- the machine --------------------------------------------------------------------------------------- */

/* clang-format off */
static const struct fsm_row rows[] = {
    /*  in              on              if               do             then            on failure  clause */
    ROW(DISC_END,       DISC_BEGIN,     NULL,            inform,        DISC_WAIT_ACK,  DISC_END,   "TS 24.229 9.2.1"),
    ROW(DISC_WAIT_ACK,  DISC_RX_ACK,    gives_addresses, found,         DISC_END,       DISC_END,   "RFC 3361 3.2"),
    ROW(DISC_WAIT_ACK,  DISC_RX_ACK,    gives_names,     resolve_first, DISC_RESOLVING, DISC_END,   "RFC 3361 3.1"),
    ROW(DISC_WAIT_ACK,  DISC_RX_ACK,    NULL,            found_none,    DISC_END,       DISC_END,   "RFC 3361 3"),
    ROW(DISC_WAIT_ACK,  DISC_TMR_AGAIN, may_ask_again,   inform,        DISC_WAIT_ACK,  DISC_END,   "RFC 2131 4.1"),
    ROW(DISC_WAIT_ACK,  DISC_TMR_AGAIN, NULL,            found_none,    DISC_END,       DISC_END,   "RFC 2131 4.1"),
    ROW(DISC_WAIT_ACK,  DISC_LEAVE,     NULL,            NULL,          DISC_END,       DISC_END,   "TS 24.301 5.5.2.2"),
    ROW(DISC_RESOLVING, DISC_RESOLVED,  has_address,     found_address, DISC_END,       DISC_END,   "RFC 3361 3.1"),
    ROW(DISC_RESOLVING, DISC_RESOLVED,  has_another,     resolve,       DISC_RESOLVING, DISC_END,   "RFC 3361 3.1"),
    ROW(DISC_RESOLVING, DISC_RESOLVED,  NULL,            found_none,    DISC_END,       DISC_END,   "RFC 3361 3.1"),
    ROW(DISC_RESOLVING, DISC_LEAVE,     NULL,            abandon,       DISC_END,       DISC_END,   "TS 24.301 5.5.2.2"),
};
static const struct fsm_timer timers[] = {
    [T_AGAIN] = {"dhcp.again", DISC_TMR_AGAIN, 0, FSM_IN(DISC_WAIT_ACK)},
};
/* clang-format on */

static void ended(struct fsm *f)
{
    struct ue_discovery *d = discovery_of(f);
    d->access->discovery = NULL;
    slab_free(&d->access->cfg->pool->discoveries, d);
}

struct fsm_def ue_discovery_def = {
    .name = "ue-discovery",
    .title = "P-CSCF discovery by DHCP and DNS (TS 24.229 9.2.1)",
    .state_names = states, .nstates = DISC_STATES, .event_names = events, .nevents = DISC_EVENTS,
    .rows = rows, .nrows = G_N_ELEMENTS(rows), .timers = timers, .ntimers = G_N_ELEMENTS(timers),
    .policy = FSM_IGNORE, .ended = ended,
};

bool ue_access_asks_dhcp(const struct ue_access *a)
{
    return a->cfg->dhcp;
}

void ue_discovery_init(struct ue_access_pool *pool)
{
    fsm_init(&ue_discovery_def);
    slab_init(&pool->discoveries, sizeof(struct ue_discovery));
}

void ue_access_discover(struct ue_access *a)
{
    struct ue_discovery *d = a->discovery;
    if (d)
        return;
    d = a->discovery = slab_alloc0(&a->cfg->pool->discoveries, NULL);
    fsm_start(&d->fsm, &ue_discovery_def, ue_node(a));
    d->access = a;
    d->xid = a->party ^ (uint32_t)a->sequence << 24;
    fsm_event(&d->fsm, DISC_BEGIN, NULL);
}

void ue_discovery_leave(struct ue_access *a)
{
    if (a->discovery)
        fsm_event(&a->discovery->fsm, DISC_LEAVE, NULL);
}

void ue_discovery_rx(struct ue_access *a, const struct dhcp_msg *m)
{
    if (a->discovery && m->m.type == DHCP_ack && m->xid == a->discovery->xid)
        fsm_event(&a->discovery->fsm, DISC_RX_ACK, m);
}

bool ue_access_rx_dns(const struct ue_access *a, const struct msg *m)
{
    return a && a->epc->resolvers && dns_client_rx(a->epc->resolvers, m);
}
