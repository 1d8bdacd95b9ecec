/* test_idle.c - phones in idle mode, from release to service request and paging: the order of what is sent, how long it
 * takes, what is left, and what happens when messages are lost or things happen at once. */
#include "tests/flow/steps.h"

#include "models/access/paging.h"
#include "models/enb/enb.h"
#include "models/mme/mme.h"
#include "models/sgw/sgw.h"
#include "models/ue/ue.h"
#include "models/ue/ue_access.h"
#include "sim/cause.h"

#include <CUnit/CUnit.h>

#include <stdio.h>
#include <string.h>

/* ---- steps -------------------------------------------------------------------------------------------------------- */

static const struct steps_role sides[][9] = {
    {{"UE", "UE-A"}, {"eNB", "eNB1"}, {"MME", "MME1"}, {"S-GW", "S-GW1"}, {"P-GW", "P-GW1"}, {"PCRF", "PCRF1"}, {"HSS", "HSS1"}, {"P-CSCF", "P-CSCF1"}, {NULL, NULL}},
    {{"UE", "UE-B"}, {"eNB", "eNB2"}, {"MME", "MME2"}, {"S-GW", "S-GW2"}, {"P-GW", "P-GW2"}, {"PCRF", "PCRF2"}, {"HSS", "HSS2"}, {"P-CSCF", "P-CSCF2"}, {NULL, NULL}},
};
#define SIGNALLING "Uu S1-MME S11 S5 S6a Gx Rx"

static void check_steps(const struct play *p, const char *table, int side, sim_time from, sim_time to)
{
    steps_check(p, table, sides[side - 1], SIGNALLING, from, to);
}

static sim_time when(const struct play *p, enum mark_id id, const char *node, sim_time after)
{
    for (guint i = 0; i < p->moments->len; i++)
        if (play_moment(p, i)->id == id && play_moment(p, i)->time >= after && strcmp(play_moment(p, i)->node, node) == 0)
            return play_moment(p, i)->time;
    return -1;
}

/* The call's own bearers come when both are connected. */
static void check_idle_call(const char *change)
{
    struct play *p = play("volte-idle-call", change, NULL);
    sim_time bearer1 = play_nth(p, "AAR", "P-CSCF1", 1)->sent, bearer2 = play_nth(p, "AAR", "P-CSCF2", 1)->sent;
    check_steps(p, "service-request", 1, 0, bearer1);
    check_steps(p, "paging", 2, 0, bearer2);
    for (int side = 1; side <= 2; side++) {
        check_steps(p, "bearer", side, side == 1 ? bearer1 : bearer2, 12 * SIM_S);
        check_steps(p, "release", side, 12 * SIM_S, 20 * SIM_S);
        check_steps(p, "s1-release", side, 20 * SIM_S, 60 * SIM_S);
    }
    CU_ASSERT_EQUAL(play_moments(p, MARK_IDLE), 2);
    CU_ASSERT_EQUAL(play_moments(p, MARK_CONNECTED), 1);
    CU_ASSERT_EQUAL(play_moments(p, MARK_DETACHED), 2);
    play_end(p);
}

void test_idle_call_steps(void)
{
    check_idle_call("run.seed=1");
    check_idle_call("link[*].latency=0s");
    check_idle_call("node[*].paging-cycle=none");
}

void test_idle_deregister_steps(void)
{
    struct play *p = play("volte-deregister-idle", NULL);
    const struct hop *reg = play_nth(p, "REGISTER", "UE-A", 1);
    const struct hop *data = play_nth(p, "PDCP Data PDU", "UE-A", 1);
    check_steps(p, "service-request", 1, 0, 5 * SIM_S);
    check_steps(p, "s1-release", 1, 5 * SIM_S, 30 * SIM_S);
    check_steps(p, "idle-detach", 1, 30 * SIM_S, SIM_NEVER);
    /* the REGISTER is kept until the bearers are there, and goes then */
    CU_ASSERT_EQUAL(reg->sent, play_nth(p, "RRCConnectionRequest", "UE-A", 1)->sent);
    CU_ASSERT_EQUAL(data->sent, play_nth(p, "RRCConnectionReconfiguration", "eNB1", 1)->arrival);
    CU_ASSERT_EQUAL(play_count(p, "RRCConnectionRequest", "UE-A", NULL), 2);
    CU_ASSERT_EQUAL(play_moments(p, MARK_DEREGISTERED), 1);
    play_end(p);

    p = play("volte-deregister-idle", "group[UE-A].state=registered-connected", NULL);
    CU_ASSERT_EQUAL(play_nth(p, "PDCP Data PDU", "UE-A", 1)->sent, play_nth(p, "REGISTER", "UE-A", 1)->sent);
    check_steps(p, "s1-release", 1, 0, 30 * SIM_S);
    play_end(p);
}

