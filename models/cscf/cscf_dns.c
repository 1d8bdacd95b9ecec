/* cscf_dns.c - where a request for another domain goes: the domain's SIP service by DNS (RFC 3263 4; TS 24.229 5.2.2.1,
 * 5.4.3.2; sub-clauses unverified).
 *
 *   request for the domain | NAPTR, SRV, A (models/proto/dns/dns_resolve.h) | known until the first of the three records is
 *   too old; all that waited -> there
 *   no address: 404; no answer: 504
 *
 * What is known is used without a query. SIMPLIFIED: a P-CSCF's own SUBSCRIBE goes where the REGISTER went, and does not
 * ask; that there is no such name is not remembered. */
#include "models/cscf/cscf_int.h"

#include "models/proto/dns/dns_resolve.h"

/* A domain as one CSCF knows it. */
struct cscf_domain {
    struct fsm fsm; /* first member */
    struct cscf *cscf;
    uint32_t domain, target; /* host index: of the domain, of its SIP service  */
    sim_time until;          /* known until then                              */
    struct pending *waiting;
};

enum { DM_END, DM_ASKING, DM_KNOWN, DM_STATES };
static const char *const states[] = {"unknown", "asking", "known"};
enum { DM_ASK, DM_RESOLVED, DM_EVENTS };
static const char *const events[] = {"request for the domain", "domain resolved"};

static struct cscf_domain *domain_of(const struct fsm *f)
{
    return (struct cscf_domain *)(void *)(uintptr_t)f;
}

static struct cscf_domain *find(const struct cscf *c, uint32_t domain)
{
    uint32_t i = idmap_get(&c->world->domains_by_key, cscf_user_key(c, domain));
    return i ? slab_at(&c->world->domains, i) : NULL;
}

/* ---- asking ------------------------------------------------------------------------------------------ */

static void resolved(struct node *n, uint64_t index, const struct dns_service *s)
{
    struct cscf_domain *d = slab_at(&cscf_of(n)->world->domains, (uint32_t)index);
    fsm_event(&d->fsm, DM_RESOLVED, s);
}

static bool ask(struct fsm *f, const void *arg)
{
    struct cscf_domain *d = domain_of(f);
    const struct cscf *c = d->cscf;
    (void)arg;
    dns_resolve(c->world->dns, c->node, c->cfg.dns, d->domain, resolved, slab_index(d));
    return true;
}

static bool is_found(const struct fsm *f, const void *arg)
{
    (void)f;
    return ((const struct dns_service *)arg)->outcome == DNS_FOUND;
}

static bool is_unheard(const struct fsm *f, const void *arg)
{
    (void)f;
    return ((const struct dns_service *)arg)->outcome == DNS_UNHEARD;
}

/* All that wait go on, or are refused with this status. */
static bool tell(struct cscf_domain *d, uint16_t status)
{
    cscf_resume(&d->waiting, PX_RESOLVED, &status);
    return true;
}

static bool know(struct fsm *f, const void *arg)
{
    struct cscf_domain *d = domain_of(f);
    const struct dns_service *s = arg;
    d->target = s->target;
    d->until = f->node->sim->now + s->ttl * SIM_S;
    return tell(d, 0);
}

static bool not_found(struct fsm *f, const void *arg)
{
    (void)arg;
    return tell(domain_of(f), 404);
}

static bool unheard(struct fsm *f, const void *arg)
{
    (void)arg;
    return tell(domain_of(f), 504);
}

