/* ue.c - the phone: finds the call a message belongs to and turns the message into its event.
 *
 *     user  -> dial / answer / hang up -> | ue_mo.c  the calling side    | -> SIP on Gm to the P-CSCF
 *     Gm    -> INVITE ...              -> | ue_mt.c  the called side     |
 *     both  -> UPDATE, re-INVITE       -> | ue_offer.c, ue_answer.c      |
 *     timer -> resources reserved      -> | ue_reserve.c                 | */
#include "models/ue/ue_int.h"

#include "models/ue/ue_access.h"

/* A message that a phone is building. */
struct task {
    struct ue_world *world;
    uint64_t call, arg;
    uint16_t machine; /* of the call: offset of its struct fsm */
    uint8_t ev;
    bool answers; /* it is a response to the request of server transaction `arg` */
};

static struct ue *ue_of(const struct node *n)
{
    return n->self;
}

/* ---- calls ---------------------------------------------------------------------------------------- */

struct ue_call *ue_call_new(struct ue *ue, struct fsm_def *def, const struct call_plan *plan)
{
    struct ue_world *w = ue->world;
    uint32_t index;
    struct ue_call *c = slab_alloc0(&w->calls, &index);
    fsm_start(&c->fsm, def, ue->node);
    c->ue = ue;
    c->next = ue->calls;
    ue->calls = c;
    c->id = sip_token(w->sip, index);
    c->flow = ue->node->sim->flow;
    if (plan)
        c->plan = *plan;
    else
        c->plan = (struct call_plan){.hold = SIM_NEVER, .cancel = SIM_NEVER, .never = true};
    c->dialog.local_tag = c->id;
    c->dialog.contact = (struct sip_uri){.kind = SIP_URI_CONTACT, .id = ue->party};
    const struct call_tokens *t = plan ? plan->tokens : NULL;
    uint64_t session = !t ? 0 : def == &ue_mo_def ? t->offer_session : t->answer_session;
    sdp_session_init(&c->sdp, &w->sip->sdps, &ue->cfg->media, session ? session : UINT64_C(3900000000) + sip_token_index(c->id));
    c->sdp.address = sip_party(w->sip, ue->party)->address;
    for (unsigned k = 0; plan && plan->without_video && def == &ue_mo_def && k < ue->cfg->media.n_media; k++)
        if (ue->cfg->media.media[k].kind == SDP_VIDEO)
            sdp_session_use(&c->sdp, k, false);
    ue_reserve_init(c);
    ue_reserve_event(c, RES_START_BEFORE);
    fsm_start(&c->offer, &ue_offer_def, ue->node);
    fsm_start(&c->answer, &ue_answer_def, ue->node);
    ue_offer_event(c, OF_OPEN, NULL);
    ue_answer_event(c, AN_OPEN, NULL);
    return c;
}

struct ue_call *ue_call_find(struct ue_world *w, uint64_t id)
{
    if (!slab_in_use(&w->calls, sip_token_index(id)))
        return NULL;
    struct ue_call *c = slab_at(&w->calls, sip_token_index(id));
    return c->id == id ? c : NULL;
}

/* Calls that take up room: not those that are being refused because there is none. */
static uint32_t calls_of(const struct ue *ue)
{
    uint32_t n = 0;
    for (const struct ue_call *c = ue->calls; c; c = c->next)
        n += !c->turned_away;
    return n;
}

bool ue_is_busy(const struct fsm *f, const void *arg)
{
    const struct ue *ue = const_call_of(f)->ue;
    (void)arg;
    return ue->cfg->max_calls && calls_of(ue) > ue->cfg->max_calls;
}

/* Somebody may wait for the phone to have no more calls. */
static void tell_cleared(struct ue *ue)
{
    void (*cleared)(void *user) = ue->cleared;
    if (ue->calls || !cleared)
        return;
    ue->cleared = NULL;
    cleared(ue->cleared_user);
}

