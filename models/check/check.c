/* check.c - standing invariants: messages, waiting, and which phones to compare (see check.h). */
#include "models/check/check_int.h"

#include "models/proto/gtp/gtp.h"
#include "models/proto/rrc/rrc.h"
#include "models/proto/sip/sip_txn.h"
#include "models/ue/ue.h"

#include <inttypes.h>

#define MAX_SAID 20

void check_say(struct check *c, const char *format, ...)
{
    sim_time now = c->net->sim->now;
    va_list args;

    if (c->broken->len >= MAX_SAID)
        return;
    va_start(args, format);
    char *text = g_strdup_vprintf(format, args);
    va_end(args);
    g_ptr_array_add(c->broken,
                    g_strdup_printf("at %" PRId64 ".%09d s: %s", now / SIM_S, (int)(now % SIM_S), text));
    g_free(text);
}

struct check *check_new(struct net *net, const struct sip_stack *sip)
{
    struct check *c = g_new0(struct check, 1);

    c->net = net;
    c->sip = sip;
    c->broken = g_ptr_array_new_with_free_func(g_free);
    c->phones = g_ptr_array_new();
    for (guint i = 0; net->model && i < net->nodes->len; i++) {
        struct node *n = net_node(net, i);
        if ((n->kinds & KIND_UE) && ue_access_of(n))
            g_ptr_array_add(c->phones, n);
    }
    check_find_servers(c);
    return c;
}

void check_free(struct check *c)
{
    if (!c)
        return;
    if (c->answers)
        check_answers_free(c->answers);
    g_ptr_array_free(c->broken, TRUE);
    g_ptr_array_free(c->phones, TRUE);
    for (int r = 0; r < ROLE_COUNT; r++)
        g_ptr_array_free(c->serving[r], TRUE);
    g_free(c);
}

void check_watch(struct check *c)
{
    if (!c->answers)
        c->answers = check_answers_new(c->net);
}

const GPtrArray *check_broken(const struct check *c)
{
    return c->broken;
}

uint64_t check_compared(const struct check *c)
{
    return c->compared;
}

/* ---- messages --------------------------------------------------------------------------------------- */

static void check_conservation(struct check *c)
{
    for (uint16_t i = 0; i < c->net->nifaces; i++) {
        const struct net_tally *t = &c->net->tally[i];
        uint64_t in = t->sent + t->duplicated, out = t->delivered + t->lost + t->dropped + t->in_flight;
        if (in != out)
            check_say(c,
                      "%s: messages are not conserved: %" PRIu64 " sent and %" PRIu64
                      " duplicated, but %" PRIu64 " delivered, %" PRIu64 " lost, %" PRIu64
                      " dropped and %" PRIu64 " in flight",
                      c->net->ifaces[i].name, t->sent, t->duplicated, t->delivered, t->lost, t->dropped,
                      t->in_flight);
    }
}

static void check_waiting(struct check *c, bool idle)
{
    const char *broken = sim_broken(c->net->sim);

    if (broken)
        g_ptr_array_add(c->broken, g_strdup(broken));
    if (idle && sip_txn_count(c->sip))
        check_say(c, "nothing is left to do, but %zu SIP transactions wait for something",
                  sip_txn_count(c->sip));
    for (uint16_t i = 0; idle && i < c->net->nifaces; i++)
        if (c->net->tally[i].in_flight)
            check_say(c, "nothing is left to do, but %" PRIu64 " messages are on their way over %s",
                      c->net->tally[i].in_flight, c->net->ifaces[i].name);
}

/* ---- phones ----------------------------------------------------------------------------------------- */

/* Whether a loss here may leave nodes with different pictures of a phone. */
static bool is_signalling(const struct net *net, uint16_t iface, int proto, uint16_t type)
{
    switch (iface) {
    case IFACE_UU:
        return net->protos[proto] != &rrc_proto || type != RRC_data;
    case IFACE_S11:
    case IFACE_S5:
        return net->protos[proto] != &gtp_proto || type != GTP_g_pdu;
    case IFACE_S1_MME:
    case IFACE_S6A:
    case IFACE_GX:
    case IFACE_RX:
        return true;
    default:
        return false;
    }
}

const char *check_excused(const struct check *c)
{
    const struct net *net = c->net;

    for (uint16_t i = 0; i < net->nifaces; i++)
        for (int p = 0; p < net->nprotos; p++)
            for (uint16_t t = 0; t < net->protos[p]->ntypes; t++)
                if (net->counts[p][i * net->protos[p]->ntypes + t].failed && is_signalling(net, i, p, t))
                    return "signalling between phones, access and core was lost";
    return NULL;
}

static void check_phones(struct check *c, unsigned phones)
{
    guint all = c->phones->len, n = MIN(phones, all);

    if (n == 0 || check_excused(c))
        return;
    for (guint i = 0; i < n; i++, c->next = (c->next + 1) % all)
        check_phone(c, g_ptr_array_index(c->phones, c->next));
}

bool check_one(struct check *c, const struct node *phone)
{
    uint64_t compared = c->compared;
    guint broken = c->broken->len;

    check_phone(c, phone);
    return c->compared > compared && c->broken->len == broken;
}

/* ---- all -------------------------------------------------------------------------------------------- */

static bool check_all(struct check *c, bool idle, unsigned phones)
{
    check_conservation(c);
    check_waiting(c, idle);
    check_phones(c, phones);
    return c->broken->len == 0;
}

bool check_now(struct check *c, unsigned phones)
{
    return check_all(c, false, phones);
}

bool check_end(struct check *c, bool idle, unsigned phones)
{
    if (c->answers)
        check_answers_end(c, idle);
    return check_all(c, idle, phones);
}
