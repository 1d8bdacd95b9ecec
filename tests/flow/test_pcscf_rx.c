/* test_pcscf_rx.c - calls whose P-CSCFs ask a PCRF for the media: real phones, CSCFs and PCRF, a scripted P-GW.
 *
 * The network is that of the mmd scenarios, with a PCRF and a P-GW put in when it is ready to run. Rx and Gx take
 * 5 ms one way; both phones have an IP connection from the start. */
#include "tests/flow/play.h"

#include "models/cscf/pcscf_rx.h"
#include "models/pcrf/pcrf.h"

#include <CUnit/CUnit.h>

#include <stdio.h>
#include <string.h>

#define WAY (5 * SIM_MS) /* over Rx or Gx */

struct policy {
    struct play *p;
    struct epc epc;
    struct node *pcrf, *pgw;
    uint32_t pgw_host, pcrf_host, domain;
    const struct link_cfg *(*link_cfg)(void *user, uint16_t iface, const struct node *from, const struct node *to);
    void *link_cfg_user;
    unsigned aars;    /* seen by `authorise` */
    unsigned refuse;  /* the n-th is refused; 0: none */
};

/* ---- the network --------------------------------------------------------------------------------------- */

static const struct link_cfg *link(void *user, uint16_t iface, const struct node *from, const struct node *to)
{
    static const struct link_cfg cfg = {
        .latency = {.kind = DIST_CONST, .draw = DIST_CONST, .fixed = WAY}, .up = true, .transport = TRANSPORT_UDP};
    struct policy *y = user;
    return iface == IFACE_RX || iface == IFACE_GX ? &cfg : y->link_cfg(y->link_cfg_user, iface, from, to);
}

static bool authorise(void *user, uint32_t ip, const struct ie_media_list *media)
{
    struct policy *y = user;
    (void)ip;
    (void)media;
    return ++y->aars != y->refuse;
}

static void pgw_send(struct policy *y, struct dia_msg *m, uint64_t session)
{
    m->session = session;
    m->origin = y->pgw_host;
    m->owner = y->pgw_host + 1;
    m->realm = m->to_realm = y->domain;
    dia_seal(y->epc.dia, m);
    node_send(y->pgw, y->pcrf, IFACE_GX, &m->m);
}

static void pgw_rx(struct node *n, struct msg *base, struct node *from, uint16_t iface)
{
    struct policy *y = n->self;
    (void)from;
    (void)iface;
    if (base->type != DIA_GX_RAR)
        return;
    struct dia_msg *m = dia_answer(y->epc.dia, DIA_GX_RAA, (const struct dia_msg *)base, DIA_SUCCESS);
    pgw_send(y, m, m->session);
}

static void pgw_ccr(struct policy *y, uint32_t type, uint32_t party)
{
    struct dia_msg *m = dia_new(y->epc.dia, DIA_CCR);
    dia_body(m, CCR)->type = type;
    IE_PUT(&m->body.CCR, address) = sdp_ipv4(sip_party(y->epc.sip, party)->address);
    pgw_send(y, m, party + 1);
}

