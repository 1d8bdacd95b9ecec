/* replicate.c - independent replications in threads (see replicate.h). */
#include "app/experiment/replicate.h"

#include "analysis/record.h"
#include "app/experiment/checked.h"
#include "sim/trace.h"

#include <string.h>

/* How often it is looked for interruption, in us. */
#define LOOK (100 * 1000)

/* One replication. A worker fills it; the caller's thread reads it once it came back through the queue. */
struct job {
    struct crew *crew;
    unsigned index;
    gint64 now; /* its clock, read by others: atomic */
    bool back, built;
    enum sim_end end;
    sim_time at;
    GPtrArray *errors;
    char *broken;
    uint64_t compared;
    const char *excused;
    struct metrics_result *result;     /* NULL: it never began */
    GArray *calls, *procedures, *hops; /* struct store_call, store_procedure, store_hop; NULL: not kept */
};

struct crew {
    const struct replicate_opts *opts;
    struct job *jobs;
    GThreadPool *pool;
    GAsyncQueue *done; /* struct job *                                                   */
    unsigned begun;    /* handed to the pool                                             */
    unsigned wanted;   /* so many replications; gets smaller when the precision is there */
    volatile int stop; /* read by simulations                                            */
};

/* ---- in a worker ----------------------------------------------------------------------------------- */

