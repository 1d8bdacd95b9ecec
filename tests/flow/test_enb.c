/* test_enb.c - the eNB between a scripted phone, MME and S-GW.
 *
 * Each test tells a flow: what a peer sends, then what the others have received by the time that all is
 * quiet, line by line. Links take 1 ms. The eNB waits 10 s for a peer. */
#include "models/enb/enb.h"
#include "models/uu.h"

#include <CUnit/CUnit.h>

#include <stdio.h>
#include <string.h>

#define MME_ID 0x777

struct world {
    struct sim *sim;
    struct net *net;
    struct epc epc;
    struct node *enb, *ue, *mme, *sgw;
    struct link_cfg link;
    sim_time timer[TIMER_COUNT];
    GString *log;        /* what the peers have received since the last look */
    GPtrArray *received; /* struct msg *: all of it, referenced */
    GArray *flows;       /* sim_flow of each */
};

static const struct link_cfg *link_cfg(void *user, uint16_t iface, const struct node *from,
                                       const struct node *to)
{
    (void)iface;
    (void)from;
    (void)to;
    return &((struct world *)user)->link;
}

static void rx(struct node *n, struct msg *m, struct node *from, uint16_t iface)
{
    struct world *w = n->self;
    GString *detail = g_string_new(NULL);

    (void)iface;
    CU_ASSERT_PTR_EQUAL(from, w->enb);
    ie_detail(w->net, m, detail);
    g_string_append_printf(w->log, "%s: %s%s%s\n", n->name, w->net->protos[m->proto]->type_name(m->type),
                           detail->len ? " " : "", detail->str);
    g_string_free(detail, TRUE);
    g_ptr_array_add(w->received, msg_ref(m));
    g_array_append_val(w->flows, w->sim->flow);
}

static struct node *peer(struct world *w, const char *name, uint32_t kind)
{
    struct node *n = net_add_node(w->net, name, kind);
    n->rx = rx;
    n->self = w;
    return n;
}

static struct world *world_new(void)
{
    struct world *w = g_new0(struct world, 1);

    w->sim = sim_new(&(struct sim_opts){.seed = 1});
    w->net = net_new(w->sim, iface_table, IFACE_COUNT);
    w->link = (struct link_cfg){.latency = dist_const(1 * SIM_MS), .transport = TRANSPORT_SCTP, .up = true};
    w->net->link_cfg = link_cfg;
    w->net->link_cfg_user = w;
    w->epc = (struct epc){.net = w->net, .timer = w->timer};
    w->epc.gtp = gtp_stack_new(w->net);
    w->epc.nas = nas_stack_new(w->net);
    w->epc.s1ap = s1ap_stack_new(w->net);
    w->epc.rrc = rrc_stack_new(w->net);
    w->log = g_string_new(NULL);
    w->received = g_ptr_array_new();
    w->flows = g_array_new(FALSE, FALSE, sizeof(sim_flow));
    w->ue = peer(w, "UE", KIND_UE);
    w->mme = peer(w, "MME", KIND_MME);
    w->sgw = peer(w, "S-GW", KIND_SGW);
    w->enb = net_add_node(w->net, "eNB", KIND_ENB);
    enb_new(&w->epc, w->enb,
            &(struct enb_cfg){.mme = w->mme,
                              .tai = {.plmn = epc_plmn(), .tac = 5},
                              .ecgi = {.plmn = epc_plmn(), .eci = 0x101}});
    return w;
}

static uint32_t live(const struct ie_stack *s)
{
    uint32_t n = 0;
    for (int k = 0; k < IE_CLASSES; k++)
        n += slab_count(&s->slabs[k]);
    return n;
}

/* Frees all. No message is left, and what was sent has arrived. */
static void world_free(struct world *w)
{
    CU_ASSERT_EQUAL(w->log->len, 0);
    CU_ASSERT_EQUAL(w->net->sent, w->net->delivered);
    enb_free(w->enb);
    for (guint i = 0; i < w->received->len; i++)
        msg_unref(w->net, g_ptr_array_index(w->received, i));
    CU_ASSERT_EQUAL(live(&w->epc.rrc->ie) + live(&w->epc.s1ap->ie), 0);
    CU_ASSERT_EQUAL(live(&w->epc.gtp->ie) + live(&w->epc.nas->ie), 0);
    g_ptr_array_free(w->received, TRUE);
    g_array_free(w->flows, TRUE);
    g_string_free(w->log, TRUE);
    net_free(w->net);
    gtp_stack_free(w->epc.gtp);
    nas_stack_free(w->epc.nas);
    s1ap_stack_free(w->epc.s1ap);
    rrc_stack_free(w->epc.rrc);
    sim_free(w->sim);
    g_free(w);
}

/* After this time the peers have received exactly this. */
static void expect_after(struct world *w, sim_time time, const char *lines)
{
    sim_run(w->sim, w->sim->now + time);
    CU_ASSERT_STRING_EQUAL(w->log->str, lines);
    if (strcmp(w->log->str, lines) != 0)
        fprintf(stderr, "received:\n%sinstead of:\n%s", w->log->str, lines);
    g_string_truncate(w->log, 0);
}

static void expect(struct world *w, const char *lines)
{
    expect_after(w, 100 * SIM_MS, lines);
}

