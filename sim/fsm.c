/* fsm.c - state machines as tables of rows (see fsm.h). */
#include "sim/fsm.h"

#include "sim/cause.h"
#include "sim/net.h"
#include "sim/trace.h"

#include <string.h>

const char *fsm_row_clause(const struct fsm_row *row)
{
    return row->clause;
}

void fsm_init(struct fsm_def *def)
{
    if (def->index)
        return;
    g_assert(def->ntimers <= 8 && def->nstates <= 32);
    def->fired = g_new0(uint8_t, def->nrows);
    def->list = g_new(uint16_t, (size_t)def->nstates * def->nevents * (def->nrows + 1u) + 1);
    uint16_t *index = g_new(uint16_t, (size_t)def->nstates * def->nevents);
    size_t n = 0;
    for (unsigned s = 0; s < def->nstates; s++) {
        for (unsigned e = 0; e < def->nevents; e++) {
            index[s * def->nevents + e] = (uint16_t)n;
            for (int any = 0; any <= 1; any++)
                for (uint16_t r = 0; r < def->nrows; r++)
                    if (def->rows[r].on == e && def->rows[r].in == (any ? FSM_ANY : s))
                        def->list[n++] = r;
            def->list[n++] = UINT16_MAX;
        }
    }
    for (unsigned s = 0; s < def->nstates; s++)
        if (g_str_has_prefix(def->state_names[s], "wait"))
            def->waits |= FSM_IN(s);
    def->index = index;
}

static void check_rest(const struct fsm *f)
{
    if (__builtin_expect(fsm_waits(f) && !f->running, 0))
        sim_break(f->node->sim, "%s: %s stands in \"%s\" and no timer runs: it may wait for ever", f->node->name, f->def->name,
                  f->def->state_names[f->state]);
}

static void leave_timers(struct fsm *f)
{
    for (unsigned i = 0, left = f->running; left; i++, left >>= 1)
        if ((left & 1) && !(f->def->timers[i].states & FSM_IN(f->state)))
            fsm_timer_stop(f, i);
}

static void trace_row(const struct fsm *f, uint8_t from, uint8_t event)
{
    struct trace_rec rec = {.kind = TRACE_STATE, .node = f->node};
    rec.state.def = f->def;
    rec.state.from = from;
    rec.state.event = event;
    rec.state.to = f->state;
    trace_emit(f->node->sim, &rec);
}

bool fsm_event(struct fsm *f, uint8_t event, const void *arg)
{
    struct fsm_def *def = f->def;
    struct sim *sim = f->node->sim;
    const uint16_t *list = def->list + def->index[f->state * def->nevents + event];
    const struct fsm_row *row;

    for (;; list++) {
        if (*list == UINT16_MAX) {
            __atomic_fetch_add(&def->unexpected, 1, __ATOMIC_RELAXED);
            sim_assert(sim, def->policy != FSM_ASSERT);
            return false;
        }
        row = &def->rows[*list];
        if (!row->guard || row->guard(f, arg))
            break;
    }
    __atomic_store_n(&def->fired[*list], 1, __ATOMIC_RELAXED); /* simulations in other threads share the table */

    uint8_t from = f->state, to = row->then == FSM_STAY ? from : row->then;
    f->state = to;
    if (f->running)
        leave_timers(f);
    const struct fsm_row *outer = sim->row;
    if (!def->plumbing || !outer)
        sim->row = row;
    if (trace_on(sim, TRACE_STATE))
        trace_row(f, from, event);
    f->depth++;
    if (row->act && !row->act(f, arg) && f->state == to) {
        f->state = row->fail == FSM_STAY ? from : row->fail;
        leave_timers(f);
    }
    f->depth--;
    sim->row = outer;
    if (f->depth > 0)
        return true;
    if (f->state == FSM_END) {
        fsm_stop(f);
        if (def->ended)
            def->ended(f);
    } else {
        check_rest(f);
    }
    return true;
}

/* ---- timers ----------------------------------------------------------------------------------- */

