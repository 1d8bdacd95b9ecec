/* build_lte.c - the access network and packet core of a scenario: eNB, MME, gateways, PCRF, and the access
 * side of phones (see build_int.h).
 *
 * A scenario has them if it names an eNB. Gm of a phone with an eNB is no wire then: what is sent over it travels
 * as user data, which ue_access_send() and epc_send_down() put on its way. */
#include "scenarios/load/build_int.h"

#include "models/enb/enb.h"
#include "models/mme/mme.h"
#include "models/pcrf/pcrf.h"
#include "models/pgw/pgw.h"
#include "models/sgw/sgw.h"
#include "models/ue/ue_access.h"
#include "models/uu.h"
#include "sim/trace.h"

#include <string.h>

struct lte {
    struct epc epc;
    struct ue_access_pool *pool;
    GPtrArray *cfgs;    /* struct ue_access_cfg *, one per group */
    GPtrArray *pgw_of;  /* by node id of a phone: struct node *, the P-GW of its MME */
    GPtrArray *enbs;    /* GArray * of struct mme_enb, one per MME */
    struct idmap listeners;
};

/* ---- SIP and DNS over bearers ------------------------------------------------------------------------------------ */

bool lte_carries(const struct world *w, uint16_t iface, const struct node *from, const struct node *to)
{
    const struct node *ue = from->kinds & KIND_UE ? from : to;
    return w->priv->lte && (iface == IFACE_GM || iface == IFACE_DNS) && (ue->kinds & KIND_UE) && ue_access_of(ue);
}

const struct carriage *lte_carriage(const struct world *w, uint16_t iface, const struct node *from, const struct node *to)
{
    return w->priv->lte ? radio_of(w->priv->lte->epc.uu, iface, from, to) : NULL;
}

static bool carrier(struct node *from, struct node *to, uint16_t iface, struct msg *m)
{
    const struct world *w = from->net->link_cfg_user;
    struct lte *lte = w->priv->lte;
    (void)iface;
    if (from->kinds & KIND_UE)
        return ue_access_send(ue_access_of(from), to, m);
    struct node *pgw = to->id < lte->pgw_of->len ? g_ptr_array_index(lte->pgw_of, to->id) : NULL;
    return pgw && epc_send_down(&lte->epc, from, pgw, ue_party(to), m);
}

static void carried_in(struct node *ue, struct msg *m, struct node *from)
{
    if (from)
        net_carried_in(from, ue, epc_carried_on(ue->net->model, m), msg_ref(m));
}

/* A bearer that two calls share changes when the second one comes. */
static void bearer_up(struct node *ue, uint8_t ebi, uint8_t qci, const struct ue_tft *tft)
{
    (void)ebi;
    if (tft)
        ue_bearer(ue, qci, tft);
}

/* The first one that the network names, unless it names the one that is configured (TS 24.229 9.2.1). */
static void take(const struct world *w, struct node *ue, const uint32_t *p_cscf, unsigned n)
{
    struct node *named = NULL;
    for (unsigned i = 0; i < n; i++) {
        struct node *at = epc_node(&w->priv->lte->epc, p_cscf[i]);
        if (at && (!named || at == ue_pcscf(ue)))
            named = at;
    }
    if (named)
        ue_set_pcscf(ue, named, cscf_uri(named, true));
}

void lte_take_p_cscf(const struct world *w, struct node *ue, const struct ie_pco *pco)
{
    take(w, ue, pco->p_cscf, pco->n_p_cscf);
}

/* With a P-CSCF it can register. */
static void discovered(struct node *ue, const uint32_t *p_cscf, unsigned n)
{
    take(ue->net->link_cfg_user, ue, p_cscf, n);
    if (ue_pcscf(ue))
        ue_register(ue);
}

static void pdn_up(struct node *ue, uint8_t ebi, const char *apn, uint32_t ip, const struct ie_pco *pco)
{
    struct ue_access *a = ue_access_of(ue);
    (void)ebi;
    (void)ip;
    if (strcmp(apn, ue_access_apn(a)) != 0)
        return;
    if (ue_access_asks_dhcp(a))
        ue_access_discover(a);
    else
        discovered(ue, pco->p_cscf, pco->n_p_cscf);
}

