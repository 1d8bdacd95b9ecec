/* vary.c - a scenario with other values here and there (see vary.h). */
#include "app/vary.h"

#include "analysis/quantity.h"
#include "app/experiment/warmup.h"
#include "scenarios/load/build.h"
#include "sim/units.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MAX_REPLICATIONS 1000000
#define MAX_THREADS      1024

/* ---- opening ----------------------------------------------------------------------------------------- */

static void show_progress(unsigned done, unsigned wanted, double elapsed_s, void *user)
{
    bool *shown = user;

    if (elapsed_s < 1 && !*shown)
        return;
    *shown = done < wanted;
    if (done == wanted)
        fprintf(stderr, "\r\033[K"); /* done: takes the line away */
    else if (done)
        fprintf(stderr, "\r%u of %u runs, %.0f s, about %.0f s left\033[K", done, wanted, elapsed_s,
                ceil(elapsed_s * (wanted - done) / done));
    else
        fprintf(stderr, "\r%u runs\033[K", wanted);
}

static bool take_metric(struct vary *v, const struct vary_args *args)
{
    const char *name = args->metric ? args->metric : v->scn->run.metric;
    double q = 0;

    v->opts.metric = metric_by_name(name);
    if (v->opts.metric < 0) {
        const char *all[METRIC_COUNT + 1] = {NULL};
        for (int i = 0; i < METRIC_COUNT; i++)
            all[i] = metric_table[i].name;
        app_choice(v->command, args->metric ? "--metric" : "run.metric", name, all);
        return false;
    }
    if (args->quantile) {
        if (!units_parse_number(args->quantile, &q, NULL) || q < 0.1 || q > 99.9 ||
            fabs(q * 10 - round(q * 10)) > 1e-9) {
            app_usage_error(v->command,
                            "--quantile: \"%s\" is no percentile from 0.1 to 99.9 with at most one decimal",
                            args->quantile);
            return false;
        }
        v->opts.permille = (unsigned)lround(10 * q);
        v->what = g_strdup_printf("p%.4g of %s", q, name);
    } else {
        v->what = g_strdup_printf("mean of %s", name);
    }
    return true;
}

static bool take_numbers(struct vary *v, const struct vary_args *args)
{
    uint64_t reps = (uint64_t)v->scn->run.replications, threads = g_get_num_processors();

    v->opts.seed = v->scn->run.seed;
    if ((args->seed && !app_number(v->command, "--seed", args->seed, 0, UINT64_MAX, &v->opts.seed)) ||
        (args->reps && !app_number(v->command, "--reps", args->reps, 1, MAX_REPLICATIONS, &reps)) ||
        (args->threads && !app_number(v->command, "--jobs", args->threads, 1, MAX_THREADS, &threads)))
        return false;
    v->opts.replications = (unsigned)reps;
    v->opts.threads = (unsigned)threads;
    return true;
}

/* run.warmup="auto": found once, and the same for all. */
static int fix_warmup(struct vary *v)
{
    struct replicate_opts opts = {.scn = v->scn,
                                  .seed = v->opts.seed,
                                  .threads = v->opts.threads,
                                  .metric = v->opts.metric,
                                  .interrupt = v->opts.interrupt};
    GPtrArray *errors = g_ptr_array_new_with_free_func(g_free);
    struct replicate_end end = {0};
    struct warmup w;
    int code = APP_GO_ON;

    if (warmup_find(&opts, &w, &end, errors) && w.verdict == SERIES_GOOD) {
        v->scn->run.warmup = w.found;
    } else {
        code = end.end == SIM_END_INTERRUPT ? APP_INTERRUPTED : errors->len ? APP_USAGE : APP_FAILED;
        app_print_errors(errors);
        app_say("%s: no warm-up can be found (run.warmup=auto): run longer, or give one", v->scn->file);
    }
    series_clear(&w.series);
    g_free(end.broken);
    g_ptr_array_free(errors, TRUE);
    return code;
}

int vary_open(struct vary *v, const char *command, const char *name, const struct vary_args *args)
{
    *v = (struct vary){.command = command, .sets = args->sets, .path = scn_find(name)};
    v->scn = app_load(name, args->sets, &v->doc);
    v->opts.interrupt = app_interrupt();
    if (isatty(STDERR_FILENO)) {
        v->opts.progress = show_progress;
        v->opts.user = &v->shown;
    }
    if (!v->scn || !take_metric(v, args) || !take_numbers(v, args))
        return APP_USAGE;
    return v->scn->run.warmup == SCN_WARMUP_AUTO ? fix_warmup(v) : APP_GO_ON;
}

void vary_close(struct vary *v)
{
    scn_doc_free(v->doc);
    if (v->scn)
        scn_free(v->scn);
    g_free(v->path);
    g_free(v->what);
}

void vary_args_clear(struct vary_args *args)
{
    g_strfreev(args->sets);
    g_free(args->metric);
    g_free(args->quantile);
    g_free(args->seed);
    g_free(args->reps);
    g_free(args->threads);
}

