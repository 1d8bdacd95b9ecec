/* values.h - what a factor of a sweep may be: lists and ranges of values.
 *
 *     5ms 10ms 20ms               a list, separated by blanks outside of parentheses and quotes
 *     1ms..50ms step 1ms          from, to (if a step ends there), step
 *     1ms..1s log 10              ten values, each the same multiple of the one before
 *     0ms..100ms linear 5         five values, equally far apart
 *     1ms..50ms                   any value between, for designs that choose one themselves
 *     1ms..50ms log               the same, where each ratio counts alike
 *
 * A range takes quantities with units (sim/units.h), both ends of one kind. Values between are rounded to what the kind
 * can hold (whole ns, bit/s, bytes); those that were not said as from, to or step, to five digits. */
#ifndef APP_EXPERIMENT_VALUES_H
#define APP_EXPERIMENT_VALUES_H

#include <glib.h>
#include <stdbool.h>

/* Most values of one list or range. */
#define VALUES_MAX 100000

struct values {
    GPtrArray *texts; /* char *; empty: continuous           */
    bool logarithmic; /* continuous: by ratio                */
    double from, to;  /* continuous: ends, in `kind`'s unit  */
    const struct values_kind *kind;
};

/* Parses; false and an error (a sentence that says what is accepted). values_clear() in either case. */
bool values_parse(struct values *v, const char *text, GError **error);
void values_clear(struct values *v);
static inline bool values_continuous(const struct values *v)
{
    return v->kind != NULL;
}
/* The value at this share, 0 to 1, of a continuous range. g_free. */
char *values_at(const struct values *v, double share);

#endif
