/* condition.h - which points of a sweep are meant: comparisons of factors.
 *
 *     load > 40 and latency = 50ms
 *     not (profile = lean or latency >= 20ms)
 *     caller = called
 *
 * An operand is the name of a factor or a value; one with blanks or parentheses stands in quotes. Operators: = != < <=
 * > >=, in XML more easily eq ne lt le gt ge; and binds closer than or. Quantities are compared as numbers, whatever their
 * units are called (1s = 1000ms), a distribution by its mean; other values can only be equal or not. */
#ifndef APP_EXPERIMENT_CONDITION_H
#define APP_EXPERIMENT_CONDITION_H

#include <glib.h>
#include <stdbool.h>

struct condition;

/* Parses. `names` are the factors, NULL-terminated, and have to live on. NULL and an error (a sentence) when it makes
 * no sense. */
struct condition *condition_parse(const char *text, const char *const *names, GError **error);
void condition_free(struct condition *c);
/* Whether it holds where factor i has the value values[i]. With an error, and false, when two values cannot be
 * compared. */
bool condition_holds(const struct condition *c, const char *const *values, GError **error);

#endif
