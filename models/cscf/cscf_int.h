/* cscf_int.h - what the files of the CSCF share. */
#ifndef MODELS_CSCF_CSCF_INT_H
#define MODELS_CSCF_CSCF_INT_H

#include "models/cscf/cscf.h"
#include "models/proto/sip/sip_sub.h"

struct cscf {
    struct sip_endpoint endpoint;
    struct cscf_world *world;
    struct node *node;
    struct cscf_cfg cfg;
    struct sip_uri core, gm; /* its URIs, with lr */
    uint32_t agreements; /* P-CSCF: security agreements offered                     */
    guint chosen_last;   /* I-CSCF: place of the S-CSCF it chose last, in world->all */
};

/* A user's registration at its P-CSCF (pcscf_reg.c). */
struct pcscf_user {
    struct fsm fsm; /* first member */
    struct sip_sub sub;
    uint64_t id;    /* token, and the tag of the subscription */
    uint32_t party;
    uint32_t expires; /* s; CSCF_NEVER: for good */
    struct sip_hop *service_route;
    struct sip_ipsec server;
};

/* A subscription at its notifier (scscf_event.c). */
struct scscf_sub {
    struct scscf_sub *next;
    struct sip_dialog dialog;
    uint64_t ct; /* client transaction of the last NOTIFY */
    uint32_t version;
    sim_time until;
};

/* A REGISTER at the S-CSCF (scscf_auth.c). */
struct scscf_auth {
    struct fsm fsm; /* first member */
    struct scscf_user *user;
    uint64_t st; /* its transaction */
    struct sip_auth challenge;
    char ha1[DIGEST_HEX]; /* that the response is made with */
};

/* A user at its S-CSCF (scscf_reg.c): registered, or being authenticated, or not registered but served (scscf_unreg.c). */
struct scscf_user {
    struct fsm fsm; /* first member */
    uint64_t id;    /* token */
    uint64_t session; /* of the request to the HSS whose answer is waited for, or 0 */
    uint64_t asked;   /* the same of a SAR about the user as one who is not registered */
    uint32_t party;
    uint32_t expires; /* s, granted; CSCF_NEVER: for good */
    uint8_t event;    /* enum sip_reg_event: the last of its contact */
    struct sip_hop *path;
    const struct ie_user_profile *profile; /* one for all users that have the same */
    struct scscf_sub *subs;
    struct scscf_auth *auth; /* a REGISTER is being dealt with, or NULL */
    struct pending *waiting; /* requests that wait for the profile      */
};

/* A telephone number as ENUM translated it. */
struct cscf_number {
    uint32_t party;
    sim_time until; /* known until then */
};

struct cscf_world {
    struct sip_stack *sip;
    struct dia_stack *dia;
    struct dns_clients *dns;
    struct slab domains, numbers; /* struct cscf_domain, struct cscf_number: what DNS said (cscf_dns.c, scscf_enum.c) */
    struct idmap domains_by_key, numbers_by_key; /* cscf_user_key() of a domain's host, of a party -> slab index */
    struct slab pending;  /* struct pending */
    struct slab pcscf_users, scscf_users, auths, subs; /* struct pcscf_user, scscf_user, scscf_auth, scscf_sub */
    struct idmap pcscf_users_by_key, scscf_users_by_key; /* cscf_user_key() -> slab index */
    GPtrArray *profiles;  /* struct ie_user_profile *, each once */
    GPtrArray *all;
    struct pcscf_policy *policy; /* Rx sessions; NULL while no P-CSCF has a PCRF */
};

/* A request on its way through a CSCF. */
struct pending {
    struct fsm fsm; /* first member */
    struct cscf *cscf;
    uint64_t id;    /* token; at the S-CSCF part of it is the original dialog identifier */
    uint64_t st, ct;
    struct sip_msg *work; /* the request as it will be sent on */
    struct node *from;
    uint16_t out;   /* interface it was sent on over */
    bool initial, invite;
    bool agreement; /* P-CSCF: a REGISTER with Security-Client */
    struct node *out_node;  /* I-CSCF: the S-CSCF that a REGISTER went to  */
    struct sip_msg *spare;  /* the request once more, should who got it not answer: an S-CSCF a REGISTER, an AS an initial request */
    uint64_t call;  /* token of the call whose media the PCRF is asked for, or 0 (pcscf_rx.c) */
    /* S-CSCF: whom it serves with an initial request (scscf_isc.c) */
    const struct ie_user_profile *profile; /* NULL: nobody who has filter criteria */
    uint32_t served;      /* party */
    uint8_t session_case; /* CASE_... */
    uint8_t criterion;    /* place of the next one to look at */
    uint32_t domain;      /* host index: where it goes when DNS has said where that is (cscf_dns.c) */
    /* in a list of requests that wait for the same answer (cscf_wait.c) */
    struct pending *next_waiting, **waits_at;
    sim_flow flow;
    uint32_t held_cause;
};

