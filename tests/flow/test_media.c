/* test_media.c - what a call's media is: which codecs two phones agree on, and what bearers that gives. */
#include "tests/flow/play.h"

#include "models/ue/ue.h"
#include "models/ue/ue_access.h"

#include <CUnit/CUnit.h>

#include <stdio.h>
#include <string.h>

/* The bearers of a phone besides that of its signalling: "QCI 1 30/30, QCI 2 384/384 kbit/s" up and down. */
static char *bearers_of(const struct play *p, const char *phone)
{
    struct ue_bearer_view view[IE_MAX_BEARERS];
    unsigned n = ue_access_bearers(ue_access_of(net_find_node(p->world->net, phone)), view, IE_MAX_BEARERS);
    GString *text = g_string_new(NULL);
    for (unsigned i = 0; i < n; i++)
        if (view[i].linked)
            g_string_append_printf(text, "%sQCI %u %u/%u", text->len ? ", " : "", view[i].qos.qci, view[i].qos.gbr_ul,
                                   view[i].qos.gbr_dl);
    return g_string_free(text, FALSE);
}

static void check_bearers(const struct play *p, const char *phone, const char *wanted)
{
    char *got = bearers_of(p, phone);
    CU_ASSERT_STRING_EQUAL(got, wanted);
    if (strcmp(got, wanted) != 0)
        printf("\n%s has %s, not %s", phone, got, wanted);
    g_free(got);
}

/* The codecs of the last description that this phone sent: "104 AMR-WB mode-set=2". */
static char *codecs_said(const struct play *p, const char *phone)
{
    const struct sdp *last = NULL;
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < p->hops->len; i++) {
        const struct hop *h = play_hop(p, i);
        if (h->sip && h->sip->sdp && strcmp(h->from, phone) == 0)
            last = h->sip->sdp;
    }
    for (unsigned i = 0; last && i < last->n_streams; i++)
        for (unsigned k = 0; last->streams[i].port && k < SDP_MAX_CODECS; k++) {
            const struct sdp_codec *codec = &last->streams[i].codecs[k];
            if (last->streams[i].codec_mask & 1u << k)
                g_string_append_printf(text, "%s%u %s%s%s", text->len ? ", " : "", codec->payload, codec->encoding,
                                       codec->fmtp ? " " : "", codec->fmtp ? codec->fmtp : "");
        }
    return g_string_free(text, FALSE);
}

#define A "group[UE-A].media[audio]."
#define B "group[UE-B].media[audio]."

/* The codec that two phones agree on is that of the offer's first they have in common, and the bearers get what it needs: the
 * 12.65 and 23.85 kbit/s of AMR-WB's modes 2 and 8, 12.2 of AMR; with IPv4 headers 30, 41 and 29. */
void test_media_codec_of_a_call(void)
{
    static const struct {
        const char *change[4];
        const char *codecs, *bearers;
    } cases[] = {
        {{A "codec[1].fmtp=mode-set=2"}, "104 AMR-WB mode-set=2;mode-change-capability=2;max-red=0, 105 telephone-event 0-15",
         "QCI 1 30/30"},
        {{A "codec[1].fmtp=mode-set=8", B "codec[1].fmtp=mode-set=8"}, "104 AMR-WB mode-set=8, 105 telephone-event 0-15",
         "QCI 1 41/41"},
        {{A "codec[1].fmtp=mode-set=8", B "codec[1].fmtp=max-red=0"}, "104 AMR-WB mode-set=8;max-red=0, 105 telephone-event 0-15",
         "QCI 1 41/41"},
        /* mode 8 alone is not what the other phone has: the octet-aligned one is next */
        {{A "codec[1].fmtp=mode-set=8"},
         "110 AMR-WB octet-align=1;mode-set=2;mode-change-capability=2;max-red=0, 105 telephone-event 0-15", "QCI 1 30/30"},
        {{B "codec[1].clock-rate=8000", B "codec[2].clock-rate=8000"},
         "102 AMR mode-change-capability=2;max-red=0, 100 telephone-event 0-15", "QCI 1 29/29"},
        {{B "codec[1].clock-rate=8000", B "codec[2].clock-rate=8000", B "codec[3].fmtp=octet-align=1;mode-set=0,2,4,7"},
         "108 AMR octet-align=1;mode-set=0,2,4,7, 100 telephone-event 0-15", "QCI 1 30/30"},
        /* what a scenario says goes before what the codec needs, each way for itself */
        {{A "bandwidth=38"}, "104 AMR-WB mode-set=2;mode-change-capability=2;max-red=0, 105 telephone-event 0-15", "QCI 1 30/38"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct play *p = play_ready_with("volte-call", cases[i].change);
        play_until(p, 12 * SIM_S);
        char *got = codecs_said(p, "UE-B");
        CU_ASSERT_STRING_EQUAL(got, cases[i].codecs);
        if (strcmp(got, cases[i].codecs) != 0)
            printf("\nUE-B said %s, not %s", got, cases[i].codecs);
        g_free(got);
        check_bearers(p, "UE-A", cases[i].bearers);
        play_until(p, SIM_NEVER);
        play_end(p);
    }
}

/* 488, and no bearer (RFC 3261 21.4.26). */
void test_media_nothing_in_common(void)
{
    struct play *p = play("volte-call", B "codec[1].name=EVS", B "codec[2].name=EVS", B "codec[3].clock-rate=16000",
                          B "codec[4].clock-rate=16000", NULL);
    CU_ASSERT_EQUAL(play_value(p, MARK_FAILED), 488);
    CU_ASSERT_EQUAL(play_count(p, "488 Not Acceptable Here (INVITE)", "UE-B", "P-CSCF2"), 1);
    CU_ASSERT_EQUAL(play_count(p, "AAR", NULL, NULL), 0);
    play_end(p);
}

/* Video that only one side has, or that neither side can decode: refused with port 0, and the call goes on without. */
void test_media_audio_in_common(void)
{
    static const char *const how[] = {"group[UE-B].media[video].codec[1].name=VP8",
                                      "group[UE-B].media[video].codec[1].fmtp=profile-level-id=42e00d"};
    for (size_t i = 0; i < G_N_ELEMENTS(how); i++) {
        struct play *p = play_ready("volte-video-call", how[i], NULL);
        play_until(p, 12 * SIM_S);
        const struct sdp *answer = play_nth(p, "183 Session Progress", "UE-B", 1)->sip->sdp;
        CU_ASSERT_EQUAL_FATAL(answer->n_streams, 2);
        CU_ASSERT_NOT_EQUAL(answer->streams[0].port, 0);
        CU_ASSERT_EQUAL(answer->streams[1].port, 0);
        check_bearers(p, "UE-A", "QCI 1 30/30");
        check_bearers(p, "UE-B", "QCI 1 30/30");
        CU_ASSERT_EQUAL(play_moments(p, MARK_CONNECTED), 1);
        play_until(p, SIM_NEVER);
        play_end(p);
    }
}
