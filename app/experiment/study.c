/* study.c - runs a sweep (see study.h).
 *
 * Points are taken in order (of a part: in its order), one after the other, so that only a few scenarios are in memory at a
 * time. The caller's thread keeps a short queue of units before the workers. What a unit measured is written when it comes
 * back; a point's totals are made in the order of replications, whatever the order of coming back. */
#include "app/experiment/study.h"

#include "app/experiment/bug.h"
#include "app/experiment/one.h"
#include "app/experiment/study_int.h"
#include "sim/units.h"

#include <string.h>
#include <time.h>

/* How often it is looked for interruption, in us. */
#define LOOK (100 * 1000)

/* ---- in a worker ----------------------------------------------------------------------------------------- */

static double thread_seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void simulate(void *data)
{
    struct unit *u = data;
    struct one_opts opts = {.scn = u->point->scn,
                            .seed = u->point->seed,
                            .replication = u->replication - 1,
                            .explain_every = (uint32_t)u->point->scn->run.explain_every,
                            .interrupt = &u->study->stop};
    one_run(&opts, &u->one);
}

static void find_warmup(void *data)
{
    struct unit *u = data;
    struct replicate_opts opts = {.scn = u->point->scn,
                                  .seed = u->point->seed,
                                  .threads = 1,
                                  .metric = u->point->metric,
                                  .interrupt = &u->study->stop};
    GPtrArray *errors = g_ptr_array_new_with_free_func(g_free);
    struct replicate_end end = {0};

    u->piloted = warmup_find(&opts, &u->pilot, &end, errors);
    u->one.end = end.end;
    if (!u->piloted && end.broken)
        u->why = g_strdup(end.broken);
    else if (!u->piloted && errors->len)
        u->why = g_strdup(g_ptr_array_index(errors, 0));
    g_free(end.broken);
    g_ptr_array_unref(errors);
}

static void work(gpointer data, gpointer user)
{
    struct unit *u = data;
    double begin = thread_seconds();
    (void)user;

    u->one.end = SIM_END_INTERRUPT;
    if (!u->study->stop && !bug_catch(u->replication ? simulate : find_warmup, u)) {
        u->bug = true;
        u->why = g_strdup("an assertion failed; it was printed when it did");
    }
    u->seconds = thread_seconds() - begin;
    g_async_queue_push(u->study->done, u);
}

/* ---- units ------------------------------------------------------------------------------------------------ */

static struct unit *unit_new(struct study *s, struct point *p, unsigned replication)
{
    struct unit *u = g_new0(struct unit, 1);

    u->study = s;
    u->point = p;
    u->replication = replication;
    return u;
}

static void unit_free(struct unit *u)
{
    if (!u->bug)
        one_clear(&u->one);
    series_clear(&u->pilot.series);
    g_free(u->why);
    g_free(u);
}

static void push(struct study *s, struct point *p, unsigned replication)
{
    p->out++;
    s->out++;
    g_thread_pool_push(s->pool, unit_new(s, p, replication), NULL);
}

/* Why a unit did not finish, or NULL. g_free. */
static char *why_not(const struct unit *u)
{
    char at[32];

    if (u->why)
        return g_strdup(u->why);
    if (u->one.errors && u->one.errors->len)
        return g_strdup(g_ptr_array_index(u->one.errors, 0));
    if (u->one.broken)
        return g_strdup_printf("broken invariant: %s", u->one.broken);
    if (u->one.built && world_finished(u->one.end))
        return NULL;
    return g_strdup_printf("%s at %s of virtual time", sim_end_name(u->one.end),
                           units_format_time(at, u->one.at));
}

/* ---- points ----------------------------------------------------------------------------------------------- */

/* Notes what is wrong with a replication of the point, or (0) with the point. */
static bool blame(struct study *s, struct point *p, unsigned replication, const char *why, GError **error)
{
    p->failed = true;
    if (!s->end->problem)
        s->end->problem = replication ? g_strdup_printf("point %u, replication %u: %s", p->design->position, replication, why)
                                      : g_strdup_printf("point %u: %s", p->design->position, why);
    return study_store_problem(s->store, p->have.id, replication, why, error);
}

