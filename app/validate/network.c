/* network.c - the whole network: without contention, with it, and for a long time. */
#include "app/validate/validate_int.h"

#include "sim/idmap.h"
#include "sim/trace.h"

#include <math.h>
#include <string.h>

/* ---- no contention: quiet.xml ------------------------------------------------------------------------ */

/* The network of profiles/mmd.xml in ms: latency and service of the five hops from phone to phone; the same
 * back. */
#define WAY      (20 + 1 + 5 + 1 + 10 + 1 + 5 + 1 + 20)
#define LOCATION (2 + 1 + 2) /* LIR, the HSS, LIA */
#define THINK    5           /* before each message that a phone builds */

struct exact {
    enum metric_id metric;
    int64_t ms;
};

/* What the runs had of it. */
struct quiet {
    uint64_t n[METRIC_COUNT];
    sim_time low[METRIC_COUNT], high[METRIC_COUNT];
};

static void measure_exact(struct validation *v, struct world *w, struct metrics_result *r, void *user)
{
    struct quiet *q = user;

    validation_demand(v, r->calls.dialled == 20 && r->calls.completed == 20, "all 20 calls are completed");
    validation_demand(v, v->stopped || world_messages(w) == 0, "no message is alive at the end");
    for (int i = 0; i < METRIC_COUNT; i++) {
        const struct stats *s = &r->time[i];
        if (!s->n)
            continue;
        q->low[i] = q->n[i] ? MIN(q->low[i], s->min) : s->min;
        q->high[i] = q->n[i] ? MAX(q->high[i], s->max) : s->max;
        q->n[i] += s->n;
    }
}

/* Every call of both runs took exactly this long. */
static void check_quiet(struct validation *v, const char *const *sets, const struct exact *e)
{
    struct quiet q = {0};

    trial_run(v,
              &(struct trial){
                  .scenario = "validation/quiet", .sets = sets, .runs = 2, .end = measure_exact, .user = &q});
    for (; e->metric != METRIC_COUNT; e++) {
        sim_time expected = e->ms * SIM_MS, low = q.low[e->metric];
        validation_demand(v, q.n[e->metric] == 20 * trial_runs(v, 2), "every call has every time");
        compare_time(v, metric_table[e->metric].name, low == expected ? q.high[e->metric] : low, expected);
    }
}

/* Both phones are ready: alerting waits for the PRACK (X.S0013-009 scenario 1). */
void validate_quiet_ready(struct validation *v)
{
    const int64_t progress = WAY + LOCATION + THINK + WAY, alert = progress + THINK + WAY;
    const struct exact e[] = {
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
    check_quiet(v, NULL, e);
}

/* Neither is (scenario 4): the caller's reservation, which takes longer, begins when the 183 arrives; its end
 * is told by UPDATE. The 180 leaves with the 200 (UPDATE) and waits 1 ms for it at P-CSCF2's only server. */
void validate_quiet_not_ready(struct validation *v)
{
    static const char *const sets[] = {"group[*].reservation=from-answer",
                                       "group[UE-1].reservation-time=250ms",
                                       "group[UE-2].reservation-time=150ms", NULL};
    const int64_t progress = WAY + LOCATION + THINK + WAY, alert = progress + 250 + THINK + WAY + THINK;
    const struct exact e[] = {
        {METRIC_SRD,               progress                    },
        {METRIC_CALLER_READY_TIME, progress + 250              },
        {METRIC_CALLED_READY_TIME, WAY + LOCATION + THINK + 150},
        {METRIC_ALERT_TIME,        alert                       },
        {METRIC_SETUP_TIME,        alert + 1 + WAY             },
        {METRIC_CONNECT_TIME,      alert + 2000 + THINK + WAY  },
        {METRIC_SDD,               WAY + THINK + WAY           },
        {METRIC_COUNT,             0                           }
    };
    check_quiet(v, sets, e);
}

struct quiet_samples {
    struct sample setup, setup_sd, alert, alert_sd, release;
};

static void measure_quiet(struct validation *v, struct world *w, struct metrics_result *r, void *user)
{
    struct quiet_samples *s = user;
    const struct stats *setup = &r->time[METRIC_SETUP_TIME], *alert = &r->time[METRIC_ALERT_TIME];
    (void)v;
    (void)w;
    sample_add(&s->setup, in_ms(stats_mean(setup)));
    sample_add(&s->setup_sd, in_ms(stats_sd(setup)));
    sample_add(&s->alert, in_ms(stats_mean(alert)));
    sample_add(&s->alert_sd, in_ms(stats_sd(alert)));
    sample_add(&s->release, in_ms(stats_mean(&r->time[METRIC_SDD])));
}

/* One message after the other: means add up, and so do variances. */
void validate_quiet_exponential(struct validation *v)
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
    trial_run(
        v, &(struct trial){
               .scenario = "validation/quiet", .sets = sets, .runs = 20, .end = measure_quiet, .user = &s});
    compare_form(v, "mean of setup_time: sum of means", &s.setup, progress, "ms", 0.02);
    compare_form(v, "its standard deviation: sum of variances", &s.setup_sd, sqrt(2 * way + location), "ms",
                 0.05);
    compare_form(v, "mean of alert_time", &s.alert, progress + THINK + WAY, "ms", 0.02);
    compare_form(v, "its standard deviation", &s.alert_sd, sqrt(3 * way + location), "ms", 0.05);
    compare_form(v, "mean of SDD", &s.release, 2 * WAY + THINK, "ms", 0.02);
}

