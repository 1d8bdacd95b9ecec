/* sip_print.c - the wire text of SIP messages, and its length.
 *
 * One set of functions does both: they write through `struct emit`, which either stores the bytes or
 * only counts them. The two can therefore not disagree. */
#include "models/proto/sip/sip_emit.h"

/* ---- names --------------------------------------------------------------------------------------- */

struct text {
    const char *s;
    uint8_t len;
};
#define TEXT(literal) {literal, sizeof(literal) - 1}

static inline void put_text(struct emit *e, const struct text *t)
{
    put_mem(e, t->s, t->len);
}

static const struct text method_names[SIP_METHODS] = {
#define METHOD(id, name, rfc) TEXT(name),
#include "models/proto/sip/sip_names.def"
#undef METHOD
};
static const struct text option_names[SIP_OPTIONS] = {
#define OPTION(id, name, rfc) TEXT(name),
#include "models/proto/sip/sip_names.def"
#undef OPTION
};
static const struct {
    uint16_t code;
    struct text reason;
} statuses[] = {
#define STATUS(code, reason) {code, TEXT(reason)},
#include "models/proto/sip/sip_names.def"
#undef STATUS
};
#define STATUSES G_N_ELEMENTS(statuses)

const char *sip_method_name(enum sip_method method)
{
    return method_names[method].s;
}

static unsigned status_index(uint16_t status)
{
    unsigned i = 0;
    while (i < STATUSES && statuses[i].code != status)
        i++;
    return i;
}

const char *sip_reason(uint16_t status)
{
    unsigned i = status_index(status);
    return i < STATUSES ? statuses[i].reason.s : "";
}

/* Names of all types: a method, or a response ("180 Ringing", "200 OK (PRACK)"). */
static const char **type_names(void)
{
    static const char *names[SIP_METHODS + 32 * SIP_METHODS];
    static gsize done;
    if (g_once_init_enter(&done)) {
        for (unsigned m = 0; m < SIP_METHODS; m++) {
            names[m] = method_names[m].s;
            for (unsigned s = 0; s < STATUSES; s++) {
                bool provisional = statuses[s].code < 200;
                if (provisional && m != SIP_INVITE)
                    continue;
                names[SIP_METHODS + s * SIP_METHODS + m] =
                    provisional ? g_strdup_printf("%u %s", statuses[s].code, statuses[s].reason.s)
                                : g_strdup_printf("%u %s (%s)", statuses[s].code, statuses[s].reason.s, method_names[m].s);
            }
        }
        g_once_init_leave(&done, 1);
    }
    return names;
}

const char *sip_type_name(uint16_t type)
{
    return type_names()[type];
}

/* ---- parts ---------------------------------------------------------------------------------------- */

/* The text a scenario gave this token, or NULL. */
static const char *pinned_text(const struct sip_stack *sip, uint64_t token)
{
    uint32_t i = sip->pin_texts->len ? idmap_get(&sip->pins, token) : 0;
    return i ? g_ptr_array_index(sip->pin_texts, i - 1) : NULL;
}

void sip_put_token(struct emit *e, const struct sip_stack *sip, uint64_t token)
{
    const char *pinned = pinned_text(sip, token);
    if (pinned)
        put_str(e, pinned);
    else
        put_hex16(e, token * 0x9e3779b97f4a7c15u); /* odd factor: one to one, and looks the part */
}

void sip_put_host(struct emit *e, const struct sip_stack *sip, uint32_t i)
{
    put_mem(e, sip_host(sip, i)->name, sip_host(sip, i)->len);
}

static void put_address(struct emit *e, const struct sip_party *p)
{
    put_str(e, p->address);
    PUT(e, ":");
    put_uint(e, p->port);
    if (p->sigcomp)
        PUT(e, ";comp=sigcomp");
}

