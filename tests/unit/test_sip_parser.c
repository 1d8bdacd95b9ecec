/* test_sip_parser.c - the wire text of every SIP message, read back by somebody else's parser.
 *
 * Sofia-SIP (in sofia_read.c, a program of its own) reads each message of each hop: it must find no error,
 * and give back the field values that the message's struct holds. Both are written down in one form, a line
 * per field, and compared as text. A parser that only does not complain would prove little, so broken and
 * changed messages must be noticed, too. */
#include "tests/flow/play.h"
#include "tests/unit/sip_said.h"

#include <CUnit/CUnit.h>

#include <glib/gstdio.h>

#include <stdio.h>
#include <string.h>

#ifndef HAVE_SOFIA_SIP

/* tests/document.list has this one, in the suite "skipped", instead of the others. */
void test_sip_parser_is_missing(void)
{
    printf("\n  skipped: SIP messages against Sofia-SIP's parser (configured without libsofia-sip-ua-dev)\n");
    CU_PASS("skipped");
}

#else

#define SOFIA_READ IMSSIM_TEST_BUILDDIR "/tests/sofia-read"

/* ---- what the parser finds -------------------------------------------------------------------- */

/* Runs the parser's program over a file. Its output, or NULL; g_free. */
static char *run_parser(const char *file)
{
    char *argv[] = {(char *)SOFIA_READ, (char *)file, NULL}, *out = NULL;
    GError *error = NULL;
    int status = 0;
    bool ran = g_spawn_sync(NULL, argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &out, NULL, &status, &error);
    if (!ran)
        printf("\n  %s", error->message);
    g_clear_error(&error);
    CU_ASSERT_TRUE(ran);
    CU_ASSERT_EQUAL(status, 0);
    if (!ran || status != 0)
        g_clear_pointer(&out, g_free);
    return out;
}

static void add_message(GString *messages, const char *text)
{
    g_string_append_printf(messages, "%" G_GSIZE_FORMAT "\n%s", strlen(text), text);
}

/* What the parser finds in messages collected with add_message(), each up to its "= valid" or "= broken"
 * (kept); as many as `count`, or NULL and the test fails. g_strfreev. */
static char **parsed(const GString *messages, unsigned count)
{
    char *file = NULL, *out = NULL, **blocks = NULL;
    int fd = g_file_open_tmp("imssim-sip-XXXXXX", &file, NULL);
    CU_ASSERT_NOT_EQUAL_FATAL(fd, -1);
    g_close(fd, NULL);
    if (g_file_set_contents(file, messages->str, (gssize)messages->len, NULL))
        out = run_parser(file);
    g_unlink(file);
    g_free(file);
    if (out)
        blocks = g_strsplit(out, "\n\n", -1);
    g_free(out);
    CU_ASSERT_TRUE(blocks && g_strv_length(blocks) == count + 1);
    if (blocks && g_strv_length(blocks) != count + 1)
        g_clear_pointer(&blocks, g_strfreev);
    return blocks;
}

/* ---- all messages of a play ------------------------------------------------------------------- */

/* Prints the first line in which they differ. */
static void say_difference(const struct hop *h, const char *found, const char *said)
{
    char **a = g_strsplit(found, "\n", -1), **b = g_strsplit(said, "\n", -1);
    unsigned i = 0;
    while (a[i] && b[i] && strcmp(a[i], b[i]) == 0)
        i++;
    printf("\n  %s %s -> %s: the parser has \"%s\", we say \"%s\"", h->type, h->from, h->to, a[i] ? a[i] : "",
           b[i] ? b[i] : "");
    g_strfreev(a);
    g_strfreev(b);
}

static GPtrArray *sip_hops(const struct play *p)
{
    GPtrArray *hops = g_ptr_array_new();
    for (guint i = 0; i < p->hops->len; i++)
        if (play_hop(p, i)->sip)
            g_ptr_array_add(hops, (gpointer)play_hop(p, i));
    return hops;
}

static char **read_hops(const struct play *p, const GPtrArray *hops)
{
    GString *messages = g_string_new(NULL);
    for (guint i = 0; i < hops->len; i++) {
        const struct hop *h = g_ptr_array_index(hops, i);
        char *text = hop_text(p, h);
        CU_ASSERT_EQUAL(strlen(text), h->size);
        add_message(messages, text);
        g_free(text);
    }
    char **found = parsed(messages, hops->len);
    g_string_free(messages, TRUE);
    return found;
}

