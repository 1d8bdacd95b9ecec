/* hss_cx.c - what I-CSCFs and S-CSCFs ask the HSS (TS 29.228 6.1, 6.3).
 *
 *   I-CSCF -> UAR | UAA: FIRST_REGISTRATION with Server-Capabilities, or the S-CSCF that has the user ->
 *   S-CSCF -> MAR | MAA: an AKA vector, or H(A1); the S-CSCF is noted, authentication is pending ->
 *   S-CSCF -> SAR | SAA: the user is served there now, or no more; the user profile ->
 *   I-CSCF -> LIR | LIA: the S-CSCF that has the called user, or capabilities for an unregistered one ->
 *
 * Clause numbers were checked against the contents of TS 29.228 V18; what the clauses say is unverified.
 *
 * SIMPLIFIED: a user has one private and one public identity, which are the same name, so there is no
 * implicit registration set; nobody is barred; a vector at a time; no S-CSCF restoration; an assignment type
 * that does not fit the state is answered by UNABLE_TO_COMPLY. */
#include "models/hss/hss_int.h"

enum { CX_READY, CX_STATES };
enum {
    CX_RX_UNKNOWN,
    CX_RX_MISMATCH,
    CX_RX_UAR,
    CX_RX_UAR_LEAVING,
    CX_RX_UAR_CAPABILITIES,
    CX_RX_MAR,
    CX_RX_MAR_AUTS,
    CX_RX_SAR_REGISTRATION,
    CX_RX_SAR_UNREGISTERED,
    CX_RX_SAR_DEREGISTRATION,
    CX_RX_SAR_KEEP_SERVER,
    CX_RX_SAR_NOT_AUTHENTICATED,
    CX_RX_SAR_PROFILE,
    CX_RX_LIR,
    CX_EVENTS
};
static const char *const states[] = {"ready"};
static const char *const events[] = {
    "request about an unknown user",
    "request with identities of two users",
    "UAR (registration)",
    "UAR (deregistration)",
    "UAR (registration and capabilities)",
    "MAR",
    "MAR (resynchronisation)",
    "SAR (registration)",
    "SAR (unregistered user)",
    "SAR (deregistration)",
    "SAR (deregistration, store server name)",
    "SAR (authentication failure)",
    "SAR (no assignment)",
    "LIR",
};

static const struct hss_query *query(const void *arg)
{
    return arg;
}

/* The S-CSCF that asks: host + 1. */
static uint32_t asker(const struct hss_query *q)
{
    return q->m->server ? q->m->server : q->m->origin + 1;
}

/* ---- guards ---------------------------------------------------------------------------------- */

static bool may_not_roam(const struct fsm *f, const void *arg)
{
    const struct hss_query *q = query(arg);
    return q->m->body.UAR.visited_network != hss_of(f)->domain && !q->group->roaming;
}

static bool has_server(const struct fsm *f, const void *arg)
{
    (void)f;
    return query(arg)->who->s_cscf || query(arg)->who->auth_pending;
}

static bool is_assigned(const struct fsm *f, const void *arg)
{
    (void)f;
    return query(arg)->who->s_cscf != 0;
}

static bool has_unregistered_services(const struct fsm *f, const void *arg)
{
    const struct hss_group *g = query(arg)->group;
    (void)f;
    for (unsigned i = 0; i < g->n_criteria; i++)
        if (g->criterion[i].session_case == CASE_TERMINATING_UNREGISTERED)
            return true;
    return false;
}

static bool is_other_scheme(const struct fsm *f, const void *arg)
{
    uint8_t scheme = query(arg)->m->body.MAR.auth.scheme;
    (void)f;
    return scheme != AUTH_UNKNOWN && scheme != query(arg)->group->scheme;
}

static bool is_digest_user(const struct fsm *f, const void *arg)
{
    (void)f;
    return query(arg)->group->scheme == AUTH_DIGEST;
}

