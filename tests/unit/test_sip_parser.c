/* test_sip_parser.c - the wire text of every SIP message, read back by somebody else's parser.
 *
 * Sofia-SIP (in sofia_read.c, a program of its own) reads each message of each hop: it must find no error,
 * and give back the field values that the message's struct holds. Both are written down in one form, a line
 * per field, and compared as text. A parser that only does not complain would prove little, so broken and
 * changed messages must be noticed, too. */
#include "tests/flow/play.h"

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

/* ---- what the simulator says it sent ---------------------------------------------------------- */

/* Call-ID, tags, branches and charging identities are numbers in the struct and texts on the wire. Both sides
 * count theirs in order of first appearance, which gives the same counts exactly if equal numbers have equal
 * texts and different numbers different ones. 0 for none. */
static unsigned number(GHashTable *names, char kind, uint64_t token)
{
    if (!token)
        return 0;
    char *key = g_strdup_printf("%c %016" G_GINT64_MODIFIER "x", kind, token);
    unsigned n = GPOINTER_TO_UINT(g_hash_table_lookup(names, key));
    if (!n) {
        n = g_hash_table_size(names) + 1;
        g_hash_table_insert(names, g_strdup(key), GUINT_TO_POINTER(n));
    }
    g_free(key);
    return n;
}

static const char *or_dash(const char *text)
{
    return text && *text ? text : "-";
}

