/* ue_random.c - random access of a phone that has no connection (TS 36.321 5.1), where the cell has a radio.
 *
 *   -> preamble | Random Access Response: -> RRCConnectionRequest
 *      no response in its window, or no answer before the contention timer is over (another phone sent the same
 *      preamble): a back-off, and again
 *   RRCConnectionSetup or -Reject: contention is resolved, in this phone's favour
 *
 * T300 of the RRC connection runs all the while, and ends it when it takes too long.
 *
 * SIMPLIFIED: a phone that has sent preamble-trans-max preambles sends no more, and waits for T300; TS 36.321 5.1.4 has
 * MAC report a problem, of which RRC takes no notice while T300 runs, and go on. The back-off is known without a response
 * that names it. No power ramping, one group of preambles, no preambles of one's own. */
#include "models/ue/ue_access_int.h"

#include "models/uu.h"

enum { RA_NONE, RA_WAIT_RESPONSE, RA_WAIT_RESOLUTION, RA_WAIT_BACKOFF, RA_STATES };
static const char *const states[] = {"none", "wait response", "wait resolution", "wait back-off"};
enum { RA_BEGIN, RA_RX_RESPONSE, RA_RESOLVED, RA_TMR_WINDOW, RA_TMR_CONTENTION, RA_TMR_BACKOFF, RA_EVENTS };
static const char *const events[] = {
    "connection wanted", "Random Access Response",      "contention resolved",
    "response window",   "contention resolution timer", "back-off"};
enum { T_WINDOW, T_CONTENTION, T_BACKOFF };

static struct ue_conn *conn_of(const struct fsm *ra)
{
    return (struct ue_conn *)(void *)((char *)ra - offsetof(struct ue_conn, random));
}

static struct cell_phone *air_of(const struct ue_conn *c)
{
    const struct ue_access *a = c->access;
    return uu_phone(a->epc->uu, ue_node(a), a->cfg->enb);
}

static const struct access_params *params_of(const struct ue_conn *c)
{
    return cell_params(air_of(c)->cell);
}

/* From now on nothing that the eNB sends is for this phone, until a response gives it a number. */
static bool forget(struct fsm *f, const void *arg)
{
    (void)arg;
    conn_of(f)->rnti = UINT32_MAX;
    return true;
}

/* The window opens two subframes after the one that the preamble ends in. */
static bool send_preamble(struct fsm *f, const void *arg)
{
    struct ue_conn *c = conn_of(f);
    const struct access_params *p = params_of(c);
    sim_time sent = cell_access(air_of(c));
    struct rrc_msg *m = rrc_new(c->access->epc->rrc, RRC_random_access_preamble);
    forget(f, arg);
    c->preambles++;
    rrc_body(m, random_access_preamble)->preamble = air_of(c)->preamble;
    ue_rrc_put(c, m);
    fsm_timer_start(f, T_WINDOW, sent + 2 * ACCESS_TTI + p->rar_window);
    return true;
}

/* The timer runs from the end of the request's last transmission. */
static bool send_request(struct fsm *f, const void *arg)
{
    struct ue_conn *c = conn_of(f);
    const struct rrc_msg *m = arg;
    ue_rrc_put_request(c, rrc_body(m, random_access_response)->c_rnti);
    fsm_timer_start(f, T_CONTENTION, cell_still_sending(air_of(c)) + params_of(c)->contention_time);
    return true;
}

static bool is_other(const struct fsm *f, const void *arg)
{
    const struct rrc_msg *m = arg;
    return rrc_body(m, random_access_response)->preamble != air_of(conn_of(f))->preamble;
}

static bool is_last(const struct fsm *f, const void *arg)
{
    const struct ue_conn *c = conn_of(f);
    (void)arg;
    return c->preambles >= params_of(c)->preamble_max;
}

static bool back_off(struct fsm *f, const void *arg)
{
    forget(f, arg);
    fsm_timer_start_as(f, T_BACKOFF, cell_backoff(air_of(conn_of(f))), DELAY_BACKOFF);
    return true;
}

/* Clauses of TS 36.321 from memory (unverified), but for the window of 5.1.4. */
static const struct fsm_row rows[] = {
    /*  in                  on                 if        do             then                on failure  clause */
    ROW(RA_NONE,            RA_BEGIN,          NULL,     send_preamble, RA_WAIT_RESPONSE,   RA_NONE,    "TS 36.321 5.1.3"),
    ROW(RA_WAIT_RESPONSE,   RA_RX_RESPONSE,    is_other, NULL,          FSM_STAY,           FSM_STAY,   "TS 36.321 5.1.4"),
    ROW(RA_WAIT_RESPONSE,   RA_RX_RESPONSE,    NULL,     send_request,  RA_WAIT_RESOLUTION, RA_NONE,    "TS 36.321 5.1.4"),
    ROW(RA_WAIT_RESPONSE,   RA_TMR_WINDOW,     is_last,  forget,        RA_NONE,            RA_NONE,    "TS 36.321 5.1.4"),
    ROW(RA_WAIT_RESPONSE,   RA_TMR_WINDOW,     NULL,     back_off,      RA_WAIT_BACKOFF,    RA_NONE,    "TS 36.321 5.1.4"),
    ROW(RA_WAIT_BACKOFF,    RA_TMR_BACKOFF,    NULL,     send_preamble, RA_WAIT_RESPONSE,   RA_NONE,    "TS 36.321 5.1.3"),
    ROW(RA_WAIT_RESOLUTION, RA_RESOLVED,       NULL,     NULL,          RA_NONE,            RA_NONE,    "TS 36.321 5.1.5"),
    ROW(RA_WAIT_RESOLUTION, RA_TMR_CONTENTION, is_last,  forget,        RA_NONE,            RA_NONE,    "TS 36.321 5.1.5"),
    ROW(RA_WAIT_RESOLUTION, RA_TMR_CONTENTION, NULL,     back_off,      RA_WAIT_BACKOFF,    RA_NONE,    "TS 36.321 5.1.5"),
};
static const struct fsm_timer timers[] = {
    [T_WINDOW] = {"response window", RA_TMR_WINDOW, 0, FSM_IN(RA_WAIT_RESPONSE)},
    [T_CONTENTION] = {"contention resolution timer", RA_TMR_CONTENTION, 0, FSM_IN(RA_WAIT_RESOLUTION)},
    [T_BACKOFF] = {"back-off", RA_TMR_BACKOFF, 0, FSM_IN(RA_WAIT_BACKOFF)},
};
struct fsm_def ue_random_def = {
    .name = "ue-random-access",
    .title = "Random access of a phone (TS 36.321 5.1)",
    .state_names = states, .nstates = RA_STATES, .event_names = events, .nevents = RA_EVENTS,
    .rows = rows, .nrows = G_N_ELEMENTS(rows), .timers = timers, .ntimers = G_N_ELEMENTS(timers),
    .policy = FSM_IGNORE,
};

bool ue_random_begin(struct ue_conn *c)
{
    if (!uu_cell(c->access->epc->uu, c->access->cfg->enb))
        return false;
    c->preambles = 0;
    fsm_event(&c->random, RA_BEGIN, NULL);
    return true;
}

void ue_random_rx(struct ue_conn *c, const struct rrc_msg *m)
{
    fsm_event(&c->random, RA_RX_RESPONSE, m);
}

void ue_random_resolved(struct ue_conn *c)
{
    fsm_event(&c->random, RA_RESOLVED, NULL);
}
