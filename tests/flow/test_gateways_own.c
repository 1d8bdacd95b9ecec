/* test_gateways_own.c - bearers that phones ask for, through S-GW and P-GW. */
#include "tests/flow/gateways.h"

#include <CUnit/CUnit.h>

#define COMMAND                                                                                                    \
    "MME > S-GW: Bearer Resource Command\n"                                                                        \
    "S-GW > P-GW: Bearer Resource Command\n"
#define POLICY                                                                                                     \
    "P-GW > PCRF: CCR\n"                                                                                           \
    "PCRF > P-GW: CCA\n"
#define FAILURE                                                                                                    \
    "P-GW > S-GW: Bearer Resource Failure Indication\n"                                                            \
    "S-GW > MME: Bearer Resource Failure Indication\n"
#define RAR_RAA                                                                                                    \
    "PCRF > P-GW: RAR\n"                                                                                           \
    "P-GW > PCRF: RAA\n"
#define BEARER(what)                                                                                               \
    "P-GW > S-GW: " what " Bearer Request\n"                                                                       \
    "S-GW > MME: " what " Bearer Request\n"                                                                        \
    "MME > S-GW: " what " Bearer Response\n"                                                                       \
    "S-GW > P-GW: " what " Bearer Response\n"

/* The MME's command, for two filters, as transaction `pti` of the phone. */
static struct gtp_msg *command(struct gw_world *w, uint8_t op, uint8_t pti)
{
    struct gtp_msg *m = gtp_new(w->epc.gtp, GTP_bearer_resource_cmd);
    struct gtp_bearer_resource_cmd *b = gtp_body(m, bearer_resource_cmd);

    m->seq = GTP_COMMAND_SEQ | ++w->seq;
    m->teid = w->sgw_teid;
    b->linked_ebi = 5;
    b->pti = pti;
    b->tad = (struct ie_tft){.op = op, .n = 2, .filter = {{.id = 1, .direction = FILTER_DOWNLINK}, {.id = 2, .direction = FILTER_UPLINK}}};
    for (unsigned i = 0; i < 2; i++) {
        b->tad.filter[i].protocol = 17;
        b->tad.filter[i].local_port = 6000;
    }
    return m;
}

static struct gtp_msg *asking(struct gw_world *w, uint8_t pti)
{
    struct gtp_msg *m = command(w, TFT_CREATE, pti);
    IE_PUT(gtp_body(m, bearer_resource_cmd), flow_qos) = (struct ie_qos){.qci = 1, .gbr_ul = 30, .gbr_dl = 30, .mbr_ul = 30, .mbr_dl = 30};
    return m;
}

static struct gtp_msg *giving_up(struct gw_world *w, uint8_t pti, uint8_t ebi)
{
    struct gtp_msg *m = command(w, TFT_REMOVE, pti);
    IE_PUT(gtp_body(m, bearer_resource_cmd), ebi) = ebi;
    return m;
}

static void say(struct gtp_msg *m)
{
    gw_send_gtp(MME, SGW, IFACE_S11, m);
}

static struct gw_world *attached(void)
{
    struct gw_world *w = gw_world_new();
    gw_attach(w);
    gw_modify_bearer(w, w->sgw_teid, 5);
    gw_forget_flow(w);
    return w;
}

static void leave(struct gw_world *w)
{
    gw_delete_session(w, w->sgw_teid, 5);
    gw_forget_flow(w);
    CU_ASSERT_EQUAL(sgw_contexts(w->node[SGW]) + pgw_contexts(w->node[PGW]), 0);
    gw_world_free(w);
}

/* The request that a command triggers has the phone's transaction and the number of the command on its interface
 * (TS 29.274 7.6); what the network does of its own has neither. */
