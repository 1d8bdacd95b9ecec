/* ue_service.c - the phone's way out of idle mode, and its sign of life there (TS 24.301 5.6.1, 5.5.3, 5.3.5).
 *
 *   data to send, a bearer to ask for, or Paging: -> SERVICE REQUEST | radio bearers come: the data goes, in order, and the request
 *                                               | SERVICE REJECT: the phone may have to attach again
 *   T3412: -> TRACKING AREA UPDATE REQUEST      | ... ACCEPT, -> ... COMPLETE if there is a new GUTI | release
 *                                               | ... REJECT: the phone may have to attach again
 *
 * The machine exists while one of these goes on, or while data waits: an idle phone at rest has none, only T3412, among a
 * million others (sim/waitlist.h). "End" is rest: connected, or idle with nothing to do.
 *
 * SIMPLIFIED: data that finds the buffer full is thrown away; requests that are refused for other causes than an unknown
 * identity are not made again; T3440 runs for updates only. Clauses of TS 24.301 from memory: unverified. */
#include "models/ue/ue_access_int.h"

#include "sim/cause.h"

enum { SE_END, SE_WAIT_SERVICE, SE_WAIT_UPDATE, SE_RELEASING, SE_BARRED, SE_RETRY, SE_NO_CELL, SE_STATES };
static const char *const states[] = {"rest",   "wait for bearers", "wait update accept",  "releasing",
                                     "barred", "wait retry",       "no coverage"};
enum {
    SE_DATA, SE_RX_PAGING, SE_TMR_T3412, SE_BEARERS, SE_RX_REJECT, SE_RX_UPDATED, SE_RX_UPDATE_REJECT, SE_NO_CONNECTION,
    SE_TMR_T3417, SE_TMR_T3430, SE_TMR_T3440, SE_TMR_T3411, SE_TMR_T3402, SE_TMR_T3325, SE_RADIO_BACK, SE_STOP, SE_EVENTS
};
static const char *const events[] = {
    "data to send", "Paging", "T3412", "radio bearers", "SERVICE REJECT", "TRACKING AREA UPDATE ACCEPT",
    "TRACKING AREA UPDATE REJECT", "no connection", "T3417", "T3430", "T3440", "T3411", "T3402", "T3325", "radio back", "stop"};
enum { T_T3417, T_T3430, T_T3440, T_T3411, T_T3402, T_T3325 };

enum { MAX_ATTEMPTS = 5 }; /* TS 24.301 5.6.1.6, 5.5.3.2.6 */
enum { MAX_HELD = 32 };    /* messages that wait; the choice of an implementation */

/* A packet that waits for a radio bearer. */
struct ue_held {
    struct msg *inner; /* owned reference */
    struct ie_packet packet;
    struct cause_kept from;
    uint32_t next; /* slab index */
    uint8_t ebi;
};

struct ue_service {
    struct fsm fsm; /* first member */
    struct ue_access *access;
    uint32_t first, last, count; /* messages that wait: slab indices */
    uint8_t attempts;
    bool update_due; /* T3412 has expired without coverage */
    bool active;     /* the update asks for bearers        */
    bool asks;       /* for a bearer, as below             */
    struct ie_qos qos;
    struct ie_tft filters;
    struct cause_kept from;
};

static struct ue_service *service_of(const struct fsm *f)
{
    return (struct ue_service *)f;
}
static struct ue_access *access_of(const struct fsm *f)
{
    return service_of(f)->access;
}

static void start_timer(struct fsm *f, unsigned timer, enum timer_id id)
{
    fsm_timer_start(f, timer, access_of(f)->epc->timer[id]);
}

/* ---- messages that wait ---------------------------------------------------------------------------- */

static bool hold(struct fsm *f, const void *arg)
{
    struct ue_service *s = service_of(f);
    struct slab *slab = &s->access->cfg->pool->held;
    const struct ue_held *what = arg;
    uint32_t index;
    if (!what || s->count == MAX_HELD)
        return true;
    struct ue_held *h = slab_alloc(slab, &index);
    *h = (struct ue_held){.inner = msg_ref(what->inner), .packet = what->packet, .from = cause_keep(f->node->sim), .ebi = what->ebi};
    *(s->last ? &((struct ue_held *)slab_at(slab, s->last))->next : &s->first) = index;
    s->last = index;
    s->count++;
    return true;
}

