/* explain.c - walks a chain of causes and makes it exact (see explain.h). */
#include "analysis/explain.h"

#include "analysis/json.h"
#include "models/names.h"
#include "sim/cause.h"
#include "sim/idmap.h"

#include <inttypes.h>
#include <string.h>

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
    add_part(ex, &(struct explain_part){.subject = who, .kind = who, .where = "", .start = start, .end = end});
}

static void add_cause(struct explain *ex, const struct cause *c, sim_time end)
{
    const struct sim *sim = ex->flow->sim;
    const char *label = cause_label_text(sim, c->why >> 24);
    uint32_t where = c->why & 0xffffff;
    const char *place = sim->where_name ? sim->where_name(sim, where) : "";
    add_part(ex, &(struct explain_part){.subject = c->what ? c->what : label,
                                        .kind = label,
                                        .where = place,
                                        .link = net_link_at(ex->flow->net, where),
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

/* ---- phases -------------------------------------------------------------------------------------- */

/* Interfaces that tie a phone to its P-CSCF and the nodes between and around them: they tell the sides of a call apart. */
static bool is_access(uint16_t iface)
{
    switch (iface) {
    case IFACE_GM:
    case IFACE_UU:
    case IFACE_S1_MME:
    case IFACE_S1_U:
    case IFACE_S11:
    case IFACE_S5:
    case IFACE_SGI:
    case IFACE_GX:
    case IFACE_RX:
        return true;
    default:
        return false;
    }
}

enum { OF_CALLER = 1, OF_CALLED = 2 };

static uint32_t side_key(const struct node *n)
{
    return n->id + 1;
}

/* Which sides' phones each node serves, by side_key(): OF_CALLER, OF_CALLED, or both. idmap_clear(). */
static struct idmap find_sides(const struct flow_record *flow)
{
    struct idmap sides;
    const struct happening *dialled = flow_mark(flow, MARK_DIALLED, 0), *received = flow_mark(flow, MARK_INVITE_RECEIVED, 0);
    bool more = dialled || received;
    idmap_init(&sides);
    if (dialled)
        idmap_put(&sides, side_key(dialled->node), OF_CALLER);
    if (received)
        idmap_put(&sides, side_key(received->node), OF_CALLED);
    while (more) {
        more = false;
        for (size_t i = 0; i < flow->happenings->len; i++) {
            const struct happening *h = flow_at(flow, i);
            if (h->kind != TRACE_MSG || !is_access(h->hop.iface))
                continue;
            uint32_t a = idmap_get(&sides, side_key(h->node)), b = idmap_get(&sides, side_key(h->hop.to));
            if (a == b)
                continue;
            more = true;
            idmap_put(&sides, side_key(h->node), a | b);
            idmap_put(&sides, side_key(h->hop.to), a | b);
        }
    }
    return sides;
}

static enum phase_side side_of(const struct explain *ex, const struct idmap *sides, const struct explain_part *p)
{
    const struct node *n = p->link ? p->link->from : *p->where ? net_find_node(ex->flow->net, p->where) : NULL;
    switch (n ? idmap_get(sides, side_key(n)) : 0) {
    case OF_CALLER:
        return PHASE_SIDE_CALLER;
    case OF_CALLED:
        return PHASE_SIDE_CALLED;
    default:
        return PHASE_SIDE_ANY;
    }
}

/* In time order. What comes before the first phase belongs to it. */
void explain_name_phases(struct explain *ex)
{
    struct idmap sides = find_sides(ex->flow);
    const struct phase *phase = NULL;
    guint nameless = 0;
    for (guint i = 0; i < ex->parts->len; i++) {
        struct explain_part *p = &g_array_index(ex->parts, struct explain_part, i);
        phase = phase_next(ex->phases, phase, p->subject, side_of(ex, &sides, p));
        p->of = phase;
        p->phase = phase ? phase->name : p->subject;
        for (; phase && nameless < i; nameless++) {
            g_array_index(ex->parts, struct explain_part, nameless).of = phase;
            g_array_index(ex->parts, struct explain_part, nameless).phase = phase->name;
        }
        nameless = phase ? ex->parts->len : 0;
    }
    idmap_clear(&sides);
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

struct explain *explain_new(const struct flow_record *flow, const char *name, const struct happening *from,
                            const struct happening *to, enum phase_set phases)
{
    struct explain *ex = g_new0(struct explain, 1);
    *ex = (struct explain){.flow = flow,
                           .name = name,
                           .from = from,
                           .to = to,
                           .phases = phases,
                           .start = from->time,
                           .end = to->time,
                           .parts = g_array_new(FALSE, TRUE, sizeof(struct explain_part))};
    walk_back(ex, to->cause);
    reverse(ex->parts);
    check(ex);
    explain_name_phases(ex);
    return ex;
}

void explain_free(struct explain *ex)
{
    if (!ex)
        return;
    g_array_free(ex->parts, TRUE);
    g_free(ex);
}

void explain_put_part(const struct explain_part *p, GString *out)
{
    if (p->subject && strcmp(p->phase, p->subject) != 0 && strcmp(p->subject, p->kind) != 0)
        g_string_append_printf(out, "%s ", p->subject);
    g_string_append(out, p->kind);
}

void explain_print_tsv(const struct explain *ex, GString *out)
{
    g_string_append(out, "phase\tpart\twhere\tstart_ns\tend_ns\n");
    for (guint i = 0; i < ex->parts->len; i++) {
        const struct explain_part *p = &g_array_index(ex->parts, struct explain_part, i);
        g_string_append_printf(out, "%s\t", p->phase);
        explain_put_part(p, out);
        g_string_append_printf(out, "\t%s\t%" PRId64 "\t%" PRId64 "\n", p->where, p->start, p->end);
    }
}

/* The phases with their sums. */
static void json_phases(const struct explain *ex, struct json *j)
{
    json_open(j, "phases", '[');
    for (guint i = 0, end; i < ex->parts->len; i = end) {
        const struct explain_part *first = &g_array_index(ex->parts, struct explain_part, i), *last = first;
        for (end = i; end < ex->parts->len && g_strcmp0(g_array_index(ex->parts, struct explain_part, end).phase, first->phase) == 0; end++)
            last = &g_array_index(ex->parts, struct explain_part, end);
        json_open(j, NULL, '{');
        json_string(j, "phase", first->phase);
        json_int(j, "start_ns", first->start);
        json_int(j, "end_ns", last->end);
        json_int(j, "sum_ns", last->end - first->start);
        json_close(j, '}');
    }
    json_close(j, ']');
}

static void json_part(const struct explain_part *p, struct json *j)
{
    json_open(j, NULL, '{');
    json_string(j, "phase", p->phase);
    json_string(j, "about", p->subject);
    json_string(j, "part", p->kind);
    json_string(j, "where", p->where);
    json_string(j, "from", p->link ? p->link->from->name : NULL);
    json_string(j, "to", p->link ? p->link->to->name : NULL);
    json_int(j, "start_ns", p->start);
    json_int(j, "end_ns", p->end);
    json_close(j, '}');
}

void explain_print_json(const struct explain *ex, GString *out)
{
    struct json j = json_to(out);
    json_open(&j, NULL, '{');
    json_string(&j, "interval", ex->name);
    json_string(&j, "phone", ex->to->mark.about->name);
    json_string(&j, "from", mark_table[ex->from->mark.id].name);
    json_string(&j, "from_node", ex->from->node->name);
    json_string(&j, "to", mark_table[ex->to->mark.id].name);
    json_string(&j, "to_node", ex->to->node->name);
    json_int(&j, "start_ns", ex->start);
    json_int(&j, "end_ns", ex->end);
    json_int(&j, "total_ns", ex->end - ex->start);
    json_phases(ex, &j);
    json_open(&j, "parts", '[');
    for (guint i = 0; i < ex->parts->len; i++)
        json_part(&g_array_index(ex->parts, struct explain_part, i), &j);
    json_close(&j, ']');
    json_close(&j, '}');
    g_string_append_c(out, '\n');
}
