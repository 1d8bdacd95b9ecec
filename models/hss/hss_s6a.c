/* hss_s6a.c - what MMEs ask the HSS (TS 29.272 5.2).
 *
 *   MME -> AIR | AIA: EPS vectors ->            (with RAND and AUTS: after resynchronisation)
 *   MME -> ULR | CLR -> the MME before | ULA: subscription data ->
 *   MME -> PUR | PUA: the M-TMSI is frozen ->
 *   MME -> NOR | NOA ->
 *
 * Clauses are from memory: unverified.
 *
 * SIMPLIFIED: the ULA does not wait for the CLA; a user that its MME has purged is at no MME; the
 * subscription is always sent whole; a NOR changes nothing. */
#include "models/hss/hss_int.h"

#include <stdio.h>

#define ULR_SKIP_SUBSCRIBER_DATA (1u << 2) /* TS 29.272 7.3.7  */
#define ULA_SEPARATION           (1u << 0) /* TS 29.272 7.3.8  */
#define PUA_FREEZE_M_TMSI        (1u << 0) /* TS 29.272 7.3.48 */

enum { S6A_READY, S6A_STATES };
enum { S6A_RX_UNKNOWN, S6A_RX_AIR, S6A_RX_AIR_AUTS, S6A_RX_ULR, S6A_RX_PUR, S6A_RX_NOR, S6A_EVENTS };
static const char *const states[] = {"ready"};
static const char *const events[] = {
    "request about an unknown user", "AIR", "AIR (resynchronisation)", "ULR", "PUR", "NOR",
};

static const struct hss_query *query(const void *arg)
{
    return arg;
}

/* ---- guards ---------------------------------------------------------------------------------- */

static bool has_no_eps(const struct fsm *f, const void *arg)
{
    (void)f;
    return query(arg)->group->n_apns == 0;
}

static bool may_not_roam(const struct fsm *f, const void *arg)
{
    const struct ie_plmn *visited = &query(arg)->m->body.ULR.plmn;
    struct ie_plmn home = epc_plmn();
    (void)f;
    return !query(arg)->group->roaming && (visited->mcc != home.mcc || visited->mnc != home.mnc);
}

static bool is_at_its_mme(const struct fsm *f, const void *arg)
{
    (void)f;
    return query(arg)->who->mme == query(arg)->from->id + 1;
}

static bool comes_from_another_mme(const struct fsm *f, const void *arg)
{
    return query(arg)->who->mme != 0 && !is_at_its_mme(f, arg);
}

/* ---- refusals -------------------------------------------------------------------------------- */

static bool user_unknown(struct fsm *f, const void *arg)
{
    return hss_result(hss_of(f), arg, DIA_S6A_USER_UNKNOWN, DIA_RESULT_EXPERIMENTAL);
}

static bool no_eps_subscription(struct fsm *f, const void *arg)
{
    return hss_result(hss_of(f), arg, DIA_S6A_UNKNOWN_SUBSCRIPTION, DIA_RESULT_EXPERIMENTAL);
}

static bool roaming_not_allowed(struct fsm *f, const void *arg)
{
    return hss_result(hss_of(f), arg, DIA_S6A_ROAMING_NOT_ALLOWED, DIA_RESULT_EXPERIMENTAL);
}

/* ---- AIR ------------------------------------------------------------------------------------- */

/* False: this PLMN cannot be written. */
static bool sn_id_of(const struct ie_plmn *plmn, uint8_t out[AKA_SN_ID])
{
    char mcc[8], mnc[8];
    snprintf(mcc, sizeof mcc, "%03u", plmn->mcc);
    snprintf(mnc, sizeof mnc, "%0*u", plmn->mnc_digits == 3 ? 3 : 2, plmn->mnc);
    return aka_sn_id(mcc, mnc, out);
}

static void put_vector(struct hss *hss, const struct hss_query *q, const uint8_t sn_id[AKA_SN_ID],
                       struct ie_eps_vector *out)
{
    struct aka_vector v;
    hss_vector(hss, q, AKA_AMF_EPS, &v);
    memcpy(out->rand.b, v.rand, sizeof v.rand);
    memcpy(out->autn.b, v.autn, sizeof v.autn);
    memcpy(out->xres.b, v.xres, sizeof v.xres);
    out->xres.n = AKA_RES;
    aka_kasme(v.ck, v.ik, sn_id, v.autn, out->kasme.b);
}