/* The newest message of this type that a peer has received. */
static const void *last(const struct world *w, const struct ie_stack *stack, uint16_t type)
{
    for (guint i = w->received->len; i-- > 0;) {
        const struct msg *m = g_ptr_array_index(w->received, i);
        if (m->proto == stack->proto && m->type == type)
            return m;
    }
    CU_FAIL_FATAL("no such message");
    return NULL;
}
#define LAST_S1AP(w, type) s1ap_body((const struct s1ap_msg *)last(w, &(w)->epc.s1ap->ie, S1AP_##type), type)
#define LAST_RRC(w, type)  rrc_body((const struct rrc_msg *)last(w, &(w)->epc.rrc->ie, RRC_##type), type)

/* ---- what the peers say ------------------------------------------------------------------------------- */

static struct msg *nas(struct world *w, enum nas_type type)
{
    struct nas_msg *m = nas_new(w->epc.nas, type);
    if (type == NAS_deactivate_request)
        nas_body(m, deactivate_request)->cause = ESM_REGULAR_DEACTIVATION;
    nas_seal(w->epc.nas, m);
    return &m->m;
}

static void ue_sends(struct world *w, struct rrc_msg *m)
{
    rrc_seal(w->epc.rrc, m);
    node_send(w->ue, w->enb, IFACE_UU, &m->m);
}

/* A message without contents. */
static void ue_says(struct world *w, enum rrc_type type)
{
    ue_sends(w, rrc_new(w->epc.rrc, type));
}

static void ue_requests_connection(struct world *w)
{
    struct rrc_msg *m = rrc_new(w->epc.rrc, RRC_connection_request);
    struct rrc_connection_request *b = rrc_body(m, connection_request);
    b->cause = RRC_MO_SIGNALLING;
    IE_PUT(b, s_tmsi) = (struct ie_s_tmsi){.mme_code = 3, .m_tmsi = 0xabc};
    ue_sends(w, m);
}

static void ue_completes_setup(struct world *w)
{
    struct rrc_msg *m = rrc_new(w->epc.rrc, RRC_connection_setup_complete);
    rrc_body(m, connection_setup_complete)->nas = nas(w, NAS_service_request);
    ue_sends(w, m);
}

static void ue_sends_nas(struct world *w, enum nas_type type)
{
    struct rrc_msg *m = rrc_new(w->epc.rrc, RRC_ul_information_transfer);
    rrc_body(m, ul_information_transfer)->nas = nas(w, type);
    ue_sends(w, m);
}

static void ue_sends_capability(struct world *w)
{
    struct rrc_msg *m = rrc_new(w->epc.rrc, RRC_ue_capability_information);
    rrc_body(m, ue_capability_information)->radio_capability = 4;
    ue_sends(w, m);
}

static void mme_sends(struct world *w, struct s1ap_msg *m)
{
    s1ap_seal(w->epc.s1ap, m);
    node_send(w->mme, w->enb, IFACE_S1_MME, &m->m);
}

static uint32_t enb_id(const struct world *w)
{
    return LAST_S1AP(w, initial_ue_message)->enb_id;
}

static void mme_sends_nas(struct world *w, enum nas_type type, uint32_t mme_id, uint32_t id)
{
    struct s1ap_msg *m = s1ap_new(w->epc.s1ap, S1AP_downlink_nas_transport);
    struct s1ap_downlink_nas_transport *b = s1ap_body(m, downlink_nas_transport);
    b->mme_id = mme_id;
    b->enb_id = id;
    b->nas = nas(w, type);
    mme_sends(w, m);
}

static void mme_commands_release(struct world *w, uint32_t id)
{
    struct s1ap_msg *m = s1ap_new(w->epc.s1ap, S1AP_ue_context_release_command);
    struct s1ap_ue_context_release_command *b = s1ap_body(m, ue_context_release_command);
    b->mme_id = MME_ID;
    b->enb_id = id;
    b->cause = S1AP_CAUSE_NAS_DETACH;
    mme_sends(w, m);
}

/* An E-RAB to be set up, with the S-GW's TEID 0x500 + its identity; a NAS message unless `type` is 0. */
static void add_erab(struct world *w, struct ie_erabs *list, uint8_t id, uint8_t qci, enum nas_type type)
{
    struct ie_erab *e = &list->item[list->n++];
    *e = (struct ie_erab){.id = id, .teid = 0x500u + id, .ipv4 = epc_ip(w->sgw), .qos = {.qci = qci}};
    if (type)
        e->nas = nas(w, type);
}

/* With or without the radio capability, with one E-RAB that may bring a NAS message. */
static struct s1ap_msg *context_request(struct world *w, bool capability, enum nas_type type)
{
    struct s1ap_msg *m = s1ap_new(w->epc.s1ap, S1AP_initial_context_setup_request);
    struct s1ap_initial_context_setup_request *b = s1ap_body(m, initial_context_setup_request);
    b->mme_id = MME_ID;
    b->enb_id = enb_id(w);
    b->capability = (struct ie_security_caps){.eea = 3, .eia = 7};
    if (capability)
        IE_PUT(b, radio_capability) = 4;
    add_erab(w, &b->erabs, 5, 5, type);
    return m;
}

static struct s1ap_msg *setup_request(struct world *w)
{
    struct s1ap_msg *m = s1ap_new(w->epc.s1ap, S1AP_erab_setup_request);
    s1ap_body(m, erab_setup_request)->mme_id = MME_ID;
    s1ap_body(m, erab_setup_request)->enb_id = enb_id(w);
    return m;
}

