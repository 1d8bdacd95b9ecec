/* test_radio.c - the radio's arithmetic where nothing is left to chance: parameters, sizes, instants, order,
 * shares. */
#include "app/validate/radio_rig.h"

#include "sim/units.h"

#include <CUnit/CUnit.h>

#include <string.h>

#define QUIET    "dl-bler=0 ul-bler=0 preamble-miss=0 drx=no "
#define NO_SLOTS "slots=no "
#define US       SIM_US
#define MS       SIM_MS

/* ---- parameters ------------------------------------------------------------------------------------- */

void test_radio_defaults(void)
{
    struct access_params p;
    access_defaults(&p);
    CU_ASSERT_PTR_NULL(access_check(&p));
    CU_ASSERT_TRUE(p.slots && p.rohc && p.drx);
    CU_ASSERT_FALSE(p.sps || p.bundling);
    CU_ASSERT_EQUAL(p.sr_period, 10 * MS);
    CU_ASSERT_EQUAL(p.frame_start, ACCESS_RANDOM);
    CU_ASSERT_EQUAL(p.ul_grant, ACCESS_GRANT_EXPECTED);
    CU_ASSERT_EQUAL(p.gbr_bearers, 0);
    CU_ASSERT_DOUBLE_EQUAL(p.preamble_miss, 0.01, 0);
    CU_ASSERT_TRUE(access_set(&p, "rohc-header", "4byte"));
    CU_ASSERT_EQUAL(p.rohc_header, 4);
    CU_ASSERT_FALSE(access_set(&p, "rohc-header", "four"));
    CU_ASSERT_FALSE(access_set(&p, "no-such", "4"));
}

void test_radio_overlay(void)
{
    struct access_params p, other;
    struct access_given given = {.prb = true};
    access_defaults(&p);
    access_defaults(&other);
    other.prb = 25;
    other.cce = 20;
    access_overlay(&p, &other, &given);
    CU_ASSERT_EQUAL(p.prb, 25);
    CU_ASSERT_EQUAL(p.cce, 41);
}

void test_radio_parameters_go_together(void)
{
    static const char *const bad[][2] = {
        {"preambles",     "65"  },
        {"sr-period",     "0ms" },
        {"prach-period",  "1us" },
        {"drx-on",        "50ms"},
        {"drx-on",        "0ms" },
        {"gbr-share",     "100%"},
        {"dl-background", "20%" },
        {"ul-bler",       "1"   },
        {"sid-period",    "10ms"},
        {"voice-header",  "2"   },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        struct access_params p;
        access_defaults(&p);
        CU_ASSERT_TRUE(access_set(&p, bad[i][0], bad[i][1]));
        CU_ASSERT_PTR_NOT_NULL(access_check(&p));
    }
}

/* docs/radio.md names every parameter with its default and source, in the order of the list. */
void test_radio_document(void)
{
    char *path = g_build_filename(IMSSIM_TEST_SRCDIR, "docs", "radio.md", NULL), *text = NULL;
    CU_ASSERT_TRUE_FATAL(g_file_get_contents(path, &text, NULL, NULL));
    const char *at = text;
    for (size_t i = 0; i < access_ndecls; i++) {
        const struct access_decl *d = &access_decls[i];
        char *row = g_strdup_printf("\n| `%s` | %s | %s | %s |\n", d->name, d->dflt, d->about, d->source);
        const char *found = strstr(at, row);
        CU_ASSERT_PTR_NOT_NULL(found);
        if (!found)
            printf("\ndocs/radio.md lacks, or has in the wrong place:%s", row);
        at = found ? found : at;
        g_free(row);
    }
    g_free(text);
    g_free(path);
}

void test_radio_labels(void)
{
    CU_ASSERT_STRING_EQUAL(delay_name(DELAY_PAGING), "radio: paging occasion");
    CU_ASSERT_STRING_EQUAL(delay_name(DELAY_ORDER), "radio: order");
    CU_ASSERT_EQUAL(DELAY_PAGING, CAUSE_LABEL_COUNT);
    CU_ASSERT_PTR_NULL(delay_name(CAUSE_SCENARIO));
    CU_ASSERT_PTR_NULL(delay_name(DELAY_END));
    CU_ASSERT_TRUE(DELAY_END <= CAUSE_LABEL_MAX);
}

/* ---- one message on the air ------------------------------------------------------------------------- */

