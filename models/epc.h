/* epc.h - what the nodes of the access and core network have in common: stacks, identities, addresses.
 *
 * Identities are arithmetic: subscriber `party` (index in the SIP stack's table) has IMSI EPC_IMSI_BASE +
 * party and the IPv4 address of its SIP contact; a node's IPv4 address is 10.x.y.z with its id. So nothing has to be
 * looked up to turn one into the other, and nothing is stored per phone. */
#ifndef MODELS_EPC_H
#define MODELS_EPC_H

#include "models/names.h"
#include "models/proto/dhcp/dhcp.h"
#include "models/proto/diameter/diameter.h"
#include "models/proto/dns/dns_client.h"
#include "models/proto/gtp/gtp.h"
#include "models/proto/nas/nas.h"
#include "models/proto/rrc/rrc.h"
#include "models/proto/s1ap/s1ap.h"
#include "models/proto/sip/sip.h"
#include "sim/ctx.h"
#include "sim/fsm.h"

/* Test network of TS 36.508: MCC 001, MNC 01. */
#define EPC_MCC 1
#define EPC_MNC 1
#define EPC_IMSI_BASE UINT64_C(1010000000000)

struct uu;

struct epc {
    struct net *net;
    struct sip_stack *sip;
    struct dia_stack *dia;
    struct gtp_stack *gtp;
    struct s1ap_stack *s1ap;
    struct rrc_stack *rrc;
    struct nas_stack *nas;
    struct dhcp_stack *dhcp; /* NULL: nobody uses it */
    struct dns_clients *resolvers; /* the same */
    const sim_time *timer; /* [TIMER_COUNT] */
    sim_flow marks;        /* of flows that are nobody's action            */
    GPtrArray *hss;        /* by host index of a home domain: its HSS, or NULL; NULL: there is one for all */
    struct uu *uu;         /* radios of cells; NULL: none has one */
    struct idmap party_of_ip; /* address -> party + 1; filled by epc_learn_ips() */
    struct idmap *listeners;  /* eNB and S-TMSI -> phone that listens there, node id + 1; NULL: no phone can be paged */
};

/* SIP on Gm and DNS as user data. Puts a message of a P-CSCF or DNS server for a phone into an IP packet and sends it to the
 * P-GW over SGi; references the message. */
bool epc_send_down(const struct epc *epc, struct node *from, struct node *pgw, uint32_t party, struct msg *inner);
/* The other end, as node->unwrap of these: a packet from SGi is opened and what it holds arrives. net->model is the epc. */
bool epc_unwrap_up(struct node *to, struct msg *m);
/* The interface that a message belongs to which travels as user data. */
uint16_t epc_carried_on(const struct epc *epc, const struct msg *inner);
/* UDP ports of a DNS server, and of a phone that asks one (any of those that are nobody's: RFC 6335 6). */
enum { DNS_PORT = 53, DNS_CLIENT_PORT = 49152 };

/* The HSS of a subscriber's home network; NULL: none is known. */
struct node *epc_hss(const struct epc *epc, uint32_t party);
/* Address of a subscriber's phone; 0: none. */
uint32_t epc_ue_ip(const struct epc *epc, uint32_t party);
/* The subscriber with this address, or UINT32_MAX. */
uint32_t epc_party_of_ip(const struct epc *epc, uint32_t ip);
/* Notes the addresses of all subscribers; once, when all are known. */
void epc_learn_ips(struct epc *epc);

/* The air carries a page to every phone of a cell; who finds itself meant is looked up. A phone that listens to the paging
 * channel of this eNB's cell with this identity; it stops listening; who does, or NULL. */
void epc_listen(const struct epc *epc, const struct node *enb, struct ie_s_tmsi id, const struct node *phone);
void epc_listen_no_more(const struct epc *epc, const struct node *enb, struct ie_s_tmsi id);
struct node *epc_listener(const struct epc *epc, const struct node *enb, struct ie_s_tmsi id);

/* ---- warm start ------------------------------------------------------------------------------------------
 *
 * A phone that begins attached: what its nodes know of each other. Whoever builds a network fills in the nodes; each
 * node's ..._warm() function makes the contexts that an attach would have left behind, by the functions of the
 * attach, and fills in what the others need. scenarios/load/build_warm.c has the order. */
#define EPC_WARM_PDNS 2

/* A PDN connection with its default bearer. */
struct epc_warm_pdn {
    const char *name;                /* of the access point, as the phone asks for it          */
    const struct ie_apn_config *apn; /* as subscribed                                          */
    uint32_t ip;
    uint32_t asked, asked_s5;        /* sequence numbers of Create Session Request: S11, S5     */
    uint32_t sgw_s5c, pgw_s5c;       /* TEIDs of the control plane                              */
    uint32_t enb_s1u, sgw_s1u, sgw_s5u, pgw_s5u; /* TEIDs of the default bearer                */
    uint32_t events;                 /* event triggers of the PCRF, 1 << value                  */
    uint8_t ebi, drb, pco;           /* pco: what the phone asks for, PCO_...                   */
    struct ie_pco told;              /* what the P-GW answers                                   */
};

struct epc_warm {
    struct node *phone, *enb, *mme, *sgw, *pgw, *pcrf, *hss;
    uint32_t party;
    uint32_t mme_host;             /* host of the SIP stack */
    uint32_t pgw_host, pgw_domain; /* the same, of the P-GW: Gx */
    struct ie_subscription sub;
    uint64_t sqn;                  /* of the vector that was used                      */
    struct ie_uli uli;
    struct ie_guti guti;
    struct ie_security_caps security;
    uint32_t enb_id, mme_id, rnti; /* S1AP ids, C-RNTI                                 */
    uint32_t sgw_s11;              /* TEID; that of the MME is mme_id                  */
    uint16_t radio_capability;
    uint8_t establishment;         /* cause of the RRC connection                      */
    uint8_t t3412;                 /* as a GPRS timer                                  */
    uint8_t n;
    struct epc_warm_pdn pdn[EPC_WARM_PDNS];
};

static inline struct ie_plmn epc_plmn(void)
{
    return (struct ie_plmn){.mcc = EPC_MCC, .mnc = EPC_MNC, .mnc_digits = 2};
}
static inline uint64_t epc_imsi(uint32_t party)
{
    return EPC_IMSI_BASE + party;
}
static inline uint32_t epc_party(uint64_t imsi)
{
    return (uint32_t)(imsi - EPC_IMSI_BASE);
}
static inline uint32_t epc_ip(const struct node *n)
{
    return 0x0a000000u | n->id;
}
/* The node with this address; NULL for one that is no node's. */
static inline struct node *epc_node(const struct epc *epc, uint32_t ip)
{
    return ip >> 24 == 10 && (ip & 0xffffffu) < epc->net->nodes->len ? net_node(epc->net, ip & 0xffffffu) : NULL;
}

#endif
