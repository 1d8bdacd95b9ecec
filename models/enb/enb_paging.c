/* enb_paging.c - paging at the eNB (TS 36.413 8.5, TS 36.331 5.3.2, TS 36.304 7.1; TS 23.401 5.3.4.3).
 *
 *   MME -> PAGING | at the phone's paging occasion: Paging -> UE
 *
 * An eNB that is not of a tracking area on the list does nothing. Paging is a broadcast: all phones of the cell that have
 * this occasion hear it, and one of them at most finds itself meant. So the model looks that one up, and sends the message
 * to it alone; where nobody is meant, nothing is heard, and nothing is sent. One machine without memory for all pages.
 *
 * SIMPLIFIED: any number of phones is paged at once (maxPageRec is 16, unverified); no DRX cycle of the phone's own. */
#include "models/enb/enb_int.h"

#include "models/uu.h"
#include "sim/cause.h"

enum { PG_READY, PG_STATES };
static const char *const states[] = {"ready"};
static const char *const events[] = {"PAGING", "paging occasion"};

/* A page that waits for the occasion. */
struct enb_page {
    struct enb *enb;
    struct ie_s_tmsi s_tmsi;
    uint8_t domain;
};

static struct enb *enb_of(const struct fsm *f)
{
    return f->node->self;
}

static bool is_elsewhere(const struct fsm *f, const void *arg)
{
    const struct s1ap_paging *b = s1ap_body(enb_s1ap(arg), paging);
    const struct ie_tai *mine = &enb_of(f)->cfg.tai;
    for (unsigned i = 0; i < b->tai_list.n; i++)
        if (b->tai_list.tac[i] == mine->tac)
            return false;
    return true;
}

static bool has_nobody(const struct fsm *f, const void *arg)
{
    return !epc_listener(enb_of(f)->epc, f->node, s1ap_body(enb_s1ap(arg), paging)->s_tmsi);
}

static void at_occasion(struct sim *sim, void *ctx, uint64_t arg)
{
    struct enb_page p = *(struct enb_page *)ctx;
    (void)sim;
    (void)arg;
    slab_free(&p.enb->pages, ctx);
    fsm_event(&p.enb->paging, PAG_OCCASION, &p);
}

/* Where Uu has a radio, the eNB takes its time first, and the frames are the cell's. */
static void wait_for_occasion(const struct enb *enb, uint16_t ue_id, struct enb_page *p)
{
    struct sim *sim = enb->node->sim;
    const struct cell *cell = uu_cell(enb->epc->uu, enb->node);
    sim_time work = cell ? cell_params(cell)->enb_down : 0, there = sim->now + work;
    sim_time wait = cell ? cell_paging_wait(cell, &enb->cfg.paging, ue_id, there)
                         : access_paging_wait(&enb->cfg.paging, ue_id, there);
    uint32_t cause = sim->cause;

    if (work > 0 && (sim->flow & SIM_FLOW_RECORDED))
        cause = cause_add(sim, cause, SIM_WHY(DELAY_ENB, enb->node->id), "Paging", sim->now, there);
    if (wait > 0 && (sim->flow & SIM_FLOW_RECORDED))
        cause = cause_add(sim, cause, SIM_WHY(DELAY_PAGING, enb->node->id), "Paging", there, there + wait);
    sim_at(sim, there + wait, sim->flow, cause, at_occasion, p, 0);
}

static bool plan(struct fsm *f, const void *arg)
{
    struct enb *enb = enb_of(f);
    const struct s1ap_paging *b = s1ap_body(enb_s1ap(arg), paging);
    struct enb_page *p = slab_alloc0(&enb->pages, NULL);
    *p = (struct enb_page){.enb = enb, .s_tmsi = b->s_tmsi, .domain = b->domain};
    wait_for_occasion(enb, b->identity_index, p);
    return true;
}

static bool has_left(const struct fsm *f, const void *arg)
{
    return !epc_listener(enb_of(f)->epc, f->node, ((const struct enb_page *)arg)->s_tmsi);
}

static bool page(struct fsm *f, const void *arg)
{
    struct enb *enb = enb_of(f);
    const struct enb_page *p = arg;
    struct rrc_msg *m = rrc_new(enb->epc->rrc, RRC_paging);
    struct rrc_paging *b = rrc_body(m, paging);
    b->s_tmsi = p->s_tmsi;
    b->domain = p->domain;
    rrc_seal(enb->epc->rrc, m);
    node_send(f->node, epc_listener(enb->epc, f->node, p->s_tmsi), IFACE_UU, &m->m);
    return true;
}

/* Clauses from memory (unverified) but for TS 36.304 7.1. */
static const struct fsm_row rows[] = {
    /*  in        on            if            do    then      on failure clause */
    ROW(PG_READY, PAG_RX_PAGING, is_elsewhere, NULL, PG_READY, PG_READY,  "TS 36.413 8.5.2"),
    ROW(PG_READY, PAG_RX_PAGING, has_nobody,   NULL, PG_READY, PG_READY,  "TS 36.331 5.3.2.3"),
    ROW(PG_READY, PAG_RX_PAGING, NULL,         plan, PG_READY, PG_READY,  "TS 36.304 7.1"),
    ROW(PG_READY, PAG_OCCASION,  has_left,     NULL, PG_READY, PG_READY,  "TS 36.331 5.3.2.3"),
    ROW(PG_READY, PAG_OCCASION,  NULL,         page, PG_READY, PG_READY,  "TS 36.331 5.3.2.2"),
};
struct fsm_def enb_paging_def = {
    .name = "enb-paging",
    .title = "Paging at the eNB (TS 36.413 8.5, TS 36.304 7.1)",
    .state_names = states, .nstates = PG_STATES, .event_names = events, .nevents = PAG_EVENTS,
    .rows = rows, .nrows = G_N_ELEMENTS(rows), .policy = FSM_ASSERT,
};

void enb_paging_new(struct enb *enb)
{
    fsm_init(&enb_paging_def);
    slab_init(&enb->pages, sizeof(struct enb_page));
    fsm_start(&enb->paging, &enb_paging_def, enb->node);
}
