/* scscf_isc.c - initial filter criteria: application servers in the path of a request
 * (TS 24.229 5.4.3.2, 5.4.3.3; TS 23.218 6.4, 6.5; sub-clauses unverified).
 *
 *   the next criterion, in the order of their priorities, fits method and session case |
 *       Route: <AS>, <S-CSCF with the original dialog identifier>, P-Served-User -> AS
 *   AS: the request with that Route entry -> | Record-Route unless it stands there | the criteria behind
 *       that one
 *   no answer at all (timer isc.response), 408 or 5xx | as the criterion says: the criteria behind it, as if
 *       the AS were not there, or 504 or what the AS said ->
 *
 * Default handling is for an AS that has neither answered 101-199 nor sent the request back: what it says
 * later is somebody else's answer. A 100 does not count (TS 24.229 3.2).
 *
 * The original dialog identifier is an id like those of sim/ctx.h: slab index and part of the serial number
 * of the request that went to the AS. It finds nothing any more when that request has been given up.
 *
 * SIMPLIFIED: a trigger is a set of methods in one session case; an AS that changes the Request-URI does not
 * make the call one of a diverting user; timer C begins when the AS has answered or sent the request back. */
#include "models/cscf/cscf_int.h"

#define INDEX_BITS 24

/* ---- the original dialog identifier ------------------------------------------------------------------ */

static uint32_t odi_of(const struct pending *p)
{
    uint32_t index = sip_token_index(p->id);
    sim_assert(p->fsm.node->sim, index < 1u << INDEX_BITS);
    return (uint32_t)(p->id >> 32) << INDEX_BITS | index;
}

static struct sip_uri odi_uri(const struct pending *p)
{
    uint32_t host = p->cscf->cfg.host;
    sim_assert(p->fsm.node->sim, host <= UINT16_MAX);
    return (struct sip_uri){.kind = SIP_URI_ODI, .flags = SIP_LR, .port = (uint16_t)host, .id = odi_of(p)};
}

/* The request that this Route entry was made for; NULL: nobody waits for it (any more). */
static struct pending *original(const struct cscf *c, struct sip_uri uri)
{
    uint32_t index = uri.id & ((1u << INDEX_BITS) - 1);
    struct pending *p = slab_in_use(&c->world->pending, index) ? slab_at(&c->world->pending, index) : NULL;
    return p && p->cscf == c && p->criterion && p->spare && odi_of(p) == uri.id ? p : NULL;
}

bool scscf_is_returned(const struct fsm *f, const void *arg)
{
    const struct sip_msg *m = arg;
    return m->route && m->route->uri.kind == SIP_URI_ODI &&
           m->route->uri.port == const_pending_of(f)->cscf->cfg.host;
}

bool scscf_is_returned_late(const struct fsm *f, const void *arg)
{
    const struct sip_msg *m = arg;
    return scscf_is_returned(f, arg) && !original(const_pending_of(f)->cscf, m->route->uri);
}

bool scscf_refuse_late(struct fsm *f, const void *arg)
{
    (void)arg;
    return cscf_refuse(pending_of(f), 481);
}

/* ---- to the AS and back ------------------------------------------------------------------------------ */

/* The place of the next criterion that fits, or how many there are. */
static unsigned next_match(const struct pending *p)
{
    unsigned n = p->profile ? p->profile->n_criteria : 0, i = p->criterion;
    for (; i < n; i++) {
        const struct ie_criterion *k = &p->profile->criterion[i];
        if (k->session_case == p->session_case && k->methods >> p->work->method & 1)
            break;
    }
    return i;
}

bool scscf_matches(const struct fsm *f, const void *arg)
{
    const struct pending *p = const_pending_of(f);
    (void)arg;
    return p->profile && next_match(p) < p->profile->n_criteria;
}

static void say_served(struct pending *p)
{
    struct sip_cold *cold = sip_cold_edit(p->cscf->world->sip, p->work);
    cold->served = p->served + 1;
    cold->served_case = p->session_case == CASE_ORIGINATING   ? SIP_SERVED_ORIG
                        : p->session_case == CASE_TERMINATING ? SIP_SERVED_TERM
                                                              : SIP_SERVED_TERM_UNREG;
}

