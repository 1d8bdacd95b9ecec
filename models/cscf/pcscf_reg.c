/* pcscf_reg.c - registration at the P-CSCF (TS 24.229 5.2.2, 5.2.3; TS 33.203).
 *
 *   phone -> REGISTER | Path, P-Visited-Network-ID, integrity-protected; its security headers stay here -> I-CSCF
 *   <- 401 | keeps the keys, offers its side of the security agreement -> phone
 *   <- 200 | keeps Service-Route and identity; SUBSCRIBE to the registration -> I-CSCF of the user's network
 *   <- NOTIFY | terminated: the phone may not use the network any more
 *
 * Clauses are from memory. SIMPLIFIED: one contact per user; the REGISTER that renews a registration uses the security
 * agreement of the first one; a registration is over when its time is, without a message of the P-CSCF's own. */
#include "models/cscf/cscf_int.h"

enum { PR_END, PR_CHALLENGED, PR_ACTIVE, PR_LEAVING, PR_STATES };
static const char *const states[] = {"not registered", "challenged", "registered", "deregistered"};
enum { PR_RX_401, PR_RX_OK, PR_RX_GONE, PR_RX_REFUSED, PR_TERMINATED, PR_TMR_AUTH, PR_TMR_OVER, PR_TMR_HOLD, PR_EVENTS };
static const char *const events[] = {"401",          "200 (REGISTER)",       "200 (REGISTER, Expires 0)", "other final response",
                                     "NOTIFY (terminated)", "timer reg-await-auth", "registration is over",      "hold timer"};
enum { T_AUTH, T_OVER, T_HOLD };
/* The security agreement ends this many T1 after the registration: what is on its way still gets through
 * (TS 24.229 5.2.5.1, the value from memory). */
enum { HOLD_T1 = 64 };
/* SPIs from here on; RFC 4303 reserves those up to 255. */
enum { FIRST_SPI = 256, PORT_C = 5063 };

static struct pcscf_user *user_of(struct fsm *f)
{
    return (struct pcscf_user *)(void *)f;
}
static struct pcscf_user *user_of_sub(struct sip_sub *s)
{
    return (struct pcscf_user *)(void *)((char *)s - offsetof(struct pcscf_user, sub));
}

/* ---- contexts ----------------------------------------------------------------------------------------- */

struct pcscf_user *pcscf_user_find(const struct cscf *c, uint32_t party)
{
    uint32_t i = idmap_get(&c->world->pcscf_users_by_key, cscf_user_key(c, party));
    return i ? slab_at(&c->world->pcscf_users, i) : NULL;
}

struct pcscf_user *pcscf_user_by_id(const struct cscf_world *w, uint64_t id)
{
    if (!slab_in_use(&w->pcscf_users, sip_token_index(id)))
        return NULL;
    struct pcscf_user *u = slab_at(&w->pcscf_users, sip_token_index(id));
    return u->id == id ? u : NULL;
}

bool pcscf_is_registered(const struct cscf *c, uint32_t party)
{
    const struct pcscf_user *u = pcscf_user_find(c, party);
    return u && u->fsm.state == PR_ACTIVE;
}

static const struct sip_sub_ops sub_ops;

static struct pcscf_user *user_new(struct cscf *c, uint32_t party)
{
    struct cscf_world *w = c->world;
    uint32_t index;
    struct pcscf_user *u = slab_alloc0(&w->pcscf_users, &index);
    fsm_start(&u->fsm, &pcscf_reg_def, c->node);
    u->id = sip_token(w->sip, index);
    u->party = party;
    sip_sub_init(&u->sub, w->sip, c->node, &sub_ops, party, (struct sip_uri){.kind = SIP_URI_HOST, .id = c->cfg.host});
    idmap_put(&w->pcscf_users_by_key, cscf_user_key(c, party), index);
    return u;
}

static void ended(struct fsm *f)
{
    struct pcscf_user *u = user_of(f);
    struct cscf *c = cscf_of(f->node);
    sip_sub_forget(&u->sub);
    sip_hop_unref(c->world->sip, u->service_route);
    idmap_del(&c->world->pcscf_users_by_key, cscf_user_key(c, u->party));
    u->id = 0;
    slab_free(&c->world->pcscf_users, u);
}

/* ---- REGISTER on its way ---------------------------------------------------------------------------------- */

static bool same_agreement(const struct sip_ipsec *a, const struct sip_ipsec *b)
{
    return a->spi_c && a->spi_c == b->spi_c && a->spi_s == b->spi_s && a->port_c == b->port_c && a->port_s == b->port_s;
}

