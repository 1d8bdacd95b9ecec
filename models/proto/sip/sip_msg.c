/* sip_msg.c - the life of SIP messages: made, shared, changed, freed (see sip.h). */
#include "models/proto/sip/sip.h"

#include "models/proto/sip/sip_txn.h"

#include <string.h>

/* ---- stack --------------------------------------------------------------------------------------- */

struct sip_stack *sip_stack_new(struct net *net, const sim_time timers[TIMER_COUNT])
{
    struct sip_stack *sip = g_new0(struct sip_stack, 1);
    sip->sim = net->sim;
    sip->net = net;
    sip->proto = net_add_proto(net, &sip_proto, sip);
    slab_init(&sip->msgs, sizeof(struct sip_msg));
    slab_init(&sip->vias, sizeof(struct sip_via));
    slab_init(&sip->hops, sizeof(struct sip_hop));
    slab_init(&sip->colds, sizeof(struct sip_cold));
    sdp_pool_init(&sip->sdps);
    sip->hosts = g_array_new(FALSE, TRUE, sizeof(struct sip_host));
    sip->parties = g_array_new(FALSE, TRUE, sizeof(struct sip_party));
    idmap_init(&sip->pins);
    sip->pin_texts = g_ptr_array_new_with_free_func(g_free);
    memcpy(sip->timer, timers, sizeof sip->timer);
    sip->txns = sip_txns_new(sip);
    return sip;
}

void sip_stack_free(struct sip_stack *sip)
{
    sip_txns_free(sip->txns);
    for (guint i = 0; i < sip->hosts->len; i++)
        g_free((char *)sip_host(sip, i)->name);
    g_array_free(sip->hosts, TRUE);
    g_array_free(sip->parties, TRUE);
    slab_clear(&sip->msgs);
    slab_clear(&sip->vias);
    slab_clear(&sip->hops);
    slab_clear(&sip->colds);
    sdp_pool_clear(&sip->sdps);
    idmap_clear(&sip->pins);
    g_ptr_array_free(sip->pin_texts, TRUE);
    g_free(sip);
}

uint32_t sip_add_host(struct sip_stack *sip, const char *name, struct node *node)
{
    for (guint i = 0; i < sip->hosts->len; i++)
        if (strcmp(sip_host(sip, i)->name, name) == 0) {
            if (node)
                sip_host(sip, i)->node = node;
            return i;
        }
    struct sip_host h = {.name = g_strdup(name), .len = (uint16_t)strlen(name), .node = node};
    g_array_append_val(sip->hosts, h);
    return sip->hosts->len - 1;
}

uint32_t sip_add_party(struct sip_stack *sip, const struct sip_party *party)
{
    g_array_append_val(sip->parties, *party);
    uint32_t i = sip->parties->len - 1;
    struct sip_uri uri = {.id = i};
    for (uri.kind = SIP_URI_IDENTITY; uri.kind <= SIP_URI_ADDRESS; uri.kind++)
        sip_party(sip, i)->len[uri.kind] = sip_uri_length(sip, uri);
    return i;
}

struct node *sip_uri_node(const struct sip_stack *sip, struct sip_uri uri)
{
    switch (uri.kind) {
    case SIP_URI_HOST:
        return uri.id < sip->hosts->len ? sip_host(sip, uri.id)->node : NULL;
    case SIP_URI_ODI:
        return uri.port < sip->hosts->len ? sip_host(sip, uri.port)->node : NULL;
    case SIP_URI_CONTACT:
    case SIP_URI_ADDRESS:
        return uri.id < sip->parties->len ? sip_party(sip, uri.id)->node : NULL;
    default:
        return NULL;
    }
}

void sip_pin(struct sip_stack *sip, uint64_t token, const char *text)
{
    if (!text)
        return;
    g_ptr_array_add(sip->pin_texts, g_strdup(text));
    idmap_put(&sip->pins, token, sip->pin_texts->len);
}

void sip_pin_next_branch(struct sip_stack *sip, const char *text)
{
    sip->next_branch = text;
}

/* ---- size ------------------------------------------------------------------------------------------
 *
 * A message's size is kept up to date by the edits below, as sip_print.c would print it. 0 stands for "not
 * known": sip_seal() then measures it. */

enum { SIZE_VIA = 5 + 2, SIZE_ROUTE = 7 + 2, SIZE_RECORD_ROUTE = 14 + 2, SIZE_COMMA = 2 };

