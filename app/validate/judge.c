/* judge.c - checks: what came out against what ought to (see validate.h). */
#include "app/validate/validate_int.h"

#include "analysis/stats.h"

#include <math.h>
#include <stdarg.h>

/* Of the interval that has to contain the closed form; the second when only a few runs are made. */
#define LEVEL     0.99
#define LEVEL_FEW 0.999
/* Of the interval that is printed. */
#define LEVEL_SHOWN 0.95

void sample_add(struct sample *s, double value)
{
    g_assert(s->n < SAMPLE_MAX);
    s->value[s->n++] = value;
}

double sample_mean(const struct sample *s)
{
    double sum = 0;
    for (unsigned i = 0; i < s->n; i++)
        sum += s->value[i];
    return s->n ? sum / s->n : NAN;
}

double sample_half(const struct sample *s, double level)
{
    double low = NAN, high = NAN;
    stats_t_interval(s->value, s->n, level, &low, &high);
    return (high - low) / 2;
}

/* What comes after the end counts no more. */
static bool is_over(const struct validation *v)
{
    return v->broken || v->stopped;
}

void validation_give_up(struct validation *v, const char *format, ...)
{
    va_list args;

    if (is_over(v))
        return;
    va_start(args, format);
    v->broken = g_strdup_vprintf(format, args);
    va_end(args);
}

void validation_demand(struct validation *v, bool holds, const char *what)
{
    if (!holds)
        validation_give_up(v, "it does not hold that %s", what);
}

void compare_source(struct validation *v, const char *source, const char *confidence)
{
    v->source = source;
    v->confidence = confidence;
}

static struct comparison *add(struct validation *v, enum comparison_kind kind, const char *what,
                              const char *unit, double value)
{
    struct comparison c = {.kind = kind,
                           .what = g_strdup(what),
                           .unit = unit,
                           .value = value,
                           .runs = 1,
                           .source = v->source,
                           .confidence = v->confidence};

    c.expected = c.low = c.high = c.ci_low = c.ci_high = NAN;
    g_array_append_val(v->checks, c);
    return &g_array_index(v->checks, struct comparison, v->checks->len - 1);
}

void compare_time(struct validation *v, const char *what, sim_time value, sim_time expected)
{
    if (is_over(v))
        return;
    struct comparison *c = add(v, COMPARE_EXACT, what, "ms", in_ms((double)value));

    c->expected = in_ms((double)expected);
    c->inside = value == expected;
    if (!c->inside)
        c->why = g_strdup_printf("off by %" G_GINT64_FORMAT " ns", value - expected);
}

void compare_count(struct validation *v, const char *what, int64_t value, int64_t expected, const char *unit)
{
    if (is_over(v))
        return;
    struct comparison *c = add(v, COMPARE_EXACT, what, unit, (double)value);

    c->expected = (double)expected;
    c->inside = value == expected;
}

/* A check of a mean over runs. */
static struct comparison *add_mean(struct validation *v, enum comparison_kind kind, const char *what,
                                   const char *unit, const struct sample *s)
{
    double mean = sample_mean(s), half = sample_half(s, LEVEL_SHOWN);
    struct comparison *c = add(v, kind, what, unit, mean);

    c->ci_low = mean - half;
    c->ci_high = mean + half;
    c->runs = s->n;
    return c;
}

void compare_form(struct validation *v, const char *what, const struct sample *s, double exact,
                  const char *unit, double width)
{
    if (is_over(v))
        return;
    bool few = v->opts->runs_max > 0;
    double level = few ? LEVEL_FEW : LEVEL, half = sample_half(s, level);
    struct comparison *c = add_mean(v, COMPARE_INTERVAL, what, unit, s);
    bool covers = fabs(c->value - exact) <= half, narrow = few || half <= width * fabs(c->value);

    c->expected = exact;
    c->inside = covers && narrow;
    if (!covers)
        c->why = g_strdup_printf("not in the %g %% interval %.5g .. %.5g", 100 * level, c->value - half,
                                 c->value + half);
    else if (!narrow)
        c->why = g_strdup_printf("half the %g %% interval is %.1f %% of it, not %.1f %% or less", 100 * level,
                                 100 * half / fabs(c->value), 100 * width);
}

static void add_band(struct validation *v, enum comparison_kind kind, const char *what,
                     const struct sample *s, double low, double high, const char *unit)
{
    if (is_over(v))
        return;
    struct comparison *c = add_mean(v, kind, what, unit, s);

    c->low = low;
    c->high = high;
    c->inside = low < c->value && c->value < high;
    if (isnan(c->value))
        c->why = g_strdup("nothing was measured");
    else if (c->value <= low)
        c->why = g_strdup_printf("%.4g%s%s short", low - c->value, *unit ? " " : "", unit);
    else if (!c->inside)
        c->why = g_strdup_printf("%.4g%s%s too much", c->value - high, *unit ? " " : "", unit);
}

void compare_band(struct validation *v, const char *what, const struct sample *s, double low, double high,
                  const char *unit)
{
    add_band(v, COMPARE_BAND, what, s, low, high, unit);
}

void compare_shown(struct validation *v, const char *what, const struct sample *s, double low, double high,
                   const char *unit)
{
    add_band(v, COMPARE_SHOWN, what, s, low, high, unit);
}
