/* test_enb_idle.c - the eNB and phones that fall silent, are lost, or are paged. */
#include "tests/flow/enb_rig.h"

#define ASKS(cause) "MME: UE CONTEXT RELEASE REQUEST " cause "\n"
#define INACTIVE    ASKS("radioNetwork: user-inactivity")
#define RELEASED    "UE: RRCConnectionRelease other\nMME: UE CONTEXT RELEASE COMPLETE\n"

/* ---- inactivity ----------------------------------------------------------------------------------------------------- */

/* Traffic either way puts it off; an MME that does not command is asked again. */
void test_enb_idle_inactivity(void)
{
    struct world *w = world_active();
    struct enb_bearer bearer;
    w->timer[TIMER_ENB_INACTIVITY] = 5 * SIM_S;
    CU_ASSERT_FATAL(enb_bearer(w->enb, w->ue, 5, &bearer));
    ue_sends_packet(w, 1, nas(w, NAS_detach_accept));
    expect(w, "S-GW: G-PDU [DETACH ACCEPT]\n");
    expect_after(w, 4800 * SIM_MS, "");
    sgw_sends_packet(w, bearer.teid, nas(w, NAS_detach_accept));
    expect(w, "UE: PDCP Data PDU [DETACH ACCEPT]\n");
    expect_after(w, 4800 * SIM_MS, "");
    ue_sends_nas(w, NAS_detach_accept);
    expect(w, "MME: UPLINK NAS TRANSPORT [DETACH ACCEPT]\n");
    expect_after(w, 4800 * SIM_MS, "");
    expect_after(w, 200 * SIM_MS, INACTIVE);
    expect_after(w, ENB_GUARD + 4800 * SIM_MS, "");
    expect_after(w, 200 * SIM_MS, INACTIVE);
    mme_commands_release(w, enb_id(w));
    expect(w, RELEASED);
    CU_ASSERT_EQUAL(enb_contexts(w->enb), 0);
    world_free(w);
}

/* A bearer with a guaranteed rate keeps the connection, unless the eNB is told otherwise. */
void test_enb_idle_gbr(void)
{
    for (int released = 0; released <= 1; released++) {
        struct world *w = world_new_as((struct enb_cfg){.release_gbr = released});
        make_active(w);
        struct s1ap_msg *m = setup_request(w);
        add_erab(w, &s1ap_body(m, erab_setup_request)->erabs, 6, 1, 0);
        s1ap_body(m, erab_setup_request)->erabs.item[0].qos.gbr_dl = 40;
        mme_sends(w, m);
        expect(w, "UE: RRCConnectionReconfiguration\n");
        w->timer[TIMER_ENB_INACTIVITY] = 5 * SIM_S;
        ue_says(w, RECONFIGURED);
        expect(w, "MME: E-RAB SETUP RESPONSE\n");
        expect_after(w, 12 * SIM_S, released ? INACTIVE : "");
        mme_releases(w, 6);
        expect(w, "UE: RRCConnectionReconfiguration [DEACTIVATE EPS BEARER CONTEXT REQUEST Regular deactivation]\n");
        ue_says(w, RECONFIGURED);
        expect(w, "MME: E-RAB RELEASE RESPONSE\n");
        expect_after(w, 15 * SIM_S, INACTIVE);
        world_free(w);
    }
}

/* Not while the phone is asked for something; and a connection without bearers is given as long as any answer. */
void test_enb_idle_not_yet(void)
{
    struct world *w = world_active();
    w->timer[TIMER_ENB_INACTIVITY] = 5 * SIM_S;
    mme_sets_up(w, 6, 2);
    expect(w, "UE: RRCConnectionReconfiguration [ACTIVATE DEDICATED EPS BEARER CONTEXT REQUEST]\n");
    expect_after(w, 9 * SIM_S, "");
    ue_says(w, RECONFIGURED);
    expect(w, "MME: E-RAB SETUP RESPONSE\n");
    expect_after(w, 5 * SIM_S, INACTIVE);
    world_free(w);

    w = world_new(); /* the MME has not said anything: there is nobody to ask */
    connect(w);
    expect_after(w, ENB_GUARD, "UE: RRCConnectionRelease other\n");
    CU_ASSERT_EQUAL(enb_contexts(w->enb), 0);
    world_free(w);

    w = world_new();
    connect(w);
    mme_sends_nas(w, NAS_tau_accept, MME_ID, enb_id(w));
    expect(w, "UE: DLInformationTransfer [TRACKING AREA UPDATE ACCEPT]\n");
    expect_after(w, ENB_GUARD, INACTIVE);
    world_free(w);
}

