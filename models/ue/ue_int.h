/* ue_int.h - what the files of the phone share. */
#ifndef MODELS_UE_UE_INT_H
#define MODELS_UE_UE_INT_H

#include "models/proto/sip/sip_dialog.h"
#include "models/proto/sip/sip_uas.h"
#include "models/ue/ue.h"
#include "sim/cause.h"
#include "sim/trace.h"

/* The phone's registration with the IMS (ue_reg.c). */
struct ue_reg {
    struct fsm fsm; /* first member */
    struct sip_sub sub;
    uint64_t call_id, from_tag; /* of all REGISTERs since the phone was switched on */
    uint64_t ct;              /* client transaction of the last REGISTER             */
    uint32_t cseq;
    uint32_t asked, expires;  /* s */
    uint8_t purpose;          /* of the REGISTER that is built or waited for */
    uint8_t failures;         /* attempts that failed in a row               */
    uint8_t bad_challenges;   /* in a row                                    */
    uint8_t agreements;       /* security agreements so far                  */
    bool repeated;            /* the attempt has sent a REGISTER before      */
    struct aka_usim *card, *own_card; /* NULL until needed; own: when there is no access side */
    struct sip_cold *credentials; /* of a REGISTER that is under way, or NULL */
    bool challenged;          /* the two below are those of the last challenge (AKA)          */
    bool taken_as_done;       /* there was none: it is made up when the phone registers again */
    uint8_t rand[AKA_RAND], autn[AKA_AUTN];
    struct sip_ipsec client, server;
    struct sip_ipsec agreed;  /* in force: what the P-CSCF offered; spi_c 0: nothing is */
    struct sip_cold *verify;  /* what later requests carry of it; NULL until needed     */
    void (*left)(void *user); /* wanted when deregistered, or NULL           */
    void *left_user;
};

struct ue {
    struct sip_endpoint endpoint;
    struct ue_world *world;
    struct node *node, *pcscf;
    const struct ue_cfg *cfg;
    struct sip_uri pcscf_uri; /* its face towards phones */
    struct sip_hop *routes;   /* of initial requests: the P-CSCF, then the Service-Route; NULL: not registered */
    struct ue_reg reg;
    uint32_t party;
    struct rng *think_rng;
    struct ue_access *access; /* NULL: no access network */
    struct ue_own *own;       /* bearers it asks for itself (ue_own.c); NULL: it does not */
    struct ue_call *calls; /* list over ue_call.next */
    void (*cleared)(void *user); /* wanted when the last call has ended, or NULL */
    void *cleared_user;
};

/* One call at one phone. */
struct ue_call {
    struct fsm fsm;     /* caller: ue_mo_def, called: ue_mt_def; first member */
    struct fsm reserve; /* ue_reserve_def */
    struct fsm offer, answer; /* ue_offer_def, ue_answer_def */
    struct ue *ue;
    struct ue_call *next; /* of this phone */
    uint64_t id;        /* token; also the local tag */
    sim_flow flow;      /* that the call is */
    struct node *callee;
    struct call_plan plan;
    struct sip_dialog dialog;
    struct sdp_session sdp;
    uint64_t invite;    /* client or server transaction of the INVITE */
    uint32_t invite_cseq;
    uint32_t last_rseq; /* caller: of the last reliable response taken */
    uint64_t reinvite;  /* client transaction of the last own re-INVITE */
    uint32_t answered_cseq, acked_cseq; /* of the last own re-INVITE that got a 2xx; that was acknowledged */
    uint64_t again_st;  /* server transaction of the peer's re-INVITE */
    uint32_t again_cseq;
    uint32_t waiting;   /* cause of the condition that came first and had to wait */
    sim_time busy;      /* messages being built are ready no sooner than this */
    uint16_t status;    /* why the call ended */
    uint16_t dropped;   /* cause of the Reason that the network ended it with; 0: it did not */
    bool early, ringing, acked;  /* caller: 1xx seen, 180 seen, ACK was sent */
    bool leaving;       /* BYE is being built or was sent */
    bool confirmed;     /* caller: 200 has come; called: ACK has */
    uint8_t main_event; /* for `fsm`, + 1, when the handler of another machine is done; 0: none */
    uint16_t main_status;
    bool offer_tells, offer_wishes; /* the offer that is out: tells of resources; of what the user wants */
    bool peer_reliable; /* called: the caller supports 100rel */
    bool ring_wanted, ok_wanted; /* called: waits for a PRACK */
    bool turned_away;   /* called: the phone has no room for it and is saying so */
    bool wants_own;     /* the phone's own bearers, which it asks for itself     */
    struct sip_uas uas; /* called */
    struct sip_uas again; /* for the peer's re-INVITE */
};

