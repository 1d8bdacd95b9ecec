/* build.c - from a loaded scenario to a simulation (see build.h). */
#include "scenarios/load/build_int.h"

#include "models/registry.h"
#include "sim/station.h"

#include <string.h>

/* What the links of some pairs have in common: the same selectors match. */
struct cfg_entry {
    GBytes *matched; /* which selectors, by index */
    struct link_cfg cfg;
};

struct group {
    struct ue_cfg cfg;
    struct sdp_media media[SDP_MAX_STREAMS];
};

void world_complain(struct world *w, const struct scn_pos *pos, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = g_strdup_vprintf(format, args);
    va_end(args);
    g_ptr_array_add(w->priv->errors, g_strdup_printf("%s:%d: %s", pos->file, pos->line, text));
    g_free(text);
}

struct node *world_need_node(struct world *w, const struct scn_pos *pos, const char *id, uint32_t kind, const char *role)
{
    struct node *n = id ? net_find_node(w->net, id) : NULL;
    if (!n)
        world_complain(w, pos, "there is no node \"%s\"", id ? id : "");
    else if (!(n->kinds & kind))
        world_complain(w, pos, "node \"%s\" is no %s", id, role);
    else
        return n;
    return NULL;
}

static struct node *add_node(struct world *w, const char *name, uint32_t kinds, const char *group, const char *network)
{
    struct node *n = net_add_node(w->net, name, kinds);
    g_ptr_array_add(w->priv->node_group, (gpointer)group);
    g_ptr_array_add(w->priv->node_network, (gpointer)network);
    return n;
}

/* ---- links -------------------------------------------------------------------------------------------- */

static bool is_node(const struct world *w, const char *id, const struct node *n)
{
    const char *group = g_ptr_array_index(w->priv->node_group, n->id);
    return strcmp(n->name, id) == 0 || (group && strcmp(group, id) == 0);
}

static bool in_network(const struct world *w, const char *network, const struct node *n)
{
    const char *own = g_ptr_array_index(w->priv->node_network, n->id);
    return own && strcmp(own, network) == 0;
}

static bool selects(const struct world *w, const struct scn_link *l, uint16_t iface, const struct node *from, const struct node *to)
{
    return (!l->interface || strcmp(l->interface, iface_table[iface].name) == 0) &&
           (!l->network || (in_network(w, l->network, from) && in_network(w, l->network, to))) &&
           (!l->node || is_node(w, l->node, from) || is_node(w, l->node, to)) && (!l->from || is_node(w, l->from, from)) &&
           (!l->to || is_node(w, l->to, to));
}

static int specificity(const struct scn_link *l)
{
    return (l->from || l->to ? 8 : 0) + (l->from && l->to ? 8 : 0) + (l->node ? 4 : 0) + (l->interface ? 2 : 0) + (l->network ? 1 : 0);
}

static void apply(struct link_cfg *c, int *model, const struct scn_link *l)
{
    if (l->set & SCN_LINK_LATENCY)
        c->latency = l->latency;
    if (l->set & SCN_LINK_RATE)
        c->rate = l->rate;
    if (l->set & SCN_LINK_QUEUE)
        c->queue = l->queue;
    if (l->set & SCN_LINK_LOSS)
        c->loss = l->loss;
    if (l->set & SCN_LINK_LOSS_MODEL)
        *model = l->loss_model;
    if (l->set & SCN_LINK_GE_P)
        c->ge_p = l->ge_p;
    if (l->set & SCN_LINK_GE_R)
        c->ge_r = l->ge_r;
    if (l->set & SCN_LINK_GE_LOSS_BAD)
        c->ge_loss_bad = l->ge_loss_bad;
    if (l->set & SCN_LINK_TRANSPORT)
        c->transport = (enum transport)l->transport;
    if (l->set & SCN_LINK_UP)
        c->up = l->up;
}

