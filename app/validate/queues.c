/* queues.c - stations against queueing theory.
 *
 * Formulas: L. Kleinrock, Queueing Systems I (M/M/1, M/M/c, M/M/1/K, Erlang B, Pollaczek and Khinchine); A.
 * Cobham, Operations Research 2, 1954 (priorities); P. J. Burke, ibid. 4, 1956, and E. Reich, Ann. Math.
 * Stat. 28, 1957 (queues in tandem). Times in seconds, rates per second. */
#include "app/validate/validate_int.h"

#include "sim/idmap.h"
#include "sim/trace.h"

#include <math.h>
#include <string.h>

#define RUNS   20
#define LAMBDA 10.0 /* calls per second in node.xml and tandem.xml */

/* ---- one station: the HSS of node.xml ---------------------------------------------------------------- */

struct station_samples {
    struct sample load, sojourn, wait, queue, blocked, present, p95;
};

static void measure_hss(struct validation *v, struct world *w, struct metrics_result *r, void *user)
{
    struct station_samples *s = user;
    const struct station_stats *hss = trial_station(v, r, "HSS");
    struct stats *setup = &r->time[METRIC_SETUP_TIME];
    double observed = in_s(r->observed_ns);
    (void)w;

    sample_add(&s->load, in_s(hss->busy_ns) / observed);
    sample_add(&s->queue, in_s(hss->queue_ns) / observed);
    sample_add(&s->present, in_s(hss->busy_ns + hss->queue_ns) / observed);
    sample_add(&s->sojourn, in_ms((double)hss->sojourn_ns) / (double)hss->served);
    sample_add(&s->wait, in_ms((double)hss->wait_ns) / (double)hss->served);
    sample_add(&s->blocked, (double)hss->refused / (double)hss->arrived);
    sample_add(&s->p95, in_ms((double)stats_quantile(setup, 950)));
}

static void study_hss(struct validation *v, struct station_samples *s, const char *const *sets)
{
    *s = (struct station_samples){0};
    trial_run(v,
              &(struct trial){
                  .scenario = "validation/node", .sets = sets, .runs = RUNS, .end = measure_hss, .user = s});
}

void validate_mm1(struct validation *v)
{
    static const char *const sets[] = {"run.seed=1", NULL};
    const double mu = 20, rho = LAMBDA / mu;
    struct station_samples s;
    study_hss(v, &s, sets);
    compare_form(v, "utilisation", &s.load, rho, "", 0.02);
    compare_form(v, "mean sojourn", &s.sojourn, 1e3 / (mu - LAMBDA), "ms", 0.03);
    compare_form(v, "mean wait", &s.wait, 1e3 * rho / (mu - LAMBDA), "ms", 0.05);
    compare_form(v, "mean queue length", &s.queue, rho * rho / (1 - rho), "", 0.05);
    compare_form(v, "95 % quantile of setup_time (sojourn)", &s.p95, -1e3 * log(0.05) / (mu - LAMBDA), "ms",
                 0.05);
}

double formula_erlang_b(double a, int c)
{
    double b = 1;
    for (int k = 1; k <= c; k++)
        b = a * b / (k + a * b);
    return b;
}

/* Probability to wait (Erlang C). */
static double erlang_c(double a, int c)
{
    double b = formula_erlang_b(a, c), rho = a / c;
    return b / (1 - rho * (1 - b));
}

void validate_mmc(struct validation *v)
{
    static const char *const sets[] = {"node[HSS].servers=4", "node[HSS].service[LIR].time=exp(300ms)",
                                       "run.seed=2", "run.until=2000s", NULL};
    const double mu = 1 / 0.3, a = LAMBDA / mu, wait = erlang_c(a, 4) / (4 * mu - LAMBDA);
    struct station_samples s;
    study_hss(v, &s, sets);
    compare_form(v, "mean number of busy servers", &s.load, a, "", 0.02);
    compare_form(v, "mean wait", &s.wait, 1e3 * wait, "ms", 0.05);
    compare_form(v, "mean sojourn", &s.sojourn, 1e3 * (wait + 1 / mu), "ms", 0.03);
    compare_form(v, "mean queue length", &s.queue, LAMBDA * wait, "", 0.05);
}

/* Mean wait of M/G/1 (Pollaczek and Khinchine); cv2 = variance / mean^2 of the service time. */
static double mg1_wait(double mean, double cv2)
{
    double rho = LAMBDA * mean;
    return rho * mean * (1 + cv2) / (2 * (1 - rho));
}

