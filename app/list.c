/* list.c - imssim list: what there is, printed from the declarations. */
#include "app/app.h"
#include "app/experiment/sweep_file.h"

#include "analysis/json.h"
#include "analysis/metrics.h"
#include "analysis/table.h"
#include "models/names.h"
#include "models/epc.h"
#include "models/proto/dns/dns.h"
#include "models/proto/sip/sip.h"
#include "scenarios/load/build.h"
#include "sim/units.h"

#include <string.h>

/* Rows under some headings, for a table or for JSON. */
struct listing {
    const char *const *heading; /* NULL-terminated */
    unsigned columns;
    GPtrArray *cells; /* char * */
};

/* Adds a row; the cells are copied, as many as there are headings. */
static void add_row(struct listing *l, ...)
{
    va_list args;

    va_start(args, l);
    for (unsigned c = 0; c < l->columns; c++)
        g_ptr_array_add(l->cells, g_strdup(va_arg(args, const char *)));
    va_end(args);
}

/* ---- what there is --------------------------------------------------------------------------------- */

static int by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

#define SWEEP_SUFFIX ".sweep.xml"

/* Names of the files of the data folders, sweeps or scenarios, sorted; a name that comes twice is the first one's. */
static GPtrArray *file_names(bool sweeps)
{
    const char *suffix = sweeps ? SWEEP_SUFFIX : ".xml";
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);

    for (char **dir = scn_data_dirs(); *dir; dir++) {
        GDir *folder = g_dir_open(*dir, 0, NULL);
        const char *file;
        while (folder && (file = g_dir_read_name(folder))) {
            if (!g_str_has_suffix(file, suffix) || g_str_has_suffix(file, SWEEP_SUFFIX) != sweeps)
                continue;
            char *name = g_strndup(file, strlen(file) - strlen(suffix));
            if (g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL))
                g_free(name);
            else
                g_ptr_array_add(names, name);
        }
        if (folder)
            g_dir_close(folder);
    }
    g_ptr_array_sort(names, by_name);
    return names;
}

static void list_scenarios(struct listing *l)
{
    struct scn_load_opts opts = {.names = world_names()};
    GPtrArray *names = file_names(false);

    for (guint i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        GPtrArray *errors = g_ptr_array_new_with_free_func(g_free);
        char *path = scn_find(name);
        struct scn *scn = scn_load(path, &opts, NULL, errors);
        if (scn)
            add_row(l, name, scn->title ? scn->title : "");
        else
            add_row(l, name, "(has errors: see imssim check)");
        if (scn)
            scn_free(scn);
        g_ptr_array_free(errors, TRUE);
        g_free(path);
    }
    g_ptr_array_free(names, TRUE);
}

static void list_sweeps(struct listing *l)
{
    GPtrArray *names = file_names(true);

    for (guint i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        GPtrArray *errors = g_ptr_array_new_with_free_func(g_free);
        char *path = sweep_find(name), *scenario = NULL;
        struct sweep *s = sweep_load(path, errors);
        if (s)
            scenario = g_path_get_basename(s->scenario);
        add_row(l, name, scenario ? scenario : "", s ? s->title ? s->title : "" : "(has errors: see imssim sweep --list)");
        sweep_free(s);
        g_ptr_array_free(errors, TRUE);
        g_free(scenario);
        g_free(path);
    }
    g_ptr_array_free(names, TRUE);
}

static void add_parameter(const struct scn_param *p, void *user)
{
    add_row(user, p->name, p->value ? p->value : "", p->unit, p->about, p->acts, p->source);
}

static void list_parameters(struct listing *l)
{
    scn_each_parameter(world_names(), add_parameter, l);
}

static void list_metrics(struct listing *l)
{
    for (int i = 0; i < METRIC_COUNT; i++) {
        const struct metric_decl *d = &metric_table[i];
        add_row(l, d->name, d->unit, d->ends, d->source);
    }
    for (int i = 0; i < RATIO_COUNT; i++) {
        const struct ratio_decl *d = &ratio_table[i];
        add_row(l, d->name, "%", d->words, d->source);
    }
}

static void list_messages(struct listing *l)
{
    static const struct proto *const protos[] = {&sip_proto, &dia_proto, &rrc_proto, &nas_proto, &s1ap_proto, &gtp_proto, &dhcp_proto, &dns_proto};

    for (size_t p = 0; p < G_N_ELEMENTS(protos); p++)
        for (uint16_t t = 0; t < protos[p]->ntypes; t++)
            if (protos[p]->type_name(t))
                add_row(l, protos[p]->name, protos[p]->type_name(t));
}

static void list_timers(struct listing *l)
{
    const struct scn_names *names = world_names();

    for (int i = 0; i < TIMER_COUNT; i++) {
        const struct timer_decl *d = &timer_table[i];
        GString *from = g_string_new(NULL);
        if (d->base != TIMER_NONE)
            g_string_printf(from, "%d x %s", d->factor, timer_table[d->base].name);
        add_row(l, d->name, names->timers[i].value, from->str, d->owner, d->doc, d->clause);
        g_string_free(from, TRUE);
    }
}

