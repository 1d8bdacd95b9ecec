/* enb_erab.c - set-up, modification and release of E-RABs at the eNB (TS 36.413 8.2.1 to 8.2.3; TS 36.331
 * 5.3.5).
 *
 *   MME -> E-RAB SETUP REQUEST | RRCConnectionReconfiguration [NAS] -> UE
 *      -> RRCConnectionReconfigurationComplete | E-RAB SETUP RESPONSE -> MME
 *   MME -> E-RAB MODIFY REQUEST     likewise | E-RAB MODIFY RESPONSE -> MME
 *   MME -> E-RAB RELEASE COMMAND    likewise | E-RAB RELEASE RESPONSE -> MME
 *
 * A phone is reconfigured once at a time: requests that come meanwhile, or before the initial context set-up
 * is through, wait in the order of their arrival. An E-RAB that cannot be dealt with is reported with its
 * cause, and its NAS message is not passed on; if none can, the answer comes at once.
 *
 * Set-up takes a data radio bearer and a TEID with the request; a modified QoS and a release take effect when
 * the phone has confirmed.
 *
 * SIMPLIFIED: the aggregate bit rate of the UE is not enforced. RRC has
 * no transaction identifiers: RLC delivers each message once, and an answer belongs to the newest request. */
#include "models/enb/enb_int.h"

#include "sim/cause.h"

#include <string.h>

enum { ERAB_CLOSED, ERAB_READY, ERAB_WAIT, ERAB_STATES };
static const char *const states[] = {"closed", "ready", "wait reconfiguration"};
static const char *const events[] = {"context set up",
                                     "E-RAB SETUP REQUEST",
                                     "E-RAB MODIFY REQUEST",
                                     "E-RAB RELEASE COMMAND",
                                     "RRCConnectionReconfigurationComplete",
                                     "released",
                                     "guard"};
enum { T_GUARD };

/* ---- E-RABs ------------------------------------------------------------------------------------------- */

const struct ie_erabs *enb_asked(const struct msg *request)
{
    const struct s1ap_msg *m = enb_s1ap(request);
    switch (request->type) {
    case S1AP_initial_context_setup_request:
        return &s1ap_body(m, initial_context_setup_request)->erabs;
    case S1AP_erab_setup_request:
        return &s1ap_body(m, erab_setup_request)->erabs;
    case S1AP_erab_modify_request:
        return &s1ap_body(m, erab_modify_request)->erabs;
    default:
        return &s1ap_body(m, erab_release_command)->erabs;
    }
}

static bool sets_up(const struct msg *request)
{
    return request->type == S1AP_initial_context_setup_request || request->type == S1AP_erab_setup_request;
}

static struct enb_erab *find_erab(const struct enb_ue *ue, uint8_t ebi)
{
    for (int i = 0; i < ENB_DRBS; i++) {
        struct enb_erab *e = ctx_find(&ue->enb->erabs, ue->erab[i]);
        if (e && e->ebi == ebi)
            return e;
    }
    return NULL;
}

static void free_erab(struct enb_ue *ue, struct enb_erab *e)
{
    enb_give_back(ue->enb, e);
    ue->erab[e->drb - 1] = 0;
    ctx_free(&ue->enb->erabs, e);
}

/* Sets up one; returns ENB_DONE or the cause why not. */
static uint8_t new_erab(struct enb_ue *ue, const struct ie_erab *item)
{
    struct enb *enb = ue->enb;
    struct node *sgw = epc_node(enb->epc, item->ipv4);
    unsigned slot = 0;

    if (find_erab(ue, item->id))
        return ENB_CAUSE_SAME_ERAB;
    if (!sgw || !(sgw->kinds & KIND_SGW))
        return S1AP_CAUSE_TRANSPORT_UNAVAILABLE;
    while (slot < ENB_DRBS && ue->erab[slot])
        slot++;
    if (slot == ENB_DRBS)
        return S1AP_CAUSE_NO_RADIO_RESOURCES;
    struct enb_erab *e = ctx_new(&enb->erabs);
    e->ue = ue->id;
    e->ebi = item->id;
    e->drb = (uint8_t)(slot + 1);
    e->sgw = sgw;
    e->sgw_teid = item->teid;
    e->qos = item->qos;
    if (!enb_admit(ue, e, &e->qos)) {
        ctx_free(&enb->erabs, e);
        return S1AP_CAUSE_NO_RADIO_RESOURCES;
    }
    ue->erab[slot] = e->id;
    return ENB_DONE;
}

const struct enb_erab *enb_erab_warm(struct enb_ue *ue, const struct ie_erab *item)
{
    memset(ue->outcome, ENB_DONE, sizeof(ue->outcome));
    fsm_place(&ue->erabs, ERAB_READY);
    return new_erab(ue, item) == ENB_DONE ? find_erab(ue, item->id) : NULL;
}

