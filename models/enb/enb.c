/* enb.c - the eNB's contexts and what arrives: RRC from phones, S1AP from the MME, G-PDUs from S-GWs. Each
 * message goes to the machine of its procedure:
 *
 *   enb_random.c      random access, where Uu has a radio
 *   enb_connection.c  RRC connection, NAS messages both ways
 *   enb_context.c     initial context set-up
 *   enb_erab.c        E-RAB set-up, modification, release; enb_admit.c: whether the cell has room
 *   enb_release.c     inactivity, loss of a phone, release of the UE context
 *   enb_paging.c      paging
 *   enb_data.c        user plane
 *
 * SIMPLIFIED: one cell per eNB; no S1 set-up, reset or overload procedures; no
 * handover. */
#include "models/enb/enb_int.h"

static struct enb *enb_of(const struct node *n)
{
    return n->self;
}

/* ---- contexts ---------------------------------------------------------------------------------------- */

static struct enb_ue *ue_of_phone(const struct enb *enb, const struct node *phone)
{
    return ctx_find(&enb->ues, idmap_get(&enb->by_phone, (uint64_t)phone->id + 1));
}

/* The C-RNTI goes by the place of the context, unless a random access has given the phone one.
 * SIMPLIFIED: with more phones than there are values, two get the same. */
struct enb_ue *enb_ue_new(struct enb *enb, struct node *phone)
{
    struct enb_ue *ue = ctx_new(&enb->ues);

    ue->enb = enb;
    ue->phone = phone;
    ue->rnti = ENB_RNTI_FIRST + (slab_index(ue) - 1) % ENB_RNTIS;
    g_queue_init(&ue->waiting);
    fsm_start(&ue->connection, &enb_connection_def, enb->node);
    fsm_start(&ue->context, &enb_context_def, enb->node);
    fsm_start(&ue->erabs, &enb_erab_def, enb->node);
    fsm_start(&ue->release, &enb_release_def, enb->node);
    fsm_event(&ue->release, REL_OPEN, NULL);
    idmap_put(&enb->by_phone, (uint64_t)phone->id + 1, ue->id);
    return ue;
}

void enb_ue_free(struct enb_ue *ue)
{
    struct enb *enb = ue->enb;
    struct enb_waiting *w;

    fsm_stop(&ue->connection);
    fsm_stop(&ue->context);
    fsm_stop(&ue->erabs);
    fsm_stop(&ue->release);
    enb_end_request(ue);
    while ((w = g_queue_pop_head(&ue->waiting))) {
        msg_unref(enb->epc->net, w->m);
        g_free(w);
    }
    for (int i = 0; i < ENB_DRBS; i++)
        if (ue->erab[i]) {
            enb_give_back(enb, ctx_find(&enb->erabs, ue->erab[i]));
            ctx_free(&enb->erabs, ctx_find(&enb->erabs, ue->erab[i]));
        }
    idmap_del(&enb->by_phone, (uint64_t)ue->phone->id + 1);
    ctx_free(&enb->ues, ue);
}

/* ---- messages ---------------------------------------------------------------------------------------- */

uint32_t enb_rnti(const struct enb_ue *ue)
{
    return ue->rnti;
}

struct rrc_msg *enb_rrc_new(const struct enb_ue *ue, enum rrc_type type)
{
    struct rrc_msg *m = rrc_new(ue->enb->epc->rrc, type);
    m->ue = enb_rnti(ue);
    return m;
}

void enb_send_rrc(const struct enb_ue *ue, struct rrc_msg *m)
{
    rrc_seal(ue->enb->epc->rrc, m);
    node_send(ue->enb->node, ue->phone, IFACE_UU, &m->m);
}

void enb_send_s1ap(const struct enb *enb, struct s1ap_msg *m)
{
    s1ap_seal(enb->epc->s1ap, m);
    node_send(enb->node, enb->cfg.mme, IFACE_S1_MME, &m->m);
}

void enb_send_nas(const struct enb_ue *ue, struct msg *nas)
{
    struct rrc_msg *m = enb_rrc_new(ue, RRC_dl_information_transfer);
    rrc_body(m, dl_information_transfer)->nas = msg_ref(nas);
    enb_send_rrc(ue, m);
}

/* ---- from phones ------------------------------------------------------------------------------------- */

/* A phone that asks for a connection has none: what is known of an earlier one goes. */
static void rx_connection_request(struct enb *enb, const struct rrc_msg *m, struct node *phone)
{
    struct enb_ue *old = ue_of_phone(enb, phone);

    if (old)
        fsm_event(&old->release, REL_RX_NEW_REQUEST, NULL);
    fsm_event(&enb_ue_new(enb, phone)->connection, CON_RX_REQUEST, m);
}

