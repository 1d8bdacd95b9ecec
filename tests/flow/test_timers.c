/* test_timers.c - the instants of repetition and giving up, number by number as RFC 3261 table 4 and
 * TS 24.229 table 7.7.1 give them: 500 ms, 4 s, 5 s in the core; 2 s, 16 s, 17 s on Gm. */
#include "tests/flow/play.h"

#include "sim/fsm.h"

#include <CUnit/CUnit.h>

#include <stdio.h>
#include <string.h>

#define HALF (500 * SIM_MS)
#define LOSE(message, from, to)                                                                              \
    "<faults><drop message='" message "' from='" from "' to='" to "' count='1000'/></faults>"

/* INVITE, reliable 1xx: doubles without a cap. Others: up to T2. */
static const sim_time doubling_core[] = {1 * HALF, 3 * HALF, 7 * HALF, 15 * HALF, 31 * HALF, 63 * HALF, -1};
static const sim_time doubling_gm[] = {2 * SIM_S,  6 * SIM_S,   14 * SIM_S, 30 * SIM_S,
                                       62 * SIM_S, 126 * SIM_S, -1};
static const sim_time capped_core[] = {1 * HALF,  3 * HALF,  7 * HALF,  15 * HALF, 23 * HALF, 31 * HALF,
                                       39 * HALF, 47 * HALF, 55 * HALF, 63 * HALF, -1};
static const sim_time capped_gm[] = {2 * SIM_S,  6 * SIM_S,  14 * SIM_S,  30 * SIM_S,  46 * SIM_S, 62 * SIM_S,
                                     78 * SIM_S, 94 * SIM_S, 110 * SIM_S, 126 * SIM_S, -1};
static const sim_time once[] = {-1};

/* ---- INVITE: timers A and B
 * ---------------------------------------------------------------------------------- */

void test_timers_a_b_at_the_phone(void)
{
    struct play *p = play("mmd-4", LOSE("INVITE", "UE-1", "P-CSCF1"), NULL);
    assert_instants(p, "INVITE", "UE-1", doubling_gm);
    CU_ASSERT_EQUAL(play_when(p, MARK_FAILED), play_when(p, MARK_INVITE_SENT) + 128 * SIM_S);
    CU_ASSERT_EQUAL(play_value(p, MARK_FAILED), 408);
    CU_ASSERT_EQUAL(p->hops->len, 7);
    play_end(p);
}

void test_timers_a_b_in_the_core(void)
{
    struct play *p = play("mmd-4", LOSE("INVITE", "P-CSCF1", "I/S-CSCF1"), NULL);
    const struct hop *lost = play_nth(p, "INVITE", "P-CSCF1", 1),
                     *refused = play_nth(p, "408 Request Timeout (INVITE)", "P-CSCF1", 1);
    assert_instants(p, "INVITE", "P-CSCF1", doubling_core);
    CU_ASSERT_EQUAL(refused->sent, lost->sent + 32 * SIM_S);
    CU_ASSERT_EQUAL(play_when(p, MARK_FAILED), refused->arrival);
    CU_ASSERT_EQUAL(play_value(p, MARK_FAILED), 408);
    CU_ASSERT_EQUAL(play_count(p, "ACK", "UE-1", NULL), 1);
    play_end(p);
}

/* P-CSCF2 uses the column of Gm towards the called phone, and nobody before it loses patience. */
void test_timers_a_b_towards_the_called_phone(void)
{
    struct play *p = play("mmd-4", LOSE("INVITE", "P-CSCF2", "UE-2"), NULL);
    const struct hop *lost = play_nth(p, "INVITE", "P-CSCF2", 1);
    assert_instants(p, "INVITE", "P-CSCF2", doubling_gm);
    CU_ASSERT_EQUAL(play_nth(p, "408 Request Timeout (INVITE)", "P-CSCF2", 1)->sent,
                    lost->sent + 128 * SIM_S);
    CU_ASSERT_EQUAL(play_value(p, MARK_FAILED), 408);
    play_end(p);
}

