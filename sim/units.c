/* units.c - numbers with units, as text.
 *
 * Integers are made from the digits themselves: whole * unit + fraction * unit / 10^digits in 128 bits,
 * never by way of a double, so 0.000000001s is 1 ns and 4611686018.427387905s is not off by one. */
#include "sim/units.h"

#include <math.h>
#include <string.h>

#define DIGITS "0123456789"

GQuark units_error_quark(void)
{
    return g_quark_from_static_string("imssim-units-error");
}

struct unit {
    const char *name;
    uint64_t size; /* in the smallest unit of the kind */
};

/* Each from small to large, ended by a NULL name. */
static const struct unit time_units[] = {
    {"ns",  1                          },
    {"us",  1000                       },
    {"ms",  1000000                    },
    {"s",   1000000000                 },
    {"min", UINT64_C(60) * 1000000000  },
    {"h",   UINT64_C(3600) * 1000000000},
    {NULL,  0                          },
};
static const struct unit bitrate_units[] = {
    {"bit/s",  1         },
    {"kbit/s", 1000      },
    {"Mbit/s", 1000000   },
    {"Gbit/s", 1000000000},
    {NULL,     0         },
};
static const struct unit size_units[] = {
    {"B",  1      },
    {"kB", 1000   },
    {"MB", 1000000},
    {NULL, 0      },
};
static const struct unit rate_units[] = {
    {"/s",   1   },
    {"/min", 60  },
    {"/h",   3600},
    {NULL,   0   },
};

/* What a kind of quantity is called, and what its parser takes, for messages. */
struct kind {
    const char *name;
    const char *accepted;
    const struct unit *units; /* NULL when it has none                     */
    uint64_t max;             /* of those held in integers, as the rest    */
    const char *largest;      /* max in words, for "at most .."            */
};

static const struct kind time_kind = {
    .name = "time",
    .accepted = "a number directly followed by ns, us, ms, s, min or h, such as 5ms or 1.5s",
    .units = time_units,
    .max = SIM_NEVER - 1,
    .largest = "about 292 years",
};
static const struct kind signed_time_kind = {
    .name = "time",
    .accepted =
        "a number, perhaps after a minus sign, directly followed by ns, us, ms, s, min or h, such as -5ms",
    .units = time_units,
    .max = SIM_NEVER - 1,
    .largest = "about 292 years",
};
static const struct kind bitrate_kind = {
    .name = "bit rate",
    .accepted = "a number directly followed by bit/s, kbit/s, Mbit/s or Gbit/s, such as 100Mbit/s",
    .units = bitrate_units,
    .max = UINT64_MAX,
    .largest = "18446744073Gbit/s",
};
static const struct kind size_kind = {
    .name = "size",
    .accepted = "a number directly followed by B, kB or MB, such as 1300B",
    .units = size_units,
    .max = UINT64_MAX,
    .largest = "18446744073709MB",
};
static const struct kind rate_kind = {
    .name = "rate",
    .accepted = "a number directly followed by /s, /min or /h, such as 10/s",
    .units = rate_units,
};
static const struct kind probability_kind = {
    .name = "probability",
    .accepted = "a number from 0 to 1, such as 0.01, or a percentage from 0% to 100%, such as 1%",
};
static const struct kind number_kind = {
    .name = "number",
    .accepted = "digits, perhaps with a decimal point, such as 2 or 1.5",
};

/* ---- reading --------------------------------------------------------------------------------- */

/* The parts of "123.45unit". */
struct decimal {
    const char *whole;
    size_t whole_len;
    const char *fraction;
    size_t fraction_len;
    const char *unit;
};

/* How much of a hostile text a message repeats. */
#define QUOTE 60

static bool fail(GError **error, enum units_error code, const struct kind *kind, const char *text,
                 const char *why)
{
    bool cut = strlen(text) > QUOTE;
    char *head = cut ? g_strndup(text, QUOTE) : g_strdup(text);
    char *quote = g_utf8_make_valid(head, -1);
    g_set_error(error, UNITS_ERROR, (int)code, "'%s%s' is not a %s: %s; accepted: %s", quote,
                cut ? "..." : "", kind->name, why, kind->accepted);
    g_free(quote);
    g_free(head);
    return false;
}

