/* hss.c - the HSS: subscribers and groups, and which procedure a message belongs to. */
#include "models/hss/hss_int.h"

/* ---- answers --------------------------------------------------------------------------------- */

struct dia_msg *hss_answer(const struct hss *hss, const struct hss_query *q, uint32_t result, unsigned kind)
{
    struct dia_msg *m = dia_answer(hss->dia, (enum dia_type)(q->m->m.type + 1), q->m, result);
    m->result_kind = (uint8_t)kind;
    m->origin = hss->host;
    m->realm = hss->domain;
    return m;
}

bool hss_send(const struct hss *hss, const struct hss_query *q, struct dia_msg *answer)
{
    dia_seal(hss->dia, answer);
    node_send(hss->node, q->from, q->iface, &answer->m);
    return true;
}

bool hss_result(const struct hss *hss, const struct hss_query *q, uint32_t result, unsigned kind)
{
    return hss_send(hss, q, hss_answer(hss, q, result, kind));
}

/* ---- dispatcher ------------------------------------------------------------------------------ */

/* On S6a users are called by IMSI, on Cx by public identity. UINT32_MAX: no IMSI of this network. */
static uint32_t party_of(const struct dia_msg *m)
{
    uint64_t imsi;

    switch (m->m.type) {
    case DIA_AIR:
        imsi = m->body.AIR.imsi;
        break;
    case DIA_ULR:
        imsi = m->body.ULR.imsi;
        break;
    case DIA_PUR:
        imsi = m->body.PUR.imsi;
        break;
    case DIA_NOR:
        imsi = m->body.NOR.imsi;
        break;
    default:
        return m->party;
    }
    return imsi >= EPC_IMSI_BASE && imsi - EPC_IMSI_BASE < UINT32_MAX ? epc_party(imsi) : UINT32_MAX;
}

static void rx(struct node *n, struct msg *m, struct node *from, uint16_t iface)
{
    struct hss *hss = n->self;
    const struct dia_msg *d = (const struct dia_msg *)m;

    sim_assert(n->sim, m->proto == hss->dia->proto);
    if (!dia_is_request(m->type)) {
        hss_push_rx(hss, d);
        return;
    }
    struct hss_query q = {.m = d, .from = from, .iface = iface, .party = party_of(d)};
    q.who = hss_subscriber(hss, q.party);
    q.group = q.who ? hss_group_of(hss, q.who) : NULL;
    if (d->application == DIA_S6A)
        hss_s6a_rx(hss, &q);
    else
        hss_cx_rx(hss, &q);
}

/* ---- provisioning ---------------------------------------------------------------------------- */

static struct ie_apn_config apn(uint8_t id, const char *name, uint8_t qci, const struct ie_ambr *ambr)
{
    return (struct ie_apn_config){
        .id = id,
        .pdn_type = PDN_IPV4,
        .apn = name,
        .qos = {.qci = qci, .arp = {.level = 8, .preemptable = true}},
        .ambr = *ambr,
    };
}

void hss_group_init(struct hss_group *g)
{
    *g = (struct hss_group){.scheme = AUTH_AKA, .n_apns = 2, .default_apn = 1};
    g->ambr = (struct ie_ambr){.ul = 50000, .dl = 150000};
    g->apn[0] = apn(1, "ims", 5, &g->ambr);
    g->apn[1] = apn(2, "internet", 9, &g->ambr);
}

uint32_t hss_add_group(struct node *n, const struct hss_group *group)
{
    struct hss *hss = n->self;

    sim_assert(n->sim, hss->groups->len < (1u << 14) - 1);
    sim_assert(n->sim, group->scheme == AUTH_AKA || (group->scheme == AUTH_DIGEST && group->password));
    g_array_append_val(hss->groups, *group);
    return hss->groups->len - 1;
}

/* The record of a party, known or not. */
static struct subscriber *record_of(struct hss *hss, uint32_t party)
{
    uint32_t page = party >> HSS_PAGE_BITS;

