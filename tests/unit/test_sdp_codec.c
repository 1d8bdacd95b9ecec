/* test_sdp_codec.c - codecs: what they need on the way, which of two parties' are the same, what is offered and answered. */
#include "tests/unit/sdp_call.h"

/* ---- rates -------------------------------------------------------------------------------------------- */

/* Payload in bytes, bandwidth-efficient and octet-aligned, and b=AS over IPv4 and IPv6 of each: TS 26.114 annex K and the frame
 * sizes of TS 26.101 and TS 26.201, worked out by hand. */
static const struct {
    const char *encoding;
    unsigned mode, payload_be, payload_oa, v4_be, v6_be, v4_oa, v6_oa;
} frames[] = {
    {"AMR",    0, 14, 14, 22, 30, 22, 30},
    {"AMR",    1, 15, 15, 22, 30, 22, 30},
    {"AMR",    2, 16, 17, 23, 31, 23, 31},
    {"AMR",    3, 18, 19, 24, 32, 24, 32},
    {"AMR",    4, 20, 21, 24, 32, 25, 33},
    {"AMR",    5, 22, 22, 25, 33, 25, 33},
    {"AMR",    6, 27, 28, 27, 35, 28, 36},
    {"AMR",    7, 32, 33, 29, 37, 30, 38},
    {"AMR-WB", 0, 18, 19, 24, 32, 24, 32},
    {"AMR-WB", 1, 24, 25, 26, 34, 26, 34},
    {"AMR-WB", 2, 33, 34, 30, 38, 30, 38},
    {"AMR-WB", 3, 37, 38, 31, 39, 32, 40},
    {"AMR-WB", 4, 41, 42, 33, 41, 33, 41},
    {"AMR-WB", 5, 47, 48, 35, 43, 36, 44},
    {"AMR-WB", 6, 51, 52, 37, 45, 37, 45},
    {"AMR-WB", 7, 59, 60, 40, 48, 40, 48},
    {"AMR-WB", 8, 61, 62, 41, 49, 41, 49},
};

static uint32_t as_of(const char *encoding, const char *fmtp, unsigned ip_version)
{
    const struct sdp_codec codec = {.encoding = encoding, .fmtp = fmtp};
    return sdp_codec_as(&codec, ip_version);
}

static uint32_t bps_of(const char *encoding, const char *fmtp, unsigned ip_version)
{
    const struct sdp_codec codec = {.encoding = encoding, .fmtp = fmtp};
    return sdp_codec_bps(&codec, ip_version);
}

void test_sdp_codec_rates(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(frames); i++) {
        char be[32], oa[48];
        const char *name = frames[i].encoding;
        g_snprintf(be, sizeof be, "mode-set=%u", frames[i].mode);
        g_snprintf(oa, sizeof oa, "octet-align=1; mode-set=%u", frames[i].mode);
        CU_ASSERT_EQUAL(bps_of(name, be, 4), (20 + 8 + 12 + frames[i].payload_be) * 8 * 50);
        CU_ASSERT_EQUAL(bps_of(name, be, 6), (40 + 8 + 12 + frames[i].payload_be) * 8 * 50);
        CU_ASSERT_EQUAL(bps_of(name, oa, 4), (20 + 8 + 12 + frames[i].payload_oa) * 8 * 50);
        CU_ASSERT_EQUAL(bps_of(name, oa, 6), (40 + 8 + 12 + frames[i].payload_oa) * 8 * 50);
        CU_ASSERT_EQUAL(as_of(name, be, 4), frames[i].v4_be);
        CU_ASSERT_EQUAL(as_of(name, be, 6), frames[i].v6_be);
        CU_ASSERT_EQUAL(as_of(name, oa, 4), frames[i].v4_oa);
        CU_ASSERT_EQUAL(as_of(name, oa, 6), frames[i].v6_oa);
    }
}

