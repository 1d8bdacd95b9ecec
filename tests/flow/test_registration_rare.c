/* test_registration_rare.c - registrations in which messages cross, an answer comes too late, or the HSS
 * changes its mind: what the machines of phone, P-CSCF, S-CSCF and subscriber do then. Times are those of
 * tests/flow/test_registration.c: the first REGISTER leaves at 10 ms, its response at 95 ms, 200 arrives at
 * 170 ms; it is renewed at 30.17 s. */
#include "tests/flow/play.h"

#include "models/cscf/cscf.h"
#include "models/hss/hss.h"
#include "models/proto/diameter/diameter.h"
#include "models/ue/ue.h"
#include "models/ue/ue_access.h"

#include <CUnit/CUnit.h>

#include <string.h>

static struct node *node(const struct play *p, const char *name)
{
    struct node *n = net_find_node(p->world->net, name);
    CU_ASSERT_PTR_NOT_NULL_FATAL(n);
    return n;
}

static void nothing(void *user)
{
    (void)user;
}

static void leave(const struct play *p)
{
    ue_deregister(node(p, "UE"), nothing, NULL);
}

static const struct sip_cold *cold(const struct play *p, const char *type, const char *from, unsigned n)
{
    static const struct sip_cold none;
    const struct hop *h = play_nth(p, type, from, n);
    return h->sip && h->sip->cold ? h->sip->cold : &none;
}

/* ---- more than one REGISTER at a time -------------------------------------------------------------- */

#define SLOW_HSS(S_CSCF) "<link from='HSS1' to='" S_CSCF "' latency='600ms'/>"

/* The phone is switched off and on while the S-CSCF waits for the HSS, which deals with one REGISTER of a
 * user at a time: 500, and the phone tries again later. */
static void off_and_on(sim_time off)
{
    struct play *p = play_ready("registration", SLOW_HSS("S-CSCF2"), "at[2].time=200s", NULL);
    play_until(p, off);
    leave(p);
    CU_ASSERT_FALSE(ue_is_registered(node(p, "UE")));
    ue_register(node(p, "UE"));
    play_until(p, SIM_NEVER);
    CU_ASSERT_EQUAL(play_count(p, "500 Server Internal Error (REGISTER)", "S-CSCF2", NULL), 1);
    CU_ASSERT_TRUE(play_when(p, MARK_REGISTERED) > 30 * SIM_S);
    CU_ASSERT_TRUE(play_when(p, MARK_REGISTERED) < 63 * SIM_S);
    play_end(p);
}

void test_registration_rare_two_registers(void)
{
    off_and_on(60 * SIM_MS);  /* MAA arrives at 651 ms */
    off_and_on(740 * SIM_MS); /* SAA arrives at 1334 ms */
}

/* The same when the second REGISTER is to leave: the phone leaves without an answer that pleases it, and what
 * the first one brings after that is of no interest any more. */
static void leave_while_renewing(const char *scenario, const char *ue, const char *slow)
{
    struct play *p = play_ready(scenario, "group[*].expires=60s", "at[2].time=31500ms", slow, NULL);
    play_until(p, 60 * SIM_S);
    CU_ASSERT_EQUAL(play_count(p, "500 Server Internal Error (REGISTER)", "P-CSCF1", NULL), 1);
    CU_ASSERT_FALSE(ue_is_registered(node(p, ue)));
    CU_ASSERT_EQUAL(play_moments(p, MARK_REGISTERED), 1);
    CU_ASSERT_EQUAL(play_moments(p, MARK_DEREGISTERED), 1);
    play_until(p, SIM_NEVER);
    play_end(p);
}

void test_registration_rare_leaves_while_renewing(void)
{
    leave_while_renewing("registration-digest", "TERMINAL",
                         SLOW_HSS("S-CSCF1"));                       /* challenged: waits for MAA */
    leave_while_renewing("registration", "UE", SLOW_HSS("S-CSCF2")); /* not challenged: waits for SAA */
}

/* The phone is switched off and on; a REGISTER with the response to the first challenge is repeated by the
 * I-CSCF when the second one is out. It is challenged again, and so is the response to the second one, which
 * that makes old. */
