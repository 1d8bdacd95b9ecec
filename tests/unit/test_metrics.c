/* test_metrics.c - metrics of calls from their marks (analysis/metrics.h), and how they are printed
 * (analysis/kpi.h, table.h, json.h). The calls are scripts of marks: no phone is involved. */
#include "analysis/metrics.h"

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
    int phone;
    enum mark_id mark;
    int64_t value;
};

struct play {
    struct sim *sim;
    struct net *net;
    struct node *phone[2];
    struct metrics *metrics;
};

static struct play play_new(sim_time warmup)
{
    struct play p;

    p.sim = sim_new(&(struct sim_opts){.seed = 1});
    p.net = net_new(p.sim, iface_table, IFACE_COUNT);
    p.phone[A] = net_add_node(p.net, "A", KIND_UE);
    p.phone[B] = net_add_node(p.net, "B", KIND_UE);
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
    struct node *phone = ctx;
    (void)sim;
    node_mark(phone, s->mark, s->value);
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
    CU_ASSERT_EQUAL(ratio_part(&r.calls, ratio_table[RATIO_SER].denominator), 5);
    CU_ASSERT_EQUAL(ratio_part(&r.calls, ratio_table[RATIO_SEER].numerator), 2);
    CU_ASSERT_EQUAL(ratio_part(&r.calls, ratio_table[RATIO_ISA].numerator), 1);
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
        strstr(text, "setup_time  ms    1  100.000   -  100.000    -    -    -    -  100.000  -\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "too few calls"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "too few replications"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "SCR           -  -"));
    CU_ASSERT_PTR_NULL(strstr(text, "nan"));
    g_free(text);
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