static void bearer_down(struct node *ue, uint8_t ebi)
{
    ue_bearer_down(ue, ebi);
    if (!ue_access_has_sip(ue_access_of(ue)))
        ue_lose_registration(ue);
}

static void detached(struct node *ue, uint8_t cause)
{
    (void)cause;
    ue_bearers_gone(ue);
    ue_lose_registration(ue);
}

static const struct ue_access_ops ops = {.pdn_up = pdn_up,
                                         .bearer_up = bearer_up,
                                         .bearer_changed = bearer_up,
                                         .bearer_down = bearer_down,
                                         .bearer_granted = ue_bearer_granted,
                                         .bearer_refused = ue_bearer_refused,
                                         .bearer_released = ue_bearer_released,
                                         .detached = detached,
                                         .discovered = discovered,
                                         .carried_in = carried_in};

/* ---- nodes ------------------------------------------------------------------------------------------------ */

static void add_enb(struct world *w, struct node *n, const struct scn_node *s)
{
    struct enb_cfg cfg = {
        .mme = world_need_node(w, &s->pos, s->mme, KIND_MME, "MME"),
        .tai = {.plmn = epc_plmn(), .tac = (uint16_t)s->tac},
        .ecgi = {.plmn = epc_plmn(), .eci = n->id << 8 | 1},
        .paging = {.cycle = s->paging_cycle * ACCESS_FRAME, .nb = s->paging_nb},
        .release_gbr = s->release_gbr,
    };
    if (cfg.mme)
        enb_new(&w->priv->lte->epc, n, &cfg);
}

static uint32_t domain_of(struct world *w, const char *network)
{
    return sip_add_host(w->sip, world_network(w, network)->domain, NULL);
}

/* The eNBs that name this MME. */
static GArray *enbs_of(struct world *w, const char *mme)
{
    GArray *enbs = g_array_new(FALSE, FALSE, sizeof(struct mme_enb));
    for (guint i = 0; i < w->scn->nodes->len; i++) {
        const struct scn_node *s = &g_array_index(w->scn->nodes, struct scn_node, i);
        struct mme_enb e = {.node = net_find_node(w->net, s->id), .tac = (uint16_t)s->tac};
        if ((e.node->kinds & KIND_ENB) && g_strcmp0(s->mme, mme) == 0)
            g_array_append_val(enbs, e);
    }
    g_ptr_array_add(w->priv->lte->enbs, enbs);
    return enbs;
}

static void set_areas(struct mme_cfg *cfg, const char *text)
{
    char **codes = g_strsplit(text ? text : "", " ", -1);
    for (char **c = codes; *c && **c && cfg->n_areas < IE_MAX_TACS; c++)
        cfg->areas[cfg->n_areas++] = (uint16_t)atoi(*c);
    g_strfreev(codes);
}

static void add_mme(struct world *w, struct node *n, const struct scn_node *s)
{
    const GArray *enbs = enbs_of(w, s->id);
    struct mme_cfg cfg = {
        .hss = world_hss(w, s->network),
        .sgw = world_need_node(w, &s->pos, s->sgw, KIND_SGW, "S-GW"),
        .pgw = world_need_node(w, &s->pos, s->pgw, KIND_PGW, "P-GW"),
        .host = sip_add_host(w->sip, s->host, n),
        .domain = domain_of(w, s->network),
        .hss_domain = domain_of(w, s->network),
        .tai = {.plmn = epc_plmn(), .tac = (uint16_t)s->tac},
        .group = 1,
        .code = (uint8_t)n->id,
        .enbs = (const struct mme_enb *)(const void *)enbs->data,
        .n_enbs = enbs->len,
        .page_last = s->page_last,
        .page_repeats = (uint8_t)s->page_repeats,
        .authenticates = s->authenticates,
        .new_guti = s->new_guti,
    };
    set_areas(&cfg, s->areas);
    if (!cfg.hss)
        world_complain(w, &s->pos, "network \"%s\" has an MME but no HSS for it to ask", s->network);
    else if (cfg.sgw && cfg.pgw)
        mme_new(&w->priv->lte->epc, n, &cfg);
}

