/* ue_access_rig.h - a phone's LTE side and a scripted eNB, behind which a scripted MME speaks.
 *
 *   phone --- Uu (1 ms) --- eNB
 *
 * The test says what the eNB sends, and what it hears: each message as the ladder would show it, with the
 * messages inside. What the phone is told by callbacks is one line of text per callback. */
#ifndef TESTS_FLOW_UE_ACCESS_RIG_H
#define TESTS_FLOW_UE_ACCESS_RIG_H

#include "models/proto/aka/aka.h"
#include "models/ue/ue_access.h"

#include <CUnit/CUnit.h>

#include <string.h>

#define IP  0x0a010007u /* 10.1.0.7 */
#define SEQ 1000        /* of the first challenge */

struct lte {
    struct sim *sim;
    struct net *net;
    struct epc epc;
    sim_time timer[TIMER_COUNT];
    struct node *phone, *enb, *p_cscf;
    struct ue_access_pool *pool;
    struct ue_access_cfg cfg;
    struct ue_access *a;
    GQueue heard;       /* struct rrc_msg *, owned */
    struct rrc_msg *last; /* the one heard() gave last, owned */
    GString *told;
    struct aka_vector vector; /* of the last challenge */
    uint32_t rnti;      /* of the connection that the eNB means */
    uint8_t secret;     /* the network's idea of the key: the phone's has 0 here */
    uint8_t t3412;      /* minutes, in ATTACH ACCEPT; 0: switched off            */
};

/* ---- what the phone is told ------------------------------------------------------------------ */

static inline struct lte *lte_of(const struct node *ue)
{
    return ue->self;
}
static inline void on_attached(struct node *ue)
{
    g_string_append(lte_of(ue)->told, "attached\n");
}
static inline void on_pdn_up(struct node *ue, uint8_t ebi, const char *apn, uint32_t ip, const struct ie_pco *pco)
{
    g_string_append_printf(lte_of(ue)->told, "pdn %u %s %08x, %u P-CSCF\n", ebi, apn, ip, pco->n_p_cscf);
}
static inline void on_pdn_refused(struct node *ue, const char *apn, uint8_t cause)
{
    g_string_append_printf(lte_of(ue)->told, "no pdn %s: %u\n", apn, cause);
}
static inline void on_bearer_up(struct node *ue, uint8_t ebi, uint8_t qci, const struct ue_tft *tft)
{
    g_string_append_printf(lte_of(ue)->told, "bearer %u QCI %u, %u filters\n", ebi, qci, tft->n);
}
static inline void on_bearer_changed(struct node *ue, uint8_t ebi, uint8_t qci, const struct ue_tft *tft)
{
    g_string_append_printf(lte_of(ue)->told, "changed %u QCI %u, %u filters\n", ebi, qci, tft ? tft->n : 0);
}
static inline void on_bearer_down(struct node *ue, uint8_t ebi)
{
    g_string_append_printf(lte_of(ue)->told, "down %u\n", ebi);
}
static inline void on_bearer_granted(struct node *ue, uint8_t ebi, const struct ie_tft *filters)
{
    g_string_append_printf(lte_of(ue)->told, "granted %u, %u filters\n", ebi, filters->n);
}
static inline void on_bearer_released(struct node *ue, uint8_t ebi, uint8_t cause)
{
    g_string_append_printf(lte_of(ue)->told, "released %u: %u\n", ebi, cause);
}
static inline void on_bearer_refused(struct node *ue, uint8_t cause)
{
    g_string_append_printf(lte_of(ue)->told, "no bearer: %u\n", cause);
}
static inline void on_detached(struct node *ue, uint8_t cause)
{
    g_string_append_printf(lte_of(ue)->told, "detached: %u\n", cause);
}
static inline void on_attach_failed(struct node *ue, uint8_t cause)
{
    g_string_append_printf(lte_of(ue)->told, "attach failed: %u\n", cause);
}
static inline void on_sip(struct node *ue, struct msg *m, struct node *p_cscf)
{
    g_string_append_printf(lte_of(ue)->told, "%s from %s\n", sip_type_name(m->type), p_cscf ? p_cscf->name : "?");
}