/* Puts PCRF and P-GW into a scenario that is ready to run. */
static struct policy *policy(struct play *p, uint32_t actions)
{
    struct policy *y = g_new0(struct policy, 1);
    struct net *net = p->world->net;
    y->p = p;
    y->epc = (struct epc){.net = net, .sip = p->world->sip, .timer = p->world->sip->timer};
    struct node *one = net_find_node(net, "P-CSCF1");
    y->epc.dia = ((struct cscf *)one->self)->world->dia;
    y->pcrf = net_add_node(net, "PCRF", KIND_PCRF);
    y->pgw = net_add_node(net, "P-GW", KIND_PGW);
    y->pgw->rx = pgw_rx;
    y->pgw->self = y;
    y->domain = sip_add_host(y->epc.sip, "home.net", NULL);
    y->pgw_host = sip_add_host(y->epc.sip, "pgw.home.net", y->pgw);
    y->pcrf_host = sip_add_host(y->epc.sip, "pcrf.home.net", y->pcrf);
    y->link_cfg = net->link_cfg;
    y->link_cfg_user = net->link_cfg_user;
    net->link_cfg = link;
    net->link_cfg_user = y;
    struct pcrf_cfg cfg = {.host = y->pcrf_host, .domain = y->domain, .authorise = authorise, .user = y};
    pcrf_new(&y->epc, y->pcrf, &cfg);
    for (unsigned i = 1; i <= 2; i++) {
        struct node *n = net_find_node(net, i == 1 ? "P-CSCF1" : "P-CSCF2");
        struct cscf *c = n->self;
        struct cscf_cfg with = c->cfg;
        with.pcrf = y->pcrf;
        with.pcrf_domain = y->domain;
        with.rx_actions = actions;
        cscf_new(c->world, n, &with);
        pgw_ccr(y, CC_INITIAL, i - 1);
    }
    return y;
}

/* Plays on to the end, and frees; `gx` is how many IP connections the PCRF still has: nothing else is left. */
static void policy_end(struct policy *y, size_t gx)
{
    struct cscf *c = net_find_node(y->p->world->net, "P-CSCF1")->self;
    play_until(y->p, SIM_NEVER);
    CU_ASSERT_EQUAL(pcrf_contexts(y->pcrf), gx);
    CU_ASSERT_EQUAL(cscf_rx_sessions(c->world), 0);
    pcrf_free(y->pcrf);
    play_end(y->p);
    g_free(y);
}

static void drop(struct policy *y, uint16_t type, uint16_t iface, const char *from, uint32_t nth)
{
    struct fault f = {.kind = FAULT_DROP, .proto = y->epc.dia->proto, .type = type, .twin = -1, .iface = iface, .nth = nth, .count = 1};
    f.from = from ? net_find_node(y->p->world->net, from) : NULL;
    g_array_append_val(y->p->world->net->faults, f);
}

/* The PCRF sends a request in the session of the n-th AAR of this P-CSCF. */
static void inject(struct policy *y, enum dia_type type, const char *pcscf, unsigned nth, bool cause)
{
    const struct hop *aar = play_nth(y->p, "AAR", pcscf, nth);
    const struct dia_msg *of = (const struct dia_msg *)aar->msg;
    struct dia_msg *m = dia_new(y->epc.dia, type);
    m->session = of->session;
    m->owner = of->origin + 1;
    m->origin = y->pcrf_host;
    m->result = type == DIA_AAA ? DIA_SUCCESS : 0;
    if (type == DIA_RX_RAR)
        m->body.RX_RAR.actions = 1u << ACTION_FAILED_ALLOCATION;
    if (type == DIA_RX_RAR && cause)
        IE_PUT(&m->body.RX_RAR, cause) = ABORT_BEARER_RESOURCES;
    dia_seal(y->epc.dia, m);
    node_send(y->pcrf, net_find_node(y->p->world->net, pcscf), IFACE_RX, &m->m);
}

static const struct dia_msg *nth_dia(struct policy *y, const char *type, const char *from, unsigned n)
{
    return (const struct dia_msg *)play_nth(y->p, type, from, n)->msg;
}

static unsigned count(const struct policy *y, const char *type, const char *from)
{
    return play_count(y->p, type, from, NULL);
}

/* The phone is detached. */
static void detach(struct policy *y, uint32_t party)
{
    pgw_ccr(y, CC_TERMINATION, party);
}

/* ---- the tests ------------------------------------------------------------------------------------------ */

