/* test_dist.c - distributions of delays (sim/dist.h): shape of each family, text, files.
 *
 * Seeds are fixed; bands as in test_random.c. */
#include "sim/dist.h"

#include <CUnit/CUnit.h>
#include <glib/gstdio.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool report(bool ok, const char *text, const char *more)
{
    if (!ok)
        fprintf(stderr, "  failed for '%s'%s%s\n", text, more ? ": " : "", more ? more : "");
    return ok;
}

static struct dist parsed(const char *text, const char *base_dir)
{
    struct dist d = dist_const(-1);
    GError *error = NULL;
    bool ok = dist_parse(&d, text, base_dir, &error);
    CU_ASSERT(report(ok, text, error ? error->message : NULL));
    g_clear_error(&error);
    return d;
}

/* ---- shape ----------------------------------------------------------------------------------- */

/* Distribution functions in ms, written apart from dist.c (GSL's where it has them). */
static double exp_cdf(double x)
{
    return gsl_cdf_exponential_P(x, 5);
}
static double normal_cdf(double x)
{
    return gsl_cdf_gaussian_P(x - 50, 5);
}
/* mean 5, sd 2.5: variance of the logarithm ln 1.25 */
static double lognormal_cdf(double x)
{
    return gsl_cdf_lognormal_P(x, log(5) - log(1.25) / 2, sqrt(log(1.25)));
}
static double gamma_cdf(double x)
{
    return gsl_cdf_gamma_P(x, 6.25, 0.8);
}
static double gamma_wide_cdf(double x)
{
    return gsl_cdf_gamma_P(x, 4.0 / 9, 11.25);
}
static double erlang_cdf(double x)
{
    return 1 - exp(-x * 3 / 5) * (1 + x * 3 / 5 + x * 3 / 5 * (x * 3 / 5) / 2);
}
static double erlang_large_cdf(double x)
{
    return gsl_cdf_gamma_P(x, 40, 5.0 / 40);
}
/* cv2 = 4: p = (1 + sqrt(0.6)) / 2 */
static double hyperexp_cdf(double x)
{
    double p = 0.88729833462074168852;
    return 1 - p * exp(-2 * p * x / 5) - (1 - p) * exp(-2 * (1 - p) * x / 5);
}
static double weibull_cdf(double x)
{
    return gsl_cdf_weibull_P(x, 5, 1.5);
}
static double pareto_cdf(double x)
{
    return x < 5 ? 0 : gsl_cdf_pareto_P(x, 2.5, 5);
}
static double uniform_cdf(double x)
{
    return gsl_cdf_flat_P(x, 1, 9);
}

/* sd_tolerance: relative, about four standard deviations of the estimate, 0 = has no finite fourth moment. */
static const struct {
    const char *text;
    double mean_ms, sd_ms;
    double (*cdf)(double ms);
    double sd_tolerance;
} shapes[] = {
    {"exp(5ms)",             5,                  5,                   exp_cdf,          0.02 },
    {"normal(50ms,5ms)",     50,                 5,                   normal_cdf,       0.012},
    {"lognormal(5ms,2.5ms)", 5,                  2.5,                 lognormal_cdf,    0.03 },
    {"gamma(5ms,2ms)",       5,                  2,                   gamma_cdf,        0.015},
    {"gamma(5ms,7.5ms)",     5,                  7.5,                 gamma_wide_cdf,   0.04 },
    {"erlang(3,5ms)",        5,                  2.88675134594812882, erlang_cdf,       0.015},
    {"erlang(40,5ms)",       5,                  0.79056941504209483, erlang_large_cdf, 0.012},
    {"hyperexp(5ms,4)",      5,                  10,                  hyperexp_cdf,     0.04 },
    {"weibull(5ms,1.5)",     4.5137264647546680, 3.064678958773381,   weibull_cdf,      0.015},
    {"pareto(5ms,2.5)",      8.3333333333333333, 7.4535599249992990,  pareto_cdf,       0    },
    {"uniform(1ms,9ms)",     5,                  2.30940107675850306, uniform_cdf,      0.01 },
};

enum { N = 100000 };

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void draw_ms(double *sample, int n, const struct dist *d, struct rng *r)
{
    for (int i = 0; i < n; i++)
        sample[i] = (double)dist_draw(d, r) / 1e6;
}