/* Adds the P-CSCFs that stand in the same network, for P-CSCF discovery. */
static void add_p_cscfs(struct world *w, struct pgw_cfg *cfg, const char *network)
{
    for (guint i = 0; i < w->scn->nodes->len && cfg->n_p_cscf < PGW_MAX_P_CSCFS; i++) {
        const struct scn_node *s = &g_array_index(w->scn->nodes, struct scn_node, i);
        struct node *n = net_find_node(w->net, s->id);
        if (!(n->kinds & KIND_P_CSCF) || strcmp(s->network, network) != 0)
            continue;
        cfg->p_cscf_host[cfg->n_p_cscf] = sip_add_host(w->sip, s->host, n);
        cfg->p_cscf[cfg->n_p_cscf++] = epc_ip(n);
    }
}

static void add_pgw(struct world *w, struct node *n, const struct scn_node *s)
{
    const struct node *dns = world_dns(w, s->network);
    struct pgw_cfg cfg = {
        .pcrf = world_need_node(w, &s->pos, s->pcrf, KIND_PCRF, "PCRF"),
        .host = sip_add_host(w->sip, s->host, n),
        .domain = domain_of(w, s->network),
        .pcrf_domain = domain_of(w, s->network),
        .names = s->dhcp == SCN_DHCP_NAMES,
        .dns = dns ? epc_ip(dns) : 0,
    };
    if (cfg.names && !dns)
        world_complain(w, &s->pos, "the P-GW names P-CSCFs by name, but network \"%s\" has nobody who knows names; give it a <node roles=\"DNS\">", s->network);
    add_p_cscfs(w, &cfg, s->network);
    if (cfg.pcrf)
        pgw_new(&w->priv->lte->epc, n, &cfg);
}

static void add_pcrf(struct world *w, struct node *n, const struct scn_node *s)
{
    struct pcrf_cfg cfg = {.host = sip_add_host(w->sip, s->host, n), .domain = domain_of(w, s->network), .no_ue_bearers = !s->ue_bearers};
    pcrf_new(&w->priv->lte->epc, n, &cfg);
}

void lte_add_nodes(struct world *w)
{
    if (!w->priv->lte)
        return;
    epc_learn_ips(&w->priv->lte->epc);
    for (guint i = 0; i < w->scn->networks->len; i++) {
        const struct scn_network *n = &g_array_index(w->scn->networks, struct scn_network, i);
        uint32_t domain = domain_of(w, n->id);
        GPtrArray *hss = w->priv->lte->epc.hss;
        g_ptr_array_set_size(hss, (gint)MAX(hss->len, domain + 1));
        g_ptr_array_index(hss, domain) = world_hss(w, n->id);
    }
    for (guint i = 0; i < w->scn->nodes->len; i++) {
        const struct scn_node *s = &g_array_index(w->scn->nodes, struct scn_node, i);
        struct node *n = net_find_node(w->net, s->id);
        const struct sgw_cfg sgw_cfg = {.buffer = (uint32_t)s->buffer};
        if (n->kinds & KIND_ENB)
            add_enb(w, n, s);
        if (n->kinds & KIND_MME)
            add_mme(w, n, s);
        if (n->kinds & KIND_SGW)
            sgw_new(&w->priv->lte->epc, n, &sgw_cfg);
        if (n->kinds & KIND_PGW)
            add_pgw(w, n, s);
        if (n->kinds & KIND_PCRF)
            add_pcrf(w, n, s);
    }
}

/* ---- phones ------------------------------------------------------------------------------------------------ */

/* The P-GW that the MME of an eNB selects. */
static struct node *pgw_of_enb(const struct world *w, const struct node *n)
{
    const struct scn_node *enb = world_scn_node(w, n->name), *mme = enb && enb->mme ? world_scn_node(w, enb->mme) : NULL;
    return mme && mme->pgw ? net_find_node(w->net, mme->pgw) : NULL;
}