static const struct ue_access_ops ops = {
    .attached = on_attached,
    .pdn_up = on_pdn_up,
    .pdn_refused = on_pdn_refused,
    .bearer_up = on_bearer_up,
    .bearer_changed = on_bearer_changed,
    .bearer_down = on_bearer_down,
    .bearer_granted = on_bearer_granted,
    .bearer_refused = on_bearer_refused,
    .bearer_released = on_bearer_released,
    .detached = on_detached,
    .attach_failed = on_attach_failed,
    .carried_in = on_sip,
};

/* Checks everything the phone was told since the last time. */
static inline void told(struct lte *t, const char *lines)
{
    CU_ASSERT_STRING_EQUAL(t->told->str, lines);
    g_string_truncate(t->told, 0);
}

/* ---- the network ----------------------------------------------------------------------------- */

static inline void keys(uint32_t party, uint8_t k[16], uint8_t opc[16])
{
    memset(k, 0x11, 16);
    memset(opc, 0x22, 16);
    k[1] = (uint8_t)party;
}

static inline const struct link_cfg *one_link(void *user, uint16_t iface, const struct node *from, const struct node *to)
{
    static struct link_cfg cfg;
    (void)user;
    (void)iface;
    (void)from;
    (void)to;
    cfg = (struct link_cfg){.latency = dist_const(1 * SIM_MS), .up = true};
    return &cfg;
}

static inline void phone_rx(struct node *n, struct msg *m, struct node *from, uint16_t iface)
{
    CU_ASSERT_EQUAL(iface, IFACE_UU);
    ue_access_rx(lte_of(n)->a, m, from);
}

static inline void enb_rx(struct node *n, struct msg *m, struct node *from, uint16_t iface)
{
    struct lte *t = n->self;
    CU_ASSERT_EQUAL(iface, IFACE_UU);
    CU_ASSERT_PTR_EQUAL(from, t->phone);
    g_queue_push_tail(&t->heard, msg_ref(m));
}

static inline struct node *node_new(struct lte *t, const char *name, uint32_t kind,
                                    void (*rx)(struct node *, struct msg *, struct node *, uint16_t))
{
    struct node *n = net_add_node(t->net, name, kind);
    n->rx = rx;
    n->self = t;
    return n;
}

static inline void make_network(struct lte *t)
{
    t->sim = sim_new(&(struct sim_opts){.seed = 1});
    t->net = net_new(t->sim, iface_table, IFACE_COUNT);
    t->net->link_cfg = one_link;
    for (int i = 0; i < TIMER_COUNT; i++)
        t->timer[i] = -1;
    timers_resolve(t->timer);
    t->epc.net = t->net;
    t->epc.sip = sip_stack_new(t->net, t->timer);
    t->epc.nas = nas_stack_new(t->net);
    t->epc.rrc = rrc_stack_new(t->net);
    t->epc.timer = t->timer;
    t->phone = node_new(t, "UE", KIND_UE, phone_rx);
    t->enb = node_new(t, "eNB", KIND_ENB, enb_rx);
    t->p_cscf = node_new(t, "P-CSCF", KIND_P_CSCF, NULL);
}

/* A phone, switched off, that will attach to this APN and perhaps ask for "ims" then. */
static inline struct lte *lte_new(const char *apn, bool second_pdn)
{
    struct lte *t = g_new0(struct lte, 1);
    make_network(t);
    uint32_t home = sip_add_host(t->epc.sip, "home1.net", NULL);
    uint32_t party = sip_add_party(t->epc.sip, &(struct sip_party){.user = "alice",
                                                                   .domain = home,
                                                                   .address = "10.1.0.7",
                                                                   .port = 1357,
                                                                   .node = t->phone});
    t->pool = ue_access_pool_new(t->sim);
    t->cfg = (struct ue_access_cfg){
        .pool = t->pool, .ops = &ops, .enb = t->enb, .apn = apn, .second_pdn = second_pdn, .keys = keys};
    t->a = ue_access_new(&t->epc, t->phone, &t->cfg, party);
    g_queue_init(&t->heard);
    t->told = g_string_new(NULL);
    t->rnti = 0x3d;
    return t;
}

static inline uint32_t live(const struct ie_stack *s)
{
    uint32_t n = 0;
    for (int k = 0; k < IE_CLASSES; k++)
        n += slab_count(&s->slabs[k]);
    return n;
}