/* The user was not given to this S-CSCF for authentication. */
static bool is_not_pending_here(const struct fsm *f, const void *arg)
{
    (void)f;
    return query(arg)->who->auth_pending != asker(query(arg));
}

static bool is_not_served_here(const struct fsm *f, const void *arg)
{
    (void)f;
    return query(arg)->who->s_cscf != asker(query(arg));
}

/* Somebody else has the user, and this S-CSCF did not authenticate it. */
static bool is_elsewhere(const struct fsm *f, const void *arg)
{
    return has_server(f, arg) && is_not_served_here(f, arg) && is_not_pending_here(f, arg);
}

static bool cannot_be_unregistered(const struct fsm *f, const void *arg)
{
    return query(arg)->who->registration == HSS_REGISTERED || is_elsewhere(f, arg);
}

/* ---- refusals -------------------------------------------------------------------------------- */

static bool user_unknown(struct fsm *f, const void *arg)
{
    return hss_result(hss_of(f), arg, DIA_ERROR_USER_UNKNOWN, DIA_RESULT_EXPERIMENTAL);
}

static bool identities_differ(struct fsm *f, const void *arg)
{
    return hss_result(hss_of(f), arg, DIA_ERROR_IDENTITIES_DONT_MATCH, DIA_RESULT_EXPERIMENTAL);
}

static bool not_registered(struct fsm *f, const void *arg)
{
    return hss_result(hss_of(f), arg, DIA_ERROR_IDENTITY_NOT_REGISTERED, DIA_RESULT_EXPERIMENTAL);
}

static bool roaming_not_allowed(struct fsm *f, const void *arg)
{
    return hss_result(hss_of(f), arg, DIA_ERROR_ROAMING_NOT_ALLOWED, DIA_RESULT_EXPERIMENTAL);
}

static bool scheme_not_supported(struct fsm *f, const void *arg)
{
    return hss_result(hss_of(f), arg, DIA_ERROR_SCHEME_NOT_SUPPORTED, DIA_RESULT_EXPERIMENTAL);
}

static bool unable_to_comply(struct fsm *f, const void *arg)
{
    return hss_result(hss_of(f), arg, DIA_UNABLE_TO_COMPLY, DIA_RESULT_BASE);
}

/* ---- UAR, LIR: which S-CSCF ------------------------------------------------------------------ */

/* The S-CSCF that has the user; before that, one that authenticates it just now: the answer to its challenge
 * must go there. */
static bool tell_server(struct fsm *f, const struct hss_query *q, uint32_t result, unsigned kind)
{
    struct dia_msg *a = hss_answer(hss_of(f), q, result, kind);
    a->server = q->who->auth_pending ? q->who->auth_pending : q->who->s_cscf;
    return hss_send(hss_of(f), q, a);
}

static bool tell_leaving(struct fsm *f, const void *arg)
{
    return tell_server(f, arg, DIA_SUCCESS, DIA_RESULT_BASE);
}

static bool subsequent_registration(struct fsm *f, const void *arg)
{
    return tell_server(f, arg, DIA_CX_SUBSEQUENT_REGISTRATION, DIA_RESULT_EXPERIMENTAL);
}

static bool is_empty(const struct ie_capabilities *c)
{
    return c->n_mandatory + c->n_optional + c->n_servers == 0;
}

/* Without Server-Capabilities any S-CSCF will do. */
static bool first_registration(struct fsm *f, const void *arg)
{
    const struct hss_query *q = arg;
    struct dia_msg *a = hss_answer(hss_of(f), q, DIA_CX_FIRST_REGISTRATION, DIA_RESULT_EXPERIMENTAL);
    a->server = q->group->s_cscf;
    if (!a->server && !is_empty(&q->group->capabilities))
        IE_PUT(dia_body(a, UAA), capabilities) = q->group->capabilities;
    return hss_send(hss_of(f), q, a);
}