static void grow(struct sip_msg *m, int bytes)
{
    if (m->m.size)
        m->m.size = (uint32_t)((int)m->m.size + bytes);
}

/* Bytes that one more entry in front of `next` takes in a header field. */
static int hop_bytes(const struct sip_hop *h, const struct sip_hop *next, int field)
{
    return h->len + (next ? SIZE_COMMA : field);
}

void sip_touch(struct sip_msg *m)
{
    m->m.size = 0;
}

void sip_count_hop(struct sip_msg *m)
{
    if (m->max_forwards == 10 || m->max_forwards == 100)
        grow(m, -1);
    m->max_forwards--;
}

/* ---- list cells ---------------------------------------------------------------------------------- */

static void via_unref(struct sip_stack *sip, struct sip_via *v)
{
    while (v && --v->refs == 0) {
        struct sip_via *next = v->next;
        slab_free(&sip->vias, v);
        v = next;
    }
}

void sip_hop_unref(struct sip_stack *sip, struct sip_hop *h)
{
    while (h && --h->refs == 0) {
        struct sip_hop *next = h->next;
        slab_free(&sip->hops, h);
        h = next;
    }
}

struct sip_hop *sip_hop_ref(struct sip_hop *h)
{
    if (h)
        h->refs++;
    return h;
}

struct sip_hop *sip_hop_new(struct sip_stack *sip, struct sip_uri uri, struct sip_hop *next)
{
    struct sip_hop *h = slab_alloc(&sip->hops, NULL);
    h->refs = 1;
    h->uri = uri;
    h->len = (uint16_t)(sip_uri_length(sip, uri) + 2); /* <> */
    h->next = next;
    return h;
}

void sip_push_via(struct sip_stack *sip, struct sip_msg *m, struct sip_uri sent_by, bool reliable, uint32_t node,
                  uint64_t branch)
{
    struct sip_via *v = slab_alloc(&sip->vias, NULL);
    if (__builtin_expect(sip->next_branch != NULL, 0)) {
        sip_pin(sip, branch, sip->next_branch);
        sip->next_branch = NULL;
    }
    v->refs = 1;
    v->reliable = reliable;
    v->sent_by = sent_by;
    v->node = node;
    v->branch = branch;
    v->next = m->via;
    v->len = sip_via_length(sip, v);
    m->via = v;
    grow(m, v->len + SIZE_VIA);
}

void sip_pop_via(struct sip_stack *sip, struct sip_msg *m)
{
    struct sip_via *v = m->via;
    grow(m, -(v->len + SIZE_VIA));
    m->via = v->next;
    if (m->via)
        m->via->refs++;
    via_unref(sip, v);
}

void sip_push_route(struct sip_stack *sip, struct sip_msg *m, struct sip_uri uri)
{
    struct sip_hop *next = m->route;
    m->route = sip_hop_new(sip, uri, next);
    grow(m, hop_bytes(m->route, next, SIZE_ROUTE));
}

void sip_pop_route(struct sip_stack *sip, struct sip_msg *m)
{
    struct sip_hop *h = m->route;
    grow(m, -hop_bytes(h, h->next, SIZE_ROUTE));
    m->route = sip_hop_ref(h->next);
    sip_hop_unref(sip, h);
}

void sip_push_record_route(struct sip_stack *sip, struct sip_msg *m, struct sip_uri uri)
{
    struct sip_hop *next = m->record_route;
    m->record_route = sip_hop_new(sip, uri, next);
    grow(m, hop_bytes(m->record_route, next, SIZE_RECORD_ROUTE));
}

void sip_rewrite_record_route(struct sip_stack *sip, struct sip_msg *m, struct sip_uri old, struct sip_uri new)
{
    struct sip_hop *found = m->record_route, *copy = NULL, **tail = &copy;
    while (found && !sip_uri_equal(found->uri, old))
        found = found->next;
    if (!found)
        return;
    for (struct sip_hop *h = m->record_route; h != found; h = h->next) {
        *tail = sip_hop_new(sip, h->uri, NULL);
        tail = &(*tail)->next;
    }
    *tail = sip_hop_new(sip, new, sip_hop_ref(found->next));
    grow(m, (*tail)->len - found->len);
    sip_hop_unref(sip, m->record_route);
    m->record_route = copy;
}

/* ---- messages ------------------------------------------------------------------------------------ */

static struct sip_msg *new_msg(struct sip_stack *sip)
{
    struct sip_msg *m = slab_alloc0(&sip->msgs, NULL);
    m->m.refs = 1;
    m->m.proto = sip->proto;
    return m;
}

