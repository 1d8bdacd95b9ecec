/* cscf_wait.c - requests that wait for one answer from somebody else: the first has asked for it.
 *
 * What happens to each after the answer belongs to its own call, and its waterfall shows that it was held. */
#include "models/cscf/cscf_int.h"

#include "sim/cause.h"

void cscf_wait(struct pending *p, struct pending **list)
{
    while (*list)
        list = &(*list)->next_waiting;
    *list = p;
    p->waits_at = list;
    p->next_waiting = NULL;
    p->flow = p->fsm.node->sim->flow;
    p->held_cause = p->fsm.node->sim->cause;
}

void cscf_stop_waiting(struct pending *p)
{
    *p->waits_at = p->next_waiting;
    if (p->next_waiting)
        p->next_waiting->waits_at = p->waits_at;
    p->waits_at = NULL;
}

void cscf_resume(struct pending **list, uint8_t event, const void *arg)
{
    while (*list) {
        struct pending *p = *list;
        struct sim *sim = p->fsm.node->sim;
        sim_flow asker = sim->flow;
        cscf_stop_waiting(p);
        if (p->flow != asker) {
            sim->flow = p->flow;
            cause_held(sim, p->held_cause);
        }
        fsm_event(&p->fsm, event, arg);
        sim->flow = asker;
    }
}
