/* mme_tau.c - tracking area update at the MME (TS 23.401 5.3.3.2, TS 24.301 5.5.3)
 *
 *   eNB -> INITIAL UE MESSAGE [TRACKING AREA UPDATE REQUEST] -> TRACKING AREA UPDATE ACCEPT ->
 *          with a new GUTI: | TRACKING AREA UPDATE COMPLETE
 *       -> release of the connection; or, when the phone or the S-GW has data: bearers (mme_service.c)
 *
 * A phone that the MME does not know gets TRACKING AREA UPDATE REJECT (mme.c). Until it confirms a new GUTI, it is known by
 * both. Clauses from the standards' contents, unverified. SIMPLIFIED: periodic updates only; the status of bearers is not
 * compared. */
#include "models/mme/mme_int.h"

enum { TU_T_3450 };
static const char *const states[] = {"end", "wait complete"};
static const char *const events[] = {"TRACKING AREA UPDATE REQUEST", "TRACKING AREA UPDATE COMPLETE", "T3450", "stop"};

static struct mme_ue *ue_of(struct fsm *f)
{
    return ((struct mme_work *)(void *)((char *)f - offsetof(struct mme_work, tau)))->ue;
}
static const struct mme_ue *const_ue_of(const struct fsm *f)
{
    return ((const struct mme_work *)(const void *)((const char *)f - offsetof(struct mme_work, tau)))->ue;
}

static bool gives_new_guti(const struct fsm *f, const void *arg)
{
    (void)arg;
    return const_ue_of(f)->mme->cfg.new_guti;
}

static bool may_repeat(const struct fsm *f, const void *arg)
{
    (void)arg;
    return const_ue_of(f)->work->accepts <= MME_REPEATS;
}

/* ---- what the MME does ------------------------------------------------------------------------------ */

/* The update type with its active flag (TS 24.301 9.9.3.14). */
static void note_request(struct mme_ue *u, const void *arg)
{
    u->work->wants_data |= (nas_body(nas_of(arg), tau_request)->type & UPDATE_TA_ACTIVE) != 0;
}

static struct msg *new_accept(struct mme_ue *u, const void *arg)
{
    struct nas_msg *m = nas_new(u->mme->epc->nas, NAS_tau_accept);
    struct nas_tau_accept *b = nas_body(m, tau_accept);
    b->result = nas_body(nas_of(arg), tau_request)->type & ~UPDATE_TA_ACTIVE;
    IE_PUT(b, t3412) = mme_t3412(u);
    IE_PUT(b, tai_list) = mme_tai_list(u);
    if (u->old_m_tmsi)
        IE_PUT(b, guti) = mme_guti(u);
    return mme_protect(u, m);
}

/* Nothing keeps the connection but data, the phone's or the S-GW's. */
static void finish(struct mme_ue *u)
{
    if (u->work->service.state != SV_END)
        return;
    if (u->work->wants_data || u->work->held)
        fsm_event(&u->work->service, SV_UPDATED, NULL);
    else if (!u->bearers || !u->bearers->enb.teid)
        mme_release_connection(u, S1AP_CAUSE_NAS_NORMAL);
    u->work->wants_data = false;
}

static bool accept(struct fsm *f, const void *arg)
{
    struct mme_ue *u = ue_of(f);
    note_request(u, arg);
    mme_send_nas(u, new_accept(u, arg));
    finish(u);
    return true;
}

static void send_accept(struct fsm *f)
{
    struct mme_ue *u = ue_of(f);
    u->work->accepts++;
    fsm_timer_start(f, TU_T_3450, mme_timer(u, TIMER_NAS_T3450));
    mme_send_nas(u, msg_ref(u->work->accept));
}

/* The serial number of an M-TMSI stands in its top byte, above the place of the context. */
static bool accept_with_guti(struct fsm *f, const void *arg)
{
    struct mme_ue *u = ue_of(f);
    note_request(u, arg);
    if (!u->old_m_tmsi) {
        u->old_m_tmsi = u->m_tmsi;
        u->m_tmsi += 1u << CTX_INDEX_BITS;
    }
    mme_drop(u->mme, &u->work->accept);
    u->work->accept = new_accept(u, arg);
    u->work->accepts = 0;
    send_accept(f);
    if (u->work->wants_data)
        finish(u);
    return true;
}

static bool repeat(struct fsm *f, const void *arg)
{
    (void)arg;
    send_accept(f);
    return true;
}

static bool confirmed(struct fsm *f, const void *arg)
{
    struct mme_ue *u = ue_of(f);
    (void)arg;
    u->old_m_tmsi = 0;
    finish(u);
    return true;
}

/* Which of the two the phone has, will be seen. */
static bool give_up(struct fsm *f, const void *arg)
{
    (void)arg;
    finish(ue_of(f));
    return true;
}

static const struct fsm_row rows[] = {
    /*  in                on              if              do                then              on failure clause                     */
    ROW(FSM_ANY,          TU_RX_REQUEST,  gives_new_guti, accept_with_guti, TU_WAIT_COMPLETE, TU_END, "TS 24.301 5.5.3.2.4"),
    ROW(FSM_ANY,          TU_RX_REQUEST,  NULL,           accept,           TU_END,           TU_END, "TS 24.301 5.5.3.2.4"),
    ROW(TU_WAIT_COMPLETE, TU_RX_COMPLETE, NULL,           confirmed,        TU_END,           TU_END, "TS 24.301 5.5.3.2.4"),
    ROW(TU_WAIT_COMPLETE, TU_TMR_T3450,   may_repeat,     repeat,           TU_WAIT_COMPLETE, TU_END, "TS 24.301 5.5.3.2.7 b"),
    ROW(TU_WAIT_COMPLETE, TU_TMR_T3450,   NULL,           give_up,          TU_END,           TU_END, "TS 24.301 5.5.3.2.7 b"),
    ROW(FSM_ANY,          TU_STOP,        NULL,           NULL,             TU_END,           TU_END, "TS 24.301 5.5.3.2.7 a"),
};
static const struct fsm_timer timers[] = {
    [TU_T_3450] = {"T3450", TU_TMR_T3450, 0, FSM_IN(TU_WAIT_COMPLETE)},
};

static void ended(struct fsm *f)
{
    mme_drop(ue_of(f)->mme, &ue_of(f)->work->accept);
}

struct fsm_def mme_tau_def = {
    .name = "mme-tau",
    .title = "Tracking area update at the MME (TS 23.401 5.3.3.2, TS 24.301 5.5.3)",
    .state_names = states, .nstates = TU_STATES, .event_names = events, .nevents = TU_EVENTS,
    .rows = rows, .nrows = G_N_ELEMENTS(rows), .timers = timers, .ntimers = G_N_ELEMENTS(timers),
    .policy = FSM_IGNORE, .ended = ended,
};
