/* test_hold.c - offers inside a call: a call is put on hold and resumed by either side, both at once, before the answer, with
 * messages lost. The bearers that follow are in test_modify.c. */
#include "tests/flow/play.h"

#include "models/proto/sdp/sdp_session.h"

#include <CUnit/CUnit.h>

#include <stdio.h>
#include <string.h>

/* A call of the mmd network with these <do> elements: up at once and for 60 s. */
#define CALL(changes) "<script><call from='UE-1' to='UE-2' answer='1s' hold='60s'>" changes "</call></script>"
#define DO(by, after, what) "<do by='" by "' after='" after "' what='" what "'/>"
#define FAULTS(list) "<faults>" list "</faults>"
#define DROP(message, from, more) "<drop message='" message "' from='" from "' " more "/>"
#define BY_UPDATE "group[*].modification=update"

/* Descriptions that the phones sent from `since` on: "UE-1 INVITE sendonly, UE-2 200 OK (INVITE) recvonly"; the direction is
 * that of the first stream. Repetitions left out. */
static char *said_since(const struct play *p, sim_time since)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < p->hops->len; i++) {
        const struct hop *h = play_hop(p, i);
        if (!h->sip || !h->sip->sdp || h->sent < since || strncmp(h->from, "UE", 2) != 0 || h->nth > 1 || h->copy)
            continue;
        g_string_append_printf(text, "%s%s %s %s", text->len ? ", " : "", h->from, h->type,
                               sdp_mode_name(h->sip->sdp->streams[0].direction));
    }
    return g_string_free(text, FALSE);
}

static void check_said(const struct play *p, const char *wanted)
{
    char *got = said_since(p, play_when(p, MARK_CONNECTED) + 1);
    CU_ASSERT_STRING_EQUAL(got, wanted);
    if (strcmp(got, wanted) != 0)
        printf("\n  said   %s\n  not    %s", got, wanted);
    g_free(got);
}

/* ---- hold and resume ------------------------------------------------------------------------------------ */

/* TS 24.610 4.5.2.1: sendrecv becomes sendonly, recvonly becomes inactive; and the way back. */
void test_hold_directions(void)
{
    struct play *p = play("two-phones", CALL(DO("caller", "1s", "hold") DO("caller", "2s", "resume")), NULL);
    check_said(p, "UE-1 INVITE sendonly, UE-2 200 OK (INVITE) recvonly, UE-1 INVITE sendrecv, UE-2 200 OK (INVITE) sendrecv");
    play_end(p);
    p = play("two-phones", BY_UPDATE, CALL(DO("called", "1s", "hold") DO("called", "2s", "resume")), NULL);
    check_said(p, "UE-2 UPDATE sendonly, UE-1 200 OK (UPDATE) recvonly, UE-2 UPDATE sendrecv, UE-1 200 OK (UPDATE) sendrecv");
    play_end(p);
}

/* Each side has the other on hold: the one that resumes first still hears nothing. */
void test_hold_by_both_sides(void)
{
    struct play *p = play("two-phones", BY_UPDATE,
                          CALL(DO("caller", "1s", "hold") DO("called", "2s", "hold") DO("caller", "3s", "resume")
                                   DO("called", "4s", "resume")),
                          NULL);
    check_said(p, "UE-1 UPDATE sendonly, UE-2 200 OK (UPDATE) recvonly, UE-2 UPDATE inactive, UE-1 200 OK (UPDATE) inactive, "
                  "UE-1 UPDATE recvonly, UE-2 200 OK (UPDATE) sendonly, UE-2 UPDATE sendrecv, UE-1 200 OK (UPDATE) sendrecv");
    play_end(p);
}

