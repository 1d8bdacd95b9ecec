/* play_check.c - what must hold after any play, and the checks that tests of flows share (see play.h). */
#include "tests/flow/play.h"

#include <CUnit/CUnit.h>

#include <stdio.h>
#include <string.h>

static void complain(const struct hop *h, const char *what)
{
    printf("\n%.9f s, %s, %s to %s (transmission %u): %s", sim_time_to_s(h->sent), h->type, h->from, h->to,
           h->nth, what);
    CU_FAIL("a message is not as it must be");
}

/* ---- what holds for all hops -----------------------------------------------------------------------------
 */

/* What earlier hops said, for comparison. */
struct seen {
    const struct play *p;
    GHashTable *checked;  /* struct msg *: its size was compared                                       */
    GHashTable *branches; /* "branch method" -> the hop that used it first                             */
    GHashTable *requests; /* "branch method sender receiver" -> the hop                                */
    GHashTable *cseqs;    /* "Call-ID From-tag", REGISTER: "Call-ID 0" -> last CSeq of a request by its user agent */
    GHashTable *rseqs;    /* "Call-ID To-tag" -> last RSeq                                             */
};

static unsigned via_depth(const struct sip_msg *m)
{
    unsigned n = 0;
    for (const struct sip_via *v = m->via; v; v = v->next)
        n++;
    return n;
}

static bool is_phone(const struct play *p, const char *node)
{
    return net_find_node(p->world->net, node)->kinds & KIND_UE;
}

/* The size on the wire is the length of the text, computed without making the text. */
static void check_size(struct seen *s, const struct hop *h)
{
    if (!g_hash_table_add(s->checked, (gpointer)h->msg))
        return;
    char *text = hop_text(s->p, h);
    if (h->sip && strlen(text) != h->size) {
        printf("\n%zu bytes of text, size %u", strlen(text), h->size);
        complain(h, "its size is not the length of its text");
    }
    if (h->sip && h->sip->m.size != sip_measure(s->p->world->sip, h->sip))
        complain(h, "its size is not what sip_measure() says");
    g_free(text);
}

/* RFC 3261 8.1.1.7, 16.6: a branch belongs to one client transaction; ACK for a refusal and CANCEL share the
 * branch of their INVITE. Max-Forwards goes down as the Via stack grows. */
static void check_request(struct seen *s, const struct hop *h)
{
    const struct sip_msg *m = h->sip;
    if (net_node(s->p->world->net, m->via->node) != net_find_node(s->p->world->net, h->from))
        complain(h, "the top Via is not its sender's");
    if (m->max_forwards + via_depth(m) != 71)
        complain(h, "Max-Forwards and the depth of the Via stack do not fit");
    char *key = g_strdup_printf("%" G_GUINT64_FORMAT " %d", m->via->branch, m->method);
    const struct hop *first = g_hash_table_lookup(s->branches, key);
    if (first && first->msg != h->msg && m->method != SIP_ACK)
        complain(h, "its branch was another request's");
    if (!first)
        g_hash_table_insert(s->branches, key, (gpointer)h);
    else
        g_free(key);
    g_hash_table_insert(
        s->requests,
        g_strdup_printf("%" G_GUINT64_FORMAT " %d %s %s", m->via->branch, m->method, h->from, h->to),
        (gpointer)h);
}

/* The registration, and the subscription to it, of a phone that began registered are older than the run. */
static bool is_older_than_the_run(const struct seen *s, const struct hop *h, guint last)
{
    const struct scn_group *g = world_group(s->p->world, net_find_node(s->p->world->net, h->from));
    return last == 0 && h->sip->cseq > 1 && g->state != SCN_PHONE_OFF && (h->sip->method == SIP_REGISTER || h->sip->method == SIP_SUBSCRIBE);
}

