/* test_air.c - phones on a Uu that has a radio: random access and what may go wrong in it, the life of a
 * phone, bearers that find no room. The arithmetic itself: tests/unit/test_radio.c. */
#include "tests/flow/play.h"
#include "tests/flow/ue_access_rig.h"

#include "models/uu.h"

#include <CUnit/CUnit.h>

#include <string.h>

#define EXACT    "radio.slots=no"
#define NO_LOSS  "radio.ul-bler=0", "radio.dl-bler=0", "radio.preamble-miss=0"
#define PREAMBLE "Random Access Preamble"
#define RESPONSE "Random Access Response"
#define REQUEST  "RRCConnectionRequest"
#define MS       SIM_MS

/* ---- what arrives when ------------------------------------------------------------------------------ */

/* From power-on to the first NAS message at the MME, with the defaults, each wait its mean: PRACH 2.5 and 1,
 * response 2 and 1, the phone 5, request 1, eNB 4 (and its own 0.5), setup 1, the phone 15, two blocks for
 * the ATTACH REQUEST and its companion, eNB 4. */
void test_air_attach(void)
{
    struct play *p = play("volte-call", EXACT, NO_LOSS, NULL);
    static const struct {
        const char *type;
        sim_time arrives;
    } steps[] = {
        {PREAMBLE,             3500000 },
        {RESPONSE,             7000000 },
        {REQUEST,              13000000},
        {"RRCConnectionSetup", 18500000},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++)
        CU_ASSERT_EQUAL(play_nth(p, steps[i].type, i % 2 ? "eNB1" : "UE-A", 1)->arrival, steps[i].arrives);
    const struct hop *complete = play_nth(p, "RRCConnectionSetupComplete", "UE-A", 1);
    CU_ASSERT_EQUAL(complete->sent, 33500000);
    CU_ASSERT_EQUAL(complete->arrival, 34500000);
    CU_ASSERT_EQUAL(play_nth(p, "INITIAL UE MESSAGE", "eNB1", 1)->sent, 39000000);
    CU_ASSERT_EQUAL(play_count(p, PREAMBLE, NULL, NULL), 2);
    CU_ASSERT_EQUAL(play_count(p, RESPONSE, NULL, NULL), 2);
    CU_ASSERT_EQUAL(play_moments(p, MARK_ATTACHED), 2);
    play_end(p);
}

/* The number that the response gives stays the phone's. */
void test_air_rnti(void)
{
    struct play *p = play("volte-call", EXACT, NULL);
    const struct rrc_msg *response = (const struct rrc_msg *)play_nth(p, RESPONSE, "eNB1", 1)->msg;
    uint32_t rnti = rrc_body(response, random_access_response)->c_rnti;
    CU_ASSERT_EQUAL(((const struct rrc_msg *)play_nth(p, REQUEST, "UE-A", 1)->msg)->ue, rnti);
    CU_ASSERT_EQUAL(((const struct rrc_msg *)play_nth(p, "RRCConnectionSetup", "eNB1", 1)->msg)->ue, rnti);
    CU_ASSERT_EQUAL(((const struct rrc_msg *)play_nth(p, "SecurityModeCommand", "eNB1", 1)->msg)->ue, rnti);
    play_end(p);
}

/* All of a life on any radio: subframes or not, bad channels, a crowded cell. */
void test_air_life(void)
{
    static const char *const radios[] = {
        "radio.slots=yes",         "radio.ul-bler=40%",
        "radio.dl-bler=40%",       "radio.ul-grant=requested",
        "radio.ul-grant=always",   "radio.drx=no",
        "radio.drx-cycle=320ms",   "group[UE-A].cqi=1",
        "radio.dl-background=19%", "radio.cce=2",
        "radio.ul-phone-prb=1",    "radio.preamble-miss=50%",
        "radio.tti-bundling=yes",  "radio.rlc-time=0ms",
        "radio.prach-period=10ms",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(radios); i++)
        for (int seed = 1; seed <= 3; seed++) {
            char *s = g_strdup_printf("run.seed=%d", seed);
            struct play *p = play("volte-call", "radio.slots=yes", radios[i], s, NULL);
            CU_ASSERT_EQUAL(play_moments(p, MARK_ATTACHED), 2);
            CU_ASSERT_EQUAL(play_moments(p, MARK_RINGBACK), 1);
            CU_ASSERT_EQUAL(play_moments(p, MARK_DETACHED), 2);
            play_end(p);
            g_free(s);
        }
}