static void mme_sets_up(struct world *w, uint8_t id, uint8_t qci)
{
    struct s1ap_msg *m = setup_request(w);
    add_erab(w, &s1ap_body(m, erab_setup_request)->erabs, id, qci, NAS_activate_dedicated_request);
    mme_sends(w, m);
}

static void mme_modifies(struct world *w, uint8_t id, uint32_t gbr)
{
    struct s1ap_msg *m = s1ap_new(w->epc.s1ap, S1AP_erab_modify_request);
    struct s1ap_erab_modify_request *b = s1ap_body(m, erab_modify_request);
    b->mme_id = MME_ID;
    b->enb_id = enb_id(w);
    add_erab(w, &b->erabs, id, 1, NAS_modify_request);
    b->erabs.item[0].teid = b->erabs.item[0].ipv4 = 0;
    b->erabs.item[0].qos.gbr_ul = gbr;
    mme_sends(w, m);
}

static void mme_releases(struct world *w, uint8_t id)
{
    struct s1ap_msg *m = s1ap_new(w->epc.s1ap, S1AP_erab_release_command);
    struct s1ap_erab_release_command *b = s1ap_body(m, erab_release_command);
    b->mme_id = MME_ID;
    b->enb_id = enb_id(w);
    b->erabs.n = 1;
    b->erabs.item[0] = (struct ie_erab){.id = id, .cause = S1AP_CAUSE_NAS_NORMAL};
    IE_PUT(b, nas) = nas(w, NAS_deactivate_request);
    mme_sends(w, m);
}

/* ---- up to a phone with a bearer ---------------------------------------------------------------------- */

#define REQUEST_SENT  "MME: INITIAL UE MESSAGE [SERVICE REQUEST]\n"
#define RECONFIGURED  RRC_connection_reconfiguration_complete
#define GUARD         (ENB_GUARD + 100 * SIM_MS)
#define LOST          "radioNetwork: radio-connection-with-ue-lost"

static void connect(struct world *w)
{
    ue_requests_connection(w);
    expect(w, "UE: RRCConnectionSetup\n");
    ue_completes_setup(w);
    expect(w, REQUEST_SENT);
}

/* A phone with E-RAB 5 on DRB 1. */
static struct world *world_active(void)
{
    struct world *w = world_new();

    connect(w);
    mme_sends(w, context_request(w, true, 0));
    expect(w, "UE: SecurityModeCommand\n"
              "UE: RRCConnectionReconfiguration\n");
    ue_says(w, RRC_security_mode_complete);
    ue_says(w, RECONFIGURED);
    expect(w, "MME: INITIAL CONTEXT SETUP RESPONSE\n");
    CU_ASSERT_EQUAL(enb_contexts(w->enb), 2);
    return w;
}

/* ---- tables -------------------------------------------------------------------------------------------- */

void test_enb_tables(void)
{
    struct fsm_def *const defs[] = {&enb_connection_def, &enb_context_def, &enb_erab_def, &enb_release_def,
                                    &enb_data_def, &enb_random_def};
    GString *problems = g_string_new(NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(defs); i++)
        CU_ASSERT_EQUAL(fsm_check(defs[i], problems), 0);
    CU_ASSERT_STRING_EQUAL(problems->str, "");
    g_string_free(problems, TRUE);
}

/* ---- connection ---------------------------------------------------------------------------------------- */

/* The MME learns where the phone is and why it comes. Then NAS messages pass both ways, as they are. */
void test_enb_connection(void)
{
    struct world *w = world_new();

    connect(w);
    const struct s1ap_initial_ue_message *b = LAST_S1AP(w, initial_ue_message);
    CU_ASSERT_NOT_EQUAL(b->enb_id, 0);
    CU_ASSERT_EQUAL(b->tai.tac, 5);
    CU_ASSERT_EQUAL(b->ecgi.eci, 0x101);
    CU_ASSERT_EQUAL(b->establishment, RRC_MO_SIGNALLING);
    CU_ASSERT(IE_HAS(b, s_tmsi));
    CU_ASSERT_EQUAL(b->s_tmsi.m_tmsi, 0xabc);

    /* Before the MME has answered there is no identity to send a second message under. */
    ue_sends_nas(w, NAS_tau_complete);
    expect(w, "");
    mme_sends_nas(w, NAS_security_mode_command, MME_ID, enb_id(w));
    expect(w, "UE: DLInformationTransfer [SECURITY MODE COMMAND]\n");
    ue_sends_nas(w, NAS_security_mode_complete);
    expect(w, "MME: UPLINK NAS TRANSPORT [SECURITY MODE COMPLETE]\n");
    CU_ASSERT_EQUAL(LAST_S1AP(w, uplink_nas_transport)->mme_id, MME_ID);
    CU_ASSERT_EQUAL(LAST_S1AP(w, uplink_nas_transport)->enb_id, enb_id(w));
    CU_ASSERT_EQUAL(((const struct rrc_msg *)last(w, &w->epc.rrc->ie, RRC_connection_setup))->ue, 0x3d);
    world_free(w);
}

/* A phone that does not complete its connection is forgotten. */
void test_enb_half_a_connection(void)
{
    struct world *w = world_new();

    ue_requests_connection(w);
    expect(w, "UE: RRCConnectionSetup\n");
    CU_ASSERT_EQUAL(enb_contexts(w->enb), 1);
    expect_after(w, GUARD, "");
    CU_ASSERT_EQUAL(enb_contexts(w->enb), 0);
    ue_completes_setup(w);
    expect(w, "");
    world_free(w);
}

