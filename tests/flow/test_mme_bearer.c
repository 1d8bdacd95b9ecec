/* test_mme_bearer.c - a registered phone at the MME: second PDN connection, dedicated bearers, detach. */
#include "tests/flow/mme_rig.h"

#define ACTIVATE "eNB: E-RAB SETUP REQUEST [ACTIVATE DEFAULT EPS BEARER CONTEXT REQUEST]"
#define DEDICATE "eNB: E-RAB SETUP REQUEST [ACTIVATE DEDICATED EPS BEARER CONTEXT REQUEST]"
#define DEACTIVATE "eNB: E-RAB RELEASE COMMAND [DEACTIVATE EPS BEARER CONTEXT REQUEST]"
#define AGAIN(what) "eNB: DOWNLINK NAS TRANSPORT [" what " EPS BEARER CONTEXT REQUEST]"

/* ---- second PDN connection -------------------------------------------------------------------------- */

static void ask_for_ims(struct rig *r)
{
    uplink(r, connectivity_request(r, "ims"));
    hear(r, "SGW: Create Session Request");
    CU_ASSERT_EQUAL(r->gtp->teid, SGW_TEID);
    session(r, GTP_ACCEPTED);
    hear(r, ACTIVATE);
    CU_ASSERT_EQUAL(r->nas->pti, PTI);
    CU_ASSERT_EQUAL(r->nas->ebi, 6);
}

static void two_connections(struct rig *r)
{
    registered(r, "internet");
    ask_for_ims(r);
    erab_up(r, 6, 1);
    hear(r, "");
    phone(r, NAS_activate_default_accept, 6);
    hear(r, "SGW: Modify Bearer Request");
    modified(r, GTP_ACCEPTED);
}

void test_mme_second_pdn(void)
{
    struct rig *r = rig_new();
    struct ie_bearer b[IE_MAX_BEARERS];
    two_connections(r);
    CU_ASSERT_EQUAL(mme_bearers(r->mme, IMSI, b), 2);
    CU_ASSERT_EQUAL(b[1].qos.qci, 5);
    CU_ASSERT_EQUAL(b[1].fteid[0].teid, ENB_TEID + 6);
    pass(r, 100 * SIM_S);
    hear(r, "");
    rig_free(r, 1);
}

/* The accept first; the request comes twice; the phone is asked twice. */
void test_mme_second_pdn_out_of_order(void)
{
    struct rig *r = rig_new();
    registered(r, "internet");
    ask_for_ims(r);
    uplink(r, connectivity_request(r, "ims"));
    hear(r, "");
    pass(r, 8 * SIM_S);
    hear(r, AGAIN("ACTIVATE DEFAULT"));
    phone(r, NAS_activate_default_accept, 6);
    hear(r, "");
    erab_up(r, 6, 1);
    hear(r, "SGW: Modify Bearer Request");
    modified(r, GTP_ACCEPTED);
    rig_free(r, 1);
}

void test_mme_second_pdn_refused(void)
{
    struct rig *r = rig_new();
    registered(r, "internet");
    uplink(r, connectivity_request(r, "nowhere"));
    hear(r, "eNB: DOWNLINK NAS TRANSPORT [PDN CONNECTIVITY REJECT]");
    uplink(r, connectivity_request(r, "ims"));
    hear(r, "SGW: Create Session Request");
    session(r, GTP_NO_RESOURCES);
    hear(r, "eNB: DOWNLINK NAS TRANSPORT [PDN CONNECTIVITY REJECT]");
    ask_for_ims(r);
    erab_fails(r, 6);
    hear(r, "eNB: DOWNLINK NAS TRANSPORT [PDN CONNECTIVITY REJECT]; SGW: Delete Session Request");
    deleted(r);
    ask_for_ims(r);
    erab_up(r, 6, 1);
    phone(r, NAS_activate_default_reject, 6);
    hear(r, "eNB: E-RAB RELEASE COMMAND; eNB: DOWNLINK NAS TRANSPORT [PDN CONNECTIVITY REJECT]; SGW: Delete "
            "Session Request");
    pass(r, 9 * SIM_S);
    hear(r, "SGW: Delete Session Request; SGW: Delete Session Request");
    ask_for_ims(r);
    pass(r, 32 * SIM_S);
    g_string_truncate(r->heard, 0);
    pass(r, 8 * SIM_S);
    hear(r, "eNB: DOWNLINK NAS TRANSPORT [PDN CONNECTIVITY REJECT]; SGW: Delete Session Request");
    deleted(r);
    CU_ASSERT_TRUE(mme_is_registered(r->mme, IMSI));
    rig_free(r, 1);
}

