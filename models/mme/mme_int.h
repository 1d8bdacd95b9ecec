/* mme_int.h - what the files of the MME share.
 *
 * A phone has one context, struct mme_ue; its id is MME-UE-S1AP-ID and TEID on S11 at once, and its first M-TMSI. Below
 * it hang its PDN connections and bearers, and the requests of the S-GW that wait for the phone (struct
 * mme_job). Each procedure is a machine of its own; they tell each other by events. A UE context ends
 * only with the machines of mme_release.c or mme_detach.c, a PDN connection and a bearer with their own.
 *
 * The machines, and all else that only goes on for a while, stand in struct mme_work: an idle phone, of which there may be
 * a million, has none (mme_rest.c). */
#ifndef MODELS_MME_MME_INT_H
#define MODELS_MME_MME_INT_H

#include "models/mme/mme.h"
#include "sim/cause.h"
#include "sim/waitlist.h"

enum {
    MME_FIRST_EBI = 5, /* TS 24.007 11.2.3.1.5 */
    MME_LAST_EBI = 15,
    MME_REPEATS = 4, /* of a NAS message, then it is given up: TS 24.301, notes of tables 10.2.2, 10.3.2 */
    MME_N3 = 3,      /* a request on S11 is sent so often at most: TS 29.274 7.6, N3-REQUESTS */
    MME_RESYNCS = 2, /* times one attach may resynchronise SQN */
    MME_KEPT = 4,    /* answers on S11 kept for repeated requests */
};

/* TS 36.413 9.2.1.3, radio network layer: unknown-pair-ue-s1ap-id. */
enum { MME_CAUSE_UNKNOWN_PAIR = 15 };

/* Two answers awaited at once: the eNB's and the phone's. */
enum { GOT_RAB = 1, GOT_NAS = 2 };

struct mme {
    struct node *node;
    const struct epc *epc;
    struct mme_cfg cfg;
    struct ctx_pool ues;
    struct slab works, pdns, bearers, jobs, asks, entries, requests, held;
    struct waitlist reachable, leaving; /* phones in idle mode (mme_reach.c)         */
    struct idmap by_imsi;      /* IMSI -> id of the UE context                       */
    struct rng *authenticates; /* which service requests; NULL: none                 */
    GPtrArray *subscriptions;  /* those that differ; their MSISDN stands with the UE */
    uint32_t seq;              /* of the last request on S11                         */
};

/* A request on S11 that awaits its answer (mme_s11.c): of a PDN connection, or of the phone. */
struct mme_request {
    struct fsm fsm; /* first member */
    struct mme_request *next; /* of this phone */
    struct mme_ue *ue;
    struct mme_pdn *pdn;  /* whose it is, or NULL                               */
    struct gtp_msg *kept; /* to be repeated                                     */
    uint32_t seq;
    uint8_t tries;
    uint8_t ebi; /* of a Delete Bearer Command, which a request answers; else 0 */
    bool lost;   /* given up */
};

/* A request of the S-GW that waits until the phone has a connection. */
struct mme_held {
    struct mme_held *next;
    struct gtp_msg *m; /* owned reference */
    struct cause_kept from;
};

struct mme_pdn {
    struct fsm fsm;
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
    uint8_t pti; /* the phone's transaction that the job answers; 0: the phone did not ask */
};

