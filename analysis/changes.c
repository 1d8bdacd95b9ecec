/* changes.c - what one hop changed in a message (see changes.h).
 *
 * A text is taken apart into its start line, its headers and its body. Repeated headers and the entries of a
 * comma-separated one are the same thing (RFC 3261 7.3.1), so each header name has a list of entries, and the
 * lists are compared by their longest common subsequence. */
#include "analysis/changes.h"

#include <string.h>

/* A header name and its entries; name "" is the start line, NULL the body. */
struct field {
    char *name;
    GPtrArray *entries; /* char *, owned */
};

static void free_field(gpointer data)
{
    struct field *f = data;
    g_ptr_array_free(f->entries, TRUE);
    g_free(f->name);
    g_free(f);
}

static struct field *find_field(const GPtrArray *fields, const char *name)
{
    for (guint i = 0; i < fields->len; i++) {
        struct field *f = g_ptr_array_index(fields, i);
        if (g_strcmp0(f->name, name) == 0)
            return f;
    }
    return NULL;
}

static void add_entry(GPtrArray *fields, const char *name, char *entry)
{
    struct field *f = find_field(fields, name);
    if (!f) {
        f = g_new0(struct field, 1);
        f->name = g_strdup(name);
        f->entries = g_ptr_array_new_with_free_func(g_free);
        g_ptr_array_add(fields, f);
    }
    g_ptr_array_add(f->entries, g_strstrip(entry));
}

/* Splits at commas outside quotes and angle brackets. */
static void add_value(GPtrArray *fields, const char *name, const char *value)
{
    bool quoted = false, bracketed = false;
    const char *start = value, *at = value;
    for (; *at; at++) {
        if (*at == '"')
            quoted = !quoted;
        else if (!quoted && (*at == '<' || *at == '>'))
            bracketed = *at == '<';
        else if (*at == ',' && !quoted && !bracketed) {
            add_entry(fields, name, g_strndup(start, (gsize)(at - start)));
            start = at + 1;
        }
    }
    add_entry(fields, name, g_strdup(start));
}

static void add_header(GPtrArray *fields, const char *line)
{
    const char *colon = strchr(line, ':');
    if (!colon) {
        add_entry(fields, line, g_strdup(""));
        return;
    }
    char *name = g_strndup(line, (gsize)(colon - line));
    add_value(fields, name, colon + 1);
    g_free(name);
}

static GPtrArray *parse(const char *text)
{
    GPtrArray *fields = g_ptr_array_new_with_free_func(free_field);
    char **lines = g_strsplit(text, "\n", -1);
    bool body = false;
    for (char **line = lines; *line; line++) {
        g_strchomp(*line);
        if (line == lines)
            add_entry(fields, "", g_strdup(*line));
        else if (body && (**line || line[1]))
            add_entry(fields, NULL, g_strdup(*line));
        else if (**line)
            add_header(fields, *line);
        else
            body = true;
    }
    g_strfreev(lines);
    return fields;
}

static const char *entry(const struct field *f, guint i)
{
    return g_ptr_array_index(f->entries, i);
}

static void put(char sign, const struct field *f, guint i, GString *out)
{
    if (!f->name)
        g_string_append_printf(out, "%c body: %s\n", sign, entry(f, i));
    else if (*f->name)
        g_string_append_printf(out, "%c %s: %s\n", sign, f->name, entry(f, i));
    else
        g_string_append_printf(out, "%c %s\n", sign, entry(f, i));
}

/* length[i * (m + 1) + j]: of the longest common subsequence of a's entries from i and b's from j on. */
static guint *common(const struct field *a, const struct field *b)
{
    guint n = a->entries->len, m = b->entries->len;
    guint *length = g_new0(guint, (gsize)(n + 1) * (m + 1));
    for (guint i = n; i-- > 0;)
        for (guint j = m; j-- > 0;)
            length[i * (m + 1) + j] = strcmp(entry(a, i), entry(b, j)) == 0
                                          ? length[(i + 1) * (m + 1) + j + 1] + 1
                                          : MAX(length[(i + 1) * (m + 1) + j], length[i * (m + 1) + j + 1]);
    return length;
}

static void compare_lists(const struct field *a, const struct field *b, GString *out)
{
    guint n = a->entries->len, m = b->entries->len, i = 0, j = 0;
    guint *length = common(a, b);
    while (i < n || j < m) {
        if (i < n && j < m && strcmp(entry(a, i), entry(b, j)) == 0) {
            i++;
            j++;
        } else if (j == m || (i < n && length[(i + 1) * (m + 1) + j] >= length[i * (m + 1) + j + 1])) {
            put('-', a, i++, out);
        } else {
            put('+', b, j++, out);
        }
    }
    g_free(length);
}

static void compare(const struct field *a, const struct field *b, bool utf8, GString *out)
{
    if (a->name && a->entries->len == 1 && b->entries->len == 1) {
        if (strcmp(entry(a, 0), entry(b, 0)) == 0)
            return;
        put('~', a, 0, out);
        g_string_truncate(out, out->len - 1);
        g_string_append_printf(out, " %s %s\n", utf8 ? "\u2192" : "->", entry(b, 0));
        return;
    }
    compare_lists(a, b, out);
}

void changes_print(const char *before, const char *after, bool utf8, GString *out)
{
    GPtrArray *old = parse(before), *new = parse(after);
    for (guint i = 0; i < new->len; i++) {
        const struct field *b = g_ptr_array_index(new, i), *a = find_field(old, b->name);
        if (a)
            compare(a, b, utf8, out);
        for (guint j = 0; !a && j < b->entries->len; j++)
            put('+', b, j, out);
    }
    for (guint i = 0; i < old->len; i++) {
        const struct field *a = g_ptr_array_index(old, i);
        for (guint j = 0; !find_field(new, a->name) && j < a->entries->len; j++)
            put('-', a, j, out);
    }
    g_ptr_array_free(old, TRUE);
    g_ptr_array_free(new, TRUE);
}