/* What is so already needs no offer, and the user may think better of it while the message is being built. */
void test_hold_only_when_it_changes_something(void)
{
    struct play *p = play("two-phones", CALL(DO("caller", "1s", "resume") DO("caller", "2s", "hold") DO("caller", "3s", "hold")),
                          NULL);
    check_said(p, "UE-1 INVITE sendonly, UE-2 200 OK (INVITE) recvonly");
    CU_ASSERT_EQUAL(play_moments(p, MARK_HOLD_ASKED), 2);
    CU_ASSERT_EQUAL(play_moments(p, MARK_CHANGED), 1);
    play_end(p);
    p = play("two-phones", CALL(DO("caller", "1s", "hold") DO("caller", "1002ms", "resume")), NULL);
    check_said(p, "");
    play_end(p);
    /* Once the offer is out, what the user wants next has to wait for the answer. */
    p = play("two-phones", CALL(DO("caller", "1s", "hold") DO("caller", "1050ms", "resume")), NULL);
    check_said(p, "UE-1 INVITE sendonly, UE-2 200 OK (INVITE) recvonly, UE-1 INVITE sendrecv, UE-2 200 OK (INVITE) sendrecv");
    play_end(p);
}

/* The whole takes: building the request, five hops with a proxy's work at four, building the answer, and back. */
void test_hold_time(void)
{
    static const char *const how[] = {"group[*].modification=update", "group[*].modification=re-invite"};
    for (size_t i = 0; i < G_N_ELEMENTS(how); i++) {
        struct play *p = play("two-phones", how[i], CALL(DO("caller", "1s", "hold")), NULL);
        sim_time way = (20 + 5 + 10 + 5 + 20) * SIM_MS + 4 * SIM_MS, think = 5 * SIM_MS;
        CU_ASSERT_EQUAL(play_when(p, MARK_HOLD_ASKED), play_when(p, MARK_CONNECTED) + SIM_S);
        CU_ASSERT_EQUAL(play_when(p, MARK_CHANGED) - play_when(p, MARK_HOLD_ASKED), 2 * (think + way));
        if (i == 1) {
            const struct hop *ack = play_nth(p, "ACK", "UE-1", 2);
            CU_ASSERT_EQUAL(ack->sent, play_when(p, MARK_CHANGED) + think);
            CU_ASSERT_EQUAL(ack->sip->cseq, play_nth(p, "INVITE", "UE-1", 2)->sip->cseq);
        }
        play_end(p);
    }
}

/* A request that renews the target says where (RFC 3261 12.2.1.1, RFC 3311 5.1); the identity belongs to the first INVITE. */
void test_hold_headers(void)
{
    struct play *p = play("two-phones", "group[UE-2].modification=update",
                          CALL(DO("caller", "1s", "hold") DO("called", "2s", "hold")), NULL);
    const struct sip_msg *invite = play_nth(p, "INVITE", "UE-1", 2)->sip, *ok = play_nth(p, "200 OK (INVITE)", "UE-2", 2)->sip;
    const struct sip_msg *update = play_nth(p, "UPDATE", "UE-2", 1)->sip, *first = play_nth(p, "INVITE", "UE-1", 1)->sip;
    CU_ASSERT_EQUAL(invite->contact.kind, SIP_URI_CONTACT);
    CU_ASSERT_EQUAL(ok->contact.kind, SIP_URI_CONTACT);
    CU_ASSERT_EQUAL(update->contact.kind, SIP_URI_CONTACT);
    CU_ASSERT_EQUAL(play_nth(p, "200 OK (UPDATE)", "UE-1", 1)->sip->contact.kind, SIP_URI_CONTACT);
    CU_ASSERT_EQUAL(invite->call_id, first->call_id);
    CU_ASSERT_EQUAL(invite->from_tag, first->from_tag);
    CU_ASSERT_EQUAL(invite->to_tag, update->from_tag);
    CU_ASSERT_EQUAL(invite->ruri.kind, SIP_URI_CONTACT);
    CU_ASSERT_NOT_EQUAL(invite->allow, 0);
    CU_ASSERT_EQUAL(invite->preferred_id, 0);
    CU_ASSERT_NOT_EQUAL(first->preferred_id, 0);
    CU_ASSERT_EQUAL(invite->sdp->version, first->sdp->version + 1);
    play_end(p);
}

