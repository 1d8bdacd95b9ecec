/* ue_reserve.c - the phone's resource reservation for one call: a timed activity that starts before the
 * call, with the INVITE, or with the first SDP answer, as its group says; or bearers that the network brings, or
 * that the phone asks for itself (ue_own.c): a caller before its INVITE.
 *
 * A bearer is one for the call when its filters let the call's media pass (TS 24.301 6.4.2.3): where they come
 * from is known with the peer's description, and before that a phone with one call needs not ask. Two calls may
 * share a bearer, which is changed for the second one.
 *
 * SIMPLIFIED: without an access network the reservation takes a given time (R1, R2) and then has
 * succeeded or failed for all streams at once. */
#include "models/ue/ue_access.h"
#include "models/ue/ue_int.h"

enum { RES_IDLE, RES_WAIT, RES_BEARERS, RES_OWN, RES_READY, RES_FAILED, RES_STATES };
static const char *const res_states[] = {"idle", "wait resources", "bearers", "own bearers", "ready", "failed"};
static const char *const res_events[] = {"call begins", "user dials", "INVITE", "first answer", "reservation done", "bearer",
                                         "all bearers", "bearers found", "own bearers there", "own bearers refused", "release"};
enum { T_RES };

static struct ue_call *res_call(struct fsm *f)
{
    return (struct ue_call *)(void *)((char *)f - offsetof(struct ue_call, reserve));
}
static const struct ue_call *const_res_call(const struct fsm *f)
{
    return (const struct ue_call *)(const void *)((const char *)f - offsetof(struct ue_call, reserve));
}

static bool is_before(const struct fsm *f, const void *arg)
{
    (void)arg;
    return const_res_call(f)->ue->cfg->reservation == UE_RESERVED_BEFORE;
}

static bool at_invite(const struct fsm *f, const void *arg)
{
    (void)arg;
    return const_res_call(f)->ue->cfg->reservation == UE_RESERVE_AT_INVITE;
}

static bool at_answer(const struct fsm *f, const void *arg)
{
    (void)arg;
    return const_res_call(f)->ue->cfg->reservation == UE_RESERVE_AT_ANSWER;
}

static sim_time duration(const struct ue_call *c)
{
    return ue_is_caller(c) ? c->plan.reserve_caller : c->plan.reserve_called;
}

/* The reservation takes no time: done at the instant it starts. */
static bool takes_no_time(const struct ue_call *c)
{
    return duration(c) == 0 && !c->ue->cfg->reservation_fails;
}

static bool at_invite_now(const struct fsm *f, const void *arg)
{
    return at_invite(f, arg) && takes_no_time(const_res_call(f));
}

static bool at_answer_now(const struct fsm *f, const void *arg)
{
    return at_answer(f, arg) && takes_no_time(const_res_call(f));
}

static bool by_bearers(const struct fsm *f, const void *arg)
{
    (void)arg;
    return const_res_call(f)->ue->cfg->reservation == UE_RESERVE_BEARERS;
}

static bool fails(const struct fsm *f, const void *arg)
{
    (void)arg;
    return const_res_call(f)->ue->cfg->reservation_fails;
}

/* Nothing had to be waited for: the call finds its resources there. */
static bool have(struct fsm *f, const void *arg)
{
    (void)arg;
    sdp_session_set_ready(&res_call(f)->sdp, true);
    return true;
}

static bool reserve(struct fsm *f, const void *arg)
{
    (void)arg;
    fsm_timer_start_as(f, T_RES, duration(res_call(f)), CAUSE_RESERVATION);
    return true;
}

static void tell_ready(struct fsm *f)
{
    struct ue_call *c = res_call(f);
    node_mark(f->node, ue_is_caller(c) ? MARK_CALLER_READY : MARK_CALLED_READY, 0);
    node_note(f->node, NOTE_READY, "own resources are reserved", &c->sdp);
}