/* Diameter and S1AP run over SCTP; RRC over RLC, which repeats what is lost; the rest over UDP. */
static enum transport default_transport(uint16_t iface)
{
    const char *proto = iface_table[iface].proto;
    return strcmp(proto, "Diameter") == 0 || strcmp(proto, "S1AP") == 0 || strcmp(proto, "RRC") == 0 ? TRANSPORT_SCTP : TRANSPORT_UDP;
}

/* Settings of a link: of all selectors that match, the most specific last. */
static const struct link_cfg *link_cfg(void *user, uint16_t iface, const struct node *from, const struct node *to)
{
    const struct world *w = user;
    const GArray *links = w->scn->links;
    uint16_t *matched = g_new(uint16_t, links->len + 1);
    gsize n = 0;
    for (guint i = 0; i < links->len; i++)
        if (selects(w, &g_array_index(links, struct scn_link, i), iface, from, to))
            matched[n++] = (uint16_t)i;
    bool carried = lte_carries(w, iface, from, to);
    const struct carriage *carriage = lte_carriage(w, iface, from, to);
    /* what the rest depends on: the default transport, and whether there is a wire at all */
    matched[n++] = (uint16_t)(default_transport(iface) << 2 | (carriage != NULL) << 1 | carried);
    GBytes *key = g_bytes_new_take(matched, n * sizeof *matched);
    for (guint i = 0; i < w->priv->cfgs->len; i++) {
        struct cfg_entry *e = g_ptr_array_index(w->priv->cfgs, i);
        if (g_bytes_equal(e->matched, key)) {
            g_bytes_unref(key);
            return &e->cfg;
        }
    }
    struct cfg_entry *e = g_new0(struct cfg_entry, 1);
    e->matched = key;
    int model = SCN_BERNOULLI;
    e->cfg.up = true;
    e->cfg.ge_r = e->cfg.ge_loss_bad = 1; /* as bind.def says */
    e->cfg.carried = carried;
    e->cfg.carriage = carriage;
    e->cfg.transport = default_transport(iface);
    for (int level = 0; level < 32; level++)
        for (gsize i = 0; i + 1 < n; i++) {
            const struct scn_link *l = &g_array_index(links, struct scn_link, matched[i]);
            if (specificity(l) == level)
                apply(&e->cfg, &model, l);
        }
    if (model != SCN_GILBERT_ELLIOTT)
        e->cfg.ge_p = 0;
    g_ptr_array_add(w->priv->cfgs, e);
    return &e->cfg;
}

static void free_cfg(gpointer data)
{
    struct cfg_entry *e = data;
    g_bytes_unref(e->matched);
    g_free(e);
}

/* ---- nodes --------------------------------------------------------------------------------------------- */

/* How much a service time says of what it is for: a message, a protocol, nothing. */
static int rank(const struct scn_service *v)
{
    return v->message ? 0 : v->protocol ? 1 : 2;
}

static void add_rule(struct world *w, struct node *n, const struct scn_service *v)
{
    int proto = -1, type = -1;
    if (v->message && !net_find_type(w->net, v->message, &proto, &type))
        world_complain(w, &v->pos, "there is no message \"%s\" (see: imssim list messages)", v->message);
    if (!v->message && v->protocol)
        for (int p = 0; p < w->net->nprotos; p++)
            if (strcmp(w->net->protos[p]->name, v->protocol) == 0)
                proto = p;
    station_rule(n->station, proto, type, &v->time, (unsigned)v->priority);
    int twin = type >= 0 ? net_find_twin(w->net, proto, type) : -1;
    if (twin >= 0)
        station_rule(n->station, proto, twin, &v->time, (unsigned)v->priority);
}

static void add_station(struct world *w, struct node *n, const struct scn_node *s)
{
    if (s->services->len == 0 && s->servers == 0)
        return;
    struct station_cfg cfg = {
        .servers = (uint32_t)s->servers,
        .queue = s->queue,
        .priority = s->discipline == SCN_PRIORITY,
        .overload = s->overload == SCN_OVERLOAD_REJECT ? STATION_REJECT : STATION_DROP,
    };
    n->station = station_new(n, &cfg);
    for (int r = 0; r < 3; r++) /* the station takes the first that matches: the most specific */
        for (guint i = 0; i < s->services->len; i++)
            if (rank(&g_array_index(s->services, struct scn_service, i)) == r)
                add_rule(w, n, &g_array_index(s->services, struct scn_service, i));
}

