/* test_calls.c - calls that do not simply succeed, and phones and networks that are not alike. */
#include "tests/flow/play.h"

#include "models/hss/hss.h"

#include <CUnit/CUnit.h>

#include <stdio.h>
#include <string.h>

#define HOPS_OF_CANCEL 20 /* CANCEL 5, its 200 5, 487 5, ACK 5 (RFC 3261 9) */

static unsigned hops_of(const struct play *p, const char *type)
{
    return play_count(p, type, NULL, NULL);
}

/* ---- the caller gives up
 * ---------------------------------------------------------------------------------------- */

/* A CANCEL goes over a hop only after a 1xx has come back over it (RFC 3261 9.1). */
static void check_cancels(const struct play *p)
{
    for (guint i = 0; i < p->hops->len; i++) {
        const struct hop *c = play_hop(p, i);
        if (strcmp(c->type, "CANCEL") != 0 || c->nth > 1)
            continue;
        bool allowed = false;
        for (guint k = 0; k < i; k++) {
            const struct hop *r = play_hop(p, k);
            allowed |= r->sip && r->sip->method == SIP_INVITE && r->sip->status &&
                       r->sip->via->branch == c->sip->via->branch && strcmp(r->to, c->from) == 0 &&
                       r->arrival <= c->sent;
        }
        CU_ASSERT_TRUE(allowed);
        CU_ASSERT_EQUAL(c->sip->require, 0);
        CU_ASSERT_PTR_NULL(c->sip->via->next);
        CU_ASSERT_EQUAL(c->sip->cseq, 1);
    }
}

static void check_cancelled(struct play *p)
{
    check_cancels(p);
    CU_ASSERT_EQUAL(hops_of(p, "CANCEL") + hops_of(p, "200 OK (CANCEL)") +
                        hops_of(p, "487 Request Terminated (INVITE)") + hops_of(p, "ACK"),
                    HOPS_OF_CANCEL);
    CU_ASSERT_EQUAL(play_value(p, MARK_FAILED), 487);
    CU_ASSERT_EQUAL(play_value(p, MARK_ENDED), 487);
    CU_ASSERT_EQUAL(play_moments(p, MARK_CONNECTED), 0);
    play_end(p);
}

/* The user hangs up before the INVITE is built: nothing is sent. */
void test_cancel_before_invite(void)
{
    struct play *p = play("any", "call[1].cancel=1ms", NULL);
    CU_ASSERT_EQUAL(p->hops->len, 0);
    CU_ASSERT_EQUAL(play_moments(p, MARK_ENDED), 1);
    play_end(p);
}

/* No 1xx yet: the CANCEL waits for the 100, and at each proxy for the 1xx of the next hop. */
void test_cancel_waits_for_a_1xx(void)
{
    struct play *p = play("any", "call[1].cancel=10ms", NULL);
    CU_ASSERT_EQUAL(play_nth(p, "CANCEL", "UE-1", 1)->sent, play_nth(p, "100 Trying", "P-CSCF1", 1)->arrival);
    CU_ASSERT_TRUE(play_nth(p, "CANCEL", "UE-1", 1)->sent > 15 * SIM_MS);
    CU_ASSERT_EQUAL(play_nth(p, "CANCEL", "P-CSCF2", 1)->sent,
                    play_nth(p, "180 Ringing", "UE-2", 1)->arrival + SIM_MS);
    check_cancelled(p);
}

/* The 100 never comes: it stays with the INVITE's timer B. */
void test_cancel_without_any_1xx(void)
{
    struct play *p = play("any", "call[1].cancel=10ms",
                          "<faults><drop message='INVITE' on='Gm' count='100'/></faults>", NULL);
    CU_ASSERT_EQUAL(hops_of(p, "CANCEL"), 0);
    CU_ASSERT_EQUAL(play_value(p, MARK_FAILED), 408);
    CU_ASSERT_EQUAL(play_when(p, MARK_ENDED), play_when(p, MARK_INVITE_SENT) + 128 * SIM_S);
    play_end(p);
}

/* The I-CSCF is still asking the HSS: it answers the INVITE itself, and nobody behind it hears of the call.
 */