/* RFC 3261 12.2.1.1: in a dialog each new request counts up by one; 10.2: so do REGISTERs with the same Call-ID. */
static void check_cseq(struct seen *s, const struct hop *h)
{
    const struct sip_msg *m = h->sip;
    if (!is_phone(s->p, h->from) || h->nth > 1 || m->method == SIP_ACK || m->method == SIP_CANCEL)
        return;
    char *key = g_strdup_printf("%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT, m->call_id, m->method == SIP_REGISTER ? 0 : m->from_tag);
    guint last = GPOINTER_TO_UINT(g_hash_table_lookup(s->cseqs, key));
    if (m->cseq != last + 1 && !is_older_than_the_run(s, h, last))
        complain(h, "its CSeq does not follow the one before");
    g_hash_table_insert(s->cseqs, key, GUINT_TO_POINTER(m->cseq));
}

/* RFC 3261 8.2.6: a response goes back the way its request came and repeats what names the request. */
static void check_response(struct seen *s, const struct hop *h)
{
    const struct sip_msg *m = h->sip;
    char *key = g_strdup_printf("%" G_GUINT64_FORMAT " %d %s %s", m->via->branch, m->method, h->to, h->from);
    const struct hop *request = g_hash_table_lookup(s->requests, key);
    g_free(key);
    if (!request) {
        complain(h, "it answers no request that came this way");
        return;
    }
    const struct sip_msg *r = request->sip;
    if (r->call_id != m->call_id || r->cseq != m->cseq || r->from_tag != m->from_tag)
        complain(h, "Call-ID, CSeq or From tag are not its request's");
    if (via_depth(r) != via_depth(m))
        complain(h, "its Via stack is not its request's");
    if (m->status == 100 ? m->to_tag != r->to_tag : m->to_tag == 0)
        complain(h, "its To tag is missing, or is there in a 100");
    if (r->to_tag && r->to_tag != m->to_tag)
        complain(h, "its To tag is not its request's");
}

/* RFC 3262 3: the next reliable response has the next RSeq; the first one here is 1000. */
static void check_rseq(struct seen *s, const struct hop *h)
{
    const struct sip_msg *m = h->sip;
    if (!m->rseq || !is_phone(s->p, h->from) || h->nth > 1)
        return;
    char *key = g_strdup_printf("%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT, m->call_id, m->to_tag);
    guint last = GPOINTER_TO_UINT(g_hash_table_lookup(s->rseqs, key));
    if (m->rseq != (last ? last + 1 : 1000))
        complain(h, "its RSeq does not follow the one before");
    g_hash_table_insert(s->rseqs, key, GUINT_TO_POINTER(m->rseq));
}

/* sent + duplicated = delivered + lost + dropped + in flight, and the hops say the same. */
static void check_conservation(const struct play *p)
{
    const struct net *net = p->world->net;
    uint64_t n[OUTCOME_ARRIVED + 1] = {0}, copies = 0, hops = 0;
    for (guint i = 0; i < p->hops->len; i++) {
        const struct hop *h = play_hop(p, i);
        n[h->outcome]++;
        copies += h->copy;
        hops += h->outcome != OUTCOME_INTERNAL;
    }
    CU_ASSERT_EQUAL(net->sent + net->duplicated, net->delivered + net->lost + net->dropped + net->in_flight);
    CU_ASSERT_EQUAL(net->sent + net->duplicated, hops);
    CU_ASSERT_EQUAL(net->duplicated, copies);
    CU_ASSERT_EQUAL(net->dropped, n[OUTCOME_DROPPED]);
    CU_ASSERT_EQUAL(net->lost, n[OUTCOME_LOST] + n[OUTCOME_DOWN]);
    CU_ASSERT_EQUAL(net->delivered + net->in_flight, n[OUTCOME_DELIVERED] + n[OUTCOME_CARRIED]);
}

void assert_sane(const struct play *p)
{
    struct seen s = {
        .p = p,
        .checked = g_hash_table_new(NULL, NULL),
        .branches = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
        .requests = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
        .cseqs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
        .rseqs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
    };
    for (guint i = 0; i < p->hops->len; i++) {
        const struct hop *h = play_hop(p, i);
        check_size(&s, h);
        if (!h->sip || h->copy)
            continue;
        if (h->sip->status) {
            check_response(&s, h);
            check_rseq(&s, h);
        } else {
            check_request(&s, h);
            check_cseq(&s, h);
        }
    }
    g_hash_table_destroy(s.checked);
    g_hash_table_destroy(s.branches);
    g_hash_table_destroy(s.requests);
    g_hash_table_destroy(s.cseqs);
    g_hash_table_destroy(s.rseqs);
    check_conservation(p);
}

/* ---- the end of a run ------------------------------------------------------------------------------------
 */

/* Whether the flow has such a moment. */
static bool flow_has(const struct play *p, sim_flow flow, enum mark_id id)
{
    for (guint i = 0; i < p->moments->len; i++)
        if (play_moment(p, i)->flow == flow && play_moment(p, i)->id == id)
            return true;
    return false;
}

/* A call that was dialled and is not forgotten must be up, and is known to two phones and its user. */
static size_t contexts_of_calls_that_are_up(const struct play *p)
{
    size_t n = 0;
    for (guint i = 0; i < p->moments->len; i++) {
        const struct moment *m = play_moment(p, i);
        if (m->id != MARK_DIALLED || flow_has(p, m->flow, MARK_ENDED))
            continue;
        CU_ASSERT_TRUE(flow_has(p, m->flow, MARK_CONNECTED) && flow_has(p, m->flow, MARK_CONFIRMED));
        n += 3;
    }
    return n;
}

/* Registrations that were taken as done may stay. */
static bool everybody_began_off(const struct play *p)
{
    for (guint i = 0; i < p->scn->groups->len; i++) {
        const struct scn_group *g = &g_array_index(p->scn->groups, struct scn_group, i);
        if (g->state == SCN_PHONE_CONNECTED || g->state == SCN_PHONE_IDLE || (g->state == SCN_PHONE_UNSAID && !g->enb))
            return false;
    }
    return true;
}

void assert_nothing_left(struct play *p)
{
    const struct sip_stack *sip = p->world->sip;
    size_t contexts = contexts_of_calls_that_are_up(p);
    play_let_go(p);
    CU_ASSERT_EQUAL(world_transactions(p->world), 0);
    CU_ASSERT_EQUAL(world_contexts(p->world), contexts + p->stranded);
    CU_ASSERT_EQUAL(world_messages(p->world), 0);
    CU_ASSERT_EQUAL(slab_count(&sip->vias), 0);
    CU_ASSERT_EQUAL(p->world->net->in_flight, 0);
    if (everybody_began_off(p))
        CU_ASSERT_EQUAL(world_registrations(p->world), 0);
}

void play_end(struct play *p)
{
    if (!p)
        return;
    check_end(p->check, p->end == SIM_END_IDLE, G_MAXUINT);
    for (guint i = 0; i < check_broken(p->check)->len; i++)
        printf("\nbroken invariant: %s", (const char *)g_ptr_array_index(check_broken(p->check), i));
    CU_ASSERT_EQUAL(check_broken(p->check)->len, 0);
    assert_sane(p);
    assert_repetitions(p);
    if (p->end == SIM_END_IDLE)
        assert_nothing_left(p);
    play_free(p);
}

/* ---- checks ----------------------------------------------------------------------------------------------
 */

void assert_story(const struct play *p, const char *story)
{
    char *got = play_story(p);
    if (strcmp(got, story) != 0)
        printf("\n  story  %s\n  not    %s", got, story);
    CU_ASSERT_STRING_EQUAL(got, story);
    g_free(got);
}

void assert_instants(const struct play *p, const char *type, const char *from, const sim_time *after)
{
    sim_time first = -1;
    bool good = true;
    for (guint i = 0; i < p->hops->len; i++) {
        const struct hop *h = play_hop(p, i);
        if (!hop_is(h, type, from, NULL) || h->copy)
            continue;
        if (first < 0)
            first = h->sent;
        else if (*after < 0 || h->sent - first != *after++)
            good = false;
    }
    good = good && first >= 0 && *after < 0;
    if (!good) {
        printf("\n%s from %s was sent at:", type, from);
        for (guint i = 0; i < p->hops->len; i++)
            if (hop_is(play_hop(p, i), type, from, NULL) && !play_hop(p, i)->copy)
                printf(" %.9g", sim_time_to_s(play_hop(p, i)->sent - first));
    }
    CU_ASSERT_TRUE(good);
}
