/* pgw_rules.c - PCC rules at the P-GW: which bearer each belongs to (TS 29.212 4.5.2, TS 23.203 6.1.1.4), what
 * the bearer's QoS and TFT become by it, and what the PCRF is told of their fate (TS 29.212 4.5.12). Clauses are
 * unverified.
 *
 * A rule notes what is still to be told about it (enum pgw_todo); pgw_bearer.c asks for the next step.
 * A change that is refused leaves the rule as it was, active (TS 29.212 4.5.12).
 * SIMPLIFIED: a rule whose QCI or ARP changes, or whose number of flows does, is taken as removed and installed
 * anew. Success is reported of all rules once the PCRF subscribed to
 * the trigger, not rule by rule (Resource-Allocation-Notification). */
#include "models/pgw/pgw_int.h"

#define MAX_FILTER_ID 15 /* 4 bits (TS 24.008 10.5.6.12) */

#define EACH_BEARER(p, s, b) \
    struct pgw_bearer *b = ctx_find(&(p)->bearers, (s)->bearers); b; b = ctx_find(&(p)->bearers, b->next)
#define EACH_RULE(p, b, r) \
    struct pgw_rule *r = ctx_find(&(p)->rules, (b)->rules); r; r = ctx_find(&(p)->rules, r->next)

/* ---- a bearer's list ------------------------------------------------------------------------- */

static struct pgw_rule *add_rule(struct pgw *p, struct pgw_bearer *b, const struct ie_rule *def)
{
    struct pgw_rule *r = ctx_new(&p->rules);
    uint32_t *at = &b->rules;

    while (*at)
        at = &((struct pgw_rule *)ctx_find(&p->rules, *at))->next;
    *at = r->id;
    r->def = *def;
    return r;
}

static void drop_rule(struct pgw *p, struct pgw_bearer *b, struct pgw_rule *r)
{
    uint32_t *at = &b->rules;
    while (*at != r->id)
        at = &((struct pgw_rule *)ctx_find(&p->rules, *at))->next;
    *at = r->next;
    ctx_free(&p->rules, r);
}

void pgw_rules_free(struct pgw *p, struct pgw_bearer *b)
{
    while (b->rules)
        drop_rule(p, b, ctx_find(&p->rules, b->rules));
}

bool pgw_rules_any(const struct pgw *p, const struct pgw_bearer *b)
{
    for (EACH_RULE(p, b, r))
        if (r->todo != RULE_REMOVE)
            return true;
    return false;
}

static bool has_filter(const struct pgw_rule *r, uint8_t id)
{
    for (unsigned i = 0; i < r->def.n; i++)
        if (r->def.flow[i].id == id)
            return true;
    return false;
}

const struct pgw_rule *pgw_rules_of_filters(const struct pgw *p, const struct pgw_bearer *b, const struct ie_tft *filters)
{
    for (EACH_RULE(p, b, r)) {
        unsigned n = 0;
        while (n < filters->n && has_filter(r, filters->filter[n].id))
            n++;
        if (n && n == filters->n && r->todo != RULE_REMOVE)
            return r;
    }
    return NULL;
}

bool pgw_rules_differ(const struct pgw *p, const struct pgw_bearer *b)
{
    for (EACH_RULE(p, b, r))
        if (r->todo != RULE_KNOWN)
            return true;
    return false;
}

/* ---- QoS ------------------------------------------------------------------------------------- */

static bool same_arp(const struct ie_arp *a, const struct ie_arp *b)
{
    return a->level == b->level && a->may_preempt == b->may_preempt && a->preemptable == b->preemptable;
}

bool pgw_same_qos(const struct ie_qos *a, const struct ie_qos *b)
{
    return a->qci == b->qci && same_arp(&a->arp, &b->arp) && a->mbr_ul == b->mbr_ul && a->mbr_dl == b->mbr_dl &&
           a->gbr_ul == b->gbr_ul && a->gbr_dl == b->gbr_dl;
}

struct ie_qos pgw_rules_qos(const struct pgw *p, const struct pgw_bearer *b)
{
    struct ie_qos sum = {.qci = b->qci, .arp = b->arp};

