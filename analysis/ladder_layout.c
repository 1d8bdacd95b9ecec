/* ladder_layout.c - places arrows and events on a page (see ladder_layout.h).
 *
 * First every stretch between instants gets a height by its duration, at a scale at which a message that
 * takes the median time falls by FALL, and not less than STRETCH_MIN nor more than STRETCH_MAX. Then texts
 * are looked at from top to bottom. Where one covers an earlier one, everything from its instant on is moved
 * down; when both begin at the same instant, only the later one is. */
#include "analysis/ladder_layout.h"

#include "analysis/ladder_int.h"

#include <math.h>
#include <string.h>

#define FALL        15.0
#define STRETCH_MIN 3.0
#define STRETCH_MAX 44.0
#define BROKEN      2.0   /* a stretch is called shortened if it were longer by this */
#define TIMES_APART 11.5  /* the least distance of two times on the axis            */
#define AXIS        66.0  /* room for times                                         */
#define EVENT_GAP   9.0   /* from a lifeline to the text of an event                */
#define EVENT_MAX   170.0 /* the text is broken into lines of this width             */
#define ABOVE       10.0  /* what the text of an arrow takes above its baseline     */
#define LIFT        3.5   /* from the line up to that                               */
#define LIFT_LOST   7.5   /* clear of the cross                                     */
#define BELOW       2.5
#define EVENT_ABOVE 7.0
#define NEIGHBOURS  96 /* a text can cover at most so many others before it      */
#define ATTEMPTS    60

static struct layout_instant *instant_at(const struct ladder_layout *p, unsigned i)
{
    return &g_array_index(p->instants, struct layout_instant, i);
}

static struct layout_item *item_at(const struct ladder_layout *p, unsigned i)
{
    return &g_array_index(p->items, struct layout_item, i);
}

static const struct ladder_event *event_of(const struct ladder_layout *p, const struct layout_item *item)
{
    return &g_array_index(p->ladder->events, struct ladder_event, item->index);
}

static const struct happening *step_sent(const struct ladder_layout *p, unsigned i)
{
    return ladder_sent(p->ladder, ladder_step(p->ladder, i));
}

/* State changes, timers and hand-overs are many: no room for their texts. */
static bool is_quiet(const struct ladder *l, unsigned i)
{
    enum trace_kind kind = flow_at(l->flow, g_array_index(l->events, struct ladder_event, i).at)->kind;
    return kind != TRACE_MARK && kind != TRACE_NOTE;
}

static sim_time event_time(const struct ladder *l, unsigned i)
{
    return flow_at(l->flow, g_array_index(l->events, struct ladder_event, i).at)->time;
}

double ladder_text_width(const char *text, double size)
{
    double width = 0;
    for (; *text; text = g_utf8_next_char(text)) {
        unsigned char c = (unsigned char)*text;
        if (strchr(" .,:;'|!iljtfI()[]/-", c))
            width += 0.38;
        else if (strchr("mwMW@%", c) || c >= 0xe0)
            width += 0.98;
        else
            width += g_ascii_isupper(c) ? 0.72 : 0.62;
    }
    return width * size;
}

/* ---- instants ------------------------------------------------------------------------------------ */

static int by_time(gconstpointer a, gconstpointer b)
{
    sim_time x = *(const sim_time *)a, y = *(const sim_time *)b;
    return x < y ? -1 : x > y;
}

static void collect_instants(struct ladder_layout *p)
{
    GArray *times = g_array_new(FALSE, FALSE, sizeof(sim_time));
    for (guint i = 0; i < p->ladder->steps->len; i++) {
        const struct happening *h = step_sent(p, i);
        g_array_append_val(times, h->time);
        if (h->hop.outcome == OUTCOME_DELIVERED)
            g_array_append_val(times, h->hop.arrival);
    }
    for (guint i = 0; i < p->ladder->events->len; i++) {
        sim_time t = event_time(p->ladder, i);
        g_array_append_val(times, t);
    }
    g_array_sort(times, by_time);
    for (guint i = 0; i < times->len; i++) {
        struct layout_instant instant = {.time = g_array_index(times, sim_time, i)};
        if (i == 0 || instant.time != g_array_index(times, sim_time, i - 1))
            g_array_append_val(p->instants, instant);
    }
    g_array_free(times, TRUE);
}

