/* ie_subscriber.c - fields of Diameter: hosts and users, S6a and Cx.
 *
 * Grouped AVPs are summed from their members (TS 29.272 7.3, TS 29.229 6.3); all members with a code of
 * 500 and above are of vendor 3GPP, but for Service-Selection (493). */
#include "models/proto/ie/ie_int.h"

#include "models/proto/sip/sip.h"

#include <string.h>

/* ---- hosts and users ---------------------------------------------------------------------------------- */

static const char *host_name(const struct ie_ctx *c, uint32_t host)
{
    return sip_host(c->stack->sip, host)->name;
}

static uint32_t host_len(const struct ie_ctx *c, uint32_t host)
{
    return sip_host(c->stack->sip, host)->len;
}

uint32_t ie_size_host(const struct ie_ctx *c, const void *value)
{
    return host_len(c, *(const uint32_t *)value);
}

void ie_print_host(const struct ie_ctx *c, const void *value, GString *out)
{
    g_string_append(out, host_name(c, *(const uint32_t *)value));
}

uint32_t ie_size_host1(const struct ie_ctx *c, const void *value)
{
    return host_len(c, *(const uint32_t *)value - 1);
}

void ie_print_host1(const struct ie_ctx *c, const void *value, GString *out)
{
    g_string_append(out, host_name(c, *(const uint32_t *)value - 1));
}

/* A server's SIP URI. */
uint32_t ie_size_server(const struct ie_ctx *c, const void *value)
{
    return ie_size_host1(c, value) + 4;
}

void ie_print_server(const struct ie_ctx *c, const void *value, GString *out)
{
    g_string_append_printf(out, "sip:%s", host_name(c, *(const uint32_t *)value - 1));
}

uint32_t ie_size_identity(const struct ie_ctx *c, const void *value)
{
    return sip_party(c->stack->sip, *(const uint32_t *)value)->len[SIP_URI_IDENTITY];
}

void ie_print_identity(const struct ie_ctx *c, const void *value, GString *out)
{
    const struct sip_party *p = sip_party(c->stack->sip, *(const uint32_t *)value);
    g_string_append_printf(out, "sip:%s@%s", p->user, host_name(c, p->domain));
}

/* The private identity: as the public one, without the scheme. */
uint32_t ie_size_private_id(const struct ie_ctx *c, const void *value)
{
    return ie_size_identity(c, value) - 4;
}

void ie_print_private_id(const struct ie_ctx *c, const void *value, GString *out)
{
    const struct sip_party *p = sip_party(c->stack->sip, *(const uint32_t *)value);
    g_string_append_printf(out, "%s@%s", p->user, host_name(c, p->domain));
}

/* ---- S6a (TS 29.272 7.3) ---------------------------------------------------------------------------------
 */

/* Number-Of-Requested-Vectors, Immediate-Response-Preferred. */
uint32_t ie_size_requested_vectors(const struct ie_ctx *c, const void *value)
{
    (void)c;
    (void)value;
    return 2 * IE_3GPP_AVP(4);
}

/* E-UTRAN-Vector: Item-Number, RAND, XRES, AUTN, KASME. */
uint32_t ie_size_eps_vectors(const struct ie_ctx *c, const void *value)
{
    const struct ie_eps_vectors *list = value;
    uint32_t bytes = 0;
    (void)c;
    for (unsigned i = 0; i < list->n; i++)
        bytes += IE_3GPP_AVP(IE_3GPP_AVP(4) + 2 * IE_3GPP_AVP(16) + IE_3GPP_AVP(list->item[i].xres.n) +
                             IE_3GPP_AVP(32));
    return bytes;
}

static void put_vector(GString *out, const char *name, const uint8_t *bytes, unsigned n)
{
    ie_put_item(out);
    g_string_append_printf(out, "%s ", name);
    ie_put_bytes(out, bytes, n);
}

void ie_print_eps_vectors(const struct ie_ctx *c, const void *value, GString *out)
{
    const struct ie_eps_vectors *list = value;
    (void)c;
    for (unsigned i = 0; i < list->n; i++) {
        const struct ie_eps_vector *v = &list->item[i];
        put_vector(out, "RAND", v->rand.b, 16);
        put_vector(out, "XRES", v->xres.b, v->xres.n);
        put_vector(out, "AUTN", v->autn.b, 16);
        put_vector(out, "KASME", v->kasme.b, 32);
    }
}

