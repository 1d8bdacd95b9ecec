/* design.c - from factors to points (see design.h). */
#include "app/experiment/design.h"

#include "app/experiment/sweep_error.h"
#include "sim/rng.h"

#include <string.h>

/* ---- factors and levels -------------------------------------------------------------------------------- */

struct level *level_new(const char *text)
{
    struct level *l = g_new0(struct level, 1);

    l->text = g_strdup(text);
    l->sets = g_ptr_array_new_with_free_func(g_free);
    l->profiles = g_ptr_array_new_with_free_func(g_free);
    return l;
}

static void level_free(gpointer level)
{
    struct level *l = level;

    g_free(l->text);
    g_ptr_array_unref(l->sets);
    g_ptr_array_unref(l->profiles);
    g_free(l);
}

struct vary *vary_new(const char *parameter, const char *form)
{
    struct vary *v = g_new0(struct vary, 1);

    v->parameter = g_strdup(parameter);
    v->form = g_strdup(form);
    return v;
}

static void vary_free(gpointer vary)
{
    struct vary *v = vary;

    g_free(v->parameter);
    g_free(v->form);
    values_clear(&v->values);
    g_free(v);
}

struct factor *factor_new(const char *name)
{
    struct factor *f = g_new0(struct factor, 1);

    f->name = g_strdup(name);
    f->vary = g_ptr_array_new_with_free_func(vary_free);
    f->levels = g_ptr_array_new_with_free_func(level_free);
    return f;
}

static void factor_free(gpointer factor)
{
    struct factor *f = factor;

    g_free(f->name);
    g_free(f->unit);
    g_ptr_array_unref(f->vary);
    g_ptr_array_unref(f->levels);
    g_free(f);
}

/* "poisson({}/s)" and "5" make "poisson(5/s)". */
static char *formed(const char *form, const char *value)
{
    char **parts = g_strsplit(form ? form : "{}", "{}", -1);
    char *text = g_strjoinv(value, parts);

    g_strfreev(parts);
    return text;
}

static void level_set(struct level *l, const struct vary *v, const char *value)
{
    char *text = formed(v->form, value);

    g_ptr_array_add(l->sets, g_strdup_printf("%s=%s", v->parameter, text));
    g_free(text);
}

bool factor_fill(struct factor *f, GError **error)
{
    const struct vary *first = f->vary->len ? g_ptr_array_index(f->vary, 0) : NULL;

    for (guint i = 1; i < f->vary->len; i++) {
        const struct vary *v = g_ptr_array_index(f->vary, i);
        guint n = v->values.texts->len, wanted = first->values.texts->len;
        if (n == wanted)
            continue;
        return sweep_fail(error,
                          n && wanted ? "%s has %u values and %s has %u; parameters that move together have as many each"
                                : "%s has %u values and %s has %u; either both are ranges without a step, or neither",
                          first->parameter, wanted, v->parameter, n);
    }
    for (guint k = 0; first && k < first->values.texts->len; k++) {
        struct level *l = level_new(g_ptr_array_index(first->values.texts, k));
        for (guint i = 0; i < f->vary->len; i++) {
            const struct vary *v = g_ptr_array_index(f->vary, i);
            level_set(l, v, g_ptr_array_index(v->values.texts, k));
        }
        g_ptr_array_add(f->levels, l);
    }
    return true;
}

/* ---- designs -------------------------------------------------------------------------------------------- */

static void free_condition(gpointer condition)
{
    condition_free(condition);
}

void design_init(struct design *d)
{
    *d = (struct design){.factors = g_ptr_array_new_with_free_func(factor_free),
                         .excluded = g_ptr_array_new_with_free_func(free_condition)};
}

void design_clear(struct design *d)
{
    g_ptr_array_unref(d->factors);
    g_ptr_array_unref(d->excluded);
}

static struct factor *factor_at(const struct design *d, guint i)
{
    return g_ptr_array_index(d->factors, i);
}

const char **design_names(const struct design *d)
{
    const char **names = g_new0(const char *, d->factors->len + 1);

    for (guint i = 0; i < d->factors->len; i++)
        names[i] = factor_at(d, i)->name;
    return names;
}

/* ---- points --------------------------------------------------------------------------------------------- */

struct points {
    const struct design *design;
    GPtrArray *all;
    GError **error;
};

static void point_free(gpointer point)
{
    struct design_point *p = point;

    for (struct level **l = p->level; *l; l++)
        if ((*l)->owned)
            level_free(*l);
    g_free(p->level);
    g_free(p);
}

static struct design_point *point_new(const struct design *d)
{
    struct design_point *p = g_new0(struct design_point, 1);

    p->level = g_new0(struct level *, d->factors->len + 1);
    return p;
}

