/* mme_rest.c - UE contexts of idle phones: nearly all of a million at any time, so they have to be small.
 *
 * What goes on for a phone, its machines and lists, is made when something begins, and given back when the phone is idle
 * and all is over. What can be told from nothing, such as that a phone at rest is registered, is kept nowhere. */
#include "models/mme/mme_int.h"

void mme_wake(struct mme_ue *u)
{
    struct node *n = u->mme->node;
    struct mme_work *w;
    if (u->work)
        return;
    w = u->work = slab_alloc0(&u->mme->works, NULL);
    w->ue = u;
    fsm_start(&w->attach, &mme_attach_def, n);
    fsm_start(&w->auth, &mme_auth_def, n);
    fsm_start(&w->detach, &mme_detach_def, n);
    fsm_start(&w->release, &mme_release_def, n);
    fsm_start(&w->service, &mme_service_def, n);
    fsm_start(&w->paging, &mme_paging_def, n);
    fsm_start(&w->tau, &mme_tau_def, n);
    if (u->imsi) /* it was at rest */
        fsm_place(&w->attach, MA_REGISTERED);
}

void mme_work_free(struct mme_ue *u)
{
    struct mme_work *w = u->work;
    struct net *net = u->mme->epc->net;
    fsm_stop(&w->attach);
    fsm_stop(&w->auth);
    fsm_stop(&w->detach);
    fsm_stop(&w->release);
    fsm_stop(&w->service);
    fsm_stop(&w->paging);
    fsm_stop(&w->tau);
    while (w->jobs)
        mme_job_free(w->jobs);
    while (w->asks)
        mme_ask_free(w->asks);
    mme_requests_free(u);
    mme_held_free(u);
    for (int i = 0; i < MME_KEPT; i++)
        if (w->kept[i])
            msg_unref(net, &w->kept[i]->m);
    mme_entry_free(u);
    mme_drop(u->mme, &w->accept);
    slab_free(&u->mme->works, w);
    u->work = NULL;
}

static bool rests(const struct fsm *f, uint8_t state)
{
    return f->state == state && f->depth == 0;
}

static bool is_at_rest(const struct mme_ue *u)
{
    const struct mme_work *w = u->work;
    bool machines = rests(&w->attach, MA_REGISTERED) && rests(&w->auth, FSM_END) && rests(&w->detach, FSM_END) &&
                    rests(&w->release, FSM_END) && rests(&w->service, FSM_END) && rests(&w->paging, FSM_END) &&
                    rests(&w->tau, FSM_END);
    return machines && !u->connected && !w->leaving && !w->jobs && !w->asks && !w->requests && !w->held && mme_pdns_rest(u);
}

void mme_doze(struct mme_ue *u)
{
    if (u->work && is_at_rest(u))
        mme_work_free(u);
}
