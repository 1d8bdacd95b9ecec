/* sgw_notify.c - packets for a phone that has no S1-U tunnel: kept, and the MME is told (TS 23.401 5.3.4.3).
 *
 *   P-GW -> G-PDU | Downlink Data Notification -> MME | Acknowledge <-
 *   MME -> Modify Bearer Request: the packets go to the eNB, in the order in which they came
 *   MME -> Downlink Data Notification Failure Indication, or an Acknowledge that refuses: they are thrown away
 *
 * The MME is told once, however many packets come. Clauses of TS 29.274 are the contents'; unverified but for 7.6.
 * SIMPLIFIED: no notification again for a packet of higher priority, no delay that the MME asks for; the ARP is not
 * told. */
#include "models/sgw/sgw_int.h"

#include <string.h>

enum { NT_END, NT_WAIT_ACK, NT_NOTIFIED, NT_STATES };
static const char *const states[] = {"end", "wait acknowledge", "notified"};
static const char *const events[] = {"G-PDU downlink", "Downlink Data Notification Acknowledge", "timer T3-RESPONSE",
                                     "tunnel open", "Downlink Data Notification Failure Indication", "buffering time over",
                                     "phone gone"};
enum { T_T3, T_BUFFER };

/* A packet that waits. */
struct sgw_packet {
    struct gtp_msg *m; /* owned reference */
    struct cause_kept from;
    uint32_t bearer;
    uint32_t next; /* in its buffer: slab index */
};

/* The packets of a phone. */
struct sgw_buffer {
    struct fsm fsm; /* first member */
    struct sgw *sgw;
    struct gtp_msg *out; /* the notification, until it is acknowledged */
    uint32_t ue;
    uint32_t first, last, count;
    uint8_t tries;
};

static struct sgw_buffer *buffer_of(const struct fsm *f)
{
    return (struct sgw_buffer *)f;
}

static struct sgw_packet *packet_at(const struct sgw *s, uint32_t index)
{
    return index ? slab_at(&s->packets, index) : NULL;
}

/* ---- packets --------------------------------------------------------------------------------- */

/* Puts it behind the others. */
static void append(struct sgw_buffer *b, struct sgw_packet *p)
{
    struct sgw_packet *last = packet_at(b->sgw, b->last);
    uint32_t index = slab_index(p);
    p->next = 0;
    *(last ? &last->next : &b->first) = index;
    b->last = index;
    b->count++;
}

static struct sgw_packet *take_first(struct sgw_buffer *b)
{
    struct sgw_packet *p = packet_at(b->sgw, b->first);
    b->first = p->next;
    b->last = b->first ? b->last : 0;
    b->count--;
    return p;
}

static void give_back(struct sgw *s, struct sgw_packet *p)
{
    msg_unref(s->epc->net, &p->m->m);
    slab_free(&s->packets, p);
}

static bool is_full(const struct fsm *f, const void *arg)
{
    const struct sgw_buffer *b = buffer_of(f);
    (void)arg;
    return b->count >= b->sgw->cfg.buffer;
}

static bool keep(struct fsm *f, const void *arg)
{
    struct sgw_buffer *b = buffer_of(f);
    const struct sgw_downlink *d = arg;
    struct sgw_packet *p = slab_alloc0(&b->sgw->packets, NULL);
    *p = (struct sgw_packet){.m = msg_ref((void *)(uintptr_t)d->m), .from = cause_keep(f->node->sim), .bearer = d->bearer->id};
    append(b, p);
    return true;
}

static bool discard(struct fsm *f, const void *arg)
{
    (void)arg;
    buffer_of(f)->sgw->no_enb++;
    return true;
}

static bool discard_all(struct fsm *f, const void *arg)
{
    struct sgw_buffer *b = buffer_of(f);
    (void)arg;
    while (b->first) {
        b->sgw->no_enb++;
        give_back(b->sgw, take_first(b));
    }
    return true;
}

/* ---- notification ---------------------------------------------------------------------------- */

static bool send_out(struct sgw_buffer *b)
{
    const struct sgw *s = b->sgw;
    const struct sgw_ue *ue = ctx_find(&s->ues, b->ue);
    b->tries++;
    fsm_timer_start(&b->fsm, T_T3, s->epc->timer[TIMER_GTP_T3]);
    node_send(s->node, net_node(s->epc->net, ue->mme), IFACE_S11, msg_ref(b->out));
    return true;
}

