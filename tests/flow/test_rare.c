/* test_rare.c - what happens only when messages get lost, overtake each other or cross at the wrong moment.
 */
#include "tests/flow/play.h"

#include <CUnit/CUnit.h>

#include <stdio.h>
#include <string.h>

#define DROP(message, from, more) "<drop message='" message "' from='" from "' " more "/>"
#define DUPLICATE(message, from)  "<duplicate message='" message "' from='" from "'/>"
#define FAULTS(list)              "<faults>" list "</faults>"
#define ALWAYS                    "count='1000'"

static void assert_ended(const struct play *p, int64_t status)
{
    CU_ASSERT_EQUAL(play_moments(p, MARK_ENDED), 1);
    CU_ASSERT_EQUAL(play_value(p, MARK_ENDED), status);
}

static void assert_cancelled(const struct play *p, int64_t status)
{
    CU_ASSERT_EQUAL(play_moments(p, MARK_CANCELLED), 1);
    CU_ASSERT_EQUAL(play_value(p, MARK_CANCELLED), status);
}

/* ---- a full station
 * ---------------------------------------------------------------------------------------------------- */

/* P-CSCF1 has one server and no queue, and is busy with the INVITE of another call when `message` of the
 * first one comes: 503 (RFC 3261 21.5.4). The second call dials `at` so that it comes half a service time before. */
static struct play *play_refused(const char *scenario, const char *at)
{
    char *xml = g_strdup_printf("<script><call from='UE-1' to='UE-2' at='%s' called='busy'/></script>", at);
    struct play *p = play(scenario, "node[P-CSCF1].servers=1", "node[P-CSCF1].queue=0", "node[P-CSCF1].overload=reject", xml, NULL);
    g_free(xml);
    return p;
}

void test_rare_update_refused(void)
{
    struct play *p = play_refused("mmd-4", "392500us");
    CU_ASSERT_EQUAL(play_count(p, "503 Service Unavailable (UPDATE)", "P-CSCF1", "UE-1"), 1);
    play_end(p);
}

void test_rare_prack_refused(void)
{
    struct play *p = play_refused("mmd-1", "142500us");
    CU_ASSERT_EQUAL(play_count(p, "503 Service Unavailable (PRACK)", "P-CSCF1", "UE-1"), 1);
    play_end(p);
    p = play_refused("mmd-4", "142500us"); /* that of the 183 */
    CU_ASSERT_EQUAL(play_count(p, "503 Service Unavailable (PRACK)", "P-CSCF1", "UE-1"), 1);
    assert_cancelled(p, 503);
    play_end(p);
}

/* It rings already when the caller's resources come: the offer that says so is refused, and without it there is no call. */
void test_rare_update_refused_while_ringing(void)
{
    struct play *p = play("any", "group[UE-2].preconditions=no", "group[UE-1].reservation=from-answer",
                          "group[UE-1].reservation-time=500ms", "node[P-CSCF1].servers=1", "node[P-CSCF1].queue=0",
                          "node[P-CSCF1].overload=reject", "<script><call from='UE-1' to='UE-2' at='642500us' called='busy'/></script>", NULL);
    CU_ASSERT_EQUAL(play_count(p, "503 Service Unavailable (UPDATE)", "P-CSCF1", "UE-1"), 1);
    assert_cancelled(p, 503);
    play_end(p);
}

/* The settings of bursts do nothing unless the loss model asks for them. */
void test_rare_bursts_need_their_model(void)
{
    struct play *p = play("mmd-1", "link[Gm].ge-p=100%", NULL);
    CU_ASSERT_EQUAL(play_when(p, MARK_RINGBACK), 143 * SIM_MS);
    play_end(p);
    /* Every other message finds the bad state (ge-r is 100 % unless given), which loses all (ge-loss-bad too). */
    p = play("mmd-1", "link[Gm].ge-p=100%", "link[Gm].loss-model=gilbert-elliott", "call[1].answer=1900ms", NULL);
    CU_ASSERT_EQUAL(play_when(p, MARK_RINGBACK), 6143 * SIM_MS);
    play_end(p);
}