/* The MME does not know this connection. */
void test_enb_idle_error_indication(void)
{
    struct world *w = world_active();
    for (int right = 0; right <= 1; right++) {
        struct s1ap_msg *m = s1ap_new(w->epc.s1ap, S1AP_error_indication);
        struct s1ap_error_indication *b = s1ap_body(m, error_indication);
        IE_PUT(b, mme_id) = MME_ID;
        IE_PUT(b, enb_id) = enb_id(w) + !right;
        IE_PUT(b, cause) = 15;
        mme_sends(w, m);
        expect(w, right ? "UE: RRCConnectionRelease other\n" : "");
    }
    CU_ASSERT_EQUAL(enb_contexts(w->enb), 0);
    world_free(w);
}

/* ---- lost radio connection ------------------------------------------------------------------------------------------ */

static void lost(struct world *w)
{
    w->timer[TIMER_ENB_RADIO_LOST] = 2 * SIM_S;
    enb_radio(w->enb, w->ue, false);
}

void test_enb_idle_radio_lost(void)
{
    struct world *w = world_active();
    lost(w);
    expect_after(w, SIM_S, "");
    enb_radio(w->enb, w->ue, true);
    expect_after(w, 100 * SIM_S, "");
    lost(w);
    expect_after(w, 1950 * SIM_MS, "");
    expect(w, ASKS(LOST));
    mme_commands_release(w, enb_id(w));
    expect(w, RELEASED);
    world_free(w);

    w = world_active(); /* the MME does not command */
    lost(w);
    expect_after(w, 3 * SIM_S, ASKS(LOST));
    expect_after(w, ENB_GUARD, "");
    CU_ASSERT_EQUAL(enb_contexts(w->enb), 0);
    world_free(w);

    w = world_new(); /* nor has it said anything yet */
    connect(w);
    lost(w);
    expect_after(w, 3 * SIM_S, "");
    CU_ASSERT_EQUAL(enb_contexts(w->enb), 0);
    enb_radio(w->enb, w->ue, false); /* of a phone that is not there */
    world_free(w);
}

/* Lost shortly before the eNB has waited long enough for an answer. */
void test_enb_idle_radio_lost_while_asked(void)
{
    struct world *w = world_active();
    mme_sets_up(w, 6, 1);
    expect(w, "UE: RRCConnectionReconfiguration [ACTIVATE DEDICATED EPS BEARER CONTEXT REQUEST]\n");
    expect_after(w, ENB_GUARD - SIM_S, "");
    lost(w);
    expect_after(w, SIM_S, "MME: E-RAB SETUP RESPONSE\n" ASKS(LOST));
    expect_after(w, ENB_GUARD, "");
    CU_ASSERT_EQUAL(enb_contexts(w->enb), 0);
    world_free(w);

    w = world_new();
    connect(w);
    mme_sends(w, context_request(w, true, 0));
    expect(w, "UE: SecurityModeCommand\nUE: RRCConnectionReconfiguration\n");
    expect_after(w, ENB_GUARD - SIM_S, "");
    lost(w);
    expect_after(w, SIM_S, "MME: INITIAL CONTEXT SETUP FAILURE " LOST "\n");
    expect_after(w, ENB_GUARD, "");
    CU_ASSERT_EQUAL(enb_contexts(w->enb), 0);
    world_free(w);
}

/* ---- paging --------------------------------------------------------------------------------------------------------- */

static void page(struct world *w, uint16_t index, uint32_t m_tmsi, uint16_t tac)
{
    struct s1ap_msg *m = s1ap_new(w->epc.s1ap, S1AP_paging);
    struct s1ap_paging *b = s1ap_body(m, paging);
    b->identity_index = index;
    b->s_tmsi = (struct ie_s_tmsi){.mme_code = 3, .m_tmsi = m_tmsi};
    b->tai_list = (struct ie_tai_list){.plmn = epc_plmn(), .n = 1, .tac = {tac}};
    mme_sends(w, m);
}

/* At the occasion of 1280 ms and nB = T: subframe 9 of the frame that the identity names. */
void test_enb_idle_paging(void)
{
    struct world *w = world_new_as((struct enb_cfg){.paging = {.cycle = 1280 * SIM_MS, .nb = 32}});
    const struct ie_s_tmsi id = {.mme_code = 3, .m_tmsi = 0xabc};
    epc_listen(&w->epc, w->enb, id, w->ue);
    page(w, 50, 0xabc, 5);
    expect_after(w, 509 * SIM_MS, "");
    expect_after(w, SIM_MS, "UE: Paging\n"); /* said at 509 ms: frame 50 */
    CU_ASSERT_EQUAL(LAST_RRC(w, paging)->s_tmsi.m_tmsi, 0xabc);
    page(w, 50, 0xabc, 6); /* elsewhere */
    page(w, 50, 0xabd, 5); /* nobody */
    expect_after(w, 2 * SIM_S, "");
    page(w, 50, 0xabc, 5);
    expect(w, "");
    epc_listen_no_more(&w->epc, w->enb, id); /* connected meanwhile */
    expect_after(w, 2 * SIM_S, "");
    world_free(w);
}
