/* test_design.c - values, conditions, designs and sweep files (app/experiment/). */
#include "app/experiment/condition.h"
#include "app/experiment/design.h"
#include "app/experiment/sweep_file.h"
#include "app/experiment/values.h"

#include <CUnit/CUnit.h>
#include <glib/gstdio.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- values -------------------------------------------------------------------------------------------- */

/* The values, separated by "|"; or "! " and the beginning of the error. */
static char *values_of(const char *text)
{
    struct values v;
    GError *error = NULL;
    char *out;

    if (values_parse(&v, text, &error)) {
        g_ptr_array_add(v.texts, NULL);
        out = g_strjoinv("|", (char **)v.texts->pdata);
    } else {
        out = g_strconcat("! ", error->message, NULL);
    }
    g_clear_error(&error);
    values_clear(&v);
    return out;
}

void test_values(void)
{
    static const struct {
        const char *text, *values;
    } cases[] = {
        {"5ms 10ms  20ms",                "5ms|10ms|20ms"                                       },
        {"5ms",                           "5ms"                                                 },
        {"lognormal(5ms, 2ms) exp(1s)",   "lognormal(5ms, 2ms)|exp(1s)"                         },
        {"'two words' three",             "two words|three"                                     },
        {"1ms..5ms step 1ms",             "1ms|2ms|3ms|4ms|5ms"                                 },
        {"1ms..5ms step 1.5ms",           "1ms|2.5ms|4ms"                                       },
        {"0..1 step 0.1",                 "0|0.1|0.2|0.3|0.4|0.5|0.6|0.7|0.8|0.9|1"             },
        {"1ms..1s log 4",                 "1ms|10ms|100ms|1s"                                   },
        {"1ms..1s log 3",                 "1ms|31623us|1s"                                      },
        {"0ms..100ms linear 5",           "0s|25ms|50ms|75ms|100ms"                             },
        {"5/s..20/s step 5/s",            "5/s|10/s|15/s|20/s"                                  },
        {"0%..5% step 2.5%",              "0%|2.5%|5%"                                          },
        {"100kbit/s..1Mbit/s log 3",      "100kbit/s|316230bit/s|1Mbit/s"                       },
        {"64B..128B linear 2",            "64B|128B"                                            },
        {"3..3 step 1",                   "3"                                                   },
        {"1ms..5ms",                      ""                                                    },
        {"",                              "! no value"                                          },
        {"1ms..5s log",                   ""                                                    },
        {"0ms..5s log 3",                 "! \"0ms..5s\": by ratio"                             },
        {"5ms..1ms step 1ms",             "! \"5ms..1ms\" has nothing in it"                    },
        {"1ms..5 step 1ms",               "! \"1ms..5\": it begins with a time"                 },
        {"1ms..5ms step 1",               "! \"1\" is no step"                                  },
        {"1ms..5ms step 0ms",             "! \"0ms\" is no step"                                },
        {"1ms..5ms by 3",                 "! after \"1ms..5ms\" it takes"                       },
        {"1ms..5ms linear 1",             "! \"1\" is no number of values"                      },
        {"a..b",                          "! \"a\" is no quantity"                              },
        {"0..1000000 step 1",             "! these are more than"                               },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        char *got = values_of(cases[i].text);
        bool same = cases[i].values[0] == '!' ? g_str_has_prefix(got, cases[i].values) : strcmp(got, cases[i].values) == 0;
        if (!same)
            printf("\n\"%s\" gives %s", cases[i].text, got);
        CU_ASSERT_TRUE(same);
        g_free(got);
    }
}

void test_values_between(void)
{
    struct values v;

    CU_ASSERT_TRUE_FATAL(values_parse(&v, "10ms..1s log", NULL));
    CU_ASSERT_TRUE(values_continuous(&v));
    char *middle = values_at(&v, 0.5);
    CU_ASSERT_STRING_EQUAL(middle, "100ms");
    g_free(middle);
    values_clear(&v);
    CU_ASSERT_TRUE_FATAL(values_parse(&v, "0%..50%", NULL));
    middle = values_at(&v, 0.25);
    CU_ASSERT_STRING_EQUAL(middle, "12.5%");
    g_free(middle);
    values_clear(&v);
    CU_ASSERT_TRUE_FATAL(values_parse(&v, "1ms 2ms", NULL));
    CU_ASSERT_FALSE(values_continuous(&v));
    values_clear(&v);
}