    for (EACH_RULE(p, b, r)) {
        if (r->todo == RULE_REMOVE)
            continue;
        sum.mbr_ul += r->def.qos.mbr_ul;
        sum.mbr_dl += r->def.qos.mbr_dl;
        sum.gbr_ul += r->def.qos.gbr_ul;
        sum.gbr_dl += r->def.qos.gbr_dl;
    }
    return sum;
}

/* ---- TFT ------------------------------------------------------------------------------------- */

/* The lowest filter id that no rule of the bearer has; 0: none is left. */
static uint8_t free_filter_id(const struct pgw *p, const struct pgw_bearer *b)
{
    uint32_t used = 1; /* 0 stays free: it tells "none" */

    for (EACH_RULE(p, b, r))
        for (unsigned i = 0; i < r->def.n; i++)
            used |= 1u << r->def.flow[i].id;
    for (uint8_t id = 1; id <= MAX_FILTER_ID; id++)
        if (!(used >> id & 1))
            return id;
    return 0;
}

/* The first evaluation precedence from `wanted` on that no filter of the PDN connection has
 * (TS 23.401 15.3.3.4: they are unique in it, unverified). */
static uint8_t free_precedence(const struct pgw *p, const struct pgw_session *s, uint32_t wanted)
{
    uint64_t used[4] = {0};

    for (EACH_BEARER(p, s, b))
        for (EACH_RULE(p, b, r))
            for (unsigned i = 0; i < r->def.n; i++)
                if (r->def.flow[i].id)
                    used[r->def.flow[i].precedence >> 6] |= UINT64_C(1) << (r->def.flow[i].precedence & 63);
    while (wanted < UINT8_MAX && used[wanted >> 6] >> (wanted & 63) & 1)
        wanted++;
    return (uint8_t)MIN(wanted, UINT8_MAX);
}

/* False: the TFT has no room. */
static bool number_filters(const struct pgw *p, const struct pgw_session *s, const struct pgw_bearer *b,
                           struct pgw_rule *r)
{
    for (unsigned i = 0; i < r->def.n; i++)
        r->def.flow[i].id = 0;
    for (unsigned i = 0; i < r->def.n; i++) {
        r->def.flow[i].precedence = free_precedence(p, s, r->def.precedence);
        r->def.flow[i].id = free_filter_id(p, b);
        if (r->def.flow[i].id == 0)
            return false;
    }
    return true;
}

static void mark_sent(struct pgw_rule *r)
{
    r->sent = r->asking = true;
    r->asked = r->def;
}

static bool collect(const struct pgw *p, const struct pgw_bearer *b, enum pgw_todo todo, uint8_t op,
                    struct ie_tft *tft)
{
    for (EACH_RULE(p, b, r)) {
        if (r->todo != todo || tft->n + r->def.n > IE_MAX_FILTERS)
            continue;
        for (unsigned i = 0; i < r->def.n; i++)
            tft->filter[tft->n++] = r->def.flow[i];
        mark_sent(r);
    }
    tft->op = op;
    return tft->n > 0;
}

bool pgw_rules_tft(struct pgw *p, struct pgw_bearer *b, struct ie_tft *tft)
{
    for (EACH_RULE(p, b, r)) {
        r->sent = r->asking = false;
        if (r->todo == RULE_REQOS)
            mark_sent(r);
    }
    return collect(p, b, RULE_ADD, TFT_ADD, tft) || collect(p, b, RULE_REPLACE, TFT_REPLACE, tft) ||
           collect(p, b, RULE_REMOVE, TFT_REMOVE, tft);
}

/* ---- taking rules ---------------------------------------------------------------------------- */

static struct pgw_rule *find_rule(const struct pgw *p, const struct pgw_session *s, const struct ie_rule_name *name,
                                  struct pgw_bearer **of)
{
    for (EACH_BEARER(p, s, b))
        for (EACH_RULE(p, b, r))
            if (r->todo != RULE_REMOVE && pgw_same_rule(&r->def.name, name)) {
                *of = b;
                return r;
            }
    return NULL;
}

