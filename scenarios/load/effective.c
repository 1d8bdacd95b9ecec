/* effective.c - `check --effective`: every value of a scenario with the place it came from.
 *
 * Of a link element only what was given is shown, since the rest comes from less specific elements; what
 * holds when none of them says anything stands at the link that selects everything, "link". */
#include "scenarios/load/load_int.h"

#include "sim/units.h"

#include <string.h>

enum { LINE_WIDTH = 110 };

struct showing {
    const struct scn_doc *doc;
    scn_param_fn fn;
    void *user;
};

static char *origin_of(const struct scn_tag *tag)
{
    return tag ? scn_where(tag) : g_strdup("default");
}

/* The text in effect, NULL if the attribute is absent and that means something of its own. */
static const char *value_of(const xmlNode *node, const struct scn_attr_row *row, const struct scn_tag **tag)
{
    const xmlAttr *attr = node && *row->name ? scn_get_attr(node, row->name) : NULL;

    *tag = NULL;
    if (node && !*row->name) {
        *tag = scn_tag_of(node);
        return node->children && node->children->content ? (const char *)node->children->content : NULL;
    }
    if (!attr)
        return row->mode == SCN_M_DEF ? row->dflt : NULL;
    *tag = scn_tag_of(attr);
    return scn_attr_text(attr);
}

static bool selects_everything(const xmlNode *link)
{
    bool all = scn_element_of(link->parent) == SCN_E_SCENARIO;

    for (const struct scn_attr_row *row = scn_attrs; row->name; row++) {
        if (row->element == SCN_E_LINK && scn_is_key(SCN_E_LINK, row->name))
            all = all && !scn_get(link, row->name);
    }
    return all;
}

static void show_one(struct showing *s, const xmlNode *node, const char *element,
                     const struct scn_attr_row *row)
{
    const struct scn_tag *tag;
    const char *value = value_of(node, row, &tag);
    char *name = scn_param_attr(element, row), *origin = origin_of(tag);
    struct scn_param param = {.name = name,
                              .value = value,
                              .unit = scn_types[row->type].unit,
                              .about = row->about,
                              .source = row->source,
                              .acts = row->acts,
                              .origin = origin};

    s->fn(&param, s->user);
    g_free(name);
    g_free(origin);
}

/* All values of an element; node NULL: of one that no file has. */
static void show_element(struct showing *s, const xmlNode *node, enum scn_element element, const char *name)
{
    bool given_only = element == SCN_E_LINK && node && !selects_everything(node);

    for (const struct scn_attr_row *row = scn_attrs; row->name; row++) {
        if (row->element != element || scn_is_key(element, row->name) || row->type == SCN_T_HREF)
            continue;
        if (!given_only || scn_get_attr(node, row->name))
            show_one(s, node, name, row);
    }
}

static void show_tree(struct showing *s, const xmlNode *node, enum scn_element element,
                      bool seen[SCN_ELEMENTS])
{
    char *name = scn_param_of(node);

    show_element(s, node, element, name);
    g_free(name);
    if (element != SCN_E_LINK || selects_everything(node))
        seen[element] = true;
    for (const xmlNode *child = scn_first(node); child; child = scn_next(child))
        show_tree(s, child, scn_element_find(element, (const char *)child->name), seen);
}

static const xmlNode *timer_named(const xmlNode *root, const char *name)
{
    for (const xmlNode *box = scn_first(root); box; box = scn_next(box)) {
        for (const xmlNode *timer = scn_first(box); timer; timer = scn_next(timer)) {
            if (scn_element_of(timer) == SCN_E_TIMER && g_strcmp0(scn_get(timer, "name"), name) == 0)
                return timer;
        }
    }
    return NULL;
}

