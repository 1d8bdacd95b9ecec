/* cell.c - the cell, its phones and its channels, and the way of a message either way (see cell.h). */
#include "models/access/cell_int.h"

/* Frame numbers start again after this (TS 36.331 6.2.2: 8 + 2 bits). */
#define SFN_PERIOD (1024 * ACCESS_FRAME)
/* Quality that a message to all reckons with: the worst. */
#define COMMON_CQI 1

/* ---- cells and phones ------------------------------------------------------------------------------- */

static struct rng *stream(struct sim *sim, const char *cell, const char *what)
{
    char *name = g_strdup_printf("radio/%s/%s", cell, what);
    struct rng *rng = rng_stream(sim->streams, name);
    g_free(name);
    return rng;
}

struct cell *cell_new(struct sim *sim, const char *name, const struct access_params *p)
{
    struct cell *c = g_new0(struct cell, 1);
    char *phones = g_strdup_printf("radio/%s/phones", name);
    c->sim = sim;
    c->p = *p;
    c->access = stream(sim, name, "access");
    c->harq_up = stream(sim, name, "harq-up");
    c->harq_down = stream(sim, name, "harq-down");
    c->phones = rng_key_of(sim->streams, phones);
    c->up.background = p->ul_background;
    c->down.background = p->dl_background;
    c->control.background = p->cch_background;
    c->answered = INT64_MIN;
    for (int i = 0; i < RACH_SLOTS; i++)
        c->slots[i].occasion = INT64_MIN;
    if (p->frame_start == ACCESS_RANDOM)
        c->start = -(sim_time)rng_below(stream(sim, name, "frames"), SFN_PERIOD);
    else
        c->start = p->frame_start % SFN_PERIOD - SFN_PERIOD;
    g_free(phones);
    return c;
}

void cell_free(struct cell *c)
{
    g_free(c);
}

const struct access_params *cell_params(const struct cell *c)
{
    return &c->p;
}

/* Some subframe of a period. */
static sim_time some_offset(struct rng *rng, sim_time period)
{
    return (sim_time)rng_below(rng, (uint64_t)MAX(period / ACCESS_TTI, 1)) * ACCESS_TTI;
}

void cell_phone_init(struct cell_phone *p, struct cell *c, uint64_t key, unsigned cqi)
{
    struct rng rng;
    rng_init_keyed(&rng, &c->phones, key);
    *p = (struct cell_phone){
        .cell = c, .cqi = (uint8_t)cqi, .awake_until = -1, .occasion = INT64_MIN};
    p->sr_offset = some_offset(&rng, c->p.sr_period);
    p->drx_offset = some_offset(&rng, c->p.drx_cycle);
}

/* ---- channels --------------------------------------------------------------------------------------- */

sim_time channel_use(const struct cell *c, struct cell_channel *ch, uint64_t amount, uint64_t capacity,
                     sim_time *own)
{
    double left = 1 - ch->background - (double)ch->taken / (double)CELL_SHARE_ALL;
    sim_time next = c->sim->now + (c->p.slots ? slot_wait(c, c->sim->now, ACCESS_TTI, 0) : 0);
    sim_time wait = MAX(ch->busy_until - next, 0);
    *own = (sim_time)((double)(amount * ACCESS_TTI) / ((double)capacity * left) + 0.5);
    ch->busy_until = next + wait + *own;
    return wait;
}

/* ---- sending ---------------------------------------------------------------------------------------- */

/* Where a message stands on its way: the time, and how it got there. */
struct way {
    struct cell_phone *phone;
    struct cell_lane *lane;
    struct link_side side;
    const struct cell_sending *what;
    struct journey *j;
    sim_time at;
    sim_time awake; /* from when the phone listens */
    bool in_step;   /* whole subframes lie behind it */
};

static void pass(struct way *w, enum delay_id label, sim_time length)
{
    journey_add(w->j, label, length);
    w->at += MAX(length, 0);
}

/* The receiver's work. What follows on the same bearer is not taken notice of earlier. */
static void arrive(struct way *w, enum delay_id whose)
{
    sim_time *heard = &w->lane->heard[w->what->kind == CELL_DATA];
    pass(w, DELAY_ORDER, *heard - (w->at + w->what->after));
    journey_handle(w->j, whose, w->what->after);
    *heard = w->at + w->what->after;
}

