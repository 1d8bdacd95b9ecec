/* enb_context.c - initial context set-up at the eNB (TS 36.413 8.3.1; TS 36.331 5.3.4, 5.3.5, 5.6.3).
 *
 *   MME -> INITIAL CONTEXT SETUP REQUEST
 *      | UECapabilityEnquiry -> UE -> UECapabilityInformation | UE CAPABILITY INFO INDICATION -> MME
 *        (only when the MME has sent no radio capability)
 *      | SecurityModeCommand -> UE -> SecurityModeComplete
 *      | RRCConnectionReconfiguration [NAS] -> UE -> RRCConnectionReconfigurationComplete
 *      | INITIAL CONTEXT SETUP RESPONSE -> MME
 *
 * A request that brings no NAS message resumes the bearers of a phone that was idle: then the reconfiguration
 * follows the SecurityModeCommand at once and both answers come one after the other, as RRC keeps the order
 * (TS 36.331 5.3.1.1 allows it). With the first bearer, at attach, security comes first.
 *
 * SIMPLIFIED: KeNB is not used; an algorithm is chosen by the phone's capability alone. */
#include "models/enb/enb_int.h"

enum { CTX_NONE, CTX_WAIT_CAPS, CTX_WAIT_SECURITY, CTX_WAIT_BOTH, CTX_WAIT_RECONF, CTX_ACTIVE, CTX_STATES };
static const char *const states[] = {"none",      "wait capability",      "wait security",
                                     "wait both", "wait reconfiguration", "active"};
static const char *const events[] = {
    "INITIAL CONTEXT SETUP REQUEST", "UECapabilityInformation", "SecurityModeComplete", "SecurityModeFailure",
    "RRCConnectionReconfigurationComplete", "released", "guard"};
enum { T_GUARD };

void enb_context_warm(struct enb_ue *ue)
{
    fsm_place(&ue->context, CTX_ACTIVE);
}

static const struct s1ap_initial_context_setup_request *request_of(const void *m)
{
    return s1ap_body(enb_s1ap(m), initial_context_setup_request);
}

static bool lacks_capability(const struct fsm *f, const void *arg)
{
    (void)f;
    return !IE_HAS(request_of(arg), radio_capability);
}

static bool resumes(const struct fsm *f, const void *arg)
{
    const struct ie_erabs *list = enb_asked(arg);
    (void)f;
    for (unsigned i = 0; i < list->n; i++)
        if (list->item[i].nas)
            return false;
    return true;
}

static void wait_for_phone(struct enb_ue *ue)
{
    fsm_timer_start(&ue->context, T_GUARD, ue->enb->cfg.guard);
}

static void send_failure(const struct enb_ue *ue, uint8_t cause)
{
    struct s1ap_msg *m = s1ap_new(ue->enb->epc->s1ap, S1AP_initial_context_setup_failure);
    struct s1ap_initial_context_setup_failure *b = s1ap_body(m, initial_context_setup_failure);

    b->mme_id = ue->mme_id;
    b->enb_id = ue->id;
    b->cause = cause;
    enb_send_s1ap(ue->enb, m);
}

/* Ends the procedure; the MME will release what is left. */
static void fail(struct enb_ue *ue, uint8_t cause)
{
    enb_undo_setup(ue, cause);
    enb_end_request(ue);
    send_failure(ue, cause);
    fsm_event(&ue->release, REL_REFUSED, NULL);
}

/* Sets up the E-RABs; without any there is nothing to go on with. */
static bool begin(struct enb_ue *ue, const void *request)
{
    if (enb_begin_setup(ue, request))
        return true;
    fail(ue, enb_asked(ue->request)->n ? ue->outcome[0] : S1AP_CAUSE_RADIO_UNSPECIFIED);
    return false;
}

/* The strongest the phone knows of the first three: null, SNOW 3G, AES (TS 33.401 5.1, unverified). */
static uint8_t strongest(uint8_t caps)
{
    return caps & 4 ? 2 : caps & 2 ? 1 : 0;
}

static void send_security_mode(const struct enb_ue *ue)
{
    struct rrc_msg *m = enb_rrc_new(ue, RRC_security_mode_command);
    struct ie_security_caps caps = request_of(ue->request)->capability;

    rrc_body(m, security_mode_command)->algorithms =
        (struct ie_algorithms){.eea = strongest(caps.eea), .eia = strongest(caps.eia)};
    enb_send_rrc(ue, m);
}

static bool enquire(struct fsm *f, const void *arg)
{
    struct enb_ue *ue = ENB_UE_OF(f, context);
    if (!begin(ue, arg))
        return false;
    enb_send_rrc(ue, enb_rrc_new(ue, RRC_ue_capability_enquiry));
    wait_for_phone(ue);
    return true;
}

static bool secure(struct fsm *f, const void *arg)
{
    struct enb_ue *ue = ENB_UE_OF(f, context);
    if (!begin(ue, arg))
        return false;
    send_security_mode(ue);
    wait_for_phone(ue);
    return true;
}

static bool secure_reconfigure(struct fsm *f, const void *arg)
{
    struct enb_ue *ue = ENB_UE_OF(f, context);
    if (!secure(f, arg))
        return false;
    enb_reconfigure(ue);
    return true;
}

