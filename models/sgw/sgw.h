/* sgw.h - the Serving Gateway: carries bearers between the eNB and the P-GW, and relays what the P-GW and
 * the MME agree about them (TS 23.401 4.4.3.2; GTPv2-C of TS 29.274 on S11 and S5, GTP-U of TS 29.281). */
#ifndef MODELS_SGW_SGW_H
#define MODELS_SGW_SGW_H

#include "models/epc.h"

/* Its peers make themselves known, its address follows from the node (epc_ip()). */
struct sgw_cfg {
    uint32_t buffer; /* packets that it keeps for an idle phone, at most */
};

extern struct fsm_def sgw_session_def, sgw_bearer_def, sgw_command_def, sgw_notify_def, sgw_data_def;

/* Makes the node an S-GW. epc must outlive it. */
void sgw_new(const struct epc *epc, struct node *n, const struct sgw_cfg *cfg);
/* Frees all contexts; before the stacks and the network. */
void sgw_free(struct node *n);
/* Contexts alive: phones, PDN connections, bearers, requests relayed just now, packets that wait. */
size_t sgw_contexts(const struct node *n);
/* Warm start: the contexts of a phone and its PDN connections; then, when P-GW and eNB have theirs, the tunnel ends. */
void sgw_warm(struct node *n, struct epc_warm *w);
void sgw_warm_bearers(struct node *n, struct epc_warm *w);
/* The same phone goes to idle mode. */
void sgw_warm_idle(struct node *n, const struct epc_warm *w);
/* All contexts, byte by byte, for comparison (sim/dump.h). */
void sgw_dump(const struct node *n, GString *out);
/* Packets dropped so far: of tunnels that do not exist, and downlink ones without an eNB to go to. */
uint64_t sgw_dropped(const struct node *n);
/* Copies at most `max` bearers of the phone with this IMSI: EBI, and of the user plane fteid[0] = eNB's end
 * (TEID 0: none), fteid[1] = P-GW's end. Returns how many there are. For invariants. */
unsigned sgw_bearers(const struct node *n, uint64_t imsi, struct ie_bearer *out, unsigned max);

/* For invariants (sgw_check.c): whether it has a context of this subscriber; whether no procedure about it goes on. */
bool sgw_has(const struct node *n, uint64_t imsi);
bool sgw_is_quiet(const struct node *n, uint64_t imsi);

#endif