/* A phone that asks again has lost its connection: the old context goes, bearers and all, and with it the
 * identity that the MME knew. */
void test_enb_connection_again(void)
{
    struct world *w = world_active();
    uint32_t old = enb_id(w);

    connect(w);
    CU_ASSERT_EQUAL(enb_contexts(w->enb), 1);
    CU_ASSERT_NOT_EQUAL(enb_id(w), old);
    mme_sends_nas(w, NAS_detach_accept, MME_ID, old);
    expect(w, "MME: ERROR INDICATION cause 14\n"); /* unknown-enb-ue-s1ap-id */
    mme_commands_release(w, old);
    expect(w, "MME: UE CONTEXT RELEASE COMPLETE\n");
    CU_ASSERT_EQUAL(LAST_S1AP(w, ue_context_release_complete)->enb_id, old);
    CU_ASSERT_EQUAL(enb_contexts(w->enb), 1);
    world_free(w);
}

/* ---- initial context set-up ---------------------------------------------------------------------------- */

/* Attach (TS 23.401 5.3.2): capability, security, reconfiguration, one after the other. */
void test_enb_attach(void)
{
    struct world *w = world_new();

    connect(w);
    mme_sends(w, context_request(w, false, NAS_tau_accept));
    expect(w, "UE: UECapabilityEnquiry\n");
    ue_sends_capability(w);
    expect(w, "MME: UE CAPABILITY INFO INDICATION\n"
              "UE: SecurityModeCommand\n");
    CU_ASSERT_EQUAL(LAST_S1AP(w, ue_capability_info_indication)->radio_capability, 4);
    CU_ASSERT_EQUAL(LAST_RRC(w, security_mode_command)->algorithms.eea, 1);
    CU_ASSERT_EQUAL(LAST_RRC(w, security_mode_command)->algorithms.eia, 2);
    ue_says(w, RRC_security_mode_complete);
    expect(w, "UE: RRCConnectionReconfiguration [TRACKING AREA UPDATE ACCEPT]\n");
    const struct rrc_connection_reconfiguration *r = LAST_RRC(w, connection_reconfiguration);
    CU_ASSERT(IE_HAS(r, srb2) && IE_HAS(r, drbs) && !IE_HAS(r, released));
    CU_ASSERT_EQUAL(r->drbs.n, 1);
    CU_ASSERT_EQUAL(r->drbs.item[0].id, 1);
    CU_ASSERT_EQUAL(r->drbs.item[0].ebi, 5);
    CU_ASSERT_EQUAL(r->drbs.item[0].lcid, 3);
    CU_ASSERT_FALSE(r->drbs.item[0].um);
    ue_says(w, RECONFIGURED);
    expect(w, "MME: INITIAL CONTEXT SETUP RESPONSE\n");
    const struct s1ap_initial_context_setup_response *b = LAST_S1AP(w, initial_context_setup_response);
    struct enb_bearer bearer;
    CU_ASSERT_FATAL(enb_bearer(w->enb, w->ue, 5, &bearer));
    CU_ASSERT(b->erabs.n == 1 && !IE_HAS(b, failed));
    CU_ASSERT_EQUAL(b->erabs.item[0].teid, bearer.teid);
    CU_ASSERT_EQUAL(b->erabs.item[0].ipv4, epc_ip(w->enb));
    CU_ASSERT_EQUAL(bearer.sgw_teid, 0x505);
    CU_ASSERT_PTR_EQUAL(bearer.sgw, w->sgw);
    world_free(w);
}

/* With the capability from the MME, and a NAS message: no enquiry, but security first. */
void test_enb_attach_known_capability(void)
{
    struct world *w = world_new();

    connect(w);
    mme_sends(w, context_request(w, true, NAS_tau_accept));
    expect(w, "UE: SecurityModeCommand\n");
    ue_says(w, RRC_security_mode_complete);
    expect(w, "UE: RRCConnectionReconfiguration [TRACKING AREA UPDATE ACCEPT]\n");
    ue_says(w, RECONFIGURED);
    expect(w, "MME: INITIAL CONTEXT SETUP RESPONSE\n");
    world_free(w);
}

/* The MME hears of the failure and releases what there is. */
static void fails_and_releases(struct world *w, const char *cause)
{
    char *line = g_strdup_printf("MME: INITIAL CONTEXT SETUP FAILURE %s\n", cause);

    expect_after(w, GUARD / 2, line);
    CU_ASSERT_EQUAL(enb_contexts(w->enb), 1);
    mme_commands_release(w, enb_id(w));
    expect(w, "UE: RRCConnectionRelease other\n"
              "MME: UE CONTEXT RELEASE COMPLETE\n");
    CU_ASSERT_EQUAL(enb_contexts(w->enb), 0);
    g_free(line);
    world_free(w);
}

void test_enb_context_no_sgw(void)
{
    struct world *w = world_new();
    connect(w);
    struct s1ap_msg *m = context_request(w, true, 0);
    s1ap_body(m, initial_context_setup_request)->erabs.item[0].ipv4 = epc_ip(w->mme);
    mme_sends(w, m);
    fails_and_releases(w, "transport: transport-resource-unavailable");
    /* The same with the other two ways to begin. */
    for (int capability = 0; capability <= 1; capability++) {
        w = world_new();
        connect(w);
        m = context_request(w, capability != 0, NAS_tau_accept);
        s1ap_body(m, initial_context_setup_request)->erabs.item[0].ipv4 = 0;
        mme_sends(w, m);
        fails_and_releases(w, "transport: transport-resource-unavailable");
    }
}