/* One vector unless more are asked for. */
static bool send_vectors(struct fsm *f, const void *arg)
{
    const struct hss_query *q = arg;
    const struct dia_AIR *asked = dia_body(q->m, AIR);
    uint8_t wanted = IE_HAS(asked, vectors) ? asked->vectors : 1;
    uint8_t sn_id[AKA_SN_ID];
    if (!sn_id_of(&asked->plmn, sn_id))
        return hss_result(hss_of(f), q, DIA_UNABLE_TO_COMPLY, DIA_RESULT_BASE);
    struct dia_msg *a = hss_answer(hss_of(f), q, DIA_SUCCESS, DIA_RESULT_BASE);
    struct ie_eps_vectors *list = &IE_PUT(dia_body(a, AIA), vectors);
    list->n = CLAMP(wanted, 1, IE_MAX_VECTORS);
    for (unsigned i = 0; i < list->n; i++)
        put_vector(hss_of(f), q, sn_id, &list->item[i]);
    return hss_send(hss_of(f), q, a);
}

static bool resynchronise(struct fsm *f, const void *arg)
{
    const struct ie_resync *r = &query(arg)->m->body.AIR.resync;
    if (!hss_resynchronise(hss_of(f), arg, &r->rand, &r->auts))
        return hss_result(hss_of(f), arg, DIA_UNABLE_TO_COMPLY, DIA_RESULT_BASE);
    return send_vectors(f, arg);
}

/* ---- ULR ------------------------------------------------------------------------------------- */

/* The digits of a telephone number, 15 at most (ITU-T E.164); 0: it has none. */
static uint64_t number_in(const char *text)
{
    uint64_t number = 0;
    for (unsigned digits = 0; text && *text && digits < 15; text++) {
        if (!g_ascii_isdigit(*text))
            continue;
        number = number * 10 + (uint64_t)(*text - '0');
        digits++;
    }
    return number;
}

static void put_subscription(const struct hss *hss, uint32_t party, const struct hss_group *g, struct ie_subscription *out)
{
    const struct sip_party *p = sip_party(hss->dia->sip, party);
    char tel[SIP_TEL_MAX + 1];
    tel[sip_tel_digits(p, tel)] = '\0';
    out->msisdn = number_in(p->tel ? tel : p->user);
    out->ambr = g->ambr;
    out->default_id = g->default_apn;
    out->n = g->n_apns;
    memcpy(out->apn, g->apn, sizeof out->apn);
}

static void note_mme(struct subscriber *who, const struct node *mme, uint32_t host)
{
    who->mme = mme->id + 1;
    who->mme_host = host + 1;
}

bool hss_warm(struct node *n, struct epc_warm *w)
{
    struct hss *hss = n->self;
    struct subscriber *who = hss_subscriber(hss, w->party);
    const struct hss_group *group = who ? hss_group_of(hss, who) : NULL;
    if (!who || group->n_apns == 0)
        return false;
    w->sqn = who->sqn = aka_sqn_next(who->sqn);
    note_mme(who, w->mme, w->mme_host);
    put_subscription(hss, w->party, group, &w->sub);
    return true;
}

static bool update_location(struct fsm *f, const void *arg)
{
    const struct hss_query *q = arg;
    struct dia_msg *a = hss_answer(hss_of(f), q, DIA_SUCCESS, DIA_RESULT_BASE);
    struct dia_ULA *b = dia_body(a, ULA);
    note_mme(q->who, q->from, q->m->origin);
    IE_PUT(b, flags) = ULA_SEPARATION;
    if (!(q->m->body.ULR.flags & ULR_SKIP_SUBSCRIBER_DATA))
        put_subscription(hss_of(f), q->party, q->group, &IE_PUT(b, subscription));
    return hss_send(hss_of(f), q, a);
}

static bool move(struct fsm *f, const void *arg)
{
    const struct hss_query *q = arg;
    hss_send_clr(hss_of(f), q->party, q->who->mme, q->who->mme_host);
    return update_location(f, arg);
}

