/* test_modify.c - what becomes of bearers when the media of a call changes: X.S0013-009 appendix A.4 on LTE (docs/appendix-a.md). */
#include "tests/flow/steps.h"
#include "tests/flow/volte_sides.h"

#include "models/cscf/cscf.h"
#include "models/epc.h"
#include "models/pgw/pgw.h"
#include "models/ue/ue.h"

#include <CUnit/CUnit.h>

#include <stdio.h>
#include <string.h>

/* A call of tests/data/flow/two-lte-phones.xml: dialled at 1 s, answered after 2 s, with these <do> elements, for 40 s. */
#define CALL(media, changes)                                                                                             \
    "<script><call at='1s' from='UE-A' to='UE-B' answer='2s' hold='40s' media='" media "'>" changes "</call></script>"
#define DO(by, after, what) "<do by='" by "' after='" after "' what='" what "'/>"

/* ---- steps ---------------------------------------------------------------------------------------------- */

/* Both sides' bearers follow the codec, there and back, each by the rows of the table. */
void test_modify_steps(void)
{
    static const char *const latencies[] = {"run.seed=1", "link[*].latency=0s"};
    for (size_t i = 0; i < G_N_ELEMENTS(latencies); i++) {
        struct play *p = play("volte-codec-change", latencies[i], NULL);
        for (int side = 1; side <= 2; side++) {
            check_side(p, "bearer-modify", side, 6 * SIM_S, 9 * SIM_S);
            check_side(p, "bearer-modify", side, 9 * SIM_S, 13 * SIM_S);
            check_side(p, "release", side, 13 * SIM_S, 30 * SIM_S);
        }
        play_end(p);
    }
}

/* Hold and resume, whoever wants it: gates, and nothing beyond the P-GW; the whole way of a re-INVITE. */
void test_modify_gate_steps(void)
{
    static const struct steps_role all[] = {{"UE-A", "UE-A"}, {"P-CSCF1", "P-CSCF1"}, {"S-CSCF1", "I/S-CSCF1"}, {"S-CSCF2", "I/S-CSCF2"},
                                            {"P-CSCF2", "P-CSCF2"}, {"UE-B", "UE-B"}, {"PCRF1", "PCRF1"}, {"P-GW1", "P-GW1"},
                                            {"PCRF2", "PCRF2"}, {"P-GW2", "P-GW2"}, {NULL, NULL}};
    static const char *const latencies[] = {"run.seed=1", "link[*].latency=0s"};
    for (size_t i = 0; i < G_N_ELEMENTS(latencies); i++) {
        struct play *p = play("volte-hold", latencies[i], NULL);
        sim_time up = play_when(p, MARK_CONNECTED);
        for (int n = 0; n < 4; n++)
            for (int side = 1; side <= 2; side++)
                check_side(p, "gate", side, up + (2 + 2 * n) * SIM_S, up + (4 + 2 * n) * SIM_S);
        steps_check(p, "hold", all, "Gm Mw Rx Gx", up + 2 * SIM_S, up + 4 * SIM_S);
        steps_check(p, "hold", all, "Gm Mw Rx Gx", up + 4 * SIM_S, up + 6 * SIM_S);
        play_end(p);
    }
}

/* Video added to an audio call: a second bearer as in any call; removed: that one goes. */
void test_modify_video_steps(void)
{
    static const char *const who[] = {"caller", "called"};
    for (size_t i = 0; i < G_N_ELEMENTS(who); i++) {
        char *script = g_strdup_printf(CALL("audio", DO("%s", "5s", "add-video") DO("%s", "15s", "remove-video")), who[i], who[i]);
        struct play *p = play("two-lte-phones", script, NULL);
        sim_time up = play_when(p, MARK_CONNECTED);
        for (int side = 1; side <= 2; side++) {
            check_side(p, "bearer", side, up + 5 * SIM_S, up + 15 * SIM_S);
            check_side(p, "media-removed", side, up + 15 * SIM_S, up + 30 * SIM_S);
        }
        play_end(p);
        g_free(script);
    }
}

/* ---- times ---------------------------------------------------------------------------------------------- */

