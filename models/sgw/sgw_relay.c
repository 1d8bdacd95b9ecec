/* sgw_relay.c - a request that the S-GW passes on: sequence numbers, repetition, the answer's way back
 * (TS 29.274 7.6). The tables of sgw_session.c and sgw_bearer.c run on these. */
#include "models/sgw/sgw_int.h"

struct sgw_relay *sgw_relay_new(struct sgw *s, struct fsm_def *def, const struct gtp_msg *m, struct node *from,
                                uint16_t iface)
{
    struct sgw_relay *r = ctx_new(&s->relays);

    fsm_start(&r->fsm, def, s->node);
    r->sgw = s;
    r->asker = from->id;
    r->asker_seq = m->seq;
    r->iface_in = iface;
    return r;
}

void sgw_relay_join(struct sgw_relay *r, struct sgw_ue *ue)
{
    const struct sgw_pdn *pdn = sgw_pdn_of(r);

    r->ue = ue->id;
    r->next = ue->relays;
    ue->relays = r->id;
    r->asker_teid = pdn ? pdn->pgw_teid : ue->mme_teid;
}

static void leave(struct sgw_relay *r)
{
    struct sgw *s = r->sgw;
    struct sgw_ue *ue = sgw_ue_of(r);
    uint32_t *at = ue ? &ue->relays : NULL;

    while (at && *at != r->id)
        at = &((struct sgw_relay *)ctx_find(&s->relays, *at))->next;
    if (at)
        *at = r->next;
    if (r->out) {
        idmap_del(&s->relay_of_seq, sgw_key(r->to, r->out->seq));
        msg_unref(s->epc->net, &r->out->m);
    }
    ctx_free(&s->relays, r);
}

void sgw_relay_drop(struct sgw_relay *r)
{
    fsm_stop(&r->fsm);
    leave(r);
}

void sgw_relay_ended(struct fsm *f)
{
    struct sgw_relay *r = sgw_relay_of(f);
    struct sgw *s = r->sgw;
    struct sgw_ue *ue = sgw_ue_of(r);

    leave(r);
    if (ue && !ue->pdns && !ue->relays) {
        sgw_notify_event(s, ue, NT_GONE);
        idmap_del(&s->ue_of_imsi, ue->imsi);
        ctx_free(&s->ues, ue);
    }
}

struct gtp_msg *sgw_relay_request(struct sgw_relay *r, enum gtp_type type, uint32_t teid)
{
    struct sgw *s = r->sgw;
    struct gtp_msg *m = gtp_new(s->epc->gtp, type);

    m->seq = r->command ? r->command : sgw_next_seq(s);
    m->teid = teid;
    r->out = m;
    return m;
}

static bool send_out(struct sgw_relay *r)
{
    r->tries++;
    node_send(r->sgw->node, net_node(r->sgw->epc->net, r->to), r->iface_out, msg_ref(r->out));
    fsm_timer_start(&r->fsm, 0, r->sgw->epc->timer[TIMER_GTP_T3]);
    return true;
}

bool sgw_relay_send(struct sgw_relay *r, uint32_t to, uint16_t iface)
{
    r->to = to;
    r->iface_out = iface;
    idmap_put(&r->sgw->relay_of_seq, sgw_key(to, r->out->seq), slab_index(r));
    gtp_seal(r->sgw->epc->gtp, r->out);
    return send_out(r);
}

bool sgw_tries_left(const struct fsm *f, const void *arg)
{
    (void)arg;
    return sgw_const_relay_of(f)->tries < SGW_TRIES;
}

bool sgw_ask_again(struct fsm *f, const void *arg)
{
    (void)arg;
    return send_out(sgw_relay_of(f));
}

struct gtp_msg *sgw_relay_answer(const struct sgw_relay *r, enum gtp_type type)
{
    struct gtp_msg *m = gtp_new(r->sgw->epc->gtp, type);
    m->teid = r->asker_teid;
    m->seq = r->asker_seq;
    return m;
}

bool sgw_relay_reply(struct sgw_relay *r, struct gtp_msg *m)
{
    gtp_seal(r->sgw->epc->gtp, m);
    node_send(r->sgw->node, net_node(r->sgw->epc->net, r->asker), r->iface_in, &m->m);
    return true;
}
