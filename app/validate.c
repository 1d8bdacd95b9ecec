/* validate.c - imssim validate: the simulator against closed forms and published numbers. */
#include "app/validate/validate.h"
#include "app/app.h"

#include "analysis/table.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MAX_THREADS 1024
/* Runs of a scenario in a quick look. */
#define QUICK_RUNS 5

enum validate_format { FORMAT_TEXT, FORMAT_MARKDOWN, FORMAT_JSON };

struct validate_args {
    char *threads, *format;
    gboolean json, quick, list;
};

static void show_progress(const struct validate_progress *p, void *user)
{
    bool *shown = user;

    if (p->elapsed_s < 1 && !*shown)
        return;
    if (p->done >= p->wanted) {
        fprintf(stderr, "\r\033[K"); /* done: takes the line away */
        return;
    }
    fprintf(stderr, "\r%u of %u validations, %.0f s\033[K", p->done, p->wanted, p->elapsed_s);
    *shown = true;
}

/* ---- --list ---------------------------------------------------------------------------------------- */

static int list(const GPtrArray *decls)
{
    struct table *t = table_new("name\tgroup\twhat\tsource\tconfidence", "lllll");
    GString *out = g_string_new(NULL);

    for (guint i = 0; i < decls->len; i++) {
        const struct validate_decl *d = g_ptr_array_index(decls, i);
        table_cell(t, d->name);
        table_cell(t, validate_groups[d->group].name);
        table_cell(t, d->title);
        table_cell(t, d->source);
        table_cell(t, d->confidence);
    }
    table_print(t, 0, out);
    table_free(t);
    return app_output(out, APP_DONE);
}

/* ---- the command ----------------------------------------------------------------------------------- */

static int exit_code(const GPtrArray *validations)
{
    struct validate_sum sum = validate_count_up(validations);

    if (sum.stopped)
        return APP_INTERRUPTED;
    return sum.missed || sum.broken ? APP_FAILED : APP_DONE;
}

static int run(const GPtrArray *decls, const struct validate_opts *opts, enum validate_format format)
{
    GPtrArray *validations = validate_run(decls, opts);
    GString *out = g_string_new(NULL);

    if (format == FORMAT_JSON)
        validate_print_json(validations, opts, "imssim " APP_VERSION, out);
    else if (format == FORMAT_MARKDOWN)
        validate_print_markdown(validations, opts, out);
    else
        validate_print_text(validations, opts, out);
    int code = app_output(out, exit_code(validations));
    g_ptr_array_free(validations, TRUE);
    return code;
}

static int validate_with(const struct validate_args *args, char **words)
{
    static const char *const formats[] = {"text", "markdown", "json", NULL};
    int format = args->json ? FORMAT_JSON : FORMAT_TEXT;
    uint64_t threads = g_get_num_processors();
    const char *unknown = NULL;
    bool shown = false;

    if (args->json && args->format)
        return app_usage_error("validate", "--json is a --format: one of the two");
    if (args->format && (format = app_choice("validate", "--format", args->format, formats)) < 0)
        return APP_USAGE;
    if (args->threads && !app_number("validate", "--jobs", args->threads, 1, MAX_THREADS, &threads))
        return APP_USAGE;
    GPtrArray *decls = validate_select(words, &unknown);
    if (!decls)
        return app_usage_error(
            "validate", "\"%s\" is no validation and no group of them (imssim validate --list)", unknown);
    struct validate_opts opts = {.threads = (unsigned)threads,
                                 .runs_max = args->quick ? QUICK_RUNS : 0,
                                 .interrupt = app_interrupt(),
                                 .progress = isatty(STDERR_FILENO) ? show_progress : NULL,
                                 .user = &shown};
    int code = args->list ? list(decls) : run(decls, &opts, (enum validate_format)format);
    g_ptr_array_free(decls, TRUE);
    return code;
}

int app_validate(int argc, char **argv)
{
    struct validate_args args = {0};
    const GOptionEntry options[] = {
        APP_TEXT("jobs", 'j', &args.threads, "N", "Threads (default: one per processor)"),
        APP_FLAG("quick", 'q', &args.quick, "A quick look: few runs, wide intervals"),
        APP_FLAG("list", 'l', &args.list, "List the validations, run nothing"),
        APP_TEXT("format", 'f', &args.format, "FORMAT", "text (default), markdown or json"),
        APP_FLAG("json", 0, &args.json, "Print data as JSON"),
        G_OPTION_ENTRY_NULL,
    };
    const struct app_usage usage = {
        .command = "validate",
        .arguments = "[NAME...]",
        .summary = "Compares the simulator with what is known without it: closed forms of queues, losses and "
                   "waits, sums\n"
                   "of constants, published flows and tables, measurements of real networks. NAME is a "
                   "validation or a\n"
                   "group of them (--list); without one, all are made.",
        .description =
            "An exact value has to be met; of a closed form, it has to lie in the 99 % interval of "
            "independent runs,\n"
            "which has to be narrow; of a band, the mean has to lie in it. Targets and rules of thumb are "
            "shown, not\n"
            "judged. Seeds are fixed, and -j changes nothing but the time it takes.\n\n"
            "Exit status: 0 all pass, 1 one misses or could not be made, 2 bad usage, 3 interrupted.\n\n"
            "Example: imssim validate stations lte",
        .options = options,
        .min = 0,
        .max = -1,
    };
    int code = app_parse(&usage, &argc, &argv);

    if (code == APP_GO_ON)
        code = validate_with(&args, argv + 1);
    g_free(args.threads);
    g_free(args.format);
    return code;
}
