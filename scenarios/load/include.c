/* include.c - XInclude, the part a scenario needs: <xi:include href="..."/> puts the root element of another
 * file in its place, <xi:fallback> what to take when that file does not exist.
 *
 * Done here and not by libxml2, so that every included element keeps its file and line and every file goes
 * through the same gate (files.c) as the scenario itself. No xml:base is added.
 * SIMPLIFIED: no parse="text" and no xpointer; both are refused by name. */
#include "scenarios/load/load_int.h"

#include <string.h>

static bool is_xi(const xmlNode *node, const char *name)
{
    return node->type == XML_ELEMENT_NODE && node->ns &&
           strcmp((const char *)node->ns->href, SCN_XINCLUDE) == 0 &&
           strcmp((const char *)node->name, name) == 0;
}

/* Copies a subtree with its tags; xmlDocCopyNode() leaves _private behind. */
static void copy_tags(const xmlNode *from, xmlNodePtr to)
{
    to->_private = from->_private;
    for (xmlAttrPtr a = from->properties, b = to->properties; a && b; a = a->next, b = b->next)
        b->_private = a->_private;
    for (xmlNodePtr a = scn_first(from), b = scn_first(to); a && b; a = scn_next(a), b = scn_next(b))
        copy_tags(a, b);
}

static void put_copy(xmlNodePtr place, const xmlNode *what)
{
    xmlNodePtr copy = xmlDocCopyNode((xmlNodePtr)what, place->doc, 1);

    if (!copy)
        g_error("out of memory");
    copy_tags(what, copy);
    xmlAddPrevSibling(place, copy);
}

static bool is_plain_include(struct scn_loader *ld, xmlNodePtr node)
{
    const char *parse = scn_get(node, "parse");

    if (parse && strcmp(parse, "xml") != 0) {
        scn_complain_at(ld, node, "<xi:include parse=\"%s\"> is not accepted; only parse=\"xml\" is", parse);
        return false;
    }
    for (xmlAttrPtr attr = node->properties; attr; attr = attr->next) {
        const char *name = (const char *)attr->name;
        if (strcmp(name, "href") != 0 && strcmp(name, "parse") != 0) {
            scn_complain_at(ld, node,
                            "<xi:include> with %s is not accepted; it takes href, the path of a file whose "
                            "root element is put here",
                            name);
            return false;
        }
    }
    if (!scn_get(node, "href") || !*scn_get(node, "href")) {
        scn_complain_at(ld, node, "<xi:include> lacks href, the path of a file");
        return false;
    }
    return true;
}

/* The file does not exist: the children of <xi:fallback>, or a complaint. */
static void fall_back(struct scn_loader *ld, xmlNodePtr node)
{
    for (xmlNodePtr child = scn_first(node); child; child = scn_next(child)) {
        if (!is_xi(child, "fallback"))
            continue;
        for (xmlNodePtr part = scn_first(child); part; part = scn_next(part))
            put_copy(node, part);
        return;
    }
    scn_complain_at(ld, node, "there is no file \"%s\", neither beside this one nor in the data folders",
                    scn_get(node, "href"));
}

static void include_one(struct scn_loader *ld, xmlNodePtr node, int layer)
{
    char *shown = NULL;
    bool missing = false;

    if (!is_plain_include(ld, node))
        return;
    char *real = scn_files_resolve(ld, node, scn_get(node, "href"), &shown, &missing);
    if (missing)
        fall_back(ld, node);
    xmlDocPtr doc = real ? scn_files_read(ld, node, real, shown, layer) : NULL;
    if (doc) {
        xmlNodePtr root = xmlDocGetRootElement(doc);
        if (root)
            put_copy(node, root);
        xmlFreeDoc(doc);
    }
    g_free(real);
    g_free(shown);
}

static void include_below(struct scn_loader *ld, xmlNodePtr parent, int layer)
{
    xmlNodePtr next;

    for (xmlNodePtr child = scn_first(parent); child; child = next) {
        if (!is_xi(child, "include")) {
            next = scn_next(child);
            include_below(ld, child, layer);
            continue;
        }
        include_one(ld, child, layer);
        next = scn_next(child);
        xmlUnlinkNode(child);
        xmlFreeNode(child);
    }
}

void scn_include(struct scn_loader *ld, xmlDocPtr doc, int layer)
{
    xmlNodePtr root = xmlDocGetRootElement(doc);

    if (root && is_xi(root, "include"))
        scn_complain_at(ld, root, "the root element must be <scenario> or <profile>, not <xi:include>");
    else if (root)
        include_below(ld, root, layer);
}
