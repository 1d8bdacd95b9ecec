/* pgw.c - the P-GW's dispatcher and its contexts.
 *
 *   S-GW <- S5 -> P-GW <- Gx -> PCRF     PDN connections: pgw_session.c    bearers: pgw_bearer.c, pgw_rules.c
 *                                       what phones ask for: pgw_request.c
 *   S-GW <- S5 -> P-GW <- SGi -> P-CSCF  packets: pgw_data.c
 *
 * SIMPLIFIED: no answers are kept for repeated requests; what was made is told again from the context, and what is
 * deleted twice is not found. Other commands of the MME, echo, charging and error indications are left out: such
 * messages are dropped. */
#include "models/pgw/pgw_int.h"

/* ---- contexts -------------------------------------------------------------------------------- */

struct pgw_session *pgw_session_new(struct pgw *p, struct node *sgw)
{
    struct pgw_session *s = ctx_new(&p->sessions);
    fsm_start(&s->fsm, &pgw_session_def, p->node);
    s->sgw = sgw->id;
    return s;
}

struct pgw_session *pgw_session_at(struct pgw *p, struct node *sgw, uint32_t ip)
{
    struct pgw_session *s = pgw_session_new(p, sgw);
    s->ip = ip;
    if (ip)
        idmap_put(&p->session_of_ip, ip, slab_index(s));
    return s;
}

void pgw_session_free(struct pgw *p, struct pgw_session *s)
{
    fsm_stop(&s->fsm);
    pgw_asks_drop(p, s);
    while (s->bearers)
        pgw_bearer_free(p, ctx_find(&p->bearers, s->bearers));
    if (s->ip && idmap_get(&p->session_of_ip, s->ip) == slab_index(s))
        idmap_del(&p->session_of_ip, s->ip);
    ctx_free(&p->sessions, s);
}

struct pgw_bearer *pgw_bearer_new(struct pgw *p, struct pgw_session *s)
{
    struct pgw_bearer *b = ctx_new(&p->bearers);
    uint32_t *at = &s->bearers;

    while (*at)
        at = &((struct pgw_bearer *)ctx_find(&p->bearers, *at))->next;
    *at = b->id;
    b->session = s->id;
    p->charging_id++;
    b->charging_id = p->charging_id;
    return b;
}

static void free_dedicated(struct pgw *p, const struct pgw_session *s, struct pgw_dedicated *d)
{
    fsm_stop(&d->fsm);
    if (d->out) {
        idmap_del(&p->dedicated_of_seq, pgw_key(s->sgw, d->out->seq));
        msg_unref(p->epc->net, &d->out->m);
    }
    ctx_free(&p->dedicated, d);
}

void pgw_bearer_free(struct pgw *p, struct pgw_bearer *b)
{
    struct pgw_session *s = ctx_find(&p->sessions, b->session);
    uint32_t *at = &s->bearers;

    if (b->dedicated)
        free_dedicated(p, s, ctx_find(&p->dedicated, b->dedicated));
    pgw_rules_free(p, b);
    while (*at != b->id)
        at = &((struct pgw_bearer *)ctx_find(&p->bearers, *at))->next;
    *at = b->next;
    ctx_free(&p->bearers, b);
}

uint32_t pgw_address(const struct epc *epc, uint32_t party, const char *apn)
{
    bool ims = apn && g_ascii_strncasecmp(apn, "ims", 3) == 0 && (apn[3] == '\0' || apn[3] == '.');

    if (party >= epc->sip->parties->len)
        return 0;
    return ims ? epc_ue_ip(epc, party) : 0x64400000u + party;
}

static struct pgw_session *session_by_ip(const struct pgw *p, uint32_t ip)
{
    uint32_t index = ip ? idmap_get(&p->session_of_ip, ip) : 0;
    return index ? slab_at(&p->sessions.slab, index) : NULL;
}

/* ---- dispatcher ------------------------------------------------------------------------------ */

/* A new connection, or one that is there: asked for once more, or replaced by the new one. */
static void rx_create_session(struct pgw *p, const struct gtp_msg *m, struct node *from)
{
    const struct gtp_create_session_req *b = gtp_body(m, create_session_req);
    uint32_t ip = IE_HAS(b, imsi) ? pgw_address(p->epc, epc_party(b->imsi), b->apn) : 0;
    struct pgw_session *s = session_by_ip(p, ip);

    if (s && (s->sgw != from->id || s->sgw_teid != b->sender.teid)) {
        fsm_event(&s->fsm, PS_REPLACED, NULL);
        s = NULL;
    }
    if (!s)
        s = pgw_session_at(p, from, ip);
    fsm_event(&s->fsm, PS_RX_CREATE_SESSION, m);
}

