/* mme.c - the MME: contexts, and which machine a message is for.
 *
 *   eNB -> S1AP, and NAS of the phone inside     found by MME-UE-S1AP-ID, the first message by S-TMSI, GUTI or IMSI
 *   S-GW -> GTPv2-C                              found by TEID, answers by sequence number
 *   HSS -> Diameter                              found by the token in the Session-Id
 *
 * SIMPLIFIED: one number serves as MME-UE-S1AP-ID, TEID and first M-TMSI. NAS messages count but bear no
 * computed MAC, and a repeated one keeps its count. No identity request (a GUTI that is not known is refused), no ESM
 * information request, no request of the phone to disconnect a PDN; of its requests about bearers those for new
 * filters and to be rid of filters (mme_ask.c). */
#include "models/mme/mme_int.h"

/* ---- sending ---------------------------------------------------------------------------------------- */

void mme_drop(const struct mme *mme, struct msg **m)
{
    if (*m)
        msg_unref(mme->epc->net, *m);
    *m = NULL;
}

void mme_send_s1ap(struct mme_ue *u, struct s1ap_msg *m)
{
    sim_assert(u->mme->node->sim, u->connected);
    s1ap_seal(u->mme->epc->s1ap, m);
    node_send(u->mme->node, u->enb, IFACE_S1_MME, &m->m);
}

struct nas_msg *mme_esm(const struct mme_ue *u, enum nas_type type, uint8_t ebi, uint8_t pti)
{
    struct nas_msg *m = nas_new(u->mme->epc->nas, type);
    m->ebi = ebi;
    m->pti = pti;
    return m;
}

struct msg *mme_protect(struct mme_ue *u, struct nas_msg *m)
{
    if (u->secured) {
        m->security = m->m.type == NAS_security_mode_command ? NAS_INTEGRITY_NEW : NAS_CIPHERED;
        m->sequence = u->nas_count++;
    }
    nas_seal(u->mme->epc->nas, m);
    return &m->m;
}

void mme_send_nas(struct mme_ue *u, struct msg *nas)
{
    struct s1ap_msg *m = s1ap_new(u->mme->epc->s1ap, S1AP_downlink_nas_transport);
    struct s1ap_downlink_nas_transport *b = s1ap_body(m, downlink_nas_transport);
    MME_IDS(u, b);
    b->nas = nas;
    mme_send_s1ap(u, m);
}

struct nas_msg *mme_connectivity_reject(const struct mme_ue *u, uint8_t pti, uint8_t cause)
{
    struct nas_msg *m = mme_esm(u, NAS_pdn_connectivity_reject, 0, pti);
    nas_body(m, pdn_connectivity_reject)->cause = cause;
    return m;
}

/* A visitor's own (TS 23.401 4.2.2, S6a over the border). */
static struct node *home_hss(const struct mme_ue *u)
{
    return epc_hss(u->mme->epc, epc_party(u->imsi));
}

struct dia_msg *mme_s6a_request(struct mme_ue *u, enum dia_type type)
{
    const struct mme *mme = u->mme;
    struct dia_msg *m = dia_new(mme->epc->dia, type);
    u->work->session = (uint64_t)(++u->sessions) << 32 | u->id;
    m->session = u->work->session;
    m->origin = mme->cfg.host;
    m->realm = mme->cfg.domain;
    m->to_realm = home_hss(u) ? sip_party(mme->epc->sip, epc_party(u->imsi))->domain : mme->cfg.hss_domain;
    return m;
}

void mme_send_s6a(struct mme_ue *u, struct dia_msg *m)
{
    dia_seal(u->mme->epc->dia, m);
    node_send(u->mme->node, home_hss(u) ? home_hss(u) : u->mme->cfg.hss, IFACE_S6A, &m->m);
}

/* ---- contexts --------------------------------------------------------------------------------------- */

struct mme_pdn *mme_find_pdn(const struct mme_ue *u, uint8_t ebi)
{
    struct mme_pdn *p = u->pdns;
    while (p && p->ebi != ebi)
        p = p->next;
    return p;
}

struct mme_bearer *mme_find_bearer(const struct mme_ue *u, uint8_t ebi)
{
    struct mme_bearer *b = u->bearers;
    while (b && b->ebi != ebi)
        b = b->next;
    return b;
}

static struct mme_ue *find_imsi(const struct mme *mme, uint64_t imsi)
{
    return ctx_find(&mme->ues, idmap_get(&mme->by_imsi, imsi));
}

