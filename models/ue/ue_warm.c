/* ue_warm.c - the LTE side of a phone that begins attached (see models/epc.h), and all of it as text. */
#include "models/ue/ue_access_int.h"

#include "sim/dump.h"

#include <string.h>

void ue_access_warm_ask(struct ue_access *a, struct epc_warm *w)
{
    w->phone = ue_node(a);
    w->party = a->party;
    w->security = ue_security_caps();
    ue_rrc_warm_ask(w);
    ue_esm_warm_ask(a, w);
}

void ue_access_warm(struct ue_access *a, struct epc_warm *w)
{
    ue_rrc_warm(a, w);
    ue_emm_warm(a, w);
    ue_esm_warm(a, w);
}

/* The eNB and the phone forget their connection. */
void ue_access_warm_idle(struct ue_access *a, sim_time since)
{
    ue_rrc_abandon(a);
    if (a->t3412)
        waitlist_start(&a->cfg->pool->idle, a, since + a->t3412 * SIM_S);
}

/* ---- as text --------------------------------------------------------------------------------- */

/* The last challenge is of no use any more when it is not kept. */
static void dump_conn(const struct ue_conn *conn, GString *out)
{
    struct ue_conn c = *conn;
    dump_machine(&c.rrc);
    dump_machine(&c.esm);
    dump_machine(&c.random);
    DUMP_HIDE(c.access);
    DUMP_HIDE(c.first);
    DUMP_HIDE(c.request);
    dump_bytes(out, "random RAND", c.rand, sizeof c.rand);
    dump_bytes(out, "random RES", c.res, sizeof c.res);
    memset(c.rand, 0, sizeof c.rand);
    memset(c.res, 0, sizeof c.res);
    DUMP(out, "phone RRC connection", c);
}

static void dump_bearer(const struct ue_bearer *b, GString *out)
{
    struct ue_bearer c = *b;
    g_string_append_printf(out, "  APN %s\n", b->linked ? "-" : b->apn);
    DUMP_HIDE(c.next);
    DUMP_HIDE(c.apn);
    DUMP(out, "phone bearer", c);
    if (b->linked)
        dump_bytes(out, "phone TFT", b->tft, sizeof *b->tft);
}

void ue_access_dump(const struct ue_access *a, GString *out)
{
    struct ue_access c = *a;
    dump_machine(&c.emm);
    DUMP_HIDE(c.epc);
    DUMP_HIDE(c.cfg);
    DUMP_HIDE(c.conn);
    DUMP_HIDE(c.service);
    DUMP_HIDE(c.discovery);
    c.wait = (struct waitlist_node){.due = c.wait.due != 0};
    DUMP_HIDE(c.bearers);
    DUMP(out, "phone", c);
    if (a->conn)
        dump_conn(a->conn, out);
    for (const struct ue_bearer *b = a->bearers; b; b = b->next)
        dump_bearer(b, out);
}
