/* test_sdp_session.c - what the RFCs say of offer/answer with preconditions beyond the document's flows:
 * strengths, turns, refusals, peers that do less. */
#include "tests/unit/sdp_call.h"

void test_sdp_session_is_small(void)
{
    CU_ASSERT_TRUE(sizeof(struct sdp_session) <= 200);
    CU_ASSERT_TRUE(sizeof(struct sdp) <= 256);
}

/* ---- strengths -------------------------------------------------------------------------------- */

static void strengths_init(struct call *c)
{
    call_init(c);
    c->la.want_local = c->lb.want_local = SDP_STRENGTH_MANDATORY;
    c->la.want_remote = c->lb.want_remote = SDP_STRENGTH_NONE;
    c->la.inactive_missing = c->lb.inactive_missing = false;
    call_restart(c);
}

/* Mandatory for the own segment on both sides: the answer is mandatory for both (RFC 3312 5.2). */
void test_sdp_session_3gpp_strengths(void)
{
    struct call c;

    strengths_init(&c);
    exchange(&c, &c.a, &c.b);
    check_both(c.offer, SDP_OA_OFFER, 1,
               "sendrecv curr none/none des mandatory,mandatory/none,none conf none/none");
    check_both(c.answer, SDP_OA_ANSWER, 1, "sendrecv curr none/none " MANDATORY " conf none/sendrecv");
    CU_ASSERT_TRUE(sdp_has_mandatory(c.offer));
    CU_ASSERT_FALSE(sdp_session_mandatory_met(&c.b));
    sdp_session_set_ready(&c.b, true);
    CU_ASSERT_FALSE(sdp_session_mandatory_met(&c.b));
    sdp_session_set_ready(&c.a, true);
    CU_ASSERT_FALSE(sdp_session_mandatory_met(&c.a));
    exchange(&c, &c.a, &c.b);
    check_both(c.offer, SDP_OA_OFFER, 2, "sendrecv curr sendrecv/none " MANDATORY " conf none/none");
    check_both(c.answer, SDP_OA_ANSWER, 2, "sendrecv curr sendrecv/sendrecv " MANDATORY " conf none/none");
    CU_ASSERT_FALSE(c.offer->streams[0].show_sendrecv);
    CU_ASSERT_TRUE(sdp_session_mandatory_met(&c.a));
    CU_ASSERT_TRUE(sdp_session_mandatory_met(&c.b));
    call_clear(&c);
}

/* RFC 4032 4.2: what an earlier offer wanted does not bind the answer to a later, weaker one. */
void test_sdp_session_offerer_may_lower(void)
{
    struct call c;
    struct sdp weaker;
    struct sdp *offer;

    strengths_init(&c);
    c.lb.want_local = SDP_STRENGTH_OPTIONAL;
    exchange(&c, &c.a, &c.b);
    check_stream(&c.answer->streams[0],
                 "sendrecv curr none/none des optional,optional/mandatory,mandatory conf none/sendrecv");
    weaker = *c.offer;
    for (unsigned i = 0; i < weaker.n_streams; i++)
        weaker.streams[i].status = precond_init(SDP_STRENGTH_OPTIONAL, SDP_STRENGTH_NONE, SDP_SENDRECV);
    offer = sdp_new(&c.pool, &weaker);
    CU_ASSERT_EQUAL(sdp_session_take_offer(&c.b, offer), 0);
    sdp_unref(&c.pool, offer);
    send_answer(&c, &c.b);
    check_stream(&c.answer->streams[0],
                 "sendrecv curr none/none des optional,optional/optional,optional conf none/sendrecv");
    CU_ASSERT_TRUE(sdp_session_mandatory_met(&c.b));
    call_clear(&c);
}

/* ---- turns ------------------------------------------------------------------------------------ */

