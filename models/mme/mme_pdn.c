/* mme_pdn.c - a PDN connection at the MME (TS 23.401 5.3.2.1, 5.10.2; TS 24.301 6.4.1, 6.5.1)
 *
 *   with the attach:  Create Session -> | answer -> mme_attach.c sets it up | Modify Bearer -> connected
 *   another one:      eNB -> PDN CONNECTIVITY REQUEST -> Create Session -> | answer -> E-RAB SETUP REQUEST
 *                     [ACTIVATE DEFAULT ...] -> | both E-RAB SETUP RESPONSE and ACCEPT -> Modify Bearer
 *                     -> | connected
 *   detach:           Delete Session -> | answer: gone
 *
 * SIMPLIFIED: when it cannot be set up after the session was created, session and E-RAB are taken back
 * without telling the phone more than a reject. */
#include "models/mme/mme_int.h"

enum {
    PD_END,
    PD_CREATING,
    PD_DOOMED,
    PD_ATTACHING,
    PD_WAIT_UE,
    PD_MODIFYING,
    PD_CONNECTED,
    PD_DELETING,
    PD_STATES
};
enum { PD_T_3485 };
static const char *const states[] = {"end",        "creating session", "doomed",    "attaching",
                                     "wait phone", "modifying bearer", "connected", "deleting session"};
static const char *const events[] = {"attach",
                                     "PDN CONNECTIVITY REQUEST",
                                     "Create Session Response",
                                     "no answer",
                                     "E-RAB SETUP RESPONSE",
                                     "E-RAB failed",
                                     "ACTIVATE DEFAULT ACCEPT",
                                     "ACTIVATE DEFAULT REJECT",
                                     "T3485",
                                     "phone attached",
                                     "Modify Bearer Response",
                                     "delete",
                                     "Delete Session Response",
                                     "deleted by P-GW",
                                     "phone disconnected"};

static struct mme_pdn *pdn_of(struct fsm *f)
{
    return (struct mme_pdn *)(void *)((char *)f - offsetof(struct mme_pdn, fsm));
}
static const struct mme_pdn *const_pdn_of(const struct fsm *f)
{
    return (const struct mme_pdn *)(const void *)((const char *)f - offsetof(struct mme_pdn, fsm));
}

/* ---- contexts --------------------------------------------------------------------------------------- */

const struct ie_apn_config *mme_select_apn(const struct ie_subscription *sub, const char *name)
{
    for (unsigned i = 0; i < sub->n; i++) {
        const struct ie_apn_config *a = &sub->apn[i];
        if (name ? g_ascii_strcasecmp(a->apn, name) == 0 : a->id == sub->default_id)
            return a;
    }
    return NULL;
}

const char *mme_asked_apn(const struct nas_msg *request)
{
    const struct nas_pdn_connectivity_request *b = nas_body(request, pdn_connectivity_request);
    return IE_HAS(b, apn) ? b->apn : NULL;
}

struct mme_pdn *mme_pdn_new(struct mme_ue *u, const struct ie_apn_config *apn, uint8_t pti)
{
    struct mme_pdn *p = slab_alloc0(&u->mme->pdns, NULL);
    struct mme_pdn **end = &u->pdns;
    struct mme_bearer *b = mme_bearer_new(u, p);
    if (!b) {
        slab_free(&u->mme->pdns, p);
        return NULL;
    }
    fsm_start(&p->fsm, &mme_pdn_def, u->mme->node);
    p->ue = u;
    p->apn = apn;
    p->pti = pti;
    p->ebi = b->ebi;
    if (apn)
        b->qos = apn->qos;
    while (*end)
        end = &(*end)->next;
    *end = p;
    return p;
}

void mme_pdn_ask(struct mme_pdn *p, const struct nas_msg *request)
{
    p->asked = msg_ref((void *)(uintptr_t)request);
}

void mme_pdn_free(struct mme_pdn *p)
{
    struct mme_ue *u = p->ue;
    struct mme_pdn **at = &u->pdns;
    while (*at != p)
        at = &(*at)->next;
    *at = p->next;
    fsm_stop(&p->fsm);
    mme_request_stop(p);
    mme_drop(u->mme, &p->asked);
    mme_drop(u->mme, &p->nas);
    slab_free(&u->mme->pdns, p);
}

bool mme_pdn_is_up(const struct mme_pdn *p)
{
    return p->fsm.state == PD_CONNECTED || p->fsm.state == PD_MODIFYING;
}