/* Nothing takes time but the two reservations, which begin together: the phone rings when both have ended. Of
 * two exponentials with mean 1 the greater one has mean 1 + 1 - 1/2, and variance 1 + 1/4 (the lesser one and
 * what is left of the other). */
void validate_both_reserve(struct validation *v)
{
    static const char *const sets[] = {"link[*].latency=0s",
                                       "node[*].service[*].time=0s",
                                       "group[*].think=0s",
                                       "group[*].reservation=from-answer",
                                       "group[*].reservation-time=exp(100ms)",
                                       "calls[1].answer=1s",
                                       "calls[1].hold=1s",
                                       "calls[1].arrivals=periodic(360/h)",
                                       "calls[1].count=1000",
                                       "run.seed=35",
                                       NULL};
    struct quiet_samples s = {0};
    trial_run(
        v, &(struct trial){
               .scenario = "validation/quiet", .sets = sets, .runs = 20, .end = measure_quiet, .user = &s});
    compare_form(v, "mean of setup_time", &s.setup, 150, "ms", 0.02);
    compare_form(v, "its standard deviation", &s.setup_sd, 100 * sqrt(1.25), "ms", 0.05);
}

/* ---- contention: mmd-load ---------------------------------------------------------------------------- */

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

static void measure_load(struct validation *v, struct world *w, struct metrics_result *r, void *user)
{
    struct sample *s = user;
    (void)w;
    for (unsigned i = 0; i < G_N_ELEMENTS(visits); i++)
        sample_add(&s[i], in_s(trial_station(v, r, visits[i].node)->busy_ns) / in_s(r->observed_ns));
}

void validate_utilisation(struct validation *v)
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
    trial_run(
        v, &(struct trial){.scenario = "mmd-load", .sets = sets, .runs = 10, .end = measure_load, .user = s});
    for (unsigned i = 0; i < G_N_ELEMENTS(visits); i++) {
        char *what = g_strdup_printf("utilisation of %s, %u message%s", visits[i].node, visits[i].messages,
                                     visits[i].messages == 1 ? "" : "s");
        compare_form(v, what, &s[i], 20 * visits[i].messages * 1e-3, "", i < 4 ? 0.02 : 0.04);
        g_free(what);
    }
}

/* ---- common random numbers --------------------------------------------------------------------------- */

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

static void measure_crowd(struct validation *v, struct world *w, struct metrics_result *r, void *user)
{
    struct crowd *c = user;
    (void)v;
    (void)w;
    sample_add(&c->setup, in_ms(stats_mean(&r->time[METRIC_SETUP_TIME])));
}

