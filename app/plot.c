/* plot.c - imssim plot: graphs of results. */
#include "app/app.h"
#include "app/experiment/condition.h"
#include "app/results.h"

#include "analysis/plot.h"

#include <string.h>

struct plot_args {
    char *output, *metric, *x, *y, *quantile, *filter;
};

/* All results named on the command line, opened. */
struct opened {
    GPtrArray *readers; /* struct store_reader * */
    GPtrArray *points;  /* GPtrArray of struct store_point *, one per reader */
    GPtrArray *labels;  /* char * */
    GArray *series;     /* struct plot_series */
    char *first_dir;
};

/* ---- opening ----------------------------------------------------------------------------------------- */

static void opened_init(struct opened *o)
{
    *o = (struct opened){g_ptr_array_new_with_free_func((GDestroyNotify)store_reader_close),
                         g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref),
                         g_ptr_array_new_with_free_func(g_free),
                         g_array_new(FALSE, FALSE, sizeof(struct plot_series)), NULL};
}

static void opened_clear(struct opened *o)
{
    g_array_free(o->series, TRUE);
    g_ptr_array_unref(o->labels);
    g_ptr_array_unref(o->points);
    g_ptr_array_unref(o->readers);
    g_free(o->first_dir);
}

/* "results/mmd-load/results.db" -> "mmd-load" */
static char *label_of(const char *path)
{
    char *file = g_path_get_basename(path);
    char *dir = g_path_get_dirname(path), *label = NULL;

    if (strcmp(file, STORE_FILE) == 0 && strcmp(dir, ".") != 0)
        label = g_path_get_basename(dir);
    g_free(dir);
    if (!label)
        return file;
    g_free(file);
    return label;
}

/* "knee: load = 20"; of runs "load, run 3". g_free. */
static char *name_of(const char *label, const struct store_point *p, guint run, guint runs)
{
    GString *name = g_string_new(label);

    for (guint i = 0; i < p->factors->len; i++) {
        const struct store_factor *f = &g_array_index(p->factors, struct store_factor, i);
        g_string_append_printf(name, "%s%s = %s", i ? ", " : ": ", f->name, f->value);
    }
    if (!p->factors->len && runs > 1)
        g_string_append_printf(name, ", run %u", run);
    return g_string_free(name, FALSE);
}

/* Takes away the points that --filter does not mean. */
static bool filter_points(GPtrArray *points, const char *text, GError **error)
{
    GArray *factors = g_array_ref(((struct store_point *)g_ptr_array_index(points, 0))->factors);
    const char **names = g_new0(const char *, factors->len + 1);
    const char **values = g_new0(const char *, factors->len + 1);
    GError *problem = NULL;

    for (guint i = 0; i < factors->len; i++)
        names[i] = g_array_index(factors, struct store_factor, i).name;
    struct condition *filter = condition_parse(text, names, &problem);
    for (guint i = 0; i < points->len && !problem;) {
        const struct store_point *p = g_ptr_array_index(points, i);
        for (guint k = 0; k < factors->len; k++)
            values[k] = k < p->factors->len ? g_array_index(p->factors, struct store_factor, k).value : "";
        if (condition_holds(filter, values, &problem) || problem)
            i++;
        else
            g_ptr_array_remove_index(points, i);
    }
    if (!problem && !points->len)
        g_set_error(&problem, PLOT_ERROR, PLOT_ERROR_DATA, "no point is so");
    condition_free(filter);
    g_array_unref(factors);
    g_free(names);
    g_free(values);
    if (problem)
        g_propagate_prefixed_error(error, problem, "--filter: ");
    return !problem;
}

