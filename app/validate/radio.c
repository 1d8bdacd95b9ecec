/* radio.c - the radio's waits, repetitions, collisions and queues against closed forms.
 *
 * Each run is a cell of its own with its own seed; the frames of the cell begin anywhere. Messages come at
 * random instants unless a validation says otherwise. */
#include "app/validate/radio_rig.h"
#include "app/validate/validate_int.h"

#include "models/epc.h"
#include "models/uu.h"

#include <math.h>

#define RUNS  20
#define DRAWS 4000
#define QUIET "dl-bler=0 ul-bler=0 preamble-miss=0 drx=no "

/* Mean and variance, in ms, of what is measured in one run. */
struct moments {
    double n, sum, squares;
};
struct both {
    struct sample mean, variance;
};

static void add(struct moments *m, sim_time t)
{
    double x = (double)t / (double)SIM_MS;
    m->n++;
    m->sum += x;
    m->squares += x * x;
}

static void take(struct both *b, const struct moments *m)
{
    double mean = m->sum / m->n;
    sample_add(&b->mean, mean);
    sample_add(&b->variance, m->squares / m->n - mean * mean);
}

/* Measures something DRAWS times per run, at random instants that are at least `gap` apart; SIM_NEVER is not
 * counted. */
static void measure(struct validation *v, struct both *b, const char *settings, sim_time gap,
                    sim_time (*once)(struct radio *r))
{
    *b = (struct both){0};
    for (unsigned run = 0; run < RUNS && !trial_over(v); run++) {
        struct radio *r = radio_new(100 + run, settings);
        struct rng rng;
        struct moments m = {0};
        rng_keyed(&rng, r->sim->streams, "instants", 0);
        for (unsigned i = 0; i < DRAWS; i++) {
            radio_at(r, r->sim->now + gap + (sim_time)(rng_exp(&rng) * (double)gap));
            sim_time t = once(r);
            validation_demand(v, t >= 0, "nothing comes before it can");
            if (t != SIM_NEVER)
                add(&m, t);
        }
        take(b, &m);
        radio_free(r);
    }
}

static void compare_both(struct validation *v, const char *what, const struct both *b, double mean,
                         double variance)
{
    char *text = g_strdup_printf("%s: mean", what);
    compare_form(v, text, &b->mean, mean, "ms", 0.02);
    g_free(text);
    text = g_strdup_printf("%s: variance", what);
    compare_form(v, text, &b->variance, variance, "ms2", 0.03);
    g_free(text);
}

/* ---- waits ------------------------------------------------------------------------------------------ */

static sim_time wait_prach(struct radio *r)
{
    journey_begin(&r->j);
    cell_access(&r->phone);
    cell_preamble(&r->phone, &r->j);
    return radio_part(r, DELAY_PRACH);
}

static sim_time wait_sr(struct radio *r)
{
    radio_up(r, (struct cell_sending){.bytes = 40, .kind = CELL_DATA});
    return radio_part(r, DELAY_SR_WAIT);
}

static sim_time wait_subframe(struct radio *r)
{
    radio_down(r, (struct cell_sending){.bytes = 40, .kind = CELL_DATA});
    return radio_part(r, DELAY_TTI);
}

/* An instant uniform in a period P: mean P/2, variance P^2/12. */
void validate_radio_occasions(struct validation *v)
{
    struct both b;
    measure(v, &b, QUIET "prach-period=5ms", 200 * SIM_MS, wait_prach);
    compare_both(v, "PRACH, P = 5 ms", &b, 2.5, 25.0 / 12);
    measure(v, &b, QUIET "prach-period=10ms", 200 * SIM_MS, wait_prach);
    compare_both(v, "PRACH, P = 10 ms", &b, 5, 100.0 / 12);
    measure(v, &b, QUIET "sr-period=20ms", 700 * SIM_MS, wait_sr);
    compare_both(v, "scheduling request, P = 20 ms", &b, 10, 400.0 / 12);
    measure(v, &b, QUIET, 200 * SIM_MS, wait_subframe);
    compare_both(v, "subframe, P = 1 ms", &b, 0.5, 1.0 / 12);
}

static sim_time wait_page(struct radio *r)
{
    static const struct access_paging paging = {1280 * SIM_MS, 32};
    return cell_paging_wait(r->cell, &paging, 445, r->sim->now);
}

void validate_radio_paging(struct validation *v)
{
    struct both b;
    measure(v, &b, "", 30 * SIM_S, wait_page);
    compare_both(v, "T = 1.28 s", &b, 640, 1280.0 * 1280 / 12);
}