/* ---- PRACK
 * ---------------------------------------------------------------------------------------------------- */

/* The 180 with the answer is never acknowledged: the called phone refuses after 64*T1 without having rung. */
void test_rare_prack_of_first_180_lost(void)
{
    struct play *p = play("mmd-1", FAULTS(DROP("PRACK", "UE-1", ALWAYS)), NULL);
    CU_ASSERT_EQUAL(play_moments(p, MARK_ALERTED), 0);
    CU_ASSERT_EQUAL(play_nth(p, "504 Server Time-out (INVITE)", "UE-2", 1)->sent,
                    play_nth(p, "180 Ringing", "UE-2", 1)->sent + 128005 * SIM_MS);
    assert_ended(p, 504);
    play_end(p);
    /* The same in the core, where the proxy that gives up stays silent (RFC 4320 4.2). */
    p = play("mmd-1", FAULTS(DROP("PRACK", "P-CSCF1", ALWAYS)), NULL);
    assert_ended(p, 504);
    play_end(p);
    /* Or the caller's own timer F. */
    p = play("mmd-1", "sip.gm.F=10s", FAULTS(DROP("PRACK", "UE-1", ALWAYS)), NULL);
    CU_ASSERT_EQUAL(play_value(p, MARK_CANCELLED), 408);
    CU_ASSERT_EQUAL(play_when(p, MARK_CANCELLED), play_nth(p, "PRACK", "UE-1", 1)->sent + 10005 * SIM_MS);
    assert_ended(p, 487);
    play_end(p);
}

/* The phone rings already, but the 180 without SDP is never acknowledged, and nobody answers. */
void test_rare_prack_of_second_180_lost(void)
{
    struct play *p =
        play("mmd-4", "call[1].called=never", FAULTS(DROP("PRACK", "UE-1", "nth='2' count='1000'")), NULL);
    CU_ASSERT_EQUAL(play_moments(p, MARK_ALERTED), 1);
    assert_ended(p, 504);
    play_end(p);
}

/* The call is up when it turns out that its PRACK will never be answered: 408 or silence ends the dialog, and
 * so the call (RFC 3261 12.2.1.2). */
void test_rare_prack_fails_in_a_call(void)
{
    struct play *p = play("mmd-4", FAULTS(DROP("PRACK", "P-CSCF1", "nth='2' count='1000'")), NULL);
    CU_ASSERT_EQUAL(play_moments(p, MARK_CONFIRMED), 1);
    CU_ASSERT_EQUAL(play_when(p, MARK_BYE_SENT), play_nth(p, "PRACK", "UE-1", 2)->sent + 128005 * SIM_MS);
    assert_ended(p, 200);
    play_end(p);
    p = play("mmd-4", "sip.gm.F=10s", FAULTS(DROP("PRACK", "UE-1", "nth='2' count='1000'")), NULL);
    CU_ASSERT_EQUAL(play_when(p, MARK_BYE_SENT), play_nth(p, "PRACK", "UE-1", 2)->sent + 10005 * SIM_MS);
    assert_ended(p, 200);
    play_end(p);
}

/* 200 (INVITE) has overtaken the PRACK of a 180 without SDP, which is still in order then (RFC 3262 3). */
void test_rare_prack_after_the_answer(void)
{
    struct play *p = play("mmd-4", "call[1].answer=10ms", FAULTS(DROP("PRACK", "UE-1", "nth='2'")), NULL);
    CU_ASSERT_TRUE(play_nth(p, "200 OK (PRACK)", "UE-2", 2)->sent > play_when(p, MARK_CONFIRMED));
    CU_ASSERT_EQUAL(play_count(p, "481 Call/Transaction Does Not Exist (PRACK)", NULL, NULL), 0);
    play_end(p);
}

