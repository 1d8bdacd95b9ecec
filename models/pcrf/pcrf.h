/* pcrf.h - Policy and Charging Rules Function: what bearers a call may have.
 *
 * It holds one session per IP connection of a phone with the P-GW (Gx), and one per call leg with the
 * P-CSCF (Rx), and turns the media that the P-CSCF describes into charging rules that the P-GW installs. */
#ifndef MODELS_PCRF_PCRF_H
#define MODELS_PCRF_PCRF_H

#include "models/epc.h"

struct pcrf_cfg {
    uint32_t host, domain; /* host indices of its Diameter identity and realm */
    /* Whether the subscriber with this address may have this service; NULL: everybody may have anything. */
    bool (*authorise)(void *user, uint32_t ip, const struct ie_media_list *media);
    void *user;
    bool no_ue_bearers; /* phones may not ask for resources themselves */
};

/* Makes `n` a PCRF. `epc` must outlive it; `cfg` is copied. */
void pcrf_new(const struct epc *epc, struct node *n, const struct pcrf_cfg *cfg);
void pcrf_free(struct node *n);
/* Gx and Rx sessions alive, for invariants. */
size_t pcrf_contexts(const struct node *n);
/* The rules in force for the phone with this address, for invariants: up to `room` of them, first those that it
 * asked for itself and that no call uses, then in the order in which their Rx sessions began. Returns how many there are. */
unsigned pcrf_rules(const struct node *n, uint32_t ip, struct ie_rule *rules, unsigned room);

/* Warm start: the Gx sessions of a phone. */
void pcrf_warm(struct node *n, struct epc_warm *w);
/* All contexts of Gx, byte by byte, for comparison (sim/dump.h). */
void pcrf_dump(const struct node *n, GString *out);

extern struct fsm_def pcrf_gx_def, pcrf_rx_def;

/* For invariants (pcrf_check.c): whether it has a context of the IP connection with this address; whether no procedure about it goes on. */
bool pcrf_has(const struct node *n, uint32_t ip);
bool pcrf_is_quiet(const struct node *n, uint32_t ip);

#endif
