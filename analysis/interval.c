/* interval.c - finds the ends of metrics in recorded flows (see interval.h). */
#include "analysis/interval.h"

/* ---- calls ------------------------------------------------------------------------------------------- */

enum { CALLER, CALLED, SIDES };

/* The first or last mark of this kind at each side, NULL: none. */
struct ends {
    const struct happening *at[SIDES];
};

static struct ends ends_of(const struct flow_record *flow, const struct node *caller, enum mark_id id, bool last)
{
    struct ends e = {{NULL, NULL}};
    for (size_t i = 0; i < flow->happenings->len; i++) {
        const struct happening *h = flow_at(flow, i);
        if (h->kind != TRACE_MARK || h->mark.id != id)
            continue;
        const struct happening **at = &e.at[h->mark.about == caller ? CALLER : CALLED];
        if (!*at || last)
            *at = h;
    }
    return e;
}

static const struct happening *earlier(const struct happening *a, const struct happening *b)
{
    return !a ? b : !b ? a : b->time < a->time ? b : a;
}

static const struct happening *later(const struct happening *a, const struct happening *b)
{
    return !a ? b : !b ? a : b->time > a->time ? b : a;
}

/* Bearers that came up and did not go. */
static int bearers_left(const struct flow_record *flow)
{
    int n = 0;
    for (size_t i = 0; i < flow->happenings->len; i++) {
        const struct happening *h = flow_at(flow, i);
        if (h->kind == TRACE_MARK)
            n += (h->mark.id == MARK_BEARER_UP) - (h->mark.id == MARK_BEARER_DOWN);
    }
    return n;
}

static const struct happening *last_end(const struct flow_record *flow, const struct metric_decl *d, const struct node *caller)
{
    struct ends to = ends_of(flow, caller, d->to, true), or_to = ends_of(flow, caller, d->or_to, true);
    const struct happening *released = flow_mark(flow, MARK_RELEASED, 0);
    if (!released || bearers_left(flow) > 0)
        return NULL;
    return later(later(to.at[CALLER], to.at[CALLED]), later(or_to.at[CALLER], or_to.at[CALLED]));
}

static const struct happening *end_of(const struct flow_record *flow, const struct metric_decl *d, const struct node *caller,
                                      int side, enum mark_id id)
{
    /* of a bearer's end the last counts (models/marks.def) */
    struct ends e = ends_of(flow, caller, id, id == MARK_BEARER_DOWN);
    return d->side == METRIC_SIDE_ANY ? earlier(e.at[CALLER], e.at[CALLED]) : e.at[side];
}

/* Whether the metric is about this call at all. */
static bool applies(const struct flow_record *flow, const struct metric_decl *d)
{
    bool answered = flow_mark(flow, MARK_CONNECTED, 0) != NULL;
    switch (d->calls) {
    case METRIC_CALLS_ANSWERED:
        return answered;
    case METRIC_CALLS_FAILED:
        return !answered && flow_mark(flow, MARK_FAILED, 0) != NULL;
    default:
        return true;
    }
}

/* Whether a metric of one side is about this phone (NULL: any). */
static bool is_its_side(const struct metric_decl *d, const struct node *caller, const struct node *phone)
{
    if (!phone || (d->side != METRIC_SIDE_CALLER && d->side != METRIC_SIDE_CALLED))
        return true;
    return (phone == caller) == (d->side == METRIC_SIDE_CALLER);
}

static bool find_in_call(const struct flow_record *flow, const struct metric_decl *d, const struct node *phone, struct interval *out)
{
    const struct happening *dialled = flow_mark(flow, MARK_DIALLED, 0);
    if (!dialled || !applies(flow, d) || !is_its_side(d, dialled->node, phone))
        return false;
    struct ends from = ends_of(flow, dialled->node, d->from, false);
    int side = d->side == METRIC_SIDE_CALLER || (d->side != METRIC_SIDE_CALLED && from.at[CALLER] &&
                                                 earlier(from.at[CALLER], from.at[CALLED]) == from.at[CALLER])
                   ? CALLER
                   : CALLED;
    const struct happening *a = from.at[side], *b;
    if (d->side == METRIC_SIDE_LAST) {
        b = last_end(flow, d, dialled->node);
    } else {
        b = end_of(flow, d, dialled->node, side, d->to);
        if (!b && d->or_to != MARK_COUNT)
            b = end_of(flow, d, dialled->node, side, d->or_to);
    }
    *out = (struct interval){d, a, b};
    return a && b && b->time >= a->time;
}

