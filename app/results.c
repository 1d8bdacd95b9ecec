/* results.c - results on disk, from the side of the command (see results.h). */
#include "app/results.h"

#include <string.h>
#include <unistd.h>

#define FOLDER "results"

/* ---- leaving them ------------------------------------------------------------------------------------ */

static char *default_dir(const struct scn *scn)
{
    char *name = g_strdelimit(g_strdup(scn->name), "/", '_');
    char *dir = g_build_filename(FOLDER, *name == '.' || !*name ? "_" : name, NULL);

    g_free(name);
    return dir;
}

static void keep_parameter(const struct scn_param *p, void *user)
{
    store_parameter(user, p->name, p->value, p->unit, p->origin);
}

static bool took(const struct store_replication *replication, struct kpi *kpi, void *user)
{
    struct results *r = user;

    if (r->error)
        return false;
    return replication ? store_add(r->store, replication, kpi, &r->error)
                       : store_tick(r->store, kpi, &r->error);
}

bool results_open(struct results *r, const struct results_args *args, const struct scn_doc *doc,
                  struct replicate_opts *opts)
{
    GString *xml = g_string_new(NULL);

    *r = (struct results){NULL, NULL, NULL};
    if (args->none) {
        g_string_free(xml, TRUE);
        return true;
    }
    scn_effective_xml(doc, xml);
    struct store_run run = {.program = "imssim " APP_VERSION,
                            .scenario = opts->scn->name,
                            .title = opts->scn->title,
                            .file = opts->scn->file,
                            .xml = xml->str,
                            .seed = opts->seed,
                            .replications = opts->replications,
                            .warmup = opts->scn->run.warmup,
                            .level = opts->level};
    r->dir = args->dir ? g_strdup(args->dir) : default_dir(opts->scn);
    r->store = store_new(r->dir, &run, args->append, args->calls, &r->error);
    g_string_free(xml, TRUE);
    if (!r->store) {
        app_say("%s (-o DIR: another folder; --no-results: none)", r->error->message);
        g_clear_error(&r->error);
        g_free(r->dir);
        return false;
    }
    scn_each_value(doc, keep_parameter, r->store);
    opts->calls_max = args->calls ? UINT32_MAX : STORE_CALLS_MAX;
    opts->over_time = true;
    opts->took = took;
    opts->took_user = r;
    return true;
}

bool results_close(struct results *r, struct kpi *kpi, enum store_state state, const char *why, bool forget)
{
    bool done = true;

    if (!r->store)
        return true;
    if (!forget) {
        done = !r->error && store_finish(r->store, kpi, state, why, &r->error);
        if (!done)
            app_say("the results are not complete: %s", r->error->message);
        else if (isatty(STDERR_FILENO))
            app_say("results are in %s", r->dir);
    }
    store_free(r->store);
    g_clear_error(&r->error);
    g_free(r->dir);
    return done;
}

/* ---- finding them ------------------------------------------------------------------------------------ */

static int by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* All databases below results/. */
static GPtrArray *all_results(void)
{
    GPtrArray *all = g_ptr_array_new_with_free_func(g_free);
    GDir *folder = g_dir_open(FOLDER, 0, NULL);
    const char *name;

    while (folder && (name = g_dir_read_name(folder))) {
        char *path = g_build_filename(FOLDER, name, STORE_FILE, NULL);
        if (g_file_test(path, G_FILE_TEST_IS_REGULAR))
            g_ptr_array_add(all, path);
        else
            g_free(path);
    }
    if (folder)
        g_dir_close(folder);
    g_ptr_array_sort(all, by_name);
    return all;
}

static char *find_any(const char *command)
{
    if (g_file_test(STORE_FILE, G_FILE_TEST_IS_REGULAR))
        return g_strdup(STORE_FILE);
    GPtrArray *all = all_results();
    char *found = all->len == 1 ? g_strdup(g_ptr_array_index(all, 0)) : NULL;
    if (all->len == 0)
        app_usage_error(command, "there are no results here: name a folder that imssim run -o made");
    if (all->len > 1) {
        GString *names = g_string_new(NULL);
        for (guint i = 0; i < all->len; i++) {
            char *dir = g_path_get_dirname(g_ptr_array_index(all, i));
            g_string_append_printf(names, "%s%s", i ? ", " : "", dir);
            g_free(dir);
        }
        app_usage_error(command, "there are several results, name one: %s", names->str);
        g_string_free(names, TRUE);
    }
    g_ptr_array_free(all, TRUE);
    return found;
}

char *results_find(const char *command, const char *name)
{
    if (!name)
        return find_any(command);
    if (!g_file_test(name, G_FILE_TEST_IS_DIR)) {
        if (g_file_test(name, G_FILE_TEST_EXISTS))
            return g_strdup(name);
        /* a scenario's name will do */
        char *short_path = g_build_filename(FOLDER, name, STORE_FILE, NULL);
        if (!strchr(name, '/') && g_file_test(short_path, G_FILE_TEST_IS_REGULAR))
            return short_path;
        g_free(short_path);
        app_usage_error(command, "%s: there is no such folder or file", name);
        return NULL;
    }
    char *path = g_build_filename(name, STORE_FILE, NULL);
    if (g_file_test(path, G_FILE_TEST_IS_REGULAR))
        return path;
    g_free(path);
    app_usage_error(command, "%s: there is no %s in it", name, STORE_FILE);
    return NULL;
}