static sim_time wait_drx(struct radio *r)
{
    radio_down(r, (struct cell_sending){.bytes = 40, .kind = CELL_DATA});
    return radio_part(r, DELAY_DRX);
}

/* A phone at rest sleeps with probability (C - on)/C and then waits U(0, C - on): mean (C - on)^2 / 2C,
 * second moment (C - on)^3 / 3C. */
static void check_drx(struct validation *v, const char *settings, double cycle, double on)
{
    struct both b;
    double asleep = cycle - on, mean = asleep * asleep / (2 * cycle);
    char *text = g_strdup_printf("cycle %g ms, awake %g ms", cycle, on);
    measure(v, &b, settings, 20 * SIM_S, wait_drx);
    compare_both(v, text, &b, mean, asleep * asleep * asleep / (3 * cycle) - mean * mean);
    g_free(text);
}

void validate_radio_drx_wait(struct validation *v)
{
    check_drx(v, "dl-bler=0 ul-bler=0", 40, 10);
    check_drx(v, "dl-bler=0 ul-bler=0 drx-cycle=320ms drx-on=10ms drx-inactivity=100ms", 320, 10);
}

/* ---- repetitions ------------------------------------------------------------------------------------ */

static sim_time extra_unrepeated(struct radio *r)
{
    sim_time t = radio_down(r, (struct cell_sending){.bytes = 40, .kind = CELL_UNREPEATED, .reacts = true});
    return t < 0 ? SIM_NEVER : t - 1 * SIM_MS;
}

/* n attempts rtt apart, each fails with p: sum of rtt k p^k (1 - p) / (1 - p^n); and of the squares. */
static double harq(double p, int n, double rtt, int power)
{
    double sum = 0;
    for (int k = 1; k < n; k++)
        sum += pow(rtt * k, power) * pow(p, k) * (1 - p);
    return sum / (1 - pow(p, n));
}

static void check_harq(struct validation *v, const char *settings, double p, int n)
{
    struct both b;
    double mean = harq(p, n, 8, 1);
    char *text =
        g_strdup_printf("BLER %g %%, %d transmissions, extra delay of those that arrive", 100 * p, n);
    measure(v, &b, settings, 1 * SIM_S, extra_unrepeated);
    char *name = g_strdup_printf("%s: mean", text);
    compare_form(v, name, &b.mean, mean, "ms", 0.05);
    g_free(name);
    name = g_strdup_printf("%s: variance", text);
    compare_form(v, name, &b.variance, harq(p, n, 8, 2) - mean * mean, "ms2", 0.06);
    g_free(name);
    g_free(text);
}

void validate_radio_harq(struct validation *v)
{
    check_harq(v, "slots=no drx=no dl-bler=10% dl-harq-tx=4", 0.1, 4);
    check_harq(v, "slots=no drx=no dl-bler=30% dl-harq-tx=5", 0.3, 5);
    check_harq(v, "slots=no drx=no dl-bler=50% dl-harq-tx=2", 0.5, 2);
}

static sim_time lost(struct radio *r)
{
    sim_time t = radio_down(r, (struct cell_sending){.bytes = 40, .kind = CELL_UNREPEATED});
    return t < 0 ? SIM_MS : 0;
}

static sim_time extra_repeated(struct radio *r)
{
    sim_time t = radio_down(r, (struct cell_sending){.bytes = 40, .kind = CELL_DATA, .reacts = true});
    return t < 0 ? SIM_NEVER : t - 1 * SIM_MS;
}

/* HARQ fails with f = p^n. Each failure costs (n - 1) round trips and RLC's time; RLC tries so often that
 * hardly any message is lost. */
void validate_radio_rlc(struct validation *v)
{
    struct both b;
    const double p = 0.5, f = p * p;
    double each = 8 + 45, repeats = f / (1 - f);
    measure(v, &b, "slots=no drx=no dl-bler=50% dl-harq-tx=2", 1 * SIM_S, lost);
    compare_form(v, "share that HARQ alone loses: p^n", &b.mean, f, "", 0.03);
    measure(v, &b, "slots=no drx=no dl-bler=50% dl-harq-tx=2 rlc-tx=40", 10 * SIM_S, extra_repeated);
    compare_form(v, "mean extra delay", &b.mean, each * repeats + harq(p, 2, 8, 1), "ms", 0.03);
    measure(v, &b, "slots=no drx=no dl-bler=50% dl-harq-tx=2 rlc-tx=1", 10 * SIM_S, extra_repeated);
    compare_form(v, "the same with one repetition by RLC", &b.mean, each * f / (1 + f) + harq(p, 2, 8, 1),
                 "ms", 0.03);
}

