/* test_random.c - the generator and its streams (sim/rng.h): known answers, independence, shape.
 *
 * Seeds are fixed, so nothing here fails by chance: bands are those that an independent run would leave
 * less than once in a thousand, and were checked once. Distributions of delays: test_dist.c. */
#include "sim/rng.h"

#include <CUnit/CUnit.h>
#include <glib.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* sqrt(n) times the Kolmogorov-Smirnov distance stays below this in 999 runs of 1000. */
#define KS_LIMIT 1.95

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* sqrt(n) times the greatest distance between the sample and `cdf`; sorts the sample. */
static double ks(double *sample, size_t n, double (*cdf)(double))
{
    double worst = 0;
    qsort(sample, n, sizeof *sample, by_value);
    for (size_t i = 0; i < n; i++) {
        double f = cdf(sample[i]);
        worst = fmax(worst, fmax(f - (double)i / (double)n, (double)(i + 1) / (double)n - f));
    }
    return worst * sqrt((double)n);
}

/* Chi-square of counts that should be equal, as standard deviations from its mean. */
static double chi2_off(const unsigned *count, size_t cells)
{
    double n = 0, sum = 0;
    for (size_t i = 0; i < cells; i++)
        n += count[i];
    double expected = n / (double)cells;
    for (size_t i = 0; i < cells; i++)
        sum += (count[i] - expected) * (count[i] - expected) / expected;
    return (sum - (double)(cells - 1)) / sqrt(2.0 * (double)(cells - 1));
}

/* ---- known answers --------------------------------------------------------------------------- */

/* The state 1, 2, 3, 4 is what the authors' C code and other implementations are compared by. */
void test_random_xoshiro_known_answers(void)
{
    static const uint64_t expected[] = {
        UINT64_C(41943041),
        UINT64_C(58720359),
        UINT64_C(3588806011781223),
        UINT64_C(3591011842654386),
        UINT64_C(9228616714210784205),
        UINT64_C(9973669472204895162),
        UINT64_C(14011001112246962877),
        UINT64_C(12406186145184390807),
        UINT64_C(15849039046786891736),
        UINT64_C(10450023813501588000),
    };
    struct rng r = {
        .s = {1, 2, 3, 4}
    };
    for (size_t i = 0; i < G_N_ELEMENTS(expected); i++)
        CU_ASSERT_EQUAL(rng_u64(&r), expected[i]);
}

/* Where streams start, worked out by another program (Python's hashlib and integers). */
void test_random_named_known_answers(void)
{
    static const struct {
        uint64_t seed;
        uint32_t replication;
        const char *name;
        uint64_t expected[3];
    } rows[] = {
        {1,          0,          "Gm/latency", {0xb32b5bf643224c16, 0x8de74a352016dceb, 0x3210503291897c6c}},
        {1,          1,          "Gm/latency", {0x52c4ab78ecb33aaf, 0x053528f6092cfa74, 0xa3ce03bd73534d11}},
        {2,          0,          "Gm/latency", {0x55b6a185d555801d, 0x06576dd7bf0d6548, 0x25ea236987d48b55}},
        {1,          0,          "Gm/loss",    {0x09aae4c8a6fb16cc, 0xa9b93f1ca3d1c992, 0x51ddaeba04801fa0}},
        {0,          0,          "",           {0x6be26067270dc10f, 0xe6df6b0eca0bbf0c, 0xca68afe6c4c107d9}},
        {UINT64_MAX, UINT32_MAX, "\303\204",   {0x6f6c5d0e98484e3e, 0xacc8c3934477e0bc, 0x4e55df2c8aad0a26}},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct rng_set *set = rng_set_new(rows[i].seed, rows[i].replication);
        struct rng *r = rng_stream(set, rows[i].name);
        for (int k = 0; k < 3; k++)
            CU_ASSERT_EQUAL(rng_u64(r), rows[i].expected[k]);
        rng_set_free(set);
    }
    rng_set_free(NULL);
}