static bool split(const char *text, struct decimal *d)
{
    d->whole = text;
    d->whole_len = strspn(text, DIGITS);
    d->fraction = text + d->whole_len;
    d->fraction_len = 0;
    if (d->whole_len == 0)
        return false;
    if (*d->fraction == '.') {
        d->fraction++;
        d->fraction_len = strspn(d->fraction, DIGITS);
        if (d->fraction_len == 0)
            return false;
    }
    d->unit = d->fraction + d->fraction_len;
    return true;
}

/* Why a text that split() refused is no number. */
static const char *why_no_number(const char *text)
{
    if (*text == '\0')
        return "it is empty";
    if (*text == '-')
        return "it is negative";
    if (g_ascii_isspace(*text))
        return "it starts with a blank";
    if (*text == '.')
        return "a digit is missing before the point";
    if (g_ascii_isdigit(*text))
        return "a digit is missing after the point";
    return "it does not start with a digit";
}

static const char *why_no_unit(const char *unit)
{
    if (*unit == '\0')
        return "the unit is missing";
    if (g_ascii_isspace(*unit))
        return "there is a blank after the number";
    if (*unit == 'e' || *unit == 'E')
        return "exponents are not known";
    return "the unit is not known";
}

static const struct unit *find_unit(const struct unit *units, const char *name)
{
    for (; units->name; units++) {
        if (strcmp(units->name, name) == 0)
            return units;
    }
    return NULL;
}

enum rounding { EXACT, NEAREST };
enum conversion { CONVERTED, TOO_LARGE, TOO_FINE };

/* d, whose unit is `unit` of the smallest, as a whole number of the smallest, at most `max`. */
static enum conversion to_integer(const struct decimal *d, uint64_t unit, uint64_t max,
                                  enum rounding rounding, uint64_t *out)
{
    unsigned __int128 value = 0;
    for (size_t i = 0; i < d->whole_len; i++) {
        value = value * 10 + (unsigned)(d->whole[i] - '0');
        if (value > max)
            return TOO_LARGE;
    }
    value *= unit;

    /* No unit has more than 13 decimals that matter, so beyond 18 digits only "is there more" counts. */
    uint64_t fraction = 0, scale = 1;
    bool more = false;
    for (size_t i = 0; i < d->fraction_len; i++) {
        if (i < 18) {
            fraction = fraction * 10 + (unsigned)(d->fraction[i] - '0');
            scale *= 10;
        } else if (d->fraction[i] != '0') {
            more = true;
        }
    }
    unsigned __int128 part = (unsigned __int128)fraction * unit;
    if (rounding == NEAREST)
        part += scale / 2;
    else if (more || part % scale != 0)
        return TOO_FINE;
    value += part / scale;
    if (value > max)
        return TOO_LARGE;
    *out = (uint64_t)value;
    return CONVERTED;
}

/* `text` is quoted, `number` is the part of it after a sign. */
static bool parse_integer(const struct kind *kind, const char *text, const char *number, uint64_t *out,
                          GError **error)
{
    struct decimal d;
    if (!split(number, &d))
        return fail(error, UNITS_ERROR_SYNTAX, kind, text, why_no_number(number));
    const struct unit *unit = find_unit(kind->units, d.unit);
    if (!unit)
        return fail(error, UNITS_ERROR_SYNTAX, kind, text, why_no_unit(d.unit));

    char why[80];
    switch (to_integer(&d, unit->size, kind->max, EXACT, out)) {
    case TOO_LARGE:
        g_snprintf(why, sizeof why, "it is too large, at most %s", kind->largest);
        return fail(error, UNITS_ERROR_RANGE, kind, text, why);
    case TOO_FINE:
        g_snprintf(why, sizeof why, "it is finer than 1%s", kind->units[0].name);
        return fail(error, UNITS_ERROR_PRECISION, kind, text, why);
    case CONVERTED:
        break;
    }
    return true;
}

bool units_parse_time(const char *text, sim_time *out, GError **error)
{
    uint64_t ns;
    if (!parse_integer(&time_kind, text, text, &ns, error))
        return false;
    *out = (sim_time)ns;
    return true;
}

bool units_parse_signed_time(const char *text, sim_time *out, GError **error)
{
    uint64_t ns;
    bool negative = *text == '-';
    if (!parse_integer(&signed_time_kind, text, text + negative, &ns, error))
        return false;
    *out = negative ? -(sim_time)ns : (sim_time)ns;
    return true;
}

bool units_parse_bitrate(const char *text, uint64_t *out, GError **error)
{
    return parse_integer(&bitrate_kind, text, text, out, error);
}

