/* enb_connection.c - RRC connection and the NAS messages that travel over it (TS 36.331 5.3.3, 5.6.1, 5.6.2;
 * TS 36.413 8.6).
 *
 *   UE -> RRCConnectionRequest | RRCConnectionSetup -> UE | UE -> RRCConnectionSetupComplete [NAS]
 *      | INITIAL UE MESSAGE [NAS] -> MME
 *   UE -> ULInformationTransfer [NAS] | UPLINK NAS TRANSPORT [NAS] -> MME
 *   MME -> DOWNLINK NAS TRANSPORT [NAS] | DLInformationTransfer [NAS] -> UE
 *
 * The NAS message is passed on as it is: both messages refer to the same one. A phone that does not complete
 * the connection is forgotten after a guard time; it gives up by itself with T300. */
#include "models/enb/enb_int.h"

enum { CON_NONE, CON_WAIT, CON_CONNECTED, CON_STATES };
static const char *const states[] = {"none", "wait setup complete", "connected"};
static const char *const events[] = {"RRCConnectionRequest",  "RRCConnectionSetupComplete",
                                     "ULInformationTransfer", "DOWNLINK NAS TRANSPORT",
                                     "released",              "guard"};
enum { T_GUARD };

static bool knows_mme(const struct fsm *f, const void *arg)
{
    (void)arg;
    return ENB_CONST_UE_OF(f, connection)->knows_mme;
}

void enb_connection_warm(struct enb_ue *ue, uint8_t establishment)
{
    ue->establishment = establishment;
    fsm_place(&ue->connection, CON_CONNECTED);
}

static bool set_up(struct fsm *f, const void *arg)
{
    struct enb_ue *ue = ENB_UE_OF(f, connection);
    const struct rrc_connection_request *request = rrc_body(enb_rrc(arg), connection_request);

    if (enb_rrc(arg)->ue)
        ue->rnti = enb_rrc(arg)->ue; /* the random access's temporary one stays */
    ue->establishment = request->cause;
    ue->has_s_tmsi = IE_HAS(request, s_tmsi);
    ue->s_tmsi = request->s_tmsi;
    enb_send_rrc(ue, enb_rrc_new(ue, RRC_connection_setup));
    fsm_timer_start(f, T_GUARD, ue->enb->cfg.guard);
    return true;
}

static bool initial_ue_message(struct fsm *f, const void *arg)
{
    const struct enb_ue *ue = ENB_UE_OF(f, connection);
    const struct enb *enb = ue->enb;
    struct s1ap_msg *m = s1ap_new(enb->epc->s1ap, S1AP_initial_ue_message);
    struct s1ap_initial_ue_message *b = s1ap_body(m, initial_ue_message);

    b->enb_id = ue->id;
    b->nas = msg_ref(rrc_body(enb_rrc(arg), connection_setup_complete)->nas);
    b->tai = enb->cfg.tai;
    b->ecgi = enb->cfg.ecgi;
    b->establishment = ue->establishment;
    if (ue->has_s_tmsi)
        IE_PUT(b, s_tmsi) = ue->s_tmsi;
    enb_send_s1ap(enb, m);
    return true;
}

static bool uplink_nas(struct fsm *f, const void *arg)
{
    const struct enb_ue *ue = ENB_UE_OF(f, connection);
    const struct enb *enb = ue->enb;
    struct s1ap_msg *m = s1ap_new(enb->epc->s1ap, S1AP_uplink_nas_transport);
    struct s1ap_uplink_nas_transport *b = s1ap_body(m, uplink_nas_transport);

    b->mme_id = ue->mme_id;
    b->enb_id = ue->id;
    b->nas = msg_ref(rrc_body(enb_rrc(arg), ul_information_transfer)->nas);
    b->ecgi = enb->cfg.ecgi;
    b->tai = enb->cfg.tai;
    enb_send_s1ap(enb, m);
    return true;
}

static bool downlink_nas(struct fsm *f, const void *arg)
{
    enb_send_nas(ENB_UE_OF(f, connection), s1ap_body(enb_s1ap(arg), downlink_nas_transport)->nas);
    return true;
}

/* Clauses from memory (unverified). */
static const struct fsm_row rows[] = {
    /*  in             on                     if         do                  then           on failure     clause */
    ROW(CON_NONE,      CON_RX_REQUEST,        NULL,      set_up,             CON_WAIT,      CON_NONE,      "TS 36.331 5.3.3"),
    ROW(CON_WAIT,      CON_RX_SETUP_COMPLETE, NULL,      initial_ue_message, CON_CONNECTED, CON_NONE,      "TS 36.413 8.6.2.1"),
    ROW(CON_WAIT,      CON_TMR_GUARD,         NULL,      NULL,               CON_NONE,      CON_NONE,      "TS 36.331 5.3.3"),
    ROW(CON_CONNECTED, CON_RX_UPLINK_NAS,     knows_mme, uplink_nas,         CON_CONNECTED, CON_CONNECTED, "TS 36.413 8.6.2.3"),
    ROW(CON_CONNECTED, CON_RX_DOWNLINK_NAS,   NULL,      downlink_nas,       CON_CONNECTED, CON_CONNECTED, "TS 36.413 8.6.2.2"),
    ROW(FSM_ANY,       CON_RELEASED,          NULL,      NULL,               CON_NONE,      CON_NONE,      "TS 36.331 5.3.8"),
};
static const struct fsm_timer timers[] = {
    [T_GUARD] = {"RRC connection guard", CON_TMR_GUARD, 0, FSM_IN(CON_WAIT)},
};

/* Without a connection there is no context. */
static void ended(struct fsm *f)
{
    enb_ue_free(ENB_UE_OF(f, connection));
}

struct fsm_def enb_connection_def = {
    .name = "enb-connection",
    .title = "RRC connection and NAS transport at the eNB (TS 36.331 5.3.3, TS 36.413 8.6)",
    .state_names = states, .nstates = CON_STATES, .event_names = events, .nevents = CON_EVENTS,
    .rows = rows, .nrows = G_N_ELEMENTS(rows), .timers = timers, .ntimers = G_N_ELEMENTS(timers),
    .policy = FSM_IGNORE, .ended = ended,
};
