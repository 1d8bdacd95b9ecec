/* load_int.h - what the files of scenarios/load share: the table, the loader's state, the steps. */
#ifndef SCENARIOS_LOAD_LOAD_INT_H
#define SCENARIOS_LOAD_LOAD_INT_H

#include "scenarios/load/load.h"

#include <libxml/tree.h>

#define SCN_NAMESPACE "urn:imssim:scenario:1"
#define SCN_XINCLUDE  "http://www.w3.org/2001/XInclude"

/* Bounds on what a scenario may ask of the machine that reads it. */
enum {
    SCN_MAX_BYTES = 64 << 20,  /* of all files                        */
    SCN_MAX_ELEMENTS = 100000, /* over all files: the validator takes n^2 steps to report n errors */
    SCN_MAX_DEPTH = 32,        /* of elements in one file             */
    SCN_MAX_FILES = 256,       /* profiles and includes together      */
    SCN_MAX_PROBLEMS = 100,    /* reported; the rest is counted       */
};

/* ---- the table (bind.def, table.c) --------------------------------------------------------------- */

enum scn_element {
#define SCN_ELEMENT(element, name, xsd, parents, kind, key, label, place, about) SCN_E_##element,
#include "scenarios/load/bind.def"
    SCN_ELEMENTS,
    SCN_NO_ELEMENT = -1,
};

enum scn_type {
#define SCN_TYPE(type, xsd, ctype, unit, accepts) SCN_T_##type,
#include "scenarios/load/bind.def"
    SCN_TYPES,
};

enum scn_ctype {
    SCN_C_NOTHING,
    SCN_C_STRING,
    SCN_C_STRINGS,
    SCN_C_BOOL,
    SCN_C_INT,
    SCN_C_U64,
    SCN_C_REAL,
    SCN_C_TIME,
    SCN_C_DIST
};
enum scn_kind { SCN_K_ROOT, SCN_K_BOX, SCN_K_ONE, SCN_K_KEYED, SCN_K_LIST, SCN_K_VALUE };
enum scn_place { SCN_P_NOWHERE, SCN_P_SELF, SCN_P_EMBEDDED, SCN_P_ARRAY };
enum scn_mode { SCN_M_KEY, SCN_M_REQ, SCN_M_NEED, SCN_M_DEF, SCN_M_OPT };

struct scn_type_row {
    const char *xsd, *unit, *accepts;
    enum scn_ctype ctype;
};
struct scn_value_row {
    enum scn_type type;
    const char *text;
    int64_t value;
};
struct scn_element_row {
    const char *name, *xsd;
    uint32_t parents; /* bit per enum scn_element; 0: a root */
    enum scn_kind kind;
    const char *key; /* names of attributes, blank-separated */
    const char *label;
    enum scn_place place;
    size_t size, offset; /* of the struct; in the owner's struct */
    bool in_scn;         /* the owner is struct scn, not the enclosing element's struct */
    const char *about;
};
struct scn_attr_row {
    enum scn_element element;
    const char *name;
    enum scn_type type;
    enum scn_mode mode;
    const char *dflt;
    size_t offset;
    long flag;    /* offset of a bool that says "given", or -1 */
    uint32_t bit; /* bit of scn_link.set that says so, or 0     */
    const char *about, *acts, *source;
};
/* A place in no struct, for rows that are not bound. */
struct scn_nowhere {
    char *none;
};

extern const struct scn_element_row scn_elements[SCN_ELEMENTS];
extern const struct scn_type_row scn_types[SCN_TYPES];
extern const struct scn_value_row scn_values[]; /* ends with text NULL */
extern const struct scn_attr_row scn_attrs[];   /* ends with name NULL */

