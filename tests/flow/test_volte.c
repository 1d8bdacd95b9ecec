/* test_volte.c - two phones from power-on to power-off over LTE: the order of what is sent, how long it takes, what is
 * left, and what happens when a message is lost. */
#include "tests/flow/steps.h"
#include "tests/flow/volte_sides.h"

#include "models/epc.h"
#include "models/ue/ue.h"
#include "models/ue/ue_access.h"

#include <CUnit/CUnit.h>

#include <stdio.h>
#include <string.h>

/* ---- step tables ---------------------------------------------------------------------------------------------- */

static void check_all_steps(const struct play *p)
{
    for (int side = 1; side <= 2; side++) {
        check_side(p, "attach", side, 0, 5 * SIM_S);
        check_side(p, "bearer", side, 5 * SIM_S, 15 * SIM_S);
        check_side(p, "release", side, 15 * SIM_S, 30 * SIM_S);
        check_side(p, side == 1 ? "detach" : "power-off", side, 30 * SIM_S, SIM_NEVER);
    }
}

/* With the shipped latencies, and with none. */
void test_volte_steps(void)
{
    struct play *p = play("volte-call", NULL);
    check_all_steps(p);
    play_end(p);
}

void test_volte_steps_without_latency(void)
{
    struct play *p = play("volte-call", "link[*].latency=0s", NULL);
    check_all_steps(p);
    play_end(p);
}

static sim_time when(const struct play *p, enum mark_id id, const char *node)
{
    for (guint i = 0; i < p->moments->len; i++)
        if (play_moment(p, i)->id == id && strcmp(play_moment(p, i)->node, node) == 0)
            return play_moment(p, i)->time;
    return -1;
}

/* The phone attaches to another APN first. The two procedures overlap by their last and first messages, so each is compared
 * without the other's: the attach up to its ATTACH COMPLETE has no more rows than the plain one. */
void test_volte_second_pdn(void)
{
    struct play *p = play("volte-call", "group[UE-A].apn=internet", NULL);
    sim_time asked = -1;
    for (guint i = 0; i < p->hops->len && asked < 0; i++)
        if (hop_is(play_hop(p, i), "ULInformationTransfer", "UE-A", NULL)) {
            char *label = steps_label(p, play_hop(p, i));
            if (strstr(label, "[PDN CONNECTIVITY REQUEST]"))
                asked = play_hop(p, i)->sent;
            g_free(label);
        }
    CU_ASSERT_EQUAL(asked, when(p, MARK_ATTACHED, "UE-A"));
    /* What completes the attach is on its way or still to come. */
    for (guint i = p->hops->len; i-- > 0;) {
        const struct hop *h = play_hop(p, i);
        char *label = steps_label(p, h);
        bool attach = strstr(label, "ATTACH COMPLETE") || strcmp(label, "INITIAL CONTEXT SETUP RESPONSE") == 0;
        bool first = strncmp(label, "Modify Bearer Re", 16) == 0 && h->sent < asked + 20 * SIM_MS;
        bool reconfigured = strcmp(label, "RRCConnectionReconfigurationComplete") == 0 && h->sent == asked;
        if (attach || first || reconfigured) {
            msg_unref(p->world->net, (struct msg *)h->msg);
            g_array_remove_index(p->hops, i);
        }
        g_free(label);
    }
    check_side(p, "pdn", 1, asked, 5 * SIM_S);
    CU_ASSERT_EQUAL(play_moments(p, MARK_CONNECTED), 1);
    CU_ASSERT_EQUAL(play_moments(p, MARK_DETACHED), 2);
    play_free(p);
    play_end(play("volte-call", "group[UE-A].apn=internet", NULL));
}

/* ---- durations ---------------------------------------------------------------------------------------------------- */

/* The rows of attach.txt that wait for one another, and the stations that these messages wait at. */
/* A service time for one message of any protocol. */
void test_volte_service_of_one_message(void)
{
    struct play *plain = play("volte-call", NULL);
    struct play *p = play("volte-call", "<network id='home1'><node id='MME1'><service message='INITIAL UE MESSAGE' time='15ms'/></node></network>", NULL);
    sim_time more = 14500 * SIM_US;
    CU_ASSERT_EQUAL(when(p, MARK_ATTACHED, "UE-A") - when(plain, MARK_ATTACHED, "UE-A"), more);
    CU_ASSERT_EQUAL(when(p, MARK_ATTACHED, "UE-B"), when(plain, MARK_ATTACHED, "UE-B"));
    play_end(p);
    play_end(plain);
}