/* The highest mode of the set counts; without a set, the highest there is. */
void test_sdp_codec_highest_mode(void)
{
    CU_ASSERT_EQUAL(as_of("AMR", NULL, 4), 29);
    CU_ASSERT_EQUAL(as_of("AMR", "", 4), 29);
    CU_ASSERT_EQUAL(as_of("amr", "mode-set=0,2,4", 4), 24);
    CU_ASSERT_EQUAL(as_of("AMR", "mode-set=4,2,0", 4), 24);
    CU_ASSERT_EQUAL(as_of("AMR-WB", "max-red=220; mode-set=0,1,2 ;mode-change-capability=2", 6), 38);
    CU_ASSERT_EQUAL(as_of("AMR-WB", "mode-set=x", 4), 24);
    CU_ASSERT_EQUAL(as_of("AMR-WB", "mode-set=99", 4), 24);
    CU_ASSERT_EQUAL(as_of("AMR-WB", "x-mode-set=2", 4), 41); /* another parameter */
    CU_ASSERT_EQUAL(as_of("AMR-WB", "mode-set=3;crc=1", 4), 32); /* needs octet-aligned payload */
    CU_ASSERT_EQUAL(as_of("EVRC", NULL, 4), 25);
    CU_ASSERT_EQUAL(as_of("PCMA", NULL, 4), 80);
    CU_ASSERT_EQUAL(as_of("PCMU", NULL, 6), 88);
    CU_ASSERT_EQUAL(as_of("H264", NULL, 4), 0);
    CU_ASSERT_EQUAL(as_of("telephone-event", "0-15", 4), 0);
}

/* ---- one codec of each side ---------------------------------------------------------------------------- */

/* RFC 4867 8.3.1. `answer` NULL: the payload type is refused. */
static const struct {
    const char *encoding, *offered, *own, *answer;
} pairs[] = {
    /* mode-set: returned as it came, or refused; the own one only when none was offered */
    {"AMR-WB", "mode-set=2",                   "mode-set=2",                    "mode-set=2"                            },
    {"AMR-WB", "mode-set=2",                   NULL,                            "mode-set=2"                            },
    {"AMR-WB", "mode-set=8",                   "mode-set=2",                    NULL                                    },
    {"AMR-WB", "mode-set=0,1,2",               "mode-set=2",                    NULL                                    },
    {"AMR-WB", "mode-set=2",                   "mode-set=0,1,2",                "mode-set=2"                            },
    {"AMR-WB", "mode-set=2,1,0",               "mode-set=0,1,2",                "mode-set=2,1,0"                        },
    {"AMR-WB", NULL,                           "mode-set=8",                    "mode-set=8"                            },
    {"AMR-WB", NULL,                           NULL,                            ""                                      },
    {"AMR",    "",                             "mode-set=0,2,4,7",              "mode-set=0,2,4,7"                      },
    /* what is the same on both sides and comes back unchanged */
    {"AMR-WB", "octet-align=1",                NULL,                            NULL                                    },
    {"AMR-WB", NULL,                           "octet-align=1",                 NULL                                    },
    {"AMR-WB", "octet-align=0",                NULL,                            "octet-align=0"                         },
    {"AMR-WB", "octet-align=1; mode-set=2",    "octet-align=1",                 "octet-align=1;mode-set=2"              },
    {"AMR",    "octet-align=1",                "octet-align=1;crc=1",           NULL                                    },
    {"AMR",    "crc=1",                        "octet-align=1;crc=1",           "crc=1"                                 },
    {"AMR",    "robust-sorting=1",             "octet-align=1",                 NULL                                    },
    {"AMR",    "octet-align=1;interleaving=4", "octet-align=1;interleaving=5",  NULL                                    },
    {"AMR",    "octet-align=1;interleaving=4", "octet-align=1;interleaving=4",  "octet-align=1;interleaving=4"          },
    /* what each side says for itself */
    {"AMR-WB", "mode-set=2;max-red=220",       "max-red=0",                     "mode-set=2;max-red=0"                  },
    {"AMR-WB", "mode-change-capability=2",     "mode-change-capability=2",      "mode-change-capability=2"              },
    {"AMR-WB", "mode-change-capability=2",     "mode-change-period=2",          "mode-change-period=2"                  },
    {"AMR-WB", NULL,                           "mode-change-period=2;max-red=0", "max-red=0"                            },
    {"AMR-WB", "mode-change-period=2",         NULL,                            NULL                                    },
    {"AMR-WB", "mode-change-period=2",         "mode-change-capability=2",      "mode-change-capability=2"              },
    /* others */
    {"H264",   "profile-level-id=42e00c;packetization-mode=1", " packetization-mode=1; profile-level-id=42E00C",
     "profile-level-id=42e00c;packetization-mode=1"                                                                     },
    {"H264",   "profile-level-id=42e00c",      "profile-level-id=42e00d",       NULL                                    },
    {"H264",   "profile-level-id=42e00c",      NULL,                            "profile-level-id=42e00c"               },
    {"H264",   NULL,                           "profile-level-id=42e00c",       "profile-level-id=42e00c"               },
    {"telephone-event", "0-15",                "0-11",                          "0-11"                                  },
    {"telephone-event", "0-15",                NULL,                            ""                                      },
};

