/* test_aka.c - MILENAGE, and AKA at both ends (models/proto/aka). HTTP Digest: test_digest.c.
 *
 * Published vectors first; then what must hold for any key, over keys from a fixed stream. */
#include "models/proto/aka/aka.h"
#include "models/proto/aka/milenage.h"
#include "tests/unit/aka_help.h"

#include <CUnit/CUnit.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>

static unsigned differing_bits(const uint8_t *a, const uint8_t *b, size_t length)
{
    unsigned count = 0;

    for (size_t i = 0; i < length; i++)
        count += (unsigned)__builtin_popcount(a[i] ^ b[i]);
    return count;
}

/* ---- MILENAGE -------------------------------------------------------------------------------- */

/* The test sets of TS 35.208 4.3 (the first ones are those of TS 35.207 too). Set 2 repeats set 1. */
static const struct {
    unsigned set;
    const char *k, *rand, *sqn, *amf, *op, *opc, *f1, *f1_star, *f2, *f3, *f4, *f5, *f5_star;
} sets[] = {
  /* clang-format off */
    {1, "465b5ce8b199b49faa5f0a2ee238a6bc", "23553cbe9637a89d218ae64dae47bf35", "ff9bb4d0b607", "b9b9",
     "cdc202d5123e20f62b6d676ac72cb318", "cd63cb71954a9f4e48a5994e37a02baf",
     "4a9ffac354dfafb3", "01cfaf9ec4e871e9", "a54211d5e3ba50bf", "b40ba9a3c58b2a05bbf0d987b21bf8cb",
     "f769bcd751044604127672711c6d3441", "aa689c648370", "451e8beca43b"},
    {3, "fec86ba6eb707ed08905757b1bb44b8f", "9f7c8d021accf4db213ccff0c7f71a6a", "9d0277595ffc", "725c",
     "dbc59adcb6f9a0ef735477b7fadf8374", "1006020f0a478bf6b699f15c062e42b3",
     "9cabc3e99baf7281", "95814ba2b3044324", "8011c48c0c214ed2", "5dbdbb2954e8f3cde665b046179a5098",
     "59a92d3b476a0443487055cf88b2307b", "33484dc2136b", "deacdd848cc6"},
    {4, "9e5944aea94b81165c82fbf9f32db751", "ce83dbc54ac0274a157c17f80d017bd6", "0b604a81eca8", "9e09",
     "223014c5806694c007ca1eeef57f004f", "a64a507ae1a2a98bb88eb4210135dc87",
     "74a58220cba84c49", "ac2cc74a96871837", "f365cd683cd92e96", "e203edb3971574f5a94b0d61b816345d",
     "0c4524adeac041c4dd830d20854fc46b", "f0b9c08ad02e", "6085a86c6f63"},
    {5, "4ab1deb05ca6ceb051fc98e77d026a84", "74b0cd6031a1c8339b2b6ce2b8c4a186", "e880a1b580b6", "9f07",
     "2d16c5cd1fdf6b22383584e3bef2a8d8", "dcf07cbd51855290b92a07a9891e523e",
     "49e785dd12626ef2", "9e85790336bb3fa2", "5860fc1bce351e7e", "7657766b373d1c2138f307e3de9242f9",
     "1c42e960d89b8fa99f2744e0708ccb53", "31e11a609118", "fe2555e54aa9"},
    {6, "6c38a116ac280c454f59332ee35c8c4f", "ee6466bc96202c5a557abbeff8babf63", "414b98222181", "4464",
     "1ba00a1a7c6700ac8c3ff3e96ad08725", "3803ef5363b947c6aaa225e58fae3934",
     "078adfb488241a57", "80246b8d0186bcf1", "16c8233f05a0ac28", "3f8c7587fe8e4b233af676aede30ba3b",
     "a7466cc1e6b2a1337d49d3b66e95d7b4", "45b0f69ab06c", "1f53cd2b1113"},
    {7, "2d609d4db0ac5bf0d2c0de267014de0d", "194aa756013896b74b4a2a3b0af4539e", "6bf69438c2e4", "5f67",
     "460a48385427aa39264aac8efc9e73e8", "c35a0ab0bcbfc9252caff15f24efbde0",
     "bd07d3003b9e5cc3", "bcb6c2fcad152250", "8c25a16cd918a1df", "4cd0846020f8fa0731dd47cbdc6be411",
     "88ab80a415f15c73711254a1d388f696", "7e6455f34cf3", "dc6dd01e8f15"},
    {8, "a530a7fe428fad1082c45eddfce13884", "3a4c2b3245c50eb5c71d08639395764d", "f63f5d768784", "b90e",
     "511c6c4e83e38c89b1c5d8dde62426fa", "27953e49bc8af6dcc6e730eb80286be3",
     "53761fbd679b0bad", "21adfd334a10e7ce", "a63241e1ffc3e5ab", "10f05bab75a99a5fbb98a9c287679c3b",
     "f9ec0865eb32f22369cade40c59c3a44", "88196c47986f", "c987a3d23115"},
    {9, "d9151cf04896e25830bf2e08267b8360", "f761e5e93d603feb730e27556cb8a2ca", "47ee0199820a", "9113",
     "75fc2233a44294ee8e6de25c4353d26b", "c4c93effe8a08138c203d4c27ce4e3d9",
     "66cc4be44862af1f", "7a4b8d7a8753f246", "4a90b2171ac83a76", "71236b7129f9b22ab77ea7a54c96da22",
     "90527ebaa5588968db41727325a04d9e", "82a0f5287a71", "527dbf41f35f"},
    {10, "a0e2971b6822e8d354a18cc235624ecb", "08eff828b13fdb562722c65c7f30a9b2", "db5c066481e0", "716b",
     "323792faca21fb4d5d6f13c145a9d2c1", "82a26f22bba9e9488f949a10d98e9cc4",
     "9485fe24621cb9f6", "bce325ce03e2e9b9", "4bc2212d8624910a", "08cef6d004ec61471a3c3cda048137fa",
     "ed0318ca5deb9206272f6e8fa64ba411", "a2f858aa9e5d", "74e76fbbec38"},
    {11, "0da6f7ba86d5eac8a19cf563ac58642d", "679ac4dbacd7d233ff9d6806f4149ce3", "6e2331d692ad", "224a",
     "4b9a26fa459e3acbff36f4015de3bdc1", "0db1071f8767562ca43a0a64c41e8d08",
     "2831d7ae9088e492", "9b2e16951135d523", "6fc30fee6d123523", "69b1cae7c7429d975e245cacb05a517c",
     "74f24e8c26df58e1b38d7dcd4f1b7fbd", "4c539a26e1fa", "07861e126928"},
    {12, "77b45843c88e58c10d202684515ed430", "4c47eb3076dc55fe5106cb2034b8cd78", "fe1a8731005d", "ad25",
     "bf3286c7a51409ce95724d503bfe6e70", "d483afae562409a326b5bb0b20c4d762",
     "08332d7e9f484570", "ed41b734489d5207", "aefa357beac2a87a", "908c43f0569cb8f74bc971e706c36c5f",
     "c251df0d888dd9329bcf46655b226e40", "30ff25cdadf6", "e84ed0d4677e"},
    {13, "729b17729270dd87ccdf1bfe29b4e9bb", "311c4c929744d675b720f3b7e9b1cbd0", "c85c4cf65916", "5bb2",
     "d04c9c35bd2262fa810d2924d036fd13", "228c2f2f06ac3268a9e616ee16db4ba1",
     "ff794fe2f827ebf8", "24fe4dc61e874b52", "98dbbd099b3b408d", "44c0f23c5493cfd241e48f197e1d1012",
     "0c9fb81613884c2535dd0eabf3b440d8", "5380d158cfe3", "87ac3b559fb6"},
    {14, "d32dd23e89dc662354ca12eb79dd32fa", "cf7d0ab1d94306950bf12018fbd46887", "484107e56a43", "b5e6",
     "fe75905b9da47d356236d0314e09c32e", "d22a4b4180a5325708a5ff70d9f67ec7",
     "cf19d62b6a809866", "5d269537e45e2ce6", "af4a411e1139f2c2", "5af86b80edb70df5292cc1121cbad50c",
     "7f4d6ae7440e18789a8b75ad3f42f03a", "217af49272ad", "900e101c677e"},
    {15, "af7c65e1927221de591187a2c5987a53", "1f0f8578464fd59b64bed2d09436b57a", "3d627b01418d", "84f6",
     "0c7acb8d95b7d4a31c5aca6d26345a88", "a4cf5c8155c08a7eff418e5443b98e55",
     "c37cae7805642032", "68cd09a452d8db7c", "7bffa5c2f41fbc05", "3f8c3f3ccf7625bf77fc94bcfd22fd26",
     "abcbae8fd46115e9961a55d0da5f2078", "837fd7b74419", "56e97a6090b1"},
    {16, "5bd7ecd3d3127a41d12539bed4e7cf71", "59b75f14251c75031d0bcbac1c2c04c7", "a298ae8929dc", "d056",
     "f967f76038b920a9cd25e10c08b49924", "76089d3c0ff3efdc6e36721d4fceb747",
     "c3f25cd94309107e", "b0c8ba343665afcc", "7e3f44c7591f6f45", "d42b2d615e49a03ac275a5aef97af892",
     "0b3f8d024fe6bfafaa982b8f82e319c2", "5be11495525d", "4d6a34a1e4eb"},
    {17, "6cd1c6ceb1e01e14f1b82316a90b7f3d", "f69b78f300a0568bce9f0cb93c4be4c9", "b4fce5feb059", "e4bb",
     "078bfca9564659ecd8851e84e6c59b48", "a219dc37f1dc7d66738b5843c799f206",
     "69a90869c268cb7b", "2e0fdcf9fd1cfa6a", "70f6bdb9ad21525f", "6edaf99e5bd9f85d5f36d91c1272fb4b",
     "d61c853c280dd9c46f297baec386de17", "1c408a858b3e", "aa4ae52daa30"},
    {18, "b73a90cbcf3afb622dba83c58a8415df", "b120f1c1a0102a2f507dd543de68281f", "f1e8a523a36d", "471b",
     "b672047e003bb952dca6cb8af0e5b779", "df0c67868fa25f748b7044c6e7c245b8",
     "ebd70341bcd415b0", "12359f5d82220c14", "479dd25c20792d63", "66195dbed0313274c5ca7766615fa25e",
     "66bec707eb2afc476d7408a8f2927b36", "aefdaa5ddd99", "12ec2b87fbb1"},
    {19, "5122250214c33e723a5dd523fc145fc0", "81e92b6c0ee0e12ebceba8d92a99dfa5", "16f3b3f70fc2", "c3ab",
     "c9e8763286b5b9ffbdf56e1297d0887b", "981d464c7c52eb6e5036234984ad0bcf",
     "2a5c23d15ee351d5", "62dae3853f3af9d2", "28d7b0f2a2ec3de5", "5349fbe098649f948f5d2e973a81c00f",
     "9744871ad32bf9bbd1dd5ce54e3e2e5a", "ada15aeb7bb8", "d461bc15475d"},
    {20, "90dca4eda45b53cf0f12d7c9c3bc6a89", "9fddc72092c6ad036b6e464789315b78", "20f813bd4141", "61df",
     "3ffcfe5b7b1111589920d3528e84e655", "cb9cccc4b9258e6dca4760379fb82581",
     "09db94eab4f8149e", "a29468aa9775b527", "a95100e2760952cd", "b5f2da03883b69f96bf52e029ed9ac45",
     "b4721368bc16ea67875c5598688bb0ef", "83cfd54db913", "4f2039392ddc"},
  /* clang-format on */
};