/* Initial context set-up reconfigures first, E-RABs come after it: one of the two waits for this. */
static void rx_reconfigured(struct enb_ue *ue)
{
    bool initial = ue->request && ue->request->type == S1AP_initial_context_setup_request;

    if (initial)
        fsm_event(&ue->context, CTX_RX_RECONFIGURED, NULL);
    else
        fsm_event(&ue->erabs, ERAB_RX_RECONFIGURED, NULL);
}

static void rx_rrc(struct enb *enb, const struct rrc_msg *m, struct node *phone)
{
    struct enb_ue *ue = ue_of_phone(enb, phone);

    if (ue)
        enb_traffic(ue);
    if (m->m.type == RRC_data)
        enb_data_uplink(enb, ue, m);
    else if (m->m.type == RRC_random_access_preamble)
        enb_random_rx(enb, m, phone);
    else if (m->m.type == RRC_connection_request)
        rx_connection_request(enb, m, phone);
    else if (!ue)
        return; /* it lost its connection while this was on its way */
    else if (m->m.type == RRC_connection_setup_complete)
        fsm_event(&ue->connection, CON_RX_SETUP_COMPLETE, m);
    else if (m->m.type == RRC_ul_information_transfer)
        fsm_event(&ue->connection, CON_RX_UPLINK_NAS, m);
    else if (m->m.type == RRC_ue_capability_information)
        fsm_event(&ue->context, CTX_RX_CAPABILITY, m);
    else if (m->m.type == RRC_security_mode_complete)
        fsm_event(&ue->context, CTX_RX_SECURED, m);
    else if (m->m.type == RRC_security_mode_failure)
        fsm_event(&ue->context, CTX_RX_NOT_SECURED, m);
    else if (m->m.type == RRC_connection_reconfiguration_complete)
        rx_reconfigured(ue);
}

/* ---- from the MME ------------------------------------------------------------------------------------ */

/* The pair of identities in a message about one phone; false: the message is about none. */
static bool ids_of(const struct s1ap_msg *m, uint32_t *mme_id, uint32_t *enb_id)
{
#define TAKE(type)                                                                                           \
    case S1AP_##type:                                                                                        \
        *mme_id = m->body.type.mme_id;                                                                       \
        *enb_id = m->body.type.enb_id;                                                                       \
        return true;
    switch (m->m.type) {
        TAKE(downlink_nas_transport)
        TAKE(initial_context_setup_request)
        TAKE(erab_setup_request)
        TAKE(erab_modify_request)
        TAKE(erab_release_command)
        TAKE(ue_context_release_command)
    default:
        return false;
    }
#undef TAKE
}

/* TS 36.413 10.6: identities that do not fit. */
static void error_indication(const struct enb *enb, uint32_t mme_id, uint32_t enb_id, uint8_t cause)
{
    struct s1ap_msg *m = s1ap_new(enb->epc->s1ap, S1AP_error_indication);
    struct s1ap_error_indication *b = s1ap_body(m, error_indication);
    IE_PUT(b, mme_id) = mme_id;
    IE_PUT(b, enb_id) = enb_id;
    IE_PUT(b, cause) = cause;
    enb_send_s1ap(enb, m);
}

/* SIMPLIFIED: a context that is to be released and is not there counts as released, where TS 36.413 10.6 has
 * an ERROR INDICATION: it was dropped here a moment before, and the MME learns what it wants to know. */
static void already_released(const struct enb *enb, uint32_t mme_id, uint32_t enb_id)
{
    struct s1ap_msg *m = s1ap_new(enb->epc->s1ap, S1AP_ue_context_release_complete);
    struct s1ap_ue_context_release_complete *b = s1ap_body(m, ue_context_release_complete);
    b->mme_id = mme_id;
    b->enb_id = enb_id;
    enb_send_s1ap(enb, m);
}

/* The MME does not know what the eNB has told it of: the phone's connection goes (TS 36.413 10.6). */
static void rx_error(const struct enb *enb, const struct s1ap_msg *m)
{
    const struct s1ap_error_indication *b = s1ap_body(m, error_indication);
    struct enb_ue *ue = IE_HAS(b, enb_id) ? ctx_find(&enb->ues, b->enb_id) : NULL;

    if (ue)
        fsm_event(&ue->release, REL_RX_ERROR, m);
}

static void rx_s1ap_of(struct enb_ue *ue, const struct s1ap_msg *m)
{
    enb_traffic(ue);
    switch (m->m.type) {
    case S1AP_downlink_nas_transport:
        fsm_event(&ue->connection, CON_RX_DOWNLINK_NAS, m);
        break;
    case S1AP_initial_context_setup_request:
        fsm_event(&ue->context, CTX_RX_REQUEST, m);
        break;
    case S1AP_erab_setup_request:
        fsm_event(&ue->erabs, ERAB_RX_SETUP, m);
        break;
    case S1AP_erab_modify_request:
        fsm_event(&ue->erabs, ERAB_RX_MODIFY, m);
        break;
    case S1AP_erab_release_command:
        fsm_event(&ue->erabs, ERAB_RX_RELEASE, m);
        break;
    default:
        fsm_event(&ue->release, REL_RX_COMMAND, m);
        break;
    }
}

