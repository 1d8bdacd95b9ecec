/* dns_client.c - a DNS query and its repetition (see dns_client.h).
 *
 *   query -> | the same again each time timer dns.retry runs out | <- answer: passed up
 *                                                                | timer dns.give-up: no answer
 *
 * SIMPLIFIED: one server, which knows all (no referrals); no TCP, since the answers are short. */
#include "models/proto/dns/dns_client_int.h"

struct query {
    uint32_t id; /* first member; that of the message */
    struct fsm fsm;
    struct dns_clients *clients;
    struct node *server;
    struct dns_msg *m;
    dns_answered then;
    uint64_t user;
};

enum { DQ_END, DQ_WAIT, DQ_STATES };
static const char *const states[] = {"end", "wait for answer"};
enum { DQ_ASK, DQ_RX_ANSWER, DQ_TMR_RETRY, DQ_TMR_GIVE_UP, DQ_CANCEL, DQ_EVENTS };
static const char *const events[] = {"question", "answer", "timer dns.retry", "timer dns.give-up", "not wanted"};
enum { T_RETRY, T_GIVE_UP };

static struct query *query_of(struct fsm *f)
{
    return (struct query *)(void *)((char *)f - offsetof(struct query, fsm));
}

static void send(struct query *q)
{
    fsm_timer_start(&q->fsm, T_RETRY, q->clients->timer[TIMER_DNS_RETRY]);
    node_send(q->fsm.node, q->server, IFACE_DNS, msg_ref(&q->m->m));
}

static bool ask(struct fsm *f, const void *arg)
{
    struct query *q = query_of(f);
    (void)arg;
    fsm_timer_start(f, T_GIVE_UP, q->clients->timer[TIMER_DNS_GIVE_UP]);
    send(q);
    return true;
}

static bool repeat(struct fsm *f, const void *arg)
{
    (void)arg;
    send(query_of(f));
    return true;
}

static bool pass_up(struct fsm *f, const void *arg)
{
    struct query *q = query_of(f);
    q->then(f->node, q->user, arg);
    return true;
}

static const struct fsm_row rows[] = {
    /*  in       on              if    do       then     on failure  clause           */
    ROW(DQ_END,  DQ_ASK,         NULL, ask,     DQ_WAIT, DQ_END,     "RFC 1035 7.1"),
    ROW(DQ_WAIT, DQ_RX_ANSWER,   NULL, pass_up, DQ_END,  DQ_END,     "RFC 1035 7.3"),
    ROW(DQ_WAIT, DQ_TMR_RETRY,   NULL, repeat,  DQ_WAIT, DQ_END,     "RFC 1035 4.2.1"),
    ROW(DQ_WAIT, DQ_TMR_GIVE_UP, NULL, pass_up, DQ_END,  DQ_END,     "RFC 1035 7.2"),
    ROW(DQ_WAIT, DQ_CANCEL,      NULL, NULL,    DQ_END,  DQ_END,     "RFC 1035 7"),
};
static const struct fsm_timer timers[] = {
    [T_RETRY] = {"dns.retry", DQ_TMR_RETRY, 0, FSM_IN(DQ_WAIT)},
    [T_GIVE_UP] = {"dns.give-up", DQ_TMR_GIVE_UP, 1, FSM_IN(DQ_WAIT)},
};

static void ended(struct fsm *f)
{
    struct query *q = query_of(f);
    msg_unref(f->node->net, &q->m->m);
    ctx_free(&q->clients->queries, q);
}

struct fsm_def dns_client_def = {
    .name = "dns-client",
    .title = "A DNS query (RFC 1035 7)",
    .state_names = states,
    .nstates = DQ_STATES,
    .event_names = events,
    .nevents = DQ_EVENTS,
    .rows = rows,
    .nrows = G_N_ELEMENTS(rows),
    .timers = timers,
    .ntimers = G_N_ELEMENTS(timers),
    .policy = FSM_IGNORE,
    .ended = ended,
    .plumbing = true,
};

uint32_t dns_ask(struct dns_clients *c, struct node *n, struct node *server, enum dns_type type, struct ie_dns_name name,
             dns_answered then, uint64_t user)
{
    struct query *q = ctx_new(&c->queries);
    fsm_start(&q->fsm, &dns_client_def, n);
    q->clients = c;
    q->server = server;
    q->m = dns_query(c->dns, type, name, q->id);
    q->then = then;
    q->user = user;
    uint32_t id = q->id;
    fsm_event(&q->fsm, DQ_ASK, NULL);
    return id;
}

void dns_cancel(struct dns_clients *c, uint32_t id)
{
    struct query *q = ctx_find(&c->queries, id);
    if (q)
        fsm_event(&q->fsm, DQ_CANCEL, NULL);
}

bool dns_client_rx(struct dns_clients *c, const struct msg *base)
{
    if (base->proto != c->dns->proto || dns_is_query(base->type))
        return false;
    const struct dns_msg *m = (const struct dns_msg *)base;
    struct query *q = ctx_find(&c->queries, m->id);
    if (q)
        fsm_event(&q->fsm, DQ_RX_ANSWER, m);
    return true;
}

struct dns_clients *dns_clients_new(struct dns_stack *dns, const sim_time *timer)
{
    struct dns_clients *c = g_new0(struct dns_clients, 1);
    fsm_init(&dns_client_def);
    c->dns = dns;
    c->timer = timer;
    ctx_pool_init(&c->queries, sizeof(struct query));
    dns_resolve_init(c);
    return c;
}

void dns_clients_free(struct dns_clients *c)
{
    ctx_pool_clear(&c->queries);
    ctx_pool_clear(&c->resolutions);
    g_free(c);
}

size_t dns_queries(const struct dns_clients *c)
{
    return ctx_count(&c->queries) + ctx_count(&c->resolutions);
}
