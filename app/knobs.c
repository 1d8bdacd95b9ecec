/* knobs.c - imssim knobs: what a time costs when each latency, timer or service time gets longer. */
#include "analysis/json.h"
#include "analysis/plot.h"
#include "analysis/table.h"
#include "app/vary.h"
#include "sim/units.h"

#include <math.h>
#include <string.h>

/* What of a scenario is a knob: times of the network and of phones, not of people, of the script or of the
 * run. */
static const char *const knob_patterns[] = {
    "link*.latency",  "node[*].service*.time",     "radio*", "timer[*",
    "group[*].think", "group[*].reservation-time", NULL};

enum { FORMAT_TEXT, FORMAT_TSV, FORMAT_JSON };
static const char *const formats[] = {"text", "tsv", "json", NULL};

struct knobs_args {
    struct vary_args vary;
    char **only;
    char *by, *format, *output;
    gboolean all;
    int format_id;
    sim_time step;
};

/* Longer by a step: by a factor, where it is a distribution. */
struct knob {
    char *name, *value;
    double mean_ns;
    struct scn *scn; /* NULL: it cannot be moved */
    char *why;
    struct variant *variant; /* NULL: as above */
    bool known;              /* the interval   */
    double slope, low, high; /* ns per ns      */
};

struct knobs {
    struct vary vary;
    const struct knobs_args *args;
    GArray *all; /* struct knob */
    double base_ns;
};

/* ---- which there are --------------------------------------------------------------------------------- */

/* Names may hold brackets, which mean nothing here: * and ? do. */
static bool fits(const char *const *patterns, const char *name)
{
    for (; *patterns; patterns++)
        if (g_pattern_match_simple(*patterns, name))
            return true;
    return false;
}

/* Timers have bare names. */
static bool is_knob(const char *name)
{
    return fits(knob_patterns, name) || (!strchr(name, '[') && strncmp(name, "run.", 4) != 0);
}

/* What the value becomes. g_free. */
static char *longer(const struct vary_value *v, sim_time step)
{
    double by = (double)step / (double)SIM_MS;

    return v->number > 0 ? vary_scaled(v, (v->number + by) / v->number) : vary_constant(v, by);
}

static void consider(const struct vary_value *v, void *user)
{
    struct knobs *k = user;
    const char *const *only = (const char *const *)k->args->only;

    if (!v->is_time || strcmp(v->unit, "ms") != 0 || !is_knob(v->name) || (only && !fits(only, v->name)))
        return;
    char *value = longer(v, k->args->step);
    struct knob knob = {.name = g_strdup(v->name),
                        .value = g_strdup(v->text),
                        .mean_ns = v->number * (double)SIM_MS,
                        .slope = NAN,
                        .low = NAN,
                        .high = NAN};
    knob.scn = vary_load(&k->vary, v->name, value, &knob.why);
    g_array_append_val(k->all, knob);
    g_free(value);
}

static void knob_clear(gpointer data)
{
    struct knob *k = data;

    g_free(k->name);
    g_free(k->value);
    g_free(k->why);
    if (k->scn)
        scn_free(k->scn);
}

static struct knob *knob_at(const struct knobs *k, guint i)
{
    return &g_array_index(k->all, struct knob, i);
}

/* ---- what they do ------------------------------------------------------------------------------------ */

static void judge(struct knobs *k, struct knob *knob, const struct variant *base)
{
    double step = (double)k->args->step, mean;

    if (knob->variant->why) {
        knob->why = g_strdup(knob->variant->why);
        return;
    }
    knob->known = variants_difference(knob->variant, base, k->vary.opts.replications,
                                      k->vary.scn->run.confidence, &mean, &knob->low, &knob->high);
    knob->slope = mean / step;
    knob->low /= step;
    knob->high /= step;
}

/* 1 % more of the knob makes the time so many % longer. */
static double elasticity(const struct knobs *k, const struct knob *knob)
{
    return knob->slope * knob->mean_ns / k->base_ns;
}

static bool has_effect(const struct knob *knob)
{
    return isfinite(knob->slope) && (knob->slope < 0 || knob->slope > 0);
}

