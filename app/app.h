/* app.h - the command `imssim`: what its subcommands share.
 *
 * Data goes to stdout, talk to stderr. A subcommand gets its own name as argv[0] and returns the exit
 * code of the program. */
#ifndef APP_APP_H
#define APP_APP_H

#include "analysis/term.h"
#include "scenarios/load/load.h"

#include <glib.h>

enum app_exit {
    APP_DONE = 0,
    APP_FAILED = 1,      /* a run failed: broken invariant, assertion, limit, missed check */
    APP_USAGE = 2,       /* bad usage or bad input                                         */
    APP_INTERRUPTED = 3, /* SIGINT; what there is was written                              */
    APP_GO_ON = -1,      /* of app_parse(): nothing to return yet                          */
};

#define APP_VERSION PACKAGE_VERSION

/* ---- subcommands ---------------------------------------------------------------------------------- */

/* COMMAND(name, "one line on what it does") - in the order of the help text. */
#define APP_COMMANDS(COMMAND)                                                                                \
    COMMAND(run, "simulate a scenario; print its key performance indicators, keep the results")              \
    COMMAND(ladder, "draw one call's messages, step by step")                                                \
    COMMAND(explain, "show where the time of one call went")                                                 \
    COMMAND(check, "validate scenario files; show the values in effect")                                     \
    COMMAND(list, "list scenarios, parameters, metrics, messages, timers ...")                               \
    COMMAND(fsm, "print the state machines")                                                                 \
    COMMAND(sweep, "run a parameter study: factors, their combinations, replications")                       \
    COMMAND(merge, "put the parts of a sweep together")                                                      \
    COMMAND(knobs, "say which latency, timer or service time matters, and how much")                         \
    COMMAND(budget, "find how much of a parameter may be spent until a time is too long")                    \
    COMMAND(diff, "compare two calls message by message, or two results")                                    \
    COMMAND(plot, "draw graphs of results")                                                                  \
    COMMAND(report, "make a page for the browser: tables, graphs, interactive ladders")                      \
    COMMAND(export, "write results as CSV or JSON")                                                          \
    COMMAND(validate, "compare the simulator with closed forms and published numbers")

#define COMMAND(name, summary) int app_##name(int argc, char **argv);
APP_COMMANDS(COMMAND)
#undef COMMAND

/* The whole program: finds the subcommand and runs it. */
int app_main(int argc, char **argv);

/* ---- options -------------------------------------------------------------------------------------- */

/* Entries of a table of options: long name, letter or 0, where it goes, [its value,] what it is. Text is
 * taken as it comes: char *, or char ** when an option may be repeated. */
#define APP_FLAG(name, letter, where, about)                                                                 \
    {                                                                                                        \
        name, letter, 0, G_OPTION_ARG_NONE, where, about, NULL                                               \
    }
#define APP_TEXT(name, letter, where, value, about)                                                          \
    {                                                                                                        \
        name, letter, 0, G_OPTION_ARG_FILENAME, where, about, value                                          \
    }
#define APP_TEXTS(name, letter, where, value, about)                                                         \
    {                                                                                                        \
        name, letter, 0, G_OPTION_ARG_FILENAME_ARRAY, where, about, value                                    \
    }
/* A function takes the value, which may be left out. */
#define APP_OPTIONAL(name, letter, function, value, about)                                                   \
    {                                                                                                        \
        name, letter, G_OPTION_FLAG_OPTIONAL_ARG, G_OPTION_ARG_CALLBACK, (gpointer)(uintptr_t)(function),    \
            about, value                                                                                     \
    }
/* Those that several subcommands have. */
#define APP_SETS(where)                                                                                      \
    APP_TEXTS("set", 's', where, "NAME=VALUE",                                                               \
              "Give a parameter another value (repeatable; names: imssim list parameters)")
#define APP_SEED(where)                                                                                      \
    APP_TEXT("seed", 0, where, "N", "Seed of the random numbers, instead of the scenario's")
#define APP_WIDTH(where)                                                                                     \
    APP_TEXT("width", 'w', where, "N", "Columns of the page (default: the terminal's, or 120)")
#define APP_COLOUR(where) APP_TEXT("color", 0, where, "WHEN", "auto (default), always or never")
#define APP_ASCII(where)  APP_FLAG("ascii", 0, where, "No line drawing, only ASCII")

/* How a subcommand is called. */
struct app_usage {
    const char *command;     /* "run" */
    const char *arguments;   /* "SCENARIO" */
    const char *summary;     /* what it does, in a few lines */
    const char *description; /* what stands below the options; or NULL */
    const GOptionEntry *options;
    int min, max; /* arguments; max -1: any number */
    void *user;   /* what G_OPTION_ARG_CALLBACK functions get */
};
/* Parses argv in place: options are taken out, argv[1 ..] are the arguments. APP_GO_ON, or what to return
 * (--help was answered; or a complaint was printed). */
int app_parse(const struct app_usage *usage, int *argc, char ***argv);

/* Complains about the usage of a subcommand, with a hint at its --help. Returns APP_USAGE. */
int app_usage_error(const char *command, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* "imssim: ..." on stderr. */
void app_say(const char *format, ...) G_GNUC_PRINTF(1, 2);

/* Index of `text` in a NULL-terminated list; or -1, after naming option and choices on stderr. */
int app_choice(const char *command, const char *option, const char *text, const char *const *choices);
/* A whole number from min to max into *out; or false, after a complaint. */
bool app_number(const char *command, const char *option, const char *text, uint64_t min, uint64_t max,
                uint64_t *out);

/* ---- input and output ----------------------------------------------------------------------------- */

/* Loads a scenario by path or by the name of a shipped one, with the --set of the command line. NULL after
 * the problems were printed. */
struct scn *app_load(const char *name, char **sets, struct scn_doc **doc);
/* Prints problems (strings) on stderr. */
void app_print_errors(const GPtrArray *errors);
/* Writes data to stdout and frees it. Returns `code`, or APP_USAGE after a complaint when it could not be
 * written. */
int app_output(GString *data, int code);

/* What stdout can show. `colour` is "auto", "always" or "never"; width 0 asks the terminal. */
struct term app_term(const char *colour, unsigned width, bool ascii);

/* The flag that SIGINT raises; catches SIGINT from the first call on. A second SIGINT kills. */
const volatile int *app_interrupt(void);

#endif
