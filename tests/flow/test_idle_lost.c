/* test_idle_lost.c - idle phones that do not answer, phones that lose their radio connection or their power, and things that
 * happen at once. */
#include "tests/flow/play.h"

#include "models/mme/mme.h"
#include "models/ue/ue.h"
#include "models/ue/ue_access.h"

#include <CUnit/CUnit.h>

#include <stdio.h>
#include <string.h>

static sim_time when(const struct play *p, enum mark_id id, const char *node, sim_time after)
{
    for (guint i = 0; i < p->moments->len; i++)
        if (play_moment(p, i)->id == id && play_moment(p, i)->time >= after && strcmp(play_moment(p, i)->node, node) == 0)
            return play_moment(p, i)->time;
    return -1;
}

/* How many were sent in [from, to). */
static unsigned count(const struct play *p, const char *type, const char *node, sim_time from, sim_time to)
{
    unsigned n = 0;
    for (guint i = 0; i < p->hops->len; i++)
        n += hop_is(play_hop(p, i), type, node, NULL) && play_hop(p, i)->sent >= from && play_hop(p, i)->sent < to;
    return n;
}

static const struct node *node_of(const struct play *p, const char *name)
{
    return net_find_node(p->world->net, name);
}

/* ---- paging in vain ------------------------------------------------------------------------------------------------ */

#define LATE_END "at[1].time=500s", "at[2].time=500s"

/* Out of coverage: paged three times, T3413 apart; then the S-GW throws the INVITE away, and its repetition makes the same
 * again. Back in coverage the next call comes through. */
void test_idle_unreachable(void)
{
    struct play *p = play("volte-idle-call", "call[1].cancel=20s", LATE_END,
                          "<script><at time='500ms' ue='UE-B' do='lose-radio'/><at time='200s' ue='UE-B' do='regain-radio'/>"
                          "<call at='210s' from='UE-A' to='UE-B' answer='1s' hold='3s'/></script>",
                          NULL);
    const struct hop *first = play_nth(p, "PAGING", "MME2", 1);
    const struct hop *failed = play_nth(p, "Downlink Data Notification Failure Indication", "MME2", 1);
    CU_ASSERT_EQUAL(play_nth(p, "PAGING", "MME2", 2)->sent, first->sent + 4 * SIM_S);
    CU_ASSERT_EQUAL(play_nth(p, "PAGING", "MME2", 3)->sent, first->sent + 8 * SIM_S);
    CU_ASSERT_EQUAL(failed->sent, first->sent + 12 * SIM_S);
    CU_ASSERT_EQUAL(when(p, MARK_UNREACHABLE, "MME2", 0), failed->sent);
    CU_ASSERT_EQUAL(count(p, "PAGING", "MME2", 0, failed->sent), 3);
    CU_ASSERT_EQUAL(count(p, "Paging", "eNB2", 0, 200 * SIM_S), 0); /* nobody there finds itself meant */
    CU_ASSERT_EQUAL(count(p, "Downlink Data Notification", "S-GW2", 0, failed->sent), 1);
    CU_ASSERT_TRUE(count(p, "Downlink Data Notification", "S-GW2", failed->sent, 200 * SIM_S) > 0);
    CU_ASSERT_EQUAL(play_moments(p, MARK_CANCELLED), 1);
    CU_ASSERT_EQUAL(play_moments(p, MARK_CONNECTED), 1);
    play_end(p);
}

/* First at the last eNB, then in all areas of the list. */
void test_idle_paging_widens(void)
{
    static const char wide[] = "<network id='home2'><node id='eNB3' roles='eNB' host='enb3.epc.operator2.example' mme='MME2' tac='3'/>"
                               "<node id='eNB4' roles='eNB' host='enb4.epc.operator2.example' mme='MME2' tac='4'/>"
                               "<node id='MME2' tracking-areas='2 3'/></network>"
                               "<script><at time='500ms' ue='UE-B' do='lose-radio'/></script>";
    for (int last = 0; last <= 1; last++) {
        struct play *p = play("volte-idle-call", "call[1].cancel=10s", last ? "node[MME2].page-first=last-enb" : "node[MME2].page-first=areas",
                              "node[MME2].page-repeats=1", wide, NULL);
        sim_time again = play_nth(p, "PAGING", "MME2", 1)->sent + 4 * SIM_S;
        CU_ASSERT_EQUAL(count(p, "PAGING", "MME2", 0, again), last ? 1 : 2);
        CU_ASSERT_EQUAL(count(p, "PAGING", "MME2", again, again + 1), 2);
        CU_ASSERT_EQUAL(play_count(p, "PAGING", "MME2", "eNB4"), 0); /* not of the list */
        CU_ASSERT_TRUE(play_count(p, "PAGING", "MME2", "eNB3") > 0);
        play_end(p);
    }
}

