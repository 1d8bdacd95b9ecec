/* golden.c - the flows of tests/golden/scenario_steps.csv (see golden.h). */
#include "tests/flow/golden.h"

#include <CUnit/CUnit.h>

#include <stdio.h>
#include <string.h>

/* Fields of a CSV line; quotes may hold commas. */
static char **fields(const char *line)
{
    GPtrArray *f = g_ptr_array_new();
    GString *field = g_string_new(NULL);
    bool quoted = false;
    for (; *line; line++) {
        if (*line == '"') {
            quoted = !quoted;
        } else if (*line == ',' && !quoted) {
            g_ptr_array_add(f, g_string_free(field, FALSE));
            field = g_string_new(NULL);
        } else {
            g_string_append_c(field, *line);
        }
    }
    g_ptr_array_add(f, g_string_free(field, FALSE));
    g_ptr_array_add(f, NULL);
    return (char **)g_ptr_array_free(f, FALSE);
}

/* "180 Ringing (rel, no SDP)" -> "180 Ringing"; the "(PRACK)" of a 200 is part of its name. */
static void strip_note(char *message)
{
    char *note = strrchr(message, '(');
    if (note && message[0] == '1')
        note[-1] = '\0';
}

/* The rows of one flow: char ** each. */
static GPtrArray *golden(const char *flow)
{
    GPtrArray *rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
    char *text = NULL;
    CU_ASSERT_TRUE_FATAL(
        g_file_get_contents(IMSSIM_TEST_SRCDIR "/tests/golden/scenario_steps.csv", &text, NULL, NULL));
    char **lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++) {
        char **f = fields(*line);
        if (g_strv_length(f) >= 8 && strcmp(f[0], flow) == 0) {
            strip_note(f[2]);
            g_ptr_array_add(rows, f);
        } else {
            g_strfreev(f);
        }
    }
    g_strfreev(lines);
    g_free(text);
    return rows;
}

/* CSeq and RSeq or RAck as the table writes them; an en dash or "none": nothing. */
static bool same_numbers(const struct sip_msg *m, char **row)
{
    char *cseq = g_strdup_printf("%u %s", m->cseq, sip_method_name(m->method));
    char *seq = m->rseq        ? g_strdup_printf("RSeq %u", m->rseq)
                : m->rack_rseq ? g_strdup_printf("RAck %u %u INVITE", m->rack_rseq, m->rack_cseq)
                               : g_strdup("");
    bool none = strcmp(row[6], "none") == 0 || strcmp(row[6], "\xe2\x80\x93") == 0;
    bool same = strcmp(cseq, row[5]) == 0 && strcmp(seq, none ? "" : row[6]) == 0;
    g_free(cseq);
    g_free(seq);
    return same;
}

/* The name of the node that plays this one of the table. */
static const char *player(const struct steps_role *cast, const char *role)
{
    while (cast && cast->role && strcmp(cast->role, role) != 0)
        cast++;
    return cast && cast->role ? cast->node : role;
}

static GPtrArray *hops_between(const struct play *p, sim_time from, sim_time to)
{
    GPtrArray *order = play_in_message_order(p);
    for (guint i = order->len; i-- > 0;) {
        const struct hop *h = g_ptr_array_index(order, i);
        if (h->sent < from || h->sent >= to)
            g_ptr_array_remove_index(order, i);
    }
    return order;
}

void golden_check(const struct play *p, const char *flow, guint steps, const struct steps_role *cast, sim_time from, sim_time to)
{
    GPtrArray *rows = golden(flow), *order = hops_between(p, from, to);
    CU_ASSERT_EQUAL(rows->len, steps);
    CU_ASSERT_EQUAL(order->len, steps);
    for (guint i = 0; i < MIN(rows->len, order->len); i++) {
        char **row = g_ptr_array_index(rows, i);
        const struct hop *h = g_ptr_array_index(order, i);
        bool same = hop_is(h, row[2], player(cast, row[3]), player(cast, row[4])) && strcmp(h->oa, row[7]) == 0 &&
                    same_numbers(h->sip, row);
        if (!same)
            printf("\n%s %s step %u is %s, %s to %s %s", p->scn->name, flow, i + 1, h->type, h->from, h->to, h->oa);
        CU_ASSERT_TRUE(same);
        CU_ASSERT_EQUAL(g_ascii_strtoull(row[1], NULL, 10), i + 1);
        CU_ASSERT_EQUAL(h->nth, 1);
    }
    g_ptr_array_free(rows, TRUE);
    g_ptr_array_free(order, TRUE);
}
