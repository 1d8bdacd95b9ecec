/* test_units.c - quantities as text (sim/units.h). */
#include "sim/units.h"

#include "sim/rng.h"

#include <CUnit/CUnit.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

/* CUnit prints the failed expression; this also says for which text. */
static bool report(bool ok, const char *text)
{
    if (!ok)
        fprintf(stderr, "  failed for '%s'\n", text);
    return ok;
}

/* ---- times ----------------------------------------------------------------------------------- */

static const struct {
    const char *unit;
    sim_time size;
} time_units[] = {
    {"ns",  1                     },
    {"us",  1000                  },
    {"ms",  1000000               },
    {"s",   1000000000            },
    {"min", INT64_C(60000000000)  },
    {"h",   INT64_C(3600000000000)},
};

void test_units_time_whole(void)
{
    static const sim_time numbers[] = {0,   1,   2,   5,    9,    10,    12,      99,
                                       100, 500, 999, 1000, 1234, 65536, 1000000, 2500000};
    for (size_t u = 0; u < G_N_ELEMENTS(time_units); u++) {
        for (size_t n = 0; n < G_N_ELEMENTS(numbers); n++) {
            char text[2][48];
            g_snprintf(text[0], sizeof text[0], "%" G_GINT64_FORMAT "%s", numbers[n], time_units[u].unit);
            g_snprintf(text[1], sizeof text[1], "00%" G_GINT64_FORMAT ".000%s", numbers[n],
                       time_units[u].unit);
            for (int k = 0; k < 2; k++) {
                sim_time t = -1;
                bool ok = units_parse_time(text[k], &t, NULL) && t == numbers[n] * time_units[u].size;
                CU_ASSERT(report(ok, text[k]));
            }
        }
    }
}

void test_units_time_exact(void)
{
    static const struct {
        const char *text;
        sim_time ns;
    } rows[] = {
        {"0.000000001s",                            INT64_C(1)                  },
        {"0.000000001000000000000000000000000000s", INT64_C(1)                  },
        {"1.000000001s",                            INT64_C(1000000001)         },
        {"0.1s",                                    INT64_C(100000000)          },
        {"0.3s",                                    INT64_C(300000000)          },
        {"1.5s",                                    INT64_C(1500000000)         },
        {"4.35s",                                   INT64_C(4350000000)         },
        {"1.1ms",                                   INT64_C(1100000)            },
        {"0.000001ms",                              INT64_C(1)                  },
        {"0.001us",                                 INT64_C(1)                  },
        {"1.0ns",                                   INT64_C(1)                  },
        {"0.5min",                                  INT64_C(30000000000)        },
        {"0.0000000001h",                           INT64_C(360)                },
        {"0.0000000000025h",                        INT64_C(9)                  },
        {"0.00000000005min",                        INT64_C(3)                  },
        {"123456.789012345s",                       INT64_C(123456789012345)    },
        {"9007199.254740993s",                      INT64_C(9007199254740993)   }, /* 2^53 + 1: no double */
        {"4611686018.427387905s",                   INT64_C(4611686018427387905)},
        {"9223372036.854775806s",                   INT64_MAX - 1               },
        {"9223372036854775806ns",                   INT64_MAX - 1               },
        {"9223372036854775806.0ns",                 INT64_MAX - 1               },
        {"00000000000000000000000000005ms",         INT64_C(5000000)            },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        sim_time t = -1;
        CU_ASSERT(report(units_parse_time(rows[i].text, &t, NULL) && t == rows[i].ns, rows[i].text));
    }
}

static void check_refused(bool parsed, GError *error, const char *text, const char *says)
{
    bool ok = !parsed && error && error->domain == UNITS_ERROR && strstr(error->message, says) &&
              strstr(error->message, "accepted: ");
    if (!report(ok, text) && error)
        fprintf(stderr, "  message: %s\n", error->message);
    CU_ASSERT(ok);
    g_clear_error(&error);
}