/* ---- glare ---------------------------------------------------------------------------------------------- */

static unsigned refusals(const struct play *p, const char *from)
{
    return play_count(p, "491 Request Pending (INVITE)", from, NULL) + play_count(p, "491 Request Pending (UPDATE)", from, NULL) +
           play_count(p, "500 Server Internal Error (INVITE)", from, NULL) +
           play_count(p, "500 Server Internal Error (UPDATE)", from, NULL);
}

/* How long after the refusal came the same phone's next request that offers something goes; -1: none does. */
static sim_time retry_of(const struct play *p, const char *phone, const char *refusal, const char *method)
{
    sim_time refused = -1;
    for (guint i = 0; i < p->hops->len; i++) {
        const struct hop *h = play_hop(p, i);
        if (refused < 0 && hop_is(h, refusal, NULL, phone))
            refused = h->arrival;
        else if (refused >= 0 && h->sent > refused && hop_is(h, method, phone, NULL))
            return h->sent - refused - 5 * SIM_MS /* to build it */;
    }
    return -1;
}

/* Both users put the call on hold; the offset between them goes through a whole round trip and more. Whoever's offer finds
 * the other's out is refused, and comes again: the owner of the Call-ID after 2.1 to 4 s, the other side after up to 2 s
 * (RFC 3261 14.1). In the end the media is inactive at both, and nobody has heard of a failure. */
static void sweep_glare(const char *how1, const char *how2)
{
    unsigned both = 0, none = 0;
    for (int offset = -160; offset <= 160; offset += 10) {
        char *script = g_strdup_printf("<script><call from='UE-1' to='UE-2' answer='1s' hold='60s'>"
                                       "<do after='5s' what='hold'/><do by='called' after='%dms' what='hold'/></call></script>",
                                       5000 + offset);
        struct play *p = play("two-phones", how1, how2, script, NULL);
        unsigned at_1 = refusals(p, "UE-1"), at_2 = refusals(p, "UE-2");
        const char *method = strstr(how1, "update") ? "UPDATE" : "INVITE";
        char *status = g_strdup_printf("491 Request Pending (%s)", method);
        sim_time owner = at_2 ? retry_of(p, "UE-1", status, method) : -1;
        CU_ASSERT_TRUE(owner == -1 || (owner >= 2100 * SIM_MS && owner <= 4000 * SIM_MS && owner % (10 * SIM_MS) == 0));
        if (at_1 && strstr(how2, "re-invite"))
            CU_ASSERT_TRUE(retry_of(p, "UE-2", "491 Request Pending (INVITE)", "INVITE") <= 2000 * SIM_MS);
        CU_ASSERT_EQUAL(at_1, at_2); /* offers cross both ways or not at all */
        both += at_1 && at_2;
        none += !at_1 && !at_2;
        const struct sdp *last = NULL;
        for (guint i = 0; i < p->hops->len; i++)
            if (play_hop(p, i)->sip && play_hop(p, i)->sip->sdp)
                last = play_hop(p, i)->sip->sdp;
        CU_ASSERT_EQUAL(last->streams[0].direction, SDP_INACTIVE);
        CU_ASSERT_EQUAL(play_moments(p, MARK_CHANGE_REFUSED), 0);
        CU_ASSERT_EQUAL(play_value(p, MARK_ENDED), 200);
        CU_ASSERT_EQUAL(play_when(p, MARK_BYE_SENT), play_when(p, MARK_CONNECTED) + 60 * SIM_S + 5 * SIM_MS);
        play_end(p);
        g_free(status);
        g_free(script);
    }
    CU_ASSERT_TRUE(both > 5);
    CU_ASSERT_TRUE(none > 5);
}