/* The same seed, the same bytes; another one, other draws. */
void test_air_repeatable(void)
{
    static const char *const seeds[] = {"run.seed=5", "run.seed=5", "run.seed=6"};
    char *text[3];
    for (int i = 0; i < 3; i++) {
        struct play *p = play("volte-call", "radio.slots=yes", seeds[i], NULL);
        text[i] = play_transcript(p);
        play_end(p);
    }
    CU_ASSERT_STRING_EQUAL(text[0], text[1]);
    CU_ASSERT_STRING_NOT_EQUAL(text[1], text[2]);
    for (int i = 0; i < 3; i++)
        g_free(text[i]);
}

/* One cell may have a radio and another none. */
void test_air_in_one_cell(void)
{
    struct play *p = play("volte-call", "radio[eNB1].slots=yes", NULL);
    CU_ASSERT_EQUAL(play_count(p, PREAMBLE, "UE-A", "eNB1"), play_count(p, RESPONSE, "eNB1", "UE-A"));
    CU_ASSERT_EQUAL(play_count(p, PREAMBLE, "UE-B", NULL), 0);
    CU_ASSERT_EQUAL(play_nth(p, REQUEST, "UE-B", 1)->arrival, play_nth(p, REQUEST, "UE-B", 1)->sent + 8 * MS);
    play_end(p);
}

/* What a cell is told goes before what all are. */
void test_air_own_parameters(void)
{
    struct play *p =
        play("volte-call", NO_LOSS, EXACT, "radio.prach-period=20ms", "radio[eNB2].prach-period=10ms", NULL);
    CU_ASSERT_EQUAL(play_nth(p, PREAMBLE, "UE-A", 1)->arrival - play_nth(p, PREAMBLE, "UE-A", 1)->sent,
                    11 * MS);
    CU_ASSERT_EQUAL(play_nth(p, PREAMBLE, "UE-B", 1)->arrival - play_nth(p, PREAMBLE, "UE-B", 1)->sent,
                    6 * MS);
    play_end(p);
}

/* Qualities are given out in turn: a phone of the worst needs much longer for its ATTACH REQUEST than one of
 * the best. */
void test_air_qualities(void)
{
    struct play *p =
        play("lte-crowd", EXACT, NO_LOSS, "group[UE-A].cqi=1 15", "group[UE-A].count=4",
             "group[UE-B].count=1", "calls[1].count=1", "radio.prb=100000", "radio.cce=100000", NULL);
    sim_time took[4];
    for (int i = 0; i < 4; i++) {
        char *name = g_strdup_printf("UE-A-%d", i + 1);
        const struct hop *h = play_nth(p, "RRCConnectionSetupComplete", name, 1);
        took[i] = h->arrival - h->sent;
        g_free(name);
    }
    CU_ASSERT_EQUAL(took[0], took[2]);
    CU_ASSERT_EQUAL(took[1], took[3]);
    CU_ASSERT_EQUAL(took[1], 1 * MS);
    CU_ASSERT_TRUE(took[0] > 2 * MS);
    play_end(p);
}

/* ---- random access that does not go well ------------------------------------------------------------ */

/* Whatever is lost of it, the phone tries again. The response window ends 12 ms after the preamble, which is
 * sent after 3.5 ms; the contention timer, 48 ms, runs from the end of the request, 6 ms after the response. No
 * back-off here. */