/* b=AS, else the arithmetic of TS 26.114 annex K: IPv4, 20 ms. */
void test_pcscf_rx_bandwidth(void)
{
    static const struct {
        const char *codec, *fmtp;
        uint32_t kbps;
    } cases[] = {
        {"AMR",    "mode-set=7",                      29},
        {"AMR",    "mode-set=0,2,4",                  24},
        {"AMR",    NULL,                              29},
        {"AMR-WB", "mode-set=2",                      30},
        {"AMR-WB", "mode-set=8; octet-align=1",       41},
        {"amr-wb", "octet-align=1; mode-set=0,1,2;x", 30},
        {"AMR-WB", "mode-set=x",                      24},
        {"AMR-WB", "mode-set=99",                     24},
        {"EVRC",   NULL,                              25},
        {"PCMU",   NULL,                              80},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct sdp_codec codec = {.encoding = cases[i].codec, .fmtp = cases[i].fmtp};
        struct sdp_stream s = {.codecs = &codec, .codec_mask = 1, .media = SDP_AUDIO};
        CU_ASSERT_EQUAL(pcscf_bandwidth(&s), cases[i].kbps * 1000);
        s.as_kbps = 49;
        CU_ASSERT_EQUAL(pcscf_bandwidth(&s), 49000);
    }
    struct sdp_stream video = {.media = SDP_VIDEO};
    CU_ASSERT_EQUAL(pcscf_bandwidth(&video), 384000);
    CU_ASSERT_EQUAL(sdp_ipv4("10.1.0.7"), 0x0a010007);
    CU_ASSERT_EQUAL(sdp_ipv4("255.254.0.10"), 0xfffe000a);
    static const char *const no_addresses[] = {"here", "", "10.1.0", "10.1.0.", "10.1.0.7.", "10..0.7", "10.1.0.256", "10.1.0.0007", "10.1.0.7:5060"};
    for (size_t i = 0; i < G_N_ELEMENTS(no_addresses); i++)
        CU_ASSERT_EQUAL(sdp_ipv4(no_addresses[i]), 0);
    CU_ASSERT_EQUAL(sdp_ipv4(NULL), 0);
}

/* Neither phone is ready. Each leg is authorised when the first answer passes, with closed gates, since both phones
 * say a=inactive; the second exchange opens them. At the end each P-CSCF ends its session when it passes on the BYE. */
void test_pcscf_rx_call(void)
{
    struct policy *y = policy(play_ready("mmd-4", "call[1].hold=3s", NULL), 0);
    play_until(y->p, SIM_NEVER);
    CU_ASSERT_EQUAL(count(y, "AAR", NULL), 4);
    CU_ASSERT_EQUAL(count(y, "STR", NULL), 2);
    CU_ASSERT_EQUAL(count(y, "RAR", "PCRF"), 6);
    CU_ASSERT_EQUAL(play_value(y->p, MARK_CONNECTED), 200);
    const struct dia_AAR *called = &nth_dia(y, "AAR", "P-CSCF2", 1)->body.AAR;
    const struct dia_AAR *caller = &nth_dia(y, "AAR", "P-CSCF1", 1)->body.AAR;
    CU_ASSERT_EQUAL(called->address, sdp_ipv4(sip_party(y->epc.sip, 1)->address));
    CU_ASSERT_EQUAL(caller->address, sdp_ipv4(sip_party(y->epc.sip, 0)->address));
    const struct ie_media *m = &caller->media.item[0];
    CU_ASSERT_EQUAL(m->flow[0].up.local, caller->address);
    CU_ASSERT_EQUAL(m->flow[0].up.remote, called->address);
    CU_ASSERT_EQUAL(m->flow[1].down.local_port, m->flow[0].down.local_port + 1);
    CU_ASSERT_EQUAL(m->flow_status, FLOW_DISABLED);
    CU_ASSERT_EQUAL(m->flow[1].status, FLOW_ENABLED);
    CU_ASSERT_EQUAL(caller->type, RX_INITIAL);
    CU_ASSERT_FALSE(IE_HAS(caller, actions));
    caller = &nth_dia(y, "AAR", "P-CSCF1", 2)->body.AAR;
    CU_ASSERT_EQUAL(caller->media.item[0].flow_status, FLOW_ENABLED);
    CU_ASSERT_EQUAL(caller->type, RX_UPDATE);
    CU_ASSERT_EQUAL(nth_dia(y, "AAR", "P-CSCF1", 2)->to_host, y->pcrf_host + 1);
    CU_ASSERT_EQUAL(play_nth(y->p, "STR", "P-CSCF1", 1)->sent, play_nth(y->p, "BYE", "P-CSCF1", 1)->sent);
    CU_ASSERT_EQUAL(play_nth(y->p, "STR", "P-CSCF2", 1)->sent, play_nth(y->p, "BYE", "P-CSCF2", 1)->sent);
    policy_end(y, 2);
}

