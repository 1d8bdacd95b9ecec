/* test_precondition_lte.c - the precondition scenarios over LTE: what is sent, in which order and when, follows from how the
 * phones come by their bearers. */
#include "tests/flow/golden.h"

#include <CUnit/CUnit.h>

#include <stdio.h>
#include <string.h>

#define ZERO "<profile href='profiles/zero.xml'/>"

/* ---- steps ---------------------------------------------------------------------------------------------------- */

static const struct steps_role both[] = {
    {"UE-1",      "UE-A"     },
    {"UE-2",      "UE-B"     },
    {"eNB1",      "eNB1"     },
    {"eNB2",      "eNB2"     },
    {"MME1",      "MME1"     },
    {"MME2",      "MME2"     },
    {"S-GW1",     "S-GW1"    },
    {"S-GW2",     "S-GW2"    },
    {"P-GW1",     "P-GW1"    },
    {"P-GW2",     "P-GW2"    },
    {"PCRF1",     "PCRF1"    },
    {"PCRF2",     "PCRF2"    },
    {"P-CSCF1",   "P-CSCF1"  },
    {"P-CSCF2",   "P-CSCF2"  },
    {"I/S-CSCF1", "I/S-CSCF1"},
    {"I/S-CSCF2", "I/S-CSCF2"},
    {"HSS2",      "HSS2"     },
    {NULL,        NULL       },
};
static const struct steps_role sides[][9] = {
    {{"UE", "UE-A"}, {"eNB", "eNB1"}, {"MME", "MME1"}, {"S-GW", "S-GW1"}, {"P-GW", "P-GW1"}, {"PCRF", "PCRF1"}, {"HSS", "HSS1"}, {"P-CSCF", "P-CSCF1"}, {NULL, NULL}},
    {{"UE", "UE-B"}, {"eNB", "eNB2"}, {"MME", "MME2"}, {"S-GW", "S-GW2"}, {"P-GW", "P-GW2"}, {"PCRF", "PCRF2"}, {"HSS", "HSS2"}, {"P-CSCF", "P-CSCF2"}, {NULL, NULL}},
};
#define SIGNALLING "Uu S1-MME S11 S5 S6a Gx Rx"
#define ALL        "Gm Mw Cx Uu S1-MME S11 S5 Gx Rx"

/* From power-on to power-off: the call with both sides in one table, the rest side by side. */
static void check(const char *scenario, const char *change, const char *call, const char *const before[2], const char *const after[2])
{
    struct play *p = play(scenario, change, NULL);
    unsigned failures = CU_get_number_of_failures();
    steps_check(p, call, both, ALL, 5 * SIM_S, 15 * SIM_S);
    for (int i = 0; i < 2; i++) {
        steps_check(p, before[i], sides[i], SIGNALLING, 0, 5 * SIM_S);
        steps_check(p, after[i], sides[i], SIGNALLING, 15 * SIM_S, 30 * SIM_S);
        steps_check(p, i == 0 ? "detach" : "power-off", sides[i], SIGNALLING, 30 * SIM_S, SIM_NEVER);
    }
    play_end(p);
    if (CU_get_number_of_failures() != failures)
        printf("\n  in %s, %s", scenario, change ? change : "as it is");
}

/* With no latency at all, where only causes put messages in order, and as they are. */
static void check_scenario(const char *scenario, const char *call, const char *const before[2], const char *const after[2])
{
    check(scenario, ZERO, call, before, after);
    check(scenario, NULL, call, before, after);
}

void test_precondition_lte_1(void)
{
    static const char *const before[] = {"attach", "attach bearer-asked"}, *const after[] = {"bearer-kept bearer-given-up", "bearer-kept"};
    check_scenario("volte-precondition-1", "precondition-1", before, after);
}

void test_precondition_lte_2(void)
{
    static const char *const before[] = {"attach bearer-asked", "attach"}, *const after[] = {"bearer-kept", "release"};
    check_scenario("volte-precondition-2", "precondition-2", before, after);
}

void test_precondition_lte_3(void)
{
    static const char *const before[] = {"attach", "attach bearer-asked"}, *const after[] = {"release", "bearer-kept"};
    check_scenario("volte-precondition-3", "precondition-3", before, after);
}

