/* values.c - lists and ranges of values (see values.h). */
#include "app/experiment/values.h"

#include "app/experiment/sweep_error.h"
#include "sim/units.h"

#include <math.h>
#include <string.h>

/* ---- kinds of quantities ------------------------------------------------------------------------------- */

struct values_kind {
    const char *name;
    bool (*parse)(const char *text, double *value); /* into its smallest unit */
    void (*print)(GString *out, double value);
};

static bool parse_number(const char *text, double *value)
{
    return units_parse_number(text, value, NULL);
}

/* Nine digits: what a step or a root adds beyond is noise. */
static double rounded(double value)
{
    char buf[G_ASCII_DTOSTR_BUF_SIZE];
    return g_ascii_strtod(g_ascii_formatd(buf, sizeof buf, "%.9g", value), NULL);
}

static void print_number(GString *out, double value)
{
    units_print_number(out, rounded(value));
}

static bool parse_time(const char *text, double *value)
{
    sim_time t;
    bool is = units_parse_time(text, &t, NULL);
    *value = is ? (double)t : 0;
    return is;
}

static void print_time(GString *out, double value)
{
    units_print_time(out, (sim_time)round(value));
}

static bool parse_rate(const char *text, double *value)
{
    return units_parse_rate(text, value, NULL);
}

static void print_rate(GString *out, double value)
{
    units_print_rate(out, rounded(value));
}

static bool parse_percent(const char *text, double *value)
{
    return g_str_has_suffix(text, "%") && units_parse_probability(text, value, NULL);
}

static void print_percent(GString *out, double value)
{
    units_print_number(out, rounded(100 * value));
    g_string_append_c(out, '%');
}

static bool parse_bitrate(const char *text, double *value)
{
    uint64_t rate;
    bool is = units_parse_bitrate(text, &rate, NULL);
    *value = is ? (double)rate : 0;
    return is;
}

static void print_bitrate(GString *out, double value)
{
    units_print_bitrate(out, (uint64_t)round(value));
}

static bool parse_size(const char *text, double *value)
{
    uint64_t size;
    bool is = units_parse_size(text, &size, NULL);
    *value = is ? (double)size : 0;
    return is;
}

static void print_size(GString *out, double value)
{
    units_print_size(out, (uint64_t)round(value));
}

static const struct values_kind kinds[] = {
    {"a number",   parse_number,  print_number },
    {"a time",     parse_time,    print_time   },
    {"a rate",     parse_rate,    print_rate   },
    {"a share",    parse_percent, print_percent},
    {"a bit rate", parse_bitrate, print_bitrate},
    {"a size",     parse_size,    print_size   },
};

static const struct values_kind *kind_of(const char *text, double *value)
{
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (kinds[i].parse(text, value))
            return &kinds[i];
    return NULL;
}

static char *text_of(const struct values_kind *kind, double value)
{
    GString *text = g_string_new(NULL);

    kind->print(text, value);
    return g_string_free(text, FALSE);
}

/* ---- words --------------------------------------------------------------------------------------------- */

/* The words of a list; blanks within parentheses and quotes are part of a word, quotes around one are not. */
static GPtrArray *words_of(const char *text)
{
    GPtrArray *words = g_ptr_array_new_with_free_func(g_free);
    GString *word = g_string_new(NULL);
    bool any = false;
    int depth = 0;
    char quote = '\0';

    for (const char *p = text;; p++) {
        if (!*p || (!quote && depth == 0 && g_ascii_isspace(*p))) {
            if (any)
                g_ptr_array_add(words, g_strdup(word->str));
            g_string_truncate(word, 0);
            any = false;
            if (!*p)
                break;
            continue;
        }
        any = true;
        if (quote && *p == quote) {
            quote = '\0';
            continue;
        }
        if (!quote && depth == 0 && word->len == 0 && (*p == '\'' || *p == '"')) {
            quote = *p;
            continue;
        }
        depth += quote ? 0 : *p == '(' || *p == '[' ? 1 : *p == ')' || *p == ']' ? -1 : 0;
        depth = MAX(depth, 0);
        g_string_append_c(word, *p);
    }
    g_string_free(word, TRUE);
    return words;
}

/* ---- ranges --------------------------------------------------------------------------------------------- */