void test_cancel_during_query(void)
{
    struct play *p = play("any", "call[1].cancel=100ms", "link[Cx].latency=300ms", NULL);
    CU_ASSERT_EQUAL(hops_of(p, "INVITE"), 3);
    CU_ASSERT_STRING_EQUAL(play_nth(p, "487 Request Terminated (INVITE)", NULL, 1)->from, "I/S-CSCF2");
    CU_ASSERT_EQUAL(hops_of(p, "CANCEL"), 3);
    CU_ASSERT_EQUAL(play_value(p, MARK_ENDED), 487);
    play_end(p);
}

void test_cancel_after_183(void)
{
    struct play *p = play("any", "call[1].cancel=300ms", "group[*].reservation=from-invite",
                          "group[*].reservation-time=5s", NULL);
    assert_story(p, "INVITE O1, 183 Session Progress A1, PRACK, 200 OK (PRACK), CANCEL, 200 OK (CANCEL), "
                    "CANCEL, 200 OK (CANCEL), "
                    "CANCEL, 200 OK (CANCEL), CANCEL, 200 OK (CANCEL), CANCEL, 200 OK (CANCEL), 487 Request "
                    "Terminated (INVITE), ACK");
    check_cancelled(p);
}

void test_cancel_while_called_phone_waits(void)
{
    struct play *p = play("mmd-2", "call[1].cancel=300ms", "group[UE-2].reservation-time=5s", NULL);
    check_cancelled(p);
    p = play("mmd-2-no183", "call[1].cancel=300ms", "group[UE-2].reservation-time=5s", NULL);
    check_cancelled(p);
}

/* The 487 goes without waiting for the PRACK, which then finds no call. */
void test_cancel_crosses_prack(void)
{
    struct play *p = play("any", "call[1].cancel=139ms", NULL); /* the 180 arrives at 143 ms */
    CU_ASSERT_TRUE(play_nth(p, "CANCEL", "UE-1", 1)->sent - play_when(p, MARK_RINGBACK) < 5 * SIM_MS);
    CU_ASSERT_EQUAL(hops_of(p, "PRACK"), 0);
    CU_ASSERT_EQUAL(play_moments(p, MARK_ALERTED), 0);
    check_cancelled(p);
    p = play("any", "call[1].cancel=160ms", "<faults><drop message='PRACK' from='UE-1'/></faults>", NULL);
    CU_ASSERT_EQUAL(play_nth(p, "481 Call/Transaction Does Not Exist (PRACK)", NULL, 1)->sip->cseq, 2);
    check_cancelled(p);
}

void test_cancel_while_alerting(void)
{
    struct play *p = play("any", "call[1].called=never", "call[1].cancel=3s", NULL);
    CU_ASSERT_EQUAL(play_when(p, MARK_CANCELLED), 3 * SIM_S + 5 * SIM_MS);
    CU_ASSERT_EQUAL(play_moments(p, MARK_ALERTED), 1);
    CU_ASSERT_EQUAL(play_steps(p), 20 + HOPS_OF_CANCEL);
    check_cancelled(p);
}

/* The answer is on its way when the caller gives up: the call is up for a moment (RFC 3261 9.1, 15). */
void test_cancel_crosses_answer(void)
{
    struct play *clean = play("any", NULL);
    sim_time connected = play_when(clean, MARK_CONNECTED), sent = play_when(clean, MARK_OK_SENT);
    play_end(clean);
    for (sim_time t = sent - 60 * SIM_MS; t < connected; t += 4 * SIM_MS + 7) {
        char *change = g_strdup_printf("call[1].cancel=%" G_GINT64_FORMAT "ns", t - 5 * SIM_MS);
        struct play *p = play("any", change, NULL);
        CU_ASSERT_EQUAL(play_when(p, MARK_CANCELLED), t);
        check_cancels(p);
        if (play_count(p, "BYE", "UE-1", NULL)) { /* the 200 won */
            CU_ASSERT_EQUAL(play_nth(p, "200 OK (INVITE)", "P-CSCF1", 1)->arrival,
                            play_nth(p, "ACK", "UE-1", 1)->sent);
            CU_ASSERT_TRUE(play_nth(p, "BYE", "UE-1", 1)->sent > play_nth(p, "ACK", "UE-1", 1)->sent);
            CU_ASSERT_EQUAL(play_moments(p, MARK_CONFIRMED), 1);
            CU_ASSERT_EQUAL(play_moments(p, MARK_RELEASED), 1);
        } else {
            CU_ASSERT_EQUAL(play_value(p, MARK_ENDED), 487);
            CU_ASSERT_EQUAL(hops_of(p, "200 OK (INVITE)"), 0);
        }
        CU_ASSERT_EQUAL(play_moments(p, MARK_ENDED), 1);
        play_end(p);
        g_free(change);
    }
}

