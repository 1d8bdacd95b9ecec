/* ladder_svg.c - the ladder as a drawing: SVG 1.1, complete in itself, no script, no font of its own.
 *
 * The line of an arrow tells what its message is without colour too: its head is filled (request), open
 * (provisional), hollow (success), or its line is thick (failure); a repetition is dashed, a loss ends in a
 * cross. Colours are from the palette of Okabe and Ito, which the colour-blind can tell apart. Every class is
 * nested in that of the svg element, so that several drawings and other things can share an HTML page. */
#include "analysis/ladder_layout.h"

#include "analysis/ladder_int.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TOP         62.0 /* title and the line below */
#define HEAD        9.0  /* length of an arrow's head */
#define SPREAD      3.6  /* half its width           */
#define LEGEND_LINE 18.0

static const char style[] =
    "  <style type=\"text/css\"><![CDATA[\n"
    ".imssim-ladder text { font-family: \"Helvetica Neue\", Helvetica, Arial, \"Liberation Sans\", "
    "sans-serif; fill: #222; }\n"
    ".imssim-ladder .title { font-size: 16px; font-weight: bold; }\n"
    ".imssim-ladder .about { font-size: 11px; fill: #666; }\n"
    ".imssim-ladder .node { fill: #f2f4f7; stroke: #8a929c; stroke-width: 1; }\n"
    ".imssim-ladder .name { font-size: 11px; font-weight: bold; text-anchor: middle; }\n"
    ".imssim-ladder .life { stroke: #a8afb8; stroke-width: 1; fill: none; }\n"
    ".imssim-ladder .at { stroke: #eceef1; stroke-width: 1; }\n"
    ".imssim-ladder .axis { stroke: #8a929c; stroke-width: 1; fill: none; }\n"
    ".imssim-ladder .time { font-size: 10px; fill: #555; text-anchor: end; "
    "font-variant-numeric: tabular-nums; }\n"
    ".imssim-ladder .break { font-size: 10px; fill: #666; font-style: italic; text-anchor: end; }\n"
    ".imssim-ladder .cut { fill: #f7f8f9; }\n"
    ".imssim-ladder .back { fill: #fff; fill-opacity: .85; }\n"
    ".imssim-ladder .number { font-size: 10px; fill: #666; text-anchor: end; "
    "font-variant-numeric: tabular-nums; }\n"
    ".imssim-ladder .message { font-size: 11px; }\n"
    ".imssim-ladder .line { fill: none; stroke-width: 1.5; }\n"
    ".imssim-ladder .head { stroke-width: 1.3; stroke-linejoin: round; }\n"
    ".imssim-ladder .request .line, .imssim-ladder .request .head { stroke: #0072b2; }\n"
    ".imssim-ladder .request .head { fill: #0072b2; }\n"
    ".imssim-ladder .provisional .line, .imssim-ladder .provisional .head { stroke: #e69f00; }\n"
    ".imssim-ladder .provisional .head { fill: none; }\n"
    ".imssim-ladder .success .line, .imssim-ladder .success .head { stroke: #009e73; }\n"
    ".imssim-ladder .success .head { fill: #fff; }\n"
    ".imssim-ladder .failure .line, .imssim-ladder .failure .head { stroke: #d55e00; }\n"
    ".imssim-ladder .failure .line { stroke-width: 2.8; }\n"
    ".imssim-ladder .failure .head { fill: #d55e00; }\n"
    ".imssim-ladder .repeated .line { stroke-dasharray: 6 3; }\n"
    ".imssim-ladder .cross { stroke: #d55e00; stroke-width: 2.2; fill: none; }\n"
    ".imssim-ladder .offer { fill: #333; stroke: #333; }\n"
    ".imssim-ladder .answer { fill: #fff; stroke: #333; }\n"
    ".imssim-ladder .mark { font-size: 9px; font-weight: bold; text-anchor: middle; }\n"
    ".imssim-ladder .offers { fill: #fff; }\n"
    ".imssim-ladder .event { font-size: 10px; fill: #777; }\n"
    ".imssim-ladder .turn { font-size: 10px; font-weight: bold; }\n"
    ".imssim-ladder .dot { fill: #fff; stroke: #777; stroke-width: 1.2; }\n"
    ".imssim-ladder .diamond { fill: #222; }\n"
    ".imssim-ladder .left { text-anchor: end; }\n"
    ".imssim-ladder .quiet { fill: #a8afb8; }\n"
    "  ]]></style>\n";