/* The strongest first; those alike as they stand in the scenario. */
static gint by_effect(gconstpointer a, gconstpointer b, gpointer user)
{
    const struct knob *x = a, *y = b;
    double ex = has_effect(x) ? fabs(elasticity(user, x)) : -1,
           ey = has_effect(y) ? fabs(elasticity(user, y)) : -1;

    if (ex > ey || ex < ey)
        return ex < ey ? 1 : -1;
    double sx = has_effect(x) ? fabs(x->slope) : -1, sy = has_effect(y) ? fabs(y->slope) : -1;
    return (sx < sy) - (sx > sy);
}

/* Runs the scenario as it is, and once more for each knob. Returns an exit code. */
static int turn_all(struct knobs *k)
{
    struct variant *v = g_new0(struct variant, k->all->len + 1);
    size_t n = 1;
    int code = APP_DONE;

    v[0].scn = k->vary.scn;
    for (guint i = 0; i < k->all->len; i++)
        if (knob_at(k, i)->scn) {
            v[n].scn = knob_at(k, i)->scn;
            knob_at(k, i)->variant = &v[n++];
        }
    if (!variants_run(&k->vary.opts, v, n)) {
        code = APP_INTERRUPTED;
        app_say("interrupted");
    } else if (v[0].why) {
        code = APP_FAILED;
        app_say("%s: %s", k->vary.scn->file, v[0].why);
    } else if (!isfinite(k->base_ns = variant_mean(&v[0], k->vary.opts.replications))) {
        code = APP_USAGE;
        app_say("%s: there is no %s: too few values in a replication", k->vary.scn->file, k->vary.what);
    }
    for (guint i = 0; i < k->all->len && code == APP_DONE; i++)
        if (knob_at(k, i)->variant)
            judge(k, knob_at(k, i), &v[0]);
    variants_clear(v, n);
    g_free(v);
    g_array_sort_with_data(k->all, by_effect, k);
    return code;
}

/* ---- output ------------------------------------------------------------------------------------------ */

#define BAR 24

static void put_bar(struct table *t, double share)
{
    GString *bar = g_string_new(NULL);
    int length = (int)lround(BAR * MIN(fabs(share), 1));

    for (int i = 0; i < length; i++)
        g_string_append_c(bar, share < 0 ? '-' : '#');
    table_cell(t, bar->str);
    g_string_free(bar, TRUE);
}

static void print_row(const struct knobs *k, const struct knob *knob, double most, struct table *t)
{
    double e = elasticity(k, knob);

    table_cell(t, knob->name);
    table_cell(t, knob->value);
    table_cellf(t, "%+.3f", knob->slope);
    if (knob->known)
        table_cellf(t, "%+.3f .. %+.3f", knob->low, knob->high);
    else
        table_cell(t, "-");
    table_cellf(t, "%+.3f %%", e);
    put_bar(t, most > 0 ? e / most : 0);
}

/* What is not in the table. */
static void print_rest(const struct knobs *k, GString *out)
{
    unsigned idle = 0, stuck = 0;
    const struct knob *first = NULL;

    for (guint i = 0; i < k->all->len; i++) {
        const struct knob *knob = knob_at(k, i);
        idle += !knob->why && !has_effect(knob);
        stuck += knob->why != NULL;
        first = knob->why && !first ? knob : first;
    }
    if (idle && !k->args->all)
        g_string_append_printf(out, "%u more have no effect (--all shows them).\n", idle);
    if (stuck)
        g_string_append_printf(out, "%u cannot be moved so: the first is %s: %s\n", stuck, first->name,
                               first->why);
}