struct ue_world {
    struct sip_stack *sip;
    const struct mmi_people *people;
    void *people_self;
    struct slab phones, calls, tasks; /* struct ue, struct ue_call, struct task */
    GPtrArray *ues;
};

/* What RX_ events carry: the message and its transaction. */
struct ue_rx {
    struct sip_msg *m;
    uint64_t txn;
};
/* DO_ events (a message has been built) carry a uint64_t. With a server transaction: plus this bit when
 * the response has to hold the answer to an offer. */
#define UE_WITH_ANSWER (UINT64_C(1) << 63)

/* Events of the calling and the called machine. OFFER_FAILED and DIALOG_LOST carry a uint64_t, the status. */
enum {
    MO_DIAL, MO_DO_INVITE, MO_RX_100, MO_RX_1XX, MO_RX_1XX_REL, MO_RX_2XX, MO_RX_FAILURE, MO_TIMEOUT,
    MO_DO_PRACK, MO_DO_PRACK_OFFER, MO_RX_PRACK_OK, MO_RX_PRACK_REFUSED, MO_RESERVED, MO_NOT_RESERVED, MO_OFFER_FAILED,
    MO_DIALOG_LOST, MO_DO_ACK, MO_USER_HANG_UP, MO_DO_CANCEL, MO_DO_BYE, MO_RX_BYE_OK, MO_RX_BYE, MO_DO_BYE_OK, MO_EVENTS
};
enum {
    MT_RX_INVITE, MT_DO_FIRST, MT_RX_PRACK, MT_OFFER_TAKEN, MT_DO_RING, MT_RESERVED, MT_NOT_RESERVED,
    MT_NO_PRACK, MT_USER_ANSWER, MT_USER_REJECT, MT_DO_ANSWER, MT_DO_REFUSE, MT_RX_ACK, MT_NO_ACK, MT_RX_CANCEL,
    MT_USER_HANG_UP, MT_DIALOG_LOST, MT_DO_BYE, MT_RX_BYE, MT_DO_BYE_OK, MT_RX_BYE_OK, MT_TIMEOUT, MT_EVENTS
};
enum {
    RES_START_BEFORE, RES_START_DIAL, RES_START_INVITE, RES_START_ANSWER, RES_TMR_DONE, RES_BEARER, RES_ALL_BEARERS, RES_FOUND,
    RES_OWN_THERE, RES_OWN_REFUSED, RES_RELEASE, RES_EVENTS
};
/* Own offers inside a call (ue_offer.c), and the peer's (ue_answer.c). RX_ events carry a struct ue_rx. */
enum {
    OF_OPEN, OF_DUE, OF_DO_OFFER, OF_RX_OK, OF_RX_INVITE_OK, OF_DO_ACK, OF_RX_OK_AGAIN, OF_RX_REFUSED, OF_TIMEOUT, OF_TMR_RETRY,
    OF_CLOSE, OF_EVENTS
};
enum { AN_OPEN, AN_RX_UPDATE, AN_RX_INVITE, AN_DO_OK, AN_DO_INVITE_OK, AN_RX_ACK, AN_NO_ACK, AN_CLOSE, AN_EVENTS };

/* IANA protocol number. */
enum { UE_UDP = 17 };
/* QCI of the bearer that a medium is carried on (TS 23.203 table 6.1.7). */
static inline uint8_t ue_qci(const struct sdp_media *m)
{
    return m->kind == SDP_AUDIO ? 1 : 2;
}

static inline struct ue_call *call_of(struct fsm *f)
{
    return (struct ue_call *)f;
}
static inline const struct ue_call *const_call_of(const struct fsm *f)
{
    return (const struct ue_call *)f;
}
static inline struct sip_stack *call_sip(const struct ue_call *c)
{
    return c->ue->world->sip;
}
static inline bool ue_is_caller(const struct ue_call *c)
{
    return c->fsm.def == &ue_mo_def;
}

