/* test_phone_metrics.c - what is measured of phones on LTE: times that equal the sum over their critical path, counts and
 * outcomes, several phones at once. */
#include "tests/flow/play.h"

#include "analysis/metrics.h"

#include <CUnit/CUnit.h>

#include <stdio.h>

/* A play with a collector that listens. */
static struct play *play_measured(const char *name, const char *const *changes, struct metrics_result *r)
{
    struct play *p = play_ready_with(name, changes);
    struct metrics *m = metrics_new(p->world->net, 0);
    play_until(p, SIM_NEVER);
    metrics_result_init(r);
    metrics_finish(m, NULL, NULL, r);
    CU_ASSERT_EQUAL(metrics_slots(m), 0);
    metrics_free(m);
    return p;
}

static const char *const as_it_is[] = {NULL};

static void all_are(const struct metrics_result *r, enum metric_id metric, uint64_t n, sim_time value)
{
    const struct stats *s = &r->time[metric];
    if (s->n != n || (n && (s->min != value || s->max != value)))
        printf("\n%s: %u values, %" G_GINT64_FORMAT " .. %" G_GINT64_FORMAT " ns", metric_table[metric].name, (unsigned)s->n, s->min, s->max);
    CU_ASSERT_EQUAL(s->n, n);
    CU_ASSERT_TRUE(n == 0 || (s->min == value && s->max == value));
}

/* Latencies and service times of profiles/volte.xml, in us. */
enum {
    UU = 8000, S1 = 5000, S11 = 1000, S5 = 2000, SGI = 2000, S6A = 2000, CX = 2000, GX = 2000, RX = 2000, MW = 5000,
    ENB = 500, MME = 500, GW = 200, PCRF = 1000, HSS = 1000, CSCF = 1000, THINK = 10000,
    /* SIP between a phone and its P-CSCF, which serves it or not */
    TO_PHONE = SGI + GW + S5 + GW + S1 + ENB + UU,
    TO_PCSCF = UU + ENB + S1 + GW + S5 + GW + SGI + CSCF,
};

/* Of two phones from power-on to power-off, each time is the sum of what it consists of. */
void test_phone_metrics_volte_call(void)
{
    struct metrics_result r;
    struct play *p = play_measured("volte-call", as_it_is, &r);
    sim_time attach = 12 * UU + 6 * S1 + 4 * S6A + 2 * S11 + 2 * S5 + 2 * GX + 9 * ENB + 6 * MME + 2 * HSS + 4 * GW + PCRF;
    sim_time leg = TO_PCSCF + MW + CSCF + CX + HSS + CX; /* REGISTER, UAR, UAA; I- and S-CSCF are one box */
    sim_time challenged = leg + CX + HSS + CX + MW + CSCF + TO_PHONE; /* MAR, MAA, 401 or SAR, SAA, 200 */
    sim_time bearer = RX + PCRF + GX + GW + S5 + GW + S11 + MME + S1 + ENB + UU;
    sim_time bye = TO_PCSCF + 3 * (MW + CSCF) + TO_PHONE;

    all_are(&r, METRIC_ATTACH_TIME, 2, attach * SIM_US);
    all_are(&r, METRIC_REGISTRATION_TIME, 2, (2 * (THINK + challenged)) * SIM_US);
    all_are(&r, METRIC_RRD, 2, (THINK + 2 * challenged) * SIM_US);
    all_are(&r, METRIC_BEARER_SETUP_CALLER, 1, bearer * SIM_US);
    all_are(&r, METRIC_BEARER_SETUP_CALLED, 1, bearer * SIM_US);
    all_are(&r, METRIC_BEARER_NETWORK_CALLED, 1, (bearer + UU + ENB + S1 + MME + S11 + GW + S5 + GW) * SIM_US);
    all_are(&r, METRIC_BEARER_RELEASE_CALLER, 1, bearer * SIM_US);
    all_are(&r, METRIC_SDD, 1, (2 * bye + THINK) * SIM_US);
    all_are(&r, METRIC_RELEASE_TIME, 1, (2 * bye + THINK) * SIM_US); /* the bearers are gone before the 200 comes */
    all_are(&r, METRIC_DETACH_TIME, 1, (2 * UU + 2 * S1 + 2 * S11 + 2 * S5 + 2 * GX + 2 * ENB + 2 * MME + 4 * GW + PCRF) * SIM_US);
    CU_ASSERT_EQUAL(r.procedure[PROCEDURE_POWER_OFF].done, 1);
    CU_ASSERT_EQUAL(r.procedure[PROCEDURE_DEREGISTRATION].done, 2);
    CU_ASSERT_EQUAL(r.registers.sent, 6);
    CU_ASSERT_EQUAL(r.calls.bearers_up, 2);
    metrics_result_clear(&r);
    play_end(p);
}