/* ---- conditions ------------------------------------------------------------------------------------------ */

void test_conditions(void)
{
    static const char *const names[] = {"load", "latency", "profile", NULL};
    static const char *const values[] = {"poisson(40/s)", "50ms", "lean", NULL};
    static const struct {
        const char *text;
        int holds; /* -1: an error in asking, -2: in parsing */
    } cases[] = {
        {"load = 40/s",                                    1 },
        {"load eq 40/s and latency = 0.05s",               1 },
        {"latency < 50ms",                                 0 },
        {"latency <= 50ms",                                1 },
        {"latency ge 50ms",                                1 },
        {"latency>49ms",                                   1 },
        {"latency ne 50ms",                                0 },
        {"profile = lean",                                 1 },
        {"profile != \"as heavy\"",                        1 },
        {"lean = profile",                                 1 },
        {"not profile = lean",                             0 },
        {"not (profile = lean and load > 50/s)",           1 },
        {"load > 50/s and profile = lean or latency=50ms", 1 }, /* and binds closer */
        {"load > 50/s and (profile = lean or latency=50ms)", 0},
        {"latency = 'exp(50ms)'",                          1 }, /* by its mean */
        {"profile > lean",                                 -1},
        {"latency < 5",                                    -1},
        {"load > 50/s or profile > lean",                  -1},
        {"load > 30/s or profile > lean",                  1 },
        {"latenzy < 5ms",                                  -2},
        {"latency",                                        -2},
        {"latency <",                                      -2},
        {"(latency < 5ms",                                 -2},
        {"latency < 5ms load",                             -2},
        {"and",                                            -2},
        {"",                                               -2},
        {"profile = 'lean",                                -2},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        GError *error = NULL;
        struct condition *c = condition_parse(cases[i].text, names, &error);
        int holds = -2;
        CU_ASSERT_EQUAL(c == NULL, error != NULL);
        if (c) {
            holds = condition_holds(c, values, &error);
            holds = error ? -1 : holds;
        }
        if (holds != cases[i].holds)
            printf("\n%s: %d%s%s", cases[i].text, holds, error ? ", " : "", error ? error->message : "");
        CU_ASSERT_EQUAL(holds, cases[i].holds);
        condition_free(c);
        g_clear_error(&error);
    }
}

/* ---- sweep files and designs -------------------------------------------------------------------------------- */

static struct sweep *load_text(const char *body, char **problem)
{
    char *dir = g_dir_make_tmp("imssim-XXXXXX", NULL), *path = g_build_filename(dir, "x.sweep.xml", NULL);
    char *text = g_strdup_printf("<sweep xmlns=\"urn:imssim:sweep:1\" name=\"x\" scenario=\"mmd-1\">%s</sweep>", body);
    GPtrArray *errors = g_ptr_array_new_with_free_func(g_free);

    g_file_set_contents(path, text, -1, NULL);
    struct sweep *s = sweep_load(path, errors);
    CU_ASSERT_EQUAL(s == NULL, errors->len > 0);
    *problem = errors->len ? g_strdup((char *)g_ptr_array_index(errors, 0) + strlen(dir) + 1) : NULL;
    g_ptr_array_unref(errors);
    g_unlink(path);
    g_rmdir(dir);
    g_free(text);
    g_free(path);
    g_free(dir);
    return s;
}

/* Points as "a,b c,d", or "! " and the error. */
static char *points_of(const char *body)
{
    char *problem;
    struct sweep *s = load_text(body, &problem);
    GString *out = g_string_new(NULL);
    GError *error = NULL;

    GPtrArray *points = s ? design_points(&s->design, &error) : NULL;
    for (guint i = 0; points && i < points->len; i++) {
        const struct design_point *p = g_ptr_array_index(points, i);
        CU_ASSERT_EQUAL(p->position, i + 1);
        g_string_append(out, i ? " " : "");
        for (guint k = 0; p->level[k]; k++)
            g_string_append_printf(out, "%s%s", k ? "," : "", p->level[k]->text);
    }
    if (!points)
        g_string_printf(out, "! %s", problem ? problem : error->message);
    if (points)
        g_ptr_array_unref(points);
    g_clear_error(&error);
    g_free(problem);
    sweep_free(s);
    return g_string_free(out, FALSE);
}

#define A "<factor name='a' parameter='p' values='1 2'/>"
#define B "<factor name='b' parameter='q' values='5ms..6ms step 1ms' form='exp({})'/>"

