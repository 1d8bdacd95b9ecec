/* plot.c - from results to graphs (see plot.h). */
#include "analysis/plot.h"

#include "analysis/plot_int.h"

#include <math.h>
#include <string.h>

G_DEFINE_QUARK(imssim - plot - error - quark, plot_error)

const struct plot_decl plot_table[PLOT_KIND_COUNT] = {
#define PLOT(id, name, metric, most, of, what) {name, metric, most, PLOT_OF_##of, what},
    PLOT_KINDS(PLOT)
#undef PLOT
};

/* ---- heads and captions --------------------------------------------------------------------------------- */

static char *arrow(const char *text)
{
    char **parts = g_strsplit(text, "->", -1);
    char *joined = g_strjoinv("\xe2\x86\x92", parts);

    g_strfreev(parts);
    return joined;
}

void plot_head(struct plot_text *t, const struct plot *plot, bool time_on_x)
{
    char *ends = arrow(plot->metric->ends);
    char *title = g_strdup_printf("%s: %s", plot->metric->name, ends);
    char *axis = g_strdup_printf("%s (%s)", plot->metric->name, plot->metric->unit);

    plot_set(t, "title", title);
    if (time_on_x)
        plot_set(t, "xlabel", axis);
    else
        plot_set(t, "ylabel", axis);
    g_free(axis);
    g_free(title);
    g_free(ends);
}

void plot_caption(struct plot_text *t, const struct plot *plot, const guint64 *n)
{
    for (size_t i = 0; i < plot->n; i++) {
        const struct store_point *p = plot->series[i].point;
        if (plot->n > 1)
            g_string_append_printf(t->caption, "%s: ", plot->series[i].label);
        g_string_append_printf(t->caption, "%scenario %s, n = %" G_GUINT64_FORMAT " call%s, ",
                               plot->n > 1 ? "s" : "S", p->scenario, n[i], n[i] == 1 ? "" : "s");
        g_string_append_printf(t->caption, "%u replication%s, seed %s", p->replications,
                               p->replications == 1 ? "" : "s", p->seed);
        if (strcmp(p->state, "finished") != 0)
            g_string_append_printf(t->caption, ", INCOMPLETE: %s", p->state);
        g_string_append(t->caption, ". ");
    }
}

struct plot_clock plot_clock(struct plot_text *t, sim_time length)
{
    static const struct {
        sim_time from; /* this length on */
        double ns;
        const char *name;
    } clocks[] = {
        {36000 * SIM_S, 3600e9, "h"  },
        {1800 * SIM_S,  60e9,   "min"},
        {2 * SIM_S,     1e9,    "s"  },
        {0,             1e6,    "ms" },
    };
    char end[G_ASCII_DTOSTR_BUF_SIZE];
    size_t i = 0;

    while (length < clocks[i].from)
        i++;
    g_string_append_printf(t->script, "set xlabel 'virtual time (%s)'\nset xrange [0:%s]\n", clocks[i].name,
                           plot_number(end, (double)length / clocks[i].ns));
    return (struct plot_clock){clocks[i].ns, clocks[i].name};
}

/* ---- distributions ----------------------------------------------------------------------------------- */

bool plot_no_values(const struct plot *plot, const struct plot_series *s, GError **error)
{
    GPtrArray *times = store_times(s->reader, s->point, error);
    GString *names = g_string_new(NULL);

    if (times) {
        for (guint i = 0; i < times->len; i++)
            g_string_append_printf(names, "%s%s", i ? ", " : "", (char *)g_ptr_array_index(times, i));
        g_ptr_array_free(times, TRUE);
        g_set_error(error, PLOT_ERROR, PLOT_ERROR_DATA, "%s: no call has a %s; there are values of %s",
                    s->label, plot->metric->name, names->len ? names->str : "nothing");
    }
    g_string_free(names, TRUE);
    return false;
}

static bool enough(const struct plot *plot, const struct plot_series *s, const GArray *bins, GError **error)
{
    if (plot_count(bins) >= 2)
        return true;
    g_set_error(error, PLOT_ERROR, PLOT_ERROR_DATA, "%s: one value of %s makes no graph", s->label,
                plot->metric->name);
    return false;
}

