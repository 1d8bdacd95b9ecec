/* test_mme_idle.c - idle phones at the MME: release, service request, paging and updates, and each way they fail. */
#include "tests/flow/mme_rig.h"

#define PAGE    "eNB: PAGING"
#define COMMAND "eNB: UE CONTEXT RELEASE COMMAND"
#define SET_UP  "eNB: INITIAL CONTEXT SETUP REQUEST"
#define ACK     "SGW: Downlink Data Notification Acknowledge"
enum { T3 = 3 }; /* T3-RESPONSE, s */

/* ---- parts of the flow ---------------------------------------------------------------------------------------------- */

static void ask_release(struct rig *r, uint8_t cause)
{
    S1AP(r, m, ue_context_release_request);
    b->cause = cause;
    say_s1ap(r, m);
}

static void bearers_released(struct rig *r)
{
    struct gtp_msg *m = gtp_answer(r->epc.gtp, GTP_release_access_bearers_rsp, r->gtp, r->mme_id);
    CU_ASSERT_EQUAL(r->gtp->teid, SGW_TEID);
    gtp_body(m, release_access_bearers_rsp)->cause = GTP_ACCEPTED;
    say_gtp(r, m);
}

static void go_idle(struct rig *r)
{
    ask_release(r, S1AP_CAUSE_USER_INACTIVITY);
    hear(r, "SGW: Release Access Bearers Request");
    bearers_released(r);
    hear(r, COMMAND);
    CU_ASSERT_EQUAL(s1ap_body(r->s1ap, ue_context_release_command)->cause, S1AP_CAUSE_USER_INACTIVITY);
    released(r);
    hear(r, "");
}

static struct rig *idle_as(struct mme_cfg cfg)
{
    struct rig *r = rig_new_as(cfg);
    registered(r, "ims");
    go_idle(r);
    return r;
}

static struct rig *idle(void)
{
    return idle_as((struct mme_cfg){.page_repeats = 1});
}

/* The first message of a connection, by a phone with this temporary identity. */
static void first_message(struct rig *r, struct nas_msg *nas, uint32_t m_tmsi)
{
    struct s1ap_msg *m = s1ap_new(r->epc.s1ap, S1AP_initial_ue_message);
    struct s1ap_initial_ue_message *b = s1ap_body(m, initial_ue_message);
    nas_seal(r->epc.nas, nas);
    b->tai = (struct ie_tai){.plmn = epc_plmn(), .tac = TAC};
    b->enb_id = ENB_ID;
    b->nas = &nas->m;
    IE_PUT(b, s_tmsi) = (struct ie_s_tmsi){.mme_code = 2, .m_tmsi = m_tmsi};
    say_s1ap(r, m);
}

static void request_service(struct rig *r, uint32_t m_tmsi)
{
    first_message(r, nas_new(r->epc.nas, NAS_service_request), m_tmsi);
}

static void request_update(struct rig *r, uint8_t type, uint32_t m_tmsi)
{
    struct nas_msg *m = nas_new(r->epc.nas, NAS_tau_request);
    struct nas_tau_request *b = nas_body(m, tau_request);
    b->type = type;
    b->old_guti = (struct ie_guti){.plmn = epc_plmn(), .mme_group = 1, .mme_code = 2, .m_tmsi = m_tmsi};
    first_message(r, m, m_tmsi);
}

static void serve(struct rig *r)
{
    context_up(r, 1);
    hear(r, "SGW: Modify Bearer Request");
    modified(r, GTP_ACCEPTED);
    hear(r, "");
}

static void notify(struct rig *r)
{
    struct gtp_msg *m = gtp_new(r->epc.gtp, GTP_ddn);
    m->teid = r->mme_id;
    m->seq = ++r->seq;
    say_gtp(r, m);
}

static void heard_ack(struct rig *r, const char *what, uint8_t cause)
{
    if (r->gtp->m.type == GTP_ddn_ack)
        CU_ASSERT_EQUAL(gtp_body(r->gtp, ddn_ack)->cause, cause);
    hear(r, what);
}

