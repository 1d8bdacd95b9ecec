/* check_answers.c - whether requests are answered: watches messages between neighbours (see check.h).
 *
 * A request that got to its receiver is open until an answer to it is sent back. What is still open when
 * nothing is left to do (or so long after that everybody has given up) was not answered. Excused are requests
 * of a user action (a flow) of which any message was lost, dropped or refused: then a time-out is as good as
 * an answer; what a phone owes that has left its connection; and what a phone that is switched off leaves
 * undone. */
#include "models/check/check_int.h"

#include "models/proto/diameter/diameter.h"
#include "models/proto/dns/dns.h"
#include "models/proto/gtp/gtp.h"
#include "models/proto/nas/nas.h"
#include "models/proto/rrc/rrc.h"
#include "models/proto/s1ap/s1ap.h"
#include "models/proto/sip/sip.h"
#include "sim/trace.h"

/* Longer than any request is waited for: timer C of SIP is the longest. */
#define GIVE_UP (10 * 60 * SIM_S)

enum id_kind { ID_PHONE, ID_MME_ID, ID_SEQ, ID_EBI, ID_PTI, ID_QUERY };
static const struct {
    const struct proto *proto;
    uint16_t request, answer;
    enum id_kind id;
} answers[] = {
#define ANSWER(P, request, answer, id) {&P##_PROTO, P##_##request, P##_##answer, ID_##id},
#define RRC_PROTO                      rrc_proto
#define S1AP_PROTO                     s1ap_proto
#define GTP_PROTO                      gtp_proto
#define DNS_PROTO                      dns_proto
#define NAS_PROTO                      nas_proto
#include "models/check/answers.def"
};

/* An open request. */
struct question {
    const struct proto *proto;
    const struct node *asker, *answerer;
    uint64_t id;
    uint16_t type;
    sim_flow flow;
    sim_time at;
    bool arrived;
    GList link; /* in the order of asking */
};

struct check_answers {
    struct net *net;
    GHashTable *open; /* struct question *, each its own key */
    GQueue in_order;
    GHashTable *lossy; /* flows of which something was lost */
};

static guint hash(gconstpointer key)
{
    const struct question *q = key;
    uint64_t h = q->id * UINT64_C(0x9e3779b97f4a7c15) ^
                 ((uint64_t)q->type << 48 | (uint64_t)q->asker->id << 24 | q->answerer->id);
    return (guint)(h ^ h >> 32);
}

static gboolean equal(gconstpointer a, gconstpointer b)
{
    const struct question *x = a, *y = b;
    return x->proto == y->proto && x->type == y->type && x->asker == y->asker && x->answerer == y->answerer &&
           x->id == y->id;
}

/* ---- what ties request and answer ------------------------------------------------------------------- */

static uint64_t s1ap_id(const struct s1ap_msg *m)
{
    switch (m->m.type) {
#define CASE(id)                                                                                             \
    case S1AP_##id:                                                                                          \
        return m->body.id.mme_id;
        CASE(initial_context_setup_request)
        CASE(initial_context_setup_response)
        CASE(initial_context_setup_failure)
        CASE(erab_setup_request)
        CASE(erab_setup_response)
        CASE(erab_modify_request)
        CASE(erab_modify_response)
        CASE(erab_release_command)
        CASE(erab_release_response)
        CASE(ue_context_release_command)
        CASE(ue_context_release_complete)
#undef CASE
    default:
        return 0;
    }
}

static uint64_t id_of(const struct msg *m, enum id_kind kind)
{
    switch (kind) {
    case ID_MME_ID:
        return s1ap_id((const struct s1ap_msg *)m);
    case ID_SEQ:
        return ((const struct gtp_msg *)m)->seq;
    case ID_EBI:
        return ((const struct nas_msg *)m)->ebi;
    case ID_QUERY:
        return ((const struct dns_msg *)m)->id;
    case ID_PTI:
        return ((const struct nas_msg *)m)->pti;
    default:
        return 0;
    }
}

/* ---- questions and answers -------------------------------------------------------------------------- */