/* Ready at once: the call, which is starting the reservation just now, looks for itself. */
static bool have_now(struct fsm *f, const void *arg)
{
    (void)arg;
    sdp_session_set_ready(&res_call(f)->sdp, true);
    tell_ready(f);
    return true;
}

static bool bearers_complete(struct fsm *f, const void *arg)
{
    struct ue_call *c = res_call(f);
    (void)arg;
    tell_ready(f);
    if (!ue_is_caller(c))
        fsm_event(&c->fsm, MT_RESERVED, NULL);
    ue_offer_event(c, OF_DUE, NULL);
    return true;
}

static bool reserved(struct fsm *f, const void *arg)
{
    sdp_session_set_ready(&res_call(f)->sdp, true);
    return bearers_complete(f, arg);
}

/* ---- bearers -------------------------------------------------------------------------------------- */

/* What the peer has said of the stream that is local->media[i], and where it is; NULL: nothing yet. */
static const struct sdp_stream *peers_stream(const struct sdp_session *ss, unsigned i, uint32_t *address)
{
    const struct sdp *peer = ss->state == SDP_REMOTE_OFFER ? ss->pending : ss->theirs;
    for (unsigned k = 0; peer && k < MIN(ss->n_streams, peer->n_streams); k++)
        if (ss->streams[k].media == i) {
            *address = sdp_ipv4(peer->address);
            return &peer->streams[k];
        }
    return NULL;
}

static bool is_only_call(const struct ue_call *c)
{
    return c->ue->calls == c && !c->next;
}

/* Whether packets of the peer's stream get through a filter to local->media[i]; NULL: whoever the peer is. */
static bool passes(const struct ie_filter *f, const struct sdp_media *media, const struct sdp_stream *peer, uint32_t address)
{
    return (!f->protocol || f->protocol == UE_UDP) && (!f->local_port || f->local_port == media->port) &&
           (!peer || ((!f->remote || f->remote == address) && (!f->remote_port || f->remote_port == peer->port)));
}

static bool carries(const struct ue_tft *tft, const struct ue_call *c, unsigned i)
{
    uint32_t address = 0;
    const struct sdp_stream *peer = peers_stream(&c->sdp, i, &address);
    for (unsigned k = 0; (peer || is_only_call(c)) && k < tft->n; k++)
        if (passes(&tft->filter[k], &c->ue->cfg->media.media[i], peer, address))
            return true;
    return false;
}

/* What a RES_BEARER event carries. */
struct new_bearer {
    uint8_t qci;
    const struct ue_tft *tft;
};

/* Each medium that it carries is ready; true: all are now. */
static bool take(struct ue_call *c, uint8_t qci, const struct ue_tft *tft)
{
    const struct sdp_local *local = &c->ue->cfg->media;
    for (unsigned i = 0; i < local->n_media; i++)
        if (ue_qci(&local->media[i]) == qci && carries(tft, c, i))
            sdp_session_set_media_ready(&c->sdp, i, true);
    return sdp_session_local_ready(&c->sdp);
}

static bool take_bearer(struct fsm *f, const void *arg)
{
    const struct new_bearer *b = arg;
    if (take(res_call(f), b->qci, b->tft))
        fsm_event(f, RES_ALL_BEARERS, NULL);
    return true;
}

/* For a stream that was added to the call. */
static bool take_another(struct fsm *f, const void *arg)
{
    struct ue_call *c = res_call(f);
    const struct new_bearer *b = arg;
    take(c, b->qci, b->tft);
    ue_offer_event(c, OF_DUE, NULL);
    return true;
}

/* Bearers that were there before the peer's description are looked at again; true: nothing is missing. */
static bool take_all(struct ue_call *c)
{
    struct ue_bearer_view b[IE_MAX_BEARERS];
    unsigned n = c->ue->access ? ue_access_bearers(c->ue->access, b, IE_MAX_BEARERS) : 0;
    bool all = false;
    for (unsigned i = 0; i < MIN(n, IE_MAX_BEARERS); i++)
        if (b[i].tft)
            all = take(c, b[i].qos.qci, b[i].tft);
    return all;
}