/* The context with this M-TMSI, whose lower part is the place of the context. */
static struct mme_ue *find_tmsi(const struct mme *mme, uint8_t code, uint32_t m_tmsi)
{
    uint32_t index = m_tmsi & ((1u << CTX_INDEX_BITS) - 1);
    struct mme_ue *u = slab_in_use(&mme->ues.slab, index) ? slab_at(&mme->ues.slab, index) : NULL;
    return u && code == mme->cfg.code && (u->m_tmsi == m_tmsi || u->old_m_tmsi == m_tmsi) ? u : NULL;
}

struct mme_ue *mme_ue_new(struct mme *mme, struct node *enb, uint32_t enb_id, const struct ie_uli *uli)
{
    struct mme_ue *u = ctx_new(&mme->ues);
    u->mme = mme;
    u->m_tmsi = u->id;
    mme_wake(u);
    mme_connect(u, enb, enb_id, uli);
    return u;
}

/* The eNB of an older connection, if it is another one, has not noticed that the phone is gone. */
static void leave_old_connection(struct mme_ue *u, const struct node *enb)
{
    struct s1ap_msg *m;
    struct s1ap_ue_context_release_command *b;
    mme_abandon(u);
    if (u->enb == enb)
        return;
    m = s1ap_new(u->mme->epc->s1ap, S1AP_ue_context_release_command);
    b = s1ap_body(m, ue_context_release_command);
    MME_IDS(u, b);
    b->cause = S1AP_CAUSE_NAS_NORMAL;
    mme_send_s1ap(u, m);
}

void mme_connect(struct mme_ue *u, struct node *enb, uint32_t enb_id, const struct ie_uli *uli)
{
    if (u->connected)
        leave_old_connection(u, enb);
    else
        mme_reach_end(u);
    u->connected = true;
    u->enb = enb;
    u->enb_id = enb_id;
    u->uli = *uli;
    u->work->radio_lost = false;
    fsm_event(&u->work->release, MR_REPLACED, NULL);
    fsm_event(&u->work->paging, PG_ANSWERED, NULL);
}

bool mme_ue_is_registered(const struct mme_ue *u)
{
    return !u->work || (u->work->attach.state == MA_REGISTERED && u->work->detach.state == FSM_END && !u->work->leaving);
}

void mme_ue_name(struct mme_ue *u, uint64_t imsi)
{
    u->imsi = imsi;
    idmap_put(&u->mme->by_imsi, imsi, u->id);
}

void mme_entry_new(struct mme_ue *u)
{
    mme_entry_free(u);
    u->work->entry = slab_alloc0(&u->mme->entries, NULL);
}

void mme_entry_free(struct mme_ue *u)
{
    struct mme_entry *e = u->work->entry;
    if (!e)
        return;
    mme_drop(u->mme, &e->asked);
    mme_drop(u->mme, &e->nas);
    slab_free(&u->mme->entries, e);
    u->work->entry = NULL;
}

void mme_ue_free(struct mme_ue *u)
{
    struct mme *mme = u->mme;
    mme_wake(u);
    if (!u->connected)
        mme_reach_end(u);
    while (u->bearers)
        mme_bearer_free(u->bearers);
    while (u->pdns)
        mme_pdn_free(u->pdns);
    mme_work_free(u);
    if (u->imsi && idmap_get(&mme->by_imsi, u->imsi) == u->id)
        idmap_del(&mme->by_imsi, u->imsi);
    ctx_free(&mme->ues, u);
}

/* ---- NAS -------------------------------------------------------------------------------------------- */

static uint64_t imsi_of(const struct mme *mme, const struct ie_mobile_id *id)
{
    const struct mme_ue *known = NULL;
    if (id->imsi)
        return id->imsi;
    if (id->guti.mme_group == mme->cfg.group)
        known = find_tmsi(mme, id->guti.mme_code, id->guti.m_tmsi);
    return known ? known->imsi : 0;
}

/* A phone that attaches again has forgotten what it had: the old context goes (TS 24.301 5.5.1.2.7 f). */
static void attach_requested(struct mme_ue *u, const struct nas_msg *m)
{
    struct mme *mme = u->mme;
    struct mme_ue *old;
    u->imsi = imsi_of(mme, &nas_body(m, attach_request)->identity);
    old = u->imsi ? find_imsi(mme, u->imsi) : NULL;
    if (u->imsi)
        mme_ue_name(u, u->imsi);
    if (old && old != u) {
        mme_wake(old);
        fsm_event(&old->work->detach, MD_IMPLICIT, NULL);
    }
    fsm_event(&u->work->attach, MA_RX_ATTACH_REQUEST, m);
}

