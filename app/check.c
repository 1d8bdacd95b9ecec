/* check.c - imssim check: validate scenario files and profiles; show what they come to. */
#include "app/app.h"

#include "scenarios/load/build.h"

#include <stdio.h>
#include <string.h>

enum effective { EFFECTIVE_NO, EFFECTIVE_TABLE, EFFECTIVE_XML };

struct check_args {
    char **sets;
    enum effective effective;
};

/* What only building the network shows: nodes without a route to each other, empty roles ... */
static bool can_be_built(const struct scn *scn)
{
    struct world_opts opts = {.seed = scn->run.seed};
    GPtrArray *errors = g_ptr_array_new_with_free_func(g_free);
    struct world *w = world_new(scn, &opts, errors);
    bool built = w != NULL;

    app_print_errors(errors);
    g_ptr_array_free(errors, TRUE);
    if (w)
        world_free(w);
    return built;
}

static bool check_scenario(const char *name, const struct check_args *args, GString *out)
{
    struct scn_doc *doc = NULL;
    struct scn *scn = app_load(name, args->sets, &doc);
    bool good = scn && can_be_built(scn);

    if (good && args->effective == EFFECTIVE_TABLE)
        scn_effective(doc, out);
    else if (good && args->effective == EFFECTIVE_XML)
        scn_effective_xml(doc, out);
    else if (good)
        g_string_append_printf(out, "%s: valid\n", name);
    if (doc)
        scn_doc_free(doc);
    if (scn)
        scn_free(scn);
    return good;
}

/* Whether the file is a profile; *good then says if it is a valid one. */
static bool check_profile(const char *name, const struct check_args *args, GString *out, bool *good)
{
    struct scn_load_opts opts = {.sets = args->sets, .names = world_names()};
    GPtrArray *errors = g_ptr_array_new_with_free_func(g_free);
    char *path = scn_find(name);
    bool profile = scn_check_profile(path, &opts, errors);

    if (profile) {
        app_print_errors(errors);
        *good = errors->len == 0;
        if (*good)
            g_string_append_printf(out, "%s: valid profile\n", name);
    }
    g_ptr_array_free(errors, TRUE);
    g_free(path);
    return profile;
}

static int check_files(int count, char **names, const struct check_args *args)
{
    GString *out = g_string_new(NULL);
    bool all_good = true;

    for (int i = 0; i < count; i++) {
        bool good = false;
        if (!check_profile(names[i], args, out, &good))
            good = check_scenario(names[i], args, out);
        all_good &= good;
    }
    return app_output(out, all_good ? APP_DONE : APP_USAGE);
}

static gboolean take_effective(const gchar *option, const gchar *value, gpointer data, GError **error)
{
    struct check_args *args = data;

    if (!value || strcmp(value, "table") == 0) {
        args->effective = EFFECTIVE_TABLE;
    } else if (strcmp(value, "xml") == 0) {
        args->effective = EFFECTIVE_XML;
    } else {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "%s: \"%s\" is none of table, xml",
                    option, value);
        return FALSE;
    }
    return TRUE;
}

static int parse(struct check_args *args, int *argc, char ***argv)
{
    const GOptionEntry options[] = {
        APP_SETS(&args->sets),
        APP_OPTIONAL(
            "effective", 'e', take_effective, "table|xml",
            "Print every value in effect and where it was said; or, with =xml, one file with them all"),
        G_OPTION_ENTRY_NULL,
    };
    const struct app_usage usage = {
        .command = "check",
        .arguments = "FILE...",
        .summary = "Validates scenarios and profiles: the form, the values and their units, the references,\n"
                   "and whether a network can be built. All problems of a file are reported in one go.",
        .description =
            "A later source overrides an earlier one: defaults, profiles in order, the scenario, --set.\n"
            "Exit status: 0 all files are valid, 2 one is not.",
        .options = options,
        .min = 1,
        .max = -1,
        .user = args,
    };
    return app_parse(&usage, argc, argv);
}

int app_check(int argc, char **argv)
{
    struct check_args args = {0};
    int code = parse(&args, &argc, &argv);

    if (code == APP_GO_ON)
        code = check_files(argc - 1, argv + 1, &args);
    g_strfreev(args.sets);
    return code;
}
