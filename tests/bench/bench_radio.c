/* bench_radio.c - what the radio adds to a hop over Uu: packets from phones to an eNB and back, over links
 * with a latency and over a cell with a radio. Nothing is recorded, the receivers throw the packets away. One
 * JSON object per way. */
#include "models/epc.h"
#include "models/uu.h"

#include <stdio.h>
#include <time.h>

#define PHONES 1000
#define HOPS   2000000u
#define BYTES  1200

struct bench {
    struct sim *sim;
    struct net *net;
    struct epc epc;
    struct node *enb, *phone[PHONES];
    struct link_cfg cfg;
    unsigned sent;
    bool up;
};

static double cpu_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static const struct link_cfg *link_cfg(void *user, uint16_t iface, const struct node *from,
                                       const struct node *to)
{
    (void)iface;
    (void)from;
    (void)to;
    return &((struct bench *)user)->cfg;
}

static unsigned quality(void *user, const struct node *phone)
{
    (void)user;
    (void)phone;
    return 8;
}

static void rx(struct node *n, struct msg *m, struct node *from, uint16_t iface)
{
    (void)n;
    (void)m;
    (void)from;
    (void)iface;
}

/* The next packet, a while later: one phone after the other, so that none has to wait for itself. */
static void send(struct sim *sim, void *ctx, uint64_t arg)
{
    struct bench *b = ctx;
    struct node *phone = b->phone[b->sent++ % PHONES];
    struct rrc_msg *m = rrc_new(b->epc.rrc, RRC_data);
    m->m.size = BYTES;
    node_send(b->up ? phone : b->enb, b->up ? b->enb : phone, IFACE_UU, &m->m);
    if (b->sent < HOPS)
        sim_after(sim, 10 * SIM_MS, 0, NULL, send, b, arg);
}

static double run(bool radio, bool up)
{
    struct bench b = {
        .cfg = {.latency = dist_const(8 * SIM_MS), .transport = TRANSPORT_SCTP, .up = true},
          .up = up
    };
    struct access_params p;
    access_defaults(&p);
    b.sim = sim_new(&(struct sim_opts){.seed = 1});
    b.net = net_new(b.sim, iface_table, IFACE_COUNT);
    b.net->link_cfg = link_cfg;
    b.net->link_cfg_user = &b;
    b.net->model = &b.epc;
    b.epc.net = b.net;
    b.epc.rrc = rrc_stack_new(b.net);
    b.enb = net_add_node(b.net, "eNB", KIND_ENB);
    b.enb->rx = rx;
    for (unsigned i = 0; i < PHONES; i++) {
        char name[16];
        g_snprintf(name, sizeof name, "UE-%u", i);
        b.phone[i] = net_add_node(b.net, name, KIND_UE);
        b.phone[i]->rx = rx;
    }
    if (radio) {
        b.epc.uu = uu_new(b.net, quality, NULL);
        uu_add_cell(b.epc.uu, b.enb, &p);
        b.cfg.carriage = &uu_carriage;
    }
    sim_after(b.sim, 0, 0, NULL, send, &b, 0);
    double t0 = cpu_seconds();
    sim_run(b.sim, SIM_NEVER);
    double seconds = cpu_seconds() - t0;
    net_free(b.net);
    rrc_stack_free(b.epc.rrc);
    if (radio)
        uu_free(b.epc.uu);
    sim_free(b.sim);
    return seconds * 1e9 / HOPS;
}

int main(void)
{
    for (int up = 0; up <= 1; up++) {
        run(false, up); /* not counted: the memory is new */
        double wire = run(false, up), radio = run(true, up);
        printf("{\"bench\":\"hop-uu-%s\",\"phones\":%d,\"bytes\":%d,\"wire_ns_per_hop\":%.1f,\"radio_ns_per_"
               "hop\":%.1f,"
               "\"added_ns_per_hop\":%.1f,\"what_is_a_hop\":\"a packet sent, its arrival, and the event that "
               "sends it\"}\n",
               up ? "up" : "down", PHONES, BYTES, wire, radio, radio - wire);
    }
    return 0;
}