static void say(GString *out, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void say(GString *out, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_string_append_vprintf(out, format, args);
    va_end(args);
}

static void said_uri(GString *out, const char *what, const struct sip_stack *sip, struct sip_uri u)
{
    if (u.kind == SIP_URI_HOST) {
        const char *params = u.flags == (SIP_LR | SIP_SIGCOMP) ? "lr;comp=sigcomp"
                             : u.flags == SIP_LR               ? "lr"
                                                               : "-";
        char *port = u.port ? g_strdup_printf("%u", u.port) : g_strdup("-");
        say(out, "%s sip: - @ %s : %s ; %s\n", what, sip_host(sip, u.id)->name, port, params);
        g_free(port);
        return;
    }
    if (u.kind == SIP_URI_ODI) {
        say(out, "%s sip: odi%u @ %s : - ; %s\n", what, u.id, sip_host(sip, u.port)->name, u.flags & SIP_LR ? "lr" : "-");
        return;
    }
    const struct sip_party *p = sip_party(sip, u.id);
    if (u.kind == SIP_URI_IDENTITY)
        say(out, "%s sip: %s @ %s : - ; -\n", what, p->user, sip_host(sip, p->domain)->name);
    else if (u.kind == SIP_URI_CONTACT)
        say(out, "%s sip: %s @ %s : %u ; %s\n", what, p->user, p->address, p->port,
            p->sigcomp ? "comp=sigcomp" : "-");
    else
        say(out, "%s tel: %s @ - : - ; -\n", what, p->tel);
}

static void said_via(GString *out, GHashTable *names, const struct sip_stack *sip, const struct sip_via *v)
{
    const struct sip_uri at = v->sent_by;
    bool host = at.kind == SIP_URI_HOST;
    const struct sip_party *p = host ? NULL : sip_party(sip, at.id);
    unsigned port = host ? at.port : p->port;
    char *port_text = port ? g_strdup_printf("%u", port) : g_strdup("-");
    bool comp = host ? at.flags & SIP_SIGCOMP : p->sigcomp;
    say(out, "Via SIP/2.0/%s %s : %s ; comp %s branch %u\n", v->reliable ? "TCP" : "UDP",
        host ? sip_host(sip, at.id)->name : p->address, port_text, comp ? "sigcomp" : "-",
        number(names, 'b', v->branch));
    g_free(port_text);
}

static void said_routing(GString *out, GHashTable *names, const struct sip_stack *sip,
                         const struct sip_msg *m)
{
    for (const struct sip_via *v = m->via; v; v = v->next)
        said_via(out, names, sip, v);
    if (!m->status)
        say(out, "Max-Forwards %u\n", m->max_forwards);
    for (const struct sip_hop *h = m->route; h; h = h->next)
        said_uri(out, "Route", sip, h->uri);
    for (const struct sip_hop *h = m->record_route; h; h = h->next)
        said_uri(out, "Record-Route", sip, h->uri);
}

static void said_dialog(GString *out, GHashTable *names, const struct sip_stack *sip, const struct sip_msg *m)
{
    said_uri(out, "From", sip, m->from);
    said_uri(out, "To", sip, m->to);
    unsigned from = number(names, 't', m->from_tag), to = number(names, 't', m->to_tag);
    say(out, "tags %u %u Call-ID %u\n", from, to, number(names, 'c', m->call_id));
    say(out, "CSeq %u %s\n", m->cseq, sip_method_name(m->method));
    if (m->rack_rseq)
        say(out, "RAck %u %u INVITE\n", m->rack_rseq, m->rack_cseq);
    if (m->rseq)
        say(out, "RSeq %u\n", m->rseq);
    if (m->contact.kind)
        said_uri(out, "Contact", sip, m->contact);
}

static void said_options(GString *out, const char *what, unsigned options)
{
    if (options)
        say(out, "%s%s%s%s\n", what, options & SIP_OPT_100REL ? " 100rel" : "",
            options & SIP_OPT_PRECONDITION ? " precondition" : "",
            options & SIP_OPT_SEC_AGREE ? " sec-agree" : "");
}

static void said_identity(GString *out, const struct sip_stack *sip, uint32_t party, bool tel)
{
    const char *display = sip_party(sip, party)->display;
    char *quoted = display ? g_strdup_printf("\"%s\"", display) : g_strdup("-");
    said_uri(out, quoted, sip, (struct sip_uri){.kind = SIP_URI_IDENTITY, .id = party});
    if (tel && sip_party(sip, party)->tel)
        said_uri(out, "-", sip, (struct sip_uri){.kind = SIP_URI_TEL, .id = party});
    g_free(quoted);
}

static void said_private_headers(GString *out, GHashTable *names, const struct sip_stack *sip,
                                 const struct sip_msg *m)
{
    if (m->called_party) {
        const struct sip_party *p = sip_party(sip, m->called_party - 1);
        say(out, "P-Called-Party-ID <sip:%s@%s>\n", p->user, sip_host(sip, p->domain)->name);
    }
    if (m->cold && m->cold->served) {
        static const char *const cases[] = {"orig;regstate=reg", "term;regstate=reg", "term;regstate=unreg"};
        const struct sip_party *p = sip_party(sip, m->cold->served - 1);
        say(out, "P-Served-User <sip:%s@%s>;sescase=%s\n", p->user, sip_host(sip, p->domain)->name, cases[m->cold->served_case]);
    }
    if (m->access_info)
        say(out, "P-Access-Network-Info %s\n", sip_party(sip, m->access_info - 1)->access_info);
    if (!m->icid)
        return;
    say(out, "P-Charging-Vector icid %u", number(names, 'i', m->icid));
    if (m->orig_ioi)
        say(out, ";orig-ioi=%s", sip_host(sip, m->orig_ioi - 1)->name);
    if (m->term_ioi)
        say(out, ";term-ioi=%s", sip_host(sip, m->term_ioi - 1)->name);
    say(out, "\n");
}

static void said_rest(GString *out, GHashTable *names, const struct sip_stack *sip, const struct sip_msg *m)
{
    said_options(out, "Require", m->require);
    said_options(out, "Proxy-Require", m->proxy_require);
    said_options(out, "Supported", m->supported);
    said_options(out, "Unsupported", m->unsupported);
    if (m->allow) {
        say(out, "Allow");
        for (unsigned i = 0; i < SIP_METHODS; i++)
            if (m->allow & 1u << i)
                say(out, " %s", sip_method_name((enum sip_method)i));
        say(out, "\n");
    }
    if (m->security) {
        const struct sip_party *p = sip_party(sip, m->security - 1);
        say(out, "ipsec-3gpp q=0.1 alg=hmac-sha-1-96 spi-c=%s spi-s=%s port-c=%u port-s=%u\n", p->spi_c,
            p->spi_s, p->port_c, p->port_s);
    }
    if (m->privacy)
        say(out, "Privacy %s\n", sip_party(sip, m->privacy - 1)->privacy);
    if (m->preferred_id)
        said_identity(out, sip, m->preferred_id - 1, false);
    if (m->asserted_id)
        said_identity(out, sip, m->asserted_id - 1, true);
    if (m->retry_after)
        say(out, "Retry-After %u\n", m->retry_after);
    said_private_headers(out, names, sip, m);
    if (m->sdp)
        say(out, "Content-Type application/sdp\n");
    say(out, "Content-Length %u\n", m->sdp ? m->sdp->size : 0);
}

/* RFC 3312 5: curr, des, conf; a refused stream says only what failed (8). */
static void said_preconditions(GString *out, const struct sdp_stream *s)
{
    static const char *const segments[] = {"local", "remote"};
    const char *type = sdp_precond_name(s->precond);
    for (unsigned i = 0; i < 2 && s->port; i++)
        say(out, "a curr:%s %s %s\n", type, segments[i], sdp_direction_name(s->status.curr[i]));
    for (unsigned i = 0; i < 2; i++) {
        unsigned send = s->status.des[i][0], recv = s->status.des[i][1],
                 least = s->port ? 0 : SDP_STRENGTH_FAILURE;
        if (send == recv && send >= least)
            say(out, "a des:%s %s %s sendrecv\n", type, sdp_strength_name(send), segments[i]);
        if (send != recv && send >= least)
            say(out, "a des:%s %s %s send\n", type, sdp_strength_name(send), segments[i]);
        if (send != recv && recv >= least)
            say(out, "a des:%s %s %s recv\n", type, sdp_strength_name(recv), segments[i]);
    }
    for (unsigned i = 0; i < 2 && s->port; i++)
        if (s->status.conf[i])
            say(out, "a conf:%s %s %s\n", type, segments[i], sdp_direction_name(s->status.conf[i]));
}

static void said_stream(GString *out, const struct sdp_stream *s)
{
    const char *extra = s->extra ? strchr(s->extra, ':') : NULL;
    say(out, "m %s %u RTP/AVP\n", sdp_media_name(s->media), s->port);
    if (s->port && s->as_kbps)
        say(out, "b AS %u\n", s->as_kbps);
    for (unsigned k = 0; k < SDP_MAX_CODECS; k++) {
        const struct sdp_codec *c = &s->codecs[k];
        if (!(s->codec_mask & 1u << k))
            continue;
        say(out, "format %u", c->payload);
        if (s->port)
            say(out, " %s/%u/%.*u%s fmtp %s", c->encoding, c->clock_rate, c->channels ? 1 : 0, c->channels,
                c->channels ? "" : "-", or_dash(c->fmtp));
        say(out, "\n");
    }
    if (s->port)
        say(out, "mode %s\n", sdp_mode_name(s->direction));
    if (s->precond)
        said_preconditions(out, s);
    if (s->port && s->ptime_ms)
        say(out, "a ptime:%u\n", s->ptime_ms);
    if (s->port && extra)
        say(out, "a %.*s:%s\n", (int)(extra - s->extra), s->extra, extra + 1);
}

static void said_sdp(GString *out, const struct sdp *sdp)
{
    say(out, "%u bytes\no - %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %s\n", sdp->size, sdp->id,
        sdp->version, sdp->address);
    say(out, "s -\nc %s\nt 0 0\n", sdp->address);
    for (unsigned i = 0; i < sdp->n_streams; i++)
        said_stream(out, &sdp->streams[i]);
}

static void fields_said(GString *out, GHashTable *names, const struct sip_stack *sip, const struct sip_msg *m)
{
    if (m->status)
        say(out, "%u %s\n", m->status, sip_reason(m->status));
    else
        said_uri(out, sip_method_name(m->method), sip, m->ruri);
    said_routing(out, names, sip, m);
    said_dialog(out, names, sip, m);
    said_rest(out, names, sip, m);
    if (m->sdp)
        said_sdp(out, m->sdp);
    say(out, "= valid");
}

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
    say(messages, "%" G_GSIZE_FORMAT "\n%s", strlen(text), text);
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
        fields_said(said, names, p->world->sip, h->sip);
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
        "<subscribers><group id='UE-1'><criterion priority='1' as='AS1' method='INVITE'/><criterion priority='2' as='AS2' method='INVITE'/></group>"
        "<group id='UE-2'><criterion priority='1' as='AS3' method='INVITE' case='terminating'/></group>"
        "<group id='UE-3'><criterion priority='1' as='AS3' method='INVITE' case='terminating-unregistered'/></group></subscribers>";
    read_back("services", "INVITE|180 Ringing|ACK|BYE|200 OK (BYE)", criteria, "<script><call from='UE-1' to='UE-2' hold='1s'/></script>", NULL);
    read_back("services", "INVITE|480 Temporarily Unavailable (INVITE)|ACK", criteria, "<script><call from='UE-1' to='UE-3'/></script>", NULL);
}

