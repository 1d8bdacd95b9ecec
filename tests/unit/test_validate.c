/* test_validate.c - how validations are chosen, judged and printed (app/validate). */
#include "app/validate/validate_int.h"
#include "models/registry.h"

#include <CUnit/CUnit.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- a validation by hand -------------------------------------------------------------------------- */

static void run_nothing(struct validation *v)
{
    (void)v;
}

static const struct validate_decl made_up = {
    "made-up", VALIDATE_GROUP_LINKS, "A title", "a scenario.", "a theory.", "a book", "derived", run_nothing};
static const struct validate_opts whole = {.threads = 1}, few = {.threads = 1, .runs_max = 3};

static struct validation *made(const struct validate_opts *opts)
{
    struct validation *v = g_new0(struct validation, 1);

    *v = (struct validation){
        .decl = &made_up, .opts = opts, .source = made_up.source, .confidence = made_up.confidence};
    v->checks = g_array_new(FALSE, FALSE, sizeof(struct comparison));
    return v;
}

static void unmake(gpointer data)
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

/* The check made last. */
static const struct comparison *last(const struct validation *v)
{
    CU_ASSERT_TRUE_FATAL(v->checks->len > 0);
    return &g_array_index(v->checks, struct comparison, v->checks->len - 1);
}

/* n values whose mean is this one, and whose standard deviation is some 1. */
static struct sample spread(unsigned n, double mean)
{
    struct sample s = {0};

    for (unsigned i = 0; i < n; i++)
        sample_add(&s, mean + (i % 2 ? 1 : -1));
    return s;
}

/* ---- the table ------------------------------------------------------------------------------------- */

/* Names are those of a command line, and none of them means two things. */
void test_validate_table(void)
{
    GHashTable *names = g_hash_table_new(g_str_hash, g_str_equal);

    for (int g = 0; g < VALIDATE_GROUPS; g++)
        CU_ASSERT_TRUE(g_hash_table_add(names, (gpointer)(uintptr_t)validate_groups[g].name));
    for (size_t i = 0; i < validate_count; i++) {
        const struct validate_decl *d = &validate_table[i];
        CU_ASSERT_TRUE(g_hash_table_add(names, (gpointer)(uintptr_t)d->name));
        CU_ASSERT_EQUAL(strspn(d->name, "abcdefghijklmnopqrstuvwxyz0123456789-"), strlen(d->name));
        CU_ASSERT_TRUE(*d->title && *d->scenario && *d->theory && *d->source && *d->confidence);
        CU_ASSERT_TRUE(i == 0 || d->group >= d[-1].group);
    }
    g_hash_table_destroy(names);
}

static unsigned selected(const char *a, const char *b)
{
    char *words[] = {(char *)(uintptr_t)a, (char *)(uintptr_t)b, NULL};
    const char *unknown = NULL;
    GPtrArray *decls = validate_select(words, &unknown);
    unsigned n = decls ? decls->len : 0;

    CU_ASSERT_TRUE(decls ? !unknown : unknown == (b ? b : a));
    for (guint i = 1; i < n; i++)
        CU_ASSERT_TRUE(g_ptr_array_index(decls, i) >
                       g_ptr_array_index(decls, i - 1)); /* in the order of the table */
    if (decls)
        g_ptr_array_free(decls, TRUE);
    return n;
}

void test_validate_select(void)
{
    CU_ASSERT_EQUAL(selected(NULL, NULL), validate_count);
    CU_ASSERT_EQUAL(selected("mm1", NULL), 1);
    CU_ASSERT_EQUAL(selected("md1", "mm1"), 2);
    CU_ASSERT_EQUAL(selected("mm1", "mm1"), 1);
    CU_ASSERT_EQUAL(selected("stations", "mm1"), selected("stations", NULL));
    CU_ASSERT_EQUAL(selected("mm1", "mm"), 0);
    CU_ASSERT_EQUAL(selected("", NULL), 0);
}

/* ---- verdicts -------------------------------------------------------------------------------------- */

void test_validate_exact(void)
{
    struct validation *v = made(&whole);

    compare_time(v, "a", 5 * SIM_MS, 5 * SIM_MS);
    CU_ASSERT_TRUE(last(v)->inside && !last(v)->why);
    compare_time(v, "b", 5 * SIM_MS + 1, 5 * SIM_MS);
    CU_ASSERT_TRUE(comparison_missed(last(v)));
    CU_ASSERT_STRING_EQUAL(last(v)->why, "off by 1 ns");
    compare_count(v, "c", 30, 30, "hops");
    CU_ASSERT_TRUE(last(v)->inside);
    compare_count(v, "d", 31, 30, "hops");
    CU_ASSERT_TRUE(comparison_missed(last(v)));
    CU_ASSERT_STRING_EQUAL(last(v)->source, "a book");
    unmake(v);
}

