/* cscf_int.h - what the files of the CSCF share. */
#ifndef MODELS_CSCF_CSCF_INT_H
#define MODELS_CSCF_CSCF_INT_H

#include "models/cscf/cscf.h"

struct cscf {
    struct sip_endpoint endpoint;
    struct cscf_world *world;
    struct node *node;
    struct cscf_cfg cfg;
    struct sip_uri core, gm; /* its URIs, with lr */
};

/* What registration left behind for a party. */
struct binding {
    struct node *s_cscf, *p_cscf;
};

struct cscf_world {
    struct sip_stack *sip;
    struct dia_stack *dia;
    struct slab pending;  /* struct pending */
    GArray *bindings;     /* struct binding, by party */
    GPtrArray *all;
    struct pcscf_policy *policy; /* Rx sessions; NULL while no P-CSCF has a PCRF */
};

/* A request on its way through a CSCF. */
struct pending {
    struct fsm fsm; /* first member */
    struct cscf *cscf;
    uint64_t id;    /* token */
    uint64_t st, ct;
    struct sip_msg *work; /* the request as it will be sent on */
    struct node *from;
    uint16_t out;   /* interface it was sent on over */
    bool initial, invite;
    uint64_t call;  /* token of the call whose media the PCRF is asked for, or 0 (pcscf_rx.c) */
};

enum {
    PX_RX_INITIAL, PX_RX_IN_DIALOG, PX_RX_ACK, PX_TO_I_CSCF, PX_TO_S_CSCF, PX_RX_LIA, PX_RX_100, PX_RX_1XX, PX_RX_FINAL, PX_RX_CANCEL,
    PX_TIMEOUT, PX_TMR_C, PX_TMR_CX, PX_RX_AAA, PX_ABORT, PX_EVENTS
};
enum { PX_T_C, PX_T_CX };

static inline struct pending *pending_of(struct fsm *f)
{
    return (struct pending *)f;
}
static inline const struct pending *const_pending_of(const struct fsm *f)
{
    return (const struct pending *)f;
}
static inline struct cscf *cscf_of(const struct node *n)
{
    return n->self;
}

/* cscf.c: sends the request on to `to` (false: there is nobody: answered with `otherwise`). */
bool cscf_forward(struct pending *p, struct node *to, uint16_t otherwise);
/* Answers the request instead of sending it on; the machine then ends. */
bool cscf_refuse(struct pending *p, uint16_t status);

/* A response passes back to where the request came from. */
void cscf_relay(struct pending *p, const struct sip_msg *m);
/* The request with this token, or NULL when it is gone. */
struct pending *cscf_find(const struct cscf_world *w, uint64_t id);

/* pcscf.c */
bool pcscf_originating(struct fsm *f, const void *arg);
bool pcscf_terminating(struct fsm *f, const void *arg);
/* Takes out of a request what a phone must not see. */
void pcscf_to_phone(struct sip_msg *m);
void pcscf_response(struct cscf *c, struct sip_msg *m, const struct node *to);
/* icscf.c */
bool icscf_query(struct fsm *f, const void *arg);
bool icscf_user_unknown(struct fsm *f, const void *arg);
bool icscf_not_registered(struct fsm *f, const void *arg);
bool icscf_no_answer(struct fsm *f, const void *arg);
bool icscf_to_scscf(struct fsm *f, const void *arg);
bool icscf_is_unknown(const struct fsm *f, const void *arg);
bool icscf_is_unregistered(const struct fsm *f, const void *arg);
/* scscf.c */
bool scscf_originating(struct fsm *f, const void *arg);
bool scscf_terminating(struct fsm *f, const void *arg);

#endif