/* The element called `name` inside `parent` (SCN_NO_ELEMENT: as root), or SCN_NO_ELEMENT. */
enum scn_element scn_element_find(enum scn_element parent, const char *name);
/* The element a node of a checked document is. */
enum scn_element scn_element_of(const xmlNode *node);
const struct scn_attr_row *scn_attr_find(enum scn_element element, const char *name);
/* What a type accepts, in words; owned by the table. */
const char *scn_accepts(enum scn_type type);
/* Whether `name` is one of the element's key attributes. */
bool scn_is_key(enum scn_element element, const char *name);

/* Converts one value into the field at `field`, which is zero or from an earlier scn_convert(). Files of
 * distributions are sought in base_dir. False: *error says why. */
bool scn_convert(enum scn_type type, const char *text, const char *base_dir, void *field, GError **error);
/* Frees what the field at `field` owns. */
void scn_convert_clear(enum scn_type type, void *field);

/* ---- origins -------------------------------------------------------------------------------------- */

/* Hangs on every element and attribute (_private) and says where it was written. */
struct scn_tag {
    const char *file; /* interned; or the text of a --set */
    int line;         /* 0: not in a file                */
    int layer;        /* number of the file it came with: a key twice in one layer is an error */
    int rank;         /* of an element in the merged document: the how-manieth file it came with */
    int number;       /* of an element without key, in the merged document, from 1 */
    bool bad;         /* already complained of           */
    const char *dir;  /* interned: folder of the file    */
};

static inline struct scn_tag *scn_tag_of(const void *node_or_attr)
{
    return ((const xmlNode *)node_or_attr)->_private;
}

struct scn_doc {
    xmlDocPtr xml;
    GPtrArray *arena; /* blocks of tags */
    guint used;       /* tags taken from the last block */
    const char *file; /* interned */
    const struct scn_names *names;
};

/* ---- the loader's state ----------------------------------------------------------------------------- */

struct scn_problem {
    const char *file; /* interned */
    int line;
    char *text;
};

struct scn_loader {
    const struct scn_load_opts *opts;
    struct scn_doc *doc;
    GArray *problems;    /* struct scn_problem */
    GArray *doubts;      /* the schema's complaints that check.c says better, kept in case it does not */
    GPtrArray *files;    /* interned names, in order of reading: the order of the report */
    char *root;          /* real path of the scenario's folder */
    GPtrArray *roots;    /* real paths of the data folders */
    GPtrArray *stack;    /* real paths of the files being read: loops */
    GHashTable *applied; /* real paths of profiles already merged */
    GHashTable *index;   /* merge.c: key -> element of the merged document */
    int elements, files_read, layer, rank;
    size_t bytes;    /* read so far */
    guint untold;    /* problems beyond what is reported */
    bool incomplete; /* some file could not be read: what it would have declared is not missing */
};

/* problem.c */
void scn_complain(struct scn_loader *ld, const char *file, int line, const char *format, ...)
    G_GNUC_PRINTF(4, 5);
/* At an element or attribute; says nothing if it was already complained of, unless it is an element. */
void scn_complain_at(struct scn_loader *ld, const void *node_or_attr, const char *format, ...)
    G_GNUC_PRINTF(3, 4);
/* Appends the problems to `errors` in order and clears them. */
void scn_report(struct scn_loader *ld, GPtrArray *errors);
/* The candidate most like `word`, if any is like it; NULL otherwise. */
const char *scn_nearest(const char *word, GPtrArray *candidates);
/* " (did you mean X?)" or "". g_free. */
char *scn_did_you_mean(const char *word, GPtrArray *candidates);
/* As " (file:line)" of a tag, for the other place of two. */
char *scn_where(const struct scn_tag *tag);

/* read.c: bytes -> document with tags, or NULL with a complaint. `shown` is what errors call the file. */
char *scn_read_bytes(struct scn_loader *ld, const char *path, const char *shown, bool regular, size_t *size,
                     const struct scn_tag *asked);
xmlDocPtr scn_read_xml(struct scn_loader *ld, const char *shown, const char *data, size_t size, int layer);
struct scn_tag *scn_tag_new(struct scn_doc *doc, const char *file, int line, int layer, const char *dir);

