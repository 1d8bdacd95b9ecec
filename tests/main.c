/* main.c - runs the tests that tests.list declares.
 *
 *   imssim-tests                       runs all
 *   imssim-tests SUITE[/TEST]...       runs these
 *   imssim-tests --list [SUITE...]     prints their names, one SUITE/TEST a line
 *
 * The output ends with CUnit's counts of suites, tests and asserts. Exit status: 0 all passed, 1 one
 * failed or asserted nothing (a test that cannot fail is no test), 2 bad usage. */
#include <CUnit/Basic.h>
#include <CUnit/CUnit.h>

#include <glib.h>

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Name of the running test, for a crash report; static storage. */
static const char *volatile running;

static void run_counted(const char *name, void (*function)(void))
{
    unsigned before = CU_get_number_of_asserts();

    running = name;
    function();
    running = NULL;
    if (CU_get_number_of_asserts() == before)
        CU_FAIL("the test made no assertion");
}

/* CUnit's test functions take no argument, hence one small wrapper for each. */
#define TEST(suite, function)                                                                                \
    void function(void);                                                                                     \
    static void run_##function(void)                                                                         \
    {                                                                                                        \
        run_counted(#suite "/" #function, function);                                                         \
    }
#include "tests/tests.list"
#undef TEST

struct test {
    const char *suite, *name;
    CU_TestFunc run;
    bool wanted;
};

#define TEST(suite, function) {#suite, #function, run_##function, false},
static struct test tests[] = {
#include "tests/tests.list"
    {NULL, NULL, NULL, false},
};
#undef TEST

/* Marks what `pattern` (SUITE or SUITE/TEST) names. False: it names nothing. */
static bool want(const char *pattern)
{
    const char *slash = strchr(pattern, '/');
    size_t length = slash ? (size_t)(slash - pattern) : strlen(pattern);
    bool found = false;

    for (struct test *test = tests; test->name; test++) {
        if (strlen(test->suite) != length || strncmp(test->suite, pattern, length) != 0)
            continue;
        if (slash && strcmp(test->name, slash + 1) != 0)
            continue;
        test->wanted = found = true;
    }
    return found;
}

/* Suites that run beside the others, in a process of their own (tests/analytic.sh): those whose names begin so. */
static bool is_left_out(const struct test *test)
{
    const char *prefix = g_getenv("IMSSIM_TESTS_BUT");
    return prefix && *prefix && g_str_has_prefix(test->suite, prefix);
}

/* Hands the wanted tests to CUnit, one suite per name in the order of first appearance. */
static bool fill_registry(void)
{
    for (struct test *test = tests; test->name; test++) {
        if (!test->wanted)
            continue;
        CU_pSuite suite = CU_get_suite(test->suite);
        if (!suite)
            suite = CU_add_suite(test->suite, NULL, NULL);
        if (!suite || !CU_add_test(suite, test->name, test->run)) {
            fprintf(stderr, "imssim-tests: %s/%s: %s\n", test->suite, test->name, CU_get_error_msg());
            return false;
        }
    }
    return true;
}

static const int crash_signals[] = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};
static struct sigaction crash_old[G_N_ELEMENTS(crash_signals)];

static void say(const char *text)
{
    if (write(STDERR_FILENO, text, strlen(text)) < 0)
        return; /* nobody left to tell */
}

/* Names the test that crashed, then leaves the signal to whoever had it before (a sanitizer, say). */
static void crashed(int signal_number)
{
    const char *name = running;

    say("\nimssim-tests: crashed in ");
    say(name ? name : "(no test)");
    say("\n");
    for (size_t i = 0; i < G_N_ELEMENTS(crash_signals); i++) {
        if (crash_signals[i] == signal_number)
            sigaction(signal_number, &crash_old[i], NULL);
    }
    raise(signal_number);
}

static void catch_crashes(void)
{
    struct sigaction action = {.sa_handler = crashed};

    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < G_N_ELEMENTS(crash_signals); i++)
        sigaction(crash_signals[i], &action, &crash_old[i]);
}

static int run_wanted(void)
{
    if (CU_initialize_registry() != CUE_SUCCESS || !fill_registry()) {
        fprintf(stderr, "imssim-tests: %s\n", CU_get_error_msg());
        CU_cleanup_registry();
        return 1;
    }
    catch_crashes();
    CU_basic_set_mode(CU_BRM_NORMAL);
    CU_ErrorCode status = CU_basic_run_tests();
    bool passed = status == CUE_SUCCESS && CU_get_number_of_tests_run() > 0 &&
                  CU_get_number_of_failures() == 0 && CU_get_number_of_suites_failed() == 0;
    CU_cleanup_registry();
    return passed ? 0 : 1;
}

int main(int argc, char **argv)
{
    bool list = argc > 1 && strcmp(argv[1], "--list") == 0;
    int first = list ? 2 : 1;

    for (int i = first; i < argc; i++) {
        if (!want(argv[i])) {
            fprintf(stderr, "imssim-tests: no such test: %s (imssim-tests --list prints them all)\n",
                    argv[i]);
            return 2;
        }
    }
    for (struct test *test = tests; test->name; test++) {
        if (first >= argc)
            test->wanted = !is_left_out(test);
        if (list && test->wanted)
            printf("%s/%s\n", test->suite, test->name);
    }
    if (list)
        return 0;
    /* A broken promise inside GLib is a bug here, never a line of log. */
    g_log_set_always_fatal((GLogLevelFlags)(G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL));
    setvbuf(stdout, NULL, _IOLBF, 0);
    return run_wanted();
}
