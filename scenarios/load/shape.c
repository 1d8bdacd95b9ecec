/* shape.c - what does not belong: unknown elements and attributes, text between elements.
 *
 * The schema knows this too, but a validator stops looking at the children of an element at the first one
 * it does not know. So strangers are named here, all of them, and taken out; the schema then judges the
 * rest. The rules come from the same table (bind.def) that the schema is tested against. */
#include "scenarios/load/load_int.h"

#include <string.h>

#define XSI_NAMESPACE "http://www.w3.org/2001/XMLSchema-instance"

static GPtrArray *children_of(enum scn_element element)
{
    GPtrArray *names = g_ptr_array_new();

    for (int e = 0; e < SCN_ELEMENTS; e++) {
        if (scn_elements[e].parents >> element & 1)
            g_ptr_array_add(names, (char *)scn_elements[e].name);
    }
    return names;
}

static GPtrArray *attributes_of(enum scn_element element)
{
    GPtrArray *names = g_ptr_array_new();

    for (const struct scn_attr_row *row = scn_attrs; row->name; row++) {
        if (row->element == element && *row->name)
            g_ptr_array_add(names, (char *)row->name);
    }
    return names;
}

/* "it accepts <node>, <link>" or "it accepts no elements". */
static char *listing(GPtrArray *names, const char *open, const char *close, const char *none)
{
    GString *text = g_string_new(NULL);

    if (!names->len)
        g_string_append_printf(text, "it accepts no %s", none);
    for (guint i = 0; i < names->len; i++)
        g_string_append_printf(text, "%s%s%s%s", i ? ", " : "it accepts ", open,
                               (const char *)g_ptr_array_index(names, i), close);
    return g_string_free(text, FALSE);
}

/* Where in the file's tree an element of this name would be right: "<link> belongs into <network>". */
static char *belongs(const char *name)
{
    GString *text = g_string_new(NULL);

    for (int e = 0; e < SCN_ELEMENTS; e++) {
        if (strcmp(scn_elements[e].name, name) != 0)
            continue;
        for (int parent = 0; parent < SCN_ELEMENTS; parent++) {
            if (scn_elements[e].parents >> parent & 1)
                g_string_append_printf(text, "%s<%s>", text->len ? ", " : "; it belongs into ",
                                       scn_elements[parent].name);
        }
    }
    return g_string_free(text, FALSE);
}

static void unknown_element(struct scn_loader *ld, const xmlNode *node, enum scn_element parent)
{
    const char *name = (const char *)node->name;
    GPtrArray *names = children_of(parent);
    char *accepted = listing(names, "<", ">", "elements");
    char *place = belongs(name);
    char *mean = *place ? g_strdup(place) : scn_did_you_mean(name, names);

    scn_complain_at(ld, node, "<%s> has no place in <%s>%s; %s", name, scn_elements[parent].name, mean,
                    accepted);
    g_free(mean);
    g_free(place);
    g_free(accepted);
    g_ptr_array_free(names, TRUE);
}

static void unknown_attribute(struct scn_loader *ld, const xmlNode *node, const xmlAttr *attr,
                              enum scn_element element)
{
    const char *name = (const char *)attr->name;
    GPtrArray *names = attributes_of(element);
    char *accepted = listing(names, "", "", "attributes");
    char *mean = scn_did_you_mean(name, names);

    scn_complain_at(ld, attr, "<%s> has no attribute %s%s; %s", (const char *)node->name, name, mean,
                    accepted);
    g_free(mean);
    g_free(accepted);
    g_ptr_array_free(names, TRUE);
}

/* Attributes of other namespaces. Hints where a schema lies must not reach the validator, which would
 * follow them; xml:lang and the like do no harm and mean nothing here. */
static void foreign_attribute(struct scn_loader *ld, const xmlNode *node, const xmlAttr *attr)
{
    const char *uri = (const char *)attr->ns->href, *name = (const char *)attr->name;
    bool hint = strcmp(uri, XSI_NAMESPACE) == 0 && g_str_has_suffix(name, "chemaLocation");

    if (!hint && strcmp(uri, (const char *)XML_XML_NAMESPACE) != 0)
        scn_complain_at(ld, attr, "<%s> has no attribute %s of namespace %s", (const char *)node->name, name,
                        uri);
}