/* The phone is switched off meanwhile: it says so, and nothing is left. */
static void end(struct rig *r)
{
    struct nas_msg *m = nas_new(r->epc.nas, NAS_detach_request);
    g_string_truncate(r->heard, 0);
    nas_body(m, detach_request)->type = DETACH_EPS_SWITCH_OFF;
    nas_body(m, detach_request)->identity.imsi = IMSI;
    first_message(r, m, 0);
    while (r->gtp->m.type == GTP_delete_session_req && mme_contexts(r->mme)) {
        deleted(r);
        if (r->s1ap->m.type == S1AP_ue_context_release_command)
            released(r);
        pass(r, 10 * SIM_S);
    }
    rig_free(r, 0);
}

/* ---- release -------------------------------------------------------------------------------------------------------- */

void test_mme_idle_release(void)
{
    struct rig *r = rig_new();
    struct ie_bearer b[IE_MAX_BEARERS];
    registered(r, "ims");
    voice_bearer(r);
    go_idle(r);
    CU_ASSERT_TRUE(mme_is_registered(r->mme, IMSI));
    CU_ASSERT_EQUAL(mme_bearers(r->mme, IMSI, b), 2); /* inactivity takes no bearer, whatever the eNB thinks of that */
    CU_ASSERT_EQUAL(b[0].fteid[0].teid, 0);
    CU_ASSERT_EQUAL(b[0].fteid[1].teid, S1U_TEID);
    ask_release(r, S1AP_CAUSE_USER_INACTIVITY); /* late */
    hear(r, "eNB: ERROR INDICATION");
    end(r);
}

/* A phone that is not registered yet is given up. */
void test_mme_idle_release_while_attaching(void)
{
    struct rig *r = rig_new();
    accepted(r, "ims");
    ask_release(r, S1AP_CAUSE_CONNECTION_LOST);
    hear(r, "SGW: Delete Session Request");
    deleted(r);
    released_after(r, COMMAND);
}

/* The S-GW does not answer: the phone is idle all the same. */
void test_mme_idle_release_not_answered(void)
{
    struct rig *r = rig_new();
    registered(r, "ims");
    ask_release(r, S1AP_CAUSE_USER_INACTIVITY);
    hear(r, "SGW: Release Access Bearers Request");
    for (int i = 1; i < 3; i++) {
        pass(r, T3 * SIM_S);
        hear(r, "SGW: Release Access Bearers Request");
    }
    pass(r, T3 * SIM_S);
    hear(r, COMMAND);
    pass(r, 3 * T3 * SIM_S); /* nor does the eNB */
    hear(r, "");
    request_service(r, r->mme_id);
    hear(r, SET_UP);
    serve(r);
    end(r);
}

/* The phone leaves, or comes back, while its connection is released. */
void test_mme_idle_release_overtaken(void)
{
    struct rig *r = rig_new();
    registered(r, "ims");
    ask_release(r, S1AP_CAUSE_USER_INACTIVITY);
    hear(r, "SGW: Release Access Bearers Request");
    detach(r, DETACH_EPS_SWITCH_OFF);
    hear(r, "SGW: Delete Session Request");
    deleted(r);
    released_after(r, COMMAND);

    for (int commanded = 0; commanded <= 1; commanded++) {
        r = rig_new();
        registered(r, "ims");
        ask_release(r, S1AP_CAUSE_USER_INACTIVITY);
        hear(r, "SGW: Release Access Bearers Request");
        if (commanded) {
            bearers_released(r);
            hear(r, COMMAND);
        }
        request_service(r, r->mme_id);
        hear(r, SET_UP);
        if (!commanded)
            bearers_released(r); /* of the connection before */
        released(r);
        serve(r);
        CU_ASSERT_TRUE(mme_is_registered(r->mme, IMSI));
        end(r);
    }
}

