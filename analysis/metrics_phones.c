/* metrics_phones.c - what phones do by themselves: a slot per phone and procedure that goes on (see metrics.h). */
#include "analysis/metrics_int.h"

#include <string.h>

#define PHONE_MARKS (MARK_COUNT - MARK_PHONE_FIRST)

/* One procedure of one phone that goes on. */
struct procedure_slot {
    const struct node *phone;
    sim_time begun;
    sim_time time[PHONE_MARKS]; /* when each moment last came; -1: it did not */
    uint32_t flow, number;
    sim_flow sampled; /* the flow with its marks, if it is sampled; else 0 */
    enum procedure_id procedure;
};

G_STATIC_ASSERT(PROCEDURE_COUNT <= 32);

static uint32_t *concerned_by(struct metrics_phones *p, enum mark_id mark)
{
    static uint32_t nobody;
    return mark < MARK_COUNT ? &p->concerned[mark] : &nobody;
}

void metrics_phones_init(struct metrics_phones *p)
{
    slab_init(&p->slots, sizeof(struct procedure_slot));
    idmap_init(&p->by_phone);
    for (int i = 0; i < PROCEDURE_COUNT; i++) {
        const struct procedure_decl *d = &procedure_table[i];
        const enum mark_id marks[] = {d->begun, d->done, d->failed, d->given_up[0], d->given_up[1]};
        for (size_t k = 0; k < G_N_ELEMENTS(marks); k++)
            *concerned_by(p, marks[k]) |= 1u << i;
    }
    for (int i = 0; i < METRIC_COUNT; i++)
        if (metric_table[i].procedure != PROCEDURE_NONE) {
            *concerned_by(p, metric_table[i].from) |= 1u << metric_table[i].procedure;
            *concerned_by(p, metric_table[i].to) |= 1u << metric_table[i].procedure;
        }
}

void metrics_phones_clear(struct metrics_phones *p)
{
    slab_clear(&p->slots);
    idmap_clear(&p->by_phone);
}

static uint64_t key_of(const struct node *phone, int procedure)
{
    return (uint64_t)phone->id * PROCEDURE_COUNT + (uint64_t)procedure + 1;
}

static struct procedure_slot *find(struct metrics_phones *p, const struct node *phone, int procedure)
{
    uint32_t index = idmap_get(&p->by_phone, key_of(phone, procedure));
    return index ? slab_at(&p->slots, index) : NULL;
}

static struct procedure_slot *begin(struct metrics *m, const struct trace_rec *rec, int procedure)
{
    struct metrics_phones *p = &m->phones;
    uint32_t index;
    struct procedure_slot *s = slab_alloc(&p->slots, &index);

    memset(s->time, 0xff, sizeof s->time);
    s->phone = rec->mark.about;
    s->begun = rec->time;
    s->flow = sim_flow_index(rec->flow);
    s->number = ++p->begun;
    s->procedure = (enum procedure_id)procedure;
    s->sampled = m->sampled && rec->flow & SIM_FLOW_SAMPLED ? rec->flow : 0;
    if (s->sampled)
        sampled_begin(m->sampled, s->sampled);
    idmap_put(&p->by_phone, key_of(s->phone, procedure), index);
    m->result.procedure[procedure].begun++;
    return s;
}

/* ---- the end ----------------------------------------------------------------------------------------- */

static sim_time time_of(const struct procedure_slot *s, enum mark_id mark)
{
    return mark == procedure_table[s->procedure].begun ? s->begun : s->time[mark - MARK_PHONE_FIRST];
}

static void judge_times(struct metrics *m, const struct procedure_slot *s)
{
    for (int i = 0; i < METRIC_COUNT; i++) {
        const struct metric_decl *d = &metric_table[i];
        if (d->procedure != s->procedure)
            continue;
        sim_time from = time_of(s, d->from), to = time_of(s, d->to);
        if (from < 0 || to < from)
            continue;
        stats_add(&m->result.time[i], to - from);
        series_add(&m->result.series[i], from - m->warmup, to - from);
    }
}

void metrics_count_cause(GArray *causes, int procedure, int64_t cause, uint64_t count)
{
    guint i = 0;
    for (; i < causes->len; i++) {
        struct cause_count *c = &g_array_index(causes, struct cause_count, i);
        if (c->procedure == procedure && c->cause == cause) {
            c->count += count;
            return;
        }
        if (c->procedure > procedure || (c->procedure == procedure && c->cause > cause))
            break;
    }
    struct cause_count new = {procedure, cause, count};
    g_array_insert_val(causes, i, new);
}

