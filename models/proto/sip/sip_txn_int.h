/* sip_txn_int.h - what the files of the transaction layer share. */
#ifndef MODELS_PROTO_SIP_SIP_TXN_INT_H
#define MODELS_PROTO_SIP_SIP_TXN_INT_H

#include "models/proto/sip/sip_txn.h"

/* A transaction of either kind. The machine's definition says which. */
struct sip_txn {
    struct fsm fsm;
    struct sip_stack *sip;
    uint64_t id;          /* token; of a client transaction also the branch                    */
    uint64_t user;        /* of the transaction user                                          */
    uint64_t key;         /* server: key in `servers`                                         */
    struct node *peer;
    struct sip_msg *request;  /* NULL when it is no longer needed                              */
    struct sip_msg *response; /* server: the last response sent, for repetition                */
    sim_time interval;    /* of the next repetition                                           */
    sim_flow flow;
    uint16_t iface;
    uint8_t method;
    bool reliable;        /* transport: no repetitions, no lingering                          */
    bool cancel_wanted;   /* client INVITE: CANCEL as soon as a provisional response is here   */
    bool cancelled;       /* client INVITE: CANCEL was sent                                   */
    uint16_t cancel_cause; /* client INVITE: of the Reason in CANCEL; 0: none                  */
};

struct sip_txns {
    struct sip_stack *sip;
    struct slab slab;      /* struct sip_txn */
    struct idmap servers;  /* key of the top Via -> slab index */
};

static inline struct sip_txn *txn_of(struct fsm *f)
{
    return (struct sip_txn *)f; /* fsm is the first member */
}
static inline const struct sip_txn *const_txn_of(const struct fsm *f)
{
    return (const struct sip_txn *)f;
}
static inline const struct sip_tu_ops *tu_of(const struct node *n)
{
    return ((const struct sip_endpoint *)n->ops)->tu;
}
static inline sim_time txn_timer(const struct sip_txn *t, enum sip_timer timer)
{
    return sip_timer(t->sip, t->iface, timer);
}
/* Sends a message of the transaction to its peer (again); keeps the caller's reference. */
static inline void txn_send(struct sip_txn *t, struct sip_msg *m)
{
    node_send(t->fsm.node, t->peer, t->iface, msg_ref(m));
}
/* Passes a response up. */
static inline void txn_up(struct sip_txn *t, const void *response)
{
    tu_of(t->fsm.node)->response(t->fsm.node, t->id, t->user, (struct sip_msg *)response);
}
/* Guard: the transport is reliable. */
static inline bool txn_reliable(const struct fsm *f, const void *arg)
{
    (void)arg;
    return const_txn_of(f)->reliable;
}
/* The machine reached its end: frees the transaction. */
void sip_txn_ended(struct fsm *f);
/* Forgets a message the transaction kept. */
void sip_txn_drop(struct sip_txn *t, struct sip_msg **m);

/* Events of the four machines (rows in sip_txn_invite.c and sip_txn_other.c). */
enum { ICT_SEND, ICT_RX_1XX, ICT_RX_2XX, ICT_RX_300_699, ICT_CANCEL, ICT_TMR_A, ICT_TMR_B, ICT_TMR_D, ICT_TMR_M, ICT_TMR_CANCEL, ICT_EVENTS };
enum { NICT_SEND, NICT_RX_1XX, NICT_RX_FINAL, NICT_TMR_E, NICT_TMR_F, NICT_TMR_K, NICT_EVENTS };
enum { IST_RX_INVITE, IST_TX_100, IST_TX_1XX, IST_TX_2XX, IST_TX_300_699, IST_RX_ACK, IST_TMR_100, IST_TMR_G, IST_TMR_H, IST_TMR_I, IST_TMR_L, IST_EVENTS };
enum { NIST_RX_REQUEST, NIST_TX_1XX, NIST_TX_FINAL, NIST_ABANDON, NIST_TMR_J, NIST_EVENTS };

#endif
