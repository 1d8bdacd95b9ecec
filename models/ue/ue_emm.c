/* ue_emm.c - the phone's mobility management (TS 24.301 5.4, 5.5.1, 5.5.2): attach, authentication, detach.
 *
 *   -> ATTACH REQUEST [PDN CONNECTIVITY REQUEST]
 *      AUTHENTICATION REQUEST, -> AUTHENTICATION RESPONSE | FAILURE (MAC, synch with AUTS, non-EPS)
 *      SECURITY MODE COMMAND,  -> SECURITY MODE COMPLETE | REJECT
 *      ATTACH ACCEPT [ACTIVATE DEFAULT EPS BEARER CONTEXT REQUEST] | ATTACH REJECT
 *   -> ATTACH COMPLETE [... ACCEPT]
 *   -> DETACH REQUEST, DETACH ACCEPT         or  DETACH REQUEST, -> DETACH ACCEPT
 *
 * SIMPLIFIED: an attach always names the IMSI, and GUTI and security context are forgotten at detach; after
 * an AUTHENTICATION FAILURE T3410 goes on running instead of T3418 and T3420; the phone waits for the network to
 * release the connection without T3440; a detach that overtakes an attach leaves the connection without a
 * message. */
#include "models/ue/ue_access_int.h"

#include <string.h>

enum { EM_DEREGISTERED, EM_ATTACHING, EM_RETRY, EM_REGISTERED, EM_DETACHING, EM_RELEASING, EM_STATES };
static const char *const em_states[] = {"deregistered", "wait attach accept", "wait retry",
                                        "registered",   "wait detach accept", "releasing"};
enum {
    EM_DO_ATTACH, EM_RX_AUTHENTICATION, EM_RX_SECURITY, EM_RX_IDENTITY, EM_RX_ACCEPT, EM_RX_REJECT, EM_RX_AUTH_REJECT,
    EM_TMR_T3410, EM_TMR_T3411, EM_TMR_T3402, EM_NO_CONNECTION, EM_DO_DETACH, EM_DO_SWITCH_OFF, EM_RX_DETACH_ACCEPT,
    EM_TMR_T3421, EM_RX_DETACH, EM_UNKNOWN, EM_POWER_CUT, EM_EVENTS
};
static const char *const em_events[] = {
    "attach", "AUTHENTICATION REQUEST", "SECURITY MODE COMMAND", "IDENTITY REQUEST", "ATTACH ACCEPT", "ATTACH REJECT",
    "AUTHENTICATION REJECT", "T3410", "T3411", "T3402", "no connection", "detach", "switch off", "DETACH ACCEPT",
    "T3421", "DETACH REQUEST", "unknown to the network", "power cut"};
enum { T_T3410, T_T3411, T_T3402, T_T3421 };

#define MAX_ATTEMPTS 5 /* TS 24.301 5.5.1.1 */
/* TS 24.301 9.9.3.9: UE security capabilities mismatch. */
#define CAUSE_CAPABILITIES 23
/* IMEISVs of the phones: 16 digits, this and the number of the party. */
#define IMEISV_BASE UINT64_C(3500000000000000)

static void start_timer(struct fsm *f, unsigned timer, enum timer_id id)
{
    fsm_timer_start(f, timer, emm_access(f)->epc->timer[id]);
}

static void send_plain(struct ue_access *a, enum nas_type type)
{
    ue_nas_send(a, ue_nas_new(a, type));
}

/* Everything that being attached brought is gone. The connection stays until the network releases it. */
static void forget(struct ue_access *a)
{
    ue_service_stop(a);
    ue_discovery_leave(a);
    waitlist_stop(&a->cfg->pool->idle, a);
    ue_esm_detached(a);
    while (a->bearers)
        ue_bearer_remove(a, a->bearers->ebi);
    ue_set_guti(a, &(struct ie_guti){0});
    a->t3412 = 0;
    a->secured = false;
    a->sequence = 0;
    a->ksi = KSI_NONE;
    if (a->conn)
        a->conn->challenged = false;
    ue_rrc_left(a);
}

/* ---- attach ---------------------------------------------------------------------------------- */