void test_random_keyed_known_answers(void)
{
    static const struct {
        uint64_t seed;
        uint32_t replication;
        const char *name;
        uint64_t key;
        uint64_t expected[3];
    } rows[] = {
        {1, 0, "calls/hold",   0,          {0x58164f1eb102d2eb, 0xf29f144949a6361c, 0x1b29e696c743b564}},
        {1, 0, "calls/hold",   1,          {0xa4b6ab0ca01c46b8, 0x84598e85f8d2cb5e, 0x242068422d470fdb}},
        {1, 0, "calls/hold",   UINT64_MAX, {0x0a537cf7a6464e09, 0x7569637d4dbac0c0, 0x02c32e364730867e}},
        {7, 3, "calls/answer", 123456789,  {0x48baece34700bf01, 0x5208da35232a7927, 0x2b3229751f18e29c}},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct rng_set *set = rng_set_new(rows[i].seed, rows[i].replication);
        struct rng_key of = rng_key_of(set, rows[i].name);
        struct rng one, two;
        rng_keyed(&one, set, rows[i].name, rows[i].key);
        rng_init_keyed(&two, &of, rows[i].key);
        for (int k = 0; k < 3; k++) {
            CU_ASSERT_EQUAL(rng_u64(&one), rows[i].expected[k]);
            CU_ASSERT_EQUAL(rng_u64(&two), rows[i].expected[k]);
        }
        rng_set_free(set);
    }
}

/* The tables follow from R and V alone, by the recurrence in rng.h. */
static double check_ziggurat(const struct rng_ziggurat *z, long double r, long double v,
                             long double (*f)(long double), long double (*inverse)(long double))
{
    long double x = r;
    double worst = (double)fabsl(z->x[0] - v / f(r));
    for (int i = 1; i < 256; i++) {
        worst = fmax(worst, (double)fabsl(z->x[i] - x));
        worst = fmax(worst, (double)fabsl(z->f[i] - f(x)));
        long double above = f(x) + v / x;
        x = i < 255 ? inverse(above) : 0;
        if (i == 255)
            worst = fmax(worst, (double)fabsl(above - 1));
    }
    CU_ASSERT_EQUAL(z->x[256], 0);
    CU_ASSERT_EQUAL(z->f[256], 1);
    return worst;
}

static long double exp_density(long double x)
{
    return expl(-x);
}

static long double exp_inverse(long double y)
{
    return -logl(y);
}

static long double normal_density(long double x)
{
    return expl(-x * x / 2);
}

static long double normal_inverse(long double y)
{
    return sqrtl(-2 * logl(y));
}

void test_random_ziggurat_tables(void)
{
    CU_ASSERT(check_ziggurat(&rng_zig_exp, 7.6971174701310497140446280481L, 0.0039496598225815571997719757L,
                             exp_density, exp_inverse) < 2e-15);
    CU_ASSERT(check_ziggurat(&rng_zig_normal, 3.6541528853610087716454297204L,
                             0.0049286732339746553473617754L, normal_density, normal_inverse) < 2e-15);
}

/* ---- streams --------------------------------------------------------------------------------- */

static void take(struct rng *r, uint64_t *out, int n)
{
    for (int i = 0; i < n; i++)
        out[i] = rng_u64(r);
}

/* Neither other streams, nor their order, nor how much they yield, nor keyed ones move a stream. */
void test_random_streams_do_not_shift(void)
{
    uint64_t alone[64], among[64];
    struct rng_set *set = rng_set_new(42, 3);
    take(rng_stream(set, "b"), alone, 64);
    rng_set_free(set);

    set = rng_set_new(42, 3);
    uint64_t sink = rng_u64(rng_stream(set, "c"));
    sink ^= rng_u64(rng_stream(set, "a"));
    struct rng *b = rng_stream(set, "b");
    for (int i = 0; i < 64; i++) {
        char name[16];
        struct rng keyed;
        g_snprintf(name, sizeof name, "other/%d", i);
        among[i] = rng_u64(b);
        sink ^= rng_u64(rng_stream(set, name));
        rng_keyed(&keyed, set, "b", (uint64_t)i);
        sink ^= rng_u64(&keyed);
        CU_ASSERT_PTR_EQUAL(rng_stream(set, "b"), b);
    }
    CU_ASSERT_EQUAL(memcmp(alone, among, sizeof alone), 0);
    CU_ASSERT_NOT_EQUAL(sink, 0);
    rng_set_free(set);
}

