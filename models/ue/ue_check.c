/* ue_check.c - what the invariants ask of a phone on LTE (see models/check/check.h). */
#include "models/ue/ue_access_int.h"

const struct node *ue_access_enb(const struct ue_access *a)
{
    return a->cfg->enb;
}

/* A phone that has left waits for its connection to be released. */
bool ue_access_is_quiet(const struct ue_access *a)
{
    const struct ue_conn *c = a->conn;
    if (fsm_waits(&a->emm))
        return false;
    if (!c)
        return true;
    return ue_emm_registered(a) && !c->first && !c->request && !fsm_waits(&c->rrc) && !fsm_waits(&c->esm);
}
