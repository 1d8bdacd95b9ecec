/* vary.h - what the subcommands share that run a scenario with other values here and there. */
#ifndef APP_VARY_H
#define APP_VARY_H

#include "app/app.h"
#include "app/experiment/variants.h"

#include <glib.h>

/* On the command line. */
struct vary_args {
    char **sets;
    char *metric, *quantile, *seed, *reps, *threads;
};
/* Entries of a table of options. */
#define VARY_OPTIONS(args)                                                                                   \
    APP_SETS(&(args).sets),                                                                                  \
        APP_TEXT("metric", 'm', &(args).metric, "NAME",                                                      \
                 "Which time (default: run.metric; imssim list metrics)"),                                   \
        APP_TEXT("quantile", 'q', &(args).quantile, "Q",                                                     \
                 "Its percentile, such as 95 or 99.5, instead of its mean"),                                 \
        APP_SEED(&(args).seed),                                                                              \
        APP_TEXT("reps", 'r', &(args).reps, "N", "Independent replications, instead of the scenario's"),     \
        APP_TEXT("jobs", 'j', &(args).threads, "N", "Threads (default: one per processor)")

/* A scenario, and how it is to be run. */
struct vary {
    const char *command;
    char *path;
    char **sets;
    struct scn *scn;
    struct scn_doc *doc;
    struct variants_opts opts;
    char *what; /* "mean of setup_time", "95th percentile of setup_time" */
    bool shown; /* a line of progress */
};
/* APP_GO_ON, or what to return after a complaint; vary_close() in either case. Finds the warm-up, where it is
 * to be found. */
int vary_open(struct vary *v, const char *command, const char *name, const struct vary_args *args);
void vary_close(struct vary *v);
void vary_args_clear(struct vary_args *args);

/* The scenario with this value of one parameter and all others as they are, also those of more special ones
 * that the name stands for too: link[Mw].latency alone, and not link[Mw,from=A].latency. NULL: it is no
 * scenario then, and *why (g_free) says why. */
struct scn *vary_load(const struct vary *v, const char *name, const char *value, char **why);
/* A value in effect as a number: of distributions the mean; of arrivals the rate. Strings live until the call
 * returns. */
struct vary_value {
    const char *name, *text;
    bool is_time;
    double number;    /* in `unit`                                              */
    const char *unit; /* "ms", "1/s", "%" ... (analysis/quantity.h); a constant */
};
/* Calls fn with each value in effect that is one. */
void vary_each_value(const struct vary *v, void (*fn)(const struct vary_value *value, void *user),
                     void *user);
/* The text with the times in it, or the rate or share that it is, multiplied: exp(5ms) becomes exp(6000000ns)
 * with 1.2. g_free. */
char *vary_scaled(const struct vary_value *value, double factor);
/* A text for this number of the same kind, where the value is 0 and cannot be multiplied. g_free. */
char *vary_constant(const struct vary_value *value, double number);

#endif
