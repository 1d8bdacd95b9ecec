/* test_cells.c - several eNBs, P-CSCFs and S-CSCFs in one network: who is served by whom, and calls between them. */
#include "tests/flow/play.h"

#include "models/cscf/cscf.h"
#include "models/ue/ue.h"

#include <CUnit/CUnit.h>

#include <string.h>

static const struct node *phone(const struct play *p, unsigned k)
{
    char *name = g_strdup_printf("UE-%u", k);
    const struct node *n = net_find_node(p->world->net, name);
    g_free(name);
    CU_ASSERT_PTR_NOT_NULL_FATAL(n);
    return n;
}

static bool names(const char *node, const char *stem, unsigned number)
{
    size_t n = strlen(stem);
    return strncmp(node, stem, n) == 0 && node[n] == (char)('0' + number) && !node[n + 1];
}

/* The phones of a group attach at its eNBs in turn; the P-GW names the P-CSCFs in turn; the I-CSCF chooses in turn among the
 * S-CSCFs that have what the phones need (TS 29.228 6.7), which S-CSCF2 has not. Calls go between all of them. */
void test_cells_in_turn(void)
{
    struct play *p = play_ready("cells", NULL);
    play_until(p, 9 * SIM_S);
    for (unsigned k = 1; k <= 12; k++) {
        struct cscf_reg_view v;
        const struct node *ue = phone(p, k);
        const struct hop *attach = play_nth(p, "RRCConnectionRequest", ue->name, 1);
        CU_ASSERT_TRUE(names(attach->to, "eNB", (k - 1) % 3 + 1));
        CU_ASSERT_TRUE(names(ue_pcscf(ue)->name, "P-CSCF", (k - 1) % 2 + 1));
        CU_ASSERT_TRUE_FATAL(world_registration(p->world, ue_party(ue), &v));
        CU_ASSERT_PTR_EQUAL(v.p_cscf, ue_pcscf(ue));
        CU_ASSERT_TRUE(names(v.s_cscf->name, "S-CSCF", k % 2 ? 1 : 3));
    }
    play_until(p, SIM_NEVER);
    CU_ASSERT_EQUAL(play_moments(p, MARK_CONNECTED), 4);
    CU_ASSERT_EQUAL(play_moments(p, MARK_RELEASED), 4);
    CU_ASSERT_EQUAL(play_moments(p, MARK_DETACHED), 12);
    CU_ASSERT_EQUAL(play_count(p, "INVITE", "I-CSCF1", "S-CSCF1"), 0); /* phones that are called have even numbers */
    CU_ASSERT_EQUAL(play_count(p, "INVITE", "I-CSCF1", "S-CSCF3"), 4);
    play_end(p);
}

/* Who is configured with P-CSCFs keeps to the one whose turn it is, since the network names that one, too. */
void test_cells_p_cscf_configured(void)
{
    struct play *p = play_ready("cells", "group[UE].p-cscf=P-CSCF2 P-CSCF1 P-CSCF1", NULL);
    play_until(p, 9 * SIM_S);
    for (unsigned k = 1; k <= 12; k++)
        CU_ASSERT_TRUE(names(ue_pcscf(phone(p, k))->name, "P-CSCF", k % 3 == 1 ? 2 : 1));
    play_until(p, SIM_NEVER);
    CU_ASSERT_EQUAL(play_moments(p, MARK_CONNECTED), 4);
    play_end(p);
}

/* Both phones of volte-call in one network, at other eNBs of it or at the same. */
void test_cells_shared_home_network(void)
{
    static const char *const enbs[] = {"group[UE-B].enb=eNB3", "group[UE-B].enb=eNB1"};
    for (size_t i = 0; i < G_N_ELEMENTS(enbs); i++) {
        struct play *p = play("volte-call",
                              "<network id='home1'><node id='eNB3' roles='eNB' host='enb3.epc.operator1.example' mme='MME1'>"
                              "<service time='500us'/></node></network>",
                              "group[UE-B].network=home1", "group[UE-B].p-cscf=P-CSCF1", "group[UE-B].s-cscf=I/S-CSCF1", enbs[i], NULL);
        CU_ASSERT_EQUAL(p->end, SIM_END_IDLE);
        CU_ASSERT_EQUAL(play_moments(p, MARK_CONNECTED), 1);
        CU_ASSERT_EQUAL(play_moments(p, MARK_RELEASED), 1);
        CU_ASSERT_EQUAL(play_moments(p, MARK_DETACHED), 2);
        CU_ASSERT_EQUAL(play_count(p, "E-RAB SETUP REQUEST", "MME1", "eNB1"), i ? 2 : 1);
        CU_ASSERT_EQUAL(play_count(p, NULL, "MME2", NULL), 0);
        play_end(p);
    }
}

