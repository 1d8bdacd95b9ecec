/* pgw_session.c - PDN connections at the P-GW, and their Gx sessions.
 *
 *   S-GW -> Create Session Request | CCR-I -> PCRF | CCA-I <- | Create Session Response ->
 *                                                       (TS 23.401 5.3.2.1 steps 13-15; TS 29.213 4.1)
 *   PCRF -> RAR | RAA -> , and bearers are made, changed, deleted (pgw_bearer.c)    (TS 29.212 4.5.2.0)
 *   CCR-U -> PCRF | CCA-U <-    what became of the rules                            (TS 29.212 4.5.12)
 *   S-GW -> Delete Session Request | CCR-T -> PCRF | CCA-T <- | Delete Session Response ->
 *                                                       (TS 23.401 5.3.8.2; TS 29.212 4.5.7)
 *
 * Clauses are unverified. SIMPLIFIED: a CCR-U is not repeated when its answer does not come. */
#include "models/pgw/pgw_int.h"

enum { PS_END, PS_WAIT_CCA_I, PS_ACTIVE, PS_WAIT_CCA_T, PS_STATES };
static const char *const states[] = {"end", "wait CCA-I", "active", "wait CCA-T"};
static const char *const events[] = {"Create Session Request", "CCA-I", "RAR", "CCA-U", "Delete Session Request",
                                     "CCA-T", "replaced by another", "timer Tx"};
enum { T_TX };

static struct pgw_session *session_of(struct fsm *f)
{
    return (struct pgw_session *)(void *)((char *)f - offsetof(struct pgw_session, fsm));
}
static const struct pgw_session *const_session_of(const struct fsm *f)
{
    return (const struct pgw_session *)(const void *)((const char *)f - offsetof(struct pgw_session, fsm));
}
static struct pgw *pgw_of(const struct fsm *f)
{
    return f->node->self;
}
static struct pgw_bearer *default_bearer(const struct pgw *p, const struct pgw_session *s)
{
    return ctx_find(&p->bearers, s->bearers);
}

/* ---- Gx -------------------------------------------------------------------------------------- */

struct dia_msg *pgw_ccr(struct pgw *p, struct pgw_session *s, uint32_t type)
{
    struct dia_msg *m = dia_new(p->epc->dia, DIA_CCR);
    struct dia_CCR *b = dia_body(m, CCR);

    m->session = s->id;
    m->origin = p->cfg.host;
    m->realm = p->cfg.domain;
    m->to_realm = p->cfg.pcrf_domain;
    b->type = type;
    b->number = s->cc_number++;
    IE_PUT(b, address) = s->ip;
    return m;
}

void pgw_send_ccr(struct pgw *p, struct dia_msg *m)
{
    dia_seal(p->epc->dia, m);
    node_send(p->node, p->cfg.pcrf, IFACE_GX, &m->m);
}

bool pgw_session_is_active(const struct pgw_session *s)
{
    return s->fsm.state == PS_ACTIVE;
}

void pgw_report(struct pgw *p, struct pgw_session *s, const struct ie_rule_report *report, uint32_t happened)
{
    if (s->fsm.state != PS_ACTIVE || report->n == 0)
        return;
    struct dia_msg *m = pgw_ccr(p, s, CC_UPDATE);
    struct dia_CCR *b = dia_body(m, CCR);
    IE_PUT(b, report) = *report;
    if (happened)
        IE_PUT(b, events) = happened;
    pgw_send_ccr(p, m);
}

static void raa(const struct fsm *f, const struct dia_msg *rar, uint32_t result,
                const struct ie_rule_report *failed)
{
    struct pgw *p = pgw_of(f);
    struct dia_msg *m = dia_answer(p->epc->dia, DIA_GX_RAA, rar, result);
    struct dia_GX_RAA *b = dia_body(m, GX_RAA);

    m->result_kind = DIA_RESULT_BASE;
    m->origin = p->cfg.host;
    m->realm = p->cfg.domain;
    if (failed && failed->n)
        IE_PUT(b, report) = *failed;
    dia_seal(p->epc->dia, m);
    node_send(p->node, p->cfg.pcrf, IFACE_GX, &m->m);
}

