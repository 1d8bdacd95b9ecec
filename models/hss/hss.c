/* hss.c - the HSS on Cx: location query of the I-CSCF (TS 29.228 6.1.4).
 *
 *   I-CSCF -> LIR (public identity) | LIA (Server-Name) -> , or 5001 unknown, 5003 not registered */
#include "models/hss/hss.h"

#define NOT_REGISTERED UINT32_MAX

struct hss {
    struct fsm cx; /* one machine without memory: each request is answered at once */
    struct node *node;
    struct dia_stack *dia;
    uint32_t host, domain;
    struct idmap s_cscf; /* party + 1 -> host of the S-CSCF + 1, or UINT32_MAX */
};

enum { CX_READY, CX_STATES };
enum { CX_RX_LIR, CX_EVENTS };
static const char *const states[] = {"ready"};
static const char *const events[] = {"LIR"};

/* What the machine's event carries. */
struct query {
    const struct dia_msg *m;
    struct node *from;
    uint16_t iface;
};

static const struct hss *hss_of(const struct fsm *f)
{
    return (const struct hss *)f;
}

static uint32_t location(const struct fsm *f, const void *arg)
{
    return idmap_get(&hss_of(f)->s_cscf, ((const struct query *)arg)->m->party + 1);
}

static bool is_unknown(const struct fsm *f, const void *arg)
{
    return location(f, arg) == 0;
}

static bool is_unregistered(const struct fsm *f, const void *arg)
{
    return location(f, arg) == NOT_REGISTERED;
}

static bool reply(struct fsm *f, const struct query *q, uint32_t result, uint32_t server)
{
    const struct hss *hss = hss_of(f);
    struct dia_msg *m = dia_new(hss->dia, DIA_LIA);
    m->session = q->m->session;
    m->party = q->m->party;
    m->result = result;
    m->server = server;
    m->origin = hss->host;
    m->realm = hss->domain;
    m->to_realm = q->m->origin; /* the Session-Id is the requester's */
    dia_seal(hss->dia, m);
    node_send(f->node, q->from, q->iface, &m->m);
    return true;
}

static bool user_unknown(struct fsm *f, const void *arg)
{
    return reply(f, arg, DIA_ERROR_USER_UNKNOWN, 0);
}

static bool not_registered(struct fsm *f, const void *arg)
{
    return reply(f, arg, DIA_ERROR_IDENTITY_NOT_REGISTERED, 0);
}

static bool tell_location(struct fsm *f, const void *arg)
{
    return reply(f, arg, DIA_SUCCESS, location(f, arg));
}

static const struct fsm_row rows[] = {
    /*  in        on         if               do              then      on failure  clause           */
    ROW(CX_READY, CX_RX_LIR, is_unknown,      user_unknown,   CX_READY, CX_READY,   "TS 29.228 6.1.4.1"),
    ROW(CX_READY, CX_RX_LIR, is_unregistered, not_registered, CX_READY, CX_READY,   "TS 29.228 6.1.4.1"),
    ROW(CX_READY, CX_RX_LIR, NULL,            tell_location,  CX_READY, CX_READY,   "TS 29.228 6.1.4.1"),
};
struct fsm_def hss_cx_def = {
    .name = "hss-location",
    .title = "Location query at the HSS (TS 29.228 6.1.4)",
    .state_names = states, .nstates = CX_STATES, .event_names = events, .nevents = CX_EVENTS,
    .rows = rows, .nrows = G_N_ELEMENTS(rows), .policy = FSM_ASSERT,
};

static void rx(struct node *n, struct msg *m, struct node *from, uint16_t iface)
{
    struct hss *hss = n->self;
    struct query q = {(const struct dia_msg *)m, from, iface};
    sim_assert(n->sim, m->proto == hss->dia->proto && m->type == DIA_LIR);
    fsm_event(&hss->cx, CX_RX_LIR, &q);
}

void hss_new(struct dia_stack *dia, struct node *n, uint32_t host, uint32_t domain)
{
    struct hss *hss = g_new0(struct hss, 1);
    fsm_init(&hss_cx_def);
    fsm_start(&hss->cx, &hss_cx_def, n);
    hss->node = n;
    hss->dia = dia;
    hss->host = host;
    hss->domain = domain;
    idmap_init(&hss->s_cscf);
    n->self = hss;
    n->rx = rx;
}

void hss_provision(struct node *n, uint32_t party, uint32_t s_cscf)
{
    struct hss *hss = n->self;
    idmap_put(&hss->s_cscf, party + 1, s_cscf == UINT32_MAX ? NOT_REGISTERED : s_cscf + 1);
}

void hss_free(struct node *n)
{
    struct hss *hss = n->self;
    idmap_clear(&hss->s_cscf);
    g_free(hss);
}