static void ask(struct check_answers *a, struct question *key, sim_flow flow, sim_time now, bool arrived)
{
    struct question *q = g_hash_table_lookup(a->open, key);
    if (!q) {
        q = g_memdup2(key, sizeof *key);
        q->flow = flow;
        q->at = now;
        q->link = (GList){.data = q};
        g_hash_table_add(a->open, q);
        g_queue_push_tail_link(&a->in_order, &q->link);
    }
    q->arrived |= arrived;
}

static void forget(struct check_answers *a, struct question *q)
{
    g_queue_unlink(&a->in_order, &q->link);
    g_hash_table_remove(a->open, q);
}

static void answer(struct check_answers *a, const struct question *key)
{
    struct question *q = g_hash_table_lookup(a->open, key);
    if (q)
        forget(a, q);
}

/* Everything between these two that is about this id is settled. */
static void settle(struct check_answers *a, const struct node *x, const struct node *y,
                   const struct proto *proto, uint64_t id)
{
    GList *next;
    for (GList *l = a->in_order.head; l; l = next) {
        struct question *q = l->data;
        next = l->next;
        bool between = (q->asker == x && q->answerer == y) || (q->asker == y && q->answerer == x);
        if (between && q->proto == proto && (proto != &s1ap_proto || q->id == id))
            forget(a, q);
    }
}

/* What one message, or one inside it, asks and answers. */
struct view {
    struct check_answers *a;
    const struct node *from, *to;
    sim_flow flow;
    sim_time now;
    bool arrived;
};

static struct question question(const struct view *v, const struct proto *proto, uint16_t type, uint64_t id,
                                bool asks)
{
    return (struct question){.proto = proto,
                             .type = type,
                             .id = id,
                             .asker = asks ? v->from : v->to,
                             .answerer = asks ? v->to : v->from};
}

static void look_up(const struct view *v, const struct proto *proto, const struct msg *m)
{
    for (size_t i = 0; i < G_N_ELEMENTS(answers); i++) {
        bool first = i == 0 || answers[i - 1].proto != answers[i].proto ||
                     answers[i - 1].request != answers[i].request;
        if (answers[i].proto != proto)
            continue;
        uint64_t id = id_of(m, answers[i].id);
        struct question asked = question(v, proto, answers[i].request, id, true),
                        answered = question(v, proto, answers[i].request, id, false);
        if (answers[i].answer == m->type)
            answer(v->a, &answered);
        if (first && answers[i].request == m->type)
            ask(v->a, &asked, v->flow, v->now, v->arrived);
    }
}

static void look_at_sip(const struct view *v, const struct sip_msg *m)
{
    struct question q = question(v, &sip_proto, m->method, m->via->branch, !m->status);
    if (!m->status && m->method != SIP_ACK)
        ask(v->a, &q, v->flow, v->now, v->arrived);
    else if (m->status >= 200)
        answer(v->a, &q);
}

static void look_at_diameter(const struct view *v, const struct dia_msg *m)
{
    bool request = dia_is_request(m->m.type);
    struct question q = question(v, &dia_proto, request ? m->m.type : m->m.type - 1, m->session, request);
    if (request)
        ask(v->a, &q, v->flow, v->now, v->arrived);
    else
        answer(v->a, &q);
}

static void look_at_nas(const struct view *v, const struct msg *m)
{
    const union nas_body *b = m ? &((const struct nas_msg *)m)->body : NULL;
    if (!m)
        return;
    look_up(v, &nas_proto, m);
    switch (m->type) {
    case NAS_attach_request:
        look_at_nas(v, b->attach_request.esm);
        break;
    case NAS_attach_accept:
        look_at_nas(v, b->attach_accept.esm);
        break;
    case NAS_attach_complete:
        look_at_nas(v, b->attach_complete.esm);
        break;
    case NAS_detach_request: /* the phone leaves, or is told to: what it was asked before does not matter any
                                more */
    case NAS_attach_reject:
        settle(v->a, v->from, v->to, &nas_proto, 0);
        break;
    default:
        break;
    }
}