#define T3412(value) "<timers><timer name='nas.T3412' value='" value "'/></timers>"

void test_idle_update_steps(void)
{
    struct play *p = play_ready("volte-idle-call", T3412("8s"), "call[1].at=40s", NULL);
    play_until(p, 10 * SIM_S);
    check_steps(p, "tau", 1, 0, 10 * SIM_S);
    check_steps(p, "tau", 2, 0, 10 * SIM_S);
    play_until(p, 17 * SIM_S);
    check_steps(p, "tau", 2, 10 * SIM_S, 17 * SIM_S);
    CU_ASSERT_EQUAL(when(p, MARK_UPDATE_BEGUN, "UE-B", 0), 8 * SIM_S);
    /* from the release on T3412 runs again */
    CU_ASSERT_EQUAL(when(p, MARK_UPDATE_BEGUN, "UE-B", 9 * SIM_S), when(p, MARK_IDLE, "UE-B", 8 * SIM_S) + 8 * SIM_S);
    play_until(p, SIM_NEVER);
    CU_ASSERT_EQUAL(play_moments(p, MARK_CONNECTED), 1);
    play_end(p);

    p = play_ready("volte-idle-call", T3412("8s"), "node[*].new-guti=yes", "call[1].at=40s", NULL);
    play_until(p, 10 * SIM_S);
    check_steps(p, "tau-guti", 1, 0, 10 * SIM_S);
    play_until(p, SIM_NEVER); /* the page finds it by the new one */
    CU_ASSERT_EQUAL(play_moments(p, MARK_CONNECTED), 1);
    play_end(p);
}

/* ---- durations ---------------------------------------------------------------------------------------------------- */

/* From the begin of service to the radio bearers: rows 1 to 7 of service-request.txt. */
static sim_time to_connected(sim_time uu, sim_time s1)
{
    return 4 * uu + 2 * s1 + 3 * 500 * SIM_US /* eNB */ + 500 * SIM_US /* MME */;
}

void test_idle_durations(void)
{
    sim_time us = SIM_US, ms = SIM_MS;
    struct play *p = play("volte-idle-call", NULL);
    CU_ASSERT_EQUAL(when(p, MARK_SERVED, "UE-A", 0) - when(p, MARK_SERVICE_BEGUN, "UE-A", 0), to_connected(8 * ms, 5 * ms));
    CU_ASSERT_EQUAL(when(p, MARK_SERVED, "UE-B", 0) - when(p, MARK_SERVICE_BEGUN, "UE-B", 0), to_connected(8 * ms, 5 * ms));
    /* INVITE at the P-CSCF -> paged: SGi, S5, S11, S1-MME, the stations on the way, the occasion, Uu */
    const struct hop *invite = play_nth(p, "INVITE", "P-CSCF2", 1), *paging = play_nth(p, "PAGING", "MME2", 1);
    sim_time at_enb = invite->sent + 2 * ms + 200 * us + 2 * ms + 200 * us + ms + 500 * us + 5 * ms + 500 * us;
    CU_ASSERT_EQUAL(paging->arrival + 500 * us, at_enb);
    const struct access_paging cell = {.cycle = 1280 * ms, .nb = 32};
    uint64_t imsi = epc_imsi(ue_party(net_find_node(p->world->net, "UE-B")));
    CU_ASSERT_EQUAL(play_nth(p, "Paging", "eNB2", 1)->sent, at_enb + access_paging_wait(&cell, imsi % 1024, at_enb));
    CU_ASSERT_EQUAL(when(p, MARK_PAGED, "UE-B", 0), play_nth(p, "Paging", "eNB2", 1)->sent + 8 * ms);
    /* answered after Modify Bearer Request has come to the S-GW, all that waited is sent on */
    CU_ASSERT_EQUAL(play_nth(p, "INVITE", "P-CSCF2", 1)->arrival,
                    play_nth(p, "Modify Bearer Request", "MME2", 1)->arrival + 200 * us + 5 * ms + 500 * us + 8 * ms);
    /* the eNB asks for the release when nothing has gone over the radio for 10 s */
    sim_time last = 0;
    for (guint i = 0; i < p->hops->len; i++) {
        const struct hop *h = play_hop(p, i);
        if (h->sent < 20 * SIM_S && strcmp(h->iface, "Uu") == 0 && strcmp(h->to, "eNB1") == 0)
            last = MAX(last, h->arrival + 500 * us);
        if (h->sent < 20 * SIM_S && hop_is(h, NULL, "eNB1", "UE-A"))
            last = MAX(last, h->sent);
    }
    CU_ASSERT_EQUAL(play_nth(p, "UE CONTEXT RELEASE REQUEST", "eNB1", 1)->sent, last + 10 * SIM_S);
    play_end(p);
}

