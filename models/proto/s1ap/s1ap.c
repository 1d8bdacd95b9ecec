/* s1ap.c - tables and header of S1AP (see s1ap.h). */
#include "models/proto/s1ap/s1ap.h"

#include "models/proto/ie/ie_int.h"

#define INSIDE UINT16_MAX

/* clang-format off */
#define MSG(id, ...) static const struct ie_field id##_fields[] = {
#define FIELD(msg, field, type, tag, bytes, presence)                                                      \
    {#field, offsetof(struct s1ap_##msg, field), tag, IE_##type, IE_##presence, bytes},
#define END(id) {0}};
#include "models/proto/s1ap/s1ap_msgs.def"
/* clang-format on */

const struct ie_message s1ap_messages[S1AP_TYPES] = {
#define MSG(id, code, name, clause) {name, clause, id##_fields, code, sizeof(struct s1ap_##id)},
#define FIELD(...)
#define END(id)
#include "models/proto/s1ap/s1ap_msgs.def"
};

/* The value of declared or measured size; NAS is an octet string, long values have a longer length. */
static uint32_t wrap(const struct ie_field *f, uint32_t value)
{
    uint32_t bytes = f->aux ? f->aux : f->type == IE_nas ? ie_per_octets(value) : value;

    return f->aux == INSIDE ? 0 : 3 + ie_per_octets(bytes);
}

static uint32_t head(const struct msg *m, const struct ie_message *d)
{
    (void)m;
    (void)d;
    return 8;
}

static const char *type_name(uint16_t type)
{
    return type < S1AP_TYPES ? s1ap_messages[type].name : NULL;
}

static const struct msg *inside(const struct msg *m)
{
    const union s1ap_body *b = &((const struct s1ap_msg *)m)->body;

    switch (m->type) {
    case S1AP_downlink_nas_transport:
        return b->downlink_nas_transport.nas;
    case S1AP_uplink_nas_transport:
        return b->uplink_nas_transport.nas;
    default:
        return NULL;
    }
}

const struct proto s1ap_proto = {
    .name = "S1AP",
    .ntypes = S1AP_TYPES,
    .type_name = type_name,
    .free = ie_free,
    .render = ie_render,
    .inside = inside,
    .detail = ie_detail,
};

static const struct ie_decl decl = {
    .messages = s1ap_messages,
    .count = S1AP_TYPES,
    .body = offsetof(struct s1ap_msg, body),
    .wrap = wrap,
    .head = head,
};

struct s1ap_stack *s1ap_stack_new(struct net *net)
{
    struct s1ap_stack *s1ap = g_new0(struct s1ap_stack, 1);
    ie_stack_init(&s1ap->ie, net, &s1ap_proto, &decl, sizeof(struct s1ap_msg));
    return s1ap;
}

void s1ap_stack_free(struct s1ap_stack *s1ap)
{
    ie_stack_clear(&s1ap->ie);
    g_free(s1ap);
}
