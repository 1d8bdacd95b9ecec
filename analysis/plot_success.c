/* plot_success.c - shares of calls that succeed, and below them of those that are blocked, against the load
 * or a parameter (see plot_points.c), with Wilson's intervals. */
#include "analysis/plot_int.h"

#include <math.h>
#include <string.h>

/* What is drawn, in this order, as far as results have it; `lost`: what the ratio lacks to 1. */
static const struct curve {
    enum ratio_id ratio;
    bool lost;
    const char *title; /* NULL: the ratio's name */
} good[] =
    {
        {RATIO_SER,                    false, NULL},
        {RATIO_SEER,                   false, NULL},
        {RATIO_SCR,                    false, NULL},
        {RATIO_BEARER_SUCCESS,         false, NULL},
        {RATIO_ATTACH_SUCCESS,         false, NULL},
        {RATIO_REGISTRATION_SUCCESS,   false, NULL},
        {RATIO_REREGISTRATION_SUCCESS, false, NULL},
        {RATIO_SERVICE_SUCCESS,        false, NULL},
},
  bad[] = {
      {RATIO_ISA, false, NULL},
      {RATIO_SEER, true, "1 \342\210\222 SEER"},
      {RATIO_BEARER_SUCCESS, true, "bearer blocking"},
      {RATIO_ATTACH_SUCCESS, true, "attach failed"},
      {RATIO_REGISTRATION_SUCCESS, true, "registration failed"},
      {RATIO_REREGISTRATION_SUCCESS, true, "reregistration failed"},
      {RATIO_SERVICE_SUCCESS, true, "service failed"},
      {RATIO_IRA, false, NULL},
};
/* Line styles that there are. */
#define STYLES 6U

struct place {
    guint series;
    double value, low, high;
};

/* ---- one curve ---------------------------------------------------------------------------------------- */

static bool measure(const struct plot *plot, const struct curve *c, const guint *order, const bool *keep,
                    GArray *places, GError **error)
{
    for (size_t k = 0; k < plot->n; k++) {
        const struct plot_series *s = &plot->series[order[k]];
        struct place p = {.series = order[k]};
        if (!keep[order[k]])
            continue;
        if (!store_ratio(s->reader, s->point, ratio_table[c->ratio].name, &p.value, &p.low, &p.high, error))
            return false;
        if (isnan(p.value))
            continue;
        if (c->lost)
            p = (struct place){p.series, 1 - p.value, 1 - p.high, 1 - p.low};
        g_array_append_val(places, p);
    }
    return true;
}

static const char *name_of(const struct curve *c)
{
    return c->title ? c->title : ratio_table[c->ratio].name;
}

static void draw(struct plot_text *t, const struct curve *c, const struct plot_axis *x, const GArray *places,
                 unsigned style)
{
    char *heading = g_strdup_printf("x %s low high", name_of(c));
    GString *title = g_string_new(NULL);
    unsigned block = plot_block(t, heading);

    for (guint i = 0; i < places->len; i++) {
        const struct place *p = &g_array_index(places, struct place, i);
        const double row[] = {x->value[p->series], 100 * p->value, 100 * p->low, 100 * p->high};
        plot_row(t, row, G_N_ELEMENTS(row));
    }
    plot_quote(title, name_of(c));
    plot_curve(t, block, "using 1:3:4 with filledcurves ls %u fs transparent solid 0.25 noborder notitle",
               style);
    plot_curve(t, block, "using 1:2:3:4 with yerrorbars ls %u dt 1 lw 1.3 pt 0 notitle", style);
    plot_curve(t, block, "using 1:2 with linespoints ls %u title %s", style, title->str);
    g_string_free(title, TRUE);
    g_free(heading);
}

/* ---- a panel of them ---------------------------------------------------------------------------------- */

struct panel {
    const struct curve *curve;
    size_t n;
    unsigned first; /* style */
};

/* Draws those that are known at two points or more; says how many. -1 and an error. Words for each go into
 * `words`. */
