/* scscf_reg.c - a user at the S-CSCF, registered or not (TS 24.229 5.4.1, 5.4.2; TS 29.228 6.1).
 *
 *   accepted | third-party REGISTER to each AS that its filter criteria name | the time it was granted runs
 *   accepted again | the time begins anew
 *   left, RTR, or the time is over | NOTIFY (terminated) to all subscribers | third-party REGISTER (Expires 0)
 *   called, but not registered | SAR (UNREGISTERED_USER) | <- SAA | kept for a while (scscf_unreg.c), then SAR
 *
 * Clauses are from memory. SIMPLIFIED: calls of a user who is deregistered are ended by the phone when it hears of it,
 * not by the S-CSCF; an AS that does not answer its REGISTER changes nothing. */
#include "models/cscf/cscf_int.h"

#include <stdlib.h>
#include <string.h>

enum { SR_END, SR_REGISTERED, SR_WAIT_SAA, SR_WAIT_USER, SR_UNREGISTERED, SR_STATES };
static const char *const states[] = {"not registered", "registered", "wait SAA", "wait for user", "unregistered, served"};
enum { SR_ACCEPTED, SR_LEFT, SR_RX_RTR, SR_TMR_OVER, SR_RX_SAA, SR_TMR_CX, SR_CALLED, SR_TMR_KEPT, SR_EVENTS };
static const char *const events[] = {"REGISTER accepted", "deregistered by the user", "RTR", "registration is over", "SAA", "timer Tx", "called",
                                     "timer ims.unregistered"};
enum { T_OVER, T_CX, T_KEPT };

static struct scscf_user *user_of(struct fsm *f)
{
    return (struct scscf_user *)(void *)f;
}

/* ---- contexts --------------------------------------------------------------------------------------------- */

struct scscf_user *scscf_user_find(const struct cscf *c, uint32_t party)
{
    uint32_t i = idmap_get(&c->world->scscf_users_by_key, cscf_user_key(c, party));
    return i ? slab_at(&c->world->scscf_users, i) : NULL;
}

static struct scscf_user *user_at(const struct cscf_world *w, uint64_t token)
{
    return slab_in_use(&w->scscf_users, sip_token_index(token)) ? slab_at(&w->scscf_users, sip_token_index(token)) : NULL;
}

struct scscf_user *scscf_user_by_id(const struct cscf_world *w, uint64_t id)
{
    struct scscf_user *u = user_at(w, id);
    return u && u->id == id ? u : NULL;
}

struct scscf_user *scscf_user_by_session(const struct cscf_world *w, uint64_t session)
{
    struct scscf_user *u = user_at(w, session);
    return u && (u->session == session || u->asked == session) ? u : NULL;
}

struct scscf_user *scscf_user_new(struct cscf *c, uint32_t party)
{
    uint32_t index;
    struct scscf_user *u = slab_alloc0(&c->world->scscf_users, &index);
    fsm_start(&u->fsm, &scscf_reg_def, c->node);
    u->id = sip_token(c->world->sip, index);
    u->party = party;
    idmap_put(&c->world->scscf_users_by_key, cscf_user_key(c, party), index);
    return u;
}

void scscf_user_drop(struct scscf_user *u)
{
    struct cscf *c = cscf_of(u->fsm.node);
    struct cscf_world *w = c->world;
    if (u->fsm.state != SR_END || u->fsm.depth || u->auth)
        return;
    while (u->waiting)
        cscf_stop_waiting(u->waiting);
    scscf_forget_subs(u);
    sip_hop_unref(w->sip, u->path);
    idmap_del(&w->scscf_users_by_key, cscf_user_key(c, u->party));
    u->id = u->session = u->asked = 0;
    slab_free(&w->scscf_users, u);
}

bool scscf_is_registered(const struct scscf_user *u)
{
    return u->fsm.state == SR_REGISTERED;
}

bool scscf_is_unregistered(const struct scscf_user *u)
{
    return u->fsm.state == SR_UNREGISTERED;
}

