/* sip.h - SIP messages as structs, and the stack they live in.
 *
 * A message in flight is a `struct sip_msg`: it carries its real Via stack, Route and Record-Route
 * sets, tags, CSeq, RSeq/RAck, option tags and SDP. Its wire text is a pure function of the struct and
 * of the stack's tables (hosts and parties), rendered only when somebody looks.
 *
 * Identifiers are numbers. A URI is a kind and an index into the tables; Call-ID, tags and branches
 * are 64-bit tokens that embed where their owner finds its context. A scenario may pin the text of a
 * token (sip_pin), so that a published trace can be reproduced; models never see that.
 *
 * Via, Route and Record-Route are persistent lists: cells are shared by all messages that have them
 * in common, so that forwarding copies a small head and adds one cell. */
#ifndef MODELS_PROTO_SIP_SIP_H
#define MODELS_PROTO_SIP_SIP_H

#include "models/names.h"
#include "models/proto/sdp/sdp.h"
#include "models/proto/sip/sip_cold.h"
#include "sim/idmap.h"
#include "sim/net.h"

enum sip_method {
#define METHOD(id, ...) SIP_##id,
#include "models/proto/sip/sip_names.def"
#undef METHOD
    SIP_METHODS
};
enum sip_option_bit {
#define OPTION(id, ...) SIP_OPTION_BIT_##id,
#include "models/proto/sip/sip_names.def"
#undef OPTION
    SIP_OPTIONS
};
enum sip_option {
#define OPTION(id, ...) SIP_OPT_##id = 1 << SIP_OPTION_BIT_##id,
#include "models/proto/sip/sip_names.def"
#undef OPTION
};

/* ---- addresses ---------------------------------------------------------------------------------- */

enum sip_uri_kind {
    SIP_URI_NONE,
    SIP_URI_HOST,     /* sip:host[:port][;lr][;comp=sigcomp]             id: host  */
    SIP_URI_IDENTITY, /* sip:user@domain, a public identity              id: party */
    SIP_URI_CONTACT,  /* sip:user@address:port[;comp=sigcomp]            id: party */
    SIP_URI_TEL,      /* tel:+...                                        id: party */
    SIP_URI_ADDRESS,  /* address:port[;comp=sigcomp], for Via            id: party */
    SIP_URI_ODI,      /* sip:odi<id>@host[;lr], the original dialog identifier of an S-CSCF (TS 24.229 5.4.3.4) */
};
enum {
    SIP_LR = 1,
    SIP_SIGCOMP = 2,
};

struct sip_uri {
    uint8_t kind, flags;
    uint16_t port; /* HOST: printed when not 0; ODI: the host */
    uint32_t id;
};
static inline bool sip_uri_equal(struct sip_uri a, struct sip_uri b)
{
    return a.kind == b.kind && a.flags == b.flags && a.port == b.port && a.id == b.id;
}

/* A host name and the node that it resolves to. */
struct sip_host {
    const char *name;
    uint16_t len;
    struct node *node;
};

/* A user as messages describe it. Strings live as long as the stack; NULL = header absent. */
struct sip_party {
    const char *user;   /* user part of the public identity */
    uint32_t domain;    /* host index of the home domain     */
    const char *address; /* IP address                       */
    uint16_t port;
    bool sigcomp;
    const char *display, *tel, *access_info, *privacy;
    uint32_t tel_plus; /* the number is `tel` counted up by this: phones of a group share the text */
    const char *spi_c, *spi_s; /* Security-Verify: of the P-CSCF; NULL: no security agreement */
    uint16_t port_c, port_s;
    struct node *node; /* the UE */
    uint16_t len[SIP_URI_ADDRESS + 1]; /* length of each kind of URI; filled by sip_add_party() */
};

/* ---- list cells ---------------------------------------------------------------------------------- */

struct sip_via {
    uint32_t refs;
    uint16_t len; /* of the value */
    bool reliable; /* TCP, else UDP */
    struct sip_uri sent_by;
    uint32_t node; /* whose Via it is: where responses go */
    uint64_t branch;
    struct sip_via *next;
};

struct sip_hop { /* one entry of Route or Record-Route */
    uint32_t refs;
    uint16_t len; /* of the entry, with brackets */
    struct sip_uri uri;
    struct sip_hop *next;
};

