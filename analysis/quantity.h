/* quantity.h - values of parameters as numbers, for axes and comparisons. */
#ifndef ANALYSIS_QUANTITY_H
#define ANALYSIS_QUANTITY_H

#include <stdbool.h>

/* What the text of a value says as a number, and its unit:
 *
 *     times and distributions of times    their mean, "ms"
 *     rates, and poisson(rate)            "1/s"
 *     shares of 100                       "%"
 *     bit rates                           "kbit/s"
 *     sizes                               "B"
 *     bare numbers                        ""
 *
 * False: it is no number. `unit` is a constant. */
bool quantity_number(const char *text, double *value, const char **unit);

#endif
