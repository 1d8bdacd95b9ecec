/* ue.h - a phone: SIP user agent with preconditions and resource reservation. */
#ifndef MODELS_UE_UE_H
#define MODELS_UE_UE_H

#include "models/mmi.h"
#include "models/proto/sdp/sdp_session.h"
#include "models/proto/sip/sip_sub.h"

struct ue_world;
struct ue_access;

/* When the reservation of a call's resources begins. */
enum ue_reservation {
    UE_RESERVED_BEFORE, /* done before the call                                  */
    UE_RESERVE_AT_INVITE, /* when the INVITE is sent or received                 */
    UE_RESERVE_AT_ANSWER, /* when the first SDP answer is sent or received       */
    UE_RESERVE_BEARERS, /* the network brings a dedicated bearer for each stream  */
    UE_RESERVE_OWN,     /* the phone asks for them before it calls, or when it is called */
};

/* How the phones of a group register with the IMS. */
struct ue_reg_cfg {
    uint32_t expires;      /* s, asked for                                                       */
    const char *password;  /* HTTP Digest; NULL: AKA with the card                               */
    uint32_t realm;        /* home domain: host                                                  */
    /* The card's K and OPc; not used with a password. */
    void (*keys)(uint32_t party, uint8_t k[16], uint8_t opc[16]);
};

/* What the phones of a group have in common. */
struct ue_cfg {
    struct sdp_local media;
    uint32_t max_calls; /* at a time; 0: any number                                              */
    bool reliable;      /* supports 100rel (RFC 3262)                                            */
    bool progress;      /* sends an unreliable 183 while it cannot answer yet                    */
    bool answer_at_once; /* answers in a reliable 183 although only its own resources are missing */
    bool dials_numbers; /* the Request-URI is the telephone number of whom it calls, if there is one  */
    enum ue_reservation reservation;
    bool reservation_fails;
    bool reinvites;     /* what its user wants in an answered call goes by INVITE, not UPDATE    */
    bool keeps_bearers; /* UE_RESERVE_OWN: it asks at its registration and keeps what it gets   */
    struct dist think;  /* processing time before each message it builds                         */
    struct ue_reg_cfg reg;
};

/* All phones of a simulation. */
struct ue_world *ue_world_new(struct sip_stack *sip, const struct mmi_people *people, void *people_self);
void ue_world_free(struct ue_world *w);

/* Makes `n` a phone of this party: not registered. cfg lives on. */
void ue_new(struct ue_world *w, struct node *n, const struct ue_cfg *cfg, uint32_t party);
/* The P-CSCF it has found, and the URI of that towards phones. */
struct node *ue_pcscf(const struct node *phone);
void ue_set_pcscf(struct node *phone, struct node *pcscf, struct sip_uri uri);
/* The memory of its card, when it has one: of the access side. Else it has one of its own. */
void ue_set_card(struct node *phone, struct aka_usim *card);
struct aka_usim *ue_card(const struct node *phone);

/* Registers with the IMS; does nothing when registered or about to be. */
void ue_register(struct node *phone);
/* Deregisters and then calls done(), once; at once when it is not registered. It waits no longer than timer ims.leave. */
void ue_deregister(struct node *phone, void (*done)(void *user), void *user);
/* The way to the network is gone, and the registration with it. */
void ue_lose_registration(struct node *phone);
bool ue_is_registered(const struct node *phone);

/* What a registration leaves behind at the phone: for those that are taken as done, and for comparing the two. */
struct ue_reg_view {
    struct node *pcscf;
    struct sip_uri service_route; /* its only entry */
    uint32_t expires;             /* s, granted; UE_NEVER: for good, nothing is renewed */
    bool subscribed;
    struct sip_dialog dialog;     /* of the subscription; routes are not owned */
    uint64_t call_id;
    uint32_t cseq;
    struct sip_ipsec server;      /* Security-Server */
};
#define UE_NEVER UINT32_MAX
void ue_warm_registration(struct node *phone, const struct ue_reg_view *view);
/* False: not registered. */
bool ue_registration(const struct node *phone, struct ue_reg_view *out);
/* Gives the phone an access side, which then gets what is not SIP. */
void ue_set_access(struct node *phone, struct ue_access *access);
struct ue_access *ue_access_of(const struct node *phone);
/* The subscriber whose phone it is. */
uint32_t ue_party(const struct node *phone);
/* A dedicated bearer of this QCI has come, or its filters have changed: what calls that reserve by bearers wait for. */
struct ue_tft; /* models/ue/ue_access.h */
void ue_bearer(struct node *phone, uint8_t qci, const struct ue_tft *tft);
/* What becomes of the bearers that the phone asks for itself: see struct ue_access_ops. */
struct ie_tft; /* models/proto/ie/ie_values.h */
void ue_bearer_granted(struct node *phone, uint8_t ebi, const struct ie_tft *filters);
void ue_bearer_refused(struct node *phone, uint8_t cause);
void ue_bearer_released(struct node *phone, uint8_t ebi, uint8_t cause);
void ue_bearer_down(struct node *phone, uint8_t ebi);
void ue_bearers_gone(struct node *phone);
/* Ends the phone's calls as its user would, and then calls done(), once; at once when it has none. A call that cannot
 * be ended yet ends when the other side or a timer ends it. */
void ue_clear_calls(struct node *phone, void (*done)(void *user), void *user);
/* The phone's side of the man-machine interface. */
extern const struct mmi_phone ue_phone;
/* Calls in progress, both sides counted, for invariants. */
size_t ue_call_count(const struct ue_world *w);

extern struct fsm_def ue_mo_def, ue_mt_def, ue_offer_def, ue_answer_def, ue_reserve_def, ue_own_def, ue_reg_def;

#endif
