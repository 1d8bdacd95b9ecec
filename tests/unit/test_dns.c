/* test_dns.c - DNS messages, telephone numbers that count up, the server, and who asks it. */
#include "models/dns/dns_server.h"
#include "models/epc.h"
#include "models/proto/dns/dns_resolve.h"

#include <CUnit/CUnit.h>

#include <stdio.h>
#include <string.h>

#define HOP  SIM_MS
#define TTL  300
#define USER 7

/* An asker and a server. */
struct rig {
    struct sim *sim;
    struct net *net;
    struct sip_stack *sip;
    struct dns_stack *dns;
    struct dns_clients *clients;
    struct node *asker, *server;
    uint32_t home, other, icscf, alice, bob;
    struct dns_msg *answer; /* the last one */
    unsigned answers, silences;
    uint64_t user;
    sim_time heard;
};

static void answered(struct node *n, uint64_t user, const struct dns_msg *m)
{
    struct rig *r = n->self;
    if (r->answer)
        msg_unref(r->net, &r->answer->m);
    r->answer = m ? msg_ref((void *)(uintptr_t)m) : NULL;
    r->user = user;
    r->answers += m != NULL;
    r->silences += m == NULL;
    r->heard = n->sim->now;
}

static void rx(struct node *n, struct msg *m, struct node *from, uint16_t iface)
{
    struct rig *r = n->self;
    CU_ASSERT_PTR_EQUAL(from, r->server);
    CU_ASSERT_EQUAL(iface, IFACE_DNS);
    CU_ASSERT_TRUE(dns_client_rx(r->clients, m));
}

static const struct link_cfg *link_of(void *user, uint16_t iface, const struct node *from,
                                      const struct node *to)
{
    static struct link_cfg cfg;
    (void)user;
    (void)iface;
    (void)from;
    (void)to;
    cfg = (struct link_cfg){.latency = dist_const(HOP), .up = true};
    return &cfg;
}

static struct rig *rig_new(void)
{
    struct rig *r = g_new0(struct rig, 1);
    sim_time timers[TIMER_COUNT];
    for (unsigned i = 0; i < TIMER_COUNT; i++)
        timers[i] = -1;
    timers_resolve(timers);
    r->sim = sim_new(&(struct sim_opts){.seed = 1});
    r->net = net_new(r->sim, iface_table, IFACE_COUNT);
    r->net->link_cfg = link_of;
    r->sip = sip_stack_new(r->net, timers);
    r->dns = dns_stack_new(r->net, r->sip);
    r->clients = dns_clients_new(r->dns, r->sip->timer);
    r->asker = net_add_node(r->net, "S-CSCF1", KIND_S_CSCF);
    r->server = net_add_node(r->net, "DNS1", KIND_DNS);
    struct node *icscf = net_add_node(r->net, "I-CSCF1", KIND_I_CSCF);
    r->icscf = sip_add_host(r->sip, "icscf1.home1.net", icscf);
    r->home = sip_add_host(r->sip, "home1.net", icscf);
    r->other = sip_add_host(r->sip, "nowhere.net", NULL);
    struct sip_party alice = {
        .user = "alice", .domain = r->home, .address = "10.1.0.1", .port = 5060, .tel = "+44 1632-960-099"};
    r->alice = sip_add_party(r->sip, &alice);
    alice.user = "bob";
    alice.tel_plus = 1;
    r->bob = sip_add_party(r->sip, &alice);
    dns_server_new(r->dns, r->sip, r->server, TTL);
    dns_server_add_service(r->server, r->home, r->icscf);
    dns_server_add_number(r->server, r->bob);
    r->asker->self = r;
    r->asker->rx = rx;
    return r;
}

