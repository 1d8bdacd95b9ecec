/* people.c - the users (see people.h).
 *
 * A call is one flow: the user who dials begins it, and everything the network does for the call, at
 * both ends, belongs to it. The flow therefore finds the plan of a call wherever it is asked for. */
#include "models/user/people.h"

#include "models/names.h"

#include "sim/cause.h"
#include "sim/idmap.h"
#include "sim/trace.h"

struct attempt {
    struct people *people;
    struct node *caller, *callee;
    struct call_plan plan;
    uint32_t flow; /* index, 0: not dialled yet */
    uint64_t caller_call, called_call;
    sim_handle give_up, answer, hang_up;
    struct changes {
        sim_handle handle;
        sim_time since;
        uint32_t next; /* index in the plan */
    } after_alert, after_answer;
};

/* Times that a caller is drawn anew. With half of all phones in calls that is in vain once in 2^32 calls. */
enum { REDRAWS = 32 };

enum { KEY_CALLER, KEY_CALLEE, KEY_ANSWER, KEY_HOLD, KEY_PATIENCE, KEY_RESERVE_CALLER, KEY_RESERVE_CALLED, KEY_REACTION, KEYS };
static const char *const key_names[KEYS] = {"caller", "callee", "answer", "hold", "patience", "reserve-caller", "reserve-called", "reaction"};

struct stream {
    struct people_stream s;
    struct people *people;
    struct rng *arrivals;
    struct rng_key key[KEYS];
    uint64_t next; /* index of the next call */
};

struct people {
    struct net *net;
    const struct mmi_phone *phone;
    struct sim_recorded recorded;
    uint64_t dialled, not_offered;
    struct slab attempts;
    struct idmap by_flow; /* flow index -> attempt */
    GPtrArray *streams;   /* struct stream * */
};

struct people *people_new(struct net *net, const struct mmi_phone *phone, const struct sim_recorded *recorded)
{
    struct people *p = g_new0(struct people, 1);
    p->net = net;
    p->phone = phone;
    p->recorded = *recorded;
    slab_init(&p->attempts, sizeof(struct attempt));
    idmap_init(&p->by_flow);
    p->streams = g_ptr_array_new_with_free_func(g_free);
    return p;
}

void people_free(struct people *p)
{
    slab_clear(&p->attempts);
    idmap_clear(&p->by_flow);
    g_ptr_array_free(p->streams, TRUE);
    g_free(p);
}

uint64_t people_not_offered(const struct people *p)
{
    return p->not_offered;
}

uint64_t people_dialled(const struct people *p)
{
    return p->dialled;
}

size_t people_in_call(const struct people *p)
{
    return p->by_flow.count;
}

/* The attempt that the running flow is about, or NULL when it is over. */
static struct attempt *running(const struct people *p)
{
    uint32_t i = idmap_get(&p->by_flow, sim_flow_index(p->net->sim->flow));
    return i ? slab_at(&p->attempts, i) : NULL;
}

static sim_why user_of(const struct node *phone)
{
    return SIM_WHY(CAUSE_USER, phone->id);
}

static void give_up(struct sim *sim, void *ctx, uint64_t arg)
{
    struct attempt *a = ctx;
    (void)sim;
    (void)arg;
    a->give_up = 0;
    a->people->phone->hang_up(a->caller, a->caller_call);
}

static void dial(struct attempt *a)
{
    struct people *p = a->people;
    struct sim *sim = p->net->sim;
    sim_flow marks = sim_flow_marks(&p->recorded, p->dialled++);
    a->flow = sim_flow_index(sim_flow_begin(sim, marks));
    idmap_put(&p->by_flow, a->flow, slab_index(a));
    if (a->plan.cancel != SIM_NEVER)
        a->give_up = sim_after(sim, a->plan.cancel, user_of(a->caller), "gives up", give_up, a, 0);
    uint32_t flow = a->flow;
    uint64_t call = p->phone->dial(a->caller, a->callee, &a->plan);
    if (idmap_get(&p->by_flow, flow) != 0) /* else the phone has no service, and all is over */
        a->caller_call = call;
}

static void dial_planned(struct sim *sim, void *ctx, uint64_t arg)
{
    (void)sim;
    (void)arg;
    dial(ctx);
}

void people_plan_call(struct people *p, sim_time at, struct node *caller, struct node *callee, const struct call_plan *plan)
{
    struct attempt *a = slab_alloc0(&p->attempts, NULL);
    a->people = p;
    a->caller = caller;
    a->callee = callee;
    a->plan = *plan;
    sim_at(p->net->sim, at, 0, 0, dial_planned, a, 0);
}