#define SHORT                                                                                                                   \
    "<timers><timer name='nas.T3412' value='20s'/><timer name='nas.reachable-margin' value='5s'/>"                              \
    "<timer name='nas.implicit-detach' value='10s'/></timers>"

/* Without power: after a while it is not paged any more, then detached; the sessions go. It attaches again. */
void test_idle_implicit_detach(void)
{
    struct play *p = play_ready("volte-idle-call", SHORT, "call[1].at=60s", "at[1].time=80s", "at[2].time=80s",
                                "<script><at time='1s' ue='UE-B' do='power-cut'/><at time='50s' ue='UE-B' do='attach'/>"
                                "<call at='2s' from='UE-A' to='UE-B' cancel='3s'/><call at='27s' from='UE-A' to='UE-B' cancel='3s'/>"
                                "<call at='40s' from='UE-A' to='UE-B' cancel='3s'/></script>",
                                NULL);
    const struct node *mme = node_of(p, "MME2");
    uint64_t imsi = epc_imsi(ue_party(node_of(p, "UE-B")));
    play_until(p, 25 * SIM_S);
    CU_ASSERT_EQUAL(count(p, "PAGING", "MME2", 0, 25 * SIM_S), 6); /* for the INVITE of 2 s, and its repetition after 14 s */
    CU_ASSERT_TRUE(mme_is_registered(mme, imsi));
    play_until(p, 34 * SIM_S); /* 25 s after it came to rest, at 0 s: not paged any more */
    CU_ASSERT_EQUAL(count(p, "PAGING", "MME2", 25 * SIM_S, 34 * SIM_S), 0);
    CU_ASSERT_TRUE(count(p, "Downlink Data Notification Acknowledge", "MME2", 25 * SIM_S, 34 * SIM_S) > 0);
    CU_ASSERT_TRUE(mme_is_registered(mme, imsi));
    play_until(p, 38 * SIM_S); /* another 10 s: detached */
    CU_ASSERT_FALSE(mme_is_registered(mme, imsi));
    CU_ASSERT_EQUAL(mme_contexts(mme), 0);
    CU_ASSERT_EQUAL(count(p, "Delete Session Request", "MME2", 0, 38 * SIM_S), 1);
    CU_ASSERT_EQUAL(count(p, "UE CONTEXT RELEASE COMMAND", "MME2", 0, 38 * SIM_S), 0);
    play_until(p, SIM_NEVER);
    CU_ASSERT_EQUAL(play_moments(p, MARK_CONNECTED), 1);
    CU_ASSERT_EQUAL(play_moments(p, MARK_REGISTERED), 1);
    play_end(p);
}

/* The network has forgotten a phone that comes back: it is refused, attaches again, and registers again. By a service
 * request, by an update; in coverage again too late, or early enough. */
void test_idle_forgotten(void)
{
    static const char *const back[] = {
        "<script><at time='1s' ue='UE-B' do='lose-radio'/><at time='50s' ue='UE-B' do='regain-radio'/></script>",
        "<script><at time='1s' ue='UE-B' do='lose-radio'/><at time='30s' ue='UE-B' do='regain-radio'/></script>",
    };
    for (unsigned late = 0; late <= 1; late++) {
        struct play *p = play("volte-idle-call", SHORT, "call[1].at=60s", "at[1].time=80s", "at[2].time=80s", back[!late], NULL);
        CU_ASSERT_EQUAL(play_count(p, "TRACKING AREA UPDATE REJECT", NULL, NULL), 0); /* it travels inside others */
        CU_ASSERT_EQUAL(play_moments(p, MARK_REGISTERED), late);
        CU_ASSERT_EQUAL(play_moments(p, MARK_ATTACHED), late);
        CU_ASSERT_EQUAL(play_moments(p, MARK_CONNECTED), 1);
        CU_ASSERT_EQUAL(when(p, MARK_UPDATE_BEGUN, "UE-B", 25 * SIM_S), late ? 50 * SIM_S : 30 * SIM_S);
        play_end(p);
    }
}

/* ---- lost radio ------------------------------------------------------------------------------------------------------ */

