/* test_discovery.c - how a phone on LTE finds its P-CSCF: from the network in PCO, by DHCP (and DNS), or as
 * it is configured. */
#include "tests/flow/play.h"

#include "models/proto/dhcp/dhcp.h"
#include "models/proto/dns/dns.h"
#include "models/proto/gtp/gtp.h"
#include "models/ue/ue.h"

#include <CUnit/CUnit.h>

#include <string.h>

/* What the phone asks for in PCO, and what the P-GW answers: in the Create Session messages between S-GW and
 * P-GW. */
static const struct ie_pco *asked(const struct play *p, const char *sgw)
{
    const struct gtp_msg *m = (const struct gtp_msg *)play_nth(p, "Create Session Request", sgw, 1)->msg;
    const struct gtp_create_session_req *b = gtp_body(m, create_session_req);
    CU_ASSERT_TRUE(IE_HAS(b, pco));
    return &b->pco;
}

static const struct ie_pco *answered(const struct play *p, const char *pgw)
{
    const struct gtp_msg *m = (const struct gtp_msg *)play_nth(p, "Create Session Response", pgw, 1)->msg;
    const struct gtp_create_session_rsp *b = gtp_body(m, create_session_rsp);
    CU_ASSERT_TRUE(IE_HAS(b, pco));
    return &b->pco;
}

/* A phone abroad, whose configured P-CSCF is at home. */
#define ABROAD "registration-roaming", "group[UE-A].p-cscf=P-CSCF1"

void test_discovery_by_pco(void)
{
    struct play *p = play(ABROAD, NULL);
    CU_ASSERT_TRUE(asked(p, "S-GW2")->flags & PCO_P_CSCF);
    CU_ASSERT_EQUAL(answered(p, "P-GW2")->n_p_cscf, 1);
    CU_ASSERT_EQUAL(answered(p, "P-GW2")->p_cscf[0],
                    0x0a000000u | net_find_node(p->world->net, "P-CSCF2")->id);
    CU_ASSERT_EQUAL(play_count(p, "REGISTER", "UE-A", "P-CSCF2"), 3);
    CU_ASSERT_EQUAL(play_count(p, "REGISTER", "UE-A", "P-CSCF1"), 0);
    play_end(p);
}

/* The network has two: the configured one is taken if it is among them. */
void test_discovery_by_pco_of_several(void)
{
    static const char another[] = "<network id='home2'><node id='P-CSCF3' roles='P-CSCF' "
                                  "host='pcscf3.ims.operator2.example' pcrf='PCRF2'/></network>";
    struct play *p = play("registration-roaming", another, NULL);
    CU_ASSERT_EQUAL(answered(p, "P-GW2")->n_p_cscf, 2);
    CU_ASSERT_EQUAL(play_count(p, "REGISTER", "UE-A", "P-CSCF2"), 3);
    play_end(p);
    p = play("registration-roaming", another, "group[UE-A].p-cscf=P-CSCF3", NULL);
    CU_ASSERT_EQUAL(play_count(p, "REGISTER", "UE-A", "P-CSCF3"), 3);
    play_end(p);
}

void test_discovery_configured(void)
{
    struct play *p = play(ABROAD, "group[UE-A].discovery=configured", NULL);
    CU_ASSERT_FALSE(asked(p, "S-GW2")->flags & PCO_P_CSCF);
    CU_ASSERT_EQUAL(answered(p, "P-GW2")->n_p_cscf, 0);
    CU_ASSERT_EQUAL(play_count(p, "REGISTER", "UE-A", "P-CSCF1"), 3); /* through the P-GW abroad */
    CU_ASSERT_EQUAL(play_count(p, "REGISTER", "UE-A", "P-CSCF2"), 0);
    CU_ASSERT_TRUE(play_moments(p, MARK_REGISTERED) == 1 && play_moments(p, MARK_DEREGISTERED) == 1);
    play_end(p);

    /* Two phones at one eNB, each in its own way. */
    p = play("registration-roaming", "group[UE-A].enb=eNB1", "group[UE-A].p-cscf=P-CSCF2",
             "group[UE-A].discovery=configured", NULL);
    CU_ASSERT_FALSE(asked(p, "S-GW1")->flags & PCO_P_CSCF);
    CU_ASSERT_EQUAL(play_count(p, "REGISTER", "UE-A", "P-CSCF2"), 3);
    play_end(p);
    play_end(play("volte-call", "group[*].discovery=configured", NULL));
}

