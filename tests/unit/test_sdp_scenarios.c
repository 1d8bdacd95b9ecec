/* test_sdp_scenarios.c - the four flows of X.S0013-009 6.2 and their variants, description by description.
 *
 * The texts of O1 and A1 in scenarios 1 and 3 are the document's (tables 6.2.1.2-1, -2, 6.2.3.2-7, -8) but
 * for: b= is an integer (25.4 is no legal bandwidth), and UE-2 of scenario 3 has an address that exists
 * (100.300.1.2 does not). The later descriptions are derived from the rules. */
#include "tests/unit/sdp_call.h"

static const struct sdp_media media_1a[] = {AUDIO(49500, 25), VIDEO(49600, 75)};
static const struct sdp_media media_1b[] = {AUDIO(49700, 0), VIDEO(49702, 0)};

static const char o1_scenario_1[] = "v=0\n"
                                    "o=- 3323527065117000 3323527065117000 IN IP4 10.20.1.100\n"
                                    "s=-\n"
                                    "c=IN IP4 10.20.1.100\n"
                                    "t=0 0\n"
                                    "m=audio 49500 RTP/AVP 97 99\n"
                                    "b=AS:25\n"
                                    "a=curr:qos local sendrecv\n"
                                    "a=curr:qos remote none\n"
                                    "a=des:qos optional local sendrecv\n"
                                    "a=des:qos optional remote sendrecv\n"
                                    "a=rtpmap:97 EVRC/8000\n"
                                    "a=ptime:20\n"
                                    "a=rtpmap:99 SMV/8000\n"
                                    "m=video 49600 RTP/AVP 34\n"
                                    "b=AS:75\n"
                                    "a=curr:qos local sendrecv\n"
                                    "a=curr:qos remote none\n"
                                    "a=des:qos optional local sendrecv\n"
                                    "a=des:qos optional remote sendrecv\n"
                                    "a=rtpmap:34 H263/90000\n"
                                    "a=cif:1\n";
static const char a1_scenario_1[] = "v=0\n"
                                    "o=- 33235270718000 33235270718000 IN IP4 10.30.1.24\n"
                                    "s=-\n"
                                    "c=IN IP4 10.30.1.24\n"
                                    "t=0 0\n"
                                    "m=audio 49700 RTP/AVP 97\n"
                                    "a=curr:qos local sendrecv\n"
                                    "a=curr:qos remote sendrecv\n"
                                    "a=des:qos optional local sendrecv\n"
                                    "a=des:qos optional remote sendrecv\n"
                                    "a=rtpmap:97 EVRC/8000\n"
                                    "a=ptime:20\n"
                                    "m=video 49702 RTP/AVP 34\n"
                                    "a=curr:qos local sendrecv\n"
                                    "a=curr:qos remote sendrecv\n"
                                    "a=des:qos optional local sendrecv\n"
                                    "a=des:qos optional remote sendrecv\n"
                                    "a=rtpmap:34 H263/90000\n"
                                    "a=cif:1\n";

static void scenario_1_init(struct call *c)
{
    c->la = party("10.20.1.100", media_1a, 2);
    c->lb = party("10.30.1.24", media_1b, 2);
    call_start(c);
    sdp_session_clear(&c->a);
    sdp_session_clear(&c->b);
    sdp_session_init(&c->a, &c->pool, &c->la, 3323527065117000u);
    sdp_session_init(&c->b, &c->pool, &c->lb, 33235270718000u);
    sdp_session_set_ready(&c->a, true);
}

void test_sdp_session_scenario_1(void)
{
    struct call c;

    scenario_1_init(&c);
    sdp_session_set_ready(&c.b, true);
    CU_ASSERT_TRUE(sdp_session_local_ready(&c.a));
    CU_ASSERT_FALSE(sdp_session_remote_ready(&c.a));
    CU_ASSERT_FALSE(sdp_session_told_ready(&c.a));
    send_offer(&c, &c.a); /* INVITE */
    check_text(c.offer, o1_scenario_1);
    CU_ASSERT_TRUE(sdp_session_told_ready(&c.a));
    deliver_offer(&c, &c.b);
    CU_ASSERT_TRUE(sdp_session_met(&c.b));
    send_answer(&c, &c.b); /* 180 */
    check_text(c.answer, a1_scenario_1);
    deliver_answer(&c, &c.a);
    CU_ASSERT_TRUE(sdp_session_met(&c.a));
    CU_ASSERT_TRUE(sdp_session_mandatory_met(&c.a));
    CU_ASSERT_TRUE(sdp_session_uses_preconditions(&c.a));
    CU_ASSERT_FALSE(sdp_session_must_confirm(&c.a));
    CU_ASSERT_FALSE(sdp_session_offer_due(&c.a));
    CU_ASSERT_FALSE(sdp_session_offer_due(&c.b));
    check_explained(&c.a, "");
    check_explained(&c.b, "");
    call_clear(&c);
}

