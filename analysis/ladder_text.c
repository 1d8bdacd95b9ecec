/* ladder_text.c - the ladder drawn for a terminal: a column per node, an arrow per hop.
 *
 *   step      ms  UE-1         P-CSCF1
 *                  │              │
 *      1   0.000   │─INVITE (O1)─▶│
 *
 * Names of messages are shortened, alike on all hops of a message, until they fit between the lifelines. */
#include "analysis/canvas.h"
#include "analysis/changes.h"
#include "analysis/ladder_int.h"
#include "models/names.h"

#include <inttypes.h>
#include <string.h>

#define GAP_MIN    6  /* between two lifelines, whatever the page        */
#define GAP_MAX    28 /* "183 Session Progress (A1)" fits                */
#define MARGIN_MIN 9  /* narrower, the room at the right is left empty  */

struct glyphs {
    gunichar lifeline, line, crossing, right, left, lost;
    const char *turn, *event;
};
static const struct glyphs fine = {0x2502, 0x2500, 0x253c, 0x25b6, 0x25c0, 0x2717, "\u25c6", "\u2022"};
static const struct glyphs plain = {'|', '-', '+', '>', '<', 'x', "*", "o"};

struct page {
    const struct ladder *ladder;
    const struct ladder_text_opts *opts;
    const struct glyphs *glyphs;
    struct canvas canvas;
    GString *out, *text;                     /* text: scratch */
    unsigned *x;                             /* of the lifelines */
    unsigned number_width, time_width, left; /* left: where columns may begin */
    unsigned width;
};

/* ---- layout ------------------------------------------------------------------------------------- */

static void put_ms(const struct page *p, sim_time t, GString *out)
{
    int64_t us = (t - p->ladder->start + 500) / 1000;
    g_string_printf(out, "%" PRId64 ".%03d", us / 1000, (int)(us % 1000));
}

static const char *node_name(const struct page *p, unsigned i)
{
    return ((const struct node *)g_ptr_array_index(p->ladder->nodes, i))->name;
}

static void measure_gutter(struct page *p)
{
    sim_time last = p->ladder->start;
    for (guint i = 0; i < p->ladder->steps->len; i++)
        last = MAX(last, ladder_sent(p->ladder, ladder_step(p->ladder, i))->time);
    for (guint i = 0; i < p->ladder->events->len; i++)
        last =
            MAX(last,
                flow_at(p->ladder->flow, g_array_index(p->ladder->events, struct ladder_event, i).at)->time);
    put_ms(p, last, p->text);
    p->time_width = MAX((unsigned)p->text->len, 7);
    g_string_printf(p->text, "%u", p->ladder->steps->len);
    p->number_width = MAX((unsigned)p->text->len, 2);
    p->left = p->number_width + 1 + p->time_width + 2;
}

/* Lifelines at equal distances as far as names allow it, using the page. */
static void lay_out(struct page *p)
{
    unsigned n = p->ladder->nodes->len, gap = GAP_MAX;
    p->x = g_new0(unsigned, n + 1);
    if (n == 0)
        return;
    p->x[0] = p->left + canvas_width(node_name(p, 0)) / 2;
    unsigned right = (canvas_width(node_name(p, n - 1)) + 1) / 2;
    if (n > 1) {
        unsigned room = p->width > p->x[0] + right ? (p->width - p->x[0] - right) / (n - 1) : 0;
        gap = CLAMP(room, GAP_MIN, GAP_MAX);
    }
    for (unsigned i = 1; i < n; i++) {
        unsigned names = (canvas_width(node_name(p, i - 1)) + 1) / 2 + canvas_width(node_name(p, i)) / 2 + 1;
        p->x[i] = p->x[i - 1] + MAX(gap, names);
    }
}

/* ---- parts of a line ---------------------------------------------------------------------------- */

static void draw_lifelines(struct page *p)
{
    for (guint i = 0; i < p->ladder->nodes->len; i++)
        canvas_fill(&p->canvas, p->x[i], p->x[i] + 1, p->glyphs->lifeline, STYLE_DIM);
}

static void draw_blank(struct page *p)
{
    draw_lifelines(p);
    canvas_flush(&p->canvas, p->out);
}

static void draw_time(struct page *p, sim_time t, enum canvas_style style)
{
    put_ms(p, t, p->text);
    unsigned end = p->left - 2;
    canvas_put(&p->canvas, end > p->text->len ? end - (unsigned)p->text->len : 0, p->text->str, style);
}

static void draw_names(struct page *p, bool top)
{
    if (top) {
        canvas_put(&p->canvas, 0, "#", STYLE_DIM);
        canvas_put(&p->canvas, p->left - 4, "ms", STYLE_DIM);
    }
    for (guint i = 0; i < p->ladder->nodes->len; i++)
        canvas_put(&p->canvas, p->x[i] - canvas_width(node_name(p, i)) / 2, node_name(p, i), STYLE_BOLD);
    canvas_flush(&p->canvas, p->out);
}

