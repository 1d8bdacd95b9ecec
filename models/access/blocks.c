/* blocks.c - messages as transport blocks: how many it takes, and how often they are repeated (see cell.h).
 */
#include "models/access/cell_int.h"

static const struct {
    uint32_t efficiency; /* bits per resource element * 10000 */
    unsigned cce;
} cqi_table[CELL_CQI_MAX + 1] = {
#define CQI(index, modulation, efficiency, cce) [index] = {efficiency, cce},
#include "models/access/cqi.def"
};

unsigned cce_of(unsigned cqi)
{
    return cqi_table[cqi].cce;
}

/* Bytes that so many resource blocks carry. */
static uint32_t bytes_of(unsigned cqi, int re, uint32_t prb)
{
    return (uint32_t)((uint64_t)prb * (uint32_t)re * cqi_table[cqi].efficiency / 80000);
}

uint32_t prb_of(unsigned cqi, int re, uint32_t bytes)
{
    uint64_t one = (uint64_t)re * cqi_table[cqi].efficiency;
    return (uint32_t)(((uint64_t)bytes * 80000 + one - 1) / one);
}

static bool is_bundled(const struct cell *c, unsigned cqi)
{
    return c->p.bundling && (int)cqi <= c->p.bundling_cqi;
}

/* Four transmissions in a row fail together only if each does. */
struct link_side side_up(struct cell *c, unsigned cqi)
{
    const struct access_params *p = &c->p;
    struct link_side side = {.channel = &c->up,
                             .rng = c->harq_up,
                             .bler = p->ul_bler,
                             .harq_tx = p->ul_harq_tx,
                             .phone_prb = MIN(p->ul_phone_prb, p->prb),
                             .re = p->ul_re,
                             .rtt = p->harq_rtt,
                             .block = ACCESS_TTI};
    if (is_bundled(c, cqi)) {
        side.bler *= side.bler;
        side.bler *= side.bler;
        side.rtt = p->bundling_rtt;
        side.block = 4 * ACCESS_TTI;
    }
    return side;
}

struct link_side side_down(struct cell *c)
{
    const struct access_params *p = &c->p;
    return (struct link_side){.channel = &c->down,
                              .rng = c->harq_down,
                              .bler = p->dl_bler,
                              .harq_tx = p->dl_harq_tx,
                              .phone_prb = MIN(p->dl_phone_prb, p->prb),
                              .re = p->dl_re,
                              .rtt = p->harq_rtt,
                              .block = ACCESS_TTI,
                              .adaptive = true};
}

struct blocks blocks_of(const struct cell *c, const struct link_side *side, unsigned cqi, uint32_t bytes)
{
    uint32_t most = (uint32_t)side->phone_prb, head = (uint32_t)c->p.block_overhead;
    uint32_t full = bytes_of(cqi, side->re, most), net = full > head ? full - head : 1;
    unsigned n = MAX((bytes + net - 1) / net, 1);
    uint32_t last = bytes - (n - 1) * net;
    return (struct blocks){n, (n - 1) * most + MIN(prb_of(cqi, side->re, last + head), most), net - last};
}

/* ---- repetitions ------------------------------------------------------------------------------------ */

/* Transmissions that a block needs, `most` + 1 if they do not suffice: more than k with probability bler^k.
 */
static int transmissions(struct rng *rng, double bler, int most)
{
    int k = 1;
    if (bler <= 0)
        return 1;
    double u = rng_uniform(rng);
    for (double fails = bler; k <= most && u < fails; fails *= bler)
        k++;
    return k;
}

/* One block: HARQ, and RLC when HARQ gives up. False: lost. */
static bool repeat_block(const struct cell *c, const struct link_side *side, enum cell_kind kind, int harq_tx,
                         struct repeats *r)
{
    int more = kind == CELL_SIGNALLING || kind == CELL_DATA ? c->p.rlc_tx : 0;
    for (int i = 0; i <= more; i++) {
        int k = transmissions(side->rng, side->bler, harq_tx);
        r->sent += (uint64_t)MIN(k, harq_tx);
        r->harq += (MIN(k, harq_tx) - 1) * side->rtt;
        if (k <= harq_tx)
            return true;
        r->rlc += c->p.rlc_time;
    }
    return false;
}

/* A message is there when its last block is. Block i is sent first (n - 1 - i) blocks before the last one. */
bool repeat(const struct cell *c, const struct link_side *side, unsigned n, enum cell_kind kind, int harq_tx,
            struct repeats *r)
{
    sim_time latest = 0;
    *r = (struct repeats){0};
    if (is_common(kind)) {
        r->sent = n;
        return true;
    }
    for (unsigned i = 0; i < n; i++) {
        struct repeats one = {.sent = r->sent};
        bool arrives = repeat_block(c, side, kind, harq_tx, &one);
        r->sent = one.sent;
        if (!arrives) {
            r->harq = one.harq;
            return false;
        }
        sim_time late = one.harq + one.rlc - (n - 1 - i) * side->block;
        if (late > latest) {
            latest = late;
            r->rlc = MIN(one.rlc, late);
            r->harq = late - r->rlc;
        }
    }
    return true;
}

double mean_sent(double bler, int most)
{
    double sum = 0, p = 1;
    for (int k = 0; k < most; k++, p *= bler)
        sum += p;
    return sum;
}
