/* mme_service.c - service request at the MME (TS 23.401 5.3.4.1, TS 24.301 5.6.1)
 *
 *   eNB -> INITIAL UE MESSAGE [SERVICE REQUEST] -> authentication, of some (mme_auth.c)
 *       -> INITIAL CONTEXT SETUP REQUEST, with all EPS bearers -> | RESPONSE
 *       -> Modify Bearer Request per PDN connection -> S-GW | Response: connected
 *
 * A phone that the MME does not know gets SERVICE REJECT (mme.c). What could not be set up by the eNB is deactivated:
 * dedicated bearers through the P-GW; without any the connection is released. Clauses from the standards' contents,
 * unverified. SIMPLIFIED: the overflow of the uplink NAS count is not tracked. */
#include "models/mme/mme_int.h"

enum { SV_T_GUARD };
static const char *const states[] = {"end", "authenticating", "wait context", "modifying bearers"};
static const char *const events[] = {"SERVICE REQUEST",
                                     "update with data",
                                     "secured",
                                     "not authenticated",
                                     "INITIAL CONTEXT SETUP RESPONSE",
                                     "INITIAL CONTEXT SETUP FAILURE",
                                     "bearers modified",
                                     "guard timer",
                                     "stop"};

static struct mme_ue *ue_of(struct fsm *f)
{
    return ((struct mme_work *)(void *)((char *)f - offsetof(struct mme_work, service)))->ue;
}
static const struct mme_ue *const_ue_of(const struct fsm *f)
{
    return ((const struct mme_work *)(const void *)((const char *)f - offsetof(struct mme_work, service)))->ue;
}

/* ---- guards ----------------------------------------------------------------------------------------- */

/* Drawn when the request comes; the event carries the outcome. */
struct asked {
    const struct nas_msg *m;
    bool authenticate;
};

static bool is_to_be_authenticated(const struct fsm *f, const void *arg)
{
    (void)f;
    return ((const struct asked *)arg)->authenticate;
}

static bool is_without_bearer(const struct fsm *f, const void *arg)
{
    (void)f;
    return s1ap_body((const struct s1ap_msg *)arg, initial_context_setup_response)->erabs.n == 0;
}

static bool are_left(const struct fsm *f, const void *arg)
{
    (void)arg;
    return !mme_pdns_are_modified(const_ue_of(f));
}

/* ---- what the MME does ------------------------------------------------------------------------------ */

static bool authenticate(struct fsm *f, const void *arg)
{
    struct mme_ue *u = ue_of(f);
    (void)arg;
    mme_entry_new(u);
    fsm_event(&u->work->auth, AU_STOP, NULL);
    fsm_event(&u->work->auth, AU_START, NULL);
    return true;
}

/* All EPS bearers that are up (TS 23.401 5.3.4.1 step 4); no NAS message goes with them. */
static void set_up(struct fsm *f, uint32_t count)
{
    struct mme_ue *u = ue_of(f);
    struct s1ap_msg *m = s1ap_new(u->mme->epc->s1ap, S1AP_initial_context_setup_request);
    struct s1ap_initial_context_setup_request *b = s1ap_body(m, initial_context_setup_request);
    MME_IDS(u, b);
    b->ambr = u->sub->ambr;
    for (const struct mme_bearer *i = u->bearers; i && b->erabs.n < IE_MAX_BEARERS; i = i->next)
        if (mme_bearer_is_active(i))
            b->erabs.item[b->erabs.n++] = mme_erab(i, NULL);
    b->capability = u->capability;
    b->kenb = mme_kenb(u, count);
    if (u->radio_capability)
        IE_PUT(b, radio_capability) = u->radio_capability;
    fsm_timer_start(f, SV_T_GUARD, MME_N3 * mme_timer(u, TIMER_GTP_T3));
    mme_send_s1ap(u, m);
}

static bool set_up_context(struct fsm *f, const void *arg)
{
    const struct nas_service_request *b = nas_body(((const struct asked *)arg)->m, service_request);
    set_up(f, b->ksi_and_sequence & 31);
    return true;
}

/* After SECURITY MODE COMPLETE, whose count is 0. */
static bool set_up_anew(struct fsm *f, const void *arg)
{
    (void)arg;
    mme_entry_free(ue_of(f));
    set_up(f, 0);
    return true;
}

static bool give_up_phone(struct fsm *f, const void *arg)
{
    struct mme_ue *u = ue_of(f);
    (void)arg;
    mme_entry_free(u);
    fsm_event(&u->work->detach, MD_IMPLICIT, NULL);
    return true;
}

/* What waited for the phone waits in vain. */
static bool release(struct fsm *f, const void *arg)
{
    struct mme_ue *u = ue_of(f);
    (void)arg;
    mme_data_fails(u);
    mme_held_refuse(u);
    mme_release_connection(u, S1AP_CAUSE_NAS_NORMAL);
    return true;
}

static bool served(struct fsm *f, const void *arg)
{
    (void)arg;
    ue_of(f)->work->notified = false;
    return true;
}

