/* plot_heatmap.c - the mean, or a percentile, of a time over two factors.
 *
 * Cells are equally wide, whatever the distance of the values: factors are often swept by ratio, or are no
 * numbers. The colours are those of viridis (Smith and van der Walt, matplotlib 1.5): equal steps look equal,
 * also to people who see colours differently, and darker is less also when it is printed in grey. */
#include "analysis/plot_int.h"

#include <math.h>
#include <string.h>

/* Most columns and rows with a number in each cell; and with the half width of its interval. */
enum { NUMBERS_X = 14, NUMBERS_Y = 20, HALVES_X = 8, HALVES_Y = 9 };
/* Most names of places along an axis. */
#define TICS 14
/* With a largest value that is so many times the smallest, colours go by ratio. */
#define BY_RATIO 20

static const char palette[] =
    "set palette defined (0 '#440154', 1 '#472c7a', 2 '#3b518b', 3 '#2c718e', 4 '#21908d', "
    "5 '#27ad81', 6 '#5cc863', 7 '#aadc32', 8 '#fde725')\n";

/* One axis, cut into cells. */
struct side {
    struct plot_axis axis;
    GArray *places; /* double, ascending */
};

struct cell {
    guint x, y, series;
    double value, half; /* NaN: unknown */
    bool failed;
};

struct map {
    struct side x, y;
    GArray *cells; /* struct cell */
    double low, high;
    guint64 least, most; /* calls */
    bool halves, logarithmic;
};

/* ---- what is in it ------------------------------------------------------------------------------------ */

