/* hss_rig.h - an HSS among peers that a test plays: two MMEs, an I-CSCF, two S-CSCFs.
 *
 * Each test is a conversation. A peer keeps the last message it got; requests of the HSS (CLR, RTR) it
 * answers unless it is silent. What the HSS computes is checked with the card's side of models/proto/aka. */
#ifndef TESTS_FLOW_HSS_RIG_H
#define TESTS_FLOW_HSS_RIG_H

#include "models/epc.h"
#include "models/hss/hss.h"
#include "models/proto/aka/aka.h"

#include <CUnit/CUnit.h>
#include <glib.h>
#include <string.h>

enum { MME1, MME2, I_CSCF, S_CSCF1, S_CSCF2, PEERS };
enum { ALICE, BOB, CARA, STRANGER, PARTIES };

struct peer {
    struct rig *rig;
    struct node *node;
    uint32_t host;
    struct dia_msg *last;
    unsigned got;
    bool silent;
};

struct rig {
    struct sim *sim;
    struct net *net;
    struct sip_stack *sip;
    struct dia_stack *dia;
    struct node *hss;
    uint32_t hss_host, home, abroad;
    struct peer peer[PEERS];
    uint64_t session;
};

static const struct hss_secret secret = {.k = "of the group, 16", .op = "of the operator"};

/* ---- the network ----------------------------------------------------------------------------- */

static inline void keep(struct peer *p, struct dia_msg *m)
{
    if (p->last)
        msg_unref(p->rig->net, &p->last->m);
    p->last = m;
    p->got++;
}

static inline void peer_send(struct peer *p, struct dia_msg *m)
{
    m->origin = p->host;
    m->realm = p->rig->home;
    dia_seal(p->rig->dia, m);
    node_send(p->node, p->rig->hss, p->node->kinds & KIND_MME ? IFACE_S6A : IFACE_CX, &m->m);
}

static inline void peer_rx(struct node *n, struct msg *m, struct node *from, uint16_t iface)
{
    struct peer *p = n->self;
    (void)iface;
    CU_ASSERT_PTR_EQUAL(from, p->rig->hss);
    keep(p, msg_ref(m));
    if (dia_is_request(m->type) && !p->silent)
        peer_send(p, dia_answer(p->rig->dia, (enum dia_type)(m->type + 1), p->last, DIA_SUCCESS));
}

static inline const struct link_cfg *link_of(void *user, uint16_t iface, const struct node *from,
                                             const struct node *to)
{
    static struct link_cfg cfg;
    (void)user;
    (void)iface;
    (void)from;
    (void)to;
    cfg = (struct link_cfg){.latency = dist_const(1 * SIM_MS), .up = true};
    return &cfg;
}

static inline void add_peers(struct rig *r)
{
    static const struct {
        const char *name, *host;
        uint32_t kind;
    } peers[PEERS] = {
        [MME1] = {"MME1",    "mme1.home1.net",   KIND_MME   },
        [MME2] = {"MME2",    "mme2.home1.net",   KIND_MME   },
        [I_CSCF] = {"I-CSCF1", "icscf1.home1.net", KIND_I_CSCF},
        [S_CSCF1] = {"S-CSCF1", "scscf1.home1.net", KIND_S_CSCF},
        [S_CSCF2] = {"S-CSCF2", "scscf2.home1.net", KIND_S_CSCF},
    };
    for (unsigned i = 0; i < PEERS; i++) {
        struct node *n = net_add_node(r->net, peers[i].name, peers[i].kind);
        r->peer[i] = (struct peer){.rig = r, .node = n, .host = sip_add_host(r->sip, peers[i].host, n)};
        n->self = &r->peer[i];
        n->rx = peer_rx;
    }
}