void test_volte_attach_time(void)
{
    struct play *p = play("volte-call", NULL);
    sim_time us = SIM_US, ms = SIM_MS;
    sim_time wires = 12 * 8 * ms /* Uu */ + 6 * 5 * ms /* S1-MME */ + 4 * 2 * ms /* S6a */ + 2 * ms /* S11 */ + 2 * 2 * ms /* S5 */ +
                     2 * 2 * ms /* Gx */;
    sim_time stations = 9 * 500 * us /* eNB */ + 6 * 500 * us /* MME */ + 2 * ms /* HSS */ + 4 * 200 * us /* S-GW, P-GW */ + ms /* PCRF */;
    CU_ASSERT_EQUAL(when(p, MARK_ATTACHED, "UE-A") - when(p, MARK_ATTACH_BEGUN, "UE-A"), wires + stations);
    CU_ASSERT_EQUAL(when(p, MARK_ATTACHED, "UE-B") - when(p, MARK_ATTACH_BEGUN, "UE-B"), wires + stations);
    play_end(p);
}

/* The called phone is ready when its bearer is: AAR to RRCConnectionReconfiguration. */
void test_volte_bearer_time(void)
{
    struct play *p = play("volte-call", NULL);
    sim_time us = SIM_US, ms = SIM_MS;
    sim_time bearer = 2 * ms + ms /* AAR, PCRF */ + 2 * ms + 200 * us /* RAR, P-GW */ + 2 * ms + 200 * us /* S5, S-GW */ +
                      ms + 500 * us /* S11, MME */ + 5 * ms + 500 * us /* S1-MME, eNB */ + 8 * ms /* Uu */;
    CU_ASSERT_EQUAL(when(p, MARK_CALLED_READY, "UE-B") - play_nth(p, "AAR", "P-CSCF2", 1)->sent, bearer);
    CU_ASSERT_EQUAL(when(p, MARK_CALLER_READY, "UE-A") - play_nth(p, "AAR", "P-CSCF1", 1)->sent, bearer);
    play_end(p);
}

/* ---- agreement --------------------------------------------------------------------------------------------------- */

/* Whenever nothing is on its way: attached, in the call, after it. How many bearers the sides have then. */
static void check_agreement_at_rest(const char *scenario, const char *change, unsigned in_call, unsigned kept1, unsigned kept2)
{
    struct play *p = play_ready(scenario, change, NULL);
    play_until(p, 2 * SIM_S);
    check_agreement(p, 1, kept1);
    check_agreement(p, 2, kept2);
    play_until(p, 12 * SIM_S);
    check_agreement(p, 1, in_call);
    check_agreement(p, 2, in_call);
    play_until(p, 25 * SIM_S);
    check_agreement(p, 1, kept1);
    check_agreement(p, 2, kept2);
    play_until(p, SIM_NEVER);
    play_end(p);
}

void test_volte_nodes_agree(void)
{
    check_agreement_at_rest("volte-call", NULL, 2, 1, 1);
    check_agreement_at_rest("volte-video-call", NULL, 3, 1, 1);
    check_agreement_at_rest("volte-video-call", "group[*].state=registered-connected", 3, 1, 1);
}

/* Bearers that the phones ask for themselves. */
void test_volte_nodes_agree_on_own_bearers(void)
{
    check_agreement_at_rest("volte-precondition-1", NULL, 2, 1, 2);
    check_agreement_at_rest("volte-precondition-2", NULL, 2, 2, 1);
    check_agreement_at_rest("volte-precondition-3", NULL, 2, 1, 2);
    check_agreement_at_rest("volte-precondition-1", "group[*].state=registered-connected", 2, 1, 2);
    check_agreement_at_rest("volte-video-call", "group[*].reservation=ue-requested", 3, 1, 1);
    check_agreement_at_rest("volte-video-call", "group[*].reservation=existing-bearer", 3, 3, 3);
}

/* Audio on QCI 1, video on QCI 2 (TS 23.203 table 6.1.7), with the bandwidth of b=AS guaranteed both ways, and the audio
 * bearer, which is there first, confirmed first: a second offer in PRACK for audio, a third in UPDATE for video. */
void test_volte_video(void)
{
    struct play *p = play_ready("volte-video-call", NULL);
    struct ue_bearer_view view[IE_MAX_BEARERS];
    play_until(p, 12 * SIM_S);
    CU_ASSERT_EQUAL_FATAL(ue_access_bearers(ue_access_of(node_of(p, "UE", 1)), view, IE_MAX_BEARERS), 3);
    CU_ASSERT_EQUAL(view[0].qos.qci, 5);
    CU_ASSERT_EQUAL(view[1].qos.qci, 1);
    CU_ASSERT_EQUAL(view[1].qos.gbr_ul, 30);
    CU_ASSERT_EQUAL(view[1].qos.gbr_dl, 30);
    CU_ASSERT_EQUAL(view[2].qos.qci, 2);
    CU_ASSERT_EQUAL(view[2].qos.gbr_ul, 384);
    CU_ASSERT_EQUAL(view[2].linked, view[0].ebi);
    play_until(p, SIM_NEVER);
    CU_ASSERT_STRING_EQUAL(play_nth(p, "PRACK", "UE-A", 1)->oa, "O2");
    CU_ASSERT_STRING_EQUAL(play_nth(p, "UPDATE", "UE-A", 1)->oa, "O3");
    play_end(p);
}

