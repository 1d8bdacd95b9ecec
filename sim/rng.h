/* rng.h - random numbers: named streams, keyed streams, fast exponential and normal.
 *
 * Every purpose and place draws from a stream of its own, found by name ("S1-MME/latency"). Where a
 * stream starts depends on (seed, replication, name) and on nothing else, so neither the order in
 * which streams are made nor a new stream ever shifts what another one yields: two runs that differ
 * in one parameter meet the same random world (common random numbers).
 *
 * What belongs to one thing out of many - the attributes of call number k - comes from a keyed
 * stream: a struct rng by value that is derived from (seed, replication, name, k). How many numbers
 * call k draws then moves nothing in call k + 1. Distributions take a varying count of raw numbers
 * per draw, so an attribute that has to survive a change of another's distribution wants a name of
 * its own ("calls/answer", "calls/hold"), not a second draw from the same stream.
 *
 * The generator is xoshiro256++ 1.0 (Blackman, Vigna: "Scrambled linear pseudorandom number
 * generators", ACM TOMS 47(4), 2021): 256 bits of state, period 2^256 - 1. Streams start at points
 * that SHA-256 picks; docs/randomness.md says why that makes them independent, and shows the tests.
 *
 * In C the order of evaluation of operands is unspecified: draw once per full expression, or the
 * result hangs on the compiler. */
#ifndef SIM_RNG_H
#define SIM_RNG_H

#include <gsl/gsl_rng.h>
#include <stdbool.h>
#include <stdint.h>

struct rng_set;

/* One stream. May be copied: the copy then yields the same numbers again. */
struct rng {
    uint64_t s[4]; /* never all zero            */
    gsl_rng gsl;   /* filled in by rng_gsl()    */
};

/* Where the keyed streams of one name start; made once, used for every key. */
struct rng_key {
    uint64_t k[4];
};

/* ---- streams --------------------------------------------------------------------------------- */

/* All streams of one replication. Never fails. Also does rng_gsl_init(). */
struct rng_set *rng_set_new(uint64_t seed, uint32_t replication);
/* Frees the set and every stream that rng_stream() gave out. NULL is ignored. */
void rng_set_free(struct rng_set *set);

/* The stream of this name, made on first use; owned by the set. One name, one stream. Costs a hash
 * look-up (and SHA-256 the first time): look it up when building, keep the pointer. */
struct rng *rng_stream(struct rng_set *set, const char *name);

/* Keyed streams in two steps: the name is hashed once, then each key costs a few multiplications.
 * A keyed stream never coincides with the named stream of the same name. */
struct rng_key rng_key_of(const struct rng_set *set, const char *name);
static inline void rng_init_keyed(struct rng *out, const struct rng_key *of, uint64_t key);
/* The same in one step, about a microsecond. */
void rng_keyed(struct rng *out, const struct rng_set *set, const char *name, uint64_t key);

/* The stream as GSL sees it, for gsl_ran_*(). It draws from r itself: both views share one state. The
 * result points into r: valid as long as r stays where it is. */
const gsl_rng *rng_gsl(struct rng *r);
/* The type, for gsl_rng_alloc(); such a generator's state is a struct rng. */
extern const gsl_rng_type *const rng_gsl_type;
/* Makes GSL return its error codes instead of aborting. Process-wide; may be called any number of
 * times from any thread. The one place where that is done. */
void rng_gsl_init(void);

/* ---- numbers --------------------------------------------------------------------------------- */

/* 64 random bits. */
static inline uint64_t rng_u64(struct rng *r);
/* A multiple of 2^-53 in [0, 1). */
static inline double rng_uniform(struct rng *r);
/* A multiple of 2^-53 in (0, 1]. */
static inline double rng_uniform_pos(struct rng *r);
/* A whole number in [0, n), each equally likely; n > 0. */
static inline uint64_t rng_below(struct rng *r, uint64_t n);
/* True with probability p. p <= 0 and p >= 1 are certain and draw nothing. */
static inline bool rng_bernoulli(struct rng *r, double p);
/* Exponential with mean 1. */
static inline double rng_exp(struct rng *r);
/* Normal with mean 0 and standard deviation 1. */
static inline double rng_normal(struct rng *r);

/* ---- inside ---------------------------------------------------------------------------------- */

