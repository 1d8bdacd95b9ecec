/* metrics_calls.c - calls: a slot of moments per call, judged when the call is over (see metrics.h). */
#include "analysis/metrics_int.h"

#include <string.h>

/* A call for which something is still to come when the caller's UE has forgotten it (200 to the BYE of the called side,
 * the end of a bearer) is kept so long: longer than any time-out of BYE. */
#define LINGER (10 * 60 * SIM_S)

enum { CALLER, CALLED, SIDES };

/* A call: when each moment came, at the caller's side and elsewhere. */
struct call_slot {
    sim_time time[SIDES][MARK_PHONE_FIRST]; /* -1: not yet */
    const struct node *caller, *called;
    uint32_t flow, number; /* 1: the first call dialled */
    sim_flow sampled;      /* the flow with its marks, if it is sampled; else 0 */
    uint16_t status;       /* final, from FAILED or ENDED */
    bool ended;
    int8_t bearers[SIDES]; /* dedicated ones that are up */
    sim_time ended_at;
    struct call_slot *next, *prev; /* among those that linger */
};

void metrics_calls_init(struct metrics_calls *c)
{
    slab_init(&c->slots, sizeof(struct call_slot));
    idmap_init(&c->by_flow);
    c->keeps_last[MARK_BEARER_DOWN] = true; /* as marks.def says */
    for (int i = 0; i < METRIC_COUNT; i++)
        if (metric_table[i].procedure == PROCEDURE_NONE && metric_table[i].side == METRIC_SIDE_LAST)
            c->keeps_last[metric_table[i].to] = c->keeps_last[metric_table[i].or_to] = true;
}

void metrics_calls_clear(struct metrics_calls *c)
{
    slab_clear(&c->slots);
    idmap_clear(&c->by_flow);
}

static sim_time first_time(const struct call_slot *s, enum mark_id mark)
{
    sim_time a = s->time[CALLER][mark], b = s->time[CALLED][mark];
    return a < 0 ? b : b < 0 ? a : MIN(a, b);
}

static sim_time last_time(const struct call_slot *s, enum mark_id mark)
{
    return mark == MARK_COUNT ? -1 : MAX(s->time[CALLER][mark], s->time[CALLED][mark]);
}

static bool has(const struct call_slot *s, enum mark_id mark)
{
    return first_time(s, mark) >= 0;
}

/* ---- the times of a call ------------------------------------------------------------------------------ */

static bool metric_is_about(const struct metric_decl *d, const struct call_slot *s)
{
    bool answered = has(s, MARK_CONNECTED);
    switch (d->calls) {
    case METRIC_CALLS_ANSWERED:
        return answered;
    case METRIC_CALLS_FAILED:
        return !answered && has(s, MARK_FAILED);
    default:
        return true;
    }
}

static sim_time begin_time(const struct metric_decl *d, const struct call_slot *s)
{
    switch (d->side) {
    case METRIC_SIDE_CALLER:
        return s->time[CALLER][d->from];
    case METRIC_SIDE_CALLED:
        return s->time[CALLED][d->from];
    default:
        return first_time(s, d->from);
    }
}

/* When this moment came, as far as it can be the metric's end; or -1. */
static sim_time end_at(const struct metric_decl *d, const struct call_slot *s, enum mark_id mark)
{
    switch (d->side) {
    case METRIC_SIDE_CALLER:
        return s->time[CALLER][mark];
    case METRIC_SIDE_CALLED:
        return s->time[CALLED][mark];
    case METRIC_SIDE_SAME:
        return s->time[s->time[CALLER][d->from] == first_time(s, d->from) ? CALLER : CALLED][mark];
    default:
        return first_time(s, mark);
    }
}

/* Whether a moment is still to come after the end of the call. */
static bool awaits_more(const struct call_slot *s)
{
    return (has(s, MARK_BYE_SENT) && !has(s, MARK_RELEASED)) || s->bearers[CALLER] > 0 || s->bearers[CALLED] > 0;
}

