/* ue_data.c - the phone's SIP messages and DNS queries as packets on a data radio bearer, both ways (TS 23.401 4.7.1).
 *
 * SIMPLIFIED: SIP always goes on the default bearer of its PDN connection, which is where the filters of
 * dedicated bearers, made for media, leave it. Header compression is not modelled. */
#include "models/ue/ue_access_int.h"

#define SIP_PORT     5060
#define PROTOCOL_UDP 17

/* UDP from the phone's contact address to the P-CSCF: to its protected port if there is a security
 * agreement. */
static struct ie_packet packet_to(const struct ue_access *a, const struct ue_bearer *b, const struct node *p_cscf)
{
    const struct sip_party *p = sip_party(a->epc->sip, a->party);
    return (struct ie_packet){.src = b->ip,
                              .dst = epc_ip(p_cscf),
                              .src_port = p->port ? p->port : SIP_PORT,
                              .dst_port = p->spi_c && p->port_s ? p->port_s : SIP_PORT,
                              .protocol = PROTOCOL_UDP};
}

static struct ie_packet packet_to_dns(const struct ue_bearer *b, const struct node *dns)
{
    return (struct ie_packet){.src = b->ip,
                              .dst = epc_ip(dns),
                              .src_port = DNS_CLIENT_PORT,
                              .dst_port = DNS_PORT,
                              .protocol = PROTOCOL_UDP};
}

bool ue_data_put(struct ue_access *a, uint8_t ebi, const struct ie_packet *packet, struct msg *inner)
{
    uint8_t drb = ue_drb(a, ebi);
    if (!drb)
        return false;
    struct rrc_msg *m = rrc_new(a->epc->rrc, RRC_data);
    struct rrc_data *body = rrc_body(m, data);
    body->drb = drb;
    body->packet = *packet;
    body->inner = msg_ref(inner);
    ue_rrc_put(a->conn, m);
    return true;
}

bool ue_data_send(struct ue_access *a, const struct ue_bearer *b, const struct ie_packet *packet, struct msg *inner)
{
    if (b && ue_data_put(a, b->ebi, packet, inner))
        return true;
    if (!b || !ue_emm_registered(a))
        return false;
    ue_service_hold(a, b->ebi, packet, inner);
    return true;
}

bool ue_access_send(struct ue_access *a, struct node *to, struct msg *m)
{
    const struct ue_bearer *b = ue_bearer_of_apn(a, ue_sip_apn(a));
    if (!b)
        return false;
    struct ie_packet packet =
        epc_carried_on(a->epc, m) == IFACE_GM ? packet_to(a, b, to) : packet_to_dns(b, to);
    return ue_data_send(a, b, &packet, m);
}

/* What comes when the connection has been left is lost; what holds no message is media. */
void ue_data_rx(struct ue_access *a, const struct rrc_msg *m)
{
    const struct rrc_data *body = rrc_body(m, data);
    if (!a->conn || m->ue != a->conn->rnti || !body->inner)
        return;
    if (a->epc->dhcp && body->inner->proto == a->epc->dhcp->ie.proto)
        ue_discovery_rx(a, (const struct dhcp_msg *)body->inner);
    else
        UE_TELL(a, carried_in, body->inner, epc_node(a->epc, body->packet.src));
}
