/* test_gateways.c - PDN connections, bearers and packets through S-GW and P-GW. */
#include "tests/flow/gateways.h"

#include <CUnit/CUnit.h>

/* ---- flows ----------------------------------------------------------------------------------- */

#define CREATE_SESSION                                                                                             \
    "MME > S-GW: Create Session Request\n"                                                                         \
    "S-GW > P-GW: Create Session Request\n"                                                                        \
    "P-GW > PCRF: CCR\n"                                                                                           \
    "PCRF > P-GW: CCA\n"                                                                                           \
    "P-GW > S-GW: Create Session Response\n"                                                                       \
    "S-GW > MME: Create Session Response\n"
#define DELETE_SESSION                                                                                             \
    "MME > S-GW: Delete Session Request\n"                                                                         \
    "S-GW > P-GW: Delete Session Request\n"                                                                        \
    "P-GW > PCRF: CCR\n"                                                                                           \
    "PCRF > P-GW: CCA\n"                                                                                           \
    "P-GW > S-GW: Delete Session Response\n"                                                                       \
    "S-GW > MME: Delete Session Response\n"
#define RAR_RAA                                                                                                    \
    "PCRF > P-GW: RAR\n"                                                                                           \
    "P-GW > PCRF: RAA\n"
#define BEARER(what)                                                                                               \
    "P-GW > S-GW: " what " Bearer Request\n"                                                                       \
    "S-GW > MME: " what " Bearer Request\n"                                                                        \
    "MME > S-GW: " what " Bearer Response\n"                                                                       \
    "S-GW > P-GW: " what " Bearer Response\n"

/* A phone attaches and detaches: what each answer says, and that nothing stays behind. */
void test_gateways_session(void)
{
    struct gw_world *w = gw_world_new();
    struct ie_bearer at_sgw, at_pgw;

    gw_attach(w);
    gw_expect_flow(w, CREATE_SESSION);
    const struct gtp_create_session_rsp *b = LAST_GTP(w, MME, create_session_rsp);
    CU_ASSERT_EQUAL(((const struct gtp_msg *)w->last[MME])->teid, MME_TEID);
    CU_ASSERT_EQUAL(((const struct gtp_msg *)w->last[MME])->seq, 1);
    CU_ASSERT_EQUAL(b->cause, GTP_ACCEPTED);
    CU_ASSERT_EQUAL(b->sender.iface, FTEID_S11_SGW);
    CU_ASSERT_EQUAL(b->sender.ipv4, epc_ip(w->node[SGW]));
    CU_ASSERT_EQUAL(b->pgw.ipv4, epc_ip(w->node[PGW]));
    CU_ASSERT_EQUAL(b->paa.ipv4, gw_phone(w));
    CU_ASSERT_EQUAL(b->pco.n_p_cscf, 1);
    CU_ASSERT_EQUAL(b->pco.p_cscf[0], epc_ip(w->node[P_CSCF]));
    CU_ASSERT_EQUAL(b->ambr.dl, 2000);
    CU_ASSERT_EQUAL(b->bearers.item[0].ebi, 5);
    CU_ASSERT_EQUAL(b->bearers.item[0].qos.qci, 5);
    CU_ASSERT_EQUAL(b->bearers.item[0].qos.arp.level, 2);
    CU_ASSERT_EQUAL(b->bearers.item[0].fteid[0].iface, FTEID_S1U_SGW);
    CU_ASSERT_EQUAL(b->bearers.item[0].fteid[1].iface, FTEID_S5U_PGW);
    CU_ASSERT_EQUAL(LAST_DIA(w, PCRF, CCR)->type, CC_INITIAL);
    CU_ASSERT_EQUAL(LAST_DIA(w, PCRF, CCR)->address, gw_phone(w));

    CU_ASSERT_EQUAL(sgw_bearers(w->node[SGW], epc_imsi(0), &at_sgw, 1), 1);
    CU_ASSERT_EQUAL(at_sgw.fteid[0].teid, 0);
    gw_modify_bearer(w, w->sgw_teid, 5);
    gw_expect_flow(w, "MME > S-GW: Modify Bearer Request\nS-GW > MME: Modify Bearer Response\n");
    CU_ASSERT_EQUAL(LAST_GTP(w, MME, modify_bearer_rsp)->cause, GTP_ACCEPTED);
    CU_ASSERT_EQUAL(LAST_GTP(w, MME, modify_bearer_rsp)->bearers.item[0].cause, GTP_ACCEPTED);
    sgw_bearers(w->node[SGW], epc_imsi(0), &at_sgw, 1);
    CU_ASSERT_EQUAL(pgw_bearers(w->node[PGW], gw_phone(w), &at_pgw, 1), 1);
    CU_ASSERT_EQUAL(at_sgw.fteid[0].teid, ENB_TEID + 5);
    CU_ASSERT_EQUAL(at_sgw.fteid[1].teid, at_pgw.fteid[1].teid);
    CU_ASSERT_EQUAL(at_pgw.ebi, 5);

    gw_delete_session(w, w->sgw_teid, 5);
    gw_expect_flow(w, DELETE_SESSION);
    CU_ASSERT_EQUAL(LAST_GTP(w, MME, delete_session_rsp)->cause, GTP_ACCEPTED);
    CU_ASSERT_EQUAL(LAST_DIA(w, PCRF, CCR)->type, CC_TERMINATION);
    CU_ASSERT_EQUAL(LAST_DIA(w, PCRF, CCR)->number, 1);
    CU_ASSERT_EQUAL(sgw_contexts(w->node[SGW]), 0);
    CU_ASSERT_EQUAL(pgw_contexts(w->node[PGW]), 0);
    gw_world_free(w);
}