const struct scn_network *world_network(const struct world *w, const char *id)
{
    for (guint i = 0; i < w->scn->networks->len; i++) {
        const struct scn_network *n = &g_array_index(w->scn->networks, struct scn_network, i);
        if (strcmp(n->id, id) == 0)
            return n;
    }
    return NULL;
}

static uint32_t kinds_of(const struct scn_node *s)
{
    uint32_t kinds = 0;
    for (char **r = s->roles; r && *r; r++)
        kinds |= kind_by_name(*r);
    return kinds;
}

static void add_nodes(struct world *w)
{
    for (guint i = 0; i < w->scn->nodes->len; i++) {
        const struct scn_node *s = &g_array_index(w->scn->nodes, struct scn_node, i);
        struct node *n = add_node(w, s->id, kinds_of(s), NULL, s->network);
        const char *domain = world_network(w, s->network)->domain;
        if (n->kinds & KIND_HSS) {
            hss_new(w->priv->dia, n, sip_add_host(w->sip, s->host, n), sip_add_host(w->sip, domain, NULL));
            g_ptr_array_add(w->priv->hsss, n);
        }
    }
}

/* When all protocols are there: service times go by the names of messages. */
static void add_stations(struct world *w)
{
    for (guint i = 0; i < w->scn->nodes->len; i++) {
        const struct scn_node *s = &g_array_index(w->scn->nodes, struct scn_node, i);
        add_station(w, net_find_node(w->net, s->id), s);
    }
}

/* The HSS of a network, or NULL. */
struct node *world_hss(const struct world *w, const char *id)
{
    for (guint i = 0; i < w->priv->hsss->len; i++) {
        struct node *n = g_ptr_array_index(w->priv->hsss, i);
        if (in_network(w, id, n))
            return n;
    }
    return NULL;
}

struct node *world_dns(const struct world *w, const char *id)
{
    for (guint i = 0; i < w->priv->dnss->len; i++) {
        struct node *n = g_ptr_array_index(w->priv->dnss, i);
        if (in_network(w, id, n))
            return n;
    }
    return NULL;
}

/* ---- phones -------------------------------------------------------------------------------------------- */

static void fill_media(struct group *g, const struct scn_group *s)
{
    for (guint i = 0; i < s->media->len && i < SDP_MAX_STREAMS; i++) {
        const struct scn_media *m = &g_array_index(s->media, struct scn_media, i);
        struct sdp_media *to = &g->media[i];
        to->kind = m->type == SCN_AUDIO ? SDP_AUDIO : SDP_VIDEO;
        to->port = (uint16_t)m->port;
        to->ptime_ms = (uint16_t)m->ptime;
        to->as_of_codec = m->bandwidth < 0;
        to->as_kbps = m->bandwidth < 0 ? 0 : (uint32_t)m->bandwidth;
        to->extra = m->attribute;
        for (guint k = 0; k < m->codecs->len && k < SDP_MAX_CODECS; k++) {
            const struct scn_codec *c = &g_array_index(m->codecs, struct scn_codec, k);
            to->codecs[k] = (struct sdp_codec){
                .encoding = c->name, .fmtp = c->fmtp, .clock_rate = (uint32_t)c->clock_rate, .payload = (uint8_t)c->payload_type,
                .channels = (uint8_t)(c->channels > 1 ? c->channels : 0)};
            to->n_codecs++;
        }
        g->cfg.media.n_media++;
    }
    g->cfg.media.media = g->media;
}

static enum sdp_strength strength(int s)
{
    return s == SCN_STRENGTH_MANDATORY ? SDP_STRENGTH_MANDATORY : s == SCN_STRENGTH_OPTIONAL ? SDP_STRENGTH_OPTIONAL : SDP_STRENGTH_NONE;
}

