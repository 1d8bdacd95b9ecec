/* series.c - values in the order of time (see series.h). */
#include "analysis/series.h"

#include "analysis/stats.h"

#include <glib.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <string.h>

void series_init(struct series *s)
{
    *s = (struct series){0};
}

void series_clear(struct series *s)
{
    g_free(s->bin);
    series_init(s);
}

/* ---- adding ------------------------------------------------------------------------------------------ */

/* Two bins become one. */
static void halve(struct series *s)
{
    uint32_t used = (s->used + 1) / 2;

    for (uint32_t i = 0; i < used; i++) {
        struct series_bin first = s->bin[2 * i];
        if (2 * i + 1 < s->used) {
            first.n += s->bin[2 * i + 1].n;
            first.sum += s->bin[2 * i + 1].sum;
        }
        s->bin[i] = first;
    }
    if (s->used) /* an empty one has no bins */
        memset(s->bin + used, 0, (s->used - used) * sizeof *s->bin);
    s->used = used;
    s->width *= 2;
}

/* The bin of this instant, made if need be. */
static struct series_bin *bin_at(struct series *s, sim_time at)
{
    if (!s->width)
        s->width = SERIES_WIDTH;
    while (at / s->width >= SERIES_BINS)
        halve(s);
    uint32_t i = (uint32_t)(at / s->width);
    if (i >= s->room) {
        uint32_t room = MIN(MAX(2 * s->room, i + 1), SERIES_BINS);
        s->bin = g_renew(struct series_bin, s->bin, room);
        memset(s->bin + s->room, 0, (room - s->room) * sizeof *s->bin);
        s->room = room;
    }
    s->used = MAX(s->used, i + 1);
    return &s->bin[i];
}

void series_add(struct series *s, sim_time at, int64_t value)
{
    struct series_bin *bin = bin_at(s, at);

    bin->n++;
    bin->sum += value;
}

void series_merge(struct series *into, const struct series *from)
{
    if (!from->used)
        return;
    bin_at(into, from->width * (from->used - 1));
    while (into->width < from->width)
        halve(into);
    for (uint32_t i = 0; i < from->used; i++) {
        struct series_bin *bin = bin_at(into, from->width * i);
        bin->n += from->bin[i].n;
        bin->sum += from->bin[i].sum;
    }
}

void series_coarsen(struct series *s, uint32_t bins)
{
    while (s->used > bins)
        halve(s);
}

void series_put(struct series *s, sim_time width, sim_time at, uint64_t n, __int128 sum)
{
    if (!s->used)
        s->width = width;
    struct series_bin *bin = bin_at(s, at);
    bin->n += n;
    bin->sum += sum;
}

/* Cuts the bins up to `length` into n stretches: sums and numbers of each. All values count: those of bins
 * beyond belong to the last. */
static void cut(const struct series *s, sim_time length, size_t n, double *sum, double *count)
{
    uint64_t bins = MAX((uint64_t)((length + s->width - 1) / s->width), 1);

    for (size_t i = 0; i < n; i++)
        sum[i] = count[i] = 0;
    for (uint64_t b = 0; b < s->used; b++) {
        size_t i = (size_t)MIN(b * n / bins, n - 1);
        sum[i] += (double)s->bin[b].sum;
        count[i] += (double)s->bin[b].n;
    }
}

static uint64_t count_of(const struct series *s)
{
    uint64_t n = 0;

    for (uint32_t i = 0; i < s->used; i++)
        n += s->bin[i].n;
    return n;
}

/* ---- batch means --------------------------------------------------------------------------------------- */

double series_lag1(const double *value, size_t n)
{
    double sum = 0, squares = 0, steps = 0;

    for (size_t i = 0; i < n; i++)
        sum += value[i];
    double mean = sum / (double)n;
    for (size_t i = 0; i < n; i++)
        squares += (value[i] - mean) * (value[i] - mean);
    for (size_t i = 1; i < n; i++)
        steps += (value[i] - value[i - 1]) * (value[i] - value[i - 1]);
    return squares > 0 ? 1 - steps / (2 * squares) : 0;
}

/* Under independence the statistic is about normal with variance (n - 2) / (n^2 - 1) (von Neumann, Ann. Math.
 * Stat. 12, 1941). */
static bool independent(double lag1, unsigned n)
{
    double z = lag1 * sqrt(((double)n * n - 1) / (n - 2.0));
    return z <= gsl_cdf_ugaussian_Pinv(0.95);
}

enum series_verdict series_batch_means(const struct series *s, sim_time length, double level,
                                       struct series_batches *out)
{
    static const unsigned tries[] = {40, 20, 10};
    double sum[40], count[40], off[40];
    uint64_t n = count_of(s);

    if (n < 10 * SERIES_PER_BATCH || length <= 0)
        return SERIES_TOO_FEW;
    for (size_t t = 0; t < G_N_ELEMENTS(tries); t++) {
        unsigned batches = tries[t];
        double sums = 0;
        if (n < batches * SERIES_PER_BATCH || (uint64_t)(length / s->width) < 2 * batches)
            continue;
        cut(s, length, batches, sum, count);
        for (unsigned i = 0; i < batches; i++)
            sums += sum[i];
        out->batches = batches;
        out->mean = sums / (double)n;
        for (unsigned i = 0; i < batches; i++)
            off[i] = sum[i] - out->mean * count[i];
        out->lag1 = series_lag1(off, batches);
        if (independent(out->lag1, batches) &&
            stats_ratio_interval(sum, count, batches, level, &out->low, &out->high))
            return SERIES_GOOD;
    }
    return (uint64_t)(length / s->width) < 20 ? SERIES_TOO_FEW : SERIES_CORRELATED;
}

/* ---- the warm-up --------------------------------------------------------------------------------------- */

bool series_mser(const double *value, size_t n, size_t *d)
{
    double sum = 0, square = 0, least = INFINITY, shift = value[n - 1];
    size_t best = 0, tried = n / 2;

    /* From the end, so that sums grow; relative to a value, so that squares do not swallow differences. */
    for (size_t left = 1; left <= n; left++) {
        double y = value[n - left] - shift;
        sum += y;
        square += y * y;
        if (n - left >= tried)
            continue;
        double error = MAX(square - sum * sum / (double)left, 0) / ((double)left * (double)left);
        if (error <= least) {
            least = error;
            best = n - left;
        }
    }
    *d = best;
    return best + 1 < tried;
}

enum series_verdict series_warmup(const struct series *s, sim_time length, sim_time *warmup)
{
    uint64_t n = count_of(s), bins = length > 0 && s->width ? (uint64_t)(length / s->width) : 0;
    size_t stretches = (size_t)MIN(n / 5, bins), filled = 0, d;

    if (stretches < 20)
        return SERIES_TOO_FEW;
    double *sum = g_new(double, stretches), *count = g_new(double, stretches);
    cut(s, (sim_time)bins * s->width, stretches, sum, count);
    size_t *place = g_new(size_t, stretches);
    for (size_t i = 0; i < stretches; i++) {
        if (count[i] == 0)
            continue;
        place[filled] = i;
        sum[filled++] = sum[i] / count[i];
    }
    bool settles = filled >= 10 && series_mser(sum, filled, &d);
    /* a stretch begins with the first bin that belongs to it: ceil(i bins / stretches) */
    *warmup = settles && d ? (sim_time)((place[d] * bins + stretches - 1) / stretches) * s->width : 0;
    g_free(place);
    g_free(sum);
    g_free(count);
    return settles ? SERIES_GOOD : filled < 10 ? SERIES_TOO_FEW : SERIES_CORRELATED;
}