/* RFC 3311 5.2, and that a refusal leaves no trace. */
void test_sdp_session_turns(void)
{
    struct call c;
    struct sdp *theirs;

    call_init(&c);
    CU_ASSERT_PTR_NULL(sdp_session_answer(&c.a));
    send_offer(&c, &c.a);
    theirs = sdp_session_offer(&c.b);
    CU_ASSERT_PTR_NULL(sdp_session_offer(&c.a));
    CU_ASSERT_EQUAL(sdp_session_take_offer(&c.a, theirs), 491);
    CU_ASSERT_EQUAL(sdp_session_take_offer(&c.b, c.offer), 491);
    sdp_session_withdraw(&c.b);
    CU_ASSERT_EQUAL(sdp_session_take_answer(&c.b, theirs), -1);
    deliver_offer(&c, &c.b);
    CU_ASSERT_EQUAL(sdp_session_take_offer(&c.b, c.offer), 500);
    CU_ASSERT_PTR_NULL(sdp_session_offer(&c.b));
    CU_ASSERT_EQUAL(sdp_session_take_answer(&c.b, theirs), -1);
    sdp_unref(&c.pool, theirs);
    send_answer(&c, &c.b);
    CU_ASSERT_EQUAL(c.answer->oa_index, 1);
    CU_ASSERT_EQUAL(c.answer->version, 35270718124u); /* the withdrawn offer had the first */
    deliver_answer(&c, &c.a);
    CU_ASSERT_EQUAL(sdp_session_take_answer(&c.a, c.answer), -1);
    call_clear(&c);
}

void test_sdp_session_withdrawn(void)
{
    struct call c;

    call_init(&c);
    sdp_session_set_ready(&c.b, true);
    exchange(&c, &c.a, &c.b);
    sdp_session_set_ready(&c.a, true);
    send_offer(&c, &c.a); /* an UPDATE that meets a 491: the peer was told nothing */
    CU_ASSERT_TRUE(sdp_session_told_ready(&c.a));
    sdp_session_withdraw(&c.a);
    sdp_session_withdraw(&c.a);
    CU_ASSERT_FALSE(sdp_session_told_ready(&c.a));
    CU_ASSERT_TRUE(sdp_session_offer_due(&c.a));
    send_offer(&c, &c.a);
    CU_ASSERT_EQUAL(c.offer->version, 2987935616u);
    CU_ASSERT_EQUAL(c.offer->oa_index, 2);
    deliver_offer(&c, &c.b);
    sdp_session_withdraw(&c.b); /* refused after all */
    CU_ASSERT_TRUE(sdp_session_offer_allowed(&c.b));
    CU_ASSERT_TRUE(sdp_session_uses_preconditions(&c.b));
    deliver_offer(&c, &c.b);
    send_answer(&c, &c.b);
    CU_ASSERT_EQUAL(c.answer->oa_index, 2);
    deliver_answer(&c, &c.a);
    CU_ASSERT_TRUE(sdp_session_met(&c.a));
    call_clear(&c);
}

/* ---- refusing --------------------------------------------------------------------------------- */

/* clang-format off */
static const struct sdp_media media_pcm[] = {
    {.kind = SDP_AUDIO, .port = 4000, .n_codecs = 1, .codecs = {
        {.payload = 8, .encoding = "PCMA", .clock_rate = 8000}}},
};
/* clang-format on */

void test_sdp_session_nothing_in_common(void)
{
    struct call c;
    struct sdp fewer;
    struct sdp *offer;

    call_init(&c);
    c.lb.media = media_pcm;
    c.lb.n_media = 1;
    call_restart(&c);
    send_offer(&c, &c.a);
    CU_ASSERT_EQUAL(sdp_session_take_offer(&c.b, c.offer), 488);
    CU_ASSERT_TRUE(sdp_session_offer_allowed(&c.b));
    CU_ASSERT_PTR_NULL(c.b.pending);
    call_clear(&c);

    call_init(&c); /* m= lines never go away (RFC 3264 8) */
    exchange(&c, &c.a, &c.b);
    fewer = *c.offer;
    fewer.n_streams = 1;
    offer = sdp_new(&c.pool, &fewer);
    CU_ASSERT_EQUAL(sdp_session_take_offer(&c.b, offer), 488);
    sdp_unref(&c.pool, offer);
    call_clear(&c);
}

/* An answer that is none ends the exchange and leaves the session as it was. */
void test_sdp_session_bad_answers(void)
{
    struct call c;

    call_init(&c);
    for (unsigned kind = 0; kind < 5; kind++) {
        struct sdp bad;
        struct sdp *answer;

        send_offer(&c, &c.a);
        bad = *c.offer;
        if (kind == 0)
            bad.n_streams = 1;
        else if (kind == 1)
            bad.streams[1].media = SDP_AUDIO;
        else if (kind == 2)
            bad.streams[0].port = bad.streams[1].port = 0;
        else
            bad.streams[1].status.des[SDP_LOCAL][1] = kind == 3 ? SDP_STRENGTH_FAILURE : SDP_STRENGTH_UNKNOWN;
        answer = sdp_new(&c.pool, &bad);
        CU_ASSERT_EQUAL(sdp_session_take_answer(&c.a, answer), kind < 3 ? 488 : 580);
        sdp_unref(&c.pool, answer);
        CU_ASSERT_TRUE(sdp_session_offer_allowed(&c.a));
        CU_ASSERT_EQUAL(c.a.exchanges, 0);
    }
    exchange(&c, &c.a, &c.b);
    CU_ASSERT_EQUAL(c.answer->oa_index, 1);
    call_clear(&c);
}