/* When the way of the BYE is short and that of bearers long, the release ends with the last bearer. */
void test_phone_metrics_release_ends_with_the_bearer(void)
{
    static const char *const slow[] = {"link[S11].latency=100ms", NULL};
    struct metrics_result r;
    struct play *p = play_measured("volte-call", slow, &r);
    CU_ASSERT_TRUE(r.time[METRIC_RELEASE_TIME].min > r.time[METRIC_SDD].min);
    CU_ASSERT_EQUAL(r.time[METRIC_BEARER_RELEASE_CALLED].min, 22400 * SIM_US + 99 * SIM_MS);
    metrics_result_clear(&r);
    play_end(p);
}

/* Many phones that begin and leave at overlapping times, some in the middle of a call. */
void test_phone_metrics_crowd(void)
{
    struct metrics_result r;
    struct play *p = play_measured("lte-crowd", as_it_is, &r);
    const struct procedure_counts *c = r.procedure;
    CU_ASSERT_EQUAL(c[PROCEDURE_ATTACH].done, 120);
    all_are(&r, METRIC_ATTACH_TIME, 120, r.time[METRIC_ATTACH_TIME].min);
    CU_ASSERT_EQUAL(c[PROCEDURE_REGISTRATION].done, 120);
    CU_ASSERT_EQUAL(c[PROCEDURE_DEREGISTRATION].done, 120);
    CU_ASSERT_EQUAL(c[PROCEDURE_DETACH].done, 60);
    CU_ASSERT_EQUAL(c[PROCEDURE_POWER_OFF].done, 60);
    for (int i = 0; i < PROCEDURE_COUNT; i++)
        CU_ASSERT_EQUAL(c[i].failed + c[i].given_up + c[i].open, 0);
    CU_ASSERT_EQUAL(r.calls.bearers_up, r.calls.bearers_decided);
    CU_ASSERT_TRUE(r.time[METRIC_BEARER_SETUP_CALLER].n > 100);
    metrics_result_clear(&r);
    play_end(p);
}

/* A phone whose attach is never answered: it has failed when the fifth attempt has, and is then given up by its user. */
void test_phone_metrics_attach_fails(void)
{
    static const char *const lost[] = {"<faults><drop message='ATTACH REQUEST' count='99'/>"
                                       "<drop message='INITIAL UE MESSAGE' from='eNB1' count='99'/></faults>"
                                       "<timers><timer name='nas.T3410' value='1s'/><timer name='nas.T3411' value='1s'/></timers>",
                                       NULL};
    struct metrics_result r;
    struct play *p = play_measured("volte-call", lost, &r);
    const struct procedure_counts *c = &r.procedure[PROCEDURE_ATTACH];
    CU_ASSERT_EQUAL(c->begun, 2);
    CU_ASSERT_EQUAL(c->done, 1);
    CU_ASSERT_EQUAL(c->failed, 1);
    CU_ASSERT_EQUAL_FATAL(r.causes->len, 1);
    CU_ASSERT_EQUAL(g_array_index(r.causes, struct cause_count, 0).procedure, PROCEDURE_ATTACH);
    CU_ASSERT_EQUAL(g_array_index(r.causes, struct cause_count, 0).cause, 0);
    metrics_result_clear(&r);
    play_free(p);
}

/* A registration that is refused for good, by its status. */
void test_phone_metrics_registration_fails(void)
{
    static const char *const no_roaming[] = {NULL};
    struct metrics_result r;
    struct play *p = play_measured("registration-roaming", no_roaming, &r);
    const struct procedure_counts *c = &r.procedure[PROCEDURE_REGISTRATION];
    CU_ASSERT_EQUAL(c->begun, c->done + c->failed);
    CU_ASSERT_EQUAL(c->failed, play_moments(p, MARK_REGISTRATION_FAILED));
    CU_ASSERT_TRUE(c->failed > 0);
    CU_ASSERT_EQUAL(r.registers.ineffective, c->failed);
    CU_ASSERT_EQUAL_FATAL(r.causes->len, 1);
    CU_ASSERT_EQUAL(g_array_index(r.causes, struct cause_count, 0).cause, 403);
    metrics_result_clear(&r);
    play_free(p);
}