/* From the AAR to the P-GW's Update Bearer Response: to the nanosecond the sum over the messages that wait for one another. */
void test_modify_time(void)
{
    struct play *p = play("volte-codec-change", NULL);
    sim_time us = SIM_US, ms = SIM_MS;
    sim_time there = 2 * ms + ms /* AAR, PCRF */ + 2 * ms + 200 * us /* RAR, P-GW */ + 2 * ms + 200 * us /* S5, S-GW */ + ms + 500 * us /* S11, MME */ +
                     5 * ms + 500 * us /* S1-MME, eNB */ + 8 * ms /* Uu */;
    sim_time back = 8 * ms + 500 * us /* Uu, eNB */ + 5 * ms + 500 * us /* S1-MME, MME: the response, behind it the phone's */ +
                    ms + 200 * us /* S11, S-GW */ + 2 * ms /* S5 */;
    for (int side = 1; side <= 2; side++) {
        const struct hop *asked = play_nth(p, "AAR", side == 1 ? "P-CSCF1" : "P-CSCF2", 3);
        const struct hop *done = play_nth(p, "Update Bearer Response", side == 1 ? "S-GW1" : "S-GW2", 2); /* the first: one codec is left of those offered */
        CU_ASSERT_EQUAL(done->arrival - asked->sent, there + back);
    }
    /* The user waits for the answer only, not for the bearers. */
    CU_ASSERT_TRUE(play_when(p, MARK_CHANGED) < play_nth(p, "Update Bearer Response", "S-GW1", 2)->arrival);
    play_end(p);
}

/* ---- agreement ------------------------------------------------------------------------------------------ */

/* Whenever nothing is on its way all nodes of a side hold the same, whatever was changed; and the phones receive as much
 * as their b=AS says: the one that offers, what the widest codec on offer needs. */
void test_modify_nodes_agree(void)
{
    static const struct {
        sim_time at;
        unsigned bearers;
        uint32_t audio[2];
    } codec[] = {{5500 * SIM_MS, 2, {30, 30}}, {8 * SIM_S, 2, {41, 41}}, {11 * SIM_S, 2, {29, 41}}, {20 * SIM_S, 1, {0, 0}}},
      video[] = {{5 * SIM_S, 2, {30, 30}}, {12 * SIM_S, 3, {30, 30}}, {22 * SIM_S, 2, {30, 30}}, {32 * SIM_S, 3, {30, 30}}, {50 * SIM_S, 1, {0, 0}}};
    struct play *p = play_ready("volte-codec-change", NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(codec); i++) {
        play_until(p, codec[i].at);
        for (int side = 1; side <= 2; side++) {
            check_agreement(p, side, codec[i].bearers);
            CU_ASSERT_EQUAL(gbr_of(p, side, 1), codec[i].audio[side - 1]);
        }
    }
    play_until(p, SIM_NEVER);
    play_end(p);
    p = play_ready("two-lte-phones",
                   CALL("audio", DO("caller", "5s", "add-video") DO("called", "15s", "remove-video") DO("called", "25s", "add-video")), NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(video); i++) {
        play_until(p, video[i].at);
        for (int side = 1; side <= 2; side++) {
            check_agreement(p, side, video[i].bearers);
            CU_ASSERT_EQUAL(gbr_of(p, side, 1), video[i].audio[side - 1]);
            CU_ASSERT_EQUAL(gbr_of(p, side, 2), video[i].bearers == 3 ? 384 : 0);
        }
    }
    play_until(p, SIM_NEVER);
    play_end(p);
}

/* Video comes with its preconditions: inactive until its bearers are there, while audio goes on. */
void test_modify_video_waits_for_its_bearers(void)
{
    static const char *const who[] = {"caller", "called"};
    for (size_t i = 0; i < G_N_ELEMENTS(who); i++) {
        char *script = g_strdup_printf(CALL("audio", DO("%s", "5s", "add-video")), who[i]);
        struct play *p = play("two-lte-phones", script, NULL);
        const char *asker = i ? "UE-B" : "UE-A";
        const struct hop *first = play_nth(p, "INVITE", asker, i ? 1 : 2), *second = play_nth(p, "UPDATE", "UE-A", i ? 1 : 1);
        for (guint k = 0; k < p->hops->len; k++) /* that of the call's own set-up is no part of this */
            if (hop_is(play_hop(p, k), "UPDATE", "UE-A", NULL) && play_hop(p, k)->sent > first->sent) {
                second = play_hop(p, k);
                break;
            }
        CU_ASSERT_EQUAL_FATAL(first->sip->sdp->n_streams, 2);
        CU_ASSERT_EQUAL(first->sip->sdp->streams[0].direction, SDP_SENDRECV);
        CU_ASSERT_EQUAL(first->sip->sdp->streams[1].direction, SDP_INACTIVE);
        CU_ASSERT_EQUAL(second->sip->sdp->streams[1].direction, SDP_SENDRECV);
        CU_ASSERT_TRUE(second->sent > play_nth(p, "E-RAB SETUP REQUEST", "MME1", 2)->arrival);
        CU_ASSERT_EQUAL(play_moments(p, MARK_CHANGED), 1);
        play_end(p);
        g_free(script);
    }
}

/* ---- gates ---------------------------------------------------------------------------------------------- */

static uint32_t address_of(const struct play *p, const char *phone)
{
    return epc_ue_ip(p->world->net->model, ue_party(net_find_node(p->world->net, phone)));
}

