/* sgw_command.c - what a phone asks for itself, passed on (TS 23.401 5.4.5; TS 29.274 7.2.5, 7.2.6, 7.6).
 *
 *   MME -> Bearer Resource Command -> P-GW | the request that it triggers <-, with its number: goes its own way (sgw_bearer.c)
 *                                            and has the number of the MME's command there
 *                                          | Bearer Resource Failure Indication <- : to the MME
 *
 * The S-GW's command has a number of its own, with the highest bit set as all commands have. */
#include "models/sgw/sgw_int.h"

enum { SC_END, SC_WAIT_TRIGGERED, SC_STATES };
static const char *const states[] = {"end", "wait triggered request"};
static const char *const events[] = {"Bearer Resource Command", "triggered request", "Bearer Resource Failure Indication",
                                     "timer T3-RESPONSE"};

static struct sgw_pdn *asked_about(const struct sgw_relay *r, const void *arg)
{
    const struct sgw_ue *ue = sgw_ue_of(r);
    return ue ? sgw_ue_pdn(r->sgw, ue, gtp_body((const struct gtp_msg *)arg, bearer_resource_cmd)->linked_ebi) : NULL;
}

static bool is_unknown(const struct fsm *f, const void *arg)
{
    return !asked_about(sgw_const_relay_of(f), arg);
}

static bool fail(struct sgw_relay *r, uint8_t cause, uint8_t linked_ebi, uint8_t pti)
{
    struct gtp_msg *m = sgw_relay_answer(r, GTP_bearer_resource_failure);
    struct gtp_bearer_resource_failure *b = gtp_body(m, bearer_resource_failure);
    b->cause = cause;
    b->linked_ebi = linked_ebi;
    b->pti = pti;
    return sgw_relay_reply(r, m);
}

static bool refuse(struct fsm *f, const void *arg)
{
    const struct gtp_bearer_resource_cmd *b = gtp_body((const struct gtp_msg *)arg, bearer_resource_cmd);
    return fail(sgw_relay_of(f), GTP_CONTEXT_NOT_FOUND, b->linked_ebi, b->pti);
}

static bool pass_on(struct fsm *f, const void *arg)
{
    struct sgw_relay *r = sgw_relay_of(f);
    const struct sgw_pdn *pdn = asked_about(r, arg);
    struct gtp_msg *out = sgw_relay_request(r, GTP_bearer_resource_cmd, pdn->pgw_teid);
    out->seq |= GTP_COMMAND_SEQ;
    r->pdn = pdn->id;
    out->body.bearer_resource_cmd = gtp_body((const struct gtp_msg *)arg, bearer_resource_cmd)[0];
    return sgw_relay_send(r, pdn->pgw, IFACE_S5);
}

static bool failed(struct fsm *f, const void *arg)
{
    const struct gtp_bearer_resource_failure *b = gtp_body((const struct gtp_msg *)arg, bearer_resource_failure);
    return fail(sgw_relay_of(f), b->cause, b->linked_ebi, b->pti);
}

static bool is_unanswered(struct fsm *f, const void *arg)
{
    struct sgw_relay *r = sgw_relay_of(f);
    const struct gtp_bearer_resource_cmd *b = gtp_body(r->out, bearer_resource_cmd);
    (void)arg;
    return fail(r, GTP_PEER_NOT_RESPONDING, b->linked_ebi, b->pti);
}

static const struct fsm_row rows[] = {
    /*  in                 on             if              do             then               on failure  clause */
    ROW(SC_END,            SC_RX_COMMAND, is_unknown,     refuse,        SC_END,            SC_END, "TS 29.274 7.2.6"),
    ROW(SC_END,            SC_RX_COMMAND, NULL,           pass_on,       SC_WAIT_TRIGGERED, SC_END, "TS 23.401 5.4.5 step 3"),
    ROW(SC_WAIT_TRIGGERED, SC_TMR_T3,     sgw_tries_left, sgw_ask_again, SC_WAIT_TRIGGERED, SC_END, "TS 29.274 7.6"),
    ROW(SC_WAIT_TRIGGERED, SC_TMR_T3,     NULL,           is_unanswered, SC_END,            SC_END, "TS 29.274 7.6"),
    ROW(SC_WAIT_TRIGGERED, SC_TRIGGERED,  NULL,           NULL,          SC_END,            SC_END, "TS 29.274 7.6"),
    ROW(SC_WAIT_TRIGGERED, SC_RX_FAILURE, NULL,           failed,        SC_END,            SC_END, "TS 29.274 7.2.6"),
};
static const struct fsm_timer timers[] = {
    {"gtp.T3-RESPONSE", SC_TMR_T3, 0, FSM_IN(SC_WAIT_TRIGGERED)},
};
struct fsm_def sgw_command_def = {
    .name = "sgw-command",
    .title = "What a phone asks for, at the S-GW (TS 23.401 5.4.5, TS 29.274 7.2.5)",
    .state_names = states, .nstates = SC_STATES, .event_names = events, .nevents = SC_EVENTS,
    .rows = rows, .nrows = G_N_ELEMENTS(rows), .timers = timers, .ntimers = G_N_ELEMENTS(timers),
    .policy = FSM_IGNORE, .ended = sgw_relay_ended,
};