/* Two PDN connections of one phone: one S11 TEID, two addresses; the other outlives the first. */
void test_gateways_two_connections(void)
{
    struct gw_world *w = gw_world_new();

    gw_send_gtp(MME, SGW, IFACE_S11, gw_create_session(w, epc_imsi(0), 5, "internet"));
    gw_forget_flow(w);
    uint32_t teid = w->sgw_teid;
    CU_ASSERT_EQUAL(LAST_GTP(w, MME, create_session_rsp)->paa.ipv4, pgw_address(&w->epc, 0, "internet"));
    CU_ASSERT_NOT_EQUAL(pgw_address(&w->epc, 0, "internet"), gw_phone(w));
    gw_send_gtp(MME, SGW, IFACE_S11, gw_create_session(w, epc_imsi(0), 6, "ims.mnc001.mcc001.gprs"));
    gw_forget_flow(w);
    CU_ASSERT_EQUAL(w->sgw_teid, teid);
    CU_ASSERT_EQUAL(LAST_GTP(w, MME, create_session_rsp)->paa.ipv4, gw_phone(w));
    CU_ASSERT_EQUAL(sgw_contexts(w->node[SGW]), 5);
    gw_delete_session(w, teid, 5);
    gw_expect_flow(w, DELETE_SESSION);
    CU_ASSERT_EQUAL(sgw_contexts(w->node[SGW]), 3);
    CU_ASSERT_EQUAL(pgw_bearers(w->node[PGW], gw_phone(w), NULL, 0), 1);
    gw_delete_session(w, teid, 6);
    gw_forget_flow(w);
    CU_ASSERT_EQUAL(sgw_contexts(w->node[SGW]) + pgw_contexts(w->node[PGW]), 0);
    gw_world_free(w);
}

/* The PCRF says no, or nothing; the P-GW is unknown, the phone is; what is asked about is not there. */
void test_gateways_refusals(void)
{
    struct gw_world *w = gw_world_new();
    struct gtp_msg *m;

    w->cca_result = DIA_UNABLE_TO_COMPLY;
    gw_attach(w);
    gw_expect_flow(w, CREATE_SESSION);
    CU_ASSERT_EQUAL(LAST_GTP(w, MME, create_session_rsp)->cause, GTP_REQUEST_REJECTED);
    w->cca_result = DIA_SUCCESS;

    /* the S-GW asks twice before the P-GW gives the PCRF up */
    w->mute_pcrf = true;
    sim_time start = sim_now(w->sim);
    gw_attach(w);
    CU_ASSERT_EQUAL(LAST_GTP(w, MME, create_session_rsp)->cause, GTP_REQUEST_REJECTED);
    CU_ASSERT_EQUAL(sim_now(w->sim) - start, w->timer[TIMER_DIAMETER_TX]);
    w->mute_pcrf = false;
    gw_forget_flow(w);

    m = gw_create_session(w, epc_imsi(0), 5, "ims");
    m->body.create_session_req.pgw.ipv4 = epc_ip(w->node[PCRF]);
    gw_send_gtp(MME, SGW, IFACE_S11, m);
    gw_expect_flow(w, "MME > S-GW: Create Session Request\nS-GW > MME: Create Session Response\n");
    gw_send_gtp(MME, SGW, IFACE_S11, gw_create_session(w, epc_imsi(77), 5, "ims"));
    gw_expect_flow(w, "MME > S-GW: Create Session Request\nS-GW > P-GW: Create Session Request\n"
                   "P-GW > S-GW: Create Session Response\nS-GW > MME: Create Session Response\n");

    gw_modify_bearer(w, 4711, 5);
    gw_forget_flow(w);
    CU_ASSERT_EQUAL(LAST_GTP(w, MME, modify_bearer_rsp)->cause, GTP_CONTEXT_NOT_FOUND);
    gw_delete_session(w, 4711, 5);
    gw_forget_flow(w);
    CU_ASSERT_EQUAL(LAST_GTP(w, MME, delete_session_rsp)->cause, GTP_CONTEXT_NOT_FOUND);
    w->gx = 4711;
    gw_install(w, 0, NULL);
    gw_expect_flow(w, RAR_RAA);
    CU_ASSERT_EQUAL(((const struct dia_msg *)w->last[PCRF])->result, DIA_UNKNOWN_SESSION_ID);
    CU_ASSERT_EQUAL(sgw_contexts(w->node[SGW]) + pgw_contexts(w->node[PGW]), 0);
    gw_world_free(w);
}

