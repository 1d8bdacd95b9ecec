/* sip_txn.c - matching of messages to transactions, and the layer's interface (see sip_txn.h).
 *
 * A branch is the token of the client transaction that made it. Since tokens are unique in a
 * simulation, the branch of the top Via alone names the server transaction at the receiver
 * (RFC 3261 17.2.3 compares branch, sent-by and method); CANCEL, which shares the branch of its
 * INVITE, is kept apart by the top bit. */
#include "models/proto/sip/sip_txn_int.h"

#include <string.h>

#define CANCEL_BIT (UINT64_C(1) << 63)
/* A CANCEL's own client transaction is found under this key, since its branch is the INVITE's. */
#define CANCEL_CLIENT(branch) ((branch) | CANCEL_BIT | UINT64_C(1) << 31)
#define ACK_INDEX 0u /* branch of an ACK for 2xx: names no transaction */

struct sip_txns *sip_txns_new(struct sip_stack *sip)
{
    struct sip_txns *t = g_new0(struct sip_txns, 1);
    t->sip = sip;
    slab_init(&t->slab, sizeof(struct sip_txn));
    idmap_init(&t->servers);
    fsm_init(&sip_ict_def);
    fsm_init(&sip_nict_def);
    fsm_init(&sip_ist_def);
    fsm_init(&sip_nist_def);
    return t;
}

void sip_txns_free(struct sip_txns *t)
{
    slab_clear(&t->slab);
    idmap_clear(&t->servers);
    g_free(t);
}

size_t sip_txn_count(const struct sip_stack *sip)
{
    return slab_count(&sip->txns->slab);
}

/* The transaction with this token, or NULL when it is gone. */
static struct sip_txn *find(const struct sip_stack *sip, uint64_t token)
{
    uint32_t i = sip_token_index(token);
    if (!slab_in_use(&sip->txns->slab, i))
        return NULL;
    struct sip_txn *t = slab_at(&sip->txns->slab, i);
    return t->id == token ? t : NULL;
}

static struct sip_txn *new_txn(struct sip_stack *sip, struct fsm_def *def, struct node *n, struct node *peer,
                               uint16_t iface, struct sip_msg *request)
{
    uint32_t index;
    struct sip_txn *t = slab_alloc(&sip->txns->slab, &index);
    fsm_start(&t->fsm, def, n);
    t->sip = sip;
    t->id = sip_token(sip, index);
    t->user = 0;
    t->key = 0;
    t->peer = peer;
    t->request = msg_ref(request);
    t->response = NULL;
    t->interval = 0;
    t->flow = sip->sim->flow;
    t->iface = iface;
    t->method = request->method;
    t->reliable = t->cancel_wanted = t->cancelled = false;
    t->cancel_cause = 0;
    return t;
}

void sip_txn_drop(struct sip_txn *t, struct sip_msg **m)
{
    if (*m)
        msg_unref(t->sip->net, &(*m)->m);
    *m = NULL;
}

void sip_txn_ended(struct fsm *f)
{
    struct sip_txn *t = txn_of(f);
    sip_txn_drop(t, &t->request);
    sip_txn_drop(t, &t->response);
    if (t->key)
        idmap_del(&t->sip->txns->servers, t->key);
    t->id = 0;
    slab_free(&t->sip->txns->slab, t);
}

/* ---- client side ---------------------------------------------------------------------------------- */

static struct sip_uri address_of(const struct node *n, uint16_t iface)
{
    return ((const struct sip_endpoint *)n->ops)->address[iface == IFACE_GM];
}

uint64_t sip_send_request(struct sip_stack *sip, struct node *n, struct node *to, uint16_t iface, struct sip_msg *m,
                          uint64_t user)
{
    bool invite = m->method == SIP_INVITE;
    struct sip_txn *t = new_txn(sip, invite ? &sip_ict_def : &sip_nict_def, n, to, iface, m);
    uint64_t id = t->id;
    t->user = user;
    if (m->method != SIP_CANCEL) { /* a CANCEL has the Via of its INVITE already */
        sip_push_via(sip, m, address_of(n, iface), false, n->id, id);
        sip_seal(sip, m);
        if (net_reliable(sip->net, iface, n, to, m->m.size)) {
            m->via->reliable = true; /* "TCP" is as long as "UDP" */
            t->reliable = true;
        }
    } else {
        sip_seal(sip, m);
        t->reliable = m->via->reliable;
        t->key = CANCEL_CLIENT(m->via->branch);
        idmap_put(&sip->txns->servers, t->key, sip_token_index(id));
    }
    fsm_event(&t->fsm, invite ? ICT_SEND : NICT_SEND, NULL);
    msg_unref(sip->net, &m->m);
    return id;
}

void sip_send_ack(struct sip_stack *sip, struct node *n, struct node *to, uint16_t iface, struct sip_msg *m)
{
    sip_push_via(sip, m, address_of(n, iface), false, n->id, sip_token(sip, ACK_INDEX));
    sip_seal(sip, m);
    m->via->reliable = net_reliable(sip->net, iface, n, to, m->m.size);
    node_send(n, to, iface, &m->m);
}