/* Bearers that are about to come keep the connection; the eNB will ask again. */
void test_mme_idle_release_not_now(void)
{
    struct rig *r = rig_new();
    registered(r, "ims");
    r->seq++;
    create_bearers(r, 5, 1);
    hear(r, "eNB: E-RAB SETUP REQUEST [ACTIVATE DEDICATED EPS BEARER CONTEXT REQUEST]");
    ask_release(r, S1AP_CAUSE_USER_INACTIVITY);
    hear(r, "");
    erab_up(r, 6, 1);
    phone(r, NAS_activate_dedicated_accept, 6);
    hear(r, "SGW: Create Bearer Response");
    go_idle(r);
    end(r);
}

/* GBR bearers go with a lost radio connection; the command is repeated until the request that it asks for has come. */
void test_mme_idle_radio_lost(void)
{
    struct rig *r = rig_new();
    struct ie_bearer b[IE_MAX_BEARERS];
    registered(r, "ims");
    voice_bearer(r);
    ask_release(r, S1AP_CAUSE_CONNECTION_LOST);
    hear(r, "SGW: Release Access Bearers Request");
    bearers_released(r);
    hear(r, COMMAND);
    released(r);
    hear(r, "SGW: Delete Bearer Command");
    CU_ASSERT_EQUAL(gtp_body(r->gtp, delete_bearer_cmd)->bearers.ebi[0], 6);
    pass(r, T3 * SIM_S);
    hear(r, "SGW: Delete Bearer Command");
    delete_bearer(r, 0, 6);
    hear(r, "SGW: Delete Bearer Response");
    pass(r, 3 * T3 * SIM_S);
    hear(r, "");
    CU_ASSERT_EQUAL(mme_bearers(r->mme, IMSI, b), 1);
    end(r);
}

/* What goes on for a second PDN connection ends with the radio connection: at each step of it. */
void test_mme_idle_radio_lost_while_connecting(void)
{
    for (int step = 0; step <= 2; step++) {
        struct rig *r = rig_new();
        struct ie_bearer b[IE_MAX_BEARERS];
        registered(r, "internet");
        uplink(r, connectivity_request(r, "ims"));
        hear(r, "SGW: Create Session Request");
        struct gtp_msg *create = (struct gtp_msg *)(void *)msg_ref(&r->gtp->m);
        if (step > 0) {
            session(r, GTP_ACCEPTED);
            hear(r, "eNB: E-RAB SETUP REQUEST [ACTIVATE DEFAULT EPS BEARER CONTEXT REQUEST]");
        }
        if (step > 1) {
            erab_up(r, 6, 1);
            phone(r, NAS_activate_default_accept, 6);
            hear(r, "SGW: Modify Bearer Request");
        }
        ask_release(r, S1AP_CAUSE_CONNECTION_LOST);
        hear(r, step == 1 ? "SGW: Delete Session Request; SGW: Release Access Bearers Request" : "SGW: Release Access Bearers Request");
        bearers_released(r);
        hear(r, COMMAND);
        released(r);
        if (step == 0) { /* the S-GW answers at last */
            keep(r, &r->gtp, &create->m);
            session(r, GTP_ACCEPTED);
            hear(r, "SGW: Delete Session Request");
            deleted(r);
        } else if (step == 1) {
            deleted_before(r, 1);
        } else {
            pass(r, 2 * T3 * SIM_S);
        }
        msg_unref(r->epc.net, &create->m);
        hear(r, "");
        CU_ASSERT_EQUAL(mme_bearers(r->mme, IMSI, b), step > 1 ? 2 : 1);
        request_service(r, r->mme_id);
        hear(r, SET_UP);
        end(r);
    }
}

/* ---- service request ------------------------------------------------------------------------------------------------ */

