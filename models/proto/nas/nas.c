/* nas.c - tables and header of NAS (see nas.h). */
#include "models/proto/nas/nas.h"

/* How an information element is framed (nas_msgs.def). */
enum format {
    FORMAT_V,
    FORMAT_LV,
    FORMAT_LVE,
    FORMAT_TV,
    FORMAT_TV1,
    FORMAT_TLV,
    FORMAT_TLVE,
    FORMAT_HALF,
    FORMAT_REST
};

/* clang-format off */
#define MSG(id, ...) static const struct ie_field id##_fields[] = {
#define FIELD(msg, field, type, tag, format, presence)                                                      \
    {#field, offsetof(struct nas_##msg, field), tag, IE_##type, IE_##presence, FORMAT_##format},
#define END(id) {0}};
#include "models/proto/nas/nas_msgs.def"
/* clang-format on */

const struct ie_message nas_messages[NAS_TYPES] = {
#define MSG(id, code, name, clause) {name, clause, id##_fields, code, sizeof(struct nas_##id)},
#define FIELD(...)
#define END(id)
#include "models/proto/nas/nas_msgs.def"
};

/* Bytes around a value; the value itself may count nothing or one (nas_msgs.def). */
static uint32_t wrap(const struct ie_field *f, uint32_t value)
{
    switch ((enum format)f->aux) {
    case FORMAT_V:
        return value;
    case FORMAT_LV:
    case FORMAT_TV:
        return 1 + value;
    case FORMAT_LVE:
    case FORMAT_TLV:
        return 2 + value;
    case FORMAT_TLVE:
        return 3 + value;
    case FORMAT_HALF:
    case FORMAT_TV1:
        return 1;
    case FORMAT_REST:
        return 0;
    }
    g_assert_not_reached();
}

bool nas_is_esm(uint16_t type)
{
    return nas_messages[type].code >= 193;
}

/* Discriminator and type; ESM has the transaction identity too; SERVICE REQUEST only the first octet (its
 * security header). A secured message is one with header, MAC (4) and sequence number in front. */
static uint32_t head(const struct msg *m, const struct ie_message *d)
{
    if (!d->code)
        return 1;
    return (nas_is_esm(m->type) ? 3 : 2) + (nas_of(m)->security != NAS_PLAIN ? 6 : 0);
}

static void print_head(const struct msg *m, GString *out)
{
    static const char *const headers[] = {"plain", "integrity protected", "integrity protected and ciphered",
                                          "integrity protected, new context",
                                          "integrity protected and ciphered, new context"};
    const struct nas_msg *n = nas_of(m);

    if (n->security != NAS_PLAIN && n->security < G_N_ELEMENTS(headers))
        g_string_append_printf(out, "  security: %s, sequence %u, MAC %08x\n", headers[n->security],
                               n->sequence, n->mac);
    if (nas_is_esm(m->type))
        g_string_append_printf(out, "  ebi: %u\n  pti: %u\n", n->ebi, n->pti);
}

static const char *type_name(uint16_t type)
{
    return type < NAS_TYPES ? nas_messages[type].name : NULL;
}

const struct proto nas_proto = {
    .name = "NAS",
    .ntypes = NAS_TYPES,
    .type_name = type_name,
    .free = ie_free,
    .render = ie_render,
    .detail = ie_detail,
};

static const struct ie_decl decl = {
    .messages = nas_messages,
    .count = NAS_TYPES,
    .body = offsetof(struct nas_msg, body),
    .wrap = wrap,
    .head = head,
    .print_head = print_head,
};

struct nas_stack *nas_stack_new(struct net *net)
{
    struct nas_stack *nas = g_new0(struct nas_stack, 1);
    ie_stack_init(&nas->ie, net, &nas_proto, &decl, sizeof(struct nas_msg));
    return nas;
}

void nas_stack_free(struct nas_stack *nas)
{
    ie_stack_clear(&nas->ie);
    g_free(nas);
}
