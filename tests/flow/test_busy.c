/* test_busy.c - phones that have all the calls they can have at a time, and people who see that. */
#include "tests/flow/play.h"

#include "analysis/metrics.h"
#include "models/pgw/pgw.h"
#include "models/epc.h"
#include "models/ue/ue.h"
#include "models/ue/ue_access.h"

#include <CUnit/CUnit.h>

#include <stdlib.h>
#include <string.h>

static uint32_t no_servers(void *user, const struct node *node)
{
    (void)user;
    (void)node;
    return 0;
}

/* Plays, and says what became of calls. */
static struct call_counts counted(const char *name, const char *const *changes, unsigned *failed_486)
{
    struct play *p = play_ready_with(name, changes);
    struct metrics *m = metrics_new(p->world->net, 0);
    struct metrics_result r;
    metrics_result_init(&r);
    play_until(p, SIM_NEVER);
    metrics_finish(m, no_servers, NULL, &r);
    struct call_counts c = r.calls;
    if (failed_486)
        *failed_486 = (unsigned)r.failed_status[486];
    CU_ASSERT_EQUAL(c.not_offered, play_moments(p, MARK_NOT_OFFERED));
    CU_ASSERT_EQUAL(c.dialled, play_moments(p, MARK_DIALLED));
    metrics_free(m);
    metrics_result_clear(&r);
    play_end(p);
    return c;
}

/* A phone on LTE has one call at a time: the second one that comes gets 486, which is nobody's failure (SEER, RFC 6076
 * 4.7); the second one that is dialled goes nowhere; when the call is over all is as before. */
void test_busy_phone(void)
{
    struct play *p = play("busy", NULL);
    const struct hop *invite = play_nth(p, "INVITE", "UE-A-2", 1), *busy = play_nth(p, "486 Busy Here (INVITE)", "UE-B-1", 1);
    CU_ASSERT_EQUAL(play_count(p, "486 Busy Here (INVITE)", "UE-B-1", NULL), 1);
    CU_ASSERT_TRUE(busy->sip->call_id == invite->sip->call_id);
    CU_ASSERT_EQUAL(play_nth(p, "INVITE", "P-CSCF2", 2)->arrival + 10 * SIM_MS, busy->sent); /* it thinks for 10 ms */
    CU_ASSERT_STRING_EQUAL(busy->clause, "RFC 3261 13.3.1.3");
    CU_ASSERT_EQUAL(play_count(p, "INVITE", "UE-A-1", NULL), 1);
    CU_ASSERT_EQUAL(play_count(p, "INVITE", "UE-A-3", NULL), 1);
    CU_ASSERT_EQUAL(play_count(p, "INVITE", "P-CSCF2", "UE-B-2"), 0);
    CU_ASSERT_EQUAL(play_moments(p, MARK_DIALLED), 4);
    CU_ASSERT_EQUAL(play_moments(p, MARK_ENDED), 4);
    CU_ASSERT_EQUAL(play_moments(p, MARK_CONNECTED), 2);
    CU_ASSERT_EQUAL(play_moments(p, MARK_FAILED), 2);
    /* No bearer was made for the call that was refused. */
    CU_ASSERT_EQUAL(play_count(p, "Create Bearer Request", "P-GW2", NULL), 2);
    play_end(p);

    static const char *const as_it_is[] = {NULL};
    unsigned refused;
    struct call_counts c = counted("busy", as_it_is, &refused);
    CU_ASSERT_EQUAL(c.dialled, 4);
    CU_ASSERT_EQUAL(c.unsent, 1);
    CU_ASSERT_EQUAL(c.attempted, 3);
    CU_ASSERT_EQUAL(c.answered, 2);
    CU_ASSERT_EQUAL(c.failed, 1);
    CU_ASSERT_EQUAL(refused, 1);
    CU_ASSERT_EQUAL(c.effective, 3);
    CU_ASSERT_EQUAL(c.not_offered, 0);
}

/* Without an access network a phone has any number of calls, unless it is said how many. */
void test_busy_without_access(void)
{
    static const char second[] = "<script><call at='1s' from='UE-1' to='UE-2' hold='1s'/></script>";
    struct play *p = play("mmd-4", "call[1].hold=60s", second, NULL);
    CU_ASSERT_EQUAL(play_moments(p, MARK_CONNECTED), 2);
    play_end(p);
    p = play("mmd-4", "call[1].hold=60s", "group[UE-2].max-calls=1", second, NULL);
    CU_ASSERT_EQUAL(play_moments(p, MARK_CONNECTED), 1);
    CU_ASSERT_EQUAL(play_value(p, MARK_FAILED), 486);
    play_end(p);
}

/* The bearer that two calls of a phone share has the filters and the guaranteed rate of both, at every node; when one of
 * the calls ends, those of the other stay. */
