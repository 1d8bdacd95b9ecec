/* plot_ecdf.c - the empirical distribution function of a time, with a 95 % band.
 *
 * With two replications or more the band is pointwise, over replications: at each x, the share F = sum K /
 * sum N of values up to x is a ratio of totals over R replications, and its interval is
 *     F -+ t(R - 1) sqrt(R / (R - 1) sum (K - F N)^2) / sum N
 * (ratio estimator; W. G. Cochran, Sampling Techniques, 3rd ed. 1977, 6.3). Dependence between the calls of
 * one replication is thereby accounted for. A single replication has only its n values, taken as independent:
 * F -+ sqrt(ln(2 / 0.05) / (2 n)) then covers the whole true function with probability 0.95 (Dvoretzky,
 * Kiefer, Wolfowitz 1956; constant of P. Massart, Ann. Probab. 18, 1990). */
#include "analysis/plot_int.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <string.h>

/* Points with which a curve is drawn as steps; and the most points of a curve. */
#define STEPS_MAX  150
#define POINTS_MAX 1500

static const struct store_bin *bin_at(const GArray *bins, guint i)
{
    return &g_array_index(bins, struct store_bin, i);
}

/* Few values, each by itself, make steps; many values, or bins, a line. */
static bool is_stepped(const GArray *bins)
{
    for (guint i = 0; i < bins->len; i++)
        if (bin_at(bins, i)->low != bin_at(bins, i)->high)
            return false;
    return bins->len <= STEPS_MAX;
}

/* ---- the band over replications ------------------------------------------------------------------------ */

/* Sums over replications at each place of a grid, as differences from the place before. */
struct sums {
    double k, k2, kn; /* of K, K^2, K N */
};

static int by_value(gconstpointer a, gconstpointer b)
{
    gint64 x = *(const gint64 *)a, y = *(const gint64 *)b;
    return (x > y) - (x < y);
}

/* The ends of all bins, ascending, each once. */
static GArray *grid_of(const GArray *parts)
{
    GArray *grid = g_array_new(FALSE, FALSE, sizeof(gint64));
    guint n = 0;

    for (guint i = 0; i < parts->len; i++)
        g_array_append_val(grid, g_array_index(parts, struct store_part, i).bin.high);
    g_array_sort(grid, by_value);
    for (guint i = 0; i < grid->len; i++)
        if (n == 0 || g_array_index(grid, gint64, n - 1) != g_array_index(grid, gint64, i))
            g_array_index(grid, gint64, n++) = g_array_index(grid, gint64, i);
    return g_array_set_size(grid, n);
}

