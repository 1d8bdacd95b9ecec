/* test_document.c - the messages that X.S0013-009 prints in full, against the same messages of mmd-1 and
 * mmd-3.
 *
 * tests/data/document/ has the document's tables 6.2.1.2-1 to -6 and 6.2.3.2-7 and -8, one file each, as they
 * are printed, slips included, except that host names are given back: the text at hand has lost the domain of
 * public identities, the hosts in Route and Record-Route (of one, "scscf2.d" is left), and what stands behind
 * the @ of scenario 3's Call-ID.
 *
 * Two messages are equal when the start lines are, when each header field has the same values with the same
 * parameters in the same order, and when the SDP is line by line the same. White space around separators
 * means nothing (the document has "; tag=" and "branch= "), nor does the order of different header fields:
 * the document's own order changes from table to table. Everything else is a difference, and a difference has
 * to stand in the list below with its reason. One that stands there and does not occur is an error too. */
#include "tests/flow/play.h"

#include <CUnit/CUnit.h>

#include <stdio.h>
#include <string.h>

static const struct printed {
    const char *file, *scenario, *type, *from, *to;
} tables[] = {
    {"1-invite",     "mmd-1", "INVITE",               "UE-1",    "P-CSCF1"},
    {"2-180",        "mmd-1", "180 Ringing",          "P-CSCF1", "UE-1"   },
    {"3-prack",      "mmd-1", "PRACK",                "UE-1",    "P-CSCF1"},
    {"4-200-prack",  "mmd-1", "200 OK (PRACK)",       "P-CSCF1", "UE-1"   },
    {"5-200-invite", "mmd-1", "200 OK (INVITE)",      "P-CSCF1", "UE-1"   },
    {"6-ack",        "mmd-1", "ACK",                  "UE-1",    "P-CSCF1"},
    {"7-invite",     "mmd-3", "INVITE",               "UE-1",    "P-CSCF1"},
    {"8-183",        "mmd-3", "183 Session Progress", "P-CSCF1", "UE-1"   },
};

/* A reason that stands for several differences. */
#define LENGTH  "the document leaves the number open; it is the length of the body"
#define BRANCH  "the document repeats the INVITE's branch; a new request has a new one (RFC 3261 8.1.1.7)"
#define INTEGER "b= takes an integer (RFC 4566 5.8)"
#define ADDRESS "100.300.1.2 is no IPv4 address"

/* What must differ, and why. `ours` NULL: whatever it is; check_length() and check_branches() look at it. */
/* clang-format off */
static const struct difference {
    const char *file, *where, *theirs, *ours, *why;
} differences[] = {
    {"1-invite",    "Content-Length", "xxx", NULL, LENGTH},
    {"1-invite",    "Security-Verify;port-s", "23456", "7531",
     "port-s is where the P-CSCF takes protected requests, and that is where Route leads"},
    {"1-invite",    "audio b=", "AS:25.4", "AS:25", INTEGER},
    {"2-180",       "Content-Length", "xxx", NULL, LENGTH},
    {"3-prack",     "Via;branch", "z9hG4bK-78f-1d86b6-24d29348", NULL, BRANCH},
    {"4-200-prack", "Via;branch", "z9hG4bK-78f-1d86b6-24d29348", NULL, BRANCH},
    {"6-ack",       "Via", "SIP/2.0/UDP 10.20.1.100:5060", "SIP/2.0/UDP 10.20.1.100:1357",
     "the phone sends from its protected port, as its Contact and all its other requests say"},
    {"7-invite",    "Content-Length", "xxx", NULL, LENGTH},
    {"7-invite",    "audio b=", "AS:25.4", "AS:25", INTEGER},
    {"8-183",       "Contact", "<sip:UE-2@100.300.1.2:2345;comp=sigcomp>",
     "<sip:UE-2@100.200.1.2:2345;comp=sigcomp>", ADDRESS},
    {"8-183",       "Content-Length", "xxx", NULL, LENGTH},
    {"8-183",       "session o=", "- 35270718123 35270718123 IN IP4 100.300.1.2",
     "- 35270718123 35270718123 IN IP4 100.200.1.2", ADDRESS},
    {"8-183",       "session c=", "IN IP4 100.300.1.2", "IN IP4 100.200.1.2", ADDRESS},
    {"8-183",       "audio b=", "AS:25.4", "AS:25", INTEGER},
};
/* clang-format on */

/* ---- messages as parts ------------------------------------------------------------------------ */

/* What can differ: a start line, a value or parameter of a header field, a line of SDP. */
struct part {
    char *field; /* header field name; "SDP"; "" of the start line */
    char *where; /* "Via", "Via;branch", "audio b="                */
    char *value;
};

static void part_free(gpointer data)
{
    struct part *p = data;
    g_free(p->field);
    g_free(p->where);
    g_free(p->value);
    g_free(p);
}

