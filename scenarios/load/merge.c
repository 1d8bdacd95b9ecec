/* merge.c - one file on top of those before it: by key, attribute by attribute.
 *
 * Elements are the same when their names and key attributes are (bind.def, column `key`) and their parents
 * are the same. What the upper file says of such an element replaces what the lower one said; what it does
 * not mention stays. Calls and faults have no key and are added up. The codecs of a stream are one value,
 * their order included: who gives any replaces them all. */
#include "scenarios/load/load_int.h"

#include <string.h>

void scn_merge_attr(xmlNodePtr to, const char *name, const char *value, struct scn_tag *tag)
{
    xmlAttrPtr attr = xmlSetProp(to, SCN_X(name), SCN_X(value));

    if (!attr)
        g_error("out of memory");
    attr->_private = tag;
}

/* What makes an element this one: parent, name, key attributes. */
static char *key_of(const xmlNode *parent, const xmlNode *node, enum scn_element element)
{
    const struct scn_element_row *row = &scn_elements[element];
    GString *key = g_string_new(NULL);

    g_string_printf(key, "%p\n%s", (const void *)parent, row->name);
    if (row->kind == SCN_K_KEYED) {
        char **names = g_strsplit(row->key, " ", -1);
        for (char **name = names; *name; name++) {
            const char *value = scn_get(node, *name);
            g_string_append_printf(key, "\n%s%s", value ? "=" : "", value ? value : "");
        }
        g_strfreev(names);
    }
    return g_string_free(key, FALSE);
}

static void merge_attrs(xmlNodePtr to, const xmlNode *from)
{
    for (xmlAttrPtr attr = from->properties; attr; attr = attr->next) {
        if (!attr->ns)
            scn_merge_attr(to, (const char *)attr->name, scn_attr_text(attr), scn_tag_of(attr));
    }
}

static void replace_text(xmlNodePtr to, const xmlNode *from)
{
    xmlNodePtr text;

    while ((text = to->children)) {
        xmlUnlinkNode(text);
        xmlFreeNode(text);
    }
    for (xmlNodePtr node = from->children; node; node = node->next) {
        if (node->type == XML_TEXT_NODE)
            xmlAddChild(to, xmlNewDocText(to->doc, node->content));
    }
}

static xmlNodePtr add_copy(xmlNodePtr parent, const xmlNode *from)
{
    xmlNodePtr node = xmlNewChild(parent, parent->ns, from->name, NULL);

    if (!node)
        g_error("out of memory");
    node->_private = from->_private;
    return node;
}

/* The element to merge `from` into, new or from earlier files; NULL if this file already had it. */
static xmlNodePtr counterpart_of(struct scn_loader *ld, xmlNodePtr parent, const xmlNode *from,
                                 enum scn_element element)
{
    const struct scn_element_row *row = &scn_elements[element];

    if (row->kind == SCN_K_LIST || row->kind == SCN_K_VALUE) {
        xmlNodePtr node = add_copy(parent, from), before = node->prev;
        while (before && !xmlStrEqual(before->name, node->name))
            before = before->prev;
        scn_tag_of(node)->number = before ? scn_tag_of(before)->number + 1 : 1;
        return node;
    }

    char *key = key_of(parent, from, element);
    xmlNodePtr found = g_hash_table_lookup(ld->index, key);
    if (!found) {
        found = add_copy(parent, from);
        g_hash_table_insert(ld->index, key, found);
        return found;
    }
    g_free(key);
    if (row->kind == SCN_K_BOX)
        return found;
    if (scn_tag_of(found)->layer == scn_tag_of(from)->layer) {
        char *where = scn_where(scn_tag_of(found)), *name = scn_param_of(from);
        scn_complain_at(ld, from, "%s is already given at %s; one of the two must go", name, where);
        g_free(name);
        g_free(where);
        return NULL;
    }
    found->_private = from->_private; /* for errors: where it was last spoken of */
    return found;
}

static xmlNodePtr counterpart(struct scn_loader *ld, xmlNodePtr parent, const xmlNode *from,
                              enum scn_element element)
{
    xmlNodePtr node = counterpart_of(ld, parent, from, element);

    if (node)
        scn_tag_of(node)->rank = ld->rank;
    return node;
}

/* The first codec of a file takes the place of all codecs of the files before. */
static void drop_lower_values(xmlNodePtr parent, const xmlNode *from)
{
    int layer = scn_tag_of(from)->layer;
    xmlNodePtr next;

    for (xmlNodePtr node = scn_first(parent); node; node = next) {
        next = scn_next(node);
        if (xmlStrEqual(node->name, from->name)) {
            if (scn_tag_of(node)->layer == layer)
                return;
            xmlUnlinkNode(node);
            xmlFreeNode(node);
        }
    }
}

static void merge_children(struct scn_loader *ld, xmlNodePtr to, const xmlNode *from,
                           enum scn_element element)
{
    for (const xmlNode *child = scn_first(from); child; child = scn_next(child)) {
        enum scn_element found = scn_element_find(element, (const char *)child->name);
        if (found == SCN_NO_ELEMENT || found == SCN_E_USE)
            continue;
        if (scn_elements[found].kind == SCN_K_VALUE)
            drop_lower_values(to, child);
        xmlNodePtr into = counterpart(ld, to, child, found);
        if (!into)
            continue;
        merge_attrs(into, child);
        if (scn_attr_find(found, ""))
            replace_text(into, child);
        merge_children(ld, into, child, found);
    }
}

void scn_merge_order(struct scn_loader *ld)
{
    xmlNodePtr root = xmlDocGetRootElement(ld->doc->xml), old = xmlDocCopyNode(root, root->doc, 0), next;

    if (!old)
        g_error("out of memory");
    /* All children aside, then back sort by sort; xmlAddChild() leaves _private alone. */
    for (xmlNodePtr node = scn_first(root); node; node = next) {
        next = scn_next(node);
        xmlUnlinkNode(node);
        xmlAddChild(old, node);
    }
    for (int e = 0; e < SCN_ELEMENTS; e++) {
        for (xmlNodePtr node = scn_first(old); node; node = next) {
            next = scn_next(node);
            if (scn_element_find(SCN_E_SCENARIO, (const char *)node->name) == (enum scn_element)e) {
                xmlUnlinkNode(node);
                xmlAddChild(root, node);
            }
        }
    }
    xmlFreeNode(old);
}

void scn_merge(struct scn_loader *ld, xmlDocPtr doc)
{
    xmlNodePtr from = xmlDocGetRootElement(doc), to = xmlDocGetRootElement(ld->doc->xml);
    enum scn_element root = scn_element_of(from);

    ld->rank++;
    if (root == SCN_E_SCENARIO) {
        to->_private = from->_private;
        merge_attrs(to, from);
    }
    merge_children(ld, to, from, root);
}
