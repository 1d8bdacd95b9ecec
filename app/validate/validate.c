/* validate.c - the table of validations, and making them, in threads (see validate.h). */
#include "app/experiment/bug.h"
#include "app/validate/validate_int.h"

#include <string.h>

/* How often it is looked for interruption, in us. */
#define LOOK (100 * 1000)

const struct validate_group_decl validate_groups[VALIDATE_GROUPS] = {
#define GROUP(id, name, title, about) {name, title, about},
#include "app/validate/validate.def"
};

const struct validate_decl validate_table[] = {
#define VALIDATION(name, group, function, title, scenario, theory, source, confidence)                       \
    {name, VALIDATE_GROUP_##group, title, scenario, theory, source, confidence, function},
#include "app/validate/validate.def"
};
const size_t validate_count = G_N_ELEMENTS(validate_table);

const char *const comparison_kind_names[] = {"exact", "interval", "band", "shown"};

/* ---- which ----------------------------------------------------------------------------------------- */

static bool is_named(const struct validate_decl *d, const char *word)
{
    return strcmp(word, d->name) == 0 || strcmp(word, validate_groups[d->group].name) == 0;
}

GPtrArray *validate_select(char *const *words, const char **unknown)
{
    bool *wanted = g_new0(bool, validate_count), known = true, all = !*words;
    GPtrArray *decls = g_ptr_array_new();

    for (; *words && known; words++) {
        known = false;
        for (size_t i = 0; i < validate_count; i++)
            if (is_named(&validate_table[i], *words))
                known = wanted[i] = true;
        if (!known)
            *unknown = *words;
    }
    for (size_t i = 0; i < validate_count; i++)
        if (all || wanted[i])
            g_ptr_array_add(decls, (gpointer)(uintptr_t)&validate_table[i]);
    g_free(wanted);
    if (known)
        return decls;
    g_ptr_array_free(decls, TRUE);
    return NULL;
}

/* ---- one ------------------------------------------------------------------------------------------- */

static struct validation *validation_new(const struct validate_decl *decl, const struct validate_opts *opts)
{
    struct validation *v = g_new0(struct validation, 1);

    v->decl = decl;
    v->opts = opts;
    v->source = decl->source;
    v->confidence = decl->confidence;
    v->checks = g_array_new(FALSE, FALSE, sizeof(struct comparison));
    return v;
}

static void validation_free(gpointer data)
{
    struct validation *v = data;

    for (guint i = 0; i < v->checks->len; i++) {
        g_free(g_array_index(v->checks, struct comparison, i).what);
        g_free(g_array_index(v->checks, struct comparison, i).why);
    }
    g_array_free(v->checks, TRUE);
    g_free(v->broken);
    g_free(v);
}

static void make(void *data)
{
    struct validation *v = data;

    v->decl->run(v);
}

/* Threads that take one validation after the other. */
struct crew {
    GPtrArray *all; /* struct validation * */
    gint next;      /* of them; atomic     */
    GAsyncQueue *done;
};

static gpointer work(gpointer data)
{
    struct crew *crew = data;
    guint i;

    while ((i = (guint)g_atomic_int_add(&crew->next, 1)) < crew->all->len) {
        struct validation *v = g_ptr_array_index(crew->all, i);
        if (!trial_over(v) && !bug_catch(make, v))
            validation_give_up(v, "an assertion failed; it was printed when it did");
        g_async_queue_push(crew->done, v);
    }
    return NULL;
}

/* ---- all ------------------------------------------------------------------------------------------- */

static void tell(const struct validate_opts *opts, unsigned wanted, unsigned done, gint64 start_us)
{
    struct validate_progress p = {wanted, done, (double)(g_get_monotonic_time() - start_us) / 1e6};

    if (opts->progress)
        opts->progress(&p, opts->user);
}

GPtrArray *validate_run(const GPtrArray *decls, const struct validate_opts *opts)
{
    struct crew crew = {.all = g_ptr_array_new_with_free_func(validation_free), .done = g_async_queue_new()};
    unsigned n = MIN(opts->threads, decls->len);
    GThread **threads = g_new(GThread *, n);
    gint64 start = g_get_monotonic_time();

    for (guint i = 0; i < decls->len; i++)
        g_ptr_array_add(crew.all, validation_new(g_ptr_array_index(decls, i), opts));
    for (unsigned i = 0; i < n; i++)
        threads[i] = g_thread_new("validation", work, &crew);
    for (unsigned back = 0; back < decls->len;) {
        if (g_async_queue_timeout_pop(crew.done, LOOK))
            back++;
        tell(opts, decls->len, back, start);
    }
    for (unsigned i = 0; i < n; i++)
        g_thread_join(threads[i]); /* joined, they have given back what libxml2 keeps for each */
    g_free(threads);
    g_async_queue_unref(crew.done);
    return crew.all;
}

struct validate_sum validate_count_up(const GPtrArray *validations)
{
    struct validate_sum sum = {0};

    for (guint i = 0; i < validations->len; i++) {
        const struct validation *v = g_ptr_array_index(validations, i);
        sum.broken += v->broken != NULL;
        sum.stopped |= v->stopped;
        for (guint k = 0; k < v->checks->len; k++) {
            const struct comparison *c = &g_array_index(v->checks, struct comparison, k);
            sum.shown += c->kind == COMPARE_SHOWN;
            sum.missed += comparison_missed(c);
            sum.passed += c->kind != COMPARE_SHOWN && c->inside;
        }
    }
    return sum;
}
