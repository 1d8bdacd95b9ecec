/* as.h - Application Server: a SIP proxy in the path of a call, where an S-CSCF's filter criteria put it (TS 23.218).
 *
 * It takes the third-party REGISTERs of S-CSCFs, so that it knows whom it serves and until when, and sends a
 * request that is for it on to where its Route leads: back to the S-CSCF that triggered it. */
#ifndef MODELS_AS_AS_H
#define MODELS_AS_AS_H

#include "models/proto/sip/sip_txn.h"

struct as_world;

struct as_cfg {
    uint32_t host;     /* host index of its SIP URI                     */
    bool record_route; /* stays in the path of the dialogs that pass it */
};

struct as_world *as_world_new(struct sip_stack *sip);
void as_world_free(struct as_world *w);
/* Makes `n` an application server. */
void as_new(struct as_world *w, struct node *n, const struct as_cfg *cfg);
/* Host index of its SIP URI. */
uint32_t as_host(const struct node *n);
/* Registers a subscriber, as this S-CSCF (host) would, until then. */
void as_warm(struct node *n, uint32_t party, uint32_t s_cscf, sim_time until);
/* Requests being forwarded by all application servers, for invariants. */
size_t as_pending(const struct as_world *w);

/* Until when this subscriber is registered at the application server; 0: it is not, or no longer. */
sim_time as_registered_until(const struct node *n, uint32_t party);
/* How many are registered now. Walks over all it has ever heard of. */
size_t as_registered_count(const struct node *n);

extern struct fsm_def as_def;

#endif
