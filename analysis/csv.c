/* csv.c - writes CSV (see csv.h). */
#include "analysis/csv.h"

#include <math.h>
#include <string.h>

static void separate(struct csv *c)
{
    if (c->column++)
        g_string_append_c(c->out, ',');
}

void csv_text(struct csv *c, const char *text)
{
    separate(c);
    if (!text)
        return;
    if (*text && !strpbrk(text, ",\"\r\n")) {
        g_string_append(c->out, text);
        return;
    }
    g_string_append_c(c->out, '"');
    for (; *text; text++) {
        if (*text == '"')
            g_string_append_c(c->out, '"');
        g_string_append_c(c->out, *text);
    }
    g_string_append_c(c->out, '"');
}

void csv_int(struct csv *c, int64_t value)
{
    separate(c);
    g_string_append_printf(c->out, "%" G_GINT64_FORMAT, value);
}

void csv_real(struct csv *c, double value)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];

    separate(c);
    if (!isfinite(value))
        return;
    for (int digits = 15; digits <= 17; digits++) {
        char format[8];
        g_snprintf(format, sizeof format, "%%.%dg", digits);
        g_ascii_formatd(text, sizeof text, format, value);
        if (g_ascii_strtod(text, NULL) == value)
            break;
    }
    g_string_append(c->out, text);
}

void csv_fixed(struct csv *c, double value, unsigned decimals)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE + 32], format[8];

    separate(c);
    if (!isfinite(value))
        return;
    g_snprintf(format, sizeof format, "%%.%uf", decimals % 10);
    g_string_append(c->out, g_ascii_formatd(text, sizeof text, format, value));
}

void csv_end(struct csv *c)
{
    g_string_append(c->out, "\r\n");
    c->column = 0;
}
