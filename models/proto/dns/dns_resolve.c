/* dns_resolve.c - the SIP service of a name, in three questions (see dns_resolve.h).
 *
 *   NAPTR name -> | <- replacement, or none: _sip._udp.name | SRV -> | <- target, or none: the name itself |
 *   A -> | <- address: found, or not
 *   no answer at all: unheard
 *
 * SIMPLIFIED: UDP alone, and the one target that dns_sip.c names. */
#include "models/proto/dns/dns_resolve.h"

#include "models/proto/dns/dns_client_int.h"

struct resolution {
    uint32_t id; /* first member */
    struct fsm fsm;
    struct dns_clients *clients;
    struct node *server;
    uint32_t query; /* that waits */
    uint32_t host;  /* whose service is looked for */
    struct dns_service found;
    dns_resolved then;
    uint64_t user;
};

enum { DR_END, DR_ASKING_NAPTR, DR_ASKING_SRV, DR_ASKING_A, DR_STATES };
static const char *const states[] = {"end", "asking NAPTR", "asking SRV", "asking A"};
enum { DR_ASK, DR_RX_ANSWER, DR_NO_ANSWER, DR_ABANDON, DR_EVENTS };
static const char *const events[] = {"name", "answer", "no answer", "not wanted"};

static struct resolution *resolution_of(const struct fsm *f)
{
    return (struct resolution *)(void *)((char *)(uintptr_t)f - offsetof(struct resolution, fsm));
}

/* A resolution stays where it is, and no query of it outlives it. */
static void answered(struct node *n, uint64_t user, const struct dns_msg *m)
{
    struct resolution *r = (struct resolution *)(uintptr_t)user;
    (void)n;
    fsm_event(&r->fsm, m ? DR_RX_ANSWER : DR_NO_ANSWER, m);
}

static bool ask(struct resolution *r, enum dns_type type, struct ie_dns_name name)
{
    r->query = dns_ask(r->clients, r->fsm.node, r->server, type, name, answered, (uintptr_t)r);
    return true;
}

static void note_ttl(struct resolution *r, uint32_t ttl)
{
    r->found.ttl = MIN(r->found.ttl, ttl);
}

static bool is_found(const struct fsm *f, const void *arg)
{
    (void)f;
    return ((const struct dns_msg *)arg)->rcode == DNS_NOERROR;
}

static bool ask_naptr(struct fsm *f, const void *arg)
{
    struct resolution *r = resolution_of(f);
    (void)arg;
    r->found.ttl = UINT32_MAX;
    return ask(r, DNS_naptr_query, (struct ie_dns_name){.kind = DNS_NAME_HOST, .id = r->host});
}

static bool ask_replacement(struct fsm *f, const void *arg)
{
    const struct ie_naptr *record = &dns_body((const struct dns_msg *)arg, naptr_answer)->record;
    note_ttl(resolution_of(f), record->ttl);
    return ask(resolution_of(f), DNS_srv_query, record->replacement);
}

static bool ask_service(struct fsm *f, const void *arg)
{
    (void)arg;
    return ask(resolution_of(f), DNS_srv_query,
               (struct ie_dns_name){.kind = DNS_NAME_SIP_UDP, .id = resolution_of(f)->host});
}

static bool ask_target(struct fsm *f, const void *arg)
{
    struct resolution *r = resolution_of(f);
    const struct ie_srv *record = &dns_body((const struct dns_msg *)arg, srv_answer)->record;
    note_ttl(r, record->ttl);
    r->found.target = record->target.id;
    return ask(r, DNS_a_query, record->target);
}

static bool ask_itself(struct fsm *f, const void *arg)
{
    struct resolution *r = resolution_of(f);
    (void)arg;
    r->found.target = r->host;
    return ask(r, DNS_a_query, (struct ie_dns_name){.kind = DNS_NAME_HOST, .id = r->host});
}

static bool tell(struct resolution *r, enum dns_outcome outcome)
{
    r->found.outcome = (uint8_t)outcome;
    r->then(r->fsm.node, r->user, &r->found);
    return true;
}

static bool found(struct fsm *f, const void *arg)
{
    struct resolution *r = resolution_of(f);
    const struct ie_dns_a *record = &dns_body((const struct dns_msg *)arg, a_answer)->record;
    note_ttl(r, record->ttl);
    r->found.address = record->address;
    return tell(r, DNS_FOUND);
}