void test_air_access_repeated(void)
{
    static const struct {
        const char *message;
        sim_time after;
    } losses[] = {
        {PREAMBLE,             15500 * SIM_US},
        {RESPONSE,             15500 * SIM_US},
        {REQUEST,              55 * MS       }, /* dropped before the radio sees it: the timer runs at once */
        {"RRCConnectionSetup", 61 * MS       },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(losses); i++) {
        char *fault =
            g_strdup_printf("<faults><drop message='%s' on='Uu' nth='1'/></faults>", losses[i].message);
        struct play *p = play("volte-call", EXACT, NO_LOSS, "radio.backoff=0ms", fault, NULL);
        CU_ASSERT_EQUAL(play_count(p, PREAMBLE, "UE-A", NULL), 2);
        CU_ASSERT_EQUAL(play_count(p, REQUEST, "UE-A", NULL), i < 2 ? 1 : 2);
        CU_ASSERT_EQUAL(play_nth(p, PREAMBLE, "UE-A", 2)->sent, losses[i].after);
        CU_ASSERT_EQUAL(play_moments(p, MARK_ATTACHED), 2);
        play_end(p);
        g_free(fault);
    }
}

/* A back-off comes on top. */
void test_air_backoff(void)
{
    struct play *p = play("volte-call", EXACT, NO_LOSS, "radio.backoff=960ms",
                          "<faults><drop message='Random Access Preamble' nth='1'/></faults>", NULL);
    sim_time again = play_nth(p, PREAMBLE, "UE-A", 2)->sent;
    CU_ASSERT_TRUE(again > 15500 * SIM_US && again < 15500 * SIM_US + 960 * MS);
    play_end(p);
}

/* A setup that comes when the phone has given up waiting for it is for nobody. */
void test_air_setup_too_late(void)
{
    struct play *p = play_ready("volte-call", EXACT, NO_LOSS, "radio[eNB1].enb-up=60ms", NULL);
    play_until(p, 900 * MS);
    CU_ASSERT_TRUE(play_count(p, "RRCConnectionSetup", "eNB1", "UE-A") > 1);
    CU_ASSERT_TRUE(play_count(p, PREAMBLE, "UE-A", NULL) > 1);
    CU_ASSERT_EQUAL(play_count(p, "RRCConnectionSetupComplete", "UE-A", NULL), 0);
    play_free(p);
}

/* Two phones, one preamble, switched on at once: both requests are lost, and the back-off parts them. */
void test_air_collision(void)
{
    struct play *p =
        play("lte-crowd", "radio.slots=yes", NO_LOSS, "radio.preambles=1", "radio.backoff=100ms",
             "group[UE-A].count=2", "group[UE-B].count=1", "at[1].within=0s", "calls[1].count=1", NULL);
    CU_ASSERT_EQUAL(play_nth(p, PREAMBLE, "UE-A-1", 1)->arrival, play_nth(p, PREAMBLE, "UE-A-2", 1)->arrival);
    CU_ASSERT_EQUAL(play_nth(p, REQUEST, "UE-A-1", 1)->outcome, OUTCOME_LOST);
    CU_ASSERT_EQUAL(play_nth(p, REQUEST, "UE-A-2", 1)->outcome, OUTCOME_LOST);
    CU_ASSERT_TRUE(play_count(p, PREAMBLE, "UE-A-1", NULL) >= 2);
    CU_ASSERT_EQUAL(play_moments(p, MARK_ATTACHED), 3);
    CU_ASSERT_EQUAL(play_count(p, "RRCConnectionSetupComplete", NULL, NULL), 3);
    play_end(p);
}

/* Nobody hears the phone: so many preambles, then T300, then NAS tries again after T3411. */
void test_air_unheard(void)
{
    struct play *p =
        play_ready("volte-call", "radio[eNB1].preamble-miss=100%", "radio[eNB1].preamble-trans-max=3", NULL);
    play_until(p, 1 * SIM_S);
    CU_ASSERT_EQUAL(play_count(p, PREAMBLE, "UE-A", NULL), 3);
    play_until(p, 10990 * MS);
    CU_ASSERT_EQUAL(play_count(p, PREAMBLE, "UE-A", NULL), 3);
    play_until(p, 12 * SIM_S);
    CU_ASSERT_EQUAL(play_count(p, PREAMBLE, "UE-A", NULL), 6);
    CU_ASSERT_EQUAL(play_nth(p, PREAMBLE, "UE-A", 4)->sent, 11 * SIM_S);
    play_free(p);
}

