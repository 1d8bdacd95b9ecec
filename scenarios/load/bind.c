/* bind.c - the merged document -> the structs of scn.h, as bind.def says; and their end. */
#include "scenarios/load/load_int.h"

#include <string.h>

static void bind_attrs(struct scn_loader *ld, const xmlNode *node, enum scn_element element, char *thing)
{
    for (const struct scn_attr_row *row = scn_attrs; row->name; row++) {
        if (row->element != element || scn_types[row->type].ctype == SCN_C_NOTHING)
            continue;
        const xmlAttr *attr = *row->name ? scn_get_attr(node, row->name) : NULL;
        const char *text = attr ? scn_attr_text(attr) : NULL;
        const struct scn_tag *tag = scn_tag_of(attr ? (const void *)attr : (const void *)node);
        GError *error = NULL;

        if (!*row->name && node->children && node->children->content)
            text = (const char *)node->children->content;
        if (!text && row->mode == SCN_M_DEF)
            text = row->dflt;
        if (text && !scn_convert(row->type, text, tag->dir, thing + row->offset, &error)) {
            scn_complain_at(ld, attr ? (const void *)attr : (const void *)node, "<%s> %s: %s",
                            (const char *)node->name, row->name, error->message);
            g_clear_error(&error);
        }
        if (attr && row->flag >= 0)
            *(bool *)(thing + row->flag) = true;
        if (attr && row->bit)
            ((struct scn_link *)(void *)thing)->set |= row->bit;
    }
}

/* What the table does not say: the enclosing network, what sort of fault, where it stands. */
static void bind_rest(const xmlNode *node, enum scn_element element, void *thing)
{
    const struct scn_tag *tag = scn_tag_of(node);
    const char *network = node->parent ? scn_get(node->parent, "id") : NULL;

    if (element == SCN_E_LINK)
        ((struct scn_link *)thing)->rank = tag->rank;
    if (element == SCN_E_NODE)
        ((struct scn_node *)thing)->network = g_strdup(network);
    else if (element == SCN_E_LINK && scn_element_of(node->parent) == SCN_E_NETWORK)
        ((struct scn_link *)thing)->network = g_strdup(network);
    else if (element == SCN_E_DUPLICATE)
        ((struct scn_fault *)thing)->kind = SCN_DUPLICATE;
    else if (element == SCN_E_SECURITY)
        ((struct scn_security *)thing)->present = true;
    /* Every struct of an array begins with its position. */
    if (scn_elements[element].place == SCN_P_ARRAY)
        *(struct scn_pos *)thing = (struct scn_pos){tag->file, tag->line};
}

/* The arrays that an element's struct holds exist even when they are empty. */
static void make_arrays(enum scn_element element, char *thing)
{
    for (int e = 0; e < SCN_ELEMENTS; e++) {
        const struct scn_element_row *row = &scn_elements[e];
        bool owner = row->in_scn ? element == SCN_E_SCENARIO : (row->parents >> element & 1) != 0;
        GArray **array = (GArray **)(void *)(thing + row->offset);

        if (owner && row->place == SCN_P_ARRAY && !*array)
            *array = g_array_new(FALSE, TRUE, (guint)row->size);
    }
}

/* Whether the element's struct is part of another: bound although no file has the element. */
static void bind_defaults(enum scn_element element, char *thing)
{
    for (const struct scn_attr_row *row = scn_attrs; row->name; row++) {
        GError *error = NULL;
        if (row->element == element && row->mode == SCN_M_DEF &&
            !scn_convert(row->type, row->dflt, NULL, thing + row->offset, &error))
            g_error("bind.def: default of %s %s: %s", scn_elements[element].name, row->name, error->message);
    }
}

static void bind_children(struct scn_loader *ld, const xmlNode *node, enum scn_element element,
                          struct scn *scn, char *owner);

