/* net.h - boxes that exchange messages over links.
 *
 * A node is an addressable box. It has a station (station.h) that takes time for each message, and a
 * receive function. Two nodes meet only in node_send(): the message crosses the link of that
 * interface between them, waits for the receiver's station, and is handed to its receive function.
 *
 * A message after node_send() is immutable and reference-counted. The kernel knows of it only its
 * protocol, type and size; a protocol registers how to name, print and free its messages. */
#ifndef SIM_NET_H
#define SIM_NET_H

#include "sim/dist.h"
#include "sim/rng.h"
#include "sim/sim.h"
#include "sim/slab.h"

#include <glib.h>

struct net;
struct node;
struct station;

/* ---- messages ---------------------------------------------------------------------------------- */

struct msg {
    _Alignas(8) uint32_t refs; /* messages of protocols begin with this: aligned as they are */
    uint8_t proto;  /* index given by net_add_proto()                                        */
    uint8_t copies; /* times it was given to node_send(): 2 = first repetition               */
    uint16_t type;  /* of the protocol: what proto->type_name() names                        */
    uint32_t size;  /* bytes, as rendered                                                     */
};

struct proto {
    const char *name; /* "SIP" */
    uint16_t ntypes;
    const char *(*type_name)(uint16_t type); /* static text; NULL for a type that does not exist */
    void (*free)(struct net *net, struct msg *m);
    void (*render)(const struct net *net, const struct msg *m, GString *out); /* wire text or a readable form */
    /* The same number for all hops of one message that travels end to end over several nodes, another
     * number for any other message; 0: the message goes one hop. NULL: all do. */
    uint64_t (*end_to_end)(const struct msg *m);
    /* The message that this one is nothing but the envelope of, or NULL: causes are about that one. NULL: there are
     * no envelopes. */
    const struct msg *(*inside)(const struct msg *m);
    /* offer/answer mark ("O1") or "" into buf, and one line of detail; either may be NULL */
    void (*mark)(const struct net *net, const struct msg *m, char *buf, size_t size);
    void (*detail)(const struct net *net, const struct msg *m, GString *out);
};

static inline void *msg_ref(void *m)
{
    ((struct msg *)m)->refs++;
    return m;
}
void msg_unref(struct net *net, struct msg *m);
/* What a message is about: its type's name, or that of the message inside an envelope. Static text. */
const char *msg_subject(const struct net *net, const struct msg *m);

/* ---- links -------------------------------------------------------------------------------------- */

enum transport { TRANSPORT_UDP, TRANSPORT_TCP, TRANSPORT_SCTP, TRANSPORT_AUTO };
/* RFC 3261 18.1.1: UDP up to 1300 bytes when the path MTU is not known, TCP above. */
#define TRANSPORT_UDP_MAX 1300
/* First retransmission time-out of a reliable transport (RFC 6298 2.1), doubled up to the cap. */
#define TRANSPORT_RTO (1 * SIM_S)
#define TRANSPORT_RTO_MAX (60 * SIM_S)
/* A reliable transport gives up after this long (RFC 1122 4.2.3.5: R2 is at least 100 s): the message is lost. */
#define TRANSPORT_GIVE_UP (100 * SIM_S)

/* The way of one message over a link that is more than a wire: labelled parts, one after the other. */
#define JOURNEY_PARTS 20
struct journey {
    sim_time length;   /* of all parts                                                         */
    sim_time handling; /* of those after the arrival: the receiver works, its handler has not run yet */
    unsigned n;
    struct journey_part {
        unsigned label; /* cause.h */
        sim_time length;
    } part[JOURNEY_PARTS];
};
static inline void journey_begin(struct journey *j)
{
    j->length = j->handling = 0;
    j->n = 0;
}
static inline void journey_add(struct journey *j, unsigned label, sim_time length)
{
    if (length <= 0)
        return;
    g_assert(j->n < JOURNEY_PARTS);
    j->part[j->n++] = (struct journey_part){label, length};
    j->length += length;
}
/* The same for a part that comes after the arrival; no other kind may follow. */
static inline void journey_handle(struct journey *j, unsigned label, sim_time length)
{
    journey_add(j, label, length);
    j->handling += MAX(length, 0);
}