/* ---- DHCP -------------------------------------------------------------------------------------------------
 */

#define BY_DHCP "group[UE-A].discovery=dhcp"

/* The n-th DHCP message of this type that crosses S5, and when it was sent. */
static const struct dhcp_msg *dhcp(const struct play *p, enum dhcp_type type, unsigned n, sim_time *sent)
{
    for (guint i = 0; i < p->hops->len; i++) {
        const struct hop *h = play_hop(p, i);
        if (!hop_is(h, "G-PDU", NULL, NULL) || strcmp(h->iface, "S5") != 0)
            continue;
        const struct gtp_msg *g = (const struct gtp_msg *)h->msg;
        const struct msg *inner = gtp_body(g, g_pdu)->inner;
        if (p->world->net->protos[inner->proto] == &dhcp_proto && inner->type == type && --n == 0) {
            *sent = h->sent;
            return (const struct dhcp_msg *)inner;
        }
    }
    *sent = -1;
    return NULL;
}

/* From the phone's attach to its registration. */
static sim_time took(const struct play *p)
{
    sim_time at[2] = {-1, -1};
    for (guint i = 0; i < p->moments->len; i++) {
        const struct moment *m = play_moment(p, i);
        if (strcmp(m->node, "UE-A") == 0 && (m->id == MARK_ATTACHED || m->id == MARK_REGISTRATION_BEGUN))
            at[m->id == MARK_REGISTRATION_BEGUN] = m->time;
    }
    return at[1] - at[0];
}

/* Over the bearer to the P-GW and back, and no later than that the phone registers. */
void test_discovery_by_dhcp(void)
{
    struct play *p = play(ABROAD, BY_DHCP, NULL);
    sim_time asked_at, told_at, us = SIM_US, ms = SIM_MS;
    const struct dhcp_msg *inform = dhcp(p, DHCP_inform, 1, &asked_at), *ack = dhcp(p, DHCP_ack, 1, &told_at);
    CU_ASSERT_PTR_NOT_NULL_FATAL(inform);
    CU_ASSERT_PTR_NOT_NULL_FATAL(ack);
    CU_ASSERT_FALSE(asked(p, "S-GW2")->flags & PCO_P_CSCF);
    CU_ASSERT_EQUAL(ack->xid, inform->xid);
    CU_ASSERT_EQUAL(ack->client, inform->client);
    CU_ASSERT_EQUAL(inform->m.size, 236 + 4 + 3 + (2 + 2) + 1);
    CU_ASSERT_EQUAL(ack->m.size, 236 + 4 + 3 + (2 + 4) + (2 + 1 + 4) + 1);
    CU_ASSERT_EQUAL(dhcp_body(ack, ack)->sip_servers.server[0],
                    0x0a000000u | net_find_node(p->world->net, "P-CSCF2")->id);
    sim_time up = (8 + 5 + 2) * ms + (500 + 200 + 200) * us, down = (2 + 5 + 8) * ms + (200 + 500) * us;
    CU_ASSERT_EQUAL(took(p), up + down);
    CU_ASSERT_EQUAL(play_count(p, "REGISTER", "UE-A", "P-CSCF2"), 3);
    CU_ASSERT_EQUAL(play_moments(p, MARK_DEREGISTERED), 1);
    play_end(p);
    play_end(play("volte-call", "group[*].discovery=dhcp", NULL));
    play_end(play("volte-call", "group[*].discovery=dhcp", "group[UE-A].apn=internet", NULL));
}

/* Those of a network take turns in being named first. */
void test_discovery_by_dhcp_in_turn(void)
{
    static const char two[] = "<network id='home2'><node id='P-CSCF3' roles='P-CSCF' "
                              "host='pcscf3.ims.operator2.example' pcrf='PCRF2'/></network>";
    struct play *p = play(ABROAD, "group[UE-B].roaming=yes", "group[*].discovery=dhcp",
                          "group[UE-B].p-cscf=P-CSCF1", two, NULL);
    CU_ASSERT_EQUAL(play_count(p, "REGISTER", "UE-A", "P-CSCF2"), 3);
    CU_ASSERT_EQUAL(play_count(p, "REGISTER", "UE-B", "P-CSCF3"), 3);
    play_end(p);
}

