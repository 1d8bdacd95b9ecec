/* build_int.h - what the files that build a world share. */
#ifndef SCENARIOS_LOAD_BUILD_INT_H
#define SCENARIOS_LOAD_BUILD_INT_H

#include "models/as/as.h"
#include "models/cscf/cscf.h"
#include "models/dns/dns_server.h"
#include "models/epc.h"
#include "models/hss/hss.h"
#include "models/ue/ue.h"
#include "models/user/people.h"
#include "scenarios/load/build.h"
#include "scenarios/load/load.h"

struct lte;

struct world_priv {
    struct dia_stack *dia;
    struct dns_stack *dns;
    struct dns_clients *resolvers; /* who asks DNS */
    GPtrArray *dnss;      /* struct node * */
    struct cscf_world *cscfs;
    struct as_world *ases;
    struct ue_world *ues;
    struct people *people;
    GPtrArray *hsss;      /* struct node * */
    GPtrArray *groups;    /* struct group * */
    GPtrArray *strings;   /* texts and tables made here */
    GStringChunk *addresses; /* of phones */
    GPtrArray *cfgs;      /* struct cfg_entry * */
    GArray *tokens;       /* struct call_tokens, one per scripted call */
    GPtrArray *phones;    /* struct node *, by group: those of a group stand together */
    GPtrArray *node_group, *node_network; /* by node id: id of the group or NULL; of the network */
    GPtrArray *actions;   /* struct action * */
    GPtrArray *errors;
    struct sim_recorded recorded; /* as asked for */
    uint64_t actions_begun;
    struct lte *lte;      /* access and packet core, or NULL: the scenario has none */
};


/* Adds a problem. */
void world_complain(struct world *w, const struct scn_pos *pos, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* The node with this id if it has this role; complains and returns NULL otherwise. */
struct node *world_need_node(struct world *w, const struct scn_pos *pos, const char *id, uint32_t kind, const char *role);
const struct scn_network *world_network(const struct world *w, const char *id);
const struct scn_node *world_scn_node(const struct world *w, const char *id);
/* The phones of a group, and how many; NULL: there is no such group. */
struct node *const *world_phones(const struct world *w, const char *group, uint32_t *count);
/* The node whose turn it is for the k-th phone; NULL: the list is empty. */
struct node *world_in_turn(const struct world *w, char *const *ids, unsigned k);
/* The HSS of a network, or NULL. */
struct node *world_hss(const struct world *w, const char *network);
/* Its DNS server, or NULL. */
struct node *world_dns(const struct world *w, const char *network);

/* CSCFs and subscribers (build_ims.c). Nodes, then each group, its phones, then those that begin registered. */
typedef void (*ims_key_fn)(uint32_t party, uint8_t k[16], uint8_t opc[16]);
void ims_add_nodes(struct world *w);
/* The group at the HSS; returns its number. */
uint32_t ims_add_group(struct world *w, const struct scn_group *s);
struct ue_reg_cfg ims_reg_cfg(struct world *w, const struct scn_group *s);
void ims_add_phone(struct world *w, struct node *n, const struct scn_group *s, unsigned k, uint32_t party, uint32_t hss_group);
void ims_warm_phones(struct world *w);
/* What their cards hold. */
ims_key_fn ims_keys_of(const struct scn_group *s);

/* Calls of the script, streams of calls, and faults (build_calls.c). After the phones; each call has its tokens in `tokens`. */
void calls_plan(struct world *w);
void calls_add_streams(struct world *w);
void calls_add_faults(struct world *w);

/* The script (build_actions.c). */
void actions_plan(struct world *w);

/* Access and packet core (build_lte.c). Nodes first, then phones, then what they do. */
void lte_new(struct world *w);
void lte_free(struct world *w);
void lte_free_stacks(struct world *w); /* after net_free() */
void lte_add_nodes(struct world *w);
void lte_add_phone(struct world *w, struct node *n, const struct scn_group *s, unsigned k, uint32_t party);
/* The phone takes the P-CSCF that the P-GW names. */
void lte_take_p_cscf(const struct world *w, struct node *ue, const struct ie_pco *pco);
/* A phone comes out of coverage, or back. */
void lte_radio(struct world *w, struct node *ue, bool heard);
/* Attaches phones that begin so (build_warm.c); after their nodes. */
void lte_warm_phones(struct world *w);
/* The dedicated bearers of a phone are lost at its P-GW. */
void lte_lose_bearers(struct world *w, const struct node *ue);
/* For invariants: contexts of all nodes and phones; messages that are not SIP's or Diameter's. 0 without LTE. */
size_t lte_contexts(const struct world *w);
size_t lte_messages(const struct world *w);
/* Whether SIP between these nodes travels over a bearer. */
bool lte_carries(const struct world *w, uint16_t iface, const struct node *from, const struct node *to);

/* The carriage of a link, if it is Uu of a cell with a radio, or NULL. */
const struct carriage *lte_carriage(const struct world *w, uint16_t iface, const struct node *from, const struct node *to);

/* Radios (build_radio.c): those that the scenario gives its eNBs, NULL if none; the carriage of a link that has one, or NULL. */
struct uu;
struct uu *radio_new(struct world *w);
const struct carriage *radio_of(const struct uu *uu, uint16_t iface, const struct node *from, const struct node *to);

/* Application servers and DNS (build_services.c): the nodes; then, when all are known, what DNS knows of the nodes, and of
 * each phone. */
void services_add_nodes(struct world *w);
void services_name_nodes(struct world *w);
void services_name_phone(struct world *w, const struct scn_group *s, uint32_t party);
void services_free(struct world *w);
/* For invariants: requests on their way through them, and queries that wait. */
size_t services_contexts(const struct world *w);

#endif
