/* test_messages.c - the messages of GTP, NAS, S1AP, RRC and Diameter, as their tables declare them.
 *
 * What holds for every message is checked by walking the tables; sizes of typical ones are worked out by
 * hand from the formats, and those of approximated protocols are held against usual ranges. */
#include "models/proto/diameter/diameter.h"
#include "models/proto/gtp/gtp.h"
#include "models/proto/nas/nas.h"
#include "models/proto/rrc/rrc.h"
#include "models/proto/s1ap/s1ap.h"

#include <CUnit/CUnit.h>

#include <stdio.h>
#include <string.h>

struct world {
    struct sim *sim;
    struct net *net;
    struct sip_stack *sip;
    struct gtp_stack *gtp;
    struct nas_stack *nas;
    struct s1ap_stack *s1ap;
    struct rrc_stack *rrc;
    struct dia_stack *dia;
    struct ie_stack *all[5];
    uint32_t icscf, hss, realm, alice; /* hosts and a party */
};

static struct world *world_new(void)
{
    static const sim_time timers[TIMER_COUNT];
    struct world *w = g_new0(struct world, 1);

    w->sim = sim_new(&(struct sim_opts){.seed = 1});
    w->net = net_new(w->sim, iface_table, IFACE_COUNT);
    w->sip = sip_stack_new(w->net, timers);
    w->gtp = gtp_stack_new(w->net);
    w->nas = nas_stack_new(w->net);
    w->s1ap = s1ap_stack_new(w->net);
    w->rrc = rrc_stack_new(w->net);
    w->dia = dia_stack_new(w->net, w->sip);
    w->all[0] = &w->gtp->ie;
    w->all[1] = &w->nas->ie;
    w->all[2] = &w->s1ap->ie;
    w->all[3] = &w->rrc->ie;
    w->all[4] = &w->dia->ie;
    w->icscf = sip_add_host(w->sip, "icscf.home1.net", NULL); /* 15 characters */
    w->hss = sip_add_host(w->sip, "hss.home1.net", NULL);     /* 13 */
    w->realm = sip_add_host(w->sip, "home1.net", NULL);       /* 9 */
    w->alice = sip_add_party(w->sip,
                             &(struct sip_party){.user = "alice", .domain = w->realm, .address = "10.1.0.7"});
    return w;
}

static uint32_t live(const struct ie_stack *s)
{
    uint32_t n = 0;

    for (int k = 0; k < IE_CLASSES; k++)
        n += slab_count(&s->slabs[k]);
    return n;
}

/* Frees all; no message may be left. */
static void world_free(struct world *w)
{
    for (size_t i = 0; i < G_N_ELEMENTS(w->all); i++)
        CU_ASSERT_EQUAL(live(w->all[i]), 0);
    net_free(w->net);
    gtp_stack_free(w->gtp);
    nas_stack_free(w->nas);
    s1ap_stack_free(w->s1ap);
    rrc_stack_free(w->rrc);
    dia_stack_free(w->dia);
    sip_stack_free(w->sip);
    sim_free(w->sim);
    g_free(w);
}

static void *body_of(const struct ie_stack *s, struct msg *m)
{
    return (char *)m + s->decl->body;
}

/* A message with all its fields there, each zero but for what must refer to something. */
static struct msg *full_message(struct world *w, struct ie_stack *s, uint16_t type)
{
    struct msg *m = ie_new(s, type);
    uint64_t *set = body_of(s, m);

    *set = UINT64_MAX;
    for (const struct ie_field *f = s->decl->messages[type].fields; f->name; f++) {
        char *value = (char *)body_of(s, m) + f->offset;
        if (f->type == IE_nas || f->type == IE_inner) {
            struct nas_msg *inner = nas_new(w->nas, NAS_esm_information_request);
            nas_seal(w->nas, inner);
            *(struct msg **)(void *)value = &inner->m;
        } else if (f->type == IE_host1 || f->type == IE_server) {
            *(uint32_t *)(void *)value = 1;
        }
    }
    if (s == &w->dia->ie) {
        struct dia_msg *d = (struct dia_msg *)(void *)m;
        d->to_host = d->server = 1;
        d->application = 1;
    }
    ie_seal(s, m);
    return m;
}

static char *rendered(struct world *w, const struct msg *m)
{
    GString *out = g_string_new(NULL);

    w->net->protos[m->proto]->render(w->net, m, out);
    return g_string_free(out, FALSE);
}

static char *detail_of(struct world *w, const struct msg *m)
{
    GString *out = g_string_new(NULL);

    w->net->protos[m->proto]->detail(w->net, m, out);
    return g_string_free(out, FALSE);
}