/* A packet is lost, on the way there or back: asked again after 4 s. */
void test_discovery_by_dhcp_repeats(void)
{
    static const char *const lost[] = {
        "<faults><drop message='PDCP Data PDU' from='UE-A'/></faults>",
        "<faults><drop message='PDCP Data PDU' to='UE-A'/></faults>",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(lost); i++) {
        struct play *p = play(ABROAD, BY_DHCP, lost[i], NULL);
        CU_ASSERT_EQUAL(took(p), 4 * SIM_S + 31600 * SIM_US);
        CU_ASSERT_EQUAL(play_count(p, "REGISTER", "UE-A", "P-CSCF2"), 3);
        play_end(p);
    }
}

/* Nobody answers, or has an answer: the phone tries with the P-CSCF it is configured for. */
void test_discovery_by_dhcp_fails(void)
{
    static const char bare[] =
        "<network id='bare' domain='bare.example'>"
        "<node id='eNB3' roles='eNB' host='enb3.bare.example' mme='MME3'/>"
        "<node id='MME3' roles='MME' host='mme3.bare.example' sgw='S-GW3' pgw='P-GW3'/>"
        "<node id='S-GW3' roles='S-GW' host='sgw3.bare.example'/>"
        "<node id='P-GW3' roles='P-GW' host='pgw3.bare.example' pcrf='PCRF3'/>"
        "<node id='PCRF3' roles='PCRF' host='pcrf3.bare.example'/>"
        "<node id='HSS3' roles='HSS' host='hss3.bare.example'/></network>";
    struct play *p =
        play(ABROAD, BY_DHCP, "<faults><drop message='PDCP Data PDU' from='UE-A' count='4'/></faults>",
             "at[3].time=100s", NULL);
    CU_ASSERT_EQUAL(took(p), (4 + 8 + 16 + 32) * SIM_S);
    CU_ASSERT_EQUAL(play_count(p, "REGISTER", "UE-A", "P-CSCF1"), 3);
    play_end(p);

    p = play(ABROAD, BY_DHCP, bare, "group[UE-A].enb=eNB3", NULL);
    sim_time at;
    const struct dhcp_msg *ack = dhcp(p, DHCP_ack, 1, &at);
    CU_ASSERT_PTR_NOT_NULL_FATAL(ack);
    CU_ASSERT_FALSE(IE_HAS(dhcp_body(ack, ack), sip_servers));
    CU_ASSERT_EQUAL(play_count(p, "REGISTER", "UE-A", "P-CSCF1"), 3);
    play_end(p);
}

/* Switched off while it asks: nothing is left of it. */
void test_discovery_by_dhcp_is_cut_short(void)
{
    struct play *p = play(ABROAD, BY_DHCP, "at[3].time=170ms", NULL);
    CU_ASSERT_EQUAL(play_count(p, "REGISTER", "UE-A", NULL), 0);
    play_end(p);
}

/* ---- DHCP and DNS -----------------------------------------------------------------------------------------
 */

#define BY_NAME BY_DHCP, "node[P-GW2].dhcp=names"
#define NAMES(more)                                                                                          \
    "<network id='home2'><node id='DNS2' roles='DNS' host='dns2.ims.operator2.example'>"                     \
    "<service time='1ms'/></node>" more "</network>"
#define DNS2    NAMES("")
#define ANOTHER NAMES("<node id='P-CSCF3' roles='P-CSCF' host='pcscf3.ims.operator2.example' pcrf='PCRF2'/>")
#define P_CSCF2 "pcscf2.ims.operator2.example"

enum { ALONE = 31600 /* us, DHCP */, QUESTION = 36800 };

/* The queries in order, with the answers: "NAPTR a: b, SRV b: c". g_free. */
static char *asked_dns(const struct play *p)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < p->hops->len; i++) {
        const struct hop *h = play_hop(p, i);
        if (strcmp(h->iface, "DNS") != 0)
            continue;
        CU_ASSERT_STRING_EQUAL(dns_is_query(h->msg->type) ? h->from : h->to, "UE-A");
        if (dns_is_query(h->msg->type))
            continue;
        g_string_append_printf(text, "%s%.*s ", text->len ? ", " : "", (int)strcspn(h->type, " "), h->type);
        dns_proto.detail(p->world->net, h->msg, text);
    }
    return g_string_free(text, FALSE);
}

