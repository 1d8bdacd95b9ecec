/* test_metrics.c - metrics of calls from their marks (analysis/metrics.h), and how they are printed
 * (analysis/kpi.h, table.h, json.h). The calls are scripts of marks: no phone is involved. */
#include "analysis/metrics_int.h"

#include "analysis/json.h"
#include "analysis/kpi.h"
#include "analysis/table.h"
#include "sim/trace.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <string.h>

enum { A, B }; /* the phones: A calls B */

struct step {
    sim_time ms;
    int phone; /* NET_A, NET_B: a node of the network, about phone A, B */
    enum mark_id mark;
    int64_t value;
};
enum { NET_A = 2, NET_B };

struct play {
    struct sim *sim;
    struct net *net;
    struct node *phone[4]; /* the last two are the one node of the network */
    struct metrics *metrics;
};

static struct play play_new(sim_time warmup)
{
    struct play p;

    p.sim = sim_new(&(struct sim_opts){.seed = 1});
    p.net = net_new(p.sim, iface_table, IFACE_COUNT);
    p.phone[A] = net_add_node(p.net, "A", KIND_UE);
    p.phone[B] = net_add_node(p.net, "B", KIND_UE);
    p.phone[NET_A] = p.phone[NET_B] = net_add_node(p.net, "N", KIND_P_CSCF);
    p.metrics = metrics_new(p.net, warmup);
    return p;
}

static void play_free(struct play *p)
{
    net_free(p->net);
    sim_free(p->sim);
    metrics_free(p->metrics);
}

static void set_mark(struct sim *sim, void *ctx, uint64_t arg)
{
    const struct step *s = (const struct step *)(uintptr_t)arg;
    const struct net *net = sim->user;
    node_mark_about(ctx, s->mark, net_node(net, (uint32_t)s->phone % 2), s->value);
}

/* Schedules the script of one call, beginning at `at`. */
static void play_call(struct play *p, sim_time at, sim_flow flow, const struct step *step, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sim_at(p->sim, at + step[i].ms * SIM_MS, flow, 0, set_mark, p->phone[step[i].phone],
               (uint64_t)(uintptr_t)&step[i]);
}

static struct metrics_result play_end(struct play *p)
{
    struct metrics_result r;

    sim_run(p->sim, SIM_NEVER);
    metrics_result_init(&r);
    metrics_finish(p->metrics, NULL, NULL, &r);
    return r;
}

/* That there is one value of this metric, of so many ms; -1: that there is none. */
static bool is_ms(const struct metrics_result *r, enum metric_id metric, sim_time ms)
{
    const struct stats *s = &r->time[metric];
    return ms < 0 ? s->n == 0 : s->n == 1 && s->min == ms * SIM_MS;
}

static const struct step answered[] = {
    {0,     A, MARK_DIALLED,         0  },
    {5,     A, MARK_INVITE_SENT,     0  },
    {40,    B, MARK_INVITE_RECEIVED, 0  },
    {50,    A, MARK_PROGRESS,        183},
    {60,    B, MARK_CALLED_READY,    0  },
    {80,    A, MARK_CALLER_READY,    0  },
    {100,   B, MARK_ALERTED,         0  },
    {130,   A, MARK_RINGBACK,        0  },
    {2000,  B, MARK_ANSWERED,        0  },
    {2030,  A, MARK_CONNECTED,       200},
    {12000, A, MARK_BYE_SENT,        0  },
    {12020, B, MARK_BYE_RECEIVED,    0  },
    {12045, A, MARK_RELEASED,        0  },
    {12045, A, MARK_ENDED,           200},
};

void test_metrics_names(void)
{
    for (int i = 0; i < METRIC_COUNT; i++) {
        CU_ASSERT_EQUAL(metric_by_name(metric_table[i].name), i);
        CU_ASSERT(strcmp(metric_table[i].unit, "ms") == 0 || strcmp(metric_table[i].unit, "s") == 0);
        CU_ASSERT_PTR_NOT_NULL(strstr(metric_table[i].ends, " -> "));
    }
    CU_ASSERT_EQUAL(metric_by_name("no such metric"), -1);
}

