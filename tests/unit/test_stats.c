/* test_stats.c - statistics of sets of times (analysis/stats.h). */
#include "analysis/stats.h"

#include <CUnit/CUnit.h>
#include <glib.h>
#include <math.h>
#include <stdlib.h>

static void fill(struct stats *s, const int64_t *value, size_t n)
{
    stats_init(s);
    for (size_t i = 0; i < n; i++)
        stats_add(s, value[i]);
}

/* Values over nine powers of ten, the same in every run. */
static int64_t *random_values(size_t n)
{
    int64_t *value = g_new(int64_t, n);
    uint64_t x = 88172645463325252u; /* xorshift64 (Marsaglia, J. Stat. Softw. 8, 2003) */

    for (size_t i = 0; i < n; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        value[i] = (int64_t)exp((double)(x >> 11) * 0x1p-53 * 20.7);
    }
    return value;
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

void test_stats_empty(void)
{
    struct stats s;

    stats_init(&s);
    CU_ASSERT_EQUAL(s.n, 0);
    CU_ASSERT(isnan(stats_mean(&s)));
    CU_ASSERT(isnan(stats_variance(&s)));
    struct stats other;
    stats_init(&other);
    stats_merge(&s, &other);
    CU_ASSERT_EQUAL(s.n, 0);
    CU_ASSERT_PTR_NULL(s.exact);
    stats_clear(&s);
}

void test_stats_small_set(void)
{
    static const int64_t value[] = {7, 1, 4, 4, 9};
    struct stats s;

    fill(&s, value, 1);
    CU_ASSERT_EQUAL(stats_mean(&s), 7);
    CU_ASSERT(isnan(stats_variance(&s)));
    CU_ASSERT_EQUAL(stats_quantile(&s, 500), 7);
    stats_clear(&s);
    fill(&s, value, 5);
    CU_ASSERT_EQUAL(s.min, 1);
    CU_ASSERT_EQUAL(s.max, 9);
    CU_ASSERT_EQUAL(stats_mean(&s), 5);
    CU_ASSERT_EQUAL(stats_variance(&s), 9.5); /* (4 + 16 + 1 + 1 + 16) / 4 */
    CU_ASSERT_EQUAL(stats_sd(&s), sqrt(9.5));
    stats_clear(&s);
}

/* Rank ceil(n p), by hand; and adding after asking works. */
void test_stats_quantile_is_order_statistic(void)
{
    struct stats s;

    stats_init(&s);
    for (int64_t v = 20; v >= 1; v--)
        stats_add(&s, 10 * v);
    CU_ASSERT_EQUAL(stats_quantile(&s, 1), 10);
    CU_ASSERT_EQUAL(stats_quantile(&s, 50), 10);
    CU_ASSERT_EQUAL(stats_quantile(&s, 51), 20);
    CU_ASSERT_EQUAL(stats_quantile(&s, 500), 100);
    CU_ASSERT_EQUAL(stats_quantile(&s, 900), 180);
    CU_ASSERT_EQUAL(stats_quantile(&s, 950), 190);
    CU_ASSERT_EQUAL(stats_quantile(&s, 951), 200);
    CU_ASSERT_EQUAL(stats_quantile(&s, 1000), 200);
    stats_add(&s, 5);
    CU_ASSERT_EQUAL(stats_quantile(&s, 1), 5);
    CU_ASSERT_EQUAL(stats_quantile(&s, 500), 100); /* 11th of 21 */
    stats_clear(&s);
}

void test_stats_quantile_known(void)
{
    CU_ASSERT_FALSE(stats_quantile_known(1, 500));
    CU_ASSERT_TRUE(stats_quantile_known(2, 500));
    CU_ASSERT_FALSE(stats_quantile_known(9, 900));
    CU_ASSERT_TRUE(stats_quantile_known(10, 900));
    CU_ASSERT_FALSE(stats_quantile_known(19, 950));
    CU_ASSERT_TRUE(stats_quantile_known(20, 950));
    CU_ASSERT_FALSE(stats_quantile_known(99, 990));
    CU_ASSERT_TRUE(stats_quantile_known(100, 990));
    CU_ASSERT_FALSE(stats_quantile_known(99, 10));
}

/* The squares of these values do not fit in 128 bits when summed up, and a sum in doubles would have no
 * digit right: the variance is still exact. */
void test_stats_variance_far_from_zero(void)
{
    struct stats s;

    stats_init(&s);
    for (int64_t i = 0; i < 6000; i++)
        stats_add(&s, INT64_MAX - 10 + i % 3); /* beyond the kept values too */
    CU_ASSERT_DOUBLE_EQUAL(stats_variance(&s), 6000.0 * 2 / 3 / 5999, 1e-12);
    stats_clear(&s);
}

/* Every power of two and its neighbours find a cell whose middle is close. */
void test_stats_every_magnitude(void)
{
    for (int bit = 0; bit < 63; bit++)
        for (int64_t d = -1; d <= 1; d++) {
            int64_t value = (INT64_C(1) << bit) + d;
            struct stats s;
            stats_init(&s);
            stats_add(&s, 0);
            for (int i = 0; i < STATS_EXACT_MAX + 4; i++)
                stats_add(&s, value);
            stats_add(&s, INT64_MAX);
            CU_ASSERT_FALSE(stats_is_exact(&s));
            double got = (double)stats_quantile(&s, 500), want = (double)value;
            CU_ASSERT(fabs(got - want) <= want / 1024);
            if (value < 1024)
                CU_ASSERT_EQUAL(got, want);
            CU_ASSERT_EQUAL(stats_quantile(&s, 1000), INT64_MAX);
            stats_clear(&s);
        }
}

void test_stats_histogram_error(void)
{
    enum { N = 50000 };
    int64_t *value = random_values(N);
    struct stats s;
    double worst = 0;

    fill(&s, value, N);
    CU_ASSERT_FALSE(stats_is_exact(&s));
    qsort(value, N, sizeof *value, compare);
    for (unsigned permille = 1; permille <= 1000; permille++) {
        double want = (double)value[((size_t)N * permille + 999) / 1000 - 1];
        worst = MAX(worst, fabs((double)stats_quantile(&s, permille) - want) / want);
    }
    CU_ASSERT(worst > 0); /* it is a histogram, after all */
    CU_ASSERT(worst <= 0.001);
    stats_clear(&s);
    g_free(value);
}

static bool same(struct stats *a, struct stats *b)
{
    bool equal = a->n == b->n && a->sum == b->sum && a->square == b->square && a->min == b->min &&
                 a->max == b->max && stats_is_exact(a) == stats_is_exact(b) &&
                 stats_variance(a) == stats_variance(b);
    for (unsigned permille = 1; equal && permille <= 1000; permille++)
        equal = stats_quantile(a, permille) == stats_quantile(b, permille);
    return equal;
}

/* Parts of all sizes, merged in two orders and in two groupings, are the whole. */
static void check_merge(size_t n, size_t parts)
{
    int64_t *value = random_values(n);
    struct stats whole, forward, backward, *part = g_new(struct stats, parts);

    fill(&whole, value, n);
    for (size_t p = 0; p < parts; p++) {
        size_t from = n * p * p / (parts * parts), to = n * (p + 1) * (p + 1) / (parts * parts);
        fill(&part[p], value + from, to - from);
    }
    stats_init(&forward);
    stats_init(&backward);
    for (size_t p = 0; p < parts; p++) {
        stats_merge(&forward, &part[p]);
        stats_merge(&backward, &part[parts - 1 - p]);
    }
    CU_ASSERT(same(&whole, &forward));
    CU_ASSERT(same(&whole, &backward));
    for (size_t p = parts - 1; p > 0; p--) /* from the right */
        stats_merge(&part[p - 1], &part[p]);
    CU_ASSERT(same(&whole, &part[0]));
    for (size_t p = 0; p < parts; p++)
        stats_clear(&part[p]);
    stats_clear(&whole);
    stats_clear(&forward);
    stats_clear(&backward);
    g_free(part);
    g_free(value);
}

void test_stats_merge_is_exact(void)
{
    check_merge(100, 7);
    check_merge(STATS_EXACT_MAX, 5);
    check_merge(STATS_EXACT_MAX + 1, 5);
    check_merge(30000, 9);
}

void test_stats_merge_turns_into_histogram(void)
{
    struct stats a, b;

    stats_init(&a);
    stats_init(&b);
    for (int i = 0; i < STATS_EXACT_MAX; i++)
        stats_add(&a, 1000000 + i);
    CU_ASSERT_TRUE(stats_is_exact(&a));
    stats_add(&b, 5);
    stats_merge(&a, &b);
    CU_ASSERT_FALSE(stats_is_exact(&a));
    CU_ASSERT_TRUE(stats_is_exact(&b));
    CU_ASSERT_EQUAL(a.n, STATS_EXACT_MAX + 1);
    CU_ASSERT_EQUAL(a.min, 5);
    stats_clear(&a);
    stats_clear(&b);
}

/* 0.975 quantiles of Student's t, as printed in tables to three decimals. */
void test_stats_t_interval(void)
{
    static const struct {
        size_t n;
        double t;
    } table[] = {
        {2,   12.706},
        {5,   2.776 },
        {10,  2.262 },
        {15,  2.145 },
        {20,  2.093 },
        {30,  2.045 },
        {40,  2.023 },
        {50,  2.010 },
        {100, 1.984 },
    };
    double low = -1, high = -1, *value = g_new(double, 100);

    CU_ASSERT_FALSE(stats_t_interval(value, 0, 0.95, &low, &high));
    value[0] = 3;
    CU_ASSERT_FALSE(stats_t_interval(value, 1, 0.95, &low, &high));
    CU_ASSERT_EQUAL(low, -1);
    for (size_t k = 0; k < G_N_ELEMENTS(table); k++) {
        size_t n = table[k].n;
        double squares = 0, mean = 0;
        for (size_t i = 0; i < n; i++) {
            value[i] = 10 + (double)(i * i % 7);
            mean += value[i] / (double)n;
        }
        for (size_t i = 0; i < n; i++)
            squares += (value[i] - mean) * (value[i] - mean);
        double error = sqrt(squares / (double)(n - 1) / (double)n);
        CU_ASSERT_TRUE(stats_t_interval(value, n, 0.95, &low, &high));
        CU_ASSERT_DOUBLE_EQUAL((low + high) / 2, mean, 1e-9);
        CU_ASSERT_DOUBLE_EQUAL((high - low) / 2 / error, table[k].t, 0.00051);
    }
    g_free(value);
}

/* Ends solve (p - k/n)^2 = z^2 p (1 - p) / n, by which Wilson defines them. */
void test_stats_wilson_interval(void)
{
    static const uint64_t trials[][2] = {
        {5,   10  },
        {1,   10  },
        {999, 1000},
        {17,  23  }
    };
    const double z = 1.959963984540054;
    double low = -1, high = -1;

    CU_ASSERT_FALSE(stats_wilson_interval(0, 0, 0.95, &low, &high));
    CU_ASSERT_EQUAL(low, -1);
    for (size_t i = 0; i < G_N_ELEMENTS(trials); i++) {
        double n = (double)trials[i][1], p = (double)trials[i][0] / n;
        CU_ASSERT_TRUE(stats_wilson_interval(trials[i][0], trials[i][1], 0.95, &low, &high));
        CU_ASSERT_DOUBLE_EQUAL((low - p) * (low - p), z * z * low * (1 - low) / n, 1e-12);
        CU_ASSERT_DOUBLE_EQUAL((high - p) * (high - p), z * z * high * (1 - high) / n, 1e-12);
        CU_ASSERT(0 < low && low < p && p < high && high < 1);
    }
    CU_ASSERT_TRUE(stats_wilson_interval(0, 10, 0.95, &low, &high));
    CU_ASSERT_EQUAL(low, 0);
    CU_ASSERT_DOUBLE_EQUAL(high, z * z / (10 + z * z), 1e-12);
    CU_ASSERT_TRUE(stats_wilson_interval(10, 10, 0.95, &low, &high));
    CU_ASSERT_EQUAL(high, 1);
    CU_ASSERT_DOUBLE_EQUAL(low, 10 / (10 + z * z), 1e-12);
}

/* Common random numbers: what two share cancels out. */
void test_stats_paired_interval(void)
{
    double a[20], b[20], apart[2], together[2], difference[20], low, high;

    for (size_t i = 0; i < 20; i++) {
        double shared = (double)(i * 37 % 101);
        a[i] = shared + (double)(i % 3);
        b[i] = shared + (double)(i % 5) / 2;
        difference[i] = a[i] - b[i];
    }
    CU_ASSERT_FALSE(stats_paired_interval(a, b, 1, 0.95, &low, &high));
    CU_ASSERT_TRUE(stats_paired_interval(a, b, 20, 0.95, &together[0], &together[1]));
    CU_ASSERT_TRUE(stats_t_interval(difference, 20, 0.95, &low, &high));
    CU_ASSERT_DOUBLE_EQUAL(together[0], low, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(together[1], high, 1e-12);
    CU_ASSERT_TRUE(stats_t_interval(a, 20, 0.95, &apart[0], &apart[1]));
    CU_ASSERT(together[1] - together[0] < 0.1 * (apart[1] - apart[0]));
}

/* R: t.test(c(1, 2, 3, 4, 5), c(2, 4, 6, 8, 10, 12.5))$conf.int */
void test_stats_welch_interval(void)
{
    static const double a[] = {1, 2, 3, 4, 5}, b[] = {2, 4, 6, 8, 10, 12.5}, same[] = {7, 7};
    double low, high;

    CU_ASSERT_FALSE(stats_welch_interval(a, 1, b, 6, 0.95, &low, &high));
    CU_ASSERT_FALSE(stats_welch_interval(a, 5, b, 1, 0.95, &low, &high));
    CU_ASSERT_TRUE(stats_welch_interval(a, 5, b, 6, 0.95, &low, &high));
    CU_ASSERT_DOUBLE_EQUAL(low, -8.2016656135582, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(high, 0.0349989468915, 1e-9);
    CU_ASSERT_TRUE(stats_welch_interval(same, 2, same, 2, 0.95, &low, &high));
    CU_ASSERT_TRUE(low == 0 && high == 0);
}

void test_stats_ratio_interval(void)
{
    double part[30], whole[30], low, high, t_low, t_high;

    for (size_t i = 0; i < 30; i++) {
        part[i] = (double)(i * 7 % 11);
        whole[i] = 1;
    }
    /* of equal wholes it is the mean of the parts */
    CU_ASSERT_TRUE(stats_ratio_interval(part, whole, 30, 0.9, &low, &high));
    CU_ASSERT_TRUE(stats_t_interval(part, 30, 0.9, &t_low, &t_high));
    CU_ASSERT_DOUBLE_EQUAL(low, t_low, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(high, t_high, 1e-12);
    /* parts that are always the same share of their wholes leave no doubt */
    for (size_t i = 0; i < 30; i++) {
        whole[i] = (double)(i + 1);
        part[i] = 2.5 * whole[i];
    }
    CU_ASSERT_TRUE(stats_ratio_interval(part, whole, 30, 0.9, &low, &high));
    CU_ASSERT_DOUBLE_EQUAL(low, 2.5, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(high, 2.5, 1e-12);
    CU_ASSERT_FALSE(stats_ratio_interval(part, whole, 1, 0.9, &low, &high));
    for (size_t i = 0; i < 30; i++)
        whole[i] = 0;
    CU_ASSERT_FALSE(stats_ratio_interval(part, whole, 30, 0.9, &low, &high));
}

/* P(low <= B < high) by adding up the binomial distribution term by term. */
static void check_ranks(unsigned n, unsigned permille, double level)
{
    uint64_t low, high;
    double p = permille / 1000.0, below = 0, at_least = 1, tail = (1 - level) / 2;

    if (!stats_rank_interval(n, permille, level, &low, &high)) {
        /* then one end has no rank: the extreme value itself is too likely on the wrong side */
        CU_ASSERT(pow(1 - p, n) > tail || pow(p, n) > tail);
        return;
    }
    CU_ASSERT(1 <= low && low < high && high <= n);
    for (unsigned k = 0; k <= n; k++) { /* here: below = P(B < k), at_least = P(B >= k), term = P(B = k) */
        double term = exp(lgamma(n + 1.0) - lgamma(k + 1.0) - lgamma(n - k + 1.0) + k * log(p) + (n - k) * log(1 - p));
        if (k == low)
            CU_ASSERT(below <= tail * (1 + 1e-9) && below + term > tail * (1 - 1e-9)); /* the largest such rank */
        if (k == high)
            CU_ASSERT(at_least <= tail * (1 + 1e-6));
        if (k + 1 == high)
            CU_ASSERT(at_least > tail * (1 - 1e-6)); /* the smallest such rank */
        below += term;
        at_least -= term;
    }
}

void test_stats_rank_interval(void)
{
    static const unsigned sizes[] = {5, 6, 10, 37, 100, 500};
    static const unsigned permilles[] = {500, 900, 950, 100};
    uint64_t low = 0, high = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++)
        for (size_t k = 0; k < G_N_ELEMENTS(permilles); k++) {
            check_ranks(sizes[i], permilles[k], 0.95);
            check_ranks(sizes[i], permilles[k], 0.9);
        }
    /* From tables of the sign test. */
    CU_ASSERT_TRUE(stats_rank_interval(100, 500, 0.95, &low, &high));
    CU_ASSERT_EQUAL(low, 40);
    CU_ASSERT_EQUAL(high, 61);
    CU_ASSERT_FALSE(stats_rank_interval(5, 500, 0.95, &low, &high)); /* 2^-5 > 2.5 % */
    CU_ASSERT_TRUE(stats_rank_interval(6, 500, 0.95, &low, &high));  /* 2^-6 < 2.5 % */
    CU_ASSERT(low == 1 && high == 6);
    CU_ASSERT_FALSE(stats_rank_interval(367, 990, 0.95, &low, &high)); /* 0.99^367 = 2.501 % */
    CU_ASSERT_TRUE(stats_rank_interval(368, 990, 0.95, &low, &high));  /* 0.99^368 = 2.476 % */
    CU_ASSERT_EQUAL(high, 368);
    CU_ASSERT_FALSE(stats_rank_interval(0, 500, 0.95, &low, &high));
    CU_ASSERT_FALSE(stats_rank_interval(100, 1000, 0.95, &low, &high));
    /* np -+ z sqrt(np(1 - p)) for many, on both sides of where the arithmetic changes */
    for (uint64_t n = 999999; n <= 1000001; n++) {
        double half = 1.959963985 * sqrt((double)n * 0.95 * 0.05);
        CU_ASSERT_TRUE(stats_rank_interval(n, 950, 0.95, &low, &high));
        CU_ASSERT_DOUBLE_EQUAL((double)low, 0.95 * (double)n - half, 2);
        CU_ASSERT_DOUBLE_EQUAL((double)high, 0.95 * (double)n + half, 2);
    }
}

void test_stats_quantile_interval(void)
{
    struct stats s;
    int64_t low, high;

    stats_init(&s);
    CU_ASSERT_FALSE(stats_quantile_interval(&s, 500, 0.95, &low, &high));
    for (int64_t v = 100; v >= 1; v--)
        stats_add(&s, 7 * v);
    CU_ASSERT_TRUE(stats_quantile_interval(&s, 500, 0.95, &low, &high));
    CU_ASSERT_EQUAL(low, 7 * 40);
    CU_ASSERT_EQUAL(high, 7 * 61);
    CU_ASSERT_EQUAL(stats_at_rank(&s, 1), 7);
    CU_ASSERT_EQUAL(stats_at_rank(&s, 100), 700);
    stats_clear(&s);
}

void test_stats_precise(void)
{
    /* 5 %: half a width of 1/21 of the mean is just enough */
    CU_ASSERT_TRUE(stats_precise(21, 20, 22, 0.05));
    CU_ASSERT_FALSE(stats_precise(20.9, 19.9, 21.9, 0.05));
    CU_ASSERT_TRUE(stats_precise(-21, -22, -20, 0.05));
    CU_ASSERT_FALSE(stats_precise(0, -1, 1, 0.05));
    CU_ASSERT_TRUE(stats_precise(0, 0, 0, 0.05));
}
