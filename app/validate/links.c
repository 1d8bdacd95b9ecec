/* links.c - loss, repetition, serialisation and reliable transports against closed forms.
 *
 * Everything but one link of links.xml takes no time, so a metric is the time that this link costs. */
#include "app/validate/validate_int.h"

#include "sim/trace.h"

#include <math.h>
#include <string.h>

#define RUNS 20

/* ---- repetition -------------------------------------------------------------------------------------- */

/* Attempts at instants t[k] until one succeeds; each fails with probability p. */
struct attempts {
    unsigned n;
    double t[16];
};

/* Transmissions of a request over UDP (RFC 3261 17.1.1.2, 17.1.2.2): at 0, then after T1, doubled each time;
 * for other requests than INVITE up to T2; until 64*T1. */
static struct attempts attempts_of(bool invite, double t1, double t2)
{
    struct attempts a = {0};
    double t = 0, interval = t1;
    while (t < 64 * t1) {
        a.t[a.n++] = t;
        t += interval;
        interval = invite ? 2 * interval : MIN(2 * interval, t2);
    }
    return a;
}

static double failure(const struct attempts *a, double p)
{
    return pow(p, a->n);
}

/* Mean of the instant of the attempt that succeeds, given that one does. */
static double mean_extra(const struct attempts *a, double p)
{
    double sum = 0;
    for (unsigned k = 0; k < a->n; k++)
        sum += a->t[k] * pow(p, k) * (1 - p);
    return sum / (1 - failure(a, p));
}

struct link_samples {
    struct sample alert, release, failed, unreleased;
};

static void measure_calls(struct validation *v, struct world *w, struct metrics_result *r, void *user)
{
    struct link_samples *s = user;
    const struct stats *alert = &r->time[METRIC_ALERT_TIME], *sdd = &r->time[METRIC_SDD],
                       *sdt = &r->time[METRIC_SDT];
    (void)v;
    (void)w;

    sample_add(&s->failed, (double)r->failed_status[408] / (double)r->calls.attempted);
    if (alert->n)
        sample_add(&s->alert, in_ms(stats_mean(alert)));
    if (!sdt->n)
        return;
    sample_add(&s->release, in_ms(stats_mean(sdd)));
    sample_add(&s->unreleased, 1 - (double)sdd->n / (double)sdt->n);
}

static void study_links(struct validation *v, struct link_samples *s, const char *const *sets)
{
    *s = (struct link_samples){0};
    trial_run(
        v, &(struct trial){
               .scenario = "validation/links", .sets = sets, .runs = RUNS, .end = measure_calls, .user = s});
}

/* An INVITE is repeated until its first response; only requests are lost here. */
static void check_invite(struct validation *v, double t1, unsigned percent, const char *const *sets)
{
    struct attempts a = attempts_of(true, t1, 0);
    struct link_samples s;
    validation_demand(v, a.n == 7, "an INVITE is sent seven times");
    study_links(v, &s, sets);
    compare_form(v, "mean extra delay of those that arrive (alert_time)", &s.alert,
                 1e3 * mean_extra(&a, percent / 100.0), "ms", 0.05);
    if (failure(&a, percent / 100.0) > 0.01)
        compare_form(v, "share that fails with 408", &s.failed, failure(&a, percent / 100.0), "", 0.05);
}

#define CORE(percent) "link[from=S-CSCF1,to=I-CSCF2].loss=" percent

void validate_invite_10(struct validation *v)
{
    static const char *const sets[] = {CORE("10%"), "calls[1].until=200s", "run.seed=11", NULL};
    check_invite(v, 0.5, 10, sets);
}

void validate_invite_20(struct validation *v)
{
    static const char *const sets[] = {CORE("20%"), "calls[1].until=320s", "run.seed=12", NULL};
    check_invite(v, 0.5, 20, sets);
}

void validate_invite_30(struct validation *v)
{
    static const char *const sets[] = {CORE("30%"), "calls[1].until=200s", "run.seed=13", NULL};
    check_invite(v, 0.5, 30, sets);
}

void validate_invite_70(struct validation *v)
{
    static const char *const sets[] = {CORE("70%"), "calls[1].until=200s", "run.seed=14", NULL};
    check_invite(v, 0.5, 70, sets);
}

void validate_invite_gm_20(struct validation *v)
{
    static const char *const sets[] = {"link[from=caller,to=P-CSCF1].loss=20%", "calls[1].until=320s",
                                       "run.seed=15", NULL};
    check_invite(v, 2, 20, sets);
}

/* BYE goes from S-CSCF1 to S-CSCF2 past the I-CSCF, over links that no message of the set-up needs but ACK,
 * which is repeated for each repetition of the 200. An attempt fails when BYE or its 200 is lost: p = 1 - (1
 * - q)^2. */