void validate_md1(struct validation *v)
{
    static const char *const sets[] = {"node[HSS].service[LIR].time=50ms", "run.seed=3", NULL};
    struct station_samples s;
    study_hss(v, &s, sets);
    compare_form(v, "utilisation", &s.load, 0.5, "", 0.02);
    compare_form(v, "mean wait", &s.wait, 1e3 * mg1_wait(0.05, 0), "ms", 0.03);
    compare_form(v, "mean sojourn", &s.sojourn, 1e3 * mg1_wait(0.05, 0) + 50, "ms", 0.02);
}

void validate_mg1(struct validation *v)
{
    static const char *const sets[] = {"node[HSS].service[LIR].time=hyperexp(50ms,4)", "run.seed=4",
                                       "run.until=2700s", NULL};
    const double wait = mg1_wait(0.05, 4);
    struct station_samples s;
    study_hss(v, &s, sets);
    compare_form(v, "utilisation", &s.load, 0.5, "", 0.02);
    compare_form(v, "mean wait", &s.wait, 1e3 * wait, "ms", 0.05);
    compare_form(v, "mean sojourn", &s.sojourn, 1e3 * (wait + 0.05), "ms", 0.05);
    compare_form(v, "mean queue length", &s.queue, LAMBDA * wait, "", 0.05);
}

void validate_mm1k(struct validation *v)
{
    static const char *const sets[] = {"node[HSS].queue=4", "node[HSS].service[LIR].time=exp(90ms)",
                                       "run.seed=5", NULL};
    const double rho = 0.9, p0 = (1 - rho) / (1 - pow(rho, 6)), blocked = p0 * pow(rho, 5);
    const double present = rho / (1 - rho) - 6 * pow(rho, 6) / (1 - pow(rho, 6));
    struct station_samples s;
    study_hss(v, &s, sets);
    compare_form(v, "blocking", &s.blocked, blocked, "", 0.05);
    compare_form(v, "utilisation", &s.load, 1 - p0, "", 0.02);
    compare_form(v, "mean number present", &s.present, present, "", 0.03);
    compare_form(v, "mean sojourn of the served", &s.sojourn, 1e3 * present / (LAMBDA * (1 - blocked)), "ms",
                 0.03);
}

/* The same for every law of service. */
static void check_erlang_b(struct validation *v, const char *time)
{
    const char *sets[] = {"node[HSS].servers=4", "node[HSS].queue=0", time,
                          "run.until=1000s",     "run.seed=6",        NULL};
    const double b = formula_erlang_b(2, 4);
    struct station_samples s;
    study_hss(v, &s, sets);
    compare_form(v, "blocking", &s.blocked, b, "", 0.05);
    compare_form(v, "mean number of busy servers", &s.load, 2 * (1 - b), "", 0.02);
}

void validate_erlang_b_exponential(struct validation *v)
{
    check_erlang_b(v, "node[HSS].service[LIR].time=exp(200ms)");
}

void validate_erlang_b_constant(struct validation *v)
{
    check_erlang_b(v, "node[HSS].service[LIR].time=200ms");
}

void validate_erlang_b_hyperexponential(struct validation *v)
{
    check_erlang_b(v, "node[HSS].service[LIR].time=hyperexp(200ms,4)");
}

/* ---- two in a row: tandem.xml ------------------------------------------------------------------------ */

struct tandem_samples {
    struct sample first, second, both, sd, p95;
};

static void measure_tandem(struct validation *v, struct world *w, struct metrics_result *r, void *user)
{
    struct tandem_samples *s = user;
    const struct station_stats *hss = trial_station(v, r, "HSS");
    struct stats *alert = &r->time[METRIC_ALERT_TIME];
    double second = in_ms((double)hss->sojourn_ns) / (double)hss->served;
    (void)w;

    sample_add(&s->second, second);
    sample_add(&s->first, in_ms(stats_mean(alert)) - second);
    sample_add(&s->both, in_ms(stats_mean(alert)));
    sample_add(&s->sd, in_ms(stats_sd(alert)));
    sample_add(&s->p95, in_ms((double)stats_quantile(alert, 950)));
}

/* t with P(X + Y > t) = q for independent exponentials of rates a and b. */
static double sum_quantile(double a, double b, double q)
{
    double low = 0, high = 100 / MIN(a, b);
    while (high - low > 1e-9) {
        double t = (low + high) / 2;
        if ((b * exp(-a * t) - a * exp(-b * t)) / (b - a) > q)
            low = t;
        else
            high = t;
    }
    return low;
}