static void free_msg(struct net *net, struct msg *base)
{
    struct sip_msg *m = (struct sip_msg *)base;
    struct sip_stack *sip = sip_of(net, base->proto);
    via_unref(sip, m->via);
    sip_hop_unref(sip, m->route);
    sip_hop_unref(sip, m->record_route);
    sdp_unref(&sip->sdps, m->sdp);
    sip_cold_unref(sip, m->cold);
    slab_free(&sip->msgs, m);
}

struct sip_msg *sip_request(struct sip_stack *sip, enum sip_method method)
{
    struct sip_msg *m = new_msg(sip);
    m->method = (uint8_t)method;
    m->max_forwards = 70;
    return m;
}

struct sip_msg *sip_response(struct sip_stack *sip, const struct sip_msg *request, uint16_t status)
{
    struct sip_msg *m = new_msg(sip);
    m->status = status;
    m->method = request->method;
    m->cseq = request->cseq;
    m->from = request->from;
    m->to = request->to;
    m->call_id = request->call_id;
    m->from_tag = request->from_tag;
    m->to_tag = request->to_tag;
    m->via = request->via;
    m->via->refs++;
    return m;
}

struct sip_msg *sip_copy(struct sip_stack *sip, const struct sip_msg *m)
{
    struct sip_msg *c = slab_alloc(&sip->msgs, NULL);
    *c = *m;
    c->m.refs = 1;
    c->m.copies = 0;
    if (c->via)
        c->via->refs++;
    sip_hop_ref(c->route);
    sip_hop_ref(c->record_route);
    if (c->sdp)
        sdp_ref(c->sdp);
    if (c->cold)
        c->cold->refs++;
    return c;
}

struct sip_msg *sip_hop_request(struct sip_stack *sip, const struct sip_msg *invite, enum sip_method method)
{
    struct sip_msg *m = sip_request(sip, method);
    m->ruri = invite->ruri;
    m->from = invite->from;
    m->to = invite->to;
    m->from_tag = invite->from_tag;
    m->to_tag = invite->to_tag;
    m->call_id = invite->call_id;
    m->cseq = invite->cseq;
    m->route = sip_hop_ref(invite->route);
    sip_push_via(sip, m, invite->via->sent_by, invite->via->reliable, invite->via->node, invite->via->branch);
    return m;
}

void sip_set_sdp(struct sip_stack *sip, struct sip_msg *m, struct sdp *sdp)
{
    sdp_unref(&sip->sdps, m->sdp);
    m->sdp = sdp;
    sip_touch(m);
}

/* ---- the cold part --------------------------------------------------------------------------------- */

struct sip_cold *sip_cold_new(struct sip_stack *sip)
{
    struct sip_cold *c = slab_alloc0(&sip->colds, NULL);
    c->refs = 1;
    return c;
}

void sip_cold_unref(struct sip_stack *sip, struct sip_cold *c)
{
    if (!c || --c->refs)
        return;
    sip_hop_unref(sip, c->path);
    sip_hop_unref(sip, c->service_route);
    slab_free(&sip->colds, c);
}

void sip_set_cold(struct sip_stack *sip, struct sip_msg *m, struct sip_cold *c)
{
    if (c)
        c->refs++;
    sip_cold_unref(sip, m->cold);
    m->cold = c;
    sip_touch(m);
}

struct sip_cold *sip_cold_edit(struct sip_stack *sip, struct sip_msg *m)
{
    struct sip_cold *old = m->cold;
    sip_touch(m);
    if (!old || old->refs > 1) {
        m->cold = sip_cold_new(sip);
        if (old) {
            *m->cold = *old;
            m->cold->refs = 1;
            sip_hop_ref(old->path);
            sip_hop_ref(old->service_route);
            sip_cold_unref(sip, old);
        }
    }
    return m->cold;
}

void sip_set_cause(struct sip_stack *sip, struct sip_msg *m, uint16_t cause)
{
    if (cause)
        sip_cold_edit(sip, m)->reason_cause = cause;
}

uint16_t sip_cause(const struct sip_msg *m)
{
    return m->cold ? m->cold->reason_cause : 0;
}

int64_t sip_expires(const struct sip_msg *m)
{
    const struct sip_cold *c = m->cold;
    if (!c || (!c->has_contact_expires && !c->has_expires))
        return -1;
    return c->has_contact_expires ? c->contact_expires : c->expires;
}

/* ---- the protocol as the kernel sees it ---------------------------------------------------------- */

