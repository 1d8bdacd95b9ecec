/* test_isc.c - initial filter criteria: which application servers a request meets, in which order, with which
 * Route, what becomes of it when one of them fails, and what follows in the dialog. */
#include "tests/flow/services.h"

#include "tests/flow/steps.h"

#include "models/as/as.h"
#include "models/proto/sip/sip_txn.h"

void test_isc_nobody_asks(void)
{
    struct play *p = play("services", CALL, NULL);
    assert_path(p, "INVITE", HOME1 " " HOME2 " P-CSCF2");
    CU_ASSERT_EQUAL(play_moments(p, MARK_CONNECTED), 1);
    play_end(p);
}

/* Whoever records its route sees the rest of the dialog, the others do not; the S-CSCF stands on both sides
 * of an AS. */
void test_isc_paths(void)
{
    /* clang-format off */
    static const struct {
        const char *subscribers, *invite, *bye;
    } cases[] = {
        {ORIGINATING(""), HOME1 " AS1 S-CSCF1 " HOME2 " P-CSCF2", HOME1 " AS1 S-CSCF1 S-CSCF2 P-CSCF2"},
        {SUBSCRIBERS(GROUP("UE-2", CRITERION("1", "AS3", "case='terminating'"))), HOME1 " " HOME2 " AS3 S-CSCF2 P-CSCF2",
         HOME1 " S-CSCF2 AS3 S-CSCF2 P-CSCF2"},
        {BOTH, HOME1 " AS1 S-CSCF1 " HOME2 " AS3 S-CSCF2 P-CSCF2", HOME1 " AS1 S-CSCF1 S-CSCF2 AS3 S-CSCF2 P-CSCF2"},
        /* neither method nor session case fit */
        {SUBSCRIBERS(GROUP("UE-1", "<criterion priority='1' as='AS1' method='MESSAGE'/>" CRITERION("2", "AS1", "case='terminating'"))),
         HOME1 " " HOME2 " P-CSCF2", HOME1 " S-CSCF2 P-CSCF2"},
        /* in the order of priorities, whatever the order of the file */
        {SUBSCRIBERS(GROUP("UE-1", CRITERION("7", "AS1", "") CRITERION("3", "AS2", ""))),
         HOME1 " AS2 S-CSCF1 AS1 S-CSCF1 " HOME2 " P-CSCF2", HOME1 " AS2 S-CSCF1 AS1 S-CSCF1 S-CSCF2 P-CSCF2"},
        {SUBSCRIBERS(GROUP("UE-2", CRITERION("1", "AS3", "case='terminating'") CRITERION("2", "AS3", "case='terminating-unregistered'")
                                       CRITERION("3", "AS4", "case='terminating'"))),
         HOME1 " " HOME2 " AS3 S-CSCF2 AS4 S-CSCF2 P-CSCF2", HOME1 " S-CSCF2 AS3 S-CSCF2 AS4 S-CSCF2 P-CSCF2"},
    };
    /* clang-format on */
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct play *p = play("services", cases[i].subscribers, CALL, NULL);
        assert_path(p, "INVITE", cases[i].invite);
        assert_path(p, "PRACK", cases[i].bye);
        assert_path(p, "ACK", cases[i].bye);
        assert_path(p, "BYE", cases[i].bye);
        CU_ASSERT_EQUAL(play_moments(p, MARK_CONNECTED), 1);
        CU_ASSERT_EQUAL(play_moments(p, MARK_RELEASED), 1);
        play_end(p);
    }
}

/* ---- step by step ------------------------------------------------------------------------------------ */

#define CALL_TO_3 "<script><call from='UE-1' to='UE-3'/></script>"
#define TERMINATING(c)                                                                                       \
    SUBSCRIBERS(GROUP("UE-2", CRITERION("1", "AS3", "case='" c "'"))                                         \
                    GROUP("UE-3", CRITERION("1", "AS3", "case='" c "'")))

