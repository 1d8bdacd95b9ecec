/* test_series.c - values in the order of time: batch means, MSER-5 (analysis/series.h). */
#include "analysis/series.h"

#include "analysis/stats.h"
#include "sim/rng.h"

#include <CUnit/CUnit.h>
#include <glib.h>
#include <math.h>
#include <string.h>

static __int128 sum_of(const struct series *s)
{
    __int128 sum = 0;
    for (uint32_t i = 0; i < s->used; i++)
        sum += s->bin[i].sum;
    return sum;
}

static uint64_t n_of(const struct series *s)
{
    uint64_t n = 0;
    for (uint32_t i = 0; i < s->used; i++)
        n += s->bin[i].n;
    return n;
}

static bool same(const struct series *a, const struct series *b)
{
    bool equal = a->used == b->used && a->width == b->width;
    for (uint32_t i = 0; equal && i < a->used; i++)
        equal = a->bin[i].n == b->bin[i].n && a->bin[i].sum == b->bin[i].sum;
    return equal;
}

/* ---- bins -------------------------------------------------------------------------------------------- */

void test_series_memory_is_bounded(void)
{
    struct series s;

    series_init(&s);
    CU_ASSERT_PTR_NULL(s.bin);
    for (int64_t i = 0; i < 100000; i++)
        series_add(&s, i * 37 * SIM_MS, i);
    CU_ASSERT_EQUAL(n_of(&s), 100000);
    CU_ASSERT(sum_of(&s) == INT64_C(100000) * 99999 / 2);
    CU_ASSERT(s.used <= SERIES_BINS && s.used > SERIES_BINS / 2);
    CU_ASSERT_EQUAL(s.width, 2048 * SIM_MS); /* 3700 s: the first power of two ms of which 2048 are enough */
    for (uint32_t i = 0; i < s.used; i++) {
        int64_t first = (i * s.width + 37 * SIM_MS - 1) / (37 * SIM_MS);
        CU_ASSERT(s.bin[i].n > 0 && s.bin[i].sum / (int64_t)s.bin[i].n >= first);
    }
    series_clear(&s);
}

/* The same values in any order and grouping give the same bins. */
void test_series_merge_is_exact(void)
{
    struct series whole, parts[3], forward, backward;

    series_init(&whole);
    series_init(&forward);
    series_init(&backward);
    for (size_t p = 0; p < 3; p++)
        series_init(&parts[p]);
    for (int64_t i = 0; i < 30000; i++) {
        int64_t k = i * 7919 % 30000; /* another order */
        series_add(&whole, i * i * 100, i);
        series_add(&parts[k < 100 ? 0 : k < 5000 ? 1 : 2], k * k * 100, k);
    }
    CU_ASSERT(parts[0].width < parts[1].width && parts[1].width < parts[2].width);
    for (size_t p = 0; p < 3; p++) {
        series_merge(&forward, &parts[p]);
        series_merge(&backward, &parts[2 - p]);
    }
    CU_ASSERT_TRUE(same(&whole, &forward));
    CU_ASSERT_TRUE(same(&whole, &backward));
    for (size_t p = 0; p < 3; p++)
        series_clear(&parts[p]);
    series_clear(&whole);
    series_clear(&forward);
    series_clear(&backward);
}

/* What is kept of a series in fewer bins, and read again, is the same series. */
void test_series_fewer_bins(void)
{
    struct series whole, fewer, back;

    series_init(&whole);
    series_init(&fewer);
    series_init(&back);
    for (int64_t i = 0; i < 5000; i++)
        series_add(&whole, i * i * 1000, i);
    series_merge(&fewer, &whole);
    series_coarsen(&fewer, 100);
    CU_ASSERT(fewer.used <= 100 && fewer.used > 50);
    CU_ASSERT_EQUAL(n_of(&fewer), 5000);
    CU_ASSERT(sum_of(&fewer) == sum_of(&whole));
    CU_ASSERT(whole.used > 1000); /* as it was */
    for (uint32_t i = 0; i < fewer.used; i++)
        if (fewer.bin[i].n)
            series_put(&back, fewer.width, i * fewer.width, fewer.bin[i].n, fewer.bin[i].sum);
    CU_ASSERT_TRUE(same(&fewer, &back));
    series_coarsen(&back, 1);
    CU_ASSERT_EQUAL(back.used, 1);
    CU_ASSERT_EQUAL(n_of(&back), 5000);
    series_clear(&whole);
    series_clear(&fewer);
    series_clear(&back);
}

