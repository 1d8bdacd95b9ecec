/* dist.c - distributions of delays: one family, one row.
 *
 * A row says what the arguments are and what they may be, and has four functions: make ready (turn the
 * arguments into what drawing needs), draw, mean, standard deviation. All reckon in ns as doubles. An
 * expression that always yields the same value is made a constant when it is parsed. */
#include "sim/dist.h"

#include "sim/dist_sample.h"
#include "sim/units.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <string.h>

GQuark dist_error_quark(void)
{
    return g_quark_from_static_string("imssim-dist-error");
}

/* ---- families -------------------------------------------------------------------------------- */

static void fix(struct dist *d, sim_time t)
{
    d->draw = DIST_CONST;
    d->fixed = t;
}

static double mean_of_time0(const struct dist *d)
{
    return (double)d->time[0];
}

static double sd_of_time1(const struct dist *d)
{
    return (double)d->time[1];
}

static double no_sd(const struct dist *d G_GNUC_UNUSED)
{
    return 0;
}

static void const_ready(struct dist *d)
{
    fix(d, d->time[0]);
}

/* p[0] mean */
static void exp_ready(struct dist *d)
{
    d->p[0] = (double)d->time[0];
    if (d->time[0] == 0)
        fix(d, 0);
}

/* p[0] mean, p[1] sd */
static void normal_ready(struct dist *d)
{
    d->p[0] = (double)d->time[0];
    d->p[1] = (double)d->time[1];
    if (d->time[1] == 0)
        fix(d, d->time[0]);
}

static double normal_draw(const struct dist *d, struct rng *r)
{
    return d->p[0] + d->p[1] * rng_normal(r);
}

/* Of max(0, X): with a = mean / sd, E = mean Phi(a) + sd phi(a), E of the square = (mean^2 + sd^2) Phi(a)
 * + mean sd phi(a), by integrating x phi(x) by parts. */
static double normal_mean(const struct dist *d)
{
    double a = d->p[0] / d->p[1];
    double below = 0.5 * erfc(-a * M_SQRT1_2);
    return d->p[0] * below + d->p[1] * gsl_ran_ugaussian_pdf(a);
}

static double normal_sd(const struct dist *d)
{
    double a = d->p[0] / d->p[1];
    double below = 0.5 * erfc(-a * M_SQRT1_2);
    double mean = normal_mean(d);
    double square = (d->p[0] * d->p[0] + d->p[1] * d->p[1]) * below;
    square += d->p[0] * d->p[1] * gsl_ran_ugaussian_pdf(a);
    return sqrt(fmax(0, square - mean * mean));
}

/* p[0], p[1]: mean and sd of the logarithm. From mean m and sd s of the variable: s_log^2 = ln(1 + (s/m)^2),
 * m_log = ln m - s_log^2 / 2. */
static void lognormal_ready(struct dist *d)
{
    double cv = (double)d->time[1] / (double)d->time[0];
    double variance = log1p(cv * cv);
    d->p[0] = log((double)d->time[0]) - 0.5 * variance;
    d->p[1] = sqrt(variance);
    if (d->time[1] == 0)
        fix(d, d->time[0]);
}

static double lognormal_draw(const struct dist *d, struct rng *r)
{
    return exp(d->p[0] + d->p[1] * rng_normal(r));
}

/* p[0] shape = (mean / sd)^2, p[1] scale = sd^2 / mean */
static void gamma_ready(struct dist *d)
{
    double mean = (double)d->time[0], sd = (double)d->time[1];
    if (d->time[1] == 0) {
        fix(d, d->time[0]);
        return;
    }
    d->p[0] = mean / sd * (mean / sd);
    d->p[1] = sd / mean * sd;
}

static double gamma_draw(const struct dist *d, struct rng *r)
{
    return gsl_ran_gamma(rng_gsl(r), d->p[0], d->p[1]);
}

