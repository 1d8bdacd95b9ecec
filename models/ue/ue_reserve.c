/* ue_reserve.c - the phone's resource reservation for one call: a timed activity that starts before the
 * call, with the INVITE, or with the first SDP answer, as its group says.
 *
 * SIMPLIFIED: without an access network the reservation takes a given time (R1, R2) and then has
 * succeeded or failed for all streams at once. */
#include "models/ue/ue_int.h"

enum { RES_IDLE, RES_WAIT, RES_BEARERS, RES_READY, RES_FAILED, RES_STATES };
static const char *const res_states[] = {"idle", "wait resources", "bearers", "ready", "failed"};
static const char *const res_events[] = {"call begins", "INVITE", "first answer", "reservation done", "bearer", "all bearers", "release"};
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
    return c->fsm.def == &ue_mo_def ? c->plan.reserve_caller : c->plan.reserve_called;
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

static bool is_caller(const struct ue_call *c)
{
    return c->fsm.def == &ue_mo_def;
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

/* Ready at once: the call, which is starting the reservation just now, looks for itself. */
static bool have_now(struct fsm *f, const void *arg)
{
    struct ue_call *c = res_call(f);
    (void)arg;
    sdp_session_set_ready(&c->sdp, true);
    node_mark(f->node, is_caller(c) ? MARK_CALLER_READY : MARK_CALLED_READY, 0);
    node_note(f->node, NOTE_READY, "own resources are reserved", &c->sdp);
    return true;
}

static bool reserved(struct fsm *f, const void *arg)
{
    struct ue_call *c = res_call(f);
    have_now(f, arg);
    fsm_event(&c->fsm, is_caller(c) ? MO_RESERVED : MT_RESERVED, NULL);
    return true;
}

/* QCI of the bearer that a stream is carried on (TS 23.203 table 6.1.7). */
static uint8_t qci_of(const struct sdp_media *m)
{
    return m->kind == SDP_AUDIO ? 1 : 2;
}

static bool take_bearer(struct fsm *f, const void *arg)
{
    struct ue_call *c = res_call(f);
    const struct sdp_local *local = &c->ue->cfg->media;
    uint8_t qci = *(const uint8_t *)arg;
    for (unsigned i = 0; i < local->n_media; i++)
        if (qci_of(&local->media[i]) == qci)
            sdp_session_set_media_ready(&c->sdp, i, true);
    if (sdp_session_local_ready(&c->sdp))
        fsm_event(f, RES_ALL_BEARERS, NULL);
    return true;
}

static bool not_reserved(struct fsm *f, const void *arg)
{
    struct ue_call *c = res_call(f);
    (void)arg;
    for (unsigned i = 0; i < c->ue->cfg->media.n_media; i++)
        sdp_session_fail(&c->sdp, i);
    node_note(f->node, NOTE_TEXT, "the reservation has failed", NULL);
    fsm_event(&c->fsm, is_caller(c) ? MO_NOT_RESERVED : MT_NOT_RESERVED, NULL);
    return true;
}

static const struct fsm_row res_rows[] = {
    /*  in          on                 if             do            then        on failure  clause        */
    ROW(RES_IDLE,   RES_START_BEFORE,  is_before,     have,         RES_READY,  RES_IDLE,   "RFC 3312 5.2"),
    ROW(RES_IDLE,   RES_START_BEFORE,  by_bearers,    NULL,         RES_BEARERS, RES_IDLE,  "TS 24.229 6.1.2"),
    ROW(RES_BEARERS, RES_BEARER,       NULL,          take_bearer,  RES_BEARERS, RES_IDLE,  "TS 24.301 6.4.2.3"),
    ROW(RES_BEARERS, RES_ALL_BEARERS,  NULL,          reserved,     RES_READY,  RES_IDLE,   "RFC 3312 7"),
    ROW(RES_BEARERS, RES_RELEASE,      NULL,          NULL,         RES_IDLE,   RES_IDLE,   "RFC 3312 7"),
    ROW(RES_IDLE,   RES_START_INVITE,  at_invite_now, have_now,     RES_READY,  RES_IDLE,   "RFC 3312 5.2"),
    ROW(RES_IDLE,   RES_START_INVITE,  at_invite,     reserve,      RES_WAIT,   RES_IDLE,   "RFC 3312 5.2"),
    ROW(RES_IDLE,   RES_START_ANSWER,  at_answer_now, have_now,     RES_READY,  RES_IDLE,   "RFC 3312 5.2"),
    ROW(RES_IDLE,   RES_START_ANSWER,  at_answer,     reserve,      RES_WAIT,   RES_IDLE,   "RFC 3312 5.2"),
    ROW(RES_WAIT,   RES_TMR_DONE,      fails,         not_reserved, RES_FAILED, RES_IDLE,   "RFC 3312 8"),
    ROW(RES_WAIT,   RES_TMR_DONE,      NULL,          reserved,     RES_READY,  RES_IDLE,   "RFC 3312 7"),
    ROW(RES_WAIT,   RES_RELEASE,       NULL,          NULL,         RES_IDLE,   RES_IDLE,   "RFC 3312 7"),
    ROW(RES_READY,  RES_RELEASE,       NULL,          NULL,         RES_IDLE,   RES_IDLE,   "RFC 3312 7"),
    ROW(RES_FAILED, RES_RELEASE,       NULL,          NULL,         RES_IDLE,   RES_IDLE,   "RFC 3312 7"),
};
static const struct fsm_timer res_timers[] = {
    [T_RES] = {"reservation", RES_TMR_DONE, 0, FSM_IN(RES_WAIT)},
};
struct fsm_def ue_reserve_def = {
    .name = "ue-reservation",
    .title = "Resource reservation of a phone for one call",
    .state_names = res_states, .nstates = RES_STATES, .event_names = res_events, .nevents = RES_EVENTS,
    .rows = res_rows, .nrows = G_N_ELEMENTS(res_rows), .timers = res_timers, .ntimers = G_N_ELEMENTS(res_timers),
    .policy = FSM_IGNORE,
};

void ue_reserve_init(struct ue_call *c)
{
    fsm_start(&c->reserve, &ue_reserve_def, c->ue->node);
}

void ue_reserve_bearer(struct ue_call *c, uint8_t qci)
{
    fsm_event(&c->reserve, RES_BEARER, &qci);
}

void ue_reserve_event(struct ue_call *c, uint8_t ev)
{
    fsm_event(&c->reserve, ev, NULL);
}