/* With the latencies of services-net.xml, and with none. */
void test_isc_steps(void)
{
    /* clang-format off */
    static const struct steps_role cast[] = {
        {"UE-o", "UE-1"},    {"P-o", "P-CSCF1"},  {"S-o", "S-CSCF1"}, {"AS-o", "AS1"},      {"I-t", "I-CSCF2"}, {"S-t", "S-CSCF2"},
        {"HSS-t", "HSS2"},   {"AS-t", "AS3"},     {"P-t", "P-CSCF2"}, {"UE-t", "UE-2"},     {NULL, NULL},
    };
    /* clang-format on */
    /* clang-format off */
    static const struct {
        const char *table, *subscribers, *script;
    } cases[] = {
        {"call-as-originating",  ORIGINATING(""),                         CALL     },
        {"call-as-terminating",  TERMINATING("terminating"),              CALL     },
        {"call-as-both",         BOTH,                                    CALL     },
        {"call-as-unregistered", TERMINATING("terminating-unregistered"), CALL_TO_3},
    };
    /* clang-format on */
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        for (int quick = 0; quick < 2; quick++) {
            struct play *p = play("services", cases[i].subscribers, cases[i].script,
                                  quick ? "link[*].latency=0s" : "link[ISC].latency=2ms", NULL);
            steps_check(p, cases[i].table, cast, "Gm Mw ISC Cx", 0, 60 * SIM_S);
            play_end(p);
        }
}

void test_isc_as_leaves_the_path(void)
{
    struct play *p = play("services", BOTH, CALL, "node[AS1].record-route=no", NULL);
    assert_path(p, "INVITE", HOME1 " AS1 S-CSCF1 " HOME2 " AS3 S-CSCF2 P-CSCF2");
    assert_path(p, "BYE", HOME1 " S-CSCF2 AS3 S-CSCF2 P-CSCF2");
    play_end(p);
    p = play("services", BOTH, CALL, "node[AS1].record-route=no", "node[AS3].record-route=no", NULL);
    assert_path(p, "BYE", HOME1 " S-CSCF2 P-CSCF2");
    play_end(p);
}

/* The called phone hangs up: the same way back. */
void test_isc_called_side_hangs_up(void)
{
    struct play *p =
        play("volte-as-call", "<script><at time='10s' ue='UE-B' do='power-off'/></script>", NULL);
    static const char way[] = "P-CSCF2 I/S-CSCF2 TAS2 I/S-CSCF2 I/S-CSCF1 TAS1 I/S-CSCF1 P-CSCF1";
    assert_path(p, "BYE", way);
    play_end(p);
}

/* ---- what it carries --------------------------------------------------------------------------------- */

static const struct sip_hop *route(const struct hop *h, unsigned n)
{
    const struct sip_hop *r = h->sip ? h->sip->route : NULL;
    while (r && n--)
        r = r->next;
    return r;
}

static void assert_route_is(const struct play *p, const struct hop *h, unsigned n, uint8_t kind,
                            const char *node)
{
    const struct sip_hop *r = route(h, n);
    CU_ASSERT_PTR_NOT_NULL_FATAL(r);
    CU_ASSERT_EQUAL(r->uri.kind, kind);
    CU_ASSERT_EQUAL(r->uri.flags, SIP_LR);
    CU_ASSERT_STRING_EQUAL(sip_uri_node(p->world->sip, r->uri)->name, node);
}

/* On ISC: the AS, then the S-CSCF with the original dialog identifier, which comes back as it went; the
 * Request-URI stays, and P-Served-User is there and nowhere else. */