/* TR 36.912 annex B: dormant to active, with one occasion per ms or per 5 ms: 9.5 and 11.5 ms. */
void test_radio_request_and_grant(void)
{
    struct radio *r = radio_new(1, QUIET NO_SLOTS "sr-period=1ms");
    CU_ASSERT_EQUAL(radio_up(r, (struct cell_sending){.bytes = 40, .kind = CELL_DATA}), 9500 * US);
    CU_ASSERT_EQUAL(radio_part(r, DELAY_SR_WAIT), 500 * US);
    CU_ASSERT_EQUAL(radio_part(r, DELAY_SR), 4 * MS);
    CU_ASSERT_EQUAL(radio_part(r, DELAY_GRANT), 4 * MS);
    CU_ASSERT_EQUAL(radio_part(r, DELAY_SEND), 1 * MS);
    radio_free(r);
    r = radio_new(1, QUIET NO_SLOTS "sr-period=5ms");
    CU_ASSERT_EQUAL(radio_up(r, (struct cell_sending){.bytes = 40, .kind = CELL_DATA}), 11500 * US);
    radio_free(r);
}

/* TR 36.912 annex B, user plane: 1 + 0.5 + 1 + 1.5 = 4 ms each way. */
void test_radio_user_plane(void)
{
    struct radio *r = radio_new(1, QUIET NO_SLOTS "ul-grant=always");
    const struct cell_sending up = {.bytes = 40, .kind = CELL_DATA, .before = 1 * MS, .after = 1500 * US},
                              down = {.bytes = 40, .kind = CELL_DATA, .before = 1500 * US, .after = 1 * MS};
    CU_ASSERT_EQUAL(radio_up(r, up), 4 * MS);
    CU_ASSERT_EQUAL(r->j.handling, 1500 * US);
    radio_at(r, 10 * MS);
    CU_ASSERT_EQUAL(radio_down(r, down), 4 * MS);
    CU_ASSERT_EQUAL(r->j.handling, 1 * MS);
    radio_free(r);
}

/* Who is expected needs no request, if the network works so; who answers in step waits for no subframe. */
void test_radio_expected(void)
{
    const struct cell_sending answer = {.bytes = 8, .kind = CELL_SIGNALLING, .granted = true, .reacts = true};
    struct radio *r = radio_new(1, QUIET NO_SLOTS);
    CU_ASSERT_EQUAL(radio_up(r, answer), 1 * MS);
    radio_free(r);
    r = radio_new(1, QUIET NO_SLOTS "ul-grant=requested");
    CU_ASSERT_EQUAL(radio_up(r, answer), 14 * MS);
    radio_free(r);
}

/* CQI 8, 1.9141 bit per element: 10 blocks of 144 elements carry 344 bytes, 340 of them net; the downlink's
 * 50 blocks of 120 elements 1435 and 1431. */
void test_radio_sizes(void)
{
    static const struct {
        uint32_t bytes;
        int up, down;
    } sizes[] = {
        {1,    1,  1},
        {340,  1,  1},
        {341,  2,  1},
        {680,  2,  1},
        {1431, 5,  1},
        {1432, 5,  2},
        {3400, 10, 3},
        {3401, 11, 3},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        struct radio *r = radio_new(1, QUIET NO_SLOTS "ul-grant=always");
        radio_up(r, (struct cell_sending){.bytes = sizes[i].bytes, .kind = CELL_DATA});
        CU_ASSERT_EQUAL(radio_part(r, DELAY_SEND), sizes[i].up * MS);
        radio_down(r, (struct cell_sending){.bytes = sizes[i].bytes, .kind = CELL_DATA});
        CU_ASSERT_EQUAL(radio_part(r, DELAY_SEND), sizes[i].down * MS);
        radio_free(r);
    }
}

/* 1500 bytes: one block at the best quality, 63 at the worst. */
void test_radio_quality(void)
{
    static const int uplink[CELL_CQI_MAX + 1] = {0, 66, 40, 24, 15, 10, 8, 6, 5, 4, 4, 3, 3, 2, 2, 2};
    for (unsigned cqi = 1; cqi <= CELL_CQI_MAX; cqi++) {
        struct radio *r = radio_new(1, QUIET NO_SLOTS "ul-grant=always");
        cell_phone_init(&r->phone, r->cell, 1, cqi);
        radio_up(r, (struct cell_sending){.bytes = 1500, .kind = CELL_DATA});
        CU_ASSERT_EQUAL(radio_part(r, DELAY_SEND), uplink[cqi] * MS);
        radio_free(r);
    }
}

