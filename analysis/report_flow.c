/* report_flow.c - one flow as JSON (see report_flow.h). */
#include "analysis/report_flow.h"

#include "analysis/changes.h"
#include "analysis/explain.h"
#include "analysis/interval.h"
#include "analysis/ladder.h"
#include "analysis/lessons.h"
#include "analysis/metrics.h"
#include "models/names.h"
#include "sim/fsm.h"

#include <string.h>

struct writer {
    const struct flow_record *flow;
    struct ladder *ladder;
    struct json *j;
    GHashTable *line_of; /* text of a line -> its index + 1 */
    GPtrArray *lines;
    GPtrArray *texts;    /* of the steps, as rendered */
};

/* ---- texts -------------------------------------------------------------------------------------------- */

static guint line_index(struct writer *w, const char *line)
{
    guint index = GPOINTER_TO_UINT(g_hash_table_lookup(w->line_of, line));
    if (index)
        return index - 1;
    char *own = g_strdup(line);
    g_ptr_array_add(w->lines, own);
    g_hash_table_insert(w->line_of, own, GUINT_TO_POINTER(w->lines->len));
    return w->lines->len - 1;
}

static void put_lines(struct writer *w, const char *key, const char *text)
{
    char **lines = g_strsplit(text, "\n", -1);
    json_open(w->j, key, '[');
    for (char **line = lines; *line && (**line || line[1]); line++)
        json_uint(w->j, NULL, line_index(w, g_strchomp(*line)));
    json_close(w->j, ']');
    g_strfreev(lines);
}

static char *render(const struct writer *w, const struct ladder_step *s)
{
    const struct net *net = w->flow->net;
    const struct msg *m = ladder_sent(w->ladder, s)->hop.msg;
    GString *text = g_string_new(NULL);
    net->protos[m->proto]->render(net, m, text);
    return g_string_free(text, FALSE);
}

static void put_changes(struct writer *w, const struct ladder_step *s, const char *text)
{
    GString *changes = g_string_new(NULL);
    if (s->before >= 0)
        changes_print(g_ptr_array_index(w->texts, (guint)s->before), text, true, changes);
    if (changes->len)
        put_lines(w, "changes", changes->str);
    g_string_free(changes, TRUE);
}

/* ---- who and what ---------------------------------------------------------------------------------------- */

static void put_names(struct json *j, const char *key, const char *const *names)
{
    json_open(j, key, '[');
    for (; names && *names; names++)
        json_string(j, NULL, *names);
    json_close(j, ']');
}

static guint column_of(const struct writer *w, const struct node *node)
{
    guint column = 0;
    return g_ptr_array_find(w->ladder->nodes, node, &column) ? column : G_MAXUINT;
}

static void put_roles(struct json *j, uint32_t kinds)
{
    uint32_t kind;
    const char *name;
    json_open(j, "roles", '[');
    for (size_t i = 0; (name = kind_nth(i, &kind)); i++)
        if (kinds & kind)
            json_string(j, NULL, name);
    json_close(j, ']');
}

static void put_nodes(const struct writer *w)
{
    json_open(w->j, "nodes", '[');
    for (guint i = 0; i < w->ladder->nodes->len; i++) {
        const struct node *n = g_ptr_array_index(w->ladder->nodes, i);
        json_open(w->j, NULL, '{');
        json_string(w->j, "name", n->name);
        put_roles(w->j, n->kinds);
        json_close(w->j, '}');
    }
    json_close(w->j, ']');
}

static const char *fate(const struct recorded_hop *hop)
{
    return hop->outcome == OUTCOME_DELIVERED ? NULL : hop->outcome == OUTCOME_DOWN ? "link down" : "lost";
}

/* ---- arrows ------------------------------------------------------------------------------------------------ */

