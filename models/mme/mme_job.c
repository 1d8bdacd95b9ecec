/* mme_job.c - a request of the S-GW about bearers, from its arrival to its answer
 *            (TS 29.274 7.2.3, 7.2.9.2, 7.2.15)
 *
 *   Create, Update, Delete Bearer Request | a machine per bearer (mme_bearer.c) | response, when all are done
 *
 * What the eNB is to be told goes in one message for all bearers of a request, a release in one per
 * bearer, since E-RAB RELEASE COMMAND has room for one NAS message.
 *
 * SIMPLIFIED: an update of a bearer that is being changed is rejected at once; a delete overtakes an
 * update. The APN's rate in Update Bearer Request is not used. The last PDN connection of a phone may go
 * without a detach. */
#include "models/mme/mme_int.h"

/* ---- contexts --------------------------------------------------------------------------------------- */

static struct mme_job *job_new(struct mme_ue *u, struct gtp_msg *request, const struct mme_pdn *p, unsigned n)
{
    struct mme_job *j = slab_alloc0(&u->mme->jobs, NULL);
    j->ue = u;
    j->request = msg_ref(request);
    j->sgw_teid = p ? p->sgw_teid : u->pdns ? u->pdns->sgw_teid : 0;
    j->n = j->left = (uint8_t)n;
    j->next = u->work->jobs;
    u->work->jobs = j;
    return j;
}

void mme_job_free(struct mme_job *j)
{
    struct net *net = j->ue->mme->epc->net;
    struct mme_job **at = &j->ue->work->jobs;
    while (*at != j)
        at = &(*at)->next;
    *at = j->next;
    if (j->out)
        msg_unref(net, &j->out->m);
    msg_unref(net, &j->request->m);
    slab_free(&j->ue->mme->jobs, j);
}

const struct ie_bearer *mme_job_item(const struct mme_bearer *b)
{
    struct gtp_msg *m = b->job->request;
    return m->m.type == GTP_create_bearer_req ? &gtp_body(m, create_bearer_req)->bearers.item[b->place]
                                              : &gtp_body(m, update_bearer_req)->bearers.item[b->place];
}

void mme_job_send(struct mme_job *j)
{
    struct s1ap_msg *m = j->out;
    if (--j->unready)
        return;
    j->out = NULL;
    mme_send_s1ap(j->ue, m);
}

/* ---- answers ---------------------------------------------------------------------------------------- */

/* Of the message: accepted, partly, or why the first one failed (TS 29.274 8.4; unverified). */
static uint8_t overall_cause(const struct mme_job *j)
{
    unsigned good = 0;
    uint8_t bad = j->n ? 0 : GTP_CONTEXT_NOT_FOUND;
    for (unsigned i = 0; i < j->n; i++) {
        if (j->done[i].cause == GTP_ACCEPTED)
            good++;
        else if (!bad)
            bad = j->done[i].cause;
    }
    return !bad ? GTP_ACCEPTED : good ? GTP_ACCEPTED_PARTIALLY : bad;
}

static struct ie_bearers bearers_done(const struct mme_job *j)
{
    struct ie_bearers list = {.n = j->n};
    for (unsigned i = 0; i < j->n; i++) {
        const struct mme_done *d = &j->done[i];
        list.item[i] = (struct ie_bearer){.ebi = d->ebi, .parts = BEARER_CAUSE, .cause = d->cause};
        if (d->enb.teid) {
            list.item[i].n_fteids = 2;
            list.item[i].fteid[0] = d->enb;
            list.item[i].fteid[1] = d->sgw;
        }
    }
    return list;
}

static struct gtp_msg *answer_create(const struct mme_job *j)
{
    struct gtp_msg *m = gtp_answer(j->ue->mme->epc->gtp, GTP_create_bearer_rsp, j->request, j->sgw_teid);
    struct gtp_create_bearer_rsp *b = gtp_body(m, create_bearer_rsp);
    b->cause = overall_cause(j);
    b->bearers = bearers_done(j);
    return m;
}

static struct gtp_msg *answer_update(const struct mme_job *j)
{
    struct gtp_msg *m = gtp_answer(j->ue->mme->epc->gtp, GTP_update_bearer_rsp, j->request, j->sgw_teid);
    struct gtp_update_bearer_rsp *b = gtp_body(m, update_bearer_rsp);
    b->cause = overall_cause(j);
    b->bearers = bearers_done(j);
    return m;
}

/* A default bearer is named by itself (TS 29.274 7.2.10.2; unverified). */
static struct gtp_msg *answer_delete(const struct mme_job *j)
{
    const struct gtp_delete_bearer_req *request = gtp_body(j->request, delete_bearer_req);
    struct gtp_msg *m = gtp_answer(j->ue->mme->epc->gtp, GTP_delete_bearer_rsp, j->request, j->sgw_teid);
    struct gtp_delete_bearer_rsp *b = gtp_body(m, delete_bearer_rsp);
    b->cause = overall_cause(j);
    if (IE_HAS(request, linked_ebi))
        IE_PUT(b, linked_ebi) = request->linked_ebi;
    else
        IE_PUT(b, bearers) = bearers_done(j);
    return m;
}

