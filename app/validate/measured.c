/* measured.c - whole networks against what was measured elsewhere. What misses stays missed: no value of a
 * profile was chosen for it (docs/profiles.md). */
#include "app/validate/validate_int.h"

#include <math.h>

/* What a study of calls shows, per run: mean, and 95 % quantile where it is compared. */
struct calls {
    struct sample setup, setup_p95, answer, answer_p95, release, release_p95, caller, called, service, paged;
};

static void add_mean(struct sample *s, const struct stats *time)
{
    if (time->n)
        sample_add(s, in_ms(stats_mean(time)));
}

static void add_quantile(struct sample *s, struct stats *time, unsigned permille)
{
    if (time->n)
        sample_add(s, in_ms((double)stats_quantile(time, permille)));
}

static void measure_calls(struct validation *v, struct world *w, struct metrics_result *r, void *user)
{
    struct calls *c = user;
    (void)v;
    (void)w;
    add_mean(&c->setup, &r->time[METRIC_SETUP_TIME]);
    add_quantile(&c->setup_p95, &r->time[METRIC_SETUP_TIME], 950);
    add_mean(&c->answer, &r->time[METRIC_ANSWER_DELAY]);
    add_quantile(&c->answer_p95, &r->time[METRIC_ANSWER_DELAY], 950);
    add_mean(&c->release, &r->time[METRIC_SDD]);
    add_quantile(&c->release_p95, &r->time[METRIC_SDD], 950);
    add_mean(&c->caller, &r->time[METRIC_BEARER_SETUP_CALLER]);
    add_mean(&c->called, &r->time[METRIC_BEARER_SETUP_CALLED]);
    add_quantile(&c->service, &r->time[METRIC_SERVICE_TIME], 500);
    add_quantile(&c->paged, &r->time[METRIC_PAGED_TIME], 500);
}

static bool study_calls(struct validation *v, struct calls *c, const char *scenario, const char *const *sets,
                        unsigned runs)
{
    *c = (struct calls){0};
    return trial_run(
        v,
        &(struct trial){.scenario = scenario, .sets = sets, .runs = runs, .end = measure_calls, .user = c});
}

/* ITU-T E.721: what users may expect of a connection, at normal load. */
static void show_e721(struct validation *v, const struct calls *c)
{
    compare_source(v, "E.721, toll connections: a target", "from memory");
    compare_shown(v, "set-up, mean", &c->setup, -INFINITY, 5000, "ms");
    compare_shown(v, "set-up, 95 % quantile", &c->setup_p95, -INFINITY, 8000, "ms");
    compare_shown(v, "answer_delay, mean", &c->answer, -INFINITY, 1500, "ms");
    compare_shown(v, "answer_delay, 95 % quantile", &c->answer_p95, -INFINITY, 3000, "ms");
    compare_shown(v, "SDD, mean", &c->release, -INFINITY, 400, "ms");
    compare_shown(v, "SDD, 95 % quantile", &c->release_p95, -INFINITY, 600, "ms");
}

static void show_goals(struct validation *v, const struct calls *c)
{
    compare_source(v, "a vendor's VoLTE report: a goal", "read");
    compare_shown(v, "set-up, mean", &c->setup, -INFINITY, 4000, "ms");
    compare_shown(v, "SDD, mean", &c->release, -INFINITY, 200, "ms");
}

static void show_rules(struct validation *v, const struct calls *c)
{
    compare_source(v, "practice: a rule of thumb", "from memory");
    compare_shown(v, "set-up, idle to idle, mean", &c->setup, 2500, 4500, "ms");
    compare_shown(v, "service request of the caller, median", &c->service, 100, 200, "ms");
    compare_shown(v, "service request after a page, median", &c->paged, 100, 200, "ms");
    compare_shown(v, "bearer_setup_time, caller, mean", &c->caller, 60, 150, "ms");
    compare_shown(v, "bearer_setup_time, called phone, mean", &c->called, 60, 150, "ms");
}

void validate_lean(struct validation *v)
{
    struct calls c;

    if (!study_calls(v, &c, "volte-lean", NULL, 5))
        return;
    compare_band(v, "set-up, idle to idle, mean", &c.setup, 1450, 1940, "ms");
    show_e721(v, &c);
    show_goals(v, &c);
    show_rules(v, &c);
}

void validate_lean_connected(struct validation *v)
{
    static const char *const sets[] = {"group[*].state=registered-connected",
                                       "timer[enb.inactivity].value=10000s", NULL};
    struct calls c;

    if (study_calls(v, &c, "volte-lean", sets, 2))
        compare_shown(v, "set-up, both connected, mean", &c.setup, 800, 2000, "ms");
}

struct lives {
    struct sample attach, registration;
};

static void measure_lives(struct validation *v, struct world *w, struct metrics_result *r, void *user)
{
    struct lives *l = user;
    (void)w;
    validation_demand(v, r->time[METRIC_ATTACH_TIME].n == 200 && r->time[METRIC_REGISTRATION_TIME].n == 200,
                      "all 200 phones attach and register");
    add_mean(&l->attach, &r->time[METRIC_ATTACH_TIME]);
    add_mean(&l->registration, &r->time[METRIC_REGISTRATION_TIME]);
}

void validate_lean_life(struct validation *v)
{
    struct lives l = {0};

    trial_run(
        v, &(struct trial){.scenario = "validation/lean-life", .runs = 5, .end = measure_lives, .user = &l});
    compare_shown(v, "attach_time, mean", &l.attach, 300, 900, "ms");
    compare_shown(v, "registration_time, mean", &l.registration, 600, 1500, "ms");
}

void validate_as_heavy(struct validation *v)
{
    struct calls c;

    if (study_calls(v, &c, "volte-as-heavy", NULL, 5))
        compare_band(v, "set-up, idle to idle, mean", &c.setup, 3500, INFINITY, "ms");
}