void test_registration_rare_response_to_an_older_challenge(void)
{
    struct play *p = play_ready("registration",
                                "<faults><drop message='REGISTER' from='I-CSCF1' nth='2'/></faults>", NULL);
    play_until(p, 110 * SIM_MS);
    leave(p);
    play_until(p, 550 * SIM_MS);
    ue_register(node(p, "UE"));
    play_until(p, SIM_NEVER);
    CU_ASSERT_EQUAL(play_nth(p, "REGISTER", "I-CSCF1", 4)->sent, 627 * SIM_MS);
    CU_ASSERT_EQUAL(play_count(p, "MAR", NULL, NULL), 4);
    CU_ASSERT_EQUAL(play_moments(p, MARK_DEREGISTERED), 1);
    play_end(p);
}

/* A password phone is being challenged as it renews its registration when it leaves: its REGISTER is
 * challenged anew. */
void test_registration_rare_leaves_while_challenged(void)
{
    struct play *p = play_ready("registration-digest", "group[*].expires=60s", "at[2].time=30230ms", NULL);
    play_until(p, SIM_NEVER);
    CU_ASSERT_EQUAL(play_count(p, "MAR", NULL, NULL), 3);
    CU_ASSERT_EQUAL(play_moments(p, MARK_REGISTERED), 1);
    CU_ASSERT_EQUAL(play_moments(p, MARK_DEREGISTERED), 1);
    CU_ASSERT_EQUAL(cold(p, "SAR", "S-CSCF1", 1)->expires, 0);
    play_end(p);
}

/* ---- the HSS changes its mind ---------------------------------------------------------------------- */

static void subscribe(const struct play *p, const char *password, const struct hss_state *state)
{
    struct hss_group g;
    hss_group_init(&g);
    if (password) {
        g.scheme = AUTH_DIGEST;
        g.password = password;
    }
    hss_subscribe(node(p, "HSS1"), 0, hss_add_group(node(p, "HSS1"), &g), state);
}

/* The operator gives the user a password while the card is being resynchronised: the HSS refuses the vector.
 */
void test_registration_rare_no_vector(void)
{
    struct play *p = play_ready("registration", "group[UE].card=ahead", NULL);
    play_until(p, 130 * SIM_MS); /* UAR with AUTS has been answered */
    subscribe(p, "x", NULL);
    play_until(p, SIM_NEVER);
    CU_ASSERT_EQUAL(((const struct dia_msg *)play_nth(p, "MAA", "HSS1", 2)->msg)->result,
                    DIA_ERROR_SCHEME_NOT_SUPPORTED);
    CU_ASSERT_EQUAL(play_value(p, MARK_REGISTRATION_FAILED), 403);
    play_end(p);
}

/* Another S-CSCF has got the user between the challenge and its response. */
void test_registration_rare_not_assigned(void)
{
    struct play *p = play_ready("registration", NULL);
    struct hss_state elsewhere = {.registration = HSS_REGISTERED};
    play_until(p, 130 * SIM_MS);
    elsewhere.s_cscf = cscf_uri(node(p, "S-CSCF3"), false).id + 1;
    subscribe(p, NULL, &elsewhere);
    play_until(p, SIM_NEVER);
    CU_ASSERT_EQUAL(((const struct dia_msg *)play_nth(p, "SAA", "HSS1", 1)->msg)->result,
                    DIA_UNABLE_TO_COMPLY);
    CU_ASSERT_EQUAL(play_value(p, MARK_REGISTRATION_FAILED), 403);
    play_end(p);
}

/* The password was changed since the phone registered: it may not even leave, and stays registered until its
 * time is over. */
void test_registration_rare_wrong_password_when_leaving(void)
{
    struct play *p = play_ready("registration-digest", "group[*].expires=600s", NULL);
    struct hss_state state;
    play_until(p, 5 * SIM_S);
    CU_ASSERT_TRUE(hss_look_up(node(p, "HSS1"), 0, &state));
    subscribe(p, "sesame closed", &state);
    play_until(p, 20 * SIM_S);
    CU_ASSERT_EQUAL(play_count(p, "403 Forbidden (REGISTER)", "S-CSCF1", NULL), 1);
    CU_ASSERT_FALSE(ue_is_registered(node(p, "TERMINAL")));
    struct cscf_reg_view v;
    CU_ASSERT_TRUE(world_registration(p->world, 0, &v));
    play_until(p, SIM_NEVER);
    CU_ASSERT_FALSE(world_registration(p->world, 0, &v));
    play_end(p);
}

/* ---- the registration ends while the phone renews it ----------------------------------------------- */

/* REGISTER is lost four times: its fifth transmission comes 15 ms after the S-CSCF and the P-CSCF have ended
 * the registration, and nobody has told the phone. */
