/* workers.c - threads that take jobs from one queue (see workers.h). */
#include "app/experiment/workers.h"

struct workers {
    void (*work)(gpointer job);
    GAsyncQueue *jobs;
    GThread **threads;
    unsigned n;
};

/* What tells a thread to go. */
static char go_home;

static gpointer take_jobs(gpointer data)
{
    const struct workers *w = data;
    for (gpointer job; (job = g_async_queue_pop(w->jobs)) != &go_home;)
        w->work(job);
    return NULL;
}

struct workers *workers_new(void (*work)(gpointer job), unsigned n)
{
    struct workers *w = g_new0(struct workers, 1);

    w->work = work;
    w->jobs = g_async_queue_new();
    w->n = MAX(n, 1);
    w->threads = g_new0(GThread *, w->n);
    for (unsigned i = 0; i < w->n; i++)
        w->threads[i] = g_thread_new("simulation", take_jobs, w);
    return w;
}

void workers_give(struct workers *w, gpointer job)
{
    g_async_queue_push(w->jobs, job);
}

void workers_free(struct workers *w)
{
    for (unsigned i = 0; i < w->n; i++)
        g_async_queue_push(w->jobs, &go_home);
    for (unsigned i = 0; i < w->n; i++)
        g_thread_join(w->threads[i]);
    g_async_queue_unref(w->jobs);
    g_free(w->threads);
    g_free(w);
}
