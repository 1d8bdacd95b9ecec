/* budget.c - imssim budget: how much of a parameter may be spent until a time is too long. */
#include "analysis/json.h"
#include "analysis/quantity.h"
#include "analysis/table.h"
#include "app/vary.h"
#include "sim/units.h"

#include <math.h>
#include <string.h>

/* How often the range is doubled before it is said that there is no end. */
#define DOUBLINGS 24
/* ... and halved, whatever the precision. */
#define HALVINGS 60

struct budget_args {
    struct vary_args vary;
    char *limit, *parameter, *most, *within;
    gboolean json;
    sim_time limit_ns;
    double precision;
};

/* The parameter at one value. */
struct trial {
    double number;             /* in the value's unit */
    double time_ns, low, high; /* time NaN: a replication has too few, since calls do not come that far */
    bool known;                /* the interval */
};

struct budget {
    struct vary vary;
    const struct budget_args *args;
    struct vary_value value; /* strings owned */
    bool found;
    double least, most; /* as asked for; most NaN: not */
    GArray *trials;     /* struct trial, by number */
    int code;           /* APP_GO_ON while all is well */
};

/* ---- trials ------------------------------------------------------------------------------------------ */

static char *text_of(const struct budget *b, double number)
{
    return b->value.number > 0 && number > 0 ? vary_scaled(&b->value, number / b->value.number)
                                             : vary_constant(&b->value, number);
}

static void put_number(const struct budget *b, double number, GString *out)
{
    if (strcmp(b->value.unit, "1/s") == 0)
        g_string_append_printf(out, "%.6g/s", number);
    else
        g_string_append_printf(out, "%.6g%s%s", number, *b->value.unit ? " " : "", b->value.unit);
}

static void complain(struct budget *b, int code, double number, const char *why)
{
    GString *at = g_string_new(NULL);

    put_number(b, number, at);
    app_say("%s=%s: %s", b->value.name, at->str, why);
    g_string_free(at, TRUE);
    b->code = code;
}

static int by_number(gconstpointer a, gconstpointer b)
{
    const struct trial *x = a, *y = b;
    return (x->number > y->number) - (x->number < y->number);
}

static void measure(struct budget *b, struct scn *scn, struct trial *t)
{
    const struct variants_opts *opts = &b->vary.opts;
    struct variant v = {.scn = scn};

    if (!variants_run(opts, &v, 1)) {
        b->code = APP_INTERRUPTED;
        app_say("interrupted");
    } else if (v.why) {
        complain(b, APP_FAILED, t->number, v.why);
    } else {
        t->time_ns = variant_mean(&v, opts->replications);
        t->known = isfinite(t->time_ns) && stats_t_interval(v.value, opts->replications,
                                                            b->vary.scn->run.confidence, &t->low, &t->high);
    }
    variants_clear(&v, 1);
}

/* What the time is with this value; made once. */
static struct trial try_value(struct budget *b, double number)
{
    struct trial t = {.number = number, .time_ns = NAN, .low = NAN, .high = NAN};

    for (guint i = 0; i < b->trials->len; i++)
        if (by_number(&g_array_index(b->trials, struct trial, i), &t) == 0)
            return g_array_index(b->trials, struct trial, i);
    char *text = text_of(b, number), *why;
    struct scn *scn = vary_load(&b->vary, b->value.name, text, &why);
    if (scn)
        measure(b, scn, &t);
    else
        complain(b, APP_USAGE, number, why);
    if (b->code == APP_GO_ON) {
        g_array_append_val(b->trials, t);
        g_array_sort(b->trials, by_number);
    }
    if (scn)
        scn_free(scn);
    g_free(text);
    g_free(why);
    return t;
}

/* ---- the search -------------------------------------------------------------------------------------- */

/* Surely met, or (possibly) not surely missed. Where there is no interval, both are what the one replication
 * says; where there is no time, it is missed. */
static bool is_met(const struct budget *b, const struct trial *t, bool surely)
{
    double time = !t->known ? t->time_ns : surely ? t->high : t->low;
    return time <= (double)b->args->limit_ns;
}

/* The bracket that the trials so far leave: the largest value that is met below the smallest one that is not.
 */
static void bracket(const struct budget *b, bool surely, double *met, double *missed)
{
    *met = *missed = NAN;
    for (guint i = 0; i < b->trials->len; i++) {
        const struct trial *t = &g_array_index(b->trials, struct trial, i);
        if (!is_met(b, t, surely)) {
            *missed = t->number;
            return;
        }
        *met = t->number;
    }
}

/* Until there is a value that is not met, or the end. */
static void find_top(struct budget *b)
{
    double top = isfinite(b->most) ? b->most : MAX(2 * b->value.number, 1);

    for (int i = 0; i < DOUBLINGS && b->code == APP_GO_ON; i++, top *= 2) {
        struct trial t = try_value(b, top);
        if (isfinite(b->most) || (b->code == APP_GO_ON && !is_met(b, &t, false)))
            return;
    }
}

