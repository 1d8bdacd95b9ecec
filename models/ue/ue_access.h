/* ue_access.h - the LTE side of a phone: RRC connection, EMM, ESM and the SIP packets on its bearers.
 *
 *     attach, detach, another bearer -> | ue_emm.c   attach, authentication, detach | -> NAS
 *                                       | ue_esm.c   PDN connections and bearers    |     |
 *     callbacks (struct ue_access_ops)  | ue_service.c  idle mode                   |     |
 *                                       | ue_rrc.c   connection, radio bearers      | <- RRC on Uu
 *     SIP messages  <->                 | ue_data.c  packets on a radio bearer      | <->
 *
 * The SIP phone above does not know any of these messages: it asks, and is told through callbacks. What
 * time the phone takes to think is the business of whoever calls.
 *
 * A million phones are idle most of the time, so a phone is three things: struct ue_access is always there,
 * a struct ue_bearer for each EPS bearer, and a struct ue_conn only while there is an RRC connection. */
#ifndef MODELS_UE_UE_ACCESS_H
#define MODELS_UE_UE_ACCESS_H

#include "models/epc.h"

struct ue_access;
/* A traffic flow template as a phone keeps it: up to 16 filters (TS 24.008 10.5.6.12). */
#define UE_MAX_FILTERS 16
struct ue_tft {
    uint8_t n;
    struct ie_filter filter[UE_MAX_FILTERS];
};
/* Memory of the access side of all phones of a simulation. */
struct ue_access_pool;

/* What the phone is told. `ue` is its node. Any may be NULL. All run at the end of what caused them, when
 * the messages to the network are on their way. */
struct ue_access_ops {
    void (*attached)(struct node *ue);
    /* A PDN connection is there: the phone's address in it, and what PCO brought (P-CSCF addresses); `pco`
     * is only valid during the call. */
    void (*pdn_up)(struct node *ue, uint8_t ebi, const char *apn, uint32_t ip, const struct ie_pco *pco);
    /* No PDN connection: an ESM cause, 0 when nobody answered. */
    void (*pdn_refused)(struct node *ue, const char *apn, uint8_t cause);
    /* A dedicated bearer: it has its radio bearer. The TFT is valid until the next callback about it. */
    void (*bearer_up)(struct node *ue, uint8_t ebi, uint8_t qci, const struct ue_tft *tft);
    /* Its QoS or TFT (NULL: it is a default bearer and has none). */
    void (*bearer_changed)(struct node *ue, uint8_t ebi, uint8_t qci, const struct ue_tft *tft);
    /* Of default bearers as well; those that depend on one come first. */
    void (*bearer_down)(struct node *ue, uint8_t ebi);
    /* The bearer that the phone asked for, and the filters on it that it got; the bearer has been told of before.
     * Or it is refused: an ESM cause, 0 when nobody answered. */
    void (*bearer_granted)(struct node *ue, uint8_t ebi, const struct ie_tft *filters);
    void (*bearer_refused)(struct node *ue, uint8_t cause);
    /* What the phone wanted to be rid of is gone, with the bearer or from it; or it is still there: an ESM cause. */
    void (*bearer_released)(struct node *ue, uint8_t ebi, uint8_t cause);
    /* Attached no more, all bearers are gone (no bearer_down is called). An EMM cause, 0: none given. */
    void (*detached)(struct node *ue, uint8_t cause);
    /* Refused for good, or five attempts in a row have failed: then it is tried again after T3402. An EMM
     * cause, 0: nobody answered. */
    void (*attach_failed)(struct node *ue, uint8_t cause);
    /* What came of ue_access_discover(): addresses of P-CSCFs, or none; valid during the call. */
    void (*discovered)(struct node *ue, const uint32_t *p_cscf, unsigned n);
    /* A SIP message from this P-CSCF, or an answer of this DNS server (NULL: the source is nobody's address). Reference it
     * to keep it. */
    void (*carried_in)(struct node *ue, struct msg *m, struct node *from);
};

/* What the phones of a group have in common; lives as long as they do. */
struct ue_access_cfg {
    struct ue_access_pool *pool;
    const struct ue_access_ops *ops;
    struct node *enb;
    const char *apn;  /* of the attach: "ims", or "internet" */
    bool second_pdn;  /* after the attach ask for a PDN connection to "ims"       */
    bool no_discovery; /* the P-CSCF is configured or found otherwise: PCO does not ask for it */
    bool dhcp;        /* asked for by DHCP                                       */
    /* The card: the same K and OPc as the HSS has. */
    void (*keys)(uint32_t party, uint8_t k[16], uint8_t opc[16]);
};

