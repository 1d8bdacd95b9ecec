/* scscf_event.c - the S-CSCF tells subscribers about a user's registration (TS 24.229 5.4.2.1; RFC 3680, RFC 6665 4.2).
 *
 *   -> SUBSCRIBE reg | 200 -> | NOTIFY (full state) -> | <- 200
 *   the registration ends | NOTIFY (terminated) -> all | <- 200
 *
 * Who may subscribe: the user, and the P-CSCF in the registered path; others get 403. SIMPLIFIED: a subscription has
 * no timer; one whose time is over is dropped when the next NOTIFY would go to it. */
#include "models/cscf/cscf_int.h"

/* ---- NOTIFY ----------------------------------------------------------------------------------------------- */

static void drop(struct cscf_world *w, struct scscf_sub **at)
{
    struct scscf_sub *s = *at;
    *at = s->next;
    sip_dialog_clear(w->sip, &s->dialog);
    slab_free(&w->subs, s);
}

static void notify(struct scscf_user *u, struct scscf_sub *s, uint8_t state, uint8_t event)
{
    struct cscf *c = cscf_of(u->fsm.node);
    struct sip_stack *sip = c->world->sip;
    sim_time now = c->node->sim->now;
    struct sip_msg *m = sip_dialog_request(sip, &s->dialog, SIP_NOTIFY);
    struct sip_cold *cold = sip_cold_edit(sip, m);
    bool active = state == SIP_REG_ACTIVE;
    m->contact = s->dialog.contact;
    cold->event = SIP_EVENT_REG;
    cold->subscription = active ? SIP_SUB_ACTIVE : SIP_SUB_TERMINATED;
    cold->sub_reason = event;
    cold->sub_expires = active ? (uint32_t)((s->until - now) / SIM_S) : 0;
    cold->reginfo = (struct sip_reginfo){.present = true, .state = state, .event = event, .version = s->version++, .party = u->party,
                                         .expires = active ? scscf_time_left(u) : 0};
    struct node *to = sip_uri_node(sip, m->route ? m->route->uri : m->ruri);
    if (to)
        s->ct = sip_send_request(sip, c->node, to, IFACE_MW, m, u->id);
    else
        msg_unref(sip->net, &m->m);
}

void scscf_notify_all(struct scscf_user *u, uint8_t state, uint8_t event)
{
    struct cscf_world *w = cscf_of(u->fsm.node)->world;
    for (struct scscf_sub **at = &u->subs; *at;) {
        bool over = (*at)->until <= u->fsm.node->sim->now;
        if (!over)
            notify(u, *at, state, event);
        if (over || state == SIP_REG_TERMINATED)
            drop(w, at);
        else
            at = &(*at)->next;
    }
}

void scscf_forget_subs(struct scscf_user *u)
{
    while (u->subs)
        drop(cscf_of(u->fsm.node)->world, &u->subs);
}

/* A subscriber that does not know the subscription, or does not answer, has none (RFC 6665 4.2.2). Other refusals concern the one
 * NOTIFY: RFC 5057, of which not all statuses are told apart here. */
void scscf_notify_failed(struct scscf_user *u, uint64_t ct, const struct sip_msg *m)
{
    struct cscf_world *w = cscf_of(u->fsm.node)->world;
    if (m && m->status != 481 && m->status != 408 && m->status != 404)
        return;
    for (struct scscf_sub **at = &u->subs; *at; at = &(*at)->next)
        if ((*at)->ct == ct) {
            drop(w, at);
            return;
        }
}

/* ---- SUBSCRIBE -------------------------------------------------------------------------------------------- */

/* The user, or the P-CSCF that its Path names. */
static bool may_subscribe(const struct cscf *c, const struct scscf_user *u, const struct sip_msg *m)
{
    if (m->from.kind == SIP_URI_IDENTITY)
        return m->asserted_id == u->party + 1;
    return m->from.kind == SIP_URI_HOST && u->path && sip_uri_node(c->world->sip, m->from) == sip_uri_node(c->world->sip, u->path->uri);
}

static void accept(struct cscf *c, uint64_t st, const struct sip_msg *m, struct scscf_user *u, struct scscf_sub *s)
{
    struct sip_stack *sip = c->world->sip;
    int64_t asked = sip_expires(m);
    uint32_t expires = (uint32_t)MIN(asked < 0 ? 3600 : asked, (int64_t)u->expires);
    struct sip_msg *ok = sip_response(sip, m, 200);
    struct sip_cold *cold = sip_cold_edit(sip, ok);
    s->until = c->node->sim->now + expires * SIM_S;
    ok->to_tag = s->dialog.local_tag;
    ok->record_route = sip_hop_ref(m->record_route);
    ok->contact = s->dialog.contact;
    cold->has_expires = true;
    cold->expires = expires;
    sip_send_response(sip, st, ok);
    notify(u, s, SIP_REG_ACTIVE, u->event);
}

bool scscf_subscribe(struct fsm *f, const void *arg)
{
    struct pending *p = pending_of(f);
    struct cscf *c = p->cscf;
    const struct sip_msg *m = p->work;
    struct scscf_user *u = scscf_user_find(c, m->ruri.id);
    (void)arg;
    if (!m->cold || m->cold->event != SIP_EVENT_REG)
        return cscf_refuse(p, 489);
    if (!u || !scscf_is_registered(u) || !may_subscribe(c, u, m))
        return cscf_refuse(p, 403);
    struct scscf_sub *s = slab_alloc0(&c->world->subs, NULL);
    s->next = u->subs;
    u->subs = s;
    s->dialog.local_tag = sip_token(c->world->sip, sip_token_index(u->id));
    s->dialog.contact = (struct sip_uri){.kind = SIP_URI_HOST, .id = c->cfg.host};
    sip_dialog_from_invite(c->world->sip, &s->dialog, m);
    accept(c, p->st, m, u, s);
    return true;
}

void scscf_resubscribe(struct cscf *c, uint64_t st, const struct sip_msg *m)
{
    uint32_t index = sip_token_index(m->to_tag);
    struct scscf_user *u = slab_in_use(&c->world->scscf_users, index) ? slab_at(&c->world->scscf_users, index) : NULL;
    struct scscf_sub *s = u ? u->subs : NULL;
    while (s && (s->dialog.local_tag != m->to_tag || s->dialog.call_id != m->call_id))
        s = s->next;
    if (s && scscf_is_registered(u)) {
        s->dialog.remote_cseq = m->cseq;
        accept(c, st, m, u, s);
    } else {
        sip_send_status(c->world->sip, st, 481);
    }
}