static uint64_t sqn_of(const char *text)
{
    return g_ascii_strtoull(text, NULL, 16);
}

void test_milenage_test_sets(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(sets); i++) {
        uint8_t k[16], op[16], opc[16], rand[16], mac_a[8], mac_s[8], res[8], ck[16], ik[16], ak[6];
        struct milenage m;
        struct milenage_challenge c;

        unhex(sets[i].k, k, 16);
        unhex(sets[i].op, op, 16);
        unhex(sets[i].rand, rand, 16);
        milenage_opc(k, op, opc);
        bool right = is_hex(opc, sets[i].opc, 16);
        milenage_init(&m, k, opc);
        milenage_begin(&c, &m, rand);
        milenage_f1(&c, sqn_of(sets[i].sqn), (uint16_t)sqn_of(sets[i].amf), mac_a, mac_s);
        right = right && is_hex(mac_a, sets[i].f1, 8) && is_hex(mac_s, sets[i].f1_star, 8);
        milenage_f2345(&c, res, ck, ik, ak);
        right = right && is_hex(res, sets[i].f2, 8) && is_hex(ck, sets[i].f3, 16);
        right = right && is_hex(ik, sets[i].f4, 16) && is_hex(ak, sets[i].f5, 6);
        milenage_f5_star(&c, ak);
        right = right && is_hex(ak, sets[i].f5_star, 6);
        CU_ASSERT_TRUE(right);
        if (!right)
            fprintf(stderr, "test set %u is wrong\n", sets[i].set);
    }
    CU_ASSERT_EQUAL(G_N_ELEMENTS(sets), 19);
}