static unsigned find_instant(const struct ladder_layout *p, sim_time time)
{
    unsigned low = 0, high = p->instants->len - 1;
    while (low < high) {
        unsigned middle = low + (high - low) / 2;
        if (instant_at(p, middle)->time < time)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Half of the messages take no longer. */
static sim_time median_flight(const struct ladder_layout *p)
{
    GArray *flights = g_array_new(FALSE, FALSE, sizeof(sim_time));
    sim_time median = 0;
    for (guint i = 0; i < p->ladder->steps->len; i++) {
        const struct happening *h = step_sent(p, i);
        sim_time flight = h->hop.arrival - h->time;
        if (h->hop.outcome == OUTCOME_DELIVERED)
            g_array_append_val(flights, flight);
    }
    g_array_sort(flights, by_time);
    if (flights->len)
        median = g_array_index(flights, sim_time, flights->len / 2);
    g_array_free(flights, TRUE);
    return median > 0 ? median : 10 * SIM_MS;
}

static void scale_time(struct ladder_layout *p)
{
    double scale = FALL / (double)median_flight(p);
    for (guint i = 1; i < p->instants->len; i++) {
        struct layout_instant *instant = instant_at(p, i);
        double stretch = scale * (double)(instant->time - instant_at(p, i - 1)->time);
        instant->broken = stretch > BROKEN * STRETCH_MAX;
        instant->before = CLAMP(stretch, STRETCH_MIN, STRETCH_MAX);
    }
}

/* ---- items --------------------------------------------------------------------------------------- */

static int by_start(gconstpointer a, gconstpointer b)
{
    const struct layout_item *x = a, *y = b;
    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    if (x->is_event != y->is_event)
        return x->is_event ? 1 : -1;
    return x->index < y->index ? -1 : x->index > y->index;
}

static void collect_items(struct ladder_layout *p)
{
    for (guint i = 0; i < p->ladder->steps->len; i++) {
        const struct happening *h = step_sent(p, i);
        struct layout_item item = {.index = i, .start = find_instant(p, h->time)};
        item.end = h->hop.outcome == OUTCOME_DELIVERED ? find_instant(p, h->hop.arrival) : item.start;
        g_array_append_val(p->items, item);
        instant_at(p, item.start)->told = true;
    }
    for (guint i = 0; i < p->ladder->events->len; i++) {
        struct layout_item item = {.index = i, .is_event = true};
        item.start = item.end = find_instant(p, event_time(p->ladder, i));
        g_array_append_val(p->items, item);
        instant_at(p, item.start)->told |= !is_quiet(p->ladder, i);
    }
    g_array_sort(p->items, by_start);
}

/* The parts of an arrow's text: number, offer/answer mark, name. */
static double label_width(const struct ladder_layout *p, struct layout_item *item)
{
    const struct ladder_step *s = ladder_step(p->ladder, item->index);
    char number[16];
    g_snprintf(number, sizeof number, "%u", s->number);
    item->number_width = ladder_text_width(number, LAYOUT_SMALL);
    double width = item->number_width + LAYOUT_BADGE_SPACE + ladder_text_width(ladder_drawn(s), LAYOUT_FONT);
    if (s->mark[0])
        width += LAYOUT_BADGE + LAYOUT_BADGE_SPACE;
    return width;
}

/* Breaks a text into lines. g_strfreev. */
static char **break_lines(const char *text, double room)
{
    GPtrArray *lines = g_ptr_array_new();
    char **words = g_strsplit(text, " ", -1);
    GString *line = g_string_new(NULL);
    for (char **word = words; *word; word++) {
        gsize before = line->len;
        g_string_append_printf(line, "%s%s", before ? " " : "", *word);
        if (before == 0 || ladder_text_width(line->str, LAYOUT_SMALL) <= room)
            continue;
        g_ptr_array_add(lines, g_strndup(line->str, before));
        g_string_assign(line, *word);
    }
    g_ptr_array_add(lines, g_string_free(line, FALSE));
    g_ptr_array_add(lines, NULL);
    g_strfreev(words);
    return (char **)g_ptr_array_free(lines, FALSE);
}

static double lines_width(char **lines)
{
    double width = 0;
    for (; *lines; lines++)
        width = MAX(width, ladder_text_width(*lines, LAYOUT_SMALL));
    return width;
}

/* ---- columns --------------------------------------------------------------------------------------- */

static bool at_edge(const struct ladder_layout *p, unsigned column)
{
    return column == 0 || column + 1 == p->ladder->nodes->len;
}

/* All columns at the same distance, such that boxes and the texts of arrows fit between. */
static double column_distance(struct ladder_layout *p, double widest_box)
{
    double distance = MAX(widest_box + 16, 130);
    for (guint i = 0; i < p->items->len; i++)
        if (!item_at(p, i)->is_event)
            distance = MAX(distance, MIN(label_width(p, item_at(p, i)) + 34, 250));
    return distance;
}

/* Events of the outer columns stand outside, the others at the right of their lifeline. */
static void place_columns(struct ladder_layout *p)
{
    unsigned n = p->ladder->nodes->len;
    double box = 0, left = 0, right = 0;
    for (unsigned i = 0; i < n; i++) {
        const struct node *node = g_ptr_array_index(p->ladder->nodes, i);
        box = MAX(box, ladder_text_width(node->name, LAYOUT_FONT) * 1.06 + 24);
    }
    double distance = column_distance(p, box);
    for (guint i = 0; i < p->items->len; i++) {
        struct layout_item *item = item_at(p, i);
        if (!item->is_event || is_quiet(p->ladder, item->index))
            continue;
        unsigned column = event_of(p, item)->column;
        item->lines =
            break_lines(event_of(p, item)->text, at_edge(p, column) ? EVENT_MAX : distance - 2 * EVENT_GAP);
        double *margin = column == 0 ? &left : column + 1 == n ? &right : NULL;
        if (margin)
            *margin = MAX(*margin, lines_width(item->lines) + EVENT_GAP);
    }
    p->axis = AXIS;
    p->column = g_new0(double, n + 1);
    for (unsigned i = 0; i < n; i++)
        p->column[i] = AXIS + 12 + MAX(box / 2, left) + i * distance;
    p->width = (n ? p->column[n - 1] + MAX(box / 2, right) : AXIS) + 16;
}

static void place_event_x(struct ladder_layout *p, struct layout_item *item)
{
    unsigned column = event_of(p, item)->column;
    item->x1 = item->x2 = item->text_x1 = item->text_x2 = p->column[column];
    if (!item->lines)
        return;
    double width = lines_width(item->lines);
    item->text_x1 = column == 0 ? item->x1 - EVENT_GAP - width : item->x1 + EVENT_GAP;
    item->text_x2 = item->text_x1 + width;
    item->text_width = width;
}

static void place_arrow_x(struct ladder_layout *p, struct layout_item *item)
{
    const struct ladder_step *s = ladder_step(p->ladder, item->index);
    item->text_width = label_width(p, item);
    item->lift = ladder_arrives(p->ladder, s) ? LIFT : LIFT_LOST;
    item->x1 = p->column[s->from];
    item->x2 = p->column[s->to];
}

/* ---- time downwards ---------------------------------------------------------------------------------- */

static double slope(const struct layout_item *item)
{
    return item->x1 == item->x2 ? 0 : (item->y2 - item->y1) / (item->x2 - item->x1);
}

/* How much more height than its own a thing takes that goes along the line. */
static double steepness(const struct layout_item *item)
{
    return sqrt(1 + slope(item) * slope(item));
}

static double line_y(const struct layout_item *item, double x)
{
    return item->y1 + slope(item) * (x - item->x1);
}

/* The text of an arrow stands between the lifeline of its sender and the next. */
static void place_text(struct ladder_layout *p, struct layout_item *item)
{
    const struct ladder_step *s = ladder_step(p->ladder, item->index);
    bool right = s->to > s->from;
    double half = item->text_width / 2 / steepness(item), middle = item->x1;
    if (s->to != s->from)
        middle = (item->x1 + p->column[right ? s->from + 1 : s->from - 1]) / 2 + (right ? -3 : 3);
    if (item->near_tail)
        middle = right ? MIN(middle, item->x1 + half + 8) : MAX(middle, item->x1 - half - 8);
    item->text_x1 = middle - half;
    item->text_x2 = middle + half;
    item->text_y = line_y(item, middle) - item->lift * steepness(item);
}

static void place_y(struct ladder_layout *p, struct layout_item *item)
{
    item->y1 = item->y2 = instant_at(p, item->start)->y + item->offset;
    if (item->is_event)
        return;
    if (ladder_arrives(p->ladder, ladder_step(p->ladder, item->index)))
        item->y2 = instant_at(p, item->end)->y + item->offset;
    else
        item->y2 = item->y1 + FALL;
    place_text(p, item);
}

/* Sums the stretches up from this instant on. */
static void place_instants(struct ladder_layout *p, unsigned from)
{
    double told = -TIMES_APART;
    for (unsigned i = from; i-- > 0 && told < 0;)
        if (instant_at(p, i)->told)
            told = instant_at(p, i)->y;
    for (unsigned i = from; i < p->instants->len; i++) {
        struct layout_instant *instant = instant_at(p, i);
        const struct layout_instant *last = i ? instant_at(p, i - 1) : NULL;
        instant->y = last ? last->y + last->height + instant->before : p->top + 16;
        if (instant->told && instant->y < told + TIMES_APART) {
            instant->before += told + TIMES_APART - instant->y;
            instant->y = told + TIMES_APART;
        }
        if (instant->told)
            told = instant->y;
    }
}

static double text_top(const struct layout_item *item, double x)
{
    return item->is_event ? item->y1 - EVENT_ABOVE : line_y(item, x) - (ABOVE + item->lift) * steepness(item);
}

static double text_bottom(const struct layout_item *item, double x)
{
    if (!item->is_event)
        return line_y(item, x) + BELOW;
    return item->y1 - EVENT_ABOVE + LAYOUT_LINE * (item->lines ? g_strv_length(item->lines) : 0) + 2;
}

/* How far the text of an event has to go down to be clear of the line of an arrow. */
static double line_overlap(const struct layout_item *arrow, const struct layout_item *event)
{
    double x1 = MAX(MIN(arrow->x1, arrow->x2), event->text_x1);
    double x2 = MIN(MAX(arrow->x1, arrow->x2), event->text_x2);
    if (x1 >= x2)
        return 0;
    double lowest = MAX(line_y(arrow, x1), line_y(arrow, x2)) + BELOW;
    double highest = MIN(line_y(arrow, x1), line_y(arrow, x2)) - BELOW;
    bool apart = lowest <= event->y1 - EVENT_ABOVE + 3 || highest >= text_bottom(event, x1);
    return apart ? 0 : lowest - (event->y1 - EVENT_ABOVE + 3);
}

/* How far `item` has to go down to be clear of the text of `other`, 0: it is. */
static double overlap(const struct layout_item *other, const struct layout_item *item)
{
    double x1 = MAX(other->text_x1, item->text_x1), x2 = MIN(other->text_x2, item->text_x2);
    if (x1 >= x2)
        return 0;
    double below =
        MAX(text_bottom(other, x1) - text_top(item, x1), text_bottom(other, x2) - text_top(item, x2));
    double above =
        MAX(text_bottom(item, x1) - text_top(other, x1), text_bottom(item, x2) - text_top(other, x2));
    return MIN(below, above) > 0.25 ? below : 0;
}

static void move_down(struct ladder_layout *p, unsigned i, double by, bool alone)
{
    struct layout_item *item = item_at(p, i);
    struct layout_instant *start = instant_at(p, item->start), *end = instant_at(p, item->end);
    if (alone) {
        item->offset += by;
        start->height = MAX(start->height, item->offset);
        end->height = MAX(end->height, item->offset);
    } else {
        start->before += by;
    }
    place_instants(p, item->start);
    for (unsigned k = i > NEIGHBOURS ? i - NEIGHBOURS : 0; k <= i; k++)
        place_y(p, item_at(p, k));
}

/* How far an item has to go down to be clear of the ones before; `alone`: the one that is in its way begins
 * at the same instant. */
static double needed(const struct ladder_layout *p, unsigned i, bool *alone)
{
    const struct layout_item *item = item_at(p, i);
    double most = 0;
    *alone = false;
    if (item->is_event && !item->lines)
        return 0;
    for (unsigned k = i > NEIGHBOURS ? i - NEIGHBOURS : 0; k < i; k++) {
        const struct layout_item *other = item_at(p, k);
        double by = overlap(other, item);
        if (item->is_event && !other->is_event)
            by = MAX(by, line_overlap(other, item));
        if (by <= most)
            continue;
        most = by;
        *alone = item->is_event || other->start == item->start;
    }
    return most;
}

/* Moves the texts of slow messages that are in the way of an item up to their tails, where they are in no
 * other's way. */
static void clear_the_way(struct ladder_layout *p, unsigned i)
{
    for (unsigned k = i > NEIGHBOURS ? i - NEIGHBOURS : 0; k < i; k++) {
        struct layout_item *other = item_at(p, k);
        bool alone;
        if (other->is_event || other->near_tail || other->start == item_at(p, i)->start ||
            other->end <= item_at(p, i)->start || overlap(other, item_at(p, i)) == 0)
            continue;
        double before = needed(p, k, &alone);
        other->near_tail = true;
        place_y(p, other);
        if (needed(p, k, &alone) > before)
            other->near_tail = false;
        place_y(p, other);
    }
}

static void make_clear(struct ladder_layout *p, unsigned i)
{
    clear_the_way(p, i);
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        bool alone;
        double by = needed(p, i, &alone);
        if (by == 0)
            return;
        move_down(p, i, by, alone);
    }
}

/* An event between other columns stands at the other side of its lifeline if there is more room. */
static void choose_side(struct ladder_layout *p, unsigned i)
{
    struct layout_item *item = item_at(p, i);
    double width = item->text_x2 - item->text_x1;
    bool alone;
    if (!item->is_event || at_edge(p, event_of(p, item)->column))
        return;
    double right = needed(p, i, &alone);
    if (right == 0)
        return;
    item->text_x1 = item->x1 - EVENT_GAP - width;
    item->text_x2 = item->x1 - EVENT_GAP;
    if (needed(p, i, &alone) >= right)
        place_event_x(p, item);
}

static void place_all(struct ladder_layout *p)
{
    for (unsigned i = 0; i < p->items->len; i++) {
        struct layout_item *item = item_at(p, i);
        if (item->is_event)
            place_event_x(p, item);
        else
            place_arrow_x(p, item);
    }
    place_instants(p, 0);
    for (unsigned i = 0; i < p->items->len; i++) {
        place_y(p, item_at(p, i));
        choose_side(p, i);
        make_clear(p, i);
    }
    p->bottom = p->top;
    for (unsigned i = 0; i < p->items->len; i++) {
        struct layout_item *item = item_at(p, i);
        place_y(p, item);
        p->bottom = MAX(p->bottom, MAX(item->y2, text_bottom(item, item->x1)));
    }
    p->bottom += 16;
}

struct ladder_layout *ladder_layout_new(const struct ladder *ladder, double top)
{
    struct ladder_layout *p = g_new0(struct ladder_layout, 1);
    p->ladder = ladder;
    p->top = top;
    p->instants = g_array_new(FALSE, TRUE, sizeof(struct layout_instant));
    p->items = g_array_new(FALSE, TRUE, sizeof(struct layout_item));
    collect_instants(p);
    scale_time(p);
    collect_items(p);
    place_columns(p);
    place_all(p);
    return p;
}

void ladder_layout_free(struct ladder_layout *p)
{
    if (!p)
        return;
    for (unsigned i = 0; i < p->items->len; i++)
        g_strfreev(item_at(p, i)->lines);
    g_array_free(p->instants, TRUE);
    g_array_free(p->items, TRUE);
    g_free(p->column);
    g_free(p);
}
