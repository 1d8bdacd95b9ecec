/* test_check.c - standing invariants (models/check): they hold in runs as they are, and they see planted
 * faults: nodes that are told something else than what was said, nodes that do not hear, counts that are
 * wrong, machines that would wait forever. */
#include "tests/flow/play.h"

#include "app/experiment/replicate.h"
#include "models/proto/diameter/diameter.h"
#include "models/proto/gtp/gtp.h"
#include "models/proto/rrc/rrc.h"
#include "models/proto/s1ap/s1ap.h"
#include "sim/fsm.h"

#include <CUnit/CUnit.h>

#include <stdio.h>
#include <string.h>

/* Whether one of the complaints has these words. */
static bool is_said(const struct play *p, const char *words)
{
    const GPtrArray *broken = check_broken(p->check);

    for (guint i = 0; i < broken->len; i++)
        if (strstr(g_ptr_array_index(broken, i), words))
            return true;
    printf("\n  nobody says \"%s\", but", words);
    for (guint i = 0; i < broken->len; i++)
        printf("\n    %s", (const char *)g_ptr_array_index(broken, i));
    return false;
}

static void end_with_faults(struct play *p)
{
    check_end(p->check, p->end == SIM_END_IDLE, G_MAXUINT);
}

/* play_end() looks at them in all other tests too. */
void test_check_good_runs(void)
{
    struct play *p = play_ready("volte-call", NULL);
    for (sim_time t = 0; t < 60 * SIM_S; t += 7 * SIM_MS)
        play_until(p, t); /* at rest or in the middle of something */
    CU_ASSERT_EQUAL(check_broken(p->check)->len, 0);
    CU_ASSERT_TRUE(check_compared(p->check) > 10000);
    CU_ASSERT_PTR_NULL(check_excused(p->check));
    play_until(p, SIM_NEVER);
    play_end(p);
}

/* ---- nodes that disagree ------------------------------------------------------------------------- */

static void other_s1u_of_sgw(struct msg *m)
{
    ((struct s1ap_msg *)m)->body.erab_setup_request.erabs.item[0].teid ^= 0x100;
}

static void other_qci(struct msg *m)
{
    ((struct s1ap_msg *)m)->body.erab_setup_request.erabs.item[0].qos.qci = 2;
}

static void other_arp(struct msg *m)
{
    ((struct s1ap_msg *)m)->body.erab_setup_request.erabs.item[0].qos.arp.level = 15;
}

static void other_drb(struct msg *m)
{
    struct rrc_connection_reconfiguration *b = &((struct rrc_msg *)m)->body.connection_reconfiguration;
    for (unsigned i = 0; i < b->drbs.n; i++)
        b->drbs.item[i].id = 7;
}

static void other_s1u_of_enb(struct msg *m)
{
    ((struct s1ap_msg *)m)->body.erab_setup_response.erabs.item[0].teid ^= 0x100;
}

static void other_s1u_told_to_sgw(struct msg *m)
{
    ((struct gtp_msg *)m)->body.create_bearer_rsp.bearers.item[0].fteid[0].teid ^= 0x100;
}

static void other_gbr(struct msg *m)
{
    ((struct gtp_msg *)m)->body.create_bearer_req.bearers.item[0].qos.gbr_ul++;
}

static void other_s5u(struct msg *m)
{
    ((struct gtp_msg *)m)->body.create_bearer_req.bearers.item[0].fteid[0].teid ^= 0x100;
}

static void other_precedence(struct msg *m)
{
    ((struct dia_msg *)m)->body.GX_RAR.install.item[0].precedence += 3;
}

/* What a node sends becomes something else on its way; what is said then. */
struct lie {
    const char *message, *from;
    void (*change)(struct msg *m);
    const char *said;
};