void test_precondition_lte_4(void)
{
    static const char *const before[] = {"attach", "attach"}, *const after[] = {"release", "release"};
    check_scenario("volte-precondition-4", "precondition-4", before, after);
}

/* ---- the flows of the document ------------------------------------------------------------------------------------ */

#define AT_ONCE "node[eNB1].service[E-RAB SETUP REQUEST].time=0s"

/* Which flow comes out is written nowhere: who has a bearer when makes it. In scenario 2 of the document the answer waits for
 * the called phone's bearer, which therefore has to ask for it itself. */
void test_precondition_lte_flows(void)
{
    static const struct {
        const char *scenario, *change[3], *flow;
        guint steps;
    } cases[] = {
        {"volte-precondition-1", {NULL}, "1", 30},
        {"volte-precondition-1", {"group[*].reservation=existing-bearer"}, "1", 30},
        {"volte-precondition-1", {"group[UE-B].reservation=ue-requested", "group[UE-B].progress=yes"}, "2", 35},
        {"volte-precondition-1", {"group[UE-B].reservation=ue-requested", "group[UE-B].progress=no"}, "2-NO183", 30},
        {"volte-precondition-3", {AT_ONCE}, "3", 45},
        {"volte-precondition-3", {NULL}, "3-UPDATE", 55},
        {"volte-precondition-4", {AT_ONCE}, "4-PRACK", 45},
        {"volte-precondition-4", {NULL}, "4", 55},
        {"volte-call", {NULL}, "4-PRACK", 45},
        {"volte-call", {"group[UE-B].reservation=existing-bearer"}, "3", 45},
        {"volte-call", {"group[*].reservation=existing-bearer"}, "1", 30},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct play *p = play_with(cases[i].scenario, cases[i].change);
        golden_check(p, cases[i].flow, cases[i].steps, both, 5 * SIM_S, 18 * SIM_S);
        play_end(p);
    }
}

/* ---- durations ---------------------------------------------------------------------------------------------------- */

#define MS SIM_MS
#define US SIM_US

/* The latencies and processing times of profiles/volte.xml, added up along what waits for one another. */
enum way {
    THINK,      /* a phone builds a message                                                  */
    UP, DOWN,   /* SIP between a phone and its P-CSCF, which has handled it at the end of UP */
    CORE,       /* from P-CSCF to P-CSCF, handled                                            */
    FIND,       /* LIR, LIA                                                                  */
    AUTHORISE,  /* AAR, AAA                                                                  */
    DECIDED,    /* from AAR, or from STR, to the P-GW that is to act                         */
    TO_PHONE,   /* from there to the phone, by S-GW, MME and eNB                             */
    TO_GATEWAY, /* the way back, to the arrival at the P-GW                                  */
    WAYS
};
static const sim_time way[WAYS] = {
    [THINK] = 10 * MS,
    [UP] = 8 * MS + 500 * US + 5 * MS + 200 * US + 2 * MS + 200 * US + 2 * MS + 1 * MS,
    [DOWN] = 2 * MS + 200 * US + 2 * MS + 200 * US + 5 * MS + 500 * US + 8 * MS,
    [CORE] = 3 * (5 * MS + 1 * MS),
    [FIND] = 2 * MS + 1 * MS + 2 * MS,
    [AUTHORISE] = 2 * MS + 1 * MS + 2 * MS,
    [DECIDED] = 2 * MS + 1 * MS + 2 * MS + 200 * US,
    [TO_PHONE] = 2 * MS + 200 * US + 1 * MS + 500 * US + 5 * MS + 500 * US + 8 * MS,
    [TO_GATEWAY] = 8 * MS + 500 * US + 5 * MS + 500 * US + 1 * MS + 200 * US + 2 * MS,
};
#define F          (way[UP] + way[CORE] + way[DOWN])
#define F_INVITE   (F + way[FIND])
#define B          F
#define B_ANSWER   (B + 2 * way[AUTHORISE]) /* both P-CSCFs ask before they pass an answer on */
#define U          way[THINK]
#define OWN_BEARER (way[TO_GATEWAY] + 200 * US /* P-GW */ + way[AUTHORISE] /* CCR, CCA: as long */ + 200 * US + way[TO_PHONE])
#define BEARER     (way[DECIDED] + way[TO_PHONE]) /* from AAR on */
#define E_RAB      (150 * MS - 500 * US)          /* that the scenario's eNBs take longer */