/* clang-format off */
static const struct sdp_media media_amr_a[] = {
    {.kind = SDP_AUDIO, .port = 4000, .n_codecs = 4, .codecs = {
        {.payload = 110, .encoding = "EVS", .clock_rate = 16000},
        {.payload = 100, .encoding = "AMR-WB", .clock_rate = 16000, .channels = 1, .fmtp = "mode-set=8"},
        {.payload = 101, .encoding = "AMR-WB", .clock_rate = 16000, .channels = 1},
        {.payload = 102, .encoding = "AMR", .clock_rate = 8000}}},
};
static const struct sdp_media media_amr_b[] = {
    {.kind = SDP_AUDIO, .port = 5000, .n_codecs = 2, .codecs = {
        {.payload = 96, .encoding = "AMR", .clock_rate = 8000},
        {.payload = 97, .encoding = "amr-wb", .clock_rate = 16000, .fmtp = "mode-set=2"}}},
};
/* clang-format on */

/* The first common codec in the offered order, under the offered payload type; an offered parameter text must
 * fit, an absent one leaves the choice to the answerer (RFC 4867 8.3.1). The next offer has only this codec.
 */
void test_sdp_session_codec_choice(void)
{
    struct call c;

    call_init(&c);
    c.la.media = media_amr_a;
    c.lb.media = media_amr_b;
    c.la.n_media = c.lb.n_media = 1;
    c.la.preconditions = c.lb.preconditions = false;
    call_restart(&c);
    exchange(&c, &c.a, &c.b);
    check_text(c.answer,
               "v=0\no=- 35270718123 35270718123 IN IP4 100.200.1.2\ns=-\nc=IN IP4 100.200.1.2\nt=0 0\n"
               "m=audio 5000 RTP/AVP 101\na=rtpmap:101 AMR-WB/16000/1\na=fmtp:101 mode-set=2\n");
    exchange(&c, &c.b, &c.a);
    check_text(c.offer,
               "v=0\no=- 35270718123 35270718124 IN IP4 100.200.1.2\ns=-\nc=IN IP4 100.200.1.2\nt=0 0\n"
               "m=audio 5000 RTP/AVP 101\na=rtpmap:101 AMR-WB/16000/1\na=fmtp:101 mode-set=2\n");
    check_text(c.answer,
               "v=0\no=- 2987935614 2987935615 IN IP4 100.200.1.1\ns=-\nc=IN IP4 100.200.1.1\nt=0 0\n"
               "m=audio 4000 RTP/AVP 101\na=rtpmap:101 AMR-WB/16000/1\na=fmtp:101 mode-set=2\n");
    call_clear(&c);
}

/* Video refused: port 0 and nothing else, and nobody waits for it (RFC 3312 8.1). */
void test_sdp_session_refused_stream(void)
{
    struct call c;

    call_init(&c);
    c.lb.n_media = 1;
    call_restart(&c);
    sdp_session_set_ready(&c.b, true);
    exchange(&c, &c.a, &c.b);
    check_stream(&c.answer->streams[0], "inactive curr sendrecv/none " OPTIONAL " conf none/sendrecv");
    check_stream(&c.answer->streams[1], "refused");
    sdp_session_set_media_ready(&c.a, 0, true);
    CU_ASSERT_TRUE(sdp_session_local_ready(&c.a));
    CU_ASSERT_TRUE(sdp_session_offer_due(&c.a));
    exchange(&c, &c.a, &c.b);
    check_stream(&c.offer->streams[1], "refused");
    check_text(c.answer,
               "v=0\no=- 35270718123 35270718124 IN IP4 100.200.1.2\ns=-\nc=IN IP4 100.200.1.2\nt=0 0\n"
               "m=audio 10700 RTP/AVP 97\nb=AS:25\na=sendrecv\n"
               "a=curr:qos local sendrecv\na=curr:qos remote sendrecv\n"
               "a=des:qos optional local sendrecv\na=des:qos optional remote sendrecv\n"
               "a=rtpmap:97 EVRC/8000\na=ptime:20\n"
               "m=video 0 RTP/AVP 34\n");
    CU_ASSERT_TRUE(sdp_session_met(&c.a));
    CU_ASSERT_TRUE(sdp_session_met(&c.b));
    call_clear(&c);
}

