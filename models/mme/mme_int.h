/* mme_int.h - what the files of the MME share.
 *
 * A phone has one context, struct mme_ue; its id is MME-UE-S1AP-ID, TEID on S11 and M-TMSI at once. Below
 * it hang its PDN connections and bearers, and the requests of the S-GW that wait for the phone (struct
 * mme_job). Each procedure is a machine of its own; they tell each other by events. A UE context ends
 * only with the machine of mme_release.c, a PDN connection and a bearer with their own. */
#ifndef MODELS_MME_MME_INT_H
#define MODELS_MME_MME_INT_H

#include "models/mme/mme.h"

enum {
    MME_FIRST_EBI = 5, /* TS 24.007 11.2.3.1.5 */
    MME_LAST_EBI = 15,
    MME_REPEATS = 4, /* of a NAS message, then it is given up: TS 24.301, notes of tables 10.2.2, 10.3.2 */
    MME_N3 = 3,      /* a request on S11 is sent so often at most: TS 29.274 7.6, N3-REQUESTS */
    MME_RESYNCS = 2, /* times one attach may resynchronise SQN */
    MME_KEPT = 4,    /* answers on S11 kept for repeated requests */
};

/* Two answers awaited at once: the eNB's and the phone's. */
enum { GOT_RAB = 1, GOT_NAS = 2 };

struct mme {
    struct node *node;
    const struct epc *epc;
    struct mme_cfg cfg;
    struct ctx_pool ues;
    struct slab pdns, bearers, jobs, entries;
    struct idmap by_imsi;      /* IMSI -> id of the UE context                       */
    GPtrArray *subscriptions;  /* those that differ; their MSISDN stands with the UE */
    uint32_t seq;              /* of the last request on S11                         */
};

/* A request on S11 that awaits its answer (mme_s11.c). */
struct mme_request {
    struct fsm fsm;
    struct gtp_msg *kept; /* to be repeated */
    uint32_t seq;
    uint8_t tries;
    bool lost; /* given up */
};

struct mme_pdn {
    struct fsm fsm;
    struct mme_request request;
    struct mme_pdn *next;
    struct mme_ue *ue;
    const struct ie_apn_config *apn;
    struct msg *asked; /* PDN CONNECTIVITY REQUEST, until it is answered                         */
    struct msg *nas;   /* what is repeated to the phone, or NULL                                 */
    uint32_t sgw_teid; /* S11 */
    uint32_t ip;
    uint8_t ebi;     /* of its default bearer */
    uint8_t pti, tries, got;
    bool at_attach;  /* asked for inside ATTACH REQUEST, and the attach still goes on */
};

struct mme_bearer {
    struct fsm fsm;
    struct mme_bearer *next; /* in the order of EBI */
    struct mme_ue *ue;
    struct mme_pdn *pdn;
    struct mme_job *job; /* the request it is part of now, or NULL */
    struct msg *nas;     /* what is repeated to the phone, or NULL */
    struct ie_qos qos;
    struct ie_fteid enb, sgw; /* S1-U */
    uint8_t ebi, place;       /* in its job */
    uint8_t tries, got;
};

/* Create, Update or Delete Bearer Request: answered when all its bearers are done. */
struct mme_job {
    struct mme_job *next;
    struct mme_ue *ue;
    struct gtp_msg *request;
    struct s1ap_msg *out; /* goes when `unready` bearers have put in their part */
    uint32_t sgw_teid;
    uint8_t n, left, unready;
    struct mme_done {
        uint8_t ebi, cause;
        struct ie_fteid enb, sgw;
    } done[IE_MAX_BEARERS];
};

/* What only an attach that goes on needs. */
struct mme_entry {
    struct msg *asked; /* ATTACH REQUEST */
    struct msg *nas;   /* what is repeated to the phone, or NULL */
    struct ie_eps_vector vector;
    struct ie_resync resync;
    uint8_t tries, resyncs, got;
};

struct mme_ue {
    uint32_t id; /* first: found by it (sim/ctx.h) */
    struct fsm attach, auth, detach, release;
    struct mme *mme;
    struct node *enb;
    uint64_t imsi, msisdn, session; /* session: of the S6a request under way, 0: none */
    const struct ie_subscription *sub;
    struct mme_entry *entry;
    struct mme_pdn *pdns;
    struct mme_bearer *bearers;
    struct mme_job *jobs;
    struct gtp_msg *kept[MME_KEPT];
    struct ie_key kasme;
    struct ie_uli uli;
    uint32_t enb_id, sessions;
    uint16_t release_cause, radio_capability; /* capability: 0 = not known */
    uint8_t nas_count, next_kept;
    bool secured, switch_off;
    struct ie_security_caps capability;
};

