/* pcrf_rig.h - the PCRF between a scripted P-GW and a scripted P-CSCF.
 *
 * Each step sends one message to the PCRF and compares what the two got within the next 100 ms. A story has one
 * part per message: who got it, its name, what it says. */
#ifndef TESTS_FLOW_PCRF_RIG_H
#define TESTS_FLOW_PCRF_RIG_H

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

static inline void put_rules(GString *out, const struct ie_rules *rules)
{
    for (unsigned i = 0; i < rules->n; i++) {
        const struct ie_rule *r = &rules->item[i];
        g_string_append_printf(out, " +%s-%u QCI %u GBR %u/%u %s", r->name.stem, r->name.serial, r->qos.qci, r->qos.gbr_ul,
                               r->qos.gbr_dl, ie_value_name(IE_flow_status, r->flow_status));
    }
}

static inline void put_names(GString *out, const struct ie_rule_names *names)
{
    for (unsigned i = 0; i < names->n; i++)
        g_string_append_printf(out, " -%s-%u", names->item[i].stem, names->item[i].serial);
}

static inline void note(struct node *n, struct msg *base, struct node *from, uint16_t iface)
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
    } else if (base->type == DIA_CCA) {
        put_names(s->story, &m->body.CCA.remove);
        put_rules(s->story, &m->body.CCA.install);
    } else if (base->type == DIA_RX_RAR) {
        g_string_append_printf(s->story, " action %u", (unsigned)__builtin_ctz(m->body.RX_RAR.actions));
        if (IE_HAS(&m->body.RX_RAR, cause))
            g_string_append_printf(s->story, " cause %u", m->body.RX_RAR.cause);
    } else if (base->type == DIA_ASR) {
        g_string_append_printf(s->story, " cause %u", m->body.ASR.cause);
    }
}

static inline const struct link_cfg *link(void *user, uint16_t iface, const struct node *from, const struct node *to)
{
    static const struct link_cfg cfg = {
        .latency = {.kind = DIST_CONST, .draw = DIST_CONST, .fixed = 10 * SIM_MS}, .up = true, .transport = TRANSPORT_SCTP};
    (void)user;
    (void)iface;
    (void)from;
    (void)to;
    return &cfg;
}

static inline bool no_video(void *user, uint32_t ip, const struct ie_media_list *media)
{
    const struct stage *s = user;
    CU_ASSERT_EQUAL(ip, PHONE);
    for (unsigned i = 0; i < media->n; i++)
        if (s->forbid_video && media->item[i].type == MEDIA_VIDEO)
            return false;
    return true;
}

static inline struct node *scripted(struct stage *s, const char *name, uint32_t kind)
{
    struct node *n = net_add_node(s->net, name, kind);
    n->rx = note;
    n->self = s;
    return n;
}

/* `own`: phones may have bearers that they ask for. */
static inline struct stage *stage_new_with(bool own)
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
    pcrf_new(&s->epc, s->pcrf, &(struct pcrf_cfg){.host = s->host[0], .domain = s->domain, .authorise = no_video, .user = s, .no_ue_bearers = !own});
    s->story = g_string_new(NULL);
    return s;
}

static inline struct stage *stage_new(void)
{
    return stage_new_with(true);
}

static inline void stage_free(struct stage *s)
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
static inline void expect_in(struct stage *s, sim_time time, const char *story)
{
    sim_run(s->sim, s->sim->now + time);
    CU_ASSERT_STRING_EQUAL(s->story->str, story);
    if (strcmp(s->story->str, story) != 0)
        printf("\nwanted: %s\nfound:  %s", story, s->story->str);
    g_string_truncate(s->story, 0);
}

static inline void expect(struct stage *s, const char *story)
{
    expect_in(s, 100 * SIM_MS, story);
}

/* ---- what they send --------------------------------------------------------------------------------------- */

