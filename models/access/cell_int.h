/* cell_int.h - what the files of the radio share: the cell's state. */
#ifndef MODELS_ACCESS_CELL_INT_H
#define MODELS_ACCESS_CELL_INT_H

#include "models/access/cell.h"
#include "models/names.h"

/* A server that is busy until then; part of it is taken for good. */
struct cell_channel {
    sim_time busy_until;
    int64_t taken; /* by bearers, of CELL_SHARE_ALL */
    double background;
};

/* Who chose which preamble at one occasion. Entries are reused: none is needed longer than a window. */
#define RACH_SLOTS 64
#define RACH_NONE  UINT16_MAX
struct rach_slot {
    int64_t occasion;
    uint16_t phones[ACCESS_PREAMBLES_MAX];
    uint16_t heard[ACCESS_PREAMBLES_MAX];  /* messages that their answers allowed            */
    uint16_t winner[ACCESS_PREAMBLES_MAX]; /* which of those gets through: RACH_NONE, or from 1 */
};

struct cell {
    struct sim *sim;
    struct access_params p;
    sim_time start; /* of a frame 0, not after the start of the run */
    struct cell_channel up, down, control;
    uint64_t gbr_bearers;
    struct cell_stats stats; /* up to the last change of their number */
    sim_time changed;
    struct rng *access, *harq_up, *harq_down;
    struct rng_key phones;
    struct rach_slot slots[RACH_SLOTS];
    int64_t answered; /* the last occasion that a response was sent to */
};

/* ---- slots.c: instants ------------------------------------------------------------------------------ */

/* From t to the next of the instants start + offset + k * period; its mean when slots are off. */
sim_time slot_wait(const struct cell *c, sim_time t, sim_time period, sim_time offset);
/* From t to the next time the phone listens. */
sim_time drx_wait(const struct cell_phone *p, sim_time t);
/* The phone is awake from then on, and for a while after the last transmission. */
void drx_awake(struct cell_phone *p, sim_time from, sim_time last);

/* ---- blocks.c: sizes and repetitions ---------------------------------------------------------------- */

struct link_side { /* what differs between the directions */
    struct cell_channel *channel;
    struct rng *rng;
    double bler;
    int harq_tx, phone_prb, re;
    sim_time rtt, block; /* HARQ round trip; a block on the air */
    bool adaptive;       /* repetitions are announced on the control channel as well */
};
struct link_side side_up(struct cell *c, unsigned cqi);
struct link_side side_down(struct cell *c);

/* A message cut into transport blocks. */
struct blocks {
    unsigned n;
    uint32_t prb;  /* of all blocks together            */
    uint32_t room; /* bytes that the last one has left  */
};
struct blocks blocks_of(const struct cell *c, const struct link_side *side, unsigned cqi, uint32_t bytes);
/* Resource blocks for so many bytes, headers included. */
uint32_t prb_of(unsigned cqi, int re, uint32_t bytes);
/* Control channel elements of an order to such a phone. */
unsigned cce_of(unsigned cqi);

static inline bool is_common(enum cell_kind kind)
{
    return kind == CELL_COMMON || kind == CELL_RESPONSE;
}
/* Repetitions of a message's blocks: by how much they delay its end, and how often blocks were sent. False:
 * lost. */
struct repeats {
    sim_time harq, rlc;
    uint64_t sent;
};
bool repeat(const struct cell *c, const struct link_side *side, unsigned n, enum cell_kind kind, int harq_tx,
            struct repeats *r);
/* Mean number of transmissions of a block. */
double mean_sent(double bler, int most);

/* ---- cell.c: channels ------------------------------------------------------------------------------- */

/* Gives a channel work: `amount` of the `capacity` that it has in a subframe. Returns how long it is busy
 * with earlier work, from the next subframe on, and with this in *own. The queue is joined now, whatever must
 * happen before the transmission: waits that all have in common change nothing in a queue. */
sim_time channel_use(const struct cell *c, struct cell_channel *ch, uint64_t amount, uint64_t capacity,
                     sim_time *own);
/* A duration in full subframes: cut down when slots are on. */
static inline sim_time whole_slots(const struct cell *c, sim_time t)
{
    return c->p.slots ? t / ACCESS_TTI * ACCESS_TTI : t;
}

#endif
