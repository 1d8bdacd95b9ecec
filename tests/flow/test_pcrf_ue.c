/* test_pcrf_ue.c - what phones ask for themselves, at the PCRF. */
#include "tests/flow/pcrf_rig.h"

/* RTP and RTCP as a phone asks for them: from anywhere to its port, and back. */
static struct ie_filters wide(uint16_t port)
{
    struct ie_filters f = {.n = 2};
    for (unsigned i = 0; i < f.n; i++)
        f.item[i] = (struct ie_filter){.direction = i ? FILTER_UPLINK : FILTER_DOWNLINK, .protocol = 17, .local_port = port};
    return f;
}

static void ask(struct stage *s, uint64_t session, uint8_t qci, uint16_t port)
{
    struct dia_msg *m = ccr(s, CC_UPDATE, 1);
    struct dia_CCR *b = dia_body(m, CCR);
    IE_PUT(b, events) = 1u << EVENT_RESOURCE_MODIFICATION;
    IE_PUT(b, filter_operation) = FILTERS_ADDITION;
    IE_PUT(b, filters) = wide(port);
    IE_PUT(b, qos) = (struct ie_qos){.qci = qci, .gbr_ul = 30, .gbr_dl = 30, .mbr_ul = 30, .mbr_dl = 30};
    send(s, s->pgw, m, session);
}

static void give_up(struct stage *s, uint64_t session, uint32_t rule)
{
    struct dia_msg *m = ccr(s, CC_UPDATE, 2);
    struct dia_CCR *b = dia_body(m, CCR);
    IE_PUT(b, events) = 1u << EVENT_RESOURCE_MODIFICATION;
    IE_PUT(b, filter_operation) = FILTERS_DELETION;
    IE_PUT(b, filters) = (struct ie_filters){.n = 2, .rule = rule};
    send(s, s->pgw, m, session);
}

#define OWN "+ue-1 QCI 1 GBR 30/30 DISABLED"

/* A call takes the phone's own rule, which has its flows then, and leaves it as it was. */
void test_pcrf_ue_rule_is_used(void)
{
    struct stage *s = stage_new();
    struct ie_rule rule[2];
    connect(s, 71, PHONE, "ims");
    ask(s, 71, 1, 50000);
    expect(s, "P-GW CCA 2001 " OWN);
    CU_ASSERT_EQUAL(pcrf_rules(s->pcrf, PHONE, rule, 2), 1);
    CU_ASSERT(rule[0].n == 2 && rule[0].flow[0].remote == 0 && rule[0].flow[0].local_port == 50000);
    CU_ASSERT_EQUAL(rule[0].qos.arp.level, 2); /* as the calls' media have it */
    for (int call = 0; call < 2; call++) {
        send(s, s->pcscf, voice_aar(s, 0), 81);
        expect(s, "P-CSCF AAA 2001, P-GW RAR +ue-1 QCI 1 GBR 30/30 ENABLED");
        raa(s, 71);
        CU_ASSERT_EQUAL(pcrf_rules(s->pcrf, PHONE, rule, 2), 1);
        CU_ASSERT_EQUAL(rule[0].flow[0].remote, 0x0a020001);
        str(s, 81);
        expect(s, "P-CSCF STA 2001, P-GW RAR " OWN);
        raa(s, 71);
        CU_ASSERT_EQUAL(pcrf_rules(s->pcrf, PHONE, rule, 2), 1);
        CU_ASSERT_EQUAL(rule[0].flow[0].remote, 0);
    }
    give_up(s, 71, 1);
    expect(s, "P-GW CCA 2001 -ue-1");
    CU_ASSERT_EQUAL(pcrf_rules(s->pcrf, PHONE, rule, 2), 0);
    disconnect(s, 71);
    expect(s, "P-GW CCA 2001");
    stage_free(s);
}

