/* hss.h - Home Subscriber Server: who is served by which S-CSCF. */
#ifndef MODELS_HSS_HSS_H
#define MODELS_HSS_HSS_H

#include "models/proto/diameter/diameter.h"
#include "sim/fsm.h"

/* Makes `n` an HSS. `host` and `domain` are host indices of the SIP stack. */
void hss_new(struct dia_stack *dia, struct node *n, uint32_t host, uint32_t domain);
/* Provisions a subscriber; s_cscf is the host of its S-CSCF, or UINT32_MAX: not registered. */
void hss_provision(struct node *n, uint32_t party, uint32_t s_cscf);
void hss_free(struct node *n);

extern struct fsm_def hss_cx_def;

#endif