/* Every bad number with every unit, every good number with every bad unit. */
void test_units_time_bad_combinations(void)
{
    static const char *const numbers[] = {"",      "-1",       "-0",       "+1",  ".5",   "5.",    "1..2",
                                          "1.2.3", "1,5",      "1e3",      "1E3", "0x10", "nan",   "NaN",
                                          "inf",   "-inf",     "infinity", " 5",  "5 ",   "1_000", "\t5",
                                          "5'",    "\302\275", "\331\245", "--5", "e5",   "1.e5"};
    static const char *const units[] = {
        "",    " ms", "MS",  "Ms",  "msec", "sec", "S", "m", "minutes", "H",  "d",  "hours", "\302\265s",
        "ms ", "ms5", "mss", "s\n", "%",    "/s",  "B", "n", "u",       "ps", "ks", "ms."};
    for (size_t n = 0; n < G_N_ELEMENTS(numbers); n++) {
        for (size_t u = 0; u < G_N_ELEMENTS(time_units); u++) {
            char text[48];
            GError *error = NULL;
            sim_time t = 77;
            g_snprintf(text, sizeof text, "%s%s", numbers[n], time_units[u].unit);
            bool parsed = units_parse_time(text, &t, &error);
            check_refused(parsed, error, text, "is not a time");
            CU_ASSERT_EQUAL(t, 77);
        }
    }
    for (size_t u = 0; u < G_N_ELEMENTS(units); u++) {
        static const char *const good[] = {"0", "5", "1.5"};
        for (size_t n = 0; n < G_N_ELEMENTS(good); n++) {
            char text[48];
            GError *error = NULL;
            sim_time t = 77;
            g_snprintf(text, sizeof text, "%s%s", good[n], units[u]);
            bool parsed = units_parse_time(text, &t, &error);
            check_refused(parsed, error, text, "is not a time");
            CU_ASSERT_EQUAL(t, 77);
        }
    }
}

void test_units_time_says_why(void)
{
    static const struct {
        const char *text;
        int code;
        const char *says;
    } rows[] = {
        {"",                       UNITS_ERROR_SYNTAX,    "it is empty"                        },
        {"0",                      UNITS_ERROR_SYNTAX,    "the unit is missing"                },
        {"5",                      UNITS_ERROR_SYNTAX,    "the unit is missing"                },
        {"5 ms",                   UNITS_ERROR_SYNTAX,    "a blank after the number"           },
        {" 5ms",                   UNITS_ERROR_SYNTAX,    "starts with a blank"                },
        {"-5ms",                   UNITS_ERROR_SYNTAX,    "it is negative"                     },
        {"5e3ms",                  UNITS_ERROR_SYNTAX,    "exponents are not known"            },
        {"5fortnights",            UNITS_ERROR_SYNTAX,    "the unit is not known"              },
        {".5s",                    UNITS_ERROR_SYNTAX,    "a digit is missing before the point"},
        {"5.s",                    UNITS_ERROR_SYNTAX,    "a digit is missing after the point" },
        {"ms",                     UNITS_ERROR_SYNTAX,    "does not start with a digit"        },
        {"0.5ns",                  UNITS_ERROR_PRECISION, "finer than 1ns"                     },
        {"0.0000000001s",          UNITS_ERROR_PRECISION, "finer than 1ns"                     },
        {"0.00000000001min",       UNITS_ERROR_PRECISION, "finer than 1ns"                     },
        {"9223372036854775807ns",  UNITS_ERROR_RANGE,     "at most about 292 years"            },
        {"9223372036.854775807s",  UNITS_ERROR_RANGE,     "at most about 292 years"            },
        {"18446744073709551616ns", UNITS_ERROR_RANGE,     "at most about 292 years"            },
        {"3000000h",               UNITS_ERROR_RANGE,     "at most about 292 years"            },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        GError *error = NULL;
        sim_time t = 77;
        bool parsed = units_parse_time(rows[i].text, &t, &error);
        CU_ASSERT(report(error && error->code == rows[i].code, rows[i].text));
        check_refused(parsed, error, rows[i].text, rows[i].says);
        CU_ASSERT_EQUAL(t, 77);
        CU_ASSERT_FALSE(units_parse_time(rows[i].text, &t, NULL));
    }
}