enum {
    PX_RX_REGISTER, PX_RX_UAA, PX_RX_INITIAL, PX_RX_IN_DIALOG, PX_RX_ACK, PX_TO_I_CSCF, PX_TO_S_CSCF, PX_RX_LIA, PX_RX_100, PX_RX_1XX, PX_RX_FINAL, PX_RX_CANCEL,
    PX_TIMEOUT, PX_TMR_C, PX_TMR_CX, PX_TMR_RESELECT, PX_RX_AAA, PX_ABORT, PX_EVALUATE, PX_TAKE_USER, PX_RX_SAA, PX_RETURNED, PX_TMR_ISC,
    PX_RX_ENUM, PX_RESOLVE, PX_RESOLVED, PX_EVENTS
};
enum { PX_T_C, PX_T_CX, PX_T_ISC, PX_T_RESELECT };

static inline struct pending *pending_of(struct fsm *f)
{
    return (struct pending *)f;
}
static inline const struct pending *const_pending_of(const struct fsm *f)
{
    return (const struct pending *)f;
}
static inline struct cscf *cscf_of(const struct node *n)
{
    return n->self;
}

/* Names a user (or a domain) at one CSCF. */
static inline uint64_t cscf_user_key(const struct cscf *c, uint32_t party)
{
    return ((uint64_t)c->node->id << 32 | party) + 1;
}

/* Over which interface SIP goes from a CSCF to this node. */
static inline uint16_t cscf_iface_to(const struct node *to)
{
    return to->kinds & KIND_UE ? IFACE_GM : to->kinds & KIND_AS ? IFACE_ISC : IFACE_MW;
}

/* cscf.c: sends the request on to `to` (false: there is nobody: answered with `otherwise`). */
bool cscf_forward(struct pending *p, struct node *to, uint16_t otherwise);
/* Answers the request instead of sending it on; the machine then ends. */
bool cscf_refuse(struct pending *p, uint16_t status);

/* A response passes back to where the request came from. */
void cscf_relay(struct pending *p, const struct sip_msg *m);
/* cscf_wait.c: puts the request behind those that wait already; takes it out; feeds all of them an event, in the order in
 * which they came, and empties the list. */
void cscf_wait(struct pending *p, struct pending **list);
void cscf_stop_waiting(struct pending *p);
void cscf_resume(struct pending **list, uint8_t event, const void *arg);
/* The request with this token, or NULL when it is gone. */
struct pending *cscf_find(const struct cscf_world *w, uint64_t id);