/* ---- what has to be noticed ------------------------------------------------------------------- */

struct change {
    bool invite; /* in the INVITE that reaches the called phone; else in its 180 */
    const char *from, *to;
};

/* The message of mmd-1 with the change. g_free. */
static char *changed_message(const struct play *p, const struct change *c)
{
    char *text =
        hop_text(p, c->invite ? play_nth(p, "INVITE", "P-CSCF2", 1) : play_nth(p, "180 Ringing", "UE-2", 1));
    char **around = g_strsplit(text, c->from, 2);
    if (g_strv_length(around) != 2)
        printf("\n  there is no \"%s\"", c->from);
    CU_ASSERT_EQUAL_FATAL(g_strv_length(around), 2);
    char *changed = g_strconcat(around[0], c->to, around[1], NULL);
    g_strfreev(around);
    g_free(text);
    return changed;
}

/* What the parser finds in mmd-1's messages with each of the changes. g_strfreev. */
static char **read_changed(const struct change *changes, unsigned count)
{
    static const char *const nothing[] = {NULL};
    struct play *p = play_with("mmd-1", nothing);
    GString *messages = g_string_new(NULL);
    for (unsigned i = 0; p && i < count; i++) {
        char *text = changed_message(p, &changes[i]);
        add_message(messages, text);
        g_free(text);
    }
    play_end(p);
    char **found = parsed(messages, count);
    g_string_free(messages, TRUE);
    return found;
}