static int by_value(gconstpointer a, gconstpointer b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static guint place_of(const struct side *s, double value)
{
    guint i = 0;

    while (i < s->places->len && g_array_index(s->places, double, i) < value)
        i++;
    return i;
}

static void find_places(struct side *s, const bool *keep, size_t n)
{
    guint used = 0;

    s->places = g_array_new(FALSE, FALSE, sizeof(double));
    for (size_t i = 0; i < n; i++)
        if (keep[i])
            g_array_append_val(s->places, s->axis.value[i]);
    g_array_sort(s->places, by_value);
    for (guint i = 0; i < s->places->len; i++)
        if (!used || g_array_index(s->places, double, used - 1) != g_array_index(s->places, double, i))
            g_array_index(s->places, double, used++) = g_array_index(s->places, double, i);
    g_array_set_size(s->places, used);
}

/* Value and half of the interval, in the metric's unit. */
static bool measure(const struct plot *plot, struct map *m, struct cell *c, GError **error)
{
    const struct plot_series *s = &plot->series[c->series];
    double unit = metric_unit_ns(plot->metric), low, high;
    struct store_time time;
    int q = plot->quantile;

    if (!store_time(s->reader, s->point, STORE_ALL, plot->metric->name, &time, error))
        return false;
    c->value = (q < 0 ? time.mean : time.p[q]) / unit;
    low = q < 0 ? time.low : time.p_low[q];
    high = q < 0 ? time.high : time.p_high[q];
    c->half = (high - low) / 2 / unit;
    c->failed = strcmp(s->point->state, "failed") == 0;
    if (isnan(c->value))
        return true;
    m->low = MIN(m->low, c->value);
    m->high = MAX(m->high, c->value);
    m->least = MIN(m->least, time.n);
    m->most = MAX(m->most, time.n);
    return true;
}

/* Makes a cell of each point that is kept; then those stay kept that have a value. */
static bool fill_cells(const struct plot *plot, bool *keep, struct map *m, GError **error)
{
    m->cells = g_array_new(FALSE, TRUE, sizeof(struct cell));
    for (guint i = 0; i < plot->n; i++) {
        struct cell c = {.series = i};
        if (!keep[i])
            continue;
        c.x = place_of(&m->x, m->x.axis.value[i]);
        c.y = place_of(&m->y, m->y.axis.value[i]);
        if (!measure(plot, m, &c, error))
            return false;
        g_array_append_val(m->cells, c);
        keep[i] = !isnan(c.value);
    }
    return true;
}

/* Whether a cell has two points. */
static bool any_twice(const struct map *m)
{
    guint columns = m->x.places->len;
    bool *seen = g_new0(bool, (size_t)columns * m->y.places->len), twice = false;

    for (guint i = 0; i < m->cells->len && !twice; i++) {
        const struct cell *c = &g_array_index(m->cells, struct cell, i);
        bool *here = &seen[(size_t)c->y * columns + c->x];
        twice = *here;
        *here = true;
    }
    g_free(seen);
    return twice;
}

/* Whether there is one point for each cell, and for most cells a point. */
static bool is_grid(const struct map *m, const char *x, const char *y, GError **error)
{
    guint columns = m->x.places->len, rows = m->y.places->len, points = m->cells->len;

    if (columns < 2 || rows < 2)
        g_set_error(error, PLOT_ERROR, PLOT_ERROR_DATA,
                    "%s is the same at all points: it takes two factors that vary", columns < 2 ? x : y);
    else if (4.0 * points < (double)columns * rows)
        g_set_error(
            error, PLOT_ERROR, PLOT_ERROR_DATA,
            "%u points are no grid of %u values of %s and %u of %s (a Latin hypercube has no heat map)",
            points, columns, x, rows, y);
    else if (any_twice(m))
        g_set_error(error, PLOT_ERROR, PLOT_ERROR_DATA, "several results have the same %s and %s", x, y);
    else
        return true;
    return false;
}

/* ---- how it looks ------------------------------------------------------------------------------------- */

/* Names of the places along an axis: all, or every k-th. */
static void put_tics(struct plot_text *t, const struct side *s, const char *which)
{
    guint n = s->places->len, step = (n + TICS - 1) / TICS;
    size_t longest = 0;
    GString *tics = g_string_new(NULL);

    for (guint i = 0; i < n; i += step) {
        double value = g_array_index(s->places, double, i);
        char buf[G_ASCII_DTOSTR_BUF_SIZE];
        const char *text = s->axis.names ? g_ptr_array_index(s->axis.names, (guint)value)
                                         : g_ascii_formatd(buf, sizeof buf, "%.5g", value);
        longest = MAX(longest, (size_t)g_utf8_strlen(text, -1));
        g_string_append(tics, i ? ", " : "");
        plot_quote(tics, text);
        g_string_append_printf(tics, " %u", i);
    }
    bool narrow = strcmp(which, "x") == 0 && longest * MIN(n, TICS) > 75;
    g_string_append_printf(t->script, "set %stics (%s) scale 0%s\nset %srange [-0.5:%u.5]\n", which,
                           tics->str, narrow ? " rotate by 30 right" : "", which, n - 1);
    g_string_free(tics, TRUE);
}

static void put_colours(struct plot_text *t, const struct plot *plot, const struct map *m)
{
    char from[G_ASCII_DTOSTR_BUF_SIZE], to[G_ASCII_DTOSTR_BUF_SIZE];
    bool same = m->high <= m->low;
    char *label =
        g_strdup_printf("%s of %s (%s)", plot->quantile < 0 ? "mean" : kpi_quantiles[plot->quantile].name,
                        plot->metric->name, plot->metric->unit);

    g_string_append(t->script, palette);
    g_string_append_printf(
        t->script,
        "set cbrange [%s:%s]\nset colorbox user origin screen 0.865, graph 0 size screen 0.025, graph 1\n",
        plot_number(from, same ? m->low * 0.95 : m->low),
        plot_number(to, same ? m->high * 1.05 + 1 : m->high));
    if (m->logarithmic)
        g_string_append(t->script, "set logscale cb\n");
    plot_set(t, "cblabel", label);
    g_free(label);
}

/* Whether white is easier to read on the colour of this value than black: below 55 % of the scale. */
static bool is_dark(const struct map *m, double value)
{
    double share = m->high <= m->low ? 0.5
                   : m->logarithmic  ? log(value / m->low) / log(m->high / m->low)
                                     : (value - m->low) / (m->high - m->low);
    return share < 0.55;
}

/* One block of cells that have a value, or that have none. */
static unsigned put_cells(struct plot_text *t, const struct map *m, bool known, unsigned *count)
{
    unsigned block = plot_block(t, known ? "column row x y value half ink" : "column row x y failed");

    *count = 0;
    for (guint i = 0; i < m->cells->len; i++) {
        const struct cell *c = &g_array_index(m->cells, struct cell, i);
        double x = g_array_index(m->x.places, double, c->x), y = g_array_index(m->y.places, double, c->y);
        const double with[] = {c->x, c->y, x, y, c->value, c->half, is_dark(m, c->value) ? 0xffffff : 0};
        const double without[] = {c->x, c->y, x, y, c->failed};
        if (isnan(c->value) == known)
            continue;
        plot_row(t, known ? with : without, known ? G_N_ELEMENTS(with) : G_N_ELEMENTS(without));
        ++*count;
    }
    return block;
}

static void draw_cells(struct plot_text *t, struct map *m)
{
    guint columns = m->x.places->len, rows = m->y.places->len;
    const char *places = m->high >= 100 ? "%.0f" : m->high >= 10 ? "%.1f" : "%.2f";
    unsigned known, unknown, block = put_cells(t, m, true, &known);

    plot_curve(t, block,
               "using 1:2:($1-0.5):($1+0.5):($2-0.5):($2+0.5):5 with boxxyerror lc palette fs solid 1 "
               "noborder notitle");
    m->halves = columns <= HALVES_X && rows <= HALVES_Y;
    for (guint i = 0; i < m->cells->len; i++) {
        const struct cell *c = &g_array_index(m->cells, struct cell, i);
        m->halves &= isnan(c->value) || !isnan(c->half);
    }
    if (m->halves)
        plot_curve(t, block,
                   "using 1:2:(sprintf(\"%s\\n\\302\\261 %s\", $5, $6)):7 with labels center offset 0,0.4 tc "
                   "rgb variable font ',11' notitle",
                   places, places);
    else if (columns <= NUMBERS_X && rows <= NUMBERS_Y)
        plot_curve(t, block, "using 1:2:(sprintf('%s', $5)):7 with labels tc rgb variable font ',%d' notitle",
                   places, columns > 10 || rows > 14 ? 9 : 11);
    block = put_cells(t, m, false, &unknown);
    if (!unknown) /* gnuplot 5.4 crashes on labels without any data */
        return;
    plot_curve(t, block,
               "using 1:2:($1-0.5):($1+0.5):($2-0.5):($2+0.5) with boxxyerror lc rgb '#bbbbbb' fs empty "
               "border lc rgb '#bbbbbb' notitle");
    plot_curve(t, block,
               "using 1:2:($5 == 1 ? 'failed' : 'too few') with labels font ',10' tc rgb '#404040' notitle");
}

static void caption(const struct plot *plot, const struct map *m, const bool *keep, struct plot_text *t)
{
    bool replicated = true;

    for (size_t i = 0; i < plot->n; i++)
        replicated &= !keep[i] || plot->series[i].point->replications >= 2;
    plot_points_caption(t, plot, keep, m->least, m->most);
    if (m->halves)
        g_string_append_printf(t->caption, "\302\261: half of the %g %% interval%s. ",
                               100 * plot->series[0].point->level,
                               replicated           ? " over replications (Student's t)"
                               : plot->quantile < 0 ? ", from batch means where there is one replication"
                                                    : ", from ranks where there is one replication");
    if (m->logarithmic)
        g_string_append(t->caption, "Colours go by ratio. ");
    if (m->cells->len < m->x.places->len * m->y.places->len)
        g_string_append(t->caption, "Empty: not run. ");
}

static bool draw(const struct plot *plot, struct map *m, const bool *keep, struct plot_text *t,
                 GError **error)
{
    if (m->low > m->high)
        return plot_no_values(plot, &plot->series[0], error);
    m->logarithmic = m->low > 0 && m->high > BY_RATIO * m->low;
    plot_head(t, plot, false);
    plot_set(t, "xlabel", m->x.axis.label);
    plot_set(t, "ylabel", m->y.axis.label);
    put_tics(t, &m->x, "x");
    put_tics(t, &m->y, "y");
    g_string_append(t->script, "unset grid\nset border 0\nunset key\nset rmargin at screen 0.84\n");
    put_colours(t, plot, m);
    draw_cells(t, m);
    caption(plot, m, keep, t);
    return true;
}

bool plot_heatmap(const struct plot *plot, struct plot_text *t, GError **error)
{
    const char *x = plot->x ? plot->x : plot_varying_factor(plot, plot->y, true);
    const char *y = plot->y || !x ? plot->y : plot_varying_factor(plot, x, true);
    struct map m = {.low = INFINITY, .high = -INFINITY, .least = G_MAXUINT64};
    bool *keep = NULL, done = false;

    if (!x || !y)
        g_set_error(
            error, PLOT_ERROR, PLOT_ERROR_DATA,
            "it takes a sweep with two factors that vary, or --x and --y of results that differ in both");
    else if (strcmp(x, y) == 0)
        g_set_error(error, PLOT_ERROR, PLOT_ERROR_DATA, "%s is on both axes", x);
    else if (plot_axis(plot, x, true, &m.x.axis, error) && plot_axis(plot, y, true, &m.y.axis, error)) {
        keep = plot_hold(t, plot, &m.x.axis, &m.y.axis);
        find_places(&m.x, keep, plot->n);
        find_places(&m.y, keep, plot->n);
        done =
            fill_cells(plot, keep, &m, error) && is_grid(&m, x, y, error) && draw(plot, &m, keep, t, error);
        g_array_free(m.cells, TRUE);
        g_array_free(m.x.places, TRUE);
        g_array_free(m.y.places, TRUE);
    }
    plot_axis_clear(&m.x.axis);
    plot_axis_clear(&m.y.axis);
    g_free(keep);
    return done;
}
