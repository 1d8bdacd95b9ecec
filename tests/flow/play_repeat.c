/* play_repeat.c - the oracle of repetition: when each transmission of each SIP message must have happened.
 *
 * Written from RFC 3261 17 and 13.3.1.4 and RFC 3262 3 for any run, whatever was lost or doubled: a message
 * is sent again when its timer says so and nobody has answered yet, or when the request it answers comes
 * again. Every transmission of every play has to be explained by that, and every one that is due has to be
 * there. */
#include "tests/flow/play.h"

#include <CUnit/CUnit.h>

#include <stdio.h>
#include <string.h>

/* ---- the values of RFC 3261 table 4 and, on Gm, of TS 24.229 table 7.7.1
 * ----------------------------------- */

static sim_time given(const struct play *p, const char *name, sim_time otherwise)
{
    for (guint i = 0; i < p->scn->timers->len; i++) {
        const struct scn_timer *t = &g_array_index(p->scn->timers, struct scn_timer, i);
        if (strcmp(t->name, name) == 0)
            return t->value;
    }
    return otherwise;
}

static sim_time t1(const struct play *p, const struct hop *h)
{
    return strcmp(h->iface, "Gm") == 0 ? given(p, "sip.gm.T1", 2 * SIM_S)
                                       : given(p, "sip.core.T1", 500 * SIM_MS);
}

static sim_time t2(const struct play *p, const struct hop *h)
{
    return strcmp(h->iface, "Gm") == 0 ? given(p, "sip.gm.T2", 16 * SIM_S)
                                       : given(p, "sip.core.T2", 4 * SIM_S);
}

/* Timer B, F, H or J. */
static sim_time timer_64(const struct play *p, const struct hop *h, char letter)
{
    char name[] = "sip.core.?", gm_name[] = "sip.gm.?";
    name[sizeof name - 2] = gm_name[sizeof gm_name - 2] = letter;
    return given(p, strcmp(h->iface, "Gm") == 0 ? gm_name : name, 64 * t1(p, h));
}

/* ---- when a message has reached the node's stack: after its service
 * ---------------------------------------- */

static sim_time taken(const struct play *p, const struct hop *h)
{
    if (h->arrival == SIM_NEVER)
        return SIM_NEVER;
    for (guint i = 0; i < p->scn->nodes->len; i++) {
        const struct scn_node *n = &g_array_index(p->scn->nodes, struct scn_node, i);
        for (guint k = 0; strcmp(n->id, h->to) == 0 && k < n->services->len; k++) {
            const struct scn_service *s = &g_array_index(n->services, struct scn_service, k);
            if (!s->message && s->protocol && strcmp(s->protocol, "SIP") == 0)
                return h->arrival + s->time.fixed;
        }
    }
    return h->arrival;
}

/* ---- what a transmission is about
 * -------------------------------------------------------------------------- */

/* The hops between the same two nodes, either way, of the same transaction. */
static bool same_transaction(const struct hop *a, const struct hop *b)
{
    return a->sip && b->sip && a->sip->via->branch == b->sip->via->branch && a->sip->method == b->sip->method;
}

/* First time after `since` that the sender of h takes in a message for which `yes` holds; SIM_NEVER. */
static sim_time first_taken(const struct play *p, const struct hop *h,
                            bool (*yes)(const struct hop *h, const struct hop *other))
{
    sim_time first = SIM_NEVER;
    for (guint i = 0; i < p->hops->len; i++) {
        const struct hop *o = play_hop(p, i);
        sim_time t = o->sip && strcmp(o->to, h->from) == 0 && yes(h, o) ? taken(p, o) : SIM_NEVER;
        first = t >= h->sent ? MIN(first, t) : first;
    }
    return first;
}

static bool answers(const struct hop *h, const struct hop *o)
{
    return same_transaction(h, o) && o->sip->status &&
           (h->sip->method == SIP_INVITE || o->sip->status >= 200);
}

static bool acknowledges(const struct hop *h, const struct hop *o)
{
    return !o->sip->status && o->sip->method == SIP_ACK && o->sip->call_id == h->sip->call_id &&
           o->sip->cseq == h->sip->cseq &&
           (h->sip->status < 300 || o->sip->via->branch == h->sip->via->branch);
}

static bool pracks(const struct hop *h, const struct hop *o)
{
    return !o->sip->status && o->sip->call_id == h->sip->call_id && o->sip->rack_rseq == h->sip->rseq;
}

static bool is_bye(const struct hop *h, const struct hop *o)
{
    return !o->sip->status && o->sip->method == SIP_BYE && o->sip->call_id == h->sip->call_id;
}

/* When the sender of response h sent another one in the same transaction for the first time. */
static sim_time replaced(const struct play *p, const struct hop *h)
{
    for (guint i = 0; i < p->hops->len; i++) {
        const struct hop *o = play_hop(p, i);
        if (same_transaction(h, o) && o->sip->status && o->msg != h->msg && o->sent >= h->sent && o > h &&
            strcmp(o->from, h->from) == 0)
            return o->sent;
    }
    return SIM_NEVER;
}

