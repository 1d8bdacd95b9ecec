/* sampled.c - explains sampled flows while the simulation runs (see sampled.h). */
#include "analysis/sampled.h"

#include "analysis/explain.h"
#include "analysis/interval.h"
#include "sim/cause.h"

/* A call or procedure under way. */
struct under_way {
    sim_flow flow;
    uint32_t first_cause; /* of its flow: none before it is needed */
};

struct sampled {
    struct net *net;
    struct recording *rec;
    bool borrowed; /* the recording */
    GArray *under_way;
};

struct sampled *sampled_new(struct net *net, struct recording *rec)
{
    struct sampled *s = g_new0(struct sampled, 1);

    s->net = net;
    s->borrowed = rec != NULL;
    s->rec = rec ? rec : recording_new(net->sim, net, RECORD_NO_NOTES);
    s->under_way = g_array_new(FALSE, FALSE, sizeof(struct under_way));
    return s;
}

void sampled_free(struct sampled *s)
{
    if (!s)
        return;
    if (!s->borrowed)
        recording_free(s->rec);
    g_array_free(s->under_way, TRUE);
    g_free(s);
}

void sampled_begin(struct sampled *s, sim_flow flow)
{
    const struct flow_record *f = recording_find(s->rec, flow);
    struct under_way u = {flow, f ? f->first_cause : cause_next(s->net->sim)};

    g_array_append_val(s->under_way, u);
}

/* One fewer goes on in this flow; causes that nothing under way can need go. */
static void end(struct sampled *s, sim_flow flow)
{
    uint32_t needed = cause_next(s->net->sim);
    guint which = s->under_way->len;

    for (guint i = 0; i < s->under_way->len; i++)
        if (g_array_index(s->under_way, struct under_way, i).flow == flow)
            which = i;
    if (which < s->under_way->len)
        g_array_remove_index_fast(s->under_way, which);
    if (s->borrowed)
        return;
    for (guint i = 0; i < s->under_way->len; i++)
        needed = MIN(needed, g_array_index(s->under_way, struct under_way, i).first_cause);
    cause_forget(s->net->sim, needed);
}

static void add(const struct flow_record *f, const struct interval *in, struct metrics_result *r)
{
    struct explain *ex = explain_new(f, in->metric->name, in->from, in->to, in->metric->phases);
    struct phase_sums *sums = &r->phases[in->metric - metric_table];

    sums->explained++;
    for (guint i = 0; i < ex->parts->len; i++) {
        const struct explain_part *p = &g_array_index(ex->parts, struct explain_part, i);
        sums->ns[p->of ? phase_place(p->of) : PHASES_MAX] += p->end - p->start;
    }
    explain_free(ex);
}

void sampled_call(struct sampled *s, sim_flow flow, struct metrics_result *r)
{
    const struct flow_record *f = recording_find(s->rec, flow);
    struct interval in;

    for (int i = 0; f && i < METRIC_COUNT; i++) {
        const struct metric_decl *d = &metric_table[i];
        if (d->procedure == PROCEDURE_NONE && d->phases != PHASES_NONE && interval_find(f, d, NULL, 1, &in))
            add(f, &in, r);
    }
    if (!s->borrowed)
        recording_forget(s->rec, flow);
    end(s, flow);
}

/* The last one of this phone that is over in the flow. */
static bool last_of(const struct flow_record *f, const struct metric_decl *d, const struct node *phone,
                    struct interval *in)
{
    struct interval next;
    size_t n = 0;

    while (interval_find(f, d, phone, n + 1, &next)) {
        *in = next;
        n++;
    }
    return n > 0;
}

void sampled_procedure(struct sampled *s, sim_flow flow, int procedure, const struct node *phone,
                       struct metrics_result *r)
{
    const struct flow_record *f = recording_find(s->rec, flow);
    struct interval in;

    for (int i = 0; f && i < METRIC_COUNT; i++) {
        const struct metric_decl *d = &metric_table[i];
        if ((int)d->procedure == procedure && d->phases != PHASES_NONE && last_of(f, d, phone, &in))
            add(f, &in, r);
    }
    end(s, flow);
}

void sampled_warm(struct sampled *s)
{
    if (!s->borrowed)
        recording_forget(s->rec, 0);
}