/* Who says that media flows from the start has each leg authorised once: nothing that follows changes it. */
void test_pcscf_rx_call_without_inactive(void)
{
    struct policy *y = policy(play_ready("mmd-4", "call[1].hold=3s", "group[*].inactive-until-ready=no", NULL), 0);
    play_until(y->p, SIM_NEVER);
    CU_ASSERT_EQUAL(count(y, "AAR", NULL), 2);
    CU_ASSERT_EQUAL(nth_dia(y, "AAR", "P-CSCF2", 1)->body.AAR.media.item[0].flow_status, FLOW_ENABLED);
    policy_end(y, 2);
}

/* The 183 goes on when AAA comes, 10 ms later, and does not wait for what is between PCRF and P-GW. */
void test_pcscf_rx_forwards_after_aaa(void)
{
    struct policy *y = policy(play_ready("mmd-4", "call[1].hold=3s", NULL), 0);
    play_until(y->p, SIM_NEVER);
    for (unsigned i = 0; i < 2; i++) {
        const char *p_cscf = i ? "P-CSCF1" : "P-CSCF2";
        const struct hop *aar = play_nth(y->p, "AAR", p_cscf, 1), *on = play_nth(y->p, "183 Session Progress", p_cscf, 1);
        CU_ASSERT_EQUAL(on->sent, aar->sent + 2 * WAY);
        CU_ASSERT_EQUAL(play_nth(y->p, "RAR", "PCRF", i + 1)->sent, aar->sent + WAY);
        CU_ASSERT_TRUE(on->sip->sdp != NULL);
        aar = play_nth(y->p, "AAR", p_cscf, 2);
        CU_ASSERT_EQUAL(play_nth(y->p, "200 OK (UPDATE)", p_cscf, 1)->sent, aar->sent + 2 * WAY);
    }
    policy_end(y, 2);
}

/* Without reliable responses the answer comes in the 200. AAA gets lost at the called side: repetitions of the 200 find
 * the first one held, and when nothing has come for 5 s the INVITE is refused with 503; the called phone, which has
 * answered, gets ACK and BYE. */
void test_pcscf_rx_answer_in_200(void)
{
    struct policy *y = policy(play_ready("any", "group[UE-2].reliable=no", "call[1].hold=3s", NULL), 0);
    play_until(y->p, SIM_NEVER);
    CU_ASSERT_EQUAL(count(y, "AAR", NULL), 2);
    CU_ASSERT_EQUAL(play_value(y->p, MARK_CONNECTED), 200);
    policy_end(y, 2);

    y = policy(play_ready("any", "group[UE-2].reliable=no", NULL), 0);
    drop(y, DIA_AAA, IFACE_RX, NULL, 1);
    play_until(y->p, SIM_NEVER);
    CU_ASSERT_EQUAL(play_value(y->p, MARK_FAILED), 503);
    CU_ASSERT_TRUE(count(y, "200 OK (INVITE)", "UE-2") > 1);
    CU_ASSERT_EQUAL(count(y, "200 OK (INVITE)", "P-CSCF2"), 0);
    CU_ASSERT_EQUAL(count(y, "ACK", "P-CSCF2"), 1);
    CU_ASSERT_EQUAL(count(y, "BYE", "P-CSCF2"), 1);
    CU_ASSERT_EQUAL(count(y, "200 OK (BYE)", "UE-2"), 1);
    CU_ASSERT_EQUAL(play_nth(y->p, "BYE", "P-CSCF2", 1)->sent, play_nth(y->p, "AAR", "P-CSCF2", 1)->sent + 5 * SIM_S);
    CU_ASSERT_EQUAL(count(y, "STR", "P-CSCF2"), 1);
    policy_end(y, 2);
}

