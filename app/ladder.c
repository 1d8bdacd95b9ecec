/* ladder.c - imssim ladder: one call's messages, step by step. */
#include "analysis/ladder.h"

#include "analysis/precond_view.h"
#include "analysis/report.h"
#include "app/app.h"
#include "app/call.h"

#include <string.h>

enum { FORMAT_TEXT, FORMAT_TSV, FORMAT_SVG, FORMAT_MERMAID, FORMAT_PLANTUML, FORMAT_HTML };
static const char *const formats[] = {"text", "tsv", "svg", "mermaid", "plantuml", "html", NULL};
static const char *const orders[] = {"message", "time", NULL}; /* as enum ladder_order */
static const char *const colours[] = {"auto", "always", "never", NULL};

struct ladder_args {
    struct call_args call;
    char *order, *format, *colour, *width;
    char **protocols, **hide;
    char *nodes;
    gboolean all, messages, changes, clauses, preconditions, ascii;
    int format_id, order_id; /* order_id -1: the scenario's */
    uint64_t columns;
};

/* ---- options --------------------------------------------------------------------------------------- */

/* Whether all names of a list are ones; complains of the first that is not. */
static bool names_known(const char *option, char **names, const struct scn_name_list *list, const char *all)
{
    for (char **name = names; name && *name; name++) {
        if (list->known && !list->known(*name)) {
            app_usage_error("ladder", "%s: there is no \"%s\" (imssim list %s)", option, *name, all);
            return false;
        }
    }
    return true;
}

static bool text_only(const struct ladder_args *args)
{
    static const char *const options[] = {"--messages", "--changes", "--clauses", "--preconditions"};
    const gboolean given[] = {args->messages, args->changes, args->clauses, args->preconditions};

    for (size_t i = 0; i < G_N_ELEMENTS(options); i++)
        if (given[i]) {
            app_usage_error("ladder", "%s is for --format text", options[i]);
            return false;
        }
    return true;
}

static bool understand(struct ladder_args *args)
{
    const struct scn_names *names = world_names();

    args->format_id = app_choice("ladder", "--format", args->format ? args->format : "text", formats);
    args->order_id = args->order ? app_choice("ladder", "--order", args->order, orders) : -1;
    if (args->format_id < 0 || (args->order && args->order_id < 0))
        return false;
    if (!args->colour)
        args->colour = g_strdup("auto");
    if (app_choice("ladder", "--color", args->colour, colours) < 0)
        return false;
    if (args->width && !app_number("ladder", "--width", args->width, 40, 10000, &args->columns))
        return false;
    return names_known("--protocol", args->protocols, &names->protocol, "messages") &&
           names_known("--hide", args->hide, &names->message, "messages") &&
           (args->format_id == FORMAT_TEXT || text_only(args));
}

/* ---- printing -------------------------------------------------------------------------------------- */

/* What the scenario hides and what the user hides. g_free (the strings are theirs). */
static char **all_hidden(char **scenario, char **user)
{
    GPtrArray *all = g_ptr_array_new();

    for (char **name = scenario; name && *name; name++)
        g_ptr_array_add(all, *name);
    for (char **name = user; name && *name; name++)
        g_ptr_array_add(all, *name);
    g_ptr_array_add(all, NULL);
    return (char **)g_ptr_array_free(all, FALSE);
}

static void print_format(const struct ladder *ladder, const struct scn *scn, const struct ladder_args *args,
                         const struct term *term, GString *out)
{
    const char *title = scn->title ? scn->title : scn->name;
    struct ladder_text_opts text = {
        .term = *term,
        .title = title,
        .messages = args->messages,
        .changes = args->changes,
        .clauses = args->clauses,
    };

    switch (args->format_id) {
    case FORMAT_TSV:
        ladder_print_tsv(ladder, out);
        break;
    case FORMAT_SVG:
        ladder_print_svg(ladder, title, out);
        break;
    case FORMAT_MERMAID:
        ladder_print_mermaid(ladder, title, out);
        break;
    case FORMAT_PLANTUML:
        ladder_print_plantuml(ladder, title, out);
        break;
    default:
        ladder_print_text(ladder, &text, out);
    }
}

static void print_ladder(const struct call *call, const struct ladder_args *args, const struct term *term,
                         GString *out)
{
    const struct scn_view *view = &call->scn->view;
    char **hidden = all_hidden(view->hide, args->hide);
    char **nodes = args->nodes ? g_strsplit(args->nodes, ",", -1) : NULL;
    char **protocols = args->protocols ? args->protocols : nodes ? NULL : view->protocol;
    struct ladder_opts opts = {
        .order = view->order == SCN_ORDER_MESSAGE ? LADDER_BY_MESSAGE : LADDER_BY_TIME,
        .protocols = protocols && *protocols ? (const char *const *)protocols : NULL,
        .hide = (const char *const *)hidden,
        .nodes = (const char *const *)nodes,
        .all = args->all,
    };
    if (args->order_id >= 0)
        opts.order = (enum ladder_order)args->order_id;
    struct ladder *ladder = ladder_new(call->flow, &opts);

    print_format(ladder, call->scn, args, term, out);
    ladder_free(ladder);
    g_strfreev(nodes);
    g_free(hidden);
}

