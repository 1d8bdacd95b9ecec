/* play.c - plays a scenario and keeps what happened (see play.h). */
#include "tests/flow/play.h"

#include "models/registry.h"
#include "scenarios/load/load.h"

#include <CUnit/CUnit.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- playing ------------------------------------------------------------------------------------------- */

/* A message over a bearer has come out at the other end: its hop is complete. */
static void complete_hop(struct play *p, const struct trace_rec *r)
{
    for (guint i = p->hops->len; i-- > 0;) { /* not long ago */
        struct hop *h = &g_array_index(p->hops, struct hop, i);
        if (h->msg == r->msg.msg && h->outcome == OUTCOME_CARRIED && h->arrival == SIM_NEVER && strcmp(h->to, r->msg.to->name) == 0) {
            h->arrival = r->time;
            return;
        }
    }
    CU_FAIL("a message came out of a bearer that went into none");
}

static void keep_hop(struct play *p, const struct trace_rec *r)
{
    if (r->msg.outcome == OUTCOME_ARRIVED) {
        complete_hop(p, r);
        return;
    }
    const struct net *net = p->world->net;
    const struct proto *proto = net->protos[r->msg.msg->proto];
    struct hop h = {
        .sent = r->time,
        .arrival = r->msg.arrival,
        .type = proto->type_name(r->msg.msg->type),
        .from = r->node->name,
        .to = r->msg.to->name,
        .iface = net->ifaces[r->msg.iface].name,
        .outcome = (enum trace_outcome)r->msg.outcome,
        .copy = r->msg.copy,
        .nth = r->msg.nth,
        .clause = r->clause,
        .size = r->msg.msg->size,
        .flow = r->flow,
        .msg = msg_ref((struct msg *)r->msg.msg),
    };
    if (proto->mark)
        proto->mark(net, h.msg, h.oa, sizeof h.oa);
    if (proto == &sip_proto)
        h.sip = (const struct sip_msg *)(const void *)h.msg;
    g_array_append_val(p->hops, h);
}

static void sink(struct sim *sim, const struct trace_rec *r, void *user)
{
    struct play *p = user;
    (void)sim;
    if (r->kind == TRACE_MSG) {
        keep_hop(p, r);
    } else {
        struct moment m = {r->time, r->node->name, (enum mark_id)r->mark.id, r->mark.value, r->flow, r->cause};
        g_array_append_val(p->moments, m);
    }
}

/* The scenario's text with XML put in before its end. */
static char *extended(const char *path, const char *xml)
{
    char *text = NULL, *end;
    if (!g_file_get_contents(path, &text, NULL, NULL) || !(end = strstr(text, "</scenario>"))) {
        g_free(text);
        return NULL;
    }
    char *longer = g_strdup_printf("%.*s%s%s", (int)(end - text), text, xml, end);
    g_free(text);
    return longer;
}

static struct scn *load(const char *path, const char *const *changes, GPtrArray *errors)
{
    GPtrArray *sets = g_ptr_array_new();
    GString *xml = g_string_new(NULL);
    for (; *changes; changes++)
        if (**changes == '<')
            g_string_append(xml, *changes);
        else
            g_ptr_array_add(sets, (char *)*changes);
    g_ptr_array_add(sets, NULL);
    struct scn_load_opts opts = {.sets = (char **)sets->pdata, .names = world_names()};
    char *text = extended(path, xml->str);
    struct scn *scn = text ? scn_load_text(path, text, strlen(text), &opts, NULL, errors) : NULL;
    g_free(text);
    g_string_free(xml, TRUE);
    g_ptr_array_free(sets, TRUE);
    return scn;
}

static char *path_of(const char *name)
{
    char *path = g_strdup_printf("%s/tests/data/flow/%s.xml", IMSSIM_TEST_SRCDIR, name);
    if (g_file_test(path, G_FILE_TEST_EXISTS))
        return path;
    g_free(path);
    return g_strdup_printf("%s/scenarios/%s.xml", IMSSIM_TEST_SRCDIR, name);
}