/* Not allowed: 403 to the caller and CANCEL to the called phone; there is no Rx session to end. */
void test_pcscf_rx_refused(void)
{
    struct policy *y = policy(play_ready("mmd-4", NULL), 0);
    y->refuse = 1;
    play_until(y->p, SIM_NEVER);
    CU_ASSERT_EQUAL(play_value(y->p, MARK_FAILED), 403);
    CU_ASSERT_EQUAL(count(y, "CANCEL", "P-CSCF2"), 1);
    CU_ASSERT_EQUAL(count(y, "AAR", NULL), 1);
    CU_ASSERT_EQUAL(count(y, "STR", NULL), 0);
    policy_end(y, 2);

    /* At the caller's side: what the called side was granted is given back when the CANCEL has done its work. */
    y = policy(play_ready("mmd-4", NULL), 0);
    y->refuse = 2;
    play_until(y->p, SIM_NEVER);
    CU_ASSERT_EQUAL(play_value(y->p, MARK_FAILED), 403);
    CU_ASSERT_EQUAL(count(y, "CANCEL", "UE-1"), 0);
    CU_ASSERT_EQUAL(count(y, "CANCEL", "P-CSCF1"), 1);
    CU_ASSERT_EQUAL(count(y, "STR", "P-CSCF1"), 0);
    CU_ASSERT_EQUAL(count(y, "STR", "P-CSCF2"), 1);
    policy_end(y, 2);

    /* The phone has no IP connection. */
    y = policy(play_ready("mmd-4", NULL), 0);
    detach(y, 1);
    play_until(y->p, SIM_NEVER);
    CU_ASSERT_EQUAL(play_value(y->p, MARK_FAILED), 503);
    policy_end(y, 1);
}

/* The second exchange is refused: the phones have agreed already, so its answer is passed on and the call is ended. */
void test_pcscf_rx_change_refused(void)
{
    struct policy *y = policy(play_ready("mmd-4", NULL), 0);
    y->refuse = 3;
    play_until(y->p, SIM_NEVER);
    CU_ASSERT_EQUAL(count(y, "200 OK (UPDATE)", "P-CSCF2"), 1);
    CU_ASSERT_EQUAL(play_value(y->p, MARK_FAILED), 403);
    CU_ASSERT_EQUAL(count(y, "CANCEL", "P-CSCF2"), 1);
    CU_ASSERT_EQUAL(count(y, "STR", NULL), 2);
    policy_end(y, 2);
}

/* AAA gets lost: the called phone repeats its 183 to no avail, after 5 s the INVITE is refused. The PCRF may have begun
 * a session, so it is ended. */
