/* time.h - virtual time: int64 nanoseconds since the start of the run.
 *
 * One type, one conversion. Every place that turns a floating number of seconds into virtual time
 * goes through sim_time_from_s(), so that the rounding is the same everywhere. */
#ifndef SIM_TIME_H
#define SIM_TIME_H

#include <math.h>
#include <stdint.h>

typedef int64_t sim_time;

#define SIM_NS ((sim_time)1)
#define SIM_US (1000 * SIM_NS)
#define SIM_MS (1000 * SIM_US)
#define SIM_S (1000 * SIM_MS)
#define SIM_NEVER INT64_MAX

/* Seconds to nanoseconds, to nearest; values beyond +-292 years saturate, NaN gives 0. */
static inline sim_time sim_time_from_s(double s)
{
    double ns = s * 1e9;
    if (!(ns == ns))
        return 0;
    if (ns >= 9.2e18)
        return SIM_NEVER;
    if (ns <= -9.2e18)
        return INT64_MIN;
    return (sim_time)llround(ns);
}

static inline double sim_time_to_s(sim_time t)
{
    return (double)t / 1e9;
}

#endif
