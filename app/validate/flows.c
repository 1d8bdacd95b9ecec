/* flows.c - the flows of X.S0013-009 6.2: how many hops, and what their constants add up to.
 *
 * Who waits for whom, and for how long, follows from the values of profiles/mmd.xml, whose stations have as
 * many servers as needed. Hops until something happens are counted on the chain of causes
 * (analysis/explain.h). */
#include "app/validate/validate_int.h"

#include "analysis/ladder.h"
#include "models/names.h"

#include <string.h>

/* In ms: as in network.c, from phone to phone; to find the called user; to build a message. */
#define F (20 + 1 + 5 + 1 + 10 + 1 + 5 + 1 + 20)
#define L (2 + 1 + 2)
#define U 5

/* ---- counting -------------------------------------------------------------------------------------- */

/* Hops of the first call, 100 Trying and BYE apart. */
static unsigned hops_of(const struct recorded *r)
{
    static const char *const hide[] = {"100 Trying", "BYE", "200 OK (BYE)", NULL}, *const sip[] = {"SIP",
                                                                                                   NULL};
    const struct flow_record *flow = recording_call(r->recording, 1);
    struct ladder *ladder =
        flow ? ladder_new(flow, &(struct ladder_opts){.protocols = sip, .hide = hide}) : NULL;
    unsigned hops = ladder ? ladder->steps->len : 0;

    if (ladder)
        ladder_free(ladder);
    return hops;
}

/* Crossings of Gm and Mw on the way from the INVITE to this mark. */
static unsigned hops_until(struct validation *v, const struct recorded *r, enum mark_id mark)
{
    struct explain *ex = recorded_way(v, r, 0, MARK_INVITE_SENT, mark, 0);
    unsigned hops = 0;

    for (guint i = 0; ex && i < ex->parts->len; i++) {
        const struct explain_part *p = &g_array_index(ex->parts, struct explain_part, i);
        hops += strcmp(p->kind, "propagation") == 0 &&
                (strcmp(p->where, "Gm") == 0 || strcmp(p->where, "Mw") == 0);
    }
    if (ex)
        explain_free(ex);
    return hops;
}

static sim_time time_until(struct validation *v, const struct recorded *r, enum mark_id mark)
{
    struct explain *ex = recorded_way(v, r, 0, MARK_INVITE_SENT, mark, 0);
    sim_time t = ex ? ex->end - ex->start : 0;

    if (ex)
        explain_free(ex);
    return t;
}

/* ---- without an access network --------------------------------------------------------------------- */

/* What a flow comes to; times in ms. */
struct flow {
    const char *scenario;
    unsigned messages;
    unsigned ringback,
        alert; /* hops until then; 0: the chain of causes has a reservation that began earlier instead */
    unsigned alert_time, setup_time;
};

static void check_flow(struct validation *v, const struct flow *f)
{
    struct recorded r;

    if (recorded_run(v, f->scenario, NULL, &r)) {
        compare_count(v, "hops", hops_of(&r), 5 * f->messages, "hops");
        if (f->ringback)
            compare_count(v, "hops until the caller has the 180", hops_until(v, &r, MARK_RINGBACK),
                          f->ringback, "hops");
        if (f->alert)
            compare_count(v, "hops until the called phone rings", hops_until(v, &r, MARK_ALERTED), f->alert,
                          "hops");
        compare_time(v, "alert_time", time_until(v, &r, MARK_ALERTED), f->alert_time * SIM_MS);
        compare_time(v, "setup_time", time_until(v, &r, MARK_RINGBACK), f->setup_time * SIM_MS);
    }
    recorded_clear(&r);
}

/* The 180 carries the answer: the phone rings when its PRACK has come. */
void validate_mmd_1(struct validation *v)
{
    const unsigned setup = F + L + U + F;
    check_flow(v, &(struct flow){"mmd-1", 6, 10, 15, setup + U + F, setup});
}

void validate_mmd_2(struct validation *v)
{
    const unsigned setup = F + L + 200 + U + F;
    check_flow(v, &(struct flow){"mmd-2", 7, 10, 15, setup + U + F, setup});
}

void validate_mmd_2_no183(struct validation *v)
{
    const unsigned setup = F + L + 200 + U + F;
    check_flow(v, &(struct flow){"mmd-2-no183", 6, 10, 15, setup + U + F, setup});
}

/* The 180 carries no answer: the phone rings when it sends it. */
void validate_mmd_3(struct validation *v)
{
    const unsigned alert = F + L + U + F + U + F + U;
    check_flow(v, &(struct flow){"mmd-3", 9, 20, 15, alert, alert + F});
}

void validate_mmd_3_update(struct validation *v)
{
    const unsigned alert = 400 + U + F + U;
    check_flow(v, &(struct flow){"mmd-3-update", 11, 0, 0, alert, alert + F});
}

void validate_mmd_4(struct validation *v)
{
    const unsigned alert = F + L + U + F + 250 + U + F + U;
    check_flow(v, &(struct flow){"mmd-4", 11, 20, 15, alert, alert + F});
}

void validate_mmd_4_prack(struct validation *v)
{
    const unsigned alert = F + L + 300 + U;
    check_flow(v, &(struct flow){"mmd-4-prack", 9, 0, 0, alert, alert + F});
}

/* Only hops take time, all the same. */
void validate_hop_delay(struct validation *v)
{
    static const char *const sets[] = {"link[*].latency=10ms", "link[Cx].latency=0s",
                                       "node[*].service[*].time=0s", "group[*].think=0s", NULL};
    const sim_time hop = 10 * SIM_MS;
    struct recorded r;

    if (recorded_run(v, "mmd-1", sets, &r)) {
        compare_time(v, "SRD", time_until(v, &r, MARK_PROGRESS), 10 * hop);
        compare_time(v, "alert_time", time_until(v, &r, MARK_ALERTED), 15 * hop);
        compare_time(v, "connect_time", time_until(v, &r, MARK_CONNECTED), 20 * hop + 2 * SIM_S);
    }
    recorded_clear(&r);
}

/* ---- over LTE -------------------------------------------------------------------------------------- */

static void check_lte(struct validation *v, const char *what, const char *scenario, const char *const *sets,
                      unsigned hops)
{
    struct recorded r;

    if (recorded_run(v, scenario, sets, &r))
        compare_count(v, what, hops_of(&r), hops, "hops");
    recorded_clear(&r);
}

void validate_lte_hops(struct validation *v)
{
    static const char *const progress[] = {"group[UE-B].reservation=ue-requested", "group[UE-B].progress=yes",
                                           NULL};
    static const char *const silent[] = {"group[UE-B].reservation=ue-requested", "group[UE-B].progress=no",
                                         NULL};
    static const char *const early[] = {"node[eNB1].service[E-RAB SETUP REQUEST].time=0s", NULL};

    check_lte(v, "scenario 1", "volte-precondition-1", NULL, 30);
    check_lte(v, "scenario 2", "volte-precondition-1", progress, 35);
    check_lte(v, "scenario 2 without 183", "volte-precondition-1", silent, 30);
    check_lte(v, "scenario 3", "volte-precondition-3", early, 45);
    check_lte(v, "scenario 3 with UPDATE", "volte-precondition-3", NULL, 55);
    check_lte(v, "scenario 4", "volte-precondition-4", NULL, 55);
    check_lte(v, "scenario 4 with PRACK", "volte-precondition-4", early, 45);
}
