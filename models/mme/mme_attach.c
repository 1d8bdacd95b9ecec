/* mme_attach.c - attach at the MME (TS 23.401 5.3.2.1, TS 24.301 5.5.1)
 *
 *   eNB -> INITIAL UE MESSAGE [ATTACH REQUEST] -> authentication (mme_auth.c) -> ULR/ULA
 *       -> session (mme_pdn.c) -> INITIAL CONTEXT SETUP REQUEST [ATTACH ACCEPT]
 *       -> | both INITIAL CONTEXT SETUP RESPONSE and ATTACH COMPLETE -> Modify Bearer -> registered
 *
 * What fails before ATTACH ACCEPT is refused with ATTACH REJECT, later the phone is detached as if it had
 * asked for it. */
#include "models/mme/mme_int.h"

#include <nettle/hmac.h>

enum { MA_T_TX, MA_T_3450 };
static const char *const states[] = {"end",        "authenticating",   "wait ULA",  "creating session",
                                     "wait phone", "modifying bearer", "registered"};
static const char *const events[] = {"ATTACH REQUEST",
                                     "secured",
                                     "refused by HSS",
                                     "not authenticated",
                                     "ULA",
                                     "timer Tx",
                                     "session created",
                                     "session lost",
                                     "INITIAL CONTEXT SETUP RESPONSE",
                                     "INITIAL CONTEXT SETUP FAILURE",
                                     "ATTACH COMPLETE",
                                     "T3450",
                                     "bearer modified",
                                     "detach"};

static struct mme_ue *ue_of(struct fsm *f)
{
    return ((struct mme_work *)(void *)((char *)f - offsetof(struct mme_work, attach)))->ue;
}
static const struct mme_ue *const_ue_of(const struct fsm *f)
{
    return ((const struct mme_work *)(const void *)((const char *)f - offsetof(struct mme_work, attach)))->ue;
}
static const struct nas_attach_request *request_of(const struct mme_ue *u)
{
    return nas_body(nas_of(u->work->entry->asked), attach_request);
}

/* ---- subscriptions ---------------------------------------------------------------------------------- */

static bool same_apn(const struct ie_apn_config *a, const struct ie_apn_config *b)
{
    return a->id == b->id && a->pdn_type == b->pdn_type && g_strcmp0(a->apn, b->apn) == 0 &&
           a->qos.qci == b->qos.qci && a->qos.arp.level == b->qos.arp.level &&
           a->qos.arp.may_preempt == b->qos.arp.may_preempt &&
           a->qos.arp.preemptable == b->qos.arp.preemptable && a->ambr.ul == b->ambr.ul &&
           a->ambr.dl == b->ambr.dl;
}

static bool same_subscription(const struct ie_subscription *a, const struct ie_subscription *b)
{
    bool same = a->ambr.ul == b->ambr.ul && a->ambr.dl == b->ambr.dl && a->default_id == b->default_id &&
                a->n == b->n;
    for (unsigned i = 0; same && i < a->n; i++)
        same = same_apn(&a->apn[i], &b->apn[i]);
    return same;
}

const struct ie_subscription *mme_intern(struct mme *mme, const struct ie_subscription *sub)
{
    struct ie_subscription *mine;
    for (unsigned i = 0; i < mme->subscriptions->len; i++)
        if (same_subscription(g_ptr_array_index(mme->subscriptions, i), sub))
            return g_ptr_array_index(mme->subscriptions, i);
    mine = g_new(struct ie_subscription, 1);
    *mine = *sub;
    mine->msisdn = 0;
    g_ptr_array_add(mme->subscriptions, mine);
    return mine;
}

uint8_t mme_cause_of_result(uint32_t result)
{
    switch (result) {
    case DIA_S6A_USER_UNKNOWN: /* #8, "EPS and non-EPS services", for phones that have the latter too */
    case DIA_S6A_UNKNOWN_SUBSCRIPTION:
        return EMM_EPS_NOT_ALLOWED;
    case DIA_S6A_ROAMING_NOT_ALLOWED:
        return EMM_PLMN_NOT_ALLOWED;
    default:
        return EMM_NETWORK_FAILURE;
    }
}

/* ---- guards ----------------------------------------------------------------------------------------- */

static bool is_nobody(const struct fsm *f, const void *arg)
{
    (void)arg;
    return const_ue_of(f)->imsi == 0;
}

