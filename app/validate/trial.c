/* trial.c - running scenarios for validations (see validate_int.h). */
#include "app/validate/validate_int.h"

#include "scenarios/load/load.h"

#include <string.h>

/* ---- loading --------------------------------------------------------------------------------------- */

/* Loading keeps the parsed schema and the data folders for the next one: one at a time. */
static GMutex loading;

/* The shipped file, whatever lies in the working directory. g_free. */
static char *shipped(const char *scenario)
{
    char *file = g_strconcat(scenario, ".xml", NULL), *path = NULL;

    for (char **dir = scn_data_dirs(); *dir && !path; dir++) {
        path = g_build_filename(*dir, file, NULL);
        if (!g_file_test(path, G_FILE_TEST_IS_REGULAR))
            g_clear_pointer(&path, g_free);
    }
    if (path)
        g_free(file);
    return path ? path : file;
}

static bool is_sound(struct validation *v, const char *scenario, GPtrArray *errors)
{
    bool sound = errors->len == 0;

    if (!sound)
        validation_give_up(v, "%s: %s", scenario, (const char *)g_ptr_array_index(errors, 0));
    g_ptr_array_free(errors, TRUE);
    return sound;
}

struct scn *trial_load(struct validation *v, const struct trial *trial)
{
    GPtrArray *errors = g_ptr_array_new_with_free_func(g_free);

    g_mutex_lock(&loading);
    struct scn_load_opts opts = {.sets = (char **)(uintptr_t)trial->sets, .names = world_names()};
    char *path = shipped(trial->scenario);
    struct scn *scn = scn_load(path, &opts, NULL, errors);
    g_free(path);
    g_mutex_unlock(&loading);
    is_sound(v, trial->scenario, errors);
    return scn;
}

static struct world *build(struct validation *v, const struct trial *trial, const struct scn *scn,
                           struct world_opts opts)
{
    GPtrArray *errors = g_ptr_array_new_with_free_func(g_free);

    opts.seed = scn->run.seed;
    opts.interrupt = v->opts->interrupt;
    struct world *w = world_new(scn, &opts, errors);
    is_sound(v, trial->scenario, errors);
    return w;
}

/* ---- runs ------------------------------------------------------------------------------------------ */

bool trial_over(struct validation *v)
{
    v->stopped |= v->opts->interrupt && *v->opts->interrupt;
    return v->stopped || v->broken;
}

unsigned trial_runs(const struct validation *v, unsigned runs)
{
    return v->opts->runs_max ? MIN(runs, v->opts->runs_max) : runs;
}

static bool came_to_its_end(struct validation *v, const char *scenario, const struct world *w,
                            enum sim_end end)
{
    const struct net *net = w->net;

    if (end == SIM_END_INTERRUPT)
        v->stopped = true;
    else if (!world_finished(end))
        validation_give_up(v, "%s: a run did not finish: %s", scenario, sim_end_name(end));
    else
        validation_demand(
            v, net->sent + net->duplicated == net->delivered + net->lost + net->dropped + net->in_flight,
            "messages sent are delivered, lost or on their way");
    return !trial_over(v);
}

/* One replication, measured as `imssim run` measures it. */
static void run(struct validation *v, const struct trial *trial, struct world *w)
{
    sim_time warmup = w->scn->run.warmup;
    struct metrics *metrics = metrics_new(w->net, warmup);
    struct metrics_result result;

    metrics_result_init(&result);
    if (trial->begin)
        trial->begin(w, trial->user);
    if (warmup > 0) {
        world_run(w, warmup);
        metrics_warm(metrics);
    }
    enum sim_end end = world_run(w, SIM_NEVER);
    metrics_finish(metrics, NULL, NULL, &result);
    came_to_its_end(v, trial->scenario, w, end);
    trial->end(v, w, &result, trial->user); /* in any case: it gives back what begin() took */
    world_free(w);
    metrics_free(metrics);
    metrics_result_clear(&result);
}

bool trial_run(struct validation *v, const struct trial *trial)
{
    struct scn *scn = trial_over(v) ? NULL : trial_load(v, trial);

    for (unsigned i = 0; scn && i < trial_runs(v, trial->runs) && !trial_over(v); i++) {
        struct world *w = build(v, trial, scn, (struct world_opts){.replication = i});
        if (w)
            run(v, trial, w);
    }
    if (scn)
        scn_free(scn);
    return !trial_over(v);
}

const struct station_stats *trial_station(struct validation *v, const struct metrics_result *r,
                                          const char *node)
{
    static const struct station_stats none;

    for (guint i = 0; i < r->stations->len; i++) {
        const struct station_row *row = &g_array_index(r->stations, struct station_row, i);
        if (strcmp(row->name, node) == 0)
            return &row->stats;
    }
    if (!v->stopped)
        validation_give_up(v, "the station of %s did nothing", node);
    return &none;
}

/* ---- one run, recorded ----------------------------------------------------------------------------- */

bool recorded_run(struct validation *v, const char *scenario, const char *const *sets, struct recorded *r)
{
    const struct trial trial = {.scenario = scenario, .sets = sets};

    *r = (struct recorded){.scn = trial_over(v) ? NULL : trial_load(v, &trial)};
    if (r->scn)
        r->world = build(v, &trial, r->scn, (struct world_opts){.record_every = 1});
    if (!r->world)
        return false;
    r->recording = recording_new(r->world->sim, r->world->net, 0);
    return came_to_its_end(v, scenario, r->world, world_run(r->world, SIM_NEVER));
}

void recorded_clear(struct recorded *r)
{
    if (r->recording)
        recording_free(r->recording);
    if (r->world)
        world_free(r->world);
    if (r->scn)
        scn_free(r->scn);
}

struct explain *recorded_way(struct validation *v, const struct recorded *r, unsigned flow, unsigned from,
                             unsigned to, unsigned nth)
{
    const struct flow_record *f = flow ? recording_flow(r->recording, flow) : recording_call(r->recording, 1);
    const struct happening *a = f ? flow_mark(f, from, 0) : NULL;

    while (a && nth-- > 0)
        a = flow_mark(f, from, (size_t)(a - flow_at(f, 0)) + 1);
    const struct happening *b = a ? flow_mark(f, to, (size_t)(a - flow_at(f, 0))) : NULL;
    struct explain *ex = b ? explain_new(f, NULL, a, b, PHASES_NONE) : NULL;
    if (!ex)
        validation_give_up(v, "%s: there is no way from %s to %s", r->scn->name, mark_table[from].name,
                           mark_table[to].name);
    return ex;
}