static bool prints(struct world *w, const struct msg *m, const char *text)
{
    char *all = rendered(w, m);
    bool found = strstr(all, text) != NULL;

    if (!found)
        fprintf(stderr, "\"%s\" is not in:\n%s", text, all);
    g_free(all);
    return found;
}

/* ---- what holds for every message ------------------------------------------------------------------ */

static uint32_t sum_of_fields(const struct ie_stack *s, const struct msg *m)
{
    const struct ie_message *d = &s->decl->messages[m->type];
    uint32_t sum = s->decl->head(m, d);

    for (unsigned i = 0; i < s->decl->n_shared; i++)
        if (s->decl->shared[i].types >> m->type & 1)
            sum += ie_field_size(s, m, &s->decl->shared[i].field, true);
    for (const struct ie_field *f = d->fields; f->name; f++)
        sum += ie_field_size(s, m, f, false);
    return sum;
}

void test_messages_sum_of_fields(void)
{
    struct world *w = world_new();

    for (size_t i = 0; i < G_N_ELEMENTS(w->all); i++) {
        struct ie_stack *s = w->all[i];
        for (uint16_t type = 0; type < s->decl->count; type++) {
            struct msg *m = full_message(w, s, type);
            uint32_t all = m->size;
            CU_ASSERT(all > 0);
            CU_ASSERT_EQUAL(all, sum_of_fields(s, m));
            /* Taking a field away takes its bytes away, no other's. */
            for (const struct ie_field *f = s->decl->messages[type].fields; f->name; f++) {
                uint64_t *set = body_of(s, m);
                uint32_t bytes = ie_field_size(s, m, f, false);
                *set &= ~(UINT64_C(1) << (f - s->decl->messages[type].fields));
                ie_seal(s, m);
                CU_ASSERT_EQUAL(m->size, f->presence == IE_M ? all : all - bytes);
                *set = UINT64_MAX;
            }
            msg_unref(w->net, m);
        }
    }
    world_free(w);
}

void test_messages_print_every_field(void)
{
    struct world *w = world_new();

    for (size_t i = 0; i < G_N_ELEMENTS(w->all); i++) {
        struct ie_stack *s = w->all[i];
        for (uint16_t type = 0; type < s->decl->count; type++) {
            struct msg *m = full_message(w, s, type);
            char *text = rendered(w, m);
            CU_ASSERT(g_str_has_prefix(text, s->decl->messages[type].name));
            CU_ASSERT(strstr(text, s->decl->messages[type].clause) != NULL);
            for (const struct ie_field *f = s->decl->messages[type].fields; f->name; f++) {
                char *line =
                    g_strdup_printf("\n  %s:", s->decl->field_name ? s->decl->field_name(f) : f->name);
                CU_ASSERT(strstr(text, line) != NULL);
                g_free(line);
            }
            g_free(text);
            msg_unref(w->net, m);
        }
    }
    world_free(w);
}

void test_messages_have_names(void)
{
    struct world *w = world_new();

    for (size_t i = 0; i < G_N_ELEMENTS(w->all); i++) {
        const struct proto *p = w->net->protos[w->all[i]->proto];
        int proto, type;
        for (uint16_t t = 0; t < p->ntypes; t++) {
            CU_ASSERT_PTR_NOT_NULL_FATAL(p->type_name(t));
            CU_ASSERT(net_find_type(w->net, p->type_name(t), &proto, &type));
            for (uint16_t other = 0; other < t; other++)
                CU_ASSERT((strcmp(p->type_name(t), p->type_name(other)) == 0) ==
                          (p == &dia_proto && t >= DIA_RX_RAR && t - other == DIA_RX_RAR - DIA_GX_RAR &&
                           t <= DIA_RX_RAA));
        }
        CU_ASSERT_PTR_NULL(p->type_name(p->ntypes));
    }
    int proto, type;
    CU_ASSERT(net_find_type(w->net, "RAR", &proto, &type));
    CU_ASSERT_EQUAL(type, DIA_GX_RAR);
    CU_ASSERT_EQUAL(net_find_twin(w->net, proto, DIA_GX_RAR), DIA_RX_RAR);
    CU_ASSERT_EQUAL(net_find_twin(w->net, proto, DIA_RX_RAR), DIA_GX_RAR);
    CU_ASSERT_EQUAL(net_find_twin(w->net, proto, DIA_CCR), -1);
    /* Requests and answers alternate. */
    for (uint16_t t = 0; t < DIA_TYPES; t++) {
        const char *name = dia_proto.type_name(t);
        CU_ASSERT_EQUAL(dia_is_request(t), name[strlen(name) - 1] == 'R');
        CU_ASSERT_EQUAL(dia_messages[t].code, dia_messages[t ^ 1].code);
    }
    world_free(w);
}