/* ---- what cannot be --------------------------------------------------------------------------------------------- */

static void check_refusal(const char *const *sets, const char *says)
{
    struct scn_load_opts opts = {.sets = (char **)sets, .names = world_names()};
    GPtrArray *errors = g_ptr_array_new_with_free_func(g_free);
    struct scn *scn = scn_load(IMSSIM_TEST_SRCDIR "/tests/data/flow/cells.xml", &opts, NULL, errors);
    struct world_opts how = {.seed = 1};
    struct world *w = scn ? world_new(scn, &how, errors) : NULL;
    CU_ASSERT_PTR_NULL(w);
    bool said = false;
    for (guint i = 0; i < errors->len; i++)
        said = said || strstr(g_ptr_array_index(errors, i), says);
    CU_ASSERT_TRUE(said);
    if (scn)
        scn_free(scn);
    g_ptr_array_free(errors, TRUE);
}

void test_cells_refusals(void)
{
    static const char *const nobody[] = {"group[UE].enb=eNB1 eNB9", NULL}, *const no_enb[] = {"group[UE].enb=eNB1 MME1", NULL},
                             *const no_p_cscf[] = {"group[UE].p-cscf=P-CSCF1 S-CSCF1", NULL},
                             *const no_s_cscf[] = {"group[UE].state=registered-connected", "group[UE].mandatory-capabilities=3 4", NULL};
    check_refusal(nobody, "enb=\"eNB9\": there is no such node");
    check_refusal(no_enb, "enb=\"MME1\": that node is no eNB; its roles are \"MME\"");
    check_refusal(no_p_cscf, "p-cscf=\"S-CSCF1\": that node is no P-CSCF; its roles are \"S-CSCF\"");
    check_refusal(no_s_cscf, "phone \"UE-1\" begins registered and no S-CSCF of its network has what it needs");
}

/* ---- load --------------------------------------------------------------------------------------------------------- */

static struct world *load(struct scn *scn, uint32_t record_every)
{
    GPtrArray *errors = g_ptr_array_new_with_free_func(g_free);
    struct world_opts how = {.seed = 1, .record_every = record_every};
    struct world *w = world_new(scn, &how, errors);
    CU_ASSERT_PTR_NOT_NULL_FATAL(w);
    g_ptr_array_free(errors, TRUE);
    return w;
}

/* volte-load with fewer phones, for a while: when all calls are over, every node is as it was, bearers, sessions and
 * transactions are gone, and messages but for those that are kept to be repeated. While calls go on, memory does not grow with their number. */
void test_cells_load(void)
{
    static const char *const sets[] = {"group[*].count=300", "calls[*].until=100s", "calls[*].hold=exp(10s)", "run.until=1h", NULL};
    struct scn_load_opts opts = {.sets = (char **)sets, .names = world_names()};
    GPtrArray *errors = g_ptr_array_new_with_free_func(g_free);
    struct scn *scn = scn_load(IMSSIM_TEST_SRCDIR "/scenarios/volte-load.xml", &opts, NULL, errors);
    CU_ASSERT_PTR_NOT_NULL_FATAL(scn);
    struct world *w = load(scn, 0), *watched = load(scn, 1);
    size_t contexts = world_contexts(w), messages = world_messages(w), registrations = world_registrations(w);
    CU_ASSERT_TRUE(contexts > 600 && registrations > 600);

    CU_ASSERT_EQUAL(world_run(w, 50 * SIM_S), SIM_END_TIME);
    size_t busy = world_contexts(w);
    CU_ASSERT_TRUE(busy > contexts + 500);
    world_run(w, 100 * SIM_S);
    CU_ASSERT_TRUE(world_contexts(w) < 2 * busy);
    world_run(w, 30 * 60 * SIM_S);
    CU_ASSERT_TRUE(w->calls > 800);
    CU_ASSERT_EQUAL(world_contexts(w), contexts);
    CU_ASSERT_EQUAL(world_transactions(w), 0);
    CU_ASSERT_TRUE(world_messages(w) <= messages + 4 * 600); /* answers that MMEs keep for repeated requests, 4 of a phone */
    CU_ASSERT_EQUAL(world_registrations(w), registrations);
    CU_ASSERT_EQUAL(w->net->sent + w->net->duplicated, w->net->delivered + w->net->lost + w->net->dropped);

    /* Nobody looking changes nothing. */
    world_run(watched, 30 * 60 * SIM_S);
    CU_ASSERT_EQUAL(watched->sim->events, w->sim->events);
    CU_ASSERT_EQUAL(watched->net->sent, w->net->sent);
    world_free(w);
    world_free(watched);
    scn_free(scn);
    g_ptr_array_free(errors, TRUE);
}