/* The I-CSCF wants to choose anew, its S-CSCF does not answer. */
static bool offer_capabilities(struct fsm *f, const void *arg)
{
    const struct hss_query *q = arg;
    struct dia_msg *a = hss_answer(hss_of(f), q, DIA_SUCCESS, DIA_RESULT_BASE);
    IE_PUT(dia_body(a, UAA), capabilities) = q->group->capabilities;
    return hss_send(hss_of(f), q, a);
}

static bool tell_location(struct fsm *f, const void *arg)
{
    const struct hss_query *q = arg;
    struct dia_msg *a = hss_answer(hss_of(f), q, DIA_SUCCESS, DIA_RESULT_BASE);
    a->server = q->who->s_cscf;
    return hss_send(hss_of(f), q, a);
}

static bool unregistered_service(struct fsm *f, const void *arg)
{
    const struct hss_query *q = arg;
    struct dia_msg *a = hss_answer(hss_of(f), q, DIA_CX_UNREGISTERED_SERVICE, DIA_RESULT_EXPERIMENTAL);
    a->server = q->group->s_cscf;
    if (!a->server && !is_empty(&q->group->capabilities))
        IE_PUT(dia_body(a, LIA), capabilities) = q->group->capabilities;
    return hss_send(hss_of(f), q, a);
}

/* ---- MAR: authentication --------------------------------------------------------------------- */

static bool send_auth(struct fsm *f, const struct hss_query *q, const struct ie_sip_auth *auth)
{
    struct dia_msg *a = hss_answer(hss_of(f), q, DIA_SUCCESS, DIA_RESULT_BASE);
    struct dia_MAA *b = dia_body(a, MAA);
    IE_PUT(b, user_name) = q->party;
    IE_PUT(b, number) = 1;
    IE_PUT(b, auth) = *auth;
    q->who->auth_pending = asker(q);
    return hss_send(hss_of(f), q, a);
}

static bool send_vector(struct fsm *f, const void *arg)
{
    struct ie_sip_auth auth = {.scheme = AUTH_AKA, .has_vector = true, .xres = {.n = AKA_RES}};
    struct aka_vector v;
    hss_vector(hss_of(f), arg, AKA_AMF_PLAIN, &v);
    memcpy(auth.rand.b, v.rand, sizeof v.rand);
    memcpy(auth.autn.b, v.autn, sizeof v.autn);
    memcpy(auth.xres.b, v.xres, sizeof v.xres);
    memcpy(auth.ck.b, v.ck, sizeof v.ck);
    memcpy(auth.ik.b, v.ik, sizeof v.ik);
    return send_auth(f, arg, &auth);
}

static bool resynchronise(struct fsm *f, const void *arg)
{
    const struct ie_sip_auth *asked = &query(arg)->m->body.MAR.auth;
    if (!hss_resynchronise(hss_of(f), arg, &asked->rand, &asked->auts))
        return unable_to_comply(f, arg);
    return send_vector(f, arg);
}

/* The user name of Digest is the private identity, the realm the home domain. */
static bool send_ha1(struct fsm *f, const void *arg)
{
    const struct hss *hss = hss_of(f);
    const struct hss_group *g = query(arg)->group;
    const struct sip_party *p = sip_party(hss->dia->sip, query(arg)->party);
    struct ie_sip_auth auth = {
        .scheme = AUTH_DIGEST, .algorithm = g->algorithm, .has_digest = true, .realm = hss->domain};
    char *user = g_strdup_printf("%s@%s", p->user, sip_host(hss->dia->sip, p->domain)->name);
    hss_secret_ha1(g->algorithm == DIGEST_SHA256, user, sip_host(hss->dia->sip, hss->domain)->name,
                   g->password, auth.ha1);
    g_free(user);
    return send_auth(f, arg, &auth);
}

/* ---- SAR: assignment ------------------------------------------------------------------------- */

static struct ie_user_profile profile_of(const struct hss_group *group, uint32_t party)
{
    struct ie_user_profile profile = {.n_identities = 1, .identity = {party}, .n_criteria = group->n_criteria};
    memcpy(profile.criterion, group->criterion, sizeof profile.criterion);
    return profile;
}

