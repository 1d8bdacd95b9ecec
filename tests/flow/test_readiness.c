/* test_readiness.c - which flow happens, and when, is a consequence of when the resources are there.
 *
 * The formulas of X.S0013-009 6.2 for a path without contention, written down here from the document and the
 * RFCs alone, with every latency, service and processing time different from all others and from its way
 * back. Everything is compared to the nanosecond. Times count from the moment the INVITE is sent. */
#include "tests/flow/play.h"

#include <CUnit/CUnit.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum mode { BEFORE, FROM_INVITE, FROM_ANSWER };
static const char *const mode_names[] = {"before", "from-invite", "from-answer"};

/* The path: what each hop takes, in ns. */
struct path {
    sim_time forward[5], backward[5]; /* latency of UE-1 - P-CSCF1 - I/S-CSCF1 - I/S-CSCF2 - P-CSCF2 - UE-2 */
    sim_time service[4];              /* at the four boxes between                                          */
    sim_time query, reply, hss;       /* Cx there and back, service at the HSS                              */
    sim_time think1, think2;          /* of the phones, per message                                         */
};

/* The phones' readiness. */
struct point {
    enum mode mode1, mode2;
    sim_time r1, r2;
    bool progress; /* the called phone says 183 while it waits                 */
    bool at_once;  /* the called phone answers although it is not ready itself */
};

struct expected {
    const char *story;
    unsigned hops;
    sim_time setup, alert, connected;
};

#define ANSWER (2 * SIM_S)

static const struct path uneven = {
    .forward = {20000001,  5000020, 10000300, 5004000,        20050000},
    .backward = {17100000,         4020000,         9003000,  4000400, 18000050},
    .service = {1000003, 1200040,        1300500,          900007                },
    .query = 2000011,
    .reply = 1500130,
    .hss = 1001700,
    .think1 = 5000019,
    .think2 = 7000230,
};

/* ---- the formulas ----------------------------------------------------------------------------------------
 */

#define END_OF_CALL "180 Ringing, PRACK, 200 OK (PRACK), 200 OK (INVITE), ACK"
static const char story_1[] = "INVITE O1, 180 Ringing A1, PRACK, 200 OK (PRACK), 200 OK (INVITE), ACK";
static const char story_2[] =
    "INVITE O1, 183 Session Progress, 180 Ringing A1, PRACK, 200 OK (PRACK), 200 OK (INVITE), ACK";
static const char story_2r[] = "INVITE O1, 183 Session Progress A1, PRACK, 200 OK (PRACK), " END_OF_CALL;
/* The same when UE-2 has its resources while it builds 200 (PRACK). */
static const char story_2r_crossed[] =
    "INVITE O1, 183 Session Progress A1, PRACK, 180 Ringing, 200 OK (PRACK), "
    "PRACK, 200 OK (PRACK), 200 OK (INVITE), ACK";
static const char story_prack[] =
    "INVITE O1, 183 Session Progress A1, PRACK O2, 200 OK (PRACK) A2, " END_OF_CALL;
static const char story_update[] =
    "INVITE O1, 183 Session Progress A1, PRACK, 200 OK (PRACK), UPDATE O2, 200 OK (UPDATE) A2, " END_OF_CALL;

/* The same when UE-1 sends UPDATE before UE-2 has answered PRACK. */
static const char story_update_crossed[] =
    "INVITE O1, 183 Session Progress A1, PRACK, UPDATE O2, 200 OK (PRACK), 200 OK (UPDATE) A2, " END_OF_CALL;

static sim_time one_way(const sim_time latency[5], const sim_time service[4])
{
    sim_time sum = 0;
    for (int i = 0; i < 5; i++)
        sum += latency[i];
    for (int i = 0; i < 4; i++)
        sum += service[i];
    return sum;
}

