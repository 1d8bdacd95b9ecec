/* ladder_columns.c - the order of the columns: nodes as they stand on the path.
 *
 * A node that is first heard of as the receiver of somebody's message hangs below that sender, which makes a
 * tree with the one who started the flow at its root. The columns are the tree from top to bottom. Who was
 * asked something that goes no further (an HSS, say) stands next to the one that asked, and the path goes on
 * behind. */
#include "analysis/ladder_int.h"

struct place {
    const struct node *node;
    int parent;   /* index, or -1                                          */
    bool on_path; /* first heard of in a message that travels end to end   */
    bool used;    /* some step has this end                                */
};

static int find(const GArray *places, const struct node *node)
{
    for (guint i = 0; i < places->len; i++)
        if (g_array_index(places, struct place, i).node == node)
            return (int)i;
    return -1;
}

static int add(GArray *places, const struct node *node, int parent, bool on_path)
{
    struct place p = {.node = node, .parent = parent, .on_path = on_path};
    g_array_append_val(places, p);
    return (int)places->len - 1;
}

static void place_ends(GArray *places, const struct net *net, const struct happening *h)
{
    int from = find(places, h->node), to = find(places, h->hop.to);
    bool on_path = ladder_key(net, h->hop.msg) != 0;
    if (from < 0)
        from = add(places, h->node, to, on_path);
    if (to < 0 && h->node != h->hop.to)
        add(places, h->hop.to, from, on_path);
}

static void descend(const GArray *places, int at, GPtrArray *order)
{
    const struct place *p = &g_array_index(places, struct place, at);
    if (p->used)
        g_ptr_array_add(order, (gpointer)p->node);
    for (int path = 0; path < 2; path++)
        for (guint i = 0; i < places->len; i++) {
            const struct place *below = &g_array_index(places, struct place, i);
            if (below->parent == at && below->on_path == path)
                descend(places, (int)i, order);
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
            place_ends(places, l->flow->net, h);
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
