/* sgw_int.h - what the files of the S-GW share: contexts and relayed requests.
 *
 * A phone has one S11 control TEID; a PDN connection has an S5 control TEID, a bearer an S1-U and an S5-U
 * TEID (TS 29.274 4.1; TS 23.401 5.7.3, unverified). All are the context's id; TEIDs towards the P-GW have the
 * bit SGW_S5_SIDE on top, so that no two tunnels of the S-GW have the same one. */
#ifndef MODELS_SGW_SGW_INT_H
#define MODELS_SGW_SGW_INT_H

#include "models/sgw/sgw.h"
#include "sim/cause.h"

#define SGW_S5_SIDE (1u << (CTX_INDEX_BITS - 1)) /* halves the contexts of a kind: 8 million */
#define SGW_TRIES   3                            /* N3-REQUESTS (TS 29.274 7.6; value: an operator's choice) */

struct sgw {
    const struct epc *epc;
    struct node *node;
    struct sgw_cfg cfg;
    struct ctx_pool ues, pdns, bearers, relays;
    struct slab buffers, packets; /* of idle phones (sgw_notify.c) */
    struct idmap ue_of_imsi;   /* IMSI -> index of struct sgw_ue                     */
    struct idmap relay_of_seq; /* sgw_key() of a request -> index of struct sgw_relay */
    uint32_t seq;              /* the last one used, never 0                         */
    struct fsm data;           /* one machine without memory for all packets         */
    uint64_t no_tunnel, no_enb; /* packets dropped */
};

/* References between contexts are ids; 0: none. Nodes are node ids. */
struct sgw_ue {
    uint32_t id;
    uint32_t mme, mme_teid;
    uint32_t pdns, relays; /* lists */
    uint32_t buffer;       /* packets that wait for a tunnel: slab index; 0: none */
    uint64_t imsi;
};

struct sgw_pdn {
    uint32_t id, next;
    uint32_t ue;
    uint32_t pgw, pgw_teid;
    uint32_t bearers; /* list; the first is the default bearer */
    uint32_t seq;     /* of the MME's Create Session Request: recognises it when it comes again */
};

struct sgw_bearer {
    uint32_t id, next;
    uint32_t pdn;
    uint32_t enb, enb_teid; /* teid 0: no way to the phone now */
    uint32_t pgw_teid;
    uint8_t ebi; /* 0: the MME has given none yet */
};

/* A request on its way through the S-GW: asked by one side, asked of the other. */
struct sgw_relay {
    uint32_t id, next; /* in the phone's list */
    struct fsm fsm;
    struct sgw *sgw;
    struct gtp_msg *out; /* as sent on, for repetition; NULL: it is not sent on */
    uint32_t ue, pdn;
    uint32_t asker, asker_teid, asker_seq;
    uint32_t command; /* number of the MME's command that triggered it; 0: none did */
    uint32_t to;
    uint16_t iface_in, iface_out;
    uint8_t tries;
};

enum sgw_session_event {
    SS_RX_CREATE_SESSION,
    SS_RX_CREATE_SESSION_RSP,
    SS_RX_MODIFY_BEARER,
    SS_RX_RELEASE_ACCESS,
    SS_RX_DELETE_SESSION,
    SS_RX_DELETE_SESSION_RSP,
    SS_TMR_T3,
    SS_EVENTS
};
enum sgw_command_event { SC_RX_COMMAND, SC_TRIGGERED, SC_RX_FAILURE, SC_TMR_T3, SC_EVENTS };
enum sgw_bearer_event {
    SB_RX_CREATE_BEARER,
    SB_RX_CREATE_BEARER_RSP,
    SB_RX_UPDATE_BEARER,
    SB_RX_UPDATE_BEARER_RSP,
    SB_RX_DELETE_BEARER,
    SB_RX_DELETE_BEARER_RSP,
    SB_RX_DELETE_COMMAND,
    SB_TMR_T3,
    SB_EVENTS
};
enum sgw_notify_event { NT_RX_DATA, NT_RX_ACK, NT_TMR_T3, NT_OPEN, NT_RX_FAILURE, NT_TMR_BUFFER, NT_GONE, NT_EVENTS };

/* What every handler of a relayed request may need. */
static inline struct sgw_relay *sgw_relay_of(struct fsm *f)
{
    return (struct sgw_relay *)(void *)((char *)f - offsetof(struct sgw_relay, fsm));
}
static inline const struct sgw_relay *sgw_const_relay_of(const struct fsm *f)
{
    return (const struct sgw_relay *)(const void *)((const char *)f - offsetof(struct sgw_relay, fsm));
}
static inline struct sgw_ue *sgw_ue_of(const struct sgw_relay *r)
{
    return ctx_find(&r->sgw->ues, r->ue);
}
static inline struct sgw_pdn *sgw_pdn_of(const struct sgw_relay *r)
{
    return ctx_find(&r->sgw->pdns, r->pdn);
}
/* A number for a request of its own. */
static inline uint32_t sgw_next_seq(struct sgw *s)
{
    s->seq = gtp_next_seq(s->seq);
    return s->seq;
}
/* What it asks of different nodes may have one number, once that is another node's: the node is part of the key. */
static inline uint64_t sgw_key(uint32_t to, uint32_t seq)
{
    return (uint64_t)to << 24 | seq;
}
/* The request to this node with this number, or NULL. */
static inline struct sgw_relay *sgw_relay_by_seq(const struct sgw *s, uint32_t to, uint32_t seq)
{
    uint32_t index = seq ? idmap_get(&s->relay_of_seq, sgw_key(to, seq)) : 0;
    return index ? slab_at(&s->relays.slab, index) : NULL;
}
static inline struct ie_fteid sgw_fteid(const struct sgw *s, uint8_t iface, uint32_t teid)
{
    return (struct ie_fteid){.iface = iface, .teid = teid, .ipv4 = epc_ip(s->node)};
}

