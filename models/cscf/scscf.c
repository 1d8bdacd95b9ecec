/* scscf.c - what an S-CSCF does with an initial request (TS 24.229 5.4.3).
 *
 *   originating: pops its Service-Route entry, names its network, Record-Route |
 *                filter criteria (scscf_isc.c) | a telephone number becomes a SIP URI (scscf_enum.c) |
 *                -> I-CSCF of the called domain (cscf_dns.c)
 *   terminating: Record-Route | the called user is here, or the HSS is asked for it (scscf_unreg.c) |
 *                filter criteria | Request-URI := registered contact, Route := Path,
 *                P-Called-Party-ID -> P-CSCF; not registered: 480 */
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
    p->served = m->asserted_id ? m->asserted_id - 1 : m->from.id;
    p->session_case = CASE_ORIGINATING;
    const struct scscf_user *u = scscf_user_find(c, p->served);
    p->profile = u && scscf_is_registered(u) ? u->profile : NULL;
    return fsm_event(f, PX_EVALUATE, NULL);
}

bool scscf_serves_caller(const struct fsm *f, const void *arg)
{
    (void)arg;
    return const_pending_of(f)->session_case == CASE_ORIGINATING;
}

bool scscf_route_on(struct fsm *f, const void *arg)
{
    struct pending *p = pending_of(f);
    struct sip_stack *sip = p->cscf->world->sip;
    (void)arg;
    if (p->work->ruri.kind != SIP_URI_IDENTITY)
        return cscf_refuse(p, 404);
    struct node *to = sip_host(sip, sip_party(sip, p->work->ruri.id)->domain)->node;
    if (to == f->node) {
        node_note(f->node, NOTE_TEXT, "the S-CSCF hands the request to the I-CSCF in its box", NULL);
        return fsm_event(f, PX_TO_I_CSCF, NULL);
    }
    return cscf_forward_to_domain(p, sip_party(sip, p->work->ruri.id)->domain, 404);
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
    if (m->ruri.kind != SIP_URI_IDENTITY)
        return cscf_refuse(p, 480);
    sip_push_record_route(sip, m, c->core);
    p->served = m->ruri.id;
    return fsm_event(f, scscf_find_called(p) ? PX_EVALUATE : PX_TAKE_USER, NULL);
}

bool scscf_deliver(struct fsm *f, const void *arg)
{
    struct pending *p = pending_of(f);
    struct cscf *c = p->cscf;
    struct sip_stack *sip = c->world->sip;
    struct sip_msg *m = p->work;
    const struct scscf_user *u = scscf_user_find(c, p->served);
    (void)arg;
    if (!u || !scscf_is_registered(u))
        return cscf_refuse(p, 480);
    m->called_party = p->served + 1;
    m->ruri = (struct sip_uri){.kind = SIP_URI_CONTACT, .id = p->served};
    sip_touch(m);
    sip_push_route(sip, m, u->path->uri);
    return cscf_forward(p, sip_uri_node(sip, u->path->uri), 480);
}