/* ---- batch means --------------------------------------------------------------------------------------- */

void test_series_lag1(void)
{
    double value[100];

    for (size_t i = 0; i < 100; i++)
        value[i] = i % 2 ? 1 : -1;
    CU_ASSERT_DOUBLE_EQUAL(series_lag1(value, 100), 1 - 4.0 * 99 / (2 * 100), 1e-12);
    for (size_t i = 0; i < 100; i++)
        value[i] = (double)i; /* squares n(n^2 - 1)/12, steps n - 1 */
    CU_ASSERT_DOUBLE_EQUAL(series_lag1(value, 100), 1 - 99 * 12.0 / (2 * 100.0 * 9999), 1e-12);
    for (size_t i = 0; i < 100; i++)
        value[i] = 3;
    CU_ASSERT_EQUAL(series_lag1(value, 100), 0);
}

#define LEVEL 1e9 /* of the values below, so that none is negative */

/* x = phi x' + e, standard normal e: one value every 10 ms. Sum of autocorrelations: (1 + phi)/(1 - phi). */
static void autoregressive(struct series *s, double phi, unsigned n, uint64_t seed)
{
    struct rng_set *set = rng_set_new(seed, 0);
    struct rng *r = rng_stream(set, "test");
    double x = rng_normal(r) / sqrt(1 - phi * phi);

    series_init(s);
    for (unsigned i = 0; i < n; i++) {
        series_add(s, i * 10 * SIM_MS, (int64_t)(LEVEL + 1e6 * x));
        double e = rng_normal(r);
        x = phi * x + e;
    }
    rng_set_free(set);
}

/* Known: the mean is LEVEL, and its standard error 1e6 / (1 - phi) / sqrt(n). */
void test_series_batch_means_of_known_process(void)
{
    enum { N = 8000, TIMES = 400 };
    const double phi = 0.8, error = 1e6 / (1 - phi) / sqrt(N);
    unsigned covered = 0, good = 0;
    double widths = 0;

    for (uint64_t seed = 1; seed <= TIMES; seed++) {
        struct series_batches b;
        struct series s;
        autoregressive(&s, phi, N, seed);
        if (series_batch_means(&s, N * 10 * SIM_MS, 0.95, &b) == SERIES_GOOD) {
            good++;
            covered += b.low <= LEVEL && LEVEL <= b.high;
            widths += (b.high - b.low) / 2;
            CU_ASSERT(b.batches == 40 || b.batches == 20 || b.batches == 10);
            CU_ASSERT_DOUBLE_EQUAL(b.mean, (double)sum_of(&s) / N, 1);
        }
        series_clear(&s);
    }
    CU_ASSERT(good > 0.98 * TIMES);
    CU_ASSERT(covered >= 0.92 * good && covered <= 0.98 * good);
    CU_ASSERT_DOUBLE_EQUAL(widths / good / error, 2.02, 0.1); /* t of 39 degrees of freedom */
}

void test_series_batch_means_says_no(void)
{
    struct series_batches b;
    struct series s;

    autoregressive(&s, 0.5, 99, 1);
    CU_ASSERT_EQUAL(series_batch_means(&s, 990 * SIM_MS, 0.95, &b), SERIES_TOO_FEW);
    series_clear(&s);
    series_init(&s); /* a queue that grows and grows */
    for (int i = 0; i < 4000; i++)
        series_add(&s, i * 10 * SIM_MS, i);
    CU_ASSERT_EQUAL(series_batch_means(&s, 40000 * SIM_MS, 0.95, &b), SERIES_CORRELATED);
    CU_ASSERT(b.lag1 > 0.9);
    series_clear(&s);
    series_init(&s); /* many, but all at one moment */
    for (int i = 0; i < 1000; i++)
        series_add(&s, 0, 5);
    CU_ASSERT_EQUAL(series_batch_means(&s, 10 * SIM_MS, 0.95, &b), SERIES_TOO_FEW);
    series_clear(&s);
    series_init(&s); /* all the same: no doubt at all */
    for (int i = 0; i < 1000; i++)
        series_add(&s, i * SIM_MS, 5);
    CU_ASSERT_EQUAL(series_batch_means(&s, 1000 * SIM_MS, 0.95, &b), SERIES_GOOD);
    CU_ASSERT(b.low == 5 && b.high == 5 && b.mean == 5);
    series_clear(&s);
}