void test_sdp_session_failed_reservation(void)
{
    struct call c;
    struct sdp *body;

    strengths_init(&c);
    CU_ASSERT_PTR_NULL(sdp_session_refusal(&c.b, NULL));
    sdp_session_set_ready(&c.b, true);
    sdp_session_fail(&c.b, 1);
    send_offer(&c, &c.a);
    CU_ASSERT_EQUAL(sdp_session_take_offer(&c.b, c.offer), 580);
    CU_ASSERT_TRUE(sdp_session_offer_allowed(&c.b));
    body = sdp_session_refusal(&c.b, c.offer);
    check_text(body, "v=0\no=- 35270718123 35270718123 IN IP4 100.200.1.2\ns=-\nc=IN IP4 100.200.1.2\nt=0 0\n"
                     "m=audio 0 RTP/AVP 97 99\n"
                     "m=video 0 RTP/AVP 34\na=des:qos failure local sendrecv\n");
    CU_ASSERT_EQUAL(body->oa, SDP_OA_NONE);
    sdp_unref(&c.pool, body);
    sdp_session_withdraw(&c.a);

    sdp_session_set_media_ready(&c.b, 1, true); /* another try went well */
    CU_ASSERT_EQUAL(sdp_session_take_offer(&c.b, c.offer), 0);
    sdp_session_fail(&c.b, 0); /* while the answer is owed */
    check_explained(&c.b, "audio: own reservation failed (send, recv), and it is mandatory\n"
                          "audio: waits for the peer's resources (send, recv)\n"
                          "video: waits for the peer's resources (send, recv)\n");
    body = sdp_session_refusal(&c.b, NULL);
    check_stream(&body->streams[1], "refused");
    CU_ASSERT_TRUE(precond_reports_failure(&body->streams[0].status));
    sdp_unref(&c.pool, body);
    call_clear(&c);

    call_init(&c); /* optional: the call may go on, and nobody claims to be ready */
    sdp_session_fail(&c.b, 0);
    sdp_session_set_media_ready(&c.b, 1, true);
    exchange(&c, &c.a, &c.b);
    check_stream(&c.answer->streams[0], "inactive curr none/none " OPTIONAL " conf none/sendrecv");
    CU_ASSERT_TRUE(sdp_session_mandatory_met(&c.b));
    CU_ASSERT_FALSE(sdp_session_met(&c.b));
    call_clear(&c);
}

/* RFC 3312 9: a mandatory precondition of a type that is not known is refused by that name; an optional one
 * is passed over. */
void test_sdp_session_unknown_precondition(void)
{
    struct call c;
    struct sdp asked;
    struct sdp *offer, *body;

    call_init(&c);
    send_offer(&c, &c.a);
    asked = *c.offer;
    asked.streams[0].precond = SDP_PRECOND_SEC;
    asked.streams[0].status = precond_init(SDP_STRENGTH_MANDATORY, SDP_STRENGTH_NONE, SDP_SEND);
    offer = sdp_new(&c.pool, &asked);
    CU_ASSERT_EQUAL(sdp_session_take_offer(&c.b, offer), 580);
    body = sdp_session_refusal(&c.b, offer);
    check_text(body, "v=0\no=- 35270718123 35270718123 IN IP4 100.200.1.2\ns=-\nc=IN IP4 100.200.1.2\nt=0 0\n"
                     "m=audio 0 RTP/AVP 97 99\na=des:sec unknown remote recv\n"
                     "m=video 0 RTP/AVP 34\n");
    sdp_unref(&c.pool, body);
    sdp_unref(&c.pool, offer);
    asked.streams[0].status = precond_init(SDP_STRENGTH_OPTIONAL, SDP_STRENGTH_NONE, SDP_SEND);
    offer = sdp_new(&c.pool, &asked);
    CU_ASSERT_EQUAL(sdp_session_take_offer(&c.b, offer), 0);
    sdp_unref(&c.pool, offer);
    send_answer(&c, &c.b);
    check_stream(&c.answer->streams[0], "inactive");
    call_clear(&c);

    call_init(&c); /* in a stream that is refused anyway it does not matter (8.1) */
    c.la.n_media = c.lb.n_media = 1;
    call_restart(&c);
    send_offer(&c, &c.a);
    asked = *c.offer;
    asked.n_streams = 2;
    asked.streams[1] = asked.streams[0];
    asked.streams[1].precond = SDP_PRECOND_CONN;
    asked.streams[1].status = precond_init(SDP_STRENGTH_MANDATORY, SDP_STRENGTH_NONE, SDP_SEND);
    offer = sdp_new(&c.pool, &asked);
    CU_ASSERT_EQUAL(sdp_session_take_offer(&c.b, offer), 0);
    body = sdp_session_refusal(&c.b, offer);
    check_stream(&body->streams[1], "refused");
    sdp_unref(&c.pool, body);
    sdp_unref(&c.pool, offer);
    call_clear(&c);
}

