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

enum { SM_READY, SM_WAIT_PDN, SM_WAIT_BEARER, SM_WAIT_RELEASE, SM_STATES };
static const char *const sm_states[] = {"ready", "wait PDN connection", "wait bearer", "wait release"};
enum {
    SM_DO_PDN, SM_TMR_T3482, SM_RX_PDN_REJECT, SM_RX_DEFAULT, SM_DO_BEARER, SM_TMR_T3480, SM_RX_BEARER_REJECT,
    SM_RX_DEDICATED, SM_RX_MODIFY, SM_RX_DEACTIVATE, SM_DO_RELEASE, SM_TMR_T3481, SM_RX_RELEASE_REJECT, SM_NO_CONNECTION,
    SM_DETACHED, SM_EVENTS
};
static const char *const sm_events[] = {
    "connect to PDN", "T3482", "PDN CONNECTIVITY REJECT", "ACTIVATE DEFAULT BEARER REQUEST", "ask for bearer", "T3480",
    "BEARER ALLOCATION REJECT", "ACTIVATE DEDICATED BEARER REQUEST", "MODIFY BEARER REQUEST", "DEACTIVATE BEARER REQUEST",
    "give up bearer", "T3481", "BEARER MODIFICATION REJECT", "no connection", "detached"};
enum { T_T3482, T_T3480, T_T3481 };

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

/* ---- requests of the phone ------------------------------------------------------------------- */

static uint8_t next_pti(struct ue_conn *c)
{
    c->pti = c->pti < 254 ? c->pti + 1 : 1; /* 255 is reserved (TS 24.007 11.2.3.1a) */
    return c->pti;
}