/* A call with voice and video: a bearer each, both at once; a second voice stream joins its bearer; hang up. */
void test_gateways_bearers(void)
{
    struct gw_world *w = gw_world_new();
    struct ie_rule rules[2] = {gw_media(1, 1, 6000, 38), gw_media(2, 2, 6002, 384)};
    struct ie_rule more = gw_media(3, 1, 6004, 30);
    struct ie_bearer list[4];
    struct ie_rule known[4];

    gw_attach(w);
    gw_forget_flow(w);
    gw_install(w, 2, rules);
    gw_expect_flow(w, RAR_RAA "P-GW > S-GW: Create Bearer Request\nP-GW > S-GW: Create Bearer Request\n"
                           "S-GW > MME: Create Bearer Request\nS-GW > MME: Create Bearer Request\n"
                           "MME > S-GW: Create Bearer Response\nMME > S-GW: Create Bearer Response\n"
                           "S-GW > P-GW: Create Bearer Response\nS-GW > P-GW: Create Bearer Response\n");
    CU_ASSERT_EQUAL(pgw_bearers(w->node[PGW], gw_phone(w), list, 4), 3);
    CU_ASSERT_EQUAL(list[1].ebi, 6);
    CU_ASSERT_EQUAL(list[1].qos.qci, 1);
    CU_ASSERT_EQUAL(list[1].qos.gbr_ul, 38);
    CU_ASSERT_EQUAL(list[2].ebi, 7);
    CU_ASSERT_EQUAL(list[2].qos.qci, 2);

    gw_install(w, 1, &more);
    gw_expect_flow(w, RAR_RAA BEARER("Update"));
    const struct gtp_update_bearer_req *u = LAST_GTP(w, MME, update_bearer_req);
    CU_ASSERT_EQUAL(u->bearers.item[0].ebi, 6);
    CU_ASSERT_EQUAL(u->bearers.item[0].parts, BEARER_QOS | BEARER_TFT);
    CU_ASSERT_EQUAL(u->bearers.item[0].qos.gbr_dl, 68);
    CU_ASSERT_EQUAL(u->bearers.item[0].tft.op, TFT_ADD);
    CU_ASSERT_EQUAL(u->bearers.item[0].tft.n, 2);
    CU_ASSERT_EQUAL(u->bearers.item[0].tft.filter[0].id, 3);
    CU_ASSERT_EQUAL(u->bearers.item[0].tft.filter[0].precedence, 14);

    gw_remove_rules(w, 1, 1);
    gw_expect_flow(w, RAR_RAA BEARER("Update"));
    u = LAST_GTP(w, MME, update_bearer_req);
    CU_ASSERT_EQUAL(u->bearers.item[0].tft.op, TFT_REMOVE);
    CU_ASSERT_EQUAL(u->bearers.item[0].tft.filter[1].id, 2);
    CU_ASSERT_EQUAL(u->bearers.item[0].qos.gbr_dl, 30);
    CU_ASSERT_EQUAL(pgw_rules(w->node[PGW], gw_phone(w), known, 4), 2);

    gw_remove_rules(w, 2, 3);
    gw_forget_flow(w);
    CU_ASSERT_EQUAL(w->last[MME]->type, GTP_delete_bearer_req);
    CU_ASSERT_EQUAL(pgw_bearers(w->node[PGW], gw_phone(w), list, 4), 1);
    CU_ASSERT_EQUAL(sgw_contexts(w->node[SGW]), 3);
    CU_ASSERT_EQUAL(pgw_contexts(w->node[PGW]), 2);
    gw_world_free(w);
}

/* What the messages of one new bearer say. */
void test_gateways_create_bearer(void)
{
    struct gw_world *w = gw_world_new();
    struct ie_rule rule = gw_media(1, 1, 6000, 38);
    struct ie_bearer at_sgw[2], at_pgw[2];

    gw_attach(w);
    gw_forget_flow(w);
    gw_install(w, 1, &rule);
    gw_expect_flow(w, RAR_RAA BEARER("Create"));
    const struct gtp_create_bearer_req *b = LAST_GTP(w, MME, create_bearer_req);
    const struct ie_bearer *item = &b->bearers.item[0];
    CU_ASSERT_EQUAL(b->linked_ebi, 5);
    CU_ASSERT_EQUAL(item->ebi, 0);
    CU_ASSERT_EQUAL(item->fteid[0].iface, FTEID_S1U_SGW);
    CU_ASSERT_EQUAL(item->fteid[1].iface, FTEID_S5U_PGW);
    CU_ASSERT_EQUAL(item->tft.op, TFT_CREATE);
    CU_ASSERT_EQUAL(item->tft.n, 2);
    CU_ASSERT_EQUAL(item->tft.filter[0].id, 1);
    CU_ASSERT_EQUAL(item->tft.filter[0].precedence, 10);
    CU_ASSERT_EQUAL(item->tft.filter[1].precedence, 11);
    CU_ASSERT_EQUAL(item->tft.filter[0].local_port, 6000);
    const struct gtp_create_bearer_rsp *r = LAST_GTP(w, PGW, create_bearer_rsp);
    CU_ASSERT_EQUAL(r->bearers.item[0].fteid[0].iface, FTEID_S5U_SGW);
    sgw_bearers(w->node[SGW], epc_imsi(0), at_sgw, 2);
    pgw_bearers(w->node[PGW], gw_phone(w), at_pgw, 2);
    CU_ASSERT_EQUAL(at_sgw[1].ebi, at_pgw[1].ebi);
    CU_ASSERT_EQUAL(at_sgw[1].fteid[1].teid, at_pgw[1].fteid[1].teid);
    CU_ASSERT_EQUAL(at_pgw[1].fteid[0].teid, r->bearers.item[0].fteid[0].teid);
    CU_ASSERT_EQUAL(at_sgw[1].fteid[0].teid, ENB_TEID + 6);

    /* in the middle of all this the phone goes: nothing is asked of the MME, nothing stays */
    gw_delete_session(w, w->sgw_teid, 5);
    gw_expect_flow(w, DELETE_SESSION);
    CU_ASSERT_EQUAL(sgw_contexts(w->node[SGW]) + pgw_contexts(w->node[PGW]), 0);
    gw_world_free(w);
}