static void rig_free(struct rig *r)
{
    sim_run(r->sim, SIM_NEVER);
    if (r->answer)
        msg_unref(r->net, &r->answer->m);
    CU_ASSERT_EQUAL(dns_queries(r->clients), 0);
    CU_ASSERT_EQUAL(ie_stack_count(&r->dns->ie), 0);
    dns_server_free(r->server);
    dns_clients_free(r->clients);
    net_free(r->net);
    dns_stack_free(r->dns);
    sip_stack_free(r->sip);
    sim_free(r->sim);
    g_free(r);
}

static const struct dns_msg *ask(struct rig *r, enum dns_type type, struct ie_dns_name name)
{
    dns_ask(r->clients, r->asker, r->server, type, name, answered, USER);
    sim_run(r->sim, r->sim->now + 3 * HOP);
    CU_ASSERT_PTR_NOT_NULL_FATAL(r->answer);
    CU_ASSERT_EQUAL(r->user, USER);
    CU_ASSERT_EQUAL(r->answer->m.type, type + 1);
    return r->answer;
}

static struct ie_dns_name name(uint8_t kind, uint32_t id)
{
    return (struct ie_dns_name){.kind = kind, .id = id};
}

/* ---- telephone numbers -------------------------------------------------------------------------------- */

static void assert_number(const char *tel, uint32_t plus, const char *wanted, const char *digits)
{
    struct sip_party p = {.tel = tel, .tel_plus = plus};
    char buf[SIP_TEL_MAX + 1];
    buf[sip_tel(&p, buf)] = '\0';
    CU_ASSERT_STRING_EQUAL(buf, wanted);
    buf[sip_tel_digits(&p, buf)] = '\0';
    CU_ASSERT_STRING_EQUAL(buf, digits);
}

/* Each phone of a group has the next number, written as the first one is. */
void test_dns_numbers_count_up(void)
{
    assert_number(NULL, 5, "", "");
    assert_number("+1-555-0100-001", 0, "+1-555-0100-001", "15550100001");
    assert_number("+1-555-0100-001", 1, "+1-555-0100-002", "15550100002");
    assert_number("+1-555-0100-999", 1, "+1-555-0101-000", "15550101000");
    assert_number("+1(555)9.9", 1, "+1(556)0.0", "155600");
    assert_number("+1-555-0100-001", 1000000, "+1-555-1100-001", "15551100001");
    assert_number("+19", 81, "+00", "00"); /* does not fit: the loader refuses it */
}

static void assert_name(const struct rig *r, struct ie_dns_name n, const char *wanted)
{
    GString *text = g_string_new(NULL);
    dns_put_name(r->sip, n, text);
    CU_ASSERT_STRING_EQUAL(text->str, wanted);
    g_string_free(text, TRUE);
}

/* RFC 6116 3.2: the digits, reversed, in e164.arpa. */
void test_dns_names(void)
{
    struct rig *r = rig_new();
    assert_name(r, name(DNS_NAME_HOST, r->home), "home1.net");
    assert_name(r, name(DNS_NAME_SIP_UDP, r->home), "_sip._udp.home1.net");
    assert_name(r, name(DNS_NAME_E164, r->alice), "9.9.0.0.6.9.2.3.6.1.4.4.e164.arpa");
    assert_name(r, name(DNS_NAME_E164, r->bob), "0.0.1.0.6.9.2.3.6.1.4.4.e164.arpa");
    rig_free(r);
}

/* ---- sizes, against an encoder of the test's ------------------------------------------------------------
 */

/* Labels with a length in front, an empty one at the end (RFC 1035 3.1). */
static void put_labels(GByteArray *out, const char *text)
{
    char **labels = g_strsplit(text, ".", -1);
    for (char **l = labels; *l; l++) {
        uint8_t n = (uint8_t)strlen(*l);
        g_byte_array_append(out, &n, 1);
        g_byte_array_append(out, (const guint8 *)*l, n);
    }
    g_byte_array_append(out, (const guint8 *)"", 1);
    g_strfreev(labels);
}