/* A page of its own, which shows and hides by itself. */
static void print_html(const struct call *call, const struct ladder_args *args, GString *out)
{
    const struct scn_view *view = &call->scn->view;
    const char *title = call->scn->title ? call->scn->title : call->scn->name;
    char **hidden = all_hidden(view->hide, args->hide);
    char **protocols = args->all ? NULL : args->protocols ? args->protocols : view->protocol;
    struct report *report = report_new(title);
    report_add_flow(report, call->flow,
                    &(struct report_view){.title = title, .protocols = (const char *const *)protocols, .hide = (const char *const *)hidden});
    report_print(report, out);
    report_free(report);
    g_free(hidden);
}

static bool nodes_known(struct call *call, const char *list)
{
    char **nodes = list ? g_strsplit(list, ",", -1) : NULL;

    for (char **name = nodes; name && *name; name++)
        if (!net_find_node(call->world->net, *name)) {
            app_usage_error("ladder", "--nodes: there is no node \"%s\" in this scenario", *name);
            call->code = APP_USAGE;
            break;
        }
    g_strfreev(nodes);
    return call->code != APP_USAGE;
}

static int show(const struct ladder_args *args, const char *name)
{
    struct term term = app_term(args->colour, (unsigned)args->columns, args->ascii);
    struct call call;
    int code;

    bool all = args->all || args->format_id == FORMAT_HTML;

    if (call_open(&call, "ladder", name, &args->call, all ? RECORD_STATES | RECORD_TIMERS : 0) && nodes_known(&call, args->nodes)) {
        GString *out = g_string_new(NULL);
        if (args->preconditions)
            precond_view_print(call.flow, &term, out);
        else if (args->format_id == FORMAT_HTML)
            print_html(&call, args, out);
        else
            print_ladder(&call, args, &term, out);
        code = app_output(out, call.code);
    } else {
        code = call.code;
    }
    call_close(&call);
    return code;
}

/* ---- the command ----------------------------------------------------------------------------------- */

static int parse(struct ladder_args *args, int *argc, char ***argv)
{
    const GOptionEntry options[] = {
        CALL_OPTIONS(args->call, "; all (default where nobody calls): everything that happens"),
        APP_TEXT(
            "format", 'f', &args->format, "FORMAT",
            "text (default), tsv: tab-separated values, svg: a drawing with true times, html: a page to click through, mermaid, plantuml"),
        APP_TEXT("order", 0, &args->order, "ORDER",
                 "message: all hops of a message before the next message; time: as sent (default: the "
                 "scenario's)"),
        APP_TEXTS("protocol", 'p', &args->protocols, "NAME",
                  "Only this protocol (repeatable; default: the scenario's)"),
        APP_TEXT("nodes", 'n', &args->nodes, "NAME,NAME...", "Only messages between these nodes, of all protocols or of those of -p"),
        APP_TEXTS("hide", 0, &args->hide, "MESSAGE",
                  "Not this message (repeatable; beside those that the scenario hides)"),
        APP_FLAG("all", 'a', &args->all, "Everything: all messages, hand-overs, states and timers"),
        APP_FLAG("messages", 'm', &args->messages, "The text of each message under its arrow"),
        APP_FLAG("changes", 'd', &args->changes, "What each hop changed in the headers"),
        APP_FLAG("clauses", 0, &args->clauses, "The standard's clause beside each arrow"),
        APP_FLAG("preconditions", 0, &args->preconditions,
                 "Instead: the table of preconditions after each SDP, and who waits for what"),
        APP_WIDTH(&args->width),
        APP_COLOUR(&args->colour),
        APP_ASCII(&args->ascii),
        G_OPTION_ENTRY_NULL,
    };
    const struct app_usage usage = {
        .command = "ladder",
        .arguments = "SCENARIO",
        .summary =
            "Simulates a scenario and draws the messages of one call: who sends what to whom, when, in\n"
            "steps numbered as in the figures of the standards. O1, A1 ... mark SDP offers and answers.",
        .description =
            "The tab-separated form is stable. Its columns: step sent_ns received_ns interface protocol\n"
            "from to message offer_answer detail clause. NO_COLOR in the environment turns colour off.\n\n"
            "Examples: imssim ladder mmd-3 --changes --protocol SIP\n"
            "          imssim ladder volte-call --call all --nodes UE-A,eNB1,MME1,HSS1 --width 140",
        .options = options,
        .min = 1,
        .max = 1,
    };
    return app_parse(&usage, argc, argv);
}

int app_ladder(int argc, char **argv)
{
    struct ladder_args args = {.call.takes_all = true};
    int code = parse(&args, &argc, &argv);

    if (code == APP_GO_ON)
        code = understand(&args) ? show(&args, argv[1]) : APP_USAGE;
    call_args_clear(&args.call);
    g_free(args.order);
    g_free(args.format);
    g_free(args.colour);
    g_free(args.width);
    g_free(args.nodes);
    g_strfreev(args.protocols);
    g_strfreev(args.hide);
    return code;
}
