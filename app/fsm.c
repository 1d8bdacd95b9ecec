/* fsm.c - imssim fsm: the state machines, as the tables they are or as graphs. */
#include "app/app.h"

#include "models/registry.h"

#include <string.h>

static const char *const formats[] = {"text", "dot", NULL};

static int print_machines(const char *name, int format)
{
    GString *out = g_string_new(NULL), *all = g_string_new(NULL);

    for (struct fsm_def *const *def = registry_machines; *def; def++) {
        g_string_append_printf(all, "%s%s", all->len ? ", " : "", (*def)->name);
        if (name && strcmp(name, (*def)->name) != 0)
            continue;
        if (out->len)
            g_string_append_c(out, '\n');
        if (format == 0)
            fsm_print(*def, out);
        else
            fsm_print_dot(*def, out);
    }
    int code = APP_DONE;
    if (out->len) {
        code = app_output(out, APP_DONE);
    } else {
        code = app_usage_error("fsm", "there is no state machine \"%s\"; there are %s", name, all->str);
        g_string_free(out, TRUE);
    }
    g_string_free(all, TRUE);
    return code;
}

int app_fsm(int argc, char **argv)
{
    char *format = NULL;
    const GOptionEntry options[] = {
        APP_TEXT("format", 'f', &format, "FORMAT", "text (default), or dot for Graphviz"),
        G_OPTION_ENTRY_NULL,
    };
    const struct app_usage usage = {
        .command = "fsm",
        .arguments = "[NAME]",
        .summary =
            "Prints the table of a state machine, or of all: in which state, on what event, under which\n"
            "condition it does what, where it goes, and by which clause of which standard.",
        .description = "Example: imssim fsm sip-invite-client --format dot | dot -Tsvg >client.svg",
        .options = options,
        .min = 0,
        .max = 1,
    };
    int code = app_parse(&usage, &argc, &argv);

    if (code == APP_GO_ON) {
        int which = app_choice("fsm", "--format", format ? format : "text", formats);
        code = which < 0 ? APP_USAGE : print_machines(argc > 1 ? argv[1] : NULL, which);
    }
    g_free(format);
    return code;
}
