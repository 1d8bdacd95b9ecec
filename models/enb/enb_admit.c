/* enb_admit.c - admission of bearers with a guaranteed bit rate (TS 36.413 8.2.1.2, 8.2.2.2), where the cell
 * has a radio.
 *
 * A bearer takes its share of the cell's channels from its admission until its release; one that does not fit
 * is refused with "radio resources not available".
 *
 * SIMPLIFIED: nobody is pre-empted (ARP); the phone's quality at the time of admission counts; no share is
 * kept for phones that come from other cells. */
#include "models/enb/enb_int.h"

#include "models/uu.h"

static struct cell_shares need_of(const struct enb_ue *ue, struct cell *cell, const struct ie_qos *qos)
{
    const struct cell_phone *phone = uu_phone(ue->enb->epc->uu, ue->phone, ue->enb->node);
    return cell_need(cell, phone->cqi, qos->qci == 1, qos->gbr_ul, qos->gbr_dl);
}

bool enb_admit(const struct enb_ue *ue, struct enb_erab *e, const struct ie_qos *qos)
{
    struct cell *cell = uu_cell(ue->enb->epc->uu, ue->enb->node);

    if (!cell || (!qos->gbr_ul && !qos->gbr_dl))
        return true;
    struct cell_shares need = need_of(ue, cell, qos);
    if (!(e->admitted ? cell_change(cell, e->shares, need) : cell_admit(cell, need)))
        return false;
    e->admitted = true;
    e->shares = need;
    return true;
}

void enb_give_back(const struct enb *enb, struct enb_erab *e)
{
    if (e->admitted)
        cell_release(uu_cell(enb->epc->uu, enb->node), e->shares);
    e->admitted = false;
}