/* Takes the first one; the caller has its message to give up. */
static struct ue_held take_first(struct ue_service *s)
{
    struct slab *slab = &s->access->cfg->pool->held;
    struct ue_held h = *(struct ue_held *)slab_at(slab, s->first);
    slab_free_at(slab, s->first);
    s->first = h.next;
    s->last = s->first ? s->last : 0;
    s->count--;
    return h;
}

static bool discard_all(struct fsm *f, const void *arg)
{
    struct ue_service *s = service_of(f);
    (void)arg;
    while (s->first)
        msg_unref(f->node->net, take_first(s).inner);
    return true;
}

/* By the radio bearers that have just come, each in the flow that it serves. */
static void send_all(struct fsm *f)
{
    struct ue_service *s = service_of(f);
    struct sim *sim = f->node->sim;
    while (s->first) {
        struct ue_held h = take_first(s);
        struct cause_kept running = cause_take_up(sim, h.from, f->node->id);
        ue_data_put(s->access, h.ebi, &h.packet, h.inner);
        cause_back(sim, running);
        msg_unref(f->node->net, h.inner);
    }
}

static bool has_nothing(const struct fsm *f, const void *arg)
{
    (void)arg;
    return service_of(f)->count == 0 && !service_of(f)->asks;
}

/* The bearer that the phone wants, which it could not ask for without a connection. */
static void ask_for_bearer(struct fsm *f)
{
    struct ue_service *s = service_of(f);
    struct sim *sim = f->node->sim;
    if (!s->asks)
        return;
    struct cause_kept running = cause_take_up(sim, s->from, f->node->id);
    s->asks = !ue_esm_request_bearer(s->access, &s->qos, &s->filters);
    cause_back(sim, running);
}

/* It will not be asked for. */
static void refuse_bearer(struct ue_access *a, bool asked)
{
    if (asked)
        UE_TELL(a, bearer_refused, 0);
}

/* ---- service request -------------------------------------------------------------------------------- */

static bool is_deaf(const struct fsm *f, const void *arg)
{
    (void)arg;
    return access_of(f)->no_radio;
}

/* KSI and the lower bits of the NAS count; no header of its own (TS 24.301 8.2.25). */
static void send_request(struct fsm *f, uint8_t cause)
{
    struct ue_access *a = access_of(f);
    struct nas_msg *m = nas_new(a->epc->nas, NAS_service_request);
    nas_body(m, service_request)->ksi_and_sequence = (uint8_t)(a->ksi << 5 | (a->sequence++ & 31));
    nas_seal(a->epc->nas, m);
    start_timer(f, T_T3417, TIMER_NAS_T3417);
    ue_rrc_send(a, m, cause);
}

static bool request(struct fsm *f, const void *arg)
{
    (void)arg;
    node_mark(f->node, MARK_SERVICE_BEGUN, 0);
    send_request(f, RRC_MO_DATA);
    return true;
}

static bool hold_and_request(struct fsm *f, const void *arg)
{
    return hold(f, arg) && request(f, arg);
}

static bool answer_page(struct fsm *f, const void *arg)
{
    (void)arg;
    node_mark(f->node, MARK_SERVICE_BEGUN, 1);
    send_request(f, RRC_MT_ACCESS);
    return true;
}

static bool serve(struct fsm *f, const void *arg)
{
    struct ue_access *a = access_of(f);
    (void)arg;
    node_mark(f->node, MARK_SERVED, 0);
    send_all(f);
    ue_esm_synchronise(a);
    ask_for_bearer(f);
    return true;
}

static bool abandon(struct fsm *f, const void *arg)
{
    (void)arg;
    ue_rrc_abandon(access_of(f));
    node_mark(f->node, MARK_IDLE, 0);
    ue_idle_timer(access_of(f));
    return true;
}

