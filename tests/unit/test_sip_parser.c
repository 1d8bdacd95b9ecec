/* test_sip_parser.c - the wire text of every SIP message, read back by somebody else's parser.
 *
 * Sofia-SIP reads each message of each hop: it must find no error, and give back the field values that the
 * message's struct holds. Both are written down in one form, a line per field, and compared as text: fields()
 * has what the parser found, fields_said() what the simulator says it sent. A parser that only does not complain
 * would prove little, so broken and changed messages must be noticed, too. */
#include <CUnit/CUnit.h>

#include <stdio.h>
#include <string.h>

#ifndef HAVE_SOFIA_SIP

/* tests/document.list has this one in the suite "skipped" when the others are not compiled. */
void test_sip_parser_is_missing(void)
{
    printf("\n  skipped: what SIP messages say to Sofia-SIP's parser (built without libsofia-sip-ua-dev)\n");
    CU_PASS("skipped");
}

#else

#include "tests/flow/play.h"

#include <sofia-sip/sdp.h>
#include <sofia-sip/sip.h>
#include <sofia-sip/sip_extra.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_parser.h>
#include <sofia-sip/sip_util.h>
#include <sofia-sip/su_alloc.h>
#include <sofia-sip/url.h>

/* Call-ID, tags and branches are texts on the wire and numbers in the struct. Counting both in order of first
 * appearance gives both the same names exactly if equal numbers have equal texts and different ones different. */
struct names {
    GHashTable *of_texts, *of_tokens;
};

