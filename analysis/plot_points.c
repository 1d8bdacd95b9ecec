/* plot_points.c - what graphs over many points share: where a point is on an axis, which points are drawn,
 * and what the caption says of them. */
#include "analysis/plot_int.h"

#include "analysis/quantity.h"

#include <math.h>
#include <string.h>

/* ---- one value ---------------------------------------------------------------------------------------- */

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

/* What is at a place of an axis. */
struct place {
    double number; /* NaN: it is none */
    const char *unit;
    char *text; /* as it was said */
};

static bool place_of_parameter(const struct plot_series *s, const char *name, struct place *place,
                               GError **error)
{
    GPtrArray *values = store_parameters(s->reader, s->point, name, error);

    if (!values)
        return false;
    if (values->len == 0)
        g_set_error(error, PLOT_ERROR, PLOT_ERROR_DATA, "%s: has no parameter %s", s->label, name);
    else if (values->len > 1)
        g_set_error(error, PLOT_ERROR, PLOT_ERROR_DATA, "%s: several parameters end with %s", s->label, name);
    else
        place->text = g_strdup(g_ptr_array_index(values, 0));
    g_ptr_array_free(values, TRUE);
    if (place->text && !quantity_number(place->text, &place->number, &place->unit))
        place->number = NAN;
    return place->text != NULL;
}

static bool place_of(const struct plot_series *s, const char *name, struct place *place, GError **error)
{
    const struct store_factor *factor = name ? factor_named(s->point, name) : NULL;

    *place = (struct place){NAN, NULL, NULL};
    if (name && !factor)
        return place_of_parameter(s, name, place, error);
    if (!factor) {
        place->unit = "calls/s";
        return x_of_load(s, &place->number, error);
    }
    *place = (struct place){factor->number, factor->unit, g_strdup(factor->value)};
    return true;
}

/* ---- an axis ------------------------------------------------------------------------------------------ */

/* The place of a text among those that were met, 0, 1 ... */
static double index_of(GPtrArray *names, const char *text)
{
    for (guint i = 0; i < names->len; i++)
        if (strcmp(g_ptr_array_index(names, i), text) == 0)
            return i;
    g_ptr_array_add(names, g_strdup(text));
    return names->len - 1;
}

static bool no_number(const struct plot_series *s, const char *name, const char *text, GError **error)
{
    bool factor = factor_named(s->point, name) != NULL;

    g_set_error(error, PLOT_ERROR, PLOT_ERROR_DATA, "%s: %s%s is \"%s\": no number", s->label,
                factor ? "factor " : "", name, text);
    return false;
}

/* All places become their texts' places in the order in which they were met. */
static void by_name(struct plot_axis *axis, const struct place *place, size_t n)
{
    axis->names = g_ptr_array_new_with_free_func(g_free);
    for (size_t i = 0; i < n; i++)
        axis->value[i] = index_of(axis->names, place[i].text ? place[i].text : "");
}

static bool take_places(const struct plot *plot, const char *name, bool names_too, struct place *place,
                        struct plot_axis *axis, GError **error)
{
    const char *unit = NULL;
    bool numbers = true;

    for (size_t i = 0; i < plot->n; i++) {
        const struct plot_series *s = &plot->series[i];
        if (!place_of(s, name, &place[i], error))
            return false;
        numbers &= !isnan(place[i].number);
        if (isnan(place[i].number) && !names_too)
            return no_number(s, name, place[i].text, error);
        if (numbers && unit && strcmp(unit, place[i].unit) != 0) {
            g_set_error(error, PLOT_ERROR, PLOT_ERROR_DATA,
                        "%s: %s has another unit than elsewhere (%s, not %s)", s->label, name, place[i].unit,
                        unit);
            return false;
        }
        unit = place[i].unit;
        axis->value[i] = place[i].number;
    }
    if (!numbers)
        by_name(axis, place, plot->n);
    axis->label = !name                      ? g_strdup("offered load (calls/s)")
                  : numbers && unit && *unit ? g_strdup_printf("%s (%s)", name, unit)
                                             : g_strdup(name);
    return true;
}

