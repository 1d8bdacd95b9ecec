/* test_headers.c - what the headers of a call's messages say, hop by hop: routes, identities, options.
 *
 * Expectations are written out; nothing is taken from the stack but the rendered text. */
#include "tests/flow/play.h"

#include <CUnit/CUnit.h>

#include <stdio.h>
#include <string.h>

/* The values of a header in order, joined with " | ". g_free. */
static char *values(const struct play *p, const struct hop *h, const char *header)
{
    char *text = hop_text(p, h), **lines = g_strsplit(text, "\r\n", -1);
    GString *found = g_string_new(NULL);
    size_t n = strlen(header);
    for (char **line = lines; *line && **line; line++)
        if (strncmp(*line, header, n) == 0 && strncmp(*line + n, ": ", 2) == 0)
            g_string_append_printf(found, "%s%s", found->len ? " | " : "", *line + n + 2);
    g_strfreev(lines);
    g_free(text);
    return g_string_free(found, FALSE);
}

static void assert_header(const struct play *p, const struct hop *h, const char *header, const char *expected)
{
    char *got = values(p, h, header);
    if (strcmp(got, expected) != 0)
        printf("\n%s of %s, %s to %s\n  is  %s\n  not %s", header, h->type, h->from, h->to, got, expected);
    CU_ASSERT_STRING_EQUAL(got, expected);
    g_free(got);
}

static void assert_first_line(const struct play *p, const struct hop *h, const char *expected)
{
    char *text = hop_text(p, h);
    CU_ASSERT_TRUE(g_str_has_prefix(text, expected) && strncmp(text + strlen(expected), "\r\n", 2) == 0);
    g_free(text);
}

#define P1_GM     "<sip:pcscf1.domain1.example:7531;lr;comp=sigcomp>"
#define P1        "<sip:pcscf1.domain1.example;lr>"
#define S1        "<sip:scscf1.domain1.example;lr>"
#define S2        "<sip:scscf2.domain2.example;lr>"
#define P2        "<sip:pcscf2.domain2.example;lr>"
#define P2_GM     "<sip:pcscf2.domain2.example:7531;lr;comp=sigcomp>"
#define CONTACT_1 "sip:UE-1@10.20.1.100:1357;comp=sigcomp"
#define CONTACT_2 "sip:UE-2@10.30.1.24:8805;comp=sigcomp"

static const char *const senders[] = {"UE-1", "P-CSCF1", "I/S-CSCF1", "I/S-CSCF2", "P-CSCF2"};

/* Record-Route grows by one entry per proxy; the called phone sees the face it can reach, and so does the
 * caller: the entry of its P-CSCF is rewritten on the way back (TS 24.229 5.2.6.3, 5.2.6.4). */
void test_headers_record_route(void)
{
    static const char *const on_the_way[] = {"", P1, S1 ", " P1, S2 ", " S1 ", " P1,
                                             P2_GM ", " S2 ", " S1 ", " P1};
    struct play *p = play("mmd-4", "call[1].hold=1s", NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(senders); i++)
        assert_header(p, play_nth(p, "INVITE", senders[i], 1), "Record-Route", on_the_way[i]);
    static const char *const responses[] = {"183 Session Progress", "180 Ringing", "200 OK (INVITE)"};
    for (size_t i = 0; i < G_N_ELEMENTS(responses); i++) {
        assert_header(p, play_nth(p, responses[i], "UE-2", 1), "Record-Route", P2_GM ", " S2 ", " S1 ", " P1);
        assert_header(p, play_nth(p, responses[i], "P-CSCF2", 1), "Record-Route", P2 ", " S2 ", " S1 ", " P1);
        assert_header(p, play_nth(p, responses[i], "P-CSCF1", 1), "Record-Route",
                      P2 ", " S2 ", " S1 ", " P1_GM);
        assert_header(p, play_nth(p, responses[i], "P-CSCF1", 1), "Contact", "<" CONTACT_2 ">");
    }
    play_end(p);
}

