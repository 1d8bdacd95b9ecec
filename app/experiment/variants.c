/* variants.c - runs variants of a scenario in threads (see variants.h). */
#include "app/experiment/variants.h"

#include "app/experiment/one.h"

#include <math.h>

/* How often it is looked for interruption, in us. */
#define LOOK (100 * 1000)

struct batch {
    const struct variants_opts *opts;
    GAsyncQueue *done; /* struct task * */
    volatile int stop; /* read by simulations */
};

/* One replication of one variant. A worker fills it. */
struct task {
    struct batch *batch;
    struct variant *variant;
    unsigned replication;
    uint64_t n;
    double value;
    char *why;
};

/* ---- in a worker ------------------------------------------------------------------------------------- */

static void measure(struct task *t, struct one *one)
{
    const struct variants_opts *opts = t->batch->opts;
    struct stats *s = one->result ? &one->result->time[opts->metric] : NULL;

    if (!one->built)
        t->why = g_strdup(one->errors->len ? g_ptr_array_index(one->errors, 0) : "it cannot be built");
    else if (one->broken)
        t->why = g_strdup(one->broken);
    else if (!world_finished(one->end))
        t->why = g_strdup(sim_end_name(one->end));
    if (t->why || !s)
        return;
    t->n = s->n;
    if (!opts->permille && s->n)
        t->value = stats_mean(s);
    else if (opts->permille && stats_quantile_known(s->n, opts->permille))
        t->value = (double)stats_quantile(s, opts->permille);
}

static void work(gpointer data, gpointer user)
{
    struct task *t = data;
    struct one_opts opts = {.scn = t->variant->scn,
                            .seed = t->batch->opts->seed,
                            .replication = t->replication,
                            .interrupt = &t->batch->stop};
    struct one one;
    (void)user;

    if (!t->batch->stop) {
        one_run(&opts, &one);
        measure(t, &one);
        one_clear(&one);
    }
    g_async_queue_push(t->batch->done, t);
}

/* ---- in the caller's thread -------------------------------------------------------------------------- */

static void take(const struct task *t)
{
    struct variant *v = t->variant;

    v->value[t->replication] = t->value;
    v->n += t->n;
}

/* Of failures, that of the first replication is told, whichever came first. */
static void take_failures(struct task *tasks, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct task *t = &tasks[i];
        if (t->why && !t->variant->why)
            t->variant->why = g_strdup_printf("replication %u: %s", t->replication + 1, t->why);
        g_free(t->why);
    }
}

static void collect(struct batch *b, unsigned wanted)
{
    const struct variants_opts *opts = b->opts;
    gint64 start = g_get_monotonic_time(), told = start;

    for (unsigned done = 0; done < wanted;) {
        struct task *t = g_async_queue_timeout_pop(b->done, LOOK);
        gint64 now = g_get_monotonic_time();
        if (opts->interrupt && *opts->interrupt)
            b->stop = 1;
        if (t) {
            take(t);
            done++;
        }
        if (opts->progress && (now - told >= LOOK || done == wanted)) {
            opts->progress(done, wanted, (double)(now - start) / 1e6, opts->user);
            told = now;
        }
    }
}

bool variants_run(const struct variants_opts *opts, struct variant *v, size_t n)
{
    struct batch b = {.opts = opts, .done = g_async_queue_new()};
    size_t all = n * opts->replications;
    struct task *tasks = g_new0(struct task, all);
    GThreadPool *pool = g_thread_pool_new(work, NULL, (gint)opts->threads, FALSE, NULL);

    for (size_t i = 0; i < n; i++)
        v[i].value = g_new(double, opts->replications);
    for (size_t i = 0; i < all; i++) {
        tasks[i] =
            (struct task){&b, &v[i / opts->replications], (unsigned)(i % opts->replications), 0, NAN, NULL};
        g_thread_pool_push(pool, &tasks[i], NULL);
    }
    collect(&b, (unsigned)all);
    g_thread_pool_free(pool, FALSE, TRUE);
    take_failures(tasks, all);
    g_free(tasks);
    g_async_queue_unref(b.done);
    return !b.stop;
}

void variants_clear(struct variant *v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        g_free(v[i].value);
        g_free(v[i].why);
        v[i].value = NULL;
        v[i].why = NULL;
    }
}

double variant_mean(const struct variant *v, unsigned replications)
{
    double sum = 0;

    for (unsigned i = 0; i < replications; i++)
        sum += v->value[i];
    return sum / replications;
}

bool variants_difference(const struct variant *a, const struct variant *b, unsigned replications,
                         double level, double *mean, double *low, double *high)
{
    *mean = variant_mean(a, replications) - variant_mean(b, replications);
    *low = *high = NAN;
    return isfinite(*mean) && stats_paired_interval(a->value, b->value, replications, level, low, high);
}
