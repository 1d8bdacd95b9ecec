/* scscf_auth.c - one REGISTER at the S-CSCF: authentication and server assignment (TS 24.229 5.4.1; TS 33.203 6.1).
 *
 *   -> REGISTER | MAR -> HSS | <- MAA: a vector, or H(A1) | 401 ->
 *   -> REGISTER with the right response | SAR -> | <- SAA: profile | 200 ->: Path, Service-Route, granted time
 *   -> REGISTER with AUTS | MAR (RAND, AUTS) -> | <- MAA | 401 ->
 *   -> REGISTER with a wrong response, or none | SAR (AUTHENTICATION_FAILURE) -> | 403 ->
 *   A REGISTER that the P-CSCF vouches for (integrity-protected) is not challenged again.
 *
 * The context lives while a REGISTER is being dealt with or its challenge is not answered; what stays of a registration
 * is in scscf_reg.c. Clauses are from memory. SIMPLIFIED: a user with HTTP Digest is challenged each time; one REGISTER
 * of a user at a time. */
#include "models/cscf/cscf_int.h"

#include "models/proto/sip/sip_auth.h"

#include <string.h>

enum { AU_END, AU_WAIT_MAA, AU_WAIT_AUTH, AU_WAIT_SAA, AU_STATES };
static const char *const states[] = {"end", "wait MAA", "wait for response", "wait SAA"};
enum { AU_RX_REGISTER, AU_RX_DEREGISTER, AU_RX_MAA, AU_RX_SAA, AU_TMR_CX, AU_TMR_AUTH, AU_EVENTS };
static const char *const events[] = {"REGISTER", "REGISTER (Expires 0)", "MAA", "SAA", "timer Tx", "timer reg-await-auth"};
enum { T_CX, T_AUTH };

/* A REGISTER and its transaction. */
struct registering {
    const struct sip_msg *m;
    uint64_t st;
};

static struct scscf_auth *auth_of(struct fsm *f)
{
    return (struct scscf_auth *)(void *)f;
}
static const struct scscf_auth *const_auth_of(const struct fsm *f)
{
    return (const struct scscf_auth *)(const void *)f;
}
static struct cscf_world *world_of(const struct fsm *f)
{
    return cscf_of(f->node)->world;
}

static bool refuse(struct fsm *f, uint16_t status)
{
    sip_send_status(world_of(f)->sip, auth_of(f)->st, status);
    return false;
}

/* ---- guards --------------------------------------------------------------------------------------------- */

static const struct sip_auth *credentials(const void *arg)
{
    const struct sip_cold *c = ((const struct registering *)arg)->m->cold;
    return c && c->auth.kind == SIP_AUTH_CREDENTIALS ? &c->auth : NULL;
}

/* It came over the security association of a registration that is there (TS 24.229 5.4.1.2.2). */
static bool is_trusted(const struct fsm *f, const void *arg)
{
    const struct sip_auth *a = credentials(arg);
    return a && a->integrity == SIP_INTEGRITY_YES && scscf_is_registered(const_auth_of(f)->user);
}

static bool is_too_brief(const struct fsm *f, const void *arg)
{
    int64_t expires = sip_expires(((const struct registering *)arg)->m);
    return expires >= 0 && expires < cscf_of(f->node)->cfg.min_expires;
}

static bool is_unanswered(const struct fsm *f, const void *arg)
{
    const struct sip_auth *a = credentials(arg);
    (void)f;
    return !a || !a->has_nonce;
}

static bool is_to_other_challenge(const struct fsm *f, const void *arg)
{
    const struct sip_auth *a = credentials(arg), *c = &const_auth_of(f)->challenge;
    return c->algorithm == DIGEST_ALGORITHM_AKAV1_MD5 ? memcmp(a->rand, c->rand, sizeof c->rand) != 0 : a->nonce != c->nonce;
}

static bool asks_resynchronisation(const struct fsm *f, const void *arg)
{
    (void)f;
    return credentials(arg)->has_auts;
}