/* UE-2 takes the offer, reserves, and answers in the 180: the descriptions are those of scenario 1. */
void test_sdp_session_scenario_2(void)
{
    struct call c;

    scenario_1_init(&c);
    send_offer(&c, &c.a);
    check_text(c.offer, o1_scenario_1);
    deliver_offer(&c, &c.b);
    CU_ASSERT_FALSE(sdp_session_met(&c.b));
    CU_ASSERT_TRUE(sdp_session_remote_ready(&c.b));
    check_explained(&c.b, "audio: waits for own resources (send, recv)\n"
                          "video: waits for own resources (send, recv)\n");
    sdp_session_set_ready(&c.b, true);
    CU_ASSERT_TRUE(sdp_session_met(&c.b));
    send_answer(&c, &c.b);
    check_text(c.answer, a1_scenario_1);
    deliver_answer(&c, &c.a);
    CU_ASSERT_TRUE(sdp_session_met(&c.a));
    call_clear(&c);
}

/* The 3GPP way: A1 at once in a reliable 183. UE-1 has said all there is to say, so no conf, and the stream
 * is not inactive: no later exchange would change that. */
void test_sdp_session_scenario_2_reliable_183(void)
{
    struct call c;

    scenario_1_init(&c);
    exchange(&c, &c.a, &c.b);
    check_both(c.answer, SDP_OA_ANSWER, 1, "sendrecv curr none/sendrecv " OPTIONAL " conf none/none");
    CU_ASSERT_FALSE(sdp_session_met(&c.b));
    CU_ASSERT_FALSE(sdp_session_told_ready(&c.b));
    sdp_session_set_ready(&c.b, true);
    CU_ASSERT_TRUE(sdp_session_met(&c.b));
    CU_ASSERT_FALSE(sdp_session_offer_due(&c.b));
    CU_ASSERT_FALSE(sdp_session_offer_due(&c.a));
    call_clear(&c);
}

static const char o1_scenario_3[] = "v=0\n"
                                    "o=- 2987935614 2987935614 IN IP4 100.200.1.1\n"
                                    "s=-\n"
                                    "c=IN IP4 100.200.1.1\n"
                                    "t=0 0\n"
                                    "m=audio 10500 RTP/AVP 97 99\n"
                                    "b=AS:25\n"
                                    "a=inactive\n"
                                    "a=curr:qos local none\n"
                                    "a=curr:qos remote none\n"
                                    "a=des:qos optional local sendrecv\n"
                                    "a=des:qos optional remote sendrecv\n"
                                    "a=rtpmap:97 EVRC/8000\n"
                                    "a=ptime:20\n"
                                    "a=rtpmap:99 SMV/8000\n"
                                    "m=video 10600 RTP/AVP 34\n"
                                    "b=AS:75\n"
                                    "a=inactive\n"
                                    "a=curr:qos local none\n"
                                    "a=curr:qos remote none\n"
                                    "a=des:qos optional local sendrecv\n"
                                    "a=des:qos optional remote sendrecv\n"
                                    "a=rtpmap:34 H263/90000\n"
                                    "a=cif:1\n";
