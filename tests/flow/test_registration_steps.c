/* test_registration_steps.c - registrations step by step, against the tables of tests/data/steps/, and how
 * long they take: to the nanosecond the sum over the messages that wait for one another. */
#include "tests/flow/steps.h"

#include "models/ue/ue.h"

#include <CUnit/CUnit.h>

#include <string.h>

#define IMS "Gm Mw Cx ISC"

#define CAST(UE, P, S)                                                                                       \
    {                                                                                                        \
        {"UE", UE}, {"P-CSCF", P}, {"I-CSCF", "I-CSCF1"}, {"S-CSCF", S}, {"HSS", "HSS1"},                    \
        {                                                                                                    \
            NULL, NULL                                                                                       \
        }                                                                                                    \
    }
static const struct steps_role cast[] = CAST("UE", "P-CSCF1", "S-CSCF2");

/* With the shipped latencies, and with none. */
static const char *const latencies[] = {"run.seed=1", "link[*].latency=0s"};

/* ---- steps ----------------------------------------------------------------------------------------- */

/* 30 s and 45 s: when the phone of the scenario registers again, and leaves. */
void test_registration_steps_aka(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(latencies); i++) {
        struct play *p = play("registration", latencies[i], NULL);
        steps_check(p, "registration-aka", cast, IMS, 0, 20 * SIM_S);
        steps_check(p, "re-registration", cast, IMS, 20 * SIM_S, 45 * SIM_S);
        steps_check(p, "deregistration", cast, IMS, 45 * SIM_S, SIM_NEVER);
        play_end(p);
    }
}

void test_registration_steps_digest(void)
{
    static const struct steps_role digest[] = CAST("TERMINAL", "P-CSCF1", "S-CSCF1");
    for (size_t i = 0; i < G_N_ELEMENTS(latencies); i++) {
        struct play *p = play("registration-digest", latencies[i], NULL);
        steps_check(p, "registration-digest", digest, IMS, 0, 10 * SIM_S);
        steps_check(p, "deregistration-digest", digest, IMS, 10 * SIM_S, SIM_NEVER);
        play_end(p);
    }
}

/* The steps are those at home; what differs is which network the P-CSCF names. */
void test_registration_steps_visited(void)
{
    static const struct steps_role visited[] = CAST("UE", "P-CSCF2", "S-CSCF2");
    for (size_t i = 0; i < G_N_ELEMENTS(latencies); i++) {
        struct play *p =
            play("registration", "group[UE].p-cscf=P-CSCF2", "group[UE].roaming=yes", latencies[i], NULL);
        steps_check(p, "registration-aka", visited, IMS, 0, 20 * SIM_S);
        steps_check(p, "re-registration", visited, IMS, 20 * SIM_S, 45 * SIM_S);
        steps_check(p, "deregistration", visited, IMS, 45 * SIM_S, SIM_NEVER);
        for (unsigned n = 1; n <= 4; n++) {
            const struct sip_msg *m = play_nth(p, "REGISTER", "P-CSCF2", n)->sip;
            CU_ASSERT_STRING_EQUAL(sip_host(p->world->sip, m->cold->visited - 1)->name, "visited.example");
        }
        play_end(p);
    }
}

void test_registration_steps_ended_by_hss(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(latencies); i++) {
        struct play *p =
            play("registration", "<script><at time='10s' ue='UE' do='deregister-by-network'/></script>",
                 latencies[i], NULL);
        steps_check(p, "deregistration-network", cast, IMS, 10 * SIM_S, SIM_NEVER);
        play_end(p);
    }
}

void test_registration_steps_expired(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(latencies); i++) {
        struct play *p =
            play("registration", "<faults><drop message='REGISTER' from='UE' nth='3' count='1000'/></faults>",
                 "at[2].time=90s", latencies[i], NULL);
        steps_check(p, "deregistration-expired", cast, IMS, 50 * SIM_S, SIM_NEVER);
        play_end(p);
    }
}

/* An application server in the user's filter criteria. */
void test_registration_steps_with_an_as(void)
{
    static const struct steps_role with_as[] = {
        {"UE",     "UE"     },
        {"P-CSCF", "P-CSCF1"},
        {"I-CSCF", "I-CSCF1"},
        {"S-CSCF", "S-CSCF2"},
        {"HSS",    "HSS1"   },
        {"AS",     "TAS"    },
        {NULL,     NULL     }
    };
    for (size_t i = 0; i < G_N_ELEMENTS(latencies); i++) {
        struct play *p = play("registration-as", latencies[i], NULL);
        steps_check(p, "registration-aka registration-as", with_as, IMS, 0, 20 * SIM_S);
        steps_check(p, "re-registration re-registration-as", with_as, IMS, 20 * SIM_S, 45 * SIM_S);
        steps_check(p, "deregistration deregistration-as", with_as, IMS, 45 * SIM_S, SIM_NEVER);
        const struct sip_msg *m = NULL;
        for (guint k = 0; k < p->hops->len && !m; k++)
            if (hop_is(play_hop(p, k), "REGISTER", "S-CSCF2", "TAS"))
                m = play_hop(p, k)->sip;
        CU_ASSERT_PTR_NOT_NULL_FATAL(m);
        CU_ASSERT_STRING_EQUAL(sip_uri_node(p->world->sip, m->from)->name, "S-CSCF2");
        CU_ASSERT_STRING_EQUAL(sip_uri_node(p->world->sip, m->contact)->name, "S-CSCF2");
        CU_ASSERT_TRUE(m->to.kind == SIP_URI_IDENTITY && m->to.id == 0);
        play_end(p);

        p = play("registration-as", "<script><at time='10s' ue='UE' do='deregister-by-network'/></script>",
                 latencies[i], NULL);
        steps_check(p, "deregistration-network deregistration-network-as", with_as, IMS, 10 * SIM_S,
                    SIM_NEVER);
        play_end(p);
    }
}