void test_enb_context_without_bearers(void)
{
    struct world *w = world_new();
    connect(w);
    struct s1ap_msg *m = context_request(w, true, 0);
    s1ap_body(m, initial_context_setup_request)->erabs.n = 0;
    mme_sends(w, m);
    fails_and_releases(w, "radioNetwork: unspecified");
}

void test_enb_context_security_failure(void)
{
    for (int resume = 0; resume <= 1; resume++) {
        struct world *w = world_new();
        connect(w);
        mme_sends(w, context_request(w, true, resume ? 0 : NAS_tau_accept));
        expect(w, resume ? "UE: SecurityModeCommand\n"
                           "UE: RRCConnectionReconfiguration\n"
                         : "UE: SecurityModeCommand\n");
        ue_says(w, RRC_security_mode_failure);
        fails_and_releases(w, "cause 26"); /* failure-in-radio-interface-procedure */
    }
}

/* The phone falls silent: the MME is told; if it is silent too, the context goes by itself. */
void test_enb_context_no_answer(void)
{
    struct world *w = world_new();
    connect(w);
    mme_sends(w, context_request(w, false, NAS_tau_accept));
    expect(w, "UE: UECapabilityEnquiry\n");
    expect_after(w, ENB_GUARD - 200 * SIM_MS, "");
    fails_and_releases(w, LOST);

    w = world_new();
    connect(w);
    mme_sends(w, context_request(w, true, 0));
    expect(w, "UE: SecurityModeCommand\n"
              "UE: RRCConnectionReconfiguration\n");
    expect_after(w, GUARD, "MME: INITIAL CONTEXT SETUP FAILURE " LOST "\n");
    CU_ASSERT_EQUAL(enb_contexts(w->enb), 1);
    expect_after(w, GUARD, "");
    CU_ASSERT_EQUAL(enb_contexts(w->enb), 0);
    world_free(w);
}

/* What the phone can do is asked for first, also when it only comes back with the bearers it had. */
void test_enb_context_capability_first(void)
{
    struct world *w = world_new();
    connect(w);
    mme_sends(w, context_request(w, false, 0));
    expect(w, "UE: UECapabilityEnquiry\n");
    world_free(w);
}

void test_enb_context_twice(void)
{
    struct world *w = world_active();
    mme_sends(w, context_request(w, true, 0));
    expect(w, "MME: INITIAL CONTEXT SETUP FAILURE radioNetwork: unspecified\n");
    CU_ASSERT_EQUAL(enb_contexts(w->enb), 2);
    world_free(w);
}

/* ---- E-RABs -------------------------------------------------------------------------------------------- */

#define DEDICATED  "[ACTIVATE DEDICATED EPS BEARER CONTEXT REQUEST]"
#define DEACTIVATE "[DEACTIVATE EPS BEARER CONTEXT REQUEST Regular deactivation]"

/* Voice and video in one request, beside one that exists already and one of an unknown S-GW: the phone learns
 * of the first two only. */
void test_enb_erab_setup(void)
{
    struct world *w = world_active();
    struct s1ap_msg *m = setup_request(w);
    struct ie_erabs *list = &s1ap_body(m, erab_setup_request)->erabs;
    struct enb_bearer bearer;

    add_erab(w, list, 6, 1, NAS_activate_dedicated_request);
    add_erab(w, list, 5, 5, NAS_activate_dedicated_request);
    add_erab(w, list, 7, 2, NAS_activate_dedicated_request);
    add_erab(w, list, 8, 9, NAS_activate_dedicated_request);
    list->item[3].ipv4 = 0x01020304;
    mme_sends(w, m);
    expect(w, "UE: RRCConnectionReconfiguration " DEDICATED " " DEDICATED "\n");
    const struct rrc_connection_reconfiguration *r = LAST_RRC(w, connection_reconfiguration);
    CU_ASSERT(!IE_HAS(r, srb2) && r->drbs.n == 2);
    CU_ASSERT(r->drbs.item[0].id == 2 && r->drbs.item[0].ebi == 6 && r->drbs.item[0].um);
    CU_ASSERT(r->drbs.item[1].id == 3 && r->drbs.item[1].ebi == 7 && r->drbs.item[1].um);
    ue_says(w, RECONFIGURED);
    expect(w, "MME: E-RAB SETUP RESPONSE\n");
    const struct s1ap_erab_setup_response *b = LAST_S1AP(w, erab_setup_response);
    CU_ASSERT(IE_HAS(b, erabs) && IE_HAS(b, failed) && b->erabs.n == 2 && b->failed.n == 2);
    CU_ASSERT_EQUAL(b->erabs.item[1].id, 7);
    CU_ASSERT(enb_bearer(w->enb, w->ue, 7, &bearer) && bearer.teid == b->erabs.item[1].teid);
    CU_ASSERT(b->failed.item[0].id == 5 && b->failed.item[0].cause == 31); /* multiple-E-RAB-ID-instances */
    CU_ASSERT(b->failed.item[1].id == 8 && b->failed.item[1].cause == S1AP_CAUSE_TRANSPORT_UNAVAILABLE);
    CU_ASSERT_FALSE(enb_bearer(w->enb, w->ue, 8, &bearer));
    CU_ASSERT_EQUAL(enb_contexts(w->enb), 4);

    /* None can be set up: the answer comes at once, the phone hears nothing. */
    mme_sets_up(w, 6, 1);
    expect(w, "MME: E-RAB SETUP RESPONSE\n");
    CU_ASSERT_FALSE(IE_HAS(LAST_S1AP(w, erab_setup_response), erabs));
    world_free(w);
}