static void show_clock(struct sim *sim, const struct trace_rec *rec, void *user)
{
    struct job *job = user;
    (void)rec;
    __atomic_store_n(&job->now, sim->now, __ATOMIC_RELAXED);
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

/* ---- ... what is kept of single calls */

static void keep_call(const struct metrics_call *call, void *user)
{
    struct job *job = user;
    struct store_call c = {.number = call->number,
                           .caller = g_intern_string(call->caller->name),
                           .called = call->called ? g_intern_string(call->called->name) : NULL,
                           .status = call->status,
                           .ended = call->ended};

    if (!job->calls)
        return;
    if (job->calls->len == job->crew->opts->calls_max) {
        g_array_free(job->calls, TRUE);
        job->calls = NULL;
        return;
    }
    memcpy(c.time, call->time, sizeof c.time);
    memcpy(c.side, call->side, sizeof c.side);
    g_array_append_val(job->calls, c);
}

static int by_number(gconstpointer a, gconstpointer b)
{
    const struct store_call *x = a, *y = b;
    return (x->number > y->number) - (x->number < y->number);
}

static void keep_procedure(const struct metrics_procedure *p, void *user)
{
    struct job *job = user;
    struct store_procedure s = {.number = p->number,
                                .phone = g_intern_string(p->phone->name),
                                .procedure = p->procedure,
                                .outcome = p->outcome,
                                .begun = p->begun,
                                .ended = p->ended,
                                .cause = p->cause};

    if (!job->procedures)
        return;
    if (job->procedures->len == job->crew->opts->calls_max) {
        g_array_free(job->procedures, TRUE);
        job->procedures = NULL;
        return;
    }
    g_array_append_val(job->procedures, s);
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
                                .sender = g_intern_string(h->node->name),
                                .receiver = g_intern_string(h->hop.to->name),
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
        keep_flow(recording_flow(recording, n), hops);
    return hops;
}

static void run_world(struct job *job, struct world *w)
{
    const struct replicate_opts *opts = job->crew->opts;
    const struct scn *scn = opts->scn;
    struct metrics *metrics = metrics_new(w->net, scn->run.warmup);
    struct recording *recording = opts->record_every ? recording_new(w->sim, w->net, 0) : NULL;
    struct checked checked;

    checked_init(&checked, w, opts->check);
    if (opts->calls_max) {
        job->calls = g_array_new(FALSE, FALSE, sizeof(struct store_call));
        metrics_each_call(metrics, keep_call, job);
        job->procedures = g_array_new(FALSE, FALSE, sizeof(struct store_procedure));
        metrics_each_procedure(metrics, keep_procedure, job);
    }
    job->result = g_new(struct metrics_result, 1);
    metrics_result_init(job->result);
    trace_add_sink(w->sim, 1u << TRACE_MARK, false, show_clock, job);
    if (scn->run.warmup > 0) {
        job->end = checked_run(&checked, scn->run.warmup);
        metrics_warm(metrics);
    }
    if (scn->run.warmup == 0 || (job->end == SIM_END_TIME && scn->run.warmup < scn->run.until))
        job->end = checked_run(&checked, SIM_NEVER);
    job->at = w->sim->now;
    metrics_finish(metrics, servers_of, (void *)(uintptr_t)scn, job->result);
    if (opts->meddle)
        opts->meddle(w, opts->meddle_user);
    job->broken = checked_end(&checked, job->end);
    job->compared = check_compared(checked.check);
    job->excused = check_excused(checked.check);
    if (job->calls)
        g_array_sort(job->calls, by_number);
    if (job->procedures)
        g_array_sort(job->procedures, by_beginning);
    if (recording)
        job->hops = keep_hops(recording);
    recording_free(recording);
    world_free(w);
    checked_clear(&checked);
    metrics_free(metrics);
}

static void work(gpointer data, gpointer user)
{
    struct job *job = data;
    const struct replicate_opts *opts = job->crew->opts;
    struct world_opts world_opts = {.seed = opts->seed,
                                    .replication = job->index,
                                    .record_every = opts->record_every,
                                    .interrupt = &job->crew->stop};
    (void)user;

    job->end = SIM_END_INTERRUPT;
    if (!job->crew->stop) {
        struct world *w = world_new(opts->scn, &world_opts, job->errors);
        job->built = w != NULL;
        if (w)
            run_world(job, w);
    }
    g_async_queue_push(job->crew->done, job);
}

/* ---- in the caller's thread ------------------------------------------------------------------------ */

static void tell(const struct crew *crew, unsigned done, gint64 start_us)
{
    const struct replicate_opts *opts = crew->opts;
    sim_time until = opts->scn->run.until;
    struct replicate_progress p = {.wanted = crew->wanted, .done = done, .share = -1};

    if (!opts->progress)
        return;
    p.elapsed_s = (double)(g_get_monotonic_time() - start_us) / 1e6;
    if (opts->precision > 0) {
        p.share = -1; /* nobody knows */
    } else if (until != SIM_NEVER && until > 0) {
        double sum = 0;
        for (unsigned i = 0; i < crew->wanted; i++)
            sum += crew->jobs[i].back
                       ? 1
                       : (double)__atomic_load_n(&crew->jobs[i].now, __ATOMIC_RELAXED) / (double)until;
        p.share = sum / crew->wanted;
    } else if (crew->wanted > 1) {
        p.share = (double)done / crew->wanted;
    }
    opts->progress(&p, opts->user);
}

/* Hands a replication on; job NULL: there is none. */
static void hand_on(struct crew *crew, const struct job *job, struct kpi *kpi)
{
    const struct replicate_opts *opts = crew->opts;
    struct store_replication r;

    if (!opts->took)
        return;
    if (job)
        r = (struct store_replication){.number = job->index + 1,
                                       .end = sim_end_name(job->end),
                                       .at = job->at,
                                       .result = job->result,
                                       .calls = job->calls,
                                       .procedures = job->procedures,
                                       .hops = job->hops};
    if (!opts->took(job ? &r : NULL, kpi, opts->took_user))
        crew->stop = 1;
}

/* Takes a replication into the answer, in order. */
static void take(struct job *job, struct kpi *kpi, struct replicate_end *end, GPtrArray *errors)
{
    if (!errors->len) /* the same for all: once is enough */
        while (job->errors->len)
            g_ptr_array_add(errors, g_ptr_array_steal_index(job->errors, 0));
    if (job->broken && !end->broken)
        end->broken = g_strdup_printf("replication %u: %s", job->index + 1, job->broken);
    end->compared += job->compared;
    end->excused = end->excused ? end->excused : job->excused;
    if (job->built && world_finished(job->end)) {
        kpi_add(kpi, job->result);
        kpi->finished = ++end->finished;
        hand_on(job->crew, job, kpi);
    } else if (end->end == SIM_END_NONE) {
        end->end = job->end;
        end->which = job->index;
        end->at = job->at;
    }
}

static void free_job(struct job *job)
{
    g_ptr_array_free(job->errors, TRUE);
    g_free(job->broken);
    if (job->result)
        metrics_result_clear(job->result);
    g_free(job->result);
    if (job->calls)
        g_array_free(job->calls, TRUE);
    if (job->procedures)
        g_array_free(job->procedures, TRUE);
    if (job->hops)
        g_array_free(job->hops, TRUE);
}

/* ---- ... how many */

/* Whether the replications so far, the first ones, are enough. */
static bool enough(const struct crew *crew, const struct kpi *kpi)
{
    const struct replicate_opts *opts = crew->opts;
    const GArray *means = kpi->means[opts->metric];
    double low, high;

    return opts->precision > 0 && kpi->finished >= opts->least &&
           stats_t_interval((const double *)(void *)means->data, means->len, opts->level, &low, &high) &&
           stats_precise((low + high) / 2, low, high, opts->precision);
}

/* Hands replications to the pool: all, or with a precision as many as may be needed to keep it busy. */
static void go_on(struct crew *crew, unsigned taken)
{
    const struct replicate_opts *opts = crew->opts;
    unsigned ahead = opts->precision > 0 ? MAX(taken + 2 * opts->threads, opts->least) : crew->wanted;

    for (; crew->begun < MIN(ahead, crew->wanted); crew->begun++) {
        struct job *job = &crew->jobs[crew->begun];
        job->crew = crew;
        job->index = crew->begun;
        job->errors = g_ptr_array_new_with_free_func(g_free);
        g_thread_pool_push(crew->pool, job, NULL);
    }
}

/* Waits for all; takes each as soon as those before it are there. */
static void collect(struct crew *crew, struct kpi *kpi, struct replicate_end *end, GPtrArray *errors)
{
    const volatile int *interrupt = crew->opts->interrupt;
    unsigned done = 0, taken = 0;
    gint64 start = g_get_monotonic_time();

    for (go_on(crew, 0); done < crew->begun; go_on(crew, taken)) {
        struct job *job = g_async_queue_timeout_pop(crew->done, LOOK);
        if (interrupt && *interrupt)
            crew->stop = 1;
        if (job) {
            job->back = true;
            done++;
        } else {
            hand_on(crew, NULL, kpi);
        }
        while (taken < crew->begun && crew->jobs[taken].back) {
            struct job *next = &crew->jobs[taken++];
            if (taken <= crew->wanted)
                take(next, kpi, end, errors);
            if (next->index > 0) /* the first is kept in case that none finishes */
                free_job(next);
            if (taken <= crew->wanted && enough(crew, kpi)) {
                crew->wanted = taken;
                crew->stop = 1; /* those beyond it */
            }
        }
        if (end->end != SIM_END_NONE)
            crew->wanted = MIN(crew->wanted, crew->begun); /* no use in more */
        if (!job || done >= crew->wanted)
            tell(crew, done, start);
    }
}

bool replicate(const struct replicate_opts *opts, struct kpi *kpi, struct replicate_end *end,
               GPtrArray *errors)
{
    struct crew crew = {.opts = opts, .done = g_async_queue_new(), .wanted = opts->replications};
    guint before = errors->len;

    *end = (struct replicate_end){0};
    crew.jobs = g_new0(struct job, opts->replications);
    crew.pool = g_thread_pool_new(work, NULL, (gint)MIN(opts->threads, opts->replications), FALSE, NULL);
    collect(&crew, kpi, end, errors);
    g_thread_pool_free(crew.pool, FALSE, TRUE);
    kpi->wanted = crew.wanted;
    end->imprecise = opts->precision > 0 && end->end == SIM_END_NONE && !enough(&crew, kpi);
    if (end->finished == 0 && crew.jobs[0].result) {
        kpi_add(kpi, crew.jobs[0].result);
        hand_on(&crew, &crew.jobs[0], kpi);
    }
    free_job(&crew.jobs[0]);
    g_free(crew.jobs);
    g_async_queue_unref(crew.done);
    return errors->len == before;
}
