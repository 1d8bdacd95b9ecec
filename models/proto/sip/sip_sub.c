/* sip_sub.c - subscriber of the event package reg (see sip_sub.h). */
#include "models/proto/sip/sip_sub.h"

enum { SUB_END, SUB_WAIT, SUB_ACTIVE, SUB_STATES };
static const char *const states[] = {"end", "asked", "active"};
enum {
    SUB_BEGIN, SUB_REFRESH, SUB_RX_OK, SUB_RX_REFUSED, SUB_NO_ANSWER, SUB_RX_NOTIFY, SUB_RX_TERMINATED, SUB_EVENTS
};
static const char *const events[] = {
    "subscribe", "refresh", "2xx (SUBSCRIBE)", "300-699 (SUBSCRIBE)", "no answer", "NOTIFY", "NOTIFY (terminated)"};

/* A NOTIFY and its transaction. */
struct notification {
    const struct sip_msg *m;
    uint64_t st;
};

static struct sip_sub *sub_of(struct fsm *f)
{
    return (struct sip_sub *)(void *)f;
}

/* ---- SUBSCRIBE ------------------------------------------------------------------------------------- */

static bool subscribe(struct fsm *f, const void *arg)
{
    struct sip_sub *s = sub_of(f);
    struct sip_msg *m = sip_dialog_request(s->sip, &s->dialog, SIP_SUBSCRIBE);
    struct sip_cold *c = sip_cold_edit(s->sip, m);
    (void)arg;
    m->contact = s->dialog.contact;
    c->event = SIP_EVENT_REG;
    c->has_expires = true;
    c->expires = s->expires;
    s->ops->send(s, m);
    return true;
}

/* The notifier may have shortened it. */
static bool accepted(struct fsm *f, const void *arg)
{
    struct sip_sub *s = sub_of(f);
    int64_t expires = sip_expires(arg);
    sip_dialog_from_response(s->sip, &s->dialog, arg);
    s->until = f->node->sim->now + (expires < 0 ? s->expires : expires) * SIM_S;
    return true;
}

/* ---- NOTIFY ---------------------------------------------------------------------------------------- */

static void answer(const struct sip_sub *s, const struct notification *n)
{
    struct sip_msg *m = sip_response(s->sip, n->m, 200);
    sip_send_response(s->sip, n->st, m);
}

/* A NOTIFY that overtakes the 200 makes the dialog (RFC 6665 4.4.1). */
static void take(struct sip_sub *s, const struct notification *n)
{
    if (!s->dialog.remote_tag) {
        s->dialog.remote_tag = n->m->from_tag;
        s->dialog.target = n->m->contact;
        s->dialog.routes = sip_hop_ref(n->m->record_route);
    }
    s->dialog.remote_cseq = n->m->cseq;
    answer(s, n);
}

static bool notified(struct fsm *f, const void *arg)
{
    struct sip_sub *s = sub_of(f);
    const struct notification *n = arg;
    take(s, n);
    if (n->m->cold->reginfo.present)
        s->ops->notified(s, &n->m->cold->reginfo);
    return true;
}

static bool is_old(const struct fsm *f, const void *arg)
{
    return ((const struct notification *)arg)->m->cseq <= ((const struct sip_sub *)(const void *)f)->dialog.remote_cseq;
}

/* RFC 3261 12.2.2: overtaken by a later one. */
static bool out_of_order(struct fsm *f, const void *arg)
{
    const struct notification *n = arg;
    return sip_send_status(sub_of(f)->sip, n->st, 500);
}

