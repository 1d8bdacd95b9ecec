/* mme_auth.c - authentication and security mode at the MME (TS 24.301 5.4.2, 5.4.3; TS 29.272 5.2.3)
 *
 *   AIR -> HSS | AIA -> AUTHENTICATION REQUEST -> | RESPONSE -> SECURITY MODE COMMAND -> | COMPLETE: attach
 *                                                 | FAILURE (synch) -> AIR with AUTS, twice at most
 *                                                 | any other -> AUTHENTICATION REJECT, release
 *
 * SIMPLIFIED: EEA2 and EIA2 for every phone that can; a MAC failure is not followed by an identity
 * request. */
#include "models/mme/mme_int.h"

#include <string.h>

enum { AU_END, AU_WAIT_AIA, AU_WAIT_RES, AU_WAIT_SECURED, AU_STATES };
enum { AU_T_TX, AU_T_3460 };
static const char *const states[] = {"end", "wait AIA", "wait RES", "wait security"};
static const char *const events[] = {"authenticate", "AIA", "timer Tx", "AUTHENTICATION RESPONSE",
                                     "AUTHENTICATION FAILURE (synch)", "AUTHENTICATION FAILURE", "T3460",
                                     "SECURITY MODE COMPLETE", "SECURITY MODE REJECT", "stop"};

static struct mme_ue *ue_of(struct fsm *f)
{
    return ((struct mme_work *)(void *)((char *)f - offsetof(struct mme_work, auth)))->ue;
}
static const struct mme_ue *const_ue_of(const struct fsm *f)
{
    return ((const struct mme_work *)(const void *)((const char *)f - offsetof(struct mme_work, auth)))->ue;
}

/* ---- guards ----------------------------------------------------------------------------------------- */

static bool is_refused(const struct fsm *f, const void *arg)
{
    const struct dia_msg *m = mme_dia(arg);
    (void)f;
    return m->result != DIA_SUCCESS || !IE_HAS(dia_body(m, AIA), vectors) || m->body.AIA.vectors.n == 0;
}

static bool is_right(const struct fsm *f, const void *arg)
{
    const struct ie_bytes *xres = &const_ue_of(f)->work->entry->vector.xres;
    const struct ie_bytes *res = &nas_body(nas_of(arg), authentication_response)->res;
    return res->n == xres->n && memcmp(res->b, xres->b, res->n) == 0;
}

static bool may_resync(const struct fsm *f, const void *arg)
{
    const struct nas_authentication_failure *b = nas_body(nas_of(arg), authentication_failure);
    return const_ue_of(f)->work->entry->resyncs < MME_RESYNCS && IE_HAS(b, auts);
}

static bool may_repeat(const struct fsm *f, const void *arg)
{
    (void)arg;
    return const_ue_of(f)->work->entry->tries < MME_REPEATS;
}

/* ---- what the MME does ------------------------------------------------------------------------------ */

static void ask(struct mme_ue *u, const struct ie_resync *resync)
{
    struct dia_msg *m = mme_s6a_request(u, DIA_AIR);
    struct dia_AIR *b = dia_body(m, AIR);
    b->imsi = u->imsi;
    b->plmn = u->mme->cfg.tai.plmn;
    IE_PUT(b, vectors) = 1;
    if (resync)
        IE_PUT(b, resync) = *resync;
    fsm_timer_start(&u->work->auth, AU_T_TX, mme_timer(u, TIMER_DIAMETER_TX));
    mme_send_s6a(u, m);
}

static bool ask_vector(struct fsm *f, const void *arg)
{
    (void)arg;
    ask(ue_of(f), NULL);
    return true;
}

/* Sends a message that is repeated until it is answered. */
static void send_kept(struct mme_ue *u, struct msg *nas)
{
    mme_drop(u->mme, &u->work->entry->nas);
    u->work->entry->nas = nas;
    u->work->entry->tries = 0;
    fsm_timer_start(&u->work->auth, AU_T_3460, mme_timer(u, TIMER_NAS_T3460));
    mme_send_nas(u, msg_ref(nas));
}

