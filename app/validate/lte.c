/* lte.c - what a radio of constants adds up to: the latency table of TR 36.912 annex B, and how set-up
 * time follows the latency of S1; and the timers of an attach that nobody answers. */
#include "app/validate/radio_rig.h"
#include "app/validate/validate_int.h"

#include "models/names.h"

#include <math.h>
#include <string.h>

#define US SIM_US
#define MS SIM_MS

/* ---- TR 36.912 annex B ----------------------------------------------------------------------------- */

/* Rows of the table, in its order, as parts of a way; S1 takes 5 ms. */
static const struct row {
    const char *what; /* begins with the numbers of its rows */
    const char *phase, *part;
    sim_time length;
} rows[] = {
    {"1: wait for a random access occasion",     "Random Access Preamble",        "radio: PRACH occasion",   500 * US},
    {"2: preamble",                              "Random Access Preamble",        "radio: preamble",         1 * MS  },
    {"3, 4: its detection",                      "Random Access Response",        "radio: eNB processing",   2 * MS  },
    {"3, 4: the response",                       "Random Access Response",        "radio: transmission",     1 * MS  },
    {"5: phone, grant and timing",               "RRCConnectionRequest",          "radio: phone processing", 5 * MS  },
    {"6: RRCConnectionRequest",                  "RRCConnectionRequest",          "radio: transmission",     1 * MS  },
    {"7: eNB",                                   "RRCConnectionRequest",          "radio: eNB processing",   4 * MS  },
    {"8: RRCConnectionSetup",                    "RRCConnectionSetup",            "radio: transmission",     1 * MS  },
    {"9: phone",                                 "RRCConnectionSetup",            "radio: phone processing", 15 * MS },
    {"10: RRCConnectionSetupComplete",           "RRCConnectionSetupComplete",    "radio: transmission",     1 * MS  },
    {"11: eNB, Uu to S1",                        "RRCConnectionSetupComplete",    "radio: eNB processing",   4 * MS  },
    {"12: S1",                                   "INITIAL UE MESSAGE",            "propagation",             5 * MS  },
    {"13: MME",                                  "INITIAL UE MESSAGE",            "service",                 15 * MS },
    {"14: S1",                                   "INITIAL CONTEXT SETUP REQUEST", "propagation",             5 * MS  },
    {"15: eNB, S1 to Uu",                        "RRCConnectionReconfiguration",  "radio: eNB processing",   4 * MS  },
    {"16: wait for the subframe",                "RRCConnectionReconfiguration",  "radio: subframe",         500 * US},
    {"16: SecurityModeCommand, Reconfiguration", "RRCConnectionReconfiguration",  "radio: transmission",
     1 * MS                                                                                                          },
    {"17: phone",                                "RRCConnectionReconfiguration",  "radio: phone processing", 20 * MS },
};
#define ROWS           G_N_ELEMENTS(rows)
#define ROWS_OF_ATTACH 13 /* up to the MME: from there on an attach does other things */
#define TOTAL          (76 * MS + 2 * 5 * MS)

/* The part of the way that has the place of this row; NULL: it is about something else. */
static const struct explain_part *part_of_row(const struct explain *ex, size_t i)
{
    const struct explain_part *p =
        i < ex->parts->len ? &g_array_index(ex->parts, struct explain_part, i) : NULL;

    return p && strcmp(p->subject, rows[i].phase) == 0 && strcmp(p->kind, rows[i].part) == 0 ? p : NULL;
}

/* How many of the first n rows differ. */
static unsigned different_rows(const struct explain *ex, size_t n)
{
    unsigned different = 0;

    for (size_t i = 0; i < n; i++) {
        const struct explain_part *p = part_of_row(ex, i);
        different += !p || p->end - p->start != rows[i].length;
    }
    return different;
}

