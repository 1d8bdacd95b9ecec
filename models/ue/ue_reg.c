/* ue_reg.c - registration of the phone with the IMS (TS 24.229 5.1.1, RFC 3261 10.2, RFC 3310, RFC 3329).
 *
 *   REGISTER -> | <- 401 challenge | REGISTER (response) -> | <- 200: Service-Route, granted time | SUBSCRIBE reg ->
 *   before the granted time is over: REGISTER -> | <- 200
 *   leaving: REGISTER, Expires 0 -> | <- 200 | <- NOTIFY terminated | 200 ->
 *
 * The card answers an AKA challenge: RES, or AUTS when its SQN was out of range, or nothing when the challenge is
 * not its network's (TS 33.102 6.3; TS 24.229 5.1.1.5). With HTTP Digest the response comes from the password.
 *
 * Clauses are from memory. SIMPLIFIED: one contact; IPsec is agreed on but packets stay as they are; after
 * MAX_FAILURES failures in a row the phone gives up (the standard sets no limit). */
#include "models/ue/ue_int.h"

#include "models/proto/sip/sip_auth.h"

#include <string.h>

enum { MAX_FAILURES = 5, MAX_BAD_CHALLENGES = 2 };
/* When to register again: 600 s before the end, or half way for 1200 s and less (TS 24.229 5.1.1.4.1). */
enum { EARLY_S = 600, LONG_S = 1200 };
/* SPIs of the phone: from here on, four per agreement. RFC 4303 reserves those up to 255. */
enum { FIRST_SPI = 256, UE_PORT_C = 5062 };

enum { REG_OFF, REG_BUILDING, REG_WAIT, REG_REGISTERED, REG_WAIT_NOTIFY, REG_WAIT_RETRY, REG_STATES };
static const char *const states[] = {"not registered", "building REGISTER", "REGISTER sent", "registered", "wait for NOTIFY",
                                     "wait to retry"};
enum {
    REG_BEGIN, REG_TMR_BUILT, REG_RX_CHALLENGE, REG_RX_OK, REG_RX_TOO_BRIEF, REG_RX_REFUSED, REG_NO_ANSWER, REG_TMR_REFRESH,
    REG_TMR_RETRY, REG_LEAVE, REG_TMR_LEAVE, REG_TERMINATED, REG_LOST, REG_EVENTS
};
static const char *const events[] = {
    "register", "REGISTER built", "401", "200", "423", "other final response", "no answer", "time to register again",
    "retry timer", "deregister", "leave timer", "NOTIFY (terminated)", "access lost"};
enum { T_BUILD, T_REFRESH, T_RETRY, T_LEAVE };
enum { TO_REGISTER, TO_REFRESH, TO_LEAVE };

static struct ue *ue_of_reg(struct fsm *f)
{
    return (struct ue *)(void *)((char *)f - offsetof(struct ue, reg));
}
static const struct ue_reg *reg_of(const struct fsm *f)
{
    return (const struct ue_reg *)(const void *)f;
}
static struct ue *ue_of_sub(struct sip_sub *s)
{
    return (struct ue *)(void *)((char *)s - offsetof(struct ue, reg.sub));
}

#define UE struct ue *ue = ue_of_reg(f); struct ue_reg *r = &ue->reg; struct sip_stack *sip = ue->world->sip
#define UNUSED (void)arg

/* ---- what the registration left behind ---------------------------------------------------------------- */

static void forget(struct ue *ue)
{
    struct sip_stack *sip = ue->world->sip;
    sip_hop_unref(sip, ue->routes);
    ue->routes = NULL;
    sip_cold_unref(sip, ue->reg.verify);
    ue->reg.verify = NULL;
    ue->reg.agreed = (struct sip_ipsec){0};
    sip_cold_unref(sip, ue->reg.credentials);
    ue->reg.credentials = NULL;
    ue->reg.challenged = ue->reg.taken_as_done = false;
    ue->reg.client = ue->reg.server = (struct sip_ipsec){0};
    sip_sub_forget(&ue->reg.sub);
}

/* Somebody may wait for the phone to have left. */
static void tell_left(struct ue *ue)
{
    void (*left)(void *user) = ue->reg.left;
    ue->reg.left = NULL;
    if (left)
        left(ue->reg.left_user);
}