/* Patience is for the answer: once it is there only the hold time counts. */
void test_cancel_is_too_late(void)
{
    struct play *p = play("any", "call[1].cancel=4s", "call[1].hold=10s", NULL);
    CU_ASSERT_EQUAL(play_when(p, MARK_BYE_SENT), play_when(p, MARK_CONNECTED) + 10 * SIM_S + 5 * SIM_MS);
    CU_ASSERT_EQUAL(play_moments(p, MARK_CANCELLED), 0);
    play_end(p);
    p = play("any", "call[1].cancel=4s", "call[1].called=busy", NULL);
    CU_ASSERT_EQUAL(play_moments(p, MARK_CANCELLED), 0);
    CU_ASSERT_EQUAL(play_value(p, MARK_ENDED), 486);
    play_end(p);
}

/* ---- the called user says no
 * ------------------------------------------------------------------------------------- */

static void check_refused(struct play *p, const char *type, int64_t status)
{
    CU_ASSERT_EQUAL(hops_of(p, type), 5);
    CU_ASSERT_EQUAL(hops_of(p, "ACK"), 5);
    CU_ASSERT_EQUAL(play_value(p, MARK_FAILED), status);
    CU_ASSERT_EQUAL(play_value(p, MARK_ENDED), status);
    CU_ASSERT_EQUAL(play_moments(p, MARK_CONNECTED), 0);
    play_end(p);
}

void test_call_refused_by_the_user(void)
{
    check_refused(play("mmd-1", "call[1].called=busy", NULL), "486 Busy Here (INVITE)", 486);
    check_refused(play("mmd-4", "call[1].called=busy", NULL), "486 Busy Here (INVITE)", 486);
    check_refused(play("mmd-1", "call[1].called=declines", NULL), "603 Decline (INVITE)", 603);
}

/* ---- nobody is there
 * ------------------------------------------------------------------------------------------------ */

/* UE-2 belongs to a network whose HSS does not know it. */
void test_call_to_unknown_user(void)
{
    struct play *p = play("any", "<network id='elsewhere' domain='domain2.example'/>",
                          "group[UE-2].network=elsewhere", NULL);
    assert_story(p, "INVITE O1, 404 Not Found (INVITE), ACK");
    CU_ASSERT_EQUAL(play_value(p, MARK_FAILED), 404);
    play_end(p);
}

static uint32_t party_of(const struct sip_stack *sip, const char *user)
{
    for (guint i = 0; i < sip->parties->len; i++)
        if (strcmp(sip_party(sip, i)->user, user) == 0)
            return i;
    return UINT32_MAX;
}

void test_call_to_unregistered_user(void)
{
    struct play *p = play_ready("any", NULL);
    hss_provision(net_find_node(p->world->net, "HSS2"), party_of(p->world->sip, "UE-2"), UINT32_MAX);
    play_until(p, SIM_NEVER);
    assert_story(p, "INVITE O1, 480 Temporarily Unavailable (INVITE), ACK");
    CU_ASSERT_STRING_EQUAL(play_nth(p, "480 Temporarily Unavailable (INVITE)", NULL, 1)->from, "I/S-CSCF2");
    CU_ASSERT_EQUAL(play_value(p, MARK_FAILED), 480);
    play_end(p);
}

