/* voice.c - bearers with a guaranteed bit rate: what they take of a cell, whether one more fits, how long a
 * voice packet takes (see cell.h).
 *
 * Voice comes as one packet per period while somebody speaks, and as small ones in silence; nothing of that
 * is simulated packet by packet: a bearer takes its long-run share. Per packet and direction:
 *
 *   bytes      rate * period, less what RoHC saves; RLC and MAC
 *   blocks     of resources: bytes / what a block carries at this quality, times the mean number of
 * transmissions, times four when bundled orders     on the control channel: one per transmission downlink,
 * one per packet uplink; with semi-persistent scheduling only repetitions downlink and packets in silence */
#include "models/access/cell_int.h"

/* Of one direction, in a voice period. */
struct per_period {
    double prb, orders;
};

static uint32_t voice_bytes(const struct access_params *p, uint32_t kbps)
{
    uint64_t all = ((uint64_t)kbps * (uint64_t)(p->voice_period / SIM_US) + 7999) / 8000;
    uint32_t saved = p->rohc ? (uint32_t)(p->voice_header - p->rohc_header) : 0;
    return all > saved ? (uint32_t)(all - saved) : 1;
}

static uint32_t silence_bytes(const struct access_params *p)
{
    return (uint32_t)(p->sid_size + (p->rohc ? p->rohc_header : p->voice_header));
}

static struct per_period voice(const struct cell *c, const struct link_side *side, unsigned cqi,
                               uint32_t kbps)
{
    const struct access_params *p = &c->p;
    struct blocks talk = blocks_of(c, side, cqi, voice_bytes(p, kbps));
    struct blocks hush = blocks_of(c, side, cqi, silence_bytes(p));
    double spoken = p->voice_activity, sent = mean_sent(side->bler, side->harq_tx);
    double silent = (1 - spoken) * (double)p->voice_period / (double)p->sid_period;
    double orders = side->adaptive ? sent : 1;
    double subframes = (double)side->block / (double)ACCESS_TTI;
    return (struct per_period){
        .prb = (spoken * talk.prb + silent * hush.prb) * sent * subframes,
        .orders = spoken * talk.n * (p->sps ? orders - 1 : orders) + silent * hush.n * orders,
    };
}

/* Full blocks at this rate. */
static struct per_period stream(const struct cell *c, const struct link_side *side, unsigned cqi,
                                uint32_t kbps)
{
    double bytes = (double)kbps * (double)(c->p.voice_period / SIM_US) / 8000;
    double blocks = bytes / (blocks_of(c, side, cqi, 1).room + 1),
           sent = mean_sent(side->bler, side->harq_tx);
    double subframes = (double)side->block / (double)ACCESS_TTI;
    return (struct per_period){
        .prb = blocks * side->phone_prb * sent * subframes,
        .orders = blocks * (side->adaptive ? sent : 1),
    };
}

static int64_t share(const struct cell *c, double used, int capacity)
{
    double subframes = (double)c->p.voice_period / (double)ACCESS_TTI;
    return (int64_t)(used / (subframes * capacity) * (double)CELL_SHARE_ALL + 0.5);
}

struct cell_shares cell_need(struct cell *c, unsigned cqi, bool is_voice, uint32_t kbps_up,
                             uint32_t kbps_down)
{
    struct link_side up = side_up(c, cqi), down = side_down(c);
    struct per_period u = is_voice ? voice(c, &up, cqi, kbps_up) : stream(c, &up, cqi, kbps_up);
    struct per_period d = is_voice ? voice(c, &down, cqi, kbps_down) : stream(c, &down, cqi, kbps_down);
    return (struct cell_shares){.up = share(c, u.prb, c->p.prb),
                                .down = share(c, d.prb, c->p.prb),
                                .control = share(c, (u.orders + d.orders) * cce_of(cqi), c->p.cce)};
}

/* ---- admission -------------------------------------------------------------------------------------- */

static int64_t limit(const struct cell *c)
{
    return (int64_t)(c->p.gbr_share * (double)CELL_SHARE_ALL + 0.5);
}

static bool fits(const struct cell *c, const struct cell_channel *ch, int64_t need)
{
    return ch->taken + need <= limit(c);
}

