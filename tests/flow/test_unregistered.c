/* test_unregistered.c - calls to somebody who is not registered: the S-CSCF takes the user, asks an AS, and
 * gives the user back; what happens when the user registers meanwhile, or the HSS does not play along. */
#include "tests/flow/services.h"

#include "models/cscf/cscf.h"
#include "models/hss/hss.h"

#define UNREGISTERED(rest)                                                                                   \
    SUBSCRIBERS(GROUP("UE-3", CRITERION("1", "AS3", "case='terminating-unregistered' " rest)))
#define CALL_TO_3    "<call from='UE-1' to='UE-3' hold='1s'/>"
#define SCRIPT(what) "<script>" what "</script>"

/* Without such a criterion the I-CSCF says it (TS 29.228 6.1.4.1). */
void test_isc_unregistered_without_service(void)
{
    struct play *p = play("services", SCRIPT(CALL_TO_3), NULL);
    CU_ASSERT_EQUAL(outcome(p), 480);
    CU_ASSERT_EQUAL(play_count(p, "SAR", NULL, NULL), 0);
    CU_ASSERT_EQUAL(play_count(p, "480 Temporarily Unavailable (INVITE)", "I-CSCF2", NULL), 1);
    play_end(p);
}

/* LIA: UNREGISTERED_SERVICE; the chosen S-CSCF takes the user, and gives it back when the time for that is
 * over. */
void test_isc_unregistered(void)
{
    struct play *p = play("services", UNREGISTERED(""), SCRIPT(CALL_TO_3), NULL);
    static const char answers[] = "S-CSCF2 AS3 S-CSCF2 I-CSCF2 S-CSCF1 P-CSCF1";
    assert_path(p, "INVITE", HOME1 " " HOME2 " AS3");
    assert_path(p, "480 Temporarily Unavailable (INVITE)", answers);
    assert_path(p, "SAR", "S-CSCF2 S-CSCF2");
    const struct dia_msg *take = (const void *)play_nth(p, "SAR", NULL, 1)->msg,
                         *release = (const void *)play_nth(p, "SAR", NULL, 2)->msg;
    CU_ASSERT_EQUAL(take->body.SAR.type, ASSIGN_UNREGISTERED_USER);
    CU_ASSERT_EQUAL(release->body.SAR.type, ASSIGN_TIMEOUT_DEREGISTRATION);
    CU_ASSERT_EQUAL(play_nth(p, "SAR", NULL, 2)->sent, play_nth(p, "SAA", NULL, 1)->arrival + 600 * SIM_S);
    CU_ASSERT_EQUAL(play_nth(p, "INVITE", "S-CSCF2", 1)->sip->cold->served_case, SIP_SERVED_TERM_UNREG);
    CU_ASSERT_EQUAL(outcome(p), 480);
    CU_ASSERT_EQUAL(world_registrations(p->world), 4); /* UE-1 and UE-2 */
    play_end(p);
}

/* No S-CSCF has what the user needs. */
void test_isc_unregistered_capabilities(void)
{
    struct play *p =
        play("services", UNREGISTERED(""), SCRIPT(CALL_TO_3), "group[UE-3].mandatory-capabilities=1", NULL);
    CU_ASSERT_EQUAL(play_count(p, "SAR", NULL, NULL), 2);
    play_end(p);
    p = play("services", UNREGISTERED(""), SCRIPT(CALL_TO_3), "group[UE-3].mandatory-capabilities=1 2", NULL);
    CU_ASSERT_EQUAL(play_count(p, "SAR", NULL, NULL), 0);
    CU_ASSERT_EQUAL(outcome(p), 480);
    play_end(p);
}

/* Calls that come while the HSS is asked wait for the one answer; later ones find the user. */
void test_isc_unregistered_calls_wait(void)
{
    struct play *p = play("services", UNREGISTERED(""), "group[UE-1].count=4",
                          SCRIPT("<call from='UE-1-1' to='UE-3'/><call at='2ms' from='UE-1-2' "
                                 "to='UE-3'/><call at='4ms' from='UE-1-3' to='UE-3'/>"
                                 "<call at='10s' from='UE-1-4' to='UE-3'/>"),
                          NULL);
    CU_ASSERT_EQUAL(play_count(p, "SAR", NULL, NULL), 2);
    CU_ASSERT_EQUAL(play_count(p, "INVITE", "S-CSCF2", "AS3"), 4);
    sim_time saa = play_nth(p, "SAA", NULL, 1)->arrival;
    for (unsigned i = 1; i <= 3; i++)
        CU_ASSERT_EQUAL(play_nth(p, "INVITE", "S-CSCF2", i)->sent, saa);
    CU_ASSERT_EQUAL(play_nth(p, "INVITE", "S-CSCF2", 2)->sip->from.id,
                    play_nth(p, "INVITE", "UE-1-2", 1)->sip->from.id);
    play_end(p);
}