void test_isc_route(void)
{
    struct play *p = play("services", BOTH, CALL, NULL);
    const struct hop *to1 = play_nth(p, "INVITE", "S-CSCF1", 1), *back1 = play_nth(p, "INVITE", "AS1", 1);
    const struct hop *to3 = play_nth(p, "INVITE", "S-CSCF2", 1), *back3 = play_nth(p, "INVITE", "AS3", 1);
    assert_route_is(p, to1, 0, SIP_URI_HOST, "AS1");
    assert_route_is(p, to1, 1, SIP_URI_ODI, "S-CSCF1");
    CU_ASSERT_PTR_NULL(route(to1, 2));
    assert_route_is(p, back1, 0, SIP_URI_ODI, "S-CSCF1");
    CU_ASSERT_TRUE(sip_uri_equal(route(to1, 1)->uri, route(back1, 0)->uri));
    CU_ASSERT_PTR_NULL(route(play_nth(p, "INVITE", "S-CSCF1", 2), 0));
    assert_route_is(p, to3, 1, SIP_URI_ODI, "S-CSCF2");
    CU_ASSERT_FALSE(sip_uri_equal(route(to1, 1)->uri, route(to3, 1)->uri));
    CU_ASSERT_EQUAL(to3->sip->ruri.kind, SIP_URI_IDENTITY);
    CU_ASSERT_EQUAL(back3->sip->called_party, 0);
    const struct hop *delivered = play_nth(p, "INVITE", "S-CSCF2", 2);
    CU_ASSERT_EQUAL(delivered->sip->ruri.kind, SIP_URI_CONTACT);
    CU_ASSERT_EQUAL(delivered->sip->called_party, to3->sip->ruri.id + 1);
    for (guint i = 0; i < p->hops->len; i++) {
        const struct hop *h = play_hop(p, i);
        bool on_isc = h->sip && strcmp(h->iface, "ISC") == 0 && hop_is(h, "INVITE", NULL, NULL);
        CU_ASSERT_EQUAL(h->sip && h->sip->cold && h->sip->cold->served, on_isc);
    }
    CU_ASSERT_EQUAL(to1->sip->cold->served, to1->sip->from.id + 1);
    CU_ASSERT_EQUAL(to1->sip->cold->served_case, SIP_SERVED_ORIG);
    CU_ASSERT_EQUAL(to3->sip->cold->served, to3->sip->ruri.id + 1);
    CU_ASSERT_EQUAL(to3->sip->cold->served_case, SIP_SERVED_TERM);
    char *text = hop_text(p, to1),
         *odi = g_strdup_printf("<sip:odi%u@scscf1.home1.example;lr>\r\n", route(to1, 1)->uri.id);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "Route: <sip:as1.home1.example;lr>, <sip:odi"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, odi));
    CU_ASSERT_PTR_NOT_NULL(
        strstr(text, "P-Served-User: <sip:UE-1@home1.example>;sescase=orig;regstate=reg\r\n"));
    g_free(text);
    g_free(odi);
    play_end(p);
}

/* Two criteria at one S-CSCF have identifiers of their own. */
void test_isc_identifiers_differ(void)
{
    struct play *p = play("services",
                          SUBSCRIBERS(GROUP("UE-1", CRITERION("1", "AS1", "") CRITERION("2", "AS1", "")
                                                        CRITERION("3", "AS2", ""))),
                          CALL, NULL);
    assert_path(p, "INVITE", HOME1 " AS1 S-CSCF1 AS1 S-CSCF1 AS2 S-CSCF1 " HOME2 " P-CSCF2");
    for (unsigned i = 1; i <= 3; i++)
        for (unsigned k = i + 1; k <= 3; k++)
            CU_ASSERT_FALSE(sip_uri_equal(route(play_nth(p, "INVITE", "S-CSCF1", i), 1)->uri,
                                          route(play_nth(p, "INVITE", "S-CSCF1", k), 1)->uri));
    play_end(p);
}

/* Constant latencies: an AS in the path costs two hops of ISC and a visit of AS and S-CSCF, each way. */
void test_isc_time(void)
{
    sim_time ms = SIM_MS, without = 2 * (20 + 5 + 5 + 5 + 5 + 20) * ms + 10 * ms + (2 + 1 + 2) * ms,
             as = 2 * (2 + 2 + 1 + 1) * ms;
    struct play *p = play("services", CALL, NULL);
    CU_ASSERT_EQUAL(play_when(p, MARK_RINGBACK) - play_when(p, MARK_INVITE_SENT), without);
    play_end(p);
    p = play("services", ORIGINATING(""), CALL, NULL);
    CU_ASSERT_EQUAL(play_when(p, MARK_RINGBACK) - play_when(p, MARK_INVITE_SENT), without + as);
    play_end(p);
    p = play("services",
             SUBSCRIBERS(GROUP("UE-1", CRITERION("1", "AS1", "") CRITERION("2", "AS2", ""))
                             GROUP("UE-2", CRITERION("1", "AS3", "case='terminating'"))),
             CALL, NULL);
    CU_ASSERT_EQUAL(play_when(p, MARK_RINGBACK) - play_when(p, MARK_INVITE_SENT), without + 3 * as);
    play_end(p);
}

/* ---- an AS of the test's ----------------------------------------------------------------------------- */

/* Answers INVITEs with these statuses after these times, and CANCEL with 487. */
struct answer {
    uint16_t status;
    sim_time after;
};
struct acting {
    struct sip_endpoint endpoint; /* first: node->ops */
    struct sip_stack *sip;
    const struct answer *answers;
    uint64_t st;
    unsigned invites, cancels;
};

static struct acting *acting_of(const struct node *n)
{
    return (struct acting *)(void *)(uintptr_t)n->ops;
}