/* All inputs and all outputs in a row: f1 | f1* | f2 | f3 | f4 | f5 | f5*. */
enum { IN_K = 0, IN_OPC = 16, IN_RAND = 32, IN_SQN = 48, IN_AMF = 54, IN_END = 56 };
enum { OUT_F1 = 0, OUT_F2 = 16, OUT_END = 68 };
static const unsigned out_starts[] = {0, 8, 16, 24, 40, 56, 62, OUT_END};

static void all_functions(const uint8_t in[IN_END], uint8_t out[OUT_END])
{
    struct milenage m;
    struct milenage_challenge c;
    uint64_t sqn = 0;

    for (unsigned i = IN_SQN; i < IN_AMF; i++)
        sqn = sqn << 8 | in[i];
    milenage_init(&m, in + IN_K, in + IN_OPC);
    milenage_begin(&c, &m, in + IN_RAND);
    milenage_f1(&c, sqn, (uint16_t)(in[IN_AMF] << 8 | in[IN_AMF + 1]), out, out + 8);
    milenage_f2345(&c, out + 16, out + 24, out + 40, out + 56);
    milenage_f5_star(&c, out + 62);
}

void test_milenage_every_bit_counts(void)
{
    uint64_t state = 1, flipped = 0, bits = 0;

    for (unsigned round = 0; round < 20; round++) {
        uint8_t in[IN_END], before[OUT_END], after[OUT_END];
        draw_bytes(&state, in, sizeof in);
        all_functions(in, before);
        for (unsigned bit = 0; bit < 8 * IN_END; bit++) {
            in[bit / 8] ^= (uint8_t)(1 << bit % 8);
            all_functions(in, after);
            in[bit / 8] ^= (uint8_t)(1 << bit % 8);
            /* SQN and AMF go into f1 and f1* only. */
            unsigned functions = bit / 8 < IN_SQN ? 7 : 2, same = 0;
            for (unsigned f = 0; f < functions; f++) {
                unsigned start = out_starts[f], length = out_starts[f + 1] - start;
                same += memcmp(before + start, after + start, length) == 0;
            }
            CU_ASSERT_EQUAL(same, 0);
            flipped += differing_bits(before, after, out_starts[functions]);
            bits += 8 * out_starts[functions];
            if (functions == 2)
                CU_ASSERT_EQUAL(memcmp(before + OUT_F2, after + OUT_F2, OUT_END - OUT_F2), 0);
        }
    }
    /* Half of the bits flip; one deviation is below 0.0003 of them. */
    double share = (double)flipped / (double)bits;
    CU_ASSERT_DOUBLE_EQUAL(share, 0.5, 0.002);
}

