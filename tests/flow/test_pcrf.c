/* test_pcrf.c - the PCRF between a scripted P-GW and a scripted P-CSCF.
 *
 * Each step sends one message to the PCRF and compares what the two got within the next 100 ms. A story has one
 * part per message: who got it, its name, what it says. */
#include "models/pcrf/pcrf.h"

#include <CUnit/CUnit.h>

#include <stdio.h>
#include <string.h>

#define PHONE 0x0a010007u
#define MODEM 0x0a010008u /* another phone */

struct stage {
    struct sim *sim;
    struct net *net;
    struct sip_stack *sip;
    struct epc epc;
    struct node *pcrf, *pgw, *pcscf;
    uint32_t host[3]; /* PCRF, P-GW, P-CSCF */
    uint32_t domain;
    GString *story;
    bool forbid_video;
};

/* ---- what the scripted nodes write down ---------------------------------------------------------------- */

static void put_rules(GString *out, const struct ie_rules *rules)
{
    for (unsigned i = 0; i < rules->n; i++) {
        const struct ie_rule *r = &rules->item[i];
        g_string_append_printf(out, " +%s-%u QCI %u GBR %u/%u %s", r->name.stem, r->name.serial, r->qos.qci, r->qos.gbr_ul,
                               r->qos.gbr_dl, ie_value_name(IE_flow_status, r->flow_status));
    }
}

static void put_names(GString *out, const struct ie_rule_names *names)
{
    for (unsigned i = 0; i < names->n; i++)
        g_string_append_printf(out, " -%s-%u", names->item[i].stem, names->item[i].serial);
}

static void note(struct node *n, struct msg *base, struct node *from, uint16_t iface)
{
    struct stage *s = n->self;
    const struct dia_msg *m = (const struct dia_msg *)base;
    (void)from;
    (void)iface;
    g_string_append_printf(s->story, "%s%s %s", s->story->len ? ", " : "", n->name, dia_proto.type_name(base->type));
    if (m->result)
        g_string_append_printf(s->story, " %u", m->result);
    if (base->type == DIA_GX_RAR) {
        put_names(s->story, &m->body.GX_RAR.remove);
        put_rules(s->story, &m->body.GX_RAR.install);
    } else if (base->type == DIA_RX_RAR) {
        g_string_append_printf(s->story, " action %u", (unsigned)__builtin_ctz(m->body.RX_RAR.actions));
        if (IE_HAS(&m->body.RX_RAR, cause))
            g_string_append_printf(s->story, " cause %u", m->body.RX_RAR.cause);
    } else if (base->type == DIA_ASR) {
        g_string_append_printf(s->story, " cause %u", m->body.ASR.cause);
    }
}

static const struct link_cfg *link(void *user, uint16_t iface, const struct node *from, const struct node *to)
{
    static const struct link_cfg cfg = {
        .latency = {.kind = DIST_CONST, .draw = DIST_CONST, .fixed = 10 * SIM_MS}, .up = true, .transport = TRANSPORT_SCTP};
    (void)user;
    (void)iface;
    (void)from;
    (void)to;
    return &cfg;
}

static bool no_video(void *user, uint32_t ip, const struct ie_media_list *media)
{
    const struct stage *s = user;
    CU_ASSERT_EQUAL(ip, PHONE);
    for (unsigned i = 0; i < media->n; i++)
        if (s->forbid_video && media->item[i].type == MEDIA_VIDEO)
            return false;
    return true;
}

static struct node *scripted(struct stage *s, const char *name, uint32_t kind)
{
    struct node *n = net_add_node(s->net, name, kind);
    n->rx = note;
    n->self = s;
    return n;
}