void test_metrics_answered_call(void)
{
    struct play p = play_new(0);
    play_call(&p, 7 * SIM_S, 1, answered, G_N_ELEMENTS(answered));
    struct metrics_result r = play_end(&p);

    CU_ASSERT(is_ms(&r, METRIC_SETUP_TIME, 125));
    CU_ASSERT(is_ms(&r, METRIC_POST_DIAL_DELAY, 130));
    CU_ASSERT(is_ms(&r, METRIC_ALERT_TIME, 95));
    CU_ASSERT(is_ms(&r, METRIC_CALLER_READY_TIME, 75));
    CU_ASSERT(is_ms(&r, METRIC_CALLED_READY_TIME, 55));
    CU_ASSERT(is_ms(&r, METRIC_ANSWER_DELAY, 30));
    CU_ASSERT(is_ms(&r, METRIC_CONNECT_TIME, 2025));
    CU_ASSERT(is_ms(&r, METRIC_SRD, 45));
    CU_ASSERT(is_ms(&r, METRIC_SRD_FAILED, -1));
    CU_ASSERT(is_ms(&r, METRIC_SDD, 45));
    CU_ASSERT(is_ms(&r, METRIC_SDT, 9970));
    CU_ASSERT_EQUAL(r.calls.dialled, 1);
    CU_ASSERT_EQUAL(r.calls.attempted, 1);
    CU_ASSERT_EQUAL(r.calls.answered, 1);
    CU_ASSERT_EQUAL(r.calls.effective, 1);
    CU_ASSERT_EQUAL(r.calls.completed, 1);
    CU_ASSERT_EQUAL(r.calls.failed, 0);
    CU_ASSERT_EQUAL(r.calls.open, 0);
    metrics_result_clear(&r);
    play_free(&p);
}

/* Without a provisional response, SRD ends with the 200; a second mark of a kind changes nothing. */
void test_metrics_first_mark_counts(void)
{
    static const struct step steps[] = {
        {0,   A, MARK_DIALLED,     0  },
        {10,  A, MARK_INVITE_SENT, 0  },
        {500, A, MARK_INVITE_SENT, 0  },
        {600, A, MARK_CONNECTED,   200},
        {700, A, MARK_CONNECTED,   200},
    };
    struct play p = play_new(0);
    play_call(&p, 0, 1, steps, G_N_ELEMENTS(steps));
    struct metrics_result r = play_end(&p);

    CU_ASSERT(is_ms(&r, METRIC_SRD, 590));
    CU_ASSERT(is_ms(&r, METRIC_CONNECT_TIME, 590));
    CU_ASSERT(is_ms(&r, METRIC_SETUP_TIME, -1));
    metrics_result_clear(&r);
    play_free(&p);
}

/* The caller's UE forgets the call before 200 (BYE) arrives at the called one: that still counts. SDT is
 * measured at the caller, SDD where BYE was sent. */
void test_metrics_called_side_hangs_up(void)
{
    static const struct step steps[] = {
        {0,    A, MARK_DIALLED,      0  },
        {5,    A, MARK_INVITE_SENT,  0  },
        {100,  A, MARK_CONNECTED,    200},
        {1000, B, MARK_BYE_SENT,     0  },
        {1040, A, MARK_BYE_RECEIVED, 0  },
        {1041, A, MARK_ENDED,        200},
        {1081, B, MARK_RELEASED,     0  },
    };
    struct play p = play_new(0);
    play_call(&p, 0, 1, steps, G_N_ELEMENTS(steps));
    struct metrics_result r = play_end(&p);

    CU_ASSERT(is_ms(&r, METRIC_SDD, 81));
    CU_ASSERT(is_ms(&r, METRIC_SDT, 940));
    CU_ASSERT_EQUAL(r.calls.completed, 1);
    CU_ASSERT_EQUAL(r.calls.open, 0);
    metrics_result_clear(&r);
    play_free(&p);
}

static void play_failure(struct play *p, sim_flow flow, const struct step step[4])
{
    play_call(p, flow * SIM_S, flow, step, 4);
}

