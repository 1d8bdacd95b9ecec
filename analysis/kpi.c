/* kpi.c - the table of key performance indicators, for people (see kpi.h). */
#include "analysis/kpi.h"

#include "analysis/table.h"
#include "sim/units.h"


/* ---- for people: calls and ratios ---------------------------------------------------------------- */

static void print_head(const struct kpi *k, GString *out)
{
    char observed[32], warmup[32];
    double runs = (double)MAX(k->finished, 1);

    g_string_append_printf(out, "%s%s%s\n", k->scenario, k->title ? ": " : "", k->title ? k->title : "");
    if (k->incomplete)
        g_string_append_printf(out, "INCOMPLETE: %s\n", k->incomplete);
    g_string_append_printf(out, "%u replication%s, seed %" G_GUINT64_FORMAT, k->finished,
                           k->finished == 1 ? "" : "s", k->seed);
    if (k->finished != k->wanted)
        g_string_append_printf(out, " (of %u wanted)", k->wanted);
    g_string_append_printf(out, "; %s of virtual time%s",
                           units_format_time(observed, (sim_time)((double)k->sum.observed_ns / runs)),
                           k->finished > 1 ? " each" : "");
    if (k->warmup || k->warmup_found)
        g_string_append_printf(out, " after %s of warm-up%s", units_format_time(warmup, k->warmup),
                               k->warmup_found ? " (found by MSER-5)" : "");
    g_string_append_printf(out, "; %" G_GUINT64_FORMAT " events\n", k->sum.events);
    if (k->note)
        g_string_append_printf(out, "%s\n", k->note);
}

static void count_row(struct table *t, const char *what, uint64_t n)
{
    table_cell(t, what);
    table_cellf(t, "%" G_GUINT64_FORMAT, n);
}

static void print_calls(const struct metrics_result *r, GString *out)
{
    const struct call_counts *c = &r->calls;
    struct table *t = table_new("calls\tcount", "lr");

    if (c->not_offered)
        count_row(t, "not offered: all phones in calls", c->not_offered);
    count_row(t, "dialled", c->dialled);
    if (c->unsent)
        count_row(t, "  refused by the caller's own phone", c->unsent);
    count_row(t, "answered", c->answered);
    count_row(t, "answered and released", c->completed);
    count_row(t, "failed", c->failed);
    for (int s = 0; s < METRICS_STATUS_MAX; s++) {
        char *what = s ? g_strdup_printf("  with status %d", s) : g_strdup("  without a status");
        if (r->failed_status[s])
            count_row(t, what, r->failed_status[s]);
        g_free(what);
    }
    if (c->cancelled)
        count_row(t, "  given up by the caller", c->cancelled);
    count_row(t, "open at the end of the run", c->open);
    if (c->bearers_decided) {
        count_row(t, "dedicated bearers asked for, with known outcome", c->bearers_decided);
        count_row(t, "  set up", c->bearers_up);
    }
    g_string_append_c(out, '\n');
    table_print(t, 0, out);
    table_free(t);
}

/* Headings; "95 %" stands for the level that the intervals have. */
static struct table *table_at_level(const struct kpi *k, const char *headings, const char *align)
{
    char *level = g_strdup_printf("%.4g %%", 100 * k->level), **parts = g_strsplit(headings, "95 %", -1);
    char *text = g_strjoinv(level, parts);
    struct table *t = table_new(text, align);

    g_free(level);
    g_free(text);
    g_strfreev(parts);
    return t;
}

