/* pcscf.c - what a P-CSCF does with a request (TS 24.229 5.2).
 *
 *   phone -> INVITE | checks the Route, asserts the identity, ends the security agreement, Record-Route -> S-CSCF
 *   S-CSCF -> INVITE | pops the Path entry, Record-Route with its face towards the phone -> phone
 *   responses: its own Record-Route entry shows each side the face it can use; the preferred identity of
 *   the called phone becomes the asserted one */
#include "models/cscf/cscf_int.h"

/* P-Preferred-Identity -> P-Asserted-Identity (TS 24.229 5.2.6.3.2A, unverified sub-clause). */
static void assert_identity(struct sip_msg *m)
{
    m->asserted_id = m->preferred_id;
    m->preferred_id = 0;
    sip_touch(m);
}

/* What the phone said of the security agreement ends here. */
static void drop_agreement(struct sip_stack *sip, struct sip_msg *m)
{
    m->security = 0;
    m->require &= (uint8_t)~SIP_OPT_SEC_AGREE;
    m->proxy_require &= (uint8_t)~SIP_OPT_SEC_AGREE;
    if (m->cold && m->method == SIP_INVITE)
        sip_set_cold(sip, m, NULL);
    else if (m->cold)
        sip_cold_edit(sip, m)->verify = (struct sip_ipsec){0};
}

bool pcscf_originating(struct fsm *f, const void *arg)
{
    struct pending *p = pending_of(f);
    struct cscf *c = p->cscf;
    struct sip_msg *m = p->work;
    (void)arg;
    if (!pcscf_is_registered(c, m->from.id))
        return cscf_refuse(p, 403);
    drop_agreement(c->world->sip, m);
    assert_identity(m);
    m->icid = ++c->world->sip->icids;
    if (m->route && sip_uri_node(c->world->sip, m->route->uri) == f->node)
        sip_pop_route(c->world->sip, m);
    sip_push_record_route(c->world->sip, m, c->core);
    return cscf_forward(p, m->route ? sip_uri_node(c->world->sip, m->route->uri) : NULL, 404);
}

/* Charging data and where the caller is stay in the trust domain (RFC 7315 5, unverified sub-clauses). */
void pcscf_to_phone(struct sip_msg *m)
{
    if (!m->icid && !m->access_info)
        return;
    m->icid = m->orig_ioi = m->term_ioi = 0;
    m->access_info = 0;
    sip_touch(m);
}

bool pcscf_terminating(struct fsm *f, const void *arg)
{
    struct pending *p = pending_of(f);
    struct cscf *c = p->cscf;
    struct sip_msg *m = p->work;
    (void)arg;
    sip_pop_route(c->world->sip, m);
    sip_push_record_route(c->world->sip, m, c->gm);
    return cscf_forward(p, sip_uri_node(c->world->sip, m->ruri), 404);
}

void pcscf_response(struct cscf *c, struct sip_msg *m, const struct node *to)
{
    bool to_phone = to->kinds & KIND_UE;
    if (m->record_route && !sip_uri_equal(c->core, c->gm))
        sip_rewrite_record_route(c->world->sip, m, to_phone ? c->core : c->gm, to_phone ? c->gm : c->core);
    if (!to_phone && m->preferred_id)
        assert_identity(m);
}