static void compare_hops(const struct play *p, const GPtrArray *hops, char **found)
{
    GHashTable *names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    GString *said = g_string_new(NULL);
    for (guint i = 0; i < hops->len; i++) {
        const struct hop *h = g_ptr_array_index(hops, i);
        g_string_truncate(said, 0);
        sip_said(said, names, p->world->sip, h->sip);
        if (strcmp(found[i], said->str) != 0)
            say_difference(h, found[i], said->str);
        CU_ASSERT_STRING_EQUAL(found[i], said->str);
    }
    g_string_free(said, TRUE);
    g_hash_table_destroy(names);
}

static void assert_all_sent(const struct play *p, const char *scenario, const char *types)
{
    char **wanted = g_strsplit(types, "|", -1);
    for (char **type = wanted; *type; type++) {
        unsigned sent = play_count(p, *type, NULL, NULL);
        if (sent == 0)
            printf("\n  %s: no %s", scenario, *type);
        CU_ASSERT_NOT_EQUAL(sent, 0);
    }
    g_strfreev(wanted);
}

/* Reads back every SIP message of a play with changes (up to NULL), in which each of `types`, separated by
 * "|", was sent. */
static void read_back(const char *scenario, const char *types, ...) G_GNUC_NULL_TERMINATED;
static void read_back(const char *scenario, const char *types, ...)
{
    GPtrArray *changes = g_ptr_array_new();
    char *change;
    va_list args;
    va_start(args, types);
    while ((change = va_arg(args, char *)))
        g_ptr_array_add(changes, change);
    va_end(args);
    g_ptr_array_add(changes, NULL);
    struct play *p = play_with(scenario, (const char *const *)changes->pdata);
    g_ptr_array_free(changes, TRUE);
    if (!p)
        return;
    GPtrArray *hops = sip_hops(p);
    char **found = read_hops(p, hops);
    if (found)
        compare_hops(p, hops, found);
    assert_all_sent(p, scenario, types);
    g_strfreev(found);
    g_ptr_array_free(hops, TRUE);
    play_end(p);
}

void test_sip_parser_reads_the_seven_flows(void)
{
    static const char *const scenarios[] = {"mmd-1",        "mmd-2", "mmd-2-no183", "mmd-3",
                                            "mmd-3-update", "mmd-4", "mmd-4-prack"};
    for (size_t i = 0; i < G_N_ELEMENTS(scenarios); i++)
        read_back(scenarios[i], "INVITE|100 Trying|180 Ringing|PRACK|200 OK (PRACK)|200 OK (INVITE)|ACK",
                  NULL);
}

void test_sip_parser_reads_ends_of_calls(void)
{
    read_back("mmd-4", "UPDATE|200 OK (UPDATE)|BYE|200 OK (BYE)", "call[1].hold=3s", NULL);
    read_back("mmd-1", "CANCEL|200 OK (CANCEL)|487 Request Terminated (INVITE)|ACK", "call[1].cancel=1s",
              NULL);
    read_back("mmd-1", "486 Busy Here (INVITE)|ACK", "call[1].called=busy", NULL);
    read_back("mmd-3", "603 Decline (INVITE)|ACK", "call[1].called=declines", NULL);
    /* Nothing in common. */
    read_back("mmd-1", "488 Not Acceptable Here (INVITE)|ACK", "group[UE-2].media[audio].codec[1].name=AMR",
              "group[UE-2].media[video].codec[1].name=VP8", NULL);
    /* Repetitions, and what comes when they do not help. */
    read_back("mmd-1", "408 Request Timeout (INVITE)|ACK",
              "<faults><drop message='INVITE' to='UE-2' count='20'/></faults>", NULL);
    read_back("mmd-1", "504 Server Time-out (INVITE)|ACK", "sip.gm.T1=100ms",
              "<faults><drop message='PRACK' to='UE-2' count='20'/></faults>", NULL);
}