/* ---- events, in the order of the flow --------------------------------------------------------------- */

enum {
    MA_RX_ATTACH_REQUEST,
    MA_SECURED,
    MA_HSS_REFUSED,
    MA_NOT_AUTHENTICATED,
    MA_RX_ULA,
    MA_TMR_TX,
    MA_SESSION_CREATED,
    MA_SESSION_LOST,
    MA_RX_CONTEXT_RSP,
    MA_RX_CONTEXT_FAILURE,
    MA_RX_ATTACH_COMPLETE,
    MA_TMR_T3450,
    MA_MODIFIED,
    MA_DETACH,
    MA_EVENTS
};
enum {
    MA_END,
    MA_AUTHENTICATING,
    MA_WAIT_ULA,
    MA_CREATING,
    MA_WAIT_UE,
    MA_MODIFYING,
    MA_REGISTERED,
    MA_STATES
};
enum {
    AU_START,
    AU_RX_AIA,
    AU_TMR_TX,
    AU_RX_RESPONSE,
    AU_RX_SYNCH_FAILURE,
    AU_RX_FAILURE,
    AU_TMR_T3460,
    AU_RX_SECURED,
    AU_RX_NOT_SECURED,
    AU_STOP,
    AU_EVENTS
};
enum {
    PD_ATTACH,
    PD_RX_REQUEST,
    PD_RX_CREATE_RSP,
    PD_NO_ANSWER,
    PD_RX_ERAB_SETUP,
    PD_RX_ERAB_FAILED,
    PD_RX_ACCEPT,
    PD_RX_REJECT,
    PD_TMR_T3485,
    PD_MODIFY,
    PD_RX_MODIFY_RSP,
    PD_DELETE,
    PD_RX_DELETE_RSP,
    PD_GONE,
    PD_EVENTS
};
enum {
    BR_DEFAULT,
    BR_CREATE,
    BR_RX_ERAB_SETUP,
    BR_RX_ACTIVATED,
    BR_RX_ERAB_FAILED,
    BR_RX_REFUSED,
    BR_TMR_T3485,
    BR_UPDATE,
    BR_RX_ERAB_MODIFIED,
    BR_RX_MODIFIED,
    BR_TMR_T3486,
    BR_OVERTAKEN,
    BR_DELETE,
    BR_RX_ERAB_RELEASED,
    BR_RX_DEACTIVATED,
    BR_TMR_T3495,
    BR_ABORT,
    BR_EVENTS
};
enum { MD_RX_DETACH_REQUEST, MD_IMPLICIT, MD_SESSION_GONE, MD_EVENTS };
enum { MR_RELEASE, MR_RX_COMPLETE, MR_TMR, MR_EVENTS };

/* ---- mme.c: contexts and messages ------------------------------------------------------------------- */

struct mme_ue *mme_ue_new(struct mme *mme, struct node *enb, uint32_t enb_id, const struct ie_uli *uli);
/* From now on it is found by this IMSI. */
void mme_ue_name(struct mme_ue *u, uint64_t imsi);
void mme_ue_free(struct mme_ue *u);
void mme_entry_free(struct mme_ue *u);
/* Gives up a kept message. */
void mme_drop(const struct mme *mme, struct msg **m);

static inline sim_time mme_timer(const struct mme_ue *u, enum timer_id t)
{
    return u->mme->epc->timer[t];
}
/* The ids of the phone's S1 connection, in a body of S1AP. */
#define MME_IDS(u, body) ((void)((body)->mme_id = (u)->id, (body)->enb_id = (u)->enb_id))
void mme_send_s1ap(struct mme_ue *u, struct s1ap_msg *m);

/* An ESM message, not sealed. */
struct nas_msg *mme_esm(const struct mme_ue *u, enum nas_type type, uint8_t ebi, uint8_t pti);
/* Secures, when there is a security context, and completes a message that travels by itself. */
struct msg *mme_protect(struct mme_ue *u, struct nas_msg *m);
/* Sends it in DOWNLINK NAS TRANSPORT; takes over the reference. */
void mme_send_nas(struct mme_ue *u, struct msg *nas);
/* PDN CONNECTIVITY REJECT, complete but not secured. */
struct nas_msg *mme_connectivity_reject(const struct mme_ue *u, uint8_t pti, uint8_t cause);

/* An S6a request of the phone; gets a session of its own. */
struct dia_msg *mme_s6a_request(struct mme_ue *u, enum dia_type type);
void mme_send_s6a(struct mme_ue *u, struct dia_msg *m);
static inline const struct dia_msg *mme_dia(const void *arg)
{
    return (const struct dia_msg *)arg;
}

struct mme_pdn *mme_find_pdn(const struct mme_ue *u, uint8_t ebi);
struct mme_bearer *mme_find_bearer(const struct mme_ue *u, uint8_t ebi);