void test_hold_glare_of_re_invites(void)
{
    sweep_glare("group[UE-1].modification=re-invite", "group[UE-2].modification=re-invite");
}

void test_hold_glare_of_updates(void)
{
    sweep_glare("group[UE-1].modification=update", "group[UE-2].modification=update");
}

void test_hold_glare_of_both(void)
{
    sweep_glare("group[UE-1].modification=re-invite", "group[UE-2].modification=update");
    sweep_glare("group[UE-1].modification=update", "group[UE-2].modification=re-invite");
}

/* What one side wants is not what the other's retry brings: the owner of the Call-ID tries again too, and no sooner than after
 * 2.1 s. Many seeds, to see both ends of both waits. */
void test_hold_glare_retries(void)
{
    sim_time least[2] = {SIM_NEVER, SIM_NEVER}, most[2] = {0, 0};
    for (int seed = 1; seed <= 60; seed++) {
        char *change = g_strdup_printf("run.seed=%d", seed);
        struct play *p = play("two-phones", change, BY_UPDATE,
                              CALL("<do after='5s' what='codec' codec='99'/>" DO("called", "5s", "hold")), NULL);
        for (int side = 0; side < 2; side++) {
            sim_time wait = retry_of(p, side ? "UE-2" : "UE-1", "491 Request Pending (UPDATE)", "UPDATE");
            CU_ASSERT_TRUE(wait >= 0 && wait % (10 * SIM_MS) == 0);
            least[side] = MIN(least[side], wait);
            most[side] = MAX(most[side], wait);
        }
        CU_ASSERT_EQUAL(play_moments(p, MARK_CHANGED), 2);
        play_end(p);
        g_free(change);
    }
    CU_ASSERT_TRUE(least[0] >= 2100 * SIM_MS && least[0] < 2300 * SIM_MS);
    CU_ASSERT_TRUE(most[0] <= 4000 * SIM_MS && most[0] > 3800 * SIM_MS);
    CU_ASSERT_TRUE(least[1] < 200 * SIM_MS);
    CU_ASSERT_TRUE(most[1] <= 2000 * SIM_MS && most[1] > 1800 * SIM_MS);
}

/* ---- before the answer ----------------------------------------------------------------------------------- */

/* UPDATE, whatever the phones use later (RFC 3311 5.1), by either user, and both at once. */
void test_hold_before_the_answer(void)
{
    struct play *p = play("two-phones",
                          "<script><call from='UE-1' to='UE-2' answer='3s' hold='5s'><do since='alert' after='1s' what='hold'/>"
                          "<do since='alert' after='2s' by='called' what='hold'/></call></script>",
                          NULL);
    CU_ASSERT_EQUAL(play_count(p, "UPDATE", "UE-1", NULL), 1);
    CU_ASSERT_EQUAL(play_count(p, "UPDATE", "UE-2", NULL), 1);
    CU_ASSERT_EQUAL(play_count(p, "INVITE", "UE-1", NULL), 1);
    CU_ASSERT_TRUE(play_nth(p, "200 OK (UPDATE)", "UE-1", 1)->sent < play_when(p, MARK_ANSWERED));
    play_end(p);
    p = play("two-phones",
             "<script><call from='UE-1' to='UE-2' answer='9s' hold='5s'><do since='alert' after='1s' what='hold'/>"
             "<do since='alert' after='1s' by='called' what='hold'/></call></script>",
             NULL);
    CU_ASSERT_EQUAL(play_count(p, "491 Request Pending (UPDATE)", "UE-1", NULL), 1);
    CU_ASSERT_EQUAL(play_count(p, "491 Request Pending (UPDATE)", "UE-2", NULL), 1);
    CU_ASSERT_EQUAL(play_value(p, MARK_ENDED), 200);
    play_end(p);
}