/* The HSS names an S-CSCF that has no binding for the user. */
void test_call_to_user_of_another_scscf(void)
{
    struct play *p = play_ready("any", NULL);
    uint32_t host = sip_add_host(p->world->sip, "scscf1.domain1.example", NULL);
    hss_provision(net_find_node(p->world->net, "HSS2"), party_of(p->world->sip, "UE-2"), host);
    play_until(p, SIM_NEVER);
    assert_story(p, "INVITE O1, 480 Temporarily Unavailable (INVITE), ACK");
    CU_ASSERT_STRING_EQUAL(play_nth(p, "480 Temporarily Unavailable (INVITE)", NULL, 1)->from, "I/S-CSCF1");
    play_end(p);
}

/* ---- resources that do not come
 * ---------------------------------------------------------------------------------------- */

#define FAILS(phone) "group[" phone "].reservation-outcome=fails"

static void check_caller_cannot(const char *when, const char *strength)
{
    char *start = g_strdup_printf("group[UE-1].reservation=%s", when),
         *des = g_strdup_printf("group[*].des-local=%s", strength);
    struct play *p = play("any", start, des, "group[UE-1].reservation-time=150ms", FAILS("UE-1"), NULL);
    CU_ASSERT_EQUAL(play_value(p, MARK_CANCELLED), 580);
    CU_ASSERT_EQUAL(play_moments(p, MARK_ALERTED), 0);
    CU_ASSERT_EQUAL(play_moments(p, MARK_CALLER_READY), 0);
    check_cancelled(p);
    g_free(start);
    g_free(des);
}

void test_call_without_resources_at_the_caller(void)
{
    check_caller_cannot("from-invite", "optional");
    check_caller_cannot("from-answer", "optional");
    check_caller_cannot("from-invite", "mandatory");
}

/* Before any response has come the CANCEL waits, as any other does. */
void test_call_without_resources_at_once(void)
{
    struct play *p = play("any", "group[UE-1].reservation=from-invite", "group[UE-1].reservation-time=0s",
                          FAILS("UE-1"), NULL);
    CU_ASSERT_EQUAL(play_value(p, MARK_CANCELLED), 580);
    check_cancelled(p);
}

/* 580; while the offer is unanswered it refuses the streams and, if a row was mandatory, names it (RFC 3312
 * 8, 9). */
static void check_called_cannot(const char *when, const char *r2, const char *caller, const char *strength,
                                bool unanswered)
{
    char *start = g_strdup_printf("group[UE-2].reservation=%s", when),
         *time = g_strdup_printf("group[UE-2].reservation-time=%s", r2);
    char *own = g_strdup_printf("group[UE-1].reservation=%s", caller),
         *des = g_strdup_printf("group[*].des-local=%s", strength);
    struct play *p =
        play("any", start, time, own, des, "group[UE-1].reservation-time=1s", FAILS("UE-2"), NULL);
    char *text = hop_text(p, play_nth(p, "580 Precondition Failure (INVITE)", "UE-2", 1));
    CU_ASSERT_EQUAL(strstr(text, "\r\nm=audio 0 ") != NULL, unanswered);
    CU_ASSERT_EQUAL(strstr(text, "\r\na=des:qos failure ") != NULL,
                    unanswered && strcmp(strength, "mandatory") == 0);
    g_free(text);
    CU_ASSERT_EQUAL(play_moments(p, MARK_ALERTED), 0);
    check_refused(p, "580 Precondition Failure (INVITE)", 580);
    g_free(start);
    g_free(time);
    g_free(own);
    g_free(des);
}

void test_call_without_resources_at_the_called_phone(void)
{
    check_called_cannot("from-invite", "150ms", "before", "optional", true);
    check_called_cannot("from-invite", "150ms", "from-invite", "optional", false);
    check_called_cannot("from-invite", "1ms", "before", "mandatory",
                        true); /* while the first response is being built */
    check_called_cannot("from-answer", "150ms", "from-answer", "mandatory", false);
}

/* ---- phones that are not alike
 * --------------------------------------------------------------------------------------------- */