bool design_meets(const struct design *d, const struct design_point *p, const struct condition *c, GError **error)
{
    const char **values = g_new0(const char *, d->factors->len + 1);

    for (guint i = 0; i < d->factors->len; i++)
        values[i] = p->level[i]->text;
    bool holds = condition_holds(c, values, error);
    g_free(values);
    return holds;
}

/* Keeps the point or lets go of it. False: two values cannot be compared. */
static bool add_point(struct points *all, struct design_point *p)
{
    GError *problem = NULL;
    bool excluded = false;

    for (guint i = 0; i < all->design->excluded->len && !excluded && !problem; i++)
        excluded = design_meets(all->design, p, g_ptr_array_index(all->design->excluded, i), &problem);
    if (problem) {
        g_propagate_error(all->error, problem);
        point_free(p);
        return false;
    }
    if (excluded) {
        point_free(p);
        return true;
    }
    g_ptr_array_add(all->all, p);
    p->position = all->all->len;
    return true;
}

static bool full_factorial(struct points *all)
{
    const struct design *d = all->design;
    guint64 count = 1;

    for (guint i = 0; i < d->factors->len; i++) {
        if (factor_at(d, i)->levels->len == 0)
            return sweep_fail(all->error, "factor %s is a range without a step: a full factorial design needs its values",
                        factor_at(d, i)->name);
        count *= factor_at(d, i)->levels->len;
        if (count > DESIGN_POINTS_MAX)
            return sweep_fail(all->error, "these are more than %d combinations", DESIGN_POINTS_MAX);
    }
    for (guint64 k = 0; k < count; k++) {
        struct design_point *p = point_new(d);
        guint64 rest = k;
        for (guint i = d->factors->len; i-- > 0;) {
            const GPtrArray *levels = factor_at(d, i)->levels;
            p->level[i] = g_ptr_array_index(levels, rest % levels->len);
            rest /= levels->len;
        }
        if (!add_point(all, p))
            return false;
    }
    return true;
}

/* 0 .. n - 1 in random order (Fisher and Yates). */
static unsigned *permutation(struct rng *r, unsigned n)
{
    unsigned *order = g_new(unsigned, n);

    for (unsigned i = 0; i < n; i++) {
        uint64_t j = rng_below(r, i + 1);
        order[i] = order[j];
        order[j] = i;
    }
    return order;
}

/* The level of a factor at this share of its range. */
static struct level *level_at(const struct factor *f, double share)
{
    if (f->levels->len)
        return g_ptr_array_index(f->levels, MIN((guint)(share * f->levels->len), f->levels->len - 1));
    char **texts = g_new0(char *, f->vary->len + 1);
    for (guint i = 0; i < f->vary->len; i++)
        texts[i] = values_at(&((const struct vary *)g_ptr_array_index(f->vary, i))->values, share);
    struct level *l = level_new(texts[0]);
    l->owned = true;
    for (guint i = 0; i < f->vary->len; i++)
        level_set(l, g_ptr_array_index(f->vary, i), texts[i]);
    g_strfreev(texts);
    return l;
}

/* M. D. McKay, R. J. Beckman, W. J. Conover, Technometrics 21(2), 1979: each factor's range is cut into as many
 * strata as there are points, every stratum is used once, in an order of its own; within it the place is random. */
static bool latin_hypercube(struct points *all)
{
    const struct design *d = all->design;
    struct rng_set *set = rng_set_new(d->seed, 0);
    double *share = g_new(double, (gsize)d->points * d->factors->len);
    bool done = true;

    for (guint i = 0; i < d->factors->len; i++) {
        char *name = g_strdup_printf("design/%s", factor_at(d, i)->name);
        struct rng *r = rng_stream(set, name);
        unsigned *order = permutation(r, d->points);
        for (unsigned k = 0; k < d->points; k++) {
            double within = rng_uniform(r);
            share[(gsize)k * d->factors->len + i] = (order[k] + within) / d->points;
        }
        g_free(order);
        g_free(name);
    }
    for (unsigned k = 0; k < d->points && done; k++) {
        struct design_point *p = point_new(d);
        for (guint i = 0; i < d->factors->len; i++)
            p->level[i] = level_at(factor_at(d, i), share[(gsize)k * d->factors->len + i]);
        done = add_point(all, p);
    }
    g_free(share);
    rng_set_free(set);
    return done;
}

GPtrArray *design_points(const struct design *d, GError **error)
{
    struct points all = {d, g_ptr_array_new_with_free_func(point_free), error};
    bool done = d->kind == DESIGN_LATIN ? latin_hypercube(&all) : full_factorial(&all);

    if (done && all.all->len == 0)
        done = sweep_fail(error, "no point is left: all combinations are excluded");
    if (done)
        return all.all;
    g_ptr_array_unref(all.all);
    return NULL;
}
