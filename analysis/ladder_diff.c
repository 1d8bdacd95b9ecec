/* ladder_diff.c - compares two ladders (see ladder_diff.h). */
#include "analysis/ladder_diff.h"

#include "analysis/table.h"

#include <inttypes.h>
#include <string.h>

/* ---- messages ---------------------------------------------------------------------------------------- */

static struct ladder_diff_message message_of(const struct ladder *l, guint group, int side)
{
    const struct ladder_group *g = &g_array_index(l->groups, struct ladder_group, group);
    const struct ladder_step *first = ladder_step(l, g->first), *last = ladder_step(l, g->last);
    const struct happening *begin = ladder_sent(l, first), *end = ladder_sent(l, last);
    struct ladder_diff_message m = {
        .name = first->name,
        .from = begin->node->name,
        .to = end->hop.to->name,
        .nth = first->nth,
        .a = -1,
        .b = -1,
        .sent = {-1, -1},
        .arrived = {-1, -1}
    };

    *(side ? &m.b : &m.a) = (int)group;
    m.hops[side] = g->count;
    m.sent[side] = begin->time - l->start;
    if (end->hop.outcome == OUTCOME_DELIVERED)
        m.arrived[side] = end->hop.arrival - l->start;
    return m;
}

static GArray *messages_of(const struct ladder *l, int side)
{
    GArray *all = g_array_new(FALSE, FALSE, sizeof(struct ladder_diff_message));

    for (guint i = 0; i < l->groups->len; i++) {
        struct ladder_diff_message m = message_of(l, i, side);
        g_array_append_val(all, m);
    }
    return all;
}

static const struct ladder_diff_message *at(const GArray *all, guint i)
{
    return &g_array_index(all, struct ladder_diff_message, i);
}

static bool alike(const struct ladder_diff_message *a, const struct ladder_diff_message *b)
{
    return strcmp(a->name, b->name) == 0 && strcmp(a->from, b->from) == 0 && strcmp(a->to, b->to) == 0 &&
           (a->nth > 1) == (b->nth > 1);
}

/* ---- what both have ---------------------------------------------------------------------------------- */

/* length[i * (n + 1) + j]: of the longest common sequence of what stands behind i in a and behind j in b. */
static uint16_t *common_lengths(const GArray *a, const GArray *b)
{
    size_t width = b->len + 1;
    uint16_t *length = g_new0(uint16_t, (a->len + 1) * width);

    for (guint i = a->len; i-- > 0;)
        for (guint j = b->len; j-- > 0;)
            length[i * width + j] = alike(at(a, i), at(b, j))
                                        ? (uint16_t)(length[(i + 1) * width + j + 1] + 1)
                                        : MAX(length[(i + 1) * width + j], length[i * width + j + 1]);
    return length;
}

static void add(struct ladder_diff *d, const struct ladder_diff_message *a,
                const struct ladder_diff_message *b)
{
    struct ladder_diff_message m = a ? *a : *b;

    if (a && b) {
        m.b = b->b;
        m.hops[1] = b->hops[1];
        m.sent[1] = b->sent[1];
        m.arrived[1] = b->arrived[1];
    }
    *(a && b ? &d->shared : a ? &d->only_a : &d->only_b) += 1;
    g_array_append_val(d->messages, m);
}

struct ladder_diff *ladder_diff_new(const struct ladder *la, const struct ladder *lb)
{
    if (la->groups->len > LADDER_DIFF_MAX || lb->groups->len > LADDER_DIFF_MAX)
        return NULL;
    struct ladder_diff *d = g_new0(struct ladder_diff, 1);
    GArray *a = messages_of(la, 0), *b = messages_of(lb, 1);
    uint16_t *length = common_lengths(a, b);
    size_t width = b->len + 1;
    guint i = 0, j = 0;

    d->messages = g_array_new(FALSE, FALSE, sizeof(struct ladder_diff_message));
    while (i < a->len || j < b->len) {
        if (i < a->len && j < b->len && alike(at(a, i), at(b, j)))
            add(d, at(a, i++), at(b, j++));
        else if (j == b->len || (i < a->len && length[(i + 1) * width + j] >= length[i * width + j + 1]))
            add(d, at(a, i++), NULL);
        else
            add(d, NULL, at(b, j++));
    }
    g_free(length);
    g_array_unref(a);
    g_array_unref(b);
    return d;
}

void ladder_diff_free(struct ladder_diff *d)
{
    if (!d)
        return;
    g_array_unref(d->messages);
    g_free(d);
}

