/* load.c - the steps from a path to a scenario, in order. */
#include "scenarios/load/load_int.h"

#include <libxml/parser.h>

#include <string.h>

static const struct scn_load_opts no_opts;

static void loader_init(struct scn_loader *ld, const char *path, const struct scn_load_opts *opts)
{
    *ld = (struct scn_loader){
        .opts = opts ? opts : &no_opts,
        .doc = g_new0(struct scn_doc, 1),
        .problems = g_array_new(FALSE, FALSE, sizeof(struct scn_problem)),
        .doubts = g_array_new(FALSE, FALSE, sizeof(struct scn_problem)),
        .files = g_ptr_array_new(),
        .applied = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
        .index = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
    };
    ld->doc->arena = g_ptr_array_new_with_free_func(g_free);
    ld->doc->file = g_intern_string(path);
    ld->doc->names = ld->opts->names;
    scn_files_init(ld, path);
}

static void loader_clear(struct scn_loader *ld)
{
    for (guint i = 0; i < ld->doubts->len; i++)
        g_free(g_array_index(ld->doubts, struct scn_problem, i).text);
    g_array_free(ld->doubts, TRUE);
    g_array_free(ld->problems, TRUE);
    g_ptr_array_free(ld->files, TRUE);
    g_hash_table_destroy(ld->applied);
    g_hash_table_destroy(ld->index);
    scn_files_clear(ld);
}

/* An empty document to merge into. */
static void start_document(struct scn_loader *ld)
{
    xmlDocPtr xml = xmlNewDoc(SCN_X("1.0"));
    xmlNodePtr root = xml ? xmlNewNode(NULL, SCN_X("scenario")) : NULL;

    if (!root)
        g_error("out of memory");
    xmlSetNs(root, xmlNewNs(root, SCN_X(SCN_NAMESPACE), NULL));
    xmlDocSetRootElement(xml, root);
    char *dir = g_path_get_dirname(ld->doc->file);
    root->_private = scn_tag_new(ld->doc, ld->doc->file, 1, 0, g_intern_string(dir));
    g_free(dir);
    ld->doc->xml = xml;
}

static void apply_profiles(struct scn_loader *ld, xmlDocPtr doc);

static void apply_profile(struct scn_loader *ld, const xmlNode *use, const char *real, const char *shown)
{
    int layer = ++ld->layer;
    xmlDocPtr doc = scn_files_read(ld, use, real, shown, layer);

    if (!doc)
        return;
    if (scn_shape(ld, doc, SCN_E_PROFILE)) {
        scn_validate(ld, doc, false);
        g_ptr_array_add(ld->stack, g_strdup(real));
        apply_profiles(ld, doc);
        g_ptr_array_remove_index(ld->stack, ld->stack->len - 1);
        scn_merge(ld, doc);
    }
    xmlFreeDoc(doc);
}

/* The profiles that a file names, in order, each with its own before it. One that was applied already is
 * not applied again, so two profiles may share a third. */
static void apply_profiles(struct scn_loader *ld, xmlDocPtr doc)
{
    const xmlNode *root = xmlDocGetRootElement(doc);
    GHashTable *named = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (const xmlNode *use = scn_first(root); use; use = scn_next(use)) {
        const char *href = scn_get(use, "href");
        char *shown = NULL;

        if (strcmp((const char *)use->name, "profile") != 0 || !href || !*href)
            continue;
        char *real = scn_files_resolve(ld, scn_get_attr(use, "href"), href, &shown, NULL);
        const xmlNode *before = real ? g_hash_table_lookup(named, real) : NULL;
        if (before) {
            char *where = scn_where(scn_tag_of(before));
            scn_complain_at(ld, use, "the profile \"%s\" is already used at %s; once is enough", href, where);
            g_free(where);
        } else if (real) {
            g_hash_table_insert(named, g_strdup(real), (xmlNodePtr)use);
            bool circle = false;
            for (guint i = 0; i < ld->stack->len; i++)
                circle = circle || strcmp(g_ptr_array_index(ld->stack, i), real) == 0;
            if (circle || g_hash_table_add(ld->applied, g_strdup(real)))
                apply_profile(ld, use, real, shown); /* a circle is complained of in there */
        }
        g_free(real);
        g_free(shown);
    }
    g_hash_table_destroy(named);
}

