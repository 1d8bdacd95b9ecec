/* enb_release.c - the end of a phone's context at the eNB (TS 36.413 8.3.2, 8.3.3; TS 36.331 5.3.8; TS 23.401 5.3.5).
 *
 *   MME -> UE CONTEXT RELEASE COMMAND | RRCConnectionRelease -> UE | UE CONTEXT RELEASE COMPLETE -> MME
 *   no traffic for a while: UE CONTEXT RELEASE REQUEST (user-inactivity) -> MME, which then commands
 *   a phone that does not answer, or is not heard any more: the same (radio-connection-with-ue-lost)
 *   a phone that asks for a new connection: the old context goes without a word
 *   an MME that does not know the phone: ERROR INDICATION | RRCConnectionRelease -> UE
 *
 * Whenever this machine comes to its end state, all that belongs to the phone is gone. An MME that does not command is
 * not waited for longer than the guard time; a phone without traffic is then watched again, for the MME may have had a
 * reason. A connection with a GBR bearer is not released for inactivity, unless the eNB is told to.
 *
 * Traffic is any RRC message or packet, either way. */
#include "models/enb/enb_int.h"

enum { REL_NONE, REL_WATCHING, REL_FADING, REL_ASKED, REL_WAIT, REL_STATES };
static const char *const states[] = {"none", "watching", "wait radio", "wait release", "wait command"};
static const char *const events[] = {
    "context made", "traffic", "inactivity", "UE CONTEXT RELEASE COMMAND", "RRCConnectionRequest", "ERROR INDICATION",
    "phone lost", "set-up refused", "radio lost", "radio back", "radio lost for good", "guard"};
enum { T_INACTIVITY, T_RADIO, T_GUARD };

static sim_time timer_of(const struct enb_ue *ue, enum timer_id id)
{
    return ue->enb->epc->timer[id];
}

/* Without the MME's identity there is no way to ask it: it has not answered the phone's first message. */
static bool is_unknown_to_mme(const struct fsm *f, const void *arg)
{
    (void)arg;
    return !ENB_CONST_UE_OF(f, release)->knows_mme;
}

static void release_phone(const struct enb_ue *ue)
{
    struct rrc_msg *m = enb_rrc_new(ue, RRC_connection_release);
    rrc_body(m, connection_release)->cause = RRC_RELEASE_OTHER;
    enb_send_rrc(ue, m);
}

static bool release(struct fsm *f, const void *arg)
{
    const struct enb_ue *ue = ENB_UE_OF(f, release);
    struct s1ap_msg *m = s1ap_new(ue->enb->epc->s1ap, S1AP_ue_context_release_complete);
    struct s1ap_ue_context_release_complete *b = s1ap_body(m, ue_context_release_complete);

    (void)arg;
    release_phone(ue);
    b->mme_id = ue->mme_id;
    b->enb_id = ue->id;
    enb_send_s1ap(ue->enb, m);
    return true;
}

static bool drop(struct fsm *f, const void *arg)
{
    (void)arg;
    release_phone(ENB_UE_OF(f, release));
    return true;
}

/* ---- inactivity -------------------------------------------------------------------------------------- */

static bool has_bearers(const struct enb_ue *ue)
{
    for (int i = 0; i < ENB_DRBS; i++)
        if (ue->erab[i])
            return true;
    return false;
}

/* A connection that serves signalling only is the MME's to release; it is not waited for without end. */
static bool watch(struct fsm *f, const void *arg)
{
    const struct enb_ue *ue = ENB_UE_OF(f, release);
    sim_time t = has_bearers(ue) ? timer_of(ue, TIMER_ENB_INACTIVITY) : ue->enb->cfg.guard;
    (void)arg;
    fsm_timer_stop(f, T_INACTIVITY);
    if (t > 0)
        fsm_timer_start(f, T_INACTIVITY, t);
    return true;
}

static bool has_gbr(const struct enb_ue *ue)
{
    for (int i = 0; i < ENB_DRBS; i++) {
        const struct enb_erab *e = ctx_find(&ue->enb->erabs, ue->erab[i]);
        if (e && (e->qos.gbr_ul || e->qos.gbr_dl))
            return true;
    }
    return false;
}

static bool is_kept(const struct fsm *f, const void *arg)
{
    const struct enb_ue *ue = ENB_CONST_UE_OF(f, release);
    (void)arg;
    return ue->request || (has_gbr(ue) && !ue->enb->cfg.release_gbr);
}

/* The MME, told of the failure already, is expected to release. */
static bool await_command(struct fsm *f, const void *arg)
{
    (void)arg;
    fsm_timer_start(f, T_GUARD, ENB_UE_OF(f, release)->enb->cfg.guard);
    return true;
}

static bool request_release(struct fsm *f, uint8_t cause)
{
    const struct enb_ue *ue = ENB_UE_OF(f, release);
    struct s1ap_msg *m = s1ap_new(ue->enb->epc->s1ap, S1AP_ue_context_release_request);
    struct s1ap_ue_context_release_request *b = s1ap_body(m, ue_context_release_request);

    b->mme_id = ue->mme_id;
    b->enb_id = ue->id;
    b->cause = cause;
    enb_send_s1ap(ue->enb, m);
    return await_command(f, NULL);
}

/* Nobody's action: a flow of its own. */
static bool request_inactive(struct fsm *f, const void *arg)
{
    (void)arg;
    sim_flow_begin(f->node->sim, ENB_UE_OF(f, release)->enb->epc->marks);
    return request_release(f, S1AP_CAUSE_USER_INACTIVITY);
}