static bool challenge(struct fsm *f, const void *arg)
{
    struct mme_ue *u = ue_of(f);
    struct nas_msg *m = nas_new(u->mme->epc->nas, NAS_authentication_request);
    struct nas_authentication_request *b = nas_body(m, authentication_request);
    u->work->session = 0;
    u->work->entry->vector = dia_body(mme_dia(arg), AIA)->vectors.item[0];
    b->rand = u->work->entry->vector.rand;
    b->autn = u->work->entry->vector.autn;
    send_kept(u, mme_protect(u, m));
    return true;
}

static bool resynchronise(struct fsm *f, const void *arg)
{
    struct mme_ue *u = ue_of(f);
    u->work->entry->resyncs++;
    ask(u, &(struct ie_resync){.rand = u->work->entry->vector.rand,
                               .auts = nas_body(nas_of(arg), authentication_failure)->auts});
    return true;
}

/* The first algorithm pair of the MME's preference that the phone has: AES, else SNOW 3G, else none. */
static struct ie_algorithms choose(struct ie_security_caps c)
{
    uint8_t eea = c.eea & 4 ? 2 : c.eea & 2 ? 1 : 0;
    uint8_t eia = c.eia & 4 ? 2 : c.eia & 2 ? 1 : 0;
    return (struct ie_algorithms){.eea = eea, .eia = eia};
}

/* There is a security context; SECURITY MODE COMMAND was its first message. SIMPLIFIED: KASME is the IMSI,
 * for no challenge was drawn. */
void mme_auth_warm(struct mme_ue *u)
{
    u->secured = true;
    u->nas_count++;
    memcpy(&u->kasme, &u->imsi, sizeof u->imsi);
}

static bool secure(struct fsm *f, const void *arg)
{
    struct mme_ue *u = ue_of(f);
    struct nas_msg *m = nas_new(u->mme->epc->nas, NAS_security_mode_command);
    struct nas_security_mode_command *b = nas_body(m, security_mode_command);
    (void)arg;
    u->kasme = u->work->entry->vector.kasme;
    u->secured = true;
    b->algorithms = choose(u->capability);
    b->replayed = u->capability;
    send_kept(u, mme_protect(u, m));
    return true;
}

/* Whoever wanted it hears how it ended: a service request, or else an attach. */
static void tell(struct mme_ue *u, uint8_t attach_event, uint8_t service_event, const void *arg)
{
    if (u->work->service.state == SV_AUTHENTICATING)
        fsm_event(&u->work->service, service_event, arg);
    else
        fsm_event(&u->work->attach, attach_event, arg);
}

static bool secured(struct fsm *f, const void *arg)
{
    tell(ue_of(f), MA_SECURED, SV_SECURED, arg);
    return true;
}

static bool refused(struct fsm *f, const void *arg)
{
    tell(ue_of(f), MA_HSS_REFUSED, SV_NOT_AUTHENTICATED, arg);
    return true;
}

static bool reject(struct fsm *f, const void *arg)
{
    struct mme_ue *u = ue_of(f);
    (void)arg;
    mme_send_nas(u, mme_protect(u, nas_new(u->mme->epc->nas, NAS_authentication_reject)));
    tell(u, MA_NOT_AUTHENTICATED, SV_NOT_AUTHENTICATED, NULL);
    return true;
}

static bool repeat(struct fsm *f, const void *arg)
{
    struct mme_ue *u = ue_of(f);
    (void)arg;
    u->work->entry->tries++;
    fsm_timer_start(f, AU_T_3460, mme_timer(u, TIMER_NAS_T3460));
    mme_send_nas(u, msg_ref(u->work->entry->nas));
    return true;
}

static bool give_up(struct fsm *f, const void *arg)
{
    tell(ue_of(f), MA_NOT_AUTHENTICATED, SV_NOT_AUTHENTICATED, arg);
    return true;
}