static bool request_attach(struct fsm *f, const void *arg)
{
    struct ue_access *a = emm_access(f);
    (void)arg;
    ue_rrc_abandon(a);
    forget(a);
    struct nas_msg *m = ue_nas_new(a, NAS_attach_request);
    struct nas_attach_request *body = nas_body(m, attach_request);
    struct nas_msg *esm = ue_esm_pdn_request(a, a->cfg->apn, false);
    nas_seal(a->epc->nas, esm);
    body->type = ATTACH_EPS;
    body->ksi = a->ksi;
    body->identity.imsi = epc_imsi(a->party);
    body->capability = ue_security_caps();
    body->esm = &esm->m;
    start_timer(f, T_T3410, TIMER_NAS_T3410);
    ue_nas_send(a, m);
    return true;
}

static bool begin_attach(struct fsm *f, const void *arg)
{
    emm_access(f)->attempts = 0;
    node_mark(f->node, MARK_ATTACH_BEGUN, 0);
    return request_attach(f, arg);
}

/* Tells that there will be no attach, or not soon. */
static void tell_failed(struct ue_access *a, uint8_t cause)
{
    node_mark(ue_node(a), MARK_ATTACH_FAILED, cause);
    UE_TELL(a, attach_failed, cause);
}

static void tell_detached(struct ue_access *a, uint8_t cause)
{
    node_mark(ue_node(a), MARK_DETACHED, cause);
    UE_TELL(a, detached, cause);
}

/* What came with ATTACH ACCEPT is no default bearer that could be used. */
static bool no_bearer(struct ue_access *a, struct nas_msg *reply)
{
    if (reply)
        msg_unref(ue_node(a)->net, &reply->m);
    forget(a);
    tell_failed(a, EMM_ESM_FAILURE);
    return false;
}

/* The default bearer's acceptance travels in ATTACH COMPLETE; the phone hears of it all afterwards. */
static bool complete_attach(struct fsm *f, const void *arg)
{
    struct ue_access *a = emm_access(f);
    const struct nas_attach_accept *body = nas_body((const struct nas_msg *)arg, attach_accept);
    struct ue_esm_rx rx = {.m = nas_of(body->esm), .carried = true};
    ue_esm_rx(a, &rx);
    if (!rx.reply || rx.reply->m.type != NAS_activate_default_accept)
        return no_bearer(a, rx.reply);
    if (IE_HAS(body, guti))
        ue_set_guti(a, &body->guti);
    a->t3412 = ue_gprs_timer(body->t3412);
    struct nas_msg *m = ue_nas_new(a, NAS_attach_complete);
    nas_seal(a->epc->nas, rx.reply);
    nas_body(m, attach_complete)->esm = &rx.reply->m;
    ue_nas_send(a, m);
    a->attempts = 0;
    if (!rx.opened)
        return true; /* our ATTACH COMPLETE did not get there, and the MME has repeated itself */
    node_mark(f->node, MARK_ATTACHED, 0);
    UE_TELL(a, attached);
    if (ue_emm_registered(a))
        ue_esm_opened(a, &rx);
    if (a->cfg->second_pdn && ue_emm_registered(a))
        ue_esm_connect(a);
    return true;
}

static uint8_t reject_cause(const void *arg)
{
    return arg ? nas_body((const struct nas_msg *)arg, attach_reject)->cause : 0;
}

/* Causes after which the phone does not try again (TS 24.301 5.5.1.2.5). */
static bool is_final(const struct fsm *f, const void *arg)
{
    (void)f;
    switch (reject_cause(arg)) {
    case EMM_IMSI_UNKNOWN:
    case EMM_ILLEGAL_UE:
    case EMM_EPS_NOT_ALLOWED:
    case EMM_PLMN_NOT_ALLOWED:
    case EMM_ROAMING_NOT_ALLOWED:
        return true;
    default:
        return false;
    }
}

static bool refused(struct fsm *f, const void *arg)
{
    struct ue_access *a = emm_access(f);
    forget(a);
    tell_failed(a, reject_cause(arg));
    return true;
}

/* The network does not know this card (TS 24.301 5.4.2.5: as if illegal). */
static bool not_authentic(struct fsm *f, const void *arg)
{
    struct ue_access *a = emm_access(f);
    (void)arg;
    forget(a);
    tell_failed(a, EMM_ILLEGAL_UE);
    return true;
}

static bool has_attempts(const struct fsm *f, const void *arg)
{
    (void)arg;
    return emm_access(f)->attempts + 1 < MAX_ATTEMPTS;
}