static void rx_s1ap(struct enb *enb, const struct s1ap_msg *m)
{
    uint32_t mme_id, enb_id;

    if (m->m.type == S1AP_paging)
        fsm_event(&enb->paging, PAG_RX_PAGING, m);
    else if (m->m.type == S1AP_error_indication)
        rx_error(enb, m);
    if (!ids_of(m, &mme_id, &enb_id))
        return;
    struct enb_ue *ue = ctx_find(&enb->ues, enb_id);
    if (!ue && m->m.type == S1AP_ue_context_release_command) {
        already_released(enb, mme_id, enb_id);
        return;
    }
    if (!ue || (ue->knows_mme && ue->mme_id != mme_id)) {
        error_indication(enb, mme_id, enb_id, ue ? ENB_CAUSE_UNKNOWN_PAIR : ENB_CAUSE_UNKNOWN_ENB_ID);
        return;
    }
    ue->knows_mme = true;
    ue->mme_id = mme_id;
    rx_s1ap_of(ue, m);
}

static void rx(struct node *n, struct msg *m, struct node *from, uint16_t iface)
{
    struct enb *enb = enb_of(n);

    if (iface == IFACE_UU)
        rx_rrc(enb, (const struct rrc_msg *)m, from);
    else if (iface == IFACE_S1_MME)
        rx_s1ap(enb, (const struct s1ap_msg *)m);
    else if (m->type == GTP_g_pdu)
        enb_data_downlink(enb, (const struct gtp_msg *)m);
}

/* ---- the node ---------------------------------------------------------------------------------------- */

void enb_new(const struct epc *epc, struct node *n, const struct enb_cfg *cfg)
{
    struct enb *enb = g_new0(struct enb, 1);

    fsm_init(&enb_connection_def);
    fsm_init(&enb_context_def);
    fsm_init(&enb_erab_def);
    fsm_init(&enb_release_def);
    fsm_init(&enb_data_def);
    fsm_init(&enb_random_def);
    enb->epc = epc;
    enb->node = n;
    enb->cfg = *cfg;
    if (enb->cfg.guard == 0)
        enb->cfg.guard = ENB_GUARD;
    fsm_start(&enb->data, &enb_data_def, n);
    fsm_start(&enb->random, &enb_random_def, n);
    enb_paging_new(enb);
    ctx_pool_init(&enb->ues, sizeof(struct enb_ue));
    ctx_pool_init(&enb->erabs, sizeof(struct enb_erab));
    idmap_init(&enb->by_phone);
    n->self = enb;
    n->rx = rx;
}

void enb_free(struct node *n)
{
    struct enb *enb = enb_of(n);

    for (uint32_t i = 1; i < slab_end(&enb->ues.slab); i++)
        if (slab_in_use(&enb->ues.slab, i))
            enb_ue_free(slab_at(&enb->ues.slab, i));
    ctx_pool_clear(&enb->ues);
    ctx_pool_clear(&enb->erabs);
    slab_clear(&enb->pages);
    idmap_clear(&enb->by_phone);
    g_free(enb);
    n->self = NULL;
}

size_t enb_contexts(const struct node *n)
{
    const struct enb *enb = enb_of(n);
    return (size_t)ctx_count(&enb->ues) + ctx_count(&enb->erabs);
}

void enb_radio(struct node *n, const struct node *phone, bool heard)
{
    struct enb_ue *ue = ue_of_phone(enb_of(n), phone);
    if (ue)
        fsm_event(&ue->release, heard ? REL_RADIO_BACK : REL_RADIO_LOST, NULL);
}

uint64_t enb_discarded(const struct node *n)
{
    return enb_of(n)->discarded;
}

bool enb_bearer(const struct node *n, const struct node *phone, uint8_t ebi, struct enb_bearer *out)
{
    const struct enb *enb = enb_of(n);
    const struct enb_ue *ue = ue_of_phone(enb, phone);

    for (int i = 0; ue && i < ENB_DRBS; i++) {
        const struct enb_erab *e = ctx_find(&enb->erabs, ue->erab[i]);
        if (!e || e->ebi != ebi)
            continue;
        *out = (struct enb_bearer){.ebi = ebi,
                                   .drb = e->drb,
                                   .teid = e->id,
                                   .sgw_teid = e->sgw_teid,
                                   .sgw = e->sgw,
                                   .qos = e->qos};
        return true;
    }
    return false;
}