/* Clauses from the standards' contents, unverified. */
static const struct fsm_row rows[] = {
    /*  in               on                   if          do             then             on failure  clause                    */
    ROW(AU_END,          AU_START,            NULL,       ask_vector,    AU_WAIT_AIA,     AU_END,     "TS 29.272 5.2.3.1"),
    ROW(AU_WAIT_AIA,     AU_RX_AIA,           is_refused, refused,       AU_END,          AU_END,     "TS 29.272 5.2.3.1"),
    ROW(AU_WAIT_AIA,     AU_RX_AIA,           NULL,       challenge,     AU_WAIT_RES,     AU_END,     "TS 24.301 5.4.2.2"),
    ROW(AU_WAIT_AIA,     AU_TMR_TX,           NULL,       refused,       AU_END,          AU_END,     "TS 29.272 5.2.3.1"),
    ROW(AU_WAIT_RES,     AU_RX_RESPONSE,      is_right,   secure,        AU_WAIT_SECURED, AU_END,     "TS 24.301 5.4.2.4"),
    ROW(AU_WAIT_RES,     AU_RX_RESPONSE,      NULL,       reject,        AU_END,          AU_END,     "TS 24.301 5.4.2.5"),
    ROW(AU_WAIT_RES,     AU_RX_SYNCH_FAILURE, may_resync, resynchronise, AU_WAIT_AIA,     AU_END,     "TS 24.301 5.4.2.7 e"),
    ROW(AU_WAIT_RES,     AU_RX_SYNCH_FAILURE, NULL,       reject,        AU_END,          AU_END,     "TS 24.301 5.4.2.7 e"),
    ROW(AU_WAIT_RES,     AU_RX_FAILURE,       NULL,       reject,        AU_END,          AU_END,     "TS 24.301 5.4.2.7 c"),
    ROW(AU_WAIT_RES,     AU_TMR_T3460,        may_repeat, repeat,        AU_WAIT_RES,     AU_END,     "TS 24.301 5.4.2.7 b"),
    ROW(AU_WAIT_RES,     AU_TMR_T3460,        NULL,       give_up,       AU_END,          AU_END,     "TS 24.301 5.4.2.7 b"),
    ROW(AU_WAIT_SECURED, AU_RX_SECURED,       NULL,       secured,       AU_END,          AU_END,     "TS 24.301 5.4.3.4"),
    ROW(AU_WAIT_SECURED, AU_RX_NOT_SECURED,   NULL,       give_up,       AU_END,          AU_END,     "TS 24.301 5.4.3.5"),
    ROW(AU_WAIT_SECURED, AU_TMR_T3460,        may_repeat, repeat,        AU_WAIT_SECURED, AU_END,     "TS 24.301 5.4.3.7 b"),
    ROW(AU_WAIT_SECURED, AU_TMR_T3460,        NULL,       give_up,       AU_END,          AU_END,     "TS 24.301 5.4.3.7 b"),
    ROW(FSM_ANY,         AU_STOP,             NULL,       NULL,          AU_END,          AU_END,     "TS 24.301 5.4.2.7 d"),
};
static const struct fsm_timer timers[] = {
    [AU_T_TX] = {"Tx", AU_TMR_TX, 0, FSM_IN(AU_WAIT_AIA)},
    [AU_T_3460] = {"T3460", AU_TMR_T3460, 0, FSM_IN(AU_WAIT_RES) | FSM_IN(AU_WAIT_SECURED)},
};

struct fsm_def mme_auth_def = {
    .name = "mme-auth",
    .title = "Authentication and security mode at the MME (TS 24.301 5.4.2, 5.4.3)",
    .state_names = states, .nstates = AU_STATES, .event_names = events, .nevents = AU_EVENTS,
    .rows = rows, .nrows = G_N_ELEMENTS(rows), .timers = timers, .ntimers = G_N_ELEMENTS(timers),
    .policy = FSM_IGNORE,
};