uint64_t cell_capacity(const struct cell *c, struct cell_shares need)
{
    int64_t most = MAX(need.up, MAX(need.down, need.control));
    uint64_t n = most > 0 ? (uint64_t)(limit(c) / most) : UINT64_MAX;
    return c->p.gbr_bearers ? MIN(n, c->p.gbr_bearers) : n;
}

void cell_stats(const struct cell *c, struct cell_stats *out)
{
    __int128 since = c->sim->now - c->changed;

    *out = c->stats;
    out->bearer_ns += (__int128)c->gbr_bearers * since;
    out->up += c->up.taken * since;
    out->down += c->down.taken * since;
    out->control += c->control.taken * since;
}

/* Before their number changes. */
static void count(struct cell *c)
{
    struct cell_stats now;

    cell_stats(c, &now);
    c->stats = now;
    c->changed = c->sim->now;
}

static void take(struct cell *c, struct cell_shares s)
{
    count(c);
    c->gbr_bearers++;
    c->up.taken += s.up;
    c->down.taken += s.down;
    c->control.taken += s.control;
}

static void give_back(struct cell *c, struct cell_shares s)
{
    sim_assert(c->sim, c->gbr_bearers > 0 && c->up.taken >= s.up && c->down.taken >= s.down &&
                           c->control.taken >= s.control);
    count(c);
    c->gbr_bearers--;
    c->up.taken -= s.up;
    c->down.taken -= s.down;
    c->control.taken -= s.control;
}

static bool has_room(const struct cell *c, struct cell_shares need)
{
    bool full = c->p.gbr_bearers && c->gbr_bearers >= c->p.gbr_bearers;
    return !full && fits(c, &c->up, need.up) && fits(c, &c->down, need.down) &&
           fits(c, &c->control, need.control);
}

bool cell_admit(struct cell *c, struct cell_shares need)
{
    c->stats.asked++;
    if (has_room(c, need)) {
        take(c, need);
        return true;
    }
    c->stats.refused++;
    return false;
}

bool cell_change(struct cell *c, struct cell_shares old, struct cell_shares need)
{
    give_back(c, old);
    bool room = has_room(c, need);
    take(c, room ? need : old);
    return room;
}

void cell_release(struct cell *c, struct cell_shares s)
{
    give_back(c, s);
}

uint64_t cell_gbr_bearers(const struct cell *c)
{
    return c->gbr_bearers;
}

/* ---- delay ------------------------------------------------------------------------------------------ */

/* Mean delay by HARQ of a block that gets through: rtt * sum k p^k (1 - p) / (1 - p^m), k = 1 .. m - 1. */
static double mean_harq(const struct link_side *side)
{
    double sum = 0, p = 1;
    for (int k = 0; k < side->harq_tx; k++, p *= side->bler)
        sum += k * p * (1 - side->bler);
    return (double)side->rtt * sum / (1 - p);
}

static sim_time on_air(const struct cell *c, const struct link_side *side, unsigned cqi, uint32_t kbps)
{
    struct blocks b = blocks_of(c, side, cqi, voice_bytes(&c->p, kbps));
    return b.n * side->block + (sim_time)(mean_harq(side) + 0.5);
}

sim_time cell_voice_delay_up(struct cell *c, unsigned cqi, uint32_t kbps)
{
    const struct access_params *p = &c->p;
    struct link_side side = side_up(c, cqi);
    sim_time ask = p->sr_period / 2 + ACCESS_TTI + p->sr_time + ACCESS_TTI + p->grant_time;
    sim_time access = p->sps || p->ul_grant == ACCESS_GRANT_ALWAYS ? ACCESS_TTI / 2 : ask;
    return p->ue_data + access + on_air(c, &side, cqi, kbps) + p->enb_data;
}

sim_time cell_voice_delay_down(struct cell *c, unsigned cqi, uint32_t kbps)
{
    const struct access_params *p = &c->p;
    struct link_side side = side_down(c);
    sim_time asleep = p->drx ? p->drx_cycle - p->drx_on : 0;
    sim_time wake =
        p->drx ? (sim_time)((double)asleep * (double)asleep / (2 * (double)p->drx_cycle) + 0.5) : 0;
    return p->enb_data + wake + ACCESS_TTI / 2 + on_air(c, &side, cqi, kbps) + p->ue_data;
}