/* Route: P-CSCF and Service-Route in the INVITE; the reverse of Record-Route inside the dialog. */
void test_headers_route(void)
{
    static const char *const of_invite[] = {P1_GM ", " S1, S1, "", P2, ""};
    static const char *const in_dialog[] = {P1_GM ", " S1 ", " S2 ", " P2, S1 ", " S2 ", " P2, S2 ", " P2, P2,
                                            ""};
    static const char *const requests[] = {"PRACK", "UPDATE", "ACK", "BYE"};
    struct play *p = play("mmd-4", "call[1].hold=1s", NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(senders); i++) {
        const struct hop *invite = play_nth(p, "INVITE", senders[i], 1);
        assert_header(p, invite, "Route", of_invite[i]);
        assert_first_line(p, invite,
                          i < 3 ? "INVITE sip:UE-2@domain2.example SIP/2.0" : "INVITE " CONTACT_2 " SIP/2.0");
        for (size_t r = 0; r < G_N_ELEMENTS(requests); r++) {
            const struct hop *h = play_nth(p, requests[r], senders[i], 1);
            char *line = g_strdup_printf("%s " CONTACT_2 " SIP/2.0", requests[r]);
            assert_header(p, h, "Route", in_dialog[i]);
            assert_header(p, h, "Record-Route", "");
            assert_first_line(p, h, line);
            g_free(line);
        }
    }
    play_end(p);
}

/* BYE of the called phone takes the same way back. */
void test_headers_route_of_the_called_phone(void)
{
    struct play *p = play("mmd-1", "<faults><drop message='ACK' from='P-CSCF2' count='100'/></faults>", NULL);
    const struct hop *bye = play_nth(p, "BYE", "UE-2", 1);
    assert_header(p, bye, "Route", P2_GM ", " S2 ", " S1 ", " P1);
    assert_header(p, play_nth(p, "BYE", "P-CSCF2", 1), "Route", S2 ", " S1 ", " P1);
    assert_header(p, play_nth(p, "BYE", "P-CSCF1", 1), "Route", "");
    assert_header(p, bye, "CSeq", "1 BYE");
    assert_first_line(p, bye, "BYE " CONTACT_1 " SIP/2.0");
    play_end(p);
}

static unsigned commas(const char *list)
{
    unsigned n = 0;
    for (; *list; list++)
        n += *list == '|' || *list == ',';
    return n;
}

/* One Via per node passed, one Max-Forwards less. */
void test_headers_via_and_max_forwards(void)
{
    static const char *const requests[] = {"INVITE", "PRACK", "UPDATE", "ACK", "BYE"};
    struct play *p = play("mmd-4", "call[1].hold=1s", NULL);
    for (size_t r = 0; r < G_N_ELEMENTS(requests); r++)
        for (unsigned i = 0; i < G_N_ELEMENTS(senders); i++) {
            const struct hop *h = play_nth(p, requests[r], senders[i], 1);
            char *via = values(p, h, "Via"), *left = g_strdup_printf("%u", 70 - i);
            CU_ASSERT_EQUAL(commas(via), i);
            assert_header(p, h, "Max-Forwards", left);
            g_free(left);
            g_free(via);
        }
    play_end(p);
}