/* Named and keyed streams with neighbouring seeds, replications, names and keys: no two begin alike. */
void test_random_starts_differ(void)
{
    GHashTable *seen = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    unsigned made = 0;
    for (uint64_t seed = 0; seed < 20; seed++) {
        for (uint32_t replication = 0; replication < 20; replication++) {
            struct rng_set *set = rng_set_new(seed, replication);
            for (int k = 0; k < 10; k++) {
                char name[2] = {(char)('a' + k), '\0'};
                struct rng keyed;
                uint64_t first[2];
                rng_keyed(&keyed, set, "a", (uint64_t)k);
                first[0] = rng_u64(rng_stream(set, name));
                first[1] = rng_u64(&keyed);
                g_hash_table_add(seen, g_memdup2(&first[0], sizeof first[0]));
                g_hash_table_add(seen, g_memdup2(&first[1], sizeof first[1]));
                made += 2;
            }
            rng_set_free(set);
        }
    }
    CU_ASSERT_EQUAL(g_hash_table_size(seen), made);
    g_hash_table_destroy(seen);
}

/* Correlation of every pair of streams, at equal places and one apart. 64 streams give 4032 ordered pairs;
 * the greatest of as many standard normals is below 5 in 998 runs of 1000. */
void test_random_streams_uncorrelated(void)
{
    enum { STREAMS = 64, N = 4096 };
    static double u[STREAMS][N + 1];
    struct rng_set *set = rng_set_new(1, 0);
    for (int s = 0; s < STREAMS; s++) {
        char name[16];
        g_snprintf(name, sizeof name, "stream/%d", s);
        for (int i = 0; i <= N; i++)
            u[s][i] = (rng_uniform(rng_stream(set, name)) - 0.5) * sqrt(12.0);
    }
    double worst = 0;
    for (int a = 0; a < STREAMS; a++) {
        for (int b = 0; b < STREAMS; b++) {
            double same = 0, next = 0;
            for (int i = 0; i < N; i++) {
                same += u[a][i] * u[b][i];
                next += u[a][i] * u[b][i + 1];
            }
            if (a != b)
                worst = fmax(worst, fabs(same));
            worst = fmax(worst, fabs(next));
        }
    }
    CU_ASSERT(worst / sqrt((double)N) < 5);
    rng_set_free(set);
}

/* What a model does most: a few numbers from each of many neighbouring keys. */
void test_random_keys_are_independent(void)
{
    enum { KEYS = 200000 };
    struct rng_set *set = rng_set_new(9, 0);
    struct rng_key of = rng_key_of(set, "calls/hold"), other = rng_key_of(set, "calls/answer");
    unsigned high[256] = {0}, low[256] = {0}, pair[256] = {0};
    double last = 0, serial = 0, across = 0;
    for (uint64_t key = 0; key < KEYS; key++) {
        struct rng r, q;
        rng_init_keyed(&r, &of, key);
        rng_init_keyed(&q, &other, key);
        uint64_t bits = rng_u64(&r);
        double u = (double)(bits >> 11) * 0x1p-53 - 0.5;
        high[bits >> 56]++;
        low[bits & 0xff]++;
        pair[(bits >> 60) << 4 | rng_u64(&r) >> 60]++;
        serial += u * last;
        across += u * (rng_uniform(&q) - 0.5);
        last = u;
    }
    CU_ASSERT(fabs(chi2_off(high, 256)) < 3.3);
    CU_ASSERT(fabs(chi2_off(low, 256)) < 3.3);
    CU_ASSERT(fabs(chi2_off(pair, 256)) < 3.3);
    CU_ASSERT(fabs(serial * 12 / sqrt((double)KEYS)) < 3.3);
    CU_ASSERT(fabs(across * 12 / sqrt((double)KEYS)) < 3.3);
    rng_set_free(set);
}

