/* mme_rig.h - the MME among scripted neighbours, for tests that tell a flow message by message.
 *
 * eNB, HSS and S-GW only write down what arrives; `hear()` compares that with what should have, as
 * "NODE: MESSAGE [NAS]; ...". Links take no time, so what follows from a message is there at once. */
#ifndef TESTS_FLOW_MME_RIG_H
#define TESTS_FLOW_MME_RIG_H

#include "models/mme/mme.h"

#include <CUnit/CUnit.h>

#include <string.h>

enum { ENB_ID = 77, SGW_TEID = 0x5001, S1U_TEID = 0x6001, ENB_TEID = 0x7001, IP = 0x0a010007, PTI = 3, TAC = 7 };
#define IMSI (EPC_IMSI_BASE + 1)

struct rig {
    struct sim *sim;
    struct epc epc;
    struct node *enb, *mme, *hss, *sgw, *pgw;
    GString *heard;
    struct s1ap_msg *s1ap; /* the last one of each kind, referenced */
    struct gtp_msg *gtp;
    struct dia_msg *dia;
    struct nas_msg *nas;
    struct mme_enb pages; /* whom it can page */
    uint32_t mme_id, seq;
    uint8_t ebi; /* of the last PDN connection */
    sim_time timer[TIMER_COUNT];
};

/* ---- neighbours ------------------------------------------------------------------------------------- */

static inline void keep(struct rig *r, void *slot, struct msg *m)
{
    struct msg **at = slot;
    if (*at)
        msg_unref(r->epc.net, *at);
    *at = m ? msg_ref(m) : NULL;
}

static inline struct msg *nas_in(const struct s1ap_msg *m)
{
    switch (m->m.type) {
    case S1AP_downlink_nas_transport:
        return m->body.downlink_nas_transport.nas;
    case S1AP_initial_context_setup_request:
        return m->body.initial_context_setup_request.erabs.item[0].nas;
    case S1AP_erab_setup_request:
        return m->body.erab_setup_request.erabs.item[0].nas;
    case S1AP_erab_modify_request:
        return m->body.erab_modify_request.erabs.item[0].nas;
    case S1AP_erab_release_command:
        return IE_HAS(&m->body.erab_release_command, nas) ? m->body.erab_release_command.nas : NULL;
    default:
        return NULL;
    }
}

static inline void rx(struct node *n, struct msg *m, struct node *from, uint16_t iface)
{
    struct rig *r = n->self;
    const struct proto *p = r->epc.net->protos[m->proto];
    struct msg *nas = n == r->enb ? nas_in((const struct s1ap_msg *)m) : NULL;
    (void)iface;
    CU_ASSERT_PTR_EQUAL(from, r->mme);
    g_string_append_printf(r->heard, "%s%s: %s", r->heard->len ? "; " : "", n->name, p->type_name(m->type));
    if (nas)
        g_string_append_printf(r->heard, " [%s]", nas_messages[nas->type].name);
    if (n == r->enb) {
        keep(r, &r->s1ap, m);
        if (m->type != S1AP_paging && m->type != S1AP_error_indication)
            r->mme_id = r->s1ap->body.downlink_nas_transport.mme_id; /* the first field of all others */
        if (nas)
            keep(r, &r->nas, nas);
    } else {
        keep(r, n == r->sgw ? (void *)&r->gtp : (void *)&r->dia, m);
    }
}

static inline const struct link_cfg *link_cfg(void *user, uint16_t iface, const struct node *from,
                                              const struct node *to)
{
    static const struct link_cfg cfg = {.up = true};
    (void)user;
    (void)iface;
    (void)from;
    (void)to;
    return &cfg;
}

static inline struct node *neighbour(struct rig *r, const char *name, uint32_t kind)
{
    struct node *n = net_add_node(r->epc.net, name, kind);
    n->self = r;
    n->rx = rx;
    return n;
}

