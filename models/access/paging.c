/* paging.c - paging frames and occasions (see paging.h). */
#include "models/access/paging.h"

#define MAX(a, b) ((a) > (b) ? (a) : (b))
#define MIN(a, b) ((a) < (b) ? (a) : (b))

/* Subframe of occasion i_s, by the number of occasions in a paging frame (FDD). */
static unsigned subframe(unsigned ns, unsigned i_s)
{
    static const uint8_t two[] = {4, 9}, four[] = {0, 4, 5, 9};
    return ns == 1 ? 9 : ns == 2 ? two[i_s] : four[i_s];
}

sim_time access_paging_wait(const struct access_paging *cell, uint32_t ue_id, sim_time now)
{
    if (cell->cycle == 0)
        return 0;
    uint32_t t = (uint32_t)(cell->cycle / ACCESS_FRAME), nb = MAX(t * (uint32_t)cell->nb / 32, 1);
    uint32_t n = MIN(t, nb), ns = MAX(1, nb / t);
    uint32_t frame = t / n * (ue_id % n), i_s = ue_id / n % ns;
    sim_time cycle = t * ACCESS_FRAME, at = frame * ACCESS_FRAME + subframe(ns, i_s) * ACCESS_SUBFRAME;
    sim_time wait = (at - now % cycle) % cycle;
    return wait < 0 ? wait + cycle : wait;
}