static void put_host_uri(struct emit *e, const struct sip_stack *sip, struct sip_uri uri, bool scheme)
{
    if (scheme)
        PUT(e, "sip:");
    if (uri.kind == SIP_URI_ODI) {
        PUT(e, "odi");
        put_uint(e, uri.id);
        PUT(e, "@");
        sip_put_host(e, sip, uri.port);
    } else {
        sip_put_host(e, sip, uri.id);
        if (uri.port) {
            PUT(e, ":");
            put_uint(e, uri.port);
        }
    }
    if (uri.flags & SIP_LR)
        PUT(e, ";lr");
    if (uri.flags & SIP_SIGCOMP)
        PUT(e, ";comp=sigcomp");
}

/* Adds on to the digits from the right, whatever stands between them. */
size_t sip_tel(const struct sip_party *p, char buf[SIP_TEL_MAX])
{
    size_t n = p->tel ? strnlen(p->tel, SIP_TEL_MAX) : 0;
    uint32_t carry = p->tel_plus;
    if (n)
        memcpy(buf, p->tel, n);
    for (size_t i = n; carry && i-- > 0;) {
        if (!g_ascii_isdigit(buf[i]))
            continue;
        carry += (uint32_t)(buf[i] - '0');
        buf[i] = (char)('0' + carry % 10);
        carry /= 10;
    }
    return n;
}

size_t sip_tel_digits(const struct sip_party *p, char buf[SIP_TEL_MAX])
{
    size_t n = sip_tel(p, buf), digits = 0;
    for (size_t i = 0; i < n; i++)
        if (g_ascii_isdigit(buf[i]))
            buf[digits++] = buf[i];
    return digits;
}

static void put_tel(struct emit *e, const struct sip_party *p)
{
    char buf[SIP_TEL_MAX];
    put_mem(e, buf, sip_tel(p, buf));
}

void sip_put_uri(struct emit *e, const struct sip_stack *sip, struct sip_uri uri)
{
    if (uri.kind == SIP_URI_HOST || uri.kind == SIP_URI_ODI) {
        put_host_uri(e, sip, uri, true);
        return;
    }
    const struct sip_party *p = sip_party(sip, uri.id);
    if (!e->buf && p->len[uri.kind]) {
        e->n += p->len[uri.kind];
        return;
    }
    switch (uri.kind) {
    case SIP_URI_IDENTITY:
        PUT(e, "sip:");
        put_str(e, p->user);
        PUT(e, "@");
        sip_put_host(e, sip, p->domain);
        break;
    case SIP_URI_CONTACT:
        PUT(e, "sip:");
        put_str(e, p->user);
        PUT(e, "@");
        put_address(e, p);
        break;
    case SIP_URI_TEL:
        PUT(e, "tel:");
        put_tel(e, p);
        break;
    default:
        put_address(e, p);
    }
}

uint16_t sip_uri_length(const struct sip_stack *sip, struct sip_uri uri)
{
    struct emit e = {0};
    sip_put_uri(&e, sip, uri);
    return (uint16_t)e.n;
}

static void put_via_value(struct emit *e, const struct sip_stack *sip, const struct sip_via *v)
{
    if (v->reliable)
        PUT(e, "SIP/2.0/TCP ");
    else
        PUT(e, "SIP/2.0/UDP ");
    if (v->sent_by.kind == SIP_URI_HOST)
        put_host_uri(e, sip, v->sent_by, false);
    else
        sip_put_uri(e, sip, v->sent_by);
    PUT(e, ";branch=");
    if (!pinned_text(sip, v->branch))
        PUT(e, "z9hG4bK");
    sip_put_token(e, sip, v->branch);
}

uint16_t sip_via_length(const struct sip_stack *sip, const struct sip_via *v)
{
    struct emit e = {0};
    put_via_value(&e, sip, v);
    return (uint16_t)e.n;
}

