/* kpi_json.c - the key performance indicators as JSON (see kpi.h). */
#include "analysis/kpi.h"

#include "analysis/json.h"

#include <math.h>

static void json_interval(struct json *j, const char *key, bool known, double low, double high)
{
    if (!known) {
        json_null(j, key);
        return;
    }
    json_open(j, key, '[');
    json_real(j, NULL, low);
    json_real(j, NULL, high);
    json_close(j, ']');
}

static void json_quantile(struct kpi *k, int i, int q, struct json *j)
{
    struct stats *s = &k->sum.time[i];
    double low = 0, high = 0;
    char key[32];

    g_snprintf(key, sizeof key, "%s_ns", kpi_quantiles[q].name);
    if (stats_quantile_known(s->n, kpi_quantiles[q].permille))
        json_int(j, key, stats_quantile(s, kpi_quantiles[q].permille));
    else
        json_null(j, key);
    g_snprintf(key, sizeof key, "%s_interval_ns", kpi_quantiles[q].name);
    bool known = kpi_known(kpi_quantile_interval(k, i, q, &low, &high));
    json_interval(j, key, known, low, high);
}

static void json_phases(const struct phase_sums *sums, enum phase_set set, struct json *j)
{
    if (!sums->explained)
        return;
    json_uint(j, "explained", sums->explained);
    json_open(j, "phases", '[');
    for (int i = 0; i <= PHASES_MAX; i++) {
        if (sums->ns[i] == 0)
            continue;
        json_open(j, NULL, '{');
        json_string(j, "phase", i < PHASES_MAX ? phase_at(set, i)->name : "other");
        json_real(j, "mean_ns", (double)sums->ns[i] / (double)sums->explained);
        json_close(j, '}');
    }
    json_close(j, ']');
}

static void json_time(struct kpi *k, int i, struct json *j)
{
    const struct metric_decl *d = &metric_table[i];
    struct stats *s = &k->sum.time[i];
    double low = 0, high = 0;

    json_open(j, NULL, '{');
    json_string(j, "name", d->name);
    json_string(j, "ends", d->ends);
    json_string(j, "source", d->source);
    json_uint(j, "n", s->n);
    if (s->n) {
        bool interval = kpi_known(kpi_mean_interval(k, i, &low, &high));
        json_real(j, "mean_ns", stats_mean(s));
        json_real(j, "sd_ns", stats_sd(s));
        json_int(j, "min_ns", s->min);
        for (int q = 0; q < KPI_QUANTILES; q++)
            json_quantile(k, i, q, j);
        json_int(j, "max_ns", s->max);
        json_bool(j, "percentiles_exact", stats_is_exact(s));
        json_uint(j, "replications", k->means[i]->len);
        json_interval(j, "mean_interval_ns", interval, low, high);
        json_phases(&k->sum.phases[i], d->phases, j);
    }
    json_close(j, '}');
}

static void json_ratios(const struct kpi *kpi, struct json *j)
{
    const struct metrics_result *r = &kpi->sum;

    json_open(j, "ratios", '[');
    for (int i = 0; i < RATIO_COUNT; i++) {
        const struct ratio_decl *d = &ratio_table[i];
        uint64_t k = ratio_part(r, d->numerator), n = ratio_part(r, d->denominator);
        double low = 0, high = 0;
        bool known = stats_wilson_interval(k, n, kpi->level, &low, &high);
        json_open(j, NULL, '{');
        json_string(j, "name", d->name);
        json_string(j, "definition", d->words);
        json_string(j, "source", d->source);
        json_uint(j, "numerator", k);
        json_uint(j, "denominator", n);
        json_real(j, "value_ratio", known ? (double)k / (double)n : NAN);
        json_interval(j, "interval_ratio", known, low, high);
        json_close(j, '}');
    }
    json_close(j, ']');
}

static void json_calls(const struct metrics_result *r, struct json *j)
{
    json_open(j, "calls", '{');
    json_uint(j, "not_offered", r->calls.not_offered);
    json_uint(j, "dialled", r->calls.dialled);
    json_uint(j, "unsent", r->calls.unsent);
    json_uint(j, "answered", r->calls.answered);
    json_uint(j, "completed", r->calls.completed);
    json_uint(j, "failed", r->calls.failed);
    json_uint(j, "cancelled", r->calls.cancelled);
    json_uint(j, "open", r->calls.open);
    json_uint(j, "bearers_asked", r->calls.bearers_decided);
    json_uint(j, "bearers_up", r->calls.bearers_up);
    json_open(j, "failed_by_status", '{');
    for (int s = 0; s < METRICS_STATUS_MAX; s++) {
        char key[16];
        g_snprintf(key, sizeof key, "%d", s);
        if (r->failed_status[s])
            json_uint(j, key, r->failed_status[s]);
    }
    json_close(j, '}');
    json_close(j, '}');
}