void test_metrics_failed_calls(void)
{
#define FAILURE(status)                                                                                      \
    {                                                                                                        \
        {0, A, MARK_DIALLED, 0}, {5, A, MARK_INVITE_SENT, 0}, {105, A, MARK_FAILED, status},                 \
            {106, A, MARK_ENDED, status},                                                                    \
    }
    static const struct step busy[] = FAILURE(486), decline[] = FAILURE(603), timeout[] = FAILURE(408),
                             moved[] = FAILURE(302), gone[] = FAILURE(404);
    static const struct step cancelled[] = {
        {0,   A, MARK_DIALLED,     0  },
        {5,   A, MARK_INVITE_SENT, 0  },
        {50,  A, MARK_CANCELLED,   487},
        {105, A, MARK_ENDED,       487},
    };
    struct play p = play_new(0);
    play_failure(&p, 1, busy);
    play_failure(&p, 2, decline);
    play_failure(&p, 3, timeout);
    play_failure(&p, 4, moved);
    play_failure(&p, 5, gone);
    play_failure(&p, 6, cancelled);
    struct metrics_result r = play_end(&p);

    CU_ASSERT_EQUAL(r.calls.attempted, 6);
    CU_ASSERT_EQUAL(r.calls.failed, 6);
    CU_ASSERT_EQUAL(r.calls.attempted_not_3xx, 5);
    CU_ASSERT_EQUAL(r.calls.effective, 2);
    CU_ASSERT_EQUAL(r.calls.ineffective, 1);
    CU_ASSERT_EQUAL(r.calls.cancelled, 1);
    CU_ASSERT_EQUAL(r.calls.answered, 0);
    CU_ASSERT_EQUAL(r.calls.finished, 6);
    CU_ASSERT_EQUAL(r.failed_status[487], 1);
    CU_ASSERT_EQUAL(r.failed_status[408], 1);
    CU_ASSERT_EQUAL(r.time[METRIC_SRD_FAILED].n, 5);
    CU_ASSERT_EQUAL(r.time[METRIC_SRD_FAILED].max, 100 * SIM_MS);
    CU_ASSERT_EQUAL(r.time[METRIC_SRD].n, 0);
    CU_ASSERT_EQUAL(ratio_part(&r, ratio_table[RATIO_SER].denominator), 5);
    CU_ASSERT_EQUAL(ratio_part(&r, ratio_table[RATIO_SEER].numerator), 2);
    CU_ASSERT_EQUAL(ratio_part(&r, ratio_table[RATIO_ISA].numerator), 1);
    metrics_result_clear(&r);
    play_free(&p);
}

/* Dialled just before the end of the warm-up: does not count, whatever came later. At it: counts. */
void test_metrics_warmup(void)
{
    struct play p = play_new(10 * SIM_S);
    play_call(&p, 10 * SIM_S - 1, 1, answered, G_N_ELEMENTS(answered));
    play_call(&p, 10 * SIM_S, 2, answered, G_N_ELEMENTS(answered));
    sim_run(p.sim, 10 * SIM_S);
    metrics_warm(p.metrics);
    struct metrics_result r = play_end(&p);

    CU_ASSERT_EQUAL(r.calls.dialled, 1);
    CU_ASSERT(is_ms(&r, METRIC_SETUP_TIME, 125));
    CU_ASSERT_EQUAL((int64_t)r.observed_ns, 12045 * SIM_MS);
    metrics_result_clear(&r);
    play_free(&p);
}

/* The run ends in the middle of a call: it has the times it has completed, and no outcome. */
void test_metrics_open_calls(void)
{
    struct play p = play_new(0);
    play_call(&p, 0, 1, answered, 8);  /* rings */
    play_call(&p, 0, 2, answered, 10); /* is up */
    struct metrics_result r = play_end(&p);

    CU_ASSERT_EQUAL(r.calls.dialled, 2);
    CU_ASSERT_EQUAL(r.calls.open, 2);
    CU_ASSERT_EQUAL(r.calls.attempted, 1);
    CU_ASSERT_EQUAL(r.calls.finished, 0);
    CU_ASSERT_EQUAL(r.time[METRIC_SETUP_TIME].n, 2);
    CU_ASSERT_EQUAL(r.time[METRIC_SRD].n, 1);
    metrics_result_clear(&r);
    play_free(&p);
}

/* A thousand calls one after the other need one slot; calls whose BYE is never answered
 * are let go of later. Marks of what is no call open none. */
