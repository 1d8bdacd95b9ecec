/* ue.h - a phone: SIP user agent with preconditions and resource reservation. */
#ifndef MODELS_UE_UE_H
#define MODELS_UE_UE_H

#include "models/mmi.h"
#include "models/proto/sdp/sdp_session.h"
#include "models/proto/sip/sip_txn.h"

struct ue_world;

/* When the reservation of a call's resources begins. */
enum ue_reservation {
    UE_RESERVED_BEFORE, /* done before the call                                  */
    UE_RESERVE_AT_INVITE, /* when the INVITE is sent or received                 */
    UE_RESERVE_AT_ANSWER, /* when the first SDP answer is sent or received       */
};

/* What the phones of a group have in common. */
struct ue_cfg {
    struct sdp_local media;
    bool reliable;      /* supports 100rel (RFC 3262)                                            */
    bool progress;      /* sends an unreliable 183 while it cannot answer yet                    */
    bool answer_at_once; /* answers in a reliable 183 although only its own resources are missing */
    enum ue_reservation reservation;
    bool reservation_fails;
    struct dist think;  /* processing time before each message it builds                         */
};

/* All phones of a simulation. */
struct ue_world *ue_world_new(struct sip_stack *sip, const struct mmi_people *people, void *people_self);
void ue_world_free(struct ue_world *w);

/* Makes `n` a phone of this party, served by P-CSCF `pcscf`. `routes` is the route of its initial requests:
 * the P-CSCF, then its Service-Route (a reference is taken over). cfg lives on. */
void ue_new(struct ue_world *w, struct node *n, const struct ue_cfg *cfg, uint32_t party, struct node *pcscf,
            struct sip_hop *routes);
/* The phone's side of the man-machine interface. */
extern const struct mmi_phone ue_phone;
/* Calls in progress, both sides counted, for invariants. */
size_t ue_call_count(const struct ue_world *w);

extern struct fsm_def ue_mo_def, ue_mt_def, ue_reserve_def;

#endif