/* ---- AKA ------------------------------------------------------------------------------------- */

/* What the HSS of OpenAirInterface printed for a subscriber of PLMN 208 93 (public in a test of srsRAN). */
void test_aka_as_other_implementations(void)
{
    uint8_t k[16], op[16], opc[16], rand[16], sn_id[AKA_SN_ID], kasme[AKA_KASME];
    struct milenage m;
    struct aka_vector v;

    unhex("8baf473f2f8fd09487cccbd7097c6862", k, 16);
    memset(op, 0x11, sizeof op);
    milenage_opc(k, op, opc);
    CU_ASSERT_TRUE(is_hex(opc, "8e27b6af0e692e750f32667a3b14605d", 16));
    milenage_init(&m, k, opc);
    unhex("8838c355c878aa572149fe69db686b5a", rand, 16);
    aka_vector_make(&v, &m, 6999, AKA_AMF_EPS, rand);
    CU_ASSERT_TRUE(is_hex(v.autn, "d744519b25aa800084ba37b0f6734dd1", AKA_AUTN));
    CU_ASSERT_TRUE(is_hex(v.xres, "e55d8827918dacc6", AKA_RES));
    CU_ASSERT_TRUE(is_hex(v.ck, "05d3533dfe7be72d42c7bb02f28eda7f", AKA_KEY));
    CU_ASSERT_TRUE(is_hex(v.ik, "2633a20bdca89d7858ba42478be4d24d", AKA_KEY));
    CU_ASSERT_TRUE(aka_sn_id("208", "93", sn_id));
    aka_kasme(v.ck, v.ik, sn_id, v.autn, kasme);
    CU_ASSERT_TRUE(
        is_hex(kasme, "a827575eea1a10173aa1bfce4b0c2185e051efbd917ffef51f742961f9037a35", AKA_KASME));
}

