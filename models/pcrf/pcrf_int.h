/* pcrf_int.h - what the files of the PCRF share. */
#ifndef MODELS_PCRF_PCRF_INT_H
#define MODELS_PCRF_PCRF_INT_H

#include "models/pcrf/pcrf.h"

struct pcrf {
    struct node *node;
    const struct epc *epc;
    struct pcrf_cfg cfg;
    struct ctx_pool gx, rx, ue_rules; /* struct gx_session, rx_session, ue_rule */
    struct idmap gx_of, rx_of; /* pcrf_key() -> id of the context            */
    struct idmap gx_by_ip;     /* address -> id of the context that Rx binds to */
    uint32_t rules;            /* serial number of the last rule             */
};

/* The other side of a Diameter session, which began it. */
struct pcrf_peer {
    struct node *node;
    uint64_t session;
    uint32_t host, realm;
};

/* An IP connection of a phone. */
struct gx_session {
    uint32_t id; /* first member (sim/ctx.h) */
    struct fsm fsm;
    struct pcrf *pcrf;
    struct pcrf_peer peer; /* P-GW */
    uint32_t ip;
    uint32_t events;       /* event triggers armed at the P-GW, a set        */
    uint32_t raas;         /* RARs that wait for their answer                */
    uint32_t asks;         /* RARs sent, to tell which is the older          */
    uint32_t first;        /* id of the first Rx session bound to it, or 0   */
    uint32_t ue_rules;     /* id of the first rule that the phone asked for, or 0 */
};

/* A rule that a phone asked for. */
struct ue_rule {
    uint32_t id, next;
    uint32_t user;        /* id of the Rx session whose media use it now, or 0 */
    struct ie_rule asked; /* as the phone wants it                             */
};

/* A call leg. */
struct rx_session {
    uint32_t id; /* first member */
    struct fsm fsm;
    struct pcrf *pcrf;
    struct pcrf_peer peer; /* P-CSCF */
    uint32_t gx;           /* id of its IP connection, 0: gone               */
    uint32_t next;         /* id of the next one bound to the same, or 0     */
    uint32_t actions;      /* specific actions subscribed to, a set          */
    uint32_t asked;        /* gx->asks when rules were sent that are not confirmed; 0: all are */
    struct ie_rules rules; /* in force                                       */
    struct ie_rules before; /* each of them before its last change           */
    uint8_t component[IE_MAX_RULES]; /* of the media each rule is for        */
};

/* Events of the two machines. RX_ events of messages carry the struct dia_msg. */
enum { GX_RX_CCR_I, GX_RX_CCR_U, GX_RX_CCR_RESOURCES, GX_RX_CCR_T, GX_PROVISION, GX_RX_RAA, GX_TMR_TX, GX_EVENTS };
/* The last five carry a struct ie_rule_report. */
enum {
    RX_RX_AAR, RX_RX_STR, RX_RX_RAA, RX_RX_ASA, RX_TMR_TX, RX_ALLOCATED, RX_NOT_ALLOCATED, RX_NOT_CHANGED, RX_LOST, RX_CLOSED,
    RX_EVENTS
};

static inline struct gx_session *gx_of(const struct fsm *f)
{
    return (void *)((char *)f - offsetof(struct gx_session, fsm));
}
static inline struct rx_session *rx_of(const struct fsm *f)
{
    return (void *)((char *)f - offsetof(struct rx_session, fsm));
}

/* pcrf.c: messages. `pcrf_send` gives a message its sender, seals and sends it. */
struct dia_msg *pcrf_request(const struct pcrf *p, enum dia_type type, const struct pcrf_peer *to);
void pcrf_send(const struct pcrf *p, struct node *to, uint16_t iface, struct dia_msg *m);
uint64_t pcrf_key(uint64_t session, uint32_t host);

/* A session in its start state. */
struct gx_session *pcrf_gx_new(struct pcrf *p, const struct pcrf_peer *peer);

/* pcrf_gx.c: warm start (pcrf_warm.c has the whole): a new session as it is when CCR-I has been answered. */
void pcrf_gx_warm(struct gx_session *gx, uint32_t ip, const char *apn);

/* pcrf_gx.c: what provisioning carries. */
struct provision {
    const struct ie_rules *install;
    const struct ie_rule_names *remove;
    uint32_t events; /* triggers needed */
};
/* Tells the P-GW of new, changed and removed rules; returns the number of the asking. */
uint32_t pcrf_provision(struct gx_session *gx, const struct provision *what);

/* pcrf_ue.c: rules that phones ask for. Whether a phone may have what it asks for; then the rule, which goes into the
 * answer. The same for one that it gives up. */
bool pcrf_ue_may_have(const struct gx_session *gx, const struct dia_CCR *b);
void pcrf_ue_grant(struct gx_session *gx, const struct dia_CCR *b, struct dia_CCA *cca);
bool pcrf_ue_knows(const struct gx_session *gx, const struct dia_CCR *b);
void pcrf_ue_remove(struct gx_session *gx, const struct dia_CCR *b, struct dia_CCA *cca);
/* The rule of a call's media takes the name of one that the phone asked for and that covers it, if there is one that is not
 * in use; `user` is the Rx session. */
bool pcrf_ue_use(struct gx_session *gx, uint32_t user, struct ie_rule *rule);
/* The call does not need it any more: the rule as the phone asked for it, or NULL: the phone did not. gx may be NULL. */
const struct ie_rule *pcrf_ue_give_back(struct gx_session *gx, const struct ie_rule_name *name);
/* The P-GW says that rules are gone. */
void pcrf_ue_report(struct gx_session *gx, const struct ie_rule_report *report);
/* Those that no call uses, at most `room`; returns how many there are. */
unsigned pcrf_ue_idle_rules(const struct gx_session *gx, struct ie_rule *rules, unsigned room);
void pcrf_ue_clear(struct gx_session *gx);

/* pcrf_rx.c */
/* What media of this QCI gets; NULL: there is none of that QCI. */
struct media_policy {
    const char *stem; /* of the names of rules */
    uint8_t qci;
    struct ie_arp arp;
    uint8_t precedence;
};
const struct media_policy *pcrf_policy_of(uint8_t qci);
struct rx_session *pcrf_rx_find(const struct pcrf *p, uint32_t id);
/* The P-GW says what became of some rules of this connection. */
void pcrf_rx_report(struct gx_session *gx, const struct ie_rule_report *report);
/* It confirmed the oldest rules that were not confirmed yet; it never will (no answer). */
void pcrf_rx_confirm(struct gx_session *gx);
void pcrf_rx_unconfirmed(struct gx_session *gx);
/* The connection is gone. */
void pcrf_rx_close(struct gx_session *gx);

#endif
