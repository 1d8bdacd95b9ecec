/* dns_client.h - asking a DNS server, for all nodes of a simulation: a query is repeated until it is answered or
 * given up (RFC 1035 4.2.1).
 *
 *     dns_ask(clients, n, server, DNS_naptr_query, name, answered, user)  ->  answered(n, user, m or NULL)
 *
 * The node hands answers that reach it to dns_client_rx(). What to keep for how long is the node's affair. */
#ifndef MODELS_PROTO_DNS_DNS_CLIENT_H
#define MODELS_PROTO_DNS_DNS_CLIENT_H

#include "models/proto/dns/dns.h"
#include "sim/fsm.h"

struct dns_clients;

/* The answer, or NULL: there was none. `user` is what was given to dns_ask(). */
typedef void (*dns_answered)(struct node *n, uint64_t user, const struct dns_msg *m);

/* timer: [TIMER_COUNT], lives on. */
struct dns_clients *dns_clients_new(struct dns_stack *dns, const sim_time *timer);
void dns_clients_free(struct dns_clients *c);
/* Node `n` asks `server`; then() is called once, later, unless it is cancelled by the number returned. */
uint32_t dns_ask(struct dns_clients *c, struct node *n, struct node *server, enum dns_type type, struct ie_dns_name name,
             dns_answered then, uint64_t user);
void dns_cancel(struct dns_clients *c, uint32_t query);
/* Whether this message is an answer; if so, who asked is told. A repeated one is ignored. */
bool dns_client_rx(struct dns_clients *c, const struct msg *m);
/* Queries and resolutions that wait, for invariants. */
size_t dns_queries(const struct dns_clients *c);

extern struct fsm_def dns_client_def;

#endif
