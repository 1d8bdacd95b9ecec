/* build_radio.c - the radios of a scenario's cells (see build_int.h): parameters, and what the radio knows of
 * a phone. */
#include "scenarios/load/build_int.h"

#include "models/uu.h"

#include <string.h>

/* The phones that a group has in one cell take its qualities in turn. */
static unsigned quality(void *user, const struct node *phone)
{
    const struct world *w = user;
    const struct scn_group *g = world_group(w, phone);
    uint32_t count = 0;
    struct node *const *phones = world_phones(w, g->id, &count);
    unsigned nth = (phone->id - phones[0]->id) / g_strv_length(g->enb);
    char **list = g_strsplit(g->cqi, " ", -1);
    unsigned cqi = (unsigned)atoi(list[nth % g_strv_length(list)]);
    g_strfreev(list);
    return cqi;
}

/* Those that speak of this eNB, the general one first. False: none does, its Uu is a link with a latency. */
static bool params_of(const struct world *w, const struct node *enb, struct access_params *p)
{
    bool any = false;
    access_defaults(p);
    for (int own = 0; own <= 1; own++)
        for (guint i = 0; i < w->scn->radios->len; i++) {
            const struct scn_radio *r = &g_array_index(w->scn->radios, struct scn_radio, i);
            if (own ? !r->node || strcmp(r->node, enb->name) != 0 : r->node != NULL)
                continue;
            access_overlay(p, &r->p, &r->given);
            any = true;
        }
    return any;
}

struct uu *radio_new(struct world *w)
{
    struct uu *uu = NULL;
    for (guint i = 0; i < w->net->nodes->len; i++) {
        const struct node *n = net_node(w->net, i);
        struct access_params p;
        if (!(n->kinds & KIND_ENB) || !params_of(w, n, &p))
            continue;
        if (!uu)
            uu = uu_new(w->net, quality, w);
        uu_add_cell(uu, n, &p);
    }
    return uu;
}

const struct carriage *radio_of(const struct uu *uu, uint16_t iface, const struct node *from,
                                const struct node *to)
{
    const struct node *enb = from->kinds & KIND_ENB ? from : to;
    return iface == IFACE_UU && uu_cell(uu, enb) ? &uu_carriage : NULL;
}