/* ---- messages ------------------------------------------------------------------------------------ */

struct sip_msg {
    struct msg m;
    uint16_t status; /* 0: a request */
    uint8_t method;  /* of a response: the method in CSeq */
    uint8_t max_forwards;
    uint32_t cseq;
    uint32_t rseq;                /* 0: absent */
    uint32_t rack_rseq, rack_cseq; /* 0: absent */
    uint8_t require, proxy_require, supported, unsupported; /* option tags, bit per enum sip_option */
    uint16_t allow;               /* bit per method */
    uint16_t retry_after;         /* s, 0: absent */
    struct sip_uri ruri, from, to, contact;
    uint64_t call_id, from_tag, to_tag; /* tags: 0 = absent */
    uint32_t preferred_id;        /* P-Preferred-Identity: party + 1 */
    uint32_t asserted_id;         /* P-Asserted-Identity: party + 1 */
    uint32_t access_info;         /* P-Access-Network-Info: party + 1 */
    uint32_t privacy;             /* Privacy: party + 1 */
    uint32_t security;            /* Security-Verify: party + 1 */
    uint32_t called_party;        /* P-Called-Party-ID: party + 1 */
    uint32_t icid;                /* P-Charging-Vector icid-value; 0: header absent */
    uint32_t orig_ioi, term_ioi;  /* host + 1 */
    struct sip_via *via;
    struct sip_hop *route, *record_route;
    struct sdp *sdp;
    struct sip_cold *cold; /* what few messages have, or NULL; read only: sip_cold_edit() */
};

struct sip_stack {
    struct sim *sim;
    struct net *net;
    uint8_t proto;
    struct slab msgs, vias, hops, colds;
    struct sdp_pool sdps;
    GArray *hosts;   /* struct sip_host */
    GArray *parties; /* struct sip_party */
    struct idmap pins; /* token -> index of text */
    GPtrArray *pin_texts;
    const char *next_branch; /* not owned */
    struct sip_txns *txns; /* sip_txn.h */
    sim_time timer[TIMER_COUNT];
    uint32_t serial; /* of tokens */
    uint32_t icids;
};

struct sip_stack *sip_stack_new(struct net *net, const sim_time timers[TIMER_COUNT]);
void sip_stack_free(struct sip_stack *sip);

/* Index of a host name, added if new. node may be NULL (a domain) and is set when given. */
uint32_t sip_add_host(struct sip_stack *sip, const char *name, struct node *node);
/* Adds a party (copied; strings are not) and returns its index. */
uint32_t sip_add_party(struct sip_stack *sip, const struct sip_party *party);
static inline struct sip_host *sip_host(const struct sip_stack *sip, uint32_t i)
{
    return &g_array_index(sip->hosts, struct sip_host, i);
}
static inline struct sip_party *sip_party(const struct sip_stack *sip, uint32_t i)
{
    return &g_array_index(sip->parties, struct sip_party, i);
}
/* A party's telephone number as it is written, and its digits alone; returns how many characters, 0: it has none. */
#define SIP_TEL_MAX 64
size_t sip_tel(const struct sip_party *p, char buf[SIP_TEL_MAX]);
size_t sip_tel_digits(const struct sip_party *p, char buf[SIP_TEL_MAX]);
/* The node that a URI names: a host's, or a party's UE. NULL: unknown. */
struct node *sip_uri_node(const struct sip_stack *sip, struct sip_uri uri);

/* Makes `token` print as `text` (copied); NULL does nothing. */
void sip_pin(struct sip_stack *sip, uint64_t token, const char *text);
/* The same for the branch of the request that is sent next. */
void sip_pin_next_branch(struct sip_stack *sip, const char *text);

/* A token for the context with this slab index: (serial, index), never 0, top bit clear. */
static inline uint64_t sip_token(struct sip_stack *sip, uint32_t index)
{
    sip->serial = (sip->serial + 1) & 0x7fffffffu;
    return (uint64_t)sip->serial << 32 | index;
}
static inline uint32_t sip_token_index(uint64_t token)
{
    return (uint32_t)token;
}

/* ---- making and changing messages (before they are sent) --------------------------------------- */

