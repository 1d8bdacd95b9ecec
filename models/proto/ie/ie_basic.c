/* ie_basic.c - fields: numbers, identities, places, addresses, keys, messages in messages. */
#include "models/proto/ie/ie_int.h"

#include <string.h>

/* Values of fixed size and values that refer to nothing have no function of their own. */
uint32_t ie_size_fixed(const struct ie_ctx *c, const void *value)
{
    (void)c;
    (void)value;
    g_assert_not_reached();
}

void ie_drop_nothing(struct net *net, void *value)
{
    (void)net;
    (void)value;
}

void ie_put_item(GString *out)
{
    g_string_append(out, "\n    ");
}

/* ---- numbers and text --------------------------------------------------------------------------------- */

void ie_print_u8(const struct ie_ctx *c, const void *value, GString *out)
{
    (void)c;
    g_string_append_printf(out, "%u", *(const uint8_t *)value);
}

void ie_print_u16(const struct ie_ctx *c, const void *value, GString *out)
{
    (void)c;
    g_string_append_printf(out, "%u", *(const uint16_t *)value);
}

void ie_print_u32(const struct ie_ctx *c, const void *value, GString *out)
{
    (void)c;
    g_string_append_printf(out, "%u", *(const uint32_t *)value);
}

void ie_print_hex32(const struct ie_ctx *c, const void *value, GString *out)
{
    (void)c;
    g_string_append_printf(out, "0x%08x", *(const uint32_t *)value);
}

void ie_print_number(const struct ie_ctx *c, const void *value, GString *out)
{
    (void)c;
    g_string_append_printf(out, "%" G_GUINT64_FORMAT, *(const uint64_t *)value);
}

uint32_t ie_size_text(const struct ie_ctx *c, const void *value)
{
    const char *text = *(const char *const *)value;
    (void)c;
    return text ? (uint32_t)strlen(text) : 0;
}

void ie_print_text(const struct ie_ctx *c, const void *value, GString *out)
{
    const char *text = *(const char *const *)value;
    (void)c;
    g_string_append(out, text ? text : "");
}

/* ---- identities --------------------------------------------------------------------------------------- */

void ie_print_imsi(const struct ie_ctx *c, const void *value, GString *out)
{
    (void)c;
    g_string_append_printf(out, "%015" G_GINT64_MODIFIER "u", *(const uint64_t *)value);
}

/* Two digits a byte (TS 29.274 8.11). */
uint32_t ie_size_msisdn(const struct ie_ctx *c, const void *value)
{
    (void)c;
    return (ie_digits(*(const uint64_t *)value) + 1) / 2;
}

/* Subscription-Id-Type, Subscription-Id-Data (RFC 4006 8.46). */
uint32_t ie_size_subscription_id(const struct ie_ctx *c, const void *value)
{
    (void)c;
    (void)value;
    return IE_BASE_AVP(4) + IE_BASE_AVP(15);
}

/* Labels, each with its length in front, no zero at the end (TS 23.003 9.1): the dots' places are used. */
uint32_t ie_size_apn(const struct ie_ctx *c, const void *value)
{
    return ie_size_text(c, value) + 1;
}

static void put_guti(GString *out, const struct ie_guti *g)
{
    ie_put_plmn(out, &g->plmn);
    g_string_append_printf(out, " MMEGI %04x MMEC %02x M-TMSI %08x", g->mme_group, g->mme_code, g->m_tmsi);
}

void ie_print_guti(const struct ie_ctx *c, const void *value, GString *out)
{
    (void)c;
    put_guti(out, value);
}

void ie_print_s_tmsi(const struct ie_ctx *c, const void *value, GString *out)
{
    const struct ie_s_tmsi *s = value;
    (void)c;
    g_string_append_printf(out, "MMEC %02x M-TMSI %08x", s->mme_code, s->m_tmsi);
}

/* TS 24.301 9.9.3.12: IMSI 8 bytes, GUTI 11. */
uint32_t ie_size_mobile_id(const struct ie_ctx *c, const void *value)
{
    (void)c;
    return ((const struct ie_mobile_id *)value)->imsi ? 8 : 11;
}

void ie_print_mobile_id(const struct ie_ctx *c, const void *value, GString *out)
{
    const struct ie_mobile_id *id = value;

    if (id->imsi) {
        g_string_append(out, "IMSI ");
        ie_print_imsi(c, &id->imsi, out);
    } else {
        g_string_append(out, "GUTI ");
        put_guti(out, &id->guti);
    }
}

/* ---- places -------------------------------------------------------------------------------------------- */

void ie_put_plmn(GString *out, const struct ie_plmn *plmn)
{
    g_string_append_printf(out, "%03u-%0*u", plmn->mcc, plmn->mnc_digits == 3 ? 3 : 2, plmn->mnc);
}

