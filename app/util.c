/* util.c - options, input and output of all subcommands (see app.h). */
#include "app/app.h"

#include "scenarios/load/build.h"

#include <errno.h>
#include <langinfo.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* ---- talk ------------------------------------------------------------------------------------------ */

void app_say(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    char *text = g_strdup_vprintf(format, args);
    va_end(args);
    fprintf(stderr, "imssim: %s\n", text);
    g_free(text);
}

int app_usage_error(const char *command, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    char *text = g_strdup_vprintf(format, args);
    va_end(args);
    fprintf(stderr, "imssim %s: %s (imssim %s --help)\n", command, text, command);
    g_free(text);
    return APP_USAGE;
}

void app_print_errors(const GPtrArray *errors)
{
    for (guint i = 0; i < errors->len; i++)
        fprintf(stderr, "%s\n", (const char *)g_ptr_array_index(errors, i));
}

/* ---- options --------------------------------------------------------------------------------------- */

static char *option_names(const GOptionEntry *options)
{
    GString *all = g_string_new(NULL);

    for (const GOptionEntry *o = options; o->long_name; o++)
        if (*o->long_name)
            g_string_append_printf(all, "--%s, ", o->long_name);
    g_string_append(all, "--help");
    return g_string_free(all, FALSE);
}

static GOptionContext *make_context(const struct app_usage *usage, const GOptionEntry *help)
{
    GOptionContext *context = g_option_context_new(usage->arguments);

    g_option_context_set_help_enabled(context, FALSE); /* ours goes through app_output() */
    g_option_context_set_summary(context, usage->summary);
    g_option_context_set_description(context, usage->description);
    GOptionGroup *group = g_option_group_new("main", "", "", usage->user, NULL);
    g_option_group_add_entries(group, usage->options);
    g_option_group_add_entries(group, help);
    g_option_context_set_main_group(context, group);
    return context;
}

static int count_error(const struct app_usage *usage, int count, char **argv)
{
    if (count < usage->min)
        return app_usage_error(usage->command, "it takes %s", usage->arguments);
    return app_usage_error(usage->command, "\"%s\" is too much: it takes %s", argv[usage->max + 1],
                           *usage->arguments ? usage->arguments : "no arguments");
}

/* Whether -c is an option that takes a value. */
static bool takes_value(const struct app_usage *usage, char c)
{
    for (const GOptionEntry *e = usage->options; e->long_name; e++)
        if (e->short_name == c && e->arg != G_OPTION_ARG_NONE &&
            !(e->arg == G_OPTION_ARG_CALLBACK && (e->flags & G_OPTION_FLAG_NO_ARG)))
            return true;
    return false;
}

/* GLib wants "-j 2" where people write "-j2": takes such words apart. */
static void split_short_options(const struct app_usage *usage, int *argc, char ***argv)
{
    static GPtrArray *words; /* stays: positional arguments point into it */

    if (!words)
        words = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_set_size(words, 0);
    bool options = true;
    for (int i = 0; i < *argc; i++) {
        const char *word = (*argv)[i];
        options = options && strcmp(word, "--") != 0;
        bool split = options && word[0] == '-' && word[1] != '-' && word[1] && word[2] && takes_value(usage, word[1]);
        g_ptr_array_add(words, split ? g_strndup(word, 2) : g_strdup(word));
        if (split)
            g_ptr_array_add(words, g_strdup(word + 2));
    }
    *argc = (int)words->len;
    char **copy = g_new(char *, words->len + 1);
    memcpy(copy, words->pdata, words->len * sizeof *copy);
    copy[words->len] = NULL;
    g_ptr_array_add(words, copy); /* freed with the words */
    *argv = copy;
}

