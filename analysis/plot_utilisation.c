/* plot_utilisation.c - utilisation of stations over virtual time and, below, how many messages wait: exact
 * averages over equal stretches and all replications (occupancy.h). */
#include "analysis/plot_int.h"

#include "sim/units.h"

#include <string.h>

/* Stations that are drawn: the busiest. */
#define DRAWN 6

/* Columns of the query. */
enum { NAME, FROM, TO, UTILISATION, QUEUE, LENGTH };

/* The busiest station first; those that never do anything are left out, and stretches of which hardly
 * anything was observed: the last one, or those that few replications came to. */
static GPtrArray *read_rows(const struct plot_series *s, GError **error)
{
    return store_rows(
        s->reader, s->point,
        "WITH busiest AS (SELECT name, sum(utilisation_ratio * observed_ns) AS share FROM occupancy"
        " WHERE point = ?1 GROUP BY name HAVING sum(utilisation_ratio) > 0)"
        " SELECT o.name, from_ns, to_ns, utilisation_ratio, queue_mean_count,"
        " (SELECT avg(virtual_ns) FROM replication WHERE point = ?1)"
        " FROM occupancy o JOIN busiest USING (name) WHERE point = ?1 AND"
        " 4 * observed_ns >= (SELECT max(observed_ns) FROM occupancy WHERE point = ?1) ORDER BY share DESC, "
        "o.name, from_ns",
        error);
}

static double number(const GPtrArray *rows, guint row, int column)
{
    const char *text = ((char **)g_ptr_array_index(rows, row))[column];
    return text ? g_ascii_strtod(text, NULL) : 0;
}

static const char *name_at(const GPtrArray *rows, guint row)
{
    return ((char **)g_ptr_array_index(rows, row))[NAME];
}

/* The first row of the next station. */
static guint next_station(const GPtrArray *rows, guint row)
{
    guint next = row;

    while (next < rows->len && strcmp(name_at(rows, next), name_at(rows, row)) == 0)
        next++;
    return next;
}

static unsigned put_station(struct plot_text *t, const GPtrArray *rows, guint from, guint to, double clock)
{
    char *heading = g_strdup_printf("%s: middle utilisation queue", name_at(rows, from));
    unsigned block = plot_block(t, heading);

    for (guint i = from; i < to; i++) {
        const double row[] = {(number(rows, i, FROM) + number(rows, i, TO)) / 2 / clock,
                              100 * number(rows, i, UTILISATION), number(rows, i, QUEUE)};
        plot_row(t, row, G_N_ELEMENTS(row));
    }
    g_free(heading);
    return block;
}

static void put_warmup(struct plot_text *t, const struct store_point *p, const struct plot_clock *clock)
{
    char buf[G_ASCII_DTOSTR_BUF_SIZE];

    if (p->warmup <= 0)
        return;
    plot_number(buf, (double)p->warmup / clock->ns);
    g_string_append_printf(
        t->script,
        "set arrow 1 from %s, graph 0 to %s, graph 1 nohead back lc rgb '#000000' lw 1.2 dt (3,3)\n", buf,
        buf);
    g_string_append(t->caption, "Dotted: the end of the warm-up. ");
}

/* The stations that are drawn, each in a panel's column of its block. */
static void put_curves(struct plot_text *t, const GPtrArray *rows, int column)
{
    guint from = 0;

    for (unsigned n = 0; n < DRAWN && from < rows->len; n++) {
        GString *title = g_string_new(NULL);
        plot_quote(title, name_at(rows, from));
        plot_curve(t, n, "using 1:%d with lines ls %u title %s", column, n + 1, title->str);
        g_string_free(title, TRUE);
        from = next_station(rows, from);
    }
}

static void caption(const struct plot *plot, const GPtrArray *rows, guint left_out, struct plot_text *t)
{
    const struct store_point *p = plot->series[0].point;
    char width[32];

    g_string_append_printf(t->caption, "Scenario %s, %u replication%s, seed %s", p->scenario, p->replications,
                           p->replications == 1 ? "" : "s", p->seed);
    if (strcmp(p->state, "finished") != 0)
        g_string_append_printf(t->caption, ", INCOMPLETE: %s", p->state);
    units_format_time(width, (sim_time)(number(rows, 0, TO) - number(rows, 0, FROM)));
    g_string_append_printf(t->caption, ". Averages over stretches of %s and all replications. ", width);
    if (left_out >= rows->len)
        return;
    g_string_append(t->caption, "Less busy, and not drawn: ");
    for (guint i = left_out; i < rows->len; i = next_station(rows, i))
        g_string_append_printf(t->caption, "%s%s", i > left_out ? ", " : "", name_at(rows, i));
    g_string_append(t->caption, ". ");
}

static double largest(const GPtrArray *rows)
{
    double most = 0;

    for (guint i = 0; i < rows->len; i++)
        most = MAX(most, number(rows, i, UTILISATION));
    return most;
}

static void draw(const struct plot *plot, const GPtrArray *rows, struct plot_text *t)
{
    struct plot_clock clock = plot_clock(t, (sim_time)number(rows, 0, LENGTH));
    guint row = 0;

    for (unsigned n = 0; n < DRAWN && row < rows->len; n++) {
        guint next = next_station(rows, row);
        put_station(t, rows, row, next, clock.ns);
        row = next;
    }
    caption(plot, rows, row, t);
    plot_set(t, "title", "the busiest stations over time");
    put_warmup(t, plot->series[0].point, &clock);
    g_string_append_printf(t->script,
                           "set yrange [0:%s]\nset ylabel 'utilisation (%%)'\nunset xlabel\n" PLOT_PANEL_KEY,
                           largest(rows) > 0.4 ? "100" : "*");
    put_curves(t, rows, 2);
    plot_next_panel(t);
    g_string_append_printf(
        t->script,
        "set xlabel 'virtual time (%s)'\nset yrange [0:*]\nset ylabel 'messages waiting'\nunset key\n",
        clock.name);
    put_curves(t, rows, 3);
}

bool plot_utilisation(const struct plot *plot, struct plot_text *t, GError **error)
{
    const struct plot_series *s = &plot->series[0];
    GPtrArray *rows = read_rows(s, error);

    if (!rows)
        return false;
    bool any = rows->len > 0;
    if (any)
        draw(plot, rows, t);
    else
        g_set_error(error, PLOT_ERROR, PLOT_ERROR_DATA,
                    "%s: no station has servers that can be counted, and something to do", s->label);
    store_rows_free(rows);
    return any;
}
