/* test_hss.c - keys of subscribers, and the HSS on S6a: vectors, locations (models/hss; peers: hss_rig.h). */
#include "tests/flow/hss_rig.h"

/* ---- keys ------------------------------------------------------------------------------------ */

/* AES-128 of zeros under a key of zeros is a published value (FIPS 197 implementations' known answers), so
 * the K of party 0 in a group with such a key is known; other parties, groups and operators give other keys.
 */
void test_hss_keys(void)
{
    static const uint8_t zero[16] = {0x66, 0xe9, 0x4b, 0xd4, 0xef, 0x8a, 0x2c, 0x3b,
                                     0x88, 0x4c, 0xfa, 0x59, 0xca, 0x34, 0x2b, 0x2e};
    struct hss_secret s = {0};
    uint8_t k[16], opc[16], k1[16], opc1[16], expected[16];

    hss_secret_keys(&s, 0, k, opc);
    CU_ASSERT_EQUAL(memcmp(k, zero, 16), 0);
    milenage_opc(k, s.op, expected);
    CU_ASSERT_EQUAL(memcmp(opc, expected, 16), 0);
    hss_secret_keys(&s, 1u << 24, k1, opc1);
    CU_ASSERT_NOT_EQUAL(memcmp(k, k1, 16), 0);
    s.op[3] = 1;
    hss_secret_keys(&s, 0, k1, opc1);
    CU_ASSERT_EQUAL(memcmp(k, k1, 16), 0);
    CU_ASSERT_NOT_EQUAL(memcmp(opc, opc1, 16), 0);
    s = secret;
    s.own = true;
    hss_secret_keys(&s, 77, k, opc);
    CU_ASSERT_EQUAL(memcmp(k, secret.k, 16), 0);
    CU_ASSERT_EQUAL(memcmp(opc, secret.op, 16), 0);
}

/* ---- S6a: AIR -------------------------------------------------------------------------------- */

/* MME -> AIR | AIA ->: the card accepts, RES is XRES, and card and HSS have the same K_ASME. */
void test_hss_air_accepted_by_card(void)
{
    static const uint8_t plmn_001_01[AKA_SN_ID] = {0x00, 0xf1, 0x10};
    struct aka_usim usim = {0};
    struct aka_answer answer;
    uint8_t kasme[AKA_KASME];
    struct rig r;

    rig_with(&r, NULL);
    const struct dia_msg *a = ask(&r, MME1, air(&r, epc_imsi(ALICE)));
    CU_ASSERT_TRUE(is_base(a, DIA_SUCCESS));
    const struct ie_eps_vectors *list = &dia_body(a, AIA)->vectors;
    const struct ie_eps_vector *v = &list->item[0];
    CU_ASSERT_TRUE(IE_HAS(&a->body.AIA, vectors));
    CU_ASSERT_EQUAL(list->n, 1);
    CU_ASSERT_EQUAL(aka_amf(v->autn.b), AKA_AMF_EPS);
    CU_ASSERT_EQUAL(card(&usim, ALICE, &v->rand, &v->autn, &answer), AKA_ACCEPTED);
    CU_ASSERT_EQUAL(v->xres.n, AKA_RES);
    CU_ASSERT_EQUAL(memcmp(answer.res, v->xres.b, AKA_RES), 0);
    aka_kasme(answer.ck, answer.ik, plmn_001_01, v->autn.b, kasme);
    CU_ASSERT_EQUAL(memcmp(kasme, v->kasme.b, AKA_KASME), 0);
    CU_ASSERT_EQUAL(state_of(&r, ALICE).sqn, aka_sqn_next(0));
    rig_clear(&r);
}

/* Two vectors differ and the card takes both, in either order; the third request is a new one again. More
 * than a message holds are not given. */
void test_hss_air_two_vectors(void)
{
    struct aka_usim usim = {0};
    struct aka_answer answer;
    struct ie_eps_vectors list;
    struct rig r;

    rig_with(&r, NULL);
    struct dia_msg *m = air(&r, epc_imsi(ALICE));
    IE_PUT(dia_body(m, AIR), vectors) = 5;
    list = *vectors_of(ask(&r, MME1, m));
    CU_ASSERT_EQUAL(list.n, IE_MAX_VECTORS);
    CU_ASSERT_NOT_EQUAL(memcmp(list.item[0].rand.b, list.item[1].rand.b, AKA_RAND), 0);
    CU_ASSERT_EQUAL(card(&usim, ALICE, &list.item[1].rand, &list.item[1].autn, &answer), AKA_ACCEPTED);
    CU_ASSERT_EQUAL(card(&usim, ALICE, &list.item[0].rand, &list.item[0].autn, &answer), AKA_ACCEPTED);
    CU_ASSERT_EQUAL(card(&usim, ALICE, &list.item[0].rand, &list.item[0].autn, &answer), AKA_SYNC_FAILURE);
    list = *vectors_of(ask(&r, MME1, air(&r, epc_imsi(ALICE))));
    CU_ASSERT_EQUAL(card(&usim, ALICE, &list.item[0].rand, &list.item[0].autn, &answer), AKA_ACCEPTED);
    rig_clear(&r);
}