/* Mean, standard deviation and Kolmogorov-Smirnov distance of every family. */
void test_dist_shapes(void)
{
    static double x[N];
    struct rng_set *set = rng_set_new(1, 0);
    for (size_t k = 0; k < G_N_ELEMENTS(shapes); k++) {
        const char *text = shapes[k].text;
        struct dist d = parsed(text, NULL);
        double sum = 0, squares = 0, distance = 0;
        draw_ms(x, N, &d, rng_stream(set, text));
        qsort(x, N, sizeof *x, ascending);
        for (int i = 0; i < N; i++) {
            double f = shapes[k].cdf(x[i]);
            sum += x[i];
            squares += (x[i] - shapes[k].mean_ms) * (x[i] - shapes[k].mean_ms);
            distance = fmax(distance, fmax(f - (double)i / N, (double)(i + 1) / N - f));
        }
        double mean_off = (sum / N - shapes[k].mean_ms) / (shapes[k].sd_ms / sqrt(N));
        double sd_off = sqrt(squares / N) / shapes[k].sd_ms - 1;
        CU_ASSERT(report(distance * sqrt(N) < 1.95, text, "KS distance"));
        CU_ASSERT(report(fabs(mean_off) < 3.5, text, "mean"));
        CU_ASSERT(report(shapes[k].sd_tolerance == 0 || fabs(sd_off) < shapes[k].sd_tolerance, text, "sd"));
        CU_ASSERT(report(fabs(dist_mean_ns(&d) / 1e6 / shapes[k].mean_ms - 1) < 1e-12, text, "mean formula"));
        CU_ASSERT(report(fabs(dist_sd_ns(&d) / 1e6 / shapes[k].sd_ms - 1) < 1e-10, text, "sd formula"));
        CU_ASSERT_FALSE(dist_is_const(&d));
        dist_clear(&d);
    }
    rng_set_free(set);
}