static void say(struct sim *sim, void *ctx, uint64_t status)
{
    struct acting *a = ctx;
    (void)sim;
    sip_send_status(a->sip, a->st, (uint16_t)status);
}

static void invited(struct node *n, uint64_t st, struct sip_msg *m, struct node *from, uint16_t iface)
{
    struct acting *a = acting_of(n);
    (void)from;
    (void)iface;
    if (m->method != SIP_INVITE)
        return;
    a->st = st;
    a->invites++;
    for (const struct answer *k = a->answers; k->status; k++)
        sim_after(n->sim, k->after, 0, NULL, say, a, k->status);
}

static void answered(struct node *n, uint64_t ct, uint64_t user, struct sip_msg *m)
{
    (void)n;
    (void)ct;
    (void)user;
    (void)m;
}

static void unanswered(struct node *n, uint64_t ct, uint64_t user, enum sip_method method)
{
    (void)n;
    (void)ct;
    (void)user;
    (void)method;
}

static void cancelled(struct node *n, uint64_t st, uint64_t user, struct sip_msg *m)
{
    struct acting *a = acting_of(n);
    (void)user;
    (void)m;
    a->cancels++;
    sip_send_status(a->sip, st, 487);
}

static void unacknowledged(struct node *n, uint64_t st, uint64_t user)
{
    (void)n;
    (void)st;
    (void)user;
}

static const struct sip_tu_ops acting_tu = {.request = invited,
                                            .response = answered,
                                            .timeout = unanswered,
                                            .cancel = cancelled,
                                            .unacknowledged = unacknowledged};

/* Plays with an AS1 that says this. */
static struct play *act(struct acting *a, const struct answer *answers, const char *const *changes)
{
    struct play *p = play_ready_with("services", changes);
    struct node *n = net_find_node(p->world->net, "AS1");
    *a = (struct acting){
        .endpoint = *(const struct sip_endpoint *)n->ops, .sip = p->world->sip, .answers = answers};
    a->endpoint.tu = &acting_tu;
    n->ops = &a->endpoint;
    play_until(p, SIM_NEVER);
    return p;
}

static int64_t outcome_of(const struct answer *answers, const char *criterion, const char *more)
{
    struct acting a;
    const char *changes[] = {criterion, more ? more : CALL, NULL};
    struct play *p = act(&a, answers, changes);
    int64_t status = outcome(p);
    CU_ASSERT_EQUAL(a.invites, 1);
    play_end(p);
    return status;
}

/* ---- default handling -------------------------------------------------------------------------------- */

/* A 408 or 5xx, or nothing: the session continues or not, as the criterion says; a 100 changes nothing.
 * Another refusal is the AS's answer, and so is what it says when it has said 101-199 before. */
void test_isc_default_handling(void)
{
    /* clang-format off */
    static const struct {
        struct answer answers[4];
        int64_t continued, terminated;
    } cases[] = {
        {{{503, 0}},                                              200, 503},
        {{{500, 0}},                                              200, 500},
        {{{408, 0}},                                              200, 408},
        {{{100, 0}, {503, SIM_S}},                                200, 503},
        {{{100, 0}, {408, 9 * SIM_S}},                            200, 408},
        {{{603, 0}},                                              603, 603},
        {{{100, 0}, {486, SIM_S}},                                486, 486},
        {{{183, 0}, {503, SIM_S}},                                503, 503},
        {{{100, 0}, {183, SIM_S}, {408, 2 * SIM_S}},              408, 408},
        {{{100, 0}, {100, 100 * SIM_MS}, {404, 200 * SIM_MS}},    404, 404},
    };
    /* clang-format on */
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        CU_ASSERT_EQUAL(outcome_of(cases[i].answers, ORIGINATING(""), NULL), cases[i].continued);
        CU_ASSERT_EQUAL(outcome_of(cases[i].answers, ORIGINATING("default-handling='terminate'"), NULL),
                        cases[i].terminated);
    }
}

