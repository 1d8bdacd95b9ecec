/* test_sdp.c - session descriptions as values: text, size, sharing, status tables. */
#include "models/proto/sdp/sdp.h"

#include <CUnit/CUnit.h>

#include <stdio.h>
#include <string.h>

/* clang-format off */
static const struct sdp_codec audio_codecs[] = {
    {.payload = 97,  .encoding = "EVRC", .clock_rate = 8000},
    {.payload = 99,  .encoding = "SMV", .clock_rate = 8000},
    {.payload = 100, .encoding = "AMR-WB", .clock_rate = 16000, .channels = 1,
     .fmtp = "mode-set=2;mode-change-period=2"},
    {.payload = 8,   .encoding = "PCMA", .clock_rate = 8000},
    {.payload = 101, .encoding = "telephone-event", .clock_rate = 8000, .fmtp = "0-15"},
};
static const struct sdp_codec video_codecs[] = {
    {.payload = 34,  .encoding = "H263", .clock_rate = 90000},
    {.payload = 120, .encoding = "H264", .clock_rate = 90000, .fmtp = "profile-level-id=42e00c"},
};
/* clang-format on */

/* The description as rendered, with LF for CR LF; checks size and line ends. */
static GString *text_of(const struct sdp *sdp)
{
    GString *text = g_string_new(NULL);

    sdp_render(sdp, text);
    CU_ASSERT_EQUAL(text->len, sdp->size);
    CU_ASSERT_EQUAL(strlen(text->str), text->len);
    for (gsize k = 0; k < text->len; k++) {
        if (text->str[k] == '\n')
            CU_ASSERT_TRUE(k > 0 && text->str[k - 1] == '\r');
    }
    g_string_replace(text, "\r\n", "\n", 0);
    CU_ASSERT_PTR_NULL(strchr(text->str, '\r'));
    return text;
}

static void check_text(struct sdp_pool *pool, const struct sdp *value, const char *expected)
{
    struct sdp *sdp = sdp_new(pool, value);
    GString *text = text_of(sdp);

    CU_ASSERT_STRING_EQUAL(text->str, expected);
    if (strcmp(text->str, expected) != 0)
        fprintf(stderr, "expected:\n%s\ngot:\n%s\n", expected, text->str);
    g_string_free(text, TRUE);
    sdp_unref(pool, sdp);
}

static struct sdp one_stream(void)
{
    struct sdp value = {.id = 1, .version = 2, .address = "192.0.2.1", .n_streams = 1};

    value.streams[0] = (struct sdp_stream){
        .codecs = audio_codecs, .codec_mask = 1, .port = 4000, .media = SDP_AUDIO, .direction = SDP_SENDRECV};
    return value;
}

/* A small own generator: variants need no good randomness, only many different ones. */
static unsigned pick(uint64_t *state, unsigned n)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(*state >> 33) % n;
}

static struct sdp_stream any_stream(uint64_t *state)
{
    static const char *const extras[] = {NULL, "cif:1", "rtcp-fb:* nack pli"};
    struct sdp_stream s = {.media = (uint8_t)pick(state, 2)};
    uint8_t *cells = &s.status.des[0][0];

    s.codecs = s.media == SDP_AUDIO ? audio_codecs : video_codecs;
    s.codec_mask = (uint8_t)pick(state, s.media == SDP_AUDIO ? 32 : 4);
    s.extra = extras[pick(state, 3)];
    s.as_kbps = pick(state, 2) ? pick(state, 100000) : 0;
    s.port = (uint16_t)(pick(state, 5) ? pick(state, 65536) : 0);
    s.ptime_ms = (uint16_t)(pick(state, 2) * 20);
    s.direction = (uint8_t)pick(state, 4);
    s.show_sendrecv = pick(state, 2);
    s.precond = (uint8_t)pick(state, SDP_PRECOND_COUNT);
    for (unsigned segment = 0; segment < 2; segment++) {
        s.status.curr[segment] = (uint8_t)pick(state, 4);
        s.status.conf[segment] = (uint8_t)pick(state, 4);
    }
    for (unsigned k = 0; k < 4; k++)
        cells[k] = (uint8_t)pick(state, SDP_STRENGTH_COUNT);
    return s;
}