static bool any_done(const struct enb_ue *ue)
{
    for (unsigned i = 0; i < enb_asked(ue->request)->n; i++)
        if (ue->outcome[i] == ENB_DONE)
            return true;
    return false;
}

/* One reconfiguration takes so many NAS messages; an E-RAB whose message has no place fails. */
static void limit_nas(struct enb_ue *ue)
{
    const struct ie_erabs *list = enb_asked(ue->request);
    unsigned n = 0;

    for (unsigned i = 0; i < list->n; i++)
        if (ue->outcome[i] == ENB_DONE && list->item[i].nas && ++n > IE_MAX_NAS)
            ue->outcome[i] = S1AP_CAUSE_NO_RADIO_RESOURCES;
}

bool enb_begin_setup(struct enb_ue *ue, const struct s1ap_msg *request)
{
    const struct ie_erabs *list = enb_asked(&request->m);

    ue->request = msg_ref((struct msg *)&request->m);
    memset(ue->outcome, ENB_DONE, sizeof(ue->outcome));
    limit_nas(ue);
    for (unsigned i = 0; i < list->n; i++)
        if (ue->outcome[i] == ENB_DONE)
            ue->outcome[i] = new_erab(ue, &list->item[i]);
    return any_done(ue);
}

/* A changed QoS is admitted as a new one is; the old one stays until the phone has confirmed. */
static void admit_changes(struct enb_ue *ue)
{
    const struct ie_erabs *list = enb_asked(ue->request);

    for (unsigned i = 0; i < list->n; i++)
        if (ue->outcome[i] == ENB_DONE && !enb_admit(ue, find_erab(ue, list->item[i].id), &list->item[i].qos))
            ue->outcome[i] = S1AP_CAUSE_NO_RADIO_RESOURCES;
}

/* The same for a request about E-RABs that are there. */
static bool begin_change(struct enb_ue *ue, const struct s1ap_msg *request)
{
    const struct ie_erabs *list = enb_asked(&request->m);

    ue->request = msg_ref((struct msg *)&request->m);
    for (unsigned i = 0; i < list->n; i++)
        ue->outcome[i] = find_erab(ue, list->item[i].id) ? ENB_DONE : S1AP_CAUSE_UNKNOWN_ERAB;
    if (request->m.type == S1AP_erab_modify_request) {
        limit_nas(ue);
        admit_changes(ue);
    }
    return any_done(ue);
}

void enb_undo_setup(struct enb_ue *ue, uint8_t cause)
{
    const struct ie_erabs *list = enb_asked(ue->request);
    bool setup = sets_up(ue->request);

    for (unsigned i = 0; i < list->n; i++) {
        if (ue->outcome[i] != ENB_DONE)
            continue;
        ue->outcome[i] = cause;
        if (setup)
            free_erab(ue, find_erab(ue, list->item[i].id));
    }
}

void enb_end_request(struct enb_ue *ue)
{
    if (!ue->request)
        return;
    msg_unref(ue->enb->epc->net, ue->request);
    ue->request = NULL;
}

/* ---- messages ------------------------------------------------------------------------------------------ */

/* Conversational voice and video go without RLC's repetitions (GSMA IR.92 4.3, unverified). */
static bool is_um(uint8_t qci)
{
    return qci == 1 || qci == 2;
}

static struct ie_drb drb_of(const struct enb_erab *e, uint8_t qci)
{
    return (struct ie_drb){
        .id = e->drb, .ebi = e->ebi, .lcid = (uint8_t)(e->drb + 2), .qci = qci, .um = is_um(qci)};
}

static void add_nas(struct rrc_connection_reconfiguration *b, struct msg *nas)
{
    if (!nas)
        return;
    IE_SET(b, nas);
    b->nas.item[b->nas.n++] = msg_ref(nas);
}

void enb_reconfigure(struct enb_ue *ue)
{
    const struct ie_erabs *list = enb_asked(ue->request);
    struct rrc_msg *m = enb_rrc_new(ue, RRC_connection_reconfiguration);
    struct rrc_connection_reconfiguration *b = rrc_body(m, connection_reconfiguration);
    bool release = ue->request->type == S1AP_erab_release_command;

    if (ue->request->type == S1AP_initial_context_setup_request)
        IE_PUT(b, srb2) = 1;
    for (unsigned i = 0; i < list->n; i++) {
        const struct ie_erab *item = &list->item[i];
        if (ue->outcome[i] != ENB_DONE)
            continue;
        const struct enb_erab *e = find_erab(ue, item->id);
        if (release) {
            IE_SET(b, released);
            b->released.ebi[b->released.n++] = e->drb;
        } else {
            IE_SET(b, drbs);
            b->drbs.item[b->drbs.n++] = drb_of(e, item->qos.qci);
            add_nas(b, item->nas);
        }
    }
    if (release && IE_HAS(s1ap_body(enb_s1ap(ue->request), erab_release_command), nas))
        add_nas(b, s1ap_body(enb_s1ap(ue->request), erab_release_command)->nas);
    enb_send_rrc(ue, m);
}

