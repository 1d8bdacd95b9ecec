/* test_hss_cx.c - the HSS on Cx: registration, authentication, location (models/hss; peers: hss_rig.h). */
#include "tests/flow/hss_rig.h"

/* ---- Cx: registration ------------------------------------------------------------------------ */

static void full_service(const struct rig *r, struct hss_group *g)
{
    g->capabilities = (struct ie_capabilities){
        .n_mandatory = 2, .n_optional = 1, .mandatory = {1, 2},
                .optional = {5}
    };
    g->n_criteria = 2;
    g->criterion[0] = (struct ie_criterion){
        .priority = 1, .server = r->home, .methods = 1u << SIP_INVITE, .session_case = CASE_ORIGINATING};
    g->criterion[1] = (struct ie_criterion){.priority = 2,
                                            .server = r->home,
                                            .methods = 1u << SIP_INVITE,
                                            .session_case = CASE_TERMINATING_UNREGISTERED};
}

/* The rows 3-4, 6-7, 13-14, 16-17 of a registration with AKA:
 * UAR | UAA first, capabilities; MAR | MAA vector; UAR | UAA the S-CSCF that asked; SAR | SAA profile; LIR |
 * LIA. */
void test_hss_registration(void)
{
    struct aka_usim usim = {0};
    struct aka_answer answer;
    struct rig r;

    rig_with(&r, full_service);
    const struct dia_msg *a = ask(&r, I_CSCF, uar(&r, ALICE, -1));
    CU_ASSERT_TRUE(is_experimental(a, DIA_CX_FIRST_REGISTRATION));
    CU_ASSERT_EQUAL(a->server, 0);
    CU_ASSERT_TRUE(IE_HAS(&a->body.UAA, capabilities));
    CU_ASSERT_EQUAL(a->body.UAA.capabilities.n_mandatory, 2);
    CU_ASSERT_EQUAL(a->body.UAA.capabilities.optional[0], 5);

    a = ask(&r, S_CSCF1, mar(&r, ALICE, S_CSCF1, AUTH_AKA));
    CU_ASSERT_TRUE(is_base(a, DIA_SUCCESS));
    const struct ie_sip_auth *v = &dia_body(a, MAA)->auth;
    CU_ASSERT_TRUE(v->scheme == AUTH_AKA && v->has_vector && !v->has_digest && !v->has_resync);
    CU_ASSERT_EQUAL(aka_amf(v->autn.b), AKA_AMF_PLAIN);
    CU_ASSERT_EQUAL(card(&usim, ALICE, &v->rand, &v->autn, &answer), AKA_ACCEPTED);
    CU_ASSERT_EQUAL(memcmp(answer.res, v->xres.b, AKA_RES), 0);
    CU_ASSERT_EQUAL(memcmp(answer.ck, v->ck.b, AKA_KEY), 0);
    CU_ASSERT_EQUAL(memcmp(answer.ik, v->ik.b, AKA_KEY), 0);
    struct hss_state s = state_of(&r, ALICE);
    CU_ASSERT_TRUE(s.registration == HSS_NOT_REGISTERED && s.s_cscf == 0);
    CU_ASSERT_EQUAL(s.auth_pending, r.peer[S_CSCF1].host + 1);

    a = ask(&r, I_CSCF, uar(&r, ALICE, USER_AUTH_REGISTRATION));
    CU_ASSERT_TRUE(is_experimental(a, DIA_CX_SUBSEQUENT_REGISTRATION));
    CU_ASSERT_EQUAL(a->server, r.peer[S_CSCF1].host + 1);

    a = ask(&r, S_CSCF1, sar(&r, ALICE, S_CSCF1, ASSIGN_REGISTRATION));
    CU_ASSERT_TRUE(is_base(a, DIA_SUCCESS));
    const struct dia_SAA *b = dia_body(a, SAA);
    CU_ASSERT_TRUE(IE_HAS(b, profile));
    CU_ASSERT_TRUE(b->profile.n_identities == 1 && b->profile.identity[0] == ALICE);
    CU_ASSERT_TRUE(b->profile.n_criteria == 2 && b->profile.criterion[1].priority == 2);
    s = state_of(&r, ALICE);
    CU_ASSERT_TRUE(s.registration == HSS_REGISTERED && s.auth_pending == 0);

    a = locate(&r, ALICE);
    CU_ASSERT_TRUE(is_base(a, DIA_SUCCESS));
    CU_ASSERT_EQUAL(a->server, r.peer[S_CSCF1].host + 1);
    rig_clear(&r);
}