static guint place_of(const GArray *grid, gint64 value)
{
    guint low = 0, high = grid->len;

    while (low < high) {
        guint middle = low + (high - low) / 2;
        if (g_array_index(grid, gint64, middle) < value)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* One replication's values: parts from .. to - 1. Returns how many. */
static double add_replication(const GArray *parts, guint from, guint to, const GArray *grid,
                              struct sums *sums)
{
    double n = 0, k = 0;

    for (guint i = from; i < to; i++)
        n += (double)g_array_index(parts, struct store_part, i).bin.count;
    for (guint i = from; i < to; i++) {
        const struct store_bin *b = &g_array_index(parts, struct store_part, i).bin;
        struct sums *s = &sums[place_of(grid, b->high)];
        double after = k + (double)b->count;
        s->k += after - k;
        s->k2 += after * after - k * k;
        s->kn += (after - k) * n;
        k = after;
    }
    return n;
}

static void band_row(struct plot_text *t, double x, double f, double half)
{
    const double row[] = {x, MAX(f - half, 0), MIN(f + half, 1)};
    plot_row(t, row, G_N_ELEMENTS(row));
}

/* The block of the band, from parts of `replications` replications. */
static unsigned replication_band(struct plot_text *t, const GArray *parts, unsigned replications, double unit,
                                 bool stepped)
{
    GArray *grid = grid_of(parts);
    struct sums *sums = g_new0(struct sums, grid->len), at = {0, 0, 0};
    double n = 0, n2 = 0, r = replications;
    double quantile = gsl_cdf_tdist_Pinv(0.975, r - 1), f_before = 0, half_before = 0;

    for (guint i = 0, from = 0; i < parts->len; i++) {
        bool last = i + 1 == parts->len || g_array_index(parts, struct store_part, i + 1).replication !=
                                               g_array_index(parts, struct store_part, i).replication;
        if (!last)
            continue;
        double one = add_replication(parts, from, i + 1, grid, sums);
        n += one;
        n2 += one * one;
        from = i + 1;
    }
    unsigned block = plot_block(t, "band: x low high");
    guint stride = grid->len / POINTS_MAX + 1;
    for (guint i = 0; i < grid->len; i++) {
        at.k += sums[i].k;
        at.k2 += sums[i].k2;
        at.kn += sums[i].kn;
        double f = at.k / n, squares = MAX(at.k2 - 2 * f * at.kn + f * f * n2, 0);
        double half = quantile * sqrt(r / (r - 1) * squares) / n;
        double x = (double)g_array_index(grid, gint64, i) / unit;
        if (stepped)
            band_row(t, x, f_before, half_before);
        if (i % stride == 0 || i + 1 == grid->len)
            band_row(t, x, f, half);
        f_before = f;
        half_before = half;
    }
    g_array_free(grid, TRUE);
    g_free(sums);
    return block;
}

/* ---- the curve ----------------------------------------------------------------------------------------- */

/* The function itself, up to the end of the axis, and the band of Dvoretzky, Kiefer and Wolfowitz around it,
 * of this half height. */
static unsigned curve(struct plot_text *t, const GArray *bins, double unit, double half, double end)
{
    double n = (double)plot_count(bins), below = 0;
    double row[] = {(double)bin_at(bins, 0)->low / unit, 0, 0, MIN(half, 1)};
    unsigned block = plot_block(t, half > 0 ? "x F low high" : "x F");
    size_t columns = half > 0 ? 4 : 2;
    guint stride = bins->len / POINTS_MAX + 1;
    bool stepped = is_stepped(bins);

    plot_row(t, row, columns);
    for (guint i = 0; i < bins->len; i++) {
        row[0] = (double)bin_at(bins, i)->high / unit;
        if (stepped)
            plot_row(t, row, columns);
        below += (double)bin_at(bins, i)->count;
        row[1] = below / n;
        row[2] = MAX(row[1] - half, 0);
        row[3] = MIN(row[1] + half, 1);
        if (i % stride == 0 || i + 1 == bins->len)
            plot_row(t, row, columns);
    }
    row[0] = end;
    if (end > (double)bin_at(bins, bins->len - 1)->high / unit)
        plot_row(t, row, columns);
    return block;
}

/* Those percentiles whose labels stand to the right of their points (on the left of the graph), or to the left. */
static void labels(struct plot_text *t, const GArray *bins, const struct plot *plot, double unit, double middle, bool right)
{
    static const unsigned permille[] = {500, 900, 950, 990};
    guint64 n = plot_count(bins);
    GArray *rows = g_array_new(FALSE, FALSE, 2 * sizeof(double));

    for (size_t i = 0; i < G_N_ELEMENTS(permille); i++) {
        const double row[] = {plot_quantile(bins, permille[i] / 1000.0) / unit, permille[i] / 1000.0};
        if (stats_quantile_known(n, permille[i]) && (row[0] <= middle) == right)
            g_array_append_vals(rows, row, 1);
    }
    if (rows->len) { /* gnuplot 5.4 crashes on labels without any data */
        unsigned block = plot_block(t, "percentiles: x F");
        for (guint i = 0; i < rows->len; i++)
            plot_row(t, (const double *)(void *)rows->data + 2 * i, 2);
        plot_curve(t, block, "using 1:2 with points lc rgb '#000000' pt 7 ps 0.7 notitle");
        plot_curve(t, block,
                   "using 1:2:(sprintf('p%%g = %%.1f %s', 100 * $2, $1)) with labels %s "
                   "font ',10' tc rgb '#000000' notitle",
                   plot->metric->unit, right ? "left offset 1,-0.6" : "right offset -1,0.1");
    }
    g_array_unref(rows);
}

/* Where the percentiles are, with their values; end: of the axis. */
static void percentiles(struct plot_text *t, const GArray *bins, const struct plot *plot, double unit, double end)
{
    double begin = (double)bin_at(bins, 0)->low / unit, middle = begin + 0.7 * (end - begin);

    labels(t, bins, plot, unit, middle, true);
    labels(t, bins, plot, unit, middle, false);
}

/* ---- the graph ----------------------------------------------------------------------------------------- */

/* Sets the x axis; returns where it ends. */
static double x_range(struct plot_text *t, const GPtrArray *all, double unit)
{
    char from[G_ASCII_DTOSTR_BUF_SIZE], to[G_ASCII_DTOSTR_BUF_SIZE];
    double low, high;

    plot_extent(t, all, &low, &high);
    double pad = high > low ? 0.02 * (high - low) : 0.1 * MAX(high, unit);
    low = low < 0.25 * high ? 0 : low - pad; /* with the origin if that costs little */
    g_string_append_printf(t->script, "set xrange [%s:%s]\n", plot_number(from, low / unit),
                           plot_number(to, (high + pad) / unit));
    return (high + pad) / unit;
}

static bool one_series(const struct plot *plot, size_t i, const GArray *bins, double end, struct plot_text *t,
                       bool *pointwise, GError **error)
{
    const struct plot_series *s = &plot->series[i];
    double unit = metric_unit_ns(plot->metric);
    unsigned style = (unsigned)i + 1;
    const char *fill = "fs transparent solid 0.25 noborder";
    GString *title = g_string_new(NULL);
    unsigned block;

    GArray *parts = store_parts(s->reader, s->point, plot->metric->name, error);
    if (!parts) {
        g_string_free(title, TRUE);
        return false;
    }
    *pointwise = s->point->replications >= 2 && parts->len; /* of sweeps, they are not kept apart */
    if (*pointwise) {
        block = replication_band(t, parts, s->point->replications, unit, is_stepped(bins));
        plot_curve(t, block, "using 1:2:3 with filledcurves ls %u %s notitle", style, fill);
        block = curve(t, bins, unit, 0, end);
    } else {
        block = curve(t, bins, unit, sqrt(log(2 / 0.05) / (2 * (double)plot_count(bins))), end);
        plot_curve(t, block, "using 1:3:4 with filledcurves ls %u %s notitle", style, fill);
    }
    g_array_free(parts, TRUE);
    plot_quote(title, s->label);
    plot_curve(t, block, "using 1:2 with lines ls %u %s %s", style, plot->n > 1 ? "title" : "notitle",
               plot->n > 1 ? title->str : "");
    if (plot->n == 1)
        percentiles(t, bins, plot, unit, end);
    g_string_free(title, TRUE);
    return true;
}

bool plot_ecdf(const struct plot *plot, struct plot_text *t, GError **error)
{
    GPtrArray *all = plot_distributions(plot, error);
    guint64 n[PLOT_SERIES_MAX];
    bool any_pointwise = false, any_whole = false, done = true;

    if (!all)
        return false;
    for (guint i = 0; i < all->len; i++)
        n[i] = plot_count(g_ptr_array_index(all, i));
    plot_caption(t, plot, n);
    plot_head(t, plot, true);
    plot_set(t, "ylabel", "share of calls up to this time");
    g_string_append(t->script, "set yrange [0:1]\nset ytics 0.1\nset key bottom right\n");
    double end = x_range(t, all, metric_unit_ns(plot->metric));
    for (guint i = 0; i < all->len && done; i++) {
        bool pointwise = false;
        done = one_series(plot, i, g_ptr_array_index(all, i), end, t, &pointwise, error);
        *(pointwise ? &any_pointwise : &any_whole) = true;
    }
    if (any_pointwise)
        g_string_append(t->caption, "Shaded: pointwise 95 % intervals over replications (Student's t). ");
    if (any_whole)
        g_string_append_printf(t->caption,
                               "%s: 95 %% band for the whole function (Dvoretzky-Kiefer-Wolfowitz), which "
                               "takes calls as independent. ",
                               any_pointwise ? "With one replication, or of a sweep" : "Shaded");
    g_ptr_array_unref(all);
    return done;
}