void test_mme_idle_service(void)
{
    struct rig *r = idle();
    struct ie_bearer b[IE_MAX_BEARERS];
    request_service(r, r->mme_id);
    hear(r, SET_UP);
    const struct s1ap_initial_context_setup_request *c = s1ap_body(r->s1ap, initial_context_setup_request);
    CU_ASSERT_EQUAL(c->enb_id, ENB_ID);
    CU_ASSERT_EQUAL(c->erabs.n, 1);
    CU_ASSERT_EQUAL(c->erabs.item[0].teid, S1U_TEID);
    CU_ASSERT_PTR_NULL(c->erabs.item[0].nas);
    CU_ASSERT_EQUAL(c->ambr.dl, 2000);
    context_up(r, 1);
    hear(r, "SGW: Modify Bearer Request");
    CU_ASSERT_EQUAL(gtp_body(r->gtp, modify_bearer_req)->bearers.item[0].fteid[0].teid, ENB_TEID + 5);
    modified(r, GTP_ACCEPTED);
    hear(r, "");
    CU_ASSERT_EQUAL(mme_bearers(r->mme, IMSI, b), 1);
    CU_ASSERT_EQUAL(b[0].fteid[0].teid, ENB_TEID + 5);
    go_idle(r);
    pass(r, 3600 * SIM_S);
    hear(r, "");
    end(r);
}

/* The S-GW has both its PDN connections to tell. */
void test_mme_idle_service_of_two(void)
{
    struct rig *r = rig_new();
    registered(r, "internet");
    uplink(r, connectivity_request(r, "ims"));
    session(r, GTP_ACCEPTED);
    erab_up(r, 6, 1);
    phone(r, NAS_activate_default_accept, 6);
    modified(r, GTP_ACCEPTED);
    g_string_truncate(r->heard, 0);
    go_idle(r);
    request_service(r, r->mme_id);
    hear(r, SET_UP);
    CU_ASSERT_EQUAL(s1ap_body(r->s1ap, initial_context_setup_request)->erabs.n, 2);
    context_up(r, 2);
    hear(r, "SGW: Modify Bearer Request; SGW: Modify Bearer Request");
    ask_release(r, S1AP_CAUSE_USER_INACTIVITY); /* not while it goes on */
    modified(r, GTP_ACCEPTED);
    hear(r, "");
    pass(r, T3 * SIM_S);
    hear(r, "SGW: Modify Bearer Request"); /* the other's was not answered */
    modified(r, GTP_ACCEPTED);
    hear(r, "");
    go_idle(r);
    end(r);
}

/* The eNB refuses, has no resources, or does not answer: idle again. */
void test_mme_idle_service_not_set_up(void)
{
    for (int how = 0; how <= 2; how++) {
        struct rig *r = idle();
        request_service(r, r->mme_id);
        hear(r, SET_UP);
        if (how == 0)
            context_fails(r);
        else if (how == 1)
            context_up(r, 0);
        else
            pass(r, 3 * T3 * SIM_S);
        hear(r, COMMAND);
        released(r);
        request_service(r, r->mme_id);
        hear(r, SET_UP);
        serve(r);
        end(r);
    }
}

/* A dedicated bearer that the eNB has no room for goes. */
void test_mme_idle_service_without_voice(void)
{
    struct rig *r = rig_new();
    registered(r, "ims");
    voice_bearer(r);
    go_idle(r);
    request_service(r, r->mme_id);
    hear(r, SET_UP);
    S1AP(r, m, initial_context_setup_response);
    b->erabs = erabs(5, 1);
    IE_PUT(b, failed) = erabs(6, 1);
    say_s1ap(r, m);
    hear(r, "SGW: Delete Bearer Command; SGW: Modify Bearer Request");
    modified(r, GTP_ACCEPTED);
    end(r);
}

static void authenticate(struct rig *r)
{
    request_service(r, r->mme_id);
    hear(r, "HSS: AIR");
    vector(r, DIA_SUCCESS);
    hear(r, "eNB: DOWNLINK NAS TRANSPORT [AUTHENTICATION REQUEST]");
}