struct ue_access_pool *ue_access_pool_new(struct sim *sim);
/* Frees the phones' access sides as well, without a message. Before net_free(). */
void ue_access_pool_free(struct ue_access_pool *pool);
/* RRC connections and bearers alive, all phones together, for invariants. */
size_t ue_access_connections(const struct ue_access_pool *pool);
size_t ue_access_bearer_count(const struct ue_access_pool *pool);

/* The access side of phone `ue`, which is subscriber `party`: switched off, with a new card. */
struct ue_access *ue_access_new(const struct epc *epc, struct node *ue, const struct ue_access_cfg *cfg,
                                uint32_t party);
void ue_access_free(struct ue_access *a);
/* An RRC message from the eNB (proto is RRC's). */
void ue_access_rx(struct ue_access *a, struct msg *m, struct node *from);

/* Whether this message is an answer to a DNS query; if so, who asked is told. */
bool ue_access_rx_dns(const struct ue_access *a, const struct msg *m);

/* Attaches; does nothing when attached or about to be. */
void ue_access_attach(struct ue_access *a);
/* Detaches; with `switch_off` no answer is awaited, and detached() is called before this returns. */
void ue_access_detach(struct ue_access *a, bool switch_off);
/* Asks for a bearer with this QoS for what the filters describe (UE-requested bearer resource allocation); an idle phone by a
 * service request first. False: not attached, no PDN connection for SIP, or another request is under way. */
bool ue_access_request_bearer(struct ue_access *a, const struct ie_qos *qos, const struct ie_tft *tft);
/* Asks to be rid of filters that it asked for (UE-requested bearer resource modification): of the bearer, when they are
 * all that it has. False: there is no such bearer, or another request is under way. */
bool ue_access_release_bearer(struct ue_access *a, uint8_t ebi, const struct ie_tft *filters);

/* Whether phones of this group do what the next one does. */
bool ue_access_asks_dhcp(const struct ue_access *a);
/* Asks for P-CSCFs by DHCP, and DNS where that gives names, over the PDN connection for SIP: discovered() will be told. */
void ue_access_discover(struct ue_access *a);
/* Sends a SIP message to this P-CSCF, or a query to this DNS server, on the default bearer of the PDN connection for SIP; in
 * idle mode when the phone has left it. Takes a reference of its own. False: there is no such bearer; nothing was sent. */
bool ue_access_send(struct ue_access *a, struct node *to, struct msg *m);

/* The phone is out of coverage, or back: its messages get nowhere meanwhile, which is the world's business. */
void ue_access_radio(struct ue_access *a, bool heard);
/* It is without power from now on. */
void ue_access_power_cut(struct ue_access *a);

/* Warm start, of a phone that is switched off: what it asks the network for; then, when all nodes have their contexts,
 * what it has of them. Nobody is told. */
void ue_access_warm_ask(struct ue_access *a, struct epc_warm *w);
void ue_access_warm(struct ue_access *a, struct epc_warm *w);
/* The same phone goes to idle mode; it did so at `since` <= 0. */
void ue_access_warm_idle(struct ue_access *a, sim_time since);

/* ---- what there is, for invariants ----------------------------------------------------------- */

/* The card's memory of SQNs. */
struct aka_usim *ue_access_card(struct ue_access *a);
/* The access point whose PDN connection carries SIP, and whether that is there. */
const char *ue_access_apn(const struct ue_access *a);
bool ue_access_has_sip(const struct ue_access *a);
bool ue_access_is_attached(const struct ue_access *a);
bool ue_access_is_connected(const struct ue_access *a);
/* Its eNB. */
struct node *ue_access_enb(const struct ue_access *a);
/* Whether no procedure goes on: idle or connected, attached or not. */
bool ue_access_is_quiet(const struct ue_access *a);
/* A bearer as the phone sees it. */
struct ue_bearer_view {
    uint8_t ebi, linked; /* linked: EBI of the default bearer; 0: is one */
    uint8_t drb;         /* 0: no radio bearer                           */
    struct ie_qos qos;
    const char *apn;          /* of a default bearer, else NULL   */
    uint32_t ip;              /* of a default bearer, else 0      */
    const struct ue_tft *tft; /* of a dedicated bearer, else NULL */
};
/* The bearers by rising EBI; returns how many there are, which may be more than max. */
unsigned ue_access_bearers(const struct ue_access *a, struct ue_bearer_view *out, unsigned max);

/* All that the phone keeps, byte by byte, for comparison (sim/dump.h). Lines that begin with "random" hold what is drawn. */
void ue_access_dump(const struct ue_access *a, GString *out);

/* Messages of phones that wait for a radio bearer, for invariants. */
size_t ue_access_held(const struct ue_access_pool *pool);

extern struct fsm_def ue_rrc_def, ue_random_def, ue_emm_def, ue_esm_def, ue_service_def, ue_discovery_def;

#endif