void test_sip_parser_reads_failed_preconditions(void)
{
    static const char fails[] = "group[UE-2].reservation-outcome=fails";
    read_back("mmd-4", "580 Precondition Failure (INVITE)|ACK", fails, NULL);
    /* While an offer waits for its answer, 580 has a body: streams with port 0, and mandatory rows that
     * failed. */
    read_back("mmd-2", "580 Precondition Failure (INVITE)|ACK", fails, NULL);
    read_back("mmd-2", "580 Precondition Failure (INVITE)|ACK", fails, "group[UE-1].des-remote=mandatory",
              NULL);
    /* The refusal and the UPDATE cross. */
    read_back("mmd-4",
              "580 Precondition Failure (INVITE)|UPDATE|481 Call/Transaction Does Not Exist (UPDATE)", fails,
              "group[UE-2].reservation-time=370ms", NULL);
}

void test_sip_parser_reads_other_phones(void)
{
    /* One stream is refused: port 0. */
    read_back("mmd-3", "183 Session Progress|200 OK (INVITE)", "group[UE-2].media[video].codec[1].name=VP8",
              NULL);
    read_back("mmd-1", "180 Ringing|200 OK (INVITE)|ACK", "group[UE-1].reliable=no", NULL);
    read_back("mmd-2", "180 Ringing|200 OK (INVITE)", "group[UE-1].preconditions=no", NULL);
    read_back("mmd-4", "UPDATE|200 OK (UPDATE)", "group[UE-1].des-local=mandatory",
              "group[UE-2].des-local=mandatory", NULL);
    read_back("mmd-1", "180 Ringing|ACK", "<link interface='Mw' transport='tcp'/>", NULL);
    read_back("mmd-3", "183 Session Progress", "group[UE-1].media[audio].codec[1].fmtp=mode-set=0,2,4,7",
              "group[UE-1].media[audio].codec[1].channels=2", "group[UE-2].media[audio].codec[1].channels=2",
              NULL);
}

/* Through application servers: the Route entries of ISC, and for whom (RFC 5502). */
void test_sip_parser_reads_isc(void)
{
    static const char criteria[] =
        "<subscribers><group id='UE-1'><criterion priority='1' as='AS1' method='INVITE'/><criterion "
        "priority='2' as='AS2' method='INVITE'/></group>"
        "<group id='UE-2'><criterion priority='1' as='AS3' method='INVITE' case='terminating'/></group>"
        "<group id='UE-3'><criterion priority='1' as='AS3' method='INVITE' "
        "case='terminating-unregistered'/></group></subscribers>";
    read_back("services", "INVITE|180 Ringing|ACK|BYE|200 OK (BYE)", criteria,
              "<script><call from='UE-1' to='UE-2' hold='1s'/></script>", NULL);
    read_back("services", "INVITE|480 Temporarily Unavailable (INVITE)|ACK", criteria,
              "<script><call from='UE-1' to='UE-3'/></script>", NULL);
}

/* From power-on to power-off; who registers, over what, and how it ends. */
void test_sip_parser_reads_registrations(void)
{
    read_back("registration",
              "REGISTER|401 Unauthorized (REGISTER)|200 OK (REGISTER)|SUBSCRIBE|200 OK "
              "(SUBSCRIBE)|NOTIFY|200 OK (NOTIFY)",
              NULL);
    read_back("registration-digest", "REGISTER|401 Unauthorized (REGISTER)|200 OK (REGISTER)|NOTIFY", NULL);
    read_back("registration-digest", "REGISTER|401 Unauthorized (REGISTER)|200 OK (REGISTER)",
              "group[TERMINAL].auth=digest-sha256", NULL);
    read_back("volte-call",
              "REGISTER|401 Unauthorized (REGISTER)|200 OK (REGISTER)|SUBSCRIBE|200 OK "
              "(SUBSCRIBE)|NOTIFY|200 OK (NOTIFY)|"
              "INVITE|183 Session Progress|PRACK|180 Ringing|200 OK (INVITE)|ACK|BYE|200 OK (BYE)",
              NULL);
    read_back("registration", "REGISTER|401 Unauthorized (REGISTER)", "group[UE].card=ahead",
              NULL); /* auts */
    read_back("registration", "403 Forbidden (REGISTER)", "group[UE].card=wrong-key", NULL);
    read_back("registration", "423 Interval Too Brief (REGISTER)", "node[S-CSCF2].min-registration=100s",
              NULL);
    read_back("registration", "NOTIFY",
              "<script><at time='10s' ue='UE' do='deregister-by-network'/></script>", NULL);
    /* The P-CSCF ends a call: Reason. */
    read_back("volte-call", "BYE",
              "<faults><drop message='E-RAB SETUP RESPONSE' from='eNB2' count='9'/></faults>", NULL);
}

