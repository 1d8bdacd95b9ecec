/* test_discovery.c - how a phone on LTE finds its P-CSCF: from the network in PCO, by DHCP, or as it is
 * configured. */
#include "tests/flow/play.h"

#include "models/proto/dhcp/dhcp.h"
#include "models/proto/gtp/gtp.h"
#include "models/ue/ue.h"

#include <CUnit/CUnit.h>

#include <string.h>

/* What the phone asks for in PCO, and what the P-GW answers: in the Create Session messages between S-GW and
 * P-GW. */
static const struct ie_pco *asked(const struct play *p, const char *sgw)
{
    const struct gtp_msg *m = (const struct gtp_msg *)play_nth(p, "Create Session Request", sgw, 1)->msg;
    const struct gtp_create_session_req *b = gtp_body(m, create_session_req);
    CU_ASSERT_TRUE(IE_HAS(b, pco));
    return &b->pco;
}

static const struct ie_pco *answered(const struct play *p, const char *pgw)
{
    const struct gtp_msg *m = (const struct gtp_msg *)play_nth(p, "Create Session Response", pgw, 1)->msg;
    const struct gtp_create_session_rsp *b = gtp_body(m, create_session_rsp);
    CU_ASSERT_TRUE(IE_HAS(b, pco));
    return &b->pco;
}

/* A phone abroad, whose configured P-CSCF is at home. */
#define ABROAD "registration-roaming", "group[UE-A].p-cscf=P-CSCF1"

void test_discovery_by_pco(void)
{
    struct play *p = play(ABROAD, NULL);
    CU_ASSERT_TRUE(asked(p, "S-GW2")->flags & PCO_P_CSCF);
    CU_ASSERT_EQUAL(answered(p, "P-GW2")->n_p_cscf, 1);
    CU_ASSERT_EQUAL(answered(p, "P-GW2")->p_cscf[0],
                    0x0a000000u | net_find_node(p->world->net, "P-CSCF2")->id);
    CU_ASSERT_EQUAL(play_count(p, "REGISTER", "UE-A", "P-CSCF2"), 3);
    CU_ASSERT_EQUAL(play_count(p, "REGISTER", "UE-A", "P-CSCF1"), 0);
    play_end(p);
}

/* The network has two: the configured one is taken if it is among them. */
void test_discovery_by_pco_of_several(void)
{
    static const char another[] = "<network id='home2'><node id='P-CSCF3' roles='P-CSCF' "
                                  "host='pcscf3.ims.operator2.example' pcrf='PCRF2'/></network>";
    struct play *p = play("registration-roaming", another, NULL);
    CU_ASSERT_EQUAL(answered(p, "P-GW2")->n_p_cscf, 2);
    CU_ASSERT_EQUAL(play_count(p, "REGISTER", "UE-A", "P-CSCF2"), 3);
    play_end(p);
    p = play("registration-roaming", another, "group[UE-A].p-cscf=P-CSCF3", NULL);
    CU_ASSERT_EQUAL(play_count(p, "REGISTER", "UE-A", "P-CSCF3"), 3);
    play_end(p);
}

void test_discovery_configured(void)
{
    struct play *p = play(ABROAD, "group[UE-A].discovery=configured", NULL);
    CU_ASSERT_FALSE(asked(p, "S-GW2")->flags & PCO_P_CSCF);
    CU_ASSERT_EQUAL(answered(p, "P-GW2")->n_p_cscf, 0);
    CU_ASSERT_EQUAL(play_count(p, "REGISTER", "UE-A", "P-CSCF1"), 3); /* through the P-GW abroad */
    CU_ASSERT_EQUAL(play_count(p, "REGISTER", "UE-A", "P-CSCF2"), 0);
    CU_ASSERT_TRUE(play_moments(p, MARK_REGISTERED) == 1 && play_moments(p, MARK_DEREGISTERED) == 1);
    play_end(p);

    /* Two phones at one eNB, each in its own way. */
    p = play("registration-roaming", "group[UE-A].enb=eNB1", "group[UE-A].p-cscf=P-CSCF2",
             "group[UE-A].discovery=configured", NULL);
    CU_ASSERT_FALSE(asked(p, "S-GW1")->flags & PCO_P_CSCF);
    CU_ASSERT_EQUAL(play_count(p, "REGISTER", "UE-A", "P-CSCF2"), 3);
    play_end(p);
    play_end(play("volte-call", "group[*].discovery=configured", NULL));
}

/* ---- DHCP -------------------------------------------------------------------------------------------------
 */

#define BY_DHCP "group[UE-A].discovery=dhcp"

/* The n-th DHCP message of this type that crosses S5, and when it was sent. */
static const struct dhcp_msg *dhcp(const struct play *p, enum dhcp_type type, unsigned n, sim_time *sent)
{
    for (guint i = 0; i < p->hops->len; i++) {
        const struct hop *h = play_hop(p, i);
        if (!hop_is(h, "G-PDU", NULL, NULL) || strcmp(h->iface, "S5") != 0)
            continue;
        const struct gtp_msg *g = (const struct gtp_msg *)h->msg;
        const struct msg *inner = gtp_body(g, g_pdu)->inner;
        if (p->world->net->protos[inner->proto] == &dhcp_proto && inner->type == type && --n == 0) {
            *sent = h->sent;
            return (const struct dhcp_msg *)inner;
        }
    }
    *sent = -1;
    return NULL;
}