/* Four subframes for each block of a phone at the edge, none for others. */
void test_radio_bundling(void)
{
    struct radio *r = radio_new(1, QUIET NO_SLOTS "ul-grant=always tti-bundling=yes");
    cell_phone_init(&r->phone, r->cell, 1, 3);
    radio_up(r, (struct cell_sending){.bytes = 63, .kind = CELL_DATA});
    CU_ASSERT_EQUAL(radio_part(r, DELAY_SEND), 4 * MS);
    radio_down(r, (struct cell_sending){.bytes = 63, .kind = CELL_DATA});
    CU_ASSERT_EQUAL(radio_part(r, DELAY_SEND), 1 * MS);
    cell_phone_init(&r->phone, r->cell, 1, 4);
    radio_up(r, (struct cell_sending){.bytes = 63, .kind = CELL_DATA});
    CU_ASSERT_EQUAL(radio_part(r, DELAY_SEND), 1 * MS);
    radio_free(r);
}

/* ---- subframes -------------------------------------------------------------------------------------- */

/* Frames begin at 0: what is there at 3.2 ms goes from 4 to 5 ms. */
void test_radio_subframes(void)
{
    struct radio *r = radio_new(1, QUIET "frame-start=0ms");
    radio_at(r, 3200 * US);
    CU_ASSERT_EQUAL(radio_down(r, (struct cell_sending){.bytes = 40, .kind = CELL_DATA}), 1800 * US);
    CU_ASSERT_EQUAL(radio_part(r, DELAY_TTI), 800 * US);
    radio_at(r, 10 * MS);
    CU_ASSERT_EQUAL(radio_down(r, (struct cell_sending){.bytes = 40, .kind = CELL_DATA}), 1 * MS);
    radio_free(r);
    r = radio_new(1, QUIET "frame-start=300us");
    radio_at(r, 3200 * US);
    CU_ASSERT_EQUAL(radio_down(r, (struct cell_sending){.bytes = 40, .kind = CELL_DATA}), 1100 * US);
    radio_free(r);
}

/* A phone listens in the first 10 of every 40 ms, and 8 ms longer than something was sent. */
void test_radio_drx(void)
{
    const struct cell_sending what = {.bytes = 40, .kind = CELL_DATA};
    struct radio *r = radio_new(1, "dl-bler=0 ul-bler=0 frame-start=0ms");
    r->phone.drx_offset = 3 * MS;
    radio_at(r, 43 * MS);
    CU_ASSERT_EQUAL(radio_down(r, what), 1 * MS);
    radio_at(r, 52 * MS); /* until 44 + 8 awake by inactivity, until 53 by the cycle */
    CU_ASSERT_EQUAL(radio_down(r, what), 1 * MS);
    radio_at(r, 61 * MS);
    CU_ASSERT_EQUAL(radio_down(r, what), 1 * MS);
    radio_at(r, 70 * MS);
    CU_ASSERT_EQUAL(radio_down(r, what), 1 * MS);
    radio_at(r, 79 * MS); /* 71 + 8: still awake */
    CU_ASSERT_EQUAL(radio_down(r, what), 1 * MS);
    radio_at(r, 88 * MS); /* 80 + 8; it would listen from 83 to 93 anyway */
    CU_ASSERT_EQUAL(radio_down(r, what), 1 * MS);
    radio_at(r, 99 * MS); /* asleep since 97, until 123 */
    CU_ASSERT_EQUAL(radio_down(r, what), 25 * MS);
    CU_ASSERT_EQUAL(radio_part(r, DELAY_DRX), 24 * MS);
    radio_at(r, 140 * MS); /* the phone wakes itself to send */
    CU_ASSERT_EQUAL(radio_up(r, (struct cell_sending){.bytes = 40, .kind = CELL_DATA, .granted = true}),
                    1 * MS);
    radio_at(r, 145 * MS);
    CU_ASSERT_EQUAL(radio_down(r, what), 1 * MS);
    CU_ASSERT_EQUAL(radio_part(r, DELAY_DRX), 0);
    radio_free(r);
    r = radio_new(1, "dl-bler=0 ul-bler=0 frame-start=0ms");
    r->phone.drx_offset = 3 * MS;
    r->phone.sr_offset = 9 * MS;
    radio_at(r, 13 * MS); /* just asleep */
    CU_ASSERT_EQUAL(radio_down(r, what), 31 * MS);
    radio_at(r, 50 * MS); /* awake until 53 by the cycle, and until 59 because of this */
    CU_ASSERT_EQUAL(radio_down(r, what), 1 * MS);
    radio_at(r, 54 * MS); /* that it will ask for a grant at 59 does not put it to sleep */
    radio_up(r, what);
    CU_ASSERT_EQUAL(radio_part(r, DELAY_SR_WAIT), 5 * MS);
    radio_at(r, 55 * MS);
    CU_ASSERT_EQUAL(radio_down(r, what), 1 * MS);
    radio_free(r);
    r = radio_new(1, "dl-bler=0 frame-start=0ms");
    r->phone.drx_offset = 3 * MS;
    radio_at(
        r, 20 * MS); /* asleep until 43: what comes meanwhile sleeps as well, and goes with it or after it */
    CU_ASSERT_EQUAL(radio_down(r, what), 24 * MS);
    radio_at(r, 30 * MS);
    CU_ASSERT_EQUAL(radio_down(r, what), 14 * MS);
    CU_ASSERT_EQUAL(radio_part(r, DELAY_DRX), 13 * MS);
    radio_free(r);
    r = radio_new(1, NO_SLOTS "dl-bler=0");
    CU_ASSERT_EQUAL(radio_down(r, what), 11250 * US + 1500 * US);
    radio_free(r);
}