/* Re-registration: UAR tells the S-CSCF, SAR without profile when the S-CSCF has it. One card that serves LTE
 * and IMS takes the vectors of both as they come. */
void test_hss_reregistration(void)
{
    struct aka_usim usim = {0};
    struct aka_answer answer;
    struct rig r;

    rig_with(&r, full_service);
    register_at(&r, ALICE, S_CSCF1);
    const struct dia_msg *a = ask(&r, I_CSCF, uar(&r, ALICE, -1));
    CU_ASSERT_TRUE(is_experimental(a, DIA_CX_SUBSEQUENT_REGISTRATION));
    CU_ASSERT_EQUAL(a->server, r.peer[S_CSCF1].host + 1);
    struct dia_msg *m = sar(&r, ALICE, S_CSCF1, ASSIGN_RE_REGISTRATION);
    dia_body(m, SAR)->data_available = USER_DATA_AVAILABLE;
    a = ask(&r, S_CSCF1, m);
    CU_ASSERT_TRUE(is_base(a, DIA_SUCCESS));
    CU_ASSERT_FALSE(IE_HAS(&a->body.SAA, profile));
    for (unsigned i = 0; i < 3; i++) {
        const struct ie_eps_vector *e = &vectors_of(ask(&r, MME1, air(&r, epc_imsi(ALICE))))->item[0];
        CU_ASSERT_EQUAL(card(&usim, ALICE, &e->rand, &e->autn, &answer), AKA_ACCEPTED);
        const struct ie_sip_auth *v = auth_of(ask(&r, S_CSCF1, mar(&r, ALICE, S_CSCF1, AUTH_UNKNOWN)));
        CU_ASSERT_EQUAL(card(&usim, ALICE, &v->rand, &v->autn, &answer), AKA_ACCEPTED);
    }
    CU_ASSERT_EQUAL(state_of(&r, ALICE).registration, HSS_REGISTERED);
    rig_clear(&r);
}

/* 5001, 5002, 5003, 5004, and who is allowed to roam. */
void test_hss_uar_refused(void)
{
    struct rig r;

    rig_with(&r, NULL);
    hss_subscribe(r.hss, BOB, 0, NULL);
    CU_ASSERT_TRUE(is_experimental(ask(&r, I_CSCF, uar(&r, STRANGER, -1)), DIA_ERROR_USER_UNKNOWN));
    CU_ASSERT_TRUE(is_experimental(ask(&r, S_CSCF1, mar(&r, STRANGER, S_CSCF1, 0)), DIA_ERROR_USER_UNKNOWN));
    CU_ASSERT_TRUE(is_experimental(locate(&r, STRANGER), DIA_ERROR_USER_UNKNOWN));

    struct dia_msg *m = uar(&r, ALICE, -1);
    dia_body(m, UAR)->user_name = BOB;
    CU_ASSERT_TRUE(is_experimental(ask(&r, I_CSCF, m), DIA_ERROR_IDENTITIES_DONT_MATCH));
    m = mar(&r, ALICE, S_CSCF1, AUTH_AKA);
    dia_body(m, MAR)->user_name = BOB;
    CU_ASSERT_TRUE(is_experimental(ask(&r, S_CSCF1, m), DIA_ERROR_IDENTITIES_DONT_MATCH));
    m = sar(&r, ALICE, S_CSCF1, ASSIGN_REGISTRATION);
    dia_body(m, SAR)->user_name = BOB;
    CU_ASSERT_TRUE(is_experimental(ask(&r, S_CSCF1, m), DIA_ERROR_IDENTITIES_DONT_MATCH));

    m = uar(&r, ALICE, USER_AUTH_REGISTRATION);
    dia_body(m, UAR)->visited_network = r.abroad;
    CU_ASSERT_TRUE(is_experimental(ask(&r, I_CSCF, m), DIA_ERROR_ROAMING_NOT_ALLOWED));
    m = uar(&r, ALICE, USER_AUTH_REGISTRATION_AND_CAPABILITIES);
    dia_body(m, UAR)->visited_network = r.abroad;
    CU_ASSERT_TRUE(is_experimental(ask(&r, I_CSCF, m), DIA_ERROR_ROAMING_NOT_ALLOWED));

    CU_ASSERT_TRUE(is_experimental(ask(&r, I_CSCF, uar(&r, ALICE, USER_AUTH_DE_REGISTRATION)),
                                   DIA_ERROR_IDENTITY_NOT_REGISTERED));
    CU_ASSERT_TRUE(is_experimental(locate(&r, ALICE), DIA_ERROR_IDENTITY_NOT_REGISTERED));
    CU_ASSERT_EQUAL(state_of(&r, ALICE).registration, HSS_NOT_REGISTERED);
    rig_clear(&r);

    rig_with(&r, rig_may_roam);
    m = uar(&r, ALICE, -1);
    dia_body(m, UAR)->visited_network = r.abroad;
    const struct dia_msg *a = ask(&r, I_CSCF, m);
    CU_ASSERT_TRUE(is_experimental(a, DIA_CX_FIRST_REGISTRATION));
    CU_ASSERT_FALSE(IE_HAS(&a->body.UAA, capabilities)); /* the group asks for none: any S-CSCF will do */
    rig_clear(&r);
}