static void trace_timer(const struct fsm *f, unsigned i, enum trace_timer_action action, sim_time duration)
{
    struct trace_rec rec = {.kind = TRACE_TIMER, .node = f->node};
    rec.timer.def = f->def;
    rec.timer.index = (uint8_t)i;
    rec.timer.action = (uint8_t)action;
    rec.timer.duration = duration;
    trace_emit(f->node->sim, &rec);
}

static void fire(struct sim *sim, void *ctx, uint64_t i)
{
    struct fsm *f = ctx;
    f->running &= (uint8_t)~(1u << i);
    f->timer[f->def->timers[i].slot] = 0;
    if (trace_on(sim, TRACE_TIMER))
        trace_timer(f, (unsigned)i, TIMER_FIRED, 0);
    fsm_event(f, f->def->timers[i].event, NULL);
}

void fsm_timer_start_about(struct fsm *f, unsigned i, sim_time duration, unsigned label, const char *what)
{
    struct sim *sim = f->node->sim;
    const struct fsm_timer *t = &f->def->timers[i];
    if (f->running & (1u << i))
        sim_cancel(sim, &f->timer[t->slot]);
    if (trace_on(sim, TRACE_TIMER))
        trace_timer(f, i, TIMER_STARTED, duration);
    sim_assert(sim, (t->states & FSM_IN(f->state)) && !f->timer[t->slot]);
    f->running |= (uint8_t)(1u << i);
    f->timer[t->slot] = sim_timer(sim, duration, SIM_WHY(label, f->node->id), what, fire, f, i);
}

void fsm_timer_start_as(struct fsm *f, unsigned i, sim_time duration, unsigned label)
{
    fsm_timer_start_about(f, i, duration, label, f->def->timers[i].name);
}

void fsm_timer_start(struct fsm *f, unsigned i, sim_time duration)
{
    fsm_timer_start_as(f, i, duration, CAUSE_TIMER);
}

void fsm_timer_stop(struct fsm *f, unsigned i)
{
    if (!(f->running & (1u << i)))
        return;
    f->running &= (uint8_t)~(1u << i);
    sim_cancel(f->node->sim, &f->timer[f->def->timers[i].slot]);
    if (trace_on(f->node->sim, TRACE_TIMER))
        trace_timer(f, i, TIMER_STOPPED, 0);
}

sim_time fsm_timer_due(const struct fsm *f, unsigned i)
{
    return f->running & (1u << i) ? sim_due(f->node->sim, f->timer[f->def->timers[i].slot]) : SIM_NEVER;
}

void fsm_stop(struct fsm *f)
{
    for (unsigned i = 0; f->running; i++)
        fsm_timer_stop(f, i);
}

/* ---- checking --------------------------------------------------------------------------------- */

static bool row_leaves(const struct fsm_row *row, unsigned state)
{
    return (row->in == state || row->in == FSM_ANY) &&
           ((row->then != FSM_STAY && row->then != state) ||
            (row->act && row->fail != FSM_STAY && row->fail != state));
}

static bool row_enters(const struct fsm_row *row, unsigned state)
{
    return row->then == state || (row->act && row->fail == state);
}

static unsigned check_guards(const struct fsm_def *def, GString *problems)
{
    unsigned bad = 0;
    for (unsigned a = 0; a < def->nrows; a++)
        for (unsigned b = a + 1; b < def->nrows && !def->rows[a].guard; b++)
            if (def->rows[a].in == def->rows[b].in && def->rows[a].on == def->rows[b].on) {
                g_string_append_printf(problems, "%s: row %u hides row %u (no guard)\n", def->name, a + 1, b + 1);
                bad++;
            }
    return bad;
}

static unsigned check_slots(const struct fsm_def *def, GString *problems)
{
    unsigned bad = 0;
    for (unsigned a = 0; a < def->ntimers; a++)
        for (unsigned b = a + 1; b < def->ntimers; b++)
            if (def->timers[a].slot == def->timers[b].slot && (def->timers[a].states & def->timers[b].states)) {
                g_string_append_printf(problems, "%s: timers %s and %s share a slot and a state\n", def->name,
                                       def->timers[a].name, def->timers[b].name);
                bad++;
            }
    return bad;
}

