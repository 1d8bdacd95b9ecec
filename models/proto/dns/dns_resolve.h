/* dns_resolve.h - where the SIP service of a name is, by one DNS server (RFC 3263 4.1, 4.2).
 *
 *     dns_resolve(clients, n, server, host, resolved, user)  ->  resolved(n, user, what was found)
 *
 * Queries and answers are those of dns_client.h; the node hands answers that reach it to dns_client_rx(). */
#ifndef MODELS_PROTO_DNS_DNS_RESOLVE_H
#define MODELS_PROTO_DNS_DNS_RESOLVE_H

#include "models/proto/dns/dns_client.h"

enum dns_outcome { DNS_FOUND, DNS_NOT_FOUND, DNS_UNHEARD /* the server does not answer */ };
struct dns_service {
    uint8_t outcome;  /* enum dns_outcome; the others are those of DNS_FOUND  */
    uint32_t target;  /* host index                                           */
    uint32_t address; /* its IPv4 address                                     */
    uint32_t ttl;     /* s, the least of the answers                          */
};
typedef void (*dns_resolved)(struct node *n, uint64_t user, const struct dns_service *s);

/* Node `n` looks for the SIP service of a name, a host index; then() is called once, later, unless it is
 * abandoned by the number returned. */
uint32_t dns_resolve(struct dns_clients *c, struct node *n, struct node *server, uint32_t host,
                     dns_resolved then, uint64_t user);
void dns_abandon(struct dns_clients *c, uint32_t resolution);

extern struct fsm_def dns_resolve_def;

#endif
