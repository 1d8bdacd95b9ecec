/* test_enum.c - calls to telephone numbers by ENUM, and requests to other domains by DNS: what is asked and
 * how long it is known, and what becomes of a request when the server does not know or does not answer. */
#include "tests/flow/services.h"

#include "tests/flow/steps.h"

#include "models/proto/dns/dns.h"

#define DIAL    "group[UE-1].dial=tel"
#define RESOLVE "network[home1].resolve=yes"
#define ABROAD  RESOLVE, "group[UE-3].p-cscf=P-CSCF1", "group[UE-3].roaming=yes"

/* DNS messages of any kind. */
static unsigned dns_hops(const struct play *p)
{
    unsigned count = 0;
    for (guint i = 0; i < p->hops->len; i++)
        count += strcmp(play_hop(p, i)->iface, "DNS") == 0;
    return count;
}

/* The queries in order of sending, "NAPTR 1.0.5.5.e164.arpa, SRV ...". g_free. */
static char *questions(const struct play *p)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < p->hops->len; i++) {
        const struct hop *h = play_hop(p, i);
        if (strcmp(h->iface, "DNS") != 0 || !dns_is_query(h->msg->type))
            continue;
        g_string_append_printf(text, "%s%.*s ", text->len ? ", " : "", (int)strcspn(h->type, " "), h->type);
        dns_put_name(p->world->sip, ((const struct dns_msg *)(const void *)h->msg)->name, text);
    }
    return g_string_free(text, FALSE);
}

static void assert_questions(const struct play *p, const char *wanted)
{
    char *text = questions(p);
    if (strcmp(text, wanted) != 0)
        printf("\nasked %s, not %s", text, wanted);
    CU_ASSERT_STRING_EQUAL(text, wanted);
    g_free(text);
}

#define NUMBER  "NAPTR 1.0.2.0.5.5.5.1.e164.arpa"
#define UNKNOWN "NAPTR home2.example, SRV _sip._udp.home2.example, A home2.example"
#define KNOWN   "NAPTR home2.example, SRV _sip._udp.home2.example, A icscf2.home2.example"

/* ---- calls ------------------------------------------------------------------------------------------------
 */

/* Nobody is asked unless the scenario says so. */
void test_enum_nobody_asks(void)
{
    struct play *p = play("services", CALL, NULL);
    CU_ASSERT_EQUAL(dns_hops(p), 0);
    play_end(p);
    p = play("services", CALL, DIAL, NULL);
    assert_questions(p, NUMBER);
    play_end(p);
    p = play("services", CALL, RESOLVE, NULL);
    assert_questions(p, KNOWN);
    play_end(p);
    p = play("services", CALL, DIAL, RESOLVE, NULL);
    assert_questions(p, NUMBER ", " KNOWN);
    play_end(p);
}

/* The number is the Request-URI as far as the caller's S-CSCF, the SIP URI from there on; To stays. */
void test_enum_request_uri(void)
{
    struct play *p = play("services", CALL, DIAL, NULL);
    uint32_t called = play_nth(p, "INVITE", "UE-1", 1)->sip->ruri.id;
    for (guint i = 0; i < p->hops->len; i++) {
        const struct hop *h = play_hop(p, i);
        if (!hop_is(h, "INVITE", NULL, NULL))
            continue;
        bool number = strcmp(h->from, "UE-1") == 0 || strcmp(h->from, "P-CSCF1") == 0,
             delivered = strcmp(h->from, "S-CSCF2") == 0 || strcmp(h->from, "P-CSCF2") == 0;
        CU_ASSERT_EQUAL(h->sip->ruri.kind, number      ? SIP_URI_TEL
                                           : delivered ? SIP_URI_CONTACT
                                                       : SIP_URI_IDENTITY);
        CU_ASSERT_EQUAL(h->sip->ruri.id, called);
        CU_ASSERT_EQUAL(h->sip->to.kind, SIP_URI_TEL);
    }
    assert_path(p, "INVITE", HOME1 " " HOME2 " P-CSCF2");
    CU_ASSERT_EQUAL(outcome(p), 200);
    char *text = hop_text(p, play_nth(p, "INVITE", "UE-1", 1));
    CU_ASSERT_TRUE(g_str_has_prefix(text, "INVITE tel:+1-555-0201 SIP/2.0\r\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\r\nTo: <tel:+1-555-0201>\r\n"));
    g_free(text);
    play_end(p);
}

