/* app.c - from the command line to a subcommand (see app.h). */
#include "app/app.h"

#include "models/registry.h"

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct command {
    const char *name, *summary;
    int (*run)(int argc, char **argv);
};

static const struct command commands[] = {
#define COMMAND(name, summary) {#name, summary, app_##name},
    APP_COMMANDS(COMMAND)
#undef COMMAND
};

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

/* ---- help ------------------------------------------------------------------------------------------ */

static GString *help_text(void)
{
    GString *out = g_string_new(
        "Usage: imssim COMMAND [OPTION...] [ARGUMENT...]\n\n"
        "imssim plays the call flows of an IMS network in virtual time, message by message, and\n"
        "says how long call set-up takes and where the time goes.\n\n"
        "Commands:\n");

    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
        g_string_append_printf(out, "  %-9s %s\n", commands[i].name, commands[i].summary);
    g_string_append(out,
                    "\n  imssim COMMAND --help    says what a command takes; so does imssim help COMMAND\n"
                    "  imssim --version         says which version this is\n\n"
                    "A SCENARIO is a file, or the name of a shipped one (imssim list scenarios).\n\n"
                    "Try:  imssim ladder mmd-3\n"
                    "      imssim explain mmd-3\n"
                    "      imssim run mmd-3\n\n"
                    "Exit status: 0 done, 1 a run failed, 2 bad usage or bad input, 3 interrupted.\n");
    return out;
}

static int print_version(void)
{
    return app_output(g_string_new("imssim " APP_VERSION "\n"
                                   "Free software under the GNU General Public License, version 3 or later.\n"
                                   "There is no warranty, to the extent permitted by law.\n"),
                      APP_DONE);
}

static int unknown_command(const char *name)
{
    GString *all = g_string_new(NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
        g_string_append_printf(all, "%s%s", i ? ", " : "", commands[i].name);
    app_say("there is no %s \"%s\"; the commands are %s (imssim --help)", *name == '-' ? "option" : "command",
            name, all->str);
    g_string_free(all, TRUE);
    return APP_USAGE;
}

/* imssim help [COMMAND] */
static int help(int argc, char **argv)
{
    if (argc < 2)
        return app_output(help_text(), APP_DONE);
    const struct command *c = find_command(argv[1]);
    if (!c)
        return unknown_command(argv[1]);
    char *help_argv[] = {argv[1], (char *)"--help", NULL};
    return c->run(2, help_argv);
}

/* ---- the program ----------------------------------------------------------------------------------- */

/* A broken promise inside the program (sim_assert) has said where; the exit code says "a run failed". */
static void aborted(int signal_number)
{
    (void)signal_number;
    _exit(APP_FAILED);
}

static int run_command(int argc, char **argv)
{
    if (argc < 2) {
        GString *text = help_text();
        fputs(text->str, stderr);
        g_string_free(text, TRUE);
        return APP_USAGE;
    }
    const char *name = argv[1];
    if (strcmp(name, "--version") == 0)
        return print_version();
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        return app_output(help_text(), APP_DONE);
    if (strcmp(name, "help") == 0)
        return help(argc - 1, argv + 1);
    const struct command *c = find_command(name);
    return c ? c->run(argc - 1, argv + 1) : unknown_command(name);
}

int app_main(int argc, char **argv)
{
    setlocale(LC_CTYPE, ""); /* what a terminal can show; numbers never depend on the locale */
    g_set_prgname("imssim");
    signal(SIGABRT, aborted);
    registry_init();
    int code = run_command(argc, argv);
    scn_cleanup();
    return code;
}