/* 20 values 100 -+ 1: the 99 % interval is 100 -+ 0.66. */
void test_validate_interval(void)
{
    struct validation *v = made(&whole);
    struct sample s = spread(20, 100);

    CU_ASSERT_DOUBLE_EQUAL(sample_half(&s, 0.99), 0.656, 0.001);
    compare_form(v, "inside", &s, 100.6, "ms", 0.01);
    CU_ASSERT_TRUE(last(v)->inside && !last(v)->why);
    CU_ASSERT_EQUAL(last(v)->runs, 20);
    CU_ASSERT_TRUE(last(v)->ci_low > 99.4 && last(v)->ci_high < 100.6); /* 95 % */
    compare_form(v, "outside", &s, 100.7, "ms", 0.01);
    CU_ASSERT_TRUE(comparison_missed(last(v)));
    CU_ASSERT_PTR_NOT_NULL(strstr(last(v)->why, "99 %"));
    compare_form(v, "inside, but it says little", &s, 100, "ms", 0.006);
    CU_ASSERT_TRUE(comparison_missed(last(v)));
    CU_ASSERT_PTR_NOT_NULL(strstr(last(v)->why, "0.7 % of it, not 0.6 %"));
    s.n = 1;
    compare_form(v, "nothing is known", &s, 99, "ms", 0.01);
    CU_ASSERT_TRUE(comparison_missed(last(v)));
    unmake(v);
}

/* A quick look takes 99.9 %, of any width. */
void test_validate_interval_of_few(void)
{
    struct validation *v = made(&few);
    struct sample s = spread(20, 100);

    compare_form(v, "inside", &s, 100.7, "ms", 0.0001);
    CU_ASSERT_TRUE(last(v)->inside);
    compare_form(v, "outside", &s, 101, "ms", 0.0001);
    CU_ASSERT_TRUE(comparison_missed(last(v)));
    CU_ASSERT_EQUAL(trial_runs(v, 20), 3);
    CU_ASSERT_EQUAL(trial_runs(v, 2), 2);
    unmake(v);
}

void test_validate_band(void)
{
    struct validation *v = made(&whole);
    struct sample s = spread(4, 100);

    compare_band(v, "inside", &s, 99, 101, "ms");
    CU_ASSERT_TRUE(last(v)->inside && !last(v)->why);
    compare_band(v, "at its end", &s, 100, 101, "ms");
    CU_ASSERT_TRUE(comparison_missed(last(v)));
    compare_band(v, "below", &s, 150, INFINITY, "ms");
    CU_ASSERT_TRUE(comparison_missed(last(v)));
    CU_ASSERT_STRING_EQUAL(last(v)->why, "50 ms short");
    compare_band(v, "above", &s, -INFINITY, 90, "ms");
    CU_ASSERT_STRING_EQUAL(last(v)->why, "10 ms too much");
    s.n = 0;
    compare_band(v, "there are no values", &s, 0, 1000, "ms");
    CU_ASSERT_TRUE(comparison_missed(last(v)));
    CU_ASSERT_STRING_EQUAL(last(v)->why, "nothing was measured");
    unmake(v);
}

/* What nobody is bound to neither passes nor misses. */
void test_validate_shown(void)
{
    struct validation *v = made(&whole);
    struct sample s = spread(4, 100);

    compare_source(v, "a rule", "from memory");
    compare_shown(v, "below", &s, 150, INFINITY, "ms");
    CU_ASSERT_FALSE(last(v)->inside || comparison_missed(last(v)));
    CU_ASSERT_STRING_EQUAL(last(v)->confidence, "from memory");
    GPtrArray *all = g_ptr_array_new_with_free_func(unmake);
    g_ptr_array_add(all, v);
    struct validate_sum sum = validate_count_up(all);
    CU_ASSERT_TRUE(sum.shown == 1 && !sum.passed && !sum.missed && !sum.broken && !sum.stopped);
    g_ptr_array_free(all, TRUE);
}