void test_messages_bodies_are_modest(void)
{
    struct world *w = world_new();

    for (size_t i = 0; i < G_N_ELEMENTS(w->all); i++)
        for (uint16_t t = 0; t < w->all[i]->decl->count; t++) {
            const struct ie_message *d = &w->all[i]->decl->messages[t];
            unsigned fields = 0;
            for (const struct ie_field *f = d->fields; f->name; f++, fields++)
                CU_ASSERT(f->offset < d->body_size);
            CU_ASSERT(d->body_size <= 1100);
            CU_ASSERT(fields <= 64);
        }
    /* The frequent ones fit the small classes. */
    CU_ASSERT(sizeof(struct gtp_g_pdu) <= 64);
    CU_ASSERT(sizeof(struct rrc_data) <= 64);
    CU_ASSERT(sizeof(struct s1ap_downlink_nas_transport) <= 64);
    world_free(w);
}

/* ---- presence ---------------------------------------------------------------------------------------- */

void test_messages_presence(void)
{
    struct world *w = world_new();
    struct gtp_msg *m = gtp_new(w->gtp, GTP_modify_bearer_req);
    struct gtp_modify_bearer_req *b = gtp_body(m, modify_bearer_req);

    CU_ASSERT_EQUAL(m->m.refs, 1);
    gtp_seal(w->gtp, m);
    CU_ASSERT_EQUAL(m->m.size, 12);
    CU_ASSERT_FALSE(IE_HAS(b, delay));
    IE_PUT(b, delay) = 3;
    IE_SET(b, rat_type);
    CU_ASSERT(IE_HAS(b, delay) && IE_HAS(b, rat_type) && !IE_HAS(b, uli) && !IE_HAS(b, removed));
    CU_ASSERT_EQUAL(b->delay, 3);
    CU_ASSERT_EQUAL(IE_BIT(b, uli), 1);
    CU_ASSERT_EQUAL(IE_BIT(b, removed), 1u << 5);
    gtp_seal(w->gtp, m);
    CU_ASSERT_EQUAL(m->m.size, 12 + 5 + 5);
    CU_ASSERT(prints(w, &m->m, "\n  delay: 3\n"));
    char *text = rendered(w, &m->m);
    CU_ASSERT(strstr(text, "uli") == NULL);
    g_free(text);
    msg_unref(w->net, &m->m);
    /* A message is zeroed although its memory was used before. */
    m = gtp_new(w->gtp, GTP_modify_bearer_req);
    CU_ASSERT_EQUAL(gtp_body(m, modify_bearer_req)->set, 0);
    CU_ASSERT_EQUAL(gtp_body(m, modify_bearer_req)->delay, 0);
    msg_unref(w->net, &m->m);
    world_free(w);
}

/* ---- messages in messages -------------------------------------------------------------------------------
 */

static struct nas_msg *attach_request(struct world *w)
{
    struct nas_msg *esm = nas_new(w->nas, NAS_pdn_connectivity_request);
    struct nas_pdn_connectivity_request *p = nas_body(esm, pdn_connectivity_request);
    struct nas_msg *m = nas_new(w->nas, NAS_attach_request);
    struct nas_attach_request *a = nas_body(m, attach_request);

    esm->pti = 1;
    p->request = PDN_REQUEST_INITIAL;
    p->pdn = PDN_IPV4;
    IE_PUT(p, apn) = "ims";
    IE_PUT(p, pco) = (struct ie_pco){.flags = PCO_P_CSCF | PCO_IM_CN_FLAG};
    nas_seal(w->nas, esm);
    a->type = ATTACH_EPS;
    a->identity.imsi = UINT64_C(1010123456789);
    a->capability = (struct ie_security_caps){7, 6};
    a->esm = &esm->m;
    nas_seal(w->nas, m);
    return m;
}

