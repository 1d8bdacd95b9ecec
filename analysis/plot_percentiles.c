/* plot_percentiles.c - percentiles of a time against the load, or against a parameter.
 *
 * Intervals: with two replications or more, -+ t(R - 1) s / sqrt(R), s the standard deviation of the
 * percentile over replications. With a single replication, from the ranks between which a share p of n
 * independent values lies with probability 0.95 (normal approximation of the binomial; W. J. Conover,
 * Practical Nonparametric Statistics, 3rd ed. 1999, 3.2). */
#include "analysis/plot_int.h"

#include "analysis/quantity.h"

#include <math.h>
#include <string.h>

static const struct {
    unsigned permille;
    const char *name, *column;
} curves[] = {
    {500, "p50", "p50_ns"},
    {900, "p90", "p90_ns"},
    {950, "p95", "p95_ns"},
    {990, "p99", "p99_ns"},
};

/* ---- the x axis ---------------------------------------------------------------------------------------- */

/* Calls per second that a stream of this interarrival time offers. */
static bool rate_of(const char *text, double *rate)
{
    const char *unit;

    if (!quantity_number(text, rate, &unit))
        return false;
    if (strcmp(unit, "1/s") == 0)
        return true;
    if (strcmp(unit, "ms") != 0 || *rate <= 0)
        return false;
    *rate = 1000 / *rate;
    return true;
}

static bool x_of_load(const struct plot_series *s, double *x, GError **error)
{
    GPtrArray *values = store_parameters(s->reader, s->point, ".arrivals", error);
    double rate;

    if (!values)
        return false;
    *x = values->len ? 0 : NAN;
    for (guint i = 0; i < values->len; i++)
        *x += rate_of(g_ptr_array_index(values, i), &rate) ? rate : NAN;
    g_ptr_array_free(values, TRUE);
    if (isfinite(*x))
        return true;
    g_set_error(error, PLOT_ERROR, PLOT_ERROR_DATA, "%s: has no stream of calls with a known rate: --x PARAM",
                s->label);
    return false;
}

/* A factor of a sweep, or NULL when the point has none of this name. */
static const struct store_factor *factor_named(const struct store_point *p, const char *name)
{
    for (guint i = 0; i < p->factors->len; i++) {
        const struct store_factor *f = &g_array_index(p->factors, struct store_factor, i);
        if (strcmp(f->name, name) == 0)
            return f;
    }
    return NULL;
}

static bool x_of_factor(const struct plot_series *s, const struct store_factor *f, double *x, const char **unit,
                        GError **error)
{
    if (isnan(f->number)) {
        g_set_error(error, PLOT_ERROR, PLOT_ERROR_DATA, "%s: factor %s is \"%s\": no number", s->label, f->name,
                    f->value);
        return false;
    }
    *x = f->number;
    *unit = f->unit;
    return true;
}

static bool x_of_parameter(const struct plot_series *s, const char *name, double *x, const char **unit,
                           GError **error)
{
    const struct store_factor *factor = factor_named(s->point, name);
    if (factor)
        return x_of_factor(s, factor, x, unit, error);
    GPtrArray *values = store_parameters(s->reader, s->point, name, error);
    const char *known = NULL;

    if (!values)
        return false;
    if (values->len == 0)
        g_set_error(error, PLOT_ERROR, PLOT_ERROR_DATA, "%s: has no parameter %s", s->label, name);
    else if (values->len > 1)
        g_set_error(error, PLOT_ERROR, PLOT_ERROR_DATA, "%s: several parameters end with %s", s->label, name);
    else if (!quantity_number(g_ptr_array_index(values, 0), x, &known))
        g_set_error(error, PLOT_ERROR, PLOT_ERROR_DATA, "%s: %s is \"%s\": no number", s->label, name,
                    (char *)g_ptr_array_index(values, 0));
    else if (*unit && strcmp(*unit, known) != 0)
        g_set_error(error, PLOT_ERROR, PLOT_ERROR_DATA, "%s: %s has another unit than elsewhere (%s, not %s)",
                    s->label, name, known, *unit);
    else
        *unit = known;
    g_ptr_array_free(values, TRUE);
    return known && *unit == known;
}

