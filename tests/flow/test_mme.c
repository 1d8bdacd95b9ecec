/* test_mme.c - attach at the MME: how it goes, and each way it fails. */
#include "tests/flow/mme_rig.h"

void test_mme_attach(void)
{
    struct rig *r = rig_new();
    struct ie_bearer b[IE_MAX_BEARERS];
    accepted(r, "ims");
    const struct s1ap_initial_context_setup_request *c = s1ap_body(r->s1ap, initial_context_setup_request);
    const struct nas_attach_accept *a = nas_body(r->nas, attach_accept);
    const struct nas_activate_default_request *d = nas_body(nas_of(a->esm), activate_default_request);
    CU_ASSERT_EQUAL(c->enb_id, ENB_ID);
    CU_ASSERT_EQUAL(c->erabs.item[0].id, 5);
    CU_ASSERT_EQUAL(c->erabs.item[0].teid, S1U_TEID);
    CU_ASSERT_EQUAL(c->erabs.item[0].qos.qci, 5);
    CU_ASSERT_EQUAL(c->ambr.dl, 2000);
    CU_ASSERT_EQUAL(r->nas->security, NAS_CIPHERED);
    CU_ASSERT_EQUAL(a->guti.m_tmsi, r->mme_id);
    CU_ASSERT_EQUAL(a->tai_list.tac[0], 7);
    CU_ASSERT_EQUAL(nas_of(a->esm)->pti, PTI);
    CU_ASSERT_STRING_EQUAL(d->apn, "ims");
    CU_ASSERT_EQUAL(d->address.ipv4, IP);
    CU_ASSERT_EQUAL(d->pco.p_cscf[0], 99);
    capability(r);
    phone(r, NAS_attach_complete, 0); /* the other order */
    hear(r, "");
    context_up(r, 1);
    hear(r, "SGW: Modify Bearer Request");
    CU_ASSERT_EQUAL(gtp_body(r->gtp, modify_bearer_req)->bearers.item[0].fteid[0].teid, ENB_TEID + 5);
    modified(r, GTP_ACCEPTED);
    CU_ASSERT_TRUE(mme_is_registered(r->mme, IMSI));
    CU_ASSERT_EQUAL(mme_bearers(r->mme, IMSI, b), 1);
    CU_ASSERT_EQUAL(b[0].fteid[0].teid, ENB_TEID + 5);
    pass(r, 100 * SIM_S);
    hear(r, "");
    rig_free(r, 1);
}

void test_mme_attach_to_default_apn(void)
{
    struct rig *r = rig_new();
    authenticated(r, NULL);
    location(r, DIA_SUCCESS);
    const struct gtp_create_session_req *q = gtp_body(r->gtp, create_session_req);
    CU_ASSERT_STRING_EQUAL(q->apn, "internet");
    CU_ASSERT_EQUAL(q->imsi, IMSI);
    CU_ASSERT_EQUAL(q->msisdn, 8613800000001);
    CU_ASSERT_EQUAL(q->pgw.ipv4, epc_ip(r->pgw));
    CU_ASSERT_EQUAL(q->bearers.item[0].qos.qci, 9);
    CU_ASSERT_EQUAL(q->pco.flags, PCO_P_CSCF);
    CU_ASSERT_EQUAL(r->gtp->teid, 0);
    rig_free(r, 1);
}

void test_mme_resynchronises_twice(void)
{
    struct rig *r = rig_new();
    attach(r, "ims", IMSI);
    for (int i = 0; i < 2; i++) {
        vector(r, DIA_SUCCESS);
        g_string_truncate(r->heard, 0);
        failure(r, EMM_SYNCH_FAILURE);
        hear(r, "HSS: AIR");
        CU_ASSERT_TRUE(IE_HAS(dia_body(r->dia, AIR), resync));
        CU_ASSERT_EQUAL(r->dia->body.AIR.resync.rand.b[0], 1);
        CU_ASSERT_EQUAL(r->dia->body.AIR.resync.auts.b[0], 9);
    }
    vector(r, DIA_SUCCESS);
    hear(r, "eNB: DOWNLINK NAS TRANSPORT [AUTHENTICATION REQUEST]");
    failure(r, EMM_SYNCH_FAILURE);
    released_after(r, "eNB: DOWNLINK NAS TRANSPORT [AUTHENTICATION REJECT]; eNB: UE CONTEXT RELEASE COMMAND");
}

void test_mme_rejects_wrong_phones(void)
{
    for (int i = 0; i < 2; i++) {
        struct rig *r = rig_new();
        attach(r, "ims", IMSI);
        vector(r, DIA_SUCCESS);
        hear(r, "HSS: AIR; eNB: DOWNLINK NAS TRANSPORT [AUTHENTICATION REQUEST]");
        if (i)
            failure(r, EMM_MAC_FAILURE);
        else
            response(r, 41);
        released_after(
            r, "eNB: DOWNLINK NAS TRANSPORT [AUTHENTICATION REJECT]; eNB: UE CONTEXT RELEASE COMMAND");
    }
}

#define REJECTED "eNB: DOWNLINK NAS TRANSPORT [ATTACH REJECT]; eNB: UE CONTEXT RELEASE COMMAND"

/* ... with this cause. */
static void rejected(struct rig *r, uint8_t cause)
{
    CU_ASSERT_EQUAL(nas_body(r->nas, attach_reject)->cause, cause);
    released_after(r, REJECTED);
}