#define ENDED_UNNOTICED                                                                                      \
    "<faults><drop message='REGISTER' from='UE' nth='3' count='4'/><drop message='NOTIFY' from='P-CSCF1' "   \
    "nth='2' count='20'/></faults>"

/* It is challenged like a new one, and renews its subscription in vain: the S-CSCF has forgotten the dialog.
 */
void test_registration_rare_renews_too_late(void)
{
    struct play *p = play("registration", ENDED_UNNOTICED, "at[2].time=80s", NULL);
    CU_ASSERT_EQUAL(play_count(p, "MAR", NULL, NULL), 2);
    CU_ASSERT_EQUAL(play_count(p, "481 Call/Transaction Does Not Exist (SUBSCRIBE)", "P-CSCF1", "UE"), 1);
    CU_ASSERT_EQUAL(play_moments(p, MARK_REGISTERED), 2);
    play_end(p);
}

/* The same when the HSS does not answer that the registration is over: the new one overtakes that. */
void test_registration_rare_renews_while_it_ends(void)
{
    struct play *p = play("registration", ENDED_UNNOTICED, "<faults><drop message='SAR' nth='2'/></faults>",
                          "at[2].time=80s", NULL);
    CU_ASSERT_EQUAL(((const struct dia_msg *)play_nth(p, "SAR", NULL, 2)->msg)->body.SAR.type,
                    ASSIGN_TIMEOUT_DEREGISTRATION);
    CU_ASSERT_EQUAL(((const struct dia_msg *)play_nth(p, "SAR", NULL, 3)->msg)->body.SAR.type,
                    ASSIGN_REGISTRATION);
    CU_ASSERT_TRUE(play_nth(p, "SAA", "HSS1", 2)->arrival < play_nth(p, "SAR", NULL, 2)->sent + 5 * SIM_S);
    CU_ASSERT_EQUAL(play_moments(p, MARK_REGISTERED), 2);
    play_end(p);
}

/* The time is over while the HSS is being told of the renewal, whose REGISTER was lost four times: it came in time, and the
 * registration goes on. When the HSS does not answer, it ends. */
void test_registration_rare_ends_while_renewing(void)
{
    static const char lost[] = "<faults><drop message='REGISTER' from='UE' nth='3' count='4'/></faults>";
    struct play *p = play("registration", SLOW_HSS("S-CSCF2"), "sip.gm.T1=1990ms", "at[2].time=80s", lost, NULL);
    sim_time over = play_nth(p, "SAA", "HSS1", 1)->arrival + 60 * SIM_S;
    CU_ASSERT_EQUAL(((const struct dia_msg *)play_nth(p, "SAR", NULL, 2)->msg)->body.SAR.type, ASSIGN_RE_REGISTRATION);
    CU_ASSERT_TRUE(play_nth(p, "SAR", NULL, 2)->sent < over && over < play_nth(p, "SAA", NULL, 2)->arrival);
    CU_ASSERT_EQUAL(((const struct dia_msg *)play_nth(p, "SAR", NULL, 3)->msg)->body.SAR.type, ASSIGN_USER_DEREGISTRATION);
    CU_ASSERT_EQUAL(play_moments(p, MARK_REGISTERED), 2);
    CU_ASSERT_EQUAL(play_moments(p, MARK_DEREGISTERED), 1);
    play_end(p);

    p = play("registration", SLOW_HSS("S-CSCF2"), "sip.gm.T1=1990ms", "at[2].time=80s", lost,
             "<faults><drop message='SAA' nth='2'/></faults>", NULL);
    CU_ASSERT_EQUAL(((const struct dia_msg *)play_nth(p, "SAR", NULL, 3)->msg)->body.SAR.type, ASSIGN_TIMEOUT_DEREGISTRATION);
    CU_ASSERT_EQUAL(play_nth(p, "SAR", NULL, 3)->sent, over + 5 * SIM_S);
    play_end(p);
}

/* It leaves when it should answer that challenge: with the response to the challenge of the first
 * registration. */
void test_registration_rare_leaves_too_late(void)
{
    struct play *p = play("registration", ENDED_UNNOTICED, "at[2].time=60250ms", NULL);
    CU_ASSERT_EQUAL(play_count(p, "MAR", NULL, NULL), 3);
    CU_ASSERT_EQUAL(play_moments(p, MARK_REGISTERED), 1);
    CU_ASSERT_EQUAL(play_moments(p, MARK_DEREGISTERED), 1);
    play_end(p);
}