static void ratio_row(const struct kpi *kpi, const struct ratio_decl *d, uint64_t k, uint64_t n, struct table *t)
{
    double low, high;

    table_cell(t, d->name);
    if (stats_wilson_interval(k, n, kpi->level, &low, &high)) {
        table_cellf(t, "%.2f %%", 100 * (double)k / (double)n);
        table_cellf(t, "%.2f .. %.2f %%", 100 * low, 100 * high);
    } else {
        table_cell(t, "-");
        table_cell(t, "-");
    }
    table_cellf(t, "%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT, k, n);
    table_cellf(t, "%s (%s)", d->words, d->source);
}

/* Those of calls (bearers if there were any), or those of phones that have a value. */
static void print_ratios(const struct kpi *kpi, bool phones, GString *out)
{
    struct table *t = table_at_level(kpi, phones ? "ratio\tvalue\t95 % interval\tcount\twhat" : "ratio\tvalue\t95 % interval\tcalls\twhat", "lrlll");

    for (int i = 0; i < RATIO_COUNT; i++) {
        const struct ratio_decl *d = &ratio_table[i];
        uint64_t k = ratio_part(&kpi->sum, d->numerator), n = ratio_part(&kpi->sum, d->denominator);
        if (d->phones == phones && (n || (!phones && i != RATIO_BEARER_SUCCESS)))
            ratio_row(kpi, d, k, n, t);
    }
    if (table_rows(t)) {
        g_string_append_c(out, '\n');
        table_print(t, 0, out);
    }
    table_free(t);
}

/* ---- for people: phones ----------------------------------------------------------------------------- */

static void procedure_row(struct table *t, const char *name, const struct procedure_counts *c)
{
    const uint64_t counts[] = {c->begun, c->done, c->failed, c->given_up, c->open};

    table_cell(t, name);
    for (size_t i = 0; i < G_N_ELEMENTS(counts); i++)
        table_cellf(t, "%" G_GUINT64_FORMAT, counts[i]);
}

static void cause_row(struct table *t, const struct cause_count *c)
{
    const char *cause = procedure_table[c->procedure].cause;

    table_cellf(t, "  with %s %" G_GINT64_FORMAT, cause, c->cause);
    table_cell(t, NULL);
    table_cell(t, NULL);
    table_cellf(t, "%" G_GUINT64_FORMAT, c->count);
    table_cell(t, NULL);
    table_cell(t, NULL);
}

static void print_procedures(const struct metrics_result *r, GString *out)
{
    struct table *t = table_new("phones\tbegun\tdone\tfailed\tgiven up\topen at the end", "lrrrrr");

    for (int i = 0; i < PROCEDURE_COUNT; i++) {
        if (!r->procedure[i].begun)
            continue;
        procedure_row(t, procedure_table[i].name, &r->procedure[i]);
        for (guint k = 0; k < r->causes->len; k++) {
            const struct cause_count *c = &g_array_index(r->causes, struct cause_count, k);
            if (c->procedure == i)
                cause_row(t, c);
        }
    }
    g_string_append_c(out, '\n');
    table_print(t, 0, out);
    table_free(t);
}

/* ---- for people: times --------------------------------------------------------------------------- */

static void time_cell(struct table *t, bool known, double ns, double unit_ns)
{
    if (known)
        table_cellf(t, "%.3f", ns / unit_ns);
    else
        table_cell(t, "-");
}

static void interval_cell(struct table *t, bool known, double low, double high, double unit_ns)
{
    if (known)
        table_cellf(t, "%.3f .. %.3f", low / unit_ns, high / unit_ns);
    else
        table_cell(t, "-");
}

static void time_row(struct kpi *k, int i, struct table *t)
{
    const struct metric_decl *d = &metric_table[i];
    struct stats *s = &k->sum.time[i];
    double unit = metric_unit_ns(d), low = NAN, high = NAN;

    table_cell(t, d->name);
    table_cell(t, d->unit);
    table_cellf(t, "%" G_GUINT64_FORMAT, s->n);
    time_cell(t, true, stats_mean(s), unit);
    time_cell(t, s->n >= 2, stats_sd(s), unit);
    time_cell(t, true, (double)s->min, unit);
    for (size_t q = 0; q < KPI_QUANTILES; q++) {
        bool known = stats_quantile_known(s->n, kpi_quantiles[q].permille);
        time_cell(t, known, known ? (double)stats_quantile(s, kpi_quantiles[q].permille) : 0, unit);
    }
    time_cell(t, true, (double)s->max, unit);
    bool interval = kpi_known(kpi_mean_interval(k, i, &low, &high));
    interval_cell(t, interval, low, high, unit);
}

/* What the "-" mean, and where a percentile comes from. */
static void print_time_notes(struct kpi *k, GString *out)
{
    bool too_few = false, histogram = false, seen[KPI_CORRELATED + 1] = {false};
    double low, high;

    for (int i = 0; i < METRIC_COUNT; i++) {
        uint64_t n = k->sum.time[i].n;
        too_few |= n > 0 && n < 100;
        seen[kpi_mean_interval(k, i, &low, &high)] |= n > 0;
        histogram |= !stats_is_exact(&k->sum.time[i]);
    }
    if (too_few)
        g_string_append(out,
                        "-: too few values. sd and p50 need 2, p90 needs 10, p95 needs 20, p99 needs 100.\n");
    if (seen[KPI_TOO_FEW])
        g_string_append(out, "-: too few replications. An interval needs 2 that have the metric (--reps), or one"
                             " with hundreds of values.\n");
    if (seen[KPI_OF_BATCHES])
        g_string_append(out, "Intervals of one replication are from batch means: 10, 20 or 40 stretches of equal"
                             " time, which passed a test for independence.\n");
    if (seen[KPI_CORRELATED])
        g_string_append(out, "-: one replication is too short for batch means: even ten of them depend on each"
                             " other. Run longer, or several (--reps).\n");
    if (histogram)
        g_string_append(out, "Percentiles of more than 4096 values are within 0.1 %.\n");
    if (k->sum.calls.open)
        g_string_append_printf(out,
                               "%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
                               " calls were open at the end: of times that take long (SDT), the short ones"
                               " are over-represented.\n",
                               k->sum.calls.open, k->sum.calls.dialled);
}

/* Intervals of percentiles, for times that have any. */
static void print_quantiles(struct kpi *k, GString *out)
{
    struct table *t = table_at_level(k, "95 % intervals of\tunit\tp50\tp90\tp95\tp99", "llllll");
    bool ranks = false, one = k->finished < 2;

    for (int i = 0; i < METRIC_COUNT; i++) {
        double low[KPI_QUANTILES], high[KPI_QUANTILES], unit = metric_unit_ns(&metric_table[i]);
        bool known[KPI_QUANTILES], any = false;
        for (int q = 0; q < KPI_QUANTILES; q++) {
            enum kpi_basis basis = kpi_quantile_interval(k, i, q, &low[q], &high[q]);
            known[q] = kpi_known(basis);
            any |= known[q];
            ranks |= basis == KPI_OF_RANKS;
        }
        if (!any)
            continue;
        table_cell(t, metric_table[i].name);
        table_cell(t, metric_table[i].unit);
        for (int q = 0; q < KPI_QUANTILES; q++)
            interval_cell(t, known[q], low[q], high[q], unit);
    }
    if (table_rows(t)) {
        g_string_append_c(out, '\n');
        table_print(t, 0, out);
        if (ranks && one)
            g_string_append(out, "From ranks, taking calls as independent; under load they are not, and the"
                                 " intervals are too narrow: ask for replications (--reps).\n");
    }
    table_free(t);
}

/* The times of calls, or those of phones, that have values. */
static bool print_times_of(struct kpi *k, bool phones, GString *out)
{
    char *headings = g_strconcat(phones ? "time of phones" : "time of calls", "\tunit\tn\tmean\tsd\tmin\tp50\tp90\tp95\tp99\tmax\t95 % interval of mean", NULL);
    struct table *t = table_at_level(k, headings, "llrrrrrrrrrl");

    g_free(headings);
    for (int i = 0; i < METRIC_COUNT; i++)
        if (k->sum.time[i].n && (metric_table[i].procedure != PROCEDURE_NONE) == phones)
            time_row(k, i, t);
    bool any = table_rows(t) > 0;
    if (any) {
        g_string_append_c(out, '\n');
        table_print(t, 0, out);
    }
    table_free(t);
    return any;
}

static void print_ends(const struct kpi *k, GString *out)
{
    struct table *ends = table_new("time\tfrom -> to\tdefined in", "lll");

    for (int i = 0; i < METRIC_COUNT; i++) {
        if (!k->sum.time[i].n)
            continue;
        table_cell(ends, metric_table[i].name);
        table_cell(ends, metric_table[i].ends);
        table_cell(ends, metric_table[i].source);
    }
    g_string_append_c(out, '\n');
    table_print(ends, 0, out);
    table_free(ends);
}

/* Where a time went on average: phases in causal order, what has no name last. */
static void print_phases_of(const struct kpi *k, int metric, GString *out)
{
    const struct metric_decl *d = &metric_table[metric];
    const struct phase_sums *sums = &k->sum.phases[metric];
    char *headings = g_strdup_printf("phase of %s\tmean, %s\tshare", d->name, d->unit);
    struct table *t = table_new(headings, "lrr");
    double total = 0, n = (double)sums->explained;

    g_free(headings);
    for (int i = 0; i <= PHASES_MAX; i++)
        total += (double)sums->ns[i];
    for (int i = 0; i <= PHASES_MAX; i++) {
        if (sums->ns[i] == 0)
            continue;
        table_cell(t, i < PHASES_MAX ? phase_at(d->phases, i)->name : "other");
        time_cell(t, true, (double)sums->ns[i] / n, metric_unit_ns(d));
        table_cellf(t, "%.1f %%", 100 * (double)sums->ns[i] / total);
    }
    table_cell(t, "all");
    time_cell(t, true, total / n, metric_unit_ns(d));
    table_cell(t, "");
    g_string_append_c(out, '\n');
    table_print(t, 0, out);
    g_string_append_printf(out, "Means of %" G_GUINT64_FORMAT " of the %" G_GUINT64_FORMAT " times, explained one by one (run.explain-every).\n", sums->explained,
                           k->sum.time[metric].n);
    table_free(t);
}

/* Of the metric that the run is about; where it has none, of all that have some. */
static void print_phases(const struct kpi *k, GString *out)
{
    for (int i = 0; i < METRIC_COUNT; i++)
        if (k->sum.phases[i].explained && (i == k->metric || !k->sum.phases[k->metric].explained))
            print_phases_of(k, i, out);
}

static void print_times(struct kpi *k, GString *out)
{
    bool calls = print_times_of(k, false, out), phones = print_times_of(k, true, out);

    if (calls || phones) {
        print_time_notes(k, out);
        print_quantiles(k, out);
        print_ends(k, out);
        print_phases(k, out);
    }
}

/* ---- for people: messages and stations ----------------------------------------------------------- */

static void message_row(struct table *t, const char *iface, const char *proto, const char *message,
                        struct net_count c, uint64_t calls)
{
    if (!c.messages)
        return;
    table_cell(t, iface);
    table_cell(t, proto);
    if (message)
        table_cell(t, message);
    table_cellf(t, "%" G_GUINT64_FORMAT, c.messages);
    if (calls)
        table_cellf(t, "%.2f", (double)c.messages / (double)calls);
    else
        table_cell(t, "-");
    table_cellf(t, "%" G_GUINT64_FORMAT " B", c.bytes);
    table_cellf(t, "%.1f B", (double)c.bytes / (double)c.messages);
}

static void print_messages(const struct metrics_result *r, bool by_message, GString *out)
{
    struct table *t =
        by_message ? table_new("interface\tprotocol\tmessage\tsent\tper call\tbytes\tmean size", "lllrrrr")
                   : table_new("interface\tprotocol\tmessages sent\tper call\tbytes\tmean size", "llrrrr");

    for (uint16_t i = 0; i < r->nifaces; i++)
        for (int p = 0; p < r->nprotos; p++) {
            struct net_count all = {0};
            for (uint16_t type = 0; type < r->protos[p]->ntypes; type++) {
                struct net_count c = r->counts[p][i * r->protos[p]->ntypes + type];
                all.messages += c.messages;
                all.bytes += c.bytes;
                if (by_message)
                    message_row(t, r->ifaces[i].name, r->protos[p]->name, r->protos[p]->type_name(type), c,
                                r->calls.dialled);
            }
            if (!by_message)
                message_row(t, r->ifaces[i].name, r->protos[p]->name, NULL, all, r->calls.dialled);
        }
    if (table_rows(t)) {
        g_string_append_c(out, '\n');
        table_print(t, 0, out);
    }
    if (r->lost || r->dropped || r->refused || r->duplicated)
        g_string_append_printf(out,
                               "Of all messages, %" G_GUINT64_FORMAT " were lost on links, %" G_GUINT64_FORMAT
                               " dropped and %" G_GUINT64_FORMAT " duplicated by faults, %" G_GUINT64_FORMAT
                               " refused by full stations.\n",
                               r->lost, r->dropped, r->duplicated, r->refused);
    table_free(t);
}

/* Mean of a sum of ns over n, in ms. */
static void mean_cell(struct table *t, __int128 sum_ns, uint64_t n)
{
    time_cell(t, n > 0, (double)sum_ns / (double)MAX(n, 1), (double)SIM_MS);
}

static void print_stations(const struct metrics_result *r, GString *out)
{
    struct table *t =
        table_new("station\tservers\tutilisation\tmean busy\tmean queue\tmax queue\tmean sojourn, ms"
                  "\tmessages\trefused",
                  "lrrrrrrrr");
    double observed = (double)r->observed_ns;

    for (guint i = 0; i < r->stations->len && observed > 0; i++) {
        const struct station_row *row = &g_array_index(r->stations, struct station_row, i);
        const struct station_stats *s = &row->stats;
        table_cell(t, row->name);
        if (row->servers) {
            table_cellf(t, "%u", row->servers);
            table_cellf(t, "%.2f %%", 100 * (double)s->busy_ns / observed / row->servers);
        } else {
            table_cell(t, "unlimited");
            table_cell(t, "-");
        }
        table_cellf(t, "%.4f", (double)s->busy_ns / observed);
        table_cellf(t, "%.4f", (double)s->queue_ns / observed);
        table_cellf(t, "%u", s->queue_max);
        mean_cell(t, s->sojourn_ns, s->served);
        table_cellf(t, "%" G_GUINT64_FORMAT, s->arrived);
        table_cellf(t, "%" G_GUINT64_FORMAT, s->refused);
    }
    if (table_rows(t)) {
        g_string_append_c(out, '\n');
        table_print(t, 0, out);
        g_string_append(
            out, "mean busy: servers at work; mean queue: messages waiting; sojourn: waiting and service.\n");
    }
    table_free(t);
}

static void share_cell(struct table *t, __int128 taken, double observed)
{
    table_cellf(t, "%.2f %%", 100 * (double)taken / 1e9 / observed);
}

static void print_cells(const struct metrics_result *r, GString *out)
{
    struct table *t = table_new("cell\tGBR bearers asked\trefused\tblocking\tmean held\tuplink\tdownlink\tcontrol channel", "lrrrrrrr");
    double observed = (double)r->observed_ns;

    for (guint i = 0; i < r->cells->len && observed > 0; i++) {
        const struct cell_row *c = &g_array_index(r->cells, struct cell_row, i);
        table_cell(t, c->name);
        table_cellf(t, "%" G_GUINT64_FORMAT, c->asked);
        table_cellf(t, "%" G_GUINT64_FORMAT, c->refused);
        if (c->asked)
            table_cellf(t, "%.2f %%", 100 * (double)c->refused / (double)c->asked);
        else
            table_cell(t, "-");
        table_cellf(t, "%.3f", (double)c->bearer_ns / observed);
        share_cell(t, c->up, observed);
        share_cell(t, c->down, observed);
        share_cell(t, c->control, observed);
    }
    if (table_rows(t)) {
        g_string_append_c(out, '\n');
        table_print(t, 0, out);
        g_string_append(out, "Mean shares of each channel that bearers with a guaranteed bit rate take.\n");
    }
    table_free(t);
}

void kpi_print(struct kpi *k, bool by_message, GString *out)
{
    print_head(k, out);
    if (k->sum.calls.dialled || k->sum.calls.not_offered || !metrics_has_phones(&k->sum)) {
        print_calls(&k->sum, out);
        print_ratios(k, false, out);
    }
    if (metrics_has_phones(&k->sum)) {
        print_procedures(&k->sum, out);
        print_ratios(k, true, out);
    }
    print_times(k, out);
    print_messages(&k->sum, by_message, out);
    print_cells(&k->sum, out);
    print_stations(&k->sum, out);
}