/* Sends the transaction's request, for the first time or again. */
static void send_request(struct fsm *f)
{
    static const struct {
        unsigned timer, duration;
    } of[SM_STATES] = {[SM_WAIT_PDN] = {T_T3482, TIMER_NAS_T3482},
                       [SM_WAIT_BEARER] = {T_T3480, TIMER_NAS_T3480},
                       [SM_WAIT_RELEASE] = {T_T3481, TIMER_NAS_T3481}};
    struct ue_conn *c = esm_conn(f);
    c->sent++;
    fsm_timer_start(f, of[f->state].timer, c->access->epc->timer[of[f->state].duration]);
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

/* For a bearer, or to be rid of one. */
static bool ask(struct fsm *f, const void *arg)
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

static bool open_default(struct fsm *f, const void *arg)
{
    struct ue_esm_rx *rx = (struct ue_esm_rx *)arg;
    struct ue_access *a = esm_access(f);
    const struct nas_activate_default_request *body = nas_body(rx->m, activate_default_request);
    if (ue_bearer_find(a, rx->m->ebi))
        ue_bearer_close(a, rx->m->ebi);
    ue_bearer_add_default(a, rx->m->ebi, &body->qos, body->apn, body->address.ipv4);
    rx->opened = true;
    accept_default(f, arg);
    if (!rx->carried)
        ue_esm_opened(a, rx);
    return true;
}

static bool open_asked_default(struct fsm *f, const void *arg)
{
    finish(f);
    return open_default(f, arg);
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
    return body->tft.op == TFT_CREATE ? ue_tft_apply(&tft, &body->tft) : ESM_SEMANTIC_ERROR_TFT;
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

static bool is_dedicated_known(const struct fsm *f, const void *arg)
{
    const struct nas_activate_dedicated_request *body = nas_body(nas_in(arg), activate_dedicated_request);
    const struct ue_bearer *b = ue_bearer_find(esm_access(f), nas_in(arg)->ebi);
    return b && b->linked && b->linked == body->linked_ebi && b->qos.qci == body->qos.qci &&
           ue_tft_same(b->tft, &body->tft);
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
        ue_bearer_close(a, m->ebi);
    struct ue_bearer *b = ue_bearer_add(a, m->ebi, body->linked_ebi);
    b->qos = body->qos;
    ue_tft_apply(b->tft, &body->tft);
    accept_dedicated(f, arg);
    node_mark(f->node, MARK_BEARER_UP, b->qos.qci);
    UE_TELL(a, bearer_up, b->ebi, b->qos.qci, b->tft);
    return true;
}

static bool open_asked_dedicated(struct fsm *f, const void *arg)
{
    struct ue_access *a = esm_access(f);
    finish(f);
    open_dedicated(f, arg);
    UE_TELL(a, bearer_granted, nas_in(arg)->ebi, &nas_body(nas_in(arg), activate_dedicated_request)->tft);
    return true;
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
    return ue_tft_apply(&tft, &body->tft);
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
        ue_tft_apply(b->tft, &body->tft);
    answer(f, arg, NAS_modify_accept);
    UE_TELL(a, bearer_changed, b->ebi, b->qos.qci, b->linked ? b->tft : NULL);
    return true;
}

static const struct ie_tft *new_filters(const struct nas_modify_request *body)
{
    static const struct ie_tft none;
    return IE_HAS(body, tft) ? &body->tft : &none;
}

static bool change_asked(struct fsm *f, const void *arg)
{
    struct ue_access *a = esm_access(f);
    finish(f);
    change(f, arg);
    UE_TELL(a, bearer_granted, nas_in(arg)->ebi, new_filters(nas_body(nas_in(arg), modify_request)));
    return true;
}

/* A bearer that is not there is deactivated already (TS 24.301 7.3.2). */
static bool deactivate(struct fsm *f, const void *arg)
{
    struct ue_access *a = esm_access(f);
    uint8_t ebi = nas_in(arg)->ebi;
    answer(f, arg, NAS_deactivate_accept);
    if (ue_bearer_find(a, ebi))
        ue_bearer_close(a, ebi);
    return true;
}

/* ---- what the phone wants to be rid of -------------------------------------------------------- */

static uint8_t given_up(const struct fsm *f)
{
    return nas_body(esm_conn(f)->request, bearer_modification_request)->linked_ebi;
}

/* The network ends the bearer that is given up, for that reason or another (TS 24.301 6.5.4.6). */
static bool is_given_up(const struct fsm *f, const void *arg)
{
    return is_mine(f, arg) || nas_in(arg)->ebi == given_up(f);
}

/* The transaction is over: the bearer is gone, or has lost what was given up. */
static void released(struct fsm *f, uint8_t ebi, uint8_t cause)
{
    struct ue_access *a = esm_access(f);
    UE_TELL(a, bearer_released, ebi, cause);
}

static bool deactivate_given_up(struct fsm *f, const void *arg)
{
    uint8_t ebi = given_up(f);
    finish(f);
    deactivate(f, arg);
    released(f, ebi, 0);
    return true;
}

static bool change_given_up(struct fsm *f, const void *arg)
{
    uint8_t ebi = given_up(f);
    finish(f);
    change(f, arg);
    released(f, ebi, 0);
    return true;
}

/* The network does not answer, or does not know the bearer: it ends without it. */
static bool release_alone(struct fsm *f, const void *arg)
{
    struct ue_access *a = esm_access(f);
    uint8_t ebi = given_up(f);
    (void)arg;
    finish(f);
    if (ue_bearer_find(a, ebi))
        ue_bearer_close(a, ebi);
    released(f, ebi, 0);
    return true;
}

static bool is_unknown_there(const struct fsm *f, const void *arg)
{
    return is_mine(f, arg) && nas_body(nas_in(arg), bearer_modification_reject)->cause == ESM_INVALID_EBI;
}

static bool release_refused(struct fsm *f, const void *arg)
{
    uint8_t ebi = given_up(f);
    finish(f);
    released(f, ebi, arg ? nas_body(nas_in(arg), bearer_modification_reject)->cause : ESM_NETWORK_FAILURE);
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
    ROW(SM_READY,       SM_DO_BEARER,        NULL,                ask,                    SM_WAIT_BEARER, SM_READY,  "TS 24.301 6.5.3.2"),
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
    ROW(SM_WAIT_RELEASE, SM_RX_MODIFY,       is_my_change,        change_given_up,        SM_READY,       SM_READY,  "TS 24.301 6.4.3.3"),
    ROW(FSM_ANY,        SM_RX_MODIFY,        NULL,                change,                 FSM_STAY,       FSM_STAY,  "TS 24.301 6.4.3.3"),
    ROW(SM_READY,       SM_DO_RELEASE,       NULL,                ask,                    SM_WAIT_RELEASE, SM_READY, "TS 24.301 6.5.4.2"),
    ROW(SM_WAIT_RELEASE, SM_TMR_T3481,       may_repeat,          ask_again,              SM_WAIT_RELEASE, SM_READY, "TS 24.301 6.5.4.5"),
    ROW(SM_WAIT_RELEASE, SM_TMR_T3481,       NULL,                release_alone,          SM_READY,       SM_READY,  "TS 24.301 6.5.4.5"),
    ROW(SM_WAIT_RELEASE, SM_RX_RELEASE_REJECT, is_unknown_there,  release_alone,          SM_READY,       SM_READY,  "TS 24.301 6.5.4.4"),
    ROW(SM_WAIT_RELEASE, SM_RX_RELEASE_REJECT, is_mine,           release_refused,        SM_READY,       SM_READY,  "TS 24.301 6.5.4.4"),
    ROW(SM_WAIT_RELEASE, SM_RX_DEACTIVATE,   is_given_up,         deactivate_given_up,    SM_READY,       SM_READY,  "TS 24.301 6.4.4.3"),
    ROW(FSM_ANY,        SM_RX_DEACTIVATE,    NULL,                deactivate,             FSM_STAY,       FSM_STAY,  "TS 24.301 6.4.4.3"),
    ROW(SM_WAIT_PDN,    SM_NO_CONNECTION,    NULL,                pdn_failed,             SM_READY,       SM_READY,  "TS 24.301 6.5.1.5"),
    ROW(SM_WAIT_BEARER, SM_NO_CONNECTION,    NULL,                bearer_failed,          SM_READY,       SM_READY,  "TS 24.301 6.5.3.5"),
    ROW(SM_WAIT_RELEASE, SM_NO_CONNECTION,   NULL,                release_refused,        SM_READY,       SM_READY,  "TS 24.301 6.5.4.5"),
    ROW(FSM_ANY,        SM_DETACHED,         NULL,                forget_request,         SM_READY,       SM_READY,  "TS 24.301 5.5.2.1"),
};
static const struct fsm_timer sm_timers[] = {
    [T_T3482] = {"T3482", SM_TMR_T3482, 0, FSM_IN(SM_WAIT_PDN)},
    [T_T3480] = {"T3480", SM_TMR_T3480, 0, FSM_IN(SM_WAIT_BEARER)},
    [T_T3481] = {"T3481", SM_TMR_T3481, 0, FSM_IN(SM_WAIT_RELEASE)},
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
    case NAS_bearer_modification_reject:
        return SM_RX_RELEASE_REJECT;
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
        ue_bearer_close(a, ebi);
}

void ue_esm_detached(struct ue_access *a)
{
    if (a->conn)
        fsm_event(&a->conn->esm, SM_DETACHED, NULL);
}

void ue_esm_no_connection(struct ue_conn *c)
{
    fsm_event(&c->esm, SM_NO_CONNECTION, NULL);
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

/* The filters are named by their identities only (TS 24.008 10.5.6.12). */
bool ue_esm_release_bearer(struct ue_access *a, uint8_t ebi, const struct ie_tft *filters)
{
    if (!ue_bearer_find(a, ebi) || a->conn->esm.state != SM_READY)
        return false;
    struct nas_msg *m = ue_nas_new(a, NAS_bearer_modification_request);
    struct nas_bearer_modification_request *body = nas_body(m, bearer_modification_request);
    body->linked_ebi = ebi;
    body->tad = *filters;
    body->tad.op = TFT_REMOVE;
    IE_PUT(body, cause) = ESM_REGULAR_DEACTIVATION;
    return fsm_event(&a->conn->esm, SM_DO_RELEASE, m);
}
