/* as_int.h - what the files of the application server share. */
#ifndef MODELS_AS_AS_INT_H
#define MODELS_AS_AS_INT_H

#include "models/as/as.h"

struct as {
    struct sip_endpoint endpoint;
    struct as_world *world;
    struct node *node;
    struct as_cfg cfg;
    struct sip_uri uri;   /* with lr */
    struct slab users;    /* struct as_user */
    struct idmap user_of; /* party + 1 -> index of its user */
};

/* A subscriber that an S-CSCF has registered here. */
struct as_user {
    uint32_t party;
    uint32_t s_cscf; /* host + 1 of who registered it, 0: it did not say */
    sim_time until;
};

struct as_world {
    struct sip_stack *sip;
    struct slab requests; /* struct as_request */
    GPtrArray *all;       /* struct as * */
};

/* A request on its way through an application server. */
struct as_request {
    struct fsm fsm; /* first member */
    struct as *as;
    uint64_t id; /* token */
    uint64_t st, ct;
    struct sip_msg *work; /* the request as it will be sent on */
    bool invite;
};

static inline struct as_request *as_request_of(struct fsm *f)
{
    return (struct as_request *)f;
}

/* ---- as_register.c ----------------------------------------------------------------------------------- */

/* A third-party REGISTER that says for how long; one that ends it; one that says neither, or not for whom. */
bool as_register(struct fsm *f, const void *arg);
bool as_deregister(struct fsm *f, const void *arg);
bool as_bad_register(struct fsm *f, const void *arg);
bool as_is_bad_register(const struct fsm *f, const void *arg);

#endif