/* ---- variants ---------------------------------------------------------------------------------------- */

static struct scn *load(const struct vary *v, const GPtrArray *more, struct scn_doc **doc, char **why)
{
    GPtrArray *sets = g_ptr_array_new(), *errors = g_ptr_array_new_with_free_func(g_free);
    struct scn_load_opts opts = {.names = world_names()};

    for (char **s = v->sets; s && *s; s++)
        g_ptr_array_add(sets, *s);
    for (guint i = 0; i < more->len; i++)
        g_ptr_array_add(sets, g_ptr_array_index(more, i));
    g_ptr_array_add(sets, NULL);
    opts.sets = (char **)sets->pdata;
    struct scn *scn = scn_load(v->path, &opts, doc, errors);
    *why = errors->len ? g_strdup(g_ptr_array_index(errors, 0)) : NULL;
    if (scn && scn->run.warmup == SCN_WARMUP_AUTO)
        scn->run.warmup = v->scn->run.warmup;
    g_ptr_array_unref(sets);
    g_ptr_array_unref(errors);
    return scn;
}

struct others {
    const char *name;
    GHashTable *values; /* as they were, by name */
    GPtrArray *back;    /* char *: settings that make them so again */
};

static void remember(const struct scn_param *p, void *user)
{
    if (p->value)
        g_hash_table_insert(user, g_strdup(p->name), g_strdup(p->value));
}

static void compare(const struct scn_param *p, void *user)
{
    struct others *o = user;
    const char *was = g_hash_table_lookup(o->values, p->name);

    if (was && p->value && strcmp(p->name, o->name) != 0 && strcmp(was, p->value) != 0)
        g_ptr_array_add(o->back, g_strdup_printf("%s=%s", p->name, was));
}

struct scn *vary_load(const struct vary *v, const char *name, const char *value, char **why)
{
    struct others o = {name, g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free),
                       g_ptr_array_new_with_free_func(g_free)};
    struct scn_doc *doc = NULL;

    g_ptr_array_add(o.back, g_strdup_printf("%s=%s", name, value));
    struct scn *scn = load(v, o.back, &doc, why);
    if (scn) {
        scn_each_value(v->doc, remember, o.values);
        scn_each_value(doc, compare, &o);
    }
    if (o.back->len > 1) {
        scn_free(scn);
        scn = load(v, o.back, NULL, why);
    }
    scn_doc_free(doc);
    g_hash_table_unref(o.values);
    g_ptr_array_unref(o.back);
    return scn;
}

/* ---- values ------------------------------------------------------------------------------------------ */

struct each_value {
    void (*fn)(const struct vary_value *value, void *user);
    void *user;
};

static void offer(const struct scn_param *p, void *user)
{
    const struct each_value *e = user;
    struct vary_value v = {.name = p->name, .text = p->value, .is_time = strcmp(p->unit, "time") == 0};

    if (p->value && quantity_number(p->value, &v.number, &v.unit))
        e->fn(&v, e->user);
}

void vary_each_value(const struct vary *v, void (*fn)(const struct vary_value *value, void *user), void *user)
{
    struct each_value e = {fn, user};

    scn_each_value(v->doc, offer, &e);
}

/* For g_regex_replace_eval(). */
static gboolean scale_time(const GMatchInfo *match, GString *out, gpointer user)
{
    char *text = g_match_info_fetch(match, 0);
    sim_time t = 0;

    if (units_parse_time(text, &t, NULL))
        g_string_append_printf(out, "%" G_GINT64_FORMAT "ns",
                               (gint64)llround((double)t * *(const double *)user));
    else
        g_string_append(out, text);
    g_free(text);
    return FALSE;
}

static char *scaled_times(const char *text, double factor)
{
    GRegex *times = g_regex_new("[0-9.]+(ns|us|ms|s|min|h)\\b", 0, 0, NULL);
    char *scaled = g_regex_replace_eval(times, text, -1, 0, 0, scale_time, &factor, NULL);

    g_regex_unref(times);
    return scaled;
}

char *vary_constant(const struct vary_value *value, double number)
{
    char buf[G_ASCII_DTOSTR_BUF_SIZE];

    g_ascii_formatd(buf, sizeof buf, "%.9g", number);
    if (strcmp(value->unit, "ms") == 0)
        return g_strdup_printf("%" G_GINT64_FORMAT "ns", (gint64)llround(number * (double)SIM_MS));
    if (strcmp(value->unit, "1/s") == 0)
        return g_strdup_printf(g_str_has_prefix(value->text, "poisson") ? "poisson(%s/s)" : "%s/s", buf);
    return g_strconcat(buf, value->unit, NULL);
}

char *vary_scaled(const struct vary_value *value, double factor)
{
    if (strcmp(value->unit, "ms") == 0)
        return scaled_times(value->text, factor);
    return vary_constant(value, value->number * factor);
}
