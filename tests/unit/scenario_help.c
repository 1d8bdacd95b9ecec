/* scenario_help.c - see scenario_help.h. */
#include "tests/unit/scenario_help.h"

#include <CUnit/CUnit.h>
#include <glib/gstdio.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const interfaces[] = {"Gm", "Mw", "Cx"};
static const char *const messages[] = {"INVITE",     "PRACK",        "BYE",
                                       "100 Trying", "200 OK (BYE)", "200 OK (INVITE)"};
static const char *const protocols[] = {"SIP", "Diameter"};
static const struct scn_timer_row timers[] = {
    {"sip.core.T1", "500ms",            "RFC 3261 17.1.1.1", "round-trip time", "CSCF"},
    {"sip.core.T2", "4s",               "RFC 3261 17.1.2.2", "cap",             "CSCF"},
    {"sip.core.B",  "64 * sip.core.T1", "RFC 3261 17.1.1.2", "INVITE gives up", "CSCF"},
};

#define NAMES(list)                                                                                          \
    static const char *list##_nth(size_t i)                                                                  \
    {                                                                                                        \
        return i < G_N_ELEMENTS(list) ? list[i] : NULL;                                                      \
    }                                                                                                        \
    static bool list##_known(const char *name)                                                               \
    {                                                                                                        \
        for (size_t i = 0; i < G_N_ELEMENTS(list); i++) {                                                    \
            if (strcmp(list[i], name) == 0)                                                                  \
                return true;                                                                                 \
        }                                                                                                    \
        return false;                                                                                        \
    }
NAMES(interfaces)
NAMES(messages)
NAMES(protocols)

const struct scn_names test_names = {
    .interface = {interfaces_known, interfaces_nth},
    .message = {messages_known,   messages_nth  },
    .protocol = {protocols_known,  protocols_nth },
    .timers = timers,
    .n_timers = G_N_ELEMENTS(timers),
};

struct loaded load_with_sets(const char *path, const char *text, size_t size, char **sets)
{
    struct scn_load_opts opts = {.sets = sets, .names = &test_names};
    struct loaded l = {NULL, NULL, g_ptr_array_new_with_free_func(g_free)};

    l.scn = text ? scn_load_text(path, text, size, &opts, &l.doc, l.errors)
                 : scn_load(path, &opts, &l.doc, l.errors);
    /* There is a scenario or there are errors, never both, never neither. */
    CU_ASSERT_EQUAL(l.scn != NULL, l.errors->len == 0);
    CU_ASSERT_EQUAL(l.scn != NULL, l.doc != NULL);
    return l;
}

static GPtrArray *sets_from(va_list args)
{
    GPtrArray *sets = g_ptr_array_new();
    char *set;

    while ((set = va_arg(args, char *)))
        g_ptr_array_add(sets, set);
    g_ptr_array_add(sets, NULL);
    return sets;
}

struct loaded load_text(const char *path, const char *text, ...)
{
    va_list args;

    va_start(args, text);
    GPtrArray *sets = sets_from(args);
    va_end(args);
    struct loaded l = load_with_sets(path, text, strlen(text), (char **)sets->pdata);
    g_ptr_array_free(sets, TRUE);
    return l;
}

struct loaded load_file(const char *path, ...)
{
    va_list args;

    va_start(args, path);
    GPtrArray *sets = sets_from(args);
    va_end(args);
    struct loaded l = load_with_sets(path, NULL, 0, (char **)sets->pdata);
    g_ptr_array_free(sets, TRUE);
    return l;
}

void loaded_clear(struct loaded *l)
{
    scn_free(l->scn);
    scn_doc_free(l->doc);
    g_ptr_array_free(l->errors, TRUE);
}

char *errors_of(const struct loaded *l)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < l->errors->len; i++)
        g_string_append_printf(text, "%s\n", (char *)g_ptr_array_index(l->errors, i));
    return g_string_free(text, FALSE);
}

struct wanted {
    const char *name;
    char *found;
};

static void pick(const struct scn_param *param, void *user)
{
    struct wanted *w = user;

    if (strcmp(param->name, w->name) == 0) {
        g_free(w->found);
        w->found = g_strdup_printf("%s @ %s", param->value ? param->value : "-", param->origin);
    }
}

char *effective_of(const struct loaded *l, const char *parameter)
{
    struct wanted w = {parameter, NULL};

    if (l->doc)
        scn_each_value(l->doc, pick, &w);
    return w.found ? w.found : g_strdup("none");
}

char *base_text(void)
{
    char *text = NULL;

    g_file_get_contents(IMSSIM_TEST_SRCDIR "/tests/data/scenario/base.xml", &text, NULL, NULL);
    return text;
}

/* ---- files ------------------------------------------------------------------------------------------- */

char *tmp_new(void)
{
    GError *error = NULL;
    char *dir = g_dir_make_tmp("imssim-test-XXXXXX", &error);

    if (!dir)
        g_error("%s", error->message);
    return dir;
}

static void remove_tree(const char *path)
{
    GDir *dir = g_file_test(path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open(path, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        char *child = g_build_filename(path, name, NULL);
        remove_tree(child);
        g_free(child);
    }
    if (dir)
        g_dir_close(dir);
    g_remove(path);
}

void tmp_clear(char *dir)
{
    remove_tree(dir);
    g_free(dir);
}

const char *tmp_put(const char *dir, const char *name, const char *text)
{
    char *path = g_build_filename(dir, name, NULL), *parent = g_path_get_dirname(path);
    const char *kept = g_intern_string(path);

    g_mkdir_with_parents(parent, 0700);
    CU_ASSERT_TRUE(g_file_set_contents(path, text, -1, NULL));
    g_free(parent);
    g_free(path);
    return kept;
}

void assert_text(const char *got, const char *wanted, const char *what)
{
    if (g_strcmp0(got, wanted) != 0)
        printf("\n%s\n  is     %s\n  not    %s\n", what, got, wanted);
    CU_ASSERT_STRING_EQUAL(got ? got : "", wanted);
}

void assert_has(const char *got, const char *fragment)
{
    if (!strstr(got, fragment))
        printf("\nmissing: %s\nin:\n%s\n", fragment, got);
    CU_ASSERT_PTR_NOT_NULL(strstr(got, fragment));
}
