/* net.c - boxes that exchange messages over links (see net.h).
 *
 * SIMPLIFIED: a lost message on a reliable transport (TCP, SCTP) becomes a delay: it arrives after the
 * retransmission time-out (RFC 6298: 1 s, doubled for each further loss), and everything behind it
 * waits, since such transports deliver in order; after 100 s of trying it is lost. Fast retransmit,
 * windows and set-up of connections are not modelled. */
#include "sim/net.h"

#include "sim/cause.h"
#include "sim/idmap.h"
#include "sim/station.h"
#include "sim/trace.h"

#include <string.h>

struct net_priv {
    struct slab nodes, links;
    GStringChunk *names; /* of nodes */
    struct idmap by_ends; /* (iface, from, to) -> place in link_list + 1 */
    GPtrArray *link_list;
    GHashTable *by_name; /* name -> struct node; only looked up, never walked */
};

/* Causes tell nodes, by id, from links, which come after all of them. */
#define LINK_WHERE 0x800000u

static const char *where_name(const struct sim *sim, uint32_t where)
{
    const struct net *net = sim->user;
    if (where < net->nodes->len)
        return net_node(net, where)->name;
    const struct link *l = net_link_at(net, where);
    if (l)
        return net->ifaces[l->iface].name;
    return "?";
}

struct net *net_new(struct sim *sim, const struct net_iface *ifaces, uint16_t nifaces)
{
    struct net *net = g_new0(struct net, 1);
    net->sim = sim;
    net->nodes = g_ptr_array_new();
    net->ifaces = ifaces;
    net->nifaces = nifaces;
    net->faults = g_array_new(FALSE, TRUE, sizeof(struct fault));
    net->tally = g_new0(struct net_tally, nifaces);
    net->priv = g_new0(struct net_priv, 1);
    slab_init(&net->priv->nodes, sizeof(struct node));
    slab_init(&net->priv->links, sizeof(struct link));
    net->priv->names = g_string_chunk_new(64 * 1024);
    idmap_init(&net->priv->by_ends);
    net->priv->link_list = g_ptr_array_new();
    net->priv->by_name = g_hash_table_new(g_str_hash, g_str_equal);
    sim->user = net;
    sim->where_name = where_name;
    return net;
}

void net_free(struct net *net)
{
    g_hash_table_destroy(net->priv->by_name);
    for (guint i = 0; i < net->nodes->len; i++) {
        struct node *n = net_node(net, i);
        if (n->station)
            station_free(n->station);
    }
    slab_clear(&net->priv->nodes);
    g_string_chunk_free(net->priv->names);
    for (int p = 0; p < net->nprotos; p++)
        g_free(net->counts[p]);
    g_free(net->tally);
    g_ptr_array_free(net->nodes, TRUE);
    g_array_free(net->faults, TRUE);
    g_ptr_array_free(net->priv->link_list, TRUE);
    idmap_clear(&net->priv->by_ends);
    slab_clear(&net->priv->links);
    net->sim->user = NULL;
    g_free(net->priv);
    g_free(net);
}

uint8_t net_add_proto(struct net *net, const struct proto *proto, void *ext)
{
    g_assert(net->nprotos < NET_MAX_PROTO);
    uint8_t i = net->nprotos++;
    net->protos[i] = proto;
    net->ext[i] = ext;
    net->counts[i] = g_new0(struct net_count, (size_t)net->nifaces * proto->ntypes);
    return i;
}

struct node *net_add_node(struct net *net, const char *name, uint32_t kinds)
{
    struct node *n = slab_alloc0(&net->priv->nodes, NULL);
    n->sim = net->sim;
    n->net = net;
    n->id = net->nodes->len;
    n->kinds = kinds;
    n->name = g_string_chunk_insert(net->priv->names, name);
    g_ptr_array_add(net->nodes, n);
    g_hash_table_insert(net->priv->by_name, (gpointer)n->name, n);
    return n;
}

struct node *net_find_node(const struct net *net, const char *name)
{
    return g_hash_table_lookup(net->priv->by_name, name);
}

