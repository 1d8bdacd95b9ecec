/* station.h - the time a box takes for its messages: c servers, a service time per message type,
 * FIFO or priority order, a finite queue.
 *
 * A message whose service time is the constant 0 passes an idle station without an event. */
#ifndef SIM_STATION_H
#define SIM_STATION_H

#include "sim/net.h"

#define STATION_PRIORITIES 8

enum station_overload {
    STATION_DROP,   /* a message that finds the queue full is lost                            */
    STATION_REJECT, /* it is handed to the node at once, marked refused, to answer with an error */
};

struct station_cfg {
    uint32_t servers; /* 0 = as many as needed                                   */
    int64_t queue;    /* messages that may wait; -1 = no limit                    */
    bool priority;    /* lower class first (non-preemptive); else FIFO            */
    enum station_overload overload;
};

struct station_stats {
    uint64_t arrived, served, refused;
    __int128 busy_ns;    /* sum over servers of time in service                     */
    __int128 queue_ns;   /* integral of the number waiting                          */
    __int128 sojourn_ns; /* sum of (departure - arrival) over those served          */
    __int128 wait_ns;    /* sum of (start - arrival) over those started             */
    uint32_t queue_max;
};

struct station *station_new(struct node *node, const struct station_cfg *cfg);
void station_free(struct station *s);
/* Service time and class for messages of a type (-1 = any) of a protocol (-1 = any); the first rule
 * that matches a message counts. `time` is copied shallowly and must live on. */
void station_rule(struct station *s, int proto, int type, const struct dist *time, unsigned priority);
/* Takes a message that reached the node. */
void station_arrive(struct station *s, struct msg *m, struct node *from, uint16_t iface);
/* A station with as many servers as needed has no queue: when a message will be served is known as it is
 * sent, and one event brings it. The service time, or -1: the station has to see it arrive. */
sim_time station_ahead(struct station *s, const struct msg *m);
/* Counts a message that is served in that way: when it is sent, not when it is served. */
void station_served(struct station *s, sim_time service);
/* Counters up to now; or up to `at`, later than that, before which nothing more happens. */
void station_stats(const struct station *s, struct station_stats *out);
void station_stats_at(const struct station *s, sim_time at, struct station_stats *out);
/* Forgets what was counted so far (end of warm-up). */
void station_reset(struct station *s);

#endif
