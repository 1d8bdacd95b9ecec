/* test_registration.c - REGISTER from phone to HSS and back: who answers what, which S-CSCF, what is left, and what happens
 * when something is wrong or lost. */
#include "tests/flow/play.h"

#include "models/cscf/cscf.h"
#include "models/hss/hss.h"
#include "models/proto/diameter/diameter.h"
#include "models/ue/ue.h"

#include <CUnit/CUnit.h>

#include <stdio.h>
#include <string.h>

/* ---- headers ------------------------------------------------------------------------------------------------------- */

static const struct sip_cold *cold(const struct play *p, const char *type, const char *from, unsigned n)
{
    const struct hop *h = play_nth(p, type, from, n);
    static const struct sip_cold none;
    return h->sip && h->sip->cold ? h->sip->cold : &none;
}

/* What each node adds and takes away (TS 24.229 5.2.2, 5.4.1). */
void test_registration_headers(void)
{
    struct play *p = play("registration", NULL);
    const struct sip_stack *sip = p->world->sip;
    const struct sip_cold *first = cold(p, "REGISTER", "UE", 1), *second = cold(p, "REGISTER", "UE", 2);
    CU_ASSERT_TRUE(first->auth.kind == SIP_AUTH_CREDENTIALS && !first->auth.has_nonce && first->client.spi_c != 0);
    CU_ASSERT_TRUE(second->auth.has_nonce && second->auth.response[0] != 0);
    CU_ASSERT_EQUAL(memcmp(&second->verify, &cold(p, "401 Unauthorized (REGISTER)", "P-CSCF1", 1)->server, sizeof second->verify), 0);
    const struct sip_ipsec *third = &cold(p, "REGISTER", "UE", 3)->client; /* to register again */
    CU_ASSERT_EQUAL(memcmp(&second->client, &first->client, sizeof first->client), 0);
    CU_ASSERT_TRUE(third->spi_c != 0 && third->spi_c != first->client.spi_c && third->spi_s != first->client.spi_s);
    const struct sip_cold *at_i = cold(p, "REGISTER", "P-CSCF1", 1);
    CU_ASSERT_EQUAL(at_i->client.spi_c, 0);
    CU_ASSERT_EQUAL(at_i->auth.integrity, SIP_INTEGRITY_NO);
    CU_ASSERT_EQUAL(cold(p, "REGISTER", "P-CSCF1", 2)->auth.integrity, SIP_INTEGRITY_YES);
    CU_ASSERT_STRING_EQUAL(sip_host(sip, at_i->visited - 1)->name, "home.example");
    CU_ASSERT_TRUE(at_i->path && strcmp(sip_uri_node(sip, at_i->path->uri)->name, "P-CSCF1") == 0);
    CU_ASSERT_TRUE(cold(p, "401 Unauthorized (REGISTER)", "I-CSCF1", 1)->auth.has_keys);
    CU_ASSERT_FALSE(cold(p, "401 Unauthorized (REGISTER)", "P-CSCF1", 1)->auth.has_keys); /* never over the air */
    const struct sip_cold *ok = cold(p, "200 OK (REGISTER)", "P-CSCF1", 1);
    CU_ASSERT_TRUE(ok->service_route && strcmp(sip_uri_node(sip, ok->service_route->uri)->name, "S-CSCF2") == 0);
    CU_ASSERT_TRUE(ok->associated == play_nth(p, "REGISTER", "UE", 1)->sip->from.id + 1 && ok->contact_expires == 60);
    CU_ASSERT_FALSE(cold(p, "200 OK (REGISTER)", "P-CSCF1", 3)->service_route != NULL); /* deregistered */
    play_end(p);
}

/* Calls of a phone abroad take the ways its registration has laid: Service-Route from the P-CSCF abroad to the S-CSCF at home, Path
 * back (RFC 3608, RFC 3327). */
