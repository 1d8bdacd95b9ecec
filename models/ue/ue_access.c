/* ue_access.c - the phone's LTE side: makes it, keeps its bearers, passes messages to their procedures.
 *
 * SIMPLIFIED: one cell, no cell selection.
 * Message authentication codes of NAS are not computed, and those of the network are not checked. */
#include "models/ue/ue_access_int.h"

#include <string.h>

/* ---- phones ---------------------------------------------------------------------------------- */

struct ue_access_pool *ue_access_pool_new(struct sim *sim)
{
    struct ue_access_pool *pool = g_new0(struct ue_access_pool, 1);
    slab_init(&pool->phones, sizeof(struct ue_access));
    slab_init(&pool->conns, sizeof(struct ue_conn));
    slab_init(&pool->bearers, sizeof(struct ue_bearer));
    slab_init(&pool->tfts, sizeof(struct ue_tft));
    ue_service_init(pool);
    ue_discovery_init(pool);
    waitlist_init(&pool->idle, sim, &pool->phones, offsetof(struct ue_access, wait), ue_idle_too_long);
    fsm_init(&ue_rrc_def);
    fsm_init(&ue_random_def);
    fsm_init(&ue_emm_def);
    fsm_init(&ue_esm_def);
    return pool;
}

void ue_access_pool_free(struct ue_access_pool *pool)
{
    for (uint32_t i = 1; i < slab_end(&pool->phones); i++)
        if (slab_in_use(&pool->phones, i))
            ue_access_free(slab_at(&pool->phones, i));
    waitlist_clear(&pool->idle);
    slab_clear(&pool->phones);
    slab_clear(&pool->conns);
    slab_clear(&pool->bearers);
    slab_clear(&pool->tfts);
    slab_clear(&pool->services);
    slab_clear(&pool->held);
    slab_clear(&pool->discoveries);
    g_free(pool);
}

size_t ue_access_connections(const struct ue_access_pool *pool)
{
    return slab_count(&pool->conns);
}

size_t ue_access_held(const struct ue_access_pool *pool)
{
    return slab_count(&pool->held);
}

size_t ue_access_bearer_count(const struct ue_access_pool *pool)
{
    return slab_count(&pool->bearers);
}

struct ue_access *ue_access_new(const struct epc *epc, struct node *ue, const struct ue_access_cfg *cfg,
                                uint32_t party)
{
    struct ue_access *a = slab_alloc0(&cfg->pool->phones, NULL);
    fsm_start(&a->emm, &ue_emm_def, ue);
    a->epc = epc;
    a->cfg = cfg;
    a->party = party;
    a->ksi = KSI_NONE;
    return a;
}

void ue_access_free(struct ue_access *a)
{
    fsm_stop(&a->emm);
    fsm_place(&a->emm, FSM_END);
    ue_service_stop(a);
    ue_discovery_leave(a);
    waitlist_stop(&a->cfg->pool->idle, a);
    ue_rrc_abandon(a);
    while (a->bearers)
        ue_bearer_remove(a, a->bearers->ebi);
    slab_free(&a->cfg->pool->phones, a);
}

void ue_access_rx(struct ue_access *a, struct msg *m, struct node *from)
{
    const struct rrc_msg *rrc = (const struct rrc_msg *)m;
    sim_assert(from->sim, from == a->cfg->enb && m->proto == a->epc->rrc->ie.proto);
    if (m->type == RRC_data)
        ue_data_rx(a, rrc);
    else if (m->type == RRC_paging)
        ue_service_paged(a, rrc);
    else
        ue_rrc_rx(a, rrc);
}

void ue_access_attach(struct ue_access *a)
{
    ue_emm_attach(a);
}

void ue_access_detach(struct ue_access *a, bool switch_off)
{
    ue_discovery_leave(a);
    ue_emm_detach(a, switch_off);
}

bool ue_access_request_bearer(struct ue_access *a, const struct ie_qos *qos, const struct ie_tft *tft)
{
    if (!ue_emm_registered(a) || !ue_access_has_sip(a))
        return false;
    return a->conn && !ue_service_is_busy(a) ? ue_esm_request_bearer(a, qos, tft) : ue_service_ask(a, qos, tft);
}

bool ue_access_release_bearer(struct ue_access *a, uint8_t ebi, const struct ie_tft *filters)
{
    return a->conn && ue_emm_registered(a) && ue_esm_release_bearer(a, ebi, filters);
}

void ue_access_radio(struct ue_access *a, bool heard)
{
    const struct ie_s_tmsi id = {.mme_code = a->guti.mme_code, .m_tmsi = a->guti.m_tmsi};
    if (a->no_radio == !heard)
        return;
    a->no_radio = !heard;
    if (heard && id.m_tmsi)
        epc_listen(a->epc, a->cfg->enb, id, ue_node(a));
    else if (id.m_tmsi)
        epc_listen_no_more(a->epc, a->cfg->enb, id);
    ue_rrc_radio(a, heard);
    if (heard)
        ue_service_radio_back(a);
}

void ue_access_power_cut(struct ue_access *a)
{
    ue_emm_power_cut(a);
}

void ue_set_guti(struct ue_access *a, const struct ie_guti *guti)
{
    const struct ie_s_tmsi old = {.mme_code = a->guti.mme_code, .m_tmsi = a->guti.m_tmsi};
    const struct ie_s_tmsi new = {.mme_code = guti->mme_code, .m_tmsi = guti->m_tmsi};
    if (old.m_tmsi)
        epc_listen_no_more(a->epc, a->cfg->enb, old);
    a->guti = *guti;
    if (new.m_tmsi && !a->no_radio)
        epc_listen(a->epc, a->cfg->enb, new, ue_node(a));
}

