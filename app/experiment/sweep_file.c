/* sweep_file.c - reads a sweep (see sweep_file.h).
 *
 * The file is as little trusted as a scenario: no DOCTYPE, so no entities; nothing over the network; bounded size. The scenario
 * and the profiles it names are read by the loader of scenarios, with its own bounds. */
#include "app/experiment/sweep_file.h"

#include "scenarios/load/load.h"

#include <libxml/parser.h>
#include <libxml/xmlschemas.h>
#include <string.h>
#include <sys/stat.h>

#define SUFFIX    ".sweep.xml"
#define MAX_BYTES (16 << 20)

struct reading {
    const char *path;
    GPtrArray *errors;
    struct sweep *sweep;
};

/* ---- complaints ------------------------------------------------------------------------------------------ */

static bool complain(struct reading *r, long line, const char *format, ...) G_GNUC_PRINTF(3, 4);
static bool complain(struct reading *r, long line, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    char *text = g_strdup_vprintf(format, args);
    va_end(args);
    g_strdelimit(text, "\n", ' ');
    g_strchomp(text);
    g_ptr_array_add(r->errors, line > 0 ? g_strdup_printf("%s:%ld: %s", r->path, line, text)
                                        : g_strdup_printf("%s: %s", r->path, text));
    g_free(text);
    return false;
}

/* "Element '{urn:imssim:sweep:1}factor'" reads better as "<factor>". */
static char *plain(const char *message)
{
    GString *out = g_string_new(NULL);
    const char *p = message;

    if (g_str_has_prefix(p, "Element '")) {
        const char *name = p + strlen("Element '"), *end = strchr(name, '\'');
        const char *brace = end ? memchr(name, '}', (size_t)(end - name)) : NULL;
        if (end) {
            g_string_append_printf(out, "<%.*s>", (int)(end - (brace ? brace + 1 : name)), brace ? brace + 1 : name);
            p = end + 1;
        }
    }
    for (; *p; p++) {
        const char *close = *p == '{' ? strchr(p, '}') : NULL;
        if (close && memcmp(p, "{urn:", 5) == 0)
            p = close;
        else
            g_string_append_c(out, *p);
    }
    return g_string_free(out, FALSE);
}

#if LIBXML_VERSION >= 21200
static void on_error(void *data, const xmlError *error)
#else
static void on_error(void *data, xmlErrorPtr error)
#endif
{
    struct reading *r = data;
    char *text = plain(error->message ? error->message : "is not valid");

    if (r->errors->len < 100)
        complain(r, error->line, "%s", text);
    g_free(text);
}

