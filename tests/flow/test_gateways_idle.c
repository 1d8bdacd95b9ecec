/* test_gateways_idle.c - an idle phone at the gateways: its tunnels closed, packets kept for it, bearers that it lost. */
#include "tests/flow/gateways.h"

#include <CUnit/CUnit.h>

#define DOWN   "P-CSCF > P-GW: G-PDU\nP-GW > S-GW: G-PDU\n"
#define NOTIFY "S-GW > MME: Downlink Data Notification\n"
#define ACK    "MME > S-GW: Downlink Data Notification Acknowledge\n"
#define UP     "S-GW > eNB: G-PDU\n"
#define MODIFY "MME > S-GW: Modify Bearer Request\nS-GW > MME: Modify Bearer Response\n"

static void send_down(struct gw_world *w, uint32_t to)
{
    gw_send_gtp(P_CSCF, PGW, IFACE_SGI, gw_packet(w, 0, (struct ie_packet){epc_ip(w->node[P_CSCF]), to, 5060, 5060, 17}));
}

static void release_access(struct gw_world *w, uint32_t teid)
{
    struct gtp_msg *m = gtp_new(w->epc.gtp, GTP_release_access_bearers_req);
    m->seq = ++w->seq;
    m->teid = teid;
    gw_send_gtp(MME, SGW, IFACE_S11, m);
}

static void paging_failed(struct gw_world *w)
{
    struct gtp_msg *m = gtp_new(w->epc.gtp, GTP_ddn_failure);
    m->seq = ++w->seq;
    m->teid = w->sgw_teid;
    gtp_body(m, ddn_failure)->cause = GTP_UNABLE_TO_PAGE;
    gw_send_gtp(MME, SGW, IFACE_S11, m);
}

static void delete_command(struct gw_world *w, uint32_t teid, uint8_t ebi)
{
    struct gtp_msg *m = gtp_new(w->epc.gtp, GTP_delete_bearer_cmd);
    m->seq = ++w->seq;
    m->teid = teid;
    gtp_body(m, delete_bearer_cmd)->bearers = (struct ie_ebis){.n = 1, .ebi = {ebi}};
    gw_send_gtp(MME, SGW, IFACE_S11, m);
}

/* A phone with a default bearer whose tunnel was open and is not any more. */
static struct gw_world *idle(void)
{
    struct gw_world *w = gw_world_new();
    gw_attach(w);
    gw_modify_bearer(w, w->sgw_teid, 5);
    gw_forget_flow(w);
    release_access(w, w->sgw_teid);
    gw_expect_now(w, "MME > S-GW: Release Access Bearers Request\nS-GW > MME: Release Access Bearers Response\n");
    CU_ASSERT_EQUAL(LAST_GTP(w, MME, release_access_bearers_rsp)->cause, GTP_ACCEPTED);
    return w;
}

/* The MME is told once; the packets go in order when the tunnel opens, and the next one straight on. */
void test_gateways_idle_packets(void)
{
    struct gw_world *w = idle();
    send_down(w, gw_phone(w));
    gw_expect_now(w, DOWN NOTIFY ACK);
    CU_ASSERT_EQUAL(LAST_GTP(w, MME, ddn)->ebi, 5);
    send_down(w, gw_phone(w));
    gw_expect_now(w, DOWN);
    gw_modify_bearer(w, w->sgw_teid, 5);
    gw_expect_now(w, MODIFY UP UP);
    send_down(w, gw_phone(w));
    gw_expect_now(w, DOWN UP);
    CU_ASSERT_EQUAL(sgw_dropped(w->node[SGW]), 0);
    release_access(w, w->sgw_teid + 1);
    gw_expect_flow(w, "MME > S-GW: Release Access Bearers Request\nS-GW > MME: Release Access Bearers Response\n");
    CU_ASSERT_EQUAL(LAST_GTP(w, MME, release_access_bearers_rsp)->cause, GTP_CONTEXT_NOT_FOUND);
    gw_world_free(w);
}

/* Four have room. */
void test_gateways_idle_is_bounded(void)
{
    struct gw_world *w = idle();
    for (int i = 0; i < 6; i++)
        send_down(w, gw_phone(w));
    sim_run(w->sim, w->sim->now);
    CU_ASSERT_EQUAL(sgw_dropped(w->node[SGW]), 2);
    g_string_truncate(w->flow, 0);
    gw_modify_bearer(w, w->sgw_teid, 5);
    gw_expect_flow(w, MODIFY UP UP UP UP);
    gw_world_free(w);
}

