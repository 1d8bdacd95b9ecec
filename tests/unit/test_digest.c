/* test_digest.c - HTTP Digest and AKAv1-MD5 (models/proto/aka/digest.h): published examples, then what must
 * hold for any. */
#include "models/proto/aka/aka.h"
#include "models/proto/aka/digest.h"
#include "tests/unit/aka_help.h"

#include <CUnit/CUnit.h>
#include <glib.h>
#include <string.h>

/* ---- HTTP Digest ----------------------------------------------------------------------------- */

/* One response, worked out from the password. */
static const char *respond(const struct digest_request *request, const char *user, const char *realm,
                           const char *password)
{
    static char response[DIGEST_HEX];
    char ha1[DIGEST_HEX];

    digest_ha1(request->algorithm, user, realm, password, strlen(password), ha1);
    digest_response(request, ha1, response);
    return response;
}

void test_digest_rfc_examples(void)
{
    /* RFC 2617 3.5 */
    struct digest_request request = {.algorithm = DIGEST_ALGORITHM_MD5,
                                     .method = "GET",
                                     .uri = "/dir/index.html",
                                     .nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093",
                                     .cnonce = "0a4f113b",
                                     .nc = 1};
    CU_ASSERT_STRING_EQUAL(respond(&request, "Mufasa", "testrealm@host.com", "Circle Of Life"),
                           "6629fae49393a05397450978507c4ef1");
    /* The same without qop; worked out with Python's hashlib. */
    request.cnonce = NULL;
    CU_ASSERT_STRING_EQUAL(respond(&request, "Mufasa", "testrealm@host.com", "Circle Of Life"),
                           "670fd8c2df070c60b045671b8b24ff02");
    /* RFC 7616 3.9.1 */
    request.nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
    request.cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
    CU_ASSERT_STRING_EQUAL(respond(&request, "Mufasa", "http-auth@example.org", "Circle of Life"),
                           "8ca523f5e9506fed4657c9700eebdbec");
    request.algorithm = DIGEST_ALGORITHM_SHA256;
    CU_ASSERT_STRING_EQUAL(respond(&request, "Mufasa", "http-auth@example.org", "Circle of Life"),
                           "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1");
}

void test_digest_every_input_counts(void)
{
    for (unsigned algorithm = 0; algorithm < DIGEST_ALGORITHMS; algorithm++) {
        const struct digest_request good = {.algorithm = (enum digest_algorithm)algorithm,
                                            .method = "REGISTER",
                                            .uri = "sip:home1.net",
                                            .nonce = "84a4cc6f",
                                            .cnonce = "29c0",
                                            .nc = 0x89abcdef};
        char ha1[DIGEST_HEX], response[DIGEST_HEX], other[DIGEST_HEX];

        digest_ha1(good.algorithm, "alice", "home1.net", "secret", 6, ha1);
        digest_response(&good, ha1, response);
        CU_ASSERT_EQUAL(strlen(response), digest_hex_length(good.algorithm));
        CU_ASSERT_TRUE(digest_check(&good, ha1, response));
        for (size_t i = 0; i < strlen(response); i++) {
            memcpy(other, response, sizeof other);
            other[i] = other[i] == '0' ? '1' : '0';
            CU_ASSERT_FALSE(digest_check(&good, ha1, other));
        }
        struct digest_request bad[6] = {good, good, good, good, good, good};
        bad[0].method = "INVITE";
        bad[1].uri = "sip:home2.net";
        bad[2].nonce = "84a4cc6e";
        bad[3].cnonce = "29c1";
        bad[4].nc ^= UINT32_C(1) << 31;
        bad[5].cnonce = NULL;
        for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++)
            CU_ASSERT_FALSE(digest_check(&bad[i], ha1, response));
        digest_ha1(good.algorithm, "alicf", "home1.net", "secret", 6, ha1);
        CU_ASSERT_FALSE(digest_check(&good, ha1, response));
        digest_ha1(good.algorithm, "alice", "home1.org", "secret", 6, ha1);
        CU_ASSERT_FALSE(digest_check(&good, ha1, response));
        digest_ha1(good.algorithm, "alice", "home1.net", "secreT", 6, ha1);
        CU_ASSERT_FALSE(digest_check(&good, ha1, response));
        CU_ASSERT_FALSE(digest_check(&good, ha1, ""));
    }
}