void sip_put_hops(struct emit *e, const struct sip_stack *sip, const struct sip_hop *h)
{
    for (; h; h = h->next) {
        if (e->buf) {
            PUT(e, "<");
            sip_put_uri(e, sip, h->uri);
            PUT(e, ">");
        } else {
            e->n += h->len;
        }
        if (h->next)
            PUT(e, ", ");
    }
    PUT(e, "\r\n");
}

static void put_options(struct emit *e, uint8_t options)
{
    for (unsigned i = 0; options; i++, options >>= 1)
        if (options & 1) {
            put_text(e, &option_names[i]);
            if (options >> 1)
                PUT(e, ", ");
        }
    PUT(e, "\r\n");
}

/* "User 2" <sip:...>  */
static void put_name_addr(struct emit *e, const struct sip_stack *sip, uint32_t party)
{
    const struct sip_party *p = sip_party(sip, party);
    if (p->display) {
        PUT(e, "\"");
        put_str(e, p->display);
        PUT(e, "\" ");
    }
    PUT(e, "<");
    sip_put_uri(e, sip, (struct sip_uri){.kind = SIP_URI_IDENTITY, .id = party});
    PUT(e, ">");
}

/* ---- header fields -------------------------------------------------------------------------------- */

#define FIELD(name) static void put_##name(struct emit *e, const struct sip_stack *sip, const struct sip_msg *m)
#define UNUSED_STACK (void)sip

FIELD(via)
{
    for (const struct sip_via *v = m->via; v; v = v->next) {
        PUT(e, "Via: ");
        if (e->buf)
            put_via_value(e, sip, v);
        else
            e->n += v->len;
        PUT(e, "\r\n");
    }
}

FIELD(max_forwards)
{
    UNUSED_STACK;
    if (m->status)
        return;
    PUT(e, "Max-Forwards: ");
    put_uint(e, m->max_forwards);
    PUT(e, "\r\n");
}

FIELD(route)
{
    if (!m->route)
        return;
    PUT(e, "Route: ");
    sip_put_hops(e, sip, m->route);
}

FIELD(record_route)
{
    if (!m->record_route)
        return;
    PUT(e, "Record-Route: ");
    sip_put_hops(e, sip, m->record_route);
}

FIELD(preferred_identity)
{
    if (!m->preferred_id)
        return;
    PUT(e, "P-Preferred-Identity: ");
    put_name_addr(e, sip, m->preferred_id - 1);
    PUT(e, "\r\n");
}

FIELD(asserted_identity)
{
    if (!m->asserted_id)
        return;
    uint32_t party = m->asserted_id - 1;
    PUT(e, "P-Asserted-Identity: ");
    put_name_addr(e, sip, party);
    if (sip_party(sip, party)->tel) {
        PUT(e, ", <");
        sip_put_uri(e, sip, (struct sip_uri){.kind = SIP_URI_TEL, .id = party});
        PUT(e, ">");
    }
    PUT(e, "\r\n");
}

FIELD(called_party_id)
{
    if (!m->called_party)
        return;
    PUT(e, "P-Called-Party-ID: <");
    sip_put_uri(e, sip, (struct sip_uri){.kind = SIP_URI_IDENTITY, .id = m->called_party - 1});
    PUT(e, ">\r\n");
}

FIELD(access_network_info)
{
    if (!m->access_info)
        return;
    PUT(e, "P-Access-Network-Info: ");
    put_str(e, sip_party(sip, m->access_info - 1)->access_info);
    PUT(e, "\r\n");
}

FIELD(charging_vector)
{
    if (!m->icid)
        return;
    PUT(e, "P-Charging-Vector: icid-value=\"");
    put_hex16(e, m->icid * 0x9e3779b97f4a7c15u);
    PUT(e, "\"");
    if (m->orig_ioi) {
        PUT(e, ";orig-ioi=");
        sip_put_host(e, sip, m->orig_ioi - 1);
    }
    if (m->term_ioi) {
        PUT(e, ";term-ioi=");
        sip_put_host(e, sip, m->term_ioi - 1);
    }
    PUT(e, "\r\n");
}

