/* enb_release.c - the end of a phone's context at the eNB (TS 36.413 8.3.2, 8.3.3; TS 36.331 5.3.8).
 *
 *   MME -> UE CONTEXT RELEASE COMMAND | RRCConnectionRelease -> UE | UE CONTEXT RELEASE COMPLETE -> MME
 *   a phone that does not answer: UE CONTEXT RELEASE REQUEST -> MME, which then commands
 *   a phone that asks for a new connection: the old context goes without a word
 *
 * Whenever this machine comes to its end state, all that belongs to the phone is gone. An MME that does not
 * command is not waited for longer than the guard time. */
#include "models/enb/enb_int.h"

enum { REL_NONE, REL_WAIT, REL_STATES };
static const char *const states[] = {"none", "wait command"};
static const char *const events[] = {"UE CONTEXT RELEASE COMMAND", "RRCConnectionRequest", "phone lost",
                                     "set-up refused", "guard"};
enum { T_GUARD };

static bool release(struct fsm *f, const void *arg)
{
    const struct enb_ue *ue = ENB_UE_OF(f, release);
    struct rrc_msg *r = enb_rrc_new(ue, RRC_connection_release);
    struct s1ap_msg *m = s1ap_new(ue->enb->epc->s1ap, S1AP_ue_context_release_complete);
    struct s1ap_ue_context_release_complete *b = s1ap_body(m, ue_context_release_complete);

    (void)arg;
    rrc_body(r, connection_release)->cause = RRC_RELEASE_OTHER;
    enb_send_rrc(ue, r);
    b->mme_id = ue->mme_id;
    b->enb_id = ue->id;
    enb_send_s1ap(ue->enb, m);
    return true;
}

/* The MME, told of the failure already, is expected to release. */
static bool await_command(struct fsm *f, const void *arg)
{
    (void)arg;
    fsm_timer_start(f, T_GUARD, ENB_UE_OF(f, release)->enb->cfg.guard);
    return true;
}

static bool request_release(struct fsm *f, const void *arg)
{
    const struct enb_ue *ue = ENB_UE_OF(f, release);
    struct s1ap_msg *m = s1ap_new(ue->enb->epc->s1ap, S1AP_ue_context_release_request);
    struct s1ap_ue_context_release_request *b = s1ap_body(m, ue_context_release_request);

    b->mme_id = ue->mme_id;
    b->enb_id = ue->id;
    b->cause = S1AP_CAUSE_CONNECTION_LOST;
    enb_send_s1ap(ue->enb, m);
    return await_command(f, arg);
}

/* Clauses from memory (unverified). */
static const struct fsm_row rows[] = {
    /*  in        on                  if    do               then      on failure clause */
    ROW(REL_NONE, REL_RX_COMMAND,     NULL, release,         REL_NONE, REL_NONE,  "TS 36.413 8.3.3.2"),
    ROW(REL_NONE, REL_RX_NEW_REQUEST, NULL, NULL,            REL_NONE, REL_NONE,  "TS 36.331 5.3.3"),
    ROW(REL_NONE, REL_LOST,           NULL, request_release, REL_WAIT, REL_NONE,  "TS 36.413 8.3.2.2"),
    ROW(REL_NONE, REL_REFUSED,        NULL, await_command,   REL_WAIT, REL_NONE,  "TS 36.413 8.3.1.3"),
    ROW(REL_WAIT, REL_RX_COMMAND,     NULL, release,         REL_NONE, REL_NONE,  "TS 36.413 8.3.3.2"),
    ROW(REL_WAIT, REL_RX_NEW_REQUEST, NULL, NULL,            REL_NONE, REL_NONE,  "TS 36.331 5.3.3"),
    ROW(REL_WAIT, REL_TMR_GUARD,      NULL, NULL,            REL_NONE, REL_NONE,  "TS 36.413 8.3.2.2"),
};
static const struct fsm_timer timers[] = {
    [T_GUARD] = {"context release guard", REL_TMR_GUARD, 0, FSM_IN(REL_WAIT)},
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
    .title = "UE context release at the eNB (TS 36.413 8.3.2, 8.3.3)",
    .state_names = states, .nstates = REL_STATES, .event_names = events, .nevents = REL_EVENTS,
    .rows = rows, .nrows = G_N_ELEMENTS(rows), .timers = timers, .ntimers = G_N_ELEMENTS(timers),
    .policy = FSM_IGNORE, .ended = ended,
};
