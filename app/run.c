/* run.c - imssim run: simulate, print the key performance indicators, keep the results. */
#include "app/app.h"
#include "app/experiment/replicate.h"
#include "app/experiment/warmup.h"
#include "app/results.h"
#include "sim/units.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

#define MAX_REPLICATIONS 1000000
#define MAX_THREADS      1024

struct run_args {
    char **sets;
    char *seed, *reps, *threads;
    gboolean json, messages, check;
    bool warmup_found;
    struct results_args results;
};

/* ---- progress -------------------------------------------------------------------------------------- */

static void show_progress(const struct replicate_progress *p, void *user)
{
    bool *shown = user;
    char left[64] = "";

    if (p->elapsed_s < 1 && !*shown)
        return;
    if (p->done >= p->wanted) {
        fprintf(stderr, "\r\033[K"); /* done: takes the line away */
        return;
    }
    if (p->share > 0)
        g_snprintf(left, sizeof left, ", %.0f %%, about %.0f s left", 100 * p->share,
                   ceil(p->elapsed_s * (1 - p->share) / p->share));
    fprintf(stderr, "\r%u of %s%u replications, %.0f s%s\033[K", p->done, p->share < 0 ? "at most " : "",
            p->wanted, p->elapsed_s, left);
    *shown = true;
}

/* ---- the end --------------------------------------------------------------------------------------- */

/* What the table says of a run that is not complete, or NULL. g_free. */
static char *why_incomplete(const struct replicate_opts *opts, const struct replicate_end *end)
{
    char at[32];
    const char *why = end->end == SIM_END_INTERRUPT ? "interrupted" : sim_end_name(end->end);

    if (end->end == SIM_END_NONE)
        return NULL;
    units_format_time(at, end->at);
    if (end->finished == 0)
        return g_strdup_printf(
            "%s at %s of virtual time; the numbers are of what replication 1 did until then", why, at);
    return g_strdup_printf(
        "%s (replication %u at %s of virtual time); the numbers are of the %u of %u that finished", why,
        end->which + 1, at, end->finished, opts->replications);
}

/* What there is to say of how many replications there are, or NULL. g_free. */
static char *why_so_many(const struct replicate_opts *opts, const struct replicate_end *end)
{
    const char *metric = metric_table[opts->metric].name;

    if (opts->precision <= 0 || end->end != SIM_END_NONE)
        return NULL;
    return g_strdup_printf(end->imprecise ? "%u replications are the most wanted, and the mean of %s is not yet"
                                            " known to %.4g %%"
                                          : "after %u replications the mean of %s is known to %.4g %%",
                           end->finished, metric, 100 * opts->precision);
}

static void say_checked(const struct replicate_opts *opts, const struct replicate_end *end)
{
    GString *text = g_string_new("no invariant is broken");

    if (end->compared)
        g_string_append_printf(text, "; %" G_GUINT64_FORMAT " times a phone was compared with its nodes",
                               end->compared);
    if (end->excused)
        g_string_append_printf(text, "; phones are not compared when %s", end->excused);
    app_say("%s: %s", opts->scn->file, text->str);
    g_string_free(text, TRUE);
}

static int exit_code(const struct replicate_end *end)
{
    if (end->broken)
        return APP_FAILED;
    if (end->end == SIM_END_NONE)
        return APP_DONE;
    return end->end == SIM_END_INTERRUPT ? APP_INTERRUPTED : APP_FAILED;
}

static enum store_state state_of(const struct replicate_end *end)
{
    if (end->broken)
        return STORE_FAILED;
    if (end->end == SIM_END_NONE)
        return STORE_FINISHED;
    return end->end == SIM_END_INTERRUPT ? STORE_INTERRUPTED : STORE_LIMIT;
}

static int run_scenario(const struct replicate_opts *opts, const struct run_args *args,
                        struct results *results)
{
    GPtrArray *errors = g_ptr_array_new_with_free_func(g_free);
    GString *out = g_string_new(NULL);
    struct replicate_end end;
    struct kpi kpi;
    int code;