static enum ue_reservation reservation(int s)
{
    return s == SCN_RES_INVITE                                  ? UE_RESERVE_AT_INVITE
           : s == SCN_RES_ANSWER                                ? UE_RESERVE_AT_ANSWER
           : s == SCN_RES_BEARERS                               ? UE_RESERVE_BEARERS
           : s == SCN_RES_UE_REQUESTED || s == SCN_RES_EXISTING ? UE_RESERVE_OWN
                                                                : UE_RESERVED_BEFORE;
}

static struct group *make_group(const struct scn_group *s)
{
    struct group *g = g_new0(struct group, 1);
    struct ue_cfg *c = &g->cfg;
    fill_media(g, s);
    c->media.address = s->address;
    c->media.direction = SDP_SENDRECV;
    c->media.want_local = (uint8_t)strength(s->des_local);
    c->media.want_remote = (uint8_t)strength(s->des_remote);
    c->media.preconditions = s->preconditions;
    c->media.inactive_missing = s->inactive_until_ready;
    c->max_calls = s->has_max_calls ? (uint32_t)MIN(s->max_calls, UINT32_MAX) : s->enb ? 1 : 0;
    c->reliable = s->reliable;
    c->reinvites = s->modification == SCN_BY_REINVITE;
    c->progress = s->progress;
    c->answer_at_once = s->answer_policy == SCN_ANSWER_AT_ONCE || s->reservation == SCN_RES_BEARERS;
    c->reservation = reservation(s->reservation);
    c->keeps_bearers = s->reservation == SCN_RES_EXISTING;
    c->dials_numbers = s->dial == SCN_DIAL_TEL;
    c->reservation_fails = s->reservation_outcome == SCN_RES_FAILS;
    c->think = s->think;
    return g;
}

/* Adds k to an IPv4 address in dotted form. The text lives as long as the world. */
static const char *count_address(struct world *w, const char *address, unsigned k)
{
    unsigned a = 0, b = 0, c = 0, d = 0;
    char text[16];
    if (sscanf(address, "%u.%u.%u.%u", &a, &b, &c, &d) != 4)
        return address;
    uint32_t v = (a << 24 | b << 16 | c << 8 | d) + k;
    g_snprintf(text, sizeof text, "%u.%u.%u.%u", v >> 24, v >> 16 & 255, v >> 8 & 255, v & 255);
    return g_string_chunk_insert(w->priv->addresses, text);
}

static void add_phone(struct world *w, const struct scn_group *s, const struct ue_cfg *cfg, uint32_t hss_group, unsigned k)
{
    char *name = s->count == 1 ? g_strdup(s->id) : g_strdup_printf("%s-%u", s->id, k + 1);
    struct node *p_cscf = world_in_turn(w, s->p_cscf, k);
    const struct scn_node *p_cscf_of = p_cscf ? world_scn_node(w, p_cscf->name) : NULL;
    struct node *n = add_node(w, name, KIND_UE, s->id, s->network);
    g_free(name);
    g_ptr_array_add(w->priv->phones, n);
    struct sip_party party = {
        .user = n->name,
        .domain = sip_add_host(w->sip, world_network(w, s->network)->domain, NULL),
        .address = k == 0 ? s->address : count_address(w, s->address, k),
        .port = (uint16_t)s->port,
        .sigcomp = s->sigcomp,
        .display = s->display,
        .tel = s->tel,
        .tel_plus = k,
        .access_info = s->access_info,
        .privacy = s->privacy,
    };
    if (s->security.present) {
        party.spi_c = s->security.spi_c;
        party.spi_s = s->security.spi_s;
        party.port_c = (uint16_t)s->security.port_c;
        party.port_s = (uint16_t)(p_cscf_of && p_cscf_of->gm_port ? p_cscf_of->gm_port : 5060);
    }
    uint32_t id = sip_add_party(w->sip, &party);
    ue_new(w->priv->ues, n, cfg, id);
    if (s->enb)
        lte_add_phone(w, n, s, k, id);
    ims_add_phone(w, n, s, k, id, hss_group);
    services_name_phone(w, s, id);
}

