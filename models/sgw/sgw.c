/* sgw.c - the S-GW's dispatcher and its contexts.
 *
 *   MME <- S11 -> S-GW <- S5 -> P-GW     session: sgw_session.c    bearers: sgw_bearer.c
 *                                        what phones ask for: sgw_command.c
 *   eNB <- S1-U -> S-GW <- S5 -> P-GW    packets: sgw_data.c; for idle phones: sgw_notify.c
 *
 * SIMPLIFIED: no answers are kept for repeated requests. One that is repeated while its relay is under way is
 * dropped, since its answer will come; one that is repeated later is either harmless to do again or is
 * answered from the context. Change of S-GW, echo and error indications are left out: such messages are
 * dropped. */
#include "models/sgw/sgw_int.h"

/* ---- contexts -------------------------------------------------------------------------------- */

struct sgw_ue *sgw_ue_new(struct sgw *s, uint64_t imsi)
{
    struct sgw_ue *ue = ctx_new(&s->ues);
    ue->imsi = imsi;
    idmap_put(&s->ue_of_imsi, imsi, slab_index(ue));
    return ue;
}

struct sgw_ue *sgw_ue_by_imsi(const struct sgw *s, uint64_t imsi)
{
    uint32_t index = imsi ? idmap_get(&s->ue_of_imsi, imsi) : 0;
    return index ? slab_at(&s->ues.slab, index) : NULL;
}

struct sgw_pdn *sgw_pdn_new(struct sgw *s, struct sgw_ue *ue)
{
    struct sgw_pdn *pdn = ctx_new(&s->pdns);
    sim_assert(s->node->sim, slab_index(pdn) < SGW_S5_SIDE);
    pdn->ue = ue->id;
    pdn->next = ue->pdns;
    ue->pdns = pdn->id;
    return pdn;
}

static void drop_relays(struct sgw *s, const struct sgw_ue *ue, uint32_t pdn, const struct sgw_relay *spared)
{
    for (uint32_t id = ue->relays; id;) {
        struct sgw_relay *r = ctx_find(&s->relays, id);
        id = r->next;
        if (r->pdn == pdn && r != spared)
            sgw_relay_drop(r);
    }
}

void sgw_pdn_free(struct sgw *s, struct sgw_pdn *pdn, const struct sgw_relay *spared)
{
    struct sgw_ue *ue = ctx_find(&s->ues, pdn->ue);
    uint32_t *at = &ue->pdns;

    drop_relays(s, ue, pdn->id, spared);
    while (pdn->bearers)
        sgw_bearer_free(s, ctx_find(&s->bearers, pdn->bearers));
    while (*at != pdn->id)
        at = &((struct sgw_pdn *)ctx_find(&s->pdns, *at))->next;
    *at = pdn->next;
    ctx_free(&s->pdns, pdn);
}

struct sgw_bearer *sgw_bearer_new(struct sgw *s, struct sgw_pdn *pdn)
{
    struct sgw_bearer *b = ctx_new(&s->bearers);
    uint32_t *at = &pdn->bearers;

    sim_assert(s->node->sim, slab_index(b) < SGW_S5_SIDE);
    while (*at)
        at = &((struct sgw_bearer *)ctx_find(&s->bearers, *at))->next;
    *at = b->id;
    b->pdn = pdn->id;
    return b;
}

void sgw_bearer_free(struct sgw *s, struct sgw_bearer *b)
{
    struct sgw_pdn *pdn = ctx_find(&s->pdns, b->pdn);
    uint32_t *at = &pdn->bearers;

    while (*at != b->id)
        at = &((struct sgw_bearer *)ctx_find(&s->bearers, *at))->next;
    *at = b->next;
    ctx_free(&s->bearers, b);
}

struct sgw_bearer *sgw_bearer_by_ebi(const struct sgw *s, const struct sgw_pdn *pdn, uint8_t ebi)
{
    struct sgw_bearer *b = ctx_find(&s->bearers, pdn->bearers);
    while (b && b->ebi != ebi)
        b = ctx_find(&s->bearers, b->next);
    return b;
}

struct sgw_bearer *sgw_ue_bearer(const struct sgw *s, const struct sgw_ue *ue, uint8_t ebi)
{
    struct sgw_bearer *b = NULL;
    for (const struct sgw_pdn *pdn = ctx_find(&s->pdns, ue->pdns); pdn && !b; pdn = ctx_find(&s->pdns, pdn->next))
        b = sgw_bearer_by_ebi(s, pdn, ebi);
    return b;
}

struct sgw_pdn *sgw_ue_pdn(const struct sgw *s, const struct sgw_ue *ue, uint8_t ebi)
{
    struct sgw_pdn *pdn = ctx_find(&s->pdns, ue->pdns);
    while (pdn && ((const struct sgw_bearer *)ctx_find(&s->bearers, pdn->bearers))->ebi != ebi)
        pdn = ctx_find(&s->pdns, pdn->next);
    return pdn;
}

