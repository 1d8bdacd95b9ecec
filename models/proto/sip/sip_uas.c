/* sip_uas.c - repetition of reliable provisional responses and of 2xx by the called user agent (see
 * sip_uas.h). Both go end to end and over every transport. */
#include "models/proto/sip/sip_uas.h"

static void drop(struct sip_uas *u, struct sip_msg **m)
{
    if (*m)
        msg_unref(u->sip->net, &(*m)->m);
    *m = NULL;
}

static sim_time timer(const struct sip_uas *u, enum sip_timer t)
{
    return sip_timer(u->sip, u->iface, t);
}

/* ---- reliable provisional responses --------------------------------------------------------------- */

enum { REL_IDLE, REL_WAIT_PRACK, REL_STATES };
enum { REL_SEND, REL_TMR_REPEAT, REL_TMR_GIVE_UP, REL_RX_PRACK, REL_STOP, REL_EVENTS };
static const char *const rel_states[] = {"idle", "wait PRACK"};
static const char *const rel_events[] = {"send reliable 1xx", "repetition timer", "64*T1", "PRACK", "final response"};
enum { T_REL, T_REL_END };

static struct sip_uas *rel_uas(struct fsm *f)
{
    return (struct sip_uas *)f;
}

static bool rel_send(struct fsm *f, const void *arg)
{
    struct sip_uas *u = rel_uas(f);
    (void)arg;
    u->rel_interval = timer(u, SIP_T1);
    fsm_timer_start(f, T_REL, u->rel_interval);
    fsm_timer_start(f, T_REL_END, 64 * timer(u, SIP_T1));
    sip_send_response(u->sip, u->st, msg_ref(u->rel_msg));
    return true;
}

/* Doubles without the cap of T2 (RFC 3262 3). */
static bool rel_repeat(struct fsm *f, const void *arg)
{
    struct sip_uas *u = rel_uas(f);
    (void)arg;
    u->rel_interval *= 2;
    fsm_timer_start(f, T_REL, u->rel_interval);
    sip_send_response(u->sip, u->st, msg_ref(u->rel_msg));
    return true;
}

static bool rel_done(struct fsm *f, const void *arg)
{
    (void)arg;
    drop(rel_uas(f), &rel_uas(f)->rel_msg);
    return true;
}

static bool rel_stop(struct fsm *f, const void *arg)
{
    rel_uas(f)->overtaken = true;
    return rel_done(f, arg);
}

static bool rel_give_up(struct fsm *f, const void *arg)
{
    rel_done(f, arg);
    rel_uas(f)->no_prack(rel_uas(f));
    return true;
}

static const struct fsm_row rel_rows[] = {
    /*  in              on               if    do           then            on failure  clause     */
    ROW(REL_IDLE,       REL_SEND,        NULL, rel_send,    REL_WAIT_PRACK, REL_IDLE,   "RFC 3262 3"),
    ROW(REL_WAIT_PRACK, REL_TMR_REPEAT,  NULL, rel_repeat,  REL_WAIT_PRACK, REL_IDLE,   "RFC 3262 3"),
    ROW(REL_WAIT_PRACK, REL_RX_PRACK,    NULL, rel_done,    REL_IDLE,       REL_IDLE,   "RFC 3262 3"),
    ROW(REL_WAIT_PRACK, REL_STOP,        NULL, rel_stop,    REL_IDLE,       REL_IDLE,   "RFC 3262 3"),
    ROW(REL_WAIT_PRACK, REL_TMR_GIVE_UP, NULL, rel_give_up, REL_IDLE,       REL_IDLE,   "RFC 3262 3"),
};
static const struct fsm_timer rel_timers[] = {
    [T_REL] = {"1xx repetition", REL_TMR_REPEAT, 0, FSM_IN(REL_WAIT_PRACK)},
    [T_REL_END] = {"64*T1", REL_TMR_GIVE_UP, 1, FSM_IN(REL_WAIT_PRACK)},
};
struct fsm_def sip_rel_def = {
    .name = "sip-reliable-1xx",
    .title = "Reliable provisional response at the called user agent (RFC 3262)",
    .state_names = rel_states, .nstates = REL_STATES, .event_names = rel_events, .nevents = REL_EVENTS,
    .rows = rel_rows, .nrows = G_N_ELEMENTS(rel_rows), .timers = rel_timers, .ntimers = G_N_ELEMENTS(rel_timers),
    .policy = FSM_IGNORE, .plumbing = true,
};

/* ---- 2xx ------------------------------------------------------------------------------------------- */

enum { OK_IDLE, OK_WAIT_ACK, OK_STATES };
enum { OK_SEND, OK_TMR_REPEAT, OK_TMR_GIVE_UP, OK_RX_ACK, OK_STOP, OK_EVENTS };
static const char *const ok_states[] = {"idle", "wait ACK"};
static const char *const ok_events[] = {"send 2xx", "repetition timer", "64*T1", "ACK", "call ended"};
enum { T_OK, T_OK_END };

static struct sip_uas *ok_uas(struct fsm *f)
{
    return (struct sip_uas *)(void *)((char *)f - offsetof(struct sip_uas, ok));
}