static void given_server(const struct rig *r, struct hss_group *g)
{
    full_service(r, g);
    g->s_cscf = r->peer[S_CSCF2].host + 1;
}

/* A group that has its S-CSCF is told its name at once; and at any time the I-CSCF may ask for capabilities,
 * to choose anew. */
void test_hss_uar_given_server(void)
{
    struct rig r;

    rig_with(&r, given_server);
    const struct dia_msg *a = ask(&r, I_CSCF, uar(&r, ALICE, -1));
    CU_ASSERT_TRUE(is_experimental(a, DIA_CX_FIRST_REGISTRATION));
    CU_ASSERT_EQUAL(a->server, r.peer[S_CSCF2].host + 1);
    CU_ASSERT_FALSE(IE_HAS(&a->body.UAA, capabilities));
    register_at(&r, ALICE, S_CSCF2);
    a = ask(&r, I_CSCF, uar(&r, ALICE, USER_AUTH_REGISTRATION_AND_CAPABILITIES));
    CU_ASSERT_TRUE(is_base(a, DIA_SUCCESS));
    CU_ASSERT_TRUE(IE_HAS(&a->body.UAA, capabilities));
    CU_ASSERT_EQUAL(a->body.UAA.capabilities.n_mandatory, 2);
    rig_clear(&r);
}

static uint32_t set_of(const struct dia_msg *uaa)
{
    const struct ie_capabilities *c = &dia_body(uaa, UAA)->capabilities;
    uint32_t set = 0;
    for (unsigned i = 0; i < c->n_mandatory; i++)
        set |= 1u << c->mandatory[i];
    return set;
}

/* The seed's servers {3,4,5}, {1,2,3,4,5}, {1,2,3}: what the HSS says of three groups of users, {1,2}, {3,5}
 * and {1,5}, fits servers 2 and 3, 1 and 2, and 2 alone. */
void test_hss_capabilities_of_the_seed(void)
{
    static const uint32_t server[3] = {0x38, 0x3e, 0x0e}; /* bit per capability */
    static const struct {
        uint8_t mandatory[2];
        unsigned fits; /* bit per server */
    } users[3] = {
        {{1, 2}, 6},
        {{3, 5}, 3},
        {{1, 5}, 2},
    };
    struct hss_group g;
    struct rig r;

    rig_init(&r, 1);
    for (uint32_t i = 0; i < 3; i++) {
        hss_group_init(&g);
        g.capabilities.n_mandatory = 2;
        memcpy(g.capabilities.mandatory, users[i].mandatory, 2);
        hss_subscribe(r.hss, i, hss_add_group(r.hss, &g), NULL);
    }
    for (uint32_t i = 0; i < 3; i++) {
        uint32_t needs = set_of(ask(&r, I_CSCF, uar(&r, i, -1)));
        unsigned fits = 0;
        for (unsigned k = 0; k < 3; k++)
            fits |= ((needs & ~server[k]) == 0 ? 1u : 0u) << k;
        CU_ASSERT_EQUAL(fits, users[i].fits);
    }
    rig_clear(&r);
}

/* ---- Cx: authentication ---------------------------------------------------------------------- */

static struct dia_msg *mar_auts(struct rig *r, unsigned s_cscf, const struct ie_block *rand,
                                const uint8_t *auts)
{
    struct dia_msg *m = mar(r, ALICE, s_cscf, AUTH_AKA);
    struct ie_sip_auth *auth = &dia_body(m, MAR)->auth;
    auth->has_resync = true;
    auth->rand = *rand;
    auth->auts.n = AKA_AUTS;
    memcpy(auth->auts.b, auts, AKA_AUTS);
    return m;
}

