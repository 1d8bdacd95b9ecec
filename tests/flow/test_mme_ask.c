/* test_mme_ask.c - what a phone asks for itself, at the MME. */
#include "tests/flow/mme_rig.h"

#define DEDICATE "eNB: E-RAB SETUP REQUEST [ACTIVATE DEDICATED EPS BEARER CONTEXT REQUEST]"
#define DEACTIVATE "eNB: E-RAB RELEASE COMMAND [DEACTIVATE EPS BEARER CONTEXT REQUEST]"
#define MODIFY "eNB: DOWNLINK NAS TRANSPORT [MODIFY EPS BEARER CONTEXT REQUEST]"
#define REFUSED "eNB: DOWNLINK NAS TRANSPORT [BEARER RESOURCE ALLOCATION REJECT]"
#define NOT_RELEASED "eNB: DOWNLINK NAS TRANSPORT [BEARER RESOURCE MODIFICATION REJECT]"
#define COMMAND "SGW: Bearer Resource Command"

static void ask(struct rig *r, uint8_t pti, uint8_t linked)
{
    struct nas_msg *m = nas_new(r->epc.nas, NAS_bearer_allocation_request);
    struct nas_bearer_allocation_request *b = nas_body(m, bearer_allocation_request);
    m->pti = pti;
    b->linked_ebi = linked;
    b->tad = (struct ie_tft){.op = TFT_CREATE, .n = 1, .filter = {{.id = 1, .protocol = 17}}};
    b->qos = (struct ie_qos){.qci = 1, .gbr_ul = 30, .gbr_dl = 30};
    uplink(r, m);
}

static void give_up(struct rig *r, uint8_t pti, uint8_t ebi)
{
    struct nas_msg *m = nas_new(r->epc.nas, NAS_bearer_modification_request);
    struct nas_bearer_modification_request *b = nas_body(m, bearer_modification_request);
    m->pti = pti;
    b->linked_ebi = ebi;
    b->tad = (struct ie_tft){.op = TFT_REMOVE, .n = 1, .filter = {{.id = 1}}};
    IE_PUT(b, cause) = ESM_REGULAR_DEACTIVATION;
    uplink(r, m);
}

/* The command that was sent last: its number is what comes back. */
static const struct gtp_bearer_resource_cmd *commanded(struct rig *r, uint8_t pti)
{
    const struct gtp_bearer_resource_cmd *b = gtp_body(r->gtp, bearer_resource_cmd);
    CU_ASSERT_EQUAL(r->gtp->teid, SGW_TEID);
    CU_ASSERT_TRUE(r->gtp->seq & GTP_COMMAND_SEQ);
    CU_ASSERT_EQUAL(b->linked_ebi, 5);
    CU_ASSERT_EQUAL(b->pti, pti);
    r->seq = r->gtp->seq;
    return b;
}

static void create_asked(struct rig *r, uint8_t pti)
{
    struct gtp_msg *m = gtp_new(r->epc.gtp, GTP_create_bearer_req);
    struct gtp_create_bearer_req *b = gtp_body(m, create_bearer_req);
    m->teid = r->mme_id;
    m->seq = r->seq;
    IE_PUT(b, pti) = pti;
    b->linked_ebi = 5;
    b->bearers = (struct ie_bearers){.n = 1, .item = {bearer(0, BEARER_QOS | BEARER_TFT, 30)}};
    say_gtp(r, m);
}

static void fail(struct rig *r, uint8_t cause)
{
    struct gtp_msg *m = gtp_new(r->epc.gtp, GTP_bearer_resource_failure);
    m->teid = r->mme_id;
    m->seq = r->seq;
    gtp_body(m, bearer_resource_failure)->cause = cause;
    say_gtp(r, m);
}

static void update_asked(struct rig *r, uint8_t pti, uint8_t op, uint32_t gbr)
{
    struct gtp_msg *m = gtp_new(r->epc.gtp, GTP_update_bearer_req);
    struct ie_bearer item = bearer(6, BEARER_TFT | BEARER_QOS, gbr);
    m->teid = r->mme_id;
    m->seq = r->seq;
    item.tft.op = op;
    IE_PUT(gtp_body(m, update_bearer_req), pti) = pti;
    gtp_body(m, update_bearer_req)->bearers = (struct ie_bearers){.n = 1, .item = {item}};
    say_gtp(r, m);
}