/* p[0] shape = k, p[1] mean of one of the k exponentials */
static void erlang_ready(struct dist *d)
{
    d->p[0] = d->number;
    d->p[1] = (double)d->time[0] / d->number;
    if (d->time[0] == 0)
        fix(d, 0);
}

/* Up to a dozen exponentials are cheaper than one gamma. */
static double erlang_draw(const struct dist *d, struct rng *r)
{
    if (d->p[0] > 12)
        return gamma_draw(d, r);
    double sum = 0;
    for (int i = 0; i < (int)d->p[0]; i++)
        sum += rng_exp(r);
    return d->p[1] * sum;
}

static double erlang_sd(const struct dist *d)
{
    return (double)d->time[0] / sqrt(d->number);
}

/* p[0] probability of the short one, p[1] its mean, p[2] the other's. Balanced means: both contribute half
 * of the mean. p m1 = (1 - p) m2 = m / 2 gives m1 = m / (2 p), m2 = m / (2 (1 - p)); the second moment
 * 2 p m1^2 + 2 (1 - p) m2^2 = (1 + cv2) m^2 then gives p = (1 + sqrt((cv2 - 1) / (cv2 + 1))) / 2. */
static void hyperexp_ready(struct dist *d)
{
    double mean = (double)d->time[0];
    double often = 0.5 * (1 + sqrt((d->number - 1) / (d->number + 1)));
    d->p[0] = often;
    d->p[1] = mean / (2 * often);
    d->p[2] = mean / (2 * (1 - often));
    if (d->time[0] == 0)
        fix(d, 0);
}

static double hyperexp_draw(const struct dist *d, struct rng *r)
{
    double mean = rng_uniform(r) < d->p[0] ? d->p[1] : d->p[2];
    return mean * rng_exp(r);
}

static double hyperexp_sd(const struct dist *d)
{
    return (double)d->time[0] * sqrt(d->number);
}

/* p[0] scale, p[1] 1 / shape: weibull is scale E^(1/shape), pareto scale e^(E/shape), E exponential */
static void shape_ready(struct dist *d)
{
    d->p[0] = (double)d->time[0];
    d->p[1] = 1 / d->number;
    if (d->time[0] == 0)
        fix(d, 0);
}

static double weibull_draw(const struct dist *d, struct rng *r)
{
    return d->p[0] * pow(rng_exp(r), d->p[1]);
}

static double weibull_mean(const struct dist *d)
{
    return d->p[0] * tgamma(1 + d->p[1]);
}

static double weibull_sd(const struct dist *d)
{
    double first = tgamma(1 + d->p[1]);
    return d->p[0] * sqrt(fmax(0, tgamma(1 + 2 * d->p[1]) - first * first));
}

static double pareto_draw(const struct dist *d, struct rng *r)
{
    return d->p[0] * exp(d->p[1] * rng_exp(r));
}

static double pareto_mean(const struct dist *d)
{
    double shape = d->number;
    return shape > 1 ? d->p[0] * shape / (shape - 1) : INFINITY;
}

static double pareto_sd(const struct dist *d)
{
    double shape = d->number;
    return shape > 2 ? d->p[0] / (shape - 1) * sqrt(shape / (shape - 2)) : INFINITY;
}

/* p[0] a, p[1] b - a */
static void uniform_ready(struct dist *d)
{
    d->p[0] = (double)d->time[0];
    d->p[1] = (double)(d->time[1] - d->time[0]);
    if (d->time[0] == d->time[1])
        fix(d, d->time[0]);
}

static double uniform_draw(const struct dist *d, struct rng *r)
{
    return d->p[0] + d->p[1] * rng_uniform(r);
}

static double uniform_mean(const struct dist *d)
{
    return d->p[0] + 0.5 * d->p[1];
}

static double uniform_sd(const struct dist *d)
{
    return d->p[1] / sqrt(12.0);
}

static void empirical_ready(struct dist *d)
{
    const struct dist_sample *s = d->sample;
    if (s->value[0] == s->value[s->n - 1])
        fix(d, s->value[0]);
}