void test_mme_idle_service_authenticated(void)
{
    struct rig *r = idle_as((struct mme_cfg){.authenticates = 1});
    authenticate(r);
    response(r, 42);
    hear(r, "eNB: DOWNLINK NAS TRANSPORT [SECURITY MODE COMMAND]");
    phone(r, NAS_security_mode_complete, 0);
    hear(r, SET_UP);
    serve(r);
    go_idle(r);

    authenticate(r); /* lost on the way: all over again */
    ask_release(r, S1AP_CAUSE_CONNECTION_LOST);
    hear(r, "SGW: Release Access Bearers Request");
    bearers_released(r);
    hear(r, COMMAND);
    released(r);
    pass(r, 100 * SIM_S);
    hear(r, "");

    authenticate(r);
    response(r, 41);
    hear(r, "eNB: DOWNLINK NAS TRANSPORT [AUTHENTICATION REJECT]; SGW: Delete Session Request");
    deleted(r);
    released_after(r, COMMAND);
}

/* It came back by another connection: the old one is forgotten, what it was about begins again. */
void test_mme_idle_service_again(void)
{
    struct rig *r = idle();
    request_service(r, r->mme_id);
    hear(r, SET_UP);
    request_service(r, r->mme_id);
    hear(r, SET_UP);
    context_up(r, 1);
    hear(r, "SGW: Modify Bearer Request");
    request_service(r, r->mme_id);
    hear(r, SET_UP);
    pass(r, T3 * SIM_S);
    hear(r, ""); /* the old Modify Bearer Request is not repeated */
    serve(r);
    end(r);
}

static void refused(struct rig *r, uint8_t cause)
{
    const struct nas_msg *m = r->nas;
    CU_ASSERT_EQUAL(m->m.type == NAS_service_reject ? nas_body(m, service_reject)->cause : nas_body(m, tau_reject)->cause, cause);
}

/* A phone that the MME does not know, by either way; and one that is about to be forgotten. */
void test_mme_idle_unknown(void)
{
    struct rig *r = rig_new();
    request_service(r, 5);
    hear(r, "eNB: DOWNLINK NAS TRANSPORT [SERVICE REJECT]; " COMMAND);
    refused(r, EMM_UE_IDENTITY_UNKNOWN);
    released(r);
    request_update(r, UPDATE_PERIODIC, 5);
    hear(r, "eNB: DOWNLINK NAS TRANSPORT [TRACKING AREA UPDATE REJECT]; " COMMAND);
    refused(r, EMM_UE_IDENTITY_UNKNOWN);
    released(r);
    rig_free(r, 0);

    r = idle();
    uint32_t m_tmsi = r->mme_id;
    pass(r, 3240 * SIM_S + 240 * SIM_S + 240 * SIM_S); /* T3412, then mobile reachable, then implicit detach */
    hear(r, "SGW: Delete Session Request");
    request_service(r, m_tmsi);
    hear(r, "eNB: DOWNLINK NAS TRANSPORT [SERVICE REJECT]; " COMMAND);
    refused(r, EMM_IMPLICITLY_DETACHED);
    released(r);
    r->mme_id = m_tmsi;
    deleted(r);
    rig_free(r, 0);
}

/* ---- paging --------------------------------------------------------------------------------------------------------- */

void test_mme_idle_paging(void)
{
    struct rig *r = idle();
    notify(r);
    hear(r, ACK "; " PAGE);
    const struct s1ap_paging *p = s1ap_body(r->s1ap, paging);
    CU_ASSERT_EQUAL(p->identity_index, IMSI % 1024);
    CU_ASSERT_EQUAL(p->s_tmsi.m_tmsi, r->mme_id);
    CU_ASSERT_EQUAL(p->s_tmsi.mme_code, 2);
    CU_ASSERT_EQUAL(p->tai_list.tac[0], TAC);
    pass(r, 4 * SIM_S - 1);
    notify(r); /* the S-GW is impatient */
    hear(r, ACK);
    pass(r, 1);
    hear(r, PAGE);
    request_service(r, r->mme_id);
    hear(r, SET_UP);
    notify(r); /* late */
    hear(r, ACK);
    serve(r);
    pass(r, 60 * SIM_S);
    hear(r, "");
    end(r);
}

