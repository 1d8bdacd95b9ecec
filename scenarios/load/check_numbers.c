/* check_numbers.c - telephone numbers and DNS in the merged document: each phone has a number of its own, and who is to
 * look up a number or a domain has somebody to ask. Works on the XML, as check.c does. */
#include "scenarios/load/load_int.h"

#include <string.h>

enum { MOST_DIGITS = 15 }; /* ITU-T E.164 */

/* The numbers of a group as numbers. False: it has none, or it is not one. */
static bool numbers_of(const xmlNode *group, guint64 *first, guint64 *last, unsigned *digits)
{
    const char *text = scn_get(group, "tel");

    *first = 0;
    *digits = 0;
    for (; text && *text; text++) {
        if (!g_ascii_isdigit(*text))
            continue;
        *first = *first * 10 + (guint64)(*text - '0');
        if (++*digits > MOST_DIGITS)
            return false;
    }
    *last = *first + (guint64)scn_count_of(group) - 1;
    return *digits > 0;
}

static gint by_number(gconstpointer a, gconstpointer b)
{
    guint64 x = 0, y = 0, end;
    unsigned m = 0, n = 0;

    numbers_of(*(xmlNodePtr const *)a, &x, &end, &m);
    numbers_of(*(xmlNodePtr const *)b, &y, &end, &n);
    return m != n ? (m < n ? -1 : 1) : x < y ? -1 : x > y;
}

static unsigned digits_in(guint64 number)
{
    unsigned n = 1;
    for (; number >= 10; number /= 10)
        n++;
    return n;
}

static void numbers_do_not_overlap(struct scn_loader *ld, GPtrArray *groups)
{
    const xmlNode *before = NULL;
    guint64 taken = 0, first, last;
    unsigned digits, length = 0;

    g_ptr_array_sort(groups, by_number);
    for (guint i = 0; i < groups->len; i++) {
        const xmlNode *group = g_ptr_array_index(groups, i);
        const xmlAttr *attr = scn_get_attr(group, "tel");
        if (!attr)
            continue;
        if (!numbers_of(group, &first, &last, &digits)) {
            scn_complain_at(ld, attr, "<group> tel=\"%s\" has more than %d digits", scn_attr_text(attr), MOST_DIGITS);
            continue;
        }
        if (digits_in(last) > digits)
            scn_complain_at(ld, attr, "<group> tel=\"%s\": %d numbers from there on do not fit into its %u digits",
                            scn_attr_text(attr), scn_count_of(group), digits);
        else if (before && digits == length && first <= taken)
            scn_complain_at(ld, attr,
                            "<group> tel=\"%s\": the phones of group \"%s\" already have such numbers (it starts at %s "
                            "and has %d phones)",
                            scn_attr_text(attr), scn_get(before, "id"), scn_get(before, "tel"), scn_count_of(before));
        before = group;
        taken = last;
        length = digits;
    }
}

/* ---- DNS ---------------------------------------------------------------------------------------------- */

static bool has_dns(const GPtrArray *nodes, const char *network)
{
    for (guint i = 0; i < nodes->len; i++) {
        const xmlNode *node = g_ptr_array_index(nodes, i);
        const char *id = scn_get(node->parent, "id");
        if (id && strcmp(id, network) == 0 && scn_has_role(node, "DNS"))
            return true;
    }
    return false;
}

static bool says(const xmlAttr *attr, const char *value)
{
    return attr && strcmp(scn_attr_text(attr), value) == 0;
}

static void somebody_knows(struct scn_loader *ld, const GPtrArray *groups, const GPtrArray *nodes)
{
    for (guint i = 0; i < groups->len; i++) {
        const xmlNode *group = g_ptr_array_index(groups, i);
        const xmlAttr *dial = scn_get_attr(group, "dial");
        const char *network = scn_get(group, "network");
        if (network && says(dial, "tel") && !has_dns(nodes, network))
            scn_complain_at(ld, dial, "<group> dial=\"tel\": network \"%s\" has nobody to ask whose number it is; give it a <node roles=\"DNS\">",
                            network);
    }
    const xmlNode *root = xmlDocGetRootElement(ld->doc->xml);
    for (const xmlNode *network = scn_first(root); network; network = scn_next(network)) {
        const xmlAttr *resolve = scn_get_attr(network, "resolve");
        const char *id = scn_get(network, "id");
        if (id && says(resolve, "yes") && !has_dns(nodes, id))
            scn_complain_at(ld, resolve, "<network> resolve=\"yes\": network \"%s\" has nobody to ask; give it a <node roles=\"DNS\">", id);
    }
}

void scn_check_numbers(struct scn_loader *ld, GPtrArray *groups, const GPtrArray *nodes)
{
    numbers_do_not_overlap(ld, groups);
    somebody_knows(ld, groups, nodes);
}