/* With the latencies of services-net.xml, and with none. */
void test_enum_steps(void)
{
    /* clang-format off */
    static const struct steps_role cast[] = {
        {"UE-o", "UE-1"},    {"P-o", "P-CSCF1"},  {"S-o", "S-CSCF1"}, {"DNS-o", "DNS1"},    {"I-t", "I-CSCF2"}, {"S-t", "S-CSCF2"},
        {"HSS-t", "HSS2"},   {"P-t", "P-CSCF2"},  {"UE-t", "UE-2"},   {NULL, NULL},
    };
    /* clang-format on */
    for (int quick = 0; quick < 2; quick++) {
        struct play *p = play("services", CALL, DIAL, RESOLVE,
                              quick ? "link[*].latency=0s" : "link[DNS].latency=3ms", NULL);
        steps_check(p, "call-enum", cast, "Gm Mw Cx DNS", 0, 60 * SIM_S);
        play_end(p);
    }
}

static sim_time ring_time(const char *first, const char *second)
{
    struct play *p = play("services", CALL, first, second, NULL);
    sim_time t = play_when(p, MARK_RINGBACK) - play_when(p, MARK_INVITE_SENT);
    play_end(p);
    return t;
}

/* Constant latencies: a question costs two hops and the server's millisecond. */
void test_enum_time(void)
{
    const sim_time question = (3 + 1 + 3) * SIM_MS, none = ring_time(NULL, NULL);
    CU_ASSERT_EQUAL(ring_time(DIAL, NULL), none + question);
    CU_ASSERT_EQUAL(ring_time(RESOLVE, NULL), none + 3 * question);
    CU_ASSERT_EQUAL(ring_time(DIAL, RESOLVE), none + 4 * question);
}

/* ENUM comes behind the application servers, which see the number; once, and not for each of them. */
void test_enum_behind_application_servers(void)
{
    struct play *p = play("services", CALL, DIAL, RESOLVE,
                          SUBSCRIBERS(GROUP("UE-1", CRITERION("1", "AS1", "") CRITERION("2", "AS2", ""))
                                          GROUP("UE-2", CRITERION("1", "AS3", "case='terminating'"))),
                          NULL);
    assert_path(p, "INVITE", HOME1 " AS1 S-CSCF1 AS2 S-CSCF1 " HOME2 " AS3 S-CSCF2 P-CSCF2");
    assert_questions(p, NUMBER ", " KNOWN);
    CU_ASSERT_EQUAL(play_nth(p, "INVITE", "S-CSCF1", 2)->sip->ruri.kind, SIP_URI_TEL);
    CU_ASSERT_EQUAL(play_nth(p, "INVITE", "S-CSCF1", 3)->sip->ruri.kind, SIP_URI_IDENTITY);
    CU_ASSERT_EQUAL(play_nth(p, "NAPTR Query", NULL, 1)->sent,
                    play_nth(p, "INVITE", "AS2", 1)->arrival + SIM_MS);
    play_end(p);
}

/* ---- what is known
 * ------------------------------------------------------------------------------------------ */

