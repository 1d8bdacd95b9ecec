/* diameter.c - Diameter messages (see diameter.h). */
#include "models/proto/diameter/diameter.h"

#include <string.h>

enum avp_kind { AVP_SESSION, AVP_HOST, AVP_REALM, AVP_DEST_REALM, AVP_APP, AVP_U32, AVP_IDENTITY, AVP_SERVER, AVP_RESULT };

static const struct {
    const char *name, *long_name, *clause;
    uint16_t code;
} messages[DIA_TYPES] = {
#define MSG(id, name, long_name, code, clause) {name, long_name, clause, code},
#define AVP(...)
#include "models/proto/diameter/diameter_msgs.def"
#undef MSG
#undef AVP
};
static const struct {
    uint8_t type, vendor, kind;
    uint16_t code;
    const char *name;
} avps[] = {
#define MSG(...)
#define AVP(msg, name, code, vendor, kind) {DIA_##msg, vendor, AVP_##kind, code, name},
#include "models/proto/diameter/diameter_msgs.def"
#undef MSG
#undef AVP
};

#define HEADER_SIZE 20        /* RFC 6733 3     */
#define SESSION_ID_DIGITS 17u /* ";" + 16 digits behind the sender's identity */

/* Bytes of an AVP with this much data: header, vendor id, padding to four (RFC 6733 4.1). */
static uint32_t avp_size(bool vendor, uint32_t data)
{
    return 8u + (vendor ? 4u : 0u) + ((data + 3u) & ~3u);
}

static uint32_t host_len(const struct dia_stack *dia, uint32_t host)
{
    return sip_host(dia->sip, host)->len;
}

/* Data bytes of an AVP, or -1 when the message does not have it. */
static int64_t data_size(const struct dia_stack *dia, const struct dia_msg *m, enum avp_kind kind)
{
    switch (kind) {
    case AVP_SESSION:
        return host_len(dia, m->m.type == DIA_LIR ? m->origin : m->to_realm) + SESSION_ID_DIGITS;
    case AVP_HOST:
        return host_len(dia, m->origin);
    case AVP_REALM:
        return host_len(dia, m->realm);
    case AVP_DEST_REALM:
        return host_len(dia, m->to_realm);
    case AVP_APP:
        return 24; /* Vendor-Id and Auth-Application-Id */
    case AVP_U32:
        return 4;
    case AVP_IDENTITY:
        return sip_party(dia->sip, m->party)->len[SIP_URI_IDENTITY];
    case AVP_SERVER:
        return m->server ? (int64_t)host_len(dia, m->server - 1) + 4 : -1; /* sip: */
    case AVP_RESULT:
        return m->result < 5000 ? 4 : 24; /* Experimental-Result is grouped */
    }
    return -1;
}

void dia_seal(const struct dia_stack *dia, struct dia_msg *m)
{
    uint32_t size = HEADER_SIZE;
    for (size_t i = 0; i < G_N_ELEMENTS(avps); i++) {
        int64_t data = avps[i].type == m->m.type ? data_size(dia, m, avps[i].kind) : -1;
        if (data >= 0)
            size += avp_size(avps[i].vendor, (uint32_t)data);
    }
    m->m.size = size;
}

struct dia_msg *dia_new(struct dia_stack *dia, enum dia_type type)
{
    struct dia_msg *m = slab_alloc0(&dia->msgs, NULL);
    m->m.refs = 1;
    m->m.proto = dia->proto;
    m->m.type = (uint16_t)type;
    return m;
}

static struct dia_stack *dia_of(const struct net *net, const struct msg *m)
{
    return net->ext[m->proto];
}

static void free_msg(struct net *net, struct msg *m)
{
    slab_free(&dia_of(net, m)->msgs, m);
}

static const char *type_name(uint16_t type)
{
    return messages[type].name;
}

static void put_value(const struct dia_stack *dia, const struct dia_msg *m, enum avp_kind kind, GString *out)
{
    switch (kind) {
    case AVP_SESSION:
        g_string_append_printf(out, "%016" G_GINT64_MODIFIER "x", m->session);
        break;
    case AVP_HOST:
        g_string_append(out, sip_host(dia->sip, m->origin)->name);
        break;
    case AVP_REALM:
        g_string_append(out, sip_host(dia->sip, m->realm)->name);
        break;
    case AVP_DEST_REALM:
        g_string_append(out, sip_host(dia->sip, m->to_realm)->name);
        break;
    case AVP_APP:
        g_string_append(out, "Vendor-Id 10415, Auth-Application-Id 16777216");
        break;
    case AVP_U32:
        g_string_append(out, "NO_STATE_MAINTAINED (1)");
        break;
    case AVP_IDENTITY:
        g_string_append_printf(out, "sip:%s@%s", sip_party(dia->sip, m->party)->user,
                               sip_host(dia->sip, sip_party(dia->sip, m->party)->domain)->name);
        break;
    case AVP_SERVER:
        g_string_append_printf(out, "sip:%s", sip_host(dia->sip, m->server - 1)->name);
        break;
    case AVP_RESULT:
        g_string_append_printf(out, "%u", m->result);
        break;
    }
}

static void render(const struct net *net, const struct msg *base, GString *out)
{
    const struct dia_stack *dia = dia_of(net, base);
    const struct dia_msg *m = (const struct dia_msg *)base;
    g_string_append_printf(out, "%s (%s, command %u, %u bytes)\n", messages[base->type].long_name, messages[base->type].name,
                           messages[base->type].code, base->size);
    for (size_t i = 0; i < G_N_ELEMENTS(avps); i++) {
        if (avps[i].type != base->type || data_size(dia, m, avps[i].kind) < 0)
            continue;
        g_string_append_printf(out, "  %s (%u): ", avps[i].name, avps[i].code);
        put_value(dia, m, avps[i].kind, out);
        g_string_append_c(out, '\n');
    }
}

static void detail(const struct net *net, const struct msg *base, GString *out)
{
    const struct dia_msg *m = (const struct dia_msg *)base;
    (void)net;
    if (m->result)
        g_string_append_printf(out, "result %u", m->result);
}

const struct proto dia_proto = {
    .name = "Diameter",
    .ntypes = DIA_TYPES,
    .type_name = type_name,
    .free = free_msg,
    .render = render,
    .detail = detail,
};

struct dia_stack *dia_stack_new(struct net *net, const struct sip_stack *sip)
{
    struct dia_stack *dia = g_new0(struct dia_stack, 1);
    dia->net = net;
    dia->sip = sip;
    slab_init(&dia->msgs, sizeof(struct dia_msg));
    dia->proto = net_add_proto(net, &dia_proto, dia);
    return dia;
}

void dia_stack_free(struct dia_stack *dia)
{
    slab_clear(&dia->msgs);
    g_free(dia);
}
