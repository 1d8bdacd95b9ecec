/* study_point.c - which points a part of a study has, and how a point becomes a scenario (see study.h). */
#include "app/experiment/study_int.h"

#include "analysis/quantity.h"
#include "scenarios/load/build.h"
#include "sim/rng.h"

#include <math.h>
#include <string.h>

/* ---- the base --------------------------------------------------------------------------------------------- */

static void append_all(GPtrArray *to, char *const *strings)
{
    for (; strings && *strings; strings++)
        g_ptr_array_add(to, *strings);
}

static void append(GPtrArray *to, const GPtrArray *strings)
{
    for (guint i = 0; i < strings->len; i++)
        g_ptr_array_add(to, g_ptr_array_index(strings, i));
}

/* Loads the scenario as it is at a point; NULL: without any factor. */
static struct scn *load_at(const struct study_base *b, const struct design_point *p, struct scn_doc **doc,
                           GPtrArray *errors)
{
    GPtrArray *sets = g_ptr_array_new(), *profiles = g_ptr_array_new();
    struct scn_load_opts opts = {.names = world_names()};

    append(sets, b->sweep->sets);
    append(profiles, b->sweep->profiles);
    for (guint i = 0; p && p->level[i]; i++) {
        append(sets, p->level[i]->sets);
        append(profiles, p->level[i]->profiles);
    }
    append_all(sets, b->sets);
    g_ptr_array_add(sets, NULL);
    g_ptr_array_add(profiles, NULL);
    opts.sets = (char **)sets->pdata;
    opts.profiles = (char **)profiles->pdata;
    struct scn *scn = scn_load(b->sweep->scenario, &opts, doc, errors);
    g_ptr_array_unref(sets);
    g_ptr_array_unref(profiles);
    return scn;
}

/* Everything in effect, in strings of its own. */
static struct study_values *study_values_new(void)
{
    struct study_values *v = g_new(struct study_values, 1);

    *v = (struct study_values){g_array_new(FALSE, FALSE, sizeof(struct study_value)), g_string_chunk_new(4096)};
    return v;
}

static void study_values_free(struct study_values *v)
{
    if (!v)
        return;
    g_array_unref(v->all);
    g_string_chunk_free(v->strings);
    g_free(v);
}

static char *keep(struct study_values *v, const char *text)
{
    return text ? g_string_chunk_insert_const(v->strings, text) : NULL;
}

static void collect_value(const struct scn_param *p, void *user)
{
    struct study_values *v = user;
    struct study_value value = {keep(v, p->name), keep(v, p->value), keep(v, p->unit), keep(v, p->origin)};

    g_array_append_val(v->all, value);
}

static void add_text(GChecksum *sum, const char *text)
{
    g_checksum_update(sum, (const guchar *)(text ? text : ""), text ? (gssize)strlen(text) + 1 : 0);
}

static char *fingerprint_of(const struct study_base *b)
{
    GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);
    char *numbers = g_strdup_printf("%u %d %" G_GUINT64_FORMAT " %u", b->replications, b->adaptive, b->seed, b->points->len);

    add_text(sum, b->sweep->text);
    for (char **set = b->sets; set && *set; set++)
        add_text(sum, *set);
    add_text(sum, numbers);
    for (guint i = 0; i < b->values->all->len; i++) {
        const struct study_value *v = &g_array_index(b->values->all, struct study_value, i);
        add_text(sum, v->name);
        add_text(sum, v->value);
    }
    char *text = g_strdup(g_checksum_get_string(sum));
    g_free(numbers);
    g_checksum_free(sum);
    return text;
}