void ue_call_ended(struct fsm *f)
{
    struct ue_call *c = call_of(f);
    struct ue_world *w = c->ue->world;
    bool caller = f->def == &ue_mo_def;
    struct ue_call **place = &c->ue->calls;
    while (*place != c)
        place = &(*place)->next;
    *place = c->next;
    ue_reserve_event(c, RES_RELEASE);
    ue_close_offers(c);
    if (c->uas.sip)
        sip_uas_clear(&c->uas);
    sdp_session_clear(&c->sdp);
    sip_dialog_clear(w->sip, &c->dialog);
    if (caller)
        node_mark(f->node, MARK_ENDED, c->status);
    uint64_t id = c->id;
    uint16_t status = c->status, dropped = c->dropped;
    struct node *n = f->node;
    c->id = 0;
    if (c->reserve.depth == 0) /* else it is at work, has ended the call, and frees it when it is done */
        slab_free(&w->calls, c);
    w->people->ended(w->people_self, n, id, caller, status, dropped);
    tell_cleared(ue_of(n));
}

static void run_task(struct sim *sim, void *ctx, uint64_t arg)
{
    struct task t = *(struct task *)ctx;
    (void)sim;
    (void)arg;
    slab_free(&t.world->tasks, ctx);
    struct ue_call *c = ue_call_find(t.world, t.call);
    bool taken = c && fsm_event((struct fsm *)(void *)((char *)c + t.machine), t.ev, &t.arg);
    if (!taken && t.answers) /* the call has ended meanwhile: RFC 3261 12.2.2 */
        sip_send_status(t.world->sip, t.arg & ~UE_WITH_ANSWER, 481);
}

sim_time ue_think(struct ue *ue)
{
    return dist_draw(&ue->cfg->think, ue->think_rng);
}

static void build(struct ue_call *c, struct fsm *f, uint8_t ev, uint64_t arg, bool answers, const char *what)
{
    struct ue_world *w = c->ue->world;
    struct sim *sim = c->fsm.node->sim;
    sim_time think = ue_think(c->ue);
    sim_time delay = MAX(sim->now + think, c->busy) - sim->now;
    if (delay == 0) {
        fsm_event(f, ev, &arg);
        return;
    }
    struct task *t = slab_alloc(&w->tasks, NULL);
    *t = (struct task){.world = w, .call = c->id, .arg = arg, .machine = (uint16_t)((char *)f - (char *)c), .ev = ev, .answers = answers};
    c->busy = sim->now + delay;
    sim_after(sim, delay, SIM_WHY(CAUSE_THINK, c->fsm.node->id), what, run_task, t, 0);
}

void ue_task(struct ue_call *c, uint8_t ev, uint64_t arg, const char *what)
{
    build(c, &c->fsm, ev, arg, false, what);
}

void ue_task_for(struct ue_call *c, struct fsm *f, uint8_t ev, uint64_t arg, const char *what)
{
    build(c, f, ev, arg, false, what);
}

void ue_task_answer(struct ue_call *c, struct fsm *f, uint8_t ev, uint64_t arg, const char *what)
{
    build(c, f, ev, arg, true, what);
}

/* ---- messages -------------------------------------------------------------------------------------- */

/* Most phones never need it. */
static struct sip_cold *verify_of(struct ue *ue)
{
    struct ue_reg *r = &ue->reg;
    if (!r->verify) {
        r->verify = sip_cold_new(ue->world->sip);
        r->verify->verify = r->agreed;
    }
    return r->verify;
}

/* Once there is a security agreement, later requests outside a dialog repeat what the P-CSCF offered (RFC 3329 2.3.1). */
void ue_put_access(struct ue *ue, struct sip_msg *m)
{
    struct sip_stack *sip = ue->world->sip;
    const struct sip_party *p = sip_party(sip, ue->party);
    if (p->access_info)
        m->access_info = ue->party + 1;
    if (m->to_tag || (!p->spi_c && !ue->reg.agreed.spi_c))
        return;
    if (p->spi_c)
        m->security = ue->party + 1;
    else if (!m->cold)
        sip_set_cold(sip, m, verify_of(ue));
    else
        sip_cold_edit(sip, m)->verify = ue->reg.server;
    m->require |= SIP_OPT_SEC_AGREE;
    m->proxy_require |= SIP_OPT_SEC_AGREE;
}

