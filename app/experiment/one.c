/* one.c - one replication (see one.h). */
#include "app/experiment/one.h"

#include "analysis/record.h"
#include "analysis/sampled.h"
#include "app/experiment/cells.h"
#include "app/experiment/checked.h"
#include "sim/cause.h"
#include "sim/trace.h"

#include <string.h>

static void show_clock(struct sim *sim, const struct trace_rec *rec, void *user)
{
    gint64 *now = user;
    (void)rec;
    __atomic_store_n(now, sim->now, __ATOMIC_RELAXED);
}

static uint32_t servers_of(void *user, const struct node *node)
{
    const struct scn *scn = user;

    for (guint i = 0; i < scn->nodes->len; i++) {
        const struct scn_node *n = &g_array_index(scn->nodes, struct scn_node, i);
        if (g_strcmp0(n->id, node->name) == 0)
            return (uint32_t)n->servers;
    }
    return 0;
}

/* ---- what is kept of single calls ------------------------------------------------------------------- */

/* Where what is shown goes. */
struct keeping {
    const struct one_opts *opts;
    struct one *one;
};

static void keep_call(const struct metrics_call *call, void *user)
{
    struct keeping *k = user;
    struct store_call c = {.number = call->number,
                           .caller = g_ref_string_new_intern(call->caller->name),
                           .called = call->called ? g_ref_string_new_intern(call->called->name) : NULL,
                           .status = call->status,
                           .ended = call->ended};

    if (!k->one->calls)
        return;
    if (k->one->calls->len == k->opts->calls_max) {
        g_array_free(k->one->calls, TRUE);
        k->one->calls = NULL;
        return;
    }
    memcpy(c.time, call->time, sizeof c.time);
    memcpy(c.side, call->side, sizeof c.side);
    g_array_append_val(k->one->calls, c);
}

static int by_number(gconstpointer a, gconstpointer b)
{
    const struct store_call *x = a, *y = b;
    return (x->number > y->number) - (x->number < y->number);
}

static void keep_procedure(const struct metrics_procedure *p, void *user)
{
    struct keeping *k = user;
    struct store_procedure s = {.number = p->number,
                                .phone = g_ref_string_new_intern(p->phone->name),
                                .procedure = p->procedure,
                                .outcome = p->outcome,
                                .begun = p->begun,
                                .ended = p->ended,
                                .cause = p->cause};

    if (!k->one->procedures)
        return;
    if (k->one->procedures->len == k->opts->calls_max) {
        g_array_free(k->one->procedures, TRUE);
        k->one->procedures = NULL;
        return;
    }
    g_array_append_val(k->one->procedures, s);
}

static int by_beginning(gconstpointer a, gconstpointer b)
{
    const struct store_procedure *x = a, *y = b;
    return (x->number > y->number) - (x->number < y->number);
}

static void keep_flow(const struct flow_record *flow, GArray *hops)
{
    static const char *const outcomes[] = {"delivered", "lost", "dropped", "down", "internal"};
    uint32_t step = 0;

    for (size_t i = 0; i < flow->happenings->len; i++) {
        const struct happening *h = flow_at(flow, i);
        if (h->kind != TRACE_MSG)
            continue;
        const struct proto *proto = flow->net->protos[h->hop.msg->proto];
        struct store_hop hop = {.call = sim_flow_index(flow->flow),
                                .step = ++step,
                                .sent = h->time,
                                .received = h->hop.arrival == SIM_NEVER ? -1 : h->hop.arrival,
                                .interface = flow->net->ifaces[h->hop.iface].name,
                                .protocol = proto->name,
                                .sender = g_ref_string_new_intern(h->node->name),
                                .receiver = g_ref_string_new_intern(h->hop.to->name),
                                .message = proto->type_name(h->hop.msg->type),
                                .outcome = outcomes[h->hop.outcome],
                                .clause = h->clause,
                                .transmission = h->hop.nth,
                                .size = h->hop.msg->size};
        g_array_append_val(hops, hop);
    }
}

static GArray *keep_hops(const struct recording *recording)
{
    GArray *hops = g_array_new(FALSE, FALSE, sizeof(struct store_hop));

    for (size_t n = 1; n <= recording_count(recording); n++)
        if (recording_flow(recording, n)->flow & SIM_FLOW_KEPT)
            keep_flow(recording_flow(recording, n), hops);
    return hops;
}

/* ---- what happens over time ---------------------------------------------------------------------------- */

/* Those who look at it; they disturb nothing. */
struct over_time {
    struct metrics *early;         /* for the times of the warm-up, which do not count; NULL: there is none    */
    struct occupancy_watch *watch; /* for stations; NULL: none has servers that can be counted                 */
};