static const char *const class_names[] = {"request", "provisional", "success", "failure"};

struct drawing {
    const struct ladder *ladder;
    const struct ladder_layout *layout;
    GString *out, *text; /* text: scratch */
};

/* ---- elements ------------------------------------------------------------------------------------ */

/* XML text; what XML cannot hold becomes blanks. */
static void put_xml(GString *out, const char *text)
{
    char *valid = g_utf8_make_valid(text, -1);
    for (const char *c = valid; *c; c = g_utf8_next_char(c)) {
        gunichar u = g_utf8_get_char(c);
        bool bad = (u < ' ' && u != '\n') || u == 0x7f || u == 0xfffe || u == 0xffff;
        if (strchr("&<>\"'", *c))
            g_string_append_printf(out, "&#%u;", (unsigned)u);
        else if (bad)
            g_string_append_c(out, ' ');
        else
            g_string_append_unichar(out, u);
    }
    g_free(valid);
}

/* Pixels to a tenth. */
static void put_number(GString *out, double value)
{
    long tenths = lround(value * 10);
    g_string_append_printf(out, "%s%ld", tenths < 0 ? "-" : "", labs(tenths) / 10);
    if (tenths % 10)
        g_string_append_printf(out, ".%ld", labs(tenths) % 10);
}

/* Appends a template in which each $ stands for the next of the numbers. */
static void put(struct drawing *d, const char *template, ...)
{
    va_list args;
    va_start(args, template);
    for (; *template; template ++) {
        if (*template == '$')
            put_number(d->out, va_arg(args, double));
        else
            g_string_append_c(d->out, *template);
    }
    va_end(args);
}

static void put_text(struct drawing *d, double x, double y, const char *class, const char *text)
{
    put(d, "<text x=\"$\" y=\"$\" class=\"", x, y);
    g_string_append_printf(d->out, "%s\">", class);
    put_xml(d->out, text);
    g_string_append(d->out, "</text>\n");
}

/* The text made in d->text. */
static void put_made_text(struct drawing *d, double x, double y, const char *class)
{
    put_text(d, x, y, class, d->text->str);
    g_string_truncate(d->text, 0);
}

/* What pointing at the group shows: the text made in d->text. */
static void put_title(struct drawing *d)
{
    g_string_append(d->out, "<title>");
    put_xml(d->out, d->text->str);
    g_string_append(d->out, "</title>\n");
    g_string_truncate(d->text, 0);
}

/* ---- nodes and time ------------------------------------------------------------------------------ */

static void draw_boxes(struct drawing *d, double y)
{
    for (guint i = 0; i < d->ladder->nodes->len; i++) {
        const struct node *node = g_ptr_array_index(d->ladder->nodes, i);
        double x = d->layout->column[i], width = ladder_text_width(node->name, LAYOUT_FONT) * 1.06 + 16;
        put(d, "<rect class=\"node\" x=\"$\" y=\"$\" width=\"$\" height=\"$\" rx=\"4\"/>\n", x - width / 2, y,
            width, (double)LAYOUT_BOX);
        put_text(d, x, y + 16, "name", node->name);
    }
}

static const struct layout_instant *instant_at(const struct drawing *d, unsigned i)
{
    return &g_array_index(d->layout->instants, struct layout_instant, i);
}

/* The middle of the stretch before an instant. */
static double stretch_middle(const struct drawing *d, unsigned i)
{
    return instant_at(d, i)->y - instant_at(d, i)->before / 2;
}

/* A vertical line with a zigzag wherever time is shortened. */
static void draw_vertical(struct drawing *d, double x, double y1, double y2, const char *class)
{
    g_string_append_printf(d->out, "<path class=\"%s\" d=\"M", class);
    put(d, "$ $", x, y1);
    for (unsigned i = 1; i < d->layout->instants->len; i++) {
        if (!instant_at(d, i)->broken)
            continue;
        double y = stretch_middle(d, i);
        put(d, "V$L$ $L$ $L$ $L$ $", y - 6, x - 4, y - 3, x + 4, y, x - 4, y + 3, x, y + 6);
    }
    put(d, "V$\"/>\n", y2);
}