struct aka_usim *ue_access_card(struct ue_access *a)
{
    return &a->usim;
}

const char *ue_access_apn(const struct ue_access *a)
{
    return ue_sip_apn(a);
}

bool ue_access_has_sip(const struct ue_access *a)
{
    return ue_bearer_of_apn(a, ue_sip_apn(a)) != NULL;
}

bool ue_access_is_attached(const struct ue_access *a)
{
    return ue_emm_registered(a);
}

bool ue_access_is_connected(const struct ue_access *a)
{
    return a->conn != NULL;
}

/* ---- bearers --------------------------------------------------------------------------------- */

const char *ue_sip_apn(const struct ue_access *a)
{
    return a->cfg->second_pdn ? "ims" : a->cfg->apn;
}

struct ue_bearer *ue_bearer_find(const struct ue_access *a, uint8_t ebi)
{
    struct ue_bearer *b = a->bearers;
    while (b && b->ebi != ebi)
        b = b->next;
    return b;
}

struct ue_bearer *ue_bearer_of_apn(const struct ue_access *a, const char *apn)
{
    struct ue_bearer *b = a->bearers;
    while (b && (b->linked || strcmp(b->apn, apn) != 0))
        b = b->next;
    return b;
}

struct ue_bearer *ue_bearer_add(struct ue_access *a, uint8_t ebi, uint8_t linked)
{
    struct ue_bearer *b = slab_alloc0(&a->cfg->pool->bearers, NULL), **at = &a->bearers;
    while (*at && (*at)->ebi < ebi)
        at = &(*at)->next;
    b->next = *at;
    *at = b;
    b->ebi = ebi;
    b->linked = linked;
    if (linked)
        b->tft = slab_alloc0(&a->cfg->pool->tfts, NULL);
    return b;
}

void ue_bearer_remove(struct ue_access *a, uint8_t ebi)
{
    struct ue_bearer **at = &a->bearers;
    while (*at && (*at)->ebi != ebi)
        at = &(*at)->next;
    struct ue_bearer *b = *at;
    if (!b)
        return;
    *at = b->next;
    if (b->linked)
        slab_free(&a->cfg->pool->tfts, b->tft);
    slab_free(&a->cfg->pool->bearers, b);
}

void ue_bearer_add_default(struct ue_access *a, uint8_t ebi, const struct ie_qos *qos, const char *apn, uint32_t ip)
{
    struct ue_bearer *b = ue_bearer_add(a, ebi, 0);
    b->qos = *qos;
    b->apn = apn;
    b->ip = ip;
}

/* EBI of a bearer that is linked to this default bearer; 0: there is none. */
static uint8_t first_linked(const struct ue_access *a, uint8_t ebi)
{
    const struct ue_bearer *b = a->bearers;
    while (b && b->linked != ebi)
        b = b->next;
    return b ? b->ebi : 0;
}

/* A dedicated bearer is gone. */
static void mark_down(const struct ue_access *a, uint8_t ebi)
{
    const struct ue_bearer *b = ue_bearer_find(a, ebi);
    if (b->linked)
        node_mark(ue_node(a), MARK_BEARER_DOWN, b->qos.qci);
}

void ue_bearer_close(struct ue_access *a, uint8_t ebi)
{
    uint8_t dependent;
    while ((dependent = first_linked(a, ebi)) != 0) {
        mark_down(a, dependent);
        ue_bearer_remove(a, dependent);
        UE_TELL(a, bearer_down, dependent);
    }
    mark_down(a, ebi);
    ue_bearer_remove(a, ebi);
    UE_TELL(a, bearer_down, ebi);
}

uint8_t ue_drb(const struct ue_access *a, uint8_t ebi)
{
    return a->conn ? a->conn->drb[ebi - EBI_FIRST] : 0;
}

unsigned ue_access_bearers(const struct ue_access *a, struct ue_bearer_view *out, unsigned max)
{
    unsigned n = 0;
    for (const struct ue_bearer *b = a->bearers; b; b = b->next, n++)
        if (n < max)
            out[n] = (struct ue_bearer_view){.ebi = b->ebi,
                                             .linked = b->linked,
                                             .drb = ue_drb(a, b->ebi),
                                             .qos = b->qos,
                                             .apn = b->linked ? NULL : b->apn,
                                             .ip = b->ip,
                                             .tft = b->linked ? b->tft : NULL};
    return n;
}

/* ---- NAS messages ---------------------------------------------------------------------------- */

struct nas_msg *ue_nas_new(struct ue_access *a, enum nas_type type)
{
    struct nas_msg *m = nas_new(a->epc->nas, type);
    if (a->secured) {
        m->security = NAS_CIPHERED;
        m->sequence = a->sequence++;
    }
    return m;
}

void ue_nas_send(struct ue_access *a, struct nas_msg *m)
{
    nas_seal(a->epc->nas, m);
    ue_rrc_send(a, m, RRC_MO_SIGNALLING);
}

void ue_nas_rx(struct ue_access *a, const struct nas_msg *m)
{
    struct ue_esm_rx rx = {.m = m};
    if (nas_is_esm(m->m.type))
        ue_esm_rx(a, &rx);
    else
        ue_emm_rx(a, m);
}