void enb_report(const struct enb_ue *ue, struct ie_erabs *done, struct ie_erabs *failed)
{
    const struct ie_erabs *list = enb_asked(ue->request);
    bool setup = sets_up(ue->request);

    for (unsigned i = 0; i < list->n; i++) {
        struct ie_erab item = {.id = list->item[i].id};
        if (ue->outcome[i] != ENB_DONE) {
            item.cause = ue->outcome[i];
            failed->item[failed->n++] = item;
            continue;
        }
        if (setup) {
            item.teid = find_erab(ue, item.id)->id;
            item.ipv4 = epc_ip(ue->enb->node);
        }
        done->item[done->n++] = item;
    }
}

/* The answer to the request that was carried out; its parts have the same names in all three. */
static void answer(struct enb_ue *ue)
{
    struct s1ap_msg *m;

#define ANSWER(type)                                                                                         \
    {                                                                                                        \
        m = s1ap_new(ue->enb->epc->s1ap, S1AP_##type);                                                       \
        struct s1ap_##type *b = s1ap_body(m, type);                                                          \
        b->mme_id = ue->mme_id;                                                                              \
        b->enb_id = ue->id;                                                                                  \
        enb_report(ue, &b->erabs, &b->failed);                                                               \
        if (b->erabs.n)                                                                                      \
            IE_SET(b, erabs);                                                                                \
        if (b->failed.n)                                                                                     \
            IE_SET(b, failed);                                                                               \
    }
    if (ue->request->type == S1AP_erab_setup_request)
        ANSWER(erab_setup_response)
    else if (ue->request->type == S1AP_erab_modify_request)
        ANSWER(erab_modify_response)
    else
        ANSWER(erab_release_response)
#undef ANSWER
    enb_send_s1ap(ue->enb, m);
}

/* ---- handlers ------------------------------------------------------------------------------------------ */

static bool hold(struct fsm *f, const void *arg)
{
    struct enb_ue *ue = ENB_UE_OF(f, erabs);
    struct enb_waiting *w = g_new(struct enb_waiting, 1);

    *w = (struct enb_waiting){
        .m = msg_ref((struct msg *)arg), .flow = f->node->sim->flow, .cause = f->node->sim->cause};
    g_queue_push_tail(&ue->waiting, w);
    return true;
}

static uint8_t event_of(uint16_t type)
{
    return type == S1AP_erab_setup_request    ? ERAB_RX_SETUP
           : type == S1AP_erab_modify_request ? ERAB_RX_MODIFY
                                              : ERAB_RX_RELEASE;
}

/* Takes up what has waited, each in the flow of its own user action: until one has to wait for the phone. */
static bool next(struct fsm *f, const void *arg)
{
    struct enb_ue *ue = ENB_UE_OF(f, erabs);
    struct sim *sim = f->node->sim;
    sim_flow flow = sim->flow;
    struct enb_waiting *w;

    (void)arg;
    while (f->state == ERAB_READY && (w = g_queue_pop_head(&ue->waiting))) {
        sim->flow = w->flow;
        cause_held(sim, w->cause);
        fsm_event(f, event_of(w->m->type), w->m);
        msg_unref(ue->enb->epc->net, w->m);
        g_free(w);
    }
    sim->flow = flow;
    return true;
}

static bool reconfigure(struct enb_ue *ue, bool any)
{
    if (!any) {
        answer(ue);
        enb_end_request(ue);
        return false;
    }
    enb_reconfigure(ue);
    fsm_timer_start(&ue->erabs, T_GUARD, ue->enb->cfg.guard);
    return true;
}

static bool set_up(struct fsm *f, const void *arg)
{
    struct enb_ue *ue = ENB_UE_OF(f, erabs);
    return reconfigure(ue, enb_begin_setup(ue, arg));
}

static bool modify(struct fsm *f, const void *arg)
{
    struct enb_ue *ue = ENB_UE_OF(f, erabs);
    return reconfigure(ue, begin_change(ue, arg));
}

/* The NAS message goes to the phone even if no E-RAB is left to be released. */
static bool release(struct fsm *f, const void *arg)
{
    struct enb_ue *ue = ENB_UE_OF(f, erabs);
    const struct s1ap_erab_release_command *b = s1ap_body(enb_s1ap(arg), erab_release_command);
    bool any = begin_change(ue, arg);

    if (!any && IE_HAS(b, nas))
        enb_send_nas(ue, b->nas);
    return reconfigure(ue, any);
}

static void take_effect(struct enb_ue *ue)
{
    const struct ie_erabs *list = enb_asked(ue->request);

    for (unsigned i = 0; i < list->n; i++) {
        struct enb_erab *e = ue->outcome[i] == ENB_DONE ? find_erab(ue, list->item[i].id) : NULL;
        if (e && ue->request->type == S1AP_erab_modify_request)
            e->qos = list->item[i].qos;
        else if (e && ue->request->type == S1AP_erab_release_command)
            free_erab(ue, e);
    }
}

static bool confirm(struct fsm *f, const void *arg)
{
    struct enb_ue *ue = ENB_UE_OF(f, erabs);

    take_effect(ue);
    answer(ue);
    enb_end_request(ue);
    return next(f, arg);
}

/* The phone does not answer: the request has failed, and the connection is lost. */
static bool lost(struct fsm *f, const void *arg)
{
    struct enb_ue *ue = ENB_UE_OF(f, erabs);

    (void)arg;
    enb_undo_setup(ue, S1AP_CAUSE_CONNECTION_LOST);
    answer(ue);
    enb_end_request(ue);
    fsm_event(&ue->release, REL_LOST, NULL);
    return true;
}

/* Clauses from memory (unverified). */
static const struct fsm_row rows[] = {
    /*  in           on                    if    do       then         on failure   clause */
    ROW(ERAB_CLOSED, ERAB_RX_SETUP,        NULL, hold,    ERAB_CLOSED, ERAB_CLOSED, "TS 36.413 8.2.1.2"),
    ROW(ERAB_CLOSED, ERAB_RX_MODIFY,       NULL, hold,    ERAB_CLOSED, ERAB_CLOSED, "TS 36.413 8.2.2.2"),
    ROW(ERAB_CLOSED, ERAB_RX_RELEASE,      NULL, hold,    ERAB_CLOSED, ERAB_CLOSED, "TS 36.413 8.2.3.2"),
    ROW(ERAB_CLOSED, ERAB_OPEN,            NULL, next,    ERAB_READY,  ERAB_READY,  "TS 36.413 8.3.1.2"),
    ROW(ERAB_READY,  ERAB_RX_SETUP,        NULL, set_up,  ERAB_WAIT,   ERAB_READY,  "TS 36.413 8.2.1.2"),
    ROW(ERAB_READY,  ERAB_RX_MODIFY,       NULL, modify,  ERAB_WAIT,   ERAB_READY,  "TS 36.413 8.2.2.2"),
    ROW(ERAB_READY,  ERAB_RX_RELEASE,      NULL, release, ERAB_WAIT,   ERAB_READY,  "TS 36.413 8.2.3.2"),
    ROW(ERAB_WAIT,   ERAB_RX_SETUP,        NULL, hold,    ERAB_WAIT,   ERAB_WAIT,   "TS 36.413 8.2.1.2"),
    ROW(ERAB_WAIT,   ERAB_RX_MODIFY,       NULL, hold,    ERAB_WAIT,   ERAB_WAIT,   "TS 36.413 8.2.2.2"),
    ROW(ERAB_WAIT,   ERAB_RX_RELEASE,      NULL, hold,    ERAB_WAIT,   ERAB_WAIT,   "TS 36.413 8.2.3.2"),
    ROW(ERAB_WAIT,   ERAB_RX_RECONFIGURED, NULL, confirm, ERAB_READY,  ERAB_READY,  "TS 36.331 5.3.5"),
    ROW(ERAB_WAIT,   ERAB_TMR_GUARD,       NULL, lost,    ERAB_CLOSED, ERAB_CLOSED, "TS 36.413 8.2.1.2"),
    ROW(FSM_ANY,     ERAB_RELEASED,        NULL, NULL,    ERAB_CLOSED, ERAB_CLOSED, "TS 36.413 8.3.3.2"),
};
static const struct fsm_timer timers[] = {
    [T_GUARD] = {"E-RAB guard", ERAB_TMR_GUARD, 0, FSM_IN(ERAB_WAIT)},
};
struct fsm_def enb_erab_def = {
    .name = "enb-erab",
    .title = "E-RAB set-up, modification and release at the eNB (TS 36.413 8.2)",
    .state_names = states, .nstates = ERAB_STATES, .event_names = events, .nevents = ERAB_EVENTS,
    .rows = rows, .nrows = G_N_ELEMENTS(rows), .timers = timers, .ntimers = G_N_ELEMENTS(timers),
    .policy = FSM_IGNORE,
};
