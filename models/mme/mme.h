/* mme.h - the MME: attach, PDN connections, dedicated bearers, idle mode, detach (TS 23.401, TS 24.301).
 *
 * It speaks S1AP with the eNBs and, inside that, NAS with the phones; GTPv2-C with the S-GW (S11);
 * Diameter with the HSS (S6a). It finds eNBs by their messages, the other nodes stand in the settings. */
#ifndef MODELS_MME_MME_H
#define MODELS_MME_MME_H

#include "models/epc.h"

struct mme_enb {
    struct node *node;
    uint16_t tac;
};

struct mme_cfg {
    struct node *hss, *sgw; /* whom it asks                                             */
    struct node *pgw;       /* whose address it puts into a Create Session Request      */
    uint32_t host, domain;  /* its Origin-Host and Origin-Realm: hosts of the SIP stack */
    uint32_t hss_domain;    /* Destination-Realm                                        */
    struct ie_tai tai;      /* its PLMN; its first tracking area                        */
    uint16_t areas[IE_MAX_TACS]; /* tracking areas that one list holds together; a phone elsewhere gets its own area */
    uint8_t n_areas;
    const struct mme_enb *enbs;  /* that it can page */
    unsigned n_enbs;
    bool page_last;         /* first the last eNB alone, then those of all areas of the list  */
    uint8_t page_repeats;   /* times a paging is repeated                                     */
    double authenticates;   /* share of service requests                                     */
    bool new_guti;          /* a tracking area update brings a new GUTI                      */
    uint16_t group;         /* of its GUTIs */
    uint8_t code;
};

extern struct fsm_def mme_attach_def, mme_auth_def, mme_pdn_def, mme_bearer_def, mme_ask_def, mme_detach_def,
    mme_release_def, mme_s11_def, mme_service_def, mme_paging_def, mme_tau_def;

/* Makes node `n` an MME. `epc` must live on; the settings are copied. */
void mme_new(const struct epc *epc, struct node *n, const struct mme_cfg *cfg);
/* Warm start: the context of a phone with its PDN connections; then, when the S-GW and the eNB have theirs, what ties
 * them. False: the phone is not subscribed to an access point it asks for; nothing was made. */
bool mme_warm(struct node *n, struct epc_warm *w);
void mme_warm_bearers(struct node *n, struct epc_warm *w);
/* The same phone goes to idle mode; it did so at `since` <= 0, which counts for how long it is paged. */
void mme_warm_idle(struct node *n, const struct epc_warm *w, sim_time since);
/* All contexts, byte by byte, for comparison (sim/dump.h). Lines that begin with "random" hold what is drawn. */
void mme_dump(const struct node *n, GString *out);
/* Frees all its contexts. Before net_free() and the stacks. */
void mme_free(struct node *n);
/* UE contexts alive: 0 when every phone has detached. */
size_t mme_contexts(const struct node *n);
/* The bearers that are set up for a subscriber, in the order of their identities: EBI, QoS and both ends
 * of S1-U (fteid[0]: eNB, 0 in idle mode; fteid[1]: S-GW). Returns how many; 0 too when the subscriber is unknown. */
unsigned mme_bearers(const struct node *n, uint64_t imsi, struct ie_bearer out[IE_MAX_BEARERS]);
/* Whether it is attached and neither attaching nor detaching. */
bool mme_is_registered(const struct node *n, uint64_t imsi);

/* For invariants (mme_check.c): whether it has a context of this subscriber; whether no procedure about it goes on. */
bool mme_has(const struct node *n, uint64_t imsi);
bool mme_is_quiet(const struct node *n, uint64_t imsi);

#endif