/* A ziggurat of 256 layers of equal area under f (Marsaglia, Tsang: "The ziggurat method for
 * generating random variables", J. Stat. Softw. 5(8), 2000). x[1] = R is where the tail begins,
 * x[0] = V / f(R) the width that gives the bottom layer, tail included, the common area V;
 * x[i + 1] follows from x[i] by f(x[i + 1]) = f(x[i]) + V / x[i]; x[256] = 0; f[i] = f(x[i]). */
struct rng_ziggurat {
    double x[257];
    double f[257];
};
extern const struct rng_ziggurat rng_zig_exp;    /* f(x) = exp(-x)        */
extern const struct rng_ziggurat rng_zig_normal; /* f(x) = exp(-x^2 / 2)  */

/* The rare ends (about one draw in a hundred) of rng_exp() and rng_normal(): x was drawn in layer i but
 * lies outside the part of it that is surely under the curve; bit 8 of `bits` is the sign. */
double rng_exp_edge(struct rng *r, double x, unsigned i);
double rng_normal_edge(struct rng *r, double x, unsigned i, uint64_t bits);

static inline uint64_t rng_rotl(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

static inline uint64_t rng_u64(struct rng *r)
{
    uint64_t *s = r->s;
    uint64_t result = rng_rotl(s[0] + s[3], 23) + s[0];
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rng_rotl(s[3], 45);
    return result;
}

static inline double rng_uniform(struct rng *r)
{
    return (double)(rng_u64(r) >> 11) * 0x1p-53;
}

static inline double rng_uniform_pos(struct rng *r)
{
    return (double)((rng_u64(r) >> 11) + 1) * 0x1p-53;
}

/* Multiply and keep the high half; reject the few low halves that would favour some results (Lemire:
 * "Fast random integer generation in an interval", ACM TOMACS 29(1), 2019). */
static inline uint64_t rng_below(struct rng *r, uint64_t n)
{
    unsigned __int128 m = (unsigned __int128)rng_u64(r) * n;
    if ((uint64_t)m < n) {
        uint64_t reject = -n % n;
        while ((uint64_t)m < reject)
            m = (unsigned __int128)rng_u64(r) * n;
    }
    return (uint64_t)(m >> 64);
}

static inline bool rng_bernoulli(struct rng *r, double p)
{
    if (p <= 0)
        return false;
    if (p >= 1)
        return true;
    return rng_uniform(r) < p;
}

/* Layer from the low 8 bits, sign from the next, position in the layer from the high 53: no bit
 * serves twice, which is what the original ziggurat got wrong (Doornik, 2005). */
static inline double rng_exp(struct rng *r)
{
    uint64_t bits = rng_u64(r);
    unsigned i = bits & 0xff;
    double x = (double)(bits >> 11) * (rng_zig_exp.x[i] * 0x1p-53);
    if (__builtin_expect(x < rng_zig_exp.x[i + 1], 1))
        return x;
    return rng_exp_edge(r, x, i);
}

/* x >= 0 with bit 8 of `bits` as its sign; without a branch, since no predictor guesses that bit. */
static inline double rng_signed(double x, uint64_t bits)
{
    union {
        double d;
        uint64_t u;
    } v = {.d = x};
    v.u |= (bits & 0x100) << 55;
    return v.d;
}

static inline double rng_normal(struct rng *r)
{
    uint64_t bits = rng_u64(r);
    unsigned i = bits & 0xff;
    double x = (double)(bits >> 11) * (rng_zig_normal.x[i] * 0x1p-53);
    if (__builtin_expect(x < rng_zig_normal.x[i + 1], 1))
        return rng_signed(x, bits);
    return rng_normal_edge(r, x, i, bits);
}

/* The finalizer of SplitMix64 (Stafford's variant 13 of MurmurHash3's): a bijection of 64 bits in
 * which every input bit moves every output bit. */
static inline uint64_t rng_mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* Each word is a SplitMix64 sequence over the keys with an origin of its own. Different keys differ in
 * every word, hence never give the same state. */
static inline void rng_init_keyed(struct rng *out, const struct rng_key *of, uint64_t key)
{
    uint64_t step = key * UINT64_C(0x9e3779b97f4a7c15);
    out->s[0] = rng_mix(of->k[0] + step);
    out->s[1] = rng_mix(of->k[1] + step);
    out->s[2] = rng_mix(of->k[2] + step);
    out->s[3] = rng_mix(of->k[3] + step);
    if (__builtin_expect((out->s[0] | out->s[1] | out->s[2] | out->s[3]) == 0, 0))
        out->s[0] = 1;
    out->gsl.type = NULL;
    out->gsl.state = NULL;
}

#endif
