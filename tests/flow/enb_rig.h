/* enb_rig.h - the eNB between a scripted phone, MME and S-GW.
 *
 * Each test tells a flow: what a peer sends, then what the others have received by the time that all is
 * quiet, line by line. Links take 1 ms. The eNB waits 10 s for a peer. */
#ifndef TESTS_FLOW_ENB_RIG_H
#define TESTS_FLOW_ENB_RIG_H

#include "models/enb/enb.h"

#include <CUnit/CUnit.h>

#include <stdio.h>
#include <string.h>

#define MME_ID 0x777

struct world {
    struct sim *sim;
    struct net *net;
    struct epc epc;
    struct node *enb, *ue, *mme, *sgw;
    struct link_cfg link;
    sim_time timer[TIMER_COUNT];
    struct idmap listeners;
    GString *log;        /* what the peers have received since the last look */
    GPtrArray *received; /* struct msg *: all of it, referenced */
    GArray *flows;       /* sim_flow of each */
};

static inline const struct link_cfg *link_cfg(void *user, uint16_t iface, const struct node *from,
                                       const struct node *to)
{
    (void)iface;
    (void)from;
    (void)to;
    return &((struct world *)user)->link;
}

static inline void rx(struct node *n, struct msg *m, struct node *from, uint16_t iface)
{
    struct world *w = n->self;
    GString *detail = g_string_new(NULL);

    (void)iface;
    CU_ASSERT_PTR_EQUAL(from, w->enb);
    ie_detail(w->net, m, detail);
    g_string_append_printf(w->log, "%s: %s%s%s\n", n->name, w->net->protos[m->proto]->type_name(m->type),
                           detail->len ? " " : "", detail->str);
    g_string_free(detail, TRUE);
    g_ptr_array_add(w->received, msg_ref(m));
    g_array_append_val(w->flows, w->sim->flow);
}

static inline struct node *peer(struct world *w, const char *name, uint32_t kind)
{
    struct node *n = net_add_node(w->net, name, kind);
    n->rx = rx;
    n->self = w;
    return n;
}

/* With what is not usual about the eNB. */
static inline struct world *world_new_as(struct enb_cfg cfg)
{
    struct world *w = g_new0(struct world, 1);

    w->sim = sim_new(&(struct sim_opts){.seed = 1});
    w->net = net_new(w->sim, iface_table, IFACE_COUNT);
    w->link = (struct link_cfg){.latency = dist_const(1 * SIM_MS), .transport = TRANSPORT_SCTP, .up = true};
    w->net->link_cfg = link_cfg;
    w->net->link_cfg_user = w;
    w->epc = (struct epc){.net = w->net, .timer = w->timer};
    w->epc.gtp = gtp_stack_new(w->net);
    w->epc.nas = nas_stack_new(w->net);
    w->epc.s1ap = s1ap_stack_new(w->net);
    w->epc.rrc = rrc_stack_new(w->net);
    w->log = g_string_new(NULL);
    w->received = g_ptr_array_new();
    w->flows = g_array_new(FALSE, FALSE, sizeof(sim_flow));
    w->ue = peer(w, "UE", KIND_UE);
    w->mme = peer(w, "MME", KIND_MME);
    w->sgw = peer(w, "S-GW", KIND_SGW);
    w->enb = net_add_node(w->net, "eNB", KIND_ENB);
    idmap_init(&w->listeners);
    w->epc.listeners = &w->listeners;
    cfg.mme = w->mme;
    cfg.tai = (struct ie_tai){.plmn = epc_plmn(), .tac = 5};
    cfg.ecgi = (struct ie_ecgi){.plmn = epc_plmn(), .eci = 0x101};
    enb_new(&w->epc, w->enb, &cfg);
    return w;
}

static inline struct world *world_new(void)
{
    return world_new_as((struct enb_cfg){.guard = 0});
}

static inline uint32_t live(const struct ie_stack *s)
{
    uint32_t n = 0;
    for (int k = 0; k < IE_CLASSES; k++)
        n += slab_count(&s->slabs[k]);
    return n;
}

/* Frees all. No message is left, and what was sent has arrived. */
static inline void world_free(struct world *w)
{
    CU_ASSERT_EQUAL(w->log->len, 0);
    CU_ASSERT_EQUAL(w->net->sent, w->net->delivered);
    enb_free(w->enb);
    idmap_clear(&w->listeners);
    for (guint i = 0; i < w->received->len; i++)
        msg_unref(w->net, g_ptr_array_index(w->received, i));
    CU_ASSERT_EQUAL(live(&w->epc.rrc->ie) + live(&w->epc.s1ap->ie), 0);
    CU_ASSERT_EQUAL(live(&w->epc.gtp->ie) + live(&w->epc.nas->ie), 0);
    g_ptr_array_free(w->received, TRUE);
    g_array_free(w->flows, TRUE);
    g_string_free(w->log, TRUE);
    net_free(w->net);
    gtp_stack_free(w->epc.gtp);
    nas_stack_free(w->epc.nas);
    s1ap_stack_free(w->epc.s1ap);
    rrc_stack_free(w->epc.rrc);
    sim_free(w->sim);
    g_free(w);
}