void ue_send(struct ue_call *c, struct sip_msg *m)
{
    const struct sip_party *p = sip_party(call_sip(c), c->ue->party);
    if (m->method == SIP_ACK) {
        sip_send_ack(call_sip(c), c->ue->node, c->ue->pcscf, IFACE_GM, m);
        return;
    }
    ue_put_access(c->ue, m);
    if (m->method == SIP_INVITE && !m->to_tag) {
        m->preferred_id = c->ue->party + 1;
        if (p->privacy)
            m->privacy = c->ue->party + 1;
    }
    if (m->method == SIP_UPDATE || m->method == SIP_INVITE)
        m->contact = c->dialog.contact; /* both renew it (RFC 3261 12.2.1.1, RFC 3311 5.1) */
    if (m->method == SIP_INVITE) {
        m->allow = UE_ALLOWED;
        m->supported = (uint8_t)((c->ue->cfg->reliable ? SIP_OPT_100REL : 0) |
                                 (c->ue->cfg->media.preconditions ? SIP_OPT_PRECONDITION : 0));
    }
    bool invite = m->method == SIP_INVITE, again = m->to_tag != 0;
    uint64_t ct = sip_send_request(call_sip(c), c->ue->node, c->ue->pcscf, IFACE_GM, m, c->id);
    if (invite)
        *(again ? &c->reinvite : &c->invite) = ct;
}

void ue_note_reason(struct ue_call *c, const struct sip_msg *m)
{
    c->dropped = sip_cause(m);
    if (c->dropped)
        node_mark(c->fsm.node, MARK_DROPPED, c->dropped);
}

void ue_take_bye(struct ue_call *c, const struct sip_msg *bye)
{
    node_mark(c->fsm.node, MARK_BYE_RECEIVED, 0);
    ue_note_reason(c, bye);
}

struct sip_msg *ue_invite_response(struct ue_call *c, uint16_t status)
{
    const struct sip_party *p = sip_party(call_sip(c), c->ue->party);
    struct sip_msg *invite = sip_st_request(call_sip(c), c->invite);
    if (!invite)
        return NULL;
    struct sip_msg *m = sip_response(call_sip(c), invite, status);
    m->to_tag = c->dialog.local_tag;
    if (status >= 300)
        return m;
    m->record_route = sip_hop_ref(invite->record_route);
    m->contact = c->dialog.contact;
    if (status < 200) {
        m->preferred_id = c->ue->party + 1;
        if (p->privacy)
            m->privacy = c->ue->party + 1;
        m->allow = UE_ALLOWED;
    }
    return m;
}

/* RFC 3312 11: a mandatory strength needs Require; X.S0013-009 6.1 wants Require in every reliable response
 * with SDP when the called UE uses preconditions, and Supported in requests. */
void ue_put_sdp(struct ue_call *c, struct sip_msg *m, struct sdp *sdp)
{
    if (sdp_has_preconditions(sdp)) {
        if (m->status || sdp_has_mandatory(sdp))
            m->require |= SIP_OPT_PRECONDITION;
        else
            m->supported |= SIP_OPT_PRECONDITION;
    }
    sip_set_sdp(call_sip(c), m, sdp);
    node_note(c->fsm.node, NOTE_SDP_SENT, "", &c->sdp);
}

/* ---- events from the transaction layer -------------------------------------------------------------- */

static void new_call(struct ue *ue, uint64_t st, struct sip_msg *m)
{
    struct ue_world *w = ue->world;
    struct ue_call *c = ue_call_new(ue, &ue_mt_def, w->people->incoming(w->people_self, ue->node));
    struct ue_rx rx = {m, st};
    sip_st_set_user(w->sip, st, c->id);
    c->invite = st;
    c->invite_cseq = m->cseq;
    fsm_event(&c->fsm, MT_RX_INVITE, &rx);
}