bool pcscf_register(struct fsm *f, const void *arg)
{
    struct pending *p = pending_of(f);
    struct cscf *c = p->cscf;
    struct sip_stack *sip = c->world->sip;
    struct sip_msg *m = p->work;
    const struct pcscf_user *u = pcscf_user_find(c, m->from.id);
    struct sip_cold *cold = sip_cold_edit(sip, m);
    (void)arg;
    if (cold->client.spi_c)
        cold->auth.integrity = u && same_agreement(&cold->verify, &u->server) ? SIP_INTEGRITY_YES : SIP_INTEGRITY_NO;
    p->agreement = cold->client.spi_c != 0;
    cold->client = cold->verify = (struct sip_ipsec){0};
    cold->path = sip_hop_new(sip, c->core, NULL);
    cold->visited = c->cfg.domain + 1;
    m->require = (uint8_t)((m->require & ~SIP_OPT_SEC_AGREE) | SIP_OPT_PATH);
    m->proxy_require &= (uint8_t)~SIP_OPT_SEC_AGREE;
    m->icid = ++sip->icids;
    return cscf_forward_to_domain(p, m->ruri.id, 404);
}

void pcscf_offer_agreement(struct cscf *c, struct pcscf_user *u)
{
    uint32_t spi = FIRST_SPI + 2u * c->agreements++;
    uint16_t port = c->cfg.gm_port ? c->cfg.gm_port : 5060;
    u->server = (struct sip_ipsec){spi, spi + 1, PORT_C, port};
}

static void keep_keys(struct cscf *c, struct sip_msg *m, struct pcscf_user *u)
{
    struct sip_cold *cold = sip_cold_edit(c->world->sip, m);
    pcscf_offer_agreement(c, u);
    cold->auth.has_keys = false;
    cold->server = u->server;
}

void pcscf_register_response(struct pending *p, struct sip_msg *m)
{
    struct cscf *c = p->cscf;
    struct pcscf_user *u = pcscf_user_find(c, m->from.id);
    m->icid = m->orig_ioi = m->term_ioi = 0;
    sip_touch(m);
    if (m->status != 401 || !m->cold || !p->agreement)
        return;
    keep_keys(c, m, u ? u : user_new(c, m->from.id));
}

void pcscf_register_relayed(struct pending *p, const struct sip_msg *m)
{
    struct cscf *c = p->cscf;
    struct pcscf_user *u = pcscf_user_find(c, m->from.id);
    int64_t expires = sip_expires(m);
    if (!u && m->status == 200 && expires != 0)
        u = user_new(c, m->from.id);
    if (!u || m->status < 200)
        return;
    fsm_event(&u->fsm,
              m->status == 401   ? PR_RX_401
              : m->status != 200 ? PR_RX_REFUSED
              : expires == 0     ? PR_RX_GONE
                                 : PR_RX_OK,
              m);
}

/* ---- the registration --------------------------------------------------------------------------------------- */

static bool wait_for_response(struct fsm *f, const void *arg)
{
    (void)arg;
    fsm_timer_start(f, T_AUTH, cscf_of(f->node)->world->sip->timer[TIMER_REG_AWAIT_AUTH]);
    return true;
}

static bool registered(struct fsm *f, const void *arg)
{
    struct pcscf_user *u = user_of(f);
    struct sip_stack *sip = cscf_of(f->node)->world->sip;
    const struct sip_msg *m = arg;
    int64_t expires = sip_expires(m);
    sip_hop_unref(sip, u->service_route);
    u->service_route = sip_hop_ref(m->cold ? m->cold->service_route : NULL);
    u->expires = expires < 0 ? 0 : (uint32_t)expires;
    fsm_timer_start(f, T_OVER, u->expires * SIM_S);
    sip_sub_begin(&u->sub, u->id, (struct sip_uri){.kind = SIP_URI_HOST, .id = cscf_of(f->node)->cfg.host}, u->expires);
    return true;
}

/* Its own NOTIFY and that of the phone are still to come. */
static bool hold(struct fsm *f, const void *arg)
{
    (void)arg;
    fsm_timer_start(f, T_HOLD, HOLD_T1 * sip_timer(cscf_of(f->node)->world->sip, IFACE_GM, SIP_T1));
    return true;
}