static bool add_steps(struct values *v, const char *step_text, GError **error)
{
    double step;

    if (!v->kind->parse(step_text, &step) || step <= 0)
        return sweep_fail(error, "\"%s\" is no step: it takes %s above 0", step_text, v->kind->name);
    double steps = floor((v->to - v->from) / step + 1e-9);
    if (steps >= VALUES_MAX)
        return sweep_fail(error, "these are more than %d values", VALUES_MAX);
    for (double i = 0; i <= steps; i++)
        g_ptr_array_add(v->texts, text_of(v->kind, v->from + i * step));
    return true;
}

/* Nobody means more digits of a value that was chosen between two others. */
static double roughly(double value)
{
    char buf[G_ASCII_DTOSTR_BUF_SIZE];
    return g_ascii_strtod(g_ascii_formatd(buf, sizeof buf, "%.5g", value), NULL);
}

char *values_at(const struct values *v, double share)
{
    double value = v->logarithmic ? v->from * pow(v->to / v->from, share) : v->from + share * (v->to - v->from);

    if (share <= 0 || share >= 1)
        return text_of(v->kind, share <= 0 ? v->from : v->to);
    return text_of(v->kind, roughly(value));
}

static bool add_spread(struct values *v, const char *count_text, GError **error)
{
    guint64 count;

    if (!g_ascii_string_to_unsigned(count_text, 10, 2, VALUES_MAX, &count, NULL))
        return sweep_fail(error, "\"%s\" is no number of values: from 2 to %d", count_text, VALUES_MAX);
    for (guint64 i = 0; i < count; i++)
        g_ptr_array_add(v->texts, values_at(v, (double)i / (double)(count - 1)));
    return true;
}

/* FROM..TO [step STEP | log [N] | linear N] */
static bool parse_range(struct values *v, char **words, guint n, GError **error)
{
    char *dots = strstr(words[0], ".."), *from = g_strndup(words[0], (gsize)(dots - words[0]));
    const char *to = dots + 2, *how = n > 1 ? words[1] : "";
    bool log = strcmp(how, "log") == 0, good = false;

    v->kind = kind_of(from, &v->from);
    v->logarithmic = log;
    if (!v->kind)
        sweep_fail(error, "\"%s\" is no quantity that a range can begin with", from);
    else if (!v->kind->parse(to, &v->to))
        sweep_fail(error, "\"%s..%s\": it begins with %s and has to end with one", from, to, v->kind->name);
    else if (v->to < v->from)
        sweep_fail(error, "\"%s..%s\" has nothing in it: it ends before it begins", from, to);
    else if (log && v->from <= 0)
        sweep_fail(error, "\"%s..%s\": by ratio it has to begin above 0", from, to);
    else if (n == 1 || (log && n == 2))
        good = true;
    else if (n == 3 && strcmp(how, "step") == 0)
        good = add_steps(v, words[2], error);
    else if (n == 3 && (log || strcmp(how, "linear") == 0))
        good = add_spread(v, words[2], error);
    else
        sweep_fail(error, "after \"%s..%s\" it takes: step STEP, log N, linear N, log, or nothing", from, to);
    g_free(from);
    if (v->texts->len)
        v->kind = NULL; /* a list from now on */
    return good;
}

static bool has_dots(const char *word)
{
    return strstr(word, "..") && !strpbrk(word, "([");
}

bool values_parse(struct values *v, const char *text, GError **error)
{
    *v = (struct values){.texts = g_ptr_array_new_with_free_func(g_free)};
    GPtrArray *words = words_of(text);
    bool good = words->len > 0;

    if (!good) {
        sweep_fail(error, "no value: it takes a list such as \"5ms 10ms\", or a range such as \"1ms..50ms step 1ms\"");
    } else if (has_dots(g_ptr_array_index(words, 0))) {
        good = parse_range(v, (char **)words->pdata, words->len, error);
    } else if (words->len > VALUES_MAX) {
        good = sweep_fail(error, "these are more than %d values", VALUES_MAX);
    } else {
        for (guint i = 0; i < words->len; i++)
            g_ptr_array_add(v->texts, g_strdup(g_ptr_array_index(words, i)));
    }
    g_ptr_array_unref(words);
    return good;
}

void values_clear(struct values *v)
{
    if (v->texts)
        g_ptr_array_unref(v->texts);
    *v = (struct values){0};
}