static struct expected expect(const struct path *w, const struct point *p)
{
    const sim_time there = one_way(w->forward, w->service), back = one_way(w->backward, w->service);
    const sim_time invite = there + w->query + w->hss + w->reply; /* the INVITE reaches UE-2 */
    const sim_time first = invite + w->think2;                    /* UE-2 has its first response built */
    const sim_time ready2 = p->mode2 == BEFORE ? 0 : (p->mode2 == FROM_INVITE ? invite : first) + p->r2;
    struct expected e;

    if (p->mode1 == BEFORE && ready2 <= first && p->mode2 != FROM_ANSWER) { /* scenario 1 */
        e = (struct expected){.story = story_1, .hops = 30, .setup = first + back};
        e.alert = e.setup + w->think1 + there; /* when the PRACK for the 180 with SDP arrives */
    } else if (p->mode1 == BEFORE && p->mode2 != FROM_ANSWER && !p->at_once) { /* scenario 2 */
        e = (struct expected){.story = p->progress ? story_2 : story_1, .hops = p->progress ? 35 : 30};
        e.setup = ready2 + w->think2 + back;
        e.alert = e.setup + w->think1 + there;
    } else if (p->mode1 == BEFORE) { /* scenario 2r */
        sim_time prack = first + back + w->think1 + there, ring = ready2 + w->think2;
        bool crossed = ring >= prack && ring < prack + w->think2;
        e = (struct expected){.story = crossed ? story_2r_crossed : story_2r, .hops = 45};
        e.alert = ring >= prack ? ring : prack + w->think2; /* not before the 183 is acknowledged */
        e.setup = e.alert + back;
    } else {                            /* scenarios 3 and 4 */
        sim_time answer = first + back; /* the 183 reaches UE-1 */
        sim_time ready1 = (p->mode1 == FROM_INVITE ? 0 : answer) + p->r1;
        bool in_prack = ready1 <= answer;
        sim_time offer = MAX(ready1, answer) + w->think1 + there; /* the second offer reaches UE-2 */
        bool crossed = ready1 < answer + there + w->think2;       /* UPDATE leaves before 200 (PRACK) does */
        e = (struct expected){.story = in_prack  ? story_prack
                                       : crossed ? story_update_crossed
                                                 : story_update,
                              .hops = in_prack ? 45 : 55};
        e.alert = MAX(offer, ready2) + w->think2; /* when the 180 without SDP is sent */
        e.setup = e.alert + back;
    }
    e.connected = e.alert + ANSWER + w->think2 + back;
    return e;
}

/* ---- playing a point -------------------------------------------------------------------------------------
 */

static char *path_xml(const struct path *w)
{
    static const char *const nodes[] = {"UE-1", "P-CSCF1", "I/S-CSCF1", "I/S-CSCF2", "P-CSCF2", "UE-2"};
    GString *xml = g_string_new(NULL);
    for (int i = 0; i < 5; i++) {
        const char *format = "<link interface='%s' from='%s' to='%s' latency='%" PRId64 "ns'/>";
        const char *iface = i == 0 || i == 4 ? "Gm" : "Mw";
        g_string_append_printf(xml, format, iface, nodes[i], nodes[i + 1], w->forward[i]);
        g_string_append_printf(xml, format, iface, nodes[i + 1], nodes[i], w->backward[i]);
    }
    g_string_append_printf(xml, "<link interface='Cx' from='I/S-CSCF2' to='HSS2' latency='%" PRId64 "ns'/>",
                           w->query);
    g_string_append_printf(xml, "<link interface='Cx' from='HSS2' to='I/S-CSCF2' latency='%" PRId64 "ns'/>",
                           w->reply);
    for (int net = 1; net <= 2; net++) {
        g_string_append_printf(xml,
                               "<network id='home%d'><node id='HSS%d'><service time='%" PRId64 "ns'/></node>",
                               net, net, w->hss);
        for (int i = 2 * net - 2; i < 2 * net; i++)
            g_string_append_printf(xml, "<node id='%s'><service protocol='SIP' time='%" PRId64 "ns'/></node>",
                                   nodes[i + 1], w->service[i]);
        g_string_append(xml, "</network>");
    }
    return g_string_free(xml, FALSE);
}