/* The peer's description has come, in the call or of a stream that was added to it: then whoever took it looks for itself. */
static bool look_for_more(struct fsm *f, const void *arg)
{
    (void)arg;
    take_all(res_call(f));
    return true;
}

static bool look_again(struct fsm *f, const void *arg)
{
    (void)arg;
    if (take_all(res_call(f))) { /* as in have_now(): the call looks for itself */
        tell_ready(f);
        fsm_event(f, RES_FOUND, NULL);
    }
    return true;
}

static bool not_reserved(struct fsm *f, const void *arg)
{
    struct ue_call *c = res_call(f);
    (void)arg;
    for (unsigned i = 0; i < c->ue->cfg->media.n_media; i++)
        sdp_session_fail(&c->sdp, i);
    node_note(f->node, NOTE_TEXT, "the reservation has failed", NULL);
    fsm_event(&c->fsm, ue_is_caller(c) ? MO_NOT_RESERVED : MT_NOT_RESERVED, NULL);
    return true;
}

/* ---- the phone's own bearers ----------------------------------------------------------------------- */

static bool by_own(const struct fsm *f, const void *arg)
{
    (void)arg;
    return const_res_call(f)->ue->cfg->reservation == UE_RESERVE_OWN;
}

static bool wants_own(const struct fsm *f, const void *arg)
{
    (void)arg;
    return const_res_call(f)->wants_own;
}

static bool want_own(struct fsm *f, const void *arg)
{
    struct ue_call *c = res_call(f);
    (void)arg;
    c->wants_own = true;
    ue_own_want(c->ue);
    return true;
}

/* A caller has them before its INVITE. */
static bool own_there(struct fsm *f, const void *arg)
{
    struct ue_call *c = res_call(f);
    if (!ue_is_caller(c))
        return reserved(f, arg);
    sdp_session_set_ready(&c->sdp, true);
    node_note(f->node, NOTE_READY, "own resources are reserved", &c->sdp);
    fsm_event(&c->fsm, MO_RESERVED, NULL);
    return true;
}

static bool let_go(struct fsm *f, const void *arg)
{
    struct ue_call *c = res_call(f);
    (void)arg;
    c->wants_own = false;
    ue_own_want_less(c->ue);
    return true;
}

