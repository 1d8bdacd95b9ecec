/* ladder.c - from what happened in a flow to numbered steps (see ladder.h).
 *
 * Hops of one end-to-end message are found by the key that the protocol gives (proto->end_to_end). A hop
 * belongs to the oldest message of that key that has reached its sender and has not yet gone this way; so a
 * repetition, which goes a way for the second time, begins a message of its own, and what is forwarded
 * because of it follows it. */
#include "analysis/ladder.h"

#include "analysis/ladder_int.h"

#include <string.h>

/* A hop and a message on their way into the ladder. */
struct way {
    size_t at; /* in flow->happenings */
    unsigned message;
    unsigned nth;
};
struct message {
    uint64_t key; /* 0: one hop only */
    uint8_t proto;
    unsigned first; /* in `ways` */
};
struct sorter {
    const struct flow_record *flow;
    GArray *ways, *messages; /* struct way, struct message */
};

static const struct way *way_at(const struct sorter *s, unsigned i)
{
    return &g_array_index(s->ways, struct way, i);
}

static bool listed(const char *const *list, const char *name)
{
    for (; list && *list; list++)
        if (strcmp(*list, name) == 0)
            return true;
    return false;
}

static bool shown(const struct net *net, const struct happening *h, const struct ladder_opts *opts)
{
    const struct recorded_hop *hop = &h->hop;
    const struct proto *p = net->protos[hop->msg->proto];
    if (hop->outcome == OUTCOME_INTERNAL)
        return false;
    if (opts->nodes && !(listed(opts->nodes, h->node->name) && listed(opts->nodes, hop->to->name)))
        return false;
    if (opts->all)
        return true;
    return (!opts->protocols || listed(opts->protocols, p->name)) &&
           !listed(opts->hide, p->type_name(hop->msg->type));
}

uint64_t ladder_key(const struct net *net, const struct msg *m)
{
    const struct proto *p = net->protos[m->proto];
    return p->end_to_end ? p->end_to_end(m) : 0;
}

/* What is known of a message about the hop `h`. */
struct history {
    bool reached; /* it came to the sender of h    */
    bool gone;    /* it has gone the way of h before */
};

static struct history history_of(const struct sorter *s, unsigned message, const struct happening *h)
{
    struct history known = {0};
    for (unsigned i = g_array_index(s->messages, struct message, message).first; i < s->ways->len; i++) {
        if (way_at(s, i)->message != message)
            continue;
        const struct happening *w = flow_at(s->flow, way_at(s, i)->at);
        if (w->node == h->node && w->hop.to == h->hop.to)
            known.gone = true;
        if (w->hop.to == h->node && w->hop.arrival <= h->time)
            known.reached = true;
    }
    return known;
}

/* Adds the hop to the message that it belongs to, a new one if need be. */
static void place_hop(struct sorter *s, size_t at)
{
    const struct happening *h = flow_at(s->flow, at);
    struct message m = {
        .key = ladder_key(s->flow->net, h->hop.msg), .proto = h->hop.msg->proto, .first = s->ways->len};
    struct way way = {.at = at, .message = s->messages->len, .nth = 1};
    bool found = false;
    for (unsigned i = 0; m.key && i < s->messages->len; i++) {
        const struct message *other = &g_array_index(s->messages, struct message, i);
        if (other->key != m.key || other->proto != m.proto)
            continue;
        struct history known = history_of(s, i, h);
        if (known.gone)
            way.nth++;
        else if (known.reached && !found) {
            found = true;
            way.message = i;
        }
    }
    way.nth = MAX(way.nth, h->hop.nth);
    if (!found)
        g_array_append_val(s->messages, m);
    g_array_append_val(s->ways, way);
}

