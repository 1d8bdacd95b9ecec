/* mme_release.c - release of a phone's S1 connection (TS 23.401 5.3.5, TS 36.413 8.3.2, 8.3.3), after which the phone is in
 *                 idle mode, or its UE context gone.
 *
 *   eNB -> UE CONTEXT RELEASE REQUEST -> Release Access Bearers Request -> S-GW | Response
 *       -> UE CONTEXT RELEASE COMMAND -> | COMPLETE: idle
 *   the MME itself, after detach, refusal or an update without data: COMMAND -> | COMPLETE
 *   lost radio connection: then the GBR bearers go as well, by Delete Bearer Command
 *
 * An eNB that asks for the release of a phone that the MME has work for gets no command: it will ask again. S1AP has no
 * timer of its own here: the MME waits as long as for an answer on S11, with its repetitions. The clauses are from the
 * standards' contents, unverified. */
#include "models/mme/mme_int.h"

enum { MR_T_GUARD };
static const char *const states[] = {"end", "releasing bearers", "wait complete"};
static const char *const events[] = {"UE CONTEXT RELEASE REQUEST", "release", "Release Access Bearers Response", "no answer",
                                     "UE CONTEXT RELEASE COMPLETE", "guard timer", "replaced by another connection"};

static struct mme_ue *ue_of(struct fsm *f)
{
    return ((struct mme_work *)(void *)((char *)f - offsetof(struct mme_work, release)))->ue;
}
static const struct mme_ue *const_ue_of(const struct fsm *f)
{
    return ((const struct mme_work *)(const void *)((const char *)f - offsetof(struct mme_work, release)))->ue;
}

static uint8_t cause_of(const void *arg)
{
    return (uint8_t)s1ap_body((const struct s1ap_msg *)arg, ue_context_release_request)->cause;
}

/* ---- guards ----------------------------------------------------------------------------------------- */

static bool is_wanted(const struct fsm *f, const void *arg)
{
    const struct mme_ue *u = const_ue_of(f);
    return cause_of(arg) == S1AP_CAUSE_USER_INACTIVITY && (u->work->jobs || u->work->asks || u->work->held || !mme_pdns_rest(u) || u->work->service.state != SV_END);
}

static bool is_not_registered(const struct fsm *f, const void *arg)
{
    (void)arg;
    return !mme_ue_is_registered(const_ue_of(f));
}

void mme_abandon(struct mme_ue *u)
{
    if (u->work->service.state != SV_END) {
        fsm_event(&u->work->auth, AU_STOP, NULL);
        fsm_event(&u->work->service, SV_STOP, NULL);
    }
    if (u->work->tau.state != TU_END)
        fsm_event(&u->work->tau, TU_STOP, NULL);
    mme_bearers_abort(u);
    mme_pdns_disconnected(u);
    mme_asks_stop(u);
}

/* ---- what the MME does ------------------------------------------------------------------------------ */

static bool free_access(struct fsm *f, const void *arg)
{
    struct mme_ue *u = ue_of(f);
    u->work->release_cause = cause_of(arg);
    u->work->radio_lost = cause_of(arg) == S1AP_CAUSE_CONNECTION_LOST;
    mme_abandon(u);
    mme_request_release(u);
    return true;
}

/* Whatever was begun is not finished any more. */
static bool give_up(struct fsm *f, const void *arg)
{
    struct mme_ue *u = ue_of(f);
    (void)arg;
    fsm_event(&u->work->detach, MD_IMPLICIT, NULL);
    return true;
}

static bool command(struct fsm *f, const void *arg)
{
    struct mme_ue *u = ue_of(f);
    struct s1ap_msg *m = s1ap_new(u->mme->epc->s1ap, S1AP_ue_context_release_command);
    struct s1ap_ue_context_release_command *b = s1ap_body(m, ue_context_release_command);
    (void)arg;
    MME_IDS(u, b);
    b->cause = u->work->release_cause;
    fsm_timer_start(f, MR_T_GUARD, MME_N3 * mme_timer(u, TIMER_GTP_T3));
    mme_send_s1ap(u, m);
    return true;
}

static void forget_connection(struct mme_ue *u)
{
    mme_abandon(u);
    u->connected = false;
    u->enb_id = 0;
    for (struct mme_bearer *b = u->bearers; b; b = b->next)
        b->enb = (struct ie_fteid){0};
}

static bool disconnect(struct fsm *f, const void *arg)
{
    (void)arg;
    forget_connection(ue_of(f));
    return true;
}

