/* test_load.c - the whole network: without contention, with it, and for a long time. */
#include "tests/analytic/analytic.h"

#include "sim/idmap.h"
#include "sim/trace.h"

#include <CUnit/CUnit.h>

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- no contention: quiet.xml -----------------------------------------------------------------------------
 */

/* The network of profiles/mmd.xml in ms: latency and service of the five hops from phone to phone; the same
 * back. */
#define WAY      (20 + 1 + 5 + 1 + 10 + 1 + 5 + 1 + 20)
#define LOCATION (2 + 1 + 2) /* LIR, the HSS, LIA */
#define THINK    5           /* before each message that a phone builds */

struct exact {
    enum metric_id metric;
    int64_t ms;
};

/* Every call took exactly this long. */
static void check_exact(struct world *w, struct metrics_result *r, void *user)
{
    const struct exact *e = user;
    CU_ASSERT_EQUAL(r->calls.dialled, 20);
    CU_ASSERT_EQUAL(r->calls.completed, 20);
    CU_ASSERT_EQUAL(world_messages(w), 0);
    for (; e->metric != METRIC_COUNT; e++) {
        const struct stats *s = &r->time[e->metric];
        if (s->min != e->ms * SIM_MS || s->max != e->ms * SIM_MS)
            printf("\n%s: %g .. %g ms, not %g ms", metric_table[e->metric].name, in_ms((double)s->min),
                   in_ms((double)s->max), (double)e->ms);
        CU_ASSERT_EQUAL(s->n, 20);
        CU_ASSERT_EQUAL(s->min, e->ms * SIM_MS);
        CU_ASSERT_EQUAL(s->max, e->ms * SIM_MS);
    }
}

/* Both phones are ready: alerting waits for the PRACK (X.S0013-009 scenario 1). */
void test_load_quiet_ready(void)
{
    const int64_t progress = WAY + LOCATION + THINK + WAY, alert = progress + THINK + WAY;
    struct exact e[] = {
        {METRIC_SRD,             progress                  },
        {METRIC_SETUP_TIME,      progress                  },
        {METRIC_POST_DIAL_DELAY, THINK + progress          },
        {METRIC_ALERT_TIME,      alert                     },
        {METRIC_ANSWER_DELAY,    THINK + WAY               },
        {METRIC_CONNECT_TIME,    alert + 2000 + THINK + WAY},
        {METRIC_SDD,             WAY + THINK + WAY         },
        {METRIC_SDT,             60000 + THINK             },
        {METRIC_COUNT,           0                         }
    };
    study_run(&(struct study){.scenario = "quiet", .runs = 2, .end = check_exact, .user = e});
}

/* Neither is (scenario 4): the caller's reservation, which takes longer, begins when the 183 arrives; its end
 * is told by UPDATE. The 180 leaves with the 200 (UPDATE) and waits 1 ms for it at the P-CSCF's only server.
 */
void test_load_quiet_not_ready(void)
{
    static const char *const sets[] = {"group[*].reservation=from-answer",
                                       "group[UE-1].reservation-time=250ms",
                                       "group[UE-2].reservation-time=150ms", NULL};
    const int64_t progress = WAY + LOCATION + THINK + WAY, alert = progress + 250 + THINK + WAY + THINK;
    struct exact e[] = {
        {METRIC_SRD,               progress                    },
        {METRIC_CALLER_READY_TIME, progress + 250              },
        {METRIC_CALLED_READY_TIME, WAY + LOCATION + THINK + 150},
        {METRIC_ALERT_TIME,        alert                       },
        {METRIC_SETUP_TIME,        alert + 1 + WAY             },
        {METRIC_CONNECT_TIME,      alert + 2000 + THINK + WAY  },
        {METRIC_SDD,               WAY + THINK + WAY           },
        {METRIC_COUNT,             0                           }
    };
    study_run(&(struct study){.scenario = "quiet", .sets = sets, .runs = 2, .end = check_exact, .user = e});
}

struct quiet_samples {
    struct sample setup, setup_sd, alert, alert_sd, release;
};

static void measure_quiet(struct world *w, struct metrics_result *r, void *user)
{
    struct quiet_samples *s = user;
    const struct stats *setup = &r->time[METRIC_SETUP_TIME], *alert = &r->time[METRIC_ALERT_TIME];
    (void)w;
    sample_add(&s->setup, in_ms(stats_mean(setup)));
    sample_add(&s->setup_sd, in_ms(stats_sd(setup)));
    sample_add(&s->alert, in_ms(stats_mean(alert)));
    sample_add(&s->alert_sd, in_ms(stats_sd(alert)));
    sample_add(&s->release, in_ms(stats_mean(&r->time[METRIC_SDD])));
}