struct play *play_ready_with(const char *name, const char *const *changes)
{
    struct play *p = g_new0(struct play, 1);
    GPtrArray *errors = g_ptr_array_new_with_free_func(g_free);
    char *path = path_of(name);
    registry_init();
    p->scn = load(path, changes, errors);
    if (p->scn) {
        struct world_opts opts = {.seed = p->scn->run.seed, .record_every = 1};
        p->world = world_new(p->scn, &opts, errors);
    }
    for (guint i = 0; i < errors->len; i++)
        printf("\n%s", (const char *)g_ptr_array_index(errors, i));
    g_ptr_array_free(errors, TRUE);
    g_free(path);
    if (!p->world) {
        CU_FAIL("the scenario does not load");
        scn_free(p->scn);
        g_free(p);
        return NULL;
    }
    p->hops = g_array_new(FALSE, TRUE, sizeof(struct hop));
    p->moments = g_array_new(FALSE, TRUE, sizeof(struct moment));
    trace_add_sink(p->world->sim, 1u << TRACE_MSG | 1u << TRACE_MARK, false, sink, p);
    p->check = check_new(p->world->net, p->world->sip);
    check_watch(p->check);
    return p;
}

struct play *play_with(const char *name, const char *const *changes)
{
    struct play *p = play_ready_with(name, changes);
    if (p)
        play_until(p, SIM_NEVER);
    return p;
}

static GPtrArray *listed(va_list args)
{
    GPtrArray *changes = g_ptr_array_new();
    char *change;
    while ((change = va_arg(args, char *)))
        g_ptr_array_add(changes, change);
    g_ptr_array_add(changes, NULL);
    return changes;
}

struct play *play_ready(const char *name, ...)
{
    va_list args;
    va_start(args, name);
    GPtrArray *changes = listed(args);
    va_end(args);
    struct play *p = play_ready_with(name, (const char *const *)changes->pdata);
    g_ptr_array_free(changes, TRUE);
    return p;
}

struct play *play(const char *name, ...)
{
    va_list args;
    va_start(args, name);
    GPtrArray *changes = listed(args);
    va_end(args);
    struct play *p = play_with(name, (const char *const *)changes->pdata);
    g_ptr_array_free(changes, TRUE);
    return p;
}

void play_until(struct play *p, sim_time until)
{
    p->end = world_run(p->world, until);
    check_now(p->check, G_MAXUINT);
}

void play_let_go(struct play *p)
{
    for (guint i = 0; i < p->hops->len; i++) {
        struct hop *h = &g_array_index(p->hops, struct hop, i);
        if (h->msg)
            msg_unref(p->world->net, (struct msg *)h->msg);
        h->msg = NULL;
        h->sip = NULL;
    }
}

void play_free(struct play *p)
{
    if (!p)
        return;
    play_let_go(p);
    world_free(p->world);
    check_free(p->check);
    scn_free(p->scn);
    g_array_free(p->hops, TRUE);
    g_array_free(p->moments, TRUE);
    g_free(p);
}

/* ---- what happened ---------------------------------------------------------------------------------------
 */

bool hop_is(const struct hop *h, const char *type, const char *from, const char *to)
{
    return (!type || strcmp(h->type, type) == 0) && (!from || strcmp(h->from, from) == 0) &&
           (!to || strcmp(h->to, to) == 0);
}

const struct hop *play_nth(const struct play *p, const char *type, const char *from, unsigned n)
{
    static const struct hop none = {
        .sent = -1, .arrival = -1, .type = "none", .from = "", .to = "", .iface = ""};
    unsigned left = n;
    for (guint i = 0; i < p->hops->len; i++)
        if (hop_is(play_hop(p, i), type, from, NULL) && !play_hop(p, i)->copy && --left == 0)
            return play_hop(p, i);
    printf("\nno transmission %u of %s from %s", n, type ? type : "any", from ? from : "any");
    CU_FAIL("a message was not sent");
    return &none;
}

