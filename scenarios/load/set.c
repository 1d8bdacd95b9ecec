/* set.c - `--set NAME=VALUE`: the last word on a parameter; and <set> in files, the last word but that.
 *
 *   node[P-CSCF1].servers=4       the names of params.c; in [..] parts may be left out and * ? stand for
 *   group[*].think=1ms            anything: every element that fits is set
 *   link[Gm].latency=5ms          every link with this interface, and the general setting for it besides
 *   sip.core.T1=1s                a timer by its bare name
 *   //link[@node='HSS1']/@loss=1% an XPath (xpath.c)
 *
 * What fits nothing is an error, except that run, view, timers, links and radios come into being; a <set> with * may fit
 * nothing, for profiles do not know what there is. */
#include "scenarios/load/load_int.h"

#include <string.h>

struct step {
    char *name; /* element, or in the last step the attribute */
    char *key;  /* what stood in [..]; NULL if there was no [..] */
};

static void step_clear(gpointer data)
{
    struct step *step = data;

    g_free(step->name);
    g_free(step->key);
}

/* "a[b].c" -> (a, b), (c, NULL). NULL when brackets do not pair up or a part is empty. */
static GArray *parse_path(const char *text)
{
    GArray *steps = g_array_new(FALSE, TRUE, sizeof(struct step));
    const char *p = text;

    g_array_set_clear_func(steps, step_clear);
    for (;;) {
        size_t length = strcspn(p, ".[]");
        struct step step = {g_strndup(p, length), NULL};
        p += length;
        if (*p == '[') {
            const char *end = strchr(p, ']');
            step.key = end ? g_strndup(p + 1, (size_t)(end - p - 1)) : NULL;
            p = end ? end + 1 : p;
        }
        g_array_append_val(steps, step);
        if (!length || (*p && (*p != '.' || !p[1]))) {
            g_array_free(steps, TRUE);
            return NULL;
        }
        if (!*p)
            return steps;
        p++;
    }
}

static const char *key_value(const xmlNode *node, const char *name)
{
    if (strcmp(name, "network") == 0 && scn_element_of(node) == SCN_E_LINK)
        return scn_element_of(node->parent) == SCN_E_NETWORK ? scn_get(node->parent, "id") : NULL;
    return scn_get(node, name);
}

/* Whether the element is one that [key] speaks of. */
static bool fits(const xmlNode *node, enum scn_element element, const char *key)
{
    const struct scn_element_row *row = &scn_elements[element];

    if (row->kind == SCN_K_LIST || row->kind == SCN_K_VALUE) {
        char number[16];
        g_snprintf(number, sizeof number, "%d", scn_tag_of(node)->number);
        return key && g_pattern_match_simple(key, number);
    }
    if (row->kind != SCN_K_KEYED)
        return !key;

    size_t first_length = strcspn(row->key, " ");
    char *first = g_strndup(row->key, first_length);
    char **parts = g_strsplit(key ? key : "", ",", -1);
    bool yes = true;
    for (char **part = parts; *part && yes; part++) {
        char *equals = strchr(*part, '=');
        if (equals)
            *equals = '\0';
        const char *value = key_value(node, equals ? *part : first);
        const char *wanted = equals ? equals + 1 : *part;
        yes = strcmp(wanted, "*") == 0 || (value && g_pattern_match_simple(wanted, value));
    }
    /* link.latency and link[].latency: the one that selects everything. */
    if (!key || !*key) {
        for (const struct scn_attr_row *attr = scn_attrs; attr->name && yes; attr++) {
            if (attr->element == element && scn_is_key(element, attr->name) && scn_get(node, attr->name))
                yes = false;
        }
        yes = yes && !(element == SCN_E_LINK && key_value(node, "network"));
    }
    g_strfreev(parts);
    g_free(first);
    return yes;
}

/* Appends the elements that steps[at..] lead to from here; boxes and networks need not be named. */
static void seek(const xmlNode *from, enum scn_element element, GArray *steps, guint at, GPtrArray *found)
{
    if (at + 1 >= steps->len) {
        g_ptr_array_add(found, (void *)from);
        return;
    }
    const struct step *step = &g_array_index(steps, struct step, at);
    for (const xmlNode *child = scn_first(from); child; child = scn_next(child)) {
        enum scn_element e = scn_element_find(element, (const char *)child->name);
        if (strcmp((const char *)child->name, step->name) == 0 && fits(child, e, step->key))
            seek(child, e, steps, at + 1, found);
        if (scn_elements[e].kind == SCN_K_BOX || e == SCN_E_NETWORK)
            seek(child, e, steps, at, found);
    }
}