/* An attempt has failed. A connection that is still there does not belong to the next one. */
static bool wait_short(struct fsm *f, const void *arg)
{
    struct ue_access *a = emm_access(f);
    (void)arg;
    ue_rrc_abandon(a);
    forget(a);
    a->attempts++;
    start_timer(f, T_T3411, TIMER_NAS_T3411);
    return true;
}

static bool wait_long(struct fsm *f, const void *arg)
{
    struct ue_access *a = emm_access(f);
    ue_rrc_abandon(a);
    forget(a);
    a->attempts = 0;
    start_timer(f, T_T3402, TIMER_NAS_T3402);
    tell_failed(a, reject_cause(arg));
    return true;
}

/* The user does not want it any more. */
static bool give_up(struct fsm *f, const void *arg)
{
    struct ue_access *a = emm_access(f);
    (void)arg;
    ue_rrc_abandon(a);
    forget(a);
    tell_detached(a, 0);
    return true;
}

/* ---- common procedures ----------------------------------------------------------------------- */

/* The card judges the challenge; what it answers is kept in case the request comes again. */
static enum aka_verdict ask_card(struct ue_access *a, const struct nas_authentication_request *req,
                                 struct aka_answer *out)
{
    uint8_t k[AKA_KEY], opc[AKA_KEY];
    struct milenage milenage;
    a->cfg->keys(a->party, k, opc);
    milenage_init(&milenage, k, opc);
    return aka_usim_answer(&a->usim, &milenage, req->rand.b, req->autn.b, out);
}

static void respond(struct ue_access *a)
{
    struct nas_msg *m = ue_nas_new(a, NAS_authentication_response);
    struct ie_bytes *res = &nas_body(m, authentication_response)->res;
    res->n = AKA_RES;
    memcpy(res->b, a->conn->res, AKA_RES);
    ue_nas_send(a, m);
}

static void report_failure(struct ue_access *a, uint8_t cause, const uint8_t *auts)
{
    struct nas_msg *m = ue_nas_new(a, NAS_authentication_failure);
    struct nas_authentication_failure *body = nas_body(m, authentication_failure);
    body->cause = cause;
    if (auts) {
        IE_SET(body, auts);
        body->auts.n = AKA_AUTS;
        memcpy(body->auts.b, auts, AKA_AUTS);
    }
    ue_nas_send(a, m);
}

static const struct nas_authentication_request *challenge_of(const void *arg)
{
    return nas_body((const struct nas_msg *)arg, authentication_request);
}

static bool is_repeated(const struct fsm *f, const void *arg)
{
    const struct ue_conn *c = emm_access(f)->conn;
    return c && c->challenged && memcmp(c->rand, challenge_of(arg)->rand.b, AKA_RAND) == 0;
}

static bool respond_again(struct fsm *f, const void *arg)
{
    (void)arg;
    respond(emm_access(f));
    return true;
}

/* A vector that was not made for EPS. */
static bool is_foreign(const struct fsm *f, const void *arg)
{
    (void)f;
    return !(aka_amf(challenge_of(arg)->autn.b) & AKA_AMF_EPS);
}

static bool refuse_foreign(struct fsm *f, const void *arg)
{
    (void)arg;
    report_failure(emm_access(f), EMM_NON_EPS_AUTHENTICATION, NULL);
    return true;
}

static bool authenticate(struct fsm *f, const void *arg)
{
    struct ue_access *a = emm_access(f);
    const struct nas_authentication_request *req = challenge_of(arg);
    struct aka_answer answer;
    switch (ask_card(a, req, &answer)) {
    case AKA_ACCEPTED:
        a->ksi = req->ksi;
        a->conn->challenged = true;
        memcpy(a->conn->rand, req->rand.b, AKA_RAND);
        memcpy(a->conn->res, answer.res, AKA_RES);
        respond(a);
        break;
    case AKA_MAC_FAILURE:
        report_failure(a, EMM_MAC_FAILURE, NULL);
        break;
    case AKA_SYNC_FAILURE:
        report_failure(a, EMM_SYNCH_FAILURE, answer.auts);
        break;
    }
    return true;
}

static const struct nas_security_mode_command *command_of(const void *arg)
{
    return nas_body((const struct nas_msg *)arg, security_mode_command);
}

