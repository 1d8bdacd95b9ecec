/* canvas.h - one line of a text drawing: cells with a character and a style, written out left to right. */
#ifndef ANALYSIS_CANVAS_H
#define ANALYSIS_CANVAS_H

#include "analysis/term.h"

#include <glib.h>

/* STYLE(enumerator, "ANSI attributes") */
#define CANVAS_STYLES(STYLE)                                                                                 \
    STYLE(STYLE_PLAIN, "")                                                                                   \
    STYLE(STYLE_DIM, "2")                                                                                    \
    STYLE(STYLE_BOLD, "1")                                                                                   \
    STYLE(STYLE_REQUEST, "36")                                                                               \
    STYLE(STYLE_PROVISIONAL, "33")                                                                           \
    STYLE(STYLE_SUCCESS, "32")                                                                               \
    STYLE(STYLE_FAILURE, "31")                                                                               \
    STYLE(STYLE_EVENT, "35")                                                                                 \
    STYLE(STYLE_TURN, "1;35")

enum canvas_style {
#define STYLE(id, ansi) id,
    CANVAS_STYLES(STYLE)
#undef STYLE
        CANVAS_STYLE_COUNT
};

struct canvas {
    GArray *cells; /* struct cell: the line drawn now, as long as it was drawn */
    bool utf8, colour;
};

void canvas_init(struct canvas *c, const struct term *term);
void canvas_clear(struct canvas *c); /* frees */
/* Draws `text` (UTF-8) from column x on, over what is there; returns the column behind it. Without UTF-8,
 * characters beyond ASCII become '?'. */
unsigned canvas_put(struct canvas *c, unsigned x, const char *text, enum canvas_style style);
/* Draws `character` from column x up to, not including, column end. */
void canvas_fill(struct canvas *c, unsigned x, unsigned end, gunichar character, enum canvas_style style);
/* Appends the line without blanks at its end, and a line end; the canvas is empty again. */
void canvas_flush(struct canvas *c, GString *out);

/* How many columns a text takes. */
unsigned canvas_width(const char *text);
/* Cuts a text to this many columns, in place; what is cut short ends in an ellipsis. */
void canvas_clip(GString *text, unsigned columns, bool utf8);

#endif