static void set_routes(struct ue *ue, struct sip_hop *service_route)
{
    struct sip_stack *sip = ue->world->sip;
    sip_hop_unref(sip, ue->routes);
    ue->routes = sip_hop_new(sip, ue->pcscf_uri, sip_hop_ref(service_route));
}

static void keep_agreement(struct ue *ue)
{
    struct ue_reg *r = &ue->reg;
    if (!r->server.spi_c || r->agreed.spi_c == r->server.spi_c)
        return;
    sip_cold_unref(ue->world->sip, r->verify);
    r->verify = NULL;
    r->agreed = r->server;
}

/* ---- REGISTER ------------------------------------------------------------------------------------------- */

/* The first REGISTER of an attempt; another one: the answer to a challenge, or for a longer time. */
static void build(struct ue *ue, uint8_t purpose)
{
    ue->reg.purpose = purpose;
    ue->reg.repeated = false;
    fsm_timer_start_as(&ue->reg.fsm, T_BUILD, ue_think(ue), CAUSE_THINK);
}

static void build_another(struct ue *ue)
{
    ue->reg.repeated = true;
    fsm_timer_start_about(&ue->reg.fsm, T_BUILD, ue_think(ue), CAUSE_THINK, "answer to the challenge");
}

static bool begin_with_this_call_id(struct fsm *f)
{
    UE;
    (void)sip;
    r->asked = ue->cfg->reg.expires;
    r->failures = r->bad_challenges = 0;
    node_mark(f->node, MARK_REGISTRATION_BEGUN, 0);
    build(ue, TO_REGISTER);
    return true;
}

/* One Call-ID, and a CSeq that counts up, for all that the phone sends to its registrar until it is off again
 * (RFC 3261 10.2, 10.2.4). */
static bool begin(struct fsm *f, const void *arg)
{
    UE;
    UNUSED;
    (void)ue;
    r->call_id = sip_token(sip, 0);
    r->from_tag = sip_token(sip, 0);
    r->cseq = 0;
    return begin_with_this_call_id(f);
}

/* The phone's side of a new security agreement; with a REGISTER that is not challenged nothing comes of it (TS 24.229 5.1.1.4.2,
 * 5.1.1.5.1). */
static void offer_agreement(struct ue *ue)
{
    uint32_t spi = FIRST_SPI + 4u * ue->reg.agreements++;
    const struct sip_party *p = sip_party(ue->world->sip, ue->party);
    ue->reg.client = (struct sip_ipsec){spi, spi + 1, UE_PORT_C, p->port};
}

static struct sip_auth empty_credentials(const struct ue *ue)
{
    return (struct sip_auth){.kind = SIP_AUTH_CREDENTIALS, .user = ue->party, .realm = ue->cfg->reg.realm};
}

static void card_keys(const struct ue *ue, struct milenage *out)
{
    uint8_t k[16], opc[16];
    ue->cfg->reg.keys(ue->party, k, opc);
    milenage_init(out, k, opc);
}

/* With AKA the last nonce and the response to it are sent again (TS 24.229 5.1.1.4.2). The response is computed anew rather than
 * kept, for phones are many and this is rare. */
static struct sip_auth last_credentials(struct ue *ue)
{
    struct ue_reg *r = &ue->reg;
    struct sip_auth a = empty_credentials(ue);
    struct aka_vector v;
    struct milenage m;
    char ha1[DIGEST_HEX];
    if (!r->challenged && !r->taken_as_done)
        return a;
    card_keys(ue, &m);
    if (r->taken_as_done) { /* what the HSS would have sent: its last SQN is that of the card */
        struct rng rng;
        rng_keyed(&rng, ue->node->sim->streams, "register/taken-as-done", ue->party);
        for (unsigned i = 0; i < AKA_RAND; i++)
            r->rand[i] = (uint8_t)rng_u64(&rng);
        aka_vector_make(&v, &m, r->card->sqn_ms, AKA_AMF_PLAIN, r->rand);
        memcpy(r->autn, v.autn, sizeof r->autn);
        r->taken_as_done = false;
        r->challenged = true;
    }
    aka_vector_make(&v, &m, 0, AKA_AMF_PLAIN, r->rand); /* RES depends on RAND alone */
    a.algorithm = DIGEST_ALGORITHM_AKAV1_MD5;
    a.has_nonce = true;
    memcpy(a.rand, r->rand, sizeof a.rand);
    memcpy(a.autn, r->autn, sizeof a.autn);
    sip_auth_ha1(ue->world->sip, DIGEST_ALGORITHM_AKAV1_MD5, ue->party, a.realm, v.xres, AKA_RES, ha1);
    sip_auth_respond(ue->world->sip, &a, SIP_REGISTER, ha1);
    return a;
}