/* The network repeats what the phone said it can do, and names the key that both now have. */
static bool is_genuine(const struct fsm *f, const void *arg)
{
    const struct nas_security_mode_command *body = command_of(arg);
    struct ie_security_caps mine = ue_security_caps();
    return emm_access(f)->ksi == body->ksi && ue_knows_algorithms(body->algorithms) &&
           body->replayed.eea == mine.eea && body->replayed.eia == mine.eia;
}

static bool secure(struct fsm *f, const void *arg)
{
    struct ue_access *a = emm_access(f);
    const struct nas_security_mode_command *cmd = command_of(arg);
    a->secured = true;
    a->sequence = 0;
    a->conn->challenged = false;
    struct nas_msg *m = ue_nas_new(a, NAS_security_mode_complete);
    m->security = NAS_CIPHERED_NEW;
    if (IE_HAS(cmd, imeisv_request))
        IE_PUT(nas_body(m, security_mode_complete), imeisv) = IMEISV_BASE + a->party;
    ue_nas_send(a, m);
    return true;
}

static bool refuse_security(struct fsm *f, const void *arg)
{
    struct ue_access *a = emm_access(f);
    struct nas_msg *m = ue_nas_new(a, NAS_security_mode_reject);
    (void)arg;
    nas_body(m, security_mode_reject)->cause = CAUSE_CAPABILITIES;
    ue_nas_send(a, m);
    return true;
}

static bool identify(struct fsm *f, const void *arg)
{
    struct ue_access *a = emm_access(f);
    struct nas_msg *m = ue_nas_new(a, NAS_identity_response);
    (void)arg;
    nas_body(m, identity_response)->identity = epc_imsi(a->party);
    ue_nas_send(a, m);
    return true;
}

/* Registered with a card that took one challenge. SECURITY MODE COMPLETE and ATTACH COMPLETE were sent. */
void ue_emm_warm(struct ue_access *a, const struct epc_warm *w)
{
    bool accepted = aka_usim_accept(&a->usim, w->sqn);
    sim_assert(ue_node(a)->sim, accepted);
    ue_set_guti(a, &w->guti);
    a->t3412 = ue_gprs_timer(w->t3412);
    a->ksi = 0;
    a->secured = true;
    a->sequence = 2;
    fsm_place(&a->emm, EM_REGISTERED);
}

/* ---- detach ---------------------------------------------------------------------------------- */

static void send_detach(struct ue_access *a, uint8_t type)
{
    struct nas_msg *m = ue_nas_new(a, NAS_detach_request);
    struct nas_detach_request *body = nas_body(m, detach_request);
    body->type = type;
    body->ksi = a->ksi;
    if (a->guti.m_tmsi)
        IE_PUT(body, identity) = (struct ie_mobile_id){.guti = a->guti};
    else
        IE_PUT(body, identity) = (struct ie_mobile_id){.imsi = epc_imsi(a->party)};
    ue_nas_send(a, m);
}

static bool request_detach(struct fsm *f, const void *arg)
{
    struct ue_access *a = emm_access(f);
    (void)arg;
    ue_service_stop(a);
    a->attempts = 1;
    node_mark(f->node, MARK_DETACH_BEGUN, 0);
    start_timer(f, T_T3421, TIMER_NAS_T3421);
    send_detach(a, DETACH_EPS);
    return true;
}

static bool may_repeat(const struct fsm *f, const void *arg)
{
    (void)arg;
    return emm_access(f)->attempts < UE_MAX_SENT;
}

static bool repeat_detach(struct fsm *f, const void *arg)
{
    struct ue_access *a = emm_access(f);
    (void)arg;
    a->attempts++;
    start_timer(f, T_T3421, TIMER_NAS_T3421);
    send_detach(a, DETACH_EPS);
    return true;
}

static bool detached(struct fsm *f, const void *arg)
{
    struct ue_access *a = emm_access(f);
    (void)arg;
    forget(a);
    tell_detached(a, 0);
    return true;
}

static bool switch_off(struct fsm *f, const void *arg)
{
    node_mark(f->node, MARK_DETACH_BEGUN, 1);
    send_detach(emm_access(f), DETACH_EPS_SWITCH_OFF);
    return detached(f, arg);
}

