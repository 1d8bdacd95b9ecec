/* checked.c - a simulation that is run under its invariants (see checked.h). */
#include "app/experiment/checked.h"

/* A run that is looked at on the way is looked at so often, and at so many phones each time. */
#define LOOKS         100
#define PHONES_A_TIME 1024
/* Phones that are compared when a run has ended; where everything is checked, all are. */
#define PHONES_AT_END 8192
/* What does not hold often does not hold of many phones: the first few say it all. */
#define SAID 4U

void checked_init(struct checked *k, struct world *w, bool all)
{
    *k = (struct checked){.world = w, .check = check_new(w->net, w->sip), .all = all};
    if (all)
        check_watch(k->check);
}

enum sim_end checked_run(struct checked *k, sim_time until)
{
    struct world *w = k->world;
    sim_time end = MIN(until, w->scn->run.until), step = SIM_S;
    enum sim_end how;

    if (!k->all)
        return world_run(w, until);
    if (end != SIM_NEVER)
        step = MAX((end - w->sim->now) / LOOKS, SIM_MS);
    do {
        how = world_run(w, end - w->sim->now > step ? w->sim->now + step : end);
        step += end == SIM_NEVER ? step / 10 : 0; /* nobody knows how long it takes */
        if (!check_now(k->check, PHONES_A_TIME))
            return SIM_END_STOP;
    } while (how == SIM_END_TIME && w->sim->now < end);
    return how;
}

char *checked_end(struct checked *k, enum sim_end end)
{
    const GPtrArray *broken = check_broken(k->check);

    if (!broken->len && check_end(k->check, end == SIM_END_IDLE, k->all ? G_MAXUINT : PHONES_AT_END))
        return NULL;
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < MIN(broken->len, SAID); i++)
        g_string_append_printf(text, "%s%s", i ? "; " : "", (const char *)g_ptr_array_index(broken, i));
    if (broken->len > SAID)
        g_string_append(text, "; and more");
    return g_string_free(text, FALSE);
}

void checked_clear(struct checked *k)
{
    check_free(k->check);
    *k = (struct checked){0};
}