/* A phone that is not known wants to leave: it is told that it has. */
static void detach_requested(struct mme *mme, struct node *enb, uint32_t enb_id, const struct ie_uli *uli, const struct nas_msg *m)
{
    uint64_t imsi = imsi_of(mme, &nas_body(m, detach_request)->identity);
    struct mme_ue *u = imsi ? find_imsi(mme, imsi) : NULL;
    if (!u || !mme_ue_is_registered(u)) {
        if (u)
            fsm_event(&u->work->detach, MD_IMPLICIT, NULL);
        u = mme_ue_new(mme, enb, enb_id, uli);
    } else {
        mme_wake(u);
        mme_connect(u, enb, enb_id, uli);
    }
    fsm_event(&u->work->detach, MD_RX_DETACH_REQUEST, m);
}

/* A phone that comes with an identity of this MME: NULL if it is not known, or about to be forgotten; then it is told. */
static struct mme_ue *come_back(struct mme *mme, struct node *enb, const struct s1ap_initial_ue_message *b, struct mme_ue *u,
                                enum nas_type reject)
{
    const struct ie_uli uli = {.tai = b->tai, .ecgi = b->ecgi};
    struct nas_msg *m;
    if (u && mme_ue_is_registered(u)) {
        mme_wake(u);
        mme_connect(u, enb, b->enb_id, &uli);
        return u;
    }
    m = nas_new(mme->epc->nas, reject);
    *(reject == NAS_tau_reject ? &nas_body(m, tau_reject)->cause : &nas_body(m, service_reject)->cause) =
        u ? EMM_IMPLICITLY_DETACHED : EMM_UE_IDENTITY_UNKNOWN;
    u = mme_ue_new(mme, enb, b->enb_id, &uli);
    mme_send_nas(u, mme_protect(u, m));
    mme_release(u, S1AP_CAUSE_NAS_NORMAL);
    return NULL;
}

static void service_requested(struct mme *mme, struct node *enb, const struct s1ap_initial_ue_message *b)
{
    struct mme_ue *u = IE_HAS(b, s_tmsi) ? find_tmsi(mme, b->s_tmsi.mme_code, b->s_tmsi.m_tmsi) : NULL;
    u = come_back(mme, enb, b, u, NAS_service_reject);
    if (u)
        mme_service_requested(u, nas_of(b->nas));
}

static void update_requested(struct mme *mme, struct node *enb, const struct s1ap_initial_ue_message *b)
{
    const struct ie_guti *guti = &nas_body(nas_of(b->nas), tau_request)->old_guti;
    struct mme_ue *u = guti->mme_group == mme->cfg.group ? find_tmsi(mme, guti->mme_code, guti->m_tmsi) : NULL;
    u = come_back(mme, enb, b, u, NAS_tau_reject);
    if (u)
        fsm_event(&u->work->tau, TU_RX_REQUEST, nas_of(b->nas));
}

/* The accept of a default bearer by itself belongs to a PDN connection. */
static void pdn_nas(struct mme_ue *u, const struct nas_msg *m, uint8_t event)
{
    struct mme_pdn *p = mme_find_pdn(u, m->ebi);
    if (p)
        fsm_event(&p->fsm, event, m);
}

static void bearer_nas(struct mme_ue *u, const struct nas_msg *m, uint8_t event)
{
    struct mme_bearer *b = mme_find_bearer(u, m->ebi);
    if (b)
        fsm_event(&b->fsm, event, m);
}

static uint8_t failure_event(const struct nas_msg *m)
{
    return nas_body(m, authentication_failure)->cause == EMM_SYNCH_FAILURE ? AU_RX_SYNCH_FAILURE
                                                                           : AU_RX_FAILURE;
}

