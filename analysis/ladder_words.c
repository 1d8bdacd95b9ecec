/* ladder_words.c - what the drawn forms of the ladder say alike. */
#include "analysis/ladder_int.h"

#include <inttypes.h>
#include <string.h>

/* Diameter answers end in A: "UAA". */
static bool is_diameter_answer(const char *name)
{
    return strlen(name) == 3 && g_ascii_isupper(name[0]) && g_ascii_isupper(name[1]) && name[2] == 'A';
}

enum ladder_class ladder_class(const struct ladder *l, const struct ladder_step *step)
{
    const struct proto *proto = l->flow->net->protos[ladder_sent(l, step)->hop.msg->proto];
    const char *name = step->name;
    if (g_ascii_isdigit(name[0]))
        return name[0] == '1' ? LADDER_PROVISIONAL : name[0] == '2' ? LADDER_SUCCESS : LADDER_FAILURE;
    if (g_str_has_suffix(name, " Response") || g_str_has_suffix(name, " Answer") ||
        (strcmp(proto->name, "Diameter") == 0 && is_diameter_answer(name)))
        return LADDER_SUCCESS;
    return LADDER_REQUEST;
}

bool ladder_arrives(const struct ladder *l, const struct ladder_step *step)
{
    return ladder_sent(l, step)->hop.outcome == OUTCOME_DELIVERED;
}

void ladder_put_ms(const struct ladder *l, sim_time time, GString *out)
{
    int64_t us = (time - l->start + 500) / 1000;
    g_string_append_printf(out, "%" PRId64 ".%03d", us / 1000, (int)(us % 1000));
}

void ladder_put_duration(sim_time duration, GString *out)
{
    int64_t us = (duration + 500) / 1000, ms = (us + 500) / 1000, hundredths = (ms + 5) / 10;
    if (hundredths >= 1000)
        g_string_append_printf(out, "%" PRId64 ".%d s", (ms + 50) / 1000, (int)((ms + 50) / 100 % 10));
    else if (ms >= 1000)
        g_string_append_printf(out, "%" PRId64 ".%02d s", hundredths / 100, (int)(hundredths % 100));
    else if (ms >= 10)
        g_string_append_printf(out, "%" PRId64 " ms", ms);
    else
        g_string_append_printf(out, "%" PRId64 ".%03d ms", us / 1000, (int)(us % 1000));
}

void ladder_put_counts(const struct ladder *l, GString *out)
{
    unsigned lost = 0, repeated = 0;
    for (guint i = 0; i < l->steps->len; i++) {
        const struct ladder_step *s = ladder_step(l, i);
        lost += !ladder_arrives(l, s);
        repeated += s->nth > 1;
    }
    g_string_append_printf(out, "%u message%s, %u hop%s", l->groups->len, l->groups->len == 1 ? "" : "s",
                           l->steps->len, l->steps->len == 1 ? "" : "s");
    if (lost)
        g_string_append_printf(out, ", %u lost", lost);
    if (repeated)
        g_string_append_printf(out, ", %u repeated", repeated);
}

void ladder_put_label(const struct ladder *l, const struct ladder_step *s, GString *out)
{
    const struct recorded_hop *hop = &ladder_sent(l, s)->hop;
    g_string_append_printf(out, "%u %s", s->number, s->name);
    if (s->carried)
        g_string_append_printf(out, " %s", s->carried);
    if (s->mark[0])
        g_string_append_printf(out, " (%s)", s->mark);
    if (hop->copy)
        g_string_append(out, ", duplicate");
    else if (s->nth > 1)
        g_string_append_printf(out, ", transmission %u", s->nth);
    if (!ladder_arrives(l, s))
        g_string_append(out, hop->outcome == OUTCOME_DOWN ? ", link down" : ", lost");
}

/* ---- step by step ---------------------------------------------------------------------------------- */

static sim_time longest_hop(const struct ladder *l)
{
    sim_time longest = 0;
    for (guint i = 0; i < l->steps->len; i++) {
        const struct happening *h = ladder_sent(l, ladder_step(l, i));
        if (ladder_arrives(l, ladder_step(l, i)))
            longest = MAX(longest, h->hop.arrival - h->time);
    }
    return longest > 0 ? longest : 10 * SIM_MS;
}

/* Tells of a pause before what happens at `time`, when nothing happened for much longer than a hop takes. */
static void tell_pause(const struct ladder *l, const struct ladder_teller *teller, sim_time time,
                       sim_time *last)
{
    if (*last >= 0 && time - *last > 5 * longest_hop(l))
        teller->pause(l, time - *last, teller->out);
    *last = MAX(*last, time);
}

void ladder_tell(const struct ladder *l, const struct ladder_teller *teller)
{
    guint event = 0;
    unsigned group = 0;
    sim_time last = -1; /* of what was told of */
    for (guint i = 0; i <= l->steps->len; i++) {
        for (; event < l->events->len; event++) {
            const struct ladder_event *e = &g_array_index(l->events, struct ladder_event, event);
            if (e->after > i)
                break;
            tell_pause(l, teller, flow_at(l->flow, e->at)->time, &last);
            teller->event(l, e, teller->out);
        }
        if (i == l->steps->len)
            break;
        const struct ladder_step *s = ladder_step(l, i);
        const struct happening *h = ladder_sent(l, s);
        tell_pause(l, teller, h->time, &last);
        if (i > 0 && l->order == LADDER_BY_MESSAGE && s->group != group)
            g_string_append_c(teller->out, '\n');
        group = s->group;
        teller->step(l, s, teller->out);
        if (ladder_arrives(l, s))
            last = MAX(last, h->hop.arrival);
    }
}