static bool is_refused(const struct fsm *f, const void *arg)
{
    const struct dia_msg *m = mme_dia(arg);
    (void)f;
    return m->result != DIA_SUCCESS || !IE_HAS(dia_body(m, ULA), subscription);
}

/* The APN asked for, or the default one, is not in the subscription that came. */
static bool is_foreign_apn(const struct fsm *f, const void *arg)
{
    const struct ie_subscription *sub = &dia_body(mme_dia(arg), ULA)->subscription;
    return !mme_select_apn(sub, mme_asked_apn(nas_of(request_of(const_ue_of(f))->esm)));
}

static bool is_without_bearer(const struct fsm *f, const void *arg)
{
    (void)f;
    return s1ap_body((const struct s1ap_msg *)arg, initial_context_setup_response)->erabs.n == 0;
}

static bool has_complete(const struct fsm *f, const void *arg)
{
    (void)arg;
    return const_ue_of(f)->work->entry->got & GOT_NAS;
}

static bool has_context(const struct fsm *f, const void *arg)
{
    (void)arg;
    return const_ue_of(f)->work->entry->got & GOT_RAB;
}

static bool may_repeat(const struct fsm *f, const void *arg)
{
    (void)arg;
    return const_ue_of(f)->work->entry->tries < MME_REPEATS;
}

/* ---- refusing --------------------------------------------------------------------------------------- */

/* ATTACH REJECT, with the reject of the PDN connection when that is why; then the connection goes. */
static bool refuse(struct mme_ue *u, uint8_t cause, uint8_t esm_cause)
{
    struct nas_msg *m = nas_new(u->mme->epc->nas, NAS_attach_reject);
    struct nas_attach_reject *b = nas_body(m, attach_reject);
    b->cause = cause;
    if (esm_cause) {
        struct nas_msg *esm = mme_connectivity_reject(u, nas_of(request_of(u)->esm)->pti, esm_cause);
        nas_seal(u->mme->epc->nas, esm);
        IE_PUT(b, esm) = &esm->m;
    }
    mme_send_nas(u, mme_protect(u, m));
    mme_entry_free(u);
    mme_release(u, S1AP_CAUSE_NAS_NORMAL);
    return true;
}

static bool refuse_identity(struct fsm *f, const void *arg)
{
    (void)arg;
    return refuse(ue_of(f), EMM_UE_IDENTITY_UNKNOWN, 0);
}

/* The HSS said no, or nothing. */
static bool refuse_user(struct fsm *f, const void *arg)
{
    return refuse(ue_of(f), arg ? mme_cause_of_result(mme_dia(arg)->result) : EMM_NETWORK_FAILURE, 0);
}

static bool refuse_apn(struct fsm *f, const void *arg)
{
    (void)arg;
    return refuse(ue_of(f), EMM_ESM_FAILURE, ESM_UNKNOWN_APN);
}

static bool refuse_session(struct fsm *f, const void *arg)
{
    (void)arg;
    return refuse(ue_of(f), EMM_ESM_FAILURE, ESM_REJECTED_BY_GW);
}

static bool leave(struct fsm *f, const void *arg)
{
    (void)arg;
    mme_entry_free(ue_of(f));
    mme_release(ue_of(f), S1AP_CAUSE_NAS_AUTHENTICATION);
    return true;
}

static bool abandon(struct fsm *f, const void *arg)
{
    (void)arg;
    fsm_event(&ue_of(f)->work->detach, MD_IMPLICIT, NULL);
    return true;
}

static bool stop(struct fsm *f, const void *arg)
{
    (void)arg;
    mme_entry_free(ue_of(f));
    return true;
}

/* ---- attaching -------------------------------------------------------------------------------------- */

static void remember_request(struct mme_ue *u, const struct nas_msg *m)
{
    mme_entry_new(u);
    u->work->entry->asked = msg_ref((void *)(uintptr_t)m);
    u->capability = nas_body(m, attach_request)->capability;
}

static bool authenticate(struct fsm *f, const void *arg)
{
    struct mme_ue *u = ue_of(f);
    remember_request(u, nas_of(arg));
    fsm_event(&u->work->auth, AU_START, NULL);
    return true;
}