/* A phone has eight data radio bearers, and a reconfiguration room for four NAS messages. */
void test_enb_erab_limits(void)
{
    struct world *w = world_active();
    const struct s1ap_erab_setup_response *b;

    for (uint8_t k = 0; k < 2; k++) {
        struct s1ap_msg *m = setup_request(w);
        for (uint8_t i = 0; i < 5; i++)
            add_erab(w, &s1ap_body(m, erab_setup_request)->erabs, (uint8_t)(6 + 5 * k + i), 9,
                     NAS_activate_dedicated_request);
        mme_sends(w, m);
        sim_run(w->sim, w->sim->now + 10 * SIM_MS);
        CU_ASSERT_EQUAL(LAST_RRC(w, connection_reconfiguration)->nas.n, k == 0 ? 4 : 3);
        g_string_truncate(w->log, 0);
        ue_says(w, RECONFIGURED);
        expect(w, "MME: E-RAB SETUP RESPONSE\n");
        b = LAST_S1AP(w, erab_setup_response);
        CU_ASSERT_EQUAL(b->erabs.n, k == 0 ? 4 : 3);
        CU_ASSERT_EQUAL(b->failed.item[0].cause, S1AP_CAUSE_NO_RADIO_RESOURCES);
    }
    world_free(w);
}

/* A changed QoS is in force when the phone has confirmed. */
void test_enb_erab_modify(void)
{
    struct world *w = world_active();
    struct enb_bearer bearer;

    mme_modifies(w, 5, 41);
    expect(w, "UE: RRCConnectionReconfiguration [MODIFY EPS BEARER CONTEXT REQUEST]\n");
    CU_ASSERT(enb_bearer(w->enb, w->ue, 5, &bearer) && bearer.qos.gbr_ul == 0);
    ue_says(w, RECONFIGURED);
    expect(w, "MME: E-RAB MODIFY RESPONSE\n");
    CU_ASSERT(enb_bearer(w->enb, w->ue, 5, &bearer) && bearer.qos.gbr_ul == 41);
    CU_ASSERT_EQUAL(LAST_S1AP(w, erab_modify_response)->erabs.item[0].teid, 0);

    mme_modifies(w, 9, 41);
    expect(w, "MME: E-RAB MODIFY RESPONSE\n");
    CU_ASSERT_EQUAL(LAST_S1AP(w, erab_modify_response)->failed.item[0].cause, S1AP_CAUSE_UNKNOWN_ERAB);
    world_free(w);
}

/* ---- admission, where the cell has a radio ------------------------------------------------------------------- */

static unsigned plain(void *user, const struct node *phone)
{
    (void)user;
    (void)phone;
    return 8;
}

static uint64_t admitted(const struct world *w)
{
    return cell_gbr_bearers(uu_cell(w->epc.uu, w->enb));
}

/* Asks for one with a guaranteed bit rate; the cause why there is none, or 0. */
static uint8_t set_up_gbr(struct world *w, uint8_t id, uint32_t kbps)
{
    struct s1ap_msg *m = setup_request(w);
    struct ie_erabs *list = &s1ap_body(m, erab_setup_request)->erabs;
    add_erab(w, list, id, 1, 0);
    list->item[0].qos.gbr_ul = list->item[0].qos.gbr_dl = kbps;
    mme_sends(w, m);
    sim_run(w->sim, w->sim->now + 10 * SIM_MS);
    ue_says(w, RECONFIGURED);
    sim_run(w->sim, w->sim->now + 10 * SIM_MS);
    g_string_truncate(w->log, 0);
    const struct s1ap_erab_setup_response *b = LAST_S1AP(w, erab_setup_response);
    return IE_HAS(b, failed) ? b->failed.item[0].cause : 0;
}

static uint8_t modify_gbr(struct world *w, uint8_t id, uint32_t kbps)
{
    mme_modifies(w, id, kbps);
    sim_run(w->sim, w->sim->now + 10 * SIM_MS);
    ue_says(w, RECONFIGURED);
    sim_run(w->sim, w->sim->now + 10 * SIM_MS);
    g_string_truncate(w->log, 0);
    const struct s1ap_erab_modify_response *b = LAST_S1AP(w, erab_modify_response);
    return IE_HAS(b, failed) ? b->failed.item[0].cause : 0;
}

/* Bearers with a guaranteed bit rate find room for two here, by number; then for one of a rate that fills the uplink. Others
 * always do, and what goes leaves its room. */