static void bind_one(struct scn_loader *ld, const xmlNode *node, enum scn_element element, struct scn *scn,
                     char *owner)
{
    const struct scn_element_row *row = &scn_elements[element];
    char *base = row->in_scn ? (char *)scn : owner;

    if (row->place == SCN_P_NOWHERE) {
        bind_children(ld, node, element, scn, owner);
    } else if (row->place != SCN_P_ARRAY) {
        char *thing = base + row->offset;
        bind_attrs(ld, node, element, thing);
        bind_rest(node, element, thing);
        bind_children(ld, node, element, scn, thing);
    } else {
        GArray *array = *(GArray **)(void *)(base + row->offset);
        char *thing = g_malloc0(row->size);
        make_arrays(element, thing);
        for (int e = 0; e < SCN_ELEMENTS; e++) {
            if (scn_elements[e].place == SCN_P_EMBEDDED && scn_elements[e].parents >> element & 1)
                bind_defaults((enum scn_element)e, thing + scn_elements[e].offset);
        }
        bind_attrs(ld, node, element, thing);
        bind_rest(node, element, thing);
        bind_children(ld, node, element, scn, thing);
        g_array_append_vals(array, thing, 1);
        g_free(thing);
    }
}

static void bind_children(struct scn_loader *ld, const xmlNode *node, enum scn_element element,
                          struct scn *scn, char *owner)
{
    for (const xmlNode *child = scn_first(node); child; child = scn_next(child)) {
        enum scn_element found = scn_element_find(element, (const char *)child->name);
        if (found != SCN_NO_ELEMENT)
            bind_one(ld, child, found, scn, owner);
    }
}

static gint by_rank(gconstpointer a, gconstpointer b)
{
    const struct scn_link *x = a, *y = b;

    return x->rank < y->rank ? -1 : x->rank > y->rank;
}

struct scn *scn_bind(struct scn_loader *ld)
{
    struct scn *scn = g_new0(struct scn, 1);

    scn->file = g_strdup(ld->doc->file);
    make_arrays(SCN_E_SCENARIO, (char *)scn);
    bind_defaults(SCN_E_RUN, (char *)&scn->run);
    bind_defaults(SCN_E_VIEW, (char *)&scn->view);
    bind_one(ld, xmlDocGetRootElement(ld->doc->xml), SCN_E_SCENARIO, scn, NULL);
    /* Later wins a tie, so what a scenario says comes after what its profiles say (a stable sort). */
    g_array_sort(scn->links, by_rank);
    if (!scn->view.hide)
        scn->view.hide = g_new0(char *, 1);
    if (!scn->view.protocol)
        scn->view.protocol = g_new0(char *, 1);
    return scn;
}

/* ---- the end ----------------------------------------------------------------------------------------- */

static void free_fields(enum scn_element element, char *thing);

static void free_array(enum scn_element element, char *owner)
{
    GArray **array = (GArray **)(void *)(owner + scn_elements[element].offset);

    for (guint i = 0; *array && i < (*array)->len; i++)
        free_fields(element, (*array)->data + i * scn_elements[element].size);
    if (*array)
        g_array_free(*array, TRUE);
    *array = NULL;
}

static void free_fields(enum scn_element element, char *thing)
{
    for (int e = 0; e < SCN_ELEMENTS; e++) {
        const struct scn_element_row *row = &scn_elements[e];
        bool owned = row->in_scn ? element == SCN_E_SCENARIO : (row->parents >> element & 1) != 0;

        if (owned && row->place == SCN_P_ARRAY)
            free_array((enum scn_element)e, thing);
        else if (owned && row->place == SCN_P_EMBEDDED)
            free_fields((enum scn_element)e, thing + row->offset);
    }
    for (const struct scn_attr_row *row = scn_attrs; row->name; row++) {
        if (row->element == element)
            scn_convert_clear(row->type, thing + row->offset);
    }
    if (element == SCN_E_NODE)
        g_free(((struct scn_node *)(void *)thing)->network);
    if (element == SCN_E_LINK)
        g_free(((struct scn_link *)(void *)thing)->network);
}

void scn_free(struct scn *scn)
{
    if (!scn)
        return;
    free_fields(SCN_E_SCENARIO, (char *)scn);
    g_free(scn->title);
    g_free(scn->file);
    g_free(scn);
}