/* Takes over `where` and `value`. */
static void add_part(GPtrArray *parts, const char *field, char *where, char *value)
{
    struct part *p = g_new(struct part, 1);
    *p = (struct part){g_strdup(field), where, g_strstrip(value)};
    g_ptr_array_add(parts, p);
}

/* Length of the text up to a `stop` outside of quotes and angle brackets, or to the end. */
static size_t span(const char *s, char stop)
{
    bool quoted = false, bracketed = false;
    size_t n = 0;
    for (; s[n] && (quoted || bracketed || s[n] != stop); n++) {
        if (s[n] == '"')
            quoted = !quoted;
        else if (!quoted && (s[n] == '<' || s[n] == '>'))
            bracketed = s[n] == '<';
    }
    return n;
}

/* One value with its parameters. */
static void add_value(GPtrArray *parts, const char *field, const char *value)
{
    size_t n = span(value, ';');
    add_part(parts, field, g_strdup(field), g_strndup(value, n));
    while (value[n]) {
        value += n + 1;
        n = span(value, ';');
        size_t name = MIN(span(value, '='), n);
        char *parameter = g_strstrip(g_strndup(value, name));
        add_part(parts, field, g_strdup_printf("%s;%s", field, parameter),
                 name < n ? g_strndup(value + name + 1, n - name - 1) : g_strdup(""));
        g_free(parameter);
    }
}

static void add_header_line(GPtrArray *parts, const char *line)
{
    const char *colon = strchr(line, ':');
    if (!colon) {
        add_part(parts, "", g_strdup("no header field"), g_strdup(line));
        return;
    }
    char *field = g_strstrip(g_strndup(line, (gsize)(colon - line)));
    const char *rest = colon + 1;
    for (;;) {
        size_t n = span(rest, ',');
        char *value = g_strndup(rest, n);
        add_value(parts, field, value);
        g_free(value);
        if (!rest[n])
            break;
        rest += n + 1;
    }
    g_free(field);
}

static void add_sdp_line(GPtrArray *parts, const char *line, char **section)
{
    if (g_str_has_prefix(line, "m=")) {
        g_free(*section);
        *section = g_strndup(line + 2, strcspn(line + 2, " "));
    }
    add_part(parts, "SDP", g_strdup_printf("%s %.2s", *section, line),
             g_strdup(line[0] && line[1] ? line + 2 : ""));
}

/* The parts of a message whose lines end in LF or CR LF. g_ptr_array_free. */
static GPtrArray *parts_of(const char *text)
{
    GPtrArray *parts = g_ptr_array_new_with_free_func(part_free);
    char **lines = g_strsplit(text, "\n", -1), *section = g_strdup("session");
    bool body = false;
    for (char **line = lines; *line; line++) {
        g_strchomp(*line);
        if (line == lines)
            add_part(parts, "", g_strdup("start line"), g_strdup(*line));
        else if (**line == '\0')
            body = true;
        else if (body)
            add_sdp_line(parts, *line, &section);
        else
            add_header_line(parts, *line);
    }
    g_free(section);
    g_strfreev(lines);
    return parts;
}

/* The k-th part of a field, or NULL. */
static const struct part *part_of(const GPtrArray *parts, const char *field, unsigned k)
{
    for (guint i = 0; i < parts->len; i++) {
        const struct part *p = g_ptr_array_index(parts, i);
        if (strcmp(p->field, field) == 0 && k-- == 0)
            return p;
    }
    return NULL;
}

/* The value at the first part with this name, or "". */
static const char *value_at(const GPtrArray *parts, const char *where)
{
    for (guint i = 0; i < parts->len; i++) {
        const struct part *p = g_ptr_array_index(parts, i);
        if (strcmp(p->where, where) == 0)
            return p->value;
    }
    return "";
}

/* ---- comparing -------------------------------------------------------------------------------- */

typedef void (*difference_fn)(const char *where, const char *theirs, const char *ours, void *user);

/* Compares one field of the two messages, position by position. */
static void compare_field(const char *field, const GPtrArray *theirs, const GPtrArray *ours, difference_fn fn,
                          void *user)
{
    for (unsigned k = 0;; k++) {
        const struct part *t = part_of(theirs, field, k), *o = part_of(ours, field, k);
        if (!t && !o)
            return;
        if (t && o && strcmp(t->where, o->where) == 0) {
            if (strcmp(t->value, o->value) != 0)
                fn(t->where, t->value, o->value, user);
            continue;
        }
        if (t)
            fn(t->where, t->value, "(something else)", user);
        if (o)
            fn(o->where, "(something else)", o->value, user);
    }
}

static bool begins_field(const GPtrArray *parts, guint i)
{
    const struct part *p = g_ptr_array_index(parts, i);
    return part_of(parts, p->field, 0) == p;
}

