/* access.c - the parameters of a cell's radio: defaults, and whether they go together (see access.h). */
#include "models/access/access.h"

#include "sim/units.h"

#include <string.h>

const struct access_decl access_decls[] = {
#define ACCESS_PARAM(type, field, name, dflt, about, acts, source)                                           \
    {#type, #field, name, dflt, about, acts, source, offsetof(struct access_params, field)},
#include "models/access/access.def"
};
const size_t access_ndecls = G_N_ELEMENTS(access_decls);

/* ---- text ------------------------------------------------------------------------------------------- */

static bool named_value(const char *type, const char *text, int64_t *out)
{
    static const struct {
        const char *type, *text;
        int64_t value;
    } values[] = {
#define ACCESS_VALUE(t, id, word, number) {#t, word, number},
#include "models/access/access.def"
    };
    for (size_t i = 0; i < G_N_ELEMENTS(values); i++)
        if (strcmp(values[i].type, type) == 0 && strcmp(values[i].text, text) == 0) {
            *out = values[i].value;
            return true;
        }
    return false;
}

/* Digits; then the unit, if it is bytes. */
static bool whole_number(const char *text, uint64_t *out)
{
    char *digits = g_str_has_suffix(text, "byte") ? g_strndup(text, strlen(text) - 4) : g_strdup(text);
    bool ok = g_ascii_string_to_unsigned(digits, 10, 0, 1000000000, out, NULL);
    g_free(digits);
    return ok;
}

static bool parse_time(const char *type, const char *text, sim_time *out)
{
    int64_t value = 0;
    if (named_value(type, text, &value)) {
        *out = value;
        return true;
    }
    return units_parse_time(text, out, NULL);
}

static bool parse_yes_no(const char *text, bool *out)
{
    *out = strcmp(text, "yes") == 0;
    return *out || strcmp(text, "no") == 0;
}

static bool parse_limit(const char *text, uint64_t *out)
{
    *out = 0;
    return strcmp(text, "unlimited") == 0 || whole_number(text, out);
}

static bool parse_int(const char *type, const char *text, int *out)
{
    int64_t value = 0;
    uint64_t number = 0;
    bool named = named_value(type, text, &value);
    if (!named && !whole_number(text, &number))
        return false;
    *out = named ? (int)value : (int)number;
    return true;
}

static bool parse(const struct access_decl *d, const char *text, void *field)
{
    if (strcmp(d->type, "TIME") == 0 || strcmp(d->type, "FRAME_START") == 0)
        return parse_time(d->type, text, field);
    if (strcmp(d->type, "PROBABILITY") == 0)
        return units_parse_probability(text, field, NULL);
    if (strcmp(d->type, "YES_NO") == 0)
        return parse_yes_no(text, field);
    if (strcmp(d->type, "COUNT_LIMIT") == 0)
        return parse_limit(text, field);
    return parse_int(d->type, text, field);
}

bool access_set(struct access_params *p, const char *name, const char *text)
{
    for (size_t i = 0; i < access_ndecls; i++)
        if (strcmp(access_decls[i].name, name) == 0)
            return parse(&access_decls[i], text, (char *)p + access_decls[i].offset);
    return false;
}

void access_defaults(struct access_params *p)
{
    for (size_t i = 0; i < access_ndecls; i++)
        if (!parse(&access_decls[i], access_decls[i].dflt, (char *)p + access_decls[i].offset))
            g_error("access.def: default of %s", access_decls[i].name);
}

void access_overlay(struct access_params *p, const struct access_params *from,
                    const struct access_given *given)
{
#define ACCESS_PARAM(type, field, ...)                                                                       \
    if (given->field)                                                                                        \
        p->field = from->field;
#include "models/access/access.def"
}

/* ---- together --------------------------------------------------------------------------------------- */

const char *access_check(const struct access_params *p)
{
    if (p->preambles > ACCESS_PREAMBLES_MAX)
        return "preambles: at most 64 are accepted";
    if (p->prach_period < ACCESS_TTI || p->sr_period < ACCESS_TTI)
        return "prach-period and sr-period are at least 1ms";
    if (p->drx && (p->drx_on <= 0 || p->drx_on > p->drx_cycle))
        return "drx-on is above 0s and at most drx-cycle";
    if (p->dl_background + p->gbr_share >= 1 || p->ul_background + p->gbr_share >= 1 ||
        p->cch_background + p->gbr_share >= 1)
        return "gbr-share and the background of a channel together stay below 1: something must be left for "
               "the rest";
    if (p->ul_bler >= 1 || p->dl_bler >= 1)
        return "ul-bler and dl-bler are below 1";
    if (p->voice_period <= 0 || p->sid_period < p->voice_period)
        return "voice-period is above 0s and at most sid-period";
    if (p->voice_header < p->rohc_header)
        return "rohc-header is at most voice-header";
    return NULL;
}
