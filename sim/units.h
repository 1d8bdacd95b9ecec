/* units.h - numbers with units, as text: times, bit rates, arrival rates, probabilities, sizes.
 *
 * One grammar for every place where a person writes a quantity. A number is digits, or digits "." digits:
 * no sign, no exponent, no blanks, always a point whatever the locale. The unit follows directly and is
 * never left out, not even after 0.
 *
 *   time          NUMBER(ns|us|ms|s|min|h)           5ms  1.5s  0s
 *   signed time   the same after an optional "-"     -2ms
 *   bit rate      NUMBER(bit/s|kbit/s|Mbit/s|Gbit/s) 100Mbit/s; k, M, G are powers of 1000
 *   rate          NUMBER(/s|/min|/h)                 10/s
 *   probability   NUMBER or NUMBER%                  0.01  1%; from 0 to 1
 *   size          NUMBER(B|kB|MB)                    1300B; k, M are powers of 1000
 *
 * What is held in integers (time, bit rate, size) is converted exactly: text that stands for a fraction of
 * the smallest unit is an error, not rounded. What is held in a double is the double nearest to the text
 * (rates per min and h: that, divided).
 *
 * Parsers return false, leave *out alone and set `error` (domain UNITS_ERROR) to a message that quotes the
 * text and says what is accepted. Printers append text that the parser of the same kind turns into the same
 * value. Where error is NULL nothing is said. */
#ifndef SIM_UNITS_H
#define SIM_UNITS_H

#include "sim/time.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define UNITS_ERROR (units_error_quark())
enum units_error {
    UNITS_ERROR_SYNTAX,    /* is not a quantity of this kind            */
    UNITS_ERROR_RANGE,     /* is one, but too large                     */
    UNITS_ERROR_PRECISION, /* is one, but finer than the smallest unit  */
};
GQuark units_error_quark(void);

/* ns in [0, SIM_NEVER): up to about 292 years. */
bool units_parse_time(const char *text, sim_time *out, GError **error);
/* ns, of either sign. */
bool units_parse_signed_time(const char *text, sim_time *out, GError **error);
/* bit/s, a whole number. 0 is let through: what it means is up to the caller. */
bool units_parse_bitrate(const char *text, uint64_t *out, GError **error);
/* Events per second. */
bool units_parse_rate(const char *text, double *out, GError **error);
/* In [0, 1]. */
bool units_parse_probability(const char *text, double *out, GError **error);
/* Bytes, a whole number. */
bool units_parse_size(const char *text, uint64_t *out, GError **error);
/* A bare number without a unit (a shape, a factor). */
bool units_parse_number(const char *text, double *out, GError **error);

/* A column of measured times: digits without a unit, in the unit that `unit` names (as in a header "x_ms":
 * "ms"). Measurements may be finer than a ns: rounded to nearest, halves up. */
bool units_parse_time_in(const char *text, const char *unit, sim_time *out, GError **error);
/* Whether `unit` is one of ns, us, ms, s, min, h. */
bool units_is_time_unit(const char *unit);

/* The shortest exact text of at least 1 unit: "5ms", "1.5s", "90s", "3min". Of two as short, the one without
 * a point, then the larger unit. Negative times come out as units_parse_signed_time() takes them. */
void units_print_time(GString *out, sim_time t);
void units_print_bitrate(GString *out, uint64_t bit_per_s);
void units_print_rate(GString *out, double per_s);
void units_print_probability(GString *out, double p);
void units_print_size(GString *out, uint64_t bytes);
void units_print_number(GString *out, double x);

/* For people, rounded to three decimals of a suiting unit: "12.345 ms", "5.000 s", "250 ns"; "never" for
 * SIM_NEVER. Not for parsing back. Returns buf. */
char *units_format_time(char buf[32], sim_time t);

#endif