/* A normal with half its mass below 0: half the draws are 0, the mean is sd / sqrt(2 pi). */
void test_dist_normal_is_clipped(void)
{
    struct rng_set *set = rng_set_new(4, 0);
    struct rng *r = rng_stream(set, "clipped");
    struct dist d = parsed("normal(0s,10ms)", NULL);
    double sum = 0, squares = 0;
    int zeros = 0;
    for (int i = 0; i < N; i++) {
        sim_time t = dist_draw(&d, r);
        CU_ASSERT_FATAL(t >= 0);
        zeros += t == 0;
        sum += (double)t / 1e6;
        squares += (double)t / 1e6 * ((double)t / 1e6);
    }
    double mean = 10 / sqrt(2 * M_PI), sd = sqrt(50 - mean * mean);
    CU_ASSERT(abs(zeros - N / 2) < 3.5 * sqrt(N) / 2);
    CU_ASSERT(fabs(sum / N - mean) < 3.5 * sd / sqrt(N));
    CU_ASSERT(fabs(sqrt(squares / N - sum / N * (sum / N)) / sd - 1) < 0.015);
    CU_ASSERT_DOUBLE_EQUAL(dist_mean_ns(&d) / 1e6, mean, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(dist_sd_ns(&d) / 1e6, sd, 1e-9);
    rng_set_free(set);
}

/* What never varies is a constant, and draws nothing: not even a stream is needed. */
void test_dist_constants(void)
{
    static const struct {
        const char *text;
        sim_time value;
    } rows[] = {
        {"5ms",                5 * SIM_MS},
        {"const(5ms)",         5 * SIM_MS},
        {"0s",                 0         },
        {"exp(0s)",            0         },
        {"normal(5ms,0s)",     5 * SIM_MS},
        {"lognormal(5ms,0ms)", 5 * SIM_MS},
        {"gamma(5ms,0ms)",     5 * SIM_MS},
        {"erlang(3,0s)",       0         },
        {"hyperexp(0s,4)",     0         },
        {"weibull(0s,2)",      0         },
        {"pareto(0s,2)",       0         },
        {"uniform(2s,2s)",     2 * SIM_S },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct dist d = parsed(rows[i].text, NULL);
        CU_ASSERT(report(dist_is_const(&d), rows[i].text, NULL));
        CU_ASSERT_EQUAL(dist_draw(&d, NULL), rows[i].value);
        CU_ASSERT_EQUAL(dist_mean_ns(&d), (double)rows[i].value);
        CU_ASSERT_EQUAL(dist_sd_ns(&d), 0);
        dist_clear(&d);
    }
    struct dist c = dist_const(7);
    CU_ASSERT_EQUAL(dist_draw(&c, NULL), 7);
}

/* Whatever the parameters, a draw may be added to the clock. */
void test_dist_draws_are_bounded(void)
{
    static const char *const texts[] = {
        "pareto(1s,0.05)",     "weibull(1s,0.05)", "lognormal(1ns,600000h)",    "gamma(1ns,100ns)",
        "normal(1ns,600000h)", "exp(600000h)",     "hyperexp(600000h,1000000)", "erlang(1000000,1h)",
        "uniform(0s,600000h)", "pareto(1ns,1000)"};
    struct rng_set *set = rng_set_new(4, 0);
    sim_time greatest = 0;
    for (size_t k = 0; k < G_N_ELEMENTS(texts); k++) {
        struct dist d = parsed(texts[k], NULL);
        for (int i = 0; i < 2000; i++) {
            sim_time t = dist_draw(&d, rng_stream(set, "x"));
            CU_ASSERT_FATAL(t >= 0 && t <= DIST_MAX);
            greatest = MAX(greatest, t);
        }
        dist_clear(&d);
    }
    CU_ASSERT_EQUAL(greatest, DIST_MAX);
    CU_ASSERT_EQUAL(dist_round(NAN), 0);
    CU_ASSERT_EQUAL(dist_round(-INFINITY), 0);
    CU_ASSERT_EQUAL(dist_round(INFINITY), DIST_MAX);
    CU_ASSERT_EQUAL(dist_round(1.4), 1);
    CU_ASSERT_EQUAL(dist_round(1.5), 2);

    struct dist heavy = parsed("pareto(1s,1)", NULL);
    CU_ASSERT(isinf(dist_mean_ns(&heavy)));
    heavy = parsed("pareto(1s,2)", NULL);
    CU_ASSERT_EQUAL(dist_mean_ns(&heavy), 2e9);
    CU_ASSERT(isinf(dist_sd_ns(&heavy)));
    rng_set_free(set);
}

/* With one stream, a longer mean stretches every draw: common random numbers. */
void test_dist_scales_with_its_mean(void)
{
    static const char *const pairs[][2] = {
        {"exp(5ms)",           "exp(10ms)"          },
        {"weibull(5ms,2)",     "weibull(10ms,2)"    },
        {"erlang(4,5ms)",      "erlang(4,10ms)"     },
        {"gamma(5ms,2ms)",     "gamma(10ms,4ms)"    },
        {"hyperexp(5ms,9)",    "hyperexp(10ms,9)"   },
        {"uniform(0s,5ms)",    "uniform(0s,10ms)"   },
        {"lognormal(5ms,3ms)", "lognormal(10ms,6ms)"},
    };
    for (size_t k = 0; k < G_N_ELEMENTS(pairs); k++) {
        struct dist one = parsed(pairs[k][0], NULL), two = parsed(pairs[k][1], NULL);
        struct rng_set *set = rng_set_new(4, 0);
        struct rng a = *rng_stream(set, "x"), b = a;
        sim_time worst = 0;
        for (int i = 0; i < 1000; i++) {
            sim_time x = dist_draw(&one, &a), y = dist_draw(&two, &b);
            worst = MAX(worst, ABS(y - 2 * x));
        }
        CU_ASSERT(report(worst <= 1, pairs[k][0], NULL)); /* ns, of rounding */
        rng_set_free(set);
    }
}

/* ---- text ------------------------------------------------------------------------------------ */

void test_dist_canonical_text(void)
{
    static const struct {
        const char *text, *canonical;
    } rows[] = {
        {"5000us",                     "5ms"                },
        {" 5ms ",                      "5ms"                },
        {"const( 0.005s )",            "5ms"                },
        {"exp(0.1s)",                  "exp(100ms)"         },
        {"normal(5ms,1ms)",            "normal(5ms,1ms)"    },
        {" normal( 5ms ,\t1000us )\n", "normal(5ms,1ms)"    },
        {"lognormal(5s,2s)",           "lognormal(5s,2s)"   },
        {"gamma(5s,2s)",               "gamma(5s,2s)"       },
        {"erlang(03,90s)",             "erlang(3,90s)"      },
        {"erlang(1000000,90s)",        "erlang(1000000,90s)"},
        {"hyperexp(1h,1.50)",          "hyperexp(1h,1.5)"   },
        {"weibull(60000ms,0.7)",       "weibull(60s,0.7)"   },
        {"pareto(1ns,1000)",           "pareto(1ns,1000)"   },
        {"uniform(0ms,0.000001ms)",    "uniform(0s,1ns)"    },
        {"exp(0ms)",                   "exp(0s)"            },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct dist d = parsed(rows[i].text, NULL);
        GString *text = g_string_new(NULL);
        dist_print(&d, text);
        CU_ASSERT(report(strcmp(text->str, rows[i].canonical) == 0, rows[i].text, text->str));
        g_string_free(text, TRUE);
        dist_clear(&d);
    }
}

/* A random time below 2^30 times a random power of 2, so of every magnitude. */
static sim_time some_time(struct rng *r)
{
    unsigned shift = (unsigned)rng_below(r, 30);
    return (sim_time)(1 + rng_below(r, UINT64_C(1) << 30)) << shift;
}

/* An expression of family k with random arguments: two times a <= b, a number >= 1. */
static char *some_text(int k, struct rng *r)
{
    static const char *const forms[] = {"a",           "exp(a)",      "normal(a,b)",   "lognormal(a,b)",
                                        "gamma(b,a)",  "erlang(k,a)", "hyperexp(a,x)", "weibull(a,x)",
                                        "pareto(a,x)", "uniform(a,b)"};
    sim_time a = some_time(r);
    sim_time b = a + some_time(r);
    unsigned whole = 1 + (unsigned)rng_below(r, 99);
    unsigned decimals = (unsigned)rng_below(r, 1000000);
    GString *text = g_string_new(NULL);
    const char *form = forms[k % (int)G_N_ELEMENTS(forms)], *open = strchr(form, '(');
    for (const char *c = form; *c; c++) {
        if (c < open)
            g_string_append_c(text, *c);
        else if (*c == 'a' || *c == 'b')
            g_string_append_printf(text, "%" G_GINT64_FORMAT "ns", *c == 'a' ? a : b);
        else if (*c == 'k')
            g_string_append_printf(text, "%u", whole);
        else if (*c == 'x')
            g_string_append_printf(text, "%u.%u", whole, decimals);
        else
            g_string_append_c(text, *c);
    }
    return g_string_free(text, FALSE);
}

/* Random expressions of every family print to a text that parses back to the same draws. */
void test_dist_round_trip(void)
{
    struct rng_set *set = rng_set_new(77, 0);
    struct rng *r = rng_stream(set, "texts");
    for (int i = 0; i < 3000; i++) {
        char *text = some_text(i, r);
        struct dist d = parsed(text, NULL);
        GString *canonical = g_string_new(NULL), *again = g_string_new(NULL);
        dist_print(&d, canonical);
        struct dist back = parsed(canonical->str, NULL);
        dist_print(&back, again);
        struct rng left = *r, right = *r;
        bool same = d.kind == back.kind && strcmp(canonical->str, again->str) == 0;
        for (int n = 0; n < 5 && same; n++) {
            sim_time x = dist_draw(&d, &left);
            same = x == dist_draw(&back, &right);
        }
        CU_ASSERT(report(same, text, canonical->str));
        g_string_free(canonical, TRUE);
        g_string_free(again, TRUE);
        g_free(text);
    }
    rng_set_free(set);
}

void test_dist_bad_text(void)
{
    static const struct {
        const char *text, *says, *accepted;
    } rows[] = {
        {"",                        "it is empty",                          "exp(mean)"                     },
        {"   ",                     "it is empty",                          "exp(mean)"                     },
        {"5",                       "the unit is missing",                  "5ms"                           },
        {"0",                       "the unit is missing",                  "5ms"                           },
        {"5 ms",                    "a blank after the number",             "5ms"                           },
        {"-5ms",                    "it is negative",                       "5ms"                           },
        {"600000000h",              "too large",                            ""                              },
        {"700000h",                 "too long",                             "at most 73 years"              },
        {"exp",                     "it has no (",                          "exp(mean)"                     },
        {"exp(5ms",                 "the closing ) is missing",             "exp(mean)"                     },
        {"exp(5ms)x",               "the closing ) is missing",             "exp(mean)"                     },
        {"Exp(5ms)",                "the name before ( is not known",       "exp(mean)"                     },
        {"exp (5ms)",               "the name before ( is not known",       "exp(mean)"                     },
        {"(5ms)",                   "the name before ( is not known",       "exp(mean)"                     },
        {"poisson(5ms)",            "the name before ( is not known",       "lognormal(mean,sd)"            },
        {"exp()",                   "0 arguments given",                    "exp(mean)"                     },
        {"exp(5ms,1ms)",            "2 arguments given",                    "exp(mean)"                     },
        {"normal(5ms)",             "1 argument given",                     "normal(mean,sd)"               },
        {"normal(5ms,1ms,1ms)",     "3 arguments given",                    "normal(mean,sd)"               },
        {"exp(normal(5ms,1ms))",    "2 arguments given",                    "exp(mean)"                     },
        {"exp(const(5ms))",         "mean: 'const(5ms)'",                   "a number directly followed"    },
        {"const(5)",                "value: '5'",                           "a number directly followed"    },
        {"exp( )",                  "mean: ''",                             "a number directly followed"    },
        {"exp(-5ms)",               "mean: '-5ms'",                         "a number directly followed"    },
        {"exp(nan)",                "mean: 'nan'",                          "a number directly followed"    },
        {"normal(5ms,-1ms)",        "sd: '-1ms'",                           "a number directly followed"    },
        {"normal(5ms,1)",           "sd: '1'",                              "a number directly followed"    },
        {"normal(,1ms)",            "mean: ''",                             "a number directly followed"    },
        {"lognormal(0s,1ms)",       "mean: '0s' is out of range",           "above 0s"                      },
        {"lognormal(5ms,x)",        "sd: 'x'",                              "a number directly followed"    },
        {"gamma(0s,1ms)",           "mean: '0s' is out of range",           "above 0s"                      },
        {"gamma(1ms,101ms)",        "sd is out of range",                   "at most 100 times the mean"    },
        {"erlang(0,5ms)",           "k: '0' is out of range",               "whole number from 1 to 1000000"},
        {"erlang(1.5,5ms)",         "k: '1.5' is out of range",             "whole number from 1 to 1000000"},
        {"erlang(1000001,5ms)",     "k: '1000001' is out of range",         "whole number from 1 to 1000000"},
        {"erlang(-1,5ms)",          "k: '-1' is not a number",              "digits"                        },
        {"erlang(5ms,3)",           "k: '5ms' is not a number",             "digits"                        },
        {"hyperexp(5ms,0.5)",       "cv2: '0.5' is out of range",           "number from 1 to 1000000"      },
        {"hyperexp(5ms,4ms)",       "cv2: '4ms' is not a number",           "digits"                        },
        {"weibull(5ms,0)",          "shape: '0' is out of range",           "number from 0.05 to 1000"      },
        {"weibull(5ms,-1)",         "shape: '-1' is not a number",          "digits"                        },
        {"pareto(5ms,0.01)",        "shape: '0.01' is out of range",        "number from 0.05 to 1000"      },
        {"pareto(5,2)",             "scale: '5' is not a time",             "a number directly followed"    },
        {"uniform(2ms,1ms)",        "a is above b",                         "a <= b"                        },
        {"uniform(1ms,2ms",         "the closing ) is missing",             "uniform(a,b)"                  },
        {"empirical()",             "0 arguments given",                    "empirical(file.csv)"           },
        {"empirical(no such file)", "file.csv: cannot open 'no such file'", ""                              },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct dist d = dist_const(123);
        GError *error = NULL;
        bool ok = !dist_parse(&d, rows[i].text, NULL, &error) && error &&
                  strstr(error->message, rows[i].says) && strstr(error->message, rows[i].accepted);
        CU_ASSERT(report(ok, rows[i].text, error ? error->message : "no error"));
        CU_ASSERT_EQUAL(d.fixed, 123);
        g_clear_error(&error);
        CU_ASSERT_FALSE(dist_parse(&d, rows[i].text, NULL, NULL));
    }
    char *endless = g_strnfill(100000, '(');
    struct dist d;
    GError *error = NULL;
    CU_ASSERT_FALSE(dist_parse(&d, endless, NULL, &error));
    CU_ASSERT(error && strlen(error->message) < 1000);
    g_clear_error(&error);
    g_free(endless);
}

/* ---- files ----------------------------------------------------------------------------------- */

/* A folder with a folder in it, for one test. */
struct place {
    char *top, *dir;
};

static struct place make_place(void)
{
    struct place p;
    p.top = g_dir_make_tmp("imssim-test-XXXXXX", NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(p.top);
    p.dir = g_build_filename(p.top, "scenario", NULL);
    CU_ASSERT_EQUAL_FATAL(g_mkdir(p.dir, 0700), 0);
    return p;
}

static void put_file(const char *dir, const char *name, const char *text)
{
    char *path = g_build_filename(dir, name, NULL);
    CU_ASSERT(g_file_set_contents(path, text, -1, NULL));
    g_free(path);
}

static void remove_all(const char *dir)
{
    GDir *open = g_dir_open(dir, 0, NULL);
    const char *name;
    while (open && (name = g_dir_read_name(open))) {
        char *path = g_build_filename(dir, name, NULL);
        if (g_file_test(path, G_FILE_TEST_IS_DIR) && !g_file_test(path, G_FILE_TEST_IS_SYMLINK))
            remove_all(path);
        else
            g_unlink(path);
        g_free(path);
    }
    if (open)
        g_dir_close(open);
    g_rmdir(dir);
}

static void drop_place(struct place *p)
{
    remove_all(p->top);
    g_free(p->dir);
    g_free(p->top);
}

/* Draws are the file's values, each as often as it stands there. */
void test_dist_empirical_draws(void)
{
    struct place p = make_place();
    put_file(p.dir, "delays, measured (1).csv",
             "# a comment\r\ndelay_ms\r\n\r\n4\r\n1.5\r\n 2.0000004 \r\n1.5\r\n");
    struct dist original = parsed("empirical( delays, measured (1).csv )", p.dir);
    struct dist d = dist_copy(&original);
    dist_clear(&original);

    struct rng r = {
        .s = {1, 2, 3, 4}
    };
    int n = 40000, short_ones = 0, middle = 0, long_ones = 0;
    for (int i = 0; i < n; i++) {
        sim_time t = dist_draw(&d, &r);
        short_ones += t == 1500 * SIM_US;
        middle += t == 2 * SIM_MS;
        long_ones += t == 4 * SIM_MS;
    }
    CU_ASSERT_EQUAL(short_ones + middle + long_ones, n);
    CU_ASSERT(abs(short_ones - n / 2) < 350);
    CU_ASSERT(abs(middle - n / 4) < 300);
    CU_ASSERT_DOUBLE_EQUAL(dist_mean_ns(&d), 2.25e6, 1e-3);
    CU_ASSERT_DOUBLE_EQUAL(dist_sd_ns(&d), sqrt(1.0625) * 1e6, 1e-3);

    GString *text = g_string_new(NULL);
    dist_print(&d, text);
    CU_ASSERT_STRING_EQUAL(text->str, "empirical(delays, measured (1).csv)");
    struct dist back = parsed(text->str, p.dir);
    CU_ASSERT_EQUAL(dist_mean_ns(&back), dist_mean_ns(&d));
    g_string_free(text, TRUE);
    dist_clear(&back);
    dist_clear(&d);
    CU_ASSERT_EQUAL(dist_draw(&d, NULL), 0);

    put_file(p.dir, "same.csv", "x_s\n2\n2");
    d = parsed("empirical(same.csv)", p.dir);
    CU_ASSERT(dist_is_const(&d));
    CU_ASSERT_EQUAL(dist_draw(&d, NULL), 2 * SIM_S);
    dist_clear(&d);
    drop_place(&p);
}

/* Inverse transform: a greater random number never gives a smaller delay. */
void test_dist_empirical_is_monotone(void)
{
    struct place p = make_place();
    put_file(p.dir, "d.csv", "d_us\n9\n3\n7\n1\n5\n");
    struct dist d = parsed("empirical(d.csv)", p.dir);
    struct rng r = {
        .s = {5, 6, 7, 8}
    };
    bool monotone = true;
    uint64_t last_bits = 0;
    sim_time last = 0;
    for (int i = 0; i < 5000; i++) {
        struct rng peek = r;
        uint64_t bits = rng_u64(&peek);
        sim_time t = dist_draw(&d, &r);
        monotone = monotone && (bits >= last_bits ? t >= last : t <= last);
        last_bits = bits;
        last = t;
    }
    CU_ASSERT(monotone);
    dist_clear(&d);
    drop_place(&p);
}

void test_dist_empirical_bad_files(void)
{
    static const struct {
        const char *content, *says;
    } rows[] = {
        {"",                      "the file is empty"                                     },
        {"# only this\n",         "the file is empty"                                     },
        {"delay\n1\n",            "bad.csv:1: the header names no unit"                   },
        {"1\n2\n",                "bad.csv:1: the header names no unit"                   },
        {"delay_parsec\n1\n",     "bad.csv:1: the header names no unit"                   },
        {"a_ms,b_ms\n1,2\n",      "bad.csv:1: the header names no unit"                   },
        {"delay_ms\n",            "no values after the header"                            },
        {"delay_ms\n1\n1,5\n",    "bad.csv:3: '1,5' is not a number"                      },
        {"delay_ms\n\n# x\n-1\n", "bad.csv:4: '-1' is not a number"                       },
        {"delay_ms\n1ms\n",       "bad.csv:2: '1ms' is not a number"                      },
        {"delay_ms\nnan\n",       "bad.csv:2: 'nan' is not a number"                      },
        {"delay_h\n700000\n",     "bad.csv:2: the time is too long"                       },
        {"delay_h\n70000000\n",   "bad.csv:2: '70000000' is not a number: it is too large"},
    };
    struct place p = make_place();
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct dist d;
        GError *error = NULL;
        put_file(p.dir, "bad.csv", rows[i].content);
        bool ok = !dist_parse(&d, "empirical(bad.csv)", p.dir, &error) && error &&
                  strstr(error->message, rows[i].says);
        CU_ASSERT(report(ok, rows[i].content, error ? error->message : "no error"));
        g_clear_error(&error);
    }
    char *path = g_build_filename(p.dir, "bad.csv", NULL);
    struct dist d;
    CU_ASSERT(g_file_set_contents(path, "d_ms\n1\0\n2\n", 11, NULL));
    CU_ASSERT_FALSE(dist_parse(&d, "empirical(bad.csv)", p.dir, NULL));
    g_free(path);
    drop_place(&p);
}

/* A scenario from a stranger reads nothing beside its own folder, by whichever way. */
void test_dist_empirical_stays_inside(void)
{
    static const char *const outside[] = {
        "../secret.csv",     "sub/../../secret.csv", "link.csv", "/etc/hostname",
        "linked/secret.csv", "../scenario-2/x.csv",  ".",        "sub"};
    struct place p = make_place();
    char *sub = g_build_filename(p.dir, "sub", NULL), *sibling = g_build_filename(p.top, "scenario-2", NULL);
    char *link = g_build_filename(p.dir, "link.csv", NULL), *linked = g_build_filename(p.dir, "linked", NULL);
    CU_ASSERT_EQUAL(g_mkdir(sub, 0700), 0);
    CU_ASSERT_EQUAL(g_mkdir(sibling, 0700), 0);
    put_file(p.top, "secret.csv", "x_s\n1\n");
    put_file(sibling, "x.csv", "x_s\n1\n");
    put_file(sub, "fine.csv", "x_s\n1\n");
    CU_ASSERT_EQUAL(symlink("../secret.csv", link), 0);
    CU_ASSERT_EQUAL(symlink("..", linked), 0);
    for (size_t i = 0; i < G_N_ELEMENTS(outside); i++) {
        struct dist d;
        char *text = g_strdup_printf("empirical(%s)", outside[i]);
        GError *error = NULL;
        bool ok = !dist_parse(&d, text, p.dir, &error) && g_error_matches(error, DIST_ERROR, DIST_ERROR_FILE);
        CU_ASSERT(report(ok, text, error ? error->message : NULL));
        g_clear_error(&error);
        g_free(text);
    }
    struct dist d = parsed("empirical(sub/../sub/fine.csv)", p.dir);
    dist_clear(&d);
    char *absolute = g_strdup_printf("empirical(%s/fine.csv)", sub);
    d = parsed(absolute, p.dir);
    dist_clear(&d);
    char *trusted = g_strdup_printf("empirical(%s/secret.csv)", p.top);
    d = parsed(trusted, NULL);
    dist_clear(&d);
    g_free(trusted);
    g_free(absolute);
    g_free(linked);
    g_free(link);
    g_free(sibling);
    g_free(sub);
    drop_place(&p);
}