/* ---- dedicated bearers ------------------------------------------------------------------------------ */

static const struct ie_bearers *created(const struct rig *r, uint8_t cause)
{
    struct gtp_create_bearer_rsp *b = gtp_body(r->gtp, create_bearer_rsp);
    CU_ASSERT_EQUAL(b->cause, cause);
    CU_ASSERT_EQUAL(r->gtp->teid, SGW_TEID);
    CU_ASSERT_EQUAL(r->gtp->seq, r->seq);
    return &b->bearers;
}

void test_mme_dedicated_bearer(void)
{
    struct rig *r = rig_new();
    struct ie_bearer b[IE_MAX_BEARERS];
    registered(r, "ims");
    voice_bearer(r);
    const struct ie_bearers *done = created(r, GTP_ACCEPTED);
    CU_ASSERT_EQUAL(done->n, 1);
    CU_ASSERT_EQUAL(done->item[0].ebi, 6);
    CU_ASSERT_EQUAL(done->item[0].cause, GTP_ACCEPTED);
    CU_ASSERT_EQUAL(done->item[0].fteid[0].teid, ENB_TEID + 6);
    CU_ASSERT_EQUAL(done->item[0].fteid[1].teid, S1U_TEID + 1);
    CU_ASSERT_EQUAL(mme_bearers(r->mme, IMSI, b), 2);
    CU_ASSERT_EQUAL(b[1].qos.gbr_dl, 49);
    create_bearers(r, 5, 1); /* the same once more: the same answer */
    hear(r, "SGW: Create Bearer Response");
    pass(r, 100 * SIM_S);
    hear(r, "");
    rig_free(r, 1);
}

/* Voice and video in one request; answers cross; a repetition finds it under way. */
void test_mme_two_bearers_at_once(void)
{
    struct rig *r = rig_new();
    registered(r, "ims");
    r->seq++;
    create_bearers(r, 5, 2);
    hear(r, DEDICATE);
    CU_ASSERT_EQUAL(s1ap_body(r->s1ap, erab_setup_request)->erabs.n, 2);
    create_bearers(r, 5, 2);
    hear(r, "");
    phone(r, NAS_activate_dedicated_accept, 7);
    erab_up(r, 6, 2);
    hear(r, "");
    phone(r, NAS_activate_dedicated_accept, 6);
    hear(r, "SGW: Create Bearer Response");
    CU_ASSERT_EQUAL(created(r, GTP_ACCEPTED)->item[1].ebi, 7);
    rig_free(r, 1);
}

/* Two requests at once: one fails at the eNB while the other goes on. */
void test_mme_requests_side_by_side(void)
{
    struct rig *r = rig_new();
    registered(r, "ims");
    r->seq = 10;
    create_bearers(r, 5, 1);
    r->seq = 20;
    create_bearers(r, 5, 1);
    hear(r, DEDICATE "; " DEDICATE);
    r->seq = 10;
    erab_fails(r, 6);
    hear(r, "SGW: Create Bearer Response");
    CU_ASSERT_EQUAL(created(r, GTP_NO_RESOURCES)->item[0].cause, GTP_NO_RESOURCES);
    r->seq = 20;
    erab_up(r, 7, 1);
    phone(r, NAS_activate_dedicated_accept, 7);
    hear(r, "SGW: Create Bearer Response");
    created(r, GTP_ACCEPTED);
    rig_free(r, 1);
}