static void rx_nas(struct mme_ue *u, const struct nas_msg *m)
{
    switch (m->m.type) {
    case NAS_authentication_response:
        fsm_event(&u->work->auth, AU_RX_RESPONSE, m);
        break;
    case NAS_authentication_failure:
        fsm_event(&u->work->auth, failure_event(m), m);
        break;
    case NAS_security_mode_complete:
        fsm_event(&u->work->auth, AU_RX_SECURED, m);
        break;
    case NAS_security_mode_reject:
        fsm_event(&u->work->auth, AU_RX_NOT_SECURED, m);
        break;
    case NAS_attach_complete:
        fsm_event(&u->work->attach, MA_RX_ATTACH_COMPLETE, m);
        break;
    case NAS_pdn_connectivity_request:
        mme_pdn_requested(u, m);
        break;
    case NAS_activate_default_accept:
        pdn_nas(u, m, PD_RX_ACCEPT);
        break;
    case NAS_activate_default_reject:
        pdn_nas(u, m, PD_RX_REJECT);
        break;
    case NAS_activate_dedicated_accept:
        bearer_nas(u, m, BR_RX_ACTIVATED);
        break;
    case NAS_modify_accept:
        bearer_nas(u, m, BR_RX_MODIFIED);
        break;
    case NAS_activate_dedicated_reject:
    case NAS_modify_reject:
        bearer_nas(u, m, BR_RX_REFUSED);
        break;
    case NAS_deactivate_accept:
        bearer_nas(u, m, BR_RX_DEACTIVATED);
        break;
    case NAS_tau_complete:
        fsm_event(&u->work->tau, TU_RX_COMPLETE, m);
        break;
    case NAS_bearer_allocation_request:
    case NAS_bearer_modification_request:
        mme_asked(u, m);
        break;
    case NAS_detach_request:
        fsm_event(&u->work->detach, MD_RX_DETACH_REQUEST, m);
        break;
    default: /* SIMPLIFIED: see above */
        break;
    }
}

/* ---- S1AP ------------------------------------------------------------------------------------------- */

static void initial_ue_message(struct mme *mme, struct node *enb, const struct s1ap_initial_ue_message *b)
{
    const struct nas_msg *nas = nas_of(b->nas);
    const struct ie_uli uli = {.tai = b->tai, .ecgi = b->ecgi};
    if (nas->m.type == NAS_attach_request)
        attach_requested(mme_ue_new(mme, enb, b->enb_id, &uli), nas);
    else if (nas->m.type == NAS_detach_request)
        detach_requested(mme, enb, b->enb_id, &uli, nas);
    else if (nas->m.type == NAS_service_request)
        service_requested(mme, enb, b);
    else if (nas->m.type == NAS_tau_request)
        update_requested(mme, enb, b);
}

/* The eNB's answer about E-RABs: each goes to the PDN connection or bearer that waits for it. */
static void erabs_done(struct mme_ue *u, const struct ie_erabs *list, uint8_t pdn_event, uint8_t event)
{
    for (unsigned i = 0; i < list->n; i++) {
        const struct ie_erab *e = &list->item[i];
        struct mme_pdn *p = mme_find_pdn(u, e->id);
        struct mme_bearer *b = mme_find_bearer(u, e->id);
        if (p && pdn_event < PD_EVENTS)
            fsm_event(&p->fsm, pdn_event, e);
        else if (b)
            fsm_event(&b->fsm, event, e);
    }
}

/* The PDN connection that this E-RAB makes usable, if it is just being set up. */
static void erab_setup_response(struct mme_ue *u, const struct s1ap_erab_setup_response *b)
{
    if (IE_HAS(b, erabs))
        erabs_done(u, &b->erabs, PD_RX_ERAB_SETUP, BR_RX_ERAB_SETUP);
    if (IE_HAS(b, failed))
        erabs_done(u, &b->failed, PD_RX_ERAB_FAILED, BR_RX_ERAB_FAILED);
}

static void erab_modify_response(struct mme_ue *u, const struct s1ap_erab_modify_response *b)
{
    if (IE_HAS(b, erabs))
        erabs_done(u, &b->erabs, PD_EVENTS, BR_RX_ERAB_MODIFIED);
    if (IE_HAS(b, failed))
        erabs_done(u, &b->failed, PD_EVENTS, BR_RX_ERAB_FAILED);
}

/* One that could not be released is not there: that will do. */
static void erab_release_response(struct mme_ue *u, const struct s1ap_erab_release_response *b)
{
    if (IE_HAS(b, erabs))
        erabs_done(u, &b->erabs, PD_EVENTS, BR_RX_ERAB_RELEASED);
    if (IE_HAS(b, failed))
        erabs_done(u, &b->failed, PD_EVENTS, BR_RX_ERAB_RELEASED);
}