static bool accept_detach(struct fsm *f, const void *arg)
{
    (void)arg;
    send_plain(emm_access(f), NAS_detach_accept);
    return true;
}

/* TS 24.301 5.6.1.5 and 5.5.3.2.5, causes 9 and 10. */
static bool attach_again(struct fsm *f, const void *arg)
{
    struct ue_access *a = emm_access(f);
    forget(a);
    tell_detached(a, *(const uint8_t *)arg);
    return begin_attach(f, NULL);
}

static bool power_cut(struct fsm *f, const void *arg)
{
    struct ue_access *a = emm_access(f);
    (void)arg;
    ue_rrc_abandon(a);
    forget(a);
    tell_detached(a, 0);
    return true;
}

static bool is_reattach(const struct fsm *f, const void *arg)
{
    (void)f;
    return nas_body((const struct nas_msg *)arg, detach_request)->type == DETACH_REATTACH;
}

static bool be_detached(struct fsm *f, const void *arg)
{
    struct ue_access *a = emm_access(f);
    const struct nas_detach_request *body = nas_body((const struct nas_msg *)arg, detach_request);
    send_plain(a, NAS_detach_accept);
    forget(a);
    tell_detached(a, IE_HAS(body, cause) ? body->cause : 0);
    return true;
}

/* ---- the table ------------------------------------------------------------------------------- */