bool plot_axis(const struct plot *plot, const char *name, bool names_too, struct plot_axis *axis,
               GError **error)
{
    struct place *place = g_new0(struct place, plot->n);

    *axis = (struct plot_axis){.value = g_new(double, plot->n)};
    bool done = take_places(plot, name, names_too, place, axis, error);
    for (size_t i = 0; i < plot->n; i++)
        g_free(place[i].text);
    g_free(place);
    if (!done)
        plot_axis_clear(axis);
    return done;
}

void plot_axis_clear(struct plot_axis *axis)
{
    g_free(axis->label);
    g_free(axis->value);
    if (axis->names)
        g_ptr_array_unref(axis->names);
    *axis = (struct plot_axis){0};
}

static bool varies(const struct plot *plot, const struct plot_axis *axis)
{
    for (size_t i = 1; i < plot->n; i++)
        if (axis->value[i] != axis->value[0])
            return true;
    return false;
}

const char *plot_varying_factor(const struct plot *plot, const char *but, bool names_too)
{
    const GArray *factors = plot->series[0].point->factors;
    const char *found = NULL;

    for (guint i = 0; i < factors->len && !found; i++) {
        const char *name = g_array_index(factors, struct store_factor, i).name;
        struct plot_axis axis;
        if ((but && strcmp(but, name) == 0) || !plot_axis(plot, name, names_too, &axis, NULL))
            continue;
        if (varies(plot, &axis))
            found = name;
        plot_axis_clear(&axis);
    }
    return found;
}

bool plot_x_axis(const struct plot *plot, struct plot_axis *axis, GError **error)
{
    GError *problem = NULL;
    const char *factor = NULL;
    bool there = plot_axis(plot, plot->x, false, axis, &problem);

    if (there && varies(plot, axis))
        return true;
    if (there)
        plot_axis_clear(axis);
    if (!plot->x)
        factor = plot_varying_factor(plot, NULL, false);
    if (!factor && problem) {
        g_propagate_error(error, problem);
        return false;
    }
    g_clear_error(&problem);
    if (factor)
        return plot_axis(plot, factor, false, axis, error);
    g_set_error(error, PLOT_ERROR, PLOT_ERROR_DATA, "it takes results that differ in %s: two or more",
                plot->x ? plot->x : "offered load");
    return false;
}

void plot_x_range(struct plot_text *t, const struct plot_axis *axis, const bool *keep, size_t n)
{
    char from[G_ASCII_DTOSTR_BUF_SIZE], to[G_ASCII_DTOSTR_BUF_SIZE];
    double low = INFINITY, high = -INFINITY;

    for (size_t i = 0; i < n; i++) {
        if (!keep[i])
            continue;
        low = MIN(low, axis->value[i]);
        high = MAX(high, axis->value[i]);
    }
    double pad = high > low ? 0.04 * (high - low) : 1;
    g_string_append_printf(t->script, "set xrange [%s:%s]\n",
                           plot_number(from, low >= 0 && low < 0.3 * high ? 0 : low - pad),
                           plot_number(to, high + pad));
}

/* ---- which points ------------------------------------------------------------------------------------- */

struct sorting {
    const struct plot_axis *x, *y;
};

static int compare(double a, double b)
{
    return (a > b) - (a < b);
}

/* Whether two points are at different places. */
static int apart(const struct sorting *s, guint a, guint b)
{
    int order = compare(s->x->value[a], s->x->value[b]);

    return order || !s->y ? order : compare(s->y->value[a], s->y->value[b]);
}

static int by_place(gconstpointer a, gconstpointer b, gpointer user)
{
    guint i = *(const guint *)a, k = *(const guint *)b;
    int order = apart(user, i, k);
    return order ? order : (i > k) - (i < k);
}

