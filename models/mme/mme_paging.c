/* mme_paging.c - how the MME finds an idle phone (TS 23.401 5.3.4.3, TS 24.301 5.6.2)
 *
 *   S-GW -> Downlink Data Notification, or a request about bearers
 *        -> PAGING -> eNBs | the phone's SERVICE REQUEST (or another first message): found
 *        -> T3413: PAGING again, in all areas of the phone's list
 *        -> in vain: Downlink Data Notification Failure Indication, requests are refused
 *
 * A phone whose connection is being released is paged when that is over. One whose mobile reachable timer has expired is
 * not paged (mme_s11.c says so). S1AP PAGING is answered by no eNB. Clauses from the standards' contents, unverified. */
#include "models/mme/mme_int.h"

#include "sim/trace.h"

enum { PG_T_3413 };
static const char *const states[] = {"end", "held until released", "wait for phone"};
static const char *const events[] = {"phone needed", "phone idle", "T3413", "phone there"};

static struct mme_ue *ue_of(struct fsm *f)
{
    return ((struct mme_work *)(void *)((char *)f - offsetof(struct mme_work, paging)))->ue;
}
static const struct mme_ue *const_ue_of(const struct fsm *f)
{
    return ((const struct mme_work *)(const void *)((const char *)f - offsetof(struct mme_work, paging)))->ue;
}

static bool is_being_released(const struct fsm *f, const void *arg)
{
    (void)arg;
    return const_ue_of(f)->connected;
}

static bool may_repeat(const struct fsm *f, const void *arg)
{
    const struct mme_ue *u = const_ue_of(f);
    (void)arg;
    return u->work->pages <= u->mme->cfg.page_repeats;
}

/* ---- PAGING ----------------------------------------------------------------------------------------- */

static void page_at(struct mme_ue *u, struct node *enb)
{
    struct mme *mme = u->mme;
    struct s1ap_msg *m = s1ap_new(mme->epc->s1ap, S1AP_paging);
    struct s1ap_paging *b = s1ap_body(m, paging);
    b->identity_index = u->imsi % 1024;
    b->s_tmsi = (struct ie_s_tmsi){.mme_code = mme->cfg.code, .m_tmsi = u->old_m_tmsi ? u->old_m_tmsi : u->m_tmsi};
    b->domain = CN_PS;
    b->tai_list = mme_tai_list(u);
    s1ap_seal(mme->epc->s1ap, m);
    node_send(mme->node, enb, IFACE_S1_MME, &m->m);
}

static bool is_listed(const struct ie_tai_list *list, uint16_t tac)
{
    for (unsigned i = 0; i < list->n; i++)
        if (list->tac[i] == tac)
            return true;
    return false;
}

static void page_all(struct mme_ue *u)
{
    const struct mme_cfg *cfg = &u->mme->cfg;
    struct ie_tai_list list = mme_tai_list(u);
    for (unsigned i = 0; i < cfg->n_enbs; i++)
        if (is_listed(&list, cfg->enbs[i].tac))
            page_at(u, cfg->enbs[i].node);
}

static bool page(struct fsm *f, const void *arg)
{
    struct mme_ue *u = ue_of(f);
    (void)arg;
    u->work->pages = 1;
    fsm_timer_start(f, PG_T_3413, mme_timer(u, TIMER_NAS_T3413));
    if (u->mme->cfg.page_last)
        page_at(u, u->enb);
    else
        page_all(u);
    return true;
}

static bool page_again(struct fsm *f, const void *arg)
{
    struct mme_ue *u = ue_of(f);
    (void)arg;
    u->work->pages++;
    fsm_timer_start(f, PG_T_3413, mme_timer(u, TIMER_NAS_T3413));
    page_all(u);
    return true;
}

static void mark_unreachable(const struct mme_ue *u)
{
    struct node *n = u->mme->node;
    if (trace_on(n->sim, TRACE_MARK))
        node_mark_about(n, MARK_UNREACHABLE, sip_party(u->mme->epc->sip, epc_party(u->imsi))->node, 0);
}

static bool give_up(struct fsm *f, const void *arg)
{
    struct mme_ue *u = ue_of(f);
    (void)arg;
    mark_unreachable(u);
    mme_data_fails(u);
    mme_held_refuse(u);
    return true;
}

static const struct fsm_row rows[] = {
    /*  in       on            if                 do          then     on failure clause                        */
    ROW(PG_END,  PG_NEEDED,    is_being_released, NULL,       PG_HELD, PG_END, "TS 23.401 5.3.5"),
    ROW(PG_END,  PG_NEEDED,    NULL,              page,       PG_WAIT, PG_END, "TS 23.401 5.3.4.3 step 3a"),
    ROW(PG_HELD, PG_IDLE,      NULL,              page,       PG_WAIT, PG_END, "TS 23.401 5.3.4.3 step 3a"),
    ROW(PG_WAIT, PG_TMR_T3413, may_repeat,        page_again, PG_WAIT, PG_END, "TS 24.301 5.6.2.2.1"),
    ROW(PG_WAIT, PG_TMR_T3413, NULL,              give_up,    PG_END,  PG_END, "TS 23.401 5.3.4.3 step 5"),
    ROW(FSM_ANY, PG_ANSWERED,  NULL,              NULL,       PG_END,  PG_END, "TS 24.301 5.6.2.2.1"),
};
static const struct fsm_timer timers[] = {
    [PG_T_3413] = {"T3413", PG_TMR_T3413, 0, FSM_IN(PG_WAIT)},
};

static void ended(struct fsm *f)
{
    mme_doze(ue_of(f));
}

struct fsm_def mme_paging_def = {
    .name = "mme-paging",
    .title = "Paging by the MME (TS 23.401 5.3.4.3, TS 24.301 5.6.2)",
    .state_names = states, .nstates = PG_STATES, .event_names = events, .nevents = PG_EVENTS,
    .rows = rows, .nrows = G_N_ELEMENTS(rows), .timers = timers, .ntimers = G_N_ELEMENTS(timers),
    .policy = FSM_IGNORE, .ended = ended,
};

/* A phone that is there without bearers, updating, gets them when that is done; one that is on its way here needs no page. */
void mme_reach_phone(struct mme_ue *u)
{
    if (mme_is_usable(u))
        u->work->wants_data |= u->work->tau.state != TU_END;
    else
        fsm_event(&u->work->paging, PG_NEEDED, NULL);
}