/* A packet of the other phone's audio as it reaches the P-GW of UE-A: whether the gate lets it pass. The network of the models
 * carries no speech. */
static bool passes_down(struct play *p)
{
    const struct epc *epc = p->world->net->model;
    struct node *pgw = net_find_node(p->world->net, "P-GW1");
    uint64_t before = pgw_gated(pgw);
    struct gtp_msg *m = gtp_new(epc->gtp, GTP_g_pdu);
    m->body.g_pdu.packet = (struct ie_packet){
        .src = address_of(p, "UE-B"), .dst = address_of(p, "UE-A"), .protocol = 17, .src_port = 49152, .dst_port = 49152};
    gtp_seal(epc->gtp, m);
    node_send(net_find_node(p->world->net, "P-CSCF1"), pgw, IFACE_SGI, &m->m);
    play_until(p, p->world->sim->now + 100 * SIM_MS);
    return pgw_gated(pgw) == before;
}

/* The other way: from the S-GW, on the tunnel of the audio bearer. */
static bool passes_up(struct play *p)
{
    const struct epc *epc = p->world->net->model;
    struct node *pgw = net_find_node(p->world->net, "P-GW1");
    struct ie_bearer b[IE_MAX_BEARERS];
    uint64_t before = pgw_gated(pgw);
    struct gtp_msg *m = gtp_new(epc->gtp, GTP_g_pdu);
    CU_ASSERT_TRUE_FATAL(pgw_bearers(pgw, address_of(p, "UE-A"), b, IE_MAX_BEARERS) >= 2);
    m->teid = b[1].fteid[1].teid;
    m->body.g_pdu.packet = (struct ie_packet){
        .src = address_of(p, "UE-A"), .dst = address_of(p, "UE-B"), .protocol = 17, .src_port = 49152, .dst_port = 49152};
    gtp_seal(epc->gtp, m);
    node_send(net_find_node(p->world->net, "S-GW1"), pgw, IFACE_S5, &m->m);
    play_until(p, p->world->sim->now + 100 * SIM_MS);
    return pgw_gated(pgw) == before;
}

static void check_gates(struct play *p, sim_time at, bool down, bool up)
{
    play_until(p, at);
    CU_ASSERT_EQUAL(passes_down(p), down);
    CU_ASSERT_EQUAL(passes_up(p), up);
}

/* Open once the phones send and receive, one way while one is on hold, shut while both are; the packets of a call that is over
 * find neither rule nor bearer. */
void test_modify_gates(void)
{
    struct play *p = play_ready("two-lte-phones",
                                CALL("audio", DO("caller", "2s", "hold") DO("called", "4s", "hold") DO("caller", "6s", "resume")
                                                  DO("called", "8s", "resume")),
                                NULL);
    check_gates(p, 2 * SIM_S, true, true);  /* it rings: SDP says sendrecv */
    check_gates(p, 4 * SIM_S, true, true);
    check_gates(p, 6 * SIM_S, false, true); /* UE-A sends only */
    check_gates(p, 8 * SIM_S, false, false);
    check_gates(p, 10 * SIM_S, true, false);
    check_gates(p, 12 * SIM_S, true, true);
    play_until(p, SIM_NEVER);
    play_free(p);
}

/* An operator that lets no early media pass has the gates opened with the 200 (INVITE): one more AAR, and later changes are as
 * SDP says. */
void test_modify_gates_open_with_the_answer(void)
{
    struct play *p = play_ready("two-lte-phones", "node[P-CSCF1].early-media=no", "node[P-CSCF2].early-media=no",
                                CALL("audio", DO("caller", "3s", "hold")), NULL);
    check_gates(p, 2 * SIM_S, false, false);
    check_gates(p, 4 * SIM_S, true, true);
    check_gates(p, 8 * SIM_S, false, true);
    check_agreement(p, 1, 2);
    check_agreement(p, 2, 2);
    play_until(p, SIM_NEVER);
    for (int side = 1; side <= 2; side++) {
        const char *pcscf = side == 1 ? "P-CSCF1" : "P-CSCF2", *next = side == 1 ? "UE-A" : "I/S-CSCF2";
        const struct hop *aar = play_nth(p, "AAR", pcscf, 2);
        check_side(p, "gate", side, 3 * SIM_S, 4 * SIM_S);
        for (guint i = 0; i < p->hops->len; i++)
            if (hop_is(play_hop(p, i), "200 OK (INVITE)", pcscf, next)) {
                CU_ASSERT_TRUE(aar->sent < play_hop(p, i)->sent && aar->sent > play_when(p, MARK_ANSWERED));
                break;
            }
    }
    play_free(p);
}

/* ---- refusal -------------------------------------------------------------------------------------------- */

static void (*real_rx)(struct node *n, struct msg *m, struct node *from, uint16_t iface);