static bool notify(struct fsm *f, const void *arg)
{
    struct sgw_buffer *b = buffer_of(f);
    const struct sgw_downlink *d = arg;
    const struct sgw_ue *ue = ctx_find(&b->sgw->ues, b->ue);
    struct gtp_msg *m = gtp_new(b->sgw->epc->gtp, GTP_ddn);
    keep(f, arg);
    m->teid = ue->mme_teid;
    m->seq = sgw_next_seq(b->sgw);
    IE_PUT(gtp_body(m, ddn), ebi) = d->bearer->ebi;
    gtp_seal(b->sgw->epc->gtp, m);
    b->out = m;
    return send_out(b);
}

static bool tries_left(const struct fsm *f, const void *arg)
{
    (void)arg;
    return buffer_of(f)->tries < SGW_TRIES;
}

static bool notify_again(struct fsm *f, const void *arg)
{
    (void)arg;
    return send_out(buffer_of(f));
}

static bool is_refused(const struct fsm *f, const void *arg)
{
    (void)f;
    return gtp_body((const struct gtp_msg *)arg, ddn_ack)->cause != GTP_ACCEPTED;
}

/* The phone is being looked for; that does not take for ever. */
static bool await_tunnel(struct fsm *f, const void *arg)
{
    (void)arg;
    fsm_timer_start(f, T_BUFFER, buffer_of(f)->sgw->epc->timer[TIMER_SGW_BUFFER]);
    return true;
}

/* ---- delivery -------------------------------------------------------------------------------- */

/* Sends what can be sent; packets of a bearer that is gone go with it, others wait on. */
static bool deliver(struct fsm *f, const void *arg)
{
    struct sgw_buffer *b = buffer_of(f);
    struct sgw *s = b->sgw;
    (void)arg;
    for (uint32_t n = b->count; n > 0; n--) {
        struct sgw_packet *p = take_first(b);
        const struct sgw_bearer *bearer = ctx_find(&s->bearers, p->bearer);
        if (bearer && !bearer->enb_teid) {
            append(b, p);
            continue;
        }
        struct cause_kept running = cause_take_up(f->node->sim, p->from, f->node->id);
        if (bearer)
            sgw_data_to_enb(s, bearer, p->m);
        else
            s->no_enb++;
        cause_back(f->node->sim, running);
        give_back(s, p);
    }
    return true;
}

/* Some are for another PDN connection, whose turn comes. */
static bool are_left(const struct fsm *f, const void *arg)
{
    const struct sgw_buffer *b = buffer_of(f);
    (void)arg;
    for (const struct sgw_packet *p = packet_at(b->sgw, b->first); p; p = packet_at(b->sgw, p->next)) {
        const struct sgw_bearer *bearer = ctx_find(&b->sgw->bearers, p->bearer);
        if (bearer && !bearer->enb_teid)
            return true;
    }
    return false;
}

