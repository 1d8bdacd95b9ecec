/* canvas.c - one line of a text drawing (see canvas.h). */
#include "analysis/canvas.h"

struct cell {
    gunichar character;
    enum canvas_style style;
};

void canvas_init(struct canvas *c, const struct term *term)
{
    c->cells = g_array_new(FALSE, FALSE, sizeof(struct cell));
    c->utf8 = term->utf8;
    c->colour = term->colour;
}

void canvas_clear(struct canvas *c)
{
    g_array_free(c->cells, TRUE);
    c->cells = NULL;
}

static void set(struct canvas *c, unsigned x, gunichar character, enum canvas_style style)
{
    static const struct cell blank = {' ', STYLE_PLAIN};
    while (c->cells->len <= x)
        g_array_append_val(c->cells, blank);
    g_array_index(c->cells, struct cell, x) = (struct cell){character, style};
}

unsigned canvas_put(struct canvas *c, unsigned x, const char *text, enum canvas_style style)
{
    for (; *text; text = g_utf8_next_char(text)) {
        gunichar character = g_utf8_get_char(text);
        set(c, x++, character < 0x80 || c->utf8 ? character : '?', style);
    }
    return x;
}

void canvas_fill(struct canvas *c, unsigned x, unsigned end, gunichar character, enum canvas_style style)
{
    while (x < end)
        set(c, x++, character, style);
}

static const char *ansi(enum canvas_style style)
{
    static const char *const codes[CANVAS_STYLE_COUNT] = {
#define STYLE(id, code) [id] = code,
        CANVAS_STYLES(STYLE)
#undef STYLE
    };
    return codes[style];
}

static void switch_style(GString *out, enum canvas_style *now, enum canvas_style style)
{
    if (style == *now)
        return;
    if (*now != STYLE_PLAIN)
        g_string_append(out, "\033[0m");
    if (style != STYLE_PLAIN)
        g_string_append_printf(out, "\033[%sm", ansi(style));
    *now = style;
}

void canvas_flush(struct canvas *c, GString *out)
{
    enum canvas_style now = STYLE_PLAIN;
    guint end = c->cells->len;
    while (end > 0 && g_array_index(c->cells, struct cell, end - 1).character == ' ')
        end--;
    for (guint i = 0; i < end; i++) {
        const struct cell *cell = &g_array_index(c->cells, struct cell, i);
        if (c->colour && cell->character != ' ')
            switch_style(out, &now, cell->style);
        g_string_append_unichar(out, cell->character);
    }
    switch_style(out, &now, STYLE_PLAIN);
    g_string_append_c(out, '\n');
    g_array_set_size(c->cells, 0);
}

unsigned canvas_width(const char *text)
{
    return (unsigned)g_utf8_strlen(text, -1);
}

void canvas_clip(GString *text, unsigned columns, bool utf8)
{
    unsigned dots = utf8 ? 1 : 2;
    if (canvas_width(text->str) <= columns)
        return;
    unsigned keep = columns > dots ? columns - dots : 0;
    g_string_truncate(text, (gsize)(g_utf8_offset_to_pointer(text->str, (glong)keep) - text->str));
    if (columns >= dots)
        g_string_append(text, utf8 ? "\u2026" : "..");
}