/* A 100 stops timer A. */
void test_timers_a_stops_at_100(void)
{
    struct play *p = play("mmd-2-no183", "group[UE-2].reservation-time=20s", NULL);
    assert_instants(p, "INVITE", "UE-1", once);
    assert_instants(p, "INVITE", "P-CSCF2", once); /* UE-2 says 100 itself */
    CU_ASSERT_EQUAL(play_nth(p, "100 Trying", "UE-2", 1)->sent,
                    play_when(p, MARK_INVITE_RECEIVED) + 200 * SIM_MS);
    CU_ASSERT_EQUAL(play_count(p, "100 Trying", NULL, NULL), 5);
    play_end(p);
}

/* ---- other requests: timers E and F
 * --------------------------------------------------------------------------- */

void test_timers_e_f_at_the_phone(void)
{
    struct play *p = play("mmd-4", LOSE("UPDATE", "UE-1", "P-CSCF1"), NULL);
    assert_instants(p, "UPDATE", "UE-1", capped_gm);
    CU_ASSERT_EQUAL(play_when(p, MARK_CANCELLED),
                    play_nth(p, "UPDATE", "UE-1", 1)->sent + 128 * SIM_S + 5 * SIM_MS);
    CU_ASSERT_EQUAL(play_value(p, MARK_CANCELLED), 408);
    CU_ASSERT_EQUAL(play_value(p, MARK_FAILED), 487);
    play_end(p);
}

void test_timers_e_f_in_the_core(void)
{
    struct play *p = play("mmd-4", LOSE("UPDATE", "I/S-CSCF1", "I/S-CSCF2"), NULL);
    assert_instants(p, "UPDATE", "I/S-CSCF1", capped_core);
    /* A proxy that has given up stays silent (RFC 4320 4.2): the caller's own timer F ends the wait. */
    CU_ASSERT_EQUAL(play_count(p, "408 Request Timeout (UPDATE)", NULL, NULL), 0);
    CU_ASSERT_EQUAL(play_when(p, MARK_CANCELLED), play_nth(p, "UPDATE", "UE-1", 1)->sent + 128005 * SIM_MS);
    CU_ASSERT_EQUAL(play_value(p, MARK_CANCELLED), 408);
    play_end(p);
}

/* The phone that hangs up forgets the call when timer F ends the BYE. */
void test_timers_f_of_bye(void)
{
    struct play *p = play("mmd-1", "call[1].hold=1s", LOSE("BYE", "UE-1", "P-CSCF1"), NULL);
    assert_instants(p, "BYE", "UE-1", capped_gm);
    CU_ASSERT_EQUAL(play_when(p, MARK_ENDED), play_when(p, MARK_BYE_SENT) + 128 * SIM_S);
    CU_ASSERT_EQUAL(play_moments(p, MARK_RELEASED), 0);
    p->stranded = 1;
    play_end(p);
}

/* ---- end to end: reliable 1xx and 2xx
 * --------------------------------------------------------------------------- */

void test_timers_reliable_1xx(void)
{
    struct play *p = play("mmd-4", LOSE("183 Session Progress", "P-CSCF2", "I/S-CSCF2"), NULL);
    assert_instants(p, "183 Session Progress", "UE-2", doubling_gm);
    assert_instants(p, "183 Session Progress", "P-CSCF2", doubling_gm); /* each one is passed on */
    CU_ASSERT_EQUAL(play_nth(p, "504 Server Time-out (INVITE)", "UE-2", 1)->sent,
                    play_nth(p, "183 Session Progress", "UE-2", 1)->sent + 128 * SIM_S + 5 * SIM_MS);
    CU_ASSERT_EQUAL(play_value(p, MARK_FAILED), 504);
    play_end(p);
}