/* The network may page again. */
static bool fail(struct fsm *f, const void *arg)
{
    (void)arg;
    node_mark(f->node, MARK_SERVICE_FAILED, 0);
    return true;
}

static bool leave_page(struct fsm *f, const void *arg)
{
    return abandon(f, arg) && fail(f, arg);
}

static bool has_attempts(const struct fsm *f, const void *arg)
{
    (void)arg;
    return service_of(f)->attempts + 1 < MAX_ATTEMPTS;
}

static bool request_again(struct fsm *f, const void *arg)
{
    abandon(f, arg);
    service_of(f)->attempts++;
    send_request(f, RRC_MO_DATA);
    return true;
}

static bool bar(struct fsm *f, const void *arg)
{
    struct ue_service *s = service_of(f);
    bool asked = s->asks;
    abandon(f, arg);
    discard_all(f, arg);
    s->asks = false;
    s->attempts = 0;
    node_mark(f->node, MARK_SERVICE_FAILED, 0);
    start_timer(f, T_T3325, TIMER_NAS_T3325);
    refuse_bearer(s->access, asked);
    return true;
}

/* ---- refusals --------------------------------------------------------------------------------------- */

/* Of either reject: both begin with the cause. */
static uint8_t reject_cause(const void *arg)
{
    const struct nas_msg *m = arg;
    return m->m.type == NAS_service_reject ? nas_body(m, service_reject)->cause : nas_body(m, tau_reject)->cause;
}

static bool is_unknown(const struct fsm *f, const void *arg)
{
    (void)f;
    return reject_cause(arg) == EMM_UE_IDENTITY_UNKNOWN || reject_cause(arg) == EMM_IMPLICITLY_DETACHED;
}

static bool give_up(struct fsm *f, const void *arg)
{
    node_mark(f->node, MARK_SERVICE_FAILED, reject_cause(arg));
    return discard_all(f, arg);
}

static bool attach_again(struct fsm *f, const void *arg)
{
    give_up(f, arg);
    ue_emm_attach_again(access_of(f), reject_cause(arg));
    return true;
}

/* ---- tracking area update --------------------------------------------------------------------------- */

static bool update(struct fsm *f, const void *arg)
{
    struct ue_service *s = service_of(f);
    struct ue_access *a = s->access;
    struct nas_msg *m = ue_nas_new(a, NAS_tau_request);
    struct nas_tau_request *b = nas_body(m, tau_request);
    (void)arg;
    s->update_due = false;
    s->active = s->count > 0 || s->asks;
    b->type = s->active ? UPDATE_PERIODIC_ACTIVE : UPDATE_PERIODIC;
    b->ksi = a->ksi;
    b->old_guti = a->guti;
    node_mark(f->node, MARK_UPDATE_BEGUN, 0);
    start_timer(f, T_T3430, TIMER_NAS_T3430);
    nas_seal(a->epc->nas, m);
    ue_rrc_send(a, m, RRC_MO_SIGNALLING);
    return true;
}

static bool hold_and_update(struct fsm *f, const void *arg)
{
    return hold(f, arg) && update(f, arg);
}

static bool wants_bearers(const struct fsm *f, const void *arg)
{
    (void)arg;
    return service_of(f)->active;
}

static void take_update(struct fsm *f, const void *arg)
{
    struct ue_access *a = access_of(f);
    const struct nas_tau_accept *b = nas_body((const struct nas_msg *)arg, tau_accept);
    node_mark(f->node, MARK_UPDATED, 0);
    service_of(f)->attempts = 0;
    if (IE_HAS(b, t3412))
        a->t3412 = ue_gprs_timer(b->t3412);
    if (!IE_HAS(b, guti))
        return;
    ue_set_guti(a, &b->guti);
    ue_nas_send(a, ue_nas_new(a, NAS_tau_complete));
}

static bool updated(struct fsm *f, const void *arg)
{
    take_update(f, arg);
    start_timer(f, T_T3440, TIMER_NAS_T3440);
    return true;
}

