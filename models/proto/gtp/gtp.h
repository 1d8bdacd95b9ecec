/* gtp.h - GTP messages as structs: GTPv2-C on S11 and S5 (TS 29.274), G-PDU on S1-U and S5 (TS 29.281).
 *
 * gtp_msgs.def declares them; each is `struct gtp_<id>`, type GTP_<id>. How fields, presence and sizes
 * work: models/proto/ie/ie.h. Sizes count the GTP header, not UDP and IP below it. */
#ifndef MODELS_PROTO_GTP_GTP_H
#define MODELS_PROTO_GTP_GTP_H

#include "models/proto/ie/ie.h"

enum gtp_type {
#define MSG(id, ...) GTP_##id,
#define FIELD(...)
#define END(id)
#include "models/proto/gtp/gtp_msgs.def"
    GTP_TYPES
};

/* clang-format off */
/* struct gtp_<id>_at has a char per field (see IE_BIT), struct gtp_<id> is the body. */
#define MSG(id, ...) struct gtp_##id##_at {
#define FIELD(msg, field, ...) char field;
#define END(id) };
#include "models/proto/gtp/gtp_msgs.def"
#define MSG(id, ...) struct gtp_##id { uint64_t set; struct gtp_##id##_at at[0];
#define FIELD(msg, field, type, ...) ie_##type##_t field;
#define END(id) };
#include "models/proto/gtp/gtp_msgs.def"
/* clang-format on */

union gtp_body {
#define MSG(id, ...) struct gtp_##id id;
#define FIELD(...)
#define END(id)
#include "models/proto/gtp/gtp_msgs.def"
};

/* Sequence numbers of GTPv2-C (TS 29.274 7.6): a command, and the request that it triggers, which has the command's number,
 * have the highest of the 24 bits set; other requests have not. */
#define GTP_COMMAND_SEQ 0x800000u
static inline uint32_t gtp_next_seq(uint32_t last)
{
    return last % (GTP_COMMAND_SEQ - 1) + 1;
}

struct gtp_msg {
    struct msg m;
    uint32_t teid; /* the receiver's; 0: it has given none yet              */
    uint32_t seq;  /* of GTPv2-C, 24 bits: an answer has its request's      */
    union gtp_body body;
};

struct gtp_stack {
    struct ie_stack ie;
};

struct gtp_stack *gtp_stack_new(struct net *net);
void gtp_stack_free(struct gtp_stack *gtp);

/* A zeroed message of this type with one reference. */
static inline struct gtp_msg *gtp_new(struct gtp_stack *gtp, enum gtp_type type)
{
    return ie_new(&gtp->ie, (uint16_t)type);
}
/* An answer: TEID of the asker, sequence number of the request. */
static inline struct gtp_msg *gtp_answer(struct gtp_stack *gtp, enum gtp_type type,
                                         const struct gtp_msg *request, uint32_t teid)
{
    struct gtp_msg *m = ie_new(&gtp->ie, (uint16_t)type);
    m->teid = teid;
    m->seq = request->seq;
    return m;
}
/* Sets the size; complete after this. */
static inline void gtp_seal(const struct gtp_stack *gtp, struct gtp_msg *m)
{
    ie_seal(&gtp->ie, &m->m);
}
/* The body of a message that has this type. */
#define gtp_body(msg, id) (ie_expect(&(msg)->m, GTP_##id), &(msg)->body.id)

extern const struct proto gtp_proto;
extern const struct ie_message gtp_messages[GTP_TYPES];

#endif
