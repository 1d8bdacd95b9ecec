/* mme_detach.c - detach at the MME (TS 23.401 5.3.8.2.1, TS 24.301 5.5.2)
 *
 *   eNB -> DETACH REQUEST -> Delete Session per PDN connection -> | all gone
 *       -> DETACH ACCEPT, unless switched off -> UE CONTEXT RELEASE COMMAND (mme_release.c)
 *
 * The same without the phone's words when the MME gives a phone up. */
#include "models/mme/mme_int.h"

enum { MD_END, MD_DELETING, MD_STATES };
static const char *const states[] = {"end", "deleting sessions"};
static const char *const events[] = {"DETACH REQUEST", "give the phone up", "session gone"};

static struct mme_ue *ue_of(struct fsm *f)
{
    return ((struct mme_work *)(void *)((char *)f - offsetof(struct mme_work, detach)))->ue;
}
static const struct mme_ue *const_ue_of(const struct fsm *f)
{
    return ((const struct mme_work *)(const void *)((const char *)f - offsetof(struct mme_work, detach)))->ue;
}

static bool is_switch_off(const void *arg)
{
    return nas_body(nas_of(arg), detach_request)->type == DETACH_EPS_SWITCH_OFF;
}

static bool has_no_session(const struct fsm *f, const void *arg)
{
    (void)arg;
    return !const_ue_of(f)->pdns;
}

static bool has_none_and_is_off(const struct fsm *f, const void *arg)
{
    return has_no_session(f, arg) && is_switch_off(arg);
}

static bool are_left(const struct fsm *f, const void *arg)
{
    (void)arg;
    return const_ue_of(f)->pdns;
}

static bool is_silent(const struct fsm *f, const void *arg)
{
    (void)arg;
    return const_ue_of(f)->work->switch_off;
}

/* Whatever goes on for this phone stops. */
static void stop_all(struct mme_ue *u)
{
    fsm_event(&u->work->auth, AU_STOP, NULL);
    fsm_event(&u->work->attach, MA_DETACH, NULL);
    mme_held_free(u);
    fsm_event(&u->work->service, SV_STOP, NULL);
    fsm_event(&u->work->tau, TU_STOP, NULL);
    fsm_event(&u->work->paging, PG_ANSWERED, NULL);
    mme_bearers_abort(u);
}

/* A session that is gone at once would change the list: none is, each at least asks. */
static bool delete_sessions(struct fsm *f, const void *arg)
{
    struct mme_ue *u = ue_of(f);
    if (arg)
        u->work->switch_off = is_switch_off(arg);
    stop_all(u);
    for (struct mme_pdn *p = u->pdns, *next; p; p = next) {
        next = p->next;
        fsm_event(&p->fsm, PD_DELETE, NULL);
    }
    return true;
}

/* Nobody hears an accept: the phone is off, or was given up. */
static bool delete_silently(struct fsm *f, const void *arg)
{
    delete_sessions(f, arg);
    ue_of(f)->work->switch_off = true;
    return true;
}

static bool leave(struct fsm *f, const void *arg)
{
    struct mme_ue *u = ue_of(f);
    (void)arg;
    stop_all(u);
    mme_release(u, S1AP_CAUSE_NAS_DETACH);
    return true;
}

static bool accept(struct fsm *f, const void *arg)
{
    struct mme_ue *u = ue_of(f);
    mme_send_nas(u, mme_protect(u, nas_new(u->mme->epc->nas, NAS_detach_accept)));
    return leave(f, arg);
}

/* Clauses from the standards' contents, unverified. */
static const struct fsm_row rows[] = {
    /*  in           on                    if                   do               then         on failure   clause                         */
    ROW(MD_END,      MD_RX_DETACH_REQUEST, has_none_and_is_off, leave,           MD_END,      MD_END,      "TS 24.301 5.5.2.2.2"),
    ROW(MD_END,      MD_RX_DETACH_REQUEST, has_no_session,      accept,          MD_END,      MD_END,      "TS 24.301 5.5.2.2.2"),
    ROW(MD_END,      MD_RX_DETACH_REQUEST, NULL,                delete_sessions, MD_DELETING, MD_END,      "TS 23.401 5.3.8.2.1 step 2"),
    ROW(MD_END,      MD_IMPLICIT,          has_no_session,      leave,           MD_END,      MD_END,      "TS 23.401 5.3.8.3"),
    ROW(MD_END,      MD_IMPLICIT,          NULL,                delete_silently, MD_DELETING, MD_END,      "TS 23.401 5.3.8.3"),
    ROW(MD_DELETING, MD_SESSION_GONE,      are_left,            NULL,            MD_DELETING, MD_DELETING, "TS 23.401 5.3.8.2.1 step 6"),
    ROW(MD_DELETING, MD_SESSION_GONE,      is_silent,           leave,           MD_END,      MD_END,      "TS 23.401 5.3.8.2.1 step 12"),
    ROW(MD_DELETING, MD_SESSION_GONE,      NULL,                accept,          MD_END,      MD_END,      "TS 23.401 5.3.8.2.1 step 11"),
    ROW(MD_DELETING, MD_RX_DETACH_REQUEST, NULL,                NULL,            MD_DELETING, MD_DELETING, "TS 24.301 5.5.2.2.1"),
    ROW(MD_DELETING, MD_IMPLICIT,          NULL,                NULL,            MD_DELETING, MD_DELETING, "TS 23.401 5.3.8.3"),
};

/* Of an idle phone nothing is left; a connection takes the context with it when it goes. */
static void ended(struct fsm *f)
{
    struct mme_ue *u = ue_of(f);
    if (u->work->leaving && !u->connected)
        mme_ue_free(u);
}

struct fsm_def mme_detach_def = {
    .name = "mme-detach",
    .title = "Detach at the MME (TS 23.401 5.3.8, TS 24.301 5.5.2)",
    .state_names = states, .nstates = MD_STATES, .event_names = events, .nevents = MD_EVENTS,
    .rows = rows, .nrows = G_N_ELEMENTS(rows), .policy = FSM_IGNORE, .ended = ended,
};
