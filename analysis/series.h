/* series.h - values in the order in which they began: for one long run, and for its beginning.
 *
 * A series keeps sums of values over equal stretches of virtual time, bins, counted from where the counting
 * began. There are at most SERIES_BINS of them: when time goes on beyond the last, two become one and their
 * width doubles. So a series takes bounded memory however long the run, it is a function of the set of
 * (time, value) alone, and series of replications add up, whatever their widths.
 *
 * From it come
 *   the interval of one long run     by batch means, when there are no replications to compare
 *   the length of the warm-up        by MSER-5
 *   Welch's plot                     the mean over replications against time */
#ifndef ANALYSIS_SERIES_H
#define ANALYSIS_SERIES_H

#include "sim/time.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SERIES_BINS  2048
#define SERIES_WIDTH SIM_MS /* of a bin, at first */

struct series_bin {
    uint64_t n;
    __int128 sum;
};
struct series {
    sim_time width;          /* of a bin; 0: nothing is in it   */
    uint32_t used, room;     /* bins with values up to `used`   */
    struct series_bin *bin;
};

/* Empty; takes no memory yet. */
void series_init(struct series *s);
void series_clear(struct series *s);
/* Adds a value that began `at` ns after the counting began, at >= 0. */
void series_add(struct series *s, sim_time at, int64_t value);
/* Adds all of another series, which stays as it is. */
void series_merge(struct series *into, const struct series *from);

/* Makes bins twice as wide until there are at most so many. */
void series_coarsen(struct series *s, uint32_t bins);
/* Puts a bin of such a width back that began `at`: n values with this sum. All of a series have the same width. */
void series_put(struct series *s, sim_time width, sim_time at, uint64_t n, __int128 sum);

/* ---- batch means ----------------------------------------------------------------------------------- */

enum series_verdict {
    SERIES_GOOD,
    SERIES_TOO_FEW,    /* values: fewer than SERIES_PER_BATCH in a batch, on average      */
    SERIES_CORRELATED, /* even ten batches depend on each other: the run is too short      */
};
#define SERIES_PER_BATCH 10

struct series_batches {
    unsigned batches;
    double mean, low, high;
    double lag1; /* correlation of neighbouring batches */
};
/* Interval around the mean of all values of one run of `length` ns, from means of 40, 20 or 10 batches of
 * equal time: the first number whose batches pass von Neumann's test for independence at 5 %, one-sided (G. S.
 * Fishman, L. S. Yarberry, INFORMS J. Computing 9(3), 1997, whose rules this is a simple form of). Batches hold
 * unequal numbers of values, so the interval is that of a ratio of sums (stats.h). */
enum series_verdict series_batch_means(const struct series *s, sim_time length, double level,
                                       struct series_batches *out);

/* 1 - (sum of squared successive differences) / (2 x sum of squared deviations), about the correlation of
 * neighbours; 0 when all are equal. */
double series_lag1(const double *value, size_t n);

/* ---- the warm-up ----------------------------------------------------------------------------------- */

/* How many of the first values are best left out: the d < n / 2 that makes the squared standard error of the mean of the
 * rest, sum (y - mean)^2 / (n - d)^2, smallest (K. P. White, Simulation 69(6), 1997). Of equally good ones the
 * first. False when the smallest lies at the end of what is tried: the series never settles. n >= 10. */
bool series_mser(const double *value, size_t n, size_t *d);

/* MSER-5: series_mser() over means of five values each. Here these are stretches of equal time that hold
 * five values or more on average. *warmup becomes the end of the last one to be left out, 0 if none is. */
enum series_verdict series_warmup(const struct series *s, sim_time length, sim_time *warmup);

#endif