/* Another subscriber's card calls it a MAC failure. */
void test_hss_air_wrong_key(void)
{
    struct aka_usim usim = {0};
    struct aka_answer answer;
    struct rig r;

    rig_with(&r, NULL);
    const struct ie_eps_vector *v = &vectors_of(ask(&r, MME1, air(&r, epc_imsi(ALICE))))->item[0];
    CU_ASSERT_EQUAL(card(&usim, BOB, &v->rand, &v->autn, &answer), AKA_MAC_FAILURE);
    CU_ASSERT_EQUAL(card(&usim, ALICE, &v->rand, &v->autn, &answer), AKA_ACCEPTED);
    rig_clear(&r);
}

/* The card of a restored subscriber is far ahead of the HSS: AIR | AIA | the card: AUTS | AIR with RAND and
 * AUTS | AIA, which the card accepts. An AUTS that another card made, or a short one, changes nothing. */
void test_hss_air_resynchronisation(void)
{
    struct aka_usim usim = {0};
    struct aka_answer answer, other;
    struct rig r;

    rig_with(&r, NULL);
    CU_ASSERT_TRUE(aka_usim_accept(&usim, aka_sqn(5000, 3)));
    struct ie_eps_vector v = vectors_of(ask(&r, MME1, air(&r, epc_imsi(ALICE))))->item[0];
    CU_ASSERT_EQUAL(card(&usim, ALICE, &v.rand, &v.autn, &answer), AKA_SYNC_FAILURE);

    struct dia_msg *m = air(&r, epc_imsi(ALICE));
    struct ie_resync *resync = &IE_PUT(dia_body(m, AIR), resync);
    *resync = (struct ie_resync){.rand = v.rand, .auts = {.n = AKA_AUTS}};
    memcpy(resync->auts.b, answer.auts, AKA_AUTS);
    resync->auts.b[13] ^= 1;
    CU_ASSERT_TRUE(is_base(ask(&r, MME1, m), DIA_UNABLE_TO_COMPLY));
    m = air(&r, epc_imsi(ALICE));
    IE_PUT(dia_body(m, AIR), resync) = (struct ie_resync){.rand = v.rand, .auts = {.n = 3}};
    CU_ASSERT_TRUE(is_base(ask(&r, MME1, m), DIA_UNABLE_TO_COMPLY));
    CU_ASSERT_EQUAL(state_of(&r, ALICE).sqn, aka_sqn_next(0));

    m = air(&r, epc_imsi(ALICE));
    resync = &IE_PUT(dia_body(m, AIR), resync);
    *resync = (struct ie_resync){.rand = v.rand, .auts = {.n = AKA_AUTS}};
    memcpy(resync->auts.b, answer.auts, AKA_AUTS);
    v = vectors_of(ask(&r, MME1, m))->item[0];
    CU_ASSERT_EQUAL(aka_seq(state_of(&r, ALICE).sqn), 5001);
    CU_ASSERT_EQUAL(card(&usim, ALICE, &v.rand, &v.autn, &other), AKA_ACCEPTED);
    CU_ASSERT_EQUAL(memcmp(other.res, v.xres.b, AKA_RES), 0);
    rig_clear(&r);
}

/* Unknown users, whatever is asked about them; a number that is no IMSI of ours; a fixed line, which has no
 * EPS; a PLMN that has no code. */
