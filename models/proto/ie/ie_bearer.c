/* ie_bearer.c - fields: quality of service, traffic flow templates, lists of bearers. */
#include "models/proto/ie/ie_int.h"

/* ---- quality of service ---------------------------------------------------------------------------------
 */

void ie_print_ambr(const struct ie_ctx *c, const void *value, GString *out)
{
    const struct ie_ambr *a = value;
    (void)c;
    g_string_append_printf(out, "%u kbit/s up, %u kbit/s down", a->ul, a->dl);
}

/* Rates above 8640 kbit/s take extended octets, above 256 Mbit/s a second set (TS 24.301 9.9.4.2, 9.9.4.3).
 */
static uint32_t rate_octets(uint32_t rate)
{
    return rate <= 8640 ? 1 : rate <= 256000 ? 2 : 3;
}

uint32_t ie_size_nas_ambr(const struct ie_ctx *c, const void *value)
{
    const struct ie_ambr *a = value;
    (void)c;
    return 2 * rate_octets(MAX(a->ul, a->dl));
}

/* TS 24.301 9.9.4.3: QCI alone, or with the four rates. */
uint32_t ie_size_nas_qos(const struct ie_ctx *c, const void *value)
{
    const struct ie_qos *q = value;
    (void)c;
    if (!q->gbr_ul && !q->gbr_dl)
        return 1;
    return 1 + 4 * rate_octets(MAX(q->mbr_ul, q->mbr_dl));
}

void ie_put_qos(GString *out, const struct ie_qos *q)
{
    g_string_append_printf(out, "QCI %u, ARP %u%s%s", q->qci, q->arp.level,
                           q->arp.may_preempt ? " pre-empting" : "",
                           q->arp.preemptable ? " pre-emptable" : "");
    if (q->gbr_ul || q->gbr_dl || q->mbr_ul || q->mbr_dl)
        g_string_append_printf(out, ", GBR %u/%u, MBR %u/%u kbit/s up/down", q->gbr_ul, q->gbr_dl, q->mbr_ul,
                               q->mbr_dl);
}

void ie_print_qos(const struct ie_ctx *c, const void *value, GString *out)
{
    (void)c;
    ie_put_qos(out, value);
}

/* ---- traffic flow template (TS 24.008 10.5.6.12)
 * ----------------------------------------------------------- */

/* Identifier and direction, precedence, length; then the components that say something. */
static uint32_t filter_bytes(const struct ie_filter *f)
{
    return 3u + (f->remote ? 9u : 0u) + (f->local ? 9u : 0u) + (f->protocol ? 2u : 0u) +
           (f->remote_port ? 3u : 0u) + (f->local_port ? 3u : 0u);
}

uint32_t ie_size_tft(const struct ie_ctx *c, const void *value)
{
    const struct ie_tft *tft = value;
    uint32_t bytes = 1;
    (void)c;
    for (unsigned i = 0; i < tft->n; i++)
        bytes += tft->op == TFT_REMOVE ? 1 : filter_bytes(&tft->filter[i]);
    return bytes;
}

void ie_put_filter(GString *out, const struct ie_filter *f)
{
    g_string_append_printf(out, "filter %u %s, precedence %u, protocol %u, remote ", f->id,
                           ie_value_name(IE_filter_direction, f->direction), f->precedence, f->protocol);
    ie_put_ipv4(out, f->remote);
    g_string_append_printf(out, ":%u, local ", f->remote_port);
    ie_put_ipv4(out, f->local);
    g_string_append_printf(out, ":%u", f->local_port);
}

void ie_print_tft(const struct ie_ctx *c, const void *value, GString *out)
{
    const struct ie_tft *tft = value;
    (void)c;
    ie_put_value(out, IE_tft_op, tft->op);
    for (unsigned i = 0; i < tft->n; i++) {
        ie_put_item(out);
        if (tft->op == TFT_REMOVE)
            g_string_append_printf(out, "filter %u", tft->filter[i].id);
        else
            ie_put_filter(out, &tft->filter[i]);
    }
}

