/* build_calls.c - the calls of the script and of streams, and faults (see build_int.h). */
#include "scenarios/load/build_int.h"

#include <string.h>

/* Text that lives as long as the world. */
static const char *keep(struct world *w, char *text)
{
    g_ptr_array_add(w->priv->strings, text);
    return text;
}

static sim_time draw(struct world *w, const char *name, uint64_t call, const struct dist *d)
{
    struct rng rng;
    rng_keyed(&rng, w->sim->streams, name, call);
    return dist_draw(d, &rng);
}

static uint64_t session(const char *text)
{
    return text ? g_ascii_strtoull(text, NULL, 10) : 0;
}

/* Whether a phone has what is wanted of it. */
static bool can_change(struct world *w, const struct scn_change *s, const struct node *phone)
{
    const struct scn_group *g = world_group(w, phone);
    for (guint i = 0; i < g->media->len; i++) {
        const struct scn_media *m = &g_array_index(g->media, struct scn_media, i);
        if (m->type == SCN_VIDEO && (s->what == SCN_ADD_VIDEO || s->what == SCN_REMOVE_VIDEO))
            return true;
        for (guint k = 0; k < m->codecs->len && s->what == SCN_CODEC && s->has_codec; k++)
            if (g_array_index(m->codecs, struct scn_codec, k).payload_type == s->codec)
                return true;
    }
    if (s->what == SCN_CODEC && !s->has_codec)
        world_complain(w, &s->pos, "<do what=\"codec\"> needs codec=\"...\", a payload type of phone \"%s\"", phone->name);
    else if (s->what == SCN_CODEC)
        world_complain(w, &s->pos, "phone \"%s\" has no codec with payload type %d", phone->name, s->codec);
    else if (s->what == SCN_ADD_VIDEO || s->what == SCN_REMOVE_VIDEO)
        world_complain(w, &s->pos, "phone \"%s\" has no video: give its group <media type=\"video\">", phone->name);
    return s->what == SCN_HOLD || s->what == SCN_RESUME;
}

static int by_time(gconstpointer a, gconstpointer b)
{
    const struct call_change *x = a, *y = b;
    return x->after < y->after ? -1 : x->after > y->after;
}

/* In the order of their times; of those at one time, in that of the file (g_array_sort() is stable). */
static void plan_changes(struct world *w, guint call, const struct node *from, const struct node *to, struct call_plan *plan)
{
    static const enum mmi_what what[] = {MMI_HOLD, MMI_RESUME, MMI_CODEC, MMI_ADD_VIDEO, MMI_DROP_VIDEO};
    const GArray *in = g_array_index(w->scn->calls, struct scn_call, call).changes;
    GArray *out = g_array_new(FALSE, TRUE, sizeof(struct call_change));
    for (guint i = 0; i < in->len; i++) {
        const struct scn_change *s = &g_array_index(in, struct scn_change, i);
        char *stream = g_strdup_printf("calls/%u/do", call + 1);
        struct call_change c = {
            .after = draw(w, stream, i, &s->after),
            .by_called = s->by == SCN_BY_CALLED,
            .from_alert = s->since == SCN_SINCE_ALERT,
            .change = {.what = (uint8_t)what[s->what], .codec = (uint8_t)s->codec},
        };
        g_free(stream);
        if (can_change(w, s, c.by_called ? to : from))
            g_array_append_val(out, c);
    }
    g_array_sort(out, by_time);
    plan->n_changes = out->len;
    plan->changes = (const struct call_change *)(const void *)out->data;
    keep(w, g_array_free(out, FALSE));
}