/* MAR | MAA | the card: AUTS | MAR with RAND and AUTS | MAA that the card accepts. Only the S-CSCF that got
 * the refused vector may ask, and only with what the card said. */
void test_hss_mar_resynchronisation(void)
{
    struct aka_usim usim = {0};
    struct aka_answer answer;
    struct rig r;

    rig_with(&r, NULL);
    CU_ASSERT_TRUE(aka_usim_accept(&usim, aka_sqn(900, 0)));
    struct ie_sip_auth v = *auth_of(ask(&r, S_CSCF1, mar(&r, ALICE, S_CSCF1, AUTH_AKA)));
    CU_ASSERT_EQUAL(card(&usim, ALICE, &v.rand, &v.autn, &answer), AKA_SYNC_FAILURE);
    CU_ASSERT_TRUE(
        is_base(ask(&r, S_CSCF2, mar_auts(&r, S_CSCF2, &v.rand, answer.auts)), DIA_UNABLE_TO_COMPLY));
    CU_ASSERT_TRUE(
        is_base(ask(&r, S_CSCF1, mar_auts(&r, S_CSCF1, &v.autn, answer.auts)), DIA_UNABLE_TO_COMPLY));
    CU_ASSERT_EQUAL(aka_seq(state_of(&r, ALICE).sqn), 1);
    const struct dia_msg *a = ask(&r, S_CSCF1, mar_auts(&r, S_CSCF1, &v.rand, answer.auts));
    CU_ASSERT_TRUE(is_base(a, DIA_SUCCESS));
    v = dia_body(a, MAA)->auth;
    CU_ASSERT_EQUAL(card(&usim, ALICE, &v.rand, &v.autn, &answer), AKA_ACCEPTED);
    CU_ASSERT_EQUAL(memcmp(answer.res, v.xres.b, AKA_RES), 0);
    rig_clear(&r);
}

static void fixed_line_sha256(const struct rig *r, struct hss_group *g)
{
    rig_fixed_line(r, g);
    g->algorithm = DIGEST_SHA256;
}

static void check_digest(void (*group)(const struct rig *, struct hss_group *), GChecksumType hash)
{
    uint8_t expected[32];
    gsize length = sizeof expected;
    GChecksum *sum = g_checksum_new(hash);
    struct rig r;

    g_checksum_update(sum, (const guchar *)"alice@home1.net:home1.net:secret", -1);
    g_checksum_get_digest(sum, expected, &length);
    rig_with(&r, group);
    const struct dia_msg *a = ask(&r, S_CSCF1, mar(&r, ALICE, S_CSCF1, AUTH_DIGEST));
    CU_ASSERT_TRUE(is_base(a, DIA_SUCCESS));
    const struct ie_sip_auth *auth = &dia_body(a, MAA)->auth;
    CU_ASSERT_TRUE(auth->scheme == AUTH_DIGEST && auth->has_digest && !auth->has_vector);
    CU_ASSERT_EQUAL(auth->algorithm == DIGEST_SHA256, hash == G_CHECKSUM_SHA256);
    CU_ASSERT_EQUAL(auth->realm, r.home);
    CU_ASSERT_EQUAL(memcmp(auth->ha1, expected, length), 0);
    CU_ASSERT_EQUAL(state_of(&r, ALICE).sqn, 0);
    CU_ASSERT_EQUAL(state_of(&r, ALICE).auth_pending, r.peer[S_CSCF1].host + 1);
    rig_clear(&r);
    g_checksum_free(sum);
}

/* The seed's fixed lines: H(A1), not the password, and no SQN is used. */
void test_hss_mar_digest(void)
{
    check_digest(rig_fixed_line, G_CHECKSUM_MD5);
    check_digest(fixed_line_sha256, G_CHECKSUM_SHA256);
}

/* Who has a password has no AKA, and the other way round; a scheme left open is answered with what there is.
 */