/* clang-format off */
static const struct fsm_row rows[] = {
    /*  in             on             if    do                 then           on failure  clause */
    ROW(PR_END,        PR_RX_401,     NULL, wait_for_response, PR_CHALLENGED, PR_END,     "TS 24.229 5.2.2.2"),
    ROW(PR_END,        PR_RX_OK,      NULL, registered,        PR_ACTIVE,     PR_END,     "TS 24.229 5.2.2.1"),
    ROW(PR_CHALLENGED, PR_RX_401,     NULL, wait_for_response, PR_CHALLENGED, PR_END,     "TS 24.229 5.2.2.2"),
    ROW(PR_CHALLENGED, PR_RX_OK,      NULL, registered,        PR_ACTIVE,     PR_END,     "TS 24.229 5.2.2.1"),
    ROW(PR_CHALLENGED, PR_RX_GONE,    NULL, NULL,              PR_END,        PR_END,     "TS 24.229 5.2.2.1"),
    ROW(PR_CHALLENGED, PR_RX_REFUSED, NULL, NULL,              PR_END,        PR_END,     "TS 24.229 5.2.2.1"),
    ROW(PR_CHALLENGED, PR_TMR_AUTH,   NULL, NULL,              PR_END,        PR_END,     "TS 24.229 5.2.2.2"),
    ROW(PR_ACTIVE,     PR_RX_OK,      NULL, registered,        PR_ACTIVE,     PR_END,     "TS 24.229 5.2.2.1"),
    ROW(PR_ACTIVE,     PR_RX_401,     NULL, NULL,              PR_ACTIVE,     PR_END,     "TS 24.229 5.2.2.2"),
    ROW(PR_ACTIVE,     PR_RX_GONE,    NULL, hold,              PR_LEAVING,    PR_END,     "TS 24.229 5.2.5.1"),
    ROW(PR_ACTIVE,     PR_TERMINATED, NULL, hold,              PR_LEAVING,    PR_END,     "TS 24.229 5.2.3"),
    ROW(PR_ACTIVE,     PR_TMR_OVER,   NULL, NULL,              PR_END,        PR_END,     "TS 24.229 5.2.5.1"),
    ROW(PR_LEAVING,    PR_RX_401,     NULL, wait_for_response, PR_CHALLENGED, PR_END,     "TS 24.229 5.2.2.2"),
    ROW(PR_LEAVING,    PR_RX_OK,      NULL, registered,        PR_ACTIVE,     PR_END,     "TS 24.229 5.2.2.1"),
    ROW(PR_LEAVING,    PR_TERMINATED, NULL, NULL,              PR_LEAVING,    PR_END,     "TS 24.229 5.2.3"),
    ROW(PR_LEAVING,    PR_TMR_HOLD,   NULL, NULL,              PR_END,        PR_END,     "TS 24.229 5.2.5.1"),
};
static const struct fsm_timer timers[] = {
    [T_AUTH] = {"reg-await-auth", PR_TMR_AUTH, 0, FSM_IN(PR_CHALLENGED)},
    [T_OVER] = {"registration", PR_TMR_OVER, 0, FSM_IN(PR_ACTIVE)},
    [T_HOLD] = {"64*T1", PR_TMR_HOLD, 0, FSM_IN(PR_LEAVING)},
};
/* clang-format on */

struct fsm_def pcscf_reg_def = {
    .name = "pcscf-registration",
    .title = "A user's registration at its P-CSCF (TS 24.229 5.2.2)",
    .state_names = states, .nstates = PR_STATES, .event_names = events, .nevents = PR_EVENTS,
    .rows = rows, .nrows = G_N_ELEMENTS(rows), .timers = timers, .ntimers = G_N_ELEMENTS(timers),
    .policy = FSM_IGNORE, .ended = ended,
};

/* ---- its subscription ------------------------------------------------------------------------------------------ */

/* To the user's home network (TS 24.229 5.2.3), or within the dialog. */
static void send_subscribe(struct sip_sub *s, struct sip_msg *m)
{
    struct cscf *c = cscf_of(s->fsm.node);
    struct sip_stack *sip = c->world->sip;
    struct node *to = m->to_tag ? sip_uri_node(sip, m->ruri) : sip_host(sip, sip_party(sip, s->party)->domain)->node;
    m->icid = ++sip->icids;
    if (to)
        sip_send_request(sip, c->node, to, IFACE_MW, m, user_of_sub(s)->id);
    else
        msg_unref(sip->net, &m->m);
}

static void notified(struct sip_sub *s, const struct sip_reginfo *info)
{
    if (info->state == SIP_REG_TERMINATED)
        fsm_event(&user_of_sub(s)->fsm, PR_TERMINATED, NULL);
}

static void subscription_ended(struct sip_sub *s)
{
    (void)s; /* lasts until the user registers again */
}

static const struct sip_sub_ops sub_ops = {.send = send_subscribe, .notified = notified, .ended = subscription_ended};

/* ---- warm start --------------------------------------------------------------------------------------------------- */

struct pcscf_user *pcscf_warm(struct cscf *c, uint32_t party, struct sip_uri service_route, uint32_t expires)
{
    struct pcscf_user *u = user_new(c, party);
    u->fsm.state = PR_ACTIVE;
    u->service_route = sip_hop_new(c->world->sip, service_route, NULL);
    u->expires = expires;
    if (expires != CSCF_NEVER)
        fsm_timer_start(&u->fsm, T_OVER, expires * SIM_S);
    return u;
}