static void names_init(struct names *n)
{
    n->of_texts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    n->of_tokens = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

static void names_clear(struct names *n)
{
    g_hash_table_destroy(n->of_texts);
    g_hash_table_destroy(n->of_tokens);
}

/* Takes over the key. */
static unsigned name_of(GHashTable *table, char *key)
{
    unsigned name = GPOINTER_TO_UINT(g_hash_table_lookup(table, key));
    if (!name)
        g_hash_table_insert(table, g_strdup(key), GUINT_TO_POINTER(name = g_hash_table_size(table) + 1));
    g_free(key);
    return name;
}

static unsigned name_of_text(struct names *n, char kind, const char *text)
{
    return text ? name_of(n->of_texts, g_strdup_printf("%c %s", kind, text)) : 0;
}

static unsigned name_of_token(struct names *n, char kind, uint64_t token)
{
    return token ? name_of(n->of_tokens, g_strdup_printf("%c %016" G_GINT64_MODIFIER "x", kind, token)) : 0;
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

/* ---- what the parser found ------------------------------------------------------------------------------ */

static void say_url(GString *out, const char *what, const url_t *u)
{
    say(out, "%s %s: %s @ %s : %s ; %s\n", what, or_dash(u->url_scheme), or_dash(u->url_user), or_dash(u->url_host),
        or_dash(u->url_port), or_dash(u->url_params));
}

static void say_items(GString *out, const char *what, msg_param_t const *items)
{
    say(out, "%s", what);
    for (; items && *items; items++)
        say(out, " %s", *items);
    say(out, "\n");
}

static void say_list(GString *out, const char *what, const msg_list_t *list)
{
    if (list)
        say_items(out, what, list->k_items);
}

static void say_sdp_stream(GString *out, const sdp_media_t *m)
{
    say(out, "m %s %lu %s\n", m->m_type_name, m->m_port, m->m_proto_name);
    for (const sdp_bandwidth_t *b = m->m_bandwidths; b; b = b->b_next)
        say(out, "b %s %lu\n", b->b_modifier == sdp_bw_as ? "AS" : "?", b->b_value);
    for (const sdp_rtpmap_t *r = m->m_rtpmaps; r; r = r->rm_next)
        if (m->m_rejected)
            say(out, "format %u\n", r->rm_pt);
        else
            say(out, "format %u %s/%lu/%s fmtp %s\n", r->rm_pt, r->rm_encoding, r->rm_rate, or_dash(r->rm_params),
                or_dash(r->rm_fmtp));
    if (!m->m_rejected)
        say(out, "mode %s\n", sdp_mode_name(m->m_mode));
    for (const sdp_attribute_t *a = m->m_attributes; a; a = a->a_next)
        say(out, "a %s:%s\n", a->a_name, or_dash(a->a_value));
}

/* False: not a valid session description. */
static bool fields_of_sdp(GString *out, const char *body, size_t length)
{
    su_home_t *home = su_home_new(sizeof *home);
    sdp_parser_t *parser = sdp_parse(home, body, (issize_t)length, sdp_f_strict);
    const sdp_session_t *s = sdp_session(parser);
    bool good = s && !sdp_parsing_error(parser);
    if (good) {
        say(out, "o %s %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %s\n", s->sdp_origin->o_username,
            (guint64)s->sdp_origin->o_id, (guint64)s->sdp_origin->o_version, s->sdp_origin->o_address->c_address);
        say(out, "s %s\nc %s\nt %lu %lu\n", s->sdp_subject, s->sdp_connection->c_address, s->sdp_time->t_start,
            s->sdp_time->t_stop);
        for (const sdp_media_t *m = s->sdp_media; m; m = m->m_next)
            say_sdp_stream(out, m);
    } else {
        say(out, "bad SDP: %s\n", sdp_parsing_error(parser));
    }
    sdp_parser_free(parser);
    su_home_unref(home);
    return good;
}

/* Header fields that the parser leaves as text. The charging identity is a number of our own. */
static void say_unknown(GString *out, struct names *n, const sip_unknown_t *u)
{
    static const char icid[] = "icid-value=\"";
    for (; u; u = u->un_next) {
        const char *end = g_str_has_prefix(u->un_value, icid) ? strchr(u->un_value + strlen(icid), '"') : NULL;
        if (end) {
            char *value = g_strndup(u->un_value, (gsize)(end - u->un_value));
            say(out, "%s icid %u%s\n", u->un_name, name_of_text(n, 'i', value), end + 1);
            g_free(value);
        } else {
            say(out, "%s %s\n", u->un_name, u->un_value);
        }
    }
}

static void say_identities(GString *out, const sip_t *sip)
{
    for (const sip_p_preferred_identity_t *i = sip_p_preferred_identity(sip); i; i = i->ppid_next)
        say_url(out, or_dash(i->ppid_display), i->ppid_url);
    for (const sip_p_asserted_identity_t *i = sip_p_asserted_identity(sip); i; i = i->paid_next)
        say_url(out, or_dash(i->paid_display), i->paid_url);
}

static void say_routing(GString *out, struct names *n, const sip_t *sip)
{
    for (const sip_via_t *v = sip->sip_via; v; v = v->v_next)
        say(out, "Via %s %s : %s ; comp %s branch %u\n", v->v_protocol, v->v_host, or_dash(v->v_port), or_dash(v->v_comp),
            name_of_text(n, 'b', v->v_branch));
    if (sip->sip_max_forwards)
        say(out, "Max-Forwards %lu\n", sip->sip_max_forwards->mf_count);
    for (const sip_route_t *r = sip->sip_route; r; r = r->r_next)
        say_url(out, "Route", r->r_url);
    for (const sip_record_route_t *r = sip->sip_record_route; r; r = r->r_next)
        say_url(out, "Record-Route", r->r_url);
}

static void say_dialog(GString *out, struct names *n, const sip_t *sip)
{
    say_url(out, "From", sip->sip_from->a_url);
    say_url(out, "To", sip->sip_to->a_url);
    say(out, "tags %u %u Call-ID %u\n", name_of_text(n, 't', sip->sip_from->a_tag), name_of_text(n, 't', sip->sip_to->a_tag),
        name_of_text(n, 'c', sip->sip_call_id->i_id));
    say(out, "CSeq %u %s\n", sip->sip_cseq->cs_seq, sip->sip_cseq->cs_method_name);
    if (sip->sip_rack)
        say(out, "RAck %u %u %s\n", sip->sip_rack->ra_response, sip->sip_rack->ra_cseq, sip->sip_rack->ra_method_name);
    if (sip->sip_rseq)
        say(out, "RSeq %lu\n", sip->sip_rseq->rs_response);
    for (const sip_contact_t *c = sip->sip_contact; c; c = c->m_next)
        say_url(out, "Contact", c->m_url);
}

static void say_rest(GString *out, struct names *n, const sip_t *sip)
{
    say_list(out, "Require", sip->sip_require);
    say_list(out, "Proxy-Require", sip->sip_proxy_require);
    say_list(out, "Supported", sip->sip_supported);
    say_list(out, "Unsupported", sip->sip_unsupported);
    say_list(out, "Allow", (const msg_list_t *)sip->sip_allow);
    if (sip->sip_security_verify)
        say_items(out, sip->sip_security_verify->sa_mec, sip->sip_security_verify->sa_params);
    if (sip->sip_privacy)
        say_items(out, "Privacy", sip->sip_privacy->priv_values);
    say_identities(out, sip);
    if (sip->sip_retry_after)
        say(out, "Retry-After %lu\n", (unsigned long)sip->sip_retry_after->af_delta);
    say_unknown(out, n, sip->sip_unknown);
    if (sip->sip_content_type)
        say(out, "Content-Type %s\n", sip->sip_content_type->c_type);
    if (sip->sip_content_length)
        say(out, "Content-Length %u\n", sip->sip_content_length->l_length);
}

static bool fields_of(GString *out, struct names *n, const sip_t *sip)
{
    if (sip->sip_request)
        say_url(out, sip->sip_request->rq_method_name, sip->sip_request->rq_url);
    else
        say(out, "%d %s\n", sip->sip_status->st_status, sip->sip_status->st_phrase);
    say_routing(out, n, sip);
    say_dialog(out, n, sip);
    say_rest(out, n, sip);
    if (!sip->sip_payload || sip->sip_payload->pl_len == 0)
        return true;
    say(out, "%lu bytes\n", (unsigned long)sip->sip_payload->pl_len);
    return fields_of_sdp(out, sip->sip_payload->pl_data, sip->sip_payload->pl_len);
}

/* Appends all fields of the message, or what is wrong with it. False: it is not valid. */
static bool fields(GString *out, struct names *n, const char *text)
{
    static const msg_mclass_t *headers; /* RFC 3325's too */
    if (!headers)
        headers = sip_extend_mclass(NULL);
    msg_t *msg = msg_make(headers, 0, text, (ssize_t)strlen(text));
    const sip_t *sip = msg ? sip_object(msg) : NULL;
    bool good = false;
    if (!sip)
        say(out, "no message\n");
    else if (msg_has_error(msg))
        say(out, "error in an essential header field, or in the message as a whole\n");
    else if (sip->sip_error)
        say(out, "error in a header field: %s\n", or_dash(sip->sip_error->er_name));
    else if (!msg_is_complete(msg))
        say(out, "incomplete\n");
    else if (sip_sanity_check(sip) != 0)
        say(out, "not sane\n");
    else
        good = fields_of(out, n, sip);
    if (msg)
        msg_destroy(msg);
    return good;
}

/* ---- what the simulator says it sent -------------------------------------------------------------------- */

static void said_uri(GString *out, const char *what, const struct sip_stack *sip, struct sip_uri u)
{
    if (u.kind == SIP_URI_HOST) {
        const char *params = u.flags == (SIP_LR | SIP_SIGCOMP) ? "lr;comp=sigcomp" : u.flags == SIP_LR ? "lr" : "-";
        char *port = u.port ? g_strdup_printf("%u", u.port) : g_strdup("-");
        say(out, "%s sip: - @ %s : %s ; %s\n", what, sip_host(sip, u.id)->name, port, params);
        g_free(port);
        return;
    }
    const struct sip_party *p = sip_party(sip, u.id);
    if (u.kind == SIP_URI_IDENTITY)
        say(out, "%s sip: %s @ %s : - ; -\n", what, p->user, sip_host(sip, p->domain)->name);
    else if (u.kind == SIP_URI_CONTACT)
        say(out, "%s sip: %s @ %s : %u ; %s\n", what, p->user, p->address, p->port, p->sigcomp ? "comp=sigcomp" : "-");
    else
        say(out, "%s tel: %s @ - : - ; -\n", what, p->tel);
}

static void said_via(GString *out, struct names *n, const struct sip_stack *sip, const struct sip_via *v)
{
    const struct sip_uri at = v->sent_by;
    bool host = at.kind == SIP_URI_HOST;
    const struct sip_party *p = host ? NULL : sip_party(sip, at.id);
    unsigned port = host ? at.port : p->port;
    char *port_text = port ? g_strdup_printf("%u", port) : g_strdup("-");
    bool comp = host ? at.flags & SIP_SIGCOMP : p->sigcomp;
    say(out, "Via SIP/2.0/%s %s : %s ; comp %s branch %u\n", v->reliable ? "TCP" : "UDP",
        host ? sip_host(sip, at.id)->name : p->address, port_text, comp ? "sigcomp" : "-", name_of_token(n, 'b', v->branch));
    g_free(port_text);
}

static void said_routing(GString *out, struct names *n, const struct sip_stack *sip, const struct sip_msg *m)
{
    for (const struct sip_via *v = m->via; v; v = v->next)
        said_via(out, n, sip, v);
    if (!m->status)
        say(out, "Max-Forwards %u\n", m->max_forwards);
    for (const struct sip_hop *h = m->route; h; h = h->next)
        said_uri(out, "Route", sip, h->uri);
    for (const struct sip_hop *h = m->record_route; h; h = h->next)
        said_uri(out, "Record-Route", sip, h->uri);
}

static void said_dialog(GString *out, struct names *n, const struct sip_stack *sip, const struct sip_msg *m)
{
    said_uri(out, "From", sip, m->from);
    said_uri(out, "To", sip, m->to);
    unsigned from = name_of_token(n, 't', m->from_tag), to = name_of_token(n, 't', m->to_tag);
    say(out, "tags %u %u Call-ID %u\n", from, to, name_of_token(n, 'c', m->call_id));
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
            options & SIP_OPT_PRECONDITION ? " precondition" : "", options & SIP_OPT_SEC_AGREE ? " sec-agree" : "");
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

static void said_private_headers(GString *out, struct names *n, const struct sip_stack *sip, const struct sip_msg *m)
{
    if (m->called_party) {
        const struct sip_party *p = sip_party(sip, m->called_party - 1);
        say(out, "P-Called-Party-ID <sip:%s@%s>\n", p->user, sip_host(sip, p->domain)->name);
    }
    if (m->access_info)
        say(out, "P-Access-Network-Info %s\n", sip_party(sip, m->access_info - 1)->access_info);
    if (!m->icid)
        return;
    say(out, "P-Charging-Vector icid %u", name_of_token(n, 'i', m->icid));
    if (m->orig_ioi)
        say(out, ";orig-ioi=%s", sip_host(sip, m->orig_ioi - 1)->name);
    if (m->term_ioi)
        say(out, ";term-ioi=%s", sip_host(sip, m->term_ioi - 1)->name);
    say(out, "\n");
}

static void said_rest(GString *out, struct names *n, const struct sip_stack *sip, const struct sip_msg *m)
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
        say(out, "ipsec-3gpp q=0.1 alg=hmac-sha-1-96 spi-c=%s spi-s=%s port-c=%u port-s=%u\n", p->spi_c, p->spi_s, p->port_c,
            p->port_s);
    }
    if (m->privacy)
        say(out, "Privacy %s\n", sip_party(sip, m->privacy - 1)->privacy);
    if (m->preferred_id)
        said_identity(out, sip, m->preferred_id - 1, false);
    if (m->asserted_id)
        said_identity(out, sip, m->asserted_id - 1, true);
    if (m->retry_after)
        say(out, "Retry-After %u\n", m->retry_after);
    said_private_headers(out, n, sip, m);
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
        unsigned send = s->status.des[i][0], recv = s->status.des[i][1], least = s->port ? 0 : SDP_STRENGTH_FAILURE;
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
    bool first = true;
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
                c->channels ? "" : "-", or_dash(first && s->fmtp ? s->fmtp : c->fmtp));
        say(out, "\n");
        first = false;
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