/* files.c: where files may come from, and the two ways to name one. */
void scn_files_init(struct scn_loader *ld, const char *path);
void scn_files_clear(struct scn_loader *ld);
/* Resolves `href` as written in the file of `at`. Returns the real path (g_free) with *shown (g_free), or
 * NULL: with a complaint, or silently with *missing true when the file does not exist and `missing` is
 * given. */
char *scn_files_resolve(struct scn_loader *ld, const void *at, const char *href, char **shown, bool *missing);
/* Reads a resolved file, in the layer `layer`, with its xi:includes; NULL with a complaint. */
xmlDocPtr scn_files_read(struct scn_loader *ld, const void *at, const char *real, const char *shown,
                         int layer);

/* include.c: replaces the xi:include elements of `doc`. */
void scn_include(struct scn_loader *ld, xmlDocPtr doc, int layer);

/* shape.c: complains of elements, attributes and text that the table does not know and removes them, so
 * that what is left can be validated. False: the root is not `root`, nothing more can be said. */
bool scn_shape(struct scn_loader *ld, xmlDocPtr doc, enum scn_element root);

/* schema.c: validates against scenario.xsd and complains in plain words. `merged`: the whole, so that
 * references must hold. */
void scn_validate(struct scn_loader *ld, xmlDocPtr doc, bool merged);
/* Frees the cached schema. */
void scn_schema_clear(void);

/* merge.c: lays the document on top of what was merged so far. */
void scn_merge(struct scn_loader *ld, xmlDocPtr doc);
/* Puts the children of the root into the order of bind.def, for people. */
void scn_merge_order(struct scn_loader *ld);
/* A copy of an attribute with its tag; replaces an older one. */
void scn_merge_attr(xmlNodePtr to, const char *name, const char *value, struct scn_tag *tag);

/* set.c, xpath.c: applies the <set> elements of the merged document, which then has none any more; one --set NAME=VALUE. */
void scn_apply_sets(struct scn_loader *ld);
void scn_set(struct scn_loader *ld, const char *assignment);
bool scn_set_xpath(struct scn_loader *ld, const char *xpath, const char *value, struct scn_tag *tag);

/* params.c: names of parameters. */
/* "node[P-CSCF1]" of an element, without its attribute. g_free. */
char *scn_param_of(const xmlNode *element);
/* All parameter names of the document, for suggestions: g_free'ing array. */
/* "node[P-CSCF1].servers": the name of an attribute, given its element's. g_free. */
char *scn_param_attr(const char *element_name, const struct scn_attr_row *row);
GPtrArray *scn_param_names(struct scn_loader *ld);

/* check.c: what no schema can say. */
void scn_check(struct scn_loader *ld);
/* check_radio.c: of one <radio>. */
void scn_check_radio(struct scn_loader *ld, const xmlNode *radio);
/* How many phones a group has; whether a node has a role. */
int scn_count_of(const xmlNode *group);
bool scn_has_role(const xmlNode *node, const char *role);
/* check_numbers.c: telephone numbers are there, once each, and somebody knows whose they are. */
void scn_check_numbers(struct scn_loader *ld, GPtrArray *groups, const GPtrArray *nodes);
/* bind.c: the merged document -> structs; complains of values that do not convert. */
struct scn *scn_bind(struct scn_loader *ld);

/* Small DOM helpers. */
#define SCN_X(s) ((const xmlChar *)(s))
const char *scn_attr_text(const xmlAttr *attr); /* the value, owned by the document ("" if empty) */
const char *scn_get(const xmlNode *node, const char *name); /* NULL if absent */
xmlAttrPtr scn_get_attr(const xmlNode *node, const char *name);
xmlNodePtr scn_first(const xmlNode *node); /* first child element, or NULL */
xmlNodePtr scn_next(const xmlNode *node);  /* next sibling element, or NULL */

#endif
