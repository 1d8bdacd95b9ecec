/* metrics.c - the collector: a slot of moments per call, judged when the call is over (see metrics.h). */
#include "analysis/metrics.h"

#include "sim/idmap.h"
#include "sim/slab.h"
#include "sim/trace.h"

#include <string.h>

/* A call whose BYE is unanswered when the caller's UE has forgotten it (the called side hung up) is kept so
 * long for the 200 to arrive: longer than any time-out of BYE. */
#define LINGER (10 * 60 * SIM_S)

enum { CALLER, CALLED, SIDES };

const struct metric_decl metric_table[METRIC_COUNT] = {
#define METRIC(id, name, from, to, or_to, side, calls, unit, ends, source)                                   \
    {name, from, to, or_to, METRIC_SIDE_##side, METRIC_CALLS_##calls, unit, ends, source},
#include "analysis/metrics.def"
};

const struct ratio_decl ratio_table[RATIO_COUNT] = {
#define RATIO(id, name, numerator, denominator, words, source)                                               \
    {name, offsetof(struct call_counts, numerator), offsetof(struct call_counts, denominator), words, source},
#include "analysis/metrics.def"
};

int metric_by_name(const char *name)
{
    for (int i = 0; i < METRIC_COUNT; i++)
        if (strcmp(metric_table[i].name, name) == 0)
            return i;
    return -1;
}

double metric_unit_ns(const struct metric_decl *metric)
{
    return strcmp(metric->unit, "s") == 0 ? (double)SIM_S : (double)SIM_MS;
}

/* ---- results --------------------------------------------------------------------------------------- */

void metrics_result_init(struct metrics_result *r)
{
    *r = (struct metrics_result){0};
    for (int i = 0; i < METRIC_COUNT; i++) {
        stats_init(&r->time[i]);
        series_init(&r->series[i]);
    }
    r->stations = g_array_new(FALSE, FALSE, sizeof(struct station_row));
}

void metrics_result_clear(struct metrics_result *r)
{
    for (int i = 0; i < METRIC_COUNT; i++) {
        stats_clear(&r->time[i]);
        series_clear(&r->series[i]);
    }
    for (int p = 0; p < r->nprotos; p++)
        g_free(r->counts[p]);
    g_array_free(r->stations, TRUE);
    *r = (struct metrics_result){0};
}

static size_t count_cells(const struct metrics_result *r, int proto)
{
    return (size_t)r->nifaces * r->protos[proto]->ntypes;
}

static void merge_calls(struct call_counts *into, const struct call_counts *from)
{
    into->not_offered += from->not_offered;
    into->dialled += from->dialled;
    into->unsent += from->unsent;
    into->attempted += from->attempted;
    into->attempted_not_3xx += from->attempted_not_3xx;
    into->answered += from->answered;
    into->failed += from->failed;
    into->cancelled += from->cancelled;
    into->effective += from->effective;
    into->ineffective += from->ineffective;
    into->finished += from->finished;
    into->completed += from->completed;
    into->open += from->open;
}

static void merge_counts(struct metrics_result *into, const struct metrics_result *from)
{
    if (!into->nprotos) {
        into->ifaces = from->ifaces;
        into->nifaces = from->nifaces;
        into->nprotos = from->nprotos;
        for (int p = 0; p < from->nprotos; p++) {
            into->protos[p] = from->protos[p];
            into->counts[p] = g_new0(struct net_count, count_cells(into, p));
        }
    }
    for (int p = 0; p < from->nprotos; p++)
        for (size_t i = 0; i < count_cells(from, p); i++) {
            into->counts[p][i].messages += from->counts[p][i].messages;
            into->counts[p][i].bytes += from->counts[p][i].bytes;
        }
}

/* Stations that did nothing in one simulation may be missing there; both lists are in the order of nodes. */
static void merge_station(GArray *into, const struct station_row *row)
{
    for (guint i = 0; i < into->len; i++) {
        struct station_row *known = &g_array_index(into, struct station_row, i);
        if (strcmp(known->name, row->name) != 0)
            continue;
        known->stats.arrived += row->stats.arrived;
        known->stats.served += row->stats.served;
        known->stats.refused += row->stats.refused;
        known->stats.busy_ns += row->stats.busy_ns;
        known->stats.queue_ns += row->stats.queue_ns;
        known->stats.sojourn_ns += row->stats.sojourn_ns;
        known->stats.wait_ns += row->stats.wait_ns;
        known->stats.queue_max = MAX(known->stats.queue_max, row->stats.queue_max);
        return;
    }
    g_array_append_val(into, *row);
}

void metrics_result_merge(struct metrics_result *into, const struct metrics_result *from)
{
    for (int i = 0; i < METRIC_COUNT; i++) {
        stats_merge(&into->time[i], &from->time[i]);
        series_merge(&into->series[i], &from->series[i]);
    }
    merge_calls(&into->calls, &from->calls);
    for (int s = 0; s < METRICS_STATUS_MAX; s++)
        into->failed_status[s] += from->failed_status[s];
    merge_counts(into, from);
    for (guint i = 0; i < from->stations->len; i++)
        merge_station(into->stations, &g_array_index(from->stations, struct station_row, i));
    into->sent += from->sent;
    into->duplicated += from->duplicated;
    into->delivered += from->delivered;
    into->lost += from->lost;
    into->dropped += from->dropped;
    into->refused += from->refused;
    into->in_flight += from->in_flight;
    into->events += from->events;
    into->observed_ns += from->observed_ns;
}

/* ---- the collector --------------------------------------------------------------------------------- */

/* A call: when each moment first came, at the caller's UE and elsewhere. */
struct slot {
    sim_time time[SIDES][MARK_COUNT]; /* -1: not yet */
    const struct node *caller, *called;
    uint32_t flow, number; /* 1: the first call dialled */
    uint16_t status; /* final, from FAILED or ENDED */
    bool ended;
    sim_time ended_at;
    struct slot *next; /* in the queue of those that linger */
};

struct metrics {
    struct net *net;
    sim_time warmup, counted_from;
    struct slab slots;
    struct idmap by_flow;                    /* flow index -> slot */
    uint32_t dialled;                        /* calls so far, those of the warm-up too */
    struct slot *lingering, **lingering_end; /* oldest first */
    struct net_count *before[NET_MAX_PROTO]; /* counts at the end of the warm-up */
    struct metrics_result result;            /* times and calls so far */
    void (*on_call)(const struct metrics_call *call, void *user);
    void *on_call_user;
};

static sim_time first_time(const struct slot *s, enum mark_id mark)
{
    sim_time a = s->time[CALLER][mark], b = s->time[CALLED][mark];
    return a < 0 ? b : b < 0 ? a : MIN(a, b);
}

static bool has(const struct slot *s, enum mark_id mark)
{
    return first_time(s, mark) >= 0;
}

static bool metric_is_about(const struct metric_decl *d, const struct slot *s)
{
    bool answered = has(s, MARK_CONNECTED);
    switch (d->calls) {
    case METRIC_CALLS_ANSWERED:
        return answered;
    case METRIC_CALLS_FAILED:
        return !answered && has(s, MARK_FAILED);
    default:
        return true;
    }
}

/* When the call came to the metric's end, or -1. */
static sim_time end_time(const struct metric_decl *d, const struct slot *s)
{
    enum mark_id ends[] = {d->to, d->or_to};
    int side = s->time[CALLER][d->from] == first_time(s, d->from) ? CALLER : CALLED;

    for (size_t i = 0; i < G_N_ELEMENTS(ends) && ends[i] != MARK_COUNT; i++) {
        sim_time t = d->side == METRIC_SIDE_SAME ? s->time[side][ends[i]] : first_time(s, ends[i]);
        if (t >= 0)
            return t;
    }
    return -1;
}

static void judge_times(struct metrics *m, const struct slot *s)
{
    for (int i = 0; i < METRIC_COUNT; i++) {
        const struct metric_decl *d = &metric_table[i];
        sim_time from = first_time(s, d->from), to = end_time(d, s);
        if (from < 0 || to < from || !metric_is_about(d, s))
            continue;
        stats_add(&m->result.time[i], to - from);
        series_add(&m->result.series[i], from - m->warmup, to - from);
    }
}

static void judge_failed(struct metrics_result *r, const struct slot *s)
{
    struct call_counts *c = &r->calls;
    uint16_t status = s->status < METRICS_STATUS_MAX ? s->status : 0;

    r->failed_status[status]++;
    c->failed++;
    c->cancelled += has(s, MARK_CANCELLED);
    c->attempted_not_3xx += status / 100 != 3;
    switch (status) {
    case 480:
    case 486:
    case 600:
    case 603:
        c->effective++;
        break;
    case 408:
    case 500:
    case 503:
    case 504:
        c->ineffective++;
        break;
    default:
        break;
    }
}

/* The call is over, or the run is: what it has to say. */
static void judge(struct metrics *m, const struct slot *s)
{
    struct call_counts *c = &m->result.calls;
    bool answered = has(s, MARK_CONNECTED), decided = answered || s->ended || has(s, MARK_FAILED);

    judge_times(m, s);
    c->dialled++;
    c->unsent += s->ended && !has(s, MARK_INVITE_SENT);
    c->open += !s->ended;
    if (!has(s, MARK_INVITE_SENT) || !decided)
        return;
    c->attempted++;
    if (answered) {
        c->answered++;
        c->effective++;
        c->attempted_not_3xx++;
    } else {
        judge_failed(&m->result, s);
    }
    c->finished += s->ended;
    c->completed += s->ended && answered && has(s, MARK_RELEASED);
}

static void show_call(const struct metrics *m, const struct slot *s)
{
    struct metrics_call call = {
        .number = s->number, .caller = s->caller, .called = s->called, .status = s->status, .ended = s->ended};

    for (int i = 0; i < MARK_COUNT; i++)
        call.time[i] = first_time(s, (enum mark_id)i);
    m->on_call(&call, m->on_call_user);
}

static void drop_slot(struct metrics *m, struct slot *s)
{
    judge(m, s);
    if (m->on_call)
        show_call(m, s);
    idmap_del(&m->by_flow, s->flow);
    slab_free(&m->slots, s);
}

/* Lets go of calls that have waited long enough for their last moment, and of those that had it. */
static void drop_lingering(struct metrics *m, sim_time older_than)
{
    while (m->lingering && (m->lingering->ended_at <= older_than || has(m->lingering, MARK_RELEASED))) {
        struct slot *s = m->lingering;
        m->lingering = s->next;
        if (!m->lingering)
            m->lingering_end = &m->lingering;
        drop_slot(m, s);
    }
}

static void call_ended(struct metrics *m, struct slot *s, const struct trace_rec *rec)
{
    s->ended = true;
    s->ended_at = rec->time;
    if (!has(s, MARK_FAILED))
        s->status = (uint16_t)CLAMP(rec->mark.value, 0, UINT16_MAX);
    drop_lingering(m, rec->time - LINGER);
    if (has(s, MARK_BYE_SENT) && !has(s, MARK_RELEASED)) {
        s->next = NULL;
        *m->lingering_end = s;
        m->lingering_end = &s->next;
        return;
    }
    drop_slot(m, s);
}

static struct slot *call_dialled(struct metrics *m, const struct trace_rec *rec, uint32_t flow)
{
    uint32_t index;
    struct slot *s = slab_alloc0(&m->slots, &index);

    memset(s->time, 0xff, sizeof s->time);
    s->caller = rec->node;
    s->flow = flow;
    s->number = m->dialled;
    idmap_put(&m->by_flow, flow, index);
    return s;
}

static void take_mark(struct sim *sim, const struct trace_rec *rec, void *user)
{
    struct metrics *m = user;
    uint32_t flow = sim_flow_index(rec->flow), index = flow ? idmap_get(&m->by_flow, flow) : 0;
    struct slot *s = index ? slab_at(&m->slots, index) : NULL;
    (void)sim;

    if (rec->mark.id == MARK_NOT_OFFERED)
        m->result.calls.not_offered += rec->time >= m->warmup;
    if (rec->mark.id == MARK_DIALLED)
        m->dialled++;
    if (!s && flow && rec->mark.id == MARK_DIALLED && rec->time >= m->warmup)
        s = call_dialled(m, rec, flow);
    if (!s)
        return; /* dialled before the end of the warm-up, or no call */
    if (rec->node != s->caller && !s->called)
        s->called = rec->node;
    sim_time *t = &s->time[rec->node == s->caller ? CALLER : CALLED][rec->mark.id];
    if (*t < 0)
        *t = rec->time;
    if (rec->mark.id == MARK_FAILED)
        s->status = (uint16_t)CLAMP(rec->mark.value, 0, UINT16_MAX);
    if (rec->mark.id == MARK_ENDED && !s->ended)
        call_ended(m, s, rec);
}

struct metrics *metrics_new(struct net *net, sim_time warmup)
{
    struct metrics *m = g_new0(struct metrics, 1);

    m->net = net;
    m->warmup = warmup;
    slab_init(&m->slots, sizeof(struct slot));
    idmap_init(&m->by_flow);
    m->lingering_end = &m->lingering;
    metrics_result_init(&m->result);
    trace_add_sink(net->sim, 1u << TRACE_MARK, false, take_mark, m);
    return m;
}

void metrics_each_call(struct metrics *m, void (*fn)(const struct metrics_call *call, void *user), void *user)
{
    m->on_call = fn;
    m->on_call_user = user;
}

void metrics_free(struct metrics *m)
{
    for (int p = 0; p < NET_MAX_PROTO; p++)
        g_free(m->before[p]);
    metrics_result_clear(&m->result);
    slab_clear(&m->slots);
    idmap_clear(&m->by_flow);
    g_free(m);
}

size_t metrics_slots(const struct metrics *m)
{
    return slab_count(&m->slots);
}

/* ---- messages and stations --------------------------------------------------------------------------- */

static size_t net_cells(const struct net *net, int proto)
{
    return (size_t)net->nifaces * net->protos[proto]->ntypes;
}

static struct net_count *copy_counts(const struct net *net, int proto)
{
    struct net_count *copy = g_new(struct net_count, net_cells(net, proto));
    memcpy(copy, net->counts[proto], net_cells(net, proto) * sizeof *copy);
    return copy;
}

void metrics_warm(struct metrics *m)
{
    struct net *net = m->net;

    m->counted_from = net->sim->now;
    for (int p = 0; p < net->nprotos; p++) {
        g_free(m->before[p]);
        m->before[p] = copy_counts(net, p);
    }
    for (guint i = 0; i < net->nodes->len; i++)
        if (net_node(net, i)->station)
            station_reset(net_node(net, i)->station);
}

static void take_counts(const struct metrics *m, struct metrics_result *r)
{
    const struct net *net = m->net;

    r->ifaces = net->ifaces;
    r->nifaces = net->nifaces;
    r->nprotos = net->nprotos;
    for (int p = 0; p < net->nprotos; p++) {
        r->protos[p] = net->protos[p];
        r->counts[p] = copy_counts(net, p);
        for (size_t i = 0; m->before[p] && i < net_cells(net, p); i++) {
            r->counts[p][i].messages -= m->before[p][i].messages;
            r->counts[p][i].bytes -= m->before[p][i].bytes;
        }
    }
    r->sent = net->sent;
    r->duplicated = net->duplicated;
    r->delivered = net->delivered;
    r->lost = net->lost;
    r->dropped = net->dropped;
    r->refused = net->refused;
    r->in_flight = net->in_flight;
    r->events = net->sim->events;
    r->observed_ns = net->sim->now - m->counted_from;
}

static void take_stations(const struct metrics *m, uint32_t (*servers)(void *user, const struct node *node),
                          void *user, GArray *rows)
{
    for (guint i = 0; i < m->net->nodes->len; i++) {
        const struct node *n = net_node(m->net, i);
        if (!n->station)
            continue;
        struct station_row row = {.name = g_intern_string(n->name),
                                  .servers = servers ? servers(user, n) : 0};
        station_stats(n->station, &row.stats);
        if (row.stats.busy_ns > 0 || row.stats.refused > 0)
            g_array_append_val(rows, row);
    }
}

void metrics_finish(struct metrics *m, uint32_t (*servers)(void *user, const struct node *node), void *user,
                    struct metrics_result *result)
{
    drop_lingering(m, SIM_NEVER);
    for (uint32_t i = 1; i < slab_end(&m->slots); i++)
        if (slab_in_use(&m->slots, i))
            drop_slot(m, slab_at(&m->slots, i));
    metrics_result_merge(result, &m->result);
    take_counts(m, result);
    take_stations(m, servers, user, result->stations);
}