void test_metrics_slots_are_given_back(void)
{
    static const struct step unanswered_bye[] = {
        {0, A, MARK_DIALLED,     0  },
        {1, A, MARK_INVITE_SENT, 0  },
        {2, A, MARK_CONNECTED,   200},
        {3, B, MARK_BYE_SENT,    0  },
        {4, A, MARK_ENDED,       200},
    };
    static const struct step stray[] = {
        {0, B, MARK_RELEASED, 0}
    };
    struct play p = play_new(0);
    size_t most = 0;

    for (uint32_t i = 0; i < 1000; i++) {
        play_call(&p, 20 * i * SIM_S, i + 1, answered, G_N_ELEMENTS(answered));
        sim_run(p.sim, 20 * i * SIM_S + SIM_S);
        most = MAX(most, metrics_slots(p.metrics));
        sim_run(p.sim, 20 * (i + 1) * SIM_S);
    }
    CU_ASSERT_EQUAL(most, 1);
    CU_ASSERT_EQUAL(metrics_slots(p.metrics), 0);
    for (uint32_t i = 0; i < 1000; i++) {
        sim_time at = (20000 + 2 * i) * SIM_S;
        play_call(&p, at, 10000 + i, unanswered_bye, G_N_ELEMENTS(unanswered_bye));
        play_call(&p, at, 20000 + i, stray, 1);
        sim_run(p.sim, at + SIM_S);
        most = MAX(most, metrics_slots(p.metrics));
    }
    CU_ASSERT(most > 1 && most <= 302); /* 10 min, a call every 2 s */
    struct metrics_result r = play_end(&p);
    CU_ASSERT_EQUAL(r.calls.dialled, 2000);
    CU_ASSERT_EQUAL(metrics_slots(p.metrics), 0);
    metrics_result_clear(&r);
    play_free(&p);
}

/* ---- sides of calls -------------------------------------------------------------------------------- */

static const struct step with_bearers[] = {
    {0,    A,     MARK_DIALLED,        0  },
    {5,    A,     MARK_INVITE_SENT,    0  },
    {50,   NET_B, MARK_BEARER_ASKED,   0  },
    {60,   NET_A, MARK_BEARER_ASKED,   0  },
    {75,   B,     MARK_BEARER_UP,      1  },
    {78,   B,     MARK_BEARER_UP,      2  }, /* of the video */
    {90,   NET_B, MARK_BEARER_CREATED, 1  },
    {100,  A,     MARK_BEARER_UP,      1  },
    {160,  NET_A, MARK_BEARER_CREATED, 1  },
    {200,  A,     MARK_CONNECTED,      200},
    {1000, A,     MARK_BYE_SENT,       0  },
    {1010, NET_A, MARK_BEARER_ENDED,   0  },
    {1020, NET_B, MARK_BEARER_ENDED,   0  },
    {1030, A,     MARK_BEARER_DOWN,    1  },
    {1040, A,     MARK_RELEASED,       0  },
    {1041, A,     MARK_ENDED,          200},
    {1042, B,     MARK_BEARER_DOWN,    2  },
    {1047, B,     MARK_BEARER_DOWN,    1  },
};

/* Marks of the network count for the side of the phone they are about; the call is judged when its last bearer is gone. */
void test_metrics_bearers(void)
{
    struct play p = play_new(0);
    play_call(&p, 3 * SIM_S, 1, with_bearers, G_N_ELEMENTS(with_bearers));
    sim_run(p.sim, 3 * SIM_S + 1045 * SIM_MS);
    CU_ASSERT_EQUAL(metrics_slots(p.metrics), 1);
    sim_run(p.sim, 3 * SIM_S + 1047 * SIM_MS);
    CU_ASSERT_EQUAL(metrics_slots(p.metrics), 0);
    struct metrics_result r = play_end(&p);

    CU_ASSERT(is_ms(&r, METRIC_BEARER_SETUP_CALLER, 40));
    CU_ASSERT(is_ms(&r, METRIC_BEARER_SETUP_CALLED, 25));
    CU_ASSERT(is_ms(&r, METRIC_BEARER_NETWORK_CALLER, 100));
    CU_ASSERT(is_ms(&r, METRIC_BEARER_NETWORK_CALLED, 40));
    CU_ASSERT(is_ms(&r, METRIC_BEARER_RELEASE_CALLER, 20));
    CU_ASSERT(is_ms(&r, METRIC_BEARER_RELEASE_CALLED, 27));
    CU_ASSERT(is_ms(&r, METRIC_RELEASE_TIME, 47));
    CU_ASSERT(is_ms(&r, METRIC_SDD, 40));
    CU_ASSERT_EQUAL(r.calls.bearers_decided, 2);
    CU_ASSERT_EQUAL(r.calls.bearers_up, 2);
    metrics_result_clear(&r);
    play_free(&p);
}

