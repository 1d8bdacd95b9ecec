/* ue_esm.c - the phone's session management (TS 24.301 6): PDN connections and EPS bearers.
 *
 *   -> PDN CONNECTIVITY REQUEST,            ACTIVATE DEFAULT EPS BEARER CONTEXT REQUEST, -> ACCEPT
 *   -> BEARER RESOURCE ALLOCATION REQUEST,  ACTIVATE DEDICATED EPS BEARER CONTEXT REQUEST, -> ACCEPT | REJECT
 *      MODIFY, DEACTIVATE EPS BEARER CONTEXT REQUEST, -> ACCEPT | REJECT
 *
 * The states are those of the one transaction that the phone itself may have under way. A bearer context is
 * active while it exists, and that is all its state.
 *
 * SIMPLIFIED: one transaction at a time; requests are repeated as they are, with the old sequence number;
 * filters belong to dedicated bearers only; filters of different bearers are not compared; PDN connections
 * end with the attach or by DEACTIVATE (no PDN DISCONNECT REQUEST), and no ESM information is transferred. */
#include "models/ue/ue_access_int.h"

#include <string.h>

enum { SM_READY, SM_WAIT_PDN, SM_WAIT_BEARER, SM_STATES };
static const char *const sm_states[] = {"ready", "wait PDN connection", "wait bearer"};
enum {
    SM_DO_PDN, SM_TMR_T3482, SM_RX_PDN_REJECT, SM_RX_DEFAULT, SM_DO_BEARER, SM_TMR_T3480, SM_RX_BEARER_REJECT,
    SM_RX_DEDICATED, SM_RX_MODIFY, SM_RX_DEACTIVATE, SM_DETACHED, SM_EVENTS
};
static const char *const sm_events[] = {
    "connect to PDN", "T3482", "PDN CONNECTIVITY REJECT", "ACTIVATE DEFAULT BEARER REQUEST", "ask for bearer", "T3480",
    "BEARER ALLOCATION REJECT", "ACTIVATE DEDICATED BEARER REQUEST", "MODIFY BEARER REQUEST", "DEACTIVATE BEARER REQUEST",
    "detached"};
enum { T_T3482, T_T3480 };

/* TS 24.301 9.9.4.4, those without a name in ie_enums.def: syntactical error in the TFT operation, semantic
 * and syntactical errors in packet filters. */
enum { CAUSE_TFT_SYNTAX = 42, CAUSE_FILTER_SEMANTIC = 44, CAUSE_FILTER_SYNTAX = 45 };

static struct ue_access *esm_access(const struct fsm *f)
{
    return esm_conn(f)->access;
}

static const struct nas_msg *nas_in(const void *arg)
{
    return ((const struct ue_esm_rx *)arg)->m;
}

/* An answer to the message in arg. */
static struct nas_msg *answer_new(struct fsm *f, const void *arg, enum nas_type type)
{
    const struct ue_esm_rx *rx = arg;
    struct ue_access *a = esm_access(f);
    struct nas_msg *m = rx->carried ? nas_new(a->epc->nas, type) : ue_nas_new(a, type);
    m->ebi = rx->m->ebi;
    return m;
}

/* Sends it, or leaves it to the EMM message that carries it. */
static void answer_send(struct fsm *f, const void *arg, struct nas_msg *m)
{
    struct ue_esm_rx *rx = (struct ue_esm_rx *)arg;
    if (rx->carried)
        rx->reply = m;
    else
        ue_nas_send(esm_access(f), m);
}

static bool answer(struct fsm *f, const void *arg, enum nas_type type)
{
    answer_send(f, arg, answer_new(f, arg, type));
    return true;
}

static bool is_ebi(uint8_t ebi)
{
    return ebi >= EBI_FIRST && ebi <= EBI_LAST;
}

/* EBI of a bearer that is linked to this default bearer; 0: there is none. */
static uint8_t first_linked(const struct ue_access *a, uint8_t ebi)
{
    const struct ue_bearer *b = a->bearers;
    while (b && b->linked != ebi)
        b = b->next;
    return b ? b->ebi : 0;
}

/* A dedicated bearer is gone. */
static void mark_down(const struct ue_access *a, uint8_t ebi)
{
    const struct ue_bearer *b = ue_bearer_find(a, ebi);
    if (b->linked)
        node_mark(ue_node(a), MARK_BEARER_DOWN, b->qos.qci);
}