struct node *world_in_turn(const struct world *w, char *const *ids, unsigned k)
{
    guint n = ids ? g_strv_length((char **)ids) : 0;
    return n ? net_find_node(w->net, ids[k % n]) : NULL;
}

/* Whether all that it names are there. */
static bool has_nodes(struct world *w, const struct scn_group *s)
{
    bool good = true;
    for (char **id = s->p_cscf; id && *id; id++)
        good = world_need_node(w, &s->pos, *id, KIND_P_CSCF, "P-CSCF") && good;
    for (char **id = s->enb; id && *id; id++)
        good = world_need_node(w, &s->pos, *id, KIND_ENB, "eNB") && good;
    return good;
}

const struct scn_node *world_scn_node(const struct world *w, const char *id)
{
    for (guint i = 0; i < w->scn->nodes->len; i++) {
        const struct scn_node *n = &g_array_index(w->scn->nodes, struct scn_node, i);
        if (strcmp(n->id, id) == 0)
            return n;
    }
    return NULL;
}

static void add_phones(struct world *w)
{
    for (guint i = 0; i < w->scn->groups->len; i++) {
        const struct scn_group *s = &g_array_index(w->scn->groups, struct scn_group, i);
        if (!has_nodes(w, s))
            continue;
        struct group *g = make_group(s);
        g_ptr_array_add(w->priv->groups, g);
        g->cfg.reg = ims_reg_cfg(w, s);
        uint32_t hss_group = ims_add_group(w, s);
        for (int k = 0; k < s->count; k++)
            add_phone(w, s, &g->cfg, hss_group, (unsigned)k);
    }
}

const struct scn_group *world_group(const struct world *w, const struct node *n)
{
    const char *id = g_ptr_array_index(w->priv->node_group, n->id);
    for (guint i = 0; i < w->scn->groups->len; i++) {
        const struct scn_group *g = &g_array_index(w->scn->groups, struct scn_group, i);
        if (id && strcmp(g->id, id) == 0)
            return g;
    }
    return NULL;
}

struct node *const *world_phones(const struct world *w, const char *group, uint32_t *count)
{
    guint first = 0;
    for (guint i = 0; i < w->scn->groups->len; i++) {
        const struct scn_group *g = &g_array_index(w->scn->groups, struct scn_group, i);
        if (strcmp(g->id, group) == 0) {
            *count = (uint32_t)g->count;
            return (struct node *const *)w->priv->phones->pdata + first;
        }
        first += (guint)g->count;
    }
    return NULL;
}

static void resolve_timers(struct world *w, sim_time timers[TIMER_COUNT])
{
    for (int i = 0; i < TIMER_COUNT; i++)
        timers[i] = -1;
    for (guint i = 0; i < w->scn->timers->len; i++) {
        const struct scn_timer *t = &g_array_index(w->scn->timers, struct scn_timer, i);
        int id = timer_by_name(t->name);
        if (id < 0)
            world_complain(w, &t->pos, "there is no timer \"%s\" (see: imssim list timers)", t->name);
        else
            timers[id] = t->value;
    }
    timers_resolve(timers);
}

/* ---- interface ------------------------------------------------------------------------------------------ */