/* The PCRF hears of success when it asked for it, and of failure always. */
void test_gateways_reports(void)
{
    struct gw_world *w = gw_world_new();
    struct ie_rule rule = gw_media(1, 1, 6000, 38), more = gw_media(2, 1, 6002, 38);

    w->triggers = 1u << EVENT_SUCCESSFUL_ALLOCATION;
    gw_attach(w);
    gw_forget_flow(w);
    gw_install(w, 1, &rule);
    gw_expect_flow(w, RAR_RAA BEARER("Create") "P-GW > PCRF: CCR\nPCRF > P-GW: CCA\n");
    CU_ASSERT_EQUAL(LAST_DIA(w, PCRF, CCR)->type, CC_UPDATE);
    CU_ASSERT_EQUAL(LAST_DIA(w, PCRF, CCR)->report.status, RULE_ACTIVE);
    CU_ASSERT_EQUAL(LAST_DIA(w, PCRF, CCR)->report.item[0].serial, 1);
    CU_ASSERT_EQUAL(LAST_DIA(w, PCRF, CCR)->events, w->triggers);

    /* a second stream is refused: its rule is gone, the first stays */
    w->cause = GTP_NO_RESOURCES;
    gw_install(w, 1, &more);
    gw_expect_flow(w, RAR_RAA BEARER("Update") "P-GW > PCRF: CCR\nPCRF > P-GW: CCA\n");
    CU_ASSERT_EQUAL(LAST_DIA(w, PCRF, CCR)->report.status, RULE_INACTIVE);
    CU_ASSERT_EQUAL(LAST_DIA(w, PCRF, CCR)->report.failure, RULE_FAILURE_ALLOCATION);
    CU_ASSERT_EQUAL(LAST_DIA(w, PCRF, CCR)->report.n, 1);
    CU_ASSERT_EQUAL(LAST_DIA(w, PCRF, CCR)->report.item[0].serial, 2);
    CU_ASSERT_EQUAL(pgw_rules(w->node[PGW], gw_phone(w), NULL, 0), 1);

    /* a bearer is refused: nothing of it stays anywhere */
    more = gw_media(3, 2, 6004, 384);
    gw_install(w, 1, &more);
    gw_expect_flow(w, RAR_RAA BEARER("Create") "P-GW > PCRF: CCR\nPCRF > P-GW: CCA\n");
    CU_ASSERT_EQUAL(LAST_DIA(w, PCRF, CCR)->report.item[0].serial, 3);
    CU_ASSERT_EQUAL(pgw_bearers(w->node[PGW], gw_phone(w), NULL, 0), 2);
    CU_ASSERT_EQUAL(sgw_contexts(w->node[SGW]), 4);

    /* the MME does not know the bearer any more */
    w->cause = GTP_CONTEXT_NOT_FOUND;
    rule.qos.gbr_ul = 20;
    gw_install(w, 1, &rule);
    gw_forget_flow(w);
    CU_ASSERT_EQUAL(LAST_DIA(w, PCRF, CCR)->report.item[0].serial, 1);
    CU_ASSERT_EQUAL(pgw_bearers(w->node[PGW], gw_phone(w), NULL, 0), 1);
    gw_world_free(w);
}