/* A late PRACK against a BYE, from well before to well after: answered with 200 or 481, and the call ends. */
void test_rare_prack_races_with_bye(void)
{
    unsigned answered = 0, refused = 0;
    for (int hold = 600; hold <= 2600; hold += 100) {
        char *change = g_strdup_printf("call[1].hold=%dms", hold);
        struct play *p = play("mmd-4", "call[1].answer=10ms", "group[UE-2].think=190ms", change,
                              FAULTS(DROP("PRACK", "UE-1", "nth='2'")), NULL);
        unsigned yes = play_count(p, "200 OK (PRACK)", "UE-2", NULL) - 1,
                 no = play_count(p, "481 Call/Transaction Does Not Exist (PRACK)", "UE-2", NULL);
        CU_ASSERT_EQUAL(yes + no, 1);
        answered += yes;
        refused += no;
        CU_ASSERT_EQUAL(play_moments(p, MARK_RELEASED), 1);
        assert_ended(p, 200);
        play_end(p);
        g_free(change);
    }
    CU_ASSERT_TRUE(answered > 2);
    CU_ASSERT_TRUE(refused > 2);
}

/* ---- the answer
 * -------------------------------------------------------------------------------------------------- */

/* The called phone's 200 never arrives and it hangs up; the caller has heard of a 183 only. */
void test_rare_bye_before_any_answer(void)
{
    struct play *p =
        play("mmd-4",
             FAULTS(DROP("180 Ringing", "P-CSCF1", ALWAYS) DROP("200 OK (INVITE)", "P-CSCF1", ALWAYS)), NULL);
    CU_ASSERT_EQUAL(play_moments(p, MARK_BYE_RECEIVED), 1);
    CU_ASSERT_EQUAL(play_nth(p, "200 OK (BYE)", "UE-1", 1)->sent, play_nth(p, "BYE", "P-CSCF1", 1)->arrival);
    assert_ended(p, 408);
    play_end(p);
}

/* All that the caller hears of the call is its answer: no 100, no 180. */
void test_rare_answer_without_progress(void)
{
    struct play *p =
        play("any", "group[*].reliable=no", "call[1].answer=5s",
             FAULTS(DROP("100 Trying", "P-CSCF1", ALWAYS) DROP("180 Ringing", "P-CSCF1", ALWAYS)), NULL);
    CU_ASSERT_EQUAL(play_count(p, "INVITE", "UE-1", NULL), 2);
    CU_ASSERT_EQUAL(play_count(p, "INVITE", "P-CSCF1", NULL), 1);
    CU_ASSERT_EQUAL(play_moments(p, MARK_RINGBACK), 0);
    CU_ASSERT_EQUAL(play_moments(p, MARK_CONFIRMED), 1);
    play_end(p);
    /* Only 180 is lost: the INVITE is not repeated. */
    p = play("any", "group[*].reliable=no", FAULTS(DROP("180 Ringing", "P-CSCF1", ALWAYS)), NULL);
    CU_ASSERT_EQUAL(play_count(p, "INVITE", "UE-1", NULL), 1);
    CU_ASSERT_EQUAL(play_moments(p, MARK_CONFIRMED), 1);
    play_end(p);
    /* Nothing at all comes back but the second 200: an INVITE that comes again after the 200 is absorbed. */
    p = play("any", "group[*].reliable=no", "call[1].answer=1s",
             FAULTS(DROP("100 Trying", "P-CSCF1", ALWAYS) DROP("180 Ringing", "P-CSCF1", ALWAYS)
                        DROP("200 OK (INVITE)", "P-CSCF1", "")),
             NULL);
    CU_ASSERT_EQUAL(play_count(p, "INVITE", "UE-1", NULL), 2);
    CU_ASSERT_EQUAL(play_count(p, "200 OK (INVITE)", "UE-2", NULL), 2);
    CU_ASSERT_EQUAL(play_moments(p, MARK_CONFIRMED), 1);
    play_end(p);
}

/* A repeated 180 that is not reliable changes nothing. */
void test_rare_second_plain_180(void)
{
    struct play *p = play("any", "group[*].reliable=no", FAULTS(DUPLICATE("180 Ringing", "P-CSCF1")), NULL);
    CU_ASSERT_EQUAL(play_moments(p, MARK_RINGBACK), 1);
    CU_ASSERT_EQUAL(play_moments(p, MARK_PROGRESS), 1);
    play_end(p);
}

