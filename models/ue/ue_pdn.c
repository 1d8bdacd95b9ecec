/* ue_pdn.c - PDN connections of a phone: what it asks for, as part of the attach or later, and what a phone that begins attached
 * has of them (TS 24.301 6.5.1, 8.3.20). */
#include "models/ue/ue_access_int.h"

#include <string.h>

/* What a phone asks for in PCO. */
static uint8_t wanted(const struct ue_access *a, const char *apn)
{
    bool sip = strcmp(apn, ue_sip_apn(a)) == 0;
    return (uint8_t)(PCO_VIA_NAS | (sip && !a->cfg->no_discovery ? PCO_P_CSCF : 0) |
                     (strcmp(apn, "ims") == 0 ? PCO_IM_CN_FLAG : PCO_DNS));
}

struct nas_msg *ue_esm_pdn_request(struct ue_access *a, const char *apn, bool own)
{
    struct nas_msg *m = own ? ue_nas_new(a, NAS_pdn_connectivity_request)
                            : nas_new(a->epc->nas, NAS_pdn_connectivity_request);
    struct nas_pdn_connectivity_request *body = nas_body(m, pdn_connectivity_request);
    m->pti = 1;
    body->request = PDN_REQUEST_INITIAL;
    body->pdn = PDN_IPV4;
    IE_PUT(body, apn) = apn;
    IE_PUT(body, pco) = (struct ie_pco){.flags = wanted(a, apn)};
    return m;
}

/* ---- warm start ------------------------------------------------------------------------------ */

void ue_esm_warm_ask(const struct ue_access *a, struct epc_warm *w)
{
    w->n = a->cfg->second_pdn ? 2 : 1;
    w->pdn[0].name = a->cfg->apn;
    w->pdn[1].name = ue_sip_apn(a);
    for (unsigned i = 0; i < w->n; i++)
        w->pdn[i].pco = wanted(a, w->pdn[i].name);
}

/* The first connection was part of the attach; what a later one took is what its transaction left behind. */
void ue_esm_warm(struct ue_access *a, const struct epc_warm *w)
{
    for (unsigned i = 0; i < w->n; i++)
        ue_bearer_add_default(a, w->pdn[i].ebi, &w->pdn[i].apn->qos, w->pdn[i].apn->apn, w->pdn[i].ip);
    if (w->n == 1)
        return;
    a->conn->pti = w->n;
    a->conn->sent = 1;
    a->sequence = (uint8_t)(a->sequence + 2 * (w->n - 1));
}