unsigned play_count(const struct play *p, const char *type, const char *from, const char *to)
{
    unsigned n = 0;
    for (guint i = 0; i < p->hops->len; i++)
        n += hop_is(play_hop(p, i), type, from, to) && !play_hop(p, i)->copy;
    return n;
}

static const struct moment *first_moment(const struct play *p, enum mark_id id)
{
    for (guint i = 0; i < p->moments->len; i++)
        if (play_moment(p, i)->id == id)
            return play_moment(p, i);
    return NULL;
}

sim_time play_when(const struct play *p, enum mark_id id)
{
    const struct moment *m = first_moment(p, id);
    return m ? m->time : SIM_NEVER;
}

int64_t play_value(const struct play *p, enum mark_id id)
{
    const struct moment *m = first_moment(p, id);
    return m ? m->value : -1;
}

unsigned play_moments(const struct play *p, enum mark_id id)
{
    unsigned n = 0;
    for (guint i = 0; i < p->moments->len; i++)
        n += play_moment(p, i)->id == id;
    return n;
}

/* A step of the standard flows: SIP, no 100, drawn as an arrow. */
static bool is_step(const struct hop *h)
{
    return h->sip && h->sip->status != 100 && !h->copy && h->outcome != OUTCOME_INTERNAL;
}

unsigned play_steps(const struct play *p)
{
    unsigned n = 0;
    for (guint i = 0; i < p->hops->len; i++)
        n += is_step(play_hop(p, i));
    return n;
}

GPtrArray *play_in_message_order(const struct play *p)
{
    GPtrArray *order = g_ptr_array_new();
    bool *told = g_new0(bool, p->hops->len + 1);
    for (guint i = 0; i < p->hops->len; i++) {
        const struct hop *first = play_hop(p, i);
        if (told[i] || !is_step(first))
            continue;
        uint64_t id = sip_proto.end_to_end(first->msg);
        g_ptr_array_add(order, (gpointer)first);
        for (guint k = i + 1; id && k < p->hops->len; k++)
            if (is_step(play_hop(p, k)) && sip_proto.end_to_end(play_hop(p, k)->msg) == id) {
                g_ptr_array_add(order, (gpointer)play_hop(p, k));
                told[k] = true;
            }
    }
    g_free(told);
    return order;
}

char *play_story(const struct play *p)
{
    GString *story = g_string_new(NULL);
    GPtrArray *order = play_in_message_order(p);
    uint64_t last = 0;
    for (guint i = 0; i < order->len; i++) {
        const struct hop *h = g_ptr_array_index(order, i);
        uint64_t id = sip_proto.end_to_end(h->msg);
        if (id && id == last)
            continue;
        last = id;
        g_string_append_printf(story, "%s%s%s%s", story->len ? ", " : "", h->type, h->oa[0] ? " " : "",
                               h->oa);
    }
    g_ptr_array_free(order, TRUE);
    return g_string_free(story, FALSE);
}

char *hop_text(const struct play *p, const struct hop *h)
{
    GString *text = g_string_new(NULL);
    p->world->net->protos[h->msg->proto]->render(p->world->net, h->msg, text);
    return g_string_free(text, FALSE);
}

char *play_transcript(const struct play *p)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < p->hops->len; i++) {
        const struct hop *h = play_hop(p, i);
        char *wire = hop_text(p, h);
        g_string_append_printf(text,
                               "%" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %s %s %s > %s %d %u %s %s\n%s\n",
                               h->sent, h->arrival, h->iface, h->type, h->from, h->to, h->outcome, h->nth,
                               h->oa, h->clause ? h->clause : "", wire);
        g_free(wire);
    }
    for (guint i = 0; i < p->moments->len; i++) {
        const struct moment *m = play_moment(p, i);
        g_string_append_printf(text, "%" G_GINT64_FORMAT " %s %s %" G_GINT64_FORMAT "\n", m->time, m->node,
                               mark_table[m->id].name, m->value);
    }
    return g_string_free(text, FALSE);
}