/* ---- other flows ------------------------------------------------------------------------------ */

/* The peer ignores the lines. The stream that was inactive for want of resources must be offered again. */
void test_sdp_session_peer_without_preconditions(void)
{
    struct call c;

    call_init(&c);
    c.lb.preconditions = false;
    call_restart(&c);
    exchange(&c, &c.a, &c.b);
    check_both(c.answer, SDP_OA_ANSWER, 1, "inactive");
    CU_ASSERT_FALSE(sdp_session_uses_preconditions(&c.a));
    CU_ASSERT_FALSE(sdp_session_uses_preconditions(&c.b));
    CU_ASSERT_TRUE(sdp_session_met(&c.a));
    CU_ASSERT_TRUE(sdp_session_met(&c.b));
    CU_ASSERT_FALSE(sdp_session_local_ready(&c.a));
    CU_ASSERT_FALSE(sdp_session_offer_due(&c.a));
    sdp_session_set_ready(&c.a, true);
    CU_ASSERT_FALSE(sdp_session_must_confirm(&c.a));
    CU_ASSERT_TRUE(sdp_session_offer_due(&c.a));
    exchange(&c, &c.a, &c.b);
    check_both(c.offer, SDP_OA_OFFER, 2, "sendrecv");
    check_both(c.answer, SDP_OA_ANSWER, 2, "sendrecv");
    CU_ASSERT_FALSE(sdp_session_offer_due(&c.a));
    call_clear(&c);
}

void test_sdp_session_without_preconditions(void)
{
    struct call c;

    call_init(&c);
    c.la.preconditions = false;
    call_restart(&c);
    CU_ASSERT_FALSE(sdp_session_uses_preconditions(&c.a));
    exchange(&c, &c.a, &c.b);
    check_both(c.offer, SDP_OA_OFFER, 1, "sendrecv");
    check_both(c.answer, SDP_OA_ANSWER, 1, "sendrecv");
    CU_ASSERT_FALSE(sdp_has_preconditions(c.offer));
    CU_ASSERT_TRUE(sdp_session_met(&c.b));
    CU_ASSERT_FALSE(sdp_session_offer_due(&c.b));
    call_clear(&c);
}

/* INVITE without a description: UE-2 offers in the 183 and asks there already; the answer is in the PRACK. */
void test_sdp_session_offer_from_called(void)
{
    struct call c;

    call_init(&c);
    sdp_session_set_called(&c.a, false);
    sdp_session_set_called(&c.b, true);
    sdp_session_set_ready(&c.b, true);
    exchange(&c, &c.b, &c.a);
    check_both(c.offer, SDP_OA_OFFER, 1, "sendrecv curr sendrecv/none " OPTIONAL " conf none/sendrecv");
    check_both(c.answer, SDP_OA_ANSWER, 1, "sendrecv curr none/sendrecv " OPTIONAL " conf none/none");
    CU_ASSERT_FALSE(sdp_session_must_confirm(&c.a));
    sdp_session_set_ready(&c.a, true);
    CU_ASSERT_TRUE(sdp_session_must_confirm(&c.a));
    exchange(&c, &c.a, &c.b);
    CU_ASSERT_TRUE(sdp_session_met(&c.b));
    CU_ASSERT_FALSE(sdp_session_offer_due(&c.a));
    call_clear(&c);
}