static bool ok_send(struct fsm *f, const void *arg)
{
    struct sip_uas *u = ok_uas(f);
    (void)arg;
    u->ok_interval = timer(u, SIP_T1);
    fsm_timer_start(f, T_OK, u->ok_interval);
    fsm_timer_start(f, T_OK_END, 64 * timer(u, SIP_T1));
    sip_send_response(u->sip, u->st, msg_ref(u->ok_msg));
    return true;
}

static bool ok_repeat(struct fsm *f, const void *arg)
{
    struct sip_uas *u = ok_uas(f);
    (void)arg;
    u->ok_interval = MIN(2 * u->ok_interval, timer(u, SIP_T2));
    fsm_timer_start(f, T_OK, u->ok_interval);
    sip_send_response(u->sip, u->st, msg_ref(u->ok_msg));
    return true;
}

static bool ok_done(struct fsm *f, const void *arg)
{
    (void)arg;
    drop(ok_uas(f), &ok_uas(f)->ok_msg);
    return true;
}

static bool ok_give_up(struct fsm *f, const void *arg)
{
    ok_done(f, arg);
    ok_uas(f)->no_ack(ok_uas(f));
    return true;
}

static const struct fsm_row ok_rows[] = {
    /*  in           on              if    do          then         on failure  clause             */
    ROW(OK_IDLE,     OK_SEND,        NULL, ok_send,    OK_WAIT_ACK, OK_IDLE,    "RFC 3261 13.3.1.4"),
    ROW(OK_WAIT_ACK, OK_TMR_REPEAT,  NULL, ok_repeat,  OK_WAIT_ACK, OK_IDLE,    "RFC 3261 13.3.1.4"),
    ROW(OK_WAIT_ACK, OK_RX_ACK,      NULL, ok_done,    OK_IDLE,     OK_IDLE,    "RFC 3261 13.3.1.4"),
    ROW(OK_WAIT_ACK, OK_STOP,        NULL, ok_done,    OK_IDLE,     OK_IDLE,    "RFC 3261 15"),
    ROW(OK_WAIT_ACK, OK_TMR_GIVE_UP, NULL, ok_give_up, OK_IDLE,     OK_IDLE,    "RFC 3261 13.3.1.4"),
};
static const struct fsm_timer ok_timers[] = {
    [T_OK] = {"2xx repetition", OK_TMR_REPEAT, 0, FSM_IN(OK_WAIT_ACK)},
    [T_OK_END] = {"64*T1", OK_TMR_GIVE_UP, 1, FSM_IN(OK_WAIT_ACK)},
};
struct fsm_def sip_ok_def = {
    .name = "sip-2xx",
    .title = "2xx to INVITE at the called user agent (RFC 3261 13.3.1.4)",
    .state_names = ok_states, .nstates = OK_STATES, .event_names = ok_events, .nevents = OK_EVENTS,
    .rows = ok_rows, .nrows = G_N_ELEMENTS(ok_rows), .timers = ok_timers, .ntimers = G_N_ELEMENTS(ok_timers),
    .policy = FSM_IGNORE, .plumbing = true,
};

/* ---- interface ------------------------------------------------------------------------------------- */

void sip_uas_init(struct sip_uas *u, struct sip_stack *sip, struct node *n, uint64_t st, uint16_t iface)
{
    fsm_init(&sip_rel_def);
    fsm_init(&sip_ok_def);
    fsm_start(&u->rel, &sip_rel_def, n);
    fsm_start(&u->ok, &sip_ok_def, n);
    u->sip = sip;
    u->st = st;
    u->iface = iface;
    u->rel_msg = u->ok_msg = NULL;
    u->rseq = 0;
    u->overtaken = false;
}

void sip_uas_send_reliable(struct sip_uas *u, struct sip_msg *m)
{
    u->rseq = u->rseq ? u->rseq + 1 : SIP_FIRST_RSEQ;
    m->rseq = u->rseq;
    m->require |= SIP_OPT_100REL;
    u->rel_msg = m;
    fsm_event(&u->rel, REL_SEND, NULL);
}

bool sip_uas_unacked(const struct sip_uas *u)
{
    return u->rel.state == REL_WAIT_PRACK;
}

bool sip_uas_unacked_sdp(const struct sip_uas *u)
{
    return sip_uas_unacked(u) && u->rel_msg->sdp;
}

bool sip_uas_acknowledges(const struct sip_uas *u, const struct sip_msg *prack, uint32_t invite_cseq)
{
    return (sip_uas_unacked(u) || u->overtaken) && prack->rack_rseq == u->rseq && prack->rack_cseq == invite_cseq;
}

bool sip_uas_prack(struct sip_uas *u, const struct sip_msg *prack, uint32_t invite_cseq)
{
    if (!sip_uas_acknowledges(u, prack, invite_cseq))
        return false;
    u->overtaken = false;
    fsm_event(&u->rel, REL_RX_PRACK, prack);
    return true;
}

void sip_uas_send_ok(struct sip_uas *u, struct sip_msg *m)
{
    fsm_event(&u->rel, REL_STOP, NULL);
    u->ok_msg = m;
    fsm_event(&u->ok, OK_SEND, NULL);
}

bool sip_uas_ack(struct sip_uas *u)
{
    return fsm_event(&u->ok, OK_RX_ACK, NULL);
}

void sip_uas_clear(struct sip_uas *u)
{
    fsm_event(&u->rel, REL_STOP, NULL);
    fsm_event(&u->ok, OK_STOP, NULL);
}