/* One bit of the key moves half the bits of the first number. */
void test_random_keys_avalanche(void)
{
    struct rng_set *set = rng_set_new(5, 0);
    struct rng_key of = rng_key_of(set, "x");
    for (int bit = 0; bit < 64; bit++) {
        unsigned moved = 0;
        for (uint64_t key = 0; key < 200; key++) {
            struct rng a, b;
            rng_init_keyed(&a, &of, key);
            rng_init_keyed(&b, &of, key ^ UINT64_C(1) << bit);
            uint64_t first = rng_u64(&a);
            moved += (unsigned)__builtin_popcountll(first ^ rng_u64(&b));
        }
        CU_ASSERT(abs((int)moved - 6400) < 230); /* four standard deviations of 200 * 64 fair bits */
    }
    rng_set_free(set);
}

/* ---- numbers --------------------------------------------------------------------------------- */

void test_random_uniform(void)
{
    enum { N = 200000 };
    static double sample[N];
    struct rng r = {
        .s = {11, 22, 33, 44}
    };
    double low = 1, high = 0;
    for (int i = 0; i < 1000; i++)
        (void)rng_u64(&r);
    for (int i = 0; i < N; i++) {
        sample[i] = rng_uniform(&r);
        low = fmin(low, sample[i]);
        high = fmax(high, sample[i]);
    }
    CU_ASSERT(low >= 0 && high < 1);
    qsort(sample, N, sizeof *sample, by_value);
    double worst = 0;
    for (int i = 0; i < N; i++)
        worst = fmax(worst, fabs(sample[i] - (i + 0.5) / N));
    CU_ASSERT(worst * sqrt((double)N) < KS_LIMIT);
}

/* States whose next output is all zeros or all ones: the ends of the intervals. */
void test_random_uniform_ends(void)
{
    struct rng zeros = {
        .s = {0, 1, 2, 0}
    };
    struct rng ones = {
        .s = {UINT64_MAX, 1, 2, 1}
    };
    struct rng r = zeros;
    CU_ASSERT_EQUAL(rng_u64(&r), 0);
    r = zeros;
    CU_ASSERT_EQUAL(rng_uniform(&r), 0);
    r = zeros;
    CU_ASSERT_EQUAL(rng_uniform_pos(&r), 0x1p-53);
    r = ones;
    CU_ASSERT_EQUAL(rng_u64(&r), UINT64_MAX);
    r = ones;
    CU_ASSERT_EQUAL(rng_uniform(&r), 1 - 0x1p-53);
    r = ones;
    CU_ASSERT_EQUAL(rng_uniform_pos(&r), 1);
    r = zeros;
    double e = rng_exp(&r);
    CU_ASSERT(e >= 0 && isfinite(e));
}

void test_random_below(void)
{
    static const uint64_t bounds[] = {1, 2, 3, 10, 100, 255};
    struct rng_set *set = rng_set_new(3, 0);
    struct rng *r = rng_stream(set, "below");
    for (size_t k = 0; k < G_N_ELEMENTS(bounds); k++) {
        unsigned count[256] = {0};
        for (int i = 0; i < 50000; i++) {
            uint64_t x = rng_below(r, bounds[k]);
            CU_ASSERT_FATAL(x < bounds[k]);
            count[x]++;
        }
        CU_ASSERT(bounds[k] == 1 || fabs(chi2_off(count, bounds[k])) < 4);
    }
    /* Three quarters of the range: without rejection every third result would come up twice as often. */
    uint64_t n = UINT64_C(3) << 62;
    unsigned thirds = 0;
    for (int i = 0; i < 30000; i++)
        thirds += rng_below(r, n) % 3 == 0;
    CU_ASSERT(abs((int)thirds - 10000) < 330);
    rng_set_free(set);
}

void test_random_bernoulli(void)
{
    static const double ps[] = {0.001, 0.1, 0.5, 0.9};
    struct rng_set *set = rng_set_new(8, 0);
    struct rng *r = rng_stream(set, "loss");
    for (size_t k = 0; k < G_N_ELEMENTS(ps); k++) {
        int n = 200000, yes = 0;
        for (int i = 0; i < n; i++)
            yes += rng_bernoulli(r, ps[k]);
        CU_ASSERT(fabs(yes - n * ps[k]) < 3.5 * sqrt(n * ps[k] * (1 - ps[k])));
    }
    struct rng before = *r;
    CU_ASSERT_FALSE(rng_bernoulli(r, 0));
    CU_ASSERT_FALSE(rng_bernoulli(r, -1));
    CU_ASSERT_TRUE(rng_bernoulli(r, 1));
    CU_ASSERT_TRUE(rng_bernoulli(r, 2));
    CU_ASSERT_EQUAL(memcmp(before.s, r->s, sizeof before.s), 0);
    rng_set_free(set);
}