/* One message after the other: means add up, and so do variances. */
void test_load_quiet_exponential(void)
{
    static const char *const sets[] = {"link[Gm].latency=exp(20ms)",
                                       "link[Mw].latency=exp(5ms)",
                                       "link[from=I/S-CSCF1,to=I/S-CSCF2].latency=exp(10ms)",
                                       "link[from=I/S-CSCF2,to=I/S-CSCF1].latency=exp(10ms)",
                                       "link[Cx].latency=exp(2ms)",
                                       "calls[1].answer=1s",
                                       "calls[1].hold=1s",
                                       "calls[1].arrivals=periodic(360/h)",
                                       "calls[1].count=1000",
                                       "run.seed=31",
                                       NULL};
    const double way = 2 * 20 * 20 + 2 * 5 * 5 + 10 * 10, location = 2 * 2 * 2; /* variances */
    const double progress = 2 * WAY + LOCATION + THINK;
    struct quiet_samples s = {0};
    study_run(
        &(struct study){.scenario = "quiet", .sets = sets, .runs = 20, .end = measure_quiet, .user = &s});
    table_begin("no contention, exponential links: quiet.xml, link latencies exp(20ms), exp(5ms), exp(10ms), "
                "exp(2ms)");
    expect("mean of setup_time: sum of means", &s.setup, progress, " ms", 0.02);
    expect("its standard deviation: sum of variances", &s.setup_sd, sqrt(2 * way + location), " ms", 0.05);
    expect("mean of alert_time", &s.alert, progress + THINK + WAY, " ms", 0.02);
    expect("its standard deviation", &s.alert_sd, sqrt(3 * way + location), " ms", 0.05);
    expect("mean of SDD", &s.release, 2 * WAY + THINK, " ms", 0.02);
}

/* ---- contention: mmd-load ---------------------------------------------------------------------------------
 */

/* What each box works on for one call of scenario 4 that is answered and released: INVITE, 183, PRACK, 200
 * (PRACK), UPDATE, 200 (UPDATE), 180, PRACK, 200 (PRACK), 200 (INVITE), ACK, BYE, 200 (BYE), and the 100 of
 * the next proxy. */
static const struct visits {
    const char *node;
    unsigned messages;
} visits[] = {
    {"P-CSCF1",   14},
    {"I/S-CSCF1", 14},
    {"I/S-CSCF2", 14},
    {"P-CSCF2",   13},
    {"HSS2",      1 }
};

static void measure_load(struct world *w, struct metrics_result *r, void *user)
{
    struct sample *s = user;
    (void)w;
    for (unsigned i = 0; i < G_N_ELEMENTS(visits); i++)
        sample_add(&s[i], in_s(station_of(r, visits[i].node)->busy_ns) / in_s(r->observed_ns));
}

void test_load_utilisation(void)
{
    static const char *const sets[] = {"calls[1].unanswered=0",
                                       "calls[1].busy=0",
                                       "calls[1].declined=0",
                                       "calls[1].patience=1h",
                                       "calls[1].answer=exp(1s)",
                                       "calls[1].hold=exp(4s)",
                                       "run.warmup=40s",
                                       "run.until=300s",
                                       "run.seed=32",
                                       NULL};
    struct sample s[G_N_ELEMENTS(visits)] = {{0}};
    study_run(
        &(struct study){.scenario = "mmd-load", .sets = sets, .runs = 10, .end = measure_load, .user = s});
    table_begin("utilisation = 20 calls/s x messages x 1 ms: mmd-load, all calls answered, answer=exp(1s), "
                "hold=exp(4s)");
    for (unsigned i = 0; i < G_N_ELEMENTS(visits); i++) {
        char *what = g_strdup_printf("utilisation of %s, %u messages", visits[i].node, visits[i].messages);
        expect(what, &s[i], 20 * visits[i].messages * 1e-3, "", i < 4 ? 0.02 : 0.04);
        g_free(what);
    }
}

/* ---- common random numbers
 * ------------------------------------------------------------------------------------ */

/* A call as its users made it. */
struct seen {
    sim_time dialled, alerted, answered, connected, bye;
    char caller[16], callee[16];
};

struct crowd {
    GArray *calls;        /* struct seen, in order of dialling, of the first run */
    struct idmap by_flow; /* -> place in calls + 1                               */
    unsigned runs;
    struct sample setup;
};

