/* plot_welch.c - Welch's plot: how a time settles, from the very beginning of the run.
 *
 * P. D. Welch (The statistical analysis of simulation results, 1983): the i-th values of all replications are
 * averaged, and the averages smoothed by a moving average over 2w + 1 of them, at the beginning over 2i - 1.
 * Here i is a stretch of virtual time and not the number of a call, since calls of all kinds begin at random
 * and several at once: the average is over all values of all replications that began in the stretch, and each
 * value counts the same in the moving average, too. The warm-up ends where the curve becomes level; what
 * MSER-5 makes of the same stretches is marked (series.h). */
#include "analysis/plot_int.h"

#include "sim/units.h"

#include <math.h>
#include <string.h>

/* Least stretches with values that make a graph. */
#define STRETCHES_MIN 20
/* w is this part of all stretches: the moving average is over some 5 % of the time. */
#define WINDOW_PART 40

struct curve {
    struct series series;
    sim_time length, mser;
    enum series_verdict verdict;
    uint32_t window; /* w */
    guint64 n;
};

/* ---- what is known ------------------------------------------------------------------------------------ */

static bool read_curve(const struct plot *plot, const struct plot_series *s, struct curve *c, GError **error)
{
    uint32_t filled = 0;

    if (!store_series(s->reader, s->point, plot->metric->name, &c->series, &c->length, error))
        return false;
    for (uint32_t i = 0; i < c->series.used; i++) {
        filled += c->series.bin[i].n > 0;
        c->n += c->series.bin[i].n;
    }
    if (!c->n)
        return plot_no_values(plot, s, error);
    if (filled < STRETCHES_MIN) {
        g_set_error(error, PLOT_ERROR, PLOT_ERROR_DATA,
                    "%s: values of %s began in %u stretches of time: it takes %d", s->label,
                    plot->metric->name, filled, STRETCHES_MIN);
        return false;
    }
    c->window = MAX(1, c->series.used / WINDOW_PART);
    c->verdict = series_warmup(&c->series, c->length, &c->mser);
    return true;
}

/* The average around stretch i, in ns; NaN where it would be over what comes after the end. */
static double moving_average(const struct series *s, uint32_t i, uint32_t window)
{
    uint32_t w = MIN(window, i);
    double sum = 0, n = 0;

    if (i + w >= s->used)
        return NAN;
    for (uint32_t k = i - w; k <= i + w; k++) {
        sum += (double)s->bin[k].sum;
        n += (double)s->bin[k].n;
    }
    return n > 0 ? sum / n : NAN;
}

/* ---- how it looks ------------------------------------------------------------------------------------- */

static unsigned put_block(const struct plot *plot, const struct curve *c, const struct plot_clock *clock,
                          struct plot_text *t)
{
    unsigned block = plot_block(t, "middle mean moving-average values");
    double unit = metric_unit_ns(plot->metric);

    for (uint32_t i = 0; i < c->series.used; i++) {
        const struct series_bin *b = &c->series.bin[i];
        const double row[] = {(i + 0.5) * (double)c->series.width / clock->ns,
                              (double)b->sum / (double)b->n / unit,
                              moving_average(&c->series, i, c->window) / unit, (double)b->n};
        if (b->n)
            plot_row(t, row, G_N_ELEMENTS(row));
    }
    return block;
}

/* A line at an instant, across the graph. */
static void put_line(struct plot_text *t, double x, const char *look, const char *text, double height,
                     bool left)
{
    char buf[G_ASCII_DTOSTR_BUF_SIZE], at[G_ASCII_DTOSTR_BUF_SIZE];

    plot_number(buf, x);
    g_string_append_printf(t->script, "set arrow from %s, graph 0 to %s, graph 1 nohead back %s\n", buf, buf,
                           look);
    if (!text)
        return;
    g_string_append(t->script, "set label ");
    plot_quote(t->script, text);
    g_string_append_printf(t->script, " at %s, graph %s %s front boxed font ',11'\n", buf,
                           plot_number(at, height), left ? "right offset -0.8,0" : "left offset 0.8,0");
}

static void put_lines(const struct plot_series *s, const struct curve *c, const struct plot_clock *clock,
                      struct plot_text *t)
{
    char found[64], used[64], buf[G_ASCII_DTOSTR_BUF_SIZE];

    if (c->verdict == SERIES_GOOD) {
        g_snprintf(found, sizeof found, "MSER-5: %s %s",
                   g_ascii_formatd(buf, sizeof buf, "%.4g", (double)c->mser / clock->ns), clock->name);
        put_line(t, (double)c->mser / clock->ns, "lc rgb '#d55e00' lw 1.8 dt (10,4)", found, 0.95,
                 2 * c->mser > c->length);
    }
    if (s->point->warmup > 0) {
        g_snprintf(used, sizeof used, "warm-up of this run: %s %s",
                   g_ascii_formatd(buf, sizeof buf, "%.4g", (double)s->point->warmup / clock->ns),
                   clock->name);
        put_line(t, (double)s->point->warmup / clock->ns, "lc rgb '#000000' lw 1.2 dt (3,3)", used, 0.88,
                 2 * s->point->warmup > c->length);
    }
}