void test_gateways_own_bearer(void)
{
    struct gw_world *w = attached();
    struct gtp_msg *m = asking(w, 7);
    uint32_t seq = m->seq;

    say(m);
    gw_expect_flow(w, COMMAND POLICY BEARER("Create"));
    const struct dia_CCR *ccr = LAST_DIA(w, PCRF, CCR);
    CU_ASSERT(ccr->type == CC_UPDATE && ccr->filter_operation == FILTERS_ADDITION && ccr->filters.n == 2);
    CU_ASSERT(ccr->qos.qci == 1 && ccr->qos.gbr_ul == 30);
    CU_ASSERT_EQUAL(ccr->filters.item[1].local_port, 6000);
    const struct gtp_create_bearer_req *create = LAST_GTP(w, MME, create_bearer_req);
    CU_ASSERT(IE_HAS(create, pti) && create->pti == 7);
    CU_ASSERT_EQUAL(((const struct gtp_msg *)w->last[MME])->seq, seq);
    CU_ASSERT_EQUAL(create->linked_ebi, 5);
    CU_ASSERT_EQUAL(create->bearers.item[0].tft.n, 2);

    /* a call uses the rule: another way for the packets, other filters, the same bearer */
    struct ie_rule call = gw_media(1, 1, 6000, 40);
    call.name.stem = "ue";
    call.qos.arp.level = 1;
    gw_install(w, 1, &call);
    gw_expect_flow(w, RAR_RAA BEARER("Update"));
    const struct gtp_update_bearer_req *update = LAST_GTP(w, MME, update_bearer_req);
    CU_ASSERT_FALSE(IE_HAS(update, pti));
    CU_ASSERT_FALSE(((const struct gtp_msg *)w->last[MME])->seq & GTP_COMMAND_SEQ);
    CU_ASSERT(update->bearers.item[0].ebi == 6 && update->bearers.item[0].qos.gbr_dl == 40);
    CU_ASSERT(update->bearers.item[0].tft.op == TFT_REPLACE && update->bearers.item[0].tft.filter[0].remote_port == 5000);

    m = giving_up(w, 8, 6);
    seq = m->seq;
    say(m);
    gw_expect_flow(w, COMMAND POLICY BEARER("Delete"));
    CU_ASSERT_EQUAL(LAST_DIA(w, PCRF, CCR)->filter_operation, FILTERS_DELETION);
    CU_ASSERT_EQUAL(LAST_DIA(w, PCRF, CCR)->filters.rule, 1);
    CU_ASSERT(IE_HAS(LAST_GTP(w, MME, delete_bearer_req), pti) && LAST_GTP(w, MME, delete_bearer_req)->pti == 8);
    CU_ASSERT_EQUAL(((const struct gtp_msg *)w->last[MME])->seq, seq);
    CU_ASSERT_EQUAL(pgw_bearers(w->node[PGW], gw_phone(w), NULL, 0), 1);
    leave(w);
}

/* A bearer of that QCI and ARP is there: it changes, and takes in what is asked for, or loses it. */
void test_gateways_own_filters_share_a_bearer(void)
{
    struct gw_world *w = attached();
    struct ie_rule call = gw_media(50, 1, 7000, 40);

    call.qos.arp.level = 1;
    gw_install(w, 1, &call);
    gw_expect_flow(w, RAR_RAA BEARER("Create"));
    say(asking(w, 1));
    gw_expect_flow(w, COMMAND POLICY BEARER("Update"));
    const struct gtp_update_bearer_req *update = LAST_GTP(w, MME, update_bearer_req);
    CU_ASSERT(IE_HAS(update, pti) && update->pti == 1);
    CU_ASSERT(update->bearers.item[0].tft.op == TFT_ADD && update->bearers.item[0].tft.n == 2);
    CU_ASSERT_EQUAL(update->bearers.item[0].tft.filter[0].id, 3);
    CU_ASSERT_EQUAL(update->bearers.item[0].qos.gbr_ul, 70);

    struct gtp_msg *m = giving_up(w, 2, 6);
    m->body.bearer_resource_cmd.tad.filter[0].id = 3;
    m->body.bearer_resource_cmd.tad.filter[1].id = 4;
    say(m);
    gw_expect_flow(w, COMMAND POLICY BEARER("Update"));
    CU_ASSERT_EQUAL(LAST_GTP(w, MME, update_bearer_req)->pti, 2);
    CU_ASSERT_EQUAL(LAST_GTP(w, MME, update_bearer_req)->bearers.item[0].tft.op, TFT_REMOVE);
    CU_ASSERT_EQUAL(LAST_GTP(w, MME, update_bearer_req)->bearers.item[0].qos.gbr_ul, 40);
    leave(w);
}