/* A failed AS is passed over at its place: those behind it are asked, those before it are not asked again. */
void test_isc_goes_on_behind_a_failed_as(void)
{
    struct acting a;
    static const struct answer no[] = {
        {503, 0},
        {0  }
    };
    const char *changes[] = {SUBSCRIBERS(GROUP("UE-1", CRITERION("1", "AS2", "") CRITERION("2", "AS1", "")
                                                           CRITERION("3", "AS2", ""))),
                             CALL, NULL};
    struct play *p = act(&a, no, changes);
    CU_ASSERT_EQUAL(outcome(p), 200);
    assert_path(p, "INVITE", HOME1 " AS2 S-CSCF1 S-CSCF1 AS2 S-CSCF1 " HOME2 " P-CSCF2");
    assert_path(p, "BYE", HOME1 " AS2 S-CSCF1 AS2 S-CSCF1 S-CSCF2 P-CSCF2");
    /* as if it had not been there */
    const struct sip_msg *next = play_nth(p, "INVITE", "S-CSCF1", 3)->sip,
                         *failed = play_nth(p, "INVITE", "S-CSCF1", 2)->sip;
    CU_ASSERT_EQUAL(next->max_forwards, failed->max_forwards);
    CU_ASSERT_FALSE(sip_uri_equal(next->route->next->uri, failed->route->next->uri));
    play_end(p);
}

#define AS_DOWN     "<link from='S-CSCF1' to='AS1' state='down'/>"
#define TIMER(n, v) "<timer name='" n "' value='" v "'/>"

/* The AS is not there: how long the caller waits is the timer, or timer B if that is shorter. Nobody is there
 * to be cancelled. */
void test_isc_silent_as(void)
{
    /* clang-format off */
    static const struct {
        const char *timers;
        sim_time wait;
    } cases[] = {
        {"<timers/>",                                                                   4 * SIM_S   },
        {"<timers>" TIMER("isc.response", "700ms") "</timers>",                         700 * SIM_MS},
        {"<timers>" TIMER("isc.response", "10s") TIMER("sip.core.B", "2s") "</timers>", 2 * SIM_S   },
    };
    /* clang-format on */
    sim_time without = (sim_time)(2 * (20 + 5 + 5 + 5 + 5 + 20) + 10 + 5) * SIM_MS;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct play *p = play("services", ORIGINATING(""), AS_DOWN, CALL, cases[i].timers, NULL);
        CU_ASSERT_EQUAL(play_when(p, MARK_RINGBACK) - play_when(p, MARK_INVITE_SENT),
                        without + cases[i].wait);
        CU_ASSERT_EQUAL(play_count(p, "CANCEL", NULL, NULL), 0);
        play_end(p);
        p = play("services", ORIGINATING("default-handling='terminate'"), AS_DOWN, CALL, cases[i].timers,
                 NULL);
        CU_ASSERT_EQUAL(outcome(p), 504);
        CU_ASSERT_EQUAL(play_nth(p, "504 Server Time-out (INVITE)", "S-CSCF1", 1)->sent,
                        play_nth(p, "INVITE", "S-CSCF1", 1)->sent + cases[i].wait);
        CU_ASSERT_EQUAL(play_count(p, "INVITE", "S-CSCF1", "I-CSCF2"), 0);
        play_end(p);
    }
}

/* It answers at last, when the call has gone on without it: CANCEL. */
void test_isc_answer_comes_too_late(void)
{
    static const struct answer slow[] = {
        {183, 0},
        {0  }
    };
    struct acting a;
    const char *changes[] = {ORIGINATING(""), CALL, "<link from='AS1' to='S-CSCF1' latency='5s'/>", NULL};
    struct play *p = act(&a, slow, changes);
    CU_ASSERT_EQUAL(outcome(p), 200);
    CU_ASSERT_EQUAL(a.cancels, 1);
    CU_ASSERT_EQUAL(play_count(p, "183 Session Progress", "S-CSCF1", NULL), 0);
    play_end(p);
}

/* A slow way from the AS: it sends the request back when nobody waits for that any more. */
void test_isc_request_comes_back_too_late(void)
{
    struct play *p =
        play("services", ORIGINATING(""), CALL, "<link from='AS1' to='S-CSCF1' latency='4200ms'/>", NULL);
    CU_ASSERT_EQUAL(outcome(p), 200);
    CU_ASSERT_EQUAL(play_moments(p, MARK_ALERTED), 1);
    CU_ASSERT_EQUAL(play_nth(p, "481 Call/Transaction Does Not Exist (INVITE)", "S-CSCF1", 1)->sent,
                    play_nth(p, "INVITE", "AS1", 1)->arrival + SIM_MS);
    CU_ASSERT_EQUAL(play_count(p, "INVITE", "S-CSCF1", "I-CSCF2"), 1);
    play_end(p);
}