static void point_free(struct study *s, struct point *p)
{
    for (unsigned i = 0; i < p->room; i++)
        if (p->back[i])
            unit_free(p->back[i]);
    g_free(p->back);
    kpi_clear(&p->kpi);
    scn_free(p->scn);
    g_array_unref(p->have.single);
    g_ptr_array_remove(s->active, p);
    g_free(p);
}

static bool precise(const struct point *p)
{
    const GArray *means = p->kpi.means[p->metric];
    double low, high;

    return p->precision > 0 && p->kpi.finished >= p->least &&
           stats_t_interval((const double *)(void *)means->data, means->len, p->kpi.level, &low, &high) &&
           stats_precise((low + high) / 2, low, high, p->precision);
}

/* Takes what came back into the totals, in order. With a precision, the first that failed is the last. */
static void advance(struct point *p)
{
    while (p->taken < p->wanted && p->taken < p->room && p->back[p->taken]) {
        struct unit *u = p->back[p->taken];
        bool good = u->one.built && world_finished(u->one.end) && !u->one.broken && !u->bug;
        if (good) {
            kpi_add(&p->kpi, u->one.result);
            p->kpi.finished++;
        }
        unit_free(u);
        p->back[p->taken++] = NULL;
        if (p->precision > 0 && (!good || precise(p)))
            p->wanted = p->taken;
    }
}

/* Whether nothing of the point is to come any more. */
static bool is_over(const struct study *s, const struct point *p)
{
    return p->out == 0 && (s->stop || p->stuck || (p->whole ? p->taken >= p->wanted : p->begun >= p->last));
}

static bool end_point(struct study *s, struct point *p, GError **error)
{
    bool complete = p->whole ? p->taken >= p->wanted : p->begun >= p->last, done = true;

    if (complete && p->whole) {
        done = study_store_complete(s->store, p->have.id, &p->kpi, p->wanted, p->failed, error);
        s->end->sum.units -= p->last - MIN(p->last, p->wanted); /* with a precision, fewer may do */
        s->end->sum.units_done -= MIN(p->beyond, s->end->sum.units_done);
    }
    s->end->sum.points_done += complete || p->stuck;
    s->end->sum.points_failed += p->failed;
    point_free(s, p);
    return done;
}

/* ---- what comes back --------------------------------------------------------------------------------------- */

static void keep(struct point *p, struct unit *u)
{
    if (u->replication > p->room) {
        unsigned room = MAX(u->replication, 2 * p->room);
        p->back = g_renew(struct unit *, p->back, room);
        memset(p->back + p->room, 0, (room - p->room) * sizeof(struct unit *));
        p->room = room;
    }
    p->back[u->replication - 1] = u;
}

/* The pilot runs are there: real ones may begin. */
static bool take_pilot(struct study *s, struct point *p, struct unit *u, GError **error)
{
    bool done = true;

    p->piloting = false;
    if (u->piloted && u->pilot.verdict == SERIES_GOOD) {
        p->scn->run.warmup = p->kpi.warmup = u->pilot.found;
    } else if (!s->stop) {
        char *why = u->why ? g_strdup(u->why)
                    : !u->piloted
                        ? g_strdup_printf("no warm-up can be found: a pilot run ended early: %s", sim_end_name(u->one.end))
                        : g_strdup_printf("no warm-up can be found: %s %s", metric_table[p->metric].name,
                                          u->pilot.verdict == SERIES_TOO_FEW ? "has too few values"
                                                                             : "does not settle");
        p->stuck = true;
        s->end->sum.units -= p->last - p->begun;
        done = blame(s, p, 0, why, error);
        g_free(why);
    }
    unit_free(u);
    return done;
}

