/* xpath.c - `--set XPATH=VALUE`.
 *
 * Scenario files have a default namespace and XPath 1.0 knows none, so element names need a prefix: s: is
 * bound to the namespace of scenarios, and is put before bare names, so that //link/@loss works as typed. */
#include "scenarios/load/load_int.h"

#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>

#include <string.h>

enum { MAX_OPERATIONS = 20000000 };

static bool is_name_char(char c)
{
    return g_ascii_isalnum(c) || strchr("_-.", c) || (unsigned char)c >= 0x80;
}

/* Whether a name after this character is a name and not an operator: `a and b`, `//a div 2`. */
static bool starts_operand(char before)
{
    return before == '\0' || strchr("/[(,|=<>!+-*@:$", before) != NULL;
}

/* Puts s: before the names of elements. g_free. */
static char *add_prefixes(const char *xpath)
{
    GString *out = g_string_new(NULL);
    char before = '\0'; /* the last character that is no blank */

    for (const char *p = xpath; *p;) {
        if (*p == '"' || *p == '\'') {
            const char *end = strchr(p + 1, *p);
            size_t length = end ? (size_t)(end - p) + 1 : strlen(p);
            g_string_append_len(out, p, (gssize)length);
            p += length;
            before = '"';
        } else if (g_ascii_isalpha(*p) || *p == '_') {
            size_t length = 0;
            while (p[length] && is_name_char(p[length]))
                length++;
            const char *next = p + length;
            while (*next == ' ')
                next++;
            bool word = strlen("div") == length &&
                        (!strncmp(p, "and", 3) || !strncmp(p, "div", 3) || !strncmp(p, "mod", 3));
            word = word || (length == 2 && !strncmp(p, "or", 2));
            bool is_operator = word && !starts_operand(before);
            bool attribute = before == '@' || g_str_has_suffix(out->str, "attribute::");
            bool prefixed =
                g_str_has_suffix(out->str, "s:") && before == ':' && !g_str_has_suffix(out->str, "::");
            if (!is_operator && !attribute && !prefixed && *next != ':' && *next != '(' && before != '$')
                g_string_append(out, "s:");
            g_string_append_len(out, p, (gssize)length);
            p += length;
            before = is_operator ? '\0' : 'a';
        } else if (g_ascii_isdigit(*p)) {
            while (g_ascii_isdigit(*p) || *p == '.')
                g_string_append_c(out, *p++);
            before = '1';
        } else {
            if (!g_ascii_isspace(*p))
                before = *p;
            g_string_append_c(out, *p++);
        }
    }
    return g_string_free(out, FALSE);
}

#if LIBXML_VERSION >= 21200
static void keep_quiet(void *data, const xmlError *error)
#else
static void keep_quiet(void *data, xmlErrorPtr error)
#endif
{
    char **message = data;

    if (!*message && error->message)
        *message = g_strchomp(g_strdup(error->message));
}

static bool set_one(struct scn_loader *ld, xmlNodePtr node, const char *value, struct scn_tag *tag)
{
    if (node->type == XML_ATTRIBUTE_NODE && node->parent) {
        if (scn_is_key(scn_element_of(node->parent), (const char *)node->name)) {
            scn_complain(ld, tag->file, tag->line, "%s tells elements apart and cannot be set",
                         (const char *)node->name);
            return true;
        }
        scn_merge_attr(node->parent, (const char *)node->name, value, tag);
        return true;
    }
    if (node->type == XML_ELEMENT_NODE && scn_attr_find(scn_element_of(node), "")) {
        xmlNodeSetContent(node, NULL);
        xmlAddChild(node, xmlNewDocText(node->doc, SCN_X(value)));
        node->_private = tag;
        return true;
    }
    return false;
}

bool scn_set_xpath(struct scn_loader *ld, const char *xpath, const char *value, struct scn_tag *tag)
{
    char *prefixed = add_prefixes(xpath), *message = NULL;
    xmlXPathContextPtr context = xmlXPathNewContext(ld->doc->xml);
    bool done = false;

    if (!context)
        g_error("out of memory");
    context->error = keep_quiet;
    context->userData = &message;
    context->opLimit = MAX_OPERATIONS;
    xmlXPathRegisterNs(context, SCN_X("s"), SCN_X(SCN_NAMESPACE));
    xmlXPathObjectPtr result = xmlXPathEvalExpression(SCN_X(prefixed), context);
    if (!result) {
        scn_complain(ld, tag->file, tag->line,
                     "\"%s\" is no valid XPath (%s); names of parameters are simpler: link[Gm].latency",
                     xpath, message ? message : "syntax, or too long to evaluate");
    } else if (result->type != XPATH_NODESET || !result->nodesetval || result->nodesetval->nodeNr == 0) {
        scn_complain(ld, tag->file, tag->line,
                     "the XPath \"%s\" matches nothing in this scenario; it has to match an attribute "
                     "that some file gives (check --effective=xml)",
                     xpath);
    } else {
        for (int i = 0; i < result->nodesetval->nodeNr; i++)
            done |= set_one(ld, result->nodesetval->nodeTab[i], value, tag);
        if (!done)
            scn_complain(ld, tag->file, tag->line,
                         "the XPath \"%s\" matches elements, which have no value of their own; add "
                         "/@ATTRIBUTE",
                         xpath);
    }
    xmlXPathFreeObject(result);
    xmlXPathFreeContext(context);
    g_free(message);
    g_free(prefixed);
    return done;
}