void test_digest_names(void)
{
    enum digest_algorithm algorithm = DIGEST_ALGORITHMS;

    for (unsigned i = 0; i < DIGEST_ALGORITHMS; i++) {
        CU_ASSERT_TRUE(digest_algorithm_of(digest_algorithm_name((enum digest_algorithm)i), &algorithm));
        CU_ASSERT_EQUAL(algorithm, i);
    }
    CU_ASSERT_STRING_EQUAL(digest_algorithm_name(DIGEST_ALGORITHM_AKAV1_MD5), "AKAv1-MD5");
    CU_ASSERT_TRUE(digest_algorithm_of("sha-256", &algorithm) && algorithm == DIGEST_ALGORITHM_SHA256);
    CU_ASSERT_FALSE(digest_algorithm_of("MD5-sess", &algorithm));
    CU_ASSERT_FALSE(digest_algorithm_of("", &algorithm));
    CU_ASSERT_EQUAL(algorithm, DIGEST_ALGORITHM_SHA256);
}

/* ---- AKAv1-MD5 ------------------------------------------------------------------------------- */

/* Two registrations from the tests of another public implementation. They use the test algorithm of TS 34.108
 * instead of MILENAGE, and its RES has 16 bytes. */
static const struct {
    const char *imsi, *realm, *rand, *autn, *res, *cnonce, *response;
} known[] = {
    {"466058041131504", "ims.mnc005.mcc466.3gppnetwork.org", "00000000000000000000000000000000",
     "03040506070800000001020304050607", "000102030405060708090a0b0c0d0e0f", "YD05duxy",
     "c76c2c281a21c0d6131e667d61a6bdf5"},
    {"450050020150513", "ims.mnc005.mcc450.3gppnetwork.org", "000102030405060708090a0b0c0d0e0f",
     "00000000000000000000000000000000", "00000000000000000000000000000000", "v0KBLdbU",
     "c0c4c5a9cfc885bb697aa61a2a2c5466"},
};

void test_digest_akav1_known(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(known); i++) {
        uint8_t rand[AKA_RAND], autn[AKA_AUTN], res[16];
        char nonce[DIGEST_AKA_NONCE], ha1[DIGEST_HEX], response[DIGEST_HEX], user[80], uri[80];

        unhex(known[i].rand, rand, AKA_RAND);
        unhex(known[i].autn, autn, AKA_AUTN);
        unhex(known[i].res, res, sizeof res);
        g_snprintf(user, sizeof user, "%s@%s", known[i].imsi, known[i].realm);
        g_snprintf(uri, sizeof uri, "sip:%s", known[i].realm);
        digest_aka_nonce(rand, autn, NULL, 0, nonce);
        CU_ASSERT_EQUAL(strlen(nonce), 44);
        digest_ha1(DIGEST_ALGORITHM_AKAV1_MD5, user, known[i].realm, res, sizeof res, ha1);
        digest_response(
            &(struct digest_request){DIGEST_ALGORITHM_AKAV1_MD5, "REGISTER", uri, nonce, known[i].cnonce, 1}, ha1,
            response);
        CU_ASSERT_STRING_EQUAL(response, known[i].response);
    }
}