/* ---- guards ----------------------------------------------------------------------------------------- */

static bool is_good(uint8_t cause)
{
    return cause == GTP_ACCEPTED || cause == GTP_ACCEPTED_PARTIALLY;
}

static bool is_refused(const struct fsm *f, const void *arg)
{
    const struct gtp_create_session_rsp *b = gtp_body((const struct gtp_msg *)arg, create_session_rsp);
    (void)f;
    return !is_good(b->cause) || !IE_HAS(b, sender) || b->bearers.n == 0;
}

static bool is_not_modified(const struct fsm *f, const void *arg)
{
    (void)f;
    return !is_good(gtp_body((const struct gtp_msg *)arg, modify_bearer_rsp)->cause);
}

static bool is_foreign(const struct fsm *f, const void *arg)
{
    (void)arg;
    return !const_pdn_of(f)->apn;
}

static bool at_attach(const struct fsm *f, const void *arg)
{
    (void)arg;
    return const_pdn_of(f)->at_attach;
}

static bool has_erab(const struct fsm *f, const void *arg)
{
    (void)arg;
    return const_pdn_of(f)->got & GOT_RAB;
}

static bool has_accept(const struct fsm *f, const void *arg)
{
    (void)arg;
    return const_pdn_of(f)->got & GOT_NAS;
}

static bool may_repeat(const struct fsm *f, const void *arg)
{
    (void)arg;
    return const_pdn_of(f)->tries < MME_REPEATS;
}

/* ---- session ---------------------------------------------------------------------------------------- */

static void fill_session(const struct mme_pdn *p, struct gtp_create_session_req *b)
{
    const struct mme_ue *u = p->ue;
    const struct mme *mme = u->mme;
    const struct nas_pdn_connectivity_request *asked = nas_body(nas_of(p->asked), pdn_connectivity_request);
    IE_PUT(b, imsi) = u->imsi;
    if (u->msisdn)
        IE_PUT(b, msisdn) = u->msisdn;
    IE_PUT(b, uli) = u->uli;
    IE_PUT(b, serving_network) = mme->cfg.tai.plmn;
    b->rat_type = RAT_EUTRAN;
    b->sender = (struct ie_fteid){.iface = FTEID_S11_MME, .teid = u->id, .ipv4 = epc_ip(mme->node)};
    IE_PUT(b, pgw) = (struct ie_fteid){.iface = FTEID_S5C_PGW, .ipv4 = epc_ip(mme->cfg.pgw)};
    b->apn = p->apn->apn;
    IE_PUT(b, selection_mode) = 0; /* subscribed and verified */
    IE_PUT(b, pdn_type) = asked->pdn;
    IE_PUT(b, paa) = (struct ie_paa){.type = PDN_IPV4};
    IE_PUT(b, apn_restriction) = 0;
    IE_PUT(b, ambr) = p->apn->ambr;
    if (IE_HAS(asked, pco))
        IE_PUT(b, pco) = asked->pco;
    b->bearers.n = 1;
    b->bearers.item[0] = (struct ie_bearer){.ebi = p->ebi, .parts = BEARER_QOS, .qos = p->apn->qos};
}

/* The S-GW has one TEID per phone: it goes into the header as soon as it is known. */
static bool create_session(struct fsm *f, const void *arg)
{
    struct mme_pdn *p = pdn_of(f);
    struct gtp_msg *m = gtp_new(p->ue->mme->epc->gtp, GTP_create_session_req);
    (void)arg;
    m->teid = p->ue->pdns->sgw_teid;
    fill_session(p, gtp_body(m, create_session_req));
    mme_request_send(p, m);
    return true;
}

/* The session of this TEID, address and S-GW's end of S1-U is there. */
static void open_session(struct mme_pdn *p, uint32_t teid, uint32_t ip, const struct ie_fteid *sgw)
{
    struct mme_bearer *b = mme_find_bearer(p->ue, p->ebi);
    p->sgw_teid = teid;
    p->ip = ip;
    if (sgw)
        b->sgw = *sgw;
    fsm_event(&b->fsm, BR_DEFAULT, NULL);
}

static void take_session(struct mme_pdn *p, const struct gtp_create_session_rsp *session)
{
    const struct ie_bearer *item = &session->bearers.item[0];
    const struct ie_fteid *sgw = NULL;
    if (item->parts & BEARER_QOS)
        mme_find_bearer(p->ue, p->ebi)->qos = item->qos;
    for (unsigned i = 0; i < item->n_fteids; i++)
        if (item->fteid[i].iface == FTEID_S1U_SGW)
            sgw = &item->fteid[i];
    open_session(p, session->sender.teid, IE_HAS(session, paa) ? session->paa.ipv4 : 0, sgw);
}