static bool report_secure(struct fsm *f, const void *arg)
{
    struct enb_ue *ue = ENB_UE_OF(f, context);
    struct s1ap_msg *m = s1ap_new(ue->enb->epc->s1ap, S1AP_ue_capability_info_indication);
    struct s1ap_ue_capability_info_indication *b = s1ap_body(m, ue_capability_info_indication);

    b->mme_id = ue->mme_id;
    b->enb_id = ue->id;
    b->radio_capability = rrc_body(enb_rrc(arg), ue_capability_information)->radio_capability;
    enb_send_s1ap(ue->enb, m);
    send_security_mode(ue);
    wait_for_phone(ue);
    return true;
}

static bool reconfigure(struct fsm *f, const void *arg)
{
    struct enb_ue *ue = ENB_UE_OF(f, context);
    (void)arg;
    enb_reconfigure(ue);
    wait_for_phone(ue);
    return true;
}

static bool respond(struct fsm *f, const void *arg)
{
    struct enb_ue *ue = ENB_UE_OF(f, context);
    struct s1ap_msg *m = s1ap_new(ue->enb->epc->s1ap, S1AP_initial_context_setup_response);
    struct s1ap_initial_context_setup_response *b = s1ap_body(m, initial_context_setup_response);

    (void)arg;
    b->mme_id = ue->mme_id;
    b->enb_id = ue->id;
    enb_report(ue, &b->erabs, &b->failed);
    if (b->failed.n)
        IE_SET(b, failed);
    enb_send_s1ap(ue->enb, m);
    enb_end_request(ue);
    fsm_event(&ue->erabs, ERAB_OPEN, NULL);
    return true;
}

static bool security_failed(struct fsm *f, const void *arg)
{
    (void)arg;
    fail(ENB_UE_OF(f, context), ENB_CAUSE_RADIO_PROCEDURE);
    return true;
}

static bool no_answer(struct fsm *f, const void *arg)
{
    (void)arg;
    fail(ENB_UE_OF(f, context), S1AP_CAUSE_CONNECTION_LOST);
    return true;
}

/* A second one: the first stands (TS 36.413 10.4: the procedures do not fit). */
static bool refuse(struct fsm *f, const void *arg)
{
    (void)arg;
    send_failure(ENB_UE_OF(f, context), S1AP_CAUSE_RADIO_UNSPECIFIED);
    return true;
}

/* Clauses from memory (unverified). */
static const struct fsm_row rows[] = {
    /*  in                 on                   if                do                  then               on failure  clause */
    ROW(CTX_NONE,          CTX_RX_REQUEST,      lacks_capability, enquire,            CTX_WAIT_CAPS,     CTX_NONE,   "TS 36.331 5.6.3"),
    ROW(CTX_NONE,          CTX_RX_REQUEST,      resumes,          secure_reconfigure, CTX_WAIT_BOTH,     CTX_NONE,   "TS 36.331 5.3.1.1"),
    ROW(CTX_NONE,          CTX_RX_REQUEST,      NULL,             secure,             CTX_WAIT_SECURITY, CTX_NONE,   "TS 36.331 5.3.4"),
    ROW(CTX_WAIT_CAPS,     CTX_RX_CAPABILITY,   NULL,             report_secure,      CTX_WAIT_SECURITY, CTX_NONE,   "TS 36.413 8.9"),
    ROW(CTX_WAIT_SECURITY, CTX_RX_SECURED,      NULL,             reconfigure,        CTX_WAIT_RECONF,   CTX_NONE,   "TS 36.331 5.3.5"),
    ROW(CTX_WAIT_BOTH,     CTX_RX_SECURED,      NULL,             NULL,               CTX_WAIT_RECONF,   CTX_NONE,   "TS 36.331 5.3.4"),
    ROW(CTX_WAIT_RECONF,   CTX_RX_RECONFIGURED, NULL,             respond,            CTX_ACTIVE,        CTX_NONE,   "TS 36.413 8.3.1.2"),
    ROW(CTX_WAIT_SECURITY, CTX_RX_NOT_SECURED,  NULL,             security_failed,    CTX_NONE,          CTX_NONE,   "TS 36.413 8.3.1.3"),
    ROW(CTX_WAIT_BOTH,     CTX_RX_NOT_SECURED,  NULL,             security_failed,    CTX_NONE,          CTX_NONE,   "TS 36.413 8.3.1.3"),
    ROW(CTX_ACTIVE,        CTX_RX_REQUEST,      NULL,             refuse,             CTX_ACTIVE,        CTX_ACTIVE, "TS 36.413 10.4"),
    ROW(FSM_ANY,           CTX_TMR_GUARD,       NULL,             no_answer,          CTX_NONE,          CTX_NONE,   "TS 36.413 8.3.1.3"),
    ROW(FSM_ANY,           CTX_RELEASED,        NULL,             NULL,               CTX_NONE,          CTX_NONE,   "TS 36.413 8.3.3.2"),
};
static const struct fsm_timer timers[] = {
    [T_GUARD] = {"context set-up guard", CTX_TMR_GUARD, 0,
                 FSM_IN(CTX_WAIT_CAPS) | FSM_IN(CTX_WAIT_SECURITY) | FSM_IN(CTX_WAIT_BOTH) |
                     FSM_IN(CTX_WAIT_RECONF)},
};
struct fsm_def enb_context_def = {
    .name = "enb-context",
    .title = "Initial context set-up at the eNB (TS 36.413 8.3.1)",
    .state_names = states, .nstates = CTX_STATES, .event_names = events, .nevents = CTX_EVENTS,
    .rows = rows, .nrows = G_N_ELEMENTS(rows), .timers = timers, .ntimers = G_N_ELEMENTS(timers),
    .policy = FSM_IGNORE,
};