void ie_print_resync(const struct ie_ctx *c, const void *value, GString *out)
{
    const struct ie_resync *r = value;
    (void)c;
    put_vector(out, "RAND", r->rand.b, 16);
    put_vector(out, "AUTS", r->auts.b, r->auts.n);
}

static uint32_t ambr_bytes(void)
{
    return IE_3GPP_AVP(2 * IE_3GPP_AVP(4));
}

static uint32_t arp_bytes(void)
{
    return IE_3GPP_AVP(3 * IE_3GPP_AVP(4));
}

/* APN-Configuration: Context-Identifier, PDN-Type, Service-Selection, EPS-Subscribed-QoS-Profile, AMBR. */
static uint32_t apn_config_bytes(const struct ie_apn_config *a)
{
    return IE_3GPP_AVP(2 * IE_3GPP_AVP(4) + IE_BASE_AVP((uint32_t)strlen(a->apn)) +
                       IE_3GPP_AVP(IE_3GPP_AVP(4) + arp_bytes()) + ambr_bytes());
}

/* MSISDN, Subscriber-Status, AMBR, and APN-Configuration-Profile: Context-Identifier,
 * All-APN-Configurations-Included-Indicator, APN-Configurations. */
uint32_t ie_size_subscription(const struct ie_ctx *c, const void *value)
{
    const struct ie_subscription *s = value;
    uint32_t profile = 2 * IE_3GPP_AVP(4);

    for (unsigned i = 0; i < s->n; i++)
        profile += apn_config_bytes(&s->apn[i]);
    return IE_3GPP_AVP(ie_size_msisdn(c, &s->msisdn)) + IE_3GPP_AVP(4) + ambr_bytes() + IE_3GPP_AVP(profile);
}

void ie_print_subscription(const struct ie_ctx *c, const void *value, GString *out)
{
    const struct ie_subscription *s = value;

    g_string_append_printf(out, "MSISDN %" G_GUINT64_FORMAT ", AMBR ", s->msisdn);
    ie_print_ambr(c, &s->ambr, out);
    for (unsigned i = 0; i < s->n; i++) {
        const struct ie_apn_config *a = &s->apn[i];
        ie_put_item(out);
        g_string_append_printf(out, "APN %u%s \"%s\", %s, ", a->id,
                               a->id == s->default_id ? " (default)" : "", a->apn,
                               ie_value_name(IE_pdn_type, a->pdn_type));
        ie_put_qos(out, &a->qos);
        g_string_append(out, ", AMBR ");
        ie_print_ambr(c, &a->ambr, out);
    }
}

/* ---- Cx (TS 29.229 6.3)
 * ------------------------------------------------------------------------------------- */

uint32_t ie_size_capabilities(const struct ie_ctx *c, const void *value)
{
    const struct ie_capabilities *s = value;
    uint32_t bytes = IE_3GPP_AVP(4) * ((uint32_t)s->n_mandatory + s->n_optional);

    for (unsigned i = 0; i < s->n_servers; i++)
        bytes += IE_3GPP_AVP(ie_size_server(c, &s->server[i]));
    return bytes;
}

static void put_numbers(GString *out, const char *what, const uint8_t *number, unsigned n)
{
    g_string_append(out, what);
    for (unsigned i = 0; i < n; i++)
        g_string_append_printf(out, "%s%u", i ? "," : " {", number[i]);
    g_string_append(out, n ? "}" : " none");
}

void ie_print_capabilities(const struct ie_ctx *c, const void *value, GString *out)
{
    const struct ie_capabilities *s = value;

    put_numbers(out, "mandatory", s->mandatory, s->n_mandatory);
    put_numbers(out, ", optional", s->optional, s->n_optional);
    for (unsigned i = 0; i < s->n_servers; i++) {
        g_string_append(out, ", ");
        ie_print_server(c, &s->server[i], out);
    }
}

/* SIP-Authentication-Scheme, and by kind: SIP-Authenticate (RAND and AUTN), SIP-Authorization (XRES, or RAND
 * and AUTS), Confidentiality-Key, Integrity-Key; SIP-Digest-Authenticate (realm, algorithm, QoP, H(A1)). */
