/* diameter.c - tables and common AVPs of Diameter (see diameter.h). */
#include "models/proto/diameter/diameter.h"

#include "models/proto/ie/ie_int.h"

/* clang-format off */
#define MSG(id, ...) static const struct ie_field id##_fields[] = {
#define FIELD(msg, field, type, avp, presence)                                                                \
    {#field, offsetof(struct dia_##msg, field), DIA_AVP_##avp, IE_##type, IE_##presence, 0},
#define END(id) {0}};
#include "models/proto/diameter/diameter_msgs.def"
/* clang-format on */

const struct ie_message dia_messages[DIA_TYPES] = {
#define MSG(id, name, long_name, code, app, clause)                                                          \
    {long_name, clause, id##_fields, code, sizeof(struct dia_##id)},
#define FIELD(...)
#define END(id)
#include "models/proto/diameter/diameter_msgs.def"
};

static const struct {
    const char *name;
    uint32_t app; /* enum dia_app */
} kinds[DIA_TYPES] = {
#define MSG(id, name, long_name, code, app, clause) {name, DIA_##app},
#define FIELD(...)
#define END(id)
#include "models/proto/diameter/diameter_msgs.def"
};

static const struct {
    const char *name;
    uint16_t code;
    bool vendor;
} avps[DIA_AVPS] = {
#define AVP(id, name, code, vendor) {name, code, vendor},
#include "models/proto/diameter/diameter_avps.def"
};

/* ---- what messages share ------------------------------------------------------------------------------- */

/* Sets of types, bit per type; an application's stand together in the list. */
#define BIT(id)            (UINT64_C(1) << DIA_##id)
#define RANGE(first, last) (UINT64_MAX >> (63 - DIA_##last) & UINT64_MAX << DIA_##first)
#define ALL                UINT64_MAX
#define REQUESTS           UINT64_C(0x5555555555555555)
#define ANSWERS            UINT64_C(0xaaaaaaaaaaaaaaaa)
_Static_assert(DIA_TYPES <= 64, "sets of message types have 64 bits");

/* clang-format off */
static const struct ie_shared shared[] = {
#define SHARED(field, type, avp, presence, messages)                                                          \
    {{#field, offsetof(struct dia_msg, field), DIA_AVP_##avp, IE_##type, IE_##presence, 0}, messages},
#include "models/proto/diameter/diameter_shared.def"
};
/* clang-format on */

#define SESSION_ID_DIGITS 17u /* ";" + 16 digits behind the identity of whoever began it */

uint32_t ie_size_session_id(const struct ie_ctx *c, const void *value)
{
    const struct dia_msg *m = (const struct dia_msg *)c->m;
    uint32_t owner = m->owner ? m->owner - 1 : dia_is_request(m->m.type) ? m->origin : m->to_realm;
    (void)value;
    return sip_host(c->stack->sip, owner)->len + SESSION_ID_DIGITS;
}

void ie_print_session_id(const struct ie_ctx *c, const void *value, GString *out)
{
    (void)c;
    g_string_append_printf(out, "%016" G_GINT64_MODIFIER "x", *(const uint64_t *)value);
}

void ie_print_vendor_application(const struct ie_ctx *c, const void *value, GString *out)
{
    (void)c;
    g_string_append_printf(out, "Vendor-Id 10415, Auth-Application-Id %u", *(const uint32_t *)value);
}

/* ---- results
 * ----------------------------------------------------------------------------------------------- */

bool dia_is_experimental(const struct dia_msg *m)
{
    if (m->result_kind != DIA_RESULT_DEFAULT)
        return m->result_kind == DIA_RESULT_EXPERIMENTAL;
    return m->result >= 5000;
}

const char *dia_result_name(const struct dia_msg *m)
{
    if (!dia_is_experimental(m))
        return ie_value_name(IE_dia_result, m->result);
    switch (m->application) {
    case DIA_CX:
        return ie_value_name(IE_dia_cx_result, m->result);
    case DIA_S6A:
        return ie_value_name(IE_dia_s6a_result, m->result);
    case DIA_GX:
        return ie_value_name(IE_dia_gx_result, m->result);
    case DIA_RX:
        return ie_value_name(IE_dia_rx_result, m->result);
    }
    return NULL;
}

/* Result-Code, or Experimental-Result: grouped of Vendor-Id and Experimental-Result-Code. */
uint32_t ie_size_result(const struct ie_ctx *c, const void *value)
{
    (void)value;
    return dia_is_experimental((const struct dia_msg *)c->m) ? 2 * IE_BASE_AVP(4) : 4;
}

void ie_print_result(const struct ie_ctx *c, const void *value, GString *out)
{
    const char *name = dia_result_name((const struct dia_msg *)c->m);

    g_string_append_printf(out, name ? "%u %s" : "%u", *(const uint32_t *)value, name);
}

/* ---- the protocol
 * -------------------------------------------------------------------------------------------- */

static uint32_t wrap(const struct ie_field *f, uint32_t value)
{
    return ie_avp(avps[f->tag].vendor, value);
}

static uint32_t head(const struct msg *m, const struct ie_message *d)
{
    (void)m;
    (void)d;
    return 20; /* RFC 6733 3 */
}

static void print_head(const struct msg *m, GString *out)
{
    g_string_append_printf(out, "  command: %s %u, application %u\n", kinds[m->type].name,
                           dia_messages[m->type].code, kinds[m->type].app);
}

static const char *field_name(const struct ie_field *f)
{
    return avps[f->tag].name;
}

static void detail(const struct msg *base, GString *out)
{
    const struct dia_msg *m = (const struct dia_msg *)base;

    if (base->type == DIA_CCR || base->type == DIA_CCA)
        g_string_append(out, ie_value_name(IE_cc_request_type,
                                           base->type == DIA_CCR ? m->body.CCR.type : m->body.CCA.type));
    if (m->result)
        g_string_append_printf(out, "%sresult %u", out->len ? " " : "", m->result);
    const char *name = m->result ? dia_result_name(m) : NULL;
    if (name && (dia_is_experimental(m) || m->result >= 3000))
        g_string_append_printf(out, " %s", g_str_has_prefix(name, "DIAMETER_") ? name + 9 : name);
    if (base->type == DIA_SAR)
        g_string_append(out, ie_value_name(IE_server_assignment, m->body.SAR.type));
    if (base->type == DIA_UAR && IE_HAS(&m->body.UAR, type))
        g_string_append(out, ie_value_name(IE_user_auth_type, m->body.UAR.type));
    if (base->type == DIA_MAR && m->body.MAR.auth.has_resync)
        g_string_append(out, "AUTS");
    if (base->type == DIA_RTR)
        g_string_append(out, ie_value_name(IE_dereg_reason, m->body.RTR.reason));
}

static const char *type_name(uint16_t type)
{
    return type < DIA_TYPES ? kinds[type].name : NULL;
}

const struct proto dia_proto = {
    .name = "Diameter",
    .ntypes = DIA_TYPES,
    .type_name = type_name,
    .free = ie_free,
    .render = ie_render,
    .detail = ie_detail,
};

static const struct ie_decl decl = {
    .messages = dia_messages,
    .count = DIA_TYPES,
    .body = offsetof(struct dia_msg, body),
    .shared = shared,
    .n_shared = G_N_ELEMENTS(shared),
    .wrap = wrap,
    .head = head,
    .print_head = print_head,
    .field_name = field_name,
    .detail = detail,
};

struct dia_stack *dia_stack_new(struct net *net, const struct sip_stack *sip)
{
    struct dia_stack *dia = g_new0(struct dia_stack, 1);
    dia->sip = sip;
    dia->ie.sip = sip;
    ie_stack_init(&dia->ie, net, &dia_proto, &decl, sizeof(struct dia_msg));
    dia->proto = dia->ie.proto;
    return dia;
}

void dia_stack_free(struct dia_stack *dia)
{
    ie_stack_clear(&dia->ie);
    g_free(dia);
}

struct dia_msg *dia_new(struct dia_stack *dia, enum dia_type type)
{
    struct dia_msg *m = ie_new(&dia->ie, (uint16_t)type);
    m->application = kinds[type].app;
    m->state = NO_STATE_MAINTAINED;
    return m;
}

struct dia_msg *dia_answer(struct dia_stack *dia, enum dia_type type, const struct dia_msg *request,
                           uint32_t result)
{
    struct dia_msg *m = dia_new(dia, type);
    m->session = request->session;
    m->owner = request->owner ? request->owner : request->origin + 1;
    m->party = request->party;
    m->to_realm = request->origin;
    m->result = result;
    return m;
}

void dia_seal(const struct dia_stack *dia, struct dia_msg *m)
{
    ie_seal(&dia->ie, &m->m);
}