void sip_send_cancel(struct sip_stack *sip, uint64_t ct, uint16_t cause)
{
    struct sip_txn *t = find(sip, ct);
    if (t)
        fsm_event(&t->fsm, ICT_CANCEL, &cause);
}

/* The transaction under this key, or NULL. */
static struct sip_txn *find_key(const struct sip_stack *sip, uint64_t key)
{
    uint32_t i = idmap_get(&sip->txns->servers, key);
    return i ? slab_at(&sip->txns->slab, i) : NULL;
}

/* The client transaction that a response answers (RFC 3261 17.1.3), or NULL. */
static struct sip_txn *match_response(const struct sip_stack *sip, const struct sip_msg *m)
{
    if (m->method == SIP_CANCEL)
        return find_key(sip, CANCEL_CLIENT(m->via->branch));
    return find(sip, m->via->branch);
}

static void rx_response(struct sip_stack *sip, struct sip_msg *m)
{
    struct sip_txn *t = m->via ? match_response(sip, m) : NULL;
    if (!t)
        return; /* RFC 3261 18.1.2: a stray response; nobody waits for it */
    unsigned class = m->status / 100;
    if (t->method == SIP_INVITE)
        fsm_event(&t->fsm, class == 1 ? ICT_RX_1XX : class == 2 ? ICT_RX_2XX : ICT_RX_300_699, m);
    else
        fsm_event(&t->fsm, class == 1 ? NICT_RX_1XX : NICT_RX_FINAL, m);
}

/* ---- server side ---------------------------------------------------------------------------------- */

/* RFC 3261 9.2: answers the CANCEL and tells the user of the INVITE it is for. */
static void rx_cancel(struct sip_stack *sip, uint64_t st, struct sip_msg *m)
{
    struct sip_txn *invite = find_key(sip, m->via->branch);
    sip_send_status(sip, st, invite ? 200 : 481);
    if (invite)
        tu_of(invite->fsm.node)->cancel(invite->fsm.node, invite->id, invite->user, m);
}

static void rx_request(struct sip_stack *sip, struct node *n, struct sip_msg *m, struct node *from, uint16_t iface)
{
    uint64_t key = m->method == SIP_CANCEL ? m->via->branch | CANCEL_BIT : m->via->branch;
    struct sip_txn *t = find_key(sip, key);
    bool invite = m->method == SIP_INVITE;

    if (m->method == SIP_ACK) {
        if (t)
            fsm_event(&t->fsm, IST_RX_ACK, m);
        else
            tu_of(n)->request(n, 0, m, from, iface);
        return;
    }
    if (t) { /* a repetition */
        fsm_event(&t->fsm, invite ? IST_RX_INVITE : NIST_RX_REQUEST, m);
        return;
    }
    t = new_txn(sip, invite ? &sip_ist_def : &sip_nist_def, n, from, iface, m);
    t->reliable = m->via->reliable;
    t->key = key;
    idmap_put(&sip->txns->servers, key, sip_token_index(t->id));
    uint64_t id = t->id;
    fsm_event(&t->fsm, invite ? IST_RX_INVITE : NIST_RX_REQUEST, m);
    if (m->method == SIP_CANCEL)
        rx_cancel(sip, id, m);
    else
        tu_of(n)->request(n, id, m, from, iface);
}

bool sip_send_response(struct sip_stack *sip, uint64_t st, struct sip_msg *m)
{
    struct sip_txn *t = find(sip, st);
    if (t) {
        unsigned class = m->status / 100;
        sip_seal(sip, m);
        if (t->method == SIP_INVITE)
            fsm_event(&t->fsm, m->status == 100 ? IST_TX_100 : class == 1 ? IST_TX_1XX : class == 2 ? IST_TX_2XX : IST_TX_300_699, m);
        else
            fsm_event(&t->fsm, class == 1 ? NIST_TX_1XX : NIST_TX_FINAL, m);
    }
    msg_unref(sip->net, &m->m);
    return t != NULL;
}

bool sip_send_status(struct sip_stack *sip, uint64_t st, uint16_t status)
{
    struct sip_txn *t = find(sip, st);
    if (!t || !t->request)
        return false;
    struct sip_msg *m = sip_response(sip, t->request, status);
    if (status > 100 && !m->to_tag)
        m->to_tag = sip_token(sip, 0); /* RFC 3261 8.2.6.2: a response has one, whoever makes it */
    return sip_send_response(sip, st, m);
}

void sip_st_abandon(struct sip_stack *sip, uint64_t st)
{
    struct sip_txn *t = find(sip, st);
    if (t)
        fsm_event(&t->fsm, NIST_ABANDON, NULL);
}

void sip_st_set_user(struct sip_stack *sip, uint64_t st, uint64_t user)
{
    struct sip_txn *t = find(sip, st);
    if (t)
        t->user = user;
}

struct sip_msg *sip_st_request(struct sip_stack *sip, uint64_t st)
{
    struct sip_txn *t = find(sip, st);
    return t ? t->request : NULL;
}

void sip_rx(struct sip_stack *sip, struct node *n, struct sip_msg *m, struct node *from, uint16_t iface)
{
    if (m->status)
        rx_response(sip, m);
    else
        rx_request(sip, n, m, from, iface);
}
