/* ie.c - measures, prints and frees messages by walking their tables (see ie.h). */
#include "models/proto/ie/ie_int.h"

#include <string.h>

struct ie_type {
    bool whole;    /* its size counts tags and lengths */
    uint8_t value; /* bytes of a named value in C, 0: not one */
    uint16_t bytes;
    uint32_t (*size)(const struct ie_ctx *c, const void *value);
    void (*print)(const struct ie_ctx *c, const void *value, GString *out);
    void (*drop)(struct net *net, void *value);
};

enum { V = 0, W = 1 };

static const struct ie_type types[IE_TYPES] = {
#define ENUM(id, ctype, length) [IE_##id] = {.value = sizeof(ctype), .bytes = length},
#define VALUE(...)
#include "models/proto/ie/ie_enums.def"
#define IE(id, ctype, form, length, measure, put, give_up)                                                   \
    [IE_##id] = {.whole = form,                                                                              \
                 .bytes = length,                                                                            \
                 .size = ie_size_##measure,                                                                  \
                 .print = ie_print_##put,                                                                    \
                 .drop = ie_drop_##give_up},
#include "models/proto/ie/ie_types.def"
};

static const struct {
    uint16_t list;
    uint16_t value;
    const char *name;
} value_names[] = {
#define ENUM(...)
#define VALUE(list, id, value, name) {IE_##list, value, name},
#include "models/proto/ie/ie_enums.def"
};

const char *ie_value_name(enum ie_type_id list, uint32_t value)
{
    for (size_t i = 0; i < G_N_ELEMENTS(value_names); i++)
        if (value_names[i].list == list && value_names[i].value == value)
            return value_names[i].name;
    return NULL;
}

void ie_put_value(GString *out, enum ie_type_id list, uint32_t value)
{
    const char *name = ie_value_name(list, value);

    if (name)
        g_string_append_printf(out, "%s (%u)", name, value);
    else
        g_string_append_printf(out, "%u", value);
}

static uint32_t named_value(const struct ie_type *t, const void *value)
{
    return t->value == 1 ? *(const uint8_t *)value : *(const uint32_t *)value;
}

/* ---- fields ---------------------------------------------------------------------------------------- */

/* Size classes: bodies up to this many bytes; the last class takes the largest message. */
static const uint16_t class_body[IE_CLASSES] = {64, 192, 480, UINT16_MAX};

static unsigned size_class(const struct ie_stack *s, uint16_t type)
{
    unsigned k = 0;

    while (s->decl->messages[type].body_size > class_body[k])
        k++;
    return k;
}

static const void *body_of(const struct ie_stack *s, const struct msg *m)
{
    return (const char *)m + s->decl->body;
}

static const void *value_of(const struct ie_stack *s, const struct msg *m, const struct ie_field *f,
                            bool shared)
{
    return (const char *)(shared ? m : body_of(s, m)) + f->offset;
}

bool ie_field_there(const struct ie_stack *s, const struct msg *m, const struct ie_field *f, bool shared)
{
    if (f->presence == IE_M)
        return true;
    if (shared)
        return *(const uint32_t *)value_of(s, m, f, true) != 0;
    const uint64_t *set = body_of(s, m);
    return *set >> (f - s->decl->messages[m->type].fields) & 1;
}

uint32_t ie_field_size(const struct ie_stack *s, const struct msg *m, const struct ie_field *f, bool shared)
{
    const struct ie_type *t = &types[f->type];
    const struct ie_ctx c = {s, m};

    if (!ie_field_there(s, m, f, shared))
        return 0;
    uint32_t bytes = t->bytes ? t->bytes : t->size(&c, value_of(s, m, f, shared));
    return t->whole ? bytes : s->decl->wrap(f, bytes);
}

static void print_field(const struct ie_stack *s, const struct msg *m, const struct ie_field *f, bool shared,
                        GString *out)
{
    const struct ie_type *t = &types[f->type];
    const struct ie_ctx c = {s, m};
    const void *value = value_of(s, m, f, shared);

    if (!ie_field_there(s, m, f, shared))
        return;
    g_string_append_printf(out, "  %s: ", s->decl->field_name ? s->decl->field_name(f) : f->name);
    gsize start = out->len;
    if (t->value)
        ie_put_value(out, f->type, named_value(t, value));
    else
        t->print(&c, value, out);
    if (out->len == start || out->str[start] == '\n') /* nothing, or items on lines of their own */
        g_string_erase(out, (gssize)start - 1, 1);
    g_string_append_c(out, '\n');
}

/* ---- messages --------------------------------------------------------------------------------------- */

void ie_stack_init(struct ie_stack *s, struct net *net, const struct proto *proto, const struct ie_decl *decl,
                   size_t size)
{
    s->net = net;
    s->decl = decl;
    for (unsigned k = 0; k < IE_CLASSES; k++)
        slab_init(&s->slabs[k], MIN(size, decl->body + (size_t)class_body[k]));
    s->proto = net_add_proto(net, proto, s);
}

void ie_stack_clear(struct ie_stack *s)
{
    for (unsigned k = 0; k < IE_CLASSES; k++)
        slab_clear(&s->slabs[k]);
}

size_t ie_stack_count(const struct ie_stack *s)
{
    size_t n = 0;
    for (size_t i = 0; i < IE_CLASSES; i++)
        n += slab_count(&s->slabs[i]);
    return n;
}

void *ie_new(struct ie_stack *s, uint16_t type)
{
    struct msg *m = slab_alloc(&s->slabs[size_class(s, type)], NULL);

    memset(m, 0, s->decl->body + (size_t)s->decl->messages[type].body_size);
    m->refs = 1;
    m->proto = s->proto;
    m->type = type;
    return m;
}

void ie_seal(const struct ie_stack *s, struct msg *m)
{
    const struct ie_message *d = &s->decl->messages[m->type];
    uint32_t size = s->decl->head(m, d);

    for (unsigned i = 0; i < s->decl->n_shared; i++)
        if (s->decl->shared[i].types >> m->type & 1)
            size += ie_field_size(s, m, &s->decl->shared[i].field, true);
    for (const struct ie_field *f = d->fields; f->name; f++)
        size += ie_field_size(s, m, f, false);
    m->size = size;
}

void ie_free(struct net *net, struct msg *m)
{
    struct ie_stack *s = net->ext[m->proto];

    for (const struct ie_field *f = s->decl->messages[m->type].fields; f->name; f++)
        if (types[f->type].drop && ie_field_there(s, m, f, false))
            types[f->type].drop(net, (char *)m + s->decl->body + f->offset);
    slab_free(&s->slabs[size_class(s, m->type)], m);
}

void ie_render(const struct net *net, const struct msg *m, GString *out)
{
    const struct ie_stack *s = net->ext[m->proto];
    const struct ie_message *d = &s->decl->messages[m->type];

    g_string_append_printf(out, "%s (%u bytes; %s)\n", d->name, m->size, d->clause);
    if (s->decl->print_head)
        s->decl->print_head(m, out);
    for (unsigned i = 0; i < s->decl->n_shared; i++)
        if (s->decl->shared[i].types >> m->type & 1)
            print_field(s, m, &s->decl->shared[i].field, true, out);
    for (const struct ie_field *f = d->fields; f->name; f++)
        print_field(s, m, f, false, out);
}

/* ---- one line about a message ------------------------------------------------------------------------- */

static void put_space(GString *out)
{
    if (out->len && out->str[out->len - 1] != '[')
        g_string_append_c(out, ' ');
}

static void detail_nested(const struct net *net, const struct msg *m, GString *out)
{
    const struct proto *p;

    if (!m)
        return;
    p = net->protos[m->proto];
    put_space(out);
    g_string_append_printf(out, "[%s", p->type_name(m->type));
    if (p->detail) {
        GString *more = g_string_new(NULL);
        p->detail(net, m, more);
        if (more->len)
            g_string_append_printf(out, " %s", more->str);
        g_string_free(more, TRUE);
    }
    g_string_append_c(out, ']');
}

void ie_detail(const struct net *net, const struct msg *m, GString *out)
{
    const struct ie_stack *s = net->ext[m->proto];

    if (s->decl->detail)
        s->decl->detail(m, out);
    for (const struct ie_field *f = s->decl->messages[m->type].fields; f->name; f++) {
        const void *value = value_of(s, m, f, false);
        if (!ie_field_there(s, m, f, false))
            continue;
        if (f->type == IE_nas || f->type == IE_inner) {
            detail_nested(net, *(struct msg *const *)value, out);
        } else if (f->type == IE_nas_list) {
            const struct ie_nas_list *list = value;
            for (unsigned i = 0; i < list->n; i++)
                detail_nested(net, list->item[i], out);
        } else if (f->type == IE_erabs_setup) {
            const struct ie_erabs *list = value;
            for (unsigned i = 0; i < list->n; i++)
                detail_nested(net, list->item[i].nas, out);
        } else if (types[f->type].value && strcmp(f->name, "cause") == 0) {
            uint32_t cause = named_value(&types[f->type], value);
            const char *name = ie_value_name(f->type, cause);
            put_space(out);
            if (name)
                g_string_append(out, name);
            else
                g_string_append_printf(out, "cause %u", cause);
        }
    }
}
