/* bench_hop.c - what one hop of the full model costs: the mmd-4 flow with N calls in set-up at once.
 *
 *     bench_hop [N ...]        default: 1000 100000
 *
 * A hop is one message moved over one interface between two boxes, with everything it causes: link,
 * station, transactions at both ends, timers started and cancelled, dialogs, offer/answer, statistics. Nothing is
 * recorded. N callers dial evenly over the time one set-up takes, for several such times, so that N calls
 * are in set-up at any moment; the clock runs from when the first have been set up until the last dials. A first
 * run, not counted, makes the system hand out the memory: how fast it does says nothing about the program
 * (on virtual machines a first touch can cost microseconds). One JSON object per N. */
#include "analysis/metrics.h"
#include "models/registry.h"
#include "scenarios/load/build.h"
#include "sim/trace.h"

#include <limits.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#define ROUNDS 2 /* set-up times that are measured                       */
#define RUNS 3   /* runs in memory already used, of which the median counts */

static double cpu_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct scn *load(unsigned n)
{
    char *sets[] = {g_strdup_printf("group[UE-1].count=%u", n), g_strdup_printf("group[UE-2].count=%u", n),
                    g_strdup("call[1].from=UE-1-1"), g_strdup("call[1].to=UE-2-1"), NULL};
    struct scn_load_opts opts = {.sets = sets, .names = world_names()};
    GPtrArray *errors = g_ptr_array_new_with_free_func(g_free);
    char *path = scn_find("mmd-4");
    struct scn *scn = scn_load(path, &opts, NULL, errors);
    g_free(path);
    for (guint i = 0; !scn && i < errors->len; i++)
        fprintf(stderr, "%s\n", (char *)g_ptr_array_index(errors, i));
    g_ptr_array_free(errors, TRUE);
    for (int i = 0; sets[i]; i++)
        g_free(sets[i]);
    return scn;
}

static void note_mark(struct sim *sim, const struct trace_rec *rec, void *user)
{
    (void)sim;
    if (rec->mark.id == MARK_INVITE_SENT)
        *(sim_time *)user -= rec->time;
    if (rec->mark.id == MARK_RINGBACK)
        *(sim_time *)user += rec->time;
}

/* From the first INVITE to the 180 of one call alone: the scenario's only one. */
static sim_time setup_time(const struct scn *scn)
{
    struct world_opts opts = {.seed = 1};
    GPtrArray *errors = g_ptr_array_new_with_free_func(g_free);
    sim_time setup = 0;
    struct world *w = world_new(scn, &opts, errors);
    trace_add_sink(w->sim, 1u << TRACE_MARK, false, note_mark, &setup);
    world_run(w, SIM_NEVER);
    world_free(w);
    g_ptr_array_free(errors, TRUE);
    return setup;
}

struct result {
    uint64_t hops, events;
    double seconds;
};

/* One run of the flow; measures its later part. */
static struct result run(const struct scn *scn, sim_time setup)
{
    struct world_opts opts = {.seed = 1};
    GPtrArray *errors = g_ptr_array_new_with_free_func(g_free);
    struct world *w = world_new(scn, &opts, errors);
    struct metrics *metrics = metrics_new(w->net, 0);
    world_run(w, setup);
    struct result r = {.hops = w->net->delivered, .events = w->sim->events};
    double t0 = cpu_seconds();
    world_run(w, setup * (ROUNDS + 1));
    r.seconds = cpu_seconds() - t0;
    r.hops = w->net->delivered - r.hops;
    r.events = w->sim->events - r.events;
    metrics_free(metrics);
    world_free(w);
    g_ptr_array_free(errors, TRUE);
    return r;
}

static int by_seconds(const void *a, const void *b)
{
    double x = ((const struct result *)a)->seconds, y = ((const struct result *)b)->seconds;
    return (x > y) - (x < y);
}

static void bench(unsigned n)
{
    struct scn *scn = load(n);
    if (!scn)
        exit(1);
    sim_time setup = setup_time(scn), gap = setup / n;
    struct scn_call first = g_array_index(scn->calls, struct scn_call, 0);
    guint total = n * (ROUNDS + 1);
    char **names = g_new(char *, 2 * (gsize)n);
    for (unsigned i = 0; i < n; i++) {
        names[2 * i] = g_strdup_printf("UE-1-%u", i + 1);
        names[2 * i + 1] = g_strdup_printf("UE-2-%u", i + 1);
    }
    for (guint i = 1; i < total; i++) {
        struct scn_call c = first;
        c.at = (sim_time)i * gap;
        c.from = names[2 * (i % n)];
        c.to = names[2 * (i % n) + 1];
        g_array_append_val(scn->calls, c);
    }
    struct result runs[RUNS];
    run(scn, setup);
    for (int i = 0; i < RUNS; i++)
        runs[i] = run(scn, setup);
    qsort(runs, RUNS, sizeof runs[0], by_seconds);
    struct result r = runs[RUNS / 2];
    struct rusage ru;
    getrusage(RUSAGE_SELF, &ru);
    printf("{\"bench\":\"hop-mmd-4\",\"calls_in_setup\":%u,\"hops\":%" G_GUINT64_FORMAT ",\"ns_per_hop\":%.1f,\"hops_per_s\":%.0f,"
           "\"events_per_s\":%.0f,\"what_is_an_event\":\"one kernel event: delivery (with service, where a box has servers without limit), service end, timer, user action\","
           "\"peak_rss_bytes\":%" G_GUINT64_FORMAT "}\n",
           n, r.hops, r.seconds * 1e9 / (double)r.hops, (double)r.hops / r.seconds, (double)r.events / r.seconds, (guint64)ru.ru_maxrss * 1024);
    fflush(stdout);
    for (gsize i = 0; i < 2 * (gsize)n; i++)
        g_free(names[i]);
    g_free(names);
    g_array_set_size(scn->calls, 1);
    scn_free(scn);
}

int main(int argc, char **argv)
{
    static const unsigned sizes[] = {1000, 100000};
    registry_init();
    mallopt(M_MMAP_MAX, 0); /* freed memory stays with the process: see above */
    mallopt(M_TRIM_THRESHOLD, INT_MAX);
    for (int i = 0; argc < 2 && i < 2; i++)
        bench(sizes[i]);
    for (int i = 1; i < argc; i++)
        bench((unsigned)strtoul(argv[i], NULL, 10));
    return 0;
}