/* With what is not usual about the MME. */
static inline struct rig *rig_new_as(struct mme_cfg cfg)
{
    struct rig *r = g_new0(struct rig, 1);
    struct epc *e = &r->epc;
    for (int i = 0; i < TIMER_COUNT; i++)
        r->timer[i] = -1;
    timers_resolve(r->timer);
    r->sim = sim_new(&(struct sim_opts){.seed = 1});
    e->net = net_new(r->sim, iface_table, IFACE_COUNT);
    e->net->link_cfg = link_cfg;
    e->sip = sip_stack_new(e->net, r->timer);
    e->dia = dia_stack_new(e->net, e->sip);
    e->gtp = gtp_stack_new(e->net);
    e->s1ap = s1ap_stack_new(e->net);
    e->rrc = rrc_stack_new(e->net);
    e->nas = nas_stack_new(e->net);
    e->timer = r->timer;
    r->enb = neighbour(r, "eNB", KIND_ENB);
    r->hss = neighbour(r, "HSS", KIND_HSS);
    r->sgw = neighbour(r, "SGW", KIND_SGW);
    r->pgw = neighbour(r, "PGW", KIND_PGW);
    r->mme = net_add_node(e->net, "MME", KIND_MME);
    r->heard = g_string_new(NULL);
    uint32_t host = sip_add_host(e->sip, "mme.home1.net", r->mme);
    uint32_t domain = sip_add_host(e->sip, "home1.net", NULL);
    r->pages = (struct mme_enb){.node = r->enb, .tac = TAC};
    cfg.hss = r->hss;
    cfg.sgw = r->sgw;
    cfg.pgw = r->pgw;
    cfg.host = host;
    cfg.domain = cfg.hss_domain = domain;
    cfg.tai = (struct ie_tai){.plmn = epc_plmn(), .tac = TAC};
    cfg.enbs = &r->pages;
    cfg.n_enbs = 1;
    cfg.group = 1;
    cfg.code = 2;
    mme_new(e, r->mme, &cfg);
    return r;
}

static inline struct rig *rig_new(void)
{
    return rig_new_as((struct mme_cfg){.page_repeats = 1});
}

static inline unsigned live(const struct ie_stack *s)
{
    unsigned n = 0;
    for (int i = 0; i < IE_CLASSES; i++)
        n += slab_count(&s->slabs[i]);
    return n;
}

/* Nothing may be left: no context, unless the phone stays attached, and no message. */
static inline void rig_free(struct rig *r, size_t contexts)
{
    struct epc *e = &r->epc;
    CU_ASSERT_EQUAL(mme_contexts(r->mme), contexts);
    mme_free(r->mme);
    keep(r, &r->s1ap, NULL);
    keep(r, &r->gtp, NULL);
    keep(r, &r->dia, NULL);
    keep(r, &r->nas, NULL);
    net_free(e->net);
    CU_ASSERT_EQUAL(live(&e->nas->ie) + live(&e->s1ap->ie) + live(&e->gtp->ie) + live(&e->dia->ie), 0);
    dia_stack_free(e->dia);
    gtp_stack_free(e->gtp);
    s1ap_stack_free(e->s1ap);
    rrc_stack_free(e->rrc);
    nas_stack_free(e->nas);
    sip_stack_free(e->sip);
    sim_free(r->sim);
    g_string_free(r->heard, TRUE);
    g_free(r);
}

static inline void hear_at(struct rig *r, const char *expected, int line)
{
    if (strcmp(r->heard->str, expected) != 0)
        g_printerr("test_mme.c:%d: heard    \"%s\"\n     instead of \"%s\"\n", line, r->heard->str, expected);
    CU_ASSERT_STRING_EQUAL(r->heard->str, expected);
    g_string_truncate(r->heard, 0);
}
#define hear(r, expected) hear_at(r, expected, __LINE__)

static inline void pass(struct rig *r, sim_time t)
{
    sim_run(r->sim, sim_now(r->sim) + t);
}

/* ---- what they say ---------------------------------------------------------------------------------- */

static inline void say(struct rig *r, struct node *from, uint16_t iface, struct msg *m)
{
    node_send(from, r->mme, iface, m);
    pass(r, 0);
}