static double exp_cdf(double x)
{
    return -expm1(-x);
}

static double normal_cdf(double x)
{
    return 0.5 * erfc(-x * M_SQRT1_2);
}

/* `moment` is E X^k, `spread` the standard deviation of X^k. */
static void check_moment(const double *sample, int n, int k, double moment, double spread)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += pow(sample[i], k);
    CU_ASSERT(fabs(sum / n - moment) < 3.5 * spread / sqrt((double)n));
}

/* E X^k = k!, so the variance of X^k is (2k)! - (k!)^2. */
void test_random_exp(void)
{
    enum { N = 400000 };
    static double sample[N];
    struct rng_set *set = rng_set_new(1, 0);
    struct rng *r = rng_stream(set, "exp");
    int tail = 0;
    for (int i = 0; i < N; i++) {
        sample[i] = rng_exp(r);
        CU_ASSERT_FATAL(sample[i] >= 0);
        tail += sample[i] > rng_zig_exp.x[1];
    }
    check_moment(sample, N, 1, 1, 1);
    check_moment(sample, N, 2, 2, sqrt(24 - 4.0));
    check_moment(sample, N, 3, 6, sqrt(720 - 36.0));
    double expected = N * exp(-rng_zig_exp.x[1]);
    CU_ASSERT(fabs(tail - expected) < 3.5 * sqrt(expected));
    CU_ASSERT(ks(sample, N, exp_cdf) < KS_LIMIT);
    CU_ASSERT(sample[N - 1] > 10 && sample[N - 1] < 30);
    rng_set_free(set);
}

/* E X^2 = 1, E X^4 = 3, E X^6 = 15, E X^8 = 105. */
void test_random_normal(void)
{
    enum { N = 400000 };
    static double sample[N];
    struct rng_set *set = rng_set_new(1, 0);
    struct rng *r = rng_stream(set, "normal");
    int positive = 0, tail = 0;
    for (int i = 0; i < N; i++) {
        sample[i] = rng_normal(r);
        positive += sample[i] > 0;
        tail += fabs(sample[i]) > rng_zig_normal.x[1];
    }
    check_moment(sample, N, 1, 0, 1);
    check_moment(sample, N, 2, 1, sqrt(3 - 1.0));
    check_moment(sample, N, 3, 0, sqrt(15.0));
    check_moment(sample, N, 4, 3, sqrt(105 - 9.0));
    double expected = N * 2 * normal_cdf(-rng_zig_normal.x[1]);
    CU_ASSERT(fabs(tail - expected) < 3.5 * sqrt(expected));
    CU_ASSERT(abs(positive - N / 2) < 3.5 * sqrt(N / 4.0));
    CU_ASSERT(ks(sample, N, normal_cdf) < KS_LIMIT);
    CU_ASSERT(sample[0] < -4 && sample[0] > -7 && sample[N - 1] > 4 && sample[N - 1] < 7);
    rng_set_free(set);
}

/* Beyond R the exponential starts anew, and beyond 2 R again. */
void test_random_exp_tail(void)
{
    enum { N = 200000 };
    static double sample[N];
    struct rng_set *set = rng_set_new(2, 0);
    struct rng *r = rng_stream(set, "tail");
    double start = rng_zig_exp.x[1];
    int again = 0;
    for (int i = 0; i < N; i++) {
        sample[i] = rng_exp_edge(r, 1.01 * start, 0) - start;
        CU_ASSERT_FATAL(sample[i] >= 0);
        again += sample[i] > start;
    }
    double expected = N * exp(-start);
    CU_ASSERT(fabs(again - expected) < 3.5 * sqrt(expected));
    CU_ASSERT(ks(sample, N, exp_cdf) < KS_LIMIT);
    rng_set_free(set);
}

/* Where a layer sticks out of the curve, a point in the middle of that part is kept as often as the curve is
 * above it. */