/* ---- mme_s11.c: requests and answers on S11 --------------------------------------------------------- */

/* Sends a request for this PDN connection; the answer comes to its machine, or PD_NO_ANSWER. */
void mme_request_send(struct mme_pdn *p, struct gtp_msg *m);
void mme_request_stop(struct mme_pdn *p);
/* Something from the S-GW for this phone (NULL: nobody has its TEID). */
void mme_rx_s11(struct mme *mme, struct mme_ue *u, struct gtp_msg *m);
/* Sends an answer and keeps it for a repetition of the request. */
void mme_answer(struct mme_ue *u, struct gtp_msg *m);

/* ---- mme_auth.c, mme_attach.c ----------------------------------------------------------------------- */

/* The cause to refuse a phone with that the HSS has refused (TS 29.272 annex A; unverified). */
uint8_t mme_cause_of_result(uint32_t result);
/* Keeps a subscription that equals none known yet; returns the one that is kept. */
const struct ie_subscription *mme_intern(struct mme *mme, const struct ie_subscription *sub);
/* The GUTI that the phone gets. */
struct ie_guti mme_guti(const struct mme_ue *u);

/* ---- mme_pdn.c -------------------------------------------------------------------------------------- */

/* The access point a PDN CONNECTIVITY REQUEST asks for by this name, or (NULL) the default one; NULL: not
 * subscribed. */
const struct ie_apn_config *mme_select_apn(const struct ie_subscription *sub, const char *name);
/* The name that it gives, or NULL. */
const char *mme_asked_apn(const struct nas_msg *request);
/* A PDN connection to this access point (NULL: not subscribed) in its start state, asked for in this
 * procedure transaction; NULL: no EBI is free. */
struct mme_pdn *mme_pdn_new(struct mme_ue *u, const struct ie_apn_config *apn, uint8_t pti);
/* It refers to this PDN CONNECTIVITY REQUEST until it is answered. */
void mme_pdn_ask(struct mme_pdn *p, const struct nas_msg *request);
void mme_pdn_free(struct mme_pdn *p);
/* ACTIVATE DEFAULT EPS BEARER CONTEXT REQUEST from a Create Session Response, not sealed. */
struct nas_msg *mme_activate_default(const struct mme_pdn *p, const struct gtp_create_session_rsp *session);
/* Whether its default bearer can be used: dedicated ones may be added. */
bool mme_pdn_is_up(const struct mme_pdn *p);
/* The phone asks for another PDN connection. */
void mme_pdn_requested(struct mme_ue *u, const struct nas_msg *m);

/* ---- mme_bearer.c, mme_job.c ------------------------------------------------------------------------ */

/* A bearer with the lowest free identity, in its start state; NULL: none is free. */
struct mme_bearer *mme_bearer_new(struct mme_ue *u, struct mme_pdn *p);
void mme_bearer_free(struct mme_bearer *b);
/* Ends all bearers of a PDN connection that is gone. */
void mme_bearers_drop(struct mme_pdn *p);
/* Ends those that something is being done to, and answers the S-GW: the phone leaves. */
void mme_bearers_abort(struct mme_ue *u);
bool mme_bearer_is_active(const struct mme_bearer *b);
/* The E-RAB as it is to be set up or modified; takes over `nas`. */
struct ie_erab mme_erab(const struct mme_bearer *b, struct msg *nas);
/* E-RAB RELEASE COMMAND for n bearers; takes over `nas`, which may be NULL. */
void mme_release_erabs(struct mme_ue *u, const uint8_t ebi[], unsigned n, struct msg *nas);

void mme_rx_bearer_request(struct mme_ue *u, struct gtp_msg *m);
/* What its job says about a bearer. */
const struct ie_bearer *mme_job_item(const struct mme_bearer *b);
/* One bearer less to wait for before the job's message to the eNB goes. */
void mme_job_send(struct mme_job *j);
/* A bearer has done its part of a job. */
void mme_bearer_done(struct mme_bearer *b, uint8_t cause);
void mme_job_free(struct mme_job *j);

/* ---- warm start: the state that each procedure leaves behind (mme_warm.c has the whole) -------------- */

void mme_attach_warm(struct mme_ue *u, const struct ie_subscription *sub);
void mme_auth_warm(struct mme_ue *u);
/* The PDN connection and its default bearer as they are when Modify Bearer has been answered. */
void mme_pdn_warm(struct mme_pdn *p, const struct epc_warm *w, const struct epc_warm_pdn *pdn);

/* ---- mme_release.c ---------------------------------------------------------------------------------- */

/* Releases the S1 connection; with it the UE context ends. */
void mme_release(struct mme_ue *u, uint16_t cause);

#endif