/* Into the last block that is scheduled for this phone, if it has not begun and has room. */
static bool join(struct way *w)
{
    struct cell_lane *lane = w->lane;
    struct cell *c = w->phone->cell;
    uint32_t bytes = w->what->bytes;
    sim_time own, wait = lane->start - w->at;
    if (is_common(w->what->kind) || wait < 0 || lane->room < bytes)
        return false;
    lane->room -= bytes;
    channel_use(c, w->side.channel, prb_of(w->phone->cqi, w->side.re, bytes), (uint64_t)c->p.prb, &own);
    pass(w, wait <= ACCESS_TTI ? DELAY_TTI : DELAY_OWN, wait);
    pass(w, DELAY_SEND, lane->end - lane->start);
    pass(w, DELAY_HARQ, lane->harq);
    pass(w, DELAY_RLC, lane->rlc);
    return true;
}

static void align(struct way *w)
{
    const struct cell *c = w->phone->cell;
    if (c->p.slots || !w->in_step)
        pass(w, DELAY_TTI, slot_wait(c, w->at, ACCESS_TTI, 0));
}

/* The queues of the cell, which messages to all do not join: its shared channel and the control channel, whichever is
 * longer, and then the phone's own. A channel may also be too narrow for the phone's pace. */
static void queue(struct way *w, const struct blocks *b, uint64_t sent, unsigned cce)
{
    struct cell *c = w->phone->cell;
    sim_time own, none, length = b->n * w->side.block;
    uint64_t prb = b->prb * sent / b->n * (uint64_t)(w->side.block / ACCESS_TTI);
    sim_time shared = channel_use(c, w->side.channel, prb, (uint64_t)c->p.prb, &own);
    sim_time control = cce == 0
                           ? 0
                           : channel_use(c, &c->control, (uint64_t)cce * (w->side.adaptive ? sent : b->n),
                                         (uint64_t)c->p.cce, &none);
    if (is_common(w->what->kind))
        shared = control = 0;
    sim_time wait = whole_slots(c, shared);
    sim_time begun = MAX(wait, whole_slots(c, control));
    sim_time done = shared + (sim_time)((double)own * b->n / (double)sent + 0.5);
    pass(w, DELAY_SHARED, wait);
    pass(w, DELAY_CONTROL, begun - wait);
    pass(w, DELAY_OWN, w->lane->end - w->at);
    if (c->p.slots)
        done = (done + ACCESS_TTI - 1) / ACCESS_TTI * ACCESS_TTI;
    pass(w, DELAY_SHARED, done - begun - length);
}

/* The last block of what the phone has on the air now. */
static void schedule(struct cell_lane *lane, sim_time end, sim_time block, const struct repeats *r,
                     uint32_t room)
{
    lane->start = end - block;
    lane->end = end;
    lane->harq = r->harq;
    lane->rlc = r->rlc;
    lane->room = room;
}

/* From the moment it may be sent to its arrival. */
static bool transmit(struct way *w, unsigned cqi, int harq_tx, unsigned cce)
{
    const struct cell *c = w->phone->cell;
    struct blocks b = blocks_of(c, &w->side, cqi, w->what->bytes);
    struct repeats r;
    bool arrives = repeat(c, &w->side, b.n, w->what->kind, harq_tx, &r);
    align(w);
    queue(w, &b, MAX(r.sent, b.n), cce);
    pass(w, DELAY_SEND, b.n * w->side.block);
    if (!is_common(w->what->kind))
        schedule(w->lane, w->at, w->side.block, &r, b.room);
    pass(w, DELAY_HARQ, r.harq);
    pass(w, DELAY_RLC, r.rlc);
    drx_awake(w->phone, w->awake, w->at);
    return arrives;
}

static bool has_grant(const struct cell *c, const struct cell_sending *s)
{
    return c->p.ul_grant == ACCESS_GRANT_ALWAYS || (c->p.ul_grant == ACCESS_GRANT_EXPECTED && s->granted);
}

/* A phone that is still sending says with it what it has more; any other asks first. */
static void ask(struct way *w)
{
    const struct access_params *p = &w->phone->cell->p;
    if (w->lane->end > w->at) {
        pass(w, DELAY_SR, p->sr_time);
    } else {
        pass(w, DELAY_SR_WAIT, slot_wait(w->phone->cell, w->at, p->sr_period, w->phone->sr_offset));
        w->awake = w->at;
        pass(w, DELAY_SR, ACCESS_TTI + p->sr_time);
    }
    pass(w, DELAY_GRANT, ACCESS_TTI + p->grant_time);
    w->in_step = true;
}

static struct way begin(struct cell_phone *p, const struct cell_sending *s, struct journey *j, bool up)
{
    return (struct way){.phone = p,
                        .lane = up ? &p->up : &p->down,
                        .side = up ? side_up(p->cell, p->cqi) : side_down(p->cell),
                        .what = s,
                        .j = j,
                        .at = p->cell->sim->now,
                        .in_step = s->reacts};
}

