/* test_phone_metrics.c - what is measured of phones on LTE: times that equal the sum over their critical path, counts and
 * outcomes, several phones at once. */
#include "tests/flow/play.h"

#include "analysis/explain.h"
#include "analysis/interval.h"
#include "models/proto/diameter/diameter.h"
#include "models/proto/gtp/gtp.h"
#include "models/proto/nas/nas.h"
#include "models/proto/rrc/rrc.h"
#include "models/proto/s1ap/s1ap.h"

#include <CUnit/CUnit.h>

#include <stdio.h>
#include <string.h>

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
    static const char *const fewer[] = {"group[*].count=20", "calls[1].until=30s", NULL};
    struct metrics_result r;
    struct play *p = play_measured("lte-crowd", fewer, &r);
    const struct procedure_counts *c = r.procedure;
    CU_ASSERT_EQUAL(c[PROCEDURE_ATTACH].done, 40);
    all_are(&r, METRIC_ATTACH_TIME, 40, r.time[METRIC_ATTACH_TIME].min);
    CU_ASSERT_EQUAL(c[PROCEDURE_REGISTRATION].done, 40);
    CU_ASSERT_EQUAL(c[PROCEDURE_DEREGISTRATION].done, 40);
    CU_ASSERT_EQUAL(c[PROCEDURE_DETACH].done, 20);
    CU_ASSERT_EQUAL(c[PROCEDURE_POWER_OFF].done, 20);
    for (int i = 0; i < PROCEDURE_COUNT; i++)
        CU_ASSERT_EQUAL(c[i].failed + c[i].given_up + c[i].open, 0);
    CU_ASSERT_EQUAL(r.calls.bearers_up, r.calls.bearers_decided);
    CU_ASSERT_TRUE(r.time[METRIC_BEARER_SETUP_CALLER].n > 20);
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

/* ---- the same times, explained --------------------------------------------------------------------------------- */

/* A play that is measured and recorded. */
struct both {
    struct play *p;
    struct recording *rec;
    struct metrics_result r;
};

static struct both play_both(const char *name, const char *const *changes)
{
    struct both b = {.p = play_ready_with(name, changes)};
    struct metrics *m = metrics_new(b.p->world->net, 0);
    b.rec = recording_new(b.p->world->sim, b.p->world->net, 0);
    play_until(b.p, SIM_NEVER);
    metrics_result_init(&b.r);
    metrics_finish(m, NULL, NULL, &b.r);
    metrics_free(m);
    return b;
}

static void both_end(struct both *b)
{
    recording_free(b->rec);
    metrics_result_clear(&b->r);
    play_end(b->p);
}

/* Parts touch and sum to the time, and no phase comes twice. */
static void check_explained(const struct flow_record *flow, const struct interval *in)
{
    struct explain *ex = explain_new(flow, in->metric->name, in->from, in->to, in->metric->phases);
    GHashTable *seen = g_hash_table_new(g_str_hash, g_str_equal);
    const char *last = "";
    sim_time at = in->from->time;
    for (guint i = 0; i < ex->parts->len; i++) {
        const struct explain_part *p = &g_array_index(ex->parts, struct explain_part, i);
        CU_ASSERT_EQUAL(p->start, at);
        at = p->end;
        if (strcmp(p->phase, last) != 0 && in->metric->phases != PHASES_NONE && !g_hash_table_add(seen, (gpointer)p->phase)) {
            printf("\n%s: phase %s comes twice", in->metric->name, p->phase);
            CU_FAIL("a phase is not one stretch");
        }
        last = p->phase;
    }
    CU_ASSERT_EQUAL(at, in->to->time);
    g_hash_table_destroy(seen);
    explain_free(ex);
}

/* What the collector measured is what is found again in the recording, to the nanosecond, and can be explained. */
static void check_both(const char *name, const char *const *changes, unsigned at_least)
{
    struct both b = play_both(name, changes);
    unsigned metrics = 0;
    for (int i = 0; i < METRIC_COUNT; i++) {
        struct stats found;
        struct interval in;
        stats_init(&found);
        for (size_t f = 1; f <= recording_count(b.rec); f++) {
            const struct flow_record *flow = recording_flow(b.rec, f);
            for (size_t n = 1; interval_find(flow, &metric_table[i], NULL, n, &in); n++) {
                stats_add(&found, in.to->time - in.from->time);
                check_explained(flow, &in);
            }
        }
        bool same = found.n == b.r.time[i].n && found.sum == b.r.time[i].sum && found.square == b.r.time[i].square;
        if (!same)
            printf("\n%s: %s: %u measured, %u found", name, metric_table[i].name, (unsigned)b.r.time[i].n, (unsigned)found.n);
        CU_ASSERT_TRUE(same);
        metrics += found.n > 0;
        stats_clear(&found);
    }
    if (metrics < at_least)
        printf("\n%s: %u kinds of times", name, metrics);
    CU_ASSERT_TRUE(metrics >= at_least);
    both_end(&b);
}

void test_phone_metrics_are_explained(void)
{
    static const char *const slow_core[] = {"link[S11].latency=100ms", NULL};
    check_both("volte-call", as_it_is, 22);
    check_both("volte-call", slow_core, 22);
    check_both("volte-video-call", as_it_is, 17);
    check_both("registration", as_it_is, 4);
    check_both("mmd-3", as_it_is, 7);
}

/* Refused, cancelled, unanswered and cut calls, many phones at once. */
void test_phone_metrics_of_a_crowd_are_explained(void)
{
    static const char *const fewer[] = {"group[*].count=12", "calls[1].until=30s", NULL};
    check_both("lte-crowd", fewer, 20);
}

/* The phases of a time are these, in this order, with these lengths (us). */
struct expected_phase {
    const char *name;
    sim_time us;
};