/* ---- Create Session -------------------------------------------------------------------------- */

static bool is_unusable(const struct fsm *f, const void *arg)
{
    const struct gtp_create_session_req *b = gtp_body((const struct gtp_msg *)arg, create_session_req);
    return const_session_of(f)->ip == 0 || b->bearers.n == 0 || b->bearers.item[0].n_fteids == 0;
}

static bool send_to_sgw(struct pgw *p, const struct pgw_session *s, struct gtp_msg *m)
{
    m->teid = s->sgw_teid;
    m->seq = s->seq;
    gtp_seal(p->epc->gtp, m);
    node_send(p->node, net_node(p->epc->net, s->sgw), IFACE_S5, &m->m);
    return true;
}

static bool deny(struct pgw *p, const struct pgw_session *s, uint8_t cause)
{
    struct gtp_msg *m = gtp_new(p->epc->gtp, GTP_create_session_rsp);
    m->body.create_session_rsp.cause = cause;
    return send_to_sgw(p, s, m);
}

static bool reject(struct fsm *f, const void *arg)
{
    const struct gtp_msg *m = arg;
    struct pgw_session *s = session_of(f);
    s->seq = m->seq;
    s->sgw_teid = m->body.create_session_req.sender.teid;
    return deny(pgw_of(f), s, GTP_REQUEST_REJECTED);
}

/* What the S-GW says of the connection and its default bearer. */
struct asked {
    uint64_t imsi;
    uint32_t seq, sgw_control, sgw_user;
    uint8_t ebi, pco;
    struct ie_ambr ambr;
    struct ie_qos qos;
};

static struct pgw_bearer *note(struct pgw *p, struct pgw_session *s, const struct asked *in)
{
    struct pgw_bearer *b = pgw_bearer_new(p, s);

    s->seq = in->seq;
    s->imsi = in->imsi;
    s->sgw_teid = in->sgw_control;
    s->ambr = in->ambr;
    s->pco = in->pco;
    if ((s->pco & PCO_P_CSCF) && p->cfg.n_p_cscf)
        s->first = (uint8_t)(p->turn++ % p->cfg.n_p_cscf);
    b->ebi = in->ebi;
    b->sgw_teid = in->sgw_user;
    b->qci = in->qos.qci;
    b->arp = in->qos.arp;
    return b;
}

static void prepare(struct pgw *p, struct pgw_session *s, const struct gtp_msg *m)
{
    const struct gtp_create_session_req *in = gtp_body(m, create_session_req);
    const struct ie_bearer *item = &in->bearers.item[0];

    note(p, s,
         &(struct asked){.imsi = in->imsi,
                         .seq = m->seq,
                         .sgw_control = in->sender.teid,
                         .sgw_user = item->fteid[0].teid,
                         .ebi = item->ebi,
                         .pco = IE_HAS(in, pco) ? in->pco.flags : 0,
                         .ambr = IE_HAS(in, ambr) ? in->ambr : (struct ie_ambr){0},
                         .qos = item->qos});
}

struct pgw_bearer *pgw_session_warm(struct pgw *p, struct pgw_session *s, const struct epc_warm *w, const struct epc_warm_pdn *asked)
{
    s->cc_number = 1; /* CCR-I had number 0 */
    fsm_place(&s->fsm, PS_WAIT_CCA_I);
    return note(p, s,
                &(struct asked){.imsi = epc_imsi(w->party),
                                .seq = asked->asked_s5,
                                .sgw_control = asked->sgw_s5c,
                                .sgw_user = asked->sgw_s5u,
                                .ebi = asked->ebi,
                                .pco = asked->pco,
                                .ambr = asked->apn->ambr,
                                .qos = asked->apn->qos});
}

void pgw_session_warm_policy(struct pgw_session *s, uint32_t triggers)
{
    s->events = triggers;
    fsm_place(&s->fsm, PS_ACTIVE);
}