/* The AS has sent it back: what comes then is the answer of those behind it, whatever it is. */
void test_isc_refusal_from_behind_the_as(void)
{
    struct play *p =
        play("services", ORIGINATING(""), CALL, "<link interface='Cx' from='I-CSCF2' state='down'/>", NULL);
    CU_ASSERT_EQUAL(outcome(p), 504);
    CU_ASSERT_EQUAL(play_count(p, "INVITE", "S-CSCF1", NULL), 2);
    play_end(p);
    /* ... also if its 100 was lost */
    p = play("services", ORIGINATING(""), CALL, "<link interface='Cx' from='I-CSCF2' state='down'/>",
             "<faults><drop message='100 Trying' from='AS1' count='9'/></faults>", NULL);
    CU_ASSERT_EQUAL(outcome(p), 504);
    play_end(p);
    p = play("services", ORIGINATING(""), CALL,
             "<faults><drop message='100 Trying' from='AS1' count='9'/></faults>", NULL);
    CU_ASSERT_EQUAL(outcome(p), 200);
    play_end(p);
}

/* ---- cancel, and timer C ----------------------------------------------------------------------------- */

void test_isc_cancel(void)
{
    static const char way[] = HOME1 " AS1 S-CSCF1 " HOME2 " AS3 S-CSCF2 P-CSCF2";
    struct play *p = play("services", BOTH, CALL_CANCELLED("3s"), NULL);
    assert_path(p, "CANCEL", way);
    CU_ASSERT_EQUAL(outcome(p), 487);
    CU_ASSERT_EQUAL(play_count(p, "487 Request Terminated (INVITE)", NULL, NULL), 10);
    play_end(p);
}

/* The AS is silent, or has said 100: nobody goes on for a caller that has given up. */
void test_isc_cancel_while_the_as_has_it(void)
{
    static const struct answer trying[] = {
        {100, 0},
        {0  }
    };
    struct acting a;
    const char *changes[] = {ORIGINATING(""), CALL_CANCELLED("1s"), NULL};
    struct play *p = play("services", ORIGINATING(""), CALL_CANCELLED("1s"), AS_DOWN, NULL);
    CU_ASSERT_EQUAL(play_count(p, "INVITE", "S-CSCF1", "I-CSCF2"), 0);
    CU_ASSERT_EQUAL(play_count(p, "CANCEL", "S-CSCF1", NULL), 0);
    CU_ASSERT_EQUAL(outcome(p), 408);
    play_end(p);
    p = act(&a, trying, changes);
    CU_ASSERT_EQUAL(play_count(p, "INVITE", "S-CSCF1", "I-CSCF2"), 0);
    CU_ASSERT_EQUAL(a.cancels, 1);
    CU_ASSERT_EQUAL(outcome(p), 487);
    play_end(p);
}

void test_isc_timer_c(void)
{
    static const struct answer trying[] = {
        {100, 0},
        {0  }
    };
    struct acting a;
    /* the P-CSCF's runs out a little earlier, but its CANCEL is lost */
    const char *changes[] = {ORIGINATING(""), "<timers><timer name='sip.core.C' value='10s'/></timers>" CALL,
                             "<faults><drop message='CANCEL' from='P-CSCF1'/></faults>", NULL};
    struct play *p = act(&a, trying, changes);
    CU_ASSERT_EQUAL(a.cancels, 1);
    CU_ASSERT_EQUAL(outcome(p), 487);
    play_end(p);
}

/* ---- registration ------------------------------------------------------------------------------------ */

#define REGISTRATION                                                                                         \
    "<script><at time='0s' ue='UE-3' do='register'/><at time='20s' ue='UE-3' do='deregister'/></script>"

/* REGISTER in a criterion of the file: the AS hears of the registration and of its end; INVITE does not go
 * there. */
void test_isc_third_party_registration(void)
{
    struct play *p =
        play_ready("services", REGISTRATION,
                   SUBSCRIBERS(GROUP("UE-3", "<criterion priority='1' as='AS3' method='REGISTER'/>")), NULL);
    const struct node *as = net_find_node(p->world->net, "AS3");
    play_until(p, 10 * SIM_S);
    CU_ASSERT_EQUAL(as_registered_count(as), 1);
    play_until(p, SIM_NEVER);
    CU_ASSERT_EQUAL(as_registered_count(as), 0);
    CU_ASSERT_EQUAL(play_count(p, "REGISTER", "S-CSCF2", "AS3"), 2);
    CU_ASSERT_EQUAL(play_count(p, "SUBSCRIBE", NULL, "AS3"), 0);
    play_end(p);
}