static void json_procedures(const struct metrics_result *r, struct json *j)
{
    json_open(j, "procedures", '[');
    for (int i = 0; i < PROCEDURE_COUNT; i++) {
        const struct procedure_counts *c = &r->procedure[i];
        json_open(j, NULL, '{');
        json_string(j, "name", procedure_table[i].name);
        json_uint(j, "begun", c->begun);
        json_uint(j, "done", c->done);
        json_uint(j, "failed", c->failed);
        json_uint(j, "given_up", c->given_up);
        json_uint(j, "open", c->open);
        json_open(j, "failed_by_cause", '{');
        for (guint k = 0; k < r->causes->len; k++) {
            const struct cause_count *cause = &g_array_index(r->causes, struct cause_count, k);
            char key[24];
            g_snprintf(key, sizeof key, "%" G_GINT64_FORMAT, cause->cause);
            if (cause->procedure == i)
                json_uint(j, key, cause->count);
        }
        json_close(j, '}');
        json_close(j, '}');
    }
    json_close(j, ']');
    json_uint(j, "registers_sent", r->registers.sent);
    json_uint(j, "registers_ineffective", r->registers.ineffective);
}

static void json_messages(const struct metrics_result *r, struct json *j)
{
    json_open(j, "messages", '[');
    for (uint16_t i = 0; i < r->nifaces; i++)
        for (int p = 0; p < r->nprotos; p++)
            for (uint16_t type = 0; type < r->protos[p]->ntypes; type++) {
                struct net_count c = r->counts[p][i * r->protos[p]->ntypes + type];
                if (!c.messages)
                    continue;
                json_open(j, NULL, '{');
                json_string(j, "interface", r->ifaces[i].name);
                json_string(j, "protocol", r->protos[p]->name);
                json_string(j, "message", r->protos[p]->type_name(type));
                json_uint(j, "sent", c.messages);
                json_uint(j, "bytes", c.bytes);
                json_close(j, '}');
            }
    json_close(j, ']');
}

static void json_cells(const struct metrics_result *r, struct json *j)
{
    double observed = (double)r->observed_ns;

    json_open(j, "cells", '[');
    for (guint i = 0; i < r->cells->len; i++) {
        const struct cell_row *c = &g_array_index(r->cells, struct cell_row, i);
        json_open(j, NULL, '{');
        json_string(j, "name", c->name);
        json_uint(j, "bearers_asked", c->asked);
        json_uint(j, "bearers_refused", c->refused);
        json_real(j, "mean_bearers", (double)c->bearer_ns / observed);
        json_real(j, "uplink_ratio", (double)c->up / 1e9 / observed);
        json_real(j, "downlink_ratio", (double)c->down / 1e9 / observed);
        json_real(j, "control_ratio", (double)c->control / 1e9 / observed);
        json_close(j, '}');
    }
    json_close(j, ']');
}

static void json_stations(const struct metrics_result *r, struct json *j)
{
    double observed = (double)r->observed_ns;

    json_open(j, "stations", '[');
    for (guint i = 0; i < r->stations->len; i++) {
        const struct station_row *row = &g_array_index(r->stations, struct station_row, i);
        const struct station_stats *s = &row->stats;
        json_open(j, NULL, '{');
        json_string(j, "name", row->name);
        if (row->servers)
            json_uint(j, "servers", row->servers);
        else
            json_null(j, "servers");
        json_real(j, "utilisation_ratio", row->servers ? (double)s->busy_ns / observed / row->servers : NAN);
        json_real(j, "mean_busy", (double)s->busy_ns / observed);
        json_real(j, "mean_queue", (double)s->queue_ns / observed);
        json_uint(j, "max_queue", s->queue_max);
        json_real(j, "mean_sojourn_ns", (double)s->sojourn_ns / (double)s->served);
        json_uint(j, "arrived", s->arrived);
        json_uint(j, "served", s->served);
        json_uint(j, "refused", s->refused);
        json_close(j, '}');
    }
    json_close(j, ']');
}

void kpi_print_json(struct kpi *k, GString *out)
{
    struct json j = json_to(out);
    const struct metrics_result *r = &k->sum;

    json_open(&j, NULL, '{');
    json_string(&j, "program", k->program);
    json_string(&j, "scenario", k->scenario);
    json_string(&j, "title", k->title);
    json_string(&j, "incomplete", k->incomplete);
    json_string(&j, "note", k->note);
    json_uint(&j, "seed", k->seed);
    json_uint(&j, "replications_wanted", k->wanted);
    json_uint(&j, "replications", k->finished);
    json_real(&j, "confidence_ratio", k->level);
    json_int(&j, "warmup_ns", k->warmup);
    json_bool(&j, "warmup_found", k->warmup_found);
    json_real(&j, "observed_ns", (double)r->observed_ns);
    json_uint(&j, "events", r->events);
    json_calls(r, &j);
    json_procedures(r, &j);
    json_ratios(k, &j);
    json_open(&j, "times", '[');
    for (int i = 0; i < METRIC_COUNT; i++)
        json_time(k, i, &j);
    json_close(&j, ']');
    json_messages(r, &j);
    json_cells(r, &j);
    json_stations(r, &j);
    json_open(&j, "network", '{');
    json_uint(&j, "sent", r->sent);
    json_uint(&j, "duplicated", r->duplicated);
    json_uint(&j, "delivered", r->delivered);
    json_uint(&j, "lost", r->lost);
    json_uint(&j, "dropped", r->dropped);
    json_uint(&j, "refused", r->refused);
    json_uint(&j, "in_flight", r->in_flight);
    json_close(&j, '}');
    json_close(&j, '}');
}
