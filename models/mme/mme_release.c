/* mme_release.c - the MME gives up the S1 connection of a phone (TS 36.413 8.3.3), and with it
 *                 the UE context.
 *
 *   UE CONTEXT RELEASE COMMAND -> | COMPLETE: gone
 *
 * SIMPLIFIED: the command ends detach and refused attach only; idle mode, which keeps the context, comes
 * later. S1AP has no timer of its own here: the MME waits as long as for an answer on S11, with its
 * repetitions. */
#include "models/mme/mme_int.h"

enum { MR_END, MR_WAIT_COMPLETE, MR_STATES };
enum { MR_T_GUARD };
static const char *const states[] = {"end", "wait complete"};
static const char *const events[] = {"release", "UE CONTEXT RELEASE COMPLETE", "guard timer"};

static struct mme_ue *ue_of(struct fsm *f)
{
    return (struct mme_ue *)(void *)((char *)f - offsetof(struct mme_ue, release));
}

static bool command(struct fsm *f, const void *arg)
{
    struct mme_ue *u = ue_of(f);
    struct s1ap_msg *m = s1ap_new(u->mme->epc->s1ap, S1AP_ue_context_release_command);
    struct s1ap_ue_context_release_command *b = s1ap_body(m, ue_context_release_command);
    (void)arg;
    MME_IDS(u, b);
    b->cause = u->release_cause;
    fsm_timer_start(f, MR_T_GUARD, MME_N3 * mme_timer(u, TIMER_GTP_T3));
    mme_send_s1ap(u, m);
    return true;
}

static const struct fsm_row rows[] = {
    /*  in                on              if    do       then              on failure  clause             */
    ROW(MR_END,           MR_RELEASE,     NULL, command, MR_WAIT_COMPLETE, MR_END,     "TS 36.413 8.3.3.2"),
    ROW(MR_WAIT_COMPLETE, MR_RX_COMPLETE, NULL, NULL,    MR_END,           MR_END,     "TS 36.413 8.3.3.2"),
    ROW(MR_WAIT_COMPLETE, MR_TMR,         NULL, NULL,    MR_END,           MR_END,     "TS 36.413 8.3.3.3"),
};
static const struct fsm_timer timers[] = {
    [MR_T_GUARD] = {"S1 release", MR_TMR, 0, FSM_IN(MR_WAIT_COMPLETE)},
};

static void ended(struct fsm *f)
{
    mme_ue_free(ue_of(f));
}

struct fsm_def mme_release_def = {
    .name = "mme-release",
    .title = "Release of a phone's S1 connection by the MME (TS 36.413 8.3.3)",
    .state_names = states, .nstates = MR_STATES, .event_names = events, .nevents = MR_EVENTS,
    .rows = rows, .nrows = G_N_ELEMENTS(rows), .timers = timers, .ntimers = G_N_ELEMENTS(timers),
    .policy = FSM_IGNORE, .ended = ended,
};

void mme_release(struct mme_ue *u, uint16_t cause)
{
    if (u->release.state != MR_END)
        return;
    u->release_cause = cause;
    fsm_event(&u->release, MR_RELEASE, NULL);
}