bool net_find_type(const struct net *net, const char *name, int *proto, int *type)
{
    for (int p = 0; p < net->nprotos; p++)
        for (uint16_t t = 0; t < net->protos[p]->ntypes; t++) {
            const char *n = net->protos[p]->type_name(t);
            if (n && strcmp(n, name) == 0) {
                *proto = p;
                *type = t;
                return true;
            }
        }
    return false;
}

int net_find_twin(const struct net *net, int proto, int type)
{
    const struct proto *p = net->protos[proto];
    for (uint16_t t = 0; t < p->ntypes; t++) {
        const char *n = p->type_name(t);
        if (n && t != type && strcmp(n, p->type_name((uint16_t)type)) == 0)
            return t;
    }
    return -1;
}

void msg_unref(struct net *net, struct msg *m)
{
    if (--m->refs == 0)
        net->protos[m->proto]->free(net, m);
}

const char *msg_subject(const struct net *net, const struct msg *m)
{
    const struct msg *inner;
    while (net->protos[m->proto]->inside && (inner = net->protos[m->proto]->inside(m)))
        m = inner;
    return net->protos[m->proto]->type_name(m->type);
}

/* ---- links -------------------------------------------------------------------------------------- */

static struct link *make_link(struct net *net, uint16_t iface, struct node *from, struct node *to)
{
    struct link *l = slab_alloc0(&net->priv->links, NULL);
    l->cfg = net->link_cfg(net->link_cfg_user, iface, from, to);
    l->up = l->cfg->up;
    l->iface = iface;
    l->from = from;
    l->to = to;
    l->where = LINK_WHERE + net->priv->link_list->len;
    g_ptr_array_add(net->priv->link_list, l);
    if (l->cfg->carriage)
        l->state = l->cfg->carriage->begin(l);

    char *name = g_strdup_printf("%s:%s>%s/latency", net->ifaces[iface].name, from->name, to->name);
    if (!dist_is_const(&l->cfg->latency))
        l->latency_rng = rng_stream(net->sim->streams, name);
    strcpy(strrchr(name, '/'), "/loss");
    if (l->cfg->loss > 0 || l->cfg->ge_p > 0)
        l->loss_rng = rng_stream(net->sim->streams, name);
    g_free(name);
    return l;
}

struct link *net_link(struct net *net, uint16_t iface, struct node *from, struct node *to)
{
    uint64_t key = (uint64_t)(iface + 1) << 48 | (uint64_t)from->id << 24 | to->id;
    uint32_t i = idmap_get(&net->priv->by_ends, key);
    if (__builtin_expect(i != 0, 1))
        return g_ptr_array_index(net->priv->link_list, i - 1);
    struct link *l = make_link(net, iface, from, to);
    idmap_put(&net->priv->by_ends, key, net->priv->link_list->len);
    return l;
}

const struct link *net_link_at(const struct net *net, uint32_t where)
{
    const GPtrArray *links = net->priv->link_list;
    uint32_t i = where - LINK_WHERE; /* of nodes: beyond all */
    return i < links->len ? g_ptr_array_index(links, i) : NULL;
}

static bool reliable(const struct link *l, uint32_t size)
{
    switch (l->cfg->transport) {
    case TRANSPORT_UDP:
        return false;
    case TRANSPORT_AUTO:
        return size > TRANSPORT_UDP_MAX;
    default:
        return true;
    }
}

bool net_reliable(struct net *net, uint16_t iface, struct node *from, struct node *to, uint32_t size)
{
    return reliable(net_link(net, iface, from, to), size);
}

/* One loss decision of the link's loss process. */
static bool link_loses(struct link *l)
{
    const struct link_cfg *c = l->cfg;
    if (!l->loss_rng)
        return false;
    if (c->ge_p > 0) {
        double u = rng_uniform(l->loss_rng);
        l->bad = l->bad ? u >= c->ge_r : u < c->ge_p;
    }
    return rng_bernoulli(l->loss_rng, l->bad ? c->ge_loss_bad : c->loss);
}

