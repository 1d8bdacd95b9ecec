/* gateways.c - the script around the gateways (see gateways.h). */
#include "tests/flow/gateways.h"

#include <CUnit/CUnit.h>

#include <stdio.h>
#include <string.h>

static struct gw_world *now; /* receive functions of scripted nodes have no other way to it */

static const struct link_cfg *settings(void *user, uint16_t iface, const struct node *from, const struct node *to)
{
    static struct link_cfg cfg = {.up = true};
    (void)user;
    (void)iface;
    (void)from;
    (void)to;
    cfg.latency = dist_const(0);
    return &cfg;
}

static int index_of(const struct node *n)
{
    int i = 0;
    while (now->node[i] != n)
        i++;
    return i;
}

void gw_send_gtp(int from, int to, uint16_t iface, struct gtp_msg *m)
{
    gtp_seal(now->epc.gtp, m);
    node_send(now->node[from], now->node[to], iface, &m->m);
}

/* ---- the script ------------------------------------------------------------------------------ */

static void mme_takes_bearers(const struct gtp_msg *in)
{
    struct gtp_msg *out = gtp_answer(now->epc.gtp, GTP_create_bearer_rsp, in, now->sgw_teid);
    struct gtp_create_bearer_rsp *b = &out->body.create_bearer_rsp;

    b->cause = now->cause;
    b->bearers.n = in->body.create_bearer_req.bearers.n;
    for (unsigned i = 0; i < b->bearers.n; i++) {
        struct ie_bearer *item = &b->bearers.item[i];
        *item = (struct ie_bearer){.parts = BEARER_CAUSE, .cause = now->cause};
        if (now->cause != GTP_ACCEPTED)
            continue;
        item->ebi = now->next_ebi++;
        item->n_fteids = 2;
        item->fteid[0] = (struct ie_fteid){FTEID_S1U_ENB, ENB_TEID + item->ebi, epc_ip(now->node[ENB])};
        item->fteid[1] = in->body.create_bearer_req.bearers.item[i].fteid[0];
    }
    gw_send_gtp(MME, SGW, IFACE_S11, out);
}

static void mme_rx(const struct msg *m)
{
    const struct gtp_msg *in = (const struct gtp_msg *)m;
    struct gtp_msg *out;

    if (m->type == GTP_create_session_rsp && in->body.create_session_rsp.cause == GTP_ACCEPTED)
        now->sgw_teid = in->body.create_session_rsp.sender.teid;
    if (now->mute_mme)
        return;
    if (m->type == GTP_create_bearer_req)
        mme_takes_bearers(in);
    if (m->type == GTP_update_bearer_req) {
        out = gtp_answer(now->epc.gtp, GTP_update_bearer_rsp, in, now->sgw_teid);
        out->body.update_bearer_rsp.cause = now->cause;
        gw_send_gtp(MME, SGW, IFACE_S11, out);
    }
    if (m->type == GTP_delete_bearer_req) {
        out = gtp_answer(now->epc.gtp, GTP_delete_bearer_rsp, in, now->sgw_teid);
        out->body.delete_bearer_rsp.cause = GTP_ACCEPTED;
        gw_send_gtp(MME, SGW, IFACE_S11, out);
    }
    if (m->type == GTP_ddn) {
        out = gtp_answer(now->epc.gtp, GTP_ddn_ack, in, now->sgw_teid);
        out->body.ddn_ack.cause = now->cause;
        gw_send_gtp(MME, SGW, IFACE_S11, out);
    }
}

/* What the phone asks for it gets as a rule of its own, closed; what it gives up is removed. */
static void pcrf_grants(const struct dia_CCR *ccr, struct dia_CCA *cca)
{
    if (ccr->filter_operation == FILTERS_DELETION) {
        IE_PUT(cca, remove) = (struct ie_rule_names){.n = 1, .item = {{"ue", ccr->filters.rule}}};
        return;
    }
    struct ie_rule r = {.name = {"ue", ++now->ue_rules}, .flow_status = FLOW_DISABLED, .n = ccr->filters.n, .precedence = 10};
    r.qos = ccr->qos;
    r.qos.arp.level = 1;
    for (unsigned i = 0; i < r.n; i++)
        r.flow[i] = ccr->filters.item[i];
    IE_PUT(cca, install) = (struct ie_rules){.n = 1, .item = {r}};
}