const struct ie_fteid *sgw_find_fteid(const struct ie_bearer *b, uint8_t iface)
{
    for (unsigned i = 0; i < b->n_fteids; i++)
        if (b->fteid[i].iface == iface)
            return &b->fteid[i];
    return NULL;
}

/* ---- dispatcher ------------------------------------------------------------------------------ */

/* Which machine a message of the control plane is for, and what it means there. */
static const struct route {
    struct fsm_def *def; /* NULL: not understood */
    uint16_t iface;      /* where it must come from */
    uint8_t event;
    bool answer;
} routes[GTP_TYPES] = {
    [GTP_create_session_req] = {&sgw_session_def, IFACE_S11, SS_RX_CREATE_SESSION,     false},
    [GTP_create_session_rsp] = {&sgw_session_def, IFACE_S5,  SS_RX_CREATE_SESSION_RSP, true },
    [GTP_modify_bearer_req]  = {&sgw_session_def, IFACE_S11, SS_RX_MODIFY_BEARER,      false},
    [GTP_release_access_bearers_req] = {&sgw_session_def, IFACE_S11, SS_RX_RELEASE_ACCESS, false},
    [GTP_delete_session_req] = {&sgw_session_def, IFACE_S11, SS_RX_DELETE_SESSION,     false},
    [GTP_delete_session_rsp] = {&sgw_session_def, IFACE_S5,  SS_RX_DELETE_SESSION_RSP, true },
    [GTP_create_bearer_req]  = {&sgw_bearer_def,  IFACE_S5,  SB_RX_CREATE_BEARER,      false},
    [GTP_create_bearer_rsp]  = {&sgw_bearer_def,  IFACE_S11, SB_RX_CREATE_BEARER_RSP,  true },
    [GTP_update_bearer_req]  = {&sgw_bearer_def,  IFACE_S5,  SB_RX_UPDATE_BEARER,      false},
    [GTP_update_bearer_rsp]  = {&sgw_bearer_def,  IFACE_S11, SB_RX_UPDATE_BEARER_RSP,  true },
    [GTP_delete_bearer_req]  = {&sgw_bearer_def,  IFACE_S5,  SB_RX_DELETE_BEARER,      false},
    [GTP_delete_bearer_rsp]  = {&sgw_bearer_def,  IFACE_S11, SB_RX_DELETE_BEARER_RSP,  true },
    [GTP_delete_bearer_cmd]  = {&sgw_bearer_def,  IFACE_S11, SB_RX_DELETE_COMMAND,     false},
    [GTP_ddn_ack]            = {&sgw_notify_def,  IFACE_S11, NT_RX_ACK,                true },
    [GTP_ddn_failure]        = {&sgw_notify_def,  IFACE_S11, NT_RX_FAILURE,            true },
    [GTP_bearer_resource_cmd] = {&sgw_command_def, IFACE_S11, SC_RX_COMMAND,           false},
    [GTP_bearer_resource_failure] = {&sgw_command_def, IFACE_S5, SC_RX_FAILURE,        true },
};

static void rx_answer(struct sgw *s, const struct gtp_msg *m, const struct route *route, const struct node *from)
{
    struct sgw_relay *r = sgw_relay_by_seq(s, from->id, m->seq);

    if (r && r->fsm.def == route->def)
        fsm_event(&r->fsm, route->event, m);
}

static struct sgw_ue *asked_about(const struct sgw *s, const struct gtp_msg *m, uint16_t iface, uint32_t *pdn)
{
    const struct sgw_pdn *p = iface == IFACE_S5 ? ctx_find(&s->pdns, m->teid ^ SGW_S5_SIDE) : NULL;

    *pdn = p ? p->id : 0;
    if (p)
        return ctx_find(&s->ues, p->ue);
    if (m->m.type == GTP_create_session_req)
        return sgw_ue_by_imsi(s, m->body.create_session_req.imsi);
    return iface == IFACE_S11 ? ctx_find(&s->ues, m->teid) : NULL;
}

/* It is: as a request of its own, or, a command, as the request that it has triggered. */
static bool is_under_way(const struct sgw *s, const struct sgw_ue *ue, const struct gtp_msg *m,
                         const struct node *from)
{
    const struct sgw_relay *r = ue ? ctx_find(&s->relays, ue->relays) : NULL;
    if (m->m.type == GTP_bearer_resource_cmd && sgw_relay_by_seq(s, from->id, m->seq))
        return true;
    while (r && !(r->asker == from->id && r->asker_seq == m->seq))
        r = ctx_find(&s->relays, r->next);
    return r != NULL;
}