void test_sdp_codec_parameters(void)
{
    GString *fmtp = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++) {
        const struct sdp_codec offered = {.encoding = pairs[i].encoding, .fmtp = pairs[i].offered, .clock_rate = 16000};
        const struct sdp_codec own = {.encoding = pairs[i].encoding, .fmtp = pairs[i].own, .clock_rate = 16000, .channels = 1};
        bool taken = sdp_codec_take(&offered, &own, fmtp);
        bool good = taken == (pairs[i].answer != NULL) && (!taken || strcmp(fmtp->str, pairs[i].answer) == 0);
        if (!good)
            printf("\n%s offered \"%s\", own \"%s\": %s \"%s\"", pairs[i].encoding, pairs[i].offered, pairs[i].own,
                   taken ? "taken with" : "refused, not", fmtp->str);
        CU_ASSERT_TRUE(good);
    }
    g_string_free(fmtp, TRUE);
}

void test_sdp_codec_identity(void)
{
    GString *fmtp = g_string_new(NULL);
    const struct sdp_codec wb = {.encoding = "AMR-WB", .clock_rate = 16000}, lower = {.encoding = "amr-wb", .clock_rate = 16000};
    const struct sdp_codec nb = {.encoding = "AMR", .clock_rate = 8000}, odd = {.encoding = "AMR-WB", .clock_rate = 8000};
    const struct sdp_codec stereo = {.encoding = "AMR-WB", .clock_rate = 16000, .channels = 2};
    CU_ASSERT_TRUE(sdp_codec_take(&wb, &lower, fmtp));
    CU_ASSERT_FALSE(sdp_codec_take(&wb, &nb, fmtp));
    CU_ASSERT_FALSE(sdp_codec_take(&wb, &odd, fmtp));
    CU_ASSERT_FALSE(sdp_codec_take(&wb, &stereo, fmtp));
    CU_ASSERT_TRUE(sdp_codec_take(&stereo, &stereo, fmtp));
    g_string_free(fmtp, TRUE);
}

/* ---- lists -------------------------------------------------------------------------------------------- */

/* clang-format off */
/* The order of GSMA IR.92: wideband first, bandwidth-efficient first, telephone-event for each clock rate. */
static const struct sdp_media phone_a = {.kind = SDP_AUDIO, .port = 4000, .as_of_codec = true, .n_codecs = 7, .codecs = {
    {.payload = 104, .encoding = "AMR-WB", .clock_rate = 16000, .fmtp = "mode-set=2"},
    {.payload = 105, .encoding = "AMR-WB", .clock_rate = 16000, .fmtp = "mode-set=8"},
    {.payload = 106, .encoding = "AMR-WB", .clock_rate = 16000, .fmtp = "octet-align=1"},
    {.payload = 102, .encoding = "AMR", .clock_rate = 8000},
    {.payload = 103, .encoding = "AMR", .clock_rate = 8000, .fmtp = "octet-align=1"},
    {.payload = 100, .encoding = "telephone-event", .clock_rate = 16000, .fmtp = "0-15"},
    {.payload = 101, .encoding = "telephone-event", .clock_rate = 8000, .fmtp = "0-15"}}};