/* The default bearer that was deleted with success, or 0. */
static uint8_t deleted_default(const struct mme_job *j)
{
    const struct gtp_delete_bearer_req *request;
    if (j->request->m.type != GTP_delete_bearer_req)
        return 0;
    request = gtp_body(j->request, delete_bearer_req);
    return IE_HAS(request, linked_ebi) && overall_cause(j) == GTP_ACCEPTED ? request->linked_ebi : 0;
}

static void finish(struct mme_job *j)
{
    struct mme_ue *u = j->ue;
    uint16_t type = j->request->m.type;
    uint8_t ebi = deleted_default(j);
    struct mme_pdn *p = ebi ? mme_find_pdn(u, ebi) : NULL;
    struct gtp_msg *m = type == GTP_create_bearer_req   ? answer_create(j)
                        : type == GTP_update_bearer_req ? answer_update(j)
                                                        : answer_delete(j);
    mme_job_free(j);
    mme_answer(u, m);
    if (p)
        fsm_event(&p->fsm, PD_GONE, NULL);
}

static void set_done(struct mme_job *j, unsigned place, uint8_t ebi, uint8_t cause)
{
    j->done[place].ebi = ebi;
    j->done[place].cause = cause;
    j->left--;
}

void mme_bearer_done(struct mme_bearer *b, uint8_t cause)
{
    struct mme_job *j = b->job;
    b->job = NULL;
    if (j->request->m.type == GTP_create_bearer_req && cause == GTP_ACCEPTED) {
        j->done[b->place].enb = b->enb;
        j->done[b->place].sgw = b->sgw;
    }
    set_done(j, b->place, b->ebi, cause);
    if (!j->left)
        finish(j);
}

static void join(struct mme_job *j, unsigned place, struct mme_bearer *b)
{
    b->job = j;
    b->place = (uint8_t)place;
}

/* Starts the bearers that are part of a job, in its order; one of them may end it. */
static void start(struct mme_job *j, struct mme_bearer *const part[], unsigned n, uint8_t event)
{
    if (!j->left) {
        finish(j);
        return;
    }
    for (unsigned i = 0; i < n; i++)
        fsm_event(&part[i]->fsm, event, NULL);
}

/* ---- create ----------------------------------------------------------------------------------------- */

static struct msg *activate_request(struct mme_bearer *b, const struct ie_bearer *item)
{
    struct nas_msg *m = mme_esm(b->ue, NAS_activate_dedicated_request, b->ebi, b->pti);
    struct nas_activate_dedicated_request *n = nas_body(m, activate_dedicated_request);
    n->linked_ebi = b->pdn->ebi;
    n->qos = item->qos;
    n->tft = item->tft;
    return mme_protect(b->ue, m);
}

static struct mme_bearer *new_bearer(struct mme_pdn *p, const struct ie_bearer *item, uint8_t pti)
{
    struct mme_bearer *b = mme_bearer_new(p->ue, p);
    if (!b)
        return NULL;
    b->pti = pti;
    b->qos = item->qos;
    for (unsigned i = 0; i < item->n_fteids; i++)
        if (item->fteid[i].iface == FTEID_S1U_SGW)
            b->sgw = item->fteid[i];
    b->nas = activate_request(b, item);
    return b;
}

static void create_bearers(struct mme_ue *u, struct gtp_msg *m)
{
    const struct gtp_create_bearer_req *request = gtp_body(m, create_bearer_req);
    struct mme_pdn *p = mme_find_pdn(u, request->linked_ebi);
    struct mme_job *j = job_new(u, m, p, p && mme_pdn_is_up(p) ? request->bearers.n : 0);
    struct s1ap_msg *out = s1ap_new(u->mme->epc->s1ap, S1AP_erab_setup_request);
    struct s1ap_erab_setup_request *b = s1ap_body(out, erab_setup_request);
    struct mme_bearer *part[IE_MAX_BEARERS];
    j->out = out;
    MME_IDS(u, b);
    for (unsigned i = 0; i < j->n; i++) {
        struct mme_bearer *bearer = new_bearer(p, &request->bearers.item[i], IE_HAS(request, pti) ? request->pti : 0);
        if (!bearer) {
            set_done(j, i, 0, GTP_NO_RESOURCES);
            continue;
        }
        join(j, i, bearer);
        b->erabs.item[b->erabs.n++] = mme_erab(bearer, msg_ref(bearer->nas));
        part[j->unready++] = bearer;
    }
    start(j, part, j->unready, BR_CREATE);
}

/* ---- update ----------------------------------------------------------------------------------------- */

static bool same_qos(const struct ie_qos *a, const struct ie_qos *b)
{
    return a->qci == b->qci && a->arp.level == b->arp.level && a->arp.may_preempt == b->arp.may_preempt &&
           a->arp.preemptable == b->arp.preemptable && a->mbr_ul == b->mbr_ul && a->mbr_dl == b->mbr_dl &&
           a->gbr_ul == b->gbr_ul && a->gbr_dl == b->gbr_dl;
}