struct world *world_new(const struct scn *scn, const struct world_opts *opts, GPtrArray *errors)
{
    struct world *w = g_new0(struct world, 1);
    struct world_priv *p = w->priv = g_new0(struct world_priv, 1);
    struct sim_opts so = {
        .seed = opts->seed,
        .replication = opts->replication,
        .max_events = scn->run.max_events,
        .max_wall_s = sim_time_to_s(scn->run.max_wall),
        .max_bytes = scn->run.max_memory,
        .interrupt = opts->interrupt,
    };
    sim_time timers[TIMER_COUNT];
    guint before = errors->len;
    p->errors = errors;
    p->recorded = (struct sim_recorded){opts->record_every, opts->sample_every};
    p->hsss = g_ptr_array_new();
    p->dnss = g_ptr_array_new();
    p->actions = g_ptr_array_new_with_free_func(g_free);
    p->groups = g_ptr_array_new_with_free_func(g_free);
    p->strings = g_ptr_array_new_with_free_func(g_free);
    p->addresses = g_string_chunk_new(64 * 1024);
    p->cfgs = g_ptr_array_new_with_free_func(free_cfg);
    p->tokens = g_array_new(FALSE, TRUE, sizeof(struct call_tokens));
    p->phones = g_ptr_array_new();
    p->node_group = g_ptr_array_new();
    p->node_network = g_ptr_array_new();
    w->scn = scn;
    w->sim = sim_new(&so);
    w->net = net_new(w->sim, iface_table, IFACE_COUNT);
    w->net->link_cfg = link_cfg;
    w->net->link_cfg_user = w;
    w->sim->label_name = delay_name;
    resolve_timers(w, timers);
    w->sip = sip_stack_new(w->net, timers);
    p->dia = dia_stack_new(w->net, w->sip);
    p->dns = dns_stack_new(w->net, w->sip);
    p->resolvers = dns_clients_new(p->dns, w->sip->timer);
    p->cscfs = cscf_world_new(w->sip, p->dia, p->resolvers);
    p->people = people_new(w->net, &ue_phone, &p->recorded);
    p->ues = ue_world_new(w->sip, &people_reports, p->people);
    add_nodes(w);
    lte_new(w);
    add_stations(w);
    services_add_nodes(w);
    ims_add_nodes(w);
    services_name_nodes(w);
    add_phones(w);
    lte_add_nodes(w);
    if (errors->len == before)
        lte_warm_phones(w);
    if (errors->len == before)
        ims_warm_phones(w);
    calls_plan(w);
    actions_plan(w);
    calls_add_faults(w);
    if (errors->len == before)
        calls_add_streams(w);
    if (errors->len == before)
        return w;
    world_free(w);
    return NULL;
}

enum sim_end world_run(struct world *w, sim_time until)
{
    enum sim_end end = sim_run(w->sim, MIN(until, w->scn->run.until));
    w->calls = people_dialled(w->priv->people);
    return end;
}

void world_free(struct world *w)
{
    struct world_priv *p = w->priv;
    people_free(p->people);
    lte_free(w);
    ue_world_free(p->ues);
    services_free(w);
    cscf_world_free(p->cscfs);
    for (guint i = 0; i < p->hsss->len; i++)
        hss_free(g_ptr_array_index(p->hsss, i));
    for (guint i = 0; i < p->dnss->len; i++)
        dns_server_free(g_ptr_array_index(p->dnss, i));
    dns_clients_free(p->resolvers);
    net_free(w->net);
    lte_free_stacks(w);
    dns_stack_free(p->dns);
    dia_stack_free(p->dia);
    sip_stack_free(w->sip);
    sim_free(w->sim);
    g_ptr_array_free(p->hsss, TRUE);
    g_ptr_array_free(p->dnss, TRUE);
    g_ptr_array_free(p->actions, TRUE);
    g_ptr_array_free(p->groups, TRUE);
    g_ptr_array_free(p->strings, TRUE);
    g_string_chunk_free(p->addresses);
    g_ptr_array_free(p->cfgs, TRUE);
    g_array_free(p->tokens, TRUE);
    g_ptr_array_free(p->phones, TRUE);
    g_ptr_array_free(p->node_group, TRUE);
    g_ptr_array_free(p->node_network, TRUE);
    g_free(p);
    g_free(w);
}

size_t world_transactions(const struct world *w)
{
    return sip_txn_count(w->sip);
}

size_t world_contexts(const struct world *w)
{
    return ue_call_count(w->priv->ues) + cscf_pending(w->priv->cscfs) + cscf_rx_sessions(w->priv->cscfs) +
           people_in_call(w->priv->people) + lte_contexts(w) + services_contexts(w);
}

size_t world_messages(const struct world *w)
{
    return slab_count(&w->sip->msgs) + ie_stack_count(&w->priv->dia->ie) + ie_stack_count(&w->priv->dns->ie) + lte_messages(w);
}