void test_hss_mar_scheme(void)
{
    static const uint8_t auts[AKA_AUTS];
    static const struct ie_block rand;
    struct rig r;

    rig_with(&r, NULL);
    CU_ASSERT_TRUE(is_experimental(ask(&r, S_CSCF1, mar(&r, ALICE, S_CSCF1, AUTH_DIGEST)),
                                   DIA_ERROR_SCHEME_NOT_SUPPORTED));
    CU_ASSERT_EQUAL(state_of(&r, ALICE).auth_pending, 0);
    rig_clear(&r);

    rig_with(&r, rig_fixed_line);
    CU_ASSERT_TRUE(
        is_experimental(ask(&r, S_CSCF1, mar(&r, ALICE, S_CSCF1, AUTH_AKA)), DIA_ERROR_SCHEME_NOT_SUPPORTED));
    CU_ASSERT_TRUE(is_experimental(ask(&r, S_CSCF1, mar_auts(&r, S_CSCF1, &rand, auts)),
                                   DIA_ERROR_SCHEME_NOT_SUPPORTED));
    const struct dia_msg *a = ask(&r, S_CSCF1, mar(&r, ALICE, S_CSCF1, AUTH_UNKNOWN));
    CU_ASSERT_EQUAL(dia_body(a, MAA)->auth.scheme, AUTH_DIGEST);
    rig_clear(&r);
}

/* MAR | MAA | SAR (AUTHENTICATION_FAILURE or _TIMEOUT) | SAA: as if nothing had been, also for a user who is
 * registered. From an S-CSCF that authenticates nobody it is refused. */
void test_hss_failed_authentication(void)
{
    struct rig r;

    rig_with(&r, NULL);
    ask(&r, S_CSCF1, mar(&r, ALICE, S_CSCF1, AUTH_AKA));
    CU_ASSERT_TRUE(is_base(ask(&r, S_CSCF2, sar(&r, ALICE, S_CSCF2, ASSIGN_AUTHENTICATION_FAILURE)),
                           DIA_UNABLE_TO_COMPLY));
    CU_ASSERT_NOT_EQUAL(state_of(&r, ALICE).auth_pending, 0);
    CU_ASSERT_TRUE(
        is_base(ask(&r, S_CSCF1, sar(&r, ALICE, S_CSCF1, ASSIGN_AUTHENTICATION_TIMEOUT)), DIA_SUCCESS));
    CU_ASSERT_TRUE(is_experimental(ask(&r, I_CSCF, uar(&r, ALICE, -1)), DIA_CX_FIRST_REGISTRATION));
    register_at(&r, ALICE, S_CSCF1);
    ask(&r, S_CSCF1, mar(&r, ALICE, S_CSCF1, AUTH_AKA));
    const struct dia_msg *a = ask(&r, S_CSCF1, sar(&r, ALICE, S_CSCF1, ASSIGN_AUTHENTICATION_FAILURE));
    CU_ASSERT_TRUE(is_base(a, DIA_SUCCESS));
    CU_ASSERT_FALSE(IE_HAS(&a->body.SAA, profile));
    CU_ASSERT_EQUAL(state_of(&r, ALICE).registration, HSS_REGISTERED);
    CU_ASSERT_EQUAL(state_of(&r, ALICE).auth_pending, 0);
    rig_clear(&r);
}

/* The user is registered at S-CSCF1, which does not answer any more; S-CSCF2 authenticates it. Until that is
 * done, calls go to S-CSCF1 and the answer to the challenge to S-CSCF2; then S-CSCF1 gets RTR
 * (NEW_SERVER_ASSIGNED), and its answer does not end the new registration. An S-CSCF that did not
 * authenticate the user gets nothing. */
void test_hss_another_server(void)
{
    struct rig r;

    rig_with(&r, NULL);
    register_at(&r, ALICE, S_CSCF1);
    unsigned got = r.peer[S_CSCF1].got;
    CU_ASSERT_TRUE(
        is_base(ask(&r, S_CSCF2, sar(&r, ALICE, S_CSCF2, ASSIGN_REGISTRATION)), DIA_UNABLE_TO_COMPLY));
    ask(&r, S_CSCF2, mar(&r, ALICE, S_CSCF2, AUTH_AKA));
    CU_ASSERT_EQUAL(locate(&r, ALICE)->server, r.peer[S_CSCF1].host + 1);
    CU_ASSERT_EQUAL(ask(&r, I_CSCF, uar(&r, ALICE, -1))->server, r.peer[S_CSCF2].host + 1);
    CU_ASSERT_TRUE(is_base(ask(&r, S_CSCF2, sar(&r, ALICE, S_CSCF2, ASSIGN_REGISTRATION)), DIA_SUCCESS));
    CU_ASSERT_EQUAL(r.peer[S_CSCF1].got, got + 1);
    const struct dia_msg *rtr = r.peer[S_CSCF1].last;
    CU_ASSERT_EQUAL(dia_body(rtr, RTR)->reason, DEREG_NEW_SERVER);
    CU_ASSERT_EQUAL(dia_body(rtr, RTR)->user_name, ALICE);
    CU_ASSERT_EQUAL(locate(&r, ALICE)->server, r.peer[S_CSCF2].host + 1);
    CU_ASSERT_EQUAL(state_of(&r, ALICE).registration, HSS_REGISTERED);
    rig_clear(&r);
}

