/* pcrf_warm.c - the Gx sessions of a phone that begins attached (see models/epc.h), and all of them as text. */
#include "models/pcrf/pcrf_int.h"

#include "sim/dump.h"

void pcrf_warm(struct node *n, struct epc_warm *w)
{
    struct pcrf *p = n->self;
    for (unsigned i = 0; i < w->n; i++) {
        struct epc_warm_pdn *pdn = &w->pdn[i];
        const struct pcrf_peer peer = {.node = w->pgw, .session = pdn->pgw_s5c, .host = w->pgw_host, .realm = w->pgw_domain};
        struct gx_session *gx = pcrf_gx_new(p, &peer);
        pcrf_gx_warm(gx, pdn->ip, pdn->apn->apn);
        pdn->events = gx->events;
    }
}

void pcrf_dump(const struct node *n, GString *out)
{
    const struct pcrf *p = n->self;
    for (uint32_t i = 1; i < slab_end(&p->gx.slab); i++) {
        if (!slab_in_use(&p->gx.slab, i))
            continue;
        struct gx_session c = *(const struct gx_session *)slab_at(&p->gx.slab, i);
        g_string_append_printf(out, "  found by session: %08x, by address: %08x\n",
                               idmap_get(&p->gx_of, pcrf_key(c.peer.session, c.peer.host)), idmap_get(&p->gx_by_ip, c.ip));
        dump_machine(&c.fsm);
        DUMP_HIDE(c.pcrf);
        DUMP_NODE(c.peer.node);
        DUMP(out, "PCRF IP connection", c);
    }
    g_string_append_printf(out, "PCRF: %u connections, %u with an address, %u Rx sessions, rule %u\n", idmap_count(&p->gx_of),
                           idmap_count(&p->gx_by_ip), ctx_count(&p->rx), p->rules);
}
