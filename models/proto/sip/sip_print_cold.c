/* sip_print_cold.c - the text of what few messages have (sip_cold.h): registration, events, reasons. */
#include "models/proto/sip/sip_emit.h"

static void put_hex(struct emit *e, const uint8_t *bytes, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < n; i++) {
        char pair[2] = {digits[bytes[i] >> 4], digits[bytes[i] & 15]};
        put_mem(e, pair, 2);
    }
}

/* ---- authentication --------------------------------------------------------------------------------- */

/* user@domain */
static void put_private_identity(struct emit *e, const struct sip_stack *sip, uint32_t party)
{
    const struct sip_party *p = sip_party(sip, party);
    put_str(e, p->user);
    PUT(e, "@");
    sip_put_host(e, sip, p->domain);
}

static void put_nonce(struct emit *e, const struct sip_stack *sip, const struct sip_auth *a)
{
    char text[DIGEST_AKA_NONCE];
    PUT(e, ", nonce=\"");
    if (a->has_nonce && a->algorithm == DIGEST_ALGORITHM_AKAV1_MD5) {
        digest_aka_nonce(a->rand, a->autn, NULL, 0, text);
        put_str(e, text);
    } else if (a->has_nonce) {
        sip_put_token(e, sip, a->nonce);
    }
    PUT(e, "\"");
}

static void put_challenge(struct emit *e, const struct sip_stack *sip, const struct sip_auth *a)
{
    PUT(e, "WWW-Authenticate: Digest realm=\"");
    sip_put_host(e, sip, a->realm);
    PUT(e, "\"");
    put_nonce(e, sip, a);
    PUT(e, ", algorithm=");
    put_str(e, digest_algorithm_name(a->algorithm));
    if (a->algorithm != DIGEST_ALGORITHM_AKAV1_MD5)
        PUT(e, ", qop=\"auth\"");
    if (a->stale)
        PUT(e, ", stale=true");
    if (a->has_keys) {
        PUT(e, ", ik=\"");
        put_hex(e, a->ik, sizeof a->ik);
        PUT(e, "\", ck=\"");
        put_hex(e, a->ck, sizeof a->ck);
        PUT(e, "\"");
    }
    PUT(e, "\r\n");
}

static void put_credentials(struct emit *e, const struct sip_stack *sip, const struct sip_auth *a)
{
    char text[DIGEST_AKA_AUTS];
    PUT(e, "Authorization: Digest username=\"");
    put_private_identity(e, sip, a->user);
    PUT(e, "\", realm=\"");
    sip_put_host(e, sip, a->realm);
    PUT(e, "\"");
    put_nonce(e, sip, a);
    PUT(e, ", uri=\"sip:");
    sip_put_host(e, sip, a->realm);
    PUT(e, "\", response=\"");
    put_str(e, a->response);
    PUT(e, "\"");
    if (a->has_nonce) {
        PUT(e, ", algorithm=");
        put_str(e, digest_algorithm_name(a->algorithm));
    }
    if (a->has_auts) {
        digest_aka_auts(a->auts, text);
        PUT(e, ", auts=\"");
        put_str(e, text);
        PUT(e, "\"");
    }
    if (a->cnonce) {
        PUT(e, ", qop=auth, nc=");
        uint8_t nc[4] = {(uint8_t)(a->nc >> 24), (uint8_t)(a->nc >> 16), (uint8_t)(a->nc >> 8), (uint8_t)a->nc};
        put_hex(e, nc, sizeof nc);
        PUT(e, ", cnonce=\"");
        sip_put_token(e, sip, a->cnonce);
        PUT(e, "\"");
    }
    if (a->integrity == SIP_INTEGRITY_NO)
        PUT(e, ", integrity-protected=\"no\"");
    if (a->integrity == SIP_INTEGRITY_YES)
        PUT(e, ", integrity-protected=\"yes\"");
    PUT(e, "\r\n");
}

#define FIELD(name) void sip_put_##name(struct emit *e, const struct sip_stack *sip, const struct sip_cold *c)
#define UNUSED_STACK (void)sip

FIELD(authorization)
{
    if (c->auth.kind == SIP_AUTH_CHALLENGE)
        put_challenge(e, sip, &c->auth);
    else if (c->auth.kind == SIP_AUTH_CREDENTIALS)
        put_credentials(e, sip, &c->auth);
}

void sip_put_ipsec(struct emit *e, const char *which, const struct sip_ipsec *ipsec)
{
    if (!ipsec || !ipsec->spi_c)
        return;
    PUT(e, "Security-");
    put_str(e, which);
    PUT(e, ": ipsec-3gpp; alg=hmac-sha-1-96; ealg=aes-cbc; spi-c=");
    put_uint(e, ipsec->spi_c);
    PUT(e, "; spi-s=");
    put_uint(e, ipsec->spi_s);
    PUT(e, "; port-c=");
    put_uint(e, ipsec->port_c);
    PUT(e, "; port-s=");
    put_uint(e, ipsec->port_s);
    PUT(e, "\r\n");
}

FIELD(security_client)
{
    UNUSED_STACK;
    sip_put_ipsec(e, "Client", &c->client);
}

FIELD(security_server)
{
    UNUSED_STACK;
    sip_put_ipsec(e, "Server", &c->server);
}

