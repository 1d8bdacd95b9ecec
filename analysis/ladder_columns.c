/* ladder_columns.c - the order of the columns: nodes as they stand on the path.
 *
 * A node that is first heard of as the receiver of somebody's message hangs below that sender, which makes a
 * tree with the one who started the flow at its root. The columns are the tree from top to bottom, short
 * branches first: who is only asked (an HSS, say) stands next to the one that asks, and the path goes on
 * behind. */
#include "analysis/ladder_int.h"

struct place {
    const struct node *node;
    int parent;      /* index, or -1 */
    unsigned height; /* of the branch below */
    bool used;       /* some step has this end */
};

static int find(const GArray *places, const struct node *node)
{
    for (guint i = 0; i < places->len; i++)
        if (g_array_index(places, struct place, i).node == node)
            return (int)i;
    return -1;
}

static int add(GArray *places, const struct node *node, int parent)
{
    struct place p = {.node = node, .parent = parent};
    g_array_append_val(places, p);
    unsigned height = 1;
    for (int up = parent; up >= 0; up = g_array_index(places, struct place, up).parent, height++) {
        struct place *above = &g_array_index(places, struct place, up);
        above->height = MAX(above->height, height);
    }
    return (int)places->len - 1;
}

static void place_ends(GArray *places, const struct node *from, const struct node *to)
{
    int a = find(places, from), b = find(places, to);
    if (a < 0)
        a = add(places, from, b);
    if (b < 0 && from != to)
        add(places, to, a);
}

static void descend(const GArray *places, int at, GPtrArray *order)
{
    const struct place *p = &g_array_index(places, struct place, at);
    if (p->used)
        g_ptr_array_add(order, (gpointer)p->node);
    for (unsigned height = 0; height < MAX(p->height, 1); height++)
        for (int i = (int)places->len - 1; i >= 0; i--) {
            const struct place *below = &g_array_index(places, struct place, i);
            if (below->parent == at && below->height == height)
                descend(places, i, order);
        }
}

static unsigned column(const struct ladder *l, const struct node *node)
{
    guint i = 0;
    g_ptr_array_find(l->nodes, node, &i);
    return i;
}

void ladder_columns(struct ladder *l)
{
    GArray *places = g_array_new(FALSE, TRUE, sizeof(struct place));
    for (size_t i = 0; i < l->flow->happenings->len; i++) {
        const struct happening *h = flow_at(l->flow, i);
        if (h->kind == TRACE_MSG)
            place_ends(places, h->node, h->hop.to);
    }
    for (guint i = 0; i < l->steps->len; i++) {
        const struct happening *h = ladder_sent(l, ladder_step(l, i));
        g_array_index(places, struct place, find(places, h->node)).used = true;
        g_array_index(places, struct place, find(places, h->hop.to)).used = true;
    }
    for (guint i = 0; i < places->len; i++)
        if (g_array_index(places, struct place, i).parent < 0)
            descend(places, (int)i, l->nodes);
    for (guint i = 0; i < l->steps->len; i++) {
        struct ladder_step *s = &g_array_index(l->steps, struct ladder_step, i);
        const struct happening *h = ladder_sent(l, s);
        s->from = column(l, h->node);
        s->to = column(l, h->hop.to);
    }
    g_array_free(places, TRUE);
}
