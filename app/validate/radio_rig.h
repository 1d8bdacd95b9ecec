/* radio_rig.h - a cell and a clock to turn: models/access by itself, for validations and tests. */
#ifndef APP_VALIDATE_RADIO_RIG_H
#define APP_VALIDATE_RADIO_RIG_H

#include "models/access/cell.h"
#include "models/names.h"

#include <glib.h>

struct radio {
    struct sim *sim;
    struct cell *cell;
    struct cell_phone phone; /* one with CQI 8 */
    struct journey j;        /* the last one   */
};

/* A cell with default parameters but for "name=value name=value ...", which have to make sense. */
static inline struct radio *radio_new(uint64_t seed, const char *settings)
{
    struct radio *r = g_new0(struct radio, 1);
    struct access_params p;
    char **list = g_strsplit(settings, " ", -1);
    access_defaults(&p);
    for (char **s = list; *s && **s; s++) {
        char **pair = g_strsplit(*s, "=", 2);
        bool known = access_set(&p, pair[0], pair[1]);
        g_assert(known);
        g_strfreev(pair);
    }
    g_strfreev(list);
    g_assert(!access_check(&p));
    r->sim = sim_new(&(struct sim_opts){.seed = seed});
    r->cell = cell_new(r->sim, "cell", &p);
    cell_phone_init(&r->phone, r->cell, 1, 8);
    return r;
}

static inline void radio_free(struct radio *r)
{
    cell_free(r->cell);
    sim_free(r->sim);
    g_free(r);
}

static inline void radio_nothing(struct sim *sim, void *ctx, uint64_t arg)
{
    (void)sim;
    (void)ctx;
    (void)arg;
}

/* Turns the clock. */
static inline void radio_at(struct radio *r, sim_time t)
{
    sim_at(r->sim, t, 0, 0, radio_nothing, NULL, 0);
    sim_run(r->sim, t);
}

static inline sim_time radio_part(const struct radio *r, enum delay_id label)
{
    sim_time sum = 0;
    for (unsigned i = 0; i < r->j.n; i++)
        if (r->j.part[i].label == (unsigned)label)
            sum += r->j.part[i].length;
    return sum;
}

/* Sends something from or to the phone; how long it takes until it is handled, or -1. */
static inline sim_time radio_up(struct radio *r, struct cell_sending what)
{
    journey_begin(&r->j);
    return cell_up(&r->phone, &what, &r->j) ? r->j.length : -1;
}
static inline sim_time radio_down(struct radio *r, struct cell_sending what)
{
    journey_begin(&r->j);
    return cell_down(&r->phone, &what, &r->j) ? r->j.length : -1;
}

#endif
