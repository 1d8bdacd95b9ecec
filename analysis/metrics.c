/* metrics.c - what there is to measure; results; the collector, which hands marks to metrics_calls.c and
 * metrics_phones.c and counts messages and stations itself (see metrics.h). */
#include "analysis/metrics_int.h"

#include <string.h>

const struct metric_decl metric_table[METRIC_COUNT] = {
#define METRIC(id, name, from, to, or_to, side, calls, phases, unit, ends, source)                           \
    {name, PROCEDURE_NONE, from,   to, or_to, METRIC_SIDE_##side, METRIC_CALLS_##calls, PHASES_##phases,     \
     unit, ends,           source},
#define PHONE(id, name, procedure, from, to, phases, unit, ends, source)                                     \
    {name,                                                                                                   \
     PROCEDURE_##procedure,                                                                                  \
     from,                                                                                                   \
     to,                                                                                                     \
     MARK_COUNT,                                                                                             \
     METRIC_SIDE_ANY,                                                                                        \
     METRIC_CALLS_ALL,                                                                                       \
     PHASES_##phases,                                                                                        \
     unit,                                                                                                   \
     ends,                                                                                                   \
     source},
#include "analysis/metrics.def"
};

const struct procedure_decl procedure_table[PROCEDURE_COUNT] = {
#define PROCEDURE(id, name, begun, value, done, failed, given_up, or_given_up, cause)                        \
    {name, begun, value, done, failed, {given_up, or_given_up}, cause},
#include "analysis/metrics.def"
};

const struct ratio_decl ratio_table[RATIO_COUNT] = {
#define RATIO(id, name, numerator, denominator, words, source)                                               \
    {name,                                                                                                   \
     offsetof(struct metrics_result, numerator),                                                             \
     offsetof(struct metrics_result, denominator),                                                           \
     words,                                                                                                  \
     source,                                                                                                 \
     offsetof(struct metrics_result, numerator) >= offsetof(struct metrics_result, procedure)},
#include "analysis/metrics.def"
};

const char *procedure_outcome_name(enum procedure_outcome outcome)
{
    static const char *const names[] = {"open", "done", "failed", "given up"};
    return names[outcome];
}

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
        series_init(&r->whole[i]);
    }
    r->cells = g_array_new(FALSE, FALSE, sizeof(struct cell_row));
    occupancy_init(&r->occupancy);
    r->stations = g_array_new(FALSE, FALSE, sizeof(struct station_row));
    r->causes = g_array_new(FALSE, FALSE, sizeof(struct cause_count));
}

void metrics_result_clear(struct metrics_result *r)
{
    for (int i = 0; i < METRIC_COUNT; i++) {
        stats_clear(&r->time[i]);
        series_clear(&r->series[i]);
        series_clear(&r->whole[i]);
    }
    for (int p = 0; p < r->nprotos; p++)
        g_free(r->counts[p]);
    occupancy_clear(&r->occupancy);
    g_array_free(r->stations, TRUE);
    g_array_free(r->cells, TRUE);
    g_array_free(r->causes, TRUE);
    *r = (struct metrics_result){0};
}

static size_t count_cells(const struct metrics_result *r, int proto)
{
    return (size_t)r->nifaces * r->protos[proto]->ntypes;
}

/* Structs of nothing but counts: adds one to another. */
#define MERGE(into, from)                                                                                    \
    do {                                                                                                     \
        G_STATIC_ASSERT(sizeof(into) % sizeof(uint64_t) == 0);                                               \
        merge_all((uint64_t *)(void *)&(into), (const uint64_t *)(const void *)&(from),                      \
                  sizeof(into) / (sizeof(uint64_t)));                                                        \
    } while (0)
static void merge_all(uint64_t *into, const uint64_t *from, size_t n)
{
    for (size_t i = 0; i < n; i++)
        into[i] += from[i];
}

static void merge_phases(struct phase_sums *into, const struct phase_sums *from)
{
    into->explained += from->explained;
    for (int i = 0; i <= PHASES_MAX; i++)
        into->ns[i] += from->ns[i];
}