static void render(const struct net *net, const struct msg *m, GString *out)
{
    sip_render(sip_of(net, m->proto), (const struct sip_msg *)m, out);
}

/* 100, and requests and responses that are answered at each hop, go one hop (RFC 3261 8.2.6.1, 9, 17.1.1.3). */
static uint64_t end_to_end(const struct msg *base)
{
    const struct sip_msg *m = (const struct sip_msg *)base;
    if (m->status == 100 || m->method == SIP_CANCEL)
        return 0;
    uint64_t h = m->call_id * 0x9e3779b97f4a7c15u;
    h = (h ^ (uint64_t)m->cseq << 32 ^ (uint64_t)m->status << 16 ^ m->method) * 0xbf58476d1ce4e5b9u;
    h = (h ^ m->rseq ^ m->from_tag) * 0x94d049bb133111ebu;
    return h ? h : 1;
}

static void mark(const struct net *net, const struct msg *base, char *buf, size_t size)
{
    const struct sip_msg *m = (const struct sip_msg *)base;
    (void)net;
    if (m->sdp && m->sdp->oa != SDP_OA_NONE)
        g_snprintf(buf, (gulong)size, "%c%u", m->sdp->oa == SDP_OA_OFFER ? 'O' : 'A', m->sdp->oa_index);
    else
        buf[0] = '\0';
}

static void add(GString *out, const char *text)
{
    if (out->len)
        g_string_append(out, "; ");
    g_string_append(out, text);
}

/* What REGISTER and its response say of authentication. */
static void detail_auth(const struct sip_auth *a, GString *out)
{
    if (a->kind == SIP_AUTH_CHALLENGE)
        add(out, digest_algorithm_name((enum digest_algorithm)a->algorithm));
    if (a->kind != SIP_AUTH_CREDENTIALS || !a->has_nonce)
        return;
    add(out, a->has_auts ? "AUTS" : a->response[0] ? "response" : "empty response");
}

static void detail_cold(const struct sip_msg *m, GString *out)
{
    const struct sip_cold *c = m->cold;
    char buf[64];
    detail_auth(&c->auth, out);
    if (c->has_expires || c->has_contact_expires) {
        g_snprintf(buf, sizeof buf, "Expires %u", (unsigned)sip_expires(m));
        add(out, buf);
    }
    if (c->min_expires) {
        g_snprintf(buf, sizeof buf, "Min-Expires %u", c->min_expires);
        add(out, buf);
    }
    if (c->served) {
        g_snprintf(buf, sizeof buf, "sescase %s, %s", c->served_case == SIP_SERVED_ORIG ? "orig" : "term",
                   c->served_case == SIP_SERVED_TERM_UNREG ? "unreg" : "reg");
        add(out, buf);
    }
    if (c->reginfo.present)
        add(out, sip_reg_event_name((enum sip_reg_event)c->reginfo.event));
    if (c->reason_cause) {
        g_snprintf(buf, sizeof buf, "Reason %u", c->reason_cause);
        add(out, buf);
    }
}

static void detail(const struct net *net, const struct msg *base, GString *out)
{
    const struct sip_msg *m = (const struct sip_msg *)base;
    char buf[64];
    (void)net;
    if (m->cold)
        detail_cold(m, out);
    if (m->rseq) {
        g_snprintf(buf, sizeof buf, "RSeq %u", m->rseq);
        add(out, buf);
    } else if (m->status > 100 && m->status < 200) {
        add(out, "unreliable");
    }
    if (m->rack_rseq) {
        g_snprintf(buf, sizeof buf, "RAck %u %u %s", m->rack_rseq, m->rack_cseq, sip_method_name(SIP_INVITE));
        add(out, buf);
    }
    for (unsigned i = 0; m->sdp && i < m->sdp->n_streams; i++) {
        const struct sdp_stream *s = &m->sdp->streams[i];
        if (s->precond == SDP_PRECOND_NONE || !s->port)
            continue;
        g_snprintf(buf, sizeof buf, "%s curr local %s remote %s", sdp_media_name(s->media),
                   sdp_direction_name(s->status.curr[SDP_LOCAL]), sdp_direction_name(s->status.curr[SDP_REMOTE]));
        add(out, buf);
    }
}

const struct proto sip_proto = {
    .name = "SIP",
    .ntypes = SIP_METHODS + 32 * SIP_METHODS,
    .type_name = sip_type_name,
    .free = free_msg,
    .render = render,
    .end_to_end = end_to_end,
    .mark = mark,
    .detail = detail,
};
