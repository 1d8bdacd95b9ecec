/* ie_policy.c - fields of Diameter: Gx and Rx (TS 29.212 5.3, TS 29.214 5.3).
 *
 * Grouped AVPs are summed from their members. A flow is written as an IPFilterRule (RFC 6733 4.3.1) from the
 * network's point of view: "permit out 17 from 10.9.0.1 49170 to 10.1.0.7 50000" lets packets to the UE pass.
 */
#include "models/proto/ie/ie_int.h"

#include <string.h>

/* ---- flows ----------------------------------------------------------------------------------------------
 */

static uint32_t endpoint_chars(uint32_t address, uint16_t port)
{
    return (address ? ie_ipv4_chars(address) : 3) + (port ? 1 + ie_digits(port) : 0);
}

/* "permit out|in <protocol> from <endpoint> to <endpoint>", protocol "ip" when any. */
static uint32_t flow_chars(const struct ie_filter *f)
{
    return (f->direction == FILTER_UPLINK ? 10u : 11u) + (f->protocol ? ie_digits(f->protocol) : 2u) + 6u +
           endpoint_chars(f->remote, f->remote_port) + 4u + endpoint_chars(f->local, f->local_port);
}

static void put_endpoint(GString *out, uint32_t address, uint16_t port)
{
    if (address)
        ie_put_ipv4(out, address);
    else
        g_string_append(out, "any");
    if (port)
        g_string_append_printf(out, " %u", port);
}

static void put_flow(GString *out, const struct ie_filter *f)
{
    bool up = f->direction == FILTER_UPLINK;

    g_string_append(out, up ? "permit in " : "permit out ");
    if (f->protocol)
        g_string_append_printf(out, "%u", f->protocol);
    else
        g_string_append(out, "ip");
    g_string_append(out, " from ");
    put_endpoint(out, up ? f->local : f->remote, up ? f->local_port : f->remote_port);
    g_string_append(out, " to ");
    put_endpoint(out, up ? f->remote : f->local, up ? f->remote_port : f->local_port);
}

/* ---- Gx
 * ---------------------------------------------------------------------------------------------------- */

static uint32_t rule_name_chars(const struct ie_rule_name *name)
{
    return (uint32_t)strlen(name->stem) + 1 + ie_digits(name->serial);
}

static void put_rule_name(GString *out, const struct ie_rule_name *name)
{
    g_string_append_printf(out, "%s-%u", name->stem, name->serial);
}

#define ARP_AVP IE_3GPP_AVP(3 * IE_3GPP_AVP(4))

/* Charging-Rule-Install of one Charging-Rule-Definition: Charging-Rule-Name, Flow-Information
 * (Flow-Description, Flow-Direction) each, Flow-Status, QoS-Information (QCI, four rates, ARP), Precedence.
 */
static uint32_t rule_bytes(const struct ie_rule *r)
{
    uint32_t bytes = IE_3GPP_AVP(rule_name_chars(&r->name)) + 2 * IE_3GPP_AVP(4);
    uint32_t qos = IE_3GPP_AVP(4) + ARP_AVP;

    for (unsigned i = 0; i < r->n; i++)
        bytes += IE_3GPP_AVP(IE_3GPP_AVP(flow_chars(&r->flow[i])) + IE_3GPP_AVP(4));
    if (r->qos.mbr_ul || r->qos.mbr_dl)
        qos += 2 * IE_3GPP_AVP(4);
    if (r->qos.gbr_ul || r->qos.gbr_dl)
        qos += 2 * IE_3GPP_AVP(4);
    return IE_3GPP_AVP(IE_3GPP_AVP(bytes + IE_3GPP_AVP(qos)));
}

uint32_t ie_size_rules(const struct ie_ctx *c, const void *value)
{
    const struct ie_rules *list = value;
    uint32_t bytes = 0;
    (void)c;
    for (unsigned i = 0; i < list->n; i++)
        bytes += rule_bytes(&list->item[i]);
    return bytes;
}