static void fields_said(GString *out, struct names *n, const struct sip_stack *sip, const struct sip_msg *m)
{
    if (m->status)
        say(out, "%u %s\n", m->status, sip_reason(m->status));
    else
        said_uri(out, sip_method_name(m->method), sip, m->ruri);
    said_routing(out, n, sip, m);
    said_dialog(out, n, sip, m);
    said_rest(out, n, sip, m);
    if (!m->sdp)
        return;
    say(out, "%u bytes\no - %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %s\n", m->sdp->size, m->sdp->id, m->sdp->version,
        m->sdp->address);
    say(out, "s -\nc %s\nt 0 0\n", m->sdp->address);
    for (unsigned i = 0; i < m->sdp->n_streams; i++)
        said_stream(out, &m->sdp->streams[i]);
}

/* ---- all messages of a play ----------------------------------------------------------------------------- */

/* Prints the first line in which they differ. */
static void say_difference(const struct hop *h, const char *got, const char *said)
{
    char **a = g_strsplit(got, "\n", -1), **b = g_strsplit(said, "\n", -1);
    unsigned i = 0;
    while (a[i] && b[i] && strcmp(a[i], b[i]) == 0)
        i++;
    printf("\n  %s %s -> %s: the parser has \"%s\", we say \"%s\"", h->type, h->from, h->to, a[i] ? a[i] : "(end)",
           b[i] ? b[i] : "(end)");
    g_strfreev(a);
    g_strfreev(b);
}

