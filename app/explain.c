/* explain.c - imssim explain: where the time between two moments of one call went. */
#include "analysis/explain.h"

#include "analysis/metrics.h"
#include "app/app.h"
#include "app/call.h"

enum { FORMAT_TEXT, FORMAT_TSV, FORMAT_JSON };
static const char *const formats[] = {"text", "tsv", "json", NULL};
static const char *const colours[] = {"auto", "always", "never", NULL};

struct explain_args {
    struct call_args call;
    char *interval, *format, *colour, *width;
    gboolean ascii;
    int format_id, metric;
    uint64_t columns;
};

static bool understand(struct explain_args *args)
{
    const char *names[METRIC_COUNT + 1] = {NULL};

    for (int i = 0; i < METRIC_COUNT; i++)
        names[i] = metric_table[i].name;
    args->metric = app_choice("explain", "--interval", args->interval ? args->interval : "setup_time", names);
    if (args->metric < 0)
        return false;
    args->format_id = app_choice("explain", "--format", args->format ? args->format : "text", formats);
    if (args->format_id < 0)
        return false;
    if (!args->colour)
        args->colour = g_strdup("auto");
    return app_choice("explain", "--color", args->colour, colours) >= 0 &&
           (!args->width || app_number("explain", "--width", args->width, 40, 10000, &args->columns));
}

/* Whether the metric is about this call at all; complains if not. */
static bool applies(const struct call *call, const struct metric_decl *d)
{
    bool answered = flow_mark(call->flow, MARK_CONNECTED, 0) != NULL;

    if (d->calls == METRIC_CALLS_ANSWERED && !answered)
        app_say("call %" G_GUINT64_FORMAT " has no %s: it was not answered", call->number, d->name);
    else if (d->calls == METRIC_CALLS_FAILED && answered)
        app_say("call %" G_GUINT64_FORMAT " has no %s: it was answered", call->number, d->name);
    else
        return true;
    return false;
}

static struct explain *explain_metric(const struct call *call, const struct metric_decl *d)
{
    if (!applies(call, d))
        return NULL;
    struct explain *ex = explain_new(call->flow, d->name, d->from, d->to);
    if (!ex && d->or_to != MARK_COUNT)
        ex = explain_new(call->flow, d->name, d->from, d->or_to);
    if (!ex)
        app_say("call %" G_GUINT64_FORMAT " has no %s (%s): it did not come that far", call->number, d->name,
                d->ends);
    return ex;
}

static int print_explain(const struct explain *ex, const struct explain_args *args, int code)
{
    struct term term = app_term(args->colour, (unsigned)args->columns, args->ascii);
    GString *out = g_string_new(NULL);

    if (args->format_id == FORMAT_TSV)
        explain_print_tsv(ex, out);
    else if (args->format_id == FORMAT_JSON)
        explain_print_json(ex, out);
    else
        explain_print_text(ex, &term, out);
    return app_output(out, code);
}

static int show(const struct explain_args *args, const char *name)
{
    struct call call;
    int code = APP_USAGE;

    if (call_open(&call, "explain", name, &args->call, 0)) {
        struct explain *ex = explain_metric(&call, &metric_table[args->metric]);
        if (ex) {
            code = print_explain(ex, args, call.code);
            explain_free(ex);
        }
    } else {
        code = call.code;
    }
    call_close(&call);
    return code;
}

static int parse(struct explain_args *args, int *argc, char ***argv)
{
    const GOptionEntry options[] = {
        CALL_OPTIONS(args->call, ""),
        APP_TEXT("interval", 'i', &args->interval, "METRIC",
                 "Which time: setup_time (default), or another of imssim list metrics"),
        APP_TEXT("format", 'f', &args->format, "FORMAT", "text (default), tsv or json"),
        APP_WIDTH(&args->width),
        APP_COLOUR(&args->colour),
        APP_ASCII(&args->ascii),
        G_OPTION_ENTRY_NULL,
    };
    const struct app_usage usage = {
        .command = "explain",
        .arguments = "SCENARIO",
        .summary =
            "Simulates a scenario and shows where the time of one call went: each stretch of the way on a\n"
            "link, in a node, of a timer, of a reservation. The parts sum to the time, to the nanosecond.",
        .description = "The tab-separated form is stable. Its columns: phase part where start_ns end_ns.\n"
                       "NO_COLOR in the environment turns colour off.\n\n"
                       "Example: imssim explain mmd-3 --interval alert_time",
        .options = options,
        .min = 1,
        .max = 1,
    };
    return app_parse(&usage, argc, argv);
}

int app_explain(int argc, char **argv)
{
    struct explain_args args = {0};
    int code = parse(&args, &argc, &argv);

    if (code == APP_GO_ON)
        code = understand(&args) ? show(&args, argv[1]) : APP_USAGE;
    call_args_clear(&args.call);
    g_free(args.interval);
    g_free(args.format);
    g_free(args.colour);
    g_free(args.width);
    return code;
}