static void print_text(const struct knobs *k, GString *out)
{
    char step[32], headings[160];
    unsigned reps = k->vary.opts.replications;
    double most = k->all->len ? fabs(elasticity(k, knob_at(k, 0))) : 0;

    units_format_time(step, k->args->step);
    g_string_append_printf(out, "%s, %s: %.3f ms over %u replication%s\n\n", k->vary.scn->name, k->vary.what,
                           k->base_ns / (double)SIM_MS, reps, reps == 1 ? "" : "s");
    g_snprintf(headings, sizeof headings,
               "knob\tis\t1 ms more costs, ms\t%.4g %% interval\t1 %% more costs\t",
               100 * k->vary.scn->run.confidence);
    struct table *t = table_new(headings, "lrrlrl");
    for (guint i = 0; i < k->all->len; i++)
        if (has_effect(knob_at(k, i)) || (k->args->all && !knob_at(k, i)->why))
            print_row(k, knob_at(k, i), most, t);
    table_print(t, 0, out);
    table_free(t);
    print_rest(k, out);
    g_string_append_printf(out, "Each was made %s longer by itself%s.\n", step,
                           reps > 1 ? ", in the same random world"
                                    : "; one replication gives no interval (--reps)");
}

static void print_tsv(const struct knobs *k, GString *out)
{
    g_string_append(out, "knob\tvalue\tmean_ns\tslope_ratio\tlow_ratio\thigh_ratio\telasticity_ratio\n");
    for (guint i = 0; i < k->all->len; i++) {
        const struct knob *n = knob_at(k, i);
        char buf[5][G_ASCII_DTOSTR_BUF_SIZE];
        const double value[5] = {n->mean_ns, n->slope, n->low, n->high, elasticity(k, n)};
        for (int c = 0; c < 5; c++)
            isfinite(value[c]) ? (void)g_ascii_formatd(buf[c], sizeof buf[c], "%.9g", value[c])
                               : (void)(buf[c][0] = '\0');
        g_string_append_printf(out, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", n->name, n->value, buf[0], buf[1], buf[2],
                               buf[3], buf[4]);
    }
}

static void print_json(const struct knobs *k, GString *out)
{
    struct json j = json_to(out);

    json_open(&j, NULL, '{');
    json_string(&j, "scenario", k->vary.scn->name);
    json_string(&j, "what", k->vary.what);
    json_real(&j, "base_ns", k->base_ns);
    json_int(&j, "step_ns", k->args->step);
    json_uint(&j, "replications", k->vary.opts.replications);
    json_uint(&j, "seed", k->vary.opts.seed);
    json_real(&j, "confidence_ratio", k->vary.scn->run.confidence);
    json_open(&j, "knobs", '[');
    for (guint i = 0; i < k->all->len; i++) {
        const struct knob *n = knob_at(k, i);
        json_open(&j, NULL, '{');
        json_string(&j, "name", n->name);
        json_string(&j, "value", n->value);
        json_real(&j, "mean_ns", n->mean_ns);
        json_real(&j, "slope_ratio", n->slope);
        json_real(&j, "slope_low_ratio", n->low);
        json_real(&j, "slope_high_ratio", n->high);
        json_real(&j, "elasticity_ratio", elasticity(k, n));
        json_string(&j, "why_not", n->why);
        json_close(&j, '}');
    }
    json_close(&j, ']');
    json_close(&j, '}');
    g_string_append_c(out, '\n');
}

/* Most bars of the graph. */
#define BARS 25

/* A tornado of the strongest, into the folder that was asked for. Returns an exit code. */
static int draw(const struct knobs *k)
{
    struct plot_bar bars[BARS];
    size_t n = 0;
    unsigned reps = k->vary.opts.replications;
    char *title = g_strdup_printf("%s, %s: what 1 %% more costs", k->vary.scn->name, k->vary.what);
    char *caption = g_strdup_printf("%.3f ms over %u replication%s, seed %" G_GUINT64_FORMAT ".%s", k->base_ns / (double)SIM_MS,
                                    reps, reps == 1 ? "" : "s", k->vary.opts.seed,
                                    reps > 1 ? " Bars: intervals over replications that met the same random world." : "");
    GError *error = NULL;

    for (guint i = 0; i < k->all->len && n < BARS && has_effect(knob_at(k, i)); i++, n++) {
        const struct knob *knob = knob_at(k, i);
        double scale = knob->mean_ns / k->base_ns;
        bars[n] = (struct plot_bar){knob->name, knob->slope * scale, knob->low * scale, knob->high * scale};
    }
    if (n == 0)
        app_say("no knob has an effect: there is no graph");
    else if (!plot_tornado("knobs", title, "longer by (%)", caption, bars, n, "imssim " APP_VERSION " knobs", k->args->output, &error))
        app_say("%s", error->message);
    int code = error ? g_error_matches(error, PLOT_ERROR, PLOT_ERROR_TOOL) ? APP_FAILED : APP_USAGE : APP_DONE;
    g_clear_error(&error);
    g_free(title);
    g_free(caption);
    return code;
}