void test_messages_nested(void)
{
    struct world *w = world_new();
    struct nas_msg *nas = attach_request(w);
    struct rrc_msg *rrc = rrc_new(w->rrc, RRC_connection_setup_complete);
    struct s1ap_msg *s1 = s1ap_new(w->s1ap, S1AP_initial_ue_message);

    /* ESM: 3 + type and PDN 1 + APN 2 + 4 + PCO 2 + 1 + 2 x 3 = 19. EMM: 2 + 1 + 9 + 3 + 2 + 19. */
    CU_ASSERT_EQUAL(nas_body(nas, attach_request)->esm->size, 19);
    CU_ASSERT_EQUAL(nas->m.size, 36);
    rrc_body(rrc, connection_setup_complete)->nas = msg_ref(nas);
    rrc_seal(w->rrc, rrc);
    CU_ASSERT_EQUAL(rrc->m.size, 4 + 1 + 36);
    s1ap_body(s1, initial_ue_message)->nas = msg_ref(nas);
    s1ap_seal(w->s1ap, s1);
    CU_ASSERT_EQUAL(s1->m.size, 8 + (4 + 4) + (4 + 37) + (4 + 6) + (4 + 8) + (4 + 1));

    CU_ASSERT_EQUAL(nas->m.refs, 3);
    CU_ASSERT(prints(w, &s1->m, "\n  nas:\n    ATTACH REQUEST (36 bytes"));
    CU_ASSERT(prints(w, &s1->m, "\n      identity: IMSI 001010123456789\n"));
    CU_ASSERT(prints(w, &s1->m, "\n          apn: ims\n"));
    CU_ASSERT(prints(w, &s1->m, "000C P-CSCF IPv4 address request"));
    msg_unref(w->net, &rrc->m);
    CU_ASSERT_EQUAL(nas->m.refs, 2);
    msg_unref(w->net, &nas->m);
    msg_unref(w->net, &s1->m); /* the last reference, and that of the ESM message with it */
    world_free(w);
}

static struct nas_msg *dedicated_request(struct world *w)
{
    struct nas_msg *m = nas_new(w->nas, NAS_activate_dedicated_request);
    struct nas_activate_dedicated_request *b = nas_body(m, activate_dedicated_request);

    m->ebi = 7;
    m->security = NAS_CIPHERED;
    b->linked_ebi = 6;
    b->qos = (struct ie_qos){
        .qci = 1, .arp = {2, true, false},
             .gbr_ul = 49, .gbr_dl = 49, .mbr_ul = 49, .mbr_dl = 49
    };
    b->tft = (struct ie_tft){.op = TFT_CREATE, .n = 2};
    for (unsigned i = 0; i < 2; i++)
        b->tft.filter[i] = (struct ie_filter){.id = (uint8_t)i,
                                              .direction = FILTER_BOTH,
                                              .precedence = 10,
                                              .protocol = 17,
                                              .remote = 0x0a090001,
                                              .remote_port = (uint16_t)(49170 + i)};
    nas_seal(w->nas, m);
    return m;
}

void test_messages_nested_lists(void)
{
    struct world *w = world_new();
    struct nas_msg *nas = dedicated_request(w);
    struct s1ap_msg *s1 = s1ap_new(w->s1ap, S1AP_erab_setup_request);
    struct s1ap_erab_setup_request *b = s1ap_body(s1, erab_setup_request);
    struct rrc_msg *rrc = rrc_new(w->rrc, RRC_connection_reconfiguration);
    struct rrc_connection_reconfiguration *r = rrc_body(rrc, connection_reconfiguration);

    /* 6 + 3 + 1 + QoS 1 + 5 + TFT 1 + 1 + 2 x (3 + 9 + 2 + 3) */
    CU_ASSERT_EQUAL(nas->m.size, 6 + 3 + 1 + 6 + 2 + 2 * 17);
    b->mme_id = 0x01000002;
    b->erabs.n = 1;
    b->erabs.item[0] = (struct ie_erab){.id = 7,
                                        .teid = 0x11,
                                        .ipv4 = 0x0a000001,
                                        .qos = nas->body.activate_dedicated_request.qos,
                                        .nas = msg_ref(nas)};
    s1ap_seal(w->s1ap, s1);
    CU_ASSERT_EQUAL(s1->m.size, 8 + 9 + 8 + 4 + (1 + 6 + 4 + 20 + 9 + 1 + nas->m.size));
    CU_ASSERT(prints(w, &s1->m,
                     "E-RAB 7, TEID 0x00000011 at 10.0.0.1, QCI 1, ARP 2 pre-empting, GBR 49/49, MBR 49/49 "
                     "kbit/s up/down"));
    CU_ASSERT(prints(w, &s1->m, "filter 1 bidirectional, precedence 10, protocol 17, remote 10.9.0.1:49171"));

    IE_PUT(r, drbs) =
        (struct ie_drbs){.n = 1, .item = {{.id = 2, .ebi = 7, .lcid = 4, .qci = 1, .um = true}}};
    IE_PUT(r, nas) = (struct ie_nas_list){
        .n = 2, .item = {msg_ref(nas), msg_ref(nas)}
    };
    rrc_seal(w->rrc, rrc);
    CU_ASSERT_EQUAL(rrc->m.size, 20 + 12 + 2 * (1 + nas->m.size));
    CU_ASSERT(prints(w, &rrc->m, "DRB 2, EBI 7, logical channel 4, RLC UM"));
    CU_ASSERT_EQUAL(nas->m.refs, 4);
    msg_unref(w->net, &s1->m);
    msg_unref(w->net, &rrc->m);
    CU_ASSERT_EQUAL(nas->m.refs, 1);
    msg_unref(w->net, &nas->m);
    /* A field that is not there refers to nothing. */
    s1 = s1ap_new(w->s1ap, S1AP_erab_release_command);
    msg_unref(w->net, &s1->m);
    world_free(w);
}

