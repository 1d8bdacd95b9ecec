/* scscf_unreg.c - a call to somebody who is not registered, at the S-CSCF (TS 24.229 5.4.3.3;
 * TS 29.228 6.1.2; sub-clauses unverified).
 *
 *   -> INVITE | SAR (UNREGISTERED_USER) -> HSS | <- SAA: profile |
 *       the filter criteria for an unregistered user; 480 behind them
 *   further calls meanwhile wait with the first; those that come later find the profile here
 *
 * How long the S-CSCF keeps the user is in scscf_reg.c, since the user may register at any time. */
#include "models/cscf/cscf_int.h"

bool scscf_find_called(struct pending *p)
{
    const struct scscf_user *u = scscf_user_find(p->cscf, p->served);
    bool registered = u && scscf_is_registered(u);
    p->profile = u ? u->profile : NULL;
    p->session_case = registered ? CASE_TERMINATING : CASE_TERMINATING_UNREGISTERED;
    return registered || (u && scscf_is_unregistered(u));
}

/* ---- rows of cscf.c ---------------------------------------------------------------------------------- */

bool scscf_ask_for_user(struct fsm *f, const void *arg)
{
    struct pending *p = pending_of(f);
    struct cscf *c = p->cscf;
    (void)arg;
    if (!c->cfg.hss)
        return cscf_refuse(p, 480);
    struct scscf_user *u = scscf_user_find(c, p->served);
    if (!u)
        u = scscf_user_new(c, p->served);
    if (!scscf_take_user(u))
        return cscf_refuse(p, 480);
    fsm_timer_start(f, PX_T_CX, c->world->sip->timer[TIMER_DIAMETER_TX]);
    cscf_wait(p, &u->waiting);
    return true;
}

bool scscf_got_no_user(const struct fsm *f, const void *arg)
{
    const struct dia_msg *saa = arg;
    (void)f;
    return saa && saa->result != DIA_SUCCESS;
}

bool scscf_refuse_user(struct fsm *f, const void *arg)
{
    (void)arg;
    return cscf_refuse(pending_of(f), 480);
}

bool scscf_serve_called(struct fsm *f, const void *arg)
{
    (void)arg;
    scscf_find_called(pending_of(f));
    return fsm_event(f, PX_EVALUATE, NULL);
}