static void read_back(const struct play *p, const struct hop *h, struct names *n)
{
    GString *got = g_string_new(NULL), *said = g_string_new(NULL);
    char *text = hop_text(p, h);
    CU_ASSERT_EQUAL(strlen(text), h->size);
    CU_ASSERT_TRUE(fields(got, n, text));
    fields_said(said, n, p->world->sip, h->sip);
    if (strcmp(got->str, said->str) != 0)
        say_difference(h, got->str, said->str);
    CU_ASSERT_STRING_EQUAL(got->str, said->str);
    g_free(text);
    g_string_free(got, TRUE);
    g_string_free(said, TRUE);
}

/* Reads back every SIP message of the play, in which each of `types` ("BYE|200 OK (BYE)") was sent. */
static void read_all_back(const char *scenario, const char *const *changes, const char *types)
{
    struct play *p = play_with(scenario, changes);
    struct names n;
    if (!p)
        return;
    names_init(&n);
    for (guint i = 0; i < p->hops->len; i++)
        if (play_hop(p, i)->sip)
            read_back(p, play_hop(p, i), &n);
    char **wanted = g_strsplit(types, "|", -1);
    for (char **type = wanted; *type; type++) {
        unsigned sent = play_count(p, *type, NULL, NULL);
        if (sent == 0)
            printf("\n  %s: no %s", scenario, *type);
        CU_ASSERT_NOT_EQUAL(sent, 0);
    }
    g_strfreev(wanted);
    names_clear(&n);
    play_end(p);
}

