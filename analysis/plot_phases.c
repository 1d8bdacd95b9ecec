/* plot_phases.c - where a time goes: its phases as stacked bars, one bar per result or per value of a factor.
 *
 * The bars are the means of the phases of the times that were explained (run.explain-every); their sum is the
 * mean of those. Bars stand side by side at equal distances, whatever the values. */
#include "analysis/plot_int.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Most bars side by side. */
#define BARS_MAX 40

/* One bar: the mean of each phase, by place. */
struct bar {
    char *label;
    double ns[PHASES_MAX + 1];
    guint64 explained;
};

struct bars {
    GArray *all; /* struct bar */
    const char *name[PHASES_MAX + 1];
    guint64 least, most; /* explained */
};

/* ---- what is in it ----------------------------------------------------------------------------------- */

static void clear_bar(gpointer data)
{
    g_free(((struct bar *)data)->label);
}

/* Adds a bar; takes the label. Results without the metric get none. */
static bool add_bar(const struct plot *plot, const struct plot_series *s, struct bars *bars, char *label,
                    GError **error)
{
    char *sql = g_strdup_printf(
        "SELECT position, mean_ns, explained_count FROM phase WHERE point = ?1 AND replication = 0"
        " AND metric = '%s' ORDER BY position",
        plot->metric->name);
    GPtrArray *rows = store_rows(s->reader, s->point, sql, error);
    struct bar bar = {.label = label};

    g_free(sql);
    for (guint i = 0; rows && i < rows->len; i++) {
        char **row = g_ptr_array_index(rows, i);
        int place = atoi(row[0]) - 1;
        if (place < 0 || place > PHASES_MAX)
            continue;
        bar.ns[place] = g_ascii_strtod(row[1], NULL);
        bar.explained = g_ascii_strtoull(row[2], NULL, 10);
        bars->name[place] =
            place < phase_count(plot->metric->phases) ? phase_at(plot->metric->phases, place)->name : "other";
    }
    if (bar.explained) {
        bars->least = MIN(bars->least, bar.explained);
        bars->most = MAX(bars->most, bar.explained);
        g_array_append_val(bars->all, bar);
    } else {
        g_free(label);
    }
    if (rows)
        store_rows_free(rows);
    return rows != NULL;
}

/* ---- how it looks ------------------------------------------------------------------------------------ */

/* Colours of Okabe and Ito; where two neighbours come near each other in grey, one is hatched. */
static const struct {
    const char *colour, *fill;
} looks[] = {
    {"#0072b2", "solid 0.9"},
    {"#e69f00", "solid 0.9"},
    {"#009e73", "pattern 4"},
    {"#f0e442", "solid 0.9"},
    {"#56b4e9", "pattern 5"},
    {"#d55e00", "solid 0.9"},
    {"#cc79a7", "solid 0.6"},
    {"#444444", "pattern 2"},
    {"#0072b2", "pattern 1"},
    {"#e69f00", "pattern 4"},
    {"#009e73", "solid 0.6"},
    {"#888888", "solid 0.4"},
    {"#56b4e9", "solid 0.7"},
    {"#d55e00", "pattern 1"},
};

static void put_tics(const struct bars *bars, struct plot_text *t)
{
    g_string_append(t->script, "set xtics (");
    for (guint i = 0; i < bars->all->len; i++) {
        g_string_append(t->script, i ? ", " : "");
        plot_quote(t->script, g_array_index(bars->all, struct bar, i).label);
        g_string_append_printf(t->script, " %u", i);
    }
    g_string_append_printf(t->script,
                           ") scale 0%s\nset xrange [-0.6:%u.6]\nset yrange [0:*]\nset boxwidth 0.7\n",
                           bars->all->len > 10 ? " rotate by 45 right" : "", bars->all->len - 1);
    g_string_append(t->script, "set key outside right center vertical samplen 2 spacing 1.15 font ',11'\n"
                               "unset grid\nset grid ytics lt 1 lc rgb '#e4e4e4' lw 0.7\n");
}

/* Columns: place, and the phases' upper ends, each on top of those before; the highest is drawn first, so
 * that the lower ones cover it. */
