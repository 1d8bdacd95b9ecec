/* sip_txn.h - SIP transactions (RFC 3261 17, RFC 6026) of all nodes of a simulation.
 *
 * A node that speaks SIP sets node->rx = sip_rx (or calls it) and node->ops = its endpoint. The layer
 * gives the node's core ("transaction user") clean events: a new request, a response to one of its own,
 * a time-out, a CANCEL for a request it has not answered. Repetitions stay inside.
 *
 * Transactions are named by tokens; a token outlives its transaction harmlessly. A client transaction's
 * token is its branch. */
#ifndef MODELS_PROTO_SIP_SIP_TXN_H
#define MODELS_PROTO_SIP_SIP_TXN_H

#include "models/proto/sip/sip.h"
#include "sim/fsm.h"

struct sip_txns;

/* What a transaction user handles. `user` is what it attached to the transaction (0 = nothing yet). */
struct sip_tu_ops {
    /* A new request; st names its server transaction, 0 for an ACK (which has none). */
    void (*request)(struct node *n, uint64_t st, struct sip_msg *m, struct node *from, uint16_t iface);
    /* A response to a request sent with sip_send_request(), any status. */
    void (*response)(struct node *n, uint64_t ct, uint64_t user, struct sip_msg *m);
    /* No final response came (timers B, F), or a CANCEL's or INVITE's transaction had to be given up. */
    void (*timeout)(struct node *n, uint64_t ct, uint64_t user, enum sip_method method);
    /* CANCEL arrived for the INVITE of server transaction st; the layer has answered it. */
    void (*cancel)(struct node *n, uint64_t st, uint64_t user, struct sip_msg *m);
    /* Our final response to INVITE was never acknowledged (timer H). */
    void (*unacknowledged)(struct node *n, uint64_t st, uint64_t user);
};

/* What a SIP-speaking node is to the layer: node->ops points to one. */
struct sip_endpoint {
    const struct sip_tu_ops *tu;
    struct sip_uri address[2]; /* sent-by of its Via: [0] towards the core, [1] on Gm */
};

struct sip_txns *sip_txns_new(struct sip_stack *sip);
void sip_txns_free(struct sip_txns *t);

/* A SIP message reached the node: matches it to a transaction, or makes one (RFC 3261 17.1.3, 17.2.3). */
void sip_rx(struct sip_stack *sip, struct node *n, struct sip_msg *m, struct node *from, uint16_t iface);

/* Sends a request in a new client transaction: adds the Via, seals it. Takes over the reference. */
uint64_t sip_send_request(struct sip_stack *sip, struct node *n, struct node *to, uint16_t iface, struct sip_msg *m,
                          uint64_t user);
/* Sends an ACK for a 2xx: no transaction, a branch of its own (RFC 3261 13.2.2.4). Takes the reference. */
void sip_send_ack(struct sip_stack *sip, struct node *n, struct node *to, uint16_t iface, struct sip_msg *m);
/* Sends a response through a server transaction. Takes over the reference. False: the transaction is gone. */
bool sip_send_response(struct sip_stack *sip, uint64_t st, struct sip_msg *m);
/* The same with an empty response of this status to the transaction's request. */
bool sip_send_status(struct sip_stack *sip, uint64_t st, uint16_t status);
/* Cancels the INVITE of client transaction ct: at once if a provisional response has come, else as soon
 * as one does (RFC 3261 9.1). With this cause as its Reason, or 0: without. */
void sip_send_cancel(struct sip_stack *sip, uint64_t ct, uint16_t cause);

/* The request will never be answered: its repetitions are absorbed until the other side has given up. */
void sip_st_abandon(struct sip_stack *sip, uint64_t st);
/* Attaches the user's own number to a server transaction. */
void sip_st_set_user(struct sip_stack *sip, uint64_t st, uint64_t user);
/* The request of a server transaction, or NULL when it is gone. */
struct sip_msg *sip_st_request(struct sip_stack *sip, uint64_t st);
/* Client and server transactions alive, for invariants. */
size_t sip_txn_count(const struct sip_stack *sip);

/* Value of a timer in the column of an interface. */
enum sip_timer { SIP_T1, SIP_T2, SIP_T4, SIP_TB, SIP_TC, SIP_TD, SIP_TF, SIP_TH, SIP_TI, SIP_TJ, SIP_TK, SIP_TL, SIP_TM };
static inline sim_time sip_timer(const struct sip_stack *sip, uint16_t iface, enum sip_timer t)
{
    return sip->timer[(iface == IFACE_GM ? TIMER_SIP_GM_T1 : TIMER_SIP_CORE_T1) + t];
}

extern struct fsm_def sip_ict_def, sip_nict_def, sip_ist_def, sip_nist_def;

#endif
