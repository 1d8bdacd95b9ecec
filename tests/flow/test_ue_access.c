/* test_ue_access.c - a phone attaches to LTE and detaches, and what may go wrong on the way. */
#include "tests/flow/ue_access_rig.h"

void test_ue_access_tables(void)
{
    GString *problems = g_string_new(NULL);
    CU_ASSERT_EQUAL(fsm_check(&ue_rrc_def, problems), 0);
    CU_ASSERT_EQUAL(fsm_check(&ue_random_def, problems), 0);
    CU_ASSERT_EQUAL(fsm_check(&ue_emm_def, problems), 0);
    CU_ASSERT_EQUAL(fsm_check(&ue_esm_def, problems), 0);
    CU_ASSERT_STRING_EQUAL(problems->str, "");
    g_string_free(problems, TRUE);
}

/* Rows 3 to 34 of the attach, TS 23.401 5.3.2.1, as the phone sees them. */
void test_ue_access_attach(void)
{
    struct lte *t = lte_new("ims", false);
    ue_access_attach(t->a);
    connect(t);
    const struct rrc_msg *m = heard(t, ATTACH_REQUEST);
    const struct nas_attach_request *req = nas_body(nas_heard(m), attach_request);
    CU_ASSERT_EQUAL(m->ue, t->rnti);
    CU_ASSERT_EQUAL(nas_heard(m)->security, NAS_PLAIN);
    CU_ASSERT_EQUAL(req->identity.imsi, epc_imsi(0));
    CU_ASSERT_EQUAL(req->ksi, 7);
    const struct nas_pdn_connectivity_request *pdn = nas_body(nas_of(req->esm), pdn_connectivity_request);
    CU_ASSERT_STRING_EQUAL(pdn->apn, "ims");
    CU_ASSERT_EQUAL(pdn->pco.flags, PCO_P_CSCF | PCO_IM_CN_FLAG | PCO_VIA_NAS);

    challenge(t, SEQ, AKA_AMF_EPS);
    m = heard(t, "ULInformationTransfer [AUTHENTICATION RESPONSE]");
    const struct ie_bytes *res = &nas_body(nas_heard(m), authentication_response)->res;
    CU_ASSERT_EQUAL(res->n, AKA_RES);
    CU_ASSERT_EQUAL(memcmp(res->b, t->vector.xres, AKA_RES), 0);

    command_security(t, 2, 2, 7);
    m = heard(t, "ULInformationTransfer [SECURITY MODE COMPLETE]");
    CU_ASSERT_EQUAL(nas_heard(m)->security, NAS_CIPHERED_NEW);
    CU_ASSERT(IE_HAS(nas_body(nas_heard(m), security_mode_complete), imeisv));
    say_rrc(t, RRC_ue_capability_enquiry);
    heard(t, "UECapabilityInformation");
    say_rrc_security(t, 2);
    heard(t, "SecurityModeComplete");
    told(t, "");

    reconfigure(t, 5, 1, attach_accept(t, 5));
    heard(t, CONFIGURED);
    m = heard(t, ATTACH_COMPLETE);
    CU_ASSERT_EQUAL(nas_heard(m)->security, NAS_CIPHERED);
    CU_ASSERT_EQUAL(nas_heard(m)->sequence, 1);
    CU_ASSERT_EQUAL(nas_of(nas_body(nas_heard(m), attach_complete)->esm)->ebi, 5);
    told(t, "attached\npdn 5 ims 0a010007, 1 P-CSCF\n");

    struct ue_bearer_view b;
    CU_ASSERT_EQUAL(ue_access_bearers(t->a, &b, 1), 1);
    CU_ASSERT(b.ebi == 5 && b.linked == 0 && b.drb == 1 && b.ip == IP && b.qos.qci == 5);
    CU_ASSERT_EQUAL(sim_pending_count(t->sim), 0);
    ue_access_attach(t->a);
    heard_nothing(t, 1 * SIM_S);
    lte_free(t);
}

