/* test_as.c - an application server and the S-CSCF next to it, which a test plays. */
#include "models/as/as.h"
#include "models/names.h"

#include <CUnit/CUnit.h>
#include <glib.h>
#include <string.h>

#define HOP     (1 * SIM_MS) /* latency of ISC */
#define MAX_GOT 16

struct rig {
    struct sip_endpoint endpoint; /* of the S-CSCF, first: node->ops */
    struct sim *sim;
    struct net *net;
    struct sip_stack *sip;
    struct as_world *ases;
    struct node *as, *s_cscf;
    uint32_t alice, bob;
    struct sip_uri as_uri, odi, core;
    struct sip_msg *request[MAX_GOT]; /* that the S-CSCF got, and their server transactions */
    uint64_t st[MAX_GOT];
    struct sip_msg *response[MAX_GOT];
    unsigned requests, responses, cancels, timeouts;
    sim_time heard; /* when the last of them came */
};

static struct rig *rig_of(const struct node *n)
{
    return n->self;
}

static void got_request(struct node *n, uint64_t st, struct sip_msg *m, struct node *from, uint16_t iface)
{
    struct rig *r = rig_of(n);
    CU_ASSERT_PTR_EQUAL(from, r->as);
    CU_ASSERT_EQUAL(iface, IFACE_ISC);
    r->st[r->requests] = st;
    r->request[r->requests++] = msg_ref(m);
    r->heard = n->sim->now;
}

static void got_response(struct node *n, uint64_t ct, uint64_t user, struct sip_msg *m)
{
    struct rig *r = rig_of(n);
    (void)ct;
    (void)user;
    if (m->status == 100 || m->method == SIP_CANCEL)
        return;
    r->response[r->responses++] = msg_ref(m);
    r->heard = n->sim->now;
}

static void got_timeout(struct node *n, uint64_t ct, uint64_t user, enum sip_method method)
{
    (void)ct;
    (void)user;
    (void)method;
    rig_of(n)->timeouts++;
}

static void got_cancel(struct node *n, uint64_t st, uint64_t user, struct sip_msg *m)
{
    (void)st;
    (void)user;
    (void)m;
    rig_of(n)->cancels++;
}

static const struct sip_tu_ops tu = {.request = got_request, .response = got_response, .timeout = got_timeout, .cancel = got_cancel};

static void rx(struct node *n, struct msg *m, struct node *from, uint16_t iface)
{
    sip_rx(rig_of(n)->sip, n, (struct sip_msg *)(void *)m, from, iface);
}

static const struct link_cfg *link_of(void *user, uint16_t iface, const struct node *from, const struct node *to)
{
    static struct link_cfg cfg;
    (void)user;
    (void)iface;
    (void)from;
    (void)to;
    cfg = (struct link_cfg){.latency = dist_const(HOP), .up = true};
    return &cfg;
}

static struct rig *rig_new(bool record_route, sim_time timer_c)
{
    struct rig *r = g_new0(struct rig, 1);
    sim_time timers[TIMER_COUNT];
    for (unsigned i = 0; i < TIMER_COUNT; i++)
        timers[i] = -1;
    timers[TIMER_SIP_CORE_C] = timer_c;
    timers_resolve(timers);
    r->sim = sim_new(&(struct sim_opts){.seed = 1});
    r->net = net_new(r->sim, iface_table, IFACE_COUNT);
    r->net->link_cfg = link_of;
    r->sip = sip_stack_new(r->net, timers);
    r->ases = as_world_new(r->sip);
    r->as = net_add_node(r->net, "AS1", KIND_AS);
    r->s_cscf = net_add_node(r->net, "S-CSCF1", KIND_S_CSCF);
    uint32_t as_host = sip_add_host(r->sip, "as1.home1.net", r->as), s_host = sip_add_host(r->sip, "scscf1.home1.net", r->s_cscf);
    uint32_t home = sip_add_host(r->sip, "home1.net", NULL);
    as_new(r->ases, r->as, &(struct as_cfg){.host = as_host, .record_route = record_route});
    r->alice = sip_add_party(r->sip, &(struct sip_party){.user = "alice", .domain = home, .address = "10.1.0.1", .port = 5060});
    r->bob = sip_add_party(r->sip, &(struct sip_party){.user = "bob", .domain = home, .address = "10.1.0.2", .port = 5060});
    r->as_uri = (struct sip_uri){.kind = SIP_URI_HOST, .flags = SIP_LR, .id = as_host};
    r->core = (struct sip_uri){.kind = SIP_URI_HOST, .flags = SIP_LR, .id = s_host};
    r->odi = (struct sip_uri){.kind = SIP_URI_ODI, .flags = SIP_LR, .port = (uint16_t)s_host, .id = 1};
    r->endpoint.tu = &tu;
    r->endpoint.address[0] = (struct sip_uri){.kind = SIP_URI_HOST, .id = s_host};
    r->s_cscf->self = r;
    r->s_cscf->ops = &r->endpoint;
    r->s_cscf->rx = rx;
    return r;
}