/* After this time the peers have received exactly this. */
static inline void expect_after(struct world *w, sim_time time, const char *lines)
{
    sim_run(w->sim, w->sim->now + time);
    CU_ASSERT_STRING_EQUAL(w->log->str, lines);
    if (strcmp(w->log->str, lines) != 0)
        fprintf(stderr, "received:\n%sinstead of:\n%s", w->log->str, lines);
    g_string_truncate(w->log, 0);
}

static inline void expect(struct world *w, const char *lines)
{
    expect_after(w, 100 * SIM_MS, lines);
}

/* The newest message of this type that a peer has received. */
static inline const void *last(const struct world *w, const struct ie_stack *stack, uint16_t type)
{
    for (guint i = w->received->len; i-- > 0;) {
        const struct msg *m = g_ptr_array_index(w->received, i);
        if (m->proto == stack->proto && m->type == type)
            return m;
    }
    CU_FAIL_FATAL("no such message");
    return NULL;
}
#define LAST_S1AP(w, type) s1ap_body((const struct s1ap_msg *)last(w, &(w)->epc.s1ap->ie, S1AP_##type), type)
#define LAST_RRC(w, type)  rrc_body((const struct rrc_msg *)last(w, &(w)->epc.rrc->ie, RRC_##type), type)

/* ---- what the peers say ------------------------------------------------------------------------------- */

static inline struct msg *nas(struct world *w, enum nas_type type)
{
    struct nas_msg *m = nas_new(w->epc.nas, type);
    if (type == NAS_deactivate_request)
        nas_body(m, deactivate_request)->cause = ESM_REGULAR_DEACTIVATION;
    nas_seal(w->epc.nas, m);
    return &m->m;
}

static inline void ue_sends(struct world *w, struct rrc_msg *m)
{
    rrc_seal(w->epc.rrc, m);
    node_send(w->ue, w->enb, IFACE_UU, &m->m);
}

/* A message without contents. */
static inline void ue_says(struct world *w, enum rrc_type type)
{
    ue_sends(w, rrc_new(w->epc.rrc, type));
}

static inline void ue_requests_connection(struct world *w)
{
    struct rrc_msg *m = rrc_new(w->epc.rrc, RRC_connection_request);
    struct rrc_connection_request *b = rrc_body(m, connection_request);
    b->cause = RRC_MO_SIGNALLING;
    IE_PUT(b, s_tmsi) = (struct ie_s_tmsi){.mme_code = 3, .m_tmsi = 0xabc};
    ue_sends(w, m);
}

static inline void ue_completes_setup(struct world *w)
{
    struct rrc_msg *m = rrc_new(w->epc.rrc, RRC_connection_setup_complete);
    rrc_body(m, connection_setup_complete)->nas = nas(w, NAS_service_request);
    ue_sends(w, m);
}

static inline void ue_sends_nas(struct world *w, enum nas_type type)
{
    struct rrc_msg *m = rrc_new(w->epc.rrc, RRC_ul_information_transfer);
    rrc_body(m, ul_information_transfer)->nas = nas(w, type);
    ue_sends(w, m);
}

static inline void ue_sends_capability(struct world *w)
{
    struct rrc_msg *m = rrc_new(w->epc.rrc, RRC_ue_capability_information);
    rrc_body(m, ue_capability_information)->radio_capability = 4;
    ue_sends(w, m);
}

static inline void mme_sends(struct world *w, struct s1ap_msg *m)
{
    s1ap_seal(w->epc.s1ap, m);
    node_send(w->mme, w->enb, IFACE_S1_MME, &m->m);
}

static inline uint32_t enb_id(const struct world *w)
{
    return LAST_S1AP(w, initial_ue_message)->enb_id;
}

static inline void mme_sends_nas(struct world *w, enum nas_type type, uint32_t mme_id, uint32_t id)
{
    struct s1ap_msg *m = s1ap_new(w->epc.s1ap, S1AP_downlink_nas_transport);
    struct s1ap_downlink_nas_transport *b = s1ap_body(m, downlink_nas_transport);
    b->mme_id = mme_id;
    b->enb_id = id;
    b->nas = nas(w, type);
    mme_sends(w, m);
}

static inline void mme_commands_release(struct world *w, uint32_t id)
{
    struct s1ap_msg *m = s1ap_new(w->epc.s1ap, S1AP_ue_context_release_command);
    struct s1ap_ue_context_release_command *b = s1ap_body(m, ue_context_release_command);
    b->mme_id = MME_ID;
    b->enb_id = id;
    b->cause = S1AP_CAUSE_NAS_DETACH;
    mme_sends(w, m);
}

/* An E-RAB to be set up, with the S-GW's TEID 0x500 + its identity; a NAS message unless `type` is 0. */
static inline void add_erab(struct world *w, struct ie_erabs *list, uint8_t id, uint8_t qci, enum nas_type type)
{
    struct ie_erab *e = &list->item[list->n++];
    *e = (struct ie_erab){.id = id, .teid = 0x500u + id, .ipv4 = epc_ip(w->sgw), .qos = {.qci = qci}};
    if (type)
        e->nas = nas(w, type);
}

