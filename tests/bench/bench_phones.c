/* bench_phones.c - phones on LTE: what a call over bearers costs, and what a registered phone does, connected
 * or idle.
 *
 *     bench_phones [N ...]     default: 20000 (calls), 100000 1000000 (phones)
 *
 * Calls: tests/data/bench/volte-connected.xml. A hop is what it is in bench_hop.c; a call is everything between the
 * phones, the P-CSCFs and the PCRFs from INVITE to the release of its bearers. Counting begins when calls
 * come and go evenly; median of some runs in memory that an earlier one has used.
 *
 * Phones: its network with N phones that begin attached and registered, all connected or all
 * idle, before anybody calls: contexts of all nodes, timers and their share of tables, as memory that the system gave
 * (RSS) and as memory that was asked for (the allocator's count); and how long it takes until the clock can
 * start. Each N in a process of its own. One JSON object each. */
#include "analysis/metrics.h"
#include "models/registry.h"
#include "scenarios/load/build.h"
#include "sim/trace.h"

#include <limits.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SETTLED  (150 * SIM_S) /* longer than nearly every call */
#define MEASURED (120 * SIM_S)
#define RUNS     3

static double cpu_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct scn *load(unsigned phones, const char *state)
{
    char *sets[] = {g_strdup_printf("group[UE-A].count=%u", phones / 2),
                    g_strdup_printf("group[UE-B].count=%u", phones / 2),
                    g_strdup_printf("group[*].state=registered-%s", state),
                    g_strdup("group[UE-A].address=20.0.0.1"), g_strdup("group[UE-B].address=40.0.0.1"), NULL};
    struct scn_load_opts opts = {.sets = sets, .names = world_names()};
    GPtrArray *errors = g_ptr_array_new_with_free_func(g_free);
    char *path = g_strdup(IMSSIM_TEST_SRCDIR "/tests/data/bench/volte-connected.xml");
    struct scn *scn = scn_load(path, &opts, NULL, errors);
    for (guint i = 0; !scn && i < errors->len; i++)
        fprintf(stderr, "%s\n", (char *)g_ptr_array_index(errors, i));
    g_ptr_array_free(errors, TRUE);
    g_free(path);
    for (int i = 0; sets[i]; i++)
        g_free(sets[i]);
    if (!scn)
        exit(1);
    return scn;
}

static struct world *build(const struct scn *scn)
{
    struct world_opts opts = {.seed = 1};
    GPtrArray *errors = g_ptr_array_new_with_free_func(g_free);
    struct world *w = world_new(scn, &opts, errors);
    g_ptr_array_free(errors, TRUE);
    if (!w)
        exit(1);
    return w;
}

/* ---- calls ------------------------------------------------------------------------------------------ */

struct result {
    uint64_t hops, calls;
    double seconds;
};

static void count_call(struct sim *sim, const struct trace_rec *rec, void *user)
{
    (void)sim;
    *(uint64_t *)user += rec->mark.id == MARK_ENDED;
}

static struct result run(const struct scn *scn)
{
    struct world *w = build(scn);
    struct metrics *metrics = metrics_new(w->net, 0);
    uint64_t calls = 0;
    trace_add_sink(w->sim, 1u << TRACE_MARK, false, count_call, &calls);
    world_run(w, SETTLED);
    struct result r = {.hops = w->net->delivered, .calls = calls};
    double t0 = cpu_seconds();
    world_run(w, SETTLED + MEASURED);
    r.seconds = cpu_seconds() - t0;
    r.hops = w->net->delivered - r.hops;
    r.calls = calls - r.calls;
    metrics_free(metrics);
    world_free(w);
    return r;
}

static int by_seconds(const void *a, const void *b)
{
    double x = ((const struct result *)a)->seconds, y = ((const struct result *)b)->seconds;
    return (x > y) - (x < y);
}

static void bench_calls(unsigned phones)
{
    struct scn *scn = load(phones, "connected");
    struct result runs[RUNS];
    run(scn);
    for (int i = 0; i < RUNS; i++)
        runs[i] = run(scn);
    qsort(runs, RUNS, sizeof runs[0], by_seconds);
    struct result r = runs[RUNS / 2];
    printf("{\"bench\":\"calls-volte-connected\",\"phones\":%u,\"calls\":%" G_GUINT64_FORMAT
           ",\"hops\":%" G_GUINT64_FORMAT
           ",\"hops_per_call\":%.1f,\"ns_per_hop\":%.1f,\"us_per_call\":%.1f}\n",
           phones, r.calls, r.hops, (double)r.hops / (double)r.calls, r.seconds * 1e9 / (double)r.hops,
           r.seconds * 1e6 / (double)r.calls);
    scn_free(scn);
}

/* ---- phones ----------------------------------------------------------------------------------------- */

/* Memory of this process, from Linux; 0 elsewhere. */
static double rss_bytes(void)
{
    unsigned long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (f && fscanf(f, "%*u %lu", &pages) != 1)
        pages = 0;
    if (f)
        fclose(f);
    return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static double asked_bytes(void)
{
    struct mallinfo2 m = mallinfo2();
    return (double)m.uordblks + (double)m.hblkhd;
}

static void bench_state(unsigned phones, const char *state)
{
    struct scn *scn = load(phones, state);
    double rss = rss_bytes(), asked = asked_bytes(), t0 = cpu_seconds();
    struct world *w = build(scn);
    double seconds = cpu_seconds() - t0;
    printf("{\"bench\":\"phones-%s\",\"phones\":%u,\"rss_bytes_per_phone\":%.0f,\"asked_bytes_per_"
           "phone\":%.0f,\"start_s\":%.3f}\n",
           state, phones, (rss_bytes() - rss) / phones, (asked_bytes() - asked) / phones, seconds);
    world_free(w);
    scn_free(scn);
}

static void bench_connected(unsigned phones)
{
    bench_state(phones, "connected");
}

static void bench_idle(unsigned phones)
{
    bench_state(phones, "idle");
}

/* What one leaves to the allocator must not help the next. */
static void apart(void (*bench)(unsigned n), unsigned n)
{
    int status = 1;
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        bench(n);
        fflush(stdout);
        _exit(0);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
        exit(1);
}

static void bench_calls_in_used_memory(unsigned phones)
{
    mallopt(M_MMAP_MAX, 0);
    mallopt(M_TRIM_THRESHOLD, INT_MAX);
    bench_calls(phones);
}

int main(int argc, char **argv)
{
    registry_init();
    if (argc < 2) {
        apart(bench_calls_in_used_memory, 20000);
        apart(bench_connected, 100000);
        apart(bench_connected, 1000000);
        apart(bench_idle, 100000);
        apart(bench_idle, 1000000);
    }
    for (int i = 1; i < argc; i++) {
        unsigned phones = (unsigned)strtoul(argv[i], NULL, 10);
        apart(bench_connected, phones);
        apart(bench_idle, phones);
    }
    return 0;
}
