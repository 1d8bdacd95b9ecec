/* explain_text.c - the waterfall drawn for a terminal: parts in the order of time, each with a bar at its
 * place in the interval; neighbours of the same phase, or about the same message, share a heading with their sum. */
#include "analysis/canvas.h"
#include "analysis/explain.h"
#include "models/names.h"
#include "sim/cause.h"

#include <inttypes.h>

#define BAR_MIN 16
#define BAR_MAX 80

struct fall {
    const struct explain *ex;
    struct canvas canvas;
    GString *out, *text;                                   /* text: scratch */
    bool utf8, exact;                                      /* exact: some part needs six decimals */
    unsigned where, ms, ms_width, percent, bar, bar_width; /* columns */
};

static const struct explain_part *part_at(const struct fall *f, guint i)
{
    return &g_array_index(f->ex->parts, struct explain_part, i);
}

static void put_ms(const struct fall *f, sim_time t, GString *out)
{
    g_string_truncate(out, 0);
    if (f->exact)
        g_string_printf(out, "%" PRId64 ".%06d", t / SIM_MS, (int)(t % SIM_MS));
    else
        g_string_printf(out, "%" PRId64 ".%03d", t / SIM_MS, (int)(t % SIM_MS / SIM_US));
}

static void put_where(const struct fall *f, const struct explain_part *p, GString *out)
{
    g_string_assign(out, p->where);
    if (p->link)
        g_string_append_printf(out, " %s %s %s", p->link->from->name, f->utf8 ? "\u2192" : "->",
                               p->link->to->name);
}

static void put_part(const struct fall *f, const struct explain_part *p, GString *out)
{
    (void)f;
    g_string_truncate(out, 0);
    explain_put_part(p, out);
}

static void lay_out(struct fall *f, unsigned width)
{
    unsigned label = 5, where = 5; /* "total", "where" */
    for (guint i = 0; i < f->ex->parts->len; i++) {
        const struct explain_part *p = part_at(f, i);
        put_where(f, p, f->text);
        where = MAX(where, canvas_width(f->text->str));
        put_part(f, p, f->text);
        label = MAX(label, MAX(canvas_width(p->phase), 2 + canvas_width(f->text->str)));
        if ((p->end - p->start) % SIM_US)
            f->exact = true;
    }
    put_ms(f, f->ex->end - f->ex->start, f->text);
    f->where = label + 2;
    f->ms_width = (unsigned)f->text->len;
    f->ms = f->where + where + 2;
    f->percent = f->ms + f->ms_width + 2;
    f->bar = f->percent + 7 + 2; /* "100.0 %" */
    f->bar_width = CLAMP(width > f->bar ? width - f->bar : 0, BAR_MIN, BAR_MAX);
}

/* Column of the bar where an instant lies. */
static unsigned column(const struct fall *f, sim_time t, bool up)
{
    __int128 total = f->ex->end - f->ex->start, at = (__int128)(t - f->ex->start) * f->bar_width;
    return f->bar + (unsigned)((at + (up ? total - 1 : 0)) / total);
}

static void draw_numbers(struct fall *f, sim_time start, sim_time end, enum canvas_style style)
{
    __int128 total = f->ex->end - f->ex->start;
    put_ms(f, end - start, f->text);
    canvas_put(&f->canvas, f->ms + f->ms_width - (unsigned)f->text->len, f->text->str, style);
    int permille = (int)(((__int128)(end - start) * 1000 + total / 2) / total);
    g_string_printf(f->text, "%3d.%d %%", permille / 10, permille % 10);
    canvas_put(&f->canvas, f->percent, f->text->str, style);
}

static enum canvas_style part_style(const struct explain_part *p)
{
    return p->link ? STYLE_REQUEST : STYLE_PROVISIONAL;
}

/* A part on a line of its own, below its heading or in its place. */
static void draw_part(struct fall *f, const struct explain_part *p, bool headed)
{
    put_part(f, p, f->text);
    canvas_put(&f->canvas, headed ? 2 : 0, f->text->str, headed ? STYLE_PLAIN : STYLE_BOLD);
    put_where(f, p, f->text);
    canvas_put(&f->canvas, f->where, f->text->str, STYLE_DIM);
    draw_numbers(f, p->start, p->end, STYLE_PLAIN);
    canvas_fill(&f->canvas, column(f, p->start, false), column(f, p->end, true), f->utf8 ? 0x2588 : '#',
                part_style(p));
    canvas_flush(&f->canvas, f->out);
}

static void draw_heading(struct fall *f, const char *text, sim_time start, sim_time end)
{
    canvas_put(&f->canvas, 0, text, STYLE_BOLD);
    draw_numbers(f, start, end, STYLE_BOLD);
    canvas_fill(&f->canvas, column(f, start, false), column(f, end, true), f->utf8 ? 0x2500 : '-', STYLE_DIM);
    canvas_flush(&f->canvas, f->out);
}