/* ---- loss -------------------------------------------------------------------------------------------------------- */

/* Which transmission of its kind, by this sender over this interface, a hop is. */
static unsigned nth_of_kind(const struct play *p, const struct hop *h)
{
    unsigned n = 0;
    for (const struct hop *o = play_hop(p, 0); o <= h; o++)
        n += strcmp(o->type, h->type) == 0 && strcmp(o->from, h->from) == 0 && strcmp(o->iface, h->iface) == 0;
    return n;
}

/* What is lost once, wherever that is: the run comes to rest, no request hangs, and nothing is left behind. */
static void lose_each_message(const char *scenario, const char *how)
{
    struct play *p = play(scenario, how, NULL);
    GPtrArray *faults = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < p->hops->len; i++) {
        const struct hop *h = play_hop(p, i);
        if (strcmp(h->iface, "Gm") == 0 || h->outcome != OUTCOME_DELIVERED)
            continue;
        if (strcmp(h->type, "CCR") == 0 && nth_of_kind(p, h) > 1)
            continue; /* a CCR-T is not repeated */
        g_ptr_array_add(faults, g_strdup_printf("<faults><drop message='%s' from='%s' on='%s' nth='%u'/></faults>", h->type,
                                                h->from, h->iface, nth_of_kind(p, h)));
    }
    play_end(p);
    for (guint i = 0; i < faults->len; i++) {
        unsigned before = CU_get_number_of_failures();
        p = play(scenario, g_ptr_array_index(faults, i), how, NULL);
        CU_ASSERT_EQUAL(p->end, SIM_END_IDLE);
        CU_ASSERT_EQUAL(p->world->net->dropped, 1);
        play_end(p);
        if (CU_get_number_of_failures() != before)
            printf("\n  with %s", (const char *)g_ptr_array_index(faults, i));
    }
    CU_ASSERT_TRUE(faults->len > 200);
    g_ptr_array_free(faults, TRUE);
}

void test_volte_any_message_may_be_lost(void)
{
    lose_each_message("volte-call", NULL);
    lose_each_message("volte-video-call", NULL);
}

/* A bearer that the phone keeps would keep its connection for ever when the DETACH REQUEST is lost. */
void test_volte_any_message_for_own_bearers_may_be_lost(void)
{
    lose_each_message("volte-precondition-1", "node[eNB2].release-gbr=yes");
}

/* The called phone's eNB never says that the bearer is there: the P-GW gives up, and the PCRF ends the session of the
 * P-CSCF, which releases the call both ways. */
void test_volte_lost_bearer_ends_the_call(void)
{
    struct play *p = play("volte-call", "<faults><drop message='E-RAB SETUP RESPONSE' from='eNB2' count='9'/></faults>", NULL);
    CU_ASSERT_EQUAL(play_count(p, "ASR", "PCRF2", "P-CSCF2"), 1);
    CU_ASSERT_EQUAL(play_count(p, "BYE", "P-CSCF2", "UE-B"), 1);
    CU_ASSERT_EQUAL(play_count(p, "BYE", "P-CSCF1", "UE-A"), 1);
    CU_ASSERT_EQUAL(play_moments(p, MARK_ENDED), 1);
    play_end(p);
}

/* ---- a crowd ------------------------------------------------------------------------------------------------------ */

/* Many phones of a group: each attaches, describes its media with its own address, and leaves; calls that overlap at one
 * phone, and those that are cut by a phone that is switched off, leave nothing behind. */
void test_volte_crowd(void)
{
    struct play *p = play("lte-crowd", NULL);
    unsigned own = 0;
    CU_ASSERT_EQUAL(p->end, SIM_END_IDLE);
    CU_ASSERT_EQUAL(play_moments(p, MARK_ATTACHED), 120);
    CU_ASSERT_EQUAL(play_moments(p, MARK_DETACHED), 120);
    CU_ASSERT_TRUE(play_moments(p, MARK_CONNECTED) > 100);
    CU_ASSERT_EQUAL(when(p, MARK_ATTACH_BEGUN, "UE-A-31"), 1500 * SIM_MS);
    for (guint i = 0; i < p->hops->len; i++) {
        const struct hop *h = play_hop(p, i);
        if (!hop_is(h, "INVITE", NULL, NULL) || strncmp(h->from, "UE-A-", 5) != 0)
            continue;
        const struct sip_party *party = sip_party(p->world->sip, ue_party(net_find_node(p->world->net, h->from)));
        CU_ASSERT_STRING_EQUAL(h->sip->sdp->address, party->address);
        own++;
    }
    CU_ASSERT_TRUE(own > 100);
    play_end(p);
}