static void phone_xml(GString *xml, const char *phone, enum mode mode, sim_time r, sim_time think,
                      const struct point *p)
{
    g_string_append_printf(xml,
                           "<group id='%s' reservation='%s' reservation-time='%" PRId64 "ns' think='%" PRId64
                           "ns' progress='%s' answer-policy='%s'/>",
                           phone, mode_names[mode], r, think, p->progress ? "yes" : "no",
                           p->at_once ? "at-once" : "when-ready");
}

/* Plays the point and compares. */
static void check(const struct path *w, const struct point *p)
{
    char *links = path_xml(w);
    GString *phones = g_string_new("<subscribers>");
    phone_xml(phones, "UE-1", p->mode1, p->r1, w->think1, p);
    phone_xml(phones, "UE-2", p->mode2, p->r2, w->think2, p);
    g_string_append(phones, "</subscribers>");
    struct play *played = play("any", links, phones->str, NULL);
    g_string_free(phones, TRUE);
    g_free(links);
    CU_ASSERT_PTR_NOT_NULL_FATAL(played);

    struct expected e = expect(w, p);
    char *story = play_story(played);
    sim_time start = play_when(played, MARK_INVITE_SENT), setup = play_when(played, MARK_RINGBACK) - start;
    sim_time alert = play_when(played, MARK_ALERTED) - start,
             connected = play_when(played, MARK_CONNECTED) - start;
    bool good = strcmp(story, e.story) == 0 && play_steps(played) == e.hops && setup == e.setup &&
                alert == e.alert && connected == e.connected && start == w->think1;
    if (!good) {
        printf("\nR1 %s %" PRId64 " ns, R2 %s %" PRId64 " ns, progress %d, at once %d, think %" PRId64
               " %" PRId64 ":",
               mode_names[p->mode1], p->r1, mode_names[p->mode2], p->r2, p->progress, p->at_once, w->think1,
               w->think2);
        printf("\n  is  %u hops, set-up %" PRId64 ", alert %" PRId64 ", connected %" PRId64 ", %s",
               play_steps(played), setup, alert, connected, story);
        printf("\n  not %u hops, set-up %" PRId64 ", alert %" PRId64 ", connected %" PRId64 ", %s", e.hops,
               e.setup, e.alert, e.connected, e.story);
    }
    CU_ASSERT_TRUE(good);
    g_free(story);
    play_end(played);
}

/* ---- the grid --------------------------------------------------------------------------------------------
 */

static const sim_time grid[] = {0, 1, 30 * SIM_MS + 7, 120 * SIM_MS + 1, 250 * SIM_MS, 700 * SIM_MS + 3};

static void check_called(const struct path *w, struct point p)
{
    for (p.mode2 = BEFORE; p.mode2 <= FROM_ANSWER; p.mode2++)
        for (unsigned i = 0; i < (p.mode2 == BEFORE ? 1 : G_N_ELEMENTS(grid)); i++) {
            p.r2 = grid[i];
            check(w, &p);
        }
}

static void check_grid(const struct path *w, bool progress, bool at_once)
{
    struct point p = {.progress = progress, .at_once = at_once};
    for (p.mode1 = BEFORE; p.mode1 <= FROM_ANSWER; p.mode1++)
        for (unsigned i = 0; i < (p.mode1 == BEFORE ? 1 : G_N_ELEMENTS(grid)); i++) {
            p.r1 = grid[i];
            check_called(w, p);
        }
}

void test_readiness_grid(void)
{
    check_grid(&uneven, true, false);
}

void test_readiness_grid_without_progress(void)
{
    check_grid(&uneven, false, false);
}