/* What it asked for is to follow. */
static bool updated_with_data(struct fsm *f, const void *arg)
{
    take_update(f, arg);
    start_timer(f, T_T3417, TIMER_NAS_T3417);
    return true;
}

/* The accept is repeated: our COMPLETE did not get there. */
static bool confirm_again(struct fsm *f, const void *arg)
{
    take_update(f, arg);
    return true;
}

static bool note_due(struct fsm *f, const void *arg)
{
    abandon(f, arg);
    service_of(f)->update_due = true;
    return true;
}

static bool is_due(const struct fsm *f, const void *arg)
{
    (void)arg;
    return service_of(f)->update_due;
}

static bool wait_short(struct fsm *f, const void *arg)
{
    abandon(f, arg);
    service_of(f)->attempts++;
    start_timer(f, T_T3411, TIMER_NAS_T3411);
    return true;
}

static bool wait_long(struct fsm *f, const void *arg)
{
    abandon(f, arg);
    service_of(f)->attempts = 0;
    start_timer(f, T_T3402, TIMER_NAS_T3402);
    return true;
}

/* ---- the table -------------------------------------------------------------------------------------- */

/* clang-format off */
static const struct fsm_row rows[] = {
    /*  in               on                   if             do                 then             on failure       clause              */
    ROW(SE_END,          SE_DATA,             is_deaf,       hold,              SE_NO_CELL,      SE_END,          "TS 24.301 5.6.1.1"),
    ROW(SE_END,          SE_DATA,             NULL,          hold_and_request,  SE_WAIT_SERVICE, SE_END,          "TS 24.301 5.6.1.1 c"),
    ROW(SE_END,          SE_RX_PAGING,        NULL,          answer_page,       SE_WAIT_SERVICE, SE_END,          "TS 24.301 5.6.1.1 a"),
    ROW(SE_WAIT_SERVICE, SE_RX_PAGING,        NULL,          NULL,              SE_WAIT_SERVICE, SE_END,          "TS 24.301 5.6.2.2.1"),
    ROW(SE_WAIT_SERVICE, SE_BEARERS,          NULL,          serve,             SE_END,          SE_END,          "TS 24.301 5.6.1.4"),
    ROW(SE_WAIT_SERVICE, SE_RX_REJECT,        is_unknown,    attach_again,      SE_END,          SE_END,          "TS 24.301 5.6.1.5"),
    ROW(SE_WAIT_SERVICE, SE_RX_REJECT,        NULL,          give_up,           SE_END,          SE_END,          "TS 24.301 5.6.1.5"),
    ROW(SE_WAIT_SERVICE, SE_TMR_T3417,        has_nothing,   leave_page,        SE_END,          SE_END,          "TS 24.301 5.6.1.6 a"),
    ROW(SE_WAIT_SERVICE, SE_TMR_T3417,        is_deaf,       abandon,           SE_NO_CELL,      SE_END,          "TS 24.301 5.6.1.6 a"),
    ROW(SE_WAIT_SERVICE, SE_TMR_T3417,        has_attempts,  request_again,     SE_WAIT_SERVICE, SE_END,          "TS 24.301 5.6.1.6 a"),
    ROW(SE_WAIT_SERVICE, SE_TMR_T3417,        NULL,          bar,               SE_BARRED,       SE_END,          "TS 24.301 5.6.1.6 a"),
    ROW(SE_WAIT_SERVICE, SE_NO_CONNECTION,    has_nothing,   fail,              SE_END,          SE_END,          "TS 24.301 5.6.1.6 b"),
    ROW(SE_WAIT_SERVICE, SE_NO_CONNECTION,    is_deaf,       NULL,              SE_NO_CELL,      SE_END,          "TS 24.301 5.6.1.6 b"),
    ROW(SE_WAIT_SERVICE, SE_NO_CONNECTION,    has_attempts,  request_again,     SE_WAIT_SERVICE, SE_END,          "TS 24.301 5.6.1.6 b"),
    ROW(SE_WAIT_SERVICE, SE_NO_CONNECTION,    NULL,          bar,               SE_BARRED,       SE_END,          "TS 24.301 5.6.1.6 b"),
    ROW(SE_BARRED,       SE_DATA,             NULL,          NULL,              SE_BARRED,       SE_END,          "TS 24.301 5.6.1.6 a"),
    ROW(SE_BARRED,       SE_RX_PAGING,        NULL,          answer_page,       SE_WAIT_SERVICE, SE_END,          "TS 24.301 5.6.1.6 a"),
    ROW(SE_BARRED,       SE_TMR_T3325,        NULL,          NULL,              SE_END,          SE_END,          "TS 24.301 5.6.1.6 a"),

    ROW(SE_END,          SE_TMR_T3412,        is_deaf,       note_due,          SE_NO_CELL,      SE_END,          "TS 24.301 5.3.5"),
    ROW(SE_END,          SE_TMR_T3412,        NULL,          update,            SE_WAIT_UPDATE,  SE_END,          "TS 24.301 5.5.3.2.2 b"),
    ROW(SE_BARRED,       SE_TMR_T3412,        NULL,          update,            SE_WAIT_UPDATE,  SE_END,          "TS 24.301 5.5.3.2.2 b"),
    ROW(SE_WAIT_UPDATE,  SE_RX_UPDATED,       wants_bearers, updated_with_data, SE_WAIT_SERVICE, SE_END,          "TS 24.301 5.5.3.2.4"),
    ROW(SE_WAIT_UPDATE,  SE_RX_UPDATED,       NULL,          updated,           SE_RELEASING,    SE_END,          "TS 24.301 5.5.3.2.4"),
    ROW(SE_WAIT_UPDATE,  SE_RX_UPDATE_REJECT, is_unknown,    attach_again,      SE_END,          SE_END,          "TS 24.301 5.5.3.2.5"),
    ROW(SE_WAIT_UPDATE,  SE_RX_UPDATE_REJECT, NULL,          give_up,           SE_END,          SE_END,          "TS 24.301 5.5.3.2.5"),
    ROW(SE_WAIT_UPDATE,  SE_TMR_T3430,        is_deaf,       note_due,          SE_NO_CELL,      SE_END,          "TS 24.301 5.5.3.2.6 c"),
    ROW(SE_WAIT_UPDATE,  SE_TMR_T3430,        has_attempts,  wait_short,        SE_RETRY,        SE_END,          "TS 24.301 5.5.3.2.6 c"),
    ROW(SE_WAIT_UPDATE,  SE_TMR_T3430,        NULL,          wait_long,         SE_RETRY,        SE_END,          "TS 24.301 5.5.3.2.6 c"),
    ROW(SE_WAIT_UPDATE,  SE_NO_CONNECTION,    is_deaf,       note_due,          SE_NO_CELL,      SE_END,          "TS 24.301 5.5.3.2.6 b"),
    ROW(SE_WAIT_UPDATE,  SE_NO_CONNECTION,    has_attempts,  wait_short,        SE_RETRY,        SE_END,          "TS 24.301 5.5.3.2.6 b"),
    ROW(SE_WAIT_UPDATE,  SE_NO_CONNECTION,    NULL,          wait_long,         SE_RETRY,        SE_END,          "TS 24.301 5.5.3.2.6 b"),
    ROW(SE_RETRY,        SE_DATA,             NULL,          hold_and_update,   SE_WAIT_UPDATE,  SE_END,          "TS 24.301 5.2.3.2.2"),
    ROW(SE_RETRY,        SE_RX_PAGING,        NULL,          update,            SE_WAIT_UPDATE,  SE_END,          "TS 24.301 5.2.3.2.2"),
    ROW(SE_RETRY,        SE_TMR_T3411,        is_deaf,       note_due,          SE_NO_CELL,      SE_END,          "TS 24.301 5.5.3.2.6"),
    ROW(SE_RETRY,        SE_TMR_T3411,        NULL,          update,            SE_WAIT_UPDATE,  SE_END,          "TS 24.301 5.5.3.2.6"),
    ROW(SE_RETRY,        SE_TMR_T3402,        is_deaf,       note_due,          SE_NO_CELL,      SE_END,          "TS 24.301 5.5.3.2.6"),
    ROW(SE_RETRY,        SE_TMR_T3402,        NULL,          update,            SE_WAIT_UPDATE,  SE_END,          "TS 24.301 5.5.3.2.6"),

    ROW(SE_RELEASING,    SE_RX_UPDATED,       NULL,          confirm_again,     SE_RELEASING,    SE_END,          "TS 24.301 5.5.3.2.4"),
    ROW(SE_RELEASING,    SE_BEARERS,          NULL,          serve,             SE_END,          SE_END,          "TS 24.301 5.5.3.2.4"),
    ROW(SE_RELEASING,    SE_NO_CONNECTION,    has_nothing,   NULL,              SE_END,          SE_END,          "TS 24.301 5.3.1.2"),
    ROW(SE_RELEASING,    SE_NO_CONNECTION,    is_deaf,       NULL,              SE_NO_CELL,      SE_END,          "TS 24.301 5.3.1.2"),
    ROW(SE_RELEASING,    SE_NO_CONNECTION,    NULL,          request,           SE_WAIT_SERVICE, SE_END,          "TS 24.301 5.6.1.1 c"),
    ROW(SE_RELEASING,    SE_TMR_T3440,        has_nothing,   abandon,           SE_END,          SE_END,          "TS 24.301 5.3.1.2"),
    ROW(SE_RELEASING,    SE_TMR_T3440,        is_deaf,       abandon,           SE_NO_CELL,      SE_END,          "TS 24.301 5.3.1.2"),
    ROW(SE_RELEASING,    SE_TMR_T3440,        NULL,          request_again,     SE_WAIT_SERVICE, SE_END,          "TS 24.301 5.3.1.2"),

    ROW(SE_NO_CELL,      SE_TMR_T3412,        NULL,          note_due,          SE_NO_CELL,      SE_END,          "TS 24.301 5.3.5"),
    ROW(SE_NO_CELL,      SE_RADIO_BACK,       is_due,        update,            SE_WAIT_UPDATE,  SE_END,          "TS 24.301 5.3.5"),
    ROW(SE_NO_CELL,      SE_RADIO_BACK,       NULL,          request,           SE_WAIT_SERVICE, SE_END,          "TS 24.301 5.6.1.1 c"),

    ROW(FSM_ANY,         SE_DATA,             NULL,          hold,              FSM_STAY,        FSM_STAY,        "TS 24.301 5.6.1.2"),
    ROW(FSM_ANY,         SE_STOP,             NULL,          discard_all,       SE_END,          SE_END,          "TS 24.301 5.5.2.2.1"),
};
static const struct fsm_timer timers[] = {
    [T_T3417] = {"T3417", SE_TMR_T3417, 0, FSM_IN(SE_WAIT_SERVICE)},
    [T_T3430] = {"T3430", SE_TMR_T3430, 0, FSM_IN(SE_WAIT_UPDATE)},
    [T_T3440] = {"T3440", SE_TMR_T3440, 0, FSM_IN(SE_RELEASING)},
    [T_T3411] = {"T3411", SE_TMR_T3411, 0, FSM_IN(SE_RETRY)},
    [T_T3402] = {"T3402", SE_TMR_T3402, 1, FSM_IN(SE_RETRY)},
    [T_T3325] = {"T3325", SE_TMR_T3325, 0, FSM_IN(SE_BARRED)},
};
/* clang-format on */

