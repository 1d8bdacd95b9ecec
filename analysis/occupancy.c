/* occupancy.c - what stations do over virtual time (see occupancy.h). */
#include "analysis/occupancy.h"

#include "sim/sim.h"
#include "sim/station.h"

#include <string.h>

void occupancy_init(struct occupancy *o)
{
    *o = (struct occupancy){0};
}

void occupancy_clear(struct occupancy *o)
{
    for (guint i = 0; o->rows && i < o->rows->len; i++)
        g_free(g_array_index(o->rows, struct occupancy_row, i).cell);
    if (o->rows)
        g_array_free(o->rows, TRUE);
    g_free(o->observed);
    occupancy_init(o);
}

/* ---- stretches --------------------------------------------------------------------------------------- */

static void begin(struct occupancy *o, sim_time width)
{
    o->width = width;
    o->observed = g_new0(int64_t, OCCUPANCY_STRETCHES);
    o->rows = g_array_new(FALSE, FALSE, sizeof(struct occupancy_row));
}

/* Two stretches become one. */
static void halve(struct occupancy *o)
{
    const uint32_t half = OCCUPANCY_STRETCHES / 2;

    for (uint32_t i = 0; i < half; i++)
        o->observed[i] = o->observed[2 * i] + o->observed[2 * i + 1];
    memset(o->observed + half, 0, half * sizeof *o->observed);
    for (guint r = 0; r < o->rows->len; r++) {
        struct occupancy_cell *c = g_array_index(o->rows, struct occupancy_row, r).cell;
        for (uint32_t i = 0; i < half; i++)
            c[i] = (struct occupancy_cell){c[2 * i].busy_ns + c[2 * i + 1].busy_ns,
                                           c[2 * i].queue_ns + c[2 * i + 1].queue_ns};
        memset(c + half, 0, half * sizeof *c);
    }
    o->used = (o->used + 1) / 2;
    o->width *= 2;
}

/* The stretch of this instant. */
static uint32_t stretch_at(struct occupancy *o, sim_time at)
{
    while (at / o->width >= OCCUPANCY_STRETCHES)
        halve(o);
    return (uint32_t)(at / o->width);
}

static struct occupancy_row *row_named(struct occupancy *o, guint likely, const struct occupancy_row *like)
{
    for (guint i = 0; i < o->rows->len; i++) {
        struct occupancy_row *row =
            &g_array_index(o->rows, struct occupancy_row, (likely + i) % o->rows->len);
        if (strcmp(row->name, like->name) == 0)
            return row;
    }
    struct occupancy_row new = {like->name, like->servers,
                                g_new0(struct occupancy_cell, OCCUPANCY_STRETCHES)};
    g_array_append_val(o->rows, new);
    return &g_array_index(o->rows, struct occupancy_row, o->rows->len - 1);
}

void occupancy_merge(struct occupancy *into, const struct occupancy *from)
{
    if (!from->width)
        return;
    if (!into->width)
        begin(into, from->width);
    while (into->width < from->width)
        halve(into);
    for (uint32_t i = 0; i < from->used; i++) {
        uint32_t k = stretch_at(into, from->width * i);
        into->observed[k] += from->observed[i];
        into->used = MAX(into->used, k + 1);
    }
    for (guint r = 0; r < from->rows->len; r++) {
        const struct occupancy_row *row = &g_array_index(from->rows, struct occupancy_row, r);
        struct occupancy_cell *cell = row_named(into, r, row)->cell;
        for (uint32_t i = 0; i < from->used; i++) {
            struct occupancy_cell *c = &cell[stretch_at(into, from->width * i)];
            c->busy_ns += row->cell[i].busy_ns;
            c->queue_ns += row->cell[i].queue_ns;
        }
    }
}

/* ---- the watcher ------------------------------------------------------------------------------------- */

struct watched {
    const struct station *station;
    struct occupancy_cell seen; /* its counters when it was last looked at */
};

struct occupancy_watch {
    struct net *net;
    struct occupancy *out;
    GArray *stations; /* struct watched, as the rows of `out` */
    sim_time at;      /* up to when it is counted */
};

static void count_to(struct occupancy_watch *w, sim_time at)
{
    if (at <= w->at)
        return;
    uint32_t k = stretch_at(w->out, w->at);
    w->out->observed[k] += at - w->at;
    w->out->used = MAX(w->out->used, k + 1);
    for (guint i = 0; i < w->stations->len; i++) {
        struct watched *s = &g_array_index(w->stations, struct watched, i);
        struct occupancy_cell *c = &g_array_index(w->out->rows, struct occupancy_row, i).cell[k];
        struct station_stats now;
        station_stats_at(s->station, at, &now);
        c->busy_ns += now.busy_ns - s->seen.busy_ns;
        c->queue_ns += now.queue_ns - s->seen.queue_ns;
        s->seen = (struct occupancy_cell){now.busy_ns, now.queue_ns};
    }
    w->at = at;
}

/* The end of a stretch. */
static sim_time look(struct sim *sim, sim_time at, void *user)
{
    struct occupancy_watch *w = user;
    (void)sim;

    count_to(w, at);
    uint32_t k = stretch_at(w->out, at); /* it may be longer now */
    return w->out->width * ((sim_time)k + 1);
}

/* Of stretches, so that a run that ends at `until` has no more than there may be. */
static sim_time first_width(sim_time until)
{
    sim_time width = SIM_MS;

    while (until != SIM_NEVER && until / width >= OCCUPANCY_STRETCHES)
        width *= 2;
    return width;
}

struct occupancy_watch *occupancy_watch(struct net *net, sim_time until,
                                        uint32_t (*servers)(void *user, const struct node *node), void *user,
                                        struct occupancy *out)
{
    struct occupancy_watch *w = g_new0(struct occupancy_watch, 1);

    *w = (struct occupancy_watch){net, out, g_array_new(FALSE, FALSE, sizeof(struct watched)), net->sim->now};
    begin(out, first_width(until));
    for (guint i = 0; i < net->nodes->len; i++) {
        const struct node *n = net_node(net, i);
        struct occupancy_row row = {.servers = n->station ? servers(user, n) : 0};
        struct watched watched = {.station = n->station};
        if (!row.servers)
            continue;
        row.name = g_ref_string_new_intern(n->name);
        row.cell = g_new0(struct occupancy_cell, OCCUPANCY_STRETCHES);
        g_array_append_val(out->rows, row);
        g_array_append_val(w->stations, watched);
    }
    if (w->stations->len) {
        sim_watch(net->sim, out->width, look, w);
        return w;
    }
    occupancy_clear(out);
    occupancy_watch_free(w);
    return NULL;
}

void occupancy_count(struct occupancy_watch *w)
{
    count_to(w, w->net->sim->now);
}

void occupancy_forgot(struct occupancy_watch *w)
{
    for (guint i = 0; i < w->stations->len; i++)
        g_array_index(w->stations, struct watched, i).seen = (struct occupancy_cell){0, 0};
}

void occupancy_watch_free(struct occupancy_watch *w)
{
    if (!w)
        return;
    sim_watch(w->net->sim, SIM_NEVER, NULL, NULL);
    g_array_free(w->stations, TRUE);
    g_free(w);
}