void test_sdp_size_is_rendered_length(void)
{
    uint64_t state = 1;
    struct sdp_pool pool;

    sdp_pool_init(&pool);
    for (unsigned round = 0; round < 2000; round++) {
        struct sdp value = {.address = round % 2 ? "1.2.3.4" : "100.200.100.200"}, *sdp;

        value.id = round % 3 ? (uint64_t)pick(&state, 1000) : UINT64_MAX;
        value.version = round % 5 ? value.id + 1 : 0;
        value.n_streams = (uint8_t)pick(&state, SDP_MAX_STREAMS + 1);
        for (unsigned i = 0; i < value.n_streams; i++)
            value.streams[i] = any_stream(&state);
        sdp = sdp_new(&pool, &value);
        g_string_free(text_of(sdp), TRUE);
        sdp_unref(&pool, sdp);
    }
    CU_ASSERT_EQUAL(slab_count(&pool.slab), 0);
    sdp_pool_clear(&pool);
}

void test_sdp_pool_counts_references(void)
{
    struct sdp value = one_stream(), *a, *b;
    struct sdp_pool pool;

    sdp_pool_init(&pool);
    a = sdp_new(&pool, &value);
    b = sdp_new(&pool, &value);
    CU_ASSERT_EQUAL(slab_count(&pool.slab), 2);
    CU_ASSERT_PTR_EQUAL(sdp_ref(a), a);
    sdp_unref(&pool, a);
    CU_ASSERT_EQUAL(slab_count(&pool.slab), 2);
    sdp_unref(&pool, a);
    CU_ASSERT_EQUAL(slab_count(&pool.slab), 1);
    CU_ASSERT_EQUAL(b->refs, 1);
    sdp_unref(&pool, b);
    sdp_unref(&pool, NULL);
    CU_ASSERT_EQUAL(slab_count(&pool.slab), 0);
    sdp_pool_clear(&pool);
}

void test_sdp_codecs_and_parameters(void)
{
    struct sdp value = one_stream();
    struct sdp_pool pool;

    sdp_pool_init(&pool);
    value.streams[0].codec_mask = 1u << 2 | 1u << 4;
    value.streams[0].ptime_ms = 20;
    value.streams[0].as_kbps = 41;
    value.streams[0].extra = "maxptime:240";
    CU_ASSERT_PTR_EQUAL(sdp_stream_codec(&value.streams[0]), &audio_codecs[2]);
    check_text(&pool, &value,
               "v=0\no=- 1 2 IN IP4 192.0.2.1\ns=-\nc=IN IP4 192.0.2.1\nt=0 0\n"
               "m=audio 4000 RTP/AVP 100 101\nb=AS:41\n"
               "a=rtpmap:100 AMR-WB/16000/1\na=fmtp:100 mode-set=2;mode-change-period=2\na=ptime:20\n"
               "a=rtpmap:101 telephone-event/8000\na=fmtp:101 0-15\na=maxptime:240\n");
    value.streams[0].codec_mask = 1u << 2;
    value.streams[0].ptime_ms = 0;
    value.streams[0].as_kbps = 0;
    value.streams[0].extra = NULL;
    check_text(&pool, &value,
               "v=0\no=- 1 2 IN IP4 192.0.2.1\ns=-\nc=IN IP4 192.0.2.1\nt=0 0\n"
               "m=audio 4000 RTP/AVP 100\na=rtpmap:100 AMR-WB/16000/1\na=fmtp:100 mode-set=2;mode-change-period=2\n");
    value.streams[0].codec_mask = 1u << 1 | 1u << 4;
    check_text(&pool, &value,
               "v=0\no=- 1 2 IN IP4 192.0.2.1\ns=-\nc=IN IP4 192.0.2.1\nt=0 0\n"
               "m=audio 4000 RTP/AVP 99 101\na=rtpmap:99 SMV/8000\n"
               "a=rtpmap:101 telephone-event/8000\na=fmtp:101 0-15\n");
    value.streams[0].codec_mask = 0;
    value.streams[0].port = 0;
    CU_ASSERT_PTR_NULL(sdp_stream_codec(&value.streams[0]));
    check_text(&pool, &value,
               "v=0\no=- 1 2 IN IP4 192.0.2.1\ns=-\nc=IN IP4 192.0.2.1\nt=0 0\nm=audio 0 RTP/AVP 0\n");
    sdp_pool_clear(&pool);
}

