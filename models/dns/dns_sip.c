/* dns_sip.c - SIP services and addresses at the DNS server (RFC 3263 4, RFC 3403, RFC 2782).
 *
 *   -> NAPTR domain           | <- SIP+D2U, flag "s", replacement _sip._udp.domain | NXDOMAIN
 *   -> SRV _sip._udp.domain   | <- target, port 5060                               | NXDOMAIN
 *   -> A host                 | <- address                                         | NXDOMAIN
 *
 * SIMPLIFIED: SIP over UDP alone is offered, since transport is a matter of the link here; one target. */
#include "models/dns/dns_server_int.h"

#include "models/epc.h"

enum { DS_READY, DS_STATES };
static const char *const states[] = {"ready"};
enum { DS_RX_NAPTR, DS_RX_SRV, DS_RX_A, DS_EVENTS };
static const char *const events[] = {"NAPTR query", "SRV query", "A query"};

enum { SIP_PORT = 5060 };

static const struct dns_msg *query_of(const void *arg)
{
    return ((const struct dns_question *)arg)->m;
}

/* Host + 1 of the domain's SIP service, or 0. */
static uint32_t target_of(const struct fsm *f, uint32_t domain)
{
    const GArray *target = dns_server_of(f)->target;
    return domain < target->len ? g_array_index(target, uint32_t, domain) : 0;
}

static bool has_service(const struct fsm *f, const void *arg)
{
    return query_of(arg)->name.kind == DNS_NAME_HOST && target_of(f, query_of(arg)->name.id);
}

static bool is_service(const struct fsm *f, const void *arg)
{
    return query_of(arg)->name.kind == DNS_NAME_SIP_UDP && target_of(f, query_of(arg)->name.id);
}

static bool has_address(const struct fsm *f, const void *arg)
{
    return query_of(arg)->name.kind == DNS_NAME_HOST && sip_host(dns_server_of(f)->sip, query_of(arg)->name.id)->node;
}

static bool answer_naptr(struct fsm *f, const void *arg)
{
    struct dns_msg *a = dns_server_answer(f, arg);
    IE_PUT(dns_body(a, naptr_answer), record) = (struct ie_naptr){
        .ttl = dns_server_of(f)->ttl,
        .order = 50,
        .preference = 50,
        .service = DNS_SIP_D2U,
        .replacement = {.kind = DNS_NAME_SIP_UDP, .id = query_of(arg)->name.id},
    };
    return dns_server_send(f, arg, a);
}

static bool answer_srv(struct fsm *f, const void *arg)
{
    struct dns_msg *a = dns_server_answer(f, arg);
    IE_PUT(dns_body(a, srv_answer), record) = (struct ie_srv){
        .ttl = dns_server_of(f)->ttl,
        .weight = 1,
        .port = SIP_PORT,
        .target = {.kind = DNS_NAME_HOST, .id = target_of(f, query_of(arg)->name.id) - 1},
    };
    return dns_server_send(f, arg, a);
}

static bool answer_a(struct fsm *f, const void *arg)
{
    const struct node *host = sip_host(dns_server_of(f)->sip, query_of(arg)->name.id)->node;
    struct dns_msg *a = dns_server_answer(f, arg);
    IE_PUT(dns_body(a, a_answer), record) = (struct ie_dns_a){.ttl = dns_server_of(f)->ttl, .address = epc_ip(host)};
    return dns_server_send(f, arg, a);
}

static const struct fsm_row rows[] = {
    /*  in        on           if           do                  then      on failure  clause           */
    ROW(DS_READY, DS_RX_NAPTR, has_service, answer_naptr,       DS_READY, DS_READY,   "RFC 3263 4.1"),
    ROW(DS_READY, DS_RX_NAPTR, NULL,        dns_server_no_name, DS_READY, DS_READY,   "RFC 1035 4.1.1"),
    ROW(DS_READY, DS_RX_SRV,   is_service,  answer_srv,         DS_READY, DS_READY,   "RFC 3263 4.2"),
    ROW(DS_READY, DS_RX_SRV,   NULL,        dns_server_no_name, DS_READY, DS_READY,   "RFC 1035 4.1.1"),
    ROW(DS_READY, DS_RX_A,     has_address, answer_a,           DS_READY, DS_READY,   "RFC 3263 4.2"),
    ROW(DS_READY, DS_RX_A,     NULL,        dns_server_no_name, DS_READY, DS_READY,   "RFC 1035 4.1.1"),
};

struct fsm_def dns_sip_def = {
    .name = "dns-sip",
    .title = "SIP services and addresses at the DNS server (RFC 3263)",
    .state_names = states,
    .nstates = DS_STATES,
    .event_names = events,
    .nevents = DS_EVENTS,
    .rows = rows,
    .nrows = G_N_ELEMENTS(rows),
    .policy = FSM_ASSERT,
};

void dns_sip_rx(struct dns_server *s, const struct dns_question *q)
{
    uint16_t type = q->m->m.type;
    fsm_event(&s->services, type == DNS_naptr_query ? DS_RX_NAPTR : type == DNS_srv_query ? DS_RX_SRV : DS_RX_A, q);
}
