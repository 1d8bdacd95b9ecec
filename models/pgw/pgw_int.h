/* pgw_int.h - what the files of the P-GW share: PDN connections, bearers, rules.
 *
 * What every phone has all day is small (struct pgw_session, pgw_bearer); what only a dedicated bearer needs, a
 * machine and the request under way, stands apart (struct pgw_dedicated), and so do rules. */
#ifndef MODELS_PGW_PGW_INT_H
#define MODELS_PGW_PGW_INT_H

#include "models/pgw/pgw.h"

#define PGW_TRIES 3 /* N3-REQUESTS (TS 29.274 7.6; value: an operator's choice) */

struct pgw {
    const struct epc *epc;
    struct node *node;
    struct pgw_cfg cfg;
    struct ctx_pool sessions, bearers, dedicated, rules, asks;
    struct idmap session_of_ip;    /* address -> index of struct pgw_session                   */
    struct idmap dedicated_of_seq; /* pgw_key() of a request -> index of struct pgw_dedicated  */
    uint32_t seq;                  /* the last one used, never 0                               */
    uint32_t charging_id;          /* the last one given                                       */
    uint32_t turn;                 /* sessions that were told P-CSCFs                          */
    struct fsm data;               /* one machine without memory for all packets               */
    struct fsm dhcp;               /* another one for what phones ask by DHCP                  */
    uint64_t no_tunnel, no_way, gated; /* packets dropped */
};

/* References between contexts are ids; 0: none. Nodes are node ids. */
struct pgw_session { /* id: control TEID, and the token in its Diameter Session-Id */
    uint32_t id;
    uint32_t ip;
    struct fsm fsm;
    uint64_t imsi;
    uint32_t sgw, sgw_teid;
    uint32_t seq;     /* of the S-GW's request that is to be answered */
    uint32_t bearers; /* list; the first is the default bearer        */
    uint32_t asks;    /* list: what its phone asks for, until the PCRF has answered */
    uint32_t events;  /* event triggers of the PCRF, 1 << value       */
    struct ie_ambr ambr;
    uint16_t cc_number; /* of the next CCR                            */
    uint8_t pco;        /* what the phone asked for, PCO_...; 0: nothing */
    uint8_t first;      /* of the P-CSCFs it is told */
};

struct pgw_bearer { /* id: S5-U TEID */
    uint32_t id, next;
    uint32_t session;
    uint32_t sgw_teid; /* 0: none yet */
    uint32_t rules;    /* list */
    uint32_t dedicated; /* 0: the default bearer */
    uint32_t charging_id;
    uint8_t ebi, qci;
    struct ie_arp arp;
    bool touched; /* its rules have just changed */
};

struct pgw_dedicated {
    uint32_t id;
    uint32_t bearer;
    struct fsm fsm;
    struct gtp_msg *out; /* the request under way, or NULL */
    struct ie_qos told;  /* QoS as the S-GW last accepted it */
    uint32_t command;    /* its phone has asked for what is told next: number of the S-GW's command; 0: nobody did */
    uint8_t pti;         /* ... and the phone's transaction */
    uint8_t tries;
};

/* What a phone asks for (Bearer Resource Command), until the PCRF has answered. */
struct pgw_ask {
    uint32_t id, next;
    struct fsm fsm;
    uint32_t session;   /* 0: there is none */
    uint32_t sgw, sgw_teid, seq; /* whose command */
    uint32_t cc_number; /* of the CCR-U */
    uint8_t pti, linked_ebi;
};

/* What is still to be told about a rule; and whether the request under way tells it. */
enum pgw_todo { RULE_KNOWN, RULE_ADD, RULE_REPLACE, RULE_REQOS, RULE_REMOVE };
struct pgw_rule {
    uint32_t id, next;
    struct ie_rule def;   /* with filter ids and precedences of the bearer's TFT */
    struct ie_rule known; /* as the S-GW last accepted it; of a change */
    struct ie_rule asked; /* as the request under way has it           */
    uint8_t todo;         /* enum pgw_todo */
    bool sent;            /* the request under way tells `def` */
    bool asking;          /* it tells of the rule              */
};

enum pgw_session_event {
    PS_RX_CREATE_SESSION,
    PS_RX_CCA_I,
    PS_RX_RAR,
    PS_RX_CCA_U,
    PS_RX_DELETE_SESSION,
    PS_RX_CCA_T,
    PS_REPLACED,
    PS_TMR_TX,
    PS_EVENTS
};
enum pgw_bearer_event {
    PB_RULES,
    PB_RX_CREATE_BEARER_RSP,
    PB_RX_UPDATE_BEARER_RSP,
    PB_RX_DELETE_BEARER_RSP,
    PB_LOST,
    PB_TMR_T3,
    PB_EVENTS
};
enum pgw_ask_event { PA_RX_COMMAND, PA_RX_CCA, PA_TMR_TX, PA_EVENTS };
enum { PB_END, PB_WAIT_CREATED, PB_ACTIVE, PB_WAIT_UPDATED, PB_WAIT_DELETED, PB_STATES };

/* Commands of two S-GWs may have the same number: the node that a request goes to is part of its key. */
static inline uint64_t pgw_key(uint32_t sgw, uint32_t seq)
{
    return (uint64_t)sgw << 24 | seq;
}
static inline struct ie_fteid pgw_fteid(const struct pgw *p, uint8_t iface, uint32_t teid)
{
    return (struct ie_fteid){.iface = iface, .teid = teid, .ipv4 = epc_ip(p->node)};
}
static inline bool pgw_same_rule(const struct ie_rule_name *a, const struct ie_rule_name *b)
{
    return a->serial == b->serial && g_strcmp0(a->stem, b->stem) == 0;
}