/* An INVITE has nothing else in its cold part. */
static void drop_served(struct sip_stack *sip, struct sip_msg *m)
{
    if (m->cold && m->method == SIP_INVITE)
        sip_set_cold(sip, m, NULL);
    else if (m->cold)
        sip_cold_edit(sip, m)->served = 0;
}

bool scscf_trigger(struct fsm *f, const void *arg)
{
    struct pending *p = pending_of(f);
    struct sip_stack *sip = p->cscf->world->sip;
    unsigned i = next_match(p);
    struct sip_uri as = {.kind = SIP_URI_HOST, .flags = SIP_LR, .id = p->profile->criterion[i].server};
    (void)arg;
    p->criterion = (uint8_t)(i + 1);
    p->spare = sip_copy(sip, p->work);
    say_served(p);
    sip_push_route(sip, p->work, odi_uri(p));
    sip_push_route(sip, p->work, as);
    fsm_timer_start(f, PX_T_ISC, sip->timer[TIMER_ISC_RESPONSE]);
    return cscf_forward(p, sip_uri_node(sip, as), 504);
}

/* It goes on where the evaluation stood; if the AS stays in the path, so does the S-CSCF behind it. */
bool scscf_take_back(struct fsm *f, const void *arg)
{
    struct pending *p = pending_of(f);
    struct sip_stack *sip = p->cscf->world->sip;
    struct sip_msg *m = p->work;
    struct pending *before = original(p->cscf, m->route->uri);
    (void)arg;
    p->profile = before->profile;
    p->served = before->served;
    p->session_case = before->session_case;
    p->criterion = before->criterion;
    sip_pop_route(sip, m);
    drop_served(sip, m);
    if (!m->record_route || sip_uri_node(sip, m->record_route->uri) != f->node)
        sip_push_record_route(sip, m, p->cscf->core);
    fsm_event(&before->fsm, PX_RETURNED, NULL);
    return fsm_event(f, PX_EVALUATE, NULL);
}

bool scscf_as_tries(struct fsm *f, const void *arg)
{
    struct pending *p = pending_of(f);
    (void)arg;
    if (p->invite)
        fsm_timer_start(f, PX_T_C, sip_timer(p->cscf->world->sip, IFACE_ISC, SIP_TC));
    return true;
}

/* ---- default handling -------------------------------------------------------------------------------- */

bool scscf_passes_over(const struct fsm *f, const void *arg)
{
    const struct pending *p = const_pending_of(f);
    (void)arg;
    return !p->profile->criterion[p->criterion - 1].terminate;
}

bool scscf_passes_over_failed(const struct fsm *f, const void *arg)
{
    const struct sip_msg *m = arg;
    return (m->status == 408 || m->status / 100 == 5) && scscf_passes_over(f, arg);
}

/* Should the AS answer after all, it is told that nobody wants it any more. */
static void give_up(struct pending *p)
{
    if (p->invite)
        sip_send_cancel(p->cscf->world->sip, p->ct, 0);
}

/* With a new token: what the AS still sends for the old one is late. */
bool scscf_pass_over(struct fsm *f, const void *arg)
{
    struct pending *p = pending_of(f);
    struct sip_stack *sip = p->cscf->world->sip;
    if (!arg) /* no response */
        give_up(p);
    p->id = sip_token(sip, sip_token_index(p->id));
    sip_st_set_user(sip, p->st, p->id);
    p->work = p->spare;
    p->spare = NULL;
    p->ct = 0;
    node_note(f->node, NOTE_TEXT, "the application server failed: the session continues without it", NULL);
    return fsm_event(f, PX_EVALUATE, NULL);
}

bool scscf_end_unanswered(struct fsm *f, const void *arg)
{
    (void)arg;
    give_up(pending_of(f));
    return cscf_refuse(pending_of(f), 504);
}
