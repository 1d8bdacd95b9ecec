/* store_summary.c - summary.csv: one row per time and ratio, for a spreadsheet (see store.h). */
#include "analysis/store.h"

#include "analysis/csv.h"

#include <math.h>

static void head(struct csv *c)
{
    static const char *const columns[] = {"scenario",
                                          "seed",
                                          "replications_count",
                                          "state",
                                          "kind",
                                          "metric",
                                          "values_count",
                                          "mean_ms",
                                          "sd_ms",
                                          "min_ms",
                                          "p50_ms",
                                          "p90_ms",
                                          "p95_ms",
                                          "p99_ms",
                                          "max_ms",
                                          "ci_low_ms",
                                          "ci_high_ms",
                                          "numerator_count",
                                          "denominator_count",
                                          "value_ratio",
                                          "ci_low_ratio",
                                          "ci_high_ratio",
                                          "what",
                                          "source"};

    for (size_t i = 0; i < G_N_ELEMENTS(columns); i++)
        csv_text(c, columns[i]);
    csv_end(c);
}

static void begin_row(const struct kpi *k, enum store_state state, const char *kind, const char *metric,
                      struct csv *c)
{
    char seed[24];

    g_snprintf(seed, sizeof seed, "%" G_GUINT64_FORMAT, k->seed);
    csv_text(c, k->scenario);
    csv_text(c, seed);
    csv_int(c, k->finished);
    csv_text(c, store_state_name(state));
    csv_text(c, kind);
    csv_text(c, metric);
}

static void nothing(struct csv *c, unsigned fields)
{
    while (fields--)
        csv_text(c, NULL);
}

static void ms(struct csv *c, double ns)
{
    csv_fixed(c, ns / (double)SIM_MS, 6);
}

static void time_row(struct kpi *k, enum store_state state, int i, struct csv *c)
{
    static const unsigned permille[] = {500, 900, 950, 990};
    struct stats *s = &k->sum.time[i];
    double low = NAN, high = NAN;

    begin_row(k, state, "time", metric_table[i].name, c);
    csv_int(c, (int64_t)s->n);
    ms(c, stats_mean(s));
    ms(c, stats_sd(s));
    ms(c, (double)s->min);
    for (size_t q = 0; q < G_N_ELEMENTS(permille); q++)
        ms(c, stats_quantile_known(s->n, permille[q]) ? (double)stats_quantile(s, permille[q]) : NAN);
    ms(c, (double)s->max);
    kpi_mean_interval(k, i, &low, &high);
    ms(c, low);
    ms(c, high);
    nothing(c, 5);
    csv_text(c, metric_table[i].ends);
    csv_text(c, metric_table[i].source);
    csv_end(c);
}

static void ratio_row(const struct kpi *k, enum store_state state, int i, struct csv *c)
{
    const struct ratio_decl *d = &ratio_table[i];
    uint64_t part = ratio_part(&k->sum, d->numerator), all = ratio_part(&k->sum, d->denominator);
    double low = NAN, high = NAN;

    stats_wilson_interval(part, all, k->level, &low, &high);
    begin_row(k, state, "ratio", d->name, c);
    nothing(c, 11);
    csv_int(c, (int64_t)part);
    csv_int(c, (int64_t)all);
    csv_fixed(c, all ? (double)part / (double)all : NAN, 6);
    csv_fixed(c, low, 6);
    csv_fixed(c, high, 6);
    csv_text(c, d->words);
    csv_text(c, d->source);
    csv_end(c);
}

void store_summary(struct kpi *kpi, enum store_state state, GString *out)
{
    struct csv c = csv_to(out);

    head(&c);
    for (int i = 0; i < METRIC_COUNT; i++)
        if (kpi->sum.time[i].n)
            time_row(kpi, state, i, &c);
    for (int i = 0; i < RATIO_COUNT; i++)
        ratio_row(kpi, state, i, &c);
}
