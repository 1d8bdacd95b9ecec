/* check_phones.c - what the nodes hold of one phone (see check.h).
 *
 * Nodes are compared while no procedure about the phone goes on at any of them: a message about it that is on
 * its way has a procedure that waits at its sender. The exception, the DETACH REQUEST of a phone that is
 * switched off, leaves the phone with a connection that is to be released. */
#include "models/check/check_int.h"

#include "models/enb/enb.h"
#include "models/epc.h"
#include "models/mme/mme.h"
#include "models/pcrf/pcrf.h"
#include "models/pgw/pgw.h"
#include "models/sgw/sgw.h"
#include "models/ue/ue.h"
#include "models/ue/ue_access.h"

enum { MAX_PDNS = 2 };
static const char *const apns[MAX_PDNS] = {"ims", "internet"};

/* A phone, and who serves it. */
struct picture {
    struct check *c;
    const struct node *ue, *mme, *sgw;
    const struct node *enb; /* NULL: the phone is idle */
    uint64_t imsi;
    uint32_t ip[MAX_PDNS];
    struct ue_bearer_view view[IE_MAX_BEARERS];
    struct ie_bearer at_mme[IE_MAX_BEARERS], at_sgw[IE_MAX_BEARERS];
    unsigned n, n_mme, n_sgw, n_pgw;
    char about[48]; /* what is being compared: "bearer 5" */
};

static void about_bearer(struct picture *p, uint8_t ebi)
{
    g_snprintf(p->about, sizeof p->about, "bearer %u", ebi);
}

static void differ(const struct picture *p, const struct node *a, const struct node *b, const char *what,
                   uint64_t x, uint64_t y)
{
    check_say(p->c, "%s, %s: %s has %s %" G_GUINT64_FORMAT ", but %" G_GUINT64_FORMAT " at %s", a->name,
              p->ue->name, p->about, what, x, y, b->name);
}

/* ---- who serves it ---------------------------------------------------------------------------------- */

static bool enb_serves(const struct node *n, const struct picture *p)
{
    return enb_has(n, p->ue);
}

static bool mme_serves(const struct node *n, const struct picture *p)
{
    return mme_has(n, p->imsi);
}

static bool sgw_serves(const struct node *n, const struct picture *p)
{
    return sgw_has(n, p->imsi);
}

static bool pgw_serves(const struct node *n, const struct picture *p)
{
    return pgw_has(n, p->ip[0]) || pgw_has(n, p->ip[1]);
}

static bool pcrf_serves(const struct node *n, const struct picture *p)
{
    return pcrf_has(n, p->ip[0]) || pcrf_has(n, p->ip[1]);
}

static bool enb_rests(const struct node *n, const struct picture *p)
{
    return enb_is_quiet(n, p->ue);
}

static bool mme_rests(const struct node *n, const struct picture *p)
{
    return mme_is_quiet(n, p->imsi);
}

static bool sgw_rests(const struct node *n, const struct picture *p)
{
    return sgw_is_quiet(n, p->imsi);
}

static bool pgw_rests(const struct node *n, const struct picture *p)
{
    return pgw_is_quiet(n, p->ip[0]) && pgw_is_quiet(n, p->ip[1]);
}

static bool pcrf_rests(const struct node *n, const struct picture *p)
{
    return pcrf_is_quiet(n, p->ip[0]) && pcrf_is_quiet(n, p->ip[1]);
}

static const struct {
    const char *name;
    uint32_t kind;
    bool (*serves)(const struct node *n, const struct picture *p); /* has something of the phone */
    bool (*rests)(const struct node *n, const struct picture *p);  /* no procedure goes on       */
} roles[ROLE_COUNT] = {
    [ROLE_ENB] = {"eNB",  KIND_ENB,  enb_serves,  enb_rests },
    [ROLE_MME] = {"MME",  KIND_MME,  mme_serves,  mme_rests },
    [ROLE_SGW] = {"S-GW", KIND_SGW,  sgw_serves,  sgw_rests },
    [ROLE_PGW] = {"P-GW", KIND_PGW,  pgw_serves,  pgw_rests },
    [ROLE_PCRF] = {"PCRF", KIND_PCRF, pcrf_serves, pcrf_rests},
};

