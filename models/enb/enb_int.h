/* enb_int.h - what the files of the eNB share: the context of a phone and of an E-RAB. */
#ifndef MODELS_ENB_ENB_INT_H
#define MODELS_ENB_ENB_INT_H

#include "models/access/cell.h"
#include "models/enb/enb.h"

/* C-RNTIs: 003D to FFF3 (TS 36.321 7.1, unverified). */
#define ENB_RNTI_FIRST 0x3du
#define ENB_RNTIS      (0xfff3u - ENB_RNTI_FIRST + 1)

#define ENB_DRBS 8 /* data radio bearers of a phone, numbered from 1 (TS 36.331 6.3.2, unverified) */

/* Causes of TS 36.413 9.2.1.3, radio network layer, that ie_enums.def does not name. */
enum {
    ENB_CAUSE_UNKNOWN_ENB_ID = 14, /* unknown-enb-ue-s1ap-id               */
    ENB_CAUSE_UNKNOWN_PAIR = 15,   /* unknown-pair-ue-s1ap-id              */
    ENB_CAUSE_RADIO_PROCEDURE = 26, /* failure-in-radio-interface-procedure */
    ENB_CAUSE_SAME_ERAB = 31,      /* multiple-E-RAB-ID-instances          */
};
#define ENB_DONE UINT8_MAX /* instead of a cause: nothing has failed */

struct enb {
    const struct epc *epc;
    struct node *node;
    struct enb_cfg cfg;
    struct fsm data, paging; /* machines without memory: all packets, all pages */
    struct fsm random;       /* another for all preambles                       */
    struct slab pages;       /* that wait for their occasion                    */
    uint32_t accesses;       /* preambles answered                              */
    struct ctx_pool ues;     /* struct enb_ue; id: eNB-UE-S1AP-ID            */
    struct ctx_pool erabs;   /* struct enb_erab; id: own TEID               */
    struct idmap by_phone;   /* node id of a phone + 1 -> id of its context */
    uint64_t discarded;
};

/* A phone with an RRC connection. One procedure at a time reconfigures it: `request` is the S1AP message
 * that asked for it. */
struct enb_ue {
    uint32_t id; /* eNB-UE-S1AP-ID; first member */
    uint32_t mme_id;
    uint32_t rnti;
    struct fsm connection, context, erabs, release;
    struct enb *enb;
    struct node *phone;
    struct msg *request;              /* owned reference, or NULL                                       */
    GQueue waiting;                   /* struct enb_waiting *: requests behind it                       */
    uint32_t erab[ENB_DRBS];          /* by DRB identity - 1: TEID, 0: free                             */
    uint8_t outcome[IE_MAX_BEARERS];  /* by place in the request: ENB_DONE, or the cause of the failure */
    uint8_t establishment;            /* cause of the RRC connection                                    */
    bool knows_mme;                   /* mme_id is known                                                */
    bool has_s_tmsi;
    struct ie_s_tmsi s_tmsi;
};

/* A request that waits for its turn, with the user action that it serves. */
struct enb_waiting {
    struct msg *m; /* owned reference */
    sim_flow flow;
    uint32_t cause;
};

struct enb_erab {
    uint32_t id; /* own TEID; first member */
    uint32_t ue; /* eNB-UE-S1AP-ID         */
    uint32_t sgw_teid;
    uint8_t ebi, drb;
    struct ie_qos qos;
    struct node *sgw;
    bool admitted;             /* has a guaranteed bit rate, and */
    struct cell_shares shares; /* takes these of the cell        */
};

/* Events of the machines. */
enum {
    CON_RX_REQUEST, CON_RX_SETUP_COMPLETE, CON_RX_UPLINK_NAS, CON_RX_DOWNLINK_NAS, CON_RELEASED,
    CON_TMR_GUARD, CON_EVENTS
};
enum {
    CTX_RX_REQUEST, CTX_RX_CAPABILITY, CTX_RX_SECURED, CTX_RX_NOT_SECURED, CTX_RX_RECONFIGURED,
    CTX_RELEASED, CTX_TMR_GUARD, CTX_EVENTS
};
enum {
    ERAB_OPEN, ERAB_RX_SETUP, ERAB_RX_MODIFY, ERAB_RX_RELEASE, ERAB_RX_RECONFIGURED, ERAB_RELEASED,
    ERAB_TMR_GUARD, ERAB_EVENTS
};
enum { DATA_RX_UPLINK, DATA_RX_DOWNLINK, DATA_EVENTS };
enum { RND_RX_PREAMBLE, RND_EVENTS };
enum {
    REL_OPEN, REL_TRAFFIC, REL_TMR_INACTIVITY, REL_RX_COMMAND, REL_RX_NEW_REQUEST, REL_RX_ERROR,
    REL_LOST, REL_REFUSED, REL_RADIO_LOST, REL_RADIO_BACK, REL_TMR_RADIO, REL_TMR_GUARD, REL_EVENTS
};
enum { PAG_RX_PAGING, PAG_OCCASION, PAG_EVENTS };

