/* steps.c - tables of steps (see steps.h). */
#include "tests/flow/steps.h"

#include <CUnit/CUnit.h>

#include <stdio.h>
#include <string.h>

enum { ROW, MESSAGE, FROM, TO, AFTER, SOURCE, COLUMNS };

struct step {
    char **column;
    const struct hop *hop;
};

/* ---- tables ---------------------------------------------------------------------------------------- */

static void add_steps(GPtrArray *steps, const char *name)
{
    char *path = g_strdup_printf("%s/tests/data/steps/%s.txt", IMSSIM_TEST_SRCDIR, name), *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL))
        CU_FAIL_FATAL("a table of steps is missing");
    char **lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++) {
        if (**line == '#' || !**line)
            continue;
        struct step *s = g_new0(struct step, 1);
        s->column = g_strsplit(*line, ";", COLUMNS);
        CU_ASSERT_EQUAL_FATAL(g_strv_length(s->column), COLUMNS);
        CU_ASSERT_TRUE(strlen(s->column[SOURCE]) > 5);
        g_ptr_array_add(steps, s);
    }
    g_strfreev(lines);
    g_free(text);
    g_free(path);
}

static GPtrArray *read_steps(const char *tables)
{
    GPtrArray *steps = g_ptr_array_new();
    char **names = g_strsplit(tables, " ", -1);
    for (char **name = names; *name; name++)
        add_steps(steps, *name);
    g_strfreev(names);
    return steps;
}

static void free_steps(GPtrArray *steps)
{
    for (guint i = 0; i < steps->len; i++) {
        struct step *s = g_ptr_array_index(steps, i);
        g_strfreev(s->column);
        g_free(s);
    }
    g_ptr_array_free(steps, TRUE);
}

static struct step *step_of(GPtrArray *steps, const char *row)
{
    for (guint i = 0; i < steps->len; i++)
        if (strcmp(((struct step *)g_ptr_array_index(steps, i))->column[ROW], row) == 0)
            return g_ptr_array_index(steps, i);
    return NULL;
}

/* ---- messages -------------------------------------------------------------------------------------- */

static char *detail_of(const struct play *p, const struct hop *h)
{
    const struct proto *proto = p->world->net->protos[h->msg->proto];
    GString *detail = g_string_new(NULL);
    if (proto->detail)
        proto->detail(p->world->net, h->msg, detail);
    return g_string_free(detail, FALSE);
}

char *steps_label(const struct play *p, const struct hop *h)
{
    char *detail = detail_of(p, h);
    char *label = *detail == '[' ? g_strdup_printf("%s %s", h->type, detail) : g_strdup(h->type);
    g_free(detail);
    return label;
}

/* One of the parts of the detail, which "; " separates, is this. */
static bool has_part(const struct play *p, const struct hop *h, const char *part)
{
    char *detail = detail_of(p, h), **parts = g_strsplit(detail, "; ", -1);
    bool found = g_strv_contains((const char *const *)parts, part);
    g_strfreev(parts);
    g_free(detail);
    return found;
}

/* Without the cause that the innermost NAS message names. */
static bool carries(const char *label, const char *wanted)
{
    size_t n = strlen(wanted), inside = strcspn(wanted, "["), close = n;
    while (close > inside && wanted[close - 1] == ']')
        close--;
    return strncmp(label, wanted, close) == 0 && (label[close] == ']' || label[close] == ' ');
}

static bool is_message(const struct play *p, const struct hop *h, const char *label, const char *wanted)
{
    size_t type = strlen(h->type);
    if (wanted[strlen(wanted) - 1] == ']')
        return carries(label, wanted);
    if (strcmp(label, wanted) == 0)
        return true;
    return strncmp(wanted, h->type, type) == 0 && wanted[type] == ' ' && has_part(p, h, wanted + type + 1);
}

static const char *role_of(const struct steps_role *cast, const char *node)
{
    for (; cast->role; cast++)
        if (strcmp(cast->node, node) == 0)
            return cast->role;
    return NULL;
}

static bool plays(const struct steps_role *cast, const char *node, const char *role)
{
    for (; cast->role; cast++)
        if (strcmp(cast->node, node) == 0 && strcmp(cast->role, role) == 0)
            return true;
    return false;
}

static bool is_user_data(const struct hop *h)
{
    return strcmp(h->type, "G-PDU") == 0 || strcmp(h->type, "PDCP Data PDU") == 0;
}