/* The pair of identities in a message about one phone; false: it is about none. */
static bool ids_of(const struct s1ap_msg *m, uint32_t *mme_id, uint32_t *enb_id)
{
    switch (m->m.type) {
#define CASE(id)                                                                                             \
    case S1AP_##id:                                                                                          \
        *mme_id = m->body.id.mme_id;                                                                         \
        *enb_id = m->body.id.enb_id;                                                                         \
        return true;
        CASE(uplink_nas_transport)
        CASE(ue_capability_info_indication)
        CASE(initial_context_setup_response)
        CASE(initial_context_setup_failure)
        CASE(erab_setup_response)
        CASE(erab_modify_response)
        CASE(erab_release_response)
        CASE(ue_context_release_request)
        CASE(ue_context_release_complete)
#undef CASE
    default:
        return false;
    }
}

/* TS 36.413 10.6: a phone that is not known, or not by this connection. */
static void error_indication(struct mme *mme, struct node *enb, uint32_t mme_id, uint32_t enb_id)
{
    struct s1ap_msg *m = s1ap_new(mme->epc->s1ap, S1AP_error_indication);
    struct s1ap_error_indication *b = s1ap_body(m, error_indication);
    IE_PUT(b, mme_id) = mme_id;
    IE_PUT(b, enb_id) = enb_id;
    IE_PUT(b, cause) = MME_CAUSE_UNKNOWN_PAIR;
    s1ap_seal(mme->epc->s1ap, m);
    node_send(mme->node, enb, IFACE_S1_MME, &m->m);
}

static void context_set_up(struct mme_ue *u, const struct s1ap_msg *m, bool good)
{
    if (u->work->service.state != SV_END)
        fsm_event(&u->work->service, good ? SV_RX_CONTEXT_RSP : SV_RX_CONTEXT_FAILURE, m);
    else
        fsm_event(&u->work->attach, good ? MA_RX_CONTEXT_RSP : MA_RX_CONTEXT_FAILURE, m);
}

static void rx_s1ap_of(struct mme_ue *u, const struct s1ap_msg *m)
{
    switch (m->m.type) {
    case S1AP_uplink_nas_transport:
        rx_nas(u, nas_of(s1ap_body(m, uplink_nas_transport)->nas));
        break;
    case S1AP_ue_capability_info_indication:
        u->radio_capability = s1ap_body(m, ue_capability_info_indication)->radio_capability;
        break;
    case S1AP_initial_context_setup_response:
        context_set_up(u, m, true);
        break;
    case S1AP_initial_context_setup_failure:
        context_set_up(u, m, false);
        break;
    case S1AP_erab_setup_response:
        erab_setup_response(u, s1ap_body(m, erab_setup_response));
        break;
    case S1AP_erab_modify_response:
        erab_modify_response(u, s1ap_body(m, erab_modify_response));
        break;
    case S1AP_erab_release_response:
        erab_release_response(u, s1ap_body(m, erab_release_response));
        break;
    case S1AP_ue_context_release_request:
        fsm_event(&u->work->release, MR_RX_REQUEST, m);
        break;
    case S1AP_ue_context_release_complete:
        fsm_event(&u->work->release, MR_RX_COMPLETE, m);
        break;
    }
}

/* The release of a connection that is not the phone's any more needs no answer. */
static void rx_s1ap(struct mme *mme, struct s1ap_msg *m, struct node *enb)
{
    uint32_t mme_id, enb_id;
    struct mme_ue *u;
    if (m->m.type == S1AP_initial_ue_message) {
        initial_ue_message(mme, enb, s1ap_body(m, initial_ue_message));
        return;
    }
    if (!ids_of(m, &mme_id, &enb_id))
        return;
    u = ctx_find(&mme->ues, mme_id);
    if (u && u->connected && u->enb == enb && u->enb_id == enb_id)
        rx_s1ap_of(u, m);
    else if (m->m.type != S1AP_ue_context_release_complete)
        error_indication(mme, enb, mme_id, enb_id);
    u = ctx_find(&mme->ues, mme_id);
    if (u)
        mme_doze(u);
}

/* ---- all messages ----------------------------------------------------------------------------------- */

static void rx_s6a(struct mme *mme, const struct dia_msg *m)
{
    struct mme_ue *u = ctx_find(&mme->ues, (uint32_t)m->session);
    if (!u || !u->work || u->work->session != m->session)
        return;
    if (m->m.type == DIA_AIA)
        fsm_event(&u->work->auth, AU_RX_AIA, m);
    else if (m->m.type == DIA_ULA)
        fsm_event(&u->work->attach, MA_RX_ULA, m);
}

