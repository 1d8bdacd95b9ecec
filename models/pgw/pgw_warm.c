/* pgw_warm.c - the PDN connections of a phone that begins attached (see models/epc.h), and all contexts as text. */
#include "models/pgw/pgw_int.h"

#include "sim/dump.h"

void pgw_warm(struct node *n, struct epc_warm *w)
{
    struct pgw *p = n->self;

    w->pgw_host = p->cfg.host;
    w->pgw_domain = p->cfg.domain;
    for (unsigned i = 0; i < w->n; i++) {
        struct epc_warm_pdn *pdn = &w->pdn[i];
        pdn->ip = pgw_address(p->epc, w->party, pdn->apn->apn);
        struct pgw_session *s = pgw_session_at(p, w->sgw, pdn->ip);
        pdn->pgw_s5c = s->id;
        pdn->pgw_s5u = pgw_session_warm(p, s, w, pdn)->id;
        pdn->told = pgw_configuration(p, s);
    }
}

void pgw_warm_policy(struct node *n, struct epc_warm *w)
{
    struct pgw *p = n->self;

    for (unsigned i = 0; i < w->n; i++)
        pgw_session_warm_policy(ctx_find(&p->sessions, w->pdn[i].pgw_s5c), w->pdn[i].events);
}

/* ---- as text --------------------------------------------------------------------------------- */

void pgw_dump(const struct node *n, GString *out)
{
    const struct pgw *p = n->self;

    for (uint32_t i = 1; i < slab_end(&p->sessions.slab); i++) {
        if (!slab_in_use(&p->sessions.slab, i))
            continue;
        struct pgw_session c = *(const struct pgw_session *)slab_at(&p->sessions.slab, i);
        g_string_append_printf(out, "  %u found by address: %u\n", i, idmap_get(&p->session_of_ip, c.ip));
        dump_machine(&c.fsm);
        DUMP(out, "P-GW PDN connection", c);
    }
    for (uint32_t i = 1; i < slab_end(&p->bearers.slab); i++)
        if (slab_in_use(&p->bearers.slab, i))
            dump_bytes(out, "P-GW bearer", slab_at(&p->bearers.slab, i), sizeof(struct pgw_bearer));
    g_string_append_printf(out, "P-GW: %u addresses, %u dedicated bearers, %u rules, request %u, charging id %u, P-CSCFs told %u\n",
                           idmap_count(&p->session_of_ip), ctx_count(&p->dedicated), ctx_count(&p->rules), p->seq, p->charging_id, p->turn);
}
