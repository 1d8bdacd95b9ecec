/* sampled.h - phases of many flows: where the times of calls and procedures go, on average.
 *
 * Of flows that are sampled (SIM_FLOW_SAMPLED), what happens is recorded until the call or procedure is over;
 * then each of its times that metrics.def gives phases is explained (explain.h), the phases are added up, and
 * what was recorded is given back. So a run of any length takes no more memory than the sampled flows that
 * are under way. */
#ifndef ANALYSIS_SAMPLED_H
#define ANALYSIS_SAMPLED_H

#include "analysis/record.h"
#include "models/names.h"

struct metrics_result;
struct sampled;

/* Listens to this simulation, before it runs, through the recording that is there if there is one, which then
 * keeps everything and must be there as long. */
struct sampled *sampled_new(struct net *net, struct recording *rec);
void sampled_free(struct sampled *s);

/* A call or procedure begins that counts, in a sampled flow. */
void sampled_begin(struct sampled *s, sim_flow flow);
/* A call is over and has been judged: its times are explained. */
void sampled_call(struct sampled *s, sim_flow flow, struct metrics_result *r);
/* The same of a procedure of a phone, the last of its kind in the flow; `procedure` as in metrics.h. */
void sampled_procedure(struct sampled *s, sim_flow flow, int procedure, const struct node *phone,
                       struct metrics_result *r);
/* The warm-up is over: what began in it is forgotten. */
void sampled_warm(struct sampled *s);

#endif