/* It fits other ports, another QCI, a second call: rules of their own. */
void test_pcrf_ue_rule_does_not_fit(void)
{
    struct stage *s = stage_new();
    connect(s, 71, PHONE, "ims");
    ask(s, 71, 1, 50002);
    expect(s, "P-GW CCA 2001 " OWN);
    send(s, s->pcscf, voice_aar(s, 0), 81);
    expect(s, "P-CSCF AAA 2001, P-GW RAR +voice-2 QCI 1 GBR 30/30 ENABLED");
    raa(s, 71);
    ask(s, 71, 2, 50000);
    expect(s, "P-GW CCA 2001 +ue-3 QCI 2 GBR 30/30 DISABLED");
    send(s, s->pcscf, voice_aar(s, 0), 82);
    expect(s, "P-CSCF AAA 2001, P-GW RAR +voice-4 QCI 1 GBR 30/30 ENABLED");
    raa(s, 71);
    ask(s, 71, 1, 50000);
    expect(s, "P-GW CCA 2001 +ue-5 QCI 1 GBR 30/30 DISABLED");
    send(s, s->pcscf, voice_aar(s, 0), 83);
    expect(s, "P-CSCF AAA 2001, P-GW RAR +ue-5 QCI 1 GBR 30/30 ENABLED");
    raa(s, 71);
    send(s, s->pcscf, voice_aar(s, 0), 84);
    expect(s, "P-CSCF AAA 2001, P-GW RAR +voice-7 QCI 1 GBR 30/30 ENABLED");
    raa(s, 71);
    disconnect(s, 71); /* with all of them */
    expect(s, "P-GW CCA 2001, P-CSCF ASR cause 0, P-CSCF ASR cause 0, P-CSCF ASR cause 0, P-CSCF ASR cause 0");
    for (uint64_t session = 81; session <= 84; session++) {
        answer_of_pcscf(s, DIA_ASA, session);
        str(s, session);
        expect(s, "P-CSCF STA 2001");
    }
    stage_free(s);
}

/* Media is taken out of the call: the rule is again the phone's. The phone gives it up while a call uses it, or the P-GW
 * loses it: the call hears of that. */
void test_pcrf_ue_rule_goes(void)
{
    struct stage *s = stage_new();
    connect(s, 71, PHONE, "ims");
    ask(s, 71, 1, 50000);
    expect(s, "P-GW CCA 2001 " OWN);
    send(s, s->pcscf, voice_aar(s, 0), 81);
    expect(s, "P-CSCF AAA 2001, P-GW RAR +ue-1 QCI 1 GBR 30/30 ENABLED");
    raa(s, 71);
    send(s, s->pcscf, aar(s, PHONE, media(1, MEDIA_AUDIO, 30000, FLOW_REMOVED), none), 81);
    expect(s, "P-CSCF AAA 2001, P-GW RAR " OWN);
    raa(s, 71);
    send(s, s->pcscf, voice_aar(s, 0), 81);
    expect(s, "P-CSCF AAA 2001, P-GW RAR +ue-1 QCI 1 GBR 30/30 ENABLED");
    give_up(s, 71, 1); /* before the RAA: both are under way */
    expect(s, "P-GW CCA 2001 -ue-1, P-CSCF ASR cause 0");
    raa(s, 71);
    answer_of_pcscf(s, DIA_ASA, 81);
    str(s, 81);
    expect(s, "P-CSCF STA 2001");

    ask(s, 71, 1, 50000);
    expect(s, "P-GW CCA 2001 +ue-4 QCI 1 GBR 30/30 DISABLED");
    send(s, s->pcscf, voice_aar(s, 0), 82);
    expect(s, "P-CSCF AAA 2001, P-GW RAR +ue-4 QCI 1 GBR 30/30 ENABLED");
    raa(s, 71);
    report(s, 71, 4, RULE_INACTIVE, 0);
    expect(s, "P-GW CCA 2001, P-CSCF ASR cause 0");
    CU_ASSERT_EQUAL(pcrf_contexts(s->pcrf), 2); /* the connection, the session of the call */
    answer_of_pcscf(s, DIA_ASA, 82);
    str(s, 82);
    expect(s, "P-CSCF STA 2001");
    disconnect(s, 71);
    expect(s, "P-GW CCA 2001");
    stage_free(s);
}

/* Not allowed by the operator, not a QCI of calls, too many; not known. In either state of the connection. */
void test_pcrf_ue_refused(void)
{
    for (int busy = 0; busy < 2; busy++) {
        struct stage *s = stage_new_with(busy != 0);
        connect(s, 71, PHONE, "ims");
        if (busy) {
            send(s, s->pcscf, voice_aar(s, 0), 81);
            expect(s, "P-CSCF AAA 2001, P-GW RAR +voice-1 QCI 1 GBR 30/30 ENABLED");
        }
        ask(s, 71, busy ? 9 : 1, 50000);
        expect(s, "P-GW CCA 5143");
        give_up(s, 71, 7);
        expect(s, "P-GW CCA 5144");
        for (unsigned i = 0; busy && i < IE_MAX_RULES; i++) {
            ask(s, 71, 1, (uint16_t)(50000 + i));
            sim_run(s->sim, s->sim->now + 100 * SIM_MS);
            CU_ASSERT_TRUE(g_str_has_prefix(s->story->str, "P-GW CCA 2001 +ue-"));
            g_string_truncate(s->story, 0);
        }
        if (busy) {
            ask(s, 71, 1, 50000);
            expect(s, "P-GW CCA 5143");
            str(s, 81);
            expect(s, "P-CSCF STA 2001, P-GW RAR -voice-1");
        }
        disconnect(s, 71);
        expect(s, "P-GW CCA 2001");
        stage_free(s);
    }
}
