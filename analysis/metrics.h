/* metrics.h - from marks to numbers: times between moments of a call or of a procedure of a phone, counts
 * of both, of messages, of what stations did.
 *
 * A collector listens to the marks of all flows of one simulation, whether recorded or not. A flow is a
 * call when it is dialled; its moments are noted in a slot and judged when the call and its bearers are
 * gone, or when the run is over. What a phone does by itself (attach, registration ...) has a slot of its own,
 * per phone and procedure. Slots come from slabs: once the number of calls in progress has had its peak,
 * nothing is allocated any more.
 *
 * Warm-up: a call or procedure counts if it began at or after the end of the warm-up, whatever of it came
 * later; those begun before do not count at all. Messages and stations count from that instant on.
 *
 * Calls in progress when the run ends contribute the times they have completed; long ones are therefore
 * under-represented in short runs. Their number is shown (struct call_counts, open). */
#ifndef ANALYSIS_METRICS_H
#define ANALYSIS_METRICS_H

#include "analysis/occupancy.h"
#include "analysis/phases.h"
#include "analysis/series.h"
#include "analysis/stats.h"
#include "models/names.h"
#include "sim/net.h"
#include "sim/sim.h"
#include "sim/station.h"

#include <glib.h>

/* ---- what there is --------------------------------------------------------------------------------- */

enum metric_id {
#define METRIC(id, ...) METRIC_##id,
#define PHONE(id, ...)  METRIC_##id,
#include "analysis/metrics.def"
    METRIC_COUNT
};
enum procedure_id {
#define PROCEDURE(id, ...) PROCEDURE_##id,
#include "analysis/metrics.def"
    PROCEDURE_COUNT,
    PROCEDURE_NONE = PROCEDURE_COUNT
};
enum ratio_id {
#define RATIO(id, ...) RATIO_##id,
#include "analysis/metrics.def"
    RATIO_COUNT
};

enum metric_side {
    METRIC_SIDE_ANY,
    METRIC_SIDE_SAME,
    METRIC_SIDE_CALLER,
    METRIC_SIDE_CALLED,
    METRIC_SIDE_LAST
};
enum metric_calls { METRIC_CALLS_ALL, METRIC_CALLS_ANSWERED, METRIC_CALLS_FAILED };

struct metric_decl {
    const char *name;
    enum procedure_id procedure; /* PROCEDURE_NONE: of calls */
    enum mark_id from, to;
    enum mark_id or_to; /* MARK_COUNT: none */
    enum metric_side side;
    enum metric_calls calls;
    enum phase_set phases; /* in which it is explained */
    const char *unit; /* "ms" or "s" */
    const char *ends; /* the two end points in words */
    const char *source;
};
extern const struct metric_decl metric_table[METRIC_COUNT];

/* What a phone does by itself. Marks are MARK_COUNT when there is none. */
struct procedure_decl {
    const char *name;
    enum mark_id begun;
    int value; /* of `begun`; -1: any */
    enum mark_id done, failed, given_up[2];
    const char *cause; /* what the value of `failed` is */
};
extern const struct procedure_decl procedure_table[PROCEDURE_COUNT];
/* Index of the metric with this name, or -1. */
int metric_by_name(const char *name);
/* Nanoseconds per unit in which the metric is shown. */
double metric_unit_ns(const struct metric_decl *metric);

/* What became of calls. */
struct call_counts {
    uint64_t not_offered;       /* nobody could dial: all phones of the group were in calls */
    uint64_t dialled;
    uint64_t unsent;            /* of these: the caller's phone refused, no INVITE was sent */
    uint64_t attempted;         /* INVITE sent, and the outcome is known                    */
    uint64_t attempted_not_3xx; /* ... and it is not a redirection                          */
    uint64_t answered;          /* 200 (INVITE) reached the caller                          */
    uint64_t failed;            /* ended without                                            */
    uint64_t cancelled;         /* of these: the caller gave up                             */
    uint64_t effective;         /* answered, or refused by a user: 480, 486, 600, 603       */
    uint64_t ineffective;       /* 408, 500, 503, 504                                       */
    uint64_t finished;          /* attempts that are over                                   */
    uint64_t completed;         /* answered, and 200 (BYE) reached who sent BYE             */
    uint64_t open;              /* still going on when the run ended                        */
    uint64_t bearers_decided;   /* sides whose P-CSCF asked for a bearer that came or was lost */
    uint64_t bearers_up;        /* of these: it came                                        */
};
#define METRICS_STATUS_MAX 700

/* What became of procedures of one kind. */
struct procedure_counts {
    uint64_t begun;
    uint64_t decided; /* done or failed                          */
    uint64_t done, failed;
    uint64_t given_up; /* something else overtook it             */
    uint64_t open;     /* still going on when the run ended      */
};
/* REGISTER requests, repetitions not counted. */
struct register_counts {
    uint64_t sent, ineffective;
};
/* How often procedures failed for one cause. */
struct cause_count {
    int procedure; /* enum procedure_id */
    int64_t cause;
    uint64_t count;
};

struct ratio_decl {
    const char *name;
    size_t numerator, denominator; /* offsets in struct metrics_result */
    const char *words, *source;
    bool phones; /* of procedures of phones; else of calls */
};
extern const struct ratio_decl ratio_table[RATIO_COUNT];

/* ---- results of one or many simulations -------------------------------------------------------------- */

/* What a node's station did. */
struct station_row {
    const char *name; /* interned */
    uint32_t servers; /* 0: as many as needed */
    struct station_stats stats;
};