void calls_plan(struct world *w)
{
    g_array_set_size(w->priv->tokens, w->scn->calls->len);
    for (guint i = 0; i < w->scn->calls->len; i++) {
        const struct scn_call *c = &g_array_index(w->scn->calls, struct scn_call, i);
        struct node *from = world_need_node(w, &c->pos, c->from, KIND_UE, "phone");
        struct node *to = world_need_node(w, &c->pos, c->to, KIND_UE, "phone");
        if (!from || !to)
            continue;
        struct call_tokens *t = &g_array_index(w->priv->tokens, struct call_tokens, i);
        *t = (struct call_tokens){c->tokens.call_id, c->tokens.from_tag, c->tokens.to_tag, c->tokens.invite_branch,
                                  c->tokens.ack_branch, session(c->tokens.offer_session), session(c->tokens.answer_session)};
        struct call_plan plan = {
            .answer = draw(w, "calls/answer", i, &c->answer),
            .hold = c->has_hold ? draw(w, "calls/hold", i, &c->hold) : SIM_NEVER,
            .cancel = c->has_cancel ? draw(w, "calls/cancel", i, &c->cancel) : SIM_NEVER,
            .reserve_caller = draw(w, "calls/reserve-caller", i, &world_group(w, from)->reservation_time),
            .reserve_called = draw(w, "calls/reserve-called", i, &world_group(w, to)->reservation_time),
            .reject = c->called == SCN_REJECTS_BUSY ? 486 : c->called == SCN_DECLINES ? 603 : 0,
            .never = c->called == SCN_NEVER_ANSWERS,
            .without_video = c->media == SCN_AUDIO_ONLY,
            .tokens = t,
        };
        plan_changes(w, i, from, to, &plan);
        people_plan_call(w->priv->people, c->at, from, to, &plan);
    }
}

void calls_add_streams(struct world *w)
{
    for (guint i = 0; i < w->scn->traffic->len; i++) {
        const struct scn_traffic *t = &g_array_index(w->scn->traffic, struct scn_traffic, i);
        struct people_stream s = {
            .name = keep(w, g_strdup_printf("calls/%u", i + 1)),
            .arrivals = &t->arrivals,
            .start = t->start,
            .until = t->until,
            .count = t->count,
            .answer = &t->answer,
            .hold = t->has_hold ? &t->hold : NULL,
            .patience = t->has_patience ? &t->patience : NULL,
            .unanswered = t->unanswered,
            .busy = t->busy,
            .declined = t->declined,
            .anybody = t->any_caller,
        };
        s.callers = world_phones(w, t->from, &s.ncallers);
        s.callees = world_phones(w, t->to, &s.ncallees);
        if (s.callers == s.callees && s.ncallers < 2) {
            world_complain(w, &t->pos, "the phones of group \"%s\" call each other, but there is only one; a count of at least 2 is accepted", t->from);
            continue;
        }
        s.reserve_caller = &world_group(w, s.callers[0])->reservation_time;
        s.reserve_called = &world_group(w, s.callees[0])->reservation_time;
        people_add_stream(w->priv->people, &s);
    }
}

void calls_add_faults(struct world *w)
{
    for (guint i = 0; i < w->scn->faults->len; i++) {
        const struct scn_fault *s = &g_array_index(w->scn->faults, struct scn_fault, i);
        struct fault f = {.kind = s->kind == SCN_DROP ? FAULT_DROP : FAULT_DUPLICATE, .proto = -1, .type = -1, .twin = -1, .iface = -1,
                          .nth = (uint32_t)s->nth, .count = (uint32_t)s->count};
        if (s->message && strcmp(s->message, "*") != 0 && !net_find_type(w->net, s->message, &f.proto, &f.type))
            world_complain(w, &s->pos, "there is no message \"%s\" (see: imssim list messages)", s->message);
        if (f.type >= 0)
            f.twin = net_find_twin(w->net, f.proto, f.type);
        if (s->on && (f.iface = iface_by_name(s->on)) < 0)
            world_complain(w, &s->pos, "there is no interface \"%s\" (see: imssim list interfaces)", s->on);
        if (s->from && !(f.from = net_find_node(w->net, s->from)))
            world_complain(w, &s->pos, "there is no node \"%s\"", s->from);
        if (s->to && !(f.to = net_find_node(w->net, s->to)))
            world_complain(w, &s->pos, "there is no node \"%s\"", s->to);
        g_array_append_val(w->net->faults, f);
    }
}