    kpi_init(&kpi);
    kpi.program = "imssim " APP_VERSION;
    kpi.scenario = opts->scn->name;
    kpi.title = opts->scn->title;
    kpi.seed = opts->seed;
    kpi.metric = opts->metric;
    kpi.level = opts->level;
    kpi.warmup = opts->scn->run.warmup;
    kpi.warmup_found = args->warmup_found;
    if (replicate(opts, &kpi, &end, errors)) {
        char *incomplete = why_incomplete(opts, &end);
        const char *why = end.broken ? end.broken : incomplete;
        char *many = why_so_many(opts, &end);
        kpi.incomplete = incomplete;
        kpi.note = many;
        bool kept = results_close(results, &kpi, state_of(&end), why, false);
        if (args->json)
            kpi_print_json(&kpi, out);
        else
            kpi_print(&kpi, args->messages, out);
        if (incomplete)
            app_say("%s: %s", opts->scn->file, incomplete);
        if (end.broken)
            app_say("%s: broken invariant: %s (seed %" G_GUINT64_FORMAT ")", opts->scn->file, end.broken,
                    opts->seed);
        else if (opts->check)
            say_checked(opts, &end);
        code = app_output(out, kept ? exit_code(&end) : APP_USAGE);
        g_free(incomplete);
        g_free(many);
    } else {
        results_close(results, NULL, STORE_FAILED, NULL, true);
        app_print_errors(errors);
        g_string_free(out, TRUE);
        code = APP_USAGE;
    }
    kpi_clear(&kpi);
    g_free(end.broken);
    g_ptr_array_free(errors, TRUE);
    return code;
}

/* ---- the command ----------------------------------------------------------------------------------- */

static bool take_numbers(const struct run_args *args, const struct scn *scn, struct replicate_opts *opts)
{
    const struct scn_run *run = &scn->run;
    uint64_t reps = (uint64_t)run->replications, threads = g_get_num_processors(), every = 0;

    opts->seed = run->seed;
    opts->level = run->confidence;
    opts->least = (unsigned)run->min_replications;
    if (!args->reps && run->precision > 0) {
        opts->precision = run->precision;
        reps = (uint64_t)run->max_replications;
    }
    opts->metric = metric_by_name(run->metric);
    if (opts->metric < 0) {
        app_say("%s: run.metric: \"%s\" is no time that is measured (imssim list metrics)", scn->file, run->metric);
        return false;
    }
    if (args->seed && !app_number("run", "--seed", args->seed, 0, UINT64_MAX, &opts->seed))
        return false;
    if (args->reps && !app_number("run", "--reps", args->reps, 1, MAX_REPLICATIONS, &reps))
        return false;
    if (args->threads && !app_number("run", "--jobs", args->threads, 1, MAX_THREADS, &threads))
        return false;
    if (args->results.trace && !app_number("run", "--trace", args->results.trace, 1, UINT32_MAX, &every))
        return false;
    opts->record_every = (uint32_t)every;
    opts->explain_every = (uint32_t)run->explain_every;
    opts->replications = (unsigned)reps;
    opts->threads = (unsigned)threads;
    return true;
}

/* run.warmup="auto". APP_GO_ON, or what to return. */
static int find_warmup(struct run_args *args, struct scn *scn, const struct replicate_opts *opts)
{
    struct replicate_end end = {0};
    struct warmup w;
    int code = APP_GO_ON;

    if (scn->run.warmup != SCN_WARMUP_AUTO)
        return code;
    GPtrArray *errors = g_ptr_array_new_with_free_func(g_free);
    const char *metric = metric_table[opts->metric].name;
    if (!warmup_find(opts, &w, &end, errors)) {
        code = errors->len ? APP_USAGE : exit_code(&end);
        app_print_errors(errors);
        if (!errors->len)
            app_say("%s: no warm-up can be found: a pilot run did not come to its end: %s", scn->file,
                    end.broken ? end.broken : sim_end_name(end.end));
    } else if (w.verdict == SERIES_GOOD) {
        scn->run.warmup = w.found;
        args->warmup_found = true;
    } else {
        code = APP_FAILED;
        app_say(w.verdict == SERIES_TOO_FEW
                    ? "%s: no warm-up can be found: %s has too few values; run longer, or give run.warmup"
                    : "%s: no warm-up can be found: %s does not settle in the first half of the run; run longer",
                scn->file, metric);
    }
    series_clear(&w.series);
    g_free(end.broken);
    g_ptr_array_free(errors, TRUE);
    return code;
}