/* ---- output ------------------------------------------------------------------------------------------ */

static bool takes_as_long(const struct ladder_diff_message *m, sim_time lag)
{
    return m->a >= 0 && m->b >= 0 && m->hops[0] == m->hops[1] && m->sent[1] - m->sent[0] == lag &&
           (m->arrived[0] < 0) == (m->arrived[1] < 0) &&
           (m->arrived[0] < 0 || m->arrived[1] - m->arrived[0] == lag);
}

/* ms, with the sign of a difference if asked for. */
static void put_ms(struct table *t, sim_time ns, bool known, bool sign)
{
    if (known)
        table_cellf(t, sign ? "%+.3f" : "%.3f", (double)ns / (double)SIM_MS);
    else
        table_cell(t, "");
}

static void print_message(const struct ladder_diff_message *m, sim_time lag, struct table *t)
{
    bool both = m->a >= 0 && m->b >= 0, arrive = both && m->arrived[0] >= 0 && m->arrived[1] >= 0;

    table_cell(t, both ? "" : m->a >= 0 ? "-" : "+");
    table_cellf(t, "%s%s", m->name, m->nth > 1 ? " (again)" : "");
    table_cellf(t, "%s -> %s", m->from, m->to);
    if (both && m->hops[0] != m->hops[1])
        table_cellf(t, "%u, %u", m->hops[0], m->hops[1]);
    else
        table_cellf(t, "%u", m->hops[m->a >= 0 ? 0 : 1]);
    put_ms(t, m->sent[0], m->a >= 0, false);
    put_ms(t, m->sent[1], m->b >= 0, false);
    put_ms(t, m->sent[1] - m->sent[0] - lag, both && m->sent[1] - m->sent[0] != lag, true);
    put_ms(t, (m->arrived[1] - m->sent[1]) - (m->arrived[0] - m->sent[0]),
           arrive && m->arrived[1] - m->sent[1] != m->arrived[0] - m->sent[0], true);
}

static void alike_row(struct table *t, unsigned n)
{
    table_cell(t, "");
    table_cellf(t, "(%u alike)", n);
    for (int i = 2; i < 8; i++)
        table_cell(t, "");
}

void ladder_diff_print(const struct ladder_diff *d, bool all, GString *out)
{
    struct table *t = table_new(
        "\tmessage\tway\thops\tA sends, ms\tB sends, ms\tB loses before\tB loses on the way", "lllrrrrr");
    sim_time lag = 0; /* of B behind A, when the message before was sent or arrived */
    unsigned same = 0;

    for (guint i = 0; i < d->messages->len; i++) {
        const struct ladder_diff_message *m = at(d->messages, i);
        if (!all && takes_as_long(m, lag)) {
            same++;
            continue;
        }
        if (same)
            alike_row(t, same);
        same = 0;
        print_message(m, lag, t);
        if (m->a >= 0 && m->b >= 0)
            lag = m->arrived[0] >= 0 && m->arrived[1] >= 0 ? m->arrived[1] - m->arrived[0]
                                                           : m->sent[1] - m->sent[0];
    }
    if (same)
        alike_row(t, same);
    table_print(t, 0, out);
    table_free(t);
}

static void put_count(GString *out, bool there, unsigned n)
{
    if (there)
        g_string_append_printf(out, "%u", n);
    g_string_append_c(out, '\t');
}

void ladder_diff_print_tsv(const struct ladder_diff *d, GString *out)
{
    g_string_append(
        out,
        "change\tmessage\tfrom\tto\thops_a\thops_b\tsent_a_ns\treceived_a_ns\tsent_b_ns\treceived_b_ns\n");
    for (guint i = 0; i < d->messages->len; i++) {
        const struct ladder_diff_message *m = at(d->messages, i);
        g_string_append_printf(out, "%s\t%s\t%s\t%s\t",
                               m->a >= 0 && m->b >= 0 ? "="
                               : m->a >= 0            ? "-"
                                                      : "+",
                               m->name, m->from, m->to);
        put_count(out, m->a >= 0, m->hops[0]);
        put_count(out, m->b >= 0, m->hops[1]);
        for (int side = 0; side < 2; side++) {
            const sim_time times[] = {m->sent[side], m->arrived[side]};
            for (int k = 0; k < 2; k++) {
                if (times[k] >= 0)
                    g_string_append_printf(out, "%" PRId64, times[k]);
                g_string_append_c(out, side == 1 && k == 1 ? '\n' : '\t');
            }
        }
    }
}