void test_aka_sn_id(void)
{
    uint8_t id[AKA_SN_ID];

    CU_ASSERT_TRUE(aka_sn_id("208", "93", id) && is_hex(id, "02f839", 3));
    CU_ASSERT_TRUE(aka_sn_id("310", "410", id) && is_hex(id, "130014", 3));
    CU_ASSERT_FALSE(aka_sn_id("20", "93", id));
    CU_ASSERT_FALSE(aka_sn_id("2089", "93", id));
    CU_ASSERT_FALSE(aka_sn_id("208", "9", id));
    CU_ASSERT_FALSE(aka_sn_id("208", "9300", id));
    CU_ASSERT_FALSE(aka_sn_id("2a8", "93", id));
    CU_ASSERT_FALSE(aka_sn_id("208", "9x", id));
    CU_ASSERT_TRUE(is_hex(id, "130014", 3));
}

void test_aka_both_ends_agree(void)
{
    uint64_t state = 2, sqn_he = 0;
    struct aka_usim usim = {0};
    unsigned accepted = 0, agree = 0;

    for (unsigned i = 0; i < 3000; i++) {
        struct milenage m;
        struct aka_vector v;
        struct aka_answer a;
        uint8_t rand[AKA_RAND], there[AKA_KASME], here[AKA_KASME];
        const uint8_t sn_id[AKA_SN_ID] = {0x02, 0xf8, 0x39};

        draw_key(&state, &m);
        draw_bytes(&state, rand, sizeof rand);
        sqn_he = aka_sqn_next(sqn_he);
        aka_vector_make(&v, &m, sqn_he, AKA_AMF_EPS, rand);
        accepted += aka_usim_answer(&usim, &m, v.rand, v.autn, &a) == AKA_ACCEPTED;
        aka_kasme(v.ck, v.ik, sn_id, v.autn, there);
        aka_kasme(a.ck, a.ik, sn_id, v.autn, here);
        agree += memcmp(a.res, v.xres, AKA_RES) == 0 && memcmp(a.ck, v.ck, AKA_KEY) == 0 &&
                 memcmp(a.ik, v.ik, AKA_KEY) == 0 && memcmp(there, here, AKA_KASME) == 0 &&
                 aka_amf(v.autn) == AKA_AMF_EPS;
    }
    CU_ASSERT_EQUAL(accepted, 3000);
    CU_ASSERT_EQUAL(agree, 3000);
    CU_ASSERT_EQUAL(usim.sqn_ms, sqn_he);
}

static bool all_zero(const void *bytes, size_t length)
{
    const uint8_t *b = bytes;

    for (size_t i = 0; i < length; i++) {
        if (b[i] != 0)
            return false;
    }
    return true;
}

void test_aka_wrong_key(void)
{
    uint64_t state = 3;

    for (unsigned i = 0; i < 300; i++) {
        struct milenage home, stranger;
        struct aka_usim usim = {0};
        struct aka_vector v;
        struct aka_answer a;
        uint8_t rand[AKA_RAND];

        draw_key(&state, &home);
        draw_key(&state, &stranger);
        draw_bytes(&state, rand, sizeof rand);
        aka_vector_make(&v, &stranger, aka_sqn_next(0), AKA_AMF_PLAIN, rand);
        CU_ASSERT_EQUAL(aka_usim_answer(&usim, &home, v.rand, v.autn, &a), AKA_MAC_FAILURE);
        CU_ASSERT_TRUE(all_zero(&a, sizeof a) && all_zero(&usim, sizeof usim));
    }
}

