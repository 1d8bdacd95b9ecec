/* scscf_enum.c - a called telephone number becomes a SIP URI at the caller's S-CSCF (TS 24.229 5.4.3.2; RFC 6116 3).
 *
 *   Request-URI tel:+15550100002 | NAPTR 2.0.0.0.0.1.0.5.5.5.1.e164.arpa -> DNS | <- sip:UE-B@... : the Request-URI
 *   NXDOMAIN: 404; no answer: 504
 *
 * What ENUM said is known for its time to live. SIMPLIFIED: a number that ENUM does not know is not called by way of
 * the circuit-switched network (breakout); that it does not know it is not remembered. */
#include "models/cscf/cscf_int.h"

bool scscf_calls_number(const struct fsm *f, const void *arg)
{
    const struct pending *p = const_pending_of(f);
    (void)arg;
    return p->session_case == CASE_ORIGINATING && p->work->ruri.kind == SIP_URI_TEL;
}

static struct cscf_number *find(const struct cscf *c, uint32_t party)
{
    uint32_t i = idmap_get(&c->world->numbers_by_key, cscf_user_key(c, party));
    return i ? slab_at(&c->world->numbers, i) : NULL;
}

bool scscf_knows_number(const struct fsm *f, const void *arg)
{
    const struct pending *p = const_pending_of(f);
    const struct cscf_number *n = scscf_calls_number(f, arg) ? find(p->cscf, p->work->ruri.id) : NULL;
    return n && n->until > f->node->sim->now;
}

/* The criteria have been looked at: it is routed on. */
static bool call_party(struct pending *p, uint32_t party)
{
    p->work->ruri = (struct sip_uri){.kind = SIP_URI_IDENTITY, .id = party};
    sip_touch(p->work);
    return fsm_event(&p->fsm, PX_EVALUATE, NULL);
}

bool scscf_use_number(struct fsm *f, const void *arg)
{
    struct pending *p = pending_of(f);
    (void)arg;
    return call_party(p, find(p->cscf, p->work->ruri.id)->party);
}

static void answered(struct node *n, uint64_t user, const struct dns_msg *m)
{
    struct pending *p = cscf_find(cscf_of(n)->world, user);
    if (p)
        fsm_event(&p->fsm, PX_RX_ENUM, m);
}

bool scscf_ask_enum(struct fsm *f, const void *arg)
{
    struct pending *p = pending_of(f);
    struct cscf *c = p->cscf;
    struct ie_dns_name number = {.kind = DNS_NAME_E164, .id = p->work->ruri.id};
    (void)arg;
    dns_ask(c->world->dns, c->node, c->cfg.dns, DNS_naptr_query, number, answered, p->id);
    return true;
}

bool scscf_is_listed(const struct fsm *f, const void *arg)
{
    const struct dns_msg *m = arg;
    (void)f;
    return m && m->rcode == DNS_NOERROR;
}

bool scscf_is_unheard(const struct fsm *f, const void *arg)
{
    (void)f;
    return arg == NULL;
}

bool scscf_translate(struct fsm *f, const void *arg)
{
    struct pending *p = pending_of(f);
    struct cscf *c = p->cscf;
    const struct ie_naptr *r = &dns_body((const struct dns_msg *)arg, naptr_answer)->record;
    struct cscf_number *n = find(c, p->work->ruri.id);
    if (!n) {
        uint32_t index;
        n = slab_alloc0(&c->world->numbers, &index);
        idmap_put(&c->world->numbers_by_key, cscf_user_key(c, p->work->ruri.id), index);
    }
    n->party = r->party;
    n->until = f->node->sim->now + r->ttl * SIM_S;
    return call_party(p, r->party);
}

bool scscf_no_such_number(struct fsm *f, const void *arg)
{
    (void)arg;
    return cscf_refuse(pending_of(f), 404);
}