static void count(struct metrics *m, const struct procedure_slot *s, enum procedure_outcome outcome, int64_t cause)
{
    struct procedure_counts *c = &m->result.procedure[s->procedure];
    switch (outcome) {
    case PROCEDURE_OPEN:
        c->open++;
        break;
    case PROCEDURE_DONE:
        c->decided++;
        c->done++;
        break;
    case PROCEDURE_FAILED:
        c->decided++;
        c->failed++;
        metrics_count_cause(m->result.causes, s->procedure, cause, 1);
        break;
    case PROCEDURE_GIVEN_UP:
        c->given_up++;
        break;
    }
}

/* It is over (or the run is: PROCEDURE_OPEN). */
static void end(struct metrics *m, struct procedure_slot *s, enum procedure_outcome outcome, int64_t cause, sim_time at)
{
    struct metrics_phones *p = &m->phones;

    judge_times(m, s);
    if (s->sampled)
        sampled_procedure(m->sampled, s->sampled, (int)s->procedure, s->phone, &m->result);
    count(m, s, outcome, cause);
    if (p->show) {
        struct metrics_procedure shown = {.number = s->number,
                                          .procedure = s->procedure,
                                          .phone = s->phone,
                                          .begun = s->begun,
                                          .ended = outcome == PROCEDURE_OPEN ? -1 : at,
                                          .outcome = outcome,
                                          .cause = cause};
        p->show(&shown, p->user);
    }
    idmap_del(&p->by_phone, key_of(s->phone, s->procedure));
    slab_free(&p->slots, s);
}

void metrics_phones_finish(struct metrics *m)
{
    for (uint32_t i = 1; i < slab_end(&m->phones.slots); i++)
        if (slab_in_use(&m->phones.slots, i))
            end(m, slab_at(&m->phones.slots, i), PROCEDURE_OPEN, 0, 0);
}

/* ---- marks ------------------------------------------------------------------------------------------- */

static bool begins(const struct procedure_decl *d, const struct trace_rec *rec)
{
    return rec->mark.id == d->begun && (d->value < 0 || rec->mark.value == d->value);
}

static void take_begin(struct metrics *m, const struct trace_rec *rec, int procedure)
{
    struct procedure_slot *s = find(&m->phones, rec->mark.about, procedure);

    if (s && s->flow == sim_flow_index(rec->flow))
        return;
    if (s)
        end(m, s, PROCEDURE_GIVEN_UP, 0, rec->time);
    if (rec->time >= m->warmup)
        begin(m, rec, procedure);
}

static void take_other(struct metrics *m, const struct trace_rec *rec, int procedure)
{
    const struct procedure_decl *d = &procedure_table[procedure];
    struct procedure_slot *s = find(&m->phones, rec->mark.about, procedure);

    if (!s)
        return;
    s->time[rec->mark.id - MARK_PHONE_FIRST] = rec->time;
    if (rec->mark.id == d->done)
        end(m, s, PROCEDURE_DONE, 0, rec->time);
    else if (rec->mark.id == d->failed)
        end(m, s, PROCEDURE_FAILED, rec->mark.value, rec->time);
    else if (rec->mark.id == d->given_up[0] || rec->mark.id == d->given_up[1])
        end(m, s, PROCEDURE_GIVEN_UP, 0, rec->time);
}

/* RFC 6076 4.2: refused for a reason that is not a mere question back, or not answered. */
static bool is_ineffective(int64_t status)
{
    return status >= 400 && status != 401 && status != 402 && status != 407;
}

static void count_registers(struct metrics *m, const struct trace_rec *rec)
{
    struct register_counts *c = &m->result.registers;

    if (rec->time < m->warmup)
        return;
    c->sent += rec->mark.id == MARK_REGISTER_SENT || rec->mark.id == MARK_REGISTER_AGAIN;
    c->ineffective += rec->mark.id == MARK_REGISTER_REFUSED && is_ineffective(rec->mark.value);
}

void metrics_phones_mark(struct metrics *m, const struct trace_rec *rec)
{
    uint32_t left = m->phones.concerned[rec->mark.id];

    count_registers(m, rec);
    for (int i = 0; left; i++, left >>= 1)
        if (left & 1) {
            if (begins(&procedure_table[i], rec))
                take_begin(m, rec, i);
            else if (rec->mark.id != procedure_table[i].begun)
                take_other(m, rec, i);
        }
}
