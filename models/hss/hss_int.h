/* hss_int.h - what the files of the HSS share. */
#ifndef MODELS_HSS_HSS_INT_H
#define MODELS_HSS_HSS_INT_H

#include "models/epc.h"
#include "models/hss/hss.h"
#include "models/proto/aka/aka.h"

#include <string.h>

/* A million of these. */
struct subscriber {
    uint64_t sqn : 48;
    uint64_t group : 14;           /* number + 1; 0: nobody */
    uint64_t registration : 2;     /* enum hss_registration */
    uint32_t s_cscf, auth_pending; /* host + 1 */
    uint32_t mme, mme_host;        /* node + 1, host + 1 */
};
G_STATIC_ASSERT(sizeof(struct subscriber) == 24);

#define HSS_PAGE_BITS 12 /* subscribers come in pages of 4096, by party; pages without any do not exist */

struct hss {
    struct fsm cx, s6a; /* machines without memory: each request is answered at once */
    struct node *node;
    struct dia_stack *dia;
    uint32_t host, domain;
    struct rng *rand;
    GArray *groups; /* struct hss_group */
    struct subscriber **page;
    uint32_t pages;
    struct ctx_pool pushes; /* struct push: hss_push.c */
};

/* A request and whom it is about. */
struct hss_query {
    const struct dia_msg *m;
    struct node *from;
    uint16_t iface;
    uint32_t party;
    struct subscriber *who; /* NULL: unknown */
    const struct hss_group *group;
};

static inline struct hss *hss_of(const struct fsm *f)
{
    return f->node->self;
}
static inline struct subscriber *hss_subscriber(const struct hss *hss, uint32_t party)
{
    uint32_t page = party >> HSS_PAGE_BITS;
    if (page >= hss->pages || !hss->page[page])
        return NULL;
    struct subscriber *s = &hss->page[page][party & ((1u << HSS_PAGE_BITS) - 1)];
    return s->group ? s : NULL;
}
static inline const struct hss_group *hss_group_of(const struct hss *hss, const struct subscriber *s)
{
    return &g_array_index(hss->groups, struct hss_group, s->group - 1);
}

/* ---- answers: hss.c -------------------------------------------------------------------------- */

/* The answer to a request, with its sender. `kind`: enum dia_result_kind. */
struct dia_msg *hss_answer(const struct hss *hss, const struct hss_query *q, uint32_t result, unsigned kind);
/* Sends it. Always true. */
bool hss_send(const struct hss *hss, const struct hss_query *q, struct dia_msg *answer);
/* Answers with a result and nothing else. Always true. */
bool hss_result(const struct hss *hss, const struct hss_query *q, uint32_t result, unsigned kind);

/* ---- authentication: hss_auth.c -------------------------------------------------------------- */

/* The next vector of this subscriber. `amf`: AKA_AMF_... */
void hss_vector(struct hss *hss, const struct hss_query *q, uint16_t amf, struct aka_vector *out);
/* Takes an AUTS in. False: it does not come from this subscriber's card. */
bool hss_resynchronise(struct hss *hss, const struct hss_query *q, const struct ie_block *rand,
                       const struct ie_bytes *auts);

/* ---- procedures ------------------------------------------------------------------------------ */

void hss_cx_rx(struct hss *hss, struct hss_query *q);
void hss_s6a_rx(struct hss *hss, struct hss_query *q);

/* Prepares for requests of its own. */
void hss_push_init(struct hss *hss);
/* The answer to a request of the HSS. */
void hss_push_rx(struct hss *hss, const struct dia_msg *m);
/* RTR to an S-CSCF (host + 1), CLR to an MME (node + 1 and host + 1). */
void hss_send_rtr(struct hss *hss, uint32_t party, uint32_t s_cscf, uint32_t reason);
void hss_send_clr(struct hss *hss, uint32_t party, uint32_t mme, uint32_t mme_host);

#endif
