/* ue_tft.c - traffic flow templates of a phone's bearers: the operations on them (TS 24.301 6.4.2.4, TS 24.008 10.5.6.12). */
#include "models/ue/ue_access_int.h"

#include <string.h>

/* TS 24.301 9.9.4.4, those without a name in ie_enums.def: syntactical error in the TFT operation, semantic
 * and syntactical errors in packet filters. */
enum { CAUSE_TFT_SYNTAX = 42, CAUSE_FILTER_SEMANTIC = 44, CAUSE_FILTER_SYNTAX = 45 };

/* What is wrong with the filters of a TFT: an ESM cause, or 0 (TS 24.301 6.4.2.4). */
static uint8_t filters_error(const struct ue_tft *t)
{
    for (unsigned i = 0; i < t->n; i++)
        for (unsigned k = 0; k < i; k++) {
            if (t->filter[i].id == t->filter[k].id)
                return CAUSE_FILTER_SYNTAX;
            if (t->filter[i].precedence == t->filter[k].precedence)
                return CAUSE_FILTER_SEMANTIC;
        }
    return 0;
}

static struct ie_filter *filter_of(struct ue_tft *t, uint8_t id)
{
    for (unsigned i = 0; i < t->n; i++)
        if (t->filter[i].id == id)
            return &t->filter[i];
    return NULL;
}

static bool put_filter(struct ue_tft *t, const struct ie_filter *new)
{
    struct ie_filter *old = filter_of(t, new->id);
    if (!old && t->n == UE_MAX_FILTERS)
        return false;
    *(old ? old : &t->filter[t->n++]) = *new;
    return true;
}

static void drop_filter(struct ue_tft *t, uint8_t id)
{
    struct ie_filter *old = filter_of(t, id);
    if (!old)
        return;
    unsigned at = (unsigned)(old - t->filter);
    memmove(old, old + 1, (t->n - at - 1) * sizeof *old);
    t->n--;
}

uint8_t ue_tft_apply(struct ue_tft *t, const struct ie_tft *op)
{
    if (op->n > IE_MAX_FILTERS || (op->n == 0) != (op->op == TFT_DELETE))
        return CAUSE_TFT_SYNTAX;
    switch (op->op) {
    case TFT_CREATE:
        t->n = op->n;
        memcpy(t->filter, op->filter, op->n * sizeof op->filter[0]);
        break;
    case TFT_ADD:
    case TFT_REPLACE:
        for (unsigned i = 0; i < op->n; i++)
            if (!put_filter(t, &op->filter[i]))
                return ESM_SEMANTIC_ERROR_TFT;
        break;
    case TFT_REMOVE:
        for (unsigned i = 0; i < op->n; i++)
            drop_filter(t, op->filter[i].id);
        break;
    default: /* a dedicated bearer cannot be without */
        return ESM_SEMANTIC_ERROR_TFT;
    }
    return t->n ? filters_error(t) : ESM_SEMANTIC_ERROR_TFT;
}

bool ue_tft_same(const struct ue_tft *a, const struct ie_tft *b)
{
    return a->n == b->n && memcmp(a->filter, b->filter, a->n * sizeof a->filter[0]) == 0;
}