/* Everything that was said must have been looked at, and nothing may be left. */
static inline void lte_free(struct lte *t)
{
    told(t, "");
    CU_ASSERT_EQUAL(g_queue_get_length(&t->heard), 0);
    if (t->last)
        msg_unref(t->net, &t->last->m);
    ue_access_pool_free(t->pool);
    CU_ASSERT_EQUAL(t->net->in_flight, 0);
    CU_ASSERT_EQUAL(sim_pending_count(t->sim), 0);
    CU_ASSERT_EQUAL(live(&t->epc.nas->ie), 0);
    CU_ASSERT_EQUAL(live(&t->epc.rrc->ie), 0);
    net_free(t->net);
    nas_stack_free(t->epc.nas);
    rrc_stack_free(t->epc.rrc);
    sip_stack_free(t->epc.sip);
    sim_free(t->sim);
    g_string_free(t->told, TRUE);
    g_free(t);
}

static inline void wait_for(struct lte *t, sim_time duration)
{
    sim_run(t->sim, t->sim->now + duration);
}

/* The next message at the eNB, as "type [message inside [...]]"; it stays valid until the next call. Waits
 * 10 ms first, so that what was said before has had its effect. */
static inline const struct rrc_msg *heard(struct lte *t, const char *what)
{
    wait_for(t, 10 * SIM_MS);
    if (t->last)
        msg_unref(t->net, &t->last->m);
    t->last = g_queue_pop_head(&t->heard);
    if (!t->last) {
        CU_ASSERT_STRING_EQUAL("nothing", what);
        return NULL;
    }
    GString *s = g_string_new(NULL);
    rrc_proto.detail(t->net, &t->last->m, s);
    if (s->len)
        g_string_prepend_c(s, ' ');
    g_string_prepend(s, rrc_proto.type_name(t->last->m.type));
    CU_ASSERT_STRING_EQUAL(s->str, what);
    g_string_free(s, TRUE);
    return t->last;
}

static inline void heard_nothing(struct lte *t, sim_time duration)
{
    wait_for(t, duration);
    CU_ASSERT_EQUAL(g_queue_get_length(&t->heard), 0);
}

/* The NAS message in what heard() gave. */
static inline const struct nas_msg *nas_heard(const struct rrc_msg *m)
{
    return nas_of(m->m.type == RRC_connection_setup_complete ? rrc_body(m, connection_setup_complete)->nas
                                                             : rrc_body(m, ul_information_transfer)->nas);
}

/* ---- what the eNB and the MME say ------------------------------------------------------------ */

static inline void say(struct lte *t, struct rrc_msg *m)
{
    m->ue = t->rnti;
    rrc_seal(t->epc.rrc, m);
    node_send(t->enb, t->phone, IFACE_UU, &m->m);
}

static inline void say_rrc(struct lte *t, enum rrc_type type)
{
    say(t, rrc_new(t->epc.rrc, type));
}

static inline struct nas_msg *nas(struct lte *t, enum nas_type type)
{
    return nas_new(t->epc.nas, type);
}

static inline void say_nas(struct lte *t, struct nas_msg *m)
{
    struct rrc_msg *r = rrc_new(t->epc.rrc, RRC_dl_information_transfer);
    nas_seal(t->epc.nas, m);
    rrc_body(r, dl_information_transfer)->nas = &m->m;
    say(t, r);
}

/* RRCConnectionReconfiguration with a radio bearer to be added (ebi not 0) or released, and NAS. */
static inline void reconfigure(struct lte *t, uint8_t ebi, uint8_t drb, struct nas_msg *m)
{
    struct rrc_msg *r = rrc_new(t->epc.rrc, RRC_connection_reconfiguration);
    struct rrc_connection_reconfiguration *body = rrc_body(r, connection_reconfiguration);
    if (ebi)
        IE_PUT(body, drbs) = (struct ie_drbs){.n = 1, .item = {{.id = drb, .ebi = ebi}}};
    else
        IE_PUT(body, released) = (struct ie_ebis){.n = 1, .ebi = {drb}};
    if (m) {
        nas_seal(t->epc.nas, m);
        IE_PUT(body, nas) = (struct ie_nas_list){.n = 1, .item = {&m->m}};
    }
    say(t, r);
}

