/* sip_said.c - the fields of a SIP message, from its struct (see sip_said.h). */
#include "tests/unit/sip_said.h"

#include <string.h>

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

static const char *tel_of(const struct sip_party *p, char buf[SIP_TEL_MAX + 1])
{
    buf[sip_tel(p, buf)] = '\0';
    return buf;
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
        say(out, "%s sip: odi%u @ %s : - ; %s\n", what, u.id, sip_host(sip, u.port)->name,
            u.flags & SIP_LR ? "lr" : "-");
        return;
    }
    const struct sip_party *p = sip_party(sip, u.id);
    char buf[SIP_TEL_MAX + 1];
    if (u.kind == SIP_URI_IDENTITY)
        say(out, "%s sip: %s @ %s : - ; -\n", what, p->user, sip_host(sip, p->domain)->name);
    else if (u.kind == SIP_URI_CONTACT)
        say(out, "%s sip: %s @ %s : %u ; %s\n", what, p->user, p->address, p->port,
            p->sigcomp ? "comp=sigcomp" : "-");
    else
        say(out, "%s tel: %s @ - : - ; -\n", what, tel_of(p, buf));
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
    for (const struct sip_hop *h = m->cold ? m->cold->path : NULL; h; h = h->next)
        said_uri(out, "Path", sip, h->uri);
    for (const struct sip_hop *h = m->cold ? m->cold->service_route : NULL; h; h = h->next)
        said_uri(out, "Service-Route", sip, h->uri);
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
    if (m->cold && m->cold->has_contact_expires)
        say(out, "Contact expires %u\n", m->cold->contact_expires);
}

/* ---- registration and events ----------------------------------------------------------------------- */

static void said_hex(GString *out, const char *what, const uint8_t *bytes, size_t n)
{
    say(out, " %s=\"", what);
    for (size_t i = 0; i < n; i++)
        say(out, "%02x", bytes[i]);
    say(out, "\"");
}

/* base64(RAND || AUTN), or a token. */
static void said_nonce(GString *out, GHashTable *names, const struct sip_auth *a)
{
    uint8_t both[AKA_RAND + AKA_AUTN];
    if (!a->has_nonce) {
        say(out, " nonce=\"\"");
    } else if (a->algorithm == DIGEST_ALGORITHM_AKAV1_MD5) {
        memcpy(both, a->rand, AKA_RAND);
        memcpy(both + AKA_RAND, a->autn, AKA_AUTN);
        char *text = g_base64_encode(both, sizeof both);
        say(out, " nonce=\"%s\"", text);
        g_free(text);
    } else {
        say(out, " nonce token %u", number(names, 'n', a->nonce));
    }
}

static const char *algorithm_name(const struct sip_auth *a)
{
    return a->algorithm == DIGEST_ALGORITHM_AKAV1_MD5 ? "AKAv1-MD5"
           : a->algorithm == DIGEST_ALGORITHM_SHA256  ? "SHA-256"
                                                      : "MD5";
}

static void said_challenge(GString *out, GHashTable *names, const struct sip_stack *sip,
                           const struct sip_auth *a)
{
    say(out, "WWW-Authenticate Digest realm=\"%s\"", sip_host(sip, a->realm)->name);
    said_nonce(out, names, a);
    say(out, " algorithm=%s", algorithm_name(a));
    if (a->algorithm != DIGEST_ALGORITHM_AKAV1_MD5)
        say(out, " qop=\"auth\"");
    if (a->has_keys) {
        said_hex(out, "ik", a->ik, sizeof a->ik);
        said_hex(out, "ck", a->ck, sizeof a->ck);
    }
    say(out, "\n");
}

static void said_credentials(GString *out, GHashTable *names, const struct sip_stack *sip,
                             const struct sip_auth *a)
{
    const struct sip_party *p = sip_party(sip, a->user);
    const char *realm = sip_host(sip, a->realm)->name;
    say(out, "Authorization Digest username=\"%s@%s\" realm=\"%s\"", p->user, sip_host(sip, p->domain)->name,
        realm);
    said_nonce(out, names, a);
    say(out, " uri=\"sip:%s\" response=\"%s\"", realm, a->response);
    if (a->has_nonce)
        say(out, " algorithm=%s", algorithm_name(a));
    if (a->has_auts) {
        char *auts = g_base64_encode(a->auts, sizeof a->auts);
        say(out, " auts=\"%s\"", auts);
        g_free(auts);
    }
    if (a->cnonce)
        say(out, " qop=auth nc=%08x cnonce token %u", a->nc, number(names, 'n', a->cnonce));
    if (a->integrity)
        say(out, " integrity-protected=\"%s\"", a->integrity == SIP_INTEGRITY_YES ? "yes" : "no");
    say(out, "\n");
}

static void said_agreement(GString *out, const char *which, const struct sip_ipsec *i)
{
    if (i->spi_c)
        say(out,
            "Security-%s ipsec-3gpp alg=hmac-sha-1-96 ealg=aes-cbc spi-c=%u spi-s=%u port-c=%u port-s=%u\n",
            which, i->spi_c, i->spi_s, i->port_c, i->port_s);
}

static void said_subscription(GString *out, const struct sip_cold *c)
{
    if (c->subscription == SIP_SUB_ACTIVE)
        say(out, "Subscription-State active expires %u reason -\n", c->sub_expires);
    if (c->subscription == SIP_SUB_TERMINATED)
        say(out, "Subscription-State terminated expires - reason %s\n",
            c->sub_reason == SIP_REG_EXPIRED    ? "timeout"
            : c->sub_reason == SIP_REG_REJECTED ? "rejected"
                                                : "deactivated");
}