static bool counts(const struct hop *h, const struct steps_role *cast, const char *on)
{
    if (h->copy || h->nth > 1 || is_user_data(h) || !role_of(cast, h->from))
        return false;
    if (h->outcome != OUTCOME_DELIVERED && h->outcome != OUTCOME_CARRIED)
        return false;
    char **names = g_strsplit(on, " ", -1);
    bool there = g_strv_contains((const char *const *)names, h->iface);
    g_strfreev(names);
    return there;
}

/* ---- comparing ------------------------------------------------------------------------------------- */

struct comparison {
    const struct play *p;
    const char *table;
    const struct steps_role *cast;
    GPtrArray *steps; /* struct step *            */
    GPtrArray *hops;  /* const struct hop *: sent */
    char **labels;    /* of the hops              */
};

/* The row that has to have arrived before the hop is sent, and has not; NULL: none. */
static const char *missing(const struct comparison *c, const struct step *s, const struct hop *h)
{
    static char row[16];
    char **after = g_strsplit(s->column[AFTER], " ", -1);
    bool good = true;
    for (char **a = after; good && *a && **a; a++) {
        const struct step *before = step_of(c->steps, *a);
        good = before && before->hop && before->hop < h && before->hop->arrival <= h->sent;
        g_strlcpy(row, *a, sizeof row);
    }
    g_strfreev(after);
    return good ? NULL : row;
}

static bool fits(const struct comparison *c, const struct step *s, guint i)
{
    const struct hop *h = g_ptr_array_index(c->hops, i);
    return !s->hop && is_message(c->p, h, c->labels[i], s->column[MESSAGE]) &&
           plays(c->cast, h->from, s->column[FROM]) && plays(c->cast, h->to, s->column[TO]);
}

/* Gives each hop from the i-th on a row of its own whose order it keeps. Rows may be alike (two NOTIFYs to
 * one node), so what does not work out in the end is tried the other way. */
static bool assign(struct comparison *c, guint i)
{
    if (i == c->hops->len)
        return true;
    for (guint k = 0; k < c->steps->len; k++) {
        struct step *s = g_ptr_array_index(c->steps, k);
        if (!fits(c, s, i) || missing(c, s, g_ptr_array_index(c->hops, i)))
            continue;
        s->hop = g_ptr_array_index(c->hops, i);
        if (assign(c, i + 1))
            return true;
        s->hop = NULL;
    }
    return false;
}

/* Says what is wrong: each hop gets the first row that fits. */
static void explain(struct comparison *c)
{
    for (guint i = 0; i < c->hops->len; i++) {
        const struct hop *h = g_ptr_array_index(c->hops, i);
        struct step *s = NULL;
        for (guint k = 0; k < c->steps->len && !s; k++)
            if (fits(c, g_ptr_array_index(c->steps, k), i))
                s = g_ptr_array_index(c->steps, k);
        const char *before = s ? missing(c, s, h) : NULL;
        if (!s)
            printf("\n%s: nobody expected %s from %s to %s at %.9f s", c->table, c->labels[i], h->from, h->to,
                   sim_time_to_s(h->sent));
        else
            s->hop = h;
        if (before)
            printf("\n%s: row %s, %s, was sent before row %s had arrived", c->table, s->column[ROW],
                   c->labels[i], before);
    }
    for (guint k = 0; k < c->steps->len; k++)
        if (!((struct step *)g_ptr_array_index(c->steps, k))->hop)
            printf("\n%s: row %s was not sent", c->table,
                   ((struct step *)g_ptr_array_index(c->steps, k))->column[ROW]);
}

void steps_check(const struct play *p, const char *tables, const struct steps_role *cast, const char *on,
                 sim_time from, sim_time to)
{
    struct comparison c = {
        .p = p, .table = tables, .cast = cast, .steps = read_steps(tables), .hops = g_ptr_array_new()};
    for (guint i = 0; i < p->hops->len; i++) {
        const struct hop *h = play_hop(p, i);
        if (h->sent >= from && h->sent < to && counts(h, cast, on))
            g_ptr_array_add(c.hops, (gpointer)h);
    }
    c.labels = g_new0(char *, c.hops->len + 1);
    for (guint i = 0; i < c.hops->len; i++)
        c.labels[i] = steps_label(p, g_ptr_array_index(c.hops, i));
    CU_ASSERT_TRUE(c.steps->len > 0);
    bool same = c.hops->len == c.steps->len && assign(&c, 0);
    if (!same)
        explain(&c);
    CU_ASSERT_TRUE(same);
    g_strfreev(c.labels);
    g_ptr_array_free(c.hops, TRUE);
    free_steps(c.steps);
}
