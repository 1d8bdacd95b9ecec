/* kpi_interval.c - key performance indicators: replications added up, and the intervals around them (see kpi.h). */
#include "analysis/kpi.h"

#include <math.h>

const struct kpi_quantile kpi_quantiles[KPI_QUANTILES] = {
    {500, "p50"},
    {900, "p90"},
    {950, "p95"},
    {990, "p99"},
};

void kpi_init(struct kpi *k)
{
    *k = (struct kpi){.level = KPI_LEVEL};
    metrics_result_init(&k->sum);
    for (int i = 0; i < METRIC_COUNT; i++) {
        k->alone[i] = (struct kpi_ends){KPI_TOO_FEW, NAN, NAN};
        k->means[i] = g_array_new(FALSE, FALSE, sizeof(double));
        for (int q = 0; q < KPI_QUANTILES; q++)
            k->quantile[i][q] = g_array_new(FALSE, FALSE, sizeof(double));
    }
}

void kpi_clear(struct kpi *k)
{
    metrics_result_clear(&k->sum);
    for (int i = 0; i < METRIC_COUNT; i++) {
        g_array_free(k->means[i], TRUE);
        for (int q = 0; q < KPI_QUANTILES; q++)
            g_array_free(k->quantile[i][q], TRUE);
    }
    *k = (struct kpi){0};
}

/* What one long run says of a mean. */
static struct kpi_ends ends_alone(const struct kpi *k, const struct metrics_result *r, int metric)
{
    struct series_batches b;
    enum series_verdict verdict =
        series_batch_means(&r->series[metric], (sim_time)r->observed_ns, k->level, &b);

    if (verdict == SERIES_GOOD)
        return (struct kpi_ends){KPI_OF_BATCHES, b.low, b.high};
    return (struct kpi_ends){verdict == SERIES_CORRELATED ? KPI_CORRELATED : KPI_TOO_FEW, NAN, NAN};
}

void kpi_add(struct kpi *k, struct metrics_result *replication)
{
    bool first = k->sum.observed_ns == 0;

    metrics_result_merge(&k->sum, replication);
    for (int i = 0; i < METRIC_COUNT; i++) {
        struct stats *s = &replication->time[i];
        double mean = stats_mean(s);
        if (first)
            k->alone[i] = ends_alone(k, replication, i);
        if (!s->n)
            continue;
        g_array_append_val(k->means[i], mean);
        for (int q = 0; q < KPI_QUANTILES; q++) {
            unsigned permille = kpi_quantiles[q].permille;
            double value = stats_quantile_known(s->n, permille) ? (double)stats_quantile(s, permille) : NAN;
            g_array_append_val(k->quantile[i][q], value);
        }
    }
}

static const double *doubles(const GArray *a)
{
    return (const double *)(void *)a->data;
}

enum kpi_basis kpi_mean_interval(const struct kpi *k, int metric, double *low, double *high)
{
    const GArray *means = k->means[metric];

    if (stats_t_interval(doubles(means), means->len, k->level, low, high))
        return KPI_OF_REPLICATIONS;
    if (k->finished > 1)
        return KPI_TOO_FEW; /* only one of them has it */
    const struct kpi_ends *alone = &k->alone[metric];
    if (kpi_known((enum kpi_basis)alone->basis)) {
        *low = alone->low;
        *high = alone->high;
    }
    return (enum kpi_basis)alone->basis;
}

/* The percentiles of replications say how far the percentile of all may be off; those of small ones are off to one side, so
 * the interval is laid around the latter. */
static bool over_replications(const struct kpi *k, const GArray *each, double all, double *low, double *high)
{
    if (!stats_t_interval(doubles(each), each->len, k->level, low, high))
        return false;
    double half = (*high - *low) / 2;
    if (isnan(half))
        return false; /* too few values in one of them */
    *low = all - half;
    *high = all + half;
    return true;
}

enum kpi_basis kpi_quantile_interval(struct kpi *k, int metric, int quantile, double *low, double *high)
{
    unsigned permille = kpi_quantiles[quantile].permille;
    struct stats *s = &k->sum.time[metric];
    guint replications = k->means[metric]->len;
    int64_t from, to;

    if (!stats_quantile_known(s->n, permille))
        return KPI_TOO_FEW;
    if (replications > 1 && s->n > replications)
        return over_replications(k, k->quantile[metric][quantile], (double)stats_quantile(s, permille), low, high)
                   ? KPI_OF_REPLICATIONS
                   : KPI_TOO_FEW;
    if (!stats_quantile_interval(s, permille, k->level, &from, &to))
        return KPI_TOO_FEW;
    *low = (double)from;
    *high = (double)to;
    return KPI_OF_RANKS;
}