static void put_number(GByteArray *out, uint32_t value, unsigned bytes)
{
    while (bytes--) {
        uint8_t b = (uint8_t)(value >> 8 * bytes);
        g_byte_array_append(out, &b, 1);
    }
}

static void put_string(GByteArray *out, const char *text)
{
    put_number(out, (uint32_t)strlen(text), 1);
    g_byte_array_append(out, (const guint8 *)text, (guint)strlen(text));
}

/* Header and question. */
static GByteArray *begin(const struct dns_msg *m, const char *question, uint16_t type, unsigned answers)
{
    GByteArray *out = g_byte_array_new();
    put_number(out, m->id & 0xffff, 2);
    put_number(out, 0x0100u | m->rcode, 2);
    put_number(out, 1, 2);
    put_number(out, answers, 2);
    put_number(out, 0, 4);
    put_labels(out, question);
    put_number(out, type, 2);
    put_number(out, 1, 2);
    return out;
}

/* The record: pointer to the question's name, type, class, TTL, length, data. */
static void put_record(GByteArray *out, uint16_t type, GByteArray *data)
{
    put_number(out, 0xc00c, 2);
    put_number(out, type, 2);
    put_number(out, 1, 2);
    put_number(out, TTL, 4);
    put_number(out, data->len, 2);
    g_byte_array_append(out, data->data, data->len);
    g_byte_array_free(data, TRUE);
}

static void assert_size(const struct dns_msg *m, GByteArray *wire)
{
    CU_ASSERT_EQUAL(m->m.size, wire->len);
    g_byte_array_free(wire, TRUE);
}

void test_dns_sizes(void)
{
    struct rig *r = rig_new();
    static const char number[] = "0.0.1.0.6.9.2.3.6.1.4.4.e164.arpa";
    struct dns_msg *q = dns_query(r->dns, DNS_naptr_query, name(DNS_NAME_E164, r->bob), 9);
    assert_size(q, begin(q, number, 35, 0));
    msg_unref(r->net, &q->m);

    const struct dns_msg *m = ask(r, DNS_naptr_query, name(DNS_NAME_E164, r->bob));
    GByteArray *wire = begin(m, number, 35, 1), *data = g_byte_array_new();
    put_number(data, 100u << 16 | 10, 4);
    put_string(data, "u");
    put_string(data, "E2U+sip");
    put_string(data, "!^.*$!sip:bob@home1.net!");
    put_number(data, 0, 1); /* the root */
    put_record(wire, 35, data);
    assert_size(m, wire);

    m = ask(r, DNS_naptr_query, name(DNS_NAME_HOST, r->home));
    wire = begin(m, "home1.net", 35, 1);
    data = g_byte_array_new();
    put_number(data, 50u << 16 | 50, 4);
    put_string(data, "s");
    put_string(data, "SIP+D2U");
    put_string(data, "");
    put_labels(data, "_sip._udp.home1.net");
    put_record(wire, 35, data);
    assert_size(m, wire);

    m = ask(r, DNS_srv_query, name(DNS_NAME_SIP_UDP, r->home));
    wire = begin(m, "_sip._udp.home1.net", 33, 1);
    data = g_byte_array_new();
    put_number(data, 1, 4);
    put_number(data, 5060, 2);
    put_labels(data, "icscf1.home1.net");
    put_record(wire, 33, data);
    assert_size(m, wire);

    m = ask(r, DNS_a_query, name(DNS_NAME_HOST, r->icscf));
    wire = begin(m, "icscf1.home1.net", 1, 1);
    data = g_byte_array_new();
    put_number(data, 0, 4);
    put_record(wire, 1, data);
    assert_size(m, wire);

    m = ask(r, DNS_a_query, name(DNS_NAME_HOST, r->other));
    assert_size(m, begin(m, "nowhere.net", 1, 0));
    rig_free(r);
}

/* ---- the server ------------------------------------------------------------------------------------------
 */