/* A description that asks is answered by one that tells: no further offer. */
void test_sdp_session_answer_confirms(void)
{
    struct call c;

    call_init(&c);
    sdp_session_set_called(&c.a, false);
    sdp_session_set_called(&c.b, true);
    sdp_session_set_ready(&c.a, true);
    send_offer(&c, &c.b);
    deliver_offer(&c, &c.a);
    CU_ASSERT_FALSE(sdp_session_must_confirm(&c.a));
    send_answer(&c, &c.a);
    CU_ASSERT_FALSE(sdp_session_must_confirm(&c.a));
    deliver_answer(&c, &c.b);
    CU_ASSERT_TRUE(sdp_session_remote_ready(&c.b));
    call_clear(&c);
}

/* A stream that the peer made inactive with resources on both sides stays so until the peer offers again. */
void test_sdp_session_put_on_hold(void)
{
    struct call c;
    struct sdp hold;
    struct sdp *offer;

    call_init(&c);
    sdp_session_set_ready(&c.a, true);
    sdp_session_set_ready(&c.b, true);
    exchange(&c, &c.a, &c.b);
    send_offer(&c, &c.a);
    hold = *c.offer;
    hold.streams[0].direction = SDP_INACTIVE;
    hold.streams[1].direction = SDP_SEND;
    offer = sdp_new(&c.pool, &hold);
    CU_ASSERT_EQUAL(sdp_session_take_offer(&c.b, offer), 0);
    sdp_unref(&c.pool, offer);
    send_answer(&c, &c.b);
    check_stream(&c.answer->streams[0], "inactive curr sendrecv/sendrecv " OPTIONAL " conf none/none");
    CU_ASSERT_EQUAL(c.answer->streams[1].direction, SDP_RECV);
    CU_ASSERT_FALSE(sdp_session_offer_due(&c.b));
    call_clear(&c);
}

/* RFC 3312 7: said yes, turned no before the answer took the request back: another offer is due. */
void test_sdp_session_resources_lost(void)
{
    struct call c;

    call_init(&c);
    exchange(&c, &c.a, &c.b);
    sdp_session_set_ready(&c.a, true);
    send_offer(&c, &c.a);
    sdp_session_set_ready(&c.a, false);
    CU_ASSERT_TRUE(sdp_session_must_confirm(&c.a));
    CU_ASSERT_FALSE(sdp_session_offer_due(&c.a)); /* not while O2 is out */
    sdp_session_set_ready(&c.a, true);
    CU_ASSERT_FALSE(sdp_session_must_confirm(&c.a));
    deliver_offer(&c, &c.b);
    send_answer(&c, &c.b);
    deliver_answer(&c, &c.a);
    CU_ASSERT_TRUE(sdp_session_remote_ready(&c.b));
    sdp_session_set_ready(&c.a, false); /* now nobody has asked, but an offer may say so */
    exchange(&c, &c.a, &c.b);
    check_both(c.offer, SDP_OA_OFFER, 3, "inactive curr none/none " OPTIONAL " conf none/none");
    check_both(c.answer, SDP_OA_ANSWER, 3, "inactive curr none/none " OPTIONAL " conf none/sendrecv");
    CU_ASSERT_FALSE(sdp_session_remote_ready(&c.b));
    sdp_session_set_ready(&c.a, true);
    CU_ASSERT_TRUE(sdp_session_offer_due(&c.a));
    call_clear(&c);
}

/* All flagged rows of all streams must be yes before the new offer is due (RFC 3312 7, 10). */
void test_sdp_session_one_stream_at_a_time(void)
{
    struct call c;

    call_init(&c);
    sdp_session_set_ready(&c.b, true);
    exchange(&c, &c.a, &c.b);
    sdp_session_set_media_ready(&c.a, 1, true);
    CU_ASSERT_FALSE(sdp_session_must_confirm(&c.a));
    CU_ASSERT_FALSE(sdp_session_local_ready(&c.a));
    check_explained(&c.a, "audio: waits for own resources (send, recv)\n");
    sdp_session_set_media_ready(&c.a, 0, true);
    CU_ASSERT_TRUE(sdp_session_must_confirm(&c.a));
    send_offer(&c, &c.a);
    check_explained(&c.a, "session: waits for the answer to O2\n");
    call_clear(&c);
}