/* ATTACH COMPLETE was lost; the MME repeats ATTACH ACCEPT (T3450). The phone is not told twice. */
void test_ue_access_attach_repeated(void)
{
    struct lte *t = attached_to_ims();
    say_nas(t, attach_accept(t, 5));
    heard(t, ATTACH_COMPLETE);
    CU_ASSERT_EQUAL(ue_access_bearer_count(t->pool), 1);
    lte_free(t);
}

/* ATTACH ACCEPT with a bearer identity that does not exist. */
void test_ue_access_attach_without_bearer(void)
{
    struct lte *t = lte_new("ims", false);
    start_attach(t);
    make_secure(t);
    say_nas(t, attach_accept(t, 3));
    wait_for(t, 10 * SIM_MS);
    told(t, "attach failed: 19\n");
    release(t);
    is_off(t);
    lte_free(t);
}

/* The network has another key for this card: the card says so, and the network refuses it. */
void test_ue_access_wrong_key(void)
{
    struct lte *t = lte_new("ims", false);
    start_attach(t);
    t->secret = 0xff;
    challenge(t, SEQ, AKA_AMF_EPS);
    heard(t, "ULInformationTransfer [AUTHENTICATION FAILURE MAC failure]");
    say_nas(t, nas(t, NAS_identity_request));
    const struct rrc_msg *m = heard(t, "ULInformationTransfer [IDENTITY RESPONSE]");
    CU_ASSERT_EQUAL(nas_body(nas_heard(m), identity_response)->identity, epc_imsi(0));
    say_nas(t, nas(t, NAS_authentication_reject));
    wait_for(t, 10 * SIM_MS);
    told(t, "attach failed: 3\n");
    release(t);
    is_off(t);
    lte_free(t);
}

/* The HSS has fallen behind: the card's AUTS brings it up to date, and the next vector is taken. */
void test_ue_access_resynchronisation(void)
{
    struct lte *t = lte_new("ims", false);
    start_attach(t);
    challenge(t, SEQ, AKA_AMF_PLAIN);
    heard(t, "ULInformationTransfer [AUTHENTICATION FAILURE Non-EPS authentication unacceptable]");
    challenge(t, SEQ, AKA_AMF_EPS);
    heard(t, "ULInformationTransfer [AUTHENTICATION RESPONSE]");
    challenge(t, SEQ, AKA_AMF_EPS); /* the response was lost: answered alike, although the SQN is used */
    const struct rrc_msg *m = heard(t, "ULInformationTransfer [AUTHENTICATION RESPONSE]");
    CU_ASSERT_EQUAL(memcmp(nas_body(nas_heard(m), authentication_response)->res.b, t->vector.xres, AKA_RES), 0);

    challenge(t, SEQ - 500, AKA_AMF_EPS);
    m = heard(t, "ULInformationTransfer [AUTHENTICATION FAILURE Synch failure]");
    const struct nas_authentication_failure *failure = nas_body(nas_heard(m), authentication_failure);
    CU_ASSERT(IE_HAS(failure, auts) && failure->auts.n == AKA_AUTS);
    struct milenage milenage;
    uint8_t k[16], opc[16];
    uint64_t sqn = aka_sqn(SEQ - 500, 3);
    keys(0, k, opc);
    milenage_init(&milenage, k, opc);
    CU_ASSERT_EQUAL(aka_resynchronise(&milenage, t->vector.rand, failure->auts.b, &sqn), AKA_RESYNC_RESET);
    CU_ASSERT_EQUAL(sqn, aka_sqn(SEQ, 3));

    challenge(t, SEQ + 1, AKA_AMF_EPS);
    heard(t, "ULInformationTransfer [AUTHENTICATION RESPONSE]");
    ue_access_detach(t->a, false);
    told(t, "detached: 0\n");
    is_off(t);
    lte_free(t);
}

/* Security commands that are not for this phone are refused: another key, changed capabilities, an unknown
 * algorithm. */
