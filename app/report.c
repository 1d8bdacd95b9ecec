/* report.c - imssim report: results, or a scenario, as one page for a browser. */
#include "app/app.h"
#include "app/call.h"
#include "app/results.h"

#include "analysis/plot.h"
#include "analysis/report_results.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

struct report_args {
    char *output, *metric;
    char **calls;
    gboolean no_graphs, no_ladders;
};

/* ---- ladders ------------------------------------------------------------------------------------------------ */

/* The call of a scenario, simulated anew: the same seed gives the same call. */
static int add_call(struct report *r, const char *scenario, const char *seed, const char *number)
{
    struct call_args args = {.call = (char *)number, .seed = (char *)seed, .takes_all = true};
    struct call call;
    int code = APP_USAGE;

    if (call_open(&call, "report", scenario, &args, RECORD_STATES | RECORD_TIMERS)) {
        const struct scn_view *view = &call.scn->view;
        const struct report_view shown = {.title = call.scn->title ? call.scn->title : call.scn->name,
                                          .protocols = (const char *const *)view->protocol,
                                          .hide = (const char *const *)view->hide};
        report_add_flow(r, call.flow, &shown);
        code = call.code;
    } else {
        code = call.code;
    }
    call_close(&call);
    return code;
}

static int add_calls(struct report *r, const char *scenario, const char *seed, const struct report_args *args)
{
    static char *first[] = {NULL, NULL}; /* the first call, or everything where nobody calls */
    char **calls = args->calls ? args->calls : first;
    int code = args->calls ? APP_DONE : add_call(r, scenario, seed, NULL);

    for (char **call = calls; *call && code == APP_DONE; call++)
        code = add_call(r, scenario, seed, *call);
    return code;
}

/* ---- graphs ------------------------------------------------------------------------------------------------- */

/* Those that the results allow; none without gnuplot, and nothing is lost but they. */
static void add_graphs(struct report *r, const struct plot *plot, const char *dir)
{
    for (int k = 0; k < PLOT_KIND_COUNT; k++) {
        enum plot_kind kind = (enum plot_kind)k;
        GError *error = NULL;
        char *name = NULL;
        struct plot some = *plot;
        some.n = plot_table[k].most ? MIN(plot->n, plot_table[k].most) : plot->n;
        if (!plot_allowed(&some, kind, NULL))
            continue;
        if (plot_draw(&some, kind, dir, &name, &error)) {
            bool metric = plot_table[k].metric;
            char *path = g_strdup_printf("%s/%s.svg", dir, name);
            char *caption = g_strdup_printf("%s%s%s", metric ? plot->metric->name : "", metric ? ": " : "", plot_table[k].what);
            report_add_svg(r, path, caption, &error);
            g_free(caption);
            g_free(path);
            g_free(name);
        }
        if (error)
            app_say("%s: %s", plot_table[kind].name, error->message);
        g_clear_error(&error);
    }
}

static void remove_folder(const char *path)
{
    GDir *dir = g_dir_open(path, 0, NULL);
    const char *name;
    while (dir && (name = g_dir_read_name(dir))) {
        char *file = g_build_filename(path, name, NULL);
        g_unlink(file);
        g_free(file);
    }
    if (dir)
        g_dir_close(dir);
    g_rmdir(path);
}

/* ---- results ------------------------------------------------------------------------------------------------ */

static int add_ladders(struct report *r, struct store_reader *reader, const struct store_point *p, const struct report_args *args,
                       const char *dir)
{
    GError *error = NULL;
    char *xml = report_scenario(reader, p, &error), *path = g_build_filename(dir, "scenario.xml", NULL);
    int code = APP_USAGE;

    if (xml && g_file_set_contents(path, xml, -1, &error))
        code = add_calls(r, path, p->seed, args);
    if (error)
        app_say("%s", error->message);
    g_clear_error(&error);
    g_free(path);
    g_free(xml);
    return code;
}

static int add_results(struct report *r, struct store_reader *reader, GPtrArray *points, const struct report_args *args, const char *dir)
{
    GArray *series = g_array_new(FALSE, FALSE, sizeof(struct plot_series));
    int metric = metric_by_name(args->metric ? args->metric : "setup_time"), code = APP_DONE;
    GError *error = NULL;

    for (guint i = 0; i < points->len && !error; i++) {
        const struct store_point *p = g_ptr_array_index(points, i);
        struct plot_series one = {reader, p, p->scenario};
        g_array_append_val(series, one);
        report_add_point(r, reader, p, &error);
    }
    if (!error && !args->no_graphs && metric >= 0)
        add_graphs(r,
                   &(struct plot){.series = (const struct plot_series *)(void *)series->data,
                                  .n = series->len,
                                  .metric = &metric_table[metric],
                                  .quantile = -1,
                                  .program = "imssim " APP_VERSION},
                   dir);
    if (!error && !args->no_ladders)
        code = add_ladders(r, reader, g_ptr_array_index(points, 0), args, dir);
    if (error)
        app_say("%s", error->message);
    g_array_free(series, TRUE);
    code = error ? APP_USAGE : code;
    g_clear_error(&error);
    return code;
}