/* The same when its requests are never answered. */
void test_air_unanswered(void)
{
    struct play *p =
        play_ready("volte-call", NO_LOSS, "radio.preamble-trans-max=2",
                   "<faults><drop message='RRCConnectionSetup' on='Uu' nth='1' count='2'/></faults>", NULL);
    play_until(p, 11990 * MS);
    CU_ASSERT_EQUAL(play_nth(p, PREAMBLE, "UE-A", 3)->sent, 11 * SIM_S);
    CU_ASSERT_EQUAL(play_moments(p, MARK_ATTACHED), 2);
    play_free(p);
}

/* Switched off while it tries: it falls silent. */
void test_air_off_meanwhile(void)
{
    struct play *p = play_ready("volte-call", "radio[eNB1].preamble-miss=100%",
                                "<script><at time='20ms' ue='UE-A' do='power-off'/></script>", NULL);
    play_until(p, 5 * SIM_S);
    CU_ASSERT_TRUE(play_count(p, PREAMBLE, "UE-A", NULL) <= 2);
    play_free(p);
}

/* ---- a phone and a scripted eNB --------------------------------------------------------------------- */

static unsigned plain(void *user, const struct node *phone)
{
    (void)user;
    (void)phone;
    return 8;
}

static struct rrc_msg *response_to(struct lte *t, uint8_t preamble, uint16_t rnti)
{
    struct rrc_msg *m = rrc_new(t->epc.rrc, RRC_random_access_response);
    rrc_body(m, random_access_response)->preamble = preamble;
    rrc_body(m, random_access_response)->c_rnti = rnti;
    return m;
}

/* A response to somebody else's preamble is not taken. Links here take 1 ms: the radio counts preambles, no
 * more. */
void test_air_response_to_others(void)
{
    struct lte *t = lte_new("ims", false);
    struct access_params params;
    access_defaults(&params);
    params.slots = false;
    t->epc.uu = uu_new(t->net, plain, NULL);
    uu_add_cell(t->epc.uu, t->enb, &params);
    ue_access_attach(t->a);
    wait_for(t, 2 * MS);
    struct rrc_msg *heard_first = g_queue_pop_head(&t->heard);
    uint8_t preamble = rrc_body(heard_first, random_access_preamble)->preamble;
    msg_unref(t->net, &heard_first->m);
    say(t, response_to(t, (uint8_t)(preamble ^ 1), 0x99));
    wait_for(t, 2 * MS);
    CU_ASSERT_EQUAL(g_queue_get_length(&t->heard), 0);
    t->rnti = 0x77;
    say(t, response_to(t, preamble, 0x77));
    CU_ASSERT_EQUAL(heard(t, "RRCConnectionRequest mo-Signalling")->ue, 0x77);
    say_rrc(t, RRC_connection_setup);
    heard(t, ATTACH_REQUEST);
    release(t);
    ue_access_detach(t->a, true);
    wait_for(t, 100 * MS);
    g_string_truncate(t->told, 0);
    uu_free(t->epc.uu);
    t->epc.uu = NULL;
    lte_free(t);
}

/* A whole Uu with a radio, and the eNB scripted. */
static const struct link_cfg *on_air(void *user, uint16_t iface, const struct node *from,
                                     const struct node *to)
{
    static const struct link_cfg cfg = {.up = true, .carriage = &uu_carriage};
    (void)user;
    (void)iface;
    (void)from;
    (void)to;
    return &cfg;
}

