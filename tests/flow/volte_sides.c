/* volte_sides.c - see volte_sides.h. */
#include "tests/flow/volte_sides.h"

#include "tests/flow/steps.h"

#include "models/epc.h"
#include "models/mme/mme.h"
#include "models/pcrf/pcrf.h"
#include "models/pgw/pgw.h"
#include "models/sgw/sgw.h"
#include "models/ue/ue.h"
#include "models/ue/ue_access.h"

#include <CUnit/CUnit.h>

#include <string.h>

/* Who plays the roles of the tables: the nodes of one side. Signalling counts; user data travels besides. */
static const struct steps_role sides[][9] = {
    {{"UE", "UE-A"}, {"eNB", "eNB1"}, {"MME", "MME1"}, {"S-GW", "S-GW1"}, {"P-GW", "P-GW1"}, {"PCRF", "PCRF1"}, {"HSS", "HSS1"}, {"P-CSCF", "P-CSCF1"}, {NULL, NULL}},
    {{"UE", "UE-B"}, {"eNB", "eNB2"}, {"MME", "MME2"}, {"S-GW", "S-GW2"}, {"P-GW", "P-GW2"}, {"PCRF", "PCRF2"}, {"HSS", "HSS2"}, {"P-CSCF", "P-CSCF2"}, {NULL, NULL}},
};
#define SIGNALLING "Uu S1-MME S11 S5 S6a Gx Rx"

void check_side(const struct play *p, const char *table, int side, sim_time from, sim_time to)
{
    steps_check(p, table, sides[side - 1], SIGNALLING, from, to);
}

const struct node *node_of(const struct play *p, const char *role, int side)
{
    char *name = strcmp(role, "UE") == 0 ? g_strdup(side == 1 ? "UE-A" : "UE-B") : g_strdup_printf("%s%d", role, side);
    const struct node *n = net_find_node(p->world->net, name);
    g_free(name);
    CU_ASSERT_PTR_NOT_NULL_FATAL(n);
    return n;
}

void check_agreement(const struct play *p, int side, unsigned bearers)
{
    const struct node *ue = node_of(p, "UE", side);
    uint64_t imsi = epc_imsi(ue_party(ue));
    uint32_t ip = epc_ue_ip(p->world->net->model, ue_party(ue));
    struct ue_bearer_view view[IE_MAX_BEARERS];
    struct ie_bearer there[IE_MAX_BEARERS];
    struct ie_rule rules[IE_MAX_RULES];

    CU_ASSERT_TRUE(check_one(p->check, ue));
    CU_ASSERT_EQUAL(ue_access_bearers(ue_access_of(ue), view, IE_MAX_BEARERS), bearers);
    CU_ASSERT_EQUAL(mme_bearers(node_of(p, "MME", side), imsi, there), bearers);
    CU_ASSERT_EQUAL(sgw_bearers(node_of(p, "S-GW", side), imsi, there, IE_MAX_BEARERS), bearers);
    CU_ASSERT_EQUAL(pgw_bearers(node_of(p, "P-GW", side), ip, there, IE_MAX_BEARERS), bearers);
    CU_ASSERT_EQUAL(pgw_rules(node_of(p, "P-GW", side), ip, rules, IE_MAX_RULES), bearers - 1);
    CU_ASSERT_EQUAL(pcrf_rules(node_of(p, "PCRF", side), ip, rules, IE_MAX_RULES), bearers - 1);
}

uint32_t gbr_of(const struct play *p, int side, uint8_t qci)
{
    struct ue_bearer_view view[IE_MAX_BEARERS];
    unsigned n = ue_access_bearers(ue_access_of(node_of(p, "UE", side)), view, IE_MAX_BEARERS);
    for (unsigned i = 0; i < n; i++)
        if (view[i].qos.qci == qci)
            return view[i].qos.gbr_dl;
    return 0;
}
