/* report_results.c - results as tables of a page (see report_results.h). */
#include "analysis/report_results.h"

#include "analysis/metrics.h"

#include <string.h>

/* How the text of a column becomes that of a cell. */
/* ABOUT, of a last column, stands below the first one. */
enum cell { TEXT, COUNT, MS, PERCENT, FRACTION, BYTES, ABOUT };

struct column {
    const char *heading;
    enum cell cell;
};

static void put_cell(enum cell cell, const char *text, const char *about, GString *out)
{
    double value = text ? g_ascii_strtod(text, NULL) : 0;
    g_string_append(out, cell == TEXT ? "<td>" : "<td class=\"n\">");
    if (!text)
        g_string_append(out, "–");
    else if (cell == MS)
        g_string_append_printf(out, "%.3f", value / 1e6);
    else if (cell == PERCENT)
        g_string_append_printf(out, "%.2f %%", value * 100);
    else if (cell == FRACTION)
        g_string_append_printf(out, "%.4f", value);
    else
        report_escape(text, out);
    if (about) {
        g_string_append(out, "<div class=\"about\">");
        report_escape(about, out);
        g_string_append(out, "</div>");
    }
    g_string_append(out, "</td>");
}

/* Times stand in the order of metrics.def. */
static gint by_metric(gconstpointer a, gconstpointer b)
{
    char *const *x = *(char *const *const *)a, *const *y = *(char *const *const *)b;
    int i = metric_by_name(x[0]), j = metric_by_name(y[0]);
    return i >= 0 && j >= 0 ? i - j : 0;
}

/* A table under a heading; nothing when there are no rows. */
static bool put_table(struct store_reader *reader, const struct store_point *p, const char *title, const char *sql, const struct column *columns,
                      size_t n, GString *out, GError **error)
{
    GPtrArray *rows = store_rows(reader, p, sql, error);
    if (!rows)
        return false;
    g_ptr_array_sort(rows, by_metric);
    const char *about = n && columns[n - 1].cell == ABOUT ? columns[--n].heading : NULL;
    if (rows->len) {
        g_string_append_printf(out, "<h3>%s</h3>\n<table><tr>", title);
        for (size_t i = 0; i < n; i++)
            g_string_append_printf(out, "<th%s>%s</th>", columns[i].cell == TEXT ? "" : " class=\"n\"", columns[i].heading);
        g_string_append(out, "</tr>\n");
    }
    for (guint k = 0; k < rows->len; k++) {
        char **text = g_ptr_array_index(rows, k);
        g_string_append(out, "<tr>");
        for (size_t i = 0; i < n; i++)
            put_cell(columns[i].cell, text[i], i == 0 && about ? text[n] : NULL, out);
        g_string_append(out, "</tr>\n");
    }
    if (rows->len)
        g_string_append(out, "</table>\n");
    store_rows_free(rows);
    return true;
}

struct table {
    const char *title, *sql;
    struct column columns[12];
};