void ie_print_plmn(const struct ie_ctx *c, const void *value, GString *out)
{
    (void)c;
    ie_put_plmn(out, value);
}

void ie_print_tai(const struct ie_ctx *c, const void *value, GString *out)
{
    const struct ie_tai *tai = value;
    (void)c;
    ie_put_plmn(out, &tai->plmn);
    g_string_append_printf(out, " TAC %04x", tai->tac);
}

/* One partial list of type 0 (TS 24.301 9.9.3.33). */
uint32_t ie_size_tai_list(const struct ie_ctx *c, const void *value)
{
    (void)c;
    return 4 + 2u * ((const struct ie_tai_list *)value)->n;
}

/* Count; per TAI: IE id, criticality, length, sequence header, PLMN, TAC. */
uint32_t ie_size_s1ap_tai_list(const struct ie_ctx *c, const void *value)
{
    (void)c;
    return 1 + 10u * ((const struct ie_tai_list *)value)->n;
}

void ie_print_tai_list(const struct ie_ctx *c, const void *value, GString *out)
{
    const struct ie_tai_list *list = value;
    (void)c;
    ie_put_plmn(out, &list->plmn);
    g_string_append(out, " TAC");
    for (unsigned i = 0; i < list->n; i++)
        g_string_append_printf(out, " %04x", list->tac[i]);
}

void ie_print_ecgi(const struct ie_ctx *c, const void *value, GString *out)
{
    const struct ie_ecgi *ecgi = value;
    (void)c;
    ie_put_plmn(out, &ecgi->plmn);
    g_string_append_printf(out, " ECI %07x", ecgi->eci);
}

void ie_print_uli(const struct ie_ctx *c, const void *value, GString *out)
{
    const struct ie_uli *uli = value;
    g_string_append(out, "TAI ");
    ie_print_tai(c, &uli->tai, out);
    g_string_append(out, ", ECGI ");
    ie_print_ecgi(c, &uli->ecgi, out);
}

/* ---- addresses and tunnels ------------------------------------------------------------------------------
 */

void ie_put_ipv4(GString *out, uint32_t a)
{
    g_string_append_printf(out, "%u.%u.%u.%u", a >> 24, a >> 16 & 255, a >> 8 & 255, a & 255);
}

void ie_print_ipv4(const struct ie_ctx *c, const void *value, GString *out)
{
    (void)c;
    ie_put_ipv4(out, *(const uint32_t *)value);
}

void ie_print_fteid(const struct ie_ctx *c, const void *value, GString *out)
{
    const struct ie_fteid *f = value;
    (void)c;
    ie_put_value(out, IE_fteid_iface, f->iface);
    g_string_append_printf(out, " TEID 0x%08x at ", f->teid);
    ie_put_ipv4(out, f->ipv4);
}

void ie_print_paa(const struct ie_ctx *c, const void *value, GString *out)
{
    const struct ie_paa *paa = value;
    (void)c;
    ie_put_value(out, IE_pdn_type, paa->type);
    g_string_append_c(out, ' ');
    ie_put_ipv4(out, paa->ipv4);
}

/* Octet 3, and per container: identifier, length, contents (TS 24.008 10.5.6.3). */
uint32_t ie_size_pco(const struct ie_ctx *c, const void *value)
{
    const struct ie_pco *pco = value;
    (void)c;
    return 1 + 3u * (uint32_t)__builtin_popcount(pco->flags) + 7u * (pco->n_p_cscf + pco->n_dns);
}

static void put_container(GString *out, unsigned id, const char *what, const uint32_t *address)
{
    ie_put_item(out);
    g_string_append_printf(out, "%04X %s", id, what);
    if (address) {
        g_string_append_c(out, ' ');
        ie_put_ipv4(out, *address);
    }
}

void ie_print_pco(const struct ie_ctx *c, const void *value, GString *out)
{
    static const struct {
        uint8_t flag;
        uint16_t id;
        const char *name;
    } requests[] = {
        {PCO_P_CSCF,     0x000c, "P-CSCF IPv4 address request"             },
        {PCO_DNS,        0x000d, "DNS server IPv4 address request"         },
        {PCO_IM_CN_FLAG, 0x0002, "IM CN subsystem signalling flag"         },
        {PCO_VIA_NAS,    0x000a, "IP address allocation via NAS signalling"},
    };
    const struct ie_pco *pco = value;
    (void)c;
    for (size_t i = 0; i < G_N_ELEMENTS(requests); i++)
        if (pco->flags & requests[i].flag)
            put_container(out, requests[i].id, requests[i].name, NULL);
    for (unsigned i = 0; i < pco->n_p_cscf; i++)
        put_container(out, 0x000c, "P-CSCF IPv4 address", &pco->p_cscf[i]);
    for (unsigned i = 0; i < pco->n_dns; i++)
        put_container(out, 0x000d, "DNS server IPv4 address", &pco->dns[i]);
}