static inline void say_s1ap(struct rig *r, struct s1ap_msg *m)
{
    s1ap_seal(r->epc.s1ap, m);
    say(r, r->enb, IFACE_S1_MME, &m->m);
}
#define S1AP(r, m, id)                                                                                       \
    struct s1ap_msg *m = s1ap_new((r)->epc.s1ap, S1AP_##id);                                                 \
    struct s1ap_##id *b = s1ap_body(m, id);                                                                  \
    b->mme_id = (r)->mme_id;                                                                                 \
    b->enb_id = ENB_ID

static inline void uplink(struct rig *r, struct nas_msg *nas)
{
    S1AP(r, m, uplink_nas_transport);
    nas_seal(r->epc.nas, nas);
    b->nas = &nas->m;
    say_s1ap(r, m);
}

/* A NAS message without content, or whose content does not matter. */
static inline void phone(struct rig *r, enum nas_type type, uint8_t ebi)
{
    struct nas_msg *m = nas_new(r->epc.nas, type);
    m->ebi = ebi;
    if (type == NAS_attach_complete) {
        struct nas_msg *esm = nas_new(r->epc.nas, NAS_activate_default_accept);
        nas_seal(r->epc.nas, esm);
        nas_body(m, attach_complete)->esm = &esm->m;
    }
    uplink(r, m);
}

static inline struct nas_msg *connectivity_request(struct rig *r, const char *apn)
{
    struct nas_msg *m = nas_new(r->epc.nas, NAS_pdn_connectivity_request);
    struct nas_pdn_connectivity_request *b = nas_body(m, pdn_connectivity_request);
    m->pti = PTI;
    b->request = PDN_REQUEST_INITIAL;
    b->pdn = PDN_IPV4;
    if (apn)
        IE_PUT(b, apn) = apn;
    IE_PUT(b, pco) = (struct ie_pco){.flags = PCO_P_CSCF};
    return m;
}

static inline void attach(struct rig *r, const char *apn, uint64_t imsi)
{
    struct s1ap_msg *m = s1ap_new(r->epc.s1ap, S1AP_initial_ue_message);
    struct s1ap_initial_ue_message *b = s1ap_body(m, initial_ue_message);
    struct nas_msg *nas = nas_new(r->epc.nas, NAS_attach_request), *esm = connectivity_request(r, apn);
    struct nas_attach_request *n = nas_body(nas, attach_request);
    nas_seal(r->epc.nas, esm);
    n->type = ATTACH_EPS;
    n->identity.imsi = imsi;
    n->capability = (struct ie_security_caps){7, 7};
    n->esm = &esm->m;
    nas_seal(r->epc.nas, nas);
    b->tai = (struct ie_tai){.plmn = epc_plmn(), .tac = TAC};
    b->enb_id = ENB_ID;
    b->nas = &nas->m;
    say_s1ap(r, m);
}

static inline void response(struct rig *r, uint8_t res)
{
    struct nas_msg *m = nas_new(r->epc.nas, NAS_authentication_response);
    nas_body(m, authentication_response)->res = (struct ie_bytes){.n = 1, .b = {res}};
    uplink(r, m);
}

static inline void failure(struct rig *r, uint8_t cause)
{
    struct nas_msg *m = nas_new(r->epc.nas, NAS_authentication_failure);
    struct nas_authentication_failure *b = nas_body(m, authentication_failure);
    b->cause = cause;
    if (cause == EMM_SYNCH_FAILURE)
        IE_PUT(b, auts) = (struct ie_bytes){.n = 14, .b = {9}};
    uplink(r, m);
}

static inline void detach(struct rig *r, uint8_t type)
{
    struct nas_msg *m = nas_new(r->epc.nas, NAS_detach_request);
    nas_body(m, detach_request)->type = type;
    uplink(r, m);
}

static inline void capability(struct rig *r)
{
    S1AP(r, m, ue_capability_info_indication);
    b->radio_capability = 1;
    say_s1ap(r, m);
}

static inline struct ie_erabs erabs(uint8_t ebi, unsigned n)
{
    struct ie_erabs list = {.n = (uint8_t)n};
    for (unsigned i = 0; i < n; i++)
        list.item[i] = (struct ie_erab){.id = (uint8_t)(ebi + i), .teid = ENB_TEID + ebi + i, .ipv4 = 1};
    return list;
}

static inline void context_up(struct rig *r, unsigned n)
{
    S1AP(r, m, initial_context_setup_response);
    b->erabs = erabs(5, n);
    say_s1ap(r, m);
}

static inline void context_fails(struct rig *r)
{
    S1AP(r, m, initial_context_setup_failure);
    say_s1ap(r, m);
}

static inline void erab_up(struct rig *r, uint8_t ebi, unsigned n)
{
    S1AP(r, m, erab_setup_response);
    IE_PUT(b, erabs) = erabs(ebi, n);
    say_s1ap(r, m);
}

static inline void erab_fails(struct rig *r, uint8_t ebi)
{
    S1AP(r, m, erab_setup_response);
    IE_PUT(b, failed) = erabs(ebi, 1);
    say_s1ap(r, m);
}

static inline void erab_modified(struct rig *r, uint8_t ebi, bool well)
{
    S1AP(r, m, erab_modify_response);
    if (well)
        IE_PUT(b, erabs) = erabs(ebi, 1);
    else
        IE_PUT(b, failed) = erabs(ebi, 1);
    say_s1ap(r, m);
}

static inline void erab_down(struct rig *r, uint8_t ebi)
{
    S1AP(r, m, erab_release_response);
    IE_PUT(b, erabs) = erabs(ebi, 1);
    say_s1ap(r, m);
}

static inline void released(struct rig *r)
{
    S1AP(r, m, ue_context_release_complete);
    say_s1ap(r, m);
}

static inline void vector(struct rig *r, uint32_t result)
{
    struct dia_msg *m = dia_answer(r->epc.dia, DIA_AIA, r->dia, result);
    struct dia_AIA *b = dia_body(m, AIA);
    if (result == DIA_SUCCESS)
        IE_PUT(b, vectors) =
            (struct ie_eps_vectors){.n = 1, .item = {{.rand = {{1}}, .xres = {.n = 1, .b = {42}}}}};
    dia_seal(r->epc.dia, m);
    say(r, r->hss, IFACE_S6A, &m->m);
}

static inline void location(struct rig *r, uint32_t result)
{
    struct dia_msg *m = dia_answer(r->epc.dia, DIA_ULA, r->dia, result);
    struct dia_ULA *b = dia_body(m, ULA);
    if (result == DIA_SUCCESS)
        IE_PUT(b, subscription) = (struct ie_subscription){
            .msisdn = 8613800000001, .ambr = {1000, 2000}, .default_id = 1, .n = 2,
            .apn = {{1, PDN_IPV4, "internet", {.qci = 9, .arp = {9, false, true}}, {500, 900}},
                    {2, PDN_IPV4, "ims", {.qci = 5, .arp = {5, false, true}}, {100, 100}}}};
    dia_seal(r->epc.dia, m);
    say(r, r->hss, IFACE_S6A, &m->m);
}

static inline void say_gtp(struct rig *r, struct gtp_msg *m)
{
    gtp_seal(r->epc.gtp, m);
    say(r, r->sgw, IFACE_S11, &m->m);
}

static inline void session(struct rig *r, uint8_t cause)
{
    const struct gtp_create_session_req *q = gtp_body(r->gtp, create_session_req);
    struct gtp_msg *m = gtp_answer(r->epc.gtp, GTP_create_session_rsp, r->gtp, q->sender.teid);
    struct gtp_create_session_rsp *b = gtp_body(m, create_session_rsp);
    r->ebi = q->bearers.item[0].ebi;
    b->cause = cause;
    if (cause == GTP_ACCEPTED) {
        IE_PUT(b, sender) =
            (struct ie_fteid){.iface = FTEID_S11_SGW, .teid = SGW_TEID, .ipv4 = epc_ip(r->sgw)};
        IE_PUT(b, paa) = (struct ie_paa){.type = PDN_IPV4, .ipv4 = IP};
        IE_PUT(b, pco) = (struct ie_pco){.n_p_cscf = 1, .p_cscf = {99}};
        b->bearers = (struct ie_bearers){
            .n = 1,
            .item = {{.ebi = r->ebi, .n_fteids = 1, .fteid = {{FTEID_S1U_SGW, S1U_TEID, epc_ip(r->sgw)}}}}};
    }
    say_gtp(r, m);
}

static inline void modified(struct rig *r, uint8_t cause)
{
    struct gtp_msg *m = gtp_answer(r->epc.gtp, GTP_modify_bearer_rsp, r->gtp, r->mme_id);
    CU_ASSERT_EQUAL(r->gtp->teid, SGW_TEID);
    gtp_body(m, modify_bearer_rsp)->cause = cause;
    say_gtp(r, m);
}

/* Answers the last Delete Session Request, or the one that many before it. */
static inline void deleted_before(struct rig *r, uint32_t before)
{
    struct gtp_msg *m = gtp_answer(r->epc.gtp, GTP_delete_session_rsp, r->gtp, r->mme_id);
    m->seq -= before;
    gtp_body(m, delete_session_rsp)->cause = GTP_ACCEPTED;
    say_gtp(r, m);
}

static inline void deleted(struct rig *r)
{
    deleted_before(r, 0);
}

static inline struct ie_bearer bearer(uint8_t ebi, uint8_t parts, uint32_t gbr)
{
    return (struct ie_bearer){
        .ebi = ebi,
        .parts = parts,
        .n_fteids = 1,
        .fteid = {{FTEID_S1U_SGW, S1U_TEID + 1, 2}},
        .qos =
            { .qci = 1, .arp = {2, true, false}, .gbr_ul = gbr, .gbr_dl = gbr, .mbr_ul = gbr, .mbr_dl = gbr},
        .tft = {      .op = TFT_CREATE, .n = 1, .filter = {{.id = 1, .protocol = 17}}}
    };
}

static inline void create_bearers(struct rig *r, uint8_t linked, unsigned n)
{
    struct gtp_msg *m = gtp_new(r->epc.gtp, GTP_create_bearer_req);
    struct gtp_create_bearer_req *b = gtp_body(m, create_bearer_req);
    m->teid = r->mme_id;
    m->seq = r->seq;
    b->linked_ebi = linked;
    b->bearers.n = (uint8_t)n;
    for (unsigned i = 0; i < n; i++)
        b->bearers.item[i] = bearer(0, BEARER_QOS | BEARER_TFT, 49);
    say_gtp(r, m);
}

static inline void update_bearer(struct rig *r, uint8_t ebi, uint8_t parts, uint32_t gbr)
{
    struct gtp_msg *m = gtp_new(r->epc.gtp, GTP_update_bearer_req);
    m->teid = r->mme_id;
    m->seq = ++r->seq;
    gtp_body(m, update_bearer_req)->bearers = (struct ie_bearers){.n = 1, .item = {bearer(ebi, parts, gbr)}};
    say_gtp(r, m);
}

static inline void delete_bearer(struct rig *r, uint8_t linked, uint8_t ebi)
{
    struct gtp_msg *m = gtp_new(r->epc.gtp, GTP_delete_bearer_req);
    struct gtp_delete_bearer_req *b = gtp_body(m, delete_bearer_req);
    m->teid = r->mme_id;
    m->seq = ++r->seq;
    if (linked)
        IE_PUT(b, linked_ebi) = linked;
    else
        IE_PUT(b, ebis) = (struct ie_ebis){.n = 1, .ebi = {ebi}};
    say_gtp(r, m);
}

/* ---- stretches of flows ----------------------------------------------------------------------------- */

static inline void authenticated(struct rig *r, const char *apn)
{
    attach(r, apn, IMSI);
    hear(r, "HSS: AIR");
    vector(r, DIA_SUCCESS);
    hear(r, "eNB: DOWNLINK NAS TRANSPORT [AUTHENTICATION REQUEST]");
    response(r, 42);
    hear(r, "eNB: DOWNLINK NAS TRANSPORT [SECURITY MODE COMMAND]");
    phone(r, NAS_security_mode_complete, 0);
    hear(r, "HSS: ULR");
}

static inline void accepted(struct rig *r, const char *apn)
{
    authenticated(r, apn);
    location(r, DIA_SUCCESS);
    hear(r, "SGW: Create Session Request");
    session(r, GTP_ACCEPTED);
    hear(r, "eNB: INITIAL CONTEXT SETUP REQUEST [ATTACH ACCEPT]");
}

static inline void registered(struct rig *r, const char *apn)
{
    accepted(r, apn);
    context_up(r, 1);
    hear(r, "");
    phone(r, NAS_attach_complete, 0);
    hear(r, "SGW: Modify Bearer Request");
    modified(r, GTP_ACCEPTED);
    hear(r, "");
    CU_ASSERT_TRUE(mme_is_registered(r->mme, IMSI));
}

static inline void voice_bearer(struct rig *r)
{
    r->seq++;
    create_bearers(r, 5, 1);
    hear(r, "eNB: E-RAB SETUP REQUEST [ACTIVATE DEDICATED EPS BEARER CONTEXT REQUEST]");
    erab_up(r, 6, 1);
    hear(r, "");
    phone(r, NAS_activate_dedicated_accept, 6);
    hear(r, "SGW: Create Bearer Response");
}

/* The phone is let go after a refusal. */
static inline void released_after(struct rig *r, const char *what)
{
    hear(r, what);
    released(r);
    rig_free(r, 0);
}

#endif