uint32_t ie_size_sip_auth(const struct ie_ctx *c, const void *value)
{
    const struct ie_sip_auth *a = value;
    uint32_t bytes = IE_3GPP_AVP((uint32_t)strlen(ie_value_name(IE_auth_scheme, a->scheme)));

    if (a->has_vector)
        bytes += IE_3GPP_AVP(4) + IE_3GPP_AVP(32) + IE_3GPP_AVP(a->xres.n) + 2 * IE_3GPP_AVP(16);
    if (a->has_resync)
        bytes += IE_3GPP_AVP(16u + a->auts.n);
    if (a->has_digest)
        bytes += IE_3GPP_AVP(IE_BASE_AVP(host_len(c, a->realm)) +
                             IE_BASE_AVP((uint32_t)strlen(ie_value_name(IE_digest_algorithm, a->algorithm))) +
                             IE_BASE_AVP(4) + IE_BASE_AVP(a->algorithm == DIGEST_MD5 ? 32 : 64));
    return bytes;
}

void ie_print_sip_auth(const struct ie_ctx *c, const void *value, GString *out)
{
    const struct ie_sip_auth *a = value;

    g_string_append(out, ie_value_name(IE_auth_scheme, a->scheme));
    if (a->has_vector || a->has_resync)
        put_vector(out, "RAND", a->rand.b, 16);
    if (a->has_vector) {
        put_vector(out, "AUTN", a->autn.b, 16);
        put_vector(out, "XRES", a->xres.b, a->xres.n);
        put_vector(out, "CK", a->ck.b, 16);
        put_vector(out, "IK", a->ik.b, 16);
    }
    if (a->has_resync)
        put_vector(out, "AUTS", a->auts.b, a->auts.n);
    if (a->has_digest) {
        ie_put_item(out);
        g_string_append_printf(out, "realm %s, algorithm %s, qop auth", host_name(c, a->realm),
                               ie_value_name(IE_digest_algorithm, a->algorithm));
        put_vector(out, "H(A1)", a->ha1, a->algorithm == DIGEST_MD5 ? 16 : 32);
    }
}

/* SIMPLIFIED: the XML document is not made; its length is that of one with these parts: frame and private
 * identity 220 bytes, a public identity 80 and its URI, a criterion 330, its server's URI and 60 per method.
 */
uint32_t ie_size_user_profile(const struct ie_ctx *c, const void *value)
{
    const struct ie_user_profile *p = value;
    uint32_t bytes = 220;

    for (unsigned i = 0; i < p->n_identities; i++)
        bytes += 80 + ie_size_identity(c, &p->identity[i]);
    for (unsigned i = 0; i < p->n_criteria; i++)
        bytes += 330 + 4 + host_len(c, p->criterion[i].server) +
                 60u * (uint32_t)__builtin_popcount(p->criterion[i].methods);
    return bytes;
}

void ie_print_user_profile(const struct ie_ctx *c, const void *value, GString *out)
{
    const struct ie_user_profile *p = value;

    for (unsigned i = 0; i < p->n_identities; i++) {
        ie_put_item(out);
        g_string_append(out, "identity ");
        ie_print_identity(c, &p->identity[i], out);
    }
    for (unsigned i = 0; i < p->n_criteria; i++) {
        const struct ie_criterion *f = &p->criterion[i];
        ie_put_item(out);
        g_string_append_printf(out, "criterion, priority %u, %s:", f->priority,
                               ie_value_name(IE_session_case, f->session_case));
        for (uint32_t rest = f->methods; rest; rest &= rest - 1)
            g_string_append_printf(out, " %s", sip_method_name((enum sip_method)__builtin_ctz(rest)));
        g_string_append_printf(out, " -> sip:%s, else %s", host_name(c, f->server),
                               f->terminate ? "SESSION_TERMINATED" : "SESSION_CONTINUED");
    }
}

/* Reason-Code alone. */
void ie_print_dereg(const struct ie_ctx *c, const void *value, GString *out)
{
    (void)c;
    ie_put_value(out, IE_dereg_reason, *(const uint32_t *)value);
}