static bool take_unit(struct study *s, struct point *p, struct unit *u, GError **error)
{
    bool done = true;

    if (u->one.end == SIM_END_INTERRUPT && !u->bug) { /* as if it had never begun */
        unit_free(u);
        return true;
    }
    char *why = why_not(u);
    s->end->sum.units_done++;
    s->end->sum.units_made++;
    p->beyond += p->whole && u->replication > p->wanted;
    if (why) {
        done = blame(s, p, u->replication, why, error);
    } else {
        struct store_replication r = {.number = u->replication,
                                      .end = sim_end_name(u->one.end),
                                      .at = u->one.at,
                                      .result = u->one.result};
        done = study_store_add(s->store, p->have.id, &r, error);
    }
    g_free(why);
    if (p->whole) {
        keep(p, u);
        advance(p);
    } else {
        unit_free(u);
    }
    return done;
}

static bool take(struct study *s, struct unit *u, GError **error)
{
    struct point *p = u->point;

    p->out--;
    s->out--;
    s->end->sim_s += u->seconds;
    bool done = u->replication ? take_unit(s, p, u, error) : take_pilot(s, p, u, error);
    return done && (!is_over(s, p) || end_point(s, p, error));
}

/* ---- what goes out ----------------------------------------------------------------------------------------- */

static bool is_there(const struct point *p, unsigned replication)
{
    if (replication <= p->have.through)
        return true;
    for (guint i = 0; i < p->have.single->len; i++)
        if (g_array_index(p->have.single, unsigned, i) == replication)
            return true;
    return false;
}

/* How many of this part are there. */
static unsigned count_there(const struct point *p)
{
    unsigned n = 0;

    for (unsigned i = p->begun + 1; i <= p->last; i++)
        n += is_there(p, i);
    return n;
}

/* What the store has of the point: as if it came back now. */
static bool take_stored(struct study *s, struct point *p, GError **error)
{
    if (p->have.through && !study_store_total(s->store, p->have.id, &p->kpi, error))
        return false;
    p->kpi.finished = p->taken = p->have.through;
    p->wanted = MAX(p->wanted, p->taken); /* more than are asked for stay */
    if (p->precision > 0 && p->taken && precise(p))
        p->wanted = p->taken;
    for (guint i = 0; i < p->have.single->len; i++) {
        unsigned number = g_array_index(p->have.single, unsigned, i);
        struct unit *u = unit_new(s, p, number);
        u->one = (struct one){.built = true, .end = SIM_END_IDLE};
        u->one.result = study_store_single(s->store, p->have.id, number, error);
        keep(p, u);
        if (!u->one.result)
            return false;
        p->wanted = p->precision > 0 ? p->wanted : MAX(p->wanted, number);
    }
    advance(p);
    return true;
}

/* Hands out the next unit of a point. False: there is none now. */
static bool next_unit(struct study *s, struct point *p)
{
    if (p->piloting || p->stuck)
        return false;
    unsigned last = p->whole ? MIN(p->last, p->wanted) : p->last;
    if (p->precision > 0)
        last = MIN(last, MAX(p->taken + 2 * s->opts->threads, p->least));
    while (p->begun < last) {
        unsigned number = ++p->begun;
        if (is_there(p, number))
            continue;
        push(s, p, number);
        return true;
    }
    return false;
}

/* What is to be done of a point that was found in the store or made. */
static bool begin_point(struct study *s, struct point *p, GError **error)
{
    unsigned there = count_there(p);
    bool known = p->have.through >= p->last && p->whole && !(p->precision > 0);

    s->end->sum.units_done += there;
    if (p->whole && !known && !take_stored(s, p, error))
        return false;
    if (known || (p->whole && p->taken >= p->wanted && p->have.through == p->taken)) { /* as it was */
        s->end->sum.points_done++;
        if (p->precision > 0)
            s->end->sum.units -= p->last - MIN(p->last, p->taken);
        point_free(s, p);
        return true;
    }
    if (!p->whole && there == p->last - p->begun)
        p->begun = p->last;
    if (is_over(s, p))
        return end_point(s, p, error);
    if (p->scn->run.warmup == SCN_WARMUP_AUTO) {
        p->piloting = true;
        push(s, p, 0);
    }
    return true;
}