void test_sip_parser_reads_the_seven_flows(void)
{
    static const char *const scenarios[] = {"mmd-1", "mmd-2", "mmd-2-no183", "mmd-3", "mmd-3-update", "mmd-4", "mmd-4-prack"};
    static const char *const nothing[] = {NULL};
    for (size_t i = 0; i < G_N_ELEMENTS(scenarios); i++)
        read_all_back(scenarios[i], nothing, "INVITE|100 Trying|180 Ringing|PRACK|200 OK (PRACK)|200 OK (INVITE)|ACK");
}

void test_sip_parser_reads_other_calls(void)
{
    static const struct {
        const char *scenario, *changes[4], *types;
    } calls[] = {
        {"mmd-4", {"call[1].hold=3s"}, "UPDATE|200 OK (UPDATE)|BYE|200 OK (BYE)"},
        {"mmd-1", {"call[1].cancel=1s"}, "CANCEL|200 OK (CANCEL)|487 Request Terminated (INVITE)|ACK"},
        {"mmd-1", {"call[1].called=busy"}, "486 Busy Here (INVITE)|ACK"},
        {"mmd-3", {"call[1].called=declines"}, "603 Decline (INVITE)|ACK"},
        {"mmd-4", {"group[UE-2].reservation-outcome=fails"}, "580 Precondition Failure (INVITE)|ACK"},
        /* The refusal and the UPDATE cross. */
        {"mmd-4", {"group[UE-2].reservation-outcome=fails", "group[UE-2].reservation-time=370ms"},
         "580 Precondition Failure (INVITE)|UPDATE|481 Call/Transaction Does Not Exist (UPDATE)"},
        {"mmd-1", {"group[UE-2].media[audio].codec[1].name=AMR", "group[UE-2].media[video].codec[1].name=VP8"},
         "488 Not Acceptable Here (INVITE)|ACK"},
        /* One stream is refused: port 0. */
        {"mmd-3", {"group[UE-2].media[video].codec[1].name=VP8"}, "183 Session Progress|200 OK (INVITE)"},
        {"mmd-1", {"group[UE-1].reliable=no"}, "180 Ringing|200 OK (INVITE)|ACK"},
        {"mmd-4", {"group[UE-1].des-local=mandatory", "group[UE-2].des-local=mandatory"}, "UPDATE|200 OK (UPDATE)"},
        {"mmd-2", {"group[UE-1].preconditions=no"}, "180 Ringing|200 OK (INVITE)"},
        /* Repetitions, and what comes when nothing helps. */
        {"mmd-1", {"<faults><drop message='INVITE' to='UE-2' count='20'/></faults>"}, "408 Request Timeout (INVITE)|ACK"},
        {"mmd-1", {"<faults><drop message='PRACK' to='UE-2' count='20'/></faults>"}, "504 Server Time-out (INVITE)|ACK"},
        {"mmd-1", {"<links><link interface='Mw' transport='tcp'/></links>"}, "180 Ringing|ACK"},
        {"mmd-3",
         {"group[UE-1].media[audio].codec[1].fmtp=mode-set=0,2,4,7", "group[UE-1].media[audio].codec[1].channels=2",
          "group[UE-2].media[audio].codec[1].channels=2"},
         "183 Session Progress"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(calls); i++)
        read_all_back(calls[i].scenario, calls[i].changes, calls[i].types);
}

/* ---- what has to be noticed ----------------------------------------------------------------------------- */

/* The caller's INVITE (`invite`) or the first 180, with `from` replaced by `to`. g_free. */
static char *changed_message(const struct play *p, bool invite, const char *from, const char *to)
{
    char *text = hop_text(p, invite ? play_nth(p, "INVITE", "P-CSCF2", 1) : play_nth(p, "180 Ringing", "UE-2", 1));
    char **around = g_strsplit(text, from, 2);
    CU_ASSERT_EQUAL_FATAL(g_strv_length(around), 2);
    char *changed = g_strconcat(around[0], to, around[1], NULL);
    g_strfreev(around);
    g_free(text);
    return changed;
}

/* Whether the changed message is still valid; `fields_are` receives what it says. */
static bool is_valid(const struct play *p, bool invite, const char *from, const char *to, char **fields_are)
{
    GString *got = g_string_new(NULL);
    struct names n;
    char *text = changed_message(p, invite, from, to);
    names_init(&n);
    bool valid = fields(got, &n, text);
    names_clear(&n);
    g_free(text);
    *fields_are = g_string_free(got, FALSE);
    return valid;
}

void test_sip_parser_refuses_broken_messages(void)
{
    static const struct {
        bool invite;
        const char *from, *to;
    } broken[] = {
        {true, "INVITE sip:", "INVITE"},
        {true, " SIP/2.0\r\n", "\r\n"},
        {false, "SIP/2.0 180", "SIP/2.0 one"},
        {true, "Via: SIP/2.0/UDP ", "Via: UDP "},
        {true, "Max-Forwards: ", "Max-Forwards: many "},
        {true, "Record-Route: <", "Record-Route: "},
        {true, "From: <", "From: "},
        {true, "From: ", "Form: "},
        {true, "Call-ID: ", "X-Call-ID: "},
        {true, "CSeq: 1 INVITE", "CSeq: INVITE"},
        {true, "CSeq: 1 INVITE", "CSeq: 1 BYE"},
        {false, "RSeq: 1000", "RSeq: next"},
        {true, "Contact: <", "Contact: "},
        {true, "Content-Length: ", "Content-Length: 1"},
        {true, "v=0\r\n", "v=1\r\n"},
        {true, "o=- ", "o=-"},
        {true, "s=-\r\n", ""},
        {true, "t=0 0", "t=now"},
        {true, "m=audio 49500", "m=audio port"},
        {true, "RTP/AVP 97 99", "RTP/AVP"},
        {true, "b=AS:25", "b=AS:25.4"},
    };
    static const char *const nothing[] = {NULL};
    struct play *p = play_with("mmd-1", nothing);
    char *got;
    if (!p)
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(broken); i++) {
        bool valid = is_valid(p, broken[i].invite, broken[i].from, broken[i].to, &got);
        if (valid)
            printf("\n  \"%s\" instead of \"%s\" goes unseen", broken[i].to, broken[i].from);
        CU_ASSERT_FALSE(valid);
        g_free(got);
    }
    play_end(p);
}