static bool is_valid(const char *found)
{
    return g_str_has_suffix(found, "= valid");
}

void test_sip_parser_refuses_broken_messages(void)
{
    static const struct change broken[] = {
        {true,  "INVITE sip:",       "INVITE"             },
        {true,  " SIP/2.0\r\n",      "\r\n"               },
        {false, "SIP/2.0 180",       "SIP/2.0 one"        },
        {true,  "Via: SIP/2.0/UDP ", "Via: UDP "          },
        {true,  "Max-Forwards: ",    "Max-Forwards: many "},
        {true,  "Record-Route: <",   "Record-Route: "     },
        {true,  "From: <sip:",       "From: \"UE <sip:"   },
        {true,  "From: ",            "Form: "             },
        {true,  "Call-ID: ",         "X-Call-ID: "        },
        {true,  "CSeq: 1 INVITE",    "CSeq: INVITE"       },
        {true,  "CSeq: 1 INVITE",    "CSeq: 1 BYE"        },
        {false, "RSeq: 1000",        "RSeq: next"         },
        {true,  "Contact: <",        "Contact: "          },
        {true,  "Content-Length: ",  "Content-Length: 1"  },
        {true,  "v=0\r\n",           "v=1\r\n"            },
        {true,  "o=- ",              "o=-"                },
        {true,  "s=-\r\n",           ""                   },
        {true,  "t=0 0",             "t=now"              },
        {true,  "m=audio 49500",     "m=audio port"       },
        {true,  "RTP/AVP 97 99",     "RTP/AVP"            },
        {true,  "b=AS:25",           "b=AS:25.4"          },
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
        {false, "CSeq",                         "CSeq"                        },
        {true,  "CSeq",                         "CSeq"                        }, /* unchanged, to compare with */
        {true,  "INVITE sip:UE-2@",             "INVITE sip:UE-3@"            },
        {true,  "8805;comp=sigcomp SIP",        "8805 SIP"                    },
        {true,  ";branch=",                     ";branch=x"                   },
        {true,  "UDP pcscf2",                   "TCP pcscf2"                  },
        {true,  ";comp=sigcomp;branch",         ";branch"                     },
        {true,  "Max-Forwards: 6",              "Max-Forwards: 7"             },
        {true,  ";lr>, ",                       ">, "                         },
        {true,  ">;tag=",                       ">;tag=x"                     },
        {true,  "Call-ID: ",                    "Call-ID: x"                  },
        {true,  "Supported: 100rel, ",          "Supported: "                 },
        {true,  "Allow: INVITE, ",              "Allow: "                     },
        {true,  "Contact: <sip:UE-1",           "Contact: <sip:UE-2"          },
        {true,  "P-Asserted-Identity: \"",      "X: \""                       },
        {true,  "Privacy: none",                "Privacy: id"                 },
        {true,  "P-Called-Party-ID: <sip:UE-2", "P-Called-Party-ID: <sip:UE-1"},
        {true,  "IN IP4 10.20.1.100",           "IN IP4 10.20.1.101"          },
        {true,  "audio 49500",                  "audio 49501"                 },
        {true,  "b=AS:25",                      "b=AS:26"                     },
        {true,  "curr:qos local sendrecv",      "curr:qos local sendonly"     },
        {true,  "des:qos optional",             "des:qos required"            },
        {true,  "rtpmap:97 EVRC",               "rtpmap:97 EVRD"              },
        {true,  "ptime:20",                     "ptime:40"                    },
        {true,  "a=cif:1",                      "a=cif:2"                     },
        {false, "180 Ringing",                  "181 Ringing"                 },
        {false, "RSeq: 1000",                   "RSeq: 1001"                  },
        {false, "Require: 100rel",              "Require: 200rel"             },
        {false, "To: <sip:UE-2",                "To: <sip:UE-3"               },
    };
    char **found = read_changed(changes, G_N_ELEMENTS(changes));
    for (size_t i = 2; found && i < G_N_ELEMENTS(changes); i++) {
        const char *before = found[changes[i].invite];
        if (strcmp(found[i], before) == 0)
            printf("\n  \"%s\" instead of \"%s\" goes unseen", changes[i].to, changes[i].from);
        CU_ASSERT_STRING_NOT_EQUAL(found[i], before);
    }
    CU_ASSERT_TRUE(found && is_valid(found[0]) && is_valid(found[1]));
    g_strfreev(found);
}

#endif
