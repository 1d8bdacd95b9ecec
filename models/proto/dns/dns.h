/* dns.h - DNS messages as structs: queries and answers about NAPTR, SRV and A records (RFC 1035 4.1).
 *
 * dns_msgs.def declares them; each is `struct dns_<id>`, type DNS_<id>. How fields, presence and sizes work:
 * models/proto/ie/ie.h. Sizes count the DNS message, not UDP and IP below it; the owner of a record is a
 * pointer to the question (RFC 1035 4.1.4), names inside a record are written out.
 *
 * A name is a kind and a number: a host of the SIP stack's table, the SIP service of such a domain, or the
 * number of a party in e164.arpa. Its text is made when somebody looks. */
#ifndef MODELS_PROTO_DNS_DNS_H
#define MODELS_PROTO_DNS_DNS_H

#include "models/proto/ie/ie.h"
#include "models/proto/sip/sip.h"

enum dns_type {
#define MSG(id, ...) DNS_##id,
#define FIELD(...)
#define END(id)
#include "models/proto/dns/dns_msgs.def"
    DNS_TYPES
};

/* clang-format off */
/* struct dns_<id>_at has a char per field (see IE_BIT), struct dns_<id> is the body. */
#define MSG(id, ...) struct dns_##id##_at {
#define FIELD(msg, field, ...) char field;
#define END(id) };
#include "models/proto/dns/dns_msgs.def"
#define MSG(id, ...) struct dns_##id { uint64_t set; struct dns_##id##_at at[0];
#define FIELD(msg, field, type, ...) ie_##type##_t field;
#define END(id) };
#include "models/proto/dns/dns_msgs.def"
/* clang-format on */

union dns_body {
#define MSG(id, ...) struct dns_##id id;
#define FIELD(...)
#define END(id)
#include "models/proto/dns/dns_msgs.def"
};

struct dns_msg {
    struct msg m;
    uint32_t id;             /* of the query: the asker's context; the wire has 16 bits of it */
    uint8_t rcode;           /* enum ie_value, DNS_NOERROR ...                                */
    struct ie_dns_name name; /* the question                                                   */
    union dns_body body;
};

struct dns_stack {
    struct ie_stack ie;
    uint8_t proto;
};

struct dns_stack *dns_stack_new(struct net *net, const struct sip_stack *sip);
void dns_stack_free(struct dns_stack *dns);

static inline bool dns_is_query(uint16_t type)
{
    return type % 2 == 0;
}
/* A query about this name, complete, with one reference. */
struct dns_msg *dns_query(struct dns_stack *dns, enum dns_type type, struct ie_dns_name name, uint32_t id);
/* The answer to a query, with this result and no record; to be sealed. */
struct dns_msg *dns_answer(struct dns_stack *dns, const struct dns_msg *query, uint8_t rcode);
/* Sets the size; complete after this. */
static inline void dns_seal(const struct dns_stack *dns, struct dns_msg *m)
{
    ie_seal(&dns->ie, &m->m);
}
/* Appends the text of a name: "1.0.5.5.5.1.e164.arpa". */
void dns_put_name(const struct sip_stack *sip, struct ie_dns_name name, GString *out);
/* The body of a message that has this type. */
#define dns_body(msg, id) (ie_expect(&(msg)->m, DNS_##id), &(msg)->body.id)

extern const struct proto dns_proto;
extern const struct ie_message dns_messages[DNS_TYPES];

#endif