/* In a call: the eNB gives the phone up, its connection is released, and the voice bearer with it, which ends the call
 * for the other side. Back in coverage, the phone finds that out. */
void test_idle_radio_lost_in_call(void)
{
    struct play *p = play("volte-idle-call", "call[1].hold=30s",
                          "<script><at time='8s' ue='UE-B' do='lose-radio'/><at time='20s' ue='UE-B' do='regain-radio'/></script>", NULL);
    const struct hop *asked = play_nth(p, "UE CONTEXT RELEASE REQUEST", "eNB2", 1);
    const struct hop *released = play_nth(p, "UE CONTEXT RELEASE COMPLETE", "eNB2", 1);
    const struct hop *command = play_nth(p, "Delete Bearer Command", "MME2", 1);
    CU_ASSERT_EQUAL(asked->sent, 10 * SIM_S);
    CU_ASSERT_EQUAL(when(p, MARK_IDLE, "UE-B", 0), 9 * SIM_S); /* T310 */
    CU_ASSERT_TRUE(command->sent >= released->arrival);
    CU_ASSERT_EQUAL(play_count(p, "Delete Bearer Command", "S-GW2", "P-GW2"), 1);
    CU_ASSERT_TRUE(play_nth(p, "Delete Bearer Request", "P-GW2", 1)->sent > command->sent);
    CU_ASSERT_EQUAL(play_count(p, "E-RAB RELEASE COMMAND", "MME2", NULL), 0);
    CU_ASSERT_EQUAL(play_count(p, "ASR", "PCRF2", "P-CSCF2"), 1);
    CU_ASSERT_TRUE(play_count(p, "BYE", "P-CSCF2", "UE-B") > 1); /* which is paged for it in vain, till it is back */
    CU_ASSERT_EQUAL(play_count(p, "BYE", "P-CSCF1", "UE-A"), 1);
    CU_ASSERT_EQUAL(play_moments(p, MARK_ENDED), 1);
    play_end(p);
}

/* Shorter than T310: nothing happens. Longer, but heard again before the eNB notices: idle at once, connected again. */
void test_idle_radio_lost_shortly(void)
{
    struct play *p = play("volte-idle-call", "<script><at time='8s' ue='UE-B' do='lose-radio'/><at time='8900ms' ue='UE-B' do='regain-radio'/></script>", NULL);
    CU_ASSERT_EQUAL(count(p, "UE CONTEXT RELEASE REQUEST", "eNB2", 0, 20 * SIM_S), 0);
    CU_ASSERT_EQUAL(when(p, MARK_IDLE, "UE-B", 0), when(p, MARK_IDLE, "UE-B", 20 * SIM_S));
    CU_ASSERT_EQUAL(play_moments(p, MARK_RELEASED), 1);
    play_end(p);

    p = play("volte-idle-call", "<script><at time='8s' ue='UE-B' do='lose-radio'/><at time='9500ms' ue='UE-B' do='regain-radio'/></script>", NULL);
    CU_ASSERT_EQUAL(when(p, MARK_IDLE, "UE-B", 0), 9 * SIM_S);
    CU_ASSERT_EQUAL(count(p, "UE CONTEXT RELEASE REQUEST", "eNB2", 0, 10 * SIM_S + 1), 1);
    play_end(p);
}

/* At any time of the set-up, for so long: whatever is under way then, nothing is left in the end. */
static void lose_radio_at(const char *ue, sim_time t, sim_time away)
{
    char *script = g_strdup_printf("<script><at time='%" G_GINT64_FORMAT "ms' ue='%s' do='lose-radio'/>"
                                   "<at time='%" G_GINT64_FORMAT "ms' ue='%s' do='regain-radio'/></script>",
                                   t / SIM_MS, ue, (t + away) / SIM_MS, ue);
    unsigned before = CU_get_number_of_failures();
    struct play *p = play("volte-idle-call", script, "call[1].hold=20s", "at[1].time=400s", "at[2].time=400s", NULL);
    CU_ASSERT_EQUAL(p->end, SIM_END_IDLE);
    CU_ASSERT_EQUAL(play_moments(p, MARK_ENDED), 1);
    CU_ASSERT_EQUAL(play_moments(p, MARK_DETACHED), 2);
    play_end(p);
    if (CU_get_number_of_failures() != before)
        printf("\n  with %s", script);
    g_free(script);
}