static void draw_times(struct drawing *d)
{
    double axis = d->layout->axis;
    put_text(d, axis - 6, d->layout->top - 8, "time", "ms");
    for (unsigned i = 0; i < d->layout->instants->len; i++) {
        const struct layout_instant *at = instant_at(d, i);
        if (at->broken) {
            ladder_put_duration(at->time - instant_at(d, i - 1)->time, d->text);
            put_made_text(d, axis - 10, stretch_middle(d, i) + 3.5, "break");
        }
        put(d, "<path class=\"axis\" d=\"M$ $H$", axis - (at->told ? 4 : 2), at->y, axis);
        if (at->height > 0) /* all of this is one instant */
            put(d, "M$ $V$M$ $H$", axis - 2, at->y, at->y + at->height, axis - (at->told ? 4 : 2),
                at->y + at->height, axis);
        g_string_append(d->out, "\"/>\n");
        if (!at->told)
            continue;
        ladder_put_ms(d->ladder, at->time, d->text);
        put_made_text(d, axis - 6, at->y + 3.5, "time");
    }
}

/* What lies behind all: bands where time is shortened, hair lines where something is sent or happens. */
static void draw_ground(struct drawing *d)
{
    double left = d->layout->axis, right = d->layout->width - 10;
    for (unsigned i = 0; i < d->layout->instants->len; i++) {
        const struct layout_instant *at = instant_at(d, i);
        if (at->broken)
            put(d, "<rect class=\"cut\" x=\"$\" y=\"$\" width=\"$\" height=\"14\"/>\n", left,
                stretch_middle(d, i) - 7, right - left);
        if (at->told)
            put(d, "<path class=\"at\" d=\"M$ $H$\"/>\n", left, at->y, right);
    }
    draw_vertical(d, left, d->layout->top, d->layout->bottom, "axis");
    for (guint i = 0; i < d->ladder->nodes->len; i++)
        draw_vertical(d, d->layout->column[i], d->layout->top, d->layout->bottom, "life");
}

/* ---- arrows -------------------------------------------------------------------------------------- */

/* The head of an arrow that goes in direction (dx, dy), a unit vector. */
static void draw_head(struct drawing *d, double x, double y, double dx, double dy, enum ladder_class class)
{
    double back_x = x - HEAD * dx, back_y = y - HEAD * dy, side_x = -dy * SPREAD, side_y = dx * SPREAD;
    put(d, "<path class=\"head\" d=\"M$ $L$ $L$ $", back_x + side_x, back_y + side_y, x, y, back_x - side_x,
        back_y - side_y);
    g_string_append(d->out, class == LADDER_PROVISIONAL ? "\"/>" : "z\"/>");
}

static void draw_cross(struct drawing *d, double x, double y)
{
    put(d, "<path class=\"cross\" d=\"M$ $L$ $M$ $L$ $\"/>", x - 4.5, y - 4.5, x + 4.5, y + 4.5, x - 4.5,
        y + 4.5, x + 4.5, y - 4.5);
}

static void draw_line(struct drawing *d, const struct layout_item *a, enum ladder_class class, bool arrives)
{
    double dx = a->x2 - a->x1, dy = a->y2 - a->y1, length = sqrt(dx * dx + dy * dy);
    if (length == 0)
        return;
    dx /= length;
    dy /= length;
    double x = a->x2 - dx, y = a->y2 - dy; /* the tip touches the lifeline */
    double end_x = x - dx * HEAD / 2, end_y = y - dy * HEAD / 2;
    if (!arrives)
        end_x = (a->x1 + a->x2) / 2, end_y = (a->y1 + a->y2) / 2;
    put(d, "<path class=\"line\" d=\"M$ $L$ $\"/>", a->x1, a->y1, end_x, end_y);
    if (arrives)
        draw_head(d, x, y, dx, dy, class);
    else
        draw_cross(d, end_x, end_y);
}

static void draw_mark(struct drawing *d, double x, const char *mark)
{
    bool offer = mark[0] == 'O';
    g_string_append_printf(d->out, "<rect class=\"%s\" ", offer ? "offer" : "answer");
    put(d, "x=\"$\" y=\"-10\" width=\"$\" height=\"11\" rx=\"3\"/>", x, (double)LAYOUT_BADGE);
    put_text(d, x + LAYOUT_BADGE / 2.0, -1.5, offer ? "mark offers" : "mark", mark);
}