/* What a link does instead of latency, rate, loss and transport. */
struct link;
struct carriage {
    /* A link was made: its state of this kind, owned by the model. */
    void *(*begin)(const struct link *l);
    /* Adds the parts of the way of a message given to the link now to the empty journey; false: it does not arrive. */
    bool (*carry)(struct link *l, const struct msg *m, struct journey *j);
};

/* Settings of a link, shared by all links they apply to. */
struct link_cfg {
    struct dist latency; /* propagation, one way                                    */
    double rate;         /* bit/s; 0 = infinite                                     */
    uint64_t queue;      /* bytes that may wait or be in transmission; 0 = no limit */
    double loss;         /* probability per message (Gilbert-Elliott: in the good state) */
    double ge_p, ge_r;   /* Gilbert-Elliott good->bad, bad->good per message; ge_p = 0: Bernoulli */
    double ge_loss_bad;  /* loss in the bad state                                   */
    enum transport transport;
    bool carried; /* no wire of its own: net->carrier takes what is sent (SIP on Gm over a bearer) */
    bool up;
    const struct carriage *carriage; /* NULL: a wire */
};

/* One direction of a link. */
struct link {
    const struct link_cfg *cfg;
    struct rng *latency_rng, *loss_rng;
    sim_time busy_until; /* the transmitter is free again            */
    sim_time last_arrival; /* reliable transports deliver in order   */
    bool bad;            /* Gilbert-Elliott state                    */
    bool up;
    uint32_t where;      /* for causes                               */
    uint16_t iface;
    const struct node *from, *to;
    void *state;         /* the carriage's                           */
    uint64_t messages, bytes, lost; /* offered; lost on the way       */
};

/* ---- nodes -------------------------------------------------------------------------------------- */

struct node {
    struct sim *sim;
    struct net *net;
    uint32_t id; /* index in the network, and `where` of its causes      */
    uint32_t kinds; /* what it is, bit per kind of the model (interface ends are checked) */
    const char *name; /* owned by the network */
    struct station *station; /* NULL: messages take no time here */
    /* Takes a message that has been served. The message is the caller's: reference it to keep it. */
    void (*rx)(struct node *n, struct msg *m, struct node *from, uint16_t iface);
    /* Takes a message out of what carries it, before the station sees it; true: it was one. NULL: none come. */
    bool (*unwrap)(struct node *n, struct msg *m);
    /* Answers a message that the full station refuses (overload="reject"); NULL: it is dropped. */
    void (*refuse)(struct node *n, struct msg *m, struct node *from, uint16_t iface);
    const void *ops; /* of the protocol stack the node runs (e.g. struct sip_tu_ops) */
    void *self;      /* the model's own state */
};

struct net_iface {
    const char *name;  /* "Gm" */
    const char *proto; /* "SIP" */
    uint32_t end_a, end_b; /* kinds that may stand at its ends */
};

/* Faults: the n-th to (n+count-1)-th matching message on its way is dropped, or sent twice. */
enum fault_kind { FAULT_DROP, FAULT_DUPLICATE };
struct fault {
    enum fault_kind kind;
    int proto, type; /* -1 = any */
    int twin;        /* another type that will do, or -1 (net_find_twin) */
    int iface;       /* -1 = any */
    const struct node *from, *to; /* NULL = any */
    uint32_t nth, count, seen;
};

/* Messages of one type on one interface. */
struct net_count {
    uint64_t messages, bytes;
    uint64_t failed; /* of the messages: lost, dropped by faults or refused by full stations */
};

/* What became of messages on one interface: sent + duplicated = delivered + lost + dropped + in flight. */
struct net_tally {
    uint64_t sent, duplicated, delivered, lost, dropped, in_flight;
};

