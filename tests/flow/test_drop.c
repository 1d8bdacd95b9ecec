/* test_drop.c - the network ends a call: the loss of a bearer, its way to both users, and what it is called on the way
 * (TS 24.229 5.2.8, RFC 3326). */
#include "tests/flow/steps.h"
#include "tests/flow/volte_sides.h"

#include <CUnit/CUnit.h>

#include <stdio.h>
#include <string.h>

/* What a request says why, as it reaches a phone. */
static uint16_t cause_of(const struct play *p, const char *type, const char *from, const char *to)
{
    for (guint i = 0; i < p->hops->len; i++)
        if (hop_is(play_hop(p, i), type, from, to))
            return sip_cause(play_hop(p, i)->sip);
    return 0;
}

static unsigned dropped(const struct play *p, const char *node, int64_t cause)
{
    unsigned n = 0;
    for (guint i = 0; i < p->moments->len; i++)
        n += play_moment(p, i)->id == MARK_DROPPED && strcmp(play_moment(p, i)->node, node) == 0 && play_moment(p, i)->value == cause;
    return n;
}

/* In an answered call, at either side: BYE both ways, through all proxies, with the reason; the other side's bearer goes with
 * its call. */
void test_drop_in_a_call(void)
{
    for (int side = 1; side <= 2; side++) {
        char *script = g_strdup_printf("<script><at time='8s' ue='%s' do='lose-bearers'/></script>", side == 1 ? "UE-A" : "UE-B");
        struct play *p = play("two-lte-phones", "<script><call at='1s' from='UE-A' to='UE-B' answer='2s' hold='40s' media='audio'/></script>", script, NULL);
        CU_ASSERT_EQUAL(cause_of(p, "BYE", "P-CSCF1", "UE-A"), 503);
        CU_ASSERT_EQUAL(cause_of(p, "BYE", "P-CSCF2", "UE-B"), 503);
        CU_ASSERT_EQUAL(dropped(p, "UE-A", 503), 1);
        CU_ASSERT_EQUAL(dropped(p, "UE-B", 503), 1);
        CU_ASSERT_EQUAL(play_moments(p, MARK_BYE_SENT), 0);
        CU_ASSERT_EQUAL(play_moments(p, MARK_ENDED), 1);
        CU_ASSERT_TRUE(play_when(p, MARK_ENDED) < 9 * SIM_S);
        check_side(p, "lost-bearer", side, 8 * SIM_S, 20 * SIM_S);
        check_side(p, "release", 3 - side, 8 * SIM_S, 20 * SIM_S);
        play_end(p);
        g_free(script);
    }
}

/* Before the answer: the caller is refused, the called phone cancelled, with the reason on the CANCEL of each hop. */
void test_drop_before_the_answer(void)
{
    for (int side = 1; side <= 2; side++) {
        char *script = g_strdup_printf("<script><at time='4s' ue='%s' do='lose-bearers'/></script>", side == 1 ? "UE-A" : "UE-B");
        struct play *p = play("two-lte-phones", "<script><call at='1s' from='UE-A' to='UE-B' answer='20s' hold='40s' media='audio'/></script>", script, NULL);
        CU_ASSERT_EQUAL(cause_of(p, "CANCEL", "P-CSCF2", "UE-B"), 503);
        CU_ASSERT_EQUAL(dropped(p, "UE-B", 503), 1);
        CU_ASSERT_EQUAL(play_value(p, MARK_FAILED), 503);
        CU_ASSERT_EQUAL(play_moments(p, MARK_ANSWERED), 0);
        check_side(p, "lost-bearer", side, 4 * SIM_S, 20 * SIM_S);
        play_end(p);
        g_free(script);
    }
}

/* A user who hangs up gives no reason; a phone without a call loses nothing. */
void test_drop_of_nothing(void)
{
    struct play *p = play("two-lte-phones", "<script><call at='1s' from='UE-A' to='UE-B' answer='2s' hold='4s'/></script>",
                          "<script><at time='20s' ue='UE-A' do='lose-bearers'/></script>", NULL);
    CU_ASSERT_EQUAL(cause_of(p, "BYE", "P-CSCF2", "UE-B"), 0);
    CU_ASSERT_EQUAL(play_moments(p, MARK_DROPPED), 0);
    CU_ASSERT_EQUAL(play_count(p, "ASR", NULL, NULL), 0);
    play_end(p);
}

/* A message of it lost once, on the way of SIP or GTP: both sides end all the same. */
void test_drop_any_message_may_be_lost(void)
{
    struct play *p = play("volte-lost-bearer", NULL);
    GPtrArray *faults = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < p->hops->len; i++) {
        const struct hop *h = play_hop(p, i);
        bool access = strcmp(h->iface, "Uu") == 0 || strcmp(h->iface, "S1-MME") == 0;
        unsigned nth = 0;
        if (h->sent < 8 * SIM_S || h->sent > 20 * SIM_S || h->outcome != OUTCOME_DELIVERED || strcmp(h->iface, "Gm") == 0 ||
            (access && strcmp(h->type, "PDCP Data PDU") != 0))
            continue; /* RRC and S1AP run over layers that lose nothing */
        for (const struct hop *o = play_hop(p, 0); o <= h; o++)
            nth += hop_is(o, h->type, h->from, NULL) && strcmp(o->iface, h->iface) == 0;
        g_ptr_array_add(faults, g_strdup_printf("<faults><drop message='%s' from='%s' on='%s' nth='%u'/></faults>", h->type, h->from,
                                                h->iface, nth));
    }
    play_end(p);
    CU_ASSERT_TRUE(faults->len > 30);
    for (guint i = 0; i < faults->len; i++) {
        unsigned before = CU_get_number_of_failures();
        p = play("volte-lost-bearer", g_ptr_array_index(faults, i), NULL);
        CU_ASSERT_EQUAL(p->world->net->dropped, 1);
        CU_ASSERT_EQUAL(play_moments(p, MARK_ENDED), 1);
        play_end(p);
        if (CU_get_number_of_failures() != before)
            printf("\n  with %s", (const char *)g_ptr_array_index(faults, i));
    }
    g_ptr_array_free(faults, TRUE);
}
