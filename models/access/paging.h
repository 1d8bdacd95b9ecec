/* paging.h - when a phone in idle mode listens (TS 36.304 7.1).
 *
 * Once per DRX cycle a phone listens in one subframe of one radio frame, which follow from its identity; the eNB pages it
 * then. Frame 0 of every cell begins at time 0: SIMPLIFIED, cells of a network are seldom in step.
 * The arithmetic and the table of subframes (FDD) were compared with three public accounts of the clause. */
#ifndef MODELS_ACCESS_PAGING_H
#define MODELS_ACCESS_PAGING_H

#include "sim/time.h"

#include <stdint.h>

#define ACCESS_FRAME    (10 * SIM_MS)
#define ACCESS_SUBFRAME (1 * SIM_MS)

/* Of a cell. */
struct access_paging {
    sim_time cycle; /* default paging cycle: 32, 64, 128 or 256 radio frames; 0: phones listen all the time */
    int nb;         /* nB in 32ths of the cycle: 4T is 128, T is 32, T/32 is 1 */
};

/* Time from `now` until the next paging occasion of a phone: 0 up to one cycle. `ue_id` is its IMSI mod 1024. */
sim_time access_paging_wait(const struct access_paging *cell, uint32_t ue_id, sim_time now);

#endif