/* When the call came to the metric's end, or -1. */
static sim_time end_time(const struct metric_decl *d, const struct call_slot *s)
{
    if (d->side == METRIC_SIDE_LAST)
        return awaits_more(s) ? -1 : MAX(last_time(s, d->to), last_time(s, d->or_to));
    sim_time t = end_at(d, s, d->to);
    return t < 0 && d->or_to != MARK_COUNT ? end_at(d, s, d->or_to) : t;
}

static void judge_times(struct metrics *m, const struct call_slot *s)
{
    for (int i = 0; i < METRIC_COUNT; i++) {
        const struct metric_decl *d = &metric_table[i];
        if (d->procedure != PROCEDURE_NONE)
            continue;
        sim_time from = begin_time(d, s), to = end_time(d, s);
        if (from < 0 || to < from || !metric_is_about(d, s))
            continue;
        stats_add(&m->result.time[i], to - from);
        series_add(&m->result.series[i], from - m->warmup, to - from);
    }
}

/* ---- what became of it -------------------------------------------------------------------------------- */

static void judge_failed(struct metrics_result *r, const struct call_slot *s)
{
    struct call_counts *c = &r->calls;
    uint16_t status = s->status < METRICS_STATUS_MAX ? s->status : 0;

    r->failed_status[status]++;
    c->failed++;
    c->cancelled += has(s, MARK_CANCELLED);
    c->attempted_not_3xx += status / 100 != 3;
    switch (status) {
    case 480:
    case 486:
    case 600:
    case 603:
        c->effective++;
        break;
    case 408:
    case 500:
    case 503:
    case 504:
        c->ineffective++;
        break;
    default:
        break;
    }
}

static void judge_bearers(struct call_counts *c, const struct call_slot *s)
{
    for (int side = 0; side < SIDES; side++) {
        const sim_time *t = s->time[side];
        bool up = t[MARK_BEARER_UP] >= 0;
        if (t[MARK_BEARER_ASKED] < 0 || (!up && t[MARK_BEARER_LOST] < 0))
            continue;
        c->bearers_decided++;
        c->bearers_up += up;
    }
}

/* The call is over, or the run is: what it has to say. */
static void judge(struct metrics *m, const struct call_slot *s)
{
    struct call_counts *c = &m->result.calls;
    bool answered = has(s, MARK_CONNECTED), decided = answered || s->ended || has(s, MARK_FAILED);

    judge_times(m, s);
    judge_bearers(c, s);
    c->dialled++;
    c->unsent += s->ended && !has(s, MARK_INVITE_SENT);
    c->open += !s->ended;
    if (!has(s, MARK_INVITE_SENT) || !decided)
        return;
    c->attempted++;
    if (answered) {
        c->answered++;
        c->effective++;
        c->attempted_not_3xx++;
    } else {
        judge_failed(&m->result, s);
    }
    c->finished += s->ended;
    c->completed += s->ended && answered && has(s, MARK_RELEASED);
}

static void show_call(const struct metrics_calls *c, const struct call_slot *s)
{
    struct metrics_call call = {
        .number = s->number, .caller = s->caller, .called = s->called, .status = s->status, .ended = s->ended};

    for (int i = 0; i < MARK_CALL_COUNT; i++)
        call.time[i] = first_time(s, (enum mark_id)i);
    for (int side = 0; side < SIDES; side++)
        memcpy(call.side[side], s->time[side] + MARK_CALL_COUNT, sizeof call.side[side]);
    c->show(&call, c->user);
}

static void drop_slot(struct metrics *m, struct call_slot *s)
{
    judge(m, s);
    if (s->sampled)
        sampled_call(m->sampled, s->sampled, &m->result);
    if (m->calls.show)
        show_call(&m->calls, s);
    idmap_del(&m->calls.by_flow, s->flow);
    slab_free(&m->calls.slots, s);
}