/* Clauses of TS 24.301 from memory: unverified. */
static const struct fsm_row em_rows[] = {
    /*  in               on                    if            do               then             on failure       clause             */
    ROW(EM_DEREGISTERED, EM_DO_ATTACH,         NULL,         begin_attach,    EM_ATTACHING,    EM_DEREGISTERED, "TS 24.301 5.5.1.2.2"),
    ROW(FSM_ANY,         EM_RX_IDENTITY,       NULL,         identify,        FSM_STAY,        FSM_STAY,        "TS 24.301 5.4.4.3"),
    ROW(FSM_ANY,         EM_RX_AUTHENTICATION, is_repeated,  respond_again,   FSM_STAY,        FSM_STAY,        "TS 24.301 5.4.2.3"),
    ROW(FSM_ANY,         EM_RX_AUTHENTICATION, is_foreign,   refuse_foreign,  FSM_STAY,        FSM_STAY,        "TS 24.301 5.4.2.6"),
    ROW(FSM_ANY,         EM_RX_AUTHENTICATION, NULL,         authenticate,    FSM_STAY,        FSM_STAY,        "TS 24.301 5.4.2.3"),
    ROW(EM_ATTACHING,    EM_RX_AUTH_REJECT,    NULL,         not_authentic,   EM_DEREGISTERED, EM_DEREGISTERED, "TS 24.301 5.4.2.5"),
    ROW(FSM_ANY,         EM_RX_SECURITY,       is_genuine,   secure,          FSM_STAY,        FSM_STAY,        "TS 24.301 5.4.3.3"),
    ROW(FSM_ANY,         EM_RX_SECURITY,       NULL,         refuse_security, FSM_STAY,        FSM_STAY,        "TS 24.301 5.4.3.5"),
    ROW(EM_ATTACHING,    EM_RX_ACCEPT,         NULL,         complete_attach, EM_REGISTERED,   EM_DEREGISTERED, "TS 24.301 5.5.1.2.4"),
    ROW(EM_REGISTERED,   EM_RX_ACCEPT,         NULL,         complete_attach, EM_REGISTERED,   EM_DEREGISTERED, "TS 24.301 5.5.1.2.7"),
    ROW(EM_ATTACHING,    EM_RX_REJECT,         is_final,     refused,         EM_DEREGISTERED, EM_DEREGISTERED, "TS 24.301 5.5.1.2.5"),
    ROW(EM_ATTACHING,    EM_RX_REJECT,         has_attempts, wait_short,      EM_RETRY,        EM_DEREGISTERED, "TS 24.301 5.5.1.2.6"),
    ROW(EM_ATTACHING,    EM_RX_REJECT,         NULL,         wait_long,       EM_RETRY,        EM_DEREGISTERED, "TS 24.301 5.5.1.2.6"),
    ROW(EM_ATTACHING,    EM_TMR_T3410,         has_attempts, wait_short,      EM_RETRY,        EM_DEREGISTERED, "TS 24.301 5.5.1.2.6"),
    ROW(EM_ATTACHING,    EM_TMR_T3410,         NULL,         wait_long,       EM_RETRY,        EM_DEREGISTERED, "TS 24.301 5.5.1.2.6"),
    ROW(EM_ATTACHING,    EM_NO_CONNECTION,     has_attempts, wait_short,      EM_RETRY,        EM_DEREGISTERED, "TS 24.301 5.5.1.2.6"),
    ROW(EM_ATTACHING,    EM_NO_CONNECTION,     NULL,         wait_long,       EM_RETRY,        EM_DEREGISTERED, "TS 24.301 5.5.1.2.6"),
    ROW(EM_RETRY,        EM_TMR_T3411,         NULL,         request_attach,  EM_ATTACHING,    EM_DEREGISTERED, "TS 24.301 5.5.1.2.6"),
    ROW(EM_RETRY,        EM_TMR_T3402,         NULL,         begin_attach,    EM_ATTACHING,    EM_DEREGISTERED, "TS 24.301 5.5.1.2.6"),
    ROW(EM_RETRY,        EM_DO_ATTACH,         NULL,         begin_attach,    EM_ATTACHING,    EM_DEREGISTERED, "TS 24.301 5.5.1.2.2"),
    ROW(EM_ATTACHING,    EM_DO_DETACH,         NULL,         give_up,         EM_DEREGISTERED, EM_DEREGISTERED, "TS 24.301 5.5.1.2.7"),
    ROW(EM_ATTACHING,    EM_DO_SWITCH_OFF,     NULL,         give_up,         EM_DEREGISTERED, EM_DEREGISTERED, "TS 24.301 5.5.1.2.7"),
    ROW(EM_RETRY,        EM_DO_DETACH,         NULL,         give_up,         EM_DEREGISTERED, EM_DEREGISTERED, "TS 24.301 5.5.1.2.7"),
    ROW(EM_RETRY,        EM_DO_SWITCH_OFF,     NULL,         give_up,         EM_DEREGISTERED, EM_DEREGISTERED, "TS 24.301 5.5.1.2.7"),
    ROW(EM_REGISTERED,   EM_NO_CONNECTION,     NULL,         NULL,            EM_REGISTERED,   EM_REGISTERED,   "TS 24.301 5.3.1.2"),
    ROW(EM_REGISTERED,   EM_DO_DETACH,         NULL,         request_detach,  EM_DETACHING,    EM_DEREGISTERED, "TS 24.301 5.5.2.2.1"),
    ROW(EM_DETACHING,    EM_TMR_T3421,         may_repeat,   repeat_detach,   EM_DETACHING,    EM_DEREGISTERED, "TS 24.301 5.5.2.2.4"),
    ROW(EM_DETACHING,    EM_TMR_T3421,         NULL,         give_up,         EM_DEREGISTERED, EM_DEREGISTERED, "TS 24.301 5.5.2.2.4"),
    ROW(EM_DETACHING,    EM_RX_DETACH,         NULL,         accept_detach,   EM_DETACHING,    EM_DETACHING,    "TS 24.301 5.5.2.2.4"),
    ROW(EM_DETACHING,    EM_RX_DETACH_ACCEPT,  NULL,         detached,        EM_DEREGISTERED, EM_DEREGISTERED, "TS 24.301 5.5.2.2.2"),
    ROW(EM_DETACHING,    EM_NO_CONNECTION,     NULL,         detached,        EM_DEREGISTERED, EM_DEREGISTERED, "TS 24.301 5.5.2.2.4"),
    ROW(EM_DETACHING,    EM_DO_SWITCH_OFF,     NULL,         switch_off,      EM_DEREGISTERED, EM_DEREGISTERED, "TS 24.301 5.5.2.2.1"),
    ROW(EM_REGISTERED,   EM_DO_SWITCH_OFF,     NULL,         switch_off,      EM_DEREGISTERED, EM_DEREGISTERED, "TS 24.301 5.5.2.2.1"),
    ROW(EM_REGISTERED,   EM_RX_DETACH,         is_reattach,  be_detached,     EM_RELEASING,    EM_DEREGISTERED, "TS 24.301 5.5.2.3.2"),
    ROW(EM_REGISTERED,   EM_RX_DETACH,         NULL,         be_detached,     EM_DEREGISTERED, EM_DEREGISTERED, "TS 24.301 5.5.2.3.2"),
    ROW(EM_REGISTERED,   EM_UNKNOWN,           NULL,         attach_again,    EM_ATTACHING,    EM_DEREGISTERED, "TS 24.301 5.6.1.5"),
    ROW(FSM_ANY,         EM_POWER_CUT,         NULL,         power_cut,       EM_DEREGISTERED, EM_DEREGISTERED, "TS 24.301 5.1.3.2.1"),
    ROW(EM_RELEASING,    EM_NO_CONNECTION,     NULL,         begin_attach,    EM_ATTACHING,    EM_DEREGISTERED, "TS 24.301 5.5.2.3.2"),
    ROW(EM_RELEASING,    EM_DO_DETACH,         NULL,         NULL,            EM_DEREGISTERED, EM_DEREGISTERED, "TS 24.301 5.5.2.3.2"),
    ROW(EM_RELEASING,    EM_DO_SWITCH_OFF,     NULL,         NULL,            EM_DEREGISTERED, EM_DEREGISTERED, "TS 24.301 5.5.2.3.2"),
};
static const struct fsm_timer em_timers[] = {
    [T_T3410] = {"T3410", EM_TMR_T3410, 0, FSM_IN(EM_ATTACHING)},
    [T_T3411] = {"T3411", EM_TMR_T3411, 0, FSM_IN(EM_RETRY)},
    [T_T3402] = {"T3402", EM_TMR_T3402, 1, FSM_IN(EM_RETRY)},
    [T_T3421] = {"T3421", EM_TMR_T3421, 0, FSM_IN(EM_DETACHING)},
};
struct fsm_def ue_emm_def = {
    .name = "ue-emm",
    .title = "Attach and detach of a phone (TS 24.301 5.5.1, 5.5.2)",
    .state_names = em_states, .nstates = EM_STATES, .event_names = em_events, .nevents = EM_EVENTS,
    .rows = em_rows, .nrows = G_N_ELEMENTS(em_rows), .timers = em_timers, .ntimers = G_N_ELEMENTS(em_timers),
    .policy = FSM_IGNORE,
};