static double empirical_mean(const struct dist *d)
{
    double sum = 0;
    for (size_t i = 0; i < d->sample->n; i++)
        sum += (double)d->sample->value[i];
    return sum / (double)d->sample->n;
}

static double empirical_sd(const struct dist *d)
{
    double mean = empirical_mean(d), sum = 0;
    for (size_t i = 0; i < d->sample->n; i++) {
        double off = (double)d->sample->value[i] - mean;
        sum += off * off;
    }
    return sqrt(sum / (double)d->sample->n);
}

enum arg_type { ARG_NONE, ARG_TIME, ARG_TIME_POS, ARG_NUMBER, ARG_WHOLE, ARG_FILE };

struct family {
    const char *name;
    struct {
        const char *name;
        enum arg_type type;
        double min, max; /* of numbers */
    } args[2];
    void (*ready)(struct dist *d);
    double (*draw)(const struct dist *d, struct rng *r); /* NULL: drawn elsewhere, and without rounding */
    double (*mean)(const struct dist *d);
    double (*sd)(const struct dist *d);
};

/* clang-format off */
static const struct family families[DIST_KINDS] = {
    [DIST_CONST]     = {"const",     {{"value", ARG_TIME, 0, 0}},
                        const_ready, NULL, mean_of_time0, no_sd},
    [DIST_EXP]       = {"exp",       {{"mean", ARG_TIME, 0, 0}},
                        exp_ready, NULL, mean_of_time0, mean_of_time0},
    [DIST_NORMAL]    = {"normal",    {{"mean", ARG_TIME, 0, 0}, {"sd", ARG_TIME, 0, 0}},
                        normal_ready, normal_draw, normal_mean, normal_sd},
    [DIST_LOGNORMAL] = {"lognormal", {{"mean", ARG_TIME_POS, 0, 0}, {"sd", ARG_TIME, 0, 0}},
                        lognormal_ready, lognormal_draw, mean_of_time0, sd_of_time1},
    [DIST_GAMMA]     = {"gamma",     {{"mean", ARG_TIME_POS, 0, 0}, {"sd", ARG_TIME, 0, 0}},
                        gamma_ready, gamma_draw, mean_of_time0, sd_of_time1},
    [DIST_ERLANG]    = {"erlang",    {{"k", ARG_WHOLE, 1, 1000000}, {"mean", ARG_TIME, 0, 0}},
                        erlang_ready, erlang_draw, mean_of_time0, erlang_sd},
    [DIST_HYPEREXP]  = {"hyperexp",  {{"mean", ARG_TIME, 0, 0}, {"cv2", ARG_NUMBER, 1, 1000000}},
                        hyperexp_ready, hyperexp_draw, mean_of_time0, hyperexp_sd},
    [DIST_WEIBULL]   = {"weibull",   {{"scale", ARG_TIME, 0, 0}, {"shape", ARG_NUMBER, 0.05, 1000}},
                        shape_ready, weibull_draw, weibull_mean, weibull_sd},
    [DIST_PARETO]    = {"pareto",    {{"scale", ARG_TIME, 0, 0}, {"shape", ARG_NUMBER, 0.05, 1000}},
                        shape_ready, pareto_draw, pareto_mean, pareto_sd},
    [DIST_UNIFORM]   = {"uniform",   {{"a", ARG_TIME, 0, 0}, {"b", ARG_TIME, 0, 0}},
                        uniform_ready, uniform_draw, uniform_mean, uniform_sd},
    [DIST_EMPIRICAL] = {"empirical", {{"file.csv", ARG_FILE, 0, 0}},
                        empirical_ready, NULL, empirical_mean, empirical_sd},
};
/* clang-format on */

/* ---- using them ------------------------------------------------------------------------------ */

sim_time dist_draw_other(const struct dist *d, struct rng *r)
{
    if (d->draw == DIST_EMPIRICAL)
        return d->sample->value[rng_below(r, d->sample->n)];
    return dist_round(families[d->draw].draw(d, r));
}