/* ---- streams of calls ---------------------------------------------------------------------------------- */

static sim_time draw(const struct stream *st, int key, const struct dist *d)
{
    struct rng rng;
    rng_init_keyed(&rng, &st->key[key], st->next);
    return dist_draw(d, &rng);
}

static uint32_t pick(const struct stream *st, int key, uint32_t n)
{
    struct rng rng;
    rng_init_keyed(&rng, &st->key[key], st->next);
    return (uint32_t)rng_below(&rng, n);
}

/* Anybody; or somebody whose phone takes one more call, all of them alike: who cannot is drawn again, from the call's own
 * numbers, and after some tries in vain whoever comes next. UINT32_MAX: nobody can. */
static uint32_t pick_caller(const struct stream *st)
{
    const struct people *p = st->people;
    uint32_t n = st->s.ncallers;
    struct rng rng;
    rng_init_keyed(&rng, &st->key[KEY_CALLER], st->next);
    uint32_t i = (uint32_t)rng_below(&rng, n);
    for (int k = 0; k < REDRAWS && !st->s.anybody && !p->phone->can_dial(st->s.callers[i]); k++)
        i = (uint32_t)rng_below(&rng, n);
    for (uint32_t k = 0; k < n; k++, i = i + 1 < n ? i + 1 : 0)
        if (st->s.anybody || p->phone->can_dial(st->s.callers[i]))
            return i;
    return UINT32_MAX;
}

/* Anybody but the caller, who belongs to the same group if the two are one. */
static struct node *pick_callee(const struct stream *st, uint32_t caller)
{
    if (st->s.callees != st->s.callers)
        return st->s.callees[pick(st, KEY_CALLEE, st->s.ncallees)];
    uint32_t i = pick(st, KEY_CALLEE, st->s.ncallees - 1);
    return st->s.callees[i < caller ? i : i + 1];
}

static void decide_reaction(const struct stream *st, struct call_plan *plan)
{
    struct rng rng;
    rng_init_keyed(&rng, &st->key[KEY_REACTION], st->next);
    double u = rng_uniform(&rng);
    plan->never = u < st->s.unanswered;
    u -= st->s.unanswered;
    if (!plan->never && u < st->s.busy)
        plan->reject = 486;
    else if (!plan->never && u < st->s.busy + st->s.declined)
        plan->reject = 603;
}

static void wait_for_next(struct stream *st);

static void next_call(struct sim *sim, void *ctx, uint64_t arg)
{
    struct stream *st = ctx;
    struct people *p = st->people;
    (void)sim;
    (void)arg;
    uint32_t caller = pick_caller(st);
    if (caller == UINT32_MAX) {
        p->not_offered++;
        node_mark(st->s.callers[0], MARK_NOT_OFFERED, 0);
        st->next++;
        wait_for_next(st);
        return;
    }
    struct attempt *a = slab_alloc0(&p->attempts, NULL);
    a->people = p;
    a->caller = st->s.callers[caller];
    a->callee = pick_callee(st, caller);
    a->plan.answer = draw(st, KEY_ANSWER, st->s.answer);
    a->plan.hold = st->s.hold ? draw(st, KEY_HOLD, st->s.hold) : SIM_NEVER;
    a->plan.cancel = st->s.patience ? draw(st, KEY_PATIENCE, st->s.patience) : SIM_NEVER;
    a->plan.reserve_caller = draw(st, KEY_RESERVE_CALLER, st->s.reserve_caller);
    a->plan.reserve_called = draw(st, KEY_RESERVE_CALLED, st->s.reserve_called);
    decide_reaction(st, &a->plan);
    st->next++;
    wait_for_next(st);
    dial(a);
}

static void wait_for_next(struct stream *st)
{
    struct sim *sim = st->people->net->sim;
    sim_time at = MAX(sim->now, st->s.start) + dist_draw(st->s.arrivals, st->arrivals);
    if (at < st->s.until && (st->s.count == 0 || st->next < st->s.count))
        sim_at(sim, at, 0, 0, next_call, st, 0);
}

void people_add_stream(struct people *p, const struct people_stream *stream)
{
    struct stream *st = g_new0(struct stream, 1);
    struct rng_set *set = p->net->sim->streams;
    st->s = *stream;
    st->people = p;
    char *name = g_strdup_printf("%s/arrivals", stream->name);
    st->arrivals = rng_stream(set, name);
    g_free(name);
    for (int i = 0; i < KEYS; i++) {
        name = g_strdup_printf("%s/%s", stream->name, key_names[i]);
        st->key[i] = rng_key_of(set, name);
        g_free(name);
    }
    g_ptr_array_add(p->streams, st);
    wait_for_next(st);
}