/* cscf_dns.c */
void cscf_dns_init(struct cscf_world *w);
void cscf_dns_clear(struct cscf_world *w);
/* Sends the request on to the entry point of a domain, which is looked up first if it has to be. */
bool cscf_forward_to_domain(struct pending *p, uint32_t domain, uint16_t otherwise);
bool cscf_resolve(struct fsm *f, const void *arg);
bool cscf_is_unresolved(const struct fsm *f, const void *arg);
bool cscf_refuse_unresolved(struct fsm *f, const void *arg);
bool cscf_forward_resolved(struct fsm *f, const void *arg);
/* cscf_reg.c */
void cscf_reg_init(struct cscf_world *w);
void cscf_reg_clear(struct cscf_world *w);
/* pcscf.c */
bool pcscf_originating(struct fsm *f, const void *arg);
bool pcscf_terminating(struct fsm *f, const void *arg);
/* Takes out of a request what a phone must not see. */
void pcscf_to_phone(struct sip_msg *m);
void pcscf_response(struct cscf *c, struct sip_msg *m, const struct node *to);
/* pcscf_reg.c */
bool pcscf_register(struct fsm *f, const void *arg);
/* A response to REGISTER as it goes to the phone; it has gone (as received). */
void pcscf_register_response(struct pending *p, struct sip_msg *m);
void pcscf_register_relayed(struct pending *p, const struct sip_msg *m);
struct pcscf_user *pcscf_user_find(const struct cscf *c, uint32_t party);
struct pcscf_user *pcscf_user_by_id(const struct cscf_world *w, uint64_t id);
/* The P-CSCF's side of a new security agreement. */
void pcscf_offer_agreement(struct cscf *c, struct pcscf_user *u);
bool pcscf_is_registered(const struct cscf *c, uint32_t party);
struct pcscf_user *pcscf_warm(struct cscf *c, uint32_t party, struct sip_uri service_route, uint32_t expires);
/* icscf_reg.c */
bool icscf_authorise(struct fsm *f, const void *arg);
bool icscf_is_refused(const struct fsm *f, const void *arg);
bool icscf_refuse(struct fsm *f, const void *arg);
bool icscf_to_registrar(struct fsm *f, const void *arg);
bool icscf_may_choose_anew(const struct fsm *f, const void *arg);
bool icscf_authorise_anew(struct fsm *f, const void *arg);
/* The S-CSCF of this network that fits best, not `but`; NULL: none fits. */
struct cscf *icscf_choose(struct cscf *c, const struct ie_capabilities *wanted, const struct node *but);
/* scscf_auth.c: takes over the request of this transaction. */
bool scscf_register(struct fsm *f, const void *arg);
/* MAA or SAA for the REGISTER that is being dealt with. */
void scscf_auth_answer(struct scscf_user *u, const struct dia_msg *m);
/* scscf_reg.c */
struct scscf_user *scscf_user_find(const struct cscf *c, uint32_t party);
struct scscf_user *scscf_user_by_id(const struct cscf_world *w, uint64_t id);
/* The user whose answer from the HSS this is, or NULL: nobody waits for it. */
struct scscf_user *scscf_user_by_session(const struct cscf_world *w, uint64_t session);
struct scscf_user *scscf_user_new(struct cscf *c, uint32_t party);
/* Frees the context of a user who is neither registered nor being authenticated. */
void scscf_user_drop(struct scscf_user *u);
bool scscf_is_registered(const struct scscf_user *u);
/* Not registered, but served. */
bool scscf_is_unregistered(const struct scscf_user *u);
/* Asks the HSS for the user, who is not registered and was called, unless it is being asked. False: not now. */
bool scscf_take_user(struct scscf_user *u);
/* How long the registration still lasts, in seconds, the last one begun counted as a whole; CSCF_NEVER: for good. */
uint32_t scscf_time_left(const struct scscf_user *u);
/* The REGISTER `m` has been accepted for so many seconds; the user has left. */
void scscf_registered(struct scscf_user *u, const struct sip_msg *m, uint32_t expires, const struct ie_user_profile *profile);
void scscf_left(struct scscf_user *u);
/* An answer from the HSS, or RTR. */
void scscf_cx_rx(struct cscf *c, const struct dia_msg *m, struct node *from);
/* A request to the HSS about this user, to be sent; its answer is waited for, unless the session is forgotten. */
struct dia_msg *scscf_cx_new(struct scscf_user *u, enum dia_type type);
void scscf_cx_send(const struct scscf_user *u, struct dia_msg *m);
void scscf_send_sar(struct scscf_user *u, uint32_t type);
struct scscf_user *scscf_warm(struct cscf *c, uint32_t party, struct sip_uri path, uint32_t expires, const struct ie_user_profile *profile);
/* scscf_event.c */
bool scscf_subscribe(struct fsm *f, const void *arg);
/* SUBSCRIBE within its dialog, to this S-CSCF. */
void scscf_resubscribe(struct cscf *c, uint64_t st, const struct sip_msg *m);
/* Tells all subscribers; with SIP_REG_TERMINATED their subscriptions end. */
void scscf_notify_all(struct scscf_user *u, uint8_t state, uint8_t event);
void scscf_forget_subs(struct scscf_user *u);
/* The NOTIFY of client transaction ct was refused, or not answered (m NULL). */
void scscf_notify_failed(struct scscf_user *u, uint64_t ct, const struct sip_msg *m);
/* icscf.c */
bool icscf_query(struct fsm *f, const void *arg);
bool icscf_user_unknown(struct fsm *f, const void *arg);
bool icscf_not_registered(struct fsm *f, const void *arg);
bool icscf_no_answer(struct fsm *f, const void *arg);
bool icscf_to_scscf(struct fsm *f, const void *arg);
bool icscf_is_unknown(const struct fsm *f, const void *arg);
bool icscf_is_unregistered(const struct fsm *f, const void *arg);
/* scscf.c */
bool scscf_originating(struct fsm *f, const void *arg);
bool scscf_terminating(struct fsm *f, const void *arg);
bool scscf_serves_caller(const struct fsm *f, const void *arg);
bool scscf_route_on(struct fsm *f, const void *arg);
bool scscf_deliver(struct fsm *f, const void *arg);
/* scscf_isc.c */
bool scscf_is_returned(const struct fsm *f, const void *arg);
bool scscf_is_returned_late(const struct fsm *f, const void *arg);
bool scscf_take_back(struct fsm *f, const void *arg);
bool scscf_refuse_late(struct fsm *f, const void *arg);
bool scscf_matches(const struct fsm *f, const void *arg);
bool scscf_trigger(struct fsm *f, const void *arg);
bool scscf_as_tries(struct fsm *f, const void *arg);
bool scscf_passes_over(const struct fsm *f, const void *arg);
bool scscf_passes_over_failed(const struct fsm *f, const void *arg);
bool scscf_pass_over(struct fsm *f, const void *arg);
bool scscf_end_unanswered(struct fsm *f, const void *arg);
/* scscf_enum.c */
bool scscf_calls_number(const struct fsm *f, const void *arg);
bool scscf_knows_number(const struct fsm *f, const void *arg);
bool scscf_use_number(struct fsm *f, const void *arg);
bool scscf_ask_enum(struct fsm *f, const void *arg);
bool scscf_is_listed(const struct fsm *f, const void *arg);
bool scscf_is_unheard(const struct fsm *f, const void *arg);
bool scscf_translate(struct fsm *f, const void *arg);
bool scscf_no_such_number(struct fsm *f, const void *arg);
/* scscf_unreg.c */
/* Finds the called user here, registered or not. False: nobody serves it here. */
bool scscf_find_called(struct pending *p);
bool scscf_ask_for_user(struct fsm *f, const void *arg);
bool scscf_got_no_user(const struct fsm *f, const void *arg);
bool scscf_refuse_user(struct fsm *f, const void *arg);
bool scscf_serve_called(struct fsm *f, const void *arg);

#endif