bool study_base_init(struct study_base *b, struct sweep *sweep, char **sets, unsigned replications, GPtrArray *errors)
{
    GError *error = NULL;

    *b = (struct study_base){.sweep = sweep, .sets = sets};
    b->points = design_points(&sweep->design, &error);
    if (!b->points)
        g_ptr_array_add(errors, g_strdup_printf("%s: %s", sweep->file, error->message));
    g_clear_error(&error);
    b->scn = load_at(b, NULL, &b->doc, errors);
    if (!b->scn || !b->points)
        return false;
    if (metric_by_name(b->scn->run.metric) < 0) {
        g_ptr_array_add(errors, g_strdup_printf("%s: run.metric: \"%s\" is no time that is measured (imssim list metrics)",
                                                sweep->file, b->scn->run.metric));
        return false;
    }
    b->seed = sweep->seeded ? sweep->seed : b->scn->run.seed;
    b->adaptive = !replications && !sweep->replications && b->scn->run.precision > 0;
    b->replications = replications          ? replications
                      : sweep->replications ? sweep->replications
                      : b->adaptive         ? (unsigned)b->scn->run.max_replications
                                            : (unsigned)b->scn->run.replications;
    b->values = study_values_new();
    scn_each_value(b->doc, collect_value, b->values);
    b->fingerprint = fingerprint_of(b);
    GString *xml = g_string_new(NULL);
    scn_effective_xml(b->doc, xml);
    b->xml = g_string_free(xml, FALSE);
    return true;
}

void study_base_clear(struct study_base *b)
{
    if (b->points)
        g_ptr_array_unref(b->points);
    scn_doc_free(b->doc);
    scn_free(b->scn);
    sweep_free(b->sweep);
    study_values_free(b->values);
    g_free(b->fingerprint);
    g_free(b->xml);
    *b = (struct study_base){0};
}

struct study_head study_base_head(const struct study_base *b, const char *program, const char *shard)
{
    return (struct study_head){.program = program,
                               .name = b->sweep->name,
                               .title = b->sweep->title,
                               .scenario = b->scn->name,
                               .file = b->sweep->file,
                               .sweep_xml = b->sweep->text,
                               .base_xml = b->xml,
                               .fingerprint = b->fingerprint,
                               .shard = shard,
                               .seed = b->seed,
                               .level = b->scn->run.confidence,
                               .warmup = MAX(b->scn->run.warmup, 0),
                               .points = b->points->len,
                               .replications = (guint64)b->points->len * b->replications};
}

struct study_store *study_base_open(const struct study_base *b, const char *path, const struct study_head *head,
                                    enum study_open how, GError **error)
{
    return study_store_open(path, head, (const struct study_value *)(void *)b->values->all->data, b->values->all->len, how,
                            error);
}

/* ---- parts --------------------------------------------------------------------------------------------------- */

struct shuffled {
    uint64_t key;
    const struct design_point *point;
};

static int by_key(gconstpointer a, gconstpointer b)
{
    const struct shuffled *x = a, *y = b;
    return (x->key > y->key) - (x->key < y->key);
}

/* Costly points lie together in a design; parts take them in an order in which they do not. */
static GArray *shuffle(const GPtrArray *points)
{
    GArray *all = g_array_new(FALSE, FALSE, sizeof(struct shuffled));

    for (guint i = 0; i < points->len; i++) {
        struct shuffled s = {rng_mix(i + 1), g_ptr_array_index(points, i)};
        g_array_append_val(all, s);
    }
    g_array_sort(all, by_key);
    return all;
}

static void add_portion(GArray *order, const struct design_point *point, unsigned first, unsigned last, bool whole)
{
    struct portion p = {point, first, last, whole};
    g_array_append_val(order, p);
}

/* Part k of n has the units [(k - 1) U / n, k U / n) of all U in shuffled order; where the number of replications is not
 * known beforehand, a point is one unit. */
static void add_part(const struct study_opts *opts, GArray *order)
{
    const struct study_base *b = opts->base;
    guint64 each = b->adaptive ? 1 : b->replications, all = each * b->points->len;
    guint64 from = (opts->shard - 1) * all / opts->shards, to = opts->shard * all / opts->shards;
    GArray *shuffled = shuffle(b->points);

    for (guint64 i = from / each; i * each < to; i++) {
        const struct design_point *p = g_array_index(shuffled, struct shuffled, i).point;
        guint64 first = MAX(from, i * each) - i * each, last = MIN(to, (i + 1) * each) - i * each;
        if (b->adaptive)
            add_portion(order, p, 1, b->replications, true);
        else
            add_portion(order, p, (unsigned)first + 1, (unsigned)last, last - first == each);
    }
    g_array_unref(shuffled);
}

