/* pcrf_rx.c - a call leg, as the P-CSCF describes it (TS 29.214 4.4; rules: TS 29.213 6.3).
 *
 *   P-CSCF -> AAR (media, phone's address) | <- AAA at once; beside it the P-GW is told of the rules
 *          -> AAR with other media | <- AAA; changed rules under their old names, new ones, removed ones
 *          <- RAR: bearers came, or did not (to whoever subscribed) | RAA ->; a change that failed leaves the rule as it was
 *          <- ASR: no rule is left, or the phone is gone | ASA -> | STR ->
 *          -> STR | <- STA; the rules are removed
 *
 * Unknown address: 5065. Not allowed by the operator: 5063. Neither media nor PRELIMINARY: 5061. PRELIMINARY
 * service information is checked and answered, and provisions nothing.
 *
 * One rule per media component, with the flows of its RTP and RTCP; audio is QCI 1, video QCI 2; guaranteed
 * and maximum bit rate are what the P-CSCF asked for. Media that is on hold keeps its rule with closed gates.
 * The clauses of rows are from memory. SIMPLIFIED: RTCP has no bit rate of its own in a rule. */
#include "models/pcrf/pcrf_int.h"

#include <string.h>

enum { RX_END, RX_PRELIMINARY, RX_ACTIVE, RX_WAIT_STR, RX_STATES };
static const char *const states[] = {"end", "preliminary", "active", "wait STR"};
static const char *const events[] = {
    "AAR", "STR", "RAA", "ASA", "timer Tx", "resources allocated", "resources not allocated", "rules not changed",
    "bearer lost", "connection closed"};
enum { T_TX };

struct rx_session *pcrf_rx_find(const struct pcrf *p, uint32_t id)
{
    return ctx_find(&p->rx, id);
}

static struct gx_session *connection(const struct rx_session *rx)
{
    return ctx_find(&rx->pcrf->gx, rx->gx);
}

/* ---- what media gets -------------------------------------------------------------------------------- */

/* TS 29.213 6.3, table of authorised QCI; ARP and precedence are the operator's choice. */
static const struct media_policy policy[] = {
    [MEDIA_AUDIO] = {"voice", 1, {.level = 2, .may_preempt = true, .preemptable = false}, 100},
    [MEDIA_VIDEO] = {"video", 2, {.level = 4, .may_preempt = false, .preemptable = true}, 120},
};

const struct media_policy *pcrf_policy_of(uint8_t qci)
{
    for (size_t i = 0; i < G_N_ELEMENTS(policy); i++)
        if (policy[i].qci == qci)
            return &policy[i];
    return NULL;
}

static uint32_t kbps(uint32_t bps)
{
    return (bps + 999) / 1000;
}

/* Other media than these two is treated as audio. */
static unsigned class_of(const struct ie_media *media)
{
    return media->type == MEDIA_VIDEO ? MEDIA_VIDEO : MEDIA_AUDIO;
}

static struct ie_rule make_rule(const struct ie_media *media, struct ie_rule_name name)
{
    struct ie_rule r = {.name = name, .flow_status = media->flow_status};
    unsigned type = class_of(media);
    r.precedence = policy[type].precedence + media->number;
    r.qos.qci = policy[type].qci;
    r.qos.arp = policy[type].arp;
    r.qos.gbr_ul = r.qos.mbr_ul = kbps(media->max_ul);
    r.qos.gbr_dl = r.qos.mbr_dl = kbps(media->max_dl);
    for (unsigned i = 0; i < media->n && r.n + 2 <= IE_MAX_FILTERS; i++) {
        r.flow[r.n++] = media->flow[i].down;
        r.flow[r.n++] = media->flow[i].up;
    }
    return r;
}

static bool same_flow(const struct ie_filter *a, const struct ie_filter *b)
{
    return a->direction == b->direction && a->protocol == b->protocol && a->remote == b->remote && a->local == b->local &&
           a->remote_port == b->remote_port && a->local_port == b->local_port;
}

