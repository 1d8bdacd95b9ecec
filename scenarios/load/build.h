/* build.h - from a loaded scenario to a simulation that is ready to run. */
#ifndef SCENARIOS_LOAD_BUILD_H
#define SCENARIOS_LOAD_BUILD_H

#include "scenarios/load/load.h"
#include "scenarios/load/scn.h"
#include "sim/net.h"
#include "sim/sim.h"

struct sip_stack;

struct world_opts {
    uint64_t seed;          /* scn->run.seed, or what the user said             */
    uint32_t replication;   /* 0, 1, 2 ...                                       */
    uint32_t record_every;  /* keeps what happens in every k-th call (1 = all, and what else happens); 0 = none */
    uint32_t sample_every;  /* records every k-th call, and every k-th action of a phone, to be explained; 0 = none */
    const volatile int *interrupt; /* raised by SIGINT, or NULL                 */
};

/* One simulation with everything in it. Read only for others. */
struct world {
    const struct scn *scn;
    struct sim *sim;
    struct net *net;
    struct sip_stack *sip;
    uint64_t calls; /* dialled so far */
    struct world_priv *priv;
};

/* Builds nodes, links, phones and people of a scenario; users begin to act when it is run. The scenario must
 * live on and is not changed: any number of worlds may be built from it, in any thread. Problems that only
 * show here (a node without the role that is asked of it ...) are added to errors as strings
 * "file:line: ...", as scn_load() does, and NULL is returned. */
struct world *world_new(const struct scn *scn, const struct world_opts *opts, GPtrArray *errors);
/* Runs to the scenario's end, or to `until` if that is sooner. May be called again to go on. */
enum sim_end world_run(struct world *w, sim_time until);
void world_free(struct world *w);

/* The group of a phone. */
const struct scn_group *world_group(const struct world *w, const struct node *phone);
/* A user's registration at its CSCFs. False: nobody has it registered. */
struct cscf_reg_view;
bool world_registration(const struct world *w, uint32_t party, struct cscf_reg_view *out);
/* Users that CSCFs know. */
size_t world_registrations(const struct world *w);

/* What is alive now: SIP transactions; calls at phones (both ends counted) and requests on their way through
 * a CSCF, Rx sessions, and what access and core hold for phones (connections, sessions, bearers); messages somebody
 * still refers to. All 0 when a run has come to rest and every phone is detached. */
size_t world_transactions(const struct world *w);
size_t world_contexts(const struct world *w);
size_t world_messages(const struct world *w);

/* Calls fn for each eNB that has a radio, in the order of nodes. */
struct cell;
void world_each_cell(const struct world *w, void (*fn)(const struct node *enb, const struct cell *cell, void *user), void *user);

/* What scn_load() needs to know of the models: interfaces, messages, protocols, timers. */
const struct scn_names *world_names(void);

/* Whether a run that ended so counts as finished. */
static inline bool world_finished(enum sim_end end)
{
    return end == SIM_END_IDLE || end == SIM_END_TIME || end == SIM_END_STOP;
}

#endif