/* ---- contexts (sgw.c) */
struct sgw_ue *sgw_ue_new(struct sgw *s, uint64_t imsi);
struct sgw_ue *sgw_ue_by_imsi(const struct sgw *s, uint64_t imsi);
struct sgw_pdn *sgw_pdn_new(struct sgw *s, struct sgw_ue *ue);
/* With its bearers and the requests about it that are under way, but for `spared`. */
void sgw_pdn_free(struct sgw *s, struct sgw_pdn *pdn, const struct sgw_relay *spared);
struct sgw_bearer *sgw_bearer_new(struct sgw *s, struct sgw_pdn *pdn);
void sgw_bearer_free(struct sgw *s, struct sgw_bearer *b);
/* NULL when there is none. */
struct sgw_bearer *sgw_bearer_by_ebi(const struct sgw *s, const struct sgw_pdn *pdn, uint8_t ebi);
struct sgw_bearer *sgw_ue_bearer(const struct sgw *s, const struct sgw_ue *ue, uint8_t ebi);
/* The PDN connection with this default bearer. */
struct sgw_pdn *sgw_ue_pdn(const struct sgw *s, const struct sgw_ue *ue, uint8_t ebi);
/* The F-TEID of this kind that a bearer context of a message has, or NULL. */
const struct ie_fteid *sgw_find_fteid(const struct ie_bearer *b, uint8_t iface);

/* ---- relayed requests (sgw_relay.c) */
struct sgw_relay *sgw_relay_new(struct sgw *s, struct fsm_def *def, const struct gtp_msg *m, struct node *from,
                                uint16_t iface);
/* Frees one that is not in a handler. */
void sgw_relay_drop(struct sgw_relay *r);
/* Makes the request one of this phone's. */
void sgw_relay_join(struct sgw_relay *r, struct sgw_ue *ue);
/* struct fsm_def.ended: frees the relay, and the phone when nothing else is left of it. */
void sgw_relay_ended(struct fsm *f);
/* A request of this type to be sent on, with a sequence number of its own, or that of the command that triggered it. */
struct gtp_msg *sgw_relay_request(struct sgw_relay *r, enum gtp_type type, uint32_t teid);
/* Sends the request on and starts timer 0. Always true. */
bool sgw_relay_send(struct sgw_relay *r, uint32_t to, uint16_t iface);
/* Answers whoever asked; seals. Always true. */
bool sgw_relay_reply(struct sgw_relay *r, struct gtp_msg *m);
struct gtp_msg *sgw_relay_answer(const struct sgw_relay *r, enum gtp_type type);
/* Of the state machines' tables: T3-RESPONSE has expired and there are tries left; then the next one. */
bool sgw_tries_left(const struct fsm *f, const void *arg);
bool sgw_ask_again(struct fsm *f, const void *arg);

/* ---- packets for an idle phone (sgw_notify.c) */
/* A packet, and the bearer that it belongs to. */
struct sgw_downlink {
    const struct gtp_msg *m;
    const struct sgw_bearer *bearer;
};
void sgw_notify_new(struct sgw *s);
/* It has no eNB to go to. */
void sgw_notify_data(struct sgw *s, const struct sgw_downlink *d);
/* Something that matters to what waits for this phone. */
void sgw_notify_event(struct sgw *s, const struct sgw_ue *ue, enum sgw_notify_event event);
/* Downlink Data Notification Acknowledge or Failure Indication. */
void sgw_notify_rx(struct sgw *s, const struct gtp_msg *m);

/* ---- warm start (sgw_session.c; sgw_warm.c has the whole) */
/* A PDN connection as the MME asks for it; then with the tunnel ends of the P-GW and the eNB. */
struct sgw_pdn *sgw_session_warm(struct sgw *s, struct sgw_ue *ue, const struct epc_warm *w, const struct epc_warm_pdn *asked);
void sgw_session_warm_ends(struct sgw *s, struct sgw_pdn *pdn, const struct epc_warm *w, const struct epc_warm_pdn *ends);
void sgw_session_warm_idle(struct sgw *s, const struct sgw_ue *ue);

/* ---- user plane (sgw_data.c) */
void sgw_data_new(struct sgw *s);
void sgw_data_rx(struct sgw *s, const struct gtp_msg *m, uint16_t iface);
/* Sends a packet on to the eNB of its bearer, which has one. */
void sgw_data_to_enb(struct sgw *s, const struct sgw_bearer *bearer, const struct gtp_msg *m);

#endif