double dist_mean_ns(const struct dist *d)
{
    return d->draw == DIST_CONST ? (double)d->fixed : families[d->kind].mean(d);
}

double dist_sd_ns(const struct dist *d)
{
    return d->draw == DIST_CONST ? 0 : families[d->kind].sd(d);
}

void dist_clear(struct dist *d)
{
    dist_sample_unref(d->sample);
    *d = dist_const(0);
}

struct dist dist_copy(const struct dist *d)
{
    dist_sample_ref(d->sample);
    return *d;
}

void dist_print(const struct dist *d, GString *out)
{
    const struct family *f = &families[d->kind];
    int times = 0;
    if (d->kind == DIST_CONST) {
        units_print_time(out, d->fixed);
        return;
    }
    g_string_append(out, f->name);
    for (int i = 0; i < 2 && f->args[i].name; i++) {
        g_string_append_c(out, i == 0 ? '(' : ',');
        if (f->args[i].type == ARG_FILE)
            g_string_append(out, d->sample->name);
        else if (f->args[i].type == ARG_NUMBER || f->args[i].type == ARG_WHOLE)
            units_print_number(out, d->number);
        else
            units_print_time(out, d->time[times++]);
    }
    g_string_append_c(out, ')');
}

/* ---- parsing --------------------------------------------------------------------------------- */

/* "exp(mean)" */
static void print_signature(GString *out, const struct family *f)
{
    g_string_append_printf(out, "%s(%s", f->name, f->args[0].name);
    if (f->args[1].name)
        g_string_append_printf(out, ",%s", f->args[1].name);
    g_string_append_c(out, ')');
}

static bool refuse_unknown(const char *text, const char *why, GError **error)
{
    GString *accepted = g_string_new("a time such as 5ms");
    for (int k = 0; k < DIST_KINDS; k++) {
        g_string_append(accepted, k == DIST_KINDS - 1 ? " or " : ", ");
        print_signature(accepted, &families[k]);
    }
    g_set_error(error, DIST_ERROR, DIST_ERROR_SYNTAX, "'%s' is not a distribution: %s; accepted: %s", text,
                why, accepted->str);
    g_string_free(accepted, TRUE);
    return false;
}

static bool refuse_count(const char *text, const struct family *f, guint given, GError **error)
{
    GString *signature = g_string_new(NULL);
    print_signature(signature, f);
    g_set_error(error, DIST_ERROR, DIST_ERROR_SYNTAX, "'%s': %u argument%s given; accepted: %s", text, given,
                given == 1 ? "" : "s", signature->str);
    g_string_free(signature, TRUE);
    return false;
}

static bool parse_time_arg(sim_time *out, const char *arg, enum arg_type type, GError **error)
{
    if (!units_parse_time(arg, out, error))
        return false;
    if (*out > DIST_MAX) {
        g_set_error(error, DIST_ERROR, DIST_ERROR_RANGE,
                    "'%s' is too long; accepted: at most 73 years (2^61 ns)", arg);
        return false;
    }
    if (type == ARG_TIME_POS && *out == 0) {
        g_set_error(error, DIST_ERROR, DIST_ERROR_RANGE, "'%s' is out of range; accepted: a time above 0s",
                    arg);
        return false;
    }
    return true;
}

static bool parse_number_arg(double *out, const char *arg, enum arg_type type, double min, double max,
                             GError **error)
{
    GString *low, *high;
    bool whole = type == ARG_WHOLE;
    if (!units_parse_number(arg, out, error))
        return false;
    if (*out >= min && *out <= max && (!whole || *out == floor(*out)))
        return true;
    low = g_string_new(NULL);
    high = g_string_new(NULL);
    units_print_number(low, min);
    units_print_number(high, max);
    g_set_error(error, DIST_ERROR, DIST_ERROR_RANGE,
                "'%s' is out of range; accepted: a %snumber from %s to %s", arg, whole ? "whole " : "",
                low->str, high->str);
    g_string_free(low, TRUE);
    g_string_free(high, TRUE);
    return false;
}