/* Opens the next point of the order. */
static bool open_next(struct study *s, GError **error)
{
    struct portion *portion = &g_array_index(s->order, struct portion, s->next++);
    struct point *p = g_new0(struct point, 1);
    char *wrong = NULL;

    p->design = portion->point;
    kpi_init(&p->kpi);
    p->have.single = g_array_new(FALSE, FALSE, sizeof(unsigned));
    g_ptr_array_add(s->active, p);
    bool done = study_load_point(s, p, portion, &wrong, error);
    if (done && !wrong && !p->have.twin)
        return begin_point(s, p, error);
    if (done && wrong)
        done = blame(s, p, 0, wrong, error);
    s->end->sum.points_done++;
    s->end->sum.points_failed += wrong != NULL;
    s->end->sum.twins += p->have.twin > 0;
    s->end->sum.units -= portion->last - portion->first + 1;
    g_free(wrong);
    point_free(s, p);
    return done;
}

/* Keeps the queue before the workers filled. */
static bool feed(struct study *s, GError **error)
{
    unsigned depth = MAX(8, 4 * s->opts->threads);

    while (!s->stop && s->out < depth) {
        bool pushed = false;
        for (guint i = 0; i < s->active->len && !pushed; i++)
            pushed = next_unit(s, g_ptr_array_index(s->active, i));
        if (pushed)
            continue;
        if (s->next >= s->order->len)
            return true;
        if (s->opts->interrupt && *s->opts->interrupt)
            s->stop = 1;
        else if (!open_next(s, error))
            return false;
    }
    return true;
}

/* ---- the whole ---------------------------------------------------------------------------------------------- */

static void tell(struct study *s, gint64 begin, bool now)
{
    gint64 t = g_get_monotonic_time();

    if (!now && t - s->told < 2 * LOOK)
        return;
    s->told = t;
    s->end->sum.elapsed_s = (double)(t - begin) / 1e6;
    if (s->opts->progress)
        s->opts->progress(&s->end->sum, s->opts->user);
}

static bool go(struct study *s, GError **error)
{
    const volatile int *interrupt = s->opts->interrupt;
    gint64 begin = g_get_monotonic_time();
    bool good = feed(s, error);

    while (s->out > 0) {
        struct unit *u = g_async_queue_timeout_pop(s->done, LOOK);
        if (!good || (interrupt && *interrupt))
            s->stop = 1;
        if (u && good) {
            good = take(s, u, error);
        } else if (u) {
            s->out--;
            unit_free(u);
        }
        good = good && study_store_tick(s->store, error) && feed(s, error);
        tell(s, begin, false);
    }
    tell(s, begin, true);
    return good;
}

bool study_run(const struct study_opts *opts, struct study_store *store, struct study_end *end, GError **error)
{
    struct study s = {.opts = opts, .store = store, .end = end};
    GError *problem = NULL;

    *end = (struct study_end){0};
    s.order = study_order(opts, &problem);
    if (!s.order) {
        g_propagate_error(error, problem);
        return false;
    }
    s.done = g_async_queue_new();
    s.active = g_ptr_array_new();
    for (guint i = 0; i < s.order->len; i++) {
        const struct portion *p = &g_array_index(s.order, struct portion, i);
        end->sum.units += p->last - p->first + 1;
    }
    end->sum.points = s.order->len;
    s.pool = g_thread_pool_new(work, NULL, (gint)opts->threads, FALSE, NULL);
    bool good = go(&s, &problem);
    g_thread_pool_free(s.pool, FALSE, TRUE);
    end->interrupted = s.stop && !problem;
    while (s.active->len)
        point_free(&s, g_ptr_array_index(s.active, 0));
    g_ptr_array_unref(s.active);
    g_array_unref(s.order);
    g_async_queue_unref(s.done);
    if (problem)
        g_propagate_error(error, problem);
    return good;
}
