/* rrc.c - tables and header of RRC (see rrc.h). */
#include "models/proto/rrc/rrc.h"

#include "models/proto/ie/ie_int.h"

#define IN_BASE UINT16_MAX /* counted in the bytes of the message */

/* clang-format off */
#define MSG(id, ...) static const struct ie_field id##_fields[] = {
#define FIELD(msg, field, type, tag, bytes, presence)                                                      \
    {#field, offsetof(struct rrc_##msg, field), tag, IE_##type, IE_##presence, bytes},
#define END(id) {0}};
#include "models/proto/rrc/rrc_msgs.def"
/* clang-format on */

const struct ie_message rrc_messages[RRC_TYPES] = {
#define MSG(id, code, name, clause) {name, clause, id##_fields, code, sizeof(struct rrc_##id)},
#define FIELD(...)
#define END(id)
#include "models/proto/rrc/rrc_msgs.def"
};

/* A NAS message is an octet string; other lengths are in what the types and the table say. */
static uint32_t wrap(const struct ie_field *f, uint32_t value)
{
    if (f->aux)
        return f->aux == IN_BASE ? 0 : f->aux;
    return f->type == IE_nas ? ie_per_octets(value) : value;
}

static uint32_t head(const struct msg *m, const struct ie_message *d)
{
    (void)m;
    return d->code;
}

static void print_head(const struct msg *m, GString *out)
{
    g_string_append_printf(out, "  ue: %u\n", ((const struct rrc_msg *)m)->ue);
}

static const char *type_name(uint16_t type)
{
    return type < RRC_TYPES ? rrc_messages[type].name : NULL;
}

static const struct msg *inside(const struct msg *m)
{
    const union rrc_body *b = &((const struct rrc_msg *)m)->body;

    switch (m->type) {
    case RRC_dl_information_transfer:
        return b->dl_information_transfer.nas;
    case RRC_ul_information_transfer:
        return b->ul_information_transfer.nas;
    case RRC_data:
        return b->data.inner;
    default:
        return NULL;
    }
}

const struct proto rrc_proto = {
    .name = "RRC",
    .ntypes = RRC_TYPES,
    .type_name = type_name,
    .free = ie_free,
    .render = ie_render,
    .inside = inside,
    .detail = ie_detail,
};

static const struct ie_decl decl = {
    .messages = rrc_messages,
    .count = RRC_TYPES,
    .body = offsetof(struct rrc_msg, body),
    .wrap = wrap,
    .head = head,
    .print_head = print_head,
};

struct rrc_stack *rrc_stack_new(struct net *net)
{
    struct rrc_stack *rrc = g_new0(struct rrc_stack, 1);
    ie_stack_init(&rrc->ie, net, &rrc_proto, &decl, sizeof(struct rrc_msg));
    return rrc;
}

void rrc_stack_free(struct rrc_stack *rrc)
{
    ie_stack_clear(&rrc->ie);
    g_free(rrc);
}