void test_ue_access_security(void)
{
    struct lte *t = lte_new("ims", false);
    start_attach(t);
    challenge(t, SEQ, AKA_AMF_EPS);
    heard(t, "ULInformationTransfer [AUTHENTICATION RESPONSE]");
    command_security(t, 1, 2, 7);
    heard(t, "ULInformationTransfer [SECURITY MODE REJECT cause 23]");
    command_security(t, 2, 2, 1);
    heard(t, "ULInformationTransfer [SECURITY MODE REJECT cause 23]");
    command_security(t, 2, 3, 7);
    heard(t, "ULInformationTransfer [SECURITY MODE REJECT cause 23]");
    command_security(t, 2, 2, 7);
    heard(t, "ULInformationTransfer [SECURITY MODE COMPLETE]");
    say_rrc_security(t, 3);
    heard(t, "SecurityModeFailure");
    reconfigure(t, 5, 1, NULL); /* not before security is on */
    heard_nothing(t, 1 * SIM_S);
    say_rrc_security(t, 2);
    heard(t, "SecurityModeComplete");
    say_rrc(t, RRC_ue_capability_enquiry);
    heard(t, "UECapabilityInformation");
    ue_access_detach(t->a, true);
    told(t, "detached: 0\n");
    is_off(t);
    lte_free(t);
}

static void reject(struct lte *t, uint8_t cause)
{
    struct nas_msg *m = nas(t, NAS_attach_reject);
    nas_body(m, attach_reject)->cause = cause;
    say_nas(t, m);
    wait_for(t, 10 * SIM_MS);
}

/* Some causes are final; after others the phone tries again after T3411, and after T3402 when five attempts
 * have failed. */
void test_ue_access_rejected(void)
{
    struct lte *t = lte_new("ims", false);
    start_attach(t);
    reject(t, EMM_ROAMING_NOT_ALLOWED);
    told(t, "attach failed: 13\n");
    release(t);
    heard_nothing(t, 3600 * SIM_S);
    is_off(t);

    start_attach(t);
    for (int attempt = 1; attempt <= 5; attempt++) {
        reject(t, EMM_NETWORK_FAILURE);
        told(t, attempt < 5 ? "" : "attach failed: 17\n");
        heard_nothing(t, (attempt < 5 ? 10 * SIM_S : 720 * SIM_S) - 50 * SIM_MS);
        wait_for(t, 50 * SIM_MS);
        connect(t);
        heard(t, ATTACH_REQUEST);
    }
    reject(t, EMM_NETWORK_FAILURE);
    told(t, "");
    ue_access_attach(t->a); /* the user does not want to wait */
    connect(t);
    heard(t, ATTACH_REQUEST);
    reject(t, EMM_NETWORK_FAILURE);
    ue_access_detach(t->a, true);
    told(t, "detached: 0\n");
    is_off(t);
    lte_free(t);
}

/* The MME does not answer: T3410 15 s, then T3411 10 s. What comes too late is not for the next attempt. */
void test_ue_access_no_answer(void)
{
    struct lte *t = lte_new("ims", false);
    sim_time start = t->sim->now;
    ue_access_attach(t->a);
    for (int attempt = 1; attempt <= 5; attempt++) {
        CU_ASSERT_EQUAL(t->sim->now, start);
        connect(t);
        heard(t, ATTACH_REQUEST);
        wait_for(t, start + 16 * SIM_S - t->sim->now);
        CU_ASSERT_FALSE(ue_access_is_connected(t->a));
        challenge(t, SEQ, AKA_AMF_EPS);
        start += 15 * SIM_S + (attempt < 5 ? 10 * SIM_S : 720 * SIM_S);
        heard_nothing(t, start - t->sim->now);
        told(t, attempt < 5 ? "" : "attach failed: 0\n");
    }
    connect(t);
    heard(t, ATTACH_REQUEST);
    t->rnti++;
    challenge(t, SEQ, AKA_AMF_EPS); /* for another connection */
    heard_nothing(t, 1 * SIM_S);
    ue_access_detach(t->a, false);
    told(t, "detached: 0\n");
    is_off(t);
    lte_free(t);
}