static bool is_right(const struct fsm *f, const void *arg)
{
    const struct scscf_auth *au = const_auth_of(f);
    const struct sip_auth *a = credentials(arg);
    return sip_auth_check(world_of(f)->sip, a, SIP_REGISTER, au->ha1);
}

static bool is_error(const struct fsm *f, const void *arg)
{
    (void)f;
    return ((const struct dia_msg *)arg)->result != DIA_SUCCESS;
}

static bool is_leaving(const struct fsm *f, const void *arg)
{
    const struct sip_msg *m = sip_st_request(world_of(f)->sip, const_auth_of(f)->st);
    (void)arg;
    return m && sip_expires(m) == 0;
}

/* ---- MAR -------------------------------------------------------------------------------------------------- */

static bool send_mar(struct fsm *f, const struct registering *r)
{
    struct scscf_auth *au = auth_of(f);
    const struct sip_auth *a = credentials(r);
    struct dia_msg *d = scscf_cx_new(au->user, DIA_MAR);
    struct dia_MAR *b = dia_body(d, MAR);
    au->st = r->st;
    b->user_name = au->user->party;
    b->number = 1;
    b->auth.scheme = AUTH_UNKNOWN;
    if (a && a->has_auts) {
        b->auth.scheme = AUTH_AKA;
        b->auth.has_resync = true;
        memcpy(b->auth.rand.b, a->rand, sizeof a->rand);
        b->auth.auts.n = AKA_AUTS;
        memcpy(b->auth.auts.b, a->auts, AKA_AUTS);
    }
    fsm_timer_start(f, T_CX, world_of(f)->sip->timer[TIMER_DIAMETER_TX]);
    scscf_cx_send(au->user, d);
    return true;
}

static bool ask_vector(struct fsm *f, const void *arg)
{
    return send_mar(f, arg);
}

static bool too_brief(struct fsm *f, const void *arg)
{
    const struct registering *r = arg;
    struct sip_stack *sip = world_of(f)->sip;
    struct sip_msg *m = sip_response(sip, r->m, 423);
    m->to_tag = sip_token(sip, 0);
    sip_cold_edit(sip, m)->min_expires = cscf_of(f->node)->cfg.min_expires;
    sip_send_response(sip, r->st, m);
    return true;
}

/* ---- 401 -------------------------------------------------------------------------------------------------- */

static void take_vector(struct scscf_auth *au, const struct ie_sip_auth *v, const struct sip_stack *sip)
{
    struct sip_auth *c = &au->challenge;
    c->algorithm = DIGEST_ALGORITHM_AKAV1_MD5;
    c->has_keys = true;
    memcpy(c->rand, v->rand.b, sizeof c->rand);
    memcpy(c->autn, v->autn.b, sizeof c->autn);
    memcpy(c->ck, v->ck.b, sizeof c->ck);
    memcpy(c->ik, v->ik.b, sizeof c->ik);
    sip_auth_ha1(sip, DIGEST_ALGORITHM_AKAV1_MD5, au->user->party, c->realm, v->xres.b, v->xres.n, au->ha1);
}

static void take_ha1(struct scscf_auth *au, const struct ie_sip_auth *v, struct sip_stack *sip)
{
    static const char digits[] = "0123456789abcdef";
    bool md5 = v->algorithm == DIGEST_MD5;
    struct sip_auth *c = &au->challenge;
    c->algorithm = md5 ? DIGEST_ALGORITHM_MD5 : DIGEST_ALGORITHM_SHA256;
    c->nonce = sip_token(sip, 0);
    char *out = au->ha1;
    for (unsigned i = 0; i < (md5 ? 16 : 32); i++) {
        *out++ = digits[v->ha1[i] >> 4];
        *out++ = digits[v->ha1[i] & 15];
    }
    *out = '\0';
}

