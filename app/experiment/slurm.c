/* slurm.c - a sweep as a job array of Slurm (see slurm.h). */
#include "app/experiment/slurm.h"

#include "app/experiment/sweep_error.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define EACH     20   /* runs in a task, unless told otherwise                             */
#define MOST     1000 /* tasks of an array: Slurm's own limit, unless it is configured     */
#define ROUNDS   3    /* how often lost parts are put into the queue                        */
#define LOOK_US  (1000 * 1000)
#define SETTLE   10 /* looks at a shared file system before a file is taken for missing */

/* ---- parts ----------------------------------------------------------------------------------------------- */

unsigned slurm_parts(const struct slurm_opts *opts)
{
    const struct study_base *b = opts->base;
    guint64 units = (guint64)b->points->len * (b->adaptive ? 1 : b->replications);

    if (opts->tasks)
        return (unsigned)MIN(opts->tasks, units);
    return (unsigned)CLAMP((units + EACH - 1) / EACH, MIN(units, 2), MOST);
}

char *slurm_part(const struct slurm_opts *opts, unsigned k)
{
    char *name = g_strdup_printf("part-%u.db", k), *path = g_build_filename(opts->parts, name, NULL);

    g_free(name);
    return path;
}

static bool is_there(const struct slurm_opts *opts, unsigned k, unsigned parts)
{
    char *path = slurm_part(opts, k), *shard = g_strdup_printf("%u/%u", k, parts);
    struct study_head head = study_base_head(opts->base, "", shard);
    bool there = study_store_part_is_there(path, &head);

    g_free(shard);
    g_free(path);
    return there;
}

bool slurm_any_part(const struct slurm_opts *opts)
{
    unsigned parts = slurm_parts(opts);

    for (unsigned k = 1; k <= parts; k++)
        if (is_there(opts, k, parts))
            return true;
    return false;
}

/* The numbers of those that are not there, as Slurm reads an array: "3,7-9". g_free; NULL: none. */
static char *missing_list(const struct slurm_opts *opts, unsigned parts, unsigned *missing)
{
    GString *list = g_string_new(NULL);
    unsigned from = 0;

    *missing = 0;
    for (unsigned k = 1; k <= parts + 1; k++) {
        bool lacks = k <= parts && !is_there(opts, k, parts);
        *missing += lacks;
        if (lacks && !from)
            from = k;
        if (lacks || !from)
            continue;
        g_string_append_printf(list, from < k - 1 ? "%s%u-%u" : "%s%u", list->len ? "," : "", from, k - 1);
        from = 0;
    }
    return g_string_free(list, list->len == 0);
}

/* ---- Slurm's commands -------------------------------------------------------------------------------------- */

/* Runs a command; its output, or NULL and an error. g_free. */
static char *run(GPtrArray *words, GError **error)
{
    char *out = NULL, *err = NULL;
    GError *problem = NULL;
    int status = 0;

    g_ptr_array_add(words, NULL);
    bool ran = g_spawn_sync(NULL, (char **)words->pdata, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &out, &err, &status, &problem);
    g_ptr_array_remove_index(words, words->len - 1);
    if (!ran) {
        sweep_fail(error, "%s: %s (Slurm's commands are wanted: package slurm-client)",
                   (const char *)g_ptr_array_index(words, 0), problem->message);
        g_clear_error(&problem);
    } else if (status != 0) {
        sweep_fail(error, "%s: %s", (const char *)g_ptr_array_index(words, 0), *err ? g_strchomp(err) : "failed");
        g_free(out);
        out = NULL;
    }
    g_free(err);
    return out;
}

static GPtrArray *words_of(const char *first, ...) G_GNUC_NULL_TERMINATED;
static GPtrArray *words_of(const char *first, ...)
{
    GPtrArray *words = g_ptr_array_new_with_free_func(g_free);
    va_list args;

    va_start(args, first);
    for (const char *word = first; word; word = va_arg(args, const char *))
        g_ptr_array_add(words, g_strdup(word));
    va_end(args);
    return words;
}

/* The script of a task. */
static bool write_script(const struct slurm_opts *opts, unsigned parts, const char *path, GError **error)
{
    char *program = g_file_read_link("/proc/self/exe", NULL), *quoted = g_shell_quote(program ? program : "imssim");
    char *file = g_canonicalize_filename(opts->base->sweep->file, NULL), *quoted_file = g_shell_quote(file);
    char *folder = g_canonicalize_filename(opts->parts, NULL), *quoted_folder = g_shell_quote(folder);
    GString *text = g_string_new("#!/bin/sh\n# A task of imssim sweep --engine slurm; it can be run by hand, and again.\n");

    g_string_append_printf(text, "exec %s sweep %s --shard \"$SLURM_ARRAY_TASK_ID/%u\" \\\n", quoted, quoted_file, parts);
    g_string_append_printf(text, "    -o %s/part-\"$SLURM_ARRAY_TASK_ID\".db -j \"${SLURM_CPUS_PER_TASK:-1}\"", quoted_folder);
    if (opts->replications)
        g_string_append_printf(text, " --reps %u", opts->replications);
    for (char **set = opts->base->sets; set && *set; set++) {
        char *quoted_set = g_shell_quote(*set);
        g_string_append_printf(text, " --set %s", quoted_set);
        g_free(quoted_set);
    }
    g_string_append_c(text, '\n');
    bool written = g_file_set_contents(path, text->str, (gssize)text->len, error);
    g_string_free(text, TRUE);
    g_free(quoted_folder);
    g_free(folder);
    g_free(quoted_file);
    g_free(file);
    g_free(quoted);
    g_free(program);
    return written;
}