/* ---- calls that linger -------------------------------------------------------------------------------- */

static void linger(struct metrics_calls *c, struct call_slot *s)
{
    s->next = NULL;
    s->prev = c->lingering_last;
    *(s->prev ? &s->prev->next : &c->lingering) = s;
    c->lingering_last = s;
}

static void let_go(struct metrics *m, struct call_slot *s)
{
    struct metrics_calls *c = &m->calls;
    *(s->prev ? &s->prev->next : &c->lingering) = s->next;
    *(s->next ? &s->next->prev : &c->lingering_last) = s->prev;
    drop_slot(m, s);
}

/* Lets go of calls that have waited long enough. */
static void drop_lingering(struct metrics *m, sim_time older_than)
{
    while (m->calls.lingering && m->calls.lingering->ended_at <= older_than)
        let_go(m, m->calls.lingering);
}

void metrics_calls_finish(struct metrics *m)
{
    drop_lingering(m, SIM_NEVER);
    for (uint32_t i = 1; i < slab_end(&m->calls.slots); i++)
        if (slab_in_use(&m->calls.slots, i))
            drop_slot(m, slab_at(&m->calls.slots, i));
}

/* ---- marks -------------------------------------------------------------------------------------------- */

static void call_ended(struct metrics *m, struct call_slot *s, const struct trace_rec *rec)
{
    s->ended = true;
    s->ended_at = rec->time;
    if (!has(s, MARK_FAILED))
        s->status = (uint16_t)CLAMP(rec->mark.value, 0, UINT16_MAX);
    drop_lingering(m, rec->time - LINGER);
    if (awaits_more(s))
        linger(&m->calls, s);
    else
        drop_slot(m, s);
}

static struct call_slot *call_dialled(struct metrics *m, const struct trace_rec *rec, uint32_t flow)
{
    uint32_t index;
    struct call_slot *s = slab_alloc0(&m->calls.slots, &index);

    memset(s->time, 0xff, sizeof s->time);
    s->caller = rec->node;
    s->flow = flow;
    s->number = m->calls.dialled;
    idmap_put(&m->calls.by_flow, flow, index);
    if (m->sampled && rec->flow & SIM_FLOW_SAMPLED) {
        s->sampled = rec->flow;
        sampled_begin(m->sampled, rec->flow);
    }
    return s;
}

static void note_moment(const struct metrics_calls *c, struct call_slot *s, const struct trace_rec *rec)
{
    const struct node *phone = rec->mark.about;
    enum mark_id id = (enum mark_id)rec->mark.id;

    if (phone != s->caller && !s->called)
        s->called = phone;
    int side = phone == s->caller ? CALLER : CALLED;
    if (s->time[side][id] < 0 || c->keeps_last[id])
        s->time[side][id] = rec->time;
    s->bearers[side] = (int8_t)(s->bearers[side] + (id == MARK_BEARER_UP) - (id == MARK_BEARER_DOWN));
}

void metrics_calls_mark(struct metrics *m, const struct trace_rec *rec)
{
    struct metrics_calls *c = &m->calls;
    uint32_t flow = sim_flow_index(rec->flow), index = flow ? idmap_get(&c->by_flow, flow) : 0;
    struct call_slot *s = index ? slab_at(&c->slots, index) : NULL;

    if (rec->mark.id == MARK_DIALLED)
        c->dialled++;
    if (!s && flow && rec->mark.id == MARK_DIALLED && rec->time >= m->warmup)
        s = call_dialled(m, rec, flow);
    if (!s)
        return; /* dialled before the end of the warm-up, or no call */
    note_moment(c, s, rec);
    if (rec->mark.id == MARK_FAILED)
        s->status = (uint16_t)CLAMP(rec->mark.value, 0, UINT16_MAX);
    if (rec->mark.id == MARK_ENDED && !s->ended)
        call_ended(m, s, rec);
    else if (s->ended && !awaits_more(s))
        let_go(m, s);
}