/* Without bearers the release ends with 200 (BYE). One bearer lost and one that nobody knows the outcome of. */
void test_metrics_bearers_lost(void)
{
    static const struct step lost[] = {
        {0,  A,     MARK_DIALLED,      0  },
        {5,  A,     MARK_INVITE_SENT,  0  },
        {50, NET_B, MARK_BEARER_ASKED, 0  },
        {55, NET_A, MARK_BEARER_ASKED, 0  },
        {60, NET_B, MARK_BEARER_LOST,  1  },
        {99, A,     MARK_FAILED,       503},
        {99, A,     MARK_ENDED,        503},
    };
    struct play p = play_new(0);
    play_call(&p, 0, 1, answered, G_N_ELEMENTS(answered));
    play_call(&p, 0, 2, lost, G_N_ELEMENTS(lost));
    struct metrics_result r = play_end(&p);

    CU_ASSERT(is_ms(&r, METRIC_RELEASE_TIME, 45));
    CU_ASSERT(is_ms(&r, METRIC_BEARER_SETUP_CALLED, -1));
    CU_ASSERT_EQUAL(r.calls.bearers_decided, 1);
    CU_ASSERT_EQUAL(r.calls.bearers_up, 0);
    CU_ASSERT_EQUAL(metrics_slots(p.metrics), 0);
    metrics_result_clear(&r);
    play_free(&p);
}

/* ---- phones ---------------------------------------------------------------------------------------- */

/* Two phones in one flow, interleaved: each has its own times. */
void test_metrics_phones_do_not_mix(void)
{
    static const struct step steps[] = {
        {0,   A, MARK_ATTACH_BEGUN,       0},
        {10,  B, MARK_ATTACH_BEGUN,       0},
        {110, B, MARK_ATTACHED,           0},
        {110, B, MARK_REGISTRATION_BEGUN, 0},
        {120, B, MARK_REGISTER_SENT,      0},
        {150, A, MARK_ATTACHED,           0},
        {150, A, MARK_REGISTRATION_BEGUN, 0},
        {160, A, MARK_REGISTER_SENT,      0},
        {180, B, MARK_REGISTER_AGAIN,     0},
        {210, B, MARK_REGISTERED,         0},
        {300, A, MARK_REGISTERED,         0},
    };
    struct play p = play_new(0);
    play_call(&p, 0, 1, steps, G_N_ELEMENTS(steps));
    struct metrics_result r = play_end(&p);

    CU_ASSERT_EQUAL(r.time[METRIC_ATTACH_TIME].n, 2);
    CU_ASSERT_EQUAL(r.time[METRIC_ATTACH_TIME].min, 100 * SIM_MS);
    CU_ASSERT_EQUAL(r.time[METRIC_ATTACH_TIME].max, 150 * SIM_MS);
    CU_ASSERT_EQUAL(r.time[METRIC_REGISTRATION_TIME].min, 100 * SIM_MS);
    CU_ASSERT_EQUAL(r.time[METRIC_REGISTRATION_TIME].max, 150 * SIM_MS);
    CU_ASSERT_EQUAL(r.time[METRIC_RRD].min, 90 * SIM_MS);
    CU_ASSERT_EQUAL(r.time[METRIC_RRD].max, 140 * SIM_MS);
    CU_ASSERT_EQUAL(r.procedure[PROCEDURE_ATTACH].done, 2);
    CU_ASSERT_EQUAL(r.registers.sent, 3);
    CU_ASSERT_EQUAL(metrics_slots(p.metrics), 0);
    metrics_result_clear(&r);
    play_free(&p);
}

/* The first attempt is refused, the second one succeeds: RRD is of the second, the registration took both. What begins
 * again has another name. */