/* ---- the command ------------------------------------------------------------------------------------- */

static bool understand(struct knobs_args *args)
{
    GError *error = NULL;

    args->format_id = app_choice("knobs", "--format", args->format ? args->format : "text", formats);
    if (args->format_id < 0)
        return false;
    args->step = SIM_MS;
    if (args->by && (!units_parse_time(args->by, &args->step, &error) || args->step <= 0)) {
        app_usage_error("knobs", "--by: %s", error ? error->message : "it takes a time above 0");
        g_clear_error(&error);
        return false;
    }
    return true;
}

static int show(struct knobs_args *args, const char *name)
{
    struct knobs k = {.args = args, .all = g_array_new(FALSE, FALSE, sizeof(struct knob))};
    int code = vary_open(&k.vary, "knobs", name, &args->vary);

    g_array_set_clear_func(k.all, knob_clear);
    if (code == APP_GO_ON) {
        vary_each_value(&k.vary, consider, &k);
        code = k.all->len ? turn_all(&k) : app_usage_error("knobs", "no knob of %s fits --only", name);
        GString *out = g_string_new(NULL);
        if (code == APP_DONE)
            args->format_id == FORMAT_TEXT  ? print_text(&k, out)
            : args->format_id == FORMAT_TSV ? print_tsv(&k, out)
                                            : print_json(&k, out);
        if (code == APP_DONE && args->output)
            code = draw(&k);
        code = app_output(out, code);
    }
    vary_close(&k.vary);
    g_array_unref(k.all);
    return code;
}

int app_knobs(int argc, char **argv)
{
    struct knobs_args args = {0};
    const GOptionEntry options[] = {
        VARY_OPTIONS(args.vary),
        APP_TEXTS("only", 'k', &args.only, "PATTERN",
                  "Only knobs whose name fits, with * and ? (repeatable)"),
        APP_TEXT("by", 0, &args.by, "TIME", "How much longer each is made (default 1ms)"),
        APP_FLAG("all", 'a', &args.all, "Show those too that have no effect"),
        APP_TEXT("format", 'f', &args.format, "FORMAT", "text (default), tsv or json"),
        APP_TEXT("output", 'o', &args.output, "DIR", "Draw a tornado graph into this folder as well"),
        G_OPTION_ENTRY_NULL,
    };
    const struct app_usage usage = {
        .command = "knobs",
        .arguments = "SCENARIO",
        .summary =
            "Says which knob matters: makes each latency, service time, timer and time of the radio longer "
            "by\n"
            "itself, runs the scenario again in the same random world, and prints what a ms of it costs.",
        .description = "A distribution is made longer by a factor, so that its mean is longer by the step. "
                       "The second column is\n"
                       "ms per ms: where delays are constant, it is how often the way to the end of the time "
                       "crosses the link.\n"
                       "Knobs are what imssim check --effective lists of the network and of phones.\n\n"
                       "Examples: imssim knobs volte-call\n"
                       "          imssim knobs mmd-load --reps 10 --only 'link*' --only 'node*'",
        .options = options,
        .min = 1,
        .max = 1,
    };
    int code = app_parse(&usage, &argc, &argv);

    if (code == APP_GO_ON)
        code = understand(&args) ? show(&args, argv[1]) : APP_USAGE;
    vary_args_clear(&args.vary);
    g_strfreev(args.only);
    g_free(args.by);
    g_free(args.format);
    g_free(args.output);
    return code;
}