static void rx_delete_session(struct pgw *p, const struct gtp_msg *m, struct node *from)
{
    struct pgw_session *s = ctx_find(&p->sessions, m->teid);
    if (!s)
        s = pgw_session_new(p, from); /* lives until it has said that there is none */
    fsm_event(&s->fsm, PS_RX_DELETE_SESSION, m);
}

static void rx_answer(struct pgw *p, const struct gtp_msg *m, const struct node *from, enum pgw_bearer_event event)
{
    uint32_t index = m->seq ? idmap_get(&p->dedicated_of_seq, pgw_key(from->id, m->seq)) : 0;
    if (index)
        fsm_event(&((struct pgw_dedicated *)slab_at(&p->dedicated.slab, index))->fsm, event, m);
}

static void rx_delete_command(struct pgw *p, const struct gtp_msg *m)
{
    const struct gtp_delete_bearer_cmd *cmd = gtp_body(m, delete_bearer_cmd);
    const struct pgw_session *s = ctx_find(&p->sessions, m->teid);
    struct pgw_bearer *b = s ? ctx_find(&p->bearers, s->bearers) : NULL;
    while (b && !(cmd->bearers.n && b->ebi == cmd->bearers.ebi[0]))
        b = ctx_find(&p->bearers, b->next);
    struct pgw_dedicated *d = b ? ctx_find(&p->dedicated, b->dedicated) : NULL;
    if (d)
        fsm_event(&d->fsm, PB_LOST, m);
}

static void rx_gtp(struct pgw *p, const struct gtp_msg *m, struct node *from, uint16_t iface)
{
    if (m->m.type == GTP_g_pdu)
        pgw_data_rx(p, m, iface);
    else if (m->m.type == GTP_create_session_req)
        rx_create_session(p, m, from);
    else if (m->m.type == GTP_delete_session_req)
        rx_delete_session(p, m, from);
    else if (m->m.type == GTP_create_bearer_rsp)
        rx_answer(p, m, from, PB_RX_CREATE_BEARER_RSP);
    else if (m->m.type == GTP_update_bearer_rsp)
        rx_answer(p, m, from, PB_RX_UPDATE_BEARER_RSP);
    else if (m->m.type == GTP_delete_bearer_rsp)
        rx_answer(p, m, from, PB_RX_DELETE_BEARER_RSP);
    else if (m->m.type == GTP_delete_bearer_cmd)
        rx_delete_command(p, m);
    else if (m->m.type == GTP_bearer_resource_cmd)
        pgw_command(p, ctx_find(&p->sessions, m->teid), m, from);
}

static void rx_gx(struct pgw *p, const struct dia_msg *m, struct node *from)
{
    struct pgw_session *s = ctx_find(&p->sessions, (uint32_t)m->session);

    if (m->m.type == DIA_GX_RAR) {
        s = s ? s : pgw_session_new(p, from); /* lives until it has said that there is none */
        fsm_event(&s->fsm, PS_RX_RAR, m);
    } else if (m->m.type == DIA_CCA && s) {
        uint32_t type = m->body.CCA.type;
        struct pgw_ask *ask = type == CC_UPDATE ? pgw_ask_of(p, s, m) : NULL;
        if (ask)
            fsm_event(&ask->fsm, PA_RX_CCA, m);
        else
            fsm_event(&s->fsm, type == CC_INITIAL ? PS_RX_CCA_I : type == CC_UPDATE ? PS_RX_CCA_U : PS_RX_CCA_T, m);
    }
}

static void rx(struct node *n, struct msg *m, struct node *from, uint16_t iface)
{
    struct pgw *p = n->self;

    if (iface == IFACE_GX) {
        sim_assert(n->sim, m->proto == p->epc->dia->proto);
        rx_gx(p, (const struct dia_msg *)m, from);
    } else {
        sim_assert(n->sim, m->proto == p->epc->gtp->ie.proto);
        rx_gtp(p, (const struct gtp_msg *)m, from, iface);
    }
}

/* ---- the node -------------------------------------------------------------------------------- */

