/* ladder_layout.h - where everything of a ladder stands on a page whose y axis is time.
 *
 * The axis is monotone and piecewise linear: an instant at which something was sent, received or happened
 * never stands above an earlier one, and between two neighbouring instants time runs evenly. Stretches are
 * shortened where nothing happens and widened where texts would cover each other. What shares an instant and
 * a place is set a little apart; the instant is then as high as that, and later ones stand below all of it.
 * Lengths are in pixels, y goes down. */
#ifndef ANALYSIS_LADDER_LAYOUT_H
#define ANALYSIS_LADDER_LAYOUT_H

#include "analysis/ladder.h"

enum {
    LAYOUT_FONT = 11,       /* size of the names of messages */
    LAYOUT_SMALL = 10,      /* of numbers, times and events  */
    LAYOUT_LINE = 12,       /* from line to line of an event */
    LAYOUT_BOX = 24,        /* height of the boxes of nodes  */
    LAYOUT_BADGE = 19,      /* width of the offer/answer mark */
    LAYOUT_BADGE_SPACE = 4, /* beside it and the number      */
};

struct layout_instant {
    sim_time time;
    double y;
    double height; /* of what is set apart at this instant; 0 mostly                   */
    double before; /* from the bottom of the instant before                            */
    bool told;     /* something was sent or happened: the axis names the time          */
    bool broken;   /* the stretch before it is shortened                               */
};

/* A step of the ladder, or an event of it: what has a text. */
struct layout_item {
    unsigned index; /* in ladder.steps or ladder.events                                 */
    bool is_event;
    unsigned start, end;     /* instants; end = start when it does not arrive, and of an event */
    double offset;           /* below the instant                                          */
    double x1, y1, x2, y2;   /* tail and head of the arrow; of an event, where it happened    */
    double text_width;       /* along its line                                              */
    double text_x1, text_x2; /* from where to where it goes: less than its width when it slants */
    double text_y;           /* of an arrow: its baseline in the middle                      */
    double lift;             /* of the text above the line of an arrow                       */
    bool near_tail;          /* its text stands at the tail of an arrow, not in the middle     */
    double number_width;     /* of an arrow's number, the first part of its text            */
    char **lines;            /* of an event's text; NULL: it is only a dot, and tells when pointed at */
};

struct ladder_layout {
    const struct ladder *ladder;
    double *column;     /* x of the lifelines                  */
    double axis;        /* x of the time axis                  */
    double width;       /* of the whole page                   */
    double top, bottom; /* y of the ends of the lifelines      */
    GArray *instants;   /* struct layout_instant, in order of time */
    GArray *items;      /* struct layout_item, by the instant they start at */
};

/* Lays a ladder out; its lifelines begin at y = top. The ladder must live on. */
struct ladder_layout *ladder_layout_new(const struct ladder *ladder, double top);
void ladder_layout_free(struct ladder_layout *layout);

/* An upper estimate of how wide a text is in a sans-serif font of this size. */
double ladder_text_width(const char *text, double size);

#endif