static struct stage *stage_new(void)
{
    struct stage *s = g_new0(struct stage, 1);
    sim_time timers[TIMER_COUNT];
    for (int i = 0; i < TIMER_COUNT; i++)
        timers[i] = -1;
    timers_resolve(timers);
    s->sim = sim_new(&(struct sim_opts){.seed = 1});
    s->net = net_new(s->sim, iface_table, IFACE_COUNT);
    s->net->link_cfg = link;
    s->sip = sip_stack_new(s->net, timers);
    s->epc = (struct epc){.net = s->net, .sip = s->sip, .dia = dia_stack_new(s->net, s->sip), .timer = s->sip->timer};
    s->pcrf = net_add_node(s->net, "PCRF", KIND_PCRF);
    s->pgw = scripted(s, "P-GW", KIND_PGW);
    s->pcscf = scripted(s, "P-CSCF", KIND_P_CSCF);
    s->host[0] = sip_add_host(s->sip, "pcrf.home.net", s->pcrf);
    s->host[1] = sip_add_host(s->sip, "pgw.home.net", s->pgw);
    s->host[2] = sip_add_host(s->sip, "pcscf.home.net", s->pcscf);
    s->domain = sip_add_host(s->sip, "home.net", NULL);
    pcrf_new(&s->epc, s->pcrf, &(struct pcrf_cfg){.host = s->host[0], .domain = s->domain, .authorise = no_video, .user = s});
    s->story = g_string_new(NULL);
    return s;
}

static void stage_free(struct stage *s)
{
    CU_ASSERT_EQUAL(pcrf_contexts(s->pcrf), 0);
    sim_run(s->sim, SIM_NEVER);
    CU_ASSERT_EQUAL(slab_count(&s->epc.dia->ie.slabs[0]) + slab_count(&s->epc.dia->ie.slabs[IE_CLASSES - 1]), 0);
    pcrf_free(s->pcrf);
    net_free(s->net);
    dia_stack_free(s->epc.dia);
    sip_stack_free(s->sip);
    sim_free(s->sim);
    g_string_free(s->story, TRUE);
    g_free(s);
}

/* Runs on for a while: the story of that time is this. */
static void expect_in(struct stage *s, sim_time time, const char *story)
{
    sim_run(s->sim, s->sim->now + time);
    CU_ASSERT_STRING_EQUAL(s->story->str, story);
    if (strcmp(s->story->str, story) != 0)
        printf("\nwanted: %s\nfound:  %s", story, s->story->str);
    g_string_truncate(s->story, 0);
}

static void expect(struct stage *s, const char *story)
{
    expect_in(s, 100 * SIM_MS, story);
}

/* ---- what they send --------------------------------------------------------------------------------------- */

static void send(struct stage *s, struct node *from, struct dia_msg *m, uint64_t session)
{
    bool gx = from == s->pgw;
    m->session = session;
    m->owner = m->origin = s->host[gx ? 1 : 2];
    m->owner++;
    m->realm = m->to_realm = s->domain;
    dia_seal(s->epc.dia, m);
    node_send(from, s->pcrf, gx ? IFACE_GX : IFACE_RX, &m->m);
}

static struct dia_msg *ccr(struct stage *s, uint32_t type, uint32_t number)
{
    struct dia_msg *m = dia_new(s->epc.dia, DIA_CCR);
    dia_body(m, CCR)->type = type;
    dia_body(m, CCR)->number = number;
    return m;
}

static void connect(struct stage *s, uint64_t session, uint32_t ip, const char *apn)
{
    struct dia_msg *m = ccr(s, CC_INITIAL, 0);
    IE_PUT(dia_body(m, CCR), address) = ip;
    IE_PUT(dia_body(m, CCR), apn) = apn;
    IE_PUT(dia_body(m, CCR), default_qos) = (struct ie_qos){.qci = 5, .arp = {.level = 5}};
    IE_PUT(dia_body(m, CCR), ambr) = (struct ie_ambr){.ul = 1000, .dl = 2000};
    send(s, s->pgw, m, session);
    expect(s, "P-GW CCA 2001");
}

static void disconnect(struct stage *s, uint64_t session)
{
    send(s, s->pgw, ccr(s, CC_TERMINATION, 9), session);
}

/* CCR-U: rule `serial` has this status. */
static void report(struct stage *s, uint64_t session, uint32_t serial, uint8_t status, uint8_t failure)
{
    struct dia_msg *m = ccr(s, CC_UPDATE, 1);
    struct ie_rule_report *r = &IE_PUT(dia_body(m, CCR), report);
    *r = (struct ie_rule_report){.n = 1, .status = status, .failure = failure, .item = {{"voice", serial}}};
    send(s, s->pgw, m, session);
}

static void raa(struct stage *s, uint64_t session)
{
    struct dia_msg *m = dia_new(s->epc.dia, DIA_GX_RAA);
    m->result = DIA_SUCCESS;
    send(s, s->pgw, m, session);
    expect(s, "");
}

