/* test_enb.c - the eNB: connections, contexts, bearers, admission and packets. */
#include "tests/flow/enb_rig.h"

#include "models/uu.h"

/* ---- tables -------------------------------------------------------------------------------------------- */

void test_enb_tables(void)
{
    struct fsm_def *const defs[] = {&enb_connection_def, &enb_context_def, &enb_erab_def, &enb_release_def,
                                    &enb_data_def, &enb_random_def, &enb_paging_def};
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
