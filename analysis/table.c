/* table.c - text in aligned columns (see table.h). */
#include "analysis/table.h"

#include <stdarg.h>
#include <string.h>

struct table {
    char *align;
    size_t columns;
    GPtrArray *cells; /* char *, headings first */
};

struct table *table_new(const char *headings, const char *align)
{
    struct table *t = g_new0(struct table, 1);
    char **heading = g_strsplit(headings, "\t", -1);

    t->align = g_strdup(align);
    t->columns = strlen(align);
    t->cells = g_ptr_array_new_with_free_func(g_free);
    g_assert(g_strv_length(heading) == t->columns);
    for (size_t c = 0; c < t->columns; c++)
        table_cell(t, heading[c]);
    g_strfreev(heading);
    return t;
}

void table_free(struct table *t)
{
    g_ptr_array_free(t->cells, TRUE);
    g_free(t->align);
    g_free(t);
}

void table_cell(struct table *t, const char *text)
{
    g_ptr_array_add(t->cells, g_strdup(text ? text : ""));
}

void table_cellf(struct table *t, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_ptr_array_add(t->cells, g_strdup_vprintf(format, args));
    va_end(args);
}

size_t table_rows(const struct table *t)
{
    return t->cells->len / t->columns - 1;
}

static const char *cell_at(const struct table *t, size_t row, size_t column)
{
    return g_ptr_array_index(t->cells, row * t->columns + column);
}

static void pad(GString *out, size_t n)
{
    while (n--)
        g_string_append_c(out, ' ');
}

static void print_row(const struct table *t, size_t row, const size_t *width, unsigned indent, GString *out)
{
    size_t owed = indent; /* blanks that are only printed when something follows */

    for (size_t c = 0; c < t->columns; c++) {
        const char *text = cell_at(t, row, c);
        size_t gap = width[c] - (size_t)g_utf8_strlen(text, -1);
        size_t before = t->align[c] == 'r' ? gap : 0;
        if (*text) {
            pad(out, owed + before);
            g_string_append(out, text);
            owed = gap - before;
        } else {
            owed += width[c];
        }
        owed += 2;
    }
    g_string_append_c(out, '\n');
}

void table_print(const struct table *t, unsigned indent, GString *out)
{
    size_t *width = g_new0(size_t, t->columns);
    size_t rows = t->cells->len / t->columns;

    g_assert(rows * t->columns == t->cells->len);
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < t->columns; c++)
            width[c] = MAX(width[c], (size_t)g_utf8_strlen(cell_at(t, r, c), -1));
    for (size_t r = 0; r < rows; r++)
        print_row(t, r, width, indent, out);
    g_free(width);
}