/* The context a machine belongs to. */
#define ENB_UE_OF(f, machine) ((struct enb_ue *)(void *)((char *)(f) - offsetof(struct enb_ue, machine)))
#define ENB_CONST_UE_OF(f, machine) \
    ((const struct enb_ue *)(const void *)((const char *)(f) - offsetof(struct enb_ue, machine)))

static inline const struct s1ap_msg *enb_s1ap(const void *m)
{
    return m;
}
static inline const struct rrc_msg *enb_rrc(const void *m)
{
    return m;
}

/* ---- enb.c: contexts and messages ------------------------------------------------------------------- */

/* A new context of this phone, with its machines at their start. */
struct enb_ue *enb_ue_new(struct enb *enb, struct node *phone);
/* Frees the context and all that belongs to it. No handler of its machines may be running. */
void enb_ue_free(struct enb_ue *ue);
/* Its C-RNTI. */
uint32_t enb_rnti(const struct enb_ue *ue);
/* A message to this phone; complete and send it with enb_send_rrc(). */
struct rrc_msg *enb_rrc_new(const struct enb_ue *ue, enum rrc_type type);
void enb_send_rrc(const struct enb_ue *ue, struct rrc_msg *m);
/* Completes a message and sends it to the MME. */
void enb_send_s1ap(const struct enb *enb, struct s1ap_msg *m);
/* Sends a NAS message on to the phone; takes a reference of its own. */
void enb_send_nas(const struct enb_ue *ue, struct msg *nas);

/* ---- enb_erab.c: what initial context set-up needs too ---------------------------------------------- */

/* The E-RABs a request is about. */
const struct ie_erabs *enb_asked(const struct msg *request);
/* Makes this the request that is carried out: sets up those of its E-RABs that can be, with `outcome` for
 * each. False: none can. */
bool enb_begin_setup(struct enb_ue *ue, const struct s1ap_msg *request);
/* RRCConnectionReconfiguration for the request that is carried out. */
void enb_reconfigure(struct enb_ue *ue);
/* Fills in, for an answer, what was done and what has failed. */
void enb_report(const struct enb_ue *ue, struct ie_erabs *done, struct ie_erabs *failed);
/* The request has been carried out. */
void enb_end_request(struct enb_ue *ue);
/* It has not: takes back what was set up for it, with this cause as its outcome. */
void enb_undo_setup(struct enb_ue *ue, uint8_t cause);

/* ---- warm start: the state that each procedure leaves behind (enb_warm.c has the whole) --------------------- */

void enb_connection_warm(struct enb_ue *ue, uint8_t establishment);
void enb_context_warm(struct enb_ue *ue);
/* NULL: there is no room for it, or no such S-GW. */
const struct enb_erab *enb_erab_warm(struct enb_ue *ue, const struct ie_erab *item);

/* ---- enb_release.c, enb_paging.c ---------------------------------------------------------------------- */

/* Something goes to the phone or comes from it. */
void enb_traffic(struct enb_ue *ue);
void enb_paging_new(struct enb *enb);

/* ---- enb_admit.c -------------------------------------------------------------------------------------- */

/* Whether the cell has room for an E-RAB with this QoS, instead of what it has; if so, it is taken. */
bool enb_admit(const struct enb_ue *ue, struct enb_erab *e, const struct ie_qos *qos);
/* The E-RAB goes. */
void enb_give_back(const struct enb *enb, struct enb_erab *e);

/* ---- enb_random.c ------------------------------------------------------------------------------------- */

/* A preamble from this phone. */
void enb_random_rx(struct enb *enb, const struct rrc_msg *m, struct node *phone);

/* ---- enb_data.c --------------------------------------------------------------------------------------- */

/* A packet of a phone (`ue` may be NULL: unknown), a packet of an S-GW. */
void enb_data_uplink(struct enb *enb, const struct enb_ue *ue, const struct rrc_msg *m);
void enb_data_downlink(struct enb *enb, const struct gtp_msg *m);

#endif
