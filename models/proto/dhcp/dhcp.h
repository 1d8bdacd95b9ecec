/* dhcp.h - DHCP messages as structs (RFC 2131), with the option that names SIP servers (RFC 3361).
 *
 * dhcp_msgs.def declares them; each is `struct dhcp_<id>`, type DHCP_<id>. How fields, presence and sizes work:
 * models/proto/ie/ie.h. They travel as UDP packets, so that a size is what UDP carries. */
#ifndef MODELS_PROTO_DHCP_DHCP_H
#define MODELS_PROTO_DHCP_DHCP_H

#include "models/proto/ie/ie.h"

/* UDP ports (RFC 2131 4.1) and options (RFC 2132, RFC 3361). */
enum { DHCP_SERVER_PORT = 67, DHCP_CLIENT_PORT = 68, DHCP_OPTION_DNS = 6, DHCP_OPTION_SIP_SERVERS = 120 };
#define DHCP_BROADCAST UINT32_MAX

enum dhcp_type {
#define MSG(id, ...) DHCP_##id,
#define FIELD(...)
#define END(id)
#include "models/proto/dhcp/dhcp_msgs.def"
    DHCP_TYPES
};

/* clang-format off */
/* struct dhcp_<id>_at has a char per field (see IE_BIT), struct dhcp_<id> is the body. */
#define MSG(id, ...) struct dhcp_##id##_at {
#define FIELD(msg, field, ...) char field;
#define END(id) };
#include "models/proto/dhcp/dhcp_msgs.def"
#define MSG(id, ...) struct dhcp_##id { uint64_t set; struct dhcp_##id##_at at[0];
#define FIELD(msg, field, type, ...) ie_##type##_t field;
#define END(id) };
#include "models/proto/dhcp/dhcp_msgs.def"
/* clang-format on */

union dhcp_body {
#define MSG(id, ...) struct dhcp_##id id;
#define FIELD(...)
#define END(id)
#include "models/proto/dhcp/dhcp_msgs.def"
};

struct dhcp_msg {
    struct msg m;
    uint32_t xid;    /* transaction: chosen by the client */
    uint32_t client; /* its address (ciaddr)              */
    union dhcp_body body;
};

struct dhcp_stack {
    struct ie_stack ie;
};

/* Names of servers are hosts of the SIP stack. */
struct dhcp_stack *dhcp_stack_new(struct net *net, const struct sip_stack *sip);
void dhcp_stack_free(struct dhcp_stack *dhcp);

/* A zeroed message of this type with one reference. */
static inline struct dhcp_msg *dhcp_new(struct dhcp_stack *dhcp, enum dhcp_type type)
{
    return ie_new(&dhcp->ie, (uint16_t)type);
}
/* Sets the size; complete after this. */
static inline void dhcp_seal(const struct dhcp_stack *dhcp, struct dhcp_msg *m)
{
    ie_seal(&dhcp->ie, &m->m);
}
/* The body of a message that has this type. */
#define dhcp_body(msg, id) (ie_expect(&(msg)->m, DHCP_##id), &(msg)->body.id)

extern const struct proto dhcp_proto;
extern const struct ie_message dhcp_messages[DHCP_TYPES];

#endif