void lte_add_phone(struct world *w, struct node *n, const struct scn_group *s, unsigned k, uint32_t party)
{
    struct lte *lte = w->priv->lte;
    struct node *enb = world_in_turn(w, s->enb, k);
    struct ue_access_cfg *cfg = NULL;
    if (k == 0 && s->discovery == SCN_DISCOVERY_CONFIGURED && !s->p_cscf)
        world_complain(w, &s->pos, "the phones of group \"%s\" are to be configured with a P-CSCF: say which, p-cscf=\"...\"", s->id);
    for (guint i = 0; i < lte->cfgs->len && !cfg; i++) {
        struct ue_access_cfg *other = g_ptr_array_index(lte->cfgs, i);
        if (other->keys == ims_keys_of(s) && strcmp(other->apn, s->apn) == 0 && other->enb == enb &&
            other->no_discovery == (s->discovery != SCN_DISCOVERY_PCO) && other->dhcp == (s->discovery == SCN_DISCOVERY_DHCP))
            cfg = other;
    }
    if (!cfg) {
        cfg = g_new0(struct ue_access_cfg, 1);
        cfg->pool = lte->pool;
        cfg->ops = &ops;
        cfg->enb = enb;
        cfg->apn = s->apn;
        cfg->second_pdn = strcmp(s->apn, "ims") != 0;
        cfg->no_discovery = s->discovery != SCN_DISCOVERY_PCO;
        cfg->dhcp = s->discovery == SCN_DISCOVERY_DHCP;
        cfg->keys = ims_keys_of(s);
        g_ptr_array_add(lte->cfgs, cfg);
    }
    struct ue_access *a = ue_access_new(&lte->epc, n, cfg, party);
    ue_set_access(n, a);
    ue_set_card(n, ue_access_card(a));
    g_ptr_array_set_size(lte->pgw_of, (gint)n->id + 1);
    g_ptr_array_index(lte->pgw_of, n->id) = pgw_of_enb(w, enb);
}

/* ---- coverage ---------------------------------------------------------------------------------------------- */

/* The world's doing: nothing gets through; the eNB notices as long as the phone has a connection, the phone in any case. */
void lte_radio(struct world *w, struct node *ue, bool heard)
{
    struct ue_access *a = ue_access_of(ue);
    struct node *enb = ue_access_enb(a);
    net_link(w->net, IFACE_UU, enb, ue)->up = heard;
    net_link(w->net, IFACE_UU, ue, enb)->up = heard;
    if (!heard || ue_access_is_connected(a))
        enb_radio(enb, ue, heard);
    ue_access_radio(a, heard);
}

/* ---- the whole --------------------------------------------------------------------------------------------- */

static bool has_enb(const struct world *w)
{
    for (guint i = 0; i < w->net->nodes->len; i++)
        if (net_node(w->net, i)->kinds & KIND_ENB)
            return true;
    return false;
}

void lte_new(struct world *w)
{
    if (!has_enb(w))
        return;
    struct lte *lte = w->priv->lte = g_new0(struct lte, 1);
    lte->epc.net = w->net;
    lte->epc.sip = w->sip;
    lte->epc.dia = w->priv->dia;
    lte->epc.gtp = gtp_stack_new(w->net);
    lte->epc.s1ap = s1ap_stack_new(w->net);
    lte->epc.rrc = rrc_stack_new(w->net);
    lte->epc.nas = nas_stack_new(w->net);
    lte->epc.dhcp = dhcp_stack_new(w->net, w->sip);
    lte->epc.resolvers = w->priv->resolvers;
    lte->epc.timer = w->sip->timer;
    lte->epc.hss = g_ptr_array_new();
    lte->epc.uu = radio_new(w);
    lte->epc.marks = w->priv->recorded.kept_every == 1 ? SIM_FLOW_RECORDED | SIM_FLOW_KEPT : 0;
    idmap_init(&lte->epc.party_of_ip);
    idmap_init(&lte->listeners);
    lte->epc.listeners = &lte->listeners;
    lte->pool = ue_access_pool_new(w->sim);
    lte->enbs = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
    lte->cfgs = g_ptr_array_new_with_free_func(g_free);
    lte->pgw_of = g_ptr_array_new();
    w->net->model = &lte->epc;
    w->net->carrier = carrier;
}

