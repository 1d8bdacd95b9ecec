/* analytic.h - tests against closed forms: what they share. */
#ifndef TESTS_ANALYTIC_ANALYTIC_H
#define TESTS_ANALYTIC_ANALYTIC_H

#include "scenarios/load/scn.h"

/* Under AddressSanitizer, which slows everything down, only a few runs are made. */
#if defined(__SANITIZE_ADDRESS__)
#define ANALYTIC_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ANALYTIC_SANITIZED 1
#endif
#endif
#define ANALYTIC_RUNS_SANITIZED 3

/* Loads a shipped scenario by its name, with these settings, as --set has them, up to NULL; or NULL. Failure
 * of the test and NULL when there is anything wrong with it. scn_free(). */
struct scn *analytic_load(const char *scenario, const char *const *sets);

#endif