/* HSS, S-CSCF and phone with nothing between them but the texts of the header. */
void test_digest_akav1_registration(void)
{
    uint64_t state = 10, sqn_he = aka_sqn(3, 3);
    struct milenage m;
    struct aka_usim usim = {0};
    struct aka_vector v;
    struct aka_answer a;
    uint8_t rand[AKA_RAND], got_rand[AKA_RAND], got_autn[AKA_AUTN], auts[AKA_AUTS];
    char nonce[DIGEST_AKA_NONCE], ha1[DIGEST_HEX], response[DIGEST_HEX], text[DIGEST_AKA_AUTS];
    struct digest_request request = {DIGEST_ALGORITHM_AKAV1_MD5, "REGISTER", "sip:home1.net", nonce, "6629fae4", 1};

    draw_key(&state, &m);
    CU_ASSERT_TRUE(aka_usim_accept(&usim, aka_sqn(7000, 6)));
    for (unsigned attempt = 0; attempt < 2; attempt++) {
        draw_bytes(&state, rand, sizeof rand);
        sqn_he = aka_sqn_next(sqn_he);
        aka_vector_make(&v, &m, sqn_he, AKA_AMF_PLAIN, rand);
        digest_aka_nonce(v.rand, v.autn, "cookie", attempt * 6, nonce);

        CU_ASSERT_TRUE(digest_aka_nonce_read(nonce, got_rand, got_autn));
        enum aka_verdict verdict = aka_usim_answer(&usim, &m, got_rand, got_autn, &a);
        CU_ASSERT_EQUAL(verdict, attempt == 0 ? AKA_SYNC_FAILURE : AKA_ACCEPTED);
        if (verdict == AKA_SYNC_FAILURE) {
            digest_aka_auts(a.auts, text);
            CU_ASSERT_TRUE(digest_aka_auts_read(text, auts));
            CU_ASSERT_EQUAL(aka_resynchronise(&m, v.rand, auts, &sqn_he), AKA_RESYNC_RESET);
            continue;
        }
        digest_ha1(DIGEST_ALGORITHM_AKAV1_MD5, "alice@home1.net", "home1.net", a.res, AKA_RES, ha1);
        digest_response(&request, ha1, response);
        digest_ha1(DIGEST_ALGORITHM_AKAV1_MD5, "alice@home1.net", "home1.net", v.xres, AKA_RES, ha1);
        CU_ASSERT_TRUE(digest_check(&request, ha1, response));
        digest_ha1(DIGEST_ALGORITHM_AKAV1_MD5, "alice@home1.net", "home1.net", NULL, 0, ha1);
        CU_ASSERT_FALSE(digest_check(&request, ha1, response));
    }
}

void test_digest_akav1_text(void)
{
    uint64_t state = 11;
    uint8_t bytes[AKA_RAND + AKA_AUTN + DIGEST_SERVER_DATA], rand[AKA_RAND], autn[AKA_AUTN], auts[AKA_AUTS];
    char nonce[DIGEST_AKA_NONCE], text[DIGEST_AKA_AUTS];

    for (unsigned length = 0; length <= DIGEST_SERVER_DATA; length++) {
        draw_bytes(&state, bytes, sizeof bytes);
        digest_aka_nonce(bytes, bytes + AKA_RAND, bytes + AKA_RAND + AKA_AUTN, length, nonce);
        gchar *same = g_base64_encode(bytes, AKA_RAND + AKA_AUTN + length);
        CU_ASSERT_STRING_EQUAL(nonce, same);
        g_free(same);
        CU_ASSERT_TRUE(digest_aka_nonce_read(nonce, rand, autn));
        CU_ASSERT_EQUAL(memcmp(rand, bytes, AKA_RAND), 0);
        CU_ASSERT_EQUAL(memcmp(autn, bytes + AKA_RAND, AKA_AUTN), 0);
    }
    static const char *const no_nonce[] = {"",
                                           "AAAA",
                                           "dcd98b7102dd2f0e8b11d0f600bfb0c093",
                                           "AAECAwQFBgcICQoLDA0ODwAAAAAAAAAAAAAAAAAAAA==",
                                           "AAECAwQFBgcICQoLDA0ODwAAAAAAAAAAAAAAAAAAAA!=",
                                           "AAECAwQFBgcICQoLDA0ODwAAAAAAAAAAAAAAAAAAAAA",
                                           "AAECAwQFBgcICQoLDA0ODw AAAAAAAAAAAAAAAAAAAAA=",
                                           "AAECAwQFBgcICQoLDA0=DwAAAAAAAAAAAAAAAAAAAAA="};
    for (unsigned i = 0; i < G_N_ELEMENTS(no_nonce); i++)
        CU_ASSERT_FALSE(digest_aka_nonce_read(no_nonce[i], rand, autn));
    char longest[200];
    memset(longest, 'A', sizeof longest - 1);
    for (size_t n = sizeof longest - 1; n >= DIGEST_AKA_NONCE; n--) {
        longest[n] = '\0';
        CU_ASSERT_FALSE(digest_aka_nonce_read(longest, rand, autn));
    }
    digest_aka_auts(bytes, text);
    CU_ASSERT_EQUAL(strlen(text), 20);
    CU_ASSERT_TRUE(digest_aka_auts_read(text, auts));
    CU_ASSERT_EQUAL(memcmp(auts, bytes, AKA_AUTS), 0);
    CU_ASSERT_FALSE(digest_aka_auts_read(nonce, auts));
    CU_ASSERT_FALSE(digest_aka_auts_read("", auts));
    CU_ASSERT_EQUAL(memcmp(auts, bytes, AKA_AUTS), 0);
}