void test_sip_parser_sees_every_field(void)
{
    static const struct {
        bool invite;
        const char *from, *to;
    } changes[] = {
        {true, "INVITE sip:UE-2@", "INVITE sip:UE-3@"}, {true, "8805;comp=sigcomp SIP", "8805 SIP"},
        {true, ";branch=", ";branch=x"},                {true, "UDP pcscf2", "TCP pcscf2"},
        {true, ";comp=sigcomp;branch", ";branch"},      {true, "Max-Forwards: 6", "Max-Forwards: 7"},
        {true, ";lr>, ", ">, "},                        {true, ">;tag=", ">;tag=x"},
        {true, "Call-ID: ", "Call-ID: x"},              {true, "Supported: 100rel, ", "Supported: "},
        {true, "Allow: INVITE, ", "Allow: "},           {true, "Contact: <sip:UE-1", "Contact: <sip:UE-2"},
        {true, "P-Asserted-Identity: \"", "X: \""},     {true, "Privacy: none", "Privacy: id"},
        {true, "P-Called-Party-ID: <sip:UE-2", "P-Called-Party-ID: <sip:UE-1"},
        {true, "IN IP4 10.20.1.100", "IN IP4 10.20.1.101"},
        {true, "audio 49500", "audio 49501"},           {true, "b=AS:25", "b=AS:26"},
        {true, "curr:qos local sendrecv", "curr:qos local sendonly"},
        {true, "des:qos optional", "des:qos required"}, {true, "rtpmap:97 EVRC", "rtpmap:97 EVRD"},
        {true, "ptime:20", "ptime:40"},                 {true, "a=cif:1", "a=cif:2"},
        {false, "180 Ringing", "181 Ringing"},          {false, "RSeq: 1000", "RSeq: 1001"},
        {false, "Require: 100rel", "Require: 200rel"},  {false, "To: <sip:UE-2", "To: <sip:UE-3"},
    };
    static const char *const nothing[] = {NULL};
    struct play *p = play_with("mmd-1", nothing);
    char *before[2], *got;
    if (!p)
        return;
    CU_ASSERT_TRUE(is_valid(p, false, "CSeq", "CSeq", &before[0]));
    CU_ASSERT_TRUE(is_valid(p, true, "CSeq", "CSeq", &before[1]));
    for (size_t i = 0; i < G_N_ELEMENTS(changes); i++) {
        is_valid(p, changes[i].invite, changes[i].from, changes[i].to, &got);
        CU_ASSERT_STRING_NOT_EQUAL(got, before[changes[i].invite]);
        g_free(got);
    }
    g_free(before[0]);
    g_free(before[1]);
    play_end(p);
}

#endif