/* The answer of a phone without 100rel stands in its 200: a hold is part of it, and what takes an offer of its own has to wait for
 * the ACK (RFC 3311 5.1). */
void test_hold_waits_for_the_ack(void)
{
    struct play *p = play("two-phones", "group[UE-2].reliable=no", "group[UE-2].preconditions=no", BY_UPDATE,
                          "<script><call from='UE-1' to='UE-2' answer='3s' hold='5s'><do since='alert' after='1s' by='called' "
                          "what='hold'/></call></script>",
                          NULL);
    CU_ASSERT_EQUAL(play_nth(p, "200 OK (INVITE)", "UE-2", 1)->sip->sdp->streams[0].direction, SDP_SEND);
    CU_ASSERT_EQUAL(play_count(p, "UPDATE", NULL, NULL), 0);
    play_end(p);
    p = play("two-phones", "group[UE-2].reliable=no", "group[UE-2].preconditions=no", BY_UPDATE,
             "<script><call from='UE-1' to='UE-2' answer='3s' hold='5s'><do since='alert' after='1s' by='called' what='codec' "
             "codec='97'/></call></script>",
             NULL);
    CU_ASSERT_EQUAL(play_nth(p, "UPDATE", "UE-2", 1)->sent, play_when(p, MARK_CONFIRMED) + 5 * SIM_MS);
    play_end(p);
}

/* Nobody answers: the attempt ends, from whichever side the request went. */
void test_hold_lost_before_the_answer(void)
{
    struct play *p = play("two-phones", "sip.gm.F=10s",
                          "<script><call from='UE-1' to='UE-2' called='never'><do since='alert' after='1s' what='hold'/></call></script>"
                          "<faults><drop message='UPDATE' from='UE-1' count='99'/></faults>",
                          NULL);
    CU_ASSERT_EQUAL(play_value(p, MARK_CANCELLED), 408);
    play_end(p);
    p = play("two-phones", "sip.gm.F=10s",
             "<script><call from='UE-1' to='UE-2' called='never'><do since='alert' after='1s' by='called' what='hold'/></call></script>"
             "<faults><drop message='UPDATE' from='UE-2' count='99'/></faults>",
             NULL);
    CU_ASSERT_EQUAL(play_value(p, MARK_FAILED), 408);
    play_end(p);
}

/* ---- loss ----------------------------------------------------------------------------------------------- */

/* Each message of a hold and a resume lost once: both come about all the same, and nothing is left. */
static void lose_each(const char *how)
{
    static const char script[] = CALL(DO("caller", "1s", "hold") DO("called", "20s", "resume") DO("caller", "40s", "resume"));
    struct play *p = play("two-phones", how, script, NULL);
    GPtrArray *faults = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < p->hops->len; i++) {
        const struct hop *h = play_hop(p, i);
        unsigned nth = 0;
        if (h->sent < play_when(p, MARK_HOLD_ASKED) || h->sent > play_when(p, MARK_CONNECTED) + 50 * SIM_S || !h->sip)
            continue;
        for (const struct hop *o = play_hop(p, 0); o <= h; o++)
            nth += hop_is(o, h->type, h->from, NULL);
        g_ptr_array_add(faults, g_strdup_printf("<faults><drop message='%s' from='%s' nth='%u'/></faults>", h->type, h->from, nth));
    }
    play_end(p);
    CU_ASSERT_TRUE(faults->len >= 20);
    for (guint i = 0; i < faults->len; i++) {
        unsigned before = CU_get_number_of_failures();
        p = play("two-phones", how, script, g_ptr_array_index(faults, i), NULL);
        CU_ASSERT_EQUAL(p->world->net->dropped, 1);
        check_said(p, strstr(how, "update") ? "UE-1 UPDATE sendonly, UE-2 200 OK (UPDATE) recvonly, UE-1 UPDATE sendrecv, UE-2 200 OK (UPDATE) sendrecv"
                                            : "UE-1 INVITE sendonly, UE-2 200 OK (INVITE) recvonly, UE-1 INVITE sendrecv, UE-2 200 OK (INVITE) sendrecv");
        CU_ASSERT_EQUAL(play_moments(p, MARK_CHANGED), 2);
        CU_ASSERT_EQUAL(play_value(p, MARK_ENDED), 200);
        play_end(p);
        if (CU_get_number_of_failures() != before)
            printf("\n  with %s", (const char *)g_ptr_array_index(faults, i));
    }
    g_ptr_array_free(faults, TRUE);
}