/* A change that is refused: the rule is as it was, filters, rate and gate, and another one may come (TS 29.212 4.5.12). */
void test_gateways_refused_change(void)
{
    struct gw_world *w = gw_world_new();
    struct ie_rule first = gw_media(1, 1, 6000, 38), rule = first, kept;

    gw_attach(w);
    gw_install(w, 1, &rule);
    gw_forget_flow(w);
    w->cause = GTP_NO_RESOURCES;
    rule.qos.mbr_ul = rule.qos.gbr_ul = 49;
    rule.flow[0].local_port = 7000;
    rule.flow_status = FLOW_DISABLED;
    gw_install(w, 1, &rule);
    gw_expect_flow(w, RAR_RAA BEARER("Update") "P-GW > PCRF: CCR\nPCRF > P-GW: CCA\n");
    CU_ASSERT_EQUAL(LAST_DIA(w, PCRF, CCR)->report.status, RULE_ACTIVE);
    CU_ASSERT_EQUAL(LAST_DIA(w, PCRF, CCR)->report.failure, RULE_FAILURE_ALLOCATION);
    CU_ASSERT_EQUAL(LAST_DIA(w, PCRF, CCR)->report.item[0].serial, 1);
    CU_ASSERT_EQUAL(pgw_rules(w->node[PGW], gw_phone(w), &kept, 1), 1);
    CU_ASSERT_EQUAL(kept.qos.gbr_ul, first.qos.gbr_ul);
    CU_ASSERT_EQUAL(kept.flow[0].local_port, first.flow[0].local_port);
    CU_ASSERT_EQUAL(kept.flow_status, first.flow_status);
    w->cause = GTP_ACCEPTED;
    gw_install(w, 1, &rule);
    gw_expect_flow(w, RAR_RAA BEARER("Update"));
    CU_ASSERT_EQUAL(pgw_rules(w->node[PGW], gw_phone(w), &kept, 1), 1);
    CU_ASSERT_EQUAL(kept.qos.gbr_ul, 49);
    gw_world_free(w);
}

/* Rules that change: a gate costs no message, a rate or a port one Update; a new QCI moves the rule. */
void test_gateways_changes(void)
{
    struct gw_world *w = gw_world_new();
    struct ie_rule rule = gw_media(1, 1, 6000, 38);

    gw_attach(w);
    gw_install(w, 1, &rule);
    gw_forget_flow(w);
    rule.flow_status = FLOW_DISABLED;
    gw_install(w, 1, &rule);
    gw_expect_flow(w, RAR_RAA);
    rule.qos.mbr_ul = rule.qos.gbr_ul = 49;
    gw_install(w, 1, &rule);
    gw_expect_flow(w, RAR_RAA BEARER("Update"));
    CU_ASSERT_EQUAL(LAST_GTP(w, MME, update_bearer_req)->bearers.item[0].parts, BEARER_QOS);
    CU_ASSERT_EQUAL(LAST_GTP(w, MME, update_bearer_req)->ambr.ul, 1000);
    rule.flow[0].local_port = 7000;
    gw_install(w, 1, &rule);
    gw_expect_flow(w, RAR_RAA BEARER("Update"));
    CU_ASSERT_EQUAL(LAST_GTP(w, MME, update_bearer_req)->bearers.item[0].parts, BEARER_TFT);
    CU_ASSERT_EQUAL(LAST_GTP(w, MME, update_bearer_req)->bearers.item[0].tft.op, TFT_REPLACE);
    CU_ASSERT_EQUAL(LAST_GTP(w, MME, update_bearer_req)->bearers.item[0].tft.filter[0].id, 1);
    rule.qos.qci = 2;
    gw_install(w, 1, &rule);
    gw_forget_flow(w);
    CU_ASSERT_EQUAL(pgw_bearers(w->node[PGW], gw_phone(w), NULL, 0), 2);
    /* a rule of the default bearer's own QoS needs nothing */
    rule = gw_media(9, 5, 5060, 0);
    rule.qos.arp.level = 2;
    gw_install(w, 1, &rule);
    gw_expect_flow(w, RAR_RAA);
    gw_remove_rules(w, 9, 9);
    gw_expect_flow(w, RAR_RAA);
    /* removed before the answer about it is there; and a bearer for what comes while the old one is deleted */
    rule = gw_media(4, 3, 6008, 10);
    gw_install(w, 1, &rule);
    gw_remove_rules(w, 4, 4);
    gw_expect_flow(w, "PCRF > P-GW: RAR\nPCRF > P-GW: RAR\nP-GW > PCRF: RAA\nP-GW > S-GW: Create Bearer Request\n"
                   "P-GW > PCRF: RAA\nS-GW > MME: Create Bearer Request\nMME > S-GW: Create Bearer Response\n"
                   "S-GW > P-GW: Create Bearer Response\n" BEARER("Delete"));
    gw_install(w, 1, &rule);
    sim_run(w->sim, SIM_NEVER - 1);
    gw_remove_rules(w, 4, 4);
    gw_install(w, 1, &rule);
    gw_forget_flow(w);
    CU_ASSERT_EQUAL(pgw_bearers(w->node[PGW], gw_phone(w), NULL, 0), 3);
    gw_world_free(w);
}