static sim_time at(const struct play *p, enum mark_id id)
{
    sim_time t = play_when(p, id);
    CU_ASSERT_NOT_EQUAL(t, SIM_NEVER);
    return t;
}

/* From INVITE to the moment. */
static sim_time since_invite(const struct play *p, enum mark_id id)
{
    return at(p, id) - at(p, MARK_INVITE_SENT);
}

/* From the alert on it is the same in all scenarios: the user answers after 3 s. */
static void check_answer(const struct play *p, sim_time alert)
{
    CU_ASSERT_EQUAL(since_invite(p, MARK_ALERTED), alert);
    CU_ASSERT_EQUAL(since_invite(p, MARK_CONNECTED), alert + 3 * SIM_S + U + B);
}

void test_precondition_lte_time_1(void)
{
    struct play *p = play("volte-precondition-1", NULL);
    CU_ASSERT_EQUAL(at(p, MARK_INVITE_SENT) - at(p, MARK_DIALLED), OWN_BEARER + U);
    CU_ASSERT_EQUAL(since_invite(p, MARK_PROGRESS), F_INVITE + U + B_ANSWER);
    CU_ASSERT_EQUAL(since_invite(p, MARK_RINGBACK), F_INVITE + U + B_ANSWER);
    check_answer(p, F_INVITE + U + B_ANSWER + U + F);
    play_end(p);
    p = play("volte-precondition-1", "group[UE-A].reservation=existing-bearer", NULL);
    CU_ASSERT_EQUAL(at(p, MARK_INVITE_SENT) - at(p, MARK_DIALLED), U);
    play_end(p);
}

/* The called phone's bearer is there long before the PRACK, or long after it. */
void test_precondition_lte_time_2(void)
{
    const sim_time answered = F_INVITE + U, prack = answered + B_ANSWER + U + F;
    struct play *p = play("volte-precondition-2", NULL);
    CU_ASSERT_EQUAL(since_invite(p, MARK_PROGRESS), answered + B_ANSWER);
    CU_ASSERT_EQUAL(since_invite(p, MARK_CALLED_READY), answered + way[UP] + BEARER);
    CU_ASSERT_EQUAL(since_invite(p, MARK_RINGBACK), prack + U + B);
    check_answer(p, prack + U);
    play_end(p);

    p = play("volte-precondition-2",
             "<network id='home2'><node id='eNB2'><service message='E-RAB SETUP REQUEST' time='300500us'/></node></network>", NULL);
    const sim_time ready = answered + way[UP] + BEARER + 300 * MS;
    CU_ASSERT_EQUAL(since_invite(p, MARK_CALLED_READY), ready);
    CU_ASSERT_EQUAL(since_invite(p, MARK_RINGBACK), ready + U + B);
    check_answer(p, ready + U);
    play_end(p);

    /* As in the document: the called phone asks itself, and its answer waits. */
    p = play("volte-precondition-2", "group[UE-B].reservation=ue-requested", NULL);
    CU_ASSERT_EQUAL(since_invite(p, MARK_CALLED_READY), F_INVITE + OWN_BEARER);
    CU_ASSERT_EQUAL(since_invite(p, MARK_RINGBACK), F_INVITE + OWN_BEARER + U + B_ANSWER);
    check_answer(p, F_INVITE + OWN_BEARER + U + B_ANSWER + U + F);
    play_end(p);
}

/* When the caller's bearer is there, from the INVITE on: the answer has come as far as its P-CSCF. */
#define CALLER_READY (F_INVITE + U + way[UP] + way[AUTHORISE] + way[CORE] + BEARER + E_RAB)

void test_precondition_lte_time_3(void)
{
    struct play *p = play("volte-precondition-3", NULL);
    CU_ASSERT_EQUAL(since_invite(p, MARK_PROGRESS), F_INVITE + U + B_ANSWER);
    CU_ASSERT_EQUAL(since_invite(p, MARK_CALLER_READY), CALLER_READY);
    CU_ASSERT_EQUAL(since_invite(p, MARK_RINGBACK), CALLER_READY + U + F + U + B);
    check_answer(p, CALLER_READY + U + F + U);
    play_end(p);

    p = play("volte-precondition-3", AT_ONCE, NULL);
    CU_ASSERT_EQUAL(since_invite(p, MARK_CALLER_READY), CALLER_READY - 150 * MS);
    CU_ASSERT_EQUAL(since_invite(p, MARK_RINGBACK), F_INVITE + U + B_ANSWER + U + F + U + B);
    play_end(p);
}