FIELD(privacy)
{
    if (!m->privacy)
        return;
    PUT(e, "Privacy: ");
    put_str(e, sip_party(sip, m->privacy - 1)->privacy);
    PUT(e, "\r\n");
}

static void put_party(struct emit *e, const struct sip_stack *sip, struct sip_uri uri, uint64_t tag)
{
    PUT(e, "<");
    sip_put_uri(e, sip, uri);
    PUT(e, ">");
    if (tag) {
        PUT(e, ";tag=");
        sip_put_token(e, sip, tag);
    }
    PUT(e, "\r\n");
}

FIELD(from)
{
    PUT(e, "From: ");
    put_party(e, sip, m->from, m->from_tag);
}

FIELD(to)
{
    PUT(e, "To: ");
    put_party(e, sip, m->to, m->to_tag);
}

FIELD(call_id)
{
    PUT(e, "Call-ID: ");
    sip_put_token(e, sip, m->call_id);
    PUT(e, "\r\n");
}

FIELD(cseq)
{
    UNUSED_STACK;
    PUT(e, "CSeq: ");
    put_uint(e, m->cseq);
    PUT(e, " ");
    put_text(e, &method_names[m->method]);
    PUT(e, "\r\n");
}

FIELD(rack)
{
    UNUSED_STACK;
    if (!m->rack_rseq)
        return;
    PUT(e, "RAck: ");
    put_uint(e, m->rack_rseq);
    PUT(e, " ");
    put_uint(e, m->rack_cseq);
    PUT(e, " INVITE\r\n");
}

FIELD(rseq)
{
    UNUSED_STACK;
    if (!m->rseq)
        return;
    PUT(e, "RSeq: ");
    put_uint(e, m->rseq);
    PUT(e, "\r\n");
}

FIELD(require)
{
    UNUSED_STACK;
    if (!m->require)
        return;
    PUT(e, "Require: ");
    put_options(e, m->require);
}

FIELD(proxy_require)
{
    UNUSED_STACK;
    if (!m->proxy_require)
        return;
    PUT(e, "Proxy-Require: ");
    put_options(e, m->proxy_require);
}

FIELD(supported)
{
    UNUSED_STACK;
    if (!m->supported)
        return;
    PUT(e, "Supported: ");
    put_options(e, m->supported);
}

FIELD(unsupported)
{
    UNUSED_STACK;
    if (!m->unsupported)
        return;
    PUT(e, "Unsupported: ");
    put_options(e, m->unsupported);
}

/* The bodies that NOTIFY may have (RFC 3680 4.3, unverified sub-clause; TS 24.228 6.5). */
FIELD(accept)
{
    UNUSED_STACK;
    if (!m->status && m->method == SIP_SUBSCRIBE && m->cold && m->cold->event == SIP_EVENT_REG)
        PUT(e, "Accept: application/reginfo+xml\r\n");
}

FIELD(security_verify)
{
    if (!m->security) {
        sip_put_ipsec(e, "Verify", m->cold ? &m->cold->verify : NULL);
        return;
    }
    const struct sip_party *p = sip_party(sip, m->security - 1);
    PUT(e, "Security-Verify: ipsec-3gpp; q=0.1; alg=hmac-sha-1-96; spi-c=");
    put_str(e, p->spi_c);
    PUT(e, "; spi-s=");
    put_str(e, p->spi_s);
    PUT(e, "; port-c=");
    put_uint(e, p->port_c);
    PUT(e, "; port-s=");
    put_uint(e, p->port_s);
    PUT(e, "\r\n");
}

FIELD(contact)
{
    if (!m->contact.kind)
        return;
    PUT(e, "Contact: <");
    sip_put_uri(e, sip, m->contact);
    PUT(e, ">");
    if (m->cold && m->cold->has_contact_expires) {
        PUT(e, ";expires=");
        put_uint(e, m->cold->contact_expires);
    }
    PUT(e, "\r\n");
}