static void over_time_begin(struct over_time *o, const struct one_opts *opts, struct world *w, struct metrics_result *result)
{
    const struct scn *scn = opts->scn;

    *o = (struct over_time){NULL, NULL};
    if (!opts->over_time)
        return;
    o->watch = occupancy_watch(w->net, scn->run.until, servers_of, (void *)(uintptr_t)scn, &result->occupancy);
    if (scn->run.warmup > 0)
        o->early = metrics_new(w->net, 0);
}

/* The warm-up is over: stations forget what they have counted. */
static void warm(struct over_time *o, struct metrics *metrics)
{
    if (o->watch)
        occupancy_count(o->watch);
    metrics_warm(metrics);
    if (o->watch)
        occupancy_forgot(o->watch);
}

/* Before the world is freed. */
static void over_time_end(struct over_time *o, const struct one_opts *opts, struct metrics_result *result)
{
    if (o->watch)
        occupancy_count(o->watch);
    occupancy_watch_free(o->watch);
    if (o->early)
        metrics_finish_series(o->early, result);
    for (int i = 0; i < METRIC_COUNT && opts->over_time && !o->early; i++)
        series_merge(&result->whole[i], &result->series[i]);
}

/* ---- the simulation ----------------------------------------------------------------------------------- */

static void run_world(const struct one_opts *opts, struct one *one, struct world *w)
{
    const struct scn *scn = opts->scn;
    struct recording *recording = opts->record_every ? recording_new(w->sim, w->net, 0) : NULL;
    struct sampled *sampled = opts->explain_every ? sampled_new(w->net, recording) : NULL;
    struct metrics *metrics = metrics_new(w->net, scn->run.warmup);
    struct keeping keeping = {opts, one};
    struct over_time over_time;
    struct checked checked;
    GArray *warm_cells = g_array_new(FALSE, FALSE, sizeof(struct cell_row)); /* counters at the end of the warm-up */

    checked_init(&checked, w, opts->check);
    metrics_explain(metrics, sampled);
    if (opts->calls_max) {
        one->calls = g_array_new(FALSE, FALSE, sizeof(struct store_call));
        metrics_each_call(metrics, keep_call, &keeping);
        one->procedures = g_array_new(FALSE, FALSE, sizeof(struct store_procedure));
        metrics_each_procedure(metrics, keep_procedure, &keeping);
    }
    one->result = g_new(struct metrics_result, 1);
    metrics_result_init(one->result);
    over_time_begin(&over_time, opts, w, one->result);
    if (opts->now)
        trace_add_sink(w->sim, 1u << TRACE_MARK, false, show_clock, opts->now);
    if (scn->run.warmup > 0) {
        one->end = checked_run(&checked, scn->run.warmup);
        warm(&over_time, metrics);
        cells_count(w, NULL, warm_cells);
    }
    if (scn->run.warmup == 0 || (one->end == SIM_END_TIME && scn->run.warmup < scn->run.until))
        one->end = checked_run(&checked, SIM_NEVER);
    one->at = w->sim->now;
    one->causes_most = cause_room(w->sim);
    cells_count(w, warm_cells->len ? warm_cells : NULL, one->result->cells);
    g_array_unref(warm_cells);
    metrics_finish(metrics, servers_of, (void *)(uintptr_t)scn, one->result);
    sampled_free(sampled);
    over_time_end(&over_time, opts, one->result);
    if (opts->meddle)
        opts->meddle(w, opts->meddle_user);
    one->broken = checked_end(&checked, one->end);
    one->compared = check_compared(checked.check);
    one->excused = check_excused(checked.check);
    if (one->calls)
        g_array_sort(one->calls, by_number);
    if (one->procedures)
        g_array_sort(one->procedures, by_beginning);
    if (recording)
        one->hops = keep_hops(recording);
    recording_free(recording);
    world_free(w);
    checked_clear(&checked);
    metrics_free(metrics);
    if (over_time.early)
        metrics_free(over_time.early);
}

void one_run(const struct one_opts *opts, struct one *one)
{
    struct world_opts world_opts = {.seed = opts->seed,
                                    .replication = opts->replication,
                                    .record_every = opts->record_every,
                                    .sample_every = opts->explain_every,
                                    .interrupt = opts->interrupt};

    *one = (struct one){.end = SIM_END_INTERRUPT, .errors = g_ptr_array_new_with_free_func(g_free)};
    struct world *w = world_new(opts->scn, &world_opts, one->errors);
    one->built = w != NULL;
    if (w)
        run_world(opts, one, w);
}

void one_clear(struct one *one)
{
    GArray *const kept[] = {one->calls, one->procedures, one->hops};

    if (one->errors)
        g_ptr_array_unref(one->errors);
    g_free(one->broken);
    if (one->result)
        metrics_result_clear(one->result);
    g_free(one->result);
    for (size_t i = 0; i < G_N_ELEMENTS(kept); i++)
        if (kept[i])
            g_array_free(kept[i], TRUE);
    *one = (struct one){0};
}