static void assert_asked_dns(const struct play *p, const char *wanted)
{
    char *text = asked_dns(p);
    if (strcmp(text, wanted) != 0)
        printf("\nasked %s,\nnot %s", text, wanted);
    CU_ASSERT_STRING_EQUAL(text, wanted);
    g_free(text);
}

/* DHCP gives a name and says whom to ask; three questions on the bearer and over SGi to the DNS server. */
void test_discovery_by_name(void)
{
    struct play *p = play(ABROAD, BY_NAME, DNS2, NULL);
    sim_time at;
    const struct dhcp_msg *ack = dhcp(p, DHCP_ack, 1, &at);
    CU_ASSERT_PTR_NOT_NULL_FATAL(ack);
    CU_ASSERT_EQUAL(ack->m.size, 236 + 4 + 3 + 2 * (2 + 4) + (2 + 1 + strlen(P_CSCF2) + 2) + 1);
    CU_ASSERT_TRUE(dhcp_body(ack, ack)->sip_servers.named);
    CU_ASSERT_EQUAL(dhcp_body(ack, ack)->dns, 0x0a000000u | net_find_node(p->world->net, "DNS2")->id);
    GString *text = g_string_new(NULL);
    dhcp_proto.render(p->world->net, &ack->m, text);
    CU_ASSERT_PTR_NOT_NULL(strstr(text->str, "sip_servers: " P_CSCF2));
    g_string_free(text, TRUE);
    char *address = g_strdup_printf("NAPTR " P_CSCF2 "; _sip._udp." P_CSCF2 ", SRV _sip._udp." P_CSCF2
                                    "; " P_CSCF2 ", A " P_CSCF2 "; 10.0.0.%u",
                                    net_find_node(p->world->net, "P-CSCF2")->id);
    assert_asked_dns(p, address);
    g_free(address);
    CU_ASSERT_EQUAL(play_count(p, "G-PDU", "P-GW2", "DNS2"), 3);
    CU_ASSERT_EQUAL(play_count(p, "G-PDU", "DNS2", "P-GW2"), 3);
    CU_ASSERT_EQUAL(took(p), (ALONE + 3 * QUESTION) * SIM_US);
    CU_ASSERT_EQUAL(play_count(p, "REGISTER", "UE-A", "P-CSCF2"), 3);
    CU_ASSERT_EQUAL(play_moments(p, MARK_DEREGISTERED), 1);
    play_end(p);
    play_end(play("volte-call", "group[UE-B].discovery=dhcp", "node[P-GW2].dhcp=names", DNS2, NULL));
}

/* The packets with what phones ask DNS, and its answers: addresses and ports. */
void test_discovery_by_name_in_packets(void)
{
    struct play *p = play(ABROAD, BY_NAME, DNS2, NULL);
    uint32_t dns = 0x0a000000u | net_find_node(p->world->net, "DNS2")->id;
    uint32_t phone = 0;
    unsigned up = 0, down = 0;
    for (guint i = 0; i < p->hops->len; i++) {
        const struct hop *h = play_hop(p, i);
        bool query = hop_is(h, "G-PDU", "P-GW2", "DNS2");
        if (!query && !hop_is(h, "G-PDU", "DNS2", "P-GW2"))
            continue;
        const struct ie_packet *a = &gtp_body((const struct gtp_msg *)h->msg, g_pdu)->packet;
        uint16_t port = query ? a->src_port : a->dst_port;
        phone = phone ? phone : a->src;
        CU_ASSERT_TRUE((query ? a->src : a->dst) == phone && (query ? a->dst : a->src) == dns);
        CU_ASSERT_TRUE((query ? a->dst_port : a->src_port) == 53 && port >= 49152 && a->protocol == 17);
        *(query ? &up : &down) += 1;
    }
    CU_ASSERT_TRUE(up == 3 && down == 3);
    play_end(p);
}

/* By address when the P-GW gives addresses, though there is a DNS server. */
void test_discovery_by_name_is_not_needed(void)
{
    struct play *p = play(ABROAD, BY_DHCP, DNS2, NULL);
    assert_asked_dns(p, "");
    CU_ASSERT_EQUAL(took(p), ALONE * SIM_US);
    play_end(p);
}

