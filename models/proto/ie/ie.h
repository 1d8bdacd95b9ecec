/* ie.h - messages as tables of fields: the engine behind GTP, S1AP, NAS, RRC and Diameter.
 *
 * A protocol declares its messages once, in a .def file of MSG, FIELD and END rows. From it follow the
 * enumeration of types, a C struct per message with its fields by name, and the descriptor tables that
 * this engine walks to measure, print and free a message; an encoder and a decoder would walk the same
 * tables. A field has a type (ie_types.def): what it holds in C, how many bytes it takes, how it prints.
 *
 * Mandatory fields are there always. Optional and conditional ones are there when their bit is set:
 *     struct gtp_create_session_req *b = gtp_body(m, create_session_req);
 *     b->imsi = imsi;
 *     IE_PUT(b, paa) = (struct ie_paa){.type = PDN_IPV4};
 *     gtp_seal(gtp, m);
 *
 * Sizes are exact for the TLV protocols (GTP, NAS, Diameter) and stated approximations for the ASN.1 ones. */
#ifndef MODELS_PROTO_IE_IE_H
#define MODELS_PROTO_IE_IE_H

#include "models/proto/ie/ie_values.h"
#include "sim/net.h"

#include <stddef.h>

struct sip_stack;

enum ie_presence { IE_M, IE_O, IE_C };

/* Field types, and the C type of each as ie_<type>_t. */
enum ie_type_id {
#define ENUM(id, ...) IE_##id,
#define VALUE(...)
#include "models/proto/ie/ie_enums.def"
    IE_PLAIN,
    IE_BEFORE_PLAIN = IE_PLAIN - 1,
#define IE(id, ...) IE_##id,
#include "models/proto/ie/ie_types.def"
    IE_TYPES
};
#define ENUM(id, ctype, bytes) typedef ctype ie_##id##_t;
#define VALUE(...)
#include "models/proto/ie/ie_enums.def"
#define IE(id, ctype, ...) typedef ctype ie_##id##_t;
#include "models/proto/ie/ie_types.def"

/* Name of a value of a list of names; NULL: it has none. `list` is a type below IE_PLAIN. */
const char *ie_value_name(enum ie_type_id list, uint32_t value);

/* ---- presence ------------------------------------------------------------------------------------ */

/* Every body begins with `uint64_t set` and the empty array `at`, whose element has one char per field:
 * the position of a field in it is the number of the field's bit. */
#define IE_BIT(body, field) (UINT64_C(1) << offsetof(__typeof__((body)->at[0]), field))
#define IE_HAS(body, field) (((body)->set & IE_BIT(body, field)) != 0)
/* Marks a field as there. */
#define IE_SET(body, field) ((void)((body)->set |= IE_BIT(body, field)))
/* The same; stands for the field, to be assigned. */
#define IE_PUT(body, field) (*((body)->set |= IE_BIT(body, field), &(body)->field))

/* ---- what a protocol declares -------------------------------------------------------------------- */

struct ie_field {
    const char *name;
    uint16_t offset;  /* in the body; of a shared field: in the message */
    uint16_t tag;     /* IE type, IEI, IE id or AVP                     */
    uint8_t type;     /* enum ie_type_id                                */
    uint8_t presence; /* enum ie_presence                               */
    uint16_t aux;     /* of the protocol, see its .def                  */
};
struct ie_message {
    const char *name, *clause;
    const struct ie_field *fields; /* a row without a name ends them */
    uint16_t code;                 /* on the wire                    */
    uint16_t body_size;            /* of the C struct                */
};
/* A field that stands in the message struct itself and is in messages of many types. Optional ones are
 * 32-bit numbers and there when not 0. */
struct ie_shared {
    struct ie_field field;
    uint64_t types; /* bit per message type */
};
struct ie_decl {
    const struct ie_message *messages;
    uint16_t count;
    uint16_t body; /* offset of the union of bodies in the message struct */
    const struct ie_shared *shared;
    unsigned n_shared;
    /* Bytes of a field whose value has this many. */
    uint32_t (*wrap)(const struct ie_field *f, uint32_t value);
    /* Bytes of what stands in front of the fields. */
    uint32_t (*head)(const struct msg *m, const struct ie_message *d);
    /* One line each about the head; may be NULL. */
    void (*print_head)(const struct msg *m, GString *out);
    /* How a field is called; NULL: as in C. */
    const char *(*field_name)(const struct ie_field *f);
    /* Appends to the one-line detail, in front of the rest; may be NULL. */
    void (*detail)(const struct msg *m, GString *out);
};

/* ---- stacks ------------------------------------------------------------------------------------------ */

#define IE_CLASSES 4

/* First member of each protocol's stack. Messages come from one slab per class of size. */
struct ie_stack {
    struct net *net;
    const struct sip_stack *sip; /* names of hosts and parties; NULL but for Diameter */
    const struct ie_decl *decl;
    struct slab slabs[IE_CLASSES];
    uint8_t proto;
};

/* Registers the protocol; its messages take `size` bytes at most. */
void ie_stack_init(struct ie_stack *s, struct net *net, const struct proto *proto, const struct ie_decl *decl,
                   size_t size);
void ie_stack_clear(struct ie_stack *s);
/* Messages that somebody still refers to. */
size_t ie_stack_count(const struct ie_stack *s);
/* A zeroed message of this type with one reference. Only the body of its own type may be touched. */
void *ie_new(struct ie_stack *s, uint16_t type);
/* Sets m->size: the sum over its fields. A message is complete after this; what is in it must be before. */
void ie_seal(const struct ie_stack *s, struct msg *m);

/* Bytes of one field in a message, 0 when it is not there: what ie_seal() adds up. */
uint32_t ie_field_size(const struct ie_stack *s, const struct msg *m, const struct ie_field *f, bool shared);
bool ie_field_there(const struct ie_stack *s, const struct msg *m, const struct ie_field *f, bool shared);

/* For struct proto: free, render, detail. */
void ie_free(struct net *net, struct msg *m);
void ie_render(const struct net *net, const struct msg *m, GString *out);
void ie_detail(const struct net *net, const struct msg *m, GString *out);

/* Aborts unless the message has this type: a wrong one would reach into its neighbour. */
static inline void ie_expect(const struct msg *m, uint16_t type)
{
    g_assert(m->type == type);
}

#endif