/* Forgets a bearer, and if it is a default bearer those that are linked to it; tells of each. */
static void close_bearer(struct ue_access *a, uint8_t ebi)
{
    uint8_t dependent;
    while ((dependent = first_linked(a, ebi)) != 0) {
        mark_down(a, dependent);
        ue_bearer_remove(a, dependent);
        UE_TELL(a, bearer_down, dependent);
    }
    mark_down(a, ebi);
    ue_bearer_remove(a, ebi);
    UE_TELL(a, bearer_down, ebi);
}

/* ---- requests of the phone ------------------------------------------------------------------- */

static uint8_t next_pti(struct ue_conn *c)
{
    c->pti = c->pti < 254 ? c->pti + 1 : 1; /* 255 is reserved (TS 24.007 11.2.3.1a) */
    return c->pti;
}

/* What a phone asks for in PCO. */
static uint8_t wanted(const struct ue_access *a, const char *apn)
{
    bool sip = strcmp(apn, ue_sip_apn(a)) == 0;
    return (uint8_t)(PCO_VIA_NAS | (sip && !a->cfg->no_discovery ? PCO_P_CSCF : 0) |
                     (strcmp(apn, "ims") == 0 ? PCO_IM_CN_FLAG : PCO_DNS));
}

struct nas_msg *ue_esm_pdn_request(struct ue_access *a, const char *apn, bool own)
{
    struct nas_msg *m = own ? ue_nas_new(a, NAS_pdn_connectivity_request)
                            : nas_new(a->epc->nas, NAS_pdn_connectivity_request);
    struct nas_pdn_connectivity_request *body = nas_body(m, pdn_connectivity_request);
    m->pti = 1;
    body->request = PDN_REQUEST_INITIAL;
    body->pdn = PDN_IPV4;
    IE_PUT(body, apn) = apn;
    IE_PUT(body, pco) = (struct ie_pco){.flags = wanted(a, apn)};
    return m;
}

/* Sends the transaction's request, for the first time or again. */
static void send_request(struct fsm *f)
{
    struct ue_conn *c = esm_conn(f);
    bool pdn = f->state == SM_WAIT_PDN;
    c->sent++;
    fsm_timer_start(f, pdn ? T_T3482 : T_T3480, c->access->epc->timer[pdn ? TIMER_NAS_T3482 : TIMER_NAS_T3480]);
    ue_rrc_send(c->access, msg_ref(c->request), RRC_MO_SIGNALLING);
}

static void begin(struct fsm *f, struct nas_msg *m)
{
    struct ue_conn *c = esm_conn(f);
    m->pti = next_pti(c);
    nas_seal(c->access->epc->nas, m);
    c->request = m;
    c->sent = 0;
    send_request(f);
}

/* The transaction is over, one way or the other. */
static void finish(struct fsm *f)
{
    struct ue_conn *c = esm_conn(f);
    if (c->request)
        msg_unref(f->node->net, &c->request->m);
    c->request = NULL;
}

static bool ask_pdn(struct fsm *f, const void *arg)
{
    struct ue_access *a = esm_access(f);
    (void)arg;
    esm_conn(f)->pti = MAX(esm_conn(f)->pti, 1); /* 1 was that of the attach */
    begin(f, ue_esm_pdn_request(a, ue_sip_apn(a), true));
    return true;
}

static bool ask_bearer(struct fsm *f, const void *arg)
{
    begin(f, (struct nas_msg *)arg);
    return true;
}

static bool may_repeat(const struct fsm *f, const void *arg)
{
    (void)arg;
    return esm_conn(f)->sent < UE_MAX_SENT;
}

static bool ask_again(struct fsm *f, const void *arg)
{
    (void)arg;
    send_request(f);
    return true;
}

/* Whether a message belongs to the transaction under way. */
static bool is_mine(const struct fsm *f, const void *arg)
{
    return nas_in(arg)->pti == esm_conn(f)->pti;
}

static bool is_my_default(const struct fsm *f, const void *arg)
{
    return is_mine(f, arg) && is_ebi(nas_in(arg)->ebi);
}

static bool forget_request(struct fsm *f, const void *arg)
{
    (void)arg;
    finish(f);
    return true;
}

static bool pdn_failed(struct fsm *f, const void *arg)
{
    struct ue_access *a = esm_access(f);
    finish(f);
    UE_TELL(a, pdn_refused, ue_sip_apn(a), arg ? nas_body(nas_in(arg), pdn_connectivity_reject)->cause : 0);
    return true;
}