/* The mean that was measured after the warm-up, to compare. */
static bool put_mean(const struct plot *plot, const struct plot_series *s, struct plot_text *t,
                     GError **error)
{
    char buf[G_ASCII_DTOSTR_BUF_SIZE];
    struct store_time time;

    if (!store_time(s->reader, s->point, STORE_ALL, plot->metric->name, &time, error))
        return false;
    if (time.n)
        plot_curve(t, 0,
                   "using 1:(%s) with lines lc rgb '#000000' lw 1 dt (2,4) title 'mean after the warm-up'",
                   plot_number(buf, time.mean / metric_unit_ns(plot->metric)));
    return true;
}

static bool draw_one(const struct plot *plot, size_t i, const struct curve *c, const struct plot_clock *clock,
                     struct plot_text *t, GError **error)
{
    const struct plot_series *s = &plot->series[i];
    unsigned block = put_block(plot, c, clock, t), style = (unsigned)i + 1;
    GString *title = g_string_new(NULL);
    char look[64];
    bool done = true;

    plot_quote(title, plot->n > 1 ? s->label : "moving average");
    if (plot->n == 1) {
        plot_curve(t, block, "using 1:2 with lines lc rgb '#b0b0b0' lw 0.8 title 'mean in each stretch'");
        done = put_mean(plot, s, t, error);
        put_lines(s, c, clock, t);
    } else if (c->verdict == SERIES_GOOD) {
        g_snprintf(look, sizeof look, "ls %u lw 1", style);
        put_line(t, (double)c->mser / clock->ns, look, NULL, 0, false);
    }
    plot_curve(t, block, "using 1:3 with lines ls %u lw 2.5 title %s", style, title->str);
    g_string_free(title, TRUE);
    return done;
}

/* "X", or "X to Y" when not all are the same. */
static void put_span(GString *out, sim_time least, sim_time most)
{
    char from[32], to[32];

    g_string_append(out, units_format_time(from, least));
    if (least != most)
        g_string_append_printf(out, " to %s", units_format_time(to, most));
}

static void caption(const struct plot *plot, const struct curve *curves, struct plot_text *t)
{
    sim_time width[2] = {SIM_NEVER, 0}, window[2] = {SIM_NEVER, 0};
    char found[32];

    for (size_t i = 0; i < plot->n; i++) {
        sim_time w = curves[i].series.width, over = (2 * curves[i].window + 1) * w;
        width[0] = MIN(width[0], w);
        width[1] = MAX(width[1], w);
        window[0] = MIN(window[0], over);
        window[1] = MAX(window[1], over);
    }
    g_string_append(t->caption, "Means over replications of what began in stretches of ");
    put_span(t->caption, width[0], width[1]);
    g_string_append(t->caption, "; moving average over ");
    put_span(t->caption, window[0], window[1]);
    g_string_append(t->caption, ". MSER-5 leaves out");
    for (size_t i = 0; i < plot->n; i++) {
        const struct curve *c = &curves[i];
        if (plot->n > 1)
            g_string_append_printf(t->caption, "%s of %s", i ? ";" : "", plot->series[i].label);
        if (c->verdict == SERIES_GOOD && c->mser > 0)
            g_string_append_printf(t->caption, " the first %s", units_format_time(found, c->mser));
        else
            g_string_append(t->caption, c->verdict == SERIES_GOOD ? " nothing"
                                        : c->verdict == SERIES_CORRELATED
                                            ? " more than half: it does not settle"
                                            : " nothing: too few values to say");
    }
    g_string_append(t->caption, ". ");
}

bool plot_welch(const struct plot *plot, struct plot_text *t, GError **error)
{
    struct curve *curves = g_new0(struct curve, plot->n);
    guint64 n[PLOT_SERIES_MAX];
    sim_time longest = 0;
    bool done = true;

    for (size_t i = 0; i < plot->n && done; i++) {
        done = read_curve(plot, &plot->series[i], &curves[i], error);
        longest = MAX(longest, curves[i].length);
        n[i] = curves[i].n;
    }
    if (done) {
        struct plot_clock clock = plot_clock(t, longest);
        plot_head(t, plot, false);
        plot_caption(t, plot, n);
        g_string_append(t->script,
                        plot->n > 1
                            ? "set key outside right center vertical samplen 3\n"
                            : "set key at screen 0.55, screen 0.875 center center horizontal maxrows 1 "
                              "samplen 3\nset tmargin at screen 0.84\nset title offset 0,1.7\n"
                              "set style textbox opaque noborder margins 0.4, 0.2\n");
        for (size_t i = 0; i < plot->n && done; i++)
            done = draw_one(plot, i, &curves[i], &clock, t, error);
        caption(plot, curves, t);
    }
    for (size_t i = 0; i < plot->n; i++)
        series_clear(&curves[i].series);
    g_free(curves);
    return done;
}