void test_hss_air_refused(void)
{
    struct rig r;

    hss_subscribe((rig_with(&r, NULL), r.hss), BOB, 0, NULL);
    CU_ASSERT_TRUE(is_experimental(ask(&r, MME1, air(&r, epc_imsi(STRANGER))), DIA_S6A_USER_UNKNOWN));
    CU_ASSERT_TRUE(is_experimental(ask(&r, MME1, air(&r, epc_imsi(1000000))), DIA_S6A_USER_UNKNOWN));
    CU_ASSERT_TRUE(is_experimental(ask(&r, MME1, air(&r, 1)), DIA_S6A_USER_UNKNOWN));
    CU_ASSERT_TRUE(
        is_experimental(ask(&r, MME1, air(&r, EPC_IMSI_BASE + (UINT64_C(1) << 32))), DIA_S6A_USER_UNKNOWN));
    struct dia_msg *m = air(&r, epc_imsi(ALICE));
    dia_body(m, AIR)->plmn.mcc = 1001;
    CU_ASSERT_TRUE(is_base(ask(&r, MME1, m), DIA_UNABLE_TO_COMPLY));
    CU_ASSERT_EQUAL(state_of(&r, ALICE).sqn, 0);
    rig_clear(&r);

    rig_with(&r, rig_fixed_line);
    CU_ASSERT_TRUE(is_experimental(ask(&r, MME1, air(&r, epc_imsi(ALICE))), DIA_S6A_UNKNOWN_SUBSCRIPTION));
    CU_ASSERT_TRUE(
        is_experimental(ask(&r, MME1, ulr(&r, epc_imsi(ALICE), epc_plmn())), DIA_S6A_UNKNOWN_SUBSCRIPTION));
    rig_clear(&r);
}

static struct ie_block first_rand(uint64_t seed)
{
    struct rig r;
    rig_init(&r, seed);
    hss_subscribe(r.hss, ALICE, 0, NULL);
    struct ie_block rand = vectors_of(ask(&r, MME1, air(&r, epc_imsi(ALICE))))->item[0].rand;
    rig_clear(&r);
    return rand;
}

/* Same seed, same RAND; another seed, another one. */
void test_hss_rand_is_repeatable(void)
{
    struct ie_block once = first_rand(1), again = first_rand(1), other = first_rand(2);
    CU_ASSERT_EQUAL(memcmp(&once, &again, sizeof once), 0);
    CU_ASSERT_NOT_EQUAL(memcmp(&once, &other, sizeof once), 0);
}

/* ---- S6a: ULR, CLR, PUR ---------------------------------------------------------------------- */

/* MME -> ULR | ULA ->: the subscription of the group, and the number of the user; nothing of it when the MME
 * has it. */
void test_hss_ulr_subscription(void)
{
    struct rig r;

    rig_with(&r, NULL);
    const struct dia_msg *a = ask(&r, MME1, ulr(&r, epc_imsi(ALICE), epc_plmn()));
    CU_ASSERT_TRUE(is_base(a, DIA_SUCCESS));
    const struct dia_ULA *b = dia_body(a, ULA);
    const struct ie_subscription *s = &b->subscription;
    CU_ASSERT_TRUE(IE_HAS(b, flags) && IE_HAS(b, subscription));
    CU_ASSERT_EQUAL(s->msisdn, 12125551111);
    CU_ASSERT_EQUAL(s->n, 2);
    CU_ASSERT_EQUAL(s->default_id, 1);
    CU_ASSERT_STRING_EQUAL(s->apn[0].apn, "ims");
    CU_ASSERT_EQUAL(s->apn[0].qos.qci, 5);
    CU_ASSERT_STRING_EQUAL(s->apn[1].apn, "internet");
    CU_ASSERT_EQUAL(s->apn[1].qos.qci, 9);
    CU_ASSERT_PTR_EQUAL(state_of(&r, ALICE).mme, r.peer[MME1].node);
    struct dia_msg *m = ulr(&r, epc_imsi(ALICE), epc_plmn());
    dia_body(m, ULR)->flags = 1u << 2;
    a = ask(&r, MME1, m);
    CU_ASSERT_TRUE(is_base(a, DIA_SUCCESS));
    CU_ASSERT_FALSE(IE_HAS(&a->body.ULA, subscription));
    CU_ASSERT_EQUAL(r.peer[MME1].got, 2); /* no CLR for the MME that has it anyway */
    rig_clear(&r);
}

void test_hss_ulr_refused(void)
{
    struct ie_plmn abroad = {.mcc = 2, .mnc = 1, .mnc_digits = 2};
    struct rig r;

    rig_with(&r, NULL);
    CU_ASSERT_TRUE(is_experimental(ask(&r, MME1, ulr(&r, epc_imsi(BOB), epc_plmn())), DIA_S6A_USER_UNKNOWN));
    CU_ASSERT_TRUE(
        is_experimental(ask(&r, MME1, ulr(&r, epc_imsi(ALICE), abroad)), DIA_S6A_ROAMING_NOT_ALLOWED));
    CU_ASSERT_PTR_NULL(state_of(&r, ALICE).mme);
    rig_clear(&r);

    rig_with(&r, rig_may_roam);
    CU_ASSERT_TRUE(is_base(ask(&r, MME1, ulr(&r, epc_imsi(ALICE), abroad)), DIA_SUCCESS));
    rig_clear(&r);
}