bool units_parse_size(const char *text, uint64_t *out, GError **error)
{
    return parse_integer(&size_kind, text, text, out, error);
}

bool units_is_time_unit(const char *unit)
{
    return find_unit(time_units, unit) != NULL;
}

bool units_parse_time_in(const char *text, const char *unit, sim_time *out, GError **error)
{
    struct decimal d;
    uint64_t ns;
    const struct unit *u = find_unit(time_units, unit);
    g_return_val_if_fail(u != NULL, false);
    if (!split(text, &d))
        return fail(error, UNITS_ERROR_SYNTAX, &number_kind, text, why_no_number(text));
    if (*d.unit)
        return fail(error, UNITS_ERROR_SYNTAX, &number_kind, text, "something follows the digits");
    if (to_integer(&d, u->size, SIM_NEVER - 1, NEAREST, &ns) != CONVERTED)
        return fail(error, UNITS_ERROR_RANGE, &number_kind, text, "it is too large for a time");
    *out = (sim_time)ns;
    return true;
}

/* The double nearest to the digits times 10^exponent. */
static double to_double(const char *text, const struct decimal *d, int exponent)
{
    char *copy = g_strdup_printf("%.*se%d", (int)(d->unit - text), text, exponent);
    double x = g_ascii_strtod(copy, NULL);
    g_free(copy);
    return x;
}

bool units_parse_rate(const char *text, double *out, GError **error)
{
    struct decimal d;
    if (!split(text, &d))
        return fail(error, UNITS_ERROR_SYNTAX, &rate_kind, text, why_no_number(text));
    const struct unit *unit = find_unit(rate_units, d.unit);
    if (!unit)
        return fail(error, UNITS_ERROR_SYNTAX, &rate_kind, text, why_no_unit(d.unit));
    double x = to_double(text, &d, 0) / (double)unit->size;
    if (x > 1e12)
        return fail(error, UNITS_ERROR_RANGE, &rate_kind, text, "it is too large, at most 1000000000000/s");
    *out = x;
    return true;
}

bool units_parse_probability(const char *text, double *out, GError **error)
{
    struct decimal d;
    if (!split(text, &d))
        return fail(error, UNITS_ERROR_SYNTAX, &probability_kind, text, why_no_number(text));
    bool percent = strcmp(d.unit, "%") == 0;
    if (!percent && *d.unit)
        return fail(error, UNITS_ERROR_SYNTAX, &probability_kind, text, why_no_unit(d.unit));
    double p = to_double(text, &d, percent ? -2 : 0);
    if (p > 1)
        return fail(error, UNITS_ERROR_RANGE, &probability_kind, text, "it is above 1");
    *out = p;
    return true;
}

bool units_parse_number(const char *text, double *out, GError **error)
{
    struct decimal d;
    if (!split(text, &d))
        return fail(error, UNITS_ERROR_SYNTAX, &number_kind, text, why_no_number(text));
    if (*d.unit)
        return fail(error, UNITS_ERROR_SYNTAX, &number_kind, text,
                    *d.unit == 'e' || *d.unit == 'E' ? why_no_unit(d.unit) : "something follows the digits");
    double x = to_double(text, &d, 0);
    if (!isfinite(x))
        return fail(error, UNITS_ERROR_RANGE, &number_kind, text, "it is too large");
    *out = x;
    return true;
}

/* ---- writing --------------------------------------------------------------------------------- */

/* value / unit as an exact decimal into buf, or false when it has no end (1 ns in minutes). */
static bool exact_decimal(uint64_t value, uint64_t unit, char *buf, size_t size)
{
    int len = g_snprintf(buf, size, "%" G_GUINT64_FORMAT, value / unit);
    uint64_t rest = value % unit;
    if (rest)
        buf[len++] = '.';
    for (int i = 0; rest; i++) {
        if (i == 18 || (size_t)len + 2 > size)
            return false;
        rest *= 10; /* rest < unit <= 3.6e12 */
        buf[len++] = (char)('0' + rest / unit);
        rest %= unit;
    }
    buf[len] = '\0';
    return true;
}

/* The shortest exact text in a unit of which there is at least one; of two as short the one without a
 * point, then the one with the larger unit. */