    if (page >= hss->pages) {
        uint32_t pages = MAX(page + 1, 2 * hss->pages);
        hss->page = g_renew(struct subscriber *, hss->page, pages);
        memset(hss->page + hss->pages, 0, (pages - hss->pages) * sizeof *hss->page);
        hss->pages = pages;
    }
    if (!hss->page[page])
        hss->page[page] = g_new0(struct subscriber, 1u << HSS_PAGE_BITS);
    return &hss->page[page][party & ((1u << HSS_PAGE_BITS) - 1)];
}

void hss_subscribe(struct node *n, uint32_t party, uint32_t group, const struct hss_state *state)
{
    static const struct hss_state nowhere;
    struct hss *hss = n->self;

    sim_assert(n->sim, party != UINT32_MAX && group < hss->groups->len);
    if (!state)
        state = &nowhere;
    *record_of(hss, party) = (struct subscriber){
        .group = (group + 1) & 0x3fffu,
        .sqn = state->sqn & AKA_SQN_MAX,
        .registration = state->registration & 3u,
        .s_cscf = state->s_cscf,
        .auth_pending = state->auth_pending,
        .mme = state->mme ? state->mme->id + 1 : 0,
        .mme_host = state->mme_host,
    };
}

void hss_provision(struct node *n, uint32_t party, uint32_t s_cscf)
{
    struct subscriber *s = record_of(n->self, party);

    if (!s->group)
        s->group = 1;
    s->s_cscf = s_cscf == UINT32_MAX ? 0 : s_cscf + 1;
    s->registration = s->s_cscf ? HSS_REGISTERED : HSS_NOT_REGISTERED;
}

uint64_t hss_use_vector(struct node *n, uint32_t party)
{
    struct subscriber *s = hss_subscriber(n->self, party);

    sim_assert(n->sim, s);
    s->sqn = aka_sqn_next(s->sqn);
    return s->sqn;
}

bool hss_look_up(const struct node *n, uint32_t party, struct hss_state *out)
{
    const struct subscriber *s = hss_subscriber(n->self, party);

    if (!s)
        return false;
    *out = (struct hss_state){
        .registration = (enum hss_registration)s->registration,
        .s_cscf = s->s_cscf,
        .auth_pending = s->auth_pending,
        .mme = s->mme ? net_node(n->net, s->mme - 1) : NULL,
        .mme_host = s->mme_host,
        .sqn = s->sqn,
    };
    return true;
}

bool hss_deregister(struct node *n, uint32_t party, uint32_t reason)
{
    struct hss *hss = n->self;
    const struct subscriber *s = hss_subscriber(hss, party);

    if (!s || !s->s_cscf)
        return false;
    hss_send_rtr(hss, party, s->s_cscf, reason);
    return true;
}

/* ---- life ------------------------------------------------------------------------------------ */

void hss_new(struct dia_stack *dia, struct node *n, uint32_t host, uint32_t domain)
{
    struct hss *hss = g_new0(struct hss, 1);
    char *stream = g_strconcat(n->name, "/RAND", NULL);
    struct hss_group group;

    fsm_init(&hss_cx_def);
    fsm_init(&hss_s6a_def);
    fsm_init(&hss_rtr_def);
    fsm_init(&hss_clr_def);
    fsm_start(&hss->cx, &hss_cx_def, n);
    fsm_start(&hss->s6a, &hss_s6a_def, n);
    hss->node = n;
    hss->dia = dia;
    hss->host = host;
    hss->domain = domain;
    hss->rand = rng_stream(n->sim->streams, stream);
    hss->groups = g_array_new(FALSE, TRUE, sizeof(struct hss_group));
    hss_push_init(hss);
    n->self = hss;
    n->rx = rx;
    hss_group_init(&group);
    hss_add_group(n, &group);
    g_free(stream);
}

size_t hss_contexts(const struct node *n)
{
    return ctx_count(&((const struct hss *)n->self)->pushes);
}

void hss_free(struct node *n)
{
    struct hss *hss = n->self;

    for (uint32_t i = 0; i < hss->pages; i++)
        g_free(hss->page[i]);
    g_free(hss->page);
    g_array_free(hss->groups, TRUE);
    ctx_pool_clear(&hss->pushes);
    g_free(hss);
}