void check_find_servers(struct check *c)
{
    for (int r = 0; r < ROLE_COUNT; r++) {
        c->serving[r] = g_ptr_array_new();
        for (guint i = 0; i < c->net->nodes->len; i++) {
            struct node *n = net_node(c->net, i);
            if ((n->kinds & roles[r].kind) && n->self)
                g_ptr_array_add(c->serving[r], n);
        }
    }
}

static const struct node *server(const struct check *c, enum check_role role, guint i)
{
    return i < c->serving[role]->len ? g_ptr_array_index(c->serving[role], i) : NULL;
}

static bool all_rest(const struct picture *p)
{
    const struct node *n;
    bool quiet = ue_access_is_quiet(ue_access_of(p->ue));
    for (int r = 0; r < ROLE_COUNT && quiet; r++)
        for (guint i = 0; quiet && (n = server(p->c, r, i)); i++)
            quiet = roles[r].rests(n, p);
    return quiet;
}

/* The one node of this kind that has something of the phone. */
static const struct node *server_of(const struct picture *p, enum check_role role)
{
    const struct node *found = NULL, *n;
    for (guint i = 0; (n = server(p->c, role, i)); i++) {
        if (!roles[role].serves(n, p))
            continue;
        if (found)
            check_say(p->c, "%s and %s both have a context of %s", found->name, n->name, p->ue->name);
        found = n;
    }
    if (!found)
        check_say(p->c, "%s is attached, but no %s knows it", p->ue->name, roles[role].name);
    return found;
}

/* ---- bearers ---------------------------------------------------------------------------------------- */

static const struct ie_bearer *bearer_of(const struct ie_bearer *list, unsigned n, uint8_t ebi)
{
    for (unsigned i = 0; i < MIN(n, (unsigned)IE_MAX_BEARERS); i++)
        if (list[i].ebi == ebi)
            return &list[i];
    return NULL;
}