/* ---- Cx: leaving ----------------------------------------------------------------------------- */

/* UAR (DE_REGISTRATION) | UAA the S-CSCF; SAR (USER_DEREGISTRATION) | SAA; nobody has the user then. A
 * timeout and the operator's wish do the same; another S-CSCF may not. */
void test_hss_deregistration_by_user(void)
{
    static const uint32_t ways[] = {ASSIGN_USER_DEREGISTRATION, ASSIGN_TIMEOUT_DEREGISTRATION,
                                    ASSIGN_ADMINISTRATIVE_DEREGISTRATION};
    struct rig r;

    rig_with(&r, NULL);
    for (unsigned i = 0; i < G_N_ELEMENTS(ways); i++) {
        register_at(&r, ALICE, S_CSCF1);
        struct dia_msg *m = uar(&r, ALICE, USER_AUTH_DE_REGISTRATION);
        dia_body(m, UAR)->visited_network = r.abroad; /* who leaves may do so from anywhere */
        const struct dia_msg *a = ask(&r, I_CSCF, m);
        CU_ASSERT_TRUE(is_base(a, DIA_SUCCESS));
        CU_ASSERT_EQUAL(a->server, r.peer[S_CSCF1].host + 1);
        CU_ASSERT_TRUE(is_base(ask(&r, S_CSCF2, sar(&r, ALICE, S_CSCF2, ways[i])), DIA_UNABLE_TO_COMPLY));
        a = ask(&r, S_CSCF1, sar(&r, ALICE, S_CSCF1, ways[i]));
        CU_ASSERT_TRUE(is_base(a, DIA_SUCCESS));
        CU_ASSERT_FALSE(IE_HAS(&a->body.SAA, profile));
        CU_ASSERT_EQUAL(state_of(&r, ALICE).registration, HSS_NOT_REGISTERED);
        CU_ASSERT_EQUAL(state_of(&r, ALICE).s_cscf, 0);
        CU_ASSERT_TRUE(is_experimental(locate(&r, ALICE), DIA_ERROR_IDENTITY_NOT_REGISTERED));
    }
    rig_clear(&r);
}

/* The S-CSCF asks to stay: yes for a user with services while unregistered, else NAME_NOT_STORED. */
void test_hss_store_server_name(void)
{
    struct rig r;

    rig_with(&r, full_service);
    register_at(&r, ALICE, S_CSCF1);
    CU_ASSERT_TRUE(is_base(ask(&r, S_CSCF2, sar(&r, ALICE, S_CSCF2, ASSIGN_USER_DEREGISTRATION_STORE)),
                           DIA_UNABLE_TO_COMPLY));
    CU_ASSERT_TRUE(
        is_base(ask(&r, S_CSCF1, sar(&r, ALICE, S_CSCF1, ASSIGN_USER_DEREGISTRATION_STORE)), DIA_SUCCESS));
    CU_ASSERT_EQUAL(state_of(&r, ALICE).registration, HSS_UNREGISTERED);
    CU_ASSERT_EQUAL(locate(&r, ALICE)->server, r.peer[S_CSCF1].host + 1);
    const struct dia_msg *a = ask(&r, I_CSCF, uar(&r, ALICE, -1));
    CU_ASSERT_TRUE(is_experimental(a, DIA_CX_SUBSEQUENT_REGISTRATION));
    rig_clear(&r);

    rig_with(&r, NULL);
    register_at(&r, ALICE, S_CSCF1);
    CU_ASSERT_TRUE(
        is_experimental(ask(&r, S_CSCF1, sar(&r, ALICE, S_CSCF1, ASSIGN_TIMEOUT_DEREGISTRATION_STORE)),
                        DIA_CX_NAME_NOT_STORED));
    CU_ASSERT_EQUAL(state_of(&r, ALICE).s_cscf, 0);
    rig_clear(&r);
}

/* A call for a user who is not registered but has services then: LIR | LIA (UNREGISTERED_SERVICE,
 * capabilities), SAR (UNREGISTERED_USER) | SAA profile, and LIR finds the S-CSCF. A registered user cannot be
 * taken that way. */