static void note_erabs(struct mme_ue *u, const struct s1ap_initial_context_setup_response *b)
{
    for (unsigned i = 0; i < b->erabs.n; i++) {
        struct mme_bearer *bearer = mme_find_bearer(u, b->erabs.item[i].id);
        if (bearer)
            bearer->enb = (struct ie_fteid){.iface = FTEID_S1U_ENB, .teid = b->erabs.item[i].teid, .ipv4 = b->erabs.item[i].ipv4};
    }
    for (unsigned i = 0; IE_HAS(b, failed) && i < b->failed.n; i++) {
        const struct mme_bearer *bearer = mme_find_bearer(u, b->failed.item[i].id);
        if (bearer && bearer->ebi != bearer->pdn->ebi)
            mme_command_delete(u, bearer->ebi);
    }
}

static bool open_downlink(struct fsm *f, const void *arg)
{
    struct mme_ue *u = ue_of(f);
    note_erabs(u, s1ap_body((const struct s1ap_msg *)arg, initial_context_setup_response));
    mme_pdns_modify(u);
    if (mme_pdns_are_modified(u)) /* there was nothing to tell */
        fsm_event(f, SV_MODIFIED, NULL);
    return true;
}

static bool stop(struct fsm *f, const void *arg)
{
    (void)arg;
    mme_entry_free(ue_of(f));
    return true;
}

static const struct fsm_row rows[] = {
    /*  in                 on                     if                      do              then               on failure clause                        */
    ROW(FSM_ANY,           SV_RX_REQUEST,         is_to_be_authenticated, authenticate,   SV_AUTHENTICATING, SV_END, "TS 23.401 5.3.4.1 step 3"),
    ROW(FSM_ANY,           SV_RX_REQUEST,         NULL,                   set_up_context, SV_WAIT_CONTEXT,   SV_END, "TS 23.401 5.3.4.1 step 4"),
    ROW(SV_END,            SV_UPDATED,            NULL,                   set_up_anew,    SV_WAIT_CONTEXT,   SV_END, "TS 23.401 5.3.3.2"),
    ROW(SV_AUTHENTICATING, SV_SECURED,            NULL,                   set_up_anew,    SV_WAIT_CONTEXT,   SV_END, "TS 23.401 5.3.4.1 step 4"),
    ROW(SV_AUTHENTICATING, SV_NOT_AUTHENTICATED,  NULL,                   give_up_phone,  SV_END,            SV_END, "TS 24.301 5.4.2.5"),
    ROW(SV_WAIT_CONTEXT,   SV_RX_CONTEXT_RSP,     is_without_bearer,      release,        SV_END,            SV_END, "TS 36.413 8.3.1.2"),
    ROW(SV_WAIT_CONTEXT,   SV_RX_CONTEXT_RSP,     NULL,                   open_downlink,  SV_MODIFYING,      SV_END, "TS 23.401 5.3.4.1 step 8"),
    ROW(SV_WAIT_CONTEXT,   SV_RX_CONTEXT_FAILURE, NULL,                   release,        SV_END,            SV_END, "TS 36.413 8.3.1.3"),
    ROW(SV_WAIT_CONTEXT,   SV_TMR,                NULL,                   release,        SV_END,            SV_END, "TS 36.413 8.3.1.4"),
    ROW(SV_MODIFYING,      SV_MODIFIED,           are_left,               NULL,           SV_MODIFYING,      SV_END, "TS 23.401 5.3.4.1 step 12"),
    ROW(SV_MODIFYING,      SV_MODIFIED,           NULL,                   served,         SV_END,            SV_END, "TS 23.401 5.3.4.1 step 12"),
    ROW(FSM_ANY,           SV_STOP,               NULL,                   stop,           SV_END,            SV_END, "TS 23.401 5.3.8"),
};
static const struct fsm_timer timers[] = {
    [SV_T_GUARD] = {"context set-up", SV_TMR, 0, FSM_IN(SV_WAIT_CONTEXT)},
};

/* What waited for the phone goes now, if it is there. */
static void ended(struct fsm *f)
{
    struct mme_ue *u = ue_of(f);
    if (mme_is_usable(u))
        mme_held_go(u);
}

struct fsm_def mme_service_def = {
    .name = "mme-service",
    .title = "Service request at the MME (TS 23.401 5.3.4.1, TS 24.301 5.6.1)",
    .state_names = states, .nstates = SV_STATES, .event_names = events, .nevents = SV_EVENTS,
    .rows = rows, .nrows = G_N_ELEMENTS(rows), .timers = timers, .ntimers = G_N_ELEMENTS(timers),
    .policy = FSM_IGNORE, .ended = ended,
};

void mme_service_requested(struct mme_ue *u, const struct nas_msg *m)
{
    const struct mme *mme = u->mme;
    struct asked a = {.m = m, .authenticate = mme->authenticates && rng_bernoulli(mme->authenticates, mme->cfg.authenticates)};
    fsm_event(&u->work->service, SV_RX_REQUEST, &a);
}