/* Calls that change, and those that the network ends: with Reason on BYE, and on CANCEL. */
void test_sip_parser_reads_changes_of_calls(void)
{
    read_back("volte-hold", "INVITE|200 OK (INVITE)|ACK|UPDATE|200 OK (UPDATE)|BYE", NULL);
    read_back("volte-codec-change", "INVITE|183 Session Progress|200 OK (INVITE)|ACK|BYE", NULL);
    read_back("volte-lost-bearer", "BYE|200 OK (BYE)", NULL);
    read_back("volte-lost-bearer", "CANCEL|200 OK (CANCEL)|487 Request Terminated (INVITE)|503 Service Unavailable (INVITE)|ACK",
              "call[1].answer=20s", NULL);
}

/* Numbers in the Request-URI and in To, and those of a group in P-Asserted-Identity. */
void test_sip_parser_reads_numbers(void)
{
    static const char call[] = "<script><call from='UE-1-2' to='UE-2-12' hold='1s'/></script>";
    read_back("services", "INVITE|180 Ringing|ACK|BYE|200 OK (BYE)", "group[UE-1].dial=tel",
              "group[UE-1].count=2", "group[UE-2].count=12", call, NULL);
}

/* ---- what has to be noticed ------------------------------------------------------------------- */

struct change {
    int in; /* which message: enum below */
    const char *from, *to;
};

/* The messages that are changed: of mmd-1, and of registration. */
enum { RINGING, INVITE, REGISTER, CHALLENGE, REGISTERED, SUBSCRIBE, NOTIFY, MESSAGES };
/* clang-format off */
static const struct {
    const char *scenario, *type, *from;
    unsigned nth;
} messages[MESSAGES] = {
    [RINGING] =    {"mmd-1",        "180 Ringing",                 "UE-2",    1},
    [INVITE] =     {"mmd-1",        "INVITE",                      "P-CSCF2", 1},
    [REGISTER] =   {"registration", "REGISTER",                    "UE",      2},
    [CHALLENGE] =  {"registration", "401 Unauthorized (REGISTER)", "S-CSCF2", 1},
    [REGISTERED] = {"registration", "200 OK (REGISTER)",           "S-CSCF2", 1},
    [SUBSCRIBE] =  {"registration", "SUBSCRIBE",                   "UE",      1},
    [NOTIFY] =     {"registration", "NOTIFY",                      "P-CSCF1", 1},
};
/* clang-format on */

/* The text of each message. g_free. */
static void play_messages(char *texts[MESSAGES])
{
    static const char *const nothing[] = {NULL};
    struct play *p = NULL;
    for (unsigned i = 0; i < MESSAGES; i++) {
        if (i == 0 || strcmp(messages[i].scenario, messages[i - 1].scenario) != 0) {
            play_end(p);
            p = play_with(messages[i].scenario, nothing);
        }
        texts[i] = hop_text(p, play_nth(p, messages[i].type, messages[i].from, messages[i].nth));
    }
    play_end(p);
}

/* The message with the change. g_free. */
static char *changed_message(const char *text, const struct change *c)
{
    char **around = g_strsplit(text, c->from, 2);
    if (g_strv_length(around) != 2)
        printf("\n  there is no \"%s\"", c->from);
    CU_ASSERT_EQUAL_FATAL(g_strv_length(around), 2);
    char *changed = g_strconcat(around[0], c->to, around[1], NULL);
    g_strfreev(around);
    return changed;
}

/* What the parser finds in the messages with each of the changes. g_strfreev. */
static char **read_changed(const struct change *changes, unsigned count)
{
    char *texts[MESSAGES];
    GString *changed = g_string_new(NULL);
    play_messages(texts);
    for (unsigned i = 0; i < count; i++) {
        char *text = changed_message(texts[changes[i].in], &changes[i]);
        add_message(changed, text);
        g_free(text);
    }
    for (unsigned i = 0; i < MESSAGES; i++)
        g_free(texts[i]);
    char **found = parsed(changed, count);
    g_string_free(changed, TRUE);
    return found;
}