/* The eNB does not answer (T300 1 s), or refuses. */
void test_ue_access_no_connection(void)
{
    struct lte *t = lte_new("ims", false);
    ue_access_attach(t->a);
    for (int attempt = 1; attempt <= 5; attempt++) {
        heard(t, "RRCConnectionRequest mo-Signalling");
        if (attempt % 2)
            wait_for(t, 1 * SIM_S - 15 * SIM_MS);
        else
            say_rrc(t, RRC_connection_reject);
        CU_ASSERT(ue_access_is_connected(t->a)); /* about to be */
        wait_for(t, 10 * SIM_MS);
        CU_ASSERT_FALSE(ue_access_is_connected(t->a));
        if (attempt < 5)
            wait_for(t, 10 * SIM_S - 10 * SIM_MS); /* T3411 */
    }
    told(t, "attach failed: 0\n");
    ue_access_detach(t->a, false);
    told(t, "detached: 0\n");
    is_off(t);
    lte_free(t);
}

/* Switched off while the attach is under way, before and after the connection. */
void test_ue_access_given_up(void)
{
    struct lte *t = lte_new("ims", false);
    ue_access_detach(t->a, true); /* is off: nothing to do */
    ue_access_attach(t->a);
    ue_access_detach(t->a, true);
    told(t, "detached: 0\n");
    heard(t, "RRCConnectionRequest mo-Signalling");
    say_rrc(t, RRC_connection_setup); /* too late */
    heard_nothing(t, 1 * SIM_S);
    is_off(t);
    start_attach(t);
    release(t); /* the connection breaks: tried again after T3411 */
    ue_access_detach(t->a, false);
    told(t, "detached: 0\n");
    is_off(t);
    lte_free(t);
}

#define DETACH_REQUEST "ULInformationTransfer [DETACH REQUEST]"

void test_ue_access_detach(void)
{
    struct lte *t = attached_to_ims();
    ue_access_detach(t->a, false);
    const struct rrc_msg *m = heard(t, DETACH_REQUEST);
    const struct nas_detach_request *req = nas_body(nas_heard(m), detach_request);
    CU_ASSERT_EQUAL(req->type, DETACH_EPS);
    CU_ASSERT_EQUAL(req->identity.guti.m_tmsi, 0xc0000001);
    CU_ASSERT_EQUAL(nas_heard(m)->security, NAS_CIPHERED);
    told(t, "");
    say_nas(t, nas(t, NAS_detach_accept));
    wait_for(t, 10 * SIM_MS);
    told(t, "detached: 0\n");
    release(t);
    is_off(t);

    /* Once more, and switched off: the phone does not wait. A request of its own is forgotten. */
    start_attach(t);
    challenge(t, SEQ + 1, AKA_AMF_EPS);
    heard(t, "ULInformationTransfer [AUTHENTICATION RESPONSE]");
    say_rrc_security(t, 2);
    heard(t, "SecurityModeComplete");
    reconfigure(t, 5, 1, attach_accept(t, 5));
    heard(t, CONFIGURED);
    heard(t, ATTACH_COMPLETE);
    told(t, "attached\npdn 5 ims 0a010007, 1 P-CSCF\n");
    struct ie_tft voice = tft(TFT_CREATE, 1, 1);
    ask(t, &voice);
    ue_access_detach(t->a, true);
    told(t, "detached: 0\n");
    m = heard(t, DETACH_REQUEST);
    CU_ASSERT_EQUAL(nas_body(nas_heard(m), detach_request)->type, DETACH_EPS_SWITCH_OFF);
    heard_nothing(t, 60 * SIM_S);
    release(t);
    is_off(t);
    lte_free(t);
}