void lte_free(struct world *w)
{
    struct lte *lte = w->priv->lte;
    if (!lte)
        return;
    ue_access_pool_free(lte->pool);
    for (guint i = 0; i < w->net->nodes->len; i++) {
        struct node *n = net_node(w->net, i);
        if (!n->self)
            continue;
        if (n->kinds & KIND_ENB)
            enb_free(n);
        if (n->kinds & KIND_MME)
            mme_free(n);
        if (n->kinds & KIND_SGW)
            sgw_free(n);
        if (n->kinds & KIND_PGW)
            pgw_free(n);
        if (n->kinds & KIND_PCRF)
            pcrf_free(n);
    }
    g_ptr_array_free(lte->cfgs, TRUE);
    g_ptr_array_free(lte->pgw_of, TRUE);
    g_ptr_array_free(lte->enbs, TRUE);
}

void lte_free_stacks(struct world *w)
{
    struct lte *lte = w->priv->lte;
    if (!lte)
        return;
    gtp_stack_free(lte->epc.gtp);
    s1ap_stack_free(lte->epc.s1ap);
    rrc_stack_free(lte->epc.rrc);
    nas_stack_free(lte->epc.nas);
    dhcp_stack_free(lte->epc.dhcp);
    idmap_clear(&lte->epc.party_of_ip);
    idmap_clear(&lte->listeners);
    g_ptr_array_free(lte->epc.hss, TRUE);
    if (lte->epc.uu)
        uu_free(lte->epc.uu);
    g_free(lte);
}

void lte_lose_bearers(struct world *w, const struct node *ue)
{
    for (guint i = 0; i < w->net->nodes->len; i++) {
        struct node *n = net_node(w->net, i);
        if (n->kinds & KIND_PGW)
            pgw_lose_bearers(n, epc_ue_ip(&w->priv->lte->epc, ue_party(ue)));
    }
}

/* ---- invariants --------------------------------------------------------------------------------------------- */

static size_t contexts_of(const struct node *n)
{
    return (n->kinds & KIND_ENB ? enb_contexts(n) : 0) + (n->kinds & KIND_MME ? mme_contexts(n) : 0) +
           (n->kinds & KIND_SGW ? sgw_contexts(n) : 0) + (n->kinds & KIND_PGW ? pgw_contexts(n) : 0) +
           (n->kinds & KIND_PCRF ? pcrf_contexts(n) : 0) + (n->kinds & KIND_HSS ? hss_contexts(n) : 0);
}

size_t lte_contexts(const struct world *w)
{
    const struct lte *lte = w->priv->lte;
    if (!lte)
        return 0;
    size_t count = ue_access_connections(lte->pool) + ue_access_bearer_count(lte->pool) + ue_access_held(lte->pool) +
                   idmap_count(&lte->listeners);
    for (guint i = 0; i < w->net->nodes->len; i++)
        count += contexts_of(net_node(w->net, i));
    return count;
}

size_t lte_messages(const struct world *w)
{
    const struct lte *lte = w->priv->lte;
    return lte ? ie_stack_count(&lte->epc.gtp->ie) + ie_stack_count(&lte->epc.s1ap->ie) + ie_stack_count(&lte->epc.rrc->ie) +
                     ie_stack_count(&lte->epc.nas->ie) + ie_stack_count(&lte->epc.dhcp->ie)
               : 0;
}

void world_each_cell(const struct world *w, void (*fn)(const struct node *enb, const struct cell *cell, void *user), void *user)
{
    const struct uu *uu = w->priv->lte ? w->priv->lte->epc.uu : NULL;

    for (guint i = 0; uu && i < w->net->nodes->len; i++) {
        const struct node *n = net_node(w->net, i);
        if (n->kinds & KIND_ENB && uu_cell(uu, n))
            fn(n, uu_cell(uu, n), user);
    }
}