/* TS 36.304 7.1 and 7.2. IMSI 410072821393853 mod 1024 = 445: with T = 128, nB = T/4 it is called in frame
 * 116, subframe 9; identity 4 with T = 64, nB = T/4 in frame 16; with more occasions than frames the
 * subframes differ. */
void test_radio_paging_occasions(void)
{
    static const struct {
        int cycle, nb; /* frames; 32ths of a cycle */
        uint16_t ue_id;
        int frame, subframe;
    } cases[] = {
        {128, 8,   445,  116, 9},
        {64,  8,   4,    16,  9},
        {128, 32,  445,  61,  9},
        {32,  64,  22,   22,  4},
        {32,  64,  32,   0,   9},
        {64,  128, 50,   50,  0},
        {64,  128, 64,   0,   4},
        {64,  128, 128,  0,   5},
        {64,  128, 1023, 63,  9},
        {256, 1,   9,    32,  9},
    };
    CU_ASSERT_EQUAL(UINT64_C(410072821393853) % 1024, 445);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct radio *r = radio_new(1, "frame-start=3ms"), *even = radio_new(1, NO_SLOTS);
        const struct access_paging paging = {cases[i].cycle * ACCESS_FRAME, cases[i].nb};
        sim_time occasion = cases[i].frame * ACCESS_FRAME + cases[i].subframe * ACCESS_TTI,
                 begin = 10 * 256 * ACCESS_FRAME + 3 * MS; /* of a frame that is 0 for all of these cycles */
        CU_ASSERT_EQUAL(cell_paging_wait(r->cell, &paging, cases[i].ue_id, begin), occasion);
        CU_ASSERT_EQUAL(cell_paging_wait(r->cell, &paging, cases[i].ue_id, begin + occasion), 0);
        CU_ASSERT_EQUAL(cell_paging_wait(r->cell, &paging, cases[i].ue_id, begin + occasion + 1),
                        paging.cycle - 1);
        CU_ASSERT_EQUAL(cell_paging_wait(r->cell, &paging, cases[i].ue_id, begin + 7 * paging.cycle),
                        occasion);
        CU_ASSERT_EQUAL(cell_paging_wait(even->cell, &paging, cases[i].ue_id, begin), paging.cycle / 2);
        radio_free(r);
        radio_free(even);
    }
}

/* A page, and a response to a preamble, is never repeated and waits for nobody, but others wait for it; all
 * responses of an occasion need one order. */
void test_radio_to_all(void)
{
    struct radio *r = radio_new(1, QUIET NO_SLOTS "cce=8 dl-bler=90%");
    const struct cell_sending page = {.bytes = 8, .kind = CELL_COMMON, .reacts = true, .awake = true},
                              response = {.bytes = 7, .kind = CELL_RESPONSE, .reacts = true, .awake = true},
                              other = {.bytes = 1, .kind = CELL_UNREPEATED, .reacts = true};
    CU_ASSERT_EQUAL(radio_down(r, page), 1 * MS);
    CU_ASSERT_EQUAL(radio_down(r, page), 1 * MS);
    radio_down(r, other);
    CU_ASSERT_EQUAL(radio_part(r, DELAY_SHARED) + radio_part(r, DELAY_CONTROL), 2 * MS);
    radio_at(r, 50 * MS);
    cell_access(&r->phone);
    for (int i = 0; i < 3; i++)
        CU_ASSERT_EQUAL(radio_down(r, response), 1 * MS);
    radio_down(r, other);
    CU_ASSERT_EQUAL(radio_part(r, DELAY_SHARED) + radio_part(r, DELAY_CONTROL), 1 * MS);
    radio_at(r, 100 * MS);
    cell_access(&r->phone);
    CU_ASSERT_EQUAL(radio_down(r, response), 1 * MS);
    radio_down(r, other);
    CU_ASSERT_EQUAL(radio_part(r, DELAY_SHARED) + radio_part(r, DELAY_CONTROL), 1 * MS);
    radio_free(r);
}