/* A caller that only sends: its local send is the called party's remote recv. */
void test_sdp_session_one_way(void)
{
    struct call c;

    call_init(&c);
    c.la.direction = SDP_SEND;
    c.la.inactive_missing = false;
    c.la.n_media = 1;
    call_restart(&c);
    send_offer(&c, &c.a);
    check_text(c.offer,
               "v=0\no=- 2987935614 2987935614 IN IP4 100.200.1.1\ns=-\nc=IN IP4 100.200.1.1\nt=0 0\n"
               "m=audio 10500 RTP/AVP 97 99\nb=AS:25\na=sendonly\n"
               "a=curr:qos local none\na=curr:qos remote none\n"
               "a=des:qos optional local send\na=des:qos none local recv\n"
               "a=des:qos optional remote send\na=des:qos none remote recv\n"
               "a=rtpmap:97 EVRC/8000\na=ptime:20\na=rtpmap:99 SMV/8000\n");
    deliver_offer(&c, &c.b);
    CU_ASSERT_EQUAL(c.b.streams[0].want, SDP_RECV);
    sdp_session_set_ready(&c.b, true);
    send_answer(&c, &c.b);
    check_stream(&c.answer->streams[0],
                 "recvonly curr recv/none des none,optional/none,optional conf none/recv");
    deliver_answer(&c, &c.a);
    CU_ASSERT_TRUE(sdp_session_remote_ready(&c.a));
    check_explained(&c.a, "audio: waits for own resources (send)\n");
    check_explained(&c.b, "audio: waits for the peer's confirmation that it has resources (recv)\n");
    sdp_session_set_ready(&c.a, true);
    CU_ASSERT_TRUE(sdp_session_must_confirm(&c.a));
    exchange(&c, &c.a, &c.b);
    CU_ASSERT_TRUE(sdp_session_met(&c.a));
    CU_ASSERT_TRUE(sdp_session_met(&c.b));
    call_clear(&c);
}

static const struct sdp_media media_swapped[] = {VIDEO(10702, 75), AUDIO(10700, 25)};

/* The offer's order of m= lines holds for the dialog, whatever the configurations say; resources go by
 * configured medium. A second audio stream finds no medium left. */
void test_sdp_session_stream_order(void)
{
    struct call c;
    struct sdp more;
    struct sdp *offer;

    call_init(&c);
    c.lb.media = media_swapped;
    call_restart(&c);
    sdp_session_set_media_ready(&c.b, 1, true); /* audio */
    send_offer(&c, &c.a);
    more = *c.offer;
    more.n_streams = 3;
    more.streams[2] = more.streams[0];
    offer = sdp_new(&c.pool, &more);
    CU_ASSERT_EQUAL(sdp_session_take_offer(&c.b, offer), 0);
    sdp_unref(&c.pool, offer);
    send_answer(&c, &c.b);
    CU_ASSERT_EQUAL(c.answer->n_streams, 3);
    CU_ASSERT_EQUAL(c.answer->streams[0].port, 10700);
    CU_ASSERT_EQUAL(c.answer->streams[1].port, 10702);
    CU_ASSERT_EQUAL(c.answer->streams[2].port, 0);
    CU_ASSERT_EQUAL(c.answer->streams[0].status.curr[SDP_LOCAL], SDP_SENDRECV);
    CU_ASSERT_EQUAL(c.answer->streams[1].status.curr[SDP_LOCAL], 0);
    sdp_unref(&c.pool, c.offer);
    c.offer = sdp_session_offer(&c.b);
    CU_ASSERT_EQUAL(c.offer->n_streams, 3);
    CU_ASSERT_EQUAL(c.offer->streams[0].media, SDP_AUDIO);
    CU_ASSERT_EQUAL(c.offer->streams[0].port, 10700);
    CU_ASSERT_EQUAL(c.offer->streams[2].port, 0);
    call_clear(&c);
}

void test_sdp_session_explained(void)
{
    struct call c;

    call_init(&c);
    c.la.n_media = 1;
    call_restart(&c);
    check_explained(&c.a, "audio: waits for own resources (send, recv)\n"
                          "audio: has not heard from the peer yet (send, recv)\n");
    sdp_session_fail(&c.a, 0);
    send_offer(&c, &c.a);
    check_explained(&c.a, "session: waits for the answer to O1\n"
                          "audio: own reservation failed (send, recv), but it is not mandatory\n"
                          "audio: has not heard from the peer yet (send, recv)\n");
    deliver_offer(&c, &c.b);
    check_explained(&c.b, "audio: waits for own resources (send, recv)\n"
                          "audio: waits for the peer's resources (send, recv)\n");
    call_clear(&c);
}