unsigned fsm_check(const struct fsm_def *def, GString *problems)
{
    unsigned bad = check_guards(def, problems) + check_slots(def, problems);
    for (unsigned s = 0; s < def->nstates; s++) {
        bool in = s == FSM_END, out = false, timer = false;
        for (unsigned r = 0; r < def->nrows; r++) {
            in |= row_enters(&def->rows[r], s);
            out |= row_leaves(&def->rows[r], s);
        }
        for (unsigned t = 0; t < def->ntimers; t++)
            timer |= (def->timers[t].states & FSM_IN(s)) != 0;
        if (!in) {
            g_string_append_printf(problems, "%s: state %s cannot be reached\n", def->name, def->state_names[s]);
            bad++;
        }
        if (!out && def->nstates > 1) {
            g_string_append_printf(problems, "%s: state %s cannot be left\n", def->name, def->state_names[s]);
            bad++;
        }
        if (!timer && strncmp(def->state_names[s], "wait", 4) == 0) {
            g_string_append_printf(problems, "%s: state %s has no timer\n", def->name, def->state_names[s]);
            bad++;
        }
    }
    return bad;
}

/* ---- printing --------------------------------------------------------------------------------- */

static const char *state_name(const struct fsm_def *def, uint8_t s, const char *stay)
{
    return s == FSM_ANY ? "(any)" : s == FSM_STAY ? stay : def->state_names[s];
}

static const char *or_blank(const char *name)
{
    return strcmp(name, "NULL") == 0 ? "" : name;
}

void fsm_print(const struct fsm_def *def, GString *out)
{
    g_string_append_printf(out, "%s - %s\n", def->name, def->title);
    g_string_append_printf(out, "  %-14s %-22s %-20s %-20s %-14s %-12s %s\n", "in", "on", "if", "do", "then", "on failure",
                           "clause");
    for (unsigned r = 0; r < def->nrows; r++) {
        const struct fsm_row *row = &def->rows[r];
        g_string_append_printf(out, "  %-14s %-22s %-20s %-20s %-14s %-12s %s\n", state_name(def, row->in, "(any)"),
                               def->event_names[row->on], or_blank(row->guard_name), or_blank(row->act_name),
                               state_name(def, row->then, "(stay)"),
                               row->act && row->fail != row->then ? state_name(def, row->fail, "(stay)") : "",
                               row->clause ? row->clause : "");
    }
    for (unsigned t = 0; t < def->ntimers; t++) {
        g_string_append_printf(out, "  timer %-10s -> %-20s lives in:", def->timers[t].name,
                               def->event_names[def->timers[t].event]);
        for (unsigned s = 0; s < def->nstates; s++)
            if (def->timers[t].states & FSM_IN(s))
                g_string_append_printf(out, " %s", def->state_names[s]);
        g_string_append_c(out, '\n');
    }
}

void fsm_print_dot(const struct fsm_def *def, GString *out)
{
    g_string_append_printf(out, "digraph \"%s\" {\n  label=\"%s\"; rankdir=TB; node [shape=box, style=rounded];\n", def->name,
                           def->title);
    for (unsigned r = 0; r < def->nrows; r++) {
        const struct fsm_row *row = &def->rows[r];
        for (unsigned s = 0; s < def->nstates; s++) {
            if (row->in != s && (row->in != FSM_ANY || s == FSM_END))
                continue;
            unsigned to = row->then == FSM_STAY ? s : row->then;
            g_string_append_printf(out, "  \"%s\" -> \"%s\" [label=\"%s%s\"%s];\n", def->state_names[s],
                                   def->state_names[to], def->event_names[row->on], row->guard ? " [guard]" : "",
                                   row->in == FSM_ANY ? ", style=dashed" : "");
        }
    }
    g_string_append(out, "}\n");
}