/* ---- values
 * ------------------------------------------------------------------------------------------------ */

void test_messages_values_have_names(void)
{
    static const struct {
        enum ie_type_id list;
        uint32_t value;
        const char *name;
    } values[] = {
#define ENUM(...)
#define VALUE(list, id, value, name) {IE_##list, id, name},
#include "models/proto/ie/ie_enums.def"
    };
    bool seen[IE_PLAIN] = {false};

    for (size_t i = 0; i < G_N_ELEMENTS(values); i++) {
        /* One value, one name: the first row found is this one. */
        CU_ASSERT_STRING_EQUAL(ie_value_name(values[i].list, values[i].value), values[i].name);
        seen[values[i].list] = true;
    }
    for (int list = 0; list < IE_PLAIN; list++)
        CU_ASSERT(seen[list]);
    CU_ASSERT_PTR_NULL(ie_value_name(IE_gtp_cause, 255));
    CU_ASSERT_EQUAL(GTP_ACCEPTED, 16);
    CU_ASSERT_EQUAL(ASSIGN_AUTHENTICATION_TIMEOUT, 10);
}

/* ---- sizes by hand ----------------------------------------------------------------------------------------
 */

static uint32_t nas_size(struct world *w, enum nas_type type, uint8_t security)
{
    struct nas_msg *m = nas_new(w->nas, type);
    uint32_t size;

    m->security = security;
    if (type == NAS_authentication_response)
        nas_body(m, authentication_response)->res.n = 8;
    nas_seal(w->nas, m);
    size = m->m.size;
    msg_unref(w->net, &m->m);
    return size;
}

void test_messages_nas_sizes(void)
{
    struct world *w = world_new();

    CU_ASSERT_EQUAL(nas_size(w, NAS_authentication_request, NAS_PLAIN), 36);
    CU_ASSERT_EQUAL(nas_size(w, NAS_authentication_response, NAS_PLAIN), 11);
    CU_ASSERT_EQUAL(nas_size(w, NAS_service_request, NAS_PLAIN), 4);
    CU_ASSERT_EQUAL(nas_size(w, NAS_activate_dedicated_accept, NAS_CIPHERED), 9);
    CU_ASSERT_EQUAL(nas_size(w, NAS_deactivate_accept, NAS_CIPHERED), 9);
    CU_ASSERT_EQUAL(nas_size(w, NAS_deactivate_request, NAS_CIPHERED), 10);
    CU_ASSERT_EQUAL(nas_size(w, NAS_tau_complete, NAS_PLAIN), 2);
    CU_ASSERT(nas_is_esm(NAS_modify_request) && !nas_is_esm(NAS_attach_accept) &&
              !nas_is_esm(NAS_service_request));

    /* QoS grows with its rates: 1 octet without guarantee, 5, 9 above 8640 kbit/s. */
    struct nas_msg *m = nas_new(w->nas, NAS_modify_request);
    IE_SET(nas_body(m, modify_request), qos);
    nas_seal(w->nas, m);
    CU_ASSERT_EQUAL(m->m.size, 3 + 2 + 1);
    m->body.modify_request.qos = (struct ie_qos){.qci = 2, .gbr_ul = 512, .mbr_ul = 512};
    nas_seal(w->nas, m);
    CU_ASSERT_EQUAL(m->m.size, 3 + 2 + 5);
    m->body.modify_request.qos.mbr_dl = 8641;
    nas_seal(w->nas, m);
    CU_ASSERT_EQUAL(m->m.size, 3 + 2 + 9);
    msg_unref(w->net, &m->m);
    world_free(w);
}