void test_mme_attach_refused_by_hss(void)
{
    struct rig *r = rig_new();
    attach(r, "ims", IMSI);
    hear(r, "HSS: AIR");
    vector(r, DIA_S6A_USER_UNKNOWN);
    rejected(r, EMM_EPS_NOT_ALLOWED);
    r = rig_new();
    authenticated(r, "ims");
    location(r, DIA_S6A_ROAMING_NOT_ALLOWED);
    rejected(r, EMM_PLMN_NOT_ALLOWED);
    r = rig_new();
    attach(r, "ims", IMSI);
    pass(r, 5 * SIM_S);
    released_after(r, "HSS: AIR; " REJECTED);
    r = rig_new();
    authenticated(r, "ims");
    pass(r, 5 * SIM_S);
    released_after(r, REJECTED);
    r = rig_new();
    authenticated(r, "nowhere");
    location(r, DIA_SUCCESS);
    CU_ASSERT_EQUAL(nas_body(nas_of(nas_body(r->nas, attach_reject)->esm), pdn_connectivity_reject)->cause,
                    ESM_UNKNOWN_APN);
    rejected(r, EMM_ESM_FAILURE);
    r = rig_new();
    attach(r, "ims", 0);
    rejected(r, EMM_UE_IDENTITY_UNKNOWN);
}

void test_mme_attach_without_session(void)
{
    struct rig *r = rig_new();
    authenticated(r, "ims");
    location(r, DIA_SUCCESS);
    hear(r, "SGW: Create Session Request");
    session(r, GTP_NO_RESOURCES);
    rejected(r, EMM_ESM_FAILURE);
    r = rig_new();
    authenticated(r, "ims");
    location(r, DIA_SUCCESS);
    pass(r, 9 * SIM_S);
    released_after(
        r,
        "SGW: Create Session Request; SGW: Create Session Request; SGW: Create Session Request; " REJECTED);
}

void test_mme_repeats_nas_of_attach(void)
{
    struct rig *r = rig_new();
    attach(r, "ims", IMSI);
    vector(r, DIA_SUCCESS);
    hear(r, "HSS: AIR; eNB: DOWNLINK NAS TRANSPORT [AUTHENTICATION REQUEST]");
    for (int i = 0; i < 4; i++) {
        pass(r, 6 * SIM_S - 1);
        hear(r, "");
        pass(r, 1);
        hear(r, "eNB: DOWNLINK NAS TRANSPORT [AUTHENTICATION REQUEST]");
    }
    pass(r, 6 * SIM_S);
    released_after(r, "eNB: UE CONTEXT RELEASE COMMAND");
    r = rig_new();
    attach(r, "ims", IMSI);
    vector(r, DIA_SUCCESS);
    response(r, 42);
    g_string_truncate(r->heard, 0);
    pass(r, 6 * SIM_S);
    hear(r, "eNB: DOWNLINK NAS TRANSPORT [SECURITY MODE COMMAND]");
    pass(r, 18 * SIM_S);
    g_string_truncate(r->heard, 0);
    pass(r, 6 * SIM_S);
    released_after(r, "eNB: UE CONTEXT RELEASE COMMAND");
    r = rig_new();
    attach(r, "ims", IMSI);
    vector(r, DIA_SUCCESS);
    response(r, 42);
    g_string_truncate(r->heard, 0);
    phone(r, NAS_security_mode_reject, 0);
    released_after(r, "eNB: UE CONTEXT RELEASE COMMAND");
}

void test_mme_attach_accept_unanswered(void)
{
    struct rig *r = rig_new();
    accepted(r, "ims");
    pass(r, 6 * SIM_S);
    hear(r, "eNB: DOWNLINK NAS TRANSPORT [ATTACH ACCEPT]");
    pass(r, 18 * SIM_S);
    g_string_truncate(r->heard, 0);
    pass(r, 6 * SIM_S);
    hear(r, "SGW: Delete Session Request");
    deleted(r);
    released_after(r, "eNB: UE CONTEXT RELEASE COMMAND");
}

void test_mme_attach_fails_late(void)
{
    for (int i = 0; i < 4; i++) {
        struct rig *r = rig_new();
        accepted(r, "ims");
        if (i == 0)
            context_fails(r);
        if (i == 1)
            context_up(r, 0);
        if (i >= 2) {
            context_up(r, 1);
            phone(r, NAS_attach_complete, 0);
            hear(r, "SGW: Modify Bearer Request");
        }
        if (i == 2)
            modified(r, GTP_CONTEXT_NOT_FOUND);
        if (i == 3) {
            pass(r, 6 * SIM_S);
            hear(r, "SGW: Modify Bearer Request; SGW: Modify Bearer Request");
            pass(r, 3 * SIM_S);
        }
        hear(r, "SGW: Delete Session Request");
        deleted(r);
        released_after(r, "eNB: UE CONTEXT RELEASE COMMAND");
    }
}

/* The old context goes in its own way beside the new attach. */
void test_mme_attaches_again(void)
{
    struct rig *r = rig_new();
    registered(r, "ims");
    attach(r, "ims", IMSI);
    hear(r, "SGW: Delete Session Request; HSS: AIR");
    CU_ASSERT_EQUAL(mme_contexts(r->mme), 2);
    deleted(r);
    hear(r, "eNB: UE CONTEXT RELEASE COMMAND");
    released(r);
    CU_ASSERT_EQUAL(mme_contexts(r->mme), 1);
    CU_ASSERT_FALSE(mme_is_registered(r->mme, IMSI));
    rig_free(r, 1);
}