/* ---- procedures of phones ------------------------------------------------------------------------------ */

/* One procedure of one phone that goes on. */
struct walk {
    const struct node *phone;
    const struct happening *begun, *from, *to;
};

static bool begins(const struct procedure_decl *p, const struct happening *h)
{
    return h->mark.id == p->begun && (p->value < 0 || h->mark.value == p->value);
}

static struct walk *walk_of(GArray *walks, const struct node *phone)
{
    for (guint i = 0; i < walks->len; i++)
        if (g_array_index(walks, struct walk, i).phone == phone)
            return &g_array_index(walks, struct walk, i);
    struct walk w = {.phone = phone};
    g_array_append_val(walks, w);
    return &g_array_index(walks, struct walk, walks->len - 1);
}

/* Takes a mark; true: the procedure is over, and has an interval. */
static bool step(struct walk *w, const struct metric_decl *d, const struct happening *h)
{
    const struct procedure_decl *p = &procedure_table[d->procedure];
    if (begins(p, h)) {
        if (!w->begun)
            *w = (struct walk){w->phone, h, d->from == p->begun ? h : NULL, NULL};
        return false;
    }
    if (!w->begun || h->mark.id == p->begun)
        return false;
    if (h->mark.id == d->from)
        w->from = h;
    if (h->mark.id == d->to)
        w->to = h;
    if (h->mark.id != p->done && h->mark.id != p->failed && h->mark.id != p->given_up[0] && h->mark.id != p->given_up[1])
        return false;
    w->begun = NULL;
    return w->from && w->to && w->to->time >= w->from->time;
}

static bool find_of_phone(const struct flow_record *flow, const struct metric_decl *d, const struct node *phone, size_t n,
                          struct interval *out)
{
    GArray *walks = g_array_new(FALSE, FALSE, sizeof(struct walk));
    bool found = false;
    for (size_t i = 0; i < flow->happenings->len && !found; i++) {
        const struct happening *h = flow_at(flow, i);
        if (h->kind != TRACE_MARK || h->mark.id < MARK_PHONE_FIRST || (phone && h->mark.about != phone))
            continue;
        struct walk *w = walk_of(walks, h->mark.about);
        if (!step(w, d, h) || --n > 0)
            continue;
        *out = (struct interval){d, w->from, w->to};
        found = true;
    }
    g_array_free(walks, TRUE);
    return found;
}

/* ---- all of them ------------------------------------------------------------------------------------- */

bool interval_find(const struct flow_record *flow, const struct metric_decl *metric, const struct node *phone, size_t n,
                   struct interval *out)
{
    if (metric->procedure != PROCEDURE_NONE)
        return find_of_phone(flow, metric, phone, n, out);
    return n == 1 && find_in_call(flow, metric, phone, out);
}

const struct flow_record *interval_of(const struct recording *rec, const struct metric_decl *metric,
                                      const struct node *phone, size_t n, struct interval *out)
{
    for (size_t f = 1; f <= recording_count(rec); f++) {
        const struct flow_record *flow = recording_flow(rec, f);
        for (size_t i = 1; interval_find(flow, metric, phone, i, out); i++)
            if (--n == 0)
                return flow;
    }
    return NULL;
}

size_t interval_count(const struct recording *rec, const struct metric_decl *metric, const struct node *phone)
{
    struct interval in;
    size_t n = 0;
    for (size_t f = 1; f <= recording_count(rec); f++)
        for (size_t i = 1; interval_find(recording_flow(rec, f), metric, phone, i, &in); i++)
            n++;
    return n;
}