/* IPv4 header, and that of UDP, or of TCP without options. */
uint32_t ie_size_packet(const struct ie_ctx *c, const void *value)
{
    (void)c;
    return 20 + (((const struct ie_packet *)value)->protocol == 6 ? 20 : 8);
}

void ie_print_packet(const struct ie_ctx *c, const void *value, GString *out)
{
    const struct ie_packet *p = value;
    (void)c;
    ie_put_ipv4(out, p->src);
    g_string_append_printf(out, ":%u -> ", p->src_port);
    ie_put_ipv4(out, p->dst);
    g_string_append_printf(out, ":%u, protocol %u", p->dst_port, p->protocol);
}

/* ---- security
 * ---------------------------------------------------------------------------------------------- */

void ie_put_bytes(GString *out, const uint8_t *bytes, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        g_string_append_printf(out, "%02x", bytes[i]);
}

void ie_print_block(const struct ie_ctx *c, const void *value, GString *out)
{
    (void)c;
    ie_put_bytes(out, ((const struct ie_block *)value)->b, 16);
}

void ie_print_key(const struct ie_ctx *c, const void *value, GString *out)
{
    (void)c;
    ie_put_bytes(out, ((const struct ie_key *)value)->b, 32);
}

uint32_t ie_size_bytes(const struct ie_ctx *c, const void *value)
{
    (void)c;
    return ((const struct ie_bytes *)value)->n;
}

void ie_print_bytes(const struct ie_ctx *c, const void *value, GString *out)
{
    const struct ie_bytes *b = value;
    (void)c;
    ie_put_bytes(out, b->b, b->n);
}

void ie_print_security_caps(const struct ie_ctx *c, const void *value, GString *out)
{
    const struct ie_security_caps *caps = value;
    const char *sep = "";
    (void)c;
    for (unsigned i = 0; i < 16; i++)
        if (((unsigned)caps->eia << 8 | caps->eea) >> i & 1) {
            g_string_append_printf(out, "%s%s%u", sep, i < 8 ? "EEA" : "EIA", i % 8);
            sep = " ";
        }
}

void ie_print_algorithms(const struct ie_ctx *c, const void *value, GString *out)
{
    const struct ie_algorithms *a = value;
    (void)c;
    g_string_append_printf(out, "EEA%u, EIA%u", a->eea, a->eia);
}

/* ---- messages in messages
 * ------------------------------------------------------------------------------------ */

uint32_t ie_size_nas(const struct ie_ctx *c, const void *value)
{
    const struct msg *m = *(struct msg *const *)value;
    (void)c;
    return m ? m->size : 0;
}

void ie_put_nested(const struct ie_ctx *c, const struct msg *m, GString *out)
{
    const struct net *net = c->stack->net;
    GString *text = g_string_new(NULL);
    char **lines;

    net->protos[m->proto]->render(net, m, text);
    if (text->len && text->str[text->len - 1] == '\n')
        g_string_truncate(text, text->len - 1);
    lines = g_strsplit(text->str, "\n", -1);
    for (char **line = lines; *line; line++)
        g_string_append_printf(out, "\n    %s", g_strchomp(*line));
    g_strfreev(lines);
    g_string_free(text, TRUE);
}

void ie_print_nas(const struct ie_ctx *c, const void *value, GString *out)
{
    const struct msg *m = *(struct msg *const *)value;

    if (m)
        ie_put_nested(c, m, out);
    else
        g_string_append(out, "none");
}

void ie_drop_nas(struct net *net, void *value)
{
    struct msg *m = *(struct msg **)value;

    if (m)
        msg_unref(net, m);
}

/* Of RRC: per message its length (dedicatedInfoNAS is an octet string). */
uint32_t ie_size_nas_list(const struct ie_ctx *c, const void *value)
{
    const struct ie_nas_list *list = value;
    uint32_t bytes = 0;
    (void)c;
    for (unsigned i = 0; i < list->n; i++)
        bytes += ie_per_octets(list->item[i]->size);
    return bytes;
}

void ie_print_nas_list(const struct ie_ctx *c, const void *value, GString *out)
{
    const struct ie_nas_list *list = value;

    for (unsigned i = 0; i < list->n; i++)
        ie_put_nested(c, list->item[i], out);
}

void ie_drop_nas_list(struct net *net, void *value)
{
    struct ie_nas_list *list = value;

    for (unsigned i = 0; i < list->n; i++)
        msg_unref(net, list->item[i]);
}
