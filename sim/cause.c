/* cause.c - the log of delay parts: a vector that grows at its end, and from whose beginning parts are forgotten. */
#include "sim/cause.h"

#include "sim/cause_log.h"

#include <glib.h>
#include <string.h>

const char *cause_label_name(enum cause_label label)
{
    static const char *const names[CAUSE_LABEL_COUNT] = {
#define CAUSE(id, text) [id] = text,
        CAUSE_LABELS(CAUSE)
#undef CAUSE
    };
    return (unsigned)label < CAUSE_LABEL_COUNT ? names[label] : "?";
}

const char *cause_label_text(const struct sim *sim, unsigned label)
{
    if (label < CAUSE_LABEL_COUNT)
        return cause_label_name((enum cause_label)label);
    return sim->label_name ? sim->label_name(label) : NULL;
}

struct cause_log *cause_log_new(void)
{
    struct cause_log *log = g_new0(struct cause_log, 1);
    log->first = log->count = 1; /* index 0 is "none" */
    return log;
}

void cause_log_free(struct cause_log *log)
{
    g_free(log->part);
    g_free(log);
}

uint32_t cause_add(struct sim *sim, uint32_t parent, sim_why why, const char *what, sim_time start,
                   sim_time end)
{
    struct cause_log *log = sim->causes;

    sim_assert(sim, parent < log->count);
    sim_assert(sim, start <= end);
    if (log->count - log->first >= log->room) {
        sim_assert(sim, log->count < UINT32_MAX / 2);
        log->room = log->room ? 2 * log->room : 256;
        log->part = g_renew(struct cause, log->part, log->room);
    }
    log->part[log->count - log->first] =
        (struct cause){.parent = parent, .why = why, .what = what, .start = start, .end = end};
    return log->count++;
}

void cause_held(struct sim *sim, uint32_t held)
{
    if (!(sim->flow & SIM_FLOW_RECORDED) || sim->cause == 0)
        return;
    sim_assert(sim, held < sim->causes->count);
    if (sim->cause >= sim->causes->first)
        sim->causes->part[sim->cause - sim->causes->first].held = held;
}

struct cause_kept cause_take_up(struct sim *sim, struct cause_kept thing, uint32_t where)
{
    struct cause_kept running = cause_keep(sim);
    const struct cause *led = cause_get(sim, thing.cause);
    sim->flow = thing.flow;
    if (sim->cause == 0 && led)
        sim->cause = led->end < sim->now ? cause_add(sim, thing.cause, SIM_WHY(CAUSE_HELD, where), NULL, led->end, sim->now) : thing.cause;
    else
        cause_held(sim, thing.cause);
    return running;
}

const struct cause *cause_get(const struct sim *sim, uint32_t index)
{
    const struct cause_log *log = sim->causes;

    sim_assert(sim, index < log->count);
    return index < log->first ? NULL : &log->part[index - log->first];
}

size_t cause_count(const struct sim *sim)
{
    return sim->causes->count - 1;
}

uint32_t cause_next(const struct sim *sim)
{
    return sim->causes->count;
}

/* Moves what is left only when at least as much goes, so that a part is moved once on average. */
void cause_forget(struct sim *sim, uint32_t before)
{
    struct cause_log *log = sim->causes;

    sim_assert(sim, before <= log->count);
    if (before <= log->first || before - log->first < log->count - before)
        return;
    memmove(log->part, log->part + (before - log->first), (log->count - before) * sizeof *log->part);
    log->first = before;
}

size_t cause_room(const struct sim *sim)
{
    return sim->causes->room;
}