/* Halves the bracket until it is narrow. */
static void narrow(struct budget *b, bool surely)
{
    double met, missed;

    for (int i = 0; i < HALVINGS && b->code == APP_GO_ON; i++) {
        bracket(b, surely, &met, &missed);
        if (!isfinite(met) || !isfinite(missed) || missed - met <= b->args->precision * missed)
            return;
        try_value(b, met + (missed - met) / 2);
    }
}

static void search(struct budget *b)
{
    struct trial least = try_value(b, b->least);

    if (b->code == APP_GO_ON && b->value.number > b->least && !(b->value.number > b->most)) {
        struct trial now = try_value(b, b->value.number);
        if (b->code == APP_GO_ON && !isfinite(now.time_ns))
            complain(b, APP_USAGE, b->value.number,
                     "a replication has too few values of the time: run longer, or with more calls");
    }
    if (b->code != APP_GO_ON || !is_met(b, &least, false))
        return;
    find_top(b);
    narrow(b, true);
    narrow(b, false);
}

/* ---- output ------------------------------------------------------------------------------------------ */

static void print_trials(const struct budget *b, GString *out)
{
    char *headings = g_strdup_printf("%s\t%s, ms\t%.4g %% interval\tlimit", b->value.name, b->vary.what,
                                     100 * b->vary.scn->run.confidence);
    struct table *t = table_new(headings, "rrll");
    GString *number = g_string_new(NULL);

    for (guint i = 0; i < b->trials->len; i++) {
        const struct trial *r = &g_array_index(b->trials, struct trial, i);
        g_string_truncate(number, 0);
        put_number(b, r->number, number);
        table_cell(t, number->str);
        if (isfinite(r->time_ns))
            table_cellf(t, "%.3f", r->time_ns / (double)SIM_MS);
        else
            table_cell(t, "too few values");
        if (r->known)
            table_cellf(t, "%.3f .. %.3f", r->low / (double)SIM_MS, r->high / (double)SIM_MS);
        else
            table_cell(t, "-");
        table_cell(t, is_met(b, r, true) ? "met" : is_met(b, r, false) ? "not sure" : "missed");
    }
    table_print(t, 0, out);
    table_free(t);
    g_string_free(number, TRUE);
    g_free(headings);
}

static void print_answer(const struct budget *b, double met, double missed, GString *out)
{
    unsigned reps = b->vary.opts.replications;

    if (!isfinite(met)) {
        g_string_append(out, "There is no budget: it is not surely met even with ");
        put_number(b, b->least, out);
        g_string_append(out, ".\n");
    } else {
        g_string_append(out, "It is met up to ");
        put_number(b, met, out);
        g_string_append(out, met > b->value.number ? ": " : "; now it is ");
        put_number(b, met > b->value.number ? met - b->value.number : b->value.number, out);
        g_string_append(out, met > b->value.number ? " more than now.\n" : ".\n");
    }
    if (isfinite(missed)) {
        g_string_append(out, "It is missed from ");
        put_number(b, missed, out);
        g_string_append(out, " on.\n");
    } else {
        g_string_append(out, "Nothing that was tried is missed for sure.\n");
    }
    if (reps < 2)
        g_string_append(out, "One replication says nothing of how sure that is (--reps).\n");
}

static void print_text(const struct budget *b, double met, double missed, GString *out)
{
    char limit[32];
    unsigned reps = b->vary.opts.replications;

    units_format_time(limit, b->args->limit_ns);
    g_string_append_printf(
        out, "%s: %s is to be at most %s; what may %s be, now %s? (%u replication%s each)\n\n",
        b->vary.scn->name, b->vary.what, limit, b->value.name, b->value.text, reps, reps == 1 ? "" : "s");
    print_trials(b, out);
    g_string_append_c(out, '\n');
    print_answer(b, met, missed, out);
}

static void print_json(const struct budget *b, double met, double missed, GString *out)
{
    struct json j = json_to(out);

    json_open(&j, NULL, '{');
    json_string(&j, "scenario", b->vary.scn->name);
    json_string(&j, "what", b->vary.what);
    json_int(&j, "limit_ns", b->args->limit_ns);
    json_string(&j, "parameter", b->value.name);
    json_string(&j, "value", b->value.text);
    json_string(&j, "unit", b->value.unit);
    json_real(&j, "now", b->value.number);
    json_real(&j, "met_up_to", met);
    json_real(&j, "missed_from", missed);
    json_uint(&j, "replications", b->vary.opts.replications);
    json_real(&j, "confidence_ratio", b->vary.scn->run.confidence);
    json_open(&j, "trials", '[');
    for (guint i = 0; i < b->trials->len; i++) {
        const struct trial *t = &g_array_index(b->trials, struct trial, i);
        json_open(&j, NULL, '{');
        json_real(&j, "number", t->number);
        json_real(&j, "time_ns", t->time_ns);
        json_real(&j, "low_ns", t->low);
        json_real(&j, "high_ns", t->high);
        json_close(&j, '}');
    }
    json_close(&j, ']');
    json_close(&j, '}');
    g_string_append_c(out, '\n');
}