/* ---- several messages ------------------------------------------------------------------------------- */

/* Two messages that are there at the same time and fit go in one transmission; a third that does not fit
 * comes after. */
void test_radio_one_transmission(void)
{
    struct radio *r = radio_new(1, QUIET NO_SLOTS);
    const struct cell_sending what = {.bytes = 700, .kind = CELL_SIGNALLING, .before = 4 * MS};
    CU_ASSERT_EQUAL(radio_down(r, what), 5500 * US);
    CU_ASSERT_EQUAL(radio_down(r, what), 5500 * US);
    CU_ASSERT_EQUAL(radio_part(r, DELAY_TTI), 500 * US);
    CU_ASSERT_EQUAL(radio_down(r, what), 6500 * US);
    radio_at(r, 1 * MS); /* the first is not on the air yet, but is taken as it is */
    CU_ASSERT_EQUAL(
        radio_down(r, (struct cell_sending){.bytes = 700, .kind = CELL_SIGNALLING, .before = 4 * MS}),
        5500 * US);
    radio_free(r);
}

/* A phone that is still sending need not ask, but has to be granted more; its blocks go one after the other.
 */
void test_radio_more_to_send(void)
{
    struct radio *r = radio_new(1, QUIET NO_SLOTS);
    const struct cell_sending what = {.bytes = 3400, .kind = CELL_DATA};
    CU_ASSERT_EQUAL(radio_up(r, what), 5 * MS + 8 * MS + 10 * MS);
    radio_at(r, 20 * MS); /* on the air from 13 to 23 ms */
    CU_ASSERT_EQUAL(radio_up(r, what), 7 * MS + 10 * MS);
    CU_ASSERT_EQUAL(radio_part(r, DELAY_SR_WAIT), 0);
    radio_at(r, 20500 * US); /* from 27 to 37 now */
    CU_ASSERT_EQUAL(radio_up(r, what), 26500 * US);
    CU_ASSERT_EQUAL(radio_part(r, DELAY_OWN) + radio_part(r, DELAY_SHARED), 9500 * US);
    radio_free(r);
}

/* What is repeated holds up what comes after it on the same kind of bearer, not what goes another way. */
void test_radio_order(void)
{
    struct radio *r = radio_new(3, "slots=no drx=no dl-bler=90% dl-harq-tx=8");
    const struct cell_sending first = {.bytes = 10, .kind = CELL_SIGNALLING, .after = 15 * MS},
                              next = {.bytes = 10, .kind = CELL_SIGNALLING};
    sim_time heard = 0;
    for (int i = 0; i < 200; i++) {
        radio_at(r, i * 2 * MS);
        sim_time t = radio_down(r, i % 2 ? next : first);
        if (t < 0)
            continue;
        CU_ASSERT_TRUE(r->sim->now + t >= heard);
        heard = MAX(heard, r->sim->now + t);
    }
    CU_ASSERT_TRUE(heard > r->sim->now + 20 * MS); /* it is far behind by then */
    r->phone.down.heard[1] = 0;
    radio_at(r, heard - 1);
    radio_down(r, next);
    CU_ASSERT_TRUE(radio_part(r, DELAY_ORDER) >= 0);
    radio_free(r);
}

/* The downlink of a cell with 50 blocks per subframe: phones that need 25 each go two by two. */
void test_radio_shared_channel(void)
{
    struct radio *r = radio_new(1, QUIET "frame-start=0ms dl-phone-prb=25");
    struct cell_phone phone[5];
    const struct cell_sending what = {.bytes = 700, .kind = CELL_DATA};
    for (unsigned i = 0; i < 5; i++) {
        cell_phone_init(&phone[i], r->cell, i, 8);
        journey_begin(&r->j);
        cell_down(&phone[i], &what, &r->j);
        CU_ASSERT_EQUAL(r->j.length, (1 + (sim_time)i / 2) * MS);
        CU_ASSERT_EQUAL(radio_part(r, DELAY_SHARED), (sim_time)i / 2 * MS);
    }
    radio_free(r);
}

