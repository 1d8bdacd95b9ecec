/* dhcp.c - tables and header of DHCP (see dhcp.h). */
#include "models/proto/dhcp/dhcp.h"

#include "models/proto/ie/ie_int.h"
#include "models/proto/sip/sip.h"

/* RFC 2131 2: 236 octets of fixed fields, the magic cookie, the option with the message type, the option that
 * ends. */
enum { HEAD_OCTETS = 236 + 4 + 3 + 1 };

/* clang-format off */
#define MSG(id, ...) static const struct ie_field id##_fields[] = {
#define FIELD(msg, field, type, tag, presence)                                                             \
    {#field, offsetof(struct dhcp_##msg, field), tag, IE_##type, IE_##presence, 0},
#define END(id) {0}};
#include "models/proto/dhcp/dhcp_msgs.def"
/* clang-format on */

const struct ie_message dhcp_messages[DHCP_TYPES] = {
#define MSG(id, code, name, clause) {name, clause, id##_fields, code, sizeof(struct dhcp_##id)},
#define FIELD(...)
#define END(id)
#include "models/proto/dhcp/dhcp_msgs.def"
};

/* An octet that says whether names or addresses follow, then these (RFC 3361 3); a name takes two octets more than its text
 * (RFC 1035 3.1). */
uint32_t ie_size_sip_servers(const struct ie_ctx *c, const void *value)
{
    const struct ie_sip_servers *s = value;
    uint32_t size = 1;
    for (unsigned i = 0; i < s->n; i++)
        size += s->named ? sip_host(c->stack->sip, s->server[i])->len + 2u : 4u;
    return size;
}

void ie_print_sip_servers(const struct ie_ctx *c, const void *value, GString *out)
{
    const struct ie_sip_servers *s = value;
    for (unsigned i = 0; i < s->n; i++) {
        g_string_append(out, i ? ", " : "");
        if (s->named)
            g_string_append(out, sip_host(c->stack->sip, s->server[i])->name);
        else
            ie_put_ipv4(out, s->server[i]);
    }
}

static uint32_t wrap(const struct ie_field *f, uint32_t value)
{
    (void)f;
    return 2 + value;
}

static uint32_t head(const struct msg *m, const struct ie_message *d)
{
    (void)m;
    (void)d;
    return HEAD_OCTETS;
}

static void print_head(const struct msg *m, GString *out)
{
    const struct dhcp_msg *d = (const struct dhcp_msg *)m;
    g_string_append_printf(out, "  xid: 0x%08x\n  ciaddr: ", d->xid);
    ie_put_ipv4(out, d->client);
    g_string_append_c(out, '\n');
}

static const char *type_name(uint16_t type)
{
    return type < DHCP_TYPES ? dhcp_messages[type].name : NULL;
}

const struct proto dhcp_proto = {
    .name = "DHCP",
    .ntypes = DHCP_TYPES,
    .type_name = type_name,
    .free = ie_free,
    .render = ie_render,
    .detail = ie_detail,
};

static const struct ie_decl decl = {
    .messages = dhcp_messages,
    .count = DHCP_TYPES,
    .body = offsetof(struct dhcp_msg, body),
    .wrap = wrap,
    .head = head,
    .print_head = print_head,
};

struct dhcp_stack *dhcp_stack_new(struct net *net, const struct sip_stack *sip)
{
    struct dhcp_stack *dhcp = g_new0(struct dhcp_stack, 1);
    dhcp->ie.sip = sip;
    ie_stack_init(&dhcp->ie, net, &dhcp_proto, &decl, sizeof(struct dhcp_msg));
    return dhcp;
}

void dhcp_stack_free(struct dhcp_stack *dhcp)
{
    ie_stack_clear(&dhcp->ie);
    g_free(dhcp);
}