static void own_bearer(struct rig *r, uint8_t pti)
{
    ask(r, pti, 5);
    hear(r, COMMAND);
    const struct gtp_bearer_resource_cmd *b = commanded(r, pti);
    CU_ASSERT(b->tad.op == TFT_CREATE && IE_HAS(b, flow_qos) && b->flow_qos.gbr_ul == 30 && !IE_HAS(b, ebi));
    create_asked(r, pti);
    hear(r, DEDICATE);
    CU_ASSERT_EQUAL(r->nas->pti, pti);
    erab_up(r, 6, 1);
    phone(r, NAS_activate_dedicated_accept, 6);
    hear(r, "SGW: Create Bearer Response");
    CU_ASSERT_EQUAL(r->gtp->seq, r->seq);
}

/* A bearer comes and goes with the phone's transaction, and the phone's repetitions change nothing; changes that the
 * network makes of its own have none. */
void test_mme_ask_bearer(void)
{
    struct rig *r = rig_new();
    struct ie_bearer b[IE_MAX_BEARERS];
    registered(r, "ims");
    ask(r, 1, 5);
    hear(r, COMMAND);
    ask(r, 1, 5);
    hear(r, "");
    commanded(r, 1);
    create_asked(r, 1);
    hear(r, DEDICATE);
    ask(r, 1, 5);
    create_asked(r, 1);
    hear(r, "");
    erab_up(r, 6, 1);
    phone(r, NAS_activate_dedicated_accept, 6);
    hear(r, "SGW: Create Bearer Response");

    r->seq = 100;
    update_bearer(r, 6, BEARER_TFT, 0);
    hear(r, MODIFY);
    CU_ASSERT_EQUAL(r->nas->pti, 0);
    phone(r, NAS_modify_accept, 6);
    hear(r, "SGW: Update Bearer Response");

    give_up(r, 2, 6);
    hear(r, COMMAND);
    CU_ASSERT(IE_HAS(commanded(r, 2), ebi) && commanded(r, 2)->ebi == 6 && commanded(r, 2)->tad.op == TFT_REMOVE);
    struct gtp_msg *m = gtp_new(r->epc.gtp, GTP_delete_bearer_req);
    m->teid = r->mme_id;
    m->seq = r->seq;
    IE_PUT(gtp_body(m, delete_bearer_req), pti) = 2;
    IE_PUT(gtp_body(m, delete_bearer_req), ebis) = (struct ie_ebis){.n = 1, .ebi = {6}};
    say_gtp(r, m);
    hear(r, DEACTIVATE);
    CU_ASSERT_EQUAL(r->nas->pti, 2);
    erab_down(r, 6);
    phone(r, NAS_deactivate_accept, 6);
    hear(r, "SGW: Delete Bearer Response");
    CU_ASSERT_EQUAL(mme_bearers(r->mme, IMSI, b), 1);
    pass(r, 100 * SIM_S);
    hear(r, "");
    rig_free(r, 1);
}

/* What is asked for becomes part of a bearer that is there, or is taken from it. */
void test_mme_ask_change(void)
{
    struct rig *r = rig_new();
    registered(r, "ims");
    own_bearer(r, 1);
    for (uint8_t pti = 2; pti <= 3; pti++) {
        if (pti == 2)
            ask(r, pti, 5);
        else
            give_up(r, pti, 6);
        hear(r, COMMAND);
        commanded(r, pti);
        update_asked(r, pti, pti == 2 ? TFT_ADD : TFT_REMOVE, 30);
        hear(r, MODIFY);
        CU_ASSERT_EQUAL(r->nas->pti, pti);
        phone(r, NAS_modify_accept, 6);
        hear(r, "SGW: Update Bearer Response");
    }
    pass(r, 100 * SIM_S);
    hear(r, "");
    rig_free(r, 1);
}

static void allocation_refused(struct rig *r, uint8_t pti, uint8_t cause)
{
    hear(r, REFUSED);
    CU_ASSERT_EQUAL(r->nas->pti, pti);
    CU_ASSERT_EQUAL(nas_body(r->nas, bearer_allocation_reject)->cause, cause);
}