/* AUTHENTICATION REQUEST with this SEQ, and always the same IND. */
static inline void challenge(struct lte *t, uint64_t seq, uint16_t amf)
{
    struct nas_msg *m = nas(t, NAS_authentication_request);
    struct nas_authentication_request *body = nas_body(m, authentication_request);
    struct milenage milenage;
    uint8_t k[16], opc[16], rand[16] = {(uint8_t)seq, (uint8_t)(seq >> 8)};
    keys(0, k, opc);
    k[0] ^= t->secret;
    milenage_init(&milenage, k, opc);
    aka_vector_make(&t->vector, &milenage, aka_sqn(seq, 3), amf, rand);
    memcpy(body->rand.b, t->vector.rand, 16);
    memcpy(body->autn.b, t->vector.autn, 16);
    body->ksi = 2;
    say_nas(t, m);
}

static inline void command_security(struct lte *t, uint8_t ksi, uint8_t eea, uint8_t replayed_eea)
{
    struct nas_msg *m = nas(t, NAS_security_mode_command);
    struct nas_security_mode_command *body = nas_body(m, security_mode_command);
    body->algorithms = (struct ie_algorithms){.eea = eea, .eia = 2};
    body->ksi = ksi;
    body->replayed = (struct ie_security_caps){.eea = replayed_eea, .eia = 6};
    IE_SET(body, imeisv_request);
    say_nas(t, m);
}

static inline void say_rrc_security(struct lte *t, uint8_t eea)
{
    struct rrc_msg *m = rrc_new(t->epc.rrc, RRC_security_mode_command);
    rrc_body(m, security_mode_command)->algorithms = (struct ie_algorithms){.eea = eea, .eia = 2};
    say(t, m);
}

static inline struct nas_msg *default_bearer(struct lte *t, uint8_t ebi, uint8_t pti, const char *apn)
{
    struct nas_msg *m = nas(t, NAS_activate_default_request);
    struct nas_activate_default_request *body = nas_body(m, activate_default_request);
    m->ebi = ebi;
    m->pti = pti;
    body->qos.qci = 5;
    body->apn = apn;
    body->address = (struct ie_paa){.type = PDN_IPV4, .ipv4 = IP};
    if (strcmp(apn, "ims") == 0)
        IE_PUT(body, pco) = (struct ie_pco){.n_p_cscf = 1, .p_cscf = {epc_ip(t->p_cscf)}};
    return m;
}

static inline struct nas_msg *attach_accept(struct lte *t, uint8_t ebi)
{
    struct nas_msg *m = nas(t, NAS_attach_accept), *esm = default_bearer(t, ebi, 1, t->cfg.apn);
    struct nas_attach_accept *body = nas_body(m, attach_accept);
    nas_seal(t->epc.nas, esm);
    body->esm = &esm->m;
    body->t3412 = (uint8_t)(t->t3412 ? 1 << 5 | t->t3412 : 0);
    IE_PUT(body, guti) = (struct ie_guti){.plmn = epc_plmn(), .mme_code = 1, .m_tmsi = 0xc0000001};
    return m;
}

static inline struct ie_tft tft(uint8_t op, unsigned n, uint8_t first_id)
{
    struct ie_tft t = {.op = op, .n = (uint8_t)n};
    for (unsigned i = 0; i < n; i++)
        t.filter[i] = (struct ie_filter){.id = (uint8_t)(first_id + i),
                                         .direction = FILTER_BOTH,
                                         .precedence = (uint8_t)(first_id + i),
                                         .protocol = 17};
    return t;
}

static inline struct nas_msg *dedicated_bearer(struct lte *t, uint8_t ebi, uint8_t linked, const struct ie_tft *filters)
{
    struct nas_msg *m = nas(t, NAS_activate_dedicated_request);
    struct nas_activate_dedicated_request *body = nas_body(m, activate_dedicated_request);
    m->ebi = ebi;
    body->linked_ebi = linked;
    body->qos = (struct ie_qos){.qci = 1, .gbr_ul = 41, .gbr_dl = 41, .mbr_ul = 41, .mbr_dl = 41};
    body->tft = *filters;
    return m;
}

static inline struct nas_msg *deactivate(struct lte *t, uint8_t ebi)
{
    struct nas_msg *m = nas(t, NAS_deactivate_request);
    m->ebi = ebi;
    nas_body(m, deactivate_request)->cause = ESM_REGULAR_DEACTIVATION;
    return m;
}

/* ---- longer parts of the flow ---------------------------------------------------------------- */