/* With or without the radio capability, with one E-RAB that may bring a NAS message. */
static inline struct s1ap_msg *context_request(struct world *w, bool capability, enum nas_type type)
{
    struct s1ap_msg *m = s1ap_new(w->epc.s1ap, S1AP_initial_context_setup_request);
    struct s1ap_initial_context_setup_request *b = s1ap_body(m, initial_context_setup_request);
    b->mme_id = MME_ID;
    b->enb_id = enb_id(w);
    b->capability = (struct ie_security_caps){.eea = 3, .eia = 7};
    if (capability)
        IE_PUT(b, radio_capability) = 4;
    add_erab(w, &b->erabs, 5, 5, type);
    return m;
}

static inline struct s1ap_msg *setup_request(struct world *w)
{
    struct s1ap_msg *m = s1ap_new(w->epc.s1ap, S1AP_erab_setup_request);
    s1ap_body(m, erab_setup_request)->mme_id = MME_ID;
    s1ap_body(m, erab_setup_request)->enb_id = enb_id(w);
    return m;
}

static inline void mme_sets_up(struct world *w, uint8_t id, uint8_t qci)
{
    struct s1ap_msg *m = setup_request(w);
    add_erab(w, &s1ap_body(m, erab_setup_request)->erabs, id, qci, NAS_activate_dedicated_request);
    mme_sends(w, m);
}

static inline void mme_modifies(struct world *w, uint8_t id, uint32_t gbr)
{
    struct s1ap_msg *m = s1ap_new(w->epc.s1ap, S1AP_erab_modify_request);
    struct s1ap_erab_modify_request *b = s1ap_body(m, erab_modify_request);
    b->mme_id = MME_ID;
    b->enb_id = enb_id(w);
    add_erab(w, &b->erabs, id, 1, NAS_modify_request);
    b->erabs.item[0].teid = b->erabs.item[0].ipv4 = 0;
    b->erabs.item[0].qos.gbr_ul = gbr;
    mme_sends(w, m);
}

static inline void mme_releases(struct world *w, uint8_t id)
{
    struct s1ap_msg *m = s1ap_new(w->epc.s1ap, S1AP_erab_release_command);
    struct s1ap_erab_release_command *b = s1ap_body(m, erab_release_command);
    b->mme_id = MME_ID;
    b->enb_id = enb_id(w);
    b->erabs.n = 1;
    b->erabs.item[0] = (struct ie_erab){.id = id, .cause = S1AP_CAUSE_NAS_NORMAL};
    IE_PUT(b, nas) = nas(w, NAS_deactivate_request);
    mme_sends(w, m);
}

static const struct ie_packet packet = {.src = 1, .dst = 2, .src_port = 3, .dst_port = 4, .protocol = 17};

static inline void ue_sends_packet(struct world *w, uint8_t drb, struct msg *inner)
{
    struct rrc_msg *m = rrc_new(w->epc.rrc, RRC_data);
    struct rrc_data *b = rrc_body(m, data);
    b->drb = drb;
    b->packet = packet;
    b->inner = inner;
    ue_sends(w, m);
}

static inline void sgw_sends_packet(struct world *w, uint32_t teid, struct msg *inner)
{
    struct gtp_msg *m = gtp_new(w->epc.gtp, GTP_g_pdu);
    m->teid = teid;
    gtp_body(m, g_pdu)->packet = packet;
    gtp_body(m, g_pdu)->inner = inner;
    gtp_seal(w->epc.gtp, m);
    node_send(w->sgw, w->enb, IFACE_S1_U, &m->m);
}

/* ---- up to a phone with a bearer ---------------------------------------------------------------------- */

#define REQUEST_SENT  "MME: INITIAL UE MESSAGE [SERVICE REQUEST]\n"
#define RECONFIGURED  RRC_connection_reconfiguration_complete
#define GUARD         (ENB_GUARD + 100 * SIM_MS)
#define LOST          "radioNetwork: radio-connection-with-ue-lost"

static inline void connect(struct world *w)
{
    ue_requests_connection(w);
    expect(w, "UE: RRCConnectionSetup\n");
    ue_completes_setup(w);
    expect(w, REQUEST_SENT);
}

/* A phone with E-RAB 5 on DRB 1. */
static inline void make_active(struct world *w)
{
    connect(w);
    mme_sends(w, context_request(w, true, 0));
    expect(w, "UE: SecurityModeCommand\n"
              "UE: RRCConnectionReconfiguration\n");
    ue_says(w, RRC_security_mode_complete);
    ue_says(w, RECONFIGURED);
    expect(w, "MME: INITIAL CONTEXT SETUP RESPONSE\n");
    CU_ASSERT_EQUAL(enb_contexts(w->enb), 2);
}

static inline struct world *world_active(void)
{
    struct world *w = world_new();
    make_active(w);
    return w;
}

#endif