static xmlNodePtr add_element(xmlNodePtr parent, const char *name, struct scn_tag *tag)
{
    xmlNodePtr node = xmlNewChild(parent, parent->ns, SCN_X(name), NULL);

    if (!node)
        g_error("out of memory");
    node->_private = tag;
    return node;
}

static xmlNodePtr child_or_new(xmlNodePtr parent, const char *name, struct scn_tag *tag)
{
    for (xmlNodePtr child = scn_first(parent); child; child = scn_next(child)) {
        if (strcmp((const char *)child->name, name) == 0)
            return child;
    }
    return add_element(parent, name, tag);
}

/* The link setting for an interface as a whole, made if the scenario has none. */
static void add_general_link(struct scn_loader *ld, const char *interface, GPtrArray *found,
                             struct scn_tag *tag)
{
    xmlNodePtr root = xmlDocGetRootElement(ld->doc->xml);
    static const char *const others[] = {"node", "from", "to"};

    for (guint i = 0; i < found->len; i++) {
        const xmlNode *node = g_ptr_array_index(found, i);
        bool general = node->parent == root;
        for (size_t k = 0; k < G_N_ELEMENTS(others); k++)
            general = general && !scn_get(node, others[k]);
        if (general)
            return;
    }
    xmlNodePtr node = add_element(root, "link", tag);
    if (*interface)
        scn_merge_attr(node, "interface", interface, tag);
    g_ptr_array_add(found, node);
}

/* Elements that --set may call into being. */
static void create(struct scn_loader *ld, GArray *steps, GPtrArray *found, struct scn_tag *tag)
{
    xmlNodePtr root = xmlDocGetRootElement(ld->doc->xml);
    const struct step *step = &g_array_index(steps, struct step, 0);
    bool plain = !step->key || !strpbrk(step->key, "*?,=");

    if (steps->len != 2 || !plain)
        return;
    if (strcmp(step->name, "link") == 0)
        add_general_link(ld, step->key ? step->key : "", found, tag);
    if (found->len)
        return;
    if (!step->key && (strcmp(step->name, "run") == 0 || strcmp(step->name, "view") == 0)) {
        g_ptr_array_add(found, add_element(root, step->name, tag));
    } else if (strcmp(step->name, "radio") == 0) {
        xmlNodePtr node = add_element(root, "radio", tag);
        if (step->key && *step->key)
            scn_merge_attr(node, "node", step->key, tag);
        g_ptr_array_add(found, node);
    } else if (step->key && strcmp(step->name, "timer") == 0) {
        xmlNodePtr node = add_element(child_or_new(root, "timers", tag), "timer", tag);
        scn_merge_attr(node, "name", step->key, tag);
        g_ptr_array_add(found, node);
    }
}

static void no_such(struct scn_loader *ld, const char *name, const struct scn_tag *tag)
{
    GPtrArray *names = scn_param_names(ld);
    char *mean = scn_did_you_mean(name, names);

    scn_complain(ld, tag->file, tag->line,
                 "\"%s\" is no parameter of this scenario%s; check --effective lists them all, "
                 "list parameters what there can be",
                 name, mean);
    g_free(mean);
    g_ptr_array_free(names, TRUE);
}

static bool is_timer(const struct scn_loader *ld, const char *name)
{
    const struct scn_names *names = ld->opts->names;

    for (size_t i = 0; names && i < names->n_timers; i++) {
        if (strcmp(names->timers[i].name, name) == 0)
            return true;
    }
    return false;
}

static bool is_key_of_all(GPtrArray *found, const char *name)
{
    for (guint i = 0; i < found->len; i++) {
        if (scn_is_key(scn_element_of(g_ptr_array_index(found, i)), name))
            return true;
    }
    return false;
}

/* Whether a parameter may be called so, had the scenario what [*] speaks of. */
static bool is_possible(GArray *steps, const char *attr)
{
    const struct step *of = &g_array_index(steps, struct step, steps->len - 2);

    for (int e = 0; e < SCN_ELEMENTS; e++) {
        if (strcmp(scn_elements[e].name, of->name) == 0 && scn_attr_find((enum scn_element)e, attr))
            return true;
    }
    return false;
}

