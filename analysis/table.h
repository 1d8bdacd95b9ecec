/* table.h - text in aligned columns, for a terminal. Same input, same bytes. */
#ifndef ANALYSIS_TABLE_H
#define ANALYSIS_TABLE_H

#include <glib.h>

struct table;

/* A table with these columns. `align` has a letter per column: 'l' left, 'r' right. The headings may hold
 * blanks, are separated by tabs, and are copied. */
struct table *table_new(const char *headings, const char *align);
void table_free(struct table *t);
/* The next cell of the row, copied; rows follow from the number of columns. NULL is an empty cell. */
void table_cell(struct table *t, const char *text);
void table_cellf(struct table *t, const char *format, ...) G_GNUC_PRINTF(2, 3);
size_t table_rows(const struct table *t);
/* Appends the table, each line with `indent` blanks in front and none behind. */
void table_print(const struct table *t, unsigned indent, GString *out);

#endif