/* What the phone asks for (BEARER RESOURCE ... REQUEST), until the S-GW has answered. */
struct mme_ask {
    struct fsm fsm; /* first member */
    struct mme_ask *next;
    struct mme_ue *ue;
    struct gtp_msg *kept; /* the command, to be repeated */
    uint8_t pti, tries;
    bool release; /* to be rid of a bearer */
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

/* What there is while something goes on for a phone. */
struct mme_work {
    struct fsm attach, auth, detach, release, service, paging, tau;
    struct mme_ue *ue;
    struct mme_entry *entry;
    struct mme_job *jobs;
    struct mme_ask *asks;
    struct mme_request *requests;
    struct mme_held *held; /* in the order in which they came */
    struct gtp_msg *kept[MME_KEPT];
    struct msg *accept;    /* TRACKING AREA UPDATE ACCEPT that is repeated, or NULL          */
    uint64_t session;      /* of the S6a request under way, 0: none                          */
    uint16_t release_cause;
    uint8_t next_kept, pages, accepts; /* pages: sent for one paging; accepts: of the update */
    bool switch_off;
    bool leaving;     /* the context goes when the connection has                            */
    bool radio_lost;  /* the release is for a lost radio connection                          */
    bool notified;    /* the S-GW has packets for the phone                                  */
    bool wants_data;  /* the update under way asks for bearers                               */
};

struct mme_ue {
    uint32_t id; /* first: found by it (sim/ctx.h) */
    uint32_t enb_id;
    struct mme *mme;
    struct mme_work *work; /* NULL: idle, and nothing goes on                                */
    struct node *enb;      /* of the S1 connection, or of the last one                       */
    uint64_t imsi, msisdn;
    const struct ie_subscription *sub;
    struct mme_pdn *pdns;
    struct mme_bearer *bearers;
    struct waitlist_node wait; /* in idle mode: mobile reachable, then implicit detach       */
    struct ie_key kasme;
    struct ie_uli uli;
    uint32_t sessions; /* S6a requests so far */
    uint32_t m_tmsi, old_m_tmsi; /* old: until the phone has confirmed the new one; else 0   */
    uint16_t radio_capability; /* 0 = not known */
    uint8_t nas_count;
    bool secured;
    bool connected;   /* there is an S1 connection (ECM-CONNECTED)                           */
    bool unreachable; /* not paged any more                                                  */
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
    PD_DISCONNECTED,
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
enum { MR_END, MR_WAIT_SGW, MR_WAIT_COMPLETE, MR_STATES };
enum { MR_RX_REQUEST, MR_RELEASE, MR_RX_RELEASED, MR_NO_ANSWER, MR_RX_COMPLETE, MR_TMR, MR_REPLACED, MR_EVENTS };
enum { SV_END, SV_AUTHENTICATING, SV_WAIT_CONTEXT, SV_MODIFYING, SV_STATES };
enum {
    SV_RX_REQUEST, SV_UPDATED, SV_SECURED, SV_NOT_AUTHENTICATED, SV_RX_CONTEXT_RSP, SV_RX_CONTEXT_FAILURE, SV_MODIFIED,
    SV_TMR, SV_STOP, SV_EVENTS
};
enum { PG_END, PG_HELD, PG_WAIT, PG_STATES };
enum { PG_NEEDED, PG_IDLE, PG_TMR_T3413, PG_ANSWERED, PG_EVENTS };
enum { TU_END, TU_WAIT_COMPLETE, TU_STATES };
enum { TU_RX_REQUEST, TU_RX_COMPLETE, TU_TMR_T3450, TU_STOP, TU_EVENTS };

/* ---- mme.c: contexts and messages ------------------------------------------------------------------- */

struct mme_ue *mme_ue_new(struct mme *mme, struct node *enb, uint32_t enb_id, const struct ie_uli *uli);
/* From now on it is found by this IMSI. */
void mme_ue_name(struct mme_ue *u, uint64_t imsi);
void mme_ue_free(struct mme_ue *u);
void mme_entry_free(struct mme_ue *u);
/* What an authentication needs. */
void mme_entry_new(struct mme_ue *u);
/* The phone is there by this S1 connection; whatever it had before is gone. */
void mme_connect(struct mme_ue *u, struct node *enb, uint32_t enb_id, const struct ie_uli *uli);
bool mme_ue_is_registered(const struct mme_ue *u);
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

/* ---- mme_rest.c: phones at rest --------------------------------------------------------------------- */

/* Before something is done to a phone that may be idle. */
void mme_wake(struct mme_ue *u);
/* Forgets what goes on. */
void mme_work_free(struct mme_ue *u);
/* An idle phone for which nothing goes on needs nothing more; else nothing happens. No handler of its machines may run. */
void mme_doze(struct mme_ue *u);

/* ---- mme_s11.c: requests and answers on S11 --------------------------------------------------------- */

/* Sends a request for this PDN connection; the answer comes to its machine, or PD_NO_ANSWER. */
void mme_request_send(struct mme_pdn *p, struct gtp_msg *m);
void mme_request_stop(struct mme_pdn *p);
/* Release Access Bearers Request: MR_RX_RELEASED or MR_NO_ANSWER follows. */
void mme_request_release(struct mme_ue *u);
/* Has a dedicated bearer deleted by the P-GW: Delete Bearer Command. */
void mme_command_delete(struct mme_ue *u, uint8_t ebi);
/* Forgets all requests under way. */
void mme_requests_free(struct mme_ue *u);
/* Something from the S-GW for this phone (NULL: nobody has its TEID). */
void mme_rx_s11(struct mme *mme, struct mme_ue *u, struct gtp_msg *m);
/* Sends an answer and keeps it for a repetition of the request. */
void mme_answer(struct mme_ue *u, struct gtp_msg *m);
/* Requests of the S-GW that wait for the phone: their time has come, or will not come. */
void mme_held_go(struct mme_ue *u);
void mme_held_refuse(struct mme_ue *u);
void mme_held_free(struct mme_ue *u);
/* A Downlink Data Notification that was accepted comes to nothing. */
void mme_data_fails(struct mme_ue *u);

/* ---- mme_auth.c, mme_attach.c ----------------------------------------------------------------------- */

/* The cause to refuse a phone with that the HSS has refused (TS 29.272 annex A; unverified). */
uint8_t mme_cause_of_result(uint32_t result);
/* Keeps a subscription that equals none known yet; returns the one that is kept. */
const struct ie_subscription *mme_intern(struct mme *mme, const struct ie_subscription *sub);
/* The GUTI that the phone gets, and the tracking areas where it need not report. */
struct ie_guti mme_guti(const struct mme_ue *u);
struct ie_tai_list mme_tai_list(const struct mme_ue *u);
/* T3412 as a GPRS timer (TS 24.008 10.5.7.3): rounded up to what that can say. */
uint8_t mme_t3412(const struct mme_ue *u);
/* KeNB for a NAS count (TS 33.401 A.3). */
struct ie_key mme_kenb(const struct mme_ue *u, uint32_t count);

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
/* Tells the S-GW of the eNB's ends of all PDN connections that are up; SV_MODIFIED follows for each. */
void mme_pdns_modify(struct mme_ue *u);
/* Whether one of these answers is still to come. */
bool mme_pdns_are_modified(const struct mme_ue *u);
/* The phone's connection is gone: what was under way between the two is given up. */
void mme_pdns_disconnected(struct mme_ue *u);
/* Whether nothing goes on for any of them. */
bool mme_pdns_rest(const struct mme_ue *u);
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
/* Answers a Create or Update Bearer Request for a phone that cannot be reached. */
void mme_refuse_bearer_request(struct mme_ue *u, struct gtp_msg *m, uint8_t cause);
/* What its job says about a bearer. */
const struct ie_bearer *mme_job_item(const struct mme_bearer *b);
/* One bearer less to wait for before the job's message to the eNB goes. */
void mme_job_send(struct mme_job *j);
/* A bearer has done its part of a job. */
void mme_bearer_done(struct mme_bearer *b, uint8_t cause);
void mme_job_free(struct mme_job *j);

/* ---- mme_ask.c -------------------------------------------------------------------------------------- */

/* The phone asks for a bearer, or to be rid of one. */
void mme_asked(struct mme_ue *u, const struct nas_msg *m);
/* A request of the S-GW, which a command may have triggered: false, when nobody waits for that any more. Bearer Resource
 * Failure Indication. */
bool mme_ask_triggered(struct mme_ue *u, const struct gtp_msg *m);
void mme_ask_failed(struct mme_ue *u, const struct gtp_msg *m);
/* BEARER RESOURCE ALLOCATION REJECT, or MODIFICATION REJECT (`release`). */
void mme_refuse_bearer(struct mme_ue *u, uint8_t pti, bool release, uint8_t cause);
void mme_asks_stop(struct mme_ue *u);
void mme_ask_free(struct mme_ask *a);

/* ---- warm start: the state that each procedure leaves behind (mme_warm.c has the whole) -------------- */

void mme_attach_warm(struct mme_ue *u, const struct ie_subscription *sub);
void mme_auth_warm(struct mme_ue *u);
/* The PDN connection and its default bearer as they are when Modify Bearer has been answered. */
void mme_pdn_warm(struct mme_pdn *p, const struct epc_warm *w, const struct epc_warm_pdn *pdn);

/* The phone has gone to idle mode. */
void mme_release_warm(struct mme_ue *u);

/* ---- mme_release.c ---------------------------------------------------------------------------------- */

/* Gives up what is under way between a registered phone and the MME: the connection that it went over is gone. */
void mme_abandon(struct mme_ue *u);

/* Ends the UE context: releases the S1 connection, if there is one, and with it the context goes. */
void mme_release(struct mme_ue *u, uint16_t cause);
/* Releases the S1 connection; the phone stays registered. */
void mme_release_connection(struct mme_ue *u, uint16_t cause);
/* Whether the S1 connection is there to stay, for now: requests of the S-GW need not wait. */
bool mme_is_usable(const struct mme_ue *u);

/* ---- mme_service.c, mme_paging.c, mme_tau.c, mme_reach.c -------------------------------------------- */

void mme_service_requested(struct mme_ue *u, const struct nas_msg *m);
/* Something is to be sent to a phone that has no bearers now: finds it, if it has to be found. */
void mme_reach_phone(struct mme_ue *u);
/* The phone is in idle mode from now on (`since`: or from an earlier time on, of a warm start); it is no longer. */
void mme_reach_begin(struct mme_ue *u, sim_time since);
void mme_reach_end(struct mme_ue *u);
void mme_reach_new(struct mme *mme);
void mme_reach_free(struct mme *mme);

#endif