int app_parse(const struct app_usage *usage, int *argc, char ***argv)
{
    split_short_options(usage, argc, argv);
    gboolean help = FALSE;
    const GOptionEntry help_entry[] = {
        {"help", 'h', 0, G_OPTION_ARG_NONE, &help, "Show this text", NULL},
        G_OPTION_ENTRY_NULL,
    };
    GOptionContext *context = make_context(usage, help_entry);
    GError *error = NULL;
    int code = APP_GO_ON;

    char *name = g_strdup_printf("imssim %s", usage->command);
    g_set_prgname(name);
    if (!g_option_context_parse(context, argc, argv, &error)) {
        char *known = option_names(usage->options);
        bool unknown = g_error_matches(error, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION);
        code = app_usage_error(usage->command, "%s%s%s", error->message, unknown ? "; there are " : "",
                               unknown ? known : "");
        g_free(known);
        g_clear_error(&error);
    } else if (help) {
        char *text = g_option_context_get_help(context, TRUE, NULL);
        code = app_output(g_string_new(text), APP_DONE);
        g_free(text);
    } else if (*argc - 1 < usage->min || (usage->max >= 0 && *argc - 1 > usage->max)) {
        code = count_error(usage, *argc - 1, *argv);
    }
    g_option_context_free(context);
    g_free(name);
    return code;
}

int app_choice(const char *command, const char *option, const char *text, const char *const *choices)
{
    GString *all = g_string_new(NULL);

    for (int i = 0; choices[i]; i++) {
        if (strcmp(choices[i], text) == 0) {
            g_string_free(all, TRUE);
            return i;
        }
        g_string_append_printf(all, "%s%s", i ? ", " : "", choices[i]);
    }
    app_usage_error(command, "%s: \"%s\" is none of %s", option, text, all->str);
    g_string_free(all, TRUE);
    return -1;
}

bool app_number(const char *command, const char *option, const char *text, uint64_t min, uint64_t max,
                uint64_t *out)
{
    guint64 value;

    if (g_ascii_string_to_unsigned(text, 10, min, max, &value, NULL)) {
        *out = value;
        return true;
    }
    app_usage_error(command, "%s: \"%s\" is no whole number from %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT,
                    option, text, min, max);
    return false;
}

/* ---- input ----------------------------------------------------------------------------------------- */

struct scn *app_load(const char *name, char **sets, struct scn_doc **doc)
{
    struct scn_load_opts opts = {.sets = sets, .names = world_names()};
    GPtrArray *errors = g_ptr_array_new_with_free_func(g_free);
    char *path = scn_find(name);
    struct scn *scn = scn_load(path, &opts, doc, errors);

    app_print_errors(errors);
    if (!scn && !strchr(name, '/') && !g_file_test(path, G_FILE_TEST_EXISTS))
        app_say("no file and no shipped scenario is called \"%s\" (imssim list scenarios)", name);
    g_ptr_array_free(errors, TRUE);
    g_free(path);
    return scn;
}

/* ---- output ---------------------------------------------------------------------------------------- */

int app_output(GString *data, int code)
{
    errno = 0;
    bool written = fwrite(data->str, 1, data->len, stdout) == data->len && fflush(stdout) == 0;

    g_string_free(data, TRUE);
    if (written)
        return code;
    app_say("cannot write to standard output: %s", g_strerror(errno));
    return APP_USAGE;
}

struct term app_term(const char *colour, unsigned width, bool ascii)
{
    bool terminal = isatty(STDOUT_FILENO);
    const char *no_color = g_getenv("NO_COLOR"), *kind = g_getenv("TERM");
    struct term term = {.width = width, .utf8 = !ascii && strcmp(nl_langinfo(CODESET), "UTF-8") == 0};
    struct winsize size;

    if (strcmp(colour, "always") == 0)
        term.colour = true;
    else if (strcmp(colour, "auto") == 0)
        term.colour = terminal && !(no_color && *no_color) && g_strcmp0(kind, "dumb") != 0;
    if (!width && terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
        term.width = size.ws_col;
    return term;
}

/* ---- interruption ---------------------------------------------------------------------------------- */

static volatile int interrupted;

static void on_interrupt(int signal_number)
{
    (void)signal_number;
    interrupted = 1;
}

const volatile int *app_interrupt(void)
{
    static bool caught;

    if (!caught) {
        struct sigaction action = {.sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND | SA_RESTART};
        sigemptyset(&action.sa_mask);
        sigaction(SIGINT, &action, NULL);
        caught = true;
    }
    return &interrupted;
}
