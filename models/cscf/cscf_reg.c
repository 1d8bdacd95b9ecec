/* cscf_reg.c - registrations as their CSCFs keep them, both together: taken as done, looked at, counted. */
#include "models/cscf/cscf_int.h"

void cscf_reg_init(struct cscf_world *w)
{
    slab_init(&w->pcscf_users, sizeof(struct pcscf_user));
    slab_init(&w->scscf_users, sizeof(struct scscf_user));
    slab_init(&w->auths, sizeof(struct scscf_auth));
    slab_init(&w->subs, sizeof(struct scscf_sub));
    idmap_init(&w->pcscf_users_by_key);
    idmap_init(&w->scscf_users_by_key);
    w->profiles = g_ptr_array_new_with_free_func(g_free);
}

void cscf_reg_clear(struct cscf_world *w)
{
    slab_clear(&w->pcscf_users);
    slab_clear(&w->scscf_users);
    slab_clear(&w->auths);
    slab_clear(&w->subs);
    idmap_clear(&w->pcscf_users_by_key);
    idmap_clear(&w->scscf_users_by_key);
    g_ptr_array_free(w->profiles, TRUE);
}

/* ---- warm start ------------------------------------------------------------------------------------------ */

/* The dialog of a subscription after SUBSCRIBE, 200, NOTIFY, 200, at both ends. */
static void make_dialog(struct cscf_world *w, struct sip_dialog *sub, struct sip_dialog *notifier, uint32_t party, struct sip_uri subscriber)
{
    struct sip_uri user = {.kind = SIP_URI_IDENTITY, .id = party};
    *sub = (struct sip_dialog){
        .call_id = sip_token(w->sip, 0),
        .local_tag = sub->local_tag,
        .remote_tag = notifier->local_tag,
        .local_cseq = 1,
        .remote_cseq = 1,
        .local = subscriber.kind == SIP_URI_HOST ? subscriber : user,
        .remote = user,
        .contact = subscriber,
        .target = notifier->contact,
    };
    *notifier = (struct sip_dialog){
        .call_id = sub->call_id,
        .local_tag = sub->remote_tag,
        .remote_tag = sub->local_tag,
        .local_cseq = 1,
        .remote_cseq = 1,
        .local = user,
        .remote = sub->local,
        .contact = notifier->contact,
        .target = subscriber,
    };
}

static struct scscf_sub *add_notifier(struct scscf_user *u, uint32_t expires)
{
    struct cscf *c = cscf_of(u->fsm.node);
    struct scscf_sub *s = slab_alloc0(&c->world->subs, NULL);
    s->next = u->subs;
    u->subs = s;
    s->version = 1;
    s->until = c->node->sim->now + (expires == CSCF_NEVER ? INT64_C(4294967295) : (int64_t)expires) * SIM_S;
    s->dialog.local_tag = sip_token(c->world->sip, sip_token_index(u->id));
    s->dialog.contact = (struct sip_uri){.kind = SIP_URI_HOST, .id = c->cfg.host};
    return s;
}

/* As the messages would: that of the P-CSCF comes first. */
static void subscribe_both(struct cscf_world *w, struct cscf_reg_view *v, struct pcscf_user *p, struct scscf_user *s)
{
    struct cscf *pc = cscf_of(v->p_cscf);
    struct scscf_sub *n = add_notifier(s, v->expires);
    p->sub.dialog.local_tag = p->id;
    make_dialog(w, &p->sub.dialog, &n->dialog, v->party, (struct sip_uri){.kind = SIP_URI_HOST, .id = pc->cfg.host});
    sip_sub_warm(&p->sub, v->expires);
    v->at_subscriber[1] = p->sub.dialog;
    v->at_notifier[1] = n->dialog;
    n = add_notifier(s, v->expires);
    v->at_subscriber[0] = (struct sip_dialog){.local_tag = sip_token(w->sip, 0)};
    make_dialog(w, &v->at_subscriber[0], &n->dialog, v->party, (struct sip_uri){.kind = SIP_URI_CONTACT, .id = v->party});
    n->dialog.routes = sip_hop_new(w->sip, pc->core, NULL);
    v->at_notifier[0] = n->dialog;
}

void cscf_warm_registration(struct cscf_world *w, struct cscf_reg_view *v, bool agreement)
{
    struct cscf *pc = cscf_of(v->p_cscf), *sc = cscf_of(v->s_cscf);
    struct pcscf_user *p = pcscf_warm(pc, v->party, sc->core, v->expires);
    struct scscf_user *s = scscf_warm(sc, v->party, pc->core, v->expires, v->profile);
    if (agreement)
        pcscf_offer_agreement(pc, p);
    v->server = p->server;
    if (v->subscribed)
        subscribe_both(w, v, p, s);
}

/* ---- looking --------------------------------------------------------------------------------------------- */

static const struct scscf_user *registered_at_any(const struct cscf_world *w, uint32_t party)
{
    for (guint i = 0; i < w->all->len; i++) {
        const struct scscf_user *u = scscf_user_find(g_ptr_array_index(w->all, i), party);
        if (u && scscf_is_registered(u))
            return u;
    }
    return NULL;
}

bool cscf_registration(const struct cscf_world *w, uint32_t party, struct cscf_reg_view *out)
{
    const struct scscf_user *s = registered_at_any(w, party);
    if (!s)
        return false;
    *out = (struct cscf_reg_view){.party = party, .s_cscf = s->fsm.node, .p_cscf = sip_uri_node(w->sip, s->path->uri),
                                  .expires = s->expires, .profile = s->profile};
    const struct pcscf_user *p = pcscf_user_find(cscf_of(out->p_cscf), party);
    for (const struct scscf_sub *n = s->subs; n; n = n->next) {
        bool phone = n->dialog.remote.kind == SIP_URI_IDENTITY;
        out->at_notifier[phone ? 0 : 1] = n->dialog;
        out->subscribed = true;
    }
    if (p) {
        out->server = p->server;
        out->at_subscriber[1] = p->sub.dialog;
    }
    return true;
}

size_t cscf_registrations(const struct cscf_world *w)
{
    return slab_count(&w->pcscf_users) + slab_count(&w->scscf_users);
}