void test_messages_gtp_sizes(void)
{
    struct world *w = world_new();
    struct gtp_msg *m = gtp_new(w->gtp, GTP_create_session_req);
    struct gtp_create_session_req *b = gtp_body(m, create_session_req);

    b->rat_type = RAT_EUTRAN;
    b->sender = (struct ie_fteid){FTEID_S11_MME, 0x42, 0x0a000001};
    b->apn = "ims";
    b->bearers.n = 1;
    b->bearers.item[0] = (struct ie_bearer){
        .ebi = 5, .parts = BEARER_QOS, .qos = {.qci = 5, .arp = {9, false, false}}
    };
    IE_PUT(b, imsi) = UINT64_C(1010123456789);
    IE_PUT(b, msisdn) = UINT64_C(4915112345);
    IE_PUT(b, pco) = (struct ie_pco){.flags = PCO_P_CSCF, .n_p_cscf = 1, .p_cscf = {0x0a000009}};
    gtp_seal(w->gtp, m);
    /* header 12, RAT 5, F-TEID 13, APN 8, bearer 4 + 5 + 26, IMSI 12, MSISDN 9, PCO 4 + 1 + 3 + 7 */
    CU_ASSERT_EQUAL(m->m.size, 12 + 5 + 13 + 8 + 35 + 12 + 9 + 15);
    CU_ASSERT(prints(w, &m->m, "\n  sender: S11 MME GTP-C (10) TEID 0x00000042 at 10.0.0.1\n"));
    CU_ASSERT(prints(w, &m->m, "000C P-CSCF IPv4 address 10.0.0.9"));
    CU_ASSERT(prints(w, &m->m, "EBI 5, QCI 5, ARP 9"));
    m->seq = 77;
    struct gtp_msg *answer = gtp_answer(w->gtp, GTP_create_session_rsp, m, 0x42);
    CU_ASSERT(answer->seq == 77 && answer->teid == 0x42);
    msg_unref(w->net, &answer->m);
    msg_unref(w->net, &m->m);

    m = gtp_new(w->gtp, GTP_delete_bearer_req);
    IE_PUT(gtp_body(m, delete_bearer_req), ebis) = (struct ie_ebis){
        2, {6, 7}
    };
    gtp_seal(w->gtp, m);
    CU_ASSERT_EQUAL(m->m.size, 12 + 2 * 5);
    CU_ASSERT(prints(w, &m->m, "ebis: 6, 7"));
    msg_unref(w->net, &m->m);

    struct nas_msg *inner = attach_request(w); /* any message will do */
    m = gtp_new(w->gtp, GTP_g_pdu);
    gtp_body(m, g_pdu)->packet = (struct ie_packet){
        .src = 0x0a010007, .dst = 0x0a000009, .src_port = 5060, .dst_port = 5060, .protocol = 17};
    gtp_body(m, g_pdu)->inner = &inner->m;
    gtp_seal(w->gtp, m);
    CU_ASSERT_EQUAL(m->m.size, 8 + 20 + 8 + inner->m.size);
    CU_ASSERT(prints(w, &m->m, "10.1.0.7:5060 -> 10.0.0.9:5060, protocol 17"));
    m->body.g_pdu.packet.protocol = 6;
    gtp_seal(w->gtp, m);
    CU_ASSERT_EQUAL(m->m.size, 8 + 40 + inner->m.size);
    msg_unref(w->net, &m->m);
    world_free(w);
}

/* What a message that carries NAS takes beside it. */
static uint32_t s1ap_size(struct world *w, enum s1ap_type type)
{
    struct s1ap_msg *m = s1ap_new(w->s1ap, type);
    uint32_t size;

    s1ap_seal(w->s1ap, m);
    size = m->m.size;
    msg_unref(w->net, &m->m);
    return size;
}

static uint32_t rrc_size(struct world *w, enum rrc_type type)
{
    struct rrc_msg *m = rrc_new(w->rrc, type);
    uint32_t size;

    rrc_seal(w->rrc, m);
    size = m->m.size;
    msg_unref(w->net, &m->m);
    return size;
}

#define ASSERT_WITHIN(size, low, high) CU_ASSERT((size) >= (low) && (size) <= (high))