static int by_message(gconstpointer a, gconstpointer b)
{
    const struct way *x = a, *y = b;
    if (x->message != y->message)
        return x->message < y->message ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

/* What a message that carries another one says of it; NULL: it carries none. */
static char *inside(const struct net *net, const struct msg *m)
{
    const struct proto *p = net->protos[m->proto];
    GString *says = g_string_new(NULL);
    if (p->detail)
        p->detail(net, m, says);
    return g_string_free(says, says->str[0] != '[');
}

/* "[ATTACH ACCEPT [ACTIVATE DEFAULT ...]]" -> "[ATTACH ACCEPT]" */
static char *outermost(const char *inside)
{
    GString *s = g_string_new_len(inside, (gssize)strcspn(inside + 1, "[]") + 1);
    if (s->str[s->len - 1] == ' ')
        g_string_truncate(s, s->len - 1);
    g_string_append_c(s, ']');
    return g_string_free(s, FALSE);
}

static void add_step(struct ladder *l, const struct way *way)
{
    struct net *net = l->flow->net;
    const struct msg *m = flow_at(l->flow, way->at)->hop.msg;
    const struct proto *p = net->protos[m->proto];
    struct ladder_step step = {.number = l->steps->len + 1,
                               .group = way->message,
                               .at = way->at,
                               .before = -1,
                               .nth = way->nth,
                               .name = p->type_name(m->type),
                               .inside = inside(net, m)};
    if (step.inside)
        step.carried = outermost(step.inside);
    if (p->mark)
        p->mark(net, m, step.mark, sizeof step.mark);
    struct ladder_group *g = &g_array_index(l->groups, struct ladder_group, step.group);
    if (g->count++ == 0)
        g->first = l->steps->len;
    else
        step.before = (int)g->last;
    g->last = l->steps->len;
    g_array_append_val(l->steps, step);
}

struct ladder *ladder_new(const struct flow_record *flow, const struct ladder_opts *opts)
{
    struct ladder *l = g_new0(struct ladder, 1);
    struct sorter s = {.flow = flow};
    s.ways = g_array_new(FALSE, TRUE, sizeof(struct way));
    s.messages = g_array_new(FALSE, TRUE, sizeof(struct message));
    for (size_t i = 0; i < flow->happenings->len; i++) {
        const struct happening *h = flow_at(flow, i);
        if (h->kind == TRACE_MSG && shown(flow->net, h, opts))
            place_hop(&s, i);
    }
    if (opts->order == LADDER_BY_MESSAGE)
        g_array_sort(s.ways, by_message);

    l->flow = flow;
    l->order = opts->order;
    l->start = flow->happenings->len ? flow_at(flow, 0)->time : 0;
    l->nodes = g_ptr_array_new();
    l->steps = g_array_new(FALSE, TRUE, sizeof(struct ladder_step));
    l->groups = g_array_new(FALSE, TRUE, sizeof(struct ladder_group));
    l->events = g_array_new(FALSE, TRUE, sizeof(struct ladder_event));
    g_array_set_size(l->groups, s.messages->len);
    for (unsigned i = 0; i < s.ways->len; i++)
        add_step(l, way_at(&s, i));
    ladder_columns(l);
    ladder_events(l, opts->all);
    g_array_free(s.ways, TRUE);
    g_array_free(s.messages, TRUE);
    return l;
}

void ladder_free(struct ladder *l)
{
    if (!l)
        return;
    for (guint i = 0; i < l->events->len; i++)
        g_free(g_array_index(l->events, struct ladder_event, i).text);
    for (guint i = 0; i < l->steps->len; i++) {
        g_free(g_array_index(l->steps, struct ladder_step, i).inside);
        g_free(g_array_index(l->steps, struct ladder_step, i).carried);
    }
    g_ptr_array_free(l->nodes, TRUE);
    g_array_free(l->steps, TRUE);
    g_array_free(l->groups, TRUE);
    g_array_free(l->events, TRUE);
    g_free(l);
}

static const char *outcome_text(const struct recorded_hop *hop)
{
    switch ((enum trace_outcome)hop->outcome) {
    case OUTCOME_LOST:
        return "lost";
    case OUTCOME_DROPPED:
        return "dropped by a fault";
    case OUTCOME_DOWN:
        return "link down";
    case OUTCOME_CARRIED:
        return "lost inside the bearer";
    case OUTCOME_DELIVERED:
    case OUTCOME_INTERNAL:
    case OUTCOME_ARRIVED:
        break;
    }
    return NULL;
}

void ladder_detail(const struct ladder *l, const struct ladder_step *step, GString *out)
{
    const struct recorded_hop *hop = &ladder_sent(l, step)->hop;
    struct net *net = l->flow->net;
    const struct proto *p = net->protos[hop->msg->proto];
    const char *outcome = outcome_text(hop), *between = "";
    if (hop->copy) {
        g_string_append(out, "duplicate");
        between = "; ";
    } else if (step->nth > 1) {
        g_string_append_printf(out, "transmission %u", step->nth);
        between = "; ";
    }
    if (outcome) {
        g_string_append_printf(out, "%s%s", between, outcome);
        between = "; ";
    }
    GString *says = g_string_new(NULL);
    if (p->detail)
        p->detail(net, hop->msg, says);
    if (says->len)
        g_string_append_printf(out, "%s%s", between, says->str);
    g_string_free(says, TRUE);
}