bool hss_profile(struct node *n, uint32_t party, struct ie_user_profile *out)
{
    const struct hss *hss = n->self;
    const struct subscriber *s = hss_subscriber(hss, party);
    if (s)
        *out = profile_of(hss_group_of(hss, s), party);
    return s != NULL;
}

static bool assigned(struct fsm *f, const struct hss_query *q, bool with_profile)
{
    struct dia_msg *a = hss_answer(hss_of(f), q, DIA_SUCCESS, DIA_RESULT_BASE);
    struct dia_SAA *b = dia_body(a, SAA);
    IE_PUT(b, user_name) = q->party;
    if (with_profile && q->m->body.SAR.data_available == USER_DATA_NOT_AVAILABLE) {
        IE_PUT(b, profile) = profile_of(q->group, q->party);
    }
    return hss_send(hss_of(f), q, a);
}

/* An S-CSCF that had the user before is told that another one has it now. */
static bool register_user(struct fsm *f, const void *arg)
{
    const struct hss_query *q = arg;
    uint32_t former = q->who->s_cscf;
    q->who->s_cscf = asker(q);
    q->who->registration = HSS_REGISTERED;
    if (q->who->auth_pending == asker(q))
        q->who->auth_pending = 0;
    if (former && former != asker(q))
        hss_send_rtr(hss_of(f), q->party, former, DEREG_NEW_SERVER);
    return assigned(f, q, true);
}

static bool serve_unregistered(struct fsm *f, const void *arg)
{
    const struct hss_query *q = arg;
    q->who->s_cscf = asker(q);
    q->who->registration = HSS_UNREGISTERED;
    return assigned(f, q, true);
}

static void forget(struct subscriber *s)
{
    s->registration = HSS_NOT_REGISTERED;
    s->s_cscf = s->auth_pending = 0;
}

static bool deregister(struct fsm *f, const void *arg)
{
    forget(query(arg)->who);
    return assigned(f, arg, false);
}

static bool keep_server(struct fsm *f, const void *arg)
{
    query(arg)->who->registration = HSS_UNREGISTERED;
    query(arg)->who->auth_pending = 0;
    return assigned(f, arg, false);
}

static bool name_not_stored(struct fsm *f, const void *arg)
{
    forget(query(arg)->who);
    return hss_result(hss_of(f), arg, DIA_CX_NAME_NOT_STORED, DIA_RESULT_EXPERIMENTAL);
}

/* A registration that was there before the failed attempt stays. */
static bool not_authenticated(struct fsm *f, const void *arg)
{
    query(arg)->who->auth_pending = 0;
    return assigned(f, arg, false);
}

static bool tell_profile(struct fsm *f, const void *arg)
{
    return assigned(f, arg, true);
}

/* ---- table ----------------------------------------------------------------------------------- */

