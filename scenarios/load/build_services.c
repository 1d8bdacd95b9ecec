/* build_services.c - application servers and DNS servers of a scenario (see build_int.h). */
#include "scenarios/load/build_int.h"

void services_add_nodes(struct world *w)
{
    struct world_priv *p = w->priv;
    p->ases = as_world_new(w->sip);
    for (guint i = 0; i < w->scn->nodes->len; i++) {
        const struct scn_node *s = &g_array_index(w->scn->nodes, struct scn_node, i);
        struct node *n = net_find_node(w->net, s->id);
        if (n->kinds & KIND_AS)
            as_new(p->ases, n,
                   &(struct as_cfg){.host = sip_add_host(w->sip, s->host, n), .record_route = s->record_route});
        if (n->kinds & KIND_DNS) {
            dns_server_new(p->dns, w->sip, n, (uint32_t)(s->ttl / SIM_S));
            n->unwrap = p->lte && !n->unwrap ? epc_unwrap_up : n->unwrap;
            sip_add_host(w->sip, s->host, n);
            g_ptr_array_add(p->dnss, n);
        }
    }
}

static void name_everywhere(struct world *w, uint32_t domain, uint32_t target)
{
    for (guint i = 0; i < w->priv->dnss->len; i++)
        dns_server_add_service(g_ptr_array_index(w->priv->dnss, i), domain, target);
}

/* The SIP service of a domain is at its I-CSCF, under the name of that role; that of a P-CSCF's own name is there. */
void services_name_nodes(struct world *w)
{
    for (guint i = 0; i < w->scn->nodes->len; i++) {
        const struct scn_node *s = &g_array_index(w->scn->nodes, struct scn_node, i);
        struct node *n = net_find_node(w->net, s->id);
        if (n->kinds & KIND_P_CSCF)
            name_everywhere(w, sip_add_host(w->sip, s->host, n), sip_add_host(w->sip, s->host, n));
        if (n->kinds & KIND_I_CSCF)
            name_everywhere(w, sip_add_host(w->sip, world_network(w, s->network)->domain, NULL),
                            sip_add_host(w->sip, s->i_host ? s->i_host : s->host, n));
    }
}

void services_name_phone(struct world *w, const struct scn_group *s, uint32_t party)
{
    for (guint i = 0; s->tel && s->in_enum && i < w->priv->dnss->len; i++)
        dns_server_add_number(g_ptr_array_index(w->priv->dnss, i), party);
}

void services_free(struct world *w)
{
    as_world_free(w->priv->ases);
}

size_t services_contexts(const struct world *w)
{
    return as_pending(w->priv->ases) + dns_queries(w->priv->resolvers);
}