/* ---- bearers of GTP (TS 29.274 8.28: grouped)
 * ----------------------------------------------------------------- */

#define GTP_IE(bytes) (4u + (bytes)) /* type, length, spare and instance */

static uint32_t bearer_bytes(const struct ie_ctx *c, const struct ie_bearer *b)
{
    uint32_t bytes = GTP_IE(1) + b->n_fteids * GTP_IE(9);

    if (b->parts & BEARER_CAUSE)
        bytes += GTP_IE(2);
    if (b->parts & BEARER_QOS)
        bytes += GTP_IE(22); /* TS 29.274 8.15 */
    if (b->parts & BEARER_TFT)
        bytes += GTP_IE(ie_size_tft(c, &b->tft));
    if (b->parts & BEARER_CHARGING)
        bytes += GTP_IE(4);
    return bytes;
}

uint32_t ie_size_bearers(const struct ie_ctx *c, const void *value)
{
    const struct ie_bearers *list = value;
    uint32_t bytes = 0;

    for (unsigned i = 0; i < list->n; i++)
        bytes += GTP_IE(bearer_bytes(c, &list->item[i]));
    return bytes;
}

void ie_print_bearers(const struct ie_ctx *c, const void *value, GString *out)
{
    const struct ie_bearers *list = value;

    for (unsigned i = 0; i < list->n; i++) {
        const struct ie_bearer *b = &list->item[i];
        ie_put_item(out);
        g_string_append_printf(out, "EBI %u", b->ebi);
        if (b->parts & BEARER_CAUSE) {
            g_string_append(out, ", cause ");
            ie_put_value(out, IE_gtp_cause, b->cause);
        }
        if (b->parts & BEARER_QOS) {
            g_string_append(out, ", ");
            ie_put_qos(out, &b->qos);
        }
        for (unsigned k = 0; k < b->n_fteids; k++) {
            g_string_append(out, ", ");
            ie_print_fteid(c, &b->fteid[k], out);
        }
        if (b->parts & BEARER_CHARGING)
            g_string_append_printf(out, ", charging id %u", b->charging_id);
        if (b->parts & BEARER_TFT) {
            g_string_append(out, ", TFT ");
            ie_print_tft(c, &b->tft, out);
        }
    }
}

uint32_t ie_size_ebis(const struct ie_ctx *c, const void *value)
{
    (void)c;
    return ((const struct ie_ebis *)value)->n * GTP_IE(1);
}

/* Bearer contexts with nothing but the identity. */
uint32_t ie_size_bearer_ids(const struct ie_ctx *c, const void *value)
{
    (void)c;
    return ((const struct ie_ebis *)value)->n * GTP_IE(GTP_IE(1));
}

void ie_print_ebis(const struct ie_ctx *c, const void *value, GString *out)
{
    const struct ie_ebis *list = value;
    (void)c;
    for (unsigned i = 0; i < list->n; i++)
        g_string_append_printf(out, "%s%u", i ? ", " : "", list->ebi[i]);
}

/* ---- E-RABs of S1AP
 * --------------------------------------------------------------------------------------------- */

/* What aligned PER takes, optional extensions left out (TS 36.413 9.2.1, 9.3): a list is its count (1) and
 * per item IE id, criticality and length (4) and the item: sequence header and E-RAB-ID (2), then for
 *   setup    QCI and ARP (4), four rates (5 each, GBR only), address (5), TEID (4), NAS (length and bytes);
 *   done     address (5), TEID (4);
 *   failed   cause (2). */
#define ERAB_ITEM 6u