void test_timers_2xx(void)
{
    struct play *p = play("mmd-1", LOSE("200 OK (INVITE)", "P-CSCF2", "I/S-CSCF2"), NULL);
    assert_instants(p, "200 OK (INVITE)", "UE-2", capped_gm);
    assert_instants(p, "200 OK (INVITE)", "P-CSCF2", capped_gm);
    CU_ASSERT_EQUAL(play_nth(p, "BYE", "UE-2", 1)->sent,
                    play_when(p, MARK_OK_SENT) + 128 * SIM_S + 5 * SIM_MS);
    CU_ASSERT_EQUAL(play_nth(p, "200 OK (BYE)", "UE-1", 1)->nth, 1);
    play_end(p);
}

/* Each 200 that comes again is acknowledged again. The called phone repeats it for 128 s; the core, whose
 * timer M has ended after 32 s, drops the later ones (RFC 6026 7.2). */
void test_timers_ack_lost_always(void)
{
    struct play *p = play("mmd-1", LOSE("ACK", "P-CSCF1", "I/S-CSCF1"), NULL);
    assert_instants(p, "200 OK (INVITE)", "UE-2", capped_gm);
    CU_ASSERT_EQUAL(play_count(p, "ACK", "UE-1", NULL), 5); /* for those at 0, 2, 6, 14 and 30 s */
    CU_ASSERT_EQUAL(play_moments(p, MARK_CONNECTED), 1);
    CU_ASSERT_EQUAL(play_moments(p, MARK_CONFIRMED), 0);
    CU_ASSERT_EQUAL(play_count(p, "BYE", "UE-2", NULL), 1);
    CU_ASSERT_EQUAL(play_value(p, MARK_ENDED), 200);
    play_end(p);
}

/* 200 (INVITE) waits for the PRACK of a response with SDP, not of the last 180 (RFC 3262 3). */
void test_timers_answer_before_prack(void)
{
    struct play *p = play("mmd-4", "call[1].answer=10ms", NULL);
    CU_ASSERT_TRUE(play_nth(p, "200 OK (INVITE)", "UE-2", 1)->sent <
                   play_nth(p, "PRACK", "P-CSCF2", 2)->arrival);
    CU_ASSERT_EQUAL(play_nth(p, "200 OK (PRACK)", "UE-2", 2)->sip->status, 200); /* and not 481 */
    CU_ASSERT_EQUAL(play_count(p, "481 Call/Transaction Does Not Exist (PRACK)", NULL, NULL), 0);
    CU_ASSERT_EQUAL(play_moments(p, MARK_CONFIRMED), 1);
    play_end(p);
}

/* ---- refusals: timers G and H
 * ------------------------------------------------------------------------------------ */

void test_timers_g_h_at_the_phone(void)
{
    struct play *p = play("mmd-1", "call[1].called=busy", LOSE("ACK", "P-CSCF2", "UE-2"), NULL);
    CU_ASSERT_EQUAL(play_count(p, "486 Busy Here (INVITE)", "UE-2", NULL), 11);
    play_end(p);
    p = play("mmd-1", "call[1].called=busy",
             "<faults><drop message='ACK' from='P-CSCF2' to='UE-2' nth='1' count='1000'/></faults>", NULL);
    assert_instants(p, "486 Busy Here (INVITE)", "UE-2", capped_gm);
    CU_ASSERT_EQUAL(play_count(p, "486 Busy Here (INVITE)", "P-CSCF2", NULL), 1); /* absorbed */
    CU_ASSERT_EQUAL(play_count(p, "ACK", "P-CSCF2", NULL), 11);
    CU_ASSERT_EQUAL(play_value(p, MARK_FAILED), 486);
    play_end(p);
}

void test_timers_g_h_in_the_core(void)
{
    struct play *p = play("mmd-1", "call[1].called=busy", LOSE("ACK", "P-CSCF1", "I/S-CSCF1"), NULL);
    assert_instants(p, "486 Busy Here (INVITE)", "I/S-CSCF1", capped_core);
    CU_ASSERT_EQUAL(play_count(p, "486 Busy Here (INVITE)", "P-CSCF1", NULL), 1);
    CU_ASSERT_EQUAL(play_value(p, MARK_FAILED), 486);
    play_end(p);
}