/* A phone on a radio without losses and draws; it wants to attach. */
static struct lte *lte_on_air(void)
{
    struct lte *t = lte_new("ims", false);
    struct access_params params;
    access_defaults(&params);
    params.slots = params.drx = false;
    params.ul_bler = params.dl_bler = params.preamble_miss = 0;
    t->epc.uu = uu_new(t->net, plain, NULL);
    uu_add_cell(t->epc.uu, t->enb, &params);
    t->net->model = &t->epc;
    t->net->link_cfg = on_air;
    t->rnti = 0x77;
    ue_access_attach(t->a);
    return t;
}

/* The next message at the eNB comes after this time, and no earlier. A preamble is answered. */
static void hear(struct lte *t, sim_time after, const char *type)
{
    wait_for(t, after - 1);
    CU_ASSERT_EQUAL(g_queue_get_length(&t->heard), 0);
    wait_for(t, 1);
    struct rrc_msg *m = g_queue_pop_head(&t->heard);
    CU_ASSERT_PTR_NOT_NULL_FATAL(m);
    CU_ASSERT_STRING_EQUAL(rrc_proto.type_name(m->m.type), type);
    CU_ASSERT_EQUAL(g_queue_get_length(&t->heard), 0);
    if (m->m.type == RRC_random_access_preamble)
        say(t, response_to(t, rrc_body(m, random_access_preamble)->preamble, 0x77));
    msg_unref(t->net, &m->m);
}

/* Security and reconfiguration that are sent together take a phone 20 ms, and it answers the first after 10; one
 * after the other they take 10 and 15. On the way down 4 + 0.5 + 1 ms, up 1 + 4. */
void test_air_both_at_once(void)
{
    for (int together = 0; together <= 1; together++) {
        struct lte *t = lte_on_air();
        hear(t, 3500 * SIM_US, PREAMBLE);
        hear(t, 3 * MS + 6 * MS + 4 * MS, REQUEST);
        say_rrc(t, RRC_connection_setup);
        hear(t, 1 * MS + 15 * MS + 1 * MS + 4 * MS, "RRCConnectionSetupComplete");
        say_rrc_security(t, 2);
        if (together)
            reconfigure(t, 5, 1, NULL);
        hear(t, 5500 * SIM_US + 10 * MS + 5 * MS, "SecurityModeComplete");
        if (!together)
            reconfigure(t, 5, 1, NULL);
        hear(t, together ? 10 * MS : 5500 * SIM_US + 15 * MS + 5 * MS, CONFIGURED);
        say_rrc(t, RRC_connection_release);
        wait_for(t, 100 * MS);
        ue_access_detach(t->a, true);
        wait_for(t, 100 * MS);
        g_string_truncate(t->told, 0);
        uu_free(t->epc.uu);
        t->epc.uu = NULL;
        lte_free(t);
    }
}

/* ---- bearers ---------------------------------------------------------------------------------------- */

/* No room in the called phone's cell: the call fails, and all that was set up for it goes. */
void test_air_no_room(void)
{
    struct play *p = play("volte-call", "radio.slots=yes", "radio[eNB2].gbr-share=0", NULL);
    CU_ASSERT_EQUAL(play_moments(p, MARK_ANSWERED), 0);
    CU_ASSERT_EQUAL(play_moments(p, MARK_FAILED), 1);
    CU_ASSERT_EQUAL(play_value(p, MARK_FAILED), 503);
    play_end(p);
}

/* A cell with room for one call: of calls that overlap, one at a time is carried; all room is given back. */
void test_air_room_for_one(void)
{
    struct play *p =
        play("lte-crowd", "radio.slots=yes", "radio[eNB1].gbr-bearers=1", "calls[1].arrivals=poisson(0.5/s)",
             "calls[1].busy=0", "calls[1].declined=0", "calls[1].unanswered=0", NULL);
    CU_ASSERT_TRUE(play_moments(p, MARK_FAILED) > 5);
    CU_ASSERT_TRUE(play_moments(p, MARK_ANSWERED) > 2);
    play_end(p);
}