void test_idle_radio_lost_at_any_time(void)
{
    for (sim_time t = 1001 * SIM_MS; t < 1700 * SIM_MS; t += 7 * SIM_MS) {
        lose_radio_at("UE-A", t, t % (3 * SIM_MS) ? 5 * SIM_S : 1500 * SIM_MS);
        lose_radio_at("UE-B", t, t % (2 * SIM_MS) ? 5 * SIM_S : 15 * SIM_S);
    }
}

/* ---- at once --------------------------------------------------------------------------------------------------------- */

static void switch_off_at(const char *ue, const char *how, sim_time t)
{
    char *script = g_strdup_printf("<script><at time='%" G_GINT64_FORMAT "ms' ue='%s' do='%s'/></script>", t / SIM_MS, ue, how);
    unsigned before = CU_get_number_of_failures();
    struct play *p = play("volte-idle-call", script, NULL);
    CU_ASSERT_EQUAL(p->end, SIM_END_IDLE);
    CU_ASSERT_TRUE(when(p, MARK_DETACHED, ue, 0) >= t);
    CU_ASSERT_EQUAL(play_moments(p, MARK_ENDED), 1);
    play_end(p);
    if (CU_get_number_of_failures() != before)
        printf("\n  with %s", script);
    g_free(script);
}

void test_idle_power_off_at_any_time(void)
{
    for (sim_time t = 995 * SIM_MS; t < 1700 * SIM_MS; t += 7 * SIM_MS) {
        switch_off_at("UE-A", "power-off", t);
        switch_off_at("UE-B", "power-off", t);
        switch_off_at("UE-B", "power-cut", t);
        switch_off_at("UE-A", "detach", t);
    }
    for (sim_time t = 24600 * SIM_MS; t < 24800 * SIM_MS; t += 7 * SIM_MS) { /* the release */
        switch_off_at("UE-A", "power-off", t);
        switch_off_at("UE-B", "detach", t);
    }
}

/* Another call begins while the connections of the first one are released, from either side. */
void test_idle_call_during_release(void)
{
    for (sim_time t = 24600 * SIM_MS; t < 24800 * SIM_MS; t += 7 * SIM_MS)
        for (int side = 0; side <= 1; side++) {
            char *call = g_strdup_printf("<script><call at='%" G_GINT64_FORMAT "ms' from='%s' to='%s' answer='1s' hold='3s'/></script>",
                                         t / SIM_MS, side ? "UE-A" : "UE-B", side ? "UE-B" : "UE-A");
            unsigned before = CU_get_number_of_failures();
            struct play *p = play("volte-idle-call", call, NULL);
            CU_ASSERT_EQUAL(p->end, SIM_END_IDLE);
            CU_ASSERT_EQUAL(play_moments(p, MARK_CONNECTED), 2);
            CU_ASSERT_EQUAL(play_moments(p, MARK_RELEASED), 2);
            play_end(p);
            if (CU_get_number_of_failures() != before)
                printf("\n  with %s", call);
            g_free(call);
        }
}

/* Two calls for one phone: one page answers for both. And each calls the other: mobile originated and terminated cross. */
void test_idle_calls_at_once(void)
{
    for (sim_time t = 800 * SIM_MS; t < 1500 * SIM_MS; t += 7 * SIM_MS) {
        char *second = g_strdup_printf("call[2].at=%" G_GINT64_FORMAT "ms", t / SIM_MS);
        struct play *p = play("idle-two-callers", second, NULL);
        unsigned before = CU_get_number_of_failures();
        CU_ASSERT_EQUAL(p->end, SIM_END_IDLE);
        CU_ASSERT_EQUAL(count(p, "PAGING", "MME2", 0, 10 * SIM_S), 1);
        CU_ASSERT_EQUAL(play_moments(p, MARK_ENDED), 2);
        play_end(p);
        if (CU_get_number_of_failures() != before)
            printf("\n  with %s", second);
        g_free(second);

        char *back = g_strdup_printf("<script><call at='%" G_GINT64_FORMAT "ms' from='UE-B' to='UE-A' answer='1s' hold='3s'/></script>", t / SIM_MS);
        before = CU_get_number_of_failures();
        p = play("volte-idle-call", back, NULL);
        CU_ASSERT_EQUAL(p->end, SIM_END_IDLE);
        CU_ASSERT_EQUAL(play_moments(p, MARK_ENDED), 2);
        CU_ASSERT_TRUE(count(p, "Paging", NULL, 0, 10 * SIM_S) <= 2);
        play_end(p);
        if (CU_get_number_of_failures() != before)
            printf("\n  with %s", back);
        g_free(back);
    }
}