/* Without preconditions at one end or both nobody waits for resources, and the 180 has the answer. */
void test_call_without_preconditions(void)
{
    static const char *const off[] = {"group[UE-1].preconditions=no", "group[UE-2].preconditions=no",
                                      "group[*].preconditions=no"};
    for (size_t i = 0; i < G_N_ELEMENTS(off); i++) {
        struct play *p = play("any", off[i], NULL);
        assert_story(p, "INVITE O1, 180 Ringing A1, PRACK, 200 OK (PRACK), 200 OK (INVITE), ACK");
        char *text = hop_text(p, play_nth(p, "180 Ringing", "UE-2", 1));
        CU_ASSERT_PTR_NULL(strstr(text, "a=curr:qos"));
        CU_ASSERT_PTR_NULL(strstr(text, "precondition"));
        g_free(text);
        play_end(p);
    }
}

/* A caller that is late tells the other end with UPDATE although that one rings already. */
void test_call_to_phone_without_preconditions(void)
{
    struct play *p = play("any", "group[UE-2].preconditions=no", "group[UE-1].reservation=from-answer",
                          "group[UE-1].reservation-time=300ms", NULL);
    assert_story(p, "INVITE O1, 180 Ringing A1, PRACK, 200 OK (PRACK), UPDATE O2, 200 OK (UPDATE) A2, 200 OK "
                    "(INVITE), ACK");
    play_end(p);
}

/* A caller that insists is told what the phone lacks (RFC 3261 8.2.2.3). */
void test_call_that_requires_preconditions(void)
{
    static const char *const off[] = {"group[UE-2].preconditions=no", "group[UE-2].reliable=no"};
    for (size_t i = 0; i < G_N_ELEMENTS(off); i++) {
        struct play *p = play("any", "group[UE-1].des-local=mandatory", off[i], NULL);
        assert_story(p, "INVITE O1, 420 Bad Extension (INVITE), ACK");
        CU_ASSERT_EQUAL(play_nth(p, "INVITE", "P-CSCF2", 1)->sip->require, SIP_OPT_PRECONDITION);
        CU_ASSERT_EQUAL(play_nth(p, "420 Bad Extension (INVITE)", "UE-2", 1)->sip->unsupported,
                        SIP_OPT_PRECONDITION);
        check_refused(p, "420 Bad Extension (INVITE)", 420);
    }
}

/* Without 100rel at one end the 180 is plain, alerts at once, and the answer waits for the 200. */
void test_call_without_100rel(void)
{
    static const char *const off[] = {"group[UE-1].reliable=no", "group[UE-2].reliable=no",
                                      "group[*].reliable=no"};
    for (size_t i = 0; i < G_N_ELEMENTS(off); i++) {
        struct play *p = play("any", off[i], NULL);
        assert_story(p, "INVITE O1, 180 Ringing, 200 OK (INVITE) A1, ACK");
        CU_ASSERT_EQUAL(play_nth(p, "180 Ringing", "UE-2", 1)->sip->rseq, 0);
        CU_ASSERT_EQUAL(play_nth(p, "180 Ringing", "UE-2", 1)->sip->require, 0);
        CU_ASSERT_EQUAL(play_when(p, MARK_ALERTED), play_nth(p, "180 Ringing", "UE-2", 1)->sent);
        play_end(p);
    }
}

void test_call_without_100rel_and_resources(void)
{
    struct play *p = play("any", "group[UE-1].reliable=no", "group[UE-2].reservation=from-invite",
                          "group[UE-2].reservation-time=300ms", NULL);
    assert_story(p, "INVITE O1, 183 Session Progress, 180 Ringing, 200 OK (INVITE) A1, ACK");
    CU_ASSERT_EQUAL(play_when(p, MARK_ALERTED), play_when(p, MARK_CALLED_READY) + 5 * SIM_MS);
    play_end(p);
    /* The caller's resources come before or after the answer: UPDATE says so when the call is up. */
    static const char *const when[] = {"group[UE-1].reservation=from-invite",
                                       "group[UE-1].reservation=from-answer"};
    for (size_t i = 0; i < G_N_ELEMENTS(when); i++) {
        p = play("any", "group[UE-1].reliable=no", when[i], "group[UE-1].reservation-time=300ms", NULL);
        assert_story(p, "INVITE O1, 180 Ringing, 200 OK (INVITE) A1, ACK, UPDATE O2, 200 OK (UPDATE) A2");
        play_end(p);
    }
}