static void request(struct node *n, uint64_t st, struct sip_msg *m, struct node *from, uint16_t iface)
{
    struct ue *ue = ue_of(n);
    (void)from;
    (void)iface;
    if (m->method == SIP_INVITE && !m->to_tag) {
        new_call(ue, st, m);
        return;
    }
    if (m->method == SIP_NOTIFY && m->to_tag == ue->reg.sub.dialog.local_tag) {
        sip_sub_notify(&ue->reg.sub, st, m);
        return;
    }
    struct ue_call *c = ue_call_find(ue->world, m->to_tag);
    bool caller = c && c->fsm.def == &ue_mo_def;
    struct ue_rx rx = {m, st};
    bool taken = false;
    if (!c) {
        sip_send_status(ue->world->sip, st, 481);
        return;
    }
    switch (m->method) {
    case SIP_ACK:
        if (caller || m->cseq != c->invite_cseq)
            ue_answer_event(c, AN_RX_ACK, &rx);
        else
            fsm_event(&c->fsm, MT_RX_ACK, &rx);
        return;
    case SIP_BYE:
        taken = fsm_event(&c->fsm, caller ? MO_RX_BYE : MT_RX_BYE, &rx);
        break;
    case SIP_PRACK:
        taken = !caller && fsm_event(&c->fsm, MT_RX_PRACK, &rx);
        break;
    case SIP_UPDATE:
    case SIP_INVITE:
        taken = ue_answer_event(c, m->method == SIP_UPDATE ? AN_RX_UPDATE : AN_RX_INVITE, &rx);
        break;
    }
    if (!taken)
        sip_send_status(ue->world->sip, st, 481);
}

static void mo_response(struct ue_call *c, const struct ue_rx *rx)
{
    const struct sip_msg *m = rx->m;
    switch (m->method) {
    case SIP_INVITE:
        fsm_event(&c->fsm,
                  m->status == 100                ? MO_RX_100
                  : m->status < 200 && m->rseq    ? MO_RX_1XX_REL
                  : m->status < 200               ? MO_RX_1XX
                  : m->status < 300               ? MO_RX_2XX
                                                  : MO_RX_FAILURE,
                  rx);
        break;
    case SIP_PRACK:
        fsm_event(&c->fsm, m->status < 300 ? MO_RX_PRACK_OK : MO_RX_PRACK_REFUSED, rx);
        break;
    case SIP_BYE:
        fsm_event(&c->fsm, MO_RX_BYE_OK, rx);
        break;
    }
}

/* To a request that serves no call. */
static bool registration_response(struct ue *ue, enum sip_method method, uint64_t ct, const struct sip_msg *m)
{
    if (method == SIP_REGISTER)
        ue_reg_response(ue, ct, m);
    else if (method == SIP_SUBSCRIBE)
        sip_sub_response(&ue->reg.sub, m);
    else
        return false;
    return true;
}

/* UPDATE, or an INVITE that is not the one that made the call. */
static bool is_of_offer(const struct ue_call *c, enum sip_method method, uint64_t ct)
{
    return method == SIP_UPDATE || (method == SIP_INVITE && !(ue_is_caller(c) && ct == c->invite));
}

static void response(struct node *n, uint64_t ct, uint64_t user, struct sip_msg *m)
{
    if (registration_response(ue_of(n), m->method, ct, m))
        return;
    struct ue_call *c = ue_call_find(ue_of(n)->world, user);
    struct ue_rx rx = {m, ct};
    if (!c)
        return;
    if (is_of_offer(c, m->method, ct))
        ue_offer_response(c, &rx);
    else if (ue_is_caller(c))
        mo_response(c, &rx);
    else if (m->method == SIP_BYE && m->status >= 200)
        fsm_event(&c->fsm, MT_RX_BYE_OK, &rx);
}

static void timeout(struct node *n, uint64_t ct, uint64_t user, enum sip_method method)
{
    if (registration_response(ue_of(n), method, ct, NULL))
        return;
    struct ue_call *c = ue_call_find(ue_of(n)->world, user);
    if (!c || method == SIP_CANCEL)
        return;
    if (is_of_offer(c, method, ct))
        ue_offer_event(c, OF_TIMEOUT, NULL);
    else
        fsm_event(&c->fsm, c->fsm.def == &ue_mo_def ? MO_TIMEOUT : MT_TIMEOUT, NULL);
}