/* Nobody answers: the S-GW is told, and a bearer that waited is refused. */
void test_mme_idle_paging_in_vain(void)
{
    struct rig *r = idle();
    notify(r);
    hear(r, ACK "; " PAGE);
    create_bearers(r, 5, 1);
    create_bearers(r, 5, 1); /* again: it waits already */
    hear(r, "");
    pass(r, 4 * SIM_S);
    hear(r, PAGE);
    pass(r, 4 * SIM_S);
    hear(r, "SGW: Downlink Data Notification Failure Indication; SGW: Create Bearer Response");
    CU_ASSERT_EQUAL(gtp_body(r->gtp, create_bearer_rsp)->cause, GTP_UNABLE_TO_PAGE);
    pass(r, 60 * SIM_S);
    hear(r, "");
    end(r);
}

/* A bearer for an idle phone: it is paged, and gets it when the others are there. */
void test_mme_idle_bearer_waits(void)
{
    struct rig *r = idle();
    r->seq++;
    create_bearers(r, 5, 1);
    hear(r, PAGE);
    request_service(r, r->mme_id);
    hear(r, SET_UP);
    context_up(r, 1);
    hear(r, "SGW: Modify Bearer Request");
    modified(r, GTP_ACCEPTED);
    hear(r, "eNB: E-RAB SETUP REQUEST [ACTIVATE DEDICATED EPS BEARER CONTEXT REQUEST]");
    erab_up(r, 6, 1);
    phone(r, NAS_activate_dedicated_accept, 6);
    hear(r, "SGW: Create Bearer Response");
    CU_ASSERT_EQUAL(gtp_body(r->gtp, create_bearer_rsp)->cause, GTP_ACCEPTED);
    end(r);
}

/* Data while the connection is released: the page waits till that is over, or the phone comes by itself. */
void test_mme_idle_paging_during_release(void)
{
    for (int comes = 0; comes <= 1; comes++) {
        struct rig *r = rig_new();
        registered(r, "ims");
        ask_release(r, S1AP_CAUSE_USER_INACTIVITY);
        hear(r, "SGW: Release Access Bearers Request");
        bearers_released(r);
        hear(r, COMMAND);
        notify(r);
        hear(r, ACK);
        if (comes) {
            request_service(r, r->mme_id);
            hear(r, SET_UP);
        } else {
            released(r);
            hear(r, PAGE);
        }
        pass(r, 4 * SIM_S);
        hear(r, comes ? "" : PAGE);
        end(r);
    }
}

/* Not heard of for too long: not paged any more. */
void test_mme_idle_unreachable(void)
{
    struct rig *r = idle();
    pass(r, 3240 * SIM_S + 240 * SIM_S);
    hear(r, "");
    notify(r);
    heard_ack(r, ACK, GTP_UNABLE_TO_PAGE);
    r->seq++;
    create_bearers(r, 5, 1);
    hear(r, "SGW: Create Bearer Response");
    CU_ASSERT_EQUAL(gtp_body(r->gtp, create_bearer_rsp)->cause, GTP_UNABLE_TO_PAGE);
    request_service(r, r->mme_id); /* just in time */
    hear(r, SET_UP);
    serve(r);
    notify(r);
    heard_ack(r, ACK, GTP_ACCEPTED);
    end(r);
}

/* ---- tracking area update ------------------------------------------------------------------------------------------- */