/* ---- networks that are not alike
 * --------------------------------------------------------------------------------------------- */

/* Both users at home in one network: the box that is S-CSCF of both and I-CSCF appears once on the way. */
void test_call_in_one_network(void)
{
    struct play *p =
        play("any", "group[UE-2].network=home1", "group[UE-2].s-cscf=I/S-CSCF1", "call[1].hold=1s", NULL);
    assert_story(p,
                 "INVITE O1, 180 Ringing A1, PRACK, 200 OK (PRACK), 200 OK (INVITE), ACK, BYE, 200 OK (BYE)");
    CU_ASSERT_EQUAL(play_steps(p), 8 * 4);
    CU_ASSERT_EQUAL(play_count(p, NULL, "I/S-CSCF1", "I/S-CSCF1"), 0);
    play_end(p);
    /* And one P-CSCF: twice on the way, once for each phone. */
    p = play("any", "group[UE-2].network=home1", "group[UE-2].s-cscf=I/S-CSCF1", "group[UE-2].p-cscf=P-CSCF1",
             "call[1].hold=1s", NULL);
    CU_ASSERT_EQUAL(play_steps(p), 8 * 4);
    CU_ASSERT_EQUAL(play_count(p, NULL, "I/S-CSCF1", "I/S-CSCF1"), 0);
    CU_ASSERT_EQUAL(play_value(p, MARK_ENDED), 200);
    play_end(p);
}

/* An I-CSCF of its own is on the way of the INVITE and its responses, and of nothing else: no Record-Route.
 */
void test_call_with_separate_icscf(void)
{
    struct play *p =
        play("any", "node[I/S-CSCF2].roles=S-CSCF", "call[1].hold=1s",
             "<network id='home2'><node id='I-CSCF2' roles='I-CSCF' host='icscf.domain2.example'/></network>",
             NULL);
    CU_ASSERT_EQUAL(play_count(p, "INVITE", "I-CSCF2", "I/S-CSCF2"), 1);
    CU_ASSERT_EQUAL(play_count(p, "INVITE", NULL, NULL), 6);
    CU_ASSERT_EQUAL(play_count(p, "180 Ringing", "I-CSCF2", "I/S-CSCF1"), 1);
    CU_ASSERT_EQUAL(play_count(p, "PRACK", NULL, NULL), 5);
    CU_ASSERT_EQUAL(play_count(p, "BYE", NULL, NULL), 5);
    CU_ASSERT_EQUAL(play_value(p, MARK_ENDED), 200);
    play_end(p);
}

/* ---- several calls at once
 * ------------------------------------------------------------------------------------------------- */

/* Calls of several pairs do not disturb each other: each has the moments it has alone. */
void test_calls_side_by_side(void)
{
    GString *script = g_string_new("<script>");
    for (int i = 1; i <= 12; i++)
        g_string_append_printf(
            script, "<call at='%dms' from='UE-1-%d' to='UE-2-%d' answer='2s' hold='3s'%s/>", i % 4, i, 13 - i,
            i % 3 == 0   ? " cancel='1s'"
            : i % 3 == 1 ? " called='busy'"
                         : "");
    g_string_append(script, "</script>");
    struct play *p = play("crowd", script->str, NULL);
    CU_ASSERT_EQUAL(play_moments(p, MARK_DIALLED), 12);
    CU_ASSERT_EQUAL(play_moments(p, MARK_ENDED), 12);
    CU_ASSERT_EQUAL(play_moments(p, MARK_CONNECTED), 4);
    CU_ASSERT_EQUAL(play_moments(p, MARK_FAILED), 8);
    CU_ASSERT_EQUAL(p->world->calls, 12);
    for (guint i = 0; i < p->moments->len; i++) {
        const struct moment *m = play_moment(p, i);
        if (m->id == MARK_ENDED) {
            unsigned n = sim_flow_index(m->flow);
            CU_ASSERT_TRUE(n >= 1 && n <= 12);
            CU_ASSERT_TRUE(m->value == 200 || m->value == 486 || m->value == 487);
        }
    }
    g_string_free(script, TRUE);
    play_end(p);
}