static inline void rig_init(struct rig *r, uint64_t seed)
{
    static const char *const users[PARTIES] = {"alice", "bob", "cara", "stranger"};
    sim_time timers[TIMER_COUNT];

    memset(r, 0, sizeof *r);
    for (unsigned i = 0; i < TIMER_COUNT; i++)
        timers[i] = -1;
    timers_resolve(timers);
    r->sim = sim_new(&(struct sim_opts){.seed = seed});
    r->net = net_new(r->sim, iface_table, IFACE_COUNT);
    r->net->link_cfg = link_of;
    r->sip = sip_stack_new(r->net, timers);
    r->dia = dia_stack_new(r->net, r->sip);
    r->home = sip_add_host(r->sip, "home1.net", NULL);
    r->abroad = sip_add_host(r->sip, "visited2.net", NULL);
    r->hss = net_add_node(r->net, "HSS1", KIND_HSS);
    r->hss_host = sip_add_host(r->sip, "hss1.home1.net", r->hss);
    hss_new(r->dia, r->hss, r->hss_host, r->home);
    add_peers(r);
    for (unsigned i = 0; i < PARTIES; i++)
        sip_add_party(r->sip, &(struct sip_party){.user = users[i],
                                                  .domain = r->home,
                                                  .address = "10.1.0.1",
                                                  .port = 5060,
                                                  .tel = i == ALICE ? "+1-212-555-1111" : NULL});
}

static inline void rig_clear(struct rig *r)
{
    CU_ASSERT_EQUAL(hss_contexts(r->hss), 0);
    for (unsigned i = 0; i < PEERS; i++)
        if (r->peer[i].last)
            msg_unref(r->net, &r->peer[i].last->m);
    hss_free(r->hss);
    net_free(r->net);
    dia_stack_free(r->dia);
    sip_stack_free(r->sip);
    sim_free(r->sim);
}

/* Alice is a phone of a group like this; the others are not provisioned. */
static inline uint32_t rig_with(struct rig *r, void (*adjust)(const struct rig *r, struct hss_group *g))
{
    struct hss_group g;

    rig_init(r, 1);
    hss_group_init(&g);
    g.secret = secret;
    if (adjust)
        adjust(r, &g);
    uint32_t group = hss_add_group(r->hss, &g);
    hss_subscribe(r->hss, ALICE, group, NULL);
    return group;
}

/* ---- talking --------------------------------------------------------------------------------- */

/* What anybody may check of an answer; it has to be printable as well. */
static inline void check_answer(const struct rig *r, const struct peer *p, const struct dia_msg *a,
                                uint16_t request, uint64_t session)
{
    GString *text = g_string_new(NULL);

    CU_ASSERT_EQUAL(a->m.type, request + 1);
    CU_ASSERT_EQUAL(a->session, session);
    CU_ASSERT_EQUAL(a->origin, r->hss_host);
    CU_ASSERT_EQUAL(a->realm, r->home);
    CU_ASSERT_EQUAL(a->to_realm, p->host);
    CU_ASSERT(a->m.size > 0);
    CU_ASSERT_PTR_NOT_NULL(dia_result_name(a));
    dia_proto.render(r->net, &a->m, text);
    CU_ASSERT(text->len > 0);
    g_string_free(text, TRUE);
}

static inline const struct dia_msg *ask(struct rig *r, unsigned who, struct dia_msg *m)
{
    struct peer *p = &r->peer[who];
    uint16_t type = m->m.type;
    uint64_t session = m->session = ++r->session;
    unsigned before = p->got;

    m->to_realm = r->home;
    peer_send(p, m);
    sim_run(r->sim, sim_now(r->sim) + 100 * SIM_MS);
    g_assert_cmpuint(p->got, >, before); /* else the test cannot go on */
    check_answer(r, p, p->last, type, session);
    return p->last;
}

static inline bool is_base(const struct dia_msg *a, uint32_t result)
{
    return a->result == result && !dia_is_experimental(a);
}

static inline bool is_experimental(const struct dia_msg *a, uint32_t result)
{
    return a->result == result && dia_is_experimental(a);
}

static inline struct dia_msg *air(struct rig *r, uint64_t imsi)
{
    struct dia_msg *m = dia_new(r->dia, DIA_AIR);
    dia_body(m, AIR)->imsi = imsi;
    dia_body(m, AIR)->plmn = epc_plmn();
    return m;
}