/* 41 elements, 8 for an order to a phone at the edge: five in a subframe. */
void test_radio_control_channel(void)
{
    struct radio *r = radio_new(1, QUIET "frame-start=0ms");
    struct cell_phone phone[12];
    for (unsigned i = 0; i < 12; i++) {
        cell_phone_init(&phone[i], r->cell, i, 3);
        journey_begin(&r->j);
        cell_down(&phone[i], &(struct cell_sending){.bytes = 1, .kind = CELL_DATA}, &r->j);
        CU_ASSERT_EQUAL(radio_part(r, DELAY_CONTROL), (i < 6 ? 0 : i < 11 ? 1 : 2) * MS);
        CU_ASSERT_EQUAL(radio_part(r, DELAY_SHARED), 0);
    }
    radio_free(r);
}

/* Repetitions downlink are announced one by one, those uplink come by themselves. */
void test_radio_orders_of_repetitions(void)
{
    struct radio *r =
        radio_new(1, NO_SLOTS "drx=no dl-bler=99.9999% ul-bler=99.9999% ul-grant=always prb=100000 cce=2");
    const struct cell_sending what = {.bytes = 1, .kind = CELL_UNREPEATED};
    struct cell_phone other;
    cell_phone_init(&other, r->cell, 2, 8);
    CU_ASSERT_EQUAL(radio_down(r, what), -1);
    journey_begin(&r->j);
    cell_down(&other, &what, &r->j);
    CU_ASSERT_EQUAL(radio_part(r, DELAY_SHARED) + radio_part(r, DELAY_CONTROL), 4 * MS);
    radio_at(r, 50 * MS);
    CU_ASSERT_EQUAL(radio_up(r, what), -1);
    journey_begin(&r->j);
    cell_up(&other, &what, &r->j);
    CU_ASSERT_EQUAL(radio_part(r, DELAY_SHARED) + radio_part(r, DELAY_CONTROL), 1 * MS);
    radio_free(r);
}

/* Work is done at once when there is none: a queue that has run empty leaves nothing behind. */
void test_radio_queue_runs_empty(void)
{
    struct radio *r = radio_new(1, QUIET NO_SLOTS);
    const struct cell_sending what = {.bytes = 14310, .kind = CELL_DATA};
    struct cell_phone other;
    cell_phone_init(&other, r->cell, 2, 8);
    CU_ASSERT_EQUAL(radio_down(r, what), 10500 * US);
    radio_at(r, 4 * MS);
    journey_begin(&r->j);
    cell_down(&other, &what, &r->j);
    CU_ASSERT_EQUAL(radio_part(r, DELAY_SHARED), 6 * MS);
    radio_at(r, 20 * MS);
    cell_phone_init(&other, r->cell, 3, 8);
    journey_begin(&r->j);
    cell_down(&other, &what, &r->j);
    CU_ASSERT_EQUAL(radio_part(r, DELAY_SHARED), 0);
    radio_free(r);
}

/* ---- random access ---------------------------------------------------------------------------------- */

/* Rows 1 to 6 of the idle-to-connected table of TR 36.912: 0.5 + 1 + 3 + 5 + 1 ms. */
void test_radio_random_access(void)
{
    struct radio *r = radio_new(1, QUIET NO_SLOTS "prach-period=1ms");
    CU_ASSERT_EQUAL(cell_access(&r->phone), 1500 * US);
    journey_begin(&r->j);
    CU_ASSERT_TRUE(cell_preamble(&r->phone, &r->j));
    CU_ASSERT_EQUAL(r->j.length, 1500 * US);
    CU_ASSERT_EQUAL(radio_part(r, DELAY_PRACH), 500 * US);
    radio_at(r, 1500 * US);
    CU_ASSERT_EQUAL(
        radio_down(r,
                   (struct cell_sending){
                       .bytes = 7, .kind = CELL_RESPONSE, .before = 2 * MS, .reacts = true, .awake = true}),
        3 * MS);
    radio_at(r, 4500 * US);
    journey_begin(&r->j);
    CU_ASSERT_TRUE(
        cell_msg3(&r->phone,
                  &(struct cell_sending){
                      .bytes = 6, .kind = CELL_UNREPEATED, .before = 5 * MS, .granted = true, .reacts = true},
                  &r->j));
    CU_ASSERT_EQUAL(r->j.length, 6 * MS);
    CU_ASSERT_EQUAL(cell_still_sending(&r->phone), 6 * MS);
    radio_free(r);
}

/* One preamble for all: of three, none gets through, or with capture just one; at the next occasion it is
 * another story. */