static const struct lie lies[] = {
    {"E-RAB SETUP REQUEST",          "MME1",  other_s1u_of_sgw,      "eNB1, UE-A: bearer 6 has S1-U TEID of the S-GW"         },
    {"E-RAB SETUP REQUEST",          "MME1",  other_qci,             "eNB1, UE-A: bearer 6 has QCI 2, but 1 at MME1"          },
    {"E-RAB SETUP REQUEST",          "MME1",  other_arp,             "eNB1, UE-A: bearer 6 has ARP priority level 15, but"    },
    {"RRCConnectionReconfiguration", "eNB1",  other_drb,
     "eNB1, UE-A: bearer 6 has data radio bearer 2, but 7 at UE-A"                                                            },
    {"E-RAB SETUP RESPONSE",         "eNB1",  other_s1u_of_enb,      "eNB1, UE-A: bearer 6 has S1-U TEID of the eNB"          },
    {"Create Bearer Response",       "MME1",  other_s1u_told_to_sgw,
     "eNB1, UE-A: bearer 6 has S1-U TEID of the eNB"                                                                          },
    {"Create Bearer Request",        "S-GW1", other_gbr,             "P-GW1, UE-A: bearer 6 has uplink GBR 30, but 31 at MME1"},
    {"Create Bearer Request",        "P-GW1", other_s5u,             "P-GW1, UE-A: bearer 6 has S5-U TEID of the P-GW"        },
    {"RAR",                          "PCRF1", other_precedence,      "has precedence"                                         },
};

static void tell(struct sim *sim, const struct trace_rec *rec, void *user)
{
    const struct lie *lie = user;
    const struct net *net = sim->user;
    const struct msg *m = rec->msg.msg;

    if (strcmp(net->protos[m->proto]->type_name(m->type), lie->message) == 0 &&
        strcmp(rec->node->name, lie->from) == 0)
        lie->change((struct msg *)(uintptr_t)m);
}

void test_check_nodes_that_disagree(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(lies); i++) {
        struct play *p = play_ready("volte-call", NULL);
        play_until(p, 3 * SIM_S);
        trace_add_sink(p->world->sim, 1u << TRACE_MSG, false, tell, (void *)(uintptr_t)&lies[i]);
        play_until(p, 12 * SIM_S);
        CU_ASSERT_TRUE(is_said(p, lies[i].said));
        CU_ASSERT_TRUE(is_said(p, "at 12.000000000 s: "));
        play_free(p);
    }
}

/* ---- nodes that do not hear ---------------------------------------------------------------------- */

static void (*hearing)(struct node *n, struct msg *m, struct node *from, uint16_t iface);
static const char *unheard;

static void hear_most(struct node *n, struct msg *m, struct node *from, uint16_t iface)
{
    if (strcmp(n->net->protos[m->proto]->type_name(m->type), unheard) != 0)
        hearing(n, m, from, iface);
}

/* Plays the scenario with a node that takes no notice of such a message. */
static struct play *play_deaf(const char *scenario, const char *change, const char *node, const char *message)
{
    struct play *p = play_ready(scenario, change, NULL);
    struct node *n = net_find_node(p->world->net, node);

    hearing = n->rx;
    unheard = message;
    n->rx = hear_most;
    play_until(p, SIM_NEVER);
    end_with_faults(p);
    return p;
}

void test_check_what_stays_behind(void)
{
    struct play *p = play_deaf("volte-call", NULL, "P-GW1", "Delete Session Request");
    CU_ASSERT_TRUE(is_said(p, "P-GW1 still has a context of UE-A, which is detached"));
    CU_ASSERT_TRUE(is_said(p, "PCRF1 still has a context of UE-A, which is detached"));
    play_free(p);
}