uint32_t scscf_time_left(const struct scscf_user *u)
{
    sim_time due = fsm_timer_due(&u->fsm, T_OVER);
    return due == SIM_NEVER ? CSCF_NEVER : (uint32_t)((due - u->fsm.node->sim->now + SIM_S - 1) / SIM_S);
}

/* ---- Cx --------------------------------------------------------------------------------------------------- */

struct dia_msg *scscf_cx_new(struct scscf_user *u, enum dia_type type)
{
    struct cscf *c = cscf_of(u->fsm.node);
    struct dia_msg *m = dia_new(c->world->dia, type);
    u->session = sip_token(c->world->sip, sip_token_index(u->id));
    m->session = u->session;
    m->party = u->party;
    m->origin = c->cfg.host;
    m->realm = m->to_realm = c->cfg.domain;
    m->server = c->cfg.host + 1;
    return m;
}

void scscf_cx_send(const struct scscf_user *u, struct dia_msg *m)
{
    struct cscf *c = cscf_of(u->fsm.node);
    dia_seal(c->world->dia, m);
    node_send(c->node, c->cfg.hss, IFACE_CX, &m->m);
}

void scscf_send_sar(struct scscf_user *u, uint32_t type)
{
    struct dia_msg *m = scscf_cx_new(u, DIA_SAR);
    struct dia_SAR *b = dia_body(m, SAR);
    IE_PUT(b, user_name) = u->party;
    b->type = type;
    b->data_available = u->profile ? USER_DATA_AVAILABLE : USER_DATA_NOT_AVAILABLE;
    scscf_cx_send(u, m);
}

static gint by_priority(gconstpointer a, gconstpointer b)
{
    return ((const struct ie_criterion *)a)->priority - ((const struct ie_criterion *)b)->priority;
}

/* The same profile for all who have the same, but for the identities; criteria in the order in which they are looked at. */
static const struct ie_user_profile *keep_profile(struct cscf_world *w, const struct ie_user_profile *profile)
{
    struct ie_user_profile p;
    memset(&p, 0, sizeof p);
    p.n_criteria = profile->n_criteria;
    for (unsigned i = 0; i < p.n_criteria; i++) { /* field by field: what lies between them is compared too */
        const struct ie_criterion *k = &profile->criterion[i];
        p.criterion[i].priority = k->priority;
        p.criterion[i].server = k->server;
        p.criterion[i].methods = k->methods;
        p.criterion[i].session_case = k->session_case;
        p.criterion[i].terminate = k->terminate;
    }
    qsort(p.criterion, p.n_criteria, sizeof p.criterion[0], by_priority);
    for (guint i = 0; i < w->profiles->len; i++)
        if (memcmp(g_ptr_array_index(w->profiles, i), &p, sizeof p) == 0)
            return g_ptr_array_index(w->profiles, i);
    g_ptr_array_add(w->profiles, g_memdup2(&p, sizeof p));
    return g_ptr_array_index(w->profiles, w->profiles->len - 1);
}

/* ---- third-party registration (TS 24.229 5.4.1.7) ------------------------------------------------------------ */

static void register_at(struct scscf_user *u, uint32_t as_host, uint32_t expires)
{
    struct cscf *c = cscf_of(u->fsm.node);
    struct sip_stack *sip = c->world->sip;
    struct node *as = sip_host(sip, as_host)->node;
    struct sip_uri self = {.kind = SIP_URI_HOST, .id = c->cfg.host};
    struct sip_msg *m = sip_request(sip, SIP_REGISTER);
    struct sip_cold *cold = sip_cold_edit(sip, m);
    m->ruri = (struct sip_uri){.kind = SIP_URI_HOST, .id = as_host};
    m->from = m->contact = self;
    m->from_tag = sip_token(sip, 0);
    m->to = (struct sip_uri){.kind = SIP_URI_IDENTITY, .id = u->party};
    m->call_id = sip_token(sip, 0);
    m->cseq = 1;
    m->icid = ++sip->icids;
    m->orig_ioi = c->cfg.domain + 1;
    cold->has_expires = true;
    cold->expires = expires;
    if (as)
        sip_send_request(sip, c->node, as, IFACE_ISC, m, u->id);
    else
        msg_unref(sip->net, &m->m);
}