static unsigned through(const char *settings, unsigned phones)
{
    struct radio *r = radio_new(7, settings);
    struct cell_phone phone[8];
    unsigned n = 0;
    for (unsigned i = 0; i < phones; i++) {
        cell_phone_init(&phone[i], r->cell, i, 8);
        cell_access(&phone[i]);
        journey_begin(&r->j);
        CU_ASSERT_TRUE(cell_preamble(&phone[i], &r->j));
    }
    CU_ASSERT_EQUAL(cell_contenders(&phone[0]), phones);
    radio_at(r, 10 * MS);
    for (unsigned i = 0; i < phones; i++) {
        journey_begin(&r->j);
        n += cell_msg3(&phone[i],
                       &(struct cell_sending){.bytes = 6, .kind = CELL_UNREPEATED, .granted = true}, &r->j);
    }
    cell_access(&phone[0]);
    CU_ASSERT_EQUAL(cell_contenders(&phone[0]), 1);
    radio_free(r);
    return n;
}

void test_radio_collisions(void)
{
    CU_ASSERT_EQUAL(through(QUIET "preambles=1", 1), 1);
    CU_ASSERT_EQUAL(through(QUIET "preambles=1", 3), 0);
    CU_ASSERT_EQUAL(through(QUIET "preambles=1 capture=100%", 3), 1);
    CU_ASSERT_EQUAL(through(QUIET "preambles=1 capture=100%", 8), 1);
}

/* A collision costs the phone all its transmissions, and the timer runs from the last. */
void test_radio_collision_is_noticed_late(void)
{
    struct radio *r = radio_new(1, QUIET NO_SLOTS "preambles=1");
    struct cell_phone other;
    cell_phone_init(&other, r->cell, 2, 8);
    cell_access(&other);
    cell_access(&r->phone);
    journey_begin(&r->j);
    CU_ASSERT_FALSE(cell_msg3(
        &r->phone,
        &(struct cell_sending){.bytes = 6, .kind = CELL_UNREPEATED, .granted = true, .reacts = true}, &r->j));
    CU_ASSERT_EQUAL(cell_still_sending(&r->phone), 1 * MS + 3 * 8 * MS);
    radio_free(r);
}

/* A preamble that nobody hears disturbs nobody. */
void test_radio_preamble_unheard(void)
{
    struct radio *r = radio_new(1, "preambles=1 preamble-miss=100%");
    cell_access(&r->phone);
    journey_begin(&r->j);
    CU_ASSERT_FALSE(cell_preamble(&r->phone, &r->j));
    CU_ASSERT_EQUAL(cell_contenders(&r->phone), 0);
    radio_free(r);
}

/* ---- bearers with a guaranteed bit rate ------------------------------------------------------------- */

/* 41 kbit/s: 103 bytes in 20 ms, with RoHC 66; one downlink block pair carries 28.7 bytes at CQI 8, an uplink
 * one 34.4. Talk half of the time, one packet in silence of 10 or 47 bytes in eight periods. HARQ sends 1.111
 * (4) and 1.1111 (5). */
void test_radio_voice_need(void)
{
    static const struct {
        const char *settings;
        double up, down, orders;
    } cases[] = {
  /* 70 bytes: 3 and 3 pairs; 14 bytes: 1 */
        {"rohc=yes",         0.5 * 3 + 0.0625 * 1, 0.5 * 3 + 0.0625 * 1, 0.5 * 2.111 + 0.0625 * 2.111},
 /* 107 bytes: 4 and 4; 51 bytes: 2 */
        {"rohc=no",          0.5 * 4 + 0.0625 * 2, 0.5 * 4 + 0.0625 * 2, 0.5 * 2.111 + 0.0625 * 2.111},
        {"rohc=yes sps=yes", 0.5 * 3 + 0.0625 * 1, 0.5 * 3 + 0.0625 * 1, 0.5 * 0.111 + 0.0625 * 2.111},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct radio *r = radio_new(1, cases[i].settings);
        struct cell_shares s = cell_need(r->cell, 8, true, 41, 41);
        CU_ASSERT_DOUBLE_EQUAL((double)s.up, cases[i].up * 1.1111 / (20 * 50) * 1e9, 2);
        CU_ASSERT_DOUBLE_EQUAL((double)s.down, cases[i].down * 1.111 / (20 * 50) * 1e9, 2);
        CU_ASSERT_DOUBLE_EQUAL((double)s.control, cases[i].orders * 2 / (20 * 41) * 1e9, 2);
        radio_free(r);
    }
}

