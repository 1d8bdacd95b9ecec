/* cscf.h - Call Session Control Functions: a SIP proxy that plays the roles P-CSCF, I-CSCF, S-CSCF.
 *
 * One node may play several roles (`I/S-CSCF2`): they share its address and station; handing over
 * between them is immediate, draws no arrow and adds no Via. */
#ifndef MODELS_CSCF_CSCF_H
#define MODELS_CSCF_CSCF_H

#include "models/proto/diameter/diameter.h"
#include "models/proto/dns/dns_client.h"
#include "models/proto/sip/sip_dialog.h"
#include "models/proto/sip/sip_txn.h"

struct cscf_world;

struct cscf_cfg {
    uint32_t host;   /* host index of its SIP URI                             */
    uint32_t domain; /* host index of its home domain                         */
    struct node *hss; /* I-CSCF, S-CSCF: whom it asks; NULL for others        */
    uint64_t capabilities; /* S-CSCF: bit per capability that it has (TS 29.228 6.7) */
    uint32_t min_expires, max_expires; /* S-CSCF: registrations it grants, s; 0: no limit */
    struct node *dns; /* whom it asks for names and numbers; NULL: nobody     */
    bool resolve;     /* it finds the entry points of other domains by DNS    */
    uint16_t gm_port; /* P-CSCF: protected server port towards phones, 0: none */
    bool gm_sigcomp;  /* P-CSCF: comp=sigcomp towards phones                  */
    bool no_early_media; /* P-CSCF: gates are shut until 200 (INVITE) opens them */
    struct node *pcrf;    /* P-CSCF: whom it asks for the media of calls; NULL: nobody */
    uint32_t pcrf_domain; /* P-CSCF: host index of the realm of the PCRF      */
    uint32_t rx_actions;  /* P-CSCF: what it wants to hear of, a set of specific actions (1 << ACTION_...) */
};

struct cscf_world *cscf_world_new(struct sip_stack *sip, struct dia_stack *dia, struct dns_clients *dns);
void cscf_world_free(struct cscf_world *w);
/* Makes `n` (whose kinds say its roles) a CSCF. */
void cscf_new(struct cscf_world *w, struct node *n, const struct cscf_cfg *cfg);
/* ---- what registration leaves behind, for registrations that are taken as done, and for comparing the two ---- */

#define CSCF_NEVER UINT32_MAX /* a registration that does not end */
struct cscf_reg_view {
    uint32_t party;
    struct node *s_cscf, *p_cscf;
    uint32_t expires; /* s, granted, or CSCF_NEVER */
    const struct ie_user_profile *profile; /* of the SAA; NULL: empty                 */
    struct sip_ipsec server;  /* what the P-CSCF offered; spi_c 0: no agreement       */
    bool subscribed;          /* phone and P-CSCF have subscribed to the registration */
    /* The subscriptions: of the phone [0] and of the P-CSCF [1], at subscriber and notifier. Routes are not owned. */
    struct sip_dialog at_subscriber[2], at_notifier[2];
};
/* Makes it. What the P-CSCF and the phone have to agree on is filled in: server, and with `subscribed` the dialogs; the
 * phone is to have at_subscriber[0]. With `agreement` the P-CSCF offers a security agreement. */
void cscf_warm_registration(struct cscf_world *w, struct cscf_reg_view *view, bool agreement);
/* False: no S-CSCF has this user registered. */
bool cscf_registration(const struct cscf_world *w, uint32_t party, struct cscf_reg_view *out);
/* Users known at P-CSCFs and S-CSCFs, both counted, for invariants. */
size_t cscf_registrations(const struct cscf_world *w);
struct ie_capabilities;
/* The S-CSCF that this I-CSCF chooses for a user with these needs, as for a REGISTER; the next one in turn. NULL: none. */
struct node *cscf_choose_s_cscf(struct node *i_cscf, const struct ie_capabilities *wanted);
/* The URI that phones put into Route for a P-CSCF, and others for any CSCF. */
struct sip_uri cscf_uri(const struct node *n, bool towards_phone);
/* Requests being forwarded, for invariants. */
size_t cscf_pending(const struct cscf_world *w);

/* Calls that P-CSCFs follow for a PCRF, each with an Rx session or about to have one, for invariants. */
size_t cscf_rx_sessions(const struct cscf_world *w);

extern struct fsm_def cscf_domain_def, cscf_def, pcscf_rx_def, pcscf_reg_def, scscf_auth_def, scscf_reg_def;

#endif
