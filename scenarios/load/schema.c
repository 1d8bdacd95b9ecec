/* schema.c - validation against scenario.xsd, and its verdicts in plain words.
 *
 * A validator says "Element '{urn:...}link', attribute 'latency': [facet 'pattern'] The value '5' is not
 * accepted by the pattern '...'". What the user needs is the line, "<link> latency="5"" and what is
 * accepted; the latter comes from bind.def and, where a value is nearly right, from its own parser. */
#include "scenarios/load/load_int.h"

#include <libxml/xmlschemas.h>

#include <string.h>

static xmlSchemaPtr schema; /* parsed once per process */

static void forget_message(void *data, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void forget_message(void *data, const char *format, ...)
{
    (void)data, (void)format;
}

static bool load_schema(struct scn_loader *ld)
{
    if (schema)
        return true;
    for (char **dir = scn_data_dirs(); *dir && !schema; dir++) {
        char *path = g_build_filename(*dir, "scenario.xsd", NULL);
        xmlSchemaParserCtxtPtr parser =
            g_file_test(path, G_FILE_TEST_IS_REGULAR) ? xmlSchemaNewParserCtxt(path) : NULL;
        if (parser) {
            xmlSchemaSetParserErrors(parser, forget_message, forget_message, NULL);
            schema = xmlSchemaParse(parser);
            if (!schema)
                scn_complain(ld, path, 0, "is no valid schema: the installation is damaged");
            xmlSchemaFreeParserCtxt(parser);
        }
        g_free(path);
    }
    if (!schema)
        scn_complain(ld, "scenario.xsd", 0,
                     "not found in any data folder; set IMSSIM_DATADIR to the folder that "
                     "holds scenarios/scenario.xsd");
    return schema != NULL;
}

void scn_schema_clear(void)
{
    xmlSchemaFree(schema);
    schema = NULL;
}

/* ---- verdicts ---------------------------------------------------------------------------------------- */

/* The validator's text without namespaces, facets and the "Element 'x':" in front. g_free. */
static char *strip(const char *message)
{
    GString *text = g_string_new(NULL);
    const char *p = message;

    if (g_str_has_prefix(p, "Element '") && strstr(p, "': "))
        p = strstr(p, "': ") + 3;
    for (; *p && *p != '\n'; p++) {
        if (*p == '{' && strchr(p, '}'))
            p = strchr(p, '}');
        else
            g_string_append_c(text, *p);
    }
    while (text->len && strchr(". ", text->str[text->len - 1]))
        g_string_truncate(text, text->len - 1);
    return g_string_free(text, FALSE);
}

/* The X of "attribute 'X'" in a message; NULL if it speaks of no attribute. g_free. */
static char *attribute_named(const char *message)
{
    const char *start = strstr(message, "ttribute '");

    if (!start)
        return NULL;
    start += strlen("ttribute '");
    const char *end = strchr(start, '\'');
    return end ? g_strndup(start, (size_t)(end - start)) : NULL;
}

/* Why `value` is no good, from its own parser: NULL if that parser would take it. g_free. */
static char *reason(const struct scn_attr_row *row, const char *value, const char *dir)
{
    union {
        char *text;
        char **texts;
        uint64_t number;
        double real;
        struct dist dist;
    } field;
    GError *error = NULL;
    char *why = NULL;

    memset(&field, 0, sizeof field);
    if (scn_types[row->type].ctype == SCN_C_NOTHING)
        return NULL;
    if (scn_convert(row->type, value, dir, &field, &error))
        scn_convert_clear(row->type, &field);
    else
        why = g_strdup(error->message);
    g_clear_error(&error);
    return why;
}

/* What its author called the element. */
static const char *name_of(const xmlNode *node)
{
    return strcmp((const char *)node->name, "merged") == 0 ? "scenario" : (const char *)node->name;
}

static void bad_value(struct scn_loader *ld, const xmlNode *node, const xmlAttr *attr,
                      const struct scn_attr_row *row)
{
    const char *name = name_of(node);
    const char *value = attr                                        ? scn_attr_text(attr)
                        : node->children && node->children->content ? (const char *)node->children->content
                                                                    : "";
    char *why = reason(row, value, scn_tag_of(node)->dir);
    char *cut = g_strndup(value, 80), *sample = g_utf8_make_valid(cut, -1);

    if (why && attr)
        scn_complain_at(ld, attr, "<%s> %s: %s", name, row->name, why);
    else if (attr)
        scn_complain_at(ld, attr, "<%s> %s=\"%s\" is not accepted; it takes %s", name, row->name, sample,
                        scn_accepts(row->type));
    else
        scn_complain_at(ld, node, "the text of <%s> is not accepted; it takes %s", name,
                        scn_accepts(row->type));
    g_free(why);
    g_free(sample);
    g_free(cut);
}

static void doubt(struct scn_loader *ld, const xmlNode *node, const char *message)
{
    const struct scn_tag *tag = scn_tag_of(node);
    struct scn_problem problem = {tag->file, tag->line, NULL};
    char *plain = strip(message);

    problem.text = g_strdup_printf("<%s>: %s", name_of(node), plain);
    g_free(plain);
    g_array_append_val(ld->doubts, problem);
}

#if LIBXML_VERSION >= 21200
static void on_invalid(void *data, const xmlError *error)
#else
static void on_invalid(void *data, xmlErrorPtr error)
#endif
{
    struct scn_loader *ld = data;
    const xmlNode *node = error->node;
    const char *message = error->message ? error->message : "";

    if (node && node->type == XML_ATTRIBUTE_NODE)
        node = node->parent;
    if (!node || node->type != XML_ELEMENT_NODE || !scn_tag_of(node)) {
        char *plain = strip(message);
        scn_complain(ld, ld->doc->file, error->line, "%s", plain);
        g_free(plain);
        return;
    }
    if (error->code == XML_SCHEMAV_CVC_IDC) {
        doubt(ld, node, message);
        return;
    }
    enum scn_element element = scn_element_of(node);
    char *name = attribute_named(message);
    const struct scn_attr_row *row =
        element == SCN_NO_ELEMENT ? NULL : scn_attr_find(element, name ? name : "");
    const xmlAttr *attr = row && name ? scn_get_attr(node, name) : NULL;

    if (error->code == XML_SCHEMAV_CVC_COMPLEX_TYPE_4 && row) {
        scn_complain_at(ld, node, "<%s> lacks %s, %s; it takes %s", name_of(node), row->name, row->about,
                        scn_accepts(row->type));
    } else if (row && (attr || !name)) {
        bad_value(ld, node, attr, row);
    } else {
        char *plain = strip(message);
        scn_complain_at(ld, node, "<%s>: %s", name_of(node), plain);
        g_free(plain);
    }
    g_free(name);
}

void scn_validate(struct scn_loader *ld, xmlDocPtr doc, bool merged)
{
    if (!load_schema(ld))
        return;
    xmlSchemaValidCtxtPtr validator = xmlSchemaNewValidCtxt(schema);
    if (!validator)
        g_error("out of memory");
    xmlSchemaSetValidStructuredErrors(validator, on_invalid, ld);
    /* In the schema the whole is an element of its own: only in there must references hold. */
    xmlNodePtr root = xmlDocGetRootElement(doc);
    if (merged)
        xmlNodeSetName(root, SCN_X("merged"));
    xmlSchemaValidateDoc(validator, doc);
    if (merged)
        xmlNodeSetName(root, SCN_X("scenario"));
    xmlSchemaFreeValidCtxt(validator);
}