static void ended(struct fsm *f)
{
    struct ue_service *s = service_of(f);
    struct ue_access *a = s->access;
    bool asked = s->asks;
    discard_all(f, NULL);
    a->service = NULL;
    slab_free(&a->cfg->pool->services, s);
    ue_idle_timer(a);
    refuse_bearer(a, asked);
}

struct fsm_def ue_service_def = {
    .name = "ue-service",
    .title = "Service request and tracking area update of a phone (TS 24.301 5.6.1, 5.5.3)",
    .state_names = states, .nstates = SE_STATES, .event_names = events, .nevents = SE_EVENTS,
    .rows = rows, .nrows = G_N_ELEMENTS(rows), .timers = timers, .ntimers = G_N_ELEMENTS(timers),
    .policy = FSM_IGNORE, .ended = ended,
};

/* ---- T3412 ------------------------------------------------------------------------------------------ */

static void begin(struct ue_access *a)
{
    if (a->service)
        return;
    a->service = slab_alloc0(&a->cfg->pool->services, NULL);
    fsm_start(&a->service->fsm, &ue_service_def, ue_node(a));
    a->service->access = a;
}

void ue_idle_timer(struct ue_access *a)
{
    const struct sim *sim = ue_node(a)->sim;
    if (!a->conn && a->t3412 && ue_emm_registered(a) && a->wait.due == 0)
        waitlist_start(&a->cfg->pool->idle, a, sim->now + a->t3412 * SIM_S);
}

