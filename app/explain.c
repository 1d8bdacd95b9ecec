/* explain.c - imssim explain: where the time between two moments of one call, or of one phone, went. */
#include "analysis/explain.h"

#include "analysis/interval.h"
#include "app/app.h"
#include "app/call.h"

enum { FORMAT_TEXT, FORMAT_TSV, FORMAT_JSON };
static const char *const formats[] = {"text", "tsv", "json", NULL};
static const char *const colours[] = {"auto", "always", "never", NULL};

struct explain_args {
    struct call_args call;
    char *interval, *ue, *nth, *format, *colour, *width;
    gboolean ascii;
    int format_id, metric;
    uint64_t columns, n;
};

/* The metric that is meant: "bearer_setup_time" stands for that of the caller's side, or of the side of --ue. */
static int find_metric(const char *name)
{
    const char *names[METRIC_COUNT + 1] = {NULL};
    char *at_caller = g_strconcat(name, "_caller", NULL);
    int metric = metric_by_name(name);

    if (metric < 0)
        metric = metric_by_name(at_caller);
    g_free(at_caller);
    for (int i = 0; i < METRIC_COUNT; i++)
        names[i] = metric_table[i].name;
    return metric >= 0 ? metric : app_choice("explain", "--interval", name, names);
}

static bool understand(struct explain_args *args)
{
    if (!args->interval)
        args->interval = g_strdup("setup_time");
    args->metric = find_metric(args->interval);
    if (args->metric < 0)
        return false;
    args->format_id = app_choice("explain", "--format", args->format ? args->format : "text", formats);
    if (args->format_id < 0)
        return false;
    if (!args->colour)
        args->colour = g_strdup("auto");
    args->n = 1;
    if (args->nth && metric_table[args->metric].procedure == PROCEDURE_NONE) {
        app_usage_error("explain", "--nth: %s is a time of calls: --call says which", args->interval);
        return false;
    }
    if (args->call.call && metric_table[args->metric].procedure != PROCEDURE_NONE) {
        app_usage_error("explain", "--call: %s is a time of phones: --ue and --nth say which", args->interval);
        return false;
    }
    return app_choice("explain", "--color", args->colour, colours) >= 0 &&
           (!args->width || app_number("explain", "--width", args->width, 40, 10000, &args->columns)) &&
           (!args->nth || app_number("explain", "--nth", args->nth, 1, UINT32_MAX, &args->n));
}

static bool is_phone(const struct call *call, const char *ue)
{
    const struct node *n = net_find_node(call->world->net, ue);

    if (n && (n->kinds & KIND_UE))
        return true;
    app_usage_error("explain", "--ue: there is no phone \"%s\" in %s (of a group with a count: NAME-1, NAME-2 ...)", ue,
                    call->scn->file);
    return false;
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

/* ---- of calls ---------------------------------------------------------------------------------------- */

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

/* The metric of the phone's side, when the one given has sides and the phone is at the other one; NULL: the call is
 * not the phone's. */
static const struct metric_decl *at_side_of(const struct call *call, const struct explain_args *args, const struct node *ue)
{
    const struct happening *dialled = flow_mark(call->flow, MARK_DIALLED, 0),
                           *received = flow_mark(call->flow, MARK_INVITE_RECEIVED, 0);
    bool caller = ue == dialled->node, called = received && ue == received->node;
    char *other = g_strdup_printf("%s_%s", args->interval, caller ? "caller" : "called");
    int metric = metric_by_name(other);

    g_free(other);
    if (!caller && !called)
        return NULL;
    return &metric_table[metric >= 0 ? metric : args->metric];
}

static struct explain *explain_call(const struct call *call, const struct explain_args *args)
{
    const struct metric_decl *d = &metric_table[args->metric];
    const struct node *ue = args->ue ? net_find_node(call->world->net, args->ue) : NULL;
    struct interval in;

    if (ue)
        d = at_side_of(call, args, ue);
    if (!d)
        app_say("call %" G_GUINT64_FORMAT " is not one of %s", call->number, args->ue);
    else if (applies(call, d) && interval_find(call->flow, d, ue, 1, &in))
        return explain_new(call->flow, d->name, in.from, in.to, d->phases);
    else if (applies(call, d))
        app_say("call %" G_GUINT64_FORMAT " has no %s (%s)%s: it did not come that far", call->number, d->name,
                d->ends, ue ? " at this phone" : "");
    return NULL;
}

/* ---- of phones --------------------------------------------------------------------------------------- */

/* For call_open(): the flow in which the phone has it. */
static const struct flow_record *find_of_phone(const struct call *call, bool over, void *user)
{
    const struct explain_args *args = user;
    const struct metric_decl *d = &metric_table[args->metric];
    const struct node *ue = args->ue ? net_find_node(call->world->net, args->ue) : NULL;
    struct interval in;

    if (args->ue && (!over || !is_phone(call, args->ue)) && !ue)
        return NULL;
    const struct flow_record *flow = interval_of(call->recording, d, ue, args->n, &in);
    if (!flow && over) {
        size_t n = interval_count(call->recording, d, ue);
        app_say("%s: there is no %s %" G_GUINT64_FORMAT " (%s)%s%s: %zu %s", call->scn->file, d->name, args->n,
                d->ends, ue ? " of " : "", ue ? args->ue : "", n, n == 1 ? "came to its end" : "came to their end");
    }
    return flow;
}

static struct explain *explain_phone(const struct call *call, const struct explain_args *args)
{
    const struct metric_decl *d = &metric_table[args->metric];
    const struct node *ue = args->ue ? net_find_node(call->world->net, args->ue) : NULL;
    struct interval in;
    const struct flow_record *flow = interval_of(call->recording, d, ue, args->n, &in);

    return explain_new(flow, d->name, in.from, in.to, d->phases);
}

/* ---- the command ------------------------------------------------------------------------------------- */

static int show(struct explain_args *args, const char *name)
{
    bool of_phone = metric_table[args->metric].procedure != PROCEDURE_NONE;
    struct call call;
    int code = APP_USAGE;

    if (of_phone) {
        args->call.find = find_of_phone;
        args->call.user = args;
    }
    if (!call_open(&call, "explain", name, &args->call, 0)) {
        code = call.code;
    } else if (of_phone || !args->ue || is_phone(&call, args->ue)) {
        struct explain *ex = of_phone ? explain_phone(&call, args) : explain_call(&call, args);
        if (ex) {
            code = print_explain(ex, args, call.code);
            explain_free(ex);
        }
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
        APP_TEXT("ue", 'u', &args->ue, "NAME",
                 "Whose, for times of phones and of one side of a call (default: any phone, the caller)"),
        APP_TEXT("nth", 'n', &args->nth, "N", "Of several times of phones, which (default 1)"),
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
            "Simulates a scenario and shows where the time of one call went, or of an attach, a registration ...\n"
            "of a phone: each stretch of the way on a link, in a node, of a timer, of a reservation, grouped by\n"
            "phase. The parts sum to the time, to the nanosecond.",
        .description = "The tab-separated form is stable. Its columns: phase part where start_ns end_ns.\n"
                       "NO_COLOR in the environment turns colour off.\n\n"
                       "Examples: imssim explain mmd-3 --interval alert_time\n"
                       "          imssim explain volte-call --interval attach_time --ue UE-B",
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
    g_free(args.ue);
    g_free(args.nth);
    g_free(args.format);
    g_free(args.colour);
    g_free(args.width);
    return code;
}