#define UAR_CLAUSE "TS 29.228 6.1.1.1"
#define MAR_CLAUSE "TS 29.228 6.3.1"
#define SAR_CLAUSE "TS 29.228 6.1.2.1"
#define LIR_CLAUSE "TS 29.228 6.1.4.1"
/* clang-format off */
static const struct fsm_row rows[] = {
    /*  in        on                           if                         do                       then      on failure  clause */
    ROW(CX_READY, CX_RX_UNKNOWN,               NULL,                      user_unknown,            CX_READY, CX_READY,   "TS 29.229 6.2.2"),
    ROW(CX_READY, CX_RX_MISMATCH,              NULL,                      identities_differ,       CX_READY, CX_READY,   "TS 29.229 6.2.2"),
    ROW(CX_READY, CX_RX_UAR,                   may_not_roam,              roaming_not_allowed,     CX_READY, CX_READY,   UAR_CLAUSE),
    ROW(CX_READY, CX_RX_UAR,                   has_server,                subsequent_registration, CX_READY, CX_READY,   UAR_CLAUSE),
    ROW(CX_READY, CX_RX_UAR,                   NULL,                      first_registration,      CX_READY, CX_READY,   UAR_CLAUSE),
    ROW(CX_READY, CX_RX_UAR_CAPABILITIES,      may_not_roam,              roaming_not_allowed,     CX_READY, CX_READY,   UAR_CLAUSE),
    ROW(CX_READY, CX_RX_UAR_CAPABILITIES,      NULL,                      offer_capabilities,      CX_READY, CX_READY,   UAR_CLAUSE),
    ROW(CX_READY, CX_RX_UAR_LEAVING,           has_server,                tell_leaving,            CX_READY, CX_READY,   UAR_CLAUSE),
    ROW(CX_READY, CX_RX_UAR_LEAVING,           NULL,                      not_registered,          CX_READY, CX_READY,   UAR_CLAUSE),
    ROW(CX_READY, CX_RX_MAR,                   is_other_scheme,           scheme_not_supported,    CX_READY, CX_READY,   MAR_CLAUSE),
    ROW(CX_READY, CX_RX_MAR,                   is_digest_user,            send_ha1,                CX_READY, CX_READY,   MAR_CLAUSE),
    ROW(CX_READY, CX_RX_MAR,                   NULL,                      send_vector,             CX_READY, CX_READY,   MAR_CLAUSE),
    ROW(CX_READY, CX_RX_MAR_AUTS,              is_digest_user,            scheme_not_supported,    CX_READY, CX_READY,   MAR_CLAUSE),
    ROW(CX_READY, CX_RX_MAR_AUTS,              is_not_pending_here,       unable_to_comply,        CX_READY, CX_READY,   MAR_CLAUSE),
    ROW(CX_READY, CX_RX_MAR_AUTS,              NULL,                      resynchronise,           CX_READY, CX_READY,   MAR_CLAUSE),
    ROW(CX_READY, CX_RX_SAR_REGISTRATION,      is_elsewhere,              unable_to_comply,        CX_READY, CX_READY,   SAR_CLAUSE),
    ROW(CX_READY, CX_RX_SAR_REGISTRATION,      NULL,                      register_user,           CX_READY, CX_READY,   SAR_CLAUSE),
    ROW(CX_READY, CX_RX_SAR_UNREGISTERED,      cannot_be_unregistered,    unable_to_comply,        CX_READY, CX_READY,   SAR_CLAUSE),
    ROW(CX_READY, CX_RX_SAR_UNREGISTERED,      NULL,                      serve_unregistered,      CX_READY, CX_READY,   SAR_CLAUSE),
    ROW(CX_READY, CX_RX_SAR_DEREGISTRATION,    is_not_served_here,        unable_to_comply,        CX_READY, CX_READY,   SAR_CLAUSE),
    ROW(CX_READY, CX_RX_SAR_DEREGISTRATION,    NULL,                      deregister,              CX_READY, CX_READY,   SAR_CLAUSE),
    ROW(CX_READY, CX_RX_SAR_KEEP_SERVER,       is_not_served_here,        unable_to_comply,        CX_READY, CX_READY,   SAR_CLAUSE),
    ROW(CX_READY, CX_RX_SAR_KEEP_SERVER,       has_unregistered_services, keep_server,             CX_READY, CX_READY,   SAR_CLAUSE),
    ROW(CX_READY, CX_RX_SAR_KEEP_SERVER,       NULL,                      name_not_stored,         CX_READY, CX_READY,   SAR_CLAUSE),
    ROW(CX_READY, CX_RX_SAR_NOT_AUTHENTICATED, is_not_pending_here,       unable_to_comply,        CX_READY, CX_READY,   SAR_CLAUSE),
    ROW(CX_READY, CX_RX_SAR_NOT_AUTHENTICATED, NULL,                      not_authenticated,       CX_READY, CX_READY,   SAR_CLAUSE),
    ROW(CX_READY, CX_RX_SAR_PROFILE,           is_not_served_here,        unable_to_comply,        CX_READY, CX_READY,   SAR_CLAUSE),
    ROW(CX_READY, CX_RX_SAR_PROFILE,           NULL,                      tell_profile,            CX_READY, CX_READY,   SAR_CLAUSE),
    ROW(CX_READY, CX_RX_LIR,                   is_assigned,               tell_location,           CX_READY, CX_READY,   LIR_CLAUSE),
    ROW(CX_READY, CX_RX_LIR,                   has_unregistered_services, unregistered_service,    CX_READY, CX_READY,   LIR_CLAUSE),
    ROW(CX_READY, CX_RX_LIR,                   NULL,                      not_registered,          CX_READY, CX_READY,   LIR_CLAUSE),
};
/* clang-format on */
struct fsm_def hss_cx_def = {
    .name = "hss-cx",
    .title = "Registration, authentication and location at the HSS (TS 29.228 6.1, 6.3)",
    .state_names = states,
    .nstates = CX_STATES,
    .event_names = events,
    .nevents = CX_EVENTS,
    .rows = rows,
    .nrows = G_N_ELEMENTS(rows),
    .policy = FSM_ASSERT,
};

