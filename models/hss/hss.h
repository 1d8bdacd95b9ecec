/* hss.h - Home Subscriber Server: who may use the network, with which keys, and where everybody is.
 *
 * What subscribers have in common stands in groups; a subscriber itself takes 24 bytes. On S6a the HSS gives
 * vectors and subscription data to MMEs (hss_s6a.c), on Cx it answers I-CSCFs and S-CSCFs (hss_cx.c); what
 * it asks of them by itself, CLR and RTR, is in hss_push.c.
 *
 * Card and HSS share one counter of SQN for both domains: a phone whose one USIM serves LTE and IMS and a
 * phone with a USIM and an ISIM that remember SQNs apart both find it increasing. Each vector, on S6a or on
 * Cx, uses one SQN. */
#ifndef MODELS_HSS_HSS_H
#define MODELS_HSS_HSS_H

#include "models/hss/hss_secret.h"
#include "models/proto/diameter/diameter.h"
#include "sim/fsm.h"

struct hss_group {
    struct hss_secret secret;
    uint8_t scheme;       /* on Cx: AUTH_AKA or AUTH_DIGEST             */
    uint8_t algorithm;    /* of Digest: DIGEST_MD5 or DIGEST_SHA256     */
    const char *password; /* of Digest; not owned                       */
    bool roaming;         /* may use visited networks                   */
    /* S6a; no APN: no EPS subscription (a fixed line) */
    struct ie_ambr ambr;         /* of the phone */
    uint8_t n_apns, default_apn; /* default_apn: the id of one of them */
    struct ie_apn_config apn[IE_MAX_APNS];
    /* Cx */
    struct ie_capabilities capabilities; /* that its S-CSCF needs to have or should have            */
    uint32_t s_cscf;                     /* host + 1 of the one given to all; 0: by capabilities    */
    uint8_t n_criteria;
    struct ie_criterion criterion[IE_MAX_CRITERIA];
};

/* Of a public identity (TS 29.228 6.1; TS 23.228 has the terms). */
enum hss_registration {
    HSS_NOT_REGISTERED,
    HSS_REGISTERED,
    HSS_UNREGISTERED, /* not registered, but an S-CSCF serves it */
};

/* Where a subscriber is. All zero: a new one, nowhere. */
struct hss_state {
    enum hss_registration registration;
    uint32_t s_cscf;       /* assigned: host + 1, 0: none                                      */
    uint32_t auth_pending; /* host + 1 of the S-CSCF that was given a vector and did not report */
    struct node *mme;      /* NULL: at none                                                    */
    uint32_t mme_host;     /* its host + 1                                                     */
    uint64_t sqn;          /* of the last vector made                                          */
};

/* Makes `n` an HSS. `host` and `domain` are host indices of the SIP stack. RANDs come from the stream
 * "<name>/RAND". */
void hss_new(struct dia_stack *dia, struct node *n, uint32_t host, uint32_t domain);
void hss_free(struct node *n);

/* A group of LTE phones with AKA: APNs "ims" (the default; QCI 5) and "internet" (QCI 9), no keys, no
 * capabilities, no criteria, no roaming. ARP 8, AMBR 50 and 150 Mbit/s are examples. */
void hss_group_init(struct hss_group *g);
/* Adds a group (copied) and returns its number. Number 0 exists from the start: hss_group_init(). */
uint32_t hss_add_group(struct node *n, const struct hss_group *group);
/* Provisions a subscriber of a group, or changes what it is. state NULL: nowhere. */
void hss_subscribe(struct node *n, uint32_t party, uint32_t group, const struct hss_state *state);
/* Registers a subscriber at this S-CSCF (host), or at none: UINT32_MAX. Provisions it, in group 0, if it is
 * new. */
void hss_provision(struct node *n, uint32_t party, uint32_t s_cscf);

/* Warm start: as if a vector had been given and used; returns its SQN. */
uint64_t hss_use_vector(struct node *n, uint32_t party);
/* The profile that an SAA holds. False: unknown here. */
bool hss_profile(struct node *n, uint32_t party, struct ie_user_profile *out);
struct epc_warm; /* models/epc.h */
/* Warm start: a subscriber is at its MME, to which one vector has been given. False: unknown here, or without an EPS
 * subscription; nothing was changed. */
bool hss_warm(struct node *n, struct epc_warm *w);

/* Where a subscriber is. False: unknown here. */
bool hss_look_up(const struct node *n, uint32_t party, struct hss_state *out);
/* Deregisters a subscriber (enum ie_value, DEREG_...): RTR to its S-CSCF. It counts as registered until that
 * answers or the time for it is over. False: it has no S-CSCF. */
bool hss_deregister(struct node *n, uint32_t party, uint32_t reason);
/* Requests of its own (CLR, RTR) that wait for their answer. */
size_t hss_contexts(const struct node *n);

extern struct fsm_def hss_cx_def, hss_s6a_def, hss_rtr_def, hss_clr_def;

#endif
