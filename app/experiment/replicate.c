/* replicate.c - independent replications in threads (see replicate.h). */
#include "app/experiment/replicate.h"

#include "app/experiment/one.h"

/* How often it is looked for interruption, in us. */
#define LOOK (100 * 1000)

/* One replication. A worker fills it; the caller's thread reads it once it came back through the queue. */
struct job {
    struct crew *crew;
    unsigned index;
    gint64 now; /* its clock, read by others: atomic */
    bool back;
    struct one one;
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

static void work(gpointer data, gpointer user)
{
    struct job *job = data;
    const struct replicate_opts *opts = job->crew->opts;
    struct one_opts one_opts = {.scn = opts->scn,
                                .seed = opts->seed,
                                .replication = job->index,
                                .calls_max = opts->calls_max,
                                .record_every = opts->record_every,
                                .explain_every = opts->explain_every,
                                .over_time = opts->over_time,
                                .interrupt = &job->crew->stop,
                                .check = opts->check,
                                .meddle = opts->meddle,
                                .meddle_user = opts->meddle_user,
                                .now = &job->now};
    (void)user;

    job->one.end = SIM_END_INTERRUPT;
    if (!job->crew->stop)
        one_run(&one_opts, &job->one);
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
                                       .end = sim_end_name(job->one.end),
                                       .at = job->one.at,
                                       .result = job->one.result,
                                       .calls = job->one.calls,
                                       .procedures = job->one.procedures,
                                       .hops = job->one.hops};
    if (!opts->took(job ? &r : NULL, kpi, opts->took_user))
        crew->stop = 1;
}

/* Takes a replication into the answer, in order. */
static void take(struct job *job, struct kpi *kpi, struct replicate_end *end, GPtrArray *errors)
{
    if (!errors->len) /* the same for all: once is enough */
        while (job->one.errors && job->one.errors->len)
            g_ptr_array_add(errors, g_ptr_array_steal_index(job->one.errors, 0));
    if (job->one.broken && !end->broken)
        end->broken = g_strdup_printf("replication %u: %s", job->index + 1, job->one.broken);
    end->compared += job->one.compared;
    end->excused = end->excused ? end->excused : job->one.excused;
    /* one that finished beside an interrupted one before it does not count: there would be a gap */
    if (job->one.built && world_finished(job->one.end) && end->end != SIM_END_INTERRUPT) {
        kpi_add(kpi, job->one.result);
        kpi->finished = ++end->finished;
        hand_on(job->crew, job, kpi);
    } else if (end->end == SIM_END_NONE) {
        end->end = job->one.end;
        end->which = job->index;
        end->at = job->one.at;
    }
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
                one_clear(&next->one);
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
    if (end->finished == 0 && crew.jobs[0].one.result) {
        kpi_add(kpi, crew.jobs[0].one.result);
        hand_on(&crew, &crew.jobs[0], kpi);
    }
    one_clear(&crew.jobs[0].one);
    g_free(crew.jobs);
    g_async_queue_unref(crew.done);
    return errors->len == before;
}