static void watch_calls(struct sim *sim, const struct trace_rec *rec, void *user)
{
    struct crowd *c = user;
    uint32_t flow = sim_flow_index(rec->flow);
    (void)sim;
    if (rec->mark.id == MARK_DIALLED) {
        struct seen seen = {.dialled = rec->time, .alerted = -1, .answered = -1, .connected = -1, .bye = -1};
        g_strlcpy(seen.caller, rec->node->name, sizeof seen.caller);
        g_array_append_val(c->calls, seen);
        idmap_put(&c->by_flow, flow, c->calls->len);
    }
    uint32_t place = idmap_get(&c->by_flow, flow);
    if (!place)
        return;
    struct seen *s = &g_array_index(c->calls, struct seen, place - 1);
    if (rec->mark.id == MARK_INVITE_RECEIVED)
        g_strlcpy(s->callee, rec->node->name, sizeof s->callee);
    else if (rec->mark.id == MARK_ALERTED)
        s->alerted = rec->time;
    else if (rec->mark.id == MARK_ANSWERED)
        s->answered = rec->time;
    else if (rec->mark.id == MARK_CONNECTED)
        s->connected = rec->time;
    else if (rec->mark.id == MARK_BYE_SENT)
        s->bye = rec->time;
}

static void begin_crowd(struct world *w, void *user)
{
    struct crowd *c = user;
    if (c->runs++ == 0)
        trace_add_sink(w->sim, 1u << TRACE_MARK, false, watch_calls, c);
}

static void measure_crowd(struct world *w, struct metrics_result *r, void *user)
{
    struct crowd *c = user;
    (void)w;
    sample_add(&c->setup, in_ms(stats_mean(&r->time[METRIC_SETUP_TIME])));
}

static void study_crowd(struct crowd *c, const char *latency)
{
    const char *sets[] = {"run.until=70s", "run.warmup=10s", "calls[1].hold=exp(20s)", latency, NULL};
    *c = (struct crowd){.calls = g_array_new(FALSE, TRUE, sizeof(struct seen))};
    idmap_init(&c->by_flow);
    study_run(&(struct study){.scenario = "mmd-load",
                              .sets = sets,
                              .runs = 10,
                              .begin = begin_crowd,
                              .end = measure_crowd,
                              .user = c});
}

static void forget_crowd(struct crowd *c)
{
    g_array_free(c->calls, TRUE);
    idmap_clear(&c->by_flow);
}

/* Call for call: who dialled whom and when, how long it rang, how long they talked. */
static void compare_calls(const GArray *a, const GArray *b)
{
    unsigned different = 0, reached = 0, answered = 0, released = 0;
    CU_ASSERT_EQUAL_FATAL(a->len, b->len);
    for (guint i = 0; i < a->len; i++) {
        const struct seen *x = &g_array_index(a, struct seen, i), *y = &g_array_index(b, struct seen, i);
        different += x->dialled != y->dialled || strcmp(x->caller, y->caller) != 0;
        if (*x->callee && *y->callee) {
            reached++;
            different += strcmp(x->callee, y->callee) != 0;
        }
        if (x->answered >= 0 && y->answered >= 0) {
            answered++;
            different += x->answered - x->alerted != y->answered - y->alerted;
        }
        if (x->bye >= 0 && y->bye >= 0) {
            released++;
            different += x->bye - x->connected != y->bye - y->connected;
        }
    }
    CU_ASSERT_EQUAL(different, 0);
    CU_ASSERT_TRUE(a->len > 1300 && reached > 1300 && answered > 1000 && released > 800);
}

/* Two runs that differ in one latency have the same calls. Their difference is known better than if they had
 * not: half the width of its interval from pairs of runs, against the same numbers taken as independent. */
void test_load_common_random_numbers(void)
{
    struct crowd a, b;
    struct sample difference = {0};
    study_crowd(&a, "link[from=I/S-CSCF1,to=I/S-CSCF2].latency=exp(10ms)");
    study_crowd(&b, "link[from=I/S-CSCF1,to=I/S-CSCF2].latency=exp(15ms)");
    compare_calls(a.calls, b.calls);
    for (unsigned i = 0; i < a.setup.n; i++)
        sample_add(&difference, b.setup.value[i] - a.setup.value[i]);
    double paired = sample_half(&difference, 0.95),
           independent = hypot(sample_half(&a.setup, 0.95), sample_half(&b.setup, 0.95));
    if (g_getenv("IMSSIM_VALIDATION"))
        printf("\n\ndifference of mean setup_time: %.3f ms; half width of its 95 %% interval %.3f ms in "
               "pairs, %.3f ms "
               "if independent: ratio %.2f",
               sample_mean(&difference), paired, independent, paired / independent);
    CU_ASSERT_TRUE(sample_mean(&difference) > 5);
    CU_ASSERT_TRUE(paired < 0.5 * independent);
    forget_crowd(&a);
    forget_crowd(&b);
}

/* ---- who calls whom
 * -------------------------------------------------------------------------------------------- */

struct pairs {
    uint32_t caller; /* node that dialled last: nobody else does before its INVITE arrives */
    unsigned calls, next, itself;
    struct sample share;
};