static void merge_causes(GArray *into, const GArray *from)
{
    for (guint i = 0; i < from->len; i++) {
        const struct cause_count *c = &g_array_index(from, struct cause_count, i);
        metrics_count_cause(into, c->procedure, c->cause, c->count);
    }
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
            into->counts[p][i].failed += from->counts[p][i].failed;
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

/* All simulations of a scenario have the same cells. */
static void merge_cells(GArray *into, const GArray *from)
{
    if (!into->len)
        g_array_append_vals(into, from->data, from->len);
    else
        for (guint i = 0; i < from->len; i++) {
            struct cell_row *known = &g_array_index(into, struct cell_row, i);
            const struct cell_row *row = &g_array_index(from, struct cell_row, i);
            known->asked += row->asked;
            known->refused += row->refused;
            known->bearer_ns += row->bearer_ns;
            known->up += row->up;
            known->down += row->down;
            known->control += row->control;
        }
}

void metrics_result_merge(struct metrics_result *into, const struct metrics_result *from)
{
    for (int i = 0; i < METRIC_COUNT; i++) {
        stats_merge(&into->time[i], &from->time[i]);
        series_merge(&into->series[i], &from->series[i]);
        merge_phases(&into->phases[i], &from->phases[i]);
        series_merge(&into->whole[i], &from->whole[i]);
    }
    MERGE(into->calls, from->calls);
    MERGE(into->failed_status, from->failed_status);
    MERGE(into->procedure, from->procedure);
    MERGE(into->registers, from->registers);
    merge_causes(into->causes, from->causes);
    merge_counts(into, from);
    merge_cells(into->cells, from->cells);
    for (guint i = 0; i < from->stations->len; i++)
        merge_station(into->stations, &g_array_index(from->stations, struct station_row, i));
    occupancy_merge(&into->occupancy, &from->occupancy);
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

bool metrics_has_phones(const struct metrics_result *r)
{
    for (int i = 0; i < PROCEDURE_COUNT; i++)
        if (r->procedure[i].begun)
            return true;
    return false;
}

/* ---- the collector --------------------------------------------------------------------------------- */

static void take_mark(struct sim *sim, const struct trace_rec *rec, void *user)
{
    struct metrics *m = user;
    (void)sim;
    if (rec->mark.id == MARK_NOT_OFFERED)
        m->result.calls.not_offered += rec->time >= m->warmup;
    else if (rec->mark.id < MARK_PHONE_FIRST)
        metrics_calls_mark(m, rec);
    else
        metrics_phones_mark(m, rec);
}

struct metrics *metrics_new(struct net *net, sim_time warmup)
{
    struct metrics *m = g_new0(struct metrics, 1);

    m->net = net;
    m->warmup = warmup;
    metrics_calls_init(&m->calls);
    metrics_phones_init(&m->phones);
    metrics_result_init(&m->result);
    trace_add_sink(net->sim, 1u << TRACE_MARK, false, take_mark, m);
    return m;
}

void metrics_each_call(struct metrics *m, void (*fn)(const struct metrics_call *call, void *user), void *user)
{
    m->calls.show = fn;
    m->calls.user = user;
}

void metrics_each_procedure(struct metrics *m, void (*fn)(const struct metrics_procedure *p, void *user),
                            void *user)
{
    m->phones.show = fn;
    m->phones.user = user;
}

void metrics_explain(struct metrics *m, struct sampled *sampled)
{
    m->sampled = sampled;
}

void metrics_free(struct metrics *m)
{
    for (int p = 0; p < NET_MAX_PROTO; p++)
        g_free(m->before[p]);
    metrics_result_clear(&m->result);
    metrics_calls_clear(&m->calls);
    metrics_phones_clear(&m->phones);
    g_free(m);
}

size_t metrics_slots(const struct metrics *m)
{
    return (size_t)slab_count(&m->calls.slots) + slab_count(&m->phones.slots);
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
    if (m->sampled)
        sampled_warm(m->sampled);
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
            r->counts[p][i].failed -= m->before[p][i].failed;
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
        struct station_row row = {0};
        station_stats(n->station, &row.stats);
        if (row.stats.busy_ns == 0 && row.stats.refused == 0)
            continue;
        row.name = g_ref_string_new_intern(n->name);
        row.servers = servers ? servers(user, n) : 0;
        g_array_append_val(rows, row);
    }
}

void metrics_finish(struct metrics *m, uint32_t (*servers)(void *user, const struct node *node), void *user,
                    struct metrics_result *result)
{
    metrics_calls_finish(m);
    metrics_phones_finish(m);
    metrics_result_merge(result, &m->result);
    take_counts(m, result);
    take_stations(m, servers, user, result->stations);
}

void metrics_finish_series(struct metrics *m, struct metrics_result *result)
{
    metrics_calls_finish(m);
    metrics_phones_finish(m);
    for (int i = 0; i < METRIC_COUNT; i++)
        series_merge(&result->whole[i], &m->result.series[i]);
}