/* Runs to the end, and nothing may be left. */
static void rig_free(struct rig *r)
{
    sim_run(r->sim, SIM_NEVER);
    for (unsigned i = 0; i < r->requests; i++)
        msg_unref(r->net, &r->request[i]->m);
    for (unsigned i = 0; i < r->responses; i++)
        msg_unref(r->net, &r->response[i]->m);
    CU_ASSERT_EQUAL(as_pending(r->ases), 0);
    CU_ASSERT_EQUAL(sip_txn_count(r->sip), 0);
    CU_ASSERT_EQUAL(slab_count(&r->sip->msgs), 0);
    CU_ASSERT_EQUAL(slab_count(&r->sip->vias), 0);
    CU_ASSERT_EQUAL(slab_count(&r->sip->colds), 0);
    as_world_free(r->ases);
    net_free(r->net);
    sip_stack_free(r->sip);
    sim_free(r->sim);
    g_free(r);
}

static void run_for(struct rig *r, sim_time t)
{
    sim_run(r->sim, r->sim->now + t);
}

static struct sip_msg *new_request(struct rig *r, enum sip_method method, uint64_t to_tag)
{
    struct sip_msg *m = sip_request(r->sip, method);
    m->from = (struct sip_uri){.kind = SIP_URI_IDENTITY, .id = r->alice};
    m->ruri = m->to = (struct sip_uri){.kind = SIP_URI_IDENTITY, .id = r->bob};
    m->from_tag = 7;
    m->to_tag = to_tag;
    m->call_id = 77;
    m->cseq = 1;
    return m;
}

/* A request as an S-CSCF sends it to the AS, with the way back in the Route. Returns its client transaction. */
static uint64_t send_to_as(struct rig *r, enum sip_method method, uint64_t to_tag)
{
    struct sip_msg *m = new_request(r, method, to_tag);
    sip_push_route(r->sip, m, to_tag ? r->core : r->odi);
    sip_push_route(r->sip, m, r->as_uri);
    return sip_send_request(r->sip, r->s_cscf, r->as, IFACE_ISC, m, 1);
}

/* The answer of what comes behind the S-CSCF, to the request it got last. */
static void answer(struct rig *r, uint16_t status)
{
    struct sip_msg *m = sip_response(r->sip, r->request[r->requests - 1], status);
    m->to_tag = status == 100 ? 0 : 9;
    CU_ASSERT_TRUE(sip_send_response(r->sip, r->st[r->requests - 1], m));
    run_for(r, 4 * HOP);
}

static uint16_t last_status(const struct rig *r)
{
    return r->responses ? r->response[r->responses - 1]->status : 0;
}

/* The next `count` messages of this name from this node are lost. */
static void lose(struct rig *r, const char *message, const struct node *from, uint32_t count)
{
    struct fault f = {.kind = FAULT_DROP, .twin = -1, .iface = -1, .from = from, .nth = 1, .count = count};
    CU_ASSERT_TRUE(net_find_type(r->net, message, &f.proto, &f.type));
    g_array_append_val(r->net->faults, f);
}

/* ---- third-party registration --------------------------------------------------------------------------- */