static void pcrf_rx(const struct msg *m)
{
    const struct dia_msg *in = (const struct dia_msg *)m;

    if (m->type != DIA_CCR || now->mute_pcrf)
        return;
    struct dia_msg *out = dia_answer(now->epc.dia, DIA_CCA, in, now->cca_result);
    now->gx = (uint32_t)in->session;
    out->body.CCA.type = in->body.CCR.type;
    out->body.CCA.number = in->body.CCR.number;
    if (in->body.CCR.type == CC_INITIAL) {
        IE_PUT(&out->body.CCA, default_qos) = (struct ie_qos){.qci = 5, .arp = {.level = 2}};
        IE_PUT(&out->body.CCA, events) = now->triggers;
    }
    if (IE_HAS(&in->body.CCR, filter_operation) && now->cca_result == DIA_SUCCESS)
        pcrf_grants(&in->body.CCR, &out->body.CCA);
    out->origin = now->host[PCRF];
    out->realm = now->realm;
    dia_seal(now->epc.dia, out);
    node_send(now->node[PCRF], now->node[PGW], IFACE_GX, &out->m);
}

static void rx(struct node *n, struct msg *m, struct node *from, uint16_t iface)
{
    int i = index_of(n);
    const char *name = now->net->protos[m->proto]->type_name(m->type);

    g_string_append_printf(now->flow, "%s > %s: %s\n", from->name, n->name, name);
    if (now->last[i])
        msg_unref(now->net, now->last[i]);
    now->last[i] = msg_ref(m);
    if (now->real[i])
        now->real[i](n, m, from, iface);
    else if (i == MME)
        mme_rx(m);
    else if (i == PCRF)
        pcrf_rx(m);
}

/* ---- the world ------------------------------------------------------------------------------- */

static void make_nodes(struct gw_world *w)
{
    static const struct {
        const char *name, *host;
        uint32_t kind;
    } nodes[NODES] = {
        {"MME",    "mme.test",   KIND_MME   },
        {"eNB",    "enb.test",   KIND_ENB   },
        {"S-GW",   "sgw.test",   KIND_SGW   },
        {"P-GW",   "pgw.test",   KIND_PGW   },
        {"PCRF",   "pcrf.test",  KIND_PCRF  },
        {"P-CSCF", "pcscf.test", KIND_P_CSCF},
    };
    for (int i = 0; i < NODES; i++) {
        w->node[i] = net_add_node(w->net, nodes[i].name, nodes[i].kind);
        w->host[i] = sip_add_host(w->epc.sip, nodes[i].host, w->node[i]);
    }
}

struct gw_world *gw_world_new(void)
{
    struct gw_world *w = g_new0(struct gw_world, 1);

    now = w;
    for (int i = 0; i < TIMER_COUNT; i++)
        w->timer[i] = -1;
    timers_resolve(w->timer);
    w->sim = sim_new(&(struct sim_opts){.seed = 1});
    w->net = net_new(w->sim, iface_table, IFACE_COUNT);
    w->net->link_cfg = settings;
    w->epc = (struct epc){.net = w->net, .sip = sip_stack_new(w->net, w->timer), .timer = w->timer};
    w->epc.gtp = gtp_stack_new(w->net);
    w->epc.dia = dia_stack_new(w->net, w->epc.sip);
    w->realm = sip_add_host(w->epc.sip, "test", NULL);
    sip_add_party(w->epc.sip, &(struct sip_party){.user = "alice", .domain = w->realm, .address = "10.200.0.7"});
    sip_add_party(w->epc.sip, &(struct sip_party){.user = "bob", .domain = w->realm, .address = "10.200.0.8"});
    make_nodes(w);
    sgw_new(&w->epc, w->node[SGW], &(struct sgw_cfg){.buffer = 4});
    pgw_new(&w->epc, w->node[PGW],
            &(struct pgw_cfg){.pcrf = w->node[PCRF], .p_cscf = {epc_ip(w->node[P_CSCF])}, .n_p_cscf = 1,
                              .host = w->host[PGW], .domain = w->realm, .pcrf_domain = w->realm});
    for (int i = 0; i < NODES; i++) {
        w->real[i] = w->node[i]->rx;
        w->node[i]->rx = rx;
    }
    w->flow = g_string_new("");
    w->cause = GTP_ACCEPTED;
    w->next_ebi = 6;
    w->cca_result = DIA_SUCCESS;
    return w;
}