/* ---- registration ------------------------------------------------------------------------------------ */

FIELD(path)
{
    if (!c->path)
        return;
    PUT(e, "Path: ");
    sip_put_hops(e, sip, c->path);
}

FIELD(service_route)
{
    if (!c->service_route)
        return;
    PUT(e, "Service-Route: ");
    sip_put_hops(e, sip, c->service_route);
}

/* RFC 5502 6 (unverified sub-clause). */
FIELD(served_user)
{
    if (!c->served)
        return;
    PUT(e, "P-Served-User: <");
    sip_put_uri(e, sip, (struct sip_uri){.kind = SIP_URI_IDENTITY, .id = c->served - 1});
    if (c->served_case == SIP_SERVED_ORIG)
        PUT(e, ">;sescase=orig;regstate=reg\r\n");
    else if (c->served_case == SIP_SERVED_TERM)
        PUT(e, ">;sescase=term;regstate=reg\r\n");
    else
        PUT(e, ">;sescase=term;regstate=unreg\r\n");
}

FIELD(associated_uri)
{
    if (!c->associated)
        return;
    uint32_t party = c->associated - 1;
    PUT(e, "P-Associated-URI: <");
    sip_put_uri(e, sip, (struct sip_uri){.kind = SIP_URI_IDENTITY, .id = party});
    PUT(e, ">");
    if (sip_party(sip, party)->tel) {
        PUT(e, ", <");
        sip_put_uri(e, sip, (struct sip_uri){.kind = SIP_URI_TEL, .id = party});
        PUT(e, ">");
    }
    PUT(e, "\r\n");
}

FIELD(visited_network)
{
    if (!c->visited)
        return;
    PUT(e, "P-Visited-Network-ID: \"");
    sip_put_host(e, sip, c->visited - 1);
    PUT(e, "\"\r\n");
}

FIELD(expires)
{
    UNUSED_STACK;
    if (!c->has_expires)
        return;
    PUT(e, "Expires: ");
    put_uint(e, c->expires);
    PUT(e, "\r\n");
}

FIELD(min_expires)
{
    UNUSED_STACK;
    if (!c->min_expires)
        return;
    PUT(e, "Min-Expires: ");
    put_uint(e, c->min_expires);
    PUT(e, "\r\n");
}

/* ---- events ------------------------------------------------------------------------------------------ */

FIELD(event)
{
    UNUSED_STACK;
    if (c->event == SIP_EVENT_REG)
        PUT(e, "Event: reg\r\n");
}

FIELD(subscription_state)
{
    UNUSED_STACK;
    if (c->subscription == SIP_SUB_ACTIVE) {
        PUT(e, "Subscription-State: active;expires=");
        put_uint(e, c->sub_expires);
        PUT(e, "\r\n");
    } else if (c->subscription == SIP_SUB_TERMINATED) {
        PUT(e, "Subscription-State: terminated;reason=");
        put_str(e, c->sub_reason == SIP_REG_EXPIRED    ? "timeout"
                   : c->sub_reason == SIP_REG_REJECTED ? "rejected"
                                                       : "deactivated");
        PUT(e, "\r\n");
    }
}

static const char *const reg_states[] = {"init", "active", "terminated"};
static const char *const reg_events[SIP_REG_EVENTS] = {"registered",  "created",   "refreshed",    "shortened", "expired",
                                                       "deactivated", "probation", "unregistered", "rejected"};

const char *sip_reg_event_name(enum sip_reg_event event)
{
    return reg_events[event];
}

void sip_put_reginfo(struct emit *e, const struct sip_stack *sip, const struct sip_reginfo *r)
{
    PUT(e, "<?xml version=\"1.0\"?>\r\n<reginfo xmlns=\"urn:ietf:params:xml:ns:reginfo\" version=\"");
    put_uint(e, r->version);
    PUT(e, "\" state=\"full\">\r\n  <registration aor=\"");
    sip_put_uri(e, sip, (struct sip_uri){.kind = SIP_URI_IDENTITY, .id = r->party});
    PUT(e, "\" id=\"a");
    put_uint(e, r->party);
    PUT(e, "\" state=\"");
    put_str(e, reg_states[r->state]);
    PUT(e, "\">\r\n    <contact id=\"c");
    put_uint(e, r->party);
    PUT(e, "\" state=\"");
    put_str(e, reg_states[r->state]);
    PUT(e, "\" event=\"");
    put_str(e, reg_events[r->event]);
    if (r->state == SIP_REG_ACTIVE) {
        PUT(e, "\" expires=\"");
        put_uint(e, r->expires);
    }
    PUT(e, "\">\r\n      <uri>");
    sip_put_uri(e, sip, (struct sip_uri){.kind = SIP_URI_CONTACT, .id = r->party});
    PUT(e, "</uri>\r\n    </contact>\r\n  </registration>\r\n</reginfo>\r\n");
}

/* ---- release ----------------------------------------------------------------------------------------- */

FIELD(reason)
{
    UNUSED_STACK;
    if (!c->reason_cause)
        return;
    PUT(e, "Reason: SIP ;cause=");
    put_uint(e, c->reason_cause);
    PUT(e, " ;text=\"");
    put_str(e, sip_reason(c->reason_cause));
    PUT(e, "\"\r\n");
}