static bool challenge(struct fsm *f, const void *arg)
{
    struct scscf_auth *au = auth_of(f);
    struct sip_stack *sip = world_of(f)->sip;
    const struct dia_MAA *b = dia_body((const struct dia_msg *)arg, MAA);
    const struct sip_msg *request = sip_st_request(sip, au->st);
    if (!request)
        return false;
    au->challenge = (struct sip_auth){.kind = SIP_AUTH_CHALLENGE, .has_nonce = true, .realm = cscf_of(f->node)->cfg.domain};
    if (b->auth.has_vector)
        take_vector(au, &b->auth, sip);
    else
        take_ha1(au, &b->auth, sip);
    struct sip_msg *m = sip_response(sip, request, 401);
    m->to_tag = sip_token(sip, 0);
    sip_cold_edit(sip, m)->auth = au->challenge;
    fsm_timer_start(f, T_AUTH, sip->timer[TIMER_REG_AWAIT_AUTH]);
    sip_send_response(sip, au->st, m);
    return true;
}

static bool forbidden(struct fsm *f, const void *arg)
{
    (void)arg;
    return refuse(f, 403);
}

static bool no_answer(struct fsm *f, const void *arg)
{
    (void)arg;
    return refuse(f, 504);
}

/* The HSS is told, and its answer not waited for. */
static bool wrong_response(struct fsm *f, const void *arg)
{
    auth_of(f)->st = ((const struct registering *)arg)->st;
    scscf_send_sar(auth_of(f)->user, ASSIGN_AUTHENTICATION_FAILURE);
    auth_of(f)->user->session = 0;
    return refuse(f, 403);
}

static bool nobody_answered(struct fsm *f, const void *arg)
{
    (void)arg;
    scscf_send_sar(auth_of(f)->user, ASSIGN_AUTHENTICATION_TIMEOUT);
    auth_of(f)->user->session = 0;
    return true;
}

/* Another REGISTER while the HSS is being asked. */
static bool overlap(struct fsm *f, const void *arg)
{
    return sip_send_status(world_of(f)->sip, ((const struct registering *)arg)->st, 500);
}

/* ---- SAR, 200 ----------------------------------------------------------------------------------------------- */

static bool assign(struct fsm *f, const void *arg)
{
    struct scscf_auth *au = auth_of(f);
    const struct registering *r = arg;
    bool known = scscf_is_registered(au->user);
    au->st = r->st;
    fsm_timer_start(f, T_CX, world_of(f)->sip->timer[TIMER_DIAMETER_TX]);
    scscf_send_sar(au->user, sip_expires(r->m) == 0 ? ASSIGN_USER_DEREGISTRATION : known ? ASSIGN_RE_REGISTRATION : ASSIGN_REGISTRATION);
    return true;
}

/* The 200: what was asked for, within the limits of this S-CSCF. */
static void send_ok(struct fsm *f, uint32_t expires)
{
    struct scscf_auth *au = auth_of(f);
    struct cscf *c = cscf_of(f->node);
    struct sip_stack *sip = c->world->sip;
    const struct sip_msg *request = sip_st_request(sip, au->st);
    struct sip_msg *m = sip_response(sip, request, 200);
    struct sip_cold *cold = sip_cold_edit(sip, m);
    m->to_tag = sip_token(sip, 0);
    m->contact = request->contact;
    m->icid = request->icid;
    cold->has_contact_expires = true;
    cold->contact_expires = expires;
    cold->path = sip_hop_ref(request->cold->path);
    if (expires) {
        cold->associated = au->user->party + 1;
        cold->service_route = sip_hop_new(sip, c->core, NULL);
    }
    sip_send_response(sip, au->st, m);
}

static bool accept(struct fsm *f, const void *arg)
{
    struct scscf_auth *au = auth_of(f);
    const struct cscf *c = cscf_of(f->node);
    const struct sip_msg *m = sip_st_request(c->world->sip, au->st);
    const struct dia_SAA *b = dia_body((const struct dia_msg *)arg, SAA);
    if (!m)
        return false;
    int64_t asked = sip_expires(m);
    uint32_t expires = asked < 0 ? 3600 : (uint32_t)asked; /* RFC 3261 10.2.1.1 */
    if (c->cfg.max_expires && expires > c->cfg.max_expires)
        expires = c->cfg.max_expires;
    send_ok(f, expires);
    scscf_registered(au->user, m, expires, IE_HAS(b, profile) ? &b->profile : NULL);
    return true;
}

