/* enb_random.c - random access at the eNB (TS 36.321 5.1.4): each preamble it hears gets a response.
 *
 *   UE -> Random Access Preamble | Random Access Response -> UE
 *
 * The response goes to whoever sent the preamble: phones that chose the same one are each sent it here, where on the air one
 * message reaches all of them. Who is behind a preamble shows when the RRCConnectionRequest arrives. One machine without
 * memory serves all.
 *
 * SIMPLIFIED: temporary C-RNTIs are counted up, whatever is in use. */
#include "models/enb/enb_int.h"

enum { RND_READY, RND_STATES };
static const char *const states[] = {"ready"};
static const char *const events[] = {"Random Access Preamble"};

/* What the machine's event carries. */
struct heard {
    const struct rrc_msg *m;
    struct node *phone;
};

static bool respond(struct fsm *f, const void *arg)
{
    const struct heard *h = arg;
    struct enb *enb = f->node->self;
    struct rrc_msg *m = rrc_new(enb->epc->rrc, RRC_random_access_response);
    struct rrc_random_access_response *b = rrc_body(m, random_access_response);

    b->preamble = rrc_body(h->m, random_access_preamble)->preamble;
    b->c_rnti = (uint16_t)(ENB_RNTI_FIRST + enb->accesses++ % ENB_RNTIS);
    m->ue = b->c_rnti;
    rrc_seal(enb->epc->rrc, m);
    node_send(f->node, h->phone, IFACE_UU, &m->m);
    return true;
}

static const struct fsm_row rows[] = {
    /*  in         on               if    do       then       on failure clause */
    ROW(RND_READY, RND_RX_PREAMBLE, NULL, respond, RND_READY, RND_READY, "TS 36.321 5.1.4"),
};
struct fsm_def enb_random_def = {
    .name = "enb-random-access",
    .title = "Random access at the eNB (TS 36.321 5.1.4)",
    .state_names = states, .nstates = RND_STATES, .event_names = events, .nevents = RND_EVENTS,
    .rows = rows, .nrows = G_N_ELEMENTS(rows), .policy = FSM_ASSERT,
};

void enb_random_rx(struct enb *enb, const struct rrc_msg *m, struct node *phone)
{
    struct heard h = {m, phone};
    fsm_event(&enb->random, RND_RX_PREAMBLE, &h);
}