/* Along the arrow, above it. */
static void draw_label(struct drawing *d, const struct layout_item *a, const struct ladder_step *s)
{
    double half = a->text_width / 2, slope = a->x1 == a->x2 ? 0 : (a->y2 - a->y1) / (a->x2 - a->x1);
    double x = -half + a->number_width;
    put(d, "<g transform=\"translate($ $) rotate($)\">", (a->text_x1 + a->text_x2) / 2, a->text_y,
        atan(slope) * 180 / G_PI);
    put(d, "<rect class=\"back\" x=\"$\" y=\"-9.5\" width=\"$\" height=\"11.5\"/>", -half - 1, 2 * half + 2);
    g_string_printf(d->text, "%u", s->number);
    put_made_text(d, x, -0.3, "number");
    x += LAYOUT_BADGE_SPACE;
    if (s->mark[0]) {
        draw_mark(d, x, s->mark);
        x += LAYOUT_BADGE + LAYOUT_BADGE_SPACE;
    }
    put_text(d, x, 0, "message", ladder_drawn(s));
    g_string_append(d->out, "</g>");
}

/* What pointing at an arrow shows. */
static void put_tooltip(struct drawing *d, const struct ladder_step *s)
{
    const struct happening *h = ladder_sent(d->ladder, s);
    const struct net *net = d->ladder->flow->net;
    GString *t = d->text;
    ladder_put_label(d->ladder, s, t);
    g_string_append_printf(t, "\n%s to %s over %s (%s)\nsent at ", h->node->name, h->hop.to->name,
                           net->ifaces[h->hop.iface].name, net->protos[h->hop.msg->proto]->name);
    ladder_put_ms(d->ladder, h->time, t);
    g_string_append(t, " ms, ");
    if (ladder_arrives(d->ladder, s)) {
        g_string_append(t, "received at ");
        ladder_put_ms(d->ladder, h->hop.arrival, t);
        g_string_append(t, " ms");
    } else {
        g_string_append(t, "not received");
    }
    g_string_append_printf(t, "\n%u bytes", h->hop.msg->size);
    gsize before = t->len;
    ladder_detail(d->ladder, s, t);
    if (t->len > before)
        g_string_insert_c(t, (gssize)before, '\n');
    if (h->clause)
        g_string_append_printf(t, "\n%s", h->clause);
    put_title(d);
}

static void draw_arrow(struct drawing *d, const struct layout_item *a)
{
    const struct ladder_step *s = ladder_step(d->ladder, a->index);
    enum ladder_class class = ladder_class(d->ladder, s);
    g_string_append_printf(d->out, "<g class=\"hop %s%s\">", class_names[class],
                           s->nth > 1 ? " repeated" : "");
    put_tooltip(d, s);
    draw_line(d, a, class, ladder_arrives(d->ladder, s));
    g_string_append_c(d->out, '\n');
    draw_label(d, a, s);
    g_string_append(d->out, "</g>\n");
}

/* ---- events -------------------------------------------------------------------------------------- */

static const struct layout_item *item_at(const struct drawing *d, unsigned i)
{
    return &g_array_index(d->layout->items, struct layout_item, i);
}

static const struct ladder_event *event_of(const struct drawing *d, const struct layout_item *item)
{
    return &g_array_index(d->ladder->events, struct ladder_event, item->index);
}

static void draw_event_mark(struct drawing *d, double x, double y, bool strong)
{
    if (strong)
        put(d, "<path class=\"diamond\" d=\"M$ $l4.5 4.5l-4.5 4.5l-4.5 -4.5z\"/>", x, y - 4.5);
    else
        put(d, "<circle class=\"dot\" cx=\"$\" cy=\"$\" r=\"2.6\"/>", x, y);
}

static void draw_event_text(struct drawing *d, const struct layout_item *item)
{
    bool left = item->text_x2 < item->x1, strong = event_of(d, item)->strong;
    const char *class = strong ? left ? "turn left" : "turn" : left ? "event left" : "event";
    double y = item->y1 + 3.5;
    put(d, "<rect class=\"back\" x=\"$\" y=\"$\" width=\"$\" height=\"$\"/>", item->text_x1 - 1, item->y1 - 6,
        item->text_x2 - item->text_x1 + 2, (double)LAYOUT_LINE * g_strv_length(item->lines));
    for (char **line = item->lines; *line; line++, y += LAYOUT_LINE)
        put_text(d, left ? item->text_x2 : item->text_x1, y, class, *line);
}

