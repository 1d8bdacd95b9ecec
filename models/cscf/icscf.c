/* icscf.c - what an I-CSCF does with an initial request (TS 24.229 5.3.2; TS 29.228 6.1.4).
 *
 *   -> INVITE | LIR -> HSS | <- LIA: Server-Name | Route: S-CSCF -> ; unknown: 404; not registered: 480 */
#include "models/cscf/cscf_int.h"

bool icscf_query(struct fsm *f, const void *arg)
{
    struct pending *p = pending_of(f);
    struct cscf *c = p->cscf;
    (void)arg;
    if (!c->cfg.hss || p->work->ruri.kind != SIP_URI_IDENTITY)
        return cscf_refuse(p, 404);
    struct dia_msg *m = dia_new(c->world->dia, DIA_LIR);
    m->session = p->id;
    m->party = p->work->ruri.id;
    m->origin = c->cfg.host;
    m->realm = m->to_realm = c->cfg.domain;
    dia_seal(c->world->dia, m);
    fsm_timer_start(f, PX_T_CX, c->world->sip->timer[TIMER_DIAMETER_TX]);
    node_send(f->node, c->cfg.hss, IFACE_CX, &m->m);
    return true;
}

bool icscf_is_unknown(const struct fsm *f, const void *arg)
{
    (void)f;
    return ((const struct dia_msg *)arg)->result == DIA_ERROR_USER_UNKNOWN;
}

bool icscf_is_unregistered(const struct fsm *f, const void *arg)
{
    (void)f;
    return ((const struct dia_msg *)arg)->server == 0;
}

bool icscf_user_unknown(struct fsm *f, const void *arg)
{
    (void)arg;
    return cscf_refuse(pending_of(f), 404);
}

bool icscf_not_registered(struct fsm *f, const void *arg)
{
    (void)arg;
    return cscf_refuse(pending_of(f), 480);
}

bool icscf_no_answer(struct fsm *f, const void *arg)
{
    (void)arg;
    return cscf_refuse(pending_of(f), 504);
}

bool icscf_to_scscf(struct fsm *f, const void *arg)
{
    struct pending *p = pending_of(f);
    struct sip_stack *sip = p->cscf->world->sip;
    struct sip_uri s_cscf = {.kind = SIP_URI_HOST, .flags = SIP_LR, .id = ((const struct dia_msg *)arg)->server - 1};
    struct node *to = sip_uri_node(sip, s_cscf);
    if (to == f->node) {
        node_note(f->node, NOTE_TEXT, "the I-CSCF hands the request to the S-CSCF in its box", NULL);
        return fsm_event(f, PX_TO_S_CSCF, NULL);
    }
    sip_push_route(sip, p->work, s_cscf);
    return cscf_forward(p, to, 404);
}
