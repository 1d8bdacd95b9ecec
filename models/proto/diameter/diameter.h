/* diameter.h - Diameter messages as structs (RFC 6733): Cx, S6a, Gx, Rx.
 *
 * diameter_msgs.def declares them; each is `struct dia_<id>`, type DIA_<id>. How fields, presence and sizes
 * work: models/proto/ie/ie.h. What messages have in common stands in struct dia_msg. Hosts, realms and
 * public identities are indices into the tables of the SIP stack. Sizes are those of the encoded message,
 * summed AVP by AVP, without TCP or SCTP below it. */
#ifndef MODELS_PROTO_DIAMETER_DIAMETER_H
#define MODELS_PROTO_DIAMETER_DIAMETER_H

#include "models/proto/ie/ie.h"
#include "models/proto/sip/sip.h"

enum dia_type {
#define MSG(id, ...) DIA_##id,
#define FIELD(...)
#define END(id)
#include "models/proto/diameter/diameter_msgs.def"
    DIA_TYPES
};
/* Application identifiers, 3GPP's. */
enum dia_app { DIA_CX = 16777216, DIA_RX = 16777236, DIA_GX = 16777238, DIA_S6A = 16777251 };

enum dia_avp {
#define AVP(id, ...) DIA_AVP_##id,
#include "models/proto/diameter/diameter_avps.def"
    DIA_AVPS
};

/* clang-format off */
/* struct dia_<id>_at has a char per field (see IE_BIT), struct dia_<id> is the body. */
#define MSG(id, ...) struct dia_##id##_at {
#define FIELD(msg, field, ...) char field;
#define END(id) };
#include "models/proto/diameter/diameter_msgs.def"
#define MSG(id, ...) struct dia_##id { uint64_t set; struct dia_##id##_at at[0];
#define FIELD(msg, field, type, ...) ie_##type##_t field;
#define END(id) };
#include "models/proto/diameter/diameter_msgs.def"
/* clang-format on */

union dia_body {
#define MSG(id, ...) struct dia_##id id;
#define FIELD(...)
#define END(id)
#include "models/proto/diameter/diameter_msgs.def"
};

/* How a result travels: as Result-Code or as Experimental-Result, whose numbers overlap (2001 on Cx is
 * DIAMETER_SUCCESS or DIAMETER_FIRST_REGISTRATION). By default an error of the 5000s is experimental. */
enum dia_result_kind { DIA_RESULT_DEFAULT, DIA_RESULT_BASE, DIA_RESULT_EXPERIMENTAL };

struct dia_msg {
    struct msg m;
    uint8_t result_kind;  /* enum dia_result_kind                              */
    uint64_t session;     /* token of the context of whoever began the session */
    uint32_t owner;       /* host + 1 of whoever began it; 0: the requester    */
    uint32_t application; /* enum dia_app; set by dia_new()                   */
    uint32_t state;       /* Auth-Session-State; NO_STATE_MAINTAINED (1)       */
    uint32_t party;       /* Public-Identity                                   */
    uint32_t result;      /* answers                                           */
    uint32_t server;      /* Server-Name: host + 1, 0 = absent                 */
    uint32_t origin;      /* host of the sender                                */
    uint32_t realm;       /* host (domain) of the sender                       */
    uint32_t to_host;     /* host of the receiver + 1, 0 = absent              */
    uint32_t to_realm;    /* host (domain) of the receiver; of an answer: the requester's host */
    union dia_body body;
};

struct dia_stack {
    struct ie_stack ie;
    const struct sip_stack *sip; /* names of hosts and parties */
    uint8_t proto;
};

struct dia_stack *dia_stack_new(struct net *net, const struct sip_stack *sip);
void dia_stack_free(struct dia_stack *dia);
/* A message of this type, zeroed but for application and state, with one reference. */
struct dia_msg *dia_new(struct dia_stack *dia, enum dia_type type);
/* An answer with this result: session, owner and application of the request; the sender is still to be set.
 */
struct dia_msg *dia_answer(struct dia_stack *dia, enum dia_type type, const struct dia_msg *request,
                           uint32_t result);
/* Sets the size; complete after this. */
void dia_seal(const struct dia_stack *dia, struct dia_msg *m);
/* Whether the result travels as Experimental-Result. */
bool dia_is_experimental(const struct dia_msg *m);
/* Name of its result, or NULL. */
const char *dia_result_name(const struct dia_msg *m);
/* Requests come at even places of the list, each answer behind its request. */
static inline bool dia_is_request(uint16_t type)
{
    return type % 2 == 0;
}
/* The body of a message that has this type. */
#define dia_body(msg, id) (ie_expect(&(msg)->m, DIA_##id), &(msg)->body.id)

extern const struct proto dia_proto;
extern const struct ie_message dia_messages[DIA_TYPES];

#endif