static bool add_results(struct opened *o, const char *path, const char *filter)
{
    GError *error = NULL;
    struct store_reader *reader = store_reader_open(path, &error);
    GPtrArray *points = reader ? store_points(reader, &error) : NULL;
    char *label = label_of(path);
    bool whole = points && (!filter || filter_points(points, filter, &error));

    if (reader)
        g_ptr_array_add(o->readers, reader);
    for (guint i = 0; whole && i < points->len; i++) {
        struct store_point *p = g_ptr_array_index(points, i);
        char *name = name_of(label, p, i + 1, points->len);
        struct plot_series series = {reader, p, name};
        g_ptr_array_add(o->labels, name);
        g_array_append_val(o->series, series);
        if (strcmp(p->state, "running") == 0)
            app_say("%s: still runs or was killed: so far %u replication%s", name, p->replications,
                    p->replications == 1 ? "" : "s");
    }
    if (points)
        g_ptr_array_add(o->points, points);
    if (error)
        app_say("%s", error->message);
    g_clear_error(&error);
    g_free(label);
    return whole;
}

/* What kind an argument names, or PLOT_KIND_COUNT. */
static enum plot_kind kind_of(const char *name)
{
    int kind = 0;

    while (kind < PLOT_KIND_COUNT && strcmp(plot_table[kind].name, name) != 0)
        kind++;
    return (enum plot_kind)kind;
}

/* Arguments are folders and at most one kind, in any order. */
static bool open_all(struct opened *o, int count, char **names, const char *filter, enum plot_kind *kind)
{
    bool any = false;

    *kind = PLOT_KIND_COUNT;
    for (int i = 0; i < count || !any; i++) {
        const char *name = i < count ? names[i] : NULL;
        if (name && kind_of(name) != PLOT_KIND_COUNT) {
            if (*kind != PLOT_KIND_COUNT) {
                app_usage_error("plot", "%s and %s: one kind at a time, or none for all",
                                plot_table[*kind].name, name);
                return false;
            }
            *kind = kind_of(name);
            continue;
        }
        char *path = results_find("plot", name);
        bool added = path && add_results(o, path, filter);
        if (added && !o->first_dir)
            o->first_dir = g_path_get_dirname(path);
        g_free(path);
        if (!added)
            return false;
        any = true;
    }
    return true;
}

/* ---- drawing ----------------------------------------------------------------------------------------- */

static int draw(const struct plot *plot, enum plot_kind kind, const char *dir, GString *out)
{
    GError *error = NULL;
    char *name;

    if (plot_draw(plot, kind, dir, &name, &error)) {
        char *path = g_build_filename(dir, name, NULL);
        g_string_append_printf(out, "%s.svg\n%s.png\n%s.gp\n%s.dat\n", path, path, path, path);
        g_free(path);
        g_free(name);
        return APP_DONE;
    }
    app_say("%s: %s", plot_table[kind].name, error->message);
    int code = g_error_matches(error, PLOT_ERROR, PLOT_ERROR_TOOL) ? APP_FAILED : APP_USAGE;
    g_clear_error(&error);
    return code;
}

/* Says of each kind whether the results allow it, and draws those that they do. */
static int draw_allowed(const struct plot *plot, const char *dir, GString *out)
{
    int code = APP_DONE;
    bool any = false;

    for (int k = 0; k < PLOT_KIND_COUNT && code == APP_DONE; k++) {
        GError *error = NULL;
        enum plot_kind kind = (enum plot_kind)k;
        if (plot_allowed(plot, kind, &error)) {
            any = true;
            g_string_append_printf(out, "%s: %s\n", plot_table[k].name, plot_table[k].what);
            code = draw(plot, kind, dir, out);
        } else {
            g_string_append_printf(out, "%s: not possible: %s\n", plot_table[k].name, error->message);
        }
        g_clear_error(&error);
    }
    return code == APP_DONE && !any ? APP_USAGE : code;
}

/* Which time, and which number of it; false, and it was said, when there is no such. */
static bool take_choices(const struct plot_args *args, struct plot *plot)
{
    const char *metrics[METRIC_COUNT + 1] = {NULL}, *numbers[KPI_QUANTILES + 2] = {"mean"};
    int metric, number = 0;

    for (int i = 0; i < METRIC_COUNT; i++)
        metrics[i] = metric_table[i].name;
    for (int i = 0; i < KPI_QUANTILES; i++)
        numbers[i + 1] = kpi_quantiles[i].name;
    metric = app_choice("plot", "--metric", args->metric ? args->metric : "setup_time", metrics);
    if (metric >= 0 && args->quantile)
        number = app_choice("plot", "--quantile", args->quantile, numbers);
    if (metric < 0 || number < 0)
        return false;
    plot->metric = &metric_table[metric];
    plot->quantile = number - 1;
    return true;
}