static void tell_servers(struct scscf_user *u, uint32_t expires)
{
    for (unsigned i = 0; u->profile && i < u->profile->n_criteria; i++) {
        const struct ie_criterion *k = &u->profile->criterion[i];
        if (k->methods >> SIP_REGISTER & 1)
            register_at(u, k->server, expires);
    }
}

/* ---- the registration ------------------------------------------------------------------------------------------ */

static bool start_time(struct fsm *f, uint8_t event)
{
    struct scscf_user *u = user_of(f);
    u->event = event;
    fsm_timer_start(f, T_OVER, u->expires * SIM_S);
    tell_servers(u, u->expires);
    return true;
}

static bool begin(struct fsm *f, const void *arg)
{
    (void)arg;
    return start_time(f, SIP_REG_REGISTERED);
}

static bool renew(struct fsm *f, const void *arg)
{
    (void)arg;
    return start_time(f, SIP_REG_REFRESHED);
}

static bool end_by_user(struct fsm *f, const void *arg)
{
    (void)arg;
    scscf_notify_all(user_of(f), SIP_REG_TERMINATED, SIP_REG_UNREGISTERED);
    tell_servers(user_of(f), 0);
    return true;
}

/* A SAR of its own: the user may be registering at the same time. */
static bool send_sar(struct fsm *f, uint32_t type)
{
    struct scscf_user *u = user_of(f);
    uint64_t other = u->session;
    fsm_timer_start(f, T_CX, cscf_of(f->node)->world->sip->timer[TIMER_DIAMETER_TX]);
    scscf_send_sar(u, type);
    u->asked = u->session;
    u->session = other;
    return true;
}

/* A REGISTER that came in time, and for which the HSS is being asked, is dealt with first; by Tx the HSS has answered or is
 * given up. */
static bool is_renewing(const struct fsm *f, const void *arg)
{
    const struct scscf_user *u = (const struct scscf_user *)(const void *)f;
    (void)arg;
    return u->auth && u->session;
}

static bool wait_for_renewal(struct fsm *f, const void *arg)
{
    (void)arg;
    fsm_timer_start(f, T_OVER, cscf_of(f->node)->world->sip->timer[TIMER_DIAMETER_TX]);
    return true;
}

/* The time was over. */
static bool end_by_time(struct fsm *f, const void *arg)
{
    (void)arg;
    send_sar(f, ASSIGN_TIMEOUT_DEREGISTRATION);
    scscf_notify_all(user_of(f), SIP_REG_TERMINATED, SIP_REG_EXPIRED);
    tell_servers(user_of(f), 0);
    return true;
}

/* With a permanent termination the phone is not to come back; else it may register anew (TS 24.229 5.4.1.5). */
static bool end_by_network(struct fsm *f, const void *arg)
{
    const struct dia_RTR *b = dia_body((const struct dia_msg *)arg, RTR);
    scscf_notify_all(user_of(f), SIP_REG_TERMINATED, b->reason == DEREG_PERMANENT ? SIP_REG_REJECTED : SIP_REG_DEACTIVATED);
    tell_servers(user_of(f), 0);
    return true;
}

/* ---- called, but not registered ----------------------------------------------------------------------------------- */

static bool ask_for_user(struct fsm *f, const void *arg)
{
    (void)arg;
    return send_sar(f, ASSIGN_UNREGISTERED_USER);
}

static bool is_refused(const struct fsm *f, const void *arg)
{
    (void)f;
    return ((const struct dia_msg *)arg)->result != DIA_SUCCESS;
}

static bool tell_waiting(struct fsm *f, const void *arg)
{
    cscf_resume(&user_of(f)->waiting, PX_RX_SAA, arg);
    return true;
}