static int answer(const struct budget *b)
{
    GString *out = g_string_new(NULL);
    double met, missed, unused;

    bracket(b, true, &met, &unused);
    bracket(b, false, &unused, &missed);
    b->args->json ? print_json(b, met, missed, out) : print_text(b, met, missed, out);
    return app_output(out, isfinite(met) ? APP_DONE : APP_FAILED);
}

/* ---- the command ------------------------------------------------------------------------------------- */

static void find_value(const struct vary_value *v, void *user)
{
    struct budget *b = user;

    if (b->found || strcmp(v->name, b->args->parameter) != 0)
        return;
    b->found = true;
    b->value = *v;
    b->value.name = g_strdup(v->name);
    b->value.text = g_strdup(v->text);
}

static bool take_end(struct budget *b)
{
    const char *unit;

    b->most = NAN;
    if (!b->args->most)
        return true;
    if (!quantity_number(b->args->most, &b->most, &unit) || strcmp(unit, b->value.unit) != 0 ||
        b->most <= 0) {
        app_usage_error("budget", "--to: \"%s\" is no value above 0 as %s has it (%s)", b->args->most,
                        b->value.name, b->value.text);
        return false;
    }
    return true;
}

static int show(const struct budget_args *args, const char *name)
{
    struct budget b = {
        .args = args, .trials = g_array_new(FALSE, FALSE, sizeof(struct trial)), .code = APP_GO_ON};
    int code = vary_open(&b.vary, "budget", name, &args->vary);

    if (code == APP_GO_ON) {
        vary_each_value(&b.vary, find_value, &b);
        if (!b.found)
            code = app_usage_error(
                "budget",
                "--vary: %s has no \"%s\" that is a number, a time or a rate (imssim check --effective)",
                b.vary.scn->name, args->parameter);
        else
            code = take_end(&b) ? APP_GO_ON : APP_USAGE;
    }
    if (code == APP_GO_ON) {
        /* a rate of 0 is no load */
        b.least = strcmp(b.value.unit, "1/s") == 0 ? b.value.number / 16 : 0;
        search(&b);
        code = b.code == APP_GO_ON ? answer(&b) : b.code;
    }
    g_free((char *)(uintptr_t)b.value.name);
    g_free((char *)(uintptr_t)b.value.text);
    g_array_unref(b.trials);
    vary_close(&b.vary);
    return code;
}

static bool understand(struct budget_args *args)
{
    GError *error = NULL;

    args->precision = 0.005;
    if (!args->limit || !args->parameter) {
        app_usage_error("budget", "it takes --limit TIME and --vary NAME");
        return false;
    }
    if (!units_parse_time(args->limit, &args->limit_ns, &error)) {
        app_usage_error("budget", "--limit: %s", error->message);
        g_clear_error(&error);
        return false;
    }
    if (args->within &&
        (!units_parse_probability(args->within, &args->precision, NULL) || args->precision <= 0)) {
        app_usage_error("budget", "--within: \"%s\" is no share such as 1%%", args->within);
        return false;
    }
    return true;
}

int app_budget(int argc, char **argv)
{
    struct budget_args args = {0};
    const GOptionEntry options[] = {
        APP_TEXT("limit", 'l', &args.limit, "TIME", "What the time may be at most, such as 2s"),
        APP_TEXT("vary", 'p', &args.parameter, "NAME", "Which parameter is spent (imssim check --effective)"),
        APP_TEXT("to", 't', &args.most, "VALUE", "Nothing beyond is tried (default: until it is missed)"),
        APP_TEXT("within", 'w', &args.within, "SHARE", "How closely the end is found (default 0.5%)"),
        VARY_OPTIONS(args.vary),
        APP_FLAG("json", 0, &args.json, "Print data as JSON"),
        G_OPTION_ENTRY_NULL,
    };
    const struct app_usage usage = {
        .command = "budget",
        .arguments = "SCENARIO",
        .summary = "Finds how much of a parameter may be spent until a time is longer than a limit: a "
                   "latency, a service\n"
                   "time, a rate of calls. It runs the scenario with more and more of it, in the same random "
                   "world, and\n"
                   "halves the stretch between what is met and what is missed.",
        .description =
            "Met means that the interval over replications ends below the limit, missed that it begins "
            "above. A\n"
            "distribution is stretched by a factor. It is assumed that more makes the time longer.\n"
            "Exit status 1: the limit is not met even with none of it.\n\n"
            "Examples: imssim budget volte-idle-call --limit 1s --vary link[S1-MME].latency\n"
            "          imssim budget mmd-load --quantile 95 --limit 1s --vary 'calls[1].arrivals' --reps 5",
        .options = options,
        .min = 1,
        .max = 1,
    };
    int code = app_parse(&usage, &argc, &argv);

    if (code == APP_GO_ON)
        code = understand(&args) ? show(&args, argv[1]) : APP_USAGE;
    vary_args_clear(&args.vary);
    g_free(args.limit);
    g_free(args.parameter);
    g_free(args.most);
    g_free(args.within);
    return code;
}
