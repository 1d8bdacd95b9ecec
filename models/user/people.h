/* people.h - the users: they dial, answer after a while, talk, hang up, give up, refuse. */
#ifndef MODELS_USER_PEOPLE_H
#define MODELS_USER_PEOPLE_H

#include "models/mmi.h"

struct people;

/* The users of all phones, which they drive through `phone`. Says which calls are recorded. */
struct people *people_new(struct net *net, const struct mmi_phone *phone, const struct sim_recorded *recorded);
void people_free(struct people *p);
/* What phones report to. */
extern const struct mmi_people people_reports;
/* At time `at` the user of `caller` dials `callee`. The plan is copied. */
void people_plan_call(struct people *p, sim_time at, struct node *caller, struct node *callee, const struct call_plan *plan);
/* A stream of calls between two groups of phones. Everything it points to lives on. */
struct people_stream {
    const char *name;               /* of its random streams: "calls/1" */
    const struct dist *arrivals;    /* time between two calls           */
    sim_time start, until;
    uint64_t count;                 /* 0 = no limit                     */
    struct node *const *callers, *const *callees;
    uint32_t ncallers, ncallees;
    const struct dist *answer, *hold, *patience; /* hold, patience: NULL = never */
    const struct dist *reserve_caller, *reserve_called;
    double unanswered, busy, declined; /* shares */
    bool anybody; /* dials, also whose phone takes no more calls; else somebody whose phone does */
};
/* The stream is copied. Who calls whom and every time of call k is drawn from streams keyed by k. */
void people_add_stream(struct people *p, const struct people_stream *stream);
/* Calls that nobody could dial, since all phones of the group were in calls. */
uint64_t people_not_offered(const struct people *p);
/* Calls dialled so far. */
uint64_t people_dialled(const struct people *p);
/* Calls that are not over at the caller. */
size_t people_in_call(const struct people *p);

#endif