/* One of them is cancelled meanwhile, wherever it stands; the others go on. */
void test_isc_unregistered_call_is_cancelled(void)
{
    for (int i = 1; i <= 3; i++) {
        char *script = g_strdup_printf(
            "<script><call from='UE-1-1' to='UE-3'%s/><call at='2ms' from='UE-1-2' to='UE-3'%s/>"
            "<call at='4ms' from='UE-1-3' to='UE-3'%s/></script>",
            i == 1 ? " cancel='800ms'" : "", i == 2 ? " cancel='800ms'" : "",
            i == 3 ? " cancel='800ms'" : "");
        struct play *p = play("services", UNREGISTERED(""), "group[UE-1].count=3", script,
                              "<link interface='Cx' from='HSS2' to='S-CSCF2' latency='2s'/>", NULL);
        CU_ASSERT_EQUAL(play_count(p, "INVITE", "S-CSCF2", "AS3"), 2);
        CU_ASSERT_EQUAL(play_count(p, "487 Request Terminated (INVITE)", "S-CSCF2", NULL), 1);
        play_end(p);
        g_free(script);
    }
}

/* The HSS does not answer the S-CSCF. */
void test_isc_unregistered_hss_is_silent(void)
{
    struct play *p = play("services", UNREGISTERED(""), SCRIPT(CALL_TO_3),
                          "<faults><drop message='SAA' count='9'/></faults>", NULL);
    CU_ASSERT_EQUAL(outcome(p), 504);
    CU_ASSERT_EQUAL(world_registrations(p->world), 4);
    play_end(p);
}

/* The HSS has the user registered where nobody knows it. */
void test_isc_unregistered_hss_refuses(void)
{
    struct play *p = play_ready("services", SCRIPT(CALL_TO_3), NULL);
    struct node *hss = net_find_node(p->world->net, "HSS2"),
                *s_cscf = net_find_node(p->world->net, "S-CSCF2");
    hss_provision(hss, 2, cscf_uri(s_cscf, false).id);
    play_until(p, SIM_NEVER);
    CU_ASSERT_EQUAL(outcome(p), 480);
    CU_ASSERT_EQUAL(play_count(p, "SAR", "S-CSCF2", NULL), 1);
    CU_ASSERT_EQUAL(world_registrations(p->world), 4);
    play_end(p);
}

/* The user registers while the S-CSCF keeps it: the next call reaches the phone. */
void test_isc_unregistered_user_registers(void)
{
    struct play *p =
        play("services", UNREGISTERED(""),
             SCRIPT(CALL_TO_3
                    "<at time='5s' ue='UE-3' do='register'/><call at='10s' from='UE-1' to='UE-3' hold='1s'/>"
                    "<at time='30s' ue='UE-3' do='deregister'/>"),
             NULL);
    CU_ASSERT_EQUAL(play_moments(p, MARK_FAILED), 1);
    CU_ASSERT_EQUAL(play_moments(p, MARK_CONNECTED), 1);
    CU_ASSERT_EQUAL(play_count(p, "INVITE", "S-CSCF2", "AS3"), 1);
    CU_ASSERT_EQUAL(world_registrations(p->world), 4);
    play_end(p);
}

/* ... or while the HSS is asked: the call that waits reaches the phone. */
void test_isc_unregistered_user_registers_meanwhile(void)
{
    struct play *p = play(
        "services", UNREGISTERED(""),
        SCRIPT(CALL_TO_3 "<at time='1s' ue='UE-3' do='register'/><at time='30s' ue='UE-3' do='deregister'/>"),
        "<faults><drop message='SAA'/></faults>", NULL);
    CU_ASSERT_EQUAL(outcome(p), 200);
    CU_ASSERT_EQUAL(play_count(p, "INVITE", "S-CSCF2", "AS3"), 0);
    CU_ASSERT_TRUE(play_when(p, MARK_RINGBACK) < 2 * SIM_S);
    CU_ASSERT_EQUAL(world_registrations(p->world), 4);
    play_end(p);
}

/* A call comes while its phone registers: neither disturbs the other. */
void test_isc_unregistered_call_meets_registration(void)
{
    for (sim_time t = 0; t < 250; t += 7) {
        char *script =
            g_strdup_printf("<script><at time='100ms' ue='UE-3' do='register'/><call at='%" G_GINT64_FORMAT
                            "ms' from='UE-1' to='UE-3' hold='1s'/>"
                            "<at time='30s' ue='UE-3' do='deregister'/></script>",
                            t);
        struct play *p = play("services", UNREGISTERED(""), script, NULL);
        CU_ASSERT_EQUAL(play_moments(p, MARK_REGISTERED), 1);
        CU_ASSERT_EQUAL(play_moments(p, MARK_DEREGISTERED), 1);
        CU_ASSERT_EQUAL(world_registrations(p->world), 4);
        play_end(p);
        g_free(script);
    }
}

/* The HSS takes the user away. */
void test_isc_unregistered_rtr(void)
{
    struct play *p = play_ready("services", UNREGISTERED(""), SCRIPT(CALL_TO_3), NULL);
    play_until(p, 10 * SIM_S);
    CU_ASSERT_TRUE(hss_deregister(net_find_node(p->world->net, "HSS2"), 2, DEREG_PERMANENT));
    play_until(p, SIM_NEVER);
    CU_ASSERT_EQUAL(play_count(p, "RTR", NULL, "S-CSCF2"), 1);
    CU_ASSERT_EQUAL(play_count(p, "SAR", NULL, NULL), 1);
    CU_ASSERT_EQUAL(world_registrations(p->world), 4);
    play_end(p);
}
