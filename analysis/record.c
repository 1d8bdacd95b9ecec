/* record.c - keeps what happened, flow by flow (see record.h). */
#include "analysis/record.h"

#include "models/names.h"
#include "sim/cause.h"
#include "models/proto/sdp/sdp_session.h"

struct recording {
    struct sim *sim;
    struct net *net;
    GPtrArray *flows;    /* struct flow_record *, in order of first happening */
    GHashTable *by_flow; /* sim_flow -> struct flow_record *; only looked up  */
    struct flow_record *all; /* of recording_all(), or NULL: what it holds is the flows' */
    uint64_t order;
};

static void clear_happening(struct net *net, struct happening *h)
{
    if (h->kind == TRACE_MSG)
        msg_unref(net, h->hop.msg);
    else if (h->kind == TRACE_NOTE)
        g_free(h->note.about);
}

static void clear_happenings(struct flow_record *f)
{
    for (guint i = 0; i < f->happenings->len; i++)
        clear_happening(f->net, &g_array_index(f->happenings, struct happening, i));
    g_array_free(f->happenings, TRUE);
    f->happenings = NULL;
}

static void free_flow(struct flow_record *f)
{
    clear_happenings(f);
    g_free(f);
}

static void forget_flow(struct flow_record *f)
{
    if (f->forgotten)
        return;
    clear_happenings(f);
    f->happenings = g_array_new(FALSE, TRUE, sizeof(struct happening));
    f->forgotten = true;
}

static struct flow_record *flow_of(struct recording *rec, sim_flow flow)
{
    struct flow_record *f = g_hash_table_lookup(rec->by_flow, GUINT_TO_POINTER(flow));
    if (f)
        return f;
    f = g_new0(struct flow_record, 1);
    f->sim = rec->sim;
    f->net = rec->net;
    f->flow = flow;
    f->first_cause = cause_next(rec->sim);
    f->n = rec->flows->len + 1;
    f->happenings = g_array_new(FALSE, TRUE, sizeof(struct happening));
    g_ptr_array_add(rec->flows, f);
    g_hash_table_insert(rec->by_flow, GUINT_TO_POINTER(flow), f);
    return f;
}

/* What a note is about, in words. */
static char *about_text(const struct trace_rec *r)
{
    if (r->note.code == NOTE_TEXT || !r->note.about)
        return NULL;
    GString *text = g_string_new(NULL);
    sdp_session_explain(r->note.about, text);
    return g_string_free(text, FALSE);
}

static void take_hop(struct happening *h, const struct trace_rec *r)
{
    /* The kernel owns the message and gives it as const; a reference changes its count only. */
    h->hop.msg = msg_ref((struct msg *)r->msg.msg);
    h->hop.to = r->msg.to;
    h->hop.arrival = r->msg.arrival;
    h->hop.nth = r->msg.nth;
    h->hop.iface = r->msg.iface;
    h->hop.outcome = r->msg.outcome;
    h->hop.copy = r->msg.copy;
}

/* A carried message has arrived: completes the hop that began when it was sent. */
static void complete_hop(struct flow_record *f, const struct trace_rec *r)
{
    for (guint i = f->happenings->len; i-- > 0;) {
        struct happening *h = &g_array_index(f->happenings, struct happening, i);
        if (h->kind == TRACE_MSG && h->hop.msg == r->msg.msg && h->hop.to == r->msg.to && h->hop.outcome == OUTCOME_CARRIED) {
            h->hop.outcome = OUTCOME_DELIVERED;
            h->hop.arrival = r->msg.arrival;
            return;
        }
    }
}

static void take(struct sim *sim, const struct trace_rec *r, void *user)
{
    struct flow_record *f = flow_of(user, r->flow);
    struct happening h = {
        .kind = r->kind, .time = r->time, .cause = r->cause, .node = r->node, .clause = r->clause};
    (void)sim;
    if (f->forgotten)
        return;
    switch (r->kind) {
    case TRACE_MSG:
        if (r->msg.outcome == OUTCOME_ARRIVED) {
            complete_hop(f, r);
            return;
        }
        take_hop(&h, r);
        break;
    case TRACE_MARK:
        h.mark.id = r->mark.id;
        h.mark.value = r->mark.value;
        h.mark.about = r->mark.about;
        break;
    case TRACE_STATE:
        h.state.def = r->state.def;
        h.state.from = r->state.from;
        h.state.event = r->state.event;
        h.state.to = r->state.to;
        break;
    case TRACE_TIMER:
        h.timer.def = r->timer.def;
        h.timer.index = r->timer.index;
        h.timer.action = r->timer.action;
        h.timer.duration = r->timer.duration;
        break;
    case TRACE_NOTE:
        h.note.code = r->note.code;
        h.note.text = r->note.text;
        h.note.about = about_text(r);
        break;
    default:
        return;
    }
    h.order = ((struct recording *)user)->order++;
    g_array_append_val(f->happenings, h);
}