static void check_rows(struct validation *v, const struct explain *ex)
{
    for (size_t i = 0; i < ROWS; i++) {
        const struct explain_part *p = part_of_row(ex, i);
        if (p)
            compare_time(v, rows[i].what, p->end - p->start, rows[i].length);
        else
            validation_give_up(v, "part %zu of the way is not row %s", i + 1, rows[i].what);
    }
    compare_count(v, "parts of the way beyond the table", (int64_t)ex->parts->len - (int64_t)ROWS, 0,
                  "parts");
    compare_time(v, "together: 76 ms and twice S1", ex->end - ex->start, TOTAL);
}

/* For the caller of a call, and after its page for the called phone. */
void validate_idle_to_connected(struct validation *v)
{
    struct recorded r;
    struct explain *caller = NULL, *called = NULL;

    if (recorded_run(v, "validation/tr36912-idle", NULL, &r)) {
        caller = recorded_way(v, &r, 0, MARK_SERVICE_BEGUN, MARK_SERVED, 0);
        called = recorded_way(v, &r, 0, MARK_SERVICE_BEGUN, MARK_SERVED, 1);
    }
    if (caller && called) {
        struct sample whole = {0};
        check_rows(v, caller);
        compare_count(v, "parts of the called phone's way that differ",
                      different_rows(called, ROWS) + (called->parts->len != ROWS), 0, "parts");
        compare_time(v, "together, the called phone", called->end - called->start, TOTAL);
        sample_add(&whole, in_ms((double)(caller->end - caller->start)));
        compare_source(v, "TR 25.913: a target", "from memory");
        compare_shown(v, "together", &whole, -INFINITY, 100, "ms");
    }
    if (caller)
        explain_free(caller);
    if (called)
        explain_free(called);
    recorded_clear(&r);
}

void validate_attach_rows(struct validation *v)
{
    struct recorded r;
    struct explain *ex = NULL;

    if (recorded_run(v, "validation/tr36912", NULL, &r))
        ex = recorded_way(v, &r, 1, MARK_ATTACH_BEGUN, MARK_ATTACHED, 0);
    if (ex) {
        compare_count(v, "parts of the way to the MME that differ", different_rows(ex, ROWS_OF_ATTACH), 0,
                      "parts");
        explain_free(ex);
    }
    recorded_clear(&r);
}

#define QUIET "dl-bler=0 ul-bler=0 preamble-miss=0 drx=no slots=no "

static void check_request(struct validation *v, const char *what, const char *settings, sim_time expected)
{
    struct radio *r = radio_new(1, settings);

    compare_time(v, what, radio_up(r, (struct cell_sending){.bytes = 40, .kind = CELL_DATA}), expected);
    radio_free(r);
}

void validate_dormant_to_active(struct validation *v)
{
    check_request(v, "an occasion each ms", QUIET "sr-period=1ms", 9500 * US);
    check_request(v, "an occasion each 5 ms", QUIET "sr-period=5ms", 11500 * US);
}

void validate_user_plane(struct validation *v)
{
    struct radio *r = radio_new(1, QUIET "ul-grant=always");
    const struct cell_sending up = {.bytes = 40, .kind = CELL_DATA, .before = 1 * MS, .after = 1500 * US},
                              down = {.bytes = 40, .kind = CELL_DATA, .before = 1500 * US, .after = 1 * MS};

    compare_time(v, "uplink", radio_up(r, up), 4 * MS);
    radio_at(r, 10 * MS);
    compare_time(v, "downlink", radio_down(r, down), 4 * MS);
    radio_free(r);
}

/* ---- the latency of S1 ----------------------------------------------------------------------------- */

struct crossing {
    sim_time total;
    unsigned s1;
};

/* Of an interval: how long it takes, and how often S1 is crossed on its way. */
static struct crossing cross(struct validation *v, const char *where, unsigned latency_ms, unsigned flow,
                             unsigned from, unsigned to)
{
    char *latency = g_strdup_printf("link[%s].latency=%ums", where, latency_ms);
    const char *sets[] = {"radio.slots=no",        "radio.ul-bler=0", "radio.dl-bler=0",
                          "radio.preamble-miss=0", "radio.drx=no",    "radio.prb=1000000",
                          "radio.cce=1000000",     latency,           NULL};
    struct crossing c = {0};
    struct recorded r;
    struct explain *ex =
        recorded_run(v, "volte-call", sets, &r) ? recorded_way(v, &r, flow, from, to, 0) : NULL;

    for (guint i = 0; ex && i < ex->parts->len; i++) {
        const struct explain_part *p = &g_array_index(ex->parts, struct explain_part, i);
        c.s1 += strcmp(p->kind, "propagation") == 0 && strcmp(p->where, where) == 0;
    }
    c.total = ex ? ex->end - ex->start : 0;
    if (ex)
        explain_free(ex);
    recorded_clear(&r);
    g_free(latency);
    return c;
}

