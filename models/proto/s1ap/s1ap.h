/* s1ap.h - S1AP messages as structs (TS 36.413).
 *
 * s1ap_msgs.def declares them; each is `struct s1ap_<id>`, type S1AP_<id>. How fields, presence and sizes
 * work: models/proto/ie/ie.h. MME-UE-S1AP-ID and eNB-UE-S1AP-ID are fields like others. Sizes count S1AP,
 * not SCTP and IP below it. */
#ifndef MODELS_PROTO_S1AP_S1AP_H
#define MODELS_PROTO_S1AP_S1AP_H

#include "models/proto/ie/ie.h"

enum s1ap_type {
#define MSG(id, ...) S1AP_##id,
#define FIELD(...)
#define END(id)
#include "models/proto/s1ap/s1ap_msgs.def"
    S1AP_TYPES
};

/* clang-format off */
/* struct s1ap_<id>_at has a char per field (see IE_BIT), struct s1ap_<id> is the body. */
#define MSG(id, ...) struct s1ap_##id##_at {
#define FIELD(msg, field, ...) char field;
#define END(id) };
#include "models/proto/s1ap/s1ap_msgs.def"
#define MSG(id, ...) struct s1ap_##id { uint64_t set; struct s1ap_##id##_at at[0];
#define FIELD(msg, field, type, ...) ie_##type##_t field;
#define END(id) };
#include "models/proto/s1ap/s1ap_msgs.def"
/* clang-format on */

union s1ap_body {
#define MSG(id, ...) struct s1ap_##id id;
#define FIELD(...)
#define END(id)
#include "models/proto/s1ap/s1ap_msgs.def"
};

struct s1ap_msg {
    struct msg m;
    union s1ap_body body;
};

struct s1ap_stack {
    struct ie_stack ie;
};

struct s1ap_stack *s1ap_stack_new(struct net *net);
void s1ap_stack_free(struct s1ap_stack *s1ap);

/* A zeroed message of this type with one reference. */
static inline struct s1ap_msg *s1ap_new(struct s1ap_stack *s1ap, enum s1ap_type type)
{
    return ie_new(&s1ap->ie, (uint16_t)type);
}
/* Sets the size; complete after this. */
static inline void s1ap_seal(const struct s1ap_stack *s1ap, struct s1ap_msg *m)
{
    ie_seal(&s1ap->ie, &m->m);
}
/* The body of a message that has this type. */
#define s1ap_body(msg, id) (ie_expect(&(msg)->m, S1AP_##id), &(msg)->body.id)

extern const struct proto s1ap_proto;
extern const struct ie_message s1ap_messages[S1AP_TYPES];

#endif
