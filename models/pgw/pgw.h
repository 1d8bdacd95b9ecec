/* pgw.h - the PDN Gateway with its PCEF: gives phones their address, makes bearers of the PCRF's rules, and joins
 * the tunnels to the IMS (TS 23.401 4.4.3.3, TS 23.203 6.2.2; GTPv2-C of TS 29.274 on S5, Gx of TS 29.212). */
#ifndef MODELS_PGW_PGW_H
#define MODELS_PGW_PGW_H

#include "models/epc.h"

#define PGW_MAX_P_CSCFS 16
struct pgw_cfg {
    struct node *pcrf;
    uint32_t p_cscf[PGW_MAX_P_CSCFS]; /* told to phones that ask: epc_ip() of P-CSCFs, each the first in turn */
    uint32_t p_cscf_host[PGW_MAX_P_CSCFS]; /* the same by name: hosts of the SIP stack */
    uint8_t n_p_cscf;
    bool names;    /* what DHCP names them by */
    uint32_t dns;  /* address of a DNS server, told by DHCP; 0: none */
    uint32_t host, domain, pcrf_domain; /* Diameter identities: own host and realm, realm of the PCRF */
};

extern struct fsm_def pgw_session_def, pgw_bearer_def, pgw_request_def, pgw_data_def, pgw_dhcp_def;

/* Makes the node a P-GW. epc must outlive it; cfg is copied. */
void pgw_new(const struct epc *epc, struct node *n, const struct pgw_cfg *cfg);
/* Frees all contexts; before the stacks and the network. */
void pgw_free(struct node *n);
/* Warm start: the PDN connections of a phone; then, when the PCRF has its sessions, what that asks for. */
void pgw_warm(struct node *n, struct epc_warm *w);
void pgw_warm_policy(struct node *n, struct epc_warm *w);
/* All contexts, byte by byte, for comparison (sim/dump.h). */
void pgw_dump(const struct node *n, GString *out);
/* Contexts alive: PDN connections, bearers, rules. */
size_t pgw_contexts(const struct node *n);
/* Packets dropped so far: of no tunnel or address, for no node, and those a closed gate held. */
uint64_t pgw_dropped(const struct node *n);
uint64_t pgw_gated(const struct node *n); /* the last of these only */
/* The dedicated bearers of the PDN connection with this address are lost: the PCRF is told, and they are deleted. */
void pgw_lose_bearers(struct node *n, uint32_t ip);
/* Address of a subscriber's phone on this APN: its own on the IMS (epc_ue_ip()), one of the shared space of
 * RFC 6598 on any other, so that two PDN connections of a phone differ. 0: none. */
uint32_t pgw_address(const struct epc *epc, uint32_t party, const char *apn);
/* Copies at most `max` bearers of the PDN connection with this address, the default one first: EBI, QoS,
 * charging id, and of the user plane fteid[0] = S-GW's end (TEID 0: not there yet), fteid[1] = own end. Returns
 * how many there are. For invariants. */
unsigned pgw_bearers(const struct node *n, uint32_t ip, struct ie_bearer *out, unsigned max);
/* Copies at most `max` rules of it, bearer by bearer; returns how many there are. */
unsigned pgw_rules(const struct node *n, uint32_t ip, struct ie_rule *out, unsigned max);

/* For invariants (pgw_check.c): whether it has a context of the PDN connection with this address; whether no procedure about it goes on. */
bool pgw_has(const struct node *n, uint32_t ip);
bool pgw_is_quiet(const struct node *n, uint32_t ip);

#endif
