/* table.c - bind.def as data, and finding one's way in it. */
#include "scenarios/load/load_int.h"

#include <stdio.h>
#include <string.h>

#define IN(element) (1u << SCN_E_##element)
#define SCN_P_OF(place, size, offset, in_scn) place, size, offset, in_scn
#define NOWHERE SCN_P_OF(SCN_P_NOWHERE, 0, 0, false)
#define SELF(type) SCN_P_OF(SCN_P_SELF, sizeof(type), 0, true)
#define EMBEDDED(type, field, owner)                                                                         \
    SCN_P_OF(SCN_P_EMBEDDED, sizeof(type), offsetof(owner, field), IS_SCN(owner))
#define ARRAY(type, field, owner)                                                                            \
    SCN_P_OF(SCN_P_ARRAY, sizeof(type), offsetof(owner, field), IS_SCN(owner))
#define IS_SCN(type) __builtin_types_compatible_p(type, struct scn)

const struct scn_element_row scn_elements[SCN_ELEMENTS] = {
#define SCN_ELEMENT(element, name, xsd, parents, kind, key, label, place, about)                             \
    [SCN_E_##element] = {name, xsd, parents, SCN_K_##kind, key, label, place, about},
#include "scenarios/load/bind.def"
};

const struct scn_type_row scn_types[SCN_TYPES] = {
#define SCN_TYPE(type, xsd, ctype, unit, accepts) [SCN_T_##type] = {xsd, unit, accepts, SCN_C_##ctype},
#include "scenarios/load/bind.def"
};

const struct scn_value_row scn_values[] = {
#define SCN_VALUE(type, text, value) {SCN_T_##type, text, value},
#include "scenarios/load/bind.def"
    {0, NULL, 0},
};

#define NO -1, 0
#define FLAG(type, field) offsetof(type, field), 0
#define BIT(bit) -1, bit

const struct scn_attr_row scn_attrs[] = {
#define SCN_ATTR(element, owner, field, name, type, mode, dflt, given, about, acts, source)                  \
    {SCN_E_##element, name, SCN_T_##type, SCN_M_##mode, dflt, offsetof(owner, field),                        \
     given,           about, acts,        source},
#include "scenarios/load/bind.def"
    {.name = NULL},
};

/* The C type that a row's type says is the C type its field has. */
typedef char *field_STRING;
typedef char **field_STRINGS;
typedef bool field_BOOL;
typedef int field_INT;
typedef uint64_t field_U64;
typedef double field_REAL;
typedef sim_time field_TIME;
typedef struct dist field_DIST;
typedef char *field_NOTHING;
enum {
#define SCN_TYPE(type, xsd, ctype, unit, accepts) size_of_##type = sizeof(field_##ctype),
#include "scenarios/load/bind.def"
};
#define SCN_ATTR(element, owner, field, name, type, mode, dflt, given, about, acts, source)                  \
    _Static_assert(sizeof(((owner *)0)->field) == size_of_##type, #element " " name ": type of the field");
#include "scenarios/load/bind.def"

enum scn_element scn_element_find(enum scn_element parent, const char *name)
{
    for (int e = 0; e < SCN_ELEMENTS; e++) {
        const struct scn_element_row *row = &scn_elements[e];
        bool here = parent == SCN_NO_ELEMENT ? row->parents == 0 : (row->parents >> parent & 1) != 0;

        if (here && strcmp(row->name, name) == 0)
            return (enum scn_element)e;
    }
    return SCN_NO_ELEMENT;
}

enum scn_element scn_element_of(const xmlNode *node)
{
    if (!node || node->type != XML_ELEMENT_NODE)
        return SCN_NO_ELEMENT;
    bool root = !node->parent || node->parent->type != XML_ELEMENT_NODE;
    enum scn_element parent = root ? SCN_NO_ELEMENT : scn_element_of(node->parent);

    if (!root && parent == SCN_NO_ELEMENT)
        return SCN_NO_ELEMENT;
    if (root && strcmp((const char *)node->name, "merged") == 0) /* schema.c */
        return SCN_E_SCENARIO;
    return scn_element_find(parent, (const char *)node->name);
}

const struct scn_attr_row *scn_attr_find(enum scn_element element, const char *name)
{
    for (const struct scn_attr_row *row = scn_attrs; row->name; row++) {
        if (row->element == element && strcmp(row->name, name) == 0)
            return row;
    }
    return NULL;
}

/* Enumerations have no words of their own: "udp, tcp, sctp or auto". */
const char *scn_accepts(enum scn_type type)
{
    if (scn_types[type].accepts)
        return scn_types[type].accepts;

    GString *text = g_string_new(NULL);
    const struct scn_value_row *next = NULL;
    for (const struct scn_value_row *row = scn_values; row->text; row = next) {
        next = row + 1;
        while (next->text && next->type != type)
            next++;
        if (row->type == type)
            g_string_append_printf(text, "%s%s", !text->len ? "" : next->text ? ", " : " or ", row->text);
    }
    const char *words = g_intern_string(text->str);
    g_string_free(text, TRUE);
    return words;
}

bool scn_is_key(enum scn_element element, const char *name)
{
    const char *key = scn_elements[element].key;
    size_t length = strlen(name);

    for (const char *at = key; length && (at = strstr(at, name)); at += length) {
        bool starts = at == key || at[-1] == ' ';
        if (starts && (at[length] == ' ' || at[length] == '\0'))
            return true;
    }
    return false;
}

const char *scn_attr_text(const xmlAttr *attr)
{
    return attr->children && attr->children->content ? (const char *)attr->children->content : "";
}

xmlAttrPtr scn_get_attr(const xmlNode *node, const char *name)
{
    for (xmlAttrPtr attr = node->properties; attr; attr = attr->next) {
        if (!attr->ns && strcmp((const char *)attr->name, name) == 0)
            return attr;
    }
    return NULL;
}

const char *scn_get(const xmlNode *node, const char *name)
{
    xmlAttrPtr attr = scn_get_attr(node, name);

    return attr ? scn_attr_text(attr) : NULL;
}

static xmlNodePtr element_from(xmlNodePtr node)
{
    while (node && node->type != XML_ELEMENT_NODE)
        node = node->next;
    return node;
}

xmlNodePtr scn_first(const xmlNode *node)
{
    return element_from(node->children);
}

xmlNodePtr scn_next(const xmlNode *node)
{
    return element_from(node->next);
}
