/* mme_warm.c - the context of a phone that begins attached (see models/epc.h), and all contexts as text. */
#include "models/mme/mme_int.h"

#include "sim/dump.h"

#include <string.h>

static bool is_subscribed(const struct epc_warm *w)
{
    for (unsigned i = 0; i < w->n; i++)
        if (!mme_select_apn(&w->sub, w->pdn[i].name))
            return false;
    return true;
}

/* Create Session Request and Modify Bearer Request. */
static uint32_t take_numbers(struct mme *mme)
{
    uint32_t first = gtp_next_seq(mme->seq);
    mme->seq = gtp_next_seq(first);
    return first;
}

bool mme_warm(struct node *n, struct epc_warm *w)
{
    struct mme *mme = n->self;
    struct mme_ue *u;
    if (!is_subscribed(w))
        return false;
    u = mme_ue_new(mme, w->enb, w->enb_id, &w->uli);
    mme_ue_name(u, epc_imsi(w->party));
    u->capability = w->security;
    u->radio_capability = w->radio_capability;
    mme_auth_warm(u);
    mme_attach_warm(u, &w->sub);
    for (unsigned i = 0; i < w->n; i++) {
        struct epc_warm_pdn *pdn = &w->pdn[i];
        pdn->apn = mme_select_apn(u->sub, pdn->name);
        pdn->ebi = mme_pdn_new(u, pdn->apn, (uint8_t)(i + 1))->ebi;
        pdn->asked = take_numbers(mme);
    }
    w->mme_id = u->id;
    w->guti = mme_guti(u);
    w->t3412 = mme_t3412(u);
    return true;
}

void mme_warm_bearers(struct node *n, struct epc_warm *w)
{
    struct mme *mme = n->self;
    const struct mme_ue *u = ctx_find(&mme->ues, w->mme_id);
    struct mme_pdn *p = u->pdns;
    for (unsigned i = 0; i < w->n; i++, p = p->next)
        mme_pdn_warm(p, w, &w->pdn[i]);
}

/* One request on S11. */
void mme_warm_idle(struct node *n, const struct epc_warm *w, sim_time since)
{
    struct mme *mme = n->self;
    struct mme_ue *u = ctx_find(&mme->ues, w->mme_id);
    mme->seq = gtp_next_seq(mme->seq);
    mme_release_warm(u);
    mme_reach_begin(u, since);
    mme_doze(u);
}

/* ---- as text ---------------------------------------------------------------------------------------- */

static void dump_pdn(const struct mme_pdn *p, GString *out)
{
    struct mme_pdn c = *p;
    dump_machine(&c.fsm);
    DUMP_HIDE(c.next);
    DUMP_HIDE(c.ue);
    DUMP_HIDE(c.apn);
    DUMP_HIDE(c.asked);
    DUMP_HIDE(c.nas);
    DUMP(out, "MME PDN connection", c);
    g_string_append_printf(out, "  to %s\n", p->apn ? p->apn->apn : "nowhere");
}

static void dump_bearer(const struct mme_bearer *b, GString *out)
{
    struct mme_bearer c = *b;
    dump_machine(&c.fsm);
    DUMP_HIDE(c.next);
    DUMP_HIDE(c.ue);
    DUMP_HIDE(c.pdn);
    DUMP_HIDE(c.job);
    DUMP_HIDE(c.nas);
    DUMP(out, "MME bearer", c);
    g_string_append_printf(out, "  of %u\n", b->pdn->ebi);
}

static void dump_work(const struct mme_work *w, GString *out)
{
    struct mme_work c = *w;
    dump_machine(&c.attach);
    dump_machine(&c.auth);
    dump_machine(&c.detach);
    dump_machine(&c.release);
    dump_machine(&c.service);
    dump_machine(&c.paging);
    dump_machine(&c.tau);
    DUMP_HIDE(c.ue);
    DUMP_HIDE(c.entry);
    DUMP_HIDE(c.jobs);
    DUMP_HIDE(c.requests);
    DUMP_HIDE(c.held);
    DUMP_HIDE(c.accept);
    for (int i = 0; i < MME_KEPT; i++)
        DUMP_HIDE(c.kept[i]);
    DUMP(out, "MME work", c);
}

static void dump_ue(const struct mme_ue *u, GString *out)
{
    struct mme_ue c = *u;
    DUMP_HIDE(c.mme);
    DUMP_NODE(c.enb);
    DUMP_HIDE(c.work);
    DUMP_HIDE(c.sub);
    DUMP_HIDE(c.pdns);
    DUMP_HIDE(c.bearers);
    c.wait = (struct waitlist_node){.due = c.wait.due != 0};
    dump_bytes(out, "random KASME", &c.kasme, sizeof c.kasme);
    memset(&c.kasme, 0, sizeof c.kasme);
    DUMP(out, "MME phone", c);
    g_string_append_printf(out, "  found by IMSI: %08x\n", idmap_get(&u->mme->by_imsi, u->imsi));
    if (u->work)
        dump_work(u->work, out);
    for (const struct mme_pdn *p = u->pdns; p; p = p->next)
        dump_pdn(p, out);
    for (const struct mme_bearer *b = u->bearers; b; b = b->next)
        dump_bearer(b, out);
}

void mme_dump(const struct node *n, GString *out)
{
    const struct mme *mme = n->self;
    for (uint32_t i = 1; i < slab_end(&mme->ues.slab); i++)
        if (slab_in_use(&mme->ues.slab, i))
            dump_ue(slab_at(&mme->ues.slab, i), out);
    for (guint i = 0; i < mme->subscriptions->len; i++) {
        struct ie_subscription c = *(const struct ie_subscription *)g_ptr_array_index(mme->subscriptions, i);
        for (unsigned k = 0; k < IE_MAX_APNS; k++)
            DUMP_HIDE(c.apn[k].apn);
        DUMP(out, "MME subscription", c);
    }
    g_string_append_printf(out, "MME: %u phones, %u known, request %u on S11, %u PDN connections, %u bearers, %u jobs, %u entries, %u requests, %u held, %u at work\n",
                           ctx_count(&mme->ues), idmap_count(&mme->by_imsi), mme->seq, slab_count(&mme->pdns), slab_count(&mme->bearers),
                           slab_count(&mme->jobs), slab_count(&mme->entries), slab_count(&mme->requests), slab_count(&mme->held),
                           slab_count(&mme->works));
}