#define UE_ALLOWED                                                                                             \
    (1 << SIP_INVITE | 1 << SIP_ACK | 1 << SIP_CANCEL | 1 << SIP_BYE | 1 << SIP_PRACK | 1 << SIP_UPDATE |      \
     1 << SIP_REFER | 1 << SIP_MESSAGE)

/* ue.c */
struct ue_call *ue_call_new(struct ue *ue, struct fsm_def *def, const struct call_plan *plan);
struct ue_call *ue_call_find(struct ue_world *w, uint64_t id);
void ue_call_ended(struct fsm *f);
/* Guard: the phone has more calls than it can have at a time, this one included. */
bool ue_is_busy(const struct fsm *f, const void *arg);
/* The phone begins to build a message (`what`): event `ev` with `arg` follows after its processing time,
 * in the order of these calls. */
void ue_task(struct ue_call *c, uint8_t ev, uint64_t arg, const char *what);
/* The same for another machine of the call. */
void ue_task_for(struct ue_call *c, struct fsm *f, uint8_t ev, uint64_t arg, const char *what);
/* The same for a response to server transaction `arg`, which is answered even if the call ends before: with 481. */
void ue_task_answer(struct ue_call *c, struct fsm *f, uint8_t ev, uint64_t arg, const char *what);
/* Sends a request inside the dialog to the P-CSCF. */
void ue_send(struct ue_call *c, struct sip_msg *m);
/* A response of this phone to its INVITE, with tag, Contact and, in 1xx, identity. */
/* BYE has come, or CANCEL: for which the network may give a reason. */
void ue_take_bye(struct ue_call *c, const struct sip_msg *bye);
void ue_note_reason(struct ue_call *c, const struct sip_msg *m);
struct sip_msg *ue_invite_response(struct ue_call *c, uint16_t status);
/* Adds own SDP to a message, with the option tag rules for preconditions. */
void ue_put_sdp(struct ue_call *c, struct sip_msg *m, struct sdp *sdp);
/* Reservation of resources (ue_reserve.c). */
void ue_reserve_init(struct ue_call *c);
void ue_reserve_event(struct ue_call *c, uint8_t ev);
void ue_reserve_bearer(struct ue_call *c, uint8_t qci, const struct ue_tft *tft);

/* Offers inside the call, own (ue_offer.c) and the peer's (ue_answer.c). OF_DUE: one may be due. */
void ue_offer_event(struct ue_call *c, uint8_t ev, const void *arg);
/* A response to UPDATE or re-INVITE. */
void ue_offer_response(struct ue_call *c, const struct ue_rx *rx);
bool ue_answer_event(struct ue_call *c, uint8_t ev, const void *arg);
bool ue_answer_is_idle(const struct ue_call *c);
/* Takes a request that may hold an offer and plans its 200; false: it was refused. */
bool ue_take_request(struct ue_call *c, const void *rx, const char *what);
/* The answer that is owed, if one is, into a message. */
void ue_put_answer(struct ue_call *c, struct sip_msg *m);
/* No more offers: the call is ending. */
void ue_close_offers(struct ue_call *c);
/* Bearers that the phone asks for itself (ue_own.c): made for phones that do. A call wants them, and is told by RES_OWN_THERE or
 * RES_OWN_REFUSED, perhaps before this returns; or wants them no more. The phone has registered. */
void ue_own_init(struct ue *ue);
void ue_own_clear(struct ue *ue);
void ue_own_want(struct ue *ue);
void ue_own_want_less(struct ue *ue);
void ue_own_registered(struct ue *ue);

/* Registration (ue_reg.c). */
void ue_reg_init(struct ue *ue);
void ue_reg_clear(struct ue *ue);
/* A final response to the REGISTER of client transaction ct; m NULL: none came. */
void ue_reg_response(struct ue *ue, uint64_t ct, const struct sip_msg *m);
/* Processing time of the next message. */
sim_time ue_think(struct ue *ue);
/* What requests outside a call carry: the access network, the security agreement. */
void ue_put_access(struct ue *ue, struct sip_msg *m);

/* Release, the same on both sides (ue_bye.c): BYE built; its final response came; the 200 to the peer's BYE
 * built, or sent without delay because our own BYE is out. */
bool ue_send_bye(struct fsm *f, const void *arg);
bool ue_released(struct fsm *f, const void *arg);
bool ue_answer_bye(struct fsm *f, const void *arg);
bool ue_answer_bye_now(struct fsm *f, const void *arg);

#endif