#define ATTACH_REQUEST  "RRCConnectionSetupComplete [ATTACH REQUEST [PDN CONNECTIVITY REQUEST]]"
#define ATTACH_COMPLETE "ULInformationTransfer [ATTACH COMPLETE [ACTIVATE DEFAULT EPS BEARER CONTEXT ACCEPT]]"
#define CONFIGURED      "RRCConnectionReconfigurationComplete"

/* The phone asks for a connection and gets it. Its NAS message is to be heard next. */
static inline void connect(struct lte *t)
{
    const struct rrc_msg *m = heard(t, "RRCConnectionRequest mo-Signalling");
    CU_ASSERT_EQUAL(m->ue, 0);
    say_rrc(t, RRC_connection_setup);
}

static inline void start_attach(struct lte *t)
{
    ue_access_attach(t->a);
    connect(t);
    heard(t, ATTACH_REQUEST);
}

/* Authentication and security, of NAS and of RRC. */
static inline void make_secure(struct lte *t)
{
    challenge(t, SEQ, AKA_AMF_EPS);
    heard(t, "ULInformationTransfer [AUTHENTICATION RESPONSE]");
    command_security(t, 2, 2, 7);
    heard(t, "ULInformationTransfer [SECURITY MODE COMPLETE]");
    say_rrc_security(t, 2);
    heard(t, "SecurityModeComplete");
}

/* A phone that is attached and has its default bearer 5 on radio bearer 1. */
static inline struct lte *attached_as(struct lte *t)
{
    start_attach(t);
    make_secure(t);
    reconfigure(t, 5, 1, attach_accept(t, 5));
    heard(t, CONFIGURED);
    heard(t, ATTACH_COMPLETE);
    CU_ASSERT(ue_access_is_attached(t->a));
    return t;
}

static inline struct lte *attached(const char *apn, bool second_pdn)
{
    return attached_as(lte_new(apn, second_pdn));
}

static inline struct lte *attached_to_ims(void)
{
    struct lte *t = attached("ims", false);
    told(t, "attached\npdn 5 ims 0a010007, 1 P-CSCF\n");
    return t;
}

static inline void release(struct lte *t)
{
    say_rrc(t, RRC_connection_release);
    wait_for(t, 10 * SIM_MS);
    CU_ASSERT_FALSE(ue_access_is_connected(t->a));
}

/* No connection, no bearer, no timer. */
static inline void is_off(struct lte *t)
{
    CU_ASSERT_FALSE(ue_access_is_attached(t->a));
    CU_ASSERT_EQUAL(ue_access_connections(t->pool), 0);
    CU_ASSERT_EQUAL(ue_access_bearer_count(t->pool), 0);
    CU_ASSERT_EQUAL(sim_pending_count(t->sim), 0);
}

#define BEARER_REQUEST "ULInformationTransfer [BEARER RESOURCE ALLOCATION REQUEST]"

static inline void ask(struct lte *t, const struct ie_tft *filters)
{
    CU_ASSERT(ue_access_request_bearer(t->a, &(struct ie_qos){.qci = 1}, filters));
    CU_ASSERT_FALSE(ue_access_request_bearer(t->a, &(struct ie_qos){.qci = 1}, filters));
    heard(t, BEARER_REQUEST);
}

#define GIVE_UP_REQUEST "ULInformationTransfer [BEARER RESOURCE MODIFICATION REQUEST Regular deactivation]"

static inline void give_up(struct lte *t, uint8_t ebi, const struct ie_tft *filters)
{
    CU_ASSERT(ue_access_release_bearer(t->a, ebi, filters));
    CU_ASSERT_FALSE(ue_access_release_bearer(t->a, ebi, filters));
    const struct nas_msg *m = nas_heard(heard(t, GIVE_UP_REQUEST));
    const struct nas_bearer_modification_request *body = nas_body(m, bearer_modification_request);
    CU_ASSERT(body->linked_ebi == ebi && body->tad.op == TFT_REMOVE && body->tad.n == filters->n);
}

static inline struct msg *sip_message(struct lte *t)
{
    struct sip_msg *m = sip_request(t->epc.sip, SIP_MESSAGE);
    m->ruri = m->from = m->to = (struct sip_uri){.kind = SIP_URI_IDENTITY, .id = 0};
    sip_seal(t->epc.sip, m);
    return &m->m;
}

#endif