/* Digits without end are read to the end, and counted right. */
void test_units_time_many_digits(void)
{
    char *zeros = g_strnfill(1000, '0');
    char *nines = g_strnfill(1000, '9');
    char *fine = g_strdup_printf("%s1.%ss", zeros, zeros);
    char *too_fine = g_strdup_printf("1.%s1s", zeros);
    char *too_large = g_strdup_printf("%sh", nines);
    sim_time t = 77;
    GError *error = NULL;

    CU_ASSERT(units_parse_time(fine, &t, NULL) && t == SIM_S);
    CU_ASSERT_FALSE(units_parse_time(too_fine, &t, &error));
    CU_ASSERT(g_error_matches(error, UNITS_ERROR, UNITS_ERROR_PRECISION));
    g_clear_error(&error);
    CU_ASSERT_FALSE(units_parse_time(too_large, &t, &error));
    CU_ASSERT(g_error_matches(error, UNITS_ERROR, UNITS_ERROR_RANGE));
    g_clear_error(&error);
    g_free(too_large);
    g_free(too_fine);
    g_free(fine);
    g_free(nines);
    g_free(zeros);
}

/* A message repeats a long or broken text only in part, and is valid UTF-8. */
void test_units_quotes_hostile_text(void)
{
    char text[5001];
    GError *error = NULL;
    sim_time t;
    memset(text, '\377', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    CU_ASSERT_FALSE(units_parse_time(text, &t, &error));
    CU_ASSERT(error && strlen(error->message) < 500 && g_utf8_validate(error->message, -1, NULL));
    g_clear_error(&error);
}

void test_units_signed_time(void)
{
    static const struct {
        const char *text;
        sim_time ns;
    } good[] = {
        {"-5ms",                   -5000000      },
        {"5ms",                    5000000       },
        {"-0s",                    0             },
        {"-1.5s",                  -1500000000   },
        {"-9223372036.854775806s", -INT64_MAX + 1},
    };
    static const char *const bad[] = {
        "--5ms", "+5ms", "- 5ms", "-", "-5", "", "-ms", "-9223372036.854775807s", "5ms-"};
    for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
        sim_time t = 1;
        CU_ASSERT(report(units_parse_signed_time(good[i].text, &t, NULL) && t == good[i].ns, good[i].text));
    }
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        GError *error = NULL;
        sim_time t = 1;
        bool parsed = units_parse_signed_time(bad[i], &t, &error);
        check_refused(parsed, error, bad[i], "is not a time");
    }
}