/* Delay of a message that a reliable transport had to repeat; SIM_NEVER when it gave up. */
static sim_time repeat_delay(struct link *l)
{
    sim_time delay = 0, rto = TRANSPORT_RTO;
    while (link_loses(l)) {
        delay += rto;
        if (delay > TRANSPORT_GIVE_UP)
            return SIM_NEVER;
        rto = MIN(2 * rto, TRANSPORT_RTO_MAX);
    }
    return delay;
}

/* Adds a part of a recorded message's way and moves the end of the chain. */
static void part(struct sim *sim, uint32_t *cause, unsigned label, const struct link *l, const char *what,
                 sim_time *at, sim_time length)
{
    if (length > 0)
        *cause = cause_add(sim, *cause, SIM_WHY(label, l->where), what, *at, *at + length);
    *at += length;
}

/* When a message given to the link now arrives, or SIM_NEVER if it does not. */
static sim_time link_carry(struct link *l, const struct msg *m, uint32_t *cause)
{
    const struct link_cfg *c = l->cfg;
    struct net *net = l->from->net;
    struct sim *sim = net->sim;
    sim_time queue = 0, ser = 0, repeat;

    if (c->rate > 0) {
        queue = l->busy_until > sim->now ? l->busy_until - sim->now : 0;
        if (c->queue && sim_time_to_s(queue) * c->rate / 8 + m->size > (double)c->queue)
            return SIM_NEVER;
        ser = sim_time_from_s((double)m->size * 8 / c->rate);
        l->busy_until = sim->now + queue + ser;
    }
    bool ordered = reliable(l, m->size);
    repeat = ordered ? repeat_delay(l) : link_loses(l) ? SIM_NEVER : 0;
    if (repeat == SIM_NEVER)
        return SIM_NEVER;
    sim_time latency = dist_draw(&c->latency, l->latency_rng);
    sim_time arrival = sim->now + queue + ser + repeat + latency, behind = 0;
    if (ordered) {
        behind = MAX(l->last_arrival - arrival, 0);
        arrival += behind;
        l->last_arrival = arrival;
    }
    if (sim->flow & SIM_FLOW_RECORDED) {
        const char *what = msg_subject(net, m);
        sim_time at = sim->now;
        part(sim, cause, CAUSE_LINK_QUEUE, l, what, &at, queue);
        part(sim, cause, CAUSE_LINK_SERIALISATION, l, what, &at, ser);
        part(sim, cause, CAUSE_LINK_RETRANSMISSION, l, what, &at, repeat + behind);
        part(sim, cause, CAUSE_LINK_PROPAGATION, l, what, &at, latency);
    }
    return arrival;
}

/* The same for a link that is more than a wire. What follows the arrival goes to *handling. */
static sim_time link_travel(struct link *l, const struct msg *m, uint32_t *cause, sim_time *handling)
{
    struct sim *sim = l->from->sim;
    struct journey j;

    journey_begin(&j);
    if (!l->cfg->carriage->carry(l, m, &j))
        return SIM_NEVER;
    if (sim->flow & SIM_FLOW_RECORDED) {
        const char *what = l->from->net->protos[m->proto]->type_name(m->type);
        sim_time at = sim->now;
        for (unsigned i = 0; i < j.n; i++)
            part(sim, cause, j.part[i].label, l, what, &at, j.part[i].length);
    }
    *handling = j.handling;
    return sim->now + j.length - j.handling;
}

/* ---- sending ------------------------------------------------------------------------------------ */

static void count_arrival(struct net *net, uint16_t iface)
{
    struct net_tally *t = &net->tally[iface];
    net->in_flight--;
    net->delivered++;
    t->in_flight--;
    t->delivered++;
}

static void count_loss(struct net *net, uint16_t iface, const struct msg *m, struct link *l)
{
    l->lost++;
    net->lost++;
    net->tally[iface].lost++;
    net_count_of(net, iface, m)->failed++;
}