static bool serve_unregistered(struct fsm *f, const void *arg)
{
    struct scscf_user *u = user_of(f);
    const struct dia_SAA *b = dia_body((const struct dia_msg *)arg, SAA);
    if (IE_HAS(b, profile))
        u->profile = keep_profile(cscf_of(f->node)->world, &b->profile);
    fsm_timer_start(f, T_KEPT, cscf_of(f->node)->world->sip->timer[TIMER_SCSCF_UNREGISTERED]);
    cscf_resume(&u->waiting, PX_RX_SAA, arg);
    return true;
}

/* Registered before the HSS has answered about the unregistered user. */
static bool register_called(struct fsm *f, const void *arg)
{
    (void)arg;
    start_time(f, SIP_REG_REGISTERED);
    cscf_resume(&user_of(f)->waiting, PX_RX_SAA, NULL);
    return true;
}

static bool release_user(struct fsm *f, const void *arg)
{
    (void)arg;
    return send_sar(f, ASSIGN_TIMEOUT_DEREGISTRATION);
}

/* clang-format off */
static const struct fsm_row rows[] = {
    /*  in             on           if    do              then           on failure  clause */
    ROW(SR_END,        SR_ACCEPTED, NULL, begin,          SR_REGISTERED, SR_END,     "TS 24.229 5.4.1.2.3"),
    ROW(SR_REGISTERED, SR_ACCEPTED, NULL, renew,          SR_REGISTERED, SR_END,     "TS 24.229 5.4.1.2.2"),
    ROW(SR_REGISTERED, SR_LEFT,     NULL, end_by_user,    SR_END,        SR_END,     "TS 24.229 5.4.1.4.1"),
    ROW(SR_REGISTERED, SR_RX_RTR,   NULL, end_by_network, SR_END,        SR_END,     "TS 24.229 5.4.1.5"),
    ROW(SR_REGISTERED, SR_TMR_OVER, is_renewing, wait_for_renewal, SR_REGISTERED, SR_END, "TS 24.229 5.4.1.6"),
    ROW(SR_REGISTERED, SR_TMR_OVER, NULL, end_by_time,    SR_WAIT_SAA,   SR_END,     "TS 24.229 5.4.1.6"),
    ROW(SR_WAIT_SAA,   SR_RX_SAA,   NULL, NULL,           SR_END,        SR_END,     "TS 29.228 6.1.2.1"),
    ROW(SR_WAIT_SAA,   SR_TMR_CX,   NULL, NULL,           SR_END,        SR_END,     "RFC 6733 5.5.4"),
    ROW(SR_WAIT_SAA,   SR_ACCEPTED, NULL, begin,          SR_REGISTERED, SR_END,     "TS 24.229 5.4.1.2.3"),
    ROW(SR_END,          SR_CALLED,   NULL,       ask_for_user,       SR_WAIT_USER,    SR_END, "TS 29.228 6.1.2.1"),
    ROW(SR_WAIT_USER,    SR_CALLED,   NULL,       NULL,               SR_WAIT_USER,    SR_END, "TS 29.228 6.1.2.1"),
    ROW(SR_WAIT_USER,    SR_RX_SAA,   is_refused, tell_waiting,       SR_END,          SR_END, "TS 29.228 6.1.2.1"),
    ROW(SR_WAIT_USER,    SR_RX_SAA,   NULL,       serve_unregistered, SR_UNREGISTERED, SR_END, "TS 24.229 5.4.3.3"),
    ROW(SR_WAIT_USER,    SR_TMR_CX,   NULL,       NULL,               SR_END,          SR_END, "RFC 6733 5.5.4"),
    ROW(SR_WAIT_USER,    SR_ACCEPTED, NULL,       register_called,    SR_REGISTERED,   SR_END, "TS 24.229 5.4.1.2.3"),
    ROW(SR_UNREGISTERED, SR_ACCEPTED, NULL,       begin,              SR_REGISTERED,   SR_END, "TS 24.229 5.4.1.2.3"),
    ROW(SR_UNREGISTERED, SR_RX_RTR,   NULL,       NULL,               SR_END,          SR_END, "TS 24.229 5.4.1.5"),
    ROW(SR_UNREGISTERED, SR_TMR_KEPT, NULL,       release_user,       SR_WAIT_SAA,     SR_END, "TS 29.228 6.1.2.1"),
};
static const struct fsm_timer timers[] = {
    [T_OVER] = {"registration", SR_TMR_OVER, 0, FSM_IN(SR_REGISTERED)},
    [T_CX] = {"Tx", SR_TMR_CX, 0, FSM_IN(SR_WAIT_SAA) | FSM_IN(SR_WAIT_USER)},
    [T_KEPT] = {"ims.unregistered", SR_TMR_KEPT, 0, FSM_IN(SR_UNREGISTERED)},
};
/* clang-format on */