static void forget(void *data, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void forget(void *data, const char *format, ...)
{
    (void)data, (void)format;
}

/* ---- bytes and schema ------------------------------------------------------------------------------------ */

static char *read_text(struct reading *r, gsize *size)
{
    GError *error = NULL;
    struct stat st;
    char *text = NULL;

    if (stat(r->path, &st) == 0 && !S_ISREG(st.st_mode))
        complain(r, 0, "is not a file");
    else if (stat(r->path, &st) == 0 && st.st_size > MAX_BYTES)
        complain(r, 0, "is larger than 16 MiB, the most a sweep may have");
    else if (!g_file_get_contents(r->path, &text, size, &error))
        complain(r, 0, "%s", error->message);
    g_clear_error(&error);
    if (text && strstr(text, "<!DOCTYPE")) {
        complain(r, 0, "a sweep has no DOCTYPE");
        g_free(text);
        text = NULL;
    }
    return text;
}

static xmlSchemaPtr load_schema(struct reading *r)
{
    xmlSchemaPtr schema = NULL;

    for (char **dir = scn_data_dirs(); *dir && !schema; dir++) {
        char *path = g_build_filename(*dir, "sweep.xsd", NULL);
        xmlSchemaParserCtxtPtr parser = g_file_test(path, G_FILE_TEST_EXISTS) ? xmlSchemaNewParserCtxt(path) : NULL;
        if (parser) {
            xmlSchemaSetParserErrors(parser, forget, forget, NULL);
            schema = xmlSchemaParse(parser);
            xmlSchemaFreeParserCtxt(parser);
        }
        g_free(path);
    }
    if (!schema)
        complain(r, 0, "cannot be checked: sweep.xsd is missing (IMSSIM_DATADIR says where it is)");
    return schema;
}

static bool is_valid(struct reading *r, xmlDocPtr doc)
{
    xmlSchemaPtr schema = load_schema(r);
    xmlSchemaValidCtxtPtr validator = schema ? xmlSchemaNewValidCtxt(schema) : NULL;
    bool valid = false;

    if (validator) {
        xmlSchemaSetValidStructuredErrors(validator, on_error, r);
        /* makes the defaults of attributes */
        xmlSchemaSetValidOptions(validator, XML_SCHEMA_VAL_VC_I_CREATE);
        valid = xmlSchemaValidateDoc(validator, doc) == 0;
        xmlSchemaFreeValidCtxt(validator);
    }
    if (schema)
        xmlSchemaFree(schema);
    return valid;
}

static xmlDocPtr read_document(struct reading *r, const char *text, gsize size)
{
    xmlParserCtxtPtr parser = xmlNewParserCtxt();

    xmlDocPtr doc = xmlCtxtReadMemory(parser, text, (int)size, r->path, NULL,
                                      XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOBLANKS |
                                          XML_PARSE_BIG_LINES);
    if (!doc) {
        const xmlError *error = xmlCtxtGetLastError(parser);
        complain(r, error ? error->line : 0, "%s", error && error->message ? error->message : "is no XML");
    }
    xmlFreeParserCtxt(parser);
    return doc;
}

/* ---- elements --------------------------------------------------------------------------------------------- */

static const xmlNode *first(const xmlNode *parent)
{
    const xmlNode *n = parent->children;
    while (n && n->type != XML_ELEMENT_NODE)
        n = n->next;
    return n;
}

static const xmlNode *next(const xmlNode *node)
{
    const xmlNode *n = node->next;
    while (n && n->type != XML_ELEMENT_NODE)
        n = n->next;
    return n;
}

static bool is(const xmlNode *node, const char *name)
{
    return strcmp((const char *)node->name, name) == 0;
}

/* The attribute without blanks around it, or NULL. g_free. */
static char *get(const xmlNode *node, const char *name)
{
    xmlChar *value = xmlGetNoNsProp((xmlNodePtr)(uintptr_t)node, (const xmlChar *)name);
    char *text = value ? g_strstrip(g_strdup((const char *)value)) : NULL;

    xmlFree(value);
    return text;
}

static guint64 get_number(const xmlNode *node, const char *name, guint64 otherwise)
{
    char *text = get(node, name);
    guint64 value = otherwise;

    if (text)
        g_ascii_string_to_unsigned(text, 10, 0, G_MAXUINT64, &value, NULL); /* valid by the schema */
    g_free(text);
    return value;
}

/* ---- from elements to structs ------------------------------------------------------------------------------ */

static void read_set(const xmlNode *node, GPtrArray *sets)
{
    char *parameter = get(node, "parameter"), *value = get(node, "value");

    g_ptr_array_add(sets, g_strdup_printf("%s=%s", parameter, value));
    g_free(parameter);
    g_free(value);
}

/* Files are named from the folder of the sweep, or are shipped ones. */
static char *file_named(const struct reading *r, const char *name)
{
    char *dir = g_path_get_dirname(r->path), *beside = g_build_filename(dir, name, NULL);

    g_free(dir);
    if (g_path_is_absolute(name) || !g_file_test(beside, G_FILE_TEST_IS_REGULAR)) {
        g_free(beside);
        return scn_find(name);
    }
    return beside;
}

static void read_level(struct reading *r, const xmlNode *node, struct factor *f)
{
    char *name = get(node, "name");
    struct level *l = level_new(name);

    for (guint i = 0; i < f->levels->len; i++)
        if (strcmp(((const struct level *)g_ptr_array_index(f->levels, i))->text, name) == 0)
            complain(r, xmlGetLineNo(node), "<level> name=\"%s\": there is one of this name already", name);
    for (const xmlNode *child = first(node); child; child = next(child)) {
        if (is(child, "profile"))
            g_ptr_array_add(l->profiles, get(child, "href"));
        else
            read_set(child, l->sets);
    }
    g_ptr_array_add(f->levels, l);
    g_free(name);
}

static void read_vary(struct reading *r, const xmlNode *node, struct factor *f)
{
    char *parameter = get(node, "parameter"), *values = get(node, "values"), *form = get(node, "form");
    GError *error = NULL;

    if (!parameter || !values) {
        complain(r, xmlGetLineNo(node),
                 "<factor> %s: it takes parameter and values, or <vary> elements, or <level> elements", f->name);
    } else {
        struct vary *v = vary_new(parameter, form);
        if (!values_parse(&v->values, values, &error))
            complain(r, xmlGetLineNo(node), "values=\"%s\": %s", values, error->message);
        g_ptr_array_add(f->vary, v);
    }
    g_clear_error(&error);
    g_free(parameter);
    g_free(values);
    g_free(form);
}

static bool has(const xmlNode *node, const char *name)
{
    return xmlHasProp((xmlNodePtr)(uintptr_t)node, (const xmlChar *)name) != NULL;
}

static void read_factor(struct reading *r, const xmlNode *node)
{
    char *name = get(node, "name");
    struct factor *f = factor_new(name);
    guint before = r->errors->len;
    GError *error = NULL;

    f->unit = get(node, "unit");
    const xmlNode *child = first(node);
    if (child && (has(node, "parameter") || has(node, "values") || has(node, "form")))
        complain(r, xmlGetLineNo(node), "<factor> %s: parameter, values and form stand here or in <vary>, not both", name);
    else if (!child)
        read_vary(r, node, f);
    for (; child; child = next(child)) {
        if (is(child, "level"))
            read_level(r, child, f);
        else
            read_vary(r, child, f);
    }
    if (r->errors->len == before && !factor_fill(f, &error))
        complain(r, xmlGetLineNo(node), "<factor> %s: %s", name, error->message);
    g_clear_error(&error);
    g_ptr_array_add(r->sweep->design.factors, f);
    g_free(name);
}

static void read_exclude(struct reading *r, const xmlNode *node)
{
    const char **names = design_names(&r->sweep->design);
    char *when = get(node, "when");
    GError *error = NULL;
    struct condition *c = condition_parse(when, names, &error);

    if (c)
        g_ptr_array_add(r->sweep->design.excluded, c);
    else
        complain(r, xmlGetLineNo(node), "<exclude> when=%s", error->message);
    g_clear_error(&error);
    g_free(when);
    g_free(names);
}

static void read_design(struct reading *r, const xmlNode *node)
{
    struct design *d = &r->sweep->design;
    char *type = get(node, "type");

    d->kind = g_strcmp0(type, "latin-hypercube") == 0 ? DESIGN_LATIN : DESIGN_FULL;
    d->points = (unsigned)get_number(node, "points", 0);
    d->seed = get_number(node, "seed", 1);
    if (d->kind == DESIGN_LATIN && !d->points)
        complain(r, xmlGetLineNo(node), "<design> lacks points: how many the Latin hypercube has");
    if (d->kind == DESIGN_FULL && d->points)
        complain(r, xmlGetLineNo(node), "<design> points: a full factorial design has as many as there are combinations");
    g_free(type);
}

static void read_run(struct reading *r, const xmlNode *node)
{
    char *common = get(node, "common-random-numbers");

    r->sweep->replications = (unsigned)get_number(node, "replications", 0);
    r->sweep->seeded = has(node, "seed");
    r->sweep->seed = get_number(node, "seed", 0);
    r->sweep->common = g_strcmp0(common, "no") != 0;
    g_free(common);
}

static void read_root(struct reading *r, const xmlNode *root)
{
    struct sweep *s = r->sweep;
    char *scenario = get(root, "scenario");

    s->name = get(root, "name");
    s->scenario = file_named(r, scenario);
    for (const xmlNode *node = first(root); node; node = next(node)) {
        if (is(node, "title")) {
            xmlChar *text = xmlNodeGetContent(node);
            s->title = g_strstrip(g_strdup((const char *)text));
            xmlFree(text);
        } else if (is(node, "profile")) {
            g_ptr_array_add(s->profiles, get(node, "href"));
        } else if (is(node, "set")) {
            read_set(node, s->sets);
        } else if (is(node, "factor")) {
            read_factor(r, node);
        } else if (is(node, "exclude")) {
            read_exclude(r, node);
        } else if (is(node, "design")) {
            read_design(r, node);
        } else {
            read_run(r, node);
        }
    }
    g_free(scenario);
}

struct sweep *sweep_load(const char *path, GPtrArray *errors)
{
    struct reading r = {path, errors, g_new0(struct sweep, 1)};
    guint before = errors->len;
    gsize size = 0;

    r.sweep->file = g_strdup(path);
    r.sweep->sets = g_ptr_array_new_with_free_func(g_free);
    r.sweep->profiles = g_ptr_array_new_with_free_func(g_free);
    r.sweep->common = true;
    design_init(&r.sweep->design);
    r.sweep->text = read_text(&r, &size);
    xmlDocPtr doc = r.sweep->text ? read_document(&r, r.sweep->text, size) : NULL;
    if (doc && is_valid(&r, doc))
        read_root(&r, xmlDocGetRootElement(doc));
    xmlFreeDoc(doc);
    if (errors->len == before)
        return r.sweep;
    sweep_free(r.sweep);
    return NULL;
}

void sweep_free(struct sweep *s)
{
    if (!s)
        return;
    design_clear(&s->design);
    g_ptr_array_unref(s->sets);
    g_ptr_array_unref(s->profiles);
    g_free(s->file);
    g_free(s->text);
    g_free(s->name);
    g_free(s->title);
    g_free(s->scenario);
    g_free(s);
}

char *sweep_find(const char *name)
{
    if (strchr(name, '/') || g_file_test(name, G_FILE_TEST_EXISTS))
        return g_strdup(name);
    for (char **dir = scn_data_dirs(); *dir; dir++) {
        static const char *const suffixes[] = {SUFFIX, ".xml", ""};
        for (size_t i = 0; i < G_N_ELEMENTS(suffixes); i++) {
            char *file = g_strconcat(name, suffixes[i], NULL), *path = g_build_filename(*dir, file, NULL);
            g_free(file);
            if (g_file_test(path, G_FILE_TEST_IS_REGULAR))
                return path;
            g_free(path);
        }
    }
    return g_strdup(name);
}
