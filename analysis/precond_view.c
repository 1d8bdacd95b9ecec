/* precond_view.c - how the preconditions of one call come to be met (see precond_view.h). */
#include "analysis/precond_view.h"

#include "analysis/canvas.h"
#include "analysis/ladder.h"
#include "models/names.h"
#include "models/proto/sip/sip.h"

#include <inttypes.h>
#include <string.h>

struct view {
    const struct ladder *ladder;
    struct canvas canvas;
    GString *out, *text; /* text: scratch */
    const char *arrow;
    unsigned time_width;
    bool any; /* some description was printed */
};

static void put_ms(const struct view *v, sim_time t, GString *out)
{
    int64_t us = (t - v->ladder->start + 500) / 1000;
    g_string_append_printf(out, "%" PRId64 ".%03d", us / 1000, (int)(us % 1000));
}

/* Begins an entry: its time, and a heading behind it. */
static void head(struct view *v, sim_time t, const char *heading, enum canvas_style style)
{
    g_string_truncate(v->text, 0);
    put_ms(v, t, v->text);
    g_string_append(v->text, " ms");
    unsigned width = (unsigned)v->text->len;
    canvas_put(&v->canvas, v->time_width > width ? v->time_width - width : 0, v->text->str, STYLE_DIM);
    canvas_put(&v->canvas, v->time_width + 2, heading, style);
    canvas_flush(&v->canvas, v->out);
}

/* Lines under the heading. */
static void lines(struct view *v, const char *text, enum canvas_style style)
{
    char **line = g_strsplit(text, "\n", -1);
    for (char **l = line; *l && (**l || l[1]); l++) {
        canvas_put(&v->canvas, v->time_width + 4, *l, style);
        canvas_flush(&v->canvas, v->out);
    }
    g_strfreev(line);
}

/* The description in a hop's message, or NULL. */
static const struct sdp *sdp_of(const struct view *v, const struct happening *h)
{
    const struct msg *m = h->hop.msg;
    if (v->ladder->flow->net->protos[m->proto] != &sip_proto)
        return NULL;
    return ((const struct sip_msg *)(const void *)m)->sdp;
}

static const struct ladder_group *group_at(const struct view *v, unsigned i)
{
    return &g_array_index(v->ladder->groups, struct ladder_group, i);
}

/* Where the direction lines stand: "audio sendrecv, video inactive". */
static void put_directions(const struct sdp *sdp, GString *out)
{
    for (unsigned i = 0; i < sdp->n_streams; i++) {
        const struct sdp_stream *s = &sdp->streams[i];
        g_string_append_printf(out, "%s%s %s", i ? ", " : "", sdp_media_name(s->media),
                               s->port ? sdp_mode_name(s->direction) : "refused");
    }
}

/* A message with a description: at its first sending, all of it; a repetition, in one line. */
static void show_message(struct view *v, const struct ladder_group *g)
{
    const struct ladder_step *first = ladder_step(v->ladder, g->first),
                             *last = ladder_step(v->ladder, g->last);
    const struct happening *sent = ladder_sent(v->ladder, first), *hop = ladder_sent(v->ladder, last);
    const struct sdp *sdp = sdp_of(v, sent);
    GString *text = g_string_new(NULL);
    g_string_printf(text, "%s%s%s %s ", first->mark, first->mark[0] ? " in " : "", first->name,
                    sent->node->name);
    if (hop->hop.outcome == OUTCOME_DELIVERED) {
        g_string_append_printf(text, "%s %s, arrives at ", v->arrow, hop->hop.to->name);
        put_ms(v, hop->hop.arrival, text);
        g_string_append(text, " ms");
    } else {
        g_string_append_printf(text, "to %s, lost on the way", hop->hop.to->name);
    }
    if (first->nth > 1)
        g_string_append_printf(text, ", transmission %u", first->nth);
    head(v, sent->time, text->str, STYLE_BOLD);
    if (first->nth == 1) {
        g_string_assign(text, "");
        put_directions(sdp, text);
        lines(v, text->str, STYLE_REQUEST);
        g_string_assign(text, "");
        sdp_precond_table(sdp, text);
        lines(v, text->str, STYLE_PLAIN);
    }
    g_string_append_c(v->out, '\n');
    g_string_free(text, TRUE);
    v->any = true;
}