static bool update_location(struct fsm *f, const void *arg)
{
    struct mme_ue *u = ue_of(f);
    struct dia_msg *m = mme_s6a_request(u, DIA_ULR);
    struct dia_ULR *b = dia_body(m, ULR);
    (void)arg;
    b->imsi = u->imsi;
    b->rat_type = AVP_RAT_EUTRAN;
    b->flags = 0x22; /* S6a/S6d-Indicator, Initial-Attach-Indicator (TS 29.272 7.3.7; unverified) */
    b->plmn = u->mme->cfg.tai.plmn;
    fsm_timer_start(f, MA_T_TX, mme_timer(u, TIMER_DIAMETER_TX));
    mme_send_s6a(u, m);
    return true;
}

static void take_subscription(struct mme_ue *u, const struct ie_subscription *sub)
{
    u->work->session = 0;
    u->msisdn = sub->msisdn;
    u->sub = mme_intern(u->mme, sub);
}

static bool create_session(struct fsm *f, const void *arg)
{
    struct mme_ue *u = ue_of(f);
    const struct nas_msg *request = nas_of(request_of(u)->esm);
    struct mme_pdn *p;
    take_subscription(u, &dia_body(mme_dia(arg), ULA)->subscription);
    p = mme_pdn_new(u, mme_select_apn(u->sub, mme_asked_apn(request)), request->pti);
    mme_pdn_ask(p, request);
    p->at_attach = true;
    fsm_event(&p->fsm, PD_ATTACH, NULL);
    return true;
}

/* The PDN connection that the attach asked for: the only one there is so far. */
static struct mme_pdn *first_pdn(const struct mme_ue *u)
{
    return u->pdns;
}

struct ie_guti mme_guti(const struct mme_ue *u)
{
    const struct mme_cfg *cfg = &u->mme->cfg;
    return (struct ie_guti){.plmn = cfg->tai.plmn, .mme_group = cfg->group, .mme_code = cfg->code, .m_tmsi = u->m_tmsi};
}

struct ie_tai_list mme_tai_list(const struct mme_ue *u)
{
    const struct mme_cfg *cfg = &u->mme->cfg;
    struct ie_tai_list list = {.plmn = cfg->tai.plmn, .n = cfg->n_areas};
    bool listed = false;
    for (unsigned i = 0; i < cfg->n_areas; i++) {
        list.tac[i] = cfg->areas[i];
        listed |= cfg->areas[i] == u->uli.tai.tac;
    }
    return listed ? list : (struct ie_tai_list){.plmn = cfg->tai.plmn, .n = 1, .tac = {u->uli.tai.tac}};
}

/* Units of 2 s, 1 min, 6 min; 7 means that the timer is off. */
uint8_t mme_t3412(const struct mme_ue *u)
{
    static const sim_time unit[] = {2 * SIM_S, 60 * SIM_S, 360 * SIM_S};
    sim_time t = mme_timer(u, TIMER_NAS_T3412);
    for (unsigned i = 0; t > 0 && i < G_N_ELEMENTS(unit); i++)
        if (t <= 31 * unit[i])
            return (uint8_t)(i << 5 | (unsigned)((t + unit[i] - 1) / unit[i]));
    return t > 0 ? 2 << 5 | 31 : 7 << 5;
}

static struct msg *attach_accept(struct mme_ue *u, const struct gtp_create_session_rsp *session)
{
    struct nas_msg *esm = mme_activate_default(first_pdn(u), session);
    struct nas_msg *m = nas_new(u->mme->epc->nas, NAS_attach_accept);
    struct nas_attach_accept *b = nas_body(m, attach_accept);
    nas_seal(u->mme->epc->nas, esm);
    b->result = ATTACH_EPS;
    b->t3412 = mme_t3412(u);
    b->tai_list = mme_tai_list(u);
    b->esm = &esm->m;
    IE_PUT(b, guti) = mme_guti(u);
    return mme_protect(u, m);
}

/* HMAC-SHA-256, by KASME, of FC = 11, the count of the uplink NAS message that led here, its length (unverified). */
struct ie_key mme_kenb(const struct mme_ue *u, uint32_t count)
{
    const uint8_t s[] = {0x11, (uint8_t)(count >> 24), (uint8_t)(count >> 16), (uint8_t)(count >> 8), (uint8_t)count, 0, 4};
    struct hmac_sha256_ctx hmac;
    struct ie_key k;
    hmac_sha256_set_key(&hmac, sizeof u->kasme.b, u->kasme.b);
    hmac_sha256_update(&hmac, sizeof s, s);
    hmac_sha256_digest(&hmac, sizeof k.b, k.b);
    return k;
}