void test_mme_bearer_refused_by_phone(void)
{
    struct rig *r = rig_new();
    registered(r, "ims");
    r->seq++;
    create_bearers(r, 5, 2);
    erab_up(r, 6, 2);
    phone(r, NAS_activate_dedicated_accept, 6);
    hear(r, DEDICATE);
    phone(r, NAS_activate_dedicated_reject, 7);
    hear(r, "eNB: E-RAB RELEASE COMMAND; SGW: Create Bearer Response");
    CU_ASSERT_EQUAL(created(r, GTP_ACCEPTED_PARTIALLY)->item[1].cause, GTP_UE_REFUSES);
    r->seq++;
    create_bearers(r, 9, 1);
    hear(r, "SGW: Create Bearer Response");
    created(r, GTP_CONTEXT_NOT_FOUND);
    rig_free(r, 1);
}

void test_mme_repeats_bearer_requests(void)
{
    struct rig *r = rig_new();
    registered(r, "ims");
    r->seq++;
    create_bearers(r, 5, 1);
    hear(r, DEDICATE);
    for (int i = 0; i < 4; i++) {
        pass(r, 8 * SIM_S);
        hear(r, AGAIN("ACTIVATE DEDICATED"));
    }
    pass(r, 8 * SIM_S);
    hear(r, "SGW: Create Bearer Response");
    created(r, GTP_UE_NOT_RESPONDING);
    voice_bearer(r);
    update_bearer(r, 6, BEARER_TFT, 0);
    for (int i = 0; i < 5; i++) {
        hear(r, AGAIN("MODIFY"));
        pass(r, 8 * SIM_S);
    }
    hear(r, "SGW: Update Bearer Response");
    CU_ASSERT_EQUAL(gtp_body(r->gtp, update_bearer_rsp)->cause, GTP_UE_NOT_RESPONDING);
    delete_bearer(r, 0, 6);
    hear(r, DEACTIVATE);
    for (int i = 0; i < 4; i++) {
        pass(r, 8 * SIM_S);
        hear(r, AGAIN("DEACTIVATE"));
    }
    pass(r, 8 * SIM_S);
    hear(r, "SGW: Delete Bearer Response");
    rig_free(r, 1);
}

static void updated(struct rig *r, uint8_t cause, uint32_t gbr)
{
    struct ie_bearer b[IE_MAX_BEARERS];
    hear(r, "SGW: Update Bearer Response");
    CU_ASSERT_EQUAL(gtp_body(r->gtp, update_bearer_rsp)->cause, cause);
    CU_ASSERT_EQUAL(mme_bearers(r->mme, IMSI, b), 2);
    CU_ASSERT_EQUAL(b[1].qos.gbr_ul, gbr);
}

void test_mme_updates_bearer(void)
{
    struct rig *r = rig_new();
    const char *modify = "eNB: E-RAB MODIFY REQUEST [MODIFY EPS BEARER CONTEXT REQUEST]";
    registered(r, "ims");
    voice_bearer(r);
    update_bearer(r, 6, BEARER_TFT | BEARER_QOS, 49); /* the QoS stays: the phone's affair */
    hear(r, AGAIN("MODIFY"));
    CU_ASSERT_FALSE(IE_HAS(nas_body(r->nas, modify_request), qos));
    phone(r, NAS_modify_accept, 6);
    updated(r, GTP_ACCEPTED, 49);
    update_bearer(r, 6, BEARER_QOS, 30);
    hear(r, modify);
    CU_ASSERT_EQUAL(s1ap_body(r->s1ap, erab_modify_request)->erabs.item[0].qos.gbr_ul, 30);
    update_bearer(r, 6, BEARER_QOS, 31); /* another one meanwhile */
    updated(r, GTP_REQUEST_REJECTED, 49);
    phone(r, NAS_modify_accept, 6);
    erab_modified(r, 6, true);
    updated(r, GTP_ACCEPTED, 30);
    update_bearer(r, 6, BEARER_QOS, 49);
    hear(r, modify);
    erab_modified(r, 6, true);
    phone(r, NAS_modify_accept, 6);
    updated(r, GTP_ACCEPTED, 49);
    update_bearer(r, 6, BEARER_QOS, 90);
    hear(r, modify);
    erab_modified(r, 6, false);
    updated(r, GTP_NO_RESOURCES, 49);
    update_bearer(r, 6, BEARER_QOS, 90);
    hear(r, modify);
    phone(r, NAS_modify_reject, 6);
    updated(r, GTP_UE_REFUSES, 49);
    update_bearer(r, 9, BEARER_QOS, 90);
    updated(r, GTP_CONTEXT_NOT_FOUND, 49);
    rig_free(r, 1);
}

