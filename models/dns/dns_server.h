/* dns_server.h - a Domain Name System server that knows all names of the simulation: which SIP URI a telephone
 * number stands for (dns_enum.c), and where the SIP service of a domain is (dns_sip.c).
 *
 * SIMPLIFIED: one server answers for all zones: no delegation, no recursion, no servers behind it. */
#ifndef MODELS_DNS_DNS_SERVER_H
#define MODELS_DNS_DNS_SERVER_H

#include "models/proto/dns/dns.h"
#include "sim/fsm.h"

/* Makes `n` a DNS server whose answers may be kept for `ttl` seconds. */
void dns_server_new(struct dns_stack *dns, const struct sip_stack *sip, struct node *n, uint32_t ttl);
void dns_server_free(struct node *n);
/* The telephone number of this party stands for its SIP URI. */
void dns_server_add_number(struct node *n, uint32_t party);
/* The SIP service of a domain is at this host; both are host indices. A later call for the domain counts. */
void dns_server_add_service(struct node *n, uint32_t domain, uint32_t target);

extern struct fsm_def dns_enum_def, dns_sip_def;

#endif