struct nas_msg *mme_activate_default(const struct mme_pdn *p, const struct gtp_create_session_rsp *session)
{
    struct nas_msg *m = mme_esm(p->ue, NAS_activate_default_request, p->ebi, p->pti);
    struct nas_activate_default_request *b = nas_body(m, activate_default_request);
    b->qos = mme_find_bearer(p->ue, p->ebi)->qos;
    b->apn = p->apn->apn;
    b->address = (struct ie_paa){.type = PDN_IPV4, .ipv4 = p->ip};
    IE_PUT(b, ambr) = IE_HAS(session, ambr) ? session->ambr : p->apn->ambr;
    if (IE_HAS(session, pco))
        IE_PUT(b, pco) = session->pco;
    return m;
}

static bool session_created(struct fsm *f, const void *arg)
{
    struct mme_pdn *p = pdn_of(f);
    take_session(p, gtp_body((const struct gtp_msg *)arg, create_session_rsp));
    fsm_event(&p->ue->work->attach, MA_SESSION_CREATED, arg);
    return true;
}

static bool set_up_bearer(struct fsm *f, const void *arg)
{
    struct mme_pdn *p = pdn_of(f);
    struct mme_ue *u = p->ue;
    const struct gtp_create_session_rsp *session = gtp_body((const struct gtp_msg *)arg, create_session_rsp);
    struct s1ap_msg *m = s1ap_new(u->mme->epc->s1ap, S1AP_erab_setup_request);
    struct s1ap_erab_setup_request *b = s1ap_body(m, erab_setup_request);
    take_session(p, session);
    p->nas = mme_protect(u, mme_activate_default(p, session));
    MME_IDS(u, b);
    IE_PUT(b, ambr) = u->sub->ambr;
    b->erabs.n = 1;
    b->erabs.item[0] = mme_erab(mme_find_bearer(u, p->ebi), msg_ref(p->nas));
    fsm_timer_start(f, PD_T_3485, mme_timer(u, TIMER_NAS_T3485));
    mme_send_s1ap(u, m);
    return true;
}

/* ---- refusing and taking back ----------------------------------------------------------------------- */

static void tell_refused(struct mme_pdn *p, uint8_t cause)
{
    mme_send_nas(p->ue, mme_protect(p->ue, mme_connectivity_reject(p->ue, p->pti, cause)));
}

static bool refuse_apn(struct fsm *f, const void *arg)
{
    (void)arg;
    tell_refused(pdn_of(f), ESM_UNKNOWN_APN);
    return true;
}

/* An attach says so in ATTACH REJECT. */
static bool refuse(struct fsm *f, const void *arg)
{
    struct mme_pdn *p = pdn_of(f);
    if (!p->at_attach)
        tell_refused(p, arg ? ESM_REJECTED_BY_GW : ESM_NETWORK_FAILURE);
    return true;
}

static bool delete_session(struct fsm *f, const void *arg)
{
    struct mme_pdn *p = pdn_of(f);
    struct gtp_msg *m = gtp_new(p->ue->mme->epc->gtp, GTP_delete_session_req);
    struct gtp_delete_session_req *b = gtp_body(m, delete_session_req);
    (void)arg;
    m->teid = p->sgw_teid;
    IE_PUT(b, linked_ebi) = p->ebi;
    IE_PUT(b, uli) = p->ue->uli;
    mme_request_send(p, m);
    return true;
}

static bool delete_new_session(struct fsm *f, const void *arg)
{
    take_session(pdn_of(f), gtp_body((const struct gtp_msg *)arg, create_session_rsp));
    return delete_session(f, arg);
}

static bool take_back(struct fsm *f, const void *arg)
{
    struct mme_pdn *p = pdn_of(f);
    if (p->got & GOT_RAB)
        mme_release_erabs(p->ue, &p->ebi, 1, NULL);
    if (!p->at_attach && !(p->got & GOT_NAS))
        tell_refused(p, ESM_NETWORK_FAILURE);
    return delete_session(f, arg);
}

/* ---- coming up -------------------------------------------------------------------------------------- */

