/* test_sdp_wishes.c - what the user of a session wants: hold, another codec, a stream more or less; when an offer is due for it, and
 * what becomes of it. The directions of a hold by either side are in tests/flow/test_hold.c. */
#include "tests/unit/sdp_call.h"

/* Both ready, audio and video agreed on. */
static void up(struct call *c)
{
    call_init(c);
    sdp_session_set_ready(&c->a, true);
    sdp_session_set_ready(&c->b, true);
    exchange(c, &c->a, &c->b);
    CU_ASSERT_FALSE(sdp_session_wishes(&c->a));
    CU_ASSERT_FALSE(sdp_session_wishes(&c->b));
}

/* "sendonly 97/refused 34": direction and codecs of each stream. */
static void check_streams(const struct sdp *sdp, const char *wanted)
{
    GString *text = g_string_new(NULL);
    for (unsigned i = 0; i < sdp->n_streams; i++) {
        const struct sdp_stream *s = &sdp->streams[i];
        g_string_append_printf(text, "%s%s", i ? "/" : "", s->port ? sdp_mode_name(s->direction) : "refused");
        for (unsigned k = 0; k < SDP_MAX_CODECS; k++)
            if (s->codec_mask & 1u << k)
                g_string_append_printf(text, " %u", s->codecs[k].payload);
    }
    CU_ASSERT_STRING_EQUAL(text->str, wanted);
    if (strcmp(text->str, wanted) != 0)
        printf("\ngot %s, not %s", text->str, wanted);
    g_string_free(text, TRUE);
}

/* Due from when the user wants it until the exchange is over; a refusal can be taken for an answer, or tried again. */
void test_sdp_wishes_of_a_hold(void)
{
    struct call c;

    up(&c);
    sdp_session_hold(&c.a, true);
    CU_ASSERT_TRUE(sdp_session_offer_due(&c.a));
    send_offer(&c, &c.a);
    check_streams(c.offer, "sendonly 97/sendonly 34");
    sdp_session_withdraw(&c.a); /* 491 */
    CU_ASSERT_TRUE(sdp_session_offer_due(&c.a));
    sdp_session_forget_wishes(&c.a); /* 488 */
    CU_ASSERT_FALSE(sdp_session_offer_due(&c.a));
    sdp_session_hold(&c.a, true);
    exchange(&c, &c.a, &c.b);
    check_streams(c.answer, "recvonly 97/recvonly 34");
    CU_ASSERT_FALSE(sdp_session_wishes(&c.a));
    CU_ASSERT_FALSE(sdp_session_wishes(&c.b));
    /* What is reserved stays so, and the peer hears of it (RFC 3312 4). */
    check_stream(&c.answer->streams[0], "recvonly curr sendrecv/sendrecv " OPTIONAL " conf none/none");
    sdp_session_forget_wishes(&c.a);
    CU_ASSERT_FALSE(sdp_session_wishes(&c.a));
    sdp_session_hold(&c.a, false);
    exchange(&c, &c.a, &c.b);
    check_streams(c.offer, "sendrecv 97/sendrecv 34");
    check_streams(c.answer, "sendrecv 97/sendrecv 34");
    call_clear(&c);
}

/* An offer of the peer's may bring about what one wants. */
void test_sdp_wishes_come_true_by_answering(void)
{
    struct call c;

    up(&c);
    sdp_session_hold(&c.a, true);
    sdp_session_hold(&c.b, true);
    exchange(&c, &c.b, &c.a);
    check_streams(c.offer, "sendonly 97/sendonly 34");
    check_streams(c.answer, "inactive 97/inactive 34");
    CU_ASSERT_FALSE(sdp_session_wishes(&c.a));
    CU_ASSERT_FALSE(sdp_session_wishes(&c.b));
    call_clear(&c);
}

/* The codec wanted first, the others behind it, each under the number it has; the wish ends with the exchange. */
void test_sdp_wishes_of_a_codec(void)
{
    struct call c;

    up(&c);
    sdp_session_prefer(&c.b, 0, 1); /* SMV */
    CU_ASSERT_TRUE(sdp_session_offer_due(&c.b));
    exchange(&c, &c.b, &c.a);
    check_streams(c.offer, "sendrecv 99 97/sendrecv 34");
    check_streams(c.answer, "sendrecv 99/sendrecv 34");
    CU_ASSERT_FALSE(sdp_session_wishes(&c.b));
    exchange(&c, &c.a, &c.b);
    check_streams(c.offer, "sendrecv 99/sendrecv 34");
    sdp_session_prefer(&c.a, 0, 0);
    send_offer(&c, &c.a);
    check_streams(c.offer, "sendrecv 97 99/sendrecv 34");
    call_clear(&c);
}