void test_headers_cseq_rseq_rack(void)
{
    struct play *p = play("mmd-4", "call[1].hold=1s", NULL);
    assert_header(p, play_nth(p, "INVITE", "UE-1", 1), "CSeq", "1 INVITE");
    assert_header(p, play_nth(p, "183 Session Progress", "UE-2", 1), "RSeq", "1000");
    assert_header(p, play_nth(p, "PRACK", "UE-1", 1), "CSeq", "2 PRACK");
    assert_header(p, play_nth(p, "PRACK", "UE-1", 1), "RAck", "1000 1 INVITE");
    assert_header(p, play_nth(p, "UPDATE", "UE-1", 1), "CSeq", "3 UPDATE");
    assert_header(p, play_nth(p, "180 Ringing", "UE-2", 1), "RSeq", "1001");
    assert_header(p, play_nth(p, "PRACK", "UE-1", 2), "CSeq", "4 PRACK");
    assert_header(p, play_nth(p, "PRACK", "UE-1", 2), "RAck", "1001 1 INVITE");
    assert_header(p, play_nth(p, "200 OK (INVITE)", "UE-2", 1), "RSeq", "");
    assert_header(p, play_nth(p, "ACK", "UE-1", 1), "CSeq", "1 ACK");
    assert_header(p, play_nth(p, "BYE", "UE-1", 1), "CSeq", "5 BYE");
    assert_header(p, play_nth(p, "200 OK (BYE)", "P-CSCF1", 1), "CSeq", "5 BYE");
    play_end(p);
}

/* X.S0013-009 6.1: tags only in Supported of requests; Require in reliable responses, precondition with SDP.
 */
void test_headers_option_tags(void)
{
    struct play *p = play("mmd-4", "call[1].hold=1s", NULL);
    assert_header(p, play_nth(p, "INVITE", "UE-1", 1), "Supported", "100rel, precondition");
    assert_header(p, play_nth(p, "INVITE", "UE-1", 1), "Require", "sec-agree");
    assert_header(p, play_nth(p, "INVITE", "UE-1", 1), "Proxy-Require", "sec-agree");
    assert_header(p, play_nth(p, "INVITE", "P-CSCF1", 1), "Require", "");
    assert_header(p, play_nth(p, "INVITE", "P-CSCF1", 1), "Proxy-Require", "");
    assert_header(p, play_nth(p, "INVITE", "P-CSCF1", 1), "Security-Verify", "");
    assert_header(p, play_nth(p, "183 Session Progress", "UE-2", 1), "Require", "100rel, precondition");
    assert_header(p, play_nth(p, "180 Ringing", "UE-2", 1), "Require", "100rel");
    assert_header(p, play_nth(p, "UPDATE", "UE-1", 1), "Supported", "precondition");
    assert_header(p, play_nth(p, "200 OK (UPDATE)", "UE-2", 1), "Require", "precondition");
    play_end(p);
    p = play("mmd-2", NULL);
    assert_header(p, play_nth(p, "183 Session Progress", "UE-2", 1), "Require", "");
    assert_header(p, play_nth(p, "183 Session Progress", "UE-2", 1), "RSeq", "");
    play_end(p);
}

/* Identities: preferred by the phone, asserted by its P-CSCF; charging headers stay between the P-CSCFs. */
void test_headers_identities(void)
{
    struct play *p = play("mmd-1", NULL);
    assert_header(p, play_nth(p, "INVITE", "UE-1", 1), "P-Preferred-Identity",
                  "\"User-1\" <sip:UE-1@domain1.example>");
    assert_header(p, play_nth(p, "INVITE", "UE-1", 1), "P-Asserted-Identity", "");
    assert_header(p, play_nth(p, "INVITE", "P-CSCF1", 1), "P-Preferred-Identity", "");
    assert_header(p, play_nth(p, "INVITE", "P-CSCF1", 1), "P-Asserted-Identity",
                  "\"User-1\" <sip:UE-1@domain1.example>");
    assert_header(p, play_nth(p, "180 Ringing", "P-CSCF2", 1), "P-Preferred-Identity", "");
    assert_header(p, play_nth(p, "INVITE", "I/S-CSCF2", 1), "P-Called-Party-ID",
                  "<sip:UE-2@domain2.example>");
    for (size_t i = 0; i < G_N_ELEMENTS(senders); i++) {
        char *charging = values(p, play_nth(p, "INVITE", senders[i], 1), "P-Charging-Vector");
        CU_ASSERT_EQUAL(*charging != '\0', i >= 1 && i <= 3);
        g_free(charging);
    }
    play_end(p);
}
