/* rrc.h - RRC messages as structs (TS 36.331), and packets on data radio bearers.
 *
 * rrc_msgs.def declares them; each is `struct rrc_<id>`, type RRC_<id>. How fields, presence and sizes
 * work: models/proto/ie/ie.h. Sizes count RRC, not PDCP, RLC and MAC below it. */
#ifndef MODELS_PROTO_RRC_RRC_H
#define MODELS_PROTO_RRC_RRC_H

#include "models/proto/ie/ie.h"

enum rrc_type {
#define MSG(id, ...) RRC_##id,
#define FIELD(...)
#define END(id)
#include "models/proto/rrc/rrc_msgs.def"
    RRC_TYPES
};

/* clang-format off */
/* struct rrc_<id>_at has a char per field (see IE_BIT), struct rrc_<id> is the body. */
#define MSG(id, ...) struct rrc_##id##_at {
#define FIELD(msg, field, ...) char field;
#define END(id) };
#include "models/proto/rrc/rrc_msgs.def"
#define MSG(id, ...) struct rrc_##id { uint64_t set; struct rrc_##id##_at at[0];
#define FIELD(msg, field, type, ...) ie_##type##_t field;
#define END(id) };
#include "models/proto/rrc/rrc_msgs.def"
/* clang-format on */

union rrc_body {
#define MSG(id, ...) struct rrc_##id id;
#define FIELD(...)
#define END(id)
#include "models/proto/rrc/rrc_msgs.def"
};

struct rrc_msg {
    struct msg m;
    uint32_t ue; /* who is meant on the shared radio: C-RNTI, or the random access's temporary one */
    union rrc_body body;
};

struct rrc_stack {
    struct ie_stack ie;
};

struct rrc_stack *rrc_stack_new(struct net *net);
void rrc_stack_free(struct rrc_stack *rrc);

/* A zeroed message of this type with one reference. */
static inline struct rrc_msg *rrc_new(struct rrc_stack *rrc, enum rrc_type type)
{
    return ie_new(&rrc->ie, (uint16_t)type);
}
/* Sets the size; complete after this. */
static inline void rrc_seal(const struct rrc_stack *rrc, struct rrc_msg *m)
{
    ie_seal(&rrc->ie, &m->m);
}
/* The body of a message that has this type. */
#define rrc_body(msg, id) (ie_expect(&(msg)->m, RRC_##id), &(msg)->body.id)

extern const struct proto rrc_proto;
extern const struct ie_message rrc_messages[RRC_TYPES];

#endif