void test_precondition_lte_time_4(void)
{
    struct play *p = play("volte-precondition-4", NULL);
    CU_ASSERT_EQUAL(since_invite(p, MARK_CALLED_READY), F_INVITE + U + way[UP] + BEARER + E_RAB);
    CU_ASSERT_EQUAL(since_invite(p, MARK_CALLER_READY), CALLER_READY);
    CU_ASSERT_EQUAL(since_invite(p, MARK_RINGBACK), CALLER_READY + U + F + U + B);
    check_answer(p, CALLER_READY + U + F + U);
    play_end(p);

    p = play("volte-precondition-4", "node[eNB2].service[E-RAB SETUP REQUEST].time=900ms", NULL);
    const sim_time called = F_INVITE + U + way[UP] + BEARER + 900 * MS - 500 * US;
    CU_ASSERT_EQUAL(since_invite(p, MARK_CALLED_READY), called);
    CU_ASSERT_EQUAL(since_invite(p, MARK_RINGBACK), called + U + B);
    check_answer(p, called + U);
    play_end(p);
}

/* From BYE to the end of what it starts: bearers that the network takes away, are again as they were, are given up. */
void test_precondition_lte_time_of_release(void)
{
    struct play *p = play("volte-precondition-4", NULL);
    sim_time bye = play_nth(p, "BYE", "UE-A", 1)->sent, strs = bye + way[UP];
    CU_ASSERT_EQUAL(bye - at(p, MARK_CONNECTED), 10 * SIM_S + U);
    CU_ASSERT_EQUAL(play_nth(p, "STR", "P-CSCF1", 1)->sent, strs);
    CU_ASSERT_EQUAL(play_nth(p, "STR", "P-CSCF2", 1)->sent, strs + way[CORE]);
    CU_ASSERT_EQUAL(play_nth(p, "Delete Bearer Response", "S-GW1", 1)->arrival, strs + way[DECIDED] + way[TO_PHONE] + way[TO_GATEWAY]);
    CU_ASSERT_EQUAL(play_nth(p, "Delete Bearer Response", "S-GW2", 1)->arrival,
                    strs + way[CORE] + way[DECIDED] + way[TO_PHONE] + way[TO_GATEWAY]);
    CU_ASSERT_EQUAL(play_nth(p, "200 OK (BYE)", "P-CSCF1", 1)->arrival, bye + F + U + B);
    play_end(p);

    p = play("volte-precondition-1", NULL);
    bye = play_nth(p, "BYE", "UE-A", 1)->sent;
    strs = bye + way[UP];
    CU_ASSERT_EQUAL(play_nth(p, "Update Bearer Response", "S-GW1", 2)->arrival, strs + way[DECIDED] + way[TO_PHONE] + way[TO_GATEWAY]);
    CU_ASSERT_EQUAL(play_nth(p, "Update Bearer Response", "S-GW2", 2)->arrival,
                    strs + way[CORE] + way[DECIDED] + way[TO_PHONE] + way[TO_GATEWAY]);
    CU_ASSERT_EQUAL(play_nth(p, "Delete Bearer Response", "S-GW1", 1)->arrival, bye + F + U + B + OWN_BEARER + way[TO_GATEWAY]);
    play_end(p);
}

/* Without latency nothing is left but what people take. */
void test_precondition_lte_no_time(void)
{
    for (int i = 1; i <= 4; i++) {
        char *scenario = g_strdup_printf("volte-precondition-%d", i);
        struct play *p = play(scenario, ZERO, NULL);
        CU_ASSERT_EQUAL(at(p, MARK_DIALLED), 5 * SIM_S);
        CU_ASSERT_EQUAL(at(p, MARK_ALERTED), 5 * SIM_S);
        CU_ASSERT_EQUAL(at(p, MARK_CONNECTED), 8 * SIM_S);
        CU_ASSERT_EQUAL(at(p, MARK_ENDED), 18 * SIM_S);
        play_end(p);
        g_free(scenario);
    }
}