static void arrive(struct sim *sim, void *ctx, uint64_t ends)
{
    struct msg *m = ctx;
    struct net *net = sim->user;
    struct node *from = net_node(net, (uint32_t)(ends >> 32 & 0xffffff)), *to = net_node(net, (uint32_t)ends & 0xffffff);
    uint16_t iface = (uint16_t)(ends >> 56);

    count_arrival(net, iface);
    if (to->unwrap && to->unwrap(to, m)) {
        msg_unref(net, m);
    } else if (to->station) {
        station_arrive(to->station, m, from, iface);
    } else {
        to->rx(to, m, from, iface);
        msg_unref(net, m);
    }
}

/* The same for a message whose service has been reckoned in. */
static void arrive_served(struct sim *sim, void *ctx, uint64_t ends)
{
    struct msg *m = ctx;
    struct net *net = sim->user;
    struct node *from = net_node(net, (uint32_t)(ends >> 32 & 0xffffff)), *to = net_node(net, (uint32_t)ends & 0xffffff);

    count_arrival(net, (uint16_t)(ends >> 56));
    to->rx(to, m, from, (uint16_t)(ends >> 56));
    msg_unref(net, m);
}

static void trace_hop(struct node *from, struct node *to, uint16_t iface, const struct msg *m, enum trace_outcome outcome,
                      bool copy, sim_time arrival)
{
    struct trace_rec rec = {.kind = TRACE_MSG, .node = from};
    rec.msg.msg = m;
    rec.msg.to = to;
    rec.msg.iface = iface;
    rec.msg.outcome = (uint8_t)outcome;
    rec.msg.copy = copy;
    rec.msg.nth = m->copies;
    rec.msg.arrival = arrival;
    trace_emit(from->sim, &rec);
}

/* Gives a message to the carrier of a link without a wire of its own. */
static void hand_over(struct net *net, struct node *from, struct node *to, uint16_t iface, struct msg *m, struct link *l,
                      bool copy)
{
    bool taken = l->up && net->carrier && net->carrier(from, to, iface, m);
    if (taken) {
        net->delivered++;
        net->tally[iface].delivered++;
    } else {
        count_loss(net, iface, m, l);
    }
    if (trace_on(net->sim, TRACE_MSG))
        trace_hop(from, to, iface, m, taken ? OUTCOME_CARRIED : OUTCOME_DOWN, copy, SIM_NEVER);
    msg_unref(net, m);
}

void net_carried_in(struct node *from, struct node *to, uint16_t iface, struct msg *m)
{
    struct net *net = from->net;
    if (trace_on(net->sim, TRACE_MSG))
        trace_hop(from, to, iface, m, OUTCOME_ARRIVED, false, net->sim->now);
    if (to->station) {
        station_arrive(to->station, m, from, iface);
        return;
    }
    to->rx(to, m, from, iface);
    msg_unref(net, m);
}

static void carry(struct net *net, struct node *from, struct node *to, uint16_t iface, struct msg *m, struct link *l,
                  bool copy)
{
    if (l->cfg->carried) {
        hand_over(net, from, to, iface, m, l, copy);
        return;
    }
    struct sim *sim = net->sim;
    uint32_t cause = sim->cause;
    sim_time handling = 0, arrival = SIM_NEVER;

    if (l->up)
        arrival = l->cfg->carriage ? link_travel(l, m, &cause, &handling) : link_carry(l, m, &cause);
    if (arrival == SIM_NEVER) {
        count_loss(net, iface, m, l);
        if (trace_on(sim, TRACE_MSG))
            trace_hop(from, to, iface, m, l->up ? OUTCOME_LOST : OUTCOME_DOWN, copy, SIM_NEVER);
        msg_unref(net, m);
        return;
    }
    if (trace_on(sim, TRACE_MSG))
        trace_hop(from, to, iface, m, OUTCOME_DELIVERED, copy, arrival);
    arrival += handling;
    net->in_flight++;
    net->tally[iface].in_flight++;
    sim_fn fn = arrive;
    sim_time service = to->station && !to->unwrap ? station_ahead(to->station, m) : -1;
    if (service >= 0) {
        if (service > 0 && (sim->flow & SIM_FLOW_RECORDED))
            cause = cause_add(sim, cause, SIM_WHY(CAUSE_SERVICE, to->id), msg_subject(net, m), arrival, arrival + service);
        station_served(to->station, service);
        arrival += service;
        fn = arrive_served;
    }
    sim_at(sim, arrival, sim->flow, cause, fn, m, (uint64_t)iface << 56 | (uint64_t)from->id << 32 | to->id);
}