/* ---- events ---------------------------------------------------------------------------------- */

void ue_emm_attach(struct ue_access *a)
{
    fsm_event(&a->emm, EM_DO_ATTACH, NULL);
}

void ue_emm_detach(struct ue_access *a, bool off)
{
    fsm_event(&a->emm, off ? EM_DO_SWITCH_OFF : EM_DO_DETACH, NULL);
}

bool ue_emm_registered(const struct ue_access *a)
{
    return a->emm.state == EM_REGISTERED;
}

void ue_emm_no_connection(struct ue_access *a)
{
    fsm_event(&a->emm, EM_NO_CONNECTION, NULL);
    if (ue_emm_registered(a))
        ue_service_no_connection(a);
}

void ue_emm_attach_again(struct ue_access *a, uint8_t cause)
{
    fsm_event(&a->emm, EM_UNKNOWN, &cause);
}

void ue_emm_power_cut(struct ue_access *a)
{
    fsm_event(&a->emm, EM_POWER_CUT, NULL);
}

static int event_of(uint16_t type)
{
    switch (type) {
    case NAS_authentication_request:
        return EM_RX_AUTHENTICATION;
    case NAS_security_mode_command:
        return EM_RX_SECURITY;
    case NAS_identity_request:
        return EM_RX_IDENTITY;
    case NAS_attach_accept:
        return EM_RX_ACCEPT;
    case NAS_attach_reject:
        return EM_RX_REJECT;
    case NAS_authentication_reject:
        return EM_RX_AUTH_REJECT;
    case NAS_detach_accept:
        return EM_RX_DETACH_ACCEPT;
    case NAS_detach_request:
        return EM_RX_DETACH;
    default: /* EMM INFORMATION: only for the screen */
        return -1;
    }
}

void ue_emm_rx(struct ue_access *a, const struct nas_msg *m)
{
    int ev = event_of(m->m.type);
    if (m->m.type == NAS_service_reject || m->m.type == NAS_tau_accept || m->m.type == NAS_tau_reject)
        ue_service_rx(a, m);
    if (ev >= 0)
        fsm_event(&a->emm, (uint8_t)ev, m);
}