/* ---- refusals and changes ------------------------------------------------------------------------------------------ */

/* The operator does not let phones ask for bearers: the caller's user hears it from the phone, the caller of a called phone by 580
 * (RFC 3312 8). Nothing else comes of it, and the calls are over at once. */
void test_precondition_lte_not_allowed(void)
{
    struct play *p = play("volte-precondition-1", "node[PCRF1].ue-bearers=no", NULL);
    CU_ASSERT_EQUAL(play_count(p, "INVITE", "UE-A", NULL), 0);
    CU_ASSERT_EQUAL(play_value(p, MARK_FAILED), 580);
    CU_ASSERT_EQUAL(play_value(p, MARK_ENDED), 580);
    CU_ASSERT_EQUAL(play_count(p, "Bearer Resource Failure Indication", "S-GW1", "MME1"), 1);
    play_end(p);

    p = play("volte-precondition-1", "node[PCRF2].ue-bearers=no", NULL);
    CU_ASSERT_EQUAL(play_count(p, "580 Precondition Failure (INVITE)", "UE-B", NULL), 1);
    CU_ASSERT_EQUAL(play_value(p, MARK_FAILED), 580);
    CU_ASSERT_EQUAL(play_count(p, "CCR", "P-GW2", "PCRF2"), 4); /* connection, at the registration, for the call, end */
    CU_ASSERT_EQUAL(play_count(p, "Bearer Resource Failure Indication", "S-GW2", "MME2"), 2);
    play_end(p);
}

/* Nobody hears the caller ask: T3480, and the user waits unless he hangs up. */
void test_precondition_lte_nobody_answers(void)
{
    static const char lost[] = "<faults><drop message='ULInformationTransfer' from='UE-A' nth='4' count='4'/></faults>";
    struct play *p = play("volte-precondition-1", lost, NULL);
    for (unsigned i = 0; i < 4; i++) /* at 30 s the phone is to detach, and first ends the call */
        CU_ASSERT_EQUAL(play_nth(p, "ULInformationTransfer", "UE-A", 4 + i)->sent, (5 + 8 * i) * SIM_S);
    CU_ASSERT_EQUAL(play_count(p, "INVITE", "UE-A", NULL), 0);
    CU_ASSERT_EQUAL(at(p, MARK_ENDED), 30 * SIM_S);
    play_end(p);

    p = play("volte-precondition-1", lost, "call[1].cancel=2s", NULL);
    CU_ASSERT_EQUAL(at(p, MARK_ENDED) - at(p, MARK_DIALLED), 2 * SIM_S);
    play_end(p);
}

/* A phone asks for what its best codec needs; the call's codec needs less: then the radio bearer changes with the filters. */
void test_precondition_lte_rate_follows_codec(void)
{
    struct play *p = play("volte-precondition-1", "group[UE-B].media[audio].codec[2].fmtp=octet-align=1", NULL);
    CU_ASSERT_EQUAL(play_count(p, "E-RAB MODIFY REQUEST", "MME2", "eNB2"), 2); /* for the call, and after it */
    CU_ASSERT_EQUAL(play_moments(p, MARK_CONNECTED), 1);
    play_end(p);
}

/* Phones that begin connected ask when the run begins, every 2 ms one. */
void test_precondition_lte_connected_phones(void)
{
    struct play *p = play("volte-precondition-3", "group[*].state=registered-connected", NULL);
    CU_ASSERT_EQUAL(play_nth(p, "Bearer Resource Command", "MME2", 1)->sent, 2 * MS + (8 + 5) * MS + 1 * MS);
    golden_check(p, "3-UPDATE", 55, both, 5 * SIM_S, 18 * SIM_S);
    play_end(p);
}

/* An idle phone asks when its service request has brought it a connection; it is paged before it can ask. */
void test_precondition_lte_idle_phones(void)
{
    struct play *p = play("volte-idle-call", "group[*].reservation=ue-requested", "group[*].progress=no", NULL);
    sim_time answered = play_nth(p, "RRCConnectionReconfigurationComplete", "UE-A", 1)->sent;
    CU_ASSERT_EQUAL(at(p, MARK_INVITE_SENT), answered + OWN_BEARER + U);
    golden_check(p, "2-NO183", 30, both, SIM_S, 14 * SIM_S);
    play_end(p);
}