/* What no argument can be blamed for alone. */
static bool check_together(const struct dist *d, GError **error)
{
    if (d->kind == DIST_UNIFORM && d->time[0] > d->time[1]) {
        g_set_error(error, DIST_ERROR, DIST_ERROR_RANGE, "a is above b; accepted: a <= b");
        return false;
    }
    if (d->kind == DIST_GAMMA && (double)d->time[1] > 100 * (double)d->time[0]) {
        g_set_error(error, DIST_ERROR, DIST_ERROR_RANGE,
                    "sd is out of range; accepted: at most 100 times the mean");
        return false;
    }
    return true;
}

static bool parse_args(struct dist *d, char **args, const char *base_dir, GError **error)
{
    const struct family *f = &families[d->kind];
    int times = 0;
    for (int i = 0; i < 2 && f->args[i].name; i++) {
        const char *arg = g_strstrip(args[i]);
        bool ok;
        if (f->args[i].type == ARG_FILE) {
            d->sample = dist_sample_load(arg, base_dir, error);
            ok = d->sample != NULL;
        } else if (f->args[i].type == ARG_NUMBER || f->args[i].type == ARG_WHOLE) {
            ok = parse_number_arg(&d->number, arg, f->args[i].type, f->args[i].min, f->args[i].max, error);
        } else {
            ok = parse_time_arg(&d->time[times++], arg, f->args[i].type, error);
        }
        if (!ok) {
            g_prefix_error(error, "%s: ", f->args[i].name);
            return false;
        }
    }
    return check_together(d, error);
}

/* text is stripped; the comma separates arguments except in empirical(), whose file may have any name. */
static bool parse_call(struct dist *d, const char *text, const char *base_dir, GError **error)
{
    size_t name_len = strcspn(text, "(");
    size_t len = strlen(text);
    if (text[len - 1] != ')')
        return refuse_unknown(text, "the closing ) is missing", error);
    d->kind = DIST_KINDS;
    for (int k = 0; k < DIST_KINDS; k++) {
        if (strlen(families[k].name) == name_len && strncmp(families[k].name, text, name_len) == 0)
            d->kind = d->draw = (enum dist_kind)k;
    }
    if (d->kind == DIST_KINDS)
        return refuse_unknown(text, "the name before ( is not known", error);

    const struct family *f = &families[d->kind];
    char *inside = g_strndup(text + name_len + 1, len - name_len - 2);
    char **args = g_strsplit(inside, ",", f->args[0].type == ARG_FILE ? 1 : 0);
    guint given = g_strv_length(args), wanted = f->args[1].name ? 2 : 1;
    bool ok = given == wanted;
    if (!ok) {
        refuse_count(text, f, given, error);
    } else if (!parse_args(d, args, base_dir, error)) {
        g_prefix_error(error, "'%s': ", text);
        ok = false;
    }
    g_strfreev(args);
    g_free(inside);
    return ok;
}

bool dist_parse(struct dist *out, const char *text, const char *base_dir, GError **error)
{
    struct dist d = {.kind = DIST_CONST, .draw = DIST_CONST};
    char *stripped = g_strstrip(g_strdup(text));
    bool ok;

    rng_gsl_init();
    if (!*stripped)
        ok = refuse_unknown(stripped, "it is empty", error);
    else if (strlen(stripped) > 1000)
        ok = refuse_unknown("...", "it is longer than 1000 characters", error);
    else if (strchr(stripped, '('))
        ok = parse_call(&d, stripped, base_dir, error);
    else if (g_ascii_isalpha(*stripped))
        ok = refuse_unknown(stripped, "it has no (", error);
    else
        ok = parse_time_arg(&d.time[0], stripped, ARG_TIME, error);
    if (ok) {
        families[d.kind].ready(&d);
        *out = d;
    } else {
        dist_sample_unref(d.sample);
    }
    g_free(stripped);
    return ok;
}