static inline void send(struct stage *s, struct node *from, struct dia_msg *m, uint64_t session)
{
    bool gx = from == s->pgw;
    m->session = session;
    m->owner = m->origin = s->host[gx ? 1 : 2];
    m->owner++;
    m->realm = m->to_realm = s->domain;
    dia_seal(s->epc.dia, m);
    node_send(from, s->pcrf, gx ? IFACE_GX : IFACE_RX, &m->m);
}

static inline struct dia_msg *ccr(struct stage *s, uint32_t type, uint32_t number)
{
    struct dia_msg *m = dia_new(s->epc.dia, DIA_CCR);
    dia_body(m, CCR)->type = type;
    dia_body(m, CCR)->number = number;
    return m;
}

static inline void connect(struct stage *s, uint64_t session, uint32_t ip, const char *apn)
{
    struct dia_msg *m = ccr(s, CC_INITIAL, 0);
    IE_PUT(dia_body(m, CCR), address) = ip;
    IE_PUT(dia_body(m, CCR), apn) = apn;
    IE_PUT(dia_body(m, CCR), default_qos) = (struct ie_qos){.qci = 5, .arp = {.level = 5}};
    IE_PUT(dia_body(m, CCR), ambr) = (struct ie_ambr){.ul = 1000, .dl = 2000};
    send(s, s->pgw, m, session);
    expect(s, "P-GW CCA 2001");
}

static inline void disconnect(struct stage *s, uint64_t session)
{
    send(s, s->pgw, ccr(s, CC_TERMINATION, 9), session);
}

/* CCR-U: rule `serial` has this status. */
static inline void report(struct stage *s, uint64_t session, uint32_t serial, uint8_t status, uint8_t failure)
{
    struct dia_msg *m = ccr(s, CC_UPDATE, 1);
    struct ie_rule_report *r = &IE_PUT(dia_body(m, CCR), report);
    *r = (struct ie_rule_report){.n = 1, .status = status, .failure = failure, .item = {{"voice", serial}}};
    send(s, s->pgw, m, session);
}

static inline void raa(struct stage *s, uint64_t session)
{
    struct dia_msg *m = dia_new(s->epc.dia, DIA_GX_RAA);
    m->result = DIA_SUCCESS;
    send(s, s->pgw, m, session);
    expect(s, "");
}

static inline struct ie_media media(uint8_t number, uint8_t type, uint32_t bps, uint8_t status)
{
    struct ie_media m = {.number = number, .type = type, .flow_status = status, .n = 1, .max_ul = bps, .max_dl = bps};
    m.flow[0] = (struct ie_media_flow){
        .number = 1,
        .down = {.direction = FILTER_DOWNLINK, .protocol = 17, .remote = 0x0a020001, .local = PHONE, .local_port = 50000},
        .up = {.direction = FILTER_UPLINK, .protocol = 17, .remote = 0x0a020001, .local = PHONE, .local_port = 50000}};
    return m;
}

/* AAR with up to two components (number 0: none). */
static inline struct dia_msg *aar(struct stage *s, uint32_t ip, struct ie_media a, struct ie_media b)
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

static const struct ie_media none __attribute__((unused));

static inline struct dia_msg *voice_aar(struct stage *s, uint32_t actions)
{
    struct dia_msg *m = aar(s, PHONE, media(1, MEDIA_AUDIO, 30000, FLOW_ENABLED), none);
    if (actions)
        IE_PUT(&m->body.AAR, actions) = actions;
    return m;
}

static inline void str(struct stage *s, uint64_t session)
{
    struct dia_msg *m = dia_new(s->epc.dia, DIA_STR);
    m->body.STR.cause = TERMINATION_LOGOUT;
    send(s, s->pcscf, m, session);
}

static inline void answer_of_pcscf(struct stage *s, enum dia_type type, uint64_t session)
{
    struct dia_msg *m = dia_new(s->epc.dia, type);
    m->result = DIA_SUCCESS;
    send(s, s->pcscf, m, session);
    expect(s, "");
}

#endif