static void put_step(struct writer *w, const struct ladder_step *s, const char *text)
{
    const struct happening *h = ladder_sent(w->ladder, s);
    const struct net *net = w->flow->net;
    GString *detail = g_string_new(NULL);
    struct json *j = w->j;
    ladder_detail(w->ladder, s, detail);
    json_open(j, NULL, '{');
    json_int(j, "sent", h->time);
    if (h->hop.arrival != SIM_NEVER && h->hop.outcome == OUTCOME_DELIVERED)
        json_int(j, "received", h->hop.arrival);
    json_uint(j, "from", s->from);
    json_uint(j, "to", s->to);
    json_string(j, "iface", net->ifaces[h->hop.iface].name);
    json_string(j, "proto", net->protos[h->hop.msg->proto]->name);
    json_string(j, "name", s->name);
    if (s->inside)
        json_string(j, "inside", s->inside);
    if (s->carried)
        json_string(j, "carried", s->carried);
    if (s->mark[0])
        json_string(j, "oa", s->mark);
    if (s->nth > 1)
        json_uint(j, "nth", s->nth);
    if (h->hop.copy)
        json_bool(j, "copy", true);
    if (fate(&h->hop))
        json_string(j, "fate", fate(&h->hop));
    if (detail->len)
        json_string(j, "detail", detail->str);
    if (h->clause)
        json_string(j, "clause", h->clause);
    json_uint(j, "size", h->hop.msg->size);
    json_uint(j, "group", s->group);
    put_lines(w, "text", text);
    put_changes(w, s, text);
    json_close(j, '}');
    g_string_free(detail, TRUE);
}

static void put_steps(struct writer *w)
{
    json_open(w->j, "steps", '[');
    for (guint i = 0; i < w->ladder->steps->len; i++) {
        const struct ladder_step *s = ladder_step(w->ladder, i);
        g_ptr_array_add(w->texts, render(w, s));
        put_step(w, s, g_ptr_array_index(w->texts, i));
    }
    json_close(w->j, ']');
}

/* ---- what happens at nodes ---------------------------------------------------------------------------------- */

/* The turning points that stand beside lifelines. */
static void put_events(const struct writer *w, const struct ladder *told)
{
    json_open(w->j, "events", '[');
    for (guint i = 0; i < told->events->len; i++) {
        const struct ladder_event *e = &g_array_index(told->events, struct ladder_event, i);
        const struct happening *h = flow_at(w->flow, e->at);
        json_open(w->j, NULL, '{');
        json_int(w->j, "time", h->time);
        json_uint(w->j, "node", column_of(w, h->node));
        json_string(w->j, "text", e->text);
        if (e->strong)
            json_bool(w->j, "strong", true);
        json_close(w->j, '}');
    }
    json_close(w->j, ']');
}

static void put_states(const struct writer *w)
{
    json_open(w->j, "states", '[');
    for (guint i = 0; i < w->flow->happenings->len; i++) {
        const struct happening *h = flow_at(w->flow, i);
        if (h->kind != TRACE_STATE || h->state.from == h->state.to)
            continue;
        const struct fsm_def *d = h->state.def;
        guint column = column_of(w, h->node);
        if (column == G_MAXUINT)
            continue;
        json_open(w->j, NULL, '{');
        json_int(w->j, "time", h->time);
        json_uint(w->j, "node", column);
        json_string(w->j, "machine", d->name);
        json_string(w->j, "event", d->event_names[h->state.event]);
        json_string(w->j, "from", d->state_names[h->state.from]);
        json_string(w->j, "to", d->state_names[h->state.to]);
        if (h->state.to == FSM_END)
            json_bool(w->j, "end", true);
        if (h->clause)
            json_string(w->j, "clause", h->clause);
        json_close(w->j, '}');
    }
    json_close(w->j, ']');
}

/* The tables of offer, answer and preconditions, each in the view of its node. */
static void put_tables(struct writer *w)
{
    static const char *const what[] = {
        [NOTE_SDP_SENT] = "session description sent",
        [NOTE_SDP_TAKEN] = "session description taken",
        [NOTE_BLOCKED] = "waits",
        [NOTE_READY] = "resources reserved",
        [NOTE_ALERT] = "user alerted",
    };
    json_open(w->j, "tables", '[');
    for (guint i = 0; i < w->flow->happenings->len; i++) {
        const struct happening *h = flow_at(w->flow, i);
        if (h->kind != TRACE_NOTE || h->note.code >= G_N_ELEMENTS(what) || !what[h->note.code] || !h->note.about)
            continue;
        json_open(w->j, NULL, '{');
        json_int(w->j, "time", h->time);
        json_uint(w->j, "node", column_of(w, h->node));
        json_string(w->j, "what", what[h->note.code]);
        put_lines(w, "table", h->note.about);
        json_close(w->j, '}');
    }
    json_close(w->j, ']');
}

/* ---- where the time goes -------------------------------------------------------------------------------------- */

/* Times of phones that one page shows of a kind. */
#define MAX_OF_PHONES 8