static struct ie_media media(uint8_t number, uint8_t type, uint32_t bps, uint8_t status)
{
    struct ie_media m = {.number = number, .type = type, .flow_status = status, .n = 1, .max_ul = bps, .max_dl = bps};
    m.flow[0] = (struct ie_media_flow){
        .number = 1,
        .down = {.direction = FILTER_DOWNLINK, .protocol = 17, .remote = 0x0a020001, .local = PHONE, .local_port = 50000},
        .up = {.direction = FILTER_UPLINK, .protocol = 17, .remote = 0x0a020001, .local = PHONE, .local_port = 50000}};
    return m;
}

/* AAR with up to two components (number 0: none). */
static struct dia_msg *aar(struct stage *s, uint32_t ip, struct ie_media a, struct ie_media b)
{
    struct dia_msg *m = dia_new(s->epc.dia, DIA_AAR);
    struct ie_media_list *list = &m->body.AAR.media;
    IE_PUT(dia_body(m, AAR), address) = ip;
    if (a.number)
        list->item[list->n++] = a;
    if (b.number)
        list->item[list->n++] = b;
    if (list->n)
        IE_SET(&m->body.AAR, media);
    return m;
}

static const struct ie_media none;

static struct dia_msg *voice_aar(struct stage *s, uint32_t actions)
{
    struct dia_msg *m = aar(s, PHONE, media(1, MEDIA_AUDIO, 30000, FLOW_ENABLED), none);
    if (actions)
        IE_PUT(&m->body.AAR, actions) = actions;
    return m;
}

static void str(struct stage *s, uint64_t session)
{
    struct dia_msg *m = dia_new(s->epc.dia, DIA_STR);
    m->body.STR.cause = TERMINATION_LOGOUT;
    send(s, s->pcscf, m, session);
}

static void answer_of_pcscf(struct stage *s, enum dia_type type, uint64_t session)
{
    struct dia_msg *m = dia_new(s->epc.dia, type);
    m->result = DIA_SUCCESS;
    send(s, s->pcscf, m, session);
    expect(s, "");
}

/* ---- the tests --------------------------------------------------------------------------------------------- */

/* A call in short: AAA at once and RAR beside it, both 20 ms after the AAR was sent; STR takes the rules back. */
void test_pcrf_session(void)
{
    struct stage *s = stage_new();
    struct ie_rule rule[2];
    connect(s, 71, PHONE, "ims");
    send(s, s->pcscf, voice_aar(s, 0), 81);
    expect_in(s, 20 * SIM_MS, "P-CSCF AAA 2001, P-GW RAR +voice-1 QCI 1 GBR 30/30 ENABLED");
    CU_ASSERT_EQUAL(pcrf_rules(s->pcrf, PHONE, rule, 2), 1);
    CU_ASSERT_EQUAL(rule[0].n, 2);
    CU_ASSERT_EQUAL(rule[0].flow[0].direction, FILTER_DOWNLINK);
    CU_ASSERT_EQUAL(rule[0].flow[1].direction, FILTER_UPLINK);
    CU_ASSERT_EQUAL(rule[0].qos.mbr_ul, 30);
    CU_ASSERT_EQUAL(pcrf_contexts(s->pcrf), 2);
    raa(s, 71);
    report(s, 71, 1, RULE_ACTIVE, 0); /* nobody asked to hear of it */
    expect(s, "P-GW CCA 2001");
    str(s, 81);
    expect(s, "P-CSCF STA 2001, P-GW RAR -voice-1");
    raa(s, 71);
    CU_ASSERT_EQUAL(pcrf_rules(s->pcrf, PHONE, rule, 2), 0);
    disconnect(s, 71);
    expect(s, "P-GW CCA 2001");
    stage_free(s);
}

/* Unknown address, no media, forbidden media; rates round up; video has QCI 2. Two P-GWs' or P-CSCFs' sessions may have
 * one number: the host tells them apart. */