void test_aka_damaged_challenge(void)
{
    uint64_t state = 4;
    struct milenage m;
    struct aka_usim usim = {0};
    struct aka_vector v;
    struct aka_answer a;
    uint8_t challenge[AKA_RAND + AKA_AUTN];

    draw_key(&state, &m);
    draw_bytes(&state, challenge, AKA_RAND);
    aka_vector_make(&v, &m, aka_sqn_next(0), AKA_AMF_EPS, challenge);
    memcpy(challenge + AKA_RAND, v.autn, AKA_AUTN);
    for (unsigned bit = 0; bit < 8 * sizeof challenge; bit++) {
        challenge[bit / 8] ^= (uint8_t)(1 << bit % 8);
        CU_ASSERT_EQUAL(aka_usim_answer(&usim, &m, challenge, challenge + AKA_RAND, &a), AKA_MAC_FAILURE);
        challenge[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    CU_ASSERT_EQUAL(aka_usim_answer(&usim, &m, challenge, challenge + AKA_RAND, &a), AKA_ACCEPTED);
}

void test_aka_replay(void)
{
    uint64_t state = 5, sqn_he = 0;
    struct milenage m;
    struct aka_usim usim = {0};
    struct aka_vector v[3];
    struct aka_answer a;
    uint8_t rand[AKA_RAND];

    draw_key(&state, &m);
    for (unsigned i = 0; i < 3; i++) {
        draw_bytes(&state, rand, sizeof rand);
        sqn_he = aka_sqn_next(sqn_he);
        aka_vector_make(&v[i], &m, sqn_he, AKA_AMF_EPS, rand);
    }
    /* Fetched in a batch and used out of order: each is good once. */
    for (unsigned i = 3; i-- > 0;)
        CU_ASSERT_EQUAL(aka_usim_answer(&usim, &m, v[i].rand, v[i].autn, &a), AKA_ACCEPTED);
    for (unsigned i = 0; i < 3; i++) {
        struct aka_usim before = usim;
        CU_ASSERT_EQUAL(aka_usim_answer(&usim, &m, v[i].rand, v[i].autn, &a), AKA_SYNC_FAILURE);
        CU_ASSERT_EQUAL(memcmp(&before, &usim, sizeof usim), 0);
        CU_ASSERT_TRUE(all_zero(a.res, AKA_RES) && all_zero(a.ck, AKA_KEY) && all_zero(a.ik, AKA_KEY));
        CU_ASSERT_FALSE(all_zero(a.auts, AKA_AUTS));
    }
}

void test_aka_window_rules(void)
{
    struct aka_usim usim = {0};

    CU_ASSERT_FALSE(aka_usim_accept(&usim, 0));
    CU_ASSERT_FALSE(aka_usim_accept(&usim, aka_sqn(AKA_SEQ_DELTA + UINT64_C(1), 0)));
    CU_ASSERT_TRUE(all_zero(&usim, sizeof usim));
    CU_ASSERT_TRUE(aka_usim_accept(&usim, aka_sqn(AKA_SEQ_DELTA, 7)));
    CU_ASSERT_EQUAL(usim.sqn_ms, aka_sqn(AKA_SEQ_DELTA, 7));
    /* The limit of age, at both sides. */
    CU_ASSERT_FALSE(aka_usim_accept(&usim, aka_sqn(AKA_SEQ_DELTA - AKA_SEQ_AGE, 8)));
    CU_ASSERT_TRUE(aka_usim_accept(&usim, aka_sqn(AKA_SEQ_DELTA - AKA_SEQ_AGE + 1, 8)));
    CU_ASSERT_FALSE(aka_usim_accept(&usim, aka_sqn(AKA_SEQ_DELTA - AKA_SEQ_AGE + 1, 8)));
    CU_ASSERT_TRUE(aka_usim_accept(&usim, aka_sqn(AKA_SEQ_DELTA - AKA_SEQ_AGE + 2, 8)));
    /* One IND only rises; another one is free to be behind. */
    CU_ASSERT_FALSE(aka_usim_accept(&usim, aka_sqn(AKA_SEQ_DELTA - 1, 7)));
    CU_ASSERT_TRUE(aka_usim_accept(&usim, aka_sqn(AKA_SEQ_DELTA - 1, 9)));
    CU_ASSERT_EQUAL(usim.sqn_ms, aka_sqn(AKA_SEQ_DELTA, 7));

    CU_ASSERT_EQUAL(aka_sqn_next(0), aka_sqn(1, 1));
    CU_ASSERT_EQUAL(aka_sqn_next(aka_sqn(40, 31)), aka_sqn(41, 0));
    CU_ASSERT_EQUAL(aka_sqn(1, 0), 32);
}

/* The rules as they are written down: an array of SEQ, one per IND. */
static bool plain_accept(uint64_t seq_of[AKA_IND_COUNT], uint64_t *seq_ms, uint64_t sqn)
{
    uint64_t seq = aka_seq(sqn);

    if (seq > *seq_ms && seq - *seq_ms > AKA_SEQ_DELTA)
        return false;
    if (seq <= *seq_ms && *seq_ms - seq >= AKA_SEQ_AGE)
        return false;
    if (seq <= seq_of[aka_ind(sqn)])
        return false;
    seq_of[aka_ind(sqn)] = seq;
    *seq_ms = MAX(*seq_ms, seq);
    return true;
}

void test_aka_window_like_annex_c(void)
{
    uint64_t state = 6;
    unsigned differ = 0, taken = 0, refused = 0;

    for (unsigned round = 0; round < 50; round++) {
        struct aka_usim usim = {0};
        uint64_t seq_of[AKA_IND_COUNT] = {0}, seq_ms = 0;
        for (unsigned i = 0; i < 2000; i++) {
            uint64_t r = draw(&state);
            /* Around the greatest SEQ, near and far; now and then a leap about as great as is allowed. */
            uint64_t reach = r % 3 == 0 ? 600 : 40;
            uint64_t seq = r % 64 == 1 ? seq_ms + AKA_SEQ_DELTA - 2 + (r >> 8) % 5
                                       : seq_ms + (r >> 8) % reach - MIN(seq_ms, reach / 2);
            uint64_t sqn = aka_sqn(seq, (unsigned)(r >> 56) % (1 + round % AKA_IND_COUNT));
            bool expected = plain_accept(seq_of, &seq_ms, sqn);
            differ += aka_usim_accept(&usim, sqn) != expected || aka_seq(usim.sqn_ms) != seq_ms;
            taken += expected;
            refused += !expected;
        }
    }
    CU_ASSERT_EQUAL(differ, 0);
    CU_ASSERT_TRUE(taken > 10000 && refused > 10000);
}

void test_aka_resynchronisation(void)
{
    uint64_t state = 7;

    for (unsigned i = 0; i < 300; i++) {
        struct milenage m;
        struct aka_usim usim = {0};
        struct aka_vector v;
        struct aka_answer a;
        uint8_t rand[AKA_RAND];

        draw_key(&state, &m);
        draw_bytes(&state, rand, sizeof rand);
        /* The card has seen much; the HSS lost its counter (or, every other time, is far too high). */
        uint64_t seq = 1 + draw(&state) % AKA_SEQ_DELTA, sqn_he = 0;
        uint64_t sqn_ms = aka_sqn(seq, (unsigned)(seq % 32));
        if (i % 2)
            sqn_he = aka_sqn(seq + AKA_SEQ_DELTA, 3);
        CU_ASSERT_TRUE(aka_usim_accept(&usim, sqn_ms));
        aka_vector_make(&v, &m, aka_sqn_next(sqn_he), AKA_AMF_EPS, rand);
        CU_ASSERT_EQUAL(aka_usim_answer(&usim, &m, v.rand, v.autn, &a), AKA_SYNC_FAILURE);
        CU_ASSERT_EQUAL(aka_resynchronise(&m, v.rand, a.auts, &sqn_he), AKA_RESYNC_RESET);
        CU_ASSERT_EQUAL(sqn_he, sqn_ms);
        sqn_he = aka_sqn_next(sqn_he);
        aka_vector_make(&v, &m, sqn_he, AKA_AMF_EPS, rand);
        CU_ASSERT_EQUAL(aka_usim_answer(&usim, &m, v.rand, v.autn, &a), AKA_ACCEPTED);
    }
}

void test_aka_resynchronisation_refused(void)
{
    uint64_t state = 8, sqn_he = 0;
    struct milenage m, stranger;
    struct aka_usim usim = {0};
    struct aka_vector v;
    struct aka_answer a;
    uint8_t rand[AKA_RAND], auts[AKA_AUTS];

    draw_key(&state, &m);
    draw_key(&state, &stranger);
    draw_bytes(&state, rand, sizeof rand);
    CU_ASSERT_TRUE(aka_usim_accept(&usim, aka_sqn(1000, 5)));
    aka_vector_make(&v, &m, aka_sqn_next(sqn_he), AKA_AMF_EPS, rand);
    CU_ASSERT_EQUAL(aka_usim_answer(&usim, &m, v.rand, v.autn, &a), AKA_SYNC_FAILURE);
    /* AUTS = SQN_MS xor f5* | f1*, with an AMF of 0. */
    struct milenage_challenge c;
    milenage_begin(&c, &m, rand);
    milenage_f5_star(&c, auts);
    milenage_f1(&c, aka_sqn(1000, 5), 0, NULL, auts + 6);
    auts[4] ^= (uint8_t)(aka_sqn(1000, 5) >> 8);
    auts[5] ^= (uint8_t)aka_sqn(1000, 5);
    CU_ASSERT_EQUAL(memcmp(auts, a.auts, AKA_AUTS), 0);
    for (unsigned bit = 0; bit < 8 * AKA_AUTS; bit++) {
        memcpy(auts, a.auts, AKA_AUTS);
        auts[bit / 8] ^= (uint8_t)(1 << bit % 8);
        CU_ASSERT_EQUAL(aka_resynchronise(&m, rand, auts, &sqn_he), AKA_RESYNC_FORGED);
    }
    CU_ASSERT_EQUAL(aka_resynchronise(&stranger, rand, a.auts, &sqn_he), AKA_RESYNC_FORGED);
    rand[0] ^= 1;
    CU_ASSERT_EQUAL(aka_resynchronise(&m, rand, a.auts, &sqn_he), AKA_RESYNC_FORGED);
    rand[0] ^= 1;
    CU_ASSERT_EQUAL(sqn_he, 0);
    /* The HSS has gone on meanwhile: it stays where it is. One below that, the next would be no news. */
    sqn_he = aka_sqn(1000, 9);
    CU_ASSERT_EQUAL(aka_resynchronise(&m, rand, a.auts, &sqn_he), AKA_RESYNC_IN_RANGE);
    CU_ASSERT_EQUAL(sqn_he, aka_sqn(1000, 9));
    sqn_he = aka_sqn(999 + AKA_SEQ_DELTA, 9);
    CU_ASSERT_EQUAL(aka_resynchronise(&m, rand, a.auts, &sqn_he), AKA_RESYNC_IN_RANGE);
    sqn_he = aka_sqn(999, 9);
    CU_ASSERT_EQUAL(aka_resynchronise(&m, rand, a.auts, &sqn_he), AKA_RESYNC_RESET);
    CU_ASSERT_EQUAL(sqn_he, aka_sqn(1000, 5));
}

void test_aka_kasme_every_bit_counts(void)
{
    uint64_t state = 9;
    uint8_t in[41], before[AKA_KASME], after[AKA_KASME]; /* CK, IK, SN id, SQN xor AK */
    uint8_t autn[AKA_AUTN] = {0};

    draw_bytes(&state, in, sizeof in);
    memcpy(autn, in + 35, 6);
    aka_kasme(in, in + 16, in + 32, autn, before);
    for (unsigned bit = 0; bit < 8 * sizeof in; bit++) {
        in[bit / 8] ^= (uint8_t)(1 << bit % 8);
        memcpy(autn, in + 35, 6);
        aka_kasme(in, in + 16, in + 32, autn, after);
        in[bit / 8] ^= (uint8_t)(1 << bit % 8);
        CU_ASSERT_TRUE(differing_bits(before, after, AKA_KASME) > 80);
    }
}