void test_random_ziggurat_edges(void)
{
    static const unsigned layers[] = {1, 2, 10, 100, 200, 254, 255};
    enum { N = 20000 };
    struct rng_set *set = rng_set_new(2, 0);
    struct rng *r = rng_stream(set, "edges");
    for (size_t k = 0; k < G_N_ELEMENTS(layers); k++) {
        unsigned i = layers[k];
        const struct rng_ziggurat *e = &rng_zig_exp, *g = &rng_zig_normal;
        double x = (e->x[i] + e->x[i + 1]) / 2, y = (g->x[i] + g->x[i + 1]) / 2;
        double px = (exp(-x) - e->f[i]) / (e->f[i + 1] - e->f[i]);
        double py = (exp(-y * y / 2) - g->f[i]) / (g->f[i + 1] - g->f[i]);
        int kept_x = 0, kept_y = 0;
        for (int n = 0; n < N; n++) {
            kept_x += rng_exp_edge(r, x, i) == x;
            kept_y += rng_normal_edge(r, y, i, 0x100) == -y;
        }
        CU_ASSERT(fabs(kept_x - N * px) < 3.5 * sqrt(N * px * (1 - px)));
        CU_ASSERT(fabs(kept_y - N * py) < 3.5 * sqrt(N * py * (1 - py)));
    }
    rng_set_free(set);
}

/* The tail is reached about once in 4000 draws, too rarely for the test above to see its shape. */
void test_random_normal_tail(void)
{
    enum { N = 50000 };
    static double sample[N];
    struct rng_set *set = rng_set_new(2, 0);
    struct rng *r = rng_stream(set, "tail");
    double start = rng_zig_normal.x[1], beyond = normal_cdf(-start);
    for (int i = 0; i < N; i++) {
        double x = rng_normal_edge(r, 1.01 * start, 0, i & 1 ? 0x100 : 0);
        CU_ASSERT_FATAL(fabs(x) > start && signbit(x) == (i & 1));
        sample[i] = (beyond - normal_cdf(-fabs(x))) / beyond; /* uniform if the tail is right */
    }
    CU_ASSERT(ks(sample, N, fabs) < KS_LIMIT);
    rng_set_free(set);
}

/* ---- GSL ------------------------------------------------------------------------------------- */

/* Both views draw from one state. */
void test_random_gsl_view(void)
{
    struct rng_set *set = rng_set_new(6, 0);
    struct rng *r = rng_stream(set, "gsl");
    struct rng twin = *r;
    for (int i = 0; i < 100; i++) {
        CU_ASSERT_EQUAL(gsl_rng_get(rng_gsl(r)), rng_u64(&twin));
        CU_ASSERT_EQUAL(gsl_rng_uniform(rng_gsl(r)), rng_uniform(&twin));
        CU_ASSERT_EQUAL(rng_u64(r), rng_u64(&twin));
    }
    CU_ASSERT_EQUAL(gsl_rng_min(rng_gsl(r)), 0);
    CU_ASSERT_EQUAL(gsl_rng_max(rng_gsl(r)), UINT64_MAX);
    CU_ASSERT_STRING_EQUAL(gsl_rng_name(rng_gsl(r)), "imssim-xoshiro256++");

    double sum = 0;
    for (int i = 0; i < 100000; i++)
        sum += gsl_ran_poisson(rng_gsl(r), 7.5);
    CU_ASSERT(fabs(sum / 100000 - 7.5) < 3.5 * sqrt(7.5 / 100000));

    gsl_rng *own = gsl_rng_alloc(rng_gsl_type);
    gsl_rng_set(own, 1);
    uint64_t first = gsl_rng_get(own);
    gsl_rng_set(own, 2);
    CU_ASSERT_NOT_EQUAL(gsl_rng_get(own), first);
    gsl_rng_set(own, 1);
    CU_ASSERT_EQUAL(gsl_rng_get(own), first);
    gsl_rng_free(own);
    rng_set_free(set);
}

static int raise_gsl_error(void)
{
    GSL_ERROR("what would abort the program by default", GSL_EINVAL);
}

void test_random_gsl_does_not_abort(void)
{
    rng_gsl_init();
    rng_gsl_init();
    CU_ASSERT_EQUAL(raise_gsl_error(), GSL_EINVAL);
}