void test_design_full(void)
{
    static const struct {
        const char *body, *points;
    } cases[] = {
        {"",                                                          ""                                          },
        {A B,                                                         "1,5ms 1,6ms 2,5ms 2,6ms"                   },
        {A B "<exclude when='a = 1 and b gt 5ms'/>",                  "1,5ms 2,5ms 2,6ms"                         },
        {A B "<exclude when='a = 1'/><exclude when='b = 5ms'/>",      "2,6ms"                                     },
        {A "<exclude when='a = 1 or a = 2'/>",                        "! no point is left"                        },
        {A "<exclude when='c = 1'/>",                                 "! x.sweep.xml:1: <exclude> when="          },
        {"<factor name='r' parameter='p' values='1..2'/>",            "! factor r is a range without a step"      },
        {"<factor name='r' parameter='p' values='1..2 step'/>",       "! x.sweep.xml:1: values=\"1..2 step\""     },
        {"<factor name='r' parameter='p'/>",                          "! x.sweep.xml:1: <factor> r: it takes"     },
        {A A,                                                         "! x.sweep.xml:1: <factor>"                 },
        {"<factor name='l'><vary parameter='p' values='1 2'/><vary parameter='q' values='3 4'/></factor>", "1 2"  },
        {"<factor name='l'><vary parameter='p' values='1 2'/><vary parameter='q' values='3'/></factor>",
         "! x.sweep.xml:1: <factor> l: p has 2 values and q has 1"                                                },
        {"<factor name='v' values='1'><level name='x'/></factor>",    "! x.sweep.xml:1: <factor> v: parameter"    },
        {"<factor name='v'><level name='x'/><level name='y'/></factor>" A, "x,1 x,2 y,1 y,2"                      },
        {"<factor name='v'><level name='x'/><level name='x'/></factor>", "! x.sweep.xml:1: <level> name=\"x\""    },
        {A "<design type='full' points='3'/>",                        "! x.sweep.xml:1: <design> points"          },
        {A "<design type='latin-hypercube'/>",                        "! x.sweep.xml:1: <design> lacks points"    },
        {"<factr name='a'/>",                                         "! x.sweep.xml:1: <factr>"                  },
        {"<factor name='a' parameter='p' values='1' form='x'/>",      "! x.sweep.xml:1: <factor>"                 },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        char *got = points_of(cases[i].body);
        bool same = cases[i].points[0] == '!' ? g_str_has_prefix(got, cases[i].points) : strcmp(got, cases[i].points) == 0;
        if (!same)
            printf("\n%s gives %s", cases[i].body, got);
        CU_ASSERT_TRUE(same);
        g_free(got);
    }
}

void test_design_levels_set_parameters(void)
{
    char *problem;
    struct sweep *s = load_text("<title>T</title><set parameter='run.until' value='3min'/>"
                                "<factor name='l' unit='calls/s'><vary parameter='p' values='1 2' form='poisson({}/s)'/>"
                                "<vary parameter='q' values='3 4'/></factor>"
                                "<factor name='v'><level name='x'><profile href='profiles/mmd.xml'/>"
                                "<set parameter='m[1].n' value='a b'/></level></factor>"
                                "<run replications='7' seed='9' common-random-numbers='no'/>",
                                &problem);

    CU_ASSERT_PTR_NOT_NULL_FATAL(s);
    const struct factor *l = g_ptr_array_index(s->design.factors, 0), *v = g_ptr_array_index(s->design.factors, 1);
    const struct level *second = g_ptr_array_index(l->levels, 1), *x = g_ptr_array_index(v->levels, 0);
    CU_ASSERT_STRING_EQUAL(s->title, "T");
    CU_ASSERT_STRING_EQUAL(g_ptr_array_index(s->sets, 0), "run.until=3min");
    CU_ASSERT_STRING_EQUAL(l->unit, "calls/s");
    CU_ASSERT_STRING_EQUAL(g_ptr_array_index(second->sets, 0), "p=poisson(2/s)");
    CU_ASSERT_STRING_EQUAL(g_ptr_array_index(second->sets, 1), "q=4");
    CU_ASSERT_STRING_EQUAL(g_ptr_array_index(x->profiles, 0), "profiles/mmd.xml");
    CU_ASSERT_STRING_EQUAL(g_ptr_array_index(x->sets, 0), "m[1].n=a b");
    CU_ASSERT_EQUAL(s->replications, 7);
    CU_ASSERT_TRUE(s->seeded);
    CU_ASSERT_EQUAL(s->seed, 9);
    CU_ASSERT_FALSE(s->common);
    CU_ASSERT(g_str_has_suffix(s->scenario, "mmd-1.xml"));
    sweep_free(s);
}