/* ---- timer C
 * ---------------------------------------------------------------------------------------------------------
 */

/* The proxy that heard the last 1xx first is the first to have enough; the others follow before they hear of
 * it. The caller has given up nothing. */
void test_timers_c(void)
{
    struct play *p = play("mmd-1", "call[1].called=never", NULL);
    CU_ASSERT_EQUAL(play_nth(p, "CANCEL", NULL, 1)->sent,
                    play_nth(p, "180 Ringing", "P-CSCF2", 1)->sent + 181 * SIM_S);
    CU_ASSERT_STRING_EQUAL(play_nth(p, "CANCEL", NULL, 1)->from, "P-CSCF2");
    CU_ASSERT_EQUAL(play_count(p, "CANCEL", NULL, NULL), 4);
    CU_ASSERT_EQUAL(play_count(p, "CANCEL", "UE-1", NULL), 0);
    CU_ASSERT_EQUAL(play_value(p, MARK_FAILED), 487);
    CU_ASSERT_EQUAL(play_moments(p, MARK_CANCELLED), 0);
    play_end(p);
}

/* Each 101-199 starts it anew: the 183 of mmd-2 does not count once the 180 has come. */
void test_timers_c_restarts(void)
{
    struct play *p = play("mmd-2", "group[UE-2].reservation-time=170s", "call[1].called=never", NULL);
    CU_ASSERT_EQUAL(play_nth(p, "CANCEL", NULL, 1)->sent,
                    play_nth(p, "180 Ringing", "P-CSCF2", 1)->sent + 181 * SIM_S);
    play_end(p);
    p = play("mmd-2", "group[UE-2].reservation-time=182s", NULL);
    CU_ASSERT_EQUAL(play_nth(p, "CANCEL", NULL, 1)->sent,
                    play_nth(p, "183 Session Progress", "P-CSCF2", 1)->sent + 181 * SIM_S);
    CU_ASSERT_EQUAL(play_value(p, MARK_FAILED), 487);
    play_end(p);
}

/* ---- values by name
 * ------------------------------------------------------------------------------------------------ */

void test_timers_have_names(void)
{
    static const sim_time quick[] = {
        250 * SIM_MS, 750 * SIM_MS, 1750 * SIM_MS, 3750 * SIM_MS, 7750 * SIM_MS, 15750 * SIM_MS, -1};
    static const sim_time one[] = {2 * SIM_S, -1};
    struct play *p = play("mmd-4", "sip.core.T1=250ms", LOSE("INVITE", "P-CSCF1", "I/S-CSCF1"), NULL);
    assert_instants(p, "INVITE", "P-CSCF1", quick);
    CU_ASSERT_EQUAL(play_nth(p, "408 Request Timeout (INVITE)", "P-CSCF1", 1)->sent,
                    play_nth(p, "INVITE", "P-CSCF1", 1)->sent + 16 * SIM_S);
    play_end(p);

    p = play("mmd-4", "sip.gm.B=5s", LOSE("INVITE", "UE-1", "P-CSCF1"), NULL);
    assert_instants(p, "INVITE", "UE-1", one);
    CU_ASSERT_EQUAL(play_when(p, MARK_FAILED), play_when(p, MARK_INVITE_SENT) + 5 * SIM_S);
    play_end(p);

    p = play("mmd-4", "sip.gm.T1=500ms", "sip.gm.T2=4s", LOSE("UPDATE", "UE-1", "P-CSCF1"), NULL);
    assert_instants(p, "UPDATE", "UE-1", capped_core);
    play_end(p);

    p = play("mmd-4", "diameter.Tx=1s", LOSE("LIA", "HSS2", "I/S-CSCF2"), NULL);
    CU_ASSERT_EQUAL(play_nth(p, "504 Server Time-out (INVITE)", "I/S-CSCF2", 1)->sent,
                    play_nth(p, "LIR", "I/S-CSCF2", 1)->sent + SIM_S);
    CU_ASSERT_EQUAL(play_value(p, MARK_FAILED), 504);
    play_end(p);

    p = play("mmd-1", "sip.gm.C=190s", "call[1].called=never", NULL); /* the core's 181 s come first */
    CU_ASSERT_STRING_EQUAL(play_nth(p, "CANCEL", NULL, 1)->from, "I/S-CSCF2");
    play_end(p);
}

