/* sgw_data.c - packets through the S-GW: from tunnel to tunnel, by TEID (TS 29.281 4.1, TS 23.401 4.4.3.2; the
 * clauses are unverified).
 *
 *   eNB -> G-PDU -> P-GW        P-GW -> G-PDU -> eNB
 *
 * A packet for a phone without S1-U tunnel is kept (sgw_notify.c). SIMPLIFIED: no Error Indication for a tunnel that does
 * not exist. */
#include "models/sgw/sgw_int.h"

enum { SD_READY, SD_STATES };
enum { SD_RX_UPLINK, SD_RX_DOWNLINK, SD_EVENTS };
static const char *const states[] = {"ready"};
static const char *const events[] = {"G-PDU uplink", "G-PDU downlink"};

/* What the machine's event carries. */
struct packet {
    const struct gtp_msg *m;
    const struct sgw_bearer *bearer; /* whose tunnel it came through; NULL: no one's */
};

static struct sgw *sgw_of(struct fsm *f)
{
    return (struct sgw *)(void *)((char *)f - offsetof(struct sgw, data));
}

static bool is_nowhere(const struct fsm *f, const void *arg)
{
    (void)f;
    return !((const struct packet *)arg)->bearer;
}

static bool has_no_enb(const struct fsm *f, const void *arg)
{
    (void)f;
    return ((const struct packet *)arg)->bearer->enb_teid == 0;
}

static bool discard(struct fsm *f, const void *arg)
{
    (void)arg;
    sgw_of(f)->no_tunnel++;
    return true;
}

static bool keep_for_idle(struct fsm *f, const void *arg)
{
    const struct packet *p = arg;
    sgw_notify_data(sgw_of(f), &(struct sgw_downlink){p->m, p->bearer});
    return true;
}

static bool forward(struct sgw *s, const struct gtp_msg *in, uint32_t to, uint16_t iface, uint32_t teid)
{
    struct gtp_msg *out = gtp_new(s->epc->gtp, GTP_g_pdu);

    out->teid = teid;
    out->body.g_pdu.packet = in->body.g_pdu.packet;
    out->body.g_pdu.inner = in->body.g_pdu.inner ? msg_ref(in->body.g_pdu.inner) : NULL;
    gtp_seal(s->epc->gtp, out);
    node_send(s->node, net_node(s->epc->net, to), iface, &out->m);
    return true;
}

static bool to_pgw(struct fsm *f, const void *arg)
{
    struct sgw *s = sgw_of(f);
    const struct packet *p = arg;
    const struct sgw_pdn *pdn = ctx_find(&s->pdns, p->bearer->pdn);
    return forward(s, p->m, pdn->pgw, IFACE_S5, p->bearer->pgw_teid);
}

void sgw_data_to_enb(struct sgw *s, const struct sgw_bearer *bearer, const struct gtp_msg *m)
{
    forward(s, m, bearer->enb, IFACE_S1_U, bearer->enb_teid);
}

static bool to_enb(struct fsm *f, const void *arg)
{
    const struct packet *p = arg;
    sgw_data_to_enb(sgw_of(f), p->bearer, p->m);
    return true;
}

static const struct fsm_row rows[] = {
    /*  in        on              if          do                then      on failure  clause          */
    ROW(SD_READY, SD_RX_UPLINK,   is_nowhere, discard,          SD_READY, SD_READY, "TS 29.281 7.3.1"),
    ROW(SD_READY, SD_RX_UPLINK,   NULL,       to_pgw,           SD_READY, SD_READY, "TS 23.401 4.4.3.2"),
    ROW(SD_READY, SD_RX_DOWNLINK, is_nowhere, discard,          SD_READY, SD_READY, "TS 29.281 7.3.1"),
    ROW(SD_READY, SD_RX_DOWNLINK, has_no_enb, keep_for_idle,    SD_READY, SD_READY, "TS 23.401 5.3.4.3"),
    ROW(SD_READY, SD_RX_DOWNLINK, NULL,       to_enb,           SD_READY, SD_READY, "TS 23.401 4.4.3.2"),
};
struct fsm_def sgw_data_def = {
    .name = "sgw-data",
    .title = "Packets through the S-GW (TS 23.401 4.4.3.2, TS 29.281)",
    .state_names = states, .nstates = SD_STATES, .event_names = events, .nevents = SD_EVENTS,
    .rows = rows, .nrows = G_N_ELEMENTS(rows), .policy = FSM_ASSERT,
};

void sgw_data_new(struct sgw *s)
{
    fsm_init(&sgw_data_def);
    fsm_start(&s->data, &sgw_data_def, s->node);
}

void sgw_data_rx(struct sgw *s, const struct gtp_msg *m, uint16_t iface)
{
    bool up = iface == IFACE_S1_U;
    struct packet p = {m, ctx_find(&s->bearers, up ? m->teid : m->teid ^ SGW_S5_SIDE)};
    fsm_event(&s->data, up ? SD_RX_UPLINK : SD_RX_DOWNLINK, &p);
}