/* The same codecs under other numbers, one of them that of another codec there. */
static const struct sdp_media phone_b = {.kind = SDP_AUDIO, .port = 5000, .as_of_codec = true, .n_codecs = 4, .codecs = {
    {.payload = 102, .encoding = "AMR-WB", .clock_rate = 16000, .fmtp = "mode-set=8"},
    {.payload = 105, .encoding = "AMR", .clock_rate = 8000, .fmtp = "mode-set=7"},
    {.payload = 110, .encoding = "telephone-event", .clock_rate = 16000, .fmtp = "0-11"},
    {.payload = 111, .encoding = "telephone-event", .clock_rate = 8000, .fmtp = "0-11"}}};
/* Narrowband, and events of the wrong clock rate. */
static const struct sdp_media phone_c = {.kind = SDP_AUDIO, .port = 6000, .as_of_codec = true, .n_codecs = 2, .codecs = {
    {.payload = 96, .encoding = "AMR", .clock_rate = 8000},
    {.payload = 97, .encoding = "telephone-event", .clock_rate = 16000}}};
static const struct sdp_media only_events = {.kind = SDP_AUDIO, .port = 6000, .n_codecs = 1, .codecs = {
    {.payload = 97, .encoding = "telephone-event", .clock_rate = 16000}}};
/* clang-format on */

static void check_list(const struct sdp_codec_list *list, uint32_t as, const char *expected)
{
    GString *text = g_string_new(NULL);
    for (unsigned i = 0; list && i < list->n; i++)
        g_string_append_printf(text, "%s%u %s/%u%s%s", i ? ", " : "", list->item[i].payload, list->item[i].encoding,
                               list->item[i].clock_rate, list->item[i].fmtp ? " " : "", list->item[i].fmtp ? list->item[i].fmtp : "");
    CU_ASSERT_STRING_EQUAL(text->str, expected);
    if (strcmp(text->str, expected) != 0)
        printf("\ngot      %s\nexpected %s", text->str, expected);
    if (list)
        CU_ASSERT_EQUAL(list->as_kbps, as);
    g_string_free(text, TRUE);
}

static uint8_t all_of(const struct sdp_media *m)
{
    return (uint8_t)((1u << m->n_codecs) - 1);
}

static const struct sdp_codec_list *answer_of(struct sdp_codecs *all, const struct sdp_media *from, const struct sdp_media *to)
{
    return sdp_codecs_answer(all, from->codecs, all_of(from), to);
}

void test_sdp_codec_answers(void)
{
    struct sdp_codecs *all = sdp_codecs_new();
    check_list(answer_of(all, &phone_a, &phone_b), 41, "105 AMR-WB/16000 mode-set=8, 100 telephone-event/16000 0-11");
    check_list(answer_of(all, &phone_a, &phone_c), 29, "102 AMR/8000");
    check_list(answer_of(all, &phone_a, &phone_a), 30, "104 AMR-WB/16000 mode-set=2, 100 telephone-event/16000 0-15");
    check_list(answer_of(all, &phone_c, &phone_a), 29, "96 AMR/8000");
    check_list(answer_of(all, &phone_c, &phone_b), 29, "96 AMR/8000 mode-set=7");
    CU_ASSERT_PTR_NULL(answer_of(all, &phone_a, &only_events)); /* events alone are no codec */
    CU_ASSERT_PTR_NULL(answer_of(all, &only_events, &phone_a));
    /* Only part of the list is offered. */
    check_list(sdp_codecs_answer(all, phone_a.codecs, 1u << 4 | 1u << 6, &phone_a), 30,
               "103 AMR/8000 octet-align=1, 101 telephone-event/8000 0-15");
    /* The same question has the same answer, and is not worked out again. */
    unsigned count = sdp_codecs_count(all);
    CU_ASSERT_PTR_EQUAL(answer_of(all, &phone_a, &phone_b), answer_of(all, &phone_a, &phone_b));
    CU_ASSERT_EQUAL(sdp_codecs_count(all), count);
    sdp_codecs_free(all);
}