void test_busy_two_calls_share_a_bearer(void)
{
    struct play *p = play_ready("busy", "group[*].max-calls=2", "call[3].at=11s", NULL);
    const struct node *phone = net_find_node(p->world->net, "UE-B-1"), *pgw = net_find_node(p->world->net, "P-GW2");
    uint32_t ip = epc_ue_ip(p->world->net->model, ue_party(phone));
    struct ue_bearer_view b[4];
    struct ie_bearer g[4];
    unsigned rate = 0; /* of one call */
    static const struct {
        sim_time at;
        unsigned calls;
    } points[] = {
        {8 * SIM_S,  1}, /* the first call  */
        {14 * SIM_S, 2}, /* and the second  */
        {25 * SIM_S, 1}, /* the first again */
        {40 * SIM_S, 0}
    };
    for (size_t i = 0; i < G_N_ELEMENTS(points); i++) {
        unsigned n = points[i].calls;
        play_until(p, points[i].at);
        CU_ASSERT_EQUAL_FATAL(ue_access_bearers(ue_access_of(phone), b, 4), n ? 2 : 1);
        CU_ASSERT_EQUAL(pgw_bearers(pgw, ip, g, 4), n ? 2 : 1);
        if (!n)
            continue;
        CU_ASSERT_EQUAL(b[1].tft->n, 4 * n);
        rate = rate ? rate : b[1].qos.gbr_ul;
        CU_ASSERT_TRUE(rate > 0);
        CU_ASSERT_EQUAL(b[1].qos.gbr_ul, rate * n);
        CU_ASSERT_EQUAL(g[1].qos.gbr_ul, rate * n);
        CU_ASSERT_EQUAL(g[1].ebi, b[1].ebi);
    }
    play_until(p, SIM_NEVER);
    CU_ASSERT_EQUAL(play_moments(p, MARK_CONNECTED), 4);
    CU_ASSERT_EQUAL(play_moments(p, MARK_FAILED), 0);
    /* Each phone was ready for each of its calls. */
    CU_ASSERT_EQUAL(play_moments(p, MARK_CALLER_READY), 4);
    CU_ASSERT_EQUAL(play_moments(p, MARK_CALLED_READY), 4);
    play_end(p);
}

/* ---- people ---------------------------------------------------------------------------------------------------- */

static const char traffic[] = "<traffic><calls from='UE-1' to='UE-2' arrivals='poisson(1/s)' until='60s' answer='1s' hold='exp(20s)'/></traffic>";

/* Twelve people who are asked to dial once a second and talk for 20 s: most of them are in calls, at times all. Who is
 * does not dial; who does is never refused by the own phone. */
void test_busy_people_are_idle(void)
{
    static const char *const idle[] = {traffic, "group[UE-1].max-calls=1", NULL},
                             *const any[] = {traffic, "group[UE-1].max-calls=1", "calls[1].callers=any", NULL};
    struct call_counts a = counted("crowd", idle, NULL), b = counted("crowd", any, NULL);
    CU_ASSERT_EQUAL(a.unsent, 0);
    CU_ASSERT_TRUE(a.not_offered > 5 && a.dialled > 20);
    CU_ASSERT_EQUAL(b.not_offered, 0);
    CU_ASSERT_TRUE(b.unsent > 5);
    CU_ASSERT_EQUAL(a.dialled + a.not_offered, b.dialled); /* the same arrivals */
}

/* All idle phones are equally likely, whichever are in calls: the next one is not dialled from twice as often. */
void test_busy_idle_are_alike(void)
{
    struct play *p = play("crowd", "group[UE-1].max-calls=1",
                          "<script><call from='UE-1-1' to='UE-2-1'/><call from='UE-1-2' to='UE-2-1'/><call from='UE-1-3' to='UE-2-1'/>"
                          "<call from='UE-1-4' to='UE-2-1'/><call from='UE-1-5' to='UE-2-1'/><call from='UE-1-6' to='UE-2-1'/></script>"
                          "<traffic><calls from='UE-1' to='UE-2' arrivals='every(20s)' start='30s' count='600' answer='1s' hold='1s'/></traffic>",
                          NULL);
    unsigned n[13] = {0};
    for (guint i = 0; i < p->moments->len; i++) {
        const struct moment *m = play_moment(p, i);
        if (m->id == MARK_DIALLED && m->time > 30 * SIM_S)
            n[atoi(m->node + strlen("UE-1-"))]++;
    }
    for (unsigned k = 1; k <= 12; k++)
        CU_ASSERT_TRUE(k <= 6 ? n[k] == 0 : n[k] > 70 && n[k] < 130); /* 100 each, deviation 9 */
    play_free(p); /* checking each of so many hops takes long */
}

/* Who dials call k depends on its number and on who is idle, on nothing else: as long as nobody is in a call, it is the
 * same whatever else differs. */
void test_busy_common_random_numbers(void)
{
    static const char often[] = "<traffic><calls from='UE-1' to='UE-2' arrivals='every(30s)' count='40' answer='1s' hold='1s'/></traffic>";
    struct play *a = play("crowd", often, "link[Gm].latency=exp(30ms)", NULL),
                *b = play("crowd", often, "group[UE-1].max-calls=1", "group[*].think=1ms", NULL);
    GString *x = g_string_new(NULL), *y = g_string_new(NULL);
    for (int which = 0; which < 2; which++) {
        const struct play *p = which ? b : a;
        for (guint i = 0; i < p->hops->len; i++)
            if (hop_is(play_hop(p, i), "INVITE", NULL, "P-CSCF1") && play_hop(p, i)->nth == 1)
                g_string_append_printf(which ? y : x, "%s ", play_hop(p, i)->from);
    }
    CU_ASSERT_TRUE(x->len > 200);
    CU_ASSERT_STRING_EQUAL(x->str, y->str);
    g_string_free(x, TRUE);
    g_string_free(y, TRUE);
    play_end(a);
    play_end(b);
}