/* Nobody's action: a flow of its own. */
void ue_idle_too_long(struct sim *sim, void *phone)
{
    struct ue_access *a = phone;
    sim_flow_begin(sim, a->epc->marks);
    begin(a);
    fsm_event(&a->service->fsm, SE_TMR_T3412, NULL);
}

uint16_t ue_gprs_timer(uint8_t coded)
{
    static const uint16_t unit[8] = {2, 60, 360, 60, 60, 60, 60, 0};
    return (uint16_t)(unit[coded >> 5] * (coded & 31));
}

/* ---- events ----------------------------------------------------------------------------------------- */

void ue_service_init(struct ue_access_pool *pool)
{
    fsm_init(&ue_service_def);
    slab_init(&pool->services, sizeof(struct ue_service));
    slab_init(&pool->held, sizeof(struct ue_held));
}

void ue_service_hold(struct ue_access *a, uint8_t ebi, const struct ie_packet *packet, struct msg *inner)
{
    struct ue_held h = {.inner = inner, .packet = *packet, .ebi = ebi};
    begin(a);
    fsm_event(&a->service->fsm, SE_DATA, &h);
}

bool ue_service_is_busy(const struct ue_access *a)
{
    return a->service && a->service->fsm.state != SE_END;
}

bool ue_service_ask(struct ue_access *a, const struct ie_qos *qos, const struct ie_tft *filters)
{
    begin(a);
    struct ue_service *s = a->service;
    if (s->asks || s->fsm.state == SE_BARRED)
        return false;
    s->asks = true;
    s->qos = *qos;
    s->filters = *filters;
    s->from = cause_keep(ue_node(a)->sim);
    fsm_event(&s->fsm, SE_DATA, NULL);
    return true;
}