void gw_world_free(struct gw_world *w)
{
    for (int i = 0; i < NODES; i++)
        if (w->last[i])
            msg_unref(w->net, w->last[i]);
    sgw_free(w->node[SGW]);
    pgw_free(w->node[PGW]);
    for (int k = 0; k < IE_CLASSES; k++) {
        CU_ASSERT_EQUAL(slab_count(&w->epc.gtp->ie.slabs[k]), 0);
        CU_ASSERT_EQUAL(slab_count(&w->epc.dia->ie.slabs[k]), 0);
    }
    net_free(w->net);
    gtp_stack_free(w->epc.gtp);
    dia_stack_free(w->epc.dia);
    sip_stack_free(w->epc.sip);
    sim_free(w->sim);
    g_string_free(w->flow, TRUE);
    g_free(w);
}

static void expect(struct gw_world *w, const char *flow)
{
    CU_ASSERT_STRING_EQUAL(w->flow->str, flow);
    if (strcmp(w->flow->str, flow) != 0)
        printf("\nexpected:\n%sis:\n%s", flow, w->flow->str);
    g_string_truncate(w->flow, 0);
}

void gw_expect_flow(struct gw_world *w, const char *flow)
{
    sim_run(w->sim, SIM_NEVER - 1);
    expect(w, flow);
}

void gw_expect_now(struct gw_world *w, const char *flow)
{
    sim_run(w->sim, w->sim->now);
    expect(w, flow);
}

void gw_forget_flow(struct gw_world *w)
{
    sim_run(w->sim, SIM_NEVER - 1);
    g_string_truncate(w->flow, 0);
}

/* ---- what the MME and the PCRF begin --------------------------------------------------------- */

struct gtp_msg *gw_create_session(struct gw_world *w, uint64_t imsi, uint8_t ebi, const char *apn)
{
    struct gtp_msg *m = gtp_new(w->epc.gtp, GTP_create_session_req);
    struct gtp_create_session_req *b = &m->body.create_session_req;

    m->seq = ++w->seq;
    IE_PUT(b, imsi) = imsi;
    b->rat_type = RAT_EUTRAN;
    b->sender = (struct ie_fteid){FTEID_S11_MME, MME_TEID, epc_ip(w->node[MME])};
    IE_PUT(b, pgw) = (struct ie_fteid){FTEID_S5C_PGW, 0, epc_ip(w->node[PGW])};
    b->apn = apn;
    IE_PUT(b, ambr) = (struct ie_ambr){1000, 2000};
    IE_PUT(b, pco) = (struct ie_pco){.flags = PCO_P_CSCF};
    b->bearers.n = 1;
    b->bearers.item[0] =
        (struct ie_bearer){.ebi = ebi, .parts = BEARER_QOS, .qos = {.qci = 9, .arp = {.level = 8}}};
    return m;
}

void gw_attach(struct gw_world *w)
{
    gw_send_gtp(MME, SGW, IFACE_S11, gw_create_session(w, epc_imsi(0), 5, "ims"));
    sim_run(w->sim, SIM_NEVER - 1);
}