static const char a1_scenario_3[] = "v=0\n"
                                    "o=- 35270718123 35270718123 IN IP4 100.200.1.2\n"
                                    "s=-\n"
                                    "c=IN IP4 100.200.1.2\n"
                                    "t=0 0\n"
                                    "m=audio 10700 RTP/AVP 97\n"
                                    "b=AS:25\n"
                                    "a=inactive\n"
                                    "a=curr:qos local sendrecv\n"
                                    "a=curr:qos remote none\n"
                                    "a=des:qos optional local sendrecv\n"
                                    "a=des:qos optional remote sendrecv\n"
                                    "a=conf:qos remote sendrecv\n"
                                    "a=rtpmap:97 EVRC/8000\n"
                                    "a=ptime:20\n"
                                    "m=video 10702 RTP/AVP 34\n"
                                    "b=AS:75\n"
                                    "a=inactive\n"
                                    "a=curr:qos local sendrecv\n"
                                    "a=curr:qos remote none\n"
                                    "a=des:qos optional local sendrecv\n"
                                    "a=des:qos optional remote sendrecv\n"
                                    "a=conf:qos remote sendrecv\n"
                                    "a=rtpmap:34 H263/90000\n"
                                    "a=cif:1\n";
/* Not in the document's text; derived. Both sides' second description, of `id`, `version` ... */
static char *second_text(const char *origin, unsigned audio, unsigned video)
{
    static const char rows[] = "a=sendrecv\n"
                               "a=curr:qos local sendrecv\n"
                               "a=curr:qos remote sendrecv\n"
                               "a=des:qos optional local sendrecv\n"
                               "a=des:qos optional remote sendrecv\n";
    const char *address = strrchr(origin, ' ') + 1;

    return g_strdup_printf("v=0\no=- %s\ns=-\nc=IN IP4 %s\nt=0 0\n"
                           "m=audio %u RTP/AVP 97\nb=AS:25\n%sa=rtpmap:97 EVRC/8000\na=ptime:20\n"
                           "m=video %u RTP/AVP 34\nb=AS:75\n%sa=rtpmap:34 H263/90000\na=cif:1\n",
                           origin, address, audio, rows, video, rows);
}

/* O2 and A2, with UE-1 ready now: whether in PRACK or in UPDATE makes no difference to the session. */
static void second_exchange(struct call *c)
{
    char *o2 = second_text("2987935614 2987935615 IN IP4 100.200.1.1", 10500, 10600);
    char *a2 = second_text("35270718123 35270718124 IN IP4 100.200.1.2", 10700, 10702);

    CU_ASSERT_TRUE(sdp_session_must_confirm(&c->a));
    CU_ASSERT_TRUE(sdp_session_offer_due(&c->a));
    send_offer(c, &c->a);
    check_text(c->offer, o2);
    CU_ASSERT_EQUAL(c->offer->oa_index, 2);
    CU_ASSERT_FALSE(sdp_session_must_confirm(&c->a));
    CU_ASSERT_FALSE(sdp_session_met(&c->b));
    deliver_offer(c, &c->b);
    CU_ASSERT_TRUE(sdp_session_met(&c->b)); /* UE-2 alerts */
    send_answer(c, &c->b);
    check_text(c->answer, a2);
    CU_ASSERT_EQUAL(c->answer->oa_index, 2);
    deliver_answer(c, &c->a);
    CU_ASSERT_TRUE(sdp_session_met(&c->a));
    CU_ASSERT_FALSE(sdp_session_offer_due(&c->a));
    CU_ASSERT_FALSE(sdp_session_offer_due(&c->b));
    CU_ASSERT_EQUAL(c->a.exchanges, 2);
    CU_ASSERT_EQUAL(c->b.exchanges, 2);
    g_free(o2);
    g_free(a2);
}

static void scenario_3_first(struct call *c)
{
    call_init(c);
    sdp_session_set_ready(&c->b, true);
    send_offer(c, &c->a);
    check_text(c->offer, o1_scenario_3);
    deliver_offer(c, &c->b);
    CU_ASSERT_FALSE(sdp_session_met(&c->b));
    send_answer(c, &c->b);
    check_text(c->answer, a1_scenario_3);
}

/* UE-1 becomes ready before the 183 arrives, so that the PRACK carries O2. */
void test_sdp_session_scenario_3(void)
{
    struct call c;

    scenario_3_first(&c);
    sdp_session_set_ready(&c.a, true);
    CU_ASSERT_FALSE(sdp_session_told_ready(&c.a));
    deliver_answer(&c, &c.a);
    second_exchange(&c);
    call_clear(&c);
}