/* A packet with a question or an answer is lost: asked again after 2 s. */
void test_discovery_by_name_repeats(void)
{
    static const char *const lost[] = {"NAPTR Query",  "SRV Query",  "A Query",
                                       "NAPTR Answer", "SRV Answer", "A Answer"};
    for (size_t i = 0; i < G_N_ELEMENTS(lost); i++) {
        char *fault = g_strdup_printf("<faults><drop message='%s'/></faults>", lost[i]);
        struct play *p = play(ABROAD, BY_NAME, DNS2, fault, NULL);
        CU_ASSERT_EQUAL(play_count(p, "G-PDU", "P-GW2", "DNS2"), i < 3 ? 3 : 4);
        CU_ASSERT_TRUE(took(p) >= 2 * SIM_S + (ALONE + 2 * QUESTION) * SIM_US);
        CU_ASSERT_TRUE(took(p) <= 2 * SIM_S + (ALONE + 3 * QUESTION) * SIM_US);
        CU_ASSERT_EQUAL(play_count(p, "REGISTER", "UE-A", "P-CSCF2"), 3);
        play_end(p);
        g_free(fault);
    }
}

/* The name of this node is taken out of DNS. */
static void forget(const struct play *p, const char *name)
{
    const struct node *n = net_find_node(p->world->net, name);
    for (uint32_t i = 0; i < p->world->sip->hosts->len; i++)
        if (sip_host(p->world->sip, i)->node == n)
            sip_host(p->world->sip, i)->node = NULL;
}

/* The next name is tried where one has no address; what is configured where none has. */
void test_discovery_by_name_tries_others(void)
{
    static const struct {
        const char *without[2], *p_cscf;
        unsigned questions;
    } cases[] = {
        {{NULL, NULL},           "P-CSCF2", 3},
        {{"P-CSCF2", NULL},      "P-CSCF3", 6},
        {{"P-CSCF2", "P-CSCF3"}, "P-CSCF1", 6},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct play *p = play_ready(ABROAD, BY_NAME, ANOTHER, NULL);
        for (size_t k = 0; k < 2 && cases[i].without[k]; k++)
            forget(p, cases[i].without[k]);
        play_until(p, SIM_NEVER);
        CU_ASSERT_EQUAL(play_count(p, "G-PDU", "P-GW2", "DNS2"), cases[i].questions);
        CU_ASSERT_EQUAL(play_count(p, "REGISTER", "UE-A", cases[i].p_cscf), 3);
        CU_ASSERT_EQUAL(took(p), (ALONE + (int)cases[i].questions * QUESTION) * SIM_US);
        play_end(p);
    }
}

/* A DNS server that is silent is given up after 6 s, whatever is asked; other names are not tried. */
void test_discovery_by_name_fails(void)
{
    static const char *const lost[] = {"NAPTR Query", "SRV Query", "A Query"};
    for (size_t i = 0; i < G_N_ELEMENTS(lost); i++) {
        char *fault = g_strdup_printf("<faults><drop message='%s' count='4'/></faults>", lost[i]);
        struct play *p = play(ABROAD, BY_NAME, ANOTHER, fault, NULL);
        CU_ASSERT_EQUAL(took(p), 6 * SIM_S + (ALONE + (int)i * QUESTION) * SIM_US);
        CU_ASSERT_EQUAL(play_count(p, "REGISTER", "UE-A", "P-CSCF1"), 3);
        play_end(p);
        g_free(fault);
    }
}

/* Switched off while it asks the first, second or third question: nothing is left of it. */
void test_discovery_by_name_is_cut_short(void)
{
    static const char *const when[] = {"at[3].time=210ms", "at[3].time=245ms", "at[3].time=285ms"};
    for (size_t i = 0; i < G_N_ELEMENTS(when); i++) {
        struct play *p = play(ABROAD, BY_NAME, DNS2, when[i], NULL);
        CU_ASSERT_EQUAL(play_count(p, NULL, "UE-A", "DNS2"), (unsigned)i + 1);
        CU_ASSERT_EQUAL(play_count(p, "REGISTER", "UE-A", NULL), 0);
        play_end(p);
    }
}