static bool same_rule(const struct ie_rule *a, const struct ie_rule *b)
{
    bool same = a->flow_status == b->flow_status && a->n == b->n && a->qos.qci == b->qos.qci &&
                a->qos.gbr_ul == b->qos.gbr_ul && a->qos.gbr_dl == b->qos.gbr_dl;
    for (unsigned i = 0; same && i < a->n; i++)
        same = same_flow(&a->flow[i], &b->flow[i]);
    return same;
}

/* ---- rules in force --------------------------------------------------------------------------------- */

static void forget_rule(struct rx_session *rx, unsigned i)
{
    struct ie_rules *r = &rx->rules;
    r->n--;
    memmove(&r->item[i], &r->item[i + 1], (r->n - i) * sizeof r->item[0]);
    memmove(&rx->before.item[i], &rx->before.item[i + 1], (r->n - i) * sizeof r->item[0]);
    memmove(&rx->component[i], &rx->component[i + 1], r->n - i);
}

/* A rule that the session does not need any more: it goes, or is again what the phone asked for. */
static void let_go(const struct rx_session *rx, const struct ie_rule_name *name, struct ie_rules *install, struct ie_rule_names *remove)
{
    const struct ie_rule *asked = pcrf_ue_give_back(connection(rx), name);
    if (asked)
        install->item[install->n++] = *asked;
    else
        remove->item[remove->n++] = *name;
}

/* What one component of an AAR changes: goes into the session's rules and into what the P-GW is told. */
static void apply(struct rx_session *rx, const struct ie_media *media, struct ie_rules *install, struct ie_rule_names *remove)
{
    struct ie_rules *have = &rx->rules;
    unsigned i = 0;
    while (i < have->n && rx->component[i] != media->number)
        i++;
    if (media->flow_status == FLOW_REMOVED) {
        if (i < have->n) {
            let_go(rx, &have->item[i].name, install, remove);
            forget_rule(rx, i);
        }
        return;
    }
    if (i == IE_MAX_RULES)
        return;
    bool known = i < have->n;
    struct ie_rule_name name =
        known ? have->item[i].name : (struct ie_rule_name){policy[class_of(media)].stem, ++rx->pcrf->rules};
    struct ie_rule rule = make_rule(media, name);
    if (known && same_rule(&rule, &have->item[i]))
        return;
    if (!known)
        pcrf_ue_use(connection(rx), rx->id, &rule);
    if (!known)
        have->n++;
    rx->before.item[i] = known ? have->item[i] : rule;
    have->item[i] = rule;
    rx->component[i] = media->number;
    install->item[install->n++] = rule;
}

static void tell_gateway(struct rx_session *rx, const struct ie_rules *install, const struct ie_rule_names *remove)
{
    struct gx_session *gx = connection(rx);
    bool success = rx->actions & 1u << ACTION_SUCCESSFUL_ALLOCATION;
    struct provision what = {install, remove, success ? 1u << EVENT_SUCCESSFUL_ALLOCATION : 0};
    if (gx && ((install && install->n) || (remove && remove->n)))
        rx->asked = pcrf_provision(gx, &what);
}

static void remove_all(struct rx_session *rx)
{
    struct ie_rules install = {0};
    struct ie_rule_names names = {0};
    for (unsigned i = 0; i < rx->rules.n; i++)
        let_go(rx, &rx->rules.item[i].name, &install, &names);
    rx->rules.n = 0;
    tell_gateway(rx, &install, &names);
}

static bool names_rule(const struct ie_rule_report *report, const struct ie_rule *rule)
{
    for (unsigned i = 0; i < report->n; i++)
        if (report->item[i].serial == rule->name.serial)
            return true;
    return false;
}

/* How many of the session's rules a report names. */
static unsigned named(const struct rx_session *rx, const struct ie_rule_report *report)
{
    unsigned n = 0;
    for (unsigned i = 0; i < rx->rules.n; i++)
        n += names_rule(report, &rx->rules.item[i]);
    return n;
}

static void forget_named(struct rx_session *rx, const struct ie_rule_report *report)
{
    for (unsigned i = rx->rules.n; i-- > 0;)
        if (names_rule(report, &rx->rules.item[i]))
            forget_rule(rx, i);
}