void test_check_unanswered(void)
{
    static const struct {
        const char *scenario, *change, *node, *message, *said;
    } deaf[] = {
        {"volte-call",      NULL,              "P-GW1",   "Delete Session Request",
         "P-GW1 did not answer Delete Session Request of S-GW1, sent at "                                                       },
        {"volte-call",      NULL,              "HSS1",    "AIR",                    "HSS1 did not answer AIR of MME1"           },
        {"volte-call",      NULL,              "PCRF2",   "AAR",                    "PCRF2 did not answer AAR of P-CSCF2"       },
        {"volte-enum-call", NULL,              "DNS1",    "SRV Query",              "DNS1 did not answer SRV Query of I/S-CSCF1"},
        {"mmd-3",           "call[1].hold=3s", "P-CSCF2", "BYE",                    "P-CSCF2 did not answer BYE of"             },
        {"mmd-3",           NULL,              "UE-2",    "PRACK",                  "UE-2 did not answer PRACK of P-CSCF2"      },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(deaf); i++) {
        struct play *p = play_deaf(deaf[i].scenario, deaf[i].change, deaf[i].node, deaf[i].message);
        CU_ASSERT_TRUE(is_said(p, deaf[i].said));
        play_free(p);
    }
}

/* Who gives up and releases the connection of a phone has settled everything. */
void test_check_given_up(void)
{
    static const char *const deaf[][2] = {
        {"UE-A", "DLInformationTransfer"       },
        {"UE-B", "RRCConnectionReconfiguration"},
        {"eNB2", "E-RAB SETUP REQUEST"         }
    };

    for (size_t i = 0; i < G_N_ELEMENTS(deaf); i++) {
        struct play *p = play_deaf("volte-call", NULL, deaf[i][0], deaf[i][1]);
        CU_ASSERT_EQUAL(play_moments(p, MARK_CONNECTED), 0);
        play_end(p);
    }
}

/* Where signalling was lost, nothing is asked of anybody; what is lost of user data does not matter. */
void test_check_excuses(void)
{
    struct play *p = play(
        "volte-call", "<faults><drop message='E-RAB SETUP RESPONSE' from='eNB2' count='9'/></faults>", NULL);
    CU_ASSERT_PTR_NOT_NULL(check_excused(p->check));
    play_end(p);
    p = play("volte-call", "<faults><drop message='PDCP Data PDU' from='UE-A' nth='4'/></faults>", NULL);
    CU_ASSERT_EQUAL(p->world->net->dropped, 1);
    CU_ASSERT_PTR_NULL(check_excused(p->check));
    CU_ASSERT_TRUE(check_compared(p->check) > 0);
    play_end(p);
}

/* ---- messages and machines ----------------------------------------------------------------------- */

void test_check_conservation(void)
{
    struct play *p = play("volte-call", NULL);
    uint64_t sum[2] = {0};
    for (uint16_t i = 0; i < p->world->net->nifaces; i++) {
        sum[0] += p->world->net->tally[i].sent;
        sum[1] += p->world->net->tally[i].delivered;
    }
    CU_ASSERT_EQUAL(sum[0], p->world->net->sent);
    CU_ASSERT_EQUAL(sum[1], p->world->net->delivered);
    p->world->net->tally[IFACE_GM].delivered--;
    p->world->net->tally[IFACE_MW].delivered++;
    CU_ASSERT_FALSE(check_now(p->check, 0));
    CU_ASSERT_TRUE(is_said(p, "Gm: messages are not conserved: "));
    CU_ASSERT_TRUE(is_said(p, "Mw: messages are not conserved: "));
    CU_ASSERT_EQUAL(check_broken(p->check)->len, 2);
    play_free(p);
}

enum { TOY_BEGIN, TOY_PAUSE, TOY_TIMEOUT, TOY_EVENTS };
enum { TOY_END, TOY_WAIT, TOY_REST, TOY_STATES };
static bool toy_patient;
static bool toy_wait(struct fsm *f, const void *arg)
{
    (void)arg;
    if (toy_patient)
        fsm_timer_start(f, 0, SIM_S);
    return true;
}

