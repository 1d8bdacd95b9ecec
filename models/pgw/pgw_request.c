/* pgw_request.c - what a phone asks for itself: a bearer, or to be rid of one (TS 23.401 5.4.5; TS 29.274 7.2.5, 7.2.6; TS 29.212 4.5.1).
 *
 *   S-GW -> Bearer Resource Command | CCR-U -> PCRF | <- CCA-U with a rule, or the removal of one
 *        | the bearer concerned asks the S-GW for what that needs (pgw_bearer.c): Create, Update or Delete Bearer Request with
 *          the phone's transaction and the command's sequence number
 *        | refused, or no CCA: Bearer Resource Failure Indication -> S-GW
 *
 * Clauses but for TS 29.274 7.6 are unverified. SIMPLIFIED: filters are asked for and given up, not changed; when a bearer has a
 * request under way the command is answered by the next one, and of two commands for one bearer the first one is not. */
#include "models/pgw/pgw_int.h"

enum { PA_END, PA_WAIT_CCA, PA_STATES };
static const char *const states[] = {"end", "wait CCA-U"};
static const char *const events[] = {"Bearer Resource Command", "CCA-U", "timer Tx"};
enum { T_TX };

static struct pgw_ask *ask_of(struct fsm *f)
{
    return (struct pgw_ask *)(void *)((char *)f - offsetof(struct pgw_ask, fsm));
}
static struct pgw *pgw_of(const struct fsm *f)
{
    return f->node->self;
}
static struct pgw_session *session_of(const struct fsm *f)
{
    const struct pgw_ask *a = (const struct pgw_ask *)(const void *)((const char *)f - offsetof(struct pgw_ask, fsm));
    return ctx_find(&pgw_of(f)->sessions, a->session);
}
static const struct gtp_bearer_resource_cmd *command(const void *arg)
{
    return gtp_body((const struct gtp_msg *)arg, bearer_resource_cmd);
}

/* ---- refusing -------------------------------------------------------------------------------- */

static bool fail(struct fsm *f, uint8_t cause)
{
    const struct pgw_ask *a = ask_of(f);
    struct pgw *p = pgw_of(f);
    struct gtp_msg *m = gtp_new(p->epc->gtp, GTP_bearer_resource_failure);
    struct gtp_bearer_resource_failure *b = gtp_body(m, bearer_resource_failure);

    m->teid = a->sgw_teid;
    m->seq = a->seq;
    b->cause = cause;
    b->linked_ebi = a->linked_ebi;
    b->pti = a->pti;
    gtp_seal(p->epc->gtp, m);
    node_send(p->node, net_node(p->epc->net, a->sgw), IFACE_S5, &m->m);
    return true;
}

static bool is_unknown(const struct fsm *f, const void *arg)
{
    const struct pgw_session *s = session_of(f);
    (void)arg;
    return !s || !pgw_session_is_active(s);
}

static bool refuse_unknown(struct fsm *f, const void *arg)
{
    (void)arg;
    return fail(f, GTP_CONTEXT_NOT_FOUND);
}

/* The rule whose filters the phone wants to be rid of; NULL: it asks for some, or there is no such rule. */
static const struct pgw_rule *given_up(const struct fsm *f, const struct gtp_bearer_resource_cmd *b)
{
    const struct pgw *p = pgw_of(f);
    const struct pgw_session *s = session_of(f);
    const struct pgw_bearer *bearer = ctx_find(&p->bearers, s->bearers);

    while (bearer && !(IE_HAS(b, ebi) && bearer->ebi == b->ebi))
        bearer = ctx_find(&p->bearers, bearer->next);
    return bearer && b->tad.op == TFT_REMOVE ? pgw_rules_of_filters(p, bearer, &b->tad) : NULL;
}

static bool makes_no_sense(const struct fsm *f, const void *arg)
{
    const struct gtp_bearer_resource_cmd *b = command(arg);
    bool asks = b->tad.op == TFT_CREATE && b->tad.n && IE_HAS(b, flow_qos);
    return !asks && !given_up(f, b);
}