static void look_at_rrc(const struct view *v, const struct rrc_msg *m)
{
    const union rrc_body *b = &m->body;
    switch (m->m.type) {
    case RRC_connection_request: /* a phone that begins anew has left what was before */
    case RRC_connection_release:
        settle(v->a, v->from, v->to, &rrc_proto, 0);
        settle(v->a, v->from, v->to, &nas_proto, 0);
        break;
    case RRC_connection_setup_complete:
        look_at_nas(v, b->connection_setup_complete.nas);
        break;
    case RRC_connection_reconfiguration:
        for (unsigned i = 0; i < b->connection_reconfiguration.nas.n; i++)
            look_at_nas(v, b->connection_reconfiguration.nas.item[i]);
        break;
    case RRC_dl_information_transfer:
        look_at_nas(v, b->dl_information_transfer.nas);
        break;
    case RRC_ul_information_transfer:
        look_at_nas(v, b->ul_information_transfer.nas);
        break;
    default:
        break;
    }
    look_up(v, &rrc_proto, &m->m);
}

static void look_at_s1ap(const struct view *v, const struct s1ap_msg *m)
{
    if (m->m.type == S1AP_ue_context_release_command) /* takes everything with it */
        settle(v->a, v->from, v->to, &s1ap_proto, s1ap_id(m));
    look_up(v, &s1ap_proto, &m->m);
}

static void lose(struct check_answers *a, sim_flow flow)
{
    g_hash_table_add(a->lossy, GUINT_TO_POINTER(sim_flow_index(flow)));
}

static void take(struct sim *sim, const struct trace_rec *rec, void *user)
{
    struct check_answers *a = user;
    const struct msg *m = rec->msg.msg;
    const struct proto *proto = a->net->protos[m->proto];
    bool arrived = rec->msg.outcome == OUTCOME_DELIVERED || rec->msg.outcome == OUTCOME_ARRIVED;
    struct view v = {a, rec->node, rec->msg.to, rec->flow, sim->now, arrived};

    if (rec->msg.outcome == OUTCOME_INTERNAL)
        return;
    if (!arrived && rec->msg.outcome != OUTCOME_CARRIED)
        lose(a, rec->flow);
    if (proto == &sip_proto)
        look_at_sip(&v, (const struct sip_msg *)m);
    else if (proto == &dia_proto)
        look_at_diameter(&v, (const struct dia_msg *)m);
    else if (proto == &rrc_proto)
        look_at_rrc(&v, (const struct rrc_msg *)m);
    else if (proto == &s1ap_proto)
        look_at_s1ap(&v, (const struct s1ap_msg *)m);
    else
        look_up(&v, proto, m);
}

struct check_answers *check_answers_new(struct net *net)
{
    struct check_answers *a = g_new0(struct check_answers, 1);
    a->net = net;
    a->open = g_hash_table_new_full(hash, equal, g_free, NULL);
    g_queue_init(&a->in_order);
    a->lossy = g_hash_table_new(NULL, NULL);
    trace_add_sink(net->sim, 1u << TRACE_MSG, false, take, a);
    return a;
}

void check_answers_free(struct check_answers *a)
{
    g_hash_table_destroy(a->open);
    g_hash_table_destroy(a->lossy);
    g_free(a);
}

static const char *name_of(const struct question *q)
{
    return q->proto == &sip_proto ? sip_method_name(q->type) : q->proto->type_name(q->type);
}

/* A carrier took it (a P-GW, for a phone that it does not have any more): nobody says that it was lost. */
static void note_what_never_arrived(struct check_answers *a)
{
    for (const GList *l = a->in_order.head; l; l = l->next) {
        const struct question *q = l->data;
        if (!q->arrived)
            lose(a, q->flow);
    }
}

void check_answers_end(struct check *c, bool idle)
{
    struct check_answers *a = c->answers;
    sim_time now = c->net->sim->now;
    note_what_never_arrived(a);
    for (const GList *l = a->in_order.head; l; l = l->next) {
        const struct question *q = l->data;
        bool is_call = q->proto == &sip_proto && q->type == SIP_INVITE; /* may ring as long as it likes */
        bool lossy = g_hash_table_contains(a->lossy, GUINT_TO_POINTER(sim_flow_index(q->flow)));
        if (q->arrived && !lossy && (idle || (now - q->at > GIVE_UP && !is_call)))
            check_say(c, "%s did not answer %s of %s, sent at %.9f s", q->answerer->name, name_of(q),
                      q->asker->name, sim_time_to_s(q->at));
    }
}
