/* icscf_reg.c - what an I-CSCF does with REGISTER (TS 24.229 5.3.1; TS 29.228 6.1.1, 6.7; TS 23.228 5.1.2.3).
 *
 *   -> REGISTER | UAR -> HSS | <- UAA: Server-Name, or Server-Capabilities | chooses the S-CSCF | REGISTER ->
 *   unknown user, roaming not allowed: 403; no S-CSCF has the mandatory capabilities: 600; no UAA: 504
 *   the chosen S-CSCF does not answer in time: UAR (REGISTRATION_AND_CAPABILITIES) | <- UAA | another one
 *
 * An S-CSCF will do if it has all mandatory capabilities; of those, one with the most optional ones is taken, and of
 * equals the next in turn. Clauses but TS 29.228 6.7 are from memory. SIMPLIFIED: no list of S-CSCF names in
 * Server-Capabilities. */
#include "models/cscf/cscf_int.h"

/* ---- UAR ---------------------------------------------------------------------------------------------- */

static bool ask(struct pending *p, uint32_t type)
{
    struct cscf *c = p->cscf;
    const struct sip_msg *m = p->work;
    struct dia_msg *d = dia_new(c->world->dia, DIA_UAR);
    struct dia_UAR *b = dia_body(d, UAR);
    d->session = p->id;
    d->party = m->to.id;
    d->origin = c->cfg.host;
    d->realm = d->to_realm = c->cfg.domain;
    b->user_name = m->to.id;
    b->visited_network = m->cold && m->cold->visited ? m->cold->visited - 1 : c->cfg.domain;
    if (type != USER_AUTH_REGISTRATION)
        IE_PUT(b, type) = type;
    dia_seal(c->world->dia, d);
    fsm_timer_start(&p->fsm, PX_T_CX, c->world->sip->timer[TIMER_DIAMETER_TX]);
    node_send(p->fsm.node, c->cfg.hss, IFACE_CX, &d->m);
    return true;
}

bool icscf_authorise(struct fsm *f, const void *arg)
{
    struct pending *p = pending_of(f);
    (void)arg;
    if (!p->cscf->cfg.hss || p->work->to.kind != SIP_URI_IDENTITY)
        return cscf_refuse(p, 404);
    return ask(p, sip_expires(p->work) == 0 ? USER_AUTH_DE_REGISTRATION : USER_AUTH_REGISTRATION);
}

/* ---- which S-CSCF --------------------------------------------------------------------------------------- */

static bool has(const struct cscf *s, uint8_t capability)
{
    return s->cfg.capabilities >> (capability & 63) & 1;
}

/* How many optional capabilities it has; -1: it lacks a mandatory one. */
static int fitness(const struct cscf *s, const struct ie_capabilities *wanted)
{
    int fit = 0;
    for (unsigned i = 0; i < wanted->n_mandatory; i++)
        if (!has(s, wanted->mandatory[i]))
            return -1;
    for (unsigned i = 0; i < wanted->n_optional; i++)
        fit += has(s, wanted->optional[i]);
    return fit;
}

struct cscf *icscf_choose(struct cscf *c, const struct ie_capabilities *wanted, const struct node *but)
{
    struct cscf *best = NULL;
    const GPtrArray *all = c->world->all;
    int best_fit = -1;
    guint first = 0;
    for (guint i = 0; i < all->len; i++) { /* from behind the one chosen last */
        guint k = (c->chosen_last + 1 + i) % all->len;
        struct cscf *s = g_ptr_array_index(all, k);
        if (!(s->node->kinds & KIND_S_CSCF) || s->cfg.domain != c->cfg.domain || s->node == but)
            continue;
        int fit = fitness(s, wanted);
        if (fit > best_fit) {
            best = s;
            best_fit = fit;
            first = k;
        }
    }
    if (best)
        c->chosen_last = first;
    return best;
}

struct node *cscf_choose_s_cscf(struct node *i_cscf, const struct ie_capabilities *wanted)
{
    struct cscf *s = icscf_choose(cscf_of(i_cscf), wanted, NULL);
    return s ? s->node : NULL;
}

bool icscf_is_refused(const struct fsm *f, const void *arg)
{
    const struct dia_msg *m = arg;
    (void)f;
    return dia_is_experimental(m) ? m->result >= 5000 : m->result != DIA_SUCCESS;
}

/* Unknown user, or roaming not allowed, or anything else that is wrong with this registration. */
bool icscf_refuse(struct fsm *f, const void *arg)
{
    (void)arg;
    return cscf_refuse(pending_of(f), 403);
}

/* The Request-URI becomes that of the S-CSCF (TS 24.229 5.3.1.2, 5.3.1.3). */
bool icscf_to_registrar(struct fsm *f, const void *arg)
{
    struct pending *p = pending_of(f);
    struct cscf *c = p->cscf;
    const struct dia_msg *m = arg;
    static const struct ie_capabilities any;
    const struct dia_UAA *b = dia_body(m, UAA);
    const struct node *but = p->out_node;
    uint32_t host = m->server;
    if (!host || (but && sip_host(c->world->sip, host - 1)->node == but)) {
        const struct cscf *s = icscf_choose(c, IE_HAS(b, capabilities) ? &b->capabilities : &any, but);
        if (!s)
            return cscf_refuse(p, 600);
        host = s->cfg.host + 1;
    }
    struct node *to = sip_host(c->world->sip, host - 1)->node;
    p->work->ruri = (struct sip_uri){.kind = SIP_URI_HOST, .id = host - 1};
    sip_touch(p->work);
    if (to == f->node) {
        node_note(f->node, NOTE_TEXT, "the I-CSCF hands the REGISTER to the S-CSCF in its box", NULL);
        return fsm_event(f, PX_TO_S_CSCF, NULL);
    }
    if (!but) {
        p->spare = sip_copy(c->world->sip, p->work);
        fsm_timer_start(f, PX_T_RESELECT, c->world->sip->timer[TIMER_IMS_RESELECT]);
    }
    p->out_node = to;
    return cscf_forward(p, to, 504);
}

/* ---- an S-CSCF that does not answer: one more try ------------------------------------------------------------------------ */

bool icscf_may_choose_anew(const struct fsm *f, const void *arg)
{
    (void)arg;
    return const_pending_of(f)->spare && const_pending_of(f)->spare->method == SIP_REGISTER;
}

bool icscf_authorise_anew(struct fsm *f, const void *arg)
{
    struct pending *p = pending_of(f);
    (void)arg;
    p->work = p->spare;
    p->spare = NULL;
    p->ct = 0;
    return ask(p, USER_AUTH_REGISTRATION_AND_CAPABILITIES);
}