static void release_refused(struct rig *r, uint8_t pti, uint8_t cause)
{
    hear(r, NOT_RELEASED);
    CU_ASSERT_EQUAL(r->nas->pti, pti);
    CU_ASSERT_EQUAL(nas_body(r->nas, bearer_modification_reject)->cause, cause);
}

/* No such connection or bearer; what the gateways say; nobody says anything; the eNB has no room. */
void test_mme_ask_refused(void)
{
    static const uint8_t causes[][2] = {
        {GTP_CONTEXT_NOT_FOUND,   ESM_INVALID_EBI            },
        {GTP_TFT_SEMANTIC,        ESM_SEMANTIC_ERROR_TFT     },
        {GTP_NO_RESOURCES,        ESM_INSUFFICIENT_RESOURCES },
        {GTP_REQUEST_REJECTED,    ESM_REJECTED_BY_GW         },
        {GTP_PEER_NOT_RESPONDING, ESM_NETWORK_FAILURE        },
    };
    struct rig *r = rig_new();
    registered(r, "ims");
    ask(r, 1, 9);
    allocation_refused(r, 1, ESM_INVALID_EBI);
    give_up(r, 2, 6);
    release_refused(r, 2, ESM_INVALID_EBI);
    give_up(r, 3, 5); /* the default bearer is not the phone's to give up */
    release_refused(r, 3, ESM_INVALID_EBI);
    for (size_t i = 0; i < G_N_ELEMENTS(causes); i++) {
        ask(r, 4, 5);
        hear(r, COMMAND);
        commanded(r, 4);
        fail(r, causes[i][0]);
        allocation_refused(r, 4, causes[i][1]);
        fail(r, causes[i][0]); /* too late */
        hear(r, "");
    }
    ask(r, 5, 5);
    for (int i = 0; i < 3; i++) {
        hear(r, COMMAND);
        pass(r, 3 * SIM_S);
    }
    allocation_refused(r, 5, ESM_NETWORK_FAILURE);
    commanded(r, 5);
    create_asked(r, 5); /* too late: the phone does not wait for it any more */
    hear(r, "SGW: Create Bearer Response");
    CU_ASSERT_EQUAL(gtp_body(r->gtp, create_bearer_rsp)->cause, GTP_REQUEST_REJECTED);
    ask(r, 6, 5);
    hear(r, COMMAND);
    commanded(r, 6);
    create_asked(r, 6);
    hear(r, DEDICATE);
    erab_fails(r, 6);
    hear(r, REFUSED "; SGW: Create Bearer Response");
    CU_ASSERT_EQUAL(nas_body(r->nas, bearer_allocation_reject)->cause, ESM_INSUFFICIENT_RESOURCES);
    own_bearer(r, 7);
    ask(r, 9, 5);
    hear(r, COMMAND);
    commanded(r, 9);
    update_asked(r, 9, TFT_ADD, 90);
    hear(r, "eNB: E-RAB MODIFY REQUEST [MODIFY EPS BEARER CONTEXT REQUEST]");
    erab_modified(r, 6, false);
    hear(r, REFUSED "; SGW: Update Bearer Response");
    give_up(r, 10, 6);
    hear(r, COMMAND);
    commanded(r, 10);
    update_asked(r, 10, TFT_REMOVE, 20);
    hear(r, "eNB: E-RAB MODIFY REQUEST [MODIFY EPS BEARER CONTEXT REQUEST]");
    erab_modified(r, 6, false);
    hear(r, NOT_RELEASED "; SGW: Update Bearer Response");
    give_up(r, 8, 6);
    hear(r, COMMAND);
    commanded(r, 8);
    fail(r, GTP_REQUEST_REJECTED);
    release_refused(r, 8, ESM_REJECTED_BY_GW);
    rig_free(r, 1);
}

/* The phone leaves while the command is under way. */
void test_mme_ask_and_detach(void)
{
    struct rig *r = rig_new();
    registered(r, "ims");
    ask(r, 1, 5);
    hear(r, COMMAND);
    detach(r, DETACH_EPS_SWITCH_OFF);
    hear(r, "SGW: Delete Session Request");
    deleted(r);
    hear(r, "eNB: UE CONTEXT RELEASE COMMAND");
    released(r);
    pass(r, 100 * SIM_S);
    rig_free(r, 0);
}
