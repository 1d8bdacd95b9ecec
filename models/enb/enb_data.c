/* enb_data.c - user plane of the eNB: a data radio bearer and an S1-U tunnel are one pipe
 * (TS 23.401 4.7.2.2).
 *
 *   UE -> PDCP Data PDU | G-PDU -> S-GW            by DRB of this phone
 *   S-GW -> G-PDU | PDCP Data PDU -> UE            by own TEID
 *
 * What the packet carries is passed on by reference. One machine without memory serves all packets.
 * SIMPLIFIED: a packet for a tunnel that is gone is discarded and counted; the Error Indication of GTP-U
 * (TS 29.281 7.3.1) is left out. */
#include "models/enb/enb_int.h"

enum { DATA_READY, DATA_STATES };
static const char *const states[] = {"ready"};
static const char *const events[] = {"PDCP Data PDU", "G-PDU"};

/* What the machine's event carries. */
struct packet {
    const void *m;
    const struct enb *enb;
    const struct enb_erab *erab; /* NULL: there is none */
};

static bool has_bearer(const struct fsm *f, const void *arg)
{
    (void)f;
    return ((const struct packet *)arg)->erab != NULL;
}

static bool to_tunnel(struct fsm *f, const void *arg)
{
    const struct packet *p = arg;
    const struct rrc_data *in = rrc_body(enb_rrc(p->m), data);
    struct gtp_msg *m = gtp_new(p->enb->epc->gtp, GTP_g_pdu);
    struct gtp_g_pdu *out = gtp_body(m, g_pdu);

    m->teid = p->erab->sgw_teid;
    out->packet = in->packet;
    out->inner = in->inner ? msg_ref(in->inner) : NULL;
    gtp_seal(p->enb->epc->gtp, m);
    node_send(f->node, p->erab->sgw, IFACE_S1_U, &m->m);
    return true;
}

static bool to_radio(struct fsm *f, const void *arg)
{
    const struct packet *p = arg;
    const struct gtp_msg *g = p->m;
    const struct gtp_g_pdu *in = gtp_body(g, g_pdu);
    struct enb_ue *ue = ctx_find(&p->enb->ues, p->erab->ue);
    struct rrc_msg *m = enb_rrc_new(ue, RRC_data);
    struct rrc_data *out = rrc_body(m, data);

    (void)f;
    out->drb = p->erab->drb;
    out->packet = in->packet;
    out->inner = in->inner ? msg_ref(in->inner) : NULL;
    enb_traffic(ue);
    enb_send_rrc(ue, m);
    return true;
}

static bool discard(struct fsm *f, const void *arg)
{
    (void)arg;
    ((struct enb *)f->node->self)->discarded++;
    return true;
}

/* Clauses from memory (unverified). */
static const struct fsm_row rows[] = {
    /*  in          on                if          do         then        on failure  clause */
    ROW(DATA_READY, DATA_RX_UPLINK,   has_bearer, to_tunnel, DATA_READY, DATA_READY, "TS 23.401 4.7.2.2"),
    ROW(DATA_READY, DATA_RX_UPLINK,   NULL,       discard,   DATA_READY, DATA_READY, "TS 23.401 4.7.2.2"),
    ROW(DATA_READY, DATA_RX_DOWNLINK, has_bearer, to_radio,  DATA_READY, DATA_READY, "TS 23.401 4.7.2.2"),
    ROW(DATA_READY, DATA_RX_DOWNLINK, NULL,       discard,   DATA_READY, DATA_READY, "TS 29.281 7.3.1"),
};
struct fsm_def enb_data_def = {
    .name = "enb-data",
    .title = "User plane at the eNB (TS 23.401 4.7.2.2, TS 29.281)",
    .state_names = states, .nstates = DATA_STATES, .event_names = events, .nevents = DATA_EVENTS,
    .rows = rows, .nrows = G_N_ELEMENTS(rows), .policy = FSM_ASSERT,
};

void enb_data_uplink(struct enb *enb, const struct enb_ue *ue, const struct rrc_msg *m)
{
    unsigned drb = rrc_body(m, data)->drb;
    struct packet p = {.m = m, .enb = enb};

    if (ue && drb >= 1 && drb <= ENB_DRBS)
        p.erab = ctx_find(&enb->erabs, ue->erab[drb - 1]);
    fsm_event(&enb->data, DATA_RX_UPLINK, &p);
}

void enb_data_downlink(struct enb *enb, const struct gtp_msg *m)
{
    struct packet p = {.m = m, .enb = enb, .erab = ctx_find(&enb->erabs, m->teid)};
    fsm_event(&enb->data, DATA_RX_DOWNLINK, &p);
}