#define NET_MAX_PROTO 16
#define NET_MAX_EXT 8

struct net {
    struct sim *sim;
    GPtrArray *nodes; /* struct node * */
    const struct net_iface *ifaces;
    uint16_t nifaces;
    const struct proto *protos[NET_MAX_PROTO];
    uint8_t nprotos;
    struct net_count *counts[NET_MAX_PROTO]; /* [iface * ntypes + type] */
    void *ext[NET_MAX_EXT];                  /* a protocol's own state (index = proto) */
    void *model;                             /* what the model's nodes have in common */
    GArray *faults;                          /* struct fault */
    /* Settings of the link from `from` to `to`; asked once per link, result must live on. */
    const struct link_cfg *(*link_cfg)(void *user, uint16_t iface, const struct node *from, const struct node *to);
    void *link_cfg_user;
    /* Takes a message for a carried link and brings it to net_carried_in() at the other end, inside messages
     * of its own; it references the message to keep it. False: it cannot, and the message is lost. */
    bool (*carrier)(struct node *from, struct node *to, uint16_t iface, struct msg *m);
    /* conservation: sent + duplicated = delivered + lost + dropped + in flight; what a carrier took is delivered */
    uint64_t sent, delivered, lost, dropped, refused, duplicated;
    uint64_t in_flight;
    struct net_tally *tally; /* [iface]: the same by interface */
    struct net_priv *priv;
};

/* A network of a simulation, with these interfaces (the table must live on). Sets sim->user. */
struct net *net_new(struct sim *sim, const struct net_iface *ifaces, uint16_t nifaces);
/* Frees nodes, links, stations and messages still in flight. Before sim_free(). */
void net_free(struct net *net);
/* Registers a protocol; the index goes into msg.proto. */
uint8_t net_add_proto(struct net *net, const struct proto *proto, void *ext);
struct node *net_add_node(struct net *net, const char *name, uint32_t kinds);
/* By name, or NULL. */
struct node *net_find_node(const struct net *net, const char *name);
static inline struct node *net_node(const struct net *net, uint32_t id)
{
    return g_ptr_array_index(net->nodes, id);
}
/* The directed link, made on first use. */
struct link *net_link(struct net *net, uint16_t iface, struct node *from, struct node *to);
/* The count that this message on this interface belongs to. */
static inline struct net_count *net_count_of(const struct net *net, uint16_t iface, const struct msg *m)
{
    return &net->counts[m->proto][iface * net->protos[m->proto]->ntypes + m->type];
}
/* The link whose causes say this `where`; NULL: none. */
const struct link *net_link_at(const struct net *net, uint32_t where);
/* Finds a message type by the name its protocol prints; false if there is none. */
bool net_find_type(const struct net *net, const char *name, int *proto, int *type);
/* The other type of this protocol with the same name, or -1: RAR is one message on Gx and another on Rx. */
int net_find_twin(const struct net *net, int proto, int type);

/* Whether a message of this size would be carried reliably (so that a protocol need not repeat it). */
bool net_reliable(struct net *net, uint16_t iface, struct node *from, struct node *to, uint32_t size);

/* Sends a message; takes over the caller's reference. `iface` must join kinds of the two nodes. */
void node_send(struct node *from, struct node *to, uint16_t iface, struct msg *m);

/* A message that a carrier took has come out at the other end; takes over the reference. */
void net_carried_in(struct node *from, struct node *to, uint16_t iface, struct msg *m);

/* Tells people something (TRACE_NOTE): static text, and what it is about. */
void node_note(struct node *n, uint32_t code, const char *text, const void *about);
/* Records a moment (TRACE_MARK). */
void node_mark(struct node *n, uint32_t id, int64_t value);
/* The same for a moment at one node that is about another. */
void node_mark_about(struct node *n, uint32_t id, const struct node *about, int64_t value);
/* Records a message handed over inside a box: no arrow. */
void node_internal(struct node *from, struct node *to, uint16_t iface, const struct msg *m);

#endif
