/* ue_check.c - what the invariants ask of a phone on LTE (see models/check/check.h). */
#include "models/ue/ue_access_int.h"

struct node *ue_access_enb(const struct ue_access *a)
{
    return a->cfg->enb;
}

static bool has_dedicated(const struct ue_access *a)
{
    for (const struct ue_bearer *b = a->bearers; b; b = b->next)
        if (b->linked)
            return true;
    return false;
}

/* A phone that has left waits for its connection to be released. One without coverage, or power, does not know what goes on;
 * an idle one may have lost dedicated bearers, which it learns when it is connected again. */
bool ue_access_is_quiet(const struct ue_access *a)
{
    const struct ue_conn *c = a->conn;
    if (fsm_waits(&a->emm) || a->service || a->no_radio)
        return false;
    if (!c)
        return !has_dedicated(a);
    return ue_emm_registered(a) && !c->first && !c->request && !fsm_waits(&c->rrc) && !fsm_waits(&c->esm);
}
