/* diff.c - imssim diff: two calls, message by message and phase by phase; or two results (diff_results.c). */
#include "app/diff.h"

#include "analysis/explain.h"
#include "analysis/interval.h"
#include "analysis/ladder_diff.h"
#include "analysis/table.h"

#include <string.h>

static const char *const formats[] = {"text", "tsv", NULL};

/* ---- phases ------------------------------------------------------------------------------------------ */

/* Sums of both calls' phases, by name. */
struct phase_row {
    const char *name;
    int place; /* in causal order, or where it was met */
    sim_time ns[2];
};

static void add_phase(GArray *rows, const struct explain_part *p, int side)
{
    for (guint i = 0; i < rows->len; i++) {
        struct phase_row *r = &g_array_index(rows, struct phase_row, i);
        if (strcmp(r->name, p->phase) == 0) {
            r->ns[side] += p->end - p->start;
            return;
        }
    }
    struct phase_row row = {.name = p->phase,
                            .place = p->of ? phase_place(p->of) : PHASES_MAX + (int)rows->len};
    row.ns[side] = p->end - p->start;
    g_array_append_val(rows, row);
}

static gint by_place(gconstpointer a, gconstpointer b)
{
    return ((const struct phase_row *)a)->place - ((const struct phase_row *)b)->place;
}

static void add_phases(GArray *rows, const struct explain *ex, int side)
{
    for (guint i = 0; i < ex->parts->len; i++)
        add_phase(rows, &g_array_index(ex->parts, struct explain_part, i), side);
    g_array_sort(rows, by_place);
}

static void phase_line(struct table *t, const char *name, const sim_time ns[2])
{
    table_cell(t, name);
    table_cellf(t, "%.3f", (double)ns[0] / (double)SIM_MS);
    table_cellf(t, "%.3f", (double)ns[1] / (double)SIM_MS);
    if (ns[0] == ns[1])
        table_cell(t, "");
    else
        table_cellf(t, "%+.3f", (double)(ns[1] - ns[0]) / (double)SIM_MS);
}

static void print_phases(const GArray *rows, const char *metric, const struct explain *const ex[2],
                         GString *out)
{
    char *headings = g_strdup_printf("phase of %s\tA, ms\tB, ms\tB - A, ms", metric);
    struct table *t = table_new(headings, "lrrr");

    for (guint i = 0; i < rows->len; i++)
        phase_line(t, g_array_index(rows, struct phase_row, i).name,
                   g_array_index(rows, struct phase_row, i).ns);
    phase_line(t, "all", (const sim_time[]){ex[0]->end - ex[0]->start, ex[1]->end - ex[1]->start});
    table_print(t, 0, out);
    table_free(t);
    g_free(headings);
}

/* The metric in both calls; or a line that says which has none. */
static void compare_phases(const struct diff_args *args, const struct call call[2], GString *out)
{
    const struct metric_decl *d = &metric_table[args->metric >= 0 ? args->metric : METRIC_SETUP_TIME];
    struct explain *ex[2] = {NULL, NULL};
    GArray *rows = g_array_new(FALSE, FALSE, sizeof(struct phase_row));

    for (int side = 0; side < 2; side++) {
        struct interval in;
        if (interval_find(call[side].flow, d, NULL, 1, &in))
            ex[side] = explain_new(call[side].flow, d->name, in.from, in.to, d->phases);
        if (ex[side])
            add_phases(rows, ex[side], side);
        else
            g_string_append_printf(out, "%c has no %s (%s).\n", 'A' + side, d->name, d->ends);
    }
    if (ex[0] && ex[1])
        print_phases(rows, d->name, (const struct explain *const *)ex, out);
    explain_free(ex[0]);
    explain_free(ex[1]);
    g_array_unref(rows);
}

/* ---- messages ---------------------------------------------------------------------------------------- */

static struct ladder *ladder_of(const struct call *call)
{
    const struct scn_view *view = &call->scn->view;
    struct ladder_opts opts = {
        .order = LADDER_BY_MESSAGE,
        .protocols = view->protocol && *view->protocol ? (const char *const *)view->protocol : NULL,
        .hide = (const char *const *)view->hide};
    return ladder_new(call->flow, &opts);
}

static void print_head(const struct call call[2], char *const names[2], GString *out)
{
    for (int side = 0; side < 2; side++) {
        g_string_append_printf(out, "%c: %s, ", 'A' + side, names[side]);
        if (call[side].all)
            g_string_append(out, "everything");
        else
            g_string_append_printf(out, "call %" G_GUINT64_FORMAT, call[side].number);
        if (call[side].scn->title)
            g_string_append_printf(out, " (%s)", call[side].scn->title);
        g_string_append_c(out, '\n');
    }
    g_string_append_c(out, '\n');
}

static int compare(const struct diff_args *args, const struct call call[2], char *const names[2])
{
    struct ladder *a = ladder_of(&call[0]), *b = ladder_of(&call[1]);
    struct ladder_diff *d = ladder_diff_new(a, b);
    GString *out = g_string_new(NULL);
    int code = APP_DONE;

    if (!d) {
        app_say("one of the calls has more than %d messages: too many to compare", LADDER_DIFF_MAX);
        code = APP_USAGE;
    } else if (args->format_id == DIFF_TSV) {
        ladder_diff_print_tsv(d, out);
    } else {
        print_head(call, names, out);
        compare_phases(args, call, out);
        g_string_append_printf(
            out, "\n%u messages from end to end are in both, %u only in A (-), %u only in B (+).\n",
            d->shared, d->only_a, d->only_b);
        ladder_diff_print(d, args->all, out);
    }
    ladder_diff_free(d);
    ladder_free(a);
    ladder_free(b);
    return app_output(out, code);
}