static char *kind_names(uint32_t set)
{
    GString *s = g_string_new(NULL);
    const char *name;
    uint32_t kind;
    for (size_t i = 0; (name = kind_nth(i, &kind)); i++)
        if (set & kind)
            g_string_append_printf(s, "%s%s", s->len ? ", " : "", name);
    return g_string_free(s, FALSE);
}

static void list_interfaces(struct listing *l)
{
    for (int i = 0; i < IFACE_COUNT; i++) {
        char *a = kind_names(iface_table[i].end_a), *b = kind_names(iface_table[i].end_b);
        add_row(l, iface_table[i].name, iface_table[i].proto, a, b, iface_clauses[i]);
        g_free(a);
        g_free(b);
    }
}

static void list_marks(struct listing *l)
{
    for (int i = 0; i < MARK_COUNT; i++)
        add_row(l, mark_table[i].name, mark_table[i].who, mark_table[i].doc);
}

static const struct list_kind {
    const char *name;
    void (*fill)(struct listing *l);
    const char *heading[8];
} kinds[] = {
    {"scenarios",  list_scenarios,  {"name", "title"}                                         },
    {"sweeps",     list_sweeps,     {"name", "scenario", "title"}                             },
    {"parameters", list_parameters, {"name", "default", "unit", "what", "acts at", "source"}  },
    {"metrics",    list_metrics,    {"name", "unit", "what", "defined in"}                    },
    {"messages",   list_messages,   {"protocol", "message"}                                   },
    {"timers",     list_timers,     {"name", "default", "made of", "owner", "what", "clause"} },
    {"interfaces", list_interfaces, {"name", "protocol", "one end", "other end", "defined in"}},
    {"marks",      list_marks,      {"name", "where", "what"}                                 },
};

/* ---- printing -------------------------------------------------------------------------------------- */

static void print_table(const struct listing *l, GString *out)
{
    char *headings = g_strjoinv("\t", (char **)(uintptr_t)l->heading);
    char *align = g_strnfill(l->columns, 'l');
    struct table *t = table_new(headings, align);

    for (guint i = 0; i < l->cells->len; i++)
        table_cell(t, g_ptr_array_index(l->cells, i));
    table_print(t, 0, out);
    table_free(t);
    g_free(headings);
    g_free(align);
}

static void print_json(const struct listing *l, GString *out)
{
    struct json j = json_to(out);

    json_open(&j, NULL, '[');
    for (guint i = 0; i < l->cells->len; i += l->columns) {
        json_open(&j, NULL, '{');
        for (unsigned c = 0; c < l->columns; c++) {
            char *key = g_strdelimit(g_strdup(l->heading[c]), " ", '_');
            json_string(&j, key, g_ptr_array_index(l->cells, i + c));
            g_free(key);
        }
        json_close(&j, '}');
    }
    json_close(&j, ']');
}

static int print_list(const struct list_kind *kind, bool json)
{
    struct listing l = {.heading = kind->heading, .cells = g_ptr_array_new_with_free_func(g_free)};
    GString *out = g_string_new(NULL);

    l.columns = g_strv_length((char **)(uintptr_t)kind->heading);
    kind->fill(&l);
    if (json)
        print_json(&l, out);
    else
        print_table(&l, out);
    g_ptr_array_free(l.cells, TRUE);
    return app_output(out, APP_DONE);
}

int app_list(int argc, char **argv)
{
    gboolean json = FALSE;
    const char *names[G_N_ELEMENTS(kinds) + 1] = {NULL};
    const GOptionEntry options[] = {
        APP_FLAG("json", 0, &json, "Print data as JSON"),
        G_OPTION_ENTRY_NULL,
    };
    const struct app_usage usage = {
        .command = "list",
        .arguments = "WHAT",
        .summary =
            "Lists what there is. WHAT is one of\n"
            "  scenarios    the shipped scenarios, to be used by name\n"
            "  sweeps       the shipped parameter studies, to be used by name\n"
            "  parameters   what scenario files and --set can change: name, default, unit, where it acts\n"
            "  metrics      what is measured, from which moment to which\n"
            "  messages     all messages, as ladders and scenario files spell them\n"
            "  timers       protocol timers and their defaults\n"
            "  interfaces   reference points: who talks to whom, in which protocol\n"
            "  marks        the moments of a call that metrics are made of",
        .options = options,
        .min = 0,
        .max = 1,
    };
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
        names[i] = kinds[i].name;
    int code = app_parse(&usage, &argc, &argv);
    if (code != APP_GO_ON)
        return code;
    if (argc < 2) {
        char *all = g_strjoinv(", ", (char **)(uintptr_t)names);
        code = app_usage_error("list", "it takes one of %s", all);
        g_free(all);
        return code;
    }
    int which = app_choice("list", "WHAT", argv[1], names);
    return which < 0 ? APP_USAGE : print_list(&kinds[which], json);
}