static bool accept_leave(struct fsm *f, const void *arg)
{
    (void)arg;
    send_ok(f, 0);
    if (scscf_is_registered(auth_of(f)->user))
        scscf_left(auth_of(f)->user);
    return true;
}

/* clang-format off */
static const struct fsm_row rows[] = {
    /*  in            on                if                      do               then          on failure   clause */
    ROW(AU_END,       AU_RX_REGISTER,   is_too_brief,           too_brief,       AU_END,       AU_END,      "RFC 3261 10.3"),
    ROW(AU_END,       AU_RX_REGISTER,   is_trusted,             assign,          AU_WAIT_SAA,  AU_END,      "TS 24.229 5.4.1.2.2"),
    ROW(AU_END,       AU_RX_REGISTER,   NULL,                   ask_vector,      AU_WAIT_MAA,  AU_END,      "TS 24.229 5.4.1.2.1"),
    ROW(AU_END,       AU_RX_DEREGISTER, is_trusted,             assign,          AU_WAIT_SAA,  AU_END,      "TS 24.229 5.4.1.4.1"),
    ROW(AU_END,       AU_RX_DEREGISTER, NULL,                   ask_vector,      AU_WAIT_MAA,  AU_END,      "TS 24.229 5.4.1.4.1"),
    ROW(AU_WAIT_MAA,  AU_RX_MAA,        is_error,               forbidden,       AU_END,       AU_END,      "TS 24.229 5.4.1.2.1"),
    ROW(AU_WAIT_MAA,  AU_RX_MAA,        NULL,                   challenge,       AU_WAIT_AUTH, AU_END,      "TS 24.229 5.4.1.2.1"),
    ROW(AU_WAIT_MAA,  AU_TMR_CX,        NULL,                   no_answer,       AU_END,       AU_END,      "TS 24.229 5.4.1.2.1"),
    ROW(AU_WAIT_MAA,  AU_RX_REGISTER,   NULL,                   overlap,         AU_WAIT_MAA,  AU_END,      "RFC 3261 10.3"),
    ROW(AU_WAIT_MAA,  AU_RX_DEREGISTER, NULL,                   overlap,         AU_WAIT_MAA,  AU_END,      "RFC 3261 10.3"),
    ROW(AU_WAIT_AUTH, AU_RX_REGISTER,   is_unanswered,          ask_vector,      AU_WAIT_MAA,  AU_END,      "TS 24.229 5.4.1.2.1"),
    ROW(AU_WAIT_AUTH, AU_RX_REGISTER,   is_to_other_challenge,  ask_vector,      AU_WAIT_MAA,  AU_END,      "TS 24.229 5.4.1.2.3"),
    ROW(AU_WAIT_AUTH, AU_RX_REGISTER,   asks_resynchronisation, ask_vector,      AU_WAIT_MAA,  AU_END,      "TS 24.229 5.4.1.2.3"),
    ROW(AU_WAIT_AUTH, AU_RX_REGISTER,   is_right,               assign,          AU_WAIT_SAA,  AU_END,      "TS 24.229 5.4.1.2.3"),
    ROW(AU_WAIT_AUTH, AU_RX_REGISTER,   NULL,                   wrong_response,  AU_END,       AU_END,      "TS 24.229 5.4.1.2.3"),
    ROW(AU_WAIT_AUTH, AU_RX_DEREGISTER, is_unanswered,          ask_vector,      AU_WAIT_MAA,  AU_END,      "TS 24.229 5.4.1.4.1"),
    ROW(AU_WAIT_AUTH, AU_RX_DEREGISTER, is_to_other_challenge,  ask_vector,      AU_WAIT_MAA,  AU_END,      "TS 24.229 5.4.1.4.1"),
    ROW(AU_WAIT_AUTH, AU_RX_DEREGISTER, is_right,               assign,          AU_WAIT_SAA,  AU_END,      "TS 24.229 5.4.1.4.1"),
    ROW(AU_WAIT_AUTH, AU_RX_DEREGISTER, NULL,                   wrong_response,  AU_END,       AU_END,      "TS 24.229 5.4.1.4.1"),
    ROW(AU_WAIT_AUTH, AU_TMR_AUTH,      NULL,                   nobody_answered, AU_END,       AU_END,      "TS 24.229 5.4.1.2.1"),
    ROW(AU_WAIT_SAA,  AU_RX_SAA,        is_leaving,             accept_leave,    AU_END,       AU_END,      "TS 24.229 5.4.1.4.1"),
    ROW(AU_WAIT_SAA,  AU_RX_SAA,        is_error,               forbidden,       AU_END,       AU_END,      "TS 24.229 5.4.1.2.3"),
    ROW(AU_WAIT_SAA,  AU_RX_SAA,        NULL,                   accept,          AU_END,       AU_END,      "TS 24.229 5.4.1.2.3"),
    ROW(AU_WAIT_SAA,  AU_TMR_CX,        NULL,                   no_answer,       AU_END,       AU_END,      "TS 24.229 5.4.1.2.3"),
    ROW(AU_WAIT_SAA,  AU_RX_REGISTER,   NULL,                   overlap,         AU_WAIT_SAA,  AU_END,      "RFC 3261 10.3"),
    ROW(AU_WAIT_SAA,  AU_RX_DEREGISTER, NULL,                   overlap,         AU_WAIT_SAA,  AU_END,      "RFC 3261 10.3"),
};
static const struct fsm_timer timers[] = {
    [T_CX] = {"Tx", AU_TMR_CX, 0, FSM_IN(AU_WAIT_MAA) | FSM_IN(AU_WAIT_SAA)},
    [T_AUTH] = {"reg-await-auth", AU_TMR_AUTH, 0, FSM_IN(AU_WAIT_AUTH)},
};
/* clang-format on */

