/* params.c - the names of parameters: node[P-CSCF1].servers, link[Gm].latency, call[1].answer.
 *
 * A name follows the elements from below the root (boxes such as <subscribers> left out) to the attribute,
 * joined with points. [..] holds what tells an element from its brothers: the value of its first key
 * attribute, then name=value of the others it has, joined with commas; its number, if it has no key. */
#include "scenarios/load/load_int.h"

#include <string.h>

static void append_key(GString *name, const xmlNode *node, const struct scn_element_row *row)
{
    char **keys = g_strsplit(row->key, " ", -1);
    bool first = true;

    for (char **key = keys; *key; key++) {
        const char *value = scn_get(node, *key);
        if (!value)
            continue;
        g_string_append_printf(name, "%c%s%s%s", first ? '[' : ',', key == keys ? "" : *key,
                               key == keys ? "" : "=", value);
        first = false;
    }
    if (row == &scn_elements[SCN_E_LINK] && node->parent && scn_element_of(node->parent) == SCN_E_NETWORK) {
        const char *network = scn_get(node->parent, "id");
        g_string_append_printf(name, "%cnetwork=%s", first ? '[' : ',', network ? network : "?");
        first = false;
    }
    if (!first)
        g_string_append_c(name, ']');
    g_strfreev(keys);
}

char *scn_param_of(const xmlNode *node)
{
    enum scn_element element = scn_element_of(node);
    GString *name = g_string_new(NULL);

    if (element == SCN_NO_ELEMENT || scn_elements[element].kind == SCN_K_ROOT)
        return g_string_free(name, FALSE);
    const struct scn_element_row *row = &scn_elements[element];
    enum scn_element parent = scn_element_of(node->parent);

    /* Nodes and links are known without their network, everything else with what it is in. */
    if (scn_elements[parent].kind != SCN_K_ROOT && scn_elements[parent].kind != SCN_K_BOX &&
        parent != SCN_E_NETWORK) {
        char *before = scn_param_of(node->parent);
        g_string_printf(name, "%s.", before);
        g_free(before);
    }
    g_string_append(name, row->name);
    if (row->kind == SCN_K_KEYED)
        append_key(name, node, row);
    else if (row->kind == SCN_K_LIST || row->kind == SCN_K_VALUE)
        g_string_append_printf(name, "[%d]", scn_tag_of(node)->number);
    return g_string_free(name, FALSE);
}

char *scn_param_attr(const char *element_name, const struct scn_attr_row *row)
{
    if (row->element == SCN_E_SCENARIO)
        return g_strdup(row->name);
    if (!*row->name)
        return g_strdup(element_name);
    return g_strconcat(element_name, ".", row->name, NULL);
}

static void collect(const xmlNode *node, GPtrArray *names)
{
    enum scn_element element = scn_element_of(node);
    char *name = scn_param_of(node);

    if (names->len > 20000) { /* enough to choose from */
        g_free(name);
        return;
    }
    for (const struct scn_attr_row *row = scn_attrs; row->name; row++) {
        if (row->element == element && !scn_is_key(element, row->name))
            g_ptr_array_add(names, scn_param_attr(name, row));
    }
    g_free(name);
    for (const xmlNode *child = scn_first(node); child; child = scn_next(child))
        collect(child, names);
}

GPtrArray *scn_param_names(struct scn_loader *ld)
{
    static const enum scn_element always[] = {SCN_E_RUN, SCN_E_VIEW};
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    const struct scn_names *known = ld->opts->names;

    collect(xmlDocGetRootElement(ld->doc->xml), names);
    for (size_t i = 0; i < G_N_ELEMENTS(always); i++) {
        for (const struct scn_attr_row *row = scn_attrs; row->name; row++) {
            if (row->element == always[i])
                g_ptr_array_add(names, scn_param_attr(scn_elements[always[i]].name, row));
        }
    }
    for (size_t i = 0; known && i < known->n_timers; i++)
        g_ptr_array_add(names, g_strdup(known->timers[i].name));
    return names;
}

/* ---- lists ------------------------------------------------------------------------------------------- */

/* "group[ID].media[TYPE].port": the name with labels in place of keys. */
static void append_generic(GString *name, enum scn_element element)
{
    const struct scn_element_row *row = &scn_elements[element];
    int parent = 0;

    while (parent < SCN_ELEMENTS && !(row->parents >> parent & 1))
        parent++;
    if (parent < SCN_ELEMENTS && scn_elements[parent].kind != SCN_K_ROOT &&
        scn_elements[parent].kind != SCN_K_BOX && parent != SCN_E_NETWORK) {
        append_generic(name, (enum scn_element)parent);
        g_string_append_c(name, '.');
    }
    g_string_append(name, row->name);
    if (*row->label)
        g_string_append_printf(name, "[%s]", row->label);
}

void scn_each_parameter(const struct scn_names *names, scn_param_fn fn, void *user)
{
    for (const struct scn_attr_row *row = scn_attrs; row->name; row++) {
        if (row->element == SCN_E_SCENARIO || row->element == SCN_E_PROFILE || row->element == SCN_E_USE ||
            row->element == SCN_E_SET || scn_is_key(row->element, row->name))
            continue;
        GString *element = g_string_new(NULL);
        append_generic(element, row->element);
        char *name = scn_param_attr(element->str, row);
        bool required = row->mode == SCN_M_KEY || row->mode == SCN_M_REQ || row->mode == SCN_M_NEED;
        struct scn_param param = {.name = name,
                                  .value = required ? "(required)" : row->dflt,
                                  .unit = scn_types[row->type].unit,
                                  .about = row->about,
                                  .source = row->source,
                                  .acts = row->acts};
        fn(&param, user);
        g_free(name);
        g_string_free(element, TRUE);
    }
    for (size_t i = 0; names && i < names->n_timers; i++) {
        const struct scn_timer_row *timer = &names->timers[i];
        struct scn_param param = {.name = timer->name,
                                  .value = timer->value,
                                  .unit = "time",
                                  .about = timer->about,
                                  .source = timer->clause,
                                  .acts = timer->acts_at};
        fn(&param, user);
    }
}

static void list_one(const struct scn_param *param, void *user)
{
    g_string_append_printf(user, "%-36s %-12s %-8s %-60s %s: %s\n", param->name,
                           param->value ? param->value : "-", *param->unit ? param->unit : "-",
                           param->source ? param->source : "-", param->acts ? param->acts : "-",
                           param->about ? param->about : "");
}

void scn_list_parameters(const struct scn_names *names, GString *out)
{
    g_string_append_printf(out, "%-36s %-12s %-8s %-60s %s\n", "parameter", "default", "unit",
                           "source of the default", "where it acts: what it is");
    scn_each_parameter(names, list_one, out);
}