/* clang-format off */
static const struct fsm_row rows[] = {
    /*  in          on                 if      do            then        on failure  clause */
    ROW(SUB_END,    SUB_BEGIN,         NULL,   subscribe,    SUB_WAIT,   SUB_END,    "RFC 6665 4.1.2.1"),
    ROW(SUB_WAIT,   SUB_RX_OK,         NULL,   accepted,     SUB_ACTIVE, SUB_END,    "RFC 6665 4.1.2.1"),
    ROW(SUB_WAIT,   SUB_RX_NOTIFY,     NULL,   notified,     SUB_ACTIVE, SUB_END,    "RFC 6665 4.4.1"),
    ROW(SUB_WAIT,   SUB_RX_TERMINATED, NULL,   notified,     SUB_END,    SUB_END,    "RFC 6665 4.4.1"),
    ROW(SUB_WAIT,   SUB_RX_REFUSED,    NULL,   NULL,         SUB_END,    SUB_END,    "RFC 6665 4.1.2.1"),
    ROW(SUB_WAIT,   SUB_NO_ANSWER,     NULL,   NULL,         SUB_END,    SUB_END,    "RFC 6665 4.1.2.1"),
    ROW(SUB_ACTIVE, SUB_REFRESH,       NULL,   subscribe,    SUB_ACTIVE, SUB_END,    "RFC 6665 4.1.2.2"),
    ROW(SUB_ACTIVE, SUB_RX_OK,         NULL,   accepted,     SUB_ACTIVE, SUB_END,    "RFC 6665 4.1.2.2"),
    ROW(SUB_ACTIVE, SUB_RX_REFUSED,    NULL,   NULL,         SUB_END,    SUB_END,    "RFC 6665 4.1.2.2"),
    ROW(SUB_ACTIVE, SUB_NO_ANSWER,     NULL,   NULL,         SUB_END,    SUB_END,    "RFC 6665 4.1.2.2"),
    ROW(SUB_ACTIVE, SUB_RX_NOTIFY,     is_old, out_of_order, SUB_ACTIVE, SUB_END,    "RFC 3261 12.2.2"),
    ROW(SUB_ACTIVE, SUB_RX_NOTIFY,     NULL,   notified,     SUB_ACTIVE, SUB_END,    "RFC 6665 4.1.3"),
    ROW(SUB_ACTIVE, SUB_RX_TERMINATED, NULL,   notified,     SUB_END,    SUB_END,    "RFC 6665 4.1.3"),
};
/* clang-format on */

static void ended(struct fsm *f)
{
    struct sip_sub *s = sub_of(f);
    sip_dialog_clear(s->sip, &s->dialog);
    s->ops->ended(s);
}

struct fsm_def sip_sub_def = {
    .name = "sip-subscriber",
    .title = "A subscription to a registration, at its subscriber (RFC 6665 4.1, RFC 3680)",
    .state_names = states, .nstates = SUB_STATES, .event_names = events, .nevents = SUB_EVENTS,
    .rows = rows, .nrows = G_N_ELEMENTS(rows), .policy = FSM_IGNORE, .ended = ended,
};

/* ---- interface ------------------------------------------------------------------------------------- */

void sip_sub_init(struct sip_sub *s, struct sip_stack *sip, struct node *n, const struct sip_sub_ops *ops, uint32_t party,
                  struct sip_uri contact)
{
    fsm_start(&s->fsm, &sip_sub_def, n);
    s->sip = sip;
    s->ops = ops;
    s->party = party;
    s->dialog.contact = contact;
}

void sip_sub_begin(struct sip_sub *s, uint64_t tag, struct sip_uri local, uint32_t expires)
{
    s->expires = expires;
    if (s->fsm.state == SUB_ACTIVE) {
        fsm_event(&s->fsm, SUB_REFRESH, NULL);
        return;
    }
    if (s->fsm.state != SUB_END)
        return;
    struct sip_uri user = {.kind = SIP_URI_IDENTITY, .id = s->party};
    s->dialog = (struct sip_dialog){.call_id = sip_token(s->sip, 0),
                                    .local_tag = tag,
                                    .local = local,
                                    .remote = user,
                                    .target = user,
                                    .contact = s->dialog.contact};
    fsm_event(&s->fsm, SUB_BEGIN, NULL);
}

void sip_sub_forget(struct sip_sub *s)
{
    fsm_stop(&s->fsm);
    sip_dialog_clear(s->sip, &s->dialog);
    s->fsm.state = SUB_END;
}

bool sip_sub_active(const struct sip_sub *s)
{
    return s->fsm.state != SUB_END;
}

void sip_sub_response(struct sip_sub *s, const struct sip_msg *m)
{
    if (!m)
        fsm_event(&s->fsm, SUB_NO_ANSWER, NULL);
    else if (m->status >= 200)
        fsm_event(&s->fsm, m->status < 300 ? SUB_RX_OK : SUB_RX_REFUSED, m);
}

void sip_sub_notify(struct sip_sub *s, uint64_t st, const struct sip_msg *m)
{
    struct notification n = {m, st};
    bool terminated = m->cold && m->cold->subscription == SIP_SUB_TERMINATED;
    if (!m->cold || !fsm_event(&s->fsm, terminated ? SUB_RX_TERMINATED : SUB_RX_NOTIFY, &n))
        sip_send_status(s->sip, st, 481); /* RFC 6665 4.1.3 */
}

void sip_sub_warm(struct sip_sub *s, uint32_t expires)
{
    s->fsm.state = SUB_ACTIVE;
    s->expires = expires;
    s->until = s->fsm.node->sim->now + expires * SIM_S;
}