static bool bearer_failed(struct fsm *f, const void *arg)
{
    struct ue_access *a = esm_access(f);
    finish(f);
    UE_TELL(a, bearer_refused, arg ? nas_body(nas_in(arg), bearer_allocation_reject)->cause : 0);
    return true;
}

/* ---- default bearers ------------------------------------------------------------------------- */

static bool is_bad_ebi(const struct fsm *f, const void *arg)
{
    (void)f;
    return !is_ebi(nas_in(arg)->ebi);
}

static bool refuse_default(struct fsm *f, const void *arg)
{
    struct nas_msg *m = answer_new(f, arg, NAS_activate_default_reject);
    nas_body(m, activate_default_reject)->cause = ESM_INVALID_EBI;
    answer_send(f, arg, m);
    return true;
}

/* Our answer was lost, and the network asks again. */
static bool is_default_known(const struct fsm *f, const void *arg)
{
    const struct ue_bearer *b = ue_bearer_find(esm_access(f), nas_in(arg)->ebi);
    return b && !b->linked && strcmp(b->apn, nas_body(nas_in(arg), activate_default_request)->apn) == 0;
}

static bool accept_default(struct fsm *f, const void *arg)
{
    return answer(f, arg, NAS_activate_default_accept);
}

void ue_esm_opened(struct ue_access *a, const struct ue_esm_rx *rx)
{
    static const struct ie_pco none;
    const struct nas_activate_default_request *body = nas_body(rx->m, activate_default_request);
    UE_TELL(a, pdn_up, rx->m->ebi, body->apn, body->address.ipv4, IE_HAS(body, pco) ? &body->pco : &none);
}

static void add_default(struct ue_access *a, uint8_t ebi, const struct ie_qos *qos, const char *apn, uint32_t ip)
{
    struct ue_bearer *b = ue_bearer_add(a, ebi, 0);
    b->qos = *qos;
    b->apn = apn;
    b->ip = ip;
}

static bool open_default(struct fsm *f, const void *arg)
{
    struct ue_esm_rx *rx = (struct ue_esm_rx *)arg;
    struct ue_access *a = esm_access(f);
    const struct nas_activate_default_request *body = nas_body(rx->m, activate_default_request);
    if (ue_bearer_find(a, rx->m->ebi))
        close_bearer(a, rx->m->ebi);
    add_default(a, rx->m->ebi, &body->qos, body->apn, body->address.ipv4);
    rx->opened = true;
    accept_default(f, arg);
    if (!rx->carried)
        ue_esm_opened(a, rx);
    return true;
}

void ue_esm_warm_ask(const struct ue_access *a, struct epc_warm *w)
{
    w->n = a->cfg->second_pdn ? 2 : 1;
    w->pdn[0].name = a->cfg->apn;
    w->pdn[1].name = ue_sip_apn(a);
    for (unsigned i = 0; i < w->n; i++)
        w->pdn[i].pco = wanted(a, w->pdn[i].name);
}

/* The first connection was part of the attach; what a later one took is what its transaction left behind. */
void ue_esm_warm(struct ue_access *a, const struct epc_warm *w)
{
    for (unsigned i = 0; i < w->n; i++)
        add_default(a, w->pdn[i].ebi, &w->pdn[i].apn->qos, w->pdn[i].apn->apn, w->pdn[i].ip);
    if (w->n == 1)
        return;
    a->conn->pti = w->n;
    a->conn->sent = 1;
    a->sequence = (uint8_t)(a->sequence + 2 * (w->n - 1));
}

static bool open_asked_default(struct fsm *f, const void *arg)
{
    finish(f);
    return open_default(f, arg);
}

/* ---- filters --------------------------------------------------------------------------------- */

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

/* Carries out a TFT operation. An ESM cause, or 0; after an error *t is of no use. A filter to be deleted that
 * is not there is no error, and one to be added that is there is replaced: so a request may come twice. */
static uint8_t tft_apply(struct ue_tft *t, const struct ie_tft *op)
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

/* ---- dedicated bearers ----------------------------------------------------------------------- */

