/* dns_client_int.h - what the files of those who ask DNS share. */
#ifndef MODELS_PROTO_DNS_DNS_CLIENT_INT_H
#define MODELS_PROTO_DNS_DNS_CLIENT_INT_H

#include "models/proto/dns/dns_client.h"

#include "sim/ctx.h"

struct dns_clients {
    struct dns_stack *dns;
    const sim_time *timer;
    struct ctx_pool queries;     /* struct query, dns_client.c       */
    struct ctx_pool resolutions; /* struct resolution, dns_resolve.c */
};

/* dns_resolve.c */
void dns_resolve_init(struct dns_clients *c);

#endif
