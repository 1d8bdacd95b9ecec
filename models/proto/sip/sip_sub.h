/* sip_sub.h - a subscription to the registration of a user, as its subscriber keeps it (RFC 6665 4.1, RFC 3680).
 *
 * Phones and P-CSCFs subscribe alike: SUBSCRIBE -> | <- 200 | <- NOTIFY | 200 -> ... <- NOTIFY (terminated) | 200 ->.
 * It has no timer of its own: the owner, who registers again before the registration expires, refreshes it then. */
#ifndef MODELS_PROTO_SIP_SIP_SUB_H
#define MODELS_PROTO_SIP_SIP_SUB_H

#include "models/proto/sip/sip_dialog.h"
#include "models/proto/sip/sip_txn.h"

struct sip_sub;

struct sip_sub_ops {
    /* Sends a SUBSCRIBE, to which the owner adds its headers and, to the first, the route. Takes over the reference. */
    void (*send)(struct sip_sub *s, struct sip_msg *m);
    /* What a NOTIFY brought; it has been answered. */
    void (*notified)(struct sip_sub *s, const struct sip_reginfo *info);
    /* It has ended: refused, not answered, or terminated by the notifier. */
    void (*ended)(struct sip_sub *s);
};

struct sip_sub {
    struct fsm fsm; /* first member */
    struct sip_stack *sip;
    const struct sip_sub_ops *ops;
    struct sip_dialog dialog;
    uint32_t party;   /* whose registration      */
    uint32_t expires; /* s, asked for            */
    sim_time until;   /* when it ends by itself  */
};

/* Before anything else. `contact` is the owner's. */
void sip_sub_init(struct sip_sub *s, struct sip_stack *sip, struct node *n, const struct sip_sub_ops *ops, uint32_t party,
                  struct sip_uri contact);
/* Subscribes, or refreshes a subscription. `tag` names the owner in NOTIFY; local: who subscribes. */
void sip_sub_begin(struct sip_sub *s, uint64_t tag, struct sip_uri local, uint32_t expires);
/* Forgets it without a message; ended() is not called. */
void sip_sub_forget(struct sip_sub *s);
bool sip_sub_active(const struct sip_sub *s);

/* A response to SUBSCRIBE; none came (m NULL). */
void sip_sub_response(struct sip_sub *s, const struct sip_msg *m);
/* A NOTIFY whose To tag is the owner's: answers it. */
void sip_sub_notify(struct sip_sub *s, uint64_t st, const struct sip_msg *m);

/* As if the subscription had been made, for so many seconds: for registrations that are taken as done. The dialog is filled in
 * by the caller. */
void sip_sub_warm(struct sip_sub *s, uint32_t expires);

extern struct fsm_def sip_sub_def;

#endif