void test_pcscf_rx_no_aaa(void)
{
    struct policy *y = policy(play_ready("mmd-4", NULL), 0);
    drop(y, DIA_AAA, IFACE_RX, NULL, 1);
    play_until(y->p, SIM_NEVER);
    CU_ASSERT_EQUAL(play_value(y->p, MARK_FAILED), 503);
    CU_ASSERT_TRUE(count(y, "183 Session Progress", "UE-2") > 1);
    CU_ASSERT_EQUAL(count(y, "183 Session Progress", "P-CSCF2"), 0);
    CU_ASSERT_EQUAL(play_nth(y->p, "503 Service Unavailable (INVITE)", "P-CSCF2", 1)->sent,
                    play_nth(y->p, "AAR", "P-CSCF2", 1)->sent + 5 * SIM_S);
    CU_ASSERT_EQUAL(count(y, "STR", "P-CSCF2"), 1);
    policy_end(y, 2);

    /* Of the second exchange, whose answer is held while the called phone rings and answers; and STA gets lost too. */
    y = policy(play_ready("mmd-4", NULL), 0);
    drop(y, DIA_AAA, IFACE_RX, NULL, 3);
    drop(y, DIA_STA, IFACE_RX, NULL, 1);
    play_until(y->p, SIM_NEVER);
    CU_ASSERT_EQUAL(play_value(y->p, MARK_CONNECTED), 200);
    CU_ASSERT_EQUAL(count(y, "BYE", "P-CSCF2"), 2);
    CU_ASSERT_EQUAL(play_nth(y->p, "BYE", "P-CSCF2", 1)->sent, play_nth(y->p, "AAR", "P-CSCF2", 2)->sent + 5 * SIM_S);
    CU_ASSERT_EQUAL(count(y, "200 OK (UPDATE)", "P-CSCF2"), 1);
    CU_ASSERT_EQUAL(count(y, "STR", "P-CSCF2"), 1);
    policy_end(y, 2);
}

/* The caller gives up while the 183 is held at its own P-CSCF: the 487 waits behind it and goes on after it. */
void test_pcscf_rx_cancel_while_held(void)
{
    struct policy *y = policy(play_ready("mmd-4", "call[1].cancel=1s", NULL), 0);
    drop(y, DIA_AAA, IFACE_RX, NULL, 2);
    play_until(y->p, 2 * SIM_S);
    CU_ASSERT_EQUAL(count(y, "487 Request Terminated (INVITE)", "I/S-CSCF1"), 1);
    CU_ASSERT_EQUAL(count(y, "487 Request Terminated (INVITE)", "P-CSCF1"), 0);
    inject(y, DIA_AAA, "P-CSCF1", 1, false);
    play_until(y->p, SIM_NEVER);
    CU_ASSERT_EQUAL(count(y, "183 Session Progress", "P-CSCF1"), 1);
    CU_ASSERT_EQUAL(count(y, "487 Request Terminated (INVITE)", "P-CSCF1"), 1);
    CU_ASSERT_EQUAL(play_value(y->p, MARK_FAILED), 487);
    CU_ASSERT_EQUAL(count(y, "STR", NULL), 2);
    policy_end(y, 2);
}

/* The called phone is detached while it rings: 503 to the caller, CANCEL to the phone. The caller's leg ends with it. */
void test_pcscf_rx_abort_early(void)
{
    struct policy *y = policy(play_ready("mmd-4", NULL), 0);
    play_until(y->p, 2 * SIM_S);
    detach(y, 1);
    play_until(y->p, SIM_NEVER);
    CU_ASSERT_EQUAL(play_value(y->p, MARK_FAILED), 503);
    CU_ASSERT_EQUAL(count(y, "ASR", "PCRF"), 1);
    CU_ASSERT_EQUAL(count(y, "ASA", "P-CSCF2"), 1);
    CU_ASSERT_EQUAL(count(y, "CANCEL", "P-CSCF2"), 1);
    CU_ASSERT_EQUAL(count(y, "STR", NULL), 2);
    policy_end(y, 1);
}

/* The same while the 183, or the 200 of the second exchange, waits for AAA. */
void test_pcscf_rx_abort_while_held(void)
{
    for (unsigned lost = 1; lost <= 3; lost += 2) {
        struct policy *y = policy(play_ready("mmd-4", NULL), 0);
        drop(y, DIA_AAA, IFACE_RX, NULL, lost);
        play_until(y->p, SIM_S);
        detach(y, 1);
        play_until(y->p, SIM_NEVER);
        CU_ASSERT_EQUAL(play_value(y->p, MARK_FAILED), 503);
        CU_ASSERT_EQUAL(count(y, "183 Session Progress", "P-CSCF2"), lost == 1 ? 0 : 1);
        CU_ASSERT_EQUAL(count(y, "CANCEL", "P-CSCF2"), 1);
        CU_ASSERT_EQUAL(count(y, "STR", "P-CSCF2"), 1);
        policy_end(y, 1);
    }
}