void test_dns_server_answers(void)
{
    struct rig *r = rig_new();
    const struct dns_msg *m = ask(r, DNS_naptr_query, name(DNS_NAME_E164, r->bob));
    CU_ASSERT_EQUAL(m->rcode, DNS_NOERROR);
    CU_ASSERT_EQUAL(m->body.naptr_answer.record.party, r->bob);
    CU_ASSERT_EQUAL(m->body.naptr_answer.record.ttl, TTL);
    m = ask(r, DNS_naptr_query, name(DNS_NAME_HOST, r->home));
    CU_ASSERT_EQUAL(m->body.naptr_answer.record.service, DNS_SIP_D2U);
    CU_ASSERT_EQUAL(m->body.naptr_answer.record.replacement.kind, DNS_NAME_SIP_UDP);
    CU_ASSERT_EQUAL(m->body.naptr_answer.record.replacement.id, r->home);
    m = ask(r, DNS_srv_query, name(DNS_NAME_SIP_UDP, r->home));
    CU_ASSERT_EQUAL(m->body.srv_answer.record.target.id, r->icscf);
    CU_ASSERT_EQUAL(m->body.srv_answer.record.port, 5060);
    m = ask(r, DNS_a_query, name(DNS_NAME_HOST, r->icscf));
    CU_ASSERT_EQUAL(m->body.a_answer.record.address, epc_ip(sip_host(r->sip, r->icscf)->node));
    rig_free(r);
}

void test_dns_server_knows_no_such_name(void)
{
    struct rig *r = rig_new();
    const struct {
        enum dns_type type;
        struct ie_dns_name name;
    } cases[] = {
        {DNS_srv_query,   name(DNS_NAME_E164,    r->bob)  },
        {DNS_naptr_query, name(DNS_NAME_HOST,    r->other)},
        {DNS_naptr_query, name(DNS_NAME_HOST,    r->icscf)},
        {DNS_naptr_query, name(DNS_NAME_SIP_UDP, r->home) },
        {DNS_srv_query,   name(DNS_NAME_HOST,    r->home) },
        {DNS_srv_query,   name(DNS_NAME_SIP_UDP, r->other)},
        {DNS_a_query,     name(DNS_NAME_HOST,    r->other)},
        {DNS_a_query,     name(DNS_NAME_SIP_UDP, r->home) },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        CU_ASSERT_EQUAL(ask(r, cases[i].type, cases[i].name)->rcode, DNS_NXDOMAIN);
    }
    rig_free(r);
}

/* ---- who asks ---------------------------------------------------------------------------------------------
 */

static void fault(struct rig *r, enum fault_kind kind, const struct node *from, uint32_t count)
{
    struct fault f = {.kind = kind, .proto = -1, .type = -1, .twin = -1, .iface = -1, .nth = 1};
    f.from = from;
    f.count = count;
    g_array_append_val(r->net->faults, f);
}

/* Repeated each 2 s, given up after 6 s: three queries. */
void test_dns_client_repeats(void)
{
    for (uint32_t lost = 0; lost <= 3; lost++) {
        struct rig *r = rig_new();
        if (lost)
            fault(r, FAULT_DROP, r->asker, lost);
        else
            fault(r, FAULT_DROP, r->server, 1); /* the answer */
        dns_ask(r->clients, r->asker, r->server, DNS_a_query, name(DNS_NAME_HOST, r->icscf), answered, USER);
        CU_ASSERT_EQUAL(dns_queries(r->clients), 1);
        sim_run(r->sim, SIM_NEVER);
        CU_ASSERT_EQUAL(r->answers, lost < 3);
        CU_ASSERT_EQUAL(r->silences, lost == 3);
        CU_ASSERT_EQUAL(r->heard, lost == 3 ? 6 * SIM_S : MAX(lost, 1) * 2 * SIM_S + 2 * HOP);
        rig_free(r);
    }
}

