/* metrics_int.h - what the files of the collector share. */
#ifndef ANALYSIS_METRICS_INT_H
#define ANALYSIS_METRICS_INT_H

#include "analysis/metrics.h"
#include "analysis/sampled.h"

#include "sim/idmap.h"
#include "sim/slab.h"
#include "sim/trace.h"

struct call_slot;
struct procedure_slot;

/* Calls in progress (metrics_calls.c). */
struct metrics_calls {
    struct slab slots;
    struct idmap by_flow;                     /* flow index -> slot                                    */
    uint32_t dialled;                         /* so far, those of the warm-up too                      */
    struct call_slot *lingering;              /* over, but something is still to come: oldest first    */
    struct call_slot *lingering_last;
    bool keeps_last[MARK_PHONE_FIRST];        /* moments of which the last counts                      */
    void (*show)(const struct metrics_call *call, void *user);
    void *user;
};

/* Procedures of phones (metrics_phones.c). */
struct metrics_phones {
    struct slab slots;
    struct idmap by_phone; /* phone and procedure -> slot */
    uint32_t begun;        /* so far, that count          */
    uint32_t concerned[MARK_COUNT]; /* by mark: the procedures that take note of it, 1 << procedure */
    void (*show)(const struct metrics_procedure *p, void *user);
    void *user;
};

struct metrics {
    struct net *net;
    sim_time warmup, counted_from;
    struct metrics_calls calls;
    struct metrics_phones phones;
    struct sampled *sampled;                 /* NULL: nothing is explained       */
    struct net_count *before[NET_MAX_PROTO]; /* counts at the end of the warm-up */
    struct metrics_result result;            /* times and counts so far          */
};

void metrics_calls_init(struct metrics_calls *c);
void metrics_calls_clear(struct metrics_calls *c);
void metrics_calls_mark(struct metrics *m, const struct trace_rec *rec);
/* The run is over: judges what is still there. */
void metrics_calls_finish(struct metrics *m);

void metrics_phones_init(struct metrics_phones *p);
void metrics_phones_clear(struct metrics_phones *p);
void metrics_phones_mark(struct metrics *m, const struct trace_rec *rec);
void metrics_phones_finish(struct metrics *m);
/* One more failure for this cause, or `count` of them; keeps the order. */
void metrics_count_cause(GArray *causes, int procedure, int64_t cause, uint64_t count);

#endif