static inline struct dia_msg *ulr(struct rig *r, uint64_t imsi, struct ie_plmn plmn)
{
    struct dia_msg *m = dia_new(r->dia, DIA_ULR);
    struct dia_ULR *b = dia_body(m, ULR);
    b->imsi = imsi;
    b->rat_type = AVP_RAT_EUTRAN;
    b->plmn = plmn;
    return m;
}

static inline struct dia_msg *uar(struct rig *r, uint32_t party, int type)
{
    struct dia_msg *m = dia_new(r->dia, DIA_UAR);
    struct dia_UAR *b = dia_body(m, UAR);
    m->party = b->user_name = party;
    b->visited_network = r->home;
    if (type >= 0)
        IE_PUT(b, type) = (uint32_t)type;
    return m;
}

static inline struct dia_msg *mar(struct rig *r, uint32_t party, unsigned s_cscf, uint8_t scheme)
{
    struct dia_msg *m = dia_new(r->dia, DIA_MAR);
    struct dia_MAR *b = dia_body(m, MAR);
    m->party = b->user_name = party;
    m->server = r->peer[s_cscf].host + 1;
    b->number = 1;
    b->auth.scheme = scheme;
    return m;
}

static inline struct dia_msg *sar(struct rig *r, uint32_t party, unsigned s_cscf, uint32_t type)
{
    struct dia_msg *m = dia_new(r->dia, DIA_SAR);
    struct dia_SAR *b = dia_body(m, SAR);
    m->party = IE_PUT(b, user_name) = party;
    m->server = r->peer[s_cscf].host + 1;
    b->type = type;
    return m;
}

static inline const struct dia_msg *locate(struct rig *r, uint32_t party)
{
    struct dia_msg *m = dia_new(r->dia, DIA_LIR);
    m->party = party;
    return ask(r, I_CSCF, m);
}

static inline struct hss_state state_of(const struct rig *r, uint32_t party)
{
    struct hss_state s = {0};
    CU_ASSERT_TRUE(hss_look_up(r->hss, party, &s));
    return s;
}

/* MAR and SAR of a successful registration. */
static inline void register_at(struct rig *r, uint32_t party, unsigned s_cscf)
{
    CU_ASSERT_TRUE(is_base(ask(r, s_cscf, mar(r, party, s_cscf, AUTH_AKA)), DIA_SUCCESS));
    CU_ASSERT_TRUE(is_base(ask(r, s_cscf, sar(r, party, s_cscf, ASSIGN_REGISTRATION)), DIA_SUCCESS));
    CU_ASSERT_EQUAL(state_of(r, party).s_cscf, r->peer[s_cscf].host + 1);
}

/* The one or more vectors of an AIA, what a MAA carries: functions, since dia_body() looks at its argument
 * twice. */
static inline const struct ie_eps_vectors *vectors_of(const struct dia_msg *aia)
{
    return &dia_body(aia, AIA)->vectors;
}

static inline const struct ie_sip_auth *auth_of(const struct dia_msg *maa)
{
    return &dia_body(maa, MAA)->auth;
}

/* The card of a subscriber of `secret`. */
static inline enum aka_verdict card(struct aka_usim *usim, uint32_t party, const struct ie_block *rand,
                                    const struct ie_block *autn, struct aka_answer *out)
{
    struct milenage m;
    hss_secret_milenage(&secret, party, &m);
    return aka_usim_answer(usim, &m, rand->b, autn->b, out);
}

/* A fixed line: a password, no LTE. */
static inline void rig_fixed_line(const struct rig *r, struct hss_group *g)
{
    (void)r;
    g->scheme = AUTH_DIGEST;
    g->algorithm = DIGEST_MD5;
    g->password = "secret";
    g->n_apns = 0;
}

static inline void rig_may_roam(const struct rig *r, struct hss_group *g)
{
    (void)r;
    g->roaming = true;
}

#endif