static void rx_s11(struct mme *mme, struct gtp_msg *m)
{
    struct mme_ue *u = ctx_find(&mme->ues, m->teid);
    uint32_t id = u ? u->id : 0;
    if (u)
        mme_wake(u);
    mme_rx_s11(mme, u, m);
    u = ctx_find(&mme->ues, id);
    if (u)
        mme_doze(u);
}

static void rx(struct node *n, struct msg *m, struct node *from, uint16_t iface)
{
    struct mme *mme = n->self;
    (void)iface;
    if (m->proto == mme->epc->s1ap->ie.proto) {
        rx_s1ap(mme, (struct s1ap_msg *)m, from);
    } else if (m->proto == mme->epc->gtp->ie.proto) {
        rx_s11(mme, (struct gtp_msg *)m);
    } else {
        sim_assert(n->sim, m->proto == mme->epc->dia->proto);
        rx_s6a(mme, (const struct dia_msg *)m);
    }
}

void mme_new(const struct epc *epc, struct node *n, const struct mme_cfg *cfg)
{
    struct fsm_def *const defs[] = {&mme_attach_def,  &mme_auth_def,   &mme_pdn_def,    &mme_bearer_def, &mme_ask_def,
                                    &mme_detach_def,  &mme_release_def, &mme_s11_def,   &mme_service_def,
                                    &mme_paging_def,  &mme_tau_def};
    struct mme *mme = g_new0(struct mme, 1);
    for (size_t i = 0; i < G_N_ELEMENTS(defs); i++)
        fsm_init(defs[i]);
    mme->node = n;
    mme->epc = epc;
    mme->cfg = *cfg;
    ctx_pool_init(&mme->ues, sizeof(struct mme_ue));
    slab_init(&mme->works, sizeof(struct mme_work));
    slab_init(&mme->requests, sizeof(struct mme_request));
    slab_init(&mme->held, sizeof(struct mme_held));
    slab_init(&mme->pdns, sizeof(struct mme_pdn));
    slab_init(&mme->bearers, sizeof(struct mme_bearer));
    slab_init(&mme->jobs, sizeof(struct mme_job));
    slab_init(&mme->entries, sizeof(struct mme_entry));
    slab_init(&mme->asks, sizeof(struct mme_ask));
    idmap_init(&mme->by_imsi);
    mme->subscriptions = g_ptr_array_new_with_free_func(g_free);
    mme_reach_new(mme);
    if (cfg->authenticates > 0) {
        char *name = g_strdup_printf("%s/service-authentication", n->name);
        mme->authenticates = rng_stream(n->sim->streams, name);
        g_free(name);
    }
    n->self = mme;
    n->rx = rx;
}

void mme_free(struct node *n)
{
    struct mme *mme = n->self;
    for (uint32_t i = 1; i < slab_end(&mme->ues.slab); i++)
        if (slab_in_use(&mme->ues.slab, i))
            mme_ue_free(slab_at(&mme->ues.slab, i));
    mme_reach_free(mme);
    ctx_pool_clear(&mme->ues);
    slab_clear(&mme->works);
    slab_clear(&mme->requests);
    slab_clear(&mme->held);
    slab_clear(&mme->pdns);
    slab_clear(&mme->bearers);
    slab_clear(&mme->jobs);
    slab_clear(&mme->entries);
    slab_clear(&mme->asks);
    idmap_clear(&mme->by_imsi);
    g_ptr_array_free(mme->subscriptions, TRUE);
    g_free(mme);
    n->self = NULL;
}

size_t mme_contexts(const struct node *n)
{
    const struct mme *mme = n->self;
    return ctx_count(&mme->ues);
}

bool mme_is_registered(const struct node *n, uint64_t imsi)
{
    const struct mme_ue *u = find_imsi(n->self, imsi);
    return u && mme_ue_is_registered(u);
}

unsigned mme_bearers(const struct node *n, uint64_t imsi, struct ie_bearer out[IE_MAX_BEARERS])
{
    const struct mme_ue *u = find_imsi(n->self, imsi);
    unsigned count = 0;
    for (const struct mme_bearer *b = u ? u->bearers : NULL; b && count < IE_MAX_BEARERS; b = b->next)
        if (b->fsm.state != FSM_END && (b->enb.teid || (!u->connected && mme_bearer_is_active(b))))
            out[count++] = (struct ie_bearer){
                .ebi = b->ebi, .parts = BEARER_QOS, .qos = b->qos, .n_fteids = 2, .fteid = {b->enb, b->sgw}};
    return count;
}