/* The events of one node at one instant share a mark: from `first` on, an item that begins at it. */
static void draw_events(struct drawing *d, unsigned first)
{
    const struct layout_item *item = item_at(d, first);
    double y = instant_at(d, item->start)->y;
    bool strong = false, quiet = true;
    GString *t = d->text;
    ladder_put_ms(d->ladder, instant_at(d, item->start)->time, t);
    g_string_append(t, " ms");
    for (unsigned i = first; i < d->layout->items->len && item_at(d, i)->start == item->start; i++) {
        const struct layout_item *other = item_at(d, i);
        if (!other->is_event || other->x1 != item->x1)
            continue;
        g_string_append_printf(t, "\n%s", event_of(d, other)->text);
        strong |= event_of(d, other)->strong;
        quiet &= !other->lines;
    }
    g_string_append(d->out, "<g class=\"happens\">");
    put_title(d);
    if (quiet)
        put(d, "<circle class=\"quiet\" cx=\"$\" cy=\"$\" r=\"2\"/>", item->x1, y);
    else
        draw_event_mark(d, item->x1, y, strong);
    g_string_append(d->out, "</g>\n");
}

/* Whether an event is the first of its node at its instant. */
static bool is_first(const struct drawing *d, unsigned i)
{
    const struct layout_item *item = item_at(d, i);
    for (unsigned k = i; k-- > 0 && item_at(d, k)->start == item->start;)
        if (item_at(d, k)->is_event && item_at(d, k)->x1 == item->x1)
            return false;
    return true;
}

static void draw_items(struct drawing *d)
{
    for (guint i = 0; i < d->layout->items->len; i++)
        if (item_at(d, i)->is_event && item_at(d, i)->lines)
            draw_event_text(d, item_at(d, i));
    for (guint i = 0; i < d->layout->items->len; i++)
        if (!item_at(d, i)->is_event)
            draw_arrow(d, item_at(d, i));
    for (guint i = 0; i < d->layout->items->len; i++)
        if (item_at(d, i)->is_event && is_first(d, i))
            draw_events(d, i);
}

/* ---- legend ------------------------------------------------------------------------------------------ */

enum {
    LEGEND_CLASSES = 4,
    LEGEND_REPEATED = LEGEND_CLASSES,
    LEGEND_LOST,
    LEGEND_OFFER,
    LEGEND_ANSWER,
    LEGEND_TURN,
    LEGEND_EVENT,
    LEGEND_QUIET,
    LEGEND_CUT,
    LEGEND_COUNT
};
static const char *const legend_words[LEGEND_COUNT] = {"request",          "provisional response",
                                                       "success response", "failure response",
                                                       "repeated",         "lost",
                                                       "SDP offer",        "SDP answer",
                                                       "turning point",    "other event",
                                                       "state or timer",   "time shortened"};

static void find_used(const struct drawing *d, bool used[LEGEND_COUNT])
{
    for (guint i = 0; i < d->ladder->steps->len; i++) {
        const struct ladder_step *s = ladder_step(d->ladder, i);
        used[ladder_class(d->ladder, s)] = true;
        used[LEGEND_REPEATED] |= s->nth > 1;
        used[LEGEND_LOST] |= !ladder_arrives(d->ladder, s);
        used[LEGEND_OFFER] |= s->mark[0] == 'O';
        used[LEGEND_ANSWER] |= s->mark[0] == 'A';
    }
    for (guint i = 0; i < d->layout->items->len; i++) {
        const struct layout_item *item = item_at(d, i);
        if (item->is_event)
            used[!item->lines ? LEGEND_QUIET : event_of(d, item)->strong ? LEGEND_TURN : LEGEND_EVENT] = true;
    }
    for (guint i = 0; i < d->layout->instants->len; i++)
        used[LEGEND_CUT] |= instant_at(d, i)->broken;
}