static int draw_panel(const struct plot *plot, const struct panel *panel, const struct plot_axis *x,
                      const bool *keep, GString *words, struct plot_text *t, GError **error)
{
    guint *order = plot_order(plot, x, NULL);
    int drawn = 0;

    for (size_t c = 0; c < panel->n && drawn >= 0; c++) {
        const struct curve *curve = &panel->curve[c];
        GArray *places = g_array_new(FALSE, FALSE, sizeof(struct place));
        if (!measure(plot, curve, order, keep, places, error)) {
            drawn = -1;
        } else if (places->len >= 2) {
            unsigned style = panel->first + (unsigned)drawn;
            if (!curve->lost)
                g_string_append_printf(words, "%s: %s. ", name_of(curve), ratio_table[curve->ratio].words);
            draw(t, curve, x, places, style > STYLES ? style - STYLES : style);
            drawn++;
        }
        g_array_free(places, TRUE);
    }
    g_free(order);
    return drawn;
}

/* Points without any ratio are kept no longer. */
static bool count_calls(const struct plot *plot, bool *keep, guint64 *least, guint64 *most, GError **error)
{
    *least = G_MAXUINT64;
    *most = 0;
    for (size_t i = 0; i < plot->n; i++) {
        const struct plot_series *s = &plot->series[i];
        if (!keep[i])
            continue;
        GPtrArray *rows = store_rows(
            s->reader, s->point,
            "SELECT ifnull(sum(dialled_count), 0), (SELECT ifnull(max(denominator_count), 0) FROM ratio"
            " WHERE point = ?1) FROM replication WHERE point = ?1",
            error);
        if (!rows)
            return false;
        char **row = g_ptr_array_index(rows, 0);
        guint64 n = g_ascii_strtoull(row[0], NULL, 10);
        keep[i] = strcmp(row[1], "0") != 0;
        store_rows_free(rows);
        *least = keep[i] ? MIN(*least, n) : *least;
        *most = MAX(*most, n);
    }
    return true;
}

static bool both_panels(const struct plot *plot, const struct plot_axis *x, const bool *keep, GString *words,
                        struct plot_text *t, GError **error)
{
    const struct panel above = {good, G_N_ELEMENTS(good), 1}, below = {bad, G_N_ELEMENTS(bad), 4};
    char *title = g_strdup_printf("success and blocking against %s", x->label);

    plot_set(t, "title", title);
    g_free(title);
    plot_x_range(t, x, keep, plot->n);
    g_string_append(t->script, "set yrange [0:100]\nset ylabel 'success (%)'\nunset xlabel\n" PLOT_PANEL_KEY);
    int drawn = draw_panel(plot, &above, x, keep, words, t, error);
    if (drawn > 0) {
        plot_next_panel(t);
        plot_set(t, "xlabel", x->label);
        g_string_append(t->script, "set yrange [0:*]\nset ylabel 'blocking (%)'\n" PLOT_PANEL_KEY);
        drawn = draw_panel(plot, &below, x, keep, words, t, error);
    }
    if (drawn == 0)
        g_set_error(error, PLOT_ERROR, PLOT_ERROR_DATA, "no ratio is known at two points or more");
    return drawn > 0;
}

bool plot_success(const struct plot *plot, struct plot_text *t, GError **error)
{
    GString *words = g_string_new(NULL);
    struct plot_axis x;
    guint64 least, most;
    bool done = false;

    if (plot_x_axis(plot, &x, error)) {
        bool *keep = plot_hold(t, plot, &x, NULL);
        done = count_calls(plot, keep, &least, &most, error) && both_panels(plot, &x, keep, words, t, error);
        if (done) {
            plot_points_caption(t, plot, keep, least, most);
            g_string_append_printf(
                t->caption, "Bands and bars: %g %% intervals (Wilson), taking calls as independent. %s",
                100 * plot->series[0].point->level, words->str);
        }
        g_free(keep);
        plot_axis_clear(&x);
    }
    g_string_free(words, TRUE);
    return done;
}