/* Refused, not found, not answered, or nothing happens: thrown away; the next packet asks again. */
void test_gateways_idle_in_vain(void)
{
    struct gw_world *w = idle();
    w->cause = GTP_UNABLE_TO_PAGE;
    send_down(w, gw_phone(w));
    gw_expect_now(w, DOWN NOTIFY ACK);
    CU_ASSERT_EQUAL(sgw_dropped(w->node[SGW]), 1);

    w->cause = GTP_ACCEPTED;
    send_down(w, gw_phone(w));
    gw_expect_now(w, DOWN NOTIFY ACK);
    paging_failed(w);
    gw_expect_now(w, "MME > S-GW: Downlink Data Notification Failure Indication\n");
    CU_ASSERT_EQUAL(sgw_dropped(w->node[SGW]), 2);
    paging_failed(w); /* of nothing */
    gw_expect_now(w, "MME > S-GW: Downlink Data Notification Failure Indication\n");

    sim_time begun = w->sim->now;
    send_down(w, gw_phone(w));
    gw_expect_flow(w, DOWN NOTIFY ACK);
    CU_ASSERT_EQUAL(w->sim->now, begun + 30 * SIM_S);
    CU_ASSERT_EQUAL(sgw_dropped(w->node[SGW]), 3);

    w->mute_mme = true;
    begun = w->sim->now;
    send_down(w, gw_phone(w));
    gw_expect_flow(w, DOWN NOTIFY NOTIFY NOTIFY);
    CU_ASSERT_EQUAL(w->sim->now, begun + 3 * 3 * SIM_S);
    CU_ASSERT_EQUAL(sgw_dropped(w->node[SGW]), 4);
    gw_world_free(w);
}

/* Two PDN connections, whose tunnels open one after the other; and one that goes with its packets. */
void test_gateways_idle_two_connections(void)
{
    struct gw_world *w = idle();
    uint32_t other = pgw_address(&w->epc, 0, "internet");
    struct gtp_msg *m = gw_create_session(w, epc_imsi(0), 6, "internet");
    m->teid = w->sgw_teid;
    gw_send_gtp(MME, SGW, IFACE_S11, m);
    gw_forget_flow(w);
    for (int goes = 0; goes <= 1; goes++) {
        send_down(w, other);
        send_down(w, gw_phone(w));
        send_down(w, other);
        sim_run(w->sim, w->sim->now);
        CU_ASSERT_EQUAL(LAST_GTP(w, MME, ddn)->ebi, 6);
        g_string_truncate(w->flow, 0);
        if (goes)
            gw_delete_session(w, w->sgw_teid, 6);
        sim_run(w->sim, w->sim->now);
        gw_modify_bearer(w, w->sgw_teid, 5);
        if (goes) {
            sim_run(w->sim, w->sim->now);
            CU_ASSERT_EQUAL(sgw_dropped(w->node[SGW]), 2);
            break;
        }
        gw_expect_now(w, MODIFY UP);
        gw_modify_bearer(w, w->sgw_teid, 6);
        gw_expect_now(w, MODIFY UP UP);
        release_access(w, w->sgw_teid);
        sim_run(w->sim, w->sim->now);
    }
    gw_forget_flow(w);
    gw_world_free(w);
}

/* The phone goes with its packets. */
void test_gateways_idle_phone_gone(void)
{
    struct gw_world *w = idle();
    send_down(w, gw_phone(w));
    gw_expect_now(w, DOWN NOTIFY ACK);
    gw_delete_session(w, w->sgw_teid, 5);
    gw_forget_flow(w);
    CU_ASSERT_EQUAL(sgw_dropped(w->node[SGW]), 1);
    CU_ASSERT_EQUAL(sgw_contexts(w->node[SGW]), 0);
    gw_world_free(w);
}

/* A bearer that the phone has lost goes on the word of the MME; one that there is not is not worth a word. */
void test_gateways_idle_lost_bearer(void)
{
    struct gw_world *w = idle();
    struct ie_rule voice = gw_media(1, 1, 1000, 50000);
    gw_install(w, 1, &voice);
    gw_forget_flow(w);
    release_access(w, w->sgw_teid);
    delete_command(w, w->sgw_teid, 9);
    delete_command(w, w->sgw_teid + 1, 6);
    gw_expect_flow(w, "MME > S-GW: Release Access Bearers Request\nMME > S-GW: Delete Bearer Command\n"
                      "MME > S-GW: Delete Bearer Command\nS-GW > MME: Release Access Bearers Response\n");
    delete_command(w, w->sgw_teid, 6);
    gw_forget_flow(w);
    struct ie_bearer b[3];
    CU_ASSERT_EQUAL(sgw_bearers(w->node[SGW], epc_imsi(0), b, 3), 1);
    CU_ASSERT_EQUAL(LAST_GTP(w, MME, delete_bearer_req)->ebis.ebi[0], 6);
    CU_ASSERT_EQUAL(LAST_DIA(w, PCRF, CCR)->type, CC_UPDATE);
    gw_delete_session(w, w->sgw_teid, 5);
    gw_forget_flow(w);
    gw_world_free(w);
}
