/* trace.c - the list of sinks. */
#include "sim/trace.h"

#include "sim/fsm.h"
#include "sim/trace_list.h"

#include <glib.h>

struct trace *trace_new(void)
{
    return g_new0(struct trace, 1);
}

void trace_free(struct trace *trace)
{
    g_free(trace->sink);
    g_free(trace);
}

void trace_add_sink(struct sim *sim, uint32_t mask, bool recorded_only, trace_fn fn, void *user)
{
    struct trace *trace = sim->trace;

    trace->sink = g_renew(struct trace_sink, trace->sink, trace->count + 1);
    trace->sink[trace->count++] =
        (struct trace_sink){.mask = mask, .recorded_only = recorded_only, .fn = fn, .user = user};
    sim->trace_mask[1] |= mask;
    if (!recorded_only)
        sim->trace_mask[0] |= mask;
}

void trace_emit(struct sim *sim, struct trace_rec *rec)
{
    const struct trace *trace = sim->trace;
    bool recorded = (sim->flow & SIM_FLOW_RECORDED) != 0;

    rec->time = sim->now;
    rec->flow = sim->flow;
    rec->cause = sim->cause;
    rec->clause = sim->row ? fsm_row_clause(sim->row) : NULL;
    for (size_t i = 0; i < trace->count; i++) {
        const struct trace_sink *sink = &trace->sink[i];
        if ((sink->mask >> rec->kind) & 1 && (recorded || !sink->recorded_only))
            sink->fn(sim, rec, sink->user);
    }
}