/* MME1 -> ULR | ULA. MME2 -> ULR | CLR -> MME1 | ULA -> MME2; MME1 -> CLA. */
void test_hss_ulr_moves_the_phone(void)
{
    struct rig r;

    rig_with(&r, NULL);
    ask(&r, MME1, ulr(&r, epc_imsi(ALICE), epc_plmn()));
    CU_ASSERT_TRUE(is_base(ask(&r, MME2, ulr(&r, epc_imsi(ALICE), epc_plmn())), DIA_SUCCESS));
    CU_ASSERT_EQUAL(r.peer[MME1].got, 2);
    const struct dia_msg *clr = r.peer[MME1].last;
    CU_ASSERT_EQUAL(dia_body(clr, CLR)->imsi, epc_imsi(ALICE));
    CU_ASSERT_EQUAL(dia_body(clr, CLR)->type, CANCEL_MME_UPDATE);
    CU_ASSERT_EQUAL(clr->to_host, r.peer[MME1].host + 1);
    CU_ASSERT_EQUAL(clr->origin, r.hss_host);
    CU_ASSERT(clr->m.size > 0);
    struct hss_state s = state_of(&r, ALICE);
    CU_ASSERT_PTR_EQUAL(s.mme, r.peer[MME2].node);
    CU_ASSERT_EQUAL(s.mme_host, r.peer[MME2].host + 1);
    rig_clear(&r);
}

/* The former MME says nothing: after the time for an answer the request is forgotten, and a late CLA hurts
 * nobody. */
void test_hss_clr_without_answer(void)
{
    struct rig r;

    rig_with(&r, NULL);
    r.peer[MME1].silent = true;
    ask(&r, MME1, ulr(&r, epc_imsi(ALICE), epc_plmn()));
    ask(&r, MME2, ulr(&r, epc_imsi(ALICE), epc_plmn()));
    CU_ASSERT_EQUAL(hss_contexts(r.hss), 1);
    sim_run(r.sim, sim_now(r.sim) + r.sip->timer[TIMER_DIAMETER_TX]);
    CU_ASSERT_EQUAL(hss_contexts(r.hss), 0);
    peer_send(&r.peer[MME1], dia_answer(r.dia, DIA_CLA, r.peer[MME1].last, DIA_SUCCESS));
    sim_run(r.sim, sim_now(r.sim) + 1 * SIM_S);
    CU_ASSERT_PTR_EQUAL(state_of(&r, ALICE).mme, r.peer[MME2].node);
    rig_clear(&r);
}

/* The MME purges the phone: the M-TMSI is frozen. Another MME's PUR is acknowledged and changes nothing;
 * after a purge nobody has to be told that the phone appears elsewhere. NOR is acknowledged. */
void test_hss_pur(void)
{
    struct rig r;

    rig_with(&r, NULL);
    ask(&r, MME1, ulr(&r, epc_imsi(ALICE), epc_plmn()));
    for (unsigned who = MME2;; who = MME1) {
        struct dia_msg *m = dia_new(r.dia, DIA_PUR);
        dia_body(m, PUR)->imsi = epc_imsi(ALICE);
        const struct dia_msg *a = ask(&r, who, m);
        CU_ASSERT_TRUE(is_base(a, DIA_SUCCESS));
        CU_ASSERT_EQUAL(IE_HAS(&a->body.PUA, flags), who == MME1);
        CU_ASSERT_EQUAL(state_of(&r, ALICE).mme == NULL, who == MME1);
        if (who == MME1)
            break;
    }
    unsigned got = r.peer[MME1].got;
    ask(&r, MME2, ulr(&r, epc_imsi(ALICE), epc_plmn()));
    CU_ASSERT_EQUAL(r.peer[MME1].got, got);
    struct dia_msg *m = dia_new(r.dia, DIA_NOR);
    dia_body(m, NOR)->imsi = epc_imsi(ALICE);
    CU_ASSERT_TRUE(is_base(ask(&r, MME2, m), DIA_SUCCESS));
    m = dia_new(r.dia, DIA_NOR);
    dia_body(m, NOR)->imsi = epc_imsi(BOB);
    CU_ASSERT_TRUE(is_experimental(ask(&r, MME2, m), DIA_S6A_USER_UNKNOWN));
    rig_clear(&r);
}