void pgw_new(const struct epc *epc, struct node *n, const struct pgw_cfg *cfg)
{
    struct pgw *p = g_new0(struct pgw, 1);

    sim_assert(n->sim, cfg->n_p_cscf <= PGW_MAX_P_CSCFS && cfg->pcrf);
    fsm_init(&pgw_session_def);
    fsm_init(&pgw_bearer_def);
    fsm_init(&pgw_request_def);
    p->epc = epc;
    p->node = n;
    p->cfg = *cfg;
    ctx_pool_init(&p->sessions, sizeof(struct pgw_session));
    ctx_pool_init(&p->bearers, sizeof(struct pgw_bearer));
    ctx_pool_init(&p->dedicated, sizeof(struct pgw_dedicated));
    ctx_pool_init(&p->rules, sizeof(struct pgw_rule));
    ctx_pool_init(&p->asks, sizeof(struct pgw_ask));
    idmap_init(&p->session_of_ip);
    idmap_init(&p->dedicated_of_seq);
    pgw_data_new(p);
    pgw_dhcp_new(p);
    n->self = p;
    n->rx = rx;
}

void pgw_free(struct node *n)
{
    struct pgw *p = n->self;

    for (uint32_t i = 1; i < slab_end(&p->sessions.slab); i++)
        if (slab_in_use(&p->sessions.slab, i))
            pgw_session_free(p, slab_at(&p->sessions.slab, i));
    ctx_pool_clear(&p->sessions);
    ctx_pool_clear(&p->bearers);
    ctx_pool_clear(&p->dedicated);
    ctx_pool_clear(&p->rules);
    ctx_pool_clear(&p->asks);
    idmap_clear(&p->session_of_ip);
    idmap_clear(&p->dedicated_of_seq);
    g_free(p);
    n->self = NULL;
}

size_t pgw_contexts(const struct node *n)
{
    const struct pgw *p = n->self;
    return (size_t)ctx_count(&p->sessions) + ctx_count(&p->bearers) + ctx_count(&p->rules) + ctx_count(&p->asks);
}

uint64_t pgw_dropped(const struct node *n)
{
    const struct pgw *p = n->self;
    return p->no_tunnel + p->no_way + p->gated;
}

uint64_t pgw_gated(const struct node *n)
{
    return ((const struct pgw *)n->self)->gated;
}

static const struct pgw_bearer *first_bearer(const struct pgw *p, const struct pgw_session *s)
{
    return s ? ctx_find(&p->bearers, s->bearers) : NULL;
}

void pgw_lose_bearers(struct node *n, uint32_t ip)
{
    struct pgw *p = n->self;
    const struct pgw_session *s = session_by_ip(p, ip);
    uint32_t next;

    for (const struct pgw_bearer *b = first_bearer(p, s); b; b = ctx_find(&p->bearers, next)) {
        struct pgw_dedicated *d = ctx_find(&p->dedicated, b->dedicated);
        next = b->next;
        if (d)
            fsm_event(&d->fsm, PB_LOST, NULL);
    }
}

unsigned pgw_bearers(const struct node *n, uint32_t ip, struct ie_bearer *out, unsigned max)
{
    const struct pgw *p = n->self;
    const struct pgw_session *s = session_by_ip(p, ip);
    unsigned count = 0;

    for (const struct pgw_bearer *b = first_bearer(p, s); b; b = ctx_find(&p->bearers, b->next)) {
        if (count++ >= max)
            continue;
        uint32_t sgw = b->sgw_teid ? epc_ip(net_node(p->epc->net, s->sgw)) : 0;
        out[count - 1] = (struct ie_bearer){
            .ebi = b->ebi,
            .parts = BEARER_QOS | BEARER_CHARGING,
            .qos = b->dedicated ? pgw_rules_qos(p, b) : (struct ie_qos){.qci = b->qci, .arp = b->arp},
            .charging_id = b->charging_id,
            .n_fteids = 2,
            .fteid = {{.iface = FTEID_S5U_SGW, .teid = b->sgw_teid, .ipv4 = sgw},
                      pgw_fteid(p, FTEID_S5U_PGW, b->id)},
        };
    }
    return count;
}

unsigned pgw_rules(const struct node *n, uint32_t ip, struct ie_rule *out, unsigned max)
{
    const struct pgw *p = n->self;
    const struct pgw_session *s = session_by_ip(p, ip);
    unsigned count = 0;

    for (const struct pgw_bearer *b = first_bearer(p, s); b; b = ctx_find(&p->bearers, b->next))
        for (const struct pgw_rule *r = ctx_find(&p->rules, b->rules); r; r = ctx_find(&p->rules, r->next))
            if (r->todo != RULE_REMOVE && count++ < max)
                out[count - 1] = r->def;
    return count;
}
