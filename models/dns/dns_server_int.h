/* dns_server_int.h - what the files of the DNS server share. */
#ifndef MODELS_DNS_DNS_SERVER_INT_H
#define MODELS_DNS_DNS_SERVER_INT_H

#include "models/dns/dns_server.h"

struct dns_server {
    struct fsm numbers, services; /* machines without memory: each query is answered at once */
    struct dns_stack *dns;
    const struct sip_stack *sip;
    uint32_t ttl;
    GByteArray *listed; /* bit per party               */
    GArray *target;     /* uint32_t, by domain: host + 1; 0: no SIP service */
};

/* A query and who sent it. */
struct dns_question {
    const struct dns_msg *m;
    struct node *from;
};

static inline struct dns_server *dns_server_of(const struct fsm *f)
{
    return f->node->self;
}

/* dns_server.c: the answer, to be filled in and sent; sent without a record: there is no such name. */
struct dns_msg *dns_server_answer(const struct fsm *f, const struct dns_question *q);
bool dns_server_send(const struct fsm *f, const struct dns_question *q, struct dns_msg *answer);
bool dns_server_no_name(struct fsm *f, const void *arg);

/* dns_enum.c, dns_sip.c */
void dns_enum_rx(struct dns_server *s, const struct dns_question *q);
void dns_sip_rx(struct dns_server *s, const struct dns_question *q);

#endif