/* Where the times of one kind went, of those that were explained. */
struct phase_sums {
    uint64_t explained;
    __int128 ns[PHASES_MAX + 1]; /* by place in the metric's set of phases; last: what no phase has a name for */
};

/* What a cell's bearers with a guaranteed bit rate did. */
struct cell_row {
    const char *name; /* interned */
    uint64_t asked, refused;
    __int128 bearer_ns;         /* integral of how many there were                                   */
    __int128 up, down, control; /* integrals of the share of each channel that they took, in 1e-9 ns */
};

struct metrics_result {
    struct stats time[METRIC_COUNT];    /* ns */
    struct series series[METRIC_COUNT]; /* the same, by when they began after the warm-up */
    struct phase_sums phases[METRIC_COUNT]; /* of those in sampled flows */
    struct series whole[METRIC_COUNT];  /* ... by when they began, warm-up included; empty unless it was asked for */
    struct call_counts calls;
    uint64_t failed_status[METRICS_STATUS_MAX]; /* by final status; [0]: none known */
    struct procedure_counts procedure[PROCEDURE_COUNT];
    struct register_counts registers;
    GArray *causes; /* struct cause_count, by procedure and cause */
    /* messages and bytes sent, repetitions included: [protocol][interface * ntypes + type] */
    const struct net_iface *ifaces;
    uint16_t nifaces;
    uint8_t nprotos;
    const struct proto *protos[NET_MAX_PROTO];
    struct net_count *counts[NET_MAX_PROTO];
    GArray *cells; /* struct cell_row: those with a radio, by order of nodes; the owner of the simulation fills it */
    GArray *stations; /* struct station_row: those that took time or refused, by order of nodes */
    struct occupancy occupancy; /* of stations over time, warm-up included; empty unless it was asked for */
    uint64_t sent, duplicated, delivered, lost, dropped, refused, in_flight; /* of the whole run */
    uint64_t events;                                                         /* ... and of the kernel */
    __int128 observed_ns; /* virtual time after the warm-up, summed over simulations */
};
void metrics_result_init(struct metrics_result *r);
void metrics_result_clear(struct metrics_result *r);
/* Adds what `from` holds. Both must come from the same scenario. Exact: see stats.h. */
void metrics_result_merge(struct metrics_result *into, const struct metrics_result *from);
/* A count that a ratio is made of. */
static inline uint64_t ratio_part(const struct metrics_result *result, size_t offset)
{
    return *(const uint64_t *)(const void *)((const char *)result + offset);
}
/* Whether phones did anything by themselves that counts. */
bool metrics_has_phones(const struct metrics_result *r);

/* ---- the collector ----------------------------------------------------------------------------------- */

struct metrics;
struct sampled;

/* Listens to this simulation from now on; before it runs. */
struct metrics *metrics_new(struct net *net, sim_time warmup);
/* Has the times in sampled flows explained too. `sampled` was made before the collector, so that it has heard of what
 * the collector hears, and lives until metrics_finish(). */
void metrics_explain(struct metrics *m, struct sampled *sampled);
/* To be called when the clock stands at the end of the warm-up: messages and stations count from here. */
void metrics_warm(struct metrics *m);
/* Judges the calls still in progress and fills `result` (initialised, empty). The simulation must still be
 * there. servers(user, node) says how many servers the node's station has, 0 for as many as needed. */
void metrics_finish(struct metrics *m, uint32_t (*servers)(void *user, const struct node *node), void *user,
                    struct metrics_result *result);
/* Takes the series alone of a collector without a warm-up, as `whole` of a result. After the run; it is the last that
 * is asked of this collector. */
void metrics_finish_series(struct metrics *m, struct metrics_result *result);
/* After the simulation has run for the last time. */
void metrics_free(struct metrics *m);

/* A call that counts, as it is judged: when it is over, or the run is. */
struct metrics_call {
    uint32_t number; /* 1, 2 ... in the order of dialling, calls of the warm-up included */
    const struct node *caller, *called; /* called: NULL when the call never reached a phone */
    sim_time time[MARK_CALL_COUNT];     /* when each moment first came; -1: it did not */
    sim_time side[2][MARK_SIDE_COUNT];  /* the same of the sides, [0] the caller's: moment MARK_CALL_COUNT + i */
    uint16_t status;                    /* final; 0: none known */
    bool ended;                         /* false: it was still going on when the run ended */
};
/* Shows every call that counts to fn as it is judged, which is not the order of dialling. Before the
 * simulation runs. */
void metrics_each_call(struct metrics *m, void (*fn)(const struct metrics_call *call, void *user), void *user);

/* A procedure that counts, when it is over, or the run is. */
struct metrics_procedure {
    uint32_t number; /* 1, 2 ... in the order of beginning, those that count */
    enum procedure_id procedure;
    const struct node *phone;
    sim_time begun, ended; /* ended -1: it was still going on when the run ended */
    enum procedure_outcome { PROCEDURE_OPEN, PROCEDURE_DONE, PROCEDURE_FAILED, PROCEDURE_GIVEN_UP } outcome;
    int64_t cause; /* of a failure */
};
const char *procedure_outcome_name(enum procedure_outcome outcome);
/* Shows every procedure that counts to fn, which is not the order of beginning. Before the simulation runs. */
void metrics_each_procedure(struct metrics *m, void (*fn)(const struct metrics_procedure *p, void *user), void *user);

/* Calls and procedures whose slot is in use, for tests of memory. */
size_t metrics_slots(const struct metrics *m);

#endif