static void attributes(struct scn_loader *ld, xmlNodePtr node, enum scn_element element)
{
    xmlAttrPtr next;

    for (xmlAttrPtr attr = node->properties; attr; attr = next) {
        next = attr->next;
        if (attr->ns)
            foreign_attribute(ld, node, attr);
        else if (!scn_attr_find(element, (const char *)attr->name))
            unknown_attribute(ld, node, attr, element);
        else
            continue;
        xmlRemoveProp(attr);
    }
}

static bool is_blank(const char *text)
{
    return text[strspn(text, " \t\r\n")] == '\0';
}

/* The parser counts the line where a text ends; what matters is the line of its first word. */
static void stray_text(struct scn_loader *ld, const xmlNode *node, enum scn_element parent)
{
    const char *text = node->content ? (const char *)node->content : "&...;";
    const char *word = text + strspn(text, " \t\r\n");
    char *cut = g_strndup(word, 40), *sample = g_utf8_make_valid(cut, -1);
    const struct scn_tag *tag = scn_tag_of(node->parent);
    int line = tag->line;

    if (node->line > line && node->line < 65535) {
        line = node->line;
        for (const char *p = word; *p; p++)
            line -= *p == '\n';
    }
    sample[strcspn(sample, "\r\n")] = '\0';
    scn_complain(ld, tag->file, line, "text between the elements of <%s>: \"%s\"; it accepts none",
                 scn_elements[parent].name, sample);
    g_free(sample);
    g_free(cut);
}

/* Text, comments, instructions: true if it goes. */
static bool not_an_element(struct scn_loader *ld, xmlNodePtr node, enum scn_element parent)
{
    if (node->type == XML_TEXT_NODE && scn_attr_find(parent, ""))
        return false;
    if ((node->type == XML_TEXT_NODE && !is_blank((const char *)node->content)) ||
        node->type == XML_ENTITY_REF_NODE || node->type == XML_CDATA_SECTION_NODE) {
        stray_text(ld, node, parent);
    }
    return true;
}

static void children(struct scn_loader *ld, xmlNodePtr parent, enum scn_element element)
{
    xmlNodePtr next;

    attributes(ld, parent, element);
    for (xmlNodePtr node = parent->children; node; node = next) {
        next = node->next;
        bool goes = false;
        if (node->type != XML_ELEMENT_NODE) {
            goes = not_an_element(ld, node, element);
        } else if (!node->ns || strcmp((const char *)node->ns->href, SCN_NAMESPACE) != 0) {
            scn_complain_at(ld, node, "<%s> is not in namespace %s", (const char *)node->name, SCN_NAMESPACE);
            goes = true;
        } else {
            enum scn_element found = scn_element_find(element, (const char *)node->name);
            goes = found == SCN_NO_ELEMENT;
            if (goes)
                unknown_element(ld, node, element);
            else
                children(ld, node, found);
        }
        if (goes) {
            xmlUnlinkNode(node);
            xmlFreeNode(node);
        }
    }
}

bool scn_shape(struct scn_loader *ld, xmlDocPtr doc, enum scn_element root)
{
    xmlNodePtr node = xmlDocGetRootElement(doc);
    const char *name = (const char *)node->name, *wanted = scn_elements[root].name;

    if (strcmp(name, wanted) != 0) {
        bool profile = strcmp(name, "profile") == 0;
        scn_complain_at(ld, node, "the root element is <%s>, not <%s>%s", name, wanted,
                        profile ? "; a profile is used by a scenario: <profile href=\"...\"/>" : "");
        return false;
    }
    if (!node->ns || strcmp((const char *)node->ns->href, SCN_NAMESPACE) != 0) {
        scn_complain_at(ld, node, "<%s> is not in the namespace of scenarios; write <%s xmlns=\"%s\" ...>",
                        name, wanted, SCN_NAMESPACE);
        return false;
    }
    children(ld, node, root);
    return true;
}