/* Each request is lost once on each interface, then each answer: repeated after T3, done once. */
void test_gateways_repetition(void)
{
    static const int types[] = {GTP_create_session_req, GTP_create_session_rsp, GTP_create_bearer_req,
                                GTP_create_bearer_rsp,  GTP_update_bearer_req,  GTP_update_bearer_rsp,
                                GTP_delete_bearer_req,  GTP_delete_bearer_rsp,  GTP_delete_session_req,
                                GTP_delete_session_rsp};
    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        struct gw_world *w = gw_world_new();
        struct ie_rule rule = gw_media(1, 1, 6000, 38);
        gw_lose(w, types[i], IFACE_S5, 1, 1);
        gw_attach(w);
        gw_modify_bearer(w, w->sgw_teid, 5);
        gw_install(w, 1, &rule);
        sim_run(w->sim, SIM_NEVER - 1);
        CU_ASSERT_EQUAL(pgw_bearers(w->node[PGW], gw_phone(w), NULL, 0), 2);
        CU_ASSERT_EQUAL(sgw_contexts(w->node[SGW]), 4);
        rule.qos.gbr_ul = 20;
        gw_install(w, 1, &rule);
        sim_run(w->sim, SIM_NEVER - 1);
        gw_remove_rules(w, 1, 1);
        sim_run(w->sim, SIM_NEVER - 1);
        CU_ASSERT_EQUAL(sgw_contexts(w->node[SGW]), 3);
        gw_delete_session(w, w->sgw_teid, 5);
        sim_run(w->sim, SIM_NEVER - 1);
        CU_ASSERT_EQUAL(sim_now(w->sim), w->timer[TIMER_GTP_T3]);
        CU_ASSERT_EQUAL(sgw_contexts(w->node[SGW]) + pgw_contexts(w->node[PGW]), 0);
        CU_ASSERT_EQUAL(w->next_ebi, 7);
        gw_world_free(w);
    }
}

/* Who never answers is asked three times, 3 s apart, and given up 3 s later. */
void test_gateways_give_up(void)
{
    struct gw_world *w = gw_world_new();
    struct ie_rule rule = gw_media(1, 1, 6000, 38);
    sim_time budget = 3 * w->timer[TIMER_GTP_T3];

    gw_lose(w, GTP_create_session_req, IFACE_S5, 1, 3);
    gw_attach(w);
    CU_ASSERT_EQUAL(sim_now(w->sim), budget);
    CU_ASSERT_EQUAL(LAST_GTP(w, MME, create_session_rsp)->cause, GTP_PEER_NOT_RESPONDING);
    CU_ASSERT_EQUAL(sgw_contexts(w->node[SGW]), 0);

    gw_attach(w);
    w->mute_mme = true;
    gw_forget_flow(w);
    gw_install(w, 1, &rule);
    sim_run(w->sim, SIM_NEVER - 1);
    CU_ASSERT_EQUAL(sim_now(w->sim), 2 * budget);
    CU_ASSERT_EQUAL(LAST_DIA(w, PCRF, CCR)->report.failure, RULE_FAILURE_ALLOCATION);
    CU_ASSERT_EQUAL(sgw_contexts(w->node[SGW]), 3);
    CU_ASSERT_EQUAL(pgw_contexts(w->node[PGW]), 2);

    /* Update: the rule stays as it was (TS 29.212 4.5.12) */
    w->mute_mme = false;
    gw_install(w, 1, &rule);
    sim_run(w->sim, SIM_NEVER - 1);
    CU_ASSERT_EQUAL(sgw_contexts(w->node[SGW]), 4);
    w->mute_mme = true;
    uint32_t before = rule.qos.gbr_ul;
    rule.qos.gbr_ul = 20;
    gw_install(w, 1, &rule);
    sim_run(w->sim, SIM_NEVER - 1);
    CU_ASSERT_EQUAL(sim_now(w->sim), 3 * budget);
    CU_ASSERT_EQUAL(LAST_DIA(w, PCRF, CCR)->report.status, RULE_ACTIVE);
    CU_ASSERT_EQUAL(LAST_DIA(w, PCRF, CCR)->report.failure, RULE_FAILURE_ALLOCATION);
    CU_ASSERT_EQUAL(sgw_contexts(w->node[SGW]), 4);
    struct ie_rule kept;
    CU_ASSERT_EQUAL(pgw_rules(w->node[PGW], gw_phone(w), &kept, 1), 1);
    CU_ASSERT_EQUAL(kept.qos.gbr_ul, before);

    /* Delete */
    gw_remove_rules(w, 1, 1);
    sim_run(w->sim, SIM_NEVER - 1);
    CU_ASSERT_EQUAL(sim_now(w->sim), 4 * budget);
    CU_ASSERT_EQUAL(sgw_contexts(w->node[SGW]), 3);
    CU_ASSERT_EQUAL(pgw_contexts(w->node[PGW]), 2);

    gw_lose(w, GTP_delete_session_req, IFACE_S5, 1, 3);
    gw_delete_session(w, w->sgw_teid, 5);
    sim_run(w->sim, SIM_NEVER - 1);
    CU_ASSERT_EQUAL(sgw_contexts(w->node[SGW]), 0);
    CU_ASSERT_EQUAL(pgw_contexts(w->node[PGW]), 2);

    /* the P-GW still has the old connection: the new one replaces it */
    w->mute_mme = false;
    gw_attach(w);
    CU_ASSERT_EQUAL(LAST_GTP(w, MME, create_session_rsp)->cause, GTP_ACCEPTED);
    CU_ASSERT_EQUAL(pgw_contexts(w->node[PGW]), 2);
    /* and so it is when the MME asks anew without a deletion */
    gw_attach(w);
    CU_ASSERT_EQUAL(sgw_contexts(w->node[SGW]), 3);
    CU_ASSERT_EQUAL(pgw_contexts(w->node[PGW]), 2);
    gw_world_free(w);
}

/* What happens seldom: connections replaced while the PCRF is asked, a PCRF that is silent at the end, requests
 * about what is gone, rules that change while a bearer does. */
