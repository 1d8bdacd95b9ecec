/* gateways.h - an S-GW and a P-GW between a scripted MME, eNB, PCRF and P-CSCF: the stage of test_gateways.c.
 *
 * All latencies are 0. A flow is compared as text: one line "from > to: message" per message that arrived, in
 * order. The script answers for the peers: the MME gives bearers the identities 6, 7 ... and the eNB's tunnels, and
 * acknowledges that there is data. */
#ifndef TESTS_FLOW_GATEWAYS_H
#define TESTS_FLOW_GATEWAYS_H

#include "models/pgw/pgw.h"
#include "models/sgw/sgw.h"

enum { MME_TEID = 0x3e000000, ENB_TEID = 0x0e000000 };
enum { MME, ENB, SGW, PGW, PCRF, P_CSCF, NODES };

struct gw_world {
    struct sim *sim;
    struct net *net;
    struct epc epc;
    sim_time timer[TIMER_COUNT];
    struct node *node[NODES];
    void (*real[NODES])(struct node *n, struct msg *m, struct node *from, uint16_t iface);
    uint32_t host[NODES], realm;
    GString *flow;
    struct msg *last[NODES]; /* that the node received */
    uint8_t cause;           /* the MME's answers about bearers and data */
    uint8_t next_ebi;
    bool mute_mme, mute_pcrf;
    uint32_t cca_result, triggers;
    uint32_t sgw_teid; /* S11 */
    uint32_t ue_rules; /* that the PCRF has granted to the phone */
    uint32_t gx;       /* session token */
    uint32_t seq;
};

/* The body of the last message that a node received. */
#define LAST_GTP(w, node, id) gtp_body((const struct gtp_msg *)(w)->last[node], id)
#define LAST_DIA(w, node, id) dia_body((const struct dia_msg *)(w)->last[node], id)

/* One world at a time. Freeing it asserts that no message is left. */
struct gw_world *gw_world_new(void);
void gw_world_free(struct gw_world *w);
/* Runs until nothing is left to do; asserts that the flow since the last time is this, or forgets it. */
void gw_expect_flow(struct gw_world *w, const char *flow);
/* The same without waiting for any timer. */
void gw_expect_now(struct gw_world *w, const char *flow);
void gw_forget_flow(struct gw_world *w);
/* Loses the nth to (nth + count - 1)th GTP message of a type on an interface. */
void gw_lose(struct gw_world *w, int type, int iface, unsigned nth, unsigned count);
/* Address of the phone, subscriber 0. */
uint32_t gw_phone(const struct gw_world *w);
/* Seals and sends; takes over the reference. */
void gw_send_gtp(int from, int to, uint16_t iface, struct gtp_msg *m);

/* A packet with any message, in the tunnel with this TEID (0: on its way to the P-GW or from it). */
struct gtp_msg *gw_packet(struct gw_world *w, uint32_t teid, struct ie_packet around);

/* What the MME begins. gw_attach() asks for subscriber 0, bearer 5, APN "ims", and runs. */
struct gtp_msg *gw_create_session(struct gw_world *w, uint64_t imsi, uint8_t ebi, const char *apn);
void gw_attach(struct gw_world *w);
void gw_modify_bearer(struct gw_world *w, uint32_t teid, uint8_t ebi);
void gw_delete_session(struct gw_world *w, uint32_t teid, uint8_t ebi);

/* What the PCRF begins: rules "voice" with these serial numbers. A rule of gw_media() is RTP both ways, ports 5000
 * at the far end and `port` at the phone. */
struct ie_rule gw_media(uint32_t serial, uint8_t qci, uint16_t port, uint32_t rate);
void gw_install(struct gw_world *w, unsigned n, const struct ie_rule *rule);
void gw_remove_rules(struct gw_world *w, uint32_t first, uint32_t last);

#endif