static void fails(struct gw_world *w, struct gtp_msg *m, const char *flow, uint8_t cause)
{
    uint32_t seq = m->seq;
    uint8_t pti = m->body.bearer_resource_cmd.pti;
    say(m);
    gw_expect_flow(w, flow);
    const struct gtp_bearer_resource_failure *b = LAST_GTP(w, MME, bearer_resource_failure);
    CU_ASSERT_EQUAL(b->cause, cause);
    CU_ASSERT_EQUAL(b->pti, pti);
    CU_ASSERT_EQUAL(((const struct gtp_msg *)w->last[MME])->seq, seq);
}

/* No such connection at the S-GW, or at the P-GW; no such filters; no bit rate; the PCRF says no; the MME does. */
void test_gateways_own_refusals(void)
{
    static const char at_sgw[] = "MME > S-GW: Bearer Resource Command\nS-GW > MME: Bearer Resource Failure Indication\n";
    struct gw_world *w = attached();
    struct gtp_msg *m = asking(w, 1);

    m->body.bearer_resource_cmd.linked_ebi = 9;
    fails(w, m, at_sgw, GTP_CONTEXT_NOT_FOUND);
    fails(w, command(w, TFT_CREATE, 2), COMMAND FAILURE, GTP_TFT_SEMANTIC);
    fails(w, giving_up(w, 3, 6), COMMAND FAILURE, GTP_TFT_SEMANTIC);
    w->cca_result = DIA_GX_BEARER_NOT_AUTHORIZED;
    fails(w, asking(w, 4), COMMAND POLICY FAILURE, GTP_REQUEST_REJECTED);
    w->cca_result = DIA_SUCCESS;

    m = asking(w, 5);
    m->teid = 0x77; /* as if the S-GW knew a connection that the P-GW does not */
    gw_send_gtp(SGW, PGW, IFACE_S5, m);
    gw_expect_flow(w, "S-GW > P-GW: Bearer Resource Command\nP-GW > S-GW: Bearer Resource Failure Indication\n");
    CU_ASSERT_EQUAL(LAST_GTP(w, SGW, bearer_resource_failure)->cause, GTP_CONTEXT_NOT_FOUND);

    w->cause = GTP_NO_RESOURCES;
    say(asking(w, 6)); /* the phone has heard it from the MME; the PCRF has to */
    gw_expect_flow(w, COMMAND POLICY BEARER("Create") POLICY);
    CU_ASSERT_EQUAL(LAST_DIA(w, PCRF, CCR)->report.status, RULE_INACTIVE);
    leave(w);
}

/* Whatever is lost is asked for again: one command of the phone is one request to the PCRF. */
void test_gateways_own_repetition(void)
{
    struct gw_world *w = attached();

    gw_lose(w, GTP_bearer_resource_cmd, IFACE_S5, 1, 1);
    say(asking(w, 1));
    gw_expect_flow(w, "MME > S-GW: Bearer Resource Command\nS-GW > P-GW: Bearer Resource Command\n" POLICY BEARER("Create"));

    struct gtp_msg *m = giving_up(w, 2, 6);
    msg_ref(&m->m);
    say(m);
    node_send(w->node[MME], w->node[SGW], IFACE_S11, &m->m); /* the MME has not waited */
    gw_expect_flow(w, "MME > S-GW: Bearer Resource Command\nMME > S-GW: Bearer Resource Command\n"
                      "S-GW > P-GW: Bearer Resource Command\n" POLICY BEARER("Delete"));

    gw_lose(w, GTP_bearer_resource_cmd, IFACE_S5, 1, 99);
    sim_time start = sim_now(w->sim);
    fails(w, asking(w, 3), "MME > S-GW: Bearer Resource Command\nS-GW > MME: Bearer Resource Failure Indication\n", GTP_PEER_NOT_RESPONDING);
    CU_ASSERT_EQUAL(sim_now(w->sim) - start, 3 * w->timer[TIMER_GTP_T3]);
    leave(w);
}

/* The PCRF does not answer within Tx (5 s): by then the S-GW has asked twice (T3-RESPONSE 3 s). The phone leaves meanwhile. */
void test_gateways_own_no_policy(void)
{
    struct gw_world *w = attached();

    w->mute_pcrf = true;
    fails(w, asking(w, 1), COMMAND "P-GW > PCRF: CCR\nS-GW > P-GW: Bearer Resource Command\n" FAILURE, GTP_PEER_NOT_RESPONDING);
    say(asking(w, 2));
    sim_run(w->sim, sim_now(w->sim) + SIM_S);
    w->mute_pcrf = false;
    leave(w);
}