void test_gateways_rare(void)
{
    struct gw_world *w = gw_world_new();
    struct ie_rule rule = gw_media(1, 1, 6000, 38);
    struct gtp_msg *m;

    /* the MME asks anew while the PCRF thinks */
    gw_send_gtp(MME, SGW, IFACE_S11, gw_create_session(w, epc_imsi(0), 5, "ims"));
    gw_send_gtp(MME, SGW, IFACE_S11, gw_create_session(w, epc_imsi(0), 5, "ims"));
    gw_forget_flow(w);
    CU_ASSERT_EQUAL(LAST_GTP(w, MME, create_session_rsp)->cause, GTP_ACCEPTED);
    CU_ASSERT_EQUAL(((const struct gtp_msg *)w->last[MME])->seq, 2);
    CU_ASSERT_EQUAL(sgw_contexts(w->node[SGW]), 3);
    CU_ASSERT_EQUAL(pgw_contexts(w->node[PGW]), 2);

    /* a change and another before the first is answered: one Update after the other */
    gw_install(w, 1, &rule);
    gw_forget_flow(w);
    rule.qos.gbr_ul = 30;
    gw_install(w, 1, &rule);
    rule.qos.gbr_ul = 20;
    gw_install(w, 1, &rule);
    gw_forget_flow(w);
    CU_ASSERT_EQUAL(LAST_GTP(w, MME, update_bearer_req)->bearers.item[0].qos.gbr_ul, 20);

    /* the P-GW asks for what the S-GW does not have */
    m = gtp_new(w->epc.gtp, GTP_create_bearer_req);
    m->teid = 4711;
    gw_send_gtp(PGW, SGW, IFACE_S5, m);
    gw_forget_flow(w);
    CU_ASSERT_EQUAL(LAST_GTP(w, PGW, create_bearer_rsp)->cause, GTP_CONTEXT_NOT_FOUND);
    m = gtp_new(w->epc.gtp, GTP_update_bearer_req);
    m->teid = 4711;
    gw_send_gtp(PGW, SGW, IFACE_S5, m);
    gw_forget_flow(w);
    CU_ASSERT_EQUAL(LAST_GTP(w, PGW, update_bearer_rsp)->cause, GTP_CONTEXT_NOT_FOUND);

    /* the PCRF does not say goodbye: the S-GW asks twice, and is answered after timer Tx */
    w->mute_pcrf = true;
    sim_time start = sim_now(w->sim);
    gw_delete_session(w, w->sgw_teid, 5);
    gw_forget_flow(w);
    CU_ASSERT_EQUAL(sim_now(w->sim) - start, w->timer[TIMER_DIAMETER_TX]);
    CU_ASSERT_EQUAL(LAST_GTP(w, MME, delete_session_rsp)->cause, GTP_ACCEPTED);
    CU_ASSERT_EQUAL(sgw_contexts(w->node[SGW]) + pgw_contexts(w->node[PGW]), 0);

    /* meanwhile the phone comes again */
    w->mute_pcrf = false;
    gw_attach(w);
    w->mute_pcrf = true;
    gw_delete_session(w, w->sgw_teid, 5);
    sim_run(w->sim, sim_now(w->sim) + SIM_S);
    w->mute_pcrf = false;
    gw_attach(w);
    CU_ASSERT_EQUAL(LAST_GTP(w, MME, create_session_rsp)->cause, GTP_ACCEPTED);
    CU_ASSERT_EQUAL(sgw_contexts(w->node[SGW]), 3);
    CU_ASSERT_EQUAL(pgw_contexts(w->node[PGW]), 2);

    /* a second connection is deleted before it is there: not heard, it stays until the MME repeats that */
    gw_send_gtp(MME, SGW, IFACE_S11, gw_create_session(w, epc_imsi(0), 6, "internet"));
    gw_delete_session(w, w->sgw_teid, 6);
    gw_forget_flow(w);
    CU_ASSERT_EQUAL(sgw_contexts(w->node[SGW]), 5);
    gw_delete_session(w, w->sgw_teid, 6);
    gw_expect_flow(w, DELETE_SESSION);
    CU_ASSERT_EQUAL(sgw_contexts(w->node[SGW]), 3);
    gw_world_free(w);
}

/* ---- packets --------------------------------------------------------------------------------- */