void test_messages_per_sizes(void)
{
    struct world *w = world_new();

    ASSERT_WITHIN(s1ap_size(w, S1AP_initial_ue_message), 45, 65);
    ASSERT_WITHIN(s1ap_size(w, S1AP_downlink_nas_transport), 28, 50);
    ASSERT_WITHIN(s1ap_size(w, S1AP_uplink_nas_transport), 30, 55);
    ASSERT_WITHIN(s1ap_size(w, S1AP_ue_context_release_command), 25, 35);
    ASSERT_WITHIN(s1ap_size(w, S1AP_ue_context_release_complete), 20, 30);
    CU_ASSERT_EQUAL(rrc_size(w, RRC_connection_request), 6);
    ASSERT_WITHIN(rrc_size(w, RRC_connection_setup), 20, 40);
    CU_ASSERT_EQUAL(rrc_size(w, RRC_security_mode_command), 3);
    CU_ASSERT_EQUAL(rrc_size(w, RRC_security_mode_complete), 2);
    CU_ASSERT_EQUAL(rrc_size(w, RRC_connection_reconfiguration_complete), 2);
    ASSERT_WITHIN(rrc_size(w, RRC_paging), 7, 10);
    world_free(w);
}

static struct dia_msg *request(struct world *w, enum dia_type type)
{
    struct dia_msg *m = dia_new(w->dia, type);

    m->session = 0x100000001;
    m->origin = w->icscf;
    m->realm = w->realm;
    m->to_realm = w->realm;
    m->party = w->alice;
    return m;
}

void test_messages_diameter_sizes(void)
{
    struct world *w = world_new();
    struct dia_msg *m = request(w, DIA_LIR);

    dia_seal(w->dia, m);
    /* Header; Session-Id 8+32, application 8+24, state 8+4, host 8+16, realms 2 x (8+12), identity 12+20. */
    CU_ASSERT_EQUAL(m->m.size, 20 + 40 + 32 + 12 + 24 + 40 + 32);
    CU_ASSERT(prints(w, &m->m, "Public-Identity: sip:alice@home1.net"));
    struct dia_msg *a = dia_answer(w->dia, DIA_LIA, m, DIA_SUCCESS);
    a->origin = w->hss;
    a->realm = w->realm;
    dia_seal(w->dia, a);
    CU_ASSERT_EQUAL(a->m.size, 20 + 40 + 32 + 12 + 24 + 20 + 12);
    a->server = w->icscf + 1; /* sip: and 15 characters */
    dia_seal(w->dia, a);
    CU_ASSERT_EQUAL(a->m.size, 160 + 12 + 20);
    msg_unref(w->net, &a->m);
    msg_unref(w->net, &m->m);

    m = request(w, DIA_MAR);
    dia_body(m, MAR)->user_name = w->alice;
    dia_body(m, MAR)->auth.scheme = AUTH_AKA;
    dia_seal(w->dia, m);
    uint32_t plain = m->m.size;
    dia_body(m, MAR)->auth.has_resync = true;
    dia_body(m, MAR)->auth.auts.n = 14;
    dia_seal(w->dia, m);
    CU_ASSERT_EQUAL(m->m.size, plain + 12 + 32);
    msg_unref(w->net, &m->m);
    world_free(w);
}

void test_messages_diameter_results(void)
{
    struct world *w = world_new();
    struct dia_msg *m = request(w, DIA_UAA);

    m->result = 2001;
    dia_seal(w->dia, m);
    uint32_t base = m->m.size;
    CU_ASSERT(!dia_is_experimental(m));
    CU_ASSERT_STRING_EQUAL(dia_result_name(m), "DIAMETER_SUCCESS");
    m->result_kind = DIA_RESULT_EXPERIMENTAL;
    dia_seal(w->dia, m);
    CU_ASSERT_EQUAL(m->m.size, base + 20);
    CU_ASSERT_STRING_EQUAL(dia_result_name(m), "DIAMETER_FIRST_REGISTRATION");
    m->result_kind = DIA_RESULT_DEFAULT;
    m->result = DIA_ERROR_ROAMING_NOT_ALLOWED;
    CU_ASSERT(dia_is_experimental(m));
    CU_ASSERT(prints(w, &m->m, "Result-Code: 5004 DIAMETER_ERROR_ROAMING_NOT_ALLOWED"));
    msg_unref(w->net, &m->m);
    world_free(w);
}