/* Calls fn for every difference of two messages. */
static void compare(const char *their_text, const char *our_text, difference_fn fn, void *user)
{
    GPtrArray *theirs = parts_of(their_text), *ours = parts_of(our_text);
    for (guint i = 0; i < theirs->len; i++)
        if (begins_field(theirs, i))
            compare_field(((struct part *)g_ptr_array_index(theirs, i))->field, theirs, ours, fn, user);
    for (guint i = 0; i < ours->len; i++) {
        const char *field = ((struct part *)g_ptr_array_index(ours, i))->field;
        if (begins_field(ours, i) && !part_of(theirs, field, 0))
            compare_field(field, theirs, ours, fn, user);
    }
    g_ptr_array_free(theirs, TRUE);
    g_ptr_array_free(ours, TRUE);
}

/* ---- the eight tables ------------------------------------------------------------------------- */

struct comparison {
    const char *file;
    bool seen[G_N_ELEMENTS(differences)];
};

static void judge(const char *where, const char *theirs, const char *ours, void *user)
{
    struct comparison *c = user;
    for (size_t i = 0; i < G_N_ELEMENTS(differences); i++) {
        const struct difference *d = &differences[i];
        if (strcmp(d->file, c->file) == 0 && strcmp(d->where, where) == 0 && strcmp(d->theirs, theirs) == 0 &&
            (!d->ours || strcmp(d->ours, ours) == 0)) {
            c->seen[i] = true;
            return;
        }
    }
    printf("\n  %s, %s: the document has \"%s\", we have \"%s\"", c->file, where, theirs, ours);
    CU_FAIL("a difference that is not listed");
}

/* The text of a table; g_free. */
static char *table_text(const char *file)
{
    char *path = g_strdup_printf("%s/tests/data/document/%s.txt", IMSSIM_TEST_SRCDIR, file), *text = NULL;
    g_file_get_contents(path, &text, NULL, NULL);
    CU_ASSERT_PTR_NOT_NULL(text);
    g_free(path);
    return text ? text : g_strdup("");
}

static const struct hop *hop_of_table(const struct play *p, const struct printed *t)
{
    const struct hop *h = play_nth(p, t->type, t->from, 1);
    CU_ASSERT_STRING_EQUAL(h->to, t->to);
    return h;
}

static void check_length(const char *text)
{
    GPtrArray *parts = parts_of(text);
    const char *body = strstr(text, "\r\n\r\n");
    CU_ASSERT_PTR_NOT_NULL_FATAL(body);
    CU_ASSERT_EQUAL(g_ascii_strtoull(value_at(parts, "Content-Length"), NULL, 10), strlen(body + 4));
    g_ptr_array_free(parts, TRUE);
}

static void compare_tables(const struct play *p, const char *scenario, struct comparison *c)
{
    for (size_t i = 0; i < G_N_ELEMENTS(tables); i++) {
        if (strcmp(tables[i].scenario, scenario) != 0)
            continue;
        const struct hop *h = hop_of_table(p, &tables[i]);
        if (!h->msg)
            continue;
        char *theirs = table_text(tables[i].file), *ours = hop_text(p, h);
        c->file = tables[i].file;
        compare(theirs, ours, judge, c);
        check_length(ours);
        g_free(theirs);
        g_free(ours);
    }
}

void test_document_messages(void)
{
    static const char *const scenarios[] = {"mmd-1", "mmd-3"};
    struct comparison c = {0};
    for (size_t i = 0; i < G_N_ELEMENTS(scenarios); i++) {
        struct play *p = play(scenarios[i], NULL);
        if (!p)
            return;
        compare_tables(p, scenarios[i], &c);
        play_end(p);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(differences); i++) {
        if (!c.seen[i])
            printf("\n  %s, %s: no longer different", differences[i].file, differences[i].where);
        CU_ASSERT_TRUE(c.seen[i]);
    }
}

/* ---- what the list says only in words --------------------------------------------------------- */

/* Every request of a phone has a branch of its own, and its response brings that one back. */
static void check_branches(const struct play *p)
{
    for (unsigned i = 0; i < p->hops->len; i++) {
        const struct hop *a = play_hop(p, i);
        if (!a->sip || a->sip->status)
            continue;
        for (unsigned k = i + 1; k < p->hops->len; k++) {
            const struct hop *b = play_hop(p, k);
            if (b->sip && !b->sip->status && strcmp(a->from, b->from) == 0)
                CU_ASSERT_NOT_EQUAL(a->sip->via->branch, b->sip->via->branch);
        }
    }
}