static bool send_register(struct fsm *f, const void *arg)
{
    UE;
    UNUSED;
    struct sip_msg *m = sip_request(sip, SIP_REGISTER);
    struct sip_cold *c = sip_cold_edit(sip, m);
    m->ruri = (struct sip_uri){.kind = SIP_URI_HOST, .id = ue->cfg->reg.realm};
    m->from = m->to = (struct sip_uri){.kind = SIP_URI_IDENTITY, .id = ue->party};
    m->from_tag = r->from_tag;
    m->call_id = r->call_id;
    m->cseq = ++r->cseq;
    m->contact = r->sub.dialog.contact;
    m->supported = SIP_OPT_PATH;
    c->has_expires = true;
    c->expires = r->purpose == TO_LEAVE ? 0 : r->asked;
    c->auth = r->credentials ? r->credentials->auth : last_credentials(ue);
    if (!ue->cfg->reg.password) {
        if (!r->credentials) /* the answer to a challenge repeats what was challenged */
            offer_agreement(ue);
        c->client = r->client;
        c->verify = r->server;
        m->require |= SIP_OPT_SEC_AGREE;
        m->proxy_require |= SIP_OPT_SEC_AGREE;
    }
    if (sip_party(sip, ue->party)->access_info)
        m->access_info = ue->party + 1;
    node_mark(f->node, r->repeated ? MARK_REGISTER_AGAIN : MARK_REGISTER_SENT, 0);
    r->ct = sip_send_request(sip, f->node, ue->pcscf, IFACE_GM, m, ue->party);
    return true;
}

/* ---- challenges ----------------------------------------------------------------------------------------- */

static struct aka_usim *card(struct ue_reg *r)
{
    if (!r->card)
        r->card = r->own_card = g_new0(struct aka_usim, 1);
    return r->card;
}

/* Whether the challenge was good. */
static bool answer_aka(struct ue *ue, struct sip_auth *a)
{
    struct ue_reg *r = &ue->reg;
    struct aka_answer answer;
    struct milenage m;
    char ha1[DIGEST_HEX];
    card_keys(ue, &m);
    enum aka_verdict verdict = aka_usim_answer(card(r), &m, a->rand, a->autn, &answer);
    if (verdict == AKA_MAC_FAILURE)
        return false; /* an empty response says so (TS 24.229 5.1.1.5.3) */
    a->has_auts = verdict == AKA_SYNC_FAILURE;
    memcpy(a->auts, answer.auts, sizeof a->auts);
    sip_auth_ha1(ue->world->sip, DIGEST_ALGORITHM_AKAV1_MD5, ue->party, a->realm, answer.res, a->has_auts ? 0 : AKA_RES, ha1);
    sip_auth_respond(ue->world->sip, a, SIP_REGISTER, ha1);
    return !a->has_auts;
}

static void answer_digest(struct ue *ue, struct sip_auth *a)
{
    struct sip_stack *sip = ue->world->sip;
    const char *password = ue->cfg->reg.password;
    char ha1[DIGEST_HEX];
    a->cnonce = sip_token(sip, 0);
    a->nc = 1;
    sip_auth_ha1(sip, (enum digest_algorithm)a->algorithm, ue->party, a->realm, password, strlen(password), ha1);
    sip_auth_respond(sip, a, SIP_REGISTER, ha1);
}

