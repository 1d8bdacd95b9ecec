/* test_discovery.c - how a phone on LTE finds its P-CSCF: from the network in PCO, or as it is configured. */
#include "tests/flow/play.h"

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