static bool ask_pcrf(struct fsm *f, const void *arg)
{
    struct pgw *p = pgw_of(f);
    struct pgw_session *s = session_of(f);
    const struct gtp_create_session_req *in = gtp_body((const struct gtp_msg *)arg, create_session_req);

    prepare(p, s, arg);
    struct dia_msg *m = pgw_ccr(p, s, CC_INITIAL);
    struct dia_CCR *b = dia_body(m, CCR);
    IE_PUT(b, imsi) = s->imsi;
    IE_PUT(b, apn) = in->apn;
    IE_PUT(b, ip_can) = IP_CAN_EPS;
    IE_PUT(b, rat_type) = AVP_RAT_EUTRAN;
    if (IE_HAS(in, uli))
        IE_PUT(b, uli) = in->uli;
    const struct ie_qos *wanted = &in->bearers.item[0].qos;
    IE_PUT(b, default_qos) = (struct ie_qos){.qci = wanted->qci, .arp = wanted->arp};
    IE_PUT(b, ambr) = s->ambr;
    fsm_timer_start(f, T_TX, p->epc->timer[TIMER_DIAMETER_TX]);
    pgw_send_ccr(p, m);
    return true;
}

/* The P-CSCFs take turns in being named first. */
struct ie_pco pgw_configuration(const struct pgw *p, const struct pgw_session *s)
{
    struct ie_pco pco = {.flags = s->pco & (PCO_IM_CN_FLAG | PCO_P_CSCF)};
    if (s->pco & PCO_P_CSCF) {
        pco.n_p_cscf = MIN(p->cfg.n_p_cscf, IE_MAX_ADDRESSES);
        for (unsigned i = 0; i < pco.n_p_cscf; i++)
            pco.p_cscf[i] = p->cfg.p_cscf[(s->first + i) % p->cfg.n_p_cscf];
    }
    return pco;
}

static bool tell_session(struct pgw *p, const struct pgw_session *s)
{
    const struct pgw_bearer *bearer = default_bearer(p, s);
    struct gtp_msg *m = gtp_new(p->epc->gtp, GTP_create_session_rsp);
    struct gtp_create_session_rsp *b = &m->body.create_session_rsp;

    b->cause = GTP_ACCEPTED;
    IE_PUT(b, pgw) = pgw_fteid(p, FTEID_S5C_PGW, s->id);
    IE_PUT(b, paa) = (struct ie_paa){.type = PDN_IPV4, .ipv4 = s->ip};
    IE_PUT(b, apn_restriction) = 0;
    IE_PUT(b, ambr) = s->ambr;
    if (s->pco)
        IE_PUT(b, pco) = pgw_configuration(p, s);
    b->bearers.n = 1;
    b->bearers.item[0] = (struct ie_bearer){
        .ebi = bearer->ebi,
        .parts = BEARER_CAUSE | BEARER_QOS | BEARER_CHARGING,
        .cause = GTP_ACCEPTED,
        .qos = {.qci = bearer->qci, .arp = bearer->arp},
        .charging_id = bearer->charging_id,
        .n_fteids = 1,
        .fteid = {pgw_fteid(p, FTEID_S5U_PGW, bearer->id)},
    };
    return send_to_sgw(p, s, m);
}

static bool is_allowed(const struct fsm *f, const void *arg)
{
    (void)f;
    return ((const struct dia_msg *)arg)->result == DIA_SUCCESS;
}

/* Triggers and rules of a message, each if it is there. */
static void take(struct pgw *p, struct pgw_session *s, const uint32_t *triggers, const struct ie_rules *install,
                 const struct ie_rule_names *remove, struct ie_rule_report *failed)
{
    static const struct ie_rules no_rules;
    static const struct ie_rule_names no_names;

    *failed = (struct ie_rule_report){.status = RULE_INACTIVE, .failure = RULE_FAILURE_RESOURCES};
    if (triggers)
        s->events = *triggers;
    pgw_rules_take(p, s, install ? install : &no_rules, remove ? remove : &no_names, failed);
}
#define IF_THERE(body, field) (IE_HAS(body, field) ? &(body)->field : NULL)

static void follow(struct pgw *p, struct pgw_session *s, const struct dia_CCA *b)
{
    struct ie_rule_report failed;
    take(p, s, IF_THERE(b, events), IF_THERE(b, install), IF_THERE(b, remove), &failed);
    pgw_report(p, s, &failed, 0);
    pgw_rules_tell(p, s);
}

