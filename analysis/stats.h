/* stats.h - what is known of a set of measured times: count, mean, spread, percentiles.
 *
 * Everything is a function of the set of values alone, never of the order in which they came or in which
 * parts were merged: sums are integers of 128 bits, percentiles come from the values themselves while
 * they are few and from a histogram of integer counts when they are many. So results of replications
 * can be merged in any grouping and give the same bytes.
 *
 * The histogram is log-linear: 512 cells to each power of two, a cell's middle stands for its values, which
 * is off by at most 1/1024 (0.098 %) of the value. Values below 1024 ns are kept exactly. It is sparse: a
 * power of two takes memory when a value falls into it. */
#ifndef ANALYSIS_STATS_H
#define ANALYSIS_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Up to this many values are kept as they are. */
#define STATS_EXACT_MAX 4096
#define STATS_CELLS     512 /* of each power of two                          */
#define STATS_OCTAVES   55  /* 0 .. 511, 512 .. 1023, ... up to 2^63 - 1      */

struct stats {
    uint64_t n;
    __int128 sum;             /* of the values                                         */
    unsigned __int128 square; /* of their squares, modulo 2^128 (see stats_variance())   */
    int64_t min, max;
    int64_t *exact; /* the n values, sorted up to `sorted`; NULL once there is a histogram */
    uint32_t room, sorted;
    uint64_t **cells; /* [STATS_OCTAVES][STATS_CELLS], or NULL; octaves made on demand  */
};

/* An empty set; takes no memory yet. */
void stats_init(struct stats *s);
/* Gives the memory back and leaves an empty set. */
void stats_clear(struct stats *s);
/* Adds a value >= 0 (ns, by custom; a negative one is a bug and aborts). */
void stats_add(struct stats *s, int64_t value);
/* Adds all values of another set, which stays as it is. */
void stats_merge(struct stats *into, const struct stats *from);

/* Mean; NaN of an empty set. */
double stats_mean(const struct stats *s);
/* Sample variance, divisor n - 1; NaN of fewer than two values. The sum of (x - m)^2, m the mean rounded
 * down, is exact as long as it is below 2^128: 2^40 values may lie 4.8 hours apart. */
double stats_variance(const struct stats *s);
/* Its square root. */
double stats_sd(const struct stats *s);
/* The smallest value x such that at least permille / 1000 of the values are <= x: the value of rank
 * ceil(n p) of the sorted values, no interpolation. Exact for few values, else that value within 0.098 %.
 * 0 < permille <= 1000; n > 0. Sorts the kept values, hence not const. */
int64_t stats_quantile(struct stats *s, unsigned permille);
/* The value of this rank of the sorted values, 1 <= rank <= n; with the same error. */
int64_t stats_at_rank(struct stats *s, uint64_t rank);
/* Whether n values say anything about this percentile: at least one is expected beyond it, on either side. */
bool stats_quantile_known(uint64_t n, unsigned permille);
/* Whether percentiles come from the values themselves. */
static inline bool stats_is_exact(const struct stats *s)
{
    return !s->cells;
}

/* Shows the values as bins: how many lie in low .. high, both included, in ascending order, empty bins left
 * out. Each power of two is cut into `per_octave` bins, a power of two up to STATS_CELLS: at STATS_CELLS
 * these are the cells of the histogram. The same values give the same bins, kept or counted. */
void stats_each_bin(const struct stats *s, unsigned per_octave,
                    void (*fn)(int64_t low, int64_t high, uint64_t count, void *user), void *user);

/* ---- intervals (stats_interval.c) ------------------------------------------------------------------ */

/* Interval around the mean of n independent values that covers the true mean with probability `level`,
 * if they are normal: mean -+ t(n - 1) s / sqrt(n), Student's t. The values are means of replications.
 * False, and nothing is set, when n < 2: too few to say. */
bool stats_t_interval(const double *value, size_t n, double level, double *low, double *high);

/* The same for the differences a[i] - b[i] of n pairs: with common random numbers the two of a pair rise and
 * fall together, and the interval of the difference is narrower than those of the two suggest. */
bool stats_paired_interval(const double *a, const double *b, size_t n, double level, double *low,
                           double *high);
/* The same for mean(a) - mean(b) of independent values, whose variances may differ: Welch's t with the degrees of freedom
 * of Satterthwaite (Biometrika 34, 1947). False when either has fewer than two. */
bool stats_welch_interval(const double *a, size_t na, const double *b, size_t nb, double level, double *low, double *high);

/* Interval for a ratio of sums, sum(part) / sum(whole), from n independent pairs: Student's t around the
 * ratio, its error that of part[i] - ratio * whole[i] (W. G. Cochran, Sampling Techniques, 3rd ed. 1977,
 * 2.11). False when n < 2 or the wholes add up to nothing. */
bool stats_ratio_interval(const double *part, const double *whole, size_t n, double level, double *low,
                          double *high);

/* Wilson's score interval for a probability of which k of n independent trials came true (E. B. Wilson,
 * J. Am. Stat. Assoc. 22, 1927). Stays in [0, 1] and is right for k = 0 and k = n too. False when n = 0. */
bool stats_wilson_interval(uint64_t k, uint64_t n, double level, double *low, double *high);

/* Ranks between which the quantile lies with probability `level` or more, whatever the distribution of the
 * n independent values: X(low) <= q <= X(high), each side left out with at most (1 - level) / 2 (H. A. David,
 * H. N. Nagaraja, Order Statistics, 3rd ed. 2003, 7.1). From the binomial distribution itself. False when n
 * is too small to have such ranks. */
bool stats_rank_interval(uint64_t n, unsigned permille, double level, uint64_t *low, uint64_t *high);
/* The values of these ranks. */
bool stats_quantile_interval(struct stats *s, unsigned permille, double level, int64_t *low, int64_t *high);

/* Whether a mean is known well enough to stop: half the interval's width is at most e / (1 + e) of the mean,
 * which bounds the error relative to the true mean by e (A. M. Law, Simulation Modeling and Analysis, 5th ed.
 * 2015, 9.4.1). */
bool stats_precise(double mean, double low, double high, double e);

#endif