static void put_bars(const struct plot *plot, const struct bars *bars, struct plot_text *t)
{
    double unit = metric_unit_ns(plot->metric);
    int column[PHASES_MAX + 1], columns = 1;
    GString *heading = g_string_new("place");

    for (int p = 0; p <= PHASES_MAX; p++)
        if (bars->name[p]) {
            column[p] = ++columns;
            g_string_append_printf(heading, ", up to the end of \"%s\"", bars->name[p]);
        }
    unsigned block = plot_block(t, heading->str);
    for (guint i = 0; i < bars->all->len; i++) {
        const struct bar *b = &g_array_index(bars->all, struct bar, i);
        double row[PHASES_MAX + 2] = {i}, top = 0;
        for (int p = 0; p <= PHASES_MAX; p++)
            if (bars->name[p])
                row[column[p] - 1] = (top += b->ns[p]) / unit;
        plot_row(t, row, (size_t)columns);
    }
    for (int p = PHASES_MAX; p >= 0; p--)
        if (bars->name[p]) {
            size_t look = (size_t)(column[p] - 2) % G_N_ELEMENTS(looks);
            plot_curve(t, block, "using 1:%d with boxes fc rgb 'white' fs solid 1 noborder notitle",
                       column[p]);
            plot_curve(t, block,
                       "using 1:%d with boxes fc rgb '%s' fs %s border lc rgb '#303030' title \"%s\"",
                       column[p], looks[look].colour, looks[look].fill, bars->name[p]);
        }
    g_string_free(heading, TRUE);
}

/* ---- all of it --------------------------------------------------------------------------------------- */

static char *label_at(const struct plot_axis *x, guint i)
{
    char buf[G_ASCII_DTOSTR_BUF_SIZE];

    if (x->names)
        return g_strdup(g_ptr_array_index(x->names, (guint)x->value[i]));
    return g_strdup(g_ascii_formatd(buf, sizeof buf, "%.6g", x->value[i]));
}

/* Along an axis. */
static bool take_axis(const struct plot *plot, struct plot_text *t, const struct plot_axis *x,
                      struct bars *bars, GError **error)
{
    bool *keep = plot_hold(t, plot, x, NULL), done = true;
    guint *order = plot_order(plot, x, NULL);

    for (size_t k = 0; k < plot->n && done; k++)
        if (keep[order[k]])
            done = add_bar(plot, &plot->series[order[k]], bars, label_at(x, order[k]), error);
    if (done && bars->all->len)
        plot_points_caption(t, plot, keep, bars->least, bars->most);
    plot_set(t, "xlabel", x->label);
    g_free(order);
    g_free(keep);
    return done;
}

/* Results side by side, by name. */
static bool take_results(const struct plot *plot, struct plot_text *t, struct bars *bars, GError **error)
{
    guint64 *n = g_new0(guint64, plot->n);
    bool done = true;

    for (size_t i = 0; i < plot->n && done; i++) {
        guint before = bars->all->len;
        done = add_bar(plot, &plot->series[i], bars, g_strdup(plot->series[i].label), error);
        n[i] = bars->all->len > before ? g_array_index(bars->all, struct bar, before).explained : 0;
    }
    plot_caption(t, plot, n);
    g_free(n);
    return done;
}

static bool draw(const struct plot *plot, struct plot_text *t, struct bars *bars, GError **error)
{
    if (!bars->all->len || bars->all->len > BARS_MAX) {
        if (bars->all->len)
            g_set_error(error, PLOT_ERROR, PLOT_ERROR_DATA, "%u bars are too many for one graph: at most %d",
                        bars->all->len, BARS_MAX);
        else
            g_set_error(error, PLOT_ERROR, PLOT_ERROR_DATA, "no %s was explained (run.explain-every)",
                        plot->metric->name);
        return false;
    }
    plot_head(t, plot, false);
    put_tics(bars, t);
    put_bars(plot, bars, t);
    g_string_append(t->caption, "Means of the times that were explained, phase by phase. ");
    return true;
}

bool plot_phases(const struct plot *plot, struct plot_text *t, GError **error)
{
    struct bars bars = {.all = g_array_new(FALSE, FALSE, sizeof(struct bar)), .least = G_MAXUINT64};
    struct plot_axis x;
    GError *no_axis = NULL;
    bool done;

    g_array_set_clear_func(bars.all, clear_bar);
    if (plot->metric->phases == PHASES_NONE) {
        g_set_error(error, PLOT_ERROR, PLOT_ERROR_DATA, "%s has no phases", plot->metric->name);
        done = false;
    } else if (plot_x_axis(plot, &x, &no_axis)) {
        done = take_axis(plot, t, &x, &bars, error) && draw(plot, t, &bars, error);
        plot_axis_clear(&x);
    } else if (plot->x || plot->n > PLOT_SERIES_MAX) {
        g_propagate_error(error, g_steal_pointer(&no_axis));
        done = false;
    } else {
        done = take_results(plot, t, &bars, error) && draw(plot, t, &bars, error);
    }
    g_clear_error(&no_axis);
    g_array_unref(bars.all);
    return done;
}