void test_enb_admission(void)
{
    struct world *w = world_active();
    struct access_params p;
    access_defaults(&p);
    p.gbr_bearers = 2;
    w->epc.uu = uu_new(w->net, plain, NULL);
    uu_add_cell(w->epc.uu, w->enb, &p);

    CU_ASSERT_EQUAL(set_up_gbr(w, 6, 41), 0);
    CU_ASSERT_EQUAL(set_up_gbr(w, 7, 41), 0);
    CU_ASSERT_EQUAL(set_up_gbr(w, 8, 41), S1AP_CAUSE_NO_RADIO_RESOURCES);
    CU_ASSERT_EQUAL(set_up_gbr(w, 9, 0), 0);
    CU_ASSERT_EQUAL(admitted(w), 2);
    CU_ASSERT_EQUAL(modify_gbr(w, 9, 41), S1AP_CAUSE_NO_RADIO_RESOURCES);
    CU_ASSERT_EQUAL(modify_gbr(w, 7, 64), 0);
    CU_ASSERT_EQUAL(modify_gbr(w, 7, 100000), S1AP_CAUSE_NO_RADIO_RESOURCES);
    CU_ASSERT_EQUAL(admitted(w), 2);
    mme_releases(w, 6);
    sim_run(w->sim, w->sim->now + 10 * SIM_MS);
    CU_ASSERT_EQUAL(admitted(w), 2);
    ue_says(w, RECONFIGURED);
    sim_run(w->sim, w->sim->now + 10 * SIM_MS);
    CU_ASSERT_EQUAL(admitted(w), 1);
    CU_ASSERT_EQUAL(set_up_gbr(w, 8, 100000), S1AP_CAUSE_NO_RADIO_RESOURCES);
    CU_ASSERT_EQUAL(set_up_gbr(w, 8, 41), 0);
    mme_commands_release(w, enb_id(w));
    sim_run(w->sim, w->sim->now + 100 * SIM_MS);
    CU_ASSERT_EQUAL(admitted(w), 0);
    g_string_truncate(w->log, 0);
    uu_free(w->epc.uu);
    w->epc.uu = NULL;
    world_free(w);
}

/* A released bearer is gone when the phone has confirmed. The phone gets the NAS message even if the eNB does
 * not know the E-RAB. */
void test_enb_erab_release(void)
{
    struct world *w = world_active();

    mme_sets_up(w, 6, 1);
    expect(w, "UE: RRCConnectionReconfiguration " DEDICATED "\n");
    ue_says(w, RECONFIGURED);
    expect(w, "MME: E-RAB SETUP RESPONSE\n");
    mme_releases(w, 6);
    expect(w, "UE: RRCConnectionReconfiguration " DEACTIVATE "\n");
    CU_ASSERT_EQUAL(LAST_RRC(w, connection_reconfiguration)->released.ebi[0], 2);
    CU_ASSERT_EQUAL(enb_contexts(w->enb), 3);
    ue_says(w, RECONFIGURED);
    expect(w, "MME: E-RAB RELEASE RESPONSE\n");
    CU_ASSERT_EQUAL(LAST_S1AP(w, erab_release_response)->erabs.item[0].id, 6);
    CU_ASSERT_EQUAL(enb_contexts(w->enb), 2);

    mme_releases(w, 6);
    expect(w, "UE: DLInformationTransfer " DEACTIVATE "\n"
              "MME: E-RAB RELEASE RESPONSE\n");
    CU_ASSERT_EQUAL(LAST_S1AP(w, erab_release_response)->failed.item[0].cause, S1AP_CAUSE_UNKNOWN_ERAB);
    world_free(w);
}

/* Four requests at once, of four user actions: one reconfiguration at a time, each in its own flow; the one
 * that cannot be done does not hold up those behind it. */
void test_enb_erab_one_at_a_time(void)
{
    struct world *w = world_active();

    for (sim_flow flow = 11; flow <= 14; flow++) {
        w->sim->flow = flow;
        if (flow == 11)
            mme_sets_up(w, 6, 1);
        else if (flow == 12)
            mme_modifies(w, 9, 41);
        else if (flow == 13)
            mme_modifies(w, 6, 41);
        else
            mme_releases(w, 6);
    }
    expect(w, "UE: RRCConnectionReconfiguration " DEDICATED "\n");
    w->sim->flow = 11;
    ue_says(w, RECONFIGURED);
    expect(w, "MME: E-RAB SETUP RESPONSE\n"
              "MME: E-RAB MODIFY RESPONSE\n"
              "UE: RRCConnectionReconfiguration [MODIFY EPS BEARER CONTEXT REQUEST]\n");
    for (guint i = 0; i < 3; i++)
        CU_ASSERT_EQUAL(g_array_index(w->flows, sim_flow, w->flows->len - 3 + i), 11 + i);
    ue_says(w, RECONFIGURED);
    expect(w, "MME: E-RAB MODIFY RESPONSE\n"
              "UE: RRCConnectionReconfiguration " DEACTIVATE "\n");
    ue_says(w, RECONFIGURED);
    expect(w, "MME: E-RAB RELEASE RESPONSE\n");
    CU_ASSERT_EQUAL(enb_contexts(w->enb), 2);
    world_free(w);
}

/* Requests that come during the initial context set-up wait for its end. */
void test_enb_erab_waits_for_context(void)
{
    struct world *w = world_new();

    connect(w);
    mme_sends(w, context_request(w, true, 0));
    mme_sets_up(w, 6, 1);
    mme_modifies(w, 6, 41);
    mme_releases(w, 6);
    expect(w, "UE: SecurityModeCommand\n"
              "UE: RRCConnectionReconfiguration\n");
    ue_says(w, RRC_security_mode_complete);
    ue_says(w, RECONFIGURED);
    expect(w, "MME: INITIAL CONTEXT SETUP RESPONSE\n"
              "UE: RRCConnectionReconfiguration " DEDICATED "\n");
    /* The phone leaves with two requests still waiting: nothing of them is left (world_free). */
    mme_commands_release(w, enb_id(w));
    expect(w, "UE: RRCConnectionRelease other\n"
              "MME: UE CONTEXT RELEASE COMPLETE\n");
    CU_ASSERT_EQUAL(enb_contexts(w->enb), 0);
    world_free(w);
}

