/* dns.c - tables, header and fields of DNS (see dns.h). */
#include "models/proto/dns/dns.h"

#include "models/proto/ie/ie_int.h"

#include <string.h>

enum { SECTION_QUESTION = 1, SECTION_ANSWER };

/* clang-format off */
#define MSG(id, ...) static const struct ie_field id##_fields[] = {
#define FIELD(msg, field, type, section, presence)                                                           \
    {#field, offsetof(struct dns_##msg, field), SECTION_##section, IE_##type, IE_##presence, 0},
#define END(id) {0}};
#include "models/proto/dns/dns_msgs.def"
/* clang-format on */

const struct ie_message dns_messages[DNS_TYPES] = {
#define MSG(id, code, name, clause) {name, clause, id##_fields, code, sizeof(struct dns_##id)},
#define FIELD(...)
#define END(id)
#include "models/proto/dns/dns_msgs.def"
};

static const struct ie_shared shared[] = {
    {{"question", offsetof(struct dns_msg, name), SECTION_QUESTION, IE_dns_name, IE_M, 0}, UINT64_MAX},
};

/* ---- names ------------------------------------------------------------------------------------------- */

#define ENUM_ROOT "e164.arpa"
#define SIP_OVER_UDP "_sip._udp."

void dns_put_name(const struct sip_stack *sip, struct ie_dns_name name, GString *out)
{
    char digits[SIP_TEL_MAX];
    if (name.kind == DNS_NAME_E164) { /* RFC 6116 3.2: digits, the last one first */
        for (size_t n = sip_tel_digits(sip_party(sip, name.id), digits); n > 0; n--)
            g_string_append_printf(out, "%c.", digits[n - 1]);
        g_string_append(out, ENUM_ROOT);
        return;
    }
    if (name.kind == DNS_NAME_SIP_UDP)
        g_string_append(out, SIP_OVER_UDP);
    g_string_append(out, sip_host(sip, name.id)->name);
}

/* Labels with their lengths in front and an empty one at the end: two bytes more than the text (RFC 1035 3.1). */
static uint32_t name_bytes(const struct sip_stack *sip, struct ie_dns_name name)
{
    char digits[SIP_TEL_MAX];
    if (name.kind == DNS_NAME_E164)
        return 2 * (uint32_t)sip_tel_digits(sip_party(sip, name.id), digits) + sizeof ENUM_ROOT - 1 + 2;
    return (name.kind == DNS_NAME_SIP_UDP ? sizeof SIP_OVER_UDP - 1 : 0) + sip_host(sip, name.id)->len + 2u;
}

uint32_t ie_size_dns_name(const struct ie_ctx *c, const void *value)
{
    return name_bytes(c->stack->sip, *(const struct ie_dns_name *)value);
}

void ie_print_dns_name(const struct ie_ctx *c, const void *value, GString *out)
{
    dns_put_name(c->stack->sip, *(const struct ie_dns_name *)value, out);
}

/* ---- records ----------------------------------------------------------------------------------------- */

/* Substitution expression of an ENUM record: the whole number becomes this URI (RFC 6116 3.4). */
#define REGEXP_BEGIN "!^.*$!"
#define REGEXP_END "!"

static bool is_enum(const struct ie_naptr *r)
{
    return r->service == DNS_E2U_SIP;
}

static struct sip_uri uri_of(const struct ie_naptr *r)
{
    return (struct sip_uri){.kind = SIP_URI_IDENTITY, .id = r->party};
}

/* Order and preference; flag, service and expression as character strings; replacement (RFC 3403 4.1). */
uint32_t ie_size_naptr(const struct ie_ctx *c, const void *value)
{
    const struct ie_naptr *r = value;
    const struct sip_stack *sip = c->stack->sip;
    uint32_t expression = is_enum(r) ? sizeof REGEXP_BEGIN - 1 + sip_uri_length(sip, uri_of(r)) + sizeof REGEXP_END - 1 : 0;
    uint32_t replacement = is_enum(r) ? 1 : name_bytes(sip, r->replacement);
    return 4 + 2 + 1 + (uint32_t)strlen(ie_value_name(IE_dns_service, r->service)) + 1 + expression + replacement;
}

static void put_uri(const struct sip_stack *sip, const struct ie_naptr *r, GString *out)
{
    const struct sip_party *p = sip_party(sip, r->party);
    g_string_append_printf(out, "sip:%s@%s", p->user, sip_host(sip, p->domain)->name);
}

void ie_print_naptr(const struct ie_ctx *c, const void *value, GString *out)
{
    const struct ie_naptr *r = value;
    g_string_append_printf(out, "TTL %u, order %u, preference %u, flag %s, service %s, ", r->ttl, r->order, r->preference,
                           is_enum(r) ? "u" : "s", ie_value_name(IE_dns_service, r->service));
    if (is_enum(r)) {
        g_string_append(out, "expression " REGEXP_BEGIN);
        put_uri(c->stack->sip, r, out);
        g_string_append(out, REGEXP_END);
    } else {
        g_string_append(out, "replacement ");
        dns_put_name(c->stack->sip, r->replacement, out);
    }
}

/* Priority, weight, port, target (RFC 2782). */
uint32_t ie_size_srv(const struct ie_ctx *c, const void *value)
{
    return 6 + name_bytes(c->stack->sip, ((const struct ie_srv *)value)->target);
}

void ie_print_srv(const struct ie_ctx *c, const void *value, GString *out)
{
    const struct ie_srv *r = value;
    g_string_append_printf(out, "TTL %u, priority %u, weight %u, port %u, target ", r->ttl, r->priority, r->weight, r->port);
    dns_put_name(c->stack->sip, r->target, out);
}

void ie_print_dns_a(const struct ie_ctx *c, const void *value, GString *out)
{
    const struct ie_dns_a *r = value;
    (void)c;
    g_string_append_printf(out, "TTL %u, address ", r->ttl);
    ie_put_ipv4(out, r->address);
}

/* ---- the protocol -------------------------------------------------------------------------------------- */

/* Question: type and class. Record: pointer to the name, type, class, TTL, length (RFC 1035 4.1.2, 4.1.3). */
static uint32_t wrap(const struct ie_field *f, uint32_t value)
{
    return value + (f->tag == SECTION_QUESTION ? 4 : 12);
}

static uint32_t head(const struct msg *m, const struct ie_message *d)
{
    (void)m;
    (void)d;
    return 12; /* RFC 1035 4.1.1 */
}

static void print_head(const struct msg *base, GString *out)
{
    const struct dns_msg *m = (const struct dns_msg *)base;
    g_string_append_printf(out, "  id: %u\n", m->id & 0xffff);
    if (!dns_is_query(base->type))
        g_string_append_printf(out, "  rcode: %s\n", ie_value_name(IE_dns_rcode, m->rcode));
}

static void put_result(const struct sip_stack *sip, const struct dns_msg *m, GString *out)
{
    if (m->rcode != DNS_NOERROR) {
        g_string_append(out, ie_value_name(IE_dns_rcode, m->rcode));
    } else if (m->m.type == DNS_naptr_answer && is_enum(&m->body.naptr_answer.record)) {
        put_uri(sip, &m->body.naptr_answer.record, out);
    } else if (m->m.type == DNS_naptr_answer) {
        dns_put_name(sip, m->body.naptr_answer.record.replacement, out);
    } else if (m->m.type == DNS_srv_answer) {
        dns_put_name(sip, m->body.srv_answer.record.target, out);
    } else {
        ie_put_ipv4(out, m->body.a_answer.record.address);
    }
}

static void detail(const struct net *net, const struct msg *base, GString *out)
{
    const struct dns_msg *m = (const struct dns_msg *)base;
    const struct ie_stack *s = net->ext[base->proto];
    dns_put_name(s->sip, m->name, out);
    if (dns_is_query(base->type))
        return;
    g_string_append(out, "; ");
    put_result(s->sip, m, out);
}

static const char *type_name(uint16_t type)
{
    return type < DNS_TYPES ? dns_messages[type].name : NULL;
}

const struct proto dns_proto = {
    .name = "DNS",
    .ntypes = DNS_TYPES,
    .type_name = type_name,
    .free = ie_free,
    .render = ie_render,
    .detail = detail,
};

static const struct ie_decl decl = {
    .messages = dns_messages,
    .count = DNS_TYPES,
    .body = offsetof(struct dns_msg, body),
    .shared = shared,
    .n_shared = G_N_ELEMENTS(shared),
    .wrap = wrap,
    .head = head,
    .print_head = print_head,
};

struct dns_stack *dns_stack_new(struct net *net, const struct sip_stack *sip)
{
    struct dns_stack *dns = g_new0(struct dns_stack, 1);
    dns->ie.sip = sip;
    ie_stack_init(&dns->ie, net, &dns_proto, &decl, sizeof(struct dns_msg));
    dns->proto = dns->ie.proto;
    return dns;
}

void dns_stack_free(struct dns_stack *dns)
{
    ie_stack_clear(&dns->ie);
    g_free(dns);
}

struct dns_msg *dns_query(struct dns_stack *dns, enum dns_type type, struct ie_dns_name name, uint32_t id)
{
    struct dns_msg *m = ie_new(&dns->ie, (uint16_t)type);
    m->name = name;
    m->id = id;
    dns_seal(dns, m);
    return m;
}

struct dns_msg *dns_answer(struct dns_stack *dns, const struct dns_msg *query, uint8_t rcode)
{
    struct dns_msg *m = ie_new(&dns->ie, (uint16_t)(query->m.type + 1));
    m->name = query->name;
    m->id = query->id;
    m->rcode = rcode;
    return m;
}