/* ---- refusals
 * ------------------------------------------------------------------------------------------------------- */

/* The caller has heard neither 100 nor the refusal and repeats its INVITE: the refusal is repeated. */
void test_rare_invite_again_after_refusal(void)
{
    struct play *p = play(
        "any", "<network id='elsewhere' domain='domain2.example'/>", "group[UE-2].network=elsewhere",
        FAULTS(DROP("100 Trying", "P-CSCF1", ALWAYS) DROP("404 Not Found (INVITE)", "P-CSCF1", "count='2'")),
        NULL);
    CU_ASSERT_EQUAL(play_count(p, "INVITE", "UE-1", NULL), 2);
    CU_ASSERT_EQUAL(play_count(p, "404 Not Found (INVITE)", "P-CSCF1", NULL), 3);
    assert_ended(p, 404);
    play_end(p);
}

void test_rare_second_ack_of_refusal(void)
{
    struct play *p = play("mmd-1", "call[1].called=busy", FAULTS(DUPLICATE("ACK", "P-CSCF1")), NULL);
    assert_ended(p, 486);
    play_end(p);
}

/* ---- BYE
 * ------------------------------------------------------------------------------------------------------------
 */

/* The 200 comes again when the caller has hung up already: it is acknowledged all the same. */
void test_rare_200_crosses_bye(void)
{
    struct play *p = play("mmd-1", "call[1].hold=1950ms", FAULTS(DROP("ACK", "UE-1", "")), NULL);
    CU_ASSERT_EQUAL(play_count(p, "ACK", "UE-1", NULL), 2);
    CU_ASSERT_TRUE(play_nth(p, "ACK", "UE-1", 2)->sent > play_nth(p, "BYE", "UE-1", 1)->sent);
    assert_ended(p, 200);
    play_end(p);
}

/* Both hang up: the called phone because no ACK came in 64*T1. Both BYEs are answered with 200. */
void test_rare_two_byes_cross(void)
{
    struct play *p = play("mmd-1", "call[1].hold=127930ms", FAULTS(DROP("ACK", "UE-1", ALWAYS)), NULL);
    CU_ASSERT_EQUAL(play_moments(p, MARK_BYE_SENT), 2);
    CU_ASSERT_EQUAL(play_count(p, "200 OK (BYE)", "UE-1", NULL), 1);
    CU_ASSERT_EQUAL(play_count(p, "200 OK (BYE)", "UE-2", NULL), 1);
    assert_ended(p, 200);
    play_end(p);
}

/* The called phone's BYE is lost: it forgets the call after timer F, the caller never hears of it. */
void test_rare_bye_of_called_phone_lost(void)
{
    struct play *p = play("mmd-1", FAULTS(DROP("ACK", "UE-1", ALWAYS) DROP("BYE", "UE-2", ALWAYS)), NULL);
    CU_ASSERT_EQUAL(play_count(p, "BYE", "UE-2", NULL), 11);
    CU_ASSERT_EQUAL(play_moments(p, MARK_ENDED), 0);
    CU_ASSERT_EQUAL(world_contexts(p->world), 2); /* the caller and its user */
    play_free(p);
}

/* ---- the second offer
 * -------------------------------------------------------------------------------------------------- */

/* The called phone knows no preconditions: its 180 has the answer, and the caller, ready now, offers in
 * PRACK. */
void test_rare_offer_in_prack_of_180(void)
{
    struct play *p = play("any", "group[UE-2].preconditions=no", "group[UE-1].reservation=from-invite",
                          "group[UE-1].reservation-time=50ms", NULL);
    assert_story(p, "INVITE O1, 180 Ringing A1, PRACK O2, 200 OK (PRACK) A2, 200 OK (INVITE), ACK");
    play_end(p);
    p = play("any", "group[UE-2].preconditions=no", "group[UE-1].reservation=from-answer",
             "group[UE-1].reservation-time=500ms", "group[UE-1].reservation-outcome=fails", NULL);
    CU_ASSERT_EQUAL(play_value(p, MARK_CANCELLED), 580);
    assert_ended(p, 487);
    play_end(p);
}

