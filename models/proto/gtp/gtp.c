/* gtp.c - tables and header of GTP (see gtp.h). */
#include "models/proto/gtp/gtp.h"

/* clang-format off */
#define MSG(id, ...) static const struct ie_field id##_fields[] = {
#define FIELD(msg, field, type, tag, instance, presence)                                                      \
    {#field, offsetof(struct gtp_##msg, field), tag, IE_##type, IE_##presence, instance},
#define END(id) {0}};
#include "models/proto/gtp/gtp_msgs.def"
/* clang-format on */

const struct ie_message gtp_messages[GTP_TYPES] = {
#define MSG(id, code, name, clause) {name, clause, id##_fields, code, sizeof(struct gtp_##id)},
#define FIELD(...)
#define END(id)
#include "models/proto/gtp/gtp_msgs.def"
};

/* Type, length, instance (TS 29.274 8.2.1); a tunnelled packet has no frame of its own. */
static uint32_t wrap(const struct ie_field *f, uint32_t value)
{
    return value + (f->tag ? 4 : 0);
}

/* TS 29.274 5.1 with TEID; TS 29.281 5.1 without options. */
static uint32_t head(const struct msg *m, const struct ie_message *d)
{
    (void)d;
    return m->type == GTP_g_pdu ? 8 : 12;
}

static void print_head(const struct msg *m, GString *out)
{
    const struct gtp_msg *g = (const struct gtp_msg *)m;

    g_string_append_printf(out, "  teid: 0x%08x\n", g->teid);
    if (m->type != GTP_g_pdu)
        g_string_append_printf(out, "  seq: %u\n", g->seq);
}

static const char *type_name(uint16_t type)
{
    return type < GTP_TYPES ? gtp_messages[type].name : NULL;
}

static const struct msg *inside(const struct msg *m)
{
    return m->type == GTP_g_pdu ? ((const struct gtp_msg *)m)->body.g_pdu.inner : NULL;
}

const struct proto gtp_proto = {
    .name = "GTP",
    .ntypes = GTP_TYPES,
    .type_name = type_name,
    .free = ie_free,
    .render = ie_render,
    .inside = inside,
    .detail = ie_detail,
};

static const struct ie_decl decl = {
    .messages = gtp_messages,
    .count = GTP_TYPES,
    .body = offsetof(struct gtp_msg, body),
    .wrap = wrap,
    .head = head,
    .print_head = print_head,
};

struct gtp_stack *gtp_stack_new(struct net *net)
{
    struct gtp_stack *gtp = g_new0(struct gtp_stack, 1);
    ie_stack_init(&gtp->ie, net, &gtp_proto, &decl, sizeof(struct gtp_msg));
    return gtp;
}

void gtp_stack_free(struct gtp_stack *gtp)
{
    ie_stack_clear(&gtp->ie);
    g_free(gtp);
}