static bool fault_matches(const struct fault *f, const struct node *from, const struct node *to, uint16_t iface,
                          const struct msg *m)
{
    return (f->proto < 0 || f->proto == m->proto) && (f->type < 0 || f->type == m->type || f->twin == m->type) &&
           (f->iface < 0 || f->iface == iface) && (!f->from || f->from == from) && (!f->to || f->to == to);
}

/* What the faults do with this transmission: drops it (true), or asks for a second copy. */
static bool faulted(struct net *net, const struct node *from, const struct node *to, uint16_t iface,
                    const struct msg *m, bool *twice)
{
    bool drop = false;
    for (guint i = 0; i < net->faults->len; i++) {
        struct fault *f = &g_array_index(net->faults, struct fault, i);
        if (!fault_matches(f, from, to, iface, m))
            continue;
        f->seen++;
        if (f->seen < f->nth || f->seen - f->nth >= f->count)
            continue;
        if (f->kind == FAULT_DROP)
            drop = true;
        else
            *twice = true;
    }
    return drop;
}

void node_send(struct node *from, struct node *to, uint16_t iface, struct msg *m)
{
    struct net *net = from->net;
    const struct net_iface *i = &net->ifaces[iface];
    sim_assert(net->sim, ((i->end_a & from->kinds) && (i->end_b & to->kinds)) ||
                             ((i->end_b & from->kinds) && (i->end_a & to->kinds)));
    struct link *l = net_link(net, iface, from, to);
    struct net_count *count = net_count_of(net, iface, m);
    bool twice = false;

    if (m->copies < UINT8_MAX)
        m->copies++;
    net->sent++;
    net->tally[iface].sent++;
    l->messages++;
    l->bytes += m->size;
    count->messages++;
    count->bytes += m->size;
    if (__builtin_expect(net->faults->len, 0) && faulted(net, from, to, iface, m, &twice)) {
        net->dropped++;
        net->tally[iface].dropped++;
        count->failed++;
        if (trace_on(net->sim, TRACE_MSG))
            trace_hop(from, to, iface, m, OUTCOME_DROPPED, false, SIM_NEVER);
        msg_unref(net, m);
        return;
    }
    if (twice)
        msg_ref(m);
    carry(net, from, to, iface, m, l, false);
    if (twice) {
        net->duplicated++;
        net->tally[iface].duplicated++;
        carry(net, from, to, iface, m, l, true);
    }
}

void node_internal(struct node *from, struct node *to, uint16_t iface, const struct msg *m)
{
    if (trace_on(from->sim, TRACE_MSG))
        trace_hop(from, to, iface, m, OUTCOME_INTERNAL, false, from->sim->now);
}

void node_note(struct node *n, uint32_t code, const char *text, const void *about)
{
    if (!trace_on(n->sim, TRACE_NOTE))
        return;
    struct trace_rec rec = {.kind = TRACE_NOTE, .node = n};
    rec.note.text = text;
    rec.note.code = code;
    rec.note.about = about;
    trace_emit(n->sim, &rec);
}

void node_mark(struct node *n, uint32_t id, int64_t value)
{
    node_mark_about(n, id, n, value);
}

void node_mark_about(struct node *n, uint32_t id, const struct node *about, int64_t value)
{
    if (!trace_on(n->sim, TRACE_MARK))
        return;
    struct trace_rec rec = {.kind = TRACE_MARK, .node = n};
    rec.mark.id = id;
    rec.mark.value = value;
    rec.mark.about = about;
    trace_emit(n->sim, &rec);
}