void test_registration_routes(void)
{
    static const char *const abroad[] = {"group[UE-A].enb=eNB2", "group[UE-A].p-cscf=P-CSCF2", "group[UE-A].roaming=yes",
                                         "call[1].from=UE-B", "call[1].to=UE-A", NULL};
    struct play *p = play("volte-call", abroad[0], abroad[1], abroad[2], NULL);
    const struct sip_stack *sip = p->world->sip;
    const struct sip_hop *route = play_nth(p, "INVITE", "UE-A", 1)->sip->route;
    CU_ASSERT_TRUE(route && strcmp(sip_uri_node(sip, route->uri)->name, "P-CSCF2") == 0);
    CU_ASSERT_TRUE(route && route->next && strcmp(sip_uri_node(sip, route->next->uri)->name, "I/S-CSCF1") == 0);
    CU_ASSERT_EQUAL(play_count(p, "INVITE", "P-CSCF2", "I/S-CSCF1"), 1);
    CU_ASSERT_EQUAL(play_moments(p, MARK_CONNECTED), 1);
    play_end(p);

    p = play_with("volte-call", abroad);
    const struct hop *home = play_nth(p, "INVITE", "I/S-CSCF1", 1); /* from the home network to the one abroad */
    CU_ASSERT_STRING_EQUAL(home->to, "P-CSCF2");
    CU_ASSERT_EQUAL(home->sip->ruri.kind, SIP_URI_CONTACT);
    CU_ASSERT_TRUE(home->sip->route && !home->sip->route->next && strcmp(sip_uri_node(p->world->sip, home->sip->route->uri)->name, "P-CSCF2") == 0);
    CU_ASSERT_EQUAL(play_moments(p, MARK_CONNECTED), 1);
    play_end(p);
}

/* ---- which S-CSCF ---------------------------------------------------------------------------------------------------- */

/* Registers phones with these needs, one by one; returns the numbers of the S-CSCFs they got, or the status. */
static char *chosen(const char *mandatory, const char *optional, unsigned phones)
{
    char *set = g_strdup_printf("group[UE].mandatory-capabilities=%s", mandatory);
    char *opt = g_strdup_printf("group[UE].optional-capabilities=%s", optional);
    char *count = g_strdup_printf("group[UE].count=%u", phones);
    struct play *p = play("registration", set, opt, count, "group[UE].think=0s", NULL);
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < p->hops->len; i++) {
        const struct hop *h = play_hop(p, i);
        if (hop_is(h, "MAR", NULL, NULL))
            g_string_append_c(out, h->from[strlen(h->from) - 1]);
        if (h->sip && h->sip->status >= 600 && strcmp(h->from, "P-CSCF1") == 0)
            g_string_append_printf(out, "%u", h->sip->status);
    }
    play_end(p);
    g_free(set);
    g_free(opt);
    g_free(count);
    return g_string_free(out, FALSE);
}

/* S-CSCF1 has {3, 4, 5}, S-CSCF2 {1, 2, 3, 4, 5}, S-CSCF3 {1, 2, 3}: those with all that is mandatory, of them those with most
 * of what is optional, of them one after the other, in the order of the file. */