void test_hold_any_message_may_be_lost(void)
{
    lose_each("group[*].modification=update");
    lose_each("group[*].modification=re-invite");
}

/* No answer at all, no ACK at all, or 408 from the last proxy: the dialog is over, and the call is ended (RFC 3261 12.2.1.2, 14.1,
 * 14.2). */
void test_hold_lost_in_a_call(void)
{
    struct play *p = play("two-phones", "sip.gm.F=10s", BY_UPDATE, CALL(DO("caller", "1s", "hold")),
                          "<faults><drop message='UPDATE' from='UE-1' count='99'/></faults>", NULL);
    CU_ASSERT_EQUAL(play_when(p, MARK_BYE_SENT), play_when(p, MARK_HOLD_ASKED) + 10 * SIM_S + 10 * SIM_MS);
    play_end(p);
    p = play("two-phones", "sip.gm.F=10s", BY_UPDATE, CALL(DO("called", "1s", "hold")),
             "<faults><drop message='UPDATE' from='UE-2' count='99'/></faults>", NULL);
    CU_ASSERT_EQUAL(play_count(p, "BYE", "UE-2", NULL), 1);
    CU_ASSERT_EQUAL(play_value(p, MARK_ENDED), 200);
    play_end(p);
    p = play("two-phones", "<script><call from='UE-1' to='UE-2' answer='1s' hold='300s'>" DO("caller", "1s", "hold") "</call></script>",
             "<faults><drop message='INVITE' from='P-CSCF2' nth='2' count='99'/></faults>", NULL);
    CU_ASSERT_EQUAL(play_count(p, "408 Request Timeout (INVITE)", "P-CSCF1", "UE-1"), 1);
    CU_ASSERT_EQUAL(play_count(p, "BYE", "UE-1", NULL), 1);
    play_end(p);
    p = play("two-phones", "<script><call from='UE-1' to='UE-2' answer='1s' hold='300s'>" DO("caller", "1s", "hold") "</call></script>",
             "<faults><drop message='ACK' from='UE-1' nth='2' count='99'/></faults>", NULL);
    CU_ASSERT_EQUAL(play_nth(p, "BYE", "UE-2", 1)->sent, play_nth(p, "200 OK (INVITE)", "UE-2", 2)->sent + 128005 * SIM_MS);
    play_end(p);
}

/* The ACK is lost, and the next re-INVITE comes before the 200 does again: 500 with Retry-After, and it comes once more. */
void test_hold_before_the_ack(void)
{
    struct play *p = play("two-phones", CALL(DO("caller", "1s", "hold") DO("caller", "1500ms", "resume")),
                          "<faults><drop message='ACK' from='UE-1' nth='2'/></faults>", NULL);
    const struct hop *busy = play_nth(p, "500 Server Internal Error (INVITE)", "UE-2", 1);
    CU_ASSERT_TRUE_FATAL(busy->sip != NULL);
    CU_ASSERT_TRUE(busy->sip->retry_after >= 1 && busy->sip->retry_after <= 10);
    const struct hop *at_phone = play_nth(p, "500 Server Internal Error (INVITE)", "P-CSCF1", 1);
    CU_ASSERT_EQUAL(play_nth(p, "INVITE", "UE-1", 4)->sent, at_phone->arrival + busy->sip->retry_after * SIM_S + 5 * SIM_MS);
    CU_ASSERT_EQUAL(play_moments(p, MARK_CHANGED), 2);
    play_end(p);
}