static const struct fsm_row rows[] = {
    /*  in                on              if                 do           then              on failure  clause             */
    ROW(MR_END,           MR_RX_REQUEST,  is_wanted,         NULL,        MR_END,           MR_END,     "TS 36.413 8.3.2.2"),
    ROW(MR_END,           MR_RX_REQUEST,  is_not_registered, give_up,     FSM_STAY,         MR_END,     "TS 24.301 5.5.1.2.7 a"),
    ROW(MR_END,           MR_RX_REQUEST,  NULL,              free_access, MR_WAIT_SGW,      MR_END,     "TS 23.401 5.3.5 step 2"),
    ROW(MR_END,           MR_RELEASE,     NULL,              command,     MR_WAIT_COMPLETE, MR_END,     "TS 36.413 8.3.3.2"),
    ROW(MR_WAIT_SGW,      MR_RX_RELEASED, NULL,              command,     MR_WAIT_COMPLETE, MR_END,     "TS 23.401 5.3.5 step 4"),
    ROW(MR_WAIT_SGW,      MR_NO_ANSWER,   NULL,              command,     MR_WAIT_COMPLETE, MR_END,     "TS 29.274 7.6"),
    ROW(MR_WAIT_SGW,      MR_RELEASE,     NULL,              command,     MR_WAIT_COMPLETE, MR_END,     "TS 36.413 8.3.3.2"),
    ROW(MR_WAIT_COMPLETE, MR_RX_COMPLETE, NULL,              disconnect,  MR_END,           MR_END,     "TS 23.401 5.3.5 step 6"),
    ROW(MR_WAIT_COMPLETE, MR_TMR,         NULL,              disconnect,  MR_END,           MR_END,     "TS 36.413 8.3.3.3"),
    ROW(MR_WAIT_SGW,      MR_REPLACED,    NULL,              NULL,        MR_END,           MR_END,     "TS 23.401 5.3.4.1"),
    ROW(MR_WAIT_COMPLETE, MR_REPLACED,    NULL,              NULL,        MR_END,           MR_END,     "TS 23.401 5.3.4.1"),
};
static const struct fsm_timer timers[] = {
    [MR_T_GUARD] = {"S1 release", MR_TMR, 0, FSM_IN(MR_WAIT_COMPLETE)},
};

/* TS 23.401 5.3.5: GBR bearers outlive a release for inactivity, not the loss of the radio connection. */
static void delete_gbr(struct mme_ue *u)
{
    for (const struct mme_bearer *b = u->bearers; b; b = b->next)
        if (b->qos.gbr_ul || b->qos.gbr_dl)
            mme_command_delete(u, b->ebi);
    u->work->radio_lost = false;
}

/* Idle now, unless the phone leaves or has come back meanwhile. */
static void ended(struct fsm *f)
{
    struct mme_ue *u = ue_of(f);
    if (u->work->leaving) {
        if (!u->connected)
            mme_ue_free(u);
        return;
    }
    if (u->connected)
        return;
    mme_reach_begin(u, f->node->sim->now);
    if (u->work->radio_lost)
        delete_gbr(u);
    fsm_event(&u->work->paging, PG_IDLE, NULL);
    if (u->work->held || u->work->notified)
        fsm_event(&u->work->paging, PG_NEEDED, NULL);
    mme_doze(u);
}

struct fsm_def mme_release_def = {
    .name = "mme-release",
    .title = "Release of a phone's S1 connection by the MME (TS 23.401 5.3.5, TS 36.413 8.3.3)",
    .state_names = states, .nstates = MR_STATES, .event_names = events, .nevents = MR_EVENTS,
    .rows = rows, .nrows = G_N_ELEMENTS(rows), .timers = timers, .ntimers = G_N_ELEMENTS(timers),
    .policy = FSM_IGNORE, .ended = ended,
};

void mme_release_warm(struct mme_ue *u)
{
    forget_connection(u);
}

/* A phone without a connection is forgotten when its last procedure, detach, has ended. */
void mme_release(struct mme_ue *u, uint16_t cause)
{
    u->work->leaving = true;
    if (u->connected)
        mme_release_connection(u, cause);
}

void mme_release_connection(struct mme_ue *u, uint16_t cause)
{
    if (u->work->release.state == MR_WAIT_COMPLETE)
        return;
    u->work->release_cause = cause;
    fsm_event(&u->work->release, MR_RELEASE, NULL);
}

bool mme_is_usable(const struct mme_ue *u)
{
    return u->connected && u->work->release.state == MR_END;
}