static void gone(struct rig *r, unsigned left)
{
    struct ie_bearer b[IE_MAX_BEARERS];
    CU_ASSERT_EQUAL(gtp_body(r->gtp, delete_bearer_rsp)->cause, GTP_ACCEPTED);
    CU_ASSERT_EQUAL(mme_bearers(r->mme, IMSI, b), left);
}

void test_mme_deletes_bearer(void)
{
    struct rig *r = rig_new();
    registered(r, "ims");
    voice_bearer(r);
    delete_bearer(r, 0, 6);
    hear(r, DEACTIVATE);
    CU_ASSERT_EQUAL(s1ap_body(r->s1ap, erab_release_command)->erabs.item[0].id, 6);
    erab_down(r, 6);
    hear(r, "");
    phone(r, NAS_deactivate_accept, 6);
    hear(r, "SGW: Delete Bearer Response");
    gone(r, 1);
    voice_bearer(r);
    update_bearer(r, 6, BEARER_QOS, 30); /* overtaken */
    g_string_truncate(r->heard, 0);
    delete_bearer(r, 0, 6);
    hear(r, "SGW: Update Bearer Response; " DEACTIVATE);
    phone(r, NAS_deactivate_accept, 6);
    erab_down(r, 6);
    hear(r, "SGW: Delete Bearer Response");
    gone(r, 1);
    delete_bearer(r, 0, 6);
    hear(r, "SGW: Delete Bearer Response");
    CU_ASSERT_EQUAL(gtp_body(r->gtp, delete_bearer_rsp)->cause, GTP_CONTEXT_NOT_FOUND);
    rig_free(r, 1);
}

/* A PDN connection goes, its dedicated bearer with it, and the one just being set up. */
void test_mme_deletes_pdn(void)
{
    struct rig *r = rig_new();
    two_connections(r);
    r->seq++;
    create_bearers(r, 6, 1);
    erab_up(r, 7, 1);
    phone(r, NAS_activate_dedicated_accept, 7);
    g_string_truncate(r->heard, 0);
    r->seq++;
    create_bearers(r, 6, 1);
    hear(r, DEDICATE);
    delete_bearer(r, 6, 0);
    hear(r, DEACTIVATE);
    CU_ASSERT_EQUAL(s1ap_body(r->s1ap, erab_release_command)->erabs.n, 3);
    erab_down(r, 6);
    phone(r, NAS_deactivate_accept, 6);
    hear(r, "SGW: Delete Bearer Response; SGW: Create Bearer Response");
    CU_ASSERT_EQUAL(gtp_body(r->gtp, create_bearer_rsp)->cause, GTP_CONTEXT_NOT_FOUND);
    struct ie_bearer b[IE_MAX_BEARERS];
    CU_ASSERT_EQUAL(mme_bearers(r->mme, IMSI, b), 1);
    rig_free(r, 1);
}

/* ---- detach ----------------------------------------------------------------------------------------- */

void test_mme_detach(void)
{
    struct rig *r = rig_new();
    two_connections(r);
    detach(r, DETACH_EPS);
    hear(r, "SGW: Delete Session Request; SGW: Delete Session Request");
    CU_ASSERT_EQUAL(gtp_body(r->gtp, delete_session_req)->linked_ebi, 6);
    detach(r, DETACH_EPS); /* T3421 of the phone */
    deleted(r);
    hear(r, "");
    deleted_before(r, 1);
    hear(r, "eNB: DOWNLINK NAS TRANSPORT [DETACH ACCEPT]; eNB: UE CONTEXT RELEASE COMMAND");
    CU_ASSERT_EQUAL(s1ap_body(r->s1ap, ue_context_release_command)->cause, S1AP_CAUSE_NAS_DETACH);
    CU_ASSERT_FALSE(mme_is_registered(r->mme, IMSI));
    released(r);
    create_bearers(r, 5, 1); /* for a phone that is gone */
    hear(r, "SGW: Create Bearer Response");
    rig_free(r, 0);
}

