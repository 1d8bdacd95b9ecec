/* cell.h - the radio of a cell as arithmetic: how long each transmission takes, and why.
 *
 * Everything is reckoned when something is sent: the parts of its way (sim/net.h, struct journey) with the
 * labels of models/delays.def. There is one event per transmission, its arrival, and none per subframe.
 *
 *   uplink     scheduling request | grant | queue of the cell | transmission by size | HARQ | RLC
 *   downlink   DRX | queue of the cell | transmission by size | HARQ | RLC
 *   random access   occasion and preamble are chosen with cell_access(), which also sees who chose the same
 *   paging     cell_paging_wait() says when; who pages waits
 *   bearers with a guaranteed bit rate take their share of the channels for as long as they live
 *
 * The shared channels and the control channel are servers: work that was given to them earlier is done first;
 * but messages to all, responses to preambles and pages, go before everything else. What is said on the air,
 * and whether a bearer is wanted, is the nodes' business.
 *
 * SIMPLIFIED: a transport block holds what its resource blocks and the quality of the phone's channel allow
 * (TS 36.213 table 7.2.3-1); the tables of block sizes of TS 36.213 7.1.7.2, power, fading and link
 * adaptation are left out, and a block fails with the same probability each time. All phones are heard at any
 * time: no time alignment that runs out, no scheduling request that is missed (dsr-TransMax), no measurement
 * gaps. Broadcast is not modelled: phones know the cell. */
#ifndef MODELS_ACCESS_CELL_H
#define MODELS_ACCESS_CELL_H

#include "models/access/access.h"
#include "models/access/paging.h"
#include "sim/net.h"

#define CELL_CQI_MAX 15

struct cell;

/* A radio with these parameters (copied; access_check() found nothing). `name` names its random streams. */
struct cell *cell_new(struct sim *sim, const char *name, const struct access_params *p);
void cell_free(struct cell *c);
const struct access_params *cell_params(const struct cell *c);

/* ---- phones ----------------------------------------------------------------------------------------- */

/* What the phone has on the air in one direction. */
struct cell_lane {
    sim_time start, end; /* of its last block's first transmission             */
    sim_time harq, rlc;  /* by which repetitions delay that block              */
    uint32_t room;       /* bytes that it could still take                     */
    sim_time heard[2];   /* when its last message was handled: signalling, data */
};

/* A phone as its cell knows it; owned by who knows the phones. */
struct cell_phone {
    struct cell *cell;
    struct cell_lane up, down;
    sim_time awake_from, awake_until; /* DRX: because of something that is sent */
    int64_t occasion;                 /* random access: the last one it used, and its preamble there */
    sim_time sr_offset, drx_offset;
    uint8_t cqi, preamble;
};
/* `key` draws its place among the occasions: another one for each phone of the cell. */
void cell_phone_init(struct cell_phone *p, struct cell *c, uint64_t key, unsigned cqi);

/* ---- transmissions ---------------------------------------------------------------------------------- */

enum cell_kind {
    CELL_COMMON,     /* to all: no HARQ, nothing is repeated               */
    CELL_RESPONSE,   /* the same; one order announces all responses to one random access occasion */
    CELL_UNREPEATED, /* HARQ, without RLC behind it (SRB0)                 */
    CELL_SIGNALLING, /* HARQ and RLC in acknowledged mode (SRB1, SRB2)     */
    CELL_DATA,       /* the same for a data bearer                         */
};

struct cell_sending {
    uint32_t bytes; /* of the message, PDCP included */
    enum cell_kind kind;
    sim_time before; /* the sender's work before it is there to be sent                    */
    sim_time after;  /* the receiver's work before it takes notice                         */
    bool granted;    /* uplink: the eNB expects it, and grants what it needs               */
    bool reacts; /* to something received, in whole subframes: no wait for the next one when slots are off */
    bool awake;  /* downlink: the phone listens anyway                                 */
};
/* Adds the way of what a phone sends now, or is sent; false: it is lost. */
bool cell_up(struct cell_phone *p, const struct cell_sending *s, struct journey *j);
bool cell_down(struct cell_phone *p, const struct cell_sending *s, struct journey *j);

/* From `now` to the next occasion at which a phone with this identity listens; in frames that begin when the
 * cell's do. */
sim_time cell_paging_wait(const struct cell *c, const struct access_paging *paging, uint16_t ue_id,
                          sim_time now);

/* ---- random access (TS 36.321 5.1) ------------------------------------------------------------------ */

/* Chooses the next occasion after now and a preamble. From now to the end of the preamble. */
sim_time cell_access(struct cell_phone *p);
/* Adds the way of that preamble; false: nobody hears it. */
bool cell_preamble(struct cell_phone *p, struct journey *j);
/* Adds the way of the message that the response allows; false: it is lost, too often garbled or because
 * another phone sent the same preamble and answers as well. */
bool cell_msg3(struct cell_phone *p, const struct cell_sending *s, struct journey *j);
/* How many phones chose this phone's preamble at its occasion, itself included. */
unsigned cell_contenders(const struct cell_phone *p);
/* From now to the end of the last transmission of what the phone sent last. */
sim_time cell_still_sending(const struct cell_phone *p);
/* A wait before the next preamble. */
sim_time cell_backoff(struct cell_phone *p);

/* ---- bearers with a guaranteed bit rate ------------------------------------------------------------- */

/* Shares of a channel: CELL_SHARE_ALL is all of it. */
#define CELL_SHARE_ALL INT64_C(1000000000)
struct cell_shares {
    int64_t up, down, control;
};
/* What a bearer of this bit rate takes in the long run, for a phone of this quality. Voice: packets that come
 * one by one, compressed, bundled and scheduled as the parameters have it; otherwise a stream of full blocks.
 */
struct cell_shares cell_need(struct cell *c, unsigned cqi, bool voice, uint32_t kbps_up, uint32_t kbps_down);
/* How many bearers of this kind fit into an empty cell. */
uint64_t cell_capacity(const struct cell *c, struct cell_shares need);
/* Whether one more fits; if so, it is there until it is given back. */
bool cell_admit(struct cell *c, struct cell_shares need);
void cell_release(struct cell *c, struct cell_shares s);
/* The same for one that is there and wants other shares; if they do not fit it keeps what it has. */
bool cell_change(struct cell *c, struct cell_shares old, struct cell_shares need);
uint64_t cell_gbr_bearers(const struct cell *c);

/* Counters, up to now. */
struct cell_stats {
    uint64_t asked, refused; /* bearers with a guaranteed bit rate    */
    __int128 bearer_ns;      /* integral of how many there are        */
    __int128 up, down, control; /* integrals of the shares that they take, in CELL_SHARE_ALL times ns */
};
void cell_stats(const struct cell *c, struct cell_stats *out);

/* Mean time on the air of a voice packet: of one whose phone has to ask first if neither sps nor a grant
 * spares it that. */
sim_time cell_voice_delay_up(struct cell *c, unsigned cqi, uint32_t kbps);
sim_time cell_voice_delay_down(struct cell *c, unsigned cqi, uint32_t kbps);

#endif