static bool modify(struct fsm *f, const void *arg)
{
    struct mme_pdn *p = pdn_of(f);
    struct gtp_msg *m = gtp_new(p->ue->mme->epc->gtp, GTP_modify_bearer_req);
    struct gtp_modify_bearer_req *b = gtp_body(m, modify_bearer_req);
    (void)arg;
    p->got |= GOT_NAS;
    m->teid = p->sgw_teid;
    IE_SET(b, bearers);
    for (const struct mme_bearer *i = p->ue->bearers; i && b->bearers.n < IE_MAX_BEARERS; i = i->next)
        if (i->pdn == p && i->enb.teid)
            b->bearers.item[b->bearers.n++] = (struct ie_bearer){.ebi = i->ebi, .n_fteids = 1, .fteid = {i->enb}};
    mme_request_send(p, m);
    return true;
}

/* The eNB has a tunnel's end for its default bearer, at least. */
static bool has_tunnel(const struct mme_pdn *p)
{
    return mme_find_bearer(p->ue, p->ebi)->enb.teid != 0;
}

void mme_pdns_modify(struct mme_ue *u)
{
    for (struct mme_pdn *p = u->pdns; p; p = p->next)
        if (has_tunnel(p))
            fsm_event(&p->fsm, PD_MODIFY, NULL);
}

void mme_pdns_disconnected(struct mme_ue *u)
{
    for (struct mme_pdn *p = u->pdns, *next; p; p = next) {
        next = p->next;
        fsm_event(&p->fsm, PD_DISCONNECTED, NULL);
    }
}

bool mme_pdns_rest(const struct mme_ue *u)
{
    for (const struct mme_pdn *p = u->pdns; p; p = p->next)
        if (p->fsm.state != PD_CONNECTED)
            return false;
    return true;
}

bool mme_pdns_are_modified(const struct mme_ue *u)
{
    for (const struct mme_pdn *p = u->pdns; p; p = p->next)
        if (p->fsm.state == PD_MODIFYING)
            return false;
    return true;
}

static bool note_erab(struct fsm *f, const void *arg)
{
    struct mme_pdn *p = pdn_of(f);
    const struct ie_erab *e = arg;
    p->got |= GOT_RAB;
    mme_find_bearer(p->ue, p->ebi)->enb =
        (struct ie_fteid){.iface = FTEID_S1U_ENB, .teid = e->teid, .ipv4 = e->ipv4};
    return true;
}

/* The first one was made by the attach, which tells by itself what is missing; a later one has sent the phone a message
 * of its own. */
void mme_pdn_warm(struct mme_pdn *p, const struct epc_warm *w, const struct epc_warm_pdn *pdn)
{
    const struct ie_fteid sgw = {.iface = FTEID_S1U_SGW, .teid = pdn->sgw_s1u, .ipv4 = epc_ip(w->sgw)};
    open_session(p, w->sgw_s11, pdn->ip, &sgw);
    mme_find_bearer(p->ue, p->ebi)->enb = (struct ie_fteid){.iface = FTEID_S1U_ENB, .teid = pdn->enb_s1u, .ipv4 = epc_ip(w->enb)};
    p->got = GOT_NAS;
    if (pdn != w->pdn) {
        p->got |= GOT_RAB;
        p->ue->nas_count++;
    }
    fsm_place(&p->fsm, PD_CONNECTED);
}

static bool note_erab_and_modify(struct fsm *f, const void *arg)
{
    return note_erab(f, arg) && modify(f, arg);
}

static bool note_accept(struct fsm *f, const void *arg)
{
    (void)arg;
    pdn_of(f)->got |= GOT_NAS;
    return true;
}

static bool repeat(struct fsm *f, const void *arg)
{
    struct mme_pdn *p = pdn_of(f);
    (void)arg;
    p->tries++;
    fsm_timer_start(f, PD_T_3485, mme_timer(p->ue, TIMER_NAS_T3485));
    if (!(p->got & GOT_NAS))
        mme_send_nas(p->ue, msg_ref(p->nas));
    return true;
}

static bool connected(struct fsm *f, const void *arg)
{
    struct mme_pdn *p = pdn_of(f);
    bool attaching = p->at_attach;
    p->at_attach = false;
    mme_drop(p->ue->mme, &p->asked);
    mme_drop(p->ue->mme, &p->nas);
    if (attaching)
        fsm_event(&p->ue->work->attach, MA_MODIFIED, arg);
    fsm_event(&p->ue->work->service, SV_MODIFIED, NULL);
    return true;
}