static uint8_t dedicated_error(const struct fsm *f, const void *arg)
{
    const struct nas_msg *m = nas_in(arg);
    const struct nas_activate_dedicated_request *body = nas_body(m, activate_dedicated_request);
    const struct ue_bearer *def = ue_bearer_find(esm_access(f), body->linked_ebi);
    struct ue_tft tft = {0};
    if (!is_ebi(m->ebi) || m->ebi == body->linked_ebi || !def || def->linked)
        return ESM_INVALID_EBI;
    return body->tft.op == TFT_CREATE ? tft_apply(&tft, &body->tft) : ESM_SEMANTIC_ERROR_TFT;
}

static bool is_bad_dedicated(const struct fsm *f, const void *arg)
{
    return dedicated_error(f, arg) != 0;
}

static bool is_my_bad_dedicated(const struct fsm *f, const void *arg)
{
    return is_mine(f, arg) && is_bad_dedicated(f, arg);
}

static bool refuse_dedicated(struct fsm *f, const void *arg)
{
    struct nas_msg *m = answer_new(f, arg, NAS_activate_dedicated_reject);
    nas_body(m, activate_dedicated_reject)->cause = dedicated_error(f, arg);
    answer_send(f, arg, m);
    return true;
}

static bool refuse_asked_dedicated(struct fsm *f, const void *arg)
{
    struct ue_access *a = esm_access(f);
    uint8_t cause = dedicated_error(f, arg);
    finish(f);
    refuse_dedicated(f, arg);
    UE_TELL(a, bearer_refused, cause);
    return true;
}

static bool same_filters(const struct ue_tft *a, const struct ie_tft *b)
{
    return a->n == b->n && memcmp(a->filter, b->filter, a->n * sizeof a->filter[0]) == 0;
}

static bool is_dedicated_known(const struct fsm *f, const void *arg)
{
    const struct nas_activate_dedicated_request *body = nas_body(nas_in(arg), activate_dedicated_request);
    const struct ue_bearer *b = ue_bearer_find(esm_access(f), nas_in(arg)->ebi);
    return b && b->linked && b->linked == body->linked_ebi && b->qos.qci == body->qos.qci &&
           same_filters(b->tft, &body->tft);
}

static bool accept_dedicated(struct fsm *f, const void *arg)
{
    return answer(f, arg, NAS_activate_dedicated_accept);
}

/* A bearer that still stands under this identity is one the network no longer knows. */
static bool open_dedicated(struct fsm *f, const void *arg)
{
    struct ue_access *a = esm_access(f);
    const struct nas_msg *m = nas_in(arg);
    const struct nas_activate_dedicated_request *body = nas_body(m, activate_dedicated_request);
    if (ue_bearer_find(a, m->ebi))
        close_bearer(a, m->ebi);
    struct ue_bearer *b = ue_bearer_add(a, m->ebi, body->linked_ebi);
    b->qos = body->qos;
    tft_apply(b->tft, &body->tft);
    accept_dedicated(f, arg);
    node_mark(f->node, MARK_BEARER_UP, b->qos.qci);
    UE_TELL(a, bearer_up, b->ebi, b->qos.qci, b->tft);
    return true;
}

static bool open_asked_dedicated(struct fsm *f, const void *arg)
{
    finish(f);
    return open_dedicated(f, arg);
}

/* ---- change and end -------------------------------------------------------------------------- */

static uint8_t change_error(const struct fsm *f, const void *arg)
{
    const struct nas_modify_request *body = nas_body(nas_in(arg), modify_request);
    const struct ue_bearer *b = ue_bearer_find(esm_access(f), nas_in(arg)->ebi);
    if (!b)
        return ESM_INVALID_EBI;
    if (!IE_HAS(body, tft))
        return 0;
    if (!b->linked)
        return ESM_SEMANTIC_ERROR_TFT;
    struct ue_tft tft = *b->tft;
    return tft_apply(&tft, &body->tft);
}

static bool is_bad_change(const struct fsm *f, const void *arg)
{
    return change_error(f, arg) != 0;
}

static bool is_my_change(const struct fsm *f, const void *arg)
{
    return is_mine(f, arg) && !is_bad_change(f, arg);
}

static bool refuse_change(struct fsm *f, const void *arg)
{
    struct nas_msg *m = answer_new(f, arg, NAS_modify_reject);
    nas_body(m, modify_reject)->cause = change_error(f, arg);
    answer_send(f, arg, m);
    return true;
}