/* Four fifths of a cell: 460 calls by the blocks uplink, 276 by the orders of dynamic scheduling; what each
 * option is worth. At the edge a packet takes 12 pairs in two blocks uplink, each four times when blocks are
 * bundled, with next to no repetition then. */
void test_radio_voice_capacity(void)
{
    static const struct {
        const char *settings;
        unsigned cqi;
        uint64_t calls;
    } cases[] = {
        {"rohc=yes",                          8, 276},
        {"rohc=no",                           8, 276},
        {"rohc=yes sps=yes",                  8, 460},
        {"rohc=no sps=yes",                   8, 338},
        {"rohc=yes",                          3, 48 },
        {"rohc=yes sps=yes",                  3, 107},
        {"rohc=yes sps=yes tti-bundling=yes", 3, 32 },
        {"gbr-bearers=12",                    8, 12 },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct radio *r = radio_new(1, cases[i].settings);
        struct cell_shares s = cell_need(r->cell, cases[i].cqi, true, 41, 41);
        uint64_t n = 0;
        CU_ASSERT_EQUAL(cell_capacity(r->cell, s), cases[i].calls);
        while (cell_admit(r->cell, s))
            n++;
        CU_ASSERT_EQUAL(n, cases[i].calls);
        CU_ASSERT_EQUAL(cell_gbr_bearers(r->cell), n);
        cell_release(r->cell, s);
        CU_ASSERT_TRUE(cell_admit(r->cell, s));
        CU_ASSERT_FALSE(cell_admit(r->cell, s));
        while (n--)
            cell_release(r->cell, s);
        CU_ASSERT_EQUAL(cell_gbr_bearers(r->cell), 0);
        radio_free(r);
    }
}

/* A stream, such as video: full blocks. 1000 kbit/s is 2500 bytes in 20 ms: 1.747 downlink blocks of 1431
 * bytes. */
void test_radio_stream_need(void)
{
    struct radio *r = radio_new(1, "dl-bler=0 ul-bler=0");
    struct cell_shares s = cell_need(r->cell, 8, false, 1000, 1000);
    CU_ASSERT_DOUBLE_EQUAL((double)s.down, 2500.0 / 1431 / 20 * 1e9, 2);
    CU_ASSERT_DOUBLE_EQUAL((double)s.up, 2500.0 / 340 * 10 / (20 * 50) * 1e9, 2);
    CU_ASSERT_DOUBLE_EQUAL((double)s.control, (2500.0 / 340 + 2500.0 / 1431) * 2 / (20 * 41) * 1e9, 2);
    radio_free(r);
}

/* Calls leave less of the cell to everything else: with half of the downlink taken, work takes twice the
 * time. */
void test_radio_calls_slow_the_rest(void)
{
    struct radio *r = radio_new(1, QUIET NO_SLOTS "dl-background=10%");
    CU_ASSERT_TRUE(cell_admit(r->cell, (struct cell_shares){.down = CELL_SHARE_ALL * 4 / 10}));
    CU_ASSERT_EQUAL(radio_down(r, (struct cell_sending){.bytes = 14310, .kind = CELL_DATA}), 20500 * US);
    CU_ASSERT_EQUAL(radio_part(r, DELAY_SHARED), 10 * MS);
    radio_free(r);
}

/* Semi-persistent scheduling spares a voice packet request and grant: 5 ms on average and 8 ms, less half a
 * subframe. */
void test_radio_voice_delay(void)
{
    struct radio *r = radio_new(1, QUIET);
    CU_ASSERT_EQUAL(cell_voice_delay_up(r->cell, 8, 41), 1 * MS + 13 * MS + 1 * MS + 1500 * US);
    CU_ASSERT_EQUAL(cell_voice_delay_down(r->cell, 8, 41), 1500 * US + 500 * US + 1 * MS + 1 * MS);
    radio_free(r);
    r = radio_new(1, QUIET "sps=yes");
    CU_ASSERT_EQUAL(cell_voice_delay_up(r->cell, 8, 41), 1 * MS + 500 * US + 1 * MS + 1500 * US);
    radio_free(r);
    r = radio_new(1, "sps=yes tti-bundling=yes");
    CU_ASSERT_EQUAL(cell_voice_delay_up(r->cell, 3, 13), 1 * MS + 500 * US + 4 * MS + 1500 * US + 1600);
    CU_ASSERT_EQUAL(cell_voice_delay_down(r->cell, 8, 41),
                    1500 * US + 11250 * US + 500 * US + 1 * MS + 1 * MS + 885689);
    radio_free(r);
}
