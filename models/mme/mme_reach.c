/* mme_reach.c - how long an idle phone is taken to be there (TS 24.301 5.3.5; clause unverified)
 *
 *   idle -> mobile reachable timer -> not paged any more -> implicit detach timer -> detached
 *
 * Any first message of the phone ends this. The timers are longer than T3412, by which a phone reports: they only fire for a
 * phone that is not there. A million of them wait at once (sim/waitlist.h). With T3412 switched off they do not run. */
#include "models/mme/mme_int.h"

void mme_reach_begin(struct mme_ue *u, sim_time since)
{
    sim_time t3412 = mme_timer(u, TIMER_NAS_T3412);
    if (t3412 > 0)
        waitlist_start(&u->mme->reachable, u, since + t3412 + mme_timer(u, TIMER_NAS_REACHABLE));
}

void mme_reach_end(struct mme_ue *u)
{
    waitlist_stop(u->unreachable ? &u->mme->leaving : &u->mme->reachable, u);
    u->unreachable = false;
}

static void not_reachable(struct sim *sim, void *item)
{
    struct mme_ue *u = item;
    u->unreachable = true;
    waitlist_start(&u->mme->leaving, u, sim->now + mme_timer(u, TIMER_NAS_IMPLICIT_DETACH));
}

/* Nobody's action: a flow of its own. */
static void detach(struct sim *sim, void *item)
{
    struct mme_ue *u = item;
    sim_flow_begin(sim, u->mme->epc->marks);
    mme_wake(u);
    fsm_event(&u->work->detach, MD_IMPLICIT, NULL);
}

void mme_reach_new(struct mme *mme)
{
    waitlist_init(&mme->reachable, mme->node->sim, &mme->ues.slab, offsetof(struct mme_ue, wait), not_reachable);
    waitlist_init(&mme->leaving, mme->node->sim, &mme->ues.slab, offsetof(struct mme_ue, wait), detach);
}

void mme_reach_free(struct mme *mme)
{
    waitlist_clear(&mme->reachable);
    waitlist_clear(&mme->leaving);
}