static bool not_modified(struct fsm *f, const void *arg)
{
    take_back(f, arg);
    fsm_event(&pdn_of(f)->ue->work->service, SV_MODIFIED, NULL);
    return true;
}

/* There is no tunnel any more that the S-GW should know of. */
static bool stop_modifying(struct fsm *f, const void *arg)
{
    (void)arg;
    mme_request_stop(pdn_of(f));
    return true;
}

/* Clauses from the standards' contents, unverified. */
static const struct fsm_row rows[] = {
    /*  in            on                if               do                    then          on failure  clause                        */
    ROW(PD_END,       PD_ATTACH,        NULL,            create_session,       PD_CREATING,  PD_END,     "TS 23.401 5.3.2.1 step 12"),
    ROW(PD_END,       PD_RX_REQUEST,    is_foreign,      refuse_apn,           PD_END,       PD_END,     "TS 24.301 6.5.1.4"),
    ROW(PD_END,       PD_RX_REQUEST,    NULL,            create_session,       PD_CREATING,  PD_END,     "TS 23.401 5.10.2 step 2"),
    ROW(PD_CREATING,  PD_RX_CREATE_RSP, is_refused,      refuse,               PD_END,       PD_END,     "TS 24.301 6.5.1.4"),
    ROW(PD_CREATING,  PD_RX_CREATE_RSP, at_attach,       session_created,      PD_ATTACHING, PD_END,     "TS 23.401 5.3.2.1 step 16"),
    ROW(PD_CREATING,  PD_RX_CREATE_RSP, NULL,            set_up_bearer,        PD_WAIT_UE,   PD_END,     "TS 23.401 5.10.2 step 7"),
    ROW(PD_CREATING,  PD_NO_ANSWER,     NULL,            refuse,               PD_END,       PD_END,     "TS 24.301 6.5.1.4"),
    ROW(PD_CREATING,  PD_DELETE,        NULL,            NULL,                 PD_DOOMED,    PD_END,     "TS 23.401 5.3.8.2.1"),
    ROW(PD_DOOMED,    PD_RX_CREATE_RSP, is_refused,      NULL,                 PD_END,       PD_END,     "TS 23.401 5.3.8.2.1"),
    ROW(PD_DOOMED,    PD_RX_CREATE_RSP, NULL,            delete_new_session,   PD_DELETING,  PD_END,     "TS 23.401 5.3.8.2.1 step 2"),
    ROW(PD_DOOMED,    PD_NO_ANSWER,     NULL,            NULL,                 PD_END,       PD_END,     "TS 29.274 7.6"),
    ROW(PD_WAIT_UE,   PD_RX_ERAB_SETUP, has_accept,      note_erab_and_modify, PD_MODIFYING, PD_END,     "TS 23.401 5.10.2 step 13"),
    ROW(PD_WAIT_UE,   PD_RX_ERAB_SETUP, NULL,            note_erab,            PD_WAIT_UE,   PD_END,     "TS 23.401 5.10.2 step 10"),
    ROW(PD_WAIT_UE,   PD_RX_ACCEPT,     has_erab,        modify,               PD_MODIFYING, PD_END,     "TS 23.401 5.10.2 step 13"),
    ROW(PD_WAIT_UE,   PD_RX_ACCEPT,     NULL,            note_accept,          PD_WAIT_UE,   PD_END,     "TS 23.401 5.10.2 step 12"),
    ROW(PD_WAIT_UE,   PD_RX_ERAB_FAILED, NULL,           take_back,            PD_DELETING,  PD_END,     "TS 36.413 8.2.1.3"),
    ROW(PD_WAIT_UE,   PD_RX_REJECT,     NULL,            take_back,            PD_DELETING,  PD_END,     "TS 24.301 6.4.1.4"),
    ROW(PD_WAIT_UE,   PD_TMR_T3485,     may_repeat,      repeat,               PD_WAIT_UE,   PD_END,     "TS 24.301 6.4.1.6 a"),
    ROW(PD_WAIT_UE,   PD_TMR_T3485,     NULL,            take_back,            PD_DELETING,  PD_END,     "TS 24.301 6.4.1.6 a"),
    ROW(PD_ATTACHING, PD_MODIFY,        NULL,            modify,               PD_MODIFYING, PD_END,     "TS 23.401 5.3.2.1 step 23"),
    ROW(PD_CONNECTED, PD_MODIFY,        NULL,            modify,               PD_MODIFYING, PD_END,     "TS 23.401 5.3.4.1 step 8"),
    ROW(PD_MODIFYING, PD_RX_MODIFY_RSP, is_not_modified, not_modified,         PD_DELETING,  PD_END,     "TS 29.274 7.2.8"),
    ROW(PD_MODIFYING, PD_RX_MODIFY_RSP, NULL,            connected,            PD_CONNECTED, PD_END,     "TS 23.401 5.3.2.1 step 24"),
    ROW(PD_MODIFYING, PD_NO_ANSWER,     NULL,            not_modified,         PD_DELETING,  PD_END,     "TS 29.274 7.6"),
    ROW(PD_ATTACHING, PD_DELETE,        NULL,            delete_session,       PD_DELETING,  PD_END,     "TS 23.401 5.3.8.2.1 step 2"),
    ROW(PD_WAIT_UE,   PD_DELETE,        NULL,            delete_session,       PD_DELETING,  PD_END,     "TS 23.401 5.3.8.2.1 step 2"),
    ROW(PD_MODIFYING, PD_DELETE,        NULL,            delete_session,       PD_DELETING,  PD_END,     "TS 23.401 5.3.8.2.1 step 2"),
    ROW(PD_CONNECTED, PD_DELETE,        NULL,            delete_session,       PD_DELETING,  PD_END,     "TS 23.401 5.3.8.2.1 step 2"),
    ROW(PD_CREATING,  PD_DISCONNECTED,  NULL,            NULL,                 PD_DOOMED,    PD_END,     "TS 24.301 6.5.1.6 a"),
    ROW(PD_WAIT_UE,   PD_DISCONNECTED,  NULL,            delete_session,       PD_DELETING,  PD_END,     "TS 24.301 6.4.1.6 a"),
    ROW(PD_MODIFYING, PD_DISCONNECTED,  NULL,            stop_modifying,       PD_CONNECTED, PD_END,     "TS 23.401 5.3.5"),
    ROW(PD_CONNECTED, PD_GONE,          NULL,            NULL,                 PD_END,       PD_END,     "TS 23.401 5.4.4.1"),
    ROW(PD_DELETING,  PD_RX_DELETE_RSP, NULL,            NULL,                 PD_END,       PD_END,     "TS 23.401 5.3.8.2.1 step 6"),
    ROW(PD_DELETING,  PD_NO_ANSWER,     NULL,            NULL,                 PD_END,       PD_END,     "TS 29.274 7.6"),
};
static const struct fsm_timer timers[] = {
    [PD_T_3485] = {"T3485", PD_TMR_T3485, 0, FSM_IN(PD_WAIT_UE)},
};