static bool take_challenge(struct fsm *f, const void *arg)
{
    UE;
    const struct sip_msg *m = arg;
    if (!m->cold || m->cold->auth.kind != SIP_AUTH_CHALLENGE)
        return false;
    struct sip_cold *c = sip_cold_new(sip);
    const struct sip_auth *challenge = &m->cold->auth;
    bool aka = challenge->algorithm == DIGEST_ALGORITHM_AKAV1_MD5;
    c->auth = empty_credentials(ue);
    c->auth.algorithm = challenge->algorithm;
    c->auth.realm = challenge->realm;
    c->auth.has_nonce = true;
    c->auth.nonce = challenge->nonce;
    memcpy(c->auth.rand, challenge->rand, sizeof c->auth.rand);
    memcpy(c->auth.autn, challenge->autn, sizeof c->auth.autn);
    if (!aka)
        answer_digest(ue, &c->auth);
    r->bad_challenges = !aka || answer_aka(ue, &c->auth) ? 0 : (uint8_t)(r->bad_challenges + 1);
    sip_cold_unref(sip, r->credentials);
    r->credentials = c;
    r->challenged = aka;
    memcpy(r->rand, c->auth.rand, sizeof r->rand);
    memcpy(r->autn, c->auth.autn, sizeof r->autn);
    r->server = m->cold->server;
    build_another(ue);
    return true;
}

/* A challenge of another kind than the phone can answer, or one too many that is not its network's. */
static bool cannot_answer(const struct fsm *f, const void *arg)
{
    const struct ue *ue = ue_of_reg((struct fsm *)f);
    const struct sip_cold *c = ((const struct sip_msg *)arg)->cold;
    bool aka = c && c->auth.algorithm == DIGEST_ALGORITHM_AKAV1_MD5;
    return aka == (ue->cfg->reg.password != NULL) || reg_of(f)->bad_challenges >= MAX_BAD_CHALLENGES;
}

/* ---- the outcome ---------------------------------------------------------------------------------------- */

static bool is_leaving(const struct fsm *f, const void *arg)
{
    UNUSED;
    return reg_of(f)->purpose == TO_LEAVE;
}

static bool registered(struct fsm *f, const void *arg)
{
    UE;
    const struct sip_msg *m = arg;
    int64_t granted = sip_expires(m);
    uint32_t expires = granted < 0 ? r->asked : (uint32_t)granted;
    r->expires = expires;
    r->failures = r->bad_challenges = 0;
    sip_cold_unref(sip, r->credentials);
    r->credentials = NULL;
    set_routes(ue, m->cold ? m->cold->service_route : NULL);
    keep_agreement(ue);
    fsm_timer_start(f, T_REFRESH, (expires > LONG_S ? expires - EARLY_S : expires / 2) * SIM_S);
    node_mark(f->node, MARK_REGISTERED, 0);
    ue_own_registered(ue);
    sip_sub_begin(&r->sub, sip_token(sip, 0), m->from, r->asked);
    return true;
}

static bool ask_longer(struct fsm *f, const void *arg)
{
    UE;
    const struct sip_cold *c = ((const struct sip_msg *)arg)->cold;
    (void)sip;
    if (!c || c->min_expires <= r->asked)
        return false;
    r->asked = c->min_expires;
    build_another(ue);
    return true;
}

/* The attempt was refused, or (m NULL) not answered. */
static uint16_t note_refusal(struct fsm *f, const struct sip_msg *m)
{
    uint16_t status = m ? m->status : 408;
    node_mark(f->node, MARK_REGISTER_REFUSED, status);
    return status;
}

static bool failed(struct fsm *f, const void *arg)
{
    UE;
    (void)r;
    (void)sip;
    forget(ue);
    node_mark(f->node, MARK_REGISTRATION_FAILED, note_refusal(f, arg));
    return true;
}

static bool may_retry(const struct fsm *f, const void *arg)
{
    const struct sip_msg *m = arg;
    bool lasting = m && (m->status == 403 || m->status == 404 || m->status == 600);
    return !lasting && reg_of(f)->failures < MAX_FAILURES;
}