/* Profiles of the options lie over the scenario, even those that it uses itself. */
static void lay_profiles(struct scn_loader *ld)
{
    const struct scn_tag *root = scn_tag_of(xmlDocGetRootElement(ld->doc->xml));

    for (char **href = ld->opts->profiles; href && *href; href++) {
        char *named = g_strconcat("profile ", *href, NULL), *shown = NULL;
        xmlNodePtr use = xmlNewNode(NULL, SCN_X("profile"));
        struct scn_tag *tag = scn_tag_new(ld->doc, g_intern_string(named), 0, ++ld->layer, root->dir);
        if (!use)
            g_error("out of memory");
        use->_private = tag;
        g_ptr_array_add(ld->files, (char *)(uintptr_t)tag->file);
        char *real = scn_files_resolve(ld, use, *href, &shown, NULL);
        if (real)
            apply_profile(ld, use, real, shown);
        xmlFreeNode(use);
        g_free(real);
        g_free(shown);
        g_free(named);
    }
}

/* Everything between the scenario's own document and the structs. */
static struct scn *finish(struct scn_loader *ld, xmlDocPtr doc)
{
    start_document(ld);
    if (!scn_shape(ld, doc, SCN_E_SCENARIO))
        return NULL;
    scn_validate(ld, doc, false);
    apply_profiles(ld, doc);
    scn_merge(ld, doc);
    scn_apply_sets(ld);
    lay_profiles(ld);
    scn_apply_sets(ld); /* those of the profiles laid over it */
    for (char **set = ld->opts->sets; set && *set; set++)
        scn_set(ld, *set);
    scn_merge_order(ld);
    scn_validate(ld, ld->doc->xml, true);
    if (!ld->incomplete)
        scn_check(ld);
    struct scn *scn = scn_bind(ld);
    for (guint i = 0; i < ld->doubts->len && ld->problems->len == 0; i++) {
        const struct scn_problem *doubt = &g_array_index(ld->doubts, struct scn_problem, i);
        scn_complain(ld, doubt->file, doubt->line, "%s", doubt->text);
    }
    return scn;
}

static struct scn *load(struct scn_loader *ld, const char *text, size_t size, struct scn_doc **doc,
                        GPtrArray *errors)
{
    struct scn *scn = NULL;
    xmlDocPtr xml = text ? scn_read_xml(ld, ld->doc->file, text, size, 0) : NULL;

    if (xml) {
        ld->bytes += size;
        scn_include(ld, xml, 0);
        scn = finish(ld, xml);
        xmlFreeDoc(xml);
    }
    if (ld->problems->len) {
        scn_free(scn);
        scn = NULL;
    }
    scn_report(ld, errors);
    loader_clear(ld);
    if (doc)
        *doc = scn ? ld->doc : NULL;
    if (!doc || !scn)
        scn_doc_free(ld->doc);
    return scn;
}

struct scn *scn_load_text(const char *path, const char *text, size_t size, const struct scn_load_opts *opts,
                          struct scn_doc **doc, GPtrArray *errors)
{
    struct scn_loader ld;

    loader_init(&ld, path, opts);
    return load(&ld, text, size, doc, errors);
}

struct scn *scn_load(const char *path, const struct scn_load_opts *opts, struct scn_doc **doc,
                     GPtrArray *errors)
{
    struct scn_loader ld;
    size_t size = 0;

    loader_init(&ld, path, opts);
    char *text = scn_read_bytes(&ld, path, path, false, &size, NULL);
    struct scn *scn = load(&ld, text, size, doc, errors);
    g_free(text);
    return scn;
}

bool scn_check_profile(const char *path, const struct scn_load_opts *opts, GPtrArray *errors)
{
    struct scn_loader ld;
    size_t size = 0;
    bool is_profile = false;

    loader_init(&ld, path, opts);
    char *text = scn_read_bytes(&ld, path, path, false, &size, NULL);
    xmlDocPtr xml = text ? scn_read_xml(&ld, path, text, size, 0) : NULL;
    const xmlNode *root = xml ? xmlDocGetRootElement(xml) : NULL;
    if (root && strcmp((const char *)root->name, "profile") == 0) {
        is_profile = true;
        scn_include(&ld, xml, 0);
        start_document(&ld);
        if (scn_shape(&ld, xml, SCN_E_PROFILE)) {
            scn_validate(&ld, xml, false);
            apply_profiles(&ld, xml);
            scn_merge(&ld, xml);
            scn_free(scn_bind(&ld));
        }
        scn_report(&ld, errors);
    } else {
        GPtrArray *unwanted = g_ptr_array_new_with_free_func(g_free);
        scn_report(&ld, unwanted);
        g_ptr_array_free(unwanted, TRUE);
    }
    xmlFreeDoc(xml);
    g_free(text);
    loader_clear(&ld);
    scn_doc_free(ld.doc);
    return is_profile;
}

void scn_doc_free(struct scn_doc *doc)
{
    if (!doc)
        return;
    xmlFreeDoc(doc->xml);
    g_ptr_array_free(doc->arena, TRUE);
    g_free(doc);
}

void scn_cleanup(void)
{
    scn_schema_clear();
    xmlCleanupParser();
}
