/* plot_histogram.c - the density of a time.
 *
 * The width of bars is 2 IQR n^(-1/3) (D. Freedman, P. Diaconis, Z. Wahrscheinlichkeitstheorie verw. Gebiete
 * 57, 1981), rounded to 1, 2 or 5 times a power of ten and kept between 8 and 120 bars. A stored bin that
 * lies across the border of two bars is shared out by length; it is 0.2 % of its value wide. */
#include "analysis/plot_int.h"

#include <math.h>

enum { BARS_MIN = 8, BARS_MAX = 120 };

static const struct store_bin *bin_at(const GArray *bins, guint i)
{
    return &g_array_index(bins, struct store_bin, i);
}

/* The next 1, 2 or 5 times a power of ten that is at least x. */
static double round_width(double x)
{
    double ten = pow(10, floor(log10(x)));

    for (double step = 1; step <= 10; step = step == 1 ? 2 : step == 2 ? 5 : 10)
        if (step * ten >= x * (1 - 1e-9))
            return step * ten;
    return 10 * ten;
}

struct bars {
    double low, width; /* in the metric's unit */
    unsigned n;
};

/* Bars for all series: as wide as the narrowest of them asks for. */
static struct bars choose_bars(struct plot_text *t, const GPtrArray *all, double unit)
{
    double low, high, width = INFINITY;
    struct bars b;

    plot_extent(t, all, &low, &high);
    low /= unit;
    high /= unit;
    for (guint i = 0; i < all->len; i++) {
        const GArray *bins = g_ptr_array_index(all, i);
        double iqr = (plot_quantile(bins, 0.75) - plot_quantile(bins, 0.25)) / unit;
        if (iqr > 0)
            width = MIN(width, 2 * iqr / cbrt((double)plot_count(bins)));
    }
    double span = high > low ? high - low : MAX(0.1 * high, 1e-3);
    b.width = round_width(CLAMP(isfinite(width) ? width : span / BARS_MIN, span / BARS_MAX, span / BARS_MIN));
    b.low = floor(low / b.width) * b.width;
    b.n = (unsigned)MAX(1, ceil((high - b.low) / b.width + 1e-9));
    if (high <= low) { /* all values are the same: a bar, with some air */
        b.low -= 3 * b.width;
        b.n += 6;
    }
    return b;
}

/* Values per bar. */
static double *share_out(const GArray *bins, const struct bars *b, double unit)
{
    double *count = g_new0(double, b->n);

    for (guint i = 0; i < bins->len; i++) {
        const struct store_bin *bin = bin_at(bins, i);
        double from = ((double)bin->low / unit - b->low) / b->width;
        double to = ((double)(bin->high + 1) / unit - b->low) / b->width;
        if (bin->low == bin->high)
            to = from; /* a value by itself */
        for (long bar = (long)floor(from); bar >= 0 && bar < (long)b->n && bar <= (long)floor(to); bar++) {
            double part = to > from ? MIN(to, (double)bar + 1) - MAX(from, (double)bar) : 1;
            count[bar] += (double)bin->count * (to > from ? part / (to - from) : 1);
            if (to <= from)
                break;
        }
    }
    return count;
}

static void one_series(const struct plot *plot, size_t i, const GArray *bins, const struct bars *b,
                       struct plot_text *t)
{
    double unit = metric_unit_ns(plot->metric), n = (double)plot_count(bins);
    double *count = share_out(bins, b, unit);
    unsigned style = (unsigned)i + 1, block = plot_block(t, "bars: middle density values");
    GString *title = g_string_new(NULL);

    for (unsigned bar = 0; bar < b->n; bar++) {
        const double row[] = {b->low + (bar + 0.5) * b->width, count[bar] / n / b->width, count[bar]};
        plot_row(t, row, G_N_ELEMENTS(row));
    }
    plot_quote(title, plot->series[i].label);
    if (plot->n == 1)
        plot_curve(t, block,
                   "using 1:2 with boxes lc rgb '#0072b2' fs solid 0.35 border lc rgb '#0072b2' notitle");
    else
        plot_curve(t, block, "using 1:2 with histeps ls %u title %s", style, title->str);
    g_string_free(title, TRUE);
    g_free(count);
}

/* Lines at the median and the 95th percentile. */
static void guides(struct plot_text *t, const struct plot *plot, const GArray *bins, const struct bars *b)
{
    static const struct {
        unsigned permille;
        const char *name, *dash;
    } guide[] = {
        {500, "median", "(10,4)"},
        {950, "p95",    "(3,3)" }
    };
    double unit = metric_unit_ns(plot->metric);

    for (size_t i = 0; i < G_N_ELEMENTS(guide); i++) {
        char buf[G_ASCII_DTOSTR_BUF_SIZE], text[32];
        if (!stats_quantile_known(plot_count(bins), guide[i].permille) || bins->len < 2)
            continue;
        double x = plot_quantile(bins, guide[i].permille / 1000.0) / unit;
        plot_number(buf, x);
        g_string_append_printf(t->script,
                               "set arrow from %s, graph 0 to %s, graph 1 nohead front lc rgb '#000000' "
                               "lw 1.2 dt %s\n",
                               buf, buf, guide[i].dash);
        g_ascii_formatd(text, sizeof text, "%.1f", x);
        bool right = x < b->low + 0.75 * (double)b->n * b->width; /* of the line there is room for the text */
        g_string_append_printf(t->script,
                               "set label '%s %s %s' at %s, graph 0.97 %s,0 front font ',11'\n",
                               guide[i].name, text, plot->metric->unit, buf, right ? "left offset 0.6" : "right offset -0.6");
    }
}

bool plot_histogram(const struct plot *plot, struct plot_text *t, GError **error)
{
    GPtrArray *all = plot_distributions(plot, error);
    char from[G_ASCII_DTOSTR_BUF_SIZE], to[G_ASCII_DTOSTR_BUF_SIZE], width[G_ASCII_DTOSTR_BUF_SIZE];
    guint64 n[PLOT_SERIES_MAX];

    if (!all)
        return false;
    for (guint i = 0; i < all->len; i++)
        n[i] = plot_count(g_ptr_array_index(all, i));
    plot_caption(t, plot, n);
    struct bars b = choose_bars(t, all, metric_unit_ns(plot->metric));
    char *axis = g_strdup_printf("density (1/%s)", plot->metric->unit);
    plot_head(t, plot, true);
    plot_set(t, "ylabel", axis);
    g_free(axis);
    g_string_append_printf(
        t->script,
        "set yrange [0:*]\nset offsets 0, 0, graph 0.1, 0\nset key top right\nset boxwidth %s absolute\n"
        "set xrange [%s:%s]\n",
        plot_number(width, b.width), plot_number(from, b.low), plot_number(to, b.low + b.n * b.width));
    for (guint i = 0; i < all->len; i++)
        one_series(plot, i, g_ptr_array_index(all, i), &b, t);
    if (plot->n == 1)
        guides(t, plot, g_ptr_array_index(all, 0), &b);
    g_string_append_printf(t->caption, "Bars of %s %s. ", width, plot->metric->unit);
    g_ptr_array_unref(all);
    return true;
}
