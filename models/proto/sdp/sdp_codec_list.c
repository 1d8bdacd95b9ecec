/* sdp_codec_list.c - lists of codecs: what a party offers and answers, each made once (see sdp_codec.h).
 *
 * Two tables: from a question to its answer, and from a list's contents to the list, so that equal lists are
 * one and the number of questions stays small. Both are only ever asked by key: no order of theirs reaches an
 * output. */
#include "models/proto/sdp/sdp_session.h"

#include <string.h>

enum question { ANSWER, OFFER, SAME };

struct asked {
    const struct sdp_codec *codecs;
    const struct sdp_media *own;
    uint32_t question; /* enum question */
    uint16_t first;
    uint16_t mask;
};

struct sdp_codecs {
    GHashTable *answers; /* struct asked * -> struct sdp_codec_list *, or NULL: nothing in common */
    GHashTable *lists;   /* struct sdp_codec_list * -> itself                                     */
    GStringChunk *texts;
    GString *fmtp; /* for work */
};

static guint hash_bytes(const void *data, size_t n)
{
    guint h = 2166136261u;
    for (const unsigned char *at = data; n; n--)
        h = (h ^ *at++) * 16777619u;
    return h;
}

static guint asked_hash(gconstpointer key)
{
    return hash_bytes(key, sizeof(struct asked));
}

static gboolean asked_equal(gconstpointer a, gconstpointer b)
{
    return memcmp(a, b, sizeof(struct asked)) == 0;
}

/* Names differ from list to list: payload types and rates tell enough. */
static guint list_hash(gconstpointer key)
{
    const struct sdp_codec_list *list = key;
    guint h = list->n;
    for (unsigned i = 0; i < list->n; i++)
        h = h * 31 + list->item[i].payload * 7 + list->item[i].clock_rate;
    return h;
}

static gboolean list_equal(gconstpointer a, gconstpointer b)
{
    const struct sdp_codec_list *x = a, *y = b;
    bool same = x->n == y->n;
    for (unsigned i = 0; same && i < x->n; i++) {
        const struct sdp_codec *p = &x->item[i], *q = &y->item[i];
        same = p->payload == q->payload && p->clock_rate == q->clock_rate && p->channels == q->channels &&
               strcmp(p->encoding, q->encoding) == 0 && g_strcmp0(p->fmtp, q->fmtp) == 0;
    }
    return same;
}

struct sdp_codecs *sdp_codecs_new(void)
{
    struct sdp_codecs *all = g_new0(struct sdp_codecs, 1);
    all->answers = g_hash_table_new_full(asked_hash, asked_equal, g_free, NULL);
    all->lists = g_hash_table_new_full(list_hash, list_equal, g_free, NULL);
    all->texts = g_string_chunk_new(256);
    all->fmtp = g_string_new(NULL);
    return all;
}

void sdp_codecs_free(struct sdp_codecs *all)
{
    if (!all)
        return;
    g_hash_table_destroy(all->answers);
    g_hash_table_destroy(all->lists);
    g_string_chunk_free(all->texts);
    g_string_free(all->fmtp, TRUE);
    g_free(all);
}

unsigned sdp_codecs_count(const struct sdp_codecs *all)
{
    return g_hash_table_size(all->lists);
}

/* The one list with these contents. */
static const struct sdp_codec_list *the_list(struct sdp_codecs *all, struct sdp_codec_list *value)
{
    struct sdp_codec_list *list = g_hash_table_lookup(all->lists, value);
    if (list)
        return list;
    for (unsigned i = 0; i < value->n; i++)
        value->as_kbps = MAX(value->as_kbps, sdp_codec_as(&value->item[i], 4));
    list = g_new(struct sdp_codec_list, 1);
    *list = *value;
    g_hash_table_add(all->lists, list);
    return list;
}

/* ---- answers ------------------------------------------------------------------------------------------ */

/* The first of its codecs that fits an offered one, with the parameters of the answer in all->fmtp; false:
 * none. */
static bool has_codec(struct sdp_codecs *all, const struct sdp_codec *offered, const struct sdp_media *own)
{
    for (unsigned i = 0; i < own->n_codecs; i++)
        if (sdp_codec_take(offered, &own->codecs[i], all->fmtp))
            return true;
    return false;
}

/* Adds the first offered codec that `own` has: speech or video (clock_rate 0), or events of this clock rate.
 */
static void add_first(struct sdp_codecs *all, struct sdp_codec_list *list, const struct asked *q,
                      uint32_t clock_rate)
{
    for (unsigned k = 0; k < SDP_MAX_CODECS; k++) {
        const struct sdp_codec *offered = &q->codecs[k];
        if (!(q->mask & 1u << k) || sdp_codec_is_event(offered) != (clock_rate != 0) ||
            (clock_rate && offered->clock_rate != clock_rate) || !has_codec(all, offered, q->own))
            continue;
        struct sdp_codec *to = &list->item[list->n++];
        *to = *offered;
        to->fmtp = all->fmtp->len ? g_string_chunk_insert_const(all->texts, all->fmtp->str) : NULL;
        return;
    }
}