/* One port set: what Security-Verify calls port-s is where Route leads, and Via names the port of Contact. */
static void check_ports(const struct play *p, const char *contact_port)
{
    for (unsigned i = 0; i < p->hops->len; i++) {
        const struct hop *h = play_hop(p, i);
        if (!hop_is(h, NULL, "UE-1", "P-CSCF1"))
            continue;
        char *text = hop_text(p, h);
        GPtrArray *parts = parts_of(text);
        const char *security = value_at(parts, "Security-Verify;port-s");
        CU_ASSERT_PTR_NOT_NULL(strstr(value_at(parts, "Route"), "pcscf1.domain1.example:7531;"));
        CU_ASSERT_TRUE(*security == '\0' || strcmp(security, "7531") == 0);
        CU_ASSERT_EQUAL(*security != '\0', h->sip->method == SIP_INVITE);
        CU_ASSERT_TRUE(g_str_has_suffix(value_at(parts, "Via"), contact_port));
        if (h->sip->contact.kind)
            CU_ASSERT_PTR_NOT_NULL(strstr(value_at(parts, "Contact"), contact_port));
        g_ptr_array_free(parts, TRUE);
        g_free(text);
    }
}

void test_document_branches_and_ports(void)
{
    static const char *const scenarios[] = {"mmd-1", "mmd-3"};
    for (size_t i = 0; i < G_N_ELEMENTS(scenarios); i++) {
        struct play *p = play(scenarios[i], NULL);
        if (!p)
            return;
        check_branches(p);
        check_ports(p, ":1357");
        play_end(p);
    }
}

/* ---- the comparison itself -------------------------------------------------------------------- */

static void collect(const char *where, const char *theirs, const char *ours, void *user)
{
    g_string_append_printf(user, "[%s: %s | %s]", where, theirs, ours);
}

/* Replaces `from` by `to` in table 1 and asserts what the comparison finds. */
static void change_is_found(const char *from, const char *to, const char *wanted)
{
    char *text = table_text("1-invite"), **around = g_strsplit(text, from, 2);
    CU_ASSERT_EQUAL_FATAL(g_strv_length(around), 2);
    char *changed = g_strconcat(around[0], to, around[1], NULL);
    GString *found = g_string_new(NULL);
    compare(text, changed, collect, found);
    if (strcmp(found->str, wanted) != 0)
        printf("\n  %s -> %s: found %s", from, to, found->str);
    CU_ASSERT_STRING_EQUAL(found->str, wanted);
    g_string_free(found, TRUE);
    g_free(changed);
    g_strfreev(around);
    g_free(text);
}

void test_document_comparison_sees_changes(void)
{
    change_is_found("Privacy", "Privacy", "");
    change_is_found("CSeq: 1 INVITE\n", "", "[CSeq: 1 INVITE | (something else)]");
    change_is_found("Privacy: none\n", "Privacy: none\nRSeq: 1\n", "[RSeq: (something else) | 1]");
    change_is_found("Max-Forwards: 70", "Max-Forwards: 69", "[Max-Forwards: 70 | 69]");
    change_is_found("INVITE, ACK", "ACK, INVITE", "[Allow: INVITE | ACK][Allow: ACK | INVITE]");
    change_is_found("spi-c=98765432; spi-s=76543210", "spi-s=76543210; spi-c=98765432",
                    "[Security-Verify;spi-c: 98765432 | (something else)]"
                    "[Security-Verify;spi-s: (something else) | 76543210]"
                    "[Security-Verify;spi-s: 76543210 | (something else)]"
                    "[Security-Verify;spi-c: (something else) | 98765432]");
    change_is_found("7531;lr;comp=sigcomp>", "7531;comp=sigcomp;lr>",
                    "[Route: <sip:pcscf1.domain1.example:7531;lr;comp=sigcomp> | "
                    "<sip:pcscf1.domain1.example:7531;comp=sigcomp;lr>]");
    change_is_found("a=curr:qos local sendrecv\na=curr:qos remote none",
                    "a=curr:qos remote none\na=curr:qos local sendrecv",
                    "[audio a=: curr:qos local sendrecv | curr:qos remote none]"
                    "[audio a=: curr:qos remote none | curr:qos local sendrecv]");
    change_is_found(
        "b=AS:75\n", "",
        "[video b=: AS:75 | (something else)][video a=: (something else) | curr:qos local sendrecv]"
        "[video a=: curr:qos local sendrecv | curr:qos remote none]"
        "[video a=: curr:qos remote none | des:qos optional local sendrecv]"
        "[video a=: des:qos optional local sendrecv | des:qos optional remote sendrecv]"
        "[video a=: des:qos optional remote sendrecv | rtpmap:34 H263/90000]"
        "[video a=: rtpmap:34 H263/90000 | cif:1][video a=: cif:1 | (something else)]");
    /* Neither white space nor the order of different fields counts. */
    change_is_found("hmac-sha-1-96;spi-c", "hmac-sha-1-96 ; spi-c", "");
    change_is_found("Privacy: none\nRequire: sec-agree\n", "Require:sec-agree\nPrivacy: none\n", "");
}