/* RTR at different moments of renewing: while the phone builds REGISTER, before it arrives, and when its 200
 * is on its way, which the NOTIFY overtakes, for that does not pass the I-CSCF. The P-CSCF takes the 200 for
 * a new registration. */
void test_registration_rare_ended_while_renewing(void)
{
    static const struct {
        const char *at;
        unsigned ok; /* 200s that the phone gets */
    } cases[] = {
        {"30142ms", 1},
        {"30180ms", 1},
        {"30222ms", 2},
        {"30224ms", 2}
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        char *at = g_strdup_printf("<script><at time='%s' ue='UE' do='deregister-by-network'/></script>",
                                   cases[i].at);
        struct play *p = play("registration", at, NULL);
        CU_ASSERT_EQUAL(play_count(p, "200 OK (REGISTER)", "P-CSCF1", "UE"), cases[i].ok);
        CU_ASSERT_EQUAL(play_moments(p, MARK_REGISTERED), 1);
        CU_ASSERT_EQUAL(play_moments(p, MARK_DEREGISTERED), 1);
        play_end(p);
        g_free(at);
    }
}

/* The phone and the HSS end it at the same time: the NOTIFY comes while the phone builds its REGISTER. */
void test_registration_rare_ended_by_both(void)
{
    struct play *p = play("registration",
                          "<script><at time='44975ms' ue='UE' do='deregister-by-network'/></script>", NULL);
    CU_ASSERT_EQUAL(play_count(p, "403 Forbidden (REGISTER)", "P-CSCF1", "UE"), 1);
    CU_ASSERT_EQUAL(play_moments(p, MARK_DEREGISTERED), 1);
    play_end(p);
}

/* The HSS does not hear that the S-CSCF has ended the registration, and the phone does not either: its
 * REGISTER to leave is sent to that S-CSCF, challenged and accepted. The P-CSCF had it for deregistered all
 * the time. */
void test_registration_rare_leaves_unnoticed(void)
{
    struct play *p = play(
        "registration", "at[2].time=11s",
        "<script><at time='10s' ue='UE' do='deregister-by-network'/></script>"
        "<faults><drop message='NOTIFY' from='P-CSCF1' nth='2' count='20'/><drop message='RTA'/></faults>",
        NULL);
    CU_ASSERT_EQUAL(play_count(p, "MAR", NULL, NULL), 2);
    CU_ASSERT_EQUAL(play_count(p, "200 OK (REGISTER)", "P-CSCF1", "UE"), 2);
    CU_ASSERT_EQUAL(play_moments(p, MARK_DEREGISTERED), 1);
    play_end(p);
}

/* ---- leaving without an answer --------------------------------------------------------------------- */

/* A phone that leaves does not wait for ever: for REGISTER to be built, for its answer, for NOTIFY. */
void test_registration_rare_leaves_without_an_answer(void)
{
    struct play *p = play(
        "registration", "<faults><drop message='NOTIFY' from='P-CSCF1' nth='2' count='20'/></faults>", NULL);
    CU_ASSERT_EQUAL(play_when(p, MARK_DEREGISTERED),
                    play_nth(p, "200 OK (REGISTER)", "P-CSCF1", 3)->arrival + 6 * SIM_S);
    play_end(p);

    p = play("registration", "<faults><drop message='REGISTER' from='UE' nth='4' count='20'/></faults>",
             "<timers><timer name='ims.leave' value='200s'/></timers>", NULL);
    CU_ASSERT_EQUAL(play_when(p, MARK_DEREGISTERED), (45 + 128) * SIM_S + 10 * SIM_MS);
    play_end(p);

    p = play("registration", "group[UE].think=8s", NULL);
    CU_ASSERT_EQUAL(play_when(p, MARK_DEREGISTERED), (45 + 6) * SIM_S);
    play_end(p);
}

/* The P-CSCF keeps what it knows of a phone that has left for 64*T1, until all that is on its way has come. */
void test_registration_rare_held_after_leaving(void)
{
    struct play *p = play_ready("registration", NULL);
    play_until(p, 45 * SIM_S + 200 * SIM_MS);
    CU_ASSERT_EQUAL(world_registrations(p->world), 1);
    play_until(p, (45 + 128) * SIM_S);
    CU_ASSERT_EQUAL(world_registrations(p->world), 1);
    play_until(p, (45 + 128) * SIM_S + 200 * SIM_MS);
    CU_ASSERT_EQUAL(world_registrations(p->world), 0);
    play_until(p, SIM_NEVER);
    play_end(p);
}

