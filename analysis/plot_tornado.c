/* plot_tornado.c - effects as horizontal bars, the strongest on top: a tornado. */
#include "analysis/plot_int.h"

#include <math.h>

/* Columns: place from the bottom, value, and the ends of the interval. */
static void put_rows(const struct plot_bar *bars, size_t n, struct plot_text *t)
{
    plot_block(t, "place value low high");
    for (size_t i = 0; i < n; i++) {
        const double row[] = {(double)(n - 1 - i), bars[i].value, bars[i].low, bars[i].high};
        plot_row(t, row, G_N_ELEMENTS(row));
    }
}

static void put_labels(const struct plot_bar *bars, size_t n, struct plot_text *t)
{
    size_t longest = 0;

    g_string_append(t->script, "set ytics (");
    for (size_t i = 0; i < n; i++) {
        g_string_append(t->script, i ? ", " : "");
        plot_quote(t->script, bars[i].label);
        g_string_append_printf(t->script, " %zu", n - 1 - i);
        longest = MAX(longest, (size_t)g_utf8_strlen(bars[i].label, -1));
    }
    /* room for the labels: some 0.0085 of the width for each letter at this size */
    g_string_append_printf(t->script,
                           ") scale 0 font ',%s'\nset yrange [-0.6:%zu.6]\nset lmargin at screen 0.%03u\n",
                           n > 16 ? "9" : "11", n - 1, (unsigned)MIN(60 + longest * (n > 16 ? 8 : 9), 550));
}

bool plot_tornado(const char *name, const char *title, const char *axis, const char *caption,
                  const struct plot_bar *bars, size_t n, const char *program, const char *dir, GError **error)
{
    struct plot_text t;
    bool intervals = false;

    plot_text_init(&t, g_strdup(name));
    plot_set(&t, "title", title);
    plot_set(&t, "xlabel", axis);
    put_rows(bars, n, &t);
    put_labels(bars, n, &t);
    for (size_t i = 0; i < n; i++)
        intervals |= !isnan(bars[i].low);
    g_string_append(t.script, "unset key\nunset grid\nset grid xtics lt 1 lc rgb '#e4e4e4' lw 0.7\n"
                              "set arrow from 0, graph 0 to 0, graph 1 nohead lc rgb '#404040' front\n");
    /* from 0 to the value, 0.35 to either side of the place; above 0 blue, below orange */
    plot_curve(&t, 0,
               "using 2:1:(0):2:($1-0.35):($1+0.35):($2<0?0xd55e00:0x0072b2) with boxxyerror fs solid 0.85 "
               "noborder lc rgb variable");
    if (intervals)
        plot_curve(&t, 0, "using 2:1:3:4 with xerrorbars lc rgb '#202020' lw 1.3 pt 0");
    g_string_append(t.caption, caption);
    bool done = plot_write(&t, name, program, dir, error);
    plot_text_clear(&t);
    return done;
}