static void cancelled(struct node *n, uint64_t st, uint64_t user, struct sip_msg *m)
{
    struct ue_call *c = ue_call_find(ue_of(n)->world, user);
    struct ue_rx rx = {m, st};
    if (c && c->invite == st)
        fsm_event(&c->fsm, MT_RX_CANCEL, &rx);
}

static const struct sip_tu_ops tu = {.request = request, .response = response, .timeout = timeout, .cancel = cancelled};

static void rx(struct node *n, struct msg *m, struct node *from, uint16_t iface)
{
    struct ue *ue = ue_of(n);
    if (m->proto == ue->world->sip->proto)
        sip_rx(ue->world->sip, n, (struct sip_msg *)m, from, iface);
    else if (!ue_access_rx_dns(ue->access, m))
        ue_access_rx(ue->access, m, from);
}

/* ---- events from the user --------------------------------------------------------------------------- */

static uint64_t dial(struct node *phone, struct node *callee, const struct call_plan *plan)
{
    struct ue_call *c = ue_call_new(ue_of(phone), &ue_mo_def, plan);
    uint64_t id = c->id;
    c->callee = callee;
    fsm_event(&c->fsm, MO_DIAL, NULL);
    return id;
}

static void answer(struct node *phone, uint64_t call)
{
    struct ue_call *c = ue_call_find(ue_of(phone)->world, call);
    if (c)
        fsm_event(&c->fsm, MT_USER_ANSWER, NULL);
}

static void reject(struct node *phone, uint64_t call, uint16_t status)
{
    struct ue_call *c = ue_call_find(ue_of(phone)->world, call);
    uint64_t arg = status;
    if (c)
        fsm_event(&c->fsm, MT_USER_REJECT, &arg);
}

static void hang_up(struct node *phone, uint64_t call)
{
    struct ue_call *c = ue_call_find(ue_of(phone)->world, call);
    if (c)
        fsm_event(&c->fsm, c->fsm.def == &ue_mo_def ? MO_USER_HANG_UP : MT_USER_HANG_UP, NULL);
}

/* The medium and the place in its list of the codec with this payload type. */
static void prefer_codec(struct ue_call *c, uint8_t payload)
{
    const struct sdp_local *local = &c->ue->cfg->media;
    for (unsigned k = 0; k < local->n_media; k++)
        for (unsigned i = 0; i < local->media[k].n_codecs; i++)
            if (local->media[k].codecs[i].payload == payload)
                sdp_session_prefer(&c->sdp, k, i);
}

static void use_video(struct ue_call *c, bool use)
{
    const struct sdp_local *local = &c->ue->cfg->media;
    for (unsigned k = 0; k < local->n_media; k++)
        if (local->media[k].kind == SDP_VIDEO)
            sdp_session_use(&c->sdp, k, use);
}

static void change(struct node *phone, uint64_t call, const struct mmi_change *what)
{
    struct ue_call *c = ue_call_find(ue_of(phone)->world, call);
    if (!c)
        return;
    node_mark(phone, what->what == MMI_HOLD ? MARK_HOLD_ASKED : what->what == MMI_RESUME ? MARK_RESUME_ASKED : MARK_MEDIA_ASKED, 0);
    switch (what->what) {
    case MMI_HOLD:
    case MMI_RESUME:
        sdp_session_hold(&c->sdp, what->what == MMI_HOLD);
        break;
    case MMI_CODEC:
        prefer_codec(c, what->codec);
        break;
    default:
        use_video(c, what->what == MMI_ADD_VIDEO);
    }
    ue_offer_event(c, OF_DUE, NULL);
}