/* The caller hangs up while its re-INVITE is on its way: the other phone answers it with 487 when the BYE comes first, else its 200
 * is acknowledged (RFC 3261 15.1.2). */
void test_hold_races_with_bye(void)
{
    unsigned refused = 0, answered = 0;
    for (int after = 0; after <= 200; after += 10) {
        char *script = g_strdup_printf("<script><call from='UE-1' to='UE-2' answer='1s' hold='%dms'><do after='1s' what='hold'/></call></script>",
                                       1000 + after);
        struct play *p = play("two-phones", "group[UE-2].think=50ms", script, NULL);
        refused += play_count(p, "487 Request Terminated (INVITE)", "UE-2", NULL) > 0;
        answered += play_count(p, "200 OK (INVITE)", "UE-2", NULL) > 1;
        CU_ASSERT_EQUAL(play_value(p, MARK_ENDED), 200);
        CU_ASSERT_EQUAL(play_moments(p, MARK_RELEASED), 1);
        play_end(p);
        g_free(script);
    }
    CU_ASSERT_TRUE(refused > 2);
    CU_ASSERT_TRUE(answered > 2);
}

/* ---- what phones never send ------------------------------------------------------------------------------- */

/* A request of the caller as it comes from its last proxy, made anew with another description (NULL: none). */
static void send_again(struct play *p, const char *type, unsigned nth, const struct sdp *sdp)
{
    struct sip_stack *sip = p->world->sip;
    struct node *from = net_find_node(p->world->net, "P-CSCF2");
    struct sip_msg *m = sip_copy(sip, play_nth(p, type, "P-CSCF2", nth)->sip);
    struct sip_uri sent_by = m->via->sent_by;
    m->cseq += 10;
    sip_pop_via(sip, m);
    sip_push_via(sip, m, sent_by, false, from->id, sip_token(sip, 0));
    sip_set_sdp(sip, m, sdp ? sdp_new(&sip->sdps, sdp) : NULL);
    sip_seal(sip, m);
    node_send(from, net_find_node(p->world->net, "UE-2"), IFACE_GM, &m->m);
}

/* Nothing in common, or no offer: 488, and the session stays as it was (RFC 3261 14.2, RFC 3311 5.2). */
void test_hold_nothing_in_common(void)
{
    static const struct sdp_codec pcm = {.encoding = "PCMA", .clock_rate = 8000, .payload = 8};
    static const char *const types[] = {"UPDATE", "INVITE"};
    for (unsigned i = 0; i < 2; i++) {
        struct play *p = play_ready("two-phones", i ? "group[*].modification=re-invite" : BY_UPDATE, CALL(DO("caller", "1s", "hold")), NULL);
        char *refusal = g_strdup_printf("488 Not Acceptable Here (%s)", types[i]);
        play_until(p, 5 * SIM_S);
        unsigned nth = i ? 2 : 1;
        struct sdp other = *play_nth(p, types[i], "P-CSCF2", nth)->sip->sdp;
        for (unsigned k = 0; k < other.n_streams; k++) {
            other.streams[k].codecs = &pcm;
            other.streams[k].codec_mask = 1;
        }
        send_again(p, types[i], nth, &other);
        play_until(p, 6 * SIM_S);
        CU_ASSERT_EQUAL(play_count(p, refusal, "UE-2", "P-CSCF2"), 1);
        if (i) {
            send_again(p, types[i], nth, NULL);
            play_until(p, 7 * SIM_S);
            CU_ASSERT_EQUAL(play_count(p, refusal, "UE-2", "P-CSCF2"), 2);
        }
        CU_ASSERT_EQUAL(play_moments(p, MARK_BYE_SENT), 0);
        play_free(p);
        g_free(refusal);
    }
}
