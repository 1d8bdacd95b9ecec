/* diameter.h - Diameter messages as structs (RFC 6733; Cx: TS 29.228, 29.229).
 *
 * Sizes are those of the encoded message, summed AVP by AVP from diameter_msgs.def. */
#ifndef MODELS_PROTO_DIAMETER_DIAMETER_H
#define MODELS_PROTO_DIAMETER_DIAMETER_H

#include "models/proto/sip/sip.h"

enum dia_type {
#define MSG(id, ...) DIA_##id,
#define AVP(...)
#include "models/proto/diameter/diameter_msgs.def"
#undef MSG
#undef AVP
    DIA_TYPES
};

/* Result codes (RFC 6733 7.1; TS 29.229 6.2). */
enum {
    DIA_SUCCESS = 2001,
    DIA_UNABLE_TO_DELIVER = 3002,
    DIA_ERROR_USER_UNKNOWN = 5001,            /* experimental */
    DIA_ERROR_IDENTITY_NOT_REGISTERED = 5003, /* experimental */
};

struct dia_msg {
    struct msg m;
    uint64_t session;  /* token of the requester's context  */
    uint32_t party;    /* Public-Identity                   */
    uint32_t result;   /* answers                           */
    uint32_t server;   /* Server-Name: host + 1, 0 = absent */
    uint32_t origin;   /* host of the sender                */
    uint32_t realm;    /* host (domain) of the sender       */
    uint32_t to_realm; /* host (domain) of the receiver     */
};

struct dia_stack {
    struct net *net;
    const struct sip_stack *sip; /* names of hosts and parties */
    struct slab msgs;
    uint8_t proto;
};

struct dia_stack *dia_stack_new(struct net *net, const struct sip_stack *sip);
void dia_stack_free(struct dia_stack *dia);
/* A message of this type, with one reference. */
struct dia_msg *dia_new(struct dia_stack *dia, enum dia_type type);
/* Sets the size; complete after this. */
void dia_seal(const struct dia_stack *dia, struct dia_msg *m);

extern const struct proto dia_proto;

#endif
