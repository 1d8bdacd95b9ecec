/* sgw_warm.c - the contexts of a phone that begins attached (see models/epc.h), and all contexts as text. */
#include "models/sgw/sgw_int.h"

#include "sim/dump.h"

void sgw_warm(struct node *n, struct epc_warm *w)
{
    struct sgw *s = n->self;
    struct sgw_ue *ue = sgw_ue_new(s, epc_imsi(w->party));

    w->sgw_s11 = ue->id;
    for (unsigned i = 0; i < w->n; i++) {
        struct epc_warm_pdn *p = &w->pdn[i];
        const struct sgw_pdn *pdn = sgw_session_warm(s, ue, w, p);
        p->asked_s5 = sgw_next_seq(s);
        p->sgw_s5c = pdn->id ^ SGW_S5_SIDE;
        p->sgw_s5u = pdn->bearers ^ SGW_S5_SIDE;
        p->sgw_s1u = pdn->bearers;
    }
}

void sgw_warm_bearers(struct node *n, struct epc_warm *w)
{
    struct sgw *s = n->self;

    for (unsigned i = 0; i < w->n; i++)
        sgw_session_warm_ends(s, ctx_find(&s->pdns, w->pdn[i].sgw_s5c ^ SGW_S5_SIDE), w, &w->pdn[i]);
}

void sgw_warm_idle(struct node *n, const struct epc_warm *w)
{
    struct sgw *s = n->self;
    sgw_session_warm_idle(s, ctx_find(&s->ues, w->sgw_s11));
}

/* ---- as text --------------------------------------------------------------------------------- */

static void dump_pool(const struct ctx_pool *pool, const char *what, GString *out)
{
    for (uint32_t i = 1; i < slab_end(&pool->slab); i++)
        if (slab_in_use(&pool->slab, i))
            dump_bytes(out, what, slab_at(&pool->slab, i), pool->slab.item_size);
}

void sgw_dump(const struct node *n, GString *out)
{
    const struct sgw *s = n->self;

    dump_pool(&s->ues, "S-GW phone", out);
    for (uint32_t i = 1; i < slab_end(&s->ues.slab); i++)
        if (slab_in_use(&s->ues.slab, i))
            g_string_append_printf(out, "  %u found by IMSI: %u\n", i,
                                   idmap_get(&s->ue_of_imsi, ((const struct sgw_ue *)slab_at(&s->ues.slab, i))->imsi));
    dump_pool(&s->pdns, "S-GW PDN connection", out);
    dump_pool(&s->bearers, "S-GW bearer", out);
    g_string_append_printf(out, "S-GW: %u phones known, %u requests under way, request %u\n", idmap_count(&s->ue_of_imsi),
                           ctx_count(&s->relays), s->seq);
}