static void send_register(struct rig *r, struct sip_uri to, int64_t expires)
{
    struct sip_msg *m = new_request(r, SIP_REGISTER, 0);
    m->ruri = r->as_uri;
    m->from = m->contact = r->core;
    m->to = to;
    if (expires >= 0) {
        struct sip_cold *c = sip_cold_edit(r->sip, m);
        c->has_expires = true;
        c->expires = (uint32_t)expires;
    }
    sip_send_request(r->sip, r->s_cscf, r->as, IFACE_ISC, m, 1);
    run_for(r, 3 * HOP);
}

void test_as_third_party_registration(void)
{
    struct rig *r = rig_new(true, -1);
    struct sip_uri alice = {.kind = SIP_URI_IDENTITY, .id = r->alice}, bob = {.kind = SIP_URI_IDENTITY, .id = r->bob};
    send_register(r, alice, 600);
    CU_ASSERT_EQUAL(last_status(r), 200);
    CU_ASSERT_EQUAL(sip_expires(r->response[0]), 600);
    CU_ASSERT_TRUE(r->response[0]->to_tag != 0);
    CU_ASSERT_EQUAL(as_registered_until(r->as, r->alice), HOP + 600 * SIM_S);
    CU_ASSERT_EQUAL(as_registered_until(r->as, r->bob), 0);
    send_register(r, bob, 30);
    CU_ASSERT_EQUAL(as_registered_count(r->as), 2);
    /* Refreshed, it lasts longer; what is not is over without anybody saying so. */
    sim_run(r->sim, 20 * SIM_S);
    send_register(r, alice, 100);
    CU_ASSERT_EQUAL(as_registered_count(r->as), 2);
    CU_ASSERT_EQUAL(as_registered_until(r->as, r->alice), 120 * SIM_S + HOP);
    sim_run(r->sim, 30 * SIM_S + 3 * HOP + HOP - 1); /* bob's came one hop after 3 hops */
    CU_ASSERT_EQUAL(as_registered_count(r->as), 2);
    sim_run(r->sim, 30 * SIM_S + 3 * HOP + HOP);
    CU_ASSERT_EQUAL(as_registered_count(r->as), 1);
    CU_ASSERT_EQUAL(as_registered_until(r->as, r->bob), 0);
    send_register(r, bob, 1000);
    CU_ASSERT_EQUAL(as_registered_count(r->as), 2);
    rig_free(r);
}

void test_as_third_party_deregistration(void)
{
    struct rig *r = rig_new(true, -1);
    struct sip_uri alice = {.kind = SIP_URI_IDENTITY, .id = r->alice}, bob = {.kind = SIP_URI_IDENTITY, .id = r->bob};
    send_register(r, alice, 600);
    send_register(r, bob, 600);
    send_register(r, alice, 0);
    CU_ASSERT_EQUAL(last_status(r), 200);
    CU_ASSERT_EQUAL(sip_expires(r->response[2]), 0);
    CU_ASSERT_EQUAL(r->response[2]->contact.kind, SIP_URI_NONE);
    CU_ASSERT_EQUAL(as_registered_until(r->as, r->alice), 0);
    CU_ASSERT_EQUAL(as_registered_count(r->as), 1);
    send_register(r, alice, 0); /* who is not there leaves once more */
    CU_ASSERT_EQUAL(last_status(r), 200);
    CU_ASSERT_EQUAL(as_registered_count(r->as), 1);
    rig_free(r);
}

void test_as_bad_register(void)
{
    struct rig *r = rig_new(true, -1);
    send_register(r, (struct sip_uri){.kind = SIP_URI_IDENTITY, .id = r->alice}, -1);
    CU_ASSERT_EQUAL(last_status(r), 400);
    send_register(r, r->as_uri, 600);
    CU_ASSERT_EQUAL(last_status(r), 400);
    send_register(r, r->as_uri, 0);
    CU_ASSERT_EQUAL(last_status(r), 400);
    CU_ASSERT_EQUAL(as_registered_count(r->as), 0);
    rig_free(r);
}