/* Five requests, 15 s apart (T3421), then the phone counts itself as detached. */
void test_ue_access_detach_unanswered(void)
{
    struct lte *t = attached_to_ims();
    ue_access_detach(t->a, false);
    for (int i = 0; i < 5; i++) {
        heard(t, DETACH_REQUEST);
        told(t, "");
        wait_for(t, 15 * SIM_S - 10 * SIM_MS);
    }
    wait_for(t, 10 * SIM_MS);
    told(t, "detached: 0\n");
    is_off(t);
    lte_free(t);

    t = attached_to_ims(); /* the user loses patience */
    ue_access_detach(t->a, false);
    heard(t, DETACH_REQUEST);
    ue_access_detach(t->a, true);
    heard(t, DETACH_REQUEST);
    told(t, "detached: 0\n");
    release(t);
    is_off(t);
    lte_free(t);

    t = attached_to_ims(); /* the connection breaks */
    ue_access_detach(t->a, false);
    heard(t, DETACH_REQUEST);
    release(t);
    told(t, "detached: 0\n");
    is_off(t);
    lte_free(t);
}

static struct nas_msg *network_detach(struct lte *t, uint8_t type)
{
    struct nas_msg *m = nas(t, NAS_detach_request);
    struct nas_detach_request *body = nas_body(m, detach_request);
    body->type = type;
    if (type == DETACH_NO_REATTACH)
        IE_PUT(body, cause) = EMM_EPS_NOT_ALLOWED;
    return m;
}

#define DETACH_ACCEPT "ULInformationTransfer [DETACH ACCEPT]"

void test_ue_access_detached_by_network(void)
{
    struct lte *t = attached_to_ims();
    say_nas(t, network_detach(t, DETACH_REATTACH));
    heard(t, DETACH_ACCEPT);
    told(t, "detached: 0\n");
    heard_nothing(t, 1 * SIM_S);
    say_rrc(t, RRC_connection_release);
    connect(t); /* again, on a new connection */
    heard(t, ATTACH_REQUEST);
    ue_access_detach(t->a, true);
    told(t, "detached: 0\n");
    is_off(t);
    lte_free(t);

    t = attached_to_ims();
    say_nas(t, network_detach(t, DETACH_NO_REATTACH));
    heard(t, DETACH_ACCEPT);
    told(t, "detached: 7\n");
    release(t);
    heard_nothing(t, 60 * SIM_S);
    is_off(t);
    lte_free(t);

    for (int off = 0; off <= 1; off++) { /* not to come back after all */
        t = attached_to_ims();
        say_nas(t, network_detach(t, DETACH_REATTACH));
        heard(t, DETACH_ACCEPT);
        told(t, "detached: 0\n");
        ue_access_detach(t->a, off == 1);
        release(t);
        is_off(t);
        lte_free(t);
    }

    t = attached_to_ims(); /* both at once */
    ue_access_detach(t->a, false);
    say_nas(t, network_detach(t, DETACH_NO_REATTACH));
    heard(t, DETACH_REQUEST);
    heard(t, DETACH_ACCEPT);
    say_nas(t, nas(t, NAS_detach_accept));
    wait_for(t, 10 * SIM_MS);
    told(t, "detached: 0\n");
    release(t);
    is_off(t);
    lte_free(t);
}

/* The connection was released: the bearers stay, their radio bearers are gone. To detach, the phone comes
 * back with its S-TMSI. */
void test_ue_access_released(void)
{
    struct lte *t = attached_to_ims();
    release(t);
    struct ue_bearer_view b;
    CU_ASSERT(ue_access_is_attached(t->a));
    CU_ASSERT(ue_access_bearers(t->a, &b, 1) == 1 && b.drb == 0);
    say_nas(t, deactivate(t, 5)); /* for the connection that is gone */
    heard_nothing(t, 60 * SIM_S);

    ue_access_detach(t->a, false);
    const struct rrc_msg *m = heard(t, "RRCConnectionRequest mo-Signalling");
    CU_ASSERT_EQUAL(rrc_body(m, connection_request)->s_tmsi.m_tmsi, 0xc0000001);
    ue_access_detach(t->a, true); /* overtakes the first one */
    told(t, "detached: 0\n");
    say_rrc(t, RRC_connection_setup);
    m = heard(t, "RRCConnectionSetupComplete [DETACH REQUEST]");
    CU_ASSERT_EQUAL(nas_body(nas_heard(m), detach_request)->type, DETACH_EPS_SWITCH_OFF);
    release(t);
    is_off(t);
    lte_free(t);
}