/* Submits the array; the job's id, or NULL and an error. g_free. */
static char *submit(const struct slurm_opts *opts, const char *script, const char *list, GError **error)
{
    GPtrArray *words = words_of("sbatch", "--parsable", "--requeue", "--open-mode=append", NULL);
    char **more = NULL, *out = NULL;

    g_ptr_array_add(words, g_strdup_printf("--job-name=imssim-%s", opts->base->sweep->name));
    g_ptr_array_add(words, g_strdup_printf("--array=%s", list));
    g_ptr_array_add(words, g_strdup_printf("--output=%s/task-%%a.log", opts->parts));
    bool good = !opts->sbatch || !*opts->sbatch || g_shell_parse_argv(opts->sbatch, NULL, &more, error);
    for (char **word = more; word && *word; word++)
        g_ptr_array_add(words, g_strdup(*word));
    g_ptr_array_add(words, g_strdup(script));
    out = good ? run(words, error) : NULL;
    if (out)
        *(out + strcspn(out, ";\n")) = '\0'; /* "123;cluster" */
    g_strfreev(more);
    g_ptr_array_unref(words);
    return out;
}

static void cancel(const char *job)
{
    GPtrArray *words = words_of("scancel", job, NULL);

    g_free(run(words, NULL));
    g_ptr_array_unref(words);
}

/* Whether the job has tasks that run or will. Slurm forgets jobs, so what it does not know is over. Tasks that it holds for
 * good, since they could not be started, are none. */
static bool goes_on(const char *job)
{
    GPtrArray *words = words_of("squeue", "--noheader", "--array", "--format=%T %r", "--jobs", job, NULL);
    char *out = run(words, NULL), **lines = g_strsplit(out ? out : "", "\n", -1);
    bool any = false;

    for (char **line = lines; *line; line++)
        any |= **line && !strstr(*line, "held") && !strstr(*line, "Held");
    g_strfreev(lines);
    g_free(out);
    g_ptr_array_unref(words);
    return any;
}

/* ---- waiting ------------------------------------------------------------------------------------------------- */

static void tell(const struct slurm_opts *opts, unsigned parts, gint64 begin)
{
    unsigned missing;

    if (!opts->progress)
        return;
    g_free(missing_list(opts, parts, &missing));
    opts->progress(parts - missing, parts, (double)(g_get_monotonic_time() - begin) / 1e6, opts->user);
}

/* Until the job is over. False: interrupted. */
static bool await(const struct slurm_opts *opts, const char *job, unsigned parts, gint64 begin)
{
    do {
        tell(opts, parts, begin);
        for (int i = 0; i < 10 && !*opts->interrupt; i++)
            g_usleep(LOOK_US / 10);
        if (*opts->interrupt) {
            cancel(job);
            return false;
        }
    } while (goes_on(job));
    return true;
}

/* What others wrote may be seen late. */
static char *missing_after_all(const struct slurm_opts *opts, unsigned parts, unsigned *missing)
{
    char *list = missing_list(opts, parts, missing);

    for (int i = 0; i < SETTLE && list; i++) {
        g_usleep(LOOK_US / 5);
        g_free(list);
        list = missing_list(opts, parts, missing);
    }
    return list;
}

enum slurm_end slurm_run(const struct slurm_opts *opts, unsigned *missing, GError **error)
{
    unsigned parts = slurm_parts(opts);
    gint64 begin = g_get_monotonic_time();
    char *script = g_build_filename(opts->parts, "task.sh", NULL), *list = missing_list(opts, parts, missing);
    enum slurm_end end = SLURM_DONE;

    if (g_mkdir_with_parents(opts->parts, 0777) != 0) {
        sweep_fail(error, "%s: cannot be made: %s", opts->parts, g_strerror(errno));
        end = SLURM_FAILED;
    } else if (!write_script(opts, parts, script, error)) {
        end = SLURM_FAILED;
    }
    for (int round = 0; list && round < ROUNDS && end == SLURM_DONE; round++) {
        char *job = submit(opts, script, list, error);
        if (!job)
            end = SLURM_FAILED;
        else if (!await(opts, job, parts, begin))
            end = SLURM_INTERRUPTED;
        else
            cancel(job); /* what is held for good */
        g_free(job);
        g_free(list);
        list = end == SLURM_DONE ? missing_after_all(opts, parts, missing) : missing_list(opts, parts, missing);
    }
    tell(opts, parts, begin);
    if (end == SLURM_DONE && list)
        end = SLURM_MISSING;
    g_free(list);
    g_free(script);
    return end;
}

void slurm_clean(const struct slurm_opts *opts)
{
    GDir *folder = g_dir_open(opts->parts, 0, NULL);
    const char *name;

    while (folder && (name = g_dir_read_name(folder))) {
        bool ours = (g_str_has_prefix(name, "part-") && strstr(name, ".db")) || strcmp(name, "task.sh") == 0 ||
                    (g_str_has_prefix(name, "task-") && g_str_has_suffix(name, ".log"));
        char *path = g_build_filename(opts->parts, name, NULL);
        if (ours)
            g_unlink(path);
        g_free(path);
    }
    if (folder)
        g_dir_close(folder);
    g_rmdir(opts->parts);
}
