/* rng_dump.c - random streams as raw bytes on stdout, for outside test batteries; and their speed.
 *
 *   rng_dump stream  SEED NAME     one named stream
 *   rng_dump streams SEED COUNT    COUNT named streams "place/0", "place/1", ... in turn
 *   rng_dump keys    SEED DRAWS    keys 0, 1, 2, ... of one name, DRAWS numbers of each
 *   rng_dump                       ns per draw as JSON, no bytes
 *
 * 64-bit words, least significant byte first, until the reader goes away:
 *   rng_dump keys 1 1 | dieharder -g 200 -d 15 */
#include "sim/dist.h"
#include "sim/rng.h"

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BLOCK = 4096 };

/* False when nobody reads any more. */
static bool put(uint64_t word)
{
    static uint64_t block[BLOCK];
    static size_t used;
    block[used++] = GUINT64_TO_LE(word);
    if (used < BLOCK)
        return true;
    used = 0;
    return fwrite(block, sizeof block, 1, stdout) == 1;
}

static void dump_stream(struct rng_set *set, const char *name)
{
    struct rng *r = rng_stream(set, name);
    while (put(rng_u64(r)))
        ;
}

static void dump_streams(struct rng_set *set, unsigned count)
{
    struct rng **all = g_new(struct rng *, count);
    for (unsigned i = 0; i < count; i++) {
        char *name = g_strdup_printf("place/%u", i);
        all[i] = rng_stream(set, name);
        g_free(name);
    }
    for (unsigned i = 0; put(rng_u64(all[i])); i = (i + 1) % count)
        ;
    g_free(all);
}

static void dump_keys(struct rng_set *set, unsigned draws)
{
    struct rng_key of = rng_key_of(set, "keys");
    for (uint64_t key = 0;; key++) {
        struct rng r;
        rng_init_keyed(&r, &of, key);
        for (unsigned i = 0; i < draws; i++) {
            if (!put(rng_u64(&r)))
                return;
        }
    }
}

/* ---- speed ----------------------------------------------------------------------------------- */

static double cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void report(const char *what, double ns, unsigned draws, double sum)
{
    printf("{\"benchmark\": \"rng %s\", \"ns_per_draw\": %.2f, \"draws\": %u, \"mean\": %.6g}\n", what,
           ns / draws, draws, sum / draws);
}

#define BENCH(what, draws, expression)                                                                       \
    do {                                                                                                     \
        double sum = 0, start = cpu_ns();                                                                    \
        for (unsigned i = 0; i < (draws); i++)                                                               \
            sum += (double)(expression);                                                                     \
        report((what), cpu_ns() - start, (draws), sum);                                                      \
    } while (0)

static double first_of_key(const struct rng_key *of, uint64_t key)
{
    struct rng r;
    rng_init_keyed(&r, of, key);
    return rng_uniform(&r);
}

static void bench(struct rng_set *set)
{
    static const char *const texts[] = {
        "5ms",           "exp(5ms)",        "normal(5ms,1ms)",  "lognormal(5ms,2ms)", "gamma(5ms,2ms)",
        "erlang(2,5ms)", "hyperexp(5ms,4)", "weibull(5ms,1.5)", "pareto(5ms,2.5)",    "uniform(1ms,9ms)",
    };
    struct rng *r = rng_stream(set, "bench");
    struct rng_key of = rng_key_of(set, "bench");
    BENCH("u64", 20000000u, rng_u64(r) >> 11);
    BENCH("uniform", 20000000u, rng_uniform(r));
    BENCH("exp", 20000000u, rng_exp(r));
    BENCH("normal", 20000000u, rng_normal(r));
    BENCH("keyed stream and first draw", 20000000u, first_of_key(&of, i));
    for (size_t k = 0; k < G_N_ELEMENTS(texts); k++) {
        struct dist d;
        if (!dist_parse(&d, texts[k], NULL, NULL))
            abort();
        BENCH(texts[k], 4000000u, dist_draw(&d, r));
        dist_clear(&d);
    }
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    uint64_t seed = argc > 2 ? g_ascii_strtoull(argv[2], NULL, 10) : 1;
    unsigned count = argc > 3 ? (unsigned)g_ascii_strtoull(argv[3], NULL, 10) : 0;
    struct rng_set *set = rng_set_new(seed, 0);
    int status = 0;

    if (argc < 2) {
        bench(set);
    } else if (strcmp(what, "stream") == 0 && argc == 4) {
        dump_stream(set, argv[3]);
    } else if (strcmp(what, "streams") == 0 && count > 0) {
        dump_streams(set, count);
    } else if (strcmp(what, "keys") == 0 && count > 0) {
        dump_keys(set, count);
    } else {
        fprintf(stderr, "usage: rng_dump [stream SEED NAME | streams SEED COUNT | keys SEED DRAWS]\n");
        status = 2;
    }
    rng_set_free(set);
    return status;
}