/* UE-1 becomes ready after the PRACK. */
void test_sdp_session_scenario_3_update(void)
{
    struct call c;

    scenario_3_first(&c);
    deliver_answer(&c, &c.a);
    CU_ASSERT_TRUE(sdp_session_remote_ready(&c.a));
    CU_ASSERT_FALSE(sdp_session_must_confirm(&c.a));
    CU_ASSERT_FALSE(sdp_session_offer_due(&c.a));
    check_explained(&c.a, "audio: waits for own resources (send, recv)\n"
                          "video: waits for own resources (send, recv)\n");
    check_explained(&c.b, "audio: waits for the peer's confirmation that it has resources (send, recv)\n"
                          "video: waits for the peer's confirmation that it has resources (send, recv)\n");
    sdp_session_set_ready(&c.a, true);
    second_exchange(&c);
    call_clear(&c);
}

static void scenario_4_first(struct call *c)
{
    call_init(c);
    send_offer(c, &c->a);
    check_text(c->offer, o1_scenario_3);
    deliver_offer(c, &c->b);
    send_answer(c, &c->b);
    check_both(c->answer, SDP_OA_ANSWER, 1, "inactive curr none/none " OPTIONAL " conf none/sendrecv");
}

static void scenario_4_second(struct call *c)
{
    CU_ASSERT_TRUE(sdp_session_must_confirm(&c->a));
    send_offer(c, &c->a);
    check_both(c->offer, SDP_OA_OFFER, 2, "sendrecv curr sendrecv/none " OPTIONAL " conf none/none");
    CU_ASSERT_TRUE(c->offer->streams[0].show_sendrecv);
    deliver_offer(c, &c->b);
    send_answer(c, &c->b);
    CU_ASSERT_EQUAL(c->answer->version, 35270718124u);
    deliver_answer(c, &c->a);
}

/* R2 is done when O2 arrives. */
void test_sdp_session_scenario_4(void)
{
    struct call c;

    scenario_4_first(&c);
    deliver_answer(&c, &c.a);
    CU_ASSERT_FALSE(sdp_session_offer_due(&c.a));
    sdp_session_set_ready(&c.b, true);
    CU_ASSERT_FALSE(sdp_session_met(&c.b));
    CU_ASSERT_FALSE(sdp_session_offer_due(&c.b)); /* it has asked, the peer will offer */
    sdp_session_set_ready(&c.a, true);
    scenario_4_second(&c);
    check_both(c.answer, SDP_OA_ANSWER, 2, "sendrecv curr sendrecv/sendrecv " OPTIONAL " conf none/none");
    CU_ASSERT_TRUE(sdp_session_met(&c.b));
    CU_ASSERT_TRUE(sdp_session_met(&c.a));
    call_clear(&c);
}

/* R2 is pending when O2 arrives: UE-2 alerts when it is done, without another exchange (RFC 4032 4). */
void test_sdp_session_scenario_4_pending(void)
{
    struct call c;

    scenario_4_first(&c);
    deliver_answer(&c, &c.a);
    sdp_session_set_ready(&c.a, true);
    scenario_4_second(&c);
    check_both(c.answer, SDP_OA_ANSWER, 2, "sendrecv curr none/sendrecv " OPTIONAL " conf none/none");
    CU_ASSERT_FALSE(sdp_session_met(&c.b));
    CU_ASSERT_TRUE(sdp_session_remote_ready(&c.b));
    CU_ASSERT_FALSE(sdp_session_remote_ready(&c.a));
    check_explained(&c.a, "audio: waits for the peer's resources (send, recv)\n"
                          "video: waits for the peer's resources (send, recv)\n");
    sdp_session_set_ready(&c.b, true);
    CU_ASSERT_TRUE(sdp_session_met(&c.b));
    CU_ASSERT_FALSE(sdp_session_offer_due(&c.b));
    CU_ASSERT_FALSE(sdp_session_offer_due(&c.a));
    call_clear(&c);
}

/* R1 is done when the 183 arrives: O2 goes in the PRACK. */
void test_sdp_session_scenario_4_prack(void)
{
    struct call c;

    scenario_4_first(&c);
    sdp_session_set_ready(&c.a, true);
    deliver_answer(&c, &c.a);
    sdp_session_set_ready(&c.b, true);
    scenario_4_second(&c);
    check_both(c.answer, SDP_OA_ANSWER, 2, "sendrecv curr sendrecv/sendrecv " OPTIONAL " conf none/none");
    CU_ASSERT_TRUE(sdp_session_met(&c.b));
    call_clear(&c);
}