void gw_modify_bearer(struct gw_world *w, uint32_t teid, uint8_t ebi)
{
    struct gtp_msg *m = gtp_new(w->epc.gtp, GTP_modify_bearer_req);
    struct gtp_modify_bearer_req *b = &m->body.modify_bearer_req;

    m->seq = ++w->seq;
    m->teid = teid;
    IE_PUT(b, bearers).n = 1;
    b->bearers.item[0] = (struct ie_bearer){
        .ebi = ebi, .n_fteids = 1, .fteid = {{FTEID_S1U_ENB, ENB_TEID + ebi, epc_ip(w->node[ENB])}}};
    gw_send_gtp(MME, SGW, IFACE_S11, m);
}

void gw_delete_session(struct gw_world *w, uint32_t teid, uint8_t ebi)
{
    struct gtp_msg *m = gtp_new(w->epc.gtp, GTP_delete_session_req);

    m->seq = ++w->seq;
    m->teid = teid;
    IE_PUT(&m->body.delete_session_req, linked_ebi) = ebi;
    gw_send_gtp(MME, SGW, IFACE_S11, m);
}

struct ie_rule gw_media(uint32_t serial, uint8_t qci, uint16_t port, uint32_t rate)
{
    struct ie_rule r = {.name = {"voice", serial},
                        .flow_status = FLOW_ENABLED,
                        .n = 2,
                        .precedence = 10,
                        .qos = {qci, {.level = 1}, rate, rate, rate, rate}};
    r.flow[0] = (struct ie_filter){.direction = FILTER_DOWNLINK, .protocol = 17, .remote = 0x01020304,
                                   .remote_port = 5000, .local_port = port};
    r.flow[1] = r.flow[0];
    r.flow[1].direction = FILTER_UPLINK;
    return r;
}

static struct dia_GX_RAR *rar(struct gw_world *w, struct dia_msg **out)
{
    struct dia_msg *m = dia_new(w->epc.dia, DIA_GX_RAR);
    m->session = w->gx;
    m->owner = w->host[PGW] + 1;
    m->origin = w->host[PCRF];
    m->realm = m->to_realm = w->realm;
    *out = m;
    return &m->body.GX_RAR;
}

static void send_rar(struct gw_world *w, struct dia_msg *m)
{
    dia_seal(w->epc.dia, m);
    node_send(w->node[PCRF], w->node[PGW], IFACE_GX, &m->m);
}

void gw_install(struct gw_world *w, unsigned n, const struct ie_rule *rule)
{
    struct dia_msg *m;
    struct dia_GX_RAR *b = rar(w, &m);

    IE_PUT(b, install).n = (uint8_t)n;
    for (unsigned i = 0; i < n; i++)
        b->install.item[i] = rule[i];
    send_rar(w, m);
}

void gw_remove_rules(struct gw_world *w, uint32_t first, uint32_t last)
{
    struct dia_msg *m;
    struct dia_GX_RAR *b = rar(w, &m);

    IE_SET(b, remove);
    for (uint32_t serial = first; serial <= last; serial++)
        b->remove.item[b->remove.n++] = (struct ie_rule_name){"voice", serial};
    send_rar(w, m);
}

uint32_t gw_phone(const struct gw_world *w)
{
    return epc_ue_ip(&w->epc, 0);
}

void gw_lose(struct gw_world *w, int type, int iface, unsigned nth, unsigned count)
{
    struct fault f = {.kind = FAULT_DROP, .proto = w->epc.gtp->ie.proto, .type = type, .twin = -1, .iface = iface, .nth = nth,
                      .count = count};
    g_array_append_val(w->net->faults, f);
}

struct gtp_msg *gw_packet(struct gw_world *w, uint32_t teid, struct ie_packet around)
{
    struct gtp_msg *m = gtp_new(w->epc.gtp, GTP_g_pdu), *inner = gtp_new(w->epc.gtp, GTP_delete_session_rsp);

    gtp_seal(w->epc.gtp, inner); /* any message will do for what it carries */
    m->teid = teid;
    m->body.g_pdu.packet = around;
    m->body.g_pdu.inner = &inner->m;
    return m;
}