static bool admit(struct fsm *f, const void *arg)
{
    struct pgw *p = pgw_of(f);
    struct pgw_session *s = session_of(f);
    const struct dia_CCA *b = dia_body((const struct dia_msg *)arg, CCA);
    struct pgw_bearer *bearer = default_bearer(p, s);

    if (IE_HAS(b, default_qos)) {
        bearer->qci = b->default_qos.qci;
        bearer->arp = b->default_qos.arp;
    }
    if (IE_HAS(b, ambr))
        s->ambr = b->ambr;
    tell_session(p, s);
    follow(p, s, b);
    return true;
}

static bool refuse(struct fsm *f, const void *arg)
{
    (void)arg;
    return deny(pgw_of(f), session_of(f), GTP_REQUEST_REJECTED);
}

static bool tell_again(struct fsm *f, const void *arg)
{
    struct pgw_session *s = session_of(f);
    s->seq = ((const struct gtp_msg *)arg)->seq;
    return tell_session(pgw_of(f), s);
}

/* ---- rules ----------------------------------------------------------------------------------- */

static bool provision(struct fsm *f, const void *arg)
{
    const struct dia_GX_RAR *b = dia_body((const struct dia_msg *)arg, GX_RAR);
    struct pgw_session *s = session_of(f);
    struct ie_rule_report failed;

    take(pgw_of(f), s, IF_THERE(b, events), IF_THERE(b, install), IF_THERE(b, remove), &failed);
    raa(f, arg, DIA_SUCCESS, &failed);
    pgw_rules_tell(pgw_of(f), s);
    return true;
}

static bool no_session(struct fsm *f, const void *arg)
{
    raa(f, arg, DIA_UNKNOWN_SESSION_ID, NULL);
    return true;
}

static bool follow_pcrf(struct fsm *f, const void *arg)
{
    follow(pgw_of(f), session_of(f), dia_body((const struct dia_msg *)arg, CCA));
    return true;
}

/* ---- Delete Session -------------------------------------------------------------------------- */

static bool answer_delete(struct fsm *f, uint8_t cause)
{
    struct pgw *p = pgw_of(f);
    struct gtp_msg *m = gtp_new(p->epc->gtp, GTP_delete_session_rsp);
    m->body.delete_session_rsp.cause = cause;
    return send_to_sgw(p, session_of(f), m);
}

static bool nothing_to_delete(struct fsm *f, const void *arg)
{
    session_of(f)->seq = ((const struct gtp_msg *)arg)->seq;
    return answer_delete(f, GTP_CONTEXT_NOT_FOUND);
}

static void end_gx(struct pgw *p, struct pgw_session *s)
{
    struct dia_msg *m = pgw_ccr(p, s, CC_TERMINATION);
    IE_PUT(dia_body(m, CCR), cause) = TERMINATION_LOGOUT;
    pgw_send_ccr(p, m);
}

static bool terminate(struct fsm *f, const void *arg)
{
    struct pgw *p = pgw_of(f);
    struct pgw_session *s = session_of(f);

    s->seq = ((const struct gtp_msg *)arg)->seq;
    while (default_bearer(p, s)->next) /* dedicated bearers end with their connection, without a word */
        pgw_bearer_free(p, ctx_find(&p->bearers, default_bearer(p, s)->next));
    fsm_timer_start(f, T_TX, p->epc->timer[TIMER_DIAMETER_TX]);
    end_gx(p, s);
    return true;
}

static bool deleted(struct fsm *f, const void *arg)
{
    (void)arg;
    return answer_delete(f, GTP_ACCEPTED);
}

/* The phone has come anew: what is left of its last time ends here. */
static bool give_way(struct fsm *f, const void *arg)
{
    (void)arg;
    end_gx(pgw_of(f), session_of(f));
    return true;
}

/* The PCRF may have a session whose beginning nobody answered. */
static bool close_and_refuse(struct fsm *f, const void *arg)
{
    end_gx(pgw_of(f), session_of(f));
    return refuse(f, arg);
}