static void rx_request(struct sgw *s, const struct gtp_msg *m, const struct route *route, struct node *from,
                       uint16_t iface)
{
    uint32_t pdn;
    struct sgw_ue *ue = asked_about(s, m, iface, &pdn);

    if (is_under_way(s, ue, m, from))
        return;
    struct sgw_relay *r = sgw_relay_new(s, route->def, m, from, iface);
    r->pdn = pdn;
    if (ue)
        sgw_relay_join(r, ue);
    struct sgw_relay *command = m->seq & GTP_COMMAND_SEQ ? sgw_relay_by_seq(s, from->id, m->seq) : NULL;
    if (command)
        r->command = command->asker_seq;
    fsm_event(&r->fsm, route->event, m);
    if (command)
        fsm_event(&command->fsm, SC_TRIGGERED, NULL);
}

static void rx(struct node *n, struct msg *base, struct node *from, uint16_t iface)
{
    struct sgw *s = n->self;
    const struct gtp_msg *m = (const struct gtp_msg *)base;

    sim_assert(n->sim, base->proto == s->epc->gtp->ie.proto && base->type < GTP_TYPES);
    const struct route *route = &routes[base->type];
    if (base->type == GTP_g_pdu)
        sgw_data_rx(s, m, iface);
    else if (!route->def || route->iface != iface)
        return;
    else if (route->def == &sgw_notify_def)
        sgw_notify_rx(s, m);
    else if (route->answer)
        rx_answer(s, m, route, from);
    else
        rx_request(s, m, route, from, iface);
}

/* ---- the node -------------------------------------------------------------------------------- */

void sgw_new(const struct epc *epc, struct node *n, const struct sgw_cfg *cfg)
{
    struct sgw *s = g_new0(struct sgw, 1);

    fsm_init(&sgw_session_def);
    fsm_init(&sgw_bearer_def);
    fsm_init(&sgw_command_def);
    s->cfg = *cfg;
    s->epc = epc;
    s->node = n;
    ctx_pool_init(&s->ues, sizeof(struct sgw_ue));
    ctx_pool_init(&s->pdns, sizeof(struct sgw_pdn));
    ctx_pool_init(&s->bearers, sizeof(struct sgw_bearer));
    ctx_pool_init(&s->relays, sizeof(struct sgw_relay));
    idmap_init(&s->ue_of_imsi);
    idmap_init(&s->relay_of_seq);
    sgw_data_new(s);
    sgw_notify_new(s);
    n->self = s;
    n->rx = rx;
}

void sgw_free(struct node *n)
{
    struct sgw *s = n->self;

    for (uint32_t i = 1; i < slab_end(&s->relays.slab); i++)
        if (slab_in_use(&s->relays.slab, i))
            sgw_relay_drop(slab_at(&s->relays.slab, i));
    for (uint32_t i = 1; i < slab_end(&s->ues.slab); i++)
        if (slab_in_use(&s->ues.slab, i))
            sgw_notify_event(s, slab_at(&s->ues.slab, i), NT_GONE);
    ctx_pool_clear(&s->relays);
    slab_clear(&s->buffers);
    slab_clear(&s->packets);
    ctx_pool_clear(&s->bearers);
    ctx_pool_clear(&s->pdns);
    ctx_pool_clear(&s->ues);
    idmap_clear(&s->ue_of_imsi);
    idmap_clear(&s->relay_of_seq);
    g_free(s);
    n->self = NULL;
}

size_t sgw_contexts(const struct node *n)
{
    const struct sgw *s = n->self;
    return (size_t)ctx_count(&s->ues) + ctx_count(&s->pdns) + ctx_count(&s->bearers) + ctx_count(&s->relays) +
           slab_count(&s->buffers) + slab_count(&s->packets);
}

uint64_t sgw_dropped(const struct node *n)
{
    const struct sgw *s = n->self;
    return s->no_tunnel + s->no_enb;
}

static struct ie_fteid far_end(const struct sgw *s, uint8_t iface, uint32_t node, uint32_t teid)
{
    return (struct ie_fteid){.iface = iface, .teid = teid, .ipv4 = teid ? epc_ip(net_node(s->epc->net, node)) : 0};
}

unsigned sgw_bearers(const struct node *n, uint64_t imsi, struct ie_bearer *out, unsigned max)
{
    const struct sgw *s = n->self;
    const struct sgw_ue *ue = sgw_ue_by_imsi(s, imsi);
    unsigned count = 0;
    const struct sgw_pdn *pdn = ue ? ctx_find(&s->pdns, ue->pdns) : NULL;
    const struct sgw_bearer *b;

    for (; pdn; pdn = ctx_find(&s->pdns, pdn->next))
        for (b = ctx_find(&s->bearers, pdn->bearers); b; b = ctx_find(&s->bearers, b->next))
            if (count++ < max)
                out[count - 1] = (struct ie_bearer){.ebi = b->ebi,
                                                    .n_fteids = 2,
                                                    .fteid = {far_end(s, FTEID_S1U_ENB, b->enb, b->enb_teid),
                                                              far_end(s, FTEID_S5U_PGW, pdn->pgw, b->pgw_teid)}};
    return count;
}
