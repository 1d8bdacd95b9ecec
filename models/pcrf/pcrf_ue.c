/* pcrf_ue.c - resources that a phone asks for itself (TS 29.212 4.5.1, TS 23.203 6.1.1.4 and 7.4.1; TS 23.401 5.4.5).
 *
 *   P-GW -> CCR-U (RESOURCE_MODIFICATION_REQUEST, ADDITION: filters, QoS) | <- CCA-U: a rule of the phone's own
 *        -> CCR-U (..., DELETION: identifiers of filters) | <- CCA-U: the rule is removed
 *
 * Nothing passes the gates of such a rule until a call leg of the phone uses it (pcrf_rx.c): then it gets the call's
 * flows, rates and gates, under its old name, so that the P-GW changes the bearer and makes no second one. When the
 * call is over it is again as the phone asked for it; only the phone gives it up.
 *
 * The clauses are from memory. SIMPLIFIED: audio and video only, that is QCI 1 and 2; a rule is asked for and given up as a
 * whole. */
#include "models/pcrf/pcrf_int.h"

#define STEM "ue"

static struct ue_rule *find(const struct gx_session *gx, uint32_t serial)
{
    struct ue_rule *r = ctx_find(&gx->pcrf->ue_rules, gx->ue_rules);
    while (r && r->asked.name.serial != serial)
        r = ctx_find(&gx->pcrf->ue_rules, r->next);
    return r;
}

static unsigned count(const struct gx_session *gx)
{
    unsigned n = 0;
    for (const struct ue_rule *r = ctx_find(&gx->pcrf->ue_rules, gx->ue_rules); r; r = ctx_find(&gx->pcrf->ue_rules, r->next))
        n++;
    return n;
}

static void drop(struct gx_session *gx, struct ue_rule *r)
{
    struct pcrf *p = gx->pcrf;
    uint32_t *at = &gx->ue_rules;
    while (*at != r->id)
        at = &((struct ue_rule *)ctx_find(&p->ue_rules, *at))->next;
    *at = r->next;
    ctx_free(&p->ue_rules, r);
}

void pcrf_ue_clear(struct gx_session *gx)
{
    while (gx->ue_rules)
        drop(gx, ctx_find(&gx->pcrf->ue_rules, gx->ue_rules));
}

/* ---- requests of the phone -------------------------------------------------------------------------- */

bool pcrf_ue_may_have(const struct gx_session *gx, const struct dia_CCR *b)
{
    return !gx->pcrf->cfg.no_ue_bearers && IE_HAS(b, filters) && b->filters.n && IE_HAS(b, qos) && pcrf_policy_of(b->qos.qci) &&
           count(gx) < IE_MAX_RULES;
}

void pcrf_ue_grant(struct gx_session *gx, const struct dia_CCR *b, struct dia_CCA *cca)
{
    struct pcrf *p = gx->pcrf;
    const struct media_policy *policy = pcrf_policy_of(b->qos.qci);
    struct ue_rule *r = ctx_new(&p->ue_rules);
    struct ie_rule *rule = &r->asked;
    r->next = gx->ue_rules;
    gx->ue_rules = r->id;
    rule->name = (struct ie_rule_name){STEM, ++p->rules};
    rule->flow_status = FLOW_DISABLED;
    rule->precedence = policy->precedence + 2 * IE_MAX_MEDIA; /* behind those of all calls */
    rule->qos = b->qos;
    rule->qos.arp = policy->arp;
    rule->n = b->filters.n;
    for (unsigned i = 0; i < rule->n; i++)
        rule->flow[i] = b->filters.item[i];
    IE_PUT(cca, install) = (struct ie_rules){.n = 1, .item = {*rule}};
}

bool pcrf_ue_knows(const struct gx_session *gx, const struct dia_CCR *b)
{
    return IE_HAS(b, filters) && find(gx, b->filters.rule);
}

/* A call that still uses it hears that it is lost. */
void pcrf_ue_remove(struct gx_session *gx, const struct dia_CCR *b, struct dia_CCA *cca)
{
    struct ue_rule *r = find(gx, b->filters.rule);
    IE_PUT(cca, remove) = (struct ie_rule_names){.n = 1, .item = {r->asked.name}};
    drop(gx, r);
}

/* ---- calls that use them ---------------------------------------------------------------------------- */

static bool any_or(uint32_t wanted, uint32_t got)
{
    return wanted == 0 || wanted == got;
}

static bool covers(const struct ie_filter *wide, const struct ie_filter *f)
{
    return wide->direction == f->direction && any_or(wide->protocol, f->protocol) && any_or(wide->remote, f->remote) &&
           any_or(wide->local, f->local) && any_or(wide->remote_port, f->remote_port) && any_or(wide->local_port, f->local_port);
}

static bool covers_all(const struct ie_rule *wide, const struct ie_rule *rule)
{
    bool all = wide->qos.qci == rule->qos.qci && wide->n == rule->n;
    for (unsigned i = 0; all && i < rule->n; i++)
        all = covers(&wide->flow[i], &rule->flow[i]);
    return all;
}

bool pcrf_ue_use(struct gx_session *gx, uint32_t user, struct ie_rule *rule)
{
    const struct pcrf *p = gx->pcrf;
    for (struct ue_rule *r = ctx_find(&p->ue_rules, gx->ue_rules); r; r = ctx_find(&p->ue_rules, r->next)) {
        if (r->user || !covers_all(&r->asked, rule))
            continue;
        r->user = user;
        rule->name = r->asked.name;
        return true;
    }
    return false;
}

const struct ie_rule *pcrf_ue_give_back(struct gx_session *gx, const struct ie_rule_name *name)
{
    struct ue_rule *r = gx ? find(gx, name->serial) : NULL;
    if (!r)
        return NULL;
    r->user = 0;
    return &r->asked;
}

void pcrf_ue_report(struct gx_session *gx, const struct ie_rule_report *report)
{
    for (unsigned i = 0; report->status == RULE_INACTIVE && i < report->n; i++) {
        struct ue_rule *r = find(gx, report->item[i].serial);
        if (r)
            drop(gx, r);
    }
}

unsigned pcrf_ue_idle_rules(const struct gx_session *gx, struct ie_rule *rules, unsigned room)
{
    unsigned n = 0;
    for (const struct ue_rule *r = ctx_find(&gx->pcrf->ue_rules, gx->ue_rules); r; r = ctx_find(&gx->pcrf->ue_rules, r->next))
        if (!r->user && n++ < room)
            rules[n - 1] = r->asked;
    return n;
}
