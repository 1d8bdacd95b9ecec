/* sip_dialog.c - dialogs (see sip_dialog.h). */
#include "models/proto/sip/sip_dialog.h"

void sip_dialog_from_response(struct sip_stack *sip, struct sip_dialog *d, const struct sip_msg *m)
{
    d->remote_tag = m->to_tag;
    if (m->contact.kind)
        d->target = m->contact;
    if (d->routes || !m->record_route)
        return; /* the route set is fixed by the response that made the dialog */
    for (const struct sip_hop *h = m->record_route; h; h = h->next)
        d->routes = sip_hop_new(sip, h->uri, d->routes); /* reverses the order (12.1.2) */
}

void sip_dialog_from_invite(struct sip_stack *sip, struct sip_dialog *d, const struct sip_msg *m)
{
    (void)sip;
    d->call_id = m->call_id;
    d->remote_tag = m->from_tag;
    d->remote_cseq = m->cseq;
    d->local = m->to;
    d->remote = m->from;
    d->target = m->contact;
    d->routes = sip_hop_ref(m->record_route);
}

static struct sip_msg *request(struct sip_stack *sip, const struct sip_dialog *d, enum sip_method method)
{
    struct sip_msg *m = sip_request(sip, method);
    m->ruri = d->target;
    m->route = sip_hop_ref(d->routes);
    m->from = d->local;
    m->to = d->remote;
    m->from_tag = d->local_tag;
    m->to_tag = d->remote_tag;
    m->call_id = d->call_id;
    return m;
}

struct sip_msg *sip_dialog_request(struct sip_stack *sip, struct sip_dialog *d, enum sip_method method)
{
    struct sip_msg *m = request(sip, d, method);
    m->cseq = ++d->local_cseq;
    return m;
}

struct sip_msg *sip_dialog_ack(struct sip_stack *sip, struct sip_dialog *d, uint32_t invite_cseq)
{
    struct sip_msg *m = request(sip, d, SIP_ACK);
    m->cseq = invite_cseq;
    return m;
}

void sip_dialog_clear(struct sip_stack *sip, struct sip_dialog *d)
{
    sip_hop_unref(sip, d->routes);
    d->routes = NULL;
}