static int from_results(struct report *r, const char *path, const struct report_args *args)
{
    GError *error = NULL;
    struct store_reader *reader = store_reader_open(path, &error);
    GPtrArray *points = reader ? store_points(reader, &error) : NULL;
    char *dir = points ? g_dir_make_tmp("imssim-report-XXXXXX", &error) : NULL;
    int code = dir ? add_results(r, reader, points, args, dir) : APP_USAGE;

    if (error)
        app_say("%s", error->message);
    g_clear_error(&error);
    if (dir)
        remove_folder(dir);
    g_free(dir);
    if (points)
        g_ptr_array_unref(points);
    if (reader)
        store_reader_close(reader);
    return code;
}

/* ---- the page ------------------------------------------------------------------------------------------------ */

static int write_page(const struct report *r, const char *path, int code)
{
    GString *out = g_string_new(NULL);
    GError *error = NULL;

    report_print(r, out);
    if (!path)
        return app_output(out, code);
    if (!g_file_set_contents(path, out->str, (gssize)out->len, &error)) {
        app_say("%s", error->message);
        code = APP_USAGE;
    }
    g_clear_error(&error);
    g_string_free(out, TRUE);
    return code;
}

/* Names of scenarios end in .xml or are those of shipped ones; everything else is results. */
static bool is_scenario(const char *name)
{
    char *dir = g_build_filename("results", name, NULL);
    bool results = g_file_test(name, G_FILE_TEST_IS_DIR) || g_file_test(dir, G_FILE_TEST_IS_DIR) || g_str_has_suffix(name, ".db");
    g_free(dir);
    return !results;
}

static int make_report(const struct report_args *args, const char *name)
{
    bool scenario = name && is_scenario(name);
    char *path = scenario ? NULL : results_find("report", name);
    char *title = g_strdup_printf("imssim: %s", name ? name : "results");
    struct report *r = report_new(title);
    int code = APP_USAGE;

    if (args->metric && metric_by_name(args->metric) < 0)
        app_say("there is no metric \"%s\" (imssim list metrics)", args->metric);
    else if (scenario)
        code = add_calls(r, name, NULL, args);
    else if (path)
        code = from_results(r, path, args);
    if (code == APP_DONE || code == APP_FAILED)
        code = write_page(r, args->output, code);
    report_free(r);
    g_free(title);
    g_free(path);
    return code;
}

int app_report(int argc, char **argv)
{
    struct report_args args = {0};
    const GOptionEntry options[] = {
        APP_TEXT("output", 'o', &args.output, "FILE", "Where the page goes (default: standard output)"),
        APP_TEXT("metric", 'm', &args.metric, "NAME", "Which time the graphs show (default setup_time; imssim list metrics)"),
        APP_TEXTS("call", 'c', &args.calls, "N", "A ladder of this call; all: of everything (repeatable; default: the first call)"),
        APP_FLAG("no-graphs", 0, &args.no_graphs, "No graphs"),
        APP_FLAG("no-ladders", 0, &args.no_ladders, "No ladders"),
        G_OPTION_ENTRY_NULL,
    };
    const struct app_usage usage = {
        .command = "report",
        .arguments = "[RESULTS|SCENARIO]",
        .summary = "Makes one HTML file, complete in itself: tables and graphs of results, and interactive ladders of calls, which are\n"
                   "simulated anew from what the results say of scenario and seed. RESULTS is a folder that imssim run made, by\n"
                   "default the only one below results/. Of a SCENARIO, the ladders alone.",
        .description = "Example: imssim run mmd-load --reps 4 && imssim report mmd-load -o mmd-load.html",
        .options = options,
        .min = 0,
        .max = 1,
    };
    int code = app_parse(&usage, &argc, &argv);

    if (code == APP_GO_ON)
        code = make_report(&args, argc > 1 ? argv[1] : NULL);
    g_free(args.output);
    g_free(args.metric);
    g_strfreev(args.calls);
    return code;
}