/* The settings of one side. g_free (the strings are the user's). */
static char **sets_of(const struct diff_args *args, int side)
{
    GPtrArray *sets = g_ptr_array_new();

    for (char **s = args->call.sets; s && *s; s++)
        g_ptr_array_add(sets, *s);
    for (char **s = args->with; side == 1 && s && *s; s++)
        g_ptr_array_add(sets, *s);
    g_ptr_array_add(sets, NULL);
    return (char **)g_ptr_array_free(sets, FALSE);
}

static char *name_of(const struct diff_args *args, const char *scenario, int side)
{
    char *with = side == 1 && args->with ? g_strjoinv(", ", args->with) : NULL;
    char *name = with ? g_strdup_printf("%s with %s", scenario, with) : g_strdup(scenario);

    g_free(with);
    return name;
}

static int diff_calls(const struct diff_args *args, const char *a, const char *b)
{
    const char *const scenarios[2] = {a, b};
    struct call call[2] = {{0}, {0}};
    char *names[2] = {NULL, NULL};
    int code = APP_DONE;

    for (int side = 0; side < 2 && code == APP_DONE; side++) {
        struct call_args of = args->call;
        of.sets = sets_of(args, side);
        names[side] = name_of(args, scenarios[side], side);
        if (!call_open(&call[side], "diff", scenarios[side], &of, 0) || call[side].code != APP_DONE)
            code = call[side].code;
        g_free(of.sets);
    }
    if (code == APP_DONE)
        code = compare(args, call, names);
    for (int side = 0; side < 2; side++) {
        call_close(&call[side]);
        g_free(names[side]);
    }
    return code;
}

/* ---- the command ------------------------------------------------------------------------------------- */

static bool understand(struct diff_args *args)
{
    const char *names[METRIC_COUNT + 1] = {NULL};

    args->format_id = app_choice("diff", "--format", args->format ? args->format : "text", formats);
    args->metric = args->interval ? metric_by_name(args->interval) : -1;
    for (int i = 0; i < METRIC_COUNT; i++)
        names[i] = metric_table[i].name;
    return args->format_id >= 0 && (!args->interval || args->metric >= 0 ||
                                    app_choice("diff", "--interval", args->interval, names) >= 0);
}

static int diff(struct diff_args *args, int count, char **names)
{
    const char *a = names[0], *b = count > 1 ? names[1] : names[0];

    if (!understand(args))
        return APP_USAGE;
    if (diff_is_results(a) && diff_is_results(b) && count > 1) {
        if (args->with || args->call.sets || args->call.call || args->call.seed)
            return app_usage_error(
                "diff", "--set, --with, --call and --seed are for scenarios; %s and %s are results", a, b);
        return diff_results(args, a, b);
    }
    if (count == 1 && !args->with)
        return app_usage_error("diff", "it takes two scenarios or two results, or one scenario and --with");
    return diff_calls(args, a, b);
}

int app_diff(int argc, char **argv)
{
    struct diff_args args = {.call = {.takes_all = true}};
    const GOptionEntry options[] = {
        CALL_OPTIONS(args.call, ", or all"),
        APP_TEXTS("with", 0, &args.with, "NAME=VALUE",
                  "Give a parameter another value in B alone (repeatable)"),
        APP_TEXT("interval", 'i', &args.interval, "METRIC",
                 "Which time: of calls by phase (default setup_time), of results (default all)"),
        APP_FLAG("all", 'a', &args.all, "Show also what is alike"),
        APP_TEXT("format", 'f', &args.format, "FORMAT", "text (default) or tsv"),
        G_OPTION_ENTRY_NULL,
    };
    const struct app_usage usage = {
        .command = "diff",
        .arguments = "A [B]",
        .summary =
            "Compares a call of two scenarios: which messages appeared or went, and which phase and which "
            "step took\n"
            "the milliseconds. With one scenario and --with: that scenario as it is and with other values.\n"
            "Or compares two results (folders that imssim run or sweep made; DIR#N is the N-th point of a "
            "sweep): the\n"
            "differences of times and ratios with intervals, where the time went, and which parameters "
            "differ.",
        .description = "Results with the same seed met the same random world: their replications are "
                       "compared in pairs,\n"
                       "which makes intervals narrow. Else Welch's interval is given.\n\n"
                       "Examples: imssim diff mmd-3 mmd-4\n"
                       "          imssim diff volte-call --with 'link[S1-MME].latency=20ms'\n"
                       "          imssim diff results/before results/after\n"
                       "          imssim diff 'results/knee#1' 'results/knee#5'",
        .options = options,
        .min = 1,
        .max = 2,
    };
    int code = app_parse(&usage, &argc, &argv);

    if (code == APP_GO_ON)
        code = diff(&args, argc - 1, argv + 1);
    call_args_clear(&args.call);
    g_strfreev(args.with);
    g_free(args.interval);
    g_free(args.format);
    return code;
}
