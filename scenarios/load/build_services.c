/* build_services.c - application servers of a scenario (see build_int.h). */
#include "scenarios/load/build_int.h"

void services_add_nodes(struct world *w)
{
    struct world_priv *p = w->priv;
    p->ases = as_world_new(w->sip);
    for (guint i = 0; i < w->scn->nodes->len; i++) {
        const struct scn_node *s = &g_array_index(w->scn->nodes, struct scn_node, i);
        struct node *n = net_find_node(w->net, s->id);
        if (n->kinds & KIND_AS)
            as_new(p->ases, n, &(struct as_cfg){.host = sip_add_host(w->sip, s->host, n), .record_route = s->record_route});
    }
}

void services_free(struct world *w)
{
    as_world_free(w->priv->ases);
}

size_t services_contexts(const struct world *w)
{
    return as_pending(w->priv->ases);
}