/* A phone is detached during the call: its P-CSCF sends BYE both ways, to each phone as if the other one had. */
void test_pcscf_rx_abort_active(void)
{
    for (uint32_t party = 0; party < 2; party++) {
        const char *near = party ? "P-CSCF2" : "P-CSCF1", *far = party ? "P-CSCF1" : "P-CSCF2";
        struct policy *y = policy(play_ready("mmd-4", "call[1].hold=60s", NULL), 0);
        play_until(y->p, 10 * SIM_S);
        detach(y, party);
        play_until(y->p, SIM_NEVER);
        CU_ASSERT_EQUAL(count(y, "BYE", near), 2);
        CU_ASSERT_EQUAL(count(y, "BYE", far), 1);
        CU_ASSERT_EQUAL(count(y, "200 OK (BYE)", "UE-1"), 1);
        CU_ASSERT_EQUAL(count(y, "200 OK (BYE)", "UE-2"), 1);
        CU_ASSERT_EQUAL(count(y, "STR", NULL), 2);
        for (guint i = 0; i < y->p->hops->len; i++) {
            const struct hop *h = play_hop(y->p, i);
            bool to_caller = hop_is(h, "BYE", NULL, "UE-1");
            if (!to_caller && !hop_is(h, "BYE", NULL, "UE-2"))
                continue;
            const struct sip_msg *invite = play_nth(y->p, "INVITE", "UE-1", 1)->sip;
            CU_ASSERT_EQUAL(h->sip->call_id, invite->call_id);
            CU_ASSERT_EQUAL(to_caller ? h->sip->to_tag : h->sip->from_tag, invite->from_tag);
            CU_ASSERT_EQUAL(h->sip->ruri.kind, SIP_URI_CONTACT);
            CU_ASSERT_EQUAL(h->sip->ruri.id, to_caller ? 0 : 1);
            CU_ASSERT_PTR_NULL(h->sip->route);
        }
        policy_end(y, 1);
    }
}

/* RAR that says that nothing is left ends the call, in each phase of it; one that does not is only answered. */
void test_pcscf_rx_resources_fail(void)
{
    struct policy *y = policy(play_ready("mmd-4", NULL), 1u << ACTION_FAILED_ALLOCATION);
    play_until(y->p, 2 * SIM_S);
    CU_ASSERT_EQUAL(nth_dia(y, "AAR", "P-CSCF1", 1)->body.AAR.actions, 1u << ACTION_FAILED_ALLOCATION);
    CU_ASSERT_FALSE(IE_HAS(&nth_dia(y, "AAR", "P-CSCF1", 2)->body.AAR, actions));
    struct dia_msg *m = dia_new(y->epc.dia, DIA_CCR);
    struct ie_rule_report *r = &IE_PUT(dia_body(m, CCR), report);
    m->body.CCR.type = CC_UPDATE;
    *r = (struct ie_rule_report){
        .n = 2, .status = RULE_INACTIVE, .failure = RULE_FAILURE_RESOURCES, .item = {{"voice", 1}, {"video", 2}}};
    pgw_send(y, m, 2);
    play_until(y->p, SIM_NEVER);
    CU_ASSERT_EQUAL(play_value(y->p, MARK_FAILED), 503);
    CU_ASSERT_EQUAL(count(y, "RAA", "P-CSCF2"), 1);
    CU_ASSERT_EQUAL(count(y, "CANCEL", "P-CSCF2"), 1);
    policy_end(y, 2);

    y = policy(play_ready("mmd-4", NULL), 0);
    drop(y, DIA_AAA, IFACE_RX, NULL, 1);
    play_until(y->p, SIM_S);
    inject(y, DIA_RX_RAR, "P-CSCF2", 1, false);
    play_until(y->p, 2 * SIM_S);
    CU_ASSERT_EQUAL(count(y, "RAA", "P-CSCF2"), 1);
    CU_ASSERT_EQUAL(play_value(y->p, MARK_FAILED), -1);
    inject(y, DIA_RX_RAR, "P-CSCF2", 1, true);
    play_until(y->p, SIM_NEVER);
    CU_ASSERT_EQUAL(count(y, "RAA", "P-CSCF2"), 2);
    CU_ASSERT_EQUAL(play_value(y->p, MARK_FAILED), 503);
    policy_end(y, 2);
}