static void check_bye(struct validation *v, unsigned percent, const char *until, const char *seed)
{
    char *there = g_strdup_printf("link[from=S-CSCF1,to=S-CSCF2].loss=%u%%", percent);
    char *back = g_strdup_printf("link[from=S-CSCF2,to=S-CSCF1].loss=%u%%", percent);
    const char *sets[] = {there, back, "calls[1].busy=0", "calls[1].hold=100s", until, seed, NULL};
    struct attempts a = attempts_of(false, 0.5, 4);
    double q = percent / 100.0, p = 1 - (1 - q) * (1 - q);
    struct link_samples s;
    validation_demand(v, a.n == 11, "a BYE is sent eleven times");
    study_links(v, &s, sets);
    compare_form(v, "mean extra delay of those that succeed (SDD)", &s.release, 1e3 * mean_extra(&a, p), "ms",
                 0.05);
    if (failure(&a, p) > 0.01)
        compare_form(v, "share that is never answered", &s.unreleased, failure(&a, p), "", 0.05);
    g_free(there);
    g_free(back);
}

void validate_bye_5(struct validation *v)
{
    check_bye(v, 5, "calls[1].until=200s", "run.seed=16");
}

void validate_bye_10(struct validation *v)
{
    check_bye(v, 10, "calls[1].until=200s", "run.seed=17");
}

void validate_bye_50(struct validation *v)
{
    check_bye(v, 50, "calls[1].until=400s", "run.seed=18");
}

/* ---- repetition without an answer --------------------------------------------------------------------- */

/* What one node sends of one kind. */
struct repeats {
    const char *node, *type;
    unsigned sent;
    sim_time first, last;
};

static void watch_repeats(struct sim *sim, const struct trace_rec *rec, void *user)
{
    struct repeats *r = user;
    const struct net *net = sim->user;
    const char *type = net->protos[rec->msg.msg->proto]->type_name(rec->msg.msg->type);

    if (strcmp(rec->node->name, r->node) != 0 || strcmp(type, r->type) != 0)
        return;
    if (r->sent++ == 0)
        r->first = rec->time;
    r->last = rec->time;
}

static void begin_repeats(struct world *w, void *user)
{
    trace_add_sink(w->sim, 1u << TRACE_MSG, false, watch_repeats, user);
}

/* One call whose request never has an answer at S-CSCF1. The last repetition comes when all intervals but the
 * one that runs beyond 64 * T1 are over. */
static void check_repeats(struct validation *v, struct repeats *r, const char *const *sets,
                          void (*end)(struct validation *v, struct world *w, struct metrics_result *r,
                                      void *user),
                          unsigned times, sim_time last)
{
    if (!trial_run(v, &(struct trial){.scenario = "validation/links",
                                      .sets = sets,
                                      .runs = 1,
                                      .begin = begin_repeats,
                                      .end = end,
                                      .user = r}))
        return;
    compare_count(v, "transmissions", r->sent, times, "messages");
    compare_time(v, "from the first to the last", r->last - r->first, last);
}

static void measure_dead_invite(struct validation *v, struct world *w, struct metrics_result *r, void *user)
{
    const struct stats *failed = &r->time[METRIC_SRD_FAILED];
    (void)w;
    (void)user;
    validation_demand(v, failed->n == 1 && r->failed_status[408] == 1, "the call fails with 408");
    compare_time(v, "INVITE to 408 (SRD_failed)", failed->min, 32 * SIM_S);
}

void validate_invite_dead(struct validation *v)
{
    static const char *const sets[] = {CORE("100%"), "calls[1].count=1", "run.seed=19", NULL};
    struct repeats r = {"S-CSCF1", "INVITE", 0, 0, 0};
    check_repeats(v, &r, sets, measure_dead_invite, 7, 31500 * SIM_MS);
}

static void measure_dead_bye(struct validation *v, struct world *w, struct metrics_result *r, void *user)
{
    (void)w;
    (void)user;
    validation_demand(v, r->time[METRIC_SDT].n == 1 && r->time[METRIC_SDD].n == 0, "the BYE has no answer");
}

void validate_bye_dead(struct validation *v)
{
    static const char *const sets[] = {"link[from=S-CSCF2,to=S-CSCF1].loss=100%",
                                       "calls[1].busy=0",
                                       "calls[1].hold=100s",
                                       "calls[1].count=1",
                                       "run.seed=20",
                                       NULL};
    struct repeats r = {"S-CSCF1", "BYE", 0, 0, 0};
    check_repeats(v, &r, sets, measure_dead_bye, 11, 31500 * SIM_MS);
}

/* ---- bursts ------------------------------------------------------------------------------------------ */

struct burst_samples {
    unsigned sent, lost, bursts;
    bool in_burst;
    struct sample loss, length;
};

static void watch_bursts(struct sim *sim, const struct trace_rec *rec, void *user)
{
    struct burst_samples *s = user;
    (void)sim;
    if (strcmp(rec->node->name, "S-CSCF1") != 0 || strcmp(rec->msg.to->name, "I-CSCF2") != 0)
        return;
    bool lost = rec->msg.outcome == OUTCOME_LOST;
    s->sent++;
    s->lost += lost;
    s->bursts += lost && !s->in_burst;
    s->in_burst = lost;
}

static void begin_bursts(struct world *w, void *user)
{
    struct burst_samples *s = user;
    s->sent = s->lost = s->bursts = 0;
    s->in_burst = false;
    trace_add_sink(w->sim, 1u << TRACE_MSG, false, watch_bursts, s);
}