/* By Burke's theorem the second station sees a Poisson process too, and is an M/M/1 by itself; by Reich's the
 * two sojourns of one message are independent, so that variances add. */
void validate_tandem(struct validation *v)
{
    const double a = 25 - LAMBDA, b = 1 / 0.06 - LAMBDA;
    struct tandem_samples s = {0};
    trial_run(
        v, &(struct trial){.scenario = "validation/tandem", .runs = RUNS, .end = measure_tandem, .user = &s});
    compare_form(v, "mean sojourn at P-CSCF1", &s.first, 1e3 / a, "ms", 0.03);
    compare_form(v, "mean sojourn at HSS", &s.second, 1e3 / b, "ms", 0.05);
    compare_form(v, "mean of alert_time (both)", &s.both, 1e3 / a + 1e3 / b, "ms", 0.04);
    compare_form(v, "standard deviation of alert_time", &s.sd, 1e3 * sqrt(1 / (a * a) + 1 / (b * b)), "ms",
                 0.05);
    compare_form(v, "95 % quantile of alert_time", &s.p95, 1e3 * sum_quantile(a, b, 0.05), "ms", 0.05);
}

/* ---- priorities: priority.xml ------------------------------------------------------------------------ */

struct priority_samples {
    struct idmap waiting; /* flow -> place in `since` + 1 */
    GArray *since;        /* sim_time: when its refusal reached P-CSCF1 */
    double sum[2];
    unsigned n[2];
    struct sample urgent, other;
};

/* A refusal that arrives at P-CSCF1, and the same when it goes on to the phone: the time between is its
 * sojourn. */
static void watch_refusal(struct sim *sim, const struct trace_rec *rec, void *user)
{
    struct priority_samples *s = user;
    const struct net *net = sim->user;
    const char *type = net->protos[rec->msg.msg->proto]->type_name(rec->msg.msg->type);
    int class = strcmp(type, "486 Busy Here (INVITE)") == 0 ? 0
                : strcmp(type, "603 Decline (INVITE)") == 0 ? 1
                                                            : -1;

    if (class < 0 || rec->time < 30 * SIM_S)
        return;
    if (strcmp(rec->msg.to->name, "P-CSCF1") == 0) {
        g_array_append_val(s->since, rec->msg.arrival);
        idmap_put(&s->waiting, sim_flow_index(rec->flow), s->since->len);
    } else if (strcmp(rec->node->name, "P-CSCF1") == 0) {
        uint32_t place = idmap_get(&s->waiting, sim_flow_index(rec->flow));
        if (!place) /* came before the end of the warm-up */
            return;
        s->sum[class] += in_ms((double)(rec->time - g_array_index(s->since, sim_time, place - 1)));
        s->n[class]++;
    }
}

static void begin_priority(struct world *w, void *user)
{
    struct priority_samples *s = user;
    idmap_init(&s->waiting);
    s->since = g_array_new(FALSE, FALSE, sizeof(sim_time));
    s->sum[0] = s->sum[1] = 0;
    s->n[0] = s->n[1] = 0;
    trace_add_sink(w->sim, 1u << TRACE_MSG, false, watch_refusal, s);
}

static void measure_priority(struct validation *v, struct world *w, struct metrics_result *r, void *user)
{
    struct priority_samples *s = user;
    (void)w;
    (void)r;
    validation_demand(v, s->n[0] > 5000 && s->n[1] > 5000, "there are more than 5000 refusals of each class");
    sample_add(&s->urgent, s->sum[0] / s->n[0]);
    sample_add(&s->other, s->sum[1] / s->n[1]);
    idmap_clear(&s->waiting);
    g_array_free(s->since, TRUE);
}

void validate_priorities(struct validation *v)
{
    const double lambda = 6, s1 = 0.04, s2 = 0.06, rho1 = lambda * s1, rho2 = lambda * s2;
    const double w0 = lambda * (2 * s1 * s1 + s2 * s2) / 2;
    struct priority_samples s = {0};
    trial_run(v, &(struct trial){.scenario = "validation/priority",
                                 .runs = RUNS,
                                 .begin = begin_priority,
                                 .end = measure_priority,
                                 .user = &s});
    compare_form(v, "mean sojourn of the urgent class (486)", &s.urgent, 1e3 * (s1 + w0 / (1 - rho1)), "ms",
                 0.03);
    compare_form(v, "mean sojourn of the other class (603)", &s.other,
                 1e3 * (s2 + w0 / ((1 - rho1) * (1 - rho1 - rho2))), "ms", 0.03);
}
