/* check.h - standing invariants: what holds in every simulation, whatever happens in it.
 *
 *   messages      on every interface, sent + duplicated = delivered + lost + dropped + in flight
 *   waiting       a machine that waits has a timer that runs (sim/fsm.h); when nothing is left to do, no SIP
 * transaction is left, so that every request has been answered or given up answers       what got there was
 * answered, where nothing was lost of the same user action (only when messages are watched) phones        of
 * a phone about which no procedure goes on, UE, eNB, MME, S-GW, P-GW and PCRF have the same bearers: EPS
 *                 bearer identity, QCI, ARP, GBR, MBR, both ends of every tunnel; P-GW and PCRF have the same
 * rules leaving       of a phone that is detached nobody has anything
 *
 * Phones are not compared once signalling of access and core has been lost beyond repair by faults or full
 * stations: S1AP has no repetitions, and GTP gives up (check_excused()).
 *
 * This folder stands above the nodes: it asks each of them through its own header. */
#ifndef MODELS_CHECK_CHECK_H
#define MODELS_CHECK_CHECK_H

#include "sim/net.h"

#include <glib.h>

struct check;
struct sip_stack;

/* For this network, when all its nodes are there; costs nothing until it is asked. */
struct check *check_new(struct net *net, const struct sip_stack *sip);
void check_free(struct check *c);
/* Watches messages from now on, for answers; before the simulation runs. */
void check_watch(struct check *c);

/* Messages, waiting and phones, as it is now; between two sim_run(). At most `phones` of the phones are
 * compared, those that follow the ones of the last time. False: something does not hold. */
bool check_now(struct check *c, unsigned phones);
/* The same when the run has ended; with `idle`, nothing is left to do in it. */
bool check_end(struct check *c, bool idle, unsigned phones);
/* Compares one phone now, whatever was lost. False: something differs, or a procedure about it goes on. */
bool check_one(struct check *c, const struct node *phone);
/* What does not hold (char *), with virtual time, node and phone; the first ones only. */
const GPtrArray *check_broken(const struct check *c);
/* How many phones were compared so far, and why not more: NULL, or words. */
uint64_t check_compared(const struct check *c);
const char *check_excused(const struct check *c);

#endif
