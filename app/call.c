/* call.c - one recorded call of one simulation (see call.h). */
#include "app/call.h"

#include "app/app.h"
#include "models/names.h"
#include "sim/units.h"

#include <string.h>

/* How far a run goes before it is asked whether the call is over. */
#define STEP (10 * SIM_S)
/* Longer than any retransmission of the last messages of a call. */
#define LINGER (5 * 60 * SIM_S)

/* Nobody calls: then all is shown that happens. */
static bool has_calls(const struct scn *scn)
{
    return scn->calls->len > 0 || scn->traffic->len > 0;
}

static bool take_numbers(struct call *call, const char *command, const struct call_args *args, uint64_t *seed)
{
    call->number = 1;
    call->all = args->takes_all && (args->call ? strcmp(args->call, "all") == 0 : !has_calls(call->scn));
    *seed = call->scn->run.seed;
    return (!args->call || call->all || app_number(command, "--call", args->call, 1, UINT32_MAX, &call->number)) &&
           (!args->seed || app_number(command, "--seed", args->seed, 0, UINT64_MAX, seed));
}

static bool build(struct call *call, uint64_t seed)
{
    struct world_opts opts = {.seed = seed, .record_every = 1, .interrupt = app_interrupt()};
    GPtrArray *errors = g_ptr_array_new_with_free_func(g_free);

    call->world = world_new(call->scn, &opts, errors);
    app_print_errors(errors);
    g_ptr_array_free(errors, TRUE);
    return call->world != NULL;
}

/* Whether what is looked for is there. */
static bool is_found(const struct call *call, const struct call_args *args)
{
    return args->find && args->find(call, false, args->user);
}

/* Whether the caller's phone has forgotten the call, so long ago that nothing of it is on its way any more.
 */
static bool is_over(const struct call *call, const struct call_args *args)
{
    bool is_call = !call->all && !args->find;
    const struct flow_record *flow = is_call ? recording_call(call->recording, call->number) : NULL;
    const struct happening *ended = flow ? flow_mark(flow, MARK_ENDED, 0) : NULL;

    return ended && call->world->sim->now - ended->time > LINGER;
}

/* Runs the scenario until its end or until the call is over: under load, thousands of later calls need not be
 * recorded. A run that does not finish still shows what happened until then. */
static void simulate(struct call *call, const struct call_args *args, unsigned record_flags)
{
    struct world *w = call->world;
    enum sim_end end;
    char at[32];

    call->recording = recording_new(w->sim, w->net, record_flags);
    do
        end = world_run(w, w->sim->now + STEP);
    while (end == SIM_END_TIME && w->sim->now < w->scn->run.until && !is_over(call, args) && !is_found(call, args));
    call->code = APP_DONE;
    if (world_finished(end))
        return;
    call->code = end == SIM_END_INTERRUPT ? APP_INTERRUPTED : APP_FAILED;
    app_say("%s: %s at %s of virtual time: the call may be incomplete", call->scn->file, sim_end_name(end),
            units_format_time(at, w->sim->now));
}

bool call_open(struct call *call, const char *command, const char *name, const struct call_args *args,
               unsigned record_flags)
{
    uint64_t seed;

    *call = (struct call){.code = APP_USAGE};
    call->scn = app_load(name, args->sets, NULL);
    if (!call->scn || !take_numbers(call, command, args, &seed) || !build(call, seed))
        return false;
    simulate(call, args, record_flags);
    if (args->find) {
        call->flow = args->find(call, true, args->user);
        call->code = call->flow || call->code != APP_DONE ? call->code : APP_USAGE;
        return call->flow != NULL;
    }
    call->flow = call->all ? recording_all(call->recording) : recording_call(call->recording, call->number);
    if (call->flow)
        return true;
    size_t n = 0;
    while (recording_call(call->recording, n + 1))
        n++;
    app_say("%s: there is no call %" G_GUINT64_FORMAT ": %zu call%s", call->scn->file, call->number, n,
            n == 1 ? " was dialled" : "s were dialled");
    call->code = call->code == APP_DONE ? APP_USAGE : call->code;
    return false;
}

void call_close(struct call *call)
{
    if (call->recording)
        recording_free(call->recording);
    if (call->world)
        world_free(call->world);
    if (call->scn)
        scn_free(call->scn);
}

void call_args_clear(struct call_args *args)
{
    g_strfreev(args->sets);
    g_free(args->call);
    g_free(args->seed);
}