static void ended(struct fsm *f)
{
    pgw_session_free(pgw_of(f), session_of(f));
}

static const struct fsm_row rows[] = {
    /*  in             on                    if           do                 then           on failure  clause */
    ROW(PS_END,        PS_RX_CREATE_SESSION, is_unusable, reject,            PS_END,        PS_END, "TS 29.274 7.2.2"),
    ROW(PS_END,        PS_RX_CREATE_SESSION, NULL,        ask_pcrf,          PS_WAIT_CCA_I, PS_END, "TS 29.212 4.5.1"),
    ROW(PS_WAIT_CCA_I, PS_RX_CREATE_SESSION, NULL,        NULL,              PS_WAIT_CCA_I, PS_END, "TS 29.274 7.6"),
    ROW(PS_WAIT_CCA_I, PS_RX_CCA_I,          is_allowed,  admit,             PS_ACTIVE,     PS_END, "TS 29.274 7.2.2"),
    ROW(PS_WAIT_CCA_I, PS_RX_CCA_I,          NULL,        refuse,            PS_END,        PS_END, "TS 29.274 7.2.2"),
    ROW(PS_WAIT_CCA_I, PS_TMR_TX,            NULL,        close_and_refuse,           PS_END,        PS_END, "RFC 6733 5.5.4"),
    ROW(PS_WAIT_CCA_I, PS_REPLACED,          NULL,        give_way,          PS_END,        PS_END, "TS 29.274 7.2.1"),
    ROW(PS_ACTIVE,     PS_RX_CREATE_SESSION, NULL,        tell_again,        PS_ACTIVE,     PS_END, "TS 29.274 7.6"),
    ROW(PS_ACTIVE,     PS_RX_RAR,            NULL,        provision,         PS_ACTIVE,     PS_END, "TS 29.212 4.5.2"),
    ROW(PS_ACTIVE,     PS_RX_CCA_U,          is_allowed,  follow_pcrf,       PS_ACTIVE,     PS_END, "TS 29.212 4.5.12"),
    ROW(PS_ACTIVE,     PS_REPLACED,          NULL,        give_way,          PS_END,        PS_END, "TS 29.274 7.2.1"),
    ROW(PS_ACTIVE,     PS_RX_DELETE_SESSION, NULL,        terminate,         PS_WAIT_CCA_T, PS_END, "TS 29.212 4.5.7"),
    ROW(PS_WAIT_CCA_T, PS_RX_DELETE_SESSION, NULL,        NULL,              PS_WAIT_CCA_T, PS_END, "TS 29.274 7.6"),
    ROW(PS_WAIT_CCA_T, PS_RX_CCA_T,          NULL,        deleted,           PS_END,        PS_END, "TS 29.274 7.2.10.1"),
    ROW(PS_WAIT_CCA_T, PS_TMR_TX,            NULL,        deleted,           PS_END,        PS_END, "RFC 6733 5.5.4"),
    ROW(PS_WAIT_CCA_T, PS_REPLACED,          NULL,        NULL,              PS_END,        PS_END, "TS 29.274 7.2.1"),
    ROW(PS_END,        PS_RX_DELETE_SESSION, NULL,        nothing_to_delete, PS_END,        PS_END, "TS 29.274 7.2.10.1"),
    ROW(FSM_ANY,       PS_RX_RAR,            NULL,        no_session,        FSM_STAY,      FSM_STAY, "RFC 6733 7.1.5"),
};
static const struct fsm_timer timers[] = {
    [T_TX] = {"diameter.Tx", PS_TMR_TX, 0, FSM_IN(PS_WAIT_CCA_I) | FSM_IN(PS_WAIT_CCA_T)},
};
struct fsm_def pgw_session_def = {
    .name = "pgw-session",
    .title = "PDN connections at the P-GW (TS 29.274 7.2.1, 7.2.9.1; TS 29.212 4.5)",
    .state_names = states, .nstates = PS_STATES, .event_names = events, .nevents = PS_EVENTS,
    .rows = rows, .nrows = G_N_ELEMENTS(rows), .timers = timers, .ntimers = G_N_ELEMENTS(timers),
    .policy = FSM_IGNORE, .ended = ended,
};