void test_metrics_registration(void)
{
    static const struct step steps[] = {
        {0,     A, MARK_REGISTRATION_BEGUN,   0  },
        {10,    A, MARK_REGISTER_SENT,        0  },
        {40,    A, MARK_REGISTER_REFUSED,     503},
        {1000,  A, MARK_REGISTER_SENT,        0  },
        {1050,  A, MARK_REGISTER_AGAIN,       0  },
        {1100,  A, MARK_REGISTERED,           0  },
        {5000,  A, MARK_REGISTRATION_BEGUN,   1  },
        {5010,  A, MARK_REGISTER_SENT,        0  },
        {5070,  A, MARK_REGISTERED,           0  },
        {6000,  A, MARK_REGISTRATION_BEGUN,   1  },
        {6010,  A, MARK_DEREGISTRATION_BEGUN, 0  }, /* overtakes */
        {6020,  A, MARK_REGISTER_SENT,        0  },
        {6100,  A, MARK_DEREGISTERED,         0  },
        {8000,  A, MARK_REGISTRATION_BEGUN,   0  },
        {8010,  A, MARK_REGISTER_SENT,        0  },
        {8020,  A, MARK_REGISTER_REFUSED,     403},
        {8020,  A, MARK_REGISTRATION_FAILED,  403},
        {9000,  A, MARK_REGISTRATION_BEGUN,   0  },
        {9010,  A, MARK_REGISTER_SENT,        0  },
        {9020,  A, MARK_REGISTER_REFUSED,     401}, /* a question back: not ineffective */
        {9021,  A, MARK_REGISTRATION_LOST,    0  },
        {10000, A, MARK_REGISTRATION_BEGUN,   0  },
    };
    struct play p = play_new(0);
    play_call(&p, 0, 1, steps, G_N_ELEMENTS(steps));
    struct metrics_result r = play_end(&p);
    const struct procedure_counts *first = &r.procedure[PROCEDURE_REGISTRATION], *again = &r.procedure[PROCEDURE_REREGISTRATION];

    CU_ASSERT(is_ms(&r, METRIC_REGISTRATION_TIME, 1100));
    CU_ASSERT(is_ms(&r, METRIC_RRD, 100));
    CU_ASSERT(is_ms(&r, METRIC_REREGISTRATION_TIME, 70));
    CU_ASSERT(is_ms(&r, METRIC_DEREGISTRATION_TIME, 90));
    CU_ASSERT(first->begun == 4 && first->done == 1 && first->failed == 1 && first->given_up == 1 && first->open == 1);
    CU_ASSERT(again->begun == 2 && again->done == 1 && again->failed == 0 && again->given_up == 1 && again->open == 0);
    CU_ASSERT_EQUAL(first->decided, 2);
    CU_ASSERT_EQUAL(r.registers.sent, 7);
    CU_ASSERT_EQUAL(r.registers.ineffective, 2);
    CU_ASSERT_EQUAL_FATAL(r.causes->len, 1);
    CU_ASSERT_EQUAL(g_array_index(r.causes, struct cause_count, 0).cause, 403);
    CU_ASSERT_EQUAL(ratio_part(&r, ratio_table[RATIO_REGISTRATION_SUCCESS].numerator), 1);
    CU_ASSERT_EQUAL(ratio_part(&r, ratio_table[RATIO_REGISTRATION_SUCCESS].denominator), 2);
    CU_ASSERT_EQUAL(ratio_part(&r, ratio_table[RATIO_IRA].numerator), 2);
    metrics_result_clear(&r);
    play_free(&p);
}

/* What begins again in the same flow goes on, in another one the first was given up; what began in the warm-up does not
 * count, whatever comes of it later. */
