/* dns_enum.c - telephone numbers at the DNS server: ENUM (RFC 6116).
 *
 *   -> NAPTR 4.3.2.1.e164.arpa | <- E2U+sip, flag "u", an expression that makes a SIP URI of the number
 *                              | <- NXDOMAIN: nobody with a SIP URI has this number */
#include "models/dns/dns_server_int.h"

enum { DE_READY, DE_STATES };
static const char *const states[] = {"ready"};
enum { DE_RX_NAPTR, DE_RX_OTHER, DE_EVENTS };
static const char *const events[] = {"NAPTR query", "other query"};

static bool is_listed(const struct fsm *f, const void *arg)
{
    const GByteArray *listed = dns_server_of(f)->listed;
    uint32_t party = ((const struct dns_question *)arg)->m->name.id;
    return party / 8 < listed->len && listed->data[party / 8] >> party % 8 & 1;
}

static bool answer_uri(struct fsm *f, const void *arg)
{
    const struct dns_question *q = arg;
    struct dns_msg *a = dns_server_answer(f, q);
    IE_PUT(dns_body(a, naptr_answer), record) = (struct ie_naptr){.ttl = dns_server_of(f)->ttl,
                                                                 .order = 100,
                                                                 .preference = 10,
                                                                 .service = DNS_E2U_SIP,
                                                                 .party = q->m->name.id};
    return dns_server_send(f, q, a);
}

static const struct fsm_row rows[] = {
    /*  in        on           if         do                  then      on failure  clause           */
    ROW(DE_READY, DE_RX_NAPTR, is_listed, answer_uri,         DE_READY, DE_READY,   "RFC 6116 3.4"),
    ROW(DE_READY, DE_RX_NAPTR, NULL,      dns_server_no_name, DE_READY, DE_READY,   "RFC 1035 4.1.1"),
    ROW(DE_READY, DE_RX_OTHER, NULL,      dns_server_no_name, DE_READY, DE_READY,   "RFC 1035 4.1.1"),
};

struct fsm_def dns_enum_def = {
    .name = "dns-enum",
    .title = "Telephone numbers at the DNS server (RFC 6116)",
    .state_names = states,
    .nstates = DE_STATES,
    .event_names = events,
    .nevents = DE_EVENTS,
    .rows = rows,
    .nrows = G_N_ELEMENTS(rows),
    .policy = FSM_ASSERT,
};

void dns_enum_rx(struct dns_server *s, const struct dns_question *q)
{
    fsm_event(&s->numbers, q->m->m.type == DNS_naptr_query ? DE_RX_NAPTR : DE_RX_OTHER, q);
}
