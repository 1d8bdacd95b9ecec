/* trace_list.h - inside of the trace, for the kernel only. */
#ifndef SIM_TRACE_LIST_H
#define SIM_TRACE_LIST_H

#include "sim/trace.h"

struct trace_sink {
    uint32_t mask; /* bits 1u << kind */
    bool recorded_only;
    trace_fn fn;
    void *user;
};

struct trace {
    struct trace_sink *sink;
    size_t count;
};

struct trace *trace_new(void);
void trace_free(struct trace *trace);

#endif