/* ---- requests of the P-CSCF ------------------------------------------------------------------------- */

static uint32_t address_of(const void *aar)
{
    const struct dia_AAR *b = dia_body((const struct dia_msg *)aar, AAR);
    return IE_HAS(b, address) ? b->address : 0;
}

static bool no_connection(const struct fsm *f, const void *arg)
{
    return !idmap_get(&rx_of(f)->pcrf->gx_by_ip, address_of(arg));
}

static bool is_preliminary(const struct fsm *f, const void *arg)
{
    const struct dia_AAR *b = dia_body((const struct dia_msg *)arg, AAR);
    (void)f;
    return IE_HAS(b, status) && b->status == SERVICE_INFO_PRELIMINARY;
}

static bool is_invalid(const struct fsm *f, const void *arg)
{
    const struct dia_AAR *b = dia_body((const struct dia_msg *)arg, AAR);
    return !is_preliminary(f, arg) && (!IE_HAS(b, media) || b->media.n == 0);
}

static bool not_allowed(const struct fsm *f, const void *arg)
{
    const struct pcrf *p = rx_of(f)->pcrf;
    const struct gx_session *gx = connection(rx_of(f));
    const struct dia_AAR *b = dia_body((const struct dia_msg *)arg, AAR);
    return IE_HAS(b, media) && p->cfg.authorise &&
           !p->cfg.authorise(p->cfg.user, gx ? gx->ip : address_of(arg), &b->media);
}

static bool answer(const struct fsm *f, const void *arg, uint32_t result)
{
    const struct rx_session *rx = rx_of(f);
    const struct dia_msg *request = arg;
    struct dia_msg *m = dia_answer(rx->pcrf->epc->dia, request->m.type == DIA_AAR ? DIA_AAA : DIA_STA, request, result);
    if (m->m.type == DIA_AAA && result == DIA_SUCCESS) {
        struct dia_AAA *b = dia_body(m, AAA);
        IE_PUT(b, ip_can) = IP_CAN_EPS;
        IE_PUT(b, rat_type) = AVP_RAT_EUTRAN;
    }
    pcrf_send(rx->pcrf, rx->peer.node, IFACE_RX, m);
    return true;
}

static bool refuse_unknown(struct fsm *f, const void *arg)
{
    return answer(f, arg, DIA_RX_SESSION_NOT_AVAILABLE);
}

static bool refuse_invalid(struct fsm *f, const void *arg)
{
    return answer(f, arg, DIA_RX_INVALID_SERVICE);
}

static bool refuse_service(struct fsm *f, const void *arg)
{
    return answer(f, arg, DIA_RX_NOT_AUTHORIZED);
}

/* The first AAR binds the session to the connection: as its last one, so that the order is that of beginning. */
static void bind_session(struct rx_session *rx, uint32_t ip)
{
    struct pcrf *p = rx->pcrf;
    struct gx_session *gx = ctx_find(&p->gx, idmap_get(&p->gx_by_ip, ip));
    uint32_t *place = &gx->first;
    while (*place)
        place = &pcrf_rx_find(p, *place)->next;
    *place = rx->id;
    rx->gx = gx->id;
}

static bool accept_service(struct fsm *f, const void *arg)
{
    struct rx_session *rx = rx_of(f);
    const struct dia_AAR *b = dia_body((const struct dia_msg *)arg, AAR);
    if (!rx->gx)
        bind_session(rx, address_of(arg));
    if (IE_HAS(b, actions))
        rx->actions = b->actions;
    return answer(f, arg, DIA_SUCCESS);
}

/* The answer does not wait for the P-GW (TS 29.213 B.2.1). */
static bool provision(struct fsm *f, const void *arg)
{
    struct rx_session *rx = rx_of(f);
    const struct dia_AAR *b = dia_body((const struct dia_msg *)arg, AAR);
    struct ie_rules install = {0};
    struct ie_rule_names remove = {0};
    accept_service(f, arg);
    for (unsigned i = 0; IE_HAS(b, media) && i < b->media.n; i++)
        apply(rx, &b->media.item[i], &install, &remove);
    tell_gateway(rx, &install, &remove);
    return true;
}