/* RFC 5626 4.5: a random time between half of W and W. */
static bool wait_to_retry(struct fsm *f, const void *arg)
{
    UE;
    struct rng rng;
    note_refusal(f, arg);
    sim_time w = sip->timer[TIMER_IMS_RETRY_BASE] << ++r->failures;
    w = MIN(w, sip->timer[TIMER_IMS_RETRY_MAX]);
    forget(ue);
    rng_keyed(&rng, f->node->sim->streams, "register/retry", (uint64_t)ue->party << 8 | r->failures);
    fsm_timer_start(f, T_RETRY, w / 2 + (sim_time)(rng_uniform(&rng) * (double)(w / 2)));
    return true;
}

static bool register_anew(struct fsm *f, const void *arg)
{
    UE;
    UNUSED;
    (void)sip;
    r->bad_challenges = 0;
    build(ue, TO_REGISTER);
    return true;
}

/* Nobody's action: a flow of its own. */
static bool refresh(struct fsm *f, const void *arg)
{
    UE;
    UNUSED;
    (void)sip;
    (void)r;
    sim_flow_begin(f->node->sim, f->node->sim->flow & SIM_FLOW_MARKS);
    node_mark(f->node, MARK_REGISTRATION_BEGUN, 1);
    build(ue, TO_REFRESH);
    return true;
}

/* ---- leaving -------------------------------------------------------------------------------------------- */

static bool is_registered(const struct fsm *f, const void *arg)
{
    UNUSED;
    return ue_of_reg((struct fsm *)f)->routes != NULL;
}

static bool leave(struct fsm *f, const void *arg)
{
    UE;
    UNUSED;
    (void)r;
    node_mark(f->node, MARK_DEREGISTRATION_BEGUN, 0);
    fsm_timer_start(f, T_LEAVE, sip->timer[TIMER_IMS_LEAVE]);
    build(ue, TO_LEAVE);
    return true;
}

static bool is_subscribed(const struct fsm *f, const void *arg)
{
    return is_leaving(f, arg) && sip_sub_active(&reg_of(f)->sub);
}

/* The 200 has come; the NOTIFY is to follow. */
static bool accepted(struct fsm *f, const void *arg)
{
    UE;
    UNUSED;
    (void)r;
    fsm_timer_start(f, T_LEAVE, sip->timer[TIMER_IMS_LEAVE]);
    return true;
}

static bool gone(struct fsm *f, const void *arg)
{
    UE;
    UNUSED;
    (void)sip;
    forget(ue);
    node_mark(f->node, r->purpose == TO_LEAVE ? MARK_DEREGISTERED : MARK_REGISTRATION_LOST, 0);
    return true;
}

static bool is_deactivated(const struct fsm *f, const void *arg)
{
    (void)f;
    return ((const struct sip_reginfo *)arg)->event == SIP_REG_DEACTIVATED;
}

static void nothing(void *user)
{
    (void)user;
}

/* The network has ended the registration: calls end too (TS 24.229 5.1.1.7). */
static bool thrown_out(struct fsm *f, const void *arg)
{
    UE;
    UNUSED;
    (void)r;
    (void)sip;
    ue_clear_calls(f->node, nothing, NULL);
    forget(ue);
    node_mark(f->node, MARK_REGISTRATION_LOST, 0);
    node_mark(f->node, MARK_DEREGISTERED, 0);
    return true;
}

/* Deactivated: the phone is to register again. */
static bool sent_away(struct fsm *f, const void *arg)
{
    thrown_out(f, arg);
    return begin_with_this_call_id(f);
}