/* The answer to the repetition finds nobody. */
void test_dns_client_hears_twice(void)
{
    struct rig *r = rig_new();
    fault(r, FAULT_DUPLICATE, r->asker, 1);
    ask(r, DNS_a_query, name(DNS_NAME_HOST, r->icscf));
    sim_run(r->sim, SIM_NEVER);
    CU_ASSERT_EQUAL(r->answers, 1);
    ask(r, DNS_a_query, name(DNS_NAME_HOST, r->icscf));
    CU_ASSERT_EQUAL(r->answers, 2);
    rig_free(r);
}

/* Two at a time: each hears its own. */
void test_dns_client_asks_twice(void)
{
    struct rig *r = rig_new();
    dns_ask(r->clients, r->asker, r->server, DNS_a_query, name(DNS_NAME_HOST, r->icscf), answered, 1);
    dns_ask(r->clients, r->asker, r->server, DNS_srv_query, name(DNS_NAME_SIP_UDP, r->home), answered, 2);
    CU_ASSERT_EQUAL(dns_queries(r->clients), 2);
    sim_run(r->sim, SIM_NEVER);
    CU_ASSERT_EQUAL(r->answers, 2);
    CU_ASSERT_TRUE(r->user == 2 && r->answer->m.type == DNS_srv_answer);
    rig_free(r);
}

/* ---- the SIP service of a name -----------------------------------------------------------------------------
 */

/* What resolutions have come to: the last one, and how many. */
struct resolved {
    struct dns_service s;
    unsigned count;
};

static void resolved(struct node *n, uint64_t user, const struct dns_service *s)
{
    struct resolved *r = (struct resolved *)(uintptr_t)user;
    (void)n;
    r->s = *s;
    r->count++;
}

static struct dns_service resolve(struct rig *r, uint32_t host)
{
    struct resolved out = {.count = 0};
    dns_resolve(r->clients, r->asker, r->server, host, resolved, (uintptr_t)&out);
    sim_run(r->sim, SIM_NEVER);
    CU_ASSERT_EQUAL(out.count, 1);
    CU_ASSERT_EQUAL(dns_queries(r->clients), 0);
    return out.s;
}

/* The target of its service; without one the name itself, if that has an address. */
void test_dns_resolve(void)
{
    struct rig *r = rig_new();
    struct dns_service s = resolve(r, r->home);
    CU_ASSERT_EQUAL(s.outcome, DNS_FOUND);
    CU_ASSERT_EQUAL(s.target, r->icscf);
    CU_ASSERT_EQUAL(s.address, epc_ip(sip_host(r->sip, r->icscf)->node));
    CU_ASSERT_EQUAL(s.ttl, TTL);
    CU_ASSERT_EQUAL(r->sim->now, 6 * HOP);
    s = resolve(r, r->icscf);
    CU_ASSERT_TRUE(s.outcome == DNS_FOUND && s.target == r->icscf && s.ttl == TTL);
    CU_ASSERT_EQUAL(resolve(r, r->other).outcome, DNS_NOT_FOUND);
    fault(r, FAULT_DROP, r->server, 3);
    CU_ASSERT_EQUAL(resolve(r, r->home).outcome, DNS_UNHEARD);
    rig_free(r);
}

/* Abandoned with each of the three questions on its way: nobody is told, and nothing is left. */
void test_dns_resolve_is_abandoned(void)
{
    for (int asked = 0; asked < 3; asked++) {
        struct rig *r = rig_new();
        struct resolved out = {.count = 0};
        uint32_t id = dns_resolve(r->clients, r->asker, r->server, r->home, resolved, (uintptr_t)&out);
        sim_run(r->sim, 2 * asked * HOP + 1);
        CU_ASSERT_EQUAL(dns_queries(r->clients), 2);
        dns_abandon(r->clients, id);
        CU_ASSERT_EQUAL(dns_queries(r->clients), 0);
        dns_abandon(r->clients, id);
        sim_run(r->sim, SIM_NEVER);
        CU_ASSERT_EQUAL(out.count, 0);
        rig_free(r);
    }
}