uint32_t ie_size_erabs_setup(const struct ie_ctx *c, const void *value)
{
    const struct ie_erabs *list = value;
    uint32_t bytes = 1;
    (void)c;
    for (unsigned i = 0; i < list->n; i++) {
        const struct ie_erab *e = &list->item[i];
        bytes += ERAB_ITEM + 4 + (e->qos.gbr_ul || e->qos.gbr_dl ? 20 : 0);
        bytes += e->teid ? 9 : 0; /* a modification has no tunnel */
        bytes += e->nas ? ie_per_octets(e->nas->size) : 0;
    }
    return bytes;
}

uint32_t ie_size_erabs_done(const struct ie_ctx *c, const void *value)
{
    const struct ie_erabs *list = value;
    uint32_t bytes = 1;
    (void)c;
    for (unsigned i = 0; i < list->n; i++)
        bytes += ERAB_ITEM + (list->item[i].teid ? 9 : 0);
    return bytes;
}

uint32_t ie_size_erabs_failed(const struct ie_ctx *c, const void *value)
{
    (void)c;
    return 1 + (ERAB_ITEM + 2) * ((const struct ie_erabs *)value)->n;
}

static void put_erab(GString *out, const struct ie_erab *e)
{
    ie_put_item(out);
    g_string_append_printf(out, "E-RAB %u", e->id);
    if (e->teid) {
        g_string_append_printf(out, ", TEID 0x%08x at ", e->teid);
        ie_put_ipv4(out, e->ipv4);
    }
}

void ie_print_erabs_setup(const struct ie_ctx *c, const void *value, GString *out)
{
    const struct ie_erabs *list = value;

    for (unsigned i = 0; i < list->n; i++) {
        put_erab(out, &list->item[i]);
        g_string_append(out, ", ");
        ie_put_qos(out, &list->item[i].qos);
        if (list->item[i].nas)
            ie_put_nested(c, list->item[i].nas, out);
    }
}

void ie_print_erabs_done(const struct ie_ctx *c, const void *value, GString *out)
{
    const struct ie_erabs *list = value;
    (void)c;
    for (unsigned i = 0; i < list->n; i++)
        put_erab(out, &list->item[i]);
}

void ie_print_erabs_failed(const struct ie_ctx *c, const void *value, GString *out)
{
    const struct ie_erabs *list = value;
    (void)c;
    for (unsigned i = 0; i < list->n; i++) {
        ie_put_item(out);
        g_string_append_printf(out, "E-RAB %u, cause ", list->item[i].id);
        ie_put_value(out, IE_s1ap_cause, list->item[i].cause);
    }
}

void ie_drop_erabs(struct net *net, void *value)
{
    struct ie_erabs *list = value;

    for (unsigned i = 0; i < list->n; i++)
        if (list->item[i].nas)
            msg_unref(net, list->item[i].nas);
}

/* ---- radio bearers of RRC (TS 36.331 6.3.2)
 * ---------------------------------------------------------------------- */

/* Per DRB: identities, PDCP (with a header compression profile for QCI 1), RLC and logical channel. */
uint32_t ie_size_drbs(const struct ie_ctx *c, const void *value)
{
    const struct ie_drbs *list = value;
    uint32_t bytes = 0;
    (void)c;
    for (unsigned i = 0; i < list->n; i++)
        bytes += list->item[i].um ? 12 : 14;
    return bytes;
}

void ie_print_drbs(const struct ie_ctx *c, const void *value, GString *out)
{
    const struct ie_drbs *list = value;
    (void)c;
    for (unsigned i = 0; i < list->n; i++) {
        const struct ie_drb *d = &list->item[i];
        ie_put_item(out);
        g_string_append_printf(out, "DRB %u, EBI %u, logical channel %u, RLC %s, for QCI %u", d->id, d->ebi,
                               d->lcid, d->um ? "UM" : "AM", d->qci);
    }
}

uint32_t ie_size_drb_ids(const struct ie_ctx *c, const void *value)
{
    (void)c;
    return (((const struct ie_ebis *)value)->n * 5u + 7u) / 8u; /* five bits each */
}