/* clang-format off */
static const struct fsm_row rows[] = {
    /*  in               on                if              do              then             on failure       clause */
    ROW(REG_OFF,         REG_BEGIN,        NULL,           begin,          REG_BUILDING,    REG_OFF,         "TS 24.229 5.1.1.2"),
    ROW(REG_BUILDING,    REG_TMR_BUILT,    NULL,           send_register,  REG_WAIT,        REG_OFF,         "TS 24.229 5.1.1.2"),
    ROW(REG_WAIT,        REG_RX_CHALLENGE, is_leaving,     take_challenge, REG_BUILDING,    REG_OFF,         "TS 24.229 5.1.1.6"),
    ROW(REG_WAIT,        REG_RX_CHALLENGE, cannot_answer,  failed,         REG_OFF,         REG_OFF,         "TS 24.229 5.1.1.5.3"),
    ROW(REG_WAIT,        REG_RX_CHALLENGE, NULL,           take_challenge, REG_BUILDING,    REG_OFF,         "TS 24.229 5.1.1.5.1"),
    ROW(REG_WAIT,        REG_RX_OK,        is_subscribed,  accepted,       REG_WAIT_NOTIFY, REG_OFF,         "TS 24.229 5.1.1.6"),
    ROW(REG_WAIT,        REG_RX_OK,        is_leaving,     gone,           REG_OFF,         REG_OFF,         "TS 24.229 5.1.1.6"),
    ROW(REG_WAIT,        REG_RX_OK,        NULL,           registered,     REG_REGISTERED,  REG_OFF,         "TS 24.229 5.1.1.2"),
    ROW(REG_WAIT,        REG_RX_TOO_BRIEF, NULL,           ask_longer,     REG_BUILDING,    REG_OFF,         "TS 24.229 5.1.1.2"),
    ROW(REG_WAIT,        REG_RX_REFUSED,   is_leaving,     gone,           REG_OFF,         REG_OFF,         "TS 24.229 5.1.1.6"),
    ROW(REG_WAIT,        REG_RX_REFUSED,   may_retry,      wait_to_retry,  REG_WAIT_RETRY,  REG_OFF,         "TS 24.229 5.1.1.2"),
    ROW(REG_WAIT,        REG_RX_REFUSED,   NULL,           failed,         REG_OFF,         REG_OFF,         "TS 24.229 5.1.1.2"),
    ROW(REG_WAIT,        REG_NO_ANSWER,    is_leaving,     gone,           REG_OFF,         REG_OFF,         "TS 24.229 5.1.1.6"),
    ROW(REG_WAIT,        REG_NO_ANSWER,    may_retry,      wait_to_retry,  REG_WAIT_RETRY,  REG_OFF,         "TS 24.229 5.1.1.2"),
    ROW(REG_WAIT,        REG_NO_ANSWER,    NULL,           failed,         REG_OFF,         REG_OFF,         "TS 24.229 5.1.1.2"),
    ROW(REG_WAIT_RETRY,  REG_TMR_RETRY,    NULL,           register_anew,  REG_BUILDING,    REG_OFF,         "RFC 5626 4.5"),
    ROW(REG_REGISTERED,  REG_TMR_REFRESH,  NULL,           refresh,        REG_BUILDING,    REG_OFF,         "TS 24.229 5.1.1.4.1"),

    ROW(REG_REGISTERED,  REG_LEAVE,        NULL,           leave,          REG_BUILDING,    REG_OFF,         "TS 24.229 5.1.1.6"),
    ROW(REG_BUILDING,    REG_LEAVE,        is_registered,  leave,          REG_BUILDING,    REG_OFF,         "TS 24.229 5.1.1.6"),
    ROW(REG_BUILDING,    REG_LEAVE,        NULL,           gone,           REG_OFF,         REG_OFF,         "TS 24.229 5.1.1.6"),
    ROW(REG_WAIT,        REG_LEAVE,        is_registered,  leave,          REG_BUILDING,    REG_OFF,         "TS 24.229 5.1.1.6"),
    ROW(REG_WAIT,        REG_LEAVE,        NULL,           gone,           REG_OFF,         REG_OFF,         "TS 24.229 5.1.1.6"),
    ROW(REG_WAIT_RETRY,  REG_LEAVE,        NULL,           gone,           REG_OFF,         REG_OFF,         "TS 24.229 5.1.1.6"),
    ROW(REG_WAIT_NOTIFY, REG_TERMINATED,   NULL,           gone,           REG_OFF,         REG_OFF,         "TS 24.229 5.1.1.7"),
    ROW(REG_WAIT_NOTIFY, REG_TMR_LEAVE,    NULL,           gone,           REG_OFF,         REG_OFF,         "TS 24.229 5.1.1.6"),
    ROW(REG_WAIT,        REG_TMR_LEAVE,    NULL,           gone,           REG_OFF,         REG_OFF,         "TS 24.229 5.1.1.6"),
    ROW(REG_BUILDING,    REG_TMR_LEAVE,    NULL,           gone,           REG_OFF,         REG_OFF,         "TS 24.229 5.1.1.6"),

    ROW(REG_REGISTERED,  REG_TERMINATED,   is_deactivated, sent_away,      REG_BUILDING,    REG_OFF,         "TS 24.229 5.1.1.7"),
    ROW(REG_REGISTERED,  REG_TERMINATED,   NULL,           thrown_out,     REG_OFF,         REG_OFF,         "TS 24.229 5.1.1.7"),
    ROW(REG_BUILDING,    REG_TERMINATED,   is_leaving,     NULL,           REG_BUILDING,    REG_OFF,         "TS 24.229 5.1.1.7"),
    ROW(REG_BUILDING,    REG_TERMINATED,   NULL,           thrown_out,     REG_OFF,         REG_OFF,         "TS 24.229 5.1.1.7"),
    ROW(REG_WAIT,        REG_TERMINATED,   is_leaving,     NULL,           REG_WAIT,        REG_OFF,         "TS 24.229 5.1.1.7"),
    ROW(REG_WAIT,        REG_TERMINATED,   NULL,           thrown_out,     REG_OFF,         REG_OFF,         "TS 24.229 5.1.1.7"),
    ROW(FSM_ANY,         REG_LOST,         NULL,           gone,           REG_OFF,         REG_OFF,         "TS 24.229 5.1.1.6"),
};
static const struct fsm_timer timers[] = {
    [T_BUILD] = {"REGISTER", REG_TMR_BUILT, 1, FSM_IN(REG_BUILDING)},
    [T_REFRESH] = {"registration", REG_TMR_REFRESH, 0, FSM_IN(REG_REGISTERED)},
    [T_RETRY] = {"retry", REG_TMR_RETRY, 0, FSM_IN(REG_WAIT_RETRY)},
    [T_LEAVE] = {"ims.leave", REG_TMR_LEAVE, 0, FSM_IN(REG_BUILDING) | FSM_IN(REG_WAIT) | FSM_IN(REG_WAIT_NOTIFY)},
};
/* clang-format on */