static int run_with(struct run_args *args, const char *name)
{
    struct scn_doc *doc = NULL;
    struct scn *scn = app_load(name, args->sets, &doc);
    struct results results;
    bool shown = false;
    int code = APP_USAGE;

    if (!scn)
        return APP_USAGE;
    struct replicate_opts opts = {
        .scn = scn, .interrupt = app_interrupt(), .user = &shown, .check = args->check};
    if (isatty(STDERR_FILENO))
        opts.progress = show_progress;
    if (take_numbers(args, scn, &opts))
        code = find_warmup(args, scn, &opts);
    if (code == APP_GO_ON) {
        bool open = results_open(&results, &args->results, doc, &opts);
        code = open ? run_scenario(&opts, args, &results) : APP_USAGE;
    }
    scn_doc_free(doc);
    scn_free(scn);
    return code;
}

static void args_clear(struct run_args *args)
{
    g_strfreev(args->sets);
    g_free(args->seed);
    g_free(args->reps);
    g_free(args->threads);
    g_free(args->results.dir);
    g_free(args->results.trace);
}

/* Options that say where results go make no sense when there are none. */
static bool results_wanted(const struct results_args *r)
{
    if (r->dir && !*r->dir) {
        app_usage_error("run", "--output: it takes the name of a folder");
        return false;
    }
    if (!r->none || !(r->dir || r->append || r->calls || r->trace))
        return true;
    app_usage_error("run",
                    "--no-results: there is nowhere to keep what -o, --append, --calls and --trace ask for");
    return false;
}

int app_run(int argc, char **argv)
{
    struct run_args args = {0};
    const GOptionEntry options[] = {
        APP_SETS(&args.sets),
        APP_SEED(&args.seed),
        APP_TEXT("reps", 'r', &args.reps, "N", "Independent replications, instead of the scenario's"),
        APP_TEXT("jobs", 'j', &args.threads, "N", "Threads (default: one per processor)"),
        APP_FLAG("messages", 'm', &args.messages, "Count each kind of message by itself"),
        APP_FLAG("json", 0, &args.json, "Print data as JSON, times in ns"),
        APP_FLAG("check", 0, &args.check, "Look at all invariants while it runs, not only at the end"),
        APP_TEXT("output", 'o', &args.results.dir, "DIR",
                 "Folder of the results (default: results/SCENARIO)"),
        APP_FLAG("append", 0, &args.results.append,
                 "Add to the runs in the folder instead of replacing them"),
        APP_FLAG("calls", 0, &args.results.calls, "Keep every call, and every procedure of a phone, not only while they are few"),
        APP_TEXT("trace", 0, &args.results.trace, "N", "Keep the messages of every N-th call (1: of all)"),
        APP_FLAG("no-results", 0, &args.results.none, "Write no results"),
        G_OPTION_ENTRY_NULL,
    };
    const struct app_usage usage = {
        .command = "run",
        .arguments = "SCENARIO",
        .summary =
            "Simulates a scenario and prints its key performance indicators: times with percentiles and\n"
            "intervals, ratios, calls, messages and stations.",
        .description = "The same scenario and seed give the same table, whatever -j says. Ctrl-C ends the "
                       "run, and what\n"
                       "there is by then is printed and kept, marked as incomplete.\n\n"
                       "Results go to a folder: results.db (SQLite) and summary.csv. See imssim export and "
                       "imssim plot.\n\n"
                       "Example: imssim run mmd-3 --set 'group[UE-2].reservation-time=exp(2s)' --reps 20",
        .options = options,
        .min = 1,
        .max = 1,
    };
    int code = app_parse(&usage, &argc, &argv);

    if (code == APP_GO_ON)
        code = results_wanted(&args.results) ? run_with(&args, argv[1]) : APP_USAGE;
    args_clear(&args);
    return code;
}