/* UPDATE reaches a phone that has answered and still waits for ACK. */
void test_rare_update_before_ack(void)
{
    struct play *p = play("any", "group[UE-1].reliable=no", "group[UE-1].reservation=from-invite",
                          "group[UE-1].reservation-time=300ms", FAULTS(DROP("ACK", "UE-1", "")), NULL);
    CU_ASSERT_TRUE(play_nth(p, "200 OK (UPDATE)", "UE-2", 1)->sent < play_when(p, MARK_CONFIRMED));
    CU_ASSERT_EQUAL(play_moments(p, MARK_CONFIRMED), 1);
    play_end(p);
}

/* ---- cancel and timer C
 * --------------------------------------------------------------------------------------------------- */

/* CANCEL reaches the called phone while it builds its first response. */
void test_rare_cancel_before_first_response(void)
{
    struct play *p = play("any", "group[UE-2].think=500ms", "call[1].cancel=100ms", NULL);
    CU_ASSERT_EQUAL(play_count(p, "180 Ringing", NULL, NULL), 0);
    CU_ASSERT_EQUAL(play_nth(p, "487 Request Terminated (INVITE)", "UE-2", 1)->sent,
                    play_nth(p, "CANCEL", "P-CSCF2", 1)->arrival);
    assert_ended(p, 487);
    play_end(p);
}

/* Timer C of a proxy that has heard nothing at all, shorter than its timer B. */
void test_rare_timer_c_without_1xx(void)
{
    struct play *p = play("any", "sip.gm.C=20s", FAULTS(DROP("INVITE", "P-CSCF2", ALWAYS)), NULL);
    CU_ASSERT_EQUAL(play_nth(p, "408 Request Timeout (INVITE)", "P-CSCF2", 1)->sent,
                    play_nth(p, "INVITE", "P-CSCF2", 1)->sent + 20 * SIM_S);
    CU_ASSERT_EQUAL(play_count(p, "CANCEL", NULL, NULL), 0);
    assert_ended(p, 408);
    play_end(p);
}

/* ---- chance
 * ------------------------------------------------------------------------------------------------------------------
 */

/* A phone sends its messages in the order in which it began to build them, however long each takes. */
void test_rare_phones_of_uneven_speed(void)
{
    for (int seed = 1; seed <= 40; seed++) {
        char *change = g_strdup_printf("run.seed=%d", seed);
        struct play *p = play("mmd-4", change, "group[*].think=uniform(0ms,80ms)", "call[1].hold=1s", NULL);
        CU_ASSERT_TRUE(play_nth(p, "200 OK (UPDATE)", "UE-2", 1)->sent <= play_nth(p, "180 Ringing", "UE-2", 1)->sent);
        CU_ASSERT_EQUAL(play_steps(p), 65);
        CU_ASSERT_EQUAL(play_value(p, MARK_ENDED), 200);
        play_end(p);
        g_free(change);
    }
}

/* Messages that take from 1 ms to 400 ms and overtake each other, a tenth of them lost: whatever happens,
 * every call ends, nothing is left, and every transmission is one that the RFCs ask for. */
void test_rare_storms(void)
{
    static const char *const scenarios[] = {"mmd-1",        "mmd-2", "mmd-3",
                                            "mmd-3-update", "mmd-4", "mmd-4-prack"};
    unsigned good = 0, lost = 0;
    for (int seed = 1; seed <= 150; seed++) {
        char *change = g_strdup_printf("run.seed=%d", seed);
        struct play *p = play(scenarios[seed % 6], change, "link[Gm].latency=uniform(1ms,400ms)",
                              "link[Mw].latency=uniform(1ms,100ms)", "link[*].loss=10%", "call[1].hold=200s",
                              "call[1].cancel=150s", NULL);
        CU_ASSERT_EQUAL(play_moments(p, MARK_ENDED), 1);
        good += play_value(p, MARK_ENDED) == 200;
        lost += p->world->net->lost > 3;
        play_end(p);
        g_free(change);
    }
    CU_ASSERT_TRUE(good > 120);
    CU_ASSERT_TRUE(lost > 120);
}