void test_metrics_procedures_begin_again(void)
{
    static const struct step begun[] = {{0, A, MARK_ATTACH_BEGUN, 0}}, done[] = {{0, A, MARK_ATTACHED, 0}};
    struct play p = play_new(SIM_S);
    play_call(&p, 0, 1, begun, 1);
    play_call(&p, 2 * SIM_S, 1, done, 1);
    play_call(&p, 3 * SIM_S, 2, begun, 1);
    play_call(&p, 4 * SIM_S, 2, begun, 1);
    play_call(&p, 5 * SIM_S, 2, done, 1);
    play_call(&p, 6 * SIM_S, 3, begun, 1);
    play_call(&p, 7 * SIM_S, 4, begun, 1);
    play_call(&p, 8 * SIM_S, 5, done, 1); /* whatever flow it ends in */
    struct metrics_result r = play_end(&p);
    const struct procedure_counts *c = &r.procedure[PROCEDURE_ATTACH];

    CU_ASSERT(c->begun == 3 && c->done == 2 && c->given_up == 1 && c->open == 0);
    CU_ASSERT_EQUAL(r.time[METRIC_ATTACH_TIME].min, 1 * SIM_S);
    CU_ASSERT_EQUAL(r.time[METRIC_ATTACH_TIME].max, 2 * SIM_S);
    metrics_result_clear(&r);
    play_free(&p);
}

/* Causes are counted in order and merge. */
void test_metrics_causes_merge(void)
{
    static const int64_t causes[] = {15, 3, 403, 3};
    struct metrics_result a, b;

    metrics_result_init(&a);
    metrics_result_init(&b);
    for (size_t i = 0; i < G_N_ELEMENTS(causes); i++)
        metrics_count_cause(i % 2 ? a.causes : b.causes, causes[i] > 400 ? PROCEDURE_REGISTRATION : PROCEDURE_ATTACH, causes[i], 1);
    a.procedure[PROCEDURE_ATTACH].failed = 2;
    b.procedure[PROCEDURE_ATTACH].failed = 1;
    a.registers.sent = b.registers.sent = 5;
    metrics_result_merge(&a, &b);
    CU_ASSERT_EQUAL(a.procedure[PROCEDURE_ATTACH].failed, 3);
    CU_ASSERT_EQUAL(a.registers.sent, 10);
    CU_ASSERT_EQUAL_FATAL(a.causes->len, 3);
    const struct cause_count *c = &g_array_index(a.causes, struct cause_count, 0);
    CU_ASSERT(c[0].cause == 3 && c[0].count == 2 && c[1].cause == 15 && c[1].count == 1);
    CU_ASSERT(c[2].procedure == PROCEDURE_REGISTRATION && c[2].cause == 403 && c[2].count == 1);
    metrics_result_clear(&a);
    metrics_result_clear(&b);
}

/* ---- printing -------------------------------------------------------------------------------------- */

/* A replication with these set-up times in ms. */
static void add_replication(struct kpi *k, const int *ms, size_t n)
{
    struct metrics_result r;

    metrics_result_init(&r);
    for (size_t i = 0; i < n; i++)
        stats_add(&r.time[METRIC_SETUP_TIME], ms[i] * SIM_MS);
    r.calls.dialled = r.calls.attempted = r.calls.attempted_not_3xx = r.calls.answered = n;
    r.observed_ns = SIM_S;
    kpi_add(k, &r);
    k->wanted = ++k->finished;
    metrics_result_clear(&r);
}

static char *kpi_text(struct kpi *k)
{
    GString *out = g_string_new(NULL);

    k->program = "imssim test";
    k->scenario = "made-up";
    kpi_print(k, false, out);
    return g_string_free(out, FALSE);
}

