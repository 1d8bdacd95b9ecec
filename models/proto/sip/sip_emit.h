/* sip_emit.h - writing SIP text: what the files that print share.
 *
 * One set of functions makes the text and its length: they write through `struct emit`, which either stores the
 * bytes or only counts them. The two can therefore not disagree. */
#ifndef MODELS_PROTO_SIP_SIP_EMIT_H
#define MODELS_PROTO_SIP_SIP_EMIT_H

#include "models/proto/sip/sip.h"

#include <string.h>

struct emit {
    char *buf; /* NULL: only count */
    size_t n;
};

static inline void put_mem(struct emit *e, const char *s, size_t len)
{
    if (e->buf)
        memcpy(e->buf + e->n, s, len);
    e->n += len;
}
#define PUT(e, literal) put_mem(e, "" literal, sizeof(literal) - 1)

static inline void put_str(struct emit *e, const char *s)
{
    put_mem(e, s, strlen(s));
}

static inline void put_uint(struct emit *e, uint64_t v)
{
    char buf[24], *p = buf + sizeof buf;
    do
        *--p = (char)('0' + v % 10);
    while (v /= 10);
    put_mem(e, p, (size_t)(buf + sizeof buf - p));
}

static inline void put_hex16(struct emit *e, uint64_t v)
{
    static const char digits[] = "0123456789abcdef";
    if (e->buf)
        for (int i = 0; i < 16; i++)
            e->buf[e->n + (size_t)i] = digits[v >> (60 - 4 * i) & 15];
    e->n += 16;
}

/* sip_print.c */
void sip_put_token(struct emit *e, const struct sip_stack *sip, uint64_t token);
void sip_put_host(struct emit *e, const struct sip_stack *sip, uint32_t host);
void sip_put_uri(struct emit *e, const struct sip_stack *sip, struct sip_uri uri);
/* The entries and the end of the line. */
void sip_put_hops(struct emit *e, const struct sip_stack *sip, const struct sip_hop *h);

/* sip_print_cold.c: header fields of the cold part; nothing when absent. */
#define FIELD(name) void sip_put_##name(struct emit *e, const struct sip_stack *sip, const struct sip_cold *c);
FIELD(path)
FIELD(service_route)
FIELD(served_user)
FIELD(associated_uri)
FIELD(visited_network)
FIELD(authorization)
FIELD(security_client)
FIELD(security_server)
FIELD(expires)
FIELD(min_expires)
FIELD(event)
FIELD(subscription_state)
FIELD(reason)
#undef FIELD
/* "Security-<which>: ..."; ipsec may be NULL. */
void sip_put_ipsec(struct emit *e, const char *which, const struct sip_ipsec *ipsec);
/* The body. */
void sip_put_reginfo(struct emit *e, const struct sip_stack *sip, const struct sip_reginfo *r);

#endif