static void ended(struct fsm *f)
{
    struct scscf_auth *au = auth_of(f);
    struct scscf_user *u = au->user;
    struct cscf_world *w = world_of(f);
    u->auth = NULL;
    slab_free(&w->auths, au);
    scscf_user_drop(u);
}

struct fsm_def scscf_auth_def = {
    .name = "scscf-authentication",
    .title = "A REGISTER at the S-CSCF: authentication and server assignment (TS 24.229 5.4.1)",
    .state_names = states, .nstates = AU_STATES, .event_names = events, .nevents = AU_EVENTS,
    .rows = rows, .nrows = G_N_ELEMENTS(rows), .timers = timers, .ntimers = G_N_ELEMENTS(timers),
    .policy = FSM_IGNORE, .ended = ended,
};

/* ---- interface ------------------------------------------------------------------------------------------------ */

bool scscf_register(struct fsm *f, const void *arg)
{
    struct pending *p = pending_of(f);
    struct cscf *c = p->cscf;
    struct registering r = {p->work, p->st};
    uint32_t party = p->work->to.id;
    (void)arg;
    if (p->work->to.kind != SIP_URI_IDENTITY || !p->work->cold || !p->work->cold->path || !c->cfg.hss)
        return cscf_refuse(p, 403);
    struct scscf_user *u = scscf_user_find(c, party);
    if (!u)
        u = scscf_user_new(c, party);
    if (!u->auth) {
        struct scscf_auth *au = slab_alloc0(&c->world->auths, NULL);
        fsm_start(&au->fsm, &scscf_auth_def, c->node);
        au->user = u;
        u->auth = au;
    }
    fsm_event(&u->auth->fsm, sip_expires(p->work) == 0 ? AU_RX_DEREGISTER : AU_RX_REGISTER, &r);
    return true; /* it is the registrar's now */
}

void scscf_auth_answer(struct scscf_user *u, const struct dia_msg *m)
{
    if (u->auth)
        fsm_event(&u->auth->fsm, m->m.type == DIA_MAA ? AU_RX_MAA : AU_RX_SAA, m);
}
