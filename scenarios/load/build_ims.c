/* build_ims.c - the CSCFs of a scenario, what its HSSs know of phones, and registrations that are taken as done (see
 * build_int.h). */
#include "scenarios/load/build_int.h"

#include "models/ue/ue_access.h"

#include <string.h>

/* SEQ of a card that is ahead of the HSS. */
enum { AHEAD = 1000 };
/* That of somebody else. */
#define WRONG_PASSWORD "not this one"
/* Registration time that phones ask for (TS 24.229 5.1.1.2). */
#define REGISTRATION (600000 * SIM_S)

/* ---- CSCFs ------------------------------------------------------------------------------------------------ */

/* Numbers separated by blanks; returns how many. */
static unsigned numbers(const char *text, uint8_t out[IE_MAX_CAPABILITIES])
{
    unsigned n = 0;
    char **parts = g_strsplit(text ? text : "", " ", -1);
    for (char **p = parts; *p && **p && n < IE_MAX_CAPABILITIES; p++)
        out[n++] = (uint8_t)atoi(*p);
    g_strfreev(parts);
    return n;
}

static uint64_t capability_set(const char *text)
{
    uint8_t list[IE_MAX_CAPABILITIES];
    uint64_t set = 0;
    for (unsigned n = numbers(text, list); n > 0; n--)
        set |= UINT64_C(1) << list[n - 1];
    return set;
}

void ims_add_nodes(struct world *w)
{
    for (guint i = 0; i < w->scn->nodes->len; i++) {
        const struct scn_node *s = &g_array_index(w->scn->nodes, struct scn_node, i);
        struct node *n = net_find_node(w->net, s->id);
        if (!(n->kinds & KIND_CSCF))
            continue;
        const char *domain = world_network(w, s->network)->domain;
        struct cscf_cfg cfg = {
            .host = sip_add_host(w->sip, s->host, n),
            .domain = sip_add_host(w->sip, domain, n->kinds & KIND_I_CSCF ? n : NULL),
            .hss = n->kinds & (KIND_I_CSCF | KIND_S_CSCF) ? world_hss(w, s->network) : NULL,
            .dns = world_dns(w, s->network),
            .resolve = world_network(w, s->network)->resolve,
            .capabilities = capability_set(s->capabilities),
            .min_expires = (uint32_t)(s->min_registration / SIM_S),
            .max_expires = (uint32_t)(s->max_registration / SIM_S),
            .gm_port = (uint16_t)s->gm_port,
            .gm_sigcomp = s->gm_sigcomp,
            .no_early_media = !s->early_media,
        };
        if (w->priv->lte && (n->kinds & KIND_P_CSCF))
            n->unwrap = epc_unwrap_up;
        if (s->pcrf && (n->kinds & KIND_P_CSCF)) {
            cfg.pcrf = world_need_node(w, &s->pos, s->pcrf, KIND_PCRF, "PCRF");
            cfg.pcrf_domain = cfg.domain;
            cfg.rx_actions = 1u << ACTION_LOSS_OF_BEARER | 1u << ACTION_RELEASE_OF_BEARER;
        }
        if (s->i_host)
            sip_add_host(w->sip, s->i_host, n);
        if ((n->kinds & KIND_I_CSCF) && !cfg.hss)
            world_complain(w, &s->pos, "network \"%s\" has an I-CSCF but no HSS for it to ask", s->network);
        cscf_new(w->priv->cscfs, n, &cfg);
    }
}

/* ---- subscribers -------------------------------------------------------------------------------------------- */

/* The card and the HSS hold the same key material; that of group 0 of every HSS. */
static void ims_keys(uint32_t party, uint8_t k[16], uint8_t opc[16])
{
    static const struct hss_secret secret;
    hss_secret_keys(&secret, party, k, opc);
}

/* A card of somebody else. */
static void wrong_keys(uint32_t party, uint8_t k[16], uint8_t opc[16])
{
    ims_keys(~party, k, opc);
}

ims_key_fn ims_keys_of(const struct scn_group *s)
{
    return s->card == SCN_CARD_WRONG_KEY ? wrong_keys : ims_keys;
}

static uint32_t method_set(char **names)
{
    uint32_t set = 0;
    for (char **name = names; name && *name; name++)
        for (unsigned i = 0; i < SIP_METHODS; i++)
            if (strcmp(sip_method_name((enum sip_method)i), *name) == 0)
                set |= 1u << i;
    return set;
}

