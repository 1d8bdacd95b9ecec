/* pcrf_int.h - what the files of the PCRF share. */
#ifndef MODELS_PCRF_PCRF_INT_H
#define MODELS_PCRF_PCRF_INT_H

#include "models/pcrf/pcrf.h"

struct pcrf {
    struct node *node;
    const struct epc *epc;
    struct pcrf_cfg cfg;
    struct ctx_pool gx, rx;    /* struct gx_session, struct rx_session       */
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
enum { GX_RX_CCR_I, GX_RX_CCR_U, GX_RX_CCR_T, GX_PROVISION, GX_RX_RAA, GX_TMR_TX, GX_EVENTS };
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

/* pcrf_rx.c */
struct rx_session *pcrf_rx_find(const struct pcrf *p, uint32_t id);
/* The P-GW says what became of some rules of this connection. */
void pcrf_rx_report(struct gx_session *gx, const struct ie_rule_report *report);
/* It confirmed the oldest rules that were not confirmed yet; it never will (no answer). */
void pcrf_rx_confirm(struct gx_session *gx);
void pcrf_rx_unconfirmed(struct gx_session *gx);
/* The connection is gone. */
void pcrf_rx_close(struct gx_session *gx);

#endif