static const struct sdp_codec_list *make_answer(struct sdp_codecs *all, const struct asked *q)
{
    struct sdp_codec_list list = {0};
    add_first(all, &list, q, 0);
    if (!list.n)
        return NULL;
    add_first(all, &list, q, list.item[0].clock_rate);
    return the_list(all, &list);
}

/* ---- offers ------------------------------------------------------------------------------------------- */

static const struct sdp_codec *agreed_as(struct sdp_codecs *all, const struct asked *q,
                                         const struct sdp_codec *own)
{
    for (unsigned k = 0; k < SDP_MAX_CODECS; k++)
        if ((q->mask & 1u << k) && sdp_codec_take(&q->codecs[k], own, all->fmtp))
            return &q->codecs[k];
    return NULL;
}

static bool is_taken(const struct asked *q, const struct sdp_codec_list *list, unsigned payload)
{
    for (unsigned k = 0; k < SDP_MAX_CODECS; k++)
        if ((q->mask & 1u << k) && q->codecs[k].payload == payload)
            return true;
    for (unsigned i = 0; i < list->n; i++)
        if (list->item[i].payload == payload)
            return true;
    return false;
}

/* A payload type for a codec that was not agreed on: its own, else the first free dynamic one (RFC 3551 6).
 */
static uint8_t free_payload(const struct asked *q, const struct sdp_codec_list *list, uint8_t own)
{
    unsigned payload = own;
    if (is_taken(q, list, payload))
        for (payload = 96; payload < 127 && is_taken(q, list, payload);)
            payload++;
    return (uint8_t)payload;
}

/* Two own codecs that fit the same agreed one, as with and without a mode-set: the first has its payload
 * type. */
static void add_own(struct sdp_codecs *all, struct sdp_codec_list *list, const struct asked *q, unsigned i)
{
    const struct sdp_codec *own = &q->own->codecs[i], *agreed = agreed_as(all, q, own);
    struct sdp_codec *to = &list->item[list->n];
    bool again = false;
    for (unsigned k = 0; agreed && k < list->n; k++)
        again |= list->item[k].payload == agreed->payload;
    *to = *own;
    to->payload = agreed && !again ? agreed->payload : free_payload(q, list, own->payload);
    list->n++;
}

static const struct sdp_codec_list *make_offer(struct sdp_codecs *all, const struct asked *q)
{
    struct sdp_codec_list list = {0};
    if (q->first < q->own->n_codecs)
        add_own(all, &list, q, q->first);
    for (unsigned i = 0; i < q->own->n_codecs; i++)
        if (i != q->first)
            add_own(all, &list, q, i);
    return the_list(all, &list);
}

static const struct sdp_codec_list *make_same(struct sdp_codecs *all, const struct asked *q)
{
    struct sdp_codec_list list = {0};
    for (unsigned k = 0; k < SDP_MAX_CODECS; k++)
        if (q->mask & 1u << k)
            list.item[list.n++] = q->codecs[k];
    return the_list(all, &list);
}

/* ---- asking ------------------------------------------------------------------------------------------- */

static const struct sdp_codec_list *ask(struct sdp_codecs *all, const struct asked *q)
{
    gpointer list;
    if (g_hash_table_lookup_extended(all->answers, q, NULL, &list))
        return list;
    list = (gpointer)(q->question == ANSWER  ? make_answer(all, q)
                      : q->question == OFFER ? make_offer(all, q)
                                             : make_same(all, q));
    struct asked *key = g_new(struct asked, 1);
    *key = *q;
    g_hash_table_insert(all->answers, key, list);
    return list;
}

const struct sdp_codec_list *sdp_codecs_answer(struct sdp_codecs *all, const struct sdp_codec *offered,
                                               uint8_t mask, const struct sdp_media *own)
{
    const struct asked q = {.codecs = offered, .own = own, .question = ANSWER, .mask = mask};
    return ask(all, &q);
}

const struct sdp_codec_list *sdp_codecs_offer(struct sdp_codecs *all, const struct sdp_media *own,
                                              unsigned first, const struct sdp_codec *agreed, uint8_t mask)
{
    const struct asked q = {
        .codecs = agreed, .own = own, .question = OFFER, .first = (uint16_t)first, .mask = mask};
    return ask(all, &q);
}

const struct sdp_codec_list *sdp_codecs_of(struct sdp_codecs *all, const struct sdp_codec *codecs,
                                           uint8_t mask)
{
    const struct asked q = {.codecs = codecs, .question = SAME, .mask = mask};
    return ask(all, &q);
}