static bool set_up_context(struct fsm *f, const void *arg)
{
    struct mme_ue *u = ue_of(f);
    const struct gtp_create_session_rsp *session = gtp_body((const struct gtp_msg *)arg, create_session_rsp);
    struct s1ap_msg *m = s1ap_new(u->mme->epc->s1ap, S1AP_initial_context_setup_request);
    struct s1ap_initial_context_setup_request *b = s1ap_body(m, initial_context_setup_request);
    mme_drop(u->mme, &u->work->entry->nas);
    u->work->entry->nas = attach_accept(u, session);
    u->work->entry->tries = 0;
    MME_IDS(u, b);
    b->ambr = u->sub->ambr;
    b->erabs.n = 1;
    b->erabs.item[0] = mme_erab(mme_find_bearer(u, first_pdn(u)->ebi), msg_ref(u->work->entry->nas));
    b->capability = u->capability;
    b->kenb = mme_kenb(u, 0); /* SECURITY MODE COMPLETE */
    if (u->radio_capability)
        IE_PUT(b, radio_capability) = u->radio_capability;
    fsm_timer_start(f, MA_T_3450, mme_timer(u, TIMER_NAS_T3450));
    mme_send_s1ap(u, m);
    return true;
}

static bool note_context(struct fsm *f, const void *arg)
{
    struct mme_ue *u = ue_of(f);
    const struct ie_erab *e =
        &s1ap_body((const struct s1ap_msg *)arg, initial_context_setup_response)->erabs.item[0];
    struct mme_bearer *b = mme_find_bearer(u, first_pdn(u)->ebi);
    u->work->entry->got |= GOT_RAB;
    b->enb = (struct ie_fteid){.iface = FTEID_S1U_ENB, .teid = e->teid, .ipv4 = e->ipv4};
    return true;
}

static bool note_complete(struct fsm *f, const void *arg)
{
    (void)arg;
    ue_of(f)->work->entry->got |= GOT_NAS;
    return true;
}

static bool modify_bearer(struct fsm *f, const void *arg)
{
    struct mme_ue *u = ue_of(f);
    (void)arg;
    fsm_event(&first_pdn(u)->fsm, PD_MODIFY, NULL);
    return true;
}

static bool note_context_and_modify(struct fsm *f, const void *arg)
{
    return note_context(f, arg) && modify_bearer(f, arg);
}

/* Two S6a requests and one message of its own were sent: ULR, AIR; ATTACH ACCEPT. */
void mme_attach_warm(struct mme_ue *u, const struct ie_subscription *sub)
{
    take_subscription(u, sub);
    u->sessions += 2;
    u->nas_count++;
    fsm_place(&u->work->attach, MA_REGISTERED);
}

/* The accept went inside INITIAL CONTEXT SETUP REQUEST; it is repeated by itself. */
static bool repeat_accept(struct fsm *f, const void *arg)
{
    struct mme_ue *u = ue_of(f);
    (void)arg;
    u->work->entry->tries++;
    fsm_timer_start(f, MA_T_3450, mme_timer(u, TIMER_NAS_T3450));
    if (!(u->work->entry->got & GOT_NAS))
        mme_send_nas(u, msg_ref(u->work->entry->nas));
    return true;
}