/* The bearer of this QCI and ARP that a rule may join, or a new one. */
static struct pgw_bearer *bearer_for(struct pgw *p, struct pgw_session *s, const struct ie_qos *qos)
{
    for (EACH_BEARER(p, s, b)) {
        const struct pgw_dedicated *d = ctx_find(&p->dedicated, b->dedicated);
        if (b->qci == qos->qci && same_arp(&b->arp, &qos->arp) && !(d && d->fsm.state == PB_WAIT_DELETED))
            return b;
    }
    struct pgw_bearer *b = pgw_bearer_new(p, s);
    struct pgw_dedicated *d = ctx_new(&p->dedicated);
    fsm_start(&d->fsm, &pgw_bearer_def, p->node);
    d->bearer = b->id;
    b->dedicated = d->id;
    b->qci = qos->qci;
    b->arp = qos->arp;
    return b;
}

/* A rule goes. At once, when nobody was ever told of its filters. */
static void take_away(struct pgw *p, struct pgw_bearer *b, struct pgw_rule *r)
{
    b->touched = true;
    if (!b->dedicated || r->def.n == 0 || (r->todo == RULE_ADD && !r->sent))
        drop_rule(p, b, r);
    else {
        r->todo = RULE_REMOVE;
        r->sent = false;
    }
}

static bool same_flow(const struct ie_filter *a, const struct ie_filter *b)
{
    return a->direction == b->direction && a->protocol == b->protocol && a->remote == b->remote &&
           a->local == b->local && a->remote_port == b->remote_port && a->local_port == b->local_port;
}

/* A rule that is there takes a new definition, keeping its filters' numbers. A rule that is still to be added is
 * added as it is now; one whose addition is under way is told its new filters, or QoS, next. */
static void redefine(struct pgw_rule *r, const struct ie_rule *def)
{
    enum pgw_todo todo = pgw_same_qos(&r->def.qos, &def->qos) ? RULE_KNOWN : RULE_REQOS;
    struct ie_rule old = r->def;

    if (r->todo == RULE_KNOWN)
        r->known = old;
    r->def = *def;
    for (unsigned i = 0; i < def->n; i++) {
        if (!same_flow(&old.flow[i], &def->flow[i]))
            todo = RULE_REPLACE;
        r->def.flow[i].id = old.flow[i].id;
        r->def.flow[i].precedence = old.flow[i].precedence;
    }
    if (r->todo == RULE_ADD && !r->sent)
        return;
    if (todo != RULE_KNOWN && r->todo != RULE_REPLACE)
        r->todo = (uint8_t)todo;
    if (todo != RULE_KNOWN)
        r->sent = false;
}

static void install(struct pgw *p, struct pgw_session *s, const struct ie_rule *def, struct ie_rule_report *failed)
{
    struct pgw_bearer *b = NULL;
    struct pgw_rule *r = find_rule(p, s, &def->name, &b);

    if (r && b->qci == def->qos.qci && same_arp(&b->arp, &def->qos.arp) && r->def.n == def->n) {
        redefine(r, def);
        b->touched = true;
        return;
    }
    if (r)
        take_away(p, b, r);
    b = bearer_for(p, s, &def->qos);
    r = add_rule(p, b, def);
    b->touched = true;
    r->todo = b->dedicated && def->n ? RULE_ADD : RULE_KNOWN;
    if (!number_filters(p, s, b, r)) {
        drop_rule(p, b, r);
        failed->item[failed->n++] = def->name;
    }
}

void pgw_rules_take(struct pgw *p, struct pgw_session *s, const struct ie_rules *rules,
                    const struct ie_rule_names *names, struct ie_rule_report *failed)
{
    for (unsigned i = 0; i < names->n; i++) {
        struct pgw_bearer *b = NULL;
        struct pgw_rule *r = find_rule(p, s, &names->item[i], &b);
        if (r)
            take_away(p, b, r);
    }
    for (unsigned i = 0; i < rules->n; i++)
        install(p, s, &rules->item[i], failed);
}

void pgw_rules_tell(struct pgw *p, const struct pgw_session *s)
{
    for (EACH_BEARER(p, s, b)) {
        struct pgw_dedicated *d = ctx_find(&p->dedicated, b->dedicated);
        if (b->touched && d)
            fsm_event(&d->fsm, PB_RULES, NULL);
        b->touched = false;
    }
}