/* A message of three blocks is there when the last is: the latest of three geometric delays, less the head
 * start. */
static sim_time extra_of_three(struct radio *r)
{
    sim_time t = radio_down(r, (struct cell_sending){.bytes = 4000, .kind = CELL_DATA, .reacts = true});
    return t - 3 * SIM_MS;
}

void validate_radio_blocks_in_parallel(struct validation *v)
{
    struct both b;
    double exact = 0, p = 0.2;
    for (int i = 0; i < 20; i++)
        for (int k = 0; k < 20; k++)
            for (int l = 0; l < 20; l++)
                exact += pow(p, i + k + l) * pow(1 - p, 3) * MAX(MAX(8 * i - 2, 8 * k - 1), MAX(8 * l, 0));
    measure(v, &b, "slots=no drx=no dl-bler=20% dl-harq-tx=20", 1 * SIM_S, extra_of_three);
    compare_form(v, "mean extra delay of the last to arrive", &b.mean, exact, "ms", 0.05);
}

/* ---- random access ---------------------------------------------------------------------------------- */

static void crowd(struct cell_phone *phones, unsigned n, struct cell *c)
{
    for (unsigned i = 0; i < n; i++)
        cell_phone_init(&phones[i], c, i, 8);
}

/* n phones at one occasion, K preambles: each has another one's with probability 1 - (1 - 1/K)^(n - 1). */
void validate_radio_collision(struct validation *v)
{
    enum { N = 20, ROUNDS = 400 };
    struct sample s = {0};
    for (unsigned run = 0; run < RUNS && !trial_over(v); run++) {
        struct radio *r = radio_new(300 + run, QUIET "preambles=52");
        struct cell_phone phones[N];
        unsigned collided = 0;
        crowd(phones, N, r->cell);
        for (unsigned i = 0; i < ROUNDS; i++) {
            radio_at(r, (i + 1) * 5 * SIM_MS);
            for (unsigned k = 0; k < N; k++)
                cell_access(&phones[k]);
            for (unsigned k = 0; k < N; k++)
                collided += cell_contenders(&phones[k]) > 1;
        }
        sample_add(&s, (double)collided / (N * ROUNDS));
        radio_free(r);
    }
    compare_form(v, "share that collides", &s, 1 - pow(1 - 1.0 / 52, N - 1), "", 0.03);
}

/* A phone that tries at each occasion, against n - 1 others that do, gets through after 1/(1 - p) attempts on
 * average. */
void validate_radio_attempts(struct validation *v)
{
    enum { N = 30, TRIES = 300 };
    struct sample s = {0};
    for (unsigned run = 0; run < RUNS && !trial_over(v); run++) {
        struct radio *r = radio_new(400 + run, QUIET "preambles=52");
        struct cell_phone phones[N];
        unsigned attempts = 0;
        crowd(phones, N, r->cell);
        for (unsigned i = 0; i < TRIES; i++)
            do {
                radio_at(r, r->sim->now + 5 * SIM_MS);
                for (unsigned k = 0; k < N; k++)
                    cell_access(&phones[k]);
                attempts++;
            } while (cell_contenders(&phones[0]) > 1);
        sample_add(&s, (double)attempts / TRIES);
        radio_free(r);
    }
    compare_form(v, "attempts until one gets through", &s, 1 / pow(1 - 1.0 / 52, N - 1), "", 0.03);
}

static sim_time wait_backoff(struct radio *r)
{
    return cell_backoff(&r->phone);
}

void validate_radio_backoff(struct validation *v)
{
    struct both b;
    measure(v, &b, "backoff=20ms", 1 * SIM_MS, wait_backoff);
    compare_both(v, "B = 20 ms", &b, 10, 400.0 / 12);
}

/* ---- queues ----------------------------------------------------------------------------------------- */

enum { QUEUE_PHONES = 2000, QUEUE_MESSAGES = 20000 };