struct recording *recording_new(struct sim *sim, struct net *net, unsigned flags)
{
    struct recording *rec = g_new0(struct recording, 1);
    uint32_t mask = 1u << TRACE_MSG | 1u << TRACE_MARK | (flags & RECORD_NO_NOTES ? 0 : 1u << TRACE_NOTE);
    if (flags & RECORD_STATES)
        mask |= 1u << TRACE_STATE;
    if (flags & RECORD_TIMERS)
        mask |= 1u << TRACE_TIMER;
    rec->sim = sim;
    rec->net = net;
    rec->flows = g_ptr_array_new();
    rec->by_flow = g_hash_table_new(NULL, NULL);
    trace_add_sink(sim, mask, true, take, rec);
    return rec;
}

static void forget_all(struct recording *rec)
{
    if (rec->all)
        g_array_free(rec->all->happenings, TRUE);
    g_free(rec->all);
    rec->all = NULL;
}

void recording_free(struct recording *rec)
{
    if (!rec)
        return;
    forget_all(rec);
    for (guint i = 0; i < rec->flows->len; i++)
        free_flow(g_ptr_array_index(rec->flows, i));
    g_ptr_array_free(rec->flows, TRUE);
    g_hash_table_destroy(rec->by_flow);
    g_free(rec);
}

const struct flow_record *recording_find(const struct recording *rec, sim_flow flow)
{
    return g_hash_table_lookup(rec->by_flow, GUINT_TO_POINTER(flow));
}

void recording_forget(struct recording *rec, sim_flow flow)
{
    for (guint i = 0; !flow && i < rec->flows->len; i++)
        forget_flow(g_ptr_array_index(rec->flows, i));
    struct flow_record *f = flow ? g_hash_table_lookup(rec->by_flow, GUINT_TO_POINTER(flow)) : NULL;
    if (f)
        forget_flow(f);
}

size_t recording_count(const struct recording *rec)
{
    return rec->flows->len;
}

const struct flow_record *recording_flow(const struct recording *rec, size_t n)
{
    return n >= 1 && n <= rec->flows->len ? g_ptr_array_index(rec->flows, n - 1) : NULL;
}

const struct flow_record *recording_call(const struct recording *rec, size_t n)
{
    size_t calls = 0;
    for (guint i = 0; i < rec->flows->len; i++) {
        struct flow_record *f = g_ptr_array_index(rec->flows, i);
        if (!flow_mark(f, MARK_DIALLED, 0) || ++calls < n)
            continue;
        f->call = n;
        return f;
    }
    return NULL;
}

void flow_put_name(const struct flow_record *flow, GString *out)
{
    if (flow->n)
        g_string_append_printf(out, "call %zu", flow->call ? flow->call : flow->n);
    else
        g_string_append(out, "everything");
}

static gint by_order(gconstpointer a, gconstpointer b)
{
    const struct happening *x = a, *y = b;
    return x->order < y->order ? -1 : x->order > y->order;
}

const struct flow_record *recording_all(struct recording *rec)
{
    if (rec->flows->len == 0)
        return NULL;
    forget_all(rec);
    struct flow_record *all = rec->all = g_new0(struct flow_record, 1);
    *all = *(const struct flow_record *)g_ptr_array_index(rec->flows, 0);
    all->n = 0;
    all->happenings = g_array_new(FALSE, TRUE, sizeof(struct happening));
    for (guint i = 0; i < rec->flows->len; i++) {
        const struct flow_record *f = g_ptr_array_index(rec->flows, i);
        g_array_append_vals(all->happenings, f->happenings->data, f->happenings->len);
    }
    g_array_sort(all->happenings, by_order);
    return all;
}

const struct happening *flow_mark(const struct flow_record *flow, unsigned id, size_t from)
{
    for (size_t i = from; i < flow->happenings->len; i++) {
        const struct happening *h = flow_at(flow, i);
        if (h->kind == TRACE_MARK && h->mark.id == id)
            return h;
    }
    return NULL;
}