/* ---- in the path of a call --------------------------------------------------------------------------------- */

static void check_passed_on(const struct rig *r, const struct sip_msg *m, bool recorded)
{
    CU_ASSERT_TRUE_FATAL(m->route != NULL);
    CU_ASSERT_TRUE(sip_uri_equal(m->route->uri, r->odi));
    CU_ASSERT_PTR_NULL(m->route->next);
    CU_ASSERT_EQUAL(m->max_forwards, 69);
    CU_ASSERT_TRUE(m->via->next && !m->via->next->next);
    CU_ASSERT_EQUAL(m->record_route != NULL, recorded);
    if (recorded)
        CU_ASSERT_TRUE(sip_uri_equal(m->record_route->uri, r->as_uri));
}

void test_as_forwards(void)
{
    for (int recorded = 0; recorded < 2; recorded++) {
        struct rig *r = rig_new(recorded, -1);
        send_to_as(r, SIP_INVITE, 0);
        run_for(r, 3 * HOP);
        CU_ASSERT_EQUAL_FATAL(r->requests, 1);
        CU_ASSERT_EQUAL(r->heard, 2 * HOP);
        check_passed_on(r, r->request[0], recorded);
        answer(r, 180);
        CU_ASSERT_EQUAL(last_status(r), 180);
        CU_ASSERT_PTR_NULL(r->response[0]->via->next);
        answer(r, 200);
        CU_ASSERT_EQUAL(last_status(r), 200);
        CU_ASSERT_EQUAL(as_pending(r->ases), 0);
        rig_free(r);
    }
}

void test_as_forwards_in_dialog(void)
{
    struct rig *r = rig_new(true, -1);
    send_to_as(r, SIP_BYE, 9);
    run_for(r, 3 * HOP);
    CU_ASSERT_EQUAL_FATAL(r->requests, 1);
    CU_ASSERT_TRUE(sip_uri_equal(r->request[0]->route->uri, r->core));
    CU_ASSERT_PTR_NULL(r->request[0]->record_route);
    answer(r, 200);
    CU_ASSERT_EQUAL(last_status(r), 200);
    struct sip_msg *ack = new_request(r, SIP_ACK, 9);
    sip_push_route(r->sip, ack, r->core);
    sip_push_route(r->sip, ack, r->as_uri);
    sip_send_ack(r->sip, r->s_cscf, r->as, IFACE_ISC, ack);
    run_for(r, 3 * HOP);
    CU_ASSERT_EQUAL_FATAL(r->requests, 2);
    CU_ASSERT_EQUAL(r->request[1]->method, SIP_ACK);
    CU_ASSERT_EQUAL(r->request[1]->max_forwards, 69);
    /* An ACK that leads nowhere is dropped. */
    ack = new_request(r, SIP_ACK, 9);
    sip_push_route(r->sip, ack, r->as_uri);
    sip_send_ack(r->sip, r->s_cscf, r->as, IFACE_ISC, ack);
    run_for(r, 3 * HOP);
    CU_ASSERT_EQUAL(r->requests, 2);
    rig_free(r);
}

/* No way back in the Route, or too many hops. */
void test_as_refuses(void)
{
    struct rig *r = rig_new(true, -1);
    struct sip_msg *m = new_request(r, SIP_MESSAGE, 0);
    sip_push_route(r->sip, m, r->as_uri);
    sip_send_request(r->sip, r->s_cscf, r->as, IFACE_ISC, m, 1);
    run_for(r, 3 * HOP);
    CU_ASSERT_EQUAL(last_status(r), 404);
    m = new_request(r, SIP_INVITE, 0);
    m->max_forwards = 0;
    sip_push_route(r->sip, m, r->odi);
    sip_push_route(r->sip, m, r->as_uri);
    sip_send_request(r->sip, r->s_cscf, r->as, IFACE_ISC, m, 1);
    run_for(r, 3 * HOP);
    CU_ASSERT_EQUAL(last_status(r), 483);
    CU_ASSERT_EQUAL(r->requests, 0);
    rig_free(r);
}