static void add_criteria(struct world *w, const struct scn_group *s, struct hss_group *g)
{
    static const uint8_t cases[] = {
        [SCN_CASE_ORIGINATING] = CASE_ORIGINATING, [SCN_CASE_TERMINATING] = CASE_TERMINATING, [SCN_CASE_UNREGISTERED] = CASE_TERMINATING_UNREGISTERED};
    if (s->criteria->len > IE_MAX_CRITERIA)
        world_complain(w, &s->pos, "group \"%s\" has %u filter criteria; at most %d are accepted", s->id, s->criteria->len, IE_MAX_CRITERIA);
    for (guint i = 0; i < s->criteria->len && i < IE_MAX_CRITERIA; i++) {
        const struct scn_criterion *k = &g_array_index(s->criteria, struct scn_criterion, i);
        const struct node *as = world_need_node(w, &k->pos, k->as, KIND_AS, "AS");
        if (as)
            g->criterion[g->n_criteria++] = (struct ie_criterion){.priority = (uint16_t)k->priority,
                                                                 .server = as_host(as),
                                                                 .methods = method_set(k->methods),
                                                                 .session_case = cases[k->session_case],
                                                                 .terminate = k->default_handling == SCN_TERMINATE};
    }
}

uint32_t ims_add_group(struct world *w, const struct scn_group *s)
{
    struct node *hss = world_hss(w, s->network);
    struct hss_group g;
    if (!hss && s->criteria->len)
        world_complain(w, &s->pos, "group \"%s\" has filter criteria, but network \"%s\" has no HSS to hold them", s->id, s->network);
    if (!hss)
        return 0;
    hss_group_init(&g);
    add_criteria(w, s, &g);
    if (s->auth != SCN_AUTH_AKA) {
        g.scheme = AUTH_DIGEST;
        g.algorithm = s->auth == SCN_AUTH_MD5 ? DIGEST_MD5 : DIGEST_SHA256;
        g.password = s->password;
    }
    g.roaming = s->roaming;
    g.capabilities.n_mandatory = (uint8_t)numbers(s->mandatory, g.capabilities.mandatory);
    g.capabilities.n_optional = (uint8_t)numbers(s->optional, g.capabilities.optional);
    struct node *s_cscf = s->s_cscf ? world_need_node(w, &s->pos, s->s_cscf, KIND_S_CSCF, "S-CSCF") : NULL;
    g.s_cscf = s_cscf ? cscf_uri(s_cscf, false).id + 1 : 0;
    return hss_add_group(hss, &g);
}

struct ue_reg_cfg ims_reg_cfg(struct world *w, const struct scn_group *s)
{
    return (struct ue_reg_cfg){
        .expires = (uint32_t)((s->has_expires ? s->expires : REGISTRATION) / SIM_S),
        .password = s->auth == SCN_AUTH_AKA ? NULL : s->card == SCN_CARD_WRONG_KEY ? WRONG_PASSWORD : s->password,
        .realm = sip_add_host(w->sip, world_network(w, s->network)->domain, NULL),
        .keys = ims_keys_of(s),
    };
}

/* After its access side is there, if it has one: they share the card. */
void ims_add_phone(struct world *w, struct node *n, const struct scn_group *s, unsigned k, uint32_t party, uint32_t hss_group)
{
    struct node *hss = world_hss(w, s->network), *p_cscf = world_in_turn(w, s->p_cscf, k);
    if (p_cscf)
        ue_set_pcscf(n, p_cscf, cscf_uri(p_cscf, true));
    if (s->card == SCN_CARD_AHEAD)
        aka_usim_accept(ue_card(n), aka_sqn(AHEAD, 1));
    if (hss && s->provisioned)
        hss_subscribe(hss, party, hss_group, NULL);
}

bool world_registration(const struct world *w, uint32_t party, struct cscf_reg_view *out)
{
    return cscf_registration(w->priv->cscfs, party, out);
}

size_t world_registrations(const struct world *w)
{
    return cscf_registrations(w->priv->cscfs);
}

/* ---- registrations taken as done ---------------------------------------------------------------------------- */

static bool begins_registered(const struct scn_group *s)
{
    return s->state == SCN_PHONE_CONNECTED || s->state == SCN_PHONE_IDLE || (s->state == SCN_PHONE_UNSAID && !s->enb);
}

/* Without an access network nothing ends the run but the end of what there is to do: such a registration is for good unless
 * its time is said. */