/* A call begins with audio only. Video comes, goes, and comes again in its m= line (RFC 3264 8.1, 8.2). */
void test_sdp_wishes_of_video(void)
{
    struct call c;

    call_init(&c);
    sdp_session_set_ready(&c.a, true);
    sdp_session_set_ready(&c.b, true);
    sdp_session_use(&c.a, 1, false);
    exchange(&c, &c.a, &c.b);
    check_streams(c.offer, "sendrecv 97 99");
    CU_ASSERT_FALSE(sdp_session_wishes(&c.a));
    CU_ASSERT_FALSE(sdp_session_wishes(&c.b)); /* it could, and was not asked to */
    sdp_session_use(&c.b, 1, true);
    exchange(&c, &c.b, &c.a);
    check_streams(c.offer, "sendrecv 97/sendrecv 34");
    check_streams(c.answer, "sendrecv 97/sendrecv 34");
    CU_ASSERT_FALSE(sdp_session_wishes(&c.a));
    sdp_session_use(&c.a, 1, false);
    exchange(&c, &c.a, &c.b);
    check_streams(c.offer, "sendrecv 97/refused 34");
    check_streams(c.answer, "sendrecv 97/refused 34");
    CU_ASSERT_FALSE(sdp_session_wishes(&c.b)); /* the peer's wish is respected */
    CU_ASSERT_TRUE(sdp_session_met(&c.b));
    sdp_session_use(&c.a, 1, true);
    exchange(&c, &c.a, &c.b);
    check_streams(c.answer, "sendrecv 97/sendrecv 34");
    CU_ASSERT_EQUAL(c.answer->n_streams, 2);
    call_clear(&c);
}

/* Refused video is not offered again and again. */
void test_sdp_wishes_refused_stream(void)
{
    struct call c;

    call_init(&c);
    c.lb.n_media = 1;
    call_restart(&c);
    sdp_session_set_ready(&c.a, true);
    sdp_session_set_ready(&c.b, true);
    sdp_session_use(&c.a, 1, false);
    exchange(&c, &c.a, &c.b);
    sdp_session_use(&c.a, 1, true);
    CU_ASSERT_TRUE(sdp_session_offer_due(&c.a));
    exchange(&c, &c.a, &c.b);
    check_streams(c.answer, "sendrecv 97/refused 34");
    CU_ASSERT_FALSE(sdp_session_offer_due(&c.a));
    exchange(&c, &c.b, &c.a);
    check_streams(c.offer, "sendrecv 97/refused 34");
    CU_ASSERT_FALSE(sdp_session_offer_due(&c.a));
    call_clear(&c);
}

/* New video waits for its resources, as at the start of a call: inactive, the called side asks, the other one confirms; audio
 * goes on. */
void test_sdp_wishes_and_resources(void)
{
    struct call c;

    up(&c);
    sdp_session_use(&c.a, 1, false);
    exchange(&c, &c.a, &c.b);
    sdp_session_set_media_ready(&c.a, 1, false);
    sdp_session_set_media_ready(&c.b, 1, false);
    sdp_session_use(&c.b, 1, true);
    CU_ASSERT_TRUE(sdp_session_offer_due(&c.b));
    exchange(&c, &c.b, &c.a);
    check_stream(&c.offer->streams[0], "sendrecv curr sendrecv/sendrecv " OPTIONAL " conf none/none");
    check_stream(&c.offer->streams[1], "inactive curr none/none " OPTIONAL " conf none/sendrecv");
    check_stream(&c.answer->streams[1], "inactive curr none/none " OPTIONAL " conf none/none");
    CU_ASSERT_FALSE(sdp_session_offer_due(&c.a));
    CU_ASSERT_FALSE(sdp_session_offer_due(&c.b));
    sdp_session_set_media_ready(&c.b, 1, true);
    CU_ASSERT_FALSE(sdp_session_offer_due(&c.b)); /* the caller will */
    sdp_session_set_media_ready(&c.a, 1, true);
    CU_ASSERT_TRUE(sdp_session_offer_due(&c.a));
    exchange(&c, &c.a, &c.b);
    check_streams(c.answer, "sendrecv 97/sendrecv 34");
    CU_ASSERT_TRUE(sdp_session_met(&c.b));
    CU_ASSERT_FALSE(sdp_session_offer_due(&c.a));
    CU_ASSERT_FALSE(sdp_session_offer_due(&c.b));
    call_clear(&c);
}