/* For 60 s from the answer. */
void test_enum_is_remembered(void)
{
    struct play *p =
        play("services", DIAL, RESOLVE,
             "<script><call from='UE-1' to='UE-2' hold='1s'/><call at='30s' from='UE-1' to='UE-2' hold='1s'/>"
             "<call at='59.9s' from='UE-1' to='UE-2' hold='1s'/></script>",
             NULL);
    CU_ASSERT_EQUAL(play_moments(p, MARK_CONNECTED), 3);
    assert_questions(p, NUMBER ", " KNOWN);
    play_end(p);
    p = play("services", DIAL, RESOLVE,
             "<script><call from='UE-1' to='UE-2' hold='1s'/><call at='61s' from='UE-1' to='UE-2' "
             "hold='1s'/></script>",
             NULL);
    CU_ASSERT_EQUAL(play_moments(p, MARK_CONNECTED), 2);
    assert_questions(p, NUMBER ", " KNOWN ", " NUMBER ", " KNOWN);
    play_end(p);
    /* 60 s behind the answer that said it: the number is asked, the domain not yet */
    p = play("services", DIAL, RESOLVE,
             "<script><call from='UE-1' to='UE-2' hold='1s'/><call at='60.010s' from='UE-1' to='UE-2' "
             "hold='1s'/></script>",
             NULL);
    assert_questions(p, NUMBER ", " KNOWN ", " NUMBER);
    play_end(p);
}

/* Requests that come while the domain is asked wait for the one answer, and go on as what they are. */
void test_enum_requests_wait(void)
{
    struct play *p =
        play("services", RESOLVE, "group[UE-1].count=4", "group[UE-2].count=4",
             "<script><call from='UE-1-1' to='UE-2-1'/><call at='2ms' from='UE-1-2' to='UE-2-2'/>"
             "<call at='20ms' from='UE-1-3' to='UE-2-3'/><call at='10s' from='UE-1-4' to='UE-2-4'/></script>",
             NULL);
    assert_questions(p, KNOWN);
    sim_time known = play_nth(p, "A Answer", NULL, 1)->arrival;
    for (unsigned i = 1; i <= 4; i++) {
        char *phone = g_strdup_printf("UE-1-%u", i);
        const struct hop *first = play_nth(p, "INVITE", phone, 1), *on = play_nth(p, "INVITE", "S-CSCF1", i);
        CU_ASSERT_EQUAL(on->flow, first->flow);
        CU_ASSERT_EQUAL(on->sip->from.id, first->sip->from.id);
        CU_ASSERT_TRUE(i == 4 ? on->sent > 10 * SIM_S : on->sent == known);
        g_free(phone);
    }
    CU_ASSERT_EQUAL(play_moments(p, MARK_CONNECTED), 4);
    play_end(p);
}

/* ---- who is not found
 * --------------------------------------------------------------------------------------- */

void test_enum_number_is_not_listed(void)
{
    struct play *p = play("services", CALL, DIAL, RESOLVE, "group[UE-2].enum=no", NULL);
    CU_ASSERT_EQUAL(outcome(p), 404);
    assert_path(p, "404 Not Found (INVITE)", "S-CSCF1 P-CSCF1");
    assert_questions(p, NUMBER);
    play_end(p);
    p = play("services", CALL, "group[UE-2].enum=no", NULL);
    CU_ASSERT_EQUAL(outcome(p), 200);
    play_end(p);
}

/* A domain without I-CSCF has no SIP service, and no address. */
void test_enum_domain_is_unknown(void)
{
    struct play *p =
        play("services", CALL, RESOLVE, "node[I-CSCF2].roles=AS", "group[UE-2].s-cscf=S-CSCF2", NULL);
    CU_ASSERT_EQUAL(outcome(p), 404);
    assert_questions(p, UNKNOWN);
    play_end(p);
    /* nothing is remembered */
    p = play("services", CALL, RESOLVE, "node[I-CSCF2].roles=AS", "group[UE-2].s-cscf=S-CSCF2",
             "<script><call at='5s' from='UE-1' to='UE-2'/></script>", NULL);
    assert_questions(p, UNKNOWN ", " UNKNOWN);
    play_end(p);
}

/* ---- a server that is slow, or silent
 * ------------------------------------------------------------------------ */

static struct play *play_without(const char *message, const char *from, unsigned nth, unsigned count)
{
    char *fault = g_strdup_printf("<faults><drop message='%s' from='%s' nth='%u' count='%u'/></faults>",
                                  message, from, nth, count);
    struct play *p = play("services", CALL, DIAL, RESOLVE, fault, NULL);
    g_free(fault);
    return p;
}