static void set_by_name(struct scn_loader *ld, const char *name, const char *value, struct scn_tag *tag,
                        bool maybe)
{
    GPtrArray *found = g_ptr_array_new();
    char *path = is_timer(ld, name)           ? g_strdup_printf("timer[%s].value", name)
                 : strcmp(name, "title") == 0 ? g_strdup("title.")
                                              : g_strdup(name);
    GArray *steps = strcmp(name, "title") == 0 ? NULL : parse_path(path);
    const char *attr = steps ? g_array_index(steps, struct step, steps->len - 1).name : "";
    xmlNodePtr root = xmlDocGetRootElement(ld->doc->xml);
    bool known = false;

    if (strcmp(name, "title") == 0) {
        xmlNodePtr title = child_or_new(root, "title", tag);
        xmlNodeSetContent(title, NULL);
        xmlAddChild(title, xmlNewDocText(ld->doc->xml, SCN_X(value)));
        title->_private = tag;
        known = true;
    } else if (steps && steps->len > 1 && !g_array_index(steps, struct step, steps->len - 1).key) {
        const struct step *first = &g_array_index(steps, struct step, 0);
        enum scn_element e = scn_element_find(SCN_E_SCENARIO, first->name);
        if (strcmp(first->name, "timer") == 0)
            e = SCN_E_TIMER;
        seek(root, SCN_E_SCENARIO, steps, 0, found);
        if (e != SCN_NO_ELEMENT && scn_attr_find(e, attr))
            create(ld, steps, found, tag);
        known = maybe && strchr(name, '*') && is_possible(steps, attr);
    }
    if (is_key_of_all(found, attr)) {
        scn_complain(ld, tag->file, tag->line, "%s tells elements apart and cannot be set", attr);
        known = true;
    } else {
        for (guint i = 0; i < found->len; i++) {
            xmlNodePtr node = g_ptr_array_index(found, i);
            if (!scn_attr_find(scn_element_of(node), attr))
                continue;
            scn_merge_attr(node, attr, value, tag);
            known = true;
        }
    }
    if (!known)
        no_such(ld, name, tag);
    if (steps)
        g_array_free(steps, TRUE);
    g_ptr_array_free(found, TRUE);
    g_free(path);
}

/* The "=" between NAME and VALUE: the first outside of [..] and quotes. */
static const char *equals_of(const char *text)
{
    int depth = 0;
    char quote = '\0';

    for (const char *p = text; *p; p++) {
        if (quote)
            quote = *p == quote ? '\0' : quote;
        else if (depth && (*p == '"' || *p == '\''))
            quote = *p;
        else if (*p == '[')
            depth++;
        else if (*p == ']')
            depth--;
        else if (*p == '=' && depth == 0)
            return p;
    }
    return NULL;
}

static void set_one(struct scn_loader *ld, const char *name, const char *value, struct scn_tag *tag, bool maybe)
{
    if (*name == '/' || strchr(name, '@') || strchr(name, '('))
        scn_set_xpath(ld, name, value, tag);
    else
        set_by_name(ld, name, value, tag, maybe);
}

void scn_apply_sets(struct scn_loader *ld)
{
    xmlNodePtr next;

    for (xmlNodePtr node = scn_first(xmlDocGetRootElement(ld->doc->xml)); node; node = next) {
        next = scn_next(node);
        if (scn_element_of(node) != SCN_E_SET)
            continue;
        const char *name = scn_get(node, "parameter"), *value = scn_get(node, "value");
        struct scn_tag *tag = scn_tag_of(node);
        if (name && value)
            set_one(ld, name, value, tag, true);
        xmlUnlinkNode(node);
        xmlFreeNode(node);
    }
}

void scn_set(struct scn_loader *ld, const char *assignment)
{
    char *shown = g_strconcat("--set ", assignment, NULL);
    const struct scn_tag *root = scn_tag_of(xmlDocGetRootElement(ld->doc->xml));
    struct scn_tag *tag = scn_tag_new(ld->doc, g_intern_string(shown), 0, ++ld->layer, root->dir);
    tag->rank = ld->rank + 1;
    const char *equals = g_utf8_validate(assignment, -1, NULL) ? equals_of(assignment) : NULL;

    g_ptr_array_add(ld->files, (char *)tag->file);
    g_free(shown);
    if (!equals || equals == assignment) {
        scn_complain(ld, tag->file, tag->line, "is not NAME=VALUE, such as run.seed=7 or link[Gm].latency=5ms");
        return;
    }
    char *name = g_strstrip(g_strndup(assignment, (size_t)(equals - assignment)));
    set_one(ld, name, equals + 1, tag, false);
    g_free(name);
}