/* RAR and ASR are answered whatever the call does: while it is up, while STA is missing, when it is forgotten. */
void test_pcscf_rx_notes(void)
{
    struct policy *y = policy(play_ready("mmd-4", "call[1].hold=3s", NULL), 0);
    drop(y, DIA_STA, IFACE_RX, NULL, 1);
    play_until(y->p, 4 * SIM_S);
    CU_ASSERT_EQUAL(play_value(y->p, MARK_CONNECTED), 200);
    inject(y, DIA_RX_RAR, "P-CSCF1", 1, false);
    play_until(y->p, 8 * SIM_S);
    CU_ASSERT_EQUAL(count(y, "RAA", "P-CSCF1"), 1);
    CU_ASSERT_EQUAL(count(y, "STR", "P-CSCF1"), 1);
    inject(y, DIA_RX_RAR, "P-CSCF1", 1, true);
    inject(y, DIA_ASR, "P-CSCF1", 1, true);
    inject(y, DIA_AAA, "P-CSCF1", 1, true);
    play_until(y->p, 9 * SIM_S);
    CU_ASSERT_EQUAL(nth_dia(y, "RAA", "P-CSCF1", 2)->result, DIA_SUCCESS);
    CU_ASSERT_EQUAL(nth_dia(y, "ASA", "P-CSCF1", 1)->result, DIA_SUCCESS);
    play_until(y->p, 20 * SIM_S);
    inject(y, DIA_RX_RAR, "P-CSCF1", 1, true);
    inject(y, DIA_ASR, "P-CSCF1", 1, true);
    inject(y, DIA_AAA, "P-CSCF1", 1, true);
    play_until(y->p, SIM_NEVER);
    CU_ASSERT_EQUAL(nth_dia(y, "RAA", "P-CSCF1", 3)->result, DIA_UNKNOWN_SESSION_ID);
    CU_ASSERT_EQUAL(nth_dia(y, "ASA", "P-CSCF1", 2)->result, DIA_UNKNOWN_SESSION_ID);
    policy_end(y, 2);
}

/* The called phone refuses, and no session had begun; or after its answer, and one has to be ended. One P-CSCF for both
 * phones keeps the two legs apart. */
void test_pcscf_rx_other_ends(void)
{
    struct policy *y = policy(play_ready("any", "call[1].called=busy", "group[*].reliable=no", NULL), 0);
    play_until(y->p, SIM_NEVER);
    CU_ASSERT_EQUAL(count(y, "AAR", NULL), 0);
    CU_ASSERT_EQUAL(count(y, "STR", NULL), 0);
    policy_end(y, 2);

    y = policy(play_ready("mmd-4", "call[1].called=busy", NULL), 0);
    play_until(y->p, SIM_NEVER);
    CU_ASSERT_EQUAL(count(y, "AAR", NULL), count(y, "AAA", NULL));
    CU_ASSERT_EQUAL(count(y, "STR", NULL), 2);
    policy_end(y, 2);

    y = policy(play_ready("mmd-4", "group[UE-2].network=home1", "group[UE-2].s-cscf=I/S-CSCF1", "group[UE-2].p-cscf=P-CSCF1",
                          "call[1].hold=3s", NULL), 0);
    play_until(y->p, SIM_NEVER);
    CU_ASSERT_EQUAL(count(y, "AAR", "P-CSCF1"), 4);
    CU_ASSERT_EQUAL(count(y, "STR", "P-CSCF1"), 2);
    policy_end(y, 2);
}
