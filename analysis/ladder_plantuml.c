/* ladder_plantuml.c - the ladder as a sequence diagram for PlantUML.
 *
 * Requests have solid lines, responses dashed ones, lost messages end in a cross. */
#include "analysis/ladder_int.h"

#include <string.h>

/* Text up to the end of the line or of the quotes. Whatever may mean something to PlantUML is written as its
 * code point. */
static void put_text(GString *out, const char *text)
{
    char *valid = g_utf8_make_valid(text, -1);
    for (const char *c = valid; *c; c++) {
        bool twice = (c[0] == c[1] || (c > valid && c[0] == c[-1])) && strchr("*/_-'.=#|", *c);
        if (twice || strchr("<>\\~\"%|!", *c))
            g_string_append_printf(out, "<U+%04X>", (unsigned)*c);
        else
            g_string_append_c(out, (unsigned char)*c < ' ' || *c == 0x7f ? ' ' : *c);
    }
    g_free(valid);
}

static void put_step(const struct ladder *l, const struct ladder_step *s, GString *out)
{
    const char *line = ladder_class(l, s) == LADDER_REQUEST ? "-" : "--";
    GString *label = g_string_new(NULL);
    ladder_put_label(l, s, label);
    g_string_append_printf(out, "n%u %s>%s n%u : ", s->from, line, ladder_arrives(l, s) ? "" : "x", s->to);
    put_text(out, label->str);
    g_string_append_c(out, '\n');
    g_string_free(label, TRUE);
}

static void put_event(const struct ladder *l, const struct ladder_event *e, GString *out)
{
    g_string_append_printf(out, "note over n%u : ", e->column);
    ladder_put_ms(l, flow_at(l->flow, e->at)->time, out);
    g_string_append(out, " ms: ");
    put_text(out, e->text);
    g_string_append_c(out, '\n');
}

static void put_pause(const struct ladder *l, sim_time duration, GString *out)
{
    (void)l;
    g_string_append(out, "...");
    ladder_put_duration(duration, out);
    g_string_append(out, "...\n");
}

void ladder_print_plantuml(const struct ladder *l, const char *title, GString *out)
{
    const struct ladder_teller teller = {
        .step = put_step, .event = put_event, .pause = put_pause, .out = out};
    g_string_append(out, "@startuml\n");
    if (title) {
        g_string_append(out, "title ");
        put_text(out, title);
        g_string_append_c(out, '\n');
    }
    for (guint i = 0; i < l->nodes->len; i++) {
        g_string_append(out, "participant \"");
        put_text(out, ((const struct node *)g_ptr_array_index(l->nodes, i))->name);
        g_string_append_printf(out, "\" as n%u\n", i);
    }
    g_string_append_c(out, '\n');
    ladder_tell(l, &teller);
    g_string_append(out, "@enduml\n");
}