static bool terminate(struct fsm *f, const void *arg)
{
    answer(f, arg, DIA_SUCCESS);
    remove_all(rx_of(f));
    return true;
}

static bool no_str(struct fsm *f, const void *arg)
{
    (void)arg;
    remove_all(rx_of(f));
    return true;
}

/* ---- what the P-GW reports -------------------------------------------------------------------------- */

static bool none_left(const struct fsm *f, const void *arg)
{
    const struct rx_session *rx = rx_of(f);
    return named(rx, arg) == rx->rules.n;
}

static bool subscribed(const struct rx_session *rx, unsigned action)
{
    return rx->actions & 1u << action;
}

/* Nobody would hear of the failure: the session is ended instead. */
static bool none_left_untold(const struct fsm *f, const void *arg)
{
    return none_left(f, arg) && !subscribed(rx_of(f), ACTION_FAILED_ALLOCATION);
}

/* RAR with this specific action; `none`: no rule of the session is left, and this is why. */
static void tell(const struct rx_session *rx, unsigned action, bool none, uint32_t why)
{
    struct dia_msg *m = pcrf_request(rx->pcrf, DIA_RX_RAR, &rx->peer);
    struct dia_RX_RAR *b = dia_body(m, RX_RAR);
    b->actions = 1u << action;
    if (none)
        IE_PUT(b, cause) = why;
    pcrf_send(rx->pcrf, rx->peer.node, IFACE_RX, m);
}

static bool tell_allocated(struct fsm *f, const void *arg)
{
    (void)arg;
    if (subscribed(rx_of(f), ACTION_SUCCESSFUL_ALLOCATION))
        tell(rx_of(f), ACTION_SUCCESSFUL_ALLOCATION, false, 0);
    return true;
}

static bool tell_failed(struct fsm *f, const void *arg)
{
    struct rx_session *rx = rx_of(f);
    forget_named(rx, arg);
    if (subscribed(rx, ACTION_FAILED_ALLOCATION))
        tell(rx, ACTION_FAILED_ALLOCATION, rx->rules.n == 0, ABORT_BEARER_RESOURCES);
    return true;
}

/* TS 29.212 4.5.12: the P-GW has kept the rule as it was. */
static bool keep_rules(struct fsm *f, const void *arg)
{
    struct rx_session *rx = rx_of(f);
    for (unsigned i = 0; i < rx->rules.n; i++)
        if (names_rule(arg, &rx->rules.item[i]))
            rx->rules.item[i] = rx->before.item[i];
    if (subscribed(rx, ACTION_FAILED_ALLOCATION))
        tell(rx, ACTION_FAILED_ALLOCATION, false, 0);
    return true;
}

static bool tell_lost(struct fsm *f, const void *arg)
{
    struct rx_session *rx = rx_of(f);
    forget_named(rx, arg);
    if (subscribed(rx, ACTION_LOSS_OF_BEARER))
        tell(rx, ACTION_LOSS_OF_BEARER, false, 0);
    return true;
}

static void abort_session(struct fsm *f, uint32_t why)
{
    const struct rx_session *rx = rx_of(f);
    struct dia_msg *m = pcrf_request(rx->pcrf, DIA_ASR, &rx->peer);
    dia_body(m, ASR)->cause = why;
    fsm_timer_start(f, T_TX, rx->pcrf->epc->timer[TIMER_DIAMETER_TX]);
    pcrf_send(rx->pcrf, rx->peer.node, IFACE_RX, m);
}

static bool abort_failed(struct fsm *f, const void *arg)
{
    forget_named(rx_of(f), arg);
    abort_session(f, ABORT_BEARER_RESOURCES);
    return true;
}

static bool abort_lost(struct fsm *f, const void *arg)
{
    forget_named(rx_of(f), arg);
    abort_session(f, ABORT_BEARER_RELEASED);
    return true;
}

static bool abort_closed(struct fsm *f, const void *arg)
{
    (void)arg;
    rx_of(f)->rules.n = 0;
    abort_session(f, ABORT_BEARER_RELEASED);
    return true;
}