static bool change(struct fsm *f, const void *arg)
{
    struct ue_access *a = esm_access(f);
    const struct nas_modify_request *body = nas_body(nas_in(arg), modify_request);
    struct ue_bearer *b = ue_bearer_find(a, nas_in(arg)->ebi);
    if (IE_HAS(body, qos))
        b->qos = body->qos;
    if (IE_HAS(body, tft))
        tft_apply(b->tft, &body->tft);
    answer(f, arg, NAS_modify_accept);
    UE_TELL(a, bearer_changed, b->ebi, b->qos.qci, b->linked ? b->tft : NULL);
    return true;
}

static bool change_asked(struct fsm *f, const void *arg)
{
    finish(f);
    return change(f, arg);
}

/* A bearer that is not there is deactivated already (TS 24.301 7.3.2). */
static bool deactivate(struct fsm *f, const void *arg)
{
    struct ue_access *a = esm_access(f);
    uint8_t ebi = nas_in(arg)->ebi;
    answer(f, arg, NAS_deactivate_accept);
    if (ue_bearer_find(a, ebi))
        close_bearer(a, ebi);
    return true;
}

/* ---- the table ------------------------------------------------------------------------------- */

/* Clauses of TS 24.301 from memory: unverified. */
static const struct fsm_row sm_rows[] = {
    /*  in              on                   if                   do                      then            on failure clause             */
    ROW(SM_READY,       SM_DO_PDN,           NULL,                ask_pdn,                SM_WAIT_PDN,    SM_READY,  "TS 24.301 6.5.1.2"),
    ROW(SM_WAIT_PDN,    SM_TMR_T3482,        may_repeat,          ask_again,              SM_WAIT_PDN,    SM_READY,  "TS 24.301 6.5.1.5"),
    ROW(SM_WAIT_PDN,    SM_TMR_T3482,        NULL,                pdn_failed,             SM_READY,       SM_READY,  "TS 24.301 6.5.1.5"),
    ROW(SM_WAIT_PDN,    SM_RX_PDN_REJECT,    is_mine,             pdn_failed,             SM_READY,       SM_READY,  "TS 24.301 6.5.1.4"),
    ROW(FSM_ANY,        SM_RX_DEFAULT,       is_bad_ebi,          refuse_default,         FSM_STAY,       FSM_STAY,  "TS 24.301 7.3.2"),
    ROW(FSM_ANY,        SM_RX_DEFAULT,       is_default_known,    accept_default,         FSM_STAY,       FSM_STAY,  "TS 24.301 6.4.1.3"),
    ROW(SM_WAIT_PDN,    SM_RX_DEFAULT,       is_my_default,       open_asked_default,     SM_READY,       SM_READY,  "TS 24.301 6.4.1.3"),
    ROW(FSM_ANY,        SM_RX_DEFAULT,       NULL,                open_default,           FSM_STAY,       FSM_STAY,  "TS 24.301 6.4.1.3"),
    ROW(SM_READY,       SM_DO_BEARER,        NULL,                ask_bearer,             SM_WAIT_BEARER, SM_READY,  "TS 24.301 6.5.3.2"),
    ROW(SM_WAIT_BEARER, SM_TMR_T3480,        may_repeat,          ask_again,              SM_WAIT_BEARER, SM_READY,  "TS 24.301 6.5.3.5"),
    ROW(SM_WAIT_BEARER, SM_TMR_T3480,        NULL,                bearer_failed,          SM_READY,       SM_READY,  "TS 24.301 6.5.3.5"),
    ROW(SM_WAIT_BEARER, SM_RX_BEARER_REJECT, is_mine,             bearer_failed,          SM_READY,       SM_READY,  "TS 24.301 6.5.3.4"),
    ROW(SM_WAIT_BEARER, SM_RX_DEDICATED,     is_my_bad_dedicated, refuse_asked_dedicated, SM_READY,       SM_READY,  "TS 24.301 6.4.2.4"),
    ROW(SM_WAIT_BEARER, SM_RX_DEDICATED,     is_mine,             open_asked_dedicated,   SM_READY,       SM_READY,  "TS 24.301 6.4.2.3"),
    ROW(FSM_ANY,        SM_RX_DEDICATED,     is_dedicated_known,  accept_dedicated,       FSM_STAY,       FSM_STAY,  "TS 24.301 6.4.2.3"),
    ROW(FSM_ANY,        SM_RX_DEDICATED,     is_bad_dedicated,    refuse_dedicated,       FSM_STAY,       FSM_STAY,  "TS 24.301 6.4.2.4"),
    ROW(FSM_ANY,        SM_RX_DEDICATED,     NULL,                open_dedicated,         FSM_STAY,       FSM_STAY,  "TS 24.301 6.4.2.3"),
    ROW(FSM_ANY,        SM_RX_MODIFY,        is_bad_change,       refuse_change,          FSM_STAY,       FSM_STAY,  "TS 24.301 6.4.3.4"),
    ROW(SM_WAIT_BEARER, SM_RX_MODIFY,        is_my_change,        change_asked,           SM_READY,       SM_READY,  "TS 24.301 6.4.3.3"),
    ROW(FSM_ANY,        SM_RX_MODIFY,        NULL,                change,                 FSM_STAY,       FSM_STAY,  "TS 24.301 6.4.3.3"),
    ROW(FSM_ANY,        SM_RX_DEACTIVATE,    NULL,                deactivate,             FSM_STAY,       FSM_STAY,  "TS 24.301 6.4.4.3"),
    ROW(FSM_ANY,        SM_DETACHED,         NULL,                forget_request,         SM_READY,       SM_READY,  "TS 24.301 5.5.2.1"),
};
static const struct fsm_timer sm_timers[] = {
    [T_T3482] = {"T3482", SM_TMR_T3482, 0, FSM_IN(SM_WAIT_PDN)},
    [T_T3480] = {"T3480", SM_TMR_T3480, 0, FSM_IN(SM_WAIT_BEARER)},
};
struct fsm_def ue_esm_def = {
    .name = "ue-esm",
    .title = "PDN connections and bearers of a phone (TS 24.301 6.4, 6.5)",
    .state_names = sm_states, .nstates = SM_STATES, .event_names = sm_events, .nevents = SM_EVENTS,
    .rows = sm_rows, .nrows = G_N_ELEMENTS(sm_rows), .timers = sm_timers, .ntimers = G_N_ELEMENTS(sm_timers),
    .policy = FSM_IGNORE,
};