static uint32_t granted(const struct scn_group *s)
{
    return !s->has_expires && !s->enb ? CSCF_NEVER : (uint32_t)((s->has_expires ? s->expires : REGISTRATION) / SIM_S);
}

/* The second vector; the first one was for the attach. */
static void use_vector(struct node *hss, struct node *n, uint32_t party)
{
    struct hss_state state;
    if (!ue_access_of(n) || !hss_look_up(hss, party, &state))
        return;
    aka_usim_accept(ue_card(n), hss_use_vector(hss, party));
}

/* As third-party registration would. */
static void warm_servers(struct world *w, const struct cscf_reg_view *v)
{
    sim_time until = v->expires == CSCF_NEVER ? SIM_NEVER : w->sim->now + v->expires * SIM_S;
    for (unsigned i = 0; v->profile && i < v->profile->n_criteria; i++) {
        const struct ie_criterion *k = &v->profile->criterion[i];
        if (k->methods >> SIP_REGISTER & 1)
            as_warm(sip_host(w->sip, k->server)->node, v->party, cscf_uri(v->s_cscf, false).id, until);
    }
}

static void warm_phone(struct world *w, const struct scn_group *s, struct node *n, struct node *s_cscf, struct node *p_cscf)
{
    struct node *hss = world_hss(w, s->network);
    bool lasting = granted(s) == CSCF_NEVER, card = s->auth == SCN_AUTH_AKA;
    struct cscf_reg_view v = {
        .party = ue_party(n), .s_cscf = s_cscf, .p_cscf = p_cscf, .expires = granted(s), .subscribed = !lasting};
    struct ie_user_profile profile;
    if (hss) {
        hss_provision(hss, v.party, cscf_uri(s_cscf, false).id);
        if (card)
            use_vector(hss, n, v.party);
        v.profile = hss_profile(hss, v.party, &profile) ? &profile : NULL;
    }
    cscf_warm_registration(w->priv->cscfs, &v, card && !lasting);
    warm_servers(w, &v);
    struct ue_reg_view phone = {
        .pcscf = p_cscf,
        .service_route = cscf_uri(s_cscf, false),
        .expires = v.expires,
        .subscribed = v.subscribed,
        .dialog = v.at_subscriber[0],
        .call_id = sip_token(w->sip, 0),
        .cseq = 2,
        .server = v.server,
    };
    if (v.subscribed)
        phone.dialog.routes = sip_hop_new(w->sip, cscf_uri(p_cscf, true), NULL);
    ue_warm_registration(n, &phone);
    sip_hop_unref(w->sip, phone.dialog.routes);
}

/* The S-CSCF of a phone that is taken as registered: that of the file, or the one that the I-CSCF of its network would
 * choose; NULL: none would do. */
static struct node *s_cscf_for(struct world *w, const struct scn_group *s)
{
    struct ie_capabilities wanted = {0};
    if (s->s_cscf)
        return net_find_node(w->net, s->s_cscf);
    uint32_t domain = sip_add_host(w->sip, world_network(w, s->network)->domain, NULL);
    struct node *i_cscf = sip_host(w->sip, domain)->node;
    wanted.n_mandatory = (uint8_t)numbers(s->mandatory, wanted.mandatory);
    wanted.n_optional = (uint8_t)numbers(s->optional, wanted.optional);
    return i_cscf ? cscf_choose_s_cscf(i_cscf, &wanted) : NULL;
}

static bool warm_one(struct world *w, const struct scn_group *s, struct node *phone)
{
    struct node *s_cscf = s_cscf_for(w, s), *p_cscf = ue_pcscf(phone);
    if (!s_cscf || !p_cscf)
        world_complain(w, &s->pos,
                       s_cscf ? "phone \"%s\" begins registered and finds no P-CSCF: say which, p-cscf=\"...\""
                              : "phone \"%s\" begins registered and no S-CSCF of its network has what it needs: say which, s-cscf=\"...\"",
                       phone->name);
    else
        warm_phone(w, s, phone, s_cscf, p_cscf);
    return s_cscf && p_cscf;
}

void ims_warm_phones(struct world *w)
{
    for (guint i = 0; i < w->scn->groups->len; i++) {
        const struct scn_group *s = &g_array_index(w->scn->groups, struct scn_group, i);
        uint32_t count = 0;
        struct node *const *phones = world_phones(w, s->id, &count);
        if (!begins_registered(s))
            continue;
        for (uint32_t k = 0; k < count && warm_one(w, s, phones[k]); k++)
            ;
    }
}
