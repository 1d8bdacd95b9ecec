/* station.c - the time a box takes for its messages (see station.h). */
#include "sim/station.h"

#include "sim/cause.h"

#include <string.h>

/* A message at the station: waiting or in service. */
struct job {
    struct msg *msg;
    struct node *from;
    struct job *next;
    sim_time arrived;
    uint32_t flow, cause;
    uint16_t iface;
    uint16_t rule;
};

struct rule {
    int proto, type;
    const struct dist *time;
    unsigned priority;
};

struct fifo {
    struct job *head, **tail;
};

struct station {
    struct node *node;
    struct station_cfg cfg;
    GArray *rules;   /* struct rule; [0] is "no time" */
    uint16_t *by_type[NET_MAX_PROTO]; /* [type] -> rule + 1, 0 = not looked up yet */
    struct rng *rng;
    struct slab jobs;
    struct fifo fifo[STATION_PRIORITIES];
    uint32_t busy, waiting;
    struct station_stats stats;
    sim_time integral_at; /* up to when busy_ns and queue_ns are counted */
    sim_time since;       /* start of counting                           */
};

static const struct dist no_time; /* all zero: the constant 0 */

struct station *station_new(struct node *node, const struct station_cfg *cfg)
{
    struct station *s = g_new0(struct station, 1);
    s->node = node;
    s->cfg = *cfg;
    s->rules = g_array_new(FALSE, TRUE, sizeof(struct rule));
    struct rule none = {.proto = -1, .type = -1, .time = &no_time};
    g_array_append_val(s->rules, none);
    slab_init(&s->jobs, sizeof(struct job));
    for (int p = 0; p < STATION_PRIORITIES; p++)
        s->fifo[p].tail = &s->fifo[p].head;
    char *name = g_strdup_printf("%s/service", node->name);
    s->rng = rng_stream(node->sim->streams, name);
    g_free(name);
    return s;
}

void station_free(struct station *s)
{
    for (int p = 0; p < NET_MAX_PROTO; p++)
        g_free(s->by_type[p]);
    g_array_free(s->rules, TRUE);
    slab_clear(&s->jobs);
    g_free(s);
}

void station_rule(struct station *s, int proto, int type, const struct dist *time, unsigned priority)
{
    struct rule r = {.proto = proto, .type = type, .time = time, .priority = MIN(priority, STATION_PRIORITIES - 1)};
    g_array_append_val(s->rules, r);
}

static uint16_t find_rule(struct station *s, const struct msg *m)
{
    struct net *net = s->node->net;
    if (!s->by_type[m->proto])
        s->by_type[m->proto] = g_new0(uint16_t, net->protos[m->proto]->ntypes);
    uint16_t *known = &s->by_type[m->proto][m->type];
    if (!*known) {
        *known = 1;
        for (guint i = 1; i < s->rules->len; i++) {
            const struct rule *r = &g_array_index(s->rules, struct rule, i);
            if ((r->proto < 0 || r->proto == m->proto) && (r->type < 0 || r->type == m->type)) {
                *known = (uint16_t)(i + 1);
                break;
            }
        }
    }
    return (uint16_t)(*known - 1);
}

static inline const struct rule *rule_of(const struct station *s, const struct job *j)
{
    return &g_array_index(s->rules, struct rule, j->rule);
}

/* Brings the time integrals up to now; before busy or waiting change. */
static void count_up(struct station *s)
{
    sim_time dt = s->node->sim->now - s->integral_at;
    s->stats.busy_ns += (__int128)dt * s->busy;
    s->stats.queue_ns += (__int128)dt * s->waiting;
    s->integral_at = s->node->sim->now;
}

static void serve_next(struct station *s);

static void served(struct sim *sim, void *ctx, uint64_t arg)
{
    struct station *s = ctx;
    struct job *j = (struct job *)(uintptr_t)arg, done = *j;
    slab_free(&s->jobs, j);
    count_up(s);
    s->busy--;
    s->stats.served++;
    s->stats.sojourn_ns += sim->now - MAX(done.arrived, s->since);
    if (s->waiting)
        serve_next(s);
    s->node->rx(s->node, done.msg, done.from, done.iface);
    msg_unref(s->node->net, done.msg);
}