/* ---- events ---------------------------------------------------------------------------------- */

static int event_of(uint16_t type)
{
    switch (type) {
    case NAS_activate_default_request:
        return SM_RX_DEFAULT;
    case NAS_activate_dedicated_request:
        return SM_RX_DEDICATED;
    case NAS_modify_request:
        return SM_RX_MODIFY;
    case NAS_deactivate_request:
        return SM_RX_DEACTIVATE;
    case NAS_pdn_connectivity_reject:
        return SM_RX_PDN_REJECT;
    case NAS_bearer_allocation_reject:
        return SM_RX_BEARER_REJECT;
    default:
        return -1;
    }
}

void ue_esm_rx(struct ue_access *a, struct ue_esm_rx *rx)
{
    int ev = event_of(rx->m->m.type);
    if (ev >= 0 && a->conn)
        fsm_event(&a->conn->esm, (uint8_t)ev, rx);
}

/* EBI of a bearer that has no radio bearer; 0: there is none. */
static uint8_t first_without_drb(const struct ue_access *a)
{
    const struct ue_bearer *b = a->bearers;
    while (b && ue_drb(a, b->ebi))
        b = b->next;
    return b ? b->ebi : 0;
}

void ue_esm_synchronise(struct ue_access *a)
{
    uint8_t ebi;
    while (a->conn && (ebi = first_without_drb(a)) != 0)
        close_bearer(a, ebi);
}

void ue_esm_detached(struct ue_access *a)
{
    if (a->conn)
        fsm_event(&a->conn->esm, SM_DETACHED, NULL);
}

void ue_esm_connect(struct ue_access *a)
{
    if (a->conn)
        fsm_event(&a->conn->esm, SM_DO_PDN, NULL);
}

bool ue_esm_request_bearer(struct ue_access *a, const struct ie_qos *qos, const struct ie_tft *tft)
{
    const struct ue_bearer *def = ue_bearer_of_apn(a, ue_sip_apn(a));
    if (!def || a->conn->esm.state != SM_READY)
        return false;
    struct nas_msg *m = ue_nas_new(a, NAS_bearer_allocation_request);
    struct nas_bearer_allocation_request *body = nas_body(m, bearer_allocation_request);
    body->linked_ebi = def->ebi;
    body->tad = *tft;
    body->qos = *qos;
    return fsm_event(&a->conn->esm, SM_DO_BEARER, m);
}
