/* icscf.c - what an I-CSCF does with an initial request (TS 24.229 5.3.2; TS 29.228 6.1.4).
 *
 *   -> INVITE | LIR -> HSS | <- LIA: Server-Name | Route: S-CSCF -> ; unknown: 404; not registered: 480
 *   <- LIA UNREGISTERED_SERVICE: Server-Name or Server-Capabilities | chooses the S-CSCF (icscf_reg.c) | Route: S-CSCF -> */
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

/* ... and nothing is to be done for it. */
bool icscf_is_unregistered(const struct fsm *f, const void *arg)
{
    const struct dia_msg *m = arg;
    (void)f;
    return m->server == 0 && !(dia_is_experimental(m) && m->result == DIA_CX_UNREGISTERED_SERVICE);
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

/* Host + 1 of the S-CSCF for this user; 0: none has what it needs. */
static uint32_t server_of(struct cscf *c, const struct dia_msg *m)
{
    static const struct ie_capabilities any;
    const struct dia_LIA *b = dia_body(m, LIA);
    if (m->server)
        return m->server;
    const struct cscf *s = icscf_choose(c, IE_HAS(b, capabilities) ? &b->capabilities : &any, NULL);
    return s ? s->cfg.host + 1 : 0;
}

bool icscf_to_scscf(struct fsm *f, const void *arg)
{
    struct pending *p = pending_of(f);
    struct sip_stack *sip = p->cscf->world->sip;
    uint32_t host = server_of(p->cscf, arg);
    if (!host)
        return cscf_refuse(p, 480);
    struct sip_uri s_cscf = {.kind = SIP_URI_HOST, .flags = SIP_LR, .id = host - 1};
    struct node *to = sip_uri_node(sip, s_cscf);
    if (to == f->node) {
        node_note(f->node, NOTE_TEXT, "the I-CSCF hands the request to the S-CSCF in its box", NULL);
        return fsm_event(f, PX_TO_S_CSCF, NULL);
    }
    sip_push_route(sip, p->work, s_cscf);
    return cscf_forward(p, to, 404);
}