static int plot_with(const struct plot_args *args, int count, char **names)
{
    struct plot plot = {.x = args->x, .y = args->y, .program = "imssim " APP_VERSION};
    struct opened o;
    enum plot_kind kind;
    int code = APP_USAGE;

    if (!take_choices(args, &plot))
        return APP_USAGE;
    opened_init(&o);
    if (open_all(&o, count, names, args->filter, &kind)) {
        GString *out = g_string_new(NULL);
        plot.series = (const struct plot_series *)(void *)o.series->data;
        plot.n = o.series->len;
        const char *dir = args->output ? args->output : o.readers->len == 1 ? o.first_dir : ".";
        code = kind == PLOT_KIND_COUNT ? draw_allowed(&plot, dir, out) : draw(&plot, kind, dir, out);
        code = app_output(out, code);
    }
    opened_clear(&o);
    return code;
}

int app_plot(int argc, char **argv)
{
    struct plot_args args = {0};
    const GOptionEntry options[] = {
        APP_TEXT("output", 'o', &args.output, "DIR",
                 "Folder of the graphs (default: that of the results; of several results, this one)"),
        APP_TEXT("metric", 'm', &args.metric, "NAME", "Which time (default setup_time; imssim list metrics)"),
        APP_TEXT("x", 'x', &args.x, "PARAM",
                 "x axis: factor of a sweep, parameter, or how its name ends (.latency); default: calls per second, "
                 "or the first factor that varies"),
        APP_TEXT("y", 'y', &args.y, "PARAM", "heatmap: the same of the y axis; default: the second factor that varies"),
        APP_TEXT("quantile", 'q', &args.quantile, "Q", "heatmap: p50, p90, p95 or p99 instead of the mean"),
        APP_TEXT("filter", 'f', &args.filter, "COND", "Of a sweep only these points, e.g. 'load > 20 and gm = 5ms'"),
        G_OPTION_ENTRY_NULL,
    };
    const struct app_usage usage = {
        .command = "plot",
        .arguments = "[DIR...] [KIND]",
        .summary =
            "Draws graphs of results with gnuplot: NAME.svg and NAME.png, with NAME.gp and NAME.dat to draw\n"
            "them again. A DIR is a folder that imssim run made; by default the only one below results/.\n"
            "KIND is one of\n"
            "  ecdf          empirical distribution function with a 95 % band\n"
            "  histogram     density\n"
            "  percentiles   p50, p90, p95, p99 with 95 % intervals against load or a parameter; takes "
            "several\n"
            "                results, or one with several runs (imssim run --append), or a sweep\n"
            "  heatmap       mean or percentile over two factors of a sweep\n"
            "  welch         how the mean settles from the beginning, and where MSER-5 cuts; of runs\n"
            "  phases        where the time goes, phase by phase, against load or a parameter, or result by result\n"
            "  utilisation   utilisation and queue of the busiest stations over virtual time; of one run\n"
            "  success       shares that succeed and that are blocked against load or a parameter\n"
            "Without KIND: says which of these the results allow, and draws them.",
        .description = "Prints the names of the files. Exit status 1: gnuplot is missing or failed.\n\n"
                       "Example: imssim run mmd-load --reps 10 && imssim plot mmd-load ecdf",
        .options = options,
        .min = 0,
        .max = -1,
    };
    int code = app_parse(&usage, &argc, &argv);

    if (code == APP_GO_ON)
        code = plot_with(&args, argc - 1, argv + 1);
    g_free(args.output);
    g_free(args.metric);
    g_free(args.x);
    g_free(args.y);
    g_free(args.quantile);
    g_free(args.filter);
    return code;
}
