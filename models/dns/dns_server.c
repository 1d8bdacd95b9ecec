/* dns_server.c - the DNS server: what it knows, and which procedure a query belongs to. */
#include "models/dns/dns_server_int.h"

#include <string.h>

/* ---- answers ------------------------------------------------------------------------------------------ */

struct dns_msg *dns_server_answer(const struct fsm *f, const struct dns_question *q)
{
    return dns_answer(dns_server_of(f)->dns, q->m, DNS_NOERROR);
}

bool dns_server_send(const struct fsm *f, const struct dns_question *q, struct dns_msg *answer)
{
    dns_seal(dns_server_of(f)->dns, answer);
    node_send(f->node, q->from, IFACE_DNS, &answer->m);
    return true;
}

bool dns_server_no_name(struct fsm *f, const void *arg)
{
    const struct dns_question *q = arg;
    return dns_server_send(f, q, dns_answer(dns_server_of(f)->dns, q->m, DNS_NXDOMAIN));
}

/* ---- dispatcher --------------------------------------------------------------------------------------- */

static void rx(struct node *n, struct msg *m, struct node *from, uint16_t iface)
{
    struct dns_server *s = n->self;
    struct dns_question q = {.m = (const struct dns_msg *)m, .from = from};
    (void)iface;
    sim_assert(n->sim, m->proto == s->dns->proto);
    if (!dns_is_query(m->type))
        return;
    if (q.m->name.kind == DNS_NAME_E164)
        dns_enum_rx(s, &q);
    else
        dns_sip_rx(s, &q);
}

/* ---- what it knows ------------------------------------------------------------------------------------ */

void dns_server_add_number(struct node *n, uint32_t party)
{
    struct dns_server *s = n->self;
    guint bytes = s->listed->len;
    if (party / 8 >= bytes) {
        g_byte_array_set_size(s->listed, MAX(2 * bytes, party / 8 + 1));
        memset(s->listed->data + bytes, 0, s->listed->len - bytes);
    }
    s->listed->data[party / 8] |= (uint8_t)(1u << party % 8);
}

void dns_server_add_service(struct node *n, uint32_t domain, uint32_t target)
{
    struct dns_server *s = n->self;
    if (domain >= s->target->len)
        g_array_set_size(s->target, domain + 1);
    g_array_index(s->target, uint32_t, domain) = target + 1;
}

/* ---- life --------------------------------------------------------------------------------------------- */

void dns_server_new(struct dns_stack *dns, const struct sip_stack *sip, struct node *n, uint32_t ttl)
{
    struct dns_server *s = g_new0(struct dns_server, 1);
    fsm_init(&dns_enum_def);
    fsm_init(&dns_sip_def);
    fsm_start(&s->numbers, &dns_enum_def, n);
    fsm_start(&s->services, &dns_sip_def, n);
    s->dns = dns;
    s->sip = sip;
    s->ttl = ttl;
    s->listed = g_byte_array_new();
    s->target = g_array_new(FALSE, TRUE, sizeof(uint32_t));
    n->self = s;
    n->rx = rx;
}

void dns_server_free(struct node *n)
{
    struct dns_server *s = n->self;
    g_byte_array_free(s->listed, TRUE);
    g_array_free(s->target, TRUE);
    g_free(s);
}