void test_mme_idle_update(void)
{
    struct rig *r = idle();
    request_update(r, UPDATE_PERIODIC, r->mme_id);
    hear(r, "eNB: DOWNLINK NAS TRANSPORT [TRACKING AREA UPDATE ACCEPT]; " COMMAND);
    const struct nas_tau_accept *a = nas_body(r->nas, tau_accept);
    CU_ASSERT_EQUAL(a->result, UPDATE_PERIODIC);
    CU_ASSERT_EQUAL(a->t3412, 2 << 5 | 9); /* 9 times 6 min */
    CU_ASSERT_EQUAL(a->tai_list.tac[0], TAC);
    CU_ASSERT_FALSE(IE_HAS(a, guti));
    notify(r); /* while it is released */
    hear(r, ACK);
    released(r);
    hear(r, PAGE);
    end(r);
}

/* It has data: bearers follow; or the S-GW has, by a bearer that is wanted. */
void test_mme_idle_update_with_data(void)
{
    struct rig *r = idle();
    request_update(r, UPDATE_PERIODIC_ACTIVE, r->mme_id);
    hear(r, "eNB: DOWNLINK NAS TRANSPORT [TRACKING AREA UPDATE ACCEPT]; " SET_UP);
    serve(r);
    go_idle(r);
    r->seq++;
    create_bearers(r, 5, 1);
    hear(r, PAGE);
    request_update(r, UPDATE_PERIODIC, r->mme_id);
    hear(r, "eNB: DOWNLINK NAS TRANSPORT [TRACKING AREA UPDATE ACCEPT]; " SET_UP);
    context_up(r, 1);
    modified(r, GTP_ACCEPTED);
    hear(r, "SGW: Modify Bearer Request; eNB: E-RAB SETUP REQUEST [ACTIVATE DEDICATED EPS BEARER CONTEXT REQUEST]");
    end(r);
}

/* A new GUTI is given until the phone confirms it; meanwhile it is known by both. */
void test_mme_idle_update_with_guti(void)
{
    struct rig *r = idle_as((struct mme_cfg){.new_guti = true});
    uint32_t old = r->mme_id;
    request_update(r, UPDATE_PERIODIC, old);
    hear(r, "eNB: DOWNLINK NAS TRANSPORT [TRACKING AREA UPDATE ACCEPT]");
    uint32_t new = nas_body(r->nas, tau_accept)->guti.m_tmsi;
    CU_ASSERT_NOT_EQUAL(new, old);
    for (int i = 0; i < 4; i++) {
        pass(r, 6 * SIM_S);
        hear(r, "eNB: DOWNLINK NAS TRANSPORT [TRACKING AREA UPDATE ACCEPT]");
    }
    pass(r, 6 * SIM_S);
    hear(r, COMMAND);
    released(r);
    notify(r);
    hear(r, ACK "; " PAGE);
    CU_ASSERT_EQUAL(s1ap_body(r->s1ap, paging)->s_tmsi.m_tmsi, old);

    request_update(r, UPDATE_PERIODIC_ACTIVE, new); /* it had it */
    hear(r, "eNB: DOWNLINK NAS TRANSPORT [TRACKING AREA UPDATE ACCEPT]; " SET_UP);
    CU_ASSERT_EQUAL(nas_body(r->nas, tau_accept)->guti.m_tmsi, new);
    serve(r);
    phone(r, NAS_tau_complete, 0);
    hear(r, "");
    go_idle(r);
    request_service(r, old); /* a ghost */
    hear(r, "eNB: DOWNLINK NAS TRANSPORT [SERVICE REJECT]; " COMMAND);
    released(r);

    request_update(r, UPDATE_PERIODIC, new);
    hear(r, "eNB: DOWNLINK NAS TRANSPORT [TRACKING AREA UPDATE ACCEPT]");
    CU_ASSERT_NOT_EQUAL(nas_body(r->nas, tau_accept)->guti.m_tmsi, new);
    notify(r); /* bearers will follow */
    hear(r, ACK);
    phone(r, NAS_tau_complete, 0);
    hear(r, SET_UP);
    serve(r);
    end(r);
}