/* Every timer that a phone starts has the value of the Gm column, in an S-CSCF that of the core. */
struct wanted_timer {
    const char *machine, *timer;
    sim_time core, gm, reliable; /* reliable: over TCP on Gm */
    unsigned started;
};

#define REPEATS (-1) /* varies; the instants are tested above */

static struct wanted_timer wanted_timers[] = {
    {"sip-invite-client", "timer A",            REPEATS,      REPEATS,      REPEATS,      0},
    {"sip-invite-client", "timer B",            32 * SIM_S,   128 * SIM_S,  128 * SIM_S,  0},
    {"sip-invite-client", "timer D",            32 * SIM_S,   128 * SIM_S,  0,            0},
    {"sip-invite-client", "timer M",            32 * SIM_S,   128 * SIM_S,  128 * SIM_S,  0},
    {"sip-invite-client", "64*T1 after CANCEL", 32 * SIM_S,   128 * SIM_S,  128 * SIM_S,  0},
    {"sip-invite-server", "200 ms",             200 * SIM_MS, 200 * SIM_MS, 200 * SIM_MS, 0},
    {"sip-invite-server", "timer G",            REPEATS,      REPEATS,      REPEATS,      0},
    {"sip-invite-server", "timer H",            32 * SIM_S,   128 * SIM_S,  128 * SIM_S,  0},
    {"sip-invite-server", "timer I",            5 * SIM_S,    17 * SIM_S,   0,            0},
    {"sip-invite-server", "timer L",            32 * SIM_S,   128 * SIM_S,  128 * SIM_S,  0},
    {"sip-client",        "timer E",            REPEATS,      REPEATS,      REPEATS,      0},
    {"sip-client",        "timer F",            32 * SIM_S,   128 * SIM_S,  128 * SIM_S,  0},
    {"sip-client",        "timer K",            5 * SIM_S,    17 * SIM_S,   0,            0},
    {"sip-server",        "timer J",            32 * SIM_S,   128 * SIM_S,  0,            0},
};

static void watch_timer(struct sim *sim, const struct trace_rec *r, void *over_tcp)
{
    const struct fsm_def *def = r->timer.def;
    (void)sim;
    if (r->timer.action != TIMER_STARTED || (r->node->kinds & KIND_P_CSCF))
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(wanted_timers); i++) {
        struct wanted_timer *w = &wanted_timers[i];
        if (strcmp(def->name, w->machine) != 0 || strcmp(def->timers[r->timer.index].name, w->timer) != 0)
            continue;
        sim_time value = !(r->node->kinds & KIND_UE) ? w->core : over_tcp ? w->reliable : w->gm;
        if (value != REPEATS && r->timer.duration != value)
            printf("\n%s %s at %s: %.9g s, not %.9g s", w->machine, w->timer, r->node->name,
                   sim_time_to_s(r->timer.duration), sim_time_to_s(value));
        CU_ASSERT_TRUE(value == REPEATS || r->timer.duration == value);
        w->started++;
    }
}