static void same_rates(const struct picture *p, const struct node *a, const struct ie_qos *x,
                       const struct node *b, const struct ie_qos *y)
{
    const struct {
        const char *name;
        uint32_t x, y;
    } parts[] = {
        {"QCI",          x->qci,    y->qci   },
        {"uplink GBR",   x->gbr_ul, y->gbr_ul},
        {"downlink GBR", x->gbr_dl, y->gbr_dl},
        {"uplink MBR",   x->mbr_ul, y->mbr_ul},
        {"downlink MBR", x->mbr_dl, y->mbr_dl},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
        if (parts[i].x != parts[i].y)
            differ(p, a, b, parts[i].name, parts[i].x, parts[i].y);
}

/* Phones are not told the ARP. */
static void same_qos(const struct picture *p, const struct node *a, const struct ie_qos *x,
                     const struct node *b, const struct ie_qos *y)
{
    same_rates(p, a, x, b, y);
    if (x->arp.level != y->arp.level)
        differ(p, a, b, "ARP priority level", x->arp.level, y->arp.level);
    if (x->arp.may_preempt != y->arp.may_preempt)
        differ(p, a, b, "pre-emption capability", x->arp.may_preempt, y->arp.may_preempt);
    if (x->arp.preemptable != y->arp.preemptable)
        differ(p, a, b, "pre-emption vulnerability", x->arp.preemptable, y->arp.preemptable);
}

/* The radio and S1-U of a bearer of a connected phone. */
static void check_radio(const struct picture *p, const struct ue_bearer_view *v, const struct ie_bearer *m,
                        const struct ie_bearer *s)
{
    struct enb_bearer e;
    if (!enb_bearer(p->enb, p->ue, v->ebi, &e)) {
        check_say(p->c, "%s does not have bearer %u of %s", p->enb->name, v->ebi, p->ue->name);
        return;
    }
    same_qos(p, p->enb, &e.qos, p->mme, &m->qos);
    if (e.drb == 0 || e.drb != v->drb)
        differ(p, p->enb, p->ue, "data radio bearer", e.drb, v->drb);
    if (e.teid == 0 || e.teid != m->fteid[0].teid)
        differ(p, p->enb, p->mme, "S1-U TEID of the eNB", e.teid, m->fteid[0].teid);
    if (e.teid != s->fteid[0].teid)
        differ(p, p->enb, p->sgw, "S1-U TEID of the eNB", e.teid, s->fteid[0].teid);
    if (e.sgw_teid == 0 || e.sgw_teid != m->fteid[1].teid)
        differ(p, p->enb, p->mme, "S1-U TEID of the S-GW", e.sgw_teid, m->fteid[1].teid);
}

static void check_bearer(struct picture *p, const struct ue_bearer_view *v)
{
    const struct ie_bearer *m = bearer_of(p->at_mme, p->n_mme, v->ebi),
                           *s = bearer_of(p->at_sgw, p->n_sgw, v->ebi);
    if (!m)
        check_say(p->c, "%s does not have bearer %u of %s", p->mme->name, v->ebi, p->ue->name);
    if (!s)
        check_say(p->c, "%s does not have bearer %u of %s", p->sgw->name, v->ebi, p->ue->name);
    if (!m || !s)
        return;
    about_bearer(p, v->ebi);
    same_rates(p, p->mme, &m->qos, p->ue, &v->qos);
    if (p->enb)
        check_radio(p, v, m, s);
    else if (s->fteid[0].teid)
        differ(p, p->sgw, p->ue, "S1-U TEID of the eNB", s->fteid[0].teid, 0);
}

/* ---- PDN connections and rules ---------------------------------------------------------------------- */

static bool same_name(const struct ie_rule_name *a, const struct ie_rule_name *b)
{
    return a->serial == b->serial && g_strcmp0(a->stem, b->stem) == 0;
}

static void same_rule(struct picture *p, const struct node *pgw, const struct ie_rule *x,
                      const struct node *pcrf, const struct ie_rule *y)
{
    g_snprintf(p->about, sizeof p->about, "rule %s%u", x->name.stem ? x->name.stem : "", x->name.serial);
    same_qos(p, pgw, &x->qos, pcrf, &y->qos);
    if (x->flow_status != y->flow_status)
        differ(p, pgw, pcrf, "flow status", x->flow_status, y->flow_status);
    if (x->precedence != y->precedence)
        differ(p, pgw, pcrf, "precedence", x->precedence, y->precedence);
}

static void check_rules(struct picture *p, const struct node *pgw, const struct node *pcrf, uint32_t ip)
{
    enum { MAX = 2 * IE_MAX_RULES };
    struct ie_rule x[MAX], y[MAX];
    unsigned n = pgw_rules(pgw, ip, x, MAX), n_pcrf = pcrf_rules(pcrf, ip, y, MAX);
    if (n != n_pcrf) {
        check_say(p->c, "%s has %u rules for %s, but %s has %u", pgw->name, n, p->ue->name, pcrf->name,
                  n_pcrf);
        return;
    }
    n = MIN(n, (unsigned)MAX);
    for (unsigned i = 0, k; i < n; i++) {
        for (k = 0; k < n && !same_name(&x[i].name, &y[k].name);)
            k++;
        if (k == n)
            check_say(p->c, "%s has a rule for %s that %s does not have", pgw->name, p->ue->name, pcrf->name);
        else
            same_rule(p, pgw, &x[i], pcrf, &y[k]);
    }
}

static const struct node *server_of_ip(const struct check *c, enum check_role role,
                                       bool (*has)(const struct node *n, uint32_t ip), uint32_t ip)
{
    const struct node *n = NULL;
    for (guint i = 0; (n = server(c, role, i)) && !has(n, ip); i++)
        ;
    return n;
}

/* A bearer between P-GW and S-GW. */
static void check_s5(struct picture *p, const struct node *pgw, const struct ie_bearer *g)
{
    const struct ie_bearer *m = bearer_of(p->at_mme, p->n_mme, g->ebi),
                           *s = bearer_of(p->at_sgw, p->n_sgw, g->ebi);
    about_bearer(p, g->ebi);
    if (m)
        same_qos(p, pgw, &g->qos, p->mme, &m->qos);
    if (s && (g->fteid[1].teid == 0 || g->fteid[1].teid != s->fteid[1].teid))
        differ(p, pgw, p->sgw, "S5-U TEID of the P-GW", g->fteid[1].teid, s->fteid[1].teid);
    if (g->fteid[0].teid == 0)
        check_say(p->c, "%s has no tunnel to the S-GW for bearer %u of %s", pgw->name, g->ebi, p->ue->name);
}

/* The PDN connection with this default bearer. */
static void check_pdn(struct picture *p, const struct ue_bearer_view *def)
{
    const struct node *pgw = server_of_ip(p->c, ROLE_PGW, pgw_has, def->ip);
    const struct node *pcrf = server_of_ip(p->c, ROLE_PCRF, pcrf_has, def->ip);
    struct ie_bearer at_pgw[IE_MAX_BEARERS];
    if (!pgw || !pcrf) {
        check_say(p->c, "no %s knows the PDN connection of %s to %s", pgw ? "PCRF" : "P-GW", p->ue->name,
                  def->apn);
        return;
    }
    unsigned n = pgw_bearers(pgw, def->ip, at_pgw, IE_MAX_BEARERS);
    p->n_pgw += n;
    for (unsigned i = 0; i < p->n; i++) {
        const struct ue_bearer_view *v = &p->view[i];
        if (v->ebi != def->ebi && v->linked != def->ebi)
            continue;
        const struct ie_bearer *g = bearer_of(at_pgw, n, v->ebi);
        if (g)
            check_s5(p, pgw, g);
        else
            check_say(p->c, "%s does not have bearer %u of %s", pgw->name, v->ebi, p->ue->name);
    }
    check_rules(p, pgw, pcrf, def->ip);
}

/* ---- one phone -------------------------------------------------------------------------------------- */

static void check_attached(struct picture *p)
{
    const struct ue_access *a = ue_access_of(p->ue);
    p->n = ue_access_bearers(a, p->view, IE_MAX_BEARERS);
    p->n_mme = mme_bearers(p->mme, p->imsi, p->at_mme);
    p->n_sgw = sgw_bearers(p->sgw, p->imsi, p->at_sgw, IE_MAX_BEARERS);
    p->n = MIN(p->n, (unsigned)IE_MAX_BEARERS);
    for (unsigned i = 0; i < p->n; i++)
        check_bearer(p, &p->view[i]);
    for (unsigned i = 0; i < p->n; i++)
        if (!p->view[i].linked)
            check_pdn(p, &p->view[i]);
    if (p->n_mme != p->n)
        check_say(p->c, "%s has %u bearers of %s, but the phone has %u", p->mme->name, p->n_mme, p->ue->name,
                  p->n);
    if (p->n_sgw != p->n)
        check_say(p->c, "%s has %u bearers of %s, but the phone has %u", p->sgw->name, p->n_sgw, p->ue->name,
                  p->n);
    if (p->n_pgw != p->n)
        check_say(p->c, "the P-GW has %u bearers of %s, but the phone has %u", p->n_pgw, p->ue->name, p->n);
}

static void check_left(const struct picture *p)
{
    const struct node *n;
    for (int r = 0; r < ROLE_COUNT; r++)
        for (guint i = 0; (n = server(p->c, r, i)); i++)
            if (roles[r].serves(n, p))
                check_say(p->c, "%s still has a context of %s, which is detached", n->name, p->ue->name);
}

void check_phone(struct check *c, const struct node *ue)
{
    const struct ue_access *a = ue_access_of(ue);
    struct picture p = {.c = c, .ue = ue, .imsi = epc_imsi(ue_party(ue))};

    for (int k = 0; k < MAX_PDNS; k++)
        p.ip[k] = pgw_address(c->net->model, ue_party(ue), apns[k]);
    if (!all_rest(&p))
        return;
    c->compared++;
    if (!ue_access_is_attached(a)) {
        check_left(&p);
        return;
    }
    p.mme = server_of(&p, ROLE_MME);
    p.sgw = server_of(&p, ROLE_SGW);
    p.enb = ue_access_is_connected(a) ? ue_access_enb(a) : NULL;
    if (p.mme && p.sgw)
        check_attached(&p);
}