/* The phone does not confirm: the E-RAB has failed and the phone is lost. */
void test_enb_erab_no_answer(void)
{
    struct world *w = world_active();

    mme_sets_up(w, 6, 1);
    expect(w, "UE: RRCConnectionReconfiguration " DEDICATED "\n");
    mme_sets_up(w, 7, 2);
    expect_after(w, GUARD, "MME: E-RAB SETUP RESPONSE\n"
                           "MME: UE CONTEXT RELEASE REQUEST " LOST "\n");
    CU_ASSERT_EQUAL(LAST_S1AP(w, erab_setup_response)->failed.item[0].cause, S1AP_CAUSE_CONNECTION_LOST);
    CU_ASSERT_EQUAL(enb_contexts(w->enb), 2);
    ue_requests_connection(w);
    expect(w, "UE: RRCConnectionSetup\n");
    CU_ASSERT_EQUAL(enb_contexts(w->enb), 1);
    world_free(w);
}

/* ---- identities ---------------------------------------------------------------------------------------- */

void test_enb_identities(void)
{
    struct world *w = world_active();

    mme_sends_nas(w, NAS_detach_accept, MME_ID + 1, enb_id(w));
    expect(w, "MME: ERROR INDICATION cause 15\n"); /* unknown-pair-ue-s1ap-id */
    mme_sends_nas(w, NAS_detach_accept, MME_ID, enb_id(w) + 1);
    expect(w, "MME: ERROR INDICATION cause 14\n"); /* unknown-enb-ue-s1ap-id */
    /* Not about one phone: nothing comes of it before idle mode. */
    mme_sends(w, s1ap_new(w->epc.s1ap, S1AP_paging));
    expect(w, "");
    world_free(w);
}

/* ---- user plane ---------------------------------------------------------------------------------------- */

static const struct ie_packet packet = {.src = 1, .dst = 2, .src_port = 3, .dst_port = 4, .protocol = 17};

static void ue_sends_packet(struct world *w, uint8_t drb, struct msg *inner)
{
    struct rrc_msg *m = rrc_new(w->epc.rrc, RRC_data);
    struct rrc_data *b = rrc_body(m, data);
    b->drb = drb;
    b->packet = packet;
    b->inner = inner;
    ue_sends(w, m);
}

static void sgw_sends_packet(struct world *w, uint32_t teid, struct msg *inner)
{
    struct gtp_msg *m = gtp_new(w->epc.gtp, GTP_g_pdu);
    m->teid = teid;
    gtp_body(m, g_pdu)->packet = packet;
    gtp_body(m, g_pdu)->inner = inner;
    gtp_seal(w->epc.gtp, m);
    node_send(w->sgw, w->enb, IFACE_S1_U, &m->m);
}

/* A packet goes from the bearer into the tunnel and back, and is the same one all the way. */
void test_enb_user_plane(void)
{
    struct world *w = world_active();
    struct msg *inner = nas(w, NAS_detach_accept); /* any message */
    struct enb_bearer bearer;

    CU_ASSERT_FATAL(enb_bearer(w->enb, w->ue, 5, &bearer));
    ue_sends_packet(w, 1, msg_ref(inner));
    expect(w, "S-GW: G-PDU [DETACH ACCEPT]\n");
    const struct gtp_msg *g = last(w, &w->epc.gtp->ie, GTP_g_pdu);
    CU_ASSERT_EQUAL(g->teid, 0x505);
    CU_ASSERT_PTR_EQUAL(gtp_body(g, g_pdu)->inner, inner);
    CU_ASSERT_EQUAL(gtp_body(g, g_pdu)->packet.dst_port, 4);
    sgw_sends_packet(w, bearer.teid, msg_ref(inner));
    expect(w, "UE: PDCP Data PDU [DETACH ACCEPT]\n");
    CU_ASSERT_EQUAL(LAST_RRC(w, data)->drb, 1);
    CU_ASSERT_PTR_EQUAL(LAST_RRC(w, data)->inner, inner);
    CU_ASSERT_EQUAL(LAST_RRC(w, data)->packet.src_port, 3);
    CU_ASSERT_EQUAL(inner->refs, 3);
    msg_unref(w->net, inner);

    /* No such bearer, no such tunnel, and no phone any more. */
    CU_ASSERT_EQUAL(enb_discarded(w->enb), 0);
    ue_sends_packet(w, 0, nas(w, NAS_detach_accept));
    ue_sends_packet(w, 2, nas(w, NAS_detach_accept));
    ue_sends_packet(w, 9, nas(w, NAS_detach_accept));
    sgw_sends_packet(w, bearer.teid + 1, nas(w, NAS_detach_accept));
    expect(w, "");
    mme_commands_release(w, enb_id(w));
    expect(w, "UE: RRCConnectionRelease other\n"
              "MME: UE CONTEXT RELEASE COMPLETE\n");
    ue_sends_packet(w, 1, nas(w, NAS_detach_accept));
    sgw_sends_packet(w, bearer.teid, nas(w, NAS_detach_accept));
    expect(w, "");
    CU_ASSERT_EQUAL(enb_discarded(w->enb), 6);
    world_free(w);
}