static bool is_valid(const char *found)
{
    return g_str_has_suffix(found, "= valid");
}

void test_sip_parser_refuses_broken_messages(void)
{
    static const struct change broken[] = {
        {INVITE,     "INVITE sip:",                "INVITE"              },
        {INVITE,     " SIP/2.0\r\n",               "\r\n"                },
        {RINGING,    "SIP/2.0 180",                "SIP/2.0 one"         },
        {INVITE,     "Via: SIP/2.0/UDP ",          "Via: UDP "           },
        {INVITE,     "Max-Forwards: ",             "Max-Forwards: many " },
        {INVITE,     "Record-Route: <",            "Record-Route: "      },
        {INVITE,     "From: <sip:",                "From: \"UE <sip:"    },
        {INVITE,     "From: ",                     "Form: "              },
        {INVITE,     "Call-ID: ",                  "X-Call-ID: "         },
        {INVITE,     "CSeq: 1 INVITE",             "CSeq: INVITE"        },
        {INVITE,     "CSeq: 1 INVITE",             "CSeq: 1 BYE"         },
        {RINGING,    "RSeq: 1000",                 "RSeq: next"          },
        {INVITE,     "Contact: <",                 "Contact: "           },
        {INVITE,     "Content-Length: ",           "Content-Length: 1"   },
        {INVITE,     "v=0\r\n",                    "v=1\r\n"             },
        {INVITE,     "o=- ",                       "o=-"                 },
        {INVITE,     "s=-\r\n",                    ""                    },
        {INVITE,     "t=0 0",                      "t=now"               },
        {INVITE,     "m=audio 49500",              "m=audio port"        },
        {INVITE,     "RTP/AVP 97 99",              "RTP/AVP"             },
        {INVITE,     "b=AS:25",                    "b=AS:25.4"           },
        {REGISTER,   "Authorization: Digest ",     "Authorization: "     },
        {REGISTER,   "Expires: ",                  "Expires: soon"       },
        {CHALLENGE,  "401 Unauthorized",           "Unauthorized"        },
        {REGISTERED, "Path: <",                    "Path: "              },
        {REGISTERED, "Service-Route: <",           "Service-Route: "     },
        {SUBSCRIBE,  "Event: reg",                 "Event: "             },
        {NOTIFY,     "Subscription-State: active", "Subscription-State: "},
    };
    char **found = read_changed(broken, G_N_ELEMENTS(broken));
    for (size_t i = 0; found && i < G_N_ELEMENTS(broken); i++) {
        if (is_valid(found[i]))
            printf("\n  \"%s\" instead of \"%s\" goes unseen", broken[i].to, broken[i].from);
        CU_ASSERT_FALSE(is_valid(found[i]));
    }
    g_strfreev(found);
}

