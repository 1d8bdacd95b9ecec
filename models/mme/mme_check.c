/* mme_check.c - what the invariants ask of an MME (see models/check/check.h). */
#include "models/mme/mme_int.h"

static const struct mme_ue *find(const struct node *n, uint64_t imsi)
{
    const struct mme *mme = n->self;
    return ctx_find(&mme->ues, idmap_get(&mme->by_imsi, imsi));
}

bool mme_has(const struct node *n, uint64_t imsi)
{
    return find(n, imsi) != NULL;
}

static bool procedures_are_quiet(const struct mme_work *w)
{
    bool settled = w->attach.state == MA_END || w->attach.state == MA_REGISTERED;
    return settled && w->auth.state == FSM_END && w->detach.state == FSM_END && w->release.state == FSM_END &&
           w->service.state == FSM_END && w->paging.state == FSM_END && w->tau.state == FSM_END && !w->entry && !w->jobs && !w->asks &&
           !w->requests && !w->held;
}

bool mme_is_quiet(const struct node *n, uint64_t imsi)
{
    const struct mme_ue *u = find(n, imsi);
    bool quiet = !u || !u->work || procedures_are_quiet(u->work);
    for (const struct mme_pdn *p = u ? u->pdns : NULL; p && quiet; p = p->next)
        quiet = mme_pdn_is_up(p);
    for (const struct mme_bearer *b = u ? u->bearers : NULL; b && quiet; b = b->next)
        quiet = mme_bearer_is_active(b);
    return quiet;
}