bool cell_up(struct cell_phone *p, const struct cell_sending *s, struct journey *j)
{
    struct way w = begin(p, s, j, true);
    pass(&w, DELAY_PHONE, s->before);
    w.awake = w.at;
    if (!join(&w)) {
        if (!has_grant(p->cell, s))
            ask(&w);
        if (!transmit(&w, p->cqi, w.side.harq_tx, cce_of(p->cqi)))
            return false;
    }
    arrive(&w, DELAY_ENB);
    return true;
}

/* Elements of the control channel that a message to all takes. */
static unsigned common_cce(struct cell_phone *p, enum cell_kind kind)
{
    struct cell *c = p->cell;
    bool first = kind != CELL_RESPONSE || c->answered != p->occasion;
    if (kind == CELL_RESPONSE)
        c->answered = p->occasion;
    return first ? (unsigned)c->p.common_cce : 0;
}

bool cell_down(struct cell_phone *p, const struct cell_sending *s, struct journey *j)
{
    bool common = is_common(s->kind);
    struct way w = begin(p, s, j, false);
    pass(&w, DELAY_ENB, s->before);
    if (!s->awake)
        pass(&w, DELAY_DRX, drx_wait(p, w.at));
    w.awake = w.at;
    if (!join(&w)) {
        unsigned cce = common ? common_cce(p, s->kind) : cce_of(p->cqi);
        if (!transmit(&w, common ? COMMON_CQI : p->cqi, w.side.harq_tx, cce))
            return false;
    }
    arrive(&w, DELAY_PHONE);
    return true;
}

/* ---- random access ---------------------------------------------------------------------------------- */

static struct rach_slot *slot_of(struct cell *c, int64_t occasion)
{
    struct rach_slot *s = &c->slots[(uint64_t)occasion % RACH_SLOTS];
    if (s->occasion != occasion)
        *s = (struct rach_slot){.occasion = occasion};
    return s;
}

sim_time cell_access(struct cell_phone *p)
{
    struct cell *c = p->cell;
    sim_time now = c->sim->now, wait = slot_wait(c, now, c->p.prach_period, 0);
    p->occasion = (now + wait - c->start) / c->p.prach_period;
    p->preamble = (uint8_t)rng_below(c->access, (uint64_t)c->p.preambles);
    slot_of(c, p->occasion)->phones[p->preamble]++;
    return wait + c->p.preamble_time;
}

bool cell_preamble(struct cell_phone *p, struct journey *j)
{
    struct cell *c = p->cell;
    journey_add(j, DELAY_PRACH, slot_wait(c, c->sim->now, c->p.prach_period, 0));
    journey_add(j, DELAY_PREAMBLE, c->p.preamble_time);
    if (!rng_bernoulli(c->access, c->p.preamble_miss))
        return true;
    slot_of(c, p->occasion)->phones[p->preamble]--;
    return false;
}

unsigned cell_contenders(const struct cell_phone *p)
{
    const struct rach_slot *s = &p->cell->slots[(uint64_t)p->occasion % RACH_SLOTS];
    return s->occasion == p->occasion ? s->phones[p->preamble] : 0;
}

/* Of several with one preamble at most one is heard, and any of them may be it. */
static bool is_heard(struct cell_phone *p)
{
    struct cell *c = p->cell;
    struct rach_slot *s = slot_of(c, p->occasion);
    unsigned k = s->phones[p->preamble], nth = ++s->heard[p->preamble];
    if (k <= 1)
        return true;
    if (nth == 1) {
        bool one = rng_bernoulli(c->access, c->p.capture);
        s->winner[p->preamble] = one ? (uint16_t)(1 + rng_below(c->access, k)) : RACH_NONE;
    }
    return nth == s->winner[p->preamble];
}

bool cell_msg3(struct cell_phone *p, const struct cell_sending *s, struct journey *j)
{
    struct way w = begin(p, s, j, true);
    bool heard = is_heard(p);
    pass(&w, DELAY_PHONE, s->before);
    w.awake = w.at;
    bool arrives = transmit(&w, p->cqi, p->cell->p.msg3_tx, 0);
    if (!heard)
        p->up.harq = (p->cell->p.msg3_tx - 1) * w.side.rtt;
    if (!heard || !arrives)
        return false;
    arrive(&w, DELAY_ENB);
    return true;
}

sim_time cell_still_sending(const struct cell_phone *p)
{
    return MAX(p->up.end + p->up.harq - p->cell->sim->now, 0);
}

sim_time cell_backoff(struct cell_phone *p)
{
    return (sim_time)(rng_uniform(p->cell->access) * (double)p->cell->p.backoff);
}