/* A smaller one with bearers that the phones ask for themselves, in calls that overlap, and when some come to nothing. */
static void crowd_with_own_bearers(const char *how, const char *fault)
{
    struct play *p = play("lte-crowd", "group[*].count=12", "calls[1].until=20s", "group[*].max-calls=unlimited", how, fault, NULL);
    CU_ASSERT_EQUAL(p->end, SIM_END_IDLE);
    CU_ASSERT_EQUAL(play_moments(p, MARK_DETACHED), 24);
    CU_ASSERT_TRUE(play_moments(p, MARK_CONNECTED) > 20);
    CU_ASSERT_TRUE(play_count(p, "Bearer Resource Command", "MME1", NULL) >= 12);
    CU_ASSERT_EQUAL(play_count(p, "Bearer Resource Failure Indication", "P-GW1", NULL) > 0, fault != NULL);
    play_end(p);
}

void test_volte_crowd_with_own_bearers(void)
{
    static const char *const how[] = {"group[*].reservation=ue-requested", "group[*].reservation=existing-bearer"};
    for (size_t i = 0; i < G_N_ELEMENTS(how); i++) {
        crowd_with_own_bearers(how[i], NULL);
        crowd_with_own_bearers(how[i], "<faults><drop message='CCA' from='PCRF1' nth='14'/></faults>");
    }
}

/* ---- leaving ----------------------------------------------------------------------------------------------------- */

/* Who is switched off, when, and how the phones are: first the phone ends the call, as far as there is one. */
static void switch_off_at(const char *ue, sim_time t, const char *how1, const char *how2)
{
    char *at = g_strdup_printf("<script><at time='%" G_GINT64_FORMAT "ms' ue='%s' do='power-off'/></script>", t / SIM_MS, ue);
    struct play *p = play("volte-call", at, how1, how2, NULL);
    unsigned before = CU_get_number_of_failures();
    CU_ASSERT_EQUAL(p->end, SIM_END_IDLE);
    CU_ASSERT_TRUE(when(p, MARK_DETACHED, ue) >= t);
    CU_ASSERT_EQUAL(play_moments(p, MARK_ENDED), 1);
    play_end(p);
    if (CU_get_number_of_failures() != before)
        printf("\n  with %s %s %s", at, how1, how2);
    g_free(at);
}

void test_volte_power_off_at_any_time(void)
{
    static const char *const how[][3] = {
        {"UE-A", "group[*].reliable=yes",               "group[*].preconditions=yes"           },
        {"UE-B", "group[*].reliable=yes",               "group[*].preconditions=yes"           },
        {"UE-B", "group[*].reliable=yes",               "group[*].preconditions=no"            },
        {"UE-B", "group[*].reliable=no",                "group[*].preconditions=no"            },
        {"UE-B", "group[*].reservation=before",         "group[*].preconditions=yes"           },
        {"UE-B", "group[UE-A].reservation=before",      "group[UE-B].reservation=from-invite"  },
        {"UE-A", "group[*].reservation=ue-requested",   "group[*].preconditions=yes"           },
        {"UE-B", "group[*].reservation=ue-requested",   "group[*].progress=yes"                },
        {"UE-B", "group[*].reservation=existing-bearer", "group[*].preconditions=yes"          },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(how); i++) {
        for (sim_time t = 5 * SIM_S; t < 5500 * SIM_MS; t += 7 * SIM_MS)
            switch_off_at(how[i][0], t, how[i][1], how[i][2]);
        switch_off_at(how[i][0], 10 * SIM_S, how[i][1], how[i][2]);
    }
}

/* The network does not release the connection of a phone that has left: T3440. Its attach was not completed, so that the
 * network has detached it by the time it leaves. */
void test_volte_nobody_releases(void)
{
    struct play *p = play("volte-call",
                          "<faults><drop message='INITIAL CONTEXT SETUP REQUEST' from='MME1'/>"
                          "<drop message='UE CONTEXT RELEASE COMMAND' from='MME1' nth='2'/></faults>"
                          "<timers><timer name='nas.T3450' value='5s'/></timers>",
                          NULL);
    CU_ASSERT_EQUAL(p->end, SIM_END_IDLE);
    CU_ASSERT_EQUAL(p->world->net->dropped, 2);
    play_end(p);
}
