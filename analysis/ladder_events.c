/* ladder_events.c - what stands between the arrows: the turning points of a call, from marks and notes.
 *
 * An event stands after the last hop sent before it; in order `message`, after that hop of the message begun
 * last, so that it never stands among the hops of a message that was long over. */
#include "analysis/ladder_int.h"

#include "models/names.h"
#include "sim/fsm.h"

#include <inttypes.h>
#include <string.h>

/* Marks that a reader wants to see, in words; %s is the node. The others say what an arrow says already. */
static const struct {
    bool strong;
    const char *text;
} told[MARK_COUNT] = {
    [MARK_DIALLED] = {false, "the user dials at %s"      },
    [MARK_RINGBACK] = {false, "%s plays ringback"         },
    [MARK_CALLER_READY] = {true,  "resources ready at %s"     },
    [MARK_CALLED_READY] = {true,  "resources ready at %s"     },
    [MARK_ALERTED] = {true,  "%s alerts the user"        },
    [MARK_ANSWERED] = {true,  "the user answers at %s"    },
    [MARK_CONNECTED] = {false, "the call is up at %s"      },
    [MARK_DROPPED] =    {false, "the network ends the call at %s"},
    [MARK_HOLD_ASKED] = {true,  "the user puts the call on hold at %s"},
    [MARK_RESUME_ASKED] = {true,  "the user resumes the call at %s"},
    [MARK_MEDIA_ASKED] = {true,  "the user wants other media at %s"},
    [MARK_CHANGE_REFUSED] = {true,  "the change is refused at %s"},
    [MARK_CANCELLED] = {true,  "%s gives the call up"      },
    [MARK_FAILED] = {true,  "the call has failed at %s" },
    [MARK_RELEASED] = {false, "the call is released at %s"},
};

static char *mark_text(const struct happening *h, bool all, bool *strong)
{
    GString *text;
    if (h->mark.id >= MARK_COUNT)
        return NULL;
    const char *words = told[h->mark.id].text;
    *strong = told[h->mark.id].strong;
    if (!words && !all)
        return NULL;
    text = g_string_new(NULL);
    if (words) {
        const char *name = strstr(words, "%s");
        g_string_append_len(text, words, name - words);
        g_string_append(text, h->node->name);
        g_string_append(text, name + 2);
    } else {
        g_string_append_printf(text, "%s: %s", h->node->name, mark_table[h->mark.id].name);
    }
    if (h->mark.value && h->mark.value != 200)
        g_string_append_printf(text, " (%" PRId64 ")", h->mark.value);
    return g_string_free(text, FALSE);
}

/* The reason in a line "stream: waits for this (directions)", shortened in place: "this"; NULL: none. */
static char *reason_of(char *line)
{
    static const char *const endings[] = {" (", " that it has resources"};
    char *reason = strstr(line, ": ");
    if (!reason)
        return NULL;
    reason += 2;
    for (size_t i = 0; i < G_N_ELEMENTS(endings); i++) {
        char *end = strstr(reason, endings[i]);
        if (end)
            *end = '\0';
    }
    return g_str_has_prefix(reason, "waits for ") ? reason + strlen("waits for ") : reason;
}

/* Puts the reasons to wait into one sentence; what holds for several streams is said once. */
static char *blocked_text(const struct happening *h)
{
    GString *text = g_string_new(NULL);
    char **lines = g_strsplit(h->note.about ? h->note.about : "", "\n", -1);
    for (char **line = lines; *line; line++) {
        const char *reason = reason_of(*line);
        if (!reason || strstr(text->str, reason))
            continue;
        g_string_append_printf(text, "%s%s", text->len ? " and " : " for ", reason);
    }
    g_string_prepend(text, " waits");
    g_string_prepend(text, h->node->name);
    g_strfreev(lines);
    return g_string_free(text, FALSE);
}

static char *note_text(const struct happening *h, bool *strong)
{
    *strong = false;
    if (h->note.code == NOTE_BLOCKED)
        return blocked_text(h);
    if (h->note.code == NOTE_TEXT)
        return g_strdup(h->note.text);
    return NULL; /* a mark says it too, or the arrow does */
}

static char *state_text(const struct happening *h)
{
    const struct fsm_def *d = h->state.def;
    return g_strdup_printf("%s %s: %s, %s to %s", h->node->name, d->name, d->event_names[h->state.event],
                           d->state_names[h->state.from], d->state_names[h->state.to]);
}

static char *timer_text(const struct happening *h)
{
    static const char *const actions[] = {"started", "stopped", "fired"};
    const struct fsm_def *d = h->timer.def;
    GString *text = g_string_new(NULL);
    g_string_printf(text, "%s %s: timer %s %s", h->node->name, d->name, d->timers[h->timer.index].name,
                    actions[h->timer.action]);
    if (h->timer.action == TIMER_STARTED)
        g_string_append_printf(text, ", %" PRId64 ".%06d ms", h->timer.duration / SIM_MS,
                               (int)(h->timer.duration % SIM_MS));
    return g_string_free(text, FALSE);
}

static char *internal_text(const struct ladder *l, const struct happening *h)
{
    const struct net *net = l->flow->net;
    if (h->hop.outcome != OUTCOME_INTERNAL)
        return NULL;
    return g_strdup_printf("%s hands %s over inside the box (%s)", h->node->name,
                           net->protos[h->hop.msg->proto]->type_name(h->hop.msg->type),
                           net->ifaces[h->hop.iface].name);
}

static char *event_text(const struct ladder *l, const struct happening *h, bool all, bool *strong)
{
    *strong = false;
    switch (h->kind) {
    case TRACE_MARK:
        return mark_text(h, all, strong);
    case TRACE_NOTE:
        return note_text(h, strong);
    case TRACE_STATE:
        return all ? state_text(h) : NULL;
    case TRACE_TIMER:
        return all ? timer_text(h) : NULL;
    case TRACE_MSG:
        return all ? internal_text(l, h) : NULL;
    default:
        return NULL;
    }
}

/* How many steps stand before happening `at`; `*after` is the answer for some earlier one. */
static void advance(const struct ladder *l, size_t at, unsigned *after)
{
    if (l->order == LADDER_BY_TIME) {
        while (*after < l->steps->len && ladder_step(l, *after)->at < at)
            ++*after;
        return;
    }
    for (unsigned g = 0; g < l->groups->len; g++) {
        const struct ladder_group *group = &g_array_index(l->groups, struct ladder_group, g);
        for (unsigned i = group->first; i <= group->last; i++)
            if (ladder_step(l, i)->at < at)
                *after = i + 1;
    }
}

void ladder_events(struct ladder *l, bool all)
{
    unsigned after = 0;
    for (size_t at = 0; at < l->flow->happenings->len; at++) {
        const struct happening *h = flow_at(l->flow, at);
        struct ladder_event event = {.at = at};
        guint column;
        if (!g_ptr_array_find(l->nodes, h->node, &column))
            continue;
        event.text = event_text(l, h, all, &event.strong);
        if (!event.text)
            continue;
        advance(l, at, &after);
        event.after = after;
        event.column = column;
        g_array_append_val(l->events, event);
    }
}
