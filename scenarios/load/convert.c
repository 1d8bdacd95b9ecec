/* convert.c - the text of one attribute -> the field of a struct. */
#include "scenarios/load/load_int.h"

#include "sim/dist.h"
#include "sim/units.h"

#include <errno.h>
#include <string.h>

/* A text that stands for a value ("unlimited", "udp"); NULL if there is none for it. */
static const struct scn_value_row *value_named(enum scn_type type, const char *text)
{
    for (const struct scn_value_row *row = scn_values; row->text; row++) {
        if (row->type == type && strcmp(row->text, text) == 0)
            return row;
    }
    return NULL;
}

static bool refuse(enum scn_type type, const char *text, GError **error)
{
    g_set_error(error, UNITS_ERROR, UNITS_ERROR_SYNTAX, "\"%s\" is not accepted; it takes %s", text,
                scn_accepts(type));
    return false;
}

/* Digits, then at most the unit that the type is counted in ("25kbit/s"). */
static bool whole_number(enum scn_type type, const char *text, uint64_t max, uint64_t *out, GError **error)
{
    char *end = NULL;

    errno = 0;
    *out = g_ascii_isdigit(*text) ? g_ascii_strtoull(text, &end, 10) : 0;
    if (!end || errno == ERANGE || *out > max || (*end && strcmp(end, scn_types[type].unit) != 0))
        return refuse(type, text, error);
    return true;
}

static char **split(enum scn_type type, const char *text)
{
    char **parts = g_strsplit_set(text, type == SCN_T_NAMES ? ";" : " \t\r\n", -1);
    guint kept = 0;

    for (guint i = 0; parts[i]; i++) {
        g_strstrip(parts[i]);
        if (*parts[i])
            parts[kept++] = parts[i];
        else
            g_free(parts[i]);
    }
    parts[kept] = NULL;
    return parts;
}

/* XML's "collapse": blanks at the ends do not count, nor more than one in between. g_free. */
static char *collapse(enum scn_type type, const char *text)
{
    char *copy = g_strdup(text), *to = copy;

    if (scn_types[type].ctype == SCN_C_STRING && (type == SCN_T_DISPLAY || type == SCN_T_HEADER))
        return copy;
    for (const char *from = copy; *from; from++) {
        bool blank = strchr(" \t\r\n", *from) != NULL;
        if (blank && (to == copy || to[-1] == ' '))
            continue;
        *to++ = blank ? ' ' : *from;
    }
    while (to > copy && to[-1] == ' ')
        to--;
    *to = '\0';
    return copy;
}

static bool convert_number(enum scn_type type, const char *text, void *field, GError **error)
{
    const struct scn_value_row *named = value_named(type, text);
    uint64_t number = 0;
    bool ok = true;

    switch (scn_types[type].ctype) {
    case SCN_C_BOOL:
        ok = named || refuse(type, text, error);
        *(bool *)field = named && named->value;
        break;
    case SCN_C_INT:
        if (!named && !scn_types[type].accepts)
            return refuse(type, text, error);
        ok = named || whole_number(type, text, 1000000000, &number, error);
        *(int *)field = named ? (int)named->value : (int)number;
        break;
    case SCN_C_U64:
        if (!named && type == SCN_T_SIZE_LIMIT)
            ok = units_parse_size(text, &number, error);
        else if (!named)
            ok = whole_number(type, text, UINT64_MAX, &number, error);
        *(uint64_t *)field = named ? (uint64_t)named->value : number;
        break;
    case SCN_C_REAL:
        if (named || type == SCN_T_BIT_RATE) {
            ok = named || units_parse_bitrate(text, &number, error);
            *(double *)field = named ? (double)named->value : (double)number;
        } else {
            ok = units_parse_probability(text, field, error);
        }
        break;
    case SCN_C_TIME:
        if (named)
            *(sim_time *)field = named->value;
        else
            ok = units_parse_time(text, field, error);
        break;
    default:
        g_assert_not_reached();
    }
    return ok;
}

/* poisson(RATE), periodic(RATE), every(DISTRIBUTION): the time between two. */
static bool parse_arrivals(const char *text, const char *base_dir, struct dist *out, GError **error)
{
    const char *open = strchr(text, '(');
    size_t length = strlen(text);
    bool ok = false;

    if (!open || text[length - 1] != ')') {
        g_set_error(error, UNITS_ERROR, 0, "\"%s\" is no arrival process", text);
        return false;
    }
    char *inner = g_strndup(open + 1, length - (size_t)(open - text) - 2);
    if (g_str_has_prefix(text, "every(")) {
        ok = dist_parse(out, inner, base_dir, error);
    } else {
        double rate = 0;
        ok = units_parse_rate(inner, &rate, error);
        if (ok && !(rate > 0)) {
            g_set_error(error, UNITS_ERROR, 0, "the rate in \"%s\" must be above 0", text);
            ok = false;
        }
        if (ok) {
            char *mean = g_strdup_printf(g_str_has_prefix(text, "poisson(") ? "exp(%" G_GINT64_FORMAT "ns)" : "%" G_GINT64_FORMAT "ns",
                                         sim_time_from_s(1 / rate));
            ok = dist_parse(out, mean, NULL, error);
            g_free(mean);
        }
    }
    g_free(inner);
    return ok;
}

bool scn_convert(enum scn_type type, const char *given, const char *base_dir, void *field, GError **error)
{
    char *text = collapse(type, given);
    bool ok = true;

    scn_convert_clear(type, field);
    switch (scn_types[type].ctype) {
    case SCN_C_NOTHING:
        break;
    case SCN_C_STRING:
        *(char **)field = g_strdup(text);
        break;
    case SCN_C_STRINGS:
        *(char ***)field = split(type, text);
        break;
    case SCN_C_DIST:
        if (type == SCN_T_ARRIVALS)
            ok = parse_arrivals(text, base_dir ? base_dir : ".", field, error);
        else
            ok = dist_parse(field, text, base_dir ? base_dir : ".", error);
        break;
    default:
        ok = convert_number(type, text, field, error);
    }
    g_free(text);
    return ok;
}

void scn_convert_clear(enum scn_type type, void *field)
{
    switch (scn_types[type].ctype) {
    case SCN_C_STRING:
        g_clear_pointer((char **)field, g_free);
        break;
    case SCN_C_STRINGS:
        g_clear_pointer((char ***)field, g_strfreev);
        break;
    case SCN_C_DIST:
        dist_clear(field);
        break;
    default:
        break;
    }
}