static void study_crowd(struct validation *v, struct crowd *c, const char *latency)
{
    const char *sets[] = {"run.until=70s", "run.warmup=10s", "calls[1].hold=exp(20s)", latency, NULL};
    *c = (struct crowd){.calls = g_array_new(FALSE, TRUE, sizeof(struct seen))};
    idmap_init(&c->by_flow);
    trial_run(v, &(struct trial){.scenario = "mmd-load",
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

/* Call for call: who dialled whom and when, how long it rang, how long they talked. How many calls differ. */
static unsigned different_calls(struct validation *v, const GArray *a, const GArray *b)
{
    unsigned different = 0, reached = 0, answered = 0, released = 0;
    validation_demand(v, a->len == b->len, "both have the same number of calls");
    for (guint i = 0; i < MIN(a->len, b->len); i++) {
        const struct seen *x = &g_array_index(a, struct seen, i), *y = &g_array_index(b, struct seen, i);
        bool other = x->dialled != y->dialled || strcmp(x->caller, y->caller) != 0;
        if (*x->callee && *y->callee) {
            reached++;
            other |= strcmp(x->callee, y->callee) != 0;
        }
        if (x->answered >= 0 && y->answered >= 0) {
            answered++;
            other |= x->answered - x->alerted != y->answered - y->alerted;
        }
        if (x->bye >= 0 && y->bye >= 0) {
            released++;
            other |= x->bye - x->connected != y->bye - y->connected;
        }
        different += other;
    }
    validation_demand(v, a->len > 1300 && reached > 1300 && answered > 1000 && released > 800,
                      "there are many calls to compare");
    return different;
}

/* Two runs that differ in one latency have the same calls. Their difference is known better than if they had
 * not: half the width of its interval from pairs of runs, against the same numbers taken as independent. */
void validate_common_random_numbers(struct validation *v)
{
    struct crowd a, b;
    struct sample difference = {0}, ratio = {0};
    study_crowd(v, &a, "link[from=I/S-CSCF1,to=I/S-CSCF2].latency=exp(10ms)");
    study_crowd(v, &b, "link[from=I/S-CSCF1,to=I/S-CSCF2].latency=exp(15ms)");
    if (!trial_over(v)) {
        compare_count(v, "calls that differ between the two", different_calls(v, a.calls, b.calls), 0,
                      "calls");
        for (unsigned i = 0; i < a.setup.n; i++)
            sample_add(&difference, b.setup.value[i] - a.setup.value[i]);
        sample_add(&ratio, sample_half(&difference, 0.95) /
                               hypot(sample_half(&a.setup, 0.95), sample_half(&b.setup, 0.95)));
        compare_band(v, "difference of mean setup_time", &difference, 5, INFINITY, "ms");
        compare_band(v, "half widths of its interval, pairs to independent runs", &ratio, 0, 0.5, "");
    }
    forget_crowd(&a);
    forget_crowd(&b);
}

/* ---- who calls whom ---------------------------------------------------------------------------------- */

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

static void measure_pairs(struct validation *v, struct world *w, struct metrics_result *r, void *user)
{
    struct pairs *p = user;
    (void)w;
    (void)r;
    validation_demand(v, p->itself == 0, "nobody calls himself");
    sample_add(&p->share, (double)p->next / p->calls);
}

/* Four phones call each other: each ordered pair is as likely as any other, and in 3 of the 12 the called
 * phone is the next one after the caller. */
void validate_callees(struct validation *v)
{
    static const char *const sets[] = {"calls[1].to=caller",
                                       "group[caller].count=4",
                                       "node[HSS].service[LIR].time=0s",
                                       "run.warmup=0s",
                                       "run.until=200s",
                                       "run.seed=34",
                                       NULL};
    struct pairs p = {0};
    trial_run(v, &(struct trial){.scenario = "validation/node",
                                 .sets = sets,
                                 .runs = 10,
                                 .begin = begin_pairs,
                                 .end = measure_pairs,
                                 .user = &p});
    compare_form(v, "share of calls to the phone after the caller's", &p.share, 3 / 12.0, "", 0.05);
}

/* ---- ten hours --------------------------------------------------------------------------------------- */

enum { ALIVE_MESSAGES, ALIVE_TRANSACTIONS, ALIVE_CONTEXTS, ALIVE_SLOTS, ALIVE };
static const char *const alive_names[ALIVE] = {"messages alive", "transactions", "contexts",
                                               "slots of metrics"};

static void count_alive(const struct world *w, const struct metrics *metrics, size_t alive[ALIVE])
{
    alive[ALIVE_MESSAGES] = world_messages(w);
    alive[ALIVE_TRANSACTIONS] = world_transactions(w);
    alive[ALIVE_CONTEXTS] = world_contexts(w);
    alive[ALIVE_SLOTS] = metrics_slots(metrics);
}

/* Most of what is alive after an hour from the third on, to what there is after the second: 450 or so talk at
 * a time, and a quarter more is three standard deviations or so. */
static void run_hours(struct validation *v, struct world *w, struct metrics *metrics)
{
    size_t alive[ALIVE], second[ALIVE] = {0}, most[ALIVE] = {0};
    struct sample calls = {0};

    for (unsigned hour = 1; hour <= 10 && !trial_over(v); hour++) {
        world_run(w, hour * 3600 * SIM_S);
        count_alive(w, metrics, hour == 2 ? second : alive);
        for (int i = 0; i < ALIVE && hour > 2; i++)
            most[i] = MAX(most[i], alive[i]);
        if (v->opts->each_hour)
            v->opts->each_hour(hour, v->opts->user);
    }
    trial_over(v);
    sample_add(&calls, (double)w->calls);
    compare_band(v, "calls in ten hours", &calls, 178000, 182000, "calls");
    for (int i = 0; i < ALIVE; i++) {
        struct sample grown = {0};
        char *what = g_strdup_printf("%s, hours 3 to 10 to hour 2", alive_names[i]);
        sample_add(&grown, (double)most[i] / (double)second[i]);
        compare_band(v, what, &grown, -INFINITY, (double)(second[i] + second[i] / 4) / (double)second[i], "");
        g_free(what);
    }
}

/* Ten hours of mmd-load at 5 calls a second (its own rate is 20: the same state, in a quarter of the time).
 * What is alive depends on the calls in progress, never on those that are over. */
void validate_ten_hours(struct validation *v)
{
    static const char *const sets[] = {"calls[1].arrivals=poisson(5/s)", "run.until=10h", NULL};
    struct scn *scn = trial_load(v, &(struct trial){.scenario = "mmd-load", .sets = sets});
    GPtrArray *errors = g_ptr_array_new_with_free_func(g_free);
    struct world_opts opts = {.seed = 33, .interrupt = v->opts->interrupt};
    struct world *w = scn ? world_new(scn, &opts, errors) : NULL;

    validation_demand(v, w != NULL, "the network can be built");
    if (w) {
        struct metrics *metrics = metrics_new(w->net, scn->run.warmup);
        run_hours(v, w, metrics);
        metrics_free(metrics);
        world_free(w);
    }
    if (scn)
        scn_free(scn);
    g_ptr_array_free(errors, TRUE);
}