static bool not_found(struct fsm *f, const void *arg)
{
    (void)arg;
    return tell(resolution_of(f), DNS_NOT_FOUND);
}

static bool unheard(struct fsm *f, const void *arg)
{
    (void)arg;
    return tell(resolution_of(f), DNS_UNHEARD);
}

static bool cancel(struct fsm *f, const void *arg)
{
    (void)arg;
    dns_cancel(resolution_of(f)->clients, resolution_of(f)->query);
    return true;
}

/* clang-format off */
static const struct fsm_row rows[] = {
    /*  in               on            if        do               then             on failure  clause         */
    ROW(DR_END,          DR_ASK,       NULL,     ask_naptr,       DR_ASKING_NAPTR, DR_END,     "RFC 3263 4.1"),
    ROW(DR_ASKING_NAPTR, DR_RX_ANSWER, is_found, ask_replacement, DR_ASKING_SRV,   DR_END,     "RFC 3263 4.1"),
    ROW(DR_ASKING_NAPTR, DR_RX_ANSWER, NULL,     ask_service,     DR_ASKING_SRV,   DR_END,     "RFC 3263 4.1"),
    ROW(DR_ASKING_SRV,   DR_RX_ANSWER, is_found, ask_target,      DR_ASKING_A,     DR_END,     "RFC 3263 4.2"),
    ROW(DR_ASKING_SRV,   DR_RX_ANSWER, NULL,     ask_itself,      DR_ASKING_A,     DR_END,     "RFC 3263 4.2"),
    ROW(DR_ASKING_A,     DR_RX_ANSWER, is_found, found,           DR_END,          DR_END,     "RFC 3263 4.2"),
    ROW(DR_ASKING_A,     DR_RX_ANSWER, NULL,     not_found,       DR_END,          DR_END,     "RFC 3263 4.2"),
    ROW(DR_ASKING_NAPTR, DR_NO_ANSWER, NULL,     unheard,         DR_END,          DR_END,     "RFC 1035 7.2"),
    ROW(DR_ASKING_SRV,   DR_NO_ANSWER, NULL,     unheard,         DR_END,          DR_END,     "RFC 1035 7.2"),
    ROW(DR_ASKING_A,     DR_NO_ANSWER, NULL,     unheard,         DR_END,          DR_END,     "RFC 1035 7.2"),
    ROW(DR_ASKING_NAPTR, DR_ABANDON,   NULL,     cancel,          DR_END,          DR_END,     "RFC 1035 7"),
    ROW(DR_ASKING_SRV,   DR_ABANDON,   NULL,     cancel,          DR_END,          DR_END,     "RFC 1035 7"),
    ROW(DR_ASKING_A,     DR_ABANDON,   NULL,     cancel,          DR_END,          DR_END,     "RFC 1035 7"),
};
/* clang-format on */

static void ended(struct fsm *f)
{
    struct resolution *r = resolution_of(f);
    ctx_free(&r->clients->resolutions, r);
}

struct fsm_def dns_resolve_def = {
    .name = "dns-resolve",
    .title = "The SIP service of a name, by DNS (RFC 3263 4)",
    .state_names = states,
    .nstates = DR_STATES,
    .event_names = events,
    .nevents = DR_EVENTS,
    .rows = rows,
    .nrows = G_N_ELEMENTS(rows),
    .policy = FSM_ASSERT,
    .ended = ended,
};

void dns_resolve_init(struct dns_clients *c)
{
    fsm_init(&dns_resolve_def);
    ctx_pool_init(&c->resolutions, sizeof(struct resolution));
}

uint32_t dns_resolve(struct dns_clients *c, struct node *n, struct node *server, uint32_t host,
                     dns_resolved then, uint64_t user)
{
    struct resolution *r = ctx_new(&c->resolutions);
    uint32_t id = r->id;
    fsm_start(&r->fsm, &dns_resolve_def, n);
    r->clients = c;
    r->server = server;
    r->host = host;
    r->then = then;
    r->user = user;
    fsm_event(&r->fsm, DR_ASK, NULL);
    return id;
}

void dns_abandon(struct dns_clients *c, uint32_t resolution)
{
    struct resolution *r = ctx_find(&c->resolutions, resolution);
    if (r)
        fsm_event(&r->fsm, DR_ABANDON, NULL);
}
