/* enb_check.c - what the invariants ask of an eNB (see models/check/check.h). */
#include "models/enb/enb_int.h"

static const struct enb_ue *find(const struct node *n, const struct node *phone)
{
    const struct enb *enb = n->self;
    return ctx_find(&enb->ues, idmap_get(&enb->by_phone, phone->id + UINT64_C(1)));
}

bool enb_has(const struct node *n, const struct node *phone)
{
    return find(n, phone) != NULL;
}

bool enb_is_quiet(const struct node *n, const struct node *phone)
{
    const struct enb_ue *ue = find(n, phone);
    return !ue || (!ue->request && g_queue_is_empty((GQueue *)(uintptr_t)&ue->waiting) &&
                   !fsm_waits(&ue->connection) && !fsm_waits(&ue->context) && !fsm_waits(&ue->erabs) &&
                   !fsm_waits(&ue->release));
}