/* ---- arrows -------------------------------------------------------------------------------------- */

enum { LABEL_FULL, LABEL_SHORT, LABEL_BARE, LABEL_TINY };

/* Full: "200 OK (PRACK) (A2)", short: "200 (PRACK) (A2)", bare: "200 PRACK A2", tiny: "200 A2". What is carried comes
 * behind its carrier, or, when there is no room for both, in its place: "[ATTACH ACCEPT]". */
static void make_label(const struct ladder_step *s, int level, GString *out)
{
    const char *name = s->name, *method = strstr(name, " (");
    bool response = g_ascii_isdigit(name[0]) && strlen(name) > 3 && name[3] == ' ';
    g_string_truncate(out, 0);
    if (response && level >= LABEL_SHORT) {
        g_string_append_len(out, name, 3);
        if (method && level == LABEL_SHORT)
            g_string_append(out, method);
        else if (method && level == LABEL_BARE)
            g_string_append_printf(out, " %.*s", (int)strcspn(method + 2, ")"), method + 2);
    } else if (!s->inside || level == LABEL_FULL) {
        g_string_append(out, name);
    }
    if (s->inside)
        g_string_append_printf(out, "%s%s", out->len ? " " : "", level < LABEL_BARE ? s->inside : s->carried);
    if (s->mark[0])
        g_string_append_printf(out, level >= LABEL_BARE ? " %s" : " (%s)", s->mark);
    if (s->nth > 1)
        g_string_append_printf(out, " #%u", s->nth);
}

static unsigned inner(const struct page *p, const struct ladder_step *s)
{
    unsigned a = p->x[MIN(s->from, s->to)], b = p->x[MAX(s->from, s->to)];
    return b > a ? b - a - 1 : 0;
}

/* Whether the label leaves a bit of line and a head. */
static bool fits(const struct page *p, const struct ladder_step *s, int level)
{
    make_label(s, level, p->text);
    return canvas_width(p->text->str) + 2 <= inner(p, s);
}

/* The first level that fits all hops of the step's message. */
static int label_level(const struct page *p, const struct ladder_step *s)
{
    const struct ladder_group *g = &g_array_index(p->ladder->groups, struct ladder_group, s->group);
    int level = LABEL_FULL;
    for (unsigned i = g->first; i <= g->last; i++) {
        const struct ladder_step *hop = ladder_step(p->ladder, i);
        while (hop->group == s->group && level < LABEL_TINY && !fits(p, hop, level))
            level++;
    }
    return level;
}

static enum canvas_style message_style(const char *name)
{
    switch (name[0]) {
    case '1':
        return STYLE_PROVISIONAL;
    case '2':
        return STYLE_SUCCESS;
    case '3':
    case '4':
    case '5':
    case '6':
        return STYLE_FAILURE;
    default:
        return STYLE_REQUEST;
    }
}

static void draw_arrow(struct page *p, const struct ladder_step *s)
{
    const struct happening *h = ladder_sent(p->ladder, s);
    bool arrives = h->hop.outcome == OUTCOME_DELIVERED, to_right = s->to > s->from;
    enum canvas_style style = arrives ? message_style(s->name) : STYLE_FAILURE;
    unsigned a = p->x[MIN(s->from, s->to)] + 1, b = p->x[MAX(s->from, s->to)], head = to_right ? b - 1 : a;
    if (b <= a)
        return;
    canvas_fill(&p->canvas, a, b, p->glyphs->line, style);
    for (guint i = 0; i < p->ladder->nodes->len; i++)
        if (p->x[i] > a && p->x[i] < b)
            canvas_fill(&p->canvas, p->x[i], p->x[i] + 1, p->glyphs->crossing, style);
    canvas_fill(&p->canvas, head, head + 1,
                !arrives   ? p->glyphs->lost
                : to_right ? p->glyphs->right
                           : p->glyphs->left,
                style);

    make_label(s, label_level(p, s), p->text);
    canvas_clip(p->text, b - a > 2 ? b - a - 2 : 0, p->opts->term.utf8);
    unsigned length = canvas_width(p->text->str), body = b - a - 1; /* without the head */
    unsigned from = (to_right ? a : a + 1) + (body - length + (to_right ? 0 : 1)) / 2;
    canvas_put(&p->canvas, from, p->text->str, style);
}