/* ---- the points ---------------------------------------------------------------------------------------- */

struct place {
    double x;
    double value[G_N_ELEMENTS(curves)], low[G_N_ELEMENTS(curves)], high[G_N_ELEMENTS(curves)];
    guint64 n;
    bool pointwise; /* intervals over replications */
};

static bool over_replications(const struct plot *plot, const struct plot_series *s, size_t c,
                              struct place *place, GError **error)
{
    double half = NAN, low, high;
    GArray *each = store_metric(s->reader, s->point, plot->metric->name, curves[c].column, false, error);

    if (!each)
        return false;
    bool known = each->len == s->point->replications;
    for (guint i = 0; i < each->len; i++)
        known &= !isnan(g_array_index(each, double, i));
    if (known && stats_t_interval((const double *)(void *)each->data, each->len, KPI_LEVEL, &low, &high))
        half = (high - low) / 2;
    g_array_free(each, TRUE);
    place->low[c] = place->value[c] - half;
    place->high[c] = place->value[c] + half;
    return true;
}

static void from_ranks(const GArray *bins, size_t c, struct place *place)
{
    double n = (double)place->n, p = curves[c].permille / 1000.0,
           half = 1.959963984540054 * sqrt(n * p * (1 - p));
    double low = floor(n * p - half), high = ceil(n * p + half) + 1;

    place->low[c] = low >= 1 ? plot_quantile(bins, low / n) : NAN;
    place->high[c] = high <= n ? plot_quantile(bins, high / n) : NAN;
    if (isnan(place->low[c]) || isnan(place->high[c]))
        place->low[c] = place->high[c] = NAN;
}

static bool measure(const struct plot *plot, const struct plot_series *s, const GArray *bins,
                    struct place *place, GError **error)
{
    place->n = plot_count(bins);
    place->pointwise = s->point->replications >= 2;
    for (size_t c = 0; c < G_N_ELEMENTS(curves); c++) {
        place->value[c] = place->low[c] = place->high[c] = NAN;
        if (!stats_quantile_known(place->n, curves[c].permille))
            continue;
        place->value[c] = plot_quantile(bins, curves[c].permille / 1000.0);
        if (!place->pointwise)
            from_ranks(bins, c, place);
        else if (!over_replications(plot, s, c, place, error))
            return false;
    }
    return true;
}

static int by_x(gconstpointer a, gconstpointer b)
{
    const struct place *p = a, *q = b;
    return (p->x > q->x) - (p->x < q->x);
}

/* All points by ascending x. NULL and an error. */
static GArray *places_of(const struct plot *plot, const char **unit, GError **error)
{
    GPtrArray *all = plot_distributions(plot, error);
    GArray *places = g_array_new(FALSE, TRUE, sizeof(struct place));
    bool done = all != NULL;

    for (size_t i = 0; i < plot->n && done; i++) {
        struct place place;
        done = (plot->x ? x_of_parameter(&plot->series[i], plot->x, &place.x, unit, error)
                        : x_of_load(&plot->series[i], &place.x, error)) &&
               measure(plot, &plot->series[i], g_ptr_array_index(all, i), &place, error);
        if (done)
            g_array_append_val(places, place);
    }
    if (all)
        g_ptr_array_unref(all);
    g_array_sort(places, by_x);
    if (done &&
        g_array_index(places, struct place, 0).x == g_array_index(places, struct place, places->len - 1).x) {
        g_set_error(error, PLOT_ERROR, PLOT_ERROR_DATA, "it takes results that differ in %s: two or more",
                    plot->x ? plot->x : "offered load");
        done = false;
    }
    if (done)
        return places;
    g_array_free(places, TRUE);
    return NULL;
}

/* ---- the graph ----------------------------------------------------------------------------------------- */