/* The text of an IPFilterRule and the size of its AVP are made by different functions: they must agree. */
void test_messages_flows_as_text(void)
{
    struct world *w = world_new();
    struct dia_msg *m = request(w, DIA_GX_RAR);
    struct dia_GX_RAR *b = dia_body(m, GX_RAR);
    const char *text = "permit out 17 from 10.9.0.1 49170 to 10.1.0.7 50000";
    uint32_t before;

    IE_PUT(b, install) = (struct ie_rules){.n = 1};
    b->install.item[0] = (struct ie_rule){
        .name = {"voice",       17          },
        .flow_status = FLOW_ENABLED,
        .precedence = 10,
        .qos = { .qci = 1, .gbr_ul = 49, .gbr_dl = 49, .mbr_ul = 49, .mbr_dl = 49}
    };
    dia_seal(w->dia, m);
    before = m->m.size;
    b->install.item[0].n = 1;
    b->install.item[0].flow[0] = (struct ie_filter){.direction = FILTER_DOWNLINK,
                                                    .protocol = 17,
                                                    .remote = 0x0a090001,
                                                    .remote_port = 49170,
                                                    .local = 0x0a010007,
                                                    .local_port = 50000};
    dia_seal(w->dia, m);
    CU_ASSERT(prints(w, &m->m, text));
    CU_ASSERT(prints(w, &m->m, "voice-17, precedence 10, ENABLED, QCI 1"));
    /* Flow-Information of Flow-Description and Flow-Direction; the text is padded to four. */
    CU_ASSERT_EQUAL(m->m.size, before + 12 + (12 + ((uint32_t)strlen(text) + 3) / 4 * 4) + 16);
    b->install.item[0].flow[0].direction = FILTER_UPLINK;
    CU_ASSERT(prints(w, &m->m, "permit in 17 from 10.1.0.7 50000 to 10.9.0.1 49170"));
    b->install.item[0].flow[0] = (struct ie_filter){.direction = FILTER_DOWNLINK};
    CU_ASSERT(prints(w, &m->m, "permit out ip from any to any"));
    IE_PUT(b, remove) = (struct ie_rule_names){
        .n = 2, .item = {{"voice", 17}, {"video", 3}}
    };
    CU_ASSERT(prints(w, &m->m, "Charging-Rule-Remove: voice-17, video-3"));
    msg_unref(w->net, &m->m);

    m = request(w, DIA_AAR);
    struct dia_AAR *r = dia_body(m, AAR);
    IE_PUT(r, media) = (struct ie_media_list){.n = 1};
    r->media.item[0] = (struct ie_media){.number = 1,
                                         .type = MEDIA_AUDIO,
                                         .flow_status = FLOW_ENABLED,
                                         .n = 1,
                                         .max_ul = 49000,
                                         .max_dl = 49000,
                                         .codec = "AMR-WB",
                                         .clock_rate = 16000,
                                         .flow = {{.number = 1}}};
    IE_PUT(r, status) = SERVICE_INFO_FINAL;
    IE_PUT(r, actions) = 1u << ACTION_LOSS_OF_BEARER | 1u << ACTION_FAILED_ALLOCATION;
    dia_seal(w->dia, m);
    CU_ASSERT(prints(w, &m->m, "component 1, AUDIO, ENABLED, max 49000 up 49000 down, RS 0, RR 0 bit/s, codec AMR-WB/16000"));
    CU_ASSERT(prints(w, &m->m, "Service-Info-Status: FINAL_SERVICE_INFORMATION (0)"));
    CU_ASSERT(
        prints(w, &m->m, "INDICATION_OF_LOSS_OF_BEARER (2), INDICATION_OF_FAILED_RESOURCES_ALLOCATION (9)"));
    CU_ASSERT_EQUAL(sum_of_fields(&w->dia->ie, &m->m), m->m.size);
    msg_unref(w->net, &m->m);
    world_free(w);
}

/* ---- the ladder's line
 * ------------------------------------------------------------------------------------- */

void test_messages_one_line(void)
{
    struct world *w = world_new();
    struct nas_msg *nas = attach_request(w);
    struct s1ap_msg *s1 = s1ap_new(w->s1ap, S1AP_initial_ue_message);
    struct s1ap_msg *release = s1ap_new(w->s1ap, S1AP_ue_context_release_request);
    struct dia_msg *ccr = request(w, DIA_CCR);
    char *text;

    s1ap_body(s1, initial_ue_message)->nas = &nas->m;
    text = detail_of(w, &s1->m);
    CU_ASSERT_STRING_EQUAL(text, "[ATTACH REQUEST [PDN CONNECTIVITY REQUEST]]");
    g_free(text);
    s1ap_body(release, ue_context_release_request)->cause = S1AP_CAUSE_USER_INACTIVITY;
    text = detail_of(w, &release->m);
    CU_ASSERT_STRING_EQUAL(text, "radioNetwork: user-inactivity");
    g_free(text);
    dia_body(ccr, CCR)->type = CC_UPDATE;
    text = detail_of(w, &ccr->m);
    CU_ASSERT_STRING_EQUAL(text, "UPDATE_REQUEST");
    g_free(text);
    msg_unref(w->net, &s1->m);
    msg_unref(w->net, &release->m);
    msg_unref(w->net, &ccr->m);
    world_free(w);
}
