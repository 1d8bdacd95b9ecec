/* sweep.c - imssim sweep: a parameter study; all of it here, or a part of it for somebody else to merge. */
#include "app/app.h"
#include "app/experiment/slurm.h"
#include "app/experiment/study.h"
#include "app/study.h"

#include "analysis/table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define MAX_REPLICATIONS 1000000
#define MAX_THREADS      1024
#define MAX_SHARDS       1000000
#define SHOWN            60 /* points, unless all are asked for */

struct sweep_args {
    char **sets;
    char *threads, *reps, *output, *filter, *shard, *engine, *tasks, *sbatch;
    gboolean resume, restart, list, json, all;
};

/* What the numbers among them say. */
struct numbers {
    unsigned threads, replications, shard, shards, tasks;
};

/* ---- progress -------------------------------------------------------------------------------------------- */

static void print_left(double seconds, char left[32])
{
    long s = (long)ceil(seconds);

    if (s >= 3600)
        g_snprintf(left, 32, "%ld:%02ld h", s / 3600, s / 60 % 60);
    else
        g_snprintf(left, 32, "%ld:%02ld min", s / 60, s % 60);
}

static void show_progress(const struct study_progress *p, void *user)
{
    bool *shown = user;
    char left[32] = "";
    double rate = p->elapsed_s > 0 ? (double)p->units_made / p->elapsed_s : 0;

    if (p->elapsed_s < 1 && !*shown)
        return;
    if (p->units_done >= p->units) {
        fprintf(stderr, "\r\033[K"); /* done: takes the line away */
        return;
    }
    if (rate > 0)
        print_left((double)(p->units - p->units_done) / rate, left);
    fprintf(stderr, "\r%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " runs, %.1f a second%s%s", p->units_done, p->units, rate,
            *left ? ", left: " : "", left);
    if (p->points_failed)
        fprintf(stderr, ", %u points failed", p->points_failed);
    fprintf(stderr, "\033[K");
    *shown = true;
}