/* Each question in turn: repeated after 2 s and 4 s, given up after 6 s. */
void test_enum_server_is_silent(void)
{
    static const struct {
        const char *query;
        unsigned nth;
    } cases[] = {
        {"NAPTR Query", 1},
        {"NAPTR Query", 2},
        {"SRV Query",   1},
        {"A Query",     1},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct play *p = play_without(cases[i].query, "S-CSCF1", cases[i].nth, 9);
        sim_time asked = play_nth(p, cases[i].query, NULL, cases[i].nth)->sent;
        for (unsigned k = 1; k <= 2; k++)
            CU_ASSERT_EQUAL(play_nth(p, cases[i].query, NULL, cases[i].nth + k)->sent, asked + k * 2 * SIM_S);
        CU_ASSERT_EQUAL(play_count(p, cases[i].query, NULL, NULL), cases[i].nth + 2);
        CU_ASSERT_EQUAL(outcome(p), 504);
        CU_ASSERT_EQUAL(play_nth(p, "504 Server Time-out (INVITE)", "S-CSCF1", 1)->sent, asked + 6 * SIM_S);
        play_end(p);
    }
}

/* Any one of the messages is lost: two seconds more, and the call comes about. */
void test_enum_loss_of_each_message(void)
{
    static const char *const types[] = {"NAPTR", "NAPTR", "SRV", "A"};
    sim_time none = ring_time(DIAL, RESOLVE);
    for (unsigned i = 0; i < 2 * G_N_ELEMENTS(types); i++) {
        char *message = g_strdup_printf("%s %s", types[i / 2], i % 2 ? "Answer" : "Query");
        struct play *p = play_without(message, i % 2 ? "DNS1" : "S-CSCF1", i / 2 == 1 ? 2 : 1, 1);
        CU_ASSERT_EQUAL(p->world->net->dropped, 1);
        CU_ASSERT_EQUAL(outcome(p), 200);
        CU_ASSERT_EQUAL(play_when(p, MARK_RINGBACK) - play_when(p, MARK_INVITE_SENT), none + 2 * SIM_S);
        play_end(p);
        g_free(message);
    }
}

/* The timers are parameters. */
void test_enum_timers(void)
{
    struct play *p = play(
        "services", CALL, DIAL, "<faults><drop message='NAPTR Query' count='99'/></faults>",
        "<timers><timer name='dns.retry' value='1s'/><timer name='dns.give-up' value='3500ms'/></timers>",
        NULL);
    assert_instants(p, "NAPTR Query", "S-CSCF1", (const sim_time[]){SIM_S, 2 * SIM_S, 3 * SIM_S, -1});
    CU_ASSERT_EQUAL(play_nth(p, "504 Server Time-out (INVITE)", "S-CSCF1", 1)->sent,
                    play_nth(p, "NAPTR Query", NULL, 1)->sent + 3500 * SIM_MS);
    play_end(p);
}

/* ---- the caller gives up
 * --------------------------------------------------------------------------------------- */

/* While ENUM is asked, and at each question about the domain; the answer that comes then finds nobody. */
void test_enum_cancel(void)
{
    static const char *const links[] = {"<link interface='DNS' from='DNS1' to='S-CSCF1' latency='1900ms'/>",
                                        "<link interface='DNS' from='DNS1' to='S-CSCF1' latency='600ms'/>"};
    for (unsigned i = 0; i < 2; i++) {
        struct play *p = play("services", CALL_CANCELLED("1500ms"),
                              i ? "<link interface='Gm' latency='1ms'/>" : DIAL, RESOLVE, links[i], NULL);
        CU_ASSERT_EQUAL(outcome(p), 487);
        CU_ASSERT_EQUAL(play_count(p, "487 Request Terminated (INVITE)", "S-CSCF1", NULL), 1);
        CU_ASSERT_EQUAL(play_count(p, "INVITE", "S-CSCF1", NULL), 0);
        CU_ASSERT_EQUAL(play_count(p, "A Answer", NULL, NULL), i);
        play_end(p);
    }
}