void test_units_print_time(void)
{
    static const struct {
        sim_time ns;
        const char *text;
    } rows[] = {
        {0,             "0s"                   },
        {1,             "1ns"                  },
        {999,           "999ns"                },
        {1000,          "1us"                  },
        {1001,          "1001ns"               },
        {1500,          "1.5us"                },
        {100 * SIM_MS,  "100ms"                },
        {5 * SIM_MS,    "5ms"                  },
        {1500 * SIM_MS, "1.5s"                 },
        {SIM_S + 1,     "1000000001ns"         },
        {32 * SIM_S,    "32s"                  },
        {60 * SIM_S,    "60s"                  },
        {90 * SIM_S,    "90s"                  },
        {180 * SIM_S,   "3min"                 },
        {3600 * SIM_S,  "1h"                   },
        {5400 * SIM_S,  "1.5h"                 },
        {86400 * SIM_S, "24h"                  },
        {1280 * SIM_MS, "1.28s"                },
        {12345678,      "12345678ns"           },
        {12345600,      "12.3456ms"            },
        {-5 * SIM_MS,   "-5ms"                 },
        {INT64_MAX - 1, "9223372036854775806ns"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        GString *text = g_string_new(NULL);
        units_print_time(text, rows[i].ns);
        CU_ASSERT_STRING_EQUAL(text->str, rows[i].text);
        g_string_free(text, TRUE);
    }
}

/* Random times of every magnitude, round ones too, come back as they were. */
void test_units_time_round_trip(void)
{
    struct rng r = {
        .s = {1, 2, 3, 4}
    };
    GString *text = g_string_new(NULL);
    unsigned wrong = 0;
    for (int i = 0; i < 40000; i++) {
        unsigned magnitude = (unsigned)rng_below(&r, 62) + 1;
        sim_time t = (sim_time)rng_below(&r, UINT64_C(1) << magnitude), back = -1;
        sim_time round = time_units[rng_below(&r, G_N_ELEMENTS(time_units))].size;
        t = i % 2 ? t : t / round * round;
        t = i % 3 ? t : -t;
        g_string_truncate(text, 0);
        units_print_time(text, t);
        if (!units_parse_signed_time(text->str, &back, NULL) || back != t || text->len > 22)
            wrong += !report(false, text->str);
    }
    CU_ASSERT_EQUAL(wrong, 0);
    g_string_free(text, TRUE);
}

void test_units_format_time(void)
{
    static const struct {
        sim_time ns;
        const char *text;
    } rows[] = {
        {0,             "0 ns"             },
        {250,           "250 ns"           },
        {-250,          "-250 ns"          },
        {1000,          "1.000 us"         },
        {999999,        "999.999 us"       },
        {1000000,       "1.000 ms"         },
        {12345000,      "12.345 ms"        },
        {12345499,      "12.345 ms"        },
        {12345500,      "12.346 ms"        },
        {999999499,     "999.999 ms"       },
        {999999500,     "1.000 s"          },
        {-999999500,    "-1.000 s"         },
        {5 * SIM_S,     "5.000 s"          },
        {3600 * SIM_S,  "3600.000 s"       },
        {SIM_NEVER,     "never"            },
        {SIM_NEVER - 1, "9223372036.855 s" },
        {INT64_MIN,     "-9223372036.855 s"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        char buf[32];
        CU_ASSERT_PTR_EQUAL(units_format_time(buf, rows[i].ns), buf);
        CU_ASSERT_STRING_EQUAL(buf, rows[i].text);
    }
}

/* Measurements may be finer than the clock. */
void test_units_time_in(void)
{
    static const struct {
        const char *text, *unit;
        sim_time ns;
    } rows[] = {
        {"12.3456789012",             "ms", 12345679 },
        {"0.4",                       "ns", 0        },
        {"0.5",                       "ns", 1        },
        {"0.49999999999999999999999", "ns", 0        },
        {"1",                         "s",  SIM_S    },
        {"0.30000000000000004",       "s",  300000000},
    };
    static const char *const bad[] = {"", "-1", "1ms", "1,2", "nan", "1e-3", "99999999999999999999"};
    sim_time t;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        bool ok = units_parse_time_in(rows[i].text, rows[i].unit, &t, NULL) && t == rows[i].ns;
        CU_ASSERT(report(ok, rows[i].text));
    }
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
        CU_ASSERT(report(!units_parse_time_in(bad[i], "ms", &t, NULL), bad[i]));
    CU_ASSERT_TRUE(units_is_time_unit("min"));
    CU_ASSERT_FALSE(units_is_time_unit("B"));
    CU_ASSERT_FALSE(units_is_time_unit(""));
}

/* ---- the others ------------------------------------------------------------------------------ */

/* Both kinds that are held in whole numbers, by one table. */
void test_units_whole_kinds(void)
{
    static const struct {
        bool (*parse)(const char *, uint64_t *, GError **);
        const char *text;
        uint64_t value;
        const char *says; /* of the bad ones */
    } rows[] = {
        {units_parse_bitrate, "100Mbit/s",                 100000000,  NULL                   },
        {units_parse_bitrate, "10kbit/s",                  10000,      NULL                   },
        {units_parse_bitrate, "1bit/s",                    1,          NULL                   },
        {units_parse_bitrate, "0bit/s",                    0,          NULL                   },
        {units_parse_bitrate, "2.5Gbit/s",                 2500000000, NULL                   },
        {units_parse_bitrate, "9.6kbit/s",                 9600,       NULL                   },
        {units_parse_bitrate, "18446744073709551615bit/s", UINT64_MAX, NULL                   },
        {units_parse_bitrate, "18446744073709551616bit/s", 0,          "too large"            },
        {units_parse_bitrate, "0.5bit/s",                  0,          "finer than 1bit/s"    },
        {units_parse_bitrate, "100",                       0,          "the unit is missing"  },
        {units_parse_bitrate, "100 Mbit/s",                0,          "a blank after"        },
        {units_parse_bitrate, "100Mbps",                   0,          "the unit is not known"},
        {units_parse_bitrate, "100MBit/s",                 0,          "the unit is not known"},
        {units_parse_bitrate, "100Kbit/s",                 0,          "the unit is not known"},
        {units_parse_bitrate, "-1Mbit/s",                  0,          "it is negative"       },
        {units_parse_bitrate, "1e6bit/s",                  0,          "exponents"            },
        {units_parse_size,    "1300B",                     1300,       NULL                   },
        {units_parse_size,    "64kB",                      64000,      NULL                   },
        {units_parse_size,    "1.5kB",                     1500,       NULL                   },
        {units_parse_size,    "2MB",                       2000000,    NULL                   },
        {units_parse_size,    "0B",                        0,          NULL                   },
        {units_parse_size,    "1.0005kB",                  0,          "finer than 1B"        },
        {units_parse_size,    "1300",                      0,          "the unit is missing"  },
        {units_parse_size,    "1300b",                     0,          "the unit is not known"},
        {units_parse_size,    "64KB",                      0,          "the unit is not known"},
        {units_parse_size,    "64 kB",                     0,          "a blank after"        },
        {units_parse_size,    "",                          0,          "it is empty"          },
        {units_parse_size,    "18446744073710MB",          0,          "too large"            },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        GError *error = NULL;
        uint64_t value = 77;
        bool parsed = rows[i].parse(rows[i].text, &value, &error);
        if (rows[i].says)
            check_refused(parsed, error, rows[i].text, rows[i].says);
        else
            CU_ASSERT(report(parsed && value == rows[i].value, rows[i].text));
    }
}

void test_units_real_kinds(void)
{
    static const struct {
        bool (*parse)(const char *, double *, GError **);
        const char *text;
        double value;
        const char *says;
    } rows[] = {
        {units_parse_rate,        "10/s",            10,         NULL                   },
        {units_parse_rate,        "2/min",           2.0 / 60,   NULL                   },
        {units_parse_rate,        "1/h",             1.0 / 3600, NULL                   },
        {units_parse_rate,        "0.1/s",           0.1,        NULL                   },
        {units_parse_rate,        "0/s",             0,          NULL                   },
        {units_parse_rate,        "10",              0,          "the unit is missing"  },
        {units_parse_rate,        "10s",             0,          "the unit is not known"},
        {units_parse_rate,        "10 /s",           0,          "a blank after"        },
        {units_parse_rate,        "-1/s",            0,          "it is negative"       },
        {units_parse_rate,        "1e3/s",           0,          "exponents"            },
        {units_parse_rate,        "10/ms",           0,          "the unit is not known"},
        {units_parse_rate,        "9999999999999/s", 0,          "too large"            },
        {units_parse_probability, "0.01",            0.01,       NULL                   },
        {units_parse_probability, "1%",              0.01,       NULL                   },
        {units_parse_probability, "0.3%",            0.003,      NULL                   },
        {units_parse_probability, "7%",              0.07,       NULL                   },
        {units_parse_probability, "0",               0,          NULL                   },
        {units_parse_probability, "0%",              0,          NULL                   },
        {units_parse_probability, "1",               1,          NULL                   },
        {units_parse_probability, "1.000",           1,          NULL                   },
        {units_parse_probability, "100%",            1,          NULL                   },
        {units_parse_probability, "1.01",            0,          "above 1"              },
        {units_parse_probability, "101%",            0,          "above 1"              },
        {units_parse_probability, "-0.1",            0,          "it is negative"       },
        {units_parse_probability, "1 %",             0,          "a blank after"        },
        {units_parse_probability, "",                0,          "it is empty"          },
        {units_parse_probability, "nan",             0,          "start with a digit"   },
        {units_parse_probability, "0.5ms",           0,          "the unit is not known"},
        {units_parse_probability, "5e-1",            0,          "exponents"            },
        {units_parse_number,      "2",               2,          NULL                   },
        {units_parse_number,      "1.5",             1.5,        NULL                   },
        {units_parse_number,      "1.5x",            0,          "something follows"    },
        {units_parse_number,      "1e3",             0,          "exponents"            },
        {units_parse_number,      "0x1",             0,          "something follows"    },
        {units_parse_number,      "1,5",             0,          "something follows"    },
        {units_parse_number,      "inf",             0,          "start with a digit"   },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        GError *error = NULL;
        double value = 77;
        bool parsed = rows[i].parse(rows[i].text, &value, &error);
        if (rows[i].says)
            check_refused(parsed, error, rows[i].text, rows[i].says);
        else
            CU_ASSERT(report(parsed && value == rows[i].value, rows[i].text));
    }
}

void test_units_print_others(void)
{
    GString *text = g_string_new(NULL);
    units_print_bitrate(text, 100000000);
    g_string_append_c(text, ' ');
    units_print_bitrate(text, 9600);
    g_string_append_c(text, ' ');
    units_print_bitrate(text, 0);
    g_string_append_c(text, ' ');
    units_print_size(text, 1300);
    g_string_append_c(text, ' ');
    units_print_size(text, 64000);
    g_string_append_c(text, ' ');
    units_print_rate(text, 10);
    g_string_append_c(text, ' ');
    units_print_rate(text, 2.0 / 60);
    g_string_append_c(text, ' ');
    units_print_rate(text, 1.0 / 3600);
    g_string_append_c(text, ' ');
    units_print_rate(text, 0);
    g_string_append_c(text, ' ');
    units_print_probability(text, 0.01);
    g_string_append_c(text, ' ');
    units_print_probability(text, 1e-7);
    g_string_append_c(text, ' ');
    units_print_number(text, 1234.5);
    g_string_append_c(text, ' ');
    units_print_number(text, 1e6);
    CU_ASSERT_STRING_EQUAL(text->str,
                           "100Mbit/s 9600bit/s 0bit/s 1300B 64kB 10/s 2/min 1/h 0/s 0.01 0.0000001 1234.5 "
                           "1000000");
    g_string_free(text, TRUE);
}

void test_units_others_round_trip(void)
{
    struct rng r = {
        .s = {4, 3, 2, 1}
    };
    GString *text[5];
    unsigned wrong = 0;
    for (int k = 0; k < 5; k++)
        text[k] = g_string_new(NULL);
    for (int i = 0; i < 5000; i++) {
        unsigned magnitude = (unsigned)rng_below(&r, 64);
        uint64_t whole = rng_u64(&r) >> magnitude, back_bits = 1, back_bytes = 1;
        double p = rng_uniform(&r), rate = p * (double)(whole >> 30), back_rate = -1, back_p = -1,
               back_x = -1;
        double tame = (double)rng_below(&r, 1000) / 10;
        for (int k = 0; k < 5; k++)
            g_string_truncate(text[k], 0);
        units_print_bitrate(text[0], whole);
        units_print_size(text[1], whole);
        units_print_rate(text[2], i % 2 ? rate : tame / 3600);
        units_print_probability(text[3], i % 2 ? p : tame / 100);
        units_print_number(text[4], rate);
        wrong += !units_parse_bitrate(text[0]->str, &back_bits, NULL) || back_bits != whole;
        wrong += !units_parse_size(text[1]->str, &back_bytes, NULL) || back_bytes != whole;
        wrong +=
            !units_parse_rate(text[2]->str, &back_rate, NULL) || back_rate != (i % 2 ? rate : tame / 3600);
        wrong += !units_parse_probability(text[3]->str, &back_p, NULL) || back_p != (i % 2 ? p : tame / 100);
        wrong += !units_parse_number(text[4]->str, &back_x, NULL) || back_x != rate;
    }
    CU_ASSERT_EQUAL(wrong, 0);
    for (int k = 0; k < 5; k++)
        g_string_free(text[k], TRUE);
}

/* Under a locale with a decimal comma, where one is installed, nothing changes. */
void test_units_ignore_locale(void)
{
    static const char *const locales[] = {"de_DE.UTF-8", "de_DE.utf8", "de_DE", "fr_FR.UTF-8", "C"};
    char *before = g_strdup(setlocale(LC_NUMERIC, NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(locales) && !setlocale(LC_NUMERIC, locales[i]); i++)
        ;
    double p = 0, rate = 0;
    sim_time t = 0;
    GString *text = g_string_new(NULL);
    CU_ASSERT(units_parse_probability("0.25", &p, NULL) && p == 0.25);
    CU_ASSERT(units_parse_rate("1.5/s", &rate, NULL) && rate == 1.5);
    CU_ASSERT(units_parse_time("1.5s", &t, NULL) && t == 1500 * SIM_MS);
    CU_ASSERT_FALSE(units_parse_probability("0,25", &p, NULL));
    units_print_probability(text, 0.25);
    units_print_rate(text, 1.5);
    CU_ASSERT_STRING_EQUAL(text->str, "0.251.5/s");
    g_string_free(text, TRUE);
    setlocale(LC_NUMERIC, before);
    g_free(before);
}