/* From the phone's attach to its registration. */
static sim_time took(const struct play *p)
{
    sim_time at[2] = {-1, -1};
    for (guint i = 0; i < p->moments->len; i++) {
        const struct moment *m = play_moment(p, i);
        if (strcmp(m->node, "UE-A") == 0 && (m->id == MARK_ATTACHED || m->id == MARK_REGISTRATION_BEGUN))
            at[m->id == MARK_REGISTRATION_BEGUN] = m->time;
    }
    return at[1] - at[0];
}

/* Over the bearer to the P-GW and back, and no later than that the phone registers. */
void test_discovery_by_dhcp(void)
{
    struct play *p = play(ABROAD, BY_DHCP, NULL);
    sim_time asked_at, told_at, us = SIM_US, ms = SIM_MS;
    const struct dhcp_msg *inform = dhcp(p, DHCP_inform, 1, &asked_at), *ack = dhcp(p, DHCP_ack, 1, &told_at);
    CU_ASSERT_PTR_NOT_NULL_FATAL(inform);
    CU_ASSERT_PTR_NOT_NULL_FATAL(ack);
    CU_ASSERT_FALSE(asked(p, "S-GW2")->flags & PCO_P_CSCF);
    CU_ASSERT_EQUAL(ack->xid, inform->xid);
    CU_ASSERT_EQUAL(ack->client, inform->client);
    CU_ASSERT_EQUAL(inform->m.size, 236 + 4 + 3 + (2 + 1) + 1);
    CU_ASSERT_EQUAL(ack->m.size, 236 + 4 + 3 + (2 + 4) + (2 + 1 + 4) + 1);
    CU_ASSERT_EQUAL(dhcp_body(ack, ack)->sip_servers.address[0],
                    0x0a000000u | net_find_node(p->world->net, "P-CSCF2")->id);
    sim_time up = (8 + 5 + 2) * ms + (500 + 200 + 200) * us, down = (2 + 5 + 8) * ms + (200 + 500) * us;
    CU_ASSERT_EQUAL(took(p), up + down);
    CU_ASSERT_EQUAL(play_count(p, "REGISTER", "UE-A", "P-CSCF2"), 3);
    CU_ASSERT_EQUAL(play_moments(p, MARK_DEREGISTERED), 1);
    play_end(p);
    play_end(play("volte-call", "group[*].discovery=dhcp", NULL));
    play_end(play("volte-call", "group[*].discovery=dhcp", "group[UE-A].apn=internet", NULL));
}

/* A packet is lost, on the way there or back: asked again after 4 s. */
void test_discovery_by_dhcp_repeats(void)
{
    static const char *const lost[] = {
        "<faults><drop message='PDCP Data PDU' from='UE-A'/></faults>",
        "<faults><drop message='PDCP Data PDU' to='UE-A'/></faults>",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(lost); i++) {
        struct play *p = play(ABROAD, BY_DHCP, lost[i], NULL);
        CU_ASSERT_EQUAL(took(p), 4 * SIM_S + 31600 * SIM_US);
        CU_ASSERT_EQUAL(play_count(p, "REGISTER", "UE-A", "P-CSCF2"), 3);
        play_end(p);
    }
}

/* Nobody answers, or has an answer: the phone tries with the P-CSCF it is configured for. */
void test_discovery_by_dhcp_fails(void)
{
    static const char bare[] =
        "<network id='bare' domain='bare.example'>"
        "<node id='eNB3' roles='eNB' host='enb3.bare.example' mme='MME3'/>"
        "<node id='MME3' roles='MME' host='mme3.bare.example' sgw='S-GW3' pgw='P-GW3'/>"
        "<node id='S-GW3' roles='S-GW' host='sgw3.bare.example'/>"
        "<node id='P-GW3' roles='P-GW' host='pgw3.bare.example' pcrf='PCRF3'/>"
        "<node id='PCRF3' roles='PCRF' host='pcrf3.bare.example'/>"
        "<node id='HSS3' roles='HSS' host='hss3.bare.example'/></network>";
    struct play *p =
        play(ABROAD, BY_DHCP, "<faults><drop message='PDCP Data PDU' from='UE-A' count='4'/></faults>",
             "at[3].time=100s", NULL);
    CU_ASSERT_EQUAL(took(p), (4 + 8 + 16 + 32) * SIM_S);
    CU_ASSERT_EQUAL(play_count(p, "REGISTER", "UE-A", "P-CSCF1"), 3);
    play_end(p);

    p = play(ABROAD, BY_DHCP, bare, "group[UE-A].enb=eNB3", NULL);
    sim_time at;
    const struct dhcp_msg *ack = dhcp(p, DHCP_ack, 1, &at);
    CU_ASSERT_PTR_NOT_NULL_FATAL(ack);
    CU_ASSERT_FALSE(IE_HAS(dhcp_body(ack, ack), sip_servers));
    CU_ASSERT_EQUAL(play_count(p, "REGISTER", "UE-A", "P-CSCF1"), 3);
    play_end(p);
}

/* Switched off while it asks: nothing is left of it. */
void test_discovery_by_dhcp_is_cut_short(void)
{
    struct play *p = play(ABROAD, BY_DHCP, "at[3].time=170ms", NULL);
    CU_ASSERT_EQUAL(play_count(p, "REGISTER", "UE-A", NULL), 0);
    play_end(p);
}