/* Neighbours i to end - 1, all about one message or activity. */
static void draw_phase(struct fall *f, guint i, guint end)
{
    bool headed = end - i > 1 || g_strcmp0(part_at(f, i)->phase, part_at(f, i)->kind) != 0;
    if (headed)
        draw_heading(f, part_at(f, i)->phase, part_at(f, i)->start, part_at(f, end - 1)->end);
    for (; i < end; i++)
        draw_part(f, part_at(f, i), headed);
}

/* The total once more, by kind of delay. */
static void put_kinds(struct fall *f)
{
    for (unsigned label = 0; label <= CAUSE_LABEL_MAX; label++) {
        const char *kind = cause_label_text(f->ex->flow->sim, label);
        if (!kind)
            continue;
        sim_time sum = 0;
        for (guint i = 0; i < f->ex->parts->len; i++)
            if (g_strcmp0(part_at(f, i)->kind, kind) == 0)
                sum += part_at(f, i)->end - part_at(f, i)->start;
        if (sum == 0)
            continue;
        canvas_put(&f->canvas, 2, kind, STYLE_PLAIN);
        draw_numbers(f, 0, sum, STYLE_PLAIN);
        canvas_flush(&f->canvas, f->out);
    }
}

/* Place of the first part that belongs to another phase than part i. */
static guint phase_end(const struct fall *f, guint i)
{
    guint end = i;
    while (end < f->ex->parts->len && g_strcmp0(part_at(f, end)->phase, part_at(f, i)->phase) == 0)
        end++;
    return end;
}

/* The total once more, by phase, where phases have names. */
static void put_phases(struct fall *f)
{
    for (guint i = 0, end; f->ex->phases != PHASES_NONE && i < f->ex->parts->len; i = end) {
        end = phase_end(f, i);
        canvas_put(&f->canvas, 2, part_at(f, i)->phase, STYLE_PLAIN);
        draw_numbers(f, part_at(f, i)->start, part_at(f, end - 1)->end, STYLE_PLAIN);
        canvas_flush(&f->canvas, f->out);
    }
    if (f->ex->phases != PHASES_NONE)
        g_string_append_c(f->out, '\n');
}

/* Where a mark was set, and about whom if that is another. */
static void put_place(const struct happening *mark, GString *out)
{
    g_string_append(out, mark->node->name);
    if (mark->mark.about != mark->node)
        g_string_append_printf(out, " for %s", mark->mark.about->name);
}

static void put_title(struct fall *f)
{
    const struct explain *ex = f->ex;
    const char *from = mark_table[ex->from->mark.id].name, *to = mark_table[ex->to->mark.id].name;
    g_string_printf(f->text, "%s%s%s", ex->name ? ex->name : "", ex->name ? ": " : "", from);
    if (ex->from->node == ex->to->node) {
        g_string_append_printf(f->text, " to %s, both at ", to);
    } else {
        g_string_append(f->text, " at ");
        put_place(ex->from, f->text);
        g_string_append_printf(f->text, " to %s at ", to);
    }
    put_place(ex->to, f->text);
    if (flow_mark(ex->flow, MARK_DIALLED, 0)) {
        g_string_append(f->text, "; ");
        flow_put_name(ex->flow, f->text);
    }
    canvas_put(&f->canvas, 0, f->text->str, STYLE_BOLD);
    canvas_flush(&f->canvas, f->out);
    g_string_append_c(f->out, '\n');
}

void explain_print_text(const struct explain *ex, const struct term *term, GString *out)
{
    struct fall f = {.ex = ex, .out = out, .text = g_string_new(NULL), .utf8 = term->utf8};
    canvas_init(&f.canvas, term);
    lay_out(&f, term_width(term));
    put_title(&f);
    canvas_put(&f.canvas, 0, "part", STYLE_DIM);
    canvas_put(&f.canvas, f.where, "where", STYLE_DIM);
    canvas_put(&f.canvas, f.percent - 4, "ms", STYLE_DIM);
    canvas_put(&f.canvas, f.percent, "  share", STYLE_DIM);
    canvas_flush(&f.canvas, out);
    for (guint i = 0, end; i < ex->parts->len; i = end) {
        end = phase_end(&f, i);
        draw_phase(&f, i, end);
    }
    g_string_append_c(out, '\n');
    if (ex->parts->len) {
        draw_heading(&f, "total", ex->start, ex->end);
        put_phases(&f);
        put_kinds(&f);
    } else {
        g_string_append(out, "no time passes between the two\n");
    }
    canvas_clear(&f.canvas);
    g_string_free(f.text, TRUE);
}