/* clang-format off */
static const struct fsm_row rows[] = {
    /*  in         on           if          do         then       on failure  clause            */
    ROW(DM_END,    DM_ASK,      NULL,       ask,       DM_ASKING, DM_END,     "RFC 3263 4"),
    ROW(DM_KNOWN,  DM_ASK,      NULL,       ask,       DM_ASKING, DM_END,     "RFC 3263 4"),
    ROW(DM_ASKING, DM_RESOLVED, is_found,   know,      DM_KNOWN,  DM_END,     "RFC 3263 4.2"),
    ROW(DM_ASKING, DM_RESOLVED, is_unheard, unheard,   DM_END,    DM_END,     "RFC 3261 21.5.5"),
    ROW(DM_ASKING, DM_RESOLVED, NULL,       not_found, DM_END,    DM_END,     "RFC 3261 21.4.5"),
};
/* clang-format on */

static void ended(struct fsm *f)
{
    struct cscf_domain *d = domain_of(f);
    idmap_del(&d->cscf->world->domains_by_key, cscf_user_key(d->cscf, d->domain));
    slab_free(&d->cscf->world->domains, d);
}

struct fsm_def cscf_domain_def = {
    .name = "cscf-domain",
    .title = "Another domain as a CSCF knows it (RFC 3263)",
    .state_names = states,
    .nstates = DM_STATES,
    .event_names = events,
    .nevents = DM_EVENTS,
    .rows = rows,
    .nrows = G_N_ELEMENTS(rows),
    .policy = FSM_ASSERT,
    .ended = ended,
};

/* ---- requests that need to know ------------------------------------------------------------------------ */

bool cscf_forward_to_domain(struct pending *p, uint32_t domain, uint16_t otherwise)
{
    struct cscf *c = p->cscf;
    struct sip_stack *sip = c->world->sip;
    if (!c->cfg.resolve || domain == c->cfg.domain)
        return cscf_forward(p, sip_host(sip, domain)->node, otherwise);
    const struct cscf_domain *d = find(c, domain);
    if (d && d->fsm.state == DM_KNOWN && d->until > c->node->sim->now)
        return cscf_forward(p, sip_host(sip, d->target)->node, otherwise);
    p->domain = domain;
    return fsm_event(&p->fsm, PX_RESOLVE, NULL);
}

bool cscf_resolve(struct fsm *f, const void *arg)
{
    struct pending *p = pending_of(f);
    struct cscf *c = p->cscf;
    struct cscf_domain *d = find(c, p->domain);
    (void)arg;
    if (!d) {
        uint32_t index;
        d = slab_alloc0(&c->world->domains, &index);
        fsm_start(&d->fsm, &cscf_domain_def, c->node);
        d->cscf = c;
        d->domain = p->domain;
        idmap_put(&c->world->domains_by_key, cscf_user_key(c, p->domain), index);
    }
    cscf_wait(p, &d->waiting);
    if (d->fsm.state == DM_END || d->fsm.state == DM_KNOWN)
        fsm_event(&d->fsm, DM_ASK, NULL);
    return true;
}

bool cscf_is_unresolved(const struct fsm *f, const void *arg)
{
    (void)f;
    return *(const uint16_t *)arg != 0;
}

bool cscf_refuse_unresolved(struct fsm *f, const void *arg)
{
    return cscf_refuse(pending_of(f), *(const uint16_t *)arg);
}

bool cscf_forward_resolved(struct fsm *f, const void *arg)
{
    struct pending *p = pending_of(f);
    const struct cscf_domain *d = find(p->cscf, p->domain);
    (void)arg;
    return cscf_forward(p, sip_host(p->cscf->world->sip, d->target)->node, 404);
}

/* ---- life ---------------------------------------------------------------------------------------------- */

void cscf_dns_init(struct cscf_world *w)
{
    fsm_init(&cscf_domain_def);
    slab_init(&w->domains, sizeof(struct cscf_domain));
    slab_init(&w->numbers, sizeof(struct cscf_number));
    idmap_init(&w->domains_by_key);
    idmap_init(&w->numbers_by_key);
}

void cscf_dns_clear(struct cscf_world *w)
{
    slab_clear(&w->domains);
    slab_clear(&w->numbers);
    idmap_clear(&w->domains_by_key);
    idmap_clear(&w->numbers_by_key);
}