/* A phone that loses its bearers has lost its registration. Nobody tells the network. */
void test_registration_rare_access_lost(void)
{
    struct play *p = play_ready("volte-call", "group[*].expires=100s", NULL);
    play_until(p, 3 * SIM_S);
    CU_ASSERT_TRUE(ue_is_registered(node(p, "UE-A")));
    ue_access_detach(ue_access_of(node(p, "UE-A")), true);
    CU_ASSERT_FALSE(ue_is_registered(node(p, "UE-A")));
    struct cscf_reg_view v;
    CU_ASSERT_TRUE(world_registration(p->world, ue_party(node(p, "UE-A")), &v));
    play_until(p, SIM_NEVER);
    CU_ASSERT_FALSE(world_registration(p->world, ue_party(node(p, "UE-A")), &v));
    play_end(p);
}

/* ---- the subscription ------------------------------------------------------------------------------ */

/* The first NOTIFY that gets through says that all is over. */
void test_registration_rare_first_notify_is_the_last(void)
{
    struct play *p =
        play("registration", "<script><at time='210ms' ue='UE' do='deregister-by-network'/></script>",
             "<faults><drop message='NOTIFY' from='P-CSCF1'/><drop message='200 OK (SUBSCRIBE)' "
             "from='P-CSCF1'/></faults>",
             NULL);
    CU_ASSERT_EQUAL(cold(p, "NOTIFY", "P-CSCF1", 2)->subscription, SIP_SUB_TERMINATED);
    CU_ASSERT_EQUAL(play_moments(p, MARK_DEREGISTERED), 1);
    play_end(p);
}

/* SUBSCRIBE gets no answer, the first or a later one: the phone stays registered without a subscription. */
void test_registration_rare_subscribe_unanswered(void)
{
    struct play *p = play("registration", "group[UE].expires=1000s", "at[2].time=200s",
                          "<faults><drop message='SUBSCRIBE' from='UE' count='20'/></faults>", NULL);
    CU_ASSERT_EQUAL(play_moments(p, MARK_DEREGISTERED), 1);
    CU_ASSERT_EQUAL(play_count(p, "NOTIFY", "P-CSCF1", "UE"), 0);
    play_end(p);

    p = play("registration", "group[UE].expires=400s", "at[2].time=390s",
             "<faults><drop message='SUBSCRIBE' from='UE' nth='2' count='20'/></faults>", NULL);
    CU_ASSERT_EQUAL(play_moments(p, MARK_REGISTERED), 2);
    CU_ASSERT_EQUAL(play_moments(p, MARK_DEREGISTERED), 1);
    play_end(p);
}

/* A NOTIFY that is overtaken by a later one is refused (RFC 3261 12.2.2), which does not end the subscription
 * (RFC 5057). */
void test_registration_rare_notify_overtaken(void)
{
    struct play *p = play("registration", "group[UE].expires=2s", "at[2].time=5s",
                          "<faults><drop message='NOTIFY' from='P-CSCF1'/></faults>", NULL);
    CU_ASSERT_EQUAL(play_count(p, "500 Server Internal Error (NOTIFY)", "UE", NULL), 1);
    CU_ASSERT_EQUAL(play_count(p, "481 Call/Transaction Does Not Exist (SUBSCRIBE)", NULL, NULL), 0);
    CU_ASSERT_EQUAL(cold(p, "NOTIFY", "P-CSCF1", play_count(p, "NOTIFY", "P-CSCF1", NULL))->subscription,
                    SIP_SUB_TERMINATED);
    play_end(p);
}

/* A NOTIFY that nobody answers in 64*T1 ends the subscription at the S-CSCF (RFC 6665 4.2.2): the phone hears of it when it refreshes. */
void test_registration_rare_notify_unanswered(void)
{
    struct play *p = play("registration", "group[UE].expires=200s", "at[2].time=190s",
                          "<faults><drop message='NOTIFY' from='P-CSCF1' count='20'/></faults>", NULL);
    CU_ASSERT_EQUAL(play_count(p, "481 Call/Transaction Does Not Exist (SUBSCRIBE)", "P-CSCF1", "UE"), 1);
    CU_ASSERT_EQUAL(play_moments(p, MARK_REGISTERED), 2);
    CU_ASSERT_EQUAL(play_moments(p, MARK_DEREGISTERED), 1);
    play_end(p);
}