/* ---- PUR, NOR -------------------------------------------------------------------------------- */

static bool purge(struct fsm *f, const void *arg)
{
    const struct hss_query *q = arg;
    struct dia_msg *a = hss_answer(hss_of(f), q, DIA_SUCCESS, DIA_RESULT_BASE);
    q->who->mme = q->who->mme_host = 0;
    IE_PUT(dia_body(a, PUA), flags) = PUA_FREEZE_M_TMSI;
    return hss_send(hss_of(f), q, a);
}

static bool acknowledge(struct fsm *f, const void *arg)
{
    return hss_result(hss_of(f), arg, DIA_SUCCESS, DIA_RESULT_BASE);
}

/* clang-format off */
static const struct fsm_row rows[] = {
    /*  in         on               if                      do                   then       on failure  clause */
    ROW(S6A_READY, S6A_RX_UNKNOWN,  NULL,                   user_unknown,        S6A_READY, S6A_READY,  "TS 29.272 7.4.3"),
    ROW(S6A_READY, S6A_RX_AIR,      has_no_eps,             no_eps_subscription, S6A_READY, S6A_READY,  "TS 29.272 5.2.3.1.3"),
    ROW(S6A_READY, S6A_RX_AIR,      NULL,                   send_vectors,        S6A_READY, S6A_READY,  "TS 29.272 5.2.3.1.3"),
    ROW(S6A_READY, S6A_RX_AIR_AUTS, NULL,                   resynchronise,       S6A_READY, S6A_READY,  "TS 33.102 6.3.5"),
    ROW(S6A_READY, S6A_RX_ULR,      has_no_eps,             no_eps_subscription, S6A_READY, S6A_READY,  "TS 29.272 5.2.1.1.3"),
    ROW(S6A_READY, S6A_RX_ULR,      may_not_roam,           roaming_not_allowed, S6A_READY, S6A_READY,  "TS 29.272 5.2.1.1.3"),
    ROW(S6A_READY, S6A_RX_ULR,      comes_from_another_mme, move,                S6A_READY, S6A_READY,  "TS 29.272 5.2.1.1.3"),
    ROW(S6A_READY, S6A_RX_ULR,      NULL,                   update_location,     S6A_READY, S6A_READY,  "TS 29.272 5.2.1.1.3"),
    ROW(S6A_READY, S6A_RX_PUR,      is_at_its_mme,          purge,               S6A_READY, S6A_READY,  "TS 29.272 5.2.1.3.3"),
    ROW(S6A_READY, S6A_RX_PUR,      NULL,                   acknowledge,         S6A_READY, S6A_READY,  "TS 29.272 5.2.1.3.3"),
    ROW(S6A_READY, S6A_RX_NOR,      NULL,                   acknowledge,         S6A_READY, S6A_READY,  "TS 29.272 5.2.5.1.3"),
};
/* clang-format on */
struct fsm_def hss_s6a_def = {
    .name = "hss-s6a",
    .title = "Authentication and location of phones at the HSS (TS 29.272 5.2)",
    .state_names = states,
    .nstates = S6A_STATES,
    .event_names = events,
    .nevents = S6A_EVENTS,
    .rows = rows,
    .nrows = G_N_ELEMENTS(rows),
    .policy = FSM_ASSERT,
};

static uint8_t event_of(const struct hss_query *q)
{
    if (!q->who)
        return S6A_RX_UNKNOWN;
    switch (q->m->m.type) {
    case DIA_AIR:
        return IE_HAS(&q->m->body.AIR, resync) ? S6A_RX_AIR_AUTS : S6A_RX_AIR;
    case DIA_ULR:
        return S6A_RX_ULR;
    case DIA_PUR:
        return S6A_RX_PUR;
    case DIA_NOR:
        return S6A_RX_NOR;
    }
    return S6A_EVENTS;
}

void hss_s6a_rx(struct hss *hss, struct hss_query *q)
{
    uint8_t event = event_of(q);
    sim_assert(hss->node->sim, event < S6A_EVENTS);
    fsm_event(&hss->s6a, event, q);
}