static bool refuse_filters(struct fsm *f, const void *arg)
{
    (void)arg;
    return fail(f, GTP_TFT_SEMANTIC);
}

/* ---- asking the PCRF ------------------------------------------------------------------------- */

static void describe(struct dia_CCR *ccr, const struct gtp_bearer_resource_cmd *b, const struct pgw_rule *gone)
{
    struct ie_filters *list = &IE_PUT(ccr, filters);

    *list = (struct ie_filters){.n = b->tad.n, .rule = gone ? gone->def.name.serial : 0};
    for (unsigned i = 0; i < list->n; i++)
        list->item[i] = b->tad.filter[i];
    IE_PUT(ccr, filter_operation) = gone ? FILTERS_DELETION : FILTERS_ADDITION;
    if (!gone)
        IE_PUT(ccr, qos) = b->flow_qos;
    IE_PUT(ccr, events) = 1u << EVENT_RESOURCE_MODIFICATION;
}

static bool ask_pcrf(struct fsm *f, const void *arg)
{
    struct pgw *p = pgw_of(f);
    struct pgw_ask *a = ask_of(f);
    struct dia_msg *m = pgw_ccr(p, session_of(f), CC_UPDATE);

    a->cc_number = dia_body(m, CCR)->number;
    describe(dia_body(m, CCR), command(arg), given_up(f, command(arg)));
    fsm_timer_start(f, T_TX, p->epc->timer[TIMER_DIAMETER_TX]);
    pgw_send_ccr(p, m);
    return true;
}

static bool is_granted(const struct fsm *f, const void *arg)
{
    (void)f;
    return ((const struct dia_msg *)arg)->result == DIA_SUCCESS;
}

/* What the bearer that changes tells the S-GW next is the answer. */
static bool carry_out(struct fsm *f, const void *arg)
{
    static const struct ie_rules no_rules;
    static const struct ie_rule_names no_names;
    struct pgw *p = pgw_of(f);
    const struct pgw_ask *a = ask_of(f);
    struct pgw_session *s = session_of(f);
    const struct dia_CCA *b = dia_body((const struct dia_msg *)arg, CCA);
    struct ie_rule_report failed = {.status = RULE_INACTIVE, .failure = RULE_FAILURE_RESOURCES};

    pgw_rules_take(p, s, IE_HAS(b, install) ? &b->install : &no_rules, IE_HAS(b, remove) ? &b->remove : &no_names, &failed);
    for (struct pgw_bearer *bearer = ctx_find(&p->bearers, s->bearers); bearer; bearer = ctx_find(&p->bearers, bearer->next)) {
        struct pgw_dedicated *d = ctx_find(&p->dedicated, bearer->dedicated);
        if (bearer->touched && d) {
            d->command = a->seq;
            d->pti = a->pti;
        }
    }
    pgw_rules_tell(p, s);
    if (failed.n)
        fail(f, GTP_NO_RESOURCES);
    pgw_report(p, s, &failed, 0);
    return true;
}

static bool refuse(struct fsm *f, const void *arg)
{
    (void)arg;
    return fail(f, GTP_REQUEST_REJECTED);
}

static bool no_cca(struct fsm *f, const void *arg)
{
    (void)arg;
    return fail(f, GTP_PEER_NOT_RESPONDING);
}