/* Crossings of S1 in the chain of causes that ends with the caller's 180. */
static unsigned crossings_of_s1(const struct play *p)
{
    const struct sim *sim = p->world->sim;
    sim_time from = play_when(p, MARK_INVITE_SENT);
    unsigned n = 0;
    uint32_t cause = 0;
    for (guint i = 0; i < p->moments->len; i++)
        if (play_moment(p, i)->id == MARK_RINGBACK)
            cause = play_moment(p, i)->cause;
    for (const struct cause *c = cause_get(sim, cause); c && c->start >= from; c = cause_get(sim, c->parent)) {
        const char *where = sim->where_name(sim, c->why & 0xffffff);
        n += c->why >> 24 == CAUSE_LINK_PROPAGATION && (strcmp(where, "S1-MME") == 0 || strcmp(where, "S1-U") == 0);
    }
    return n;
}

/* Set-up time over S1's latency is linear; its slope is the number of crossings. */
static void check_slope(const char *states, unsigned crossings)
{
    static const char *const mme[] = {"link[S1-MME].latency=0s", "link[S1-MME].latency=5ms", "link[S1-MME].latency=20ms"};
    static const char *const data[] = {"link[S1-U].latency=0s", "link[S1-U].latency=5ms", "link[S1-U].latency=20ms"};
    sim_time t[3];
    for (int i = 0; i < 3; i++) {
        struct play *p = play("volte-idle-call", "node[*].paging-cycle=none", states, mme[i], data[i], NULL);
        t[i] = play_when(p, MARK_RINGBACK) - play_when(p, MARK_INVITE_SENT);
        if (i > 0)
            CU_ASSERT_EQUAL(crossings_of_s1(p), crossings);
        play_end(p);
    }
    CU_ASSERT_EQUAL(t[1] - t[0], crossings * 5 * SIM_MS);
    CU_ASSERT_EQUAL(t[2] - t[1], crossings * 15 * SIM_MS);
}

/* An idle caller: to the MME and back. An idle called phone: the page, to the MME and back, and the eNB's answer before the
 * INVITE is sent on. */
void test_idle_slope(void)
{
    check_slope("group[*].state=registered-connected", 8);
    check_slope("group[UE-B].state=registered-connected", 8 + 2);
    check_slope("group[UE-A].state=registered-connected", 8 + 4);
    check_slope("group[*].state=registered-idle", 8 + 2 + 4);
}

/* ---- loss --------------------------------------------------------------------------------------------------------- */

/* Which transmission of its kind, by this sender over this interface, a hop is. */
static unsigned nth_of_kind(const struct play *p, const struct hop *h)
{
    unsigned n = 0;
    for (const struct hop *o = play_hop(p, 0); o <= h; o++)
        n += strcmp(o->type, h->type) == 0 && strcmp(o->from, h->from) == 0 && strcmp(o->iface, h->iface) == 0;
    return n;
}

/* Whatever is lost once: the run comes to rest, nothing is left. RRC and S1AP run over layers that lose nothing, but their
 * procedures have guards too. A CCR-T is not repeated. */
static void lose_each_message(const char *scenario, const char *change)
{
    struct play *p = play(scenario, change, NULL);
    GPtrArray *faults = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < p->hops->len; i++) {
        const struct hop *h = play_hop(p, i);
        if (strcmp(h->iface, "Gm") != 0 && h->outcome == OUTCOME_DELIVERED && strcmp(h->type, "CCR") != 0)
            g_ptr_array_add(faults, g_strdup_printf("<faults><drop message='%s' from='%s' on='%s' nth='%u'/></faults>", h->type,
                                                    h->from, h->iface, nth_of_kind(p, h)));
    }
    play_end(p);
    for (guint i = 0; i < faults->len; i++) {
        unsigned before = CU_get_number_of_failures();
        p = play(scenario, g_ptr_array_index(faults, i), change, NULL);
        CU_ASSERT_EQUAL(p->end, SIM_END_IDLE);
        CU_ASSERT_EQUAL(p->world->net->dropped, 1);
        play_end(p);
        if (CU_get_number_of_failures() != before)
            printf("\n  with %s", (const char *)g_ptr_array_index(faults, i));
    }
    CU_ASSERT_TRUE(faults->len > 40);
    g_ptr_array_free(faults, TRUE);
}

void test_idle_any_message_may_be_lost(void)
{
    lose_each_message("volte-idle-call", "run.seed=1");
    lose_each_message("volte-deregister-idle", "run.seed=1");
}