/* ---- from message to event ------------------------------------------------------------------- */

static uint8_t sar_event(const struct dia_msg *m)
{
    switch (m->body.SAR.type) {
    case ASSIGN_REGISTRATION:
    case ASSIGN_RE_REGISTRATION:
        return CX_RX_SAR_REGISTRATION;
    case ASSIGN_UNREGISTERED_USER:
        return CX_RX_SAR_UNREGISTERED;
    case ASSIGN_TIMEOUT_DEREGISTRATION:
    case ASSIGN_USER_DEREGISTRATION:
    case ASSIGN_ADMINISTRATIVE_DEREGISTRATION:
        return CX_RX_SAR_DEREGISTRATION;
    case ASSIGN_TIMEOUT_DEREGISTRATION_STORE:
    case ASSIGN_USER_DEREGISTRATION_STORE:
        return CX_RX_SAR_KEEP_SERVER;
    case ASSIGN_AUTHENTICATION_FAILURE:
    case ASSIGN_AUTHENTICATION_TIMEOUT:
        return CX_RX_SAR_NOT_AUTHENTICATED;
    case ASSIGN_NONE:
        return CX_RX_SAR_PROFILE;
    }
    return CX_EVENTS;
}

static uint8_t uar_event(const struct dia_msg *m)
{
    const struct dia_UAR *b = dia_body(m, UAR);
    if (IE_HAS(b, type) && b->type == USER_AUTH_DE_REGISTRATION)
        return CX_RX_UAR_LEAVING;
    if (IE_HAS(b, type) && b->type == USER_AUTH_REGISTRATION_AND_CAPABILITIES)
        return CX_RX_UAR_CAPABILITIES;
    return CX_RX_UAR;
}

/* Public and private identity in one request name two users. */
static bool is_mismatch(const struct dia_msg *m)
{
    switch (m->m.type) {
    case DIA_UAR:
        return m->body.UAR.user_name != m->party;
    case DIA_MAR:
        return m->body.MAR.user_name != m->party;
    case DIA_SAR:
        return IE_HAS(&m->body.SAR, user_name) && m->body.SAR.user_name != m->party;
    }
    return false;
}

static uint8_t event_of(const struct hss_query *q)
{
    if (!q->who)
        return CX_RX_UNKNOWN;
    if (is_mismatch(q->m))
        return CX_RX_MISMATCH;
    switch (q->m->m.type) {
    case DIA_UAR:
        return uar_event(q->m);
    case DIA_MAR:
        return q->m->body.MAR.auth.has_resync ? CX_RX_MAR_AUTS : CX_RX_MAR;
    case DIA_SAR:
        return sar_event(q->m);
    case DIA_LIR:
        return CX_RX_LIR;
    }
    return CX_EVENTS;
}

void hss_cx_rx(struct hss *hss, struct hss_query *q)
{
    uint8_t event = event_of(q);
    sim_assert(hss->node->sim, event < CX_EVENTS);
    fsm_event(&hss->cx, event, q);
}
