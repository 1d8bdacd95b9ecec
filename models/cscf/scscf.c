/* scscf.c - what an S-CSCF does with an initial request (TS 24.229 5.4.3).
 *
 *   originating: pops its Service-Route entry, names its network, Record-Route -> I-CSCF of the called domain
 *   terminating: Request-URI := registered contact, Route := Path, P-Called-Party-ID, Record-Route -> P-CSCF
 *
 * SIMPLIFIED: initial filter criteria are evaluated and trigger nothing (application servers come later). */
#include "models/cscf/cscf_int.h"

bool scscf_originating(struct fsm *f, const void *arg)
{
    struct pending *p = pending_of(f);
    struct cscf *c = p->cscf;
    struct sip_stack *sip = c->world->sip;
    struct sip_msg *m = p->work;
    (void)arg;
    sip_pop_route(sip, m);
    m->orig_ioi = c->cfg.domain + 1;
    sip_touch(m);
    sip_push_record_route(sip, m, c->core);
    if (m->ruri.kind != SIP_URI_IDENTITY)
        return cscf_refuse(p, 404);
    struct node *to = sip_host(sip, sip_party(sip, m->ruri.id)->domain)->node;
    if (to == f->node) {
        node_note(f->node, NOTE_TEXT, "the S-CSCF hands the request to the I-CSCF in its box", NULL);
        return fsm_event(f, PX_TO_I_CSCF, NULL);
    }
    return cscf_forward(p, to, 404);
}

bool scscf_terminating(struct fsm *f, const void *arg)
{
    struct pending *p = pending_of(f);
    struct cscf *c = p->cscf;
    struct sip_stack *sip = c->world->sip;
    struct sip_msg *m = p->work;
    (void)arg;
    if (m->route && sip_uri_node(sip, m->route->uri) == f->node)
        sip_pop_route(sip, m);
    uint32_t party = m->ruri.id;
    const struct scscf_user *u = m->ruri.kind == SIP_URI_IDENTITY ? scscf_user_find(c, party) : NULL;
    if (!u || !scscf_is_registered(u))
        return cscf_refuse(p, 480);
    m->called_party = party + 1;
    m->ruri = (struct sip_uri){.kind = SIP_URI_CONTACT, .id = party};
    sip_touch(m);
    sip_push_route(sip, m, u->path->uri);
    sip_push_record_route(sip, m, c->core);
    return cscf_forward(p, sip_uri_node(sip, u->path->uri), 480);
}