void test_sdp_directions_rendered(void)
{
    static const char *const lines[] = {"a=inactive\n", "a=sendonly\n", "a=recvonly\n", ""};
    struct sdp value = one_stream();
    struct sdp_pool pool;

    sdp_pool_init(&pool);
    for (unsigned bits = 0; bits < 4; bits++) {
        for (unsigned show = 0; show < 2; show++) {
            char *expected = g_strdup_printf("v=0\no=- 1 2 IN IP4 192.0.2.1\ns=-\nc=IN IP4 192.0.2.1\nt=0 0\n"
                                             "m=audio 4000 RTP/AVP 97\n%sa=rtpmap:97 EVRC/8000\n",
                                             bits == 3 && show ? "a=sendrecv\n" : lines[bits]);

            value.streams[0].direction = (uint8_t)bits;
            value.streams[0].show_sendrecv = show;
            check_text(&pool, &value, expected);
            g_free(expected);
        }
    }
    sdp_pool_clear(&pool);
}

void test_sdp_precond_swap(void)
{
    struct sdp_status a =
                          {
                              .curr = {SDP_SEND, 0       },
                                .conf = {0,        SDP_RECV}
    },
                      b, c;

    a.des[SDP_LOCAL][0] = SDP_STRENGTH_MANDATORY;
    a.des[SDP_REMOTE][1] = SDP_STRENGTH_OPTIONAL;
    b = precond_swap(&a);
    CU_ASSERT_EQUAL(b.curr[SDP_REMOTE], SDP_RECV);
    CU_ASSERT_EQUAL(b.curr[SDP_LOCAL], 0);
    CU_ASSERT_EQUAL(b.conf[SDP_LOCAL], SDP_SEND);
    CU_ASSERT_EQUAL(b.conf[SDP_REMOTE], 0);
    CU_ASSERT_EQUAL(b.des[SDP_REMOTE][1], SDP_STRENGTH_MANDATORY);
    CU_ASSERT_EQUAL(b.des[SDP_REMOTE][0], SDP_STRENGTH_NONE);
    CU_ASSERT_EQUAL(b.des[SDP_LOCAL][0], SDP_STRENGTH_OPTIONAL);
    CU_ASSERT_EQUAL(b.des[SDP_LOCAL][1], SDP_STRENGTH_NONE);
    c = precond_swap(&b);
    CU_ASSERT_EQUAL(memcmp(&a, &c, sizeof a), 0);
}

void test_sdp_precond_raise(void)
{
    for (unsigned have = 0; have < SDP_STRENGTH_COUNT; have++) {
        for (unsigned least = 0; least < SDP_STRENGTH_COUNT; least++) {
            struct sdp_status status = precond_init(have, SDP_STRENGTH_NONE, SDP_SENDRECV);
            struct sdp_status floor = precond_init(least, SDP_STRENGTH_NONE, SDP_SEND);
            bool raised = have < least && least <= SDP_STRENGTH_MANDATORY;

            precond_raise(&status, &floor);
            CU_ASSERT_EQUAL(status.des[SDP_LOCAL][0], raised ? least : have);
            CU_ASSERT_EQUAL(status.des[SDP_LOCAL][1], have);
        }
    }
}

void test_sdp_precond_table_text(void)
{
    struct sdp value = one_stream();
    GString *text = g_string_new(NULL);

    value.n_streams = 3;
    value.streams[0].precond = SDP_PRECOND_QOS;
    value.streams[0].status = precond_init(SDP_STRENGTH_MANDATORY, SDP_STRENGTH_OPTIONAL, SDP_SENDRECV);
    value.streams[0].status.curr[SDP_LOCAL] = SDP_SENDRECV;
    value.streams[0].status.des[SDP_REMOTE][1] = SDP_STRENGTH_NONE;
    value.streams[0].status.conf[SDP_REMOTE] = SDP_SEND;
    value.streams[1] = (struct sdp_stream){.media = SDP_VIDEO, .port = 5000};
    value.streams[2] = (struct sdp_stream){.media = SDP_VIDEO};
    sdp_precond_table(&value, text);
    CU_ASSERT_STRING_EQUAL(text->str, "stream  segment  current   desired                        confirm\n"
                                      "audio   local    sendrecv  mandatory sendrecv             -\n"
                                      "        remote   none      optional send, none recv       send\n"
                                      "video   no preconditions\n"
                                      "video   refused (port 0)\n");
    CU_ASSERT_TRUE(sdp_has_mandatory(&value));
    CU_ASSERT_TRUE(sdp_has_preconditions(&value));
    value.streams[0].port = 0; /* a refused stream's preconditions do not count (RFC 3312 8.1) */
    CU_ASSERT_FALSE(sdp_has_mandatory(&value));
    g_string_free(text, TRUE);
}