void test_readiness_grid_answer_at_once(void)
{
    check_grid(&uneven, true, true);
}

/* Phones that need no time: things that depend on each other fall on one instant. */
void test_readiness_grid_without_think_time(void)
{
    struct path w = uneven;
    w.think1 = w.think2 = 0;
    check_grid(&w, true, false);
}

/* Points from everywhere, with another path each. */
void test_readiness_anywhere(void)
{
    GRand *rand = g_rand_new_with_seed(20071201);
    for (int n = 0; n < 120; n++) {
        struct path w = {.query = 0};
        for (int i = 0; i < 5; i++) {
            w.forward[i] = g_rand_int_range(rand, 0, 30000000);
            w.backward[i] = g_rand_int_range(rand, 0, 30000000);
        }
        for (int i = 0; i < 4; i++)
            w.service[i] = g_rand_int_range(rand, 0, 3000000);
        w.query = g_rand_int_range(rand, 0, 4000000);
        w.reply = g_rand_int_range(rand, 0, 4000000);
        w.hss = g_rand_int_range(rand, 0, 4000000);
        w.think1 = g_rand_int_range(rand, 0, 20000000);
        w.think2 = g_rand_int_range(rand, 0, 20000000);
        struct point p = {
            .mode1 = (enum mode)g_rand_int_range(rand, 0, 3),
            .mode2 = (enum mode)g_rand_int_range(rand, 0, 3),
            .r1 = g_rand_int_range(rand, 0, 500000000),
            .r2 = g_rand_int_range(rand, 0, 500000000),
            .progress = g_rand_boolean(rand),
            .at_once = g_rand_boolean(rand),
        };
        check(&w, &p);
    }
    g_rand_free(rand);
}

/* ---- the boundaries: one nanosecond before, exactly then (which counts as ready), one after ---------------
 */

/* The called phone is ready when its first response is built, or not. */
void test_readiness_boundary_called(void)
{
    const struct path *w = &uneven;
    struct point p = {.mode1 = BEFORE, .mode2 = FROM_INVITE, .progress = true};
    for (int step = -1; step <= 1; step++) {
        p.r2 = w->think2 + step;
        CU_ASSERT_STRING_EQUAL(expect(w, &p).story, step <= 0 ? story_1 : story_2);
        check(w, &p);
    }
}

/* The caller is ready when the 183 arrives, or not; the called phone is ready before, or long after. */
void test_readiness_boundary_caller(void)
{
    const struct path *w = &uneven;
    const sim_time answer = one_way(w->forward, w->service) + w->query + w->hss + w->reply + w->think2 +
                            one_way(w->backward, w->service);
    for (int called = 0; called < 2; called++) {
        struct point p = {.mode1 = FROM_INVITE, .mode2 = called ? FROM_INVITE : BEFORE, .r2 = 400 * SIM_MS};
        for (int step = -1; step <= 1; step++) {
            p.r1 = answer + step;
            CU_ASSERT_STRING_EQUAL(expect(w, &p).story, step <= 0 ? story_prack : story_update_crossed);
            check(w, &p);
        }
    }
}

/* What the alert waits for: the second offer, or the called phone's resources. */
void test_readiness_boundary_alert(void)
{
    const struct path *w = &uneven;
    struct point p = {.mode1 = FROM_ANSWER, .mode2 = FROM_INVITE, .r1 = 80 * SIM_MS};
    const sim_time there = one_way(w->forward, w->service), back = one_way(w->backward, w->service);
    for (int step = -1; step <= 1; step++) {
        p.r2 = w->think2 + back + p.r1 + w->think1 + there + step; /* from INVITE to UPDATE at UE-2 */
        sim_time offer = expect(w, &(struct point){.mode1 = p.mode1, .r1 = p.r1}).alert;
        CU_ASSERT_EQUAL(expect(w, &p).alert, offer + MAX(step, 0));
        check(w, &p);
    }
}