/* What is said at the right of an arrow, if the page has room. */
static void draw_margin(struct page *p, const struct ladder_step *s)
{
    unsigned x = p->x[p->ladder->nodes->len - 1] + 2;
    const struct happening *h = ladder_sent(p->ladder, s);
    if (!p->opts->clauses && p->width < x + MARGIN_MIN)
        return;
    g_string_truncate(p->text, 0);
    if (p->opts->clauses)
        g_string_append(p->text, h->clause ? h->clause : "");
    else if (s->before < 0 || s->nth > 1 || h->hop.outcome != OUTCOME_DELIVERED)
        ladder_detail(p->ladder, s, p->text);
    if (!p->opts->clauses)
        canvas_clip(p->text, p->width - x, p->opts->term.utf8);
    canvas_put(&p->canvas, x, p->text->str, STYLE_DIM);
}

static void render(const struct page *p, const struct ladder_step *s, GString *out)
{
    const struct msg *m = ladder_sent(p->ladder, s)->hop.msg;
    const struct net *net = p->ladder->flow->net;
    g_string_truncate(out, 0);
    if (net->protos[m->proto]->render)
        net->protos[m->proto]->render(net, m, out);
}

static enum canvas_style change_style(const char *line)
{
    return line[0] == '+'   ? STYLE_SUCCESS
           : line[0] == '-' ? STYLE_FAILURE
           : line[0] == '~' ? STYLE_PROVISIONAL
                            : STYLE_DIM;
}

/* A text under an arrow, line by line. */
static void draw_block(struct page *p, const char *text, bool changes)
{
    char **lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++) {
        if (!**line && !line[1])
            break;
        g_strchomp(*line);
        canvas_put(&p->canvas, p->left + 4, *line, changes ? change_style(*line) : STYLE_DIM);
        canvas_flush(&p->canvas, p->out);
    }
    g_strfreev(lines);
}

static void draw_changes(struct page *p, const struct ladder_step *s)
{
    GString *before = g_string_new(NULL), *after = g_string_new(NULL), *text = g_string_new(NULL);
    const char *clause = ladder_sent(p->ladder, s)->clause;
    render(p, ladder_step(p->ladder, (unsigned)s->before), before);
    render(p, s, after);
    changes_print(before->str, after->str, p->opts->term.utf8, text);
    if (text->len == 0)
        g_string_append(text, "(unchanged)\n");
    if (clause)
        g_string_append_printf(text, "(%s)\n", clause);
    draw_block(p, text->str, true);
    g_string_free(before, TRUE);
    g_string_free(after, TRUE);
    g_string_free(text, TRUE);
}

static void draw_step(struct page *p, const struct ladder_step *s)
{
    draw_lifelines(p);
    g_string_printf(p->text, "%*u", (int)p->number_width, s->number);
    canvas_put(&p->canvas, 0, p->text->str, STYLE_BOLD);
    draw_time(p, ladder_sent(p->ladder, s)->time, STYLE_PLAIN);
    draw_arrow(p, s);
    draw_margin(p, s);
    canvas_flush(&p->canvas, p->out);
    if (p->opts->changes && s->before >= 0) {
        draw_changes(p, s);
    } else if (p->opts->messages) {
        GString *text = g_string_new(NULL);
        render(p, s, text);
        draw_block(p, text->str, false);
        g_string_free(text, TRUE);
    }
}

/* ---- events ---------------------------------------------------------------------------------------- */

/* Takes as many words from *text as fit `room` columns, at least one. */
static char *take_words(const char **text, unsigned room)
{
    const char *start = *text, *end = start, *at = start;
    unsigned columns = 0;
    while (*at && (columns < room || end == start)) {
        at = g_utf8_next_char(at);
        columns++;
        if (*at == ' ' || !*at)
            end = at;
    }
    *text = *end == ' ' ? end + 1 : end;
    return g_strndup(start, (gsize)(end - start));
}

static void draw_event(struct page *p, const struct ladder_event *e)
{
    enum canvas_style style = e->strong ? STYLE_TURN : STYLE_EVENT;
    unsigned x = p->x[e->column], length = canvas_width(e->text);
    unsigned right = p->width > x + 2 ? p->width - x - 2 : 0, left = x > p->left + 2 ? x - p->left - 2 : 0;
    bool to_right = length <= right || right >= left;
    unsigned room = MAX(to_right ? right : left, 16);
    const char *text = e->text;
    for (bool first = true; first || *text; first = false) {
        char *words = take_words(&text, room);
        length = canvas_width(words);
        unsigned from = to_right ? x + 2 : x > length + 2 ? x - 1 - length : 1;
        draw_lifelines(p);
        canvas_fill(&p->canvas, from - 1, from + length, ' ', STYLE_PLAIN);
        if (first) {
            draw_time(p, flow_at(p->ladder->flow, e->at)->time, STYLE_DIM);
            canvas_put(&p->canvas, x, e->strong ? p->glyphs->turn : p->glyphs->event, style);
        }
        canvas_put(&p->canvas, from, words, style);
        canvas_flush(&p->canvas, p->out);
        g_free(words);
    }
}