/* What cannot be made says why, the first reason, and makes no more checks. */
void test_validate_broken(void)
{
    struct validation *v = made(&whole);
    struct sample s = spread(4, 100);

    validation_demand(v, true, "one is one");
    CU_ASSERT_PTR_NULL(v->broken);
    CU_ASSERT_FALSE(trial_run(v, &(struct trial){.scenario = "validation/no-such", .runs = 1}));
    CU_ASSERT_PTR_NOT_NULL_FATAL(v->broken);
    CU_ASSERT_PTR_NOT_NULL(strstr(v->broken, "no-such"));
    validation_demand(v, false, "one is two");
    CU_ASSERT_PTR_NULL(strstr(v->broken, "two"));
    compare_form(v, "after that", &s, 100, "ms", 1);
    compare_band(v, "after that", &s, 0, 1000, "ms");
    compare_count(v, "after that", 1, 1, "");
    compare_time(v, "after that", 1, 1);
    CU_ASSERT_EQUAL(v->checks->len, 0);
    unmake(v);
    v = made(&whole);
    static const char *const sets[] = {"run.max-events=10", NULL};
    struct recorded r;
    CU_ASSERT_FALSE(recorded_run(v, "mmd-1", sets, &r));
    recorded_clear(&r);
    CU_ASSERT_PTR_NOT_NULL_FATAL(v->broken);
    CU_ASSERT_PTR_NOT_NULL(strstr(v->broken, "limit on events"));
    unmake(v);
}

/* ---- running --------------------------------------------------------------------------------------- */

static GPtrArray *run(const char *word, const struct validate_opts *opts)
{
    char *words[] = {(char *)(uintptr_t)word, NULL};
    const char *unknown = NULL;

    registry_init();
    GPtrArray *decls = validate_select(words, &unknown);
    CU_ASSERT_PTR_NOT_NULL_FATAL(decls);
    GPtrArray *all = validate_run(decls, opts);
    g_ptr_array_free(decls, TRUE);
    return all;
}

static void run_into_a_bug(struct validation *v)
{
    compare_count(v, "before", 1, 1, "");
    abort();
}

/* An assertion that fails ends its validation, not the others. */
void test_validate_bug(void)
{
    struct validate_decl bug = made_up;
    GPtrArray *decls = g_ptr_array_new();

    bug.run = run_into_a_bug;
    g_ptr_array_add(decls, &bug);
    g_ptr_array_add(decls, (gpointer)(uintptr_t)&made_up);
    GPtrArray *all = validate_run(decls, &whole);
    struct validate_sum sum = validate_count_up(all);
    const struct validation *first = g_ptr_array_index(all, 0);
    CU_ASSERT_TRUE(sum.broken == 1 && sum.passed == 1 && sum.missed == 0);
    CU_ASSERT_PTR_NOT_NULL_FATAL(first->broken);
    CU_ASSERT_PTR_NOT_NULL(strstr(first->broken, "assertion"));
    g_ptr_array_free(all, TRUE);
    g_ptr_array_free(decls, TRUE);
}

void test_validate_stopped(void)
{
    static const volatile int raised = 1;
    GPtrArray *all = run("links", &(struct validate_opts){.threads = 2, .interrupt = &raised});
    struct validate_sum sum = validate_count_up(all);
    GString *out = g_string_new(NULL);

    CU_ASSERT_TRUE(sum.stopped && !sum.passed && !sum.missed && !sum.broken);
    validate_print_text(all, &whole, out);
    CU_ASSERT_PTR_NOT_NULL(strstr(out->str, "INCOMPLETE: invite-10"));
    CU_ASSERT_PTR_NOT_NULL(strstr(out->str, "INCOMPLETE: interrupted"));
    g_string_free(out, TRUE);
    g_ptr_array_free(all, TRUE);
}

void test_validate_threads(void)
{
    GString *one = g_string_new(NULL), *three = g_string_new(NULL);
    GPtrArray *a = run("flows", &(struct validate_opts){.threads = 1}),
              *b = run("flows", &(struct validate_opts){.threads = 3});

    validate_print_json(a, &whole, "imssim", one);
    validate_print_json(b, &whole, "imssim", three);
    CU_ASSERT_STRING_EQUAL(one->str, three->str);
    CU_ASSERT_PTR_NOT_NULL(strstr(one->str, "\"missed\": 0"));
    g_string_free(one, TRUE);
    g_string_free(three, TRUE);
    g_ptr_array_free(a, TRUE);
    g_ptr_array_free(b, TRUE);
}

/* ---- printing -------------------------------------------------------------------------------------- */