void ue_clear_calls(struct node *phone, void (*done)(void *user), void *user)
{
    struct ue *ue = ue_of(phone);
    struct ue_call *next;
    uint64_t status = 480;
    ue->cleared = done;
    ue->cleared_user = user;
    for (struct ue_call *c = ue->calls; c; c = next) {
        next = c->next; /* a call may end over it */
        phone->sim->flow = c->flow;
        if (c->fsm.def == &ue_mo_def)
            fsm_event(&c->fsm, MO_USER_HANG_UP, NULL);
        else if (!fsm_event(&c->fsm, MT_USER_HANG_UP, NULL))
            fsm_event(&c->fsm, MT_USER_REJECT, &status);
    }
    tell_cleared(ue);
}

static bool can_dial(const struct node *phone)
{
    const struct ue *ue = ue_of(phone);
    return !ue->cfg->max_calls || calls_of(ue) < ue->cfg->max_calls;
}

const struct mmi_phone ue_phone = {
    .dial = dial, .answer = answer, .reject = reject, .hang_up = hang_up, .can_dial = can_dial, .change = change};

void ue_set_access(struct node *phone, struct ue_access *access)
{
    ue_of(phone)->access = access;
}

struct ue_access *ue_access_of(const struct node *phone)
{
    return ue_of(phone)->access;
}

struct node *ue_pcscf(const struct node *phone)
{
    return ue_of(phone)->pcscf;
}

void ue_set_pcscf(struct node *phone, struct node *pcscf, struct sip_uri uri)
{
    ue_of(phone)->pcscf = pcscf;
    ue_of(phone)->pcscf_uri = uri;
}

uint32_t ue_party(const struct node *phone)
{
    return ue_of(phone)->party;
}

void ue_bearer(struct node *phone, uint8_t qci, const struct ue_tft *tft)
{
    struct ue_call *next;
    for (struct ue_call *c = ue_of(phone)->calls; c; c = next) {
        next = c->next; /* a call may end over it */
        ue_reserve_bearer(c, qci, tft);
    }
}

/* ---- making phones ---------------------------------------------------------------------------------- */

struct ue_world *ue_world_new(struct sip_stack *sip, const struct mmi_people *people, void *people_self)
{
    struct ue_world *w = g_new0(struct ue_world, 1);
    w->sip = sip;
    w->people = people;
    w->people_self = people_self;
    slab_init(&w->phones, sizeof(struct ue));
    slab_init(&w->calls, sizeof(struct ue_call));
    slab_init(&w->tasks, sizeof(struct task));
    w->ues = g_ptr_array_new();
    fsm_init(&ue_mo_def);
    fsm_init(&ue_mt_def);
    fsm_init(&ue_reserve_def);
    fsm_init(&ue_offer_def);
    fsm_init(&ue_answer_def);
    fsm_init(&ue_own_def);
    fsm_init(&ue_reg_def);
    fsm_init(&sip_sub_def);
    return w;
}

void ue_world_free(struct ue_world *w)
{
    for (guint i = 0; i < w->ues->len; i++) {
        struct ue *ue = g_ptr_array_index(w->ues, i);
        ue_own_clear(ue);
        ue_reg_clear(ue);
    }
    slab_clear(&w->phones);
    g_ptr_array_free(w->ues, TRUE);
    slab_clear(&w->calls);
    slab_clear(&w->tasks);
    g_free(w);
}

void ue_new(struct ue_world *w, struct node *n, const struct ue_cfg *cfg, uint32_t party)
{
    struct ue *ue = slab_alloc0(&w->phones, NULL);
    ue->world = w;
    ue->node = n;
    ue->cfg = cfg;
    ue->party = party;
    ue->endpoint.tu = &tu;
    ue->endpoint.address[0] = ue->endpoint.address[1] = (struct sip_uri){.kind = SIP_URI_ADDRESS, .id = party};
    if (!dist_is_const(&cfg->think)) {
        char *name = g_strdup_printf("%s/think", n->name);
        ue->think_rng = rng_stream(n->sim->streams, name);
        g_free(name);
    }
    n->self = ue;
    n->ops = &ue->endpoint;
    n->rx = rx;
    sip_party(w->sip, party)->node = n;
    ue_reg_init(ue);
    ue_own_init(ue);
    g_ptr_array_add(w->ues, ue);
}

size_t ue_call_count(const struct ue_world *w)
{
    return slab_count(&w->calls);
}