void test_hss_unregistered_service(void)
{
    struct rig r;

    rig_with(&r, full_service);
    const struct dia_msg *a = locate(&r, ALICE);
    CU_ASSERT_TRUE(is_experimental(a, DIA_CX_UNREGISTERED_SERVICE));
    CU_ASSERT_EQUAL(a->server, 0);
    CU_ASSERT_TRUE(IE_HAS(&a->body.LIA, capabilities));
    CU_ASSERT_EQUAL(a->body.LIA.capabilities.n_mandatory, 2);
    a = ask(&r, S_CSCF2, sar(&r, ALICE, S_CSCF2, ASSIGN_UNREGISTERED_USER));
    CU_ASSERT_TRUE(is_base(a, DIA_SUCCESS));
    CU_ASSERT_TRUE(IE_HAS(&a->body.SAA, profile));
    CU_ASSERT_EQUAL(state_of(&r, ALICE).registration, HSS_UNREGISTERED);
    CU_ASSERT_TRUE(
        is_base(ask(&r, S_CSCF1, sar(&r, ALICE, S_CSCF1, ASSIGN_UNREGISTERED_USER)), DIA_UNABLE_TO_COMPLY));
    a = locate(&r, ALICE);
    CU_ASSERT_TRUE(is_base(a, DIA_SUCCESS));
    CU_ASSERT_EQUAL(a->server, r.peer[S_CSCF2].host + 1);
    register_at(&r, ALICE, S_CSCF2);
    CU_ASSERT_TRUE(
        is_base(ask(&r, S_CSCF2, sar(&r, ALICE, S_CSCF2, ASSIGN_UNREGISTERED_USER)), DIA_UNABLE_TO_COMPLY));
    CU_ASSERT_EQUAL(state_of(&r, ALICE).registration, HSS_REGISTERED);
    rig_clear(&r);

    rig_with(&r, given_server);
    a = locate(&r, ALICE);
    CU_ASSERT_TRUE(is_experimental(a, DIA_CX_UNREGISTERED_SERVICE));
    CU_ASSERT_EQUAL(a->server, r.peer[S_CSCF2].host + 1);
    rig_clear(&r);
}

/* NO_ASSIGNMENT only fetches the profile, and only for the S-CSCF that has the user. */
void test_hss_no_assignment(void)
{
    struct rig r;

    rig_with(&r, full_service);
    CU_ASSERT_TRUE(is_base(ask(&r, S_CSCF1, sar(&r, ALICE, S_CSCF1, ASSIGN_NONE)), DIA_UNABLE_TO_COMPLY));
    register_at(&r, ALICE, S_CSCF1);
    struct dia_msg *m = sar(&r, ALICE, S_CSCF1, ASSIGN_NONE);
    m->server = 0; /* the sender itself is meant */
    const struct dia_msg *a = ask(&r, S_CSCF1, m);
    CU_ASSERT_TRUE(is_base(a, DIA_SUCCESS));
    CU_ASSERT_EQUAL(dia_body(a, SAA)->profile.n_criteria, 2);
    rig_clear(&r);
}

/* The operator ends a registration: RTR -> S-CSCF | <- RTA, then nobody has the user. Nothing is sent for a
 * user without S-CSCF, or an unknown one. */
void test_hss_rtr(void)
{
    struct rig r;

    rig_with(&r, NULL);
    CU_ASSERT_FALSE(hss_deregister(r.hss, ALICE, DEREG_PERMANENT));
    CU_ASSERT_FALSE(hss_deregister(r.hss, STRANGER, DEREG_PERMANENT));
    register_at(&r, ALICE, S_CSCF1);
    CU_ASSERT_TRUE(hss_deregister(r.hss, ALICE, DEREG_REMOVE_S_CSCF));
    CU_ASSERT_EQUAL(state_of(&r, ALICE).registration, HSS_REGISTERED);
    sim_run(r.sim, sim_now(r.sim) + 100 * SIM_MS);
    const struct dia_msg *rtr = r.peer[S_CSCF1].last;
    CU_ASSERT_EQUAL(dia_body(rtr, RTR)->reason, DEREG_REMOVE_S_CSCF);
    CU_ASSERT_EQUAL(dia_body(rtr, RTR)->user_name, ALICE);
    CU_ASSERT_EQUAL(rtr->party, ALICE);
    CU_ASSERT_EQUAL(rtr->to_host, r.peer[S_CSCF1].host + 1);
    CU_ASSERT_EQUAL(hss_contexts(r.hss), 0);
    CU_ASSERT_EQUAL(state_of(&r, ALICE).registration, HSS_NOT_REGISTERED);
    CU_ASSERT_TRUE(is_experimental(locate(&r, ALICE), DIA_ERROR_IDENTITY_NOT_REGISTERED));
    rig_clear(&r);
}