/* ---- their fate ------------------------------------------------------------------------------ */

static void report_rule(struct pgw *p, struct pgw_session *s, struct ie_rule_report *report,
                        const struct ie_rule_name *name, uint32_t happened)
{
    if (report->n == IE_MAX_RULES) {
        pgw_report(p, s, report, happened);
        report->n = 0;
    }
    report->item[report->n++] = *name;
}

void pgw_rules_accepted(struct pgw *p, struct pgw_session *s, struct pgw_bearer *b)
{
    const uint32_t success = 1u << EVENT_SUCCESSFUL_ALLOCATION;
    struct ie_rule_report report = {.status = RULE_ACTIVE};

    for (uint32_t id = b->rules; id;) {
        struct pgw_rule *r = ctx_find(&p->rules, id);
        id = r->next;
        if (r->asking)
            r->known = r->asked;
        r->asking = false;
        if (!r->sent)
            continue;
        r->sent = false;
        if (r->todo == RULE_REMOVE) {
            drop_rule(p, b, r);
            continue;
        }
        if (s->events & success)
            report_rule(p, s, &report, &r->def.name, success);
        r->todo = RULE_KNOWN;
    }
    pgw_report(p, s, &report, success);
}

void pgw_rules_refused(struct pgw *p, struct pgw_session *s, struct pgw_bearer *b)
{
    struct ie_rule_report gone = {.status = RULE_INACTIVE, .failure = RULE_FAILURE_ALLOCATION};
    struct ie_rule_report unchanged = {.status = RULE_ACTIVE, .failure = RULE_FAILURE_ALLOCATION};

    for (uint32_t id = b->rules; id;) {
        struct pgw_rule *r = ctx_find(&p->rules, id);
        id = r->next;
        r->asking = false;
        if (!r->sent)
            continue;
        r->sent = false;
        if (r->todo == RULE_REMOVE || r->todo == RULE_ADD) {
            if (r->todo == RULE_ADD)
                report_rule(p, s, &gone, &r->def.name, 0);
            drop_rule(p, b, r);
        } else {
            report_rule(p, s, &unchanged, &r->def.name, 0);
            r->def = r->known;
            r->todo = RULE_KNOWN;
        }
    }
    pgw_report(p, s, &gone, 0);
    pgw_report(p, s, &unchanged, 0);
}

void pgw_rules_lost(struct pgw *p, struct pgw_session *s, struct pgw_bearer *b, uint8_t failure)
{
    struct ie_rule_report report = {.status = RULE_INACTIVE, .failure = failure};

    for (EACH_RULE(p, b, r)) {
        if (r->todo != RULE_REMOVE)
            report_rule(p, s, &report, &r->def.name, 0);
        r->todo = RULE_REMOVE;
    }
    pgw_report(p, s, &report, 0);
}

/* ---- packets --------------------------------------------------------------------------------- */

static bool matches(const struct ie_filter *f, const struct ie_packet *packet, uint8_t direction)
{
    bool down = direction == FILTER_DOWNLINK;
    uint32_t remote = down ? packet->src : packet->dst, local = down ? packet->dst : packet->src;
    uint16_t remote_port = down ? packet->src_port : packet->dst_port;
    uint16_t local_port = down ? packet->dst_port : packet->src_port;

    return (f->direction & direction) && (!f->protocol || f->protocol == packet->protocol) &&
           (!f->remote || f->remote == remote) && (!f->local || f->local == local) &&
           (!f->remote_port || f->remote_port == remote_port) && (!f->local_port || f->local_port == local_port);
}

const struct pgw_rule *pgw_rules_match(const struct pgw *p, const struct pgw_bearer *b,
                                       const struct ie_packet *packet, uint8_t direction, unsigned *precedence)
{
    const struct pgw_rule *best = NULL;

    for (EACH_RULE(p, b, r))
        for (unsigned i = 0; r->todo != RULE_REMOVE && i < r->def.n; i++)
            if (r->def.flow[i].precedence < *precedence && matches(&r->def.flow[i], packet, direction)) {
                best = r;
                *precedence = r->def.flow[i].precedence;
            }
    return best;
}