static const struct fsm_row rows[] = {
    /*  in              on                if                do              then            on failure      clause              */
    ROW(RX_END,         RX_RX_AAR,        no_connection,    refuse_unknown, RX_END,         RX_END,         "TS 29.214 4.4.1"),
    ROW(RX_END,         RX_RX_AAR,        is_invalid,       refuse_invalid, RX_END,         RX_END,         "TS 29.214 4.4.1"),
    ROW(RX_END,         RX_RX_AAR,        not_allowed,      refuse_service, RX_END,         RX_END,         "TS 29.214 4.4.1"),
    ROW(RX_END,         RX_RX_AAR,        is_preliminary,   accept_service, RX_PRELIMINARY, RX_END,         "TS 29.214 4.4.1"),
    ROW(RX_END,         RX_RX_AAR,        NULL,             provision,      RX_ACTIVE,      RX_END,         "TS 29.214 4.4.1"),
    ROW(RX_PRELIMINARY, RX_RX_AAR,        not_allowed,      refuse_service, RX_PRELIMINARY, RX_END,         "TS 29.214 4.4.2"),
    ROW(RX_PRELIMINARY, RX_RX_AAR,        is_preliminary,   accept_service, RX_PRELIMINARY, RX_END,         "TS 29.214 4.4.2"),
    ROW(RX_PRELIMINARY, RX_RX_AAR,        NULL,             provision,      RX_ACTIVE,      RX_END,         "TS 29.214 4.4.2"),
    ROW(RX_ACTIVE,      RX_RX_AAR,        not_allowed,      refuse_service, RX_ACTIVE,      RX_END,         "TS 29.214 4.4.2"),
    ROW(RX_ACTIVE,      RX_RX_AAR,        is_preliminary,   accept_service, RX_ACTIVE,      RX_END,         "TS 29.214 4.4.2"),
    ROW(RX_ACTIVE,      RX_RX_AAR,        NULL,             provision,      RX_ACTIVE,      RX_END,         "TS 29.214 4.4.2"),
    ROW(RX_ACTIVE,      RX_ALLOCATED,     NULL,             tell_allocated, RX_ACTIVE,      RX_END,         "TS 29.214 4.4.6.5"),
    ROW(RX_ACTIVE,      RX_NOT_ALLOCATED, none_left_untold, abort_failed,   RX_WAIT_STR,    RX_END,         "TS 29.214 4.4.6.1"),
    ROW(RX_ACTIVE,      RX_NOT_ALLOCATED, NULL,             tell_failed,    RX_ACTIVE,      RX_END,         "TS 29.214 4.4.6.5"),
    ROW(RX_ACTIVE,      RX_NOT_CHANGED,   NULL,             keep_rules,     RX_ACTIVE,      RX_END,         "TS 29.214 4.4.6.5"),
    ROW(RX_ACTIVE,      RX_LOST,          none_left,        abort_lost,     RX_WAIT_STR,    RX_END,         "TS 29.214 4.4.6.1"),
    ROW(RX_ACTIVE,      RX_LOST,          NULL,             tell_lost,      RX_ACTIVE,      RX_END,         "TS 29.214 4.4.6.2"),
    ROW(RX_ACTIVE,      RX_RX_RAA,        NULL,             NULL,           RX_ACTIVE,      RX_END,         "TS 29.214 4.4.6.5"),
    ROW(RX_PRELIMINARY, RX_RX_STR,        NULL,             terminate,      RX_END,         RX_END,         "TS 29.214 4.4.4"),
    ROW(RX_ACTIVE,      RX_RX_STR,        NULL,             terminate,      RX_END,         RX_END,         "TS 29.214 4.4.4"),
    ROW(RX_PRELIMINARY, RX_CLOSED,        NULL,             abort_closed,   RX_WAIT_STR,    RX_END,         "TS 29.214 4.4.6.1"),
    ROW(RX_ACTIVE,      RX_CLOSED,        NULL,             abort_closed,   RX_WAIT_STR,    RX_END,         "TS 29.214 4.4.6.1"),
    ROW(RX_WAIT_STR,    RX_RX_AAR,        NULL,             refuse_unknown, RX_WAIT_STR,    RX_END,         "TS 29.214 4.4.1"),
    ROW(RX_WAIT_STR,    RX_RX_ASA,        NULL,             NULL,           RX_WAIT_STR,    RX_END,         "TS 29.214 4.4.6.1"),
    ROW(RX_WAIT_STR,    RX_RX_STR,        NULL,             terminate,      RX_END,         RX_END,         "TS 29.214 4.4.4"),
    ROW(RX_WAIT_STR,    RX_TMR_TX,        NULL,             no_str,         RX_END,         RX_END,         "RFC 6733 5.5.4"),
};
static const struct fsm_timer timers[] = {
    [T_TX] = {"Tx", RX_TMR_TX, 0, FSM_IN(RX_WAIT_STR)},
};

