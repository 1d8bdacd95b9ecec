/* stats_interval.c - intervals around means, ratios and quantiles (see stats.h). */
#include "analysis/stats.h"

#include <glib.h>
#include <gsl/gsl_cdf.h>
#include <math.h>

/* Above this many values a binomial is told from a normal by nothing that matters here. */
#define BINOMIAL_MAX 1000000

/* ---- means ------------------------------------------------------------------------------------------- */

/* Mean, and variance of the mean. */
static double mean_of(const double *value, size_t n, double *variance)
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++)
        sum += value[i];
    double mean = sum / (double)n;
    for (size_t i = 0; i < n; i++)
        squares += (value[i] - mean) * (value[i] - mean);
    *variance = squares / (double)(n - 1) / (double)n;
    return mean;
}

/* Half the width around a mean of n values with this variance of the mean. */
static double half_width(double variance, size_t n, double level)
{
    return gsl_cdf_tdist_Pinv(0.5 + level / 2, (double)(n - 1)) * sqrt(variance);
}

bool stats_t_interval(const double *value, size_t n, double level, double *low, double *high)
{
    if (n < 2)
        return false;
    double variance, mean = mean_of(value, n, &variance), half = half_width(variance, n, level);
    *low = mean - half;
    *high = mean + half;
    return true;
}

bool stats_paired_interval(const double *a, const double *b, size_t n, double level, double *low,
                           double *high)
{
    if (n < 2)
        return false;
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++)
        sum += a[i] - b[i];
    double mean = sum / (double)n;
    for (size_t i = 0; i < n; i++)
        squares += (a[i] - b[i] - mean) * (a[i] - b[i] - mean);
    double half = half_width(squares / (double)(n - 1) / (double)n, n, level);
    *low = mean - half;
    *high = mean + half;
    return true;
}

bool stats_welch_interval(const double *a, size_t na, const double *b, size_t nb, double level, double *low, double *high)
{
    if (na < 2 || nb < 2)
        return false;
    double va, vb, mean = mean_of(a, na, &va) - mean_of(b, nb, &vb), half = 0;
    if (va + vb > 0) {
        double freedom = (va + vb) * (va + vb) / (va * va / (double)(na - 1) + vb * vb / (double)(nb - 1));
        half = gsl_cdf_tdist_Pinv(0.5 + level / 2, freedom) * sqrt(va + vb);
    }
    *low = mean - half;
    *high = mean + half;
    return true;
}

bool stats_ratio_interval(const double *part, const double *whole, size_t n, double level, double *low,
                          double *high)
{
    double parts = 0, wholes = 0, squares = 0;

    for (size_t i = 0; i < n; i++) {
        parts += part[i];
        wholes += whole[i];
    }
    if (n < 2 || wholes == 0)
        return false;
    double ratio = parts / wholes;
    for (size_t i = 0; i < n; i++) {
        double off = part[i] - ratio * whole[i];
        squares += off * off;
    }
    double half = half_width(squares / (double)(n - 1) / (double)n, n, level) / fabs(wholes / (double)n);
    *low = ratio - half;
    *high = ratio + half;
    return true;
}

bool stats_precise(double mean, double low, double high, double e)
{
    return (high - low) / 2 <= e / (1 + e) * fabs(mean);
}

/* ---- shares ------------------------------------------------------------------------------------------ */

bool stats_wilson_interval(uint64_t k, uint64_t n, double level, double *low, double *high)
{
    if (n == 0)
        return false;
    double z = gsl_cdf_ugaussian_Pinv(0.5 + level / 2), trials = (double)n, p = (double)k / trials;
    double scale = 1 + z * z / trials;
    double centre = (p + z * z / (2 * trials)) / scale;
    double half = z / scale * sqrt(p * (1 - p) / trials + z * z / (4 * trials * trials));
    /* the ends are 0 and 1 exactly where they touch: no rounding may say otherwise */
    *low = k == 0 ? 0 : MAX(centre - half, 0);
    *high = k == n ? 1 : MIN(centre + half, 1);
    return true;
}

/* ---- quantiles --------------------------------------------------------------------------------------- */

/* How many of n values lie below the quantile is binomial, B. X(low) lies above it when B < low, X(high)
 * below it when B >= high. */
static double too_low(double k, double p, uint64_t n) /* P(B <= k) */
{
    if (k < 0)
        return 0;
    if (n <= BINOMIAL_MAX)
        return gsl_cdf_binomial_P((unsigned)k, p, (unsigned)n);
    return gsl_cdf_ugaussian_P((k + 0.5 - (double)n * p) / sqrt((double)n * p * (1 - p)));
}

static double too_high(double k, double p, uint64_t n) /* P(B >= k) */
{
    if (k <= 0)
        return 1;
    if (n <= BINOMIAL_MAX)
        return gsl_cdf_binomial_Q((unsigned)k - 1, p, (unsigned)n);
    return gsl_cdf_ugaussian_Q((k - 0.5 - (double)n * p) / sqrt((double)n * p * (1 - p)));
}

bool stats_rank_interval(uint64_t n, unsigned permille, double level, uint64_t *low, uint64_t *high)
{
    if (n == 0 || permille == 0 || permille >= 1000)
        return false;
    double p = permille / 1000.0, tail = (1 - level) / 2, last = (double)n;
    double half = gsl_cdf_ugaussian_Pinv(0.5 + level / 2) * sqrt(last * p * (1 - p));
    double from = CLAMP(floor(last * p - half), 1, last), to = CLAMP(ceil(last * p + half) + 1, 1, last);

    while (from < last && too_low(from, p, n) <= tail)
        from++;
    while (from >= 1 && too_low(from - 1, p, n) > tail)
        from--;
    while (to > 1 && too_high(to - 1, p, n) <= tail)
        to--;
    while (to <= last && too_high(to, p, n) > tail)
        to++;
    if (from < 1 || to > last)
        return false;
    *low = (uint64_t)from;
    *high = (uint64_t)to;
    return true;
}

bool stats_quantile_interval(struct stats *s, unsigned permille, double level, int64_t *low, int64_t *high)
{
    uint64_t from, to;

    if (!stats_rank_interval(s->n, permille, level, &from, &to))
        return false;
    *low = stats_at_rank(s, from);
    *high = stats_at_rank(s, to);
    return true;
}