static bool changes_qos(const struct mme_bearer *b, const struct ie_bearer *item)
{
    return (item->parts & BEARER_QOS) && !same_qos(&b->qos, &item->qos);
}

static struct msg *modify_request(struct mme_bearer *b, const struct ie_bearer *item)
{
    struct nas_msg *m = mme_esm(b->ue, NAS_modify_request, b->ebi, b->pti);
    struct nas_modify_request *n = nas_body(m, modify_request);
    if (changes_qos(b, item))
        IE_PUT(n, qos) = item->qos;
    if (item->parts & BEARER_TFT)
        IE_PUT(n, tft) = item->tft;
    return mme_protect(b->ue, m);
}

/* The bearer takes part; the eNB only when the QoS changes. */
static void plan_update(struct mme_job *j, unsigned place, struct mme_bearer *b, struct ie_erabs *erabs)
{
    const struct ie_bearer *item;
    join(j, place, b);
    item = mme_job_item(b);
    b->nas = modify_request(b, item);
    b->got = GOT_RAB;
    if (changes_qos(b, item)) {
        struct ie_erab e = mme_erab(b, msg_ref(b->nas));
        e.qos = item->qos;
        erabs->item[erabs->n++] = e;
        b->got = 0;
        j->unready++;
    }
}

static void update_bearers(struct mme_ue *u, struct gtp_msg *m)
{
    const struct gtp_update_bearer_req *request = gtp_body(m, update_bearer_req);
    struct s1ap_msg *out = s1ap_new(u->mme->epc->s1ap, S1AP_erab_modify_request);
    struct s1ap_erab_modify_request *b = s1ap_body(out, erab_modify_request);
    const struct mme_bearer *first =
        request->bearers.n ? mme_find_bearer(u, request->bearers.item[0].ebi) : NULL;
    struct mme_job *j = job_new(u, m, first ? first->pdn : NULL, request->bearers.n);
    struct mme_bearer *part[IE_MAX_BEARERS];
    unsigned n = 0;
    j->out = out;
    MME_IDS(u, b);
    for (unsigned i = 0; i < j->n; i++) {
        uint8_t ebi = request->bearers.item[i].ebi;
        struct mme_bearer *bearer = mme_find_bearer(u, ebi);
        if (!bearer || !mme_bearer_is_active(bearer) || bearer->job) {
            set_done(j, i, ebi, bearer ? GTP_REQUEST_REJECTED : GTP_CONTEXT_NOT_FOUND);
            continue;
        }
        bearer->pti = IE_HAS(request, pti) ? request->pti : 0;
        plan_update(j, i, bearer, &b->erabs);
        part[n++] = bearer;
    }
    start(j, part, n, BR_UPDATE);
}

/* ---- delete ----------------------------------------------------------------------------------------- */

static void delete_bearers(struct mme_ue *u, struct gtp_msg *m)
{
    const struct gtp_delete_bearer_req *request = gtp_body(m, delete_bearer_req);
    bool all = IE_HAS(request, linked_ebi);
    const struct ie_ebis ebis = all ? (struct ie_ebis){.n = 1, .ebi = {request->linked_ebi}} : request->ebis;
    const struct mme_bearer *first = ebis.n ? mme_find_bearer(u, ebis.ebi[0]) : NULL;
    struct mme_job *j = job_new(u, m, first ? first->pdn : NULL, ebis.n);
    struct mme_bearer *part[IE_MAX_BEARERS];
    unsigned n = 0;
    for (unsigned i = 0; i < ebis.n; i++) {
        struct mme_bearer *b = mme_find_bearer(u, ebis.ebi[i]);
        if (b && b->job)
            fsm_event(&b->fsm, BR_OVERTAKEN, NULL);
        if (!b || !mme_bearer_is_active(b) || b->job) {
            set_done(j, i, ebis.ebi[i], b ? GTP_REQUEST_REJECTED : GTP_CONTEXT_NOT_FOUND);
            continue;
        }
        join(j, i, b);
        b->pti = IE_HAS(request, pti) ? request->pti : 0;
        part[n++] = b;
    }
    start(j, part, n, BR_DELETE);
}

void mme_rx_bearer_request(struct mme_ue *u, struct gtp_msg *m)
{
    if (m->m.type == GTP_create_bearer_req)
        create_bearers(u, m);
    else if (m->m.type == GTP_update_bearer_req)
        update_bearers(u, m);
    else
        delete_bearers(u, m);
}

void mme_refuse_bearer_request(struct mme_ue *u, struct gtp_msg *m, uint8_t cause)
{
    struct gtp_stack *gtp = u->mme->epc->gtp;
    uint32_t teid = u->pdns ? u->pdns->sgw_teid : 0;
    struct gtp_msg *r;
    if (m->m.type == GTP_create_bearer_req) {
        r = gtp_answer(gtp, GTP_create_bearer_rsp, m, teid);
        gtp_body(r, create_bearer_rsp)->cause = cause;
    } else {
        r = gtp_answer(gtp, GTP_update_bearer_rsp, m, teid);
        gtp_body(r, update_bearer_rsp)->cause = cause;
    }
    mme_answer(u, r);
}