static void ended(struct fsm *f)
{
    tell_left(ue_of_reg(f));
}

struct fsm_def ue_reg_def = {
    .name = "ue-registration",
    .title = "Registration of the phone with the IMS (TS 24.229 5.1.1)",
    .state_names = states, .nstates = REG_STATES, .event_names = events, .nevents = REG_EVENTS,
    .rows = rows, .nrows = G_N_ELEMENTS(rows), .timers = timers, .ntimers = G_N_ELEMENTS(timers),
    .policy = FSM_IGNORE, .ended = ended,
};

/* ---- the subscription to its own registration ------------------------------------------------------------ */

static void send_subscribe(struct sip_sub *s, struct sip_msg *m)
{
    struct ue *ue = ue_of_sub(s);
    if (!m->to_tag) {
        m->route = sip_hop_ref(ue->routes);
        m->preferred_id = ue->party + 1;
    }
    ue_put_access(ue, m);
    sip_send_request(s->sip, ue->node, ue->pcscf, IFACE_GM, m, ue->party);
}

static void notified(struct sip_sub *s, const struct sip_reginfo *info)
{
    if (info->state == SIP_REG_TERMINATED)
        fsm_event(&ue_of_sub(s)->reg.fsm, REG_TERMINATED, info);
}

static void subscription_ended(struct sip_sub *s)
{
    (void)s; /* lasts until the next registration */
}

static const struct sip_sub_ops sub_ops = {.send = send_subscribe, .notified = notified, .ended = subscription_ended};

/* ---- interface -------------------------------------------------------------------------------------------- */

void ue_reg_init(struct ue *ue)
{
    fsm_start(&ue->reg.fsm, &ue_reg_def, ue->node);
    sip_sub_init(&ue->reg.sub, ue->world->sip, ue->node, &sub_ops, ue->party,
                 (struct sip_uri){.kind = SIP_URI_CONTACT, .id = ue->party});
}

void ue_reg_clear(struct ue *ue)
{
    forget(ue);
    g_free(ue->reg.own_card);
}

