/* sofia_read.c - reads SIP messages with Sofia-SIP's parser and prints what it found; for test_sip_parser.c.
 *
 *   sofia-read FILE    FILE: for each message its length in bytes as a line, then its text
 *
 * Prints the fields of each message, one a line, then "= valid", or "= broken" after what is wrong with it,
 * and an empty line. Call-ID, tags, branches, nonces other than AKA's and charging identities are printed as
 * numbers in order of first appearance in FILE.
 *
 * A program of its own because it may not be linked with imssim: both define msg_unref() and
 * sip_method_name(). */
#include <sofia-sip/sdp.h>
#include <sofia-sip/sip.h>
#include <sofia-sip/sip_extra.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_parser.h>
#include <sofia-sip/sip_util.h>
#include <sofia-sip/su_alloc.h>
#include <sofia-sip/url.h>

#include <glib.h>

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char *const mode_names[] = {"inactive", "sendonly", "recvonly", "sendrecv"};

/* The number of a text of this kind, from 1; 0 for none. */
static unsigned number(GHashTable *names, char kind, const char *text)
{
    if (!text)
        return 0;
    char *key = g_strdup_printf("%c %s", kind, text);
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

static void say_url(const char *what, const url_t *u)
{
    printf("%s %s: %s @ %s : %s ; %s\n", what, or_dash(u->url_scheme), or_dash(u->url_user),
           or_dash(u->url_host), or_dash(u->url_port), or_dash(u->url_params));
}

static void say_items(const char *what, msg_param_t const *items)
{
    printf("%s", what);
    for (; items && *items; items++)
        printf(" %s", *items);
    printf("\n");
}

static void say_list(const char *what, const msg_list_t *list)
{
    if (list)
        say_items(what, list->k_items);
}

static void say_sdp_stream(const sdp_media_t *m)
{
    printf("m %s %lu %s\n", m->m_type_name, m->m_port, m->m_proto_name);
    for (const sdp_bandwidth_t *b = m->m_bandwidths; b; b = b->b_next)
        printf("b %s %lu\n", b->b_modifier == sdp_bw_as ? "AS" : or_dash(b->b_modifier_name), b->b_value);
    for (const sdp_rtpmap_t *r = m->m_rtpmaps; r; r = r->rm_next)
        if (m->m_rejected)
            printf("format %u\n", r->rm_pt);
        else
            printf("format %u %s/%lu/%s fmtp %s\n", r->rm_pt, r->rm_encoding, r->rm_rate,
                   or_dash(r->rm_params), or_dash(r->rm_fmtp));
    if (!m->m_rejected)
        printf("mode %s\n", mode_names[m->m_mode]);
    for (const sdp_attribute_t *a = m->m_attributes; a; a = a->a_next)
        printf("a %s:%s\n", a->a_name, or_dash(a->a_value));
}

/* False: not a valid session description. */
static bool fields_of_sdp(const char *body, size_t length)
{
    su_home_t *home = su_home_new(sizeof *home);
    sdp_parser_t *parser = sdp_parse(home, body, (issize_t)length, sdp_f_strict);
    const sdp_session_t *s = sdp_session(parser);
    bool good = s && !sdp_parsing_error(parser);
    if (good) {
        printf("o %s %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %s\n", s->sdp_origin->o_username,
               (guint64)s->sdp_origin->o_id, (guint64)s->sdp_origin->o_version,
               s->sdp_origin->o_address->c_address);
        printf("s %s\nc %s\nt %lu %lu\n", s->sdp_subject, s->sdp_connection->c_address, s->sdp_time->t_start,
               s->sdp_time->t_stop);
        for (const sdp_media_t *m = s->sdp_media; m; m = m->m_next)
            say_sdp_stream(m);
    } else {
        printf("bad SDP: %s\n", sdp_parsing_error(parser));
    }
    sdp_parser_free(parser);
    su_home_unref(home);
    return good;
}

/* Header fields that the parser leaves as text. The charging identity is a number of our own. */
static void say_unknown(GHashTable *names, const sip_unknown_t *u)
{
    static const char icid[] = "icid-value=\"";
    for (; u; u = u->un_next) {
        const char *end =
            g_str_has_prefix(u->un_value, icid) ? strchr(u->un_value + strlen(icid), '"') : NULL;
        if (end) {
            char *value = g_strndup(u->un_value, (gsize)(end - u->un_value));
            printf("%s icid %u%s\n", u->un_name, number(names, 'i', value), end + 1);
            g_free(value);
        } else {
            printf("%s %s\n", u->un_name, u->un_value);
        }
    }
}

static void say_identities(const sip_t *sip)
{
    for (const sip_p_preferred_identity_t *i = sip_p_preferred_identity(sip); i; i = i->ppid_next)
        say_url(or_dash(i->ppid_display), i->ppid_url);
    for (const sip_p_asserted_identity_t *i = sip_p_asserted_identity(sip); i; i = i->paid_next)
        say_url(or_dash(i->paid_display), i->paid_url);
}

static void say_routing(GHashTable *names, const sip_t *sip)
{
    for (const sip_via_t *v = sip->sip_via; v; v = v->v_next)
        printf("Via %s %s : %s ; comp %s branch %u\n", v->v_protocol, v->v_host, or_dash(v->v_port),
               or_dash(v->v_comp), number(names, 'b', v->v_branch));
    if (sip->sip_max_forwards)
        printf("Max-Forwards %lu\n", sip->sip_max_forwards->mf_count);
    for (const sip_route_t *r = sip->sip_route; r; r = r->r_next)
        say_url("Route", r->r_url);
    for (const sip_record_route_t *r = sip->sip_record_route; r; r = r->r_next)
        say_url("Record-Route", r->r_url);
    for (const sip_path_t *r = sip_path(sip); r; r = r->r_next)
        say_url("Path", r->r_url);
    for (const sip_service_route_t *r = sip_service_route(sip); r; r = r->r_next)
        say_url("Service-Route", r->r_url);
}

static void say_dialog(GHashTable *names, const sip_t *sip)
{
    say_url("From", sip->sip_from->a_url);
    say_url("To", sip->sip_to->a_url);
    unsigned from = number(names, 't', sip->sip_from->a_tag), to = number(names, 't', sip->sip_to->a_tag);
    printf("tags %u %u Call-ID %u\n", from, to, number(names, 'c', sip->sip_call_id->i_id));
    printf("CSeq %u %s\n", sip->sip_cseq->cs_seq, sip->sip_cseq->cs_method_name);
    if (sip->sip_rack)
        printf("RAck %u %u %s\n", sip->sip_rack->ra_response, sip->sip_rack->ra_cseq,
               sip->sip_rack->ra_method_name);
    if (sip->sip_rseq)
        printf("RSeq %lu\n", sip->sip_rseq->rs_response);
    for (const sip_contact_t *c = sip->sip_contact; c; c = c->m_next) {
        say_url("Contact", c->m_url);
        if (c->m_expires)
            printf("Contact expires %s\n", c->m_expires);
    }
}

/* ---- registration and events ----------------------------------------------------------------------- */

/* A parameter that holds a token of the simulator: name="16 hexadecimal digits". */
static bool say_token(GHashTable *names, const char *param, const char *name)
{
    size_t n = strlen(name);
    const char *value = param + n + 2;
    if (strncmp(param, name, n) != 0 || strncmp(param + n, "=\"", 2) != 0 ||
        strspn(value, "0123456789abcdef") != 16 || value[16] != '"')
        return false;
    char *token = g_strndup(value, 16);
    printf(" %s token %u", name, number(names, 'n', token));
    g_free(token);
    return true;
}

static void say_auth(GHashTable *names, const char *what, const msg_auth_t *a)
{
    if (!a)
        return;
    printf("%s %s", what, a->au_scheme);
    for (const msg_param_t *p = a->au_params; p && *p; p++)
        if (!say_token(names, *p, "nonce") && !say_token(names, *p, "cnonce"))
            printf(" %s", *p);
    printf("\n");
}

static void say_agreement(const char *which, const struct sip_security_agree_s *a)
{
    if (!a)
        return;
    printf("Security-%s ", which);
    say_items(a->sa_mec, a->sa_params);
}

static void say_events(const sip_t *sip)
{
    const sip_subscription_state_t *s = sip->sip_subscription_state;
    if (sip->sip_expires)
        printf("Expires %lu\n", (unsigned long)sip->sip_expires->ex_delta);
    if (sip->sip_min_expires)
        printf("Min-Expires %lu\n", (unsigned long)sip->sip_min_expires->me_delta);
    if (sip->sip_event)
        printf("Event %s\n", sip->sip_event->o_type);
    for (const sip_accept_t *a = sip->sip_accept; a; a = a->ac_next)
        printf("Accept %s\n", a->ac_type);
    if (s)
        printf("Subscription-State %s expires %s reason %s\n", s->ss_substate, or_dash(s->ss_expires),
               or_dash(s->ss_reason));
    for (const sip_reason_t *r = sip->sip_reason; r; r = r->re_next)
        printf("Reason %s cause %s text %s\n", r->re_protocol, or_dash(r->re_cause), or_dash(r->re_text));
}

static void say_rest(GHashTable *names, const sip_t *sip)
{
    say_list("Require", sip->sip_require);
    say_list("Proxy-Require", sip->sip_proxy_require);
    say_list("Supported", sip->sip_supported);
    say_list("Unsupported", sip->sip_unsupported);
    say_list("Allow", (const msg_list_t *)sip->sip_allow);
    say_auth(names, "WWW-Authenticate", sip->sip_www_authenticate);
    say_auth(names, "Authorization", sip->sip_authorization);
    say_agreement("Client", sip->sip_security_client);
    say_agreement("Server", sip->sip_security_server);
    say_agreement("Verify", sip->sip_security_verify);
    say_events(sip);
    if (sip->sip_privacy)
        say_items("Privacy", sip->sip_privacy->priv_values);
    say_identities(sip);
    if (sip->sip_retry_after)
        printf("Retry-After %lu\n", (unsigned long)sip->sip_retry_after->af_delta);
    say_unknown(names, sip->sip_unknown);
    if (sip->sip_content_type)
        printf("Content-Type %s\n", sip->sip_content_type->c_type);
    if (sip->sip_content_length)
        printf("Content-Length %u\n", sip->sip_content_length->l_length);
}

static bool fields_of(GHashTable *names, const sip_t *sip)
{
    if (sip->sip_request)
        say_url(sip->sip_request->rq_method_name, sip->sip_request->rq_url);
    else
        printf("%d %s\n", sip->sip_status->st_status, sip->sip_status->st_phrase);
    say_routing(names, sip);
    say_dialog(names, sip);
    say_rest(names, sip);
    if (!sip->sip_payload || sip->sip_payload->pl_len == 0)
        return true;
    printf("%lu bytes\n", (unsigned long)sip->sip_payload->pl_len);
    if (!sip->sip_content_type || strcmp(sip->sip_content_type->c_type, "application/sdp") != 0) {
        printf("%.*s", (int)sip->sip_payload->pl_len, (const char *)sip->sip_payload->pl_data);
        return true;
    }
    return fields_of_sdp(sip->sip_payload->pl_data, sip->sip_payload->pl_len);
}

/* Prints all fields of the message, or what is wrong with it. False: it is not valid. */
static bool fields(GHashTable *names, const char *text, size_t length)
{
    static const msg_mclass_t *headers; /* RFC 3325's too */
    if (!headers)
        headers = sip_extend_mclass(NULL);
    msg_t *msg = msg_make(headers, 0, text, (ssize_t)length);
    const sip_t *sip = msg ? sip_object(msg) : NULL;
    bool good = false;
    if (!sip)
        printf("no message\n");
    else if (msg_has_error(msg))
        printf("error in an essential header field, or in the message as a whole\n");
    else if (sip->sip_error)
        printf("error in a header field: %s\n", or_dash(sip->sip_error->er_name));
    else if (!msg_is_complete(msg))
        printf("incomplete\n");
    else if (sip_sanity_check(sip) != 0)
        printf("not sane\n");
    else
        good = fields_of(names, sip);
    if (msg)
        msg_destroy(msg);
    return good;
}

int main(int argc, char **argv)
{
    char *text = NULL;
    gsize size = 0;
    if (argc != 2 || !g_file_get_contents(argv[1], &text, &size, NULL)) {
        fprintf(stderr, "usage: sofia-read FILE\n");
        return 2;
    }
    GHashTable *names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    const char *at = text, *end = text + size;
    while (at < end) {
        char *start;
        guint64 length = g_ascii_strtoull(at, &start, 10);
        if (*start != '\n' || length > (guint64)(end - start - 1))
            break;
        printf("= %s\n\n", fields(names, start + 1, (size_t)length) ? "valid" : "broken");
        at = start + 1 + length;
    }
    g_hash_table_destroy(names);
    g_free(text);
    return at == end ? 0 : 1;
}