/* ---- the whole ------------------------------------------------------------------------------------- */

static void put_count(GString *out, unsigned n, const char *thing)
{
    g_string_append_printf(out, "%u %s%s", n, thing, n == 1 ? "" : "s");
}

/* Milliseconds to the nanosecond, at least three decimals. */
static void put_exact_ms(GString *out, sim_time t)
{
    g_string_append_printf(out, "%" PRId64 ".%06d", t / SIM_MS, (int)(t % SIM_MS));
    for (int i = 0; i < 3 && out->str[out->len - 1] == '0'; i++)
        g_string_truncate(out, out->len - 1);
    g_string_append(out, " ms");
}

static void put_summary(const struct page *p)
{
    const struct ladder *l = p->ladder;
    const struct happening *sent = flow_mark(l->flow, MARK_INVITE_SENT, 0),
                           *rings = flow_mark(l->flow, MARK_RINGBACK, 0),
                           *alert = flow_mark(l->flow, MARK_ALERTED, 0);
    unsigned lost = 0, repeated = 0;
    for (guint i = 0; i < l->steps->len; i++) {
        const struct ladder_step *s = ladder_step(l, i);
        lost += ladder_sent(l, s)->hop.outcome != OUTCOME_DELIVERED;
        repeated += s->nth > 1;
    }
    put_count(p->out, l->groups->len, "message");
    g_string_append(p->out, ", ");
    put_count(p->out, l->steps->len, "hop");
    if (lost)
        g_string_append_printf(p->out, ", %u lost", lost);
    if (repeated)
        g_string_append_printf(p->out, ", %u repeated", repeated);
    g_string_append_c(p->out, '\n');
    if (sent && rings) {
        g_string_append(p->out, "INVITE sent to 180 received (setup_time): ");
        put_exact_ms(p->out, rings->time - sent->time);
        g_string_append_c(p->out, '\n');
    }
    if (alert) {
        g_string_append_printf(p->out, "%s alerts the user at ", alert->node->name);
        put_exact_ms(p->out, alert->time - l->start);
        if (sent) {
            g_string_append(p->out, ", after INVITE sent (alert_time): ");
            put_exact_ms(p->out, alert->time - sent->time);
        }
        g_string_append_c(p->out, '\n');
    }
}

static void put_title(struct page *p)
{
    if (p->opts->title) {
        canvas_put(&p->canvas, 0, p->opts->title, STYLE_BOLD);
        canvas_flush(&p->canvas, p->out);
    }
    g_string_truncate(p->text, 0);
    flow_put_name(p->ladder->flow, p->text);
    g_string_append_printf(p->text, ", %s; ms since %" PRId64 ".%09d s",
                           p->ladder->order == LADDER_BY_MESSAGE ? "message by message" : "in order of time",
                           p->ladder->start / SIM_S, (int)(p->ladder->start % SIM_S));
    canvas_put(&p->canvas, 0, p->text->str, STYLE_DIM);
    canvas_flush(&p->canvas, p->out);
    g_string_append_c(p->out, '\n');
}

static void draw_body(struct page *p)
{
    const struct ladder *l = p->ladder;
    guint event = 0;
    unsigned group = 0;
    for (guint i = 0; i <= l->steps->len; i++) {
        for (; event < l->events->len; event++) {
            const struct ladder_event *e = &g_array_index(l->events, struct ladder_event, event);
            if (e->after > i)
                break;
            draw_event(p, e);
        }
        if (i == l->steps->len)
            break;
        const struct ladder_step *s = ladder_step(l, i);
        if (i > 0 && l->order == LADDER_BY_MESSAGE && s->group != group)
            draw_blank(p);
        group = s->group;
        draw_step(p, s);
    }
}

void ladder_print_text(const struct ladder *l, const struct ladder_text_opts *opts, GString *out)
{
    struct page p = {.ladder = l,
                     .opts = opts,
                     .glyphs = opts->term.utf8 ? &fine : &plain,
                     .out = out,
                     .text = g_string_new(NULL),
                     .width = term_width(&opts->term)};
    canvas_init(&p.canvas, &opts->term);
    measure_gutter(&p);
    lay_out(&p);
    put_title(&p);
    if (l->steps->len) {
        draw_names(&p, true);
        draw_blank(&p);
        draw_body(&p);
        draw_blank(&p);
        draw_names(&p, false);
        g_string_append_c(out, '\n');
    }
    put_summary(&p);
    canvas_clear(&p.canvas);
    g_string_free(p.text, TRUE);
    g_free(p.x);
}
