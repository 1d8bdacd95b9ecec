/* json.c - writes JSON (see json.h). */
#include "analysis/json.h"

#include <math.h>
#include <string.h>

static void append_text(GString *out, const char *text)
{
    char *valid = g_utf8_make_valid(text, -1);

    g_string_append_c(out, '"');
    for (const char *c = valid; *c; c++) {
        if (*c == '"' || *c == '\\')
            g_string_append_printf(out, "\\%c", *c);
        else if ((unsigned char)*c < 0x20)
            g_string_append_printf(out, "\\u%04x", (unsigned)*c);
        else
            g_string_append_c(out, *c);
    }
    g_string_append_c(out, '"');
    g_free(valid);
}

static void new_line(struct json *j)
{
    if (j->flat)
        return;
    g_string_append_c(j->out, '\n');
    for (unsigned i = 0; i < j->depth; i++)
        g_string_append(j->out, "  ");
}

/* What stands in front of a value. */
static void begin(struct json *j, const char *key)
{
    if (j->more)
        g_string_append_c(j->out, ',');
    if (j->depth)
        new_line(j);
    if (key) {
        append_text(j->out, key);
        g_string_append(j->out, j->flat ? ":" : ": ");
    }
    j->more = true;
}

void json_open(struct json *j, const char *key, char bracket)
{
    begin(j, key);
    g_string_append_c(j->out, bracket);
    j->depth++;
    j->more = false;
}

void json_close(struct json *j, char bracket)
{
    bool empty = !j->more;

    j->depth--;
    if (!empty)
        new_line(j);
    g_string_append_c(j->out, bracket);
    j->more = true;
    if (!j->depth)
        g_string_append_c(j->out, '\n');
}

void json_string(struct json *j, const char *key, const char *text)
{
    if (!text) {
        json_null(j, key);
        return;
    }
    begin(j, key);
    append_text(j->out, text);
}

void json_int(struct json *j, const char *key, int64_t value)
{
    begin(j, key);
    g_string_append_printf(j->out, "%" G_GINT64_FORMAT, value);
}

void json_uint(struct json *j, const char *key, uint64_t value)
{
    begin(j, key);
    g_string_append_printf(j->out, "%" G_GUINT64_FORMAT, value);
}

void json_real(struct json *j, const char *key, double value)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];

    if (!isfinite(value)) {
        json_null(j, key);
        return;
    }
    begin(j, key);
    g_ascii_formatd(text, sizeof text, "%.15g", value);
    if (g_ascii_strtod(text, NULL) != value)
        g_ascii_formatd(text, sizeof text, "%.16g", value);
    if (g_ascii_strtod(text, NULL) != value)
        g_ascii_formatd(text, sizeof text, "%.17g", value);
    g_string_append(j->out, text);
}

void json_bool(struct json *j, const char *key, bool value)
{
    begin(j, key);
    g_string_append(j->out, value ? "true" : "false");
}

void json_null(struct json *j, const char *key)
{
    begin(j, key);
    g_string_append(j->out, "null");
}