FIELD(allow)
{
    UNUSED_STACK;
    if (!m->allow)
        return;
    PUT(e, "Allow: ");
    for (unsigned i = 0, left = m->allow; left; i++, left >>= 1)
        if (left & 1) {
            put_text(e, &method_names[i]);
            if (left >> 1)
                PUT(e, ", ");
        }
    PUT(e, "\r\n");
}

FIELD(retry_after)
{
    UNUSED_STACK;
    if (!m->retry_after)
        return;
    PUT(e, "Retry-After: ");
    put_uint(e, m->retry_after);
    PUT(e, "\r\n");
}

/* Bytes of the body. */
static uint32_t body_size(const struct sip_stack *sip, const struct sip_msg *m)
{
    struct emit e = {0};
    if (m->cold && m->cold->reginfo.present)
        sip_put_reginfo(&e, sip, &m->cold->reginfo);
    return m->sdp ? m->sdp->size : (uint32_t)e.n;
}

FIELD(content)
{
    if (m->sdp)
        PUT(e, "Content-Type: application/sdp\r\n");
    else if (m->cold && m->cold->reginfo.present)
        PUT(e, "Content-Type: application/reginfo+xml\r\n");
    PUT(e, "Content-Length: ");
    put_uint(e, body_size(sip, m));
    PUT(e, "\r\n");
}

/* Header fields of the cold part. */
#define COLD(name)                                                                                             \
    FIELD(name)                                                                                                \
    {                                                                                                          \
        if (m->cold)                                                                                           \
            sip_put_##name(e, sip, m->cold);                                                                   \
    }
COLD(path)
COLD(service_route)
COLD(served_user)
COLD(associated_uri)
COLD(visited_network)
COLD(authorization)
COLD(security_client)
COLD(security_server)
COLD(expires)
COLD(min_expires)
COLD(event)
COLD(subscription_state)
COLD(reason)
#undef COLD

/* ---- whole messages ------------------------------------------------------------------------------- */

static void put_head(struct emit *e, const struct sip_stack *sip, const struct sip_msg *m)
{
    if (m->status) {
        PUT(e, "SIP/2.0 ");
        put_uint(e, m->status);
        PUT(e, " ");
        unsigned i = status_index(m->status);
        if (i < STATUSES)
            put_text(e, &statuses[i].reason);
        PUT(e, "\r\n");
    } else {
        put_text(e, &method_names[m->method]);
        PUT(e, " ");
        sip_put_uri(e, sip, m->ruri);
        PUT(e, " SIP/2.0\r\n");
    }
#define HEADER(function) put_##function(e, sip, m);
#include "models/proto/sip/sip_headers.def"
#undef HEADER
    PUT(e, "\r\n");
}

uint32_t sip_measure(const struct sip_stack *sip, const struct sip_msg *m)
{
    struct emit e = {0};
    put_head(&e, sip, m);
    return (uint32_t)e.n + body_size(sip, m);
}

void sip_render(const struct sip_stack *sip, const struct sip_msg *m, GString *out)
{
    size_t at = out->len, body = m->sdp ? m->sdp->size : 0;
    g_string_set_size(out, at + sip_measure(sip, m) - body);
    struct emit e = {.buf = out->str + at};
    put_head(&e, sip, m);
    if (m->cold && m->cold->reginfo.present && !m->sdp)
        sip_put_reginfo(&e, sip, &m->cold->reginfo);
    if (m->sdp)
        sdp_render(m->sdp, out);
}

void sip_seal(struct sip_stack *sip, struct sip_msg *m)
{
    m->m.type = (uint16_t)(m->status ? SIP_METHODS + status_index(m->status) * SIP_METHODS + m->method : m->method);
    if (!m->m.size)
        m->m.size = sip_measure(sip, m);
}