void ie_print_rules(const struct ie_ctx *c, const void *value, GString *out)
{
    const struct ie_rules *list = value;
    (void)c;
    for (unsigned i = 0; i < list->n; i++) {
        const struct ie_rule *r = &list->item[i];
        ie_put_item(out);
        put_rule_name(out, &r->name);
        g_string_append_printf(out, ", precedence %u, %s, ", r->precedence,
                               ie_value_name(IE_flow_status, r->flow_status));
        ie_put_qos(out, &r->qos);
        for (unsigned k = 0; k < r->n; k++) {
            ie_put_item(out);
            g_string_append(out, "  ");
            put_flow(out, &r->flow[k]);
        }
    }
}

static uint32_t names_bytes(const struct ie_rule_name *name, unsigned n)
{
    uint32_t bytes = 0;

    for (unsigned i = 0; i < n; i++)
        bytes += IE_3GPP_AVP(rule_name_chars(&name[i]));
    return bytes;
}

/* One Charging-Rule-Remove, if there is any name. */
uint32_t ie_size_rule_names(const struct ie_ctx *c, const void *value)
{
    const struct ie_rule_names *list = value;
    (void)c;
    return list->n ? IE_3GPP_AVP(names_bytes(list->item, list->n)) : 0;
}

static void put_names(GString *out, const struct ie_rule_name *name, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        g_string_append(out, i ? ", " : "");
        put_rule_name(out, &name[i]);
    }
}

void ie_print_rule_names(const struct ie_ctx *c, const void *value, GString *out)
{
    const struct ie_rule_names *list = value;
    (void)c;
    put_names(out, list->item, list->n);
}

/* Charging-Rule-Names, PCC-Rule-Status, Rule-Failure-Code. */
uint32_t ie_size_rule_report(const struct ie_ctx *c, const void *value)
{
    const struct ie_rule_report *r = value;
    (void)c;
    return names_bytes(r->item, r->n) + IE_3GPP_AVP(4) + (r->failure ? IE_3GPP_AVP(4) : 0);
}

void ie_print_rule_report(const struct ie_ctx *c, const void *value, GString *out)
{
    const struct ie_rule_report *r = value;
    (void)c;
    put_names(out, r->item, r->n);
    g_string_append_printf(out, " %s", ie_value_name(IE_rule_status, r->status));
    if (r->failure) {
        g_string_append(out, ", ");
        ie_put_value(out, IE_rule_failure, r->failure);
    }
}

/* One Packet-Filter-Information each: Packet-Filter-Identifier (four octets here), or Packet-Filter-Content and
 * Flow-Direction. */
uint32_t ie_size_filters(const struct ie_ctx *c, const void *value)
{
    const struct ie_filters *list = value;
    uint32_t bytes = 0;
    (void)c;
    for (unsigned i = 0; i < list->n; i++)
        bytes += list->rule ? IE_3GPP_AVP(IE_3GPP_AVP(4))
                            : IE_3GPP_AVP(IE_3GPP_AVP(flow_chars(&list->item[i])) + IE_3GPP_AVP(4));
    return bytes;
}

void ie_print_filters(const struct ie_ctx *c, const void *value, GString *out)
{
    const struct ie_filters *list = value;
    (void)c;
    for (unsigned i = 0; i < list->n; i++) {
        ie_put_item(out);
        if (list->rule)
            g_string_append_printf(out, "identifier %u.%u", list->rule, i + 1);
        else
            put_flow(out, &list->item[i]);
    }
}

/* QoS-Information with QCI and the four rates. */
uint32_t ie_size_qos_avp(const struct ie_ctx *c, const void *value)
{
    (void)c;
    (void)value;
    return 5 * IE_3GPP_AVP(4);
}

/* Default-EPS-Bearer-QoS: QoS-Class-Identifier, Allocation-Retention-Priority. */
uint32_t ie_size_eps_qos_avp(const struct ie_ctx *c, const void *value)
{
    (void)c;
    (void)value;
    return IE_3GPP_AVP(4) + ARP_AVP;
}

/* QoS-Information with APN-Aggregate-Max-Bitrate-UL and -DL. */
uint32_t ie_size_ambr_avp(const struct ie_ctx *c, const void *value)
{
    (void)c;
    (void)value;
    return 2 * IE_3GPP_AVP(4);
}