static void check_phases(const struct both *b, const char *metric, const char *ue, const struct expected_phase *expected)
{
    const struct metric_decl *d = &metric_table[metric_by_name(metric)];
    struct interval in;
    const struct flow_record *flow = interval_of(b->rec, d, net_find_node(b->p->world->net, ue), 1, &in);
    CU_ASSERT_PTR_NOT_NULL_FATAL(flow);
    struct explain *ex = explain_new(flow, d->name, in.from, in.to, d->phases);
    sim_time sum = 0;
    for (guint i = 0; i < ex->parts->len; i++) {
        const struct explain_part *p = &g_array_index(ex->parts, struct explain_part, i);
        bool last = i + 1 == ex->parts->len || strcmp(g_array_index(ex->parts, struct explain_part, i + 1).phase, p->phase) != 0;
        sum += p->end - p->start;
        if (!last)
            continue;
        bool good = expected->name && strcmp(p->phase, expected->name) == 0 && sum == expected->us * SIM_US;
        if (!good)
            printf("\n%s: %s, %" G_GINT64_FORMAT " ns", metric, p->phase, sum);
        CU_ASSERT_TRUE(good);
        expected += expected->name != NULL;
        sum = 0;
    }
    CU_ASSERT_PTR_NULL(expected->name);
    explain_free(ex);
}

void test_phone_metrics_phases(void)
{
    enum { CX_PAIR = CX + HSS + CX, CORE = 3 * (MW + CSCF) };
    static const struct expected_phase attach[] = {
        {"RRC connection",   2 * UU + ENB                               },
        {"attach request",   UU + ENB + S1 + MME                        },
        {"authentication",   S6A + HSS + S6A + MME + 2 * (S1 + UU + ENB) + MME},
        {"security mode",    2 * (S1 + UU + ENB) + MME                  },
        {"location update",  S6A + HSS + S6A + MME                      },
        {"session creation", 2 * S11 + 2 * S5 + 2 * GX + PCRF + 4 * GW + MME},
        {"radio bearer",     S1 + ENB + 5 * UU + 2 * ENB                },
        {NULL,               0                                          },
    };
    static const struct expected_phase registration[] = {
        {"challenge leg", THINK + TO_PCSCF + MW + CSCF + CX_PAIR + CX_PAIR + MW + CSCF + TO_PHONE},
        {"AKA or digest", THINK                                                                  },
        {"second leg",    TO_PCSCF + MW + CSCF + CX_PAIR + CX_PAIR + MW + CSCF + TO_PHONE        },
        {NULL,            0                                                                      },
    };
    static const struct expected_phase bearer[] = {
        {"policy",             RX + PCRF + GX + GW  },
        {"bearer in the core", S5 + GW + S11 + MME  },
        {"radio bearer",       S1 + ENB + UU        },
        {"confirmation",       UU + ENB + S1 + MME + S11 + GW + S5 + GW},
        {NULL,                 0                    },
    };
    static const struct expected_phase setup[] = {
        {"INVITE transport",                 TO_PCSCF + CORE + CX_PAIR + TO_PHONE},
        {"answer of the called phone",       THINK + TO_PCSCF                    },
        {"policy and bearer, called side",   RX + PCRF + RX                      },
        {"answer back",                      CORE                                },
        {"policy and bearer, caller's side", RX + PCRF + RX                      },
        {"answer to the caller",             TO_PHONE                            },
        {"PRACK",                            THINK + TO_PCSCF + CORE + TO_PHONE  },
        {"180 back",                         THINK + TO_PCSCF + CORE + TO_PHONE  },
        {NULL,                               0                                   },
    };
    static const struct expected_phase release[] = {
        {"BYE transport",  TO_PCSCF + CORE + TO_PHONE        },
        {"200 (BYE) back", THINK + TO_PCSCF + CORE + TO_PHONE},
        {NULL,             0                                 },
    };
    struct both b = play_both("volte-call", as_it_is);
    check_phases(&b, "attach_time", "UE-B", attach);
    check_phases(&b, "registration_time", "UE-B", registration);
    check_phases(&b, "bearer_network_time_called", "UE-B", bearer);
    check_phases(&b, "setup_time", "UE-A", setup);
    check_phases(&b, "release_time", "UE-A", release);
    both_end(&b);
}

/* ---- the tables -------------------------------------------------------------------------------------------------- */

static bool is_message(const struct proto *proto, const char *name)
{
    size_t n = strlen(name);
    for (uint16_t t = 0; t < proto->ntypes; t++) {
        const char *type = proto->type_name(t);
        if (type && (name[n - 1] == '*' ? strncmp(type, name, n - 1) == 0 : strcmp(type, name) == 0))
            return true;
    }
    return false;
}

/* A misspelt message in phases.def would never be found: every name is a message's, or what phones and people do. */
void test_phone_metrics_phases_name_messages(void)
{
    static const struct proto *const protos[] = {&sip_proto, &dia_proto, &gtp_proto, &s1ap_proto, &rrc_proto, &nas_proto};
    static const char *const activities[] = {"first answer", "reservation", "answers", "refusal", "answer to the challenge"};
    unsigned names = 0;
    for (const struct phase *p = phase_table; p->name; p++)
        for (const char *const *s = p->subjects; *s; s++, names++) {
            bool known = false;
            for (size_t i = 0; i < G_N_ELEMENTS(protos); i++)
                known |= is_message(protos[i], *s);
            for (size_t i = 0; i < G_N_ELEMENTS(activities); i++)
                known |= strcmp(activities[i], *s) == 0;
            if (!known)
                printf("\n%s: there is no message %s", p->name, *s);
            CU_ASSERT_TRUE(known);
        }
    CU_ASSERT_TRUE(names > 80);
}