/* The S-CSCF is dead: the user is given up when the time for an answer is over, not a nanosecond before. */
void test_hss_rtr_without_answer(void)
{
    struct rig r;

    rig_with(&r, NULL);
    register_at(&r, ALICE, S_CSCF1);
    r.peer[S_CSCF1].silent = true;
    sim_time sent = sim_now(r.sim), wait = r.sip->timer[TIMER_DIAMETER_TX];
    CU_ASSERT_TRUE(hss_deregister(r.hss, ALICE, DEREG_PERMANENT));
    sim_run(r.sim, sent + wait - 1);
    CU_ASSERT_EQUAL(state_of(&r, ALICE).registration, HSS_REGISTERED);
    sim_run(r.sim, sent + wait);
    CU_ASSERT_EQUAL(state_of(&r, ALICE).registration, HSS_NOT_REGISTERED);
    CU_ASSERT_EQUAL(hss_contexts(r.hss), 0);
    rig_clear(&r);
}

/* Before the RTA comes, the user registers at another S-CSCF: that registration stays. */
void test_hss_rtr_late(void)
{
    struct rig r;

    rig_with(&r, NULL);
    register_at(&r, ALICE, S_CSCF1);
    r.peer[S_CSCF1].silent = true;
    hss_deregister(r.hss, ALICE, DEREG_PERMANENT);
    sim_run(r.sim, sim_now(r.sim) + 100 * SIM_MS);
    struct dia_msg *rta = dia_answer(r.dia, DIA_RTA, r.peer[S_CSCF1].last, DIA_SUCCESS);
    r.peer[S_CSCF1].silent = false;
    register_at(&r, ALICE, S_CSCF2);
    peer_send(&r.peer[S_CSCF1], rta);
    sim_run(r.sim, sim_now(r.sim) + 100 * SIM_MS);
    CU_ASSERT_EQUAL(state_of(&r, ALICE).registration, HSS_REGISTERED);
    CU_ASSERT_EQUAL(state_of(&r, ALICE).s_cscf, r.peer[S_CSCF2].host + 1);
    rig_clear(&r);
}

/* A subscriber put where it would be after attach and registration is, field by field, one that did both. */
void test_hss_warm_state(void)
{
    struct hss_state cold, warm;
    struct rig r;

    uint32_t group = rig_with(&r, NULL);
    ask(&r, MME1, air(&r, epc_imsi(ALICE)));
    ask(&r, MME1, ulr(&r, epc_imsi(ALICE), epc_plmn()));
    register_at(&r, ALICE, S_CSCF1);
    cold = state_of(&r, ALICE);
    hss_subscribe(r.hss, 100000, group,
                  &(struct hss_state){.registration = HSS_REGISTERED,
                                      .s_cscf = r.peer[S_CSCF1].host + 1,
                                      .mme = r.peer[MME1].node,
                                      .mme_host = r.peer[MME1].host + 1,
                                      .sqn = aka_sqn_next(aka_sqn_next(0))});
    warm = state_of(&r, 100000);
    CU_ASSERT_EQUAL(cold.registration, warm.registration);
    CU_ASSERT_EQUAL(cold.s_cscf, warm.s_cscf);
    CU_ASSERT_EQUAL(cold.auth_pending, warm.auth_pending);
    CU_ASSERT_PTR_EQUAL(cold.mme, warm.mme);
    CU_ASSERT_EQUAL(cold.mme_host, warm.mme_host);
    CU_ASSERT_EQUAL(cold.sqn, warm.sqn);
    CU_ASSERT_FALSE(hss_look_up(r.hss, 99999, &warm));
    CU_ASSERT_FALSE(hss_look_up(r.hss, UINT32_MAX, &warm));
    hss_provision(r.hss, ALICE, UINT32_MAX);
    CU_ASSERT_EQUAL(state_of(&r, ALICE).registration, HSS_NOT_REGISTERED);
    CU_ASSERT_EQUAL(state_of(&r, ALICE).sqn, cold.sqn);
    hss_provision(r.hss, CARA, r.peer[S_CSCF2].host);
    CU_ASSERT_EQUAL(locate(&r, CARA)->server, r.peer[S_CSCF2].host + 1);
    rig_clear(&r);
}