/* SIP goes both ways on the default bearer; downlink not before the eNB is known. */
void test_gateways_packets(void)
{
    struct gw_world *w = gw_world_new();
    struct ie_bearer at_sgw;

    gw_attach(w);
    struct ie_packet down = {epc_ip(w->node[P_CSCF]), gw_phone(w), 5060, 5060, 17};
    struct ie_packet up = {gw_phone(w), epc_ip(w->node[P_CSCF]), 5060, 5060, 17};
    uint32_t s1u = LAST_GTP(w, MME, create_session_rsp)->bearers.item[0].fteid[0].teid;
    gw_forget_flow(w);
    gw_send_gtp(P_CSCF, PGW, IFACE_SGI, gw_packet(w, 0, down));
    gw_expect_flow(w, "P-CSCF > P-GW: G-PDU\nP-GW > S-GW: G-PDU\n"
                      "S-GW > MME: Downlink Data Notification\nMME > S-GW: Downlink Data Notification Acknowledge\n");
    CU_ASSERT_EQUAL(sgw_dropped(w->node[SGW]), 1); /* when it has waited too long */
    gw_modify_bearer(w, w->sgw_teid, 5);
    gw_forget_flow(w);
    gw_send_gtp(P_CSCF, PGW, IFACE_SGI, gw_packet(w, 0, down));
    gw_expect_flow(w, "P-CSCF > P-GW: G-PDU\nP-GW > S-GW: G-PDU\nS-GW > eNB: G-PDU\n");
    sgw_bearers(w->node[SGW], epc_imsi(0), &at_sgw, 1);
    CU_ASSERT_EQUAL(((const struct gtp_msg *)w->last[ENB])->teid, ENB_TEID + 5);
    gw_send_gtp(ENB, SGW, IFACE_S1_U, gw_packet(w, s1u, up));
    gw_expect_flow(w, "eNB > S-GW: G-PDU\nS-GW > P-GW: G-PDU\nP-GW > P-CSCF: G-PDU\n");
    CU_ASSERT_EQUAL(((const struct gtp_msg *)w->last[P_CSCF])->teid, 0);
    CU_ASSERT_EQUAL(LAST_GTP(w, P_CSCF, g_pdu)->packet.dst, epc_ip(w->node[P_CSCF]));

    /* no tunnel, no such phone, no such node */
    gw_send_gtp(ENB, SGW, IFACE_S1_U, gw_packet(w, 4711, up));
    gw_send_gtp(PGW, SGW, IFACE_S5, gw_packet(w, 4711, down));
    gw_send_gtp(SGW, PGW, IFACE_S5, gw_packet(w, 4711, up));
    down.dst++;
    gw_send_gtp(P_CSCF, PGW, IFACE_SGI, gw_packet(w, 0, down));
    up.dst = 0x01020304;
    gw_send_gtp(ENB, SGW, IFACE_S1_U, gw_packet(w, s1u, up));
    gw_forget_flow(w);
    CU_ASSERT_EQUAL(sgw_dropped(w->node[SGW]), 3);
    CU_ASSERT_EQUAL(pgw_dropped(w->node[PGW]), 3);
    gw_world_free(w);
}

/* Media find the bearer whose TFT fits, and pass while its gate is open. */
void test_gateways_gates(void)
{
    struct gw_world *w = gw_world_new();
    struct ie_rule rule = gw_media(1, 1, 6000, 38);

    gw_attach(w);
    struct ie_packet down = {0x01020304, gw_phone(w), 5000, 6000, 17};
    struct ie_packet up = {gw_phone(w), 0x01020304, 6000, 5000, 17};
    gw_modify_bearer(w, w->sgw_teid, 5);
    gw_install(w, 1, &rule);
    gw_forget_flow(w);
    uint32_t s1u = LAST_GTP(w, MME, create_bearer_req)->bearers.item[0].fteid[0].teid;
    gw_send_gtp(P_CSCF, PGW, IFACE_SGI, gw_packet(w, 0, down));
    gw_forget_flow(w);
    CU_ASSERT_EQUAL(((const struct gtp_msg *)w->last[ENB])->teid, ENB_TEID + 6);
    down.dst_port++;
    gw_send_gtp(P_CSCF, PGW, IFACE_SGI, gw_packet(w, 0, down));
    gw_forget_flow(w);
    CU_ASSERT_EQUAL(((const struct gtp_msg *)w->last[ENB])->teid, ENB_TEID + 5);
    down.dst_port--;
    rule.flow_status = FLOW_ENABLED_UPLINK;
    gw_install(w, 1, &rule);
    gw_forget_flow(w);
    gw_send_gtp(P_CSCF, PGW, IFACE_SGI, gw_packet(w, 0, down));
    gw_expect_flow(w, "P-CSCF > P-GW: G-PDU\n");
    gw_send_gtp(ENB, SGW, IFACE_S1_U, gw_packet(w, s1u, up));
    gw_forget_flow(w);
    CU_ASSERT_EQUAL(pgw_dropped(w->node[PGW]), 2); /* at the gate; and the far end is no node on SGi */
    rule.flow_status = FLOW_ENABLED_DOWNLINK;
    gw_install(w, 1, &rule);
    gw_send_gtp(ENB, SGW, IFACE_S1_U, gw_packet(w, s1u, up));
    gw_forget_flow(w);
    CU_ASSERT_EQUAL(pgw_dropped(w->node[PGW]), 3);
    gw_world_free(w);
}

/* The tables are sound, as the check of all machines sees them. */
void test_gateways_tables(void)
{
    struct fsm_def *const defs[] = {&sgw_session_def, &sgw_bearer_def, &sgw_data_def,
                                    &pgw_session_def, &pgw_bearer_def, &pgw_data_def};
    GString *problems = g_string_new("");

    for (size_t i = 0; i < G_N_ELEMENTS(defs); i++)
        CU_ASSERT_EQUAL(fsm_check(defs[i], problems), 0);
    CU_ASSERT_STRING_EQUAL(problems->str, "");
    g_string_free(problems, TRUE);
}