GPtrArray *plot_distributions(const struct plot *plot, GError **error)
{
    GPtrArray *all = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);

    for (size_t i = 0; i < plot->n; i++) {
        const struct plot_series *s = &plot->series[i];
        GArray *bins = store_distribution(s->reader, s->point, STORE_ALL, plot->metric->name, error);
        if (bins)
            g_ptr_array_add(all, bins);
        if (!bins || (!bins->len && !plot_no_values(plot, s, error)) || !enough(plot, s, bins, error)) {
            g_ptr_array_unref(all);
            return NULL;
        }
    }
    return all;
}

guint64 plot_count(const GArray *bins)
{
    guint64 n = 0;

    for (guint i = 0; i < bins->len; i++)
        n += g_array_index(bins, struct store_bin, i).count;
    return n;
}

double plot_quantile(const GArray *bins, double q)
{
    double rank = ceil(q * (double)plot_count(bins) - 1e-9), below = 0;

    for (guint i = 0; i < bins->len; i++) {
        const struct store_bin *b = &g_array_index(bins, struct store_bin, i);
        below += (double)b->count;
        if (below >= rank)
            return ((double)b->low + (double)b->high) / 2;
    }
    return NAN;
}

bool plot_extent(struct plot_text *t, const GPtrArray *all, double *low, double *high)
{
    double last = 0;

    *low = INFINITY;
    *high = 0;
    for (guint i = 0; i < all->len; i++) {
        const GArray *bins = g_ptr_array_index(all, i);
        double most = plot_quantile(bins, 0.999);
        double largest = (double)g_array_index(bins, struct store_bin, bins->len - 1).high;
        *low = MIN(*low, (double)g_array_index(bins, struct store_bin, 0).low);
        *high = MAX(*high, largest > 1.25 * most ? most : largest);
        last = MAX(last, largest);
    }
    if (last > *high)
        g_string_append(t->caption, "The axis ends where 99.9 % of values lie. ");
    return last > *high;
}

/* ---- from results to files --------------------------------------------------------------------------- */

static bool fill(const struct plot *plot, enum plot_kind kind, struct plot_text *t, GError **error)
{
    static bool (*const kinds[PLOT_KIND_COUNT])(const struct plot *, struct plot_text *, GError **) = {
        [PLOT_ECDF] = plot_ecdf,
        [PLOT_HISTOGRAM] = plot_histogram,
        [PLOT_PERCENTILES] = plot_percentiles,
        [PLOT_HEATMAP] = plot_heatmap,
        [PLOT_SUCCESS] = plot_success,
        [PLOT_PHASES] = plot_phases,
        [PLOT_WELCH] = plot_welch,
        [PLOT_UTILISATION] = plot_utilisation,
    };

    const struct plot_decl *decl = &plot_table[kind];
    plot_text_init(t, decl->metric ? g_strdup_printf("%s-%s", decl->name, plot->metric->name) : g_strdup(decl->name));
    for (size_t i = 0; i < plot->n && decl->of == PLOT_OF_RUNS; i++)
        if (plot->series[i].point->sweep) {
            g_set_error(error, PLOT_ERROR, PLOT_ERROR_DATA,
                        "%s: a sweep does not keep what happens when: imssim run does, also with --append", plot->series[i].label);
            return false;
        }
    if (decl->most && plot->n > decl->most) {
        g_set_error(error, PLOT_ERROR, PLOT_ERROR_DATA, "%zu results are too many for one graph: at most %zu%s", plot->n,
                    decl->most, plot->series[0].point->sweep ? " (--filter chooses points)" : "");
        return false;
    }
    return kinds[kind](plot, t, error);
}

bool plot_allowed(const struct plot *plot, enum plot_kind kind, GError **error)
{
    struct plot_text t;
    bool allowed = fill(plot, kind, &t, error);

    plot_text_clear(&t);
    return allowed;
}

bool plot_draw(const struct plot *plot, enum plot_kind kind, const char *dir, char **name, GError **error)
{
    const struct plot_decl *decl = &plot_table[kind];
    struct plot_text t;
    bool done = fill(plot, kind, &t, error);

    *name = NULL;
    if (done) {
        char *what = g_strconcat(decl->name, decl->metric ? " of " : "", decl->metric ? plot->metric->name : "", NULL);
        done = plot_write(&t, what, plot->program, dir, error);
        g_free(what);
    }
    if (done)
        *name = g_strdup(t.name);
    plot_text_clear(&t);
    return done;
}