/* Sets of named values, one AVP each. */
static void put_set(GString *out, enum ie_type_id list, uint32_t set)
{
    const char *sep = "";

    for (; set; set &= set - 1, sep = ", ") {
        g_string_append(out, sep);
        ie_put_value(out, list, (uint32_t)__builtin_ctz(set));
    }
}

uint32_t ie_size_events(const struct ie_ctx *c, const void *value)
{
    (void)c;
    return (uint32_t)__builtin_popcount(*(const uint32_t *)value) * IE_3GPP_AVP(4);
}

void ie_print_events(const struct ie_ctx *c, const void *value, GString *out)
{
    (void)c;
    put_set(out, IE_event_trigger, *(const uint32_t *)value);
}

uint32_t ie_size_actions(const struct ie_ctx *c, const void *value)
{
    return ie_size_events(c, value);
}

void ie_print_actions(const struct ie_ctx *c, const void *value, GString *out)
{
    (void)c;
    put_set(out, IE_specific_action, *(const uint32_t *)value);
}

/* ---- Rx
 * ------------------------------------------------------------------------------------------------------ */

/* Media-Sub-Component: Flow-Number, two Flow-Descriptions, Flow-Status, Flow-Usage. */
static uint32_t media_flow_bytes(const struct ie_media_flow *f)
{
    return IE_3GPP_AVP(3 * IE_3GPP_AVP(4) + IE_3GPP_AVP(flow_chars(&f->down)) +
                       IE_3GPP_AVP(flow_chars(&f->up)));
}

/* Codec-Data (TS 29.214 5.3.7) once per direction: two lines that say whose, and one of SDP. */
static uint32_t codec_chars(const char *direction, const struct ie_media *m)
{
    return (uint32_t)(strlen(direction) + strlen("\noffer\na=rtpmap:97 /\n") + strlen(m->codec)) + ie_digits(m->clock_rate);
}

/* Media-Component-Description: its number, sub-components, type, two bandwidths, status, RS and RR, codecs.
 */
static uint32_t media_bytes(const struct ie_media *m)
{
    uint32_t bytes = 7 * IE_3GPP_AVP(4);

    for (unsigned i = 0; i < m->n; i++)
        bytes += media_flow_bytes(&m->flow[i]);
    if (m->codec)
        bytes += IE_3GPP_AVP(codec_chars("uplink", m)) + IE_3GPP_AVP(codec_chars("downlink", m));
    return IE_3GPP_AVP(bytes);
}

uint32_t ie_size_media_list(const struct ie_ctx *c, const void *value)
{
    const struct ie_media_list *list = value;
    uint32_t bytes = 0;
    (void)c;
    for (unsigned i = 0; i < list->n; i++)
        bytes += media_bytes(&list->item[i]);
    return bytes;
}

void ie_print_media_list(const struct ie_ctx *c, const void *value, GString *out)
{
    const struct ie_media_list *list = value;
    (void)c;
    for (unsigned i = 0; i < list->n; i++) {
        const struct ie_media *m = &list->item[i];
        ie_put_item(out);
        g_string_append_printf(out, "component %u, %s, %s, max %u up %u down, RS %u, RR %u bit/s, codec ",
                               m->number, ie_value_name(IE_media_type, m->type),
                               ie_value_name(IE_flow_status, m->flow_status), m->max_ul, m->max_dl, m->rs,
                               m->rr);
        if (m->codec)
            g_string_append_printf(out, "%s/%u", m->codec, m->clock_rate);
        else
            g_string_append(out, "not said");
        for (unsigned k = 0; k < m->n; k++) {
            const struct ie_media_flow *f = &m->flow[k];
            ie_put_item(out);
            g_string_append_printf(out, "  flow %u, %s, %s: ", f->number,
                                   ie_value_name(IE_flow_usage, f->usage),
                                   ie_value_name(IE_flow_status, f->status));
            put_flow(out, &f->down);
            g_string_append(out, "; ");
            put_flow(out, &f->up);
        }
    }
}