static const struct fsm_row res_rows[] = {
    /*  in           on                if             do                then         on failure  clause              */
    ROW(RES_IDLE,    RES_START_BEFORE, is_before,     have,             RES_READY,   RES_IDLE,   "RFC 3312 5.2"),
    ROW(RES_IDLE,    RES_START_BEFORE, by_bearers,    NULL,             RES_BEARERS, RES_IDLE,   "TS 24.229 6.1.2"),
    ROW(RES_BEARERS, RES_BEARER,       NULL,          take_bearer,      RES_BEARERS, RES_IDLE,   "TS 24.301 6.4.2.3"),
    ROW(RES_BEARERS, RES_START_ANSWER, NULL,          look_again,       RES_BEARERS, RES_IDLE,   "TS 24.301 6.4.2.3"),
    ROW(RES_BEARERS, RES_FOUND,        NULL,          NULL,             RES_READY,   RES_IDLE,   "RFC 3312 7"),
    ROW(RES_BEARERS, RES_ALL_BEARERS,  NULL,          bearers_complete, RES_READY,   RES_IDLE,   "RFC 3312 7"),
    ROW(RES_READY,   RES_BEARER,       NULL,          take_another,     RES_READY,   RES_IDLE,   "TS 24.301 6.4.2.3"),
    ROW(RES_READY,   RES_START_ANSWER, by_bearers,    look_for_more,    RES_READY,   RES_IDLE,   "TS 24.301 6.4.2.3"),
    ROW(RES_BEARERS, RES_RELEASE,      NULL,          NULL,             RES_IDLE,    RES_IDLE,   "RFC 3312 7"),
    ROW(RES_IDLE,    RES_START_INVITE, at_invite_now, have_now,         RES_READY,   RES_IDLE,   "RFC 3312 5.2"),
    ROW(RES_IDLE,    RES_START_INVITE, at_invite,     reserve,          RES_WAIT,    RES_IDLE,   "RFC 3312 5.2"),
    ROW(RES_IDLE,    RES_START_ANSWER, at_answer_now, have_now,         RES_READY,   RES_IDLE,   "RFC 3312 5.2"),
    ROW(RES_IDLE,    RES_START_ANSWER, at_answer,     reserve,          RES_WAIT,    RES_IDLE,   "RFC 3312 5.2"),
    ROW(RES_IDLE,    RES_START_DIAL,   by_own,        want_own,         RES_OWN,     RES_IDLE,   "TS 23.401 5.4.5"),
    ROW(RES_IDLE,    RES_START_INVITE, by_own,        want_own,         RES_OWN,     RES_IDLE,   "TS 23.401 5.4.5"),
    ROW(RES_OWN,     RES_OWN_THERE,    NULL,          own_there,        RES_READY,   RES_IDLE,   "RFC 3312 5.2"),
    ROW(RES_OWN,     RES_OWN_REFUSED,  NULL,          not_reserved,     RES_FAILED,  RES_IDLE,   "RFC 3312 8"),
    ROW(RES_OWN,     RES_RELEASE,      NULL,          let_go,           RES_IDLE,    RES_IDLE,   "RFC 3312 7"),
    ROW(RES_WAIT,    RES_TMR_DONE,     fails,         not_reserved,     RES_FAILED,  RES_IDLE,   "RFC 3312 8"),
    ROW(RES_WAIT,    RES_TMR_DONE,     NULL,          reserved,         RES_READY,   RES_IDLE,   "RFC 3312 7"),
    ROW(RES_WAIT,    RES_RELEASE,      NULL,          NULL,             RES_IDLE,    RES_IDLE,   "RFC 3312 7"),
    ROW(RES_READY,   RES_RELEASE,      wants_own,     let_go,           RES_IDLE,    RES_IDLE,   "RFC 3312 7"),
    ROW(RES_READY,   RES_RELEASE,      NULL,          NULL,             RES_IDLE,    RES_IDLE,   "RFC 3312 7"),
    ROW(RES_FAILED,  RES_RELEASE,      wants_own,     let_go,           RES_IDLE,    RES_IDLE,   "RFC 3312 7"),
    ROW(RES_FAILED,  RES_RELEASE,      NULL,          NULL,             RES_IDLE,    RES_IDLE,   "RFC 3312 7"),
};
static const struct fsm_timer res_timers[] = {
    [T_RES] = {"reservation", RES_TMR_DONE, 0, FSM_IN(RES_WAIT)},
};
/* Rest; a call that ended over what this machine did has left it to be freed here (ue_call_ended). */
static void call_is_over(struct fsm *f)
{
    struct ue_call *c = res_call(f);
    if (c->id == 0)
        slab_free(&c->ue->world->calls, c);
}

struct fsm_def ue_reserve_def = {
    .name = "ue-reservation",
    .title = "Resource reservation of a phone for one call",
    .state_names = res_states, .nstates = RES_STATES, .event_names = res_events, .nevents = RES_EVENTS,
    .rows = res_rows, .nrows = G_N_ELEMENTS(res_rows), .timers = res_timers, .ntimers = G_N_ELEMENTS(res_timers),
    .policy = FSM_IGNORE, .ended = call_is_over,
};

void ue_reserve_init(struct ue_call *c)
{
    fsm_start(&c->reserve, &ue_reserve_def, c->ue->node);
}

void ue_reserve_bearer(struct ue_call *c, uint8_t qci, const struct ue_tft *tft)
{
    const struct new_bearer b = {qci, tft};
    fsm_event(&c->reserve, RES_BEARER, &b);
}

void ue_reserve_event(struct ue_call *c, uint8_t ev)
{
    fsm_event(&c->reserve, ev, NULL);
}