static void unbind(struct rx_session *rx)
{
    struct gx_session *gx = connection(rx);
    if (!gx)
        return;
    uint32_t *place = &gx->first;
    while (*place != rx->id)
        place = &pcrf_rx_find(rx->pcrf, *place)->next;
    *place = rx->next;
}

static void ended(struct fsm *f)
{
    struct rx_session *rx = rx_of(f);
    struct pcrf *p = rx->pcrf;
    unbind(rx);
    idmap_del(&p->rx_of, pcrf_key(rx->peer.session, rx->peer.host));
    ctx_free(&p->rx, rx);
}

struct fsm_def pcrf_rx_def = {
    .name = "pcrf-rx",
    .title = "Call leg at the PCRF (TS 29.214 4.4, TS 29.213 6.3)",
    .state_names = states, .nstates = RX_STATES, .event_names = events, .nevents = RX_EVENTS,
    .rows = rows, .nrows = G_N_ELEMENTS(rows), .timers = timers, .ntimers = G_N_ELEMENTS(timers),
    .policy = FSM_IGNORE, .ended = ended,
};

/* ---- events of the connection ----------------------------------------------------------------------- */

static struct rx_session *first_of(const struct gx_session *gx)
{
    return pcrf_rx_find(gx->pcrf, gx->first);
}

static struct rx_session *next_of(const struct rx_session *rx)
{
    return pcrf_rx_find(rx->pcrf, rx->next);
}

void pcrf_rx_report(struct gx_session *gx, const struct ie_rule_report *report)
{
    uint8_t event = report->status == RULE_ACTIVE ? (report->failure ? RX_NOT_CHANGED : RX_ALLOCATED)
                                                  : (report->failure ? RX_NOT_ALLOCATED : RX_LOST);
    for (struct rx_session *rx = first_of(gx); rx; rx = next_of(rx))
        if (named(rx, report))
            fsm_event(&rx->fsm, event, report);
}

/* Answers come in the order of the requests. */
void pcrf_rx_confirm(struct gx_session *gx)
{
    struct rx_session *oldest = NULL;
    for (struct rx_session *rx = first_of(gx); rx; rx = next_of(rx))
        if (rx->asked && (!oldest || rx->asked < oldest->asked))
            oldest = rx;
    if (oldest)
        oldest->asked = 0;
}

void pcrf_rx_unconfirmed(struct gx_session *gx)
{
    for (struct rx_session *rx = first_of(gx); rx; rx = next_of(rx)) {
        struct ie_rule_report all = {.n = rx->rules.n, .status = RULE_INACTIVE, .failure = RULE_FAILURE_GW_MALFUNCTION};
        for (unsigned i = 0; i < all.n; i++)
            all.item[i] = rx->rules.item[i].name;
        if (rx->asked && all.n)
            fsm_event(&rx->fsm, RX_NOT_ALLOCATED, &all);
        rx->asked = 0;
    }
}

void pcrf_rx_close(struct gx_session *gx)
{
    for (struct rx_session *rx = first_of(gx), *next; rx; rx = next) {
        next = next_of(rx);
        rx->gx = rx->next = 0;
        fsm_event(&rx->fsm, RX_CLOSED, NULL);
    }
    gx->first = 0;
}