static bool add_curve(const struct plot *plot, const GArray *places, size_t c, struct plot_text *t)
{
    double unit = metric_unit_ns(plot->metric);
    bool bars = false, any = false;
    char heading[64];

    for (guint i = 0; i < places->len; i++)
        any |= !isnan(g_array_index(places, struct place, i).value[c]);
    if (!any)
        return false;
    g_snprintf(heading, sizeof heading, "x %s low high", curves[c].name);
    unsigned block = plot_block(t, heading), style = (unsigned)c + 1;
    for (guint i = 0; i < places->len; i++) {
        const struct place *p = &g_array_index(places, struct place, i);
        const double row[] = {p->x, p->value[c] / unit, p->low[c] / unit, p->high[c] / unit};
        plot_row(t, row, G_N_ELEMENTS(row));
        bars |= !isnan(p->low[c]);
    }
    if (bars)
        plot_curve(t, block, "using 1:2:3:4 with yerrorbars ls %u dt 1 lw 1.3 pt 0 notitle", style);
    plot_curve(t, block, "using 1:2 with linespoints ls %u title '%s'", style, curves[c].name);
    return bars;
}

static void caption(const struct plot *plot, const GArray *places, bool bars, struct plot_text *t)
{
    const struct store_point *first = plot->series[0].point;
    guint64 least = G_MAXUINT64, most = 0;
    unsigned fewest = UINT_MAX, largest = 0;
    bool one_scenario = true, one_seed = true, complete = true, pointwise = true;

    for (guint i = 0; i < places->len; i++) {
        const struct place *p = &g_array_index(places, struct place, i);
        least = MIN(least, p->n);
        most = MAX(most, p->n);
        pointwise &= p->pointwise;
    }
    for (size_t i = 0; i < plot->n; i++) {
        const struct store_point *p = plot->series[i].point;
        one_scenario &= strcmp(p->scenario, first->scenario) == 0;
        one_seed &= strcmp(p->seed, first->seed) == 0;
        complete &= strcmp(p->state, "finished") == 0;
        fewest = MIN(fewest, p->replications);
        largest = MAX(largest, p->replications);
    }
    g_string_append_printf(t->caption, "Scenario %s, %u points", one_scenario ? first->scenario : "(several)",
                           places->len);
    g_string_append_printf(t->caption, ", n = %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT " calls each",
                           least, most);
    g_string_append_printf(t->caption, fewest == largest ? ", %u" : ", %u to %u", fewest, largest);
    g_string_append_printf(t->caption, " replication%s each, seed %s. ", largest == 1 ? "" : "s",
                           one_seed ? first->seed : "(several)");
    if (!complete)
        g_string_append(t->caption, "INCOMPLETE: not all runs finished. ");
    if (bars)
        g_string_append(t->caption,
                        pointwise ? "Bars: 95 % intervals over replications (Student's t). "
                                  : "Bars: 95 % intervals, over replications where there are two or more, "
                                    "else from ranks, taking calls as independent. ");
}

bool plot_percentiles(const struct plot *plot, struct plot_text *t, GError **error)
{
    const char *unit = NULL;
    GArray *places = places_of(plot, &unit, error);
    bool bars = false;

    if (!places)
        return false;
    double low = g_array_index(places, struct place, 0).x, pad;
    double high = g_array_index(places, struct place, places->len - 1).x;
    char from[G_ASCII_DTOSTR_BUF_SIZE], to[G_ASCII_DTOSTR_BUF_SIZE];
    char *axis = !plot->x        ? g_strdup("offered load (calls/s)")
                 : unit && *unit ? g_strdup_printf("%s (%s)", plot->x, unit)
                                 : g_strdup(plot->x);
    plot_head(t, plot, false);
    plot_set(t, "xlabel", axis);
    g_free(axis);
    pad = 0.04 * (high - low);
    g_string_append_printf(t->script,
                           "set xrange [%s:%s]\nset yrange [0:*]\n"
                           "set key outside right center vertical invert\nset pointintervalbox 0\n",
                           plot_number(from, low < 0.3 * high ? 0 : low - pad), plot_number(to, high + pad));
    for (size_t c = 0; c < G_N_ELEMENTS(curves); c++)
        bars |= add_curve(plot, places, c, t);
    bool any = t->curves->len > 0;
    if (any)
        caption(plot, places, bars, t);
    else
        g_set_error(error, PLOT_ERROR, PLOT_ERROR_DATA, "too few values of %s for a percentile",
                    plot->metric->name);
    g_array_free(places, TRUE);
    return any;
}
