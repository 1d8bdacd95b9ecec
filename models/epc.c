/* epc.c - addresses of phones (see epc.h). */
#include "models/epc.h"

uint32_t epc_ue_ip(const struct epc *epc, uint32_t party)
{
    return sdp_ipv4(sip_party(epc->sip, party)->address);
}

void epc_learn_ips(struct epc *epc)
{
    for (uint32_t i = 0; i < epc->sip->parties->len; i++) {
        uint32_t ip = epc_ue_ip(epc, i);
        if (ip)
            idmap_put(&epc->party_of_ip, ip, i + 1);
    }
}

uint32_t epc_party_of_ip(const struct epc *epc, uint32_t ip)
{
    return idmap_get(&epc->party_of_ip, ip) - 1;
}

struct node *epc_hss(const struct epc *epc, uint32_t party)
{
    if (!epc->hss || party >= epc->sip->parties->len)
        return NULL;
    uint32_t domain = sip_party(epc->sip, party)->domain;
    return domain < epc->hss->len ? g_ptr_array_index(epc->hss, domain) : NULL;
}

/* Node ids have 24 bits (sim/net.h). */
static uint64_t listener_key(const struct node *enb, struct ie_s_tmsi id)
{
    return (uint64_t)(enb->id + 1) << 40 | (uint64_t)id.mme_code << 32 | id.m_tmsi;
}

void epc_listen(const struct epc *epc, const struct node *enb, struct ie_s_tmsi id, const struct node *phone)
{
    if (epc->listeners)
        idmap_put(epc->listeners, listener_key(enb, id), phone->id + 1);
}

void epc_listen_no_more(const struct epc *epc, const struct node *enb, struct ie_s_tmsi id)
{
    if (epc->listeners)
        idmap_del(epc->listeners, listener_key(enb, id));
}

struct node *epc_listener(const struct epc *epc, const struct node *enb, struct ie_s_tmsi id)
{
    uint32_t phone = epc->listeners ? idmap_get(epc->listeners, listener_key(enb, id)) : 0;
    return phone ? net_node(epc->net, phone - 1) : NULL;
}

#define UDP 17 /* IANA protocol number */

uint16_t epc_carried_on(const struct epc *epc, const struct msg *inner)
{
    return inner->proto == epc->sip->proto ? IFACE_GM : IFACE_DNS;
}

bool epc_send_down(const struct epc *epc, struct node *from, struct node *pgw, uint32_t party, struct msg *inner)
{
    bool sip = epc_carried_on(epc, inner) == IFACE_GM;
    struct gtp_msg *m = gtp_new(epc->gtp, GTP_g_pdu);
    struct gtp_g_pdu *b = gtp_body(m, g_pdu);
    b->packet = (struct ie_packet){.src = epc_ip(from),
                                   .dst = epc_ue_ip(epc, party),
                                   .src_port = sip ? 0 : DNS_PORT,
                                   .dst_port = sip ? sip_party(epc->sip, party)->port : DNS_CLIENT_PORT,
                                   .protocol = UDP};
    b->inner = msg_ref(inner);
    gtp_seal(epc->gtp, m);
    node_send(from, pgw, IFACE_SGI, &m->m);
    return true;
}

bool epc_unwrap_up(struct node *to, struct msg *base)
{
    const struct epc *epc = to->net->model;
    struct gtp_msg *m = (struct gtp_msg *)base;
    if (base->proto != epc->gtp->ie.proto || base->type != GTP_g_pdu)
        return false;
    struct gtp_g_pdu *b = gtp_body(m, g_pdu);
    uint32_t party = epc_party_of_ip(epc, b->packet.src);
    if (party != UINT32_MAX && b->inner)
        net_carried_in(sip_party(epc->sip, party)->node, to, epc_carried_on(epc, b->inner), msg_ref(b->inner));
    return true;
}
