/* toy_net.h - a network small enough to be worked out by hand, for tests of what is made from trace records.
 *
 *   A --- B --- C      every link takes 10 ms; B serves each message in 1 ms, C thinks 5 ms before it answers
 *         |
 *         D            B looks up C at D before it forwards: LOOK, SEEN
 *
 * ASK goes from A to C end to end, and "200 OK (ASK)" back; B answers "100 Wait" to A at once. If ASK gets
 * lost behind B, B sends it again after 50 ms. A marks "INVITE sent" and "ringback", C "alerted". */
#ifndef TESTS_UNIT_TOY_NET_H
#define TESTS_UNIT_TOY_NET_H

#include "models/names.h"
#include "sim/cause.h"
#include "sim/net.h"
#include "sim/station.h"

#include <glib.h>

enum { TOY_ASK, TOY_WAIT, TOY_OK, TOY_LOOK, TOY_SEEN, TOY_TYPES };
enum { TOY_AA, TOY_DD };

struct toy_msg {
    struct msg m;
    unsigned hops; /* so far */
};

struct toy_net {
    struct sim *sim;
    struct net *net;
    struct node *a, *b, *c, *d;
    struct msg *held; /* the ASK that B forwards */
    sim_handle again;
    bool asked, answered;
};

static inline const char *toy_type_name(uint16_t type)
{
    static const char *const names[TOY_TYPES] = {"ASK", "100 Wait", "200 OK (ASK)", "LOOK", "SEEN"};
    return type < TOY_TYPES ? names[type] : NULL;
}

static inline void toy_free(struct net *net, struct msg *m)
{
    (void)net;
    g_free(m);
}

static inline void toy_render(const struct net *net, const struct msg *m, GString *out)
{
    (void)net;
    g_string_append_printf(out, "%s toy/1\r\nHops: %u\r\n\r\nhello\r\n", toy_type_name(m->type),
                           ((const struct toy_msg *)(const void *)m)->hops);
}

static inline uint64_t toy_end_to_end(const struct msg *m)
{
    return m->type == TOY_ASK ? 1 : m->type == TOY_OK ? 2 : 0;
}

static inline void toy_mark(const struct net *net, const struct msg *m, char *buf, size_t size)
{
    (void)net;
    g_strlcpy(buf, m->type == TOY_ASK ? "O1" : "", size);
}

static inline void toy_detail(const struct net *net, const struct msg *m, GString *out)
{
    (void)net;
    if (m->type == TOY_OK)
        g_string_append(out, "fine");
}

static inline struct msg *toy_msg(struct toy_net *t, unsigned type, unsigned hops)
{
    struct toy_msg *m = g_new0(struct toy_msg, 1);
    m->m.refs = 1;
    m->m.proto = (uint8_t)(type >= TOY_LOOK);
    m->m.type = (uint16_t)type;
    m->m.size = 40;
    m->hops = hops;
    (void)t;
    return &m->m;
}

static inline void toy_again(struct sim *sim, void *ctx, uint64_t arg)
{
    struct toy_net *t = ctx;
    if (arg > 3)
        return;
    t->again = sim_after(sim, 50 * SIM_MS, SIM_WHY(CAUSE_TIMER, t->b->id), "timer X", toy_again, t, arg + 1);
    node_send(t->b, t->c, TOY_AA, msg_ref(t->held));
}

static inline void toy_rx_a(struct node *n, struct msg *m, struct node *from, uint16_t iface)
{
    (void)from;
    (void)iface;
    if (m->type == TOY_OK)
        node_mark(n, MARK_RINGBACK, 0);
}

static inline void toy_rx_b(struct node *n, struct msg *m, struct node *from, uint16_t iface)
{
    struct toy_net *t = n->self;
    (void)iface;
    if (from == t->a && t->asked)
        return;
    if (from == t->a) {
        t->asked = true;
        node_send(n, t->a, TOY_AA, toy_msg(t, TOY_WAIT, 1));
        node_send(n, t->d, TOY_DD, toy_msg(t, TOY_LOOK, 1));
    } else if (from == t->d) {
        t->held = toy_msg(t, TOY_ASK, 2);
        toy_again(n->sim, t, 0);
    } else if (m->type == TOY_OK) {
        sim_cancel(n->sim, &t->again);
        node_send(n, t->a, TOY_AA, toy_msg(t, TOY_OK, 2));
    }
}