void test_sdp_codec_offers(void)
{
    struct sdp_codecs *all = sdp_codecs_new();
    const struct sdp_codec_list *agreed;
    check_list(sdp_codecs_offer(all, &phone_b, 0, NULL, 0), 41,
               "102 AMR-WB/16000 mode-set=8, 105 AMR/8000 mode-set=7, 110 telephone-event/16000 0-11, 111 telephone-event/8000 0-11");
    check_list(sdp_codecs_offer(all, &phone_b, 1, NULL, 0), 41,
               "105 AMR/8000 mode-set=7, 102 AMR-WB/16000 mode-set=8, 110 telephone-event/16000 0-11, 111 telephone-event/8000 0-11");
    /* A codec that was agreed on keeps its number, and one whose number that is gets another (RFC 3264 8.3.2). */
    agreed = answer_of(all, &phone_a, &phone_b);
    check_list(sdp_codecs_offer(all, &phone_b, 1, agreed->item, 3), 41,
               "96 AMR/8000 mode-set=7, 105 AMR-WB/16000 mode-set=8, 100 telephone-event/16000 0-11, 111 telephone-event/8000 0-11");
    /* Of own codecs that all fit, the first has it. */
    check_list(sdp_codecs_offer(all, &phone_a, 2, answer_of(all, &phone_c, &phone_a)->item, 1), 41,
               "106 AMR-WB/16000 octet-align=1, 104 AMR-WB/16000 mode-set=2, 105 AMR-WB/16000 mode-set=8, 96 AMR/8000, "
               "103 AMR/8000 octet-align=1, 100 telephone-event/16000 0-15, 101 telephone-event/8000 0-15");
    check_list(sdp_codecs_of(all, phone_a.codecs, 1u << 1 | 1u << 6), 41, "105 AMR-WB/16000 mode-set=8, 101 telephone-event/8000 0-15");
    sdp_codecs_free(all);
}

/* ---- sessions ------------------------------------------------------------------------------------------ */

/* The answer's b=AS is that of the codec chosen, and the offer's that of the one that needs most. Exchange after exchange
 * the same lists come back: a call leaves no memory behind. */
void test_sdp_codec_sessions(void)
{
    struct call c;
    unsigned count = 0;

    call_init(&c);
    c.la.media = &phone_a;
    c.lb.media = &phone_b;
    c.la.n_media = c.lb.n_media = 1;
    c.la.preconditions = c.lb.preconditions = false;
    call_restart(&c);
    exchange(&c, &c.a, &c.b);
    CU_ASSERT_EQUAL(c.offer->streams[0].as_kbps, 41);
    check_text(c.answer, "v=0\no=- 35270718123 35270718123 IN IP4 100.200.1.2\ns=-\nc=IN IP4 100.200.1.2\nt=0 0\n"
                         "m=audio 5000 RTP/AVP 105 100\nb=AS:41\na=rtpmap:105 AMR-WB/16000\na=fmtp:105 mode-set=8\n"
                         "a=rtpmap:100 telephone-event/16000\na=fmtp:100 0-11\n");
    for (unsigned round = 0; round < 6; round++) {
        exchange(&c, round % 2 ? &c.a : &c.b, round % 2 ? &c.b : &c.a);
        CU_ASSERT_EQUAL(c.answer->streams[0].codec_mask, 3);
        CU_ASSERT_EQUAL(sdp_stream_codec(&c.answer->streams[0])->payload, 105);
        if (round == 1)
            count = sdp_codecs_count(c.pool.codecs);
    }
    CU_ASSERT_EQUAL(sdp_codecs_count(c.pool.codecs), count);
    call_clear(&c);

    c.la.media = &phone_c;
    call_restart(&c);
    exchange(&c, &c.a, &c.b);
    CU_ASSERT_EQUAL(c.offer->streams[0].as_kbps, 29);
    CU_ASSERT_EQUAL(c.answer->streams[0].as_kbps, 29);
    call_clear(&c);
}