static void watch_pairs(struct sim *sim, const struct trace_rec *rec, void *user)
{
    struct pairs *p = user;
    (void)sim;
    if (rec->mark.id == MARK_DIALLED)
        p->caller = rec->node->id;
    if (rec->mark.id != MARK_INVITE_RECEIVED)
        return;
    p->calls++;
    p->next += rec->node->id == p->caller + 1;
    p->itself += rec->node->id == p->caller;
}

static void begin_pairs(struct world *w, void *user)
{
    struct pairs *p = user;
    p->calls = p->next = p->itself = 0;
    trace_add_sink(w->sim, 1u << TRACE_MARK, false, watch_pairs, p);
}

static void measure_pairs(struct world *w, struct metrics_result *r, void *user)
{
    struct pairs *p = user;
    (void)w;
    (void)r;
    CU_ASSERT_EQUAL(p->itself, 0);
    sample_add(&p->share, (double)p->next / p->calls);
}

/* Four phones call each other: each ordered pair is as likely as any other, and in 3 of the 12 the called
 * phone is the next one after the caller. */
void test_load_callees(void)
{
    static const char *const sets[] = {"calls[1].to=caller",
                                       "group[caller].count=4",
                                       "node[HSS].service[LIR].time=0s",
                                       "run.warmup=0s",
                                       "run.until=200s",
                                       "run.seed=34",
                                       NULL};
    struct pairs p = {0};
    study_run(&(struct study){.scenario = "node",
                              .sets = sets,
                              .runs = 10,
                              .begin = begin_pairs,
                              .end = measure_pairs,
                              .user = &p});
    table_begin("calls within a group of 4: node.xml, to=caller, count=4");
    expect("share of calls to the phone after the caller's", &p.share, 3 / 12.0, "", 0.05);
}

/* ---- ten hours
 * -------------------------------------------------------------------------------------------------- */

#ifndef ANALYTIC_SANITIZED
/* Resident memory of the process, in bytes; 0: unknown. */
static size_t resident(void)
{
    unsigned long size = 0, pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (!f)
        return 0;
    if (fscanf(f, "%lu %lu", &size, &pages) != 2)
        pages = 0;
    fclose(f);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}
#endif

/* Ten hours of mmd-load at 5 calls a second (its own rate is 20: the same state, in a quarter of the time).
 * What is alive depends on the calls in progress, never on those that are over. */
void test_load_ten_hours(void)
{
#ifdef ANALYTIC_SANITIZED
    CU_PASS("says nothing under a sanitizer, whose own memory grows");
#else
    static const char *const sets[] = {"calls[1].arrivals=poisson(5/s)", "run.until=10h", NULL};
    struct study study = {.scenario = "mmd-load", .sets = sets};
    struct scn *scn = study_load(&study);
    GPtrArray *errors = g_ptr_array_new_with_free_func(g_free);
    struct world *w = scn ? world_new(scn, &(struct world_opts){.seed = 33}, errors) : NULL;
    CU_ASSERT_PTR_NOT_NULL_FATAL(w);
    struct metrics *metrics = metrics_new(w->net, scn->run.warmup);
    size_t messages = 0, transactions = 0, contexts = 0, slots = 0, memory = 0;
    for (int hour = 1; hour <= 10; hour++) {
        world_run(w, hour * 3600 * SIM_S);
        if (g_getenv("IMSSIM_VALIDATION"))
            printf("\nhour %2d: %7lu calls, %5zu messages, %5zu transactions, %5zu contexts, %4zu slots, %zu "
                   "kB resident",
                   hour, (unsigned long)w->calls, world_messages(w), world_transactions(w), world_contexts(w),
                   metrics_slots(metrics), resident() / 1024);
        if (hour == 2) {
            messages = world_messages(w);
            transactions = world_transactions(w);
            contexts = world_contexts(w);
            slots = metrics_slots(metrics);
            memory = resident();
        } else if (hour >
                   2) { /* Poisson numbers of calls in progress: 450 talk or so; three standard deviations */
            CU_ASSERT_TRUE(world_messages(w) < messages + messages / 4);
            CU_ASSERT_TRUE(world_transactions(w) < transactions + transactions / 4);
            CU_ASSERT_TRUE(world_contexts(w) < contexts + contexts / 4);
            CU_ASSERT_TRUE(metrics_slots(metrics) < slots + slots / 4);
        }
    }
    CU_ASSERT_TRUE(w->calls > 178000 && w->calls < 182000);
    CU_ASSERT_TRUE(resident() < memory + memory / 16);
    metrics_free(metrics);
    world_free(w);
    scn_free(scn);
    g_ptr_array_free(errors, TRUE);
#endif
}