static void put_interval(const struct writer *w, const struct explain *ex, const struct metric_decl *d)
{
    char *name = d->procedure == PROCEDURE_NONE ? g_strdup(d->name) : g_strdup_printf("%s of %s", d->name, ex->to->mark.about->name);
    json_open(w->j, NULL, '{');
    json_string(w->j, "name", name);
    g_free(name);
    json_string(w->j, "ends", d->ends);
    json_int(w->j, "start", ex->start);
    json_int(w->j, "end", ex->end);
    json_open(w->j, "parts", '[');
    for (guint i = 0; i < ex->parts->len; i++) {
        const struct explain_part *p = &g_array_index(ex->parts, struct explain_part, i);
        json_open(w->j, NULL, '{');
        json_string(w->j, "phase", p->phase);
        json_string(w->j, "about", p->subject);
        json_string(w->j, "part", p->kind);
        json_string(w->j, "where", p->where);
        if (p->link) {
            json_uint(w->j, "from", column_of(w, p->link->from));
            json_uint(w->j, "to", column_of(w, p->link->to));
        }
        json_int(w->j, "start", p->start);
        json_int(w->j, "end", p->end);
        json_close(w->j, '}');
    }
    json_close(w->j, ']');
    json_close(w->j, '}');
}

static void put_intervals(const struct writer *w)
{
    json_open(w->j, "intervals", '[');
    for (int i = 0; i < METRIC_COUNT; i++) {
        const struct metric_decl *d = &metric_table[i];
        struct interval in;
        for (size_t n = 1; n <= MAX_OF_PHONES && interval_find(w->flow, d, NULL, n, &in); n++) {
            struct explain *ex = explain_new(w->flow, d->name, in.from, in.to, d->phases);
            if (ex->end > ex->start)
                put_interval(w, ex, d);
            explain_free(ex);
        }
    }
    json_close(w->j, ']');
}

/* ---- the whole -------------------------------------------------------------------------------------------------- */

static void put_lines_table(const struct writer *w)
{
    json_open(w->j, "lines", '[');
    for (guint i = 0; i < w->lines->len; i++)
        json_string(w->j, NULL, g_ptr_array_index(w->lines, i));
    json_close(w->j, ']');
}

/* Those of the messages that occur, by interface and name. */
static void put_lessons(const struct writer *w)
{
    GHashTable *seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    json_open(w->j, "lessons", '{');
    for (guint i = 0; i < w->ladder->steps->len; i++) {
        const struct ladder_step *s = ladder_step(w->ladder, i);
        const char *iface = w->flow->net->ifaces[ladder_sent(w->ladder, s)->hop.iface].name;
        const struct lesson *l = lesson_of(iface, s->name);
        char *key = g_strdup_printf("%s %s", iface, s->name);
        if (l && !g_hash_table_contains(seen, key)) {
            json_open(w->j, key, '{');
            json_string(w->j, "plain", l->plain);
            json_string(w->j, "engineer", l->engineer);
            json_close(w->j, '}');
        }
        g_hash_table_add(seen, key);
    }
    json_close(w->j, '}');
    g_hash_table_destroy(seen);
}

void report_flow_json(const struct flow_record *flow, const struct report_view *view, struct json *j, const char *key)
{
    struct writer w = {.flow = flow, .j = j};
    struct ladder *told = ladder_new(flow, &(struct ladder_opts){.order = LADDER_BY_TIME});
    GString *name = g_string_new(NULL);
    w.ladder = ladder_new(flow, &(struct ladder_opts){.order = LADDER_BY_TIME, .all = true});
    w.lines = g_ptr_array_new_with_free_func(g_free);
    w.line_of = g_hash_table_new(g_str_hash, g_str_equal);
    w.texts = g_ptr_array_new_with_free_func(g_free);
    flow_put_name(flow, name);
    json_open(j, key, '{');
    json_string(j, "name", name->str);
    json_string(j, "title", view->title);
    json_int(j, "start", w.ladder->start);
    put_names(j, "show", view->protocols);
    put_names(j, "hide", view->hide);
    json_string(j, "interval", view->interval);
    put_nodes(&w);
    put_steps(&w);
    put_events(&w, told);
    put_states(&w);
    put_tables(&w);
    put_intervals(&w);
    put_lessons(&w);
    put_lines_table(&w);
    json_close(j, '}');
    g_string_free(name, TRUE);
    g_ptr_array_free(w.texts, TRUE);
    g_hash_table_destroy(w.line_of);
    g_ptr_array_free(w.lines, TRUE);
    ladder_free(told);
    ladder_free(w.ladder);
}