static GPtrArray *something(void)
{
    GPtrArray *all = g_ptr_array_new_with_free_func(unmake);
    struct validation *v = made(&whole);
    struct sample s = spread(4, 100);

    compare_time(v, "first", 5 * SIM_MS, 5 * SIM_MS);
    compare_form(v, "second", &s, 100, "ms", 1);
    compare_band(v, "third", &s, 150, INFINITY, "ms");
    compare_source(v, "a rule", "from memory");
    compare_shown(v, "fourth", &s, 20, 30, "ms");
    g_ptr_array_add(all, v);
    v = made(&whole);
    validation_give_up(v, "the reason");
    g_ptr_array_add(all, v);
    return all;
}

static void prints(void (*print)(const GPtrArray *, const struct validate_opts *, GString *),
                   const struct validate_opts *opts, const char *expected)
{
    GPtrArray *all = something();
    GString *out = g_string_new(NULL);

    print(all, opts, out);
    CU_ASSERT_STRING_EQUAL(out->str, expected);
    if (strcmp(out->str, expected) != 0)
        printf("\n%s", out->str);
    g_string_free(out, TRUE);
    g_ptr_array_free(all, TRUE);
}

void test_validate_text(void)
{
    prints(validate_print_text, &whole,
           "Links\n\n"
           "name     what    simulated  95 % interval        expected  verdict    source  confidence\n"
           "made-up  first        5 ms                           5 ms  pass       a book  derived\n"
           "         second     100 ms  98.163 .. 101.84       100 ms  pass\n"
           "         third      100 ms  98.163 .. 101.84     > 150 ms  MISS\n"
           "         fourth     100 ms  98.163 .. 101.84  20 .. 30 ms  (outside)  a rule  from memory\n"
           "MISS: made-up: third: 50 ms short\n"
           "FAILED: made-up: the reason\n\n"
           "3 checks: 2 passed, 1 missed; 1 more is shown and not judged; 1 validation did not come to an "
           "end\n");
}

#define MARKDOWN_HEAD                                                                                        \
    "### A title\n\n`made-up`. Scenario: a scenario.\n\nExpected: a theory. Source: a book (derived).\n\n"

void test_validate_markdown(void)
{
    char *text = g_strdup_printf(
        "## Links\n\n%s\n\n" MARKDOWN_HEAD
        "| quantity | expected | simulated | 95 %% interval | half width | runs | verdict |\n"
        "|---|---|---|---|---|---|---|\n"
        "| first | 5 ms | 5 ms |  | | 1 | pass |\n"
        "| second | 100 ms | 100 ms | 98.163 .. 101.84 | 1.8 %% | 4 | pass |\n"
        "| third | > 150 ms | 100 ms | 98.163 .. 101.84 | 1.8 %% | 4 | **MISS**: 50 ms short |\n"
        "| fourth | 20 .. 30 ms | 100 ms | 98.163 .. 101.84 | 1.8 %% | 4 | (outside): 70 ms too much; a rule "
        "(from memory) |\n\n" MARKDOWN_HEAD "**FAILED**: the reason\n\n"
        "3 checks: 2 passed, 1 missed; 1 more is shown and not judged; 1 validation did not come to an end\n"
        "A quick look: no scenario was run more than 3 times; intervals of 99.9 %%, of any width.\n"
        "Of 1 closed forms 1 lie in the 95 %% interval.\n",
        validate_groups[VALIDATE_GROUP_LINKS].about);

    prints(validate_print_markdown, &few, text);
    g_free(text);
}

/* Every object has every member; what is not known is null. */
void test_validate_json(void)
{
    static const char *const parts[] = {
        "\"program\": \"imssim 1\"",
        "\"quick\": false",
        "\"kind\": \"interval\"",
        "\"kind\": \"band\",\n          \"unit\": \"ms\",\n          \"value\": 100",
        "\"expected\": null,\n          \"low\": 150,\n          \"high\": null",
        "\"inside\": false,\n          \"judged\": true,\n          \"why\": \"50 ms short\"",
        "\"inside\": false,\n          \"judged\": false",
        "\"failed\": \"the reason\",\n      \"complete\": false,\n      \"checks\": []",
        "\"passed\": 2,\n  \"missed\": 1,\n  \"shown\": 1,\n  \"failed\": 1,\n  \"interrupted\": false\n}\n",
    };
    GPtrArray *all = something();
    GString *out = g_string_new(NULL);

    validate_print_json(all, &whole, "imssim 1", out);
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
        CU_ASSERT_PTR_NOT_NULL(strstr(out->str, parts[i]));
    g_string_free(out, TRUE);
    g_ptr_array_free(all, TRUE);
}