static const struct fsm_row rows[] = {
    /*  in           on             if              do              then         on failure  clause */
    ROW(PA_END,      PA_RX_COMMAND, is_unknown,     refuse_unknown, PA_END,      PA_END, "TS 29.274 7.2.6"),
    ROW(PA_END,      PA_RX_COMMAND, makes_no_sense, refuse_filters, PA_END,      PA_END, "TS 29.274 7.2.6"),
    ROW(PA_END,      PA_RX_COMMAND, NULL,           ask_pcrf,       PA_WAIT_CCA, PA_END, "TS 23.401 5.4.5 step 4"),
    ROW(PA_WAIT_CCA, PA_RX_CCA,     is_granted,     carry_out,      PA_END,      PA_END, "TS 23.401 5.4.5 step 5"),
    ROW(PA_WAIT_CCA, PA_RX_CCA,     NULL,           refuse,         PA_END,      PA_END, "TS 29.274 7.2.6"),
    ROW(PA_WAIT_CCA, PA_TMR_TX,     NULL,           no_cca,         PA_END,      PA_END, "RFC 6733 5.5.4"),
};
static const struct fsm_timer timers[] = {
    [T_TX] = {"diameter.Tx", PA_TMR_TX, 0, FSM_IN(PA_WAIT_CCA)},
};

static void ask_free(struct pgw *p, struct pgw_ask *a)
{
    struct pgw_session *s = ctx_find(&p->sessions, a->session);
    uint32_t *at = s ? &s->asks : NULL;

    while (at && *at != a->id)
        at = &((struct pgw_ask *)ctx_find(&p->asks, *at))->next;
    if (at)
        *at = a->next;
    fsm_stop(&a->fsm);
    ctx_free(&p->asks, a);
}

static void ended(struct fsm *f)
{
    ask_free(pgw_of(f), ask_of(f));
}

struct fsm_def pgw_request_def = {
    .name = "pgw-request",
    .title = "What a phone asks for, at the P-GW (TS 23.401 5.4.5, TS 29.274 7.2.5)",
    .state_names = states, .nstates = PA_STATES, .event_names = events, .nevents = PA_EVENTS,
    .rows = rows, .nrows = G_N_ELEMENTS(rows), .timers = timers, .ntimers = G_N_ELEMENTS(timers),
    .policy = FSM_IGNORE, .ended = ended,
};

/* ---- interface ------------------------------------------------------------------------------- */

/* The S-GW repeats a command until it gets the request that this triggers. */
static bool is_under_way(const struct pgw *p, const struct pgw_session *s, uint32_t sgw, uint32_t seq)
{
    if (idmap_get(&p->dedicated_of_seq, pgw_key(sgw, seq)))
        return true;
    for (const struct pgw_ask *a = ctx_find(&p->asks, s->asks); a; a = ctx_find(&p->asks, a->next))
        if (a->seq == seq)
            return true;
    for (const struct pgw_bearer *b = ctx_find(&p->bearers, s->bearers); b; b = ctx_find(&p->bearers, b->next)) {
        const struct pgw_dedicated *d = ctx_find(&p->dedicated, b->dedicated);
        if (d && d->command == seq)
            return true;
    }
    return false;
}

void pgw_command(struct pgw *p, struct pgw_session *s, const struct gtp_msg *m, struct node *from)
{
    const struct gtp_bearer_resource_cmd *b = gtp_body(m, bearer_resource_cmd);

    if (s && is_under_way(p, s, from->id, m->seq))
        return;
    struct pgw_ask *a = ctx_new(&p->asks);
    fsm_start(&a->fsm, &pgw_request_def, p->node);
    a->sgw = from->id;
    a->sgw_teid = s ? s->sgw_teid : 0;
    a->seq = m->seq;
    a->pti = b->pti;
    a->linked_ebi = b->linked_ebi;
    if (s) {
        a->session = s->id;
        a->next = s->asks;
        s->asks = a->id;
    }
    fsm_event(&a->fsm, PA_RX_COMMAND, m);
}

struct pgw_ask *pgw_ask_of(const struct pgw *p, const struct pgw_session *s, const struct dia_msg *cca)
{
    struct pgw_ask *a = ctx_find(&p->asks, s->asks);
    while (a && a->cc_number != dia_body(cca, CCA)->number)
        a = ctx_find(&p->asks, a->next);
    return a;
}

void pgw_asks_drop(struct pgw *p, struct pgw_session *s)
{
    while (s->asks)
        ask_free(p, ctx_find(&p->asks, s->asks));
}