static void said_cold(GString *out, GHashTable *names, const struct sip_stack *sip, const struct sip_cold *c,
                      bool request)
{
    if (c->auth.kind == SIP_AUTH_CHALLENGE)
        said_challenge(out, names, sip, &c->auth);
    if (c->auth.kind == SIP_AUTH_CREDENTIALS)
        said_credentials(out, names, sip, &c->auth);
    said_agreement(out, "Client", &c->client);
    said_agreement(out, "Server", &c->server);
    said_agreement(out, "Verify", &c->verify);
    if (c->has_expires)
        say(out, "Expires %u\n", c->expires);
    if (c->min_expires)
        say(out, "Min-Expires %u\n", c->min_expires);
    if (c->event)
        say(out, "Event reg\n");
    if (c->event && c->has_expires && !c->subscription && request)
        say(out, "Accept application/reginfo+xml\n");
    said_subscription(out, c);
    if (c->reason_cause)
        say(out, "Reason SIP cause %u text \"%s\"\n", c->reason_cause, sip_reason(c->reason_cause));
}

void sip_said_reginfo(GString *out, const struct sip_stack *sip, const struct sip_reginfo *r)
{
    static const char *const states[] = {"init", "active", "terminated"};
    static const char *const events[] = {"registered",  "created",   "refreshed",    "shortened", "expired",
                                         "deactivated", "probation", "unregistered", "rejected"};
    const struct sip_party *p = sip_party(sip, r->party);
    char *expires =
        r->state == SIP_REG_ACTIVE ? g_strdup_printf(" expires=\"%u\"", r->expires) : g_strdup("");
    say(out,
        "<?xml version=\"1.0\"?>\r\n"
        "<reginfo xmlns=\"urn:ietf:params:xml:ns:reginfo\" version=\"%u\" state=\"full\">\r\n"
        "  <registration aor=\"sip:%s@%s\" id=\"a%u\" state=\"%s\">\r\n"
        "    <contact id=\"c%u\" state=\"%s\" event=\"%s\"%s>\r\n"
        "      <uri>sip:%s@%s:%u%s</uri>\r\n"
        "    </contact>\r\n"
        "  </registration>\r\n"
        "</reginfo>\r\n",
        r->version, p->user, sip_host(sip, p->domain)->name, r->party, states[r->state], r->party,
        states[r->state], events[r->event], expires, p->user, p->address, p->port,
        p->sigcomp ? ";comp=sigcomp" : "");
    g_free(expires);
}

static void said_options(GString *out, const char *what, unsigned options)
{
    if (options)
        say(out, "%s%s%s%s%s\n", what, options & SIP_OPT_100REL ? " 100rel" : "",
            options & SIP_OPT_PRECONDITION ? " precondition" : "",
            options & SIP_OPT_SEC_AGREE ? " sec-agree" : "", options & SIP_OPT_PATH ? " path" : "");
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

/* P-Associated-URI and P-Visited-Network-ID. */
static void said_registered(GString *out, const struct sip_stack *sip, const struct sip_cold *c)
{
    if (c->associated) {
        const struct sip_party *p = sip_party(sip, c->associated - 1);
        char buf[SIP_TEL_MAX + 1];
        say(out, "P-Associated-URI <sip:%s@%s>", p->user, sip_host(sip, p->domain)->name);
        if (p->tel)
            say(out, ", <tel:%s>", tel_of(p, buf));
        say(out, "\n");
    }
    if (c->visited)
        say(out, "P-Visited-Network-ID \"%s\"\n", sip_host(sip, c->visited - 1)->name);
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
        say(out, "P-Served-User <sip:%s@%s>;sescase=%s\n", p->user, sip_host(sip, p->domain)->name,
            cases[m->cold->served_case]);
    }
    if (m->cold)
        said_registered(out, sip, m->cold);
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

static bool has_reginfo(const struct sip_msg *m)
{
    return m->cold && m->cold->reginfo.present;
}

static void said_content(GString *out, const struct sip_stack *sip, const struct sip_msg *m)
{
    GString *body = g_string_new(NULL);
    if (has_reginfo(m))
        sip_said_reginfo(body, sip, &m->cold->reginfo);
    if (m->sdp)
        say(out, "Content-Type application/sdp\n");
    else if (has_reginfo(m))
        say(out, "Content-Type application/reginfo+xml\n");
    say(out, "Content-Length %zu\n", m->sdp ? m->sdp->size : body->len);
    g_string_free(body, TRUE);
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
        say(out, "Security-Verify ipsec-3gpp q=0.1 alg=hmac-sha-1-96 spi-c=%s spi-s=%s port-c=%u port-s=%u\n",
            p->spi_c, p->spi_s, p->port_c, p->port_s);
    }
    if (m->cold)
        said_cold(out, names, sip, m->cold, !m->status);
    if (m->privacy)
        say(out, "Privacy %s\n", sip_party(sip, m->privacy - 1)->privacy);
    if (m->preferred_id)
        said_identity(out, sip, m->preferred_id - 1, false);
    if (m->asserted_id)
        said_identity(out, sip, m->asserted_id - 1, true);
    if (m->retry_after)
        say(out, "Retry-After %u\n", m->retry_after);
    said_private_headers(out, names, sip, m);
    said_content(out, sip, m);
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

void sip_said(GString *out, GHashTable *names, const struct sip_stack *sip, const struct sip_msg *m)
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
    else if (has_reginfo(m)) {
        GString *body = g_string_new(NULL);
        sip_said_reginfo(body, sip, &m->cold->reginfo);
        say(out, "%zu bytes\n%s", body->len, body->str);
        g_string_free(body, TRUE);
    }
    say(out, "= valid");
}
