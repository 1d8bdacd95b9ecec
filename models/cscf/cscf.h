/* cscf.h - Call Session Control Functions: a SIP proxy that plays the roles P-CSCF, I-CSCF, S-CSCF.
 *
 * One node may play several roles (`I/S-CSCF2`): they share its address and station; handing over
 * between them is immediate, draws no arrow and adds no Via. */
#ifndef MODELS_CSCF_CSCF_H
#define MODELS_CSCF_CSCF_H

#include "models/proto/diameter/diameter.h"
#include "models/proto/sip/sip_txn.h"

struct cscf_world;

struct cscf_cfg {
    uint32_t host;   /* host index of its SIP URI                             */
    uint32_t domain; /* host index of its home domain                         */
    struct node *hss; /* I-CSCF: whom it asks; NULL for others                */
    uint16_t gm_port; /* P-CSCF: protected server port towards phones, 0: none */
    bool gm_sigcomp;  /* P-CSCF: comp=sigcomp towards phones                  */
    struct node *pcrf;    /* P-CSCF: whom it asks for the media of calls; NULL: nobody */
    uint32_t pcrf_domain; /* P-CSCF: host index of the realm of the PCRF      */
    uint32_t rx_actions;  /* P-CSCF: what it wants to hear of, a set of specific actions (1 << ACTION_...) */
};

struct cscf_world *cscf_world_new(struct sip_stack *sip, struct dia_stack *dia);
void cscf_world_free(struct cscf_world *w);
/* Makes `n` (whose kinds say its roles) a CSCF. */
void cscf_new(struct cscf_world *w, struct node *n, const struct cscf_cfg *cfg);
/* What registration leaves behind: this party is served by this S-CSCF and reached over this P-CSCF. */
void cscf_register(struct cscf_world *w, uint32_t party, struct node *s_cscf, struct node *p_cscf);
/* The URI that phones put into Route for a P-CSCF, and others for any CSCF. */
struct sip_uri cscf_uri(const struct node *n, bool towards_phone);
/* Requests being forwarded, for invariants. */
size_t cscf_pending(const struct cscf_world *w);

/* Calls that P-CSCFs follow for a PCRF, each with an Rx session or about to have one, for invariants. */
size_t cscf_rx_sessions(const struct cscf_world *w);

extern struct fsm_def cscf_def, pcscf_rx_def;

#endif
