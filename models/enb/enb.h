/* enb.h - eNB: the base station. It turns RRC with the phones into S1AP with the MME, and packets on data
 * radio bearers into packets in S1-U tunnels. */
#ifndef MODELS_ENB_ENB_H
#define MODELS_ENB_ENB_H

#include "models/access/paging.h"
#include "models/epc.h"

/* How long an eNB waits for a phone, or for the MME to release one, unless its configuration says otherwise.
 * The standards leave this to the implementation; it is longer than T300 and a few repetitions below RRC. */
#define ENB_GUARD (10 * SIM_S)

struct enb_cfg {
    struct node *mme;
    struct ie_tai tai;   /* of its cell */
    struct ie_ecgi ecgi;
    sim_time guard;      /* 0: ENB_GUARD */
    struct access_paging paging; /* of its cell */
    bool release_gbr;    /* releases for inactivity although a GBR bearer is up */
};

/* An E-RAB as the eNB knows it. */
struct enb_bearer {
    uint8_t ebi, drb;           /* E-RAB-ID = EPS bearer identity; data radio bearer */
    uint32_t teid, sgw_teid;    /* of the S1-U tunnel: own end, the S-GW's           */
    const struct node *sgw;
    struct ie_qos qos;
};

/* Makes `n` an eNB. `epc` lives on, the configuration is copied. */
void enb_new(const struct epc *epc, struct node *n, const struct enb_cfg *cfg);
void enb_free(struct node *n);

/* Contexts alive: one per phone with an RRC connection, one per E-RAB. */
size_t enb_contexts(const struct node *n);
/* Packets thrown away because no bearer was there for them. */
uint64_t enb_discarded(const struct node *n);
/* The E-RAB of a phone with this EPS bearer identity; false: there is none. */
bool enb_bearer(const struct node *n, const struct node *phone, uint8_t ebi, struct enb_bearer *out);

/* The eNB does not hear a phone any more, or hears it again. */
void enb_radio(struct node *n, const struct node *phone, bool heard);

/* Warm start: an RRC connection; then, when the MME and the S-GW have their contexts, the E-RABs of the default bearers. */
void enb_warm(struct node *n, struct epc_warm *w);
void enb_warm_bearers(struct node *n, struct epc_warm *w);
/* The same phone goes to idle mode: its contexts are gone. */
void enb_warm_idle(struct node *n, const struct epc_warm *w);
/* All contexts, byte by byte, for comparison (sim/dump.h). */
void enb_dump(const struct node *n, GString *out);

extern struct fsm_def enb_connection_def, enb_context_def, enb_erab_def, enb_release_def, enb_paging_def, enb_data_def, enb_random_def;

/* For invariants (enb_check.c): whether it has a context of this phone; whether no procedure about it goes on. */
bool enb_has(const struct node *n, const struct node *phone);
bool enb_is_quiet(const struct node *n, const struct node *phone);

#endif