/* An empty request with Max-Forwards 70 and one reference. */
struct sip_msg *sip_request(struct sip_stack *sip, enum sip_method method);
/* A response: Via, From, To, Call-ID and CSeq of the request (RFC 3261 8.2.6.2). */
struct sip_msg *sip_response(struct sip_stack *sip, const struct sip_msg *request, uint16_t status);
/* A head that shares everything with m, to be changed by the functions below. After changing a field
 * directly, call sip_touch(). */
struct sip_msg *sip_copy(struct sip_stack *sip, const struct sip_msg *m);
/* A request to be sent hop by hop for another one (CANCEL, ACK for a final response other than 2xx):
 * Request-URI, From, Call-ID, CSeq number, Route and the top Via of `invite` (RFC 3261 9.1, 17.1.1.3). */
struct sip_msg *sip_hop_request(struct sip_stack *sip, const struct sip_msg *invite, enum sip_method method);

/* Says that fields were changed directly: the size has to be measured anew. */
void sip_touch(struct sip_msg *m);
/* Max-Forwards - 1. */
void sip_count_hop(struct sip_msg *m);
void sip_push_via(struct sip_stack *sip, struct sip_msg *m, struct sip_uri sent_by, bool reliable, uint32_t node,
                  uint64_t branch);
void sip_pop_via(struct sip_stack *sip, struct sip_msg *m);
struct sip_hop *sip_hop_new(struct sip_stack *sip, struct sip_uri uri, struct sip_hop *next);
struct sip_hop *sip_hop_ref(struct sip_hop *h);
void sip_hop_unref(struct sip_stack *sip, struct sip_hop *h);
void sip_push_route(struct sip_stack *sip, struct sip_msg *m, struct sip_uri uri);
void sip_pop_route(struct sip_stack *sip, struct sip_msg *m);
void sip_push_record_route(struct sip_stack *sip, struct sip_msg *m, struct sip_uri uri);
/* Replaces the Record-Route entry `old` by `new` (a node with two faces rewrites its own). */
void sip_rewrite_record_route(struct sip_stack *sip, struct sip_msg *m, struct sip_uri old, struct sip_uri new);
/* Gives the message a session description; takes over the reference. */
void sip_set_sdp(struct sip_stack *sip, struct sip_msg *m, struct sdp *sdp);
/* The message's own cold part, to be changed; made or copied when there is none or it is shared. The size has to be
 * measured anew. */
struct sip_cold *sip_cold_edit(struct sip_stack *sip, struct sip_msg *m);
/* A cold part by itself, with one reference; what holds one gives it to many messages. */
struct sip_cold *sip_cold_new(struct sip_stack *sip);
void sip_cold_unref(struct sip_stack *sip, struct sip_cold *c);
/* Gives the message this cold part (a reference is taken), or none: NULL. */
void sip_set_cold(struct sip_stack *sip, struct sip_msg *m, struct sip_cold *c);
/* The cause of Reason: SIP;cause=... (RFC 3326). 0: none; none is set then. */
void sip_set_cause(struct sip_stack *sip, struct sip_msg *m, uint16_t cause);
uint16_t sip_cause(const struct sip_msg *m);
/* Sets m->m.type and m->m.size; a message is complete after this. */
void sip_seal(struct sip_stack *sip, struct sip_msg *m);

/* ---- looking at messages ------------------------------------------------------------------------- */

const char *sip_method_name(enum sip_method method);
/* "Ringing"; "" for a status that sip_names.def does not have. */
const char *sip_reason(uint16_t status);
const char *sip_reg_event_name(enum sip_reg_event event);
const char *sip_type_name(uint16_t type);
extern const struct proto sip_proto;
/* Appends the wire text. */
void sip_render(const struct sip_stack *sip, const struct sip_msg *m, GString *out);
/* Length of the wire text without making it. */
uint32_t sip_measure(const struct sip_stack *sip, const struct sip_msg *m);
uint16_t sip_uri_length(const struct sip_stack *sip, struct sip_uri uri);
uint16_t sip_via_length(const struct sip_stack *sip, const struct sip_via *via);
/* What the Expires header or, first, the parameter of Contact says; -1: neither (RFC 3261 10.2.1.1). */
int64_t sip_expires(const struct sip_msg *m);
static inline struct sip_stack *sip_of(const struct net *net, uint8_t proto)
{
    return net->ext[proto];
}

#endif