static void watch(const char *over, const char *change)
{
    static char yes;
    struct play *p = play_ready("mmd-4", over, change, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(p);
    trace_add_sink(p->world->sim, 1u << TRACE_TIMER, false, watch_timer, strstr(over, "tcp") ? &yes : NULL);
    play_until(p, SIM_NEVER);
    play_end(p);
}

void test_timers_values(void)
{
    static const char *const transports[] = {"link[Gm].transport=udp", "link[Gm].transport=tcp"};
    for (size_t i = 0; i < G_N_ELEMENTS(transports); i++) {
        watch(transports[i], "call[1].hold=1s");
        watch(transports[i], "call[1].called=declines");
        watch(transports[i], "call[1].cancel=1s");
    }
    for (size_t i = 0; i < G_N_ELEMENTS(wanted_timers); i++)
        CU_ASSERT_TRUE(wanted_timers[i].started > 0);
}

/* ---- a reliable transport on Gm
 * ------------------------------------------------------------------------------------- */

/* Timers A, E and G do not run; B, F and H do; what goes end to end is still repeated. */
void test_timers_over_tcp(void)
{
    struct play *p = play("mmd-4", "link[Gm].transport=tcp", LOSE("INVITE", "UE-1", "P-CSCF1"), NULL);
    assert_instants(p, "INVITE", "UE-1", once);
    CU_ASSERT_EQUAL(play_when(p, MARK_FAILED), play_when(p, MARK_INVITE_SENT) + 128 * SIM_S);
    char *text = hop_text(p, play_hop(p, 0));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\r\nVia: SIP/2.0/TCP 10.20.1.100:1357"));
    g_free(text);
    play_end(p);

    p = play("mmd-1", "link[Gm].transport=tcp", "call[1].hold=1s", LOSE("BYE", "UE-1", "P-CSCF1"), NULL);
    assert_instants(p, "BYE", "UE-1", once);
    CU_ASSERT_EQUAL(play_when(p, MARK_ENDED), play_when(p, MARK_BYE_SENT) + 128 * SIM_S);
    p->stranded = 1;
    play_end(p);

    p = play("mmd-1", "link[Gm].transport=tcp", "call[1].called=busy", LOSE("ACK", "P-CSCF2", "UE-2"), NULL);
    assert_instants(p, "486 Busy Here (INVITE)", "UE-2", once);
    play_end(p);

    p = play("mmd-4", "link[Gm].transport=tcp", LOSE("183 Session Progress", "UE-2", "P-CSCF2"), NULL);
    assert_instants(p, "183 Session Progress", "UE-2", doubling_gm);
    play_end(p);

    p = play("mmd-1", "link[Gm].transport=tcp", LOSE("200 OK (INVITE)", "UE-2", "P-CSCF2"), NULL);
    assert_instants(p, "200 OK (INVITE)", "UE-2", capped_gm);
    play_end(p);
}

/* A message that TCP has lost is late by 1 s, 3 s, 7 s ... and those behind it wait: nothing is lost. */
void test_timers_loss_over_tcp_is_delay(void)
{
    unsigned late = 0;
    for (int seed = 1; seed <= 20; seed++) {
        char *change = g_strdup_printf("run.seed=%d", seed);
        struct play *p =
            play("mmd-4", "link[Gm].transport=tcp", "link[Gm].loss=10%", "call[1].hold=60s", change, NULL);
        CU_ASSERT_EQUAL(p->world->net->lost, 0);
        CU_ASSERT_EQUAL(play_value(p, MARK_ENDED), 200);
        for (guint i = 0; i < p->hops->len; i++)
            late += play_hop(p, i)->arrival - play_hop(p, i)->sent >= SIM_S;
        play_end(p);
        g_free(change);
    }
    CU_ASSERT_TRUE(late > 20);
    /* Nothing gets through: the transport gives up in the end, and so does the call. */
    struct play *p = play("mmd-4", "link[Gm].transport=tcp", "link[Gm].loss=100%", NULL);
    CU_ASSERT_EQUAL(p->world->net->lost, 1);
    CU_ASSERT_EQUAL(play_value(p, MARK_ENDED), 408);
    play_end(p);
}