/* ---- changes ------------------------------------------------------------------------------------------ */

static void wait_for_change(struct attempt *a, struct changes *w);

static void change(struct attempt *a, struct changes *w)
{
    const struct call_change *what = &a->plan.changes[w->next++];
    struct node *phone = what->by_called ? a->callee : a->caller;
    w->handle = 0;
    wait_for_change(a, w);
    a->people->phone->change(phone, what->by_called ? a->called_call : a->caller_call, &what->change);
}

static void change_after_alert(struct sim *sim, void *ctx, uint64_t arg)
{
    (void)sim;
    (void)arg;
    change(ctx, &((struct attempt *)ctx)->after_alert);
}

static void change_after_answer(struct sim *sim, void *ctx, uint64_t arg)
{
    (void)sim;
    (void)arg;
    change(ctx, &((struct attempt *)ctx)->after_answer);
}

/* The next one of its kind, if there is one. */
static void wait_for_change(struct attempt *a, struct changes *w)
{
    bool alert = w == &a->after_alert;
    struct sim *sim = a->people->net->sim;
    while (w->next < a->plan.n_changes && a->plan.changes[w->next].from_alert != alert)
        w->next++;
    if (w->next == a->plan.n_changes)
        return;
    const struct call_change *what = &a->plan.changes[w->next];
    sim_time delay = MAX(w->since + what->after - sim->now, 0);
    w->handle = sim_after(sim, delay, user_of(what->by_called ? a->callee : a->caller), "wants a change",
                          alert ? change_after_alert : change_after_answer, a, 0);
}

static void begin_changes(struct attempt *a, struct changes *w)
{
    w->since = a->people->net->sim->now;
    wait_for_change(a, w);
}

static void forget_changes(struct attempt *a)
{
    sim_cancel(a->people->net->sim, &a->after_alert.handle);
    sim_cancel(a->people->net->sim, &a->after_answer.handle);
}

/* ---- reports ---------------------------------------------------------------------------------------- */

static const struct call_plan *incoming(void *people, struct node *phone)
{
    struct attempt *a = running(people);
    (void)phone;
    return a ? &a->plan : NULL;
}

static void react(struct sim *sim, void *ctx, uint64_t arg)
{
    struct attempt *a = ctx;
    (void)sim;
    (void)arg;
    a->answer = 0;
    if (a->plan.reject)
        a->people->phone->reject(a->callee, a->called_call, a->plan.reject);
    else
        a->people->phone->answer(a->callee, a->called_call);
}

static void alerted(void *people, struct node *phone, uint64_t call)
{
    struct attempt *a = running(people);
    if (!a)
        return;
    a->called_call = call;
    begin_changes(a, &a->after_alert);
    if (a->plan.never)
        return;
    a->answer = sim_after(phone->sim, a->plan.answer, user_of(phone), "answers", react, a, 0);
}

static void hang_up(struct sim *sim, void *ctx, uint64_t arg)
{
    struct attempt *a = ctx;
    (void)sim;
    (void)arg;
    a->hang_up = 0;
    a->people->phone->hang_up(a->caller, a->caller_call);
}

static void connected(void *people, struct node *phone, uint64_t call)
{
    struct attempt *a = running(people);
    (void)call;
    if (!a)
        return;
    sim_cancel(phone->sim, &a->give_up);
    begin_changes(a, &a->after_answer);
    if (a->plan.hold != SIM_NEVER)
        a->hang_up = sim_after(phone->sim, a->plan.hold, user_of(phone), "hangs up", hang_up, a, 0);
}

static void ended(void *people, struct node *phone, uint64_t call, bool caller, uint16_t status, uint16_t dropped)
{
    struct people *p = people;
    struct attempt *a = running(p);
    (void)call;
    (void)status;
    (void)dropped; /* people take what comes: nobody dials again */
    if (!a)
        return;
    forget_changes(a);
    if (!caller) {
        sim_cancel(phone->sim, &a->answer);
        return;
    }
    sim_cancel(phone->sim, &a->give_up);
    sim_cancel(phone->sim, &a->answer);
    sim_cancel(phone->sim, &a->hang_up);
    idmap_del(&p->by_flow, a->flow);
    slab_free(&p->attempts, a);
}

const struct mmi_people people_reports = {.incoming = incoming, .alerted = alerted, .connected = connected, .ended = ended};
