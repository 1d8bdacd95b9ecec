/* people.h - the users: they dial, answer after a while, talk, hang up, give up, refuse. */
#ifndef MODELS_USER_PEOPLE_H
#define MODELS_USER_PEOPLE_H

#include "models/mmi.h"

struct people;

/* The users of all phones, which they drive through `phone`. */
struct people *people_new(struct net *net, const struct mmi_phone *phone, uint32_t record_every);
void people_free(struct people *p);
/* What phones report to. */
extern const struct mmi_people people_reports;
/* At time `at` the user of `caller` dials `callee`. The plan is copied. */
void people_plan_call(struct people *p, sim_time at, struct node *caller, struct node *callee, const struct call_plan *plan);
/* Calls dialled so far. */
uint64_t people_dialled(const struct people *p);
/* Calls that are not over at the caller. */
size_t people_in_call(const struct people *p);

#endif