GArray *study_order(const struct study_opts *opts, GError **error)
{
    const struct study_base *b = opts->base;
    GArray *order = g_array_new(FALSE, FALSE, sizeof(struct portion));
    GError *problem = NULL;

    if (opts->shards) {
        add_part(opts, order);
        return order;
    }
    for (guint i = 0; i < b->points->len && !problem; i++) {
        const struct design_point *p = g_ptr_array_index(b->points, i);
        if (!opts->filter || design_meets(&b->sweep->design, p, opts->filter, &problem))
            add_portion(order, p, 1, b->replications, true);
    }
    if (!problem)
        return order;
    g_propagate_error(error, problem);
    g_array_unref(order);
    return NULL;
}

/* ---- a point ------------------------------------------------------------------------------------------------- */

static GArray *levels_of(const struct study_base *b, const struct design_point *p)
{
    GArray *levels = g_array_new(FALSE, FALSE, sizeof(struct study_level));

    for (guint i = 0; p->level[i]; i++) {
        const struct factor *f = g_ptr_array_index(b->sweep->design.factors, i);
        struct study_level l = {.factor = f->name, .text = p->level[i]->text};
        if (!quantity_number(l.text, &l.number, &l.unit)) {
            l.number = NAN;
            l.unit = "";
        }
        if (f->unit)
            l.unit = f->unit;
        g_array_append_val(levels, l);
    }
    return levels;
}

/* With common random numbers all points meet the same random world; without, each has its own, which depends on what
 * it is and not on its place, so that it stays when the design changes. */
static uint64_t seed_of(const struct study_base *b, const GArray *values)
{
    GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);
    guint8 digest[32];
    gsize size = sizeof digest;
    uint64_t seed = 0;

    if (b->sweep->common) {
        g_checksum_free(sum);
        return b->seed;
    }
    for (guint i = 0; i < values->len; i++) {
        const struct study_value *v = &g_array_index(values, struct study_value, i);
        if (!store_changes_results(v->name))
            continue;
        g_checksum_update(sum, (const guchar *)v->name, (gssize)strlen(v->name) + 1);
        g_checksum_update(sum, (const guchar *)(v->value ? v->value : ""), v->value ? (gssize)strlen(v->value) + 1 : 0);
    }
    g_checksum_get_digest(sum, digest, &size);
    for (int i = 0; i < 8; i++)
        seed = seed << 8 | digest[i];
    g_checksum_free(sum);
    return rng_mix(seed + b->seed);
}

static char *all_errors(const GPtrArray *errors)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < errors->len; i++)
        g_string_append_printf(text, "%s%s", i ? "; " : "", (const char *)g_ptr_array_index(errors, i));
    return g_string_free(text, FALSE);
}

static void begin(struct point *p, const struct study_base *b, const struct portion *portion)
{
    const struct scn_run *run = &p->scn->run;

    p->whole = portion->whole;
    p->begun = portion->first - 1;
    p->last = p->wanted = portion->last;
    p->metric = metric_by_name(b->scn->run.metric);
    p->precision = b->adaptive ? run->precision : 0;
    p->least = (unsigned)run->min_replications;
    p->kpi.level = b->scn->run.confidence;
    p->kpi.warmup = MAX(run->warmup, 0);
    p->kpi.seed = p->seed;
}

bool study_load_point(struct study *s, struct point *p, const struct portion *portion, char **wrong, GError **error)
{
    const struct study_base *b = s->opts->base;
    GPtrArray *errors = g_ptr_array_new_with_free_func(g_free);
    struct study_values *values = study_values_new();
    GArray *levels = levels_of(b, p->design);
    struct scn_doc *doc = NULL;

    p->scn = load_at(b, p->design, &doc, errors);
    struct study_point row = {.position = p->design->position,
                              .planned = b->replications,
                              .levels = (const struct study_level *)(void *)levels->data,
                              .n_levels = levels->len};
    if (p->scn) {
        scn_each_value(doc, collect_value, values);
        row.seed = p->seed = seed_of(b, values->all);
        row.warmup = MAX(p->scn->run.warmup, 0);
        row.values = (const struct study_value *)(void *)values->all->data;
        row.n_values = values->all->len;
        begin(p, b, portion);
    } else {
        *wrong = all_errors(errors);
    }
    bool done = study_store_point(s->store, &row, &p->have, error);
    scn_doc_free(doc);
    g_array_unref(levels);
    study_values_free(values);
    g_ptr_array_unref(errors);
    return done;
}