/* Clauses from the standards' contents, unverified. */
static const struct fsm_row rows[] = {
    /*  in                 on                     if                 do                       then               on failure     clause                        */
    ROW(MA_END,            MA_RX_ATTACH_REQUEST,  is_nobody,         refuse_identity,         MA_END,            MA_END,        "TS 24.301 5.5.1.2.5"),
    ROW(MA_END,            MA_RX_ATTACH_REQUEST,  NULL,              authenticate,            MA_AUTHENTICATING, MA_END,        "TS 23.401 5.3.2.1 step 5a"),
    ROW(MA_AUTHENTICATING, MA_HSS_REFUSED,        NULL,              refuse_user,             MA_END,            MA_END,        "TS 24.301 5.5.1.2.5"),
    ROW(MA_AUTHENTICATING, MA_NOT_AUTHENTICATED,  NULL,              leave,                   MA_END,            MA_END,        "TS 24.301 5.4.2.5"),
    ROW(MA_AUTHENTICATING, MA_SECURED,            NULL,              update_location,         MA_WAIT_ULA,       MA_END,        "TS 23.401 5.3.2.1 step 8"),
    ROW(MA_WAIT_ULA,       MA_RX_ULA,             is_refused,        refuse_user,             MA_END,            MA_END,        "TS 24.301 5.5.1.2.5"),
    ROW(MA_WAIT_ULA,       MA_RX_ULA,             is_foreign_apn,    refuse_apn,              MA_END,            MA_END,        "TS 24.301 5.5.1.2.5"),
    ROW(MA_WAIT_ULA,       MA_RX_ULA,             NULL,              create_session,          MA_CREATING,       MA_END,        "TS 23.401 5.3.2.1 step 12"),
    ROW(MA_WAIT_ULA,       MA_TMR_TX,             NULL,              refuse_user,             MA_END,            MA_END,        "TS 24.301 5.5.1.2.5"),
    ROW(MA_CREATING,       MA_SESSION_LOST,       NULL,              refuse_session,          MA_END,            MA_END,        "TS 24.301 5.5.1.2.5"),
    ROW(MA_CREATING,       MA_SESSION_CREATED,    NULL,              set_up_context,          MA_WAIT_UE,        MA_END,        "TS 23.401 5.3.2.1 step 17"),
    ROW(MA_WAIT_UE,        MA_RX_CONTEXT_RSP,     is_without_bearer, abandon,                 MA_END,            MA_END,        "TS 36.413 8.3.1.2"),
    ROW(MA_WAIT_UE,        MA_RX_CONTEXT_RSP,     has_complete,      note_context_and_modify, MA_MODIFYING,      MA_END,        "TS 23.401 5.3.2.1 step 23"),
    ROW(MA_WAIT_UE,        MA_RX_CONTEXT_RSP,     NULL,              note_context,            MA_WAIT_UE,        MA_END,        "TS 23.401 5.3.2.1 step 20"),
    ROW(MA_WAIT_UE,        MA_RX_ATTACH_COMPLETE, has_context,       modify_bearer,           MA_MODIFYING,      MA_END,        "TS 23.401 5.3.2.1 step 23"),
    ROW(MA_WAIT_UE,        MA_RX_ATTACH_COMPLETE, NULL,              note_complete,           MA_WAIT_UE,        MA_END,        "TS 23.401 5.3.2.1 step 22"),
    ROW(MA_WAIT_UE,        MA_RX_CONTEXT_FAILURE, NULL,              abandon,                 MA_END,            MA_END,        "TS 36.413 8.3.1.3"),
    ROW(MA_WAIT_UE,        MA_TMR_T3450,          may_repeat,        repeat_accept,           MA_WAIT_UE,        MA_END,        "TS 24.301 5.5.1.2.7 c"),
    ROW(MA_WAIT_UE,        MA_TMR_T3450,          NULL,              abandon,                 MA_END,            MA_END,        "TS 24.301 5.5.1.2.7 c"),
    ROW(MA_MODIFYING,      MA_MODIFIED,           NULL,              stop,                    MA_REGISTERED,     MA_END,        "TS 23.401 5.3.2.1 step 24"),
    ROW(MA_MODIFYING,      MA_SESSION_LOST,       NULL,              abandon,                 MA_END,            MA_END,        "TS 23.401 5.3.2.1 step 24"),
    ROW(FSM_ANY,           MA_DETACH,             NULL,              stop,                    MA_END,            MA_END,        "TS 24.301 5.5.2.2"),
};
static const struct fsm_timer timers[] = {
    [MA_T_TX] = {"Tx", MA_TMR_TX, 0, FSM_IN(MA_WAIT_ULA)},
    [MA_T_3450] = {"T3450", MA_TMR_T3450, 0, FSM_IN(MA_WAIT_UE)},
};

struct fsm_def mme_attach_def = {
    .name = "mme-attach",
    .title = "Attach at the MME (TS 23.401 5.3.2.1, TS 24.301 5.5.1)",
    .state_names = states, .nstates = MA_STATES, .event_names = events, .nevents = MA_EVENTS,
    .rows = rows, .nrows = G_N_ELEMENTS(rows), .timers = timers, .ntimers = G_N_ELEMENTS(timers),
    .policy = FSM_IGNORE,
};
