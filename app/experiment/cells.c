/* cells.c - counters of cells (see cells.h). */
#include "app/experiment/cells.h"

#include "analysis/metrics.h"
#include "models/access/cell.h"

struct counting {
    const GArray *before;
    GArray *rows;
};

static void count(const struct node *enb, const struct cell *cell, void *user)
{
    struct counting *c = user;
    struct cell_stats s;

    cell_stats(cell, &s);
    struct cell_row row = {g_ref_string_new_intern(enb->name), s.asked, s.refused, s.bearer_ns, s.up, s.down, s.control};
    if (c->before) {
        const struct cell_row *b = &g_array_index(c->before, struct cell_row, c->rows->len);
        row.asked -= b->asked;
        row.refused -= b->refused;
        row.bearer_ns -= b->bearer_ns;
        row.up -= b->up;
        row.down -= b->down;
        row.control -= b->control;
    }
    g_array_append_val(c->rows, row);
}

void cells_count(const struct world *w, const GArray *before, GArray *rows)
{
    struct counting c = {before, rows};

    world_each_cell(w, count, &c);
}
