/* sip_uas.h - what the core of a called user agent repeats by itself, end to end: reliable provisional
 * responses until PRACK (RFC 3262 3), and 2xx to INVITE until ACK (RFC 3261 13.3.1.4). */
#ifndef MODELS_PROTO_SIP_SIP_UAS_H
#define MODELS_PROTO_SIP_SIP_UAS_H

#include "models/proto/sip/sip_txn.h"

/* RFC 3262 3 lets a UAS choose the first RSeq; this is the one X.S0013-009 shows. */
#define SIP_FIRST_RSEQ 1000

struct sip_uas {
    struct fsm rel, ok; /* rel is the first member */
    struct sip_stack *sip;
    uint64_t st;          /* INVITE server transaction          */
    struct sip_msg *rel_msg, *ok_msg;
    sim_time rel_interval, ok_interval;
    uint32_t rseq;        /* of the last reliable response, 0: none yet */
    uint16_t iface;
    bool overtaken;       /* the final response did not wait for the PRACK of `rseq` */
    /* No PRACK, or no ACK, came in 64*T1. */
    void (*no_prack)(struct sip_uas *u);
    void (*no_ack)(struct sip_uas *u);
};

void sip_uas_init(struct sip_uas *u, struct sip_stack *sip, struct node *n, uint64_t st, uint16_t iface);
/* Sends a provisional response reliably: gives it Require: 100rel and the next RSeq. Only when none is
 * unacknowledged. Takes over the reference. */
void sip_uas_send_reliable(struct sip_uas *u, struct sip_msg *m);
/* Whether this PRACK acknowledges the last reliable response. It may come after a final response that did
 * not wait for it: that ended the repetition, but the PRACK is in order (RFC 3262 3). */
bool sip_uas_acknowledges(const struct sip_uas *u, const struct sip_msg *prack, uint32_t invite_cseq);
/* A PRACK came: true if it acknowledges the outstanding response, which is then no longer repeated. */
bool sip_uas_prack(struct sip_uas *u, const struct sip_msg *prack, uint32_t invite_cseq);
/* A reliable response is not acknowledged yet. */
bool sip_uas_unacked(const struct sip_uas *u);
/* ... and it carries an SDP: a 2xx has to wait for its PRACK (RFC 3262 3). */
bool sip_uas_unacked_sdp(const struct sip_uas *u);
/* Sends the 2xx and repeats it. Takes over the reference. Stops the repetition of provisional ones. */
void sip_uas_send_ok(struct sip_uas *u, struct sip_msg *m);
/* The ACK came: true the first time. */
bool sip_uas_ack(struct sip_uas *u);
/* Stops all repetition and forgets the messages. */
void sip_uas_clear(struct sip_uas *u);

extern struct fsm_def sip_rel_def, sip_ok_def;

#endif