static void show_timers(struct showing *s, const xmlNode *root)
{
    const struct scn_names *names = s->doc->names;

    for (size_t i = 0; names && i < names->n_timers; i++) {
        const struct scn_timer_row *timer = &names->timers[i];
        if (timer_named(root, timer->name))
            continue; /* shown where it stands */
        struct scn_param param = {.name = timer->name,
                                  .value = timer->value,
                                  .unit = "time",
                                  .about = timer->about,
                                  .source = timer->clause,
                                  .acts = timer->acts_at,
                                  .origin = "default"};
        s->fn(&param, s->user);
    }
}

void scn_each_value(const struct scn_doc *doc, scn_param_fn fn, void *user)
{
    static const enum scn_element always[] = {SCN_E_LINK, SCN_E_RUN, SCN_E_VIEW};
    struct showing s = {doc, fn, user};
    bool seen[SCN_ELEMENTS] = {false};
    const xmlNode *root = xmlDocGetRootElement(doc->xml);

    show_tree(&s, root, SCN_E_SCENARIO, seen);
    for (size_t i = 0; i < G_N_ELEMENTS(always); i++) {
        if (!seen[always[i]])
            show_element(&s, NULL, always[i], scn_elements[always[i]].name);
    }
    show_timers(&s, root);
}

static void table_line(const struct scn_param *param, void *user)
{
    g_string_append_printf(user, "%-44s %-32s %s\n", param->name, param->value ? param->value : "-",
                           param->origin);
}

void scn_effective(const struct scn_doc *doc, GString *out)
{
    g_string_append_printf(out, "%-44s %-32s %s\n", "parameter", "value", "origin");
    scn_each_value(doc, table_line, out);
}

/* ---- as XML -------------------------------------------------------------------------------------------- */

static void append_escaped(GString *out, const char *text)
{
    char *escaped = g_markup_escape_text(text, -1);

    g_string_append(out, escaped);
    g_free(escaped);
}

/* Two hyphens end nothing but are not allowed inside of a comment. */
static void append_comment(GString *out, int indent, const char *text)
{
    g_string_append_printf(out, "%*s<!-- ", indent, "");
    for (const char *p = text; *p; p++) {
        g_string_append_c(out, *p);
        if (*p == '-' && (p[1] == '-' || !p[1]))
            g_string_append_c(out, ' ');
    }
    g_string_append(out, " -->\n");
}

struct origins {
    GPtrArray *names;  /* origin */
    GPtrArray *values; /* GString of attribute names, one per origin */
};

static void add_origin(struct origins *o, char *origin, const char *attribute)
{
    guint i = 0;

    while (i < o->names->len && strcmp(g_ptr_array_index(o->names, i), origin) != 0)
        i++;
    if (i == o->names->len) {
        g_ptr_array_add(o->names, origin);
        g_ptr_array_add(o->values, g_string_new(NULL));
    } else {
        g_free(origin);
    }
    GString *list = g_ptr_array_index(o->values, i);
    g_string_append_printf(list, "%s%s", list->len ? " " : "", attribute);
}

/* Attributes of a tag, broken into lines when they are many. */
struct tag_text {
    GString *text;
    int indent, column;
};

static void add_attribute(struct tag_text *t, const char *name, const char *value)
{
    char *escaped = g_markup_escape_text(value, -1);
    int width = (int)(strlen(name) + g_utf8_strlen(escaped, -1)) + 4;

    if (t->column + width > LINE_WIDTH) {
        g_string_append_printf(t->text, "\n%*s", t->indent, "");
        t->column = t->indent;
    }
    g_string_append_printf(t->text, " %s=\"%s\"", name, escaped);
    t->column += width;
    g_free(escaped);
}