void test_registration_capabilities(void)
{
    static const struct {
        const char *mandatory, *optional;
        unsigned phones;
        const char *got;
    } cases[] = {
        {"1 5", "0", 3, "222"}, {"1 2", "0", 4, "2323"}, {"3 5", "0", 4, "1212"}, {"3", "0", 6, "123123"},
        {"1 2", "5", 2, "22"},  {"3", "4 5", 4, "1212"}, {"5", "1", 2, "22"},     {"4", "1 2", 2, "22"},
        {"9", "1", 1, "600"},   {"1 2 3 4 5 6", "0", 1, "600"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        char *got = chosen(cases[i].mandatory, cases[i].optional, cases[i].phones);
        if (strcmp(got, cases[i].got) != 0)
            printf("\nmandatory {%s}, optional {%s}: %s, not %s", cases[i].mandatory, cases[i].optional, got, cases[i].got);
        CU_ASSERT_STRING_EQUAL(got, cases[i].got);
        g_free(got);
    }
}

#define S_CSCF2_DOWN "<link from='I-CSCF1' to='S-CSCF2' state='down'/>"
#define S_CSCF3_DOWN "<link from='I-CSCF1' to='S-CSCF3' state='down'/>"

static uint32_t authorisation(const struct play *p, unsigned n)
{
    const struct dia_UAR *b = dia_body((const struct dia_msg *)play_nth(p, "UAR", "I-CSCF1", n)->msg, UAR);
    return IE_HAS(b, type) ? b->type : USER_AUTH_REGISTRATION;
}

/* The chosen S-CSCF does not answer within 16*T1: another one that fits is asked, once. */
void test_registration_s_cscf_down(void)
{
    struct play *p = play("registration", "group[UE].mandatory-capabilities=1 2", S_CSCF2_DOWN, NULL);
    CU_ASSERT_EQUAL(play_nth(p, "UAR", "I-CSCF1", 2)->sent, play_nth(p, "REGISTER", "I-CSCF1", 1)->sent + 8 * SIM_S);
    CU_ASSERT_EQUAL(authorisation(p, 2), USER_AUTH_REGISTRATION_AND_CAPABILITIES);
    CU_ASSERT_EQUAL(play_count(p, "UAR", "I-CSCF1", NULL), 5);
    CU_ASSERT_EQUAL(play_moments(p, MARK_REGISTERED), 2);
    CU_ASSERT_TRUE(play_when(p, MARK_REGISTERED) < 9 * SIM_S);
    CU_ASSERT_STRING_EQUAL(play_nth(p, "SAR", NULL, 1)->from, "S-CSCF3");
    play_end(p);

    /* Nor does the other one. */
    p = play("registration", "group[UE].mandatory-capabilities=1 2", S_CSCF2_DOWN, S_CSCF3_DOWN, NULL);
    CU_ASSERT_EQUAL(play_moments(p, MARK_REGISTERED), 0);
    CU_ASSERT_EQUAL(play_count(p, "UAR", "I-CSCF1", NULL), 2);
    play_end(p);

    /* Its answer comes when it has been given up, and that of the other one is still to come. */
    p = play("registration", "group[UE].mandatory-capabilities=1 2", "<link from='S-CSCF2' to='I-CSCF1' latency='8002ms'/>", NULL);
    CU_ASSERT_EQUAL(play_count(p, "MAR", "S-CSCF2", NULL), 1);
    CU_ASSERT_EQUAL(play_count(p, "401 Unauthorized (REGISTER)", "I-CSCF1", NULL), 1);
    CU_ASSERT_STRING_EQUAL(play_nth(p, "SAR", NULL, 1)->from, "S-CSCF3");
    CU_ASSERT_EQUAL(play_moments(p, MARK_REGISTERED), 2);
    play_end(p);

    /* It waits too long, for timer F: the P-CSCF has given up, 11 ms before, and so does the phone, which tries again: the HSS
     * names the S-CSCF that waits for it. */
    p = play("registration", "group[UE].mandatory-capabilities=1 2", "at[2].time=250s", S_CSCF2_DOWN,
             "<timers><timer name='ims.reselect' value='40s'/></timers>", NULL);
    CU_ASSERT_EQUAL(play_nth(p, "UAR", "I-CSCF1", 2)->sent, play_nth(p, "REGISTER", "I-CSCF1", 1)->sent + 32 * SIM_S);
    sim_time retried = play_when(p, MARK_REGISTERED);
    CU_ASSERT_TRUE(retried > (128 + 30) * SIM_S && retried < (128 + 60 + 1) * SIM_S);
    CU_ASSERT_EQUAL(play_count(p, "REGISTER", "I-CSCF1", "S-CSCF2"), 11);
    play_end(p);
}

/* The HSS names the S-CSCF: no choice. */
void test_registration_s_cscf_named(void)
{
    struct play *p = play("registration", "group[UE].s-cscf=S-CSCF3", NULL);
    CU_ASSERT_STRING_EQUAL(play_nth(p, "MAR", NULL, 1)->from, "S-CSCF3");
    play_end(p);
}

/* ---- authentication --------------------------------------------------------------------------------------------------- */

static int64_t failed_with(const char *a, const char *b, unsigned registers)
{
    struct play *p = play("registration", a, b, NULL);
    int64_t status = play_value(p, MARK_REGISTRATION_FAILED);
    CU_ASSERT_EQUAL(play_moments(p, MARK_REGISTERED), 0);
    CU_ASSERT_EQUAL(play_count(p, "REGISTER", "UE", NULL), registers);
    play_end(p);
    return status;
}

void test_registration_refused(void)
{
    CU_ASSERT_EQUAL(failed_with("group[UE].card=wrong-key", NULL, 2), 403); /* an empty response */
    CU_ASSERT_EQUAL(failed_with("group[UE].provisioned=no", NULL, 1), 403);
    CU_ASSERT_EQUAL(failed_with("group[UE].p-cscf=P-CSCF2", NULL, 1), 403);
    struct play *p = play("registration", "group[UE].p-cscf=P-CSCF2", "group[UE].roaming=yes", NULL);
    CU_ASSERT_EQUAL(play_moments(p, MARK_REGISTERED), 2);
    CU_ASSERT_STRING_EQUAL(sip_host(p->world->sip, cold(p, "REGISTER", "P-CSCF2", 1)->visited - 1)->name, "visited.example");
    play_end(p);
}

/* The wrong key: the card finds that the challenge is not its network's; the HSS is told. */
void test_registration_wrong_key(void)
{
    struct play *p = play("registration", "group[UE].card=wrong-key", NULL);
    const struct sip_auth *a = &cold(p, "REGISTER", "UE", 2)->auth;
    CU_ASSERT_TRUE(a->has_nonce && a->response[0] == 0 && !a->has_auts);
    CU_ASSERT_EQUAL(((const struct dia_msg *)play_nth(p, "SAR", NULL, 1)->msg)->body.SAR.type, ASSIGN_AUTHENTICATION_FAILURE);
    struct hss_state state;
    CU_ASSERT_TRUE(hss_look_up(net_find_node(p->world->net, "HSS1"), 0, &state));
    CU_ASSERT_TRUE(state.registration == HSS_NOT_REGISTERED && state.auth_pending == 0);
    play_end(p);
}

/* A card that is ahead of the HSS: AUTS, another vector, and all is well. */
void test_registration_resynchronised(void)
{
    struct play *p = play("registration", "group[UE].card=ahead", NULL);
    CU_ASSERT_TRUE(cold(p, "REGISTER", "UE", 2)->auth.has_auts);
    CU_ASSERT_TRUE(((const struct dia_msg *)play_nth(p, "MAR", NULL, 2)->msg)->body.MAR.auth.has_resync);
    CU_ASSERT_EQUAL(play_count(p, "401 Unauthorized (REGISTER)", "P-CSCF1", NULL), 2);
    CU_ASSERT_EQUAL(play_moments(p, MARK_REGISTERED), 2);
    play_end(p);
}

/* With LTE the attach resynchronises the card first: the registration finds it in order. */
void test_registration_resynchronised_at_attach(void)
{
    struct play *p = play("volte-call", "group[UE-A].card=ahead", NULL);
    CU_ASSERT_EQUAL(play_count(p, "AIR", "MME1", NULL), 2);
    CU_ASSERT_EQUAL(play_count(p, "401 Unauthorized (REGISTER)", "P-CSCF1", NULL), 1);
    CU_ASSERT_EQUAL(play_moments(p, MARK_CONNECTED), 1);
    play_end(p);
}

void test_registration_digest(void)
{
    static const char *const algorithms[] = {"digest-md5", "digest-sha256"};
    for (int i = 0; i < 2; i++) {
        char *set = g_strdup_printf("group[TERMINAL].auth=%s", algorithms[i]);
        struct play *p = play("registration-digest", set, NULL);
        const struct sip_auth *a = &cold(p, "REGISTER", "TERMINAL", 2)->auth;
        CU_ASSERT_EQUAL(strlen(a->response), i == 0 ? 32 : 64);
        CU_ASSERT_TRUE(a->nc == 1 && a->cnonce != 0 && a->integrity == SIP_INTEGRITY_ABSENT);
        CU_ASSERT_EQUAL(play_moments(p, MARK_REGISTERED), 1);
        CU_ASSERT_EQUAL(play_moments(p, MARK_DEREGISTERED), 1);
        CU_ASSERT_EQUAL(play_count(p, "MAR", NULL, NULL), 2); /* the deregistration is challenged too */
        play_end(p);
        p = play("registration-digest", set, "group[TERMINAL].card=wrong-key", NULL);
        CU_ASSERT_EQUAL(play_value(p, MARK_REGISTRATION_FAILED), 403);
        play_end(p);
        g_free(set);
    }
}

/* A challenge the phone cannot answer. */
void test_registration_challenges(void)
{
    struct play *p = play_ready("registration", NULL);
    struct hss_group g; /* the HSS knows the user with a password, the phone has a card */
    hss_group_init(&g);
    g.scheme = AUTH_DIGEST;
    g.password = "x";
    struct node *hss = net_find_node(p->world->net, "HSS1");
    hss_subscribe(hss, 0, hss_add_group(hss, &g), NULL);
    play_until(p, SIM_NEVER);
    CU_ASSERT_EQUAL(play_value(p, MARK_REGISTRATION_FAILED), 401);
    play_end(p);
}

/* ---- time ---------------------------------------------------------------------------------------------------------------- */

void test_registration_granted_time(void)
{
    struct play *p = play("registration", "node[S-CSCF2].max-registration=20s", NULL);
    CU_ASSERT_EQUAL(cold(p, "200 OK (REGISTER)", "P-CSCF1", 1)->contact_expires, 20);
    CU_ASSERT_EQUAL(play_moments(p, MARK_REGISTERED), 5); /* every 10 s */
    play_end(p);

    p = play("registration", "node[S-CSCF2].min-registration=100s", NULL);
    CU_ASSERT_EQUAL(cold(p, "423 Interval Too Brief (REGISTER)", "S-CSCF2", 1)->min_expires, 100);
    CU_ASSERT_EQUAL(cold(p, "REGISTER", "UE", 2)->expires, 100);
    CU_ASSERT_EQUAL(play_moments(p, MARK_REGISTERED), 1);
    play_end(p);

    /* 600 s before the end, for long ones */
    p = play("registration-late", "group[UE].expires=2000s",
             "<faults><drop message='REGISTER' from='UE' nth='3' count='2'/></faults>", NULL);
    const struct hop *again = play_nth(p, "REGISTER", "UE", 5);
    CU_ASSERT_EQUAL(again->sent / SIM_S, 1400 + 2 + 4);
    play_end(p);
}

/* A phone that is not heard of any more: the S-CSCF ends its registration, tells the HSS, the P-CSCF and the phone. */
void test_registration_expires(void)
{
    struct play *p = play("registration", "<faults><drop message='REGISTER' from='UE' nth='3' count='1000'/></faults>", NULL);
    const struct hop *sar = play_nth(p, "SAR", "S-CSCF2", 2);
    CU_ASSERT_EQUAL(((const struct dia_msg *)sar->msg)->body.SAR.type, ASSIGN_TIMEOUT_DEREGISTRATION);
    CU_ASSERT_EQUAL(sar->sent, play_nth(p, "SAA", "HSS1", 1)->arrival + 60 * SIM_S);
    CU_ASSERT_EQUAL(cold(p, "NOTIFY", "S-CSCF2", 3)->reginfo.event, SIP_REG_EXPIRED);
    CU_ASSERT_EQUAL(play_moments(p, MARK_DEREGISTERED), 1);
    play_end(p);

    /* ... and when the HSS does not answer */
    p = play("registration", "<faults><drop message='REGISTER' from='UE' nth='3' count='1000'/><drop message='SAR' nth='2'/></faults>", NULL);
    CU_ASSERT_EQUAL(play_moments(p, MARK_DEREGISTERED), 1);
    play_end(p);
}

/* ---- the network ends it ---------------------------------------------------------------------------------------------------- */

void test_registration_ended_by_network(void)
{
    struct play *p = play("registration", "<script><at time='10s' ue='UE' do='deregister-by-network'/></script>", NULL);
    CU_ASSERT_EQUAL(play_count(p, "RTR", "HSS1", "S-CSCF2"), 1);
    CU_ASSERT_EQUAL(play_count(p, "RTA", "S-CSCF2", "HSS1"), 1);
    CU_ASSERT_EQUAL(cold(p, "NOTIFY", "P-CSCF1", 2)->reginfo.event, SIP_REG_REJECTED);
    CU_ASSERT_TRUE(play_when(p, MARK_DEREGISTERED) < 11 * SIM_S);
    CU_ASSERT_EQUAL(play_count(p, "REGISTER", "UE", NULL), 2); /* it does not come back */
    play_end(p);

    /* Deactivated, it registers again. */
    p = play_ready("registration", NULL);
    play_until(p, 10 * SIM_S);
    CU_ASSERT_TRUE(hss_deregister(net_find_node(p->world->net, "HSS1"), 0, DEREG_SERVER_CHANGE));
    play_until(p, SIM_NEVER);
    CU_ASSERT_EQUAL(cold(p, "NOTIFY", "P-CSCF1", 2)->reginfo.event, SIP_REG_DEACTIVATED);
    CU_ASSERT_EQUAL(play_moments(p, MARK_REGISTERED), 3);
    CU_ASSERT_EQUAL(play_moments(p, MARK_DEREGISTERED), 2);
    play_end(p);
}

/* In a call: the phone hears of it and hangs up. */
void test_registration_ended_in_a_call(void)
{
    struct play *p = play("volte-call", "<script><at time='12s' ue='UE-B' do='deregister-by-network'/></script>", NULL);
    sim_time bye = play_nth(p, "BYE", "UE-B", 1)->sent;
    CU_ASSERT_TRUE(bye > 12 * SIM_S && bye < 13 * SIM_S);
    CU_ASSERT_EQUAL(play_count(p, "BYE", "UE-A", NULL), 0);
    play_end(p);
}

/* The NOTIFY to the phone is lost for good: it still thinks it is registered; its P-CSCF knows better. */
void test_registration_unknown_to_the_phone(void)
{
    struct play *p = play("volte-call", "<script><at time='2s' ue='UE-A' do='deregister-by-network'/></script>",
                          "<faults><drop message='NOTIFY' from='P-CSCF1' nth='2' count='100'/></faults>", NULL);
    CU_ASSERT_EQUAL(play_count(p, "403 Forbidden (INVITE)", "P-CSCF1", "UE-A"), 1);
    CU_ASSERT_EQUAL(play_value(p, MARK_FAILED), 403);
    play_end(p);
}

/* ---- leaving at any time ------------------------------------------------------------------------------------------------------ */

/* The phone is told to leave every 3 ms from its first REGISTER to its last NOTIFY, and comes back once. */
void test_registration_leaves_at_any_time(void)
{
    for (sim_time t = SIM_MS; t < 260 * SIM_MS; t += 3 * SIM_MS) {
        char *at = g_strdup_printf("<script><at time='%" G_GINT64_FORMAT "us' ue='UE' do='deregister'/></script>", t / SIM_US);
        struct play *p = play("registration", "group[UE].expires=300s", at, NULL);
        CU_ASSERT_EQUAL(p->end, SIM_END_IDLE);
        play_end(p);
        g_free(at);
    }
    for (sim_time t = 30170 * SIM_MS; t < 30330 * SIM_MS; t += 3 * SIM_MS) { /* while it registers again */
        char *at = g_strdup_printf("<script><at time='%" G_GINT64_FORMAT "us' ue='UE' do='deregister'/></script>", t / SIM_US);
        struct play *p = play("registration", at, NULL);
        CU_ASSERT_EQUAL(play_moments(p, MARK_DEREGISTERED), 1);
        play_end(p);
        g_free(at);
    }
}

/* ---- losses --------------------------------------------------------------------------------------------------------------------- */

/* Each message is lost once, wherever it is on its way: SIP repeats, Diameter does not, and the phone tries again. */
void test_registration_loss_of_each_message(void)
{
    struct play *all = play("registration", NULL);
    unsigned lost = 0;
    for (guint i = 0; i < all->hops->len; i++) {
        const struct hop *h = play_hop(all, i);
        unsigned nth = 0;
        for (guint k = 0; k <= i; k++)
            nth += hop_is(play_hop(all, k), h->type, h->from, h->to);
        char *fault = g_strdup_printf("<faults><drop message='%s' from='%s' to='%s' nth='%u'/></faults>", h->type, h->from, h->to, nth);
        struct play *p = play("registration", fault, "<script><at time='600s' ue='UE' do='deregister'/></script>", NULL);
        CU_ASSERT_EQUAL(p->end, SIM_END_IDLE);
        CU_ASSERT_EQUAL(p->world->net->dropped, 1);
        if (play_moments(p, MARK_REGISTERED) < 1)
            printf("\nnot registered without %s of %s, the %u.", h->type, h->from, nth);
        CU_ASSERT_TRUE(play_moments(p, MARK_REGISTERED) >= 1);
        lost++;
        play_end(p);
        g_free(fault);
    }
    CU_ASSERT_TRUE(lost > 60);
    play_end(all);
}

/* The HSS is silent for good: five times more, ever later, then the phone gives up (RFC 5626 4.5). */
void test_registration_gives_up(void)
{
    static const char *const silent[] = {"UAA", "MAA", "SAA"};
    for (size_t i = 0; i < G_N_ELEMENTS(silent); i++) {
        char *fault = g_strdup_printf("<faults><drop message='%s' count='100'/></faults>", silent[i]);
        struct play *p = play("registration-late", fault, NULL);
        CU_ASSERT_EQUAL(play_value(p, MARK_REGISTRATION_FAILED), 504);
        CU_ASSERT_EQUAL(play_moments(p, MARK_REGISTERED), 0);
        sim_time last = 0, wait = 0;
        unsigned attempts = 0;
        for (guint k = 0; k < p->hops->len; k++) {
            const struct hop *h = play_hop(p, k);
            if (!hop_is(h, "REGISTER", "UE", NULL) || h->nth > 1 || h->sip->cold->auth.has_nonce)
                continue;
            if (attempts++) {
                sim_time longest = MIN(1800, 30 << (attempts - 1)) * SIM_S;
                wait = h->sent - last;
                CU_ASSERT_TRUE(wait > longest / 2 && wait < longest + 15 * SIM_S);
            }
            last = h->sent;
        }
        CU_ASSERT_EQUAL(attempts, 6);
        play_end(p);
        g_free(fault);
    }
}

/* Nobody is there: no P-CSCF for all of timer F. */
void test_registration_no_p_cscf(void)
{
    struct play *p = play("registration-late", "<link interface='Gm' state='down'/>", NULL);
    CU_ASSERT_EQUAL(play_value(p, MARK_REGISTRATION_FAILED), 408);
    play_end(p);
}