/* ---- the warm-up --------------------------------------------------------------------------------------- */

/* As the definition says it, with all sums anew for every d. */
static size_t naive_mser(const double *value, size_t n)
{
    size_t best = 0;
    double least = INFINITY;

    for (size_t d = 0; d < n / 2; d++) {
        double mean = 0, squares = 0, left = (double)(n - d);
        for (size_t i = d; i < n; i++)
            mean += value[i] / left;
        for (size_t i = d; i < n; i++)
            squares += (value[i] - mean) * (value[i] - mean);
        if (squares / (left * left) < least) {
            least = squares / (left * left);
            best = d;
        }
    }
    return best;
}

void test_series_mser(void)
{
    struct rng_set *set = rng_set_new(7, 0);
    struct rng *r = rng_stream(set, "test");
    double value[200];
    size_t d;

    for (unsigned round = 0; round < 50; round++) {
        for (size_t i = 0; i < 200; i++)
            value[i] = 1e6 + 10 * exp(-(double)i / (1 + round)) + rng_normal(r);
        bool settles = series_mser(value, 200, &d);
        CU_ASSERT_EQUAL(d, naive_mser(value, 200));
        CU_ASSERT_EQUAL(settles, d < 99);
    }
    for (size_t i = 0; i < 200; i++)
        value[i] = i < 23 ? 50 : i % 2; /* a jump, then nothing more to gain */
    CU_ASSERT_TRUE(series_mser(value, 200, &d));
    CU_ASSERT_EQUAL(d, 23);
    for (size_t i = 0; i < 200; i++)
        value[i] = 4;
    CU_ASSERT_TRUE(series_mser(value, 200, &d));
    CU_ASSERT_EQUAL(d, 0);
    for (size_t i = 0; i < 200; i++)
        value[i] = (double)i; /* never settles: the less is left, the better */
    CU_ASSERT_FALSE(series_mser(value, 200, &d));
    rng_set_free(set);
}

/* A level that is reached after 20 s of 200 s; calls are 5 a second and more. */
void test_series_warmup(void)
{
    struct rng_set *set = rng_set_new(3, 0);
    struct rng *r = rng_stream(set, "test");
    struct series s;
    sim_time warmup = -1, at = 0;

    series_init(&s);
    while (at < 200 * SIM_S) {
        double x = rng_normal(r), gap = rng_exp(r);
        series_add(&s, at, (int64_t)(1e9 + 1e7 * x - (at < 20 * SIM_S ? 5e8 : 0)));
        at += (sim_time)(0.1e9 * gap);
    }
    CU_ASSERT_EQUAL(series_warmup(&s, 200 * SIM_S, &warmup), SERIES_GOOD);
    CU_ASSERT(warmup >= 20 * SIM_S && warmup < 22 * SIM_S);
    CU_ASSERT_EQUAL(series_warmup(&s, 2 * SIM_MS, &warmup), SERIES_TOO_FEW);
    series_clear(&s);
    series_init(&s);
    CU_ASSERT_EQUAL(series_warmup(&s, 200 * SIM_S, &warmup), SERIES_TOO_FEW);
    for (int i = 0; i < 10000; i++) /* a queue that grows and grows */
        series_add(&s, i * 20 * SIM_MS, i * SIM_MS);
    CU_ASSERT_EQUAL(series_warmup(&s, 200 * SIM_S, &warmup), SERIES_CORRELATED);
    series_clear(&s);
    rng_set_free(set);
}
