/* test_pcrf.c - calls of phones at the PCRF. */
#include "tests/flow/pcrf_rig.h"

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