static void ended(struct fsm *f)
{
    scscf_user_drop(user_of(f));
}

struct fsm_def scscf_reg_def = {
    .name = "scscf-registration",
    .title = "A user at the S-CSCF, registered or not (TS 24.229 5.4.1, 5.4.3.3)",
    .state_names = states, .nstates = SR_STATES, .event_names = events, .nevents = SR_EVENTS,
    .rows = rows, .nrows = G_N_ELEMENTS(rows), .timers = timers, .ntimers = G_N_ELEMENTS(timers),
    .policy = FSM_IGNORE, .ended = ended,
};

/* ---- interface --------------------------------------------------------------------------------------------------- */

void scscf_registered(struct scscf_user *u, const struct sip_msg *m, uint32_t expires, const struct ie_user_profile *profile)
{
    struct cscf_world *w = cscf_of(u->fsm.node)->world;
    sip_hop_unref(w->sip, u->path);
    u->path = sip_hop_ref(m->cold->path);
    u->expires = expires;
    if (profile)
        u->profile = keep_profile(w, profile);
    fsm_event(&u->fsm, SR_ACCEPTED, m);
}

void scscf_left(struct scscf_user *u)
{
    fsm_event(&u->fsm, SR_LEFT, NULL);
}

bool scscf_take_user(struct scscf_user *u)
{
    return fsm_event(&u->fsm, SR_CALLED, NULL);
}

/* The HSS is answered when the subscribers have been told. */
static void rtr(struct cscf *c, const struct dia_msg *m, struct node *hss)
{
    struct scscf_user *u = scscf_user_find(c, m->body.RTR.user_name);
    bool known = u && fsm_event(&u->fsm, SR_RX_RTR, m);
    struct dia_msg *a = dia_answer(c->world->dia, DIA_RTA, m, known ? DIA_SUCCESS : DIA_UNABLE_TO_COMPLY);
    a->origin = c->cfg.host;
    a->realm = c->cfg.domain;
    dia_seal(c->world->dia, a);
    node_send(c->node, hss, IFACE_CX, &a->m);
}

void scscf_cx_rx(struct cscf *c, const struct dia_msg *m, struct node *from)
{
    if (m->m.type == DIA_RTR) {
        rtr(c, m, from);
        return;
    }
    struct scscf_user *u = scscf_user_by_session(c->world, m->session);
    if (!u)
        return;
    bool own = m->session == u->asked;
    if (own)
        u->asked = 0;
    else
        u->session = 0;
    if (u->auth && !own)
        scscf_auth_answer(u, m);
    else
        fsm_event(&u->fsm, SR_RX_SAA, m);
}

/* ---- warm start ---------------------------------------------------------------------------------------------------- */

struct scscf_user *scscf_warm(struct cscf *c, uint32_t party, struct sip_uri path, uint32_t expires, const struct ie_user_profile *profile)
{
    struct scscf_user *u = scscf_user_new(c, party);
    u->fsm.state = SR_REGISTERED;
    u->path = sip_hop_new(c->world->sip, path, NULL);
    u->expires = expires;
    if (profile)
        u->profile = keep_profile(c->world, profile);
    if (expires != CSCF_NEVER)
        fsm_timer_start(&u->fsm, T_OVER, expires * SIM_S);
    return u;
}