/* An eNB that has no room for a changed bearer (TS 36.413 8.2.2.3). */
static void rx_of_full_enb(struct node *n, struct msg *m, struct node *from, uint16_t iface)
{
    const struct epc *epc = n->net->model;
    if (m->proto != epc->s1ap->ie.proto || m->type != S1AP_erab_modify_request) {
        real_rx(n, m, from, iface);
        return;
    }
    const struct s1ap_erab_modify_request *in = s1ap_body((const struct s1ap_msg *)m, erab_modify_request);
    struct s1ap_msg *out = s1ap_new(epc->s1ap, S1AP_erab_modify_response);
    struct s1ap_erab_modify_response *b = s1ap_body(out, erab_modify_response);
    b->mme_id = in->mme_id;
    b->enb_id = in->enb_id;
    IE_PUT(b, failed) = (struct ie_erabs){.n = 1, .item = {{.id = in->erabs.item[0].id, .cause = S1AP_CAUSE_NO_RADIO_RESOURCES}}};
    s1ap_seal(epc->s1ap, out);
    node_send(n, from, IFACE_S1_MME, &out->m);
}

/* The radio has no room for the higher rate at one side: its bearer stays what it was, in all nodes, and the call goes on. */
void test_modify_refused_by_the_radio(void)
{
    struct play *p = play_ready("volte-codec-change", NULL);
    struct node *enb = net_find_node(p->world->net, "eNB1");
    play_until(p, 5500 * SIM_MS);
    real_rx = enb->rx;
    enb->rx = rx_of_full_enb;
    play_until(p, 8 * SIM_S);
    CU_ASSERT_EQUAL(gbr_of(p, 1, 1), 30);
    CU_ASSERT_EQUAL(gbr_of(p, 2, 1), 41);
    check_agreement(p, 1, 2);
    check_agreement(p, 2, 2);
    CU_ASSERT_EQUAL(play_moments(p, MARK_CHANGED), 1);
    enb->rx = real_rx;
    play_until(p, 11 * SIM_S);
    CU_ASSERT_EQUAL(gbr_of(p, 1, 1), 29);
    check_agreement(p, 1, 2);
    play_until(p, SIM_NEVER);
    CU_ASSERT_EQUAL(play_value(p, MARK_ENDED), 200);
    play_end(p);
}

/* ---- loss ----------------------------------------------------------------------------------------------- */

/* Each message of a change lost once, wherever that is: the change comes about, the nodes agree, and nothing is left. A P-CSCF
 * that hears nothing from its PCRF, or a PCRF from its P-GW, ends the call: Diameter has no repetition of its own. */
void test_modify_any_message_may_be_lost(void)
{
    static const char script[] = CALL("audio", "<do after='5s' what='hold'/><do after='12s' what='add-video'/>");
    struct play *p = play("two-lte-phones", script, NULL);
    GPtrArray *faults = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < p->hops->len; i++) {
        const struct hop *h = play_hop(p, i);
        bool access = strcmp(h->iface, "Uu") == 0 || strcmp(h->iface, "S1-MME") == 0;
        unsigned nth = 0;
        if (h->sent < 8 * SIM_S || h->sent > 20 * SIM_S || h->outcome != OUTCOME_DELIVERED || (access && strcmp(h->type, "PDCP Data PDU") != 0))
            continue; /* RRC and S1AP run over layers that lose nothing */
        for (const struct hop *o = play_hop(p, 0); o <= h; o++)
            nth += hop_is(o, h->type, h->from, NULL) && strcmp(o->iface, h->iface) == 0;
        g_ptr_array_add(faults, g_strdup_printf("<faults><drop message='%s' from='%s' on='%s' nth='%u'/></faults>", h->type, h->from,
                                                h->iface, nth));
    }
    play_end(p);
    CU_ASSERT_TRUE(faults->len > 80);
    for (guint i = 0; i < faults->len; i++) {
        unsigned before = CU_get_number_of_failures();
        p = play_ready("two-lte-phones", script, g_ptr_array_index(faults, i), NULL);
        play_until(p, 40 * SIM_S);
        CU_ASSERT_EQUAL(p->world->net->dropped, 1);
        if (!strstr(g_ptr_array_index(faults, i), "on='Rx'") && !strstr(g_ptr_array_index(faults, i), "on='Gx'")) {
            check_agreement(p, 1, 3);
            check_agreement(p, 2, 3);
            CU_ASSERT_EQUAL(play_moments(p, MARK_CHANGED), 2);
        }
        play_until(p, SIM_NEVER);
        CU_ASSERT_EQUAL(play_value(p, MARK_ENDED), 200);
        play_end(p);
        if (CU_get_number_of_failures() != before)
            printf("\n  with %s", (const char *)g_ptr_array_index(faults, i));
    }
    g_ptr_array_free(faults, TRUE);
}