static inline void toy_answer(struct sim *sim, void *ctx, uint64_t arg)
{
    struct toy_net *t = ctx;
    (void)sim;
    (void)arg;
    node_send(t->c, t->b, TOY_AA, toy_msg(t, TOY_OK, 1));
}

static inline void toy_rx_c(struct node *n, struct msg *m, struct node *from, uint16_t iface)
{
    struct toy_net *t = n->self;
    (void)m;
    (void)from;
    (void)iface;
    if (t->answered)
        return;
    t->answered = true;
    node_mark(n, MARK_ALERTED, 0);
    sim_after(n->sim, 5 * SIM_MS, SIM_WHY(CAUSE_THINK, n->id), "200 OK (ASK)", toy_answer, t, 0);
}

static inline void toy_rx_d(struct node *n, struct msg *m, struct node *from, uint16_t iface)
{
    (void)m;
    node_send(n, from, iface, toy_msg(n->self, TOY_SEEN, 1));
}

static inline const struct link_cfg *toy_link(void *user, uint16_t iface, const struct node *from,
                                              const struct node *to)
{
    static struct link_cfg cfg;
    (void)user;
    (void)iface;
    (void)from;
    (void)to;
    cfg = (struct link_cfg){.latency = dist_const(10 * SIM_MS), .up = true};
    return &cfg;
}

static inline void toy_dial(struct sim *sim, void *ctx, uint64_t recorded)
{
    struct toy_net *t = ctx;
    sim_flow_begin(sim, recorded ? SIM_FLOW_RECORDED : 0);
    node_mark(t->a, MARK_DIALLED, 0);
    node_mark(t->a, MARK_INVITE_SENT, 0);
    node_send(t->a, t->b, TOY_AA, toy_msg(t, TOY_ASK, 1));
}

static inline struct node *toy_node(struct toy_net *t, const char *name, uint32_t kind,
                                    void (*rx)(struct node *, struct msg *, struct node *, uint16_t))
{
    struct node *n = net_add_node(t->net, name, kind);
    n->rx = rx;
    n->self = t;
    return n;
}

static inline void toy_init(struct toy_net *t)
{
    static const struct net_iface ifaces[] = {
        {"Aa", "Toy",  1, 1},
        {"Dd", "Look", 1, 2}
    };
    static const struct proto toy = {.name = "Toy",
                                     .ntypes = TOY_TYPES,
                                     .type_name = toy_type_name,
                                     .free = toy_free,
                                     .render = toy_render,
                                     .end_to_end = toy_end_to_end,
                                     .mark = toy_mark,
                                     .detail = toy_detail};
    static const struct proto look = {
        .name = "Look", .ntypes = TOY_TYPES, .type_name = toy_type_name, .free = toy_free};
    static struct dist service;
    *t = (struct toy_net){.sim = sim_new(&(struct sim_opts){.seed = 1})};
    t->net = net_new(t->sim, ifaces, 2);
    t->net->link_cfg = toy_link;
    net_add_proto(t->net, &toy, NULL);
    net_add_proto(t->net, &look, NULL);
    t->a = toy_node(t, "A", 1, toy_rx_a);
    t->b = toy_node(t, "B", 1, toy_rx_b);
    t->c = toy_node(t, "C", 1, toy_rx_c);
    t->d = toy_node(t, "D", 2, toy_rx_d);
    service = dist_const(1 * SIM_MS);
    t->b->station = station_new(t->b, &(struct station_cfg){.servers = 1, .queue = -1});
    station_rule(t->b->station, -1, -1, &service, 0);
}

/* Adds a fault on the nth message of this type from `from`. */
static inline void toy_fault(struct toy_net *t, enum fault_kind kind, unsigned type, const struct node *from,
                             uint32_t nth)
{
    struct fault f = {
        .kind = kind, .proto = -1, .type = (int)type, .twin = -1, .iface = -1, .from = from, .nth = nth, .count = 1};
    g_array_append_val(t->net->faults, f);
}

/* The user of A dials at 1 s; runs to the end. */
static inline void toy_run(struct toy_net *t, bool recorded)
{
    sim_at(t->sim, 1 * SIM_S, 0, 0, toy_dial, t, recorded);
    sim_run(t->sim, SIM_NEVER);
}

static inline void toy_clear(struct toy_net *t)
{
    if (t->held)
        msg_unref(t->net, t->held);
    net_free(t->net);
    sim_free(t->sim);
}

#endif
