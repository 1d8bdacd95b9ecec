/* slots.c - waits for the instants at which something may happen on the air: occasions, time awake, paging
 * (see cell.h).
 *
 * Occasions of one kind are `offset` from the start of the cell's frames and a period apart; who comes at a
 * time that has nothing to do with them waits U(0, period). When slots are off, the wait is its mean at any
 * time. */
#include "models/access/cell_int.h"

/* Position of t in a period, from 0 on. */
static sim_time phase(const struct cell *c, sim_time t, sim_time period, sim_time offset)
{
    sim_time x = (t - c->start - offset) % period;
    return x < 0 ? x + period : x;
}

sim_time slot_wait(const struct cell *c, sim_time t, sim_time period, sim_time offset)
{
    if (!c->p.slots)
        return period / 2;
    sim_time x = phase(c, t, period, offset);
    return x ? period - x : 0;
}

/* A phone that sleeps listens for drx_on in each cycle. Of a random instant, (cycle - on) / cycle lie in its
 * sleep, and the wait is half of that time then. */
static sim_time until_cycle(const struct cell_phone *p, sim_time t)
{
    const struct access_params *a = &p->cell->p;
    sim_time asleep = a->drx_cycle - a->drx_on;
    if (!a->slots)
        return (sim_time)((double)asleep * (double)asleep / (2 * (double)a->drx_cycle) + 0.5);
    sim_time x = phase(p->cell, t, a->drx_cycle, p->drx_offset);
    return x < a->drx_on ? 0 : a->drx_cycle - x;
}

sim_time drx_wait(const struct cell_phone *p, sim_time t)
{
    if (!p->cell->p.drx || (t >= p->awake_from && t <= p->awake_until))
        return 0;
    sim_time wait = until_cycle(p, t);
    return t < p->awake_from ? MIN(wait, p->awake_from - t) : wait;
}

void drx_awake(struct cell_phone *p, sim_time from, sim_time last)
{
    if (p->cell->sim->now > p->awake_until)
        p->awake_from = from;
    p->awake_until = MAX(p->awake_until, last + p->cell->p.drx_inactivity);
}

sim_time cell_paging_wait(const struct cell *c, const struct access_paging *paging, uint16_t ue_id,
                          sim_time now)
{
    return c->p.slots ? access_paging_wait(paging, ue_id, now - c->start) : paging->cycle / 2;
}