/* Begins the service of a job that has left the queue; counted by the caller. */
static void serve(struct station *s, struct job *j)
{
    struct sim *sim = s->node->sim;
    sim_time time = dist_draw(rule_of(s, j)->time, s->rng), waited = sim->now - j->arrived;
    s->busy++;
    s->stats.wait_ns += sim->now - MAX(j->arrived, s->since);
    if (j->flow & SIM_FLOW_RECORDED) {
        const char *what = msg_subject(s->node->net, j->msg);
        if (waited > 0)
            j->cause = cause_add(sim, j->cause, SIM_WHY(CAUSE_STATION_QUEUE, s->node->id), what, j->arrived, sim->now);
        if (time > 0)
            j->cause = cause_add(sim, j->cause, SIM_WHY(CAUSE_SERVICE, s->node->id), what, sim->now, sim->now + time);
    }
    sim_at(sim, sim->now + time, j->flow, j->cause, served, s, (uint64_t)(uintptr_t)j);
}

static void serve_next(struct station *s)
{
    struct fifo *q = s->fifo;
    while (!q->head)
        q++;
    struct job *j = q->head;
    q->head = j->next;
    if (!q->head)
        q->tail = &q->head;
    s->waiting--;
    serve(s, j);
}

void station_arrive(struct station *s, struct msg *m, struct node *from, uint16_t iface)
{
    struct sim *sim = s->node->sim;
    uint16_t rule = find_rule(s, m);
    const struct rule *r = &g_array_index(s->rules, struct rule, rule);
    bool room = !s->cfg.servers || s->busy < s->cfg.servers;

    s->stats.arrived++;
    if (room && dist_is_const(r->time) && r->time->fixed == 0) {
        s->stats.served++;
        s->node->rx(s->node, m, from, iface);
        msg_unref(s->node->net, m);
        return;
    }
    if (!room && s->cfg.queue >= 0 && s->waiting >= s->cfg.queue) {
        s->stats.refused++;
        s->node->net->refused++;
        net_count_of(s->node->net, iface, m)->failed++;
        if (s->cfg.overload == STATION_REJECT && s->node->refuse)
            s->node->refuse(s->node, m, from, iface);
        msg_unref(s->node->net, m);
        return;
    }
    struct job *j = slab_alloc(&s->jobs, NULL);
    *j = (struct job){.msg = m, .from = from, .arrived = sim->now, .flow = sim->flow, .cause = sim->cause, .iface = iface, .rule = rule};
    count_up(s);
    if (room) {
        serve(s, j);
        return;
    }
    struct fifo *q = &s->fifo[s->cfg.priority ? r->priority : 0];
    *q->tail = j;
    q->tail = &j->next;
    s->waiting++;
    s->stats.queue_max = MAX(s->stats.queue_max, s->waiting);
}

sim_time station_ahead(struct station *s, const struct msg *m)
{
    if (s->cfg.servers)
        return -1;
    return dist_draw(g_array_index(s->rules, struct rule, find_rule(s, m)).time, s->rng);
}

void station_served(struct station *s, sim_time service)
{
    s->stats.arrived++;
    s->stats.served++;
    s->stats.busy_ns += service;
    s->stats.sojourn_ns += service;
}

void station_stats(const struct station *s, struct station_stats *out)
{
    station_stats_at(s, s->node->sim->now, out);
}

void station_stats_at(const struct station *s, sim_time at, struct station_stats *out)
{
    sim_time dt = at - s->integral_at;
    *out = s->stats;
    out->busy_ns += (__int128)dt * s->busy;
    out->queue_ns += (__int128)dt * s->waiting;
}

void station_reset(struct station *s)
{
    count_up(s);
    s->since = s->node->sim->now;
    memset(&s->stats, 0, sizeof s->stats);
}