void test_as_repeated_2xx(void)
{
    struct rig *r = rig_new(true, -1);
    send_to_as(r, SIP_INVITE, 0);
    run_for(r, 3 * HOP);
    answer(r, 200);
    CU_ASSERT_EQUAL(r->responses, 1);
    answer(r, 200);
    CU_ASSERT_EQUAL(r->responses, 2);
    CU_ASSERT_EQUAL(last_status(r), 200);
    rig_free(r);
}

/* ---- cancel and time-outs ------------------------------------------------------------------------------------ */

/* The AS has heard a 100, or nothing, when the CANCEL comes; it cancels when it may (RFC 3261 9.1). */
void test_as_cancel(void)
{
    for (int heard = 0; heard < 2; heard++) {
        struct rig *r = rig_new(true, -1);
        uint64_t ct = send_to_as(r, SIP_INVITE, 0);
        run_for(r, 3 * HOP);
        if (heard)
            answer(r, 100);
        sip_send_cancel(r->sip, ct, 0);
        run_for(r, 4 * HOP);
        CU_ASSERT_EQUAL(r->cancels, (unsigned)heard);
        if (!heard)
            answer(r, 180);
        CU_ASSERT_EQUAL(r->cancels, 1);
        answer(r, 487);
        CU_ASSERT_EQUAL(last_status(r), 487);
        rig_free(r);
    }
}

void test_as_hears_nothing(void)
{
    struct rig *r = rig_new(true, -1);
    lose(r, "INVITE", r->as, 100);
    lose(r, "MESSAGE", r->as, 100);
    send_to_as(r, SIP_INVITE, 0);
    run_for(r, 40 * SIM_S);
    CU_ASSERT_EQUAL(last_status(r), 408);
    CU_ASSERT_EQUAL(r->heard, 32 * SIM_S + 2 * HOP); /* timer B */
    send_to_as(r, SIP_MESSAGE, 0);
    run_for(r, 40 * SIM_S);
    CU_ASSERT_EQUAL(r->responses, 1); /* RFC 4320 4.2: silence */
    CU_ASSERT_EQUAL(r->timeouts, 1);
    CU_ASSERT_EQUAL(as_pending(r->ases), 0);
    rig_free(r);
}

/* The INVITE was cancelled and its final response never comes (RFC 3261 9.1). */
void test_as_cancelled_for_good(void)
{
    struct rig *r = rig_new(true, -1);
    uint64_t ct = send_to_as(r, SIP_INVITE, 0);
    run_for(r, 3 * HOP);
    answer(r, 100);
    sip_send_cancel(r->sip, ct, 0);
    run_for(r, 31 * SIM_S);
    CU_ASSERT_EQUAL(r->cancels, 1);
    CU_ASSERT_EQUAL(as_pending(r->ases), 1);
    run_for(r, 2 * SIM_S);
    CU_ASSERT_EQUAL(as_pending(r->ases), 0);
    answer(r, 487); /* much too late */
    rig_free(r);
}

/* Timer C ends an INVITE of which nothing was heard, and cancels one that is under way; 101-199 restart it. */
void test_as_timer_c(void)
{
    struct rig *r = rig_new(true, 10 * SIM_S);
    lose(r, "INVITE", r->as, 100);
    send_to_as(r, SIP_INVITE, 0);
    run_for(r, 11 * SIM_S);
    CU_ASSERT_EQUAL(last_status(r), 408);
    CU_ASSERT_EQUAL(r->heard, 10 * SIM_S + 2 * HOP);
    rig_free(r);
    r = rig_new(true, 10 * SIM_S);
    send_to_as(r, SIP_INVITE, 0);
    run_for(r, 5 * SIM_S);
    answer(r, 180);
    answer(r, 180);
    CU_ASSERT_EQUAL(r->responses, 2);
    run_for(r, 9 * SIM_S);
    CU_ASSERT_EQUAL(r->cancels, 0);
    run_for(r, 2 * SIM_S);
    CU_ASSERT_EQUAL(r->cancels, 1);
    answer(r, 487);
    CU_ASSERT_EQUAL(last_status(r), 487);
    rig_free(r);
}