/* ---- contexts (pgw.c) */
struct pgw_session *pgw_session_new(struct pgw *p, struct node *sgw);
/* The same with this address (0: none), by which it is found. */
struct pgw_session *pgw_session_at(struct pgw *p, struct node *sgw, uint32_t ip);
void pgw_session_free(struct pgw *p, struct pgw_session *s);
struct pgw_bearer *pgw_bearer_new(struct pgw *p, struct pgw_session *s);
/* With its rules; not from inside a handler of its machine. */
void pgw_bearer_free(struct pgw *p, struct pgw_bearer *b);

/* ---- Gx (pgw_session.c) */
/* A CCR of this type of the session, to be filled in; then sent. */
struct dia_msg *pgw_ccr(struct pgw *p, struct pgw_session *s, uint32_t type);
void pgw_send_ccr(struct pgw *p, struct dia_msg *m);
bool pgw_session_is_active(const struct pgw_session *s);
/* Reports rules to the PCRF (CCR-U), with these event triggers that happened; not when the session is ending. */
void pgw_report(struct pgw *p, struct pgw_session *s, const struct ie_rule_report *report, uint32_t events);

/* ---- what phones ask for (pgw_request.c) */
/* Bearer Resource Command. */
void pgw_command(struct pgw *p, struct pgw_session *s, const struct gtp_msg *m, struct node *from);
/* The one that waits for this CCA, or NULL. */
struct pgw_ask *pgw_ask_of(const struct pgw *p, const struct pgw_session *s, const struct dia_msg *cca);
/* Forgets what the phone of a session asked for. */
void pgw_asks_drop(struct pgw *p, struct pgw_session *s);

/* ---- warm start (pgw_session.c; pgw_warm.c has the whole) */
/* What the phone is told in PCO. */
struct ie_pco pgw_configuration(const struct pgw *p, const struct pgw_session *s);
/* Brings a new session to where CCR-I has been sent, and returns its default bearer; then to where CCA-I has come. */
struct pgw_bearer *pgw_session_warm(struct pgw *p, struct pgw_session *s, const struct epc_warm *w, const struct epc_warm_pdn *asked);
void pgw_session_warm_policy(struct pgw_session *s, uint32_t triggers);

/* ---- rules (pgw_rules.c) */
/* Takes removals, then installations, into the bearers they belong to; rules that cannot be taken are listed in
 * `failed`. Then pgw_rules_tell() has the bearers concerned ask the S-GW for what they need. */
void pgw_rules_take(struct pgw *p, struct pgw_session *s, const struct ie_rules *install,
                    const struct ie_rule_names *remove, struct ie_rule_report *failed);
void pgw_rules_tell(struct pgw *p, const struct pgw_session *s);
/* Whether a bearer still has rules; has something to tell the S-GW. */
/* The rule of a bearer that has all these filters (by their ids in its TFT); NULL: none. */
const struct pgw_rule *pgw_rules_of_filters(const struct pgw *p, const struct pgw_bearer *b, const struct ie_tft *filters);
bool pgw_rules_any(const struct pgw *p, const struct pgw_bearer *b);
bool pgw_rules_differ(const struct pgw *p, const struct pgw_bearer *b);
/* QCI and ARP of the bearer, GBR and MBR summed over its rules (TS 29.212 4.5.5.3, unverified). */
struct ie_qos pgw_rules_qos(const struct pgw *p, const struct pgw_bearer *b);
bool pgw_same_qos(const struct ie_qos *a, const struct ie_qos *b);
/* The next operation on the bearer's TFT: as many filters as a message holds; marks their rules as sent.
 * False: the filters stay as they are. */
bool pgw_rules_tft(struct pgw *p, struct pgw_bearer *b, struct ie_tft *tft);
/* The request under way was accepted, or failed: settles what it told, and reports to the PCRF. */
void pgw_rules_accepted(struct pgw *p, struct pgw_session *s, struct pgw_bearer *b);
void pgw_rules_refused(struct pgw *p, struct pgw_session *s, struct pgw_bearer *b);
/* The bearer is lost, or never came (an enum ie_value, RULE_FAILURE_...): all rules it still has are reported, and go with
 * it. */
void pgw_rules_lost(struct pgw *p, struct pgw_session *s, struct pgw_bearer *b, uint8_t failure);
void pgw_rules_free(struct pgw *p, struct pgw_bearer *b);
/* The rule of a bearer that this packet belongs to, by a filter that comes before `precedence`, which becomes that
 * filter's; NULL: none. */
const struct pgw_rule *pgw_rules_match(const struct pgw *p, const struct pgw_bearer *b,
                                       const struct ie_packet *packet, uint8_t direction, unsigned *precedence);

/* ---- user plane (pgw_data.c) */
void pgw_data_new(struct pgw *p);
void pgw_data_rx(struct pgw *p, const struct gtp_msg *m, uint16_t iface);
/* Sends a packet of the P-GW's own to a phone, on its default bearer; references what it holds. */
void pgw_data_send(struct pgw *p, const struct pgw_session *s, const struct ie_packet *packet, struct msg *inner);

/* ---- DHCP (pgw_dhcp.c) */
void pgw_dhcp_new(struct pgw *p);
void pgw_dhcp_rx(struct pgw *p, const struct pgw_session *s, const struct msg *m);

#endif
