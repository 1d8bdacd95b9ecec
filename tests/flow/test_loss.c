/* test_loss.c - every message of a whole call lost at every hop, once and always, and every one doubled.
 *
 * The call is mmd-4 (both phones become ready during set-up) with an answer after 2 s and a release after
 * another 3 s. That each repetition happens when RFC 3261 and RFC 3262 say is checked by play_end() for all
 * of these runs; here stands what becomes of the call. */
#include "tests/flow/play.h"

#include <CUnit/CUnit.h>

#include <stdio.h>
#include <string.h>

#define HOLD "call[1].hold=3s"

static char *fault(const char *kind, const struct hop *h, unsigned nth, unsigned count)
{
    return g_strdup_printf("<faults><%s message='%s' from='%s' to='%s' nth='%u' count='%u'/></faults>", kind,
                           h->type, h->from, h->to, nth, count);
}

/* Which transmission of its kind over its link this hop is. */
static unsigned number_of(const struct play *p, const struct hop *h)
{
    unsigned n = 0;
    for (guint i = 0; play_hop(p, i) <= h; i++)
        n += hop_is(play_hop(p, i), h->type, h->from, h->to);
    return n;
}

/* Calls fn for every hop of the call without faults, which is given to it too. */
static void each_hop(void (*fn)(const struct play *clean, const struct hop *h))
{
    struct play *clean = play("mmd-4", HOLD, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(clean);
    CU_ASSERT_EQUAL(play_steps(clean), 65);
    CU_ASSERT_EQUAL(play_count(clean, "100 Trying", NULL, NULL), 4);
    CU_ASSERT_EQUAL(clean->hops->len, 65 + 4 + 2); /* and LIR, LIA */
    for (guint i = 0; i < clean->hops->len; i++)
        fn(clean, play_hop(clean, i));
    play_end(clean);
}

static bool is_query(const struct hop *h)
{
    return strcmp(h->iface, "Cx") == 0;
}

static void say(const struct hop *h, const char *what)
{
    printf("\n%s of %s, %s to %s:", what, h->type, h->from, h->to);
}

/* ---- lost once -------------------------------------------------------------------------------------------
 */

/* The call comes about and is released as if nothing had been, only later. */
static void check_survives(struct play *p, const struct hop *h, const char *what)
{
    bool good = play_moments(p, MARK_CONNECTED) == 1 && play_moments(p, MARK_CONFIRMED) == 1 &&
                play_moments(p, MARK_ALERTED) == 1 && play_moments(p, MARK_FAILED) == 0 &&
                play_moments(p, MARK_ENDED) == 1 && play_value(p, MARK_ENDED) == 200 &&
                play_moments(p, MARK_RELEASED) == 1;
    if (!good)
        say(h, what);
    CU_ASSERT_TRUE(good);
}

static void lose_once(const struct play *clean, const struct hop *h)
{
    char *xml = fault("drop", h, number_of(clean, h), 1);
    struct play *p = play("mmd-4", HOLD, xml, NULL);
    g_free(xml);
    CU_ASSERT_EQUAL(p->world->net->dropped, 1);
    if (is_query(h)) { /* not repeated: timer Tx */
        CU_ASSERT_EQUAL(play_value(p, MARK_ENDED), 504);
        CU_ASSERT_EQUAL(play_nth(p, "504 Server Time-out (INVITE)", "I/S-CSCF2", 1)->sent,
                        play_nth(p, "LIR", "I/S-CSCF2", 1)->sent + 5 * SIM_S);
    } else {
        check_survives(p, h, "loss");
    }
    play_end(p);
}

void test_loss_of_each_message_once(void)
{
    each_hop(lose_once);
}

/* ---- lost always
 * ------------------------------------------------------------------------------------------- */

/* What becomes of the call when a message never gets over a hop. */
struct fate {
    const char *message, *from, *to; /* NULL: any hop of the message                        */
    int64_t ended;                   /* status the caller is left with                       */
    int64_t cancelled;               /* why the caller cancelled, or -1                      */
    unsigned connected, stranded;    /* phones left in a call that the other one has ended   */
};

static const struct fate fates[] = {
  /* The INVITE: the sender's timer B, told to the caller as 408. */
    {"INVITE",               NULL,   NULL, 408, -1,  0, 0},
 /* Progress: nothing is heard from the called phone but its 5xx after 64*T1; over the last hop P-CSCF2 has
  * not even heard   progress and gives up sooner. */
    {"183 Session Progress", "UE-2", NULL, 408, -1,  0, 0},
    {"183 Session Progress", NULL,   NULL, 504, -1,  0, 0},
 /* Nobody answers for the called phone (RFC 4320): it gives up waiting for PRACK before the caller does. */
    {"PRACK",                NULL,   NULL, 504, -1,  0, 0},
    {"UPDATE",               NULL,   NULL, 487, 408, 0, 0},
    {"BYE",                  NULL,   NULL, 200, -1,  1, 1},
    {"LIR",                  NULL,   NULL, 504, -1,  0, 0},
    {"LIA",                  NULL,   NULL, 504, -1,  0, 0},
 /* The called phone hears no answer to its 200: it sends BYE when 64*T1 are over. */
    {"200 OK (INVITE)",      NULL,   NULL, 408, 487, 0, 0},
};

static const struct fate *fate_of(const struct hop *h)
{
    for (size_t i = 0; i < G_N_ELEMENTS(fates); i++)
        if (hop_is(h, fates[i].message, fates[i].from, fates[i].to))
            return &fates[i];
    static const struct fate survives = {"", NULL, NULL, 200, -1, 1, 0};
    return &survives;
}

static void lose_always(const struct play *clean, const struct hop *h)
{
    if (number_of(clean, h) > 1)
        return;
    char *xml = fault("drop", h, 1, 1000);
    struct play *p = play("mmd-4", HOLD, xml, NULL);
    const struct fate *f = fate_of(h);
    g_free(xml);
    bool good = play_moments(p, MARK_CONNECTED) == f->connected && play_value(p, MARK_ENDED) == f->ended &&
                play_value(p, MARK_CANCELLED) == f->cancelled && play_moments(p, MARK_ENDED) == 1;
    if (!good) {
        say(h, "lasting loss");
        printf(" connected %u, ended %d, cancelled %d", play_moments(p, MARK_CONNECTED),
               (int)play_value(p, MARK_ENDED), (int)play_value(p, MARK_CANCELLED));
    }
    CU_ASSERT_TRUE(good);
    p->stranded = f->stranded;
    play_end(p);
}

void test_loss_of_each_message_always(void)
{
    each_hop(lose_always);
}

/* ---- doubled
 * ------------------------------------------------------------------------------------------------ */

/* Every moment of the call happens once, and when it happened without the copy. */
static void double_once(const struct play *clean, const struct hop *h)
{
    char *xml = fault("duplicate", h, number_of(clean, h), 1);
    struct play *p = play("mmd-4", HOLD, xml, NULL);
    g_free(xml);
    CU_ASSERT_EQUAL(p->world->net->duplicated, 1);
    bool good = p->moments->len == clean->moments->len;
    for (guint i = 0; good && i < p->moments->len; i++) {
        const struct moment *a = play_moment(clean, i), *b = play_moment(p, i);
        good = a->id == b->id && a->time == b->time && a->value == b->value && strcmp(a->node, b->node) == 0;
    }
    if (!good)
        say(h, "a copy");
    CU_ASSERT_TRUE(good);
    play_end(p);
}

void test_copies_of_each_message_change_nothing(void)
{
    each_hop(double_once);
}
