/* test_idle_many.c - idle mode in other surroundings: an operator's choices, two PDN connections, many phones. */
#include "tests/flow/play.h"

#include "models/enb/enb.h"
#include "models/mme/mme.h"
#include "models/ue/ue.h"
#include "models/ue/ue_access.h"

#include <CUnit/CUnit.h>

#include <string.h>

static unsigned all(const struct play *p, const char *type)
{
    return play_count(p, type, NULL, NULL);
}

static size_t contexts(const struct play *p, const char *name)
{
    const struct node *n = net_find_node(p->world->net, name);
    return n->kinds & KIND_ENB ? enb_contexts(n) : mme_contexts(n);
}

/* A third of the crowd, for half of the time. */
#define FEW "group[*].count=20", "calls[1].until=25s", "at[3].time=26s", "at[4].time=26s"

/* Some operators authenticate at every service request, or at some. */
void test_idle_authenticated(void)
{
    struct play *p = play("volte-idle-call", "node[*].service-authentication=100%", NULL);
    CU_ASSERT_EQUAL(all(p, "AIR"), play_moments(p, MARK_SERVED)); /* of the call, and of two deregistrations */
    CU_ASSERT_EQUAL(all(p, "AIR"), 4);
    CU_ASSERT_EQUAL(play_moments(p, MARK_CONNECTED), 1);
    CU_ASSERT_TRUE(play_nth(p, "AIR", "MME1", 1)->sent < play_nth(p, "INITIAL CONTEXT SETUP REQUEST", "MME1", 1)->sent);
    play_end(p);

    p = play("lte-crowd", FEW, "timer[enb.inactivity].value=1s", "node[*].service-authentication=30%", NULL);
    unsigned drawn = all(p, "AIR") - 40, requests = play_moments(p, MARK_SERVICE_BEGUN);
    CU_ASSERT_TRUE(requests > 50);
    CU_ASSERT_TRUE(drawn > requests / 6 && drawn < requests / 2);
    play_end(p);
}

/* Attached to the internet, with SIP by a second PDN connection: all bearers come back together. */
void test_idle_two_connections(void)
{
    struct play *p = play("volte-idle-call", "group[*].apn=internet", NULL);
    CU_ASSERT_EQUAL(play_count(p, "INITIAL CONTEXT SETUP REQUEST", "MME1", NULL), 2); /* the call; the deregistration */
    CU_ASSERT_EQUAL(play_count(p, "Modify Bearer Request", "MME1", "S-GW1"), 2 * 2);
    CU_ASSERT_EQUAL(play_count(p, "Release Access Bearers Request", "MME1", "S-GW1"), 1);
    CU_ASSERT_EQUAL(play_moments(p, MARK_CONNECTED), 1);
    play_end(p);
}

/* The eNB does not mind the voice bearer, and nobody speaks: the phones go idle during the call. BYE brings both back. */
void test_idle_during_call(void)
{
    struct play *p = play("volte-idle-call", "node[*].release-gbr=yes", "call[1].hold=30s", NULL);
    CU_ASSERT_EQUAL(play_moments(p, MARK_RELEASED), 1);
    CU_ASSERT_EQUAL(play_count(p, "BYE", "UE-A", NULL), 1);
    CU_ASSERT_EQUAL(play_count(p, "BYE", "P-CSCF2", "UE-B"), 1);
    CU_ASSERT_EQUAL(play_count(p, "Paging", "eNB2", NULL), 2);
    /* the caller's bearer comes back with the others, and goes with the call; the other one is gone before that phone is back */
    CU_ASSERT_EQUAL(play_count(p, "E-RAB RELEASE COMMAND", "MME1", NULL), 1);
    CU_ASSERT_EQUAL(play_count(p, "E-RAB RELEASE COMMAND", "MME2", NULL), 0);
    play_end(p);
}

/* The registrar ends a registration of an idle phone: NOTIFY pages it. */
void test_idle_notified(void)
{
    struct play *p = play("volte-idle-call", "call[1].at=40s", "<script><at time='1s' ue='UE-B' do='deregister-by-network'/></script>", NULL);
    CU_ASSERT_EQUAL(play_count(p, "Paging", "eNB2", NULL) > 0, true);
    CU_ASSERT_EQUAL(play_count(p, "NOTIFY", "P-CSCF2", "UE-B"), 1);
    play_end(p);
}

/* Idle between calls, half of the time on their way somewhere. */
void test_idle_crowd(void)
{
    static const char *const how[] = {"timer[enb.inactivity].value=5s", "timer[enb.inactivity].value=1s", "timer[enb.inactivity].value=300ms"};
    for (size_t i = 0; i < G_N_ELEMENTS(how); i++) {
        struct play *p = play("lte-crowd", FEW, how[i], NULL);
        CU_ASSERT_EQUAL(p->end, SIM_END_IDLE);
        CU_ASSERT_EQUAL(play_moments(p, MARK_ATTACHED), 40);
        CU_ASSERT_EQUAL(play_moments(p, MARK_DETACHED), 40);
        CU_ASSERT_TRUE(play_moments(p, MARK_CONNECTED) > 20);
        CU_ASSERT_TRUE(play_moments(p, MARK_PAGED) > 20);
        CU_ASSERT_EQUAL(play_moments(p, MARK_SERVICE_BEGUN), play_moments(p, MARK_SERVED));
        CU_ASSERT_EQUAL(play_moments(p, MARK_UNREACHABLE), 0);
        play_end(p);
    }
}

/* All come through, although the eNBs and P-CSCFs have a queue for a while; then all are idle. */
void test_idle_attach_storm(void)
{
    struct play *p = play_ready("attach-storm", "group[*].count=100", "at[*].within=200ms", NULL);
    play_until(p, 29 * SIM_S);
    CU_ASSERT_EQUAL(play_moments(p, MARK_ATTACHED), 200);
    CU_ASSERT_EQUAL(play_moments(p, MARK_REGISTERED), 200);
    CU_ASSERT_EQUAL(play_moments(p, MARK_IDLE), 200);
    CU_ASSERT_EQUAL(contexts(p, "MME1"), 100);
    CU_ASSERT_EQUAL(contexts(p, "eNB1"), 0);
    play_end(p);
}