void test_kpi_too_few(void)
{
    static const int ms[] = {100};
    struct kpi k;

    kpi_init(&k);
    add_replication(&k, ms, 1);
    char *text = kpi_text(&k);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(text, "setup_time     ms    1  100.000   -  100.000    -    -    -    -  100.000  -\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "too few values"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "too few replications"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "SCR           -  -"));
    CU_ASSERT_PTR_NULL(strstr(text, "nan"));
    g_free(text);
    kpi_clear(&k);
}

/* Phones have tables of their own, and calls none when nobody dialled. */
void test_kpi_phones(void)
{
    struct metrics_result r;
    struct kpi k;

    kpi_init(&k);
    metrics_result_init(&r);
    r.procedure[PROCEDURE_ATTACH] = (struct procedure_counts){.begun = 5, .decided = 4, .done = 3, .failed = 1, .open = 1};
    metrics_count_cause(r.causes, PROCEDURE_ATTACH, 15, 1);
    for (int i = 1; i <= 3; i++)
        stats_add(&r.time[METRIC_ATTACH_TIME], i * 100 * SIM_MS);
    r.observed_ns = SIM_S;
    kpi_add(&k, &r);
    metrics_result_clear(&r);
    char *text = kpi_text(&k);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "phones               begun  done  failed  given up  open at the end\n"
                                        "attach                   5     3       1         0                1\n"
                                        "  with EMM cause 15                    1\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "attach_success  75.00 %"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "attach_time     ms    3  200.000"));
    CU_ASSERT_PTR_NULL(strstr(text, "dialled"));
    CU_ASSERT_PTR_NULL(strstr(text, "IRA"));
    g_free(text);
    GString *json = g_string_new(NULL);
    kpi_print_json(&k, json);
    CU_ASSERT_PTR_NOT_NULL(strstr(json->str, "\"failed_by_cause\": {\n        \"15\": 1\n"));
    g_string_free(json, TRUE);
    kpi_clear(&k);
}

/* Means 110 and 130: 120 -+ 12.706 * 10 */
void test_kpi_interval_over_replications(void)
{
    static const int first[] = {100, 120}, second[] = {130};
    struct kpi k;

    kpi_init(&k);
    add_replication(&k, first, 2);
    add_replication(&k, NULL, 0); /* has no such call: is left out */
    add_replication(&k, second, 1);
    char *text = kpi_text(&k);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "  -7.062 .. 247.062\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "3 replications, seed 0"));
    g_free(text);
    kpi_clear(&k);
}

void test_kpi_json(void)
{
    static const int ms[] = {100};
    struct kpi k;
    GString *out = g_string_new(NULL);

    kpi_init(&k);
    add_replication(&k, ms, 1);
    k.scenario = "made-up";
    kpi_print_json(&k, out);
    CU_ASSERT_PTR_NOT_NULL(strstr(out->str, "\"mean_ns\": 100000000,"));
    CU_ASSERT_PTR_NOT_NULL(strstr(out->str, "\"sd_ns\": null,"));
    CU_ASSERT_PTR_NOT_NULL(strstr(out->str, "\"p99_ns\": null,"));
    CU_ASSERT_PTR_NOT_NULL(strstr(out->str, "\"title\": null,"));
    CU_ASSERT_EQUAL(out->str[out->len - 1], '\n');
    g_string_free(out, TRUE);
    kpi_clear(&k);
}

void test_table_columns(void)
{
    struct table *t = table_new("name\tn\tnote", "lrl");
    GString *out = g_string_new(NULL);

    table_cell(t, "a");
    table_cellf(t, "%d", 1234);
    table_cell(t, NULL);
    table_cell(t, "\303\244\303\266"); /* two characters of two bytes */
    table_cell(t, "7");
    table_cell(t, "x");
    CU_ASSERT_EQUAL(table_rows(t), 2);
    table_print(t, 1, out);
    CU_ASSERT_STRING_EQUAL(out->str, " name     n  note\n"
                                     " a     1234\n"
                                     " \303\244\303\266       7  x\n");
    g_string_free(out, TRUE);
    table_free(t);
}

void test_json_text(void)
{
    GString *out = g_string_new(NULL);
    struct json j = json_to(out);

    json_open(&j, NULL, '{');
    json_string(&j, "a\"b", "line\nbreak \\ \001");
    json_open(&j, "empty", '[');
    json_close(&j, ']');
    json_open(&j, "numbers", '[');
    json_real(&j, NULL, 0.1);
    json_real(&j, NULL, 1.0 / 3);
    json_real(&j, NULL, NAN);
    json_int(&j, NULL, INT64_MIN);
    json_uint(&j, NULL, UINT64_MAX);
    json_bool(&j, NULL, true);
    json_close(&j, ']');
    json_close(&j, '}');
    CU_ASSERT_STRING_EQUAL(out->str, "{\n"
                                     "  \"a\\\"b\": \"line\\u000abreak \\\\ \\u0001\",\n"
                                     "  \"empty\": [],\n"
                                     "  \"numbers\": [\n"
                                     "    0.1,\n"
                                     "    0.3333333333333333,\n"
                                     "    null,\n"
                                     "    -9223372036854775808,\n"
                                     "    18446744073709551615,\n"
                                     "    true\n"
                                     "  ]\n"
                                     "}\n");
    g_string_free(out, TRUE);
}