/* Each factor's range is cut into as many strata as there are points, and each stratum is used once. */
void test_design_latin_hypercube(void)
{
    enum { N = 50 };
    char *problem;
    struct sweep *s = load_text("<factor name='a' parameter='p' values='0..100'/>"
                                "<factor name='b' parameter='q' values='1ms..1s log'/>"
                                "<factor name='c' parameter='r' values='u v w x y'/>"
                                "<design type='latin-hypercube' points='50' seed='3'/>",
                                &problem);
    unsigned used[2][N] = {{0}}, levels[5] = {0}, in_order = 0;
    double last = -1;

    CU_ASSERT_PTR_NOT_NULL_FATAL(s);
    GPtrArray *points = design_points(&s->design, NULL), *again = design_points(&s->design, NULL);
    CU_ASSERT_EQUAL_FATAL(points->len, N);
    for (guint i = 0; i < N; i++) {
        const struct design_point *p = g_ptr_array_index(points, i), *q = g_ptr_array_index(again, i);
        double a = g_ascii_strtod(p->level[0]->text, NULL), b = NAN;
        const char *t = p->level[1]->text;
        double scale = g_str_has_suffix(t, "ns") ? 1e-6 : g_str_has_suffix(t, "us") ? 1e-3 : g_str_has_suffix(t, "ms") ? 1 : 1e3;
        b = log(scale * g_ascii_strtod(t, NULL)) / log(1000);
        used[0][(int)(a / 100 * N)]++;
        used[1][(int)(b * N)]++;
        levels[p->level[2]->text[0] - 'u']++;
        in_order += a > last;
        last = a;
        for (int k = 0; k < 3; k++)
            CU_ASSERT_STRING_EQUAL(p->level[k]->text, q->level[k]->text);
    }
    for (int i = 0; i < N; i++)
        CU_ASSERT(used[0][i] == 1 && used[1][i] == 1);
    for (int i = 0; i < 5; i++)
        CU_ASSERT_EQUAL(levels[i], N / 5);
    CU_ASSERT(in_order > 10 && in_order < 40); /* and they are not in order */
    g_ptr_array_unref(points);
    g_ptr_array_unref(again);
    sweep_free(s);
}

void test_sweep_file_is_not_trusted(void)
{
    static const struct {
        const char *text, *error;
    } cases[] = {
        {"<!DOCTYPE sweep [<!ENTITY a 'b'>]><sweep xmlns='urn:imssim:sweep:1' name='x' scenario='mmd-1'/>",
         "a sweep has no DOCTYPE"                                                                              },
        {"<sweep name='x' scenario='mmd-1'/>",                                     "No matching global"        },
        {"<sweep xmlns='urn:imssim:sweep:1' name='x'/>",                           "'scenario' is required"    },
        {"<sweep xmlns='urn:imssim:sweep:1' name='../x' scenario='mmd-1'/>",       "'name'"                    },
        {"<sweep xmlns='urn:imssim:sweep:1' name='x' scenario='mmd-1'>",           "Premature end"             },
        {"",                                                                       ""                          },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        GPtrArray *errors = g_ptr_array_new_with_free_func(g_free);
        char *path = NULL;
        int fd = g_file_open_tmp("imssim-XXXXXX.xml", &path, NULL);
        g_file_set_contents(path, cases[i].text, -1, NULL);
        CU_ASSERT_PTR_NULL(sweep_load(path, errors));
        CU_ASSERT_EQUAL_FATAL(errors->len, 1);
        CU_ASSERT(g_str_has_prefix(g_ptr_array_index(errors, 0), path));
        if (!strstr(g_ptr_array_index(errors, 0), cases[i].error))
            printf("\n%s", (char *)g_ptr_array_index(errors, 0));
        CU_ASSERT_PTR_NOT_NULL(strstr(g_ptr_array_index(errors, 0), cases[i].error));
        g_unlink(path);
        g_close(fd, NULL);
        g_free(path);
        g_ptr_array_unref(errors);
    }
}
