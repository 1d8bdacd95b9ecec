/* pcrf_check.c - what the invariants ask of a PCRF (see models/check/check.h). */
#include "models/pcrf/pcrf_int.h"

static const struct gx_session *find(const struct pcrf *p, uint32_t ip)
{
    return ip ? ctx_find(&p->gx, idmap_get(&p->gx_by_ip, ip)) : NULL;
}

bool pcrf_has(const struct node *n, uint32_t ip)
{
    return find(n->self, ip) != NULL;
}

bool pcrf_is_quiet(const struct node *n, uint32_t ip)
{
    const struct pcrf *p = n->self;
    const struct gx_session *gx = find(p, ip);
    bool quiet = !gx || (!gx->raas && !fsm_waits(&gx->fsm));
    for (const struct rx_session *rx = gx ? pcrf_rx_find(p, gx->first) : NULL; rx && quiet;
         rx = pcrf_rx_find(p, rx->next))
        quiet = !rx->asked && !fsm_waits(&rx->fsm);
    return quiet;
}