/* Poisson arrivals at a channel, each from a phone that has nothing else to say; the mean wait. */
static void measure_queue(struct validation *v, struct sample *s, const char *settings, uint32_t bytes,
                          sim_time gap, enum delay_id label)
{
    struct cell_phone *phones = g_new(struct cell_phone, QUEUE_PHONES);
    *s = (struct sample){0};
    for (unsigned run = 0; run < RUNS && !trial_over(v); run++) {
        struct radio *r = radio_new(500 + run, settings);
        struct rng rng;
        struct moments m = {0};
        crowd(phones, QUEUE_PHONES, r->cell);
        rng_keyed(&rng, r->sim->streams, "instants", 0);
        for (unsigned i = 0; i < QUEUE_MESSAGES; i++) {
            radio_at(r, r->sim->now + (sim_time)(rng_exp(&rng) * (double)gap));
            journey_begin(&r->j);
            cell_down(&phones[i % QUEUE_PHONES], &(struct cell_sending){.bytes = bytes, .kind = CELL_DATA},
                      &r->j);
            validation_demand(v, radio_part(r, DELAY_OWN) == 0, "no phone has something else to receive");
            if (i >= QUEUE_MESSAGES / 20)
                add(&m, radio_part(r, label));
        }
        sample_add(s, m.sum / m.n);
        radio_free(r);
    }
    g_free(phones);
}

/* Work of one length: M/D/1, wait rho s / 2(1 - rho). A block of 1431 bytes takes all 50 resource blocks for
 * a subframe; an order to a phone of CQI 8 two of 4 elements for half of one. */
void validate_radio_queues(struct validation *v)
{
    struct sample s;
    measure_queue(v, &s, QUIET "slots=no", 1431, 1250 * SIM_US, DELAY_SHARED);
    compare_form(v, "shared channel, rho = 0.8: mean wait", &s, 0.8 / 0.4, "ms", 0.06);
    measure_queue(v, &s, QUIET "slots=no dl-background=20% gbr-share=0", 1431, 2500 * SIM_US, DELAY_SHARED);
    /* the phone sends a block in a subframe, the cell in 1.25: the difference is a wait as well */
    compare_form(v, "the same with 20 % taken, rho = 0.5", &s, 1.25 * 0.5 / (2 * 0.5) + 0.25, "ms", 0.06);
    measure_queue(v, &s, QUIET "slots=no cce=4 common-cce=1", 1, 1000 * SIM_US, DELAY_CONTROL);
    compare_form(v, "control channel, rho = 0.5", &s, 0.5 * 0.5 / (2 * 0.5), "ms", 0.06);
}

/* With subframes, service begins at their start: the same wait, and half a subframe to the first. */
void validate_radio_queues_in_subframes(struct validation *v)
{
    struct sample s;
    measure_queue(v, &s, QUIET "frame-start=0ms", 1431, 2000 * SIM_US, DELAY_SHARED);
    compare_form(v, "shared channel, rho = 0.5: mean wait behind others", &s, 0.5 / (2 * 0.5), "ms", 0.06);
}

/* ---- admission -------------------------------------------------------------------------------------- */

struct rooms {
    struct sample blocked, load;
    struct cell_stats before; /* at the end of the warm-up */
    double seconds;
};

static struct cell *first_cell(struct world *w)
{
    const struct epc *epc = w->net->model;
    return uu_cell(epc->uu, net_find_node(w->net, "eNB1"));
}

static void at_warmup(struct sim *sim, void *ctx, uint64_t arg)
{
    struct rooms *r = ctx;
    (void)arg;
    cell_stats(first_cell(((struct net *)sim->user)->link_cfg_user), &r->before);
}

static void begin_rooms(struct world *w, void *user)
{
    sim_at(w->sim, w->scn->run.warmup, 0, 0, at_warmup, user, 0);
}

/* Offered load: what asked, times how long a bearer lives. */
static void measure_rooms(struct validation *v, struct world *w, struct metrics_result *result, void *user)
{
    struct rooms *r = user;
    struct cell_stats s;
    (void)v;
    (void)result;
    cell_stats(first_cell(w), &s);
    double asked = (double)(s.asked - r->before.asked), refused = (double)(s.refused - r->before.refused);
    double carried = in_s(s.bearer_ns - r->before.bearer_ns) / in_s(w->scn->run.until - w->scn->run.warmup);
    sample_add(&r->blocked, refused / asked);
    sample_add(&r->load, carried / (1 - refused / asked));
}

/* Bearers that live from the set-up of a call to its end, ringing included, in a cell with room for three:
 * Erlang B, whatever the distribution of their lives. */
void validate_radio_blocking(struct validation *v)
{
    struct rooms r = {0};
    trial_run(v, &(struct trial){.scenario = "validation/cell",
                                 .runs = RUNS,
                                 .begin = begin_rooms,
                                 .end = measure_rooms,
                                 .user = &r});
    compare_form(v, "share of bearers refused", &r.blocked, formula_erlang_b(sample_mean(&r.load), 3), "",
                 0.06);
}