/* ---- the expected instants
 * ----------------------------------------------------------------------------------- */

static void add(GArray *due, sim_time t)
{
    g_array_append_val(due, t);
}

/* The interval doubles from T1, up to cap, while before `end`. */
static void add_schedule(GArray *due, const struct play *p, const struct hop *h, sim_time cap, sim_time end)
{
    sim_time interval = t1(p, h), t = h->sent + interval;
    for (; t < end; t += interval) {
        add(due, t);
        interval = MIN(2 * interval, cap);
    }
}

/* Repeats of the request that h answers, taken in while h is the last word: all that arrive but the first. */
static void add_echoes(GArray *due, const struct play *p, const struct hop *h, sim_time end)
{
    const struct hop *first = NULL;
    guint from = due->len;
    for (guint i = 0; i < p->hops->len; i++) {
        const struct hop *o = play_hop(p, i);
        if (!same_transaction(h, o) || o->sip->status || strcmp(o->to, h->from) != 0 ||
            o->arrival == SIM_NEVER)
            continue;
        if (!first || o->arrival < first->arrival)
            first = o;
        if (taken(p, o) >= h->sent && taken(p, o) < end)
            add(due, taken(p, o));
    }
    for (guint i = from; first && i < due->len; i++)
        if (g_array_index(due, sim_time, i) == taken(p, first)) {
            g_array_remove_index(due, i);
            break;
        }
}

static bool is_phone(const struct play *p, const struct hop *h)
{
    return net_find_node(p->world->net, h->from)->kinds & KIND_UE;
}

static void request_due(GArray *due, const struct play *p, const struct hop *h)
{
    bool invite = h->sip->method == SIP_INVITE;
    sim_time end = MIN(first_taken(p, h, answers), h->sent + timer_64(p, h, invite ? 'B' : 'F'));
    if (h->sip->method != SIP_ACK && !h->sip->via->reliable)
        add_schedule(due, p, h, invite ? SIM_NEVER / 4 : t2(p, h), end);
}

static void invite_response_due(GArray *due, const struct play *p, const struct hop *h)
{
    unsigned status = h->sip->status;
    sim_time until = h->sent + 64 * t1(p, h), next = replaced(p, h);
    if (status < 200) {
        if (h->sip->rseq && is_phone(p, h))
            add_schedule(due, p, h, SIM_NEVER / 4, MIN(MIN(until, next), first_taken(p, h, pracks)));
        add_echoes(due, p, h, next);
    } else if (status < 300) {
        if (is_phone(p, h))
            add_schedule(due, p, h, t2(p, h),
                         MIN(MIN(until, first_taken(p, h, acknowledges)), first_taken(p, h, is_bye)));
    } else {
        sim_time end = MIN(first_taken(p, h, acknowledges), h->sent + timer_64(p, h, 'H'));
        if (!h->sip->via->reliable)
            add_schedule(due, p, h, t2(p, h), end);
        add_echoes(due, p, h, end);
    }
}

static gint by_time(gconstpointer a, gconstpointer b)
{
    const sim_time *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* All instants at which the message of h, whose first transmission h is, must have been sent. */
static GArray *due_instants(const struct play *p, const struct hop *h)
{
    GArray *due = g_array_new(FALSE, FALSE, sizeof(sim_time));
    add(due, h->sent);
    if (!h->sip->status)
        request_due(due, p, h);
    else if (h->sip->method == SIP_INVITE)
        invite_response_due(due, p, h);
    else
        add_echoes(due, p, h, h->sent + timer_64(p, h, 'J'));
    g_array_sort(due, by_time);
    while (due->len && g_array_index(due, sim_time, due->len - 1) > p->world->sim->now)
        g_array_set_size(due, due->len - 1);
    return due;
}

static void print_times(const char *what, const sim_time *t, guint n)
{
    printf("\n  %s", what);
    for (guint i = 0; i < n; i++)
        printf(" %.9f", sim_time_to_s(t[i]));
}

void assert_repetitions(const struct play *p)
{
    GArray *sent = g_array_new(FALSE, FALSE, sizeof(sim_time));
    for (guint i = 0; i < p->hops->len; i++) {
        const struct hop *h = play_hop(p, i);
        if (!h->sip || h->nth != 1 || h->copy)
            continue;
        g_array_set_size(sent, 0);
        for (guint k = i; k < p->hops->len; k++)
            if (play_hop(p, k)->msg == h->msg && !play_hop(p, k)->copy)
                add(sent, play_hop(p, k)->sent);
        GArray *due = due_instants(p, h);
        bool same = due->len == sent->len && memcmp(due->data, sent->data, due->len * sizeof(sim_time)) == 0;
        if (!same) {
            printf("\n%s, %s to %s:", h->type, h->from, h->to);
            print_times("sent at", (const sim_time *)(void *)sent->data, sent->len);
            print_times("not at ", (const sim_time *)(void *)due->data, due->len);
            CU_FAIL("a message was not repeated as the RFCs say");
        }
        g_array_free(due, TRUE);
    }
    g_array_free(sent, TRUE);
}