void test_pcrf_authorises(void)
{
    struct stage *s = stage_new();
    s->forbid_video = true;
    connect(s, 5, PHONE, "internet");
    connect(s, 6, PHONE, "ims"); /* this is the one that media is bound to */
    send(s, s->pcscf, aar(s, MODEM, media(1, MEDIA_AUDIO, 30000, FLOW_ENABLED), none), 5);
    expect(s, "P-CSCF AAA 5065");
    send(s, s->pcscf, aar(s, PHONE, none, none), 5);
    expect(s, "P-CSCF AAA 5061");
    send(s, s->pcscf, aar(s, PHONE, media(1, MEDIA_AUDIO, 30000, FLOW_ENABLED), media(2, MEDIA_VIDEO, 384001, FLOW_ENABLED)), 5);
    expect(s, "P-CSCF AAA 5063");
    CU_ASSERT_EQUAL(pcrf_contexts(s->pcrf), 2);
    s->forbid_video = false;
    disconnect(s, 5);
    expect(s, "P-GW CCA 2001");
    send(s, s->pcscf, aar(s, PHONE, media(1, MEDIA_AUDIO, 30000, FLOW_ENABLED), media(2, MEDIA_VIDEO, 384001, FLOW_DISABLED)), 5);
    expect(s, "P-CSCF AAA 2001, P-GW RAR +voice-1 QCI 1 GBR 30/30 ENABLED +video-2 QCI 2 GBR 385/385 DISABLED");
    raa(s, 6);
    str(s, 5);
    expect(s, "P-CSCF STA 2001, P-GW RAR -voice-1 -video-2");
    raa(s, 6);
    disconnect(s, 6);
    expect(s, "P-GW CCA 2001");
    stage_free(s);
}

/* Preliminary information is checked and answered, before or after the final one. */
void test_pcrf_preliminary(void)
{
    struct stage *s = stage_new();
    connect(s, 1, PHONE, "ims");
    struct dia_msg *m = aar(s, PHONE, none, none);
    IE_PUT(&m->body.AAR, status) = SERVICE_INFO_PRELIMINARY;
    send(s, s->pcscf, m, 2);
    expect(s, "P-CSCF AAA 2001");
    m = voice_aar(s, 0);
    IE_PUT(&m->body.AAR, status) = SERVICE_INFO_PRELIMINARY;
    send(s, s->pcscf, m, 2);
    expect(s, "P-CSCF AAA 2001");
    s->forbid_video = true;
    send(s, s->pcscf, aar(s, PHONE, media(1, MEDIA_VIDEO, 1000, FLOW_ENABLED), none), 2);
    expect(s, "P-CSCF AAA 5063");
    str(s, 2); /* the attempt was given up */
    expect(s, "P-CSCF STA 2001");

    m = voice_aar(s, 0);
    IE_PUT(&m->body.AAR, status) = SERVICE_INFO_PRELIMINARY;
    send(s, s->pcscf, m, 3);
    expect(s, "P-CSCF AAA 2001");
    send(s, s->pcscf, voice_aar(s, 0), 3);
    expect(s, "P-CSCF AAA 2001, P-GW RAR +voice-1 QCI 1 GBR 30/30 ENABLED");
    m = voice_aar(s, 0);
    IE_PUT(&m->body.AAR, status) = SERVICE_INFO_PRELIMINARY;
    send(s, s->pcscf, m, 3);
    expect(s, "P-CSCF AAA 2001");

    m = aar(s, PHONE, none, none);
    IE_PUT(&m->body.AAR, status) = SERVICE_INFO_PRELIMINARY;
    send(s, s->pcscf, m, 4);
    expect(s, "P-CSCF AAA 2001");
    disconnect(s, 1);
    expect(s, "P-GW CCA 2001, P-CSCF ASR cause 0, P-CSCF ASR cause 0");
    str(s, 3);
    str(s, 4);
    expect(s, "P-CSCF STA 2001, P-CSCF STA 2001");
    stage_free(s);
}