static void print_integer(GString *out, const struct unit *units, uint64_t value)
{
    char best[80] = "", number[48], text[80];
    for (const struct unit *u = units; u->name; u++) {
        if ((value < u->size && u != units) || !exact_decimal(value, u->size, number, sizeof number))
            continue;
        g_snprintf(text, sizeof text, "%s%s", number, u->name);
        size_t old = strlen(best), new = strlen(text);
        bool worse_tie = new == old &&strchr(text, '.') && !strchr(best, '.');
        if (old == 0 || (new <= old && !worse_tie))
            memcpy(best, text, sizeof best);
    }
    g_string_append(out, best);
}

void units_print_time(GString *out, sim_time t)
{
    if (t == 0) {
        g_string_append(out, "0s");
        return;
    }
    if (t < 0)
        g_string_append_c(out, '-');
    print_integer(out, time_units, t < 0 ? -(uint64_t)t : (uint64_t)t);
}

void units_print_bitrate(GString *out, uint64_t bit_per_s)
{
    print_integer(out, bitrate_units, bit_per_s);
}

void units_print_size(GString *out, uint64_t bytes)
{
    print_integer(out, size_units, bytes);
}

/* Turns the "d.ddde-XX" of a double into plain digits. */
static void plain_decimal(GString *out, const char *scientific)
{
    const char *e = strchr(scientific, 'e');
    int exponent = (int)g_ascii_strtoll(e + 1, NULL, 10);
    GString *digits = g_string_new(NULL);
    for (const char *c = scientific; c < e; c++) {
        if (*c != '.')
            g_string_append_c(digits, *c);
    }
    while (digits->len > 1 && digits->str[digits->len - 1] == '0')
        g_string_truncate(digits, digits->len - 1);
    if (exponent < 0) {
        g_string_append(out, "0.");
        for (int i = -1; i > exponent; i--)
            g_string_append_c(out, '0');
        g_string_append(out, digits->str);
    } else {
        for (int i = 0; i <= exponent || i < (int)digits->len; i++) {
            if (i == exponent + 1)
                g_string_append_c(out, '.');
            g_string_append_c(out, i < (int)digits->len ? digits->str[i] : '0');
        }
    }
    g_string_free(digits, TRUE);
}

/* The shortest plain decimal of x >= 0 that, read back and divided by `divisor`, gives `value`; false when
 * no 17 digits do. */
static bool shortest(GString *out, double x, double divisor, double value)
{
    char buf[40];
    for (int precision = 0; precision < 17; precision++) {
        char format[8];
        g_snprintf(format, sizeof format, "%%.%de", precision);
        g_ascii_formatd(buf, sizeof buf, format, x);
        if (g_ascii_strtod(buf, NULL) / divisor == value) {
            plain_decimal(out, buf);
            return true;
        }
    }
    return false;
}

void units_print_number(GString *out, double x)
{
    shortest(out, x, 1, x);
}

void units_print_probability(GString *out, double p)
{
    shortest(out, p, 1, p);
}

void units_print_rate(GString *out, double per_s)
{
    GString *best = NULL;
    for (const struct unit *u = rate_units; u->name; u++) {
        GString *text = g_string_new(NULL);
        bool found = shortest(text, per_s * (double)u->size, (double)u->size, per_s);
        g_string_append(text, u->name);
        if (found && (!best || text->len < best->len)) {
            GString *worse = best;
            best = text;
            text = worse;
        }
        if (text)
            g_string_free(text, TRUE);
    }
    g_string_append(out, best->str);
    g_string_free(best, TRUE);
}

char *units_format_time(char buf[32], sim_time t)
{
    static const char *const names[] = {"us", "ms", "s"};
    const char *sign = t < 0 ? "-" : "";
    uint64_t ns = t < 0 ? -(uint64_t)t : (uint64_t)t;
    if (t == SIM_NEVER) {
        g_strlcpy(buf, "never", 32);
        return buf;
    }
    if (ns < 1000) {
        g_snprintf(buf, 32, "%s%u ns", sign, (unsigned)ns);
        return buf;
    }
    /* Thousandths of a unit; a value that rounds up to 1000 units moves on to the next. */
    uint64_t thousandth = 1, v = ns;
    int unit = 0;
    while (v >= 1000000 && unit < 2) {
        thousandth *= 1000;
        v = ns / thousandth + (ns % thousandth * 2 >= thousandth);
        unit++;
    }
    g_snprintf(buf, 32, "%s%" G_GUINT64_FORMAT ".%03u %s", sign, v / 1000, (unsigned)(v % 1000), names[unit]);
    return buf;
}