/* clang-format off */
static const struct fsm_row toy_rows[] = {
    ROW(TOY_END,  TOY_BEGIN,   NULL, toy_wait, TOY_WAIT, TOY_END, "test"),
    ROW(TOY_WAIT, TOY_PAUSE,   NULL, NULL,     TOY_REST, TOY_END, "test"),
    ROW(TOY_REST, TOY_BEGIN,   NULL, toy_wait, TOY_WAIT, TOY_END, "test"),
    ROW(TOY_WAIT, TOY_TIMEOUT, NULL, NULL,     TOY_END,  TOY_END, "test"),
};
/* clang-format on */
static const struct fsm_timer toy_timers[] = {
    {"toy", TOY_TIMEOUT, 0, FSM_IN(TOY_WAIT)}
};
static struct fsm_def toy = {
    .name = "toy",
    .title = "toy",
    .state_names = (const char *const[]){"end",   "wait for a bus", "rest"   },
    .event_names = (const char *const[]){"begin", "pause",          "timeout"},
    .nstates = TOY_STATES,
    .nevents = TOY_EVENTS,
    .rows = toy_rows,
    .nrows = G_N_ELEMENTS(toy_rows),
    .timers = toy_timers,
    .ntimers = 1,
};

/* A machine may wait with a timer, and rest without one; and the run ends where one waits without. */
void test_check_waiting(void)
{
    struct play *p = play_ready("volte-call", NULL);
    struct fsm f;
    fsm_init(&toy);
    fsm_start(&f, &toy, net_find_node(p->world->net, "HSS1"));
    play_until(p, 7 * SIM_S);
    toy_patient = true;
    fsm_event(&f, TOY_BEGIN, NULL);
    CU_ASSERT_TRUE(fsm_waits(&f));
    fsm_event(&f, TOY_PAUSE, NULL);
    CU_ASSERT_FALSE(fsm_waits(&f));
    CU_ASSERT_PTR_NULL(sim_broken(p->world->sim));
    toy_patient = false;
    fsm_event(&f, TOY_BEGIN, NULL);
    play_until(p, SIM_NEVER);
    CU_ASSERT_EQUAL(p->end, SIM_END_STOP);
    CU_ASSERT_EQUAL(p->world->sim->now, 7 * SIM_S);
    CU_ASSERT_TRUE(is_said(p, "at 7.000000000 s: HSS1: toy stands in \"wait for a bus\" and no timer runs"));
    play_free(p);
}

/* ---- where a run ends ---------------------------------------------------------------------------- */

static void miscount(struct world *w, void *user)
{
    (void)user;
    w->net->tally[IFACE_CX].lost++;
}

static void replicate_once(const struct scn *scn, bool check, void (*meddle)(struct world *w, void *user),
                           struct replicate_end *end)
{
    struct replicate_opts opts = {.scn = scn,
                                  .seed = 1,
                                  .replications = 2,
                                  .threads = 1,
                                  .level = 0.95,
                                  .check = check,
                                  .meddle = meddle};
    GPtrArray *errors = g_ptr_array_new_with_free_func(g_free);
    struct kpi kpi;
    kpi_init(&kpi);
    CU_ASSERT_TRUE(replicate(&opts, &kpi, end, errors));
    kpi_clear(&kpi);
    g_ptr_array_free(errors, TRUE);
}

void test_check_of_a_replication(void)
{
    struct play *p = play_ready("volte-call", NULL);
    struct replicate_end end;
    replicate_once(p->scn, false, NULL, &end);
    CU_ASSERT_PTR_NULL(end.broken);
    CU_ASSERT_EQUAL(end.compared, 2 * 2); /* phones, replications */
    replicate_once(p->scn, true, NULL, &end);
    CU_ASSERT_PTR_NULL(end.broken);
    CU_ASSERT_PTR_NULL(end.excused);
    CU_ASSERT_TRUE(end.compared > 100);
    for (int check = 0; check < 2; check++) {
        replicate_once(p->scn, check, miscount, &end);
        CU_ASSERT_PTR_NOT_NULL_FATAL(end.broken);
        CU_ASSERT_PTR_NOT_NULL(strstr(end.broken, "replication 1: at "));
        CU_ASSERT_PTR_NOT_NULL(strstr(end.broken, " s: Cx: messages are not conserved: "));
        g_free(end.broken);
    }
    play_end(p);
}
