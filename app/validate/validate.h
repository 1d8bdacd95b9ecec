/* validate.h - the simulator against what is known without it: closed forms, sums of constants, published
 * numbers.
 *
 * A validation (validate.def) simulates something and makes checks: each has the simulated value, what it
 * ought to be, and whether it is. The kinds:
 *
 *   exact     the value is this one, to the nanosecond or to the message
 *   interval  the 99 % interval (Student's t) of the mean of independent runs contains the closed form, and
 * reaches no further from the mean than a stated share of it, so that the agreement means something band the
 * mean of the runs, or the value, lies in a published or reckoned band shown     a band that nobody is bound
 * to: a target of operators, a rule of thumb; nothing passes or misses
 *
 * Seeds are fixed: the same program gives the same values, for any number of threads. */
#ifndef APP_VALIDATE_VALIDATE_H
#define APP_VALIDATE_VALIDATE_H

#include <glib.h>
#include <stdbool.h>

/* ---- what there is --------------------------------------------------------------------------------- */

struct validation;

enum validate_group {
#define GROUP(id, ...) VALIDATE_GROUP_##id,
#include "app/validate/validate.def"
    VALIDATE_GROUPS
};

struct validate_group_decl {
    const char *name, *title, *about; /* about: "" when there is nothing to say */
};
extern const struct validate_group_decl validate_groups[VALIDATE_GROUPS];

struct validate_decl {
    const char *name;
    enum validate_group group;
    const char *title, *scenario, *theory;
    const char *source, *confidence; /* of what is expected */
    void (*run)(struct validation *v);
};
extern const struct validate_decl validate_table[];
extern const size_t validate_count;

/* ---- what came of it ------------------------------------------------------------------------------- */

enum comparison_kind { COMPARE_EXACT, COMPARE_INTERVAL, COMPARE_BAND, COMPARE_SHOWN };
extern const char *const comparison_kind_names[];

struct comparison {
    enum comparison_kind kind;
    char *what;
    const char *unit;       /* of the numbers below: "ms", "hops" ...; "": none                */
    double value;           /* simulated; the mean of the runs                                 */
    double expected;        /* exact, interval; else NaN                                       */
    double low, high;       /* band, shown: its ends, -INFINITY or INFINITY where it has none  */
    double ci_low, ci_high; /* 95 % interval around the value; NaN when there is none          */
    unsigned runs;
    const char *source, *confidence; /* of what is expected            */
    bool inside;                     /* as expected                    */
    char *why;                       /* it is not: more on it; or NULL */
};

struct validation {
    const struct validate_decl *decl;
    const struct validate_opts *opts;
    const char *source, *confidence; /* of the checks that are made next              */
    GArray *checks;                  /* struct comparison, in the order they were made */
    char *broken;                    /* NULL, or why it did not come to its end        */
    bool stopped;                    /* it was interrupted                             */
};

/* Whether a check is one that has to hold, and does not. */
static inline bool comparison_missed(const struct comparison *c)
{
    return c->kind != COMPARE_SHOWN && !c->inside;
}

/* ---- running --------------------------------------------------------------------------------------- */

struct validate_progress {
    unsigned wanted, done; /* validations  */
    double elapsed_s;      /* of real time */
};

struct validate_opts {
    unsigned threads;
    /* At most so many runs of each scenario; 0: as many as the intervals need. With fewer, intervals are
     * taken at 99.9 % and may be of any width: it is a quick look, not a validation. */
    unsigned runs_max;
    const volatile int *interrupt;
    /* Called in the caller's thread about five times a second and once at the end; or NULL. */
    void (*progress)(const struct validate_progress *progress, void *user);
    void *user;
    /* For tests: called in a worker after each hour of the longest run (1, 2 ...); or NULL. */
    void (*each_hour)(unsigned hour, void *user);
};

/* The validations that these words name, in the order of the table: a group, or one of them; no words: all.
 * Elements are const struct validate_decl *. NULL when a word names nothing: *unknown is it.
 * g_ptr_array_free(). */
GPtrArray *validate_select(char *const *words, const char **unknown);

/* Makes them. The result has a struct validation * for each, in that order; those that an interruption kept
 * from beginning have no checks. g_ptr_array_free(). */
GPtrArray *validate_run(const GPtrArray *decls, const struct validate_opts *opts);

struct validate_sum {
    unsigned passed, missed, shown, broken; /* checks; broken: validations that did not come to their end */
    bool stopped;
};
struct validate_sum validate_count_up(const GPtrArray *validations);

/* ---- printing -------------------------------------------------------------------------------------- */

/* For a terminal: a table for each group, and the counts. */
void validate_print_text(const GPtrArray *validations, const struct validate_opts *opts, GString *out);
/* As docs/validation.md has it. */
void validate_print_markdown(const GPtrArray *validations, const struct validate_opts *opts, GString *out);
void validate_print_json(const GPtrArray *validations, const struct validate_opts *opts, const char *program,
                         GString *out);

#endif