static void measure_bursts(struct validation *v, struct world *w, struct metrics_result *r, void *user)
{
    struct burst_samples *s = user;
    validation_demand(v, s->lost == w->net->lost && s->lost == r->lost, "all losses are losses of this link");
    sample_add(&s->loss, (double)s->lost / s->sent);
    sample_add(&s->length, (double)s->lost / s->bursts);
}

static void study_bursts(struct validation *v, struct burst_samples *s, const char *const *sets)
{
    *s = (struct burst_samples){0};
    trial_run(v, &(struct trial){.scenario = "validation/links",
                                 .sets = sets,
                                 .runs = RUNS,
                                 .begin = begin_bursts,
                                 .end = measure_bursts,
                                 .user = s});
}

/* Good to bad with probability p per message, back with r: bad for p / (p + r) of the messages, 1 / r of them
 * in a row (E. N. Gilbert, Bell Syst. Tech. J. 39, 1960). */
#define LINK "link[from=S-CSCF1,to=I-CSCF2]."
void validate_gilbert(struct validation *v)
{
    static const char *const sets[] = {LINK "loss-model=gilbert-elliott",
                                       LINK "loss=0",
                                       LINK "ge-p=5%",
                                       LINK "ge-r=25%", /* ge-loss-bad: 100 % is the default */
                                       "run.seed=21",
                                       NULL};
    struct burst_samples s;
    study_bursts(v, &s, sets);
    compare_form(v, "loss", &s.loss, 0.05 / 0.3, "", 0.05);
    compare_form(v, "mean length of a burst", &s.length, 4, "messages", 0.05);
}

void validate_gilbert_elliott(struct validation *v)
{
    static const char *const sets[] = {LINK "loss-model=gilbert-elliott",
                                       LINK "loss=1%",
                                       LINK "ge-p=5%",
                                       LINK "ge-r=25%",
                                       LINK "ge-loss-bad=60%",
                                       "run.seed=22",
                                       NULL};
    struct burst_samples s;
    study_bursts(v, &s, sets);
    compare_form(v, "loss", &s.loss, (0.25 * 0.01 + 0.05 * 0.6) / 0.3, "", 0.05);
}
#undef LINK

/* ---- serialisation ----------------------------------------------------------------------------------- */

/* Every LIR has this many bytes, and this link sends one in 25 ms. */
#define LIR_BYTES 224
#define LIR_RATE  "link[from=I-CSCF2,to=HSS2].rate=71680bit/s"

static void measure_serialisation(struct validation *v, struct world *w, struct metrics_result *r, void *user)
{
    uint64_t lir =
        net_link(w->net, IFACE_CX, net_find_node(w->net, "I-CSCF2"), net_find_node(w->net, "HSS2"))->bytes;
    validation_demand(v, lir == LIR_BYTES * r->calls.dialled, "every LIR has 224 bytes");
    sample_add(user, in_ms(stats_mean(&r->time[METRIC_ALERT_TIME])));
}

/* Messages of one size that arrive at random wait for each other as at an M/D/1. */
void validate_serialisation(struct validation *v)
{
    static const char *const sets[] = {LIR_RATE, "run.seed=23", NULL};
    const double ser = 0.025, rho = 20 * ser;
    struct sample s = {0};
    trial_run(v, &(struct trial){.scenario = "validation/links",
                                 .sets = sets,
                                 .runs = RUNS,
                                 .end = measure_serialisation,
                                 .user = &s});
    compare_form(v, "mean of queueing and serialisation (alert_time)", &s,
                 1e3 * (ser + rho * ser / (2 * (1 - rho))), "ms", 0.02);
}

/* ---- reliable transports ----------------------------------------------------------------------------- */

static void measure_reliable(struct validation *v, struct world *w, struct metrics_result *r, void *user)
{
    validation_demand(v, w->net->lost == 0, "no message is lost for good");
    sample_add(user, in_ms(stats_mean(&r->time[METRIC_ALERT_TIME])));
}

/* k losses in a row cost 1 s, 2 s, 4 s ... of at most 60 s (RFC 6298 2.1, 5.5). A phone dials so seldom that
 * its messages do not wait for each other. */
void validate_reliable(struct validation *v)
{
#define LINK "link[from=caller,to=P-CSCF1]."
    static const char *const sets[] = {
        LINK "transport=tcp",   LINK "loss=10%", "calls[1].arrivals=poisson(1/s)",
        "calls[1].until=8000s", "run.seed=24",   NULL};
    const double q = 0.1;
    double exact = 0, delay = 0, rto = 1;
    for (int k = 0; k < 100; k++) {
        exact += delay * pow(q, k) * (1 - q);
        delay += rto;
        rto = MIN(2 * rto, 60);
    }
    struct sample s = {0};
    trial_run(
        v,
        &(struct trial){
            .scenario = "validation/links", .sets = sets, .runs = RUNS, .end = measure_reliable, .user = &s});
    compare_form(v, "mean delay by loss (alert_time)", &s, 1e3 * exact, "ms", 0.05);
#undef LINK
}