/* Video is added, voice put on hold and changed to another codec, video removed; what is refused changes nothing. */
void test_pcrf_changes(void)
{
    struct stage *s = stage_new();
    struct ie_media voice = media(1, MEDIA_AUDIO, 30000, FLOW_ENABLED), video = media(2, MEDIA_VIDEO, 384000, FLOW_ENABLED);
    connect(s, 1, PHONE, "ims");
    send(s, s->pcscf, aar(s, PHONE, voice, none), 2);
    expect(s, "P-CSCF AAA 2001, P-GW RAR +voice-1 QCI 1 GBR 30/30 ENABLED");
    send(s, s->pcscf, aar(s, PHONE, voice, none), 2); /* the same again */
    expect(s, "P-CSCF AAA 2001");
    send(s, s->pcscf, aar(s, PHONE, voice, video), 2);
    expect(s, "P-CSCF AAA 2001, P-GW RAR +video-2 QCI 2 GBR 384/384 ENABLED");
    raa(s, 1); /* two at once were on their way */
    raa(s, 1);
    voice.flow_status = FLOW_ENABLED_UPLINK;
    send(s, s->pcscf, aar(s, PHONE, voice, video), 2);
    expect(s, "P-CSCF AAA 2001, P-GW RAR +voice-1 QCI 1 GBR 30/30 ENABLED-UPLINK");
    voice.max_ul = 41000;
    video.flow_status = FLOW_REMOVED;
    send(s, s->pcscf, aar(s, PHONE, voice, video), 2);
    expect(s, "P-CSCF AAA 2001, P-GW RAR -video-2 +voice-1 QCI 1 GBR 41/30 ENABLED-UPLINK");
    voice.flow[0].down.remote_port = 4000;
    send(s, s->pcscf, aar(s, PHONE, voice, none), 2);
    expect(s, "P-CSCF AAA 2001, P-GW RAR +voice-1 QCI 1 GBR 41/30 ENABLED-UPLINK");
    s->forbid_video = true;
    send(s, s->pcscf, aar(s, PHONE, voice, media(2, MEDIA_VIDEO, 384000, FLOW_ENABLED)), 2);
    expect(s, "P-CSCF AAA 5063");
    str(s, 2);
    expect(s, "P-CSCF STA 2001, P-GW RAR -voice-1");
    disconnect(s, 1); /* before the RAAs */
    expect(s, "P-GW CCA 2001");
    stage_free(s);
}

/* The P-CSCF asked to hear of bearers: they come, one of two is lost, the other one is, too. */
void test_pcrf_reports(void)
{
    struct stage *s = stage_new();
    uint32_t all = 1u << ACTION_SUCCESSFUL_ALLOCATION | 1u << ACTION_FAILED_ALLOCATION | 1u << ACTION_LOSS_OF_BEARER;
    struct dia_msg *m = aar(s, PHONE, media(1, MEDIA_AUDIO, 30000, FLOW_ENABLED), media(2, MEDIA_VIDEO, 384000, FLOW_ENABLED));
    IE_PUT(&m->body.AAR, actions) = all;
    connect(s, 1, PHONE, "ims");
    send(s, s->pcscf, m, 2);
    expect(s, "P-CSCF AAA 2001, P-GW RAR +voice-1 QCI 1 GBR 30/30 ENABLED +video-2 QCI 2 GBR 384/384 ENABLED");
    report(s, 1, 1, RULE_ACTIVE, 0); /* before the RAA */
    expect(s, "P-GW CCA 2001, P-CSCF RAR action 8");
    answer_of_pcscf(s, DIA_RX_RAA, 2);
    raa(s, 1);
    report(s, 1, 2, RULE_INACTIVE, 0);
    expect(s, "P-GW CCA 2001, P-CSCF RAR action 2");
    report(s, 1, 2, RULE_INACTIVE, 0); /* it is gone already */
    expect(s, "P-GW CCA 2001");
    report(s, 1, 1, RULE_INACTIVE, 0);
    expect(s, "P-GW CCA 2001, P-CSCF ASR cause 0");
    answer_of_pcscf(s, DIA_ASA, 2);
    send(s, s->pcscf, voice_aar(s, 0), 2); /* crossed the ASR */
    expect(s, "P-CSCF AAA 5065");
    str(s, 2);
    expect(s, "P-CSCF STA 2001");

    send(s, s->pcscf, voice_aar(s, all), 3);
    expect(s, "P-CSCF AAA 2001, P-GW RAR +voice-3 QCI 1 GBR 30/30 ENABLED");
    raa(s, 1);
    report(s, 1, 3, RULE_INACTIVE, RULE_FAILURE_RESOURCES);
    expect(s, "P-GW CCA 2001, P-CSCF RAR action 9 cause 2");
    str(s, 3);
    expect(s, "P-CSCF STA 2001");
    disconnect(s, 1);
    expect(s, "P-GW CCA 2001");
    stage_free(s);
}

