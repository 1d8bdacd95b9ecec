/* nas.h - NAS messages of EPS as structs (TS 24.301).
 *
 * nas_msgs.def declares them; each is `struct nas_<id>`, type NAS_<id>. How fields, presence and sizes
 * work: models/proto/ie/ie.h. A NAS message travels inside RRC and S1AP messages, which hold references to
 * it; an ESM message may travel inside an EMM message. */
#ifndef MODELS_PROTO_NAS_NAS_H
#define MODELS_PROTO_NAS_NAS_H

#include "models/proto/ie/ie.h"

enum nas_type {
#define MSG(id, ...) NAS_##id,
#define FIELD(...)
#define END(id)
#include "models/proto/nas/nas_msgs.def"
    NAS_TYPES
};

/* clang-format off */
/* struct nas_<id>_at has a char per field (see IE_BIT), struct nas_<id> is the body. */
#define MSG(id, ...) struct nas_##id##_at {
#define FIELD(msg, field, ...) char field;
#define END(id) };
#include "models/proto/nas/nas_msgs.def"
#define MSG(id, ...) struct nas_##id { uint64_t set; struct nas_##id##_at at[0];
#define FIELD(msg, field, type, ...) ie_##type##_t field;
#define END(id) };
#include "models/proto/nas/nas_msgs.def"
/* clang-format on */

union nas_body {
#define MSG(id, ...) struct nas_##id id;
#define FIELD(...)
#define END(id)
#include "models/proto/nas/nas_msgs.def"
};

/* Security header (TS 24.301 9.3.1); anything but plain adds six octets. */
enum { NAS_PLAIN = 0, NAS_INTEGRITY = 1, NAS_CIPHERED = 2, NAS_INTEGRITY_NEW = 3, NAS_CIPHERED_NEW = 4 };

struct nas_msg {
    struct msg m;
    uint8_t security; /* NAS_PLAIN ...; SERVICE REQUEST has a header of its own   */
    uint8_t sequence; /* of the NAS count, when secured                           */
    uint8_t ebi, pti; /* ESM: EPS bearer identity, procedure transaction identity */
    uint32_t mac;     /* when secured                                             */
    union nas_body body;
};

struct nas_stack {
    struct ie_stack ie;
};

struct nas_stack *nas_stack_new(struct net *net);
void nas_stack_free(struct nas_stack *nas);

/* A zeroed message of this type with one reference. */
static inline struct nas_msg *nas_new(struct nas_stack *nas, enum nas_type type)
{
    return ie_new(&nas->ie, (uint16_t)type);
}
/* Sets the size; complete after this. */
static inline void nas_seal(const struct nas_stack *nas, struct nas_msg *m)
{
    ie_seal(&nas->ie, &m->m);
}
/* The body of a message that has this type. */
#define nas_body(msg, id) (ie_expect(&(msg)->m, NAS_##id), &(msg)->body.id)

static inline const struct nas_msg *nas_of(const struct msg *m)
{
    return (const struct nas_msg *)m;
}
/* EPS session management, else mobility management. */
bool nas_is_esm(uint16_t type);

extern const struct proto nas_proto;
extern const struct ie_message nas_messages[NAS_TYPES];

#endif