/* ---- a phone that is lost ---------------------------------------------------------------------------- */

static bool listen_on(struct fsm *f, const void *arg)
{
    (void)arg;
    fsm_timer_start(f, T_RADIO, timer_of(ENB_UE_OF(f, release), TIMER_ENB_RADIO_LOST));
    return true;
}

static bool request_lost(struct fsm *f, const void *arg)
{
    (void)arg;
    return request_release(f, S1AP_CAUSE_CONNECTION_LOST);
}

/* Clauses from memory (unverified). */
static const struct fsm_row rows[] = {
    /*  in            on                  if                 do                then          on failure    clause */
    ROW(REL_NONE,     REL_OPEN,           NULL,              NULL,             REL_WATCHING, REL_NONE,     "TS 36.331 5.3.3"),
    ROW(REL_WATCHING, REL_TRAFFIC,        NULL,              watch,            REL_WATCHING, REL_WATCHING, "TS 23.401 5.3.5 step 1a"),
    ROW(REL_WATCHING, REL_TMR_INACTIVITY, is_kept,           watch,            REL_WATCHING, REL_WATCHING, "TS 23.401 5.3.5 step 1a"),
    ROW(REL_WATCHING, REL_TMR_INACTIVITY, is_unknown_to_mme, drop,             REL_NONE,     REL_NONE,     "TS 36.413 8.6.2.1"),
    ROW(REL_WATCHING, REL_TMR_INACTIVITY, NULL,              request_inactive, REL_ASKED,    REL_WATCHING, "TS 36.413 8.3.2.2"),
    ROW(REL_ASKED,    REL_TMR_GUARD,      NULL,              watch,            REL_WATCHING, REL_WATCHING, "TS 36.413 8.3.2.2"),
    ROW(REL_WATCHING, REL_LOST,           NULL,              request_lost,     REL_WAIT,     REL_NONE,     "TS 36.413 8.3.2.2"),
    ROW(REL_FADING,   REL_LOST,           NULL,              request_lost,     REL_WAIT,     REL_NONE,     "TS 36.413 8.3.2.2"),
    ROW(REL_WATCHING, REL_REFUSED,        NULL,              await_command,    REL_WAIT,     REL_NONE,     "TS 36.413 8.3.1.3"),
    ROW(REL_FADING,   REL_REFUSED,        NULL,              await_command,    REL_WAIT,     REL_NONE,     "TS 36.413 8.3.1.3"),
    ROW(REL_WATCHING, REL_RADIO_LOST,     NULL,              listen_on,        REL_FADING,   REL_NONE,     "TS 23.401 5.3.5 step 1a"),
    ROW(REL_FADING,   REL_RADIO_BACK,     NULL,              watch,            REL_WATCHING, REL_WATCHING, "TS 23.401 5.3.5 step 1a"),
    ROW(REL_FADING,   REL_TMR_RADIO,      is_unknown_to_mme, NULL,             REL_NONE,     REL_NONE,     "TS 36.413 8.6.2.1"),
    ROW(REL_FADING,   REL_TMR_RADIO,      NULL,              request_lost,     REL_WAIT,     REL_NONE,     "TS 36.413 8.3.2.2"),
    ROW(REL_WAIT,     REL_TMR_GUARD,      NULL,              NULL,             REL_NONE,     REL_NONE,     "TS 36.413 8.3.2.2"),
    ROW(FSM_ANY,      REL_RX_COMMAND,     NULL,              release,          REL_NONE,     REL_NONE,     "TS 36.413 8.3.3.2"),
    ROW(FSM_ANY,      REL_RX_NEW_REQUEST, NULL,              NULL,             REL_NONE,     REL_NONE,     "TS 36.331 5.3.3"),
    ROW(FSM_ANY,      REL_RX_ERROR,       NULL,              drop,             REL_NONE,     REL_NONE,     "TS 36.413 10.6"),
};
static const struct fsm_timer timers[] = {
    [T_INACTIVITY] = {"enb.inactivity", REL_TMR_INACTIVITY, 0, FSM_IN(REL_WATCHING)},
    [T_RADIO] = {"enb.radio-lost", REL_TMR_RADIO, 0, FSM_IN(REL_FADING)},
    [T_GUARD] = {"context release guard", REL_TMR_GUARD, 0, FSM_IN(REL_ASKED) | FSM_IN(REL_WAIT)},
};

/* The connection's end, which comes last, frees the context. */
static void ended(struct fsm *f)
{
    struct enb_ue *ue = ENB_UE_OF(f, release);
    fsm_event(&ue->erabs, ERAB_RELEASED, NULL);
    fsm_event(&ue->context, CTX_RELEASED, NULL);
    fsm_event(&ue->connection, CON_RELEASED, NULL);
}

struct fsm_def enb_release_def = {
    .name = "enb-release",
    .title = "UE context release at the eNB (TS 36.413 8.3.2, 8.3.3, TS 23.401 5.3.5)",
    .state_names = states, .nstates = REL_STATES, .event_names = events, .nevents = REL_EVENTS,
    .rows = rows, .nrows = G_N_ELEMENTS(rows), .timers = timers, .ntimers = G_N_ELEMENTS(timers),
    .policy = FSM_IGNORE, .ended = ended,
};

void enb_traffic(struct enb_ue *ue)
{
    if (ue->release.state == REL_WATCHING)
        fsm_event(&ue->release, REL_TRAFFIC, NULL);
}
