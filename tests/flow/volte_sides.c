/* volte_sides.c - see volte_sides.h. */
#include "tests/flow/volte_sides.h"

#include "tests/flow/steps.h"

#include "models/enb/enb.h"
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

static const struct ie_bearer *bearer_of(const struct ie_bearer *list, unsigned n, uint8_t ebi)
{
    for (unsigned i = 0; i < n; i++)
        if (list[i].ebi == ebi)
            return &list[i];
    CU_FAIL_FATAL("a node does not know a bearer");
    return NULL;
}

static void same_qos(const struct ie_qos *a, const struct ie_qos *b)
{
    CU_ASSERT_EQUAL(a->qci, b->qci);
    CU_ASSERT_EQUAL(a->arp.level, b->arp.level);
    CU_ASSERT_EQUAL(a->gbr_ul, b->gbr_ul);
    CU_ASSERT_EQUAL(a->gbr_dl, b->gbr_dl);
    CU_ASSERT_EQUAL(a->mbr_ul, b->mbr_ul);
    CU_ASSERT_EQUAL(a->mbr_dl, b->mbr_dl);
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
    const struct epc *epc = p->world->net->model;
    const struct node *ue = node_of(p, "UE", side), *enb = node_of(p, "eNB", side);
    uint64_t imsi = epc_imsi(ue_party(ue));
    uint32_t ip = epc_ue_ip(epc, ue_party(ue));
    struct ue_bearer_view view[IE_MAX_BEARERS];
    struct ie_bearer mme[IE_MAX_BEARERS], sgw[IE_MAX_BEARERS], pgw[IE_MAX_BEARERS];

    CU_ASSERT_EQUAL_FATAL(ue_access_bearers(ue_access_of(ue), view, IE_MAX_BEARERS), bearers);
    CU_ASSERT_EQUAL_FATAL(mme_bearers(node_of(p, "MME", side), imsi, mme), bearers);
    CU_ASSERT_EQUAL_FATAL(sgw_bearers(node_of(p, "S-GW", side), imsi, sgw, IE_MAX_BEARERS), bearers);
    CU_ASSERT_EQUAL_FATAL(pgw_bearers(node_of(p, "P-GW", side), ip, pgw, IE_MAX_BEARERS), bearers);
    for (unsigned i = 0; i < bearers; i++) {
        uint8_t ebi = view[i].ebi;
        const struct ie_bearer *m = bearer_of(mme, bearers, ebi), *s = bearer_of(sgw, bearers, ebi), *g = bearer_of(pgw, bearers, ebi);
        struct enb_bearer e;
        CU_ASSERT_TRUE_FATAL(enb_bearer(enb, ue, ebi, &e));
        same_qos(&view[i].qos, &m->qos);
        same_qos(&e.qos, &m->qos);
        same_qos(&g->qos, &m->qos);
        CU_ASSERT_NOT_EQUAL(e.drb, 0);
        CU_ASSERT_EQUAL(e.drb, view[i].drb);
        CU_ASSERT_NOT_EQUAL(e.teid, 0);
        CU_ASSERT_EQUAL(e.teid, m->fteid[0].teid);
        CU_ASSERT_EQUAL(e.teid, s->fteid[0].teid);
        CU_ASSERT_EQUAL(e.sgw_teid, m->fteid[1].teid);
        CU_ASSERT_NOT_EQUAL(g->fteid[0].teid, 0);
        CU_ASSERT_EQUAL(g->fteid[1].teid, s->fteid[1].teid);
    }
    struct ie_rule at_pgw[IE_MAX_RULES], at_pcrf[IE_MAX_RULES];
    CU_ASSERT_EQUAL_FATAL(pgw_rules(node_of(p, "P-GW", side), ip, at_pgw, IE_MAX_RULES), bearers - 1);
    CU_ASSERT_EQUAL_FATAL(pcrf_rules(node_of(p, "PCRF", side), ip, at_pcrf, IE_MAX_RULES), bearers - 1);
    for (unsigned i = 0; i + 1 < bearers; i++) {
        bool found = false;
        for (unsigned k = 0; k + 1 < bearers; k++)
            if (at_pgw[k].qos.qci == at_pcrf[i].qos.qci) {
                found = true;
                same_qos(&at_pgw[k].qos, &at_pcrf[i].qos);
                CU_ASSERT_EQUAL(at_pgw[k].flow_status, at_pcrf[i].flow_status);
                CU_ASSERT_EQUAL(at_pgw[k].precedence, at_pcrf[i].precedence);
            }
        CU_ASSERT_TRUE(found);
    }
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
