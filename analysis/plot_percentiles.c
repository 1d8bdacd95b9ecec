/* plot_percentiles.c - percentiles of a time against the load, or against a parameter (see plot_points.c).
 *
 * Intervals: with two replications or more, -+ t(R - 1) s / sqrt(R), s the standard deviation of the
 * percentile over replications. With a single one, or one value in each, from the ranks between which a share p of n
 * independent values lies with probability 0.95 (normal approximation of the binomial; W. J. Conover,
 * Practical Nonparametric Statistics, 3rd ed. 1999, 3.2). */
#include "analysis/plot_int.h"

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
    place->pointwise = s->point->replications >= 2 && place->n > s->point->replications;
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

/* All points by ascending x; those that failed and have no values are left out. NULL and an error. */
static GArray *places_of(const struct plot *plot, const struct plot_axis *x, bool *keep, GError **error)
{
    GArray *places = g_array_new(FALSE, TRUE, sizeof(struct place));
    guint *order = plot_order(plot, x, NULL);
    bool done = true;

    for (size_t k = 0; k < plot->n && done; k++) {
        const struct plot_series *s = &plot->series[order[k]];
        struct place place = {.x = x->value[order[k]]};
        if (!keep[order[k]])
            continue;
        GArray *bins = store_distribution(s->reader, s->point, STORE_ALL, plot->metric->name, error);
        done = bins != NULL;
        if (done && plot_count(bins) == 0) {
            keep[order[k]] = false;
        } else if (done) {
            done = measure(plot, s, bins, &place, error);
            g_array_append_val(places, place);
        }
        if (bins)
            g_array_free(bins, TRUE);
    }
    g_free(order);
    if (done && places->len < 2)
        done = plot_no_values(plot, &plot->series[0], error);
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

static void caption(const struct plot *plot, const GArray *places, const bool *keep, unsigned without, bool bars,
                    struct plot_text *t)
{
    guint64 least = G_MAXUINT64, most = 0;
    bool pointwise = true, any = false;

    for (guint i = 0; i < places->len; i++) {
        const struct place *p = &g_array_index(places, struct place, i);
        any |= p->pointwise;
        least = MIN(least, p->n);
        most = MAX(most, p->n);
        pointwise &= p->pointwise;
    }
    plot_points_caption(t, plot, keep, least, most);
    if (without)
        g_string_append_printf(t->caption, "%u without a value left out. ", without);
    if (bars)
        g_string_append(t->caption,
                        pointwise ? "Bars: 95 % intervals over replications (Student's t). "
                        : any     ? "Bars: 95 % intervals, over replications where there are two or more, "
                                    "else from ranks, taking calls as independent. "
                                  : "Bars: 95 % intervals from ranks, taking calls as independent. ");
}

static unsigned count(const bool *keep, size_t n)
{
    unsigned kept = 0;

    for (size_t i = 0; i < n; i++)
        kept += keep[i];
    return kept;
}

static bool draw(const struct plot *plot, const struct plot_axis *x, bool *keep, struct plot_text *t, GError **error)
{
    unsigned before = count(keep, plot->n);
    GArray *places = places_of(plot, x, keep, error);
    bool bars = false;

    if (!places)
        return false;
    plot_head(t, plot, false);
    plot_set(t, "xlabel", x->label);
    plot_x_range(t, x, keep, plot->n);
    g_string_append(t->script, "set yrange [0:*]\nset key outside right center vertical invert\n"
                               "set pointintervalbox 0\n");
    for (size_t c = 0; c < G_N_ELEMENTS(curves); c++)
        bars |= add_curve(plot, places, c, t);
    bool any = t->curves->len > 0;
    if (any)
        caption(plot, places, keep, before - places->len, bars, t);
    else
        g_set_error(error, PLOT_ERROR, PLOT_ERROR_DATA, "too few values of %s for a percentile",
                    plot->metric->name);
    g_array_free(places, TRUE);
    return any;
}

bool plot_percentiles(const struct plot *plot, struct plot_text *t, GError **error)
{
    struct plot_axis x;

    if (!plot_x_axis(plot, &x, error))
        return false;
    bool *keep = plot_hold(t, plot, &x, NULL);
    bool done = draw(plot, &x, keep, t, error);
    g_free(keep);
    plot_axis_clear(&x);
    return done;
}