/* "<!-- profiles/mmd.xml:12: id roles host; default: servers queue -->", then the tag up to its end. */
static void xml_tag(GString *out, const xmlNode *node, enum scn_element element, int indent)
{
    struct origins o = {g_ptr_array_new_with_free_func(g_free), g_ptr_array_new()};
    const char *name = scn_elements[element].name;
    int start = indent + 1 + (int)strlen(name);
    struct tag_text tag = {g_string_new(NULL), start, start};
    GString *comment = g_string_new(NULL);
    bool given_only = element == SCN_E_LINK && node && !selects_everything(node);

    if (element == SCN_E_SCENARIO)
        add_attribute(&tag, "xmlns", SCN_NAMESPACE);
    for (const struct scn_attr_row *row = scn_attrs; row->name; row++) {
        const struct scn_tag *from;
        if (row->element != element || !*row->name || (given_only && !scn_get_attr(node, row->name)))
            continue;
        const char *value = value_of(node, row, &from);
        if (!value)
            continue;
        add_origin(&o, origin_of(from), row->name);
        add_attribute(&tag, row->name, value);
    }
    for (guint i = 0; i < o.names->len; i++) {
        GString *list = g_ptr_array_index(o.values, i);
        g_string_append_printf(comment, "%s%s: %s", i ? "; " : "", (char *)g_ptr_array_index(o.names, i),
                               list->str);
        g_string_free(list, TRUE);
    }
    if (comment->len)
        append_comment(out, indent, comment->str);
    g_string_append_printf(out, "%*s<%s%s", indent, "", name, tag.text->str);
    g_string_free(tag.text, TRUE);
    g_string_free(comment, TRUE);
    g_ptr_array_free(o.names, TRUE);
    g_ptr_array_free(o.values, TRUE);
}

/* What no file has and yet is in effect. */
static void xml_absent(GString *out, const struct scn_doc *doc, const bool seen[SCN_ELEMENTS])
{
    static const enum scn_element always[] = {SCN_E_LINK, SCN_E_RUN, SCN_E_VIEW};
    const xmlNode *root = xmlDocGetRootElement(doc->xml);
    const struct scn_names *names = doc->names;

    for (size_t i = 0; i < G_N_ELEMENTS(always); i++) {
        if (seen[always[i]])
            continue;
        xml_tag(out, NULL, always[i], 2);
        g_string_append(out, "/>\n");
    }
    for (size_t i = 0; names && i < names->n_timers; i++) {
        /* One that follows another timer has no value of its own to write down. */
        sim_time value;
        if (timer_named(root, names->timers[i].name) ||
            !units_parse_time(names->timers[i].value, &value, NULL))
            continue;
        append_comment(out, 2, "default");
        g_string_append_printf(out, "  <timers><timer name=\"%s\" value=\"%s\"/></timers>\n",
                               names->timers[i].name, names->timers[i].value);
    }
}

static void xml_tree(GString *out, const struct scn_doc *doc, const xmlNode *node, enum scn_element element,
                     int indent, bool seen[SCN_ELEMENTS])
{
    bool text = scn_attr_find(element, "") != NULL;

    xml_tag(out, node, element, indent);
    if (element != SCN_E_LINK || selects_everything(node))
        seen[element] = true;
    if (text) {
        g_string_append_c(out, '>');
        append_escaped(out, node->children && node->children->content ? (const char *)node->children->content
                                                                      : "");
    } else if (!scn_first(node) && element != SCN_E_SCENARIO) {
        g_string_append(out, "/>\n");
        return;
    } else {
        g_string_append(out, ">\n");
    }
    for (const xmlNode *child = scn_first(node); child; child = scn_next(child))
        xml_tree(out, doc, child, scn_element_find(element, (const char *)child->name), indent + 2, seen);
    if (element == SCN_E_SCENARIO)
        xml_absent(out, doc, seen);
    g_string_append_printf(out, "%*s</%s>\n", text ? 0 : indent, "", scn_elements[element].name);
}

void scn_effective_xml(const struct scn_doc *doc, GString *out)
{
    bool seen[SCN_ELEMENTS] = {false};

    g_string_append(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    append_comment(out, 0, "Every value in effect; above each element, where its attributes come from.");
    xml_tree(out, doc, xmlDocGetRootElement(doc->xml), SCN_E_SCENARIO, 0, seen);
}