void test_sip_parser_sees_every_field(void)
{
    static const struct change changes[] = {
        {RINGING,    "CSeq",                                                                 "CSeq"                        }, /* each unchanged, to compare with */
        {INVITE,     "CSeq",                                                                 "CSeq"                        },
        {REGISTER,   "CSeq",                                                                 "CSeq"                        },
        {CHALLENGE,  "CSeq",                                                                 "CSeq"                        },
        {REGISTERED, "CSeq",                                                                 "CSeq"                        },
        {SUBSCRIBE,  "CSeq",                                                                 "CSeq"                        },
        {NOTIFY,     "CSeq",                                                                 "CSeq"                        },
        {INVITE,     "INVITE sip:UE-2@",                                                     "INVITE sip:UE-3@"            },
        {INVITE,     "8805;comp=sigcomp SIP",                                                "8805 SIP"                    },
        {INVITE,     ";branch=",                                                             ";branch=x"                   },
        {INVITE,     "UDP pcscf2",                                                           "TCP pcscf2"                  },
        {INVITE,     ";comp=sigcomp;branch",                                                 ";branch"                     },
        {INVITE,     "Max-Forwards: 6",                                                      "Max-Forwards: 7"             },
        {INVITE,     ";lr>, ",                                                               ">, "                         },
        {INVITE,     ">;tag=",                                                               ">;tag=x"                     },
        {INVITE,     "Call-ID: ",                                                            "Call-ID: x"                  },
        {INVITE,     "Supported: 100rel, ",                                                  "Supported: "                 },
        {INVITE,     "Allow: INVITE, ",                                                      "Allow: "                     },
        {INVITE,     "Contact: <sip:UE-1",                                                   "Contact: <sip:UE-2"          },
        {INVITE,     "P-Asserted-Identity: \"",                                              "X: \""                       },
        {INVITE,     "Privacy: none",                                                        "Privacy: id"                 },
        {INVITE,     "P-Called-Party-ID: <sip:UE-2",                                         "P-Called-Party-ID: <sip:UE-1"},
        {INVITE,     "IN IP4 10.20.1.100",                                                   "IN IP4 10.20.1.101"          },
        {INVITE,     "audio 49500",                                                          "audio 49501"                 },
        {INVITE,     "b=AS:25",                                                              "b=AS:26"                     },
        {INVITE,     "curr:qos local sendrecv",                                              "curr:qos local sendonly"     },
        {INVITE,     "des:qos optional",                                                     "des:qos required"            },
        {INVITE,     "rtpmap:97 EVRC",                                                       "rtpmap:97 EVRD"              },
        {INVITE,     "ptime:20",                                                             "ptime:40"                    },
        {INVITE,     "a=cif:1",                                                              "a=cif:2"                     },
        {RINGING,    "180 Ringing",                                                          "181 Ringing"                 },
        {RINGING,    "RSeq: 1000",                                                           "RSeq: 1001"                  },
        {RINGING,    "Require: 100rel",                                                      "Require: 200rel"             },
        {RINGING,    "To: <sip:UE-2",                                                        "To: <sip:UE-3"               },
        {REGISTER,   "username=\"UE",                                                        "username=\"UF"               },
        {REGISTER,   "realm=\"home",                                                         "realm=\"hole"                },
        {REGISTER,   "nonce=\"",                                                             "nonce=\"A"                   },
        {REGISTER,   "uri=\"sip:home",                                                       "uri=\"sip:hole"              },
        {REGISTER,   "response=\"",                                                          "response=\"0"                },
        {REGISTER,   "AKAv1",                                                                "AKAv2"                       },
        {REGISTER,   "Security-Client: ipsec-3gpp; alg=hmac-sha-1-96; ealg=aes-cbc; spi-c=",
         "Security-Client: ipsec-3gpp; alg=hmac-sha-1-96; ealg=aes-cbc; spi-c=1"                                           },
        {REGISTER,   "Security-Verify: ipsec-3gpp",                                          "Security-Verify: tls"        },
        {REGISTER,   "Expires: 60",                                                          "Expires: 61"                 },
        {REGISTER,   "Supported: path",                                                      "Supported: gruu"             },
        {CHALLENGE,  "ik=\"",                                                                "ik=\"0"                      },
        {CHALLENGE,  "ck=\"",                                                                "ck=\"0"                      },
        {CHALLENGE,  "realm=",                                                               "realms="                     },
        {REGISTERED, "Path: <sip:pcscf1",                                                    "Path: <sip:pcscf2"           },
        {REGISTERED, "Service-Route: <sip:scscf2",                                           "Service-Route: <sip:scscf3"  },
        {REGISTERED, "P-Associated-URI: <sip:UE",                                            "P-Associated-URI: <sip:UF"   },
        {REGISTERED, ";expires=60",                                                          ";expires=61"                 },
        {SUBSCRIBE,  "Event: reg",                                                           "Event: presence"             },
        {NOTIFY,     "active;expires=60",                                                    "active;expires=61"           },
        {NOTIFY,     "reginfo+xml",                                                          "reginfo"                     },
        {NOTIFY,     "event=\"registered\"",                                                 "event=\"refreshed\" "        },
    };
    char **found = read_changed(changes, G_N_ELEMENTS(changes));
    for (size_t i = MESSAGES; found && i < G_N_ELEMENTS(changes); i++) {
        const char *before = found[changes[i].in];
        if (strcmp(found[i], before) == 0)
            printf("\n  \"%s\" instead of \"%s\" goes unseen", changes[i].to, changes[i].from);
        CU_ASSERT_STRING_NOT_EQUAL(found[i], before);
    }
    for (size_t i = 0; found && i < MESSAGES; i++)
        CU_ASSERT_TRUE(is_valid(found[i]));
    g_strfreev(found);
}

#endif
