/* enb_warm.c - the contexts of a phone that begins attached (see models/epc.h), and all contexts as text. */
#include "models/enb/enb_int.h"

#include "sim/dump.h"

void enb_warm(struct node *n, struct epc_warm *w)
{
    struct enb *enb = n->self;
    struct enb_ue *ue = enb_ue_new(enb, w->phone);

    enb_connection_warm(ue, w->establishment);
    w->enb_id = ue->id;
    w->rnti = enb_rnti(ue);
    w->uli = (struct ie_uli){.tai = enb->cfg.tai, .ecgi = enb->cfg.ecgi};
}

void enb_warm_bearers(struct node *n, struct epc_warm *w)
{
    struct enb *enb = n->self;
    struct enb_ue *ue = ctx_find(&enb->ues, w->enb_id);

    ue->knows_mme = true;
    ue->mme_id = w->mme_id;
    enb_context_warm(ue);
    for (unsigned i = 0; i < w->n; i++) {
        struct epc_warm_pdn *pdn = &w->pdn[i];
        const struct ie_erab item = {.id = pdn->ebi, .teid = pdn->sgw_s1u, .ipv4 = epc_ip(w->sgw), .qos = pdn->apn->qos};
        const struct enb_erab *e = enb_erab_warm(ue, &item);
        sim_assert(n->sim, e);
        pdn->enb_s1u = e->id;
        pdn->drb = e->drb;
    }
    enb_traffic(ue);
}

void enb_warm_idle(struct node *n, const struct epc_warm *w)
{
    struct enb *enb = n->self;
    enb_ue_free(ctx_find(&enb->ues, w->enb_id));
}

/* ---- as text ---------------------------------------------------------------------------------------- */

static void dump_ue(const struct enb_ue *ue, GString *out)
{
    struct enb_ue c = *ue;
    dump_machine(&c.connection);
    dump_machine(&c.context);
    dump_machine(&c.erabs);
    dump_machine(&c.release);
    DUMP_HIDE(c.enb);
    DUMP_NODE(c.phone);
    DUMP_HIDE(c.request);
    DUMP_HIDE(c.waiting.head);
    DUMP_HIDE(c.waiting.tail);
    DUMP(out, "eNB phone", c);
    g_string_append_printf(out, "  found by phone: %08x\n", idmap_get(&ue->enb->by_phone, (uint64_t)ue->phone->id + 1));
}

void enb_dump(const struct node *n, GString *out)
{
    const struct enb *enb = n->self;
    for (uint32_t i = 1; i < slab_end(&enb->ues.slab); i++)
        if (slab_in_use(&enb->ues.slab, i))
            dump_ue(slab_at(&enb->ues.slab, i), out);
    for (uint32_t i = 1; i < slab_end(&enb->erabs.slab); i++) {
        if (!slab_in_use(&enb->erabs.slab, i))
            continue;
        struct enb_erab c = *(const struct enb_erab *)slab_at(&enb->erabs.slab, i);
        DUMP_NODE(c.sgw);
        DUMP(out, "eNB E-RAB", c);
    }
    g_string_append_printf(out, "  phones known: %u\n", idmap_count(&enb->by_phone));
}