guint *plot_order(const struct plot *plot, const struct plot_axis *x, const struct plot_axis *y)
{
    struct sorting sorting = {x, y};
    guint *order = g_new(guint, plot->n);

    for (guint i = 0; i < plot->n; i++)
        order[i] = i;
    g_qsort_with_data(order, (gint)plot->n, sizeof *order, by_place, &sorting);
    return order;
}

static const char *level_of(const struct plot *plot, guint i, const char *factor)
{
    const struct store_factor *f = factor_named(plot->series[i].point, factor);
    return f ? f->value : "";
}

/* Whether points that are kept, at one place, differ in this factor. */
static bool is_free(const struct plot *plot, const struct sorting *s, const guint *order, const bool *keep,
                    const char *factor)
{
    guint first = G_MAXUINT;

    for (size_t k = 0; k < plot->n; k++) {
        guint i = order[k];
        if (!keep[i])
            continue;
        if (first == G_MAXUINT || apart(s, first, i))
            first = i;
        else if (strcmp(level_of(plot, first, factor), level_of(plot, i, factor)) != 0)
            return true;
    }
    return false;
}

bool *plot_hold(struct plot_text *t, const struct plot *plot, const struct plot_axis *x,
                const struct plot_axis *y)
{
    const GArray *factors = plot->series[0].point->factors;
    struct sorting sorting = {x, y};
    guint *order = plot_order(plot, x, y);
    bool *keep = g_new(bool, plot->n);
    GString *held = g_string_new(NULL);

    for (size_t i = 0; i < plot->n; i++)
        keep[i] = true;
    for (guint f = 0; f < factors->len; f++) {
        const char *name = g_array_index(factors, struct store_factor, f).name;
        guint first = 0;
        if (!is_free(plot, &sorting, order, keep, name))
            continue;
        while (!keep[first])
            first++;
        const char *level = level_of(plot, first, name);
        for (guint i = 0; i < plot->n; i++)
            keep[i] = keep[i] && strcmp(level_of(plot, i, name), level) == 0;
        g_string_append_printf(held, "%s%s = %s", held->len ? ", " : "", name, level);
    }
    if (held->len)
        t->held = g_strdup(held->str);
    g_string_free(held, TRUE);
    g_free(order);
    return keep;
}

/* ---- the caption -------------------------------------------------------------------------------------- */

static void range(GString *out, guint64 least, guint64 most, const char *what)
{
    g_string_append_printf(out, "%" G_GUINT64_FORMAT, least);
    if (least != most)
        g_string_append_printf(out, " to %" G_GUINT64_FORMAT, most);
    g_string_append_printf(out, " %s%s", what, most == 1 ? "" : "s");
}

void plot_points_caption(struct plot_text *t, const struct plot *plot, const bool *keep, guint64 least,
                         guint64 most)
{
    const struct store_point *first = NULL;
    bool one_scenario = true, one_seed = true, complete = true;
    unsigned fewest = UINT_MAX, largest = 0, points = 0;

    for (size_t i = 0; i < plot->n; i++) {
        const struct store_point *p = plot->series[i].point;
        complete &= strcmp(p->state, "finished") == 0;
        if (!keep[i])
            continue;
        first = first ? first : p;
        points++;
        one_scenario &= strcmp(p->scenario, first->scenario) == 0;
        one_seed &= strcmp(p->seed, first->seed) == 0;
        fewest = MIN(fewest, p->replications);
        largest = MAX(largest, p->replications);
    }
    g_string_append_printf(
        t->caption, "Scenario %s, %u point%s, n = ", one_scenario && first ? first->scenario : "(several)",
        points, points == 1 ? "" : "s");
    range(t->caption, least, most, "call");
    g_string_append(t->caption, points == 1 ? ", " : " each, ");
    range(t->caption, fewest, largest, "replication");
    g_string_append_printf(t->caption, "%s, seed %s. ", points == 1 ? "" : " each",
                           one_seed && first ? first->seed : "(several)");
    if (t->held)
        g_string_append_printf(t->caption, "All at %s (the first; --filter chooses). ", t->held);
    if (!complete)
        g_string_append(t->caption, "INCOMPLETE: not all runs finished. ");
}