static void ended(struct fsm *f)
{
    struct mme_pdn *p = pdn_of(f);
    struct mme_ue *u = p->ue;
    bool attaching = p->at_attach && u->work->attach.state != MA_END;
    mme_bearers_drop(p);
    mme_pdn_free(p);
    if (attaching)
        fsm_event(&u->work->attach, MA_SESSION_LOST, NULL);
    if (u->work->detach.state != FSM_END)
        fsm_event(&u->work->detach, MD_SESSION_GONE, NULL);
}

struct fsm_def mme_pdn_def = {
    .name = "mme-pdn",
    .title = "PDN connection at the MME (TS 23.401 5.10.2, TS 24.301 6.4.1, 6.5.1)",
    .state_names = states, .nstates = PD_STATES, .event_names = events, .nevents = PD_EVENTS,
    .rows = rows, .nrows = G_N_ELEMENTS(rows), .timers = timers, .ntimers = G_N_ELEMENTS(timers),
    .policy = FSM_IGNORE, .ended = ended,
};

/* A request that is repeated while it is worked on (T3482 of the phone) changes nothing. */
void mme_pdn_requested(struct mme_ue *u, const struct nas_msg *m)
{
    struct mme_pdn *p;
    if (u->work->attach.state != MA_MODIFYING && u->work->attach.state != MA_REGISTERED)
        return; /* the phone may ask as soon as it has completed its attach */
    for (p = u->pdns; p; p = p->next)
        if (p->asked && p->pti == m->pti)
            return;
    p = mme_pdn_new(u, mme_select_apn(u->sub, mme_asked_apn(m)), m->pti);
    if (p) {
        mme_pdn_ask(p, m);
        fsm_event(&p->fsm, PD_RX_REQUEST, m);
    } else
        mme_send_nas(u, mme_protect(u, mme_connectivity_reject(u, m->pti, ESM_INSUFFICIENT_RESOURCES)));
}