void ue_service_paged(struct ue_access *a, const struct rrc_msg *m)
{
    if (rrc_body(m, paging)->s_tmsi.m_tmsi != a->guti.m_tmsi || !ue_emm_registered(a))
        return;
    node_mark(ue_node(a), MARK_PAGED, 0);
    if (a->conn && !a->service)
        return; /* it is there already */
    begin(a);
    fsm_event(&a->service->fsm, SE_RX_PAGING, m);
}

static void tell(struct ue_access *a, uint8_t event, const void *arg)
{
    if (a->service)
        fsm_event(&a->service->fsm, event, arg);
}

void ue_service_rx(struct ue_access *a, const struct nas_msg *m)
{
    tell(a, m->m.type == NAS_service_reject ? SE_RX_REJECT : m->m.type == NAS_tau_accept ? SE_RX_UPDATED : SE_RX_UPDATE_REJECT, m);
}

void ue_service_bearers(struct ue_access *a)
{
    tell(a, SE_BEARERS, NULL);
}

void ue_service_no_connection(struct ue_access *a)
{
    node_mark(ue_node(a), MARK_IDLE, 0);
    tell(a, SE_NO_CONNECTION, NULL);
    ue_idle_timer(a);
}

void ue_service_radio_back(struct ue_access *a)
{
    tell(a, SE_RADIO_BACK, NULL);
}

void ue_service_stop(struct ue_access *a)
{
    tell(a, SE_STOP, NULL);
}