/* Switched off while a bearer is being set up; the S-GW is silent, and so is the eNB. */
void test_mme_detach_switch_off(void)
{
    struct rig *r = rig_new();
    registered(r, "ims");
    r->seq++;
    create_bearers(r, 5, 1);
    hear(r, DEDICATE);
    detach(r, DETACH_EPS_SWITCH_OFF);
    hear(r, "SGW: Create Bearer Response; SGW: Delete Session Request");
    pass(r, 9 * SIM_S);
    hear(r, "SGW: Delete Session Request; SGW: Delete Session Request; eNB: UE CONTEXT RELEASE COMMAND");
    pass(r, 9 * SIM_S);
    rig_free(r, 0);
}

/* The phone leaves while the network still sets up its session: then that comes, or is refused, or
 * never comes. */
void test_mme_detach_while_attaching(void)
{
    static const uint8_t causes[] = {GTP_ACCEPTED, GTP_NO_RESOURCES, 0};
    for (int i = 0; i < 3; i++) {
        struct rig *r = rig_new();
        authenticated(r, "ims");
        location(r, DIA_SUCCESS);
        hear(r, "SGW: Create Session Request");
        detach(r, DETACH_EPS);
        hear(r, "");
        if (causes[i])
            session(r, causes[i]);
        else
            pass(r, 3 * SIM_S);
        if (i == 2) {
            hear(r, "SGW: Create Session Request");
            pass(r, 3 * SIM_S);
            hear(r, "SGW: Create Session Request");
            pass(r, 3 * SIM_S);
        }
        if (i == 0) {
            hear(r, "SGW: Delete Session Request");
            deleted(r);
        }
        released_after(r, "eNB: DOWNLINK NAS TRANSPORT [DETACH ACCEPT]; eNB: UE CONTEXT RELEASE COMMAND");
    }
}

/* ... while its second PDN connection waits for it, and while that one's bearer is being modified. */
void test_mme_detach_while_connecting(void)
{
    for (int i = 0; i < 2; i++) {
        struct rig *r = rig_new();
        registered(r, "internet");
        ask_for_ims(r);
        if (i) {
            erab_up(r, 6, 1);
            phone(r, NAS_activate_default_accept, 6);
            hear(r, "SGW: Modify Bearer Request");
        }
        detach(r, DETACH_EPS);
        hear(r, "SGW: Delete Session Request; SGW: Delete Session Request");
        deleted(r);
        deleted_before(r, 1);
        released_after(r, "eNB: DOWNLINK NAS TRANSPORT [DETACH ACCEPT]; eNB: UE CONTEXT RELEASE COMMAND");
    }
}

/* It attaches again before its detach is through. */
void test_mme_attaches_while_detaching(void)
{
    struct rig *r = rig_new();
    registered(r, "ims");
    detach(r, DETACH_EPS);
    hear(r, "SGW: Delete Session Request");
    attach(r, "ims", IMSI);
    hear(r, "HSS: AIR");
    deleted(r);
    hear(r, "eNB: DOWNLINK NAS TRANSPORT [DETACH ACCEPT]; eNB: UE CONTEXT RELEASE COMMAND");
    released(r);
    vector(r, DIA_SUCCESS);
    hear(r, "eNB: DOWNLINK NAS TRANSPORT [AUTHENTICATION REQUEST]");
    rig_free(r, 1);
}

void test_mme_detach_without_session(void)
{
    static const uint8_t types[] = {DETACH_EPS, DETACH_EPS_SWITCH_OFF};
    for (int i = 0; i < 2; i++) {
        struct rig *r = rig_new();
        authenticated(r, "ims");
        detach(r, types[i]);
        released_after(r, i ? "eNB: UE CONTEXT RELEASE COMMAND"
                            : "eNB: DOWNLINK NAS TRANSPORT [DETACH ACCEPT]; eNB: UE CONTEXT RELEASE COMMAND");
    }
}
