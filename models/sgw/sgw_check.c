/* sgw_check.c - what the invariants ask of an S-GW (see models/check/check.h). */
#include "models/sgw/sgw_int.h"

bool sgw_has(const struct node *n, uint64_t imsi)
{
    return sgw_ue_by_imsi(n->self, imsi) != NULL;
}

bool sgw_is_quiet(const struct node *n, uint64_t imsi)
{
    const struct sgw_ue *ue = sgw_ue_by_imsi(n->self, imsi);
    return !ue || (!ue->relays && !ue->buffer);
}