void ue_reg_response(struct ue *ue, uint64_t ct, const struct sip_msg *m)
{
    struct fsm *f = &ue->reg.fsm;
    if (ct != ue->reg.ct || (m && m->status < 200))
        return;
    if (!m)
        fsm_event(f, REG_NO_ANSWER, NULL);
    else if (m->status == 401)
        fsm_event(f, REG_RX_CHALLENGE, m);
    else if (m->status == 423)
        fsm_event(f, REG_RX_TOO_BRIEF, m);
    else
        fsm_event(f, m->status < 300 ? REG_RX_OK : REG_RX_REFUSED, m);
}

void ue_set_card(struct node *phone, struct aka_usim *card_memory)
{
    ((struct ue *)phone->self)->reg.card = card_memory;
}

struct aka_usim *ue_card(const struct node *phone)
{
    return card(&((struct ue *)phone->self)->reg);
}

void ue_register(struct node *phone)
{
    fsm_event(&((struct ue *)phone->self)->reg.fsm, REG_BEGIN, NULL);
}

void ue_deregister(struct node *phone, void (*done)(void *user), void *user)
{
    struct ue *ue = phone->self;
    ue->reg.left = done;
    ue->reg.left_user = user;
    if (ue->reg.fsm.state == REG_OFF)
        tell_left(ue);
    else
        fsm_event(&ue->reg.fsm, REG_LEAVE, NULL);
}

void ue_lose_registration(struct node *phone)
{
    struct ue *ue = phone->self;
    if (ue->reg.fsm.state != REG_OFF)
        fsm_event(&ue->reg.fsm, REG_LOST, NULL);
}

bool ue_is_registered(const struct node *phone)
{
    return ((const struct ue *)phone->self)->routes != NULL;
}

/* The run begins. Phones that begin registered and keep bearers ask for them one after the other. */
#define ASKING_PACE (2 * SIM_MS)

static void begins_registered(struct sim *sim, void *ue, uint64_t arg)
{
    (void)sim;
    (void)arg;
    ue_own_registered(ue);
}

void ue_warm_registration(struct node *phone, const struct ue_reg_view *v)
{
    struct ue *ue = phone->self;
    struct ue_reg *r = &ue->reg;
    struct sip_hop *route = sip_hop_new(ue->world->sip, v->service_route, NULL);
    set_routes(ue, route);
    sip_hop_unref(ue->world->sip, route);
    r->fsm.state = REG_REGISTERED;
    r->expires = v->expires;
    r->asked = ue->cfg->reg.expires;
    r->call_id = v->call_id;
    r->from_tag = sip_token(ue->world->sip, 0);
    r->taken_as_done = ue->cfg->reg.password == NULL && r->card;
    r->cseq = v->cseq;
    r->server = v->server;
    if (v->server.spi_c)
        offer_agreement(ue);
    keep_agreement(ue);
    if (v->subscribed) {
        struct sip_uri contact = r->sub.dialog.contact;
        r->sub.dialog = v->dialog;
        r->sub.dialog.contact = contact;
        sip_hop_ref(r->sub.dialog.routes);
        sip_sub_warm(&r->sub, v->expires);
    }
    if (ue->cfg->keeps_bearers)
        sim_at(phone->sim, ue->party * ASKING_PACE, 0, 0, begins_registered, ue, 0);
    if (v->expires != UE_NEVER)
        fsm_timer_start(&r->fsm, T_REFRESH, (v->expires > LONG_S ? v->expires - EARLY_S : v->expires / 2) * SIM_S);
}

bool ue_registration(const struct node *phone, struct ue_reg_view *out)
{
    const struct ue *ue = phone->self;
    const struct ue_reg *r = &ue->reg;
    if (!ue->routes)
        return false;
    *out = (struct ue_reg_view){
        .pcscf = ue->pcscf,
        .service_route = ue->routes->next ? ue->routes->next->uri : (struct sip_uri){0},
        .expires = r->expires,
        .subscribed = sip_sub_active(&r->sub),
        .dialog = r->sub.dialog,
        .call_id = r->call_id,
        .cseq = r->cseq,
        .server = r->server,
    };
    return true;
}