/* What it took, once there was something to do. */
static void say_effort(const struct study_end *end, unsigned threads)
{
    struct rusage used;

    if (!end->sum.units_made || getrusage(RUSAGE_SELF, &used) != 0)
        return;
    double total = (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
                   1e-6 * (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
    app_say("%" G_GUINT64_FORMAT " runs in %.1f s on %u threads, %.1f %% of the processor time in simulations",
            end->sum.units_made, end->sum.elapsed_s, threads, total > 0 ? 100 * end->sim_s / total : 0);
}

/* ---- running ----------------------------------------------------------------------------------------------- */

static int exit_code(const struct study_end *end)
{
    return end->interrupted ? APP_INTERRUPTED : end->problem ? APP_FAILED : APP_DONE;
}

static enum store_state state_of(const struct study_end *end, bool filtered)
{
    if (end->interrupted)
        return STORE_INTERRUPTED;
    return end->problem ? STORE_FAILED : filtered ? STORE_PARTIAL : STORE_FINISHED;
}

/* Of a part that was interrupted nothing is kept. */
static bool finish(struct study_store *store, const struct study_opts *opts, const struct study_end *end, GError **error)
{
    bool good = (opts->shards && end->interrupted) ||
                study_store_finish(store, state_of(end, opts->filter != NULL), NULL, error);

    if (end->problem)
        app_say("%s: %u of %u points failed; the first: %s", opts->base->sweep->file, end->sum.points_failed,
                end->sum.points, end->problem);
    if (end->sum.twins)
        app_say("%s: %u points have the parameters of another one and are left out", opts->base->sweep->file,
                end->sum.twins);
    return good;
}

/* Runs what there is to run, into the file or folder `path`. */
static int run_into(const char *path, enum study_open how, const struct study_head *head, struct study_opts *opts)
{
    GError *error = NULL;
    struct study_store *store = study_base_open(opts->base, path, head, how, &error);
    struct study_end end = {0};
    bool shown = false;

    opts->interrupt = app_interrupt();
    opts->user = &shown;
    if (isatty(STDERR_FILENO))
        opts->progress = show_progress;
    bool good = store && study_run(opts, store, &end, &error) && finish(store, opts, &end, &error);
    if (good)
        say_effort(&end, opts->threads);
    else
        app_say("%s", error->message);
    study_store_free(store);
    int code = good ? exit_code(&end) : APP_USAGE;
    g_free(end.problem);
    g_clear_error(&error);
    return code;
}

static int run_here(const struct study_base *base, const struct sweep_args *args, const struct numbers *n,
                    const struct condition *filter, const char *dir)
{
    enum study_open how = args->resume ? STUDY_RESUME : args->restart ? STUDY_RESTART : STUDY_NEW;
    struct study_opts opts = {.base = base, .threads = n->threads, .filter = filter};
    struct study_head head = study_base_head(base, "imssim " APP_VERSION, NULL);
    int code = run_into(dir, how, &head, &opts);

    return code == APP_USAGE ? code : study_show(dir, base->scn->run.metric, args->json, args->all ? 0 : SHOWN, code);
}

/* A part is all or nothing: what is there already is not made again, so it can be tried as often as one likes. */
static int run_part(const struct study_base *base, const struct sweep_args *args, const struct numbers *n)
{
    struct study_opts opts = {.base = base, .threads = n->threads, .shard = n->shard, .shards = n->shards};
    char *shard = g_strdup_printf("%u/%u", n->shard, n->shards);
    struct study_head head = study_base_head(base, "imssim " APP_VERSION, shard);
    int code = APP_DONE;

    if (study_store_part_is_there(args->output, &head))
        app_say("%s is there already", args->output);
    else
        code = run_into(args->output, STUDY_NEW, &head, &opts);
    g_free(shard);
    return code;
}

/* ---- on a cluster --------------------------------------------------------------------------------------------- */

static void show_tasks(unsigned done, unsigned tasks, double elapsed_s, void *user)
{
    (void)user;
    fprintf(stderr, "\r%u of %u tasks, %.0f s\033[K", done, tasks, elapsed_s);
    if (done == tasks)
        fprintf(stderr, "\r\033[K");
}

/* All parts are there: from parts to results. */
static int merge_parts(const struct slurm_opts *opts, const char *dir, const struct sweep_args *args)
{
    unsigned parts = slurm_parts(opts);
    char **files = g_new0(char *, parts + 1);

    for (unsigned k = 1; k <= parts; k++)
        files[k - 1] = slurm_part(opts, k);
    int code = study_merge(dir, files, false, args->restart, args->json, args->all ? 0 : SHOWN);
    if (code != APP_USAGE)
        slurm_clean(opts);
    g_strfreev(files);
    return code;
}

static int run_slurm(const struct study_base *base, const struct sweep_args *args, const struct numbers *n, const char *dir)
{
    char *parts = g_build_filename(dir, "parts", NULL), *results = g_build_filename(dir, STORE_FILE, NULL);
    struct slurm_opts opts = {.base = base,
                              .parts = parts,
                              .tasks = n->tasks,
                              .replications = n->replications,
                              .sbatch = args->sbatch,
                              .interrupt = app_interrupt(),
                              .progress = isatty(STDERR_FILENO) ? show_tasks : NULL};
    GError *error = NULL;
    unsigned missing;
    int code = APP_USAGE;

    if (args->restart)
        slurm_clean(&opts);
    if (!args->restart && g_file_test(results, G_FILE_TEST_EXISTS)) {
        app_say("%s is there: --restart takes it away; or go on with it here, without --engine slurm", results);
    } else if (!args->restart && !args->resume && slurm_any_part(&opts)) {
        app_say("%s holds parts of this sweep: --resume goes on with them, --restart begins anew", parts);
    } else {
        switch (slurm_run(&opts, &missing, &error)) {
        case SLURM_DONE:
            code = merge_parts(&opts, dir, args);
            break;
        case SLURM_INTERRUPTED:
            app_say("interrupted: %u of %u parts are missing; --resume goes on", missing, slurm_parts(&opts));
            code = APP_INTERRUPTED;
            break;
        case SLURM_MISSING:
            app_say("%u of %u parts are missing, however often they were tried: see %s/task-*.log; --resume goes on", missing,
                    slurm_parts(&opts), parts);
            code = APP_FAILED;
            break;
        case SLURM_FAILED:
            app_say("%s", error->message);
            break;
        }
    }
    g_clear_error(&error);
    g_free(results);
    g_free(parts);
    return code;
}

/* ---- the design --------------------------------------------------------------------------------------------- */

static int list_points(const struct study_base *base, const struct condition *filter)
{
    const struct design *d = &base->sweep->design;
    GString *headings = g_string_new("point"), *align = g_string_new("r"), *out = g_string_new(NULL);
    GError *error = NULL;
    guint shown = 0;

    for (guint i = 0; i < d->factors->len; i++) {
        g_string_append_printf(headings, "\t%s", ((const struct factor *)g_ptr_array_index(d->factors, i))->name);
        g_string_append_c(align, 'l');
    }
    struct table *t = table_new(headings->str, align->str);
    for (guint i = 0; i < base->points->len && !error; i++) {
        const struct design_point *p = g_ptr_array_index(base->points, i);
        if (filter && !design_meets(d, p, filter, &error))
            continue;
        table_cellf(t, "%u", p->position);
        for (guint k = 0; p->level[k]; k++)
            table_cell(t, p->level[k]->text);
        shown++;
    }
    table_print(t, 0, out);
    g_string_append_printf(out, "%u point%s, %s%u replication%s each\n", shown, shown == 1 ? "" : "s",
                           base->adaptive ? "at most " : "", base->replications, base->replications == 1 ? "" : "s");
    table_free(t);
    g_string_free(headings, TRUE);
    g_string_free(align, TRUE);
    if (!error)
        return app_output(out, APP_DONE);
    app_say("--filter: %s", error->message);
    g_clear_error(&error);
    g_string_free(out, TRUE);
    return APP_USAGE;
}

/* ---- the command --------------------------------------------------------------------------------------------- */

static bool take_shard(const char *text, struct numbers *n)
{
    char **parts = g_strsplit(text, "/", 2);
    guint64 shard = 0, shards = 0;
    bool good = parts[0] && parts[1] && g_ascii_string_to_unsigned(parts[1], 10, 1, MAX_SHARDS, &shards, NULL) &&
                g_ascii_string_to_unsigned(parts[0], 10, 1, shards, &shard, NULL);

    g_strfreev(parts);
    n->shard = (unsigned)shard;
    n->shards = (unsigned)shards;
    if (!good)
        app_usage_error("sweep", "--shard: \"%s\" is no K/N: part K of N, 1 to %d of them", text, MAX_SHARDS);
    return good;
}

static bool take_numbers(const struct sweep_args *args, struct numbers *n)
{
    uint64_t threads = g_get_num_processors(), reps = 0, tasks = 0;

    if (args->threads && !app_number("sweep", "--jobs", args->threads, 1, MAX_THREADS, &threads))
        return false;
    if (args->reps && !app_number("sweep", "--reps", args->reps, 1, MAX_REPLICATIONS, &reps))
        return false;
    if (args->tasks && !app_number("sweep", "--tasks", args->tasks, 1, MAX_SHARDS, &tasks))
        return false;
    if (args->shard && !take_shard(args->shard, n))
        return false;
    n->threads = (unsigned)threads;
    n->replications = (unsigned)reps;
    n->tasks = (unsigned)tasks;
    return true;
}

/* What goes with what. */
static bool makes_sense(const struct sweep_args *args)
{
    bool slurm = args->engine && strcmp(args->engine, "slurm") == 0;
    const char *wrong = NULL;

    if (args->resume && args->restart)
        wrong = "--resume goes on with what --restart takes away: one of the two";
    else if (args->shard && !args->output)
        wrong = "--shard: -o FILE says where the part goes";
    else if (args->shard && (args->filter || args->resume || args->restart || args->engine))
        wrong = "--shard goes with none of --filter, --resume, --restart and --engine";
    else if (slurm && args->filter)
        wrong = "--engine slurm runs all points: no --filter";
    else if ((args->tasks || args->sbatch) && !slurm)
        wrong = "--tasks and --sbatch are for --engine slurm";
    if (wrong)
        app_usage_error("sweep", "%s", wrong);
    return !wrong;
}

static int sweep_base(const struct study_base *base, const struct sweep_args *args, const struct numbers *n)
{
    const char **names = design_names(&base->sweep->design);
    GError *error = NULL;
    struct condition *filter = args->filter ? condition_parse(args->filter, names, &error) : NULL;
    char *dir = args->output ? g_strdup(args->output) : g_build_filename("results", base->sweep->name, NULL);
    int code = APP_USAGE;

    if (error)
        app_usage_error("sweep", "--filter: %s", error->message);
    else if (args->list)
        code = list_points(base, filter);
    else if (args->shard)
        code = run_part(base, args, n);
    else if (args->engine && strcmp(args->engine, "slurm") == 0)
        code = run_slurm(base, args, n, dir);
    else
        code = run_here(base, args, n, filter, dir);
    g_clear_error(&error);
    condition_free(filter);
    g_free(names);
    g_free(dir);
    return code;
}

static int sweep_with(const struct sweep_args *args, const char *name)
{
    GPtrArray *errors = g_ptr_array_new_with_free_func(g_free);
    char *path = sweep_find(name);
    struct numbers n = {0};
    struct study_base base = {0};
    int code = APP_USAGE;

    if (take_numbers(args, &n)) {
        struct sweep *sweep = sweep_load(path, errors);
        if (sweep && study_base_init(&base, sweep, args->sets, n.replications, errors))
            code = sweep_base(&base, args, &n);
    }
    app_print_errors(errors);
    study_base_clear(&base);
    g_ptr_array_unref(errors);
    g_free(path);
    return code;
}

int app_sweep(int argc, char **argv)
{
    static const char *const engines[] = {"local", "slurm", NULL};
    struct sweep_args args = {0};
    const GOptionEntry options[] = {
        APP_SETS(&args.sets),
        APP_TEXT("reps", 'r', &args.reps, "N", "Replications of each point, instead of the sweep's"),
        APP_TEXT("jobs", 'j', &args.threads, "N", "Threads (default: one per processor)"),
        APP_TEXT("output", 'o', &args.output, "DIR", "Folder of the results (default: results/NAME); of a part, its file"),
        APP_FLAG("resume", 0, &args.resume, "Go on with the results that are there"),
        APP_FLAG("restart", 0, &args.restart, "Take away the results that are there and begin anew"),
        APP_TEXT("filter", 'f', &args.filter, "COND", "Only these points, e.g. 'load > 20 and latency = 5ms'"),
        APP_FLAG("list", 'l', &args.list, "List the points, run nothing"),
        APP_FLAG("all", 'a', &args.all, "Print all points, however many"),
        APP_FLAG("json", 0, &args.json, "Print data as JSON, times in ns"),
        APP_TEXT("shard", 0, &args.shard, "K/N", "Part K of N into a file (-o), for imssim merge"),
        APP_TEXT("engine", 'e', &args.engine, "ENGINE", "local (default), or slurm: a job array on a cluster"),
        APP_TEXT("tasks", 0, &args.tasks, "N", "slurm: tasks of the array (default: some 20 runs in each)"),
        APP_TEXT("sbatch", 0, &args.sbatch, "OPTIONS", "slurm: more options for sbatch, such as '--partition=long -c 4'"),
        G_OPTION_ENTRY_NULL,
    };
    const struct app_usage usage = {
        .command = "sweep",
        .arguments = "SWEEP",
        .summary = "Runs a parameter study: all combinations of the factors of SWEEP, a file NAME.sweep.xml or the name\n"
                   "of a shipped one (imssim list sweeps), with replications, and prints a row for each.",
        .description = "Results do not depend on -j. Ctrl-C keeps what is finished; --resume goes on, also when the sweep\n"
                       "has got more points or replications since then. A point that fails is recorded, and the rest goes\n"
                       "on.\n\n"
                       "Exit status 1: some points failed; 3: interrupted.\n\n"
                       "Example: imssim sweep mmd-load-latency -o results/study && imssim plot results/study",
        .options = options,
        .min = 1,
        .max = 1,
    };
    int code = app_parse(&usage, &argc, &argv);

    if (code == APP_GO_ON && args.engine && app_choice("sweep", "--engine", args.engine, engines) < 0)
        code = APP_USAGE;
    if (code == APP_GO_ON)
        code = makes_sense(&args) ? sweep_with(&args, argv[1]) : APP_USAGE;
    g_strfreev(args.sets);
    g_free(args.threads);
    g_free(args.reps);
    g_free(args.output);
    g_free(args.filter);
    g_free(args.shard);
    g_free(args.engine);
    g_free(args.tasks);
    g_free(args.sbatch);
    return code;
}
