/* build_warm.c - phones that begin attached: state="registered-connected", "registered-idle" (see models/epc.h).
 *
 * No message is simulated and nothing is looked up by name for a phone: the nodes of a group are found once. Identities and
 * numbers come out as if the phones had attached one after the other, in the order of the file. */
#include "scenarios/load/build_int.h"

#include "models/enb/enb.h"
#include "models/mme/mme.h"
#include "models/pcrf/pcrf.h"
#include "models/pgw/pgw.h"
#include "models/sgw/sgw.h"
#include "models/ue/ue_access.h"

static struct node *node_of(const struct world *w, const char *id)
{
    return id ? net_find_node(w->net, id) : NULL;
}

/* The nodes that serve phones of an eNB: those that it, its MME, the MME's P-GW name. */
static struct epc_warm nodes_of(struct world *w, const struct scn_group *s, const char *id)
{
    const struct scn_node *enb = world_scn_node(w, id), *mme = world_scn_node(w, enb->mme), *pgw = world_scn_node(w, mme->pgw);
    struct epc_warm all = {
        .enb = node_of(w, id),
        .mme = node_of(w, enb->mme),
        .sgw = node_of(w, mme->sgw),
        .pgw = node_of(w, mme->pgw),
        .pcrf = node_of(w, pgw->pcrf),
        .hss = world_hss(w, s->network),
    };
    all.mme_host = sip_add_host(w->sip, mme->host, all.mme);
    return all;
}

/* In the order of an attach; the tunnels' ends last, when both sides have theirs. */
static const char *attach(struct ue_access *phone, struct epc_warm *w)
{
    ue_access_warm_ask(phone, w);
    if (!hss_warm(w->hss, w))
        return "the HSS of its network does not know it";
    enb_warm(w->enb, w);
    if (!mme_warm(w->mme, w))
        return "it is not subscribed to its access point; ims and internet are accepted";
    sgw_warm(w->sgw, w);
    pgw_warm(w->pgw, w);
    pcrf_warm(w->pcrf, w);
    pgw_warm_policy(w->pgw, w);
    enb_warm_bearers(w->enb, w);
    mme_warm_bearers(w->mme, w);
    sgw_warm_bearers(w->sgw, w);
    ue_access_warm(phone, w);
    return NULL;
}

/* In the order of a release. A crowd did not come to rest at one instant: evenly within the last T3412, the last one now. */
static void go_idle(struct ue_access *phone, const struct epc_warm *w, sim_time since)
{
    sgw_warm_idle(w->sgw, w);
    enb_warm_idle(w->enb, w);
    ue_access_warm_idle(phone, since);
    mme_warm_idle(w->mme, w, since);
}

static void warm_group(struct world *w, const struct scn_group *s)
{
    sim_time t3412 = w->sip->timer[TIMER_NAS_T3412];
    uint32_t count = 0;
    struct node *const *phones = world_phones(w, s->id, &count);
    const guint enbs = g_strv_length(s->enb);
    struct epc_warm *nodes = g_new(struct epc_warm, enbs);
    const char *problem = NULL;
    for (guint i = 0; i < enbs; i++)
        nodes[i] = nodes_of(w, s, s->enb[i]);
    for (uint32_t i = 0; i < count && !problem; i++) {
        struct epc_warm all = nodes[i % enbs];
        problem = attach(ue_access_of(phones[i]), &all);
        if (!problem && s->state == SCN_PHONE_IDLE)
            go_idle(ue_access_of(phones[i]), &all, -(t3412 / count) * (sim_time)(count - 1 - i));
        if (problem)
            world_complain(w, &s->pos, "phone \"%s\" cannot begin attached: %s", phones[i]->name, problem);
        else
            lte_take_p_cscf(w, phones[i], &all.pdn[all.n - 1].told);
    }
    g_free(nodes);
}

void lte_warm_phones(struct world *w)
{
    for (guint i = 0; i < w->scn->groups->len; i++) {
        const struct scn_group *s = &g_array_index(w->scn->groups, struct scn_group, i);
        if (s->enb && (s->state == SCN_PHONE_CONNECTED || s->state == SCN_PHONE_IDLE))
            warm_group(w, s);
    }
}