static void draw_sample(struct drawing *d, int what, double x, double y)
{
    const struct layout_item line = {.x1 = x, .y1 = y, .x2 = x + 26, .y2 = y};
    if (what <= LEGEND_LOST) {
        bool plain = what < LEGEND_CLASSES;
        g_string_append_printf(d->out, "<g class=\"%s%s\">", plain ? class_names[what] : class_names[0],
                               what == LEGEND_REPEATED ? " repeated" : "");
        draw_line(d, &line, plain ? (enum ladder_class)what : LADDER_REQUEST, what != LEGEND_LOST);
        g_string_append(d->out, "</g>\n");
    } else if (what == LEGEND_OFFER || what == LEGEND_ANSWER) {
        put(d, "<g transform=\"translate($ $)\">", x + 5, y + 4);
        draw_mark(d, 0, what == LEGEND_OFFER ? "O1" : "A1");
        g_string_append(d->out, "</g>\n");
    } else if (what == LEGEND_CUT) {
        put(d, "<path class=\"axis\" d=\"M$ $L$ $L$ $L$ $L$ $L$ $\"/>", x + 18, y - 8, x + 18, y - 5, x + 14,
            y - 3, x + 22, y, x + 14, y + 3, x + 18, y + 5);
        put(d, "<path class=\"axis\" d=\"M$ $V$\"/>", x + 18, y + 5, y + 8);
    } else if (what == LEGEND_QUIET) {
        put(d, "<circle class=\"quiet\" cx=\"$\" cy=\"$\" r=\"2\"/>\n", x + 20, y);
    } else {
        draw_event_mark(d, x + 18, y, what == LEGEND_TURN);
    }
}

/* In lines as wide as the page. Without `draw` only measures. Returns the height. */
static double legend(struct drawing *d, double y, bool draw)
{
    bool used[LEGEND_COUNT] = {false};
    double x = 14, first = y;
    find_used(d, used);
    for (int i = 0; i < LEGEND_COUNT; i++) {
        double width = 32 + ladder_text_width(legend_words[i], LAYOUT_SMALL) + 14;
        if (!used[i])
            continue;
        if (x > 14 && x + width > d->layout->width - 8) {
            x = 14;
            y += LEGEND_LINE;
        }
        if (draw) {
            draw_sample(d, i, x, y);
            put_text(d, x + 32, y + 3.5, "event", legend_words[i]);
        }
        x += width;
    }
    return y - first + LEGEND_LINE;
}

/* ---- the whole --------------------------------------------------------------------------------------- */

static void put_about(struct drawing *d)
{
    const struct ladder *l = d->ladder;
    flow_put_name(l->flow, d->text);
    g_string_append(d->text, ": ");
    ladder_put_counts(l, d->text);
    g_string_append_printf(d->text, ", numbered %s; time in ms since %" PRId64 ".%09d s",
                           l->order == LADDER_BY_MESSAGE ? "message by message" : "in order of time",
                           l->start / SIM_S, (int)(l->start % SIM_S));
}

void ladder_print_svg(const struct ladder *l, const char *title, GString *out)
{
    struct ladder_layout *layout = ladder_layout_new(l, TOP + LAYOUT_BOX);
    struct drawing d = {.ladder = l, .layout = layout, .out = out, .text = g_string_new(NULL)};
    put_about(&d);
    layout->width = MAX(layout->width, 28 + MAX(ladder_text_width(d.text->str, LAYOUT_FONT),
                                                ladder_text_width(title ? title : "", 16)));
    double end = layout->bottom + LAYOUT_BOX + 22, height = end + legend(&d, end, false);
    g_string_append(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    put(&d,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\" class=\"imssim-ladder\" width=\"$\" "
        "height=\"$\" viewBox=\"0 0 $ $\">\n",
        layout->width, height, layout->width, height);
    g_string_append(out, "  <title>");
    put_xml(out, title ? title : "Ladder");
    g_string_append_printf(out, "</title>\n%s", style);
    put(&d, "<rect width=\"$\" height=\"$\" fill=\"#fff\"/>\n", layout->width, height);
    if (title)
        put_text(&d, 14, 26, "title", title);
    put_made_text(&d, 14, 44, "about");
    if (l->steps->len) {
        draw_ground(&d);
        draw_times(&d);
        draw_boxes(&d, TOP);
        draw_items(&d);
        draw_boxes(&d, layout->bottom);
    }
    legend(&d, end, true);
    g_string_append(out, "</svg>\n");
    ladder_layout_free(layout);
    g_string_free(d.text, TRUE);
}