/* With every wait at its mean, time is linear in the latency, and its slope the number of crossings: 5 ms
 * more make it that much longer, from 25 ms up to 50. A step that does not is shown. */
static void check_slope(struct validation *v, const char *what, const char *where, unsigned flow,
                        unsigned from, unsigned to, unsigned at_least)
{
    struct crossing before = cross(v, where, 25, flow, from, to);
    const sim_time expected = (sim_time)before.s1 * 5 * MS;
    sim_time step = expected;

    validation_demand(v, before.s1 >= at_least, "S1 is crossed as often as the procedure has messages there");
    for (unsigned ms = 30; ms <= 50; ms += 5) {
        struct crossing now = cross(v, where, ms, flow, from, to);
        validation_demand(v, now.s1 == before.s1, "S1 is crossed as often at every latency");
        step = now.total - before.total != expected ? now.total - before.total : step;
        before = now;
    }
    char *text = g_strdup_printf("%s, 5 ms more on %s, crossed %u time%s", what, where, before.s1,
                                 before.s1 == 1 ? "" : "s");
    compare_time(v, text, step, expected);
    g_free(text);
}

void validate_s1_slope(struct validation *v)
{
    check_slope(v, "attach_time", "S1-MME", 1, MARK_ATTACH_BEGUN, MARK_ATTACHED, 6);
    check_slope(v, "setup_time", "S1-U", 0, MARK_INVITE_SENT, MARK_RINGBACK, 8);
    check_slope(v, "setup_time", "S1-MME", 0, MARK_INVITE_SENT, MARK_RINGBACK, 1);
}

/* ---- an attach that is never answered --------------------------------------------------------------- */

#define ATTEMPTS 5 /* in a row */

/* When the phone sent its ATTACH REQUESTs: those in a row, and the first one after them. How many there are.
 */
static unsigned find_attempts(const struct recorded *r, sim_time at[ATTEMPTS + 1])
{
    const struct flow_record *all = recording_all(r->recording);
    unsigned n = 0;

    for (size_t i = 0; all && i < all->happenings->len; i++) {
        const struct happening *h = flow_at(all, i);
        if (h->kind != TRACE_MSG)
            continue;
        const struct proto *proto = r->world->net->protos[h->hop.msg->proto];
        if (strcmp(proto->type_name(h->hop.msg->type), "RRCConnectionSetupComplete") == 0 && n++ <= ATTEMPTS)
            at[n - 1] = h->time;
    }
    return n;
}

/* T3410 (15 s) gives each attempt up, T3411 (10 s) lets the next one come; after the fifth, T3402 (12 min).
 */
void validate_attach_unanswered(struct validation *v)
{
    struct recorded r;
    sim_time at[ATTEMPTS + 1] = {0}, gap = 25 * SIM_S;

    if (recorded_run(v, "validation/attach-unanswered", NULL, &r)) {
        compare_count(v, "attempts in 14 minutes", find_attempts(&r, at), ATTEMPTS + 1, "attempts");
        for (unsigned i = 1; i < ATTEMPTS; i++)
            gap = at[i] - at[i - 1] != 25 * SIM_S ? at[i] - at[i - 1] : gap;
        compare_time(v, "from one of the first five to the next", gap, 25 * SIM_S);
        compare_time(v, "from the fifth to the sixth", at[ATTEMPTS] - at[ATTEMPTS - 1], (15 + 720) * SIM_S);
    }
    recorded_clear(&r);
}
