/* term.h - what a text is drawn for: how wide the page is and what it can show. */
#ifndef ANALYSIS_TERM_H
#define ANALYSIS_TERM_H

#include <stdbool.h>

struct term {
    unsigned width; /* columns; 0 = TERM_WIDTH                    */
    bool utf8;      /* line drawing and arrows; else plain ASCII   */
    bool colour;    /* ANSI colours                                */
};
#define TERM_WIDTH 120

static inline unsigned term_width(const struct term *term)
{
    return term->width ? term->width : TERM_WIDTH;
}

#endif