static const struct table tables[] = {
    {"Calls",
     "SELECT sum(dialled_count), sum(answered_count), sum(completed_count), sum(failed_count), sum(cancelled_count), sum(open_count) "
     "FROM replication WHERE point = ?1 HAVING sum(dialled_count) > 0",
     {{"dialled", COUNT}, {"answered", COUNT}, {"answered and released", COUNT}, {"failed", COUNT}, {"given up by the caller", COUNT},
      {"open at the end", COUNT}}},
    {"Calls that failed, by status", "SELECT status, calls_count FROM failure WHERE point = ?1 ORDER BY status",
     {{"status", TEXT}, {"calls", COUNT}}},
    {"Ratios",
     "SELECT r.name, value_ratio, ci_low_ratio, ci_high_ratio, numerator_count, denominator_count, what || ' (' || source || ')' FROM ratio r "
     "JOIN definition d ON d.name = r.name AND d.kind = 'ratio' WHERE point = ?1 ORDER BY r.name",
     {{"", TEXT}, {"value", PERCENT}, {"95 %, from", PERCENT}, {"to", PERCENT}, {"of", COUNT}, {"calls", COUNT}, {"what", ABOUT}}},
    {"Times, ms",
     "SELECT m.name, values_count, mean_ns, ci_low_ns, ci_high_ns, sd_ns, min_ns, p50_ns, p95_ns, p99_ns, max_ns, what FROM metric m "
     "JOIN definition d ON d.name = m.name AND d.kind = 'time' WHERE point = ?1 AND replication = 0",
     {{"", TEXT}, {"n", COUNT}, {"mean", MS}, {"95 %, from", MS}, {"to", MS}, {"sd", MS}, {"min", MS}, {"p50", MS}, {"p95", MS}, {"p99", MS},
      {"max", MS}, {"from – to", ABOUT}}},
    {"Where setup_time goes, ms",
     "SELECT name, mean_ns, mean_ns / (SELECT sum(mean_ns) FROM phase WHERE point = ?1 AND replication = 0 AND metric = 'setup_time') "
     "FROM phase WHERE point = ?1 AND replication = 0 AND metric = 'setup_time' ORDER BY position",
     {{"phase", TEXT}, {"mean", MS}, {"share", PERCENT}}},
    {"Cells",
     "SELECT name, asked_count, refused_count, 1.0 * refused_count / asked_count, mean_bearers, uplink_ratio, downlink_ratio, control_ratio "
     "FROM cell WHERE point = ?1 AND replication = 0 ORDER BY name",
     {{"", TEXT}, {"GBR bearers asked", COUNT}, {"refused", COUNT}, {"blocking", PERCENT}, {"mean held", FRACTION}, {"uplink", PERCENT},
      {"downlink", PERCENT}, {"control channel", PERCENT}}},
    {"Stations",
     "SELECT name, servers_count, utilisation_ratio, busy_mean_count, queue_mean_count, queue_max_count, sojourn_mean_ns, arrived_count, "
     "refused_count FROM station WHERE point = ?1 AND replication = 0 AND arrived_count > 0 ORDER BY name",
     {{"", TEXT}, {"servers", COUNT}, {"utilisation", PERCENT}, {"mean busy", FRACTION}, {"mean queue", FRACTION}, {"max queue", COUNT},
      {"mean sojourn, ms", MS}, {"messages", COUNT}, {"refused", COUNT}}},
    {"Messages by interface",
     "SELECT interface, protocol, sum(messages_count), sum(messages_bytes) FROM counter WHERE point = ?1 GROUP BY interface, protocol "
     "ORDER BY interface",
     {{"interface", TEXT}, {"protocol", TEXT}, {"messages", COUNT}, {"bytes", BYTES}}},
};

static size_t width_of(const struct table *t)
{
    size_t n = 0;
    while (n < G_N_ELEMENTS(t->columns) && t->columns[n].heading)
        n++;
    return n;
}

bool report_add_point(struct report *r, struct store_reader *reader, const struct store_point *p, GError **error)
{
    GString *out = g_string_new("<section class=\"kpi\">\n<h2>");
    bool good = true;
    report_escape(p->title ? p->title : p->scenario, out);
    g_string_append_printf(out, "</h2>\n<p class=\"sub\">%s; %u replication%s, seed %s", p->scenario, p->replications,
                           p->replications == 1 ? "" : "s", p->seed);
    if (strcmp(p->state, "finished") != 0)
        g_string_append_printf(out, "; %s", p->state);
    g_string_append(out, "</p>\n");
    for (size_t i = 0; i < G_N_ELEMENTS(tables) && good; i++)
        good = put_table(reader, p, tables[i].title, tables[i].sql, tables[i].columns, width_of(&tables[i]), out, error);
    g_string_append(out, "</section>\n");
    if (good)
        report_add_html(r, out->str);
    g_string_free(out, TRUE);
    return good;
}

bool report_add_svg(struct report *r, const char *path, const char *caption, GError **error)
{
    char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, error))
        return false;
    const char *svg = strstr(text, "<svg"); /* without the head of a file of its own */
    GString *out = g_string_new("<section class=\"graphs\"><figure>\n");
    g_string_append(out, svg ? svg : "");
    g_string_append(out, "\n<figcaption class=\"note\">");
    report_escape(caption, out);
    g_string_append(out, "</figcaption></figure></section>\n");
    report_add_html(r, out->str);
    g_string_free(out, TRUE);
    g_free(text);
    return true;
}

char *report_scenario(struct store_reader *reader, const struct store_point *p, GError **error)
{
    GPtrArray *rows = store_rows(reader, p, "SELECT xml FROM run JOIN point ON point.run = run.id WHERE point.id = ?1", error);
    char *xml = rows && rows->len ? g_strdup(((char **)g_ptr_array_index(rows, 0))[0]) : NULL;
    if (rows)
        store_rows_free(rows);
    return xml;
}
