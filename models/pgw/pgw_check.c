/* pgw_check.c - what the invariants ask of a P-GW (see models/check/check.h). */
#include "models/pgw/pgw_int.h"

static const struct pgw_session *find(const struct pgw *p, uint32_t ip)
{
    uint32_t index = ip ? idmap_get(&p->session_of_ip, ip) : 0;
    return index ? slab_at(&p->sessions.slab, index) : NULL;
}

bool pgw_has(const struct node *n, uint32_t ip)
{
    return find(n->self, ip) != NULL;
}

static bool bearer_is_quiet(const struct pgw *p, const struct pgw_bearer *b)
{
    const struct pgw_dedicated *d = ctx_find(&p->dedicated, b->dedicated);
    if (d && (d->out || fsm_waits(&d->fsm)))
        return false;
    for (const struct pgw_rule *r = ctx_find(&p->rules, b->rules); r; r = ctx_find(&p->rules, r->next))
        if (r->todo != RULE_KNOWN || r->sent)
            return false;
    return true;
}

bool pgw_is_quiet(const struct node *n, uint32_t ip)
{
    const struct pgw *p = n->self;
    const struct pgw_session *s = find(p, ip);
    bool quiet = !s || (!s->asks && !fsm_waits(&s->fsm));
    for (const struct pgw_bearer *b = s ? ctx_find(&p->bearers, s->bearers) : NULL; b && quiet;
         b = ctx_find(&p->bearers, b->next))
        quiet = bearer_is_quiet(p, b);
    return quiet;
}