static const struct fsm_row rows[] = {
    /*  in           on          if          do            then         on failure  clause */
    ROW(NT_END,      NT_RX_DATA, NULL,       notify,       NT_WAIT_ACK, NT_END, "TS 23.401 5.3.4.3 step 2a"),
    ROW(FSM_ANY,     NT_RX_DATA, is_full,    discard,      FSM_STAY,    NT_END, "TS 23.401 5.3.4.3 step 1"),
    ROW(FSM_ANY,     NT_RX_DATA, NULL,       keep,         FSM_STAY,    NT_END, "TS 23.401 5.3.4.3 step 1"),
    ROW(NT_WAIT_ACK, NT_TMR_T3,  tries_left, notify_again, NT_WAIT_ACK, NT_END, "TS 29.274 7.6"),
    ROW(NT_WAIT_ACK, NT_TMR_T3,  NULL,       discard_all,  NT_END,      NT_END, "TS 29.274 7.6"),
    ROW(NT_WAIT_ACK, NT_RX_ACK,  is_refused, discard_all,  NT_END,      NT_END, "TS 29.274 7.2.11.2"),
    ROW(NT_WAIT_ACK, NT_RX_ACK,  NULL,       await_tunnel, NT_NOTIFIED, NT_END, "TS 29.274 7.2.11.2"),
    ROW(FSM_ANY,     NT_OPEN,    are_left,   deliver,      FSM_STAY,    NT_END, "TS 23.401 5.3.4.1 step 8"),
    ROW(FSM_ANY,     NT_OPEN,    NULL,       deliver,      NT_END,      NT_END, "TS 23.401 5.3.4.1 step 8"),
    ROW(FSM_ANY,     NT_RX_FAILURE, NULL,    discard_all,  NT_END,      NT_END, "TS 29.274 7.2.11.3"),
    ROW(NT_NOTIFIED, NT_TMR_BUFFER, NULL,    discard_all,  NT_END,      NT_END, "TS 23.401 5.3.4.3"),
    ROW(FSM_ANY,     NT_GONE,    NULL,       discard_all,  NT_END,      NT_END, "TS 23.401 5.3.8.2"),
};
static const struct fsm_timer timers[] = {
    [T_T3] = {"gtp.T3-RESPONSE", NT_TMR_T3, 0, FSM_IN(NT_WAIT_ACK)},
    [T_BUFFER] = {"sgw.buffer", NT_TMR_BUFFER, 0, FSM_IN(NT_NOTIFIED)},
};

/* Without packets there is no buffer. */
static void ended(struct fsm *f)
{
    struct sgw_buffer *b = buffer_of(f);
    struct sgw_ue *ue = ctx_find(&b->sgw->ues, b->ue);
    if (ue)
        ue->buffer = 0;
    if (b->out)
        msg_unref(b->sgw->epc->net, &b->out->m);
    slab_free(&b->sgw->buffers, b);
}

struct fsm_def sgw_notify_def = {
    .name = "sgw-notify",
    .title = "Packets for an idle phone at the S-GW (TS 23.401 5.3.4.3)",
    .state_names = states, .nstates = NT_STATES, .event_names = events, .nevents = NT_EVENTS,
    .rows = rows, .nrows = G_N_ELEMENTS(rows), .timers = timers, .ntimers = G_N_ELEMENTS(timers),
    .policy = FSM_IGNORE, .ended = ended,
};

/* ---- events ---------------------------------------------------------------------------------- */

void sgw_notify_new(struct sgw *s)
{
    fsm_init(&sgw_notify_def);
    slab_init(&s->buffers, sizeof(struct sgw_buffer));
    slab_init(&s->packets, sizeof(struct sgw_packet));
}

static struct sgw_buffer *buffer_at(const struct sgw *s, const struct sgw_ue *ue)
{
    return ue->buffer ? slab_at(&s->buffers, ue->buffer) : NULL;
}

void sgw_notify_data(struct sgw *s, const struct sgw_downlink *d)
{
    const struct sgw_pdn *pdn = ctx_find(&s->pdns, d->bearer->pdn);
    struct sgw_ue *ue = ctx_find(&s->ues, pdn->ue);
    struct sgw_buffer *b = buffer_at(s, ue);
    if (!b) {
        b = slab_alloc0(&s->buffers, &ue->buffer);
        fsm_start(&b->fsm, &sgw_notify_def, s->node);
        b->sgw = s;
        b->ue = ue->id;
    }
    fsm_event(&b->fsm, NT_RX_DATA, d);
}

void sgw_notify_event(struct sgw *s, const struct sgw_ue *ue, enum sgw_notify_event event)
{
    struct sgw_buffer *b = buffer_at(s, ue);
    if (b)
        fsm_event(&b->fsm, event, NULL);
}

/* Of another notification than the last one an acknowledge says nothing. */
void sgw_notify_rx(struct sgw *s, const struct gtp_msg *m)
{
    const struct sgw_ue *ue = ctx_find(&s->ues, m->teid);
    struct sgw_buffer *b = ue ? buffer_at(s, ue) : NULL;
    if (b && m->m.type == GTP_ddn_failure)
        fsm_event(&b->fsm, NT_RX_FAILURE, m);
    else if (b && b->out->seq == m->seq)
        fsm_event(&b->fsm, NT_RX_ACK, m);
}
