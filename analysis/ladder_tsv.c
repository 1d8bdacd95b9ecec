/* ladder_tsv.c - the ladder as tab-separated values: a contract, see ladder_print_tsv(). */
#include "analysis/ladder.h"

#include <inttypes.h>

/* Tabs and line ends would break the table; nothing prints them on purpose. */
static void put_field(GString *out, const char *text)
{
    for (; *text; text++)
        g_string_append_c(out, *text == '\t' || *text == '\n' || *text == '\r' ? ' ' : *text);
}

static void put_step(const struct ladder *l, const struct ladder_step *s, GString *detail, GString *out)
{
    const struct happening *h = ladder_sent(l, s);
    const struct net *net = l->flow->net;
    g_string_append_printf(out, "%u\t%" PRId64 "\t", s->number, h->time);
    if (h->hop.outcome == OUTCOME_DELIVERED)
        g_string_append_printf(out, "%" PRId64, h->hop.arrival);
    g_string_append_printf(out, "\t%s\t%s\t%s\t%s\t%s\t%s\t", net->ifaces[h->hop.iface].name,
                           net->protos[h->hop.msg->proto]->name, h->node->name, h->hop.to->name, s->name,
                           s->mark);
    g_string_truncate(detail, 0);
    ladder_detail(l, s, detail);
    put_field(out, detail->str);
    g_string_append_c(out, '\t');
    put_field(out, h->clause ? h->clause : "");
    g_string_append_c(out, '\n');
}

void ladder_print_tsv(const struct ladder *l, GString *out)
{
    GString *detail = g_string_new(NULL);
    g_string_append(
        out,
        "step\tsent_ns\treceived_ns\tinterface\tprotocol\tfrom\tto\tmessage\toffer_answer\tdetail\tclause\n");
    for (guint i = 0; i < l->steps->len; i++)
        put_step(l, ladder_step(l, i), detail, out);
    g_string_free(detail, TRUE);
}
