/* explain.c - walks a chain of causes and makes it exact (see explain.h). */
#include "analysis/explain.h"

#include "analysis/json.h"
#include "models/names.h"
#include "sim/cause.h"

#include <inttypes.h>

struct seek {
    uint32_t where;
    const struct link *found;
};

static void look_at(const struct link *l, void *user)
{
    struct seek *s = user;
    if (l->where == s->where)
        s->found = l;
}

static const struct link *link_at(const struct net *net, uint32_t where)
{
    struct seek s = {.where = where};
    net_each_link(net, look_at, &s);
    return s.found;
}

/* Puts a part in front of the others (they are turned round at the end), clipped at the start. */
static void add_part(struct explain *ex, const struct explain_part *part)
{
    struct explain_part p = *part;
    p.start = MAX(p.start, ex->start);
    if (p.start < p.end)
        g_array_append_val(ex->parts, p);
}

/* Time that no cause accounts for belongs to whoever acted at its end. */
static void add_gap(struct explain *ex, sim_time start, sim_time end)
{
    bool dialled = flow_mark(ex->flow, MARK_DIALLED, 0) != NULL;
    const char *who = cause_label_name(dialled ? CAUSE_USER : CAUSE_SCENARIO);
    add_part(ex, &(struct explain_part){.phase = who, .part = who, .where = "", .start = start, .end = end});
}

static void add_cause(struct explain *ex, const struct cause *c, sim_time end)
{
    const struct sim *sim = ex->flow->sim;
    enum cause_label label = (enum cause_label)(c->why >> 24);
    uint32_t where = c->why & 0xffffff;
    const char *place = sim->where_name ? sim->where_name(sim, where) : "";
    add_part(ex, &(struct explain_part){.phase = c->what ? c->what : cause_label_name(label),
                                        .part = cause_label_name(label),
                                        .where = place,
                                        .link = link_at(ex->flow->net, where),
                                        .start = c->start,
                                        .end = end});
}

static void walk_back(struct explain *ex, uint32_t cause)
{
    sim_time at = ex->end; /* explained from here on */
    for (const struct cause *c; at > ex->start && (c = cause_get(ex->flow->sim, cause)); cause = c->parent) {
        if (c->start >= at)
            continue;
        if (c->end < at)
            add_gap(ex, c->end, at);
        add_cause(ex, c, MIN(c->end, at));
        at = c->start;
    }
    if (at > ex->start)
        add_gap(ex, ex->start, at);
}

static void reverse(GArray *parts)
{
    for (guint i = 0, j = parts->len; i + 1 < j; i++) {
        struct explain_part *a = &g_array_index(parts, struct explain_part, i),
                            *b = &g_array_index(parts, struct explain_part, --j), t = *a;
        *a = *b;
        *b = t;
    }
}

/* The promise of explain.h. */
static void check(const struct explain *ex)
{
    sim_time at = ex->start;
    for (guint i = 0; i < ex->parts->len; i++) {
        const struct explain_part *p = &g_array_index(ex->parts, struct explain_part, i);
        sim_assert(ex->flow->sim, p->start == at && p->end > at);
        at = p->end;
    }
    sim_assert(ex->flow->sim, at == ex->end);
}

/* The place of a mark in its flow. */
static size_t place_of(const struct flow_record *flow, const struct happening *h)
{
    return (size_t)(h - flow_at(flow, 0));
}

struct explain *explain_new(const struct flow_record *flow, const char *name, unsigned from, unsigned to)
{
    const struct happening *a = flow_mark(flow, from, 0),
                           *b = a ? flow_mark(flow, to, place_of(flow, a)) : NULL;
    if (!b)
        return NULL;
    struct explain *ex = g_new0(struct explain, 1);
    *ex = (struct explain){.flow = flow,
                           .name = name,
                           .from = from,
                           .to = to,
                           .from_node = a->node,
                           .to_node = b->node,
                           .start = a->time,
                           .end = b->time,
                           .parts = g_array_new(FALSE, TRUE, sizeof(struct explain_part))};
    walk_back(ex, b->cause);
    reverse(ex->parts);
    check(ex);
    return ex;
}

void explain_free(struct explain *ex)
{
    if (!ex)
        return;
    g_array_free(ex->parts, TRUE);
    g_free(ex);
}

void explain_print_tsv(const struct explain *ex, GString *out)
{
    g_string_append(out, "phase\tpart\twhere\tstart_ns\tend_ns\n");
    for (guint i = 0; i < ex->parts->len; i++) {
        const struct explain_part *p = &g_array_index(ex->parts, struct explain_part, i);
        g_string_append_printf(out, "%s\t%s\t%s\t%" PRId64 "\t%" PRId64 "\n", p->phase, p->part, p->where,
                               p->start, p->end);
    }
}

void explain_print_json(const struct explain *ex, GString *out)
{
    struct json j = json_to(out);
    json_open(&j, NULL, '{');
    json_string(&j, "interval", ex->name);
    json_string(&j, "from", mark_table[ex->from].name);
    json_string(&j, "from_node", ex->from_node->name);
    json_string(&j, "to", mark_table[ex->to].name);
    json_string(&j, "to_node", ex->to_node->name);
    json_int(&j, "start_ns", ex->start);
    json_int(&j, "end_ns", ex->end);
    json_int(&j, "total_ns", ex->end - ex->start);
    json_open(&j, "parts", '[');
    for (guint i = 0; i < ex->parts->len; i++) {
        const struct explain_part *p = &g_array_index(ex->parts, struct explain_part, i);
        json_open(&j, NULL, '{');
        json_string(&j, "phase", p->phase);
        json_string(&j, "part", p->part);
        json_string(&j, "where", p->where);
        json_string(&j, "from", p->link ? p->link->from->name : NULL);
        json_string(&j, "to", p->link ? p->link->to->name : NULL);
        json_int(&j, "start_ns", p->start);
        json_int(&j, "end_ns", p->end);
        json_close(&j, '}');
    }
    json_close(&j, ']');
    json_close(&j, '}');
    g_string_append_c(out, '\n');
}