/* Who begins registered is registered there too. */
void test_isc_warm_registration(void)
{
    struct play *p = play_ready(
        "services", SUBSCRIBERS(GROUP("UE-1", "<criterion priority='1' as='AS1' method='REGISTER INVITE'/>")),
        CALL, NULL);
    const struct node *as = net_find_node(p->world->net, "AS1");
    CU_ASSERT_EQUAL(as_registered_count(as), 1);
    play_until(p, SIM_NEVER);
    assert_path(p, "INVITE", HOME1 " AS1 S-CSCF1 " HOME2 " P-CSCF2");
    CU_ASSERT_EQUAL(play_count(p, "REGISTER", NULL, NULL), 0);
    play_end(p);
}

/* ---- losses ------------------------------------------------------------------------------------------ */

/* Each message on ISC and Cx is lost once: the call comes about all the same, or ends cleanly. */
void test_isc_loss_of_each_message(void)
{
    struct play *all = play("services", BOTH, CALL, NULL);
    unsigned lost = 0, connected = 0;
    for (guint i = 0; i < all->hops->len; i++) {
        const struct hop *h = play_hop(all, i);
        unsigned nth = 0;
        if (strcmp(h->iface, "ISC") != 0)
            continue;
        for (guint k = 0; k <= i; k++)
            nth += hop_is(play_hop(all, k), h->type, h->from, h->to);
        char *fault = g_strdup_printf("<faults><drop message='%s' from='%s' to='%s' nth='%u'/></faults>",
                                      h->type, h->from, h->to, nth);
        struct play *p = play("services", BOTH, CALL, fault, NULL);
        CU_ASSERT_EQUAL(p->end, SIM_END_IDLE);
        CU_ASSERT_EQUAL(p->world->net->dropped, 1);
        connected += play_moments(p, MARK_CONNECTED);
        lost++;
        play_end(p);
        g_free(fault);
    }
    CU_ASSERT_EQUAL(lost, 9 * 4); /* INVITE, 100, 180, PRACK, 200, 200, ACK, BYE, 200 */
    CU_ASSERT_EQUAL(connected, lost);
    play_end(all);
}

/* ---- LTE --------------------------------------------------------------------------------------------- */

/* The network releases the call: the P-CSCF's BYEs go through the application servers. */
void test_isc_release_by_network(void)
{
    struct play *p =
        play("volte-as-call", "<faults><drop message='E-RAB SETUP RESPONSE' from='eNB2' count='9'/></faults>",
             NULL);
    CU_ASSERT_EQUAL(play_count(p, "BYE", "P-CSCF2", "UE-B"), 1);
    CU_ASSERT_EQUAL(play_count(p, "BYE", "P-CSCF1", "UE-A"), 1);
    CU_ASSERT_EQUAL(play_count(p, "BYE", "TAS1", NULL), 1);
    play_end(p);
}

/* The shipped scenario: each INVITE passes both, and each AS hears of the registration and of its end. */
void test_isc_volte_as_call(void)
{
    struct play *p = play("volte-as-call", NULL);
    assert_path(p, "INVITE", "P-CSCF1 I/S-CSCF1 TAS1 I/S-CSCF1 I/S-CSCF2 TAS2 I/S-CSCF2 P-CSCF2");
    CU_ASSERT_EQUAL(play_moments(p, MARK_CONNECTED), 1);
    CU_ASSERT_EQUAL(play_count(p, "REGISTER", "I/S-CSCF1", "TAS1"), 2);
    CU_ASSERT_EQUAL(play_count(p, "REGISTER", "I/S-CSCF2", "TAS2"), 2);
    CU_ASSERT_EQUAL(play_count(p, "BYE", "TAS1", NULL), 1);
    CU_ASSERT_EQUAL(play_moments(p, MARK_DETACHED), 2);
    play_end(p);
    p = play("volte-as-call", "group[*].state=registered-connected", NULL);
    CU_ASSERT_EQUAL(play_moments(p, MARK_CONNECTED), 1);
    CU_ASSERT_EQUAL(play_count(p, "REGISTER", NULL, "TAS1"), 1); /* the one that ends it */
    play_end(p);
}