/* Whether this node takes part in the exchange of descriptions: notes of others are not about preconditions.
 */
static bool is_party(const struct view *v, const struct node *node)
{
    const struct flow_record *flow = v->ladder->flow;
    for (size_t i = 0; i < flow->happenings->len; i++) {
        const struct happening *h = flow_at(flow, i);
        if (h->kind == TRACE_NOTE && h->node == node &&
            (h->note.code == NOTE_SDP_SENT || h->note.code == NOTE_SDP_TAKEN))
            return true;
    }
    return false;
}

/* Whether the node says at the same instant what it waits for. */
static bool blocked_too(const struct view *v, const struct happening *note)
{
    const struct happening *end = flow_at(v->ladder->flow, v->ladder->flow->happenings->len);
    for (const struct happening *h = note + 1; h < end && h->time == note->time; h++)
        if (h->kind == TRACE_NOTE && h->node == note->node && h->note.code == NOTE_BLOCKED)
            return true;
    return false;
}

static void show_note(struct view *v, const struct happening *h)
{
    const char *heading = NULL;
    enum canvas_style style = STYLE_TURN;
    switch (h->note.code) {
    case NOTE_BLOCKED:
        heading = " is blocked";
        style = STYLE_PROVISIONAL;
        break;
    case NOTE_READY:
        heading = " has its resources reserved";
        break;
    case NOTE_ALERT:
        heading = " alerts the user";
        break;
    case NOTE_TEXT:
        if (!is_party(v, h->node))
            return;
        break;
    default:
        return;
    }
    char *text =
        g_strdup_printf("%s%s%s", h->node->name, heading ? heading : ": ", heading ? "" : h->note.text);
    head(v, h->time, text, style);
    g_free(text);
    if (h->note.about && !(h->note.code == NOTE_READY && blocked_too(v, h)))
        lines(v, h->note.about, style == STYLE_TURN ? STYLE_DIM : style);
    g_string_append_c(v->out, '\n');
}

/* The group that begins with happening `at`, or NULL. */
static const struct ladder_group *begins(const struct view *v, size_t at)
{
    for (guint i = 0; i < v->ladder->groups->len; i++)
        if (ladder_step(v->ladder, group_at(v, i)->first)->at == at)
            return group_at(v, i);
    return NULL;
}

/* What a hop says of the view: a message begins here whose sender is its author. A repetition on the way
 * shows nothing new. */
static void show_hop(struct view *v, const struct happening *h, size_t at)
{
    const struct ladder_group *g = sdp_of(v, h) ? begins(v, at) : NULL;
    if (g)
        show_message(v, g);
}

void precond_view_print(const struct flow_record *flow, const struct term *term, GString *out)
{
    static const char *const sip[] = {"SIP", NULL};
    struct ladder *ladder = ladder_new(flow, &(struct ladder_opts){.protocols = sip});
    struct view v = {
        .ladder = ladder, .out = out, .text = g_string_new(NULL), .arrow = term->utf8 ? "\u2192" : "->"};
    canvas_init(&v.canvas, term);
    if (flow->happenings->len)
        put_ms(&v, flow_at(flow, flow->happenings->len - 1)->time, v.text);
    v.time_width = (unsigned)MAX(v.text->len, 7) + 3;

    GString *title = g_string_new("Preconditions of ");
    flow_put_name(flow, title);
    g_string_append(title, " (RFC 3312); each table is in the view of its sender");
    canvas_put(&v.canvas, 0, title->str, STYLE_BOLD);
    canvas_flush(&v.canvas, out);
    g_string_append_c(out, '\n');
    g_string_free(title, TRUE);
    for (size_t i = 0; i < flow->happenings->len; i++) {
        const struct happening *h = flow_at(flow, i);
        if (h->kind == TRACE_MSG && h->hop.outcome != OUTCOME_INTERNAL)
            show_hop(&v, h, i);
        else if (h->kind == TRACE_NOTE)
            show_note(&v, h);
    }
    if (!v.any)
        g_string_append(out, "no session description was sent\n");
    canvas_clear(&v.canvas);
    g_string_free(v.text, TRUE);
    ladder_free(ladder);
}