/* One of those that wait is cancelled, wherever it stands; the others go on. */
void test_enum_cancel_among_others(void)
{
    for (int i = 1; i <= 3; i++) {
        char *script = g_strdup_printf(
            "<script><call from='UE-1-1' to='UE-2-1'%s/><call at='2ms' from='UE-1-2' to='UE-2-2'%s/>"
            "<call at='4ms' from='UE-1-3' to='UE-2-3'%s/></script>",
            i == 1 ? " cancel='800ms'" : "", i == 2 ? " cancel='800ms'" : "",
            i == 3 ? " cancel='800ms'" : "");
        struct play *p = play("services", RESOLVE, "group[UE-1].count=3", "group[UE-2].count=3", script,
                              "<link interface='DNS' from='DNS1' to='S-CSCF1' latency='600ms'/>", NULL);
        CU_ASSERT_EQUAL(play_count(p, "INVITE", "S-CSCF1", "I-CSCF2"), 2);
        CU_ASSERT_EQUAL(play_count(p, "487 Request Terminated (INVITE)", "S-CSCF1", NULL), 1);
        CU_ASSERT_EQUAL(play_moments(p, MARK_CONNECTED), 2);
        assert_questions(p, KNOWN);
        play_end(p);
        g_free(script);
    }
}

/* ---- a phone abroad
 * ---------------------------------------------------------------------------------------------- */

/* The P-CSCF of the visited network asks where the phone's home is (TS 24.229 5.2.2.1). */
void test_enum_registration_abroad(void)
{
    static const char script[] =
        "<script><at time='0s' ue='UE-3' do='register'/><at time='20s' ue='UE-3' do='deregister'/></script>";
    struct play *p = play("services", script, ABROAD, NULL);
    CU_ASSERT_EQUAL(play_moments(p, MARK_REGISTERED), 1);
    CU_ASSERT_EQUAL(play_moments(p, MARK_DEREGISTERED), 1);
    assert_questions(p, KNOWN);
    CU_ASSERT_EQUAL(play_nth(p, "REGISTER", "P-CSCF1", 1)->sent, play_nth(p, "A Answer", NULL, 1)->arrival);
    play_end(p);
    p = play("services", script, ABROAD, "<faults><drop message='SRV Query' count='9'/></faults>", NULL);
    CU_ASSERT_EQUAL(play_moments(p, MARK_REGISTERED), 0);
    CU_ASSERT_EQUAL(play_count(p, "504 Server Time-out (REGISTER)", "P-CSCF1", NULL), 1);
    play_end(p);
    /* at home nobody is asked */
    p = play("services", script, "network[home2].resolve=yes", NULL);
    CU_ASSERT_EQUAL(play_moments(p, MARK_REGISTERED), 1);
    CU_ASSERT_EQUAL(dns_hops(p), 0);
    play_end(p);
}

/* ---- many phones
 * -------------------------------------------------------------------------------------------------- */

/* Each phone of a group has a number of its own, which finds it. */
void test_enum_numbers_of_a_group(void)
{
    struct play *p = play("services", DIAL, "group[UE-2].count=12",
                          "<script><call from='UE-1' to='UE-2-12' hold='1s'/></script>", NULL);
    assert_questions(p, "NAPTR 2.1.2.0.5.5.5.1.e164.arpa");
    CU_ASSERT_STRING_EQUAL(play_nth(p, "INVITE", "P-CSCF2", 1)->to, "UE-2-12");
    play_end(p);
}

/* The shipped scenario: the first call asks, the second one does not. */
void test_enum_volte_enum_call(void)
{
    struct play *p = play("volte-enum-call", NULL);
    CU_ASSERT_EQUAL(play_moments(p, MARK_CONNECTED), 2);
    CU_ASSERT_EQUAL(dns_hops(p), 8);
    CU_ASSERT_TRUE(play_nth(p, "A Answer", NULL, 1)->sent < 10 * SIM_S);
    play_end(p);
}