/* Who did not ask to hear of failures has its session aborted, when nothing is left of it. */
void test_pcrf_failures_untold(void)
{
    struct stage *s = stage_new();
    connect(s, 1, PHONE, "ims");
    send(s, s->pcscf, aar(s, PHONE, media(1, MEDIA_AUDIO, 30000, FLOW_ENABLED), media(2, MEDIA_VIDEO, 1000, FLOW_ENABLED)), 2);
    expect(s, "P-CSCF AAA 2001, P-GW RAR +voice-1 QCI 1 GBR 30/30 ENABLED +video-2 QCI 2 GBR 1/1 ENABLED");
    raa(s, 1);
    report(s, 1, 2, RULE_INACTIVE, RULE_FAILURE_RESOURCES);
    expect(s, "P-GW CCA 2001");
    report(s, 1, 1, RULE_INACTIVE, RULE_FAILURE_RESOURCES);
    expect(s, "P-GW CCA 2001, P-CSCF ASR cause 2");
    str(s, 2);
    expect(s, "P-CSCF STA 2001");
    disconnect(s, 1);
    expect(s, "P-GW CCA 2001");
    stage_free(s);
}

/* The P-GW does not answer for 5 s: rules that it never confirmed count as failed, others stand. */
void test_pcrf_no_raa(void)
{
    struct stage *s = stage_new();
    connect(s, 1, PHONE, "ims");
    send(s, s->pcscf, voice_aar(s, 0), 2);
    expect(s, "P-CSCF AAA 2001, P-GW RAR +voice-1 QCI 1 GBR 30/30 ENABLED");
    raa(s, 1);
    send(s, s->pcscf, voice_aar(s, 0), 3);
    expect(s, "P-CSCF AAA 2001, P-GW RAR +voice-2 QCI 1 GBR 30/30 ENABLED");
    expect_in(s, 5 * SIM_S, "P-CSCF ASR cause 2");
    str(s, 3);
    expect(s, "P-CSCF STA 2001");
    str(s, 2);
    expect(s, "P-CSCF STA 2001, P-GW RAR -voice-1");
    raa(s, 1);
    disconnect(s, 1);
    expect(s, "P-GW CCA 2001");
    stage_free(s);
}

/* The phone is gone: its calls are aborted, in the order in which they began. */
void test_pcrf_detach(void)
{
    struct stage *s = stage_new();
    connect(s, 1, PHONE, "ims");
    send(s, s->pcscf, voice_aar(s, 0), 2);
    send(s, s->pcscf, voice_aar(s, 0), 3);
    expect(s, "P-CSCF AAA 2001, P-GW RAR +voice-1 QCI 1 GBR 30/30 ENABLED, P-CSCF AAA 2001, P-GW RAR +voice-2 QCI 1 GBR 30/30 "
              "ENABLED");
    disconnect(s, 1);
    expect(s, "P-GW CCA 2001, P-CSCF ASR cause 0, P-CSCF ASR cause 0");
    answer_of_pcscf(s, DIA_ASA, 2);
    str(s, 2);
    str(s, 3);
    expect(s, "P-CSCF STA 2001, P-CSCF STA 2001");
    stage_free(s);
}

/* The P-CSCF does not react to ASR: the session ends after 5 s. */
void test_pcrf_abort_without_str(void)
{
    struct stage *s = stage_new();
    connect(s, 1, PHONE, "ims");
    send(s, s->pcscf, voice_aar(s, 0), 2);
    expect(s, "P-CSCF AAA 2001, P-GW RAR +voice-1 QCI 1 GBR 30/30 ENABLED");
    disconnect(s, 1);
    expect(s, "P-GW CCA 2001, P-CSCF ASR cause 0");
    CU_ASSERT_EQUAL(pcrf_contexts(s->pcrf), 1);
    expect_in(s, 5 * SIM_S, "");
    stage_free(s);
}

void test_pcrf_unknown_sessions(void)
{
    struct stage *s = stage_new();
    send(s, s->pgw, ccr(s, CC_UPDATE, 1), 1);
    expect(s, "P-GW CCA 5002");
    disconnect(s, 1);
    expect(s, "P-GW CCA 5002");
    str(s, 1);
    expect(s, "P-CSCF STA 5002");
    raa(s, 1);
    answer_of_pcscf(s, DIA_ASA, 1);
    answer_of_pcscf(s, DIA_RX_RAA, 1);
    stage_free(s);
}