/* ---- times ----------------------------------------------------------------------------------------- */

/* The n-th moment of this kind at a node. */
static sim_time moment(const struct play *p, enum mark_id id, const char *node, unsigned n)
{
    for (guint i = 0; i < p->moments->len; i++) {
        const struct moment *m = play_moment(p, i);
        if (m->id == id && strcmp(m->node, node) == 0 && --n == 0)
            return m->time;
    }
    CU_FAIL("a moment is missing");
    return -1;
}

static sim_time lasted(const struct play *p, enum mark_id from, enum mark_id to, const char *node, unsigned n)
{
    return moment(p, to, node, n) - moment(p, from, node, n);
}

#define MS SIM_MS
/* profiles/ims.xml: one message with the HSS and back; REGISTER to the S-CSCF, response to the phone. */
enum { CX = 2 + 1 + 2, UP = 20 + 1 + 5 + 1 + 5 + 1, DOWN = 5 + 1 + 5 + 1 + 20, THINK = 10 };

void test_registration_time(void)
{
    struct play *p = play("registration", NULL);
    sim_time turn = (THINK + UP + 2 * CX + DOWN) * MS;
    CU_ASSERT_EQUAL(lasted(p, MARK_REGISTRATION_BEGUN, MARK_REGISTERED, "UE", 1), 2 * turn);
    CU_ASSERT_EQUAL(lasted(p, MARK_REGISTRATION_BEGUN, MARK_REGISTERED, "UE", 2), turn);
    CU_ASSERT_EQUAL(moment(p, MARK_REGISTRATION_BEGUN, "UE", 2),
                    moment(p, MARK_REGISTERED, "UE", 1) + 30 * SIM_S);
    CU_ASSERT_EQUAL(lasted(p, MARK_DEREGISTRATION_BEGUN, MARK_DEREGISTERED, "UE", 1),
                    turn); /* NOTIFY comes before the 200 */
    CU_ASSERT_EQUAL(play_moments(p, MARK_REGISTERED), 2);
    CU_ASSERT_EQUAL(play_moments(p, MARK_DEREGISTERED), 1);
    play_end(p);

    /* The NOTIFY is the last to come when the P-CSCF's way to the S-CSCF is long. */
    p = play("registration", "<link from='S-CSCF2' to='P-CSCF1' latency='100ms'/>", NULL);
    CU_ASSERT_EQUAL(lasted(p, MARK_DEREGISTRATION_BEGUN, MARK_DEREGISTERED, "UE", 1),
                    (THINK + UP + 2 * CX + 100 + 1 + 20) * MS);
    play_end(p);
}

void test_registration_time_digest(void)
{
    struct play *p = play("registration-digest", NULL);
    sim_time turn = (THINK + UP + 2 * CX + DOWN) * MS;
    CU_ASSERT_EQUAL(lasted(p, MARK_REGISTRATION_BEGUN, MARK_REGISTERED, "TERMINAL", 1), 2 * turn);
    CU_ASSERT_EQUAL(lasted(p, MARK_DEREGISTRATION_BEGUN, MARK_DEREGISTERED, "TERMINAL", 1),
                    2 * turn); /* challenged as well */
    play_end(p);
}

/* profiles/volte.xml: Gm is Uu, S1-U, S5 and SGi, with eNB and gateways between them. */
void test_registration_time_over_lte(void)
{
    struct play *p = play("volte-call", NULL);
    sim_time us = SIM_US, bearer = (8 + 5 + 2 + 2) * MS + 500 * us /* eNB */ + 2 * 200 * us /* S-GW, P-GW */;
    sim_time up = bearer + MS + 5 * MS + MS,
             down = 5 * MS + MS + bearer; /* the I- and the S-CSCF are one box */
    sim_time turn = THINK * MS + up + 2 * CX * MS + down;
    static const char *const phones[] = {"UE-A", "UE-B"};
    for (int i = 0; i < 2; i++) {
        CU_ASSERT_EQUAL(moment(p, MARK_REGISTRATION_BEGUN, phones[i], 1),
                        moment(p, MARK_ATTACHED, phones[i], 1));
        CU_ASSERT_EQUAL(lasted(p, MARK_REGISTRATION_BEGUN, MARK_REGISTERED, phones[i], 1), 2 * turn);
        CU_ASSERT_EQUAL(lasted(p, MARK_DEREGISTRATION_BEGUN, MARK_DEREGISTERED, phones[i], 1), turn);
    }
    play_end(p);
}

void test_registration_time_is_zero_without_latencies(void)
{
    struct play *p =
        play("registration", "link[*].latency=0s", "group[UE].think=0s", "node[*].service[*].time=0s", NULL);
    CU_ASSERT_EQUAL(lasted(p, MARK_REGISTRATION_BEGUN, MARK_REGISTERED, "UE", 1), 0);
    CU_ASSERT_EQUAL(lasted(p, MARK_DEREGISTRATION_BEGUN, MARK_DEREGISTERED, "UE", 1), 0);
    steps_check(p, "registration-aka", cast, IMS, 0, 20 * SIM_S);
    play_end(p);
}
